/* Random numbers: Philox against the published vectors of Random123, uniforms inside their open interval,
 * distributions against their laws (exact quantiles in quadruple precision where a law is inverted,
 * Kolmogorov-Smirnov, chi-square, moments within four standard errors otherwise), samples without repetition. All
 * seeds are fixed. */
#include "hillock/random.h"
#include "quad.h"
#include "suite.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Random123 (Salmon et al. 2011), kat_vectors, philox4x32 with 10 rounds: counter, key, result. */
static const uint32_t known_answers[][10] = {
    {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
    {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e, 0xa20bc7c6,
     0x6d5451fd},
    {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb, 0x5001e420,
     0x24126ea1},
};

START_TEST(philox_gives_the_published_words) {
    uint32_t words[4];
    hil_philox(known_answers[_i], known_answers[_i] + 4, words);
    for (int i = 0; i < 4; i++) ck_assert_uint_eq(words[i], known_answers[_i][6 + i]);
}
END_TEST

START_TEST(every_part_of_the_key_counts) {
    uint32_t base[4], other[4];
    hil_random_words(1, 2, 3, 4, 5, 6, base);
    uint32_t counter[4] = {3, 2 + 4 * 0x9E3779B9u, 5, 6}, key[2] = {1, 0};
    hil_philox(counter, key, other);
    ck_assert_mem_eq(base, other, sizeof base);
    hil_random_words(1 + (1ull << 32), 2, 3, 4, 5, 6, other);
    ck_assert_mem_ne(base, other, sizeof base);
    hil_random_words(1, 3, 3, 4, 5, 6, other);
    ck_assert_mem_ne(base, other, sizeof base);
    hil_random_words(1, 2, 3, 5, 5, 6, other);
    ck_assert_mem_ne(base, other, sizeof base);
}
END_TEST

START_TEST(uniforms_never_reach_zero_or_one) {
    ck_assert(hil_random_uniform(0, 0) == 0x1p-53);
    ck_assert(hil_random_uniform(0xffffffff, 0xffffffff) == 1 - 0x1p-53);
    ck_assert(hil_random_uniform(0x80000000, 0) == 0.5 + 0x1p-53);
    ck_assert(hil_random_uniformf(0) == 0x1p-24f);
    ck_assert(hil_random_uniformf(0xffffffff) == 1 - 0x1p-24f);
}
END_TEST

enum { SAMPLES = 100000 };

static double uniform_at(uint32_t stream, uint32_t instance, int which) {
    uint32_t words[4];
    hil_random_words(20260101, stream, instance, 0, 0, 0, words);
    return hil_random_uniform(words[2 * which], words[2 * which + 1]);
}

static int compare_doubles(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Kolmogorov: sqrt(n) D exceeds 1.95 in one of a thousand. */
static void assert_distribution(double *values, int count, double (*law)(double)) {
    qsort(values, (size_t)count, sizeof values[0], compare_doubles);
    double distance = 0;
    for (int i = 0; i < count; i++) {
        double expected = law(values[i]);
        distance = fmax(distance, fmax(fabs(expected - (double)i / count), fabs(expected - (i + 1.0) / count)));
    }
    ck_assert_msg(sqrt(count) * distance < 1.95, "distance %g", distance);
}

/* Mean and variance within four standard errors; `kurtosis` is the law's fourth central moment over variance^2. */
static void assert_moments(const double *values, int count, double mean, double variance, double kurtosis) {
    double sum = 0, squares = 0;
    for (int i = 0; i < count; i++) sum += values[i];
    for (int i = 0; i < count; i++) squares += (values[i] - sum / count) * (values[i] - sum / count);
    double found_mean = sum / count, found_variance = squares / (count - 1);
    ck_assert_msg(fabs(found_mean - mean) < 4 * sqrt(variance / count), "mean %g, not %g", found_mean, mean);
    ck_assert_msg(fabs(found_variance - variance) < 4 * variance * sqrt((kurtosis - 1) / count), "variance %g, not %g",
                  found_variance, variance);
}

static double uniform_law(double x) {
    return x;
}

static double normal_law(double x) {
    return 0.5 * erfc(-x / sqrt(2));
}

static double exponential_law(double x) {
    return 1 - exp(-x / 3);
}

static double lognormal_law(double x) {
    return normal_law((log(x) - 0.5) / 0.7);
}

START_TEST(continuous_numbers_follow_their_law) {
    double *values = malloc(SAMPLES * sizeof *values);
    for (uint32_t i = 0; i < SAMPLES; i++) values[i] = uniform_at(1, i, 0);
    assert_moments(values, SAMPLES, 0.5, 1.0 / 12, 1.8);
    assert_distribution(values, SAMPLES, uniform_law);
    for (uint32_t i = 0; i < SAMPLES; i++) values[i] = uniform_at(1, i, 1);
    assert_distribution(values, SAMPLES, uniform_law);
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint32_t words[4];
        hil_random_words(3, 4, i, 0, 0, 0, words);
        values[i] = hil_random_uniformf(words[0]);
    }
    assert_distribution(values, SAMPLES, uniform_law);
    for (uint32_t i = 0; i < SAMPLES; i++) values[i] = hil_uniform_between(uniform_at(2, i, 0), -2, 4);
    assert_moments(values, SAMPLES, 1, 3, 1.8);
    for (uint32_t i = 0; i < SAMPLES; i++) values[i] = hil_normal(uniform_at(3, i, 0), uniform_at(3, i, 1), 0, 1);
    assert_moments(values, SAMPLES, 0, 1, 3);
    assert_distribution(values, SAMPLES, normal_law);
    for (uint32_t i = 0; i < SAMPLES; i++) values[i] = hil_normal(uniform_at(4, i, 0), uniform_at(4, i, 1), -70, 5);
    assert_moments(values, SAMPLES, -70, 25, 3);
    for (uint32_t i = 0; i < SAMPLES; i++) values[i] = hil_exponential(uniform_at(5, i, 0), 3);
    assert_moments(values, SAMPLES, 3, 9, 9);
    assert_distribution(values, SAMPLES, exponential_law);
    for (uint32_t i = 0; i < SAMPLES; i++) {
        values[i] = hil_lognormal(uniform_at(6, i, 0), uniform_at(6, i, 1), 0.5, 0.7);
    }
    assert_distribution(values, SAMPLES, lognormal_law);
    free(values);
}
END_TEST

/* Steps, instances and draws of neighbours are uncorrelated: r sqrt(n) is standard normal. */
START_TEST(neighbours_are_uncorrelated) {
    double sums[4] = {0};
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint32_t words[4], next[4], later[4], draw[4];
        hil_random_words(9, 77, i, 0, 65536, 12, words);
        hil_random_words(9, 77, i + 1, 0, 65536, 12, next);
        hil_random_words(9, 77, i, 0, 65536, 13, later);
        hil_random_words(9, 77, i, 0, 65537, 12, draw);
        double here = hil_random_uniform(words[0], words[1]) - 0.5;
        sums[0] += here * (hil_random_uniform(next[0], next[1]) - 0.5);
        sums[1] += here * (hil_random_uniform(later[0], later[1]) - 0.5);
        sums[2] += here * (hil_random_uniform(draw[0], draw[1]) - 0.5);
        sums[3] += here * (hil_random_uniform(words[2], words[3]) - 0.5);
    }
    for (int i = 0; i < 4; i++) ck_assert(fabs(sums[i] * 12 / sqrt(SAMPLES)) < 4);
}
END_TEST

