/* Printing kinds: names, terms, declarations, equations, events, neurons. In: a flat population. Out: a `neuron`, once for all
 * that are equal.
 * Kept true: a term that the language has no words for is noted as an obstacle. */
#include "model/print.h"
#include <stdlib.h>
#include <string.h>

void print_obstruct(Printer *p, const char *what) {
    if (!p->obstacle) p->obstacle = what;
}

/* ---- names ---- */

static bool is_taken(const Printer *p, Name name) {
    for (int i = 0; i < p->taken.count; i++)
        if (p->taken.at[i] == name) return true;
    return false;
}

Name print_take_name(Printer *p, const char *base) {
    Name name = name_of(p->c->names, base);
    for (int n = 2; is_taken(p, name); n++) name = name_print(p->c->names, "%s_%d", base, n);
    vector_push(p->c->arena, &p->taken, name);
    return name;
}

/* The name of a kind with this body, and whether it is new. */
static Name kind_name(Printer *p, const char *word, const char *base, const char *body, bool *fresh) {
    bool any_name = strcmp(word, "synapse") == 0; /* a synapse's name is nobody's but the dump's */
    Name stem = name_of(p->c->names, any_name ? word : base);
    *fresh = false;
    for (int i = 0; i < p->kinds.count; i++)
        if (p->kinds.at[i].base == stem && strcmp(p->kinds.at[i].body, body) == 0) return p->kinds.at[i].name;
    *fresh = true;
    Name name = print_take_name(p, base);
    vector_push(p->c->arena, &p->kinds, (Kind){name, stem, arena_copy_text(p->c->arena, body, strlen(body))});
    return name;
}

/* ---- what an expression holds ---- */

const Expression *print_value_of(const Variable *v) { return v->initial ? v->initial : v->value; }

/* Does it mention what belongs to others (the network's parameters)? */
bool print_is_foreign(const Expression *e, const void *owner) {
    if (!e) return false;
    if (e->op == EXPRESSION_VARIABLE) {
        const Variable *v = e->variable;
        if (v->role == VARIABLE_DELAYED && v->value) return print_is_foreign(v->value, owner) || print_is_foreign(v->delay, owner);
        return v->role != VARIABLE_STEP && v->owner != owner;
    }
    for (int i = 0; i < e->count; i++)
        if (print_is_foreign(e->kids[i], owner)) return true;
    return false;
}

/* Terms that have no words: C functions, the host's values, countdowns. */
void print_look_at(Printer *p, const Expression *e) {
    if (!e) return;
    if (e->op == EXPRESSION_HOST) print_obstruct(p, "a value of the experiment");
    if (e->op == EXPRESSION_EXTERN) print_obstruct(p, "a function in C");
    if (e->op == EXPRESSION_VARIABLE && e->variable->role == VARIABLE_COUNTDOWN) print_obstruct(p, "a countdown that is read");
    if (e->op == EXPRESSION_VARIABLE && e->variable->role == VARIABLE_DELAYED &&
        (e->variable->side != SIDE_SELF || e->variable->instance))
        print_obstruct(p, "a value of another cell's past");
    for (int i = 0; i < e->count; i++) print_look_at(p, e->kids[i]);
}

void print_term(Printer *p, FILE *out, const char *before, const Expression *e, const char *after) {
    print_look_at(p, e);
    fputs(before, out);
    expression_print(e, out);
    fputs(after, out);
}

/* ---- declarations ---- */

void print_unit(Printer *p, const Variable *v, FILE *out) {
    char text[96];
    if (v->type->kind != TYPE_NUMBER) return;
    if (v->unit_text && v->unit_text[0]) {
        fprintf(out, " : %s", v->unit_text);
    } else if (!hil_dimension_is_none(v->type->dimension)) {
        const char *usual = hil_dimension_usual_unit(v->type->dimension);
        hil_dimension_print(v->type->dimension, text, sizeof text);
        if (strchr(usual[0] ? usual : text, '.')) print_obstruct(p, "a unit with half powers");
        fprintf(out, " : %s", usual[0] ? usual : text);
    }
}

/* "w[2]" -> 2, with the length of what stands before; -1: no element of an array. */
static int element_of(const char *name, size_t *length) {
    const char *bracket = strchr(name, '[');
    *length = bracket ? (size_t)(bracket - name) : strlen(name);
    return bracket ? (int)strtol(bracket + 1, NULL, 10) : -1;
}

bool print_is_declared(const Variable *v) {
    return v->side == SIDE_SELF &&
           (v->role == VARIABLE_PARAMETER || v->role == VARIABLE_STATE || v->role == VARIABLE_INPUT ||
            v->role == VARIABLE_OUTPUT || v->role == VARIABLE_LET) && v->type && v->type->kind == TYPE_NUMBER;
}

