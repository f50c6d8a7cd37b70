/* Networks: populations, modules and connections as data. In: a NETWORK definition and arguments. Out: a Network, built
 * once for each distinct set of arguments. `for` loops are expanded; populations first, then what connects them. */
#include "hillock/host.h"
#include "model/cell.h"
#include <math.h>
#include <string.h>

static const Type *plain(Checker *k) { return type_number(k->pool, HIL_DIMENSIONLESS); }

static const char *prefix_of(const Scope *scope) {
    for (; scope; scope = scope->parent)
        if (scope->prefix) return scope->prefix;
    return "";
}

/* ---- parameters ---- */

static Meaning *declare_parameter(Checker *k, NetworkBuild *build, Scope *scope, const Ast *formal, const Ast *value,
                                  Scope *value_home) {
    Span span = formal->name_span;
    Meaning *thing = value && (value->kind == AST_NAME || value->kind == AST_FIELD || value->kind == AST_INDEX)
                         ? check_ref(k, value_home, value, false)
                         : NULL;
    if (thing && (thing->kind == MEANING_ROW || thing->kind == MEANING_TABLE || thing->kind == MEANING_DEFINITION ||
                  thing->kind == MEANING_FUNCTION || thing->kind == MEANING_PRIMITIVE || thing->kind == MEANING_ARRAY ||
                  thing->kind == MEANING_SYMBOL)) {
        Meaning *m = scope_bind(k, scope, thing->kind, formal->name, span);
        Name bound = m->bound;
        *m = *thing;
        m->bound = bound;
        return m;
    }
    const Ast *list = value && value->kind == AST_SCALED ? value->kids[0] : value;
    bool array = list && list->kind == AST_LIST;
    Meaning *m = scope_bind(k, scope, array ? MEANING_ARRAY : MEANING_VARIABLE, formal->name, span);
    int count = array ? list->count : 1;
    if (array) {
        m->elements = arena_array_of(k->c->arena, Meaning *, count);
        m->count = count;
        m->state = MEANING_READY;
    }
    for (int i = 0; i < count; i++) {
        Meaning *one = m;
        if (array) {
            one = arena_new_of(k->c->arena, Meaning);
            *one = (Meaning){.kind = MEANING_VARIABLE, .span = span};
            m->elements[i] = one;
        }
        Name name = array ? name_print(k->c->names, "%s%s[%d]", prefix_of(scope), formal->name, i)
                          : name_print(k->c->names, "%s%s", prefix_of(scope), formal->name);
        one->name = formal->name;
        one->ast = formal;
        one->home = scope;
        one->value = value;
        one->value_home = value_home;
        one->position = array ? i : -1;
        one->place = PLACE_VALUE;
        one->system = &build->system;
        one->variable = system_variable(k, &build->system, VARIABLE_PARAMETER, name, span);
        one->variable->doc = formal->doc;
    }
    return m;
}

/* ---- statements, with loops expanded ---- */

typedef void Visit(Checker *k, NetworkBuild *build, Scope *scope, const Ast *statement);

static void visit_all(Checker *k, NetworkBuild *build, Scope *scope, const Ast *block, Visit *visit);

static void visit_loop(Checker *k, NetworkBuild *build, Scope *scope, const Ast *loop, int binder, Visit *visit) {
    if (binder == loop->count) {
        visit_all(k, build, scope, loop->kids[0], visit);
        return;
    }
    LoopItems items = {0};
    if (!loop_items(k, scope, loop->kids[binder]->kids[0], true, &items)) return;
    for (int i = 0; i < items.list.count; i++)
        visit_loop(k, build, loop_scope(k, scope, loop->kids[binder], items.list.at[i]), loop, binder + 1, visit);
}

