/* Reductions over spikes of populations and lists of event times. Spikes come in order of time with their cells, and
 * with the interval from <= t < to in which they were looked for. */
#include "reductions.h"

#include "hillock/math.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

bool reduction_by_cell(const ReductionCall *call, int argument, CellTimes *grouped) {
    const ReductionArgument *a = &call->a[argument];
    *grouped = (CellTimes){.cells = a->size};
    grouped->starts = reduction_scratch(call, a->size + 2, sizeof *grouped->starts);
    grouped->times = reduction_scratch(call, a->count, sizeof *grouped->times);
    if (!grouped->starts || !grouped->times) {
        reduction_free_cells(grouped);
        return false;
    }
    size_t *next = grouped->starts + 1; /* next[c]: where cell c's next spike goes; ends as the start of cell c+1 */
    for (size_t k = 0; k < a->count; k++)
        next[(a->cells ? a->cells[k] : 0) + 1]++;
    for (size_t c = 0; c < a->size; c++)
        next[c + 1] += next[c];
    for (size_t k = 0; k < a->count; k++)
        grouped->times[next[a->cells ? a->cells[k] : 0]++] = a->numbers[k];
    return true;
}

void reduction_free_cells(CellTimes *grouped) {
    free(grouped->starts);
    free(grouped->times);
}

bool reduction_bins(const ReductionCall *call, int argument, double width, size_t *bins) {
    double duration = call->a[argument].to - call->a[argument].from;
    if (!(width > 0))
        return hil_fail(call->error, "%s: a bin of %g s", call->name, width);
    double count = duration > 0 ? floor(duration / width + 1e-9) : 0;
    if (!(count <= (double)HIL_VALUE_LIMIT))
        return hil_fail(call->error, "%s: %g bins are too many", call->name, count);
    *bins = (size_t)count;
    return true;
}

/* The bin of a time, or `bins` when it is in none. A spike within 1e-9 of a bin's end belongs to the next one: spike
 * times are sums of steps. */
static size_t bin_of(const ReductionArgument *a, double time, double width, size_t bins) {
    double place = floor((time - a->from) / width + 1e-9);
    return place >= 0 && place < (double)bins ? (size_t)place : bins;
}

void reduction_rate(const ReductionArgument *spikes, double width, size_t bins, double *rates) {
    double weight = spikes->size > 0 ? 1 / (width * (double)spikes->size) : 0;
    memset(rates, 0, bins * sizeof *rates);
    for (size_t k = 0; k < spikes->count; k++) {
        size_t bin = bin_of(spikes, spikes->numbers[k], width, bins);
        if (bin < bins)
            rates[bin] += 1;
    }
    for (size_t k = 0; k < bins; k++)
        rates[k] *= weight;
}

/* ---- rates and counts ---------------------------------------------------------------------------------------- */

bool reduce_RATE(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    double duration = a->to - a->from;
    if (a->size == 0 || !(duration > 0))
        return reduction_missing(result);
    return reduction_number(result, (double)a->count / (double)a->size / duration);
}

static bool per_cell(const ReductionCall *call, double weight, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    double *numbers;
    if (!hil_value_numbers_new(call->pool, a->size, result, &numbers, call->error))
        return false;
    memset(numbers, 0, a->size * sizeof *numbers);
    for (size_t k = 0; k < a->count; k++)
        numbers[a->cells[k]] += 1;
    for (size_t c = 0; c < a->size; c++)
        numbers[c] *= weight;
    return true;
}

bool reduce_COUNTS(const ReductionCall *call, HilValue *result) {
    return per_cell(call, 1, result);
}

bool reduce_RATES(const ReductionCall *call, HilValue *result) {
    double duration = call->a[0].to - call->a[0].from;
    return duration > 0 ? per_cell(call, 1 / duration, result) : reduction_missing(result);
}

bool reduce_RATE_SIGNAL(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    double width = call->a[1].number;
    size_t bins = 0;
    if (!reduction_bins(call, 0, width, &bins) ||
        !hil_value_signal(call->pool, NULL, NULL, 1, bins, a->from + width / 2, width, "Hz", result, call->error))
        return false;
    reduction_rate(a, width, bins, (double *)result->as.signal->values);
    return true;
}

bool reduce_TIMES(const ReductionCall *call, HilValue *result) {
    return hil_value_numbers(call->pool, call->a[0].numbers, call->a[0].count, result, call->error);
}

