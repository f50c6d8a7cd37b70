/* `solve all together`: systems that read each other's states advance as one by an explicit Runge-Kutta method.
 *
 * In: one of the systems. Out: what each stage stores. After each stage but the last the states are what the next one
 * evaluates the rates at, so that whoever reads them meanwhile (connections between the stages) carries values of that
 * stage; states at t and the weighted sum of the rates so far are kept aside. The whole then has the method's order, as
 * if it had been written as one system. Every stage of the methods that are possible needs only the rates of the one
 * before it: a[s][j] = 0 but for j = s - 1. Within the step inputs, drives and values of the past stand still. */
#include "equations/explicit.h"

static bool by_stages(Method method) {
    return method == METHOD_EULER || method == METHOD_MIDPOINT || method == METHOD_HEUN || method == METHOD_RK4 ||
           method == METHOD_EULER_MARUYAMA;
}

int together_stages(Name solver, double *times) {
    Method method = solver ? method_find(solver) : METHOD_RK4;
    if (method == METHOD_COUNT || !by_stages(method)) return 0;
    const Tableau *tableau = explicit_tableau(method);
    for (int i = 0; i < tableau->stages; i++) times[i] = tableau->c[i];
    return tableau->stages;
}

/* The method, or METHOD_COUNT after an error. */
static Method method_of(PlanBuilder *b) {
    const PlanSystem *system = b->system;
    Method method = system->solver ? method_find(system->solver) : METHOD_RK4;
    if (method == METHOD_COUNT || !by_stages(method)) return METHOD_COUNT; /* the network says so, once */
    for (int i = 0; i < system->count; i++) {
        const Equation *equation = &system->equations[i];
        if (method != METHOD_RK4 && method != METHOD_MIDPOINT) break;
        if (!expression_mentions_op(equation->rate, EXPRESSION_WHITE)) continue;
        Diagnostic *d = compile_error(b->compilation, METHOD_CANNOT, system->solver_span,
                                      "%s cannot solve %s', which has white noise", method_name(method),
                                      equation->state->name);
        compile_note(b->compilation, d, equation->span, "this equation");
        compile_help(b->compilation, d, "solve all together with heun, which reads it as Stratonovich does");
        return METHOD_COUNT;
    }
    return method;
}

static const Expression *scaled(PlanBuilder *b, double factor, const Expression *rate) {
    return factor == 1 ? rate : expression_multiply(b->pool, plan_number(b, factor), rate);
}

static const Expression *moved(PlanBuilder *b, const Expression *from, const Expression *rate) {
    return expression_add(b->pool, from, expression_multiply(b->pool, b->dt, rate));
}

static Variable *keeper(PlanBuilder *b, const char *what, const Type *type) {
    Variable *v = plan_hidden_variable(b, what, type->dimension, true);
    v->role = VARIABLE_STATE;
    v->type = type;
    vector_push(b->compilation->arena, &b->plan->hidden, v);
    return v;
}

static void plan_equation(PlanBuilder *b, const Equation *equation, const Tableau *tableau) {
    Arena *arena = b->compilation->arena;
    Plan *plan = b->plan;
    const Expression *now = expression_variable(b->pool, equation->state, NO_SPAN);
    Variable *start = NULL, *sum = NULL;
    if (tableau->stages > 1) {
        start = keeper(b, "start", equation->state->type);
        vector_push(arena, &plan->before,
                    (Substitution){equation->state, expression_variable(b->pool, start, NO_SPAN)});
    }
    const Expression *so_far = NULL;
    for (int s = 0; s < tableau->stages; s++) {
        const Expression *rate = explicit_rate_at(b, equation->rate, tableau->c[s]);
        const Expression *at_t = s ? expression_variable(b->pool, start, NO_SPAN) : now;
        if (tableau->b[s] != 0) {
            const Expression *term = scaled(b, tableau->b[s], rate);
            so_far = so_far ? expression_add(b->pool, so_far, term) : term;
        }
        if (s + 1 == tableau->stages) {
            vector_push(arena, &plan->updates, (Update){equation->state, moved(b, at_t, so_far)});
            return;
        }
        PlanStage *stage = &plan->stages.at[s];
        if (s == 0) vector_push(arena, &stage->stores, (Update){start, now});
        if (so_far) {
            if (!sum) sum = keeper(b, "rates", rate->type);
            vector_push(arena, &stage->stores, (Update){sum, so_far});
            so_far = expression_variable(b->pool, sum, NO_SPAN);
        }
        vector_push(arena, &stage->stores,
                    (Update){equation->state, moved(b, at_t, scaled(b, tableau->a[s + 1][s], rate))});
    }
}

void plan_together(PlanBuilder *b) {
    Arena *arena = b->compilation->arena;
    const PlanSystem *system = b->system;
    Method method = method_of(b);
    if (method == METHOD_COUNT || !system->count) return;
    const Tableau *tableau = explicit_tableau(method);
    PlanGroup group = {.method = method, .substeps = 1, .asked = true,
                       .reason = "solved together with what it is connected to"};
    for (int i = 0; i < system->count; i++) vector_push(arena, &group.equations, &system->equations[i]);
    vector_push(arena, &b->plan->groups, group);
    for (int s = 0; s + 1 < tableau->stages; s++) vector_push(arena, &b->plan->stages, (PlanStage){0});
    for (int i = 0; i < system->count; i++) plan_equation(b, &system->equations[i], tableau);
}
