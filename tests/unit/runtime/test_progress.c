/* The progress line: its text, how often it is written, and that it leaves the screen as it was. */
#include "hillock/progress.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

START_TEST(the_line_says_how_far_and_how_long)
{
    static const struct { double done, duration, elapsed; const char *text; } rows[] = {
        {0, 3, 0, "  0 %  0.00 s of 3.00 s"},
        {1.26, 3, 0.2, " 42 %  1.26 s of 3.00 s"},                      /* too early to tell the rest */
        {1, 4, 5, " 25 %  1.00 s of 4.00 s  15 s left"},                /* 5 s for a quarter */
        {0.34, 0.5, 0.6, " 68 %  340 ms of 500 ms  1 s left"},          /* 0.28 s, rounded up */
        {1, 100, 10, "  1 %  1.00 s of 100.00 s  16 min 30 s left"},
        {1, 1000, 30, "  0 %  1.00 s of 1000.00 s  8 h 19 min left"},   /* 999*30 s = 29970 s */
        {3, 3, 9, "100 %  3.00 s of 3.00 s  0 s left"},
        {5e-5, 1e-4, 2, " 50 %  50 us of 100 us  2 s left"},
        {9, 3, 9, "100 %  9.00 s of 3.00 s  0 s left"},
        {0, 0, 1, "100 %  0 us of 0 us  0 s left"}};
    char text[HIL_PROGRESS_LINE];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t length = hil_progress_format(rows[i].done, rows[i].duration, rows[i].elapsed, text);
        ck_assert_str_eq(text, rows[i].text);
        ck_assert_uint_eq(length, strlen(text));
    }
}
END_TEST

START_TEST(no_number_overruns_the_line)
{
    static const double values[] = {0, -1, 1e-300, 1, 1e300, INFINITY, NAN};
    char text[HIL_PROGRESS_LINE];
    for (size_t i = 0; i < 7 * 7 * 7; i++) {
        size_t length = hil_progress_format(values[i % 7], values[i / 7 % 7], values[i / 49], text);
        ck_assert_uint_lt(length, HIL_PROGRESS_LINE);
        ck_assert_uint_eq(length, strlen(text));
    }
}
END_TEST

START_TEST(the_line_is_throttled_and_cleared)
{
    char *written = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&written, &size);
    HilProgress progress;
    hil_progress_begin(&progress, stream, HIL_PROGRESS_ALWAYS, 1, 1);
    struct timespec start, now;
    clock_gettime(CLOCK_MONOTONIC, &start);
    double elapsed = 0;
    while (elapsed < 0.45) {
        hil_progress_update(&progress, 1 + elapsed);
        clock_gettime(CLOCK_MONOTONIC, &now);
        elapsed = (double)(now.tv_sec - start.tv_sec) + 1e-9 * (double)(now.tv_nsec - start.tv_nsec);
    }
    hil_progress_clear(&progress);
    hil_progress_clear(&progress);
    fclose(stream);
    size_t lines = 0;
    for (const char *c = written; (c = strstr(c, " % ")); c++)
        lines++;
    ck_assert_uint_ge(lines, 1);
    ck_assert_uint_le(lines, (size_t)(elapsed / 0.1)); /* one a tenth of a second, the first after a tenth */
    /* What a terminal shows at the end: every column that was written is a space again. */
    char screen[256];
    memset(screen, ' ', sizeof screen);
    size_t column = 0;
    for (const char *c = written; *c; c++) {
        if (*c == '\r')
            column = 0;
        else
            screen[column++] = *c;
    }
    ck_assert_uint_eq(column, 0);
    for (size_t i = 0; i < sizeof screen; i++)
        ck_assert_int_eq(screen[i], ' ');
    free(written);
}
END_TEST

START_TEST(a_stream_that_is_no_terminal_stays_empty)
{
    FILE *stream = tmpfile();
    HilProgress progress;
    hil_progress_begin(&progress, stream, HIL_PROGRESS_AUTO, 0, 1);
    progress.next = 0;
    hil_progress_update(&progress, 0.5);
    hil_progress_clear(&progress);
    ck_assert_int_eq(ftell(stream), 0);
    hil_progress_begin(&progress, stream, HIL_PROGRESS_NEVER, 0, 1);
    ck_assert_ptr_null(progress.stream);
    fclose(stream);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TEST(the_line_says_how_far_and_how_long),
        TEST(no_number_overruns_the_line),
        TEST(the_line_is_throttled_and_cleared),
        TEST(a_stream_that_is_no_terminal_stays_empty),
    };
    return SUITE_RUN("progress", rows);
}
