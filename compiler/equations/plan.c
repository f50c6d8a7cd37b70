/* The planner. In: a system. Out: groups of states with a method each, in the order in which they are solved, and
 * through plan_*.c the expressions for their next values.
 *
 * What it keeps true: every state is in exactly one group; a group planned "exact" depends on no state outside the
 * exact groups; what the model asks for (`solve x with …`, `solve all with …`) is done or refused, never replaced. */
#include "equations/plan.h"
#include "hillock/stability.h"
#include <math.h>
#include <string.h>

typedef struct MethodRow {
    const char *name, *text;
    int order;
} MethodRow;

static const MethodRow methods[] = {
#define METHOD(ID, name, order, text) {name, text, order},
#include "equations/methods.def"
#undef METHOD
};

const char *method_name(Method method) { return methods[method].name; }
const char *method_text(Method method) { return methods[method].text; }
int method_order(Method method) { return methods[method].order; }

Method method_find(const char *name) {
    for (int i = 0; i < METHOD_COUNT; i++)
        if (strcmp(methods[i].name, name) == 0) return (Method)i;
    return METHOD_COUNT;
}

/* ---- facts about a system ---- */

typedef struct Facts {
    PlanBuilder *b;
    int n;
    bool *depends;  /* depends[i*n + j]: equation i mentions state j */
    bool *reaches;  /* its transitive closure, reflexive */
    bool *constant; /* equation i is affine in all states with coefficients that stay fixed during a run */
    bool *linear;   /* equation i is affine in its own state */
    bool *noisy;
    int *group; /* index into plan->groups, or -1 */
} Facts;

static bool mentions_any_state(const Facts *f, const Expression *e) {
    for (int j = 0; j < f->n; j++)
        if (expression_mentions(e, f->b->system->equations[j].state)) return true;
    return false;
}

static bool explicit_in_time(const Expression *e) {
    return expression_mentions_op(e, EXPRESSION_TIME) || expression_mentions_op(e, EXPRESSION_WHITE);
}

/* Affine in every state with fixed coefficients? */
static bool has_constant_coefficients(const Facts *f, int i) {
    const Expression *rest = f->b->system->equations[i].rate, *slope;
    if (explicit_in_time(rest)) return false;
    for (int j = 0; j < f->n; j++) {
        if (!expression_affine(f->b->pool, rest, f->b->system->equations[j].state, &slope, &rest)) return false;
        if (slope->rate > RATE_INSTANCE) return false;
    }
    return true;
}

static Facts find_facts(PlanBuilder *b, Arena *scratch) {
    int n = b->system->count;
    Facts f = {.b = b, .n = n};
    f.depends = arena_array_of(scratch, bool, n * n + 1);
    f.reaches = arena_array_of(scratch, bool, n * n + 1);
    f.constant = arena_array_of(scratch, bool, n + 1);
    f.linear = arena_array_of(scratch, bool, n + 1);
    f.noisy = arena_array_of(scratch, bool, n + 1);
    f.group = arena_array_of(scratch, int, n + 1);
    for (int i = 0; i < n; i++) {
        const Equation *equation = &b->system->equations[i];
        const Expression *slope, *rest;
        f.group[i] = -1;
        for (int j = 0; j < n; j++)
            f.depends[i * n + j] = expression_mentions(equation->rate, b->system->equations[j].state);
        f.constant[i] = has_constant_coefficients(&f, i);
        f.linear[i] = expression_affine(b->pool, equation->rate, equation->state, &slope, &rest);
        f.noisy[i] = expression_mentions_op(equation->rate, EXPRESSION_WHITE);
    }
    memcpy(f.reaches, f.depends, sizeof(bool) * (size_t)(n * n));
    for (int i = 0; i < n; i++) f.reaches[i * n + i] = true;
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n && f.reaches[i * n + k]; j++)
                if (f.reaches[k * n + j]) f.reaches[i * n + j] = true;
    return f;
}

/* ---- choosing ---- */

static PlanGroup *new_group(Facts *f, Method method, const char *reason) {
    Plan *plan = f->b->plan;
    vector_push(f->b->compilation->arena, &plan->groups,
                (PlanGroup){.method = method, .substeps = 1, .reason = reason});
    return &vector_last(&plan->groups);
}

static void join_group(Facts *f, int equation) {
    PlanGroup *group = &vector_last(&f->b->plan->groups);
    vector_push(f->b->compilation->arena, &group->equations, &f->b->system->equations[equation]);
    f->group[equation] = f->b->plan->groups.count - 1;
}

