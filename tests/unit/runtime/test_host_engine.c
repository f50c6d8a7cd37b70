/* Host programs on the real engine: the relay network of relay.h, whose numbers can be told by hand, run by a tree. */
#include "hillock/host.h"

#include "relay.h"
#include "suite.h"

#include <string.h>

enum { AMOUNT = RELAY_SLOTS + 1 }; /* the program's own scalar, behind the network's "net.amount" */
enum { OWN = 1000 }; /* ops of this test stand OWN higher than the builder's until the image is there */
enum { BUILDER_NUMBER, BUILDER_LIST, BUILDER_SCALAR, BUILDER_TEXT };

static HilError error;

static int32_t node(ImageBuilder *b, int op, int index, double number, const char *text, int count,
                    const int32_t *kids) {
    HilNode row = {.op = (uint16_t)(op + OWN), .index = index, .number = number, .line = 7,
                   .text = text ? builder_text(b, text) : 0};
    if (count > 0)
        row.kids = builder_kids(b, kids, count);
    return builder_rows(b, HIL_NODES, &row, 1).first;
}
#define KIDS(...) (int)(sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t)), (int32_t[]){__VA_ARGS__}
#define OP(ID, ...) node(b, HIL_HOST_##ID, 0, 0, NULL, KIDS(__VA_ARGS__))
#define OPI(ID, index, ...) node(b, HIL_HOST_##ID, index, 0, NULL, KIDS(__VA_ARGS__))
#define OPT(ID, text, ...) node(b, HIL_HOST_##ID, 0, 0, text, KIDS(__VA_ARGS__))
#define LEAF(ID, index) node(b, HIL_HOST_##ID, index, 0, NULL, 0, NULL)
#define N(x) node(b, HIL_HOST_NUMBER, 0, x, NULL, 0, NULL)

/* The builder's nodes as the ops that they stand for, this test's as themselves, and the body put in place. */
static const HilImage *finished(ImageBuilder *b, int32_t body) {
    static const uint16_t meant[] = {[BUILDER_NUMBER] = HIL_HOST_NUMBER, [BUILDER_LIST] = HIL_HOST_LIST,
                                     [BUILDER_SCALAR] = HIL_HOST_SCALAR, [BUILDER_TEXT] = HIL_HOST_TEXT};
    const HilImage *image = builder_image(b);
    for (uint32_t k = 0; k < image->tables[HIL_NODES].count; k++) {
        HilNode *row = (HilNode *)hil_table_row(image, HIL_NODES, k);
        row->op = row->op >= OWN ? (uint16_t)(row->op - OWN) : meant[row->op];
    }
    HilProgram *program = (HilProgram *)hil_table_row(image, HIL_PROGRAMS, 0);
    program->body = body;
    program->locals = 2;
    return image;
}

static double field(HilValue record, const char *name) {
    HilValue value;
    ck_assert_msg(hil_value_field(record, name, &value, &error), "%s", error.text);
    ck_assert_int_eq(value.kind, HIL_KIND_NUMBER);
    return value.as.number;
}

/* The program run once, on one thread. */
static HilHost *run_program(ImageBuilder *b, const HilImage *image, HilOverride *overrides, int count,
                            HilValue *result) {
    HilHostOptions options = {.settings = hil_settings_default(), .overrides = overrides, .override_count = count};
    options.settings.threads = 1;
    HilHost *host = hil_host_new_for_image(image, builder_functions(b), &options, &error);
    ck_assert_msg(host != NULL, "%s", error.text);
    ck_assert_msg(hil_host_run(host, 0, NULL, 0, result, &error), "%s", error.text);
    return host;
}

