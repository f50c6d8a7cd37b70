/* Which event of a neuron can be taken where it lies within a step.
 *
 * In: a population with `exact` events, and its plan. Out: the event and the linear system x' = A x + b that it happens in,
 * or, for explain, why it is interpolated.
 * What it keeps true: everything the event looks at, writes and holds is known at any time of a step: a state of the
 * system, or constant over the step. */
#include "kernel/lowering.h"

/* Terms of all the states' solutions: each is computed for every piece of a step, so more would compile for seconds. */
enum { MOST_TERMS = 48 };

int within_state(const Within *within, const Variable *variable) {
    for (int i = 0; within && i < within->n; i++)
        if (within->states[i] == variable) return i;
    return -1;
}

bool within_mentions(const Within *within, const Expression *e) {
    for (int i = 0; i < within->n; i++)
        if (expression_mentions(e, within->states[i])) return true;
    return false;
}

typedef struct Search {
    NetworkLowering *n;
    const Population *population;
    const Plan *plan;
    const Event *event;
    Within *within;
} Search;

static const char *print(const Search *s, const char *format, const char *a, const char *b) {
    return arena_print(s->n->l->c->arena, format, a, b);
}

static const PlanGroup *group_of(const Search *s, const Variable *state) {
    for (int g = 0; g < s->plan->groups.count; g++)
        for (int i = 0; i < s->plan->groups.at[g].equations.count; i++)
            if (s->plan->groups.at[g].equations.at[i]->state == state) return &s->plan->groups.at[g];
    return NULL;
}

/* Is what e looks at known at any time of a step? NULL, or why not; `what` says whose e is. */
static const char *moves_otherwise(const Search *s, const Expression *e, const char *what) {
    const Variable **variables;
    int count;
    expression_variables(s->n->l->pool, e, &variables, &count);
    for (int i = 0; i < count; i++) {
        const Variable *v = variables[i];
        if (v->role == VARIABLE_OUTPUT || v->role == VARIABLE_LET || v->role == VARIABLE_COUNTDOWN)
            return print(s, "%s depends on %s", what, v->name);
        const PlanGroup *group = v->role == VARIABLE_STATE ? group_of(s, v) : NULL;
        if (group && group->method != METHOD_EXACT)
            return arena_print(s->n->l->c->arena, "%s depends on %s, which is solved by %s", what, v->name,
                               method_name(group->method));
    }
    return NULL;
}

static const Refractory *refractory_of(const Population *population, const Variable *countdown) {
    for (int r = 0; r < population->refractories.count; r++)
        if (population->refractories.at[r].countdown == countdown) return &population->refractories.at[r];
    return NULL;
}

static bool holds(const Refractory *refractory, const Variable *state) {
    for (int i = 0; refractory && i < refractory->held.count; i++)
        if (refractory->held.at[i] == state) return true;
    return false;
}

static const char *find_countdown(Search *s) {
    for (int i = 0; i < s->event->actions.count; i++) {
        if (s->event->actions.at[i].kind != ACTION_REFRACTORY) continue;
        if (s->within->countdown) return "it has two refractory periods";
        s->within->countdown = s->event->actions.at[i].variable;
    }
    return NULL;
}

static const char *check_actions(const Search *s) {
    for (int i = 0; i < s->event->actions.count; i++) {
        const Action *action = &s->event->actions.at[i];
        const char *why = moves_otherwise(s, action->value, "its block");
        if (!why && action->guard) why = moves_otherwise(s, action->guard, "its block");
        if (why) return why;
        if (action->kind != ACTION_ASSIGN) continue;
        if (action->variable->role == VARIABLE_INPUT) return "its block writes an input";
        const PlanGroup *group = group_of(s, action->variable);
        if (group && group->method != METHOD_EXACT)
            return arena_print(s->n->l->c->arena, "its block writes %s, which is solved by %s", action->variable->name,
                               method_name(group->method));
    }
    const Refractory *own = refractory_of(s->population, s->within->countdown);
    for (int i = 0; own && i < own->held.count; i++) {
        const PlanGroup *group = group_of(s, own->held.at[i]);
        if (group && group->method != METHOD_EXACT)
            return arena_print(s->n->l->c->arena, "its refractory period holds %s, which is solved by %s",
                               own->held.at[i]->name, method_name(group->method));
    }
    return NULL;
}

/* Does the event look at, write or hold a state of the system? */
static bool touches(const Search *s, const Propagator *propagator) {
    for (int k = 0; k < propagator->n; k++) {
        const Variable *state = propagator->states[k];
        if (expression_mentions(s->event->test, state) ||
            holds(refractory_of(s->population, s->within->countdown), state))
            return true;
        for (int i = 0; i < s->event->actions.count; i++) {
            const Action *action = &s->event->actions.at[i];
            if (action->variable == state || expression_mentions(action->value, state) ||
                (action->guard && expression_mentions(action->guard, state)))
                return true;
        }
    }
    return false;
}

