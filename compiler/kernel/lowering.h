/* Lowering: from the model and its plans to kernels and the image. What the files build_*.c share.
 *
 * A NetworkLowering collects one network's rows: scalars (parameters first, then what is computed from them), prepare
 * rows in order, populations with their planes. Expressions that depend on scalars alone become scalars (hoisting);
 * those that are fixed per instance become planes filled by the lane-prepare kernel. */
#ifndef HILLOCK_KERNEL_LOWERING_H
#define HILLOCK_KERNEL_LOWERING_H

#include "equations/plan.h"
#include "kernel/image.h"
#include "model/model.h"

typedef struct Lowering {
    Compilation *c;
    ExpressionPool *pool;
    const Model *model;
    ImageBuilder *image;
    int precision; /* HIL_F64 or HIL_F32: of computation and of states */
    const uint32_t *first_lines;      /* by source: see HilSource */
    struct NetworkLowering *networks; /* by number: calls of experiments set slots of their networks */
    bool diagnose_only; /* for `check`: kernels are built and verified, not kept */
    bool explain;  /* print plans to `out` */
    bool judge_steps;
    FILE *out;
} Lowering;

typedef struct PopulationLowering {
    const Population *population;
    const Plan *plan;
    Variable **timers;           /* of each of its events: the delay that a handler decides for the cell, or NULL */
    const struct Within *within; /* the event that is taken where it lies within a step, or NULL */
    VECTOR(HilPlane) planes;
    VECTOR(const Variable *) plane_variables; /* NULL for planes without one */
    VECTOR(const Expression *) fixed;  /* hoisted per-instance expressions … */
    VECTOR(int) fixed_planes;          /* … and their planes */
    Map fixed_by_expression;           /* expression -> plane */
} PopulationLowering;

typedef VECTOR(const Projection *) ProjectionList;

typedef struct ProjectionLowering {
    const Projection *projection;
    const Plan *plan;
    VECTOR(HilPlane) planes;
} ProjectionLowering;

typedef struct NetworkLowering {
    Lowering *l;
    const Network *network;
    bool frozen;                   /* no new scalars: programs are being lowered */
    const struct Program *program; /* whose scalars lie behind the network's, or NULL */
    VECTOR(HilScalar) scalars;
    VECTOR(HilPrepare) prepares;
    Map slot_of_variable, slot_of_expression; /* by pointer */
    Map plane_of_variable;         /* number within its owner */
    Map node_of_expression;
    ProjectionList *onto;          /* by number of a population: what ends on it */
    VECTOR(PopulationLowering) populations;
    VECTOR(ProjectionLowering) projections;
    Map references;                /* variable -> index in `made` of its PRE (even) or POST (odd) reference */
    VECTOR(Variable *) made;
    Map owners;                    /* population, projection or drive -> its place in `owner_names` */
    VECTOR(Name) owner_names;
    int lets;                      /* how many texts were made: names of derived scalars */
} NetworkLowering;

/* Line of a place, counted through all files (HilSource), 0 for none. */
uint32_t lowering_line(const NetworkLowering *n, Span span);

/* ---- scalars and nodes (build_scalars.c, build_nodes.c) ---- */
/* Takes down whose variables can be met; before any slot is asked for. */
void owners_find(NetworkLowering *n);
/* Slot of a scalar variable. */
int scalar_slot(NetworkLowering *n, const Variable *variable);
/* Slot of an expression of RATE_SCALAR, made if need be; -1 when the network is frozen and there is none. */
int derived_slot(NetworkLowering *n, const Expression *e);
void prepare_propagator(NetworkLowering *n, int population, const char *owner, const Propagator *propagator);
/* `population` -1: of a projection. */
void prepare_stability(NetworkLowering *n, int population, const char *owner, const StabilityBound *bound);
/* Steps that the network's programs name, where all that judges them is known: errors and warnings (check_step.c). */
void check_steps(NetworkLowering *n);
/* Node of a host-evaluable expression; -1 for NULL and for "not given" (expression_absent). */
int image_node(NetworkLowering *n, const Expression *e);

/* ---- emitting values (emit.c) ---- */
typedef struct Emitter {
    NetworkLowering *n;
    Kernel *kernel;
    int owner_kind, owner;    /* of SELF: HIL_OWNER_*, number */
    const Projection *projection; /* whose PRE and POST are meant, or NULL */
    bool hoist_instances;     /* per-instance subexpressions may become planes */
    Map values;               /* expression -> instruction */
    Map carried;              /* loop variable -> instruction */
    VECTOR(HilPlaneRef) planes;
    VECTOR(int32_t) uniforms;
    uint32_t stream;
} Emitter;

Emitter *emitter_new(NetworkLowering *n, const char *name, int shape, int owner_kind, int owner);
/* Instruction holding the value (a real, or a mask for booleans). */
int emit_value(Emitter *e, const Expression *expression);
/* Stores into the variable's plane, which belongs to the owner, or to its projection's source or target. */
void emit_store(Emitter *e, const Variable *variable, const Expression *value);
void emit_store_plane(Emitter *e, int owner_kind, int owner, int plane, Name name, const Expression *value);
void emit_accumulate(Emitter *e, const Variable *variable, const Expression *value);
void emit_fire(Emitter *e, Name event, const Expression *mask, const Expression *fraction);
void emit_iteration(Emitter *e, const Iteration *iteration);
/* The parts of a loop, for bodies that are emitted piece by piece: carried[i].next is read at the end only. */
int emit_loop(Emitter *e, int most, const Carried *carried, int count);
void emit_loop_end(Emitter *e, int loop, const Carried *carried, int count, const Expression *proceed);
/* The value, computed here, under a name of its own: what is built on it stays small. A scalar becomes a slot. */
const Expression *emit_kept(Emitter *e, const Expression *value);
/* Adds the kernel and its use to the image; the use's number. */
int emitter_use(Emitter *e);

