/* Explicit methods: forward Euler, midpoint, Heun, classical Runge-Kutta, Euler-Maruyama, and Dormand & Prince 5(4) with
 * error control.
 *
 * A Runge-Kutta method is its table: stage s evaluates the rates at x + dt sum_j a[s][j] k_j and time t + c[s] dt, the
 * result is x + dt sum b[s] k_s. States outside the group that feed it are taken along through the stages (their own
 * results are discarded), so that the group keeps the method's order; inputs and the values of others are those at t.
 * White noise w is a normal draw over sqrt(dt), the same in all stages of a step. */
#include "equations/explicit.h"

static const Tableau euler = {.stages = 1, .b = {1}};
static const Tableau midpoint = {.stages = 2, .a = {{0}, {0.5}}, .b = {0, 1}, .c = {0, 0.5}};
static const Tableau heun = {.stages = 2, .a = {{0}, {1}}, .b = {0.5, 0.5}, .c = {0, 1}};
static const Tableau rk4 = {.stages = 4,
                            .a = {{0}, {0.5}, {0, 0.5}, {0, 0, 1}},
                            .b = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6},
                            .c = {0, 0.5, 0.5, 1}};
/* Dormand & Prince 1980 */
static const Tableau dormand_prince = {
    .stages = 7,
    .a = {{0},
          {1.0 / 5},
          {3.0 / 40, 9.0 / 40},
          {44.0 / 45, -56.0 / 15, 32.0 / 9},
          {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
          {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
          {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}},
    .b = {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84, 0},
    .c = {0, 0.2, 0.3, 0.8, 8.0 / 9, 1, 1},
    .error = {71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40}};

const Tableau *explicit_tableau(Method method) {
    switch (method) {
    case METHOD_MIDPOINT: return &midpoint;
    case METHOD_HEUN: return &heun;
    case METHOD_RK4: return &rk4;
    case METHOD_ADAPTIVE: return &dormand_prince;
    default: return &euler;
    }
}

typedef struct Stages {
    PlanBuilder *b;
    int n; /* states taken along; the group's come first */
    const Equation **equations;
    const Tableau *tableau;
    const Expression *k[MOST_STAGES][64];
} Stages;

#define MOST_STATES 64

/* The group's equations, then those whose states feed them. */
static int gather(PlanBuilder *b, const PlanGroup *group, bool upstream, const Equation **list) {
    int n = 0;
    for (int i = 0; i < group->equations.count && n < MOST_STATES; i++) list[n++] = group->equations.at[i];
    for (int at = 0; upstream && at < n; at++)
        for (int i = 0; i < b->system->count && n < MOST_STATES; i++) {
            const Equation *other = &b->system->equations[i];
            bool known = false;
            for (int k = 0; k < n; k++) known = known || list[k] == other;
            if (!known && expression_mentions(list[at]->rate, other->state)) list[n++] = other;
        }
    return n;
}

typedef struct Moment {
    PlanBuilder *b;
    const Expression *time; /* what t stands for */
    const Expression *dt;   /* of this substep */
    int substep;
} Moment;

/* t and white noise at a moment of the step. */
static const Expression *at_moment(void *context, const Expression *leaf) {
    const Moment *m = context;
    ExpressionPool *pool = m->b->pool;
    if (leaf->op == EXPRESSION_TIME) return m->time;
    if (leaf->op != EXPRESSION_WHITE) return NULL;
    const Expression *kids[2] = {plan_number(m->b, 0), plan_number(m->b, 1)};
    const Expression *draw = expression_draw_repeat(pool, EXPRESSION_DRAW_NORMAL, leaf->index, m->substep,
                                                    kids[0]->type, leaf->span, 2, kids);
    return expression_divide(pool, draw, expression_unary(pool, EXPRESSION_SQRT, m->dt));
}

const Expression *explicit_rate_at(PlanBuilder *b, const Expression *rate, double c) {
    Moment moment = {b, expression_make(b->pool, EXPRESSION_TIME, b->dt->type, NO_SPAN, 0, NULL), b->dt, 0};
    if (c != 0)
        moment.time = expression_add(b->pool, moment.time, expression_multiply(b->pool, plan_number(b, c), b->dt));
    return expression_map_leaves(b->pool, rate, at_moment, &moment);
}

static const Expression *add_scaled(PlanBuilder *b, const Expression *x, const Expression *dt, const Expression *sum) {
    return sum ? expression_add(b->pool, x, expression_multiply(b->pool, dt, sum)) : x;
}

static const Expression *weighted(PlanBuilder *b, const Stages *s, const double *weights, int state) {
    const Expression *sum = NULL;
    for (int j = 0; j < s->tableau->stages; j++) {
        if (weights[j] == 0) continue;
        const Expression *term =
            weights[j] == 1 ? s->k[j][state] : expression_multiply(b->pool, plan_number(b, weights[j]), s->k[j][state]);
        sum = sum ? expression_add(b->pool, sum, term) : term;
    }
    return sum;
}

/* Fills s->k from states x at `start` (t of this substep). */
static void run_stages(Stages *s, const Expression **x, const Expression *start, const Expression *dt, int substep) {
    PlanBuilder *b = s->b;
    Substitution at[MOST_STATES];
    for (int stage = 0; stage < s->tableau->stages; stage++) {
        for (int i = 0; i < s->n; i++)
            at[i] = (Substitution){s->equations[i]->state,
                                   add_scaled(b, x[i], dt, weighted(b, s, s->tableau->a[stage], i))};
        double c = s->tableau->c[stage];
        Moment moment = {b, start, dt, substep};
        if (c != 0) moment.time = expression_add(b->pool, start, expression_multiply(b->pool, plan_number(b, c), dt));
        for (int i = 0; i < s->n; i++) {
            const Expression *rate = expression_map_leaves(b->pool, s->equations[i]->rate, at_moment, &moment);
            s->k[stage][i] = expression_substitute(b->pool, rate, at, s->n);
        }
    }
}

static const Expression *time_now(PlanBuilder *b) {
    return expression_make(b->pool, EXPRESSION_TIME, b->dt->type, NO_SPAN, 0, NULL);
}

/* R(z) = 1 + sum over k of z^(k+1) b^T a^k 1 (Hairer & Wanner, IV.2). */
bool plan_growth(Method method, double growth[HIL_GROWTH_TERMS]) {
    if (method != METHOD_EULER && method != METHOD_EULER_MARUYAMA && explicit_tableau(method) == &euler) return false;
    if (method == METHOD_ADAPTIVE) return false;
    const Tableau *t = explicit_tableau(method);
    double v[MOST_STAGES];
    for (int i = 0; i < t->stages; i++) v[i] = 1;
    for (int k = 0; k < HIL_GROWTH_TERMS; k++) growth[k] = k == 0;
    for (int k = 1; k <= t->stages; k++) {
        double next[MOST_STAGES] = {0};
        for (int i = 0; i < t->stages; i++) {
            growth[k] += t->b[i] * v[i];
            for (int j = 0; j < t->stages; j++) next[i] += t->a[i][j] * v[j];
        }
        for (int i = 0; i < t->stages; i++) v[i] = next[i];
    }
    return true;
}

void plan_explicit(PlanBuilder *b, const PlanGroup *group) {
    const Equation *equations[MOST_STATES];
    Stages *s = arena_new_of(b->compilation->arena, Stages);
    s->b = b;
    s->equations = equations;
    s->tableau = explicit_tableau(group->method);
    s->n = gather(b, group, s->tableau->stages > 1, equations);
    const Expression *x[MOST_STATES];
    for (int i = 0; i < s->n; i++) x[i] = expression_variable(b->pool, equations[i]->state, NO_SPAN);
    const Expression *dt = expression_divide(b->pool, b->dt, plan_number(b, group->substeps));
    const Expression *start = time_now(b);
    for (int round = 0; round < group->substeps; round++) {
        run_stages(s, x, start, dt, round);
        for (int i = 0; i < s->n; i++) x[i] = add_scaled(b, x[i], dt, weighted(b, s, s->tableau->b, i));
        start = expression_add(b->pool, start, dt);
    }
    for (int i = 0; i < group->equations.count; i++)
        vector_push(b->compilation->arena, &b->plan->updates, (Update){group->equations.at[i]->state, x[i]});
}

/* ---- Dormand & Prince with error control ---- */

static const Expression *compare(PlanBuilder *b, ExpressionOp op, const Expression *x, const Expression *y) {
    const Expression *kids[2] = {x, y};
    return expression_make(b->pool, op, type_simple(b->pool, TYPE_BOOLEAN), NO_SPAN, 2, kids);
}

static const Expression *two(PlanBuilder *b, ExpressionOp op, const Expression *x, const Expression *y) {
    const Expression *kids[2] = {x, y};
    return expression_make(b->pool, op, x->type, NO_SPAN, 2, kids);
}

/* The largest of |error_i| / (tolerance * (|x_i| + one declared unit)). */
static const Expression *error_norm(PlanBuilder *b, const Stages *s, const Expression **x, const Expression *h,
                                    double tolerance) {
    const Expression *worst = NULL;
    for (int i = 0; i < s->n; i++) {
        const Variable *state = s->equations[i]->state;
        const Expression *size = expression_add(
            b->pool, expression_unary(b->pool, EXPRESSION_ABS, x[i]),
            expression_number(b->pool, state->unit.scale > 0 ? state->unit.scale : 1, state->type->dimension, NO_SPAN));
        const Expression *error = expression_unary(
            b->pool, EXPRESSION_ABS, expression_multiply(b->pool, h, weighted(b, s, s->tableau->error, i)));
        const Expression *ratio =
            expression_divide(b->pool, error, expression_multiply(b->pool, plan_number(b, tolerance), size));
        worst = worst ? two(b, EXPRESSION_MAX, worst, ratio) : ratio;
    }
    return worst;
}

#define DEFAULT_TOLERANCE 1e-6
#define MOST_ROUNDS 100000

void plan_adaptive(PlanBuilder *b, const PlanGroup *group, double tolerance) {
    Arena *arena = b->compilation->arena;
    ExpressionPool *pool = b->pool;
    if (tolerance <= 0) tolerance = DEFAULT_TOLERANCE;
    const Equation **equations = arena_array_of(arena, const Equation *, MOST_STATES);
    Stages *s = arena_new_of(arena, Stages);
    s->b = b;
    s->equations = equations;
    s->tableau = &dormand_prince;
    s->n = gather(b, group, true, equations);
    HilDimension time = b->dt->type->dimension;
    Iteration iteration = {.most = MOST_ROUNDS};
    const Expression *x[MOST_STATES];
    Variable *carried[MOST_STATES];
    for (int i = 0; i < s->n; i++) {
        carried[i] = plan_hidden_variable(b, "y", equations[i]->state->type->dimension, true);
        carried[i]->role = VARIABLE_STATE;
        x[i] = expression_variable(pool, carried[i], NO_SPAN);
    }
    Variable *done_variable = plan_hidden_variable(b, "done", time, true),
             *h_variable = plan_hidden_variable(b, "h", time, true);
    done_variable->role = h_variable->role = VARIABLE_STATE;
    const Expression *done = expression_variable(pool, done_variable, NO_SPAN);
    const Expression *h = expression_variable(pool, h_variable, NO_SPAN);

    run_stages(s, x, expression_add(pool, time_now(b), done), h, 0);
    const Expression *error = error_norm(b, s, x, h, tolerance);
    const Expression *accepted = compare(b, EXPRESSION_LE, error, plan_number(b, 1));
    for (int i = 0; i < s->n; i++) {
        const Expression *next = add_scaled(b, x[i], h, weighted(b, s, s->tableau->b, i));
        vector_push(arena, &iteration.carried,
                    (Carried){carried[i], expression_variable(pool, equations[i]->state, NO_SPAN),
                              expression_select(pool, accepted, next, x[i])});
    }
    const Expression *now_done = expression_select(pool, accepted, expression_add(pool, done, h), done);
    /* h * min(5, max(0.2, 0.9 error^(-1/5))), not beyond what is left */
    const Expression *floor_error = two(b, EXPRESSION_MAX, error, plan_number(b, 1e-10));
    const Expression *factor =
        expression_multiply(pool, plan_number(b, 0.9), two(b, EXPRESSION_POW, floor_error, plan_number(b, -0.2)));
    factor = two(b, EXPRESSION_MIN, plan_number(b, 5), two(b, EXPRESSION_MAX, plan_number(b, 0.2), factor));
    const Expression *left = expression_subtract(pool, b->dt, now_done);
    const Expression *next_h = two(b, EXPRESSION_MIN, expression_multiply(pool, h, factor), left);
    vector_push(arena, &iteration.carried,
                (Carried){done_variable, expression_number(pool, 0, time, NO_SPAN), now_done});
    vector_push(arena, &iteration.carried, (Carried){h_variable, b->dt, next_h});
    /* what is left after the last round is a rounding error of dt */
    const Expression *enough = expression_multiply(pool, plan_number(b, 1e-12), b->dt);
    iteration.proceed = compare(b, EXPRESSION_LT, enough, left);
    iteration.converged = compare(b, EXPRESSION_LE, expression_subtract(pool, b->dt, done), enough);
    vector_push(arena, &b->plan->iterations, iteration);
    for (int i = 0; i < group->equations.count; i++)
        vector_push(arena, &b->plan->updates, (Update){equations[i]->state, x[i]});
}
