/* From results to panels: what the page needs to draw and no more. In: spike trains, signals, samples. Out: a panel's
 * JSON and its numbers as little-endian blobs, bounded in size however large the results are.
 *   times of spikes   LEB128 differences of whole ticks since the first spike; ids 16 or 32 bits
 *   values            32-bit floats in the unit shown */
#include "report_parts.h"

#include "number_text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SPIKES_SHOWN = 4000000, VALUES_SHOWN = 2000000, TRACES_SHOWN = 24, BINS_MOST = 200, BINS_LEAST = 10 };

static void open_panel(HilReport *report, const char *kind, const char *title)
{
    hil_json_open(&report->panels, '{');
    hil_json_pair(&report->panels, "kind", kind);
    hil_json_pair(&report->panels, "title", title);
}

static void put_axis(HilReport *report, const char *key, const char *label, const char *unit)
{
    hil_json_key(&report->panels, key);
    hil_json_open(&report->panels, '{');
    hil_json_pair(&report->panels, "label", label);
    hil_json_pair(&report->panels, "unit", unit ? unit : "");
    hil_json_close(&report->panels, '}');
}

static void open_list(HilReport *report, const char *key)
{
    hil_json_key(&report->panels, key);
    hil_json_open(&report->panels, '[');
}

/* Takes `values` over. */
static void put_floats(HilReport *report, const char *key, float *values, size_t count)
{
    double blob = hil_report_add_blob(report, values, count * sizeof *values);
    hil_json_pair_number(&report->panels, key, blob);
}

/* ---- rasters ---- */

/* A copy in the order of time when the train is not; NULL and no error when it is, `failed` set without memory. */
static HilSpikeTrain *sorted_copy(const HilSpikeTrain *train, bool *failed)
{
    if (hil_spike_train_sorted(train))
        return NULL;
    HilSpikeTrain *copy = calloc(1, sizeof *copy);
    *failed = !copy;
    for (size_t k = 0; copy && k < train->count && !*failed; k++)
        if (isfinite(train->times[k]))
            *failed = !hil_spike_train_append(copy, train->times[k], &train->ids[k], 1);
    *failed = *failed || !hil_spike_train_sort(copy);
    return copy;
}

static void free_copy(HilSpikeTrain *copy)
{
    if (copy) {
        free(copy->times);
        free(copy->ids);
        free(copy);
    }
}

/* Spikes of every `every`-th cell within start … stop. */
static void put_spikes(HilReport *report, const HilSpikeTrain *train, double start, double stop, double tick,
                       uint32_t every)
{
    size_t width = train->size > 65536 ? 4 : 2, chosen = 0, count = 0, used = 0;
    for (size_t k = 0; k < train->count; k++)
        chosen += train->ids[k] % every == 0;
    uint8_t *times = malloc(chosen * 10 + 1), *ids = malloc(chosen * width + 1); /* 64 bits in groups of 7: 10 bytes */
    uint64_t before = 0;
    for (size_t k = 0; times && ids && k < train->count; k++) {
        uint32_t id = train->ids[k];
        if (id % every != 0 || !(train->times[k] >= start && train->times[k] <= stop))
            continue;
        uint64_t now = (uint64_t)llround((train->times[k] - start) / tick), step = now - before;
        before = now;
        for (; step >= 0x80; step >>= 7)
            times[used++] = (uint8_t)(step | 0x80);
        times[used++] = (uint8_t)step;
        memcpy(ids + count * width, &id, width); /* little-endian machines only, as the page's typed arrays are */
        count++;
    }
    uint8_t *fit = times ? realloc(times, used + 1) : NULL;
    HilJson *json = &report->panels;
    hil_json_open(json, '{');
    hil_json_pair(json, "name", train->population);
    hil_json_pair_number(json, "size", (double)train->size);
    hil_json_pair_number(json, "total", (double)train->count);
    hil_json_pair_number(json, "count", (double)count);
    hil_json_pair_number(json, "idBytes", (double)width);
    hil_json_pair_number(json, "times", hil_report_add_blob(report, fit ? fit : times, used));
    hil_json_pair_number(json, "ids", hil_report_add_blob(report, ids, count * width));
    hil_json_close(json, '}');
}

