/* Errors: which are found, where, what is suggested, and that reading goes on behind them. */
#include "reading.h"

#include "syntax/token.h"
#include "printed.h"
#include "suite.h"
#include <glob.h>
#include <stdlib.h>
#include <string.h>

typedef struct Case {
    const char *source, *codes, *says; /* says: text in the report, NULL for anything */
} Case;

static const Case cases[] = {
    {"param tau = = 3", "E0101", "1:13: error[E0101]: unexpected `=`: expected an expression"},
    {"param a 3", "E0101", NULL},
    {"x = ", "E0101", "unexpected the end of the file: expected an expression"},
    {"parm tau = 3 ms", "E0101", "did you mean `param`?"},
    {"neuron A { stat V : mV = 1 }", "E0101", "did you mean `state`?"},
    {"parameter tau = 3 ms", "E0101", "did you mean `param`?"},
    {"dV/dt = -V/tau", "E0101", "a derivative is written V' = …"},
    {"spike when V > 3 mV: V = 0 mV", "E0101", "between { and }"},
    {"spike when V > 3 mV then V = 0 mV", "E0101", "between { and }"},
    {"connect E to E via AMPA", "E0101", "write -> between source and target"},
    {"stimulate with 300 pA", "E0101", "is missing before `with`"},
    {"spike whn V > 3", "E0101", "did you mean `when`?"},
    {"run 10 s stpe 1 ms", "E0101", "did you mean `step`?"},
    {"if a = b { }", "E0101", "write == to compare"},
    {"x = a\n + b", "E0101", "a line that goes on ends with an operator or a comma"},
    {"probability 0.02 0.03", "E0101", "is an operator missing"},
    {"neuron C\n{\n x = 1\n}", "E0101", "put it at the end of the line before"},
    {"neuron A { } param x = 1", "E0101", "after a `}` the next statement starts on a new line"},
    {"connect A -> ;", "E0101", "expected a name or `(`"},
    {"experiment e(p : column of t) { }", "E0101", "row of t"},
    {"x = 3 $ 4\ny = ", "E0102 E0101", NULL},
    {"x = 20 µm", "E0102", "write u"},
    {"x = a × b", "E0102", "write *"},
    {"x = 5 Ω", "E0102", "write Ohm"},
    {"x = \"abc", "E0103", NULL},
    {"x = 1 # \xff\ny = 2 # \xff", "E0104", NULL},
    {"x = .75", "E0105", "write 0.75"},
    {"x = 5. + 1", "E0105", "write 5.0"},
    {"probability .02", "E0105", "write 0.02"},
    {"V' = (a + b\nx = 3\ny = ", "E0106 E0101", "1:6: error[E0106]: this `(` is never closed"},
    {"on pre { x = (1 + }\ny = 1", "E0106", NULL},
    {"neuron A { x = [1, 2 }", "E0106", "`}` comes before its `]`"},
    {"neuron A {\n x = 1\n", "E0106", "1:10:"},
    {"neuron A {\n    on pre {\n        x = 1\n}\nneuron B { }\n", "E0106", "indented unlike"},
    {"connect A -> B via C(x = 1 {\n y = 2\n}", "E0106", NULL},
    {"neuron A { x = 1 } }\ny = ", "E0107 E0101", "this `}` closes nothing"},
    {"x = 3)", "E0107", NULL},
    {"param if = 3", "E0109", "`if` is reserved"},
    {"for = 3", "E0109", NULL},
    {"table t { a b\n x 1 2\n y 1\n z 2 }", "E0110", "3 cells"},
    {"table t { a b\n x 1\n y = 3\n z }", "E0101 E0110", NULL},
    {"reset(V)", "E0111", "x = reset(…)"},
    {"x = 3 mV^0.5", "E0112", NULL},
    {"x = 3 mV^0", "E0112", NULL},
    {"param g : 2", "E0112", NULL},
    {"x = \"a\\q\"", "E0114", NULL},
    {"x = 1e999", "E0115", NULL},
    {"x = sum(3: w)", "E0116", NULL},
    {"gate m^2.5 { }", "E0117", NULL},
    {"spike when a priority 1 priority 2", "E0118", "here already"},
    {"morphology { d @ soma cylinder(L = 1) }", "E0119", "soma.0"},
    /* several in one run, each said once; what is inside a bad header is still read */
    {"neuron B bad {\n x = )\n on pre { y = = 1 }\n}\nz = ", "E0101 E0107 E0101 E0101", NULL},
    {"compartments { a(; b }", "E0106", NULL},
    {"let a = f(1, , 2)\nlet b = [1, ]\nlet c = {", "E0101 E0101 E0106 E0101", NULL},
};

START_TEST(errors_are_found_where_they_are) {
    const Case *expected = &cases[_i];
    Read read = read_text(expected->source, strlen(expected->source));
    char *codes = read_codes(&read), *report = read_report(&read);
    ck_assert_msg(strcmp(codes, expected->codes) == 0, "%s\nexpected %s, found %s\n%s", expected->source,
                  expected->codes, codes, report);
    if (expected->says) ck_assert_msg(strstr(report, expected->says), "no \"%s\" in\n%s", expected->says, report);
    ck_assert_ptr_nonnull(read.file);
    free(report);
    free(codes);
    read_free(&read);
}
END_TEST

