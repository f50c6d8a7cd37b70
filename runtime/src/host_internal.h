/* The evaluator's inside, for its own files: host.c (tree), host_numbers.c, host_lists.c, host_times.c, host_draws.c,
 * host_tables.c (values), host_run.c, host_simulation.c, host_results.c (experiments).
 *
 * Every function here that can fail returns false with host->error written; the dispatcher puts the line in front of it
 * once. References left behind by a failure go with the pool. */
#ifndef HILLOCK_HOST_INTERNAL_H
#define HILLOCK_HOST_INTERNAL_H

#include "hillock/host.h"

#include "hillock/record.h"

#define HOST_DEPTH_LIMIT 800 /* nodes within nodes */
#define HOST_CALL_LIMIT 16   /* experiments within experiments */

typedef struct HostSet {
    int32_t slot;
    double value;
} HostSet;

typedef struct HostStimulation {
    int32_t stimulus;
    double from, to;
    HostSet *sets;
    int set_count;
    HilValue *locals; /* as they were when it was said */
} HostStimulation;

typedef struct HostMeasure {
    const char *name;
    HilValue value;
} HostMeasure;

/* One program (or bare nodes) at work. */
typedef struct HostFrame {
    struct HostFrame *caller;
    int32_t program; /* -1: bare nodes */
    int depth;       /* 0: run directly */
    HilValue *locals;
    int32_t local_count;
    const double *scalars; /* of bare nodes; a program's are its simulation's */
    int32_t scalar_count;
    uint64_t seed;
    uint64_t *draws; /* how often each draw was made */
    int32_t draw_count;
    /* of experiments */
    void *simulation; /* made at the first need of it */
    bool built, preparing;
    bool stale;  /* scalars were set and not prepared since */
    double step; /* s, of the last run; 0: none yet */
    const HostSet *overrides; /* the caller's, set when the simulation is made */
    int override_count;
    bool in_phase;
    double phase_from, phase_to; /* s; NAN: not known */
    HostSet *sets;               /* what SETs said before the network was built; in a phase: what to put back */
    int set_count, set_capacity;
    HostSet *restores;
    int restore_count, restore_capacity;
    HostStimulation *stimulations; /* before it was built */
    int stimulation_count, stimulation_capacity;
    HostMeasure *measures;
    int measure_count, measure_capacity;
} HostFrame;

/* What runs a network. One is made of simulation.h (host_simulation.c); tests bring their own. */
typedef struct HostEngine {
    void *(*open)(HilHost *host, int32_t network, int32_t program, const HilSettings *settings, HilError *error);
    void (*close)(void *simulation);
    const double *(*scalars)(void *simulation, int32_t *count);
    bool (*set)(void *simulation, int32_t slot, double value, HilError *error);
    bool (*override)(void *simulation, const HilOverride *override, HilError *error);
    bool (*record)(void *simulation, const HilExtraRecord *record, HilError *error);
    bool (*prepare)(void *simulation, double step, HilError *error); /* brings the scalars up to date */
    bool (*build)(void *simulation, double step, HilError *error);
    int (*run)(void *simulation, double duration, double step, HilError *error); /* HilRunResult */
    double (*time)(void *simulation);
    bool (*stimulate)(void *simulation, int32_t stimulus, double from, double to, HilError *error);
    int (*stimuli)(void *simulation); /* how many were begun */
    void (*end_stimuli)(void *simulation, int first); /* those from this one on that have no end of their own */
    bool (*change)(void *simulation, const HilDimension *dimension, double *change); /* see CHANGE; NULL: of all states */
    /* One of the two is not NULL. */
    bool (*recorded)(void *simulation, int32_t recorder, const HilSpikeTrain **spikes, const HilSignal **signal,
                     HilError *error);
    double (*listened)(void *simulation, int32_t recorder);
    int64_t (*population_size)(void *simulation, int32_t population);
    int64_t (*synapse_count)(void *simulation, int32_t projection); /* -1: no such projection */
    int64_t (*recorder_size)(void *simulation, int32_t recorder); /* instances it looks at */
    bool (*sample)(void *simulation, int32_t recorder, double *values, HilError *error); /* of all of them, now */
    /* Cells of a selector, malloc'ed. */
    bool (*select)(void *simulation, int32_t selector, double **cells, int64_t *count, HilError *error);
    bool (*write)(void *simulation, const char *path, bool partial, HilError *error);
} HostEngine;

/* A called experiment's arguments and result. */
typedef struct HostCached {
    int32_t program;
    uint64_t hash;
    HilValue arguments; /* list */
    HilValue result;
} HostCached;

/* Rows of one REPORT as they come in. */
typedef struct HostRows {
    const HilNode *node;
    HilValue *rows;
    const char **units;
    int count, capacity, columns;
} HostRows;

/* How often an EXPECT passed: after the first few times only its count is printed. */
typedef struct HostPasses {
    const HilNode *node;
    int count;
} HostPasses;

