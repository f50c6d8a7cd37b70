/* Delivery against a plain model of it: every spike's every synapse, at the step it is due, in order. */
#include "relay.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

enum { SOURCES = 70, TARGETS = 90, STEPS_RUN = 40 };

/* What each target's trail and sum must be, by going through all pairs one after the other. Sources fire once every
 * time the drive comes, so each drive step d is a stamp d + 1. The trail is kept as the sequence of digits in a number;
 * doubles overflow their 53 bits soon, but the same operations round the same way. */
typedef struct Expected {
    double trail[TARGETS];
} Expected;

enum { DELAY_PLANE_LATER = HIL_DELAY_PLANE + 1 }; /* no synapse with a delay of less than three steps */

static unsigned delay_of(int kind, uint32_t s, uint32_t t, unsigned fixed) {
    if (kind == DELAY_PLANE_LATER) return relay_delay(s, t) + 3;
    return kind == HIL_DELAY_PLANE ? relay_delay(s, t) : kind == HIL_DELAY_SLOT ? fixed : 0;
}

static void expect_from(Expected *e, const int *kinds, const int *drives, int drive_count, unsigned fixed) {
    memset(e, 0, sizeof *e);
    for (int step = 0; step < STEPS_RUN; step++)
        for (int projection = 0; projection < 2; projection++)
            for (int d = 0; d < drive_count; d++)
                for (uint32_t s = 0; s < SOURCES; s++)
                    for (uint32_t t = 0; t < TARGETS; t++)
                        if (drives[d] + 1 + (int)delay_of(kinds[projection], s, t, fixed) == step)
                            e->trail[t] = e->trail[t] * 10 + s % 9 + 1;
}

static RelayProjection projection_of(const char *name, int kind, bool bare) {
    bool later = kind == DELAY_PLANE_LATER;
    return (RelayProjection){.name = name, .source = 0, .target = 1, .rule = HIL_RULE_ALL,
                             .delay_kind = later ? HIL_DELAY_PLANE : kind, .later = later,
                             .bare = bare && kind != HIL_DELAY_PLANE && !later};
}

static void check_case(int first, int second, unsigned fixed, int threads, bool bare) {
    const int drives[] = {0, 1, 2, 9};
    const double times[] = {0, RELAY_DT, 2 * RELAY_DT, 9 * RELAY_DT};
    RelayProjection projections[] = {projection_of("X", first, bare), projection_of("Y", second, bare)};
    RelayNetwork n = {.populations = 2, .projections = 2, .sizes = {SOURCES, TARGETS}, .projection = projections,
                      .drive_times = times, .drive_time_count = 4, .drive_amount = 1, .theta = 1,
                      .delay = fixed * RELAY_DT};
    ImageBuilder *b = relay_build(&n);
    HilSettings settings = hil_settings_default();
    settings.threads = threads;
    HilSimulation *s = builder_simulation(b, &settings);
    HilError error;
    ck_assert(hil_simulation_build(s, RELAY_DT, &error));
    /* in pieces, with spikes under way at their ends */
    ck_assert_int_eq(hil_simulation_run(s, RELAY_DT * 3, RELAY_DT, &error), HIL_RUN_DONE);
    ck_assert_int_eq(hil_simulation_run(s, RELAY_DT * 8, RELAY_DT, &error), HIL_RUN_DONE);
    ck_assert_int_eq(hil_simulation_run(s, RELAY_DT * (STEPS_RUN - 11), RELAY_DT, &error), HIL_RUN_DONE);
    Expected e;
    expect_from(&e, (int[]){first, second}, drives, 4, fixed);
    for (int t = 0; t < TARGETS; t++) ck_assert_double_eq(relay_value(s, 1, RELAY_TRAIL, t), e.trail[t]);
    ck_assert_uint_eq(hil_simulation_statistics(s).synaptic_events, 2u * 4 * SOURCES * TARGETS);
    hil_simulation_free(s);
    builder_free(b);
}

START_TEST(every_synapse_gets_every_spike_in_order) {
    const int kinds[] = {HIL_DELAY_NONE, HIL_DELAY_SLOT, HIL_DELAY_PLANE, DELAY_PLANE_LATER};
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++) {
            check_case(kinds[a], kinds[b], 7, 1 + _i, false);
            check_case(kinds[a], kinds[b], 2, 1 + _i, true);
        }
}
END_TEST

/* ---- starts of rows for draws ------------------------------------------------------------------------------------ */

typedef struct Witness {
    HilKernelFunction *const *functions;
    _Atomic int calls, wrong;
} Witness;

/* Where rows are parts, row_starts must tell the place of each synapse in its whole row: source and place name it. */
static void witness(void *context, int kernel, const HilCall *c) {
    Witness *w = context;
    (void)kernel;
    if (!c->rows || c->target_bytes == 0 || c->count == 0) return;
    const uint64_t *starts = c->row_starts ? c->row_starts : c->rows;
    for (int64_t k = 0; k < c->count; k++) {
        uint32_t s = c->list[k];
        if (starts[s] != (uint64_t)s * TARGETS) w->wrong++; /* dense: rows of equal length */
        w->calls++;
    }
}

static void through(void *context, int kernel, const HilCall *c) {
    witness(context, kernel, c);
    ((Witness *)context)->functions[kernel * HIL_LEVEL_COUNT](c);
}

START_TEST(parts_of_rows_know_where_their_row_starts) {
    const double times[] = {0, 3 * RELAY_DT};
    RelayProjection projections[] = {
        {.name = "X", .source = 0, .target = 1, .rule = HIL_RULE_ALL, .delay_kind = HIL_DELAY_PLANE},
        {.name = "Y", .source = 0, .target = 1, .rule = HIL_RULE_ALL}};
    RelayNetwork n = {.populations = 2, .projections = 2, .sizes = {SOURCES, TARGETS}, .projection = projections,
                      .drive_times = times, .drive_time_count = 2, .drive_amount = 1, .theta = 1};
    ImageBuilder *b = relay_build(&n);
    for (int threads = 1; threads <= 3; threads++) {
        Witness w = {builder_functions(b), 0, 0};
        HilSettings settings = hil_settings_default();
        settings.threads = threads;
        settings.call = through;
        settings.call_context = &w;
        HilSimulation *s = builder_simulation(b, &settings);
        HilError error;
        ck_assert_int_eq(hil_simulation_run(s, RELAY_DT * 12, RELAY_DT, &error), HIL_RUN_DONE);
        ck_assert_int_gt(w.calls, 2 * SOURCES);
        ck_assert_int_eq(w.wrong, 0);
        hil_simulation_free(s);
    }
    builder_free(b);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        LOOP(every_synapse_gets_every_spike_in_order, 4),
        TEST(parts_of_rows_know_where_their_row_starts),
    };
    return SUITE_RUN("delivery", rows);
}
