/* Elementary functions against quadruple precision: the largest error in ulp over random and dense samples, special
 * values, monotony, and the agreement of mirrored arguments. One table drives both precisions. */
#include "hillock/math.h"
#include "quad.h"
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <xmmintrin.h>
#endif

typedef double (*Real)(double);
typedef float (*Single)(float);

static Quad sigmoid_reference(Quad x) {
    return 1 / (1 + expf128(-x));
}

static Quad exprelr_reference(Quad x) {
    return x == 0 ? 1 : x / expm1f128(x);
}

/* bound in ulp; the domain [low, high] lies inside the range of normal results. */
typedef struct MathRow {
    const char *name;
    Real real;
    Single single;
    Quad (*reference)(Quad);
    double real_low, real_high;
    double single_low, single_high;
    double bound;
} MathRow;

static const MathRow math_rows[] = {
    {"exp", hil_math_exp, hil_math_expf, expf128, -707.3, 709.78, -86.2, 88.72, 1.2},
    {"exp near 0", hil_math_exp, hil_math_expf, expf128, -1, 1, -1, 1, 1.2},
    {"expm1", hil_math_expm1, hil_math_expm1f, expm1f128, -50, 709.78, -30, 88.72, 2.5},
    {"expm1 near 0", hil_math_expm1, hil_math_expm1f, expm1f128, -2, 2, -2, 2, 2.5},
    {"expm1 at 0", hil_math_expm1, hil_math_expm1f, expm1f128, -1e-8, 1e-8, -1e-4, 1e-4, 1},
    {"log", hil_math_log, hil_math_logf, logf128, 1e-300, 1e4, 1e-37, 1e4, 1},
    {"log near 1", hil_math_log, hil_math_logf, logf128, 0.5, 2, 0.5, 2, 1},
    {"log at 1", hil_math_log, hil_math_logf, logf128, 1 - 1e-6, 1 + 1e-6, 1 - 1e-3, 1 + 1e-3, 1},
    {"log large", hil_math_log, hil_math_logf, logf128, 1, DBL_MAX, 1, FLT_MAX, 1},
    {"log1p", hil_math_log1p, hil_math_log1pf, log1pf128, -0.999999, 100, -0.9999, 100, 2.5},
    {"log1p near 0", hil_math_log1p, hil_math_log1pf, log1pf128, -0.3, 0.5, -0.3, 0.5, 2.5},
    {"log1p at 0", hil_math_log1p, hil_math_log1pf, log1pf128, -1e-10, 1e-10, -1e-4, 1e-4, 1},
    {"log1p large", hil_math_log1p, hil_math_log1pf, log1pf128, 1, 1e300, 1, 1e37, 2.5},
    {"tanh", hil_math_tanh, hil_math_tanhf, tanhf128, -20, 20, -10, 10, 2.5},
    {"tanh near 0", hil_math_tanh, hil_math_tanhf, tanhf128, -1, 1, -1, 1, 2.5},
    {"tanh at 0", hil_math_tanh, hil_math_tanhf, tanhf128, -1e-5, 1e-5, -1e-3, 1e-3, 2.5},
    {"sigmoid", hil_math_sigmoid, hil_math_sigmoidf, sigmoid_reference, -707, 50, -86, 50, 2.1},
    {"sigmoid near 0", hil_math_sigmoid, hil_math_sigmoidf, sigmoid_reference, -3, 3, -3, 3, 2.1},
    {"exprelr", hil_math_exprelr, hil_math_exprelrf, exprelr_reference, -1000, 700, -1000, 86, 3},
    {"exprelr near 0", hil_math_exprelr, hil_math_exprelrf, exprelr_reference, -2, 2, -2, 2, 3},
    {"exprelr at 0", hil_math_exprelr, hil_math_exprelrf, exprelr_reference, -1e-9, 1e-9, -1e-5, 1e-5, 3},
    {"sin", hil_math_sin, hil_math_sinf, sinf128, -10, 10, -10, 10, 2.2},
    {"sin far", hil_math_sin, hil_math_sinf, sinf128, -0x1p20, 0x1p20, -0x1p12, 0x1p12, 2.2},
    {"sin limit", hil_math_sin, hil_math_sinf, sinf128, -0x1p40, 0x1p40, -0x1p16, 0x1p16, 2.2},
    {"cos", hil_math_cos, hil_math_cosf, cosf128, -10, 10, -10, 10, 2.2},
    {"cos far", hil_math_cos, hil_math_cosf, cosf128, -0x1p20, 0x1p20, -0x1p12, 0x1p12, 2.2},
    {"cos limit", hil_math_cos, hil_math_cosf, cosf128, -0x1p40, 0x1p40, -0x1p16, 0x1p16, 2.2},
    {"tan", hil_math_tan, hil_math_tanf, tanf128, -10, 10, -10, 10, 3.5},
    {"tan far", hil_math_tan, hil_math_tanf, tanf128, -0x1p20, 0x1p20, -0x1p12, 0x1p12, 3.5},
    {"atan", hil_math_atan, hil_math_atanf, atanf128, -10, 10, -10, 10, 2},
    {"atan near 0", hil_math_atan, hil_math_atanf, atanf128, -1, 1, -1, 1, 2},
    {"atan large", hil_math_atan, hil_math_atanf, atanf128, 1, 1e300, 1, 1e30, 2},
    {"sinh", hil_math_sinh, hil_math_sinhf, sinhf128, -710.4, 710.4, -89.4, 89.4, 3},
    {"sinh near 0", hil_math_sinh, hil_math_sinhf, sinhf128, -2, 2, -2, 2, 3},
    {"cosh", hil_math_cosh, hil_math_coshf, coshf128, -710.4, 710.4, -89.4, 89.4, 2.5},
    {"cosh near 0", hil_math_cosh, hil_math_coshf, coshf128, -2, 2, -2, 2, 2.5},
    {"erf", hil_math_erf, hil_math_erff, erff128, -6.5, 6.5, -4.5, 4.5, 2.5},
    {"erf near 0", hil_math_erf, hil_math_erff, erff128, -1.2, 1.2, -1.2, 1.2, 2.5},
};

