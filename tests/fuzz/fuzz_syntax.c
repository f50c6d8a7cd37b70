/* libFuzzer: any bytes as a model file. What is read without errors must be tidied into the same tree, and be at rest. */
#include "syntax/syntax.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static char *tidied(Compilation *c, int source, const Ast *file) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    syntax_format(c, source, file, out);
    fclose(out);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    if (memchr(bytes, 0, size)) return 0; /* such a file is refused before it is read */
    Compilation *c = compilation_new(NULL);
    int source = sources_add_text(&c->sources, "fuzz.hil", (const char *)bytes, size);
    const Ast *file = syntax_parse(c, source);
    if (!file || file->height > AST_HEIGHT_LIMIT) abort();
    if (c->diagnostics.errors == 0) {
        char *tidy = tidied(c, source, file);
        int second = sources_add_text(&c->sources, "tidy.hil", tidy, strlen(tidy));
        const Ast *again = syntax_parse(c, second);
        if (c->diagnostics.errors || !ast_same(file, again)) abort();
        char *rest = tidied(c, second, again);
        if (strcmp(tidy, rest) != 0) abort();
        free(rest);
        free(tidy);
    }
    char *report = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&report, &length);
    diagnostics_print(&c->diagnostics, &c->sources, out, true);
    fclose(out);
    free(report);
    compilation_free(c);
    return 0;
}