static void visit_if(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast, Visit *visit) {
    const Expression *condition = check_condition(k, scope, ast->kids[0]);
    if (is_error(condition)) return;
    const Expression *constant = expression_constant(k, condition);
    if (!constant || constant->op != EXPRESSION_BOOLEAN) {
        compile_error(k->c, NOT_CONSTANT, ast->kids[0]->span,
                      "this decides what the network holds, so it must be known when compiling");
        return;
    }
    const Ast *chosen = constant->number != 0 ? ast->kids[1] : ast_kid(ast, 2);
    if (chosen && chosen->kind == AST_IF)
        visit_if(k, build, scope, chosen, visit);
    else if (chosen)
        visit_all(k, build, scope, chosen, visit);
}

static void visit_all(Checker *k, NetworkBuild *build, Scope *scope, const Ast *block, Visit *visit) {
    for (int i = 0; block && i < block->count; i++) {
        const Ast *ast = block->kids[i];
        if (ast->kind == AST_FOR)
            visit_loop(k, build, scope, ast, 1, visit);
        else if (ast->kind == AST_IF)
            visit_if(k, build, scope, ast, visit);
        else
            visit(k, build, scope, ast);
    }
}

/* ---- populations ---- */

/* The parts of a composed name, loops' words replaced by what they stand for. */
static Name part_name(Scope *scope, Name written) {
    Meaning *m = scope_find(scope, written);
    return m && m->kind == MEANING_SYMBOL && m->bound == written ? m->name : written;
}

/* Binds `name` (L.t binds t in the scope of names L). */
static Meaning *bind_population(Checker *k, Scope *network, Scope *scope, const Ast *name, Name *full) {
    if (name->kind == AST_NAME) {
        *full = part_name(scope, name->name);
        return scope_bind(k, network, MEANING_SYMBOL, *full, name->span);
    }
    if (name->kind != AST_FIELD || !name->name || name->kids[0]->kind != AST_NAME) {
        compile_error(k->c, NOT_A_VALUE, name->span, "a population's name is a word, or two joined by a point");
        return NULL;
    }
    Name first = part_name(scope, name->kids[0]->name), second = part_name(scope, name->name);
    const Meaning *number = scope_find(scope, name->name);
    if (number && number->kind == MEANING_VALUE) { /* P.i with i in 1..3 */
        Diagnostic *d = compile_error(k->c, NOT_A_VALUE, name->span, "%s is a number here, and names are made of words",
                                      name->name);
        compile_help(k->c, d, "population %s[3][100] makes three populations, %s[0] to %s[2]", first, first, first);
        return NULL;
    }
    Meaning *group = scope_find_here(network, first);
    if (!group) {
        group = scope_bind(k, network, MEANING_SCOPE, first, name->span);
        group->members = scope_new(k, NULL, arena_print(k->c->arena, "%s", first), network->owner);
        group->state = MEANING_READY;
    }
    if (group->kind != MEANING_SCOPE) {
        compile_error(k->c, NAME_TAKEN, name->span, "%s is something else already", first);
        return NULL;
    }
    *full = name_print(k->c->names, "%s.%s", first, second);
    return scope_bind(k, group->members, MEANING_SYMBOL, second, name->span);
}

/* The scope that a network's own names stand in: past the loops. */
static Scope *network_scope(Scope *scope) {
    while (scope->parent && strcmp(scope->what, "this loop") == 0) scope = scope->parent;
    return scope;
}

static const Expression *population_size(Checker *k, Scope *scope, const Ast *ast) {
    k->place = PLACE_VALUE;
    const Expression *size = check_expression(k, scope, ast, plain(k));
    if (is_error(size)) return size;
    if (size->rate > RATE_SCALAR && size->rate != RATE_HOST) {
        compile_error(k->c, NOT_CONSTANT, ast->span, "a population's size is one number");
        return error_expression(k, ast->span);
    }
    size = expression_unary(k->pool, EXPRESSION_ROUND, size);
    const Expression *constant = expression_constant(k, size);
    double count;
    bool known = constant && expression_is_number(constant, &count) && !isnan(count); /* else a run will give it */
    if (known && !(count >= 1 && count <= 4294967295.0)) {
        compile_error(k->c, INDEX_RANGE, ast->span, "a population has 1 to 4294967295 cells, not %g", count);
        return error_expression(k, ast->span);
    }
    return size;
}