START_TEST(every_file_of_tests_provokes_its_code) {
    const char *folder = getenv("TESTS_FOLDER");
    char pattern[4096];
    snprintf(pattern, sizeof pattern, "%s/diagnostics/E01*.hil", folder ? folder : "tests");
    glob_t found;
    ck_assert_int_eq(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        Read read = read_file(found.gl_pathv[i]);
        char *codes = read_codes(&read), code[6] = "";
        ck_assert_int_eq(sscanf(read.c->sources.list.at[0].text, "# expect: %5s", code), 1);
        ck_assert_msg(strstr(codes, code), "%s gives %s", found.gl_pathv[i], codes);
        free(codes);
        read_free(&read);
    }
    for (int row = 0; row < DIAGNOSTIC_COUNT; row++) { /* and no syntax error goes without a file */
        if (strncmp(diagnostic_code_text(row), "E01", 3) != 0) continue;
        bool has = false;
        for (size_t i = 0; i < found.gl_pathc; i++) has |= strstr(found.gl_pathv[i], diagnostic_code_text(row)) != NULL;
        ck_assert_msg(has, "no file provokes %s", diagnostic_code_text(row));
    }
    globfree(&found);
}
END_TEST

START_TEST(reading_goes_on_behind_an_error) {
    static const char text[] = "neuron A bad {\n  param x = = 1\n  param y = 2\n}\nnetwork N { population E : A }\n";
    Read read = read_text(text, sizeof text - 1);
    ck_assert_int_eq(read.file->count, 2);
    const Ast *error = read.file->kids[0], *network = read.file->kids[1];
    ck_assert_int_eq(error->kind, AST_ERROR);
    ck_assert_int_eq(error->kids[0]->kind, AST_BLOCK);
    ck_assert_int_eq(error->kids[0]->kids[1]->kind, AST_PARAM);
    ck_assert_int_eq(network->kind, AST_DEFINITION);
    ck_assert_int_eq(network->kids[3]->kids[0]->kind, AST_POPULATION);
    read_free(&read);
}
END_TEST

static char *repeated(const char *head, const char *piece, int count, const char *middle, const char *closer) {
    Printed p;
    FILE *out = printed_begin(&p);
    fputs(head, out);
    for (int i = 0; i < count; i++) fputs(piece, out);
    fputs(middle, out);
    for (int i = 0; i < count; i++) fputs(closer, out);
    return printed_end(&p);
}

START_TEST(deep_nesting_is_refused_kindly) {
    static const char *const pieces[][3] = {
        {"(", "1", ")"},     {"[", "1", "]"},        {"- ", "1", ""},          {"not ", "a", ""}, {"a^", "1", ""},
        {"1 + ", "1", ""},   {"f(", "1", ")"},       {"1 if a else ", "1", ""}, {"a[", "1", "]"},  {"a.", "b", ""},
        {"1 < ", "2", ""},   {"- (", "1", ")"},
    };
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        char *text = repeated("x = ", pieces[i][0], 100000, pieces[i][1], pieces[i][2]);
        Read read = read_text(text, strlen(text));
        char *codes = read_codes(&read);
        ck_assert_msg(strstr(codes, "E0108"), "%s…: %s", pieces[i][0], codes);
        ck_assert_int_le(read.file->height, AST_HEIGHT_LIMIT);
        free(codes);
        free(text);
        read_free(&read);
    }
    char *blocks = repeated("", "if a { ", 100000, "", "}");
    Read read = read_text(blocks, strlen(blocks));
    ck_assert_int_ge(read.c->diagnostics.errors, 1);
    free(blocks);
    read_free(&read);
    char *chain = repeated("if a { }", " else if a { }", 100000, "", "");
    read = read_text(chain, strlen(chain));
    ck_assert_int_ge(read.c->diagnostics.errors, 1);
    free(chain);
    read_free(&read);
}
END_TEST

START_TEST(an_endless_stream_of_errors_is_cut) {
    static const char *const pieces[] = {"param 1\n", "$ ", "x = $\n", ")\n", "x = µ\n", "x = .5\n", "{ x = (\n", "x = \"\n",
                                         "x = 1e999\n"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        char *text = repeated("", pieces[i], 5000, "", "");
        Read read = read_text(text, strlen(text));
        ck_assert_msg(read.c->diagnostics.errors >= 1 && read.c->diagnostics.errors <= 2 * SYNTAX_ERROR_LIMIT + 2,
                      "%s: %d errors", pieces[i], read.c->diagnostics.errors);
        free(text);
        read_free(&read);
    }
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        LOOP(errors_are_found_where_they_are, ROWS(cases)),
        TEST(every_file_of_tests_provokes_its_code),
        TEST(reading_goes_on_behind_an_error),
        TEST(deep_nesting_is_refused_kindly),
        TEST(an_endless_stream_of_errors_is_cut),
    };
    return SUITE_RUN("syntax errors", rows);
}
