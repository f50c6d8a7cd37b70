/* Gates of channels. In: GATE statements: alpha and beta, inf and tau, or a kinetic scheme. Out: states with equations
 * that start at their steady state for the cell's initial V, or lets where a gate has no time constant.
 * Kinetic schemes: one state is eliminated by `conserve`; they start at their equilibrium where detailed balance gives
 * it (a scheme without loops), which is the steady state of such a scheme at constant rates. */
#include "model/cell.h"
#include <string.h>

static const Ast *gate_value(const Ast *gate, const char *name) {
    const Ast *block = gate->kids[0];
    for (int i = 0; i < block->count; i++)
        if (block->kids[i]->kind == AST_ASSIGN && block->kids[i]->name && !strcmp(block->kids[i]->name, name))
            return block->kids[i]->kids[1];
    return NULL;
}

static bool is_scheme(const Ast *gate) {
    for (int i = 0; i < gate->kids[0]->count; i++)
        if (gate->kids[0]->kids[i]->kind == AST_STATES || gate->kids[0]->kids[i]->kind == AST_REACTION) return true;
    return false;
}

static bool no_time_constant(const Ast *gate) {
    const Ast *tau = gate_value(gate, "tau");
    return gate_value(gate, "inf") &&
           (!tau || ((tau->kind == AST_NUMBER || tau->kind == AST_QUANTITY) && tau->number == 0));
}

static const Type *plain(Checker *k) { return type_number(k->pool, HIL_DIMENSIONLESS); }

static const Type *in_unit(Checker *k, const char *unit) {
    HilUnit u;
    hil_unit_parse(unit, strlen(unit), &u, NULL);
    return type_number(k->pool, u.dimension);
}

static Meaning *gate_state(Checker *k, Component *component, Name name, Span span) {
    Meaning *m = component_variable(k, component, VARIABLE_STATE, name, span);
    m->variable->type = plain(k);
    m->state = MEANING_READY;
    return m;
}

static const Expression *settle_inf(Checker *k, Meaning *m) {
    const Ast *gate = m->settle_data;
    k->place = PLACE_VALUE;
    return check_expression(k, m->home, gate_value(gate, "inf"), plain(k));
}

/* After an error: the gate's name stands for something that goes through silently. */
static void bind_broken(Checker *k, Component *component, const Ast *gate) {
    if (!gate->name || scope_find_here(component->scope, gate->name)) return;
    scope_bind_value(k, component->scope, gate->name, gate->name_span, error_expression(k, gate->name_span));
}

static void declare_gate(Checker *k, Component *component, const Ast *gate) {
    bool rates = gate_value(gate, "alpha") && gate_value(gate, "beta");
    if (is_scheme(gate)) {
        const Ast *block = gate->kids[0];
        const Ast *last = NULL;
        bool conserved = false;
        for (int i = 0; i < block->count; i++) conserved = conserved || block->kids[i]->kind == AST_CONSERVE;
        for (int i = 0; i < block->count; i++)
            for (int j = 0; block->kids[i]->kind == AST_STATES && j < block->kids[i]->count; j++) {
                if (last) gate_state(k, component, last->name, last->span);
                last = block->kids[i]->kids[j];
            }
        if (last && !conserved) gate_state(k, component, last->name, last->span);
        if (last && conserved) { /* the last one follows from the others */
            Meaning *m = scope_bind(k, component->scope, MEANING_LET, last->name, last->span);
            m->home = component->scope;
            m->system = component->system;
            m->variable = system_variable(k, component->system, VARIABLE_LET,
                                          name_print(k->c->names, "%s%s", component->prefix, last->name), last->span);
            vector_push(k->c->arena, &component->gates, (Gate){last->name, 1, gate, m});
        }
        return;
    }
    if (!gate->name || (!rates && !gate_value(gate, "inf"))) {
        Diagnostic *d = compile_error(k->c, GATE_FORM, gate->span, "a gate needs alpha and beta, or inf and tau");
        compile_help(k->c, d, "gate n { inf = …; tau = … }");
        bind_broken(k, component, gate);
        return;
    }
    if (rates && (gate_value(gate, "inf") || gate_value(gate, "tau"))) {
        compile_error(k->c, GATE_FORM, gate->span, "gate %s has alpha and beta, and inf or tau too: one of both",
                      gate->name);
        bind_broken(k, component, gate);
        return;
    }
    Meaning *m;
    if (no_time_constant(gate)) {
        m = scope_bind(k, component->scope, MEANING_LET, gate->name, gate->name_span);
        m->settle = settle_inf;
        m->settle_data = (void *)gate;
        m->home = component->scope;
        m->system = component->system;
        m->variable = system_variable(k, component->system, VARIABLE_LET,
                                      name_print(k->c->names, "%s%s", component->prefix, gate->name), gate->name_span);
        vector_push(k->c->arena, &component->meanings, m);
    } else {
        m = gate_state(k, component, gate->name, gate->name_span);
    }
    vector_push(k->c->arena, &component->gates, (Gate){gate->name, gate->op > 0 ? gate->op : 1, gate, m});
}

