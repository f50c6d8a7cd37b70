/* The evaluator of host programs without a simulation: every op, broadcasting, missing values, malformed trees, limits,
 * and the texts of its errors. */
#include "hillock/math.h"

#include "host_tree.h"
#include "folder.h"
#include "suite.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static HostTree tree;
static HilHost *host;
static HilError error;

static void open_tree(void) {
    tree_clear(&tree);
    host = NULL;
}

static void close_tree(void) {
    hil_host_free(host);
}

#define KIDS(...) (int)(sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t)), (int32_t[]){__VA_ARGS__}
#define OP(ID, ...) tree_node(&tree, HIL_HOST_##ID, 0, 0, NULL, KIDS(__VA_ARGS__))
#define OPI(ID, index, ...) tree_node(&tree, HIL_HOST_##ID, index, 0, NULL, KIDS(__VA_ARGS__))
#define OPT(ID, text, ...) tree_node(&tree, HIL_HOST_##ID, 0, 0, text, KIDS(__VA_ARGS__))
#define LEAF(ID, index, text) tree_node(&tree, HIL_HOST_##ID, index, 0, text, 0, NULL)
#define N(x) tree_number(&tree, x)
#define TEXT(x) LEAF(TEXT, 0, x)
#define TRUE LEAF(BOOLEAN, 1, NULL)
#define FALSE LEAF(BOOLEAN, 0, NULL)
#define MISSING LEAF(MISSING, 0, NULL)
#define LIST(...) numbers(sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

static int32_t numbers(size_t count, const double *x) {
    int32_t kids[64];
    for (size_t k = 0; k < count; k++)
        kids[k] = N(x[k]);
    return tree_node(&tree, HIL_HOST_LIST, 0, 0, NULL, (int)count, kids);
}

static HilHost *fresh(void) {
    HilHostCode code = tree_code(&tree);
    hil_host_free(host);
    host = hil_host_new(&code, NULL, &error);
    ck_assert_ptr_nonnull(host);
    ck_assert(hil_host_set_locals(host, 8, &error));
    return host;
}

static HilValue value_of(int32_t node) {
    HilValue value;
    error.text[0] = '\0';
    ck_assert_msg(hil_host_evaluate(fresh(), node, &value, &error), "%s", error.text);
    return value;
}

static double number_of(int32_t node) {
    HilValue value = value_of(node);
    ck_assert_msg(value.kind == HIL_KIND_NUMBER, "a %s", hil_kind_name(value.kind));
    return value.as.number;
}

static bool truth_of(int32_t node) {
    HilValue value = value_of(node);
    ck_assert_msg(value.kind == HIL_KIND_BOOLEAN, "a %s", hil_kind_name(value.kind));
    return value.as.boolean;
}

static void assert_value(int32_t node, const char *expected) {
    char text[400];
    hil_value_print(value_of(node), NULL, text, sizeof text);
    ck_assert_str_eq(text, expected);
}

static void assert_error(int32_t node, const char *expected) {
    HilValue value;
    ck_assert(!hil_host_evaluate(fresh(), node, &value, &error));
    ck_assert_msg(strstr(error.text, expected), "%s", error.text);
}

/* ---- numbers ------------------------------------------------------------------------------------------------- */

START_TEST(numbers_have_the_bits_of_kernels) {
    static const struct {
        int op, count;
        double x[3], expected;
    } cases[] = {
#define CASE(ID, count, a, b, c, expected) {HIL_HOST_##ID, count, {a, b, c}, expected}
        CASE(NEG, 1, 3, 0, 0, -3), CASE(ADD, 2, 0.1, 0.2, 0, 0.1 + 0.2), CASE(SUB, 2, 1, 3, 0, -2),
        CASE(MUL, 2, 3, 7, 0, 21), CASE(DIV, 2, 1, 3, 0, 1.0 / 3), CASE(POW, 2, 1.1, 3, 0, (1.1 * 1.1) * 1.1),
        CASE(POW, 2, 2, -2, 0, 0.25), CASE(POW, 2, 9, 0.5, 0, 3), CASE(MOD, 2, 7, 3, 0, 1), CASE(MOD, 2, -1, 3, 0, 2),
        CASE(SQRT, 1, 2, 0, 0, 0x1.6a09e667f3bcdp0), CASE(ABS, 1, -2, 0, 0, 2), CASE(FLOOR, 1, -1.5, 0, 0, -2),
        CASE(CEIL, 1, 1.2, 0, 0, 2), CASE(ROUND, 1, 2.5, 0, 0, 2), CASE(MIN, 3, 3, 1, 2, 1), CASE(MAX, 2, 3, 4, 0, 4),
        CASE(CLIP, 3, 5, 0, 1, 1), CASE(CLIP, 3, -5, 0, 1, 0), CASE(STEP, 1, 0, 0, 0, 1), CASE(STEP, 1, -1, 0, 0, 0),
        CASE(SIGN, 1, -3, 0, 0, -1), CASE(RELU, 1, -3, 0, 0, 0), CASE(RELU, 1, 4.24, 0, 0, 4.24),
        CASE(IDENTITY, 1, 6, 0, 0, 6),
    };
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        int32_t kids[3] = {N(cases[k].x[0]), N(cases[k].x[1]), N(cases[k].x[2])};
        double found = number_of(tree_node(&tree, cases[k].op, 0, 0, NULL, cases[k].count, kids)), folded;
        ck_assert_msg(found == cases[k].expected, "%s: %.17g", hil_host_op_name(cases[k].op), found);
        ck_assert(hil_host_fold(cases[k].op, cases[k].x, cases[k].count, &folded));
        ck_assert(folded == found);
    }