static void make_populations(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast, Meaning *into, Name name,
                             int level) {
    const Ast *sizes = ast_kid(ast, 1);
    int levels = sizes ? sizes->count : 0;
    if (level + 1 < levels) {
        const Meaning element = {.kind = MEANING_SYMBOL, .span = into->span};
        if (!meaning_make_elements(k, into, scope, sizes->kids[level], "an array of populations", 10000, name,
                                   &element))
            return;
        into->kind = MEANING_ARRAY;
        into->state = MEANING_READY;
        for (int i = 0; i < into->count; i++)
            make_populations(k, build, scope, ast, into->elements[i], into->elements[i]->name, level + 1);
        return;
    }
    const Expression *size = levels ? population_size(k, scope, sizes->kids[level])
                                    : expression_number(k->pool, 1, HIL_DIMENSIONLESS, ast->span);
    if (is_error(size)) return;
    Name full = name_print(k->c->names, "%s%s", prefix_of(scope), name);
    Cell *cell = cell_build(k, build, into, scope, ast->kids[2], ast_kid(ast, 3), full, size, ast->span);
    if (!cell) into->ast = ast; /* reported; who names it later need not hear of it again */
    if (cell) {
        into->name = name;
        vector_push(k->c->arena, &build->populations, into);
    }
}

static void network_body(Checker *k, NetworkBuild *build, Scope *scope, const Ast *definition);

/* `network column : Microcircuit(scale = 0.1)` inside a network. */
static void make_module(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast) {
    if (ast->op != DEFINITION_NETWORK || !ast_kid(ast, 1)) {
        compile_error(k->c, NOT_SUPPORTED, ast->span,
                      ast->op == DEFINITION_MODULATOR ? "modulators are not supported by this version"
                                                      : "this does not stand in a network");
        return;
    }
    Meaning *definition = definition_named(k, scope, ast->kids[1], DEFINITION_NETWORK);
    if (!definition) return;
    if (k->depth > 20) {
        compile_error(k->c, CIRCULAR, ast->span, "%s holds itself", definition->name);
        return;
    }
    Name name = part_name(scope, ast->name);
    Meaning *m = scope_bind(k, network_scope(scope), MEANING_MODULE, name, ast->name_span);
    Scope *inner = scope_new(k, k->globals, arena_print(k->c->arena, "network %s", definition->name), build->network);
    inner->prefix = arena_print(k->c->arena, "%s%s.", prefix_of(scope), name);
    m->members = inner;
    m->state = MEANING_READY;
    const Ast *formals = ast_kid(definition->ast, 0);
    for (int i = 0; formals && i < formals->count; i++) {
        const Ast *value = ast_kid(formals->kids[i], 1), *postfix = ast->kids[1];
        Scope *home = inner;
        for (int j = 1; postfix->kind == AST_CALL && j < postfix->count; j++)
            if (postfix->kids[j]->kind == AST_ARGUMENT ? postfix->kids[j]->name == formals->kids[i]->name
                                                       : j == i + 1) {
                value = postfix->kids[j]->kind == AST_ARGUMENT ? postfix->kids[j]->kids[0] : postfix->kids[j];
                home = scope;
            }
        declare_parameter(k, build, inner, formals->kids[i], value, home);
    }
    k->depth++;
    network_body(k, build, inner, definition->ast);
    k->depth--;
}

