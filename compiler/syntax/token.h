/* Tokens of a source, as the parser and the formatter read them.
 * In: a source. Out: every token in order with its place, and every comment with its. Kept true: brackets are balanced
 * (what was missing is there with an empty span), the list ends in END. Kinds are those of grammar/parser.y. */
#ifndef HILLOCK_SYNTAX_TOKEN_H
#define HILLOCK_SYNTAX_TOKEN_H

#include "base/compilation.h"
#include <stdbool.h>

/* What the lexer yields and the parser never sees; above every kind of the parser. */
enum { TOKEN_SPACE = 10000, TOKEN_NEWLINE, TOKEN_COMMENT, TOKEN_DOC, TOKEN_OPEN_STRING, TOKEN_STRAY };

/* Deepest nesting of brackets. */
enum { NESTING_LIMIT = 200 };

/* Syntax errors after which the rest of a source is left unread. */
enum { SYNTAX_ERROR_LIMIT = 100 };

typedef struct Token {
    int kind;
    uint32_t begin, end;
} Token;

typedef struct Comment {
    uint32_t begin, end; /* with its # signs, without the line end */
    bool doc;            /* ## */
    bool own_line;       /* nothing but space before it */
} Comment;

typedef struct Tokens {
    VECTOR(Token) list;
    VECTOR(Comment) comments;
} Tokens;

/* Reads a source into tokens: names told from keywords by where they stand, ends of statements found, brackets
 * matched. Errors go to c->diagnostics. */
Tokens tokens_read(Compilation *c, int source);

/* Every keyword, for suggestions. `statements`: those that open a statement, else those that open a clause. */
int token_keywords(bool statements, const char *const **words);

/* The word behind a keyword's token, or NULL for other tokens. */
const char *token_keyword_text(int kind);

#endif
