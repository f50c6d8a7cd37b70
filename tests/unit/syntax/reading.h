/* Helpers of the syntax stage's tests: sources in, trees, dumps, tidy text and codes out. */
#ifndef HILLOCK_TESTS_SYNTAX_READING_H
#define HILLOCK_TESTS_SYNTAX_READING_H

#include "syntax/syntax.h"

typedef struct Read {
    Compilation *c;
    int source;
    Ast *file;
} Read;

Read read_text(const char *text, size_t length);
Read read_file(const char *path); /* fails the test if the file cannot be read */
void read_free(Read *read);

/* The caller frees. */
char *read_dump(const Read *read);
char *read_format(const Read *read);
/* The codes of all diagnostics in the order of their places: "E0101 E0106". */
char *read_codes(const Read *read);
char *read_report(const Read *read);

/* The .hil files in tests/syntax (TESTS_FOLDER in the environment names another place), sorted. */
typedef struct Corpus {
    char **paths;
    int count;
} Corpus;
Corpus corpus_find(void);
void corpus_free(Corpus *corpus);

#endif
