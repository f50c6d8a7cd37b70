/* Elementary functions of the language on the host: the same bits as compiled kernels, from the same text
 * (hillock/math_algorithms.h, which states errors, ranges and special values). `…f` is single precision throughout. */
#ifndef HILLOCK_MATH_H
#define HILLOCK_MATH_H

/* F(name) for every function of one argument, and of two. */
#define HIL_MATH_UNARY(F)                                                                                             \
    F(exp) F(expm1) F(log) F(log1p) F(tanh) F(sigmoid) F(exprelr) F(sin) F(cos) F(tan) F(atan) F(sinh) F(cosh) F(erf)
#define HIL_MATH_BINARY(F) F(pow) F(normal)

#define HIL_MATH_DECLARE(name)                                                                                        \
    double hil_math_##name(double x);                                                                                 \
    float hil_math_##name##f(float x);
HIL_MATH_UNARY(HIL_MATH_DECLARE)
#undef HIL_MATH_DECLARE

#define HIL_MATH_DECLARE(name)                                                                                        \
    double hil_math_##name(double x, double y);                                                                       \
    float hil_math_##name##f(float x, float y);
HIL_MATH_BINARY(HIL_MATH_DECLARE)
#undef HIL_MATH_DECLARE

#endif