/* The distribution function at k, by summing the law in quadruple precision. */
static Quad poisson_law(double mean, double k) {
    Quad sum = 0;
    double from = floor(fmax(0, mean - 40 * sqrt(mean) - 40));
    for (double j = from; j <= k; j++) sum += expf128(j * logf128(mean) - mean - lgammaf128(j + 1));
    return sum;
}

static Quad binomial_law(double n, double p, double k) {
    Quad sum = 0, odds_log = logf128(p), rest_log = log1pf128(-(Quad)p);
    double from = floor(fmax(0, n * p - 40 * sqrt(n * p) - 40));
    for (double j = from; j <= k; j++) {
        sum += expf128(lgammaf128(n + 1) - lgammaf128(j + 1) - lgammaf128(n - j + 1) + j * odds_log + (n - j) * rest_log);
    }
    return sum;
}

/* Summation rounds once a term: the quantile may miss by as much as that changes u. */
START_TEST(poisson_numbers_are_quantiles) {
    static const double means[] = {1e-6, 0.02, 0.7, 4, 33.3, 250, 699.5, 700.5, 1234.5, 40000};
    for (size_t m = 0; m < sizeof means / sizeof means[0]; m++) {
        double slack = 1e-15 * (20 + 40 * sqrt(means[m])) + 1e-13;
        for (int i = 0; i < (means[m] > 2000 ? 6 : 40); i++) {
            double u = i == 0 ? 0x1p-53 : i == 1 ? 1 - 0x1p-40 : uniform_at(10, (uint32_t)i, 0);
            double k = hil_poisson(u, means[m]);
            ck_assert(k >= 0 && k == floor(k));
            ck_assert_msg((double)poisson_law(means[m], k) >= u - slack, "mean %g u %g k %g", means[m], u, k);
            if (k > 0) {
                ck_assert_msg((double)poisson_law(means[m], k - 1) <= u + slack, "mean %g u %g k %g", means[m], u, k);
            }
        }
    }
    ck_assert(hil_poisson(0.3, 0) == 0);
    ck_assert(hil_poisson(1 - 0x1p-53, 0) == 0);
    ck_assert(isnan(hil_poisson(0.3, -1)) && isnan(hil_poisson(0.3, NAN)) && isnan(hil_poisson(0.3, INFINITY)));
    /* A million events: the median lies within one of the mean - 1/3 (Choi 1994: mean - ln 2 to mean + 1/3). */
    ck_assert(fabs(hil_poisson(0.5, 1e6) - 1e6) <= 1);
}
END_TEST

