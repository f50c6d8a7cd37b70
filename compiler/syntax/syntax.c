/* The syntax stage's entry: tokens, tree, documentation.
 * In: a source. Out: its FILE node, always. Kept true: every `##` comment belongs to at most one statement's worth of
 * declarations. */
#include "syntax/syntax.h"

#include "parser.tab.h"
#include "syntax/build.h"
#include "syntax/document.h"

int grammar_lex(GRAMMAR_STYPE *value, Span *place, Parser *p) {
    (void)value;
    int last = p->tokens.list.count - 1; /* END, as often as asked for */
    if (p->at < last && p->c->diagnostics.errors - p->errors_before >= 2 * SYNTAX_ERROR_LIMIT) {
        Token next = p->tokens.list.at[p->at];
        compile_error(p->c, TOO_MANY_ERRORS, ((Span){p->source, next.begin, next.end}),
                      "too many errors; the rest of this file is not read");
        p->at = last;
    }
    Token token = p->tokens.list.at[p->at < last ? p->at : last];
    if (p->at <= last) p->at++;
    *place = (Span){p->source, token.begin, token.end};
    return token.kind;
}

Ast *syntax_parse(Compilation *c, int source) {
    Parser p = {.c = c, .source = source, .text = c->sources.list.at[source].text};
    p.errors_before = c->diagnostics.errors;
    p.tokens = tokens_read(c, source);
    grammar_parse(&p);
    Span whole = {source, 0, (uint32_t)c->sources.list.at[source].length};
    if (!p.file) p.file = ast_many(&p, AST_FILE, whole, 0, NULL);
    p.file->span = whole;
    document_attach(c, source, &p.tokens, p.file);
    return p.file;
}
