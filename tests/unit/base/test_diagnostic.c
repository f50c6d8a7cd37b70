/* Diagnostics: what is printed, in which order, and what is dropped. */
#include "base/compilation.h"
#include "printed.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

static char *printed(Compilation *c, bool colour) {
    Printed p;
    diagnostics_print(&c->diagnostics, &c->sources, printed_begin(&p), colour);
    return printed_end(&p);
}

static Compilation *with_text(const char *text) {
    Compilation *c = compilation_new(NULL);
    sources_add_text(&c->sources, "m.hil", text, strlen(text));
    return c;
}

static void expect_printed(Compilation *c, const char *expected) {
    char *text = printed(c, false);
    ck_assert_str_eq(text, expected);
    free(text);
    compilation_free(c);
}

START_TEST(a_diagnostic_shows_its_line_with_carets) {
    Compilation *c = with_text("x = 1\ny = foo + 2\n");
    Diagnostic *d = compile_error(c, INTERNAL, ((Span){0, 10, 13}), "no `%s`", "foo");
    compile_note(c, d, ((Span){0, 0, 1}), "x is here");
    compile_note(c, d, NO_SPAN, "a plain note");
    compile_help(c, d, "write %d", 3);
    expect_printed(c, "m.hil:2:5: internal error[I0001]: no `foo`\n"
                      "2 | y = foo + 2\n"
                      "  |     ^^^\n"
                      "m.hil:1:1: note: x is here\n"
                      "1 | x = 1\n"
                      "  | -\n"
                      "note: a plain note\n"
                      "help: write 3\n");
}
END_TEST

START_TEST(carets_stand_under_the_span_behind_tabs) {
    Compilation *c = with_text("\tx\t= y");
    compile_error(c, INTERNAL, ((Span){0, 5, 6}), "here");
    expect_printed(c, "m.hil:1:6: internal error[I0001]: here\n"
                      "1 |     x   = y\n"
                      "  |           ^\n");
}
END_TEST

START_TEST(carets_count_characters_not_bytes) {
    Compilation *c = with_text("\"µΩ\" + 界 + z"); /* 界 is two columns wide */
    compile_error(c, INTERNAL, ((Span){0, 15, 16}), "here");
    compile_error(c, INTERNAL, ((Span){0, 9, 12}), "wide");
    expect_printed(c, "m.hil:1:10: internal error[I0001]: wide\n"
                      "1 | \"µΩ\" + 界 + z\n"
                      "  |        ^^\n"
                      "m.hil:1:16: internal error[I0001]: here\n"
                      "1 | \"µΩ\" + 界 + z\n"
                      "  |             ^\n");
}
END_TEST

START_TEST(bytes_that_would_command_the_terminal_are_replaced) {
    Compilation *c = with_text("a\033[31m\xff" "b");
    compile_error(c, INTERNAL, ((Span){0, 7, 8}), "here");
    expect_printed(c, "m.hil:1:8: internal error[I0001]: here\n"
                      "1 | a\xEF\xBF\xBD[31m\xEF\xBF\xBD" "b\n"
                      "  |        ^\n");
}
END_TEST

START_TEST(long_lines_are_cut_around_the_span) {
    char text[2001];
    memset(text, 'x', 2000);
    text[2000] = 0;
    text[1000] = 'Y';
    Compilation *c = with_text(text);
    compile_error(c, INTERNAL, ((Span){0, 1000, 1001}), "here");
    char *out = printed(c, false);
    ck_assert_uint_lt(strlen(out), 400);
    char *line = strchr(out, '\n') + 1, *carets = strchr(line, '\n') + 1;
    ck_assert_int_eq(strchr(line, 'Y') - line, strchr(carets, '^') - carets);
    free(out);
    compilation_free(c);
}
END_TEST

START_TEST(a_span_over_lines_is_marked_to_the_end_of_its_first) {
    Compilation *c = with_text("ab cd\nef");
    compile_error(c, INTERNAL, ((Span){0, 3, 8}), "here");
    compile_error(c, INTERNAL, ((Span){0, 8, 8}), "the end");
    expect_printed(c, "m.hil:1:4: internal error[I0001]: here\n"
                      "1 | ab cd\n"
                      "  |    ^^\n"
                      "m.hil:2:3: internal error[I0001]: the end\n"
                      "2 | ef\n"
                      "  |   ^\n");
}
END_TEST