static void visit_names(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast) {
    Scope *own = network_scope(scope);
    Meaning *m;
    switch (ast->kind) {
    case AST_TABLE:
        m = scope_bind(k, own, MEANING_TABLE, ast->name, ast->name_span);
        m->table = table_build(k, scope, ast);
        m->state = MEANING_READY;
        if (!m->table) m->kind = MEANING_SYMBOL;
        break;
    case AST_LET:
        m = scope_bind(k, own, MEANING_LET, ast->name, ast->name_span);
        m->ast = ast;
        m->value = ast_kid(ast, 2);
        m->value_home = m->home = scope;
        m->place = PLACE_VALUE;
        break;
    case AST_FUNCTION:
        m = scope_bind(k, own, MEANING_FUNCTION, ast->name, ast->name_span);
        m->ast = ast;
        m->state = MEANING_READY;
        break;
    case AST_PARAM: declare_parameter(k, build, own, ast, ast_kid(ast, 2), own); break;
    default: break;
    }
}

static void visit_populations(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast) {
    if (ast->kind == AST_DEFINITION) {
        make_module(k, build, scope, ast);
    } else if (ast->kind == AST_POPULATION) {
        Name full;
        Meaning *m = bind_population(k, network_scope(scope), scope, ast->kids[0], &full);
        if (!m) return;
        m->state = MEANING_READY;
        m->name = full;
        make_populations(k, build, scope, ast, m, full, 0);
    }
}

/* `solve all …` in a network holds unless the experiment's runs say otherwise. */
static void network_solve(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast) {
    SolverAsked own = {.span = NO_SPAN};
    Network *network = build->network;
    if (*prefix_of(scope)) {
        compile_error(k->c, MISPLACED, ast->span, "the outermost network says how all of it is solved");
        return;
    }
    if (!solver_asked(k, ast, &own)) return;
    if (!network->solver) network->solver = own.method;
    network->together = network->together || own.together;
    if (build->asked.span.source < 0) network->solver_span = own.span;
}

static void visit_connections(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast) {
    switch (ast->kind) {
    case AST_CONNECT: network_connect(k, build, scope, ast); break;
    case AST_COUPLE: network_couple(k, build, scope, ast); break;
    case AST_DRIVE: network_drive(k, build, scope, ast); break;
    case AST_SOLVE: network_solve(k, build, scope, ast); break;
    case AST_TABLE:
    case AST_LET:
    case AST_FUNCTION:
    case AST_PARAM:
    case AST_POPULATION:
    case AST_DEFINITION:
    case AST_ERROR: break;
    case AST_INPUT:
        compile_error(k->c, NOT_SUPPORTED, ast->span,
                      "inputs of networks belong to training, which is not supported by this version");
        break;
    default: compile_error(k->c, MISPLACED, ast->span, "this does not stand in a network"); break;
    }
}

static void network_body(Checker *k, NetworkBuild *build, Scope *scope, const Ast *definition) {
    const Ast *block = ast_kid(definition, 3);
    Place place = k->place;
    k->place = PLACE_VALUE;
    visit_all(k, build, scope, block, visit_names);
    visit_all(k, build, scope, block, visit_populations);
    visit_all(k, build, scope, block, visit_connections);
    k->place = place;
}

/* ---- instances ---- */

static NetworkBuild *new_build(Checker *k, const Ast *definition, Name name, Name key, const SolverAsked *asked) {
    NetworkBuild *build = arena_new_of(k->c->arena, NetworkBuild);
    Network *network = arena_new_of(k->c->arena, Network);
    *network = (Network){.name = name, .span = definition->name_span, .solver = asked->method,
                         .together = asked->together, .solver_span = asked->span, .definition = definition, .key = key,
                         .number = k->model->networks.count};
    build->network = network;
    build->definition = definition;
    build->key = key;
    build->asked = *asked;
    build->system.owner = network;
    build->scope = scope_new(k, k->globals, arena_print(k->c->arena, "network %s", name), network);
    Variable *dt = system_variable(k, &build->system, VARIABLE_STEP, name_of(k->c->names, "dt"), NO_SPAN);
    hil_unit_parse("ms", 2, &dt->unit, NULL);
    dt->unit_text = name_of(k->c->names, "ms");
    dt->type = type_number(k->pool, dt->unit.dimension);
    vector_push(k->c->arena, &network->variables, dt);
    vector_push(k->c->arena, &k->builds, build);
    vector_push(k->c->arena, &k->model->networks, network);
    return build;
}

