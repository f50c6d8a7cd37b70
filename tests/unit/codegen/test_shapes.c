/* What is particular to a shape: rows computed as vectors whose sums must keep their order, ends that are one array,
 * padding, lists of the fired. Compiled code is compared with the interpreter, or with sums done here. */
#include "compare.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static Kernel *parse(Compilation *c, const char *text) {
    return kernel_lower(c->arena, read_kernel(c, text));
}

static const char *const levels[] = {"base", "v3", "v4"};

static void compare_text_at(const char *text, int optimization) {
    Compilation *c = compilation_new(NULL);
    Kernel *kernel = parse(c, text);
    CodegenProgram *program = compare_compile(&kernel, 1, compare_levels(), optimization);
    for (int level = 0; level < HIL_LEVEL_COUNT; level++) {
        HilKernelFunction *function = codegen_functions(program)[level];
        if (!function) continue;
        for (uint64_t seed = 0; seed < 6; seed++) {
            const int lanes[] = {7, 64, 900};
            const char *difference = compare_run(c->arena, kernel, function, seed, lanes[seed % 3]);
            ck_assert_msg(!difference, "%s: %s", levels[level], difference);
        }
    }
    codegen_free(program);
    compilation_free(c);
}

static void compare_text(const char *text) {
    for (int optimization = 0; optimization <= 3; optimization += 3) compare_text_at(text, optimization);
    compare_text_at(text, 2);
}

/* The like of spike-timing dependent plasticity on arrival: a decay, a bounded weight, a sum at the target. */
#define PLASTIC_CODE                                                                                                   \
    "  %0 = load w\n  %1 = load last\n  %2 = time\n  %3 = sub %1 %2\n  %4 = abs %3\n  %5 = neg %4\n"                \
    "  %6 = exp %5\n  %7 = load trace\n  %8 = fma %6 %7 %0\n  %9 = const 0\n  %10 = const 1\n"                      \
    "  %11 = max %8 %9\n  %12 = min %11 %10\n  store w %12\n  store last %2\n"

START_TEST(rows_of_plastic_synapses_sum_in_order) {
    compare_text("kernel plastic row f64 {\n  plane w self f64\n  plane last self f64\n  plane trace post f64\n"
                 "  plane g post f64\n" PLASTIC_CODE "  %15 = load g\n  %16 = add %15 %12\n  store g %16\n}\n");
}
END_TEST

START_TEST(rows_may_sum_by_multiply_and_add) {
    compare_text("kernel plastic row f32 {\n  plane w self f32\n  plane last self f32\n  plane trace post f32\n"
                 "  plane g post f64\n" PLASTIC_CODE "  %15 = load g\n  %16 = fma %12 %6 %15\n  store g %16\n}\n");
}
END_TEST

START_TEST(rows_sum_at_both_ends) {
    compare_text("kernel plastic row f64 {\n  plane w self f32\n  plane last self f64\n  plane trace pre f64\n"
                 "  plane g post f64\n  plane count pre f64\n" PLASTIC_CODE
                 "  accumulate g %12\n  accumulate count %10\n}\n");
}
END_TEST

START_TEST(rows_that_feed_back_stay_in_sequence) {
    compare_text("kernel feedback row f64 {\n  plane w self f64\n  plane last self f64\n"
                 "  plane trace post f64\n" PLASTIC_CODE "  %15 = mul %12 %7\n  store trace %15\n}\n");
}
END_TEST

START_TEST(rows_draw_by_source_and_place) {
    compare_text("kernel connect row f64 {\n  plane w self f64\n  %0 = random0 65536\n  %1 = random1 65536\n"
                 "  %2 = normal %0 %1\n  %3 = pre_index\n  %4 = post_index\n  %5 = fma %2 %3 %4\n  store w %5\n}\n");
}
END_TEST

/* g of the sources and g of the targets are one array when a population is connected to itself. */
START_TEST(rows_see_sums_at_the_other_end) {
    Compilation *c = compilation_new(NULL);
    Kernel *kernel = parse(c, "kernel recurrent row f64 {\n  plane w self f64\n  plane last self f64\n"
                              "  plane trace pre f64\n  plane g post f64\n" PLASTIC_CODE "  accumulate g %12\n}\n");
    CodegenProgram *program = compare_compile(&kernel, 1, compare_levels(), 2);
    for (int i = 0; i < HIL_LEVEL_COUNT; i++) {
        HilKernelFunction *function = codegen_functions(program)[i];
        if (!function) continue;
        GeneratedCall *calls[2];
        for (int k = 0; k < 2; k++) {
            calls[k] = generated_call_new(c->arena, kernel, 5, 900);
            calls[k]->planes[3] = calls[k]->planes[2];
            for (int s = 0; s < GENERATED_PEERS; s++) ((double *)calls[k]->planes[2])[s] = 0.01 * s;
            for (int s = 0; s < 900; s++) ((double *)calls[k]->planes[0])[s] = 0.001 * s;
        }
        kernel_interpret(kernel, &calls[0]->call);
        function(&calls[1]->call);
        const char *difference;
        bool equal = generated_calls_equal(c->arena, kernel, calls[0], calls[1], 900, &difference);
        ck_assert_msg(equal, "%s: %s", levels[i], difference);
    }
    codegen_free(program);
    compilation_free(c);
}
END_TEST

