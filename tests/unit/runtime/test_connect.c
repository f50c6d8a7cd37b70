/* Topology rules: degrees exact or distributed as they must be, no self connections, no doubles, nothing impossible
 * accepted; rows in order; values of synapses; delays. */
#include "relay.h"
#include "folder.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Wired {
    ImageBuilder *b;
    HilSimulation *s;
    int64_t count;
    uint32_t *sources, *targets;
} Wired;

static RelayNetwork pair(const RelayProjection *p, double sources, double targets) {
    return (RelayNetwork){.populations = 2, .projections = 1, .sizes = {sources, targets}, .projection = p, .theta = 1};
}

static bool try_build(Wired *w, const RelayNetwork *n, uint64_t seed, int threads, HilError *error) {
    HilSettings settings = hil_settings_default();
    settings.seed = seed;
    settings.threads = threads;
    *w = (Wired){.b = relay_build(n)};
    w->s = builder_simulation(w->b, &settings);
    if (!hil_simulation_build(w->s, RELAY_DT, error)) return false;
    w->count = hil_simulation_projection_size(w->s, 0);
    w->sources = calloc((size_t)w->count + 1, sizeof *w->sources);
    w->targets = calloc((size_t)w->count + 1, sizeof *w->targets);
    hil_simulation_synapses(w->s, 0, w->sources, w->targets);
    return true;
}

static Wired wire(const RelayNetwork *n, uint64_t seed) {
    Wired w;
    HilError error;
    ck_assert_msg(try_build(&w, n, seed, 0, &error), "%s", error.text);
    return w;
}

static void unwire(Wired *w) {
    free(w->sources);
    free(w->targets);
    hil_simulation_free(w->s);
    builder_free(w->b);
}

static void expect_count(const RelayNetwork *n, uint64_t seed, int64_t count) {
    Wired w = wire(n, seed);
    ck_assert_int_eq(w.count, count);
    unwire(&w);
}

static int in_degree(const Wired *w, uint32_t cell) {
    int degree = 0;
    for (int64_t j = 0; j < w->count; j++) degree += w->targets[j] == cell;
    return degree;
}
static int out_degree(const Wired *w, uint32_t cell) {
    int degree = 0;
    for (int64_t j = 0; j < w->count; j++) degree += w->sources[j] == cell;
    return degree;
}

/* Rows by source, ascending; strictly where a pair may be connected once only. */
static void expect_order(const Wired *w, bool strictly) {
    for (int64_t j = 1; j < w->count; j++) {
        bool rises = w->sources[j] > w->sources[j - 1] ||
                     (w->sources[j] == w->sources[j - 1] &&
                      (strictly ? w->targets[j] > w->targets[j - 1] : w->targets[j] >= w->targets[j - 1]));
        ck_assert(rises);
    }
}

static void expect_no_self(const Wired *w) {
    for (int64_t j = 0; j < w->count; j++) ck_assert_uint_ne(w->sources[j], w->targets[j]);
}

START_TEST(dense_connects_all) {
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_ALL};
    RelayNetwork n = pair(&p, 7, 5);
    Wired w = wire(&n, 1);
    ck_assert_int_eq(w.count, 35);
    expect_order(&w, true);
    for (int64_t j = 0; j < w.count; j++)
        ck_assert_double_eq(hil_plane_value(hil_simulation_synapse_plane(w.s, 0, SYNAPSE_W), j),
                            relay_weight(w.sources[j], w.targets[j]));
    unwire(&w);
    p.target = 0;
    w = wire(&n, 1);
    ck_assert_int_eq(w.count, 42);
    expect_no_self(&w);
    unwire(&w);
    p.flags = HIL_ALLOW_SELF;
    expect_count(&n, 1, 49);
}
END_TEST

START_TEST(indegree_gives_each_target_k_different_sources) {
    RelayProjection p = {.name = "AA", .source = 0, .target = 0, .rule = HIL_RULE_INDEGREE, .arguments = {8},
                         .argument_count = 1};
    RelayNetwork n = pair(&p, 50, 1);
    Wired w = wire(&n, 3);
    expect_order(&w, true);
    expect_no_self(&w);
    for (uint32_t i = 0; i < 50; i++) ck_assert_int_eq(in_degree(&w, i), 8);
    unwire(&w);
    p.arguments[0] = 49; /* every other cell */
    w = wire(&n, 3);
    ck_assert_int_eq(w.count, 50 * 49);
    expect_no_self(&w);
    unwire(&w);
    p.arguments[0] = 200, p.flags = HIL_ALLOW_MULTAPSES;
    w = wire(&n, 3);
    expect_order(&w, false);
    for (uint32_t i = 0; i < 50; i++) ck_assert_int_eq(in_degree(&w, i), 200);
    unwire(&w);
}
END_TEST

