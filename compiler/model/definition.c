/* Definitions: imports, kinds by name, and what a kind inherits. In: files. Out: a scope of definitions; flattened
 * bodies: the base's statements first, replaced handlers left out. A file is read once, whoever imports it. */
#include "model/check.h"
#include "syntax/syntax.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* neurons.LIF: stdlib/neurons/LIF.hil, stdlib/neurons/lif.hil, or stdlib/neurons.hil that defines LIF. */
static int read_import(Checker *k, const Ast *import, const char **path) {
    if (import->text) {
        /* beside the importing file */
        const char *from = k->c->sources.list.at[import->span.source].path;
        const char *slash = strrchr(from, '/');
        *path = import->text[0] == '/' || !slash
                    ? import->text
                    : arena_print(k->c->arena, "%.*s/%s", (int)(slash - from), from, import->text);
        return sources_read(&k->c->sources, *path);
    }
    char *dotted = arena_print(k->c->arena, "%s", import->name);
    for (char *at = dotted; *at; at++)
        if (*at == '.') *at = '/';
    const char *root = k->c->stdlib ? k->c->stdlib : "stdlib";
    *path = arena_print(k->c->arena, "%s/%s.hil", root, dotted);
    int source = sources_read(&k->c->sources, *path);
    if (source >= 0) return source;
    char *last = strrchr(dotted, '/');
    for (char *at = last ? last : dotted; *at; at++) *at = (char)tolower((unsigned char)*at);
    source = sources_read(&k->c->sources, arena_print(k->c->arena, "%s/%s.hil", root, dotted));
    if (source >= 0 || !last) return source;
    *last = 0;
    return sources_read(&k->c->sources, arena_print(k->c->arena, "%s/%s.hil", root, dotted));
}

/* The model file in `path`'s folder whose name is nearest, or NULL. */
static const char *nearest_file(Checker *k, const char *path) {
    const char *slash = strrchr(path, '/');
    DIR *folder = slash ? opendir(arena_print(k->c->arena, "%.*s", (int)(slash - path), path)) : NULL;
    if (!folder) return NULL;
    VECTOR(const char *) names = {0};
    for (const struct dirent *entry; (entry = readdir(folder));) {
        size_t length = strlen(entry->d_name);
        if (length > 4 && !strcmp(entry->d_name + length - 4, ".hil"))
            vector_push(k->c->arena, &names, arena_copy_text(k->c->arena, entry->d_name, length - 4));
    }
    closedir(folder);
    size_t length = strlen(slash + 1);
    return nearest_name(arena_copy_text(k->c->arena, slash + 1, length - 4), names.at, names.count);
}

static void collect_import(Checker *k, const Ast *import) {
    const char *path = NULL;
    Name key = name_of(k->c->names, import->text ? import->text : import->name);
    for (int i = 0; i < k->imported_paths.count; i++)
        if (k->imported_paths.at[i] == key) return;
    vector_push(k->c->arena, &k->imported_paths, key);
    int source = read_import(k, import, &path);
    if (source < 0) {
        Diagnostic *d = compile_error(k->c, IMPORT_FAILED, import->span, "cannot read %s: %s", path, strerror(errno));
        const char *near = import->text ? NULL : nearest_file(k, path);
        const char *dot = near ? strrchr(import->name, '.') : NULL;
        if (near)
            compile_help(k->c, d, "did you mean %.*s%s?", dot ? (int)(dot + 1 - import->name) : 0, import->name, near);
        else if (!import->text)
            compile_help(k->c, d, "the standard library is looked for in %s", k->c->stdlib ? k->c->stdlib : "stdlib");
        return;
    }
    /* the same file under another name */
    for (int i = 0; i < source; i++)
        if (!strcmp(k->c->sources.list.at[i].path, k->c->sources.list.at[source].path)) return;
    definitions_collect(k, syntax_parse(k->c, source));
}

/* What this version reads and refuses, used or not. */
static const char *refused_kind(int kind) {
    switch (kind) {
    case DEFINITION_TRAIN: return "training (`train`) is not supported by this version";
    case DEFINITION_PLASTICITY: return "plasticity is not supported by this version";
    case DEFINITION_DENDRITE: return "dendrites are not supported by this version: cells are points";
    case DEFINITION_MODULATOR: return "modulators are not supported by this version";
    default: return NULL;
    }
}

