/* Compiled code and the interpreter agree bit for bit: on random kernels of every shape and precision, at every machine
 * level this processor has and every optimization (which chooses widths, too). The random kernels use every op
 * (tests/unit/kernel/generate.h). */
#include "compare.h"
#include "suite.h"

#include <stdlib.h>

enum { KERNELS = 4 };

static const char *const shape_words[] = {"lanes", "list", "row", "edge", "from"};
static const char *const level_words[] = {"base", "v3", "v4"};

static void compare(Arena *arena, Kernel **kernels, int optimization, const int *lanes, int lane_count) {
    CodegenProgram *program = compare_compile(kernels, KERNELS, compare_levels(), optimization);
    HilKernelFunction *const *functions = codegen_functions(program);
    for (int i = 0; i < KERNELS * HIL_LEVEL_COUNT; i++) {
        if (!functions[i]) continue;
        const Kernel *kernel = kernels[i / HIL_LEVEL_COUNT];
        for (int k = 0; k < lane_count; k++) {
            const char *difference = compare_run(arena, kernel, functions[i], (uint64_t)(77 + k), lanes[k]);
            if (difference && getenv("HILLOCK_TEST_PRINT")) kernel_print(kernel, stdout);
            ck_assert_msg(!difference, "%s f%d kernel %d, %s, %d lanes: interpreted and compiled differ: %s",
                          shape_words[kernel->shape], kernel->precision == HIL_F64 ? 64 : 32, i / HIL_LEVEL_COUNT,
                          level_words[i % HIL_LEVEL_COUNT], lanes[k], difference);
        }
    }
    codegen_free(program);
}

static void compare_shape(int shape, int precision, int optimization) {
    Arena *arena = arena_new();
    Kernel *kernels[KERNELS];
    for (int i = 0; i < KERNELS; i++) {
        uint64_t seed = (uint64_t)(1 + i + KERNELS * (shape + 5 * precision + 10 * optimization));
        kernels[i] = kernel_lower(arena, kernel_generate(arena, seed, shape, precision));
    }
    compare(arena, kernels, optimization, (const int[]){1, 31, 100}, 3);
    arena_free(arena);
}

static bool has_loop(const Kernel *kernel) {
    for (int i = 0; i < kernel->code.count; i++)
        if (kernel->code.at[i].op == KERNEL_LOOP) return true;
    return false;
}

START_TEST(random_kernels_give_the_interpreters_bits) {
    const int optimizations[] = {0, 2, 3};
    compare_shape(_i % 5, _i / 5 % 2 ? HIL_F32 : HIL_F64, optimizations[_i / 10]);
}
END_TEST

/* A kernel for one cell computes functions side by side (codegen/lone.c), loops apart. */
START_TEST(lone_random_kernels_give_the_interpreters_bits) {
    Arena *arena = arena_new();
    Kernel *kernels[KERNELS];
    uint64_t seed = (uint64_t)(1000 + 1000 * _i);
    for (int i = 0; i < KERNELS; i++) {
        do kernels[i] = kernel_lower(arena, kernel_generate(arena, seed++, HIL_SHAPE_LANES, _i % 2 ? HIL_F32 : HIL_F64));
        while (has_loop(kernels[i]));
        kernels[i]->lanes = 1;
    }
    compare(arena, kernels, 2 + _i / 2 % 2, (const int[]){1}, 1);
    arena_free(arena);
}
END_TEST

/* Three levels of exponentials, of one code each, more than there are lanes, whose results also cross: each must come
 * from its own lane, and in an order that gives every argument in time. */
START_TEST(exponentials_side_by_side_keep_their_lanes) {
    enum { MANY = 9, LEVELS = 3 };
    Arena *arena = arena_new();
    Names *names = names_new(arena);
    Kernel *kernels[KERNELS];
    for (int i = 0; i < KERNELS; i++) {
        Kernel *kernel = kernel_new(arena, name_of(names, "lone"), HIL_SHAPE_LANES, i % 2 ? HIL_F32 : HIL_F64);
        int values[MANY];
        for (int k = 0; k < MANY; k++) {
            Name plane = name_print(names, "x%d", k);
            values[k] = kernel_load(arena, kernel, kernel_plane(arena, kernel, plane, KERNEL_SELF, kernel->precision));
        }
        for (int level = 0; level < LEVELS; level++) {
            int next[MANY];
            for (int k = 0; k < MANY; k++) {
                KernelOp op = i < 2 || k % 3 ? KERNEL_EXP : KERNEL_TANH;
                int crossed = kernel_emit(arena, kernel, KERNEL_SUB, values[k], values[(k + level + 1) % MANY], -1);
                next[k] = kernel_emit(arena, kernel, op, kernel_emit(arena, kernel, KERNEL_NEG, crossed, -1, -1), -1, -1);
            }
            for (int k = 0; k < MANY; k++) values[k] = next[k];
        }
        for (int k = 0; k < MANY; k++) kernel_store(arena, kernel, k, values[k]);
        kernels[i] = kernel_lower(arena, kernel);
        kernels[i]->lanes = 1;
    }
    for (int optimization = 0; optimization < 4; optimization++)
        compare(arena, kernels, optimization, (const int[]){1}, 1);
    arena_free(arena);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(120),
        LOOP(random_kernels_give_the_interpreters_bits, 30),
        LOOP(lone_random_kernels_give_the_interpreters_bits, 8),
        TEST(exponentials_side_by_side_keep_their_lanes),
    };
    return SUITE_RUN("codegen equality", rows);
}
