/* Delivery of spikes that are due. In: the lists of who fired at which stamp, rows of synapses. Out: the deliver kernels
 * called for every synapse whose spike is due at this step's start.
 * The order at any one target is that of the model: projections, then stamp (older first), then source, then synapse.
 * Each thread goes through all projections but delivers only to its own lanes, so no two ever write to one place.
 *
 * A spike stamped e (steps) with a delay of d steps is due at the start of step e + d. */
#include "rows.h"
#include "threads.h"

#include <stdlib.h>
#include <string.h>

bool spike_list_append(SpikeList *list, const uint32_t *lanes, const double *fraction, int64_t count) {
    int64_t room = list->capacity;
    if (!engine_grow((void **)&list->lanes, &room, list->count + count, sizeof *list->lanes) ||
        !engine_grow((void **)&list->fraction, &list->capacity, list->count + count, sizeof *list->fraction))
        return false;
    memcpy(list->lanes + list->count, lanes, (size_t)count * sizeof *lanes);
    for (int64_t i = 0; i < count; i++) list->fraction[list->count + i] = fraction ? fraction[i] : 1;
    list->count += count;
    return true;
}

/* ---- one delay for all synapses ---------------------------------------------------------------------------------- */

static void deliver_rows(Worker *w, const Projection *p, const uint32_t *sources, int64_t count, uint64_t step,
                         double time) {
    HilSimulation *s = w->simulation;
    if (count == 0) return;
    HilCall *call = &w->rows_call;
    call->list = sources;
    call->count = count;
    call->rows = p->split ? p->split[w->index] : p->rows;
    call->rows_end = p->split ? p->split[w->index + 1] : NULL;
    call->row_starts = p->split ? p->rows : NULL;
    call->targets = p->targets;
    call->target_bytes = p->target_bytes;
    call->step = step;
    call->time = time;
    engine_call(s, &p->deliver, call);
    if (w->index) return;
    for (int64_t i = 0; i < count; i++) w->events += p->rows[sources[i] + 1] - p->rows[sources[i]];
}

/* Conditions' and timed spikes of one thread's cells at one stamp, in the order of cells. */
static bool merge(Worker *w, const SpikeList *a, const SpikeList *b) {
    if (!engine_grow((void **)&w->list, &w->list_capacity, a->count + b->count, sizeof *w->list)) return false;
    int64_t i = 0, j = 0, k = 0;
    while (i < a->count || j < b->count) {
        bool first = j == b->count || (i < a->count && a->lanes[i] <= b->lanes[j]);
        w->list[k++] = first ? a->lanes[i++] : b->lanes[j++];
    }
    return true;
}

/* The sources of thread t's cells at a stamp, as far as they are not in `late` already. */
static bool sources_at(Worker *w, const Projection *p, const EventState *event, uint64_t stamp, int t,
                       const uint32_t **sources, int64_t *count) {
    HilSimulation *s = w->simulation;
    static const SpikeList none = {0};
    const SpikeList *fired = stamp >= p->valid_from ? spike_slot(s, event, event->fired, stamp, t) : &none;
    /* Timed events of a stamp come at the start of the step that begins there, after a change of delays. */
    const SpikeList *timed = stamp + 1 >= p->valid_from ? spike_slot(s, event, event->timed, stamp, t) : &none;
    const SpikeList *only = fired->count ? fired : timed;
    *sources = only->lanes;
    *count = only->count;
    if (!fired->count || !timed->count) return true;
    if (!merge(w, fired, timed)) return false;
    *sources = w->list;
    *count = fired->count + timed->count;
    return true;
}

static bool deliver_one_delay(Worker *w, const Projection *p, const EventState *event, uint64_t step, double time) {
    if (step < p->delay) return true;
    for (int t = 0; t < w->simulation->thread_count; t++) {
        const uint32_t *sources;
        int64_t count;
        if (!sources_at(w, p, event, step - p->delay, t, &sources, &count)) return false;
        deliver_rows(w, p, sources, count, step, time);
    }
    return true;
}

/* ---- a delay for each synapse ------------------------------------------------------------------------------------ */

