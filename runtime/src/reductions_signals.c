/* Reductions over signals: sampled values of one or several cells, sample k at start + k*every. Times between samples
 * are interpolated linearly (crossings) or by a parabola (tops of spectra and autocorrelations). */
#include "reductions.h"

#include "hillock/math.h"

#include <math.h>
#include <stdlib.h>

static double time_of(const HilSignalValue *signal, double sample) {
    return signal->start + sample * signal->every;
}

static bool time_of_extreme(const ReductionCall *call, double sign, HilValue *result) {
    const HilSignalValue *signal = call->a[0].value.as.signal;
    size_t count = signal->samples * signal->cells, best = 0;
    if (count == 0)
        return reduction_missing(result);
    for (size_t k = 1; k < count; k++) {
        if (sign * signal->values[k] > sign * signal->values[best])
            best = k;
    }
    return reduction_number(result, time_of(signal, (double)(best / signal->cells)));
}

bool reduce_TIME_OF_MAX(const ReductionCall *call, HilValue *result) {
    return time_of_extreme(call, 1, result);
}

bool reduce_TIME_OF_MIN(const ReductionCall *call, HilValue *result) {
    return time_of_extreme(call, -1, result);
}

/* ---- crossings ----------------------------------------------------------------------------------------------- */

/* Times at which sign*value goes from below sign*level to at or above it. */
static bool crossings(const ReductionCall *call, double sign, HilValue *result) {
    const HilSignalValue *signal = call->a[0].value.as.signal;
    double level = sign * call->a[1].number;
    size_t found = 0, cells = signal->cells;
    double *times = NULL;
    for (int pass = 0; pass < 2; pass++) { /* count, then fill */
        if (pass == 1 && !hil_value_numbers_new(call->pool, found, result, &times, call->error))
            return false;
        found = 0;
        for (size_t k = cells; k < cells * signal->samples; k++) {
            double before = sign * signal->values[k - cells], after = sign * signal->values[k];
            if (!(before < level && after >= level))
                continue;
            if (times)
                times[found] = time_of(signal, (double)(k / cells) - 1 + (level - before) / (after - before));
            found++;
        }
    }
    reduction_sort(times, found);
    return true;
}

bool reduce_CROSSINGS(const ReductionCall *call, HilValue *result) {
    return crossings(call, 1, result);
}

bool reduce_FALLS(const ReductionCall *call, HilValue *result) {
    return crossings(call, -1, result);
}

bool reduce_HALFWIDTH(const ReductionCall *call, HilValue *result) {
    const HilSignalValue *signal;
    if (!reduction_one_cell(call, 0, &signal))
        return false;
    const double *v = signal->values;
    size_t peak = 0, n = signal->samples;
    for (size_t k = 1; k < n; k++)
        peak = v[k] > v[peak] ? k : peak;
    if (n == 0 || !(v[peak] > v[0]))
        return reduction_missing(result);
    double half = v[0] + 0.5 * (v[peak] - v[0]);
    size_t rise = peak, fall = peak;
    while (rise > 0 && v[rise - 1] >= half)
        rise--;
    while (fall + 1 < n && v[fall + 1] >= half)
        fall++;
    if (rise == 0 || fall + 1 == n) /* it does not come down within the signal */
        return reduction_missing(result);
    double begin = (double)rise - 1 + (half - v[rise - 1]) / (v[rise] - v[rise - 1]);
    double end = (double)fall + (v[fall] - half) / (v[fall] - v[fall + 1]);
    return reduction_number(result, (end - begin) * signal->every);
}

/* ---- sums and fits ------------------------------------------------------------------------------------------- */

bool reduce_INTEGRAL(const ReductionCall *call, HilValue *result) {
    const HilSignalValue *signal = call->a[0].value.as.signal;
    size_t cells = signal->cells, last = signal->samples - 1;
    if (signal->samples == 0)
        return reduction_number(result, 0);
    double ends = reduction_sum(signal->values, cells) + reduction_sum(signal->values + last * cells, cells);
    double all = reduction_sum(signal->values, cells * signal->samples);
    return reduction_number(result, (all - 0.5 * ends) * signal->every);
}

