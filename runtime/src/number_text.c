/* Doubles to decimal text. In: any double. Out: text in the C locale's form, no locale consulted for the point beyond
 * what printf does; reading it back gives the same double. */
#include "number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The digits of the shortest scientific form, without point or trailing zeros, and the exponent of the first. */
static int shortest_digits(double magnitude, char digits[18], int *exponent)
{
    char text[HIL_NUMBER_TEXT_SIZE];
    for (int precision = 14; precision <= 16; precision++) {
        snprintf(text, sizeof text, "%.*e", precision, magnitude);
        if (precision == 16 || strtod(text, NULL) == magnitude)
            break;
    }
    char *mark = strchr(text, 'e');
    *exponent = (int)strtol(mark + 1, NULL, 10);
    int count = 0;
    for (const char *c = text; c < mark; c++)
        if (*c >= '0' && *c <= '9')
            digits[count++] = *c;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    return count;
}

size_t hil_number_text(double value, int shift, char text[static HIL_NUMBER_TEXT_SIZE])
{
    char *end = text;
    if (isnan(value))
        return (size_t)sprintf(text, "nan");
    if (signbit(value))
        *end++ = '-';
    if (isinf(value))
        return (size_t)(end - text) + (size_t)sprintf(end, "inf");
    if (value == 0) {
        *end++ = '0';
        *end = '\0';
        return (size_t)(end - text);
    }
    char digits[18];
    int exponent, count = shortest_digits(fabs(value), digits, &exponent);
    exponent += shift;
    if (exponent >= 0 && exponent < 17) { /* 123.45, 12300 */
        for (int i = 0; i <= exponent || i < count; i++) {
            if (i == exponent + 1)
                *end++ = '.';
            *end++ = i < count ? digits[i] : '0';
        }
    } else if (exponent < 0 && exponent >= -5) { /* 0.00123 */
        *end++ = '0';
        *end++ = '.';
        for (int i = -1; i > exponent; i--)
            *end++ = '0';
        memcpy(end, digits, (size_t)count);
        end += count;
    } else {
        *end++ = digits[0];
        if (count > 1)
            *end++ = '.';
        memcpy(end, digits + 1, (size_t)count - 1);
        end += count - 1;
        end += sprintf(end, "e%d", exponent);
    }
    *end = '\0';
    return (size_t)(end - text);
}

static const double powers[31] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10,
                                  1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
                                  1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30};
static const double inverse_powers[31] = {1e0,   1e-1,  1e-2,  1e-3,  1e-4,  1e-5,  1e-6,  1e-7,
                                          1e-8,  1e-9,  1e-10, 1e-11, 1e-12, 1e-13, 1e-14, 1e-15,
                                          1e-16, 1e-17, 1e-18, 1e-19, 1e-20, 1e-21, 1e-22, 1e-23,
                                          1e-24, 1e-25, 1e-26, 1e-27, 1e-28, 1e-29, 1e-30};

bool hil_power_of_ten(double scale, int *power)
{
    for (int i = 0; i <= 30; i++) {
        if (scale == powers[i] || scale == inverse_powers[i]) {
            *power = scale == powers[i] ? i : -i;
            return true;
        }
    }
    return false;
}

double hil_scaled_value(double value, double scale, double offset)
{
    int power;
    double difference = value - offset;
    if (scale < 1 && hil_power_of_ten(scale, &power))
        return difference * powers[-power];
    return difference / scale;
}

double hil_unscaled_value(double value, double scale, double offset)
{
    int power;
    if (scale < 1 && hil_power_of_ten(scale, &power))
        return value / powers[-power] + offset;
    return value * scale + offset;
}