START_TEST(repeats_are_dropped) {
    Compilation *c = with_text("abc");
    Diagnostic *first = compile_error(c, INTERNAL, ((Span){0, 0, 1}), "same");
    compile_note(c, first, ((Span){0, 1, 2}), "note");
    Diagnostic *second = compile_error(c, INTERNAL, ((Span){0, 0, 1}), "same");
    compile_note(c, second, ((Span){0, 1, 2}), "note");
    ck_assert_ptr_eq(first, second);
    ck_assert_int_eq(first->notes.count, 1);
    ck_assert_ptr_ne(first, compile_error(c, INTERNAL, ((Span){0, 0, 2}), "same"));
    ck_assert_ptr_ne(first, compile_error(c, INTERNAL, ((Span){0, 0, 1}), "other"));
    ck_assert_int_eq(c->diagnostics.errors, 3);
    compilation_free(c);
}
END_TEST

START_TEST(they_come_in_the_order_of_places) {
    Compilation *c = with_text("abc\n");
    sources_add_text(&c->sources, "n.hil", "d", 1);
    compile_error(c, INTERNAL, ((Span){1, 0, 1}), "third");
    compile_error(c, INTERNAL, ((Span){0, 2, 3}), "second");
    compile_error(c, INTERNAL, NO_SPAN, "first");
    char *text = printed(c, false);
    char *first = strstr(text, "hillock: internal error[I0001]: first"), *second = strstr(text, "second");
    ck_assert(first == text && second && second < strstr(text, "third"));
    free(text);
    compilation_free(c);
}
END_TEST

START_TEST(colour_only_when_asked) {
    Compilation *c = with_text("abc");
    compile_error(c, INTERNAL, ((Span){0, 0, 1}), "x");
    char *plain = printed(c, false), *coloured = printed(c, true);
    ck_assert_ptr_null(strchr(plain, '\033'));
    ck_assert_ptr_nonnull(strchr(coloured, '\033'));
    free(plain);
    free(coloured);
    compilation_free(c);
}
END_TEST

START_TEST(the_nearest_name_is_near) {
    const char *names[] = {"tau_m", "tau_s", "V_th", "E_L", "when", "membrane"};
    ck_assert_str_eq(nearest_name("tau_n", names, 6), "tau_m");
    ck_assert_str_eq(nearest_name("whn", names, 6), "when");
    ck_assert_str_eq(nearest_name("v_TH", names, 6), "V_th");      /* case is a small difference */
    ck_assert_str_eq(nearest_name("membrnae", names, 6), "membrane"); /* so is a swap */
    ck_assert_ptr_null(nearest_name("conductance", names, 6));
    ck_assert_ptr_null(nearest_name("ab", names, 6));
    ck_assert_ptr_null(nearest_name("", names, 6));
    ck_assert_ptr_null(nearest_name("x", names, 0));
}
END_TEST

START_TEST(every_code_is_unique) {
    for (int i = 0; i < DIAGNOSTIC_COUNT; i++) {
        ck_assert_uint_eq(strlen(diagnostic_code_text(i)), 5);
        for (int j = 0; j < i; j++) ck_assert_str_ne(diagnostic_code_text(i), diagnostic_code_text(j));
    }
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TEST(a_diagnostic_shows_its_line_with_carets),
        TEST(carets_stand_under_the_span_behind_tabs),
        TEST(carets_count_characters_not_bytes),
        TEST(bytes_that_would_command_the_terminal_are_replaced),
        TEST(long_lines_are_cut_around_the_span),
        TEST(a_span_over_lines_is_marked_to_the_end_of_its_first),
        TEST(repeats_are_dropped),
        TEST(they_come_in_the_order_of_places),
        TEST(colour_only_when_asked),
        TEST(the_nearest_name_is_near),
        TEST(every_code_is_unique),
    };
    return SUITE_RUN("base diagnostic", rows);
}