START_TEST(binomial_numbers_are_quantiles) {
    static const struct { double n, p; } rows[] = {
        {1, 0.3}, {5, 0.5}, {10, 0.9}, {100, 0.02}, {1000, 0.3}, {1500, 0.5}, {3000, 0.7}, {100000, 0.01}, {1e9, 1e-8}};
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        double n = rows[r].n, p = rows[r].p, slack = 1e-15 * (20 + 40 * sqrt(n * p)) + 1e-13;
        if (n >= 1e5) slack += 1e-11; /* the reference's own log n! of a large n */
        for (int i = 0; i < 30; i++) {
            double u = i == 0 ? 0x1p-53 : i == 1 ? 1 - 0x1p-40 : uniform_at(11, (uint32_t)i, 0);
            double k = hil_binomial(u, n, p);
            ck_assert(k >= 0 && k <= n && k == floor(k));
            ck_assert_msg((double)binomial_law(n, p, k) >= u - slack, "n %g p %g u %g k %g", n, p, u, k);
            if (k > 0) {
                ck_assert_msg((double)binomial_law(n, p, k - 1) <= u + slack, "n %g p %g u %g k %g", n, p, u, k);
            }
        }
    }
    ck_assert(hil_binomial(0.9, 0, 0.5) == 0);
    ck_assert(hil_binomial(0.9, 12, 0) == 0);
    ck_assert(hil_binomial(0.9, 12, 1) == 12);
    ck_assert(hil_binomial(1 - 0x1p-53, 3, 0.5) == 3);
    ck_assert(isnan(hil_binomial(0.5, 2.5, 0.5)) && isnan(hil_binomial(0.5, -1, 0.5)));
    ck_assert(isnan(hil_binomial(0.5, 2, 1.5)) && isnan(hil_binomial(0.5, 2, NAN)));
}
END_TEST

/* Chi-square of counts 0..11 and "12 or more" at mean 5: 12 degrees, 32.9 is exceeded in one of a thousand. */
START_TEST(poisson_counts_pass_chi_square) {
    int counts[13] = {0};
    for (uint32_t i = 0; i < SAMPLES; i++) counts[(int)fmin(12, hil_poisson(uniform_at(12, i, 1), 5))]++;
    double chi_square = 0, left = 1;
    for (int k = 0; k < 13; k++) {
        double chance = k < 12 ? exp(k * log(5) - 5 - lgamma(k + 1)) : left;
        left -= chance;
        chi_square += pow(counts[k] - SAMPLES * chance, 2) / (SAMPLES * chance);
    }
    ck_assert_msg(chi_square < 32.9, "%g", chi_square);
}
END_TEST

