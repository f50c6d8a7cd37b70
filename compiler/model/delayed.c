/* Values of the past: delayed(x, tau) and connections with a delay that carry values.
 * In: an expression over a cell's own names, and a time. Out: a variable of that cell (VARIABLE_DELAYED) that holds what
 * the expression was so long ago; within a step it stands still like an input, which is why no solver need know of it.
 * Connections whose delay differs by synapse have such a variable for each synapse, and the cell one without a time: its
 * past, kept for as long as the synapses need it.
 * Kept true: the same expression and time are one variable; what never changes is its own past. */
#include "model/synapse.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "delayed(V, 20 ms)", or "past(V)" without a time: shown by explain. */
static Name name_of_past(Checker *k, const Expression *value, const Expression *delay) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return name_of(k->c->names, "delayed");
    fputs(delay ? "delayed(" : "past(", out);
    expression_print(value, out);
    if (delay) fputs(", ", out);
    if (delay) expression_print(delay, out);
    fputc(')', out);
    fclose(out);
    Name name = name_of(k->c->names, text);
    free(text);
    return name;
}

Variable *delayed_variable(Checker *k, System *system, const Expression *value, const Expression *delay, Span span) {
    for (int i = 0; i < system->variables.count; i++) {
        Variable *v = system->variables.at[i];
        if (v->role == VARIABLE_DELAYED && v->value == value && v->delay == delay) return v;
    }
    Variable *v = system_variable(k, system, VARIABLE_DELAYED, name_of_past(k, value, delay), span);
    v->type = value->type;
    v->value = value;
    v->delay = delay;
    if (value->op == EXPRESSION_VARIABLE) {
        v->unit = value->variable->unit;
        v->unit_text = value->variable->unit_text;
    }
    return v;
}

static bool own_names_only(const Expression *e) {
    if (e->op == EXPRESSION_VARIABLE && e->variable->side != SIDE_SELF) return false;
    for (int i = 0; i < e->count; i++)
        if (!own_names_only(e->kids[i])) return false;
    return true;
}

const Expression *check_delayed(Checker *k, const Ast *call, const Expression *value, const Expression *time) {
    HilUnit second;
    hil_unit_parse("s", 1, &second, NULL);
    const Expression *delay = check_fits(k, time, call->kids[2]->span, type_number(k->pool, second.dimension), call->span,
                                         "the second argument of delayed is a time");
    double number;
    if (is_error(delay)) return delay;
    if (expression_is_number(delay, &number) && number == 0) return value;
    if (value->rate < RATE_DYNAMIC) return value;
    const char *why = NULL;
    if (!k->system || !k->system->of_cells || k->place == PLACE_HOST || !own_names_only(value))
        why = "only neurons and their channels keep values of the past";
    else if (delay->rate > RATE_SCALAR)
        why = "a delay is one time for all cells of a population";
    else if (value->type->kind != TYPE_NUMBER)
        why = "only numbers can be delayed";
    else if (expression_mentions_op(value, EXPRESSION_WHITE))
        why = "white noise has no past";
    if (why) {
        Diagnostic *d = compile_error(k->c, NOT_SUPPORTED, call->span, "%s", why);
        compile_help(k->c, d, "name the value in the neuron (output y = delayed(x, tau)), or connect it with a delay");
        return error_expression(k, call->span);
    }
    return expression_variable(k->pool, delayed_variable(k, k->system, value, delay, call->span), call->span);
}

/* ---- connections ---- */

typedef struct Past {
    Checker *k;
    Connection *connection;
} Past;

static const Expression *past_of(void *context, const Expression *leaf) {
    const Past *past = context;
    if (leaf->op != EXPRESSION_VARIABLE || leaf->variable->side != SIDE_PRE || leaf->rate < RATE_DYNAMIC) return NULL;
    Connection *c = past->connection;
    ExpressionPool *pool = past->k->pool;
    const Variable *original = leaf->variable->original, *duration = c->projection->delay;
    const Expression *delay = expression_variable(pool, duration, duration->span);
    Variable *v = delayed_variable(past->k, &c->source->cell->system,
                                   expression_variable(pool, original, original->span),
                                   duration->instance ? NULL : delay, leaf->span);
    if (duration->instance) { /* the cell keeps its past; each synapse has a value of its own time */
        v = delayed_variable(past->k, &c->system, leaf, delay, leaf->span);
        v->instance = true;
        return expression_variable(pool, v, leaf->span);
    }
    return expression_variable(pool, projection_reference(past->k, c->projection, SIDE_PRE, v), leaf->span);
}

void connection_delay_values(Checker *k, Connection *c) {
    Projection *p = c->projection;
    double delay = 0;
    if (!p->delay || is_error(p->delay->initial)) return;
    if (!p->delay->instance && expression_is_number(p->delay->initial, &delay) && delay == 0) return;
    Past past = {k, c};
    for (int i = 0; i < p->contributions.count; i++)
        p->contributions.at[i].value = expression_map_leaves(k->pool, p->contributions.at[i].value, past_of, &past);
    for (int i = 0; i < c->system.equations.count; i++)
        c->system.equations.at[i].rate =
            expression_map_leaves(k->pool, c->system.equations.at[i].rate, past_of, &past);
}