START_TEST(a_tree_runs_the_engine) {
    /* 40 cells; the drive adds 1 to V each step: with theta 5 every cell fires at every fifth step */
    HilRecorder recorders[2] = {relay_spikes_recorder(0, 0), relay_plane_recorder(0, RELAY_V)};
    RelayNetwork n = {.populations = 1, .sizes = {40}, .drive_every = RELAY_DT, .drive_amount = 1, .theta = 1e9,
                      .recorders = recorders, .recorder_count = 2};
    ImageBuilder *b = relay_build(&n);
    int32_t spikes = LEAF(SPIKES_OF, 0), signal = LEAF(SIGNAL_OF, 1);
    int32_t body = OP(BLOCK, OPI(SET, SLOT_THETA, N(5)), OPT(MEASURE, "theta", LEAF(SCALAR, SLOT_THETA)),
                      OP(RUN, N(0.02), N(RELAY_DT)), OPT(MEASURE, "n", OPI(REDUCE, HIL_REDUCTION_COUNT, spikes)),
                      OPT(MEASURE, "rate", OPI(REDUCE, HIL_REDUCTION_RATE, spikes)),
                      OPT(MEASURE, "first", OPI(REDUCE, HIL_REDUCTION_FIRST, spikes)),
                      OPT(MEASURE, "peak", OPI(REDUCE, HIL_REDUCTION_MAX, signal)),
                      OPT(MEASURE, "at", OP(INDEX, OP(AT, signal, N(3 * RELAY_DT)), N(7))),
                      OPT(MEASURE, "now", OP(INDEX, LEAF(SAMPLE_OF, 1), N(39))), OPT(MEASURE, "t", LEAF(NOW, 0)),
                      OP(RUN, N(0.005), -1), OPT(MEASURE, "later", OPI(REDUCE, HIL_REDUCTION_COUNT, spikes)),
                      OPT(EXPECT, "n == 200", OP(EQ, OPI(REDUCE, HIL_REDUCTION_COUNT, spikes), N(200))),
                      OPT(EXPECT, "no such projection", OP(LT, LEAF(SYNAPSE_COUNT, 5), N(1))));
    const HilImage *image = finished(b, body);
    HilValue result;
    HilHost *host = run_program(b, image, NULL, 0, &result);
    ck_assert(field(result, "theta") == 5 && field(result, "n") == 160 && field(result, "later") == 200);
    ck_assert_double_eq_tol(field(result, "rate"), 200, 1e-9);
    ck_assert_double_eq_tol(field(result, "first"), 5 * RELAY_DT, 1e-12);
    ck_assert_double_eq(field(result, "at"), 3); /* sampled at the end of the third step */
    ck_assert_double_eq(field(result, "peak"), 4); /* reset before it is sampled */
    ck_assert_double_eq(field(result, "now"), 0);
    ck_assert_double_eq_tol(field(result, "t"), 0.02, 1e-12);
    int count;
    const HilExpectation *e = hil_host_expectations(host, &count);
    ck_assert(count == 2 && e[0].outcome == HIL_OUTCOME_PASS && e[1].outcome == HIL_OUTCOME_FAIL);
    ck_assert_ptr_nonnull(strstr(e[1].observed, "no projection"));
    HilOverride theta = {.name = "net.theta", .value = 10}, elsewhere = {.name = "Other.tau", .value = 1};
    HilOverride both[2] = {theta, elsewhere};
    HilHost *second = run_program(b, image, both, 2, &result);
    ck_assert(field(result, "n") == 80); /* --set goes before the program's own */
    ck_assert_int_eq(hil_host_failures(second), 2);
    hil_host_free(second);
    hil_host_free(host);
    builder_free(b);
}
END_TEST

START_TEST(stimuli_and_their_windows_reach_the_engine) {
    HilRecorder recorder = relay_plane_recorder(0, RELAY_V);
    RelayNetwork n = {.populations = 1, .sizes = {1}, .theta = 1e9, .stimulus = true, .recorders = &recorder,
                      .recorder_count = 1};
    ImageBuilder *b = relay_build(&n);
    int32_t inside = OP(BLOCK, OPI(STIMULATE, 0, -1, -1, OPI(SET, AMOUNT, N(10))), OP(RUN, N(1e-3)));
    int32_t body = OP(BLOCK, OPI(STIMULATE, 0, N(2e-3), N(5e-3), OPI(SET, AMOUNT, N(0.5))),
                      OP(RUN, N(8e-3), N(RELAY_DT)), OPT(MEASURE, "before", OP(INDEX, LEAF(SAMPLE_OF, 0), N(0))),
                      OPT(PHASE, "strong", N(2e-3), inside), OP(RUN, N(4e-3)),
                      OPT(MEASURE, "after", OP(INDEX, LEAF(SAMPLE_OF, 0), N(0))));
    const HilImage *image = finished(b, body);
    HilValue result;
    HilHost *host = run_program(b, image, NULL, 0, &result);
    ck_assert_double_eq(field(result, "before"), 1.5); /* three steps of 0.5 */
    ck_assert_double_eq(field(result, "after"), 21.5); /* and two of 10 */
    hil_host_free(host);
    builder_free(b);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TEST(a_tree_runs_the_engine),
        TEST(stimuli_and_their_windows_reach_the_engine),
    };
    return SUITE_RUN("host_engine", rows);
}