void hil_report_raster(HilReport *report, const char *title, const HilSpikeTrain *const *trains, size_t count,
                       double start, double stop)
{
    size_t total = 0;
    double span = stop > start ? stop - start : 1;
    /* A microsecond, finer in short runs, coarser where 53 bits of ticks would not do. */
    double tick = fmax(span < 1 ? span * 1e-6 : 1e-6, span * 1e-12);
    for (size_t i = 0; i < count; i++)
        total += trains[i]->count;
    uint32_t every = (uint32_t)(total / SPIKES_SHOWN) + 1;
    open_panel(report, "raster", title);
    hil_json_pair_number(&report->panels, "start", start);
    hil_json_pair_number(&report->panels, "stop", stop);
    hil_json_pair_number(&report->panels, "tick", tick);
    hil_json_pair_number(&report->panels, "every", every);
    open_list(report, "populations");
    for (size_t i = 0; i < count; i++) {
        bool failed = false;
        HilSpikeTrain *copy = sorted_copy(trains[i], &failed);
        HilSpikeTrain shown = *trains[i];
        if (copy) {
            shown.times = copy->times;
            shown.ids = copy->ids;
            shown.count = copy->count;
        }
        report->failed = report->failed || failed;
        if (!failed)
            put_spikes(report, &shown, start, stop, tick, every);
        free_copy(copy);
    }
    hil_json_close(&report->panels, ']');
    hil_json_close(&report->panels, '}');
}

/* ---- lines: rates, traces, curves ---- */

void hil_report_rates(HilReport *report, const char *title, const HilSpikeTrain *const *trains, size_t count,
                      double start, double stop, double bin)
{
    double span = stop - start;
    if (!(span > 0))
        return;
    if (!(bin > 0))
        bin = fmax(span / 200, 1e-3);
    bin = fmax(bin, span / VALUES_SHOWN);
    size_t bins = (size_t)fmax(floor(span / bin * (1 + 1e-12)), 1); /* a last part of a bin is left out */
    open_panel(report, "lines", title);
    hil_json_pair_number(&report->panels, "start", start);
    hil_json_pair_number(&report->panels, "every", bin);
    hil_json_pair_number(&report->panels, "count", (double)bins);
    hil_json_pair(&report->panels, "shape", "steps");
    put_axis(report, "y", "rate", "Hz");
    open_list(report, "series");
    for (size_t i = 0; i < count; i++) {
        const HilSpikeTrain *train = trains[i];
        float *rates = calloc(bins, sizeof *rates);
        for (size_t k = 0; rates && k < train->count; k++) {
            /* Times lie on the grid of steps: a hair inside keeps those on a bin's edge from falling either way. */
            double at = floor((train->times[k] - start) / bin * (1 + 1e-12));
            if (at >= 0 && at < (double)bins)
                rates[(size_t)at] += 1;
        }
        for (size_t b = 0; rates && b < bins; b++)
            rates[b] = (float)(rates[b] / (bin * (double)(train->size ? train->size : 1)));
        hil_json_open(&report->panels, '{');
        hil_json_pair(&report->panels, "name", train->population);
        put_floats(report, "values", rates, bins);
        hil_json_close(&report->panels, '}');
    }
    hil_json_close(&report->panels, ']');
    hil_json_close(&report->panels, '}');
}

/* One trace; with bucket > 1 the least and the greatest of each `bucket` samples, in their order. */
static float *trace_values(const HilSignal *signal, size_t instance, size_t bucket, size_t *count)
{
    size_t samples = signal->samples;
    *count = bucket > 1 ? (samples + bucket - 1) / bucket * 2 : samples;
    float *values = malloc((*count + 1) * sizeof *values);
    for (size_t b = 0; values && b * bucket < samples; b++) {
        size_t first = b * bucket, last = first + bucket < samples ? first + bucket : samples;
        size_t least = first, greatest = first;
        for (size_t k = first + 1; k < last; k++) {
            double value = signal->values[k * signal->instances + instance];
            if (value < signal->values[least * signal->instances + instance])
                least = k;
            if (value > signal->values[greatest * signal->instances + instance])
                greatest = k;
        }
        size_t pair[2] = {least < greatest ? least : greatest, least < greatest ? greatest : least};
        for (size_t k = 0; k < (bucket > 1 ? 2 : 1); k++)
            values[bucket > 1 ? 2 * b + k : b] = (float)hil_scaled_value(
                signal->values[pair[k] * signal->instances + instance], signal->scale, signal->offset);
    }
    return values;
}

