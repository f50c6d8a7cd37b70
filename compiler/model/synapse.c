/* Synapses: one kind on one connection. In: a synapse's definition and arguments. Out: states shared by all synapses of
 * the kind onto a cell where that cannot be told apart from one state each, and a state per synapse otherwise.
 *
 * Shared when: the states' equations are linear and homogeneous in them with scalar coefficients; they start at zero; an
 * arrival only adds to them; the current is linear and homogeneous in them and has no part that differs by synapse.
 * Then the sum over synapses obeys the same equations, so one state per cell holds it. */
#include "model/synapse.h"
#include <string.h>

/* ---- references to the other side ---- */

Variable *projection_reference(Checker *k, Projection *projection, VariableSide side, const Variable *original) {
    for (int i = 0; i < projection->variables.count; i++) {
        Variable *v = projection->variables.at[i];
        if (v->side == side && v->original == original) return v;
    }
    Variable *v = arena_new_of(k->c->arena, Variable);
    *v = *original;
    v->side = side;
    v->original = original;
    v->owner = projection;
    v->number = projection->variables.count;
    v->initial = v->value = NULL;
    v->has_bound = false;
    ((Variable *)original)->observed = true;
    vector_push(k->c->arena, &projection->variables, v);
    return v;
}

static bool is_scalar(const Variable *v) {
    return (v->role == VARIABLE_PARAMETER && !v->instance) || v->role == VARIABLE_STEP ||
           v->role == VARIABLE_EXPERIMENT;
}

const Expression *projection_view(Checker *k, Projection *projection, VariableSide side, const Expression *e) {
    const Variable **variables;
    int count;
    expression_variables(k->pool, e, &variables, &count);
    Substitution *list = arena_array_of(k->c->arena, Substitution, count + 1);
    int used = 0;
    for (int i = 0; i < count; i++) {
        const Variable *v = variables[i];
        if (is_scalar(v) || v->side != SIDE_SELF || v->owner == projection) continue;
        list[used++] =
            (Substitution){v, expression_variable(k->pool, projection_reference(k, projection, side, v), e->span)};
    }
    return expression_substitute(k->pool, e, list, used);
}

const Expression *population_view(Checker *k, const Expression *e, VariableSide side) {
    const Variable **variables;
    int count;
    expression_variables(k->pool, e, &variables, &count);
    Substitution *list = arena_array_of(k->c->arena, Substitution, count + 1);
    int used = 0;
    for (int i = 0; i < count; i++)
        if (variables[i]->original && (side == SIDE_SELF || variables[i]->side == side))
            list[used++] = (Substitution){variables[i], expression_variable(k->pool, variables[i]->original, e->span)};
    return expression_substitute(k->pool, e, list, used);
}

/* Where the synapse sits: the compartment that the connection says, else the cell. */
static int target_region(const Connection *c) {
    int region = c->port ? cell_region(c->target->cell, c->port) : 0;
    return region;
}

static Scope *target_place(const Connection *c) {
    return c->port && target_region(c) >= 0 ? c->port->members : c->target->members;
}

/* ---- what a synapse sees ---- */

static Meaning *bind_side(Checker *k, Connection *c, const char *name, VariableSide side, Meaning *population) {
    Meaning *m = scope_bind(k, c->scope, MEANING_SCOPE, name_of(k->c->names, name), c->span);
    m->members = population->members;
    m->side = side;
    m->projection = c->projection;
    m->state = MEANING_READY;
    return m;
}

static const Expression *position(Checker *k, Connection *c, Meaning *population, VariableSide side, const char *axis,
                                  Span span) {
    Cell *cell = population->cell;
    Name plain = name_of(k->c->names, axis), other = name_print(k->c->names, "position.%s", axis);
    for (int i = 0; i < cell->system.variables.count; i++) {
        Variable *v = cell->system.variables.at[i];
        if (v->role == VARIABLE_POSITION && (v->name == plain || v->name == other))
            return expression_variable(k->pool, projection_reference(k, c->projection, side, v), span);
    }
    Diagnostic *d =
        compile_error(k->c, NO_VALUE, span, "distance needs positions, and population %s has none", population->name);
    compile_note(k->c, d, population->span, "%s stands here", population->name);
    compile_help(k->c, d, "give it a layout in its block: grid 10, 50 um");
    return NULL;
}