#define SAME(ID, name, x) ck_assert(number_of(OP(ID, N(x))) == hil_math_##name(x))
    SAME(EXP, exp, 1.3);
    SAME(EXPM1, expm1, 0.1);
    SAME(LOG, log, 7.7);
    SAME(LOG1P, log1p, 0.3);
    SAME(TANH, tanh, 0.7);
    SAME(SIGMOID, sigmoid, 4.24);
    SAME(EXPRELR, exprelr, 0.0);
    SAME(SIN, sin, 2.0);
    SAME(COS, cos, 2.0);
    SAME(TAN, tan, 2.0);
    SAME(ATAN, atan, 2.0);
    SAME(SINH, sinh, 2.0);
    SAME(COSH, cosh, 2.0);
    SAME(ERF, erf, 0.4);
    ck_assert(number_of(OP(POW, N(2), N(0.3))) == hil_math_pow(2, 0.3));
    ck_assert(!hil_host_fold(HIL_HOST_LIST, (double[]){1}, 1, &(double){0}));
    ck_assert(!hil_host_fold(HIL_HOST_ADD, (double[]){1}, 1, &(double){0}));
    ck_assert(number_of(OP(MAX, N(1), N(2), N(3), N(9), N(4), N(5), N(6), N(7), N(8), N(0))) == 9);
}
END_TEST

START_TEST(conditions_compare_and_join) {
    ck_assert(truth_of(OP(LT, N(1), N(2))) && !truth_of(OP(LT, N(2), N(2))) && truth_of(OP(LE, N(2), N(2))));
    ck_assert(truth_of(OP(EQ, TEXT("a"), TEXT("a"))) && truth_of(OP(NE, TEXT("a"), TEXT("b"))));
    ck_assert(truth_of(OP(EQ, TRUE, N(1)))); /* (count > 0) == r.out with 1 in the table */
    ck_assert(truth_of(OP(NOT, FALSE)) && truth_of(OP(AND, TRUE, TRUE)) && truth_of(OP(OR, FALSE, TRUE)));
    int32_t bad = OP(INDEX, LIST(1), N(5));
    ck_assert(!truth_of(OP(AND, FALSE, bad)) && truth_of(OP(OR, TRUE, bad))); /* not looked at */
    ck_assert(truth_of(OP(IN, N(5), OP(RANGE, N(5), N(30)))) && truth_of(OP(IN, N(30), OP(RANGE, N(5), N(30)))));
    ck_assert(!truth_of(OP(IN, N(4.99), OP(RANGE, N(5), N(30)))));
    ck_assert(truth_of(OP(IN, N(2), LIST(1, 2, 3))) && !truth_of(OP(IN, TEXT("x"), LIST(1, 2))));
    ck_assert(truth_of(OP(WITHIN, N(0.3), N(0), OP(ADD, N(0.1), N(0.2)))));
    ck_assert(truth_of(OP(WITHIN, N(14.25e-3), N(0.05e-3), N(14.22e-3))));
    ck_assert(!truth_of(OP(WITHIN, N(14.28e-3), N(0.05e-3), N(14.22e-3))));
    ck_assert(truth_of(OP(KNOWN, N(1))) && !truth_of(OP(KNOWN, MISSING)));
    ck_assert(number_of(OP(IF, TRUE, N(1), bad)) == 1 && number_of(OP(IF, FALSE, bad, N(2))) == 2);
    ck_assert_int_eq(value_of(OP(IF, FALSE, bad)).kind, HIL_KIND_MISSING);
    ck_assert(number_of(OP(IF, OP(EQ, LIST(1, 2), LIST(1, 2)), N(1), N(2))) == 1); /* all of a list */
    assert_error(OP(IF, OP(EQ, N(1), MISSING), N(1), N(2)), "not known");
    assert_error(OP(IF, TEXT("a"), N(1), N(2)), "a text where a condition is wanted");
}
END_TEST

