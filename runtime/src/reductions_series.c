/* Reductions over values: lists, and signals taken as the list of all their samples. All sums are compensated or
 * two-pass; nothing here depends on more than the numbers and their order. */
#include "reductions.h"

#include "hillock/math.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double extreme(const ReductionArgument *a, bool greatest, size_t *where) {
    *where = 0;
    for (size_t k = 1; k < a->count; k++) {
        if (greatest ? a->numbers[k] > a->numbers[*where] : a->numbers[k] < a->numbers[*where])
            *where = k;
    }
    return a->numbers[*where];
}

static bool reduce_extreme(const ReductionCall *call, bool greatest, bool position, HilValue *result) {
    if (call->a[0].count == 0)
        return reduction_missing(result);
    size_t where;
    double value = extreme(&call->a[0], greatest, &where);
    return reduction_number(result, position ? (double)where : value);
}

bool reduce_MAX(const ReductionCall *call, HilValue *result) {
    return reduce_extreme(call, true, false, result);
}

bool reduce_MIN(const ReductionCall *call, HilValue *result) {
    return reduce_extreme(call, false, false, result);
}

bool reduce_ARGMAX(const ReductionCall *call, HilValue *result) {
    return reduce_extreme(call, true, true, result);
}

bool reduce_ARGMIN(const ReductionCall *call, HilValue *result) {
    return reduce_extreme(call, false, true, result);
}

bool reduce_AMPLITUDE(const ReductionCall *call, HilValue *result) {
    if (call->a[0].count == 0)
        return reduction_missing(result);
    size_t where;
    return reduction_number(result, extreme(&call->a[0], true, &where) - extreme(&call->a[0], false, &where));
}

bool reduce_SUM(const ReductionCall *call, HilValue *result) {
    return reduction_number(result, reduction_sum(call->a[0].numbers, call->a[0].count));
}

bool reduce_MEAN(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    return a->count == 0 ? reduction_missing(result) : reduction_number(result, reduction_mean(a->numbers, a->count));
}

bool reduce_VAR(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    return a->count == 0 ? reduction_missing(result)
                         : reduction_number(result, reduction_variance(a->numbers, a->count));
}

bool reduce_STD(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    return a->count == 0 ? reduction_missing(result)
                         : reduction_number(result, sqrt(reduction_variance(a->numbers, a->count)));
}

bool reduce_CV(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    double mean = a->count > 0 ? reduction_mean(a->numbers, a->count) : 0;
    return mean == 0 ? reduction_missing(result)
                     : reduction_number(result, sqrt(reduction_variance(a->numbers, a->count)) / mean);
}

static bool percentile(const ReductionCall *call, double part, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    if (!(part >= 0 && part <= 1))
        return hil_fail(call->error, "%s: %g is no part between 0%% and 100%%", call->name, part);
    if (a->count == 0)
        return reduction_missing(result);
    double *sorted = reduction_scratch(call, a->count, sizeof *sorted);
    if (!sorted)
        return false;
    memcpy(sorted, a->numbers, a->count * sizeof *sorted);
    reduction_sort(sorted, a->count);
    double place = part * (double)(a->count - 1);
    size_t below = (size_t)place;
    double share = place - (double)below, value = sorted[below];
    if (share > 0)
        value += share * (sorted[below + 1] - sorted[below]);
    free(sorted);
    return reduction_number(result, value);
}

bool reduce_MEDIAN(const ReductionCall *call, HilValue *result) {
    return percentile(call, 0.5, result);
}

bool reduce_PERCENTILE(const ReductionCall *call, HilValue *result) {
    return percentile(call, call->a[1].number, result);
}

static bool end_of(const ReductionCall *call, bool last, HilValue *result) {
    HilValue of = call->a[0].value;
    size_t length;
    if (!hil_value_length(of, &length, call->error))
        return false;
    if (length == 0)
        return reduction_missing(result);
    size_t k = last ? length - 1 : 0;
    if (of.kind == HIL_KIND_SPIKES)
        return reduction_number(result, of.as.spikes->times[k]);
    if (of.kind != HIL_KIND_SIGNAL)
        return hil_value_element(call->pool, of, k, result, call->error);
    const HilSignalValue *signal = of.as.signal;
    if (signal->cells == 1)
        return reduction_number(result, signal->values[k]);
    return hil_value_numbers(call->pool, signal->values + k * signal->cells, signal->cells, result, call->error);
}

