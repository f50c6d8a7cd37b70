/* Values of the past: planes that are at each step's start what another plane was some steps before.
 * In: the image's DELAYED planes, their delays in seconds. Out: rings of copies, one a plane, written and read by each
 * thread for its own lanes, so no bit depends on their number. Planes of synapses gather theirs out of their source's ring
 * once all threads have written.
 * Kept true: before the first step's time the past is the value at the first step; when the delay or dt changes the
 * past is kept, taken at the old steps nearest to the new ones, and before its beginning the oldest value stands. */
#include "engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POPULATIONS(s, i) for (int32_t i = 0; i < (s)->network->populations.count; i++)

static bool steps_of(const HilSimulation *s, const Population *p, const HilPlane *row, double dt, uint64_t *steps,
                     HilError *error) {
    double delay = s->scalars[row->delay_slot];
    char place[300];
    if (engine_steps(delay, dt, steps)) return true;
    return hil_fail(error, "%s.%s%s: a delay of %g ms; it must be zero or more, and less than 2^31 steps", p->name,
                    engine_text(s, row->name), engine_place(s, row->line, place, sizeof place), delay * 1e3);
}

bool engine_past_bytes(const HilSimulation *s, double *bytes, HilError *error) {
    *bytes = 0;
    POPULATIONS(s, i) {
        const Population *p = &s->populations[i];
        for (int32_t k = 0; k < p->row->planes.count; k++) {
            const HilPlane *row = engine_plane_row(s, p->row->planes, k);
            uint64_t steps;
            if (!(row->flags & HIL_PLANE_DELAYED) || row->delay_slot < 0) continue; /* synapses' delays: not known yet */
            if (!steps_of(s, p, row, s->dt, &steps, error)) return false;
            *bytes += ((double)steps + 1) * (double)p->padded * (double)engine_storage_bytes(row);
        }
    }
    return true;
}

static char *slot_of(const PastPlane *past, uint64_t back, uint64_t step) {
    uint64_t at = (step - past->base + past->slots - back % past->slots) % past->slots;
    return past->ring + (size_t)at * past->stride;
}

/* A ring for `slots` - 1 steps back from `step` on, with what the old one knows; old steps are worth `stretch` new ones. */
static bool make_ring(PastPlane *past, uint64_t slots, uint64_t step, double stretch, const void *now) {
    PastPlane old = *past;
    past->ring = engine_allocate((size_t)slots * past->stride);
    if (!past->ring) {
        past->ring = old.ring;
        return false;
    }
    past->slots = slots;
    past->base = step;
    past->fresh = !old.ring || (old.fresh && old.base == step);
    for (uint64_t back = 1; !past->fresh && back < slots; back++) {
        double wanted = rint((double)back / stretch), oldest = (double)(old.slots - 1);
        uint64_t from = wanted < oldest ? (uint64_t)wanted : old.slots - 1;
        if (old.fresh && from > step - old.base) from = step - old.base;
        memcpy(slot_of(past, back, step), from ? slot_of(&old, from, step) : (const char *)now, past->stride);
    }
    free(old.ring);
    return true;
}

static bool make_past(HilSimulation *s, int32_t population, int32_t plane, PastPlane *past, HilError *error) {
    const Population *p = &s->populations[population];
    const HilPlane *row = engine_plane_row(s, p->row->planes, plane);
    past->population = population;
    past->plane = plane;
    past->from = row->delayed_plane;
    past->stride = (size_t)p->padded * engine_storage_bytes(row);
    past->for_synapses = row->delay_slot < 0;
    if (row->delayed_use < 0) return true;
    past->computed = true;
    return engine_bind(s, row->delayed_use, &past->use, error) && engine_no_events(s, &past->use, 1, error);
}

bool engine_reads_past(const HilSimulation *s, const HilProjection *row) {
    for (int32_t k = 0; k < row->planes.count; k++)
        if (engine_plane_row(s, row->planes, k)->flags & HIL_PLANE_DELAYED) return true;
    return false;
}

static bool make_readers(HilSimulation *s, HilError *error) {
    int32_t count = 0;
    for (int32_t i = 0; i < s->network->projections.count; i++) count += s->projections[i].row->planes.count;
    s->past_readers = calloc((size_t)count + 1, sizeof *s->past_readers);
    if (!s->past_readers) return hil_fail(error, "out of memory");
    for (int32_t i = 0; i < s->network->projections.count; i++) {
        const Projection *p = &s->projections[i];
        for (int32_t k = 0; p->count && k < p->row->planes.count; k++) {
            const HilPlane *row = engine_plane_row(s, p->row->planes, k);
            if (!(row->flags & HIL_PLANE_DELAYED)) continue;
            PastReader reader = {.projection = i, .plane = k};
            while (s->pasts[reader.past].population != p->row->source || s->pasts[reader.past].plane != row->delayed_plane)
                reader.past++;
            s->past_readers[s->past_reader_count++] = reader;
        }
    }
    return true;
}