START_TEST(outdegree_gives_each_source_k_different_targets) {
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_OUTDEGREE, .arguments = {6},
                         .argument_count = 1};
    RelayNetwork n = pair(&p, 30, 40);
    Wired w = wire(&n, 4);
    expect_order(&w, true);
    for (uint32_t i = 0; i < 30; i++) ck_assert_int_eq(out_degree(&w, i), 6);
    unwire(&w);
}
END_TEST

START_TEST(total_makes_exactly_n) {
    const double totals[] = {0, 1, 100, 1100, 1560}; /* of 40*39 pairs: few, most (drawn as their complement), all */
    for (size_t k = 0; k < sizeof totals / sizeof *totals; k++) {
        RelayProjection p = {.name = "AA", .source = 0, .target = 0, .rule = HIL_RULE_TOTAL, .arguments = {totals[k]},
                             .argument_count = 1};
        RelayNetwork n = pair(&p, 40, 1);
        Wired w = wire(&n, 5);
        ck_assert_int_eq(w.count, (int64_t)totals[k]);
        expect_order(&w, true);
        expect_no_self(&w);
        unwire(&w);
    }
}
END_TEST

START_TEST(probability_is_binomial) {
    /* 400*500 trials at p = 0.05: mean 10000, standard deviation sqrt(9500) = 97.5. Six of them: one false alarm in 5e8.
     * Degrees: the variance of the outdegrees is 500*p*(1-p) = 23.75; its estimate from 400 has a relative standard
     * deviation of sqrt(2/399) = 0.07. */
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_PROBABILITY, .arguments = {0.05},
                         .argument_count = 1};
    RelayNetwork n = pair(&p, 400, 500);
    Wired w = wire(&n, 6);
    expect_order(&w, true);
    ck_assert_double_eq_tol((double)w.count, 10000, 6 * 97.5);
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < 400; i++) {
        double degree = out_degree(&w, i);
        sum += degree;
        squares += degree * degree;
    }
    double variance = squares / 400 - (sum / 400) * (sum / 400);
    ck_assert_double_eq_tol(variance, 23.75, 6 * 0.07 * 23.75);
    /* no target is favoured: halves of the targets share the synapses, standard deviation sqrt(n)/2 = 50 */
    int64_t low = 0;
    for (int64_t j = 0; j < w.count; j++) low += w.targets[j] < 250;
    ck_assert_double_eq_tol((double)low, (double)w.count / 2, 6 * 50);
    unwire(&w);
    p.arguments[0] = 1;
    expect_count(&n, 6, 400 * 500);
    p.arguments[0] = 0;
    expect_count(&n, 6, 0);
}
END_TEST

START_TEST(a_row_depends_on_the_seed_and_its_source_alone) {
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_PROBABILITY, .arguments = {0.1},
                         .argument_count = 1};
    RelayNetwork few = pair(&p, 20, 300), more = pair(&p, 60, 300);
    Wired a = wire(&few, 7), b = wire(&more, 7), c = wire(&few, 8);
    ck_assert_int_gt(a.count, 400);
    ck_assert_mem_eq(a.targets, b.targets, (size_t)a.count * sizeof *a.targets);
    ck_assert(a.count != c.count || memcmp(a.targets, c.targets, (size_t)a.count * sizeof *a.targets));
    unwire(&a);
    unwire(&b);
    unwire(&c);
}
END_TEST

/* Enough synapses that threads make them in pieces. */
START_TEST(threads_make_the_same_rows) {
    const RelayProjection rules[] = {
        {.name = "P", .source = 0, .target = 1, .rule = HIL_RULE_PROBABILITY, .arguments = {0.4}, .argument_count = 1},
        {.name = "I", .source = 0, .target = 1, .rule = HIL_RULE_INDEGREE, .arguments = {400}, .argument_count = 1},
        {.name = "O", .source = 0, .target = 1, .rule = HIL_RULE_OUTDEGREE, .arguments = {450}, .argument_count = 1},
        {.name = "W",
         .source = 0,
         .target = 0,
         .rule = HIL_RULE_SMALL_WORLD,
         .arguments = {200, 0.2},
         .argument_count = 2},
    };
    for (size_t k = 0; k < sizeof rules / sizeof *rules; k++) {
        RelayNetwork n = pair(&rules[k], 1403, 1501);
        HilError error;
        Wired one, more;
        ck_assert(try_build(&one, &n, 9, 1, &error));
        ck_assert_int_gt(one.count, 2 << 18);
        for (int threads = 2; threads < 4; threads++) {
            ck_assert(try_build(&more, &n, 9, threads, &error));
            ck_assert_int_eq(hil_simulation_statistics(more.s).threads, threads);
            ck_assert_int_eq(one.count, more.count);
            ck_assert_mem_eq(one.sources, more.sources, (size_t)one.count * sizeof *one.sources);
            ck_assert_mem_eq(one.targets, more.targets, (size_t)one.count * sizeof *one.targets);
            HilPlaneView a = hil_simulation_synapse_plane(one.s, 0, SYNAPSE_W),
                         b = hil_simulation_synapse_plane(more.s, 0, SYNAPSE_W);
            int64_t differing = 0;
            for (int64_t j = 0; j < one.count; j++) differing += hil_plane_value(a, j) != hil_plane_value(b, j);
            ck_assert_int_eq(differing, 0);
            unwire(&more);
        }
        unwire(&one);
    }
}
END_TEST

