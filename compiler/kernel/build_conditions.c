/* Conditions of events, over the values that a kernel finds at t+dt.
 *
 * In: an event and the final values of the states. Out: when it fires, where in the step, and what an edge must remember.
 * What it keeps true: an edge fires once and is armed again on the other side, whoever changed what it looks at. */
#include "kernel/lowering.h"

const Expression *positive(ExpressionPool *pool, const Variable *countdown) {
    const Expression *kids[2] = {expression_number(pool, 0, HIL_DIMENSIONLESS, NO_SPAN),
                                 expression_variable(pool, countdown, NO_SPAN)};
    return expression_make(pool, EXPRESSION_LT, type_simple(pool, TYPE_BOOLEAN), NO_SPAN, 2, kids);
}

const Expression *logic(ExpressionPool *pool, ExpressionOp op, const Expression *a, const Expression *b) {
    const Expression *kids[2] = {a, b};
    return expression_make(pool, op, type_simple(pool, TYPE_BOOLEAN), a->span, b ? 2 : 1, kids);
}

const Expression *at_start(ExpressionPool *pool, const Plan *plan, const Expression *e) {
    return plan->before.count ? expression_substitute(pool, e, plan->before.at, plan->before.count) : e;
}

bool mentions_past(const Expression *e) {
    if (e->op == EXPRESSION_VARIABLE)
        return e->variable->role == VARIABLE_DELAYED ||
               ((e->variable->role == VARIABLE_LET || e->variable->role == VARIABLE_OUTPUT) && e->variable->value &&
                mentions_past(e->variable->value));
    for (int i = 0; i < e->count; i++)
        if (mentions_past(e->kids[i])) return true;
    return false;
}

bool mentions_input(const Expression *e) {
    if (e->op == EXPRESSION_VARIABLE) {
        const Variable *v = e->variable;
        if (v->role == VARIABLE_LET || v->role == VARIABLE_OUTPUT) return v->value && mentions_input(v->value);
        return v->role == VARIABLE_INPUT;
    }
    for (int i = 0; i < e->count; i++)
        if (mentions_input(e->kids[i])) return true;
    return false;
}

static bool action_writes(const Action *actions, int count, const Expression *signal) {
    for (int i = 0; i < count; i++) {
        if (actions[i].kind != ACTION_ASSIGN) continue;
        const Variable *v = actions[i].variable->original ? actions[i].variable->original : actions[i].variable;
        if (expression_mentions(signal, v)) return true;
    }
    return false;
}

/* Does anything but the equations change what the condition looks at? Then the edge needs a memory of its own. */
static bool changed_by_events(const NetworkLowering *n, const Population *population, const Expression *test) {
    for (int i = 0; i < population->events.count; i++)
        if (action_writes(population->events.at[i]->actions.at, population->events.at[i]->actions.count, test))
            return true;
    for (int i = 0; i < n->onto[population->number].count; i++) {
        const Projection *projection = n->onto[population->number].at[i];
        if (action_writes(projection->on_pre.at, projection->on_pre.count, test)) return true;
    }
    for (int i = 0; i < n->network->drives.count; i++)
        if (n->network->drives.at[i]->population == population &&
            action_writes(n->network->drives.at[i]->actions.at, n->network->drives.at[i]->actions.count, test))
            return true;
    return expression_mentions_op(test, EXPRESSION_TIME) || mentions_input(test) || mentions_past(test);
}

/* The part of the step after which signal - level, taken as linear in time, crosses zero. */
static const Expression *crossing(NetworkLowering *n, const Plan *plan, const Event *event, const Substitution *finals,
                                  int count) {
    ExpressionPool *pool = n->l->pool;
    const Expression *before = expression_subtract(pool, event->signal, event->level);
    const Expression *after = expression_substitute(pool, before, finals, count);
    before = at_start(pool, plan, before);
    const Expression *fraction = expression_divide(pool, before, expression_subtract(pool, before, after));
    const Expression *kids[3] = {fraction, expression_number(pool, 0x1p-40, HIL_DIMENSIONLESS, NO_SPAN),
                                 expression_number(pool, 1, HIL_DIMENSIONLESS, NO_SPAN)};
    return expression_make(pool, EXPRESSION_CLIP, fraction->type, NO_SPAN, 3, kids);
}

/* A hidden plane: 1 while what the edge looks at is beyond it. */
static const Variable *edge_memory(NetworkLowering *n, int number, const Event *event) {
    ExpressionPool *pool = n->l->pool;
    Variable *armed = arena_new_of(n->l->c->arena, Variable);
    *armed = (Variable){.name = name_print(n->l->c->names, "%s.above", event->name),
                        .role = VARIABLE_STATE,
                        .type = type_number(pool, HIL_DIMENSIONLESS),
                        .unit = {.scale = 1},
                        .unit_text = "",
                        .span = event->span};
    armed->initial = expression_select(pool, event->test, expression_number(pool, 1, HIL_DIMENSIONLESS, NO_SPAN),
                                       expression_number(pool, 0, HIL_DIMENSIONLESS, NO_SPAN));
    add_plane(n, number, armed, HIL_PLANE_HIDDEN, armed->name);
    return armed;
}

/* Does the event look at what the event that is taken exactly changes within a step? Then the within kernel tests it
 * where that happened. */
bool moved_within(const NetworkLowering *n, int number, const Event *event) {
    const Within *within = n->populations.at[number].within;
    return within && event != within->event && event->condition != CONDITION_NONE &&
           within_mentions(within, event->test);
}

Condition find_condition(NetworkLowering *n, int number, const Event *event, const Writes *finals,
                         const Variable *remembered) {
    ExpressionPool *pool = n->l->pool;
    const Population *population = n->populations.at[number].population;
    const Plan *plan = n->populations.at[number].plan;
    Substitution *at = arena_array_of(n->l->c->arena, Substitution, finals->count + 1);
    for (int i = 0; i < finals->count; i++) at[i] = (Substitution){finals->at[i].variable, finals->at[i].value};
    Condition condition = {.test = expression_substitute(pool, event->test, at, finals->count)};
    condition.fires = condition.test;
    if (event->condition == CONDITION_RISES || event->condition == CONDITION_FALLS) {
        const Expression *before = at_start(pool, plan, event->test);
        condition.armed = remembered;
        if (!remembered && (moved_within(n, number, event) || changed_by_events(n, population, event->test)))
            condition.armed = edge_memory(n, number, event);
        if (condition.armed) before = positive(pool, condition.armed);
        condition.fires = logic(pool, EXPRESSION_AND, condition.test, logic(pool, EXPRESSION_NOT, before, NULL));
    }
    if (event->blocked_by)
        condition.fires = logic(pool, EXPRESSION_AND, condition.fires,
                                logic(pool, EXPRESSION_NOT, positive(pool, event->blocked_by), NULL));
    if (event->exact && event->signal && event->level) condition.fraction = crossing(n, plan, event, at, finals->count);
    return condition;
}
