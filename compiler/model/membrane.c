/* Membranes of point cells. In: a membrane block, channels, pools, synaptic currents. Out: the state V with
 * C*V' = input - sum of currents, all of them outward. Densities (A/m^2) and point currents (A) meet through the area.
 * Ions: E_na must be given by the cell, a channel or a pool; i_ca is the sum of that ion's channel currents, per area
 * where C is per area. */
#include "model/cell.h"
#include <string.h>

static const Type *type_of_unit(Checker *k, const char *text) {
    HilUnit unit;
    hil_unit_parse(text, strlen(text), &unit, NULL);
    return type_number(k->pool, unit.dimension);
}

/* What the membrane blocks say of a name: those of a neuron that extends another add to its own, the last word holds. */
static const Ast *membrane_setting(const Cell *cell, const char *name) {
    const Ast *found = NULL;
    for (int i = 0; i < cell->self->body.statements.count; i++) {
        const Ast *membrane = cell->self->body.statements.at[i];
        const Ast *block = membrane->kind == AST_MEMBRANE ? membrane->kids[1] : NULL;
        for (int j = 0; block && j < block->count; j++)
            if (block->kids[j]->kind == AST_ASSIGN && block->kids[j]->name && !strcmp(block->kids[j]->name, name))
                found = block->kids[j];
    }
    return found;
}

static Meaning *declare_setting(Checker *k, Cell *cell, const Ast *assign) {
    Meaning *m = component_variable(k, cell->self, VARIABLE_PARAMETER, assign->name, assign->kids[0]->span);
    Override *o = component_override(cell->self, assign->name);
    m->value = assign->kids[1];
    if (o) {
        o->used = true;
        m->given = o->ready;
        m->given_span = o->span;
        if (o->value) {
            m->value = o->value;
            m->value_home = o->home;
        }
    }
    return m;
}

/* ---- compartments ---- */

int cell_region(const Cell *cell, const Meaning *m) {
    for (int i = 0; i < cell->regions.count; i++)
        if (m->kind == MEANING_SCOPE && cell->regions.at[i].name && m->members == cell->regions.at[i].scope) return i;
    return -1;
}

/* A variable of one compartment: `soma.V`. */
static Meaning *region_variable(Checker *k, Cell *cell, const Region *region, VariableRole role, const char *word,
                                const char *unit, Span span) {
    Name name = region->name ? name_print(k->c->names, "%s.%s", region->name, word) : name_of(k->c->names, word);
    Meaning *m = scope_bind(k, region->scope, MEANING_VARIABLE, name_of(k->c->names, word), span);
    Variable *v = m->variable = system_variable(k, &cell->system, role, name, span);
    m->name = name;
    m->system = &cell->system;
    m->home = m->value_home = cell->scope;
    m->place = PLACE_DRAWN;
    hil_unit_parse(unit, strlen(unit), &v->unit, NULL);
    v->unit_text = name_of(k->c->names, unit);
    v->type = type_number(k->pool, v->unit.dimension);
    Override *o = role == VARIABLE_STATE ? component_override(cell->self, name) : NULL;
    if (o) {
        o->used = true;
        m->given = o->ready;
        m->given_span = o->span;
        m->value = o->value;
        m->value_home = o->home ? o->home : cell->scope;
    }
    vector_push(k->c->arena, &cell->self->meanings, m);
    return m;
}

static void declare_region(Checker *k, Cell *cell, Region region, Span span) {
    region.voltage = scope_find_here(region.scope, name_of(k->c->names, "V"));
    if (!region.voltage) {
        region.voltage = region_variable(k, cell, &region, VARIABLE_STATE, "V", "mV", span);
        if (!region.voltage->value && !region.voltage->given)
            region.voltage->variable->initial =
                expression_number(k->pool, -0.065, region.voltage->variable->type->dimension, span);
    }
    vector_push(k->c->arena, &cell->regions, region);
}

