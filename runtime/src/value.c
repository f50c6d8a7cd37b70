/* Values: counted blocks of a pool. In: numbers and values. Out: immutable values.
 * Kept true: a block is in its pool's ring from birth to release; nesting is at most DEPTH_LIMIT deep, so whoever walks
 * a value may recurse; releasing uses no stack. */
#include "hillock/value.h"

#include <math.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_LIMIT = 64 };

struct HilBlock {
    alignas(16) HilBlock *previous;
    HilBlock *next;
    uint64_t references;
    uint16_t kind, depth; /* depth: 1 for a leaf, else 1 more than the deepest element */
};

struct HilPool {
    HilBlock ring; /* its own first and last */
    size_t live;
};

HilPool *hil_pool_new(void) {
    HilPool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    pool->ring.previous = pool->ring.next = &pool->ring;
    return pool;
}

void hil_pool_free(HilPool *pool) {
    if (!pool)
        return;
    for (HilBlock *block = pool->ring.next; block != &pool->ring;) {
        HilBlock *next = block->next;
        free(block);
        block = next;
    }
    free(pool);
}

size_t hil_pool_live(const HilPool *pool) {
    return pool->live;
}

/* ---- blocks -------------------------------------------------------------------------------------------------- */

static size_t round_up(size_t bytes) {
    return (bytes + 15) & ~(size_t)15;
}

static void *block_contents(HilBlock *block) {
    return (char *)block + sizeof(HilBlock);
}

static HilBlock *block_of(HilValue value) {
    switch (value.kind) {
    case HIL_KIND_TEXT: case HIL_KIND_LIST: case HIL_KIND_RECORD: case HIL_KIND_RANGE: case HIL_KIND_SPIKES:
    case HIL_KIND_SIGNAL:
        return (HilBlock *)((char *)value.as.text - sizeof(HilBlock));
    default:
        return NULL;
    }
}

/* A block with one reference and room for `bytes` behind its header. */
static void *block_new(HilPool *pool, HilKind kind, size_t bytes, HilError *error) {
    HilBlock *block = malloc(sizeof *block + round_up(bytes));
    if (!block) {
        hil_fail(error, "out of memory for a value of %zu bytes", bytes);
        return NULL;
    }
    *block = (HilBlock){.references = 1, .kind = (uint16_t)kind, .depth = 1,
                        .previous = pool->ring.previous, .next = &pool->ring};
    block->previous->next = block;
    pool->ring.previous = block;
    pool->live++;
    return block_contents(block);
}

static bool check_size(size_t count, HilError *error) {
    if (count <= HIL_VALUE_LIMIT)
        return true;
    return hil_fail(error, "a value of %zu elements; at most %zu are possible", count, (size_t)HIL_VALUE_LIMIT);
}

HilValue hil_value_retain(HilValue value) {
    HilBlock *block = block_of(value);
    if (block)
        block->references++;
    return value;
}

/* Takes a reference off; a block without any leaves the ring and goes on the chain of dead ones. */
static void drop(HilPool *pool, HilValue value, HilBlock **dead) {
    HilBlock *block = block_of(value);
    if (!block || --block->references > 0)
        return;
    block->previous->next = block->next;
    block->next->previous = block->previous;
    pool->live--;
    block->next = *dead;
    *dead = block;
}

void hil_value_release(HilPool *pool, HilValue value) {
    HilBlock *dead = NULL;
    drop(pool, value, &dead);
    while (dead) {
        HilBlock *block = dead;
        dead = block->next;
        if (block->kind == HIL_KIND_LIST) {
            const HilListValue *list = block_contents(block);
            for (size_t k = 0; list->items && k < list->count; k++)
                drop(pool, list->items[k], &dead);
        } else if (block->kind == HIL_KIND_RECORD) {
            const HilRecordValue *record = block_contents(block);
            for (size_t k = 0; k < record->count; k++)
                drop(pool, record->values[k], &dead);
        }
        free(block);
    }
}

static void release_all(HilPool *pool, const HilValue *values, size_t count) {
    for (size_t k = 0; k < count; k++)
        hil_value_release(pool, values[k]);
}

/* Depth of a container of these values; 0 when it would be too deep. */
static uint16_t container_depth(const HilValue *values, size_t count) {
    unsigned depth = 1;
    for (size_t k = 0; k < count; k++) {
        const HilBlock *block = block_of(values[k]);
        if (block && block->depth + 1u > depth)
            depth = block->depth + 1u;
    }
    return depth > DEPTH_LIMIT ? 0 : (uint16_t)depth;
}

/* ---- making -------------------------------------------------------------------------------------------------- */

