/* Experiments and studies, carried out on an engine made for the test: two cells that fire every `scalar 0`
 * seconds, and a signal that grows by `scalar 1` a second. What is asked of the engine, and when, is what is tested. */
#include "../../../runtime/src/host_internal.h"

#include "hillock/report.h"

#include "host_tree.h"
#include "folder.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the engine ---------------------------------------------------------------------------------------------- */

enum { SLOTS = 4, MOST = 4096, RUN_DONE = 0, RUN_STOPPED = 1, RUN_FAILED = 2 };

typedef struct Engine {
    HilHost *host;
    double scalars[SLOTS], time;
    bool built;
    HilSpikeTrain train;
    HilSignal signal;
    double times[MOST], values[MOST];
    uint32_t ids[MOST];
} Engine;

static int opened, closed, runs, written;
static uint64_t last_seed;
static double last_step, stimulated_from, stimulated_to, stimulated_scalar;
static double fail_at; /* > 0: the run fails there */
static int stop_at_run;

static void *engine_open(HilHost *host, int32_t network, int32_t program, const HilSettings *settings, HilError *e) {
    Engine *engine = calloc(1, sizeof *engine);
    (void)e;
    ck_assert(network == 0 && program >= 0);
    engine->host = host;
    engine->scalars[0] = 0.1;
    engine->scalars[1] = 1;
    last_seed = settings->seed;
    opened++;
    return engine;
}

static void engine_close(void *simulation) {
    closed++;
    free(simulation);
}

static const double *engine_scalars(void *simulation, int32_t *count) {
    *count = SLOTS;
    return ((Engine *)simulation)->scalars;
}

static bool engine_set(void *simulation, int32_t slot, double value, HilError *e) {
    if (slot < 0 || slot >= SLOTS)
        return hil_fail(e, "no slot %d", slot);
    ((Engine *)simulation)->scalars[slot] = value;
    return true;
}

static bool engine_override(void *simulation, const HilOverride *override, HilError *e) {
    if (strcmp(override->name, "E.interval") != 0)
        return hil_fail(e, "there is no %s", override->name);
    return engine_set(simulation, 0, override->value, e);
}

static bool engine_record(void *simulation, const HilExtraRecord *record, HilError *e) {
    (void)simulation;
    return strcmp(record->what, "E.V") == 0 || hil_fail(e, "there is no %s", record->what);
}

static bool engine_prepare(void *simulation, double step, HilError *e) {
    (void)e;
    ck_assert(step > 0);
    ((Engine *)simulation)->scalars[2] = 10 * ((Engine *)simulation)->scalars[0]; /* a derived one */
    return true;
}

static bool engine_build(void *simulation, double step, HilError *e) {
    ck_assert(!((Engine *)simulation)->built);
    ((Engine *)simulation)->built = true;
    return engine_prepare(simulation, step, e);
}

static int engine_run(void *simulation, double duration, double step, HilError *e) {
    Engine *engine = simulation;
    double end = engine->time + duration;
    last_step = step;
    runs++;
    engine_prepare(simulation, step, e);
    if (stop_at_run > 0 && runs >= stop_at_run)
        return RUN_STOPPED;
    if (fail_at > 0 && end > fail_at) {
        hil_fail(e, "NaN in E.V at %g s", fail_at);
        return RUN_FAILED;
    }
    double interval = engine->scalars[0], from = engine->time;
    for (int k = 1; k * interval < end - 1e-9; k++) {
        for (uint32_t id = 0; k * interval >= from && id < 2 && engine->train.count < MOST; id++) {
            engine->times[engine->train.count] = k * interval;
            engine->ids[engine->train.count++] = id;
        }
    }
    while (engine->signal.samples * 0.1 <= end + 1e-9 && engine->signal.samples < MOST) {
        engine->values[engine->signal.samples] = engine->scalars[1] * 0.1 * (double)engine->signal.samples;
        engine->signal.samples++;
    }
    engine->time = end;
    return RUN_DONE;
}

static double engine_time(void *simulation) {
    return ((Engine *)simulation)->time;
}

static bool engine_stimulate(void *simulation, int32_t stimulus, double from, double to, HilError *e) {
    Engine *engine = simulation;
    ck_assert_int_eq(stimulus, 0);
    stimulated_from = from;
    stimulated_to = to;
    /* what the engine does: it evaluates the program's scalars, which may read the program's locals */
    return hil_host_number(engine->host, 0, &stimulated_scalar, e);
}

static int engine_stimuli(void *simulation) {
    (void)simulation;
    return 0;
}