/* `compartments { soma(share = p), dend(share = 1 - p); soma -- dend : g_c }`, or the one of a point. */
static void declare_regions(Checker *k, Cell *cell) {
    for (int i = 0; i < cell->self->body.statements.count; i++)
        if (cell->self->body.statements.at[i]->kind == AST_COMPARTMENTS)
            cell->compartments = cell->self->body.statements.at[i];
    for (int i = 1; cell->compartments && i < cell->compartments->count; i++) {
        const Ast *ast = cell->compartments->kids[i], *callee = postfix_callee(ast);
        if (ast->kind == AST_LINK) continue;
        if (callee->kind != AST_NAME) {
            compile_error(k->c, NOT_A_VALUE, ast->span, "a compartment is a name: soma(share = 0.5)");
            continue;
        }
        Region region = {.name = callee->name, .ast = ast};
        Meaning *m = scope_bind(k, cell->scope, MEANING_SCOPE, callee->name, callee->span);
        region.scope =
            scope_new(k, cell->scope, arena_print(k->c->arena, "compartment %s", callee->name), cell->population);
        m->members = region.scope;
        m->state = MEANING_READY;
        declare_region(k, cell, region, ast->span);
    }
    if (!cell->regions.count) {
        declare_region(k, cell, (Region){.scope = cell->scope}, cell->membrane_span);
        return;
    }
    /* the first compartment's V stands for the cell's where none is said */
    if (!scope_find_here(cell->scope, name_of(k->c->names, "V")))
        vector_push(k->c->arena, &cell->scope->list, cell->regions.at[0].voltage);
}

static void settle_shares(Checker *k, Cell *cell) {
    for (int i = 0; i < cell->regions.count; i++) {
        Region *region = &cell->regions.at[i];
        for (int j = 1; region->ast && region->ast->kind == AST_CALL && j < region->ast->count; j++) {
            const Ast *argument = region->ast->kids[j];
            if (argument->kind != AST_ARGUMENT || strcmp(argument->name, "share") != 0) {
                compile_error(k->c, UNKNOWN_ARGUMENT, argument->span,
                              "a compartment has a share of the cell's area: share = 0.5");
                continue;
            }
            const Expression *share =
                check_in_place(k, PLACE_VALUE, cell->scope, argument->kids[0], type_number(k->pool, HIL_DIMENSIONLESS));
            if (!is_error(share)) region->share = share;
        }
    }
    if (!cell->compartments || cell->density || !cell->capacitance) return;
    compile_error(k->c, NOT_SUPPORTED, cell->capacitance->span, "cells with compartments give C per area: uF/cm^2");
}

static void check_membrane(Checker *k, const Ast *membrane) {
    if (ast_kid(membrane, 0))
        compile_error(k->c, NOT_SUPPORTED, membrane->span,
                      "regions need a morphology, which is not supported by this version");
    const Ast *block = membrane->kids[1];
    for (int i = 0; i < block->count; i++) {
        const Ast *ast = block->kids[i];
        const char *name = ast->kind == AST_ASSIGN && ast->name ? ast->name : "";
        bool known = !strcmp(name, "C") || !strcmp(name, "area") || !strcmp(name, "temperature") || !strcmp(name, "Ra");
        if (!known && ast->kind != AST_ERROR) /* Ra is along a cable; a point has none */
            compile_error(k->c, MISPLACED, ast->span, "a membrane has C, area, temperature and Ra");
    }
}

void membrane_declare(Checker *k, Cell *cell) {
    for (int i = 0; i < cell->self->body.statements.count; i++) {
        const Ast *ast = cell->self->body.statements.at[i];
        if (ast->kind != AST_MEMBRANE) continue;
        if (!cell->membrane) cell->membrane_span = ast->span;
        cell->membrane = true;
        check_membrane(k, ast);
    }
    if (!cell->membrane) return;
    const struct { const char *name; Meaning **meaning; } settings[] = {
        {"C", &cell->capacitance}, {"area", &cell->area}, {"temperature", &cell->temperature}};
    for (int i = 0; i < 3; i++) {
        const Ast *ast = membrane_setting(cell, settings[i].name);
        if (ast) *settings[i].meaning = declare_setting(k, cell, ast);
    }
    declare_regions(k, cell);
}

/* ---- currents ---- */

/* A current per area if C is per area, whole otherwise. NULL after an error. */
static const Expression *in_membrane_units(Checker *k, Cell *cell, int region, const Expression *current, Span span,
                                           const char *from) {
    const Type *point = type_of_unit(k, "A"), *density = type_of_unit(k, "A/m^2");
    if (is_error(current)) return NULL;
    if (current->type != point && current->type != density) {
        Diagnostic *d = compile_error(k->c, UNIT_MISMATCH, span, "the current of %s is in %s, not in A or A/m^2", from,
                                      type_text(k, current->type));
        compile_note(k->c, d, cell->membrane_span, "it flows through this membrane");
        return NULL;
    }
    if ((current->type == density) == cell->density) return current;
    if (!cell->area) {
        Diagnostic *d = compile_error(k->c, NO_VALUE, cell->membrane_span, "this membrane needs an area");
        compile_note(k->c, d, span, "the current of %s is %s", from,
                     cell->density ? "a whole current, the capacitance is per area"
                                   : "per area, the capacitance is a whole one");
        compile_help(k->c, d, "membrane { area = 1000 um^2 … }");
        return NULL;
    }
    const Expression *area = meaning_expression(k, cell->area, span);
    if (is_error(area)) return NULL;
    if (cell->regions.at[region].share) area = expression_multiply(k->pool, area, cell->regions.at[region].share);
    return cell->density ? expression_divide(k->pool, current, area) : expression_multiply(k->pool, current, area);
}

