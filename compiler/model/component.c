/* Components: one body of a kind (neuron, channel, pool, synapse) put to use. In: a definition, overrides, the System
 * that its variables belong to. Out: its variables, lets and equations there, named with the component's prefix.
 * Kept true: all names are bound before any expression is read, so the order of statements does not matter. */
#include "model/cell.h"
#include <string.h>

Variable *system_variable(Checker *k, System *system, VariableRole role, Name name, Span span) {
    Variable *v = arena_new_of(k->c->arena, Variable);
    *v = (Variable){.name = name,
                    .role = role,
                    .span = span,
                    .number = system->variables.count,
                    .owner = system->owner,
                    .settable = role == VARIABLE_PARAMETER};
    v->unit = (HilUnit){.scale = 1};
    v->unit_text = name_of(k->c->names, "");
    vector_push(k->c->arena, &system->variables, v);
    return v;
}

Override *component_override(Component *component, Name name) {
    /* a name inside a channel is reached as Channel.name from the cell's overrides */
    size_t prefix = strlen(component->prefix);
    for (int i = component->overrides->list.count - 1; i >= 0; i--) {
        Override *o = &component->overrides->list.at[i];
        if (o->path == name) return o;
    }
    if (component->cell && component->cell->self && component->cell->self != component) {
        Overrides *outer = component->cell->self->overrides;
        for (int i = outer->list.count - 1; i >= 0; i--)
            if (!strncmp(outer->list.at[i].path, component->prefix, prefix) &&
                !strcmp(outer->list.at[i].path + prefix, name))
                return &outer->list.at[i];
    }
    return NULL;
}

static void use_override(Component *component, Meaning *m) {
    Override *o = component_override(component, m->name);
    if (!o) return;
    o->used = true;
    if (o->ready) {
        m->given = o->ready;
        m->given_span = o->span;
        return;
    }
    m->value = o->value;
    m->value_home = o->home;
}

Meaning *component_variable(Checker *k, Component *component, VariableRole role, Name name, Span span) {
    Meaning *m = scope_bind(k, component->scope, MEANING_VARIABLE, name, span);
    m->variable =
        system_variable(k, component->system, role, name_print(k->c->names, "%s%s", component->prefix, name), span);
    m->system = component->system;
    m->value_home = m->home = component->scope;
    m->place = PLACE_DRAWN;
    vector_push(k->c->arena, &component->meanings, m);
    return m;
}

Variable *component_hidden(Checker *k, Component *component, const char *name, const Type *type, Span span) {
    Variable *v = system_variable(k, component->system, VARIABLE_STATE,
                                  name_print(k->c->names, "%s%s", component->prefix, name), span);
    v->type = type;
    v->unit.dimension = type->dimension;
    v->initial = expression_number(k->pool, 0, type->dimension, span);
    return v;
}

Component *component_new(Checker *k, int kind, Name name, Name prefix, Meaning *definition, Scope *outer,
                         System *system, Cell *cell, Overrides *overrides, Span span) {
    Component *component = arena_new_of(k->c->arena, Component);
    *component = (Component){.kind = kind,
                             .name = name,
                             .prefix = prefix,
                             .system = system,
                             .cell = cell,
                             .overrides = overrides,
                             .span = span};
    if (!body_of(k, definition, &component->body)) return NULL;
    component->scope = scope_new(
        k, outer, arena_print(k->c->arena, "%s %s", ast_definition_text(kind), component->body.name), system->owner);
    return component;
}

/* ---- declaring ---- */

static void declare_one(Checker *k, Component *component, const Ast *ast, Name name, int position, Meaning *into,
                        VariableRole role) {
    Meaning *m = into;
    if (role == VARIABLE_LET) {
        m->kind = MEANING_LET;
        if (component->kind != DEFINITION_SYNAPSE)
            m->variable = system_variable(k, component->system, VARIABLE_LET,
                                          name_print(k->c->names, "%s%s", component->prefix, name), ast->name_span);
    } else {
        m->kind = MEANING_VARIABLE;
        m->variable = system_variable(k, component->system, role,
                                      name_print(k->c->names, "%s%s", component->prefix, name), ast->name_span);
    }
    if (m->variable) m->variable->doc = ast->doc;
    m->ast = ast;
    m->name = name;
    m->home = m->value_home = component->scope;
    m->system = component->system;
    m->value = ast_kid(ast, 2);
    m->position = position;
    m->place = role == VARIABLE_PARAMETER || role == VARIABLE_STATE ? PLACE_DRAWN : PLACE_EQUATION;
    vector_push(k->c->arena, &component->meanings, m);
    if (role != VARIABLE_LET) use_override(component, m);
}

