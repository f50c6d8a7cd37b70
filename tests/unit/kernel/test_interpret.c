/* The interpreter is the oracle, so it is held against plain C: every basic op on special values in both precisions,
 * loops, conversions, and one small kernel of each shape. */
#include "kernels.h"
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static Compilation *compilation;

static void open_compilation(void) { compilation = compilation_new("."); }
static void close_compilation(void) { compilation_free(compilation); }
static Kernel *parse(const char *text) { return read_kernel(compilation, text); }

/* ---- every basic op ---- */

/* Subnormals count as zeros of their sign. */
static double flushed(int precision, double x) {
    return fabs(x) < (precision == HIL_F64 ? DBL_MIN : (double)FLT_MIN) ? copysign(0, x) : x;
}

/* The op in plain C without flush-to-zero. In double, rounded to float, + - * / and sqrt are right for float too
 * (Figueroa 1995: 53 >= 2*24 + 2). Masks are 1 and 0. */
/* The lowest bits as sign and exponent of a number without a fraction. */
static double lifted(int precision, double a) {
    float narrow = (float)a;
    uint64_t bits;
    uint32_t narrow_bits;
    memcpy(&bits, &a, sizeof bits);
    memcpy(&narrow_bits, &narrow, sizeof narrow_bits);
    int largest = precision == HIL_F64 ? 2047 : 255;
    int low = (int)((precision == HIL_F64 ? bits : narrow_bits) & (uint64_t)(2 * largest + 1));
    int exponent = low & largest;
    double size = exponent == 0 ? 0 : exponent == largest ? INFINITY : ldexp(1, exponent - largest / 2);
    return low > largest ? -size : size;
}

static double reference(int precision, KernelOp op, double a, double b, double c) {
    double x = flushed(precision, a), y = flushed(precision, b), z = flushed(precision, c), result;
    int exponent;
    switch (op) {
    case KERNEL_NEG: return -a;
    case KERNEL_ABS: return fabs(a);
    case KERNEL_COPYSIGN: return copysign(a, b);
    case KERNEL_SELECT: return x < y ? b : c;
    case KERNEL_LT: return x < y;
    case KERNEL_LE: return x <= y;
    case KERNEL_EQ: return x == y;
    case KERNEL_AND: return x < y && y < z;
    case KERNEL_OR: return x < y || y < z;
    case KERNEL_NOT: return !(x < y);
    case KERNEL_EXPONENT:
        if (x == 0) return precision == HIL_F64 ? -1023 : -127;
        return isfinite(x) ? (double)ilogb(x) : precision == HIL_F64 ? 1024 : 128;
    case KERNEL_MANTISSA: return x == 0 || isinf(x) ? 1 : 2 * frexp(fabs(x), &exponent);
    case KERNEL_ADD: result = x + y; break;
    case KERNEL_SUB: result = x - y; break;
    case KERNEL_MUL: result = x * y; break;
    case KERNEL_DIV: result = x / y; break;
    case KERNEL_FMA: result = precision == HIL_F64 ? fma(x, y, z) : (double)fmaf((float)x, (float)y, (float)z); break;
    case KERNEL_SQRT: result = sqrt(x); break;
    case KERNEL_MIN: result = x < y ? x : y; break;
    case KERNEL_MAX: result = x > y ? x : y; break;
    case KERNEL_RINT: result = nearbyint(x); break;
    case KERNEL_FLOOR: result = floor(x); break;
    case KERNEL_LIFT: return lifted(precision, a);
    default: ck_abort_msg("no reference for %s", kernel_op_info(op)->text); return 0;
    }
    return flushed(precision, precision == HIL_F64 ? result : (double)(float)result);
}

/* In f32 what is too large becomes infinite and what is too small zero or subnormal, which is just as special. */
static const double specials[] = {0.0, -0.0, 1, -1, 0.5, 2.5, -3.5, 1e-3, INFINITY, -INFINITY, NAN, 0x1p-1022, 0x1p-126,
                                  0x1p-1040, -0x1p-140, 0x1.fffffep127, 1.7e308, 4503599627370497.5, 8388609, 0.1, -7};
enum { SPECIALS = sizeof specials / sizeof *specials, CASES = SPECIALS * SPECIALS * 3 };

