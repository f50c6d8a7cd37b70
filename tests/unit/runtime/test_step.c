/* The meaning of a step, sentence by sentence (hillock/abi.h): when spikes are stamped, due and recorded, in which order
 * they arrive, what `after` does, what changes between phases, and that threads change nothing. */
#include "relay.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define STEPS(n) ((n) * RELAY_DT)

static void expect_spikes(const HilSpikeTrain *train, size_t count, const double *steps, const uint32_t *ids) {
    ck_assert_uint_eq(train->count, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_double_eq_tol(train->times[i], STEPS(steps[i]), 1e-12);
        if (ids) ck_assert_uint_eq(train->ids[i], ids[i]);
    }
}

static RelayNetwork chain(const RelayProjection *projection, const double *times, int count) {
    return (RelayNetwork){.populations = 2, .projections = 1, .sizes = {1, 1}, .projection = projection,
                          .drive_times = times, .drive_time_count = count, .drive_amount = 1, .theta = 1};
}

/* The chain with two drives of the first cell, a delay to the second and that one's spikes recorded. */
static RelayNetwork delayed_chain(RelayProjection *p, const double *times, double delay, HilRecorder *recorder) {
    *p = (RelayProjection){.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_ONE_TO_ONE, .weight = 1,
                           .delay_kind = HIL_DELAY_SLOT};
    *recorder = relay_spikes_recorder(1, 0);
    RelayNetwork n = chain(p, times, 2);
    n.delay = delay, n.recorders = recorder, n.recorder_count = 1;
    return n;
}

START_TEST(a_spike_is_stamped_with_the_end_of_its_step) {
    double times[] = {STEPS(3)};
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_ONE_TO_ONE, .weight = 1};
    RelayNetwork n = chain(&p, times, 1);
    HilRecorder recorders[] = {relay_spikes_recorder(0, 0), relay_spikes_recorder(1, 0)};
    n.recorders = recorders, n.recorder_count = 2;
    ImageBuilder *b = relay_build(&n);
    HilSimulation *s = relay_run(b, 1, STEPS(10));
    expect_spikes(hil_simulation_spikes(s, 0), 1, (double[]){4}, (uint32_t[]){0});
    /* no delay: at the start of the step that begins at the stamp, so the answer is stamped one step later */
    expect_spikes(hil_simulation_spikes(s, 1), 1, (double[]){5}, (uint32_t[]){0});
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(a_delay_postpones_by_whole_steps) {
    double times[] = {STEPS(0), STEPS(1)};
    for (int delay = 0; delay < 6; delay++) {
        RelayProjection p;
        HilRecorder recorder;
        RelayNetwork n = delayed_chain(&p, times, STEPS(delay), &recorder);
        ImageBuilder *b = relay_build(&n);
        HilSimulation *s = relay_run(b, 1, STEPS(12));
        expect_spikes(hil_simulation_spikes(s, 0), 2, (double[]){2 + delay, 3 + delay}, NULL);
        hil_simulation_free(s);
        builder_free(b);
    }
}
END_TEST

START_TEST(arrivals_come_by_projection_then_stamp_then_source) {
    /* Two projections with a delay of 1 (own delays 0 and 3 for sources 0, 1) onto one cell; all sources fire at
     * stamps 1 and 2. trail shows the order of sources; digits are source + 1. */
    double times[] = {0, STEPS(1)};
    RelayProjection projections[] = {
        {.name = "own", .source = 0, .target = 1, .rule = HIL_RULE_ALL, .weight = 1, .delay_kind = HIL_DELAY_PLANE},
        {.name = "one", .source = 0, .target = 1, .rule = HIL_RULE_ALL, .weight = 1, .delay_kind = HIL_DELAY_SLOT}};
    RelayNetwork n = {.populations = 2, .projections = 2, .sizes = {3, 1}, .projection = projections,
                      .drive_times = times, .drive_time_count = 2, .drive_amount = 1, .theta = 1, .delay = STEPS(1)};
    ImageBuilder *b = relay_build(&n);
    for (int threads = 1; threads <= 2; threads++) {
        HilSimulation *s = relay_run(b, threads, STEPS(8));
        /* own delays of sources 0, 1, 2: 0, 3, 1 steps.
         * step 1: own 1.  step 2: own stamp 1: 3, stamp 2: 1; one stamp 1: 123.  step 3: own stamp 2: 3; one stamp 2: 123.
         * step 4: own stamp 1: 2.  step 5: own stamp 2: 2. */
        ck_assert_double_eq(relay_value(s, 1, RELAY_TRAIL, 0), 131123312322.0);
        hil_simulation_free(s);
    }
    builder_free(b);
}
END_TEST

