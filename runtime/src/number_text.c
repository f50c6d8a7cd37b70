/* Doubles to decimal text on decimal.h. In: any double. Out: text that reads back as the same double. */
#include "number_text.h"

#include "decimal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

_Static_assert((int)HIL_NUMBER_TEXT_SIZE >= (int)DECIMAL_TEXT, "decimal_print writes up to DECIMAL_TEXT bytes");

size_t hil_number_text(double value, int shift, char text[static HIL_NUMBER_TEXT_SIZE])
{
    Decimal number;
    if (isnan(value))
        return (size_t)sprintf(text, "nan");
    if (isinf(value))
        return (size_t)sprintf(text, value < 0 ? "-inf" : "inf");
    for (int precision = 15; precision <= 17; precision++) { /* 15 without trailing zeros are the shortest there is */
        decimal_from_value(value, precision, &number);
        if (precision == 17 || decimal_value(&number, 0) == value)
            break;
    }
    number.exponent += shift;
    decimal_print(&number, text);
    return strlen(text);
}

bool hil_power_of_ten(double scale, int *power)
{
    long found;
    if (!decimal_power(scale, &found))
        return false;
    *power = (int)found;
    return true;
}

double hil_scaled_value(double value, double scale, double offset)
{
    long power;
    double difference = value - offset;
    if (scale < 1 && decimal_power(scale, &power) && power >= -22) /* 10^22 is the last that is exact */
        return difference * decimal_power_of_ten(-power);
    return difference / scale;
}

double hil_unscaled_value(double value, double scale, double offset)
{
    long power;
    if (scale < 1 && decimal_power(scale, &power) && power >= -22)
        return value / decimal_power_of_ten(-power) + offset;
    return value * scale + offset;
}
