/* Units: the seven SI base dimensions, prefixes, and every unit the field writes. Shared by the compiler (expressions)
 * and executables (--set, data columns, printing). Values are held in SI base units everywhere; a Unit is how a person
 * writes one. */
#ifndef HILLOCK_UNIT_H
#define HILLOCK_UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Twice the exponents of m, kg, s, A, K, mol, cd: halves are exact (white noise is s^-1/2). */
typedef struct HilDimension {
    int8_t twice[7];
} HilDimension;

/* value_in_SI = value * scale + offset; the offset is 273.15 for degC and zero otherwise. `scale` is the correctly
 * rounded double of a decimal power times the unit's factor. */
typedef struct HilUnit {
    HilDimension dimension;
    double scale, offset;
} HilUnit;

#define HIL_DIMENSIONLESS ((HilDimension){{0, 0, 0, 0, 0, 0, 0}})

bool hil_dimension_equal(HilDimension a, HilDimension b);
bool hil_dimension_is_none(HilDimension a);
/* false: the exponent leaves the range of the type. */
bool hil_dimension_multiply(HilDimension a, HilDimension b, HilDimension *product);
bool hil_dimension_divide(HilDimension a, HilDimension b, HilDimension *quotient);
/* a^(twice_power/2); false when an exponent is no multiple of one half or leaves the range. */
bool hil_dimension_power(HilDimension a, int twice_power, HilDimension *power);

/* One unit name with prefix ("mV", "uF", "degC", "Hz", "%"); false when it is none. */
bool hil_unit_lookup(const char *name, size_t length, HilUnit *unit);
/* A whole unit text: "mV", "/ms", "S/cm^2", "kOhm*cm^2", "mV/ms", "mV/ms^0.5", "J/(mol*K)", "1". On failure *error_at
 * (may be NULL) is the byte that was not understood. degC has its offset only where it stands alone: in a product it
 * is a difference of temperatures. */
bool hil_unit_parse(const char *text, size_t length, HilUnit *unit, size_t *error_at);
/* A number with an optional unit ("15ms", "-70 mV", "0.3", "1e-3 S/cm^2"): the value in SI, correctly rounded where
 * the unit is a power of ten of SI (so 15 ms is the double nearest to 0.015). */
bool hil_quantity_parse(const char *text, size_t length, double *value, HilDimension *dimension, size_t *error_at);
/* The double nearest to digits * 10^power-of-ten of the unit, where the digits are the source's text. */
double hil_quantity_value(const char *digits, size_t length, HilUnit unit);

/* A name for a dimension in the field's words: "mV"-like preferred unit ("V", "A/m^2", "S", "1"), and a kind word
 * ("voltage", "current density", "conductance", "time", or the SI product). Both write at most `size` bytes. */
void hil_dimension_print(HilDimension dimension, char *text, size_t size);
const char *hil_dimension_word(HilDimension dimension); /* "" when there is none */
/* The value in the unit; exact where the scale is a power of ten (-0.07 V in mV is -70). */
double hil_value_in_unit(double value, HilUnit unit);
/* "-70 mV": value in the unit, shortest text that reads back to the same double (at most 17 digits). */
void hil_quantity_print(double value, HilUnit unit, const char *unit_text, char *text, size_t size);
/* A readable unit for a dimension without a declared one: "mV" for voltage, "nS", "pA", "ms", "Hz" …; "" for a
 * dimension nobody has a unit for: hil_dimension_print then writes its SI product. */
const char *hil_dimension_usual_unit(HilDimension dimension);

#endif
