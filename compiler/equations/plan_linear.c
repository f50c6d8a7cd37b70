/* Solvers for what is linear: exact propagators and exponential Euler.
 *
 * Exact: x' = A x + b with A and b fixed over the step gives x(t+dt) = P x + Q b, P = e^(A dt), Q = integral of
 * e^(A s) ds over 0..dt (Rotter & Diesmann 1999). P and Q are found when a parameter changes, by the runtime
 * (hil_propagator); singular A and equal time constants need nothing special there. An entry that no path of A's
 * graph reaches is zero and costs nothing.
 *
 * Exponential Euler: x' = a x + b with a, b frozen at t gives x(t+dt) = x_inf + (x - x_inf) e^(a dt), x_inf = -b/a;
 * where |a dt| is small the series x + dt (a x + b)(1 + a dt/2) takes over, so a total conductance of zero is sound. */
#include "equations/plan.h"

/* Entries of A and the rests b; NULL where zero. */
static void find_matrix(PlanBuilder *b, const PlanGroup *group, const Expression **a, const Expression **rests) {
    int n = group->equations.count;
    double number;
    for (int i = 0; i < n; i++) {
        const Expression *rest = group->equations.at[i]->rate, *slope;
        for (int j = 0; j < n; j++) {
            expression_affine(b->pool, rest, group->equations.at[j]->state, &slope, &rest);
            a[i * n + j] = expression_is_number(slope, &number) && number == 0 ? NULL : slope;
        }
        rests[i] = expression_is_number(rest, &number) && number == 0 ? NULL : rest;
    }
}

static HilDimension ratio(HilDimension a, HilDimension b) {
    HilDimension result = HIL_DIMENSIONLESS;
    hil_dimension_divide(a, b, &result);
    return result;
}

static const Expression *sum(PlanBuilder *b, const Expression *total, const Expression *term) {
    return total ? expression_add(b->pool, total, term) : term;
}

/* Makes the variables of P and Q where a path leads, and x at t+dt from them. */
static const Expression **propagate(PlanBuilder *b, Propagator *propagator) {
    Arena *arena = b->compilation->arena;
    int n = propagator->n;
    propagator->p = arena_array_of(arena, Variable *, n * n);
    propagator->q = arena_array_of(arena, Variable *, n * n);
    bool *reaches = arena_array_of(arena, bool, n * n);
    for (int i = 0; i < n * n; i++) {
        reaches[i] = propagator->a[i] || i % (n + 1) == 0;
        if (propagator->a[i] && propagator->a[i]->rate > RATE_SCALAR) propagator->instance = true;
    }
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                if (reaches[i * n + k] && reaches[k * n + j]) reaches[i * n + j] = true;

    HilDimension time = b->system->dt->type->dimension;
    const Expression **next = arena_array_of(arena, const Expression *, n);
    for (int i = 0; i < n; i++) {
        const Variable *state = propagator->states[i];
        const Expression *driven = NULL;
        for (int j = 0; j < n; j++) {
            if (!reaches[i * n + j]) continue;
            const Variable *other = propagator->states[j];
            HilDimension dimension = ratio(state->type->dimension, other->type->dimension), times_time;
            Variable *p = plan_hidden_variable(b, "P", dimension, propagator->instance);
            propagator->p[i * n + j] = p;
            next[i] = sum(b, next[i],
                          expression_multiply(b->pool, expression_variable(b->pool, p, NO_SPAN),
                                              expression_variable(b->pool, other, NO_SPAN)));
            if (!propagator->rests[j]) continue;
            hil_dimension_multiply(dimension, time, &times_time);
            Variable *q = plan_hidden_variable(b, "Q", times_time, propagator->instance);
            propagator->q[i * n + j] = q;
            driven = sum(b, driven,
                         expression_multiply(b->pool, expression_variable(b->pool, q, NO_SPAN), propagator->rests[j]));
        }
        if (driven) next[i] = sum(b, next[i], driven);
    }
    vector_push(arena, &b->plan->propagators, propagator);
    return next;
}