static const Expression *sum_of_ion(Checker *k, Cell *cell, int region, Name ion, Span span) {
    const Expression *sum = NULL;
    for (int i = 0; i < cell->channels.count; i++) {
        Component *channel = cell->channels.at[i];
        for (int j = 0; j < channel->ions.count; j++) {
            if (channel->ions.at[j] != ion || !channel->current || channel->kind != DEFINITION_CHANNEL ||
                channel->region != region)
                continue;
            const Expression *e = in_membrane_units(k, cell, region, meaning_expression(k, channel->current, span),
                                                    channel->current->span, channel->name);
            if (!e) return error_expression(k, span);
            sum = sum ? expression_add(k->pool, sum, e) : e;
        }
    }
    if (sum) return sum;
    const Type *type = type_of_unit(k, cell->density ? "A/m^2" : "A");
    return expression_number(k->pool, 0, type->dimension, span);
}

typedef struct IonOf {
    Cell *cell;
    int region;
    Name ion;
} IonOf;

static const Expression *settle_ion_sum(Checker *k, Meaning *m) {
    const IonOf *of = m->settle_data;
    return sum_of_ion(k, of->cell, of->region, of->ion, m->span);
}

static void bind_ion_sum(Checker *k, Cell *cell, int region, Name ion, Span span) {
    const Region *place = &cell->regions.at[region];
    Name name = name_print(k->c->names, "i_%s", ion);
    if (scope_find_here(place->scope, name)) return;
    Meaning *m = scope_bind(k, place->scope, MEANING_LET, name, span);
    IonOf *of = arena_new_of(k->c->arena, IonOf);
    *of = (IonOf){cell, region, ion};
    m->settle = settle_ion_sum;
    m->settle_data = of;
    m->variable = system_variable(k, &cell->system, VARIABLE_LET,
                                  place->name ? name_print(k->c->names, "%s.%s", place->name, name) : name, span);
    hil_unit_parse("uA/cm^2", 7, &m->variable->unit, NULL);
    m->variable->unit_text = name_of(k->c->names, "uA/cm^2");
    vector_push(k->c->arena, &cell->ions, (IonSum){ion, region, m});
}

static bool body_mentions(const Ast *ast, Name name) {
    if (!ast) return false;
    if (ast->kind == AST_NAME && ast->name == name) return true;
    for (int i = 0; i < ast->count; i++)
        if (body_mentions(ast->kids[i], name)) return true;
    return false;
}

/* What a channel or pool reads of an ion must come from somewhere. */
static void require_ion(Checker *k, Cell *cell, Component *channel, Name ion) {
    static const char *const units[] = {"V", "mol/m^3", "mol/m^3"};
    static const char *const examples[] = {"50 mV", "100 nM", "2 mM"};
    bind_ion_sum(k, cell, channel->region, ion, channel->span);
    Scope *place = cell->regions.at[channel->region].scope;
    for (int form = 0; form < 3; form++) {
        Name name = form == 0   ? name_print(k->c->names, "E_%s", ion)
                    : form == 1 ? name_print(k->c->names, "%s_i", ion)
                                : name_print(k->c->names, "%s_o", ion);
        bool read = false;
        for (int i = 0; i < channel->body.statements.count; i++)
            read = read || body_mentions(channel->body.statements.at[i], name);
        if (!read || scope_find_here(channel->scope, name) || scope_find_here(place, name) ||
            scope_find_here(cell->scope, name))
            continue;
        Override *o = component_override(cell->self, name);
        Meaning *m = component_variable(k, cell->self, VARIABLE_PARAMETER, name, o ? o->span : channel->span);
        m->variable->type = type_of_unit(k, units[form]);
        m->variable->unit.dimension = m->variable->type->dimension;
        if (o) {
            o->used = true;
            m->given = o->ready;
            m->given_span = o->span;
            m->value = o->value;
            m->value_home = o->home;
            continue;
        }
        m->variable->type = type_simple(k->pool, TYPE_ERROR);
        m->state = MEANING_READY;
        Diagnostic *d =
            compile_error(k->c, NO_VALUE, channel->span, "%s needs %s, and nothing gives it", channel->name, name);
        compile_note(k->c, d, channel->body.definition->name_span, "%s is declared here", channel->body.name);
        compile_help(k->c, d, "set it in the neuron: %s = %s%s", name, examples[form],
                     form == 1 ? ", or insert a pool" : "");
    }
}