static void finish_build(Checker *k, NetworkBuild *build) {
    for (int i = 0; i < build->cells.count; i++) cell_finish(k, build->cells.at[i]);
    for (int i = 0; i < build->scope->list.count; i++) {
        Meaning *m = build->scope->list.at[i];
        for (int j = 0; m->kind == MEANING_ARRAY && j < m->count; j++) meaning_settle(k, m->elements[j]);
        if (m->state == MEANING_WAITING) meaning_settle(k, m);
    }
    Network *n = build->network;
    n->variables.count = 0;
    for (int i = 0; i < build->system.variables.count; i++) {
        Variable *v = build->system.variables.at[i];
        if (!v->type) continue; /* a function-valued parameter */
        v->number = n->variables.count;
        vector_push(k->c->arena, &n->variables, v);
    }
}

/* An argument that only an experiment's run will know. */
static bool is_host_argument(Checker *k, Scope *scope, const Ast *value) {
    Meaning *m = value->kind == AST_NAME || value->kind == AST_FIELD ? check_ref(k, scope, value, false) : NULL;
    if (m && m->kind != MEANING_VALUE && m->kind != MEANING_LET && m->kind != MEANING_VARIABLE) return false;
    if (value->kind == AST_LIST || value->kind == AST_SCALED) return false;
    int errors = k->c->diagnostics.errors;
    const Expression *e = check_in_place(k, PLACE_HOST, scope, value, NULL);
    return errors == k->c->diagnostics.errors && e->rate == RATE_HOST;
}

/* The target with only the arguments that are known now. */
static const Ast *known_arguments(Checker *k, Scope *scope, const Ast *target) {
    if (target->kind != AST_CALL) return target;
    Ast *call = arena_new_of(k->c->arena, Ast);
    *call = *target;
    call->kids = arena_array_of(k->c->arena, Ast *, target->count);
    call->count = 1;
    call->kids[0] = target->kids[0];
    const Ast *previous = NULL;
    for (int i = 1; i < target->count; i++) {
        const Ast *argument = target->kids[i];
        const Ast *value = argument->kind == AST_ARGUMENT ? argument->kids[0] : argument;
        if (is_host_argument(k, scope, value)) continue;
        previous = argument;
        call->kids[call->count++] = (Ast *)argument;
    }
    (void)previous;
    return call;
}

static NetworkBuild *find_build(Checker *k, const Ast *definition, Name key, const SolverAsked *asked) {
    for (int i = 0; i < k->builds.count; i++)
        if (k->builds.at[i]->definition == definition && k->builds.at[i]->key == key &&
            k->builds.at[i]->asked.method == asked->method && k->builds.at[i]->asked.together == asked->together)
            return k->builds.at[i];
    return NULL;
}

/* The number that an argument stands for: a parameter of an experiment may be another each time. */
static const char *value_of_argument(Checker *k, Scope *scope, const Ast *argument) {
    double number;
    const Ast *value = argument->kind == AST_ARGUMENT ? argument->kids[0] : argument;
    Meaning *m = value->kind == AST_NAME || value->kind == AST_FIELD ? check_ref(k, scope, value, false) : NULL;
    if (m && m->kind == MEANING_FUNCTION)
        return arena_print(k->c->arena, " = %s at %d of %d", m->ast->name ? m->ast->name : "", m->ast->span.begin,
                           m->ast->span.source);
    if (m && m->kind == MEANING_PRIMITIVE) return arena_print(k->c->arena, " = primitive %d", m->number);
    if ((m && m->kind != MEANING_VALUE) || value->kind == AST_LIST || value->kind == AST_SCALED) return "";
    const Expression *e = check_in_place(k, PLACE_HOST, scope, value, NULL);
    return expression_is_number(e, &number) ? arena_print(k->c->arena, " = %.17g", number) : "";
}