typedef struct Samples {
    uint64_t state;
} Samples;

/* Linear congruential generator (Knuth, MMIX); its upper bits are fair enough to sample with. */
static double samples_uniform(Samples *samples) {
    samples->state = samples->state * 6364136223846793005u + 1442695040888963407u;
    return (double)(samples->state >> 11) * 0x1p-53;
}

/* Half of the samples are uniform, a quarter each uniform in the exponent from either end of zero. */
static double samples_in(Samples *samples, double low, double high) {
    double u = samples_uniform(samples), v = samples_uniform(samples);
    if (u < 0.5) return low + (high - low) * v;
    double end = u < 0.75 ? low : high;
    double start = low > 0 ? low / fabs(end) : high < 0 ? -high / fabs(end) : 1e-12;
    return end * pow(start, v);
}

static double error_real(double result, Quad exact) {
    if (exact == 0) return result == 0 ? 0 : INFINITY;
    int exponent = ilogb((double)exact);
    return (double)(fabsf128((Quad)result - exact) / ldexpf128(1, exponent - 52));
}

static double error_single(float result, Quad exact) {
    if (exact == 0) return result == 0 ? 0 : INFINITY;
    int exponent = ilogbf((float)exact);
    return (double)(fabsf128((Quad)result - exact) / ldexpf128(1, exponent - 23));
}

static bool verbose(void) {
    return getenv("MATH_ERRORS") != NULL;
}

START_TEST(real_functions_keep_their_bound) {
    const MathRow *row = &math_rows[_i];
    Samples samples = {(uint64_t)_i};
    double worst = 0, worst_at = 0;
    for (int i = 0; i < 60000; i++) {
        double dense = row->real_low + (row->real_high - row->real_low) * i / 60000;
        double x = i % 3 == 0 ? dense : samples_in(&samples, row->real_low, row->real_high);
        if (x < row->real_low || x > row->real_high || x == 0) continue;
        double error = error_real(row->real(x), row->reference(x));
        if (!(error <= worst)) {
            worst = error;
            worst_at = x;
        }
    }
    if (verbose()) printf("%-16s f64 %.3f at %a\n", row->name, worst, worst_at);
    ck_assert_msg(worst <= row->bound, "%s: %.3f ulp at %a", row->name, worst, worst_at);
}
END_TEST