enum { CELLS = 5, SYNAPSES = 45, PADDED = 64 };

/* Currents between cells, added at both ends of one array: synapse after synapse, first the source's end. */
START_TEST(edges_sum_synapse_after_synapse_at_both_ends) {
    Compilation *c = compilation_new(NULL);
    Kernel *kernel = parse(c, "kernel gap edge f64 {\n  plane V pre f64\n  plane V post f64\n  plane I pre f64\n"
                              "  plane I post f64\n  uniform \"g\"\n  %0 = load pre:V\n  %1 = load post:V\n"
                              "  %2 = sub %1 %0\n  %3 = uniform \"g\"\n  %4 = mul %2 %3\n  %5 = neg %4\n"
                              "  accumulate pre:I %4\n  accumulate post:I %5\n}\n");
    CodegenProgram *program = compare_compile(&kernel, 1, compare_levels(), 2);
    _Alignas(64) double V[PADDED];
    uint32_t sources[PADDED] = {0}, wide[PADDED] = {0};
    uint16_t narrow[PADDED] = {0};
    for (int i = 0; i < PADDED; i++) V[i] = 1.0 / (i + 3);
    for (uint32_t i = 0; i < SYNAPSES; i++) {
        sources[i] = i * 7 % CELLS;
        narrow[i] = (uint16_t)(wide[i] = i * i % CELLS);
    }
    const double g = 0.1;
    double expected[CELLS] = {0};
    for (int i = 0; i < SYNAPSES; i++) {
        double current = (V[wide[i]] - V[sources[i]]) * g;
        expected[sources[i]] += current;
        expected[wide[i]] += -current;
    }
    for (int i = 0; i < 2 * HIL_LEVEL_COUNT; i++) {
        HilKernelFunction *function = codegen_functions(program)[i / 2];
        if (!function) continue;
        _Alignas(64) double I[PADDED] = {0};
        void *planes[] = {V, V, I, I};
        function(&(HilCall){.planes = planes, .uniforms = &g, .end = SYNAPSES, .sources = sources,
                            .targets = i % 2 ? (void *)wide : (void *)narrow, .target_bytes = i % 2 ? 4 : 2});
        bool equal = memcmp(I, expected, sizeof expected) == 0;
        ck_assert_msg(equal, "%s, targets of %d bytes", levels[i / 2], i % 2 ? 4 : 2);
        for (int k = CELLS; k < PADDED; k++) ck_assert(I[k] == 0);
    }
    codegen_free(program);
    compilation_free(c);
}
END_TEST

/* Lanes 0, 3, 6 … are above the threshold; those from `end` on are padding and never listed. */
START_TEST(fired_lanes_are_listed_in_order_without_padding) {
    Compilation *c = compilation_new(NULL);
    Kernel *kernel = parse(c, "kernel cross lanes f32 {\n  plane V self f32\n  event spike\n  event exact\n"
                              "  %0 = load V\n  %1 = const 0.5\n  %2 = lt %1 %0\n  fire spike %2\n"
                              "  fire_exact exact %2 %0\n}\n");
    CodegenProgram *program = compare_compile(&kernel, 1, compare_levels(), 2);
    _Alignas(64) float V[PADDED];
    for (int i = 0; i < PADDED; i++) V[i] = i % 3 == 0 ? 0.75f + 0.001f * (float)i : 0.25f;
    for (int level = 0; level < HIL_LEVEL_COUNT; level++) {
        HilKernelFunction *function = codegen_functions(program)[level];
        if (!function) continue;
        uint32_t lanes[2][PADDED];
        double fraction[2][PADDED];
        HilFired fired[2] = {{lanes[0], fraction[0], 0}, {lanes[1], fraction[1], 0}};
        void *planes[] = {V};
        function(&(HilCall){.planes = planes, .begin = 0, .end = 37, .fired = fired});
        ck_assert_int_eq(fired[0].count, 13);
        ck_assert_int_eq(fired[1].count, 13);
        for (int i = 0; i < 13; i++) {
            ck_assert(lanes[0][i] == (uint32_t)(3 * i) && lanes[1][i] == (uint32_t)(3 * i));
            ck_assert(fraction[0][i] == 1.0 && fraction[1][i] == (double)V[3 * i]);
        }
        function(&(HilCall){.planes = planes, .begin = 32, .end = 37, .fired = fired}); /* goes on where it was */
        ck_assert_int_eq(fired[0].count, 15);
        ck_assert(lanes[0][13] == 33 && lanes[0][14] == 36);
    }
    codegen_free(program);
    compilation_free(c);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        TEST(rows_of_plastic_synapses_sum_in_order),
        TEST(rows_may_sum_by_multiply_and_add),
        TEST(rows_sum_at_both_ends),
        TEST(rows_that_feed_back_stay_in_sequence),
        TEST(rows_draw_by_source_and_place),
        TEST(rows_see_sums_at_the_other_end),
        TEST(edges_sum_synapse_after_synapse_at_both_ends),
        TEST(fired_lanes_are_listed_in_order_without_padding),
    };
    return SUITE_RUN("codegen shapes", rows);
}