bool engine_make_pasts(HilSimulation *s, HilError *error) {
    int32_t count = 0;
    POPULATIONS(s, i) {
        for (int32_t k = 0; k < s->populations[i].row->planes.count; k++)
            count += engine_plane_row(s, s->populations[i].row->planes, k)->flags & HIL_PLANE_DELAYED ? 1 : 0;
    }
    if (!count) return true;
    s->pasts = calloc((size_t)count, sizeof *s->pasts);
    if (!s->pasts) return hil_fail(error, "out of memory");
    POPULATIONS(s, i) {
        for (int32_t k = 0; k < s->populations[i].row->planes.count; k++)
            if (engine_plane_row(s, s->populations[i].row->planes, k)->flags & HIL_PLANE_DELAYED &&
                !make_past(s, i, k, &s->pasts[s->past_count++], error))
                return false;
    }
    return make_readers(s, error) && engine_retime_pasts(s, 1, error);
}

/* The longest delay of the synapses that read it. */
static uint64_t longest_delay(const HilSimulation *s, int32_t past) {
    uint64_t longest = 0;
    for (int32_t i = 0; i < s->past_reader_count; i++) {
        const PastReader *reader = &s->past_readers[i];
        uint64_t delay = s->projections[reader->projection].max_delay;
        if (reader->past == past && delay > longest) longest = delay;
    }
    return longest;
}

bool engine_retime_pasts(HilSimulation *s, double stretch, HilError *error) {
    for (int32_t i = 0; i < s->past_count; i++) {
        PastPlane *past = &s->pasts[i];
        const Population *p = &s->populations[past->population];
        const HilPlane *row = engine_plane_row(s, p->row->planes, past->plane);
        uint64_t steps = past->for_synapses ? longest_delay(s, i) : 0;
        if (!past->for_synapses && !steps_of(s, p, row, s->dt, &steps, error)) return false;
        if (past->ring && stretch == 1 && steps + 1 == past->slots) continue;
        double slot = (double)past->stride, old = past->ring ? (double)past->slots * slot : 0;
        if (past->for_synapses && !engine_plan_more(s, ((double)steps + 1) * slot, old, "values of the past", error))
            return false;
        if (!make_ring(past, steps + 1, s->step, stretch, p->planes[past->from]))
            return hil_fail(error, "%s.%s: out of memory for %llu steps of the past", p->name,
                            engine_text(s, row->name), (unsigned long long)steps);
    }
    return true;
}

void engine_take_past(const HilSimulation *s, int thread, uint64_t step, double time) {
    for (int32_t i = 0; i < s->past_count; i++) {
        const PastPlane *past = &s->pasts[i];
        const Population *p = &s->populations[past->population];
        int64_t begin = p->bounds[thread], end = p->bounds[thread + 1];
        if (begin >= end) continue;
        if (past->computed) {
            HilCall call = {.begin = begin, .end = end, .step = step, .time = time};
            engine_call(s, &past->use, &call);
        }
        size_t element = past->stride / (size_t)p->padded, at = (size_t)begin * element;
        size_t bytes = (size_t)(engine_pad(end) - begin) * element;
        const char *now = (const char *)p->planes[past->from] + at;
        for (uint64_t back = past->fresh && step == past->base ? past->slots - 1 : 0;; back--) {
            memcpy(slot_of(past, back, step) + at, now, bytes);
            if (!back) break;
        }
        if (!past->for_synapses)
            memcpy((char *)p->planes[past->plane] + at, slot_of(past, past->slots - 1, step) + at, bytes);
    }
}

/* values[j] = what the source of synapse j was at its delay before the step. */
static void gather(const PastPlane *past, uint64_t step, const Projection *p, const void *delays, const uint32_t *sources,
                   void *values, int64_t count, size_t element) {
    uint64_t now = (step - past->base) % past->slots;
    for (int64_t j = 0; j < count; j++) {
        uint64_t back = !delays ? p->delay : p->delay_bytes == 2 ? ((const uint16_t *)delays)[j] : ((const uint32_t *)delays)[j];
        uint64_t slot = now >= back ? now - back : now + past->slots - back;
        const char *from = past->ring + slot * past->stride;
        if (element == sizeof(double)) ((double *)values)[j] = ((const double *)(const void *)from)[sources[j]];
        else ((float *)values)[j] = ((const float *)(const void *)from)[sources[j]];
    }
}

void engine_read_past(const HilSimulation *s, int thread, uint64_t step) {
    for (int32_t i = 0; i < s->past_reader_count; i++) {
        const PastReader *reader = &s->past_readers[i];
        const Projection *p = &s->projections[reader->projection];
        const PastPlane *past = &s->pasts[reader->past];
        const EdgePart *part = p->parts ? &p->parts[thread] : NULL;
        size_t element = engine_storage_bytes(engine_plane_row(s, p->row->planes, reader->plane));
        if (part) gather(past, step, p, part->delay_steps, part->sources, part->planes[reader->plane], part->count, element);
        else if (thread == 0) gather(past, step, p, p->delay_steps, p->sources, p->planes[reader->plane], p->count, element);
    }
}

void engine_free_pasts(HilSimulation *s) {
    for (int32_t i = 0; i < s->past_count; i++) {
        engine_free_use(&s->pasts[i].use);
        free(s->pasts[i].ring);
    }
    free(s->pasts);
    free(s->past_readers);
}