START_TEST(missing_spreads_unless_the_rest_decides) {
    static const int ops[] = {HIL_HOST_ADD, HIL_HOST_LT, HIL_HOST_EQ, HIL_HOST_IN, HIL_HOST_INDEX};
    for (size_t k = 0; k < sizeof ops / sizeof ops[0]; k++) {
        int32_t kids[2] = {MISSING, LIST(1, 2)};
        ck_assert_int_eq(value_of(tree_node(&tree, ops[k], 0, 0, NULL, 2, kids)).kind, HIL_KIND_MISSING);
    }
    ck_assert_int_eq(value_of(OP(AND, MISSING, TRUE)).kind, HIL_KIND_MISSING);
    ck_assert(!truth_of(OP(AND, MISSING, FALSE)) && truth_of(OP(OR, MISSING, TRUE)));
    ck_assert_int_eq(value_of(OPT(FIELD, "n", MISSING)).kind, HIL_KIND_MISSING);
    ck_assert_int_eq(value_of(OPI(REDUCE, HIL_REDUCTION_MEAN, MISSING)).kind, HIL_KIND_MISSING);
    assert_value(OP(ADD, OP(LIST, N(1), MISSING), N(1)), "[2, -]");
}
END_TEST

START_TEST(lists_broadcast) {
    assert_value(OP(MUL, LIST(1, 2, 3), N(2)), "[2, 4, 6]");
    assert_value(OP(SUB, N(1), LIST(1, 2)), "[0, -1]");
    assert_value(OP(ADD, OP(RANGE, N(0), N(2)), LIST(10, 20, 30)), "[10, 21, 32]");
    assert_value(OP(LT, LIST(1, 3), N(2)), "[true, false]");
    assert_value(OP(IN, LIST(1, 3), OP(RANGE, N(0), N(2))), "[true, false]");
    assert_value(OP(WITHIN, LIST(1, 2), N(0.1), LIST(1.05, 2.2)), "[true, false]");
    assert_value(OP(SQRT, OP(LIST, LIST(1, 4), LIST(9, 16))), "[[1, 2], [3, 4]]");
    assert_value(OP(AND, OP(LIST, TRUE, FALSE), TRUE), "[true, false]");
    ck_assert(!truth_of(OP(EQ, LIST(1, 2), LIST(1, 2, 3))));
    assert_error(OP(ADD, LIST(1, 2), LIST(1, 2, 3)), "lists of 2 and 3 elements side by side");
    assert_error(OP(ADD, TEXT("a"), N(1)), "a text where a number is wanted");
}
END_TEST

/* ---- lists and records --------------------------------------------------------------------------------------- */

START_TEST(lists_are_made_and_picked_from) {
    int32_t list = LIST(10, 20, 30, 40);
    ck_assert(number_of(OP(INDEX, list, N(2))) == 30);
    assert_value(OP(INDEX, list, OP(RANGE, N(0), N(2))), "[10, 20, 30]");
    assert_value(OP(INDEX, list, LIST(3, 0)), "[40, 10]");
    assert_error(OP(INDEX, list, N(4)), "index 4 is outside the 4 elements");
    assert_error(OP(INDEX, list, N(-1)), "an index must be a whole number from 0, not -1");
    assert_error(OP(INDEX, list, N(0.5)), "not 0.5");
    assert_value(OPI(RANGE, 1, N(0), N(1), N(5)), "0 .. 1");
    assert_value(OP(CONCAT, OPI(RANGE, 1, N(0), N(1), N(5))), "[0, 0.25, 0.5, 0.75, 1]");
    assert_value(OP(CONCAT, OPI(RANGE, 2, N(0), N(1), N(0.5)), N(7), LIST(8, 9)), "[0, 0.5, 1, 7, 8, 9]");
    assert_value(OP(FLATTEN, OP(LIST, LIST(1, 2), N(3))), "[1, 2, 3]");
    ck_assert(number_of(OP(LENGTH, TEXT("abc"))) == 3 && number_of(OP(LENGTH, OP(RANGE, N(1), N(12)))) == 12);
    assert_value(OP(ZIP, LIST(1, 2), OP(LIST, TEXT("a"), TEXT("b"))), "[[1, a], [2, b]]");
    assert_error(OP(ZIP, LIST(1, 2), LIST(1)), "lists of 2 and 1 elements side by side");
    assert_value(OP(REVERSED, LIST(1, 2, 3)), "[3, 2, 1]");
    assert_value(OP(UNIQUE, LIST(3, 1, 3, 2, 1)), "[1, 2, 3]");
    assert_value(OP(UNIQUE, OP(LIST, TEXT("b"), TEXT("a"), TEXT("b"))), "[a, b]");
    assert_value(OP(FILL, N(3), N(0.9)), "[0.9, 0.9, 0.9]");
    assert_value(OP(ONLY, N(1), N(3)), "[false, true, false]");
    assert_value(OP(SPREAD, N(3), N(0.05), N(0.95)), "[0.05, 0.5, 0.95]");
    assert_value(OP(WHICH, OP(LIST, TRUE, FALSE, TRUE)), "[0, 2]");
    assert_error(OP(FILL, N(1e18), N(1)), "whole number");
    assert_error(OP(FILL, N(-1), N(1)), "whole number");
    assert_error(OP(ONLY, N(3), N(3)), "index 3 is outside");
    assert_error(OPI(RANGE, 7, N(0), N(1)), "form 7");
}
END_TEST