bool hil_value_text(HilPool *pool, const char *bytes, size_t length, HilValue *value, HilError *error) {
    if (!check_size(length, error))
        return false;
    HilTextValue *text = block_new(pool, HIL_KIND_TEXT, sizeof *text + length + 1, error);
    if (!text)
        return false;
    char *copy = (char *)(text + 1);
    if (length > 0)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    *text = (HilTextValue){.length = length, .bytes = copy};
    *value = (HilValue){.kind = HIL_KIND_TEXT, .as.text = text};
    return true;
}

bool hil_value_numbers_new(HilPool *pool, size_t count, HilValue *value, double **numbers, HilError *error) {
    if (!check_size(count, error))
        return false;
    HilListValue *list = block_new(pool, HIL_KIND_LIST, round_up(sizeof *list) + count * sizeof(double), error);
    if (!list)
        return false;
    *numbers = (double *)((char *)list + round_up(sizeof *list));
    *list = (HilListValue){.count = count, .numbers = *numbers};
    *value = (HilValue){.kind = HIL_KIND_LIST, .as.list = list};
    return true;
}

bool hil_value_numbers(HilPool *pool, const double *numbers, size_t count, HilValue *value, HilError *error) {
    double *copy;
    if (!hil_value_numbers_new(pool, count, value, &copy, error))
        return false;
    if (count > 0)
        memcpy(copy, numbers, count * sizeof *copy);
    return true;
}

bool hil_value_list(HilPool *pool, const HilValue *items, size_t count, HilValue *value, HilError *error) {
    size_t plain = 0;
    while (plain < count && items[plain].kind == HIL_KIND_NUMBER)
        plain++;
    if (plain == count) {
        double *numbers;
        if (!hil_value_numbers_new(pool, count, value, &numbers, error))
            return false;
        for (size_t k = 0; k < count; k++)
            numbers[k] = items[k].as.number;
        return true;
    }
    uint16_t depth = container_depth(items, count);
    if (depth == 0 || !check_size(count, error)) {
        release_all(pool, items, count);
        return depth == 0 ? hil_fail(error, "lists within lists more than %d deep", DEPTH_LIMIT) : false;
    }
    HilListValue *list = block_new(pool, HIL_KIND_LIST, round_up(sizeof *list) + count * sizeof *items, error);
    if (!list) {
        release_all(pool, items, count);
        return false;
    }
    HilValue *copy = (HilValue *)((char *)list + round_up(sizeof *list));
    memcpy(copy, items, count * sizeof *copy);
    *list = (HilListValue){.count = count, .items = copy};
    *value = (HilValue){.kind = HIL_KIND_LIST, .as.list = list};
    block_of(*value)->depth = depth;
    return true;
}

bool hil_value_record(HilPool *pool, const char *const *names, const HilValue *values, size_t count, HilValue *value,
                      HilError *error) {
    uint16_t depth = container_depth(values, count);
    size_t characters = 0;
    for (size_t k = 0; k < count; k++)
        characters += strlen(names[k]) + 1;
    if (depth == 0 || !check_size(count, error) || !check_size(characters, error)) {
        release_all(pool, values, count);
        return depth == 0 ? hil_fail(error, "records within records more than %d deep", DEPTH_LIMIT) : false;
    }
    HilRecordValue *record;
    size_t values_at = round_up(sizeof *record), names_at = values_at + count * sizeof *values,
           text_at = names_at + count * sizeof *names;
    record = block_new(pool, HIL_KIND_RECORD, text_at + characters, error);
    if (!record) {
        release_all(pool, values, count);
        return false;
    }
    HilValue *own_values = (HilValue *)((char *)record + values_at);
    const char **own_names = (const char **)((char *)record + names_at);
    char *text = (char *)record + text_at;
    for (size_t k = 0; k < count; k++) {
        size_t bytes = strlen(names[k]) + 1;
        memcpy(text, names[k], bytes);
        own_names[k] = text;
        own_values[k] = values[k];
        text += bytes;
    }
    *record = (HilRecordValue){.count = count, .names = own_names, .values = own_values};
    *value = (HilValue){.kind = HIL_KIND_RECORD, .as.record = record};
    block_of(*value)->depth = depth;
    return true;
}

bool hil_value_range(HilPool *pool, double low, double high, double extra, int form, HilValue *value,
                     HilError *error) {
    HilRangeValue *range = block_new(pool, HIL_KIND_RANGE, sizeof *range, error);
    if (!range)
        return false;
    *range = (HilRangeValue){.low = low, .high = high, .extra = extra, .form = form};
    *value = (HilValue){.kind = HIL_KIND_RANGE, .as.range = range};
    return true;
}

typedef struct Spike {
    double time;
    uint32_t cell;
} Spike;

static int compare_spikes(const void *left, const void *right) {
    const Spike *a = left, *b = right;
    if (a->time != b->time)
        return a->time < b->time ? -1 : 1;
    return a->cell < b->cell ? -1 : a->cell > b->cell;
}

