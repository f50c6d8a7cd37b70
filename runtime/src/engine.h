/* The inside of a simulation, shared by the engine's files (simulation, memory, connect, delivery, step, recorders …).
 * Nothing outside the engine includes this; see simulation.h for what the parts are for. */
#ifndef HILLOCK_ENGINE_H
#define HILLOCK_ENGINE_H

#include "simulation.h"

/* A use with its planes found and its uniforms read: ready to be called. */
typedef struct BoundUse {
    HilKernelFunction *function; /* NULL where settings.call takes its place */
    int32_t kernel, shape, event_count;
    uint32_t stream;
    int32_t plane_count, uniform_count;
    void **planes;
    const int32_t *slots;
    double *uniforms;
} BoundUse;

/* Lanes that fired at one stamp, ascending; fraction[k] in (0, 1] is where in its step the crossing lay. */
typedef struct SpikeList {
    uint32_t *lanes;
    double *fraction;
    int64_t count, capacity;
    uint32_t first[8]; /* of the lanes, once more: few spikes are read by other threads from this one cache line */
} SpikeList;
_Static_assert(sizeof(SpikeList) == 64, "each thread writes to cache lines of its own");

/* Pending `after` events of one (event, thread), by due step, earliest first. An entry counts only while due[lane]
 * still says its step: arming again leaves a stale entry behind. */
typedef struct TimedEntry {
    uint64_t due;
    uint32_t lane;
} TimedEntry;

typedef struct TimedQueue {
    TimedEntry *entries; /* a ring would save nothing: taken from `first`, moved down when half is used up */
    int64_t first, count, capacity;
} TimedQueue;

typedef struct EventState {
    const HilEvent *row;
    BoundUse handler;
    bool has_handler, needs_history, can_fire, timed_delivered;
    /* Spikes stamped at step count e stand in slot e % slot_count, for each thread: conditions' and timed ones. */
    int64_t slot_count; /* a power of two */
    SpikeList *fired, *timed; /* [thread * slots + slot] */
    TimedQueue *queues;       /* [threads], TIMED events only */
    uint64_t *due;            /* [padded], TIMED events only: the step at which the lane's event is pending */
    double delay;             /* s, TIMED events: value of the delay slot */
    uint64_t delay_steps;
} EventState;

typedef struct Population {
    const HilPopulation *row;
    const char *name;
    int64_t size, padded;
    void **planes;
    BoundUse *init, *lane_prepare, *advance, *within;
    EventState *events;
    int32_t *condition_event; /* event fired by condition k of the advance kernels, -1: none listens */
    int32_t condition_count;
    int64_t *bounds; /* [threads + 1]: lanes of each thread */
} Population;

/* Spikes of one stamp on their way through delay-sorted rows, for one thread: entry k has delivered its row up to
 * cursor[k] and goes on when the batch is age[k] steps old. */
typedef struct PendingBatch {
    uint64_t stamp;
    uint32_t *sources, *age;
    uint64_t *cursor;
    int64_t count, capacity;
} PendingBatch;

/* Spikes whose due step was fixed before the delay or dt changed. */
typedef struct LateBatch {
    uint64_t due;
    uint32_t *sources;
    int64_t count;
} LateBatch;

/* Synapses of a continuous projection whose targets one thread owns, in their order. */
typedef struct EdgePart {
    int64_t count;
    uint32_t *sources;
    void *targets;
    void *delay_steps; /* copies of the projection's where its planes take up the past, else NULL */
    void **planes;  /* copies of the projection's planes that the uses read; NULL: not read */
    BoundUse *uses; /* the projection's edge uses with these planes */
} EdgePart;

/* Rows of one thread's targets, one behind the other; only where synapses have no planes. */
typedef struct RowPart {
    uint64_t *rows;   /* [sources + 1] */
    uint64_t *starts; /* [sources]: rows[s] less the row's synapses before this part (modulo 2^64): HilCall's row_starts */
    void *targets;
} RowPart;

