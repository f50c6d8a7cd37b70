/* Printing a model as a model file. In: a model and the trees of its files. Out: text that `hillock check` accepts and that
 * prints as itself again: neurons and synapses flat, everything else as written.
 *
 * A network is flat when all that it holds can be said: a population's states, equations and events, connections whose
 * arrivals act on the target's own states, values and currents that go to an input, drives by spikes. What the language has
 * no words for (currents of synapses with states of their own, conditions kept from before a block's writes) leaves the
 * whole file as written, with the flat form in comments. */
#include "hillock/host.h"
#include "model/print.h"
#include "syntax/syntax.h"
#include <stdlib.h>
#include <string.h>

/* ---- networks ---- */

static void put_layout(Printer *p, FILE *out, const Expression *layout) {
    static const struct { int op; const char *word; } words[] = {
        {HIL_HOST_LAYOUT_LINE, "line"}, {HIL_HOST_LAYOUT_GRID, "grid"}, {HIL_HOST_LAYOUT_RING, "ring"},
        {HIL_HOST_LAYOUT_BOX, "box"},   {HIL_HOST_LAYOUT_DISC, "disc"}, {HIL_HOST_LAYOUT_BALL, "sphere"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (layout->index == words[i].op) fprintf(out, "        %s", words[i].word);
    for (int i = 1; i < layout->count; i++) print_term(p, out, i > 1 ? ", " : " ", layout->kids[i], "");
    fputc('\n', out);
}

/* What the network gives and its cells do not draw stands in the brackets, which see the network's names alone. */
static bool is_argument(const Variable *v, const Population *population) {
    return print_is_declared(v) && v->role == VARIABLE_PARAMETER && !v->instance && !strpbrk(v->name, ".[") &&
           print_is_foreign(print_value_of(v), population);
}

/* Does it mention something of the network's under a name that the cell has too, and sees first? */
static bool is_shadowed(const Expression *e, const Population *population) {
    if (e->op == EXPRESSION_VARIABLE && e->variable->owner != population)
        for (int i = 0; i < population->variables.count; i++)
            if (population->variables.at[i]->name == e->variable->name) return true;
    for (int i = 0; i < e->count; i++)
        if (is_shadowed(e->kids[i], population)) return true;
    return false;
}

static void put_population(Printer *p, const Population *population, Name kind) {
    FILE *out = p->text;
    double size;
    bool open = false;
    fprintf(out, "    population %s", population->name);
    if (!expression_is_number(population->size, &size) || size != 1) print_term(p, out, "[", population->size, "]");
    fprintf(out, " : %s", kind);
    if (strchr(population->name, '[')) print_obstruct(p, "populations with numbers");
    bool called = false;
    for (int i = 0; i < population->variables.count; i++) {
        const Variable *v = population->variables.at[i];
        if (!is_argument(v, population)) continue;
        fprintf(out, "%s%s = ", called ? ", " : "(", v->name);
        print_term(p, out, "", print_value_of(v), "");
        called = true;
    }
    if (called) fputc(')', out);
    for (int i = 0; i < population->variables.count; i++) {
        const Variable *v = population->variables.at[i];
        if (!print_is_declared(v) || !print_is_foreign(print_value_of(v), population) || is_argument(v, population)) continue;
        if (is_shadowed(print_value_of(v), population)) print_obstruct(p, "a parameter of the network that a cell has a name for");
        if (!open) fputs(" {\n", out);
        open = true;
        fprintf(out, "        %s = ", v->name);
        print_term(p, out, "", print_value_of(v), "\n");
    }
    if (population->layout) {
        if (!open) fputs(" {\n", out);
        open = true;
        put_layout(p, out, population->layout);
    }
    fputs(open ? "    }\n" : "\n", out);
}

static const Variable *network_variable(const Network *n, Name name) {
    for (int i = 0; i < n->variables.count; i++)
        if (n->variables.at[i]->name == name && n->variables.at[i]->role == VARIABLE_PARAMETER) return n->variables.at[i];
    return NULL;
}

/* The formals keep their order: experiments give arguments by it. */
static void put_formals(Printer *p, const Network *n) {
    const Ast *formals = ast_kid(n->definition, 0);
    bool given = true;
    for (int i = 0; formals && i < formals->count; i++) {
        const Variable *v = network_variable(n, formals->kids[i]->name);
        fputs(i ? ", " : "(", p->text);
        if (!v || v->type->kind != TYPE_NUMBER) {
            print_obstruct(p, "a parameter of the network that is no number");
            continue;
        }
        double number;
        given = v->initial && !(expression_is_number(v->initial, &number) && number != number);
        fputs(v->name, p->text);
        if (given) print_term(p, p->text, " = ", v->initial, "");
        else print_unit(p, v, p->text);
    }
    if (formals && formals->count) fputc(')', p->text);
}

static void print_network(Printer *p, const Network *n, Name name) {
    Name *kinds = arena_array_of(p->c->arena, Name, n->populations.count + n->projections.count + n->drives.count + 1);
    const char **arguments = arena_array_of(p->c->arena, const char *, n->projections.count + 1);
    int at = 0;
    for (int i = 0; i < n->populations.count; i++) kinds[at++] = print_neuron(p, n->populations.at[i]);
    for (int i = 0; i < n->projections.count; i++)
        kinds[at++] = print_sent_value(n->projections.at[i]) ? NULL : print_synapse(p, n->projections.at[i], &arguments[i]);
    for (int i = 0; i < n->drives.count; i++) kinds[at++] = print_drive_synapse(p, n->drives.at[i]);
    if (n->definition->op == DEFINITION_NEURON) return;
    Text text;
    print_begin_text(p, &text);
    fprintf(p->text, "network %s", name);
    put_formals(p, n);
    fputs(" {\n", p->text);
    const Ast *formals = ast_kid(n->definition, 0);
    for (int i = 0; i < n->variables.count; i++) {
        Variable *v = n->variables.at[i];
        bool formal = v->role == VARIABLE_STEP;
        for (int j = 0; formals && j < formals->count; j++) formal = formal || formals->kids[j]->name == v->name;
        if (!formal) print_variables(p, &v, 1, n, NULL);
    }
    const Ast *block = ast_kid(n->definition, 3);
    for (int i = 0; block && i < block->count; i++) { /* `solve all …`, as written */
        const Ast *item = block->kids[i];
        if (item->kind != AST_SOLVE) continue;
        const char *text_of = p->c->sources.list.at[item->span.source].text;
        fprintf(p->text, "    %.*s\n", (int)(item->span.end - item->span.begin), text_of + item->span.begin);
    }
    at = 0;
    for (int i = 0; i < n->populations.count; i++) put_population(p, n->populations.at[i], kinds[at++]);
    for (int i = 0; i < n->projections.count; i++)
        print_connection(p, n->projections.at[i], kinds[at++], arguments[i]);
    for (int i = 0; i < n->drives.count; i++) print_drive(p, n->drives.at[i], kinds[at++]);
    fputs("}\n", p->text);
    fclose(p->text);
    fwrite(text.at, 1, text.length, p->out);
    free(text.at);
}

/* ---- files ---- */

static void put_source(const Printer *p, uint32_t from, uint32_t to, int source, FILE *out) {
    fwrite(p->c->sources.list.at[source].text + from, 1, to - from, out);
}

/* What stands at the top, as written; the names behind one `let` are one item each. */
static void put_item(const Printer *p, const Ast *item) {
    if (item->kind == AST_LET || item->kind == AST_PARAM) fputs(item->kind == AST_LET ? "let " : "param ", p->out);
    uint32_t begin = item->kind == AST_LET || item->kind == AST_PARAM ? item->name_span.begin : item->span.begin;
    put_source(p, begin, item->span.end, item->span.source, p->out);
    fputc('\n', p->out);
}

static bool is_definition(const Ast *item, int op) { return item->kind == AST_DEFINITION && item->op == op; }

static bool is_kind(const Ast *item) {
    return item->kind == AST_DEFINITION && item->op != DEFINITION_EXPERIMENT && item->op != DEFINITION_STUDY;
}

/* Several instances of one definition need names of their own, which experiments must be told. */
typedef struct Instance {
    const Network *network;
    Name name;
} Instance;

static void put_experiment(Printer *p, const Ast *item, const Instance *instances, int count) {
    const Ast *target = ast_kid(item, 2), *callee = target && target->kind == AST_CALL ? target->kids[0] : target;
    const Network *network = NULL;
    for (int i = 0; i < p->model->programs.count && callee; i++)
        if (p->model->programs.at[i]->name == item->name && p->model->programs.at[i]->network)
            network = p->model->programs.at[i]->network;
    Name name = NULL;
    for (int i = 0; i < count && network; i++)
        if (instances[i].network->definition == network->definition && instances[i].network->key == network->key)
            name = instances[i].name;
    if (!callee || !name) {
        put_source(p, item->span.begin, item->span.end, item->span.source, p->out);
    } else {
        put_source(p, item->span.begin, callee->span.begin, item->span.source, p->out);
        fputs(name, p->out);
        put_source(p, callee->span.end, item->span.end, item->span.source, p->out);
    }
    fputc('\n', p->out);
}

static void print_flat(Printer *p) {
    const Model *model = p->model;
    VECTOR(Instance) instances = {0};
    for (int i = 0; i < model->programs.count; i++)
        if (model->programs.at[i]->structure.count) print_obstruct(p, "a network that the experiment's arguments shape");
    for (int i = 0; i < model->items.count; i++)
        if (!is_kind(model->items.at[i]) && model->items.at[i]->name)
            vector_push(p->c->arena, &p->taken, model->items.at[i]->name);
    for (int i = 0; i < model->items.count; i++) {
        const Ast *item = model->items.at[i];
        if (item->kind == AST_IMPORT || item->kind == AST_DEFINITION || item->kind == AST_SWEEP) continue;
        put_item(p, item);
    }
    for (int i = 0; i < model->networks.count; i++) {
        const Network *n = model->networks.at[i];
        bool known = false;
        for (int j = 0; j < instances.count; j++)
            known = known || (instances.at[j].network->definition == n->definition && instances.at[j].network->key == n->key);
        if (known) continue;
        bool neuron = n->definition->op == DEFINITION_NEURON;
        Name name = neuron ? n->name : print_take_name(p, n->name);
        print_network(p, n, name);
        if (neuron && p->kinds.count && strcmp(p->kinds.at[p->kinds.count - 1].name, n->name) != 0)
            print_obstruct(p, "one neuron built alone in several ways");
        vector_push(p->c->arena, &instances, (Instance){n, name});
    }
    for (int i = 0; i < model->items.count; i++) {
        const Ast *item = model->items.at[i];
        if (is_definition(item, DEFINITION_EXPERIMENT) || is_definition(item, DEFINITION_STUDY) || item->kind == AST_SWEEP)
            put_experiment(p, item, instances.at, instances.count);
    }
}

static void print_items(Printer *p) {
    const Model *model = p->model;
    for (int i = 0; i < model->items.count; i++) {
        const Ast *item = model->items.at[i];
        if (item->kind == AST_IMPORT) continue;
        put_item(p, item);
    }
}

/* The files as they are, each definition once, with what it comes to in comments. */
static void print_as_written(Printer *p, const char *obstacle) {
    const Model *model = p->model;
    fprintf(p->out, "# as written, since the flat form (below, in comments) has no words for %s\n", obstacle);
    print_items(p);
    char *notes = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&notes, &length);
    for (int i = 0; i < model->networks.count; i++) model_print_notes(model->networks.at[i], memory);
    fclose(memory);
    for (char *line = notes, *end; line && (end = strchr(line, '\n')); line = end + 1)
        fprintf(p->out, "# %.*s\n", (int)(end - line), line);
    free(notes);
}

/* Is the text a model without errors? Words that a name of the model means otherwise, say, would make it another. */
static bool reads_again(const Model *model, const char *text, size_t length) {
    Compilation *c = compilation_new(NULL);
    c->allow_extern = model->compilation->allow_extern;
    c->stdlib = model->compilation->stdlib;
    int source = sources_add_text(&c->sources, model->compilation->sources.list.at[0].path, text, length);
    const Ast *file = syntax_parse(c, source);
    if (!c->diagnostics.errors) model_build(c, file);
    bool good = !c->diagnostics.errors;
    compilation_free(c);
    return good;
}

void model_print(const Model *model, FILE *out) { model_print_solved(model, NULL, out); }

void model_print_solved(const Model *model, const SolvesPrinted *solves, FILE *out) {
    char *flat = NULL;
    size_t length = 0;
    Printer p = {.model = model, .c = model->compilation, .solves = solves, .out = open_memstream(&flat, &length)};
    if (model->phenomenon) fprintf(p.out, "## phenomenon: %s\n", model->phenomenon);
    print_flat(&p);
    fclose(p.out);
    if (!p.obstacle && model->networks.count && !reads_again(model, flat, length))
        print_obstruct(&p, "names that mean something else where they would stand");
    if (!model->networks.count) {
        if (model->phenomenon) fprintf(out, "## phenomenon: %s\n", model->phenomenon);
        p.out = out;
        print_items(&p);
    } else if (!p.obstacle) {
        fwrite(flat, 1, length, out);
    } else {
        p.out = out;
        if (model->phenomenon) fprintf(out, "## phenomenon: %s\n", model->phenomenon);
        print_as_written(&p, p.obstacle);
    }
    free(flat);
}