/* a, b, c and the result in planes of the kernel's precision. */
static Kernel *kernel_of_op(Arena *arena, KernelOp op, int precision) {
    const KernelOpInfo *info = kernel_op_info(op);
    Names *names = names_new(arena);
    Kernel *kernel = kernel_new(arena, name_of(names, "k"), HIL_SHAPE_LANES, precision);
    static const char *const planes[] = {"a", "b", "c", "result"};
    int reals[3], masks[2], operands[3] = {-1, -1, -1};
    for (int i = 0; i < 4; i++) kernel_plane(arena, kernel, name_of(names, planes[i]), KERNEL_SELF, precision);
    for (int i = 0; i < 3; i++) reals[i] = kernel_load(arena, kernel, i);
    for (int i = 0; i < 2; i++) masks[i] = kernel_emit(arena, kernel, KERNEL_LT, reals[i], reals[i + 1], -1);
    for (int i = 0; info->operands[i]; i++) operands[i] = info->operands[i] == 'm' ? masks[i] : reals[i];
    int value = kernel_emit(arena, kernel, op, operands[0], operands[1], operands[2]);
    if (info->result == KERNEL_MASK)
        value = kernel_emit(arena, kernel, KERNEL_SELECT, value, kernel_constant(arena, kernel, 1),
                            kernel_constant(arena, kernel, 0));
    kernel_store(arena, kernel, 3, value);
    return kernel;
}

START_TEST(basic_ops_equal_plain_c_on_special_values) {
    KernelOp op = (KernelOp)(_i / 2);
    int precision = _i % 2 ? HIL_F32 : HIL_F64;
    if (kernel_op_info(op)->class != 'b') return;
    Arena *arena = arena_new();
    Kernel *kernel = kernel_of_op(arena, op, precision);
    static double memory[4][CASES];
    void *planes[4] = {memory[0], memory[1], memory[2], memory[3]};
    for (int i = 0; i < CASES; i++) {
        double first = specials[i % SPECIALS];
        if (op == KERNEL_LIFT && i % 2) first = (precision == HIL_F64 ? 0x1.8p52 : 0x1.8p23) + i;
        plane_put(planes[0], precision, i, first);
        double second = specials[i / SPECIALS % SPECIALS];
        plane_put(planes[1], precision, i, second);
        plane_put(planes[2], precision, i, specials[(i + i / SPECIALS) % SPECIALS]);
    }
    HilCall call = {.planes = planes, .end = CASES};
    kernel_interpret(kernel, &call);
    for (int i = 0; i < CASES; i++) {
        double a = plane_get(planes[0], precision, i), b = plane_get(planes[1], precision, i);
        double c = plane_get(planes[2], precision, i);
        if ((op == KERNEL_COPYSIGN && isnan(b)) || ((op == KERNEL_EXPONENT || op == KERNEL_MANTISSA || op == KERNEL_LIFT) &&
            (isnan(a) || (a != 0 && flushed(precision, a) == 0)))) continue; /* raw bits of what has no number */
        double expected = reference(precision, op, a, b, c), result = plane_get(planes[3], precision, i);
        ck_assert_msg(same_real(result, expected), "%s(%a, %a, %a) is %a, not %a", kernel_op_info(op)->text, a, b, c,
                      result, expected);
    }
    arena_free(arena);
}
END_TEST

START_TEST(planes_convert_to_the_precision_and_back) {
    Kernel *narrow = parse("kernel k lanes f32 {\nplane a self f64\nplane b self f64\n%0 = load a\nstore b %0\n}");
    Kernel *wide = parse("kernel k lanes f64 {\nplane a self f64\nplane b self f32\n%0 = load a\nstore b %0\n}");
    double a[6] = {0.1, 1 + 0x1p-24, 1 + 3 * 0x1p-24, 3.5e38, -1e-40, 0x1p-130}, b[6];
    const double expected[6] = {(double)0.1f, 1, 1 + 0x1p-22, INFINITY, -0.0, 0};
    float single[6];
    HilCall call = {.planes = (void *[]){a, b}, .end = 6};
    kernel_interpret(narrow, &call);
    call.planes = (void *[]){a, single};
    kernel_interpret(wide, &call);
    for (int i = 0; i < 6; i++) {
        ck_assert_msg(same_real(b[i], expected[i]), "%a became %a, not %a", a[i], b[i], expected[i]);
        ck_assert(same_real((double)single[i], expected[i]));
    }
}
END_TEST