/* Equations with fixed coefficients that depend on nothing else: e^(A dt) solves them exactly. Each weakly connected
 * part is a system of its own, so that matrices stay small. */
static void choose_exact(Facts *f, bool *free_states) {
    int n = f->n;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n && free_states[i]; j++)
            if (f->reaches[i * n + j] && (!f->constant[j] || f->group[j] >= 0)) free_states[i] = false;
    for (int i = 0; i < n; i++) {
        if (!free_states[i] || f->group[i] >= 0) continue;
        new_group(f, METHOD_EXACT, "linear with constant coefficients");
        join_group(f, i);
        for (bool grown = true; grown;) {
            grown = false;
            int group = f->group[i];
            for (int j = 0; j < n; j++) {
                if (!free_states[j] || f->group[j] >= 0) continue;
                for (int k = 0; k < n; k++)
                    if (f->group[k] == group && (f->depends[j * n + k] || f->depends[k * n + j])) {
                        join_group(f, j);
                        grown = true;
                        break;
                    }
            }
        }
    }
}

/* What is left, one strongly connected part after the other. */
static void choose_rest(Facts *f) {
    int n = f->n;
    for (int i = 0; i < n; i++) {
        if (f->group[i] >= 0) continue;
        bool all_linear = true, noisy = false;
        for (int j = 0; j < n; j++) {
            if (f->group[j] >= 0 || !f->reaches[i * n + j] || !f->reaches[j * n + i]) continue;
            all_linear = all_linear && f->linear[j];
            noisy = noisy || f->noisy[j];
        }
        if (noisy)
            new_group(f, METHOD_EULER_MARUYAMA, "driven by white noise");
        else if (all_linear)
            new_group(f, METHOD_EXPONENTIAL_EULER, "linear in its own state, coefficients vary");
        else
            new_group(f, METHOD_RK4, "nonlinear in its own state");
        for (int j = 0; j < n; j++)
            if (f->group[j] < 0 && f->reaches[i * n + j] && f->reaches[j * n + i]) join_group(f, j);
    }
}

Method plan_asked_method(Compilation *c, Name name, Span span) {
    Method method = method_find(name);
    if (method == METHOD_COUNT) {
        const char *names[METHOD_COUNT];
        for (int i = 0; i < METHOD_COUNT; i++) names[i] = methods[i].name;
        const char *near = nearest_name(name, names, METHOD_COUNT);
        Diagnostic *d = compile_error(c, UNKNOWN_METHOD, span, "there is no solver '%s'", name);
        if (near)
            compile_help(c, d, "did you mean '%s'?", near);
        else
            compile_help(c, d,
                         "solvers are exact, exponential_euler, euler, midpoint, heun, rk4, adaptive, implicit_euler, "
                         "crank_nicolson and euler_maruyama");
    }
    return method;
}

/* A method that cannot do the group's equations is refused, with what stands in the way. */
static bool check_asked(Facts *f, const PlanGroup *group, Span span) {
    Compilation *c = f->b->compilation;
    for (int k = 0; k < group->equations.count; k++) {
        const Equation *equation = group->equations.at[k];
        int i = (int)(equation - f->b->system->equations);
        if (f->noisy[i] && group->method != METHOD_EULER_MARUYAMA && group->method != METHOD_HEUN &&
            group->method != METHOD_EULER) {
            Diagnostic *d = compile_error(c, METHOD_CANNOT, span, "%s cannot solve %s', which has white noise",
                                          method_name(group->method), equation->state->name);
            compile_note(c, d, equation->span, "this equation");
            compile_help(c, d, "use euler_maruyama, or heun for the Stratonovich reading");
            return false;
        }
        if (group->method == METHOD_EXPONENTIAL_EULER && !f->linear[i] &&
            !expression_differentiate(f->b->pool, equation->rate, equation->state)) {
            Diagnostic *d = compile_error(c, METHOD_CANNOT, span,
                                          "exponential_euler needs the derivative of %s' by %s, which has none",
                                          equation->state->name, equation->state->name);
            compile_note(c, d, equation->span, "this equation");
            compile_help(c, d, "rk4 solves any equation");
            return false;
        }
        if (group->method == METHOD_EXACT && !f->constant[i]) {
            Diagnostic *d =
                compile_error(c, METHOD_CANNOT, span,
                              "exact needs equations that are linear with constant coefficients, and %s' is not",
                              equation->state->name);
            compile_note(c, d, equation->span, "this equation");
            return false;
        }
    }
    return true;
}

