/* Reductions against closed forms and counts by hand. Tolerances: exact where the arithmetic is, a few ulp for sums and
 * roots, and where a method approximates (spectra, fits, sampling) the error it is known to make. */
#include "hillock/host.h"
#include "hillock/random.h"
#include "suite.h"

#include <ctype.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 4096 };

static HilPool *pool;
static HilError error;
static double buffer[1 << 17];
static uint32_t cells[1 << 17];

static void open_pool(void) {
    pool = hil_pool_new();
    error.text[0] = '\0';
}

static void close_pool(void) {
    hil_pool_free(pool);
}

static HilValue numbers(size_t count, const double *values) {
    HilValue value;
    ck_assert(hil_value_numbers(pool, values, count, &value, &error));
    return value;
}
#define LIST(...) numbers(sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

static HilValue signal_of(size_t count, size_t instances, double start, double every) {
    HilValue value;
    ck_assert(hil_value_signal(pool, buffer, NULL, instances, count, start, every, "mV", &value, &error));
    return value;
}

static HilValue spikes_of(size_t count, size_t size, double from, double to) {
    HilValue value;
    ck_assert_msg(hil_value_spikes(pool, buffer, cells, count, size, from, to, &value, &error), "%s", error.text);
    return value;
}

static HilValue reduce(const char *name, int count, const HilValue *arguments) {
    HilValue result = hil_value_missing();
    int reduction = hil_reduction_find(name);
    ck_assert_msg(reduction >= 0, "%s", name);
    ck_assert_msg(hil_reduction_apply(pool, reduction, arguments, count, &result, &error), "%s: %s", name, error.text);
    return result;
}

static double number(const char *name, int count, const HilValue *arguments) {
    HilValue result = reduce(name, count, arguments);
    ck_assert_msg(result.kind == HIL_KIND_NUMBER, "%s gives a %s", name, hil_kind_name(result.kind));
    return result.as.number;
}
#define ARGUMENTS(...) (int)(sizeof((HilValue[]){__VA_ARGS__}) / sizeof(HilValue)), (HilValue[]){__VA_ARGS__}
#define OF(name, ...) number(name, ARGUMENTS(__VA_ARGS__))
#define VALUE(name, ...) reduce(name, ARGUMENTS(__VA_ARGS__))
#define N(x) hil_value_number(x)

static void assert_list(HilValue found, size_t count, const double *expected, double tolerance) {
    ck_assert_int_eq(found.kind, HIL_KIND_LIST);
    ck_assert_uint_eq(found.as.list->count, count);
    for (size_t k = 0; k < count; k++)
        ck_assert_msg(fabs(found.as.list->numbers[k] - expected[k]) <= tolerance, "[%zu] is %.17g, not %.17g", k,
                      found.as.list->numbers[k], expected[k]);
}
#define ASSERT_LIST(found, tolerance, ...)                                                                            \
    assert_list(found, sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__}, tolerance)
static void assert_near(double found, double expected, double tolerance) {
    ck_assert_msg(fabs(found - expected) <= tolerance, "%.17g, not %.17g within %g", found, expected, tolerance);
}
#define ASSERT_NEAR(found, expected, tolerance) assert_near(found, expected, tolerance)

/* ---- the table ----------------------------------------------------------------------------------------------- */

START_TEST(every_row_is_well_formed_and_refuses_nonsense) {
    HilValue text;
    ck_assert(hil_value_text(pool, "word", 4, &text, &error));
    for (int k = 0; k < HIL_REDUCTION_ROWS; k++) {
        const char *signature = hil_reduction_signature(k), *colon = strchr(signature, ':');
        ck_assert_int_eq(hil_reduction_find(hil_reduction_name(k)), k);
        ck_assert_msg(colon && strchr("nlsbprk", colon[1]) && colon[2] == '\0', "%s", signature);
        int arguments = 0;
        for (const char *c = signature; c < colon; c++) {
            ck_assert_msg(strchr("vspweabntfulm?", *c), "%s", signature);
            arguments += *c != '?';
        }
        HilValue result, too_many[5] = {text, text, text, text, text};
        ck_assert(!hil_reduction_apply(pool, k, too_many, arguments + 1, &result, &error));
        if (signature[0] != 'a') { /* a text has elements */
            ck_assert(!hil_reduction_apply(pool, k, too_many, arguments, &result, &error));
            ck_assert_ptr_nonnull(strstr(error.text, hil_reduction_name(k)));
        }
        HilValue missing[4] = {{0}};
        ck_assert_msg(hil_reduction_apply(pool, k, missing, arguments, &result, &error), "%s", error.text);
        ck_assert_int_eq(result.kind, HIL_KIND_MISSING);
    }
    HilValue result;
    ck_assert(!hil_reduction_apply(pool, -1, NULL, 0, &result, &error));
    ck_assert(!hil_reduction_apply(pool, HIL_REDUCTION_ROWS, NULL, 0, &result, &error));
    ck_assert_int_eq(hil_reduction_find("nothing of the kind"), -1);
}
END_TEST

