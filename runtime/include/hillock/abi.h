/* The ABI between compiled models and the runtime: how a kernel is called, and the descriptor ("image") that says
 * what a model consists of. Written by the compiler, walked by the runtime; both sides assert sizes and check
 * HIL_ABI_VERSION.
 *
 * The image is one block of constant bytes without pointers: a header and tables of fixed-size rows. Rows point to
 * rows of other tables by index ("first, count" for a run of rows), to text by byte offset. An index of -1 is "none".
 * All quantities are SI. Kernels are referred to by number; their functions come in a separate table, one column for
 * each machine level.
 *
 * When each hook is called, in order:
 *   set-up of an experiment: scalars evaluated (prepare rows, in order) -> populations allocated -> positions ->
 *     init uses -> selectors' cells chosen -> projections built (rule, then connect use) -> lane-prepare uses.
 *   when a scalar changes later: prepare rows, then lane-prepare uses, again.
 *   every step from t to t+dt, exactly the meaning of the language's "step":
 *     0. planes flagged DELAYED take up the past, in their order;
 *     1. planes flagged CLEAR are zeroed; pending `after` events due at t run; events due at t are delivered (deliver
 *        uses: projections in order, then emission step, then source, then synapse); drives;  stimuli;
 *     2. edge uses of continuous projections (graded synapses, gap junctions, plain values) with the values at t;
 *     3. advance uses of all populations (t -> t+dt), which also test conditions and list who fired; then the within
 *        use, for lanes to which something happens between t and t+dt
 *        (in a network of several stages, 2 and 3 take turns: use s of every edge and advance range is called in stage s,
 *        inputs being set back to what they held before the first; ranges of one use are called in every stage by
 *        stateless populations and edges, and in the last by populations of level 0)
 *     4. handlers of the fired, event by event in the population's event order;
 *     5. spikes queued for t+dt+delay;
 *     6. recorders sample t+dt. */
#ifndef HILLOCK_ABI_H
#define HILLOCK_ABI_H

#include "hillock/unit.h"
#include <stdint.h>

#define HIL_ABI_VERSION 3
#define HIL_MAGIC 0x4b434c4c49480a7full

/* ---- calling a kernel -------------------------------------------------------------------------------------- */

/* Where a kernel's events land: lanes that fired, ascending. `fraction` (may be NULL) takes the part of the step in
 * (0, 1] at which an exact crossing lies. The arrays hold at least as many entries as there are lanes. */
typedef struct HilFired {
    uint32_t *lanes;
    double *fraction;
    int64_t count;
} HilFired;

/* One call of a kernel. Which fields matter depends on the kernel's shape:
 *   LANES  lanes begin <= i < end of one owner, whole vectors: begin is a multiple of HIL_PAD, planes are padded to
 *          HIL_PAD lanes, lanes >= end are computed but never fire.
 *   LIST   the lanes list[0..count), one at a time, in order.
 *   ROW    for each source s = list[k], k < count, in order: synapses rows[s] <= j < rows[s+1] in order (rows_end, when
 *          not NULL, gives the ends instead: j < rows_end[s]); SELF is j, PRE is s, POST is targets[j].
 *   EDGE   synapses begin <= j < end as lanes; SELF is j, PRE is sources[j], POST is targets[j]. Whole vectors:
 *          padding synapses point at source and target 0 and their accumulated values are dropped (j >= end).
 *   FROM   lanes are targets begin <= i < end (whole vectors); SELF and POST are i, PRE is list[0] for all. */
typedef struct HilCall {
    void *const *planes;    /* base of each plane, in the kernel's plane order */
    const double *uniforms; /* value of each uniform, in the kernel's uniform order */
    int64_t begin, end;
    const uint32_t *list;
    int64_t count;
    const uint64_t *rows, *rows_end;
    const uint32_t *sources;
    const void *targets;    /* uint16_t when target_bytes is 2, uint32_t when 4 */
    int32_t target_bytes;
    uint32_t stream;        /* randomness: which entity this is (hash of its name) */
    uint64_t seed, step;
    double time;            /* t: the step's start */
    HilFired *fired;        /* one per event of the kernel */
    const uint64_t *row_starts; /* ROW: where whole rows begin when `rows` are parts of them (threads, delays); draws
                                   count a row's synapses from here: instance (s, j - row_starts[s]). NULL: rows */
} HilCall;