static void choose_asked(Facts *f) {
    const PlanSystem *system = f->b->system;
    for (int r = 0; !system->solver && r < system->rule_count; r++) {
        const SolveRule *rule = &system->rules[r];
        Method method = plan_asked_method(f->b->compilation, rule->method, rule->span);
        if (method == METHOD_COUNT) continue;
        PlanGroup *group = new_group(f, method, "the model asks for it");
        group->substeps = rule->substeps > 0 ? rule->substeps : 1;
        group->asked = true;
        for (int i = 0; i < f->n; i++) {
            bool named = rule->states.count == 0;
            for (int k = 0; k < rule->states.count; k++)
                named = named || rule->states.at[k] == system->equations[i].state;
            if (named && f->group[i] < 0) join_group(f, i);
        }
        if (!check_asked(f, &vector_last(&f->b->plan->groups), rule->span))
            vector_last(&f->b->plan->groups).equations.count = 0;
    }
    if (!system->solver || strcmp(system->solver, "exact") == 0) return;
    Method method = plan_asked_method(f->b->compilation, system->solver, system->solver_span);
    if (method == METHOD_COUNT) return;
    bool any = false;
    for (int i = 0; i < f->n; i++) {
        if (f->group[i] >= 0) continue;
        if (!any) new_group(f, method, "the experiment asks for it")->asked = true;
        any = true;
        join_group(f, i);
    }
    if (any && !check_asked(f, &vector_last(&f->b->plan->groups), system->solver_span))
        vector_last(&f->b->plan->groups).equations.count = 0;
}

/* `solve V with euler, then u with euler`: later groups see what earlier ones found. */
static void follow_order(PlanBuilder *b, int first_update, const Substitution *found, int count) {
    for (int i = first_update; i < b->plan->updates.count; i++)
        b->plan->updates.at[i].next = expression_substitute(b->pool, b->plan->updates.at[i].next, found, count);
}

static void solve_group(PlanBuilder *b, const PlanGroup *group) {
    if (group->equations.count == 0) return;
    switch (group->method) {
    case METHOD_EXACT: plan_exact(b, group); break;
    case METHOD_EXPONENTIAL_EULER: plan_exponential_euler(b, group); break;
    case METHOD_ADAPTIVE: plan_adaptive(b, group, 0); break;
    case METHOD_IMPLICIT_EULER:
    case METHOD_CRANK_NICOLSON: plan_implicit(b, group); break;
    default: plan_explicit(b, group); break;
    }
}

Plan *plan_system(Compilation *c, ExpressionPool *pool, const PlanSystem *system) {
    Arena *scratch = arena_new();
    Plan *plan = arena_new_of(c->arena, Plan);
    PlanBuilder b = {.compilation = c,
                     .pool = pool,
                     .system = system,
                     .plan = plan,
                     .dt = expression_variable(pool, system->dt, NO_SPAN)};
    Facts facts = find_facts(&b, scratch);
    if (system->together) {
        plan_together(&b);
        for (int g = 0; g < plan->groups.count; g++) plan_judge(&b, &plan->groups.at[g], facts.reaches);
        arena_free(scratch);
        return plan;
    }
    choose_asked(&facts);
    bool *free_states = arena_array_of(scratch, bool, facts.n + 1);
    for (int i = 0; i < facts.n; i++) free_states[i] = facts.group[i] < 0 && !mentions_any_state(&facts, b.dt);
    choose_exact(&facts, free_states);
    choose_rest(&facts);

    VECTOR(Substitution) found = {0};
    int asked_groups = 0;
    for (int g = 0; g < plan->groups.count; g++) {
        int first = plan->updates.count;
        bool by_rule = plan->groups.at[g].asked && !system->solver && g < system->rule_count;
        bool ordered = by_rule && system->rules[g].order > 0;
        solve_group(&b, &plan->groups.at[g]);
        plan_judge(&b, &plan->groups.at[g], facts.reaches);
        if (ordered && asked_groups) follow_order(&b, first, found.at, found.count);
        if (by_rule) {
            asked_groups++;
            for (int i = first; i < plan->updates.count; i++)
                vector_push(c->arena, &found, (Substitution){plan->updates.at[i].state, plan->updates.at[i].next});
        }
    }
    arena_free(scratch);
    return plan;
}

