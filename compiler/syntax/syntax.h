/* The syntax stage: text to Ast, Ast to a dump, text to tidy text. */
#ifndef HILLOCK_SYNTAX_SYNTAX_H
#define HILLOCK_SYNTAX_SYNTAX_H

#include "base/compilation.h"
#include "syntax/ast.h"
#include <stdbool.h>

/* Reads a source of c->sources. Returns its FILE node, never NULL; what could not be read is reported in
 * c->diagnostics (E01…) and left out or stands as an ERROR node. */
Ast *syntax_parse(Compilation *c, int source);

/* Prints the tree as an indented s-expression, one node a line. Deterministic; without spans. */
void ast_dump(const Ast *ast, FILE *out);

/* Same tree, whatever the spans and docs? Two NULLs are the same. */
bool ast_same(const Ast *a, const Ast *b);

/* Prints a source tidied: 4 spaces of indent, single spaces, at most one blank line in a row; line breaks and all
 * comments stay. `file` is the source's tree and must have been read without errors; formatting what this prints
 * changes nothing. */
void syntax_format(Compilation *c, int source, const Ast *file, FILE *out);

#endif