void hil_report_signal(HilReport *report, const char *title, const HilSignal *signal)
{
    size_t traces = signal->instances < TRACES_SHOWN ? signal->instances : TRACES_SHOWN, count = 0;
    size_t most = VALUES_SHOWN / (traces ? traces : 1);
    size_t bucket = signal->samples <= most ? 1 : (2 * signal->samples + most - 1) / most;
    HilJson *json = &report->panels;
    open_panel(report, "lines", title);
    put_axis(report, "y", signal->variable, signal->unit);
    hil_json_pair_number(json, "instances", (double)signal->instances);
    hil_json_pair_number(json, "bucket", (double)bucket);
    open_list(report, "series");
    for (size_t j = 0; j < traces; j++) {
        char name[300];
        if (signal->elements && signal->source)
            snprintf(name, sizeof name, "%s[%u] -> %s[%u]", signal->source, signal->ids[j], signal->target,
                     signal->elements[j]);
        else if (signal->elements)
            snprintf(name, sizeof name, "%s[%u].%u", signal->population, signal->ids[j], signal->elements[j]);
        else
            snprintf(name, sizeof name, "%s[%u]", signal->population, signal->ids[j]);
        float *values = trace_values(signal, j, bucket, &count);
        hil_json_open(json, '{');
        hil_json_pair(json, "name", name);
        put_floats(report, "values", values, count);
        hil_json_close(json, '}');
    }
    hil_json_close(json, ']');
    hil_json_pair_number(json, "start", signal->start);
    hil_json_pair_number(json, "every", bucket > 1 ? signal->every * (double)bucket / 2 : signal->every);
    hil_json_pair_number(json, "count", (double)count);
    hil_json_close(json, '}');
}

static float *to_floats(const double *values, size_t count)
{
    float *copy = malloc((count + 1) * sizeof *copy);
    for (size_t k = 0; copy && k < count; k++)
        copy[k] = (float)values[k];
    return copy;
}

void hil_report_curves(HilReport *report, const char *title, const char *x_label, const char *x_unit, const double *x,
                       size_t x_count, const char *y_label, const char *y_unit, const HilSeries *series, size_t count)
{
    HilJson *json = &report->panels;
    open_panel(report, "lines", title);
    put_axis(report, "x", x_label, x_unit);
    put_axis(report, "y", y_label, y_unit);
    put_floats(report, "xValues", to_floats(x, x_count), x_count);
    hil_json_pair_number(json, "count", (double)x_count);
    open_list(report, "series");
    for (size_t i = 0; i < count; i++) {
        hil_json_open(json, '{');
        hil_json_pair(json, "name", series[i].name);
        put_floats(report, "values", to_floats(series[i].values, x_count), x_count);
        hil_json_close(json, '}');
    }
    hil_json_close(json, ']');
    hil_json_close(json, '}');
}

/* ---- histograms ---- */

static int compare_doubles(const void *a, const void *b)
{
    double first = *(const double *)a, second = *(const double *)b;
    return (first > second) - (first < second);
}

/* All finite values, sorted; malloc'd. */
static double *pool_values(const HilSeries *series, size_t count, size_t *pooled)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += series[i].count;
    double *values = malloc((total + 1) * sizeof *values);
    *pooled = 0;
    for (size_t i = 0; values && i < count; i++)
        for (size_t k = 0; k < series[i].count; k++)
            if (isfinite(series[i].values[k]))
                values[(*pooled)++] = series[i].values[k];
    if (values)
        qsort(values, *pooled, sizeof *values, compare_doubles);
    return values;
}

/* The bins' start, width and number for sorted values up to the quantile `upper`. */
static size_t choose_bins(const double *sorted, size_t count, double upper, double *start, double *width)
{
    *start = 0;
    *width = 1;
    if (count == 0)
        return 0;
    double least = sorted[0], greatest = sorted[(size_t)((double)(count - 1) * upper)];
    double spread = sorted[(count - 1) * 3 / 4] - sorted[(count - 1) / 4];
    double span = greatest - least;
    *start = least;
    if (!(span > 1e-9 * fmax(fabs(least), fabs(greatest)))) { /* all alike but for rounding: one bin about the value */
        *width = least != 0 ? fabs(least) * 0.1 : 1;
        *start = least - *width / 2;
        return 1;
    }
    double bins = spread > 0 ? ceil(span / (2 * spread / cbrt((double)count))) : BINS_MOST;
    size_t chosen = (size_t)fmin(fmax(bins, BINS_LEAST), BINS_MOST);
    *width = span / (double)chosen;
    return chosen;
}