static void declare_array(Checker *k, Component *component, const Ast *ast, const char *name, int level, Meaning *into,
                          VariableRole role) {
    const Ast *sizes = ast->kids[0];
    const Meaning element = {.span = ast->name_span};
    into->kind = MEANING_ARRAY;
    into->name = name_of(k->c->names, name);
    into->state = MEANING_READY;
    if (!meaning_make_elements(k, into, component->scope, sizes->kids[level], "an array", 100000, name, &element))
        return;
    for (int i = 0; i < into->count; i++) {
        Meaning *m = into->elements[i];
        if (level + 1 < sizes->count)
            declare_array(k, component, ast, m->name, level + 1, m, role);
        else
            declare_one(k, component, ast, m->name, i, m, role);
    }
}

/* `state Na.m`: the part of a name before its last point names what holds the rest. */
static Meaning *bind_declared(Checker *k, Component *component, const Ast *ast) {
    Scope *scope = component->scope;
    const char *at = ast->name;
    for (const char *point; (point = strchr(at, '.')); at = point + 1) {
        Name part = name_of(k->c->names, arena_copy_text(k->c->arena, at, (size_t)(point - at)));
        Meaning *m = scope_find_here(scope, part);
        if (!m || m->kind != MEANING_SCOPE || !m->members) {
            m = scope_bind(k, scope, MEANING_SCOPE, part, ast->name_span);
            m->members = scope_new(k, scope, component->scope->what, component->scope->owner);
            m->state = MEANING_READY;
        }
        scope = m->members;
    }
    return scope_bind(k, scope, MEANING_VARIABLE, name_of(k->c->names, at), ast->name_span);
}

static void declare(Checker *k, Component *component, const Ast *ast, VariableRole role) {
    /* `output x` of a state x only says that others read it */
    if (role == VARIABLE_OUTPUT && !ast_kid(ast, 2)) {
        if (!scope_find_here(component->scope, ast->name))
            scope_unknown(k, component->scope, ast->name, ast->name_span, "state");
        return;
    }
    Meaning *m = bind_declared(k, component, ast);
    if (ast_kid(ast, 0) && ast->kids[0]->count)
        declare_array(k, component, ast, ast->name, 0, m, role);
    else
        declare_one(k, component, ast, ast->name, -1, m, role);
}

static void expand(Checker *k, Component *component, const Ast *ast, Scope *scope, int binder) {
    if (ast->kind != AST_FOR) {
        vector_push(k->c->arena, &component->statements, (Statement){ast, scope});
        return;
    }
    if (binder == ast->count) {
        for (int i = 0; i < ast->kids[0]->count; i++) {
            const Ast *inner = ast->kids[0]->kids[i];
            if (inner->kind != AST_EQUATION && inner->kind != AST_ON && inner->kind != AST_FOR)
                compile_error(k->c, MISPLACED, inner->span, "a loop in a %s holds equations and handlers",
                              ast_definition_text(component->kind));
            else
                expand(k, component, inner, scope, 1);
        }
        return;
    }
    LoopItems items = {0};
    if (!loop_items(k, scope, ast->kids[binder]->kids[0], true, &items)) return;
    for (int i = 0; i < items.list.count; i++)
        expand(k, component, ast, loop_scope(k, scope, ast->kids[binder], items.list.at[i]), binder + 1);
}

static const char *refused(const Ast *ast) {
    switch (ast->kind) {
    case AST_MORPHOLOGY:
    case AST_SECTION: return "morphologies are not supported by this version: cells are points";
    case AST_COMPARTMENTS:
        return ast_kid(ast, 0) ? "compartments along a morphology are not supported by this version" : NULL;
    case AST_SITE: return "sites need a morphology, which is not supported by this version";
    case AST_TRACE: return "traces belong to plasticity, which is not supported by this version";
    case AST_DEFINITION:
        return ast->op == DEFINITION_DENDRITE    ? "dendrites are not supported by this version"
               : ast->op == DEFINITION_MODULATOR ? "modulators are not supported by this version"
                                                 : NULL;
    default: return NULL;
    }
}

