/* Sharing exponentials: the rewritten expressions have the same values, everywhere and near the singularities of rate
 * functions, with fewer exponentials. Expressions are evaluated here directly, without kernels. */
#include "equations/exponentials.h"
#include "hillock/math.h"
#include "model/expression_fold.h"
#include "suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 8 };

typedef struct Bench {
    Compilation *c;
    ExpressionPool *pool;
    Variable x, half; /* a state, and a parameter that is -40 */
} Bench;

static Bench bench;

static void open_bench(void) {
    Bench *b = &bench;
    b->c = compilation_new(NULL);
    b->pool = expression_pool_new(b->c);
    const Type *plain = type_number(b->pool, HIL_DIMENSIONLESS);
    b->x = (Variable){.name = "x", .role = VARIABLE_STATE, .type = plain, .unit = {.scale = 1}};
    b->half = (Variable){.name = "half", .role = VARIABLE_PARAMETER, .type = plain, .unit = {.scale = 1}};
    b->half.initial = expression_number(b->pool, -40, HIL_DIMENSIONLESS, NO_SPAN);
}

static void close_bench(void) { compilation_free(bench.c); }

static const Expression *number(Bench *b, double value) {
    return expression_number(b->pool, value, HIL_DIMENSIONLESS, NO_SPAN);
}

/* op((sign*(x - at) - (parameter: half))/width) */
static const Expression *rate(Bench *b, ExpressionOp op, double sign, double at, double width, bool parameter) {
    const Expression *z = expression_subtract(b->pool, expression_variable(b->pool, &b->x, NO_SPAN), number(b, at));
    if (parameter) z = expression_subtract(b->pool, z, expression_variable(b->pool, &b->half, NO_SPAN));
    if (sign < 0) z = expression_negate(b->pool, z);
    return expression_unary(b->pool, op, expression_divide(b->pool, z, number(b, width)));
}

static double evaluate(const Bench *b, const Expression *e, double x) {
    double values[3] = {0, 0, 0}, result = 0;
    if (e->op == EXPRESSION_NUMBER) return e->number;
    if (e->op == EXPRESSION_VARIABLE) return e->variable == &b->x ? x : -40;
    for (int i = 0; i < e->count; i++) values[i] = evaluate(b, e->kids[i], x);
    ck_assert(expression_fold(e->op, values, &result));
    return result;
}

static void mark(const Expression *e, ExpressionOp op, const Expression **found, int *count) {
    for (int i = 0; i < e->count; i++) mark(e->kids[i], op, found, count);
    if (e->op != op || e->rate != RATE_DYNAMIC) return;
    for (int i = 0; i < *count; i++)
        if (found[i] == e) return;
    found[(*count)++] = e;
}

/* Different exponentials that a kernel would compute. */
static int exponentials(const Expression *const *values, int count) {
    const Expression *found[64];
    int n = 0;
    for (int i = 0; i < count; i++) {
        mark(values[i], EXPRESSION_EXP, found, &n);
        mark(values[i], EXPRESSION_EXPRELR, found, &n);
    }
    return n;
}

static void compare(const Bench *b, const Expression *const *before, const Expression *const *after, int count,
                    double from, double to, double step, double tolerance) {
    for (double x = from; x <= to; x += step)
        for (int i = 0; i < count; i++) {
            double a = evaluate(b, before[i], x), c = evaluate(b, after[i], x);
            ck_assert_msg(fabs(a - c) <= tolerance * fabs(a), "rate %d at %.17g: %.17g is now %.17g", i, x, a, c);
        }
}

/* Traub & Miles' rates: slopes 1/40, 1/5, 1/4 and, alone, 1/18; both signs. The power's error is that of the exponential
 * (1 ulp) and of its argument (|z|/2 ulp), times at most ten; near its zero exprelr loses it against 0.03. */
static const double traub_tolerance = 3e-13;