static const Expression *settle_distance(Checker *k, Meaning *m) {
    Connection *c = m->settle_data;
    static const char *const axes[] = {"x", "y", "z"};
    const Expression *sum = NULL;
    for (int i = 0; i < 3; i++) {
        const Expression *a = position(k, c, c->source, SIDE_PRE, axes[i], m->span);
        const Expression *b = a ? position(k, c, c->target, SIDE_POST, axes[i], m->span) : NULL;
        if (!b) return error_expression(k, m->span);
        const Expression *d = expression_subtract(k->pool, b, a);
        const Expression *square = expression_multiply(k->pool, d, d);
        sum = sum ? expression_add(k->pool, sum, square) : square;
    }
    return expression_unary(k->pool, EXPRESSION_SQRT, sum);
}

void connection_bind_sides(Checker *k, Connection *c) {
    if (c->source) bind_side(k, c, "pre", SIDE_PRE, c->source);
    bind_side(k, c, "post", SIDE_POST, c->target);
    Meaning *v = scope_find_here(target_place(c), name_of(k->c->names, "V"));
    if (v && v->kind == MEANING_VARIABLE && v->variable->role == VARIABLE_STATE && meaning_settle(k, v) &&
        v->variable->type->kind == TYPE_NUMBER)
        scope_bind_value(
            k, c->scope, v->bound, v->span,
            expression_variable(k->pool, projection_reference(k, c->projection, SIDE_POST, v->variable), v->span));
    if (c->source) {
        Meaning *distance = scope_bind(k, c->scope, MEANING_LET, name_of(k->c->names, "distance"), c->span);
        distance->settle = settle_distance;
        distance->settle_data = c;
    }
    c->release = scope_bind_value(k, c->scope, name_of(k->c->names, "release"), c->span,
                                  expression_number(k->pool, 1, HIL_DIMENSIONLESS, c->span));
    c->release->number = -1; /* a handler may follow it through: handlers.c */
}

void connection_add_synapse(Checker *k, Connection *c, Scope *scope, const Ast *postfix) {
    Meaning *m = check_ref(k, scope, postfix_callee(postfix), false);
    if (m && m->kind == MEANING_DEFINITION && m->ast->op == DEFINITION_PLASTICITY) return; /* refused where it stands */
    Meaning *definition = definition_named(k, scope, postfix, DEFINITION_SYNAPSE);
    if (!definition) return;
    Overrides *overrides = arena_new_of(k->c->arena, Overrides);
    overrides_of_call(k, scope, postfix, overrides);
    Name name = definition->ast->name;
    Name prefix = name_of(k->c->names, c->synapses.count ? arena_print(k->c->arena, "%s.", name) : "");
    /* a synapse sees its site and the file, not the names of the network it happens to be used in */
    Scope *site = scope_new(k, k->globals, c->scope->what, c->scope->owner);
    site->also = c->scope;
    Component *component = component_new(k, DEFINITION_SYNAPSE, name, prefix, definition, site, &c->system, NULL,
                                         overrides, postfix->span);
    if (!component) return;
    System *before = k->system;
    Place place = k->place;
    k->system = &c->system;
    vector_push(k->c->arena, &c->synapses, component);
    component_declare(k, component);
    component_settle(k, component);
    component_equations(k, component);
    component_handlers(k, component);
    for (int i = 0; i < component->statements.count; i++) {
        const Statement *s = &component->statements.at[i];
        if (s->ast->kind != AST_ON || !s->ast->name) continue;
        if (!strcmp(s->ast->name, "pre")) {
            c->has_handler = true;
            handler_actions(k, component, s->scope, s->ast->kids[2], NULL, &c->on_pre);
        } else if (!strcmp(s->ast->name, "post")) {
            compile_error(k->c, NOT_SUPPORTED, s->ast->span,
                          "`on post` belongs to plasticity, which is not supported by this version");
        }
    }
    overrides_unused(k, component, component->body.name);
    k->system = before;
    k->place = place;
}

