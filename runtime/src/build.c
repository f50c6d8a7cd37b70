/* From scalars to a network that can step. In: a simulation whose parameters are set. Out: populations with their initial
 * values, projections, history of spikes, drives, recorders, all cut into the threads' ranges.
 * Kept true: nothing large is allocated before the memory was predicted and found to be there. */
#include "names.h"
#include "rows.h"
#include "threads.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SYNAPSES_PER_LANE = 4 };

#define POPULATIONS(s, i) for (int32_t i = 0; i < (s)->network->populations.count; i++)
#define PROJECTIONS(s, i) for (int32_t i = 0; i < (s)->network->projections.count; i++)

/* ---- sizes and threads ------------------------------------------------------------------------------------------- */

static bool size_populations(HilSimulation *s, HilError *error) {
    char place[300];
    POPULATIONS(s, i) {
        Population *p = &s->populations[i];
        double size;
        if (!engine_number(s, p->row->size, &size, error)) return false;
        if (!(size >= 0 && size <= 2147483647.0) || size != floor(size))
            return hil_fail(error, "population %s%s has a size of %g; it must be a whole number in 0 .. 2147483647",
                            p->name, engine_place(s, p->row->line, place, sizeof place), size);
        p->size = (int64_t)size;
        p->padded = engine_pad(p->size);
    }
    return true;
}

/* Does a deliver kernel read at its source what another delivery writes there, or the same plane on both sides? Then
 * only one thread keeps the model's order. */
static bool delivery_needs_order(const HilSimulation *s) {
    PROJECTIONS(s, i) {
        const HilProjection *row = s->projections[i].row;
        if (row->deliver < 0) continue;
        const HilUse *use = engine_use_row(s, row->deliver);
        const HilPlaneRef *refs = hil_row(s->image, HIL_PLANE_REFS, HilPlaneRef, use->planes.first);
        for (int32_t a = 0; a < use->planes.count; a++) {
            if (refs[a].owner_kind != HIL_OWNER_POPULATION) continue;
            for (int32_t b = a + 1; b < use->planes.count; b++)
                if (!memcmp(&refs[a], &refs[b], sizeof refs[a])) return true;
            if (row->source == row->target || refs[a].owner != row->source) continue;
            PROJECTIONS(s, k) {
                const HilProjection *other = s->projections[k].row;
                if (other->deliver < 0 || other->target != row->source) continue;
                const HilUse *writer = engine_use_row(s, other->deliver);
                for (int32_t b = 0; b < writer->planes.count; b++)
                    if (!memcmp(&refs[a], hil_row(s->image, HIL_PLANE_REFS, HilPlaneRef, writer->planes.first + b),
                                sizeof refs[a]))
                        return true;
            }
        }
    }
    return false;
}

/* Cells, and synapses whose work threads can share at every step: some of them weigh as much as a cell. */
static double lanes_of_step(HilSimulation *s) {
    double lanes = 0, synapses;
    HilError ignored; /* the plan of memory will tell it */
    POPULATIONS(s, i) lanes += (double)s->populations[i].size;
    PROJECTIONS(s, i) {
        const HilProjection *row = s->projections[i].row;
        if (row->edge.count && (row->flags & HIL_EDGE_BY_TARGET) && engine_expected_synapses(s, i, &synapses, &ignored) &&
            synapses > 0)
            lanes += synapses / SYNAPSES_PER_LANE;
    }
    return lanes;
}

static bool cut_ranges(HilSimulation *s) {
    double lanes = lanes_of_step(s);
    s->thread_count = delivery_needs_order(s) ? 1 : engine_choose_threads(s, lanes);
    POPULATIONS(s, i) {
        Population *p = &s->populations[i];
        int64_t blocks = p->padded / HIL_PAD, threads = s->thread_count;
        p->bounds = calloc((size_t)threads + 1, sizeof *p->bounds);
        if (!p->bounds) return false;
        for (int64_t t = 0; t <= threads; t++) {
            int64_t bound = blocks * t / threads * HIL_PAD;
            p->bounds[t] = bound < p->size ? bound : p->size;
        }
        if (p->size > s->max_sources) s->max_sources = p->size;
    }
    return true;
}

/* ---- populations ------------------------------------------------------------------------------------------------- */

static bool allocate_population(HilSimulation *s, Population *p) {
    p->planes = calloc((size_t)p->row->planes.count + 1, sizeof *p->planes);
    for (int32_t i = 0; p->planes && i < p->row->planes.count; i++) {
        const HilPlane *row = engine_plane_row(s, p->row->planes, i);
        p->planes[i] = engine_allocate((size_t)p->padded * engine_storage_bytes(row));
        if (!p->planes[i]) return false;
        s->any_clear |= row->flags & HIL_PLANE_CLEAR;
    }
    return p->planes != NULL;
}

