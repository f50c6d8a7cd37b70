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

enum { SPIKES_FIRST = sizeof((SpikeList *)0)->first / sizeof(uint32_t) };

bool spike_list_append(SpikeList *list, const uint32_t *lanes, const double *fraction, int64_t count) {
    int64_t room = list->capacity;
    if (!engine_grow((void **)&list->lanes, &room, list->count + count, sizeof *list->lanes) ||
        !engine_grow((void **)&list->fraction, &list->capacity, list->count + count, sizeof *list->fraction))
        return false;
    memcpy(list->lanes + list->count, lanes, (size_t)count * sizeof *lanes);
    for (int64_t i = 0, at = list->count; i < count && at < SPIKES_FIRST; i++, at++) list->first[at] = lanes[i];
    for (int64_t i = 0; i < count; i++) list->fraction[list->count + i] = fraction ? fraction[i] : 1;
    list->count += count;
    return true;
}

/* ---- who fired --------------------------------------------------------------------------------------------------- */

/* Conditions' and timed spikes of one thread's cells at one stamp, in the order of cells. */
static void merge(const SpikeList *a, const SpikeList *b, uint32_t *list) {
    int64_t i = 0, j = 0, k = 0;
    while (i < a->count || j < b->count) {
        bool first = j == b->count || (i < a->count && a->lanes[i] <= b->lanes[j]);
        list[k++] = first ? a->lanes[i++] : b->lanes[j++];
    }
}

/* Reading another thread's list costs a cache line from its core; one line is enough where spikes are few. */
static void copy_list(const SpikeList *list, uint32_t *to) {
    memcpy(to, list->count <= SPIKES_FIRST ? list->first : list->lanes, (size_t)list->count * sizeof *to);
}

static bool gather(Worker *w, const EventState *event, uint64_t stamp, bool fired_count, bool timed_count) {
    static const SpikeList none = {0};
    HilSimulation *s = w->simulation;
    w->gathered_count = 0;
    w->gathered_event = NULL;
    for (int t = 0; t < s->thread_count; t++) {
        const SpikeList *fired = fired_count ? spike_slot(s, event, event->fired, stamp, t) : &none;
        const SpikeList *timed = timed_count ? spike_slot(s, event, event->timed, stamp, t) : &none;
        int64_t count = fired->count + timed->count;
        if (!count) continue;
        if (!engine_grow((void **)&w->gathered, &w->gathered_capacity, w->gathered_count + count, sizeof *w->gathered))
            return false;
        if (!fired->count || !timed->count) copy_list(fired->count ? fired : timed, w->gathered + w->gathered_count);
        else merge(fired, timed, w->gathered + w->gathered_count);
        w->gathered_count += count;
    }
    w->gathered_event = event;
    w->gathered_stamp = stamp;
    w->gathered_fired = fired_count;
    w->gathered_timed = timed_count;
    return true;
}

/* The sources of a stamp, ascending, as far as they are not in `late` already. Projections of the same source, which
 * mostly follow each other, find them gathered. */
static bool sources_at(Worker *w, const Projection *p, const EventState *event, uint64_t stamp,
                       const uint32_t **sources, int64_t *count) {
    /* Timed events of a stamp come at the start of the step that begins there, after a change of delays. */
    bool fired = stamp >= p->valid_from, timed = event->queues && stamp + 1 >= p->valid_from;
    if (w->gathered_event != event || w->gathered_stamp != stamp || w->gathered_fired != fired || w->gathered_timed != timed)
        if (!gather(w, event, stamp, fired, timed)) return false;
    *sources = w->gathered;
    *count = w->gathered_count;
    return true;
}

/* ---- one delay for all synapses ---------------------------------------------------------------------------------- */

/* Rows of different sources lie anywhere in memory: all that is needed is asked for before the first is gone through. */
static void fetch_rows(const HilCall *call) {
    enum { MOST = 256 };
    int64_t count = call->count < MOST ? call->count : MOST;
    const uint64_t *ends = call->rows_end ? call->rows_end : call->rows + 1;
    for (int64_t i = 0; i < count; i++) {
        __builtin_prefetch(&call->rows[call->list[i]]);
        __builtin_prefetch(&ends[call->list[i]]);
    }
    for (int64_t i = 0; i < count; i++) {
        const char *targets = (const char *)call->targets + call->rows[call->list[i]] * (uint64_t)call->target_bytes;
        __builtin_prefetch(targets);
        __builtin_prefetch(targets + 64);
    }
}

