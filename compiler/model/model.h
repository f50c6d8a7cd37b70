/* Model: what the text means. Every name is bound, every expression typed, kinds are composed: each population is one
 * flat system of variables, equations, events and handlers (its neuron, its channels, and every synapse state that can
 * be shared by all connections of a kind onto a cell); each projection is data plus, where needed, its own
 * per-synapse system. `for` loops, modules and structural arguments are expanded; values stay symbolic (scalars).
 *
 * What always holds after model_build without errors:
 *  - right-hand sides mention only variables of the same population (equations), or of the projection, its source
 *    (through PRE variables) and its target (POST);
 *  - every LET and every function call is inlined; arrays are unrolled (`w[2]` is a variable of its own);
 *  - `-sum(current)`, synaptic currents and inputs are spelled out in the equations. */
#ifndef HILLOCK_MODEL_MODEL_H
#define HILLOCK_MODEL_MODEL_H

#include "model/expression.h"
#include "syntax/ast.h"

typedef enum VariableRole {
    VARIABLE_PARAMETER, /* instance false: a scalar of its owner; true: per-instance plane with `initial` (drawn) */
    VARIABLE_STATE,
    VARIABLE_INPUT,     /* plane cleared each step; exists only when `written` */
    VARIABLE_OUTPUT,    /* a value others read: `value` is its expression; stored when `observed` or read by others */
    VARIABLE_LET,       /* named expression (kept for recording and explain); `value` */
    VARIABLE_POSITION,  /* x, y, z of a population */
    VARIABLE_WEIGHT, VARIABLE_DELAY, /* of a projection */
    VARIABLE_COUNTDOWN, /* refractory: steps left, a real */
    VARIABLE_STEP,      /* dt of the run: a scalar of the network */
    VARIABLE_DELAYED,   /* what `value` was `delay` ago, at the start of the step */
    VARIABLE_EXPERIMENT /* scalar of an experiment: a stimulus' or recorder's host value */
} VariableRole;

typedef enum VariableSide { SIDE_SELF, SIDE_PRE, SIDE_POST } VariableSide;

/* A variable of a population, projection, network or experiment. In a projection's expressions a variable of the source
 * or target appears as a reference Variable with `side` PRE or POST and `original` set; such references are unique
 * per (projection, side, original). */
struct Variable {
    Name name; /* within its owner: "V", "Na.g", "AMPA.g", "w[2]" */
    VariableRole role;
    VariableSide side;
    const Variable *original; /* for PRE and POST references, else NULL */
    const Type *type;
    HilUnit unit;             /* as declared: how a person reads it */
    Name unit_text;
    Span span;
    const char *doc;
    bool instance;            /* parameters: one value per instance */
    bool written;             /* some event, handler, drive, stimulus or continuous projection writes it */
    bool observed;            /* a recorder, measure or another population reads it */
    bool settable;            /* parameters: --set and experiments may change it */
    const Expression *initial; /* parameters (default or override) and states; may mention draws and other variables */
    const Expression *value;   /* lets, outputs and values of the past */
    const Expression *delay;   /* values of the past: s, of RATE_SCALAR, or of a projection the synapses' own; NULL: kept
                                  for such synapses */
    bool has_bound;            /* `bound x in low .. high`: clamped after every write */
    const Expression *bound_low, *bound_high;
    int number;                /* position in its owner's `variables` */
    void *owner;               /* Population, Projection, Network or Program */
};

/* state' = rate. White noise stands in the rate as WHITE terms (linear). */
typedef struct Equation {
    Variable *state;
    const Expression *rate;
    Span span;
} Equation;

/* Handlers are lists of actions in textual order; an action sees the writes before it. */
typedef enum ActionKind {
    ACTION_ASSIGN,     /* variable = value (x += y is spelled x = x + y) */
    ACTION_REFRACTORY, /* countdown variable = round(value / dt) */
    ACTION_TRIGGER     /* starts event `event` after `value` seconds (replacing a pending one) */
} ActionKind;

typedef struct Event Event;
typedef struct Action {
    ActionKind kind;
    Variable *variable;
    const Expression *value;
    const Expression *guard; /* NULL: always */
    Event *event;
    Span span;
} Action;