typedef void HilKernelFunction(const HilCall *call);

#define HIL_PAD 32 /* lanes; every plane is 64-byte aligned and padded to this */

/* Machine levels a kernel is cloned for; functions[kernel * HIL_LEVEL_COUNT + level], NULL where not built. */
enum { HIL_LEVEL_BASE, HIL_LEVEL_V3, HIL_LEVEL_V4, HIL_LEVEL_COUNT }; /* aarch64: BASE is NEON, others NULL */

/* ---- the image --------------------------------------------------------------------------------------------- */

typedef enum HilTableId {
#define HIL_TABLE(name, row) HIL_##name,
#include "hillock/tables.def"
#undef HIL_TABLE
    HIL_TABLE_COUNT
} HilTableId;

typedef struct HilTable {
    uint64_t offset; /* bytes from the image's start, a multiple of 16 */
    uint32_t count, row_bytes;
} HilTable;

typedef struct HilImage {
    uint64_t magic;
    uint32_t abi_version, precision_bits; /* 64 or 32: what states are stored in */
    uint64_t bytes;                       /* of the whole image */
    uint64_t source_hash;
    uint32_t source_path, compiler_version; /* texts */
    uint32_t options, reserved;             /* text: the options that shaped the code */
    HilTable tables[HIL_TABLE_COUNT];
} HilImage;

typedef struct HilRange {
    int32_t first, count;
} HilRange;

enum { HIL_SHAPE_LANES, HIL_SHAPE_LIST, HIL_SHAPE_ROW, HIL_SHAPE_EDGE, HIL_SHAPE_FROM };

typedef struct HilKernelRow {
    uint32_t name;
    uint16_t shape, planes;
    uint16_t uniforms, events;
} HilKernelRow;

/* A kernel put to use: its planes and uniforms bound. */
typedef struct HilUse {
    int32_t kernel;
    HilRange planes;   /* in HIL_PLANE_REFS */
    HilRange uniforms; /* in HIL_SLOTS */
    uint32_t stream;
} HilUse;

enum { HIL_OWNER_POPULATION, HIL_OWNER_PROJECTION };

typedef struct HilPlaneRef {
    int32_t owner_kind; /* HIL_OWNER_… */
    int32_t owner;      /* population or projection, relative to the network */
    int32_t plane;      /* relative to the owner */
} HilPlaneRef;

enum { HIL_F64, HIL_F32 };
enum {
    HIL_PLANE_STATE, HIL_PLANE_PARAMETER, HIL_PLANE_INPUT, HIL_PLANE_OUTPUT, HIL_PLANE_DERIVED, HIL_PLANE_HIDDEN,
    HIL_PLANE_WEIGHT, HIL_PLANE_DELAY, HIL_PLANE_POSITION
};
enum {
    HIL_PLANE_CLEAR = 1,  /* zeroed at the start of each step */
    HIL_PLANE_STEPS = 4,  /* counts steps that are left: counted anew when dt changes, rounded … */
    HIL_PLANE_PARTS = 8,  /* … unless parts of steps count too */
    HIL_PLANE_DELAYED = 2 /* of a population: at the start of each step it becomes what `delayed_plane` was at the start of
                             the step `delay_slot` (s, rounded to steps, >= 0) before; before the first: at the first.
                             With the slot -1 it is not used itself: its past is kept for planes of projections, which are
                             DELAYED too and take up, synapse by synapse, the source's value of their delay plane before */
};

typedef struct HilPlane {
    uint32_t name, unit; /* unit text as the model declares it ("mV") */
    HilDimension dimension;
    uint8_t storage, role, flags, reserved[6];
    double scale, offset; /* of the unit: SI = value*scale + offset */
    uint32_t line;        /* of the declaration, for messages (see HilSource) */
    uint32_t equation_line;
    int32_t delayed_plane, delay_slot; /* DELAYED: a plane of the same population; a scalar of the network, or -1;
                                          of a projection: the source's plane with the slot -1; -1 */
    int32_t delayed_use, unused;       /* DELAYED: use (LANES) that fills delayed_plane first, or -1 */
} HilPlane;

