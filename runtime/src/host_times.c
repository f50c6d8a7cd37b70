/* What signals, spikes and lists of times are at a time and between times. Intervals are half-open; a time that misses
 * a limit by rounding counts as the limit (times are multiples of a step, computed). */
#include "host_internal.h"

#include <math.h>
#include <stdlib.h>

/* Is t before the limit, by more than rounding? */
static bool before(double t, double limit) {
    return isinf(limit) ? t < limit : t < limit - (1e-12 + 1e-14 * fabs(limit));
}

static bool limits(HilHost *host, const HilValue *a, int count, double *from, double *to) {
    *from = -INFINITY;
    *to = INFINITY;
    return (count < 2 || a[1].kind == HIL_KIND_MISSING || host_number_of(host, a[1], from)) &&
           (count < 3 || a[2].kind == HIL_KIND_MISSING || host_number_of(host, a[2], to));
}

static bool window_spikes(HilHost *host, const HilSpikesValue *spikes, double from, double to, HilValue *value) {
    size_t first = 0, end;
    while (first < spikes->count && before(spikes->times[first], from))
        first++;
    for (end = first; end < spikes->count && before(spikes->times[end], to);)
        end++;
    double begin = fmax(from, spikes->from), stop = fmin(to, spikes->to);
    return hil_value_spikes(host->pool, spikes->times + first, spikes->cells + first, end - first, spikes->size, begin,
                            fmax(begin, stop), value, host->error);
}

static bool window_signal(HilHost *host, const HilSignalValue *signal, double from, double to, HilValue *value) {
    size_t first = 0, end;
    while (first < signal->samples && before(signal->start + (double)first * signal->every, from))
        first++;
    for (end = first; end < signal->samples && before(signal->start + (double)end * signal->every, to);)
        end++;
    return hil_value_connections(host->pool, signal->values + first * signal->cells, signal->ids, signal->elements,
                                 signal->cells, end - first, signal->start + (double)first * signal->every,
                                 signal->every, signal->unit, value, host->error);
}

static bool window_times(HilHost *host, const HilListValue *list, double from, double to, HilValue *value) {
    double *kept = malloc((list->count + 1) * sizeof *kept);
    size_t count = 0;
    bool good = kept || host_fail(host, "out of memory");
    for (size_t k = 0; good && k < list->count; k++) {
        HilValue item = list->numbers ? hil_value_number(list->numbers[k]) : list->items[k];
        if (item.kind == HIL_KIND_MISSING)
            continue;
        double time;
        good = host_number_of(host, item, &time);
        if (good && !before(time, from) && before(time, to))
            kept[count++] = time;
    }
    good = good && hil_value_numbers(host->pool, kept, count, value, host->error);
    free(kept);
    return good;
}

static bool op_window(HilHost *host, const HilValue *a, int count, HilValue *value) {
    double from, to;
    if (!limits(host, a, count, &from, &to))
        return false;
    if (isnan(from) || isnan(to))
        return host_fail(host, "a time that is not a number");
    switch (a[0].kind) {
    case HIL_KIND_MISSING: return true;
    case HIL_KIND_SPIKES: return window_spikes(host, a[0].as.spikes, from, to, value);
    case HIL_KIND_SIGNAL: return window_signal(host, a[0].as.signal, from, to, value);
    case HIL_KIND_LIST: return window_times(host, a[0].as.list, from, to, value);
    default: return host_fail(host, "`from … to` of a %s", hil_kind_name(a[0].kind));
    }
}

static bool signal_at(HilHost *host, const HilSignalValue *signal, double time, HilValue *value) {
    double place = (time - signal->start) / signal->every, *numbers, nearest = rint(place);
    if (fabs(place - nearest) < 1e-6)
        place = nearest; /* on a sample, but for rounding */
    if (signal->samples == 0 || !(place >= -0.5 && place <= (double)signal->samples - 0.5))
        return host_fail(host, "at %g s there is no sample; they reach from %g s to %g s", time, signal->start,
                         signal->start + signal->every * (signal->samples > 0 ? (double)signal->samples - 1 : 0));
    place = fmin(fmax(place, 0), (double)signal->samples - 1);
    size_t sample = (size_t)place, next = sample + 1 < signal->samples ? sample + 1 : sample;
    double share = place - (double)sample;
    if (!hil_value_numbers_new(host->pool, signal->cells, value, &numbers, host->error))
        return false;
    for (size_t j = 0; j < signal->cells; j++) {
        double left = signal->values[sample * signal->cells + j], right = signal->values[next * signal->cells + j];
        numbers[j] = share > 0 ? left + share * (right - left) : left;
    }
    if (signal->cells == 1 && !signal->elements) { /* how many connections there are, nobody knows beforehand */
        HilValue list = *value;
        *value = hil_value_number(numbers[0]);
        hil_value_release(host->pool, list);
    }
    return true;
}

static bool op_at(HilHost *host, HilValue signal, HilValue time, HilValue *value) {
    double t;
    size_t count;
    if (signal.kind == HIL_KIND_MISSING || time.kind == HIL_KIND_MISSING)
        return true;
    if (signal.kind != HIL_KIND_SIGNAL)
        return host_fail(host, "the value of a %s at a time", hil_kind_name(signal.kind));
    if (time.kind != HIL_KIND_LIST && time.kind != HIL_KIND_RANGE)
        return host_number_of(host, time, &t) && signal_at(host, signal.as.signal, t, value);
    if (!hil_value_length(time, &count, host->error))
        return false;
    HilValue *items = calloc(count + 1, sizeof *items);
    bool good = items || host_fail(host, "out of memory");
    for (size_t k = 0; good && k < count; k++) {
        HilValue element;
        good = hil_value_element(host->pool, time, k, &element, host->error) &&
               host_number_of(host, element, &t) && signal_at(host, signal.as.signal, t, &items[k]);
    }
    good = good && hil_value_list(host->pool, items, count, value, host->error);
    free(items);
    return good;
}

bool host_time_op(HilHost *host, const HilNode *node, const HilValue *a, int count, HilValue *value, bool *mine) {
    *mine = true;
    switch (node->op) {
    case HIL_HOST_WINDOW: return op_window(host, a, count, value);
    case HIL_HOST_AT: return op_at(host, a[0], a[1], value);
    default: *mine = false; return true;
    }
}
