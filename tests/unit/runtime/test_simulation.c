/* A simulation's life: images that are refused, scalars and what follows from them, names, memory, levels, records. */
#include "relay.h"
#include "hillock/linear.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static RelayNetwork small(void) {
    return (RelayNetwork){.populations = 1, .sizes = {4}, .theta = 1};
}

static HilSimulation *fresh(ImageBuilder *b) {
    HilSettings settings = hil_settings_default();
    return builder_simulation(b, &settings);
}

/* ---- images ------------------------------------------------------------------------------------------------------ */

static void call_nothing(void *context, int kernel, const HilCall *call) {
    (void)context, (void)kernel, (void)call;
}

START_TEST(damaged_images_are_refused) {
    RelayProjection p = {.name = "AA", .source = 0, .target = 0, .rule = HIL_RULE_ALL};
    RelayNetwork n = {.populations = 1, .projections = 1, .sizes = {4}, .projection = &p, .theta = 1, .timed = true,
                      .stimulus = true};
    HilRecorder recorder = relay_spikes_recorder(0, 0);
    n.recorders = &recorder, n.recorder_count = 1;
    ImageBuilder *b = relay_build(&n);
    const HilImage *image = builder_image(b);
    HilSettings settings = hil_settings_default();
    HilError error;
    HilSettings hooked = settings;
    hooked.call = call_nothing;
    char *copy = aligned_alloc(16, (image->bytes + 15) / 16 * 16);
    ck_assert_ptr_nonnull(copy);
    /* Without functions: their number is the caller's word. Every byte of header and tables, changed: an error or a
     * simulation that can be freed, never a crash. */
    size_t refused = 0;
    for (size_t at = 0; at < image->bytes; at++) {
        memcpy(copy, image, image->bytes);
        copy[at] = (char)(copy[at] ^ 0x85);
        HilSimulation *s = hil_simulation_new((const HilImage *)copy, NULL, 0, 0, &hooked, &error);
        refused += s == NULL;
        hil_simulation_free(s);
    }
    ck_assert_uint_gt(refused, 100);
    memcpy(copy, image, image->bytes);
    ((HilImage *)copy)->abi_version++;
    ck_assert_ptr_null(hil_simulation_new((const HilImage *)copy, builder_functions(b), 0, 0, &settings, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "compile it anew"));
    free(copy);
    ck_assert_ptr_null(hil_simulation_new(NULL, NULL, 0, -1, &settings, &error));
    ck_assert_ptr_null(hil_simulation_new(image, builder_functions(b), 1, -1, &settings, &error));
    ck_assert_ptr_null(hil_simulation_new(image, builder_functions(b), 0, 1, &settings, &error));
    builder_free(b);
}
END_TEST

/* ---- scalars ----------------------------------------------------------------------------------------------------- */

