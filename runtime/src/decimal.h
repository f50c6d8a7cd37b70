/* Decimal numbers between text and doubles, exactly: digits and a power of ten, rounded once. In: text or a double. Out:
 * the other. Kept true: nothing depends on the locale (no decimal point is ever given to or taken from the C library),
 * nothing is allocated, however many digits a text has. */
#ifndef HILLOCK_RUNTIME_DECIMAL_H
#define HILLOCK_RUNTIME_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

/* The halfway point of two neighbouring doubles has at most 769 significant digits: what lies beyond these can only
 * matter as "more than nothing", which one last digit says. */
enum { DECIMAL_DIGITS = 800, DECIMAL_TEXT = 64 };

typedef struct Decimal {
    bool negative;
    int count;     /* of digits; 0 means the number is 0 */
    long exponent; /* value = digits * 10^exponent */
    char digits[DECIMAL_DIGITS + 1];
} Decimal;

bool decimal_is_digit(char c);
/* Reads [+-]digits[.digits][e[+-]digits]; returns the bytes read, 0 when there is no number. */
size_t decimal_read(const char *text, size_t length, Decimal *number);
/* The double nearest to number * 10^shift; infinite beyond the range. */
double decimal_value(const Decimal *number, long shift);
/* The `precision` (up to 17) leading digits of a finite value, without trailing zeros. */
void decimal_from_value(double value, int precision, Decimal *number);
/* A number of up to 17 digits: plain notation from 1e-5 up to 1e17, scientific beyond. */
void decimal_print(const Decimal *number, char text[DECIMAL_TEXT]);

/* The double nearest to 10^power. */
double decimal_power_of_ten(long power);
/* Is the value the double nearest to a power of ten, and which? */
bool decimal_power(double value, long *power);

#endif
