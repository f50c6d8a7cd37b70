/* The elementary functions as scalar code: hillock/math_algorithms.h read twice, as double and as float. Kept true:
 * each macro is the operation the kernel IR names so, bit for bit (no contraction: -ffp-contract=off), with or without an
 * instruction for fused multiply-add. */
#include "clones.h"
#include "hillock/math.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static uint64_t bits_of_double(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double double_of_bits(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static uint32_t bits_of_float(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static float float_of_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static double lift_double(double x) {
    return double_of_bits(bits_of_double(x) << 52);
}

static float lift_float(float x) {
    return float_of_bits(bits_of_float(x) << 23);
}

static double exponent_of_double(double x) {
    return (double)((int)(bits_of_double(x) >> 52 & 0x7ff) - 1023);
}

static float exponent_of_float(float x) {
    return (float)((int)(bits_of_float(x) >> 23 & 0xff) - 127);
}

static double mantissa_of_double(double x) {
    return double_of_bits((bits_of_double(x) & 0x000fffffffffffff) | 0x3ff0000000000000);
}

static float mantissa_of_float(float x) {
    return float_of_bits((bits_of_float(x) & 0x007fffff) | 0x3f800000);
}

#define MATH_CONTEXT
#define MATH_PASS
#define MASK bool
#define ADD(a, b) ((a) + (b))
#define SUB(a, b) ((a) - (b))
#define MUL(a, b) ((a) * (b))
#define DIV(a, b) ((a) / (b))
#define NEG(a) (-(a))
#define LT(a, b) ((a) < (b))
#define LE(a, b) ((a) <= (b))
#define EQ(a, b) ((a) == (b))
#define AND(a, b) ((a) && (b))
#define OR(a, b) ((a) || (b))
#define NOT(a) (!(a))
#define SELECT(mask, a, b) ((mask) ? (a) : (b))

static double minimum_double(double a, double b) {
    return a < b ? a : b;
}

static double maximum_double(double a, double b) {
    return a > b ? a : b;
}

static float minimum_float(float a, float b) {
    return a < b ? a : b;
}

static float maximum_float(float a, float b) {
    return a > b ? a : b;
}

#define MATH(name) double_##name
#define MATH_IS_F32 0
#define VALUE double
#define K(c) ((double)(c))
#define FMA(a, b, c) __builtin_fma(a, b, c)
#define ABS(a) __builtin_fabs(a)
#define SQRT(a) __builtin_sqrt(a)
#define MIN(a, b) minimum_double(a, b)
#define MAX(a, b) maximum_double(a, b)
#define RINT(a) __builtin_rint(a)
#define FLOOR(a) __builtin_floor(a)
#define COPYSIGN(a, b) __builtin_copysign(a, b)
#define LIFT(a) lift_double(a)
#define EXPONENT(a) exponent_of_double(a)
#define MANTISSA(a) mantissa_of_double(a)
#include "hillock/math_algorithms.h"

#undef MATH
#undef MATH_IS_F32
#undef VALUE
#undef K
#undef FMA
#undef ABS
#undef SQRT
#undef MIN
#undef MAX
#undef RINT
#undef FLOOR
#undef COPYSIGN
#undef LIFT
#undef EXPONENT
#undef MANTISSA
#define MATH(name) float_##name
#define MATH_IS_F32 1
#define VALUE float
#define K(c) ((float)(c))
#define FMA(a, b, c) __builtin_fmaf(a, b, c)
#define ABS(a) __builtin_fabsf(a)
#define SQRT(a) __builtin_sqrtf(a)
#define MIN(a, b) minimum_float(a, b)
#define MAX(a, b) maximum_float(a, b)
#define RINT(a) __builtin_rintf(a)
#define FLOOR(a) __builtin_floorf(a)
#define COPYSIGN(a, b) __builtin_copysignf(a, b)
#define LIFT(a) lift_float(a)
#define EXPONENT(a) exponent_of_float(a)
#define MANTISSA(a) mantissa_of_float(a)
#include "hillock/math_algorithms.h"

#define DEFINE(name)                                                                                                  \
    HIL_EACH_LEVEL double hil_math_##name(double x) {                                                                                \
        return double_##name(x);                                                                                      \
    }                                                                                                                 \
    HIL_EACH_LEVEL float hil_math_##name##f(float x) {                                                                               \
        return float_##name(x);                                                                                       \
    }
HIL_MATH_UNARY(DEFINE)
#undef DEFINE

#define DEFINE(name)                                                                                                  \
    HIL_EACH_LEVEL double hil_math_##name(double x, double y) {                                                                      \
        return double_##name(x, y);                                                                                   \
    }                                                                                                                 \
    HIL_EACH_LEVEL float hil_math_##name##f(float x, float y) {                                                                      \
        return float_##name(x, y);                                                                                    \
    }
HIL_MATH_BINARY(DEFINE)
#undef DEFINE