/* ---- inputs of the target ---- */

Variable *connection_input(Checker *k, Connection *c, const Type *type, Span span, const char *what) {
    Cell *cell = c->target->cell;
    if (c->port) {
        Variable *v = c->port->variable;
        if (c->port->kind == MEANING_VARIABLE && v->role == VARIABLE_INPUT && v->type == type) return v;
        Diagnostic *d =
            compile_error(k->c, NO_INPUT, span, "%s (%s) cannot go to %s", what, type_text(k, type), c->port->name);
        compile_note(k->c, d, c->port->span, "%s is %s", c->port->name,
                     v && v->type ? arena_print(k->c->arena, "in %s", type_text(k, v->type)) : "no input");
        return NULL;
    }
    Variable *found = NULL;
    int count = 0;
    for (int i = 0; i < cell->system.variables.count; i++) {
        Variable *v = cell->system.variables.at[i];
        if (v->role != VARIABLE_INPUT || v->type != type || strchr(v->name, '.')) continue;
        count++;
        if (!found || !strcmp(v->name, "I")) found = v;
    }
    if (count == 1 || (found && !strcmp(found->name, "I"))) return found;
    Diagnostic *d =
        compile_error(k->c, NO_INPUT, span,
                      count ? "%s (%s) could go to several inputs of %s" : "%s (%s) has no input to go to in %s", what,
                      type_text(k, type), c->target->name);
    compile_note(k->c, d, c->target->span, "%s stands here", c->target->name);
    compile_help(k->c, d, count ? "say which: -> %s.%s" : "declare one in the neuron: input I : nA (for %s)",
                 count ? c->target->name : "it", count && found ? found->name : "I");
    return NULL;
}

/* A hidden input of the target, of its own for this connection. */
static Variable *hidden_input(Checker *k, Connection *c, const char *name, const char *part, const Type *type,
                              Span span) {
    Variable *v = system_variable(k, &c->target->cell->system, VARIABLE_INPUT,
                                  name_print(k->c->names, "%s.%s%s", c->projection->name, name, part), span);
    v->type = type;
    v->unit.dimension = type->dimension;
    v->written = true;
    return v;
}

/* Adds a current or value, in the cell's own terms, to the membrane or to an input. */
static void add_to_target(Checker *k, Connection *c, const Expression *value, bool outward, Span span,
                          const char *name) {
    Cell *cell = c->target->cell;
    if (outward && cell->membrane && target_region(c) >= 0) {
        vector_push(k->c->arena, &cell->currents,
                    (CellCurrent){value, span, name_of(k->c->names, name), target_region(c)});
        return;
    }
    Variable *input = connection_input(k, c, value->type, span, outward ? "a current" : "a value");
    if (!input) return;
    vector_push(k->c->arena, &cell->terms, (InputTerm){input, outward ? expression_negate(k->pool, value) : value});
}

static void contribute(Checker *k, Connection *c, Variable *into, const Expression *value, Span span) {
    vector_push(k->c->arena, &c->projection->contributions,
                (Contribution){projection_reference(k, c->projection, c->toward, into), value, span});
}