static void engine_end_stimuli(void *simulation, int first) {
    (void)simulation, (void)first;
}

static bool engine_change(void *simulation, const HilDimension *dimension, double *change) {
    (void)simulation, (void)dimension;
    *change = 0;
    return true;
}

static bool engine_recorded(void *simulation, int32_t recorder, const HilSpikeTrain **spikes, const HilSignal **signal,
                            HilError *e) {
    Engine *engine = simulation;
    (void)e;
    engine->train.times = engine->times;
    engine->train.ids = engine->ids;
    engine->train.size = 2;
    engine->signal.values = engine->values;
    engine->signal.every = 0.1;
    engine->signal.instances = 1;
    engine->signal.unit = (char *)"mV";
    *spikes = recorder == 0 ? &engine->train : NULL;
    *signal = recorder == 0 ? NULL : &engine->signal;
    return true;
}

static double engine_listened(void *simulation, int32_t recorder) {
    (void)recorder;
    return ((Engine *)simulation)->time;
}

static int64_t engine_size(void *simulation, int32_t population) {
    (void)simulation;
    return population == 0 ? 2 : -1;
}

static int64_t engine_synapses(void *simulation, int32_t projection) {
    (void)simulation;
    return projection == 0 ? 17 : -1;
}

static int64_t engine_recorder_size(void *simulation, int32_t recorder) {
    (void)simulation;
    return recorder == 1 ? 2 : 0;
}

static bool engine_sample(void *simulation, int32_t recorder, double *values, HilError *e) {
    (void)simulation;
    values[0] = 30;
    values[1] = 31;
    return recorder == 1 || hil_fail(e, "no samples");
}

static bool engine_select(void *simulation, int32_t selector, double **cells, int64_t *count, HilError *e) {
    (void)simulation;
    if (selector != 2)
        return hil_fail(e, "no condition");
    *count = 2;
    *cells = malloc(2 * sizeof **cells);
    (*cells)[0] = 4;
    (*cells)[1] = 8;
    return true;
}

static bool engine_write(void *simulation, const char *path, bool partial, HilError *e) {
    (void)simulation;
    (void)e;
    ck_assert_str_eq(path, "out.h5");
    written += partial ? 100 : 1;
    return true;
}

static const HostEngine test_engine = {
    engine_open,    engine_close, engine_scalars,  engine_set,  engine_override, engine_record,
    engine_prepare, engine_build, engine_run,      engine_time, engine_stimulate, engine_stimuli,
    engine_end_stimuli, engine_change, engine_recorded,
    engine_listened, engine_size, engine_synapses, engine_recorder_size, engine_sample, engine_select,
    engine_write,
};

/* ---- an image ------------------------------------------------------------------------------------------------ */

enum { PROGRAMS = 4 };

static HostTree tree;
static HilProgram programs[PROGRAMS];
static HilParameter parameters[8];
static int program_count, parameter_count;
static HilRecorder recorders[2];
static HilStimulus stimulus;
static HilImage *image;
static HilHost *host;
static HilError error;
static HilHostOptions options;
static char *printed;
static size_t printed_size;

static void put_table(HilImage *into, uint64_t *at, HilTableId table, const void *rows, uint32_t count, uint32_t size) {
    into->tables[table] = (HilTable){.offset = *at, .count = count, .row_bytes = size};
    if (count > 0)
        memcpy((char *)into + *at, rows, (size_t)count * size);
    *at += ((uint64_t)count * size + 15) / 16 * 16;
}

static void make_image(void) {
    size_t most = sizeof(HilImage) + sizeof tree + sizeof programs + sizeof parameters + 4096;
    image = calloc(1, most);
    uint64_t at = (sizeof *image + 15) / 16 * 16;
    put_table(image, &at, HIL_TEXT, tree.text, tree.text_size, 1);
    put_table(image, &at, HIL_NODES, tree.nodes, (uint32_t)tree.node_count, sizeof(HilNode));
    put_table(image, &at, HIL_KIDS, tree.kids, (uint32_t)tree.kid_count, sizeof(int32_t));
    put_table(image, &at, HIL_PROGRAMS, programs, (uint32_t)program_count, sizeof(HilProgram));
    put_table(image, &at, HIL_PARAMETERS, parameters, (uint32_t)parameter_count, sizeof(HilParameter));
    put_table(image, &at, HIL_RECORDERS, recorders, 2, sizeof(HilRecorder));
    put_table(image, &at, HIL_STIMULI, &stimulus, 1, sizeof stimulus);
    image->magic = HIL_MAGIC;
    image->abi_version = HIL_ABI_VERSION;
    image->bytes = at;
}

