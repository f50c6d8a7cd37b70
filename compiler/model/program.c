/* Experiments, studies and sweeps: their statements become one host expression. In: a DEFINITION or SWEEP. Out: a
 * Program appended to the model. Statements are HOST expressions of type NONE. */
#include "model/program.h"
#include <string.h>

static const Expression *block_of(Checker *k, const Statements *list, Span span) {
    return host_statement(k, HIL_HOST_BLOCK, -1, NULL, span, list->count, list->at);
}

/* ---- simple statements ---- */

static const Expression *program_let(Checker *k, Scope *scope, const Ast *ast) {
    if (!ast->kids[2]) {
        compile_error(k->c, NO_VALUE, ast->span, "%s needs a value", ast->name);
        return NULL;
    }
    const Expression *value = check_series(k, scope, ast->kids[2], 'v');
    if (is_error(value)) return NULL;
    if (!ast->kids[0]) {
        int local = host_new_local(k);
        const Expression *known = host_local(k, local, value->type, ast->span);
        scope_bind_value(k, scope, ast->name, ast->span, known);
        program_note_domain(k, known, value);
        return host_statement(k, HIL_HOST_LET, local, NULL, ast->span, 1, &value);
    }
    /* let r[a][b] = value: r grows as a record of records */
    const Ast *subscripts = ast->kids[0];
    const Expression **kids = arena_array_of(k->c->arena, const Expression *, subscripts->count + 1);
    kids[0] = value;
    const Type *type = value->type;
    for (int i = 0; i < subscripts->count; i++) {
        kids[i + 1] = check_expression(k, scope, subscripts->kids[i], NULL);
        if (is_error(kids[i + 1])) return NULL;
        Type *outer = arena_new_of(k->c->arena, Type);
        *outer = (Type){.kind = TYPE_RECORD, .element = type, .count = -1, .label = ast->name};
        type = outer;
    }
    Scope *outside = scope; /* the name outlives the loop that fills it */
    while (outside->parent && outside->parent->owner == scope->owner && strcmp(outside->parent->what, scope->what) == 0)
        outside = outside->parent;
    Meaning *known = scope_find_here(outside, ast->name);
    int local = known && known->expression ? known->expression->host_index : host_new_local(k);
    if (!known) scope_bind_value(k, outside, ast->name, ast->span, host_local(k, local, type, ast->span));
    return host_statement(k, HIL_HOST_LET_AT, local, NULL, ast->span, subscripts->count + 1, kids);
}

static const Expression *program_for(Checker *k, Scope *scope, const Ast *ast, int level) {
    if (level == ast->count) return program_block(k, scope, ast->kids[0]);
    const Ast *binder = ast->kids[level];
    const Expression *domain = check_expression(k, scope, binder->kids[0], NULL);
    if (is_error(domain)) return NULL;
    int local = host_new_local(k);
    Scope *inner = scope_new(k, scope, scope->what, scope->owner);
    const Expression *known = host_local(k, local, element_type(k, domain->type), binder->span);
    scope_bind_value(k, inner, binder->name, binder->span, known);
    program_note_domain(k, known, domain);
    const Expression *kids[2] = {domain, program_for(k, inner, ast, level + 1)};
    if (!kids[1]) return NULL;
    return host_statement(k, HIL_HOST_FOR, local, NULL, ast->span, 2, kids);
}

static const Expression *program_if(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[3] = {check_expression(k, scope, ast->kids[0], NULL), program_block(k, scope, ast->kids[1]),
                                 NULL};
    int count = 2;
    const Ast *otherwise = ast_kid(ast, 2);
    if (otherwise) {
        kids[2] = otherwise->kind == AST_IF ? program_if(k, scope, otherwise) : program_block(k, scope, otherwise);
        count = 3;
    }
    for (int i = 0; i < count; i++)
        if (!kids[i] || is_error(kids[i])) return NULL;
    return host_statement(k, HIL_HOST_IF, -1, NULL, ast->span, count, kids);
}

