/* The planner: which method it picks and why, and the order of convergence of every method, measured on problems with
 * closed solutions. The expressions that the planner makes are evaluated here directly, without kernels. */
#include "equations/plan.h"
#include "model/expression_fold.h"
#include "hillock/linear.h"
#include "hillock/math.h"
#include "suite.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct Bench {
    Compilation *c;
    ExpressionPool *pool;
    Variable dt, x, y;
    Variable *p; /* a parameter */
    Equation equations[2];
    int count;
    double x_value, y_value, dt_value, t;
    double normal; /* what the step's normal draw gives */
    Plan *plan;
} Bench;

static const Type *seconds(ExpressionPool *pool) {
    HilUnit unit;
    hil_unit_parse("s", 1, &unit, NULL);
    return type_number(pool, unit.dimension);
}

static void setup(Bench *b) {
    memset(b, 0, sizeof *b);
    b->c = compilation_new(NULL);
    b->pool = expression_pool_new(b->c);
    const Type *plain = type_number(b->pool, HIL_DIMENSIONLESS);
    b->dt = (Variable){.name = "dt", .role = VARIABLE_STEP, .type = seconds(b->pool), .unit = {.scale = 1}};
    b->x = (Variable){.name = "x", .role = VARIABLE_STATE, .type = plain, .unit = {.scale = 1}};
    b->y = (Variable){.name = "y", .role = VARIABLE_STATE, .type = plain, .unit = {.scale = 1}};
}

static const Expression *number(Bench *b, double value, const char *unit) {
    HilUnit u = {.scale = 1};
    if (*unit) hil_unit_parse(unit, strlen(unit), &u, NULL);
    return expression_number(b->pool, value, u.dimension, NO_SPAN);
}
static const Expression *var(Bench *b, const Variable *v) { return expression_variable(b->pool, v, NO_SPAN); }
static const Expression *times(Bench *b, const Expression *p, const Expression *q) {
    return expression_multiply(b->pool, p, q);
}
static const Expression *plus(Bench *b, const Expression *p, const Expression *q) { return expression_add(b->pool, p, q); }

static void plan_with(Bench *b, const char *method) {
    PlanSystem system = {.equations = b->equations, .count = b->count, .dt = &b->dt,
                         .solver = method ? name_of(b->c->names, method) : NULL};
    b->plan = plan_system(b->c, b->pool, &system);
}

/* ---- evaluating ---- */

typedef struct Values {
    const Variable *variables[64];
    double values[64];
    int count;
} Values;

static void set_value(Values *v, const Variable *variable, double value) {
    for (int i = 0; i < v->count; i++)
        if (v->variables[i] == variable) {
            v->values[i] = value;
            return;
        }
    v->variables[v->count] = variable;
    v->values[v->count++] = value;
}

static double evaluate(const Bench *b, const Values *v, const Expression *e) {
    if (e->op == EXPRESSION_NUMBER || e->op == EXPRESSION_BOOLEAN) return e->number;
    if (e->op == EXPRESSION_TIME) return b->t;
    if (e->op == EXPRESSION_DRAW_NORMAL) return b->normal;
    if (e->op == EXPRESSION_VARIABLE) {
        for (int i = 0; i < v->count; i++)
            if (v->variables[i] == e->variable) return v->values[i];
        ck_abort_msg("no value for %s", e->variable->name);
    }
    double kids[3] = {0, 0, 0}, result = NAN;
    for (int i = 0; i < e->count; i++) kids[i] = evaluate(b, v, e->kids[i]);
    ck_assert(expression_fold(e->op, kids, &result));
    return result;
}

static void run_propagators(const Bench *b, Values *v) {
    for (int i = 0; i < b->plan->propagators.count; i++) {
        const Propagator *propagator = b->plan->propagators.at[i];
        int n = propagator->n;
        double a[16], p[16], q[16];
        for (int k = 0; k < n * n; k++) a[k] = propagator->a[k] ? evaluate(b, v, propagator->a[k]) : 0;
        ck_assert(hil_propagator(n, a, b->dt_value, p, q));
        for (int k = 0; k < n * n; k++) {
            if (propagator->p[k]) set_value(v, propagator->p[k], p[k]);
            if (propagator->q[k]) set_value(v, propagator->q[k], q[k]);
        }
    }
}

