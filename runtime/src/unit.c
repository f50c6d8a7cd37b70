/* Units in and out. In: text as a person writes it ("mV", "S/cm^2", "-70 mV"). Out: dimensions, scales and values in
 * SI. Kept true: powers of ten stay whole numbers until the very end, so a decimal text with a decimal unit becomes
 * the one nearest double. */
#include "hillock/unit.h"

#include "decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- The units -------------------------------------------------------------------------------------------------- */

enum { PREFIXABLE = 1 };

typedef struct UnitRow {
    const char *name;
    int8_t exponents[7]; /* of m, kg, s, A, K, mol, cd */
    double factor;       /* times 10^decimal, in SI */
    int decimal;
    double offset;
    int flags;
} UnitRow;

#define PI 3.14159265358979323846

/* name, {m, kg, s, A, K, mol, cd}, factor, decimal, offset, flags. An exact name wins over a prefix and a shorter
 * name: "min" is the minute, "cd" the candela, "Pa" the pascal, "mol" the mole. */
static const UnitRow unit_rows[] = {
    {"m", {1, 0, 0, 0, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"g", {0, 1, 0, 0, 0, 0, 0}, 1, -3, 0, PREFIXABLE},
    {"s", {0, 0, 1, 0, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"A", {0, 0, 0, 1, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"K", {0, 0, 0, 0, 1, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"mol", {0, 0, 0, 0, 0, 1, 0}, 1, 0, 0, PREFIXABLE},
    {"cd", {0, 0, 0, 0, 0, 0, 1}, 1, 0, 0, PREFIXABLE},
    {"V", {2, 1, -3, -1, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"S", {-2, -1, 3, 2, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"Ohm", {2, 1, -3, -2, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"ohm", {2, 1, -3, -2, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"\xCE\xA9", {2, 1, -3, -2, 0, 0, 0}, 1, 0, 0, PREFIXABLE},     /* Greek capital omega */
    {"\xE2\x84\xA6", {2, 1, -3, -2, 0, 0, 0}, 1, 0, 0, PREFIXABLE}, /* ohm sign */
    {"F", {-2, -1, 4, 2, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"C", {0, 0, 1, 1, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"J", {2, 1, -2, 0, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"W", {2, 1, -3, 0, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"N", {1, 1, -2, 0, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"Pa", {-1, 1, -2, 0, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"Hz", {0, 0, -1, 0, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"H", {2, 1, -2, -2, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"T", {0, 1, -2, -1, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"Wb", {2, 1, -2, -1, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"lx", {-2, 0, 0, 0, 0, 0, 1}, 1, 0, 0, PREFIXABLE},
    {"L", {3, 0, 0, 0, 0, 0, 0}, 1, -3, 0, PREFIXABLE},
    {"M", {-3, 0, 0, 0, 0, 1, 0}, 1, 3, 0, PREFIXABLE}, /* mol/L */
    {"osm", {0, 0, 0, 0, 0, 1, 0}, 1, 0, 0, PREFIXABLE},
    {"Osm", {0, 0, 0, 0, 0, 1, 0}, 1, 0, 0, PREFIXABLE},
    {"eV", {2, 1, -2, 0, 0, 0, 0}, 1602176634, -28, 0, PREFIXABLE},
    {"bar", {-1, 1, -2, 0, 0, 0, 0}, 1, 5, 0, PREFIXABLE},
    {"mmHg", {-1, 1, -2, 0, 0, 0, 0}, 133322387415, -9, 0, 0},
    {"rad", {0, 0, 0, 0, 0, 0, 0}, 1, 0, 0, PREFIXABLE},
    {"deg", {0, 0, 0, 0, 0, 0, 0}, PI / 180, 0, 0, 0},
    {"degree", {0, 0, 0, 0, 0, 0, 0}, PI / 180, 0, 0, 0},
    {"%", {0, 0, 0, 0, 0, 0, 0}, 1, -2, 0, 0},
    {"min", {0, 0, 1, 0, 0, 0, 0}, 60, 0, 0, 0},
    {"h", {0, 0, 1, 0, 0, 0, 0}, 3600, 0, 0, 0},
    {"day", {0, 0, 1, 0, 0, 0, 0}, 86400, 0, 0, 0},
    {"degC", {0, 0, 0, 0, 1, 0, 0}, 1, 0, 273.15, 0},
    {"\xC2\xB0" "C", {0, 0, 0, 0, 1, 0, 0}, 1, 0, 273.15, 0},
};

typedef struct PrefixRow {
    const char *name;
    int decimal;
} PrefixRow;

static const PrefixRow prefix_rows[] = {
    {"Q", 30},  {"R", 27},  {"Y", 24},  {"Z", 21},  {"E", 18},         {"P", 15},         {"T", 12},
    {"G", 9},   {"M", 6},   {"k", 3},   {"h", 2},   {"da", 1},         {"d", -1},         {"c", -2},
    {"m", -3},  {"u", -6},  {"n", -9},  {"p", -12}, {"\xC2\xB5", -6},  {"\xCE\xBC", -6},  {"f", -15},
    {"a", -18}, {"z", -21}, {"y", -24}, {"r", -27}, {"q", -30},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const UnitRow *unit_row(const char *name, size_t length) {
    for (size_t i = 0; i < COUNT(unit_rows); i++) {
        if (length && unit_rows[i].name[0] == name[0] && strncmp(unit_rows[i].name, name, length) == 0 &&
            !unit_rows[i].name[length])
            return &unit_rows[i];
    }
    return NULL;
}

static const UnitRow *unit_row_with_prefix(const char *name, size_t length, int *prefix_decimal) {
    *prefix_decimal = 0;
    const UnitRow *row = unit_row(name, length);
    if (row) return row;
    for (size_t i = 0; i < COUNT(prefix_rows); i++) {
        size_t prefix_length = strlen(prefix_rows[i].name);
        if (prefix_length >= length || memcmp(prefix_rows[i].name, name, prefix_length) != 0) continue;
        row = unit_row(name + prefix_length, length - prefix_length);
        if (row && (row->flags & PREFIXABLE)) {
            *prefix_decimal = prefix_rows[i].decimal;
            return row;
        }
    }
    return NULL;
}

/* ---- Dimensions ------------------------------------------------------------------------------------------------- */

bool hil_dimension_equal(HilDimension a, HilDimension b) {
    return memcmp(a.twice, b.twice, sizeof a.twice) == 0;
}

bool hil_dimension_is_none(HilDimension a) {
    return hil_dimension_equal(a, HIL_DIMENSIONLESS);
}

static bool dimension_add(HilDimension a, HilDimension b, int sign, HilDimension *sum) {
    HilDimension result;
    for (int i = 0; i < 7; i++) {
        int exponent = a.twice[i] + sign * b.twice[i];
        if (exponent < INT8_MIN || exponent > INT8_MAX) return false;
        result.twice[i] = (int8_t)exponent;
    }
    *sum = result;
    return true;
}

bool hil_dimension_multiply(HilDimension a, HilDimension b, HilDimension *product) {
    return dimension_add(a, b, 1, product);
}

bool hil_dimension_divide(HilDimension a, HilDimension b, HilDimension *quotient) {
    return dimension_add(a, b, -1, quotient);
}

bool hil_dimension_power(HilDimension a, int twice_power, HilDimension *power) {
    HilDimension result;
    for (int i = 0; i < 7; i++) {
        long long twice_exponent = (long long)a.twice[i] * twice_power;
        if (twice_exponent % 2 != 0) return false;
        long long exponent = twice_exponent / 2;
        if (exponent < INT8_MIN || exponent > INT8_MAX) return false;
        result.twice[i] = (int8_t)exponent;
    }
    *power = result;
    return true;
}

/* ---- Quantities ------------------------------------------------------------------------------------------------- */

/* The value in SI of a number written in the unit; `decimal` is its power of ten where `shifts`. */
static double number_in_unit(const Decimal *number, HilUnit unit, bool shifts, long decimal) {
    if (shifts) return decimal_value(number, decimal);
    return decimal_value(number, 0) * unit.scale + unit.offset;
}

static bool unit_shifts(HilUnit unit, long *decimal) {
    return unit.offset == 0 && decimal_power(unit.scale, decimal);
}

double hil_quantity_value(const char *digits, size_t length, HilUnit unit) {
    Decimal number;
    size_t read = decimal_read(digits, length, &number);
    if (read == 0 || read != length) return NAN;
    long decimal = 0;
    bool shifts = unit_shifts(unit, &decimal);
    return number_in_unit(&number, unit, shifts, decimal);
}

/* The shortest number that, read in this unit, is `value` again; the nearest of 17 digits when none is. */
static void shortest_in_unit(double value, HilUnit unit, Decimal *number) {
    long decimal = 0;
    bool shifts = unit_shifts(unit, &decimal);
    /* In a decimal unit the point only moves, and 15 digits without trailing zeros are the shortest text there is. */
    double start = shifts ? value : (value - unit.offset) / unit.scale;
    for (int precision = shifts ? 15 : 1; precision <= 17; precision++) {
        decimal_from_value(start, precision, number);
        if (shifts) number->exponent -= decimal;
        if (number_in_unit(number, unit, shifts, decimal) == value) return;
    }
}

double hil_value_in_unit(double value, HilUnit unit) {
    if (!isfinite(value)) return value;
    Decimal number;
    shortest_in_unit(value, unit, &number);
    return decimal_value(&number, 0);
}

void hil_quantity_print(double value, HilUnit unit, const char *unit_text, char *text, size_t size) {
    char digits[DECIMAL_TEXT];
    if (isfinite(value)) {
        Decimal number;
        shortest_in_unit(value, unit, &number);
        decimal_print(&number, digits);
    } else {
        strcpy(digits, isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
    }
    bool bare = unit_text == NULL || unit_text[0] == '\0' || strcmp(unit_text, "1") == 0;
    const char *gap = bare || strcmp(unit_text, "%") == 0 ? "" : " ";
    snprintf(text, size, "%s%s%s", digits, gap, bare ? "" : unit_text);
}

/* ---- Unit text -------------------------------------------------------------------------------------------------- */

enum { PARENTHESES_LIMIT = 16, UNIT_POWER_LIMIT = 60 };

/* A product under construction: over, under and twice_decimal keep their exact values apart. */
typedef struct UnitProduct {
    HilDimension dimension;
    double over, under; /* factors that are no power of ten */
    long twice_decimal; /* twice the power of ten: halves come from s^0.5 */
} UnitProduct;

typedef struct UnitReader {
    const char *text;
    size_t length, at;
    size_t error_at;
} UnitReader;

static void reader_skip_spaces(UnitReader *reader) {
    while (reader->at < reader->length && (reader->text[reader->at] == ' ' || reader->text[reader->at] == '\t')) {
        reader->at++;
    }
}

static bool reader_take(UnitReader *reader, char c) {
    if (reader->at >= reader->length || reader->text[reader->at] != c) return false;
    reader->at++;
    return true;
}

static bool reader_fail(UnitReader *reader, size_t at) {
    reader->error_at = at;
    return false;
}

static bool is_unit_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '%' || (unsigned char)c >= 0x80;
}

/* `^2`, `^-1`, `^0.5`; twice the power. */
static bool reader_power(UnitReader *reader, int *twice_power) {
    *twice_power = 2;
    reader_skip_spaces(reader);
    size_t start = reader->at;
    if (!reader_take(reader, '^')) return true;
    reader_skip_spaces(reader);
    int sign = reader_take(reader, '-') ? -1 : 1;
    if (reader->at >= reader->length || !decimal_is_digit(reader->text[reader->at]))
        return reader_fail(reader, reader->at);
    int power = 0;
    while (reader->at < reader->length && decimal_is_digit(reader->text[reader->at])) {
        power = power * 10 + (reader->text[reader->at++] - '0');
        if (power > UNIT_POWER_LIMIT) return reader_fail(reader, start);
    }
    bool half = false;
    if (reader->at + 1 < reader->length && reader->text[reader->at] == '.') {
        half = reader->text[reader->at + 1] == '5';
        if (!half && reader->text[reader->at + 1] != '0') return reader_fail(reader, reader->at);
        reader->at += 2;
        if (reader->at < reader->length && decimal_is_digit(reader->text[reader->at]))
            return reader_fail(reader, reader->at);
    }
    *twice_power = sign * (2 * power + (half ? 1 : 0));
    return true;
}

static double power_by_products(double base, int twice_power) {
    double result = 1;
    for (int i = 0; i < twice_power / 2; i++) result *= base;
    return twice_power % 2 ? result * sqrt(base) : result;
}

/* product *= factor^(twice_power/2) */
static bool product_include(UnitProduct *product, const UnitProduct *factor, int twice_power) {
    HilDimension power;
    if (!hil_dimension_power(factor->dimension, twice_power, &power)) return false;
    if (!hil_dimension_multiply(product->dimension, power, &product->dimension)) return false;
    bool inverse = twice_power < 0;
    int size = inverse ? -twice_power : twice_power;
    product->over *= power_by_products(inverse ? factor->under : factor->over, size);
    product->under *= power_by_products(inverse ? factor->over : factor->under, size);
    if (factor->twice_decimal * twice_power % 2 != 0) return false;
    product->twice_decimal += factor->twice_decimal * twice_power / 2;
    return labs(product->twice_decimal) < 2 * 300;
}

static bool reader_product(UnitReader *reader, UnitProduct *product, int depth);

static bool reader_factor(UnitReader *reader, UnitProduct *factor, int depth) {
    *factor = (UnitProduct){HIL_DIMENSIONLESS, 1, 1, 0};
    reader_skip_spaces(reader);
    size_t start = reader->at;
    if (reader_take(reader, '(')) {
        if (depth >= PARENTHESES_LIMIT) return reader_fail(reader, start);
        if (!reader_product(reader, factor, depth + 1)) return false;
        reader_skip_spaces(reader);
        return reader_take(reader, ')') ? true : reader_fail(reader, reader->at);
    }
    if (reader_take(reader, '1')) return true;
    while (reader->at < reader->length && is_unit_byte(reader->text[reader->at])) reader->at++;
    int prefix_decimal;
    const UnitRow *row = unit_row_with_prefix(reader->text + start, reader->at - start, &prefix_decimal);
    if (!row) return reader_fail(reader, start);
    for (int i = 0; i < 7; i++) factor->dimension.twice[i] = (int8_t)(2 * row->exponents[i]);
    factor->over = row->factor;
    factor->twice_decimal = 2L * (row->decimal + prefix_decimal);
    return true;
}

/* [/] factor[^power] { (*|/) factor[^power] } up to the end or a closing parenthesis. */
static bool reader_product(UnitReader *reader, UnitProduct *product, int depth) {
    *product = (UnitProduct){HIL_DIMENSIONLESS, 1, 1, 0};
    reader_skip_spaces(reader);
    bool under = reader_take(reader, '/');
    for (;;) {
        UnitProduct factor;
        int twice_power;
        reader_skip_spaces(reader);
        size_t start = reader->at;
        if (!reader_factor(reader, &factor, depth) || !reader_power(reader, &twice_power)) return false;
        if (!product_include(product, &factor, under ? -twice_power : twice_power)) return reader_fail(reader, start);
        reader_skip_spaces(reader);
        if (reader_take(reader, '*')) {
            under = false;
        } else if (reader_take(reader, '/')) {
            under = true;
        } else {
            return true;
        }
    }
}

/* over/under * 10^(twice_decimal/2), rounded once wherever the numbers are whole. */
static double product_scale(const UnitProduct *product) {
    long decimal = product->twice_decimal / 2, odd = product->twice_decimal % 2;
    double over = product->over * (odd > 0 ? sqrt(10.0) : 1), under = product->under * (odd < 0 ? sqrt(10.0) : 1);
    if (under == 1 && over == floor(over) && over < 0x1p53) {
        double exact = decimal_power_of_ten(labs(decimal)); /* exact where it is small: one rounding then */
        if (labs(decimal) <= 22) return decimal >= 0 ? over * exact : over / exact;
        char text[48];
        snprintf(text, sizeof text, "%.0fe%ld", over, decimal);
        return strtod(text, NULL);
    }
    double power = decimal_power_of_ten(labs(decimal));
    return decimal >= 0 ? over * power / under : over / (under * power);
}

static bool unit_from_product(const UnitProduct *product, HilUnit *unit) {
    *unit = (HilUnit){product->dimension, product_scale(product), 0};
    return isnormal(unit->scale);
}

bool hil_unit_parse(const char *text, size_t length, HilUnit *unit, size_t *error_at) {
    UnitReader reader = {text, length, 0, 0};
    UnitProduct product;
    size_t ignored;
    if (!error_at) error_at = &ignored;
    if (!reader_product(&reader, &product, 0)) {
        *error_at = reader.error_at;
        return false;
    }
    if (reader.at != length) {
        *error_at = reader.at;
        return false;
    }
    if (!unit_from_product(&product, unit)) {
        *error_at = 0;
        return false;
    }
    /* A temperature on the Celsius scale only where degC stands alone; in a product it is a difference. */
    size_t start = 0;
    while (start < length && (text[start] == ' ' || text[start] == '\t')) start++;
    while (length > start && (text[length - 1] == ' ' || text[length - 1] == '\t')) length--;
    const UnitRow *alone = unit_row(text + start, length - start);
    if (alone) unit->offset = alone->offset;
    return true;
}

bool hil_unit_lookup(const char *name, size_t length, HilUnit *unit) {
    for (size_t i = 0; i < length; i++) {
        if (!is_unit_byte(name[i])) return false;
    }
    return length > 0 && hil_unit_parse(name, length, unit, NULL);
}

bool hil_quantity_parse(const char *text, size_t length, double *value, HilDimension *dimension, size_t *error_at) {
    size_t start = 0, ignored;
    if (!error_at) error_at = &ignored;
    while (start < length && (text[start] == ' ' || text[start] == '\t')) start++;
    Decimal number;
    size_t read = decimal_read(text + start, length - start, &number);
    if (read == 0) {
        *error_at = start;
        return false;
    }
    size_t at = start + read;
    while (at < length && (text[at] == ' ' || text[at] == '\t')) at++;
    HilUnit unit = {HIL_DIMENSIONLESS, 1, 0};
    if (at < length && !hil_unit_parse(text + at, length - at, &unit, error_at)) {
        *error_at += at;
        return false;
    }
    long decimal = 0;
    bool shifts = unit_shifts(unit, &decimal);
    double result = number_in_unit(&number, unit, shifts, decimal);
    if (!isfinite(result)) {
        *error_at = start;
        return false;
    }
    *value = result;
    *dimension = unit.dimension;
    return true;
}

/* ---- Names of dimensions ---------------------------------------------------------------------------------------- */

typedef struct DimensionRow {
    const char *si;    /* the coherent unit */
    const char *usual; /* what papers write */
    const char *word;
    HilDimension dimension; /* the key: what `si` and `usual` parse to */
} DimensionRow;

static const DimensionRow dimension_rows[] = {
    {"1", "1", "number", {{0, 0, 0, 0, 0, 0, 0}}},
    {"V", "mV", "voltage", {{4, 2, -6, -2, 0, 0, 0}}},
    {"A", "pA", "current", {{0, 0, 0, 2, 0, 0, 0}}},
    {"S", "nS", "conductance", {{-4, -2, 6, 4, 0, 0, 0}}},
    {"Ohm", "MOhm", "resistance", {{4, 2, -6, -4, 0, 0, 0}}},
    {"F", "pF", "capacitance", {{-4, -2, 8, 4, 0, 0, 0}}},
    {"C", "pC", "charge", {{0, 0, 2, 2, 0, 0, 0}}},
    {"s", "ms", "time", {{0, 0, 2, 0, 0, 0, 0}}},
    {"Hz", "Hz", "rate", {{0, 0, -2, 0, 0, 0, 0}}},
    {"m", "um", "length", {{2, 0, 0, 0, 0, 0, 0}}},
    {"m^2", "um^2", "area", {{4, 0, 0, 0, 0, 0, 0}}},
    {"m^3", "um^3", "volume", {{6, 0, 0, 0, 0, 0, 0}}},
    {"A/m^2", "uA/cm^2", "current density", {{-4, 0, 0, 2, 0, 0, 0}}},
    {"S/m^2", "mS/cm^2", "conductance density", {{-8, -2, 6, 4, 0, 0, 0}}},
    {"F/m^2", "uF/cm^2", "capacitance density", {{-8, -2, 8, 4, 0, 0, 0}}},
    {"C/m^2", "uC/cm^2", "charge density", {{-4, 0, 2, 2, 0, 0, 0}}},
    {"Ohm*m", "Ohm*cm", "resistivity", {{6, 2, -6, -4, 0, 0, 0}}},
    {"S/m", "mS/cm", "conductivity", {{-6, -2, 6, 4, 0, 0, 0}}},
    {"Ohm*m^2", "kOhm*cm^2", "resistance times area", {{8, 2, -6, -4, 0, 0, 0}}},
    {"Ohm/m", "MOhm/um", "resistance per length", {{2, 2, -6, -4, 0, 0, 0}}},
    {"F/m", "pF/um", "capacitance per length", {{-6, -2, 8, 4, 0, 0, 0}}},
    {"A/m", "nA/um", "current per length", {{-2, 0, 0, 2, 0, 0, 0}}},
    {"V/m", "mV/mm", "electric field", {{2, 2, -6, -2, 0, 0, 0}}},
    {"V/s", "mV/ms", "rate of voltage", {{4, 2, -8, -2, 0, 0, 0}}},
    {"A/s", "pA/ms", "rate of current", {{0, 0, -2, 2, 0, 0, 0}}},
    {"S/s", "nS/ms", "rate of conductance", {{-4, -2, 4, 4, 0, 0, 0}}},
    {"A/m^2/s", "uA/cm^2/ms", "rate of current density", {{-4, 0, -2, 2, 0, 0, 0}}},
    {"S/m^2/s", "mS/cm^2/ms", "rate of conductance density", {{-8, -2, 4, 4, 0, 0, 0}}},
    {"mol", "mol", "amount", {{0, 0, 0, 0, 0, 2, 0}}},
    {"mol/m^3", "mM", "concentration", {{-6, 0, 0, 0, 0, 2, 0}}},
    {"mol/m^3/s", "mM/ms", "rate of concentration", {{-6, 0, -2, 0, 0, 2, 0}}},
    {"m^3/mol", "/mM", "inverse concentration", {{6, 0, 0, 0, 0, -2, 0}}},
    {"m^3/mol/s", "/mM/ms", "binding rate", {{6, 0, -2, 0, 0, -2, 0}}},
    {"mol/s", "mol/s", "rate of amount", {{0, 0, -2, 0, 0, 2, 0}}},
    {"mol/m^2", "mol/m^2", "amount per area", {{-4, 0, 0, 0, 0, 2, 0}}},
    {"mol/m^2/s", "mol/m^2/s", "flux", {{-4, 0, -2, 0, 0, 2, 0}}},
    {"m^2/s", "um^2/ms", "diffusion coefficient", {{4, 0, -2, 0, 0, 0, 0}}},
    {"m/s", "m/s", "velocity", {{2, 0, -2, 0, 0, 0, 0}}},
    {"m/s^2", "m/s^2", "acceleration", {{2, 0, -4, 0, 0, 0, 0}}},
    {"/m", "/um", "inverse length", {{-2, 0, 0, 0, 0, 0, 0}}},
    {"/m^2", "/um^2", "density per area", {{-4, 0, 0, 0, 0, 0, 0}}},
    {"/m^3", "/um^3", "density per volume", {{-6, 0, 0, 0, 0, 0, 0}}},
    {"/V", "/mV", "inverse voltage", {{-4, -2, 6, 2, 0, 0, 0}}},
    {"/V/s", "/mV/ms", "rate per voltage", {{-4, -2, 4, 2, 0, 0, 0}}},
    {"/A", "/pA", "inverse current", {{0, 0, 0, -2, 0, 0, 0}}},
    {"/C", "/pC", "inverse charge", {{0, 0, -2, -2, 0, 0, 0}}},
    {"/s^2", "/ms^2", "rate of rate", {{0, 0, -4, 0, 0, 0, 0}}},
    {"s^-0.5", "ms^-0.5", "white noise", {{0, 0, -1, 0, 0, 0, 0}}},
    {"s^0.5", "ms^0.5", "root of time", {{0, 0, 1, 0, 0, 0, 0}}},
    {"V/s^0.5", "mV/ms^0.5", "voltage noise", {{4, 2, -7, -2, 0, 0, 0}}},
    {"A/s^0.5", "pA/ms^0.5", "current noise", {{0, 0, -1, 2, 0, 0, 0}}},
    {"A*s^0.5", "pA*ms^0.5", "current noise intensity", {{0, 0, 1, 2, 0, 0, 0}}},
    {"V*s^0.5", "mV*ms^0.5", "voltage noise intensity", {{4, 2, -5, -2, 0, 0, 0}}},
    {"V*s", "mV*ms", "magnetic flux", {{4, 2, -4, -2, 0, 0, 0}}},
    {"V^2", "mV^2", "squared voltage", {{8, 4, -12, -4, 0, 0, 0}}},
    {"A/V^2", "nS/mV", "conductance per voltage", {{-8, -4, 12, 6, 0, 0, 0}}},
    {"K", "K", "temperature", {{0, 0, 0, 0, 2, 0, 0}}},
    {"kg", "kg", "mass", {{0, 2, 0, 0, 0, 0, 0}}},
    {"cd", "cd", "luminous intensity", {{0, 0, 0, 0, 0, 0, 2}}},
    {"lx", "lx", "illuminance", {{-4, 0, 0, 0, 0, 0, 2}}},
    {"N", "mN", "force", {{2, 2, -4, 0, 0, 0, 0}}},
    {"N/m", "mN/mm", "stiffness", {{0, 2, -4, 0, 0, 0, 0}}},
    {"N*s/m", "mN*ms/mm", "damping", {{0, 2, -2, 0, 0, 0, 0}}},
    {"Pa", "kPa", "pressure", {{-2, 2, -4, 0, 0, 0, 0}}},
    {"J", "J", "energy", {{4, 2, -4, 0, 0, 0, 0}}},
    {"W", "W", "power", {{4, 2, -6, 0, 0, 0, 0}}},
    {"J/K", "J/K", "heat capacity", {{4, 2, -4, 0, -2, 0, 0}}},
    {"J/mol", "kJ/mol", "molar energy", {{4, 2, -4, 0, 0, -2, 0}}},
    {"J/mol/K", "J/mol/K", "molar heat capacity", {{4, 2, -4, 0, -2, -2, 0}}},
    {"C/mol", "C/mol", "molar charge", {{0, 0, 2, 2, 0, -2, 0}}},
    {"C/mol/m^3", "C/mol/m^3", "charge per amount and volume", {{-6, 0, 2, 2, 0, -2, 0}}},
    {"mol/C", "mol/C", "amount per charge", {{0, 0, -2, -2, 0, 2, 0}}},
    {"T", "mT", "magnetic flux density", {{0, 2, -4, -2, 0, 0, 0}}},
    {"H", "mH", "inductance", {{4, 2, -4, -4, 0, 0, 0}}},
    {"kg/m^3", "g/L", "mass density", {{-6, 2, 0, 0, 0, 0, 0}}},
    {"kg*m^2", "g*cm^2", "moment of inertia", {{4, 2, 0, 0, 0, 0, 0}}},
};

static const DimensionRow *dimension_row(HilDimension dimension) {
    for (size_t i = 0; i < COUNT(dimension_rows); i++) {
        if (hil_dimension_equal(dimension_rows[i].dimension, dimension)) return &dimension_rows[i];
    }
    return NULL;
}

const char *hil_dimension_word(HilDimension dimension) {
    const DimensionRow *row = dimension_row(dimension);
    return row ? row->word : "";
}

/* "kg*m^2/s^3": positive powers first, then one divisor each. */
static void dimension_product(HilDimension dimension, char text[128]) {
    static const char *const base[7] = {"m", "kg", "s", "A", "K", "mol", "cd"};
    static const int order[7] = {1, 0, 2, 3, 4, 5, 6};
    char *at = text;
    *at = '\0';
    for (int sign = 1; sign >= -1; sign -= 2) {
        for (int i = 0; i < 7; i++) {
            int twice = dimension.twice[order[i]] * sign;
            if (twice <= 0) continue;
            if (sign < 0) *at++ = '/';
            else if (at != text) *at++ = '*';
            at += sprintf(at, "%s", base[order[i]]);
            if (twice != 2) at += sprintf(at, "^%d%s", twice / 2, twice % 2 ? ".5" : "");
        }
    }
}

void hil_dimension_print(HilDimension dimension, char *text, size_t size) {
    const DimensionRow *row = dimension_row(dimension);
    char product[128];
    dimension_product(dimension, product);
    snprintf(text, size, "%s", row ? row->si : product);
}

const char *hil_dimension_usual_unit(HilDimension dimension) {
    const DimensionRow *row = dimension_row(dimension);
    return row ? row->usual : "";
}