typedef struct Projection {
    const HilProjection *row;
    const char *name;
    int64_t count, padded;         /* synapses */
    uint64_t *rows;                /* [sources + 1] */
    RowPart *row_parts;            /* [threads]; or NULL, and: */
    uint64_t **split;              /* [threads + 1][sources]: where a thread's targets start in each row, or NULL */
    void *targets;
    int32_t target_bytes;
    uint32_t *sources;             /* per synapse; only where edge uses or the look inside need it */
    void **planes;
    void *delay_steps;             /* per synapse, uint16 or uint32; NULL: one delay for all */
    int32_t delay_bytes;
    uint64_t delay, min_delay, max_delay; /* steps */
    double delay_seconds;
    uint64_t valid_from;           /* spikes stamped before this step count are in `late` or gone */
    PendingBatch *pending;         /* [threads * pending_slots]; stamp e in slot e % pending_slots */
    uint64_t pending_slots;        /* max_delay + 1 */
    LateBatch *late;
    int64_t late_count;
    BoundUse deliver, *connect, *lane_prepare, *edge, rule;
    EdgePart *parts;               /* [threads], or NULL: one thread does all edges */
    bool has_deliver;
} Projection;

/* A plane that is at each step's start what the plane `from` of its population was slots - 1 steps before. What that
 * was at step m >= base stands in slot (m - base) % slots of the ring. One that is kept for synapses has slots for the
 * longest of their delays. */
typedef struct PastPlane {
    int32_t population, plane, from;
    bool computed, fresh; /* `from` is filled by `use` first; nothing has been kept before step `base` */
    bool for_synapses;
    BoundUse use;
    char *ring;
    size_t stride;        /* bytes of a slot */
    uint64_t slots, base;
} PastPlane;

/* A plane of a projection that takes up its sources' past, each synapse its own delay before. */
typedef struct PastReader {
    int32_t projection, plane, past; /* the last of `pasts` */
} PastReader;

typedef struct LaneList {
    uint32_t *lanes;
    int64_t count;
} LaneList;

typedef struct Drive {
    const HilDrive *row;
    BoundUse use;
    bool all;
    LaneList *lists; /* [threads], LIST drives: the view's lanes of each thread */
    LaneList view;
    uint64_t every;       /* steps */
    uint64_t *steps;      /* AT_TIMES, ascending */
    double *times;
    int64_t time_count;
} Drive;

typedef struct Stimulus {
    const HilStimulus *row;
    BoundUse use;
    bool all, active;
    LaneList view, *lists;
    double from, to;              /* s */
    uint64_t from_step, to_step;  /* it acts in steps from_step <= m < to_step */
} Stimulus;

typedef struct Recorder {
    int32_t what, population, projection, event, plane;
    double every_seconds, origin; /* s; 0: each step; when it began to listen */
    double from, to;              /* s: it takes down what is stamped from <= t < to */
    uint64_t every, next;         /* steps; stamp of the next sample */
    uint64_t end;                 /* step: stamps from here on are not taken */
    BoundUse use;
    bool all, is_explicit, by_target;
    LaneList view;                /* lanes, or synapses of a projection in the order of its columns */
    LaneList sources;             /* of a projection with a use: the rows that it runs over */
    uint64_t *bits;               /* spikes, projections: one bit a cell of the view; NULL: all */
    int64_t instances;
    HilRecording *own;            /* where train, or the signal of a recorder that is not explicit, stands */
    HilSpikeTrain *train;
    HilSignal *signal;
} Recorder;

/* Spikes of one event for --out: the union of what explicit recorders look at. */
typedef struct OutputTrain {
    int32_t population, event;
    double from, to; /* s */
    uint64_t *bits; /* NULL: all */
    HilSpikeTrain *train;
} OutputTrain;

typedef struct Override {
    char *name;
    double value;
} Override;

struct HilSimulation {
    const HilImage *image;
    HilKernelFunction *const *functions;
    HilSettings settings;
    HilEvaluator evaluator;
    int level, thread_count;
    const HilNetwork *network;
    const HilProgram *program; /* NULL: none */
    int32_t network_index;

    int32_t scalar_count, network_scalars;
    double *scalars;
    bool *given;     /* set by the caller: keep, do not evaluate */
    bool *prepared;  /* an EVALUATE row gives it */
    bool dirty, built, failed;
    double dt;

    Override *overrides;
    int32_t override_count;

    Population *populations;
    Projection *projections;
    Drive *drives;
    PastPlane *pasts;
    int32_t past_count;
    PastReader *past_readers;
    int32_t past_reader_count;
    LaneList *selected;        /* cells of each selector; NULL: not chosen yet */
    Stimulus *stimuli;
    int32_t stimulus_count;
    double *last_states; /* of all planes of states when their change was asked for; NULL: never */
    Recorder *recorders;       /* the program's, then --record's */
    int32_t recorder_count, program_recorders;
    char **record_requests;    /* --record before build */
    double *record_every;
    int32_t record_request_count;
    HilRecording *output;
    OutputTrain *output_trains;
    int32_t output_train_count;