static Propagator *new_propagator(PlanBuilder *b, int n) {
    Arena *arena = b->compilation->arena;
    Propagator *propagator = arena_new_of(arena, Propagator);
    propagator->n = n;
    propagator->states = arena_array_of(arena, const Variable *, n);
    propagator->a = arena_array_of(arena, const Expression *, n * n);
    propagator->rests = arena_array_of(arena, const Expression *, n);
    return propagator;
}

void plan_exact(PlanBuilder *b, const PlanGroup *group) {
    int n = group->equations.count;
    Propagator *propagator = new_propagator(b, n);
    find_matrix(b, group, propagator->a, propagator->rests);
    for (int i = 0; i < n; i++) propagator->states[i] = group->equations.at[i]->state;
    const Expression **next = propagate(b, propagator);
    for (int i = 0; i < n; i++)
        vector_push(b->compilation->arena, &b->plan->updates, (Update){group->equations.at[i]->state, next[i]});
}

const Expression **plan_held(PlanBuilder *b, const Propagator *whole, const bool *held) {
    int n = whole->n;
    Propagator *propagator = new_propagator(b, n);
    for (int i = 0; i < n; i++) {
        propagator->states[i] = whole->states[i];
        propagator->rests[i] = held[i] ? NULL : whole->rests[i];
        for (int j = 0; j < n && !held[i]; j++) propagator->a[i * n + j] = whole->a[i * n + j];
    }
    return propagate(b, propagator);
}

/* Below this |a dt| the series is used: its error, (a dt)^2/6 of the change, is then below 2e-13, and the cancellation
 * in x_inf + (x - x_inf) e^z above it, 2^-53/|z|, below 2e-10 of the change. */
#define SMALL_EXPONENT 1e-6

/* Greater than zero whatever the states and parameters are. */
static bool is_positive(const Expression *e) {
    switch (e->op) {
    case EXPRESSION_NUMBER: return e->number > 0;
    case EXPRESSION_EXP:
    case EXPRESSION_EXPRELR:
    case EXPRESSION_SIGMOID:
    case EXPRESSION_COSH: return true;
    case EXPRESSION_ADD:
    case EXPRESSION_MUL:
    case EXPRESSION_DIV: return is_positive(e->kids[0]) && is_positive(e->kids[1]);
    case EXPRESSION_POW:
    case EXPRESSION_SQRT: return is_positive(e->kids[0]);
    case EXPRESSION_SELECT: return is_positive(e->kids[1]) && is_positive(e->kids[2]);
    case EXPRESSION_VARIABLE:
        return (e->variable->role == VARIABLE_LET || e->variable->role == VARIABLE_OUTPUT) && e->variable->value &&
               is_positive(e->variable->value);
    default: return false;
    }
}

/* e*scalar, with the scalars that e is a product of taken together. */
static const Expression *scaled(ExpressionPool *pool, const Expression *e, const Expression *scalar) {
    if (e->op == EXPRESSION_NEG) return scaled(pool, e->kids[0], expression_negate(pool, scalar));
    for (int i = 0; i < 2 && e->op == EXPRESSION_MUL; i++)
        if (e->kids[i]->rate <= RATE_SCALAR)
            return scaled(pool, e->kids[1 - i], expression_multiply(pool, e->kids[i], scalar));
    if (e->op == EXPRESSION_DIV && e->kids[1]->rate <= RATE_SCALAR)
        return scaled(pool, e->kids[0], expression_divide(pool, scalar, e->kids[1]));
    return expression_multiply(pool, e, scalar);
}

/* -rest/slope, without what both are divided by. */
static const Expression *steady_state(ExpressionPool *pool, const Expression *slope, const Expression *rest) {
    while (slope->op == EXPRESSION_DIV && rest->op == EXPRESSION_DIV && slope->kids[1] == rest->kids[1]) {
        slope = slope->kids[0];
        rest = rest->kids[0];
    }
    if (slope->op == EXPRESSION_NEG) return expression_divide(pool, rest, slope->kids[0]);
    return expression_negate(pool, expression_divide(pool, rest, slope));
}