struct HilHost {
    HilHostCode code;
    HilHostOptions options;
    const HilImage *image; /* NULL: bare nodes */
    HilKernelFunction *const *functions;
    HilPool *pool;
    HilError *error;
    HilError caught; /* of a condition that could not be evaluated */
    bool placed;     /* the error has its line */
    bool fatal;      /* no EXPECT may take it for a failed condition */
    bool stopped;
    int depth;
    uint64_t spent;
    HostFrame *frame;
    const HostEngine *engine;
    /* Statements and recordings; NULL: this host only folds. */
    bool (*experiment_op)(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value);
    HilExpectation *expectations;
    int expectation_count, expectation_capacity;
    HostPasses *passes;
    int passes_count, passes_capacity;
    HilReportTable *reports;
    HostRows *report_rows; /* beside `reports` */
    int report_count, report_capacity, rows_capacity;
    HilPlot *plots;
    int plot_count, plot_capacity;
    HostCached *cache;
    int cache_count, cache_capacity;
    bool *doubted; /* by number of the row in HIL_PREPARES: said already; NULL: none yet */
    char **texts; /* owned strings of results */
    int text_count, text_capacity;
};

/* ---- host.c: the tree ---------------------------------------------------------------------------------------- */

bool host_evaluate(HilHost *host, int32_t node, HilValue *value);
/* Kid k of a node, MISSING when it is not given. */
bool host_kid(HilHost *host, const HilNode *node, const int32_t *kids, int k, HilValue *value);
bool host_kid_given(const HilNode *node, const int32_t *kids, int k);
bool host_kid_number(HilHost *host, const HilNode *node, const int32_t *kids, int k, double *number);
/* The node itself, checked: NULL with the error. *kids are its children's numbers. */
const HilNode *host_node(HilHost *host, int32_t node, const int32_t **kids);
const char *host_text(const HilHost *host, uint32_t offset); /* "" when outside */
bool host_assign(HilHost *host, int32_t local, HilValue value); /* takes over the reference */
unsigned host_flags(const HilNode *node); /* HIL_HOST_… of ops whose number is not a value */
/* Writes the error. As a macro `host_fail` is seen to be false, so that no path goes on with what was not filled. */
void host_complain(HilHost *host, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline bool host_is_false(void) {
    return false;
}
#define host_fail(host, ...) (host_complain((host), __VA_ARGS__), host_is_false())
/* Is it so? *known false: MISSING. */
bool host_truth(HilHost *host, HilValue value, bool *truth, bool *known);
bool host_number_of(HilHost *host, HilValue value, double *number);
const char *host_source(const HilHost *host);
/* The file of a node's line, which becomes its line there. */
const char *host_place(const HilHost *host, uint32_t *line);
HilHost *host_new(const HilHostCode *code, const HilHostOptions *options, HilError *error);
bool host_push_frame(HilHost *host, HostFrame *frame, int32_t program, int32_t locals);
void host_pop_frame(HilHost *host, HostFrame *frame);
/* Room for one more entry of `size` bytes. */
bool host_grow(HilHost *host, void *array, int count, int *capacity, size_t size);

/* ---- values -------------------------------------------------------------------------------------------------- */

bool host_is_broadcast(int op);
bool host_broadcast(HilHost *host, int op, const HilValue *arguments, int count, HilValue *value);
bool host_contains(HilHost *host, HilValue a, HilValue set, HilValue *value);
/* Lists, records, ranges, words: strict ops of host_lists.c; false in *mine when the op is none of its own. */
bool host_list_op(HilHost *host, const HilNode *node, const HilValue *arguments, int count, HilValue *value,
                  bool *mine);
bool host_time_op(HilHost *host, const HilNode *node, const HilValue *arguments, int count, HilValue *value,
                  bool *mine);
bool host_draw_op(HilHost *host, const HilNode *node, const HilValue *arguments, int count, HilValue *value,
                  bool *mine);
bool host_table_file(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value);
/* LET_AT: `record` (may be MISSING) with value at the keys. Takes over `value`. */
bool host_put_at(HilHost *host, HilValue record, const HilValue *keys, int key_count, HilValue value,
                 HilValue *result);

/* ---- experiments --------------------------------------------------------------------------------------------- */

extern const HostEngine host_simulation_engine;
bool host_run_op(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value);
/* A program with its arguments and overrides; depth is that of host->frame plus one. */
bool host_run_program(HilHost *host, int32_t program, const HilValue *arguments, int count, const HostSet *overrides,
                      int override_count, HilValue *result);
bool host_recorded(HilHost *host, int32_t recorder, HilValue *value);
bool host_sample(HilHost *host, int32_t recorder, HilValue *value);
bool host_selected(HilHost *host, int32_t selector, HilValue *value);
bool host_open(HilHost *host);    /* the frame's simulation is there */
bool host_prepare(HilHost *host); /* and its scalars are up to date */
const HilProgram *host_program(HilHost *host, int32_t program); /* NULL with the error */
bool host_expect(HilHost *host, const HilNode *node, const int32_t *kids);
bool host_report(HilHost *host, const HilNode *node, const int32_t *kids);
bool host_plot(HilHost *host, const HilNode *node, const int32_t *kids);
void host_free_results(HilHost *host);
/* At the end of a program that was run directly: what passed more often than was printed. */
void host_print_rest(HilHost *host);
/* A copy that lives as long as the host. NULL: out of memory. */
const char *host_keep_text(HilHost *host, const char *text);

#endif