static void traub(Bench *b, const Expression **values) {
    values[0] = rate(b, EXPRESSION_EXPRELR, -1, -50, 4, false);
    values[1] = rate(b, EXPRESSION_EXPRELR, 1, -23, 5, false);
    values[2] = rate(b, EXPRESSION_EXP, -1, -46, 18, false);
    const Expression *one = number(b, 1);
    values[3] = expression_divide(b->pool, one, expression_add(b->pool, one, rate(b, EXPRESSION_EXP, -1, -23, 5, false)));
    values[4] = rate(b, EXPRESSION_EXPRELR, -1, -48, 5, false);
    values[5] = rate(b, EXPRESSION_EXP, -1, -53, 40, false);
}

/* Traub & Miles' rates as they are and with their exponentials shared. */
static void share_traub(const Expression *before[MOST], const Expression *after[MOST]) {
    traub(&bench, before);
    memcpy(after, before, MOST * sizeof *before);
    exponentials_share(bench.c, bench.pool, after, 6, false);
}

START_TEST(rates_keep_their_values_with_fewer_exponentials) {
    const Expression *before[MOST], *after[MOST];
    share_traub(before, after);
    ck_assert_int_eq(exponentials(before, 6), 6);
    ck_assert_int_eq(exponentials(after, 6), 2);
    compare(&bench, before, after, 6, -150, 100, 0.0625, traub_tolerance);
}
END_TEST

START_TEST(singularities_stay_removed) {
    const Expression *before[MOST], *after[MOST];
    share_traub(before, after);
    const double zeros[] = {-50, -23, -48};
    for (int i = 0; i < 3; i++)
        compare(&bench, before, after, 6, zeros[i] - 0.5, zeros[i] + 0.5, 0x1p-10, traub_tolerance);
    for (double d = 1e-14; d < 1; d *= 3) {
        compare(&bench, before, after, 6, -50 + d, -50 + d, 1, traub_tolerance);
        compare(&bench, before, after, 6, -23 - d, -23 - d, 1, traub_tolerance);
    }
}
END_TEST

START_TEST(nothing_overflows_that_did_not) {
    const Expression *before[MOST], *after[MOST];
    share_traub(before, after);
    for (double x = -5000; x <= 5000; x += 10)
        for (int i = 0; i < 6; i++) {
            double a = evaluate(&bench, before[i], x), c = evaluate(&bench, after[i], x);
            ck_assert_msg(!isnan(c), "rate %d at %g is no number", i, x);
            if (isfinite(a) && a < 1e280) ck_assert_msg(isfinite(c), "rate %d at %g overflows", i, x);
        }
}
END_TEST

START_TEST(a_parameter_may_shift_them) {
    const Expression *before[2] = {rate(&bench, EXPRESSION_EXP, 1, 3, 10, true),
                                   rate(&bench, EXPRESSION_EXP, 1, -2, 5, true)};
    const Expression *after[2] = {before[0], before[1]};
    exponentials_share(bench.c, bench.pool, after, 2, false);
    ck_assert_int_eq(exponentials(after, 2), 1);
    compare(&bench, before, after, 2, -150, 100, 0.5, 1e-13);
}
END_TEST

/* e^(c - n c_0) would be e^500, and e^z with a slope that is no multiple has nothing in common. */
START_TEST(what_is_far_or_unrelated_stays) {
    const Expression *before[3] = {rate(&bench, EXPRESSION_EXP, 1, 0, 1, false),
                                   rate(&bench, EXPRESSION_EXP, 1, 500, 1, false),
                                   rate(&bench, EXPRESSION_EXP, 1, 0, 1.7, false)};
    const Expression *after[3] = {before[0], before[1], before[2]};
    exponentials_share(bench.c, bench.pool, after, 3, false);
    for (int i = 0; i < 3; i++) ck_assert_ptr_eq(before[i], after[i]);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        FIXTURE(open_bench, close_bench),
        TEST(rates_keep_their_values_with_fewer_exponentials),
        TEST(singularities_stay_removed),
        TEST(nothing_overflows_that_did_not),
        TEST(a_parameter_may_shift_them),
        TEST(what_is_far_or_unrelated_stays),
    };
    return SUITE_RUN("exponentials", rows);
}
