/* Events and handlers. In: SPIKE, EVENT, ON, BOUND and SOLVE statements of a component. Out: events with lists of actions
 * in textual order, bounds, solve rules. Conditions `a > b` become signal and level; a refractory period becomes a
 * countdown that silences its event.
 * Kept true: a guard or a `let` keeps the value it had where it stands, whatever the actions behind it write. */
#include "model/cell.h"
#include <string.h>

typedef struct Handler {
    Component *component;
    Event *event;
    ActionList *actions;
} Handler;

static void handle_block(Checker *k, Handler *h, Scope *scope, const Ast *block, const Expression *guard);

static const Type *seconds(Checker *k) {
    HilUnit unit;
    hil_unit_parse("s", 1, &unit, NULL);
    return type_number(k->pool, unit.dimension);
}

static void add_action(Checker *k, Handler *h, Action action) {
    vector_push(k->c->arena, &h->actions->list, action);
    if (action.variable) {
        action.variable->written = true;
        if (action.variable->original) ((Variable *)action.variable->original)->written = true;
    }
}

static bool assignable(const Variable *v) {
    VariableRole role = v->original ? v->original->role : v->role;
    return role == VARIABLE_STATE || role == VARIABLE_INPUT || role == VARIABLE_WEIGHT;
}

static void handle_assign(Checker *k, Handler *h, Scope *scope, const Ast *ast, const Expression *guard) {
    static const ExpressionOp ops[] = {EXPRESSION_ADD, EXPRESSION_ADD, EXPRESSION_SUB, EXPRESSION_MUL, EXPRESSION_DIV};
    Meaning *m = check_ref(k, scope, ast->kids[0], true);
    if (!m) return;
    if (m->kind == MEANING_VALUE && m->number == -1) { /* `release`: followed through */
        const Expression *e = check_expression(k, scope, ast->kids[1], NULL);
        const Expression *kids[2] = {m->expression, e};
        e = ast->op == ASSIGN_SET ? check_fits(k, e, ast->kids[1]->span, m->expression->type, NO_SPAN, NULL)
                                  : check_primitive(k, ops[ast->op], ast->span, 2, kids);
        if (is_error(e)) return;
        m->expression = guard ? expression_select(k->pool, guard, e, m->expression) : e;
        return;
    }
    Variable *v = m->variable;
    if (m->kind == MEANING_VARIABLE && !meaning_settle(k, m)) return;
    if (!v || !v->type || v->type->kind == TYPE_ERROR || (m->kind != MEANING_VARIABLE && m->kind != MEANING_VALUE) ||
        !assignable(v)) {
        if (v && v->type && v->type->kind == TYPE_ERROR) return;
        Diagnostic *d =
            compile_error(k->c, CANNOT_ASSIGN, ast->kids[0]->span,
                          "a handler cannot change %s: it is no state and no input", m->name ? m->name : "this");
        if (m->span.source >= 0) compile_note(k->c, d, m->span, "%s stands here", m->name);
        if (v && v->role == VARIABLE_PARAMETER) compile_help(k->c, d, "declare it as a state: state %s = …", m->name);
        return;
    }
    const Expression *e;
    const char *why = arena_print(k->c->arena, "%s is declared here", v->name);
    Span declared = v->original ? v->original->span : v->span;
    if (ast->op == ASSIGN_MULTIPLY || ast->op == ASSIGN_DIVIDE) {
        e = check_expecting(k, scope, ast->kids[1], type_number(k->pool, HIL_DIMENSIONLESS), declared,
                            "this is multiplied by a plain number");
    } else {
        e = check_expecting(k, scope, ast->kids[1], v->type, declared, why);
    }
    if (is_error(e)) return;
    if (ast->op != ASSIGN_SET) {
        const Expression *kids[2] = {expression_variable(k->pool, v, ast->kids[0]->span), e};
        e = check_primitive(k, ops[ast->op], ast->span, 2, kids);
        if (is_error(e)) return;
    }
    add_action(k, h, (Action){.kind = ACTION_ASSIGN, .variable = v, .value = e, .guard = guard, .span = ast->span});
}