static void misplaced_at_top(Checker *k, const Ast *item) {
    Diagnostic *d = compile_error(k->c, MISPLACED, item->span, "this does not stand at the top of a file");
    switch (item->kind) {
    case AST_POPULATION:
    case AST_CONNECT:
    case AST_COUPLE:
    case AST_DRIVE: compile_help(k->c, d, "it is part of a network: network Name { … }"); break;
    case AST_RUN:
    case AST_RELAX:
    case AST_RECORD:
    case AST_PLOT:
    case AST_STIMULATE:
    case AST_CLAMP:
    case AST_PHASE:
    case AST_MEASURE: compile_help(k->c, d, "it is part of an experiment: experiment name on Network { … }"); break;
    case AST_EXPECT:
    case AST_REPORT: compile_help(k->c, d, "it is part of an experiment or a study: study name { … }"); break;
    case AST_STATE:
    case AST_INPUT:
    case AST_OUTPUT:
    case AST_EQUATION:
    case AST_SPIKE:
    case AST_EVENT: compile_help(k->c, d, "it is part of a kind: neuron Name { … }"); break;
    default: break;
    }
}

void definitions_collect(Checker *k, const Ast *file) {
    for (int i = 0; i < file->count; i++)
        if (file->kids[i]->kind == AST_IMPORT) collect_import(k, file->kids[i]);
    for (int i = 0; i < file->count; i++) {
        const Ast *item = file->kids[i];
        Meaning *m = NULL;
        vector_push(k->c->arena, &k->model->items, item);
        switch (item->kind) {
        case AST_DEFINITION:
            if (refused_kind(item->op)) {
                Span span = item->op == DEFINITION_TRAIN || !item->name ? item->span : item->name_span;
                compile_error(k->c, NOT_SUPPORTED, span, "%s", refused_kind(item->op));
            }
            if (item->op == DEFINITION_TRAIN) break;
            if (item->name) m = scope_bind(k, k->globals, MEANING_DEFINITION, item->name, item->name_span);
            break;
        case AST_FUNCTION: m = scope_bind(k, k->globals, MEANING_FUNCTION, item->name, item->name_span); break;
        case AST_TABLE:
            m = scope_bind(k, k->globals, MEANING_TABLE, item->name, item->name_span);
            m->table = table_build(k, k->globals, item);
            if (!m->table) m->kind = MEANING_SYMBOL;
            break;
        case AST_PARAM:
        case AST_LET:
            m = scope_bind(k, k->globals, MEANING_LET, item->name, item->name_span);
            m->value = ast_kid(item, 2);
            m->value_home = k->globals;
            if (!m->value) {
                compile_error(k->c, NO_VALUE, item->span, "%s has no value", item->name);
                m->kind = MEANING_SYMBOL;
            }
            break;
        case AST_IMPORT:
        case AST_ERROR:
        case AST_SWEEP: break; /* sweeps are programs without a name */
        default: misplaced_at_top(k, item); break;
        }
        if (m) {
            m->ast = item;
            m->home = k->globals;
            if (m->kind != MEANING_LET) m->state = MEANING_READY;
        }
    }
}

const Ast *postfix_callee(const Ast *postfix) { return postfix->kind == AST_CALL ? postfix->kids[0] : postfix; }

/* The folder of the standard library that has a kind of this name, or NULL. */
static const char *folder_with(Checker *k, int kind, Name name) {
    const char *folder = kind == DEFINITION_NEURON ? "neurons" : kind == DEFINITION_CHANNEL ? "channels"
                         : kind == DEFINITION_SYNAPSE ? "synapses" : NULL;
    if (!folder) return NULL;
    const char *path = arena_print(k->c->arena, "%s/%s/%s.hil", k->c->stdlib ? k->c->stdlib : "stdlib", folder, name);
    return access(path, R_OK) == 0 ? folder : NULL;
}

Meaning *definition_named(Checker *k, Scope *scope, const Ast *postfix, int kind) {
    const Ast *callee = postfix_callee(postfix);
    Meaning *m = check_ref(k, scope, callee, false);
    if (!m) {
        if (callee->kind != AST_NAME) {
            compile_error(k->c, WRONG_KIND, callee->span, "the name of a %s is expected here",
                          ast_definition_text(kind));
            return NULL;
        }
        Scope only = {.what = "this file"};
        for (Scope *s = scope; s; s = s->parent)
            for (int i = 0; i < s->list.count; i++)
                if (s->list.at[i]->kind == MEANING_DEFINITION && s->list.at[i]->ast->op == kind)
                    vector_push(k->c->arena, &only.list, s->list.at[i]);
        Diagnostic *d = scope_unknown(k, &only, callee->name, callee->span, ast_definition_text(kind));
        const char *folder = folder_with(k, kind, callee->name);
        if (folder) compile_help(k->c, d, "the standard library has it: import %s.%s", folder, callee->name);
        return NULL;
    }
    if (m->kind == MEANING_DEFINITION && m->ast->op == kind) {
        m->used = true;
        return m;
    }
    const char *found = m->kind == MEANING_DEFINITION ? ast_definition_text(m->ast->op) : "no kind";
    Diagnostic *d = compile_error(k->c, WRONG_KIND, callee->span, "a %s is expected here, %s is %s%s",
                                  ast_definition_text(kind), m->name, m->kind == MEANING_DEFINITION ? "a " : "", found);
    if (m->span.source >= 0) compile_note(k->c, d, m->span, "%s stands here", m->name);
    return NULL;
}

