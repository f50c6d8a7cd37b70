/* Counter-based random numbers, distributions by inversion, samples for building networks. In: seeds, names, counts
 * and uniforms. Out: numbers. Kept true: no state but what the caller holds, and the elementary functions are
 * hillock/math's, so numbers are the same on every machine. */
#include "hillock/random.h"

#include "hillock/math.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* ---- the generator ---------------------------------------------------------------------------------------------- */

void hil_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t a = counter[0], b = counter[1], c = counter[2], d = counter[3];
    uint32_t key_a = key[0], key_b = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t left = (uint64_t)0xD2511F53 * a, right = (uint64_t)0xCD9E8D57 * c;
        a = (uint32_t)(right >> 32) ^ b ^ key_a;
        c = (uint32_t)(left >> 32) ^ d ^ key_b;
        b = (uint32_t)right;
        d = (uint32_t)left;
        key_a += 0x9E3779B9; /* the golden ratio and sqrt(3) - 1, as the paper's Weyl sequences */
        key_b += 0xBB67AE85;
    }
    out[0] = a;
    out[1] = b;
    out[2] = c;
    out[3] = d;
}

static void random_counter(uint64_t seed, uint32_t stream, uint32_t first, uint32_t second, uint32_t index,
                           uint64_t step, uint32_t key[2], uint32_t counter[4]) {
    key[0] = (uint32_t)seed;
    key[1] = (uint32_t)(seed >> 32);
    counter[0] = first;
    counter[1] = stream + second * 0x9E3779B9;
    counter[2] = index;
    counter[3] = (uint32_t)step;
}

void hil_random_words(uint64_t seed, uint32_t stream, uint32_t first, uint32_t second, uint32_t index, uint64_t step,
                      uint32_t words[4]) {
    uint32_t key[2], counter[4];
    random_counter(seed, stream, first, second, index, step, key, counter);
    hil_philox(counter, key, words);
}

double hil_random_uniform(uint32_t high, uint32_t low) {
    uint64_t bits = ((uint64_t)high << 32 | low) >> 12;
    return ((double)bits + 0.5) * 0x1p-52;
}

float hil_random_uniformf(uint32_t word) {
    return ((float)(word >> 9) + 0.5f) * 0x1p-23f;
}

/* ---- distributions ---------------------------------------------------------------------------------------------- */

double hil_uniform_between(double u, double low, double high) {
    return __builtin_fma(high - low, u, low);
}

double hil_normal(double u, double v, double mean, double deviation) {
    return __builtin_fma(deviation, hil_math_normal(u, v), mean);
}

double hil_exponential(double u, double mean) {
    return -mean * hil_math_log(u);
}

double hil_lognormal(double u, double v, double mu, double sigma) {
    return hil_math_exp(hil_normal(u, v, mu, sigma));
}

/* A law on 0, 1, 2, … with P(k + 1)/P(k) = (limit - k)/(k + 1) * odds for the binomial, odds/(k + 1) for Poisson. */
typedef struct CountLaw {
    bool limited;
    double limit, odds;
} CountLaw;

static double law_ratio(const CountLaw *law, double k) {
    return (law->limited ? law->limit - k : 1) * law->odds / (k + 1);
}

/* Inversion from 0: `probability` is P(0). Once terms past the mode no longer change the sum, none will. */
static double invert_from_zero(double u, const CountLaw *law, double probability) {
    double sum = probability, k = 0;
    while (u >= sum) {
        double ratio = law_ratio(law, k);
        probability *= ratio;
        if (ratio < 1 && sum + probability == sum) break;
        sum += probability;
        k++;
    }
    return k;
}

/* Inversion from the mode, whose probability is known: sums down to get the distribution function there, then searches
 * on the side where u lies. */
static double invert_from_mode(double u, const CountLaw *law, double mode, double mode_probability) {
    double sum = mode_probability, probability = mode_probability;
    for (double k = mode; k > 0; k--) {
        probability /= law_ratio(law, k - 1);
        if (sum + probability == sum) break;
        sum += probability;
    }
    double k = mode;
    probability = mode_probability;
    if (u < sum) {
        while (k > 0 && u < sum - probability) {
            sum -= probability;
            k--;
            probability /= law_ratio(law, k);
        }
        return k;
    }
    while (u >= sum) {
        probability *= law_ratio(law, k);
        if (sum + probability == sum) break;
        sum += probability;
        k++;
    }
    return k;
}

/* log n! - Stirling's sqrt(2 pi n) (n/e)^n, for n >= 500. */
static double stirling_error(double n) {
    double inverse = 1 / n, square = inverse * inverse;
    return inverse * (1.0 / 12 - square * (1.0 / 360 - square / 1260));
}

/* k log(k/mean) + mean - k for a k within about 1 of a large mean (Loader 2000), by series. */
static double deviance(double k, double mean) {
    double t = (mean - k) / k;
    return k * t * t * (0.5 - t * (1.0 / 3 - t * (0.25 - t * (0.2 - t / 6))));
}

enum { MEAN_FROM_ZERO = 700 }; /* exp(-700) is still a normal number */
#define COUNT_LIMIT 1e9

