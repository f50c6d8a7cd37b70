/* Units: every name and prefix, texts that are none, decimal exactness both ways, names of dimensions. */
#include "hillock/unit.h"
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static HilUnit unit_of(const char *text) {
    HilUnit unit = {HIL_DIMENSIONLESS, NAN, NAN};
    size_t error_at = 0;
    ck_assert_msg(hil_unit_parse(text, strlen(text), &unit, &error_at), "unit \"%s\" refused at %zu", text, error_at);
    return unit;
}

static double quantity_of(const char *text) {
    double value = NAN;
    HilDimension dimension;
    size_t error_at = 0;
    ck_assert_msg(hil_quantity_parse(text, strlen(text), &value, &dimension, &error_at), "\"%s\" refused at %zu", text,
                  error_at);
    return value;
}

#define ASSERT_SAME(a, b) ck_assert_msg((a) == (b), "%.17g is not %.17g", (double)(a), (double)(b))

/* Scales and dimensions (m kg s A K mol cd) from the SI brochure, 9th edition. */
typedef struct ScaleRow {
    const char *text;
    double scale;
    int exponents[7];
} ScaleRow;

static const ScaleRow scale_rows[] = {
    {"V", 1, {2, 1, -3, -1}},
    {"mV", 1e-3, {2, 1, -3, -1}},
    {"uV", 1e-6, {2, 1, -3, -1}},
    {"\xC2\xB5V", 1e-6, {2, 1, -3, -1}},
    {"\xCE\xBCV", 1e-6, {2, 1, -3, -1}},
    {"A", 1, {0, 0, 0, 1}},
    {"pA", 1e-12, {0, 0, 0, 1}},
    {"nA", 1e-9, {0, 0, 0, 1}},
    {"Pa", 1, {-1, 1, -2}},
    {"mPa", 1e-3, {-1, 1, -2}},
    {"PA", 1e15, {0, 0, 0, 1}},
    {"S", 1, {-2, -1, 3, 2}},
    {"mS", 1e-3, {-2, -1, 3, 2}},
    {"nS", 1e-9, {-2, -1, 3, 2}},
    {"s", 1, {0, 0, 1}},
    {"ms", 1e-3, {0, 0, 1}},
    {"min", 60, {0, 0, 1}},
    {"h", 3600, {0, 0, 1}},
    {"day", 86400, {0, 0, 1}},
    {"m", 1, {1}},
    {"cm", 1e-2, {1}},
    {"mm", 1e-3, {1}},
    {"um", 1e-6, {1}},
    {"mol", 1, {0, 0, 0, 0, 0, 1}},
    {"mmol", 1e-3, {0, 0, 0, 0, 0, 1}},
    {"M", 1e3, {-3, 0, 0, 0, 0, 1}},
    {"mM", 1, {-3, 0, 0, 0, 0, 1}},
    {"uM", 1e-3, {-3, 0, 0, 0, 0, 1}},
    {"nM", 1e-6, {-3, 0, 0, 0, 0, 1}},
    {"mol/L", 1e3, {-3, 0, 0, 0, 0, 1}},
    {"mOsm/L", 1, {-3, 0, 0, 0, 0, 1}},
    {"L", 1e-3, {3}},
    {"mL", 1e-6, {3}},
    {"kg", 1, {0, 1}},
    {"g", 1e-3, {0, 1}},
    {"mg", 1e-6, {0, 1}},
    {"Ohm", 1, {2, 1, -3, -2}},
    {"MOhm", 1e6, {2, 1, -3, -2}},
    {"kohm", 1e3, {2, 1, -3, -2}},
    {"k\xCE\xA9", 1e3, {2, 1, -3, -2}},
    {"F", 1, {-2, -1, 4, 2}},
    {"uF", 1e-6, {-2, -1, 4, 2}},
    {"C", 1, {0, 0, 1, 1}},
    {"fC", 1e-15, {0, 0, 1, 1}},
    {"J", 1, {2, 1, -2}},
    {"W", 1, {2, 1, -3}},
    {"N", 1, {1, 1, -2}},
    {"Hz", 1, {0, 0, -1}},
    {"kHz", 1e3, {0, 0, -1}},
    {"K", 1, {0, 0, 0, 0, 1}},
    {"cd", 1, {0, 0, 0, 0, 0, 0, 1}},
    {"eV", 1.602176634e-19, {2, 1, -2}},
    {"keV", 1.602176634e-16, {2, 1, -2}},
    {"mmHg", 133.322387415, {-1, 1, -2}},
    {"rad", 1, {0}},
    {"deg", 3.14159265358979323846 / 180, {0}},
    {"degree", 3.14159265358979323846 / 180, {0}},
    {"%", 1e-2, {0}},
    {"1", 1, {0}},
    {"/ms", 1e3, {0, 0, -1}},
    {"1/ms", 1e3, {0, 0, -1}},
    {"S/cm^2", 1e4, {-4, -1, 3, 2}},
    {"mS/cm^2", 10, {-4, -1, 3, 2}},
    {"uF/cm^2", 1e-2, {-4, -1, 4, 2}},
    {"kOhm*cm^2", 1e-1, {4, 1, -3, -2}},
    {"Ohm*cm", 1e-2, {3, 1, -3, -2}},
    {"mV/ms", 1, {2, 1, -4, -1}},
    {"mV * ms^-1", 1, {2, 1, -4, -1}},
    {"J/(mol*K)", 1, {2, 1, -2, 0, -1, -1}},
    {"J/mol/K", 1, {2, 1, -2, 0, -1, -1}},
    {"mM/min", 1.0 / 60, {-3, 0, -1, 0, 0, 1}},
    {"/h", 1.0 / 3600, {0, 0, -1}},
    {"nm^9", 1e-81, {9}},
    {"degC/ms", 1e3, {0, 0, -1, 0, 1}},
    {"/degC", 1, {0, 0, 0, 0, -1}},
};