START_TEST(records_have_fields_keys_and_grow) {
    int32_t record = OP(RECORD, OPT(NAMED, "peak", N(3)), OPT(NAMED, "n", MISSING));
    ck_assert(number_of(OPT(FIELD, "peak", record)) == 3);
    ck_assert(number_of(OP(INDEX, record, TEXT("peak"))) == 3 && number_of(OP(INDEX, record, N(0))) == 3);
    assert_error(OPT(FIELD, "peek", record), "no field peek here; there are: peak, n");
    assert_error(OPT(FIELD, "peak", N(1)), "a number has no field peak");
    assert_error(OP(RECORD, N(1)), "without a name");
    /* let r["a"][2] = 5; let r["a"][3] = 6; let r["b"][2] = 7: r["a"][3] */
    int32_t a = TEXT("a"), b = TEXT("b"), r = LEAF(LOCAL, 0, NULL);
    int32_t lets = OP(BLOCK, OP(LET_AT, N(5), a, N(2)), OP(LET_AT, N(6), a, N(3)), OP(LET_AT, N(7), b, N(2)),
                      OP(LET_AT, N(8), a, N(2)));
    fresh();
    HilValue value;
    ck_assert(hil_host_evaluate(host, lets, &value, &error));
    int32_t read = r;
    ck_assert(hil_host_evaluate(host, read, &value, &error));
    char text[100];
    hil_value_print(value, NULL, text, sizeof text);
    ck_assert_str_eq(text, "(a = (2 = 8, 3 = 6), b = (2 = 7))");
}
END_TEST

START_TEST(comprehensions_and_folds_bind_names) {
    int32_t k = LEAF(LOCAL, 1, NULL), domain = OP(RANGE, N(0), N(4));
    assert_value(OPI(EACH, 1, domain, OP(MUL, k, k)), "[0, 1, 4, 9, 16]");
    assert_value(OPI(EACH, 1, domain, k, OP(EQ, OP(MOD, k, N(2)), N(0))), "[0, 2, 4]");
    ck_assert(number_of(OPI(REDUCE, HIL_REDUCTION_SUM, OPI(EACH, 1, domain, k))) == 10);
    /* two binders: sum(i in 0..4, j in 0..4: i*j) = 100 */
    int32_t j = LEAF(LOCAL, 3, NULL), inner = OPI(EACH, 3, domain, OP(MUL, k, j));
    ck_assert(number_of(OPI(REDUCE, HIL_REDUCTION_SUM, OP(FLATTEN, OPI(EACH, 1, domain, inner)))) == 100);
    /* fold(q = 0, b in [1, 0, 1, 1]: (2*q + b) mod 3): 1011 is 11, 11 mod 3 = 2 */
    int32_t q = LEAF(LOCAL, 0, NULL), b = LEAF(LOCAL, 1, NULL);
    ck_assert(number_of(OPI(FOLD, 0, N(0), LIST(1, 0, 1, 1), OP(MOD, OP(ADD, OP(MUL, N(2), q), b), N(3)))) == 2);
    /* keyed: names of a record, positions of a list */
    int32_t record = OP(RECORD, OPT(NAMED, "x", N(5)), OPT(NAMED, "y", N(6)));
    int32_t keyed = OPI(EACH, 1, record, OP(LIST, LEAF(LOCAL, 2, NULL), k));
    tree.nodes[keyed].flags = HIL_HOST_KEYED;
    assert_value(keyed, "[[x, 5], [y, 6]]");
    int32_t listed = OPI(EACH, 1, LIST(7, 8), LEAF(LOCAL, 2, NULL));
    tree.nodes[listed].number = HIL_HOST_KEYED; /* flags may stand in `number` */
    assert_value(listed, "[0, 1]");
    assert_value(OPI(EACH, 1, LIST(1), N(2)), "[2]");
    assert_error(OPI(EACH, 99, domain, N(1)), "there is no local 99 among 8");
    assert_error(LEAF(LOCAL, -1, NULL), "there is no local -1");
    assert_error(OPI(EACH, 1, N(3), k), "a number has no elements");
    /* statements */
    int32_t sum = LEAF(LOCAL, 0, NULL);
    int32_t block = OP(BLOCK, OPI(LET, 0, N(0)), OPI(FOR, 1, domain, OPI(LET, 0, OP(ADD, sum, k))));
    fresh();
    HilValue value;
    ck_assert(hil_host_evaluate(host, block, &value, &error) && hil_host_evaluate(host, sum, &value, &error));
    ck_assert(value.as.number == 10);
}
END_TEST

