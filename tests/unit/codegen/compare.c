/* See compare.h. */
#include "compare.h"

#include "kernel/arithmetic.h"
#include <check.h>

int compare_levels(void) {
    return (2 << codegen_host_level()) - 1;
}

CodegenProgram *compare_compile(Kernel *const *kernels, int count, int mask, int optimization) {
    CodegenInput input = {
        .kernels = kernels, .count = count, .module_name = "test", .levels = mask,
        .optimization = optimization};
    HilError error = {""};
    CodegenProgram *program = codegen_jit(&input, &error);
    ck_assert_msg(program != NULL, "%s", error.text);
    return program;
}

const char *compare_run(Arena *arena, const Kernel *kernel, HilKernelFunction *function, uint64_t seed, int lanes) {
    GeneratedCall *interpreted = generated_call_new(arena, kernel, seed, lanes);
    GeneratedCall *compiled = generated_call_new(arena, kernel, seed, lanes);
    kernel_interpret(kernel, &interpreted->call);
    uint64_t mode = kernel_flush_begin();
    function(&compiled->call);
    kernel_flush_end(mode);
    const char *difference;
    generated_calls_equal(arena, kernel, interpreted, compiled, lanes, &difference);
    return difference;
}