static Name instance_key(Checker *k, Scope *scope, const Ast *target) {
    if (target->kind != AST_CALL || target->count == 1) return name_of(k->c->names, "");
    const char *text = k->c->sources.list.at[target->span.source].text;
    const char *key = "";
    for (int i = 1; i < target->count; i++) {
        Span s = target->kids[i]->span;
        key = arena_print(k->c->arena, "%s,%.*s%s", key, (int)(s.end - s.begin), text + s.begin,
                          value_of_argument(k, scope, target->kids[i]));
    }
    return name_of(k->c->names, key);
}

static NetworkBuild *neuron_instance(Checker *k, Scope *scope, const Ast *definition, const Ast *target, Name key,
                                     const SolverAsked *asked) {
    NetworkBuild *build = new_build(k, definition, definition->name, key, asked);
    Network *before = k->network;
    k->network = build->network;
    Meaning *m = scope_bind(k, build->scope, MEANING_SYMBOL, definition->name, definition->name_span);
    const Expression *one = expression_number(k->pool, 1, HIL_DIMENSIONLESS, definition->name_span);
    if (cell_build(k, build, m, scope, target, NULL, definition->name, one, definition->name_span))
        vector_push(k->c->arena, &build->populations, m);
    finish_build(k, build);
    k->network = before;
    return build;
}

NetworkBuild *network_instance(Checker *k, Scope *scope, const Ast *target, const SolverAsked *asked) {
    const Ast *callee = postfix_callee(target);
    Meaning *m = check_ref(k, scope, callee, false);
    static const SolverAsked nothing = {.span = {-1, 0, 0}};
    if (!asked) asked = &nothing;
    bool neuron = m && m->kind == MEANING_DEFINITION && m->ast->op == DEFINITION_NEURON;
    if (!neuron) m = definition_named(k, scope, target, DEFINITION_NETWORK);
    if (!m) return NULL;
    const Ast *known = known_arguments(k, scope, target);
    Name key = instance_key(k, scope, known);
    NetworkBuild *build = find_build(k, m->ast, key, asked);
    if (build) return build;
    if (neuron) return neuron_instance(k, scope, m->ast, known, key, asked);
    build = new_build(k, m->ast, m->ast->name, key, asked);
    Network *before = k->network;
    k->network = build->network;
    const Ast *formals = ast_kid(m->ast, 0);
    int given = 0;
    for (int i = 0; formals && i < formals->count; i++) {
        const Ast *formal = formals->kids[i], *value = ast_kid(formal, 1);
        Scope *home = build->scope;
        for (int j = 1; target->kind == AST_CALL && j < target->count; j++) {
            const Ast *argument = target->kids[j];
            bool here = argument->kind == AST_ARGUMENT ? argument->name == formal->name : j == i + 1;
            if (!here) continue;
            given++;
            const Ast *own = argument->kind == AST_ARGUMENT ? argument->kids[0] : argument;
            if (is_host_argument(k, scope, own)) continue;
            value = own;
            home = scope;
        }
        if (!value && !ast_kid(formal, 0)) {
            compile_error(k->c, NO_VALUE, target->span, "%s needs a value for %s", m->ast->name, formal->name);
            continue;
        }
        if (!value && formal->kids[0]->kind == AST_ROW_TYPE) {
            compile_error(k->c, NOT_CONSTANT, target->span,
                          "a row that a network is built with must be written out: table.row");
            continue;
        }
        Meaning *p = declare_parameter(k, build, build->scope, formal, value, home);
        if (!value && p->variable) { /* the run gives it; until then it is no number */
            meaning_settle(k, p);
            if (p->variable->type && p->variable->type->kind == TYPE_NUMBER)
                p->variable->initial = expression_number(k->pool, NAN, p->variable->type->dimension, formal->span);
        }
    }
    if (target->kind == AST_CALL && given < target->count - 1)
        compile_error(k->c, ARGUMENT_COUNT, target->span, "%s takes %d argument%s, not all of these", m->ast->name,
                      formals ? formals->count : 0, formals && formals->count == 1 ? "" : "s");
    network_body(k, build, build->scope, m->ast);
    finish_build(k, build);
    k->network = before;
    return build;
}