static void run_iterations(const Bench *b, Values *v) {
    for (int i = 0; i < b->plan->iterations.count; i++) {
        const Iteration *iteration = &b->plan->iterations.at[i];
        for (int k = 0; k < iteration->carried.count; k++)
            set_value(v, iteration->carried.at[k].variable, evaluate(b, v, iteration->carried.at[k].initial));
        for (int round = 0; round < iteration->most; round++) {
            double next[32];
            for (int k = 0; k < iteration->carried.count; k++) next[k] = evaluate(b, v, iteration->carried.at[k].next);
            double proceed = evaluate(b, v, iteration->proceed);
            for (int k = 0; k < iteration->carried.count; k++)
                set_value(v, iteration->carried.at[k].variable, next[k]);
            if (proceed == 0) break;
        }
        ck_assert(evaluate(b, v, iteration->converged) != 0);
    }
}

static void step(Bench *b) {
    Values v = {0};
    set_value(&v, &b->dt, b->dt_value);
    set_value(&v, &b->x, b->x_value);
    set_value(&v, &b->y, b->y_value);
    run_propagators(b, &v);
    run_iterations(b, &v);
    double x = b->x_value, y = b->y_value;
    for (int i = 0; i < b->plan->updates.count; i++) {
        double next = evaluate(b, &v, b->plan->updates.at[i].next);
        if (b->plan->updates.at[i].state == &b->x) x = next;
        else y = next;
    }
    b->x_value = x;
    b->y_value = y;
}

/* Error at t = 1 s in n steps. */
static double error_after(Bench *b, int n, double x0, double y0, double exact_x) {
    b->x_value = x0;
    b->y_value = y0;
    b->dt_value = 1.0 / n;
    for (int i = 0; i < n; i++) {
        b->t = i * b->dt_value;
        step(b);
    }
    return fabs(b->x_value - exact_x);
}

/* ---- problems ---- */

/* x' = -x^2/s, x(0) = 1: x(1) = 1/2 */
static void quadratic(Bench *b) {
    const Expression *square = times(b, var(b, &b->x), var(b, &b->x));
    b->equations[0] = (Equation){&b->x, times(b, number(b, -1, "/s"), square), NO_SPAN};
    b->count = 1;
}

/* the oscillator x' = y, y' = -x (rad/s): x(1) = cos 1 from (1, 0) */
static void oscillator(Bench *b) {
    b->equations[0] = (Equation){&b->x, times(b, number(b, 1, "/s"), var(b, &b->y)), NO_SPAN};
    b->equations[1] = (Equation){&b->y, times(b, number(b, -1, "/s"), var(b, &b->x)), NO_SPAN};
    b->count = 2;
}

/* x' = -(1 + y) x, y' = -y: conditionally linear; x(1) = exp(-1 - (1 - 1/e)) from (1, 1) */
static void conditionally_linear(Bench *b) {
    const Expression *one = number(b, 1, "");
    const Expression *rate = times(b, number(b, -1, "/s"), plus(b, one, var(b, &b->y)));
    b->equations[0] = (Equation){&b->x, times(b, rate, var(b, &b->x)), NO_SPAN};
    b->equations[1] = (Equation){&b->y, times(b, number(b, -1, "/s"), var(b, &b->y)), NO_SPAN};
    b->count = 2;
}

/* x' = 2 t/s^2 + explicit time: x(1) = 1 */
static void explicit_time(Bench *b) {
    const Expression *t = expression_make(b->pool, EXPRESSION_TIME, seconds(b->pool), NO_SPAN, 0, NULL);
    b->equations[0] = (Equation){&b->x, times(b, number(b, 3, "s^-3"), times(b, t, t)), NO_SPAN};
    b->count = 1;
}

typedef struct OrderRow {
    const char *method;
    void (*problem)(Bench *);
    double x0, y0, exact;
    int order;
} OrderRow;

