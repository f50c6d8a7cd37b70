/* Printing connections and drives. In: projections and drives of a network. Out: for each the `synapse` that says what an
 * arrival does, and the statement that uses it. */
#include "hillock/abi.h"
#include "hillock/host.h"
#include "model/print.h"
#include <stdlib.h>
#include <string.h>

/* ---- connections ---- */

static const char *plain_base(Printer *p, const char *name) {
    char *copy = arena_copy_text(p->c->arena, name, strlen(name));
    for (char *at = copy; *at; at++)
        if (*at == '.' || *at == '[' || *at == ']') *at = '_';
    return copy;
}

/* Without `via`: weight*output, or the output. */
const Variable *print_sent_value(const Projection *r) {
    if (r->on_pre.count || r->source_event || r->equations.count || r->contributions.count != 1) return NULL;
    const Expression *e = r->contributions.at[0].value;
    if (r->weight && e->op == EXPRESSION_MUL) {
        bool first = e->kids[0]->op == EXPRESSION_VARIABLE && e->kids[0]->variable == r->weight;
        if (first || (e->kids[1]->op == EXPRESSION_VARIABLE && e->kids[1]->variable == r->weight)) e = e->kids[first];
    }
    if (e->op != EXPRESSION_VARIABLE) return NULL;
    if (e->variable->side == SIDE_SELF && e->variable->role == VARIABLE_DELAYED) e = e->variable->value;
    return e->variable->side == SIDE_PRE ? e->variable->original : NULL;
}

Name print_synapse(Printer *p, const Projection *r, const char **arguments) {
    Text text;
    const char *given = "";
    print_begin_text(p, &text);
    VECTOR(Variable *) own = {0};
    for (int i = 0; i < r->variables.count; i++)
        if (r->variables.at[i]->role != VARIABLE_WEIGHT && r->variables.at[i]->role != VARIABLE_DELAY)
            vector_push(p->c->arena, &own, r->variables.at[i]);
    print_variables(p, own.at, own.count, r, NULL);
    for (int i = 0; i < own.count; i++) {
        const Variable *v = own.at[i];
        if (!print_is_declared(v) || !print_is_foreign(print_value_of(v), r)) continue;
        if (v->role != VARIABLE_PARAMETER || strpbrk(v->name, ".[")) print_obstruct(p, "a synapse's state that the network gives");
        char *value = NULL;
        size_t length = 0;
        FILE *memory = open_memstream(&value, &length);
        print_term(p, memory, "", print_value_of(v), "");
        fclose(memory);
        given = arena_print(p->c->arena, "%s%s%s = %s", given, given[0] ? ", " : "", v->name, value ? value : "");
        free(value);
    }
    *arguments = given;
    print_equations(p, r->equations.at, r->equations.count, NULL);
    if (r->source_event || r->on_pre.count) {
        fputs("    on pre {\n", p->text);
        print_actions(p, NULL, r->on_pre.at, r->on_pre.count, 2);
        fputs("    }\n", p->text);
    }
    if (r->contributions.count > 1) print_obstruct(p, "a synapse's current with a conductance of its own");
    if (r->contributions.count == 1) {
        const Contribution *one = &r->contributions.at[0];
        if (one->into->side != SIDE_POST) print_obstruct(p, "a coupling");
        fputs("    current = -(", p->text);
        print_term(p, p->text, "", one->value, ")\n");
    }
    print_solves(p, NULL, r);
    return print_end_kind(p, &text, "synapse", arena_print(p->c->arena, "%s_synapse", plain_base(p, r->name)));
}

void print_list(Printer *p, FILE *out, const Expression *e) {
    if (e->op != EXPRESSION_HOST || (e->index != HIL_HOST_LIST && e->index != HIL_HOST_RANGE)) {
        print_term(p, out, "", e, "");
        return;
    }
    bool range = e->index == HIL_HOST_RANGE;
    if (range && e->host_index > 0) print_obstruct(p, "a stepped range");
    if (!range) fputc('[', out);
    for (int i = 0; i < e->count; i++) print_term(p, out, i ? (range ? " .. " : ", ") : "", e->kids[i], "");
    if (!range) fputc(']', out);
}

