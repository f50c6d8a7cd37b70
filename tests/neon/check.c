/* See check.h. */
#include "check.h"

jmp_buf check_failure;

static void *zeroed(size_t size) {
    void *memory = calloc(1, size);
    if (memory) return memory;
    fprintf(stderr, "out of memory\n");
    exit(1);
}

Suite *suite_create(const char *name) {
    Suite *suite = zeroed(sizeof *suite);
    suite->name = name;
    return suite;
}

TCase *tcase_create(const char *name) {
    (void)name;
    return zeroed(sizeof(TCase));
}

static void must_fit(int count) {
    if (count < CHECK_MOST) return;
    fprintf(stderr, "more than %d tests\n", (int)CHECK_MOST);
    exit(1);
}

void suite_add_tcase(Suite *suite, TCase *tests) {
    must_fit(suite->count);
    suite->cases[suite->count++] = tests;
}

void tcase_set_timeout(TCase *tests, double seconds) {
    (void)tests;
    (void)seconds;
}

void tcase_add_checked_fixture(TCase *tests, CheckFixture *setup, CheckFixture *teardown) {
    tests->setup = setup;
    tests->teardown = teardown;
}

void tcase_add_loop_test(TCase *tests, const TTest *test, int from, int to) {
    must_fit(tests->count);
    tests->tests[tests->count] = test;
    tests->from[tests->count] = from;
    tests->to[tests->count++] = to;
}

void tcase_add_test(TCase *tests, const TTest *test) { tcase_add_loop_test(tests, test, 0, 1); }

SRunner *srunner_create(Suite *suite) {
    SRunner *runner = zeroed(sizeof *runner);
    runner->suite = suite;
    return runner;
}

/* True when the test held. */
static bool run_one(const TCase *tests, const TTest *test, int index) {
    if (setjmp(check_failure)) {
        printf("%s, %d: failed\n", test->name, index);
        return false;
    }
    if (tests->setup) tests->setup();
    test->run(index);
    if (tests->teardown) tests->teardown();
    return true;
}

void srunner_run_all(SRunner *runner, int mode) {
    (void)mode;
    int count = 0;
    for (int c = 0; c < runner->suite->count; c++) {
        const TCase *tests = runner->suite->cases[c];
        for (int t = 0; t < tests->count; t++) {
            for (int i = tests->from[t]; i < tests->to[t]; i++) {
                count++;
                if (!run_one(tests, tests->tests[t], i)) runner->failed++;
            }
        }
    }
    printf("%s: %d tests, %d failed\n", runner->suite->name, count, runner->failed);
    fflush(stdout);
}

int srunner_ntests_failed(const SRunner *runner) { return runner->failed; }

void srunner_free(SRunner *runner) {
    for (int i = 0; i < runner->suite->count; i++) free(runner->suite->cases[i]);
    free(runner->suite);
    free(runner);
}