bool reduce_FIRST(const ReductionCall *call, HilValue *result) {
    return end_of(call, false, result);
}

bool reduce_LAST(const ReductionCall *call, HilValue *result) {
    return end_of(call, true, result);
}

bool reduce_COUNT(const ReductionCall *call, HilValue *result) {
    HilValue of = call->a[0].value;
    size_t length;
    if (!hil_value_length(of, &length, call->error))
        return false;
    if (of.kind != HIL_KIND_LIST || !of.as.list->items)
        return reduction_number(result, (double)length);
    size_t booleans = 0, true_ones = 0;
    for (size_t k = 0; k < length; k++) {
        booleans += of.as.list->items[k].kind == HIL_KIND_BOOLEAN;
        true_ones += of.as.list->items[k].kind == HIL_KIND_BOOLEAN && of.as.list->items[k].as.boolean;
    }
    return reduction_number(result, (double)(booleans == length ? true_ones : length));
}

bool reduce_INDEX_OF(const ReductionCall *call, HilValue *result) {
    HilValue of = call->a[0].value;
    size_t length;
    if (!hil_value_length(of, &length, call->error))
        return false;
    for (size_t k = 0; k < length; k++) {
        HilValue element;
        if (!hil_value_element(call->pool, of, k, &element, call->error))
            return false;
        bool equal = hil_value_equal(element, call->a[1].value);
        hil_value_release(call->pool, element);
        if (equal)
            return reduction_number(result, (double)k);
    }
    return reduction_missing(result);
}

static bool holds(const ReductionCall *call, bool all, HilValue *result) {
    bool found = false; /* one that decides: false for `all`, true for `any` */
    for (size_t k = 0; k < call->a[0].count; k++)
        found |= (call->a[0].numbers[k] != 0) != all;
    *result = hil_value_boolean(found != all);
    return true;
}

bool reduce_ALL(const ReductionCall *call, HilValue *result) {
    return holds(call, true, result);
}

bool reduce_ANY(const ReductionCall *call, HilValue *result) {
    return holds(call, false, result);
}

/* ---- lists from lists ---------------------------------------------------------------------------------------- */

bool reduce_DIFF(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    double *numbers;
    size_t count = a->count > 0 ? a->count - 1 : 0;
    if (a->value.kind == HIL_KIND_SIGNAL) {
        const HilSignalValue *signal;
        if (!reduction_one_cell(call, 0, &signal))
            return false;
    }
    if (!hil_value_numbers_new(call->pool, count, result, &numbers, call->error))
        return false;
    for (size_t k = 0; k < count; k++)
        numbers[k] = a->numbers[k + 1] - a->numbers[k];
    return true;
}

bool reduce_SORTED(const ReductionCall *call, HilValue *result) {
    double *numbers;
    if (!hil_value_numbers_new(call->pool, call->a[0].count, result, &numbers, call->error))
        return false;
    if (call->a[0].count > 0)
        memcpy(numbers, call->a[0].numbers, call->a[0].count * sizeof *numbers);
    reduction_sort(numbers, call->a[0].count);
    return true;
}

bool reduce_CUMULATIVE(const ReductionCall *call, HilValue *result) {
    double *numbers, sum = 0;
    if (!hil_value_numbers_new(call->pool, call->a[0].count, result, &numbers, call->error))
        return false;
    for (size_t k = 0; k < call->a[0].count; k++)
        numbers[k] = sum += call->a[0].numbers[k];
    return true;
}

bool reduce_VALUES(const ReductionCall *call, HilValue *result) {
    return hil_value_numbers(call->pool, call->a[0].numbers, call->a[0].count, result, call->error);
}

bool reduce_HISTOGRAM(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    double bins = call->a[1].number, low = call->a[2].number, high = call->a[3].number, *counts;
    size_t where;
    if (!(bins >= 1 && bins <= 1e6) || bins != floor(bins))
        return hil_fail(call->error, "histogram: %g bins; 1 to 1000000 are possible", bins);
    if (!call->a[2].given)
        low = a->count > 0 ? extreme(a, false, &where) : 0;
    if (!call->a[3].given)
        high = a->count > 0 ? extreme(a, true, &where) : 0;
    if (!(low <= high))
        return hil_fail(call->error, "histogram: from %g to %g is no interval", low, high);
    if (!hil_value_numbers_new(call->pool, (size_t)bins, result, &counts, call->error))
        return false;
    memset(counts, 0, (size_t)bins * sizeof *counts);
    for (size_t k = 0; k < a->count; k++) {
        double x = a->numbers[k];
        if (!(x >= low && x <= high))
            continue;
        double place = high > low ? floor((x - low) / (high - low) * bins) : 0;
        counts[place < bins ? (size_t)place : (size_t)bins - 1]++; /* the last bin includes its end */
    }
    return true;
}