START_TEST(nothing_gives_missing_or_zero) {
    static const char *const missing[] = {"max", "min", "mean", "var", "std", "cv", "median", "amplitude", "first",
                                          "last", "argmax", "argmin"};
    for (size_t k = 0; k < sizeof missing / sizeof missing[0]; k++)
        ck_assert_int_eq(VALUE(missing[k], numbers(0, NULL)).kind, HIL_KIND_MISSING);
    ck_assert(OF("sum", numbers(0, NULL)) == 0);
    ck_assert(OF("count", numbers(0, NULL)) == 0);
    ck_assert(VALUE("all", numbers(0, NULL)).as.boolean);
    ck_assert(!VALUE("any", numbers(0, NULL)).as.boolean);
}
END_TEST

/* ---- values -------------------------------------------------------------------------------------------------- */

START_TEST(values_reduce_as_by_hand) {
    HilValue x = LIST(3, 1, 4, 1, 5);
    ck_assert(OF("max", x) == 5 && OF("min", x) == 1 && OF("sum", x) == 14 && OF("mean", x) == 2.8);
    ck_assert(OF("count", x) == 5 && OF("first", x) == 3 && OF("last", x) == 5 && OF("amplitude", x) == 4);
    ck_assert(OF("argmax", x) == 4 && OF("argmin", x) == 1 && OF("median", x) == 3);
    ASSERT_NEAR(OF("var", x), 2.56, 4 * DBL_EPSILON); /* (0.2^2 + 1.8^2 + 1.2^2 + 1.8^2 + 2.2^2)/5 */
    ASSERT_NEAR(OF("std", x), 1.6, 4 * DBL_EPSILON);
    ASSERT_NEAR(OF("cv", x), 1.6 / 2.8, 4 * DBL_EPSILON);
    ck_assert(OF("percentile", x, N(0)) == 1 && OF("percentile", x, N(1)) == 5 && OF("percentile", x, N(0.25)) == 1);
    ASSERT_NEAR(OF("percentile", LIST(10, 20), N(0.3)), 13, 8 * DBL_EPSILON * 13);
    ck_assert(OF("index_of", x, N(4)) == 2);
    ck_assert_int_eq(VALUE("index_of", x, N(7)).kind, HIL_KIND_MISSING);
    ASSERT_LIST(VALUE("diff", x), 0, -2, 3, -3, 4);
    ASSERT_LIST(VALUE("sorted", x), 0, 1, 1, 3, 4, 5);
    ASSERT_LIST(VALUE("cumulative", x), 0, 3, 4, 8, 9, 14);
    ASSERT_LIST(VALUE("histogram", x, N(2)), 0, 2, 3);        /* 1 .. 3 and 3 .. 5: 3 is in the second */
    ASSERT_LIST(VALUE("histogram", x, N(2), N(1), N(4)), 0, 2, 2);
    ASSERT_NEAR(OF("sum", LIST(1, 1e100, 1, -1e100)), 2, 0);  /* Neumaier's example */
    HilValue result;
    ck_assert(!hil_reduction_apply(pool, hil_reduction_find("percentile"), (HilValue[]){x, N(25)}, 2, &result, &error));
}
END_TEST

START_TEST(booleans_count_and_missing_ones_are_left_out) {
    HilValue items[4] = {hil_value_boolean(true), hil_value_boolean(false), hil_value_boolean(true),
                         hil_value_boolean(true)}, list, holes;
    ck_assert(hil_value_list(pool, items, 4, &list, &error));
    ck_assert(OF("count", list) == 3 && OF("mean", list) == 0.75);
    ck_assert(!VALUE("all", list).as.boolean && VALUE("any", list).as.boolean);
    HilValue some[3] = {N(2), hil_value_missing(), N(4)};
    ck_assert(hil_value_list(pool, some, 3, &holes, &error));
    ck_assert(OF("mean", holes) == 3);
}
END_TEST

