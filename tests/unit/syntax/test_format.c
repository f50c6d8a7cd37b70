/* Formatting: what it makes of sources, and that it loses nothing. */
#include "reading.h"

#include "syntax/token.h"
#include "printed.h"
#include "suite.h"
#include <stdlib.h>
#include <string.h>

typedef struct Case {
    const char *source, *tidy;
} Case;

static const Case cases[] = {
    {"", ""},
    {"# alone", "# alone\n"},
    {"\n\n\nx=1\n\n\n\ny=2\n\n", "x = 1\n\ny = 2\n"},
    {"neuron A{param a=1,b  =2;}", "neuron A { param a = 1, b = 2 }\n"},
    {"neuron A {\n\n\n  x = 1;\n\n}", "neuron A {\n    x = 1\n}\n"},
    {"x=a*b+c * d-e/f  *  g", "x = a*b + c * d - e/f * g\n"},
    {"x = -a - -b*(-c)", "x = -a - -b*(-c)\n"},
    {"x = - - a", "x = - -a\n"},
    {"x = 20ms+3 mV ^2", "x = 20 ms + 3 mV^2\n"},
    {"x = 1 .. 2; y = 0..3; z = 0 ..3", "x = 1 .. 2; y = 0..3; z = 0..3\n"},
    {"param g:mS/cm^2,k : /ms", "param g: mS/cm^2, k : /ms\n"},
    {"V ' = f( a , b [ 1 ] )", "V' = f(a, b [1])\n"},
    {"on pre{x=1;y=2 ;}   # why", "on pre { x = 1; y = 2 }  # why\n"},
    {"x = a +\n      b\ny = f(\n1,\n2)", "x = a +\n    b\ny = f(\n    1,\n    2)\n"},
    {"if a { b = 1 }\n   else { c = 2 }", "if a { b = 1 }\nelse { c = 2 }\n"},
    {"x = 3 if a\n   else 4", "x = 3 if a\n    else 4\n"},
    {"connect A -> B via C(\n a = 1,\n b = 2) {\n  delay = 1\n  }",
     "connect A -> B via C(\n    a = 1,\n    b = 2) {\n    delay = 1\n}\n"},
    {"table t {\n name   a[mV] |  b\n  x      -1    |  [1   2]\n  y      -     |  3\n}",
     "table t {\n    name   a[mV] |  b\n    x      -1    |  [1   2]\n    y      -     |  3\n}\n"},
    {"network N {\n# first\n  x = 1 ## doc\n   # last\n}\n# end", "network N {\n    # first\n    x = 1  ## doc\n    # last\n}\n# end\n"},
    {"a = 1 # a\nbbb = 2 ## b\nc = 3\nd = 4 # d", "a = 1    # a\nbbb = 2  ## b\nc = 3\nd = 4  # d\n"},
    {"x = E[ * ]; y = a[i,*]", "x = E[*]; y = a[i, *]\n"},
    {"refractory t {}", "refractory t { }\n"},
    {"level -3 mV", "level -3 mV\n"},
    {"x = 1\r\ny = 2 # c\r\n", "x = 1\ny = 2  # c\n"},
};

START_TEST(sources_are_tidied) {
    Read read = read_text(cases[_i].source, strlen(cases[_i].source));
    ck_assert_int_eq(read.c->diagnostics.errors, 0);
    char *tidy = read_format(&read);
    ck_assert_str_eq(tidy, cases[_i].tidy);
    free(tidy);
    read_free(&read);
}
END_TEST

/* The text of all comments, a line each. */
static char *comments_of(const Read *read) {
    Tokens tokens = tokens_read(read->c, read->source);
    Printed p;
    FILE *out = printed_begin(&p);
    for (int i = 0; i < tokens.comments.count; i++) {
        Comment comment = tokens.comments.at[i];
        fprintf(out, "%.*s\n", (int)(comment.end - comment.begin),
                read->c->sources.list.at[read->source].text + comment.begin);
    }
    return printed_end(&p);
}

/* Same tree, same documentation, same comments; and a second time changes nothing. */
static void check_harmless(const char *text, size_t length, const char *what) {
    Read before = read_text(text, length);
    if (before.c->diagnostics.errors == 0) {
        char *tidy = read_format(&before);
        Read after = read_text(tidy, strlen(tidy));
        char *report = read_report(&after), *again = read_format(&after);
        ck_assert_msg(*report == 0, "%s: tidied, it does not read:\n%s\n%s", what, report, tidy);
        ck_assert_msg(ast_same(before.file, after.file), "%s: another tree:\n%s", what, tidy);
        ck_assert_msg(strcmp(tidy, again) == 0, "%s: not at rest:\n%s\nthen\n%s", what, tidy, again);
        char *comments = comments_of(&before), *kept = comments_of(&after);
        ck_assert_str_eq(comments, kept);
        free(comments);
        free(kept);
        free(report);
        free(again);
        free(tidy);
        read_free(&after);
    }
    read_free(&before);
}

START_TEST(formatting_loses_nothing) {
    Corpus corpus = corpus_find();
    for (int i = 0; i < corpus.count; i++) {
        Read read = read_file(corpus.paths[i]);
        const Source *source = &read.c->sources.list.at[0];
        check_harmless(source->text, source->length, corpus.paths[i]);
        read_free(&read);
    }
    corpus_free(&corpus);
}
END_TEST

static uint64_t random_next(uint64_t *state) { /* SplitMix64 (Steele, Lea & Flood 2014) */
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* Blank space put in and taken out at random, line ends and comments included: still harmless. */
START_TEST(formatting_is_harmless_whatever_the_spacing) {
    static const char *const blanks[] = {"", " ", "   ", "\t", "\n", " # c\n", "\n\n\n", " ## d\n  "};
    uint64_t state = 12345;
    Corpus corpus = corpus_find();
    for (int i = 0; i < corpus.count; i++) {
        Read read = read_file(corpus.paths[i]);
        const char *text = read.c->sources.list.at[0].text;
        for (int round = 0; round < 20; round++) {
            char *spaced = NULL;
            size_t length = 0;
            FILE *out = open_memstream(&spaced, &length);
            Tokens tokens = tokens_read(read.c, 0);
            for (int k = 0; k < tokens.list.count; k++) {
                Token token = tokens.list.at[k];
                if (k > 0) {
                    uint32_t end = tokens.list.at[k - 1].end;
                    bool touching = end == token.begin, break_it = random_next(&state) % 40 == 0;
                    if (break_it) fputs(blanks[random_next(&state) % 8], out);
                    else if (!touching) fputc(' ', out);
                }
                fwrite(text + token.begin, 1, token.end - token.begin, out);
            }
            fclose(out);
            check_harmless(spaced, length, corpus.paths[i]);
            free(spaced);
        }
        read_free(&read);
    }
    corpus_free(&corpus);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        LOOP(sources_are_tidied, ROWS(cases)),
        TEST(formatting_loses_nothing),
        TEST(formatting_is_harmless_whatever_the_spacing),
    };
    return SUITE_RUN("syntax format", rows);
}