START_TEST(rings_and_small_worlds) {
    RelayProjection p = {.name = "AA", .source = 0, .target = 0, .rule = HIL_RULE_RING, .arguments = {2},
                         .argument_count = 1};
    RelayNetwork n = pair(&p, 10, 1);
    Wired w = wire(&n, 1);
    ck_assert_int_eq(w.count, 40);
    expect_order(&w, true);
    for (int64_t j = 0; j < w.count; j++) {
        uint32_t d = (w.targets[j] + 10 - w.sources[j]) % 10;
        ck_assert(d == 1 || d == 2 || d == 8 || d == 9);
    }
    unwire(&w);
    /* rewiring moves a connection with probability 0.3: of 200*2*3 = 1200 some 360 leave the ring, standard deviation
     * sqrt(1200*0.3*0.7) = 15.9 */
    RelayProjection q = {.name = "SW", .source = 0, .target = 0, .rule = HIL_RULE_SMALL_WORLD, .arguments = {3, 0.3},
                         .argument_count = 2};
    RelayNetwork m = pair(&q, 200, 1);
    w = wire(&m, 1);
    ck_assert_int_eq(w.count, 1200);
    expect_order(&w, true);
    expect_no_self(&w);
    int moved = 0;
    for (int64_t j = 0; j < w.count; j++) {
        uint32_t d = (w.targets[j] + 200 - w.sources[j]) % 200;
        moved += d > 3 && d < 197;
    }
    ck_assert_double_eq_tol(moved, 360, 6 * 15.9);
    for (uint32_t i = 0; i < 200; i++) ck_assert_int_eq(out_degree(&w, i), 6);
    unwire(&w);
}
END_TEST

START_TEST(views_wire_only_their_cells) {
    double from[] = {9, 2, 5}, to[] = {8, 0, 4};
    RelayProjection p = {.name = "AA", .source = 0, .target = 0, .rule = HIL_RULE_ONE_TO_ONE, .source_view = from,
                         .target_view = to, .source_count = 3, .target_count = 3};
    RelayNetwork n = pair(&p, 10, 1);
    Wired w = wire(&n, 1);
    ck_assert_int_eq(w.count, 3);
    uint32_t sources[] = {2, 5, 9}, targets[] = {0, 4, 8};
    ck_assert_mem_eq(w.sources, sources, sizeof sources);
    ck_assert_mem_eq(w.targets, targets, sizeof targets);
    unwire(&w);
    double same[] = {8, 2, 4};
    p.rule = HIL_RULE_ALL, p.source_view = same; /* 8 and 4 are on both sides */
    w = wire(&n, 1);
    ck_assert_int_eq(w.count, 7);
    expect_no_self(&w);
    unwire(&w);
}
END_TEST

START_TEST(a_condition_chooses_cells_once) {
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_ONE_TO_ONE, .from_odd = true};
    double first = 0;
    RelayNetwork n = {.populations = 2, .projections = 1, .sizes = {9, 4}, .projection = &p, .theta = 10,
                      .drive_times = &first, .drive_time_count = 1, .drive_amount = 1};
    Wired w = wire(&n, 1); /* four odd cells onto four, though memory was planned for all nine */
    uint32_t sources[] = {1, 3, 5, 7}, targets[] = {0, 1, 2, 3};
    ck_assert_int_eq(w.count, 4);
    ck_assert_mem_eq(w.sources, sources, sizeof sources);
    ck_assert_mem_eq(w.targets, targets, sizeof targets);
    HilError error;
    ck_assert_int_eq(hil_simulation_run(w.s, 3 * RELAY_DT, RELAY_DT, &error), HIL_RUN_DONE);
    ck_assert_double_eq(relay_value(w.s, 0, RELAY_V, 1), 1); /* the condition holds nowhere any more */
    double *cells;
    int64_t count;
    ck_assert(hil_simulation_select(w.s, 0, &cells, &count, &error));
    ck_assert_int_eq(count, 4);
    for (int i = 0; i < 4; i++) ck_assert_double_eq(cells[i], sources[i]);
    free(cells);
    ck_assert(!hil_simulation_select(w.s, 1, &cells, &count, &error));
    ck_assert(!hil_simulation_select(w.s, -1, &cells, &count, &error));
    unwire(&w);
    n.sizes[1] = 9; /* a rule that does not suit the cells chosen */
    ck_assert(!try_build(&w, &n, 1, 0, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "equal sizes"));
    unwire(&w);
}
END_TEST

