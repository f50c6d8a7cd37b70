/* What every unit test ends in: its suite as a table of rows, run with Check; the exit code of the program.
 * In: rows that name tests made with START_TEST, and how they are run. Out: on the standard output a line for each
 * failure and one that counts. Rows above the first GROUP are a group that is named as the suite. */
#ifndef HILLOCK_TESTS_SUITE_H
#define HILLOCK_TESTS_SUITE_H

#include <check.h>
#include <stddef.h>

typedef struct SuiteRow {
    const TTest *test;
    int times;
    const char *group;
    double seconds;
    void (*setup)(void), (*teardown)(void);
} SuiteRow;

/* A test that runs once, or `count` times with _i from 0 to count - 1. */
#define TEST(function) ((SuiteRow){.test = (function), .times = 1})
#define LOOP(function, count) ((SuiteRow){.test = (function), .times = (int)(count)})
/* The rows below belong to a group of their own. */
#define GROUP(name) ((SuiteRow){.group = (name)})
/* What holds for the whole group, wherever in it the row stands: how long a test may take (without: Check's own 4 s),
 * what runs before and behind each test, in the test's process. */
#define TIMEOUT(limit) ((SuiteRow){.seconds = (limit)})
#define FIXTURE(before, behind) ((SuiteRow){.setup = (before), .teardown = (behind)})

#define ROWS(table) (sizeof(table) / sizeof *(table))

/* Runs the rows' tests: 0 when all of them held, else 1. */
#define SUITE_RUN(name, rows) suite_run(name, rows, ROWS(rows))

static int suite_run(const char *name, const SuiteRow *rows, size_t count) {
    Suite *suite = suite_create(name);
    TCase *group = NULL;
    for (size_t i = 0; i < count; i++) {
        const SuiteRow *row = &rows[i];
        if (!group || row->group) suite_add_tcase(suite, group = tcase_create(row->group ? row->group : name));
        if (row->test) tcase_add_loop_test(group, row->test, 0, row->times);
        if (row->seconds > 0) tcase_set_timeout(group, row->seconds);
        if (row->setup) tcase_add_checked_fixture(group, row->setup, row->teardown);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
