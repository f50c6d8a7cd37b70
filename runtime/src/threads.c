/* Threads of a run. In: the steps to do. Out: all of them done by all threads, each on its own lanes.
 * The first thread is the caller; the others live as long as one call of run. */
#include "threads.h"

#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { MOST_SPINS = 4000, FEWEST_SPINS = 50, TRY_AGAIN = 32, LANES_PER_THREAD = 2000 };

static void relax(void) {
#if defined(__x86_64__)
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#if defined(__linux__)
static void sleep_while(atomic_uint *word, unsigned value) {
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}

static void wake_all(atomic_uint *word) {
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}
#else
static void sleep_while(atomic_uint *word, unsigned value) {
    (void)word, (void)value;
    sched_yield();
}

static void wake_all(atomic_uint *word) {
    (void)word;
}
#endif

/* Partners that run come within a step's time; one that shares this core, or has lost its own to somebody else, comes
 * sooner if this thread sleeps. Whether to spin for long is learnt. Waking takes longer than most steps, so that one who
 * sleeps makes the others wait and sleep in turn: now and then a long spin is tried, which ends that. */
void barrier_wait(Barrier *b, Patience *patience) {
    if (b->count == 1) return;
    unsigned generation = atomic_load_explicit(&b->generation, memory_order_relaxed);
    if (atomic_fetch_add_explicit(&b->arrived, 1, memory_order_acq_rel) + 1 == b->count) {
        atomic_store_explicit(&b->arrived, 0, memory_order_relaxed);
        atomic_store_explicit(&b->generation, generation + 1, memory_order_seq_cst);
        if (atomic_load_explicit(&b->sleepers, memory_order_seq_cst)) wake_all(&b->generation);
        return;
    }
    int limit = MOST_SPINS >> (patience->failures % TRY_AGAIN);
    for (int spins = 0; spins < limit || spins < FEWEST_SPINS; spins++) {
        if (atomic_load_explicit(&b->generation, memory_order_acquire) != generation) {
            patience->failures = 0;
            return;
        }
        relax();
    }
    patience->failures++;
    atomic_fetch_add_explicit(&b->sleepers, 1, memory_order_seq_cst);
    while (atomic_load_explicit(&b->generation, memory_order_seq_cst) == generation) sleep_while(&b->generation, generation);
    atomic_fetch_sub_explicit(&b->sleepers, 1, memory_order_relaxed);
}

double engine_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int machine_threads(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int)count : 1;
}

/* Threads of others that want a core just now, as the least of a few looks; 0 where that cannot be told. A barrier
 * with a partner that is not running costs thousands of steps, so cores that are taken are not counted on. */
static int busy_threads(void) {
    int least = INT_MAX;
    for (int look = 0; look < 3; look++) {
        FILE *file = fopen("/proc/stat", "r");
        if (!file) return 0;
        char line[512];
        int running = 1;
        while (fgets(line, sizeof line, file))
            if (sscanf(line, "procs_running %d", &running) == 1) break;
        fclose(file);
        if (running - 1 < least) least = running - 1;
        nanosleep(&(struct timespec){.tv_nsec = 300000}, NULL);
    }
    return least > 0 ? least : 0;
}

int engine_choose_threads(const HilSimulation *s, double lanes) {
    if (s->settings.threads > 0) return s->settings.threads;
    double paying = lanes / LANES_PER_THREAD;
    if (paying < 2) return 1;
    int cores = (int)sysconf(_SC_NPROCESSORS_ONLN) - busy_threads(), most = machine_threads();
    if (cores < most) most = cores;
    return most < 1 ? 1 : paying < most ? (int)paying : most;
}

/* Subnormal numbers cost a hundred times a normal one and mean nothing here. */
static uint64_t flush_subnormals(void) {
#if defined(__x86_64__)
    unsigned mode = _mm_getcsr();
    _mm_setcsr(mode | 0x8040); /* FTZ and DAZ */
    return mode;
#elif defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | (1u << 24)));
    return mode;
#else
    return 0;
#endif
}

static void restore_mode(uint64_t mode) {
#if defined(__x86_64__)
    _mm_setcsr((unsigned)mode);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(mode));
#else
    (void)mode;
#endif
}

static void *work(void *argument) {
    Worker *worker = argument;
    Crew *crew = worker->crew;
    pthread_mutex_lock(&crew->gate);
    while (crew->gate_state == GATE_CLOSED) pthread_cond_wait(&crew->gate_opens, &crew->gate);
    bool go = crew->gate_state == GATE_OPEN;
    pthread_mutex_unlock(&crew->gate);
    if (!go) return NULL;
    uint64_t mode = flush_subnormals();
    engine_work(worker);
    restore_mode(mode);
    return NULL;
}

static void open_gate(Crew *crew, int state) {
    pthread_mutex_lock(&crew->gate);
    crew->gate_state = state;
    pthread_cond_broadcast(&crew->gate_opens);
    pthread_mutex_unlock(&crew->gate);
}

/* ---- work that is no step ---------------------------------------------------------------------------------------- */

typedef struct SharedWork {
    void (*work)(void *context, int index);
    void *context;
    int index;
} SharedWork;

static void *do_share(void *argument) {
    SharedWork *share = argument;
    share->work(share->context, share->index);
    return NULL;
}

