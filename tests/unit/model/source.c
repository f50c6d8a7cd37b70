/* Small sources through parser and model, for the tests of the model stage. */
#include "source.h"
#include "syntax/syntax.h"
#include <stdlib.h>
#include <string.h>

TestModel test_model(const char *source) {
    TestModel m = {.c = compilation_new("stdlib")};
    int number = sources_add_text(&m.c->sources, "test.hil", source, strlen(source));
    Ast *file = syntax_parse(m.c, number);
    m.model = model_build(m.c, file);
    size_t size = 0;
    FILE *out = open_memstream(&m.text, &size);
    for (int i = 0; !m.c->diagnostics.errors && i < m.model->networks.count; i++)
        model_print_notes(m.model->networks.at[i], out);
    diagnostics_print(&m.c->diagnostics, &m.c->sources, out, false);
    fclose(out);
    return m;
}

void test_model_free(TestModel *m) {
    free(m->text);
    compilation_free(m->c);
}

const char *test_line(const TestModel *m, const char *head) {
    size_t length = strlen(head);
    for (const char *line = m->text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
        const char *at = line + strspn(line, " ");
        if (strncmp(at, head, length) != 0) continue;
        size_t rest = strcspn(at + length, "\n");
        return arena_copy_text(m->c->arena, at + length, rest);
    }
    return NULL;
}

int test_errors(const TestModel *m, const char *identifier) {
    int count = 0;
    for (int i = 0; i < m->c->diagnostics.list.count; i++)
        count += !strcmp(diagnostic_identifier(m->c->diagnostics.list.at[i]->code), identifier);
    return count;
}
