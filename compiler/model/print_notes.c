/* Notes on a network: its flattened populations and projections, near the language's notation but beyond what it can say
 * (hidden inputs, countdowns, contributions). In: a network. Out: lines of text, which model_print puts behind `#`. */
#include "hillock/abi.h"
#include "model/model.h"
#include <stdio.h>

static void print_unit(const Variable *v, FILE *out) {
    if (v->unit_text && v->unit_text[0]) {
        fprintf(out, " : %s", v->unit_text);
    } else if (v->type && v->type->kind == TYPE_NUMBER && !hil_dimension_is_none(v->type->dimension)) {
        char text[96];
        hil_dimension_print(v->type->dimension, text, sizeof text);
        fprintf(out, " : %s", text);
    }
}

static void print_assignment(const char *name, const Expression *e, FILE *out) {
    fprintf(out, "%s = ", name);
    expression_print(e, out);
}

static void print_variable_line(const Variable *v, FILE *out) {
    static const char *const words[] = {"param",  "state", "input",     "output", "let",   "position",
                                        "weight", "delay", "countdown", "step",   "past",  "scalar"};
    if (v->side != SIDE_SELF) return;
    fprintf(out, "        %s%s %s", words[v->role], v->role == VARIABLE_PARAMETER && v->instance ? " each" : "",
            v->name);
    print_unit(v, out);
    const Expression *e = v->initial ? v->initial : v->value;
    if (e) {
        fputs(" = ", out);
        expression_print(e, out);
    }
    if (v->has_bound) {
        fputs("  in ", out);
        expression_print(v->bound_low, out);
        fputs(" .. ", out);
        expression_print(v->bound_high, out);
    }
    fputc('\n', out);
}

static void print_target(const Variable *v, FILE *out) {
    fprintf(out, "%s%s", v->side == SIDE_PRE ? "pre." : v->side == SIDE_POST ? "post." : "", v->name);
}

static void print_action(const Action *a, FILE *out) {
    fputs("            ", out);
    if (a->guard) {
        fputs("if ", out);
        expression_print(a->guard, out);
        fputs(": ", out);
    }
    switch (a->kind) {
    case ACTION_ASSIGN:
        print_target(a->variable, out);
        fputs(" = ", out);
        break;
    case ACTION_REFRACTORY: fprintf(out, "%s for ", a->variable->name); break;
    case ACTION_TRIGGER: fprintf(out, "%s after ", a->event->name); break;
    }
    if (a->value) expression_print(a->value, out);
    fputc('\n', out);
}

static void print_event(const Event *e, FILE *out) {
    fprintf(out, "        %s %s%s", e->spike ? "spike" : "event", e->spike ? "" : e->name, e->exact ? " exact" : "");
    switch (e->condition) {
    case CONDITION_NONE: break;
    case CONDITION_LEVEL:
    case CONDITION_TEST:
        fputs(" when ", out);
        expression_print(e->test, out);
        break;
    case CONDITION_RISES:
    case CONDITION_FALLS:
        fputs(" when ", out);
        expression_print(e->signal, out);
        fputs(e->condition == CONDITION_RISES ? " rises above " : " falls below ", out);
        expression_print(e->level, out);
        break;
    }
    if (e->blocked_by) fprintf(out, " unless %s", e->blocked_by->name);
    if (e->priority) fprintf(out, " priority %d", e->priority);
    fputc('\n', out);
    for (int i = 0; i < e->actions.count; i++) print_action(&e->actions.at[i], out);
}

static void print_equations(const Equation *list, int count, FILE *out) {
    for (int i = 0; i < count; i++) {
        fprintf(out, "        %s' = ", list[i].state->name);
        expression_print(list[i].rate, out);
        fputc('\n', out);
    }
}