void connection_contribute(Checker *k, Connection *c, const Expression *value, bool outward, Span span,
                           const char *name) {
    Cell *cell = c->target->cell;
    const Expression *slope = NULL, *rest = NULL;
    Meaning *v = scope_find_here(target_place(c), name_of(k->c->names, "V"));
    Variable *post = NULL;
    if (v && v->kind == MEANING_VARIABLE && v->variable->role == VARIABLE_STATE && outward)
        post = projection_reference(k, c->projection, c->toward, v->variable);
    bool live = post && expression_mentions(value, post);
    if (live && expression_affine(k->pool, value, post, &slope, &rest)) {
        /* summed as g and g*E, so that the target's solver sees its own V in it */
        Variable *g = hidden_input(k, c, name, ".slope", slope->type, span);
        Variable *r = hidden_input(k, c, name, ".rest", rest->type, span);
        contribute(k, c, g, slope, span);
        contribute(k, c, r, rest, span);
        const Expression *total = expression_add(k->pool,
                                                 expression_multiply(k->pool, expression_variable(k->pool, g, span),
                                                                     expression_variable(k->pool, v->variable, span)),
                                                 expression_variable(k->pool, r, span));
        add_to_target(k, c, total, outward, span, name);
        return;
    }
    if (!outward || !cell->membrane || target_region(c) < 0) {
        Variable *input = connection_input(k, c, value->type, span, outward ? "a current" : "a value");
        if (!input) return;
        input->written = true;
        contribute(k, c, input, outward ? expression_negate(k->pool, value) : value, span);
        return;
    }
    Variable *into = hidden_input(k, c, name, "", value->type, span);
    contribute(k, c, into, value, span);
    add_to_target(k, c, expression_variable(k->pool, into, span), outward, span, name);
}

/* ---- sharing ---- */

typedef struct OwnStates {
    VECTOR(Variable *) list;
} OwnStates;

static bool mentions_own(const Expression *e, const OwnStates *own) {
    for (int i = 0; i < own->list.count; i++)
        if (expression_mentions(e, own->list.at[i])) return true;
    return false;
}

/* Is e linear and homogeneous in the states? scalar_only: with coefficients that are scalars. */
static bool linear(Checker *k, const Expression *e, const OwnStates *own, bool scalar_only) {
    Substitution *zero = arena_array_of(k->c->arena, Substitution, own->list.count + 1);
    for (int i = 0; i < own->list.count; i++) {
        Variable *s = own->list.at[i];
        const Expression *slope = expression_differentiate(k->pool, e, s);
        if (!slope || mentions_own(slope, own) || (scalar_only && slope->rate > RATE_SCALAR)) return false;
        zero[i] = (Substitution){s, expression_number(k->pool, 0, s->type->dimension, s->span)};
    }
    double rest;
    const Expression *at_zero = expression_substitute(k->pool, e, zero, own->list.count);
    return expression_is_number(at_zero, &rest) && rest == 0;
}

/* Does e hold anything that differs by synapse, or of the source? */
static bool differs_by_synapse(Checker *k, const Expression *e, const Connection *c, const OwnStates *own) {
    const Variable **variables;
    int count;
    expression_variables(k->pool, e, &variables, &count);
    for (int i = 0; i < count; i++) {
        const Variable *v = variables[i];
        bool is_own = false;
        for (int j = 0; j < own->list.count; j++) is_own = is_own || own->list.at[j] == v;
        if (is_own || is_scalar(v) || v->side == SIDE_POST) continue;
        (void)c;
        return true;
    }
    return expression_mentions_op(e, EXPRESSION_PRE_INDEX) || expression_mentions_op(e, EXPRESSION_POST_INDEX) ||
           expression_mentions_op(e, EXPRESSION_INDEX);
}

static bool belongs(const Component *component, const Variable *v) {
    for (int i = 0; i < component->meanings.count; i++)
        if (component->meanings.at[i]->variable == v) return true;
    return false;
}