START_TEST(the_processors_mode_is_restored) {
    Kernel *kernel = parse("kernel k lanes f64 {\nplane a self f64\n%0 = load a\n%1 = add %0 %0\nstore a %1\n}");
    volatile double tiny = 0x1p-1060;
    double a[1] = {tiny};
    HilCall call = {.planes = (void *[]){a}, .end = 1};
    kernel_interpret(kernel, &call);
    ck_assert(a[0] == 0);
    ck_assert(tiny + tiny == 0x1p-1059);
}
END_TEST

START_TEST(sources_give_what_the_call_says) {
    Kernel *kernel = parse("kernel k lanes f32 {\nplane a self f32\nuniform \"x\"\nuniform \"y\"\n"
                           "%0 = uniform \"y\"\n"
                           "%1 = time\n%2 = index\n%3 = const 0x1.999999999999ap-4\n%4 = fma %0 %1 %2\n"
                           "%5 = add %4 %3\nstore a %5\n}");
    float a[3];
    HilCall call = {.planes = (void *[]){a}, .uniforms = (double[]){9, 0.3}, .time = 0.7, .end = 3};
    kernel_interpret(kernel, &call);
    for (int i = 0; i < 3; i++) ck_assert(a[i] == fmaf(0.3f, 0.7f, (float)i) + 0.1f);
}
END_TEST

/* ---- loops ---- */

/* Rounds of Collatz's walk from each lane's number to 1, at most 40; and Fibonacci's pair, which swaps carries. */
START_TEST(each_lane_runs_its_own_rounds) {
    Kernel *kernel = parse("kernel k lanes f64 {\nplane n self f64\nplane rounds self f64\nplane fib self f64\n"
                           "%0 = load n\n%1 = const 0x0p+0\n%2 = const 0x1p+0\n%3 = const 0x1p-1\n"
                           "%4 = const 0x1.8p+1\n"
                           "loop 40\n%6 = carry %0\n%7 = carry %1\n%8 = carry %1\n%9 = carry %2\n"
                           "%10 = mul %6 %3\n"
                           "%11 = floor %10\n%12 = eq %10 %11\n%13 = fma %6 %4 %2\n%14 = select %12 %10 %13\n"
                           "next %6 %14\n%16 = add %7 %2\nnext %7 %16\nnext %8 %9\n%19 = add %8 %9\nnext %9 %19\n"
                           "%21 = lt %2 %14\nend %21\n%23 = result %7\nstore rounds %23\n%25 = result %8\n"
                           "store fib %25\n}");
    enum { COUNT = 150 };
    double n[COUNT], rounds[COUNT], fib[COUNT];
    bool reached_most = false;
    for (int i = 0; i < COUNT; i++) n[i] = i + 2;
    HilCall call = {.planes = (void *[]){n, rounds, fib}, .end = COUNT};
    kernel_interpret(kernel, &call);
    for (int i = 0; i < COUNT; i++) {
        double x = n[i], a = 0, b = 1;
        int count = 0;
        do {
            x = fmod(x, 2) == 0 ? x / 2 : 3 * x + 1;
            double sum = a + b;
            a = b, b = sum;
        } while (++count < 40 && x > 1);
        reached_most = reached_most || x > 1;
        ck_assert_msg(rounds[i] == count && fib[i] == a, "n = %g: %g rounds, not %d", n[i], rounds[i], count);
    }
    ck_assert(reached_most);
}
END_TEST