/* The elements of one array, which stand one behind the other. */
static int put_array(Printer *p, Variable *const *list, int count, const char *word, const void *owner) {
    size_t length, other;
    int n = 0;
    element_of(list[0]->name, &length);
    while (n < count && element_of(list[n]->name, &other) == n && other == length &&
           strncmp(list[n]->name, list[0]->name, length) == 0 && list[n]->role == list[0]->role)
        n++;
    if (!n || strchr(list[0]->name + length + 1, '[')) {
        print_obstruct(p, "an array of arrays");
        return 1;
    }
    fprintf(p->text, "    %s %.*s[%d]", word, (int)length, list[0]->name, n);
    print_unit(p, list[0], p->text);
    bool equal = true, given = true;
    for (int i = 0; i < n; i++) {
        equal = equal && print_value_of(list[i]) == print_value_of(list[0]);
        given = given && print_value_of(list[i]);
        if (print_is_foreign(print_value_of(list[i]), owner)) print_obstruct(p, "an array that the network gives");
        if (list[i]->has_bound) print_obstruct(p, "an array with bounds");
    }
    if (given && equal) {
        print_term(p, p->text, " = ", print_value_of(list[0]), "");
    } else if (given) {
        for (int i = 0; i < n; i++) print_term(p, p->text, i ? ", " : " = [", print_value_of(list[i]), i + 1 == n ? "]" : "");
    }
    fputc('\n', p->text);
    return n;
}

void print_variables(Printer *p, Variable *const *list, int count, const void *owner, const Events *events) {
    static const char *const words[] = {"param", "state", "input", "output", "let"};
    for (int i = 0; i < count; i++) {
        const Variable *v = list[i];
        size_t length;
        if (v->role == VARIABLE_POSITION && strchr(v->name, '.')) print_obstruct(p, "positions beside states of their names");
        if (!print_is_declared(v)) continue;
        for (int j = 0; events && v->role == VARIABLE_STATE && j < events->count; j++) {
            size_t part = strlen(events->at[j]->name);
            if (strncmp(v->name, events->at[j]->name, part) == 0 && v->name[part] == '.')
                print_obstruct(p, "a value kept from before a block's writes");
        }
        if (element_of(v->name, &length) >= 0) {
            i += put_array(p, list + i, count - i, words[v->role], owner) - 1;
            continue;
        }
        fprintf(p->text, "    %s %s", words[v->role], v->name);
        if (v->role != VARIABLE_LET || print_value_of(v)->op != EXPRESSION_NUMBER) print_unit(p, v, p->text);
        if (print_value_of(v) && !print_is_foreign(print_value_of(v), owner)) print_term(p, p->text, " = ", print_value_of(v), "");
        else if (print_value_of(v) && v->role != VARIABLE_PARAMETER && v->role != VARIABLE_STATE)
            print_obstruct(p, "a value of the network in an equation");
        if (v->doc && !strchr(v->doc, '\n')) fprintf(p->text, "  ## %s", v->doc);
        fputc('\n', p->text);
        if (!v->has_bound) continue;
        fprintf(p->text, "    bound %s in ", v->name);
        print_term(p, p->text, "", v->bound_low, " .. ");
        print_term(p, p->text, "", v->bound_high, "\n");
    }
}

void print_equations(Printer *p, const Equation *list, int count, const void *owner) {
    for (int i = 0; i < count; i++) {
        fprintf(p->text, "    %s' = ", list[i].state->name);
        print_term(p, p->text, "", list[i].rate, "\n");
        if (owner && print_is_foreign(list[i].rate, owner)) print_obstruct(p, "a value of the network in an equation");
    }
}

void print_solves(Printer *p, const Population *population, const Projection *projection) {
    const SolveRule *list = population ? population->solves.at : projection ? projection->solves.at : NULL;
    int count = population ? population->solves.count : projection ? projection->solves.count : 0;
    if (p->solves) list = p->solves->rules(p->solves->context, population, projection, &count);
    for (int i = 0; i < count; i++) {
        fputs(list[i].order > 0 ? ", then" : i ? "\n    solve" : "    solve", p->text);
        for (int j = 0; j < list[i].states.count; j++)
            fprintf(p->text, "%s %s", j ? "," : "", list[i].states.at[j]->name);
        if (!list[i].states.count) fputs(" all", p->text);
        fprintf(p->text, " with %s", list[i].method);
        if (list[i].substeps > 1) fprintf(p->text, "(substeps = %d)", list[i].substeps);
        if (list[i].tolerance > 0) fprintf(p->text, "(tolerance = %.17g)", list[i].tolerance);
    }
    if (count) fputc('\n', p->text);
}

/* ---- events ---- */

static void indent(Printer *p, int depth) {
    for (int i = 0; i < depth; i++) fputs("    ", p->text);
}

static void put_refractory(Printer *p, const Population *population, const Action *a) {
    print_term(p, p->text, "refractory ", a->value, "");
    for (int i = 0; population && i < population->refractories.count; i++) {
        const Refractory *r = &population->refractories.at[i];
        if (r->countdown != a->variable || !r->held.count) continue;
        for (int j = 0; j < r->held.count; j++) fprintf(p->text, "%s%s", j ? ", " : " { ", r->held.at[j]->name);
        fputs(" }", p->text);
    }
    fputc('\n', p->text);
}