enum { HIL_SCALAR_PARAMETER, HIL_SCALAR_DERIVED, HIL_SCALAR_STEP };

/* A scalar of a network (or of an experiment: uniforms of its stimuli and recorders, behind the network's).
 * PARAMETERs can be set by name; DERIVED ones are computed; STEP is the time step dt. */
typedef struct HilScalar {
    uint32_t name, unit; /* "E.tau", "ms" */
    HilDimension dimension;
    uint8_t role, reserved;
    double scale, offset;
    int32_t node; /* host expression over other scalars; -1 for STEP */
    uint32_t line;
} HilScalar;

enum { HIL_PREPARE_EVALUATE, HIL_PREPARE_PROPAGATOR, HIL_PREPARE_STABILITY };

enum { HIL_VALUE_ZERO, HIL_VALUE_SLOT, HIL_VALUE_PLANE };
typedef struct HilValueRef {
    int32_t kind, index; /* a scalar slot, or a plane of the prepare row's population */
} HilValueRef;

/* One step of preparing scalars, in order.
 *   EVALUATE    slot = node
 *   PROPAGATOR  values: n*n of A (row-major), then n*n of P, then n*n of Q: P = e^(A dt), Q = integral of e^(A s) over
 *               0..dt; outputs of kind ZERO are not stored. When any is a PLANE the work is done for every instance of
 *               the population, behind the lane-prepare uses, which compute A's planes.
 *   STABILITY   values: n*n of the matrix A of equations that an approximate method solves over dt/`substeps`. The step is
 *               judged by hillock/stability.h with `flags` and `growth`: an unstable one stops the run before it starts,
 *               a doubtful one is said once. `message` (a text) names the equations. Planes as above, for every
 *               instance. */
enum { HIL_STABILITY_ADVISORY = 1, HIL_STABILITY_COUPLED = 2 };
enum { HIL_GROWTH_TERMS = 8 };
typedef struct HilPrepare {
    int32_t kind, slot, node, n;
    HilRange values; /* in HIL_VALUE_REFS */
    int32_t population;
    uint32_t message;
    int32_t flags, substeps; /* of STABILITY */
    double growth[HIL_GROWTH_TERMS]; /* STABILITY: one step multiplies x of x' = l x by the sum of growth[k] (l dt)^k */
} HilPrepare;

#define HIL_MOST_STAGES 4

typedef struct HilNetwork {
    uint32_t name, line;
    HilRange scalars, prepares, populations, projections, drives;
    int32_t step_slot; /* where dt stands */
    HilRange selectors;
    int32_t stages;    /* of one step: > 1 where populations are solved together by a method of so many stages */
    uint8_t stage_halves[HIL_MOST_STAGES]; /* stage s sees the values of t + stage_halves[s]*dt/2 */
} HilNetwork;

typedef struct HilPopulation {
    uint32_t name, type; /* "E", "LIF" */
    int32_t size;        /* node: a number; evaluated at set-up */
    HilRange planes, events;
    HilRange init;         /* uses, LANES: fill every state and per-instance parameter */
    HilRange lane_prepare; /* uses, LANES: planes computed from per-instance parameters */
    HilRange advance;      /* uses, LANES; conditions beyond those of `events` mean that a solver did not converge */
    HilRange within;       /* use, LIST, or none: for the lanes of the advance kernel's condition `within_condition`, which
                              that kernel left at t: it takes them to t+dt and fires their events, numbered alike */
    int32_t within_condition;
    int32_t level;         /* 0: has states of its own or hangs on none; n: stateless, evaluated n-th within a step: the
                              edge uses onto it run after those onto lower levels have advanced, so a chain of
                              stateless populations settles in one step; level 0 comes last */
    int32_t layout;        /* node giving positions (host op LAYOUT_*), or -1; fills planes x, y, z */
    uint32_t line;
} HilPopulation;

