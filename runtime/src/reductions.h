/* What the files of the reductions share: a call with its arguments taken apart by the letters of
 * hillock/reductions.def, and the functions of the rows. */
#ifndef HILLOCK_REDUCTIONS_H
#define HILLOCK_REDUCTIONS_H

#include "hillock/value.h"

enum { REDUCTION_ARGUMENTS = 4 };

typedef struct ReductionArgument {
    bool given;
    HilValue value;         /* as it came */
    double number;          /* n t f u */
    const double *numbers;  /* v l m b: values; e p: times, ascending for spikes, as given for lists */
    size_t count;
    const uint32_t *cells;  /* e p: of spikes, else NULL */
    size_t size;            /* e p: cells; 1 for lists */
    double from, to;        /* e p: observed interval; of a list: first to last event */
    double *owned;          /* freed after the call */
} ReductionArgument;

typedef struct ReductionCall {
    HilPool *pool;
    HilError *error;
    const char *name;
    ReductionArgument a[REDUCTION_ARGUMENTS];
} ReductionCall;

typedef bool ReductionFunction(const ReductionCall *call, HilValue *result);

/* Neumaier's compensated sum: the order of the numbers hardly matters. */
double reduction_sum(const double *numbers, size_t count);
double reduction_mean(const double *numbers, size_t count);
double reduction_variance(const double *numbers, size_t count); /* divided by count */
void reduction_sort(double *numbers, size_t count);
bool reduction_number(HilValue *result, double number); /* true */
bool reduction_missing(HilValue *result);               /* true */
/* The argument as a signal of exactly one cell, or an error that says how to pick one. */
bool reduction_one_cell(const ReductionCall *call, int argument, const HilSignalValue **signal);
/* Scratch memory; NULL with the error set. Freed with free. */
void *reduction_scratch(const ReductionCall *call, size_t count, size_t bytes);

/* Spikes grouped by cell, each cell's times ascending: cell c has times[starts[c]] … times[starts[c+1]-1]. */
typedef struct CellTimes {
    size_t *starts;
    double *times;
    size_t cells;
} CellTimes;
bool reduction_by_cell(const ReductionCall *call, int argument, CellTimes *grouped);
void reduction_free_cells(CellTimes *grouped);
/* Number of whole bins of `width` in the observed interval, at most the limit of a value. */
bool reduction_bins(const ReductionCall *call, int argument, double width, size_t *bins);
/* The rate of a population in bins, at `rates` (bins entries). */
void reduction_rate(const ReductionArgument *spikes, double width, size_t bins, double *rates);

/* Power at frequencies k/(2*half*every), k < half, of samples with the mean taken off under a Hann window, padded four
 * times or more. `power` is malloc'ed. */
bool spectrum_power(const ReductionCall *call, const double *samples, size_t count, double **power, size_t *half);
/* Autocovariance at lags 0 … count-1 (sums, not divided). `result` is malloc'ed. */
bool spectrum_autocovariance(const ReductionCall *call, const double *samples, size_t count, double **result);
/* Where between -1/2 and 1/2 the parabola through three values has its top. */
double spectrum_top(double left, double middle, double right);

#define REDUCTION(ID, name, signature, unit) ReductionFunction reduce_##ID;
#include "hillock/reductions.def"
#undef REDUCTION

#endif