    uint64_t step, origin_step; /* steps done; those done when dt last changed */
    double origin_time;
    uint64_t check_every;       /* steps between looks for NaN */
    int32_t levels; /* of stateless populations */
    bool any_edges, any_clear, any_timed, barrier_after_timed, any_samples;
    uint64_t window;            /* steps that threads may do without waiting for each other: see engine_find_window */
    int32_t max_condition_events;
    int64_t max_sources;
    HilMemoryPlan memory;
    HilRunStatistics statistics;
};

/* ---- simulation.c / bind.c ---- */
static inline double engine_time_of(const HilSimulation *s, uint64_t step) {
    return s->origin_time + (double)(step - s->origin_step) * s->dt;
}
/* " (model.hil:12)" or "" for line 0, into a caller's buffer; returns it. */
const char *engine_place(const HilSimulation *s, uint32_t line, char *text, size_t size);
bool engine_bind(HilSimulation *s, int32_t use, BoundUse *bound, HilError *error);
bool engine_bind_range(HilSimulation *s, HilRange range, BoundUse **bounds, HilError *error);
void engine_read_uniforms(const HilSimulation *s, BoundUse *bound);
void engine_read_all_uniforms(HilSimulation *s);
void engine_free_use(BoundUse *bound);
void engine_free_uses(BoundUse *bounds, int32_t count);
bool engine_view(HilSimulation *s, int32_t node, int64_t size, const char *of, uint32_t line, LaneList *list,
                 bool *all, HilError *error);
bool engine_number(HilSimulation *s, int32_t node, double *value, HilError *error);
void engine_call(const HilSimulation *s, const BoundUse *use, HilCall *call);
bool engine_check_image(const HilImage *image, HilError *error);
bool engine_lane_prepare(HilSimulation *s, HilError *error);
/* Rows about stability: those of scalars, or those that differ by cell (after engine_lane_prepare's kernels). */
bool engine_judge_step(HilSimulation *s, bool lanes, HilError *error);
/* Rounds to whole steps; false when negative, NaN or more than 2^31 steps. */
bool engine_steps(double seconds, double dt, uint64_t *steps);

/* ---- memory.c ---- */
void *engine_allocate(size_t bytes); /* zeroed, 64-byte aligned, huge pages where large; free() it; NULL: none left */
void *engine_allocate_unset(size_t bytes); /* the same with any content: what is never written to costs nothing */
bool engine_grow(void **array, int64_t *capacity, int64_t needed, size_t element); /* keeps what is there */
double engine_memory_available(const HilSimulation *s);
bool engine_plan_memory(HilSimulation *s, HilError *error);
int64_t engine_pad(int64_t lanes);
size_t engine_storage_bytes(const HilPlane *row);
/* Adds to the plan what is known only once connections stand, `freed` bytes of which were planned before. */
bool engine_plan_more(HilSimulation *s, double bytes, double freed, const char *what, HilError *error);

/* ---- connect.c ---- */
bool engine_connect(HilSimulation *s, int32_t projection, HilError *error);
bool engine_expected_synapses(HilSimulation *s, int32_t projection, double *count, HilError *error);
bool engine_update_delays(HilSimulation *s, Projection *p, HilError *error);
/* Gives each thread its part of every row. */
bool engine_split_rows(HilSimulation *s, Projection *p, HilError *error);
double engine_split_bytes(const HilSimulation *s, const HilProjection *row, double synapses);
void engine_free_split(const HilSimulation *s, Projection *p);
void engine_free_projection(HilSimulation *s, Projection *p);

/* ---- build.c, refresh.c ---- */
/* After a change of scalars or of dt: prepares, reads uniforms, recomputes what lanes derive from their parameters, and
 * turns all that counts in steps. */