#define COS_1 0.54030230586813971740

static const OrderRow order_rows[] = {
    {"euler", quadratic, 1, 0, 0.5, 1},           {"midpoint", quadratic, 1, 0, 0.5, 2},
    {"heun", quadratic, 1, 0, 0.5, 2},            {"rk4", quadratic, 1, 0, 0.5, 4},
    {"implicit_euler", quadratic, 1, 0, 0.5, 1},  {"crank_nicolson", quadratic, 1, 0, 0.5, 2},
    {"euler", oscillator, 1, 0, COS_1, 1},        {"midpoint", oscillator, 1, 0, COS_1, 2},
    {"heun", oscillator, 1, 0, COS_1, 2},         {"rk4", oscillator, 1, 0, COS_1, 4},
    {"implicit_euler", oscillator, 1, 0, COS_1, 1}, {"crank_nicolson", oscillator, 1, 0, COS_1, 2},
    {"exponential_euler", conditionally_linear, 1, 1, 0, 1}, {"rk4", conditionally_linear, 1, 1, 0, 4},
    {"exponential_euler", quadratic, 1, 0, 0.5, 2}, /* one equation alone: Rosenbrock-Euler has order 2 */
    {"midpoint", explicit_time, 0, 0, 1, 2},      {"heun", explicit_time, 0, 0, 1, 2},
    {"euler", explicit_time, 0, 0, 1, 1},
};

START_TEST(method_converges_with_its_order) {
    const OrderRow *row = &order_rows[_i];
    Bench b;
    setup(&b);
    row->problem(&b);
    plan_with(&b, row->method);
    ck_assert_int_eq(b.c->diagnostics.errors, 0);
    double exact = row->exact != 0 ? row->exact : exp(-2 + exp(-1));
    double coarse = error_after(&b, 32, row->x0, row->y0, exact), fine = error_after(&b, 64, row->x0, row->y0, exact);
    double observed = log2(coarse / fine);
    /* the error's next term is smaller by about dt = 1/64 relative to the leading one: 0.15 leaves room for a factor 6 */
    ck_assert_msg(fabs(observed - row->order) < 0.15, "%s: order %.3f, expected %d", row->method, observed, row->order);
    compilation_free(b.c);
}
END_TEST

/* dx = s x dW on 0 .. 1 s: x(1) = exp(s W - s^2/2) by Ito, exp(s W) by Stratonovich. The same Brownian path at two steps:
 * the mean distance from the exact end over many paths falls with the method's strong order. */
static double strong_error(Bench *b, int n, int refine, const double *path, int paths, bool ito) {
    const double sigma = 0.6;
    double total = 0;
    for (int k = 0; k < paths; k++) {
        const double *z = path + k * n * refine;
        double end = 0;
        b->x_value = 1;
        b->dt_value = 1.0 / n;
        for (int i = 0; i < n; i++) {
            double sum = 0;
            for (int j = 0; j < refine; j++) sum += z[i * refine + j];
            end += sum;
            b->normal = sum / sqrt(refine);
            step(b);
        }
        double w = end / sqrt(n * refine);
        total += fabs(b->x_value - exp(sigma * w - (ito ? sigma * sigma / 2 : 0)));
    }
    return total / paths;
}