/* NULL when it can be shared, else why not. */
static const char *not_shareable(Checker *k, Connection *c, const Component *component, const OwnStates *own) {
    const System *s = &c->system;
    for (int i = 0; i < component->meanings.count; i++) {
        const Variable *v = component->meanings.at[i]->variable;
        double start;
        if (!v) continue;
        if (v->role == VARIABLE_PARAMETER && v->instance)
            return arena_print(k->c->arena, "its parameter %s differs by connection", v->name);
        if (v->role == VARIABLE_STATE && (!v->initial || !expression_is_number(v->initial, &start) || start != 0))
            return arena_print(k->c->arena, "its state %s does not start at zero", v->name);
        if (v->role == VARIABLE_STATE && v->has_bound)
            return arena_print(k->c->arena, "its state %s has a bound", v->name);
    }
    for (int i = 0; i < s->equations.count; i++)
        if (belongs(component, s->equations.at[i].state) &&
            (!linear(k, s->equations.at[i].rate, own, true) || differs_by_synapse(k, s->equations.at[i].rate, c, own)))
            return arena_print(k->c->arena, "the equation of %s is not linear with scalar coefficients",
                               s->equations.at[i].state->name);
    for (int i = 0; i < c->on_pre.list.count; i++) {
        const Action *a = &c->on_pre.list.at[i];
        if (a->kind == ACTION_TRIGGER) return "an arrival sets off something later";
        if ((a->guard && mentions_own(a->guard, own)) ||
            (!belongs(component, a->variable) && mentions_own(a->value, own)))
            return "an arrival reads its states";
        if (!belongs(component, a->variable)) continue;
        const Expression *slope, *rest;
        double one;
        if (!expression_affine(k->pool, a->value, a->variable, &slope, &rest) || !expression_is_number(slope, &one) ||
            one != 1 || mentions_own(rest, own))
            return arena_print(k->c->arena, "an arrival does more than add to %s", a->variable->name);
    }
    if (component->current) {
        const Expression *current = meaning_expression(k, component->current, component->span);
        if (is_error(current)) return "its current has errors";
        if (!linear(k, current, own, false)) return "its current is not linear in its states";
        if (differs_by_synapse(k, current, c, own)) return "its current has a part that differs by synapse";
    }
    return NULL;
}

static Name sharing_key(Checker *k, const Connection *c, const Component *component) {
    const char *key = arena_print(k->c->arena, "%s|%s", component->body.name, c->label ? c->label : "");
    if (c->port) key = arena_print(k->c->arena, "%s|%s", key, c->port->name);
    for (int i = 0; i < component->meanings.count; i++) {
        const Variable *v = component->meanings.at[i]->variable;
        if (v && v->role == VARIABLE_PARAMETER && v->initial)
            key = arena_print(k->c->arena, "%s|%d", key, v->initial->id);
    }
    return name_of(k->c->names, key);
}

/* Rewrites the arrivals of this component by `list`: its own variables become the target's. */
static void rewrite_actions(Checker *k, Connection *c, const Component *component, const Substitution *list, int count,
                            Variable *const *from, Variable *const *to, int pairs) {
    for (int i = 0; i < c->on_pre.list.count; i++) {
        Action *a = &c->on_pre.list.at[i];
        a->value = expression_substitute(k->pool, a->value, list, count);
        if (a->guard) a->guard = expression_substitute(k->pool, a->guard, list, count);
        for (int j = 0; j < pairs && belongs(component, a->variable); j++)
            if (from[j] == a->variable) {
                a->variable = to[j];
                ((Variable *)to[j]->original)->written = true;
                break;
            }
    }
}

static void drop_variable(System *system, const Variable *v) {
    int kept = 0;
    for (int i = 0; i < system->variables.count; i++)
        if (system->variables.at[i] != v) system->variables.at[kept++] = system->variables.at[i];
    system->variables.count = kept;
}

