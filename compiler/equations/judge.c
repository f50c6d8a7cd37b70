/* What the step of a run is judged by. In: a group of equations with its method. Out: in plan->bounds the matrices whose
 * eigenvalues say whether a step is unstable or doubtful (hillock/stability.h), as expressions of parameters.
 *
 * Equations that depend on each other are judged together; others do not change their eigenvalues. Of explicit methods
 * the matrix is the Jacobian where it stands still; else its value where the model starts, which is advice. Of
 * exponential Euler it is what states of one kind (compartments) pull at each other. What does not come out as an
 * expression of parameters (initial values that are drawn, functions without a derivative) is not judged. */
#include "equations/plan.h"

#define MOST_STATES 64

static bool is_zero(const Expression *e) {
    double value;
    return expression_is_number(e, &value) && value == 0;
}

/* A leaf's value where the model starts. */
static const Expression *starting_leaf(void *context, const Expression *leaf) {
    ExpressionPool *pool = context;
    if (leaf->op == EXPRESSION_TIME || leaf->op == EXPRESSION_WHITE)
        return expression_number(pool, 0, leaf->type->dimension, leaf->span);
    if (leaf->op != EXPRESSION_VARIABLE || leaf->variable->side != SIDE_SELF) return NULL;
    const Variable *v = leaf->variable;
    switch (v->role) {
    case VARIABLE_STATE:
        if (v->initial) return expression_map_leaves(pool, v->initial, starting_leaf, pool);
        return expression_number(pool, 0, v->type->dimension, leaf->span);
    case VARIABLE_INPUT:
    case VARIABLE_COUNTDOWN: return expression_number(pool, 0, v->type->dimension, leaf->span);
    case VARIABLE_LET:
    case VARIABLE_OUTPUT: return v->value ? expression_map_leaves(pool, v->value, starting_leaf, pool) : NULL;
    default: return NULL;
    }
}

static StabilityBound new_bound(PlanBuilder *b, const PlanGroup *group, const int *members, int n) {
    Arena *arena = b->compilation->arena;
    StabilityBound bound = {.n = n,
                            .substeps = group->substeps, .asked = group->asked, .a = arena_array_of(arena, const Expression *, n * n),
                            .equations = arena_array_of(arena, const Equation *, n)};
    for (int i = 0; i < n; i++) bound.equations[i] = group->equations.at[members[i]];
    return bound;
}

/* The Jacobian of the members; `closed`: no equation elsewhere depends on them and feeds them. */
static void judge_explicit(PlanBuilder *b, const PlanGroup *group, const int *members, int n, bool closed,
                           const double *growth) {
    StabilityBound bound = new_bound(b, group, members, n);
    bool any = false;
    for (int k = 0; k < HIL_GROWTH_TERMS; k++) bound.growth[k] = growth[k];
    if (!closed) bound.flags = HIL_STABILITY_ADVISORY;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            if (!expression_mentions(bound.equations[i]->rate, bound.equations[j]->state)) continue;
            const Expression *e = expression_differentiate(b->pool, bound.equations[i]->rate, bound.equations[j]->state);
            if (!e) return;
            if (is_zero(e)) continue;
            bound.a[i * n + j] = e;
            any = true;
            if (e->rate > RATE_INSTANCE) bound.flags = HIL_STABILITY_ADVISORY;
        }
    for (int i = 0; i < n * n; i++) {
        if (!bound.a[i]) continue;
        if (bound.flags) bound.a[i] = expression_map_leaves(b->pool, bound.a[i], starting_leaf, b->pool);
        if (bound.a[i]->rate > (bound.flags ? RATE_SCALAR : RATE_INSTANCE)) return;
        if (bound.a[i]->rate == RATE_INSTANCE) bound.instance = true;
    }
    if (any) vector_push(b->compilation->arena, &b->plan->bounds, bound);
}

