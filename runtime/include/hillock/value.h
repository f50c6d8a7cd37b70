/* Values of host programs. In: numbers (SI), texts, lists. Out: immutable values that share their parts and are
 * counted. Kept true: a list of nothing but numbers is always held as plain doubles (`numbers`), any other one as
 * values (`items`); spikes are in order of time; nothing is larger than HIL_VALUE_LIMIT elements.
 *
 * Every block belongs to a pool. Functions that make a value give the caller one reference; containers keep their own.
 * After an error references may be left behind: freeing the pool frees everything in it. A pool is for one thread. */
#ifndef HILLOCK_VALUE_H
#define HILLOCK_VALUE_H

#include "hillock/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HIL_VALUE_LIMIT ((size_t)1 << 27) /* elements of one value */

typedef enum HilKind {
    HIL_KIND_MISSING, /* the `-` of a table; also what statements give */
    HIL_KIND_NUMBER, HIL_KIND_BOOLEAN, HIL_KIND_TEXT, HIL_KIND_LIST, HIL_KIND_RECORD, HIL_KIND_RANGE, HIL_KIND_SPIKES,
    HIL_KIND_SIGNAL
} HilKind;

typedef struct HilPool HilPool;
typedef struct HilBlock HilBlock; /* what all shared parts begin with; private */

typedef struct HilTextValue HilTextValue;
typedef struct HilListValue HilListValue;
typedef struct HilRecordValue HilRecordValue;
typedef struct HilRangeValue HilRangeValue;
typedef struct HilSpikesValue HilSpikesValue;
typedef struct HilSignalValue HilSignalValue;

typedef struct HilValue {
    HilKind kind;
    union {
        double number;
        bool boolean;
        const HilTextValue *text;
        const HilListValue *list;
        const HilRecordValue *record;
        const HilRangeValue *range;
        const HilSpikesValue *spikes;
        const HilSignalValue *signal;
    } as;
} HilValue;

struct HilTextValue {
    size_t length;
    const char *bytes; /* NUL-terminated */
};
struct HilListValue {
    size_t count;
    const double *numbers; /* NULL: items */
    const HilValue *items; /* NULL: numbers */
};
struct HilRecordValue {
    size_t count;
    const char *const *names;
    const HilValue *values;
};
/* form as the RANGE op's index: 0 plain, 1: extra = number of values, 2: extra = increment. */
struct HilRangeValue {
    double low, high, extra;
    int form;
};
/* Spike k: cell cells[k] (0 … size-1 of what was looked at) at times[k]; looked at from <= t < to. */
struct HilSpikesValue {
    size_t count, size;
    const double *times;
    const uint32_t *cells;
    double from, to;
};
/* Sample k of cell j: values[k*cells + j] at start + k*every. ids: the cells' numbers in their population; of connections
 * the source's, and elements the target's (else NULL). The unit is for showing. */
struct HilSignalValue {
    size_t cells, samples;
    double start, every;
    const double *values;
    const uint32_t *ids, *elements;
    const char *unit;
};

HilPool *hil_pool_new(void); /* NULL: out of memory */
void hil_pool_free(HilPool *pool);
size_t hil_pool_live(const HilPool *pool); /* blocks alive, for tests of leaks */

HilValue hil_value_retain(HilValue value);
void hil_value_release(HilPool *pool, HilValue value);

static inline HilValue hil_value_missing(void) {
    return (HilValue){.kind = HIL_KIND_MISSING};
}
static inline HilValue hil_value_number(double number) {
    return (HilValue){.kind = HIL_KIND_NUMBER, .as.number = number};
}
static inline HilValue hil_value_boolean(bool boolean) {
    return (HilValue){.kind = HIL_KIND_BOOLEAN, .as.boolean = boolean};
}

/* All copy what they are given. false: out of memory or over the limit, error set. */
bool hil_value_text(HilPool *pool, const char *bytes, size_t length, HilValue *value, HilError *error);
bool hil_value_numbers(HilPool *pool, const double *numbers, size_t count, HilValue *value, HilError *error);
/* Takes over the references of `items` (also when it fails). */
bool hil_value_list(HilPool *pool, const HilValue *items, size_t count, HilValue *value, HilError *error);
/* Takes over the references of `values`. Names are copied. */
bool hil_value_record(HilPool *pool, const char *const *names, const HilValue *values, size_t count, HilValue *value,
                      HilError *error);
bool hil_value_range(HilPool *pool, double low, double high, double extra, int form, HilValue *value, HilError *error);
/* The spikes are sorted by time (equal times by cell) if they are not. */
bool hil_value_spikes(HilPool *pool, const double *times, const uint32_t *cells, size_t count, size_t size, double from,
                      double to, HilValue *value, HilError *error);
/* ids may be NULL: 0 … cells-1. unit may be NULL. */
bool hil_value_signal(HilPool *pool, const double *values, const uint32_t *ids, size_t cells, size_t samples,
                      double start, double every, const char *unit, HilValue *value, HilError *error);
/* The same of connections: sources and targets as HilSignalValue's ids and elements; targets NULL: of cells. */
bool hil_value_connections(HilPool *pool, const double *values, const uint32_t *sources, const uint32_t *targets,
                           size_t count, size_t samples, double start, double every, const char *unit, HilValue *value,
                           HilError *error);
/* Room to fill in place before the value is shown to anybody: *numbers has `count` entries. */
bool hil_value_numbers_new(HilPool *pool, size_t count, HilValue *value, double **numbers, HilError *error);
bool hil_value_signal_like(HilPool *pool, const HilSignalValue *like, HilValue *value, double **values,
                           HilError *error);

/* "number", "list of numbers", "spikes" … for messages. */
const char *hil_kind_name(HilKind kind);
/* Element k of a list, range or record, a new reference. false: k is outside; error says how many there are. */
bool hil_value_element(HilPool *pool, HilValue of, size_t k, HilValue *value, HilError *error);
/* How many elements a list, range, record, text, spikes or signal has. false: none of these. */
bool hil_value_length(HilValue of, size_t *length, HilError *error);
/* A field by name. false: the record has no such field; the error lists those it has. */
bool hil_value_field(HilValue record, const char *name, HilValue *value, HilError *error);
/* Equality of whole values; numbers by ==, MISSING equals MISSING, true equals 1. */
bool hil_value_equal(HilValue a, HilValue b);
/* Short text for people: numbers to 6 digits in `unit` ("" or NULL: as they are), long lists cut. Never overruns. */
void hil_value_print(HilValue value, const char *unit, char *text, size_t size);

#endif