static void share(Checker *k, Connection *c, Component *component) {
    Cell *cell = c->target->cell;
    Name key = sharing_key(k, c, component);
    SharedSynapse *shared = NULL;
    for (int i = 0; i < cell->shared.count; i++)
        if (cell->shared.at[i].key == key) shared = &cell->shared.at[i];
    bool fresh = !shared;
    if (fresh) {
        Name name = component->name;
        Scope *place = target_place(c);
        if (scope_find_here(place, name) && c->label) name = name_of(k->c->names, c->label);
        for (int n = 2; scope_find_here(place, name); n++) name = name_print(k->c->names, "%s%d", component->name, n);
        Meaning *member = scope_bind(k, place, MEANING_SCOPE, name, component->span);
        if (place != cell->scope) name = name_print(k->c->names, "%s.%s", c->port->name, name);
        member->members = component->scope;
        member->state = MEANING_READY;
        if (c->label && !scope_find_here(cell->scope, name_of(k->c->names, c->label))) { /* E.EE.g, whatever the kind is called */
            Meaning *labelled = scope_bind(k, cell->scope, MEANING_SCOPE, name_of(k->c->names, c->label), component->span);
            labelled->members = component->scope;
            labelled->state = MEANING_READY;
        }
        vector_push(k->c->arena, &cell->shared, (SharedSynapse){.key = key, .prefix = name});
        shared = &vector_last(&cell->shared);
    }
    VECTOR(Substitution) list = {0};
    VECTOR(Variable *) from = {0}, to = {0};
    int at = 0;
    for (int i = 0; i < component->meanings.count; i++) {
        Variable *v = component->meanings.at[i]->variable;
        if (!v || (v->role != VARIABLE_PARAMETER && v->role != VARIABLE_STATE)) continue;
        drop_variable(&c->system, v);
        if (fresh) {
            v->name = name_print(k->c->names, "%s.%s", shared->prefix, component->meanings.at[i]->name);
            v->owner = cell->population;
            v->number = cell->system.variables.count;
            vector_push(k->c->arena, &cell->system.variables, v);
            vector_push(k->c->arena, &shared->variables, v);
        }
        Variable *original = shared->variables.at[at++];
        if (is_scalar(original)) {
            if (!fresh)
                vector_push(k->c->arena, &list, (Substitution){v, expression_variable(k->pool, original, v->span)});
            continue;
        }
        Variable *reference = projection_reference(k, c->projection, SIDE_POST, original);
        vector_push(k->c->arena, &list, (Substitution){v, expression_variable(k->pool, reference, v->span)});
        vector_push(k->c->arena, &from, v);
        vector_push(k->c->arena, &to, reference);
    }
    rewrite_actions(k, c, component, list.at, list.count, from.at, to.at, from.count);
    int kept = 0;
    for (int i = 0; i < c->system.equations.count; i++) {
        Equation e = c->system.equations.at[i];
        if (!belongs(component, e.state)) {
            c->system.equations.at[kept++] = e;
        } else if (fresh) {
            e.rate = population_view(k, e.rate, SIDE_POST);
            vector_push(k->c->arena, &cell->system.equations, e);
        }
    }
    c->system.equations.count = kept;
    if (fresh && component->current) {
        const Expression *current = meaning_expression(k, component->current, component->span);
        add_to_target(k, c, population_view(k, current, SIDE_POST), true, component->current->span, shared->prefix);
    }
    c->projection->sharing = arena_print(
        k->c->arena, "%s is linear: one %s per cell of %s for all %s", component->name, shared->prefix,
        cell->population->name, c->label ? "synapses of this connection" : "unnamed connections with equal parameters");
}

void connection_finish(Checker *k, Connection *c) {
    for (int i = 0; i < c->synapses.count; i++) {
        Component *component = c->synapses.at[i];
        OwnStates own = {0};
        bool broken = false;
        for (int j = 0; j < component->meanings.count; j++) {
            Variable *v = component->meanings.at[j]->variable;
            broken = broken || (v && (!v->type || v->type->kind == TYPE_ERROR));
            if (v && v->role == VARIABLE_STATE && v->type) vector_push(k->c->arena, &own.list, v);
        }
        if (broken) continue;
        const char *reason = own.list.count ? not_shareable(k, c, component, &own) : NULL;
        bool nothing = !own.list.count && !component->current && !c->drive;
        if (c->drive && reason) {
            Diagnostic *d = compile_error(k->c, NOT_SUPPORTED, component->span,
                                          "a drive can only act through a synapse that cells can share");
            compile_note(k->c, d, component->body.definition->name_span, "%s cannot be shared: %s", component->name,
                         reason);
            continue;
        }
        if (!reason && (own.list.count || c->drive)) {
            share(k, c, component);
            continue;
        }
        if (nothing) {
            c->projection->sharing = "no states: an arrival acts on the target at once";
            continue;
        }
        c->projection->sharing = arena_print(k->c->arena, "one %s per synapse: %s", component->name,
                                             reason ? reason : "it has no states to share");
        if (component->current) {
            const Expression *current = meaning_expression(k, component->current, component->span);
            if (!is_error(current))
                connection_contribute(k, c, current, true, component->current->span, component->name);
        }
    }
}
