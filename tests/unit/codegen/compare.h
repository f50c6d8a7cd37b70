/* Runs a kernel twice from the same memory, interpreted and compiled, and compares every bit.
 * In: a lowered kernel, a level that this machine has, a seed for the memory. Out: NULL, or a text that says where the
 * two differ. Compiled code runs with subnormals flushed, as in the step loop. */
#ifndef HILLOCK_TESTS_CODEGEN_COMPARE_H
#define HILLOCK_TESTS_CODEGEN_COMPARE_H

#include "../kernel/generate.h"
#include "../kernel/kernels.h"
#include "codegen/codegen.h"

/* Compiles kernels for the levels of `mask`. Ends the test with the code generator's message when it fails. */
CodegenProgram *compare_compile(Kernel *const *kernels, int count, int mask, int optimization);
const char *compare_run(Arena *arena, const Kernel *kernel, HilKernelFunction *function, uint64_t seed, int lanes);
/* All levels up to this machine's best. */
int compare_levels(void);

#endif