/* ---- pairs of series ----------------------------------------------------------------------------------------- */

static bool same_length(const ReductionCall *call) {
    if (call->a[0].count == call->a[1].count)
        return true;
    return hil_fail(call->error, "%s: %zu values beside %zu", call->name, call->a[0].count, call->a[1].count);
}

static double dot(const double *x, const double *y, size_t count) {
    double sum = 0, rest = 0;
    for (size_t k = 0; k < count; k++) {
        double term = x[k] * y[k], next = sum + term;
        rest += fabs(sum) >= fabs(term) ? (sum - next) + term : (term - next) + sum;
        sum = next;
    }
    return isfinite(sum) ? sum + rest : sum;
}

bool reduce_DOT(const ReductionCall *call, HilValue *result) {
    return same_length(call) && reduction_number(result, dot(call->a[0].numbers, call->a[1].numbers, call->a[0].count));
}

bool reduce_NORM(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    return reduction_number(result, sqrt(dot(a->numbers, a->numbers, a->count)));
}

/* x.y, x.x and y.y; false: an error, or nothing can be said (*result is MISSING). */
static bool products(const ReductionCall *call, double product[3]) {
    const double *x = call->a[0].numbers, *y = call->a[1].numbers;
    size_t count = call->a[0].count;
    product[0] = dot(x, y, count);
    product[1] = dot(x, x, count);
    product[2] = dot(y, y, count);
    return product[1] > 0 && product[2] > 0;
}

bool reduce_COSINE(const ReductionCall *call, HilValue *result) {
    double p[3];
    if (!same_length(call))
        return false;
    return products(call, p) ? reduction_number(result, p[0] / sqrt(p[1]) / sqrt(p[2])) : reduction_missing(result);
}

/* Kahan's angle: 2 atan(|x/|x| - y/|y|| / |x/|x| + y/|y||), accurate near 0 and pi too. */
bool reduce_ANGLE(const ReductionCall *call, HilValue *result) {
    double p[3], apart = 0, together = 0;
    if (!same_length(call))
        return false;
    if (!products(call, p))
        return reduction_missing(result);
    for (size_t k = 0; k < call->a[0].count; k++) {
        double x = call->a[0].numbers[k] / sqrt(p[1]), y = call->a[1].numbers[k] / sqrt(p[2]);
        apart += (x - y) * (x - y);
        together += (x + y) * (x + y);
    }
    double angle = together > 0 ? 2 * hil_math_atan(sqrt(apart / together)) : 3.14159265358979323846;
    return reduction_number(result, angle);
}

/* Both series less their means; x at the front, y behind. NULL: error set. */
static double *centred(const ReductionCall *call) {
    size_t count = call->a[0].count;
    double *copy = reduction_scratch(call, 2 * count, sizeof *copy);
    for (int side = 0; copy && count > 0 && side < 2; side++) {
        double mean = reduction_mean(call->a[side].numbers, count);
        for (size_t k = 0; k < count; k++)
            copy[(size_t)side * count + k] = call->a[side].numbers[k] - mean;
    }
    return copy;
}

bool reduce_CORRELATION(const ReductionCall *call, HilValue *result) {
    size_t count = call->a[0].count;
    double *copy = same_length(call) ? centred(call) : NULL;
    if (!copy)
        return false;
    double xy = dot(copy, copy + count, count);
    double xx = dot(copy, copy, count), yy = dot(copy + count, copy + count, count);
    free(copy);
    return xx > 0 && yy > 0 ? reduction_number(result, xy / sqrt(xx) / sqrt(yy)) : reduction_missing(result);
}

bool reduce_REGRESSION_SLOPE(const ReductionCall *call, HilValue *result) {
    size_t count = call->a[0].count;
    double *copy = same_length(call) ? centred(call) : NULL;
    if (!copy)
        return false;
    double xy = dot(copy, copy + count, count), xx = dot(copy + count, copy + count, count);
    free(copy);
    return xx > 0 ? reduction_number(result, xy / xx) : reduction_missing(result);
}
