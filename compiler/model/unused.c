/* Kinds and functions that nobody uses are checked too, as far as that is possible without a place to be in. In: a file's
 * definitions of synapses, channels and functions that are unused. Out: their mistakes.
 *
 * Each is put into several small models written here, which differ in what the definition cannot know: the units of its
 * cell, of its weight, of arguments without a type. What is wrong in all of them is wrong in the definition. Kept true:
 * nothing else is said, and the model stays as it was. */
#include "model/unused.h"
#include "syntax/syntax.h"
#include <string.h>

#define MOST_SETTINGS 6

/* ---- small models ---- */

static const struct Setting {
    const char *cell, *weight, *plain; /* plain: an argument whose unit nobody says */
} settings[MOST_SETTINGS] = {
    {"membrane { C = 1 uF/cm^2; area = 1000 um^2; temperature = 20 degC }\nspike when V rises above 0 mV", "1 nS", "1"},
    {"membrane { C = 1 uF/cm^2; area = 1000 um^2; temperature = 20 degC }\nspike when V rises above 0 mV", "1 nA", "1 mV"},
    {"membrane { C = 1 uF/cm^2; area = 1000 um^2; temperature = 20 degC }\nspike when V rises above 0 mV", "1", "1 ms"},
    {"input I : mV\nstate V : mV = 0 mV\nV' = (I - V)/1 ms\nspike when V > 1 mV", "1 mV", "1 nS"},
    {"input I : nA\nstate V : mV = 0 mV\nV' = (I*1 MOhm - V)/1 ms\nspike when V > 1 mV", "1 nA", "1 nA"},
    {"input I\nstate V = 0\nV' = (I - V)/1 ms\nspike when V > 1", "1", "1"},
};

static const char *text_of(Checker *k, Span span) {
    return arena_copy_text(k->c->arena, k->c->sources.list.at[span.source].text + span.begin, span.end - span.begin);
}

/* `1 mV` for a type `mV`. */
static const char *one_of(Checker *k, const Ast *type, const char *plain) {
    if (!type || !type->count) return type ? "1" : plain;
    const char *text = text_of(k, type->span);
    return arena_print(k->c->arena, "1%s%s", *text == '/' ? "" : " ", text);
}

/* (a = 1 mV, b = 1/ms) for what has no default. */
static const char *arguments_of(Checker *k, const Ast *definition, const char *plain) {
    const char *list = "", *between = "";
    const Ast *formals = definition->kind == AST_FUNCTION ? ast_kid(definition, 0) : ast_kid(definition, 3);
    for (int i = 0; formals && i < formals->count; i++) {
        const Ast *formal = formals->kids[i];
        bool parameter = formal->kind == AST_PARAM;
        if (definition->kind != AST_FUNCTION && !parameter) continue;
        if (ast_kid(formal, parameter ? 2 : 1)) continue;
        const char *value = one_of(k, ast_kid(formal, parameter ? 1 : 0), plain);
        list = arena_print(k->c->arena, "%s%s%s = %s", list, between, formal->name, value);
        between = ", ";
    }
    return *list || definition->kind == AST_FUNCTION ? arena_print(k->c->arena, "(%s)", list) : "";
}

static const char *ions_of(Checker *k, const Ast *channel) {
    const char *lines = "";
    const Ast *block = ast_kid(channel, 3);
    for (int i = 0; block && i < block->count; i++)
        if (block->kids[i]->kind == AST_ION && block->kids[i]->name)
            lines = arena_print(k->c->arena, "%sE_%s = 0 mV\n", lines, block->kids[i]->name);
    return lines;
}

static const char *model_text(Checker *k, const Ast *definition, const struct Setting *s) {
    Arena *arena = k->c->arena;
    const char *used = arena_print(arena, "%s%s", definition->name, arguments_of(k, definition, s->plain));
    if (definition->kind == AST_FUNCTION)
        return arena_print(arena, "neuron Cell {\nlet q = %s\nstate x = 0\n}\nnetwork Net { population A : Cell }\n", used);
    if (definition->op == DEFINITION_CHANNEL)
        return arena_print(arena, "neuron Cell {\n%s\ninsert %s\n%s}\nnetwork Net { population A : Cell }\n", s->cell, used,
                           ions_of(k, definition));
    return arena_print(arena, "neuron Cell {\n%s\n}\nnetwork Net {\npopulation A : Cell\npopulation B : Cell\n"
                              "connect A -> B via %s { all; weight = %s; delay = 1 ms }\n}\n", s->cell, used, s->weight);
}

/* ---- what is wrong in all of them ---- */

static bool context_free(DiagnosticCode code) {
    switch (code) {
    case DIAGNOSTIC_UNKNOWN_NAME:
    case DIAGNOSTIC_EQUATION_TWICE:
    case DIAGNOSTIC_DRAW_IN_EQUATION:
    case DIAGNOSTIC_NOISE_MISPLACED:
    case DIAGNOSTIC_GATE_POWERS:
    case DIAGNOSTIC_GATE_FORM:
    case DIAGNOSTIC_CANNOT_ASSIGN:
    case DIAGNOSTIC_UNIT_MISMATCH:
    case DIAGNOSTIC_NOT_DIMENSIONLESS:
    case DIAGNOSTIC_UNKNOWN_UNIT:
    case DIAGNOSTIC_UNIT_RANGE:
    case DIAGNOSTIC_POWER_UNIT:
    case DIAGNOSTIC_DIVIDED_UNIT:
    case DIAGNOSTIC_BAD_CAST: return true;
    default: return false;
    }
}