START_TEST(vectors_have_products_and_angles) {
    HilValue x = LIST(1.2, 2.2, 3.3, 2.5), w = LIST(0.4, 0.6, -0.7, 1.1);
    ASSERT_NEAR(OF("dot", x, w), 2.24, 8 * DBL_EPSILON); /* the perceptron of the seed, without its bias */
    ck_assert(OF("norm", LIST(3, 4)) == 5);
    ASSERT_NEAR(OF("angle", LIST(1, 0), LIST(1, 1)), M_PI / 4, 8 * DBL_EPSILON);
    ASSERT_NEAR(OF("angle", LIST(1, 0), LIST(-2, 0)), M_PI, 8 * DBL_EPSILON);
    ASSERT_NEAR(OF("angle", LIST(1, 0), LIST(1, 1e-9)), 1e-9, 1e-24);
    ASSERT_NEAR(OF("cosine", LIST(1, 0), LIST(0.5, 0)), 1, 0);
    ASSERT_NEAR(OF("correlation", LIST(1, 2, 3), LIST(5, 3, 1)), -1, 4 * DBL_EPSILON);
    ASSERT_NEAR(OF("correlation", LIST(1, 2, 3, 4), LIST(1, -1, -1, 1)), 0, 4 * DBL_EPSILON);
    ck_assert_int_eq(VALUE("correlation", LIST(1, 2), LIST(1, 1)).kind, HIL_KIND_MISSING);
    ASSERT_NEAR(OF("regression_slope", LIST(1, 3, 5), LIST(0, 1, 2)), 2, 8 * DBL_EPSILON);
    HilValue result;
    ck_assert(!hil_reduction_apply(pool, hil_reduction_find("dot"), (HilValue[]){x, LIST(1)}, 2, &result, &error));
    ck_assert_str_eq(error.text, "dot: 4 values beside 1");
}
END_TEST

/* ---- signals ------------------------------------------------------------------------------------------------- */

/* offset + amplitude*sin(2 pi f t + phase) of `count` samples. */
static HilValue sine(size_t count, double every, double frequency, double amplitude, double offset) {
    for (size_t k = 0; k < count; k++)
        buffer[k] = offset + amplitude * sin(2 * M_PI * frequency * (double)k * every + 0.3);
    return signal_of(count, 1, 0, every);
}

START_TEST(a_sine_peaks_at_its_frequency) {
    static const double frequencies[] = {7.3, 10, 41.7, 163};
    for (size_t k = 0; k < 4; k++) {
        double found = OF("peak_frequency", sine(2000, 1e-3, frequencies[k], 3, -65));
        /* The parabola through the logarithm of a Hann window's main lobe, padded four times, is off by less than
         * 0.002 of a bin of 1/T = 0.5 Hz; the mirror image at -f adds less than 0.01 Hz above 14/T. */
        ASSERT_NEAR(found, frequencies[k], 0.01);
    }
    HilValue two = sine(2000, 1e-3, 8, 3, 0);
    for (size_t k = 0; k < 2000; k++)
        buffer[k] += 0.5 * sin(2 * M_PI * 60 * (double)k * 1e-3);
    HilValue both = signal_of(2000, 1, 0, 1e-3);
    ASSERT_NEAR(OF("peak_frequency", both), 8, 0.02);
    ASSERT_NEAR(OF("peak_frequency", both, N(30)), 60, 0.02);
    ASSERT_NEAR(OF("peak_frequency", both, N(2), N(20)), 8, 0.02);
    ASSERT_NEAR(OF("period", two), 0.125, 0.125 * 0.01);
    for (size_t k = 0; k < 100; k++)
        buffer[k] = 5;
    ck_assert_int_eq(VALUE("peak_frequency", signal_of(100, 1, 0, 1e-3)).kind, HIL_KIND_MISSING);
    ck_assert_int_eq(VALUE("period", signal_of(100, 1, 0, 1e-3)).kind, HIL_KIND_MISSING);
}
END_TEST

START_TEST(spikes_locked_to_a_rhythm_peak_at_its_frequency) {
    size_t count = 0;
    for (int cycle = 0; cycle < 20; cycle++) {
        for (uint32_t cell = 0; cell < 10; cell++) {
            buffer[count] = 0.025 + 0.1 * cycle + 0.002 * cell;
            cells[count++] = cell;
        }
    }
    HilValue spikes = spikes_of(count, 10, 0, 2);
    ASSERT_NEAR(OF("peak_frequency", spikes, N(2), N(15)), 10, 0.05);
    ASSERT_NEAR(OF("rate", spikes), 10, 1e-12);
}
END_TEST