START_TEST(stochastic_methods_converge_with_their_strong_order) {
    enum { PATHS = 400, FINE = 256 };
    static const char *const names[] = {"euler_maruyama", "heun"};
    Bench b;
    setup(&b);
    HilUnit unit;
    hil_unit_parse("s^-0.5", 6, &unit, NULL);
    const Expression *white = expression_draw(b.pool, EXPRESSION_WHITE, 1, type_number(b.pool, unit.dimension), NO_SPAN, 0, NULL);
    const Expression *amplitude = expression_number(b.pool, 0.6, unit.dimension, NO_SPAN);
    b.equations[0] = (Equation){&b.x, times(&b, times(&b, amplitude, var(&b, &b.x)), white), NO_SPAN};
    b.count = 1;
    plan_with(&b, names[_i]);
    ck_assert_int_eq(b.c->diagnostics.errors, 0);
    double *path = malloc(sizeof *path * PATHS * FINE);
    uint64_t state = 7;
    for (int i = 0; i < PATHS * FINE; i++) {
        double u[2];
        for (int j = 0; j < 2; j++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            u[j] = ((double)(state >> 11) + 0.5) * 0x1p-53;
        }
        path[i] = hil_math_normal(u[0], u[1]);
    }
    bool ito = _i == 0;
    double coarse = strong_error(&b, FINE / 16, 16, path, PATHS, ito), fine = strong_error(&b, FINE, 1, path, PATHS, ito);
    double observed = log(coarse / fine) / log(16), expected = ito ? 0.5 : 1;
    /* 400 paths give the ratio to about 5 %: 0.02 in the order; the next term is of relative order sqrt(1/16) */
    ck_assert_msg(fabs(observed - expected) < 0.15, "%s: strong order %.3f, expected %g", names[_i], observed, expected);
    free(path);
    compilation_free(b.c);
}
END_TEST

START_TEST(linear_systems_are_exact_at_any_step) {
    Bench b;
    setup(&b);
    oscillator(&b);
    plan_with(&b, NULL);
    ck_assert_int_eq(b.plan->groups.count, 1);
    ck_assert_int_eq(b.plan->groups.at[0].method, METHOD_EXACT);
    /* hil_propagator is good to a few ulp of the norm; ten steps add up */
    ck_assert_double_lt(error_after(&b, 1, 1, 0, COS_1), 4e-16);
    ck_assert_double_lt(error_after(&b, 10, 1, 0, COS_1), 4e-15);
    compilation_free(b.c);
}
END_TEST

START_TEST(adaptive_keeps_its_tolerance_at_any_step) {
    Bench b;
    setup(&b);
    quadratic(&b);
    plan_with(&b, "adaptive");
    /* each step's error is below 1e-6 * (|x| + 1); a contracting problem does not amplify it */
    ck_assert_double_lt(error_after(&b, 1, 1, 0, 0.5), 4e-6);
    ck_assert_double_lt(error_after(&b, 7, 1, 0, 0.5), 4e-6);
    compilation_free(b.c);
}
END_TEST

START_TEST(exponential_euler_is_sound_when_the_rate_vanishes) {
    /* x' = -y x + 1 with y = 0: x grows by dt, nothing divides by zero */
    Bench b;
    setup(&b);
    const Expression *rate = times(&b, number(&b, -1, "/s"), times(&b, var(&b, &b.y), var(&b, &b.x)));
    b.equations[0] = (Equation){&b.x, plus(&b, rate, number(&b, 1, "/s")), NO_SPAN};
    b.count = 1;
    plan_with(&b, NULL);
    ck_assert_int_eq(b.plan->groups.at[0].method, METHOD_EXPONENTIAL_EULER);
    b.x_value = 2;
    b.y_value = 0;
    b.dt_value = 0.125;
    step(&b);
    ck_assert_double_eq(b.x_value, 2.125);
    compilation_free(b.c);
}
END_TEST

START_TEST(choices_follow_the_form_of_the_equations) {
    Bench b;
    setup(&b);
    conditionally_linear(&b);
    plan_with(&b, NULL);
    ck_assert_int_eq(b.plan->groups.count, 2);
    ck_assert_int_eq(b.plan->groups.at[0].method, METHOD_EXACT); /* y' = -y needs nobody */
    ck_assert_int_eq(b.plan->groups.at[1].method, METHOD_EXPONENTIAL_EULER);
    compilation_free(b.c);
    setup(&b);
    quadratic(&b);
    plan_with(&b, NULL);
    ck_assert_int_eq(b.plan->groups.at[0].method, METHOD_RK4);
    compilation_free(b.c);
}
END_TEST

