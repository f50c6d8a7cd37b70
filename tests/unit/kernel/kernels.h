/* Kernels in tests: read from text and printed again, and numbers in planes of either precision.
 * In: text that must be a kernel, else the test fails with what the reader says. */
#ifndef HILLOCK_TESTS_KERNEL_KERNELS_H
#define HILLOCK_TESTS_KERNEL_KERNELS_H

#include "kernel/kernel.h"

Kernel *read_kernel(Compilation *c, const char *text);
Kernel *read_kernel_file(Compilation *c, const char *path);
/* What kernel_print says; the caller frees it. */
char *printed_kernel(const Kernel *kernel);
/* The last diagnostic's message, or "". */
const char *last_message(const Compilation *c);

void plane_put(void *plane, int precision, int at, double number);
double plane_get(const void *plane, int precision, int at);
/* The same bits, or both a NaN. */
bool same_real(double a, double b);

#endif
