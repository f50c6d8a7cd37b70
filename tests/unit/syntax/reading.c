/* See reading.h. */
#include "reading.h"
#include "printed.h"

#include <check.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

Read read_text(const char *text, size_t length) {
    Read read = {.c = compilation_new(NULL)};
    read.source = sources_add_text(&read.c->sources, "test.hil", text, length);
    read.file = syntax_parse(read.c, read.source);
    return read;
}

Read read_file(const char *path) {
    Read read = {.c = compilation_new(NULL)};
    read.source = sources_read(&read.c->sources, path);
    ck_assert_msg(read.source >= 0, "cannot read %s", path);
    read.file = syntax_parse(read.c, read.source);
    return read;
}

void read_free(Read *read) { compilation_free(read->c); }

char *read_dump(const Read *read) {
    Printed p;
    ast_dump(read->file, printed_begin(&p));
    return printed_end(&p);
}

char *read_format(const Read *read) {
    Printed p;
    syntax_format(read->c, read->source, read->file, printed_begin(&p));
    return printed_end(&p);
}

char *read_report(const Read *read) {
    Printed p;
    diagnostics_print(&read->c->diagnostics, &read->c->sources, printed_begin(&p), false);
    return printed_end(&p);
}

char *read_codes(const Read *read) {
    char *report = read_report(read), *codes = malloc(strlen(report) + 1);
    codes[0] = 0;
    for (char *at = report; (at = strstr(at, ": error[")); at++) {
        if (codes[0]) strcat(codes, " ");
        strncat(codes, at + 8, 5);
    }
    free(report);
    return codes;
}

Corpus corpus_find(void) {
    const char *folder = getenv("TESTS_FOLDER");
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s/syntax/*.hil", folder ? folder : "tests");
    glob_t found;
    ck_assert_msg(glob(pattern, 0, NULL, &found) == 0, "no sources match %s", pattern);
    Corpus corpus = {.paths = calloc(found.gl_pathc, sizeof(char *)), .count = (int)found.gl_pathc};
    for (int i = 0; i < corpus.count; i++) corpus.paths[i] = strdup(found.gl_pathv[i]);
    globfree(&found);
    return corpus;
}

void corpus_free(Corpus *corpus) {
    for (int i = 0; i < corpus->count; i++) free(corpus->paths[i]);
    free(corpus->paths);
}