START_TEST(gaps_are_geometric) {
    double *values = malloc(SAMPLES * sizeof *values), p = 0.1;
    for (uint32_t i = 0; i < SAMPLES; i++) values[i] = (double)hil_geometric_skip(uniform_at(13, i, 0), log1p(-p));
    /* kurtosis 9 + p^2/(1 - p) */
    assert_moments(values, SAMPLES, (1 - p) / p, (1 - p) / (p * p), 9 + p * p / (1 - p));
    free(values);
    ck_assert_uint_eq(hil_geometric_skip(0.3, log1p(-1)), 0);
    ck_assert(hil_geometric_skip(0.3, 0) == UINT64_MAX);
    ck_assert(hil_geometric_skip(0.3, -0.0) == UINT64_MAX);
    ck_assert(hil_geometric_skip(0.3, -1e-300) == UINT64_MAX);
}
END_TEST

START_TEST(many_gaps_are_those_one_by_one) {
    static const double chances[] = {1e-300, 1e-9, 0.001, 0.02, 0.3, 0.999, 1};
    const uint32_t most = 100000;
    int differing = 0;
    for (size_t c = 0; c < sizeof chances / sizeof chances[0]; c++) {
        double log_failure = log1p(-chances[c]);
        HilSequence one = hil_sequence_start(5, (uint32_t)c, 77, 0, 1), many = one;
        one.counter[3] = many.counter[3] = UINT32_MAX - 20; /* the count of blocks goes round as well */
        for (uint32_t count = HIL_SKIPS; count < 600; count += 3 * HIL_SKIPS) {
            uint32_t skips[600];
            hil_sequence_skips(&many, log_failure, most, skips, count);
            for (uint32_t i = 0; i < count; i++) {
                uint64_t gap = hil_geometric_skip(hil_sequence_uniform(&one), log_failure);
                differing += skips[i] != (gap < most ? gap : most);
            }
        }
        ck_assert_int_eq(differing, 0);
        ck_assert_uint_eq(hil_sequence_word(&many), hil_sequence_word(&one));
    }
}
END_TEST

START_TEST(gamma_numbers_have_their_moments) {
    static const double shapes[] = {0.3, 1, 2.5, 40};
    double *values = malloc(SAMPLES * sizeof *values);
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        HilSequence sequence = hil_sequence_start(5, (uint32_t)s, 0, 0, 0);
        for (int i = 0; i < SAMPLES; i++) values[i] = hil_sequence_gamma(&sequence, shapes[s], 2);
        assert_moments(values, SAMPLES, 2 * shapes[s], 4 * shapes[s], 3 + 6 / shapes[s]);
    }
    HilSequence sequence = hil_sequence_start(5, 9, 0, 0, 0);
    for (int i = 0; i < SAMPLES; i++) values[i] = hil_sequence_gamma(&sequence, 1, 3);
    assert_distribution(values, SAMPLES, exponential_law);
    ck_assert(isnan(hil_sequence_gamma(&sequence, 0, 1)) && isnan(hil_sequence_gamma(&sequence, NAN, 1)));
    free(values);
}
END_TEST

START_TEST(sequences_go_through_the_blocks) {
    HilSequence sequence = hil_sequence_start(7, 8, 9, 0, 10);
    for (uint64_t block = 0; block < 3; block++) {
        uint32_t words[4];
        hil_random_words(7, 8, 9, 0, 10, block, words);
        for (int i = 0; i < 4; i++) ck_assert_uint_eq(hil_sequence_word(&sequence), words[i]);
    }
}
END_TEST