/* q10^((temperature - T)/10 K), or NULL without a q10. */
static const Expression *rate_factor(Checker *k, Component *component) {
    for (int i = 0; i < component->body.statements.count; i++) {
        const Ast *ast = component->body.statements.at[i];
        if (ast->kind != AST_ASSIGN || !ast->name || strcmp(ast->name, "q10")) continue;
        const Ast *value = ast->kids[1];
        if (value->kind != AST_AT) {
            Diagnostic *d = compile_error(k->c, GATE_FORM, ast->span, "a q10 needs the temperature it counts from");
            compile_help(k->c, d, "q10 = 3 at 6.3 degC");
            return NULL;
        }
        const Expression *q10 = check_expression(k, component->scope, value->kids[0], plain(k));
        const Expression *from = check_expression(k, component->scope, value->kids[1], in_unit(k, "K"));
        Meaning *m = scope_find(component->scope, name_of(k->c->names, "temperature"));
        if (!m) {
            Diagnostic *d = compile_error(k->c, NO_VALUE, ast->span, "this q10 needs the cell's temperature");
            compile_help(k->c, d, "membrane { temperature = 34 degC … }");
            return NULL;
        }
        const Expression *now = meaning_expression(k, m, ast->span);
        if (is_error(q10) || is_error(from) || is_error(now)) return NULL;
        const Expression *tens = expression_divide(k->pool, expression_subtract(k->pool, now, from),
                                                   expression_number(k->pool, 10, from->type->dimension, ast->span));
        const Expression *kids[2] = {q10, tens};
        return expression_make(k->pool, EXPRESSION_POW, plain(k), ast->span, 2, kids);
    }
    return NULL;
}

static const Expression *times(Checker *k, const Expression *factor, const Expression *rate) {
    return factor ? expression_multiply(k->pool, factor, rate) : rate;
}

static void gate_equation(Checker *k, Component *component, const Gate *gate, const Expression *factor) {
    Variable *v = gate->meaning->variable;
    const Ast *ast = gate->ast;
    const Expression *x = expression_variable(k->pool, v, ast->name_span);
    const Expression *rate, *start;
    k->place = PLACE_VALUE;
    if (gate_value(ast, "alpha")) {
        const Type *type = in_unit(k, "/s");
        const Expression *alpha =
            check_expecting(k, component->scope, gate_value(ast, "alpha"), type, ast->name_span, "rates of this gate");
        const Expression *beta =
            check_expecting(k, component->scope, gate_value(ast, "beta"), type, ast->name_span, "rates of this gate");
        if (is_error(alpha) || is_error(beta)) return;
        start = expression_divide(k->pool, alpha, expression_add(k->pool, alpha, beta));
        alpha = times(k, factor, alpha);
        beta = times(k, factor, beta);
        const Expression *one = expression_number(k->pool, 1, HIL_DIMENSIONLESS, ast->span);
        rate = expression_subtract(k->pool, expression_multiply(k->pool, alpha, expression_subtract(k->pool, one, x)),
                                   expression_multiply(k->pool, beta, x));
    } else {
        const Expression *inf = check_expecting(k, component->scope, gate_value(ast, "inf"), plain(k), ast->name_span,
                                                "the gate's steady state");
        const Expression *tau = check_expecting(k, component->scope, gate_value(ast, "tau"), in_unit(k, "s"),
                                                ast->name_span, "the gate's time constant");
        if (is_error(inf) || is_error(tau)) return;
        start = inf;
        if (factor) tau = expression_divide(k->pool, tau, factor);
        rate = expression_divide(k->pool, expression_subtract(k->pool, inf, x), tau);
    }
    Override *o = component_override(component, gate->name);
    if (o && o->value) {
        o->used = true;
        start = check_in_place(k, PLACE_DRAWN, o->home, o->value, plain(k));
    }
    v->initial = start;
    vector_push(k->c->arena, &component->system->equations, (Equation){v, rate, ast->span});
}