static void open_test(void) {
    tree_clear(&tree);
    program_count = parameter_count = 0;
    opened = closed = runs = written = stop_at_run = 0;
    last_step = fail_at = 0;
    image = NULL;
    host = NULL;
    error.text[0] = '\0';
    options = (HilHostOptions){.settings = {.seed = 3, .level = -1}, .source = "m.hil", .step = 0};
    options.print = open_memstream(&printed, &printed_size);
    recorders[0] = (HilRecorder){.what = HIL_RECORD_SPIKES, .projection = -1, .view = -1, .every = -1};
    recorders[1] = (HilRecorder){.what = HIL_RECORD_PLANE, .projection = -1, .view = -1, .every = -1, .plane = 3};
    /* node 0 is what the engine evaluates for stimuli: local 0 */
    tree_node(&tree, HIL_HOST_LOCAL, 0, 0, NULL, 0, NULL);
}

static void close_test(void) {
    hil_host_free(host);
    ck_assert_int_eq(opened, closed); /* every simulation was freed */
    free(image);
    fclose(options.print);
    free(printed);
}

#define KIDS(...) (int)(sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t)), (int32_t[]){__VA_ARGS__}
#define OP(ID, ...) tree_node(&tree, HIL_HOST_##ID, 0, 0, NULL, KIDS(__VA_ARGS__))
#define OPI(ID, index, ...) tree_node(&tree, HIL_HOST_##ID, index, 0, NULL, KIDS(__VA_ARGS__))
#define OPT(ID, text, ...) tree_node(&tree, HIL_HOST_##ID, 0, 0, text, KIDS(__VA_ARGS__))
#define LEAF(ID, index) tree_node(&tree, HIL_HOST_##ID, index, 0, NULL, 0, NULL)
#define N(x) tree_number(&tree, x)
#define REDUCE(ID, ...) OPI(REDUCE, HIL_REDUCTION_##ID, __VA_ARGS__)
#define SPIKES LEAF(SPIKES_OF, 0)
#define SIGNAL LEAF(SIGNAL_OF, 1)

/* A program whose parameters are the `parameters` added since the last one. */
static int add_program(const char *name, int kind, int first_parameter, int locals, int32_t body) {
    programs[program_count] = (HilProgram){
        .name = tree_text(&tree, name), .kind = kind, .network = kind == HIL_PROGRAM_EXPERIMENT ? 0 : -1,
        .parameters = {first_parameter, parameter_count - first_parameter}, .locals = locals, .body = body,
        .recorders = {0, kind == HIL_PROGRAM_EXPERIMENT ? 2 : 0}, .stimuli = {0, kind == HIL_PROGRAM_EXPERIMENT}};
    return program_count++;
}

static void add_parameter(const char *name, int32_t default_node) {
    parameters[parameter_count++] = (HilParameter){.name = tree_text(&tree, name), .scale = 1, .node = default_node};
}

static bool run(int program, HilValue *result) {
    if (!host) {
        make_image();
        host = hil_host_new_for_image(image, NULL, &options, &error);
        ck_assert_msg(host != NULL, "%s", error.text);
        host->engine = &test_engine;
    }
    return hil_host_run(host, program, NULL, 0, result, &error);
}

static double field(HilValue record, const char *name) {
    HilValue value;
    ck_assert_msg(hil_value_field(record, name, &value, &error), "%s", error.text);
    ck_assert_int_eq(value.kind, HIL_KIND_NUMBER);
    return value.as.number;
}

