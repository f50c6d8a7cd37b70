/* Documentation: `##` comments find the declarations that they tell of. */
#ifndef HILLOCK_SYNTAX_DOCUMENT_H
#define HILLOCK_SYNTAX_DOCUMENT_H

#include "syntax/ast.h"
#include "syntax/token.h"

/* Sets `doc` of the nodes of `file`. Lines of `##` right above a declaration are its; so is a `##` at the end of its last
 * line, or of its first where a body opens. Declarations in one statement share it. A block of `##` at the head of the
 * file that belongs to nothing else is the file's. */
void document_attach(Compilation *c, int source, const Tokens *tokens, Ast *file);

#endif