enum { HIL_EVENT_SPIKE = 1, HIL_EVENT_TIMED = 2 };

/* An event of a population, in the order in which handlers run. `condition` is the event's number among the advance
 * kernel's events (-1: only triggered by `after`). A TIMED event is fired `delay_slot` seconds (a scalar) after the
 * event `after_event` fired; firing again replaces the pending one. With the slot -1 the delay is what that event's handler
 * (or the within use) leaves in `delay_plane`: in whole steps, or HIL_NOT_REACHED where nothing is to follow. */
#define HIL_NOT_REACHED (-0x1p100) /* a number in both precisions */
typedef struct HilEvent {
    uint32_t name;
    int32_t flags, condition;
    int32_t handler; /* use, LIST, or -1 */
    int32_t after_event, delay_slot, delay_plane;
    uint32_t line;
} HilEvent;

/* Topology rules; their arguments are nodes in the order of `arguments` (kids of HIL_KIDS). */
enum {
    HIL_RULE_ALL,         /* dense; no arguments */
    HIL_RULE_ONE_TO_ONE,
    HIL_RULE_PROBABILITY, /* p; or, with rule_use >= 0, the FROM kernel fires event 0 for the targets drawn */
    HIL_RULE_INDEGREE,    /* k distinct sources a target (with replacement when multapses are allowed) */
    HIL_RULE_OUTDEGREE,
    HIL_RULE_TOTAL,       /* n synapses in all */
    HIL_RULE_RING,        /* k nearest neighbours on each side */
    HIL_RULE_SMALL_WORLD, /* k, rewiring probability (Watts & Strogatz 1998) */
    HIL_RULE_EDGES        /* path text: edge list */
};
enum {
    HIL_ALLOW_SELF = 1, HIL_ALLOW_MULTAPSES = 2, HIL_SELF_IS_SAME_POPULATION = 4,
    HIL_DELIVER_BY_TARGET = 16, /* the deliver use touches planes of the target and of the synapses only: threads deliver
                                   without looking at each other's cells */
    HIL_EDGE_BY_TARGET = 8 /* edge uses store nothing and add to planes of the target only: threads share them out */
};
enum { HIL_DELAY_NONE, HIL_DELAY_SLOT, HIL_DELAY_PLANE };

typedef struct HilProjection {
    uint32_t name, line;
    int32_t source, target;       /* populations, relative to the network */
    int32_t source_event;         /* event of the source that is delivered, or -1 (continuous only) */
    int32_t source_view, target_view; /* nodes giving lists of indices, or -1 for all */
    int32_t rule, flags, rule_use;
    HilRange arguments;           /* nodes, in HIL_KIDS */
    HilRange planes;              /* per synapse: weight, delay, states, parameters */
    HilRange connect;             /* uses, ROW: fill per-synapse planes */
    HilRange lane_prepare;        /* uses, ROW */
    int32_t deliver;              /* use, ROW, or -1 */
    int32_t delay_kind, delay;    /* slot or plane; seconds; 0 means the start of the next step */
    HilRange edge;                /* uses, EDGE: every step, before the populations advance */
    HilRange indexed;             /* reserved: uses by post spikes (plasticity) */
} HilProjection;

enum { HIL_DRIVE_EACH_STEP, HIL_DRIVE_AT_TIMES };

/* A drive runs a use over the lanes of a population (view -1: all, as LANES; else LIST over the view). */
typedef struct HilDrive {
    uint32_t name, line;
    int32_t kind, population, view;
    int32_t use;
    int32_t times;  /* node: list of times, for AT_TIMES */
    int32_t every;  /* node: interval at which EACH_STEP drives run, -1: each step */
} HilDrive;

/* Cells for which a condition holds at set-up: those for which the use's only event fires. Views name them by the host
 * op SELECTED. */
typedef struct HilSelector {
    int32_t population, use; /* LANES */
    uint32_t line;
} HilSelector;