START_TEST(single_functions_keep_their_bound) {
    const MathRow *row = &math_rows[_i];
    Samples samples = {(uint64_t)_i};
    double worst = 0, worst_at = 0;
    for (int i = 0; i < 60000; i++) {
        double dense = row->single_low + (row->single_high - row->single_low) * i / 60000;
        float x = (float)(i % 3 == 0 ? dense : samples_in(&samples, row->single_low, row->single_high));
        if (x < row->single_low || x > row->single_high || x == 0) continue;
        double error = error_single(row->single(x), row->reference(x));
        if (!(error <= worst)) {
            worst = error;
            worst_at = x;
        }
    }
    if (verbose()) printf("%-16s f32 %.3f at %a\n", row->name, worst, worst_at);
    ck_assert_msg(worst <= row->bound, "%s: %.3f ulp at %a", row->name, worst, worst_at);
}
END_TEST

/* log x^y is spread over the whole range of results; x near 1 takes the large powers. */
START_TEST(pow_keeps_its_bound) {
    Samples samples = {7};
    double worst = 0, worst_x = 0, worst_y = 0, worst_single = 0, worst_single_x = 0, worst_single_y = 0;
    for (int i = 0; i < 120000; i++) {
        double spread = i % 4 == 0 ? 1e-3 : i % 4 == 1 ? 0.3 : i % 4 == 2 ? 3 : 600;
        double x = exp(spread * (2 * samples_uniform(&samples) - 1));
        double y = 706 * (2 * samples_uniform(&samples) - 1) / log(x);
        if (x == 1) continue;
        double error = error_real(hil_math_pow(x, y), powf128(x, y));
        if (!(error <= worst)) {
            worst = error;
            worst_x = x;
            worst_y = y;
        }
        float a = (float)exp((i % 4 == 3 ? 80 : spread) * (2 * samples_uniform(&samples) - 1));
        float b = (float)(86 * (2 * samples_uniform(&samples) - 1) / log(a));
        Quad exact = powf128(a, b);
        if (a == 1 || exact < 3.4e-38 || exact > FLT_MAX) continue;
        error = error_single(hil_math_powf(a, b), exact);
        if (!(error <= worst_single)) {
            worst_single = error;
            worst_single_x = a;
            worst_single_y = b;
        }
    }
    if (verbose()) printf("pow f64 %.3f at %a %a, f32 %.3f at %a %a\n", worst, worst_x, worst_y, worst_single,
                          worst_single_x, worst_single_y);
    ck_assert_msg(worst <= 2, "f64: %.3f ulp at %a ^ %a", worst, worst_x, worst_y);
    ck_assert_msg(worst_single <= 2, "f32: %.3f ulp at %a ^ %a", worst_single, worst_single_x, worst_single_y);
}
END_TEST

START_TEST(whole_powers_of_small_numbers_are_exact) {
    for (int base = -9; base <= 9; base++) {
        double product = 1;
        for (int power = 0; power <= 12; power++) {
            ck_assert_msg(hil_math_pow(base, power) == product, "%d ^ %d", base, power);
            if (fabs(product) < 0x1p24) ck_assert(hil_math_powf((float)base, (float)power) == (float)product);
            product *= base;
        }
    }
}
END_TEST

static bool same(double a, double b) {
    return isnan(a) ? isnan(b) : a == b && signbit(a) == signbit(b);
}