START_TEST(loops_nest) {
    Kernel *kernel = read_kernel_file(compilation, "tests/kernel/loops.kernel");
    enum { COUNT = 100 };
    float x[COUNT];
    double root[COUNT];
    for (int i = 0; i < COUNT; i++) x[i] = ldexpf(1 + (float)i / 64, i % 9 - 4);
    HilCall call = {.planes = (void *[]){x, root}, .end = COUNT};
    kernel_interpret(kernel, &call);
    for (int i = 0; i < COUNT; i++) {
        float sum = 0;
        for (float scale = 1; scale <= 3; scale += 1) {
            float target = x[i] * scale, guess = target;
            for (int round = 0; round < 40; round++) {
                float better = (guess + target / guess) * 0.5f, change = fabsf(better - guess);
                guess = better;
                if (!(better * 0x1p-20f < change)) break;
            }
            sum += guess;
        }
        ck_assert_msg(root[i] == (double)sum, "lane %d: %a, not %a", i, root[i], (double)sum);
        /* each root to one unit of 2^-23, three of them and two roundings */
        ck_assert(fabs(root[i] - sqrt((double)x[i]) * (1 + sqrt(2) + sqrt(3))) < 5 * 0x1p-23 * root[i]);
    }
}
END_TEST

/* ---- shapes ---- */

START_TEST(lanes_step_a_neuron_and_list_who_fired) {
    Kernel *kernel = read_kernel_file(compilation, "tests/kernel/advance_lif.kernel");
    enum { COUNT = 160, BEGIN = 32, END = 135 };
    double V[COUNT], refractory[COUNT], V_before[COUNT], refractory_before[COUNT];
    float I[COUNT];
    for (int i = 0; i < COUNT; i++) {
        V[i] = V_before[i] = -0.07 + 0.0002 * i;
        I[i] = 0.01f * (float)(i % 7);
        refractory[i] = refractory_before[i] = i % 5;
    }
    const double uniforms[4] = {0.995, 0.1, -0.05, -0.06};
    uint32_t lanes[COUNT] = {77};
    double fraction[COUNT] = {0};
    HilFired fired = {lanes, fraction, 1};
    HilCall call = {.planes = (void *[]){V, I, refractory}, .uniforms = uniforms, .begin = BEGIN, .end = END,
                    .fired = &fired};
    kernel_interpret(kernel, &call);
    int64_t count = 1;
    for (int i = 0; i < COUNT; i++) {
        double next = V_before[i], left = refractory_before[i];
        if (i >= BEGIN && i < END) {
            if (left < 1) next = fma(next, 0.995, 0.1 * (double)I[i]);
            left = left - 1 < 0 ? 0 : left - 1;
            if (next > -0.05) {
                next = -0.06;
                left = 20;
                ck_assert(fired.lanes[count] == (uint32_t)i && fraction[count] == 1);
                count++;
            }
        }
        ck_assert_msg(same_real(V[i], next) && refractory[i] == left, "lane %d", i);
    }
    ck_assert_int_gt(count, 5);
    ck_assert_int_eq(fired.count, count);
    ck_assert_uint_eq(lanes[0], 77);
}
END_TEST

START_TEST(exact_firing_gives_the_part_of_the_step) {
    Kernel *kernel = parse("kernel k lanes f32 {\nplane a self f32\nevent e\nevent f\n%0 = load a\n"
                           "%1 = const 0x1p-1\n%2 = lt %1 %0\nfire_exact f %2 %0\nfire e %2\n}");
    float a[4] = {0.75f, 0.25f, 0.6f, 1};
    uint32_t lanes[2][4];
    double fraction[4];
    HilFired fired[2] = {{lanes[0], NULL, 0}, {lanes[1], fraction, 0}};
    HilCall call = {.planes = (void *[]){a}, .end = 4, .fired = fired};
    kernel_interpret(kernel, &call);
    ck_assert(fired[0].count == 3 && fired[1].count == 3);
    ck_assert(lanes[1][0] == 0 && lanes[1][1] == 2 && lanes[1][2] == 3);
    ck_assert(fraction[0] == 0.75 && fraction[1] == (double)0.6f && fraction[2] == 1);
}
END_TEST

START_TEST(list_runs_lanes_in_order_and_each_sees_the_one_before) {
    Kernel *kernel = parse("kernel k list f64 {\nplane w self f64\nplane n self f64\n%0 = load w\n"
                           "%1 = const 0x1.8p+0\n%2 = mul %0 %1\nstore w %2\n%4 = load w\naccumulate n %4\n}");
    double w[5] = {1, 2, 3, 4, 5}, n[5] = {0};
    HilCall call = {.planes = (void *[]){w, n}, .list = (uint32_t[]){3, 0, 3}, .count = 3};
    kernel_interpret(kernel, &call);
    ck_assert(w[0] == 1.5 && w[1] == 2 && w[2] == 3 && w[3] == 9 && w[4] == 5);
    ck_assert(n[0] == 1 && n[3] == 4 + 6 && n[1] == 0); /* loads come before the kernel's own stores */
}
END_TEST

