/* Structural arguments: parameters of experiments whose values shape the network, or that are functions. In: an
 * experiment's target, calls. Out: which of its parameters those are; calls of the instance that is compiled for their
 * values, each distinct set once.
 * Kept true: what shapes a network is never set when running; a value that is not known when compiling is an error. */
#include "model/program.h"

enum { MOST_INSTANCES = 1000 };

static bool mentions(const Expression *e, const Expression *part) {
    if (e == part) return true;
    for (int i = 0; i < e->count; i++)
        if (mentions(e->kids[i], part)) return true;
    return false;
}

/* ---- functions ---- */

const Meaning *program_function(Checker *k, Scope *scope, const Ast *ast) {
    if (!ast || ast->kind != AST_NAME) return NULL;
    Meaning *m = check_ref(k, scope, ast, false);
    if (m) return m->kind == MEANING_FUNCTION || m->kind == MEANING_PRIMITIVE ? m : NULL;
    int op = check_primitive_named(ast->name);
    if (op < 0 || check_primitive_arity(op) == 0) return NULL; /* `pi` is a number */
    m = arena_new_of(k->c->arena, Meaning);
    *m = (Meaning){.kind = MEANING_PRIMITIVE, .state = MEANING_READY, .name = ast->name, .number = op, .span = ast->span};
    return m;
}

bool program_same_function(const Meaning *a, const Meaning *b) {
    if (!a || !b) return a == b;
    return a->kind == b->kind && (a->kind == MEANING_FUNCTION ? a->ast == b->ast : a->number == b->number);
}

/* ---- which parameters ---- */

/* Its own value, for which the experiment is compiled when nobody calls it. */
static bool add_default(Checker *k, int parameter, Span span, Structure *structure) {
    const ProgramParameter *p = &program_context(k)->program->parameters.at[parameter];
    const Expression *value = p->initial ? expression_constant(k, p->initial) : NULL;
    if (!value || value->op != EXPRESSION_NUMBER) {
        Diagnostic *d = compile_error(k->c, NOT_CONSTANT, p->span, "%s shapes the network: it needs a default that is known "
                                      "when compiling", p->name);
        compile_note(k->c, d, span, "the network gets it here");
        return false;
    }
    int at = structure->count;
    vector_push(k->c->arena, structure, (StructuralValue){0});
    for (; at > 0 && structure->at[at - 1].parameter > parameter; at--) structure->at[at] = structure->at[at - 1];
    structure->at[at] = (StructuralValue){.parameter = parameter, .value = value};
    return true;
}

bool program_find_structure(Checker *k, Scope *formals, const Ast *target, Structure *structure) {
    bool found = false;
    for (int i = 1; target->kind == AST_CALL && i < target->count; i++) {
        const Ast *ast;
        const Variable *v = program_target_parameter(k, target, i, &ast);
        if (!v || v->role != VARIABLE_PARAMETER || v->settable) continue;
        Meaning *m = check_ref(k, formals, ast, false);
        if (m && m->kind != MEANING_VALUE) continue;
        const Expression *value = check_expression(k, formals, ast, NULL);
        if (is_error(value) || value->rate != RATE_HOST) continue;
        for (int p = 0; p < formals->list.count; p++)
            if (mentions(value, formals->list.at[p]->expression)) {
                if (!add_default(k, p, ast->span, structure)) return false;
                found = true;
            }
    }
    return found;
}

/* ---- what values a local takes ---- */

void program_note_domain(Checker *k, const Expression *local, const Expression *domain) {
    LocalDomain known = {.local = local};
    double low, high;
    if (domain->op == EXPRESSION_NUMBER) {
        vector_push(k->c->arena, &known.values, domain);
    } else if (domain->op == EXPRESSION_HOST && domain->index == HIL_HOST_LIST) {
        for (int i = 0; i < domain->count; i++) {
            const Expression *value = expression_constant(k, domain->kids[i]);
            if (!value || value->op != EXPRESSION_NUMBER) return;
            vector_push(k->c->arena, &known.values, value);
        }
    } else if (domain->op == EXPRESSION_HOST && domain->index == HIL_HOST_RANGE && domain->count == 2 &&
               domain->host_index <= 0 && expression_is_number(domain->kids[0], &low) &&
               expression_is_number(domain->kids[1], &high) && high - low < MOST_INSTANCES) {
        for (int i = 0; low + i <= high; i++)
            vector_push(k->c->arena, &known.values,
                        expression_number(k->pool, low + i, domain->kids[0]->type->dimension, domain->span));
    }
    if (known.values.count) vector_push(k->c->arena, &program_context(k)->domains, known);
}

/* ---- calls ---- */

typedef struct StructuralCall {
    Checker *k;
    Scope *scope;
    const Ast *call;
    Meaning *experiment;
    const Program *program; /* as it is run by itself */
    int count;
    const Expression *const *kids;
    Type *result;
} StructuralCall;

static bool same_measure(const Type *a, const Type *b) {
    if (a == b) return true;
    return a->kind == TYPE_LIST && b->kind == TYPE_LIST && same_measure(a->element, b->element);
}