static void assert_expectation(int number, HilOutcome outcome, const char *observed) {
    int count;
    const HilExpectation *e = hil_host_expectations(host, &count);
    ck_assert_int_lt(number, count);
    ck_assert_msg(e[number].outcome == outcome && strcmp(e[number].observed, observed) == 0, "outcome %d (%s)",
                  e[number].outcome, e[number].observed);
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

START_TEST(an_experiment_runs_measures_and_expects) {
    int32_t rate = OPT(SHOWN, "Hz", REDUCE(RATE, SPIKES)), low = OPT(SHOWN, "Hz", N(5)), high = OPT(SHOWN, "Hz", N(30));
    int32_t condition = OP(IN, rate, OPT(SHOWN, "Hz", OP(RANGE, low, high)));
    int32_t never = OP(LT, rate, OPT(SHOWN, "Hz", N(2)));
    int32_t both = OP(AND, OP(LT, OPT(SHOWN, "ms", REDUCE(LAST, SPIKES)), OPT(SHOWN, "ms", N(1))),
                      OP(LT, OPT(SHOWN, "mV", OP(AT, SIGNAL, N(0.5))), OPT(SHOWN, "mV", N(1))));
    int32_t bad = OP(LT, OP(AT, SIGNAL, N(50)), N(1)), unknown = OP(EQ, LEAF(MISSING, 0), N(3));
    int32_t known = OPT(EXPECT, "fails", never);
    tree.nodes[known].flags = HIL_HOST_KNOWN_FAIL;
    int32_t body = OP(BLOCK, OP(RUN, N(1), N(1e-3)), OPT(MEASURE, "n", REDUCE(COUNT, SPIKES)),
                      OPT(MEASURE, "n", REDUCE(COUNT, SPIKES)), OPT(MEASURE, "synapses", LEAF(SYNAPSE_COUNT, 0)),
                      OPT(MEASURE, "time", LEAF(NOW, 0)), OPT(MEASURE, "mean", REDUCE(MEAN, LEAF(SAMPLE_OF, 1))),
                      OPT(MEASURE, "cells", REDUCE(SUM, LEAF(SELECTED, 2))),
                      OPT(EXPECT, "rate of E in 5 Hz .. 30 Hz", condition), OPT(EXPECT, "rate < 2 Hz", never),
                      OPT(EXPECT, "both", both), OPT(EXPECT, "late", bad), OPT(EXPECT, "n == p.n", unknown), known);
    int program = add_program("asleep", HIL_PROGRAM_EXPERIMENT, 0, 2, body);
    HilValue result;
    ck_assert_msg(run(program, &result), "%s", error.text);
    ck_assert(field(result, "n") == 18 && field(result, "synapses") == 17); /* 9 spikes of 2 cells before 1 s */
    ck_assert(field(result, "time") == 1 && field(result, "mean") == 30.5); /* instances 0 and 1 of plane 3 */
    ck_assert_double_eq(field(result, "cells"), 12); /* 4 and 8 */
    ck_assert_uint_eq(result.as.record->count, 5);
    assert_expectation(0, HIL_OUTCOME_PASS, "9 Hz");
    assert_expectation(1, HIL_OUTCOME_FAIL, "9 Hz against 2 Hz");
    assert_expectation(2, HIL_OUTCOME_PASS, "900 ms, 500 mV");
    int count;
    const HilExpectation *e = hil_host_expectations(host, &count);
    ck_assert_int_eq(count, 6);
    ck_assert(e[3].outcome == HIL_OUTCOME_FAIL && strstr(e[3].observed, "at 50 s there is no sample"));
    ck_assert_int_eq(e[4].outcome, HIL_OUTCOME_SKIPPED);
    ck_assert_int_eq(e[5].outcome, HIL_OUTCOME_KNOWN_FAIL);
    ck_assert_int_eq(hil_host_failures(host), 2);
    fflush(options.print);
    char line[200];
    snprintf(line, sizeof line, "pass  m.hil:%u  rate of E in 5 Hz .. 30 Hz   (9 Hz)\n", e[0].line);
    ck_assert_msg(strncmp(printed, line, strlen(line)) == 0, "%s", printed);
    ck_assert_ptr_nonnull(strstr(printed, "FAIL  m.hil:"));
}
END_TEST

START_TEST(a_study_calls_experiments_quietly_and_once) {
    /* experiment fires(interval = 0.1): SET slot 0; run; expect; measure n */
    int32_t expect = OPT(EXPECT, "never", LEAF(BOOLEAN, 0));
    add_parameter("interval", N(0.1));
    int32_t body = OP(BLOCK, OPI(SET, 0, LEAF(LOCAL, 0)), OP(RUN, N(1), N(1e-3)), expect,
                      OPT(MEASURE, "n", REDUCE(COUNT, SPIKES)), OPT(MEASURE, "derived", LEAF(SCALAR, 2)));
    int fires = add_program("fires", HIL_PROGRAM_EXPERIMENT, 0, 1, body);
    /* for x in [0.1, 0.25, 0.1]: let r[x] = fires(x); report */
    int32_t x = LEAF(LOCAL, 0), call = OPI(CALL, fires, x);
    int32_t report = OP(REPORT, OPT(NAMED, "interval", OPT(SHOWN, "ms", x)), OPT(NAMED, "n", OPT(FIELD, "n", call)));
    int32_t values = OP(LIST, N(0.1), N(0.25), N(0.1));
    int32_t loop = OPI(FOR, 0, values, OP(BLOCK, OPI(LET_AT, 1, OPT(FIELD, "n", call), x), report));
    int32_t with_override = OPI(LET, 2, OPI(CALL, fires, -1, OPI(SET, 1, N(7))));
    int32_t checks = OP(BLOCK, OPT(EXPECT, "n", OP(EQ, OP(INDEX, LEAF(LOCAL, 1), N(0.25)), N(6))),
                        OPT(EXPECT, "default", OP(EQ, OPT(FIELD, "n", OPI(CALL, fires, -1)), N(18))),
                        OPT(EXPECT, "derived", OP(WITHIN, OPT(FIELD, "derived", OPI(CALL, fires, -1)), N(0), N(1))));
    int study = add_program("sweep", HIL_PROGRAM_STUDY, parameter_count, 3, OP(BLOCK, loop, with_override, checks));
    ck_assert_msg(run(study, NULL), "%s", error.text);
    ck_assert_int_eq(opened, 4); /* 0.1, 0.25, overridden, default: the rest was known */
    int count;
    const HilReportTable *reports = hil_host_reports(host, &count);
    ck_assert_int_eq(count, 1);
    ck_assert_uint_eq(reports[0].rows.as.list->count, 3);
    ck_assert(field(reports[0].rows.as.list->items[1], "n") == 6);
    ck_assert_str_eq(reports[0].units[0], "ms");
    hil_host_expectations(host, &count);
    ck_assert_int_eq(count, 3); /* the experiment's own expectation was not asked */
    ck_assert_int_eq(hil_host_failures(host), 0);
    fflush(options.print);
    ck_assert_ptr_nonnull(strstr(printed, "250 ms"));
}
END_TEST

START_TEST(a_long_loop_of_passes_is_told_in_short) {
    int32_t k = LEAF(LOCAL, 0), expect = OPT(EXPECT, "k is not 57", OP(NE, k, N(57)));
    int study = add_program("loop", HIL_PROGRAM_STUDY, parameter_count, 1,
                            OPI(FOR, 0, OP(RANGE, N(1), N(100)), expect));
    ck_assert_msg(run(study, NULL), "%s", error.text);
    int count, lines = 0;
    hil_host_expectations(host, &count);
    ck_assert_int_eq(count, 100);
    ck_assert_int_eq(hil_host_failures(host), 1);
    fflush(options.print);
    for (const char *c = printed; *c; c++)
        lines += *c == '\n';
    ck_assert_int_eq(lines, 12); /* ten that pass, the one that fails, the rest */
    ck_assert_ptr_nonnull(strstr(printed, "(57 against 57)"));
    ck_assert_ptr_nonnull(strstr(printed, "(and 89 times more)"));
}
END_TEST

START_TEST(parameters_come_from_arguments_overrides_and_defaults) {
    add_parameter("a", N(2));
    add_parameter("b", -1);
    int32_t body = OPT(MEASURE, "sum", OP(ADD, LEAF(LOCAL, 0), LEAF(LOCAL, 1)));
    int program = add_program("adds", HIL_PROGRAM_EXPERIMENT, 0, 0, body);
    HilOverride b = {.name = "b", .value = 5};
    ck_assert(!run(program, NULL));
    ck_assert_ptr_nonnull(strstr(error.text, "adds needs a value for b"));
    hil_host_free(host);
    free(image);
    host = NULL;
    options.overrides = &b;
    options.override_count = 1;
    HilValue result, arguments[3] = {hil_value_number(10), hil_value_number(20), hil_value_number(30)};
    ck_assert_msg(run(program, &result), "%s", error.text);
    ck_assert(field(result, "sum") == 7);
    ck_assert(hil_host_run(host, program, arguments, 2, &result, &error) && field(result, "sum") == 30);
    ck_assert(hil_host_run(host, program, arguments, 1, &result, &error) && field(result, "sum") == 15);
    ck_assert(!hil_host_run(host, program, arguments, 3, &result, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "adds takes 2 arguments, not 3"));
    b.dimension.twice[0] = 2;
    ck_assert(!hil_host_run(host, program, arguments, 1, &result, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "b is in"));
    ck_assert_int_eq(hil_host_find_program(host, "adds"), program);
    ck_assert_int_eq(hil_host_find_program(host, "subtracts"), -1);
}
END_TEST

START_TEST(options_go_before_the_model) {
    int32_t body = OP(BLOCK, OP(SEED, N(11)), OPI(SET, 0, N(0.5)), OP(RUN, N(1), N(1e-3)),
                      OPT(MEASURE, "n", REDUCE(COUNT, SPIKES)));
    int program = add_program("one", HIL_PROGRAM_EXPERIMENT, 0, 0, body);
    HilOverride interval = {.name = "E.interval", .value = 0.2};
    HilExtraRecord record = {.what = "E.V"};
    HilValue result;
    ck_assert_msg(run(program, &result), "%s", error.text);
    ck_assert(last_seed == 11 && last_step == 1e-3 && field(result, "n") == 2);
    host->options.overrides = &interval;
    host->options.override_count = 1;
    host->options.records = &record;
    host->options.record_count = 1;
    host->options.duration = 2;
    host->options.step = 1e-4;
    host->options.seed_given = true;
    host->options.out = "out.h5";
    ck_assert_msg(run(program, &result), "%s", error.text);
    ck_assert(last_seed == 3 && last_step == 1e-4 && field(result, "n") == 18 && written == 1);
    record.what = "E.nothing";
    ck_assert(!run(program, &result));
    ck_assert_ptr_nonnull(strstr(error.text, "there is no E.nothing"));
}
END_TEST

START_TEST(sets_skip_what_is_missing_and_scalars_follow) {
    int32_t skip = OPI(SET, 0, LEAF(MISSING, 0)), strict = OPI(SET, 0, LEAF(MISSING, 0));
    tree.nodes[skip].number = HIL_HOST_SKIP_MISSING;
    int32_t body = OP(BLOCK, skip, OPT(MEASURE, "before", LEAF(SCALAR, 2)), OPI(SET, 0, N(0.3)),
                      OPT(MEASURE, "after", LEAF(SCALAR, 2)), OP(RUN, N(1), N(1e-3)), OPI(SET, 0, N(0.4)),
                      OPT(MEASURE, "later", LEAF(SCALAR, 2)));
    int good = add_program("good", HIL_PROGRAM_EXPERIMENT, 0, 0, body);
    int bad = add_program("bad", HIL_PROGRAM_EXPERIMENT, 0, 0, strict);
    HilValue result;
    ck_assert_msg(run(good, &result), "%s", error.text);
    ck_assert(field(result, "before") == 1 && field(result, "after") == 3 && field(result, "later") == 4);
    ck_assert(!run(bad, NULL));
    ck_assert_ptr_nonnull(strstr(error.text, "a missing value where a number is wanted"));
}
END_TEST

START_TEST(phases_run_their_time_and_put_parameters_back) {
    int32_t inside = OP(BLOCK, OPI(SET, 1, N(5)), OPI(LET, 0, N(42)), OPI(STIMULATE, 0, -1, -1),
                        OPT(MEASURE, "in", LEAF(SCALAR, 1)), OPI(LET, 0, N(1)));
    int32_t body = OP(BLOCK, OP(RUN, N(1), N(1e-3)), OPT(PHASE, "nudged", N(0.5), inside),
                      OPT(MEASURE, "time", LEAF(NOW, 0)), OPT(MEASURE, "out", LEAF(SCALAR, 1)));
    int program = add_program("phases", HIL_PROGRAM_EXPERIMENT, 0, 1, body);
    HilValue result;
    ck_assert_msg(run(program, &result), "%s", error.text);
    ck_assert(field(result, "in") == 5 && field(result, "out") == 1 && field(result, "time") == 1.5);
    ck_assert(stimulated_from == 1 && stimulated_to == 1.5 && stimulated_scalar == 42);
}
END_TEST

START_TEST(stimuli_before_the_run_keep_their_values) {
    int32_t stimulate = OPI(STIMULATE, 0, N(0.2), -1, OPI(SET, 3, N(9)));
    int32_t body = OP(BLOCK, OPI(LET, 0, N(42)), stimulate, OPI(LET, 0, N(1)), OP(RUN, N(1), N(1e-3)),
                      OPT(MEASURE, "slot", LEAF(SCALAR, 3)));
    int program = add_program("pulse", HIL_PROGRAM_EXPERIMENT, 0, 1, body);
    int wrong = add_program("wrong", HIL_PROGRAM_EXPERIMENT, 0, 1, OPI(STIMULATE, 4, -1, -1));
    HilValue result;
    ck_assert_msg(run(program, &result), "%s", error.text);
    ck_assert(stimulated_from == 0.2 && isinf(stimulated_to) && stimulated_scalar == 42 && field(result, "slot") == 9);
    ck_assert(!run(wrong, NULL));
    ck_assert_ptr_nonnull(strstr(error.text, "no stimulus number 4"));
}
END_TEST

START_TEST(relaxing_ends_when_it_holds_or_gives_up) {
    int32_t holds = OP(LT, N(0.75), LEAF(NOW, 0)), never = OP(LT, N(99), LEAF(NOW, 0));
    int good = add_program("rests", HIL_PROGRAM_EXPERIMENT, 0, 0,
                           OP(BLOCK, OP(RELAX, holds, N(0.1), N(1e-3), N(5)), OPT(MEASURE, "t", LEAF(NOW, 0))));
    int bad = add_program("never", HIL_PROGRAM_EXPERIMENT, 0, 0, OP(RELAX, never, N(0.1), N(1e-3), N(1)));
    HilValue result;
    ck_assert_msg(run(good, &result), "%s", error.text);
    ck_assert_double_eq_tol(field(result, "t"), 0.8, 1e-9);
    ck_assert(!run(bad, NULL));
    ck_assert_ptr_nonnull(strstr(error.text, "not come to rest within 1 s"));
}
END_TEST

START_TEST(spikes_are_numbered_by_the_view) {
    recorders[0].view = OP(LIST, N(1)); /* spikes of E[1] */
    int32_t body = OP(BLOCK, OP(RUN, N(1), N(1e-3)), OPT(MEASURE, "n", REDUCE(COUNT, SPIKES)),
                      OPT(MEASURE, "rate", REDUCE(RATE, SPIKES)),
                      OPT(MEASURE, "cell", REDUCE(MAX, REDUCE(CELLS, SPIKES))));
    int program = add_program("view", HIL_PROGRAM_EXPERIMENT, 0, 0, body);
    int early = add_program("early", HIL_PROGRAM_EXPERIMENT, 0, 0, OPT(MEASURE, "n", SPIKES));
    HilValue result;
    ck_assert_msg(run(program, &result), "%s", error.text);
    ck_assert(field(result, "n") == 9 && field(result, "cell") == 0);
    ck_assert_double_eq_tol(field(result, "rate"), 9, 1e-12);
    ck_assert(!run(early, NULL));
    ck_assert_ptr_nonnull(strstr(error.text, "before the first `run`"));
}
END_TEST

START_TEST(failures_and_stops_end_the_run_and_free_everything) {
    int32_t body = OP(BLOCK, OP(RUN, N(1), N(1e-3)), OP(RUN, N(1), -1));
    int program = add_program("two", HIL_PROGRAM_EXPERIMENT, 0, 0, body);
    int endless = program_count;
    add_program("endless", HIL_PROGRAM_EXPERIMENT, 0, 0, OPI(CALL, endless, -1));
    programs[endless].body = tree_node(&tree, HIL_HOST_CALL, endless, 0, NULL, 0, NULL);
    int stepless = add_program("stepless", HIL_PROGRAM_EXPERIMENT, 0, 0, OP(RUN, N(1)));
    fail_at = 1.5;
    options.out = "out.h5";
    ck_assert(!run(program, NULL));
    ck_assert_ptr_nonnull(strstr(error.text, "m.hil, line"));
    ck_assert_ptr_nonnull(strstr(error.text, "NaN in E.V at 1.5 s"));
    ck_assert_int_eq(written, 0);
    fail_at = 0;
    stop_at_run = runs + 2;
    ck_assert(!run(program, NULL));
    ck_assert(hil_host_stopped(host));
    ck_assert_int_eq(written, 100); /* what there was, marked as partial */
    ck_assert(!run(endless, NULL));
    ck_assert_ptr_nonnull(strstr(error.text, "deep"));
    stop_at_run = 0;
    ck_assert(run(stepless, NULL)); /* in steps of 0.1 ms */
    ck_assert(!run(77, NULL));
    ck_assert_ptr_nonnull(strstr(error.text, "no program number 77"));
}
END_TEST

START_TEST(plots_keep_their_panels) {
    int32_t body = OP(BLOCK, OP(RUN, N(1), N(1e-3)),
                      tree_node(&tree, HIL_HOST_PLOT, HIL_PLOT_RASTER, 0, "raster of E", KIDS(OPT(NAMED, "E", SPIKES))),
                      tree_node(&tree, HIL_HOST_PLOT, HIL_PLOT_TRACES, 0, "V",
                                KIDS(OPT(NAMED, "V", OPT(SHOWN, "mV", SIGNAL)))));
    int program = add_program("plots", HIL_PROGRAM_EXPERIMENT, 0, 0, body);
    int wrong = add_program("wrong", HIL_PROGRAM_EXPERIMENT, 0, 0, OPI(PLOT, 44, N(1)));
    ck_assert_msg(run(program, NULL), "%s", error.text);
    int count;
    const HilPlot *plots = hil_host_plots(host, &count);
    ck_assert_int_eq(count, 2);
    ck_assert(plots[0].kind == HIL_PLOT_RASTER && plots[0].panels[0].value.as.spikes->count == 18);
    ck_assert_str_eq(plots[1].panels[0].unit, "mV");
    ck_assert_str_eq(plots[1].title, "V");
    ck_assert(!run(wrong, NULL));
}
END_TEST

START_TEST(the_report_gets_expectations_tables_and_panels) {
    int32_t body = OP(BLOCK, OP(RUN, N(1), N(1e-3)), OPT(EXPECT, "as expected here", LEAF(BOOLEAN, 1)),
                      OP(REPORT, OPT(NAMED, "heading of it", OPT(SHOWN, "ms", N(0.0125)))),
                      tree_node(&tree, HIL_HOST_PLOT, HIL_PLOT_RASTER, 0, "title one", KIDS(OPT(NAMED, "E", SPIKES))),
                      tree_node(&tree, HIL_HOST_PLOT, HIL_PLOT_RATES, 0, "title two", KIDS(OPT(NAMED, "E", SPIKES))),
                      tree_node(&tree, HIL_HOST_PLOT, HIL_PLOT_TRACES, 0, "title three",
                                KIDS(OPT(NAMED, "V", OPT(SHOWN, "mV", SIGNAL)))),
                      tree_node(&tree, HIL_HOST_PLOT, HIL_PLOT_HISTOGRAM, 0, "title four",
                                KIDS(OPT(NAMED, "n", OP(LIST, N(1), N(2), N(2), N(3))))),
                      tree_node(&tree, HIL_HOST_PLOT, HIL_PLOT_POINTS, 0, "title five",
                                KIDS(OPT(NAMED, "x", OP(LIST, N(1), N(2))), OPT(NAMED, "y", OP(LIST, N(3), N(4))))));
    int program = add_program("all", HIL_PROGRAM_EXPERIMENT, 0, 0, body);
    ck_assert_msg(run(program, NULL), "%s", error.text);
    HilReport *report = hil_report_new("report");
    hil_host_fill_report(host, report);
    char path[512];
    file_make(path, ".html", "", 0);
    ck_assert_msg(hil_report_write(report, path, &error), "%s", error.text);
    char *page = file_read(path);
    ck_assert_ptr_nonnull(page);
    static const char *const texts[] = {"as expected here", "heading of it", "12.5 ms", "title one", "title two",
                                        "title three", "title four", "title five"};
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
        ck_assert_msg(strstr(page, texts[k]) != NULL, "%s", texts[k]);
    free(page);
    unlink(path);
    hil_report_free(report);
}
END_TEST

START_TEST(damaged_images_are_refused) {
    HilHostCode code;
    add_program("one", HIL_PROGRAM_EXPERIMENT, 0, 0, 0);
    make_image();
    ck_assert(hil_host_code(image, &code, &error));
    HilImage good = *image;
    image->magic++;
    ck_assert(!hil_host_code(image, &code, &error));
    *image = good;
    image->tables[HIL_NODES].count = UINT32_MAX;
    ck_assert(!hil_host_code(image, &code, &error));
    *image = good;
    image->tables[HIL_KIDS].offset = UINT64_MAX - 7;
    ck_assert(!hil_host_code(image, &code, &error));
    *image = good;
    image->tables[HIL_PROGRAMS].row_bytes = 1;
    ck_assert_ptr_null(hil_host_new_for_image(image, NULL, &options, &error));
    *image = good;
    ((HilProgram *)hil_table_row(image, HIL_PROGRAMS, 0))->recorders = (HilRange){1, 1 << 30};
    ck_assert_ptr_null(hil_host_new_for_image(image, NULL, &options, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "damaged"));
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        FIXTURE(open_test, close_test),
        TEST(an_experiment_runs_measures_and_expects),
        TEST(a_study_calls_experiments_quietly_and_once),
        TEST(a_long_loop_of_passes_is_told_in_short),
        TEST(parameters_come_from_arguments_overrides_and_defaults),
        TEST(options_go_before_the_model),
        TEST(sets_skip_what_is_missing_and_scalars_follow),
        TEST(phases_run_their_time_and_put_parameters_back),
        TEST(stimuli_before_the_run_keep_their_values),
        TEST(relaxing_ends_when_it_holds_or_gives_up),
        TEST(spikes_are_numbered_by_the_view),
        TEST(failures_and_stops_end_the_run_and_free_everything),
        TEST(plots_keep_their_panels),
        TEST(the_report_gets_expectations_tables_and_panels),
        TEST(damaged_images_are_refused),
    };
    return SUITE_RUN("host_run", rows);
}