typedef enum ConditionKind {
    CONDITION_NONE,  /* only triggered (`after`, `every`, other events) */
    CONDITION_LEVEL, /* signal > level (tested each step) */
    CONDITION_RISES, CONDITION_FALLS,
    CONDITION_TEST   /* `test` is any boolean */
} ConditionKind;

/* An event; spikes are events with `spike` set. In order of priority (higher first), then text. */
struct Event {
    Name name; /* "spike" */
    bool spike, exact;
    ConditionKind condition;
    const Expression *signal, *level; /* LEVEL, RISES, FALLS */
    const Expression *test;           /* the boolean tested at t+dt: signal > level for LEVEL, RISES; < for FALLS */
    Variable *blocked_by;             /* countdown that silences it while above zero, or NULL */
    VECTOR(Action) actions;
    int priority, number;
    Span span;
};

typedef struct Refractory {
    Variable *countdown;
    VECTOR(Variable *) held; /* states held while countdown > 0; drive and event writes to them are discarded */
} Refractory;

/* `solve x with method(arguments)`; states empty means all. */
typedef struct SolveRule {
    VECTOR(Variable *) states;
    Name method;      /* "euler", "rk4", "exponential_euler", … */
    int substeps;     /* 1 unless given */
    int order;        /* groups of `solve a …, then b …` are solved in this order, later ones see the earlier results */
    double tolerance; /* adaptive methods: relative; 0 = default */
    Span span;
} SolveRule;

typedef struct Population {
    Name name;      /* "E"; modules prefix "column1.E" */
    Name type_name; /* the neuron's name */
    Span span;
    const Expression *size; /* host-evaluable number */
    const Expression *layout; /* host expression or NULL */
    VECTOR(Variable *) variables;
    VECTOR(Equation) equations;
    VECTOR(Event *) events;
    VECTOR(Refractory) refractories;
    VECTOR(SolveRule) solves;
    int number;
    void *network;
} Population;

/* An accumulated term: the projection adds `value` to the target's input plane `into` each step. */
typedef struct Contribution {
    Variable *into;
    const Expression *value;
    Span span;
} Contribution;

typedef struct Projection {
    Name name;
    Span span;
    bool named; /* the author gave the name: its parameters are addressable through it */
    Population *source, *target;
    Event *source_event; /* delivered event, or NULL */
    const Expression *source_view, *target_view; /* host lists of indices; NULL: all */
    int rule, flags;                             /* HIL_RULE_*, HIL_ALLOW_* */
    const Expression *arguments[4];              /* host */
    int argument_count;
    const Expression *pair_probability;          /* of both ends (PRE, POST positions, indices), or NULL */
    VECTOR(Variable *) variables;                /* scalars and per-synapse variables; PRE/POST references */
    Variable *weight, *delay;                    /* or NULL; `initial` is what the model gives */
    VECTOR(Action) on_pre;                       /* what an arrival does; `release` is already followed through */
    VECTOR(Equation) equations;                  /* per-synapse states */
    VECTOR(Event *) events;                      /* `after` in a synapse's handler */
    VECTOR(Contribution) contributions;          /* continuous: graded synapses, gap junctions, values */
    VECTOR(SolveRule) solves;
    const char *sharing; /* for explain: what is shared and why */
    VECTOR(Substitution) parts; /* states that the target keeps as sums -> each connection's own part, where somebody looks */
    int number;
    void *network;
} Projection;

typedef struct Drive {
    Name name;
    Span span;
    Population *population;
    const Expression *view;  /* host list or NULL */
    bool at_times;
    const Expression *times, *every; /* host */
    VECTOR(Action) actions;  /* on the population's variables; may draw */
    VECTOR(Variable *) variables; /* its scalars (rate, weight …) */
    int number;
} Drive;

/* Cells of a population for which a condition holds at set-up: `(E where x < 0.5 mm)`. */
typedef struct Selector {
    Population *population;
    const Expression *condition; /* of the population's own variables and scalars */
    Span span;
    int number;
} Selector;