START_TEST(words_are_all_strings_in_order) {
    int32_t bits = LIST(0, 1);
    assert_value(OP(WORDS, bits, N(2)), "[[0, 0], [0, 1], [1, 0], [1, 1]]");
    assert_value(OP(WORDS, bits, OP(RANGE, N(0), N(1))), "[[], [0], [1]]");
    HilValue words = value_of(OP(WORDS, bits, OP(RANGE, N(1), N(12))));
    ck_assert_uint_eq(words.as.list->count, 8190);
    ck_assert(words.as.list->items[8189].as.list->numbers[11] == 1);
    assert_value(OP(WORDS, TEXT("ab"), LIST(1)), "[[a], [b]]");
    assert_error(OP(WORDS, bits, N(40)), "more than 1048576 words");
    assert_error(OP(WORDS, bits, N(-2)), "whole number");
    /* every word of up to 12 bits against its value modulo 3, as a study does it */
    int32_t q = LEAF(LOCAL, 0, NULL), b = LEAF(LOCAL, 1, NULL), w = LEAF(LOCAL, 2, NULL);
    int32_t fold = OPI(FOLD, 0, N(0), w, OP(MOD, OP(ADD, OP(MUL, N(2), q), b), N(3)));
    int32_t multiples = OPI(EACH, 2, OP(WORDS, bits, OP(RANGE, N(1), N(12))), OP(EQ, fold, N(0)));
    double expected = 0;
    for (int length = 1; length <= 12; length++)
        expected += ((1 << length) - 1) / 3 + 1; /* multiples of 3 below 2^length */
    ck_assert(number_of(OPI(REDUCE, HIL_REDUCTION_COUNT, multiples)) == expected);
}
END_TEST

/* ---- times, draws, layouts, files ---------------------------------------------------------------------------- */

START_TEST(signals_have_windows_and_values_at_times) {
    int32_t s = LEAF(LOCAL, 0, NULL), e = LEAF(LOCAL, 1, NULL);
    int32_t nodes[] = {OP(AT, s, N(0.15)), OP(AT, s, N(0.2)), OP(AT, s, LIST(0, 0.05)), OP(AT, s, N(9)),
                       OPI(REDUCE, HIL_REDUCTION_COUNT, OP(WINDOW, s, N(0.1), N(0.3))),
                       OPI(REDUCE, HIL_REDUCTION_RATE, OP(WINDOW, e, N(0.5), -1)), OP(MUL, OP(SUB, s, N(1)), s),
                       OP(INDEX, e, N(1)), OP(WINDOW, LIST(1, 2, 3), N(2), -1), OP(INDEX, s, N(3)),
                       OPI(REDUCE, HIL_REDUCTION_MEAN, OP(LT, s, N(2)))};
    HilValue signal, spikes, value;
    fresh();
    HilPool *pool = hil_host_pool(host);
    ck_assert(hil_value_signal(pool, (double[]){0, 1, 4, 9}, NULL, 1, 4, 0, 0.1, "mV", &signal, &error));
    ck_assert(hil_value_spikes(pool, (double[]){0.1, 0.5, 0.6}, (uint32_t[]){1, 0, 1}, 3, 2, 0, 1, &spikes, &error));
    ck_assert(hil_host_set_local(host, 0, signal, &error) && hil_host_set_local(host, 1, spikes, &error));
    ck_assert(hil_host_evaluate(host, nodes[0], &value, &error));
    ck_assert_double_eq_tol(value.as.number, 2.5, 1e-12);
    ck_assert(hil_host_evaluate(host, nodes[1], &value, &error) && value.as.number == 4); /* exact at samples */
    ck_assert(hil_host_evaluate(host, nodes[2], &value, &error) && value.as.list->count == 2);
    ck_assert_double_eq_tol(value.as.list->numbers[1], 0.5, 1e-12);
    ck_assert(!hil_host_evaluate(host, nodes[3], &value, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "at 9 s there is no sample; they reach from 0 s to 0.3 s"));
    ck_assert(hil_host_evaluate(host, nodes[4], &value, &error) && value.as.number == 2); /* half-open */
    ck_assert(hil_host_evaluate(host, nodes[5], &value, &error));
    ck_assert_double_eq_tol(value.as.number, 2, 1e-12); /* 2 spikes of 2 cells in 0.5 s */
    ck_assert(hil_host_evaluate(host, nodes[6], &value, &error) && value.as.signal->values[3] == 72);
    ck_assert(hil_host_evaluate(host, nodes[7], &value, &error) && value.as.spikes->count == 2);
    ck_assert(hil_host_evaluate(host, nodes[8], &value, &error) && value.as.list->count == 2);
    ck_assert(!hil_host_evaluate(host, nodes[9], &value, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "index 3 is outside the 1 recorded cells"));
    ck_assert(hil_host_evaluate(host, nodes[10], &value, &error) && value.as.number == 0.5);
}
END_TEST

