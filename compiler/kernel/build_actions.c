/* Handlers: lists of actions become one final value for each variable they write.
 *
 * What it keeps true: an action sees the writes before it; a guard chooses between the new value and the one before;
 * a state held by a refractory period keeps its value whatever is written to it; bounds hold after every write. */
#include "kernel/lowering.h"

const Expression *clamped(ExpressionPool *pool, const Variable *variable, const Expression *value) {
    if (!variable->has_bound) return value;
    const Expression *low[2] = {value, variable->bound_low};
    if (variable->bound_low) value = expression_make(pool, EXPRESSION_MAX, value->type, value->span, 2, low);
    const Expression *high[2] = {value, variable->bound_high};
    if (variable->bound_high) value = expression_make(pool, EXPRESSION_MIN, value->type, value->span, 2, high);
    return value;
}

Variable *reference_to(NetworkLowering *n, const Variable *variable, VariableSide side) {
    if (side == SIDE_SELF) return (Variable *)variable;
    const void *key = (const char *)variable + side; /* one key a side */
    int known = map_get(&n->references, key, -1);
    if (known >= 0) return n->made.at[known];
    Variable *made = arena_new_of(n->l->c->arena, Variable);
    *made = *variable;
    made->side = side;
    made->original = variable;
    vector_push(n->l->c->arena, &n->made, made);
    map_set(n->l->c->arena, &n->references, key, n->made.count - 1);
    return made;
}

typedef struct Seen {
    NetworkLowering *n;
    VariableSide side;
} Seen;

static const Expression *see(void *context, const Expression *leaf) {
    const Seen *seen = context;
    ExpressionPool *pool = seen->n->l->pool;
    if (leaf->op == EXPRESSION_INDEX)
        return expression_make(pool, seen->side == SIDE_PRE ? EXPRESSION_PRE_INDEX : EXPRESSION_POST_INDEX, leaf->type,
                               leaf->span, 0, NULL);
    if (leaf->op != EXPRESSION_VARIABLE || leaf->variable->side != SIDE_SELF) return NULL;
    const Variable *v = leaf->variable;
    bool scalar = v->role == VARIABLE_STEP || v->role == VARIABLE_EXPERIMENT ||
                  (v->role == VARIABLE_PARAMETER && !v->instance);
    return scalar ? NULL : expression_variable(pool, reference_to(seen->n, v, seen->side), leaf->span);
}

const Expression *seen_from(NetworkLowering *n, const Expression *e, VariableSide side) {
    Seen seen = {n, side};
    return side == SIDE_SELF ? e : expression_map_leaves(n->l->pool, e, see, &seen);
}

/* countdown > 0 for the refractory period that holds the variable, or NULL. */
static const Expression *held(NetworkLowering *n, const ActionContext *context, const Variable *variable) {
    const Variable *own = variable->original ? variable->original : variable;
    ExpressionPool *pool = n->l->pool;
    for (int r = 0; context->population && r < context->population->refractories.count; r++) {
        const Refractory *refractory = &context->population->refractories.at[r];
        if (refractory->countdown == context->unheld) continue;
        for (int i = 0; i < refractory->held.count; i++) {
            if (refractory->held.at[i] != own) continue;
            const Variable *countdown = reference_to(n, refractory->countdown, context->side);
            const Expression *kids[2] = {expression_number(pool, 0, HIL_DIMENSIONLESS, NO_SPAN),
                                         expression_variable(pool, countdown, NO_SPAN)};
            return expression_make(pool, EXPRESSION_LT, type_simple(pool, TYPE_BOOLEAN), NO_SPAN, 2, kids);
        }
    }
    return NULL;
}

static const Expression *steps_of(NetworkLowering *n, const Expression *duration, bool exact) {
    ExpressionPool *pool = n->l->pool;
    const Expression *dt = expression_variable(pool, n->network->variables.at[0], NO_SPAN);
    const Expression *steps = expression_divide(pool, duration, dt);
    return exact ? steps : expression_unary(pool, EXPRESSION_ROUND, steps);
}

/* What a synapse's countdown is set to, which its step takes one from: what happens later happens in a later step. */
static const Expression *countdown_of(ExpressionPool *pool, const Expression *steps) {
    const Expression *one = expression_number(pool, 1, HIL_DIMENSIONLESS, NO_SPAN), *kids[2] = {steps, one};
    return expression_add(pool, one, expression_make(pool, EXPRESSION_MAX, steps->type, NO_SPAN, 2, kids));
}

static Variable *timer_of(const ActionContext *context, const Event *event) {
    if (!context->timers) return NULL;
    int count = context->projection ? context->projection->events.count : context->population->events.count;
    Event *const *events = context->projection ? context->projection->events.at : context->population->events.at;
    for (int i = 0; i < count; i++)
        if (events[i] == event) return context->timers[i];
    return NULL;
}

static Write *find_write(Arena *arena, Writes *writes, Variable *variable, const Expression *before) {
    for (int i = 0; i < writes->count; i++)
        if (writes->at[i].variable == variable) return &writes->at[i];
    vector_push(arena, writes, (Write){variable, before});
    return &vector_last(writes);
}

void follow_actions(NetworkLowering *n, const Action *actions, int count, const ActionContext *context,
                    Writes *writes) {
    Arena *arena = n->l->c->arena;
    ExpressionPool *pool = n->l->pool;
    for (int a = 0; a < count; a++) {
        const Action *action = &actions[a];
        Substitution *now = arena_array_of(arena, Substitution, writes->count + 1);
        for (int i = 0; i < writes->count; i++) now[i] = (Substitution){writes->at[i].variable, writes->at[i].value};
        const Expression *value = expression_substitute(pool, action->value, now, writes->count);
        const Expression *guard =
            action->guard ? expression_substitute(pool, action->guard, now, writes->count) : NULL;
        Variable *variable = action->variable;
        if (action->kind != ACTION_ASSIGN) value = steps_of(n, value, action->kind == ACTION_REFRACTORY && context->exact);
        if (action->kind == ACTION_TRIGGER) {
            if (context->projection) value = countdown_of(pool, value);
            variable = timer_of(context, action->event);
        }
        if (!variable) continue; /* a population's `after` with one delay for all */
        /* the runtime's timers read what a population's handler decides each time anew */
        bool decided = action->kind == ACTION_TRIGGER && !context->projection;
        Write *write = find_write(arena, writes, variable,
                                  decided ? variable->initial : expression_variable(pool, variable, action->span));
        value = clamped(pool, variable, value);
        const Expression *hold = held(n, context, variable);
        if (hold) value = expression_select(pool, hold, write->value, value);
        if (guard) value = expression_select(pool, guard, value, write->value);
        write->value = value;
    }
}