static void put_histogram(HilReport *report, const char *title, const char *label, const char *unit,
                          const HilSeries *series, size_t count, double upper)
{
    HilJson *json = &report->panels;
    size_t pooled;
    double start, width, *sorted = pool_values(series, count, &pooled);
    if (!sorted) {
        report->failed = true;
        return;
    }
    size_t bins = choose_bins(sorted, pooled, upper, &start, &width), beyond = 0;
    open_panel(report, "bars", title);
    put_axis(report, "x", label, unit);
    put_axis(report, "y", "count", "");
    hil_json_pair_number(json, "start", start);
    hil_json_pair_number(json, "width", width);
    hil_json_pair_number(json, "count", (double)bins);
    open_list(report, "series");
    for (size_t i = 0; i < count; i++) {
        float *counts = calloc(bins + 1, sizeof *counts);
        for (size_t k = 0; counts && k < series[i].count; k++) {
            double at = (series[i].values[k] - start) / width;
            if (!isfinite(at))
                continue;
            if (at > (double)bins * (1 + 1e-9)) /* the greatest value belongs to the last bin */
                beyond++;
            else
                counts[at < (double)bins ? (size_t)fmax(at, 0) : bins - 1] += 1;
        }
        hil_json_open(json, '{');
        hil_json_pair(json, "name", series[i].name);
        put_floats(report, "values", counts, bins);
        hil_json_close(json, '}');
    }
    hil_json_close(json, ']');
    hil_json_pair_number(json, "beyond", (double)beyond);
    hil_json_close(json, '}');
    free(sorted);
}

void hil_report_histogram(HilReport *report, const char *title, const char *label, const char *unit,
                          const HilSeries *series, size_t count)
{
    put_histogram(report, title, label, unit, series, count, 1);
}

/* Intervals of the cells of one train in ms; malloc'd. */
static double *train_intervals(const HilSpikeTrain *train, size_t *count, bool *failed)
{
    HilSpikeTrain *copy = sorted_copy(train, failed);
    const HilSpikeTrain *spikes = copy ? copy : train;
    double *last = malloc((train->size + 1) * sizeof *last), *intervals = malloc((spikes->count + 1) * sizeof *intervals);
    *count = 0;
    *failed = *failed || !last || !intervals;
    for (uint64_t i = 0; !*failed && i < train->size; i++)
        last[i] = NAN;
    for (size_t k = 0; !*failed && k < spikes->count; k++) {
        if (spikes->ids[k] >= train->size)
            continue;
        double interval = spikes->times[k] - last[spikes->ids[k]];
        if (isfinite(interval))
            intervals[(*count)++] = interval * 1e3;
        last[spikes->ids[k]] = spikes->times[k];
    }
    free(last);
    free_copy(copy);
    return intervals;
}

static double *train_rates(const HilSpikeTrain *train, double start, double stop, size_t *count)
{
    double *rates = calloc(train->size + 1, sizeof *rates);
    for (size_t k = 0; rates && k < train->count; k++)
        if (train->ids[k] < train->size && train->times[k] >= start && train->times[k] <= stop)
            rates[train->ids[k]] += 1 / (stop - start);
    *count = rates ? train->size : 0;
    return rates;
}

/* A histogram of one number array a train, made by one of the two functions above. */
static void put_train_histogram(HilReport *report, const char *title, const HilSpikeTrain *const *trains, size_t count,
                                bool intervals, double start, double stop)
{
    HilSeries *series = calloc(count + 1, sizeof *series);
    bool failed = !series;
    for (size_t i = 0; i < count && !failed; i++) {
        series[i].name = trains[i]->population;
        series[i].values = intervals ? train_intervals(trains[i], &series[i].count, &failed)
                                     : train_rates(trains[i], start, stop, &series[i].count);
        failed = failed || !series[i].values;
    }
    if (failed)
        report->failed = true;
    else
        put_histogram(report, title, intervals ? "interval" : "rate", intervals ? "ms" : "Hz", series, count,
                      intervals ? 0.995 : 1);
    for (size_t i = 0; series && i < count; i++)
        free((void *)series[i].values);
    free(series);
}

void hil_report_intervals(HilReport *report, const char *title, const HilSpikeTrain *const *trains, size_t count)
{
    put_train_histogram(report, title, trains, count, true, 0, 0);
}

void hil_report_cell_rates(HilReport *report, const char *title, const HilSpikeTrain *const *trains, size_t count,
                           double start, double stop)
{
    if (stop > start)
        put_train_histogram(report, title, trains, count, false, start, stop);
}