/* The systems that the event touches, side by side as one. */
static void join_systems(Search *s) {
    Arena *arena = s->n->l->c->arena;
    Within *w = s->within;
    int n = 0, first = 0;
    for (int i = 0; i < s->plan->propagators.count; i++)
        if (touches(s, s->plan->propagators.at[i])) n += s->plan->propagators.at[i]->n;
    w->n = n;
    w->states = arena_array_of(arena, const Variable *, n + 1);
    w->a = arena_array_of(arena, const Expression *, n * n + 1);
    w->rests = arena_array_of(arena, const Expression *, n + 1);
    w->held = arena_array_of(arena, bool, n + 1);
    for (int i = 0; i < s->plan->propagators.count; i++) {
        const Propagator *p = s->plan->propagators.at[i];
        if (!touches(s, p)) continue;
        for (int k = 0; k < p->n; k++) {
            w->states[first + k] = p->states[k];
            w->rests[first + k] = p->rests[k];
            w->held[first + k] = holds(refractory_of(s->population, w->countdown), p->states[k]);
            for (int j = 0; j < p->n; j++) w->a[(first + k) * n + first + j] = p->a[k * p->n + j];
        }
        first += p->n;
    }
}

/* How many pairs of states there are of which the one moves the other, if by way of others. */
static int terms(Arena *arena, const Within *w) {
    int n = w->n, count = 0;
    bool *reaches = arena_array_of(arena, bool, n * n + 1);
    for (int i = 0; i < n * n; i++) reaches[i] = w->a[i] || i % (n + 1) == 0;
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) reaches[i * n + j] |= reaches[i * n + k] && reaches[k * n + j];
    for (int i = 0; i < n * n; i++) count += reaches[i];
    return count;
}

static const char *check_system(const Search *s) {
    const Within *w = s->within;
    if (terms(s->n->l->c->arena, w) > MOST_TERMS) return "its equations have too many terms together";
    for (int i = 0; i < w->n; i++) {
        const Variable *state = w->states[i];
        if (state->has_bound) return print(s, "%s is bounded", state->name, "");
        for (int r = 0; r < s->population->refractories.count; r++)
            if (s->population->refractories.at[r].countdown != w->countdown &&
                holds(&s->population->refractories.at[r], state))
                return print(s, "another refractory period holds %s too", state->name, "");
        for (int k = 0; w->rests[i] && k < s->population->equations.count; k++)
            if (expression_mentions(w->rests[i], s->population->equations.at[k].state))
                return print(s, "%s depends on %s, which is solved apart", state->name,
                             s->population->equations.at[k].state->name);
    }
    return NULL;
}

/* Which states follow other laws while some are held: those that are free and depend on them. */
static bool *follow_held(Arena *arena, const Within *w) {
    bool *follows = arena_array_of(arena, bool, w->n + 1);
    for (bool grown = true; grown;) {
        grown = false;
        for (int i = 0; i < w->n; i++)
            for (int j = 0; j < w->n && !w->held[i] && !follows[i]; j++)
                if (w->a[i * w->n + j] && (w->held[j] || follows[j])) follows[i] = grown = true;
    }
    return follows;
}

/* Whole steps of the refractory period, by propagators of their own where that makes a difference. */
static void plan_while_held(const Search *s, PlanBuilder *builder) {
    Within *w = s->within;
    int first = 0, count = s->plan->propagators.count;
    w->while_held = arena_array_of(s->n->l->c->arena, const Expression *, w->n + 1);
    w->follows = follow_held(s->n->l->c->arena, w);
    for (int i = 0; i < count; i++) {
        const Propagator *p = s->plan->propagators.at[i];
        if (!touches(s, p)) continue;
        bool any = false;
        for (int k = 0; k < p->n; k++) any |= w->follows[first + k];
        const Expression **next = any ? plan_held(builder, p, w->held + first) : NULL;
        for (int k = 0; any && k < p->n; k++)
            if (w->follows[first + k]) w->while_held[first + k] = next[k];
        first += p->n;
    }
}

/* NULL when the event can be taken where it lies; or why not. */
static const char *look_at(Search *s) {
    if (!s->event->signal || !s->event->level) return "it is no crossing";
    if (s->plan->stages.count) return "its neuron is solved together with others";
    const char *why = find_countdown(s);
    if (!why) why = moves_otherwise(s, s->event->test, "it");
    if (!why && expression_mentions_op(s->event->test, EXPRESSION_TIME)) why = "it depends on t";
    if (!why) why = check_actions(s);
    if (why) return why;
    join_systems(s);
    if (s->within->n == 0) return "no equation moves it";
    return check_system(s);
}

const Within *find_within(NetworkLowering *n, int population, PlanBuilder *builder) {
    PopulationLowering *p = &n->populations.at[population];
    const Within *found = NULL;
    for (int i = 0; i < p->population->events.count; i++) {
        const Event *event = p->population->events.at[i];
        if (!event->exact) continue;
        Within *within = arena_new_of(n->l->c->arena, Within);
        within->event = event;
        Search search = {n, p->population, p->plan, event, within};
        const char *why = found ? "another event of this neuron is taken exactly" : look_at(&search);
        if (!why) {
            plan_while_held(&search, builder);
            found = within;
        }
        if (!n->l->explain) continue;
        if (!why) fprintf(n->l->out, "  %s: crossing by the exact propagator; acts at the crossing\n", event->name);
        else fprintf(n->l->out, "  %s: crossing interpolated; acts at the step's end, for %s\n", event->name, why);
    }
    return found;
}
