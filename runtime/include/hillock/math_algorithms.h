/* The elementary functions, written once over basic operations and included wherever they must give the same bits: as
 * scalar double and scalar float (runtime/src/math.c) and as emitter of kernel instructions (compiler/kernel). It has
 * no include guard. Kept true: straight-line code (no C `if` or loop depends on a VALUE), each operation exactly
 * defined, no reliance on subnormals (they count as zeros where it matters).
 *
 * The includer defines, for reals of one precision:
 *   VALUE, MASK            types
 *   MATH(name)             the name of a function of this inclusion
 *   MATH_CONTEXT, MATH_PASS   leading parameter and argument of every function, with their comma; may be empty
 *   MATH_IS_F32            C condition: this is single precision
 *   K(c)                   constant, rounded to the precision
 *   ADD SUB MUL DIV (a, b)   FMA(a, b, c) = a*b + c rounded once   SQRT NEG ABS (a)
 *   MIN(a, b) = a < b ? a : b    MAX(a, b) = a > b ? a : b    (so a NaN as second operand survives)
 *   RINT(a) to nearest, ties to even   FLOOR(a)   COPYSIGN(magnitude, sign)
 *   LIFT(a)   the real whose bits are a's moved up into the exponent, by 52 (f32: 23): of 1.5*2^52 + n (f32: 1.5*2^23 + n)
 *       it is 2^(n - 1023) (f32: 2^(n - 127)) for whole n from 1 to 2046 (254), zero for n = 0; of NaN any number
 *   EXPONENT(a), MANTISSA(a)   of a positive normal a = MANTISSA * 2^EXPONENT, 1 <= MANTISSA < 2; else any number
 *   LT LE EQ (a, b) -> MASK, false on NaN   AND OR (m, n)   NOT(m)   SELECT(m, a, b)
 *
 * Errors stated at the functions are the largest seen against quadruple precision, in units of the last place (ulp).
 * Coefficients: runtime/src/coefficients/coefficients.sollya. */
#include "hillock/math_coefficients.h"
#include <math.h>

