/* Values of host programs: sharing, canonical lists, elements, fields, equality, printing, limits. */
#include "hillock/value.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static HilPool *pool;
static HilError error;

static void open_pool(void) {
    pool = hil_pool_new();
    ck_assert_ptr_nonnull(pool);
}

static void close_pool(void) {
    hil_pool_free(pool);
}

static HilValue text_of(const char *text) {
    HilValue value;
    ck_assert(hil_value_text(pool, text, strlen(text), &value, &error));
    return value;
}

static void assert_printed(HilValue value, const char *unit, const char *expected) {
    char text[200];
    hil_value_print(value, unit, text, sizeof text);
    ck_assert_str_eq(text, expected);
}

START_TEST(lists_of_numbers_are_plain) {
    HilValue items[3] = {hil_value_number(1), hil_value_number(-2), hil_value_number(3)}, list, mixed;
    ck_assert(hil_value_list(pool, items, 3, &list, &error));
    ck_assert_ptr_nonnull(list.as.list->numbers);
    ck_assert(list.as.list->numbers[1] == -2);
    items[1] = hil_value_missing();
    ck_assert(hil_value_list(pool, items, 3, &mixed, &error));
    ck_assert_ptr_null(mixed.as.list->numbers);
    ck_assert_int_eq(mixed.as.list->items[1].kind, HIL_KIND_MISSING);
    HilValue empty;
    ck_assert(hil_value_list(pool, NULL, 0, &empty, &error));
    ck_assert_ptr_nonnull(empty.as.list->numbers);
}
END_TEST

START_TEST(released_values_take_their_parts_along) {
    HilValue items[2] = {text_of("a"), text_of("b")}, inner, outer, record;
    const char *names[2] = {"first", "second"};
    ck_assert(hil_value_list(pool, items, 2, &inner, &error));
    HilValue twice[2] = {inner, hil_value_retain(inner)};
    ck_assert(hil_value_list(pool, twice, 2, &outer, &error));
    HilValue fields[2] = {outer, text_of("c")};
    ck_assert(hil_value_record(pool, names, fields, 2, &record, &error));
    ck_assert_uint_eq(hil_pool_live(pool), 6);
    HilValue kept;
    ck_assert(hil_value_field(record, "second", &kept, &error));
    hil_value_release(pool, record);
    ck_assert_uint_eq(hil_pool_live(pool), 1);
    ck_assert_str_eq(kept.as.text->bytes, "c");
    hil_value_release(pool, kept);
    ck_assert_uint_eq(hil_pool_live(pool), 0);
}
END_TEST

START_TEST(nesting_has_a_limit) {
    HilValue value = text_of("x");
    bool good = true;
    int depth = 0;
    while (good && depth < 1000) {
        HilValue next;
        good = hil_value_list(pool, &value, 1, &next, &error);
        value = next;
        depth += good;
    }
    ck_assert_int_gt(depth, 30);
    ck_assert_int_lt(depth, 100);
    ck_assert_ptr_nonnull(strstr(error.text, "deep"));
}
END_TEST

START_TEST(ranges_count_both_ends) {
    static const struct {
        double low, high, extra;
        int form;
        size_t count;
        double last;
    } cases[] = {{0, 4, 0, 0, 5, 4},       {0, 3.5, 0, 0, 4, 3},    {2, 1, 0, 0, 0, 0},
                 {0.001, 0.02, 20, 1, 20, 0.02}, {0, 1, 0.1, 2, 11, 1}, {1, 0, -0.25, 2, 5, 0},
                 {3, 9, 1, 1, 1, 3}};
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        HilValue range, last;
        size_t count;
        ck_assert(hil_value_range(pool, cases[k].low, cases[k].high, cases[k].extra, cases[k].form, &range, &error));
        ck_assert(hil_value_length(range, &count, &error));
        ck_assert_uint_eq(count, cases[k].count);
        if (count == 0)
            continue;
        ck_assert(hil_value_element(pool, range, count - 1, &last, &error));
        ck_assert_double_eq_tol(last.as.number, cases[k].last, 1e-15);
    }
    HilValue endless;
    size_t count;
    ck_assert(hil_value_range(pool, 0, INFINITY, 0, 0, &endless, &error));
    ck_assert(!hil_value_length(endless, &count, &error));
    ck_assert(hil_value_range(pool, 0, 1, 0, 2, &endless, &error));
    ck_assert(!hil_value_length(endless, &count, &error));
    ck_assert(hil_value_range(pool, 0, 1e300, 0, 0, &endless, &error));
    ck_assert(!hil_value_length(endless, &count, &error));
}
END_TEST