/* Comparisons show both sides in the unit that the author wrote. */
static const Expression *shown_condition(Checker *k, Scope *scope, const Ast *ast, const Expression *e) {
    bool comparison = e->op == EXPRESSION_LT || e->op == EXPRESSION_LE || e->op == EXPRESSION_EQ;
    if (!comparison || ast->kind != AST_BINARY || e->kids[0]->type->kind != TYPE_NUMBER) return e;
    HilUnit unit;
    Name text = NULL;
    check_unit_as_written(k, scope, ast->kids[1], e->kids[0]->type, &unit, &text);
    const Expression *kids[2] = {host_shown(k, e->kids[0], text), host_shown(k, e->kids[1], text)};
    if (ast->op == OP_GREATER || ast->op == OP_GREATER_EQUAL)
        return host_flagged(k, e->op == EXPRESSION_LT ? HIL_HOST_LT : HIL_HOST_LE, -1, HIL_HOST_TURNED, NULL, e->type,
                            e->span, 2, kids);
    return expression_make(k->pool, e->op, e->type, e->span, 2, kids);
}

static const Expression *program_expect(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *condition = check_expression(k, scope, ast->kids[0], NULL);
    if (is_error(condition)) return NULL;
    const Type *type = condition->type;
    while (type->kind == TYPE_LIST) type = type->element;
    if (type->kind != TYPE_BOOLEAN) {
        Diagnostic *d = compile_error(k->c, TYPE_MISMATCH, ast->kids[0]->span, "`expect` takes a condition, this is %s",
                                      type_text(k, condition->type));
        compile_help(k->c, d, "compare it: `… in 5 Hz .. 30 Hz`, `… within 0.1 ms of …`, `… == 3`");
        return NULL;
    }
    condition = shown_condition(k, scope, ast->kids[0], condition);
    return host_statement(k, HIL_HOST_EXPECT, -1, source_text(k, ast->kids[0]->span), ast->span, 1, &condition);
}

static const Expression *named_value(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *value = check_series(k, scope, ast, 'v');
    if (is_error(value)) return NULL;
    const Type *type = value->type;
    while (type->kind == TYPE_LIST) type = type->element;
    HilUnit unit;
    Name text = NULL;
    if (type->kind == TYPE_NUMBER) check_unit_as_written(k, scope, ast, type, &unit, &text);
    value = host_shown(k, value, text);
    return host_worded(k, HIL_HOST_NAMED, -1, source_text(k, ast->span), value->type, ast->span, 1, &value);
}

static const Expression *program_report(Checker *k, Scope *scope, const Ast *ast) {
    Statements values = {0};
    for (int i = 0; i < ast->count; i++) {
        const Expression *value = named_value(k, scope, ast->kids[i]);
        if (!value) return NULL;
        vector_push(k->c->arena, &values, value);
    }
    return host_statement(k, HIL_HOST_REPORT, -1, NULL, ast->span, values.count, values.at);
}

void program_measure(Checker *k, Name name, const Type *type) {
    Type *result = program_context(k)->result;
    for (int i = 0; i < result->fields.count; i++)
        if (result->fields.at[i].name == name) return;
    vector_push(k->c->arena, &result->fields, (TypeField){name, type, false});
}

static const Expression *program_measured(Checker *k, Scope *scope, const Ast *ast) {
    ProgramContext *context = program_context(k);
    if (ast_kid(ast, 3)) {
        compile_error(k->c, NOT_YET, ast->span, "`measure … on` waits for training");
        return NULL;
    }
    const Ast *every = ast_kid(ast, 2);
    if (every) {
        context->every = check_expression(k, scope, every, type_time(k));
        if (is_error(context->every)) context->every = NULL;
        context->sampled = false;
    }
    const Expression *value = check_series(k, scope, ast->kids[1], 'v');
    context->every = NULL;
    if (is_error(value)) return NULL;
    if (every && !context->sampled) {
        Diagnostic *d = compile_error(k->c, TYPE_MISMATCH, every->span, "`every` says how often signals are sampled, and %s has none",
                                      ast->name);
        compile_help(k->c, d, "signals are V of E, EE.weight of E; spikes are kept with their own times");
        return NULL;
    }
    program_measure(k, ast->name, value->type);
    scope_bind_value(k, scope, ast->name, ast->span, value);
    return host_statement(k, HIL_HOST_MEASURE, -1, ast->name, ast->span, 1, &value);
}

