/* See arithmetic.h: the basic ops over lanes, in double and in float, and the processor's flush-to-zero mode. */
#include "kernel/arithmetic.h"

#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

#define REAL double
#define BITS uint64_t
#define FIELD f64
#define FRACTION_BITS 52
#define BIAS 1023
#define MATH(name) name
#define REAL_NAME(name) name##_f64
#include "kernel/arithmetic_real.h"

#define REAL float
#define BITS uint32_t
#define FIELD f32
#define FRACTION_BITS 23
#define BIAS 127
#define MATH(name) name##f
#define REAL_NAME(name) name##_f32
#include "kernel/arithmetic_real.h"

void kernel_arithmetic(int precision, KernelOp op, KernelLane *result, const KernelLane *a, const KernelLane *b,
                       const KernelLane *c, int lanes) {
    if (precision == HIL_F64) arithmetic_f64(op, result, a, b, c, lanes);
    else arithmetic_f32(op, result, a, b, c, lanes);
}

KernelLane kernel_lane_of(int precision, double number) {
    if (precision == HIL_F64) return (KernelLane){.f64 = flush_f64(number)};
    return (KernelLane){.f32 = flush_f32((float)number)};
}

double kernel_lane_number(int precision, KernelLane lane) {
    return precision == HIL_F64 ? lane.f64 : (double)lane.f32;
}

/* x86: MXCSR bits 15 (results) and 6 (operands). AArch64: FPCR bit 24 does both. Elsewhere subnormals stay. */
uint64_t kernel_flush_begin(void) {
#if defined(__x86_64__)
    unsigned before = _mm_getcsr();
    _mm_setcsr(before | 0x8040u);
    return before;
#elif defined(__aarch64__)
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | (uint64_t)1 << 24) : "memory");
    return before;
#else
    return 0;
#endif
}

void kernel_flush_end(uint64_t before) {
#if defined(__x86_64__)
    _mm_setcsr((unsigned)before);
#elif defined(__aarch64__)
    __asm__ volatile("msr fpcr, %0" : : "r"(before) : "memory");
#else
    (void)before;
#endif
}
