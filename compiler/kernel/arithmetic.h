/* What every basic op computes, said once: the interpreter runs it over lanes, kernel_lower folds constants with it.
 * In: an op of class 'b' and lanes of its operands, in a precision. Out: lanes of its result.
 * Holds while between kernel_flush_begin and kernel_flush_end: subnormal operands and results of arithmetic count as
 * zeros of their sign, as in the step loop. A NaN's sign and payload are not part of the meaning.
 * One case differs between processors: a result that only rounding brings up to the smallest normal number (an exact
 * product of (1 - 2^-104) 2^-1022) is that number on x86, which flushes after rounding, and zero on AArch64. */
#ifndef HILLOCK_KERNEL_ARITHMETIC_H
#define HILLOCK_KERNEL_ARITHMETIC_H

#include "kernel/kernel.h"

typedef union KernelLane {
    double f64;
    float f32;
    bool mask;
} KernelLane;

void kernel_arithmetic(int precision, KernelOp op, KernelLane *result, const KernelLane *a, const KernelLane *b,
                       const KernelLane *c, int lanes);

/* A number as a constant of the precision: rounded, subnormals to zero; and back, exactly. */
KernelLane kernel_lane_of(int precision, double number);
double kernel_lane_number(int precision, KernelLane lane);

/* Switches flushing on and off for the calling thread; what begin returns goes to end. */
uint64_t kernel_flush_begin(void);
void kernel_flush_end(uint64_t before);

#endif