/* What equation i's state is pulled towards j's with, or NULL: none, or one that changes. */
static const Expression *pull(PlanBuilder *b, const Equation *i, const Equation *j) {
    const Expression *slope, *rest;
    if (i == j || !hil_dimension_equal(i->state->type->dimension, j->state->type->dimension) ||
        !expression_mentions(i->rate, j->state) || !expression_affine(b->pool, i->rate, j->state, &slope, &rest))
        return NULL;
    return slope->rate <= RATE_SCALAR && !is_zero(slope) ? slope : NULL;
}

static void judge_coupled(PlanBuilder *b, const PlanGroup *group, const int *members, int n) {
    StabilityBound all = new_bound(b, group, members, n);
    int kept[MOST_STATES], count = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            all.a[i * n + j] = pull(b, all.equations[i], all.equations[j]);
        }
    for (int i = 0; i < n; i++) {
        bool mutual = false;
        for (int j = 0; j < n; j++) mutual = mutual || (all.a[i * n + j] && all.a[j * n + i]);
        if (mutual) kept[count++] = i;
    }
    if (!count) return;
    int chosen[MOST_STATES];
    for (int i = 0; i < count; i++) chosen[i] = members[kept[i]];
    StabilityBound bound = new_bound(b, group, chosen, count);
    bound.flags = HIL_STABILITY_COUPLED;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) bound.a[i * count + j] = all.a[kept[i] * n + kept[j]];
    vector_push(b->compilation->arena, &b->plan->bounds, bound);
}

void plan_judge(PlanBuilder *b, const PlanGroup *group, const bool *reaches) {
    double growth[HIL_GROWTH_TERMS];
    bool is_explicit = plan_growth(group->method, growth);
    if (!is_explicit && group->method != METHOD_EXPONENTIAL_EULER) return;
    int count = b->system->count;
    const Equation *first = b->system->equations;
    for (int i = 0; i < group->equations.count; i++) {
        int at = (int)(group->equations.at[i] - first), members[MOST_STATES], n = 0, size = 0;
        bool earlier = false;
        for (int j = 0; j < count; j++) size += reaches[at * count + j] && reaches[j * count + at];
        for (int j = 0; j < group->equations.count; j++) {
            int other = (int)(group->equations.at[j] - first);
            if (!reaches[at * count + other] || !reaches[other * count + at]) continue;
            earlier = earlier || j < i;
            if (n < MOST_STATES) members[n] = j;
            n++;
        }
        if (earlier || n > MOST_STATES) continue;
        if (is_explicit)
            judge_explicit(b, group, members, n, n == size, growth);
        else
            judge_coupled(b, group, members, n);
    }
}

/* ---- numbers, where all parameters have one ---- */

typedef struct Defaults {
    ExpressionPool *pool;
    const Variable *const *touched;
    int count;
    bool known;
} Defaults;

static const Expression *default_leaf(void *context, const Expression *leaf) {
    Defaults *d = context;
    if (leaf->op != EXPRESSION_VARIABLE) return NULL;
    const Variable *v = leaf->variable->original ? leaf->variable->original : leaf->variable;
    for (int i = 0; i < d->count; i++) d->known = d->known && d->touched[i] != v;
    bool parameter = v->role == VARIABLE_PARAMETER || v->role == VARIABLE_WEIGHT || v->role == VARIABLE_DELAY;
    if (!d->known || !parameter || v->instance || !v->initial) {
        d->known = false;
        return NULL;
    }
    return expression_map_leaves(d->pool, v->initial, default_leaf, d);
}

bool stability_numbers(ExpressionPool *pool, const StabilityBound *bound, const Variable *const *touched, int count,
                       double *a) {
    if (bound->instance) return false;
    Defaults d = {pool, touched, count, true};
    for (int i = 0; i < bound->n * bound->n && d.known; i++) {
        a[i] = 0;
        if (bound->a[i])
            d.known = expression_is_number(expression_map_leaves(pool, bound->a[i], default_leaf, &d), &a[i]) && d.known;
    }
    return d.known;
}
