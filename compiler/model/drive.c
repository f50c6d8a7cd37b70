/* Drives: what reaches a population from outside its network. In: DRIVE statements. Out: a Drive whose actions write the
 * population's variables: Poisson trains as counts a step, spikes at given times, values added to an input. */
#include "hillock/host.h"
#include "model/synapse.h"
#include <string.h>

static const Type *in_unit(Checker *k, const char *text) {
    HilUnit unit;
    hil_unit_parse(text, strlen(text), &unit, NULL);
    return type_number(k->pool, unit.dimension);
}

static bool is_call(const Ast *ast, const char *name) {
    return ast->kind == AST_CALL && ast->name && !strcmp(ast->name, name);
}

static bool mentions_draw_op(const Expression *e) {
    for (int op = EXPRESSION_DRAW_UNIFORM; op <= EXPRESSION_DRAW_BINOMIAL; op++)
        if (expression_mentions_op(e, (ExpressionOp)op)) return true;
    return false;
}

/* A scalar of the drive: what the author gave, settable; a drawn value stands in the action itself. */
static const Expression *drive_value(Checker *k, Drive *drive, Connection *c, Scope *scope, const char *name,
                                     const Ast *ast, const Type *type) {
    Place place = k->place;
    System *before = k->system;
    k->place = PLACE_DRAWN;
    k->system = &c->target->cell->system;
    const Expression *e = type ? check_expression(k, scope, ast, type) : check_number(k, scope, ast);
    k->place = place;
    k->system = before;
    if (is_error(e) || e->rate > RATE_SCALAR) return e;
    Variable *v = arena_new_of(k->c->arena, Variable);
    *v = (Variable){.name = name_of(k->c->names, name),
                    .role = VARIABLE_PARAMETER,
                    .span = ast->span,
                    .type = e->type,
                    .initial = e,
                    .settable = true,
                    .number = drive->variables.count,
                    .owner = drive};
    check_unit_as_written(k, scope, ast, e->type, &v->unit, &v->unit_text);
    vector_push(k->c->arena, &drive->variables, v);
    return expression_variable(k->pool, v, ast->span);
}

/* poisson(rate = 20 Hz, each = 100): how many of the n trains spike within a step. */
static const Expression *poisson_count(Checker *k, Drive *drive, Connection *c, Scope *scope, const Ast *call) {
    const Ast *rate = NULL, *each = NULL;
    for (int i = 1; i < call->count; i++) {
        const Ast *kid = call->kids[i];
        bool named = kid->kind == AST_ARGUMENT;
        if (named ? !strcmp(kid->name, "rate") : i == 1)
            rate = named ? kid->kids[0] : kid;
        else if (named ? !strcmp(kid->name, "each") : i == 2)
            each = named ? kid->kids[0] : kid;
        else
            compile_error(k->c, UNKNOWN_ARGUMENT, kid->span, "poisson takes rate and each");
    }
    if (!rate) {
        Diagnostic *d = compile_error(k->c, ARGUMENT_COUNT, call->span, "poisson needs a rate");
        compile_help(k->c, d, "poisson(rate = 20 Hz, each = 100)");
        return NULL;
    }
    const Expression *mean = drive_value(k, drive, c, scope, "rate", rate, in_unit(k, "Hz"));
    if (is_error(mean)) return NULL;
    if (each) {
        const Expression *n = drive_value(k, drive, c, scope, "each", each, type_number(k->pool, HIL_DIMENSIONLESS));
        if (is_error(n)) return NULL;
        mean = expression_multiply(k->pool, mean, n);
    }
    mean = expression_multiply(k->pool, mean, expression_variable(k->pool, k->network->variables.at[0], call->span));
    System *before = k->system;
    k->system = &c->target->cell->system;
    const Expression *count =
        check_draw(k, EXPRESSION_DRAW_POISSON, type_number(k->pool, HIL_DIMENSIONLESS), call->span, 1, &mean);
    k->system = before;
    return count;
}

/* Times at which to act, as a list. */
static const Expression *drive_times(Checker *k, Scope *scope, const Ast *ast) {
    const Type *time = in_unit(k, "s");
    if (ast->kind == AST_LIST || ast->kind == AST_RANGE || ast->kind == AST_SCALED) {
        const Expression *e = check_in_place(k, PLACE_HOST, scope, ast, NULL);
        return is_error(e) ? NULL : e;
    }
    const Expression *e = check_in_place(k, PLACE_VALUE, scope, ast, time);
    if (is_error(e)) return NULL;
    return expression_host(k->pool, HIL_HOST_LIST, -1, NULL, 0, type_list(k->pool, time, 1), ast->span, 1, &e);
}