START_TEST(crossings_widths_and_slopes_of_a_triangle) {
    double level[9] = {0, 1, 2, 3, 4, 3, 2, 1, 0};
    memcpy(buffer, level, sizeof level);
    HilValue triangle = signal_of(9, 1, 1, 0.5); /* from 1 s, every 0.5 s, peak of 4 at 3 s */
    ASSERT_LIST(VALUE("crossings", triangle, N(2.5)), 1e-15, 2.25);
    ASSERT_LIST(VALUE("falls", triangle, N(2.5)), 1e-15, 3.75);
    ck_assert(OF("time_of_max", triangle) == 3 && OF("time_of_min", triangle) == 1);
    ASSERT_NEAR(OF("halfwidth", triangle), 2, 1e-15);
    ASSERT_NEAR(OF("integral", triangle), 8, 1e-15);
    ASSERT_NEAR(OF("slope", triangle), 0, 1e-15);
    memcpy(buffer, level, sizeof level);
    ASSERT_NEAR(OF("slope", signal_of(5, 1, 0, 0.5)), 2, 1e-14);
    ck_assert_int_eq(VALUE("halfwidth", signal_of(5, 1, 0, 0.5)).kind, HIL_KIND_MISSING); /* it never falls */
    ASSERT_LIST(VALUE("diff", signal_of(3, 1, 0, 0.5)), 0, 1, 1);
    HilValue result, two = signal_of(4, 2, 0, 0.5);
    ck_assert(!hil_reduction_apply(pool, hil_reduction_find("halfwidth"), &two, 1, &result, &error));
    ck_assert_str_eq(error.text, "halfwidth is of one cell, and this signal has 2; pick one with [k]");
    ASSERT_LIST(VALUE("last", two), 0, 2, 1); /* both cells: samples 6 and 7 */
}
END_TEST

START_TEST(exponentials_give_their_time_constant) {
    static const double taus[] = {2e-3, 20e-3, 0.3};
    for (size_t i = 0; i < 3; i++) {
        for (size_t k = 0; k < 1000; k++)
            buffer[k] = -70 + 13 * exp(-(double)k * 1e-4 / taus[i]);
        /* A minimum is found to the square root of rounding, 1e-8, times what the samples leave open: over a third of a
         * tau, the curve bends by 1/100 of its rise only, and the misfit by the square of that. */
        ASSERT_NEAR(OF("time_constant", signal_of(1000, 1, 0, 1e-4)), taus[i], (i < 2 ? 1e-6 : 1e-4) * taus[i]);
    }
}
END_TEST

START_TEST(synchrony_is_one_together_and_small_apart) {
    for (size_t k = 0; k < 1000; k++) {
        for (size_t j = 0; j < 4; j++)
            buffer[4 * k + j] = sin(2 * M_PI * (double)k / 100);
    }
    HilValue together = signal_of(1000, 4, 0, 1e-3);
    ASSERT_NEAR(OF("synchrony", together), 1, 1e-12);
    HilValue average = VALUE("average", together);
    ck_assert_uint_eq(average.as.signal->cells, 1);
    ASSERT_NEAR(average.as.signal->values[25], 1, 1e-15);
    for (size_t k = 0; k < 1000; k++) {
        for (size_t j = 0; j < 4; j++)
            buffer[4 * k + j] = sin(2 * M_PI * ((double)k / 100 + (double)j / 4)); /* they cancel */
    }
    ASSERT_NEAR(OF("synchrony", signal_of(1000, 4, 0, 1e-3)), 0, 1e-7);
}
END_TEST

/* ---- spikes -------------------------------------------------------------------------------------------------- */

/* A Poisson train a cell, by exponential intervals. */
static HilValue poisson(size_t population, double rate, double duration) {
    size_t count = 0;
    for (uint32_t cell = 0; cell < population; cell++) {
        HilSequence sequence = hil_sequence_start(5, 1, cell, 0, 0);
        for (double t = 0;;) {
            t -= log(hil_sequence_uniform(&sequence)) / rate;
            if (t >= duration)
                break;
            buffer[count] = t;
            cells[count++] = cell;
        }
    }
    return spikes_of(count, population, 0, duration);
}

