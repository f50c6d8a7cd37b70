/* Looking into values: elements, fields, lengths, equality, and text for people. Values are nested at most 64 deep
 * (value.c), so these recurse. */
#include "hillock/unit.h"
#include "hillock/value.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *hil_kind_name(HilKind kind) {
    switch (kind) {
    case HIL_KIND_MISSING: return "missing value";
    case HIL_KIND_NUMBER: return "number";
    case HIL_KIND_BOOLEAN: return "boolean";
    case HIL_KIND_TEXT: return "text";
    case HIL_KIND_LIST: return "list";
    case HIL_KIND_RECORD: return "record";
    case HIL_KIND_RANGE: return "range";
    case HIL_KIND_SPIKES: return "spikes";
    case HIL_KIND_SIGNAL: return "signal";
    }
    return "unknown value";
}

/* How many values a range stands for. A part of 1e-9 of an increment is forgiven, so that 0 .. 1 by 0.1 has 11. */
static bool range_length(const HilRangeValue *range, size_t *length, HilError *error) {
    double count;
    if (range->form == 1) {
        count = range->extra;
        if (!(count >= 0) || count != floor(count))
            return hil_fail(error, "a range of %g steps", count);
    } else {
        double increment = range->form == 2 ? range->extra : 1;
        if (!(increment != 0) || !isfinite(increment) || !isfinite(range->low) || !isfinite(range->high))
            return hil_fail(error, "a range from %g to %g by %g cannot be counted", range->low, range->high, increment);
        count = floor((range->high - range->low) / increment + 1e-9) + 1;
        if (count < 0)
            count = 0;
    }
    if (count > (double)HIL_VALUE_LIMIT)
        return hil_fail(error, "a range of %g values; at most %zu are possible", count, (size_t)HIL_VALUE_LIMIT);
    *length = (size_t)count;
    return true;
}

static double range_element(const HilRangeValue *range, size_t k) {
    if (range->form == 1) {
        size_t last = (size_t)range->extra - 1;
        if (k == last && last > 0)
            return range->high;
        return last == 0 ? range->low : range->low + (range->high - range->low) * ((double)k / (double)last);
    }
    return range->low + (double)k * (range->form == 2 ? range->extra : 1);
}

bool hil_value_length(HilValue of, size_t *length, HilError *error) {
    switch (of.kind) {
    case HIL_KIND_TEXT: *length = of.as.text->length; return true;
    case HIL_KIND_LIST: *length = of.as.list->count; return true;
    case HIL_KIND_RECORD: *length = of.as.record->count; return true;
    case HIL_KIND_RANGE: return range_length(of.as.range, length, error);
    case HIL_KIND_SPIKES: *length = of.as.spikes->count; return true;
    case HIL_KIND_SIGNAL: *length = of.as.signal->samples; return true;
    default: return hil_fail(error, "a %s has no elements", hil_kind_name(of.kind));
    }
}

bool hil_value_element(HilPool *pool, HilValue of, size_t k, HilValue *value, HilError *error) {
    size_t length = 0;
    if (!hil_value_length(of, &length, error))
        return false;
    if (k >= length)
        return hil_fail(error, "index %zu is outside the %zu element%s", k, length, length == 1 ? "" : "s");
    switch (of.kind) {
    case HIL_KIND_LIST:
        *value = of.as.list->numbers ? hil_value_number(of.as.list->numbers[k])
                                     : hil_value_retain(of.as.list->items[k]);
        return true;
    case HIL_KIND_RECORD: *value = hil_value_retain(of.as.record->values[k]); return true;
    case HIL_KIND_RANGE: *value = hil_value_number(range_element(of.as.range, k)); return true;
    case HIL_KIND_TEXT: return hil_value_text(pool, of.as.text->bytes + k, 1, value, error);
    default: return hil_fail(error, "%s cannot be gone through one by one", hil_kind_name(of.kind));
    }
}

bool hil_value_field(HilValue record, const char *name, HilValue *value, HilError *error) {
    if (record.kind != HIL_KIND_RECORD)
        return hil_fail(error, "a %s has no field %s", hil_kind_name(record.kind), name);
    const HilRecordValue *fields = record.as.record;
    for (size_t k = 0; k < fields->count; k++) {
        if (strcmp(fields->names[k], name) == 0) {
            *value = hil_value_retain(fields->values[k]);
            return true;
        }
    }
    char known[256];
    size_t used = 0;
    known[0] = '\0';
    for (size_t k = 0; k < fields->count && used < sizeof known - 1; k++) {
        int written = snprintf(known + used, sizeof known - used, "%s%s", k > 0 ? ", " : "", fields->names[k]);
        used += written > 0 ? (size_t)written : 0;
    }
    return hil_fail(error, "no field %s here; there are: %s", name, fields->count > 0 ? known : "none");
}

/* ---- equality ------------------------------------------------------------------------------------------------ */

static bool as_number(HilValue value, double *number) {
    if (value.kind != HIL_KIND_NUMBER && value.kind != HIL_KIND_BOOLEAN)
        return false;
    *number = value.kind == HIL_KIND_NUMBER ? value.as.number : value.as.boolean;
    return true;
}

static HilValue item(const HilListValue *list, size_t k) {
    return list->numbers ? hil_value_number(list->numbers[k]) : list->items[k];
}