const Expression *plan_number(PlanBuilder *b, double value) {
    return expression_number(b->pool, value, HIL_DIMENSIONLESS, NO_SPAN);
}

Variable *plan_hidden_variable(PlanBuilder *b, const char *prefix, HilDimension dimension, bool instance) {
    Variable *v = arena_new_of(b->compilation->arena, Variable);
    v->name = name_print(b->compilation->names, "%s%d", prefix, b->hidden++);
    v->role = VARIABLE_PARAMETER;
    v->instance = instance;
    v->type = type_number(b->pool, dimension);
    v->unit = (HilUnit){.dimension = dimension, .scale = 1};
    v->unit_text = name_of(b->compilation->names, "");
    v->span = NO_SPAN;
    v->owner = b->system->owner;
    return v;
}

/* ---- explain ---- */

static bool always_stable(Method method) {
    return method == METHOD_EXACT || method == METHOD_EXPONENTIAL_EULER || method == METHOD_IMPLICIT_EULER ||
           method == METHOD_CRANK_NICOLSON;
}

static const StabilityBound *bound_of(const Plan *plan, const Equation *equation) {
    for (int k = 0; k < plan->bounds.count; k++)
        for (int i = 0; i < plan->bounds.at[k].n; i++)
            if (plan->bounds.at[k].equations[i] == equation) return &plan->bounds.at[k];
    return NULL;
}

#define LONG_STEP 1e6 /* s; longer than any run: what is still sound there is sound at any step */

/* The longest sound step as the file stands, where that is known. */
static void print_step(ExpressionPool *pool, const StabilityBound *bound, FILE *out) {
    double a[64 * 64];
    HilStability found;
    if (!stability_numbers(pool, bound, NULL, 0, a) ||
        !hil_stability_judge(bound->n, a, LONG_STEP, bound->flags, bound->growth, &found))
        return;
    fputs(", with the file's parameters ", out);
    if (found.unstable) fprintf(out, "%.4g ms, and sound up to ", found.stable_step * bound->substeps * 1e3);
    if (found.unstable || found.doubtful)
        fprintf(out, "%.4g ms", found.sound_step * bound->substeps * 1e3);
    else
        fputs("any step", out);
}

static void print_stability(ExpressionPool *pool, const Plan *plan, const PlanGroup *group, const Equation *equation,
                            FILE *out) {
    const StabilityBound *bound = bound_of(plan, equation);
    if (group->method == METHOD_ADAPTIVE) {
        fprintf(out, "; shortens its own steps");
        return;
    }
    if (always_stable(group->method)) {
        const Variable **mentioned;
        int count;
        bool past = false;
        expression_variables(pool, equation->rate, &mentioned, &count);
        for (int i = 0; i < count; i++) past = past || mentioned[i]->role == VARIABLE_DELAYED;
        fprintf(out, past ? "; stable at any step if the past stands still" : "; stable at any step");
        if (!bound) return;
        fprintf(out, ";\n      sound while it and what it is coupled to do not pass each other in a step");
        print_step(pool, bound, out);
        return;
    }
    double limit = bound ? hil_stability_interval(bound->growth) * bound->substeps : 0;
    if (!bound) {
        fprintf(out, "; how long a step may be depends on its states");
        return;
    }
    if (bound->n == 1) {
        const char *where = bound->flags ? " where it starts" : "";
        fprintf(out, ";\n      stable while dt <= %.4g/|", limit);
        expression_print(bound->a[0], out);
        fprintf(out, "|%s", where);
    } else {
        fprintf(out, ";\n      stable by the eigenvalues of the %d equations that depend on each other%s", bound->n,
                bound->flags ? " where they start" : "");
    }
    print_step(pool, bound, out);
}

void plan_print(ExpressionPool *pool, const Plan *plan, FILE *out) {
    for (int g = 0; g < plan->groups.count; g++) {
        const PlanGroup *group = &plan->groups.at[g];
        for (int i = 0; i < group->equations.count; i++) {
            const Equation *equation = group->equations.at[i];
            fprintf(out, "  %s' = ", equation->state->name);
            expression_print(equation->rate, out);
            fprintf(out, "\n      %s", method_text(group->method));
            if (group->substeps > 1) fprintf(out, ", %d substeps", group->substeps);
            fprintf(out, "; %s", group->reason);
            if (method_order(group->method)) fprintf(out, "; order %d", method_order(group->method));
            print_stability(pool, plan, group, equation, out);
            fprintf(out, "\n");
        }
    }
}