START_TEST(poisson_trains_have_unit_cv_and_fano) {
    HilValue spikes = poisson(50, 20, 50); /* 1000 intervals a cell, 50000 in all */
    double n = 50 * 20 * 50;
    ASSERT_NEAR(OF("rate", spikes), 20, 4 * 20 / sqrt(n));          /* 4 standard errors */
    ASSERT_NEAR(OF("cv_isi", spikes), 1, 4 / sqrt(n) + 1.0 / 1000); /* variance of CV of exponentials is 1/n */
    ASSERT_NEAR(OF("fano", spikes, N(0.1)), 1, 4 * sqrt(2.0 / (500 * 50)) * 1.5);
    ASSERT_NEAR(OF("spike_correlation", spikes, N(0.05)), 0, 4 / sqrt(1000.0 * 50 * 49 / 2));
    ck_assert(OF("active", spikes) == 1);
    ck_assert_uint_eq(VALUE("isi", spikes).as.list->count, (size_t)OF("count", spikes) - 50);
}
END_TEST

START_TEST(regular_trains_have_no_variance) {
    for (size_t k = 0; k < 20; k++) {
        buffer[k] = 0.05 + 0.1 * (double)(k / 2) + (k % 2 ? 0.01 : 0);
        cells[k] = (uint32_t)(k % 2);
    }
    HilValue spikes = spikes_of(20, 3, 0, 1); /* cells 0 and 1 at 10 Hz, cell 2 silent */
    ASSERT_NEAR(OF("cv_isi", spikes), 0, 1e-12);
    ASSERT_NEAR(OF("rate", spikes), 20.0 / 3, 1e-14 * 10);
    ASSERT_LIST(VALUE("rates", spikes), 1e-14, 10, 10, 0);
    ASSERT_LIST(VALUE("counts", spikes), 0, 10, 10, 0);
    ASSERT_NEAR(OF("active", spikes), 2.0 / 3, 1e-16 * 4);
    ck_assert_int_eq(VALUE("spike_correlation", spikes, N(0.1)).kind, HIL_KIND_MISSING); /* counts never vary */
    ASSERT_NEAR(OF("spike_correlation", spikes, N(0.05)), 1, 1e-12); /* both fire within the same bins */
    HilValue first = VALUE("first_times", spikes);
    ck_assert(first.as.list->items[0].as.number == 0.05 && first.as.list->items[2].kind == HIL_KIND_MISSING);
    HilValue rate = VALUE("rate_in_bins", spikes, N(0.1));
    ck_assert_uint_eq(rate.as.signal->samples, 10);
    ASSERT_NEAR(rate.as.signal->values[3], 2 / 0.1 / 3, 1e-13);
    ASSERT_NEAR(rate.as.signal->start, 0.05, 1e-16);
    ASSERT_NEAR(OF("latency", spikes, N(0.17)), 0.08, 1e-15);
    ASSERT_NEAR(OF("first_after", spikes, N(0.14)), 0.15, 1e-15);
    ck_assert_int_eq(VALUE("latency", spikes, N(3)).kind, HIL_KIND_MISSING);
    ASSERT_NEAR(OF("first", spikes), 0.05, 0);
    ck_assert(OF("vector_strength", VALUE("times", LIST(0.1, 0.2, 0.3)), N(0.1)) > 1 - 1e-12);
    ASSERT_NEAR(OF("vector_strength", LIST(0.1, 0.15, 0.2, 0.25), N(0.1)), 0, 1e-12);
    /* too few intervals: four are not enough, five are */
    ck_assert_int_eq(VALUE("cv_isi", LIST(1, 2, 3, 4, 5)).kind, HIL_KIND_MISSING);
    ASSERT_NEAR(OF("cv_isi", LIST(1, 2, 3, 4, 5, 6)), 0, 1e-15);
}
END_TEST