START_TEST(a_kernel_may_be_the_rule) {
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_PROBABILITY, .by_kernel = true};
    RelayNetwork n = pair(&p, 10, 100);
    Wired w = wire(&n, 1);
    int64_t expected = 0;
    for (int s = 0; s < 10; s++)
        for (int t = 0; t < 100; t++) expected += (s + t) % 3 == 0;
    ck_assert_int_eq(w.count, expected);
    for (int64_t j = 0; j < w.count; j++) ck_assert_uint_eq((w.sources[j] + w.targets[j]) % 3, 0);
    unwire(&w);
}
END_TEST

START_TEST(large_targets_take_32_bits) {
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_OUTDEGREE, .arguments = {5},
                         .argument_count = 1};
    RelayNetwork n = pair(&p, 40, 70000);
    Wired w = wire(&n, 1);
    uint32_t largest = 0;
    for (int64_t j = 0; j < w.count; j++) largest = w.targets[j] > largest ? w.targets[j] : largest;
    ck_assert_uint_gt(largest, 65535); /* all 200 draws below: (65536/70000)^200 = 2e-6 */
    ck_assert_uint_lt(largest, 70000);
    unwire(&w);
}
END_TEST

START_TEST(edge_lists_bring_weights_and_delays) {
    static const char text[] = "source,target,weight,delay[ms]\n2,1,0.5,3\n0,2,0.25,1\n2,0,0.75,1\n";
    char path[512];
    file_make(path, ".csv", text, sizeof text - 1);
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_EDGES, .path = path,
                         .delay_kind = HIL_DELAY_PLANE};
    RelayNetwork n = pair(&p, 3, 3);
    HilError error;
    Wired w;
    bool good = try_build(&w, &n, 1, 0, &error);
    unlink(path);
    ck_assert_msg(good, "%s", error.text);
    ck_assert_int_eq(w.count, 3);
    double weights[] = {0.25, 0.75, 0.5}, delays[] = {1e-3, 1e-3, 3e-3};
    for (int64_t j = 0; j < 3; j++) {
        ck_assert_double_eq(hil_plane_value(hil_simulation_synapse_plane(w.s, 0, SYNAPSE_W), j), weights[j]);
        ck_assert_double_eq(hil_plane_value(hil_simulation_synapse_plane(w.s, 0, SYNAPSE_DELAY), j), delays[j]);
    }
    unwire(&w);
    ck_assert(!try_build(&w, &n, 1, 0, &error)); /* the file is gone */
    ck_assert_ptr_nonnull(strstr(error.text, path));
    unwire(&w);
}
END_TEST

START_TEST(rows_with_own_delays_are_sorted_by_them) {
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_ALL, .delay_kind = HIL_DELAY_PLANE};
    RelayNetwork n = pair(&p, 6, 40);
    Wired w = wire(&n, 1);
    HilPlaneView delay = hil_simulation_synapse_plane(w.s, 0, SYNAPSE_DELAY);
    HilPlaneView weight = hil_simulation_synapse_plane(w.s, 0, SYNAPSE_W);
    for (int64_t j = 0; j < w.count; j++) {
        unsigned steps = relay_delay(w.sources[j], w.targets[j]);
        ck_assert_double_eq(hil_plane_value(delay, j), steps * RELAY_DT);
        ck_assert_double_eq(hil_plane_value(weight, j), relay_weight(w.sources[j], w.targets[j]));
        if (j == 0 || w.sources[j] != w.sources[j - 1]) continue;
        unsigned before = relay_delay(w.sources[j - 1], w.targets[j - 1]);
        ck_assert(before < steps || (before == steps && w.targets[j - 1] < w.targets[j]));
    }
    unwire(&w);
}
END_TEST

/* ---- what is refused --------------------------------------------------------------------------------------------- */

