/* Prints and compares trees.
 * In: a tree. Out: an s-expression, one node a line; or an answer. Kept true: nothing of places or documentation. */
#include "syntax/syntax.h"

#include <string.h>

static const char *const kind_texts[] = {
#define AST(kind, text) text,
#include "syntax/ast.def"
#undef AST
};

const char *ast_kind_text(AstKind kind) { return kind_texts[kind]; }

const char *ast_definition_text(int definition_kind) {
    static const char *const texts[] = {"neuron",     "dendrite",  "channel", "pool",       "synapse", "plasticity",
                                        "modulator",  "network",   "experiment", "train",   "study"};
    return texts[definition_kind];
}

const char *ast_operator_text(int op) {
    static const char *const texts[] = {"-",  "not", "+",  "-", "*",  "/",  "^",  "mod", "and",
                                        "or", "<",   "<=", ">", ">=", "==", "!=", "in"};
    return texts[op];
}

const char *ast_assign_text(int op) {
    static const char *const texts[] = {"=", "+=", "-=", "*=", "/="};
    return texts[op];
}

static void print_string(const char *text, FILE *out) {
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') fprintf(out, "\\%c", *text);
        else if (*text == '\n') fputs("\\n", out);
        else if (*text == '\t') fputs("\\t", out);
        else fputc(*text, out);
    }
    fputc('"', out);
}

static void print_head(const Ast *ast, FILE *out) {
    fputs(ast_kind_text(ast->kind), out);
    switch (ast->kind) {
    case AST_DEFINITION: fprintf(out, " %s", ast_definition_text(ast->op)); break;
    case AST_UNARY:
    case AST_BINARY: fprintf(out, " %s", ast_operator_text(ast->op)); break;
    case AST_ASSIGN: fprintf(out, " %s", ast_assign_text(ast->op)); break;
    case AST_BOOL: fputs(ast->op ? " true" : " false", out); break;
    default:
        if (ast->op) fprintf(out, " %d", ast->op);
        break;
    }
    if (ast->name) fprintf(out, " %s", ast->name);
    if (!ast->text) return;
    fputc(' ', out);
    bool digits = ast->kind == AST_NUMBER || ast->kind == AST_QUANTITY || ast->kind == AST_PERCENT || ast->kind == AST_FIELD;
    if (digits) fputs(ast->text, out);
    else print_string(ast->text, out);
}

static void dump_at(const Ast *ast, int depth, FILE *out) {
    fprintf(out, "%*s", 2 * depth, "");
    if (!ast) {
        fputc('-', out);
        return;
    }
    fputc('(', out);
    print_head(ast, out);
    int last = ast->count; /* missing kids at the end are not worth a line */
    while (last > 0 && !ast->kids[last - 1]) last--;
    for (int i = 0; i < last; i++) {
        fputc('\n', out);
        dump_at(ast->kids[i], depth + 1, out);
    }
    fputc(')', out);
}

void ast_dump(const Ast *ast, FILE *out) {
    dump_at(ast, 0, out);
    fputc('\n', out);
}

static bool same_text(const char *a, const char *b) { return a == b || (a && b && strcmp(a, b) == 0); }

bool ast_same(const Ast *a, const Ast *b) {
    if (!a || !b) return a == b;
    if (a->kind != b->kind || a->op != b->op || a->count != b->count) return false;
    if (!same_text(a->name, b->name) || !same_text(a->text, b->text)) return false;
    for (int i = 0; i < a->count; i++)
        if (!ast_same(a->kids[i], b->kids[i])) return false;
    return true;
}