static void handle_refractory(Checker *k, Handler *h, Scope *scope, const Ast *duration, const Ast *ast,
                              const Expression *guard) {
    System *system = h->component->system;
    if (h->component->kind != DEFINITION_NEURON) {
        compile_error(k->c, MISPLACED, duration->span, "only the events of a neuron have a refractory period");
        return;
    }
    const Expression *time =
        check_expecting(k, scope, duration, seconds(k), duration->span, "a refractory period is a time");
    if (is_error(time)) return;
    int number = 1;
    for (int i = 0; i < system->variables.count; i++) number += system->variables.at[i]->role == VARIABLE_COUNTDOWN;
    Name name = number == 1 ? name_of(k->c->names, "refractory") : name_print(k->c->names, "refractory%d", number);
    Variable *countdown = system_variable(k, system, VARIABLE_COUNTDOWN, name, duration->span);
    countdown->type = type_number(k->pool, HIL_DIMENSIONLESS);
    countdown->initial = expression_number(k->pool, 0, HIL_DIMENSIONLESS, duration->span);
    Refractory refractory = {.countdown = countdown};
    for (int i = 1; ast && i < ast->count; i++) {
        Meaning *m = check_ref(k, scope, ast->kids[i], true);
        if (!m) continue;
        if (m->kind != MEANING_VARIABLE || m->variable->role != VARIABLE_STATE) {
            Diagnostic *d =
                compile_error(k->c, NO_STATE, ast->kids[i]->span, "only states can be held, %s is none", m->name);
            if (m->span.source >= 0) compile_note(k->c, d, m->span, "%s stands here", m->name);
            continue;
        }
        vector_push(k->c->arena, &refractory.held, m->variable);
    }
    vector_push(k->c->arena, &system->refractories, refractory);
    if (!h->event->blocked_by) {
        h->event->blocked_by = countdown;
    } else {
        const Expression *over[2] = {expression_variable(k->pool, countdown, duration->span),
                                     expression_number(k->pool, 0, HIL_DIMENSIONLESS, duration->span)};
        const Expression *both[2] = {
            h->event->test,
            expression_make(k->pool, EXPRESSION_LE, type_simple(k->pool, TYPE_BOOLEAN), duration->span, 2, over)};
        if (h->event->test)
            h->event->test =
                expression_make(k->pool, EXPRESSION_AND, type_simple(k->pool, TYPE_BOOLEAN), duration->span, 2, both);
    }
    add_action(
        k, h,
        (Action){
            .kind = ACTION_REFRACTORY, .variable = countdown, .value = time, .guard = guard, .span = duration->span});
}

/* Keeps e's value of this place in a state of its own. */
static const Expression *keep(Checker *k, Handler *h, const char *name, const Expression *e, Span span,
                              const Expression *guard) {
    const Type *plain = type_number(k->pool, HIL_DIMENSIONLESS);
    bool boolean = e->type->kind == TYPE_BOOLEAN;
    const Expression *value = e;
    if (boolean)
        value = expression_select(k->pool, e, expression_number(k->pool, 1, HIL_DIMENSIONLESS, span),
                                  expression_number(k->pool, 0, HIL_DIMENSIONLESS, span));
    Variable *v = component_hidden(k, h->component,
                                   arena_print(k->c->arena, "%s.%s%d", h->event ? h->event->name : "pre", name,
                                               h->component->system->variables.count),
                                   boolean ? plain : e->type, span);
    add_action(k, h, (Action){.kind = ACTION_ASSIGN, .variable = v, .value = value, .guard = guard, .span = span});
    const Expression *kept = expression_variable(k->pool, v, span);
    if (!boolean) return kept;
    const Expression *over[2] = {expression_number(k->pool, 0.5, HIL_DIMENSIONLESS, span), kept};
    return expression_make(k->pool, EXPRESSION_LT, e->type, span, 2, over);
}

