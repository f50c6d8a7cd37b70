#include "syntax/syntax.h"
void syntax_format(Compilation *c, int source, const Ast *file, FILE *out) { (void)c; (void)source; (void)file; (void)out; }