START_TEST(draws_repeat_with_the_seed_and_differ_by_number) {
    int32_t k = LEAF(LOCAL, 0, NULL), draw = OPI(DRAW_UNIFORM, 3, N(2), N(4)), other = OPI(DRAW_UNIFORM, 4, N(2), N(4));
    int32_t many = OPI(EACH, 0, OP(RANGE, N(1), N(1000)), draw), list = OP(LIST, draw, draw, other);
    (void)k;
    HilValue value, again;
    HilHostCode code;
    ck_assert(hil_host_evaluate(fresh(), list, &value, &error));
    const double *x = value.as.list->numbers;
    double first = x[0];
    ck_assert(x[0] != x[1] && x[0] != x[2] && x[1] != x[2] && x[0] > 2 && x[0] < 4);
    ck_assert(hil_host_evaluate(fresh(), list, &again, &error));
    ck_assert(again.as.list->numbers[0] == first);
    code = tree_code(&tree);
    HilHostOptions options = {.settings = {.seed = 77, .level = -1}};
    HilHost *seeded = hil_host_new(&code, &options, &error);
    ck_assert(hil_host_evaluate(seeded, list, &again, &error));
    ck_assert(again.as.list->numbers[0] != first);
    hil_host_free(seeded);
    /* mean of 1000 uniforms in 2 .. 4: 3 within 4 standard errors of 2/sqrt(12*1000) */
    ck_assert_double_eq_tol(number_of(OPI(REDUCE, HIL_REDUCTION_MEAN, many)), 3, 4 * 2 / sqrt(12000));
    int32_t normals = OPI(EACH, 0, OP(RANGE, N(1), N(1000)), OPI(DRAW_NORMAL, 5, N(1), N(0.5)));
    ck_assert_double_eq_tol(number_of(OPI(REDUCE, HIL_REDUCTION_MEAN, normals)), 1, 4 * 0.5 / sqrt(1000));
    ck_assert_double_eq_tol(number_of(OPI(REDUCE, HIL_REDUCTION_STD, normals)), 0.5, 4 * 0.5 / sqrt(2000));
    ck_assert(number_of(OPI(DRAW_EXPONENTIAL, 1, N(3))) > 0 && number_of(OPI(DRAW_LOGNORMAL, 1, N(0), N(1))) > 0);
    ck_assert(number_of(OPI(DRAW_POISSON, 1, N(4))) >= 0 && number_of(OPI(DRAW_BINOMIAL, 1, N(10), N(1))) == 10);
    assert_error(OPI(DRAW_UNIFORM, -1, N(0), N(1)), "no draw number -1");
    ck_assert(!hil_host_op_pure(HIL_HOST_DRAW_UNIFORM) && hil_host_op_pure(HIL_HOST_ADD));
}
END_TEST

START_TEST(layouts_place_every_cell) {
    assert_value(OP(LAYOUT_LINE, N(3), N(2)), "[0, 0, 0, 1, 0, 0, 2, 0, … 9 in all]");
    assert_value(OP(LAYOUT_GRID, N(2), N(1), N(5)), "[0, 0, 0, 0, 5, 0]");
    static const int ops[] = {HIL_HOST_LAYOUT_DISC, HIL_HOST_LAYOUT_BALL, HIL_HOST_LAYOUT_RING};
    for (size_t k = 0; k < 3; k++) {
        int32_t kids[2] = {N(500), N(2)};
        HilValue value = value_of(tree_node(&tree, ops[k], 0, 0, NULL, 2, kids));
        ck_assert_uint_eq(value.as.list->count, 1500);
        double inside = 0;
        for (int i = 0; i < 500; i++) {
            const double *p = value.as.list->numbers + 3 * i;
            double r = sqrt(p[0] * p[0] + p[1] * p[1] + p[2] * p[2]);
            ck_assert_double_le(r, 2 * (1 + 1e-12));
            inside += r < 1;
        }
        /* the part within half the radius: 1/4 of a disc, 1/8 of a ball, none of a ring; 4 standard errors */
        double part = k == 0 ? 0.25 : k == 1 ? 0.125 : 0;
        ck_assert_double_le(fabs(inside / 500 - part), 4 * sqrt(part * (1 - part) / 500));
    }
    HilValue box = value_of(OP(LAYOUT_BOX, N(100), N(1), N(2), N(0)));
    for (int i = 0; i < 100; i++)
        ck_assert(box.as.list->numbers[3 * i + 1] < 2 && box.as.list->numbers[3 * i + 2] == 0);
    assert_error(OP(LAYOUT_GRID, N(2), N(0), N(5)), "a grid of 0 columns");
    assert_error(OP(LAYOUT_LINE, N(2.5), N(1)), "positions for 2.5 cells");
}
END_TEST