bool reduce_CELLS(const ReductionCall *call, HilValue *result) {
    double *numbers;
    if (!hil_value_numbers_new(call->pool, call->a[0].count, result, &numbers, call->error))
        return false;
    for (size_t k = 0; k < call->a[0].count; k++)
        numbers[k] = call->a[0].cells[k];
    return true;
}

bool reduce_FIRST_TIMES(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    HilValue *items = reduction_scratch(call, a->size, sizeof *items);
    if (!items)
        return false;
    for (size_t c = 0; c < a->size; c++)
        items[c] = hil_value_missing();
    for (size_t k = a->count; k > 0; k--)
        items[a->cells[k - 1]] = hil_value_number(a->numbers[k - 1]);
    bool good = hil_value_list(call->pool, items, a->size, result, call->error);
    free(items);
    return good;
}

bool reduce_ACTIVE(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    CellTimes grouped;
    if (a->size == 0)
        return reduction_missing(result);
    if (!reduction_by_cell(call, 0, &grouped))
        return false;
    size_t active = 0;
    for (size_t c = 0; c < a->size; c++)
        active += grouped.starts[c + 1] > grouped.starts[c];
    reduction_free_cells(&grouped);
    return reduction_number(result, (double)active / (double)a->size);
}

/* ---- intervals ----------------------------------------------------------------------------------------------- */

/* Intervals of all cells, cell after cell; each cell with n > 1 spikes leaves n-1 of them. */
bool reduce_ISI(const ReductionCall *call, HilValue *result) {
    CellTimes grouped;
    if (!reduction_by_cell(call, 0, &grouped))
        return false;
    size_t count = 0;
    for (size_t c = 0; c < grouped.cells; c++)
        count += grouped.starts[c + 1] > grouped.starts[c] ? grouped.starts[c + 1] - grouped.starts[c] - 1 : 0;
    double *intervals;
    bool good = hil_value_numbers_new(call->pool, count, result, &intervals, call->error);
    for (size_t c = 0, at = 0; good && c < grouped.cells; c++) {
        for (size_t k = grouped.starts[c] + 1; k < grouped.starts[c + 1]; k++)
            intervals[at++] = grouped.times[k] - grouped.times[k - 1];
    }
    reduction_free_cells(&grouped);
    return good;
}

bool reduce_CV_ISI(const ReductionCall *call, HilValue *result) {
    enum { INTERVALS_NEEDED = 5 };
    CellTimes grouped;
    if (!reduction_by_cell(call, 0, &grouped))
        return false;
    double sum = 0;
    size_t used = 0;
    for (size_t c = 0; c < grouped.cells; c++) {
        double *times = grouped.times + grouped.starts[c];
        size_t spikes = grouped.starts[c + 1] - grouped.starts[c];
        if (spikes < INTERVALS_NEEDED + 1)
            continue;
        for (size_t k = 0; k + 1 < spikes; k++) /* in place: times become intervals */
            times[k] = times[k + 1] - times[k];
        double mean = reduction_mean(times, spikes - 1);
        if (!(mean > 0))
            continue;
        sum += sqrt(reduction_variance(times, spikes - 1)) / mean;
        used++;
    }
    reduction_free_cells(&grouped);
    return used > 0 ? reduction_number(result, sum / (double)used) : reduction_missing(result);
}

/* ---- events in relation to times and to each other ----------------------------------------------------------- */

static bool first_at_or_after(const ReductionArgument *a, double time, double *found) {
    size_t low = 0, high = a->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a->numbers[middle] < time)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < a->count)
        *found = a->numbers[low];
    return low < a->count;
}

bool reduce_LATENCY(const ReductionCall *call, HilValue *result) {
    double found;
    return first_at_or_after(&call->a[0], call->a[1].number, &found)
               ? reduction_number(result, found - call->a[1].number)
               : reduction_missing(result);
}

bool reduce_FIRST_AFTER(const ReductionCall *call, HilValue *result) {
    double found;
    return first_at_or_after(&call->a[0], call->a[1].number, &found) ? reduction_number(result, found)
                                                                     : reduction_missing(result);
}