void engine_share(int count, void (*work_of)(void *context, int index), void *context) {
    enum { MOST = 64 };
    pthread_t threads[MOST];
    SharedWork shares[MOST];
    int started = 1, most = count < MOST ? count : MOST;
    for (; started < most; started++) {
        shares[started] = (SharedWork){work_of, context, started};
        if (pthread_create(&threads[started], NULL, do_share, &shares[started])) break;
    }
    work_of(context, 0);
    for (int i = started; i < count; i++) work_of(context, i); /* those for which there is no thread */
    for (int i = 1; i < started; i++) pthread_join(threads[i], NULL);
}

/* ---- workers ----------------------------------------------------------------------------------------------------- */

static bool make_worker(Worker *w, Crew *crew, int index) {
    HilSimulation *s = crew->simulation;
    *w = (Worker){.crew = crew, .simulation = s, .index = index, .bad_population = -1,
                  .taken = crew->first};
    int64_t lanes = HIL_PAD;
    for (int32_t i = 0; i < s->network->populations.count; i++) {
        const Population *p = &s->populations[i];
        int64_t own = p->bounds[index + 1] - p->bounds[index] + HIL_PAD;
        if (own > lanes) lanes = own;
    }
    w->fired = calloc((size_t)s->max_condition_events + 1, sizeof *w->fired);
    if (!w->fired) return false;
    for (int32_t k = 0; k < s->max_condition_events; k++) {
        w->fired[k].lanes = calloc((size_t)lanes, sizeof *w->fired[k].lanes);
        w->fired[k].fraction = calloc((size_t)lanes, sizeof *w->fired[k].fraction);
        if (!w->fired[k].lanes || !w->fired[k].fraction) return false;
        for (int64_t i = 0; i < lanes; i++) w->fired[k].fraction[i] = 1;
    }
    w->row_begin = calloc((size_t)s->max_sources + 1, sizeof *w->row_begin);
    w->row_end = calloc((size_t)s->max_sources + 1, sizeof *w->row_end);
    return w->row_begin && w->row_end;
}

static void free_worker(Worker *w) {
    for (int32_t k = 0; w->fired && k < w->simulation->max_condition_events; k++) {
        free(w->fired[k].lanes);
        free(w->fired[k].fraction);
    }
    free(w->fired);
    free(w->cleared);
    free(w->kept_inputs);
    free(w->list);
    free(w->gathered);
    free(w->row_begin);
    free(w->row_end);
}

/* The failure that a single thread would have met first: by time, population, plane, lane. */
static bool earlier(const Worker *a, const Worker *b) {
    if (b->bad_population < 0) return true;
    if (a->bad_time != b->bad_time) return a->bad_time < b->bad_time;
    if (a->bad_population != b->bad_population) return a->bad_population < b->bad_population;
    if (a->bad_plane != b->bad_plane) return a->bad_plane < b->bad_plane;
    return a->bad_lane < b->bad_lane;
}

static void report(const Worker *workers, int count, HilError *error) {
    const Worker *bad = NULL;
    for (int i = 0; i < count; i++) {
        if (workers[i].failed) {
            if (error) *error = workers[i].error;
            return;
        }
        if (workers[i].bad_population >= 0 && (!bad || earlier(&workers[i], bad))) bad = &workers[i];
    }
    if (bad) engine_report_bad(bad->simulation, bad->bad_population, bad->bad_plane, bad->bad_lane, bad->bad_time, error);
}

/* All threads or none: one that is missing would be waited for in vain, so they wait at a gate until all are there. */
static bool run_threads(Crew *crew, Worker *workers, pthread_t *threads) {
    int count = crew->simulation->thread_count, started = 1;
    pthread_mutex_init(&crew->gate, NULL);
    pthread_cond_init(&crew->gate_opens, NULL);
    while (started < count && !pthread_create(&threads[started], NULL, work, &workers[started])) started++;
    bool all = started == count;
    open_gate(crew, all ? GATE_OPEN : GATE_ABANDONED);
    if (all) work(&workers[0]);
    for (int i = 1; i < started; i++) pthread_join(threads[i], NULL);
    pthread_cond_destroy(&crew->gate_opens);
    pthread_mutex_destroy(&crew->gate);
    return all;
}

bool engine_run_crew(Crew *crew, int *verdict, HilError *error) {
    HilSimulation *s = crew->simulation;
    int count = s->thread_count;
    Worker *workers = calloc((size_t)count, sizeof *workers);
    pthread_t *threads = calloc((size_t)count, sizeof *threads);
    bool good = workers && threads;
    crew->barrier.count = count;
    crew->done = crew->first;
    crew->window = s->window;
    for (int32_t i = 0; i < s->stimulus_count; i++) /* others read what is clamped in their deliveries, at its very time */
        if (s->stimuli[i].row->clamp && s->stimuli[i].active) crew->window = 1;
    atomic_store(&crew->ends_at, UINT64_MAX);
    for (int i = 0; good && i < count; i++) good = make_worker(&workers[i], crew, i);
    if (good) good = run_threads(crew, workers, threads);
    if (good) {
        int even = atomic_load(&crew->verdict[0]), odd = atomic_load(&crew->verdict[1]);
        *verdict = even > odd ? even : odd;
        for (int i = 0; i < count; i++) s->statistics.synaptic_events += workers[i].events;
        report(workers, count, error);
    }
    for (int i = 0; workers && i < count; i++) free_worker(&workers[i]);
    free(workers);
    free(threads);
    return good || hil_fail(error, "out of memory or of threads");
}