/* Does some statement of the block, but the last, write what e mentions? Then e must be kept from before. */
static bool block_writes(Checker *k, Scope *scope, const Ast *block, const Expression *e, bool last_too) {
    for (int i = 0; i < block->count; i++) {
        const Ast *ast = block->kids[i];
        bool counts = last_too || i + 1 < block->count;
        if (ast->kind == AST_ASSIGN && counts) {
            Meaning *m = check_ref(k, scope, ast->kids[0], false);
            if (m && m->variable && expression_mentions(e, m->variable)) return true;
        } else if (ast->kind == AST_IF) {
            if (block_writes(k, scope, ast->kids[1], e, true)) return true;
            if (ast_kid(ast, 2) && ast->kids[2]->kind == AST_BLOCK && block_writes(k, scope, ast->kids[2], e, true))
                return true;
        } else if (ast->kind == AST_FOR || ast->kind == AST_BLOCK) {
            return true;
        }
    }
    return false;
}

static const Expression *both(Checker *k, const Expression *a, const Expression *b) {
    const Expression *kids[2] = {a, b};
    if (!a) return b;
    return expression_make(k->pool, EXPRESSION_AND, type_simple(k->pool, TYPE_BOOLEAN), b->span, 2, kids);
}

static void handle_if(Checker *k, Handler *h, Scope *scope, const Ast *ast, const Expression *guard) {
    const Expression *condition = check_condition(k, scope, ast->kids[0]);
    if (is_error(condition)) return;
    if (condition->op == EXPRESSION_BOOLEAN) {
        const Ast *chosen = condition->number != 0 ? ast->kids[1] : ast_kid(ast, 2);
        if (chosen && chosen->kind == AST_IF)
            handle_if(k, h, scope, chosen, guard);
        else if (chosen)
            handle_block(k, h, scope, chosen, guard);
        return;
    }
    if (block_writes(k, scope, ast->kids[1], condition, ast_kid(ast, 2) != NULL) ||
        (ast_kid(ast, 2) && ast->kids[2]->kind == AST_BLOCK && block_writes(k, scope, ast->kids[2], condition, false)))
        condition = keep(k, h, "if", condition, ast->kids[0]->span, NULL);
    handle_block(k, h, scope, ast->kids[1], both(k, guard, condition));
    if (!ast_kid(ast, 2)) return;
    const Expression *otherwise = expression_make(k->pool, EXPRESSION_NOT, condition->type, ast->span, 1, &condition);
    if (ast->kids[2]->kind == AST_IF)
        handle_if(k, h, scope, ast->kids[2], both(k, guard, otherwise));
    else
        handle_block(k, h, scope, ast->kids[2], both(k, guard, otherwise));
}

static Event *new_event(Checker *k, System *system, Name name, Span span) {
    Event *event = arena_new_of(k->c->arena, Event);
    *event = (Event){.name = name, .number = system->events.count, .span = span};
    vector_push(k->c->arena, &system->events, event);
    return event;
}

static void handle_after(Checker *k, Handler *h, Scope *scope, const Ast *ast, const Expression *guard) {
    const Expression *delay =
        check_expecting(k, scope, ast->kids[0], seconds(k), ast->kids[0]->span, "`after` takes a time");
    if (is_error(delay)) return;
    Event *event = new_event(
        k, h->component->system,
        name_print(k->c->names, "%s.after%d", h->event ? h->event->name : "pre", h->component->system->events.count),
        ast->span);
    ActionList later = {0};
    handler_actions(k, h->component, scope, ast->kids[1], event, &later);
    event->actions.at = later.list.at;
    event->actions.count = later.list.count;
    event->actions.capacity = later.list.capacity;
    add_action(k, h,
               (Action){.kind = ACTION_TRIGGER, .value = delay, .event = event, .guard = guard, .span = ast->span});
}