#ifndef HILLOCK_MATH_ALGORITHMS_ONCE
#define HILLOCK_MATH_ALGORITHMS_ONCE
#define MATH_PICK(f64, f32) K(MATH_IS_F32 ? (f32) : (f64))
#define MATH_COUNT(table) ((int)(sizeof(table) / sizeof((table)[0])))
/* `times` its coefficients: a power of two. */
#define MATH_POLYNOMIAL(name, x, times)                                                                               \
    (MATH_IS_F32 ? MATH(polynomial)(MATH_PASS x, math_##name##_f32, MATH_COUNT(math_##name##_f32), times)             \
                 : MATH(polynomial)(MATH_PASS x, math_##name##_f64, MATH_COUNT(math_##name##_f64), times))
/* ln 2 and pi/2 as sums of numbers of the precision. */
#define MATH_LN2_HIGH MATH_PICK(0x1.62e42fefa39efp-1, 0x1.62e43p-1)
#define MATH_LN2_LOW MATH_PICK(0x1.abc9e3b39803fp-56, -0x1.05c61p-29)
#define MATH_LOG2_E MATH_PICK(0x1.71547652b82fep+0, 0x1.715476p+0)
#endif

/* c[0] + c[1] x + ... by Estrin's scheme: few operations one after the other. Three terms are left to Horner's, which is
 * as short then and one product cheaper. */
static VALUE MATH(polynomial)(MATH_CONTEXT VALUE x, const double *c, int count, double times) {
    VALUE term[32] = {K(times * c[0])}, power = x;
    for (int i = 1; i < count; i++) term[i] = K(times * c[i]);
    while (count > 1) {
        if (count == 3) return FMA(FMA(term[2], power, term[1]), power, term[0]);
        for (int i = 0; i < count / 2; i++) term[i] = FMA(term[2 * i + 1], power, term[2 * i]);
        if (count % 2) term[count / 2] = term[count - 1];
        count = (count + 1) / 2;
        if (count > 1) power = MUL(power, power);
    }
    return term[0];
}

/* ---- exp and its kin -------------------------------------------------------------------------------------------- */

/* exp(x) = 2^k (1 + fraction), |fraction| < 0.42, and *scale = 2^(k - less), for |x| < 750 (f32: 90) where k - less is an
 * exponent. x = k ln 2 + r, |r| <= ln(2)/2 (Cody & Waite 1980; both products are exact inside the fused operation). The
 * sum with 1.5*2^52 (f32: 1.5*2^23) rounds x/ln 2 to the whole k, and leaves k in the lowest bits. */
static VALUE MATH(exp_reduce)(MATH_CONTEXT VALUE x, int less, VALUE *scale) {
    VALUE whole = K((MATH_IS_F32 ? 0x1.8p23 + 127 : 0x1.8p52 + 1023) - less);
    VALUE sum = FMA(x, MATH_LOG2_E, whole);
    VALUE minus = NEG(SUB(sum, whole));
    *scale = LIFT(sum);
    return FMA(minus, MATH_LN2_LOW, FMA(minus, MATH_LN2_HIGH, x));
}

static VALUE MATH(exp_fraction)(MATH_CONTEXT VALUE x, int less, VALUE *scale) {
    VALUE r = MATH(exp_reduce)(MATH_PASS x, less, scale);
    return FMA(MUL(r, r), MATH_POLYNOMIAL(exp, r, 1), r);
}

/* exp(x) = 2^(k-1) (1 + g) with g = 1 + 2 fraction: k may be one more than exponents allow. At the bounds the scale is
 * zero, and the result too large. Below 2^-1021.5 (f32: 2^-125.5) it is zero, also where numbers would go on a little
 * further. 1 ulp. */
static VALUE MATH(exp)(MATH_CONTEXT VALUE x) {
    VALUE half;
    VALUE bounded = MAX(MATH_PICK(-708.4, -87.35), MIN(MATH_PICK(709.8, 88.8), x));
    VALUE r = MATH(exp_reduce)(MATH_PASS bounded, 1, &half);
    VALUE g = FMA(MUL(r, r), MATH_POLYNOMIAL(exp, r, 2), ADD(ADD(r, r), K(1)));
    return FMA(half, g, half);
}

/* exp(x) - 1. 2 ulp. */
static VALUE MATH(expm1)(MATH_CONTEXT VALUE x) {
    VALUE quarter; /* 2^k / 4 */
    VALUE bounded = MAX(MATH_PICK(-40, -20), MIN(MATH_PICK(710, 89), x));
    VALUE fraction = MATH(exp_fraction)(MATH_PASS bounded, 2, &quarter);
    return COPYSIGN(MUL(K(4), FMA(quarter, fraction, SUB(quarter, K(0.25)))), x);
}

/* x / (exp(x) - 1), 1 at 0: the removable singularity of rate functions. 2.5 ulp. */
static VALUE MATH(exprelr)(MATH_CONTEXT VALUE x) {
    VALUE bounded = MIN(MATH_PICK(800, 100), x);
    return SELECT(EQ(x, K(0)), K(1), DIV(bounded, MATH(expm1)(MATH_PASS bounded)));
}

/* 1 / (1 + exp(-x)); zero a little before exp(x) is. With exp(-x) = 2^k (1 + fraction) the divisor is rounded once,
 * or twice where 2^k + 1 is no number. 2.1 ulp. */
static VALUE MATH(sigmoid)(MATH_CONTEXT VALUE x) {
    VALUE scale;
    VALUE fraction = MATH(exp_fraction)(MATH_PASS MAX(MATH_PICK(-40, -20), NEG(x)), 0, &scale);
    VALUE result = DIV(K(1), FMA(scale, fraction, ADD(scale, K(1))));
    return SELECT(LT(x, MATH_PICK(-707.35, -86.25)), K(0), result);
}

/* (exp(-2|x|) - 1) / (exp(-2|x|) + 1), each rounded once. 2 ulp. */
static VALUE MATH(tanh)(MATH_CONTEXT VALUE x) {
    VALUE scale;
    VALUE bounded = MAX(MATH_PICK(-40, -20), MUL(K(-2), ABS(x)));
    VALUE fraction = MATH(exp_fraction)(MATH_PASS bounded, 0, &scale);
    VALUE minus = FMA(scale, fraction, SUB(scale, K(1))), plus = FMA(scale, fraction, ADD(scale, K(1)));
    return COPYSIGN(DIV(minus, plus), x);
}

/* (exp(|x|) - 1) / 2 up to where sinh overflows. */
static VALUE MATH(half_expm1)(MATH_CONTEXT VALUE x) {
    VALUE scale;
    VALUE fraction = MATH(exp_fraction)(MATH_PASS MIN(MATH_PICK(711, 90), ABS(x)), 4, &scale);
    return MUL(K(8), FMA(scale, fraction, SUB(scale, K(0.0625))));
}

/* With h = (exp(|x|) - 1)/2: sinh|x| = h + h/(2h + 1). 2.5 ulp. */
static VALUE MATH(sinh)(MATH_CONTEXT VALUE x) {
    VALUE half = MATH(half_expm1)(MATH_PASS x);
    VALUE bounded = MIN(K(0x1p60), half); /* beyond, the second term is one half, which no longer counts */
    return COPYSIGN(ADD(half, DIV(bounded, FMA(K(2), bounded, K(1)))), x);
}

/* exp(|x|)/2 + exp(-|x|)/2. 1.5 ulp. */
static VALUE MATH(cosh)(MATH_CONTEXT VALUE x) {
    VALUE scale;
    VALUE fraction = MATH(exp_fraction)(MATH_PASS MIN(MATH_PICK(711, 90), ABS(x)), 4, &scale);
    VALUE half = MUL(K(8), FMA(scale, fraction, scale));
    return ADD(half, DIV(K(0.25), half));
}

/* ---- logarithms ------------------------------------------------------------------------------------------------- */

/* x = 2^k (1 + f) with 1 + f in (sqrt(1/2), sqrt(2)], for positive normal x. */
static VALUE MATH(log_split)(MATH_CONTEXT VALUE x, VALUE *k) {
    VALUE m = MANTISSA(x), e = EXPONENT(x);
    MASK upper = LT(MATH_PICK(0x1.6a09e667f3bcdp+0, 0x1.6a09e6p+0), m);
    *k = SELECT(upper, ADD(e, K(1)), e);
    return SUB(SELECT(upper, MUL(m, K(0.5)), m), K(1));
}

/* k ln 2 + log(1 + f) + correction. With s = f/(2 + f): log(1 + f) = 2 s + s R(s^2) = f - (f^2/2 - s (f^2/2 + R)),
 * where f is exact and everything else small against it. */
static VALUE MATH(log_join)(MATH_CONTEXT VALUE f, VALUE k, VALUE correction) {
    VALUE s = DIV(f, ADD(K(2), f));
    VALUE square = MUL(s, s), half = MUL(K(0.5), MUL(f, f));
    VALUE rest = MUL(square, MATH_POLYNOMIAL(log, square, 1));
    VALUE small = FMA(s, ADD(half, rest), FMA(k, MATH_LN2_LOW, correction));
    return FMA(k, MATH_LN2_HIGH, SUB(f, SUB(half, small)));
}

/* -inf at 0 (and below the smallest normal number), NaN below 0. 1 ulp. */
static VALUE MATH(log)(MATH_CONTEXT VALUE x) {
    VALUE k;
    VALUE f = MATH(log_split)(MATH_PASS x, &k);
    VALUE result = MATH(log_join)(MATH_PASS f, k, K(0));
    result = SELECT(LT(x, MATH_PICK(0x1p-1022, 0x1p-126)), K(-INFINITY), result);
    result = SELECT(LT(x, K(0)), K(NAN), result);
    return SELECT(LT(x, K(INFINITY)), result, x);
}

/* log(1 + x): what 1 + x loses is exactly known (two-sum, Knuth 1969) and added as lost/(1 + x). 1 ulp. */
static VALUE MATH(log1p)(MATH_CONTEXT VALUE x) {
    VALUE k;
    VALUE u = ADD(K(1), x), x_kept = SUB(u, K(1));
    VALUE lost = ADD(SUB(K(1), SUB(u, x_kept)), SUB(x, x_kept));
    VALUE f = MATH(log_split)(MATH_PASS u, &k);
    VALUE result = COPYSIGN(MATH(log_join)(MATH_PASS f, k, DIV(lost, u)), x);
    result = SELECT(LE(x, K(-1)), SELECT(EQ(x, K(-1)), K(-INFINITY), K(NAN)), result);
    return SELECT(LT(x, K(INFINITY)), result, x);
}

/* log(x) of positive normal x as high + low, to about 12 bits more than the precision (relative). s = f/(2 + f) and
 * 2 s + 2/3 s^3 in pairs of numbers (Dekker 1971), what follows in single ones. */
static VALUE MATH(log_pair)(MATH_CONTEXT VALUE x, VALUE *low) {
    VALUE k;
    VALUE f = MATH(log_split)(MATH_PASS x, &k);
    VALUE d = ADD(K(2), f), d_low = SUB(f, SUB(d, K(2)));
    VALUE s = DIV(f, d);
    VALUE s_low = DIV(FMA(NEG(s), d_low, FMA(NEG(s), d, f)), d);
    VALUE z = MUL(s, s);
    VALUE z_low = FMA(MUL(K(2), s), s_low, FMA(s, s, NEG(z)));
    VALUE rest = MUL(z, MATH_POLYNOMIAL(log_long, z, 1));
    /* c = 2/3 + rest, then c z, then s (2 + c z) */
    VALUE third = MATH_PICK(0x1.5555555555555p-1, 0x1.555556p-1);
    VALUE c = ADD(third, rest);
    VALUE c_low = ADD(SUB(rest, SUB(c, third)), MATH_PICK(0x1.5555555555555p-55, -0x1.555556p-26));
    VALUE t = MUL(c, z);
    VALUE t_low = FMA(c_low, z, FMA(c, z_low, FMA(c, z, NEG(t))));
    VALUE u = MUL(s, t);
    VALUE u_low = FMA(s_low, t, FMA(s, t_low, FMA(s, t, NEG(u))));
    /* (2 s + u) + k ln 2, largest first; k times the short first part of ln 2 is exact */
    VALUE twice = MUL(K(2), s);
    VALUE a = ADD(twice, u);
    VALUE a_low = ADD(SUB(u, SUB(a, twice)), FMA(K(2), s_low, u_low));
    VALUE b = MUL(k, MATH_PICK(0x1.62e42fefa4p-1, 0x1.62e4p-1));
    VALUE sum = ADD(b, a), a_kept = SUB(sum, b);
    VALUE sum_low = ADD(SUB(b, SUB(sum, a_kept)), SUB(a, a_kept));
    sum_low = ADD(sum_low, FMA(k, MATH_PICK(-0x1.8432a1b0e2634p-43, 0x1.7f7d1cp-20), a_low));
    VALUE high = ADD(sum, sum_low);
    *low = SUB(sum_low, SUB(high, sum));
    return high;
}

/* x^y with the special cases of C99 annex F; 0 and inf as exp does at the ends of the range. 1.5 ulp. */
static VALUE MATH(pow)(MATH_CONTEXT VALUE x, VALUE y) {
    VALUE log_low, quarter;
    VALUE size = ABS(x);
    VALUE log_high = MATH(log_pair)(MATH_PASS size, &log_low);
    log_high = SELECT(LT(size, MATH_PICK(0x1p-1022, 0x1p-126)), K(-INFINITY), log_high);
    log_high = SELECT(LT(size, K(INFINITY)), log_high, size);
    VALUE high = MUL(y, log_high);
    VALUE low = FMA(y, log_low, FMA(y, log_high, NEG(high)));
    MASK over = LT(MATH_PICK(710, 89), high), under = LT(high, MATH_PICK(-707.35, -86.25));
    VALUE fraction = MATH(exp_fraction)(MATH_PASS high, 2, &quarter);
    fraction = ADD(fraction, FMA(low, fraction, low)); /* exp(high + low) = exp(high) (1 + low) */
    VALUE result = MUL(FMA(fraction, K(4), K(4)), quarter);
    result = SELECT(over, K(INFINITY), SELECT(under, K(0), result));
    VALUE half = MUL(y, K(0.5));
    MASK whole = EQ(FLOOR(y), y), even = EQ(FLOOR(half), half);
    MASK negative = LT(COPYSIGN(K(1), x), K(0));
    result = SELECT(AND(negative, AND(whole, NOT(even))), NEG(result), result);
    result = SELECT(AND(AND(LT(x, K(0)), LT(size, K(INFINITY))), NOT(whole)), K(NAN), result);
    MASK one = OR(OR(EQ(x, K(1)), EQ(y, K(0))), AND(EQ(size, K(1)), EQ(ABS(y), K(INFINITY))));
    return SELECT(one, K(1), result);
}

/* ---- circular functions ----------------------------------------------------------------------------------------- */

/* x = k pi/2 + r, |r| <= 0.8. The first product is exact inside the fused operation, so is the difference; good up to
 * |x| <= 2^40 (f32: 2^16), the range of sin, cos and tan: beyond, neighbouring numbers are too far apart for an angle
 * to mean much, and they return NaN. */
static VALUE MATH(circular_reduce)(MATH_CONTEXT VALUE x, VALUE *k) {
    *k = RINT(MUL(x, MATH_PICK(0x1.45f306dc9c883p-1, 0x1.45f306p-1)));
    VALUE minus = NEG(*k);
    VALUE r = FMA(minus, MATH_PICK(0x1.921fb54442d18p+0, 0x1.921fb6p+0), x);
    r = FMA(minus, MATH_PICK(0x1.1a62633145c07p-54, -0x1.777a5cp-25), r);
    return FMA(minus, MATH_PICK(-0x1.f1976b7ed8fbcp-110, -0x1.ee59dap-50), r);
}

static VALUE MATH(circular_sin)(MATH_CONTEXT VALUE r) {
    VALUE square = MUL(r, r);
    return FMA(MUL(square, r), MATH_POLYNOMIAL(sin, square, 1), r);
}

static VALUE MATH(circular_cos)(MATH_CONTEXT VALUE r) {
    VALUE square = MUL(r, r);
    return FMA(MUL(square, square), MATH_POLYNOMIAL(cos, square, 1), FMA(square, K(-0.5), K(1)));
}

static MASK MATH(is_odd)(MATH_CONTEXT VALUE whole) {
    VALUE half = MUL(whole, K(0.5));
    return NOT(EQ(FLOOR(half), half));
}

/* sin(k pi/2 + r) */
static VALUE MATH(circular_turn)(MATH_CONTEXT VALUE k, VALUE r) {
    VALUE sine = MATH(circular_sin)(MATH_PASS r), cosine = MATH(circular_cos)(MATH_PASS r);
    VALUE result = SELECT(MATH(is_odd)(MATH_PASS k), cosine, sine);
    return SELECT(MATH(is_odd)(MATH_PASS FLOOR(MUL(k, K(0.5)))), NEG(result), result);
}

/* 1.6 ulp; NaN beyond 2^40 (f32: 2^16). */
static VALUE MATH(sin)(MATH_CONTEXT VALUE x) {
    VALUE k;
    VALUE r = MATH(circular_reduce)(MATH_PASS x, &k);
    VALUE result = SELECT(EQ(x, K(0)), x, MATH(circular_turn)(MATH_PASS k, r));
    return SELECT(LE(ABS(x), MATH_PICK(0x1p40, 0x1p16)), result, K(NAN));
}

/* 1.6 ulp; NaN beyond 2^40 (f32: 2^16). */
static VALUE MATH(cos)(MATH_CONTEXT VALUE x) {
    VALUE k;
    VALUE r = MATH(circular_reduce)(MATH_PASS x, &k);
    VALUE result = MATH(circular_turn)(MATH_PASS ADD(k, K(1)), r);
    return SELECT(LE(ABS(x), MATH_PICK(0x1p40, 0x1p16)), result, K(NAN));
}

/* 3.5 ulp; NaN beyond 2^40 (f32: 2^16). */
static VALUE MATH(tan)(MATH_CONTEXT VALUE x) {
    VALUE k;
    VALUE r = MATH(circular_reduce)(MATH_PASS x, &k);
    VALUE sine = MATH(circular_sin)(MATH_PASS r), cosine = MATH(circular_cos)(MATH_PASS r);
    MASK odd = MATH(is_odd)(MATH_PASS k);
    VALUE result = DIV(SELECT(odd, NEG(cosine), sine), SELECT(odd, sine, cosine));
    result = SELECT(EQ(x, K(0)), x, result);
    return SELECT(LE(ABS(x), MATH_PICK(0x1p40, 0x1p16)), result, K(NAN));
}

/* Reduced by atan(a) = pi/4 + atan((a - 1)/(a + 1)) = pi/2 + atan(-1/a) to |t| <= tan(pi/8). 2 ulp. */
static VALUE MATH(atan)(MATH_CONTEXT VALUE x) {
    VALUE a = ABS(x);
    MASK middle = LT(K(0.4142), a), upper = LT(K(2.4143), a);
    VALUE above = SELECT(upper, K(-1), SELECT(middle, SUB(a, K(1)), a));
    VALUE below = SELECT(upper, a, SELECT(middle, ADD(a, K(1)), K(1)));
    VALUE t = DIV(above, below);
    VALUE base = SELECT(middle, MATH_PICK(0x1.921fb54442d18p-1, 0x1.921fb6p-1), K(0));
    VALUE base_low = SELECT(middle, MATH_PICK(0x1.1a62633145c07p-55, -0x1.777a5cp-26), K(0));
    base = SELECT(upper, ADD(base, base), base);
    base_low = SELECT(upper, ADD(base_low, base_low), base_low);
    VALUE square = MUL(t, t);
    VALUE tail = FMA(MUL(square, t), MATH_POLYNOMIAL(atan, square, 1), base_low);
    return COPYSIGN(ADD(base, ADD(t, tail)), x);
}

/* ---- the error function ----------------------------------------------------------------------------------------- */

/* Up to 1 an odd polynomial, from there 1 - exp(a polynomial). 1.5 ulp. */
static VALUE MATH(erf)(MATH_CONTEXT VALUE x) {
    VALUE scale;
    VALUE a = MIN(MATH_PICK(6, 4), ABS(x));
    VALUE near = FMA(a, MATH_POLYNOMIAL(erf, MUL(a, a), 1), a);
    VALUE fraction = MATH(exp_fraction)(MATH_PASS MATH_POLYNOMIAL(erf_tail, SUB(a, K(1)), 1), 0, &scale);
    VALUE far = SUB(K(1), MUL(ADD(fraction, K(1)), scale));
    return COPYSIGN(SELECT(LT(K(1), a), far, near), x);
}

/* ---- random numbers --------------------------------------------------------------------------------------------- */

/* A standard normal number of two independent uniforms in (0,1): sqrt(-2 log u) cos(2 pi v) (Box & Muller 1958). */
static VALUE MATH(normal)(MATH_CONTEXT VALUE u, VALUE v) {
    VALUE k = RINT(MUL(K(4), v));
    VALUE r = MUL(FMA(k, K(-0.25), v), MATH_PICK(0x1.921fb54442d18p+2, 0x1.921fb6p+2));
    VALUE radius = SQRT(MUL(K(-2), MATH(log)(MATH_PASS u)));
    return MUL(radius, MATH(circular_turn)(MATH_PASS ADD(k, K(1)), r));
}
