/* Host programs: what runs once an experiment and not once a step. In: a tree of HilNode rows (hillock/host.def). Out:
 * values; or an experiment or study carried out, with its expectations, reports and plots.
 * One evaluator serves the compiler, which folds constants with it, and executables. It is dynamic and total: whatever
 * the tree looks like, the outcome is a value or an error with the line.
 *
 * Kept true: evaluation has no effect but on its host; the same (image, settings, arguments) give the same values. */
#ifndef HILLOCK_HOST_H
#define HILLOCK_HOST_H

#include "hillock/abi.h"
#include "hillock/error.h"
#include "hillock/settings.h"
#include "hillock/value.h"

#include <stdio.h>

typedef enum HilHostOp {
#define HOST_OP(ID, name, least, most) HIL_HOST_##ID,
#include "hillock/host.def"
#undef HOST_OP
    HIL_HOST_OP_COUNT
} HilHostOp;

/* HilNode.flags */
enum {
    HIL_HOST_KEYED = 1,        /* EACH, FOR */
    HIL_HOST_SKIP_MISSING = 2, /* SET */
    HIL_HOST_KNOWN_FAIL = 4,   /* EXPECT */
    HIL_HOST_TURNED = 8        /* LT, LE: written as > or >=, so its sides are shown the other way round */
};

/* HilNode.index of PLOT. TRACES: signals over time. RASTER: spikes. RATES: spikes as rates over time. HISTOGRAM: lists
 * (or the values of signals) as counts. POINTS: pairs of lists, the first over the second (kids two by two). */
enum { HIL_PLOT_RASTER, HIL_PLOT_TRACES, HIL_PLOT_RATES, HIL_PLOT_HISTOGRAM, HIL_PLOT_POINTS, HIL_PLOT_COUNT };

typedef enum HilReductionId {
#define REDUCTION(ID, name, signature, unit) HIL_REDUCTION_##ID,
#include "hillock/reductions.def"
#undef REDUCTION
    HIL_REDUCTION_ROWS /* how many there are */
} HilReductionId;

const char *hil_host_op_name(int op);      /* NULL: no such op */
bool hil_host_op_pure(int op);             /* needs no running experiment, draws nothing, reads no file */
int hil_reduction_find(const char *name);  /* -1: none */
const char *hil_reduction_name(int reduction);
const char *hil_reduction_signature(int reduction);
const char *hil_reduction_unit(int reduction);
/* Applies reduction number `reduction` to arguments, of which those not given are MISSING at the end. */
bool hil_reduction_apply(HilPool *pool, int reduction, const HilValue *arguments, int count, HilValue *result,
                         HilError *error);

/* ---- evaluating ---------------------------------------------------------------------------------------------- */

/* Where the nodes are: of an image, or arrays of the compiler's own. */
typedef struct HilHostCode {
    const HilNode *nodes;
    size_t node_count;
    const int32_t *kids;
    size_t kid_count;
    const char *text; /* NUL-terminated texts, one behind the other */
    size_t text_size;
} HilHostCode;

/* false: the image is no image, or its tables lie outside of it. */
bool hil_host_code(const HilImage *image, HilHostCode *code, HilError *error);

typedef struct HilOverride {
    const char *name; /* "E.tau", or a parameter of the program */
    double value;     /* SI */
    HilDimension dimension;
} HilOverride;

typedef struct HilExtraRecord {
    const char *what; /* as hil_simulation_record takes it */
    double every;     /* 0: each step */
} HilExtraRecord;

typedef struct HilSimulation HilSimulation;

/* All of it may be zero. Texts and arrays must outlive the host. */
typedef struct HilHostOptions {
    HilSettings settings;
    bool seed_given;       /* settings.seed goes before `seed` statements */
    double duration, step; /* s; 0: as the model says. Instead of every `run` statement's own */
    const HilOverride *overrides;
    int override_count;
    const HilExtraRecord *records;
    int record_count;
    const char *out;    /* where the recordings of a program that is run directly go; NULL: nowhere */
    const char *source; /* the model file's name in messages; NULL: the image's source path */
    FILE *print;        /* expectations and reports as they come; NULL: quiet */
    FILE *warn;         /* steps that are doubtful; NULL: quiet */
    uint64_t budget;    /* most nodes evaluated, 0: no limit; for folding, so that no tree hangs the compiler */
    /* Told of each simulation when its program has ended, before it is freed; depth 0 is the program run directly. */
    void (*finished)(void *context, const char *program, int depth, HilSimulation *simulation);
    void *finished_context;
} HilHostOptions;