/* Positions go to the planes of that role, in the order x, y, z. */
static bool place_cells(HilSimulation *s, Population *p, HilError *error) {
    if (p->row->layout < 0) return true;
    double *values = NULL, *axes[3] = {0};
    int64_t count = 0;
    bool good;
    if (s->evaluator.layout) {
        values = calloc((size_t)p->size * 3 + 1, sizeof *values);
        for (int k = 0; values && k < 3; k++) axes[k] = values + k * p->size;
        good = values ? s->evaluator.layout(s->evaluator.context, p->row->layout, p->size, axes[0], axes[1], axes[2],
                                            error)
                      : hil_fail(error, "out of memory");
    } else {
        good = s->evaluator.list ? s->evaluator.list(s->evaluator.context, p->row->layout, &values, &count, error)
                                 : hil_fail(error, "this simulation was given no evaluator");
        if (good && count != 3 * p->size)
            good = hil_fail(error, "the layout of %s gives %lld numbers for %lld cells", p->name, (long long)count,
                            (long long)p->size);
    }
    for (int32_t i = 0, axis = 0; good && i < p->row->planes.count && axis < 3; i++) {
        HilPlaneView view = {p->planes[i], p->size, engine_plane_row(s, p->row->planes, i)};
        if (view.row->role != HIL_PLANE_POSITION) continue;
        for (int64_t k = 0; k < p->size; k++)
            hil_plane_set_value(view, k, axes[0] ? axes[axis][k] : values[3 * k + axis]);
        axis++;
    }
    free(values);
    return good;
}

/* Padding lanes get values like any other, so that nothing computed in them is slow or loud. */
void engine_call_all_lanes(const HilSimulation *s, const Population *p, const BoundUse *uses, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        HilCall call = {.begin = 0, .end = p->padded, .step = s->step, .time = engine_time_of(s, s->step)};
        engine_call(s, &uses[i], &call);
    }
}

bool engine_no_events(const HilSimulation *s, const BoundUse *uses, int32_t count, HilError *error) {
    for (int32_t i = 0; i < count; i++) {
        const HilKernelRow *row = hil_row(s->image, HIL_KERNELS, HilKernelRow, uses[i].kernel);
        if (uses[i].planes && uses[i].event_count)
            return hil_fail(error, "kernel %s has events where none can happen", engine_text(s, row->name));
    }
    return true;
}