static bool spikes_sort(double *times, uint32_t *cells, size_t count, HilError *error) {
    size_t sorted = 1;
    while (sorted < count && (times[sorted - 1] < times[sorted] ||
                              (times[sorted - 1] == times[sorted] && cells[sorted - 1] <= cells[sorted])))
        sorted++;
    if (sorted >= count)
        return true;
    Spike *spikes = malloc(count * sizeof *spikes);
    if (!spikes)
        return hil_fail(error, "out of memory for %zu spikes", count);
    for (size_t k = 0; k < count; k++)
        spikes[k] = (Spike){times[k], cells[k]};
    qsort(spikes, count, sizeof *spikes, compare_spikes);
    for (size_t k = 0; k < count; k++) {
        times[k] = spikes[k].time;
        cells[k] = spikes[k].cell;
    }
    free(spikes);
    return true;
}

bool hil_value_spikes(HilPool *pool, const double *times, const uint32_t *cells, size_t count, size_t size, double from,
                      double to, HilValue *value, HilError *error) {
    if (!check_size(count, error) || !check_size(size, error))
        return false;
    for (size_t k = 0; k < count; k++) {
        if (cells[k] >= size || isnan(times[k]))
            return hil_fail(error, "spike %zu is of cell %u at %g s, but there are %zu cells", k, cells[k], times[k],
                            size);
    }
    HilSpikesValue *spikes;
    size_t times_at = round_up(sizeof *spikes), cells_at = times_at + count * sizeof *times;
    spikes = block_new(pool, HIL_KIND_SPIKES, cells_at + count * sizeof *cells, error);
    if (!spikes)
        return false;
    double *own_times = (double *)((char *)spikes + times_at);
    uint32_t *own_cells = (uint32_t *)((char *)spikes + cells_at);
    if (count > 0) {
        memcpy(own_times, times, count * sizeof *times);
        memcpy(own_cells, cells, count * sizeof *cells);
    }
    *spikes = (HilSpikesValue){
        .count = count, .size = size, .times = own_times, .cells = own_cells, .from = from, .to = to};
    *value = (HilValue){.kind = HIL_KIND_SPIKES, .as.spikes = spikes};
    return spikes_sort(own_times, own_cells, count, error);
}

bool hil_value_signal(HilPool *pool, const double *values, const uint32_t *ids, size_t cells, size_t samples,
                      double start, double every, const char *unit, HilValue *value, HilError *error) {
    return hil_value_connections(pool, values, ids, NULL, cells, samples, start, every, unit, value, error);
}

bool hil_value_connections(HilPool *pool, const double *values, const uint32_t *ids, const uint32_t *elements,
                           size_t cells, size_t samples, double start, double every, const char *unit, HilValue *value,
                           HilError *error) {
    if (!check_size(cells, error) || !check_size(samples, error))
        return false;
    size_t count = cells * samples; /* both are below 2^28 */
    if (!check_size(count, error))
        return false;
    if (!(every > 0) || !isfinite(every) || !isfinite(start))
        return hil_fail(error, "a signal sampled every %g s from %g s", every, start);
    HilSignalValue *signal;
    size_t unit_bytes = unit ? strlen(unit) + 1 : 1;
    size_t values_at = round_up(sizeof *signal), ids_at = values_at + count * sizeof *values,
           elements_at = ids_at + cells * sizeof *ids,
           unit_at = elements_at + (elements ? cells * sizeof *elements : 0);
    signal = block_new(pool, HIL_KIND_SIGNAL, unit_at + unit_bytes, error);
    if (!signal)
        return false;
    double *own_values = (double *)((char *)signal + values_at);
    uint32_t *own_ids = (uint32_t *)((char *)signal + ids_at);
    uint32_t *own_elements = elements ? (uint32_t *)((char *)signal + elements_at) : NULL;
    char *own_unit = (char *)signal + unit_at;
    if (count > 0 && values)
        memcpy(own_values, values, count * sizeof *values);
    for (size_t k = 0; k < cells; k++)
        own_ids[k] = ids ? ids[k] : (uint32_t)k;
    if (elements && cells > 0)
        memcpy(own_elements, elements, cells * sizeof *elements);
    memcpy(own_unit, unit ? unit : "", unit_bytes);
    *signal = (HilSignalValue){.cells = cells, .samples = samples, .start = start, .every = every,
                               .values = own_values, .ids = own_ids, .elements = own_elements, .unit = own_unit};
    *value = (HilValue){.kind = HIL_KIND_SIGNAL, .as.signal = signal};
    return true;
}

bool hil_value_signal_like(HilPool *pool, const HilSignalValue *like, HilValue *value, double **values,
                           HilError *error) {
    if (!hil_value_connections(pool, NULL, like->ids, like->elements, like->cells, like->samples, like->start,
                               like->every, like->unit, value, error))
        return false;
    *values = (double *)value->as.signal->values;
    return true;
}