/* ---- inheritance ---- */

static bool same_trigger(const Ast *a, const Ast *b) { return ast_same(a->kids[0], b->kids[0]); }

static bool declares_same(const Ast *a, const Ast *b) {
    bool declaration = b->kind == AST_PARAM || b->kind == AST_STATE || b->kind == AST_LET || b->kind == AST_INPUT ||
                       b->kind == AST_OUTPUT;
    if (declaration)
        return (a->kind == AST_PARAM || a->kind == AST_STATE || a->kind == AST_LET || a->kind == AST_INPUT ||
                a->kind == AST_OUTPUT) &&
               a->name == b->name;
    /* a child's equation, gate or spike condition takes the place of its parent's */
    if (b->kind == AST_EQUATION) return a->kind == AST_EQUATION && ast_same(a->kids[0], b->kids[0]);
    if (b->kind == AST_GATE) return a->kind == AST_GATE && a->name == b->name && a->name;
    if (b->kind == AST_SPIKE) return a->kind == AST_SPIKE;
    if (b->kind == AST_EVENT) return a->kind == AST_EVENT && a->name == b->name;
    if (b->kind == AST_ASSIGN)
        return a->kind == AST_ASSIGN && a->op == ASSIGN_SET && b->op == ASSIGN_SET && ast_same(a->kids[0], b->kids[0]);
    return false;
}

static void drop_statement(Body *body, int at) {
    for (int i = at; i + 1 < body->statements.count; i++) body->statements.at[i] = body->statements.at[i + 1];
    body->statements.count--;
}

/* `replace on spike { … }` where the parent says `spike when … { … }`: its condition stays, its block goes. */
static bool replaces_block(const Ast *older, const Ast *statement) {
    if (statement->kind != AST_ON || statement->op != 1 || !statement->name) return false;
    if (older->kind == AST_SPIKE) return strcmp(statement->name, "spike") == 0;
    return older->kind == AST_EVENT && older->name == statement->name;
}

static const Ast *without_block(Checker *k, const Ast *event) {
    Ast *bare = arena_new_of(k->c->arena, Ast);
    *bare = *event;
    bare->kids = arena_array_of(k->c->arena, Ast *, event->count + 1);
    for (int i = 0; i < event->count; i++) bare->kids[i] = i == 4 ? NULL : event->kids[i];
    return bare;
}

static bool append_body(Checker *k, Meaning *definition, Body *body, int depth) {
    const Ast *ast = definition->ast;
    if (depth > 50) {
        compile_error(k->c, CIRCULAR, ast->name_span, "%s extends itself", ast->name);
        return false;
    }
    if (ast_kid(ast, 1)) {
        Meaning *base = definition_named(k, definition->home, ast->kids[1], ast->op);
        if (!base || !append_body(k, base, body, depth + 1)) return false;
        if (ast->kids[1]->kind == AST_CALL) {
            compile_error(k->c, NOT_SUPPORTED, ast->kids[1]->span,
                          "give the parameters of %s in the body: param tau = …", base->name);
            return false;
        }
    }
    vector_push(k->c->arena, &body->bases, definition);
    const Ast *block = ast_kid(ast, 3);
    int inherited = body->statements.count;
    for (int i = 0; block && i < block->count; i++) {
        const Ast *statement = block->kids[i];
        for (int j = inherited - 1; j >= 0; j--) {
            const Ast *older = body->statements.at[j];
            if (replaces_block(older, statement)) body->statements.at[j] = without_block(k, older);
            bool replaced = statement->kind == AST_ON && statement->op == 1
                                ? older->kind == AST_ON && same_trigger(older, statement)
                                : declares_same(older, statement);
            if (!replaced) continue;
            drop_statement(body, j);
            inherited--;
        }
        vector_push(k->c->arena, &body->statements, statement);
    }
    return true;
}

bool body_of(Checker *k, Meaning *definition, Body *body) {
    *body = (Body){.definition = definition->ast, .name = definition->ast->name, .home = definition->home};
    return append_body(k, definition, body, 0);
}