#define ASSERT_SAME(value, expected)                                                                                  \
    ck_assert_msg(same(value, expected), #value " is %a, not %a", (double)(value), (double)(expected))
#define ASSERT_BOTH(name, x, expected)                                                                                \
    do {                                                                                                              \
        ASSERT_SAME(hil_math_##name(x), expected);                                                                    \
        ASSERT_SAME(hil_math_##name##f((float)(x)), (double)(float)(expected));                                       \
    } while (0)
#define ASSERT_POW(x, y, expected)                                                                                    \
    do {                                                                                                              \
        ASSERT_SAME(hil_math_pow(x, y), expected);                                                                    \
        ASSERT_SAME(hil_math_powf((float)(x), (float)(y)), expected);                                                 \
    } while (0)

START_TEST(special_values_are_as_in_c99) {
    ASSERT_BOTH(exp, 0.0, 1);
    ASSERT_BOTH(exp, -0.0, 1);
    ASSERT_BOTH(exp, INFINITY, INFINITY);
    ASSERT_BOTH(exp, -INFINITY, 0);
    ASSERT_BOTH(exp, NAN, NAN);
    ASSERT_BOTH(exp, 1000, INFINITY);
    ASSERT_BOTH(exp, -1000, 0);
    ASSERT_SAME(hil_math_exp(0x1.62e42fefa39fp+9), INFINITY);
    ck_assert(isfinite(hil_math_exp(0x1.62e42fefa39efp+9)));
    ck_assert(isfinite(hil_math_expf(0x1.62e42ep+6f)));
    ASSERT_SAME(hil_math_expf(0x1.62e43p+6f), INFINITY);
    ASSERT_BOTH(expm1, 0.0, 0.0);
    ASSERT_BOTH(expm1, -0.0, -0.0);
    ASSERT_BOTH(expm1, INFINITY, INFINITY);
    ASSERT_BOTH(expm1, -INFINITY, -1);
    ASSERT_BOTH(expm1, NAN, NAN);
    ASSERT_BOTH(log, 1, 0.0);
    ASSERT_BOTH(log, 0.0, -INFINITY);
    ASSERT_BOTH(log, -0.0, -INFINITY);
    ASSERT_BOTH(log, -1, NAN);
    ASSERT_BOTH(log, -INFINITY, NAN);
    ASSERT_BOTH(log, INFINITY, INFINITY);
    ASSERT_BOTH(log, NAN, NAN);
    ASSERT_SAME(hil_math_log(0x1p-1023), -INFINITY);
    ASSERT_SAME(hil_math_log(0x1p-1022), log(0x1p-1022));
    ASSERT_BOTH(log1p, 0.0, 0.0);
    ASSERT_BOTH(log1p, -0.0, -0.0);
    ASSERT_BOTH(log1p, -1, -INFINITY);
    ASSERT_BOTH(log1p, -1.5, NAN);
    ASSERT_BOTH(log1p, INFINITY, INFINITY);
    ASSERT_BOTH(log1p, -INFINITY, NAN);
    ASSERT_BOTH(log1p, NAN, NAN);
    ASSERT_BOTH(tanh, 0.0, 0.0);
    ASSERT_BOTH(tanh, -0.0, -0.0);
    ASSERT_BOTH(tanh, INFINITY, 1);
    ASSERT_BOTH(tanh, -INFINITY, -1);
    ASSERT_BOTH(tanh, NAN, NAN);
    ASSERT_BOTH(sigmoid, 0.0, 0.5);
    ASSERT_BOTH(sigmoid, INFINITY, 1);
    ASSERT_BOTH(sigmoid, -INFINITY, 0);
    ASSERT_BOTH(sigmoid, -2000, 0);
    ASSERT_BOTH(sigmoid, 2000, 1);
    ASSERT_BOTH(sigmoid, NAN, NAN);
    ASSERT_BOTH(exprelr, 0.0, 1);
    ASSERT_BOTH(exprelr, -0.0, 1);
    ASSERT_BOTH(exprelr, 2000, 0);
    ASSERT_BOTH(exprelr, INFINITY, 0);
    ASSERT_BOTH(exprelr, -2000, 2000);
    ASSERT_BOTH(exprelr, -INFINITY, INFINITY);
    ASSERT_BOTH(exprelr, NAN, NAN);
    ASSERT_BOTH(exprelr, 1e-30, 1);
    ASSERT_BOTH(sin, 0.0, 0.0);
    ASSERT_BOTH(sin, -0.0, -0.0);
    ASSERT_BOTH(sin, INFINITY, NAN);
    ASSERT_BOTH(sin, NAN, NAN);
    ASSERT_BOTH(sin, 0x1p41, NAN);
    ASSERT_BOTH(cos, 0.0, 1);
    ASSERT_BOTH(cos, -INFINITY, NAN);
    ASSERT_BOTH(cos, NAN, NAN);
    ASSERT_BOTH(tan, -0.0, -0.0);
    ASSERT_BOTH(tan, INFINITY, NAN);
    ASSERT_BOTH(tan, NAN, NAN);
    ASSERT_BOTH(atan, 0.0, 0.0);
    ASSERT_BOTH(atan, -0.0, -0.0);
    ASSERT_BOTH(atan, INFINITY, M_PI_2);
    ASSERT_BOTH(atan, -INFINITY, -M_PI_2);
    ASSERT_BOTH(atan, NAN, NAN);
    ASSERT_BOTH(sinh, -0.0, -0.0);
    ASSERT_BOTH(sinh, -INFINITY, -INFINITY);
    ASSERT_BOTH(sinh, 800, INFINITY);
    ASSERT_BOTH(sinh, NAN, NAN);
    ASSERT_BOTH(cosh, 0.0, 1);
    ASSERT_BOTH(cosh, -INFINITY, INFINITY);
    ASSERT_BOTH(cosh, 800, INFINITY);
    ASSERT_BOTH(cosh, NAN, NAN);
    ASSERT_BOTH(erf, 0.0, 0.0);
    ASSERT_BOTH(erf, -0.0, -0.0);
    ASSERT_BOTH(erf, INFINITY, 1);
    ASSERT_BOTH(erf, -INFINITY, -1);
    ASSERT_BOTH(erf, 7, 1);
    ASSERT_BOTH(erf, 1e30, 1);
    ASSERT_BOTH(erf, NAN, NAN);
}
END_TEST

START_TEST(pow_follows_annex_f) {
    ASSERT_POW(0.0, -3, INFINITY);
    ASSERT_POW(-0.0, -3, -INFINITY);
    ASSERT_POW(-0.0, -2, INFINITY);
    ASSERT_POW(-0.0, -2.5, INFINITY);
    ASSERT_POW(0.0, 3, 0.0);
    ASSERT_POW(-0.0, 3, -0.0);
    ASSERT_POW(-0.0, 2, 0.0);
    ASSERT_POW(-0.0, 0.5, 0.0);
    ASSERT_POW(0.0, INFINITY, 0.0);
    ASSERT_POW(0.0, -INFINITY, INFINITY);
    ASSERT_POW(-1, INFINITY, 1);
    ASSERT_POW(-1, -INFINITY, 1);
    ASSERT_POW(1, NAN, 1);
    ASSERT_POW(1, INFINITY, 1);
    ASSERT_POW(NAN, 0.0, 1);
    ASSERT_POW(NAN, -0.0, 1);
    ASSERT_POW(NAN, 1, NAN);
    ASSERT_POW(2, NAN, NAN);
    ASSERT_POW(-2, 0.5, NAN);
    ASSERT_POW(-2, 3, -8);
    ASSERT_POW(-2, -2, 0.25);
    ASSERT_POW(0.5, INFINITY, 0.0);
    ASSERT_POW(0.5, -INFINITY, INFINITY);
    ASSERT_POW(2, INFINITY, INFINITY);
    ASSERT_POW(-2, INFINITY, INFINITY);
    ASSERT_POW(2, -INFINITY, 0.0);
    ASSERT_POW(INFINITY, 2, INFINITY);
    ASSERT_POW(INFINITY, -2, 0.0);
    ASSERT_POW(INFINITY, INFINITY, INFINITY);
    ASSERT_POW(-INFINITY, 3, -INFINITY);
    ASSERT_POW(-INFINITY, 2, INFINITY);
    ASSERT_POW(-INFINITY, 0.5, INFINITY);
    ASSERT_POW(-INFINITY, -3, -0.0);
    ASSERT_POW(-INFINITY, -2, 0.0);
    ASSERT_POW(10, 400, INFINITY);
    ASSERT_POW(-10, 401, -INFINITY);
    ASSERT_POW(10, -400, 0.0);
    ASSERT_POW(1e30, 1e30, INFINITY);
    ASSERT_POW(4, 0.5, 2);
}
END_TEST

/* At the seams between polynomials, where an error would show first. */
START_TEST(monotonic_functions_do_not_turn_at_their_seams) {
    static const struct { Real function; double seam; } rows[] = {
        {hil_math_exp, 0.34657359027997264}, {hil_math_exp, -0.34657359027997264}, {hil_math_expm1, 0.346573590279973},
        {hil_math_expm1, 0}, {hil_math_log, 1}, {hil_math_log, 1.4142135623730951}, {hil_math_log, 0.70710678118654757},
        {hil_math_log1p, 0}, {hil_math_log1p, 0.41421356237309515}, {hil_math_tanh, 0}, {hil_math_tanh, 19.06},
        {hil_math_sigmoid, 0}, {hil_math_atan, 0.4142}, {hil_math_atan, 2.4143}, {hil_math_erf, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        /* The true increment is far above the error bound, or the function is flat there. */
        double step = 1e-9 * (fabs(rows[i].seam) + 1);
        double before = rows[i].function(rows[i].seam - 1000 * step);
        for (int k = -999; k <= 1000; k++) {
            double here = rows[i].function(rows[i].seam + k * step);
            ck_assert_msg(here >= before, "row %zu at step %d", i, k);
            before = here;
        }
    }
}
END_TEST

START_TEST(odd_functions_are_exactly_odd) {
    static const Real odd[] = {hil_math_sin, hil_math_tan, hil_math_tanh, hil_math_atan, hil_math_sinh, hil_math_erf};
    Samples samples = {3};
    for (size_t f = 0; f < sizeof odd / sizeof odd[0]; f++) {
        for (int i = 0; i < 2000; i++) {
            double x = samples_in(&samples, 1e-5, 30);
            ASSERT_SAME(odd[f](-x), -odd[f](x));
        }
    }
}
END_TEST

/* Box & Muller by hand: at v = 0, 1/4, 1/2 the cosine is 1, 0, -1. */
START_TEST(normal_numbers_are_those_of_box_and_muller) {
    ASSERT_SAME(hil_math_normal(exp(-2), 0.5), -sqrt(-2 * hil_math_log(exp(-2))));
    ASSERT_SAME(hil_math_normal(exp(-8), 0.0), sqrt(-2 * hil_math_log(exp(-8))));
    ck_assert(fabs(hil_math_normal(0.1, 0.25)) < 1e-15);
    Samples samples = {5};
    for (int i = 0; i < 10000; i++) {
        double u = samples_uniform(&samples) + 0x1p-54, v = samples_uniform(&samples);
        double reference = (double)(sqrtf128(-2 * logf128(u)) * cosf128(8 * atanf128(1) * v));
        ck_assert(fabs(hil_math_normal(u, v) - reference) < 4e-15);
        float a = (float)(u * 0.999) + 0x1p-25f, b = (float)v;
        reference = (double)(sqrtf128(-2 * logf128(a)) * cosf128(8 * atanf128(1) * b));
        ck_assert(fabs((double)hil_math_normalf(a, b) - reference) < 2e-6);
    }
}
END_TEST

#ifdef __SSE2__
/* The step loop runs with subnormal operands and results flushed to zero: normal results must not notice. */
START_TEST(flushing_subnormals_changes_no_result) {
    const MathRow *row = &math_rows[_i];
    Samples samples = {(uint64_t)_i};
    unsigned mode = _mm_getcsr();
    for (int i = 0; i < 20000; i++) {
        double x = samples_in(&samples, row->real_low, row->real_high);
        float y = (float)samples_in(&samples, row->single_low, row->single_high);
        double exponent = 700 * (2 * samples_uniform(&samples) - 1);
        double real = row->real(x), power = hil_math_pow(3.7, exponent);
        float single = row->single(y);
        _mm_setcsr(mode | 0x8040);
        double real_flushed = row->real(x), power_flushed = hil_math_pow(3.7, exponent);
        float single_flushed = row->single(y);
        _mm_setcsr(mode);
        ck_assert_msg(real == real_flushed, "%s at %a", row->name, x);
        ck_assert_msg(single == single_flushed, "%s at %a", row->name, (double)y);
        ck_assert_msg(power == power_flushed, "3.7 ^ %a", exponent);
    }
}
END_TEST
#endif

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(120),
        LOOP(real_functions_keep_their_bound, ROWS(math_rows)),
        LOOP(single_functions_keep_their_bound, ROWS(math_rows)),
#ifdef __SSE2__
        LOOP(flushing_subnormals_changes_no_result, ROWS(math_rows)),
#endif
        TEST(pow_keeps_its_bound),
        TEST(whole_powers_of_small_numbers_are_exact),
        TEST(special_values_are_as_in_c99),
        TEST(pow_follows_annex_f),
        TEST(monotonic_functions_do_not_turn_at_their_seams),
        TEST(odd_functions_are_exactly_odd),
        TEST(normal_numbers_are_those_of_box_and_muller),
    };
    return SUITE_RUN("math", rows);
}