static void handle_block(Checker *k, Handler *h, Scope *scope, const Ast *block, const Expression *guard) {
    for (int i = 0; i < block->count; i++) {
        const Ast *ast = block->kids[i];
        k->place = PLACE_DRAWN;
        switch (ast->kind) {
        case AST_ASSIGN: handle_assign(k, h, scope, ast, guard); break;
        case AST_REFRACTORY: handle_refractory(k, h, scope, ast->kids[0], ast, guard); break;
        case AST_AFTER: handle_after(k, h, scope, ast, guard); break;
        case AST_IF: handle_if(k, h, scope, ast, guard); break;
        case AST_BLOCK: handle_block(k, h, scope, ast, guard); break;
        case AST_LET: {
            const Expression *e = ast_kid(ast, 2) ? check_expression(k, scope, ast->kids[2], NULL) : NULL;
            if (!e || is_error(e)) break;
            if (e->rate == RATE_DYNAMIC) e = keep(k, h, ast->name, e, ast->span, guard);
            scope = scope_new(k, scope, "this handler", scope->owner);
            scope_bind_value(k, scope, ast->name, ast->name_span, e);
            break;
        }
        case AST_FOR: {
            LoopItems items = {0};
            if (ast->count != 2) {
                compile_error(k->c, NOT_SUPPORTED, ast->span, "a loop in a handler goes over one name");
                break;
            }
            if (!loop_items(k, scope, ast->kids[1]->kids[0], true, &items)) break;
            for (int j = 0; j < items.list.count; j++)
                handle_block(k, h, loop_scope(k, scope, ast->kids[1], items.list.at[j]), ast->kids[0], guard);
            break;
        }
        case AST_ERROR: break;
        default:
            compile_error(k->c, MISPLACED, ast->span,
                          "a handler holds assignments, `if`, `let`, `for`, `after` and `refractory`");
            break;
        }
    }
}

void handler_actions(Checker *k, Component *component, Scope *scope, const Ast *block, Event *event,
                     ActionList *actions) {
    Handler h = {.component = component, .event = event, .actions = actions};
    Place place = k->place;
    System *system = k->system;
    k->system = component->system;
    handle_block(k, &h, scope_new(k, scope, scope->what, scope->owner), block, NULL);
    k->system = system;
    k->place = place;
}

/* ---- events ---- */

static void event_actions(Checker *k, Component *component, Scope *scope, const Ast *block, Event *event) {
    ActionList actions = {0};
    for (int i = 0; i < event->actions.count; i++) vector_push(k->c->arena, &actions.list, event->actions.at[i]);
    handler_actions(k, component, scope, block, event, &actions);
    event->actions.at = actions.list.at;
    event->actions.count = actions.list.count;
    event->actions.capacity = actions.list.capacity;
}

static void event_condition(Checker *k, Scope *scope, const Ast *ast, Event *event) {
    const Type *boolean = type_simple(k->pool, TYPE_BOOLEAN);
    k->place = PLACE_VALUE;
    if (ast->kind == AST_CROSSING) {
        const Expression *kids[2] = {check_number(k, scope, ast->kids[0]), check_number(k, scope, ast->kids[1])};
        if (is_error(kids[0]) || is_error(kids[1])) return;
        if (!check_unit_rule(k, "compare", "a crossing", ast->span, kids, 2)) return;
        event->condition = ast->op == 0 ? CONDITION_RISES : CONDITION_FALLS;
        event->signal = kids[0];
        event->level = kids[1];
    } else {
        event->test = check_condition(k, scope, ast);
        if (is_error(event->test)) return;
        event->condition = CONDITION_TEST;
        bool level = ast->kind == AST_BINARY && (ast->op == OP_GREATER || ast->op == OP_LESS);
        if (!level || event->test->op != EXPRESSION_LT) return;
        event->condition = CONDITION_LEVEL;
        event->level = event->test->kids[0];
        event->signal = event->test->kids[1];
    }
    bool falls = event->condition == CONDITION_FALLS;
    const Expression *test[2] = {falls ? event->signal : event->level, falls ? event->level : event->signal};
    event->test = expression_make(k->pool, EXPRESSION_LT, boolean, ast->span, 2, test);
}

static void declare_event(Checker *k, Component *component, const Ast *ast) {
    Name name = ast->kind == AST_SPIKE ? name_of(k->c->names, "spike") : ast->name;
    Name full = name_print(k->c->names, "%s%s", component->prefix, name);
    if (component->kind == DEFINITION_SYNAPSE) {
        compile_error(k->c, MISPLACED, ast->span, "a synapse has no events of its own");
        return;
    }
    Meaning *m = scope_bind(k, component->scope, MEANING_EVENT, name, ast->span);
    m->state = MEANING_READY;
    m->event = new_event(k, component->system, full, ast->span);
    m->event->spike = ast->kind == AST_SPIKE;
    m->event->exact = ast->op == 1;
    if (ast_kid(ast, 3)) {
        long priority;
        if (check_integer(k, component->scope, ast->kids[3], &priority)) m->event->priority = (int)priority;
    }
}