START_TEST(errors_name_index_size_and_fields) {
    HilValue list, record, found, values[2] = {hil_value_number(1), hil_value_number(2)};
    const char *names[2] = {"peak", "times"};
    ck_assert(hil_value_numbers(pool, (double[]){1, 2, 3, 4}, 4, &list, &error));
    ck_assert(!hil_value_element(pool, list, 5, &found, &error));
    ck_assert_str_eq(error.text, "index 5 is outside the 4 elements");
    ck_assert(hil_value_record(pool, names, values, 2, &record, &error));
    ck_assert(!hil_value_field(record, "peek", &found, &error));
    ck_assert_str_eq(error.text, "no field peek here; there are: peak, times");
    ck_assert(!hil_value_numbers_new(pool, HIL_VALUE_LIMIT + 1, &found, &(double *){NULL}, &error));
    ck_assert(!hil_value_spikes(pool, (double[]){0.1}, (uint32_t[]){3}, 1, 3, 0, 1, &found, &error));
    ck_assert(!hil_value_signal(pool, NULL, NULL, 1, 1, 0, 0, "V", &found, &error));
}
END_TEST

START_TEST(spikes_are_in_order_of_time) {
    HilValue spikes;
    ck_assert(hil_value_spikes(pool, (double[]){0.3, 0.1, 0.3, 0.2}, (uint32_t[]){2, 0, 1, 0}, 4, 3, 0, 1, &spikes,
                               &error));
    ck_assert(spikes.as.spikes->times[0] == 0.1 && spikes.as.spikes->times[3] == 0.3);
    ck_assert_uint_eq(spikes.as.spikes->cells[2], 1);
    ck_assert_uint_eq(spikes.as.spikes->cells[3], 2);
}
END_TEST

START_TEST(equality_is_of_contents) {
    HilValue a, b, c, mixed, items[2] = {hil_value_boolean(true), hil_value_number(2)};
    ck_assert(hil_value_numbers(pool, (double[]){1, 2}, 2, &a, &error));
    ck_assert(hil_value_numbers(pool, (double[]){1, 2}, 2, &b, &error));
    ck_assert(hil_value_numbers(pool, (double[]){1, 3}, 2, &c, &error));
    ck_assert(hil_value_list(pool, items, 2, &mixed, &error));
    ck_assert(hil_value_equal(a, b));
    ck_assert(!hil_value_equal(a, c));
    ck_assert(hil_value_equal(a, mixed)); /* true is 1 */
    ck_assert(!hil_value_equal(a, hil_value_number(1)));
    ck_assert(!hil_value_equal(hil_value_number(NAN), hil_value_number(NAN)));
    ck_assert(hil_value_equal(text_of("ab"), text_of("ab")));
    ck_assert(!hil_value_equal(text_of("ab"), text_of("abc")));
}
END_TEST

START_TEST(printing_is_in_units) {
    HilValue list, range, record, names_only;
    double many[20] = {0};
    ck_assert(hil_value_numbers(pool, (double[]){0.01422, 0.02315}, 2, &list, &error));
    ck_assert(hil_value_range(pool, 5, 30, 0, 0, &range, &error));
    assert_printed(hil_value_number(-0.065), "mV", "-65 mV");
    assert_printed(hil_value_number(5.6), "Hz", "5.6 Hz");
    assert_printed(hil_value_number(12), "", "12");
    assert_printed(hil_value_number(12), "no unit", "12");
    assert_printed(list, "ms", "[14.22, 23.15] ms");
    assert_printed(range, "Hz", "5 Hz .. 30 Hz");
    assert_printed(hil_value_missing(), "ms", "-");
    HilValue fields[2] = {hil_value_number(1), hil_value_boolean(true)};
    ck_assert(hil_value_record(pool, (const char *[]){"a", "b"}, fields, 2, &record, &error));
    assert_printed(record, NULL, "(a = 1, b = true)");
    ck_assert(hil_value_numbers(pool, many, 20, &names_only, &error));
    char text[12];
    hil_value_print(names_only, NULL, text, sizeof text); /* cut, not overrun */
    ck_assert_uint_lt(strlen(text), sizeof text);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        FIXTURE(open_pool, close_pool),
        TEST(lists_of_numbers_are_plain),
        TEST(released_values_take_their_parts_along),
        TEST(nesting_has_a_limit),
        TEST(ranges_count_both_ends),
        TEST(errors_name_index_size_and_fields),
        TEST(spikes_are_in_order_of_time),
        TEST(equality_is_of_contents),
        TEST(printing_is_in_units),
    };
    return SUITE_RUN("value", rows);
}
