/* The library of reductions as a table: finds a row, takes its arguments apart by the signature's letters, calls it.
 * Kept true: a function sees arguments of the kinds its signature names, and none that is MISSING. */
#include "reductions.h"

#include "hillock/host.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct ReductionRow {
    const char *name, *signature, *unit;
    ReductionFunction *function;
} ReductionRow;

static const ReductionRow rows[] = {
#define REDUCTION(ID, name, signature, unit) {name, signature, unit, reduce_##ID},
#include "hillock/reductions.def"
#undef REDUCTION
};

int hil_reduction_find(const char *name) {
    for (int k = 0; k < HIL_REDUCTION_ROWS; k++) {
        if (strcmp(rows[k].name, name) == 0)
            return k;
    }
    return -1;
}

static bool row_exists(int reduction) {
    return reduction >= 0 && reduction < HIL_REDUCTION_ROWS;
}

const char *hil_reduction_name(int reduction) {
    return row_exists(reduction) ? rows[reduction].name : NULL;
}

const char *hil_reduction_signature(int reduction) {
    return row_exists(reduction) ? rows[reduction].signature : NULL;
}

const char *hil_reduction_unit(int reduction) {
    return row_exists(reduction) ? rows[reduction].unit : NULL;
}

/* ---- arguments ----------------------------------------------------------------------------------------------- */

static bool wrong_kind(const ReductionCall *call, int k, const char *wanted) {
    return hil_fail(call->error, "%s: argument %d is a %s where %s is wanted", call->name, k + 1,
                    hil_kind_name(call->a[k].value.kind), wanted);
}

/* The known numbers among a list's items. */
static bool take_items(ReductionCall *call, int k, const HilListValue *list) {
    ReductionArgument *a = &call->a[k];
    a->owned = reduction_scratch(call, list->count, sizeof *a->owned);
    if (!a->owned)
        return false;
    for (size_t i = 0; i < list->count; i++) {
        HilValue item = list->items[i];
        if (item.kind == HIL_KIND_NUMBER)
            a->owned[a->count++] = item.as.number;
        else if (item.kind == HIL_KIND_BOOLEAN)
            a->owned[a->count++] = item.as.boolean;
        else if (item.kind != HIL_KIND_MISSING)
            return hil_fail(call->error, "%s: element %zu is a %s where a number is wanted", call->name, i,
                            hil_kind_name(item.kind));
    }
    a->numbers = a->owned;
    return true;
}

static bool take_numbers(ReductionCall *call, int k) {
    ReductionArgument *a = &call->a[k];
    switch (a->value.kind) {
    case HIL_KIND_LIST:
        if (!a->value.as.list->numbers)
            return take_items(call, k, a->value.as.list);
        a->numbers = a->value.as.list->numbers;
        a->count = a->value.as.list->count;
        return true;
    case HIL_KIND_SIGNAL:
        a->numbers = a->value.as.signal->values;
        a->count = a->value.as.signal->cells * a->value.as.signal->samples;
        return true;
    case HIL_KIND_NUMBER: case HIL_KIND_BOOLEAN: case HIL_KIND_RANGE: {
        size_t count = 1;
        if (a->value.kind == HIL_KIND_RANGE && !hil_value_length(a->value, &count, call->error))
            return false;
        a->owned = reduction_scratch(call, count, sizeof *a->owned);
        if (!a->owned)
            return false;
        for (size_t i = 0; i < count; i++) {
            HilValue element = a->value;
            if (a->value.kind == HIL_KIND_RANGE && !hil_value_element(call->pool, a->value, i, &element, call->error))
                return false;
            a->owned[i] = element.kind == HIL_KIND_BOOLEAN ? element.as.boolean : element.as.number;
        }
        a->numbers = a->owned;
        a->count = count;
        return true;
    }
    default: return wrong_kind(call, k, "a list of numbers or a signal");
    }
}

static bool take_events(ReductionCall *call, int k, bool spikes_only) {
    ReductionArgument *a = &call->a[k];
    if (a->value.kind == HIL_KIND_SPIKES) {
        const HilSpikesValue *spikes = a->value.as.spikes;
        a->numbers = spikes->times;
        a->count = spikes->count;
        a->cells = spikes->cells;
        a->size = spikes->size;
        a->from = spikes->from;
        a->to = spikes->to;
        return true;
    }
    if (spikes_only || a->value.kind == HIL_KIND_SIGNAL)
        return wrong_kind(call, k, spikes_only ? "spikes are" : "spikes or a list of times");
    if (!take_numbers(call, k))
        return false;
    for (size_t i = 0; i < a->count; i++) {
        if (isnan(a->numbers[i]))
            return hil_fail(call->error, "%s: time %zu is not a number", call->name, i);
    }
    double *sorted = reduction_scratch(call, a->count, sizeof *sorted);
    if (!sorted)
        return false;
    if (a->count > 0)
        memcpy(sorted, a->numbers, a->count * sizeof *sorted);
    free(a->owned);
    a->numbers = a->owned = sorted;
    reduction_sort(sorted, a->count);
    a->size = 1;
    a->from = a->count > 0 ? sorted[0] : 0;
    a->to = a->count > 0 ? sorted[a->count - 1] : 0;
    return true;
}