START_TEST(exponential_euler_needs_a_derivative) {
    /* a draw in a rate has no derivative; the planner says so instead of inventing one */
    Bench b;
    setup(&b);
    const Expression *bounds[2] = {var(&b, &b.x), number(&b, 1, "")};
    const Expression *draw = expression_draw_repeat(b.pool, EXPRESSION_DRAW_UNIFORM, 1, 0, b.x.type, NO_SPAN, 2, bounds);
    b.equations[0] = (Equation){&b.x, times(&b, number(&b, 1, "/s"), draw), NO_SPAN};
    b.count = 1;
    plan_with(&b, "exponential_euler");
    ck_assert_int_eq(b.c->diagnostics.errors, 1);
    ck_assert_str_eq(diagnostic_identifier(b.c->diagnostics.list.at[0]->code), "METHOD_CANNOT");
    compilation_free(b.c);
}
END_TEST

START_TEST(a_method_that_cannot_is_refused) {
    Bench b;
    setup(&b);
    quadratic(&b);
    plan_with(&b, "exact");
    ck_assert_int_eq(b.c->diagnostics.errors, 0); /* `exact` for a whole run means: where it can be */
    ck_assert_int_eq(b.plan->groups.at[0].method, METHOD_RK4);
    compilation_free(b.c);
    setup(&b);
    quadratic(&b);
    plan_with(&b, "rk5");
    ck_assert_str_eq(diagnostic_identifier(b.c->diagnostics.list.at[0]->code), "UNKNOWN_METHOD");
    ck_assert_ptr_nonnull(b.c->diagnostics.list.at[0]->help);
    compilation_free(b.c);
}
END_TEST

/* central difference of every differentiable function against expression_differentiate */
static const ExpressionOp functions[] = {
    EXPRESSION_EXP, EXPRESSION_EXPM1, EXPRESSION_LOG, EXPRESSION_LOG1P, EXPRESSION_TANH, EXPRESSION_SIGMOID,
    EXPRESSION_EXPRELR, EXPRESSION_SIN, EXPRESSION_COS, EXPRESSION_TAN, EXPRESSION_ATAN, EXPRESSION_SINH,
    EXPRESSION_COSH, EXPRESSION_ERF, EXPRESSION_SQRT, EXPRESSION_ABS, EXPRESSION_RELU};

START_TEST(derivatives_equal_finite_differences) {
    Bench b;
    setup(&b);
    const Expression *e = expression_unary(b.pool, functions[_i], times(&b, number(&b, 1.25, ""), var(&b, &b.x)));
    const Expression *d = expression_differentiate(b.pool, e, &b.x);
    ck_assert_ptr_nonnull(d);
    const double points[] = {0.001, 0.3, 0.9, 1.7};
    for (int i = 0; i < 4; i++) {
        double h = 1e-5 * points[i] + 1e-6;
        Values at = {0}, low = {0}, high = {0};
        set_value(&at, &b.x, points[i]);
        set_value(&low, &b.x, points[i] - h);
        set_value(&high, &b.x, points[i] + h);
        double numeric = (evaluate(&b, &high, e) - evaluate(&b, &low, e)) / (2 * h);
        double symbolic = evaluate(&b, &at, d);
        /* truncation h^2 f'''/6 plus rounding 2^-52 f/h; for sqrt near 0.001 f''' ~ 1e7, h ~ 1e-6 */
        ck_assert_msg(fabs(numeric - symbolic) < 1e-5 * (1 + fabs(symbolic)), "%s at %g: %g, not %g",
                      expression_operator_name(functions[_i]), points[i], symbolic, numeric);
    }
    compilation_free(b.c);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        LOOP(method_converges_with_its_order, ROWS(order_rows)),
        LOOP(stochastic_methods_converge_with_their_strong_order, 2),
        TEST(linear_systems_are_exact_at_any_step),
        TEST(adaptive_keeps_its_tolerance_at_any_step),
        TEST(exponential_euler_is_sound_when_the_rate_vanishes),
        TEST(choices_follow_the_form_of_the_equations),
        TEST(exponential_euler_needs_a_derivative),
        TEST(a_method_that_cannot_is_refused),
        LOOP(derivatives_equal_finite_differences, ROWS(functions)),
    };
    return SUITE_RUN("plan", rows);
}
