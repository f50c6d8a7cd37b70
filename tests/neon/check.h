/* The part of the Check library that the unit tests use, for machines whose Check is not installed: one process, tests
 * one after the other, the first failed assertion ends its test.
 * In: the tests' own calls of Check. Out: a line for each test that fails, a line that counts, srunner_ntests_failed. */
#ifndef HILLOCK_TESTS_NEON_CHECK_H
#define HILLOCK_TESTS_NEON_CHECK_H

#include <math.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CK_NORMAL, CHECK_MOST = 256 };

typedef void CheckFixture(void);
typedef const void *CheckAddress;

typedef struct TTest {
    const char *name;
    void (*run)(int);
} TTest;

typedef struct TCase {
    const TTest *tests[CHECK_MOST];
    int from[CHECK_MOST], to[CHECK_MOST], count;
    CheckFixture *setup, *teardown;
} TCase;

typedef struct Suite {
    const char *name;
    TCase *cases[CHECK_MOST];
    int count;
} Suite;

typedef struct SRunner {
    Suite *suite;
    int failed;
} SRunner;

/* Where a failed assertion goes back to; assertions have no argument that could carry it. */
extern jmp_buf check_failure;

#define START_TEST(test)                                                                                               \
    static void test##_body(int _i);                                                                                   \
    static const TTest test##_test = {#test, test##_body}, *const test = &test##_test;                                 \
    static void test##_body(int _i) {                                                                                  \
        (void)_i;
#define END_TEST }

#define CHECK_FAIL(...)                                                                                                \
    do {                                                                                                               \
        printf("%s:%d: ", __FILE__, __LINE__);                                                                         \
        printf(__VA_ARGS__);                                                                                           \
        printf("\n");                                                                                                  \
        longjmp(check_failure, 1);                                                                                     \
    } while (0)

#define CHECK_PAIR(type, form, a, op, b)                                                                               \
    do {                                                                                                               \
        type check_a = (a), check_b = (b);                                                                            \
        if (!(check_a op check_b)) CHECK_FAIL("%s " #op " %s: " form ", " form, #a, #b, check_a, check_b);             \
    } while (0)

#define ck_abort_msg(...) CHECK_FAIL(__VA_ARGS__)
#define ck_assert(x)                                                                                                   \
    do {                                                                                                               \
        if (!(x)) CHECK_FAIL("%s", #x);                                                                                \
    } while (0)
#define ck_assert_msg(x, ...)                                                                                          \
    do {                                                                                                               \
        if (!(x)) CHECK_FAIL(__VA_ARGS__);                                                                             \
    } while (0)
#define ck_assert_int_eq(a, b) CHECK_PAIR(intmax_t, "%jd", a, ==, b)
#define ck_assert_int_ne(a, b) CHECK_PAIR(intmax_t, "%jd", a, !=, b)
#define ck_assert_int_lt(a, b) CHECK_PAIR(intmax_t, "%jd", a, <, b)
#define ck_assert_int_le(a, b) CHECK_PAIR(intmax_t, "%jd", a, <=, b)
#define ck_assert_int_gt(a, b) CHECK_PAIR(intmax_t, "%jd", a, >, b)
#define ck_assert_int_ge(a, b) CHECK_PAIR(intmax_t, "%jd", a, >=, b)
#define ck_assert_uint_eq(a, b) CHECK_PAIR(uintmax_t, "%ju", a, ==, b)
#define ck_assert_uint_ne(a, b) CHECK_PAIR(uintmax_t, "%ju", a, !=, b)
#define ck_assert_uint_lt(a, b) CHECK_PAIR(uintmax_t, "%ju", a, <, b)
#define ck_assert_uint_le(a, b) CHECK_PAIR(uintmax_t, "%ju", a, <=, b)
#define ck_assert_uint_gt(a, b) CHECK_PAIR(uintmax_t, "%ju", a, >, b)
#define ck_assert_uint_ge(a, b) CHECK_PAIR(uintmax_t, "%ju", a, >=, b)
#define ck_assert_double_eq(a, b) CHECK_PAIR(double, "%a", a, ==, b)
#define ck_assert_double_lt(a, b) CHECK_PAIR(double, "%a", a, <, b)
#define ck_assert_double_le(a, b) CHECK_PAIR(double, "%a", a, <=, b)
#define ck_assert_double_eq_tol(a, b, tolerance) CHECK_PAIR(double, "%a", fabs((double)((a) - (b))), <, tolerance)
#define ck_assert_ptr_eq(a, b) CHECK_PAIR(CheckAddress, "%p", a, ==, b)
#define ck_assert_ptr_ne(a, b) CHECK_PAIR(CheckAddress, "%p", a, !=, b)
#define ck_assert_ptr_null(a) CHECK_PAIR(CheckAddress, "%p", a, ==, NULL)
#define ck_assert_ptr_nonnull(a) CHECK_PAIR(CheckAddress, "%p", a, !=, NULL)
#define CHECK_TEXT(a, b, op)                                                                                           \
    do {                                                                                                               \
        const char *check_a = (a), *check_b = (b);                                                                     \
        if (!(strcmp(check_a, check_b) op 0)) CHECK_FAIL("\"%s\" " #op " \"%s\"", check_a, check_b);                   \
    } while (0)
#define ck_assert_str_eq(a, b) CHECK_TEXT(a, b, ==)
#define ck_assert_str_ne(a, b) CHECK_TEXT(a, b, !=)
#define ck_assert_mem_eq(a, b, count) ck_assert(memcmp(a, b, count) == 0)
#define ck_assert_mem_ne(a, b, count) ck_assert(memcmp(a, b, count) != 0)

Suite *suite_create(const char *name);
TCase *tcase_create(const char *name);
void suite_add_tcase(Suite *suite, TCase *tests);
void tcase_set_timeout(TCase *tests, double seconds); /* left to whoever runs the program */
void tcase_add_checked_fixture(TCase *tests, CheckFixture *setup, CheckFixture *teardown);
void tcase_add_test(TCase *tests, const TTest *test);
void tcase_add_loop_test(TCase *tests, const TTest *test, int from, int to);
SRunner *srunner_create(Suite *suite);
void srunner_run_all(SRunner *runner, int mode);
int srunner_ntests_failed(const SRunner *runner);
void srunner_free(SRunner *runner);

#endif