static bool begin_batch(Worker *w, Projection *p, const EventState *event, PendingBatch *batch, uint64_t stamp) {
    batch->stamp = stamp;
    batch->count = 0;
    for (int t = 0; t < w->simulation->thread_count; t++) {
        const uint32_t *sources;
        int64_t count, a = batch->capacity, b = batch->capacity;
        if (!sources_at(w, p, event, stamp, t, &sources, &count)) return false;
        if (!engine_grow((void **)&batch->sources, &a, batch->count + count, sizeof *batch->sources) ||
            !engine_grow((void **)&batch->age, &b, batch->count + count, sizeof *batch->age) ||
            !engine_grow((void **)&batch->cursor, &batch->capacity, batch->count + count, sizeof *batch->cursor))
            return false;
        for (int64_t i = 0; i < count; i++) {
            uint64_t row = p->rows[sources[i]], end = p->rows[sources[i] + 1];
            if (row == end) continue;
            batch->sources[batch->count] = sources[i];
            batch->cursor[batch->count] = row;
            batch->age[batch->count++] = row_delay(p, row);
            if (w->index == 0) w->events += end - row;
        }
    }
    return true;
}

/* The parts of the batch's rows that are due now and, in them, this thread's targets. */
static bool deliver_batch(Worker *w, const Projection *p, PendingBatch *batch, uint64_t step, double time) {
    HilSimulation *s = w->simulation;
    const int64_t *bounds = s->populations[p->row->target].bounds;
    uint32_t age = (uint32_t)(step - batch->stamp);
    int64_t due = 0, kept = 0;
    if (!engine_grow((void **)&w->list, &w->list_capacity, batch->count, sizeof *w->list)) return false;
    for (int64_t i = 0; i < batch->count; i++) {
        uint32_t source = batch->sources[i], next = batch->age[i];
        uint64_t begin = batch->cursor[i], end = begin, last = p->rows[source + 1];
        if (next == age) {
            do end++;
            while (end < last && row_delay(p, end) == age);
            w->row_begin[source] = begin;
            w->row_end[source] = end;
            if (s->thread_count > 1) {
                w->row_begin[source] = row_lower_bound(p, begin, end, (uint32_t)bounds[w->index]);
                w->row_end[source] = row_lower_bound(p, w->row_begin[source], end, (uint32_t)bounds[w->index + 1]);
            }
            if (w->row_begin[source] < w->row_end[source]) w->list[due++] = source;
            if (end == last) continue; /* its row is done */
            next = row_delay(p, end);
        }
        batch->sources[kept] = source;
        batch->cursor[kept] = end;
        batch->age[kept++] = next;
    }
    batch->count = kept;
    if (due == 0) return true;
    HilCall call = {.list = w->list, .count = due, .rows = w->row_begin, .rows_end = w->row_end,
                    .row_starts = p->rows, .targets = p->targets, .target_bytes = p->target_bytes, .step = step,
                    .time = time};
    engine_call(s, &p->deliver, &call);
    return true;
}

static bool deliver_own_delays(Worker *w, Projection *p, const EventState *event, uint64_t step, double time) {
    PendingBatch *batches = &p->pending[(uint64_t)w->index * p->pending_slots];
    PendingBatch *newest = &batches[step % p->pending_slots];
    if (!begin_batch(w, p, event, newest, step)) return false;
    uint64_t oldest = step >= p->max_delay ? step - p->max_delay : 0;
    for (uint64_t stamp = oldest; stamp <= step; stamp++) {
        PendingBatch *batch = &batches[stamp % p->pending_slots];
        if (batch->count && batch->stamp == stamp && !deliver_batch(w, p, batch, step, time)) return false;
    }
    return true;
}

/* ---- all projections --------------------------------------------------------------------------------------------- */

bool engine_deliver(Worker *w, uint64_t step, double time) {
    HilSimulation *s = w->simulation;
    for (int32_t i = 0; i < s->network->projections.count; i++) {
        Projection *p = &s->projections[i];
        if (!p->has_deliver || p->count == 0) continue;
        const int64_t *bounds = s->populations[p->row->target].bounds;
        const EventState *event = &s->populations[p->row->source].events[p->row->source_event];
        for (int64_t k = 0; k < p->late_count; k++)
            if (p->late[k].due == step) deliver_rows(w, p, p->late[k].sources, p->late[k].count, step, time);
        bool mine = bounds[w->index] < bounds[w->index + 1];
        if (p->delay_steps) {
            if (!deliver_own_delays(w, p, event, step, time)) return false;
        } else if ((mine || w->index == 0) && !deliver_one_delay(w, p, event, step, time)) {
            return false;
        }
    }
    return true;
}
