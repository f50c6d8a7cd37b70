/* Delays in steps. In: a projection's delay [s] and dt. Out: one number of steps for all synapses, or one each with rows
 * sorted by (steps, target) where spikes go; rows that carry values of the past stay as they are.
 * Kept true: a spike under way keeps the time at which it was due when its delay was read. */
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct SortKey {
    uint32_t delay, target, place;
} SortKey;

static int compare_keys(const void *a, const void *b) {
    const SortKey *x = a, *y = b;
    if (x->delay != y->delay) return x->delay < y->delay ? -1 : 1;
    if (x->target != y->target) return x->target < y->target ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

static bool bad_delay(const HilSimulation *s, const Projection *p, int64_t synapse, double delay, HilError *error) {
    char place[300];
    engine_place(s, p->row->line, place, sizeof place);
    if (synapse < 0) return hil_fail(error, "connection %s%s: a delay of %g ms; it must be zero or more, and less than 2^31 steps",
                                     p->name, place, delay * 1e3);
    int64_t source = 0;
    while (p->rows[source + 1] <= (uint64_t)synapse) source++;
    return hil_fail(error, "connection %s%s: the synapse from %s[%lld] to %s[%u] has a delay of %g ms; it must be zero or "
                    "more, and less than 2^31 steps", p->name, place, s->populations[p->row->source].name, (long long)source,
                    s->populations[p->row->target].name, row_target(p, (uint64_t)synapse), delay * 1e3);
}

enum { FEW_DELAYS = 1024 };

/* By counting, which keeps the order of what has the same delay: where targets ascend already and delays are few. */
static bool count_sort(SortKey *keys, uint64_t count, SortKey *sorted) {
    uint32_t least = UINT32_MAX, most = 0, places[FEW_DELAYS + 1] = {0};
    for (uint64_t i = 0; i < count; i++) {
        if (i && keys[i].target < keys[i - 1].target) return false;
        if (keys[i].delay < least) least = keys[i].delay;
        if (keys[i].delay > most) most = keys[i].delay;
    }
    if (most - least >= FEW_DELAYS) return false;
    for (uint64_t i = 0; i < count; i++) places[keys[i].delay - least + 1]++;
    for (uint32_t k = 0; k < most - least; k++) places[k + 1] += places[k];
    for (uint64_t i = 0; i < count; i++) sorted[places[keys[i].delay - least]++] = keys[i];
    memcpy(keys, sorted, count * sizeof *keys);
    return true;
}

static void permute(void *values, size_t element, const SortKey *keys, uint64_t count, char *scratch) {
    for (uint64_t i = 0; i < count; i++) memcpy(scratch + i * element, (char *)values + keys[i].place * element, element);
    memcpy(values, scratch, count * element);
}

static void sort_row(const HilSimulation *s, Projection *p, uint32_t *steps, uint64_t begin, uint64_t end,
                     SortKey *keys, char *scratch) {
    uint64_t count = end - begin;
    bool sorted = true;
    for (uint64_t i = 0; i < count; i++) {
        keys[i] = (SortKey){steps[begin + i], row_target(p, begin + i), (uint32_t)i};
        if (i && compare_keys(&keys[i - 1], &keys[i]) > 0) sorted = false;
    }
    if (sorted) return;
    if (!count_sort(keys, count, keys + count)) qsort(keys, count, sizeof *keys, compare_keys);
    permute(steps + begin, sizeof *steps, keys, count, scratch);
    permute((char *)p->targets + begin * (size_t)p->target_bytes, (size_t)p->target_bytes, keys, count, scratch);
    for (int32_t i = 0; i < p->row->planes.count; i++) {
        size_t element = engine_storage_bytes(engine_plane_row(s, p->row->planes, i));
        permute((char *)p->planes[i] + begin * element, element, keys, count, scratch);
    }
}

static bool sort_rows(const HilSimulation *s, Projection *p, uint32_t *steps) {
    int64_t sources = s->populations[p->row->source].size;
    uint64_t longest = 0;
    for (int64_t i = 0; i < sources; i++)
        if (p->rows[i + 1] - p->rows[i] > longest) longest = p->rows[i + 1] - p->rows[i];
    SortKey *keys = malloc((2 * longest + 1) * sizeof *keys);
    char *scratch = malloc((longest + 1) * sizeof(double));
    bool good = keys && scratch;
    for (int64_t i = 0; good && i < sources; i++) sort_row(s, p, steps, p->rows[i], p->rows[i + 1], keys, scratch);
    free(keys);
    free(scratch);
    return good;
}

/* Keeps `steps` in the projection, in 16 bits where they fit. Takes it over. */
static bool keep_steps(Projection *p, uint32_t *steps) {
    p->delay_bytes = p->max_delay < 65536 ? 2 : 4;
    p->delay_steps = steps;
    if (p->delay_bytes == 4) return true;
    uint16_t *narrow = engine_allocate((size_t)p->padded * sizeof *narrow);
    if (!narrow) return false;
    for (int64_t j = 0; j < p->count; j++) narrow[j] = (uint16_t)steps[j];
    free(steps);
    p->delay_steps = narrow;
    return true;
}

static bool plane_delays(HilSimulation *s, Projection *p, HilError *error) {
    HilPlaneView view = {p->planes[p->row->delay], p->count, engine_plane_row(s, p->row->planes, p->row->delay)};
    uint32_t *steps = engine_allocate((size_t)p->padded * sizeof *steps);
    if (!steps) return hil_fail(error, "connection %s: out of memory", p->name);
    uint64_t least = UINT64_MAX, most = 0;
    for (int64_t j = 0; j < p->count; j++) {
        uint64_t value;
        if (!engine_steps(hil_plane_value(view, j), s->dt, &value)) {
            free(steps);
            return bad_delay(s, p, j, hil_plane_value(view, j), error);
        }
        steps[j] = (uint32_t)value;
        if (value < least) least = value;
        if (value > most) most = value;
    }
    free(p->delay_steps);
    p->delay_steps = NULL;
    p->max_delay = p->delay = most;
    p->min_delay = p->count ? least : 0;
    if (p->row->deliver >= 0 && !sort_rows(s, p, steps)) {
        free(steps);
        return hil_fail(error, "connection %s: out of memory", p->name);
    }
    if (least < most) return keep_steps(p, steps) || hil_fail(error, "connection %s: out of memory", p->name);
    free(steps);
    return true;
}

bool engine_update_delays(HilSimulation *s, Projection *p, HilError *error) {
    if ((p->row->source_event < 0 || p->row->deliver < 0) && !engine_reads_past(s, p->row)) return true;
    if (p->row->delay_kind == HIL_DELAY_PLANE) return plane_delays(s, p, error);
    p->delay_seconds = p->row->delay_kind == HIL_DELAY_SLOT ? s->scalars[p->row->delay] : 0;
    if (!engine_steps(p->delay_seconds, s->dt, &p->delay)) return bad_delay(s, p, -1, p->delay_seconds, error);
    p->min_delay = p->max_delay = p->delay;
    return true;
}

void rows_free_pending(const HilSimulation *s, Projection *p) {
    int64_t batches = p->pending ? (int64_t)p->pending_slots * s->thread_count : 0;
    for (int64_t i = 0; i < batches; i++) {
        free(p->pending[i].sources);
        free(p->pending[i].age);
        free(p->pending[i].cursor);
    }
    for (int64_t i = 0; i < p->late_count; i++) free(p->late[i].sources);
    free(p->pending);
    free(p->late);
    p->pending = NULL;
    p->late = NULL;
    p->late_count = 0;
}