START_TEST(after_fires_late_and_arming_again_replaces) {
    double times[] = {0, STEPS(1), STEPS(10)};
    RelayNetwork n = {.populations = 1, .sizes = {2}, .drive_times = times, .drive_time_count = 3, .drive_amount = 1,
                      .theta = 1, .timed = true, .after = STEPS(4)};
    HilRecorder recorders[] = {relay_spikes_recorder(0, 1), relay_plane_recorder(0, RELAY_LATE)};
    n.recorders = recorders, n.recorder_count = 2;
    ImageBuilder *b = relay_build(&n);
    for (int threads = 1; threads <= 2; threads++) {
        HilSimulation *s = relay_run(b, threads, STEPS(20));
        /* spikes at 1, 2 and 11: the one at 2 replaces what was pending for 5 */
        expect_spikes(hil_simulation_spikes(s, 0), 4, (double[]){6, 6, 15, 15}, (uint32_t[]){0, 1, 0, 1});
        ck_assert_double_eq(relay_value(s, 0, RELAY_LATE, 1), 2);
        /* it happens at the start of the step that begins at 6: the sample at 6 is before, that at 7 after */
        const HilSignal *late = hil_simulation_signal(s, 1);
        ck_assert_double_eq(late->values[5 * 2], 0);
        ck_assert_double_eq(late->values[6 * 2], 1);
        hil_simulation_free(s);
    }
    builder_free(b);
}
END_TEST

START_TEST(a_timed_event_is_delivered_at_its_own_time) {
    double times[] = {0};
    RelayProjection p = {.name = "late", .source = 0, .target = 1, .rule = HIL_RULE_ALL, .weight = 1, .source_event = 1};
    RelayNetwork n = chain(&p, times, 1);
    HilRecorder recorder = relay_spikes_recorder(1, 0);
    n.timed = true, n.after = STEPS(3), n.sizes[0] = 70;
    n.recorders = &recorder, n.recorder_count = 1;
    ImageBuilder *b = relay_build(&n);
    for (int threads = 1; threads <= 3; threads++) {
        HilSimulation *s = relay_run(b, threads, STEPS(10));
        expect_spikes(hil_simulation_spikes(s, 0), 1, (double[]){5}, NULL); /* 1 + 3 due, fires in that step */
        hil_simulation_free(s);
    }
    builder_free(b);
}
END_TEST

START_TEST(recorders_sample_the_end_of_a_step) {
    RelayNetwork n = {.populations = 1, .sizes = {40}, .drive_every = STEPS(1), .drive_amount = 1, .theta = 1e9,
                      .record_every = STEPS(3), .record_views = 2};
    HilRecorder recorder = relay_plane_recorder(0, RELAY_V);
    n.recorders = &recorder, n.recorder_count = 1;
    ImageBuilder *b = relay_build(&n);
    for (int threads = 1; threads <= 2; threads++) {
        HilSimulation *s = relay_run(b, threads, STEPS(10));
        const HilSignal *v = hil_simulation_signal(s, 0);
        ck_assert_uint_eq(v->samples, 3);
        ck_assert_uint_eq(v->instances, 2);
        ck_assert_double_eq_tol(v->start, STEPS(3), 1e-12);
        for (size_t k = 0; k < 3; k++) ck_assert_double_eq(v->values[2 * k + 1], 3.0 * (double)(k + 1));
        hil_simulation_free(s);
    }
    builder_free(b);
}
END_TEST

START_TEST(drives_every_interval_and_on_some_cells) {
    double cells[] = {1, 35};
    RelayNetwork n = {.populations = 1, .sizes = {40}, .drive_every = STEPS(4), .drive_amount = 1, .theta = 1e9,
                      .drive_cells = cells, .drive_cell_count = 2};
    ImageBuilder *b = relay_build(&n);
    for (int threads = 1; threads <= 2; threads++) {
        HilSimulation *s = relay_run(b, threads, STEPS(10));
        ck_assert_double_eq(relay_value(s, 0, RELAY_V, 1), 3); /* steps 0, 4, 8 */
        ck_assert_double_eq(relay_value(s, 0, RELAY_V, 35), 3);
        ck_assert_double_eq(relay_value(s, 0, RELAY_V, 0), 0);
        hil_simulation_free(s);
    }
    builder_free(b);
}
END_TEST