bool reduce_BURSTS(const ReductionCall *call, HilValue *result) {
    static const char *const names[] = {"start", "stop", "length", "count"};
    const ReductionArgument *a = &call->a[0];
    double gap = call->a[1].number, least = call->a[2].given ? call->a[2].number : 2;
    double *lists[4] = {NULL};
    HilValue values[4];
    size_t bursts = 0;
    if (!(gap > 0))
        return hil_fail(call->error, "bursts: a gap of %g s", gap);
    for (int pass = 0; pass < 2; pass++) { /* count, then fill */
        for (int f = 0; pass == 1 && f < 4; f++) {
            if (!hil_value_numbers_new(call->pool, bursts, &values[f], &lists[f], call->error))
                return false;
        }
        bursts = 0;
        for (size_t begin = 0, end; begin < a->count; begin = end) {
            for (end = begin + 1; end < a->count && a->numbers[end] - a->numbers[end - 1] <= gap;)
                end++;
            if ((double)(end - begin) < least)
                continue;
            if (pass == 1) {
                lists[0][bursts] = a->numbers[begin];
                lists[1][bursts] = a->numbers[end - 1];
                lists[2][bursts] = a->numbers[end - 1] - a->numbers[begin];
                lists[3][bursts] = (double)(end - begin);
            }
            bursts++;
        }
    }
    return hil_value_record(call->pool, names, values, 4, result, call->error);
}

/* An event at or after the first and before the last reference event lies in a cycle; others have no phase. */
bool reduce_PHASE(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0], *reference = &call->a[1];
    double *phases = reduction_scratch(call, a->count, sizeof *phases);
    if (!phases)
        return false;
    size_t count = 0, cycle = 0;
    for (size_t k = 0; k < a->count; k++) {
        double time = a->numbers[k];
        while (cycle + 1 < reference->count && reference->numbers[cycle + 1] <= time)
            cycle++;
        if (cycle + 1 < reference->count && time >= reference->numbers[cycle])
            phases[count++] =
                (time - reference->numbers[cycle]) / (reference->numbers[cycle + 1] - reference->numbers[cycle]);
    }
    bool good = hil_value_numbers(call->pool, phases, count, result, call->error);
    free(phases);
    return good;
}

bool reduce_VECTOR_STRENGTH(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    double period = call->a[1].number, x = 0, y = 0;
    if (!(period > 0))
        return hil_fail(call->error, "vector_strength: a period of %g s", period);
    for (size_t k = 0; k < a->count; k++) {
        double cycles = a->numbers[k] / period, phase = 2 * 3.14159265358979323846 * (cycles - floor(cycles));
        x += hil_math_cos(phase);
        y += hil_math_sin(phase);
    }
    return a->count > 0 ? reduction_number(result, sqrt(x * x + y * y) / (double)a->count) : reduction_missing(result);
}

/* Gamma = (coincidences - those expected by chance) / ((n + m)/2) / (1 - 2 nu precision), nu = m / time observed, of n
 * events of the first within the precision of some of the m events of the second, each used once. */
bool reduce_COINCIDENCE(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0], *b = &call->a[1];
    double precision = call->a[2].number, coincidences = 0;
    double from = fmin(a->from, b->from), to = fmax(a->to, b->to);
    if (!(precision > 0))
        return hil_fail(call->error, "coincidence: a precision of %g s", precision);
    if (a->count + b->count == 0)
        return reduction_missing(result);
    for (size_t i = 0, j = 0; i < a->count && j < b->count;) {
        double apart = a->numbers[i] - b->numbers[j];
        if (fabs(apart) <= precision) {
            coincidences++;
            i++;
            j++;
        } else if (apart < 0) {
            i++;
        } else {
            j++;
        }
    }
    double rate = to > from ? (double)b->count / (to - from) : 0, chance = 2 * rate * precision * (double)a->count;
    double norm = 1 - 2 * rate * precision;
    return norm > 0 ? reduction_number(result, (coincidences - chance) / (0.5 * (double)(a->count + b->count)) / norm)
                    : reduction_missing(result);
}

/* ---- variability and correlation over cells ------------------------------------------------------------------ */

static void count_in_bins(const ReductionArgument *a, const CellTimes *grouped, size_t cell, double width, size_t bins,
                          double *counts) {
    memset(counts, 0, bins * sizeof *counts);
    for (size_t k = grouped->starts[cell]; k < grouped->starts[cell + 1]; k++) {
        size_t bin = bin_of(a, grouped->times[k], width, bins);
        if (bin < bins)
            counts[bin] += 1;
    }
}