static void fill_event(Checker *k, Component *component, const Statement *s) {
    const Ast *ast = s->ast;
    Name name = ast->kind == AST_SPIKE ? name_of(k->c->names, "spike") : ast->name;
    Meaning *m = scope_find_here(component->scope, name);
    if (!m || m->kind != MEANING_EVENT) return;
    event_condition(k, s->scope, ast->kids[0], m->event);
    if (m->event->exact && m->event->condition == CONDITION_TEST) {
        Diagnostic *d = compile_error(k->c, MISPLACED, ast->kids[0]->span, "only a crossing can be found exactly");
        compile_help(k->c, d, "spike exact when V rises above …");
    }
    if (ast_kid(ast, 1)) {
        ActionList actions = {0};
        Handler h = {.component = component, .event = m->event, .actions = &actions};
        k->place = PLACE_DRAWN;
        handle_refractory(k, &h, s->scope, ast->kids[1], NULL, NULL);
        for (int i = 0; i < actions.list.count; i++) vector_push(k->c->arena, &m->event->actions, actions.list.at[i]);
    }
    if (ast_kid(ast, 4)) event_actions(k, component, s->scope, ast->kids[4], m->event);
}

/* every T { … }: an event at each step that ends at or passes a multiple of T. */
static void fill_every(Checker *k, Component *component, const Statement *s) {
    const Ast *ast = s->ast;
    if (component->kind == DEFINITION_SYNAPSE || !k->network) {
        compile_error(k->c, NOT_SUPPORTED, ast->span, "`every` is not supported in a synapse by this version");
        return;
    }
    k->place = PLACE_VALUE;
    const Expression *interval =
        check_expecting(k, s->scope, ast->kids[0], seconds(k), ast->kids[0]->span, "`every` takes a time");
    if (is_error(interval)) return;
    Event *event =
        new_event(k, component->system,
                  name_print(k->c->names, "%severy%d", component->prefix, component->system->events.count), ast->span);
    const Expression *now = expression_make(k->pool, EXPRESSION_TIME, seconds(k), ast->span, 0, NULL);
    const Expression *dt = expression_variable(k->pool, k->network->variables.at[0], ast->span);
    /* a millionth of an interval forgives the rounding of t */
    const Expression *slack = expression_number(k->pool, 1e-6, HIL_DIMENSIONLESS, ast->span);
    const Expression *times[2] = {now, expression_add(k->pool, now, dt)};
    for (int i = 0; i < 2; i++)
        times[i] = expression_unary(k->pool, EXPRESSION_FLOOR,
                                    expression_add(k->pool, expression_divide(k->pool, times[i], interval), slack));
    event->condition = CONDITION_TEST;
    event->test = expression_make(k->pool, EXPRESSION_LT, type_simple(k->pool, TYPE_BOOLEAN), ast->span, 2, times);
    event_actions(k, component, s->scope, ast->kids[1], event);
}

static void fill_on(Checker *k, Component *component, const Statement *s) {
    const Ast *ast = s->ast, *trigger = ast->kids[0];
    if (component->kind == DEFINITION_SYNAPSE && ast->name && (!strcmp(ast->name, "pre") || !strcmp(ast->name, "post")))
        return; /* the connection's: synapse.c */
    Meaning *m =
        trigger->kind == AST_NAME || trigger->kind == AST_FIELD ? check_ref(k, s->scope, trigger, false) : NULL;
    if (m && m->kind == MEANING_EVENT) {
        event_actions(k, component, s->scope, ast->kids[2], m->event);
        return;
    }
    if (trigger->kind == AST_CROSSING || trigger->kind == AST_BINARY) {
        Event *event =
            new_event(k, component->system,
                      name_print(k->c->names, "%son%d", component->prefix, component->system->events.count), ast->span);
        event_condition(k, s->scope, trigger, event);
        event_actions(k, component, s->scope, ast->kids[2], event);
        return;
    }
    Diagnostic *d = compile_error(k->c, UNKNOWN_NAME, trigger->span, "there is no event to react to here");
    compile_help(k->c, d,
                 component->kind == DEFINITION_SYNAPSE ? "a synapse reacts `on pre`"
                                                       : "`on spike`, `on` an event's name, or a condition");
}