/* ---- views ---- */

static const Expression *range_of_view(Checker *k, Scope *scope, const Ast *range) {
    const Type *number = plain(k);
    const Expression *ends[2] = {check_in_place(k, PLACE_HOST, scope, range->kids[0], number),
                                 check_in_place(k, PLACE_HOST, scope, range->kids[1], number)};
    if (is_error(ends[0]) || is_error(ends[1]) || range->op != 0) {
        if (range->op != 0) compile_error(k->c, BAD_VIEW, range->span, "a slice of cells is first..last");
        return NULL;
    }
    return expression_host(k->pool, HIL_HOST_RANGE, 0, NULL, 0, type_list(k->pool, number, -1), range->span, 2, ends);
}

/* Has the population these cells? An error where sizes and numbers are known; else the run sees to it. */
static bool cells_exist(Checker *k, const Meaning *m, const Expression *first, const Expression *last, Span span) {
    double low, high, size;
    if (!expression_is_number(first, &low) || !expression_is_number(last, &high) || high < low) return true;
    if (!expression_is_number(m->population->size, &size) || (low >= 0 && high < size)) return true;
    Diagnostic *d = compile_error(k->c, INDEX_RANGE, span, "%s has cells 0 to %g, this is %g", m->name, size - 1,
                                  low < 0 ? low : high);
    compile_note(k->c, d, m->population->span, "%s stands here", m->name);
    return false;
}

/* Is each name in the condition one of the population's own, or a number that is the same for all cells? */
static bool is_of_cells(Checker *k, const Expression *condition, const Population *population, Span span) {
    const Variable **variables;
    int count;
    if (condition->rate == RATE_HOST) {
        Diagnostic *d = compile_error(k->c, BAD_VIEW, span, "the cells are chosen when the network is built: this hangs on a "
                                                            "value that only the experiment has");
        compile_help(k->c, d, "compare with a parameter of the network or of the neuron, which experiments can set");
        return false;
    }
    expression_variables(k->pool, condition, &variables, &count);
    for (int i = 0; i < count; i++) {
        const Variable *v = variables[i];
        bool scalar = v->role == VARIABLE_STEP || (v->role == VARIABLE_PARAMETER && !v->instance);
        if (scalar || (v->owner == population && v->side == SIDE_SELF)) continue;
        Diagnostic *d = compile_error(k->c, BAD_VIEW, span, "the condition is on cells of %s, but %s is none of their names",
                                      population->name, v->name);
        compile_note(k->c, d, v->span, "%s stands here", v->name);
        return false;
    }
    return true;
}

/* (E where x < 0.5 mm): the same condition on the same population is one selector. */
static Meaning *view_by_condition(Checker *k, Scope *scope, const Ast *view, const Expression **indices) {
    const Expression *slice;
    Meaning *m = check_view(k, scope, view->kids[0], &slice);
    if (!m) return NULL;
    if (slice) {
        Diagnostic *d = compile_error(k->c, BAD_VIEW, view->span, "a condition chooses among all cells of a population");
        compile_help(k->c, d, "say it in the condition: (%s where index < 10 and …)", m->name);
        return NULL;
    }
    Scope *inside = scope_new(k, scope, "this view", NULL);
    inside->also = m->members;
    const Expression *condition =
        check_in_place(k, PLACE_VALUE, inside, view->kids[1], type_simple(k->pool, TYPE_BOOLEAN));
    if (is_error(condition) || !is_of_cells(k, condition, m->population, view->kids[1]->span)) return NULL;
    Network *network = m->population->network;
    int number = 0;
    while (number < network->selectors.count && (network->selectors.at[number].population != m->population ||
                                                 network->selectors.at[number].condition != condition))
        number++;
    if (number == network->selectors.count)
        vector_push(k->c->arena, &network->selectors, (Selector){m->population, condition, view->span, number});
    *indices = expression_host(k->pool, HIL_HOST_SELECTED, number, NULL, 0, type_list(k->pool, plain(k), -1), view->span, 0,
                               NULL);
    return m;
}