START_TEST(tables_come_from_files_with_units) {
    const char *text = "name,g[nS],n\ntonic,10,62\nother,12,-\n";
    char path[512];
    file_make(path, ".csv", text, strlen(text));
    int32_t columns = tree_node(&tree, HIL_HOST_TABLE_FILE, 0, 0, path,
                                KIDS(OPT(TABLE_COLUMN, "g", TEXT("S")), OPT(TABLE_COLUMN, "n", TEXT(""))));
    HilValue value = value_of(columns), field;
    ck_assert_uint_eq(value.as.list->count, 2);
    ck_assert(hil_value_field(value.as.list->items[0], "g", &field, &error) && field.as.number == 10e-9);
    ck_assert(hil_value_field(value.as.list->items[1], "n", &field, &error) && field.kind == HIL_KIND_MISSING);
    int32_t keyed = tree_node(&tree, HIL_HOST_TABLE_FILE, 1, 0, path, 0, NULL);
    ck_assert(number_of(OPT(FIELD, "n", OPT(FIELD, "tonic", keyed))) == 62);
    int32_t wrong = tree_node(&tree, HIL_HOST_TABLE_FILE, 0, 0, path, KIDS(OPT(TABLE_COLUMN, "g", TEXT("mV"))));
    assert_error(wrong, "does not fit the unit");
    int32_t absent = tree_node(&tree, HIL_HOST_TABLE_FILE, 0, 0, path, KIDS(OPT(TABLE_COLUMN, "h", TEXT(""))));
    assert_error(absent, "has no column h");
    unlink(path);
    assert_error(columns, path);
}
END_TEST

/* ---- what must not crash ------------------------------------------------------------------------------------- */

START_TEST(malformed_trees_are_errors_with_lines) {
    assert_error(1000, "node 1000 of");
    assert_error(-5, "node -5");
    int32_t cycle = OP(NEG, 0);
    tree.kids[tree.nodes[cycle].kids.first] = cycle;
    assert_error(cycle, "more than 800 deep");
    int32_t deep = N(1);
    for (int k = 0; k < 3000; k++)
        deep = OP(NEG, deep);
    assert_error(deep, "more than 800 deep");
    tree_clear(&tree);
    int32_t op = OP(NEG, N(1));
    tree.nodes[op].op = 60000;
    assert_error(op, "no operation number 60000");
    int32_t few = OP(ADD, N(1));
    assert_error(few, "`add` with 1 operands");
    int32_t outside = OP(ADD, N(1), N(2));
    tree.nodes[outside].kids.first = 16000;
    assert_error(outside, "`add` with 2 operands at 16000");
    tree.nodes[outside].kids = (HilRange){-3, 2};
    assert_error(outside, "`add`");
    tree.nodes[outside].kids = (HilRange){INT32_MAX, INT32_MAX};
    assert_error(outside, "`add`");
    tree.nodes[outside].kids = (HilRange){0, -1};
    assert_error(outside, "`add`");
    assert_error(OP(ADD, -1, N(1)), "operand 0 of `add` is not given");
    assert_error(LEAF(SCALAR, 0, NULL), "no parameter number 0");
    assert_error(OP(RUN, N(1)), "`run` needs a running experiment");
    assert_error(LEAF(SPIKES_OF, 0, NULL), "`spikes-of` needs a running experiment");
    assert_error(OPI(REDUCE, 9999, N(1)), "no reduction number 9999");
    int32_t named = OPT(FIELD, "x", N(1));
    tree.nodes[named].text = 1u << 30;
    assert_error(named, "has no field");
    int32_t place = OP(INDEX, LIST(1), N(1));
    char line[40];
    snprintf(line, sizeof line, "line %d: index 1", place + 1);
    assert_error(place, line);
}
END_TEST

/* Any bytes as nodes give a value or an error. The budget keeps it short. */
START_TEST(random_trees_are_survived) {
    uint64_t state = 12345;
    int errors = 0, values = 0;
    for (int round = 0; round < 3000; round++) {
        tree_clear(&tree);
        for (int k = 0; k < 40; k++) {
            int32_t kids[3];
            for (int i = 0; i < 3; i++) {
                state = state * 6364136223846793005u + 1442695040888963407u;
                kids[i] = (int32_t)((state >> 33) % 42) - 1;
            }
            state = state * 6364136223846793005u + 1442695040888963407u;
            int op = (int)((state >> 33) % (HIL_HOST_OP_COUNT + 1));
            if (op == HIL_HOST_TABLE_FILE)
                op = HIL_HOST_LIST;
            static const double some[] = {0, 1, 2, -1, 0.5, 7, 1e9, NAN, INFINITY, 1e-300};
            tree_node(&tree, (state >> 20) % 3 == 0 ? HIL_HOST_NUMBER : op, (int)((state >> 40) % 70) - 2,
                      some[(state >> 50) % 10], "x", (int)((state >> 60) % 4), kids);
        }
        HilHostCode code = tree_code(&tree);
        HilHostOptions options = {.budget = 2000};
        HilHost *one = hil_host_new(&code, &options, &error);
        ck_assert(hil_host_set_locals(one, 4, &error));
        for (int32_t node = 0; node < 40; node++) {
            HilValue value;
            error.text[0] = '\0';
            if (hil_host_evaluate(one, node, &value, &error)) {
                hil_value_release(hil_host_pool(one), value);
                values++;
            } else {
                ck_assert_str_ne(error.text, "");
                errors++;
            }
        }
        hil_host_free(one);
    }
    ck_assert_int_gt(values, 1000);
    ck_assert_int_gt(errors, 1000);
}
END_TEST