/* `x = value` in a body: sets a parameter that is inherited, or defines what the cell needs (E_na, current). */
static void declare_assignment(Checker *k, Component *component, const Ast *ast) {
    if (ast->op != ASSIGN_SET || ast->kids[0]->kind != AST_NAME) {
        if (ast->op == ASSIGN_SET && ast->kids[0]->kind == AST_FIELD && component->kind == DEFINITION_NEURON) return;
        compile_error(k->c, MISPLACED, ast->span, "in a body a name is set with `=`; handlers change values");
        return;
    }
    bool membrane_name = component->cell && component->kind != DEFINITION_SYNAPSE;
    if (!strcmp(ast->name, "current") && component->kind != DEFINITION_NEURON) {
        Meaning *m = scope_bind(k, component->scope, MEANING_LET, ast->name, ast->kids[0]->span);
        m->value = ast->kids[1];
        m->value_home = component->scope;
        m->system = component->system;
        m->place = PLACE_EQUATION;
        if (component->cell && component->kind == DEFINITION_CHANNEL)
            m->variable = system_variable(k, component->system, VARIABLE_LET,
                                          name_print(k->c->names, "%scurrent", component->prefix), ast->span);
        component->current = m;
        return;
    }
    if (!strcmp(ast->name, "q10") && component->kind == DEFINITION_CHANNEL) return; /* read with the gates */
    Meaning *own = scope_find_here(component->scope, ast->name);
    if (own && own->kind == MEANING_VARIABLE && own->variable->role != VARIABLE_OUTPUT) {
        Override *o = component_override(component, ast->name);
        if (!o) {
            own->value = ast->kids[1];
            own->value_home = component->scope;
        }
        return;
    }
    if (own) {
        compile_error(k->c, CANNOT_ASSIGN, ast->span, "%s cannot be set here", ast->name);
        return;
    }
    size_t length = strlen(ast->name);
    bool reversal = (ast->name[0] == 'E' && ast->name[1] == '_') ||
                    (length > 2 && (!strcmp(ast->name + length - 2, "_o") || !strcmp(ast->name + length - 2, "_i")));
    if (membrane_name && component->kind == DEFINITION_NEURON && reversal) {
        Meaning *m = component_variable(k, component, VARIABLE_PARAMETER, ast->name, ast->kids[0]->span);
        m->value = ast->kids[1];
        use_override(component, m);
        return;
    }
    if (membrane_name && component->kind == DEFINITION_POOL) {
        /* a pool defines for its whole compartment: E_ca = nernst(…) */
        Meaning *m = scope_bind(k, component->scope->parent, MEANING_LET, ast->name, ast->kids[0]->span);
        m->value = ast->kids[1];
        m->value_home = component->scope;
        m->system = component->system;
        m->place = PLACE_EQUATION;
        m->variable = system_variable(k, component->system, VARIABLE_LET, ast->name, ast->span);
        return;
    }
    Diagnostic *d = scope_unknown(k, component->scope, ast->name, ast->kids[0]->span, "parameter");
    if (!d->help) compile_help(k->c, d, "what is declared here says so: `param %s = …`, `state %s = …` or `let %s = …`", ast->name,
                               ast->name, ast->name);
}

static void declare_statement(Checker *k, Component *component, const Ast *ast) {
    const char *refusal = refused(ast);
    if (refusal) {
        compile_error(k->c, NOT_SUPPORTED, ast->span, "%s", refusal);
        return;
    }
    switch (ast->kind) {
    case AST_PARAM: declare(k, component, ast, VARIABLE_PARAMETER); break;
    case AST_STATE: declare(k, component, ast, VARIABLE_STATE); break;
    case AST_LET: declare(k, component, ast, VARIABLE_LET); break;
    case AST_INPUT:
        if (component->kind != DEFINITION_NEURON)
            compile_error(k->c, MISPLACED, ast->span, "a %s has no inputs", ast_definition_text(component->kind));
        else
            declare(k, component, ast, VARIABLE_INPUT);
        break;
    case AST_FUNCTION: {
        Meaning *m = scope_bind(k, component->scope, MEANING_FUNCTION, ast->name, ast->name_span);
        m->ast = ast;
        m->state = MEANING_READY;
        break;
    }
    case AST_ION:
        for (int i = 0; i < ast->count; i++)
            if (ast->op == 1)
                vector_push(k->c->arena, &component->uses, ast->kids[i]->name);
            else
                vector_push(k->c->arena, &component->ions, ast->kids[i]->name);
        break;
    default: break;
    }
}

void component_declare(Checker *k, Component *component) {
    VECTOR(const Ast *) *statements = (void *)&component->body.statements;
    for (int i = 0; i < statements->count; i++) declare_statement(k, component, statements->at[i]);
    if (component->kind == DEFINITION_CHANNEL) component_gates(k, component, true);
    for (int i = 0; i < statements->count; i++) {
        const Ast *ast = statements->at[i];
        if (ast->kind == AST_OUTPUT) declare(k, component, ast, VARIABLE_OUTPUT);
        if (ast->kind == AST_ASSIGN) declare_assignment(k, component, ast);
        expand(k, component, ast, component->scope, 1);
    }
}