static const Expression *program_run(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[2] = {check_expression(k, scope, ast->kids[0], type_time(k)), NULL};
    HilUnit unit;
    hil_unit_parse("ms", 2, &unit, NULL);
    kids[1] = ast_kid(ast, 1) ? check_expression(k, scope, ast->kids[1], type_time(k))
                              : expression_number(k->pool, hil_quantity_value("0.1", 3, unit), unit.dimension, ast->span);
    if (is_error(kids[0]) || is_error(kids[1])) return NULL;
    return host_statement(k, HIL_HOST_RUN, -1, NULL, ast->span, 2, kids);
}

static const Expression *program_phase(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[2] = {host_absent(k), NULL};
    if (ast->kids[0]) kids[0] = check_expression(k, scope, ast->kids[0], type_time(k));
    kids[1] = program_block(k, scope, ast->kids[1]);
    if (is_error(kids[0]) || !kids[1]) return NULL;
    return host_statement(k, HIL_HOST_PHASE, -1, ast->name, ast->span, 2, kids);
}

/* What `change` is compared with, in a condition; NULL: nothing. */
static const Ast *compared_with_change(const Ast *ast, Name change) {
    bool comparison = ast->kind == AST_BINARY && ast->op >= OP_LESS && ast->op <= OP_GREATER_EQUAL;
    for (int i = 0; comparison && i < 2; i++)
        if (ast->kids[i]->kind == AST_NAME && ast->kids[i]->name == change) return ast->kids[1 - i];
    const Ast *found = NULL;
    for (int i = 0; i < ast->count && !found; i++)
        if (ast->kids[i]) found = compared_with_change(ast->kids[i], change);
    return found;
}

static bool has_state(const Network *network, const Type *type) {
    for (int i = 0; i < network->populations.count; i++) {
        const Population *p = network->populations.at[i];
        for (int j = 0; j < p->variables.count; j++)
            if (p->variables.at[j]->role == VARIABLE_STATE && p->variables.at[j]->type == type) return true;
    }
    for (int i = 0; i < network->projections.count; i++) {
        const Projection *p = network->projections.at[i];
        for (int j = 0; j < p->variables.count; j++)
            if (p->variables.at[j]->role == VARIABLE_STATE && p->variables.at[j]->side == SIDE_SELF &&
                p->variables.at[j]->type == type)
                return true;
    }
    return false;
}

#define LONGEST_RELAXATION 100.0 /* s */

/* relax until change < 1e-6 step 0.1 ms: `change` is that of states in a step, of those in the unit of what it is
 * compared with, or of all in their own units beside a plain number. */
static const Expression *program_relax(Checker *k, Scope *scope, const Ast *ast) {
    if (!program_context(k)->build) {
        compile_error(k->c, HOST_ONLY, ast->span, "only an experiment can relax");
        return NULL;
    }
    Name change = name_of(k->c->names, "change"), text = NULL;
    const Ast *limit = compared_with_change(ast->kids[0], change);
    const Type *type = type_number(k->pool, HIL_DIMENSIONLESS);
    if (limit) {
        const Expression *value = check_expression(k, scope, limit, NULL);
        if (is_error(value)) return NULL;
        if (value->type->kind == TYPE_NUMBER && !hil_dimension_is_none(value->type->dimension)) {
            HilUnit unit;
            type = value->type;
            check_unit_as_written(k, scope, limit, type, &unit, &text);
            if (!has_state(program_context(k)->build->network, type)) {
                Diagnostic *d = compile_error(k->c, UNIT_MISMATCH, limit->span, "no state of %s is in %s",
                                              program_context(k)->build->network->name, type_text(k, type));
                compile_help(k->c, d, "a plain number stands for each state's own unit");
                return NULL;
            }
        }
    }
    Scope *inner = scope_new(k, scope, scope->what, scope->owner);
    scope_bind_value(k, inner, change, ast->kids[0]->span,
                     host_worded(k, HIL_HOST_CHANGE, -1, text ? text : "", type, ast->kids[0]->span, 0, NULL));
    const Expression *kids[4] = {check_condition(k, inner, ast->kids[0]), host_absent(k), host_absent(k),
                                 expression_number(k->pool, LONGEST_RELAXATION, seconds_dimension(), ast->span)};
    if (ast_kid(ast, 1)) kids[2] = check_expression(k, scope, ast->kids[1], type_time(k));
    if (is_error(kids[0]) || is_error(kids[2])) return NULL;
    return host_statement(k, HIL_HOST_RELAX, -1, NULL, ast->span, 4, kids);
}