/* Instances measure the same; how long lists are may differ. */
static bool take_result(StructuralCall *c, const Type *result) {
    Checker *k = c->k;
    bool first = !c->result, same = first || c->result->fields.count == result->fields.count;
    if (first) {
        c->result = arena_new_of(k->c->arena, Type);
        *c->result = *result;
        c->result->fields.at = arena_array_of(k->c->arena, TypeField, result->fields.count + 1);
        for (int i = 0; i < result->fields.count; i++) c->result->fields.at[i] = result->fields.at[i];
    }
    for (int i = 0; same && i < result->fields.count; i++) {
        TypeField *own = &c->result->fields.at[i];
        same = own->name == result->fields.at[i].name && same_measure(own->type, result->fields.at[i].type);
        if (same && own->type != result->fields.at[i].type) own->type = type_list(k->pool, own->type->element, -1);
    }
    if (!same)
        compile_error(k->c, NOT_SUPPORTED, c->call->span, "what %s measures is of another kind for other structural arguments",
                      c->experiment->name);
    return same;
}

static const Expression *call_instance(StructuralCall *c, const Structure *structure) {
    Checker *k = c->k;
    const Ast *definition = c->experiment->ast;
    int errors = k->c->diagnostics.errors;
    if (k->model->programs.count > MOST_INSTANCES) {
        compile_error(k->c, NOT_SUPPORTED, c->call->span, "this model has more than %d programs", MOST_INSTANCES);
        return error_expression(k, c->call->span);
    }
    const Program *program = NULL;
    if (k->depth < 100) {
        k->depth += 20; /* experiments that call one another in a circle end here */
        program = program_instance(k, c->experiment->home ? c->experiment->home : c->scope, definition, structure);
        k->depth -= 20;
    }
    if (!program) {
        if (k->c->diagnostics.errors == errors)
            compile_error(k->c, CIRCULAR, c->call->span, "%s cannot be called here: it calls itself", c->experiment->name);
        return error_expression(k, c->call->span);
    }
    if (!take_result(c, program->result)) return error_expression(k, c->call->span);
    return host_make(k, HIL_HOST_CALL, program->number, program->result, c->call->span, c->count, c->kids);
}

typedef struct Replacement {
    const Expression *local, *value;
} Replacement;

static const Expression *replace_local(void *context, const Expression *leaf) {
    const Replacement *r = context;
    return leaf == r->local ? r->value : NULL;
}

static const LocalDomain *domain_in(const StructuralCall *c, const Structure *structure) {
    const ProgramContext *context = program_context(c->k);
    for (int d = 0; d < context->domains.count; d++)
        for (int i = 0; i < structure->count; i++)
            if (structure->at[i].value && mentions(structure->at[i].value, context->domains.at[d].local)) return &context->domains.at[d];
    return NULL;
}

static Span span_of_argument(const Ast *call, const ProgramParameter *parameter, int number) {
    for (int i = 1; i < call->count; i++) {
        const Ast *argument = call->kids[i];
        bool named = argument->kind == AST_ARGUMENT;
        if (named ? argument->name == parameter->name : i == number + 1) return argument->span;
    }
    return call->span;
}

/* `structure` in terms of locals: one after the other is replaced by each value that it takes. */
static const Expression *choose(StructuralCall *c, const Structure *structure) {
    Checker *k = c->k;
    const LocalDomain *found = domain_in(c, structure);
    Structure now = {0};
    for (int i = 0; i < structure->count; i++) vector_push(k->c->arena, &now, structure->at[i]);
    if (!found) {
        for (int i = 0; i < now.count; i++) {
            if (now.at[i].function) continue;
            const Expression *value = expression_constant(k, now.at[i].value);
            if (!value || value->op != EXPRESSION_NUMBER) {
                int number = now.at[i].parameter;
                const ProgramParameter *parameter = &c->program->parameters.at[number];
                Diagnostic *d = compile_error(k->c, NOT_CONSTANT, span_of_argument(c->call, parameter, number),
                                              "%s shapes the network of %s, so its value must be known when compiling",
                                              parameter->name, c->experiment->name);
                compile_note(k->c, d, parameter->span, "it stands here");
                compile_help(k->c, d, "write it out, or loop over a list of numbers: for d in [1, 2, 3] { … }");
                return error_expression(k, c->call->span);
            }
            now.at[i].value = value;
        }
        return call_instance(c, &now);
    }
    const LocalDomain domain = *found;
    const Expression *result = NULL;
    for (int v = domain.values.count - 1; v >= 0; v--) {
        Replacement replacement = {domain.local, domain.values.at[v]};
        for (int i = 0; i < now.count; i++)
            if (now.at[i].value)
                now.at[i].value = expression_map_leaves(k->pool, structure->at[i].value, replace_local, &replacement);
        const Expression *called = choose(c, &now), *same[2] = {domain.local, domain.values.at[v]};
        if (is_error(called)) return called;
        const Expression *kids[3] = {NULL, called, result};
        kids[0] = expression_make(k->pool, EXPRESSION_EQ, type_simple(k->pool, TYPE_BOOLEAN), c->call->span, 2, same);
        result = result ? expression_make(k->pool, EXPRESSION_SELECT, c->result, c->call->span, 3, kids) : called;
    }
    return result;
}

const Expression *program_call(Checker *k, Scope *scope, const Ast *call, Meaning *experiment, const Program *program,
                               int count, const Expression *const *kids, const Meaning *const *functions) {
    if (!program->structure.count)
        return host_make(k, HIL_HOST_CALL, program->number, program->result, call->span, count, kids);
    StructuralCall c = {k, scope, call, experiment, program, count, kids, NULL};
    Structure structure = {0};
    for (int i = 0; i < program->structure.count; i++) {
        StructuralValue value = program->structure.at[i];
        const Expression *given = kids[value.parameter];
        bool absent = given->op == EXPRESSION_HOST && given->index < 0;
        if (functions[value.parameter]) value.function = functions[value.parameter];
        else if (!absent && value.value) value.value = given;
        vector_push(k->c->arena, &structure, value);
    }
    return choose(&c, &structure);
}