START_TEST(units_have_their_scale_and_dimension) {
    const ScaleRow *row = &scale_rows[_i];
    HilUnit unit = unit_of(row->text);
    ASSERT_SAME(unit.scale, row->scale);
    ASSERT_SAME(unit.offset, 0);
    for (int i = 0; i < 7; i++) ck_assert_int_eq(unit.dimension.twice[i], 2 * row->exponents[i]);
}
END_TEST

START_TEST(every_prefix_scales_every_unit_that_takes_one) {
    static const struct { const char *name; int decimal; } prefixes[] = {
        {"Q", 30}, {"R", 27}, {"Y", 24}, {"Z", 21}, {"E", 18}, {"P", 15}, {"T", 12}, {"G", 9}, {"M", 6},
        {"k", 3}, {"h", 2}, {"da", 1}, {"d", -1}, {"c", -2}, {"m", -3}, {"u", -6}, {"\xC2\xB5", -6}, {"n", -9},
        {"p", -12}, {"f", -15}, {"a", -18}, {"z", -21}, {"y", -24}, {"r", -27}, {"q", -30}};
    static const char *const units[] = {"V", "A", "S", "Ohm", "F", "J", "W", "N", "Hz", "s", "K", "Pa", "mol", "rad"};
    for (size_t p = 0; p < sizeof prefixes / sizeof prefixes[0]; p++) {
        for (size_t u = 0; u < sizeof units / sizeof units[0]; u++) {
            char name[32], number[32];
            snprintf(name, sizeof name, "%s%s", prefixes[p].name, units[u]);
            snprintf(number, sizeof number, "1e%d", prefixes[p].decimal);
            HilUnit plain = unit_of(units[u]), unit;
            ck_assert_msg(hil_unit_lookup(name, strlen(name), &unit), "%s", name);
            ASSERT_SAME(unit.scale, strtod(number, NULL));
            ck_assert(hil_dimension_equal(unit.dimension, plain.dimension));
        }
    }
}
END_TEST

START_TEST(celsius_has_an_offset_only_alone) {
    ASSERT_SAME(unit_of("degC").offset, 273.15);
    ASSERT_SAME(unit_of(" degC ").offset, 273.15);
    ASSERT_SAME(unit_of("\xC2\xB0" "C").offset, 273.15);
    ASSERT_SAME(unit_of("degC/ms").offset, 0);
    ASSERT_SAME(unit_of("degC^2").offset, 0);
    ASSERT_SAME(quantity_of("6.3 degC"), 279.45);
    ASSERT_SAME(quantity_of("36degC"), 309.15);
    ASSERT_SAME(hil_value_in_unit(279.45, unit_of("degC")), 6.3);
    ASSERT_SAME(hil_value_in_unit(273.15, unit_of("degC")), 0);
    ASSERT_SAME(hil_value_in_unit(quantity_of("-10.1 degC"), unit_of("degC")), -10.1);
}
END_TEST

