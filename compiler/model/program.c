/* Experiments, studies and sweeps: their statements become one host expression. In: a DEFINITION or SWEEP. Out: a
 * Program appended to the model. Statements are HOST expressions of type NONE. */
#include "model/program.h"
#include <string.h>

static const Expression *statement(Checker *k, int op, int index, const char *text, Span span, int count,
                                   const Expression *const *kids) {
    return host_worded(k, op, index, text ? text : "", type_simple(k->pool, TYPE_NONE), span, count, kids);
}

static const Expression *block_of(Checker *k, const Statements *list, Span span) {
    return statement(k, HIL_HOST_BLOCK, -1, NULL, span, list->count, list->at);
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
        scope_bind_value(k, scope, ast->name, ast->span, host_local(k, local, value->type, ast->span));
        return statement(k, HIL_HOST_LET, local, NULL, ast->span, 1, &value);
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
    return statement(k, HIL_HOST_LET_AT, local, NULL, ast->span, subscripts->count + 1, kids);
}

static const Expression *program_for(Checker *k, Scope *scope, const Ast *ast, int level) {
    if (level == ast->count) return program_block(k, scope, ast->kids[0]);
    const Ast *binder = ast->kids[level];
    const Expression *domain = check_expression(k, scope, binder->kids[0], NULL);
    if (is_error(domain)) return NULL;
    int local = host_new_local(k);
    Scope *inner = scope_new(k, scope, scope->what, scope->owner);
    scope_bind_value(k, inner, binder->name, binder->span,
                     host_local(k, local, element_type(k, domain->type), binder->span));
    const Expression *kids[2] = {domain, program_for(k, inner, ast, level + 1)};
    if (!kids[1]) return NULL;
    return statement(k, HIL_HOST_FOR, local, NULL, ast->span, 2, kids);
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
    return statement(k, HIL_HOST_IF, -1, NULL, ast->span, count, kids);
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
    return statement(k, HIL_HOST_EXPECT, -1, source_text(k, ast->kids[0]->span), ast->span, 1, &condition);
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
    return statement(k, HIL_HOST_REPORT, -1, NULL, ast->span, values.count, values.at);
}

void program_measure(Checker *k, Name name, const Type *type) {
    Type *result = program_context(k)->result;
    for (int i = 0; i < result->fields.count; i++)
        if (result->fields.at[i].name == name) return;
    vector_push(k->c->arena, &result->fields, (TypeField){name, type, false});
}

static const Expression *program_measured(Checker *k, Scope *scope, const Ast *ast) {
    if (ast_kid(ast, 2) || ast_kid(ast, 3)) {
        compile_error(k->c, NOT_YET, ast->span, "`measure … every` and `measure … on` wait for training");
        return NULL;
    }
    const Expression *value = check_series(k, scope, ast->kids[1], 'v');
    if (is_error(value)) return NULL;
    program_measure(k, ast->name, value->type);
    scope_bind_value(k, scope, ast->name, ast->span, value);
    return statement(k, HIL_HOST_MEASURE, -1, ast->name, ast->span, 1, &value);
}

static const Expression *program_run(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[2] = {check_expression(k, scope, ast->kids[0], type_time(k)), NULL};
    HilUnit unit;
    hil_unit_parse("ms", 2, &unit, NULL);
    kids[1] = ast_kid(ast, 1) ? check_expression(k, scope, ast->kids[1], type_time(k))
                              : expression_number(k->pool, hil_quantity_value("0.1", 3, unit), unit.dimension, ast->span);
    if (is_error(kids[0]) || is_error(kids[1])) return NULL;
    return statement(k, HIL_HOST_RUN, -1, NULL, ast->span, 2, kids);
}

static const Expression *program_phase(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[2] = {host_absent(k), NULL};
    if (ast->kids[0]) kids[0] = check_expression(k, scope, ast->kids[0], type_time(k));
    kids[1] = program_block(k, scope, ast->kids[1]);
    if (is_error(kids[0]) || !kids[1]) return NULL;
    return statement(k, HIL_HOST_PHASE, -1, ast->name, ast->span, 2, kids);
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
    case AST_RECORD: return program_record(k, scope, ast);
    case AST_PLOT: return program_plot(k, scope, ast);
    case AST_STIMULATE: return program_stimulate(k, scope, ast);
    case AST_PHASE: return program_phase(k, scope, ast);
    case AST_ASSIGN:
        if (ast->op == ASSIGN_SET) return program_set(k, scope, ast->kids[0], ast->kids[1], ast->span);
        break;
    case AST_SETTING:
        if (strcmp(ast->name, "seed") == 0 && ast->count == 1) {
            const Expression *seed = check_expression(k, scope, ast->kids[0], type_number(k->pool, HIL_DIMENSIONLESS));
            return is_error(seed) ? NULL : statement(k, HIL_HOST_SEED, -1, NULL, ast->span, 1, &seed);
        }
        break;
    case AST_ERROR: return NULL;
    default: break;
    }
    compile_error(k->c, NOT_YET, ast->span, "`%s` cannot stand in an experiment or study yet", ast_kind_text(ast->kind));
    return NULL;
}