START_TEST(bursts_and_phases_as_laid_out) {
    HilValue events = LIST(1.0, 1.01, 1.02, 1.5, 2.0, 2.01, 2.5, 3.0, 3.02, 3.04, 3.06);
    HilValue bursts = VALUE("bursts", events, N(0.1)), field;
    ck_assert(hil_value_field(bursts, "start", &field, &error));
    ASSERT_LIST(field, 0, 1.0, 2.0, 3.0);
    ck_assert(hil_value_field(bursts, "stop", &field, &error));
    ASSERT_LIST(field, 0, 1.02, 2.01, 3.06);
    ck_assert(hil_value_field(bursts, "length", &field, &error));
    ASSERT_LIST(field, 1e-15, 0.02, 0.01, 0.06);
    ck_assert(hil_value_field(bursts, "count", &field, &error));
    ASSERT_LIST(field, 0, 3, 2, 4);
    HilValue long_ones = VALUE("bursts", events, N(0.1), N(3));
    ck_assert(hil_value_field(long_ones, "start", &field, &error));
    ASSERT_LIST(field, 0, 1.0, 3.0);
    ASSERT_LIST(VALUE("phase", LIST(0.5, 1.25, 2.0, 3.5, 9), LIST(1, 2, 4)), 1e-15, 0.25, 0, 0.75);
    ASSERT_LIST(VALUE("isi", LIST(3, 1, 2.5)), 0, 1.5, 0.5); /* events are put in order */
    HilValue result;
    ck_assert(!hil_reduction_apply(pool, hil_reduction_find("bursts"), (HilValue[]){events, N(0)}, 2, &result, &error));
}
END_TEST

START_TEST(coincidence_is_one_for_itself_and_zero_by_chance) {
    HilValue train = LIST(0.1, 0.3, 0.35, 0.7, 0.9);
    ASSERT_NEAR(OF("coincidence", train, train, N(0.002)), 1, 1e-12);
    HilValue far = LIST(0.15, 0.25, 0.5, 0.8);
    ck_assert(OF("coincidence", train, far, N(0.002)) < 0); /* fewer than chance */
    HilValue a = poisson(1, 50, 100);
    for (uint32_t k = 0; k < MANY; k++) { /* another, independent of it */
        HilSequence sequence = hil_sequence_start(9, 2, k, 0, 0);
        buffer[k] = 100 * hil_sequence_uniform(&sequence);
        cells[k] = 0;
    }
    HilValue b = spikes_of(MANY, 1, 0, 100);
    ASSERT_NEAR(OF("coincidence", a, b, N(0.002)), 0, 0.05);
}
END_TEST

START_TEST(reliability_of_repeated_trials) {
    size_t count = 0;
    for (uint32_t trial = 0; trial < 5; trial++) {
        for (int k = 0; k < 10; k++) {
            buffer[count] = 0.1 * k + 0.013;
            cells[count++] = trial;
        }
    }
    ASSERT_NEAR(OF("reliability", spikes_of(count, 5, 0, 1), N(0.003)), 1, 1e-12);
    for (size_t k = 0; k < count; k++)
        buffer[k] = 0.1 * (double)(k % 10) + 0.018 * cells[k]; /* every trial elsewhere by 6 sigma */
    /* exp(-(6 sigma)^2/(4 sigma^2)) = e^-9 between neighbours, of which 8 of 20 ordered pairs are; their far ends meet
     * the next cycle at 28 ms */
    ASSERT_NEAR(OF("reliability", spikes_of(count, 5, 0, 1), N(0.003)), 0.4 * exp(-9), 1e-6);
    /* two spikes of two cells, apart by d: exp(-d^2 / 4 s^2) */
    buffer[0] = 0.1;
    buffer[1] = 0.104;
    cells[0] = 0;
    cells[1] = 1;
    ASSERT_NEAR(OF("reliability", spikes_of(2, 2, 0, 1), N(0.002)), exp(-1), 1e-14);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        FIXTURE(open_pool, close_pool),
        TEST(every_row_is_well_formed_and_refuses_nonsense),
        TEST(nothing_gives_missing_or_zero),
        TEST(values_reduce_as_by_hand),
        TEST(booleans_count_and_missing_ones_are_left_out),
        TEST(vectors_have_products_and_angles),
        TEST(a_sine_peaks_at_its_frequency),
        TEST(spikes_locked_to_a_rhythm_peak_at_its_frequency),
        TEST(crossings_widths_and_slopes_of_a_triangle),
        TEST(exponentials_give_their_time_constant),
        TEST(synchrony_is_one_together_and_small_apart),
        TEST(poisson_trains_have_unit_cv_and_fano),
        TEST(regular_trains_have_no_variance),
        TEST(bursts_and_phases_as_laid_out),
        TEST(coincidence_is_one_for_itself_and_zero_by_chance),
        TEST(reliability_of_repeated_trials),
    };
    return SUITE_RUN("reductions", rows);
}