/* Where currents are injected when the neuron declares no input of its own: a whole current, or one per area when no
 * area is known. */
static void declare_input(Checker *k, Cell *cell) {
    const char *unit = cell->density && !cell->area ? "uA/cm^2" : "nA";
    for (int i = 0; i < cell->system.variables.count; i++) {
        const Variable *v = cell->system.variables.at[i];
        if (v->role != VARIABLE_INPUT) continue;
        if (!cell->compartments) return;
        Diagnostic *d = compile_error(k->c, MISPLACED, v->span, "compartments have inputs of their own");
        compile_help(k->c, d, "%s.I", cell->regions.at[0].name);
        return;
    }
    for (int i = 0; i < cell->regions.count; i++)
        if (!scope_find_here(cell->regions.at[i].scope, name_of(k->c->names, "I")))
            region_variable(k, cell, &cell->regions.at[i], VARIABLE_INPUT, "I", unit, cell->membrane_span);
}

void membrane_settle(Checker *k, Cell *cell) {
    /* what pools own is their compartment's */
    for (int i = 0; i < cell->channels.count; i++) {
        Component *pool = cell->channels.at[i];
        for (int j = 0; pool->kind == DEFINITION_POOL && j < pool->meanings.count; j++) {
            Meaning *m = pool->meanings.at[j];
            size_t length = m->name ? strlen(m->name) : 0;
            bool inside = length > 2 && !strcmp(m->name + length - 2, "_i");
            bool reversal = length > 2 && !strncmp(m->name, "E_", 2);
            if ((inside || reversal) && !scope_find_here(pool->scope->parent, m->name))
                vector_push(k->c->arena, &pool->scope->parent->list, m);
        }
    }
    for (int i = 0; i < cell->channels.count; i++) {
        Component *channel = cell->channels.at[i];
        for (int j = 0; j < channel->ions.count; j++) require_ion(k, cell, channel, channel->ions.at[j]);
        for (int j = 0; j < channel->uses.count; j++) require_ion(k, cell, channel, channel->uses.at[j]);
    }
    if (!cell->capacitance) {
        Diagnostic *d = compile_error(k->c, NO_VALUE, cell->membrane_span, "this membrane needs a capacitance");
        compile_help(k->c, d, "membrane { C = 1 uF/cm^2 … }");
        declare_input(k, cell);
        return;
    }
    const Expression *c = meaning_expression(k, cell->capacitance, cell->membrane_span);
    if (is_error(c)) {
        cell->capacitance = NULL;
        declare_input(k, cell);
        return;
    }
    cell->density = c->type == type_of_unit(k, "F/m^2");
    if (!cell->density && c->type != type_of_unit(k, "F")) {
        compile_error(k->c, UNIT_MISMATCH, cell->capacitance->span, "a capacitance is in F or F/m^2, this is in %s",
                      type_text(k, c->type));
        cell->capacitance = NULL;
    }
    struct {
        Meaning *meaning;
        const char *unit, *word;
    } settings[] = {{cell->area, "m^2", "an area"}, {cell->temperature, "K", "a temperature"}};
    for (int i = 0; i < 2; i++) {
        if (!settings[i].meaning) continue;
        const Expression *e = meaning_expression(k, settings[i].meaning, cell->membrane_span);
        if (is_error(e) || e->type == type_of_unit(k, settings[i].unit)) continue;
        compile_error(k->c, UNIT_MISMATCH, settings[i].meaning->span, "%s is in %s, this is in %s", settings[i].word,
                      settings[i].unit, type_text(k, e->type));
    }
    settle_shares(k, cell);
    declare_input(k, cell);
}