void component_settle(Checker *k, Component *component) {
    for (int i = 0; i < component->meanings.count; i++) {
        Meaning *m = component->meanings.at[i];
        if (m->kind == MEANING_VARIABLE && m->state == MEANING_WAITING && m->variable->role == VARIABLE_PARAMETER &&
            !m->value && !m->given) {
            Override *o = component_override(component, m->name);
            if (!o || !o->ready) {
                Diagnostic *d = compile_error(k->c, NO_VALUE, component->span, "%s needs a value for %s",
                                              component->body.name, m->name);
                compile_note(k->c, d, m->span, "%s is declared here without one", m->name);
                m->variable->type = m->variable->type ? m->variable->type : type_simple(k->pool, TYPE_ERROR);
                m->state = MEANING_READY;
                continue;
            }
        }
        if (m->state == MEANING_WAITING) meaning_settle(k, m);
        if (m->kind != MEANING_VARIABLE) continue;
        Variable *v = m->variable;
        if (v->role == VARIABLE_STATE && !v->initial && v->type->kind == TYPE_NUMBER)
            v->initial = expression_number(k->pool, 0, v->type->dimension, v->span);
        if (v->role == VARIABLE_PARAMETER && v->instance && v->initial) {
            const Variable **list;
            int count;
            expression_variables(k->pool, v->initial, &list, &count);
            for (int j = 0; j < count; j++)
                if (list[j]->role == VARIABLE_STATE || list[j]->role == VARIABLE_INPUT) {
                    Diagnostic *d = compile_error(k->c, NOT_A_VALUE, v->initial->span,
                                                  "parameter %s cannot follow %s, which changes as the model runs",
                                                  v->name, list[j]->name);
                    compile_note(k->c, d, list[j]->span, "%s is declared here", list[j]->name);
                    compile_help(k->c, d, "`let` names a value that follows others");
                }
        }
    }
}

/* ---- equations ---- */

static void add_equation(Checker *k, Component *component, const Statement *s) {
    const Ast *ast = s->ast;
    Meaning *m = check_ref(k, s->scope, ast->kids[0], true);
    if (!m) return;
    if (m->kind != MEANING_VARIABLE || m->variable->role != VARIABLE_STATE) {
        Diagnostic *d = compile_error(k->c, NO_STATE, ast->kids[0]->span, "%s is no state, so it has no equation",
                                      m->name ? m->name : "this");
        if (m->span.source >= 0) compile_note(k->c, d, m->span, "it stands here");
        if (m->name) compile_help(k->c, d, "declare it: state %s = …", m->name);
        return;
    }
    if (ast->op != 1) {
        Diagnostic *d = compile_error(k->c, NOT_SUPPORTED, ast->span, "only first derivatives can be given");
        compile_help(k->c, d, "make the first derivative a state of its own");
        return;
    }
    Variable *v = m->variable;
    if (!meaning_settle(k, m) || v->type->kind != TYPE_NUMBER) return;
    for (int i = 0; i < component->system->equations.count; i++)
        if (component->system->equations.at[i].state == v) {
            Diagnostic *d = compile_error(k->c, EQUATION_TWICE, ast->span, "%s has two equations", v->name);
            compile_note(k->c, d, component->system->equations.at[i].span, "this is the other one");
            return;
        }
    HilUnit second;
    HilDimension dimension;
    hil_unit_parse("s", 1, &second, NULL);
    if (!hil_dimension_divide(v->type->dimension, second.dimension, &dimension)) return;
    const Expression *coefficient = NULL;
    k->place = PLACE_EQUATION;
    if (ast_kid(ast, 1)) {
        coefficient = check_number(k, s->scope, ast->kids[1]);
        if (is_error(coefficient)) return;
        if (!hil_dimension_multiply(dimension, coefficient->type->dimension, &dimension)) return;
    }
    const char *why = arena_print(k->c->arena, "%s is declared here; its derivative is in %s", v->name,
                                  type_text(k, type_number(k->pool, dimension)));
    if (coefficient)
        why = arena_print(k->c->arena, "%s is declared here; the left side is in %s", v->name,
                          type_text(k, type_number(k->pool, dimension)));
    const Expression *rate = check_expecting(k, s->scope, ast->kids[2], type_number(k->pool, dimension), v->span, why);
    if (is_error(rate)) return;
    if (coefficient) rate = expression_divide(k->pool, rate, coefficient);
    vector_push(k->c->arena, &component->system->equations, (Equation){v, rate, ast->span});
}

void component_equations(Checker *k, Component *component) {
    System *before = k->system;
    k->system = component->system;
    for (int i = 0; i < component->statements.count; i++)
        if (component->statements.at[i].ast->kind == AST_EQUATION)
            add_equation(k, component, &component->statements.at[i]);
    if (component->kind == DEFINITION_CHANNEL) component_gates(k, component, false);
    k->system = before;
    k->place = PLACE_VALUE;
}