START_TEST(what_is_no_unit_is_refused_where_it_stops) {
    static const struct { const char *text; size_t error_at; } rows[] = {
        {"", 0}, {"x", 0}, {"mx", 0}, {"mmin", 0}, {"mdegC", 0}, {"kh", 0}, {"m%", 0}, {"kkV", 0}, {"mumV", 0},
        {"k", 0}, {"u", 0}, {"da", 0}, {"mv", 0}, {"MV/", 3}, {"mV/ms/", 6}, {"mV/xs", 3}, {"mV*", 3}, {"*mV", 0},
        {"mV^", 3}, {"mV^x", 3}, {"mV^-", 4}, {"m^2.3", 3}, {"m^61", 1}, {"m^99999999999", 1}, {"(mV", 3}, {"mV)", 2},
        {"mV mV", 3}, {"2 mV", 0}, {"mV/2", 3}, {"V\xFF", 0}, {"//s", 1}, {"J/(mol*)", 7}, {"mV^1.55", 6},
        {"((((((((((((((((((m))))))))))))))))))", 16}, {"Qm^11", 0}, {"m^60*m^60", 5}, {"qm^20", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        HilUnit unit;
        size_t error_at = 999;
        ck_assert_msg(!hil_unit_parse(rows[i].text, strlen(rows[i].text), &unit, &error_at), "%s", rows[i].text);
        ck_assert_msg(error_at == rows[i].error_at, "%s: at %zu", rows[i].text, error_at);
    }
    HilUnit unit;
    ck_assert(!hil_unit_lookup("", 0, &unit));
    ck_assert(!hil_unit_lookup("mV/ms", 5, &unit));
    ck_assert(!hil_unit_lookup("1", 1, &unit));
    ck_assert(hil_unit_lookup("mV/ms", 2, &unit));
}
END_TEST

START_TEST(no_bytes_crash_the_reader) {
    static const char alphabet[] = "mVskOhdegC%^*/()-.0125 e\xC2\xB5\xFF";
    uint32_t random = 12345;
    for (int round = 0; round < 100000; round++) {
        char text[16];
        size_t length = (random >> 8) % sizeof text;
        for (size_t i = 0; i < length; i++) {
            random = random * 1664525u + 1013904223u;
            text[i] = alphabet[(random >> 8) % (sizeof alphabet - 1)];
        }
        random = random * 1664525u + 1013904223u;
        HilUnit unit;
        HilDimension dimension;
        double value;
        size_t error_at = 0;
        if (!hil_unit_parse(text, length, &unit, &error_at)) {
            ck_assert_uint_le(error_at, length);
        } else {
            ck_assert(isnormal(unit.scale));
        }
        error_at = 0;
        if (!hil_quantity_parse(text, length, &value, &dimension, &error_at)) {
            ck_assert_uint_le(error_at, length);
        } else {
            ck_assert(isfinite(value));
        }
    }
}
END_TEST

START_TEST(quantities_are_the_nearest_double) {
    ASSERT_SAME(quantity_of("15ms"), 0.015);
    ASSERT_SAME(quantity_of("15 ms"), 0.015);
    ASSERT_SAME(quantity_of("-70 mV"), -0.07);
    ASSERT_SAME(quantity_of("+0.3"), 0.3);
    ASSERT_SAME(quantity_of("1e-3 S/cm^2"), 10);
    ASSERT_SAME(quantity_of("120 mS/cm^2"), 1200);
    ASSERT_SAME(quantity_of("0.1 /ms"), 100);
    ASSERT_SAME(quantity_of("80%"), 0.8);
    ASSERT_SAME(quantity_of("2 min"), 120);
    ASSERT_SAME(quantity_of("1 eV"), 1.602176634e-19);
    ASSERT_SAME(quantity_of("1eV"), 1.602176634e-19);
    ASSERT_SAME(quantity_of("1e3eV"), 1.602176634e-16);
    ASSERT_SAME(quantity_of("  7  "), 7);
    ASSERT_SAME(quantity_of("1e-400"), 0);
    ASSERT_SAME(quantity_of("0e999999999999999999999"), 0);
    ck_assert(signbit(quantity_of("-0 mV")));
    for (int i = 1; i < 2000; i++) {
        char text[64], shifted[64];
        snprintf(text, sizeof text, "%d.%03d ms", i % 97, i);
        snprintf(shifted, sizeof shifted, "%d.%03de-3", i % 97, i);
        ASSERT_SAME(quantity_of(text), strtod(shifted, NULL));
    }
}
END_TEST

START_TEST(a_number_of_a_thousand_digits_rounds_once) {
    /* 1 + 2^-53 is half way between two doubles; a one far behind decides. 2^-53 has 53 decimals. */
    char text[1200] = "1.00000000000000011102230246251565404236316680908203125";
    ASSERT_SAME(hil_quantity_value(text, strlen(text), unit_of("1")), 1);
    size_t length = strlen(text);
    memset(text + length, '0', 1000);
    text[length + 1000] = '\0';
    ASSERT_SAME(hil_quantity_value(text, length + 1000, unit_of("1")), 1);
    text[length + 999] = '1';
    ASSERT_SAME(hil_quantity_value(text, length + 1000, unit_of("1")), 1 + DBL_EPSILON);
    ck_assert(isnan(hil_quantity_value("1.5x", 4, unit_of("1"))));
    ck_assert(isnan(hil_quantity_value("", 0, unit_of("1"))));
}
END_TEST

START_TEST(what_is_no_quantity_is_refused) {
    static const struct { const char *text; size_t error_at; } rows[] = {
        {"", 0}, {"mV", 0}, {".5", 0}, {"5.", 1}, {"1e400", 0}, {"-1e305 Mm", 0}, {"1 2", 2}, {"3 foo", 2}, {"nan", 0},
        {"inf", 0}, {"0x10", 1}, {"--1", 0}, {"- 1", 0}, {"3 mV/", 5}, {"1e400 q", 6}, {"99999e999999999999999 V", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double value;
        HilDimension dimension;
        size_t error_at = 999;
        ck_assert_msg(!hil_quantity_parse(rows[i].text, strlen(rows[i].text), &value, &dimension, &error_at), "%s",
                      rows[i].text);
        ck_assert_msg(error_at == rows[i].error_at, "%s: at %zu", rows[i].text, error_at);
    }
}
END_TEST

START_TEST(values_print_as_they_were_written) {
    static const struct { const char *quantity, *unit; } rows[] = {
        {"-70 mV", "mV"}, {"15.5 ms", "ms"}, {"0.3", "1"}, {"1.4 ms", "ms"}, {"0.055 V", "V"}, {"36 degC", "degC"},
        {"6.3 degC", "degC"}, {"0 mV", "mV"}, {"1e25 pA", "pA"}, {"1.5e-9 m", "m"}, {"120 mS/cm^2", "mS/cm^2"},
        {"80%", "%"}, {"90 deg", "deg"}, {"2.5 min", "min"}, {"0.1 h", "h"}, {"1000000 Hz", "Hz"}, {"-0 mV", "mV"},
        {"0.00001 s", "s"}, {"10000000000000000 nM", "nM"}, {"12.5 keV", "keV"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        hil_quantity_print(quantity_of(rows[i].quantity), unit_of(rows[i].unit), rows[i].unit, text, sizeof text);
        ck_assert_str_eq(text, rows[i].quantity);
    }
    char text[8];
    hil_quantity_print(-0.07, unit_of("mV"), "mV", text, 4);
    ck_assert_str_eq(text, "-70");
    hil_quantity_print(INFINITY, unit_of("mV"), "mV", text, sizeof text);
    ck_assert_str_eq(text, "inf mV");
    hil_quantity_print(NAN, unit_of("1"), "", text, sizeof text);
    ck_assert_str_eq(text, "nan");
}
END_TEST

START_TEST(decimal_values_come_back_exactly) {
    ASSERT_SAME(hil_value_in_unit(-0.07, unit_of("mV")), -70);
    HilUnit unit = unit_of("mV");
    for (int i = -20000; i <= 20000; i++) {
        char digits[32];
        snprintf(digits, sizeof digits, "%d.%d", i / 100, abs(i % 100));
        double value = hil_quantity_value(digits, strlen(digits), unit);
        ASSERT_SAME(hil_value_in_unit(value, unit), strtod(digits, NULL));
    }
    /* Any double is given back to within the rounding of the division. */
    double value = 1.0 / 3;
    ck_assert(fabs(hil_value_in_unit(value, unit) - 1000.0 / 3) <= 1000.0 / 3 * DBL_EPSILON);
    ck_assert(isinf(hil_value_in_unit(INFINITY, unit)));
    ck_assert(isnan(hil_value_in_unit(NAN, unit)));
}
END_TEST

START_TEST(dimensions_multiply_divide_and_take_powers) {
    HilDimension volt = unit_of("V").dimension, ampere = unit_of("A").dimension, result;
    ck_assert(hil_dimension_divide(volt, ampere, &result));
    ck_assert(hil_dimension_equal(result, unit_of("Ohm").dimension));
    ck_assert(hil_dimension_multiply(result, ampere, &result));
    ck_assert(hil_dimension_equal(result, volt));
    ck_assert(hil_dimension_power(unit_of("s").dimension, -1, &result));
    ck_assert(hil_dimension_equal(result, unit_of("s^-0.5").dimension));
    ck_assert(!hil_dimension_power(result, 1, &result));
    ck_assert(!hil_dimension_power(unit_of("m").dimension, 1000, &result));
    ck_assert(!hil_dimension_power(unit_of("m").dimension, -2147483647, &result));
    HilDimension large = {{127, 0, 0, 0, 0, 0, 0}}, low = {{-128, 0, 0, 0, 0, 0, 0}};
    ck_assert(!hil_dimension_multiply(large, large, &result));
    ck_assert(!hil_dimension_divide(low, large, &result));
    ck_assert(hil_dimension_is_none(HIL_DIMENSIONLESS));
    ck_assert(!hil_dimension_is_none(volt));
    ck_assert_double_eq_tol(unit_of("ms^0.5").scale, sqrt(1e-3), 1e-17);
    ck_assert_double_eq_tol(unit_of("mV/ms^0.5").scale, 1e-3 / sqrt(1e-3), 1e-16);
}
END_TEST

START_TEST(dimensions_have_names) {
    static const struct { const char *unit, *si, *usual, *word; } rows[] = {
        {"mV", "V", "mV", "voltage"}, {"uA/cm^2", "A/m^2", "uA/cm^2", "current density"},
        {"nS", "S", "nS", "conductance"}, {"ms", "s", "ms", "time"}, {"/ms", "Hz", "Hz", "rate"},
        {"mM", "mol/m^3", "mM", "concentration"}, {"%", "1", "1", "number"}, {"degC", "K", "K", "temperature"},
        {"m^4*kg/s^2", "kg*m^4/s^2", "", ""}, {"/K/s^0.5", "/s^0.5/K", "", ""}, {"cd^2*mol", "mol*cd^2", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[64];
        HilDimension dimension = unit_of(rows[i].unit).dimension;
        hil_dimension_print(dimension, text, sizeof text);
        ck_assert_str_eq(text, rows[i].si);
        ck_assert_str_eq(hil_dimension_word(dimension), rows[i].word);
        ck_assert_str_eq(hil_dimension_usual_unit(dimension), rows[i].usual);
        ck_assert(hil_dimension_equal(unit_of(text).dimension, dimension));
    }
    char text[3];
    hil_dimension_print(unit_of("m^4*kg").dimension, text, sizeof text);
    ck_assert_str_eq(text, "kg");
}
END_TEST

/* Every dimension with a name prints an SI text of that same dimension, and its usual unit has it too. */
START_TEST(usual_units_have_the_dimension_they_stand_for) {
    for (int a = -3; a <= 3; a++) {
        for (int b = -3; b <= 3; b++) {
            for (int c = -4; c <= 4; c++) {
                for (int d = -2; d <= 3; d++) {
                    HilDimension dimension = {{(int8_t)(2 * a), (int8_t)(2 * b), (int8_t)(2 * c), (int8_t)d}};
                    char text[64];
                    hil_dimension_print(dimension, text, sizeof text);
                    if (hil_dimension_is_none(dimension)) ck_assert_str_eq(text, "1");
                    ck_assert(hil_dimension_equal(unit_of(text).dimension, dimension));
                    const char *usual = hil_dimension_usual_unit(dimension);
                    if (usual[0]) ck_assert(hil_dimension_equal(unit_of(usual).dimension, dimension));
                }
            }
        }
    }
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        LOOP(units_have_their_scale_and_dimension, ROWS(scale_rows)),
        TEST(every_prefix_scales_every_unit_that_takes_one),
        TEST(celsius_has_an_offset_only_alone),
        TEST(what_is_no_unit_is_refused_where_it_stops),
        TEST(no_bytes_crash_the_reader),
        TEST(quantities_are_the_nearest_double),
        TEST(a_number_of_a_thousand_digits_rounds_once),
        TEST(what_is_no_quantity_is_refused),
        TEST(values_print_as_they_were_written),
        TEST(decimal_values_come_back_exactly),
        TEST(dimensions_multiply_divide_and_take_powers),
        TEST(dimensions_have_names),
        TEST(usual_units_have_the_dimension_they_stand_for),
    };
    return SUITE_RUN("unit", rows);
}