static void deliver_rows(Worker *w, const Projection *p, const uint32_t *sources, int64_t count, uint64_t step,
                         double time) {
    HilSimulation *s = w->simulation;
    if (count == 0) return;
    HilCall *call = &w->rows_call;
    const RowPart *part = p->row_parts ? &p->row_parts[w->index] : NULL;
    call->list = sources;
    call->count = count;
    call->rows = part ? part->rows : p->split ? p->split[w->index] : p->rows;
    call->rows_end = p->split ? p->split[w->index + 1] : NULL;
    call->row_starts = part ? part->starts : p->split ? p->rows : NULL;
    call->targets = part ? part->targets : p->targets;
    call->target_bytes = p->target_bytes;
    call->step = step;
    call->time = time;
    fetch_rows(call);
    const uint64_t *ends = call->rows_end ? call->rows_end : call->rows + 1;
    for (int64_t i = 0; i < count; i++) w->events += ends[sources[i]] - call->rows[sources[i]];
    engine_call(s, &p->deliver, call);
}

static bool deliver_one_delay(Worker *w, const Projection *p, const EventState *event, uint64_t step, double time) {
    if (step < p->delay) return true;
    const uint32_t *sources;
    int64_t count;
    if (!sources_at(w, p, event, step - p->delay, &sources, &count)) return false;
    deliver_rows(w, p, sources, count, step, time);
    return true;
}

/* ---- a delay for each synapse ------------------------------------------------------------------------------------ */

static bool begin_batch(Worker *w, Projection *p, const EventState *event, PendingBatch *batch, uint64_t stamp) {
    batch->stamp = stamp;
    batch->count = 0;
    const uint32_t *sources;
    int64_t count, a = batch->capacity, b = batch->capacity;
    if (!sources_at(w, p, event, stamp, &sources, &count)) return false;
    if (!engine_grow((void **)&batch->sources, &a, count, sizeof *batch->sources) ||
        !engine_grow((void **)&batch->age, &b, count, sizeof *batch->age) ||
        !engine_grow((void **)&batch->cursor, &batch->capacity, count, sizeof *batch->cursor))
        return false;
    for (int64_t i = 0; i < count; i++) {
        uint64_t row = p->rows[sources[i]], end = p->rows[sources[i] + 1];
        if (row == end) continue;
        batch->sources[batch->count] = sources[i];
        batch->cursor[batch->count] = row;
        batch->age[batch->count++] = row_delay(p, row);
        if (w->index == 0) w->events += end - row;
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
    for (uint64_t stamp = w->taken; stamp <= step && step == w->window_begin; stamp++)
        if (!begin_batch(w, p, event, &batches[stamp % p->pending_slots], stamp)) return false;
    uint64_t oldest = step >= p->max_delay ? step - p->max_delay : 0;
    for (uint64_t stamp = oldest; stamp <= step; stamp++) {
        PendingBatch *batch = &batches[stamp % p->pending_slots];
        if (batch->count && batch->stamp == stamp && !deliver_batch(w, p, batch, step, time)) return false;
    }
    return true;
}

bool engine_take_rest(Worker *w, uint64_t end) {
    HilSimulation *s = w->simulation;
    w->gathered_event = NULL;
    for (int32_t i = 0; i < s->network->projections.count; i++) {
        Projection *p = &s->projections[i];
        if (!p->has_deliver || p->count == 0 || !p->delay_steps) continue;
        const EventState *event = &s->populations[p->row->source].events[p->row->source_event];
        PendingBatch *batches = &p->pending[(uint64_t)w->index * p->pending_slots];
        for (uint64_t stamp = w->taken; stamp < end; stamp++)
            if (!begin_batch(w, p, event, &batches[stamp % p->pending_slots], stamp)) return false;
    }
    return true;
}

/* ---- all projections --------------------------------------------------------------------------------------------- */

bool engine_deliver(Worker *w, uint64_t step, double time) {
    HilSimulation *s = w->simulation;
    w->gathered_event = NULL; /* timed spikes of this step have come since */
    for (int32_t i = 0; i < s->network->projections.count; i++) {
        Projection *p = &s->projections[i];
        if (!p->has_deliver || p->count == 0) continue;
        const int64_t *bounds = s->populations[p->row->target].bounds;
        const EventState *event = &s->populations[p->row->source].events[p->row->source_event];
        for (int64_t k = 0; k < p->late_count; k++)
            if (p->late[k].due == step) deliver_rows(w, p, p->late[k].sources, p->late[k].count, step, time);
        bool mine = bounds[w->index] < bounds[w->index + 1]; /* else it has nothing to do, nor to count */
        if (p->delay_steps) {
            if (!deliver_own_delays(w, p, event, step, time)) return false;
        } else if (mine && !deliver_one_delay(w, p, event, step, time)) {
            return false;
        }
    }
    if (step == w->window_begin) w->taken = step + 1;
    return true;
}