bool engine_refresh(HilSimulation *s, double dt, HilError *error);
bool engine_retime_drive(HilSimulation *s, Drive *d, HilError *error);
/* Delays of timed events in steps; old steps are worth `stretch` new ones. */
bool engine_retime_events(HilSimulation *s, double stretch, HilError *error);
bool engine_make_pending(HilSimulation *s, Projection *p, HilError *error);
/* And finds how many steps make a window: no spike of one is due within it, and nobody reads other threads' cells. */
bool engine_make_histories(HilSimulation *s, HilError *error);
void engine_call_all_lanes(const HilSimulation *s, const Population *p, const BoundUse *uses, int32_t count);
/* Only advance kernels and rules may have events. */
bool engine_no_events(const HilSimulation *s, const BoundUse *uses, int32_t count, HilError *error);
bool engine_own_lists(HilSimulation *s, const LaneList *view, int32_t population, LaneList **lists);
/* Half-open: the first step whose start is not before `time`. A millionth of a step forgives rounding. */
uint64_t engine_first_step_from(const HilSimulation *s, double time);
void engine_stimulus_steps(const HilSimulation *s, Stimulus *stimulus);

/* ---- select.c ---- */
/* Chooses the cells of all selectors, once populations have their initial values. */
bool engine_select(HilSimulation *s, HilError *error);
/* Is the view one by a condition whose cells are not chosen yet? */
bool engine_view_open(const HilSimulation *s, int32_t node);
void engine_free_selected(HilSimulation *s);

/* ---- edge_parts.c ---- */
/* Shares out the edges of a projection where threads may add to their own targets. */
bool engine_make_parts(HilSimulation *s, Projection *p, HilError *error);
/* Gives each part its synapses' delays, where these are read and differ. */
bool engine_share_delays(const HilSimulation *s, Projection *p, HilError *error);
/* Before a run: parts read what the synapses' planes hold now. */
void engine_refresh_parts(HilSimulation *s);
double engine_part_bytes(const HilSimulation *s, const HilProjection *row, double synapses);
void engine_free_parts(const HilSimulation *s, Projection *p);

/* ---- delayed.c ---- */
bool engine_past_bytes(const HilSimulation *s, double *bytes, HilError *error);
bool engine_make_pasts(HilSimulation *s, HilError *error);
/* After delays or dt changed; old steps are worth `stretch` new ones. */
bool engine_retime_pasts(HilSimulation *s, double stretch, HilError *error);
/* At a step's start: a thread's lanes of what is now are kept, those of the past taken up. */
void engine_take_past(const HilSimulation *s, int thread, uint64_t step, double time);
/* And then, once all threads have: what each synapse reads of the past is taken up. */
void engine_read_past(const HilSimulation *s, int thread, uint64_t step);
void engine_free_pasts(HilSimulation *s);
/* Does a plane of the projection take up the past of its sources? */
bool engine_reads_past(const HilSimulation *s, const HilProjection *row);

/* ---- recorders.c ---- */
bool engine_make_recorders(HilSimulation *s, HilError *error);
/* Whether some plane is sampled at this stamp; sampling it; appending the spikes of a stamp (and timed ones of the
 * stamp before). */
bool engine_samples_at(const HilSimulation *s, uint64_t stamp);
bool engine_sample(HilSimulation *s, uint64_t stamp, HilError *error);
bool engine_record_spikes(HilSimulation *s, uint64_t stamp, HilError *error);
/* After dt changed (or at build): counts in steps anew. `now` is the time of the step that comes. */
bool engine_retime_recorders(HilSimulation *s, HilError *error);
/* Sets memory aside for what this many steps will record. */
bool engine_reserve_recorders(HilSimulation *s, uint64_t steps, HilError *error);
void engine_free_recorders(HilSimulation *s);

/* ---- check_numbers.c ---- */
/* First lane in [begin, end) of a state plane of the population that is no finite number. */
bool engine_find_bad(const Population *p, const HilImage *image, int64_t begin, int64_t end, int32_t *plane,
                     int64_t *lane);
bool engine_report_bad(const HilSimulation *s, int32_t population, int32_t plane, int64_t lane, double time,
                       HilError *error);

/* ---- levels.c ---- */
bool engine_pick_level(const HilSimulation *s, int *level, HilError *error);

static inline const HilUse *engine_use_row(const HilSimulation *s, int32_t use) {
    return hil_row(s->image, HIL_USES, HilUse, use);
}
static inline const HilPlane *engine_plane_row(const HilSimulation *s, HilRange planes, int32_t plane) {
    return hil_row(s->image, HIL_PLANES, HilPlane, planes.first + plane);
}
static inline const char *engine_text(const HilSimulation *s, uint32_t offset) {
    return hil_text(s->image, offset);
}

#endif
