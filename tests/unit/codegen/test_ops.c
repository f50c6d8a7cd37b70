/* Every basic op, alone, on every pair of telling numbers: compiled code gives the interpreter's bits at every machine
 * level and at every optimization. The table of ops is walked, so a new op is tested once it is in the table. */
#include "compare.h"

#include "kernel/arithmetic.h"
#include "suite.h"
#include <math.h>
#include <stdlib.h>

static const double numbers[] = {
    0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 0.49999999999999994, 3.7, -3.7, 1e-3, 1e10, -1e10,
    0x1p52 - 0.5, 0x1p52 + 1, 0.5 - 0x1p52, 0x1p23 - 0.5, 0.5 - 0x1p23, 0x1p23 + 1, 1e30, -1e30,
    0x1p-1022, 0x1p-126, 0x1.8p-1030, -0x1.8p-1030, 0x1.8p-140, -0x1.8p-140, 100, -100, 126, -126, HUGE_VAL, -HUGE_VAL, NAN,
};
enum { NUMBERS = sizeof numbers / sizeof *numbers, LANES = NUMBERS * NUMBERS, PADDED = (LANES + 31) / 32 * 32 };

/* result = op(a, b, c) with a mask where it wants one, and as 1 or 0 where it gives one. */
static Kernel *kernel_of(Arena *arena, Names *names, KernelOp op, int precision) {
    const KernelOpInfo *info = kernel_op_info(op);
    Kernel *kernel = kernel_new(arena, name_of(names, info->text), HIL_SHAPE_LANES, precision);
    const char *planes[] = {"a", "b", "c"};
    int operands[3] = {-1, -1, -1}, reals[3], plane[3];
    for (int i = 0; i < 3; i++) {
        plane[i] = kernel_plane(arena, kernel, name_of(names, planes[i]), KERNEL_SELF, precision);
        reals[i] = kernel_load(arena, kernel, plane[i]);
    }
    int zero = kernel_constant(arena, kernel, 0), one = kernel_constant(arena, kernel, 1);
    for (int i = 0; info->operands[i]; i++) {
        operands[i] = info->operands[i] == 'm' ? kernel_emit(arena, kernel, KERNEL_LT, zero, reals[i], -1) : reals[i];
    }
    int value = kernel_emit(arena, kernel, op, operands[0], operands[1], operands[2]);
    if (info->result == KERNEL_MASK) value = kernel_emit(arena, kernel, KERNEL_SELECT, value, one, zero);
    int result = kernel_plane(arena, kernel, name_of(names, "result"), KERNEL_SELF, precision);
    kernel_store(arena, kernel, result, value);
    return kernel;
}

static void fill(void *planes[4], int precision) {
    for (int i = 0; i < PADDED; i++) {
        double values[4] = {numbers[i % NUMBERS], numbers[i / NUMBERS % NUMBERS], numbers[(i * 7 + 3) % NUMBERS], 0};
        for (int k = 0; k < 4; k++) plane_put(planes[k], precision, i, values[k]);
    }
}

static void compare_op(const Kernel *kernel, HilKernelFunction *function, int level) {
    void *interpreted[4], *compiled[4];
    for (int i = 0; i < 4; i++) {
        interpreted[i] = aligned_alloc(64, PADDED * sizeof(double));
        compiled[i] = aligned_alloc(64, PADDED * sizeof(double));
    }
    fill(interpreted, kernel->precision);
    fill(compiled, kernel->precision);
    kernel_interpret(kernel, &(HilCall){.planes = interpreted, .end = LANES});
    uint64_t mode = kernel_flush_begin();
    function(&(HilCall){.planes = compiled, .end = LANES});
    kernel_flush_end(mode);
    for (int i = 0; i < LANES; i++) {
        double x = plane_get(interpreted[3], kernel->precision, i), y = plane_get(compiled[3], kernel->precision, i);
        bool same = (isnan(x) && isnan(y)) || (x == y && signbit(x) == signbit(y));
        ck_assert_msg(same, "%s f%d level %d of %a, %a, %a: interpreted %a, compiled %a", kernel->name,
                      kernel->precision == HIL_F64 ? 64 : 32, level, plane_get(interpreted[0], kernel->precision, i),
                      plane_get(interpreted[1], kernel->precision, i), plane_get(interpreted[2], kernel->precision, i),
                      x, y);
    }
    for (int i = 0; i < 4; i++) {
        free(interpreted[i]);
        free(compiled[i]);
    }
}

START_TEST(every_op_gives_the_interpreters_bits) {
    int precision = _i % 2 ? HIL_F32 : HIL_F64, optimization = _i / 2 == 0 ? 0 : _i / 2 + 1;
    Arena *arena = arena_new();
    Names *names = names_new(arena);
    Kernel *kernels[KERNEL_OP_COUNT];
    int count = 0;
    for (int op = 0; op < KERNEL_OP_COUNT; op++) {
        if (kernel_op_info((KernelOp)op)->class != 'b') continue;
        kernels[count++] = kernel_of(arena, names, (KernelOp)op, precision);
    }
    CodegenProgram *program = compare_compile(kernels, count, compare_levels(), optimization);
    for (int i = 0; i < count * HIL_LEVEL_COUNT; i++) {
        HilKernelFunction *function = codegen_functions(program)[i];
        if (function) compare_op(kernels[i / HIL_LEVEL_COUNT], function, i % HIL_LEVEL_COUNT);
    }
    codegen_free(program);
    arena_free(arena);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        LOOP(every_op_gives_the_interpreters_bits, 6),
    };
    return SUITE_RUN("codegen ops", rows);
}