/* The numbers that a subscript of cells stands for: first..last, a list, one number; cells of `of`, unless NULL. NULL
 * after an error. */
static const Expression *subscript_of_view(Checker *k, Scope *scope, Meaning *of, const Ast *subscript) {
    if (subscript->kind == AST_RANGE) {
        const Expression *range = range_of_view(k, scope, subscript);
        bool good = range && (!of || cells_exist(k, of, range->kids[0], range->kids[1], subscript->span));
        return good ? range : NULL;
    }
    const Expression *index = check_in_place(k, PLACE_HOST, scope, subscript, NULL);
    if (is_error(index)) return NULL;
    if (index->type->kind == TYPE_LIST) return index;
    index = check_fits(k, index, subscript->span, plain(k), NO_SPAN, NULL);
    if (is_error(index) || (of && !cells_exist(k, of, index, index, subscript->span))) return NULL;
    return expression_host(k->pool, HIL_HOST_LIST, -1, NULL, 0, type_list(k->pool, plain(k), 1), subscript->span, 1,
                           &index);
}

/* (E where x < 0.5 mm)[0..9]: the first ten of those that are chosen. */
static Meaning *view_among_chosen(Checker *k, Scope *scope, const Ast *view, const Expression **indices) {
    const Expression *kids[2];
    Meaning *m = view_by_condition(k, scope, view->kids[0], &kids[0]);
    if (!m) return NULL;
    kids[1] = view->count == 2 && view->kids[1]->kind != AST_ALL ? subscript_of_view(k, scope, NULL, view->kids[1]) : NULL;
    if (view->count == 2 && view->kids[1]->kind == AST_ALL) {
        *indices = kids[0];
        return m;
    }
    if (!kids[1]) return NULL;
    *indices = expression_host(k->pool, HIL_HOST_INDEX, -1, NULL, 0, kids[0]->type, view->span, 2, kids);
    return m;
}

Meaning *check_view(Checker *k, Scope *scope, const Ast *view, const Expression **indices) {
    *indices = NULL;
    if (view->kind == AST_WHERE) return view_by_condition(k, scope, view, indices);
    Meaning *m = check_ref(k, scope, view, false);
    if (m && m->kind == MEANING_POPULATION) return m;
    if (view->kind == AST_INDEX && view->kids[0]->kind == AST_WHERE) return view_among_chosen(k, scope, view, indices);
    if (view->kind == AST_INDEX) {
        Meaning *base = check_ref(k, scope, view->kids[0], false);
        if (base && base->kind == MEANING_POPULATION && view->count == 2) {
            const Ast *subscript = view->kids[1];
            if (subscript->kind == AST_ALL) return base;
            *indices = subscript_of_view(k, scope, base, subscript);
            return *indices ? base : NULL;
        }
    }
    if (m && m->ast && m->ast->kind == AST_POPULATION) return NULL; /* it failed, which was said there */
    if (m) {
        Diagnostic *d = compile_error(k->c, BAD_VIEW, view->span, "a population is expected here, this is none");
        if (m->span.source >= 0) compile_note(k->c, d, m->span, "%s stands here", m->name);
    } else if (view->kind == AST_NAME) {
        scope_unknown(k, scope, view->name, view->span, "population");
    } else {
        compile_error(k->c, BAD_VIEW, view->span, "there is no such population");
    }
    return NULL;
}
