/* Names and sources: interning, reading files, places in them. */
#include "base/compilation.h"
#include "folder.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(equal_names_are_one_pointer) {
    Compilation *c = compilation_new(NULL);
    const char *text = "tau_m tau_m";
    ck_assert_ptr_eq(name_intern(c->names, text, 5), name_intern(c->names, text + 6, 5));
    ck_assert_ptr_ne(name_of(c->names, "tau"), name_of(c->names, "tau_m"));
    ck_assert_ptr_eq(name_print(c->names, "%s.%d", "E", 3), name_of(c->names, "E.3"));
    ck_assert_str_eq(name_intern(c->names, "", 0), "");
    compilation_free(c);
}
END_TEST

START_TEST(names_stay_as_the_table_grows) {
    Compilation *c = compilation_new(NULL);
    Name first[5000];
    for (int i = 0; i < 5000; i++) first[i] = name_print(c->names, "x%d", i);
    for (int i = 0; i < 5000; i++) {
        ck_assert_ptr_eq(first[i], name_print(c->names, "x%d", i));
        ck_assert_int_eq(atoi(first[i] + 1), i);
    }
    compilation_free(c);
}
END_TEST

static void expect_place(const Source *source, uint32_t byte, int line, int column) {
    int l, k;
    source_place(source, byte, &l, &k);
    ck_assert_int_eq(l, line);
    ck_assert_int_eq(k, column);
}

START_TEST(places_count_lines_and_bytes_from_one) {
    Compilation *c = compilation_new(NULL);
    int number = sources_add_text(&c->sources, "a.hil", "ab\n\ncd", 6);
    const Source *source = &c->sources.list.at[number];
    expect_place(source, 0, 1, 1);
    expect_place(source, 2, 1, 3); /* the line end belongs to its line */
    expect_place(source, 3, 2, 1);
    expect_place(source, 4, 3, 1);
    expect_place(source, 6, 3, 3);
    expect_place(source, 1000, 3, 3); /* beyond the end: the end */
    compilation_free(c);
}
END_TEST

static int read_bytes(Compilation *c, const char *bytes, size_t length) {
    char path[512];
    file_make(path, ".hil", bytes, length);
    int number = sources_read(&c->sources, path), why = errno;
    unlink(path);
    errno = why;
    return number;
}

START_TEST(files_are_read_whole) {
    Compilation *c = compilation_new(NULL);
    int number = read_bytes(c, "neuron A { }\n", 13);
    ck_assert_int_eq(number, 0);
    ck_assert_str_eq(c->sources.list.at[0].text, "neuron A { }\n");
    ck_assert_uint_eq(c->sources.list.at[0].length, 13);
    ck_assert_int_eq(read_bytes(c, "", 0), 1);
    ck_assert_str_eq(c->sources.list.at[1].text, "");
    compilation_free(c);
}
END_TEST

START_TEST(files_that_are_no_text_are_refused) {
    Compilation *c = compilation_new(NULL);
    ck_assert_int_eq(read_bytes(c, "a\0b", 3), -1);
    ck_assert_int_eq(errno, EILSEQ);
    ck_assert_int_eq(sources_read(&c->sources, "/tmp"), -1);
    ck_assert_int_eq(errno, EISDIR);
    ck_assert_int_eq(sources_read(&c->sources, "/nonexistent/a.hil"), -1);
    ck_assert_int_eq(errno, ENOENT);
    compilation_free(c);
}
END_TEST

START_TEST(a_huge_file_is_refused_before_it_is_read) {
    Compilation *c = compilation_new(NULL);
    char path[512];
    file_make(path, ".hil", "", 0);
    ck_assert_int_eq(truncate(path, (64L << 20) + 1), 0);
    int number = sources_read(&c->sources, path), why = errno;
    unlink(path);
    ck_assert_int_eq(number, -1);
    ck_assert_int_eq(why, EFBIG);
    ck_assert(arena_used(c->arena) < 1 << 20);
    compilation_free(c);
}
END_TEST

START_TEST(joined_spans_cover_both) {
    Span joined = span_join((Span){0, 5, 9}, (Span){0, 2, 6});
    ck_assert_uint_eq(joined.begin, 2);
    ck_assert_uint_eq(joined.end, 9);
    ck_assert_int_eq(span_join(NO_SPAN, (Span){3, 1, 2}).source, 3);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TEST(equal_names_are_one_pointer),
        TEST(names_stay_as_the_table_grows),
        TEST(places_count_lines_and_bytes_from_one),
        TEST(files_are_read_whole),
        TEST(files_that_are_no_text_are_refused),
        TEST(a_huge_file_is_refused_before_it_is_read),
        TEST(joined_spans_cover_both),
    };
    return SUITE_RUN("base source", rows);
}
