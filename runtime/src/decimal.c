/* See decimal.h. */
#include "decimal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXPONENT_LIMIT = 1000000 };

bool decimal_is_digit(char c) {
    return c >= '0' && c <= '9';
}

size_t decimal_read(const char *text, size_t length, Decimal *number) {
    size_t at = 0;
    bool dropped = false;
    number->negative = false;
    number->count = 0;
    number->exponent = 0;
    if (at < length && (text[at] == '-' || text[at] == '+')) number->negative = text[at++] == '-';
    if (at >= length || !decimal_is_digit(text[at])) return 0;
    for (bool after_point = false; at < length; at++) {
        if (!after_point && text[at] == '.' && at + 1 < length && decimal_is_digit(text[at + 1])) {
            after_point = true;
            continue;
        }
        if (!decimal_is_digit(text[at])) break;
        bool kept = number->count < DECIMAL_DIGITS;
        if (kept && (number->count > 0 || text[at] != '0')) number->digits[number->count++] = text[at];
        if (!kept && text[at] != '0') dropped = true;
        number->exponent += (kept ? 0 : 1) - (after_point ? 1 : 0);
    }
    if (dropped) {
        number->digits[number->count++] = '1';
        number->exponent--;
    }
    if (at + 1 < length && (text[at] == 'e' || text[at] == 'E')) {
        size_t mark = at + 1;
        bool negative = text[mark] == '-';
        if (text[mark] == '-' || text[mark] == '+') mark++;
        if (mark < length && decimal_is_digit(text[mark])) {
            long exponent = 0;
            for (; mark < length && decimal_is_digit(text[mark]); mark++) {
                if (exponent < EXPONENT_LIMIT) exponent = exponent * 10 + (text[mark] - '0');
            }
            number->exponent += negative ? -exponent : exponent;
            at = mark;
        }
    }
    return at;
}

double decimal_value(const Decimal *number, long shift) {
    if (number->count == 0) return number->negative ? -0.0 : 0.0;
    char text[DECIMAL_DIGITS + 40];
    snprintf(text, sizeof text, "%s%.*se%ld", number->negative ? "-" : "", number->count, number->digits,
             number->exponent + shift);
    return strtod(text, NULL);
}

void decimal_from_value(double value, int precision, Decimal *number) {
    char text[48];
    snprintf(text, sizeof text, "%.*e", precision - 1, fabs(value));
    number->negative = signbit(value);
    number->count = 0;
    const char *at = text;
    for (; *at != 'e'; at++) {
        /* whatever the locale has for a point, it is no digit */
        if (decimal_is_digit(*at)) number->digits[number->count++] = *at;
    }
    number->exponent = strtol(at + 1, NULL, 10) - (number->count - 1);
    while (number->count > 0 && number->digits[number->count - 1] == '0') {
        number->count--;
        number->exponent++;
    }
}

void decimal_print(const Decimal *number, char text[DECIMAL_TEXT]) {
    char *at = text;
    if (number->negative) *at++ = '-';
    if (number->count == 0) {
        strcpy(at, "0");
        return;
    }
    long leading = number->exponent + number->count - 1; /* power of ten of the first digit */
    if (leading < -5 || leading > 16) {
        *at++ = number->digits[0];
        if (number->count > 1) {
            *at++ = '.';
            memcpy(at, number->digits + 1, (size_t)number->count - 1);
            at += number->count - 1;
        }
        sprintf(at, "e%ld", leading);
        return;
    }
    for (long power = leading < 0 ? 0 : leading; power >= 0 || power >= number->exponent; power--) {
        if (power == -1) *at++ = '.';
        long index = leading - power;
        *at++ = index >= 0 && index < number->count ? number->digits[index] : '0';
    }
    *at = '\0';
}

/* Those of the field's units; a C compiler rounds them correctly. */
static const double small_powers[] = {1e-18, 1e-17, 1e-16, 1e-15, 1e-14, 1e-13, 1e-12, 1e-11, 1e-10, 1e-9,
                                      1e-8,  1e-7,  1e-6,  1e-5,  1e-4,  1e-3,  1e-2,  1e-1,  1,     1e1,
                                      1e2,   1e3,   1e4,   1e5,   1e6,   1e7,   1e8,   1e9,   1e10,  1e11,
                                      1e12,  1e13,  1e14,  1e15,  1e16,  1e17,  1e18};
enum { SMALL_POWER = 18 };

double decimal_power_of_ten(long power) {
    if (power >= -SMALL_POWER && power <= SMALL_POWER) return small_powers[power + SMALL_POWER];
    char text[32];
    snprintf(text, sizeof text, "1e%ld", power);
    return strtod(text, NULL);
}

bool decimal_power(double value, long *power) {
    if (!(value > 0) || !isfinite(value)) return false;
    *power = lround(log10(value));
    return decimal_power_of_ten(*power) == value;
}
