/* Threads that step together: a barrier that spins, and what each of them has of its own. */
#ifndef HILLOCK_THREADS_H
#define HILLOCK_THREADS_H

#include "engine.h"

#include <pthread.h>
#include <stdatomic.h>

/* All arrive, then all leave. Meant for waits shorter than a step; a thread that waits long sleeps. */
typedef struct Barrier {
    int count;
    _Alignas(64) atomic_int arrived;
    _Alignas(64) atomic_uint generation;
    atomic_int sleepers;
} Barrier;

/* What a thread has learnt about how long to spin before it sleeps: its spins in vain since the last that was not. */
typedef struct Patience {
    unsigned failures;
} Patience;
void barrier_wait(Barrier *barrier, Patience *patience);

enum { GATE_CLOSED, GATE_OPEN, GATE_ABANDONED };
enum { STEP_GOES_ON, STEP_STOPPED, STEP_FAILED };

typedef struct Crew {
    HilSimulation *simulation;
    Barrier barrier;
    uint64_t first, last;       /* steps to do: first <= m < last */
    uint64_t window;            /* steps between two looks at each other, at most */
    /* Why to end after window n, at [n & 1]: written before its barrier, read by all after it; and in which step that
     * was found first. */
    _Alignas(64) atomic_int verdict[2];
    atomic_ullong ends_at;
    _Alignas(64) uint64_t done; /* steps done when all have ended; thread 0's */
    pthread_mutex_t gate;       /* threads start when all of them exist */
    pthread_cond_t gate_opens;
    int gate_state;
} Crew;

typedef struct Worker {
    Crew *crew;
    HilSimulation *simulation;
    int index;
    HilFired *fired;            /* scratch, one for each condition */
    HilCall lanes, entries, rows_call; /* what calls of these shapes set anew each time; the rest of them stays zero */
    struct ClearedPlane *cleared; /* of its lanes: inputs that start each step at zero */
    int32_t cleared_count;
    char *kept_inputs;          /* what they held before the first of several stages, one behind the other; or NULL */
    uint32_t *list;             /* scratch lanes */
    int64_t list_capacity;
    uint32_t *gathered;         /* spikes of all threads: those of an event at a stamp, as sources_at found them last */
    int64_t gathered_capacity, gathered_count;
    const EventState *gathered_event;
    uint64_t gathered_stamp;
    bool gathered_fired, gathered_timed;
    Patience patience;          /* at barriers */
    uint64_t *row_begin, *row_end; /* scratch, [max_sources]: parts of rows that are due */
    uint64_t events;            /* synaptic events delivered to its lanes */
    bool failed;
    int32_t bad_population, bad_plane; /* where a value ceased to be a number; population -1: nowhere */
    int64_t bad_lane;
    double bad_time;
    uint64_t windows;           /* begun before this one */
    uint64_t window_begin, window_end; /* this one's first step, and the one behind its last */
    uint64_t taken;             /* stamps before this one stand in pending batches, or are over */
    uint64_t next_check;        /* step count at which to look for what is no number */
    uint64_t next_look_step;    /* thread 0: no look at the clock before */
    double next_look;           /* wall clock, thread 0: when to look at stop and progress again */
    HilError error;
} Worker;

/* Lanes of one plane. */
typedef struct ClearedPlane {
    char *at;
    size_t bytes;
} ClearedPlane;

/* Calls work(context, t) for all t < count, side by side as far as threads can be had. */
void engine_share(int count, void (*work)(void *context, int index), void *context);
/* How many threads pay for this many lanes. */
int engine_choose_threads(const HilSimulation *s, double lanes);
/* Runs the crew's steps on all threads. false: out of memory, nothing done. */
bool engine_run_crew(Crew *crew, int *verdict, HilError *error);
double engine_clock(void); /* s */

/* ---- step.c ---- */
void engine_work(Worker *worker);
/* Empties the worker's lists of spikes stamped so. */
void engine_begin_stamp(Worker *worker, uint64_t stamp);
/* After a population's only advance call found events: spikes, handlers. false: failed. */
bool engine_settle(Worker *worker, int32_t population, uint64_t step, double time);
/* After a window's steps first … end-1, or what was done of them: their spikes are recorded. False: no further step. */
bool engine_end_window(Worker *worker, uint64_t first, uint64_t end);
/* ---- quiet.c ---- */
bool engine_may_be_quiet(const HilSimulation *simulation);
/* Does the quiet steps from *step on, perhaps none; *step is then the next one. false: no further step. */
bool engine_quiet_steps(Worker *worker, uint64_t *step);
/* ---- delivery.c ---- */
bool engine_deliver(Worker *worker, uint64_t step, double time);
/* When a run ends before step `end`: rows with delays of their own take up the spikes that they would have at the next
 * window's begin, but for those of its very stamp. */
bool engine_take_rest(Worker *worker, uint64_t end);
bool spike_list_append(SpikeList *list, const uint32_t *lanes, const double *fraction, int64_t count);
static inline SpikeList *spike_slot(const HilSimulation *s, const EventState *event, SpikeList *lists, uint64_t stamp,
                                    int thread) {
    (void)s;
    return &lists[thread * event->slot_count + (int64_t)(stamp & (uint64_t)(event->slot_count - 1))];
}

#endif
