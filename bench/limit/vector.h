/* What the limits are written with: AVX-512 vectors of doubles (or floats with -DUSE_FLOAT), an exponential, reciprocals
 * by Newton's method, random numbers for initial values and connections, and a clock. */
#ifndef BENCH_VECTOR_H
#define BENCH_VECTOR_H

#include <immintrin.h>
#include <math.h>
#include <stdint.h>
#include <time.h>

#ifdef USE_FLOAT
typedef float Real;
typedef __m512 Vector;
typedef __mmask16 Mask;
enum { WIDTH = 16 };
#define DO(name) _mm512_##name##_ps
#else
typedef double Real;
typedef __m512d Vector;
typedef __mmask8 Mask;
enum { WIDTH = 8 };
#define DO(name) _mm512_##name##_pd
#endif

static inline Vector set(double x) { return DO(set1)((Real)x); }
static inline Vector load(const Real *at) { return DO(loadu)(at); }
static inline void store(Real *at, Vector x) { DO(storeu)(at, x); }
static inline Vector add(Vector a, Vector b) { return DO(add)(a, b); }
static inline Vector sub(Vector a, Vector b) { return DO(sub)(a, b); }
static inline Vector mul(Vector a, Vector b) { return DO(mul)(a, b); }
static inline Vector fma_(Vector a, Vector b, Vector c) { return DO(fmadd)(a, b, c); }
static inline Vector choose(Mask m, Vector yes, Vector no) { return DO(mask_blend)(m, no, yes); }
#ifdef USE_FLOAT
static inline Mask above(Vector a, Vector b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
#else
static inline Mask above(Vector a, Vector b) { return _mm512_cmp_pd_mask(a, b, _CMP_GT_OQ); }
#endif

/* Cody & Waite's reduction by ln 2, Taylor's polynomial by Estrin's scheme: 1e-15 of the value. */
static inline __m512d exp_doubles(__m512d x) {
    x = _mm512_max_pd(_mm512_min_pd(x, _mm512_set1_pd(709)), _mm512_set1_pd(-745));
    __m512d k = _mm512_roundscale_pd(_mm512_mul_pd(x, _mm512_set1_pd(1.4426950408889634)), 8);
    __m512d r = _mm512_fnmadd_pd(k, _mm512_set1_pd(6.93147180369123816490e-01), x);
    r = _mm512_fnmadd_pd(k, _mm512_set1_pd(1.90821492927058770002e-10), r);
    __m512d r2 = _mm512_mul_pd(r, r), r4 = _mm512_mul_pd(r2, r2), r8 = _mm512_mul_pd(r4, r4);
#define PAIR(high, low) _mm512_fmadd_pd(_mm512_set1_pd(high), r, _mm512_set1_pd(low))
    __m512d low = _mm512_fmadd_pd(PAIR(1.0 / 6, 0.5), r2, _mm512_add_pd(_mm512_set1_pd(1), r));
    __m512d middle = _mm512_fmadd_pd(PAIR(1.0 / 5040, 1.0 / 720), r2, PAIR(1.0 / 120, 1.0 / 24));
    __m512d high = _mm512_fmadd_pd(_mm512_set1_pd(1.0 / 479001600), r2, PAIR(1.0 / 39916800, 1.0 / 3628800));
    high = _mm512_fmadd_pd(high, r2, PAIR(1.0 / 362880, 1.0 / 40320));
#undef PAIR
    return _mm512_scalef_pd(_mm512_fmadd_pd(high, r8, _mm512_fmadd_pd(middle, r4, low)), k);
}

#ifdef USE_FLOAT
static inline Vector exp_(Vector x) {
    static const float taylor[] = {1.3888889e-3f, 8.3333333e-3f, 4.1666667e-2f, 1.6666667e-1f, 0.5f, 1, 1};
    x = DO(max)(DO(min)(x, set(88)), set(-103));
    Vector k = DO(roundscale)(mul(x, set(1.44269504)), 8);
    Vector r = DO(fnmadd)(k, set(0.693359375), x);
    r = DO(fnmadd)(k, set(-2.12194440e-4), r);
    Vector p = set(taylor[0]);
    for (int i = 1; i < 7; i++) p = fma_(p, r, set(taylor[i]));
    return DO(scalef)(p, k);
}
static inline Vector reciprocal(Vector x) {
    Vector r = DO(rcp14)(x);
    return mul(r, DO(fnmadd)(x, r, set(2)));
}
#else
static inline Vector exp_(Vector x) { return exp_doubles(x); }
static inline Vector reciprocal(Vector x) {
    Vector r = DO(rcp14)(x);
    for (int i = 0; i < 2; i++) r = fma_(r, DO(fnmadd)(x, r, set(1)), r);
    return r;
}
#endif

static inline double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* In (0, 1): splitmix64 (Steele, Lea & Flood 2014). */
static inline double uniform(uint64_t *state) {
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return ((double)((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53;
}
static inline double normal(uint64_t *state) {
    double radius = sqrt(-2 * log(uniform(state)));
    return radius * cos(6.283185307179586 * uniform(state));
}

/* Rows of targets, each pair connected with probability p: `rows` has n + 1 entries, `targets` room for all. */
static inline void connect(int n, double p, uint64_t *state, uint64_t *rows, uint32_t *targets) {
    uint64_t count = 0;
    double scale = 1 / log1p(-p);
    for (int i = 0; i < n; i++) {
        rows[i] = count;
        for (double j = floor(log(uniform(state)) * scale); j < n; j += 1 + floor(log(uniform(state)) * scale))
            targets[count++] = (uint32_t)j;
    }
    rows[n] = count;
}

#endif