bool reduce_SLOPE(const ReductionCall *call, HilValue *result) {
    const HilSignalValue *signal;
    if (!reduction_one_cell(call, 0, &signal))
        return false;
    if (signal->samples < 2)
        return reduction_missing(result);
    double n = (double)signal->samples, middle = 0.5 * (n - 1), sum = 0;
    double mean = reduction_mean(signal->values, signal->samples);
    for (size_t k = 0; k < signal->samples; k++)
        sum += ((double)k - middle) * (signal->values[k] - mean);
    return reduction_number(result, sum / (n * (n * n - 1) / 12) / signal->every);
}

/* Squared distance of the samples from the best a + b*q^k for this q = e^(-every/tau). */
static double misfit(const HilSignalValue *signal, double rate) {
    double q = hil_math_exp(-rate), e = 1, s_e = 0, s_ee = 0, s_v = 0, s_ve = 0, s_vv = 0;
    double n = (double)signal->samples, shift = signal->values[signal->samples - 1];
    for (size_t k = 0; k < signal->samples; k++, e *= q) {
        double v = signal->values[k] - shift;
        s_e += e;
        s_ee += e * e;
        s_v += v;
        s_ve += v * e;
        s_vv += v * v;
    }
    double see = s_ee - s_e * s_e / n, sve = s_ve - s_v * s_e / n, svv = s_vv - s_v * s_v / n;
    return see > 0 ? svv - sve * sve / see : svv;
}

/* tau of a + b*exp(-t/tau): a and b are linear and eliminated (Golub & Pereyra 1973); log tau is searched on a grid
 * from a third of a sample to thirty times the signal, then by golden section. */
bool reduce_TIME_CONSTANT(const ReductionCall *call, HilValue *result) {
    enum { GRID = 60, SECTIONS = 60 };
    const HilSignalValue *signal;
    if (!reduction_one_cell(call, 0, &signal))
        return false;
    if (signal->samples < 4 || reduction_variance(signal->values, signal->samples) == 0)
        return reduction_missing(result);
    /* x = log(every/tau) */
    double low = -hil_math_log(30.0 * (double)signal->samples), high = hil_math_log(3), step = (high - low) / GRID;
    double best = low, least = INFINITY;
    for (int k = 0; k <= GRID; k++) {
        double distance = misfit(signal, hil_math_exp(low + k * step));
        if (distance < least) {
            least = distance;
            best = low + k * step;
        }
    }
    double ratio = 0.6180339887498949, a = best - step, b = best + step;
    double c = b - ratio * (b - a), d = a + ratio * (b - a);
    double at_c = misfit(signal, hil_math_exp(c)), at_d = misfit(signal, hil_math_exp(d));
    for (int k = 0; k < SECTIONS; k++) {
        if (at_c < at_d) {
            b = d;
            d = c;
            at_d = at_c;
            c = b - ratio * (b - a);
            at_c = misfit(signal, hil_math_exp(c));
        } else {
            a = c;
            c = d;
            at_c = at_d;
            d = a + ratio * (b - a);
            at_d = misfit(signal, hil_math_exp(d));
        }
    }
    return reduction_number(result, signal->every * hil_math_exp(-0.5 * (a + b)));
}

/* ---- several cells ------------------------------------------------------------------------------------------- */

static double mean_of_sample(const HilSignalValue *signal, size_t sample) {
    return reduction_mean(signal->values + sample * signal->cells, signal->cells);
}

bool reduce_MEAN_SIGNAL(const ReductionCall *call, HilValue *result) {
    const HilSignalValue *signal = call->a[0].value.as.signal;
    if (signal->cells == 0)
        return reduction_missing(result);
    if (!hil_value_signal(call->pool, NULL, NULL, 1, signal->samples, signal->start, signal->every, signal->unit,
                          result, call->error))
        return false;
    double *values = (double *)result->as.signal->values;
    for (size_t k = 0; k < signal->samples; k++)
        values[k] = mean_of_sample(signal, k);
    return true;
}