static const Expression *program_statement(Checker *k, Scope *scope, const Ast *ast) {
    switch (ast->kind) {
    case AST_LET: return program_let(k, scope, ast);
    case AST_FOR: return program_for(k, scope, ast, 1);
    case AST_IF: return program_if(k, scope, ast);
    case AST_EXPECT: return program_expect(k, scope, ast);
    case AST_REPORT: return program_report(k, scope, ast);
    case AST_MEASURE: return program_measured(k, scope, ast);
    case AST_RUN: return program_run(k, scope, ast);
    case AST_RELAX: return program_relax(k, scope, ast);
    case AST_RECORD: return program_record(k, scope, ast);
    case AST_PLOT: return program_plot(k, scope, ast);
    case AST_STIMULATE: return program_stimulate(k, scope, ast);
    case AST_CLAMP: return program_clamp(k, scope, ast);
    case AST_PHASE: return program_phase(k, scope, ast);
    case AST_ASSIGN:
        if (ast->op == ASSIGN_SET) return program_set(k, scope, ast->kids[0], ast->kids[1], ast->span);
        break;
    case AST_SETTING:
        if (strcmp(ast->name, "seed") == 0 && ast->count == 1) {
            const Expression *seed = check_expression(k, scope, ast->kids[0], type_number(k->pool, HIL_DIMENSIONLESS));
            return is_error(seed) ? NULL : host_statement(k, HIL_HOST_SEED, -1, NULL, ast->span, 1, &seed);
        }
        break;
    case AST_ERROR: return NULL;
    default: break;
    }
    if (ast->kind == AST_SETTING && ast->count == 0)
        compile_error(k->c, NOT_YET, ast->span, "`%s` needs something behind it, or cannot stand here", ast->name);
    else
        compile_error(k->c, NOT_YET, ast->span, "%s cannot stand in an experiment or study",
                      ast->kind == AST_SETTING ? arena_print(k->c->arena, "`%s`", ast->name)
                      : ast->kind == AST_DEFINITION ? "another definition"
                                                    : arena_print(k->c->arena, "`%s`", ast_kind_text(ast->kind)));
    return NULL;
}

/* Stimuli and clamps belong to the whole block, wherever they stand in it: they go before its first `run`. */
static const Expression *block_in(Checker *k, Scope *inner, const Ast *block) {
    Statements before = {0}, after = {0};
    bool running = false;
    for (int i = 0; block && i < block->count; i++) {
        AstKind kind = block->kids[i]->kind;
        running = running || kind == AST_RUN || kind == AST_RELAX;
        const Expression *e = program_statement(k, inner, block->kids[i]);
        if (!e) continue;
        if (running && kind != AST_STIMULATE && kind != AST_CLAMP) vector_push(k->c->arena, &after, e);
        else vector_push(k->c->arena, &before, e);
    }
    for (int i = 0; i < after.count; i++) vector_push(k->c->arena, &before, after.at[i]);
    return block_of(k, &before, block ? block->span : NO_SPAN);
}

const Expression *program_block(Checker *k, Scope *scope, const Ast *block) {
    return block_in(k, scope_new(k, scope, scope->what, scope->owner), block);
}

/* ---- programs ---- */

static Program *new_program(Checker *k, Name name, Span span, int kind, ProgramContext *context) {
    Program *program = arena_new_of(k->c->arena, Program);
    *program = (Program){.name = name, .span = span, .kind = kind};
    Type *result = arena_new_of(k->c->arena, Type);
    *result = (Type){.kind = TYPE_RECORD, .count = -1, .label = name};
    program->result = result;
    *context = (ProgramContext){.program = program, .result = result};
    k->program = context;
    k->system = &context->draws;
    k->place = PLACE_HOST;
    return program;
}

static void add_program(Checker *k, Program *program) {
    program->number = k->model->programs.count;
    vector_push(k->c->arena, &k->model->programs, program);
}