/* Current from the neighbours: g_c per area of the whole cell, so g_c/share per area of the compartment. */
static const Expression *add_links(Checker *k, Cell *cell, int region, const Expression *inward) {
    const Region *own = &cell->regions.at[region];
    for (int i = 1; cell->compartments && i < cell->compartments->count; i++) {
        const Ast *link = cell->compartments->kids[i];
        if (link->kind != AST_LINK) continue;
        Meaning *a = check_ref(k, cell->scope, link->kids[0], true),
                *b = check_ref(k, cell->scope, link->kids[1], true);
        if (!a || !b) continue;
        int from = cell_region(cell, a), to = cell_region(cell, b);
        if (from < 0 || to < 0 || from == to) {
            if (region == 0)
                compile_error(k->c, UNKNOWN_NAME, link->span, "a link joins two compartments of this cell");
            continue;
        }
        if (from != region && to != region) continue;
        const Region *other = &cell->regions.at[from == region ? to : from];
        const Expression *g = check_in_place(k, PLACE_VALUE, cell->scope, link->kids[2], type_of_unit(k, "S/m^2"));
        if (is_error(g)) continue;
        if (own->share) g = expression_divide(k->pool, g, own->share);
        const Expression *difference =
            expression_subtract(k->pool, expression_variable(k->pool, other->voltage->variable, link->span),
                                expression_variable(k->pool, own->voltage->variable, link->span));
        const Expression *flow = expression_multiply(k->pool, g, difference);
        inward = inward ? expression_add(k->pool, inward, flow) : flow;
    }
    return inward;
}

/* Is the input one through which current is injected into this compartment? */
static bool injects(const Cell *cell, const Region *region, const Variable *input) {
    if (input->role != VARIABLE_INPUT) return false;
    if (!cell->compartments) return strchr(input->name, '.') == NULL; /* hidden ones are part of a current already */
    Meaning *own = NULL;
    for (int i = 0; i < region->scope->list.count; i++)
        if (region->scope->list.at[i]->variable == input) own = region->scope->list.at[i];
    return own != NULL;
}

static void finish_region(Checker *k, Cell *cell, int region) {
    const Region *own = &cell->regions.at[region];
    Variable *v = own->voltage->variable;
    if (!v || !v->type || v->type->kind == TYPE_ERROR) return;
    for (int i = 0; i < cell->system.equations.count; i++)
        if (cell->system.equations.at[i].state == v) {
            Diagnostic *d = compile_error(k->c, EQUATION_TWICE, cell->system.equations.at[i].span,
                                          "the membrane gives %s its equation", v->name);
            compile_note(k->c, d, cell->membrane_span, "this membrane");
            return;
        }
    const Expression *sum = NULL;
    for (int i = 0; i < cell->channels.count; i++) {
        Component *channel = cell->channels.at[i];
        if (channel->kind != DEFINITION_CHANNEL || channel->region != region) continue;
        if (!channel->current) {
            Diagnostic *d = compile_error(k->c, NO_VALUE, channel->body.definition->name_span,
                                          "channel %s has no current", channel->body.name);
            compile_help(k->c, d, "current = g*(V - E)");
            continue;
        }
        const Expression *e = in_membrane_units(k, cell, region, meaning_expression(k, channel->current, channel->span),
                                                channel->current->span, channel->name);
        if (e) sum = sum ? expression_add(k->pool, sum, e) : e;
    }
    for (int i = 0; i < cell->currents.count; i++) {
        const CellCurrent *current = &cell->currents.at[i];
        if (current->region != region) continue;
        const Expression *e = in_membrane_units(k, cell, region, current->value, current->span, current->from);
        if (e) sum = sum ? expression_add(k->pool, sum, e) : e;
    }
    const Expression *inward = NULL;
    const Type *point = type_of_unit(k, "A"), *density = type_of_unit(k, "A/m^2");
    for (int i = 0; i < cell->system.variables.count; i++) {
        Variable *input = cell->system.variables.at[i];
        if (!injects(cell, own, input) || (input->type != point && input->type != density)) continue;
        const Expression *e = in_membrane_units(k, cell, region, expression_variable(k->pool, input, input->span),
                                                input->span, input->name);
        if (e) inward = inward ? expression_add(k->pool, inward, e) : e;
    }
    inward = add_links(k, cell, region, inward);
    if (!sum && !inward) {
        const Type *type = cell->density ? density : point;
        inward = expression_number(k->pool, 0, type->dimension, cell->membrane_span);
    }
    const Expression *total = !sum      ? inward
                              : !inward ? expression_negate(k->pool, sum)
                                        : expression_subtract(k->pool, inward, sum);
    const Expression *rate =
        expression_divide(k->pool, total, meaning_expression(k, cell->capacitance, cell->membrane_span));
    vector_push(k->c->arena, &cell->system.equations, (Equation){v, rate, cell->membrane_span});
}

void membrane_finish(Checker *k, Cell *cell) {
    for (int i = 0; i < cell->ions.count; i++) meaning_settle(k, cell->ions.at[i].sum);
    if (!cell->capacitance) return;
    for (int i = 0; i < cell->regions.count; i++) finish_region(k, cell, i);
}
