/* Random but sound kernels and calls for them, for tests that compare two ways of running a kernel.
 * In: a seed, a shape and a precision. Out: a kernel that kernel_verify accepts and that uses, over the seeds, every
 * op, nested loops and planes of every index and storage; and memory bound to it. The same seed gives the same kernel.
 *
 * No lane's bits depend on what the ops leave open: where the sign of a NaN or an exponent out of range would show, the
 * kernel guards it, so two runs may be compared bit for bit, with every NaN equal to every other. */
#ifndef HILLOCK_TESTS_KERNEL_GENERATE_H
#define HILLOCK_TESTS_KERNEL_GENERATE_H

#include "kernel/kernel.h"

/* Names are interned in `names`. */
Kernel *kernel_generate_in(Arena *arena, Names *names, uint64_t seed, int shape, int precision);
/* The same with names of its own. */
Kernel *kernel_generate(Arena *arena, uint64_t seed, int shape, int precision);

/* Memory for one call of a kernel: `lanes` instances, planes padded to HIL_PAD and filled with numbers of all sizes,
 * some of them 0, -0, infinite, NaN or subnormal. Sources and targets (EDGE, ROW) count PEERS each. */
enum { GENERATED_PEERS = 37 };

typedef struct GeneratedCall {
    HilCall call;
    void **planes;
    size_t *plane_bytes;
    int plane_count, event_count;
} GeneratedCall;

GeneratedCall *generated_call_new(Arena *arena, const Kernel *kernel, uint64_t seed, int lanes);

/* True when two calls of a kernel hold the same: planes below `lanes` (of peers: all) and fired lists, bit for bit but
 * for NaNs. On false says in text (in the arena) where they differ. */
bool generated_calls_equal(Arena *arena, const Kernel *kernel, const GeneratedCall *a, const GeneratedCall *b,
                           int lanes, const char **difference);

#endif
