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

static const Ast *membrane_of(Cell *cell) {
    for (int i = 0; i < cell->self->body.statements.count; i++)
        if (cell->self->body.statements.at[i]->kind == AST_MEMBRANE) return cell->self->body.statements.at[i];
    return NULL;
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

void membrane_declare(Checker *k, Cell *cell) {
    const Ast *membrane = membrane_of(cell);
    if (!membrane) return;
    cell->membrane = true;
    cell->membrane_span = membrane->span;
    if (ast_kid(membrane, 0))
        compile_error(k->c, NOT_SUPPORTED, membrane->span, "regions need a morphology, which is not supported by this version");
    const Ast *block = membrane->kids[1];
    for (int i = 0; i < block->count; i++) {
        const Ast *ast = block->kids[i];
        const char *name = ast->kind == AST_ASSIGN && ast->name ? ast->name : "";
        if (!strcmp(name, "C"))
            cell->capacitance = declare_setting(k, cell, ast);
        else if (!strcmp(name, "area"))
            cell->area = declare_setting(k, cell, ast);
        else if (!strcmp(name, "temperature"))
            cell->temperature = declare_setting(k, cell, ast);
        else if (!strcmp(name, "Ra"))
            continue; /* along a cable; a point has none */
        else if (ast->kind != AST_ERROR)
            compile_error(k->c, MISPLACED, ast->span, "a membrane has C, area, temperature and Ra");
    }
    Name v = name_of(k->c->names, "V");
    cell->voltage = scope_find_here(cell->scope, v);
    if (!cell->voltage) {
        cell->voltage = component_variable(k, cell->self, VARIABLE_STATE, v, membrane->span);
        Variable *voltage = cell->voltage->variable;
        voltage->type = type_of_unit(k, "V");
        hil_unit_parse("mV", 2, &voltage->unit, NULL);
        voltage->unit_text = name_of(k->c->names, "mV");
        Override *o = component_override(cell->self, v);
        if (o) {
            o->used = true;
            cell->voltage->given = o->ready;
            cell->voltage->given_span = o->span;
            cell->voltage->value = o->value;
            cell->voltage->value_home = o->home;
        } else {
            voltage->initial = expression_number(k->pool, -0.065, voltage->type->dimension, membrane->span);
        }
    }
}

/* ---- currents ---- */

/* A current per area if C is per area, whole otherwise. NULL after an error. */
static const Expression *in_membrane_units(Checker *k, Cell *cell, const Expression *current, Span span,
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
    return cell->density ? expression_divide(k->pool, current, area) : expression_multiply(k->pool, current, area);
}

static const Expression *sum_of_ion(Checker *k, Cell *cell, Name ion, Span span) {
    const Expression *sum = NULL;
    for (int i = 0; i < cell->channels.count; i++) {
        Component *channel = cell->channels.at[i];
        for (int j = 0; j < channel->ions.count; j++) {
            if (channel->ions.at[j] != ion || !channel->current || channel->kind != DEFINITION_CHANNEL) continue;
            const Expression *e = in_membrane_units(k, cell, meaning_expression(k, channel->current, span),
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
    Name ion;
} IonOf;

static const Expression *settle_ion_sum(Checker *k, Meaning *m) {
    const IonOf *of = m->settle_data;
    return sum_of_ion(k, of->cell, of->ion, m->span);
}

static void bind_ion_sum(Checker *k, Cell *cell, Name ion, Span span) {
    Name name = name_print(k->c->names, "i_%s", ion);
    if (scope_find_here(cell->scope, name)) return;
    Meaning *m = scope_bind(k, cell->scope, MEANING_LET, name, span);
    IonOf *of = arena_new_of(k->c->arena, IonOf);
    *of = (IonOf){cell, ion};
    m->settle = settle_ion_sum;
    m->settle_data = of;
    m->variable = system_variable(k, &cell->system, VARIABLE_LET, name, span);
    hil_unit_parse("uA/cm^2", 7, &m->variable->unit, NULL);
    m->variable->unit_text = name_of(k->c->names, "uA/cm^2");
    vector_push(k->c->arena, &cell->ions, (IonSum){ion, m});
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
    bind_ion_sum(k, cell, ion, channel->span);
    for (int form = 0; form < 3; form++) {
        Name name = form == 0   ? name_print(k->c->names, "E_%s", ion)
                    : form == 1 ? name_print(k->c->names, "%s_i", ion)
                                : name_print(k->c->names, "%s_o", ion);
        bool read = false;
        for (int i = 0; i < channel->body.statements.count; i++)
            read = read || body_mentions(channel->body.statements.at[i], name);
        if (!read || scope_find_here(channel->scope, name) || scope_find_here(cell->scope, name)) continue;
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
        Diagnostic *d = compile_error(k->c, NO_VALUE, channel->span, "%s needs %s, and nothing gives it", channel->name,
                                      name);
        compile_note(k->c, d, channel->body.definition->name_span, "%s is declared here", channel->body.name);
        compile_help(k->c, d, "set it in the neuron: %s = %s%s", name, examples[form],
                     form == 1 ? ", or insert a pool" : "");
    }
}

/* Where currents are injected when the neuron declares no input of its own: a whole current, or one per area when no
 * area is known. */
static void declare_input(Checker *k, Cell *cell) {
    for (int i = 0; i < cell->system.variables.count; i++)
        if (cell->system.variables.at[i]->role == VARIABLE_INPUT) return;
    Name name = name_of(k->c->names, "I");
    if (scope_find_here(cell->scope, name)) return;
    const char *unit = cell->density && !cell->area ? "uA/cm^2" : "nA";
    Meaning *m = component_variable(k, cell->self, VARIABLE_INPUT, name, cell->membrane_span);
    hil_unit_parse(unit, strlen(unit), &m->variable->unit, NULL);
    m->variable->unit_text = name_of(k->c->names, unit);
    m->variable->type = type_number(k->pool, m->variable->unit.dimension);
}

void membrane_settle(Checker *k, Cell *cell) {
    /* what pools own is the cell's */
    for (int i = 0; i < cell->channels.count; i++) {
        Component *pool = cell->channels.at[i];
        for (int j = 0; pool->kind == DEFINITION_POOL && j < pool->meanings.count; j++) {
            Meaning *m = pool->meanings.at[j];
            size_t length = m->name ? strlen(m->name) : 0;
            bool inside = length > 2 && !strcmp(m->name + length - 2, "_i");
            bool reversal = length > 2 && !strncmp(m->name, "E_", 2);
            if ((inside || reversal) && !scope_find_here(cell->scope, m->name))
                vector_push(k->c->arena, &cell->scope->list, m);
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
        return;
    }
    const Expression *c = meaning_expression(k, cell->capacitance, cell->membrane_span);
    if (is_error(c)) {
        cell->capacitance = NULL;
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
    declare_input(k, cell);
}

void membrane_finish(Checker *k, Cell *cell) {
    Variable *v = cell->voltage->variable;
    for (int i = 0; i < cell->ions.count; i++) meaning_settle(k, cell->ions.at[i].sum);
    if (!cell->capacitance || !v || !v->type || v->type->kind == TYPE_ERROR) return;
    for (int i = 0; i < cell->system.equations.count; i++)
        if (cell->system.equations.at[i].state == v) {
            Diagnostic *d = compile_error(k->c, EQUATION_TWICE, cell->system.equations.at[i].span,
                                          "the membrane gives V its equation");
            compile_note(k->c, d, cell->membrane_span, "this membrane");
            return;
        }
    const Expression *sum = NULL;
    for (int i = 0; i < cell->channels.count; i++) {
        Component *channel = cell->channels.at[i];
        if (channel->kind != DEFINITION_CHANNEL) continue;
        if (!channel->current) {
            Diagnostic *d = compile_error(k->c, NO_VALUE, channel->body.definition->name_span, "channel %s has no current", channel->body.name);
            compile_help(k->c, d, "current = g*(V - E)");
            continue;
        }
        const Expression *e = in_membrane_units(k, cell, meaning_expression(k, channel->current, channel->span),
                                                channel->current->span, channel->name);
        if (e) sum = sum ? expression_add(k->pool, sum, e) : e;
    }
    for (int i = 0; i < cell->currents.count; i++) {
        const CellCurrent *current = &cell->currents.at[i];
        const Expression *e = in_membrane_units(k, cell, current->value, current->span, current->from);
        if (e) sum = sum ? expression_add(k->pool, sum, e) : e;
    }
    const Expression *inward = NULL;
    const Type *point = type_of_unit(k, "A"), *density = type_of_unit(k, "A/m^2");
    for (int i = 0; i < cell->system.variables.count; i++) {
        Variable *input = cell->system.variables.at[i];
        bool hidden = strchr(input->name, '.') != NULL; /* a connection's: part of its current already */
        if (input->role != VARIABLE_INPUT || hidden || (input->type != point && input->type != density)) continue;
        const Expression *e = in_membrane_units(k, cell, expression_variable(k->pool, input, input->span), input->span,
                                                input->name);
        if (e) inward = inward ? expression_add(k->pool, inward, e) : e;
    }
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
