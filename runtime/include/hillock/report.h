/* The report of a run: one HTML file with everything in it, that opens offline: facts, parameters, expectations,
 * values, tables, and interactive panels (rasters, traces, rates, histograms, curves). In: results, copied (and thinned
 * where a browser could not hold them, which the panel then says). Out: the file, whole or not at all.
 * Functions that add do not fail: when memory runs out the report notes it and hil_report_write reports it. */
#ifndef HILLOCK_REPORT_H
#define HILLOCK_REPORT_H

#include "hillock/error.h"
#include "hillock/record.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct HilReport HilReport;

/* NULL: out of memory. */
HilReport *hil_report_new(const char *title);
void hil_report_free(HilReport *report);

/* A line of prose under the title, the model's documentation for example. */
void hil_report_describe(HilReport *report, const char *text);
/* A fact about the run: "model" "Vogels", "seed" "7", "source hash" "ab12", "duration" "10 s". */
void hil_report_fact(HilReport *report, const char *name, const char *value);
/* `value` with its unit as text ("20 ms"); `meaning` is the model's `##` text, "" when there is none. */
void hil_report_parameter(HilReport *report, const char *name, const char *value, const char *meaning);
/* `found` says what came out ("12.4 Hz"). */
void hil_report_expectation(HilReport *report, const char *text, bool holds, const char *found);
/* A value that the experiment measures or reports. */
void hil_report_value(HilReport *report, const char *name, const char *value);
/* A table (of a sweep, for example): its columns, then its rows of as many cells. */
void hil_report_table(HilReport *report, const char *title, const char *const *columns, size_t count);
void hil_report_row(HilReport *report, const char *const *cells);

/* Spikes as points, populations in colours, cells on the vertical axis, from `start` to `stop` [s]. At most four
 * million spikes are kept: beyond, those of every second, third … cell. */
void hil_report_raster(HilReport *report, const char *title, const HilSpikeTrain *const *trains, size_t count,
                       double start, double stop);
/* Mean rate of a cell of each population [Hz] in bins of `bin` s; 0 picks 1/200 of the time, at least 1 ms. */
void hil_report_rates(HilReport *report, const char *title, const HilSpikeTrain *const *trains, size_t count,
                      double start, double stop, double bin);
/* Traces of a signal in its unit. At most 24 instances; where samples are too many, the least and the greatest of
 * each stretch of samples. */
void hil_report_signal(HilReport *report, const char *title, const HilSignal *signal);
/* Distribution of the intervals between the spikes of a cell [ms], pooled over the cells of each population; the
 * longest 0.5 % are counted beyond the axis. */
void hil_report_intervals(HilReport *report, const char *title, const HilSpikeTrain *const *trains, size_t count);
/* Distribution of the cells' mean rates from `start` to `stop` [Hz]. */
void hil_report_cell_rates(HilReport *report, const char *title, const HilSpikeTrain *const *trains, size_t count,
                           double start, double stop);

/* Samples of a distribution with a name ("E"). */
typedef struct HilSeries {
    const char *name;
    const double *values;
    size_t count;
} HilSeries;

/* Any distributions on one axis: `label` "weight", `unit` "nS" or "". Bins are of one width for all, by Freedman and
 * Diaconis (1981): twice the interquartile range over the cube root of the count. */
void hil_report_histogram(HilReport *report, const char *title, const char *label, const char *unit,
                          const HilSeries *series, size_t count);
/* Curves over x (a sweep's parameter, an epoch); every series has x_count values, NaN where there is none. */
void hil_report_curves(HilReport *report, const char *title, const char *x_label, const char *x_unit, const double *x,
                       size_t x_count, const char *y_label, const char *y_unit, const HilSeries *series, size_t count);

bool hil_report_write(const HilReport *report, const char *path, HilError *error);

#endif