/* ---- the power of a gate, written in two places ---- */

static void check_powers(Checker *k, const Component *component, const Ast *ast, const Gate *gate) {
    if (!ast) return;
    const Ast *at = ast;
    double power = 0;
    if (ast->kind == AST_BINARY && ast->op == OP_POWER && ast->kids[0]->kind == AST_NAME &&
        ast->kids[0]->name == gate->name && ast->kids[1]->kind == AST_NUMBER) {
        power = ast->kids[1]->number;
    } else if (ast->kind == AST_NAME && ast->name == gate->name) {
        power = 1;
    } else {
        for (int i = 0; i < ast->count; i++) check_powers(k, component, ast->kids[i], gate);
        return;
    }
    if (power == gate->power) return;
    Diagnostic *d = compile_error(k->c, GATE_POWERS, at->span, "the current takes %s to the power %g, the gate says %d",
                                  gate->name, power, gate->power);
    compile_note(k->c, d, gate->ast->name_span, "gate %s^%d", gate->name, gate->power);
}

/* ---- kinetic schemes ---- */

typedef struct Species {
    Name name;
    const Expression *value, *rate, *weight; /* weight: its share at equilibrium, relative to the first */
    Variable *state;                         /* NULL: the one that is eliminated, or no state of the scheme */
} Species;

typedef struct Scheme {
    VECTOR(Species) list;
} Scheme;

static Species *species_named(Scheme *scheme, Name name) {
    for (int i = 0; i < scheme->list.count; i++)
        if (scheme->list.at[i].name == name) return &scheme->list.at[i];
    return NULL;
}

static void add_rate(Checker *k, Species *species, const Expression *flux, bool gains) {
    if (!species->rate)
        species->rate = gains ? flux : expression_negate(k->pool, flux);
    else
        species->rate =
            gains ? expression_add(k->pool, species->rate, flux) : expression_subtract(k->pool, species->rate, flux);
}

static const Expression *side_product(Checker *k, Component *component, const Ast *refs, const Expression *rate) {
    for (int i = 0; i < refs->count; i++) {
        const Expression *e = check_number(k, component->scope, refs->kids[i]);
        if (is_error(e)) return e;
        rate = expression_multiply(k->pool, rate, e);
    }
    return rate;
}

static bool add_reaction(Checker *k, Component *component, Scheme *scheme, const Ast *ast, const Expression *factor,
                         bool *tree) {
    const Type *type = in_unit(k, "/s");
    const Expression *forth = check_number(k, component->scope, ast->kids[2]);
    if (is_error(forth)) return false;
    const Expression *flux = side_product(k, component, ast->kids[0], times(k, factor, forth));
    const Expression *back = NULL;
    if (!is_error(flux))
        flux = check_fits(k, flux, ast->kids[2]->span, type, ast->span, "a reaction's flux is per time");
    if (is_error(flux)) return false;
    if (ast_kid(ast, 3)) {
        back = check_number(k, component->scope, ast->kids[3]);
        if (is_error(back)) return false;
        const Expression *reverse = side_product(k, component, ast->kids[1], times(k, factor, back));
        if (!is_error(reverse))
            reverse = check_fits(k, reverse, ast->kids[3]->span, type, ast->span, "a reaction's flux is per time");
        if (is_error(reverse)) return false;
        flux = expression_subtract(k->pool, flux, reverse);
    }
    for (int side = 0; side < 2; side++)
        for (int i = 0; i < ast->kids[side]->count; i++) {
            Species *s = species_named(scheme, ast->kids[side]->kids[i]->name);
            if (s) add_rate(k, s, flux, side == 1);
        }
    /* detailed balance along the edge */
    Species *a = species_named(scheme, ast->kids[0]->kids[0]->name),
            *b = species_named(scheme, ast->kids[1]->kids[0]->name);
    bool simple = back && ast->kids[0]->count == 1 && ast->kids[1]->count == 1 && a && b;
    if (!simple || (a->weight && b->weight) || (!a->weight && !b->weight))
        *tree = false;
    else if (a->weight)
        b->weight = expression_divide(k->pool, expression_multiply(k->pool, a->weight, forth), back);
    else
        a->weight = expression_divide(k->pool, expression_multiply(k->pool, b->weight, back), forth);
    return true;
}