static bool take_argument(ReductionCall *call, int k, char letter) {
    ReductionArgument *a = &call->a[k];
    switch (letter) {
    case 'v': case 'l': case 'm': case 'b': return take_numbers(call, k);
    case 's': return a->value.kind == HIL_KIND_SIGNAL || wrong_kind(call, k, "a signal");
    case 'p': return take_events(call, k, true);
    case 'e': return take_events(call, k, false);
    case 'w':
        if (a->value.kind == HIL_KIND_SPIKES)
            return take_events(call, k, true);
        return a->value.kind == HIL_KIND_SIGNAL || wrong_kind(call, k, "a signal or spikes");
    case 'a': return true;
    case 'u':
        if (a->value.kind == HIL_KIND_TEXT) /* index_of a text */
            return true;
        /* fall through */
    case 'n': case 't': case 'f':
        if (a->value.kind == HIL_KIND_BOOLEAN)
            a->number = a->value.as.boolean;
        else if (a->value.kind == HIL_KIND_NUMBER)
            a->number = a->value.as.number;
        else
            return wrong_kind(call, k, "a number");
        return true;
    default: return hil_fail(call->error, "%s: signature letter %c", call->name, letter);
    }
}

bool hil_reduction_apply(HilPool *pool, int reduction, const HilValue *arguments, int count, HilValue *result,
                         HilError *error) {
    if (!row_exists(reduction))
        return hil_fail(error, "there is no reduction number %d", reduction);
    ReductionCall call = {.pool = pool, .error = error, .name = rows[reduction].name};
    bool good = true, missing = false;
    int k = 0;
    for (const char *letter = rows[reduction].signature; good && *letter != ':'; k++) {
        char what = *letter++;
        bool optional = *letter == '?';
        letter += optional;
        ReductionArgument *a = &call.a[k];
        a->value = k < count ? arguments[k] : hil_value_missing();
        a->given = a->value.kind != HIL_KIND_MISSING;
        if (a->given)
            good = take_argument(&call, k, what);
        else if (!optional && k >= count)
            good = hil_fail(error, "%s takes more than %d argument%s", call.name, count, count == 1 ? "" : "s");
        else if (!optional)
            missing = true;
    }
    if (good && count > k)
        good = hil_fail(error, "%s takes %d argument%s, not %d", call.name, k, k == 1 ? "" : "s", count);
    if (good)
        good = missing ? reduction_missing(result) : rows[reduction].function(&call, result);
    for (int i = 0; i < REDUCTION_ARGUMENTS; i++)
        free(call.a[i].owned);
    return good;
}

/* ---- shared -------------------------------------------------------------------------------------------------- */

double reduction_sum(const double *numbers, size_t count) {
    double sum = 0, rest = 0;
    for (size_t k = 0; k < count; k++) {
        double next = sum + numbers[k];
        rest += fabs(sum) >= fabs(numbers[k]) ? (sum - next) + numbers[k] : (numbers[k] - next) + sum;
        sum = next;
    }
    return isfinite(sum) ? sum + rest : sum;
}

double reduction_mean(const double *numbers, size_t count) {
    return reduction_sum(numbers, count) / (double)count;
}

double reduction_variance(const double *numbers, size_t count) {
    double mean = reduction_mean(numbers, count), sum = 0, drift = 0;
    for (size_t k = 0; k < count; k++) {
        double difference = numbers[k] - mean;
        sum += difference * difference;
        drift += difference;
    }
    return fmax(0, (sum - drift * drift / (double)count) / (double)count);
}

static int compare_numbers(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    if (isnan(a) || isnan(b))
        return isnan(a) - isnan(b); /* not-a-numbers last */
    return a < b ? -1 : a > b;
}

void reduction_sort(double *numbers, size_t count) {
    size_t sorted = 1;
    while (sorted < count && numbers[sorted - 1] <= numbers[sorted])
        sorted++;
    if (sorted < count)
        qsort(numbers, count, sizeof *numbers, compare_numbers);
}

bool reduction_number(HilValue *result, double number) {
    *result = hil_value_number(number);
    return true;
}

bool reduction_missing(HilValue *result) {
    *result = hil_value_missing();
    return true;
}

bool reduction_one_cell(const ReductionCall *call, int argument, const HilSignalValue **signal) {
    *signal = call->a[argument].value.as.signal;
    if ((*signal)->cells == 1)
        return true;
    return hil_fail(call->error, "%s is of one cell, and this signal has %zu; pick one with [k]", call->name,
                    (*signal)->cells);
}

void *reduction_scratch(const ReductionCall *call, size_t count, size_t bytes) {
    void *memory = count <= 2 * HIL_VALUE_LIMIT * 8 ? calloc(count > 0 ? count : 1, bytes) : NULL;
    if (!memory)
        hil_fail(call->error, "%s: out of memory for %zu numbers", call->name, count);
    return memory;
}