typedef struct Refusal {
    RelayProjection projection;
    double sources, targets;
    const char *says;
} Refusal;

static const Refusal refusals[] = {
    {{.name = "AB", .target = 1, .rule = HIL_RULE_ONE_TO_ONE}, 4, 5,
     "connection AB (test.hil:12): one_to_one needs equal sizes, but P0 has 4 cells and P1 has 5"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_PROBABILITY, .arguments = {1.5}, .argument_count = 1}, 4, 5,
     "connection AB (test.hil:12): a probability of 1.5; it must lie in 0 .. 1"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_PROBABILITY, .arguments = {NAN}, .argument_count = 1}, 4, 5,
     "a probability of nan"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_INDEGREE, .arguments = {5}, .argument_count = 1}, 4, 5,
     "indegree 5 needs as many different partners, but P0 offers 4"},
    {{.name = "AA", .target = 0, .rule = HIL_RULE_INDEGREE, .arguments = {4}, .argument_count = 1}, 4, 5,
     "but P0 offers 3 besides the cell itself"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_OUTDEGREE, .arguments = {-1}, .argument_count = 1}, 4, 5,
     "outdegree is -1; it must be a whole number, zero or more"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_OUTDEGREE, .arguments = {2.5}, .argument_count = 1}, 4, 5,
     "outdegree is 2.5"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_TOTAL, .arguments = {21}, .argument_count = 1}, 4, 5,
     "21 synapses in all, but only 20 different pairs of cells exist"},
    {{.name = "AA", .target = 0, .rule = HIL_RULE_RING, .arguments = {2}, .argument_count = 1}, 4, 5,
     "2 neighbours on each side need more than 4 cells; P0 has 4"},
    {{.name = "AA", .target = 0, .rule = HIL_RULE_SMALL_WORLD, .arguments = {1, -0.1}, .argument_count = 2}, 4, 5,
     "a probability of -0.1"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_ALL, .source_view = (const double[]){1, 4}, .source_count = 2}, 4, 5,
     "P0 has no cell 4: its cells are 0 .. 3 (test.hil:12)"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_ALL, .target_view = (const double[]){1, 1}, .target_count = 2}, 4, 5,
     "cell 1 of P1 is listed twice"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_ALL, .weight = -1, .delay_kind = HIL_DELAY_PLANE}, 4, 5,
     "connection AB (test.hil:12): the synapse from P0[1] to P1[0] has a delay of -1 ms; it must be zero or more"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_ALL}, -1, 5,
     "population P0 (test.hil:11) has a size of -1; it must be a whole number in 0 .. 2147483647"},
    {{.name = "AB", .target = 1, .rule = HIL_RULE_ALL}, 3.5, 5, "population P0 (test.hil:11) has a size of 3.5"},
};

START_TEST(what_is_impossible_is_refused_with_its_place) {
    const Refusal *r = &refusals[_i];
    RelayNetwork n = pair(&r->projection, r->sources, r->targets);
    Wired w;
    HilError error;
    ck_assert(!try_build(&w, &n, 1, 0, &error));
    ck_assert_msg(strstr(error.text, r->says) != NULL, "%s", error.text);
    unwire(&w);
}
END_TEST

START_TEST(empty_populations_are_no_error) {
    RelayProjection p = {.name = "AB", .source = 0, .target = 1, .rule = HIL_RULE_ALL};
    RelayNetwork n = pair(&p, 0, 5);
    HilError error;
    Wired w = wire(&n, 1);
    ck_assert_int_eq(w.count, 0);
    ck_assert_int_eq(hil_simulation_run(w.s, 5 * RELAY_DT, RELAY_DT, &error), HIL_RUN_DONE);
    unwire(&w);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        GROUP("rules"),
        TEST(dense_connects_all),
        TEST(indegree_gives_each_target_k_different_sources),
        TEST(outdegree_gives_each_source_k_different_targets),
        TEST(total_makes_exactly_n),
        TEST(probability_is_binomial),
        TEST(a_row_depends_on_the_seed_and_its_source_alone),
        TEST(threads_make_the_same_rows),
        TEST(rings_and_small_worlds),
        TEST(views_wire_only_their_cells),
        TEST(a_condition_chooses_cells_once),
        TEST(a_kernel_may_be_the_rule),
        TEST(large_targets_take_32_bits),
        TEST(edge_lists_bring_weights_and_delays),
        TEST(rows_with_own_delays_are_sorted_by_them),
        GROUP("refused"),
        LOOP(what_is_impossible_is_refused_with_its_place, ROWS(refusals)),
        TEST(empty_populations_are_no_error),
    };
    return SUITE_RUN("connect", rows);
}