double hil_poisson(double u, double mean) {
    if (!(mean >= 0 && mean <= COUNT_LIMIT)) return NAN;
    CountLaw law = {false, 0, mean};
    if (mean <= MEAN_FROM_ZERO) return invert_from_zero(u, &law, hil_math_exp(-mean));
    double mode = floor(mean);
    double exponent = -stirling_error(mode) - deviance(mode, mean);
    return invert_from_mode(u, &law, mode, hil_math_exp(exponent) / sqrt(2 * M_PI * mode));
}

double hil_binomial(double u, double n, double p) {
    if (!(n >= 0 && n <= COUNT_LIMIT && n == floor(n) && p >= 0 && p <= 1)) return NAN;
    if (p > 0.5) return n - hil_binomial(1 - u, n, 1 - p);
    CountLaw law = {true, n, p / (1 - p)};
    double log_none = n * hil_math_log1p(-p);
    if (log_none >= -MEAN_FROM_ZERO) return invert_from_zero(u, &law, hil_math_exp(log_none));
    double mean = n * p, mode = floor(mean), rest = n - mode; /* p <= 1/2 and -n log(1 - p) > 700: mean > 504 */
    double exponent = stirling_error(n) - stirling_error(mode) - stirling_error(rest) - deviance(mode, mean) -
                      deviance(rest, n - mean);
    return invert_from_mode(u, &law, mode, hil_math_exp(exponent) * sqrt(n / (2 * M_PI * mode * rest)));
}

uint64_t hil_geometric_skip(double u, double log1p_minus_p) {
    if (!(log1p_minus_p < 0)) return UINT64_MAX;
    double skip = floor(hil_math_log(u) / log1p_minus_p);
    return skip < 0x1p64 ? (uint64_t)skip : UINT64_MAX;
}

/* ---- sequences -------------------------------------------------------------------------------------------------- */

HilSequence hil_sequence_start(uint64_t seed, uint32_t stream, uint32_t first, uint32_t second, uint32_t index) {
    HilSequence sequence;
    memset(&sequence, 0, sizeof sequence);
    random_counter(seed, stream, first, second, index, 0, sequence.key, sequence.counter);
    sequence.used = 4;
    return sequence;
}

uint32_t hil_sequence_word(HilSequence *sequence) {
    if (sequence->used == 4) {
        hil_philox(sequence->counter, sequence->key, sequence->words);
        sequence->counter[3]++;
        sequence->used = 0;
    }
    return sequence->words[sequence->used++];
}

double hil_sequence_uniform(HilSequence *sequence) {
    uint32_t high = hil_sequence_word(sequence);
    uint32_t low = hil_sequence_word(sequence);
    return hil_random_uniform(high, low);
}

uint32_t hil_sequence_below(HilSequence *sequence, uint32_t bound) {
    uint32_t unfair = (0u - bound) % bound; /* 2^32 mod bound: so many low parts would be one too many */
    uint64_t product;
    do {
        product = (uint64_t)hil_sequence_word(sequence) * bound;
    } while ((uint32_t)product < unfair);
    return (uint32_t)(product >> 32);
}

double hil_sequence_gamma(HilSequence *sequence, double shape, double scale) {
    if (!(shape > 0 && shape <= 1e15 && scale > 0)) return NAN;
    if (shape < 1) {
        double power = hil_math_pow(hil_sequence_uniform(sequence), 1 / shape);
        return power * hil_sequence_gamma(sequence, shape + 1, scale);
    }
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double u = hil_sequence_uniform(sequence), v = hil_sequence_uniform(sequence);
        double normal = hil_math_normal(u, v), root = 1 + c * normal;
        double chance = hil_sequence_uniform(sequence);
        if (root <= 0) continue;
        double cube = root * root * root;
        if (hil_math_log(chance) < 0.5 * normal * normal + d * (1 - cube + hil_math_log(cube))) return d * cube * scale;
    }
}

void hil_sequence_shuffle(HilSequence *sequence, uint32_t *values, uint32_t count) {
    for (uint32_t left = count; left > 1; left--) {
        uint32_t other = hil_sequence_below(sequence, left);
        uint32_t value = values[left - 1];
        values[left - 1] = values[other];
        values[other] = value;
    }
}

size_t hil_sample_table_size(uint32_t count) {
    size_t size = 4;
    while (size < 2 * (size_t)count) size *= 2;
    return size;
}

/* The table holds value + 1, and 0 where it is free; values are below 2^32 - 1. false: it is there already. */
static bool table_add(uint32_t *table, size_t size, uint32_t value) {
    size_t slot = (value * 0x9E3779B9u) & (size - 1);
    while (table[slot] != 0) {
        if (table[slot] == value + 1) return false;
        slot = (slot + 1) & (size - 1);
    }
    table[slot] = value + 1;
    return true;
}

static int compare_words(const void *a, const void *b) {
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

void hil_sequence_sample(HilSequence *sequence, uint32_t bound, uint32_t count, uint32_t *chosen, uint32_t *table) {
    size_t size = hil_sample_table_size(count);
    memset(table, 0, size * sizeof table[0]);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t last = bound - count + i;
        uint32_t value = hil_sequence_below(sequence, last + 1);
        if (!table_add(table, size, value)) {
            value = last;
            table_add(table, size, value);
        }
        chosen[i] = value;
    }
    qsort(chosen, count, sizeof chosen[0], compare_words);
}