static void scheme_equations(Checker *k, Component *component, const Ast *gate, const Expression *factor) {
    const Ast *block = gate->kids[0];
    const Expression *total = NULL;
    Scheme scheme = {0};
    k->place = PLACE_VALUE;
    for (int i = 0; i < block->count; i++)
        if (block->kids[i]->kind == AST_CONSERVE)
            total = check_expression(k, component->scope, block->kids[i]->kids[0], plain(k));
    if (total && is_error(total)) return;
    Meaning *eliminated = NULL;
    for (int i = 0; i < block->count; i++)
        for (int j = 0; block->kids[i]->kind == AST_STATES && j < block->kids[i]->count; j++) {
            Meaning *m = scope_find_here(component->scope, block->kids[i]->kids[j]->name);
            if (!m) return;
            if (m->kind == MEANING_LET) eliminated = m;
            vector_push(k->c->arena, &scheme.list,
                        (Species){.name = m->name, .state = m->kind == MEANING_VARIABLE ? m->variable : NULL});
        }
    if (!scheme.list.count) {
        compile_error(k->c, GATE_FORM, gate->span, "a kinetic scheme names its states: states c, o");
        return;
    }
    if (eliminated) {
        const Expression *rest = total;
        for (int i = 0; i < scheme.list.count; i++)
            if (scheme.list.at[i].state)
                rest = expression_subtract(k->pool, rest,
                                           expression_variable(k->pool, scheme.list.at[i].state, gate->span));
        eliminated->expression = rest;
        eliminated->state = MEANING_READY;
        eliminated->variable->type = rest->type;
        eliminated->variable->value = rest;
    }
    bool tree = true;
    int reactions = 0;
    scheme.list.at[0].weight = expression_number(k->pool, 1, HIL_DIMENSIONLESS, gate->span);
    for (int i = 0; i < block->count; i++)
        if (block->kids[i]->kind == AST_REACTION) {
            reactions++;
            if (!add_reaction(k, component, &scheme, block->kids[i], factor, &tree)) return;
        }
    const Expression *sum = NULL;
    for (int i = 0; i < scheme.list.count && tree && reactions == scheme.list.count - 1; i++)
        sum = sum ? expression_add(k->pool, sum, scheme.list.at[i].weight) : scheme.list.at[i].weight;
    for (int i = 0; i < scheme.list.count; i++) {
        Species *s = &scheme.list.at[i];
        if (!s->state) continue;
        const Expression *zero = expression_number(k->pool, 0, HIL_DIMENSIONLESS, gate->span);
        if (sum && total)
            s->state->initial = expression_divide(k->pool, expression_multiply(k->pool, total, s->weight), sum);
        else
            s->state->initial = i == 0 && total ? total : zero;
        if (s->rate) vector_push(k->c->arena, &component->system->equations, (Equation){s->state, s->rate, gate->span});
    }
}

void component_gates(Checker *k, Component *component, bool declare) {
    const Expression *factor = NULL;
    if (!declare) factor = rate_factor(k, component);
    for (int i = 0; i < component->body.statements.count; i++) {
        const Ast *ast = component->body.statements.at[i];
        if (ast->kind != AST_GATE) continue;
        if (declare)
            declare_gate(k, component, ast);
        else if (is_scheme(ast))
            scheme_equations(k, component, ast, factor);
    }
    if (declare) return;
    for (int i = 0; i < component->gates.count; i++) {
        const Gate *gate = &component->gates.at[i];
        if (is_scheme(gate->ast)) continue;
        if (gate->meaning->kind == MEANING_VARIABLE) gate_equation(k, component, gate, factor);
        if (component->current) check_powers(k, component, component->current->value, gate);
    }
}
