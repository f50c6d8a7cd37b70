/* Attaches `##` comments to declarations by line.
 * In: comments and the tree. Out: `doc` of nodes. Kept true: outer declarations take before inner ones that end on the
 * same line; siblings in one line share. */
#include "syntax/document.h"

#include <string.h>

typedef struct Documents {
    Compilation *c;
    const Source *source;
    int lines;           /* how many lines there are */
    const char **above;  /* by line: the text of a `##` alone on it */
    const char **behind; /* by line: the text of a `##` after code */
    bool *used;          /* by line */
} Documents;

static int line_of(const Documents *d, uint32_t byte) {
    int line, column;
    source_place(d->source, byte, &line, &column);
    return line;
}

static bool is_declaration(const Ast *node) {
    switch (node->kind) {
    case AST_DEFINITION: case AST_FUNCTION: case AST_FORMAL: case AST_PARAM: case AST_STATE: case AST_LET:
    case AST_INPUT: case AST_OUTPUT: case AST_TRACE: case AST_EQUATION: case AST_ASSIGN: case AST_ON: case AST_SPIKE:
    case AST_EVENT: case AST_GATE: case AST_INSERT: case AST_SECTION: case AST_SITE: case AST_POPULATION:
    case AST_CONNECT: case AST_COUPLE: case AST_DRIVE: case AST_TABLE: case AST_ROW: case AST_MEASURE: case AST_EXPECT:
    case AST_PHASE: case AST_SWEEP: case AST_DATA:
        return true;
    default: return false;
    }
}

static void add_text(Documents *d, Ast *node, const char *text) {
    node->doc = node->doc ? arena_print(d->c->arena, "%s\n%s", node->doc, text) : text;
}

static const char *take_above(Documents *d, int line) {
    int first = line;
    while (first > 1 && d->above[first - 1]) first--;
    const char *text = NULL;
    for (int i = first; i < line; i++) {
        text = text ? arena_print(d->c->arena, "%s\n%s", text, d->above[i]) : d->above[i];
        d->used[i] = true;
    }
    return text;
}

/* `begun` and `ended`: the lines whose comments an outer declaration has taken, 0 for none. */
static void visit(Documents *d, Ast *node, int begun, int ended) {
    if (node->kind >= AST_NUMBER && node->kind != AST_LIST) return; /* expressions declare nothing */
    bool takes = is_declaration(node);
    int first = 0, last = 0;
    if (takes) {
        first = line_of(d, node->span.begin);
        last = line_of(d, node->span.end > node->span.begin ? node->span.end - 1 : node->span.end);
        const char *text = first != begun ? take_above(d, first) : NULL;
        if (text) add_text(d, node, text);
        if (last != ended && d->behind[last]) {
            add_text(d, node, d->behind[last]);
            d->used[last] = true;
            ended = last;
        }
        begun = first;
    }
    for (int i = 0; i < node->count; i++)
        if (node->kids[i]) visit(d, node->kids[i], begun, ended);
    if (takes && last != first && d->behind[first] && !d->used[first]) {
        add_text(d, node, d->behind[first]);
        d->used[first] = true;
    }
}

/* A comment's text: without the signs and one space. */
static const char *text_of(const Documents *d, Comment comment) {
    uint32_t begin = comment.begin + 2;
    if (begin < comment.end && d->source->text[begin] == ' ') begin++;
    return arena_copy_text(d->c->arena, d->source->text + begin, comment.end - begin);
}

void document_attach(Compilation *c, int source, const Tokens *tokens, Ast *file) {
    Documents d = {.c = c, .source = &c->sources.list.at[source]};
    bool any = false;
    for (int i = 0; i < tokens->comments.count; i++) any |= tokens->comments.at[i].doc;
    if (!any) return;
    d.lines = d.source->lines.count;
    d.above = arena_array_of(c->arena, const char *, d.lines + 2);
    d.behind = arena_array_of(c->arena, const char *, d.lines + 2);
    d.used = arena_array_of(c->arena, bool, d.lines + 2);
    for (int i = 0; i < tokens->comments.count; i++) {
        Comment comment = tokens->comments.at[i];
        if (!comment.doc) continue;
        int line = line_of(&d, comment.begin);
        *(comment.own_line ? &d.above[line] : &d.behind[line]) = text_of(&d, comment);
    }
    for (int i = 0; i < file->count; i++) visit(&d, file->kids[i], 0, 0);
    int line = 1;
    while (line <= d.lines && !d.above[line]) line++;
    bool at_head = true;
    for (int i = 0; i < file->count; i++)
        if (line <= d.lines && file->kids[i]->span.begin < d.source->lines.at[line - 1]) at_head = false;
    for (; at_head && line <= d.lines && d.above[line] && !d.used[line]; line++) add_text(&d, file, d.above[line]);
}
