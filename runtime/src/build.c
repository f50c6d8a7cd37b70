/* From scalars to a network that can step. In: a simulation whose parameters are set. Out: populations with their initial
 * values, projections, history of spikes, drives, recorders, all cut into the threads' ranges.
 * Kept true: nothing large is allocated before the memory was predicted and found to be there. */
#include "names.h"
#include "rows.h"
#include "threads.h"
#include "hillock/linear.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool cut_ranges(HilSimulation *s) {
    double lanes = 0;
    POPULATIONS(s, i) lanes += (double)s->populations[i].size;
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
static void call_all_lanes(const HilSimulation *s, const Population *p, const BoundUse *uses, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        HilCall call = {.begin = 0, .end = p->padded, .step = s->step, .time = engine_time_of(s, s->step)};
        engine_call(s, &uses[i], &call);
    }
}

static bool no_events(const HilSimulation *s, const BoundUse *uses, int32_t count, HilError *error) {
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
        !no_events(s, p->init, p->row->init.count, error))
        return false;
    call_all_lanes(s, p, p->init, p->row->init.count);
    engine_apply_overrides(s, index, -1);
    return true;
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static bool make_event(HilSimulation *s, Population *p, EventState *event, HilError *error) {
    event->has_handler = event->row->handler >= 0;
    if (event->has_handler && (!engine_bind(s, event->row->handler, &event->handler, error) ||
                               !no_events(s, &event->handler, 1, error)))
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
    for (int32_t i = 0; i < p->row->advance.count; i++)
        if (p->advance[i].event_count > s->max_condition_events) s->max_condition_events = p->advance[i].event_count;
    for (int32_t i = 0; i < p->row->events.count; i++) {
        p->events[i].row = hil_row(s->image, HIL_EVENTS, HilEvent, p->row->events.first + i);
        if (!make_event(s, p, &p->events[i], error)) return false;
    }
    return true;
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
    event->slot_count = (int64_t)longest + 3;
    size_t lists = (size_t)event->slot_count * (size_t)s->thread_count;
    event->fired = calloc(lists, sizeof *event->fired);
    event->timed = calloc(lists, sizeof *event->timed);
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
    return good || hil_fail(error, "out of memory for spikes under way");
}

static bool make_histories(HilSimulation *s, HilError *error) {
    POPULATIONS(s, i) {
        for (int32_t k = 0; k < s->populations[i].row->events.count; k++)
            if (!make_history(s, i, k, error)) return false;
    }
    return true;
}

static bool make_pending(HilSimulation *s, Projection *p, HilError *error) {
    if (!p->has_deliver || !p->delay_steps) return true;
    rows_free_pending(s, p);
    p->pending_slots = p->max_delay + 1;
    p->pending = calloc(p->pending_slots * (size_t)s->thread_count, sizeof *p->pending);
    return p->pending || hil_fail(error, "connection %s: out of memory for spikes under way", p->name);
}

/* ---- binding what runs in steps ---------------------------------------------------------------------------------- */

static bool bind_population(HilSimulation *s, Population *p, HilError *error) {
    return engine_bind_range(s, p->row->lane_prepare, &p->lane_prepare, error) &&
           no_events(s, p->lane_prepare, p->row->lane_prepare.count, error) &&
           engine_bind_range(s, p->row->advance, &p->advance, error) && make_events(s, p, error);
}