/* Delivery with a saturating target: 16- and 32-bit targets, rows with and without ends of their own. */
START_TEST(rows_deliver_synapse_by_synapse) {
    Kernel *kernel = parse("kernel k row f64 {\nplane w self f32\nplane g post f64\nplane u pre f64\n"
                           "plane sum post f64\n%0 = load w\n%1 = load g\n%2 = load u\n%3 = mul %0 %2\n"
                           "%4 = const 0x1p+0\n%5 = sub %4 %1\n"
                           "%6 = fma %3 %5 %1\nstore g %6\naccumulate sum %3\n%9 = pre_index\n%10 = post_index\n"
                           "%11 = index\n%12 = fma %9 %10 %11\nstore w %12\n}");
    const uint64_t rows[4] = {0, 3, 4, 7}, ends[3] = {2, 4, 6};
    const uint16_t short_targets[7] = {1, 1, 0, 2, 2, 1, 1};
    const uint32_t long_targets[7] = {1, 1, 0, 2, 2, 1, 1};
    for (int variant = 0; variant < 4; variant++) {
        float w[7], w_expected[7];
        double g[3] = {0.1, 0.2, 0.3}, sum[3] = {0}, u[3] = {0.5, 0.25, 1};
        double g_expected[3] = {0.1, 0.2, 0.3}, sum_expected[3] = {0};
        for (int i = 0; i < 7; i++) w[i] = w_expected[i] = 0.1f * (float)(i + 1);
        const uint32_t list[2] = {2, 0};
        HilCall call = {.planes = (void *[]){w, g, u, sum}, .list = list, .count = 2, .rows = rows,
                        .rows_end = variant & 1 ? ends : NULL,
                        .targets = variant & 2 ? (const void *)long_targets : (const void *)short_targets,
                        .target_bytes = variant & 2 ? 4 : 2};
        kernel_interpret(kernel, &call);
        for (int k = 0; k < 2; k++) {
            uint32_t s = list[k];
            for (uint64_t j = rows[s]; j < (variant & 1 ? ends[s] : rows[s + 1]); j++) {
                uint32_t target = long_targets[j];
                double arriving = (double)w_expected[j] * u[s];
                g_expected[target] = fma(arriving, 1 - g_expected[target], g_expected[target]);
                sum_expected[target] += arriving;
                w_expected[j] = (float)(s * target + j);
            }
        }
        for (int i = 0; i < 3; i++) ck_assert(same_real(g[i], g_expected[i]) && same_real(sum[i], sum_expected[i]));
        for (int i = 0; i < 7; i++) ck_assert(w[i] == w_expected[i]);
    }
}
END_TEST

START_TEST(edges_accumulate_in_order) {
    Kernel *kernel = parse("kernel k edge f32 {\nplane g self f32\nplane V pre f64\nplane V post f64\n"
                           "plane I post f32\nplane J pre f64\n%0 = load g\n%1 = load pre:V\n"
                           "%2 = load post:V\n%3 = sub %1 %2\n"
                           "%4 = mul %0 %3\naccumulate I %4\naccumulate J %4\nstore g %4\n}");
    enum { COUNT = 101 };
    float g[COUNT], I[4] = {0}, g_before[COUNT], I_expected[4] = {0};
    double V_pre[3] = {0.1, -0.3, 0.7}, V_post[4] = {1.1, 1.3, 1.7, 1.9}, J[3] = {0}, J_expected[3] = {0};
    uint32_t sources[COUNT + 32] = {0}, targets[COUNT + 32] = {0};
    for (int j = 0; j < COUNT; j++) {
        g[j] = g_before[j] = 0.37f * (float)(j % 13);
        sources[j] = (uint32_t)(j * 5 % 3);
        targets[j] = (uint32_t)(j * 7 % 4);
    }
    HilCall call = {.planes = (void *[]){g, V_pre, V_post, I, J}, .end = COUNT, .sources = sources, .targets = targets,
                    .target_bytes = 4};
    kernel_interpret(kernel, &call);
    for (int j = 0; j < COUNT; j++) {
        float flow = g_before[j] * ((float)V_pre[sources[j]] - (float)V_post[targets[j]]);
        I_expected[targets[j]] += flow;
        J_expected[sources[j]] = (double)((float)J_expected[sources[j]] + flow);
        ck_assert(g[j] == flow);
    }
    for (int i = 0; i < 4; i++) ck_assert(I[i] == I_expected[i]);
    for (int i = 0; i < 3; i++) ck_assert(J[i] == J_expected[i]);
}
END_TEST

