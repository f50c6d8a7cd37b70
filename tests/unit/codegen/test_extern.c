/* Calls of functions in C: compiled code calls them as the interpreter does, with the numbers of lanes that there are
 * and no others; kernels that call survive text. */
#include "compare.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 37, PADDED = 64 };

/* Every lane's value is positive; padding is not, and must never come here. */
static double one(double x) { return x > 0 ? 1 / (1 + x) : NAN; }
static double two(double x, double y) { return x > 0 ? x - 2 * y : NAN; }
static double three(double x, double y, double z) { return x > 0 ? x * y + z : NAN; }

static const CodegenSymbol symbols[] = {
    {"one", (KernelAddress *)one}, {"two", (KernelAddress *)two}, {"three", (KernelAddress *)three}};

static KernelAddress *find(void *context, Name name) {
    (void)context;
    for (int i = 0; i < 3; i++)
        if (strcmp(symbols[i].name, name) == 0) return symbols[i].address;
    return NULL;
}

/* y = three(x, two(x, one(x)), one(x)) */
static Kernel *calling(Compilation *c, int precision) {
    Kernel *kernel = kernel_new(c->arena, name_of(c->names, "calls"), HIL_SHAPE_LANES, precision);
    int plane[2] = {kernel_plane(c->arena, kernel, name_of(c->names, "x"), KERNEL_SELF, precision),
                    kernel_plane(c->arena, kernel, name_of(c->names, "y"), KERNEL_SELF, precision)};
    int function[3];
    for (int i = 0; i < 3; i++) function[i] = kernel_function(c->arena, kernel, name_of(c->names, symbols[i].name));
    int x = kernel_load(c->arena, kernel, plane[0]);
    int a = kernel_call(c->arena, kernel, function[0], &x, 1);
    int b = kernel_call(c->arena, kernel, function[1], (int[]){x, a}, 2);
    int y = kernel_call(c->arena, kernel, function[2], (int[]){x, b, a}, 3);
    kernel_store(c->arena, kernel, plane[1], y);
    ck_assert(kernel_verify(c, kernel));
    return kernel;
}

static void fill(void *x, int precision) {
    for (int i = 0; i < PADDED; i++) {
        plane_put(x, precision, i, i < LANES ? 0.1 * (i + 1) : -1);
    }
}

START_TEST(code_calls_as_the_interpreter_does) {
    int precision = _i ? HIL_F32 : HIL_F64;
    Compilation *c = compilation_new(".");
    Kernel *kernel = kernel_lower(c->arena, calling(c, precision));
    ck_assert(kernel_bind_functions(kernel, find, NULL));
    CodegenInput input = {.kernels = &kernel, .count = 1, .module_name = "test", .levels = compare_levels(),
                          .optimization = 2, .symbols = symbols, .symbol_count = 3};
    HilError error = {""};
    CodegenProgram *program = codegen_jit(&input, &error);
    ck_assert_msg(program != NULL, "%s", error.text);
    _Alignas(64) double x[PADDED], expected[PADDED] = {0}, seen[PADDED] = {0};
    fill(x, precision);
    kernel_interpret(kernel, &(HilCall){.planes = (void *[]){x, expected}, .end = LANES});
    for (int level = 0; level < HIL_LEVEL_COUNT; level++) {
        HilKernelFunction *function = codegen_functions(program)[level];
        if (!function) continue;
        memset(seen, 0, sizeof seen);
        function(&(HilCall){.planes = (void *[]){x, seen}, .end = LANES});
        for (int i = 0; i < LANES; i++)
            ck_assert_msg(plane_get(expected, precision, i) == plane_get(seen, precision, i),
                          "level %d, lane %d: %a, %a", level, i, plane_get(expected, precision, i),
                          plane_get(seen, precision, i));
        for (int i = LANES; i < PADDED; i++) ck_assert(!isnan(plane_get(seen, precision, i)));
    }
    for (int i = 0; i < LANES && precision == HIL_F64; i++)
        ck_assert_double_eq(plane_get(expected, precision, i), three(x[i], two(x[i], one(x[i])), one(x[i])));
    codegen_free(program);
    compilation_free(c);
}
END_TEST

START_TEST(text_keeps_calls) {
    Compilation *c = compilation_new(".");
    Kernel *kernel = calling(c, HIL_F64);
    char *text = printed_kernel(kernel);
    Kernel *again = read_kernel(c, text);
    ck_assert(kernel_equal(kernel, again));
    ck_assert(kernel_hash(kernel) == kernel_hash(again));
    again->functions.at[0].name = name_of(c->names, "another");
    ck_assert(!kernel_equal(kernel, again));
    free(text);
    compilation_free(c);
}
END_TEST

START_TEST(what_is_not_there_is_told) {
    Compilation *c = compilation_new(".");
    Kernel *kernel = calling(c, HIL_F64);
    kernel->functions.at[1].name = name_of(c->names, "nobody");
    ck_assert(!kernel_bind_functions(kernel, find, NULL));
    CodegenInput input = {.kernels = &kernel, .count = 1, .module_name = "test", .optimization = 0};
    HilError error = {""};
    ck_assert(codegen_jit(&input, &error) == NULL);
    ck_assert(error.text[0]);
    compilation_free(c);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        LOOP(code_calls_as_the_interpreter_does, 2),
        TEST(text_keeps_calls),
        TEST(what_is_not_there_is_told),
    };
    return SUITE_RUN("functions in C", rows);
}