static bool make_population(HilSimulation *s, int32_t index, HilError *error) {
    Population *p = &s->populations[index];
    if (!place_cells(s, p, error) || !engine_bind_range(s, p->row->init, &p->init, error) ||
        !engine_no_events(s, p->init, p->row->init.count, error))
        return false;
    engine_call_all_lanes(s, p, p->init, p->row->init.count);
    engine_apply_overrides(s, index, -1);
    return true;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static bool make_event(HilSimulation *s, Population *p, EventState *event, HilError *error) {
    event->has_handler = event->row->handler >= 0;
    if (event->has_handler && (!engine_bind(s, event->row->handler, &event->handler, error) ||
                               !engine_no_events(s, &event->handler, 1, error)))
        return false;
    if (event->row->condition >= 0) {
        int32_t conditions = 0;
        for (int32_t i = 0; i < p->row->advance.count; i++) conditions += p->advance[i].event_count;
        if (event->row->condition >= conditions)
            return hil_fail(error, "event %s of %s has no condition in its kernels", engine_text(s, event->row->name),
                            p->name);
    }
    if (!(event->row->flags & HIL_EVENT_TIMED)) return true;
    s->any_timed = true;
    event->queues = calloc((size_t)s->thread_count, sizeof *event->queues);
    event->due = malloc((size_t)p->padded * sizeof *event->due);
    if (!event->queues || !event->due) return hil_fail(error, "out of memory");
    for (int64_t i = 0; i < p->padded; i++) event->due[i] = UINT64_MAX;
    return true;
}

static bool make_events(HilSimulation *s, Population *p, HilError *error) {
    p->events = calloc((size_t)p->row->events.count + 1, sizeof *p->events);
    if (!p->events) return hil_fail(error, "out of memory");
    if (p->row->level > s->levels) s->levels = p->row->level;
    for (int32_t i = 0; i < p->row->advance.count; i++)
        if (p->advance[i].event_count > s->max_condition_events) s->max_condition_events = p->advance[i].event_count;
    for (int32_t i = 0; i < p->row->events.count; i++) {
        p->events[i].row = hil_row(s->image, HIL_EVENTS, HilEvent, p->row->events.first + i);
        if (!make_event(s, p, &p->events[i], error)) return false;
    }
    return true;
}

/* Spikes under way wait in a list for each step of the longest delay. */
static bool no_room(size_t bytes, uint64_t delay, double dt, HilError *error) {
    return hil_fail(error, "no room for spikes under way: a delay of %g ms is %llu steps of %g ms, whose lists take %.3g MB",
                    (double)delay * dt * 1e3, (unsigned long long)delay, dt * 1e3, (double)bytes / 1e6);
}

/* Room for spikes from their stamp to their last delivery. What is stamped with the coming step's start is kept: rows
 * with delays of their own take it up in that step. */
static bool make_history(HilSimulation *s, int32_t population, int32_t index, HilError *error) {
    EventState *event = &s->populations[population].events[index];
    uint64_t longest = 0;
    PROJECTIONS(s, i) {
        const Projection *p = &s->projections[i];
        if (!p->has_deliver || p->row->source != population || p->row->source_event != index) continue;
        if (!p->delay_steps && p->delay > longest) longest = p->delay;
        if (event->queues && s->thread_count > 1) s->barrier_after_timed = true;
    }
    EventState old = *event;
    event->slot_count = 4;
    /* Beside what is to be delivered, the last window's stamps (they are recorded late) and the coming ones. */
    while (event->slot_count < (int64_t)(longest + 2 * s->window) + 1) event->slot_count *= 2;
    size_t lists = (size_t)event->slot_count * (size_t)s->thread_count;
    event->fired = engine_allocate(lists * sizeof *event->fired);
    event->timed = engine_allocate(lists * sizeof *event->timed);
    bool good = event->fired && event->timed;
    for (int t = 0; good && old.fired && t < s->thread_count; t++) {
        SpikeList *from = spike_slot(s, &old, old.fired, s->step, t), *to = spike_slot(s, event, event->fired, s->step, t);
        *to = *from;
        *from = (SpikeList){0};
    }
    for (int64_t i = 0; old.fired && i < old.slot_count * s->thread_count; i++) {
        free(old.fired[i].lanes);
        free(old.fired[i].fraction);
        free(old.timed[i].lanes);
        free(old.timed[i].fraction);
    }
    free(old.fired);
    free(old.timed);
    return good || no_room(lists * (sizeof *event->fired + sizeof *event->timed), longest, s->dt, error);
}

/* A spike of a window's first step is stamped one later, and due no sooner than the least delay after that. */
static uint64_t find_window(const HilSimulation *s) {
    enum { MOST = 64 };
    uint64_t window = MOST;
    if (s->thread_count == 1 || s->any_edges || s->past_count || s->network->stages > 1) return 1;
    PROJECTIONS(s, i) {
        const Projection *p = &s->projections[i];
        if (!p->has_deliver) continue;
        if (s->populations[p->row->source].events[p->row->source_event].queues) return 1; /* it fires at steps' starts too */
        if (!p->count) continue;
        if (!(p->row->flags & HIL_DELIVER_BY_TARGET)) return 1;
        if (p->min_delay + 1 < window) window = p->min_delay + 1;
    }
    return window;
}

bool engine_make_histories(HilSimulation *s, HilError *error) {
    s->window = find_window(s);
    POPULATIONS(s, i) {
        for (int32_t k = 0; k < s->populations[i].row->events.count; k++)
            if (!make_history(s, i, k, error)) return false;
    }
    return true;
}

bool engine_make_pending(HilSimulation *s, Projection *p, HilError *error) {
    if (!p->has_deliver || !p->delay_steps) return true;
    rows_free_pending(s, p);
    p->pending_slots = p->max_delay + 1;
    p->pending = calloc(p->pending_slots * (size_t)s->thread_count, sizeof *p->pending);
    size_t bytes = p->pending_slots * (size_t)s->thread_count * sizeof *p->pending;
    return p->pending || no_room(bytes, p->max_delay, s->dt, error);
}

/* ---- binding what runs in steps ---------------------------------------------------------------------------------- */

/* Its events are a part of the advance kernel's, which lists the lanes for it. */
static bool check_within(const HilSimulation *s, const Population *p, HilError *error) {
    if (!p->row->within.count) return true;
    if (p->row->within.count == 1 && p->row->advance.count == 1 && p->row->within_condition >= 0 &&
        p->row->within_condition < p->advance->event_count && p->within->event_count <= p->row->within_condition)
        return true;
    return hil_fail(error, "the kernel within steps of %s does not fit its step (%s)", p->name,
                    engine_text(s, s->image->source_path));
}

static bool bind_population(HilSimulation *s, Population *p, HilError *error) {
    return engine_bind_range(s, p->row->lane_prepare, &p->lane_prepare, error) &&
           engine_no_events(s, p->lane_prepare, p->row->lane_prepare.count, error) &&
           engine_bind_range(s, p->row->advance, &p->advance, error) &&
           engine_bind_range(s, p->row->within, &p->within, error) && make_events(s, p, error) && check_within(s, p, error);
}

static bool bind_projection(HilSimulation *s, Projection *p, HilError *error) {
    if (!engine_bind_range(s, p->row->lane_prepare, &p->lane_prepare, error) ||
        !engine_bind_range(s, p->row->edge, &p->edge, error) ||
        !engine_no_events(s, p->lane_prepare, p->row->lane_prepare.count, error) ||
        !engine_no_events(s, p->edge, p->row->edge.count, error))
        return false;
    if (p->row->edge.count && p->count) s->any_edges = true;
    p->has_deliver = p->row->deliver >= 0 && p->row->source_event >= 0;
    return !p->has_deliver ||
           (engine_bind(s, p->row->deliver, &p->deliver, error) && engine_no_events(s, &p->deliver, 1, error));
}

bool engine_own_lists(HilSimulation *s, const LaneList *view, int32_t population, LaneList **lists) {
    const int64_t *bounds = s->populations[population].bounds;
    *lists = calloc((size_t)s->thread_count, sizeof **lists);
    for (int t = 0; *lists && t < s->thread_count; t++) {
        LaneList *own = &(*lists)[t];
        own->lanes = malloc(((size_t)view->count + 1) * sizeof *own->lanes);
        if (!own->lanes) return false;
        for (int64_t i = 0; i < view->count; i++)
            if (view->lanes[i] >= bounds[t] && view->lanes[i] < bounds[t + 1]) own->lanes[own->count++] = view->lanes[i];
    }
    return *lists != NULL;
}

static int compare_times(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool make_drive(HilSimulation *s, Drive *d, HilError *error) {
    const Population *p = &s->populations[d->row->population];
    if (!engine_bind(s, d->row->use, &d->use, error) || !engine_no_events(s, &d->use, 1, error) ||
        !engine_view(s, d->row->view, p->size, p->name, d->row->line, &d->view, &d->all, error))
        return false;
    if (!d->all && !engine_own_lists(s, &d->view, d->row->population, &d->lists))
        return hil_fail(error, "out of memory");
    if (d->row->kind != HIL_DRIVE_AT_TIMES) return true;
    if (!s->evaluator.list) return hil_fail(error, "this simulation was given no evaluator");
    if (!s->evaluator.list(s->evaluator.context, d->row->times, &d->times, &d->time_count, error)) return false;
    for (int64_t i = 0; i < d->time_count; i++)
        if (!(d->times[i] >= 0))
            return hil_fail(error, "drive %s: an event at %g ms", engine_text(s, d->row->name), d->times[i] * 1e3);
    if (d->time_count) qsort(d->times, (size_t)d->time_count, sizeof *d->times, compare_times);
    d->steps = malloc(((size_t)d->time_count + 1) * sizeof *d->steps);
    return d->steps || hil_fail(error, "out of memory");
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static bool build(HilSimulation *s, double dt, HilError *error) {
    if (!hil_simulation_prepare(s, dt, error) || !engine_judge_step(s, false, error)) return false;
    if (!size_populations(s, error)) return false;
    if (!cut_ranges(s)) return hil_fail(error, "out of memory");
    if (!engine_plan_memory(s, error)) return false;
    POPULATIONS(s, i) {
        if (!allocate_population(s, &s->populations[i]))
            return hil_fail(error, "out of memory for the %lld cells of %s", (long long)s->populations[i].size,
                            s->populations[i].name);
    }
    POPULATIONS(s, i) if (!make_population(s, i, error)) return false;
    if (!engine_select(s, error)) return false;
    PROJECTIONS(s, i) if (!engine_connect(s, i, error)) return false;
    POPULATIONS(s, i) if (!bind_population(s, &s->populations[i], error)) return false;
    PROJECTIONS(s, i) if (!bind_projection(s, &s->projections[i], error)) return false;
    for (int32_t i = 0; i < s->network->drives.count; i++)
        if (!make_drive(s, &s->drives[i], error) || !engine_retime_drive(s, &s->drives[i], error)) return false;
    if (!engine_lane_prepare(s, error)) return false;
    engine_read_all_uniforms(s);
    if (!engine_retime_events(s, 1, error) || !engine_make_pasts(s, error)) return false;
    PROJECTIONS(s, i) {
        Projection *p = &s->projections[i];
        if (!engine_make_pending(s, p, error) || !engine_split_rows(s, p, error) || !engine_make_parts(s, p, error))
            return false;
    }
    s->check_every = 1e-3 / dt > 1 ? (uint64_t)llround(1e-3 / dt) : 1;
    return engine_make_histories(s, error) && engine_make_recorders(s, error);
}

bool hil_simulation_build(HilSimulation *s, double dt, HilError *error) {
    if (s->failed) return hil_fail(error, "this simulation has failed before");
    if (s->built) return engine_refresh(s, dt, error);
    double start = engine_clock();
    s->built = build(s, dt, error);
    s->failed = !s->built;
    s->statistics.build_seconds = engine_clock() - start;
    return s->built;
}