enum { HIL_PROGRAM_EXPERIMENT, HIL_PROGRAM_STUDY, HIL_PROGRAM_SWEEP };

/* An experiment, study or sweep. Locals are numbered; parameters are the first locals. */
typedef struct HilProgram {
    uint32_t name, line;
    int32_t kind, network; /* network -1 for studies */
    int32_t imported;      /* 1: from an imported file; it is called, not run by itself */
    HilRange parameters;   /* in HIL_PARAMETERS */
    int32_t locals, body;  /* number of locals; node */
    HilRange scalars;      /* experiment's own scalars, slots numbered behind the network's */
    HilRange recorders, stimuli;
} HilProgram;

typedef struct HilParameter {
    uint32_t name, unit;
    HilDimension dimension;
    uint8_t fixed, reserved; /* fixed: the program was compiled for the default alone */
    double scale, offset;
    int32_t node; /* default, or -1 when it must be given */
} HilParameter;

enum { HIL_RECORD_SPIKES, HIL_RECORD_PLANE, HIL_RECORD_USE };

typedef struct HilRecorder {
    uint32_t name, unit; /* "V", "mV" */
    double scale, offset;
    int32_t what, population;
    int32_t projection;        /* or -1; else a value of each of its connections, by source, then target */
    int32_t event, plane, use; /* USE: kernel (LANES; ROW for projections) that stores into the hidden plane `plane` */
    int32_t view, every;       /* nodes; every -1: each step. Of projections the view names cells of `population` … */
    int32_t by_target, unused; /* … which is their source, or with 1 their target */
    int32_t from, to;          /* nodes: it takes down what is stamped from <= t < to [s]; -1: no limit */
    int32_t explicit_;         /* 1: written to --out (a `record` statement); 0: only for measures */
    uint32_t line;
} HilRecorder;

typedef struct HilStimulus {
    int32_t population, plane; /* the input it adds to, or the state it holds */
    int32_t clamp;             /* 1: the use stores the value that the plane has at its time; it is called before a step's
                                  deliveries when it begins, before the equations, and for t+dt behind the handlers */
    int32_t use;               /* LANES (view -1) or LIST */
    int32_t view;
    uint32_t line;
} HilStimulus;

typedef struct HilNode {
    uint16_t op;       /* hillock/host.def */
    uint16_t flags;
    int32_t index;     /* local, slot, function, program, recorder … as the op says */
    HilRange kids;     /* in HIL_KIDS */
    double number;
    uint32_t text;     /* name or source text */
    uint32_t line;
} HilNode;

/* A file of the model. Lines are counted through all files: a row's `line` l lies in the last source with first < l, as
 * its line l - first. The model file itself comes first, with first 0. */
typedef struct HilSource {
    uint32_t path, first;
} HilSource;

/* ---- walking it -------------------------------------------------------------------------------------------- */

/* The bytes of a table's row, as whoever includes this sees them. */
static inline uint32_t hil_row_bytes(HilTableId table) {
    static const uint32_t bytes[HIL_TABLE_COUNT] = {
#define HIL_TABLE(name, row) sizeof(row),
#include "hillock/tables.def"
#undef HIL_TABLE
    };
    return bytes[table];
}
static inline const void *hil_table_row(const HilImage *image, HilTableId table, int64_t row) {
    return (const char *)image + image->tables[table].offset + (uint64_t)row * image->tables[table].row_bytes;
}
static inline const char *hil_text(const HilImage *image, uint32_t offset) {
    return (const char *)image + image->tables[HIL_TEXT].offset + offset;
}

/* The file of a row's line, which becomes its line there. */
static inline const char *hil_line_file(const HilImage *image, uint32_t *line) {
    for (uint32_t i = image->tables[HIL_SOURCES].count; i > 0; i--) {
        const HilSource *source = (const HilSource *)hil_table_row(image, HIL_SOURCES, i - 1);
        if (source->first >= *line) continue;
        *line -= source->first;
        return hil_text(image, source->path);
    }
    return hil_text(image, image->source_path);
}
#define hil_row(image, table, Type, row) ((const Type *)hil_table_row((image), (table), (row)))

#endif