/* ---- pieces (build_*.c) ---- */
/* Follows a list of actions: afterwards `writes` holds each written variable once with its final value, over the
 * values before the first action; nested guards are folded in. */
typedef struct Write {
    Variable *variable;
    const Expression *value;
} Write;
typedef VECTOR(Write) Writes;
typedef struct ActionContext {
    const Population *population; /* whose refractory periods hold states; NULL: none */
    VariableSide side;            /* how the actions see it: SELF, or POST in a projection */
    const Variable *unheld;       /* countdown of the handler's own event, which is over when it runs; or NULL */
    const Projection *projection; /* whose synapses they are, or NULL */
    Variable *const *timers;      /* what ACTION_TRIGGER sets, for each of the projection's or population's events */
    bool exact;                   /* refractory periods are not rounded to steps */
} ActionContext;
void follow_actions(NetworkLowering *n, const Action *actions, int count, const ActionContext *context, Writes *writes);
/* The value clamped to the variable's bounds. */
const Expression *clamped(ExpressionPool *pool, const Variable *variable, const Expression *value);
/* A population's expression as seen from a projection: its variables become PRE or POST references. */
const Expression *seen_from(NetworkLowering *n, const Expression *e, VariableSide side);
Variable *reference_to(NetworkLowering *n, const Variable *variable, VariableSide side);
int plane_number(NetworkLowering *n, const Variable *variable); /* -1: it has no plane */
int add_plane(NetworkLowering *n, int population, const Variable *variable, int role, Name name);
uint32_t stream_of(const char *name);


/* ---- conditions (build_conditions.c) ---- */
/* An event's condition as the advance kernel tests it. */
typedef struct Condition {
    const Expression *fires, *fraction; /* fraction: of the step at which it lies, or NULL */
    const Variable *armed;              /* hidden plane of an edge's memory, or NULL */
    const Expression *test;             /* the level alone, at t+dt */
} Condition;
/* countdown > 0 */
const Expression *positive(ExpressionPool *pool, const Variable *countdown);
const Expression *logic(ExpressionPool *pool, ExpressionOp op, const Expression *a, const Expression *b);
/* In terms of the states at t, where stages have replaced them. */
const Expression *at_start(ExpressionPool *pool, const Plan *plan, const Expression *e);
bool mentions_past(const Expression *e);
bool mentions_input(const Expression *e);
bool moved_within(const NetworkLowering *n, int population, const Event *event);
/* `armed`: the memory made before, or NULL: made where it is needed. */
Condition find_condition(NetworkLowering *n, int population, const Event *event, const Writes *finals,
                         const Variable *armed);

/* ---- within a step (find_within.c, build_within.c) ---- */
/* The event of a population that is taken exactly, with the linear system that it happens in: x' = A x + b. */
typedef struct Within {
    const Event *event;
    int n;
    const Variable **states;
    const Expression **a, **rests; /* NULL: zero */
    bool *held;                    /* by the event's refractory period */
    bool *follows;                 /* free, but by other laws while others are held */
    const Expression **while_held; /* at t+dt after a step of which all is held; NULL: as ever */
    const Variable *countdown;     /* of that period, in steps from a step's start; or NULL */
} Within;
/* Looks for it, and says in explain's text of each `exact` event how it is found. */
const Within *find_within(NetworkLowering *n, int population, PlanBuilder *builder);
/* Its state's number, -1: none of the system. */
int within_state(const Within *within, const Variable *variable);
bool within_mentions(const Within *within, const Expression *e);
/* The kernel for the cells that the advance kernel left at t because something happens to them before t+dt. */
HilRange build_within(NetworkLowering *n, int population, Event *const *events, int count, const Condition *conditions);

/* What a variable's initial value is, in terms of others; NULL: the variable stays. */
typedef const Expression *InitialOf(NetworkLowering *n, const Variable *v);
/* `value` with initial values put in for the variables that it mentions, and for those that come with them, until only
 * such are left that stay. It ends: initial values have no circles (model/check_start.c). */
const Expression *initial_in_full(NetworkLowering *n, const Expression *value, InitialOf *initial_of);
void lower_populations(NetworkLowering *n);
void lower_population_row(NetworkLowering *n, int number, HilPopulation *row);
int event_number(NetworkLowering *n, const Population *population, const Event *event);
HilRange lower_projections(NetworkLowering *n);
/* After the programs, whose recorders may add planes: rows of the image's projections get them. */
void lower_projection_planes(NetworkLowering *n, HilRange rows);
/* A hidden plane of a projection for what a recorder looks at; the use (ROW) that fills a plane with a value. */
int add_recorded_plane(NetworkLowering *n, int projection, const Recorder *recorder);
int build_connection_look(NetworkLowering *n, int projection, int plane, const Expression *value);
HilRange lower_drives(NetworkLowering *n);
HilRange lower_selectors(NetworkLowering *n);
void lower_program(NetworkLowering *n, const Program *program, HilProgram *row);

typedef struct LoweredModel {
    const HilImage *image;
    Kernel *const *kernels;
    int kernel_count;
} LoweredModel;

typedef struct LoweringOptions {
    int precision;
    FILE *explain; /* NULL: silent */
    bool diagnose_only; /* the image is not to be used */
    bool judge_steps;   /* unstable and doubtful steps are diagnosed; who runs the model hears of them then */
    ImageInfo info;
} LoweringOptions;

/* NULL after an error. */
const LoweredModel *model_lower(Compilation *c, const Model *model, const LoweringOptions *options);

#endif