typedef struct Network {
    Name name;
    Span span;
    VECTOR(Variable *) variables; /* network parameters; [0] is dt (VARIABLE_STEP) */
    VECTOR(Population *) populations;
    VECTOR(Projection *) projections;
    VECTOR(Drive *) drives;
    VECTOR(Selector) selectors;
    const Ast *definition; /* of a network, or of a neuron that is run alone */
    Name key;              /* the arguments that it was built with, as written */
    Name solver;  /* `solve all with …`, of the experiment that asked for this instance or of its own; or NULL */
    bool together; /* `solve all together`: its populations advance as one system */
    Span solver_span;
    int number;
} Network;

typedef struct Recorder {
    Name name;
    bool spikes;
    Population *population;
    Projection *projection;  /* a value of each of its connections, or NULL; then `view` names cells of `population`, … */
    bool by_target;          /* … its target, or else its source */
    Event *event;
    const Expression *value; /* of the owner's variables; a plain VARIABLE records its plane */
    HilUnit unit;
    Name unit_text;
    const Expression *view, *every; /* host */
    const Expression *from, *to;    /* host: half-open, s; NULL: no limit */
    bool written;                   /* by a `record` statement */
    Span span;
} Recorder;

typedef struct Stimulus {
    Population *population;
    Variable *input;         /* the input it adds to; of clamps the state that is held */
    bool clamp;              /* holds the state at the value */
    const Expression *value; /* of t, the instance's variables and draws, and EXPERIMENT scalars */
    const Expression *view;  /* host or NULL */
    Span span;
} Stimulus;

/* An experiment, study or sweep: its body is a host expression of type NONE. */
typedef struct ProgramParameter {
    Name name, unit_text;
    HilUnit unit;
    const Type *type;
    const Expression *initial; /* or NULL */
    Span span;
} ProgramParameter;

/* A parameter of an experiment that shapes its network: the value that this instance of it is compiled for. */
typedef struct StructuralValue {
    int parameter; /* among the experiment's */
    const Expression *value; /* a number; or NULL and: */
    const struct Meaning *function;
} StructuralValue;

typedef VECTOR(StructuralValue) Structure;

typedef struct Program {
    Name name;
    Span span;
    int kind; /* HIL_PROGRAM_* */
    Network *network;
    VECTOR(ProgramParameter) parameters;
    int locals;
    const Expression *body;
    VECTOR(Variable *) variables; /* EXPERIMENT scalars */
    VECTOR(Recorder) recorders;
    VECTOR(Stimulus) stimuli;
    const Type *result; /* record of what it measures */
    Structure structure;
    bool called_only;   /* an instance of an experiment for other structural values than its own */
    int number;
} Program;

/* A function in C that the model calls, each once. */
typedef struct ExternFunction {
    Name name;    /* in its file */
    Name symbol;  /* under which kernels call it */
    int source;   /* its file, among the compilation's sources */
    int arguments;
    Span span;    /* where the model declares it */
} ExternFunction;

typedef struct Model {
    Compilation *compilation;
    ExpressionPool *pool;
    VECTOR(Network *) networks;
    VECTOR(Program *) programs;
    VECTOR(ExternFunction) externs;
    VECTOR(const Ast *) items; /* what stands at the top of the file and of all it imports, in order */
    const char *phenomenon; /* the `## phenomenon:` line, or NULL */
} Model;

/* Builds the meaning of a parsed file and all it imports. Never NULL; look at c->diagnostics.errors. */
Model *model_build(Compilation *c, const Ast *file);
/* A model file that means the same: neurons with their channels, inherited parts and shared synapses composed into one
 * list of states and equations, connections as what an arrival does; tables, functions, experiments and studies as
 * written. What the language cannot say flat leaves the kinds and networks as written, with the flat form in comments. */
void model_print(const Model *model, FILE *out);
/* The same with other `solve` statements: `rules` gives those of a population, or of a projection (the other is NULL). */
typedef struct SolvesPrinted {
    const SolveRule *(*rules)(void *context, const Population *population, const Projection *projection, int *count);
    void *context;
} SolvesPrinted;
void model_print_solved(const Model *model, const SolvesPrinted *solves, FILE *out);
void model_print_notes(const Network *network, FILE *out);

#endif
