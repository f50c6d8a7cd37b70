/* Random numbers: the counter generator Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011), so that every number is a
 * pure function of who asks and when, and of nothing that ran before. Distributions are pure functions of uniforms.
 *
 * Key and counter, everywhere (kernels, building, drives):
 *   key     = { low 32 bits of the seed, high 32 bits of the seed }
 *   counter = { first, stream + second * 0x9E3779B9 (mod 2^32), index, low 32 bits of the step }
 * where `first` is the instance and `second` 0, or for a pair (a connection) `first` the source and `second` the
 * target or the place in the source's row; `stream` is the hash that names the population or connection; `index` is
 * variable * 65536 + draw (which random variable of that entity, and its how-manieth block of four words). While
 * networks are built there is no step: a HilSequence counts its blocks in that word instead.
 *
 * A block's words 0 and 1 make its first double in (0,1), words 2 and 3 the second; word 0 makes its first float, word
 * 2 the second. 52 (23) bits are used, so that adding one half is exact and 1 is never reached. */
#ifndef HILLOCK_RANDOM_H
#define HILLOCK_RANDOM_H

#include <stddef.h>
#include <stdint.h>

void hil_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
/* The four words of (seed, stream, first, second, index, step) under the layout above. */
void hil_random_words(uint64_t seed, uint32_t stream, uint32_t first, uint32_t second, uint32_t index, uint64_t step,
                      uint32_t words[4]);
/* ((high * 2^32 + low) / 2^12 + 1/2) * 2^-52 and (word / 2^9 + 1/2) * 2^-23, quotients rounded down. */
double hil_random_uniform(uint32_t high, uint32_t low);
float hil_random_uniformf(uint32_t word);

/* ---- distributions: u and v are independent uniforms in (0,1) ---- */
double hil_uniform_between(double u, double low, double high);
double hil_normal(double u, double v, double mean, double deviation); /* Box & Muller 1958: hil_math_normal */
double hil_exponential(double u, double mean);
/* exp of a normal number with mean mu and deviation sigma. */
double hil_lognormal(double u, double v, double mu, double sigma);
/* The smallest k whose distribution function exceeds u: by summation from 0 where the mean is at most 700, above from
 * the mode in O(sqrt(variance)) steps. NaN where the mean is negative, no number or above 1e9 (poisson), n is no whole
 * number in 0..1e9 or p not in [0, 1] (binomial). */
double hil_poisson(double u, double mean);
double hil_binomial(double u, double n, double p);
/* How many trials fail before the next success, log1p_minus_p = log(1 - p) given: the gaps between the connections of
 * a row. UINT64_MAX where there is none. */
uint64_t hil_geometric_skip(double u, double log1p_minus_p);

/* ---- sequences: as many numbers as asked for, while building ---- */
typedef struct HilSequence {
    uint32_t key[2], counter[4];
    uint32_t words[4];
    uint32_t used; /* words of the block that are spent */
} HilSequence;

HilSequence hil_sequence_start(uint64_t seed, uint32_t stream, uint32_t first, uint32_t second, uint32_t index);
uint32_t hil_sequence_word(HilSequence *sequence);
double hil_sequence_uniform(HilSequence *sequence); /* in (0,1) */
/* Fair in 0 … bound - 1 (Lemire 2019); bound > 0. */
uint32_t hil_sequence_below(HilSequence *sequence, uint32_t bound);
/* The next `count` gaps, hil_geometric_skip of uniforms one after the other, those above `most` as `most`; many at a time
 * and much faster so. `count` is a multiple of HIL_SKIPS, most < 2^31, and no word of the sequence's block has been
 * taken. */
enum { HIL_SKIPS = 16 };
void hil_sequence_skips(HilSequence *sequence, double log1p_minus_p, uint32_t most, uint32_t *skips, uint32_t count);
/* Gamma with this shape and scale, both > 0 (Marsaglia & Tsang 2000); mean shape * scale. */
double hil_sequence_gamma(HilSequence *sequence, double shape, double scale);
/* Puts values[0..count) in random order (Fisher & Yates). */
void hil_sequence_shuffle(HilSequence *sequence, uint32_t *values, uint32_t count);
/* `count` different numbers of 0 … bound - 1 in ascending order, every set equally likely (Floyd 1987); count <=
 * bound. `table` is scratch memory of hil_sample_table_size(count) words. */
size_t hil_sample_table_size(uint32_t count);
void hil_sequence_sample(HilSequence *sequence, uint32_t bound, uint32_t count, uint32_t *chosen, uint32_t *table);

#endif