START_TEST(stimuli_act_from_to_and_keep_their_values) {
    RelayNetwork n = {.populations = 1, .sizes = {1}, .theta = 1e9, .stimulus = true};
    ImageBuilder *b = relay_build(&n);
    HilError error;
    HilSimulation *s = relay_run(b, 1, 0);
    ck_assert_int_eq(hil_simulation_stimulate(s, 0, STEPS(2), STEPS(5), &error), 0); /* three steps of 0.5 */
    ck_assert(hil_simulation_set(s, hil_simulation_find_scalar(s, "amount"), 10, &error));
    ck_assert_int_eq(hil_simulation_stimulate(s, 0, STEPS(8), INFINITY, &error), 1);
    ck_assert_int_eq(hil_simulation_run(s, STEPS(10), RELAY_DT, &error), HIL_RUN_DONE);
    ck_assert_double_eq(relay_value(s, 0, RELAY_V, 0), 1.5 + 20);
    hil_simulation_stop_stimulus(s, 1);
    ck_assert_int_eq(hil_simulation_run(s, STEPS(10), RELAY_DT, &error), HIL_RUN_DONE);
    ck_assert_double_eq(relay_value(s, 0, RELAY_V, 0), 21.5);
    ck_assert_int_eq(hil_simulation_stimulate(s, 1, 0, 1, &error), -1);
    ck_assert_int_eq(hil_simulation_stimulate(s, 0, 2, 1, &error), -1);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(continuous_connections_see_the_values_at_t) {
    /* 0 -> 1 -> 2: each step I of the target gets V of the source as it stands before anyone advances. */
    RelayProjection p = {.name = "gap", .source = 0, .target = 0, .rule = HIL_RULE_RING, .arguments = {1},
                         .argument_count = 1};
    double times[] = {0}, cells[] = {0};
    RelayNetwork n = {.populations = 1, .projections = 1, .sizes = {5}, .projection = &p, .use_edges = true,
                      .drive_times = times, .drive_time_count = 1, .drive_cells = cells, .drive_cell_count = 1,
                      .drive_amount = 1, .theta = 1e9};
    ImageBuilder *b = relay_build(&n);
    for (int threads = 1; threads <= 2; threads++) {
        HilSimulation *s = relay_run(b, threads, STEPS(3));
        /* V := V + left + right on a ring of 5 from (1,0,0,0,0), twice */
        double expected[] = {3, 2, 1, 1, 2};
        for (int i = 0; i < 5; i++) ck_assert_double_eq(relay_value(s, 0, RELAY_V, i), expected[i]);
        hil_simulation_free(s);
    }
    builder_free(b);
}
END_TEST

START_TEST(runs_join_without_a_seam) {
    double times[] = {STEPS(2), STEPS(7)};
    RelayProjection p;
    HilRecorder recorder;
    RelayNetwork n = delayed_chain(&p, times, STEPS(4), &recorder);
    ImageBuilder *b = relay_build(&n);
    HilSimulation *s = relay_run(b, 1, STEPS(5));
    HilError error;
    for (int i = 0; i < 10; i++) ck_assert_int_eq(hil_simulation_run(s, STEPS(1), RELAY_DT, &error), HIL_RUN_DONE);
    expect_spikes(hil_simulation_spikes(s, 0), 2, (double[]){8, 13}, NULL);
    ck_assert_double_eq(hil_simulation_time(s), 15 * RELAY_DT);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(a_new_step_or_delay_keeps_what_is_under_way) {
    double times[] = {0, STEPS(8)};
    RelayProjection p;
    HilRecorder recorder;
    RelayNetwork n = delayed_chain(&p, times, STEPS(4), &recorder);
    ImageBuilder *b = relay_build(&n);
    HilError error;
    HilSimulation *s = relay_run(b, 1, STEPS(2)); /* spike stamped 1, due at 5 */
    ck_assert_int_eq(hil_simulation_run(s, STEPS(5), RELAY_DT / 2, &error), HIL_RUN_DONE); /* to 7 in half steps */
    ck_assert(hil_simulation_set(s, SLOT_DELAY, STEPS(1), &error));
    ck_assert_int_eq(hil_simulation_run(s, STEPS(7), RELAY_DT, &error), HIL_RUN_DONE);
    /* first: due at 5, answered at the end of a half step; second: stamped 9, due at 10, answered at 11 */
    expect_spikes(hil_simulation_spikes(s, 0), 2, (double[]){5.5, 11}, NULL);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(own_delays_refuse_a_new_step_under_way_only) {
    double times[] = {0};
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_ALL, .weight = 1,
                         .delay_kind = HIL_DELAY_PLANE};
    RelayNetwork n = chain(&p, times, 1);
    n.sizes[0] = 4;
    ImageBuilder *b = relay_build(&n);
    HilError error;
    HilSimulation *s = relay_run(b, 1, STEPS(2));
    ck_assert_int_eq(hil_simulation_run(s, STEPS(1), RELAY_DT / 2, &error), HIL_RUN_FAILED);
    ck_assert_ptr_nonnull(strstr(error.text, "AB"));
    hil_simulation_free(s);
    s = relay_run(b, 1, STEPS(9));
    ck_assert_int_eq(hil_simulation_run(s, STEPS(1), RELAY_DT / 2, &error), HIL_RUN_DONE);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(shared_out_edges_sum_in_their_order) {
    /* Shared out, by one thread alone, shared out again: the same input of each cell, of sums that do not commute. */
    RelayProjection p[] = {{.name = "a", .rule = HIL_RULE_ALL, .by_target = true},
                           {.name = "b", .rule = HIL_RULE_RING, .arguments = {2}, .argument_count = 1},
                           {.name = "c", .rule = HIL_RULE_PROBABILITY, .arguments = {0.3}, .argument_count = 1,
                            .by_target = true}};
    RelayNetwork n = {.populations = 1, .projections = 3, .sizes = {150}, .projection = p, .use_edges = true,
                      .drive_every = RELAY_DT, .drive_amount = 0.1, .theta = 1e30};
    ImageBuilder *b = relay_build(&n);
    double first[150];
    for (int threads = 1; threads <= 4; threads++) {
        HilSimulation *s = relay_run(b, threads, STEPS(4));
        HilError error;
        ck_assert_int_eq(hil_simulation_statistics(s).threads, threads);
        HilPlaneView w = hil_simulation_synapse_plane(s, 0, SYNAPSE_W);
        hil_plane_set_value(w, 150, 7); /* seen by the next run */
        ck_assert_int_eq(hil_simulation_run(s, STEPS(4), RELAY_DT, &error), HIL_RUN_DONE);
        for (int i = 0; i < 150; i++) {
            if (threads == 1) first[i] = relay_value(s, 0, RELAY_V, i);
            ck_assert(relay_value(s, 0, RELAY_V, i) == first[i]);
        }
        hil_simulation_free(s);
    }
    ck_assert(first[0] > 1 && first[0] != first[1]);
    builder_free(b);
}
END_TEST

/* ---- threads ----------------------------------------------------------------------------------------------------- */

START_TEST(any_number_of_threads_gives_the_same_bits) {
    RelayProjection projections[] = {
        {.name = "own", .source = 0, .target = 1, .rule = HIL_RULE_PROBABILITY, .arguments = {0.1}, .argument_count = 1,
         .delay_kind = HIL_DELAY_PLANE},
        {.name = "one", .source = 1, .target = 0, .rule = HIL_RULE_INDEGREE, .arguments = {7}, .argument_count = 1,
         .delay_kind = HIL_DELAY_SLOT},
        {.name = "self", .source = 0, .target = 0, .rule = HIL_RULE_OUTDEGREE, .arguments = {9}, .argument_count = 1},
        {.name = "late", .source = 0, .target = 1, .rule = HIL_RULE_TOTAL, .arguments = {900}, .argument_count = 1,
         .source_event = 1, .delay_kind = HIL_DELAY_SLOT}};
    double cells[60];
    for (int i = 0; i < 60; i++) cells[i] = (i * 37) % 333;
    RelayNetwork n = {.populations = 2, .projections = 4, .sizes = {333, 131}, .projection = projections,
                      .drive_every = STEPS(2), .drive_cells = cells, .drive_cell_count = 60, .drive_amount = 0.7,
                      .theta = 2.5, .delay = STEPS(3), .timed = true, .after = STEPS(2)};
    HilRecorder recorders[] = {relay_spikes_recorder(0, 0), relay_spikes_recorder(1, 0), relay_spikes_recorder(0, 1)};
    n.recorders = recorders, n.recorder_count = 3;
    ImageBuilder *b = relay_build(&n);
    HilSimulation *one = relay_run(b, 1, STEPS(200));
    ck_assert_uint_gt(hil_simulation_spikes(one, 1)->count, 1000);
    for (int threads = 2; threads <= 4; threads++) {
        HilSimulation *s = relay_run(b, threads, STEPS(200));
        ck_assert_int_eq(hil_simulation_statistics(s).threads, threads);
        for (int32_t p = 0; p < 2; p++)
            for (int32_t plane = 0; plane < RELAY_PLANES; plane++) {
                HilPlaneView a = hil_simulation_plane(one, p, plane), c = hil_simulation_plane(s, p, plane);
                ck_assert_mem_eq(a.data, c.data, (size_t)a.count * sizeof(double));
            }
        for (int32_t r = 0; r < 3; r++) {
            const HilSpikeTrain *a = hil_simulation_spikes(one, r), *c = hil_simulation_spikes(s, r);
            ck_assert_uint_eq(a->count, c->count);
            ck_assert_mem_eq(a->times, c->times, a->count * sizeof *a->times);
            ck_assert_mem_eq(a->ids, c->ids, a->count * sizeof *a->ids);
        }
        hil_simulation_free(s);
    }
    hil_simulation_free(one);
    builder_free(b);
}
END_TEST

START_TEST(a_run_that_is_told_to_stop_keeps_its_records) {
    RelayNetwork n = {.populations = 1, .sizes = {4}, .drive_every = STEPS(1), .drive_amount = 1, .theta = 1};
    HilRecorder recorder = relay_spikes_recorder(0, 0);
    n.recorders = &recorder, n.recorder_count = 1;
    ImageBuilder *b = relay_build(&n);
    atomic_bool stop = true;
    HilSettings settings = hil_settings_default();
    settings.stop = &stop;
    HilSimulation *s = builder_simulation(b, &settings);
    HilError error;
    ck_assert_int_eq(hil_simulation_run(s, STEPS(1000), RELAY_DT, &error), HIL_RUN_STOPPED);
    ck_assert_uint_eq(hil_simulation_step(s), 1);
    ck_assert_uint_eq(hil_simulation_spikes(s, 0)->count, 4);
    stop = false;
    ck_assert_int_eq(hil_simulation_run(s, STEPS(2), RELAY_DT, &error), HIL_RUN_DONE);
    ck_assert_uint_eq(hil_simulation_spikes(s, 0)->count, 12);
    hil_simulation_free(s);
    builder_free(b);
}
END_TEST

START_TEST(a_value_that_overflows_is_named) {
    RelayNetwork n = {.populations = 1, .sizes = {70}, .theta = INFINITY, .grows = true};
    ImageBuilder *b = relay_build(&n);
    for (int threads = 1; threads <= 2; threads++) {
        HilSettings settings = hil_settings_default();
        settings.threads = threads;
        HilSimulation *s = builder_simulation(b, &settings);
        HilError error;
        ck_assert_int_eq(hil_simulation_run(s, STEPS(10), RELAY_DT, &error), HIL_RUN_FAILED);
        ck_assert_str_eq(error.text, "V of P0[2] became infinite at t = 2 ms (test.hil:7); a shorter step may help");
        hil_simulation_free(s);
    }
    builder_free(b);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        GROUP("meaning"),
        TEST(a_spike_is_stamped_with_the_end_of_its_step),
        TEST(a_delay_postpones_by_whole_steps),
        TEST(arrivals_come_by_projection_then_stamp_then_source),
        TEST(after_fires_late_and_arming_again_replaces),
        TEST(a_timed_event_is_delivered_at_its_own_time),
        TEST(recorders_sample_the_end_of_a_step),
        TEST(drives_every_interval_and_on_some_cells),
        TEST(stimuli_act_from_to_and_keep_their_values),
        TEST(continuous_connections_see_the_values_at_t),
        GROUP("phases"),
        TEST(runs_join_without_a_seam),
        TEST(a_new_step_or_delay_keeps_what_is_under_way),
        TEST(own_delays_refuse_a_new_step_under_way_only),
        GROUP("threads"),
        TEST(any_number_of_threads_gives_the_same_bits),
        TEST(shared_out_edges_sum_in_their_order),
        TEST(a_run_that_is_told_to_stop_keeps_its_records),
        TEST(a_value_that_overflows_is_named),
    };
    return SUITE_RUN("step", rows);
}