void print_view(Printer *p, FILE *out, Name population, const Expression *view) {
    fputs(population, out);
    if (!view) return;
    bool list = view->op == EXPRESSION_HOST && view->index == HIL_HOST_LIST;
    if (!list) fputc('[', out);
    print_list(p, out, view);
    if (!list) fputc(']', out);
}

static void put_rule(Printer *p, FILE *out, const Projection *r) {
    static const char *const rules[] = {"all",   "one_to_one", "probability", "indegree", "outdegree",
                                        "total", "ring",       "small_world", "edges"};
    fprintf(out, "        %s", rules[r->rule]);
    for (int i = 0; i < r->argument_count; i++) {
        if (r->arguments[i]->op != EXPRESSION_TEXT) print_look_at(p, r->arguments[i]);
        fputs(i ? ", " : " ", out);
        expression_print(r->arguments[i], out);
    }
    if (r->pair_probability) print_term(p, out, " ", r->pair_probability, "");
    fputc('\n', out);
    bool self = r->flags & HIL_ALLOW_SELF, by_itself = r->rule == HIL_RULE_ONE_TO_ONE;
    if (self != by_itself) fprintf(out, "        self %s\n", self ? "yes" : "no");
    if (r->flags & HIL_ALLOW_MULTAPSES) fputs("        multapses yes\n", out);
    if (r->weight) print_term(p, out, "        weight = ", r->weight->initial, "\n");
    if (r->delay) print_term(p, out, "        delay = ", r->delay->initial, "\n");
}

/* `kind`: its synapse, NULL for a value that is sent. */
void print_connection(Printer *p, const Projection *r, Name kind, const char *arguments) {
    FILE *out = p->text;
    const Variable *sent = kind ? NULL : print_sent_value(r);
    fputs("    connect ", out);
    if (r->named) fprintf(out, "%s: ", r->name);
    print_view(p, out, r->source->name, r->source_view);
    if (sent) {
        const Expression *past = sent->role == VARIABLE_DELAYED ? sent->value : NULL;
        if (past && past->op != EXPRESSION_VARIABLE) print_obstruct(p, "a value of the past");
        fprintf(out, ".%s", past && past->op == EXPRESSION_VARIABLE ? past->variable->name : sent->name);
    } else if (r->source_event && !r->source_event->spike) {
        fprintf(out, ".%s", r->source_event->name);
    }
    fputs(" -> ", out);
    print_view(p, out, r->target->name, r->target_view);
    if (r->contributions.count) fprintf(out, ".%s", r->contributions.at[0].into->original->name);
    if (kind) fprintf(out, arguments[0] ? " via %s(%s)" : " via %s", kind, arguments);
    fputs(" {\n", out);
    put_rule(p, out, r);
    fputs("    }\n", out);
}

/* ---- drives ---- */

/* e with a part of it replaced. */
static const Expression *with_part(Printer *p, const Expression *e, const Expression *part, const Expression *by) {
    if (e == part) return by;
    if (!e->count) return e;
    const Expression **kids = arena_array_of(p->c->arena, const Expression *, e->count);
    bool changed = false;
    for (int i = 0; i < e->count; i++) {
        kids[i] = with_part(p, e->kids[i], part, by);
        changed = changed || kids[i] != e->kids[i];
    }
    return changed ? expression_rebuild(p->model->pool, e, kids) : e;
}

/* How many arrive in a step: the draw in an action, or NULL. */
static const Expression *find_count(const Expression *e) {
    const Expression *found = e->op == EXPRESSION_DRAW_POISSON ? e : NULL;
    for (int i = 0; i < e->count && !found; i++) found = find_count(e->kids[i]);
    return found;
}

