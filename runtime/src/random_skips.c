/* Geometric gaps many at a time. In: a sequence at the start of a block, log(1 - p), a number of gaps. Out: the gaps.
 * Kept true: each is what hil_geometric_skip makes of the sequence's next uniform, bit for bit. Every operation of the
 * generator and of the logarithm is done over whole vectors, of whatever width the machine has. */
#include "clones.h"
#include "hillock/math_coefficients.h"
#include "hillock/random.h"

#include <math.h>
#include <string.h>

enum { LANES = 8, BLOCKS = 64, UNIFORMS = 2 * BLOCKS };

typedef double Reals __attribute__((vector_size(8 * LANES)));
typedef int64_t Words __attribute__((vector_size(8 * LANES)));
typedef int32_t Halves __attribute__((vector_size(4 * LANES)));

#define INLINE static inline __attribute__((always_inline))

INLINE Reals all_lanes(double x) { return x - (Reals){0}; }

INLINE Reals select_lanes(Words mask, Reals a, Reals b) { return (Reals)((mask & (Words)a) | (~mask & (Words)b)); }

INLINE Reals fused(Reals a, Reals b, Reals c) {
    Reals sum = c;
    for (int k = 0; k < LANES; k++) sum[k] = __builtin_fma(a[k], b[k], c[k]);
    return sum;
}

/* hil_math_log of normal numbers > 0: the operations of math_algorithms.h, which states them, in their order. */
INLINE Reals log_lanes(Reals x) {
    const double *c = math_log_f64;
    Reals mantissa = (Reals)(((Words)x & 0x000fffffffffffff) | 0x3ff0000000000000);
    Reals exponent = (Reals)(((Words)x >> 52 & 0x7ff) | 0x4330000000000000) - (0x1p52 + 1023);
    Words upper = 0x1.6a09e667f3bcdp+0 < mantissa;
    Reals k = select_lanes(upper, exponent + 1, exponent);
    Reals f = select_lanes(upper, mantissa * 0.5, mantissa) - 1;
    Reals s = f / (2 + f);
    Reals square = s * s, half = 0.5 * (f * f), fourth = square * square;
    Reals low = fused(all_lanes(c[1]), square, all_lanes(c[0])),
          middle = fused(all_lanes(c[3]), square, all_lanes(c[2]));
    Reals high = fused(all_lanes(c[5]), square, all_lanes(c[4]));
    Reals lower = fused(middle, fourth, low), higher = fused(all_lanes(c[6]), fourth, high);
    Reals rest = square * fused(higher, fourth * fourth, lower);
    Reals small = fused(s, half + rest, k * 0x1.abc9e3b39803fp-56);
    return fused(k, all_lanes(0x1.62e42fefa39efp-1), f - (half - small));
}
_Static_assert(sizeof math_log_f64 == 7 * sizeof(double), "log_lanes is written for a polynomial of seven terms");

/* The 52 bits of each uniform: block i makes numbers i of `first` and `second`. */
HIL_EACH_LEVEL static void draw_blocks(const HilSequence *sequence, int32_t blocks, uint64_t *restrict first,
                                       uint64_t *restrict second) {
    const uint32_t start_a = sequence->key[0], start_b = sequence->key[1];
    const uint64_t counter[4] = {sequence->counter[0], sequence->counter[1], sequence->counter[2],
                                 sequence->counter[3]};
    for (int32_t i = 0; i < blocks; i++) {
        uint64_t a = counter[0], b = counter[1], c = counter[2], d = (counter[3] + (uint64_t)i) & UINT32_MAX;
        uint32_t key_a = start_a, key_b = start_b;
#pragma GCC unroll 10
        for (int round = 0; round < 10; round++) { /* hil_philox, a 32-bit word in each 64-bit one */
            uint64_t left = 0xD2511F53ull * (a & UINT32_MAX), right = 0xCD9E8D57ull * (c & UINT32_MAX);
            a = (right >> 32) ^ b ^ key_a;
            c = (left >> 32) ^ d ^ key_b;
            b = right & UINT32_MAX;
            d = left & UINT32_MAX;
            key_a += 0x9E3779B9;
            key_b += 0xBB67AE85;
        }
        first[i] = (a << 32 | b) >> 12;
        second[i] = (c << 32 | d) >> 12;
    }
}

/* Numbers 0 <= bits < 2^52, each in a double's fraction, are whole numbers above 2^52: exact to here. */
HIL_EACH_LEVEL static void invert(const uint64_t *restrict bits, int32_t count, double log1p_minus_p, double most,
                                  int32_t *restrict skips) {
    for (int32_t i = 0; i < count; i += LANES) {
        Words word;
        memcpy(&word, bits + i, sizeof word);
        Reals uniform = (((Reals)(word | 0x4330000000000000) - 0x1p52) + 0.5) * 0x1p-52;
        Reals skip = log_lanes(uniform) / log1p_minus_p;
        Halves whole = __builtin_convertvector(select_lanes(skip < most, skip, all_lanes(most)), Halves);
        memcpy(skips + i, &whole, sizeof whole);
    }
}

void hil_sequence_skips(HilSequence *sequence, double log1p_minus_p, uint32_t most, uint32_t *skips, uint32_t count) {
    _Alignas(64) uint64_t bits[UNIFORMS];
    _Alignas(64) int32_t whole[UNIFORMS];
    while (count) {
        uint32_t blocks = count / 2 < BLOCKS ? count / 2 : BLOCKS;
        draw_blocks(sequence, (int32_t)blocks, bits, bits + blocks);
        sequence->counter[3] += blocks;
        if (log1p_minus_p < 0) invert(bits, (int32_t)(2 * blocks), log1p_minus_p, most, whole);
        for (uint32_t i = 0; i < blocks; i++) {
            skips[2 * i] = log1p_minus_p < 0 ? (uint32_t)whole[i] : most;
            skips[2 * i + 1] = log1p_minus_p < 0 ? (uint32_t)whole[blocks + i] : most;
        }
        skips += 2 * blocks;
        count -= 2 * blocks;
    }
}