bool hil_value_equal(HilValue a, HilValue b) {
    double x, y;
    if (as_number(a, &x) && as_number(b, &y))
        return x == y;
    if (a.kind != b.kind)
        return false;
    switch (a.kind) {
    case HIL_KIND_MISSING: return true;
    case HIL_KIND_TEXT:
        return a.as.text->length == b.as.text->length &&
               memcmp(a.as.text->bytes, b.as.text->bytes, a.as.text->length) == 0;
    case HIL_KIND_LIST:
        if (a.as.list->count != b.as.list->count)
            return false;
        for (size_t k = 0; k < a.as.list->count; k++) {
            if (!hil_value_equal(item(a.as.list, k), item(b.as.list, k)))
                return false;
        }
        return true;
    case HIL_KIND_RECORD:
        if (a.as.record->count != b.as.record->count)
            return false;
        for (size_t k = 0; k < a.as.record->count; k++) {
            if (strcmp(a.as.record->names[k], b.as.record->names[k]) != 0 ||
                !hil_value_equal(a.as.record->values[k], b.as.record->values[k]))
                return false;
        }
        return true;
    case HIL_KIND_RANGE:
        return a.as.range->low == b.as.range->low && a.as.range->high == b.as.range->high &&
               a.as.range->form == b.as.range->form && a.as.range->extra == b.as.range->extra;
    case HIL_KIND_SPIKES:
        return a.as.spikes->count == b.as.spikes->count && a.as.spikes->size == b.as.spikes->size &&
               (a.as.spikes->count == 0 ||
                (memcmp(a.as.spikes->times, b.as.spikes->times, a.as.spikes->count * sizeof(double)) == 0 &&
                 memcmp(a.as.spikes->cells, b.as.spikes->cells, a.as.spikes->count * sizeof(uint32_t)) == 0));
    case HIL_KIND_SIGNAL: {
        const HilSignalValue *p = a.as.signal, *q = b.as.signal;
        if (p->cells != q->cells || p->samples != q->samples || p->start != q->start || p->every != q->every)
            return false;
        for (size_t k = 0; k < p->cells * p->samples; k++) {
            if (p->values[k] != q->values[k])
                return false;
        }
        return true;
    }
    default: return false;
    }
}

/* ---- printing ------------------------------------------------------------------------------------------------ */

typedef struct Writer {
    char *text;
    size_t size, used;
    HilUnit unit;
    const char *unit_text;
} Writer;

__attribute__((format(printf, 2, 3))) static void put(Writer *w, const char *format, ...) {
    if (w->used + 1 >= w->size)
        return;
    va_list arguments;
    va_start(arguments, format);
    int written = vsnprintf(w->text + w->used, w->size - w->used, format, arguments);
    va_end(arguments);
    if (written > 0)
        w->used = w->used + (size_t)written < w->size ? w->used + (size_t)written : w->size - 1;
}

static void put_number(Writer *w, double number) {
    put(w, "%.6g", w->unit_text ? hil_value_in_unit(number, w->unit) : number);
}

static void put_value(Writer *w, HilValue value, bool inside) {
    enum { SHOWN_ELEMENTS = 8 };
    const char *space = w->unit_text ? " " : "", *unit = w->unit_text ? w->unit_text : "";
    switch (value.kind) {
    case HIL_KIND_MISSING: put(w, "-"); return;
    case HIL_KIND_NUMBER:
        put_number(w, value.as.number);
        if (!inside)
            put(w, "%s%s", space, unit);
        return;
    case HIL_KIND_BOOLEAN: put(w, value.as.boolean ? "true" : "false"); return;
    case HIL_KIND_TEXT: put(w, "%s", value.as.text->bytes); return;
    case HIL_KIND_LIST:
        put(w, "[");
        for (size_t k = 0; k < value.as.list->count && k < SHOWN_ELEMENTS; k++) {
            put(w, k > 0 ? ", " : "");
            put_value(w, item(value.as.list, k), true);
        }
        if (value.as.list->count > SHOWN_ELEMENTS)
            put(w, ", … %zu in all", value.as.list->count);
        put(w, "]");
        if (!inside)
            put(w, "%s%s", space, unit);
        return;
    case HIL_KIND_RECORD:
        put(w, "(");
        for (size_t k = 0; k < value.as.record->count && k < SHOWN_ELEMENTS; k++) {
            put(w, "%s%s = ", k > 0 ? ", " : "", value.as.record->names[k]);
            put_value(w, value.as.record->values[k], true);
        }
        put(w, value.as.record->count > SHOWN_ELEMENTS ? ", …)" : ")");
        return;
    case HIL_KIND_RANGE:
        put_number(w, value.as.range->low);
        put(w, "%s%s .. ", space, unit);
        put_number(w, value.as.range->high);
        put(w, "%s%s", space, unit);
        return;
    case HIL_KIND_SPIKES:
        put(w, "%zu spike%s of %zu cell%s", value.as.spikes->count, value.as.spikes->count == 1 ? "" : "s",
            value.as.spikes->size, value.as.spikes->size == 1 ? "" : "s");
        return;
    case HIL_KIND_SIGNAL:
        put(w, "%zu sample%s of %zu %s%s", value.as.signal->samples, value.as.signal->samples == 1 ? "" : "s",
            value.as.signal->cells, value.as.signal->elements ? "connection" : "cell",
            value.as.signal->cells == 1 ? "" : "s");
        return;
    }
}

void hil_value_print(HilValue value, const char *unit, char *text, size_t size) {
    if (size == 0)
        return;
    text[0] = '\0';
    Writer w = {.text = text, .size = size};
    if (unit && unit[0] && hil_unit_parse(unit, strlen(unit), &w.unit, NULL) && strcmp(unit, "1") != 0)
        w.unit_text = unit;
    put_value(&w, value, false);
}