static bool draws(const Expression *e) {
    bool found = e->op >= EXPRESSION_DRAW_UNIFORM && e->op <= EXPRESSION_DRAW_BINOMIAL;
    for (int i = 0; i < e->count && !found; i++) found = draws(e->kids[i]);
    return found;
}

/* What is drawn at each arrival and added: the weight of a drive that draws it; or NULL. */
static const Expression *drawn_weight(const Printer *p, const Drive *d) {
    const Expression *slope, *rest;
    double one;
    if (!d->at_times || !d->actions.count) return NULL;
    const Action *a = &d->actions.at[0];
    if (a->kind != ACTION_ASSIGN || !expression_affine(p->model->pool, a->value, a->variable, &slope, &rest) ||
        !expression_is_number(slope, &one) || one != 1)
        return NULL;
    return draws(rest) ? rest : NULL;
}

static const Variable *drive_variable(const Drive *d, const char *name) {
    for (int i = 0; i < d->variables.count; i++)
        if (strcmp(d->variables.at[i]->name, name) == 0) return d->variables.at[i];
    return NULL;
}

Name print_drive_synapse(Printer *p, const Drive *d) {
    Text text;
    Variable *arrivals = arena_new_of(p->c->arena, Variable);
    *arrivals = (Variable){.name = name_of(p->c->names, "release"), .role = VARIABLE_LET, .owner = (void *)d,
                           .type = type_number(p->model->pool, HIL_DIMENSIONLESS), .span = NO_SPAN};
    const Expression *release = expression_variable(p->model->pool, arrivals, NO_SPAN);
    const Expression *weight = drawn_weight(p, d);
    if (weight) {
        Variable *v = arena_new_of(p->c->arena, Variable);
        *v = (Variable){.name = name_of(p->c->names, "weight"), .role = VARIABLE_WEIGHT, .owner = (void *)d,
                        .type = weight->type, .span = NO_SPAN};
        arrivals = v;
    }
    const Expression *by = weight ? expression_variable(p->model->pool, arrivals, NO_SPAN) : release;
    print_begin_text(p, &text);
    fputs("    on pre {\n", p->text);
    for (int i = 0; i < d->actions.count; i++) {
        Action a = d->actions.at[i];
        Variable *there = arena_new_of(p->c->arena, Variable);
        if (a.kind != ACTION_ASSIGN || a.guard) print_obstruct(p, "a drive for some time");
        *there = *a.variable;
        there->side = SIDE_POST;
        there->original = a.variable;
        Substitution at = {a.variable, expression_variable(p->model->pool, there, NO_SPAN)};
        a.variable = there;
        const Expression *part = d->at_times ? weight : find_count(a.value);
        if (part) a.value = with_part(p, a.value, part, by);
        if (draws(a.value)) print_obstruct(p, "a drive that draws more than its weight");
        a.value = expression_substitute(p->model->pool, a.value, &at, 1);
        print_action(p, NULL, &a, 2);
    }
    fputs("    }\n", p->text);
    return print_end_kind(p, &text, "synapse", arena_print(p->c->arena, "%s_synapse", d->name));
}

void print_drive(Printer *p, const Drive *d, Name kind) {
    FILE *out = p->text;
    const Variable *rate = drive_variable(d, "rate"), *each = drive_variable(d, "each"),
                   *weight = drive_variable(d, "weight");
    fputs("    drive ", out);
    print_view(p, out, d->population->name, d->view);
    if (d->at_times) {
        fputs(" with spikes at ", out);
        print_list(p, out, d->times);
    } else {
        if (!rate) {
            print_obstruct(p, "a drive by values");
            return;
        }
        print_term(p, out, " with poisson(rate = ", rate->initial, "");
        if (each) print_term(p, out, ", each = ", each->initial, "");
        fputc(')', out);
    }
    if (d->every) print_obstruct(p, "a drive every so often");
    fprintf(out, " via %s", kind);
    if (weight || drawn_weight(p, d))
        print_term(p, out, " { weight = ", weight ? weight->initial : drawn_weight(p, d), " }");
    fputc('\n', out);
}