static void print_population(const Population *p, FILE *out) {
    fprintf(out, "    population %s[", p->name);
    expression_print(p->size, out);
    fprintf(out, "] : %s {\n", p->type_name);
    for (int i = 0; i < p->variables.count; i++) print_variable_line(p->variables.at[i], out);
    print_equations(p->equations.at, p->equations.count, out);
    for (int i = 0; i < p->events.count; i++) print_event(p->events.at[i], out);
    for (int i = 0; i < p->refractories.count; i++) {
        fprintf(out, "        %s holds", p->refractories.at[i].countdown->name);
        for (int j = 0; j < p->refractories.at[i].held.count; j++)
            fprintf(out, "%s %s", j ? "," : "", p->refractories.at[i].held.at[j]->name);
        fputc('\n', out);
    }
    for (int i = 0; i < p->solves.count; i++) {
        fputs("        solve", out);
        for (int j = 0; j < p->solves.at[i].states.count; j++)
            fprintf(out, "%s %s", j ? "," : "", p->solves.at[i].states.at[j]->name);
        if (!p->solves.at[i].states.count) fputs(" all", out);
        fprintf(out, " with %s", p->solves.at[i].method);
        if (p->solves.at[i].substeps > 1) fprintf(out, "(substeps = %d)", p->solves.at[i].substeps);
        fputc('\n', out);
    }
    fputs("    }\n", out);
}

static void print_projection(const Projection *p, FILE *out) {
    static const char *const rules[] = {"all",   "one_to_one", "probability", "indegree", "outdegree",
                                        "total", "ring",       "small_world", "edges"};
    fprintf(out, "    connect %s: %s -> %s {\n        %s", p->name, p->source->name, p->target->name, rules[p->rule]);
    for (int i = 0; i < p->argument_count; i++) {
        fputs(i ? ", " : " ", out);
        expression_print(p->arguments[i], out);
    }
    if (p->pair_probability) {
        fputc(' ', out);
        expression_print(p->pair_probability, out);
    }
    fputc('\n', out);
    for (int i = 0; i < p->variables.count; i++) print_variable_line(p->variables.at[i], out);
    print_equations(p->equations.at, p->equations.count, out);
    if (p->on_pre.count) fprintf(out, "        on %s\n", p->source_event ? p->source_event->name : "pre");
    for (int i = 0; i < p->on_pre.count; i++) print_action(&p->on_pre.at[i], out);
    for (int i = 0; i < p->events.count; i++) print_event(p->events.at[i], out);
    for (int i = 0; i < p->contributions.count; i++) {
        fputs("        ", out);
        print_target(p->contributions.at[i].into, out);
        fputs(" += ", out);
        expression_print(p->contributions.at[i].value, out);
        fputc('\n', out);
    }
    if (p->sharing) fprintf(out, "        (%s)\n", p->sharing);
    fputs("    }\n", out);
}

static void print_drive(const Drive *d, FILE *out) {
    fprintf(out, "    drive %s {\n", d->population->name);
    for (int i = 0; i < d->variables.count; i++) print_variable_line(d->variables.at[i], out);
    if (d->at_times) {
        fputs("        ", out);
        print_assignment("at", d->times, out);
        fputc('\n', out);
    }
    if (d->every) {
        fputs("        ", out);
        print_assignment("every", d->every, out);
        fputc('\n', out);
    }
    for (int i = 0; i < d->actions.count; i++) print_action(&d->actions.at[i], out);
    fputs("    }\n", out);
}

void model_print_notes(const Network *network, FILE *out) {
    fprintf(out, "network %s {\n", network->name);
    for (int i = 0; i < network->variables.count; i++) print_variable_line(network->variables.at[i], out);
    for (int i = 0; i < network->populations.count; i++) print_population(network->populations.at[i], out);
    for (int i = 0; i < network->projections.count; i++) print_projection(network->projections.at[i], out);
    for (int i = 0; i < network->drives.count; i++) print_drive(network->drives.at[i], out);
    fputs("}\n", out);
}