static const Expression *relaxed(ExpressionPool *pool, const Expression *x, const Expression *limit,
                                 const Expression *z) {
    return expression_add(
        pool, limit,
        expression_multiply(pool, expression_subtract(pool, x, limit), expression_unary(pool, EXPRESSION_EXP, z)));
}

static const Expression *exponential_step(PlanBuilder *b, const Expression *x, const Expression *slope,
                                          const Expression *rest, const Expression *dt) {
    ExpressionPool *pool = b->pool;
    double value;
    if (expression_is_number(slope, &value) && value == 0)
        return expression_add(pool, x, expression_multiply(pool, rest, dt));
    /* A gate, x' = alpha (1 - x) - beta x with rates above zero: its limit lies in 0 .. 1, so nothing cancels. */
    if (slope->op == EXPRESSION_SUB && slope->kids[0]->op == EXPRESSION_NEG && slope->kids[0]->kids[0] == rest &&
        is_positive(rest) && is_positive(slope->kids[1])) {
        const Expression *total = expression_add(pool, rest, slope->kids[1]);
        return relaxed(pool, x, expression_divide(pool, rest, total), scaled(pool, total, expression_negate(pool, dt)));
    }
    const Expression *z = scaled(pool, slope, dt);
    const Expression *change = expression_add(pool, expression_multiply(pool, z, x), scaled(pool, rest, dt));
    const Expression *series = expression_add(
        pool, x,
        expression_multiply(
            pool, change, expression_add(pool, plan_number(b, 1), expression_multiply(pool, plan_number(b, 0.5), z))));
    const Expression *kids[2] = {expression_unary(pool, EXPRESSION_ABS, z), plan_number(b, SMALL_EXPONENT)};
    const Expression *small = expression_make(pool, EXPRESSION_LT, type_simple(pool, TYPE_BOOLEAN), NO_SPAN, 2, kids);
    return expression_select(pool, small, series, relaxed(pool, x, steady_state(pool, slope, rest), z));
}

/* rate = slope*x + rest: exact where the equation is linear in its own state; elsewhere its tangent at t, which makes
 * the method the exponential Rosenbrock-Euler one (Hochbruck, Ostermann & Schweitzer 2009), taken state by state. */
static void linearise(PlanBuilder *b, const Equation *equation, const Expression **slope, const Expression **rest) {
    if (expression_affine(b->pool, equation->rate, equation->state, slope, rest)) return;
    *slope = expression_differentiate(b->pool, equation->rate, equation->state);
    const Expression *x = expression_variable(b->pool, equation->state, NO_SPAN);
    *rest = expression_subtract(b->pool, equation->rate, expression_multiply(b->pool, *slope, x));
}

void plan_exponential_euler(PlanBuilder *b, const PlanGroup *group) {
    Arena *arena = b->compilation->arena;
    int n = group->equations.count;
    const Expression *dt = expression_divide(b->pool, b->dt, plan_number(b, group->substeps));
    const Expression **x = arena_array_of(arena, const Expression *, n),
                     **next = arena_array_of(arena, const Expression *, n);
    for (int i = 0; i < n; i++) x[i] = expression_variable(b->pool, group->equations.at[i]->state, NO_SPAN);
    Substitution *at = arena_array_of(arena, Substitution, n);
    for (int round = 0; round < group->substeps; round++) {
        for (int i = 0; i < n; i++) at[i] = (Substitution){group->equations.at[i]->state, x[i]};
        for (int i = 0; i < n; i++) {
            const Expression *slope, *rest;
            linearise(b, group->equations.at[i], &slope, &rest);
            slope = expression_substitute(b->pool, slope, at, n);
            rest = expression_substitute(b->pool, rest, at, n);
            next[i] = exponential_step(b, x[i], slope, rest, dt);
        }
        for (int i = 0; i < n; i++) x[i] = next[i];
    }
    for (int i = 0; i < n; i++) vector_push(arena, &b->plan->updates, (Update){group->equations.at[i]->state, x[i]});
}