START_TEST(a_budget_ends_what_would_not) {
    int32_t node = N(1);
    for (int k = 0; k < 60; k++)
        node = OP(ADD, node, node); /* 2^60 additions */
    HilHostCode code = tree_code(&tree);
    HilHostOptions options = {.budget = 100000};
    HilValue value;
    host = hil_host_new(&code, &options, &error);
    ck_assert(!hil_host_evaluate(host, node, &value, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "more than 100000 steps"));
}
END_TEST

START_TEST(nothing_is_left_behind_by_success) {
    int32_t k = LEAF(LOCAL, 1, NULL), bits = LIST(0, 1);
    int32_t nodes[] = {OPI(EACH, 1, OP(WORDS, bits, N(4)), OP(REVERSED, k)), OP(UNIQUE, OP(FILL, N(5), TEXT("a"))),
                       OP(ZIP, OP(RANGE, N(0), N(3)), OP(SPREAD, N(4), N(0), N(1))),
                       OP(ADD, OP(MUL, LIST(1, 2), LIST(3, 4)), OP(INDEX, LIST(1, 2, 3), OP(RANGE, N(0), N(1)))),
                       OPI(REDUCE, HIL_REDUCTION_MEAN, OP(SQRT, OP(CONCAT, LIST(1, 2), N(3)))),
                       OP(AND, OP(LT, LIST(1, 2), N(3)), TRUE),
                       OPT(FIELD, "a", OP(RECORD, OPT(NAMED, "a", LIST(1, 2)), OPT(NAMED, "b", TEXT("z")))),
                       OP(IF, OP(IN, N(1), LIST(1, 2)), OP(EQ, TEXT("a"), TEXT("b")), N(0))};
    fresh();
    HilPool *pool = hil_host_pool(host);
    for (size_t n = 0; n < sizeof nodes / sizeof nodes[0]; n++) {
        HilValue value;
        ck_assert_msg(hil_host_evaluate(host, nodes[n], &value, &error), "%s", error.text);
        hil_value_release(pool, value);
        hil_host_set_local(host, 1, hil_value_missing(), &error);
        ck_assert_msg(hil_pool_live(pool) == 0, "%zu blocks after node %zu", hil_pool_live(pool), n);
    }
}
END_TEST

START_TEST(plain_numbers_for_the_engine) {
    double x, *list;
    int64_t count;
    const char *text;
    int32_t scalar = LEAF(SCALAR, 1, NULL), twice = OP(MUL, scalar, N(2)), range = OP(RANGE, N(2), N(4));
    int32_t words = TEXT("edges.csv"), truths = OP(LIST, TRUE, FALSE), empty = tree_node(&tree, HIL_HOST_LIST, 0, 0,
                                                                                         NULL, 0, NULL);
    int32_t hole = MISSING;
    fresh();
    hil_host_set_scalars(host, (double[]){1, 21}, 2);
    ck_assert(hil_host_number(host, twice, &x, &error) && x == 42);
    ck_assert(hil_host_numbers(host, range, &list, &count, &error) && count == 3 && list[2] == 4);
    free(list);
    ck_assert(hil_host_numbers(host, twice, &list, &count, &error) && count == 1 && list[0] == 42);
    free(list);
    ck_assert(hil_host_numbers(host, truths, &list, &count, &error) && count == 2 && list[0] == 1);
    free(list);
    ck_assert(hil_host_numbers(host, empty, &list, &count, &error) && count == 0 && !list);
    ck_assert(hil_host_text(host, words, &text, &error) && strcmp(text, "edges.csv") == 0);
    ck_assert(!hil_host_number(host, words, &x, &error) && !hil_host_text(host, twice, &text, &error));
    ck_assert(!hil_host_numbers(host, hole, &list, &count, &error));
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        FIXTURE(open_tree, close_tree),
        TEST(numbers_have_the_bits_of_kernels),
        TEST(conditions_compare_and_join),
        TEST(missing_spreads_unless_the_rest_decides),
        TEST(lists_broadcast),
        TEST(lists_are_made_and_picked_from),
        TEST(records_have_fields_keys_and_grow),
        TEST(comprehensions_and_folds_bind_names),
        TEST(words_are_all_strings_in_order),
        TEST(signals_have_windows_and_values_at_times),
        TEST(draws_repeat_with_the_seed_and_differ_by_number),
        TEST(layouts_place_every_cell),
        TEST(tables_come_from_files_with_units),
        TEST(malformed_trees_are_errors_with_lines),
        TEST(random_trees_are_survived),
        TEST(a_budget_ends_what_would_not),
        TEST(nothing_is_left_behind_by_success),
        TEST(plain_numbers_for_the_engine),
    };
    return SUITE_RUN("host", rows);
}