static const Expression *drive_window(Checker *k, Scope *scope, const Ast *from, const Ast *to, Span span) {
    const Type *time = in_unit(k, "s"), *boolean = type_simple(k->pool, TYPE_BOOLEAN);
    const Expression *now = expression_make(k->pool, EXPRESSION_TIME, time, span, 0, NULL);
    const Expression *guard = NULL;
    if (from) {
        const Expression *kids[2] = {check_in_place(k, PLACE_VALUE, scope, from, time), now};
        if (!is_error(kids[0])) guard = expression_make(k->pool, EXPRESSION_LE, boolean, span, 2, kids);
    }
    if (to) {
        const Expression *kids[2] = {now, check_in_place(k, PLACE_VALUE, scope, to, time)};
        if (is_error(kids[1])) return guard;
        const Expression *before = expression_make(k->pool, EXPRESSION_LT, boolean, span, 2, kids);
        const Expression *both[2] = {guard, before};
        guard = guard ? expression_make(k->pool, EXPRESSION_AND, boolean, span, 2, both) : before;
    }
    return guard;
}

static void drive_value_into_input(Checker *k, Drive *drive, Connection *c, Scope *scope, const Ast *ast,
                                   const Expression *guard) {
    const Ast *signal = ast->kids[1];
    Cell *cell = c->target->cell;
    Place place = k->place;
    System *before = k->system;
    k->place = PLACE_DRAWN;
    k->system = &cell->system;
    Scope *inside = scope_new(k, scope, "this drive", NULL);
    inside->also = cell->scope;
    const Type *wanted = c->port && c->port->variable ? c->port->variable->type : NULL;
    const Expression *e = check_expecting(k, inside, signal, wanted, c->port ? c->port->span : NO_SPAN,
                                          c->port ? "the input that is driven" : NULL);
    k->place = place;
    k->system = before;
    if (is_error(e)) return;
    if (e->type->kind != TYPE_NUMBER) {
        compile_error(k->c, BAD_DRIVE, signal->span, "a drive is a value, poisson(…) or spikes at times");
        return;
    }
    Variable *input = connection_input(k, c, e->type, signal->span, "a drive");
    if (!input) return;
    if (!mentions_draw_op(e) && !drive->every && !drive->view) {
        if (guard)
            e = expression_select(k->pool, guard, e, expression_number(k->pool, 0, e->type->dimension, signal->span));
        vector_push(k->c->arena, &cell->terms, (InputTerm){input, e});
        return;
    }
    /* held between the times at which it is drawn */
    Variable *held = system_variable(k, &cell->system, VARIABLE_STATE, drive->name, ast->span);
    held->type = e->type;
    held->unit = input->unit;
    held->unit_text = input->unit_text;
    held->initial = expression_number(k->pool, 0, e->type->dimension, ast->span);
    held->written = true;
    vector_push(k->c->arena, &drive->actions,
                (Action){.kind = ACTION_ASSIGN, .variable = held, .value = e, .span = ast->span});
    const Expression *term = expression_variable(k->pool, held, ast->span);
    if (guard)
        term = expression_select(k->pool, guard, term, expression_number(k->pool, 0, e->type->dimension, ast->span));
    vector_push(k->c->arena, &cell->terms, (InputTerm){input, term});
}

/* n arrivals at once, where the handler does not say what `release` does: what is added is added n times. */
static const Expression *several_arrivals(Checker *k, const Action *a, const Expression *count) {
    const Expression *slope, *rest;
    double one;
    if (expression_mentions_op(a->value, EXPRESSION_DRAW_POISSON)) return a->value;
    if (!expression_affine(k->pool, a->value, a->variable, &slope, &rest) || !expression_is_number(slope, &one) ||
        one != 1)
        return NULL;
    return expression_add(k->pool, expression_variable(k->pool, a->variable, a->span),
                          expression_multiply(k->pool, rest, count));
}