void print_action(Printer *p, const Population *population, const Action *a, int depth) {
    indent(p, depth);
    switch (a->kind) {
    case ACTION_ASSIGN:
        fprintf(p->text, "%s%s", a->variable->side == SIDE_PRE ? "pre." : a->variable->side == SIDE_POST ? "post." : "",
                a->variable->name);
        if (a->value->op == EXPRESSION_ADD && a->value->kids[0]->op == EXPRESSION_VARIABLE &&
            a->value->kids[0]->variable == a->variable)
            print_term(p, p->text, " += ", a->value->kids[1], "\n");
        else
            print_term(p, p->text, " = ", a->value, "\n");
        break;
    case ACTION_REFRACTORY: put_refractory(p, population, a); break;
    case ACTION_TRIGGER:
        print_term(p, p->text, "after ", a->value, " {\n");
        print_actions(p, population, a->event->actions.at, a->event->actions.count, depth + 1);
        indent(p, depth);
        fputs("}\n", p->text);
        break;
    }
}

/* Actions of one guard stand in one `if`, as they were: what they write is no part of the guard. */
void print_actions(Printer *p, const Population *population, const Action *list, int count, int depth) {
    for (int i = 0; i < count;) {
        const Expression *guard = list[i].guard;
        if (guard) {
            indent(p, depth);
            print_term(p, p->text, "if ", guard, " {\n");
        }
        for (; i < count && list[i].guard == guard; i++) {
            if (guard && i + 1 < count && list[i + 1].guard == guard && list[i].variable &&
                expression_mentions(guard, list[i].variable))
                print_obstruct(p, "a condition kept from before a block's writes");
            print_action(p, population, &list[i], guard ? depth + 1 : depth);
        }
        if (!guard) continue;
        indent(p, depth);
        fputs("}\n", p->text);
    }
}

static void put_event(Printer *p, const Population *population, const Event *e) {
    bool unnamed = !e->spike && (strncmp(e->name, "on", 2) == 0 || strncmp(e->name, "every", 5) == 0) &&
                   strspn(e->name + (e->name[0] == 'o' ? 2 : 5), "0123456789") == strlen(e->name + (e->name[0] == 'o' ? 2 : 5));
    if (e->condition == CONDITION_NONE) return; /* it stands where it is set off */
    if (!e->spike && strchr(e->name, '.')) print_obstruct(p, "an event of a part");
    if (unnamed)
        fputs("    on ", p->text);
    else if (e->spike)
        fprintf(p->text, "    spike%s when ", e->exact ? " exact" : "");
    else
        fprintf(p->text, "    event %s when ", e->name);
    /* `every` is a test by which two terms are compared: read again, it is a signal at a level */
    bool compared = e->condition == CONDITION_TEST && e->test->op == EXPRESSION_LT;
    const Expression *signal = compared ? e->test->kids[1] : e->signal, *level = compared ? e->test->kids[0] : e->level;
    switch (compared ? CONDITION_LEVEL : e->condition) {
    case CONDITION_LEVEL: { /* what changes stands first */
        bool below = signal->rate <= RATE_INSTANCE && level->rate == RATE_DYNAMIC;
        print_term(p, p->text, "", below ? level : signal, below ? " < " : " > ");
        print_term(p, p->text, "", below ? signal : level, "");
        break;
    }
    case CONDITION_RISES:
    case CONDITION_FALLS:
        print_term(p, p->text, "", e->signal, e->condition == CONDITION_RISES ? " rises above " : " falls below ");
        print_term(p, p->text, "", e->level, "");
        break;
    default: print_term(p, p->text, "", e->test, ""); break;
    }
    if (e->priority) fprintf(p->text, " priority %d", e->priority);
    fputs(" {\n", p->text);
    print_actions(p, population, e->actions.at, e->actions.count, 2);
    fputs("    }\n", p->text);
}

/* ---- kinds ---- */

void print_begin_text(Printer *p, Text *text) {
    *text = (Text){0};
    p->text = open_memstream(&text->at, &text->length);
}

/* Closes the text, prints the kind if it is new and gives its name. */
Name print_end_kind(Printer *p, Text *text, const char *word, const char *base) {
    bool fresh;
    fclose(p->text);
    Name name = kind_name(p, word, base, text->at ? text->at : "", &fresh);
    if (fresh) fprintf(p->out, "%s %s {\n%s}\n", word, name, text->at ? text->at : "");
    free(text->at);
    return name;
}

Name print_neuron(Printer *p, const Population *population) {
    Text text;
    print_begin_text(p, &text);
    print_variables(p, population->variables.at, population->variables.count, population, (const Events *)&population->events);
    print_equations(p, population->equations.at, population->equations.count, population);
    for (int i = 0; i < population->events.count; i++) put_event(p, population, population->events.at[i]);
    print_solves(p, population, NULL);
    return print_end_kind(p, &text, "neuron", population->type_name);
}