/* chi^2 = variance in time of the mean over cells / mean over cells of their variances in time. */
bool reduce_SYNCHRONY(const ReductionCall *call, HilValue *result) {
    const HilSignalValue *signal = call->a[0].value.as.signal;
    size_t n = signal->samples, cells = signal->cells;
    if (n == 0 || cells == 0)
        return reduction_missing(result);
    double *series = reduction_scratch(call, n, sizeof *series), own = 0;
    if (!series)
        return false;
    for (size_t j = 0; j < cells; j++) {
        for (size_t k = 0; k < n; k++)
            series[k] = signal->values[k * cells + j];
        own += reduction_variance(series, n) / (double)cells;
    }
    for (size_t k = 0; k < n; k++)
        series[k] = mean_of_sample(signal, k);
    double together = reduction_variance(series, n);
    free(series);
    return own > 0 ? reduction_number(result, sqrt(together / own)) : reduction_missing(result);
}

/* ---- rhythms ------------------------------------------------------------------------------------------------- */

bool reduce_PERIOD(const ReductionCall *call, HilValue *result) {
    const HilSignalValue *signal;
    double *c;
    if (!reduction_one_cell(call, 0, &signal))
        return false;
    size_t n = signal->samples, k = 0;
    if (n < 4)
        return reduction_missing(result);
    if (!spectrum_autocovariance(call, signal->values, n, &c))
        return false;
    for (size_t lag = 0; lag < n; lag++) /* per pair, so that a long period is not drawn to shorter lags */
        c[lag] /= (double)(n - lag);
    size_t end = n - n / 8, top = 0;     /* the longest lags rest on too few pairs */
    while (k < end && c[k] > 0)
        k++;
    for (; k + 1 < end && (top == 0 || c[k] > 0); k++) { /* the first hump above zero */
        if (c[k] > 0 && (top == 0 || c[k] > c[top]))
            top = k;
    }
    bool found = top > 0 && top + 1 < n && c[top] > c[top + 1];
    double lag = found ? (double)top + spectrum_top(c[top - 1], c[top], c[top + 1]) : 0;
    free(c);
    return found ? reduction_number(result, lag * signal->every) : reduction_missing(result);
}

/* One series in time of the argument: a signal averaged over its cells, or spikes as a rate in bins of 1 ms. */
static bool series_of(const ReductionCall *call, double **series, size_t *count, double *every) {
    const ReductionArgument *a = &call->a[0];
    if (a->value.kind == HIL_KIND_SPIKES) {
        *every = 1e-3;
        if (!reduction_bins(call, 0, *every, count))
            return false;
    } else {
        *every = a->value.as.signal->every;
        *count = a->value.as.signal->cells > 0 ? a->value.as.signal->samples : 0;
    }
    *series = reduction_scratch(call, *count, sizeof **series);
    if (!*series)
        return false;
    if (a->value.kind == HIL_KIND_SPIKES) {
        reduction_rate(a, *every, *count, *series);
    } else {
        for (size_t k = 0; k < *count; k++)
            (*series)[k] = mean_of_sample(a->value.as.signal, k);
    }
    return true;
}

bool reduce_PEAK_FREQUENCY(const ReductionCall *call, HilValue *result) {
    double *series, *power, every;
    size_t count, half;
    if (!series_of(call, &series, &count, &every))
        return false;
    if (count < 4) {
        free(series);
        return reduction_missing(result);
    }
    bool good = spectrum_power(call, series, count, &power, &half);
    free(series);
    if (!good)
        return false;
    double unit = 1 / (2 * (double)half * every); /* frequency of one step of the spectrum */
    double low = call->a[1].given ? call->a[1].number : 1 / ((double)count * every);
    double high = call->a[2].given ? call->a[2].number : INFINITY;
    size_t best = 0;
    for (size_t k = 1; k < half; k++) {
        double frequency = (double)k * unit;
        if (frequency >= low * (1 - 1e-12) && frequency <= high * (1 + 1e-12) && (best == 0 || power[k] > power[best]))
            best = k;
    }
    double place = (double)best;
    bool found = best > 0 && power[best] > 0;
    if (found && best + 1 < half && power[best - 1] > 0 && power[best + 1] > 0 && power[best] >= power[best - 1] &&
        power[best] >= power[best + 1])
        place += spectrum_top(hil_math_log(power[best - 1]), hil_math_log(power[best]), hil_math_log(power[best + 1]));
    free(power);
    return found ? reduction_number(result, place * unit) : reduction_missing(result);
}