static const Type *parameter_type(Checker *k, Scope *scope, const Ast *formal, ProgramParameter *parameter) {
    const Ast *type = formal->kids[0], *initial = ast_kid(formal, 1);
    parameter->unit = (HilUnit){.scale = 1};
    parameter->unit_text = name_of(k->c->names, "");
    if (type && type->kind == AST_ROW_TYPE) {
        Meaning *m = scope_find(scope, type->name);
        if (m && m->kind == MEANING_TABLE) return m->table->row_type;
        scope_unknown(k, scope, type->name, type->span, "table");
        return type_simple(k->pool, TYPE_ERROR);
    }
    if (type) return check_type(k, scope, type, &parameter->unit, &parameter->unit_text);
    if (initial) {
        const Expression *e = check_expression(k, scope, initial, NULL);
        if (e->type->kind == TYPE_NUMBER)
            check_unit_as_written(k, scope, initial, e->type, &parameter->unit, &parameter->unit_text);
        return e->type;
    }
    return type_number(k->pool, HIL_DIMENSIONLESS);
}

static void bind_function(Checker *k, Scope *scope, Name name, Span span, const Meaning *function) {
    Meaning *m = arena_new_of(k->c->arena, Meaning);
    *m = *function;
    m->bound = name;
    m->span = span;
    vector_push(k->c->arena, &scope->list, m);
}

/* A function is known when compiling: it is no value of a run. */
static void function_parameter(Checker *k, Scope *scope, const Ast *formal, int number, const Meaning *function) {
    Program *program = program_context(k)->program;
    const Type *plain = type_number(k->pool, HIL_DIMENSIONLESS);
    ProgramParameter parameter = {.name = formal->name, .span = formal->span, .type = plain, .unit = {.scale = 1},
                                  .unit_text = name_of(k->c->names, ""),
                                  .initial = expression_number(k->pool, 0, HIL_DIMENSIONLESS, formal->span)};
    bool known = false;
    for (int s = 0; s < program->structure.count; s++) {
        if (program->structure.at[s].parameter != number) continue;
        function = program->structure.at[s].function;
        known = true;
    }
    if (!known) {
        int at = program->structure.count;
        vector_push(k->c->arena, &program->structure, (StructuralValue){0});
        for (; at > 0 && program->structure.at[at - 1].parameter > number; at--)
            program->structure.at[at] = program->structure.at[at - 1];
        program->structure.at[at] = (StructuralValue){.parameter = number, .function = function};
    }
    vector_push(k->c->arena, &program->parameters, parameter);
    host_new_local(k);
    bind_function(k, scope, formal->name, formal->span, function);
}

static void program_parameters(Checker *k, Scope *scope, const Ast *formals) {
    Program *program = program_context(k)->program;
    for (int i = 0; formals && i < formals->count; i++) {
        const Ast *formal = formals->kids[i];
        const Meaning *function = formal->kids[0] ? NULL : program_function(k, scope, ast_kid(formal, 1));
        if (function) {
            function_parameter(k, scope, formal, i, function);
            continue;
        }
        ProgramParameter parameter = {.name = formal->name, .span = formal->span};
        parameter.type = parameter_type(k, scope, formal, &parameter);
        if (ast_kid(formal, 2) && formal->kids[2]->count) parameter.type = type_list(k->pool, parameter.type, -1);
        if (ast_kid(formal, 1)) {
            const Type *expected = parameter.type->kind == TYPE_NUMBER ? parameter.type : NULL;
            parameter.initial = check_expression(k, scope, formal->kids[1], expected);
            if (is_error(parameter.initial)) parameter.initial = NULL;
        }
        vector_push(k->c->arena, &program->parameters, parameter);
        const Expression *value = host_local(k, host_new_local(k), parameter.type, formal->span);
        for (int s = 0; s < program->structure.count; s++)
            if (program->structure.at[s].parameter == i) value = program->structure.at[s].value;
        scope_bind_value(k, scope, formal->name, formal->span, value);
    }
}