/* ---- bounds and solvers ---- */

static void fill_bound(Checker *k, const Statement *s) {
    Meaning *m = check_ref(k, s->scope, s->ast->kids[0], true);
    const Ast *range = s->ast->kids[1];
    if (!m) return;
    if (!m->variable || !meaning_settle(k, m) || !m->variable->type || !assignable(m->variable)) {
        compile_error(k->c, CANNOT_ASSIGN, s->ast->kids[0]->span, "only states and weights have bounds");
        return;
    }
    if (range->kind != AST_RANGE) {
        compile_error(k->c, TYPE_MISMATCH, range->span, "bounds are a range: low .. high");
        return;
    }
    Variable *v = m->variable;
    const char *why = arena_print(k->c->arena, "%s is declared here", v->name);
    v->bound_low = check_expecting(k, s->scope, range->kids[0], v->type, v->span, why);
    v->bound_high = check_expecting(k, s->scope, range->kids[1], v->type, v->span, why);
    v->has_bound = !is_error(v->bound_low) && !is_error(v->bound_high);
}

static void fill_solve(Checker *k, Component *component, const Statement *s) {
    for (int i = 0; i < s->ast->count; i++) {
        const Ast *step = s->ast->kids[i];
        SolveRule rule = {.substeps = 1, .order = i, .span = step->span};
        const Ast *states = step->kids[0], *method = step->kids[1];
        for (int j = 0; j < states->count; j++) {
            if (states->kids[j]->kind == AST_NAME && !strcmp(states->kids[j]->name, "all") &&
                !scope_find_here(component->scope, states->kids[j]->name))
                continue;
            Meaning *m = check_ref(k, s->scope, states->kids[j], true);
            if (!m) continue;
            if (m->kind != MEANING_VARIABLE || m->variable->role != VARIABLE_STATE) {
                compile_error(k->c, NO_STATE, states->kids[j]->span, "only states are solved for");
                continue;
            }
            vector_push(k->c->arena, &rule.states, m->variable);
        }
        rule.method = method ? postfix_callee(method)->name : name_of(k->c->names, "rk4"); /* `together` names none */
        for (int j = 1; method && method->kind == AST_CALL && j < method->count; j++) {
            const Ast *argument = method->kids[j];
            long substeps;
            if (argument->kind == AST_ARGUMENT && !strcmp(argument->name, "substeps")) {
                if (check_integer(k, s->scope, argument->kids[0], &substeps)) rule.substeps = (int)substeps;
                if (rule.substeps < 1) {
                    compile_error(k->c, INDEX_RANGE, argument->span, "a step has at least one substep");
                    rule.substeps = 1;
                }
            } else if (argument->kind == AST_ARGUMENT && !strcmp(argument->name, "tolerance")) {
                check_constant(k, s->scope, argument->kids[0], &rule.tolerance);
            } else {
                compile_error(k->c, UNKNOWN_ARGUMENT, argument->span,
                              "a solver takes `substeps = n` and `tolerance = x`");
            }
        }
        vector_push(k->c->arena, &component->system->solves, rule);
    }
}

void component_handlers(Checker *k, Component *component) {
    Place place = k->place;
    System *system = k->system;
    k->system = component->system;
    for (int i = 0; i < component->statements.count; i++) {
        const Ast *ast = component->statements.at[i].ast;
        if (ast->kind == AST_SPIKE || ast->kind == AST_EVENT) declare_event(k, component, ast);
    }
    for (int i = 0; i < component->statements.count; i++) {
        const Statement *s = &component->statements.at[i];
        switch (s->ast->kind) {
        case AST_SPIKE:
        case AST_EVENT: fill_event(k, component, s); break;
        case AST_ON: fill_on(k, component, s); break;
        case AST_EVERY: fill_every(k, component, s); break;
        case AST_BOUND: fill_bound(k, s); break;
        case AST_SOLVE: fill_solve(k, component, s); break;
        default: break;
        }
    }
    k->system = system;
    k->place = place;
}