/* A coupling that adds to both ends of one population: the same array as PRE and POST. Sums of floats of very different
 * size show the order. */
START_TEST(both_ends_may_be_one_array) {
    Kernel *kernel = parse("kernel k edge f32 {\nplane g self f32\nplane I pre f32\nplane I post f32\n"
                           "%0 = load g\n%1 = neg %0\naccumulate post:I %0\naccumulate pre:I %1\n}");
    enum { COUNT = 90 };
    float g[COUNT], I[3] = {0}, expected[3] = {0};
    uint32_t sources[COUNT], targets[COUNT];
    for (int j = 0; j < COUNT; j++) {
        g[j] = ldexpf(1 + (float)j / 90, j * 11 % 31);
        sources[j] = (uint32_t)(j % 3);
        targets[j] = (uint32_t)(j * 7 / 3 % 3);
        expected[targets[j]] += g[j];
        expected[sources[j]] -= g[j];
    }
    HilCall call = {.planes = (void *[]){g, I, I}, .end = COUNT, .sources = sources, .targets = targets,
                    .target_bytes = 4};
    kernel_interpret(kernel, &call);
    for (int i = 0; i < 3; i++) ck_assert(I[i] == expected[i]);
}
END_TEST

START_TEST(from_one_source_lists_targets) {
    Kernel *kernel = parse("kernel k from f64 {\nplane x pre f64\nplane x post f64\nplane p self f64\n"
                           "event connected\n%0 = load pre:x\n%1 = load post:x\n%2 = sub %0 %1\n%3 = abs %2\n"
                           "%4 = const 0x1p+1\n"
                           "%5 = lt %3 %4\nfire connected %5\n%7 = pre_index\n%8 = post_index\n%9 = index\n"
                           "%10 = sub %8 %9\n"
                           "%11 = fma %7 %3 %10\nstore p %11\n}");
    enum { COUNT = 70 };
    double sources[3] = {5, 33.5, 60}, targets[COUNT], p[COUNT];
    uint32_t lanes[COUNT];
    for (int i = 0; i < COUNT; i++) targets[i] = i;
    HilFired fired = {lanes, NULL, 0};
    HilCall call = {.planes = (void *[]){sources, targets, p}, .end = COUNT, .list = (uint32_t[]){1}, .count = 1,
                    .fired = &fired};
    kernel_interpret(kernel, &call);
    ck_assert_int_eq(fired.count, 4);
    for (uint32_t k = 0; k < 4; k++) ck_assert_uint_eq(lanes[k], 32 + k);
    for (int i = 0; i < COUNT; i++) ck_assert(p[i] == fabs(33.5 - i));
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        FIXTURE(open_compilation, close_compilation),
        LOOP(basic_ops_equal_plain_c_on_special_values, 2 * KERNEL_OP_COUNT),
        TEST(planes_convert_to_the_precision_and_back),
        TEST(the_processors_mode_is_restored),
        TEST(sources_give_what_the_call_says),
        TEST(each_lane_runs_its_own_rounds),
        TEST(loops_nest),
        TEST(lanes_step_a_neuron_and_list_who_fired),
        TEST(exact_firing_gives_the_part_of_the_step),
        TEST(list_runs_lanes_in_order_and_each_sees_the_one_before),
        TEST(rows_deliver_synapse_by_synapse),
        TEST(edges_accumulate_in_order),
        TEST(both_ends_may_be_one_array),
        TEST(from_one_source_lists_targets),
    };
    return SUITE_RUN("kernel interpreter", rows);
}
