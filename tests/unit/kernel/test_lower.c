/* kernel_lower keeps every bit: elementary functions equal the runtime's hil_math_*, random kernels do the same before
 * and after; and it leaves little: only basic ops, equal values once, constants done, nothing without effect. */
#include "generate.h"
#include "kernels.h"
#include "hillock/math.h"
#include "kernel/arithmetic.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>

enum { LANES = 448 };

typedef struct Function {
    KernelOp op;
    double (*wide)(double);
    float (*narrow)(float);
    double (*wide2)(double, double);
    float (*narrow2)(float, float);
} Function;

#define UNARY(ID, name) {KERNEL_##ID, hil_math_##name, hil_math_##name##f, NULL, NULL}
#define BINARY(ID, name) {KERNEL_##ID, NULL, NULL, hil_math_##name, hil_math_##name##f}
static const Function functions[] = {
    UNARY(EXP, exp),         UNARY(EXPM1, expm1), UNARY(LOG, log),   UNARY(LOG1P, log1p), UNARY(TANH, tanh),
    UNARY(SIGMOID, sigmoid), UNARY(EXPRELR, exprelr), UNARY(SIN, sin), UNARY(COS, cos),   UNARY(TAN, tan),
    UNARY(ATAN, atan),       UNARY(SINH, sinh),   UNARY(COSH, cosh), UNARY(ERF, erf),     BINARY(POW, pow),
    BINARY(NORMAL, normal),
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

/* Special values, then the numbers that elementary functions meet: all signs, magnitudes 2^-60 to 2^60 and around 1. */
static void fill_arguments(double *x, double *y, bool wide) {
    static const double special[] = {0.0, -0.0, INFINITY, -INFINITY, NAN, 1, -1, 2, -2, 0.5, -0.5, 710, -710, 89, -89,
                                     0x1p-1022, 0x1p-126, 0x1.fffffep127, 3, -3};
    uint64_t state = 12345;
    int count = (int)(sizeof special / sizeof *special);
    for (int i = 0; i < LANES; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double fraction = (double)(state >> 11) * 0x1p-53;
        double scaled = ldexp(fraction + 0.5, i % 121 - 60) * (i % 2 ? 1 : -1);
        x[i] = i < count ? special[i] : i % 3 ? 40 * fraction - 20 : scaled;
        y[i] = i < count * count ? special[i / count] : i % 5 ? 8 * fraction - 4 : (double)(i % 9 - 4);
        if (!wide) x[i] = (double)(float)x[i], y[i] = (double)(float)y[i];
    }
}

START_TEST(elementary_functions_equal_the_runtime_bit_for_bit) {
    const Function *function = &functions[_i / 2];
    bool wide = _i % 2 == 0;
    Arena *arena = arena_new();
    Names *names = names_new(arena);
    static double x[LANES], y[LANES];
    static double result[LANES];
    fill_arguments(x, y, wide);
    Kernel *kernel = kernel_new(arena, name_of(names, "f"), HIL_SHAPE_LANES, wide ? HIL_F64 : HIL_F32);
    int px = kernel_plane(arena, kernel, name_of(names, "x"), KERNEL_SELF, HIL_F64);
    int py = kernel_plane(arena, kernel, name_of(names, "y"), KERNEL_SELF, HIL_F64);
    int pr = kernel_plane(arena, kernel, name_of(names, "r"), KERNEL_SELF, HIL_F64);
    int a = kernel_load(arena, kernel, px), b = function->wide2 ? kernel_load(arena, kernel, py) : -1;
    kernel_store(arena, kernel, pr, kernel_emit(arena, kernel, function->op, a, b, -1));
    HilCall call = {.planes = (void *[]){x, y, result}, .end = LANES};
    kernel_interpret(kernel_lower(arena, kernel), &call);
    uint64_t mode = kernel_flush_begin();
    double expected[LANES];
    for (int i = 0; i < LANES; i++) {
        if (wide) expected[i] = function->wide2 ? function->wide2(x[i], y[i]) : function->wide(x[i]);
        else
            expected[i] = (double)(function->wide2 ? function->narrow2((float)x[i], (float)y[i])
                                                   : function->narrow((float)x[i]));
    }
    kernel_flush_end(mode);
    for (int i = 0; i < LANES; i++)
        ck_assert_msg(same_real(result[i], expected[i]), "%s(%a, %a) in lane %d: %a, the runtime says %a",
                      kernel_op_info(function->op)->text, x[i], y[i], i, result[i], expected[i]);
    arena_free(arena);
}
END_TEST

/* The same on constants: everything folds, and to the same bits. */
START_TEST(elementary_functions_of_constants_fold_to_the_same_bits) {
    const Function *function = &functions[_i / 2];
    bool wide = _i % 2 == 0;
    Arena *arena = arena_new();
    Names *names = names_new(arena);
    static double x[LANES], y[LANES];
    fill_arguments(x, y, wide);
    for (int i = 0; i < 60; i++) {
        Kernel *kernel = kernel_new(arena, name_of(names, "f"), HIL_SHAPE_LANES, wide ? HIL_F64 : HIL_F32);
        int plane = kernel_plane(arena, kernel, name_of(names, "r"), KERNEL_SELF, HIL_F64);
        int a = kernel_constant(arena, kernel, x[i]);
        int b = function->wide2 ? kernel_constant(arena, kernel, y[i]) : -1;
        kernel_store(arena, kernel, plane, kernel_emit(arena, kernel, function->op, a, b, -1));
        Kernel *lowered = kernel_lower(arena, kernel);
        uint64_t mode = kernel_flush_begin();
        double expected;
        if (wide) expected = function->wide2 ? function->wide2(x[i], y[i]) : function->wide(x[i]);
        else
            expected = (double)(function->wide2 ? function->narrow2((float)x[i], (float)y[i])
                                                : function->narrow((float)x[i]));
        kernel_flush_end(mode);
        if (isnan(expected)) continue; /* a NaN is left to the processor */
        ck_assert_int_eq(lowered->code.count, 2);
        ck_assert_int_eq(lowered->code.at[0].op, KERNEL_CONST);
        ck_assert_msg(same_real(lowered->code.at[0].number, expected), "%s(%a, %a): %a, the runtime says %a",
                      kernel_op_info(function->op)->text, x[i], y[i], lowered->code.at[0].number, expected);
    }
    arena_free(arena);
}
END_TEST

static bool has_class(const Kernel *kernel, char class) {
    for (int i = 0; i < kernel->code.count; i++)
        if (kernel_op_info((KernelOp)kernel->code.at[i].op)->class == class) return true;
    return false;
}

/* Sharing, folding and removing, apart from expanding (which the tests above are about). */
START_TEST(lowering_random_kernels_changes_no_bit) {
    for (uint64_t seed = 0; seed < 60; seed++) {
        Compilation *c = compilation_new(".");
        Kernel *kernel = kernel_generate_in(c->arena, c->names, seed, _i % 5, _i / 5);
        for (int i = 0; i < kernel->code.count; i++) /* only ops that the interpreter runs without lowering */
            if (kernel_op_info((KernelOp)kernel->code.at[i].op)->class == 'm')
                kernel->code.at[i].op = kernel->code.at[i].operands[1] < 0 ? KERNEL_RINT : KERNEL_SUB;
        Kernel *lowered = kernel_lower(c->arena, kernel);
        ck_assert_msg(kernel_verify(c, lowered), "%s", last_message(c));
        ck_assert_int_le(lowered->code.count, kernel->code.count);
        GeneratedCall *a = generated_call_new(c->arena, kernel, seed, 90);
        GeneratedCall *b = generated_call_new(c->arena, kernel, seed, 90);
        kernel_interpret(kernel, &a->call);
        kernel_interpret(lowered, &b->call);
        const char *difference;
        ck_assert_msg(generated_calls_equal(c->arena, kernel, a, b, 90, &difference), "%s", difference);
        compilation_free(c);
    }
}
END_TEST

START_TEST(lowering_twice_is_lowering_once) {
    for (uint64_t seed = 100; seed < 120; seed++) {
        Compilation *c = compilation_new(".");
        Kernel *once = kernel_lower(c->arena, kernel_generate_in(c->arena, c->names, seed, _i % 5, _i / 5));
        ck_assert(kernel_verify(c, once));
        ck_assert(!has_class(once, 'm'));
        ck_assert_int_eq(kernel_lower(c->arena, once)->code.count, once->code.count);
        compilation_free(c);
    }
}
END_TEST

/* Text before, text after. */
static const struct {
    const char *what, *before, *after;
} cases[] = {
    {"equal values are computed once, whichever way sums stand",
     "%0 = load V\n%1 = load V\n%2 = uniform \"a\"\n%3 = add %0 %2\n%4 = add %2 %1\n%5 = mul %3 %4\nstore V %5\n",
     "%0 = load V\n%1 = uniform \"a\"\n%2 = add %0 %1\n%3 = mul %2 %2\nstore V %3\n"},
    {"what no effect needs is gone, loops too",
     "%0 = load V\n%1 = true\nloop 3\n%3 = carry %0\n%4 = neg %3\nnext %3 %4\nend %1\n%7 = result %3\nstore V %0\n",
     "%0 = load V\nstore V %0\n"},
    {"a carry that nobody reads goes, its loop stays",
     "%0 = load V\n%1 = true\nloop 3\n%3 = carry %0\n%4 = carry %0\n%5 = sqrt %3\n%6 = neg %4\nnext %3 %5\nnext %4 %6\n"
     "end %1\n%10 = result %3\nstore V %10\n",
     "%0 = load V\n%1 = true\nloop 3\n%3 = carry %0\n%4 = sqrt %3\nnext %3 %4\nend %1\n%7 = result %3\nstore V %7\n"},
    {"a value of a loop's body is not shared outside it",
     "%0 = load V\n%1 = true\nloop 3\n%3 = carry %0\n%4 = sqrt %0\n%5 = add %3 %4\nnext %3 %5\nend %1\n%8 = result %3\n"
     "%9 = sqrt %0\n%10 = mul %8 %9\nstore V %10\n",
     "%0 = load V\n%1 = true\nloop 3\n%3 = carry %0\n%4 = sqrt %0\n%5 = add %3 %4\nnext %3 %5\nend %1\n%8 = result %3\n"
     "%9 = sqrt %0\n%10 = mul %8 %9\nstore V %10\n"},
    {"constants fold in the kernel's precision",
     "%0 = const 0x1p+0\n%1 = const 0x1.8p+1\n%2 = div %0 %1\nstore V %2\n",
     "%0 = const 0x1.5555555555555p-2\nstore V %0\n"},
    {"a comparison of constants chooses",
     "%0 = load V\n%1 = const 0x1p+0\n%2 = lt %1 %1\n%3 = neg %0\n%4 = select %2 %0 %3\nstore V %4\n",
     "%0 = load V\n%1 = neg %0\nstore V %1\n"},
    {"exact algebra",
     "%0 = load V\n%1 = const 0x1p+0\n%2 = mul %0 %1\n%3 = div %2 %1\n%4 = neg %3\n%5 = neg %4\n%6 = const 0x0p+0\n"
     "%7 = sub %5 %6\n%8 = const -0x0p+0\n%9 = add %7 %8\n%10 = lt %9 %1\n%11 = not %10\n%12 = not %11\n"
     "%13 = and %12 %10\n%14 = uniform \"a\"\n%15 = select %13 %14 %9\n%16 = select %10 %15 %15\nstore V %16\n",
     "%0 = load V\n%1 = const 0x1p+0\n%2 = lt %0 %1\n%3 = uniform \"a\"\n%4 = select %2 %3 %0\nstore V %4\n"},
    {"algebra that is not exact is left alone",
     "%0 = load V\n%1 = const 0x0p+0\n%2 = add %0 %1\n%3 = mul %1 %2\n%4 = sub %3 %3\n%5 = div %4 %4\nstore V %5\n",
     "%0 = load V\n%1 = const 0x0p+0\n%2 = add %0 %1\n%3 = mul %1 %2\n%4 = sub %3 %3\n%5 = div %4 %4\nstore V %5\n"},
    {"an invalid operation on constants is left to the processor",
     "%0 = const 0x0p+0\n%1 = div %0 %0\nstore V %1\n", "%0 = const 0x0p+0\n%1 = div %0 %0\nstore V %1\n"},
    {"draws of one index are one draw, of two are two",
     "%0 = random0 65536\n%1 = random0 65536\n%2 = random0 65537\n%3 = add %0 %1\n%4 = add %3 %2\nstore V %4\n",
     "%0 = random0 65536\n%1 = random0 65537\n%2 = add %0 %0\n%3 = add %1 %2\nstore V %3\n"},
};

static Kernel *parse_body(Compilation *c, const char *body) {
    return read_kernel(c, arena_print(c->arena, "kernel k lanes f64 {\nplane V self f64\nuniform \"a\"\n%s}\n", body));
}

START_TEST(lowering_gives_the_least_kernel) {
    Compilation *c = compilation_new(".");
    Kernel *lowered = kernel_lower(c->arena, parse_body(c, cases[_i].before));
    char *text = printed_kernel(lowered);
    ck_assert_msg(kernel_equal(lowered, parse_body(c, cases[_i].after)), "%s:\n%s", cases[_i].what, text);
    free(text);
    compilation_free(c);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        LOOP(elementary_functions_equal_the_runtime_bit_for_bit, 2 * FUNCTIONS),
        LOOP(elementary_functions_of_constants_fold_to_the_same_bits, 2 * FUNCTIONS),
        LOOP(lowering_random_kernels_changes_no_bit, 10),
        LOOP(lowering_twice_is_lowering_once, 10),
        LOOP(lowering_gives_the_least_kernel, ROWS(cases)),
    };
    return SUITE_RUN("kernel lowering", rows);
}