/* The network, the names and the target's parameters of an experiment; NULL after an error. */
static Scope *open_experiment(Checker *k, Scope *outer, const Ast *definition, ProgramContext *context,
                              Statements *list) {
    Program *program = context->program;
    const char *what = arena_print(k->c->arena, "experiment %s", definition->name);
    if (!definition->kids[2]) {
        Diagnostic *d = compile_error(k->c, NO_TARGET, definition->span, "on what does %s experiment?", definition->name);
        compile_help(k->c, d, "experiment %s on SomeNetwork { … }", definition->name);
        return NULL;
    }
    SolverAsked asked = {.span = NO_SPAN};
    solver_asked_by_runs(k, definition->kids[3], &asked);
    int locals = program->locals;
    Scope *formals = NULL;
    for (bool again = true; again;) {
        int networks = k->model->networks.count, builds = k->builds.count, externs = k->model->externs.count;
        int diagnostics = k->c->diagnostics.list.count, errors = k->c->diagnostics.errors;
        program->locals = locals;
        program->parameters.count = 0;
        formals = scope_new(k, outer, what, program);
        program_parameters(k, formals, definition->kids[0]);
        context->build = network_instance(k, formals, definition->kids[2], &asked);
        k->program = context;
        k->system = &context->draws;
        k->place = PLACE_HOST;
        if (!context->build) return NULL;
        int before = k->c->diagnostics.errors;
        again = program_find_structure(k, formals, definition->kids[2], &program->structure);
        if (k->c->diagnostics.errors != before) return NULL;
        if (!again) break;
        k->model->networks.count = networks; /* looked at, but no part of the model */
        k->builds.count = builds;
        k->model->externs.count = externs;
        k->c->diagnostics.list.count = diagnostics;
        k->c->diagnostics.errors = errors;
    }
    program->network = context->build->network;
    if (context->build->populations.count == 1 && context->build->definition->op == DEFINITION_NEURON)
        context->sole = context->build->populations.at[0];
    Scope *scope = scope_new(k, context->build->scope, what, program);
    for (int i = 0; i < formals->list.count; i++) {
        const Meaning *m = formals->list.at[i];
        if (m->kind == MEANING_VALUE) scope_bind_value(k, scope, m->name, m->span, m->expression);
        else bind_function(k, scope, m->bound, m->span, m);
    }
    program_target_sets(k, scope, definition->kids[2], list);
    return scope;
}

/* "e(n = 3, m = 2)": how errors and results name an instance. */
static Name instance_name(Checker *k, const Ast *definition, const Structure *structure) {
    const char *text = definition->name;
    for (int i = 0; i < structure->count; i++) {
        const Ast *formal = definition->kids[0]->kids[structure->at[i].parameter];
        const StructuralValue *s = &structure->at[i];
        text = arena_print(k->c->arena, "%s%s%s = ", text, i ? ", " : "(", formal->name);
        text = s->function ? arena_print(k->c->arena, "%s%s", text, s->function->name)
                           : arena_print(k->c->arena, "%s%.10g", text, s->value->number);
    }
    return name_print(k->c->names, "%s)", text);
}

/* `structure` NULL: as it is run by itself. */
static void build_experiment(Checker *k, Scope *outer, const Ast *definition, const Structure *structure) {
    ProgramContext context;
    Statements list = {0};
    Name name = structure ? instance_name(k, definition, structure) : definition->name;
    Program *program = new_program(k, name, definition->span, HIL_PROGRAM_EXPERIMENT, &context);
    program->called_only = structure != NULL;
    for (int i = 0; structure && i < structure->count; i++)
        vector_push(k->c->arena, &program->structure, structure->at[i]);
    Scope *scope = open_experiment(k, outer, definition, &context, &list);
    if (!scope) return;
    vector_push(k->c->arena, &list, program_block(k, scope, definition->kids[3]));
    program->body = block_of(k, &list, definition->span);
    add_program(k, program);
}

static void build_study(Checker *k, Scope *outer, const Ast *definition) {
    ProgramContext context;
    Program *program = new_program(k, definition->name, definition->span, HIL_PROGRAM_STUDY, &context);
    Scope *scope = scope_new(k, outer, arena_print(k->c->arena, "study %s", definition->name), program);
    program_parameters(k, scope, definition->kids[0]);
    program->body = program_block(k, scope, definition->kids[3]);
    add_program(k, program);
}

/* ---- sweeps ---- */

/* The experiment again, without its own expectations and reports, and measuring what the sweep reports. Its axes are
 * its first parameters: each sets what it sweeps over. NULL after an error. */
