/* Implicit methods: backward Euler and the trapezoidal rule, by Newton's method with the symbolic Jacobian.
 *
 * F(y) = y - x - dt f(y) (backward Euler) or y - x - dt/2 (f(x) + f(y)); each round solves J delta = F by elimination
 * written out symbolically (no pivoting: J = 1 - dt df/dy, whose diagonal dominates for the dissipative systems that one
 * solves this way) and takes y - delta. It ends when every |delta| is below 1e-12 of |y| plus one declared unit. */
#include "equations/plan.h"

#define NEWTON_TOLERANCE 1e-12
#define NEWTON_ROUNDS 50
#define MOST_STATES 24

static bool is_zero(const Expression *e) {
    double value;
    return !e || (expression_is_number(e, &value) && value == 0);
}

/* Solves the n*n system in place: on return `right` holds the solution. NULL entries are zero. */
static void eliminate(PlanBuilder *b, int n, const Expression **j, const Expression **right) {
    ExpressionPool *pool = b->pool;
    for (int k = 0; k < n; k++)
        for (int i = k + 1; i < n; i++) {
            if (is_zero(j[i * n + k])) continue;
            const Expression *factor = expression_divide(pool, j[i * n + k], j[k * n + k]);
            for (int l = k + 1; l < n; l++) {
                if (is_zero(j[k * n + l])) continue;
                const Expression *product = expression_multiply(pool, factor, j[k * n + l]);
                j[i * n + l] = is_zero(j[i * n + l]) ? expression_negate(pool, product)
                                                     : expression_subtract(pool, j[i * n + l], product);
            }
            right[i] = expression_subtract(pool, right[i], expression_multiply(pool, factor, right[k]));
        }
    for (int i = n - 1; i >= 0; i--) {
        for (int l = i + 1; l < n; l++)
            if (!is_zero(j[i * n + l]))
                right[i] = expression_subtract(pool, right[i], expression_multiply(pool, j[i * n + l], right[l]));
        right[i] = expression_divide(pool, right[i], j[i * n + i]);
    }
}

void plan_implicit(PlanBuilder *b, const PlanGroup *group) {
    Arena *arena = b->compilation->arena;
    ExpressionPool *pool = b->pool;
    int n = group->equations.count;
    if (n > MOST_STATES) {
        compile_error(b->compilation, METHOD_CANNOT, group->equations.at[0]->span,
                      "%s solves at most %d coupled equations at once, and these are %d", method_name(group->method),
                      MOST_STATES, n);
        return;
    }
    bool trapezoid = group->method == METHOD_CRANK_NICOLSON;
    const Expression *dt = trapezoid ? expression_multiply(pool, plan_number(b, 0.5), b->dt) : b->dt;
    const Expression *jacobian[MOST_STATES * MOST_STATES], *residual[MOST_STATES];
    Variable *y[MOST_STATES];
    Substitution at[MOST_STATES];
    for (int i = 0; i < n; i++) {
        y[i] = plan_hidden_variable(b, "y", group->equations.at[i]->state->type->dimension, true);
        y[i]->role = VARIABLE_STATE;
        at[i] = (Substitution){group->equations.at[i]->state, expression_variable(pool, y[i], NO_SPAN)};
    }
    for (int i = 0; i < n; i++) {
        const Expression *rate = group->equations.at[i]->rate;
        const Expression *x = expression_variable(pool, group->equations.at[i]->state, NO_SPAN);
        const Expression *there = expression_substitute(pool, rate, at, n);
        const Expression *slope = trapezoid ? expression_add(pool, rate, there) : there;
        residual[i] =
            expression_subtract(pool, expression_subtract(pool, at[i].by, x), expression_multiply(pool, dt, slope));
        for (int k = 0; k < n; k++) {
            const Expression *partial = expression_differentiate(pool, there, y[k]);
            if (!partial) {
                compile_error(b->compilation, METHOD_CANNOT, group->equations.at[i]->span,
                              "%s needs the derivative of %s' by %s, which has none", method_name(group->method),
                              group->equations.at[i]->state->name, group->equations.at[k]->state->name);
                return;
            }
            const Expression *entry =
                is_zero(partial) ? NULL : expression_negate(pool, expression_multiply(pool, dt, partial));
            if (i == k) entry = entry ? expression_add(pool, plan_number(b, 1), entry) : plan_number(b, 1);
            jacobian[i * n + k] = entry;
        }
    }
    eliminate(b, n, jacobian, residual);

    Iteration iteration = {.most = NEWTON_ROUNDS};
    const Expression *worst = NULL;
    for (int i = 0; i < n; i++) {
        double unit = y[i]->unit.scale;
        const Variable *state = group->equations.at[i]->state;
        if (state->unit.scale > 0) unit = state->unit.scale;
        const Expression *next = expression_subtract(pool, at[i].by, residual[i]);
        const Expression *size = expression_add(pool, expression_unary(pool, EXPRESSION_ABS, next),
                                                expression_number(pool, unit, state->type->dimension, NO_SPAN));
        const Expression *change = expression_divide(pool, expression_unary(pool, EXPRESSION_ABS, residual[i]), size);
        const Expression *kids[2] = {worst, change};
        worst = worst ? expression_make(pool, EXPRESSION_MAX, change->type, NO_SPAN, 2, kids) : change;
        vector_push(arena, &iteration.carried, (Carried){y[i], expression_variable(pool, state, NO_SPAN), next});
        vector_push(arena, &b->plan->updates, (Update){group->equations.at[i]->state, at[i].by});
    }
    Variable *change = plan_hidden_variable(b, "change", HIL_DIMENSIONLESS, true);
    change->role = VARIABLE_STATE;
    vector_push(arena, &iteration.carried, (Carried){change, plan_number(b, 1), worst});
    const Type *boolean = type_simple(pool, TYPE_BOOLEAN);
    const Expression *more[2] = {plan_number(b, NEWTON_TOLERANCE), worst};
    const Expression *good[2] = {expression_variable(pool, change, NO_SPAN), plan_number(b, NEWTON_TOLERANCE)};
    iteration.proceed = expression_make(pool, EXPRESSION_LT, boolean, NO_SPAN, 2, more);
    iteration.converged = expression_make(pool, EXPRESSION_LE, boolean, NO_SPAN, 2, good);
    vector_push(arena, &b->plan->iterations, iteration);
}