static bool bind_projection(HilSimulation *s, Projection *p, HilError *error) {
    if (!engine_bind_range(s, p->row->lane_prepare, &p->lane_prepare, error) ||
        !engine_bind_range(s, p->row->edge, &p->edge, error) ||
        !no_events(s, p->lane_prepare, p->row->lane_prepare.count, error) ||
        !no_events(s, p->edge, p->row->edge.count, error))
        return false;
    if (p->row->edge.count && p->count) s->any_edges = true;
    p->has_deliver = p->row->deliver >= 0 && p->row->source_event >= 0;
    return !p->has_deliver ||
           (engine_bind(s, p->row->deliver, &p->deliver, error) && no_events(s, &p->deliver, 1, error));
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
    if (!engine_bind(s, d->row->use, &d->use, error) || !no_events(s, &d->use, 1, error) ||
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

/* ---- what follows from scalars ----------------------------------------------------------------------------------- */

/* Propagators of systems whose constants differ between instances: value k stands in scalar or plane. */
static bool lane_propagator(HilSimulation *s, const HilPrepare *row, HilError *error) {
    const Population *p = &s->populations[row->population];
    const HilValueRef *refs = hil_row(s->image, HIL_VALUE_REFS, HilValueRef, row->values.first);
    int cells = row->n * row->n;
    bool by_lane = false;
    for (int k = 0; k < 3 * cells; k++) by_lane |= refs[k].kind == HIL_VALUE_PLANE;
    double a[64 * 64] = {0}, out[2 * 64 * 64];
    for (int64_t lane = 0; by_lane && lane < p->padded; lane++) {
        for (int k = 0; k < cells; k++) {
            a[k] = 0;
            if (refs[k].kind == HIL_VALUE_SLOT) a[k] = s->scalars[refs[k].index];
            if (refs[k].kind == HIL_VALUE_PLANE)
                a[k] = hil_plane_value((HilPlaneView){p->planes[refs[k].index], p->size,
                                                      engine_plane_row(s, p->row->planes, refs[k].index)}, lane);
        }
        if (!hil_propagator(row->n, a, s->dt, out, out + cells)) {
            if (lane >= p->size) continue;
            return hil_fail(error, "the linear equations of %s[%lld] have no finite solution over one step of %g ms",
                            p->name, (long long)lane, s->dt * 1e3);
        }
        for (int k = 0; k < 2 * cells; k++) {
            const HilValueRef *ref = &refs[cells + k];
            if (ref->kind == HIL_VALUE_SLOT) s->scalars[ref->index] = out[k];
            if (ref->kind == HIL_VALUE_PLANE)
                hil_plane_set_value((HilPlaneView){p->planes[ref->index], p->size,
                                                   engine_plane_row(s, p->row->planes, ref->index)}, lane, out[k]);
        }
    }
    return true;
}

bool engine_lane_prepare(HilSimulation *s, HilError *error) {
    for (int32_t i = 0; i < s->network->prepares.count; i++) {
        const HilPrepare *row = hil_row(s->image, HIL_PREPARES, HilPrepare, s->network->prepares.first + i);
        if (row->kind == HIL_PREPARE_PROPAGATOR && row->population >= 0 && !lane_propagator(s, row, error)) return false;
    }
    POPULATIONS(s, i) {
        Population *p = &s->populations[i];
        call_all_lanes(s, p, p->lane_prepare, p->row->lane_prepare.count);
    }
    PROJECTIONS(s, i) {
        Projection *p = &s->projections[i];
        int64_t sources = s->populations[p->row->source].size;
        if (!p->row->lane_prepare.count || !p->count) continue;
        uint32_t *all = malloc(((size_t)sources + 1) * sizeof *all);
        if (!all) return hil_fail(error, "out of memory");
        for (int64_t k = 0; k < sources; k++) all[k] = (uint32_t)k;
        for (int32_t k = 0; k < p->row->lane_prepare.count; k++) {
            HilCall call = {.list = all, .count = sources, .rows = p->rows, .targets = p->targets,
                            .target_bytes = p->target_bytes, .step = s->step, .time = engine_time_of(s, s->step)};
            engine_call(s, &p->lane_prepare[k], &call);
        }
        free(all);
    }
    return true;
}

/* Half-open: the first step whose start is not before `time`. A millionth of a step forgives rounding. */
static uint64_t first_step_from(const HilSimulation *s, double time) {
    double count = ceil((time - s->origin_time) / s->dt - 1e-6);
    if (!(count > 0)) return s->origin_step;
    return count < 9e18 - (double)s->origin_step ? s->origin_step + (uint64_t)count : UINT64_MAX;
}

void engine_stimulus_steps(const HilSimulation *s, Stimulus *stimulus) {
    stimulus->from_step = first_step_from(s, stimulus->from);
    stimulus->to_step = first_step_from(s, stimulus->to);
}

static bool retime_drive(HilSimulation *s, Drive *d, HilError *error) {
    double seconds = 0;
    d->every = 1;
    if (d->row->every >= 0) {
        if (!engine_number(s, d->row->every, &seconds, error)) return false;
        if (!engine_steps(seconds, s->dt, &d->every) || d->every == 0)
            return hil_fail(error, "drive %s every %g ms: the interval must be a step of %g ms or longer",
                            engine_text(s, d->row->name), seconds * 1e3, s->dt * 1e3);
    }
    for (int64_t i = 0; i < d->time_count; i++) {
        double count = rint((d->times[i] - s->origin_time) / s->dt);
        d->steps[i] = count < 0 ? 0 : count < 9e18 ? s->origin_step + (uint64_t)count : UINT64_MAX;
    }
    return true;
}

static bool retime_events(HilSimulation *s, double stretch, HilError *error) {
    POPULATIONS(s, i) {
        Population *p = &s->populations[i];
        for (int32_t k = 0; k < p->row->events.count; k++) {
            EventState *event = &p->events[k];
            if (!event->queues) continue;
            event->delay = s->scalars[event->row->delay_slot];
            if (!engine_steps(event->delay, s->dt, &event->delay_steps))
                return hil_fail(error, "event %s of %s: after %g ms; it must be zero or more",
                                engine_text(s, event->row->name), p->name, event->delay * 1e3);
            if (stretch == 1) continue;
            for (int t = 0; t < s->thread_count; t++) {
                TimedQueue *q = &event->queues[t];
                for (int64_t n = q->first; n < q->count; n++) {
                    TimedEntry *entry = &q->entries[n];
                    uint64_t due = s->step + (uint64_t)llround((double)(entry->due - s->step) * stretch);
                    if (event->due[entry->lane] == entry->due) event->due[entry->lane] = due;
                    else due = UINT64_MAX; /* stale: must not come to life by rounding */
                    entry->due = due;
                }
                int64_t kept = q->first;
                for (int64_t n = q->first; n < q->count; n++)
                    if (q->entries[n].due != UINT64_MAX) q->entries[kept++] = q->entries[n];
                q->count = kept;
            }
        }
    }
    return true;
}

/* ---- changing delays or dt with spikes under way ----------------------------------------------------------------- */

static bool add_late(Projection *p, uint64_t due, const SpikeList *list) {
    if (list->count == 0) return true;
    LateBatch *larger = realloc(p->late, (size_t)(p->late_count + 1) * sizeof *larger);
    if (!larger) return false;
    p->late = larger;
    uint32_t *sources = malloc((size_t)list->count * sizeof *sources);
    if (!sources) return false;
    memcpy(sources, list->lanes, (size_t)list->count * sizeof *sources);
    p->late[p->late_count++] = (LateBatch){due, sources, list->count};
    return true;
}

/* Spikes that wait for this projection get their due step written down, in steps of the new dt. */
static bool move_to_late(HilSimulation *s, Projection *p, double stretch) {
    const EventState *event = &s->populations[p->row->source].events[p->row->source_event];
    int32_t kept = 0;
    for (int32_t k = 0; k < p->late_count; k++) {
        if (p->late[k].due < s->step) {
            free(p->late[k].sources);
            continue;
        }
        p->late[kept] = p->late[k];
        p->late[kept++].due = s->step + (uint64_t)llround((double)(p->late[k].due - s->step) * stretch);
    }
    p->late_count = kept;
    for (uint64_t stamp = s->step > p->delay ? s->step - p->delay : 0; stamp <= s->step; stamp++) {
        uint64_t due = s->step + (uint64_t)llround((double)(stamp + p->delay - s->step) * stretch);
        for (int t = 0; t < s->thread_count; t++) {
            if (stamp >= p->valid_from && !add_late(p, due, spike_slot(s, event, event->fired, stamp, t))) return false;
            if (stamp < s->step && stamp + 1 >= p->valid_from &&
                !add_late(p, due, spike_slot(s, event, event->timed, stamp, t)))
                return false;
        }
    }
    p->valid_from = s->step + 1;
    return true;
}

static bool spikes_under_way(const HilSimulation *s, const Projection *p) {
    const EventState *event = &s->populations[p->row->source].events[p->row->source_event];
    for (int t = 0; t < s->thread_count; t++) {
        if (spike_slot(s, event, event->fired, s->step, t)->count) return true;
        for (uint64_t k = 0; k < p->pending_slots; k++)
            if (p->pending[(uint64_t)t * p->pending_slots + k].count) return true;
    }
    return false;
}

/* Old steps are worth `stretch` new ones. */
static bool redo_delays(HilSimulation *s, double stretch, HilError *error) {
    bool changed = false;
    PROJECTIONS(s, i) {
        Projection *p = &s->projections[i];
        if (!p->has_deliver) continue;
        uint64_t delay = p->delay;
        if (p->row->delay_kind == HIL_DELAY_SLOT && !engine_steps(s->scalars[p->row->delay], s->dt, &delay))
            return engine_update_delays(s, p, error);
        changed |= stretch != 1 || delay != p->delay;
    }
    if (!changed) return true;
    PROJECTIONS(s, i) {
        Projection *p = &s->projections[i];
        if (!p->has_deliver) continue;
        if (p->delay_steps && stretch != 1 && spikes_under_way(s, p))
            return hil_fail(error, "the step cannot change while spikes of connection %s are under way: each of its "
                            "synapses has a delay of its own", p->name);
        if (!p->delay_steps && !move_to_late(s, p, stretch)) return hil_fail(error, "out of memory");
        if (p->row->delay_kind == HIL_DELAY_PLANE && stretch == 1) continue;
        if (!engine_update_delays(s, p, error) || !make_pending(s, p, error) || !engine_split_rows(s, p, error))
            return false;
    }
    return make_histories(s, error);
}

bool engine_refresh(HilSimulation *s, double dt, HilError *error) {
    if (!s->dirty && dt == s->dt) return true;
    double now = engine_time_of(s, s->step), old = s->dt;
    if (!hil_simulation_prepare(s, dt, error)) return false;
    if (dt != old) {
        s->origin_time = now;
        s->origin_step = s->step;
    }
    engine_read_all_uniforms(s);
    if (!engine_lane_prepare(s, error)) return false;
    engine_read_all_uniforms(s); /* propagators of lanes may write scalars */
    double stretch = dt != old ? old / dt : 1;
    if (!redo_delays(s, stretch, error) || !retime_events(s, stretch, error)) return false;
    for (int32_t i = 0; i < s->network->drives.count; i++)
        if (!retime_drive(s, &s->drives[i], error)) return false;
    for (int32_t i = 0; i < s->stimulus_count; i++) engine_stimulus_steps(s, &s->stimuli[i]);
    s->check_every = 1e-3 / dt > 1 ? (uint64_t)llround(1e-3 / dt) : 1;
    return dt == old || engine_retime_recorders(s, error);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static bool build(HilSimulation *s, double dt, HilError *error) {
    if (!hil_simulation_prepare(s, dt, error) || !size_populations(s, error)) return false;
    if (!cut_ranges(s)) return hil_fail(error, "out of memory");
    if (!engine_plan_memory(s, error)) return false;
    POPULATIONS(s, i) {
        if (!allocate_population(s, &s->populations[i]))
            return hil_fail(error, "out of memory for the %lld cells of %s", (long long)s->populations[i].size,
                            s->populations[i].name);
    }
    POPULATIONS(s, i) if (!make_population(s, i, error)) return false;
    PROJECTIONS(s, i) if (!engine_connect(s, i, error)) return false;
    POPULATIONS(s, i) if (!bind_population(s, &s->populations[i], error)) return false;
    PROJECTIONS(s, i) if (!bind_projection(s, &s->projections[i], error)) return false;
    for (int32_t i = 0; i < s->network->drives.count; i++)
        if (!make_drive(s, &s->drives[i], error) || !retime_drive(s, &s->drives[i], error)) return false;
    if (!engine_lane_prepare(s, error)) return false;
    engine_read_all_uniforms(s);
    if (!retime_events(s, 1, error)) return false;
    PROJECTIONS(s, i) {
        Projection *p = &s->projections[i];
        if (!make_pending(s, p, error) || !engine_split_rows(s, p, error)) return false;
    }
    s->check_every = 1e-3 / dt > 1 ? (uint64_t)llround(1e-3 / dt) : 1;
    return make_histories(s, error) && engine_make_recorders(s, error);
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

HilRunResult hil_simulation_run(HilSimulation *s, double duration, double dt, HilError *error) {
    uint64_t steps;
    if (!hil_simulation_build(s, dt, error)) {
        s->failed = true;
        return HIL_RUN_FAILED;
    }
    if (!(duration >= 0 && rint(duration / dt) < 9e15)) {
        hil_fail(error, "a run of %g s cannot be made in steps of %g ms", duration, dt * 1e3);
        return HIL_RUN_FAILED;
    }
    steps = (uint64_t)llround(duration / dt);
    if (steps == 0 && duration > 0) {
        hil_fail(error, "a run of %g ms is shorter than its step of %g ms", duration * 1e3, dt * 1e3);
        return HIL_RUN_FAILED;
    }
    if (!engine_reserve_recorders(s, steps, error)) return HIL_RUN_FAILED;
    Crew crew = {.simulation = s, .first = s->step, .last = s->step + steps};
    int verdict = STEP_GOES_ON;
    double start = engine_clock();
    if (!engine_run_crew(&crew, &verdict, error)) verdict = STEP_FAILED;
    s->step = crew.done;
    s->statistics.run_seconds += engine_clock() - start;
    s->failed = verdict == STEP_FAILED;
    return verdict == STEP_FAILED ? HIL_RUN_FAILED : verdict == STEP_STOPPED ? HIL_RUN_STOPPED : HIL_RUN_DONE;
}

/* ---- stimuli ----------------------------------------------------------------------------------------------------- */

static bool make_stimulus(HilSimulation *s, Stimulus *stimulus, double from, double to, HilError *error) {
    const Population *p = &s->populations[stimulus->row->population];
    const HilUse *use = engine_use_row(s, stimulus->row->use);
    for (int32_t i = 0; i < use->uniforms.count; i++) {
        int32_t slot = *hil_row(s->image, HIL_SLOTS, int32_t, use->uniforms.first + i);
        int32_t node = hil_simulation_scalar_row(s, slot)->node;
        if (slot < s->network_scalars || node < 0 || s->given[slot]) continue;
        if (!engine_number(s, node, &s->scalars[slot], error)) return false;
    }
    if (!engine_bind(s, stimulus->row->use, &stimulus->use, error) || !no_events(s, &stimulus->use, 1, error) ||
        !engine_view(s, stimulus->row->view, p->size, p->name, stimulus->row->line, &stimulus->view, &stimulus->all,
                     error))
        return false;
    if (!stimulus->all && !engine_own_lists(s, &stimulus->view, stimulus->row->population, &stimulus->lists))
        return hil_fail(error, "out of memory");
    if (isnan(from) || isnan(to) || to < from)
        return hil_fail(error, "a stimulus from %g ms to %g ms", from * 1e3, to * 1e3);
    stimulus->from = from;
    stimulus->to = to;
    engine_stimulus_steps(s, stimulus);
    stimulus->active = true;
    return true;
}

int hil_simulation_stimulate(HilSimulation *s, int32_t index, double from, double to, HilError *error) {
    if (!s->built || !s->program || index < 0 || index >= s->program->stimuli.count) {
        hil_fail(error, s->built ? "there is no stimulus number %d" : "stimulus %d: the network is not built yet", index);
        return -1;
    }
    if (s->dirty && !engine_refresh(s, s->dt, error)) return -1;
    Stimulus *larger = realloc(s->stimuli, (size_t)(s->stimulus_count + 1) * sizeof *larger);
    if (!larger) {
        hil_fail(error, "out of memory");
        return -1;
    }
    s->stimuli = larger;
    Stimulus *stimulus = &s->stimuli[s->stimulus_count++];
    *stimulus = (Stimulus){.row = hil_row(s->image, HIL_STIMULI, HilStimulus, s->program->stimuli.first + index)};
    return make_stimulus(s, stimulus, from, to, error) ? s->stimulus_count - 1 : -1;
}

void hil_simulation_stop_stimulus(HilSimulation *s, int handle) {
    if (handle >= 0 && handle < s->stimulus_count) s->stimuli[handle].active = false;
}
