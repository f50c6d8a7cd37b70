/* Building the model. In: the tree of a file. Out: networks and programs. Programs (experiments, studies, sweeps) are
 * built in the order of the text and ask for the networks they run on; networks that no experiment runs on are built
 * too, so that every mistake is found. */
#include "model/cell.h"
#include "model/unused.h"

/* The text behind `phenomenon:` in the file's documentation. */
static const char *find_phenomenon(Checker *k, const Ast *file) {
    static const char word[] = "## phenomenon:";
    const Source *source = &k->c->sources.list.at[file->span.source];
    for (size_t i = 0; i + sizeof word < source->length; i++) {
        size_t n = 0;
        while (word[n] && source->text[i + n] == word[n]) n++;
        if (word[n]) continue;
        size_t begin = i + n, end = begin;
        while (begin < source->length && source->text[begin] == ' ') begin++;
        for (end = begin; end < source->length && source->text[end] != '\n';) end++;
        return arena_copy_text(k->c->arena, source->text + begin, end - begin);
    }
    return NULL;
}

/* Is some population made of this neuron, or of one that extends it? */
static bool uses_neuron(const Checker *k, const Ast *neuron) {
    for (int i = 0; i < k->builds.count; i++)
        for (int j = 0; j < k->builds.at[i]->cells.count; j++) {
            const Body *body = &k->builds.at[i]->cells.at[j]->self->body;
            for (int n = 0; n < body->bases.count; n++)
                if (body->bases.at[n]->ast == neuron) return true;
        }
    return false;
}

/* Has it parameters without a value, which only its users give? */
static bool needs_values(const Ast *neuron) {
    const Ast *block = ast_kid(neuron, 3);
    for (int i = 0; block && i < block->count; i++)
        if (block->kids[i]->kind == AST_PARAM && !ast_kid(block->kids[i], 2)) return true;
    return false;
}

/* A neuron or network nobody uses is still checked, as one instance with its defaults. */
static void build_unused(Checker *k, const Ast *file) {
    for (int i = 0; i < file->count; i++) {
        const Ast *item = file->kids[i];
        if (item->kind != AST_DEFINITION || item->op != DEFINITION_NETWORK || !item->name) continue;
        bool used = false, open = false;
        for (int j = 0; j < k->builds.count; j++) used = used || k->builds.at[j]->definition == item;
        const Ast *formals = ast_kid(item, 0);
        for (int j = 0; formals && j < formals->count; j++) open = open || !ast_kid(formals->kids[j], 1);
        if (used || open) continue;
        Ast name = {.kind = AST_NAME, .name = item->name, .span = item->name_span};
        network_instance(k, k->globals, &name, NULL);
    }
    bool any = k->builds.count > 0;
    for (int i = 0; i < file->count; i++) {
        const Ast *item = file->kids[i];
        if (item->kind != AST_DEFINITION || item->op != DEFINITION_NEURON || !item->name || uses_neuron(k, item))
            continue;
        Ast name = {.kind = AST_NAME, .name = item->name, .span = item->name_span};
        int networks = k->model->networks.count, builds = k->builds.count;
        if (any && needs_values(item)) continue;
        network_instance(k, k->globals, &name, NULL);
        if (!any) continue;
        k->model->networks.count = networks; /* looked at, but no part of the model */
        k->builds.count = builds;
    }
}

Model *model_build(Compilation *c, const Ast *file) {
    Model *model = arena_new_of(c->arena, Model);
    Checker *k = arena_new_of(c->arena, Checker);
    model->compilation = c;
    model->pool = expression_pool_new(c);
    *k = (Checker){.c = c, .pool = model->pool, .model = model};
    k->globals = scope_new(k, NULL, "this file", NULL);
    if (file->span.source >= 0) model->phenomenon = find_phenomenon(k, file);
    definitions_collect(k, file);
    for (int i = 0; i < file->count; i++) {
        const Ast *item = file->kids[i];
        bool program = item->kind == AST_SWEEP || (item->kind == AST_DEFINITION &&
                                                   (item->op == DEFINITION_EXPERIMENT || item->op == DEFINITION_STUDY));
        if (program) program_build(k, k->globals, item);
    }
    build_unused(k, file);
    for (int i = 0; i < file->count; i++) {
        const Ast *item = file->kids[i];
        Meaning *m = item->name ? scope_find_here(k->globals, item->name) : NULL;
        if (m && m->ast == item && !m->used) unused_check(k, item);
    }
    for (int i = 0; i < model->networks.count; i++) check_starts(k, model->networks.at[i]);
    return model;
}