static void drive_through_synapses(Checker *k, Drive *drive, Connection *c, Scope *scope, const Ast *ast,
                                   const Expression *guard) {
    const Ast *via = ast->kids[5], *block = ast_kid(ast, 6), *signal = ast->kids[1];
    const Ast *weight = NULL;
    for (int i = 0; block && i < block->count; i++) {
        const Ast *s = block->kids[i];
        if (s->kind == AST_ASSIGN && s->name && !strcmp(s->name, "weight")) {
            weight = s->kids[1];
        } else {
            compile_error(k->c, BAD_SETTING, s->span, "a drive's block gives the weight");
        }
    }
    if (weight) {
        const Expression *e = drive_value(k, drive, c, scope, "weight", weight, NULL);
        scope_bind_value(k, c->scope, name_of(k->c->names, "weight"), weight->span, e);
    }
    const Expression *count = NULL;
    if (!drive->at_times) {
        count = poisson_count(k, drive, c, scope, signal);
        if (!count) return;
        c->release->expression = count;
    }
    for (int i = 0; i < via->count; i++) connection_add_synapse(k, c, scope, via->kids[i]);
    if (!c->has_handler) {
        compile_error(k->c, BAD_DRIVE, ast->span, "spikes act through a synapse with `on pre`");
        return;
    }
    connection_finish(k, c);
    for (int i = 0; i < c->on_pre.list.count; i++) {
        Action a = c->on_pre.list.at[i];
        if (!a.variable) continue;
        if (count) {
            a.value = several_arrivals(k, &a, count);
            if (!a.value) {
                Diagnostic *d = compile_error(
                    k->c, BAD_DRIVE, ast->span,
                    "several spikes of a step arrive at once, and this synapse cannot take them together");
                compile_note(k->c, d, a.span, "this would have to be done once a spike");
                compile_help(k->c, d, "let the handler add something times `release`");
                return;
            }
        }
        if (a.variable->original) a.variable = (Variable *)a.variable->original;
        /* the drive has no connection of its own */
        a.value = population_view(k, a.value, SIDE_SELF);
        if (a.guard) a.guard = population_view(k, a.guard, SIDE_SELF);
        if (guard) {
            const Expression *both[2] = {guard, a.guard};
            a.guard = a.guard ? expression_make(k->pool, EXPRESSION_AND, guard->type, a.span, 2, both) : guard;
        }
        a.variable->written = true;
        vector_push(k->c->arena, &drive->actions, a);
    }
}

static void drive_one(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast, const Ast *view) {
    const Ast *signal = ast->kids[1];
    Connection *c = arena_new_of(k->c->arena, Connection);
    Projection *p = arena_new_of(k->c->arena, Projection);
    Drive *drive = arena_new_of(k->c->arena, Drive);
    *drive = (Drive){.name = name_print(k->c->names, "drive%d", build->network->drives.count + 1),
                     .span = ast->span,
                     .number = build->network->drives.count};
    *c = (Connection){.projection = p, .drive = true, .span = ast->span};
    End end;
    if (!connection_end(k, scope, view, &end)) return;
    c->target = end.population;
    c->port = end.port;
    drive->view = end.view;
    bool input = !c->port || cell_region(c->target->cell, c->port) >= 0 ||
                 (c->port->kind == MEANING_VARIABLE && c->port->variable->role == VARIABLE_INPUT);
    if (!input) {
        Diagnostic *d =
            compile_error(k->c, NO_INPUT, view->span, "%s of %s is no input", c->port->name, c->target->name);
        compile_note(k->c, d, c->port->span, "%s stands here", c->port->name);
        return;
    }
    drive->population = c->target->population;
    *p = (Projection){.name = drive->name, .span = ast->span, .target = drive->population, .network = build->network};
    c->system.owner = p;
    c->scope = scope_new(k, scope, "this drive", p);
    connection_bind_sides(k, c);
    if (ast_kid(ast, 2)) drive->every = check_in_place(k, PLACE_VALUE, scope, ast->kids[2], in_unit(k, "s"));
    if (drive->every && is_error(drive->every)) return;
    const Expression *guard = drive_window(k, scope, ast_kid(ast, 3), ast_kid(ast, 4), ast->span);
    bool spikes =
        signal->kind == AST_AT && signal->kids[0]->kind == AST_NAME && !strcmp(signal->kids[0]->name, "spikes");
    vector_push(k->c->arena, &build->network->drives, drive);
    if (spikes) {
        drive->at_times = true;
        drive->times = drive_times(k, scope, signal->kids[1]);
        if (!drive->times) return;
    }
    if ((spikes || is_call(signal, "poisson")) && !ast_kid(ast, 5)) {
        Diagnostic *d = compile_error(k->c, NO_VIA, ast->span, "spikes act through a synapse");
        compile_help(k->c, d, "drive %s with … via AMPA { weight = 1 nS }", c->target->name);
        return;
    }
    if (!ast_kid(ast, 5)) {
        drive_value_into_input(k, drive, c, scope, ast, guard);
        if (!drive->actions.count) build->network->drives.count--; /* it became a term of the equations */
        return;
    }
    if (!spikes && !is_call(signal, "poisson")) {
        compile_error(k->c, BAD_DRIVE, signal->span, "through a synapse go spikes: poisson(…) or spikes at times");
        return;
    }
    drive_through_synapses(k, drive, c, scope, ast, guard);
}

void network_drive(Checker *k, NetworkBuild *build, Scope *scope, const Ast *drive) {
    for (int i = 0; i < drive->kids[0]->count; i++) drive_one(k, build, scope, drive, drive->kids[0]->kids[i]);
}
