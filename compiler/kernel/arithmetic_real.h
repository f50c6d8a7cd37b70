/* The basic ops in one precision: a template that arithmetic.c includes once for double and once for float.
 * Wants REAL, BITS (its unsigned integer), FIELD (of KernelLane), FRACTION_BITS, BIAS, MATH(name) (C's function in the
 * precision) and REAL_NAME(name). */

static inline BITS REAL_NAME(to_bits)(REAL x) {
    BITS bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline REAL REAL_NAME(from_bits)(BITS bits) {
    REAL x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

#define SIGN_BIT ((BITS)1 << (8 * sizeof(BITS) - 1))
#define FRACTION (((BITS)1 << FRACTION_BITS) - 1)
#define EXPONENT_FIELD ((BITS)(2 * BIAS + 1))

/* Subnormal to zero, by hand: C's functions for min, max and rounding need not obey the processor's mode. */
static inline REAL REAL_NAME(flush)(REAL x) {
    BITS bits = REAL_NAME(to_bits)(x);
    return (bits >> FRACTION_BITS & EXPONENT_FIELD) == 0 ? REAL_NAME(from_bits)(bits & SIGN_BIT) : x;
}

static inline REAL REAL_NAME(lift)(REAL a) {
    return REAL_NAME(from_bits)(REAL_NAME(to_bits)(a) << FRACTION_BITS);
}

static inline REAL REAL_NAME(exponent)(REAL a) {
    return (REAL)((int)(REAL_NAME(to_bits)(a) >> FRACTION_BITS & EXPONENT_FIELD) - BIAS);
}

static inline REAL REAL_NAME(mantissa)(REAL a) {
    return REAL_NAME(from_bits)((REAL_NAME(to_bits)(a) & FRACTION) | (BITS)BIAS << FRACTION_BITS);
}

static inline REAL REAL_NAME(negate)(REAL a) {
    return REAL_NAME(from_bits)(REAL_NAME(to_bits)(a) ^ SIGN_BIT);
}

static inline REAL REAL_NAME(magnitude)(REAL a) {
    return REAL_NAME(from_bits)(REAL_NAME(to_bits)(a) & ~SIGN_BIT);
}

static inline REAL REAL_NAME(copy_sign)(REAL a, REAL b) {
    return REAL_NAME(from_bits)((REAL_NAME(to_bits)(a) & ~SIGN_BIT) | (REAL_NAME(to_bits)(b) & SIGN_BIT));
}

static void REAL_NAME(arithmetic)(KernelOp op, KernelLane *result, const KernelLane *a, const KernelLane *b,
                                  const KernelLane *c, int lanes) {
#define A a[i].FIELD
#define B b[i].FIELD
#define C c[i].FIELD
#define FOR_EACH(member, value)                                                                                    \
    for (int i = 0; i < lanes; i++) result[i].member = (value);                                                    \
    break
    switch (op) {
    case KERNEL_ADD: FOR_EACH(FIELD, A + B);
    case KERNEL_SUB: FOR_EACH(FIELD, A - B);
    case KERNEL_MUL: FOR_EACH(FIELD, A * B);
    case KERNEL_DIV: FOR_EACH(FIELD, A / B);
    case KERNEL_FMA: FOR_EACH(FIELD, MATH(fma)(A, B, C));
    case KERNEL_NEG: FOR_EACH(FIELD, REAL_NAME(negate)(A));
    case KERNEL_ABS: FOR_EACH(FIELD, REAL_NAME(magnitude)(A));
    case KERNEL_SQRT: FOR_EACH(FIELD, MATH(sqrt)(A));
    case KERNEL_MIN: FOR_EACH(FIELD, REAL_NAME(flush)(A < B ? A : B));
    case KERNEL_MAX: FOR_EACH(FIELD, REAL_NAME(flush)(A > B ? A : B));
    case KERNEL_RINT: FOR_EACH(FIELD, MATH(rint)(REAL_NAME(flush)(A)));
    case KERNEL_FLOOR: FOR_EACH(FIELD, MATH(floor)(REAL_NAME(flush)(A)));
    case KERNEL_COPYSIGN: FOR_EACH(FIELD, REAL_NAME(copy_sign)(A, B));
    case KERNEL_LIFT: FOR_EACH(FIELD, REAL_NAME(lift)(A));
    case KERNEL_EXPONENT: FOR_EACH(FIELD, REAL_NAME(exponent)(A));
    case KERNEL_MANTISSA: FOR_EACH(FIELD, REAL_NAME(mantissa)(A));
    case KERNEL_LT: FOR_EACH(mask, A < B);
    case KERNEL_LE: FOR_EACH(mask, A <= B);
    case KERNEL_EQ: FOR_EACH(mask, A == B);
    case KERNEL_AND: FOR_EACH(mask, a[i].mask && b[i].mask);
    case KERNEL_OR: FOR_EACH(mask, a[i].mask || b[i].mask);
    case KERNEL_NOT: FOR_EACH(mask, !a[i].mask);
    case KERNEL_SELECT: FOR_EACH(FIELD, a[i].mask ? B : C);
    default: break;
    }
#undef A
#undef B
#undef C
#undef FOR_EACH
}

#undef SIGN_BIT
#undef FRACTION
#undef EXPONENT_FIELD
#undef REAL
#undef BITS
#undef FIELD
#undef FRACTION_BITS
#undef BIAS
#undef MATH
#undef REAL_NAME
