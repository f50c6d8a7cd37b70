/* The generator of random kernels is worth its name: over few seeds it uses every op, every shape and deep loops, its
 * kernels are sound, the same seed gives the same kernel, and what they compute is mostly numbers. Random draws depend
 * on who draws and not on how the lanes are run. */
#include "generate.h"
#include "kernels.h"
#include "hillock/random.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 40, COUNT = 70 };

START_TEST(over_the_seeds_every_op_occurs) {
    int uses[KERNEL_OP_COUNT] = {0}, deepest = 0;
    for (int round = 0; round < SEEDS * 10; round++) {
        Compilation *c = compilation_new(".");
        Kernel *kernel = kernel_generate_in(c->arena, c->names, (uint64_t)round, round % 5, round / 5 % 2);
        ck_assert_msg(kernel_verify(c, kernel), "%s", vector_last(&c->diagnostics.list)->message);
        int depth = 0;
        for (int i = 0; i < kernel->code.count; i++) {
            int op = kernel->code.at[i].op;
            uses[op]++;
            if (op == KERNEL_LOOP && ++depth > deepest) deepest = depth;
            if (op == KERNEL_END) depth--;
        }
        compilation_free(c);
    }
    for (int op = 0; op < KERNEL_OP_COUNT; op++) /* a user's functions have a test of their own (test_extern) */
        ck_assert_msg(uses[op] > 0 || kernel_op_info((KernelOp)op)->class == 'x', "%s is never generated",
                      kernel_op_info((KernelOp)op)->text);
    ck_assert_int_ge(deepest, 3);
}
END_TEST

START_TEST(one_seed_gives_one_kernel) {
    Arena *arena = arena_new();
    Names *names = names_new(arena);
    Kernel *first = kernel_generate_in(arena, names, 9, HIL_SHAPE_EDGE, HIL_F32);
    ck_assert(kernel_equal(first, kernel_generate_in(arena, names, 9, HIL_SHAPE_EDGE, HIL_F32)));
    ck_assert(!kernel_equal(first, kernel_generate_in(arena, names, 10, HIL_SHAPE_EDGE, HIL_F32)));
    arena_free(arena);
}
END_TEST

START_TEST(most_results_are_numbers_and_some_lanes_fire) {
    int64_t elements = 0, finite = 0, different = 0, fired = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        Arena *arena = arena_new();
        Kernel *kernel = kernel_generate(arena, seed, HIL_SHAPE_LANES, (int)(seed % 2));
        GeneratedCall *call = generated_call_new(arena, kernel, seed, COUNT);
        GeneratedCall *before = generated_call_new(arena, kernel, seed, COUNT);
        kernel_interpret(kernel, &call->call);
        for (int plane = 0; plane < kernel->planes.count; plane++)
            for (int i = 0; i < COUNT; i++) {
                bool wide = kernel->planes.at[plane].storage == HIL_F64;
                size_t size = wide ? sizeof(double) : sizeof(float);
                double now = wide ? ((double *)call->planes[plane])[i] : (double)((float *)call->planes[plane])[i];
                elements++;
                finite += isfinite(now) != 0;
                different += memcmp((char *)call->planes[plane] + size * (size_t)i,
                                    (char *)before->planes[plane] + size * (size_t)i, size) != 0;
            }
        for (int event = 0; event < kernel->events.count; event++) fired += call->call.fired[event].count;
        arena_free(arena);
    }
    ck_assert_int_gt(finite, elements * 7 / 10);
    ck_assert_int_lt(finite, elements);
    ck_assert_int_gt(different, elements / 4);
    ck_assert_int_gt(fired, SEEDS);
}
END_TEST

static Kernel *drawing_kernel(Compilation *c, const char *shape, const char *precision) {
    const char *text = arena_print(c->arena, "kernel k %s %s {\nplane a self f64\nplane b self f64\n"
                                             "%%0 = random0 65538\n"
                                   "%%1 = random1 65538\nstore a %%0\nstore b %%1\n}\n", shape, precision);
    return read_kernel(c, text);
}

