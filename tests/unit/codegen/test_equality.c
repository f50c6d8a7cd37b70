/* Compiled code and the interpreter agree bit for bit: on random kernels of every shape and precision, at every machine
 * level this processor has and every optimization (which chooses widths, too). The random kernels use every op
 * (tests/unit/kernel/generate.h). */
#include "compare.h"

#include <check.h>
#include <stdlib.h>

enum { KERNELS = 4 };

static const char *const shape_words[] = {"lanes", "list", "row", "edge", "from"};
static const char *const level_words[] = {"base", "v3", "v4"};

static void compare_shape(int shape, int precision, int optimization) {
    Arena *arena = arena_new();
    Kernel *kernels[KERNELS];
    for (int i = 0; i < KERNELS; i++) {
        uint64_t seed = (uint64_t)(1 + i + KERNELS * (shape + 5 * precision + 10 * optimization));
        kernels[i] = kernel_lower(arena, kernel_generate(arena, seed, shape, precision));
    }
    CodegenProgram *program = compare_compile(kernels, KERNELS, compare_levels(), optimization);
    HilKernelFunction *const *functions = codegen_functions(program);
    const int lanes[] = {1, 31, 100};
    for (int i = 0; i < KERNELS * HIL_LEVEL_COUNT; i++) {
        if (!functions[i]) continue;
        for (int k = 0; k < 3; k++) {
            const char *difference =
                compare_run(arena, kernels[i / HIL_LEVEL_COUNT], functions[i], (uint64_t)(77 + k), lanes[k]);
            if (difference && getenv("HILLOCK_TEST_PRINT")) kernel_print(kernels[i / HIL_LEVEL_COUNT], stdout);
            ck_assert_msg(!difference, "%s f%d kernel %d, %s, %d lanes: interpreted and compiled differ: %s",
                          shape_words[shape], precision == HIL_F64 ? 64 : 32, i / HIL_LEVEL_COUNT,
                          level_words[i % HIL_LEVEL_COUNT], lanes[k], difference);
        }
    }
    codegen_free(program);
    arena_free(arena);
}

START_TEST(random_kernels_give_the_interpreters_bits) {
    const int optimizations[] = {0, 2, 3};
    compare_shape(_i % 5, _i / 5 % 2 ? HIL_F32 : HIL_F64, optimizations[_i / 10]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("codegen equality");
    TCase *tests = tcase_create("random kernels");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, random_kernels_give_the_interpreters_bits, 0, 30);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