START_TEST(what_is_set_stays_set) {
    RelayNetwork n = small();
    ImageBuilder *b = relay_build(&n);
    HilSimulation *s = fresh(b);
    HilError error;
    ck_assert(hil_simulation_prepare(s, 1e-4, &error));
    ck_assert_double_eq(hil_simulation_scalars(s)[SLOT_THETA], 1);
    ck_assert_double_eq(hil_simulation_scalars(s)[SLOT_DT], 1e-4);
    ck_assert_int_eq(hil_simulation_find_scalar(s, "net.theta"), SLOT_THETA);
    ck_assert(hil_simulation_set(s, SLOT_THETA, 5, &error));
    ck_assert(hil_simulation_prepare(s, 1e-3, &error));
    ck_assert_double_eq(hil_simulation_scalars(s)[SLOT_THETA], 5);
    ck_assert(!hil_simulation_set(s, SLOT_DT, 1, &error));
    ck_assert(!hil_simulation_set(s, SLOT_THETA, NAN, &error));
    ck_assert(!hil_simulation_set(s, 99, 1, &error));
    ck_assert(!hil_simulation_prepare(s, 0, &error));
    ck_assert(!hil_simulation_prepare(s, NAN, &error));
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(names_are_checked_with_their_units) {
    RelayNetwork n = small();
    ImageBuilder *b = relay_build(&n);
    HilSimulation *s = fresh(b);
    HilError error;
    const HilDimension time = {{0, 0, 2}}, voltage = {{4, 2, -6, -2}};
    ck_assert(hil_simulation_set_by_name(s, "net.delay", 2e-3, &time, &error));
    ck_assert(!hil_simulation_set_by_name(s, "net.delay", 2e-3, &voltage, &error));
    ck_assert_str_eq(error.text, "net.delay is in s, but the value given is in V");
    ck_assert(!hil_simulation_set_by_name(s, "net.dealy", 2e-3, &time, &error));
    ck_assert_str_eq(error.text, "there is no parameter \"net.dealy\"; did you mean \"net.delay\"?");
    ck_assert(hil_simulation_set_by_name(s, "P0.V", 0.25, NULL, &error)); /* before the build, and it survives init */
    ck_assert(hil_simulation_build(s, RELAY_DT, &error));
    for (int i = 0; i < 4; i++) ck_assert_double_eq(relay_value(s, 0, RELAY_V, i), 0.25);
    ck_assert(hil_simulation_set_by_name(s, "P0.V", 0.5, NULL, &error));
    ck_assert_double_eq(relay_value(s, 0, RELAY_V, 3), 0.5);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

typedef struct Doubts {
    HilEvaluator inner;
    int count;
    char text[256];
} Doubts;

static void note_doubt(void *context, int32_t prepare, const char *text) {
    Doubts *doubts = context;
    ck_assert_int_eq(prepare, 0);
    doubts->count++;
    snprintf(doubts->text, sizeof doubts->text, "%s", text);
}

static bool ask_inner(void *context, int32_t node, double *value, HilError *error) {
    const HilEvaluator *inner = &((Doubts *)context)->inner;
    return inner->number(inner->context, node, value, error);
}

static bool ask_inner_list(void *context, int32_t node, double **values, int64_t *count, HilError *error) {
    const HilEvaluator *inner = &((Doubts *)context)->inner;
    return inner->list(inner->context, node, values, count, error);
}

/* V' = rate*V by forward Euler in steps of 1 ms: unstable from -2000/s on, alternating from -1000/s on. */
START_TEST(a_step_is_judged_before_anything_is_built) {
    static const struct {
        double rate;
        bool good;
        int doubts;
    } rows[] = {{-2500, false, 0}, {-1500, true, 1}, {-500, true, 0}, {500, true, 0}, {0, true, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        RelayNetwork n = small();
        n.judged = true;
        n.after = rows[i].rate;
        ImageBuilder *b = relay_build(&n);
        HilSimulation *s = fresh(b);
        Doubts doubts = {.inner = builder_evaluator(b, s)};
        HilEvaluator evaluator = {.context = &doubts, .number = ask_inner, .list = ask_inner_list, .doubt = note_doubt};
        hil_simulation_set_evaluator(s, &evaluator);
        HilError error = {{0}};
        ck_assert_msg(hil_simulation_build(s, RELAY_DT, &error) == rows[i].good, "%s", error.text);
        ck_assert_int_eq(doubts.count, rows[i].doubts);
        if (!rows[i].good) {
            ck_assert_ptr_nonnull(strstr(error.text, "[E0605]"));
            ck_assert_ptr_nonnull(strstr(error.text, "V' of P0 (line 7)"));
            ck_assert_ptr_nonnull(strstr(error.text, "make it 0.4 ms or shorter"));
            ck_assert_int_eq(hil_simulation_run(s, 1, RELAY_DT, &error), HIL_RUN_FAILED);
        }
        if (doubts.count) ck_assert_ptr_nonnull(strstr(doubts.text, "make it 0.666 ms or shorter"));
        hil_simulation_free(s);
        builder_free(b);
    }
}
END_TEST

START_TEST(propagators_follow_dt) {
    /* x' = -x/tau + b with tau = 0.02 s: P = e^(-dt/tau), Q = tau*(1 - P) */
    ImageBuilder *b = builder_new();
    HilScalar scalars[] = {builder_scalar(b, "dt", HIL_SCALAR_STEP, -1),
                           builder_scalar(b, "a", HIL_SCALAR_PARAMETER, builder_number(b, -50)),
                           builder_scalar(b, "P", HIL_SCALAR_DERIVED, -1), builder_scalar(b, "Q", HIL_SCALAR_DERIVED, -1)};
    HilNetwork network = {.name = builder_text(b, "Net"), .step_slot = 0};
    network.scalars = builder_rows(b, HIL_SCALARS, scalars, 4);
    HilValueRef refs[] = {{HIL_VALUE_SLOT, 1}, {HIL_VALUE_SLOT, 2}, {HIL_VALUE_SLOT, 3}};
    HilPrepare row = {.kind = HIL_PREPARE_PROPAGATOR, .slot = -1, .node = -1, .n = 1, .population = -1};
    row.values = builder_rows(b, HIL_VALUE_REFS, refs, 3);
    network.prepares = builder_rows(b, HIL_PREPARES, &row, 1);
    builder_rows(b, HIL_NETWORKS, &network, 1);
    builder_kernel(b, "none", HIL_SHAPE_LANES, 0, 0, 0, NULL);
    const HilImage *image = builder_image(b);
    HilSettings settings = hil_settings_default();
    HilError error;
    ck_assert_ptr_null(hil_simulation_new(image, builder_functions(b), 0, -1, &settings, &error)); /* no level has it */
    ck_assert_ptr_nonnull(strstr(error.text, "level"));
    builder_free(b);
    b = builder_new();
    network.name = builder_text(b, "Net");
    for (int i = 0; i < 4; i++) scalars[i].name = builder_text(b, "s");
    scalars[1].node = builder_number(b, -50);
    network.scalars = builder_rows(b, HIL_SCALARS, scalars, 4);
    row.values = builder_rows(b, HIL_VALUE_REFS, refs, 3);
    network.prepares = builder_rows(b, HIL_PREPARES, &row, 1);
    builder_rows(b, HIL_NETWORKS, &network, 1);
    HilSimulation *s = NULL;
    builder_image(b);
    s = hil_simulation_new(builder_image(b), (HilKernelFunction *const[]){NULL}, 0, -1, &settings, &error);
    ck_assert_msg(s != NULL, "%s", error.text);
    HilEvaluator evaluator = builder_evaluator(b, s);
    hil_simulation_set_evaluator(s, &evaluator);
    const double steps[] = {1e-4, 1e-3};
    for (int i = 0; i < 2; i++) {
        ck_assert(hil_simulation_prepare(s, steps[i], &error));
        double p = exp(-50 * steps[i]); /* both sides rounded a few times */
        ck_assert_double_eq_tol(hil_simulation_scalars(s)[2], p, 4e-16);
        ck_assert_double_eq_tol(hil_simulation_scalars(s)[3], -expm1(-50 * steps[i]) / 50, 1e-17);
    }
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

/* ---- memory and levels ------------------------------------------------------------------------------------------- */

START_TEST(too_much_memory_is_refused_with_figures) {
    RelayProjection p = {.name = "AA", .source = 0, .target = 0, .rule = HIL_RULE_ALL};
    RelayNetwork n = {.populations = 1, .projections = 1, .sizes = {3000}, .projection = &p, .theta = 1};
    ImageBuilder *b = relay_build(&n);
    HilSettings settings = hil_settings_default();
    settings.memory_limit = 50e6;
    HilSimulation *s = builder_simulation(b, &settings);
    HilError error;
    ck_assert(!hil_simulation_build(s, RELAY_DT, &error));
    /* 9e6 synapses of a target of 2 bytes and two doubles: 162 MB and a little */
    ck_assert_ptr_nonnull(strstr(error.text, "network Net needs 162."));
    ck_assert_ptr_nonnull(strstr(error.text, "but 50.0 MB are available"));
    ck_assert_double_eq_tol(hil_simulation_memory(s)->synapses, 3000.0 * 2999 * 16, 1);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(a_recording_that_does_not_fit_is_refused) {
    RelayNetwork n = small();
    HilRecorder recorder = relay_plane_recorder(0, RELAY_V);
    n.recorders = &recorder, n.recorder_count = 1;
    ImageBuilder *b = relay_build(&n);
    HilSettings settings = hil_settings_default();
    settings.memory_limit = 1e6;
    HilSimulation *s = builder_simulation(b, &settings);
    HilError error;
    ck_assert_int_eq(hil_simulation_run(s, 1e6 * RELAY_DT, RELAY_DT, &error), HIL_RUN_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, "record fewer cells"));
    ck_assert_int_eq(hil_simulation_run(s, 10 * RELAY_DT, RELAY_DT, &error), HIL_RUN_DONE);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(levels_can_be_asked_for) {
    RelayNetwork n = small();
    ImageBuilder *b = relay_build(&n);
    HilSettings settings = hil_settings_default();
    HilError error;
    const HilImage *image = builder_image(b);
    setenv("HILLOCK_LEVEL", "v9", 1);
    ck_assert_ptr_null(hil_simulation_new(image, builder_functions(b), 0, 0, &settings, &error));
    ck_assert_str_eq(error.text, "HILLOCK_LEVEL is \"v9\": the levels are base, v3 and v4");
    setenv("HILLOCK_LEVEL", "v3", 1); /* these kernels exist at the base level only */
    ck_assert_ptr_null(hil_simulation_new(image, builder_functions(b), 0, 0, &settings, &error));
    setenv("HILLOCK_LEVEL", "base", 1);
    HilSimulation *s = hil_simulation_new(image, builder_functions(b), 0, 0, &settings, &error);
    ck_assert_ptr_nonnull(s);
    hil_simulation_free(s);
    unsetenv("HILLOCK_LEVEL");
    builder_free(b);
}
END_TEST

/* ---- records ----------------------------------------------------------------------------------------------------- */

START_TEST(records_by_name_join_those_of_the_program) {
    RelayProjection p = {.name = "AA", .source = 0, .target = 0, .rule = HIL_RULE_RING, .arguments = {1},
                         .argument_count = 1};
    RelayNetwork n = {.populations = 1, .projections = 1, .sizes = {5}, .projection = &p, .theta = 1,
                      .drive_every = RELAY_DT, .drive_amount = 1, .record_views = 2};
    HilRecorder recorder = relay_spikes_recorder(0, 0);
    n.recorders = &recorder, n.recorder_count = 1;
    ImageBuilder *b = relay_build(&n);
    HilSimulation *s = fresh(b);
    HilError error;
    ck_assert(!hil_simulation_record(s, "nonsense", 0, &error));
    ck_assert(!hil_simulation_record(s, "P0.W", 0, &error));
    ck_assert(!hil_simulation_record(s, "spikes of PO", 0, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "did you mean \"P0\"?"));
    ck_assert(hil_simulation_record(s, "spikes of P0[1..3]", 0, &error));
    ck_assert(hil_simulation_record(s, "P0.V[4]", 2 * RELAY_DT, &error));
    ck_assert(hil_simulation_record(s, "weight of AA[2]", 5 * RELAY_DT, &error));
    ck_assert_int_eq(hil_simulation_run(s, 10 * RELAY_DT, RELAY_DT, &error), HIL_RUN_DONE);
    ck_assert_uint_eq(hil_simulation_spikes(s, 0)->count, 20); /* the program's: cells 0 and 1 only */
    ck_assert_int_eq(hil_simulation_recorder_size(s, 0), 2);
    const HilRecording *r = hil_simulation_recording(s);
    ck_assert_uint_eq(r->train_count, 1);
    ck_assert_uint_eq(r->trains[0]->count, 40); /* cells 0 .. 3, each once */
    ck_assert_uint_eq(r->signal_count, 2);
    ck_assert_uint_eq(r->signals[0]->samples, 5);
    ck_assert_uint_eq(r->signals[0]->ids[0], 4);
    ck_assert_uint_eq(r->signals[1]->instances, 2); /* synapses from 2 to 1 and 3 */
    ck_assert_uint_eq(r->signals[1]->elements[1], 3);
    ck_assert_double_eq(r->signals[1]->values[0], relay_weight(2, 1));
    ck_assert(!hil_simulation_record(s, "P0.V[5]", 0, &error));
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(records_keep_to_their_time) {
    HilRecorder recorders[] = {relay_spikes_recorder(0, 0), relay_plane_recorder(0, RELAY_V)};
    RelayNetwork n = small(); /* each cell spikes in every step */
    n.drive_every = RELAY_DT, n.drive_amount = 1;
    n.recorders = recorders, n.recorder_count = 2;
    n.record_from = 3e-3, n.record_to = 7e-3, n.record_every = 2e-3;
    recorders[0].explicit_ = 1;
    ImageBuilder *b = relay_build(&n);
    HilSimulation *s = relay_run(b, 1, 4e-3);
    HilError error;
    ck_assert_int_eq(hil_simulation_run(s, 6e-3, RELAY_DT, &error), HIL_RUN_DONE);
    const HilSpikeTrain *spikes = hil_simulation_spikes(s, 0), *kept = hil_simulation_recording(s)->trains[0];
    ck_assert_uint_eq(spikes->count, 4 * 4); /* stamped 3, 4, 5 and 6 ms */
    ck_assert_double_eq_tol(spikes->times[0], 3e-3, 1e-12);
    ck_assert_double_eq_tol(spikes->times[15], 6e-3, 1e-12);
    ck_assert_uint_eq(kept->count, 16);
    const HilSignal *signal = hil_simulation_signal(s, 1);
    ck_assert_uint_eq(signal->samples, 2); /* at 3 and 5 ms */
    ck_assert_double_eq_tol(signal->start, 3e-3, 1e-12);
    ck_assert_double_eq(signal->every, 2e-3);
    hil_simulation_free(s);
    builder_free(b);
    n.record_from = 8e-3;
    b = relay_build(&n);
    s = fresh(b);
    ck_assert(!hil_simulation_build(s, RELAY_DT, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "from 8 ms to 7 ms"));
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(runs_that_cannot_be_are_refused) {
    RelayNetwork n = small();
    ImageBuilder *b = relay_build(&n);
    HilSimulation *s = fresh(b);
    HilError error;
    ck_assert_int_eq(hil_simulation_run(s, -1, RELAY_DT, &error), HIL_RUN_FAILED);
    ck_assert_int_eq(hil_simulation_run(s, NAN, RELAY_DT, &error), HIL_RUN_FAILED);
    ck_assert_int_eq(hil_simulation_run(s, 1e-6, RELAY_DT, &error), HIL_RUN_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, "shorter than its step"));
    ck_assert_int_eq(hil_simulation_run(s, 0, RELAY_DT, &error), HIL_RUN_DONE);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TEST(damaged_images_are_refused),
        TEST(what_is_set_stays_set),
        TEST(names_are_checked_with_their_units),
        TEST(a_step_is_judged_before_anything_is_built),
        TEST(propagators_follow_dt),
        TEST(too_much_memory_is_refused_with_figures),
        TEST(a_recording_that_does_not_fit_is_refused),
        TEST(levels_can_be_asked_for),
        TEST(records_by_name_join_those_of_the_program),
        TEST(records_keep_to_their_time),
        TEST(runs_that_cannot_be_are_refused),
    };
    return SUITE_RUN("simulation", rows);
}
