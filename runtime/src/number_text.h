/* Doubles as decimal text, shortest first, with an exact decimal shift: 0.0001 s is "0.1" in ms, whatever the rounding
 * of 0.0001*1000 would be. */
#ifndef HILLOCK_NUMBER_TEXT_H
#define HILLOCK_NUMBER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum { HIL_NUMBER_TEXT_SIZE = 64 };

/* value * 10^shift in the fewest digits (at most 17) that give `value` again when read and shifted back. NaN is "nan",
 * infinities are "inf" and "-inf". Returns the length. */
size_t hil_number_text(double value, int shift, char text[static HIL_NUMBER_TEXT_SIZE]);
/* Whether scale is the double nearest to 10^power. */
bool hil_power_of_ten(double scale, int *power);
/* (value - offset)/scale; where the scale is a power of ten below one, a multiplication, which rounds once and keeps
 * -0.07 V at -70 mV. */
double hil_scaled_value(double value, double scale, double offset);
/* value*scale + offset; a division where the scale is a power of ten below one, so that 1.5 ms is the double 0.0015. */
double hil_unscaled_value(double value, double scale, double offset);

#endif
