/* Prints, function by function, a hash of what hillock/math.h and hillock/random.h give for many arguments: two
 * machines that print the same compute the same bits. NaNs count as one. */
#include "hillock/math.h"
#include "hillock/random.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { RANDOM = 20000 };

static uint64_t next_word(uint64_t *state) { /* xorshift64 */
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* All bit patterns, half of them with exponents near one's. */
static double argument(int i, uint64_t *state) {
    static const double special[] = {
        0.0, -0.0, 1,         -1,        0.5,      1e-5,     -1e-5,     700, -700,   745,
        88,  -104, 0x1p-1022, 0x1p-1060, 0x1p-130, HUGE_VAL, -HUGE_VAL, NAN, 0x1p52, 3.14159265358979323846};
    if (i < (int)(sizeof special / sizeof *special)) return special[i];
    uint64_t bits = next_word(state);
    if (bits & 1) bits = (bits & 0x800fffffffffffff) | (uint64_t)(1013 + next_word(state) % 21) << 52;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint64_t add(uint64_t hash, double value) {
    uint64_t bits;
    if (isnan(value)) value = 0x1.5p1000;
    memcpy(&bits, &value, sizeof bits);
    hash = (hash ^ bits) * 0x100000001b3; /* FNV-1a, eight bytes at a time */
    return hash ^ hash >> 29;
}

static void unary(const char *name, double (*wide)(double), float (*narrow)(float)) {
    uint64_t state = 0x9e3779b97f4a7c15, hash = 0;
    for (int i = 0; i < RANDOM; i++) {
        double x = argument(i, &state);
        hash = add(add(hash, wide(x)), (double)narrow((float)x));
    }
    printf("%-10s %016jx\n", name, (uintmax_t)hash);
}

static void binary(const char *name, double (*wide)(double, double), float (*narrow)(float, float)) {
    uint64_t state = 0x9e3779b97f4a7c15, hash = 0;
    for (int i = 0; i < RANDOM; i++) {
        double x = argument(i % 500, &state), y = argument(i / 500, &state);
        hash = add(add(hash, wide(x, y)), (double)narrow((float)x, (float)y));
    }
    printf("%-10s %016jx\n", name, (uintmax_t)hash);
}

/* What is built on them and on the processor's arithmetic: counts, gaps, gamma numbers, shuffled lists. */
static void draws(void) {
    uint64_t hash = 0;
    HilSequence sequence = hil_sequence_start(12345, 678, 9, 10, 11);
    for (int i = 0; i < RANDOM / 20; i++) {
        double u = hil_sequence_uniform(&sequence), mean = 2000 * hil_sequence_uniform(&sequence) * u;
        hash = add(hash, hil_poisson(u, mean));
        hash = add(hash, hil_binomial(u, floor(mean), u * u));
        hash = add(hash, hil_lognormal(u, hil_sequence_uniform(&sequence), u, 1));
        hash = add(hash, (double)hil_geometric_skip(u, -u / 3));
        hash = add(hash, hil_sequence_gamma(&sequence, 0.1 + mean, 3));
        hash = add(hash, hil_sequence_below(&sequence, 1000000007));
    }
    printf("%-10s %016jx\n", "draws", (uintmax_t)hash);
}

int main(void) {
#define ROW(name) unary(#name, hil_math_##name, hil_math_##name##f);
    HIL_MATH_UNARY(ROW)
#undef ROW
#define ROW(name) binary(#name, hil_math_##name, hil_math_##name##f);
    HIL_MATH_BINARY(ROW)
#undef ROW
    draws();
    return 0;
}