typedef struct HilHost HilHost;

/* For folding: nodes without programs. NULL: error set. */
HilHost *hil_host_new(const HilHostCode *code, const HilHostOptions *options, HilError *error);
/* For running: `functions` as hil_simulation_new takes them. */
HilHost *hil_host_new_for_image(const HilImage *image, HilKernelFunction *const *functions,
                                const HilHostOptions *options, HilError *error);
void hil_host_free(HilHost *host);
HilPool *hil_host_pool(HilHost *host); /* values live in it, until it or the host is freed */

/* Scalar slots (kept by reference) and locals (which begin MISSING) that nodes can read outside of any program. */
void hil_host_set_scalars(HilHost *host, const double *scalars, int32_t count);
bool hil_host_set_locals(HilHost *host, int32_t count, HilError *error);
bool hil_host_set_local(HilHost *host, int32_t local, HilValue value, HilError *error);

/* The value of a node; the caller gets one reference. */
bool hil_host_evaluate(HilHost *host, int32_t node, HilValue *value, HilError *error);
/* The same for those who want plain numbers. A list comes in one malloc'ed array (NULL when empty); a number is a list
 * of one; ranges are spelled out; booleans are 0 and 1. MISSING is an error. */
bool hil_host_number(HilHost *host, int32_t node, double *number, HilError *error);
bool hil_host_numbers(HilHost *host, int32_t node, double **numbers, int64_t *count, HilError *error);
bool hil_host_text(HilHost *host, int32_t node, const char **text, HilError *error);
/* One op on numbers, as the compiler folds `exp(2)`: false when the op is not of numbers alone. */
bool hil_host_fold(int op, const double *kids, int count, double *result);

/* ---- running ------------------------------------------------------------------------------------------------- */

int32_t hil_host_find_program(const HilHost *host, const char *name); /* -1: none */
/* Carries out an experiment, study or sweep. `arguments` go to its parameters in order (MISSING and those behind
 * `count`: an override of that name, else the default). `result` (may be NULL) gets the record of its measures.
 * false: it could not be carried out to its end; failed expectations are no error. */
bool hil_host_run(HilHost *host, int32_t program, const HilValue *arguments, int count, HilValue *result,
                  HilError *error);

typedef enum HilOutcome {
    HIL_OUTCOME_PASS, HIL_OUTCOME_FAIL,
    HIL_OUTCOME_SKIPPED,      /* something in it is MISSING */
    HIL_OUTCOME_KNOWN_FAIL,   /* stated to fail, and did */
    HIL_OUTCOME_UNEXPECTED    /* stated to fail, and passed: counts as a failure */
} HilOutcome;

typedef struct HilExpectation {
    const char *program, *text; /* text: as the source has it */
    uint32_t line;
    HilOutcome outcome;
    const char *observed; /* both sides, or why it could not be evaluated; "" when there is nothing to say */
} HilExpectation;

typedef struct HilReportTable {
    const char *program;
    uint32_t line;
    HilValue rows;            /* list of records: heading -> value in SI */
    const char *const *units; /* of the headings of the first row, "" for none */
    int columns;
} HilReportTable;

typedef struct HilPanel {
    const char *label, *unit; /* of the values */
    HilValue value;
} HilPanel;

typedef struct HilPlot {
    const char *program, *title;
    int kind; /* HIL_PLOT_… */
    uint32_t line;
    const HilPanel *panels;
    int panel_count;
} HilPlot;

/* Of everything run so far, in order. The arrays stay valid until the next run, their parts as long as the host.
 * Experiments called from others expect, report and plot nothing: they give their measures. */
const HilExpectation *hil_host_expectations(const HilHost *host, int *count);
const HilReportTable *hil_host_reports(HilHost *host, int *count);
const HilPlot *hil_host_plots(const HilHost *host, int *count);
bool hil_host_stopped(const HilHost *host);  /* settings.stop ended a run */
int hil_host_failures(const HilHost *host);  /* expectations that count as failed */
/* "pass  examples/x.hil:31  rate of E in 5 Hz .. 30 Hz   (5.6 Hz)" */
void hil_host_print_expectation(const HilHost *host, const HilExpectation *expectation, FILE *out);
/* Puts expectations, reports and plots into the report of the run (hillock/report.h). */
struct HilReport;
void hil_host_fill_report(HilHost *host, struct HilReport *report);

#endif