START_TEST(whole_numbers_below_a_bound_are_fair) {
    HilSequence sequence = hil_sequence_start(1, 1, 1, 1, 1);
    int counts[6] = {0};
    for (int i = 0; i < SAMPLES; i++) counts[hil_sequence_below(&sequence, 6)]++;
    double chi_square = 0;
    for (int k = 0; k < 6; k++) chi_square += pow(counts[k] - SAMPLES / 6.0, 2) / (SAMPLES / 6.0);
    ck_assert(chi_square < 20.5); /* 5 degrees, 0.001 */
    /* A bound of 3/4 * 2^32 without rejection would favour every third number twofold. */
    int thirds[3] = {0};
    for (int i = 0; i < SAMPLES; i++) thirds[hil_sequence_below(&sequence, 0xC0000000) % 3]++;
    for (int k = 0; k < 3; k++) ck_assert(fabs(thirds[k] - SAMPLES / 3.0) < 4 * sqrt(SAMPLES * 2 / 9.0));
    ck_assert_uint_eq(hil_sequence_below(&sequence, 1), 0);
}
END_TEST

static int sample_rank(const uint32_t *chosen) {
    int rank = 0;
    for (int i = 0; i < 3; i++) rank |= 1 << chosen[i];
    return rank;
}

START_TEST(samples_have_no_repetition_and_every_set_is_equally_likely) {
    HilSequence sequence = hil_sequence_start(2, 2, 2, 2, 2);
    uint32_t chosen[300];
    uint32_t *table = malloc(hil_sample_table_size(300) * sizeof *table);
    for (int round = 0; round < 200; round++) {
        uint32_t bound = round < 100 ? 300 + (uint32_t)round : 0xffffffff;
        hil_sequence_sample(&sequence, bound, 300, chosen, table);
        for (int i = 0; i < 300; i++) ck_assert(chosen[i] < bound && (i == 0 || chosen[i] > chosen[i - 1]));
    }
    int counts[64] = {0}, rounds = 60000;
    for (int round = 0; round < rounds; round++) {
        hil_sequence_sample(&sequence, 6, 3, chosen, table);
        counts[sample_rank(chosen)]++;
    }
    double chi_square = 0;
    int sets = 0;
    for (int rank = 0; rank < 64; rank++) {
        if (__builtin_popcount((unsigned)rank) != 3) continue;
        chi_square += pow(counts[rank] - rounds / 20.0, 2) / (rounds / 20.0);
        sets++;
    }
    ck_assert_int_eq(sets, 20);
    ck_assert_msg(chi_square < 43.8, "%g", chi_square); /* 19 degrees, 0.001 */
    hil_sequence_sample(&sequence, 5, 0, chosen, table);
    hil_sequence_sample(&sequence, 1, 1, chosen, table);
    ck_assert_uint_eq(chosen[0], 0);
    free(table);
}
END_TEST

START_TEST(shuffles_reach_every_order_equally) {
    HilSequence sequence = hil_sequence_start(3, 3, 3, 3, 3);
    int counts[64] = {0}, rounds = 60000;
    for (int round = 0; round < rounds; round++) {
        uint32_t values[3] = {0, 1, 2};
        hil_sequence_shuffle(&sequence, values, 3);
        counts[values[0] + 4 * values[1] + 16 * values[2]]++;
    }
    double chi_square = 0;
    int orders = 0;
    for (int i = 0; i < 64; i++) {
        if (counts[i] == 0) continue;
        chi_square += pow(counts[i] - rounds / 6.0, 2) / (rounds / 6.0);
        orders++;
    }
    ck_assert_int_eq(orders, 6);
    ck_assert(chi_square < 20.5);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        LOOP(philox_gives_the_published_words, 3),
        TEST(every_part_of_the_key_counts),
        TEST(uniforms_never_reach_zero_or_one),
        TEST(continuous_numbers_follow_their_law),
        TEST(neighbours_are_uncorrelated),
        TEST(poisson_numbers_are_quantiles),
        TEST(binomial_numbers_are_quantiles),
        TEST(poisson_counts_pass_chi_square),
        TEST(gaps_are_geometric),
        TEST(many_gaps_are_those_one_by_one),
        TEST(gamma_numbers_have_their_moments),
        TEST(sequences_go_through_the_blocks),
        TEST(whole_numbers_below_a_bound_are_fair),
        TEST(samples_have_no_repetition_and_every_set_is_equally_likely),
        TEST(shuffles_reach_every_order_equally),
    };
    return SUITE_RUN("random", rows);
}