static Program *build_swept(Checker *k, Scope *outer, const Ast *sweep, const Ast *definition, const Type **axes,
                            Statements *names) {
    ProgramContext context;
    Statements list = {0};
    Name name = name_print(k->c->names, "%s (swept)", definition->name);
    Program *program = new_program(k, name, sweep->span, HIL_PROGRAM_EXPERIMENT, &context);
    for (int i = 2; i < sweep->count; i++) host_new_local(k);
    Scope *scope = open_experiment(k, outer, definition, &context, &list);
    if (!scope) return NULL;
    VECTOR(ProgramParameter) own = {0};
    for (int i = 2; i < sweep->count; i++) {
        const Ast *axis = sweep->kids[i];
        Meaning *m = check_ref(k, scope, axis->kids[0], true);
        if (!m || !meaning_settle(k, m)) return NULL;
        const Type *type = m->variable ? m->variable->type : type_number(k->pool, HIL_DIMENSIONLESS);
        const Expression *set = program_set_to(k, m, axis->kids[0]->span, host_local(k, i - 2, type, axis->span));
        if (!set) return NULL;
        vector_push(k->c->arena, &list, set);
        axes[i - 2] = type;
        vector_push(k->c->arena, &own, (ProgramParameter){.name = name_of(k->c->names, source_text(k, axis->kids[0]->span)),
                                                          .unit = m->variable->unit, .unit_text = m->variable->unit_text,
                                                          .type = type, .span = axis->span});
    }
    for (int i = 0; i < program->parameters.count; i++) vector_push(k->c->arena, &own, program->parameters.at[i]);
    program->parameters.at = own.at;
    program->parameters.count = own.count;
    Ast *block = arena_new_of(k->c->arena, Ast);
    *block = *definition->kids[3];
    block->kids = arena_array_of(k->c->arena, Ast *, block->count + 1);
    block->count = 0;
    for (int i = 0; i < definition->kids[3]->count; i++) {
        AstKind kind = definition->kids[3]->kids[i]->kind;
        if (kind != AST_EXPECT && kind != AST_REPORT && kind != AST_PLOT && kind != AST_RECORD)
            block->kids[block->count++] = definition->kids[3]->kids[i];
    }
    scope = scope_new(k, scope, scope->what, scope->owner); /* the sweep sees what the experiment names */
    vector_push(k->c->arena, &list, block_in(k, scope, block));
    const Ast *body = sweep->kids[1];
    for (int i = 0; body && i < body->count; i++) {
        const Ast *ast = body->kids[i];
        if (ast->kind != AST_REPORT) {
            const Expression *e = program_statement(k, scope, ast);
            if (e) vector_push(k->c->arena, &list, e);
            continue;
        }
        for (int j = 0; j < ast->count; j++) {
            const Expression *value = check_series(k, scope, ast->kids[j], 'v');
            if (is_error(value)) return NULL;
            Name heading = name_of(k->c->names, source_text(k, ast->kids[j]->span));
            program_measure(k, heading, value->type);
            vector_push(k->c->arena, &list, host_statement(k, HIL_HOST_MEASURE, -1, heading, ast->span, 1, &value));
            vector_push(k->c->arena, names, expression_text(k->pool, heading, ast->kids[j]->span));
        }
    }
    program->body = block_of(k, &list, sweep->span);
    add_program(k, program);
    return program;
}

static const Expression *shown_usually(Checker *k, const Expression *value) {
    if (value->type->kind != TYPE_NUMBER) return host_shown(k, value, NULL);
    const char *unit = hil_dimension_usual_unit(value->type->dimension);
    return host_shown(k, value, unit[0] ? name_of(k->c->names, unit) : NULL);
}