/* Stimuli belong to the whole block, wherever they stand in it: they go before its first `run`. */
const Expression *program_block(Checker *k, Scope *scope, const Ast *block) {
    Statements before = {0}, after = {0};
    Scope *inner = scope_new(k, scope, scope->what, scope->owner);
    bool running = false;
    for (int i = 0; block && i < block->count; i++) {
        AstKind kind = block->kids[i]->kind;
        running = running || kind == AST_RUN;
        const Expression *e = program_statement(k, inner, block->kids[i]);
        if (!e) continue;
        if (running && kind != AST_STIMULATE) vector_push(k->c->arena, &after, e);
        else vector_push(k->c->arena, &before, e);
    }
    for (int i = 0; i < after.count; i++) vector_push(k->c->arena, &before, after.at[i]);
    return block_of(k, &before, block ? block->span : NO_SPAN);
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

/* `solve all with …` shapes the kernels, so it must be known before the network is made. */
static Name asked_solver(const Ast *block) {
    for (int i = 0; block && i < block->count; i++) {
        const Ast *ast = block->kids[i];
        if (ast->kind == AST_PHASE) {
            Name inner = asked_solver(ast->kids[1]);
            if (inner) return inner;
        }
        if (ast->kind != AST_RUN || !ast_kid(ast, 2)) continue;
        const Ast *step = ast->kids[2]->kids[0], *method = ast_kid(step, 1);
        if (method) return method->name;
    }
    return NULL;
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

static void program_parameters(Checker *k, Scope *scope, const Ast *formals) {
    Program *program = program_context(k)->program;
    for (int i = 0; formals && i < formals->count; i++) {
        const Ast *formal = formals->kids[i];
        ProgramParameter parameter = {.name = formal->name, .span = formal->span};
        parameter.type = parameter_type(k, scope, formal, &parameter);
        if (ast_kid(formal, 2) && formal->kids[2]->count) parameter.type = type_list(k->pool, parameter.type, -1);
        if (ast_kid(formal, 1)) {
            const Type *expected = parameter.type->kind == TYPE_NUMBER ? parameter.type : NULL;
            parameter.initial = check_expression(k, scope, formal->kids[1], expected);
            if (is_error(parameter.initial)) parameter.initial = NULL;
        }
        vector_push(k->c->arena, &program->parameters, parameter);
        scope_bind_value(k, scope, formal->name, formal->span,
                         host_local(k, host_new_local(k), parameter.type, formal->span));
    }
}

static void build_experiment(Checker *k, Scope *outer, const Ast *definition) {
    ProgramContext context;
    Program *program = new_program(k, definition->name, definition->span, HIL_PROGRAM_EXPERIMENT, &context);
    const char *what = arena_print(k->c->arena, "experiment %s", definition->name);
    Scope *formals = scope_new(k, outer, what, program);
    program_parameters(k, formals, definition->kids[0]);
    if (!definition->kids[2]) {
        Diagnostic *d = compile_error(k->c, NO_TARGET, definition->span, "on what does %s experiment?", definition->name);
        compile_help(k->c, d, "experiment %s on SomeNetwork { … }", definition->name);
        return;
    }
    context.build = network_instance(k, formals, definition->kids[2], asked_solver(definition->kids[3]));
    k->program = &context;
    k->system = &context.draws;
    k->place = PLACE_HOST;
    if (!context.build) return;
    program->network = context.build->network;
    if (context.build->populations.count == 1 && context.build->definition->op == DEFINITION_NEURON)
        context.sole = context.build->populations.at[0];
    Scope *scope = scope_new(k, context.build->scope, what, program);
    for (int i = 0; i < formals->list.count; i++)
        scope_bind_value(k, scope, formals->list.at[i]->name, formals->list.at[i]->span, formals->list.at[i]->expression);
    Statements list = {0};
    program_target_sets(k, scope, definition->kids[2], &list);
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

void program_build(Checker *k, Scope *scope, const Ast *definition) {
    Place place = k->place;
    System *system = k->system;
    if (definition->kind == AST_SWEEP) {
        compile_error(k->c, NOT_YET, definition->span, "`sweep` is not possible yet: call the experiment from a study's `for`");
    } else if (definition->op == DEFINITION_STUDY) {
        build_study(k, scope, definition);
    } else if (definition->op == DEFINITION_EXPERIMENT) {
        build_experiment(k, scope, definition);
    }
    k->program = NULL;
    k->place = place;
    k->system = system;
}