/* In every shape: a draw is that of hillock/random.h for the instance or pair that the lane is. */
START_TEST(draws_are_keyed_by_who_draws) {
    static const char *const shapes[] = {"lanes", "list", "row", "edge", "from"};
    Compilation *c = compilation_new(".");
    for (int narrow = 0; narrow < 2; narrow++) {
        Kernel *kernel = drawing_kernel(c, shapes[_i], narrow ? "f32" : "f64");
        double a[COUNT], b[COUNT];
        uint32_t sources[COUNT], targets[COUNT];
        for (int i = 0; i < COUNT; i++) {
            a[i] = b[i] = -1;
            sources[i] = (uint32_t)(i / 10);
            targets[i] = (uint32_t)(i * 7 % 31);
        }
        const uint64_t rows[8] = {0, 10, 20, 30, 40, 50, 60, 70};
        HilCall call = {.planes = (void *[]){a, b}, .end = COUNT, .list = (uint32_t[]){4, 2, 6}, .count = 3,
                        .rows = rows, .sources = sources, .targets = targets, .target_bytes = 4, .stream = 0x9abcdef0,
                        .seed = 0x123456789abcdef0, .step = 0x1000000ff};
        kernel_interpret(kernel, &call);
        int drawn = 0;
        for (uint32_t i = 0; i < COUNT; i++) {
            if (a[i] == -1) continue;
            drawn++;
            bool pair = _i == HIL_SHAPE_EDGE || _i == HIL_SHAPE_ROW;
            uint32_t first = _i == HIL_SHAPE_FROM ? 4 : pair ? sources[i] : i;
            uint32_t second = _i == HIL_SHAPE_ROW    ? i % 10
                              : _i == HIL_SHAPE_EDGE ? targets[i]
                              : _i == HIL_SHAPE_FROM ? i
                                                     : 0;
            uint32_t words[4];
            hil_random_words(call.seed, call.stream, first, second, 65538, call.step, words);
            double first_draw = hil_random_uniform(words[0], words[1]);
            double second_draw = hil_random_uniform(words[2], words[3]);
            ck_assert(a[i] == (narrow ? (double)hil_random_uniformf(words[0]) : first_draw));
            ck_assert(b[i] == (narrow ? (double)hil_random_uniformf(words[2]) : second_draw));
        }
        ck_assert_int_eq(drawn, _i == HIL_SHAPE_LIST ? 3 : _i == HIL_SHAPE_ROW ? 30 : COUNT);
    }
    compilation_free(c);
}
END_TEST

START_TEST(counts_are_those_of_the_runtime) {
    Compilation *c = compilation_new(".");
    static const char text[] = "kernel k lanes f64 {\nplane u self f64\nplane n self f64\nplane p self f64\n"
                               "plane a self f64\nplane b self f64\n%0 = load u\n%1 = load n\n%2 = load p\n"
                               "%3 = poisson %0 %1\n"
                               "%4 = binomial %0 %1 %2\nstore a %3\nstore b %4\n}\n";
    Kernel *kernel = read_kernel(c, text);
    double u[COUNT], n[COUNT], p[COUNT], a[COUNT], b[COUNT];
    for (int i = 0; i < COUNT; i++) {
        u[i] = (i * 37 % COUNT + 0.5) / COUNT;
        n[i] = i;
        p[i] = (double)i / COUNT;
    }
    HilCall call = {.planes = (void *[]){u, n, p, a, b}, .end = COUNT};
    kernel_interpret(kernel, &call);
    for (int i = 0; i < COUNT; i++)
        ck_assert(a[i] == hil_poisson(u[i], n[i]) && b[i] == hil_binomial(u[i], n[i], p[i]) && b[i] <= n[i]);
    compilation_free(c);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TEST(over_the_seeds_every_op_occurs),
        TEST(one_seed_gives_one_kernel),
        TEST(most_results_are_numbers_and_some_lanes_fire),
        LOOP(draws_are_keyed_by_who_draws, 5),
        TEST(counts_are_those_of_the_runtime),
    };
    return SUITE_RUN("generated kernels", rows);
}