static void build_sweep(Checker *k, Scope *outer, const Ast *sweep) {
    const Ast *callee = postfix_callee(sweep->kids[0]);
    Meaning *m = callee ? check_ref(k, outer, callee, true) : NULL;
    if (!m) return;
    if (m->kind != MEANING_DEFINITION || m->ast->op != DEFINITION_EXPERIMENT) {
        compile_error(k->c, WRONG_KIND, callee->span, "an experiment is swept, and %s is none", m->name);
        return;
    }
    int axes = sweep->count - 2;
    const Type **types = arena_array_of(k->c->arena, const Type *, axes + 1);
    Statements names = {0};
    Program *swept = build_swept(k, m->home ? m->home : outer, sweep, m->ast, types, &names);
    if (!swept) return;
    ProgramContext context;
    Program *program = new_program(k, name_print(k->c->names, "sweep of %s", m->name), sweep->span, HIL_PROGRAM_SWEEP, &context);
    Scope *scope = scope_new(k, outer, program->name, program);
    Statements row = {0}, call = {0};
    const Expression **domains = arena_array_of(k->c->arena, const Expression *, axes + 1);
    int first = program->locals;
    for (int i = 0; i < axes; i++) {
        const Ast *axis = sweep->kids[i + 2];
        domains[i] = check_expression(k, scope, axis->kids[1], NULL);
        if (is_error(domains[i])) return;
        if (element_type(k, domains[i]->type) != types[i]) {
            Diagnostic *d = compile_error(k->c, UNIT_MISMATCH, axis->kids[1]->span, "%s is %s, these are %s",
                                          source_text(k, axis->kids[0]->span), type_text(k, types[i]),
                                          type_text(k, element_type(k, domains[i]->type)));
            compile_note(k->c, d, axis->kids[0]->span, "this is swept");
            return;
        }
        const Expression *value = host_local(k, host_new_local(k), types[i], axis->span);
        vector_push(k->c->arena, &call, value);
        value = shown_usually(k, value);
        vector_push(k->c->arena, &row, host_worded(k, HIL_HOST_NAMED, -1, source_text(k, axis->kids[0]->span), value->type,
                                                   axis->span, 1, &value));
    }
    int result = host_new_local(k);
    const Expression *called = host_make(k, HIL_HOST_CALL, swept->number, swept->result, sweep->span, call.count, call.at);
    Statements body = {0};
    vector_push(k->c->arena, &body, host_statement(k, HIL_HOST_LET, result, NULL, sweep->span, 1, &called));
    const Expression *record = host_local(k, result, swept->result, sweep->span);
    for (int i = 0; i < names.count; i++) {
        const Type *type = swept->result->fields.at[i].type;
        for (int f = 0; f < swept->result->fields.count; f++)
            if (swept->result->fields.at[f].name == names.at[i]->text) type = swept->result->fields.at[f].type;
        const Expression *value = host_worded(k, HIL_HOST_FIELD, -1, names.at[i]->text, type, names.at[i]->span, 1, &record);
        value = shown_usually(k, value);
        vector_push(k->c->arena, &row, host_worded(k, HIL_HOST_NAMED, -1, names.at[i]->text, type, names.at[i]->span, 1, &value));
    }
    if (names.count) vector_push(k->c->arena, &body, host_statement(k, HIL_HOST_REPORT, -1, NULL, sweep->span, row.count, row.at));
    const Expression *loop = block_of(k, &body, sweep->span);
    for (int i = axes - 1; i >= 0; i--) {
        const Expression *kids[2] = {domains[i], loop};
        loop = host_statement(k, HIL_HOST_FOR, first + i, NULL, sweep->kids[i + 2]->span, 2, kids);
    }
    program->body = loop;
    add_program(k, program);
}

static bool has_structure(const Program *program, const Structure *structure) {
    if (program->structure.count != structure->count) return false;
    for (int i = 0; i < structure->count; i++) {
        const StructuralValue *own = &program->structure.at[i], *other = &structure->at[i];
        if (own->parameter != other->parameter || !program_same_function(own->function, other->function)) return false;
        if (own->value && own->value->number != other->value->number) return false;
    }
    return true;
}

static void build(Checker *k, Scope *scope, const Ast *definition, const Structure *structure) {
    Place place = k->place;
    System *system = k->system;
    Network *network = k->network;
    void *program = k->program;
    if (definition->kind == AST_SWEEP) {
        build_sweep(k, scope, definition);
    } else if (definition->op == DEFINITION_STUDY) {
        build_study(k, scope, definition);
    } else if (definition->op == DEFINITION_EXPERIMENT) {
        build_experiment(k, scope, definition, structure);
    }
    k->program = program;
    k->place = place;
    k->system = system;
    k->network = network;
}

const Program *program_instance(Checker *k, Scope *scope, const Ast *definition, const Structure *structure) {
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < k->model->programs.count; i++) {
            const Program *program = k->model->programs.at[i];
            if (program->span.source == definition->span.source && program->span.begin == definition->span.begin &&
                has_structure(program, structure))
                return program;
        }
        if (round == 0) build(k, scope, definition, structure);
    }
    return NULL;
}

void program_build(Checker *k, Scope *scope, const Ast *definition) {
    for (int i = 0; i < k->model->programs.count; i++)
        if (k->model->programs.at[i]->span.source == definition->span.source &&
            k->model->programs.at[i]->span.begin == definition->span.begin && definition->kind != AST_SWEEP)
            return; /* an earlier program called it */
    build(k, scope, definition, NULL);
}