/* Does its line speak of what only a connection knows? */
static bool hangs_on_context(Checker *k, Span span) {
    const char *text = k->c->sources.list.at[span.source].text;
    uint32_t begin = span.begin, end = span.end;
    while (begin > 0 && text[begin - 1] != '\n' && text[begin - 1] != ';' && text[begin - 1] != '{') begin--;
    while (text[end] && text[end] != '\n' && text[end] != ';') end++;
    const char *line = arena_copy_text(k->c->arena, text + begin, end - begin);
    return strstr(line, "weight") || strstr(line, "pre.") || strstr(line, "post.");
}

/* A word of the cell or of an ion that only some cells have: `ca_i`, `E_k`. */
static bool may_be_given(const char *name) {
    size_t n = strlen(name);
    return strncmp(name, "E_", 2) == 0 || strncmp(name, "i_", 2) == 0 ||
           (n > 2 && (strcmp(name + n - 2, "_i") == 0 || strcmp(name + n - 2, "_o") == 0));
}

static bool belongs(Checker *k, const Ast *definition, const Diagnostic *d) {
    Span own = definition->span;
    if (d->span.source != own.source || d->span.begin < own.begin || d->span.end > own.end) return false;
    if (!context_free(d->code)) return false;
    bool synapse = definition->kind == AST_DEFINITION && definition->op == DEFINITION_SYNAPSE; /* sees its whole cell */
    if (d->code == DIAGNOSTIC_UNKNOWN_NAME && ((synapse && !d->help) || may_be_given(text_of(k, d->span)))) return false;
    return definition->kind == AST_FUNCTION || d->code == DIAGNOSTIC_UNKNOWN_NAME || !hangs_on_context(k, d->span);
}

typedef VECTOR(Diagnostic *) Found;

/* Builds one small model and takes what it says of the definition. */
static void attempt(Checker *k, const Ast *definition, const struct Setting *setting, Found *found) {
    Compilation *c = k->c;
    int diagnostics = c->diagnostics.list.count, errors = c->diagnostics.errors, sources = c->sources.list.count;
    int networks = k->model->networks.count, builds = k->builds.count, externs = k->model->externs.count;
    int items = k->model->items.count;
    const char *text = model_text(k, definition, setting);
    Scope *globals = k->globals;
    k->globals = scope_new(k, globals, globals->what, NULL);
    definitions_collect(k, syntax_parse(c, sources_add_text(&c->sources, "", text, strlen(text))));
    Ast name = {.kind = AST_NAME, .name = name_of(c->names, "Net"), .span = definition->name_span};
    network_instance(k, k->globals, &name, NULL);
    k->globals = globals;
    for (int i = diagnostics; i < c->diagnostics.list.count; i++) {
        Diagnostic *d = c->diagnostics.list.at[i];
        if (!belongs(k, definition, d)) continue;
        int kept = 0;
        for (int n = 0; n < d->notes.count; n++)
            if (d->notes.at[n].span.source < sources) d->notes.at[kept++] = d->notes.at[n];
        d->notes.count = kept;
        vector_push(c->arena, found, d);
    }
    c->diagnostics.list.count = diagnostics;
    c->diagnostics.errors = errors;
    c->sources.list.count = sources;
    k->model->networks.count = networks;
    k->model->externs.count = externs;
    k->model->items.count = items;
    k->builds.count = builds;
}

static bool holds(const Found *found, const Diagnostic *wanted) {
    for (int i = 0; i < found->count; i++) {
        const Diagnostic *d = found->at[i];
        if (d->code == wanted->code && d->span.begin == wanted->span.begin && d->span.end == wanted->span.end) return true;
    }
    return false;
}

static bool can_be_tried(const Ast *definition) {
    if (!definition->name) return false;
    if (definition->kind == AST_FUNCTION) return definition->op == 0;
    return definition->kind == AST_DEFINITION &&
           (definition->op == DEFINITION_SYNAPSE || definition->op == DEFINITION_CHANNEL);
}

void unused_check(Checker *k, const Ast *definition) {
    if (!can_be_tried(definition)) return;
    Found found[MOST_SETTINGS] = {0};
    for (int i = 0; i < MOST_SETTINGS; i++) {
        if (i > 2 && definition->op == DEFINITION_CHANNEL && definition->kind == AST_DEFINITION) continue; /* no membrane */
        attempt(k, definition, &settings[i], &found[i]);
        if (!found[i].count) return;
    }
    for (int i = 0; i < found[0].count; i++) {
        Diagnostic *d = found[0].at[i];
        bool always = true;
        for (int s = 1; s < MOST_SETTINGS; s++) always = always && (!found[s].count || holds(&found[s], d));
        if (!always) continue;
        vector_push(k->c->diagnostics.arena, &k->c->diagnostics.list, d);
        k->c->diagnostics.errors++;
    }
}