bool reduce_FANO(const ReductionCall *call, HilValue *result) {
    double width = call->a[1].number, sum = 0;
    size_t bins = 0, used = 0;
    CellTimes grouped;
    if (!reduction_bins(call, 0, width, &bins) || !reduction_by_cell(call, 0, &grouped))
        return false;
    double *counts = reduction_scratch(call, bins, sizeof *counts);
    for (size_t c = 0; counts && bins > 1 && c < grouped.cells; c++) {
        count_in_bins(&call->a[0], &grouped, c, width, bins, counts);
        double mean = reduction_mean(counts, bins);
        if (mean > 0) {
            sum += reduction_variance(counts, bins) / mean;
            used++;
        }
    }
    bool good = counts != NULL;
    free(counts);
    reduction_free_cells(&grouped);
    return good && (used > 0 ? reduction_number(result, sum / (double)used) : reduction_missing(result));
}

/* The mean over pairs needs no pairs: with counts standardised per cell to z, sum over i != j of mean(z_i z_j) is
 * mean((sum of z)^2) - n. Cells whose count never varies are left out. */
bool reduce_SPIKE_CORRELATION(const ReductionCall *call, HilValue *result) {
    double width = call->a[1].number, square = 0, used = 0;
    size_t bins = 0;
    CellTimes grouped;
    if (!reduction_bins(call, 0, width, &bins) || !reduction_by_cell(call, 0, &grouped))
        return false;
    double *counts = reduction_scratch(call, bins, sizeof *counts), *sum = reduction_scratch(call, bins, sizeof *sum);
    bool good = counts && sum;
    for (size_t c = 0; good && bins > 1 && c < grouped.cells; c++) {
        count_in_bins(&call->a[0], &grouped, c, width, bins, counts);
        double mean = reduction_mean(counts, bins), deviation = sqrt(reduction_variance(counts, bins));
        if (!(deviation > 0))
            continue;
        used++;
        for (size_t k = 0; k < bins; k++)
            sum[k] += (counts[k] - mean) / deviation;
    }
    for (size_t k = 0; good && k < bins; k++)
        square += sum[k] * sum[k] / (double)bins;
    free(counts);
    free(sum);
    reduction_free_cells(&grouped);
    return good && (used > 1 ? reduction_number(result, (square - used) / (used * (used - 1)))
                             : reduction_missing(result));
}

/* Inner product of two trains filtered with a Gaussian of standard deviation s: sum of exp(-(t-u)^2/(4 s^2)), up to a
 * factor that cancels. Beyond 12 s it is below 1e-15 of one spike's own. */
static double kernel(double apart, double sigma) {
    return hil_math_exp(-(apart * apart) / (4 * sigma * sigma));
}

bool reduce_RELIABILITY(const ReductionCall *call, HilValue *result) {
    const ReductionArgument *a = &call->a[0];
    double sigma = call->a[1].number, total = 0, cells = (double)a->size, active = 0;
    CellTimes grouped;
    if (!(sigma > 0))
        return hil_fail(call->error, "reliability: a filter of %g s", sigma);
    if (a->size < 2)
        return reduction_missing(result);
    if (!reduction_by_cell(call, 0, &grouped))
        return false;
    double *weight = reduction_scratch(call, a->size, sizeof *weight); /* 1 / norm of each filtered train */
    for (size_t c = 0; weight && c < a->size; c++) {
        double square = 0;
        for (size_t i = grouped.starts[c]; i < grouped.starts[c + 1]; i++) {
            square += 1;
            for (size_t j = i + 1; j < grouped.starts[c + 1] && grouped.times[j] - grouped.times[i] < 12 * sigma; j++)
                square += 2 * kernel(grouped.times[j] - grouped.times[i], sigma);
        }
        weight[c] = square > 0 ? 1 / sqrt(square) : 0;
        active += square > 0;
    }
    /* |sum of unit trains|^2 = number of active trains + sum over pairs of cells of twice their similarity */
    for (size_t i = 0; weight && i < a->count; i++) {
        double own = weight[a->cells[i]];
        total += own * own;
        for (size_t j = i + 1; j < a->count && a->numbers[j] - a->numbers[i] < 12 * sigma; j++)
            total += 2 * own * weight[a->cells[j]] * kernel(a->numbers[j] - a->numbers[i], sigma);
    }
    bool good = weight != NULL;
    free(weight);
    reduction_free_cells(&grouped);
    return good && reduction_number(result, (total - active) / (cells * (cells - 1)));
}
