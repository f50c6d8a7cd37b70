/* What follows from scalars and from dt once a network stands. In: changed scalars, another dt. Out: propagators and lane
 * planes anew, all that counts in steps counted anew, spikes and timed events under way moved to their new due steps.
 * Kept true: a spike under way arrives at the time [s] that was fixed when it was sent. */
#include "rows.h"
#include "threads.h"
#include "hillock/linear.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POPULATIONS(s, i) for (int32_t i = 0; i < (s)->network->populations.count; i++)
#define PROJECTIONS(s, i) for (int32_t i = 0; i < (s)->network->projections.count; i++)

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
            return hil_fail(error, "%s, of cell %lld: no finite solution over one step of %g ms; is a time constant or a capacitance "
                            "zero?", engine_text(s, row->message), (long long)lane, s->dt * 1e3);
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
    POPULATIONS(s, i) {
        Population *p = &s->populations[i];
        engine_call_all_lanes(s, p, p->lane_prepare, p->row->lane_prepare.count);
    }
    /* from the coefficients that were computed just now */
    for (int32_t i = 0; i < s->network->prepares.count; i++) {
        const HilPrepare *row = hil_row(s->image, HIL_PREPARES, HilPrepare, s->network->prepares.first + i);
        if (row->kind == HIL_PREPARE_PROPAGATOR && row->population >= 0 && !lane_propagator(s, row, error)) return false;
    }
    if (!engine_judge_step(s, true, error)) return false;
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

uint64_t engine_first_step_from(const HilSimulation *s, double time) {
    double count = ceil((time - s->origin_time) / s->dt - 1e-6);
    if (!(count > 0)) return s->origin_step;
    return count < 9e18 - (double)s->origin_step ? s->origin_step + (uint64_t)count : UINT64_MAX;
}

void engine_stimulus_steps(const HilSimulation *s, Stimulus *stimulus) {
    stimulus->from_step = engine_first_step_from(s, stimulus->from);
    stimulus->to_step = engine_first_step_from(s, stimulus->to);
}

bool engine_retime_drive(HilSimulation *s, Drive *d, HilError *error) {
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

bool engine_retime_events(HilSimulation *s, double stretch, HilError *error) {
    POPULATIONS(s, i) {
        Population *p = &s->populations[i];
        for (int32_t k = 0; k < p->row->events.count; k++) {
            EventState *event = &p->events[k];
            if (!event->queues) continue;
            bool one = event->row->delay_slot >= 0; /* for all cells */
            if (one) event->delay = s->scalars[event->row->delay_slot];
            if (one && !engine_steps(event->delay, s->dt, &event->delay_steps))
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
        if (!engine_update_delays(s, p, error) || !engine_make_pending(s, p, error) || !engine_split_rows(s, p, error))
            return false;
    }
    return engine_make_histories(s, error);
}

/* Of connections that carry values. */
static bool redo_delays_of_values(HilSimulation *s, HilError *error) {
    PROJECTIONS(s, i) {
        Projection *p = &s->projections[i];
        if (p->has_deliver || !engine_reads_past(s, p->row)) continue;
        if (!engine_update_delays(s, p, error) || !engine_share_delays(s, p, error)) return false;
    }
    return true;
}

/* Steps that are left of a period are worth `stretch` new ones each; none that was left ends by rounding. */
static void count_anew(HilPlaneView view, double stretch) {
    for (int64_t i = 0; i < view.count; i++) {
        double left = hil_plane_value(view, i) * stretch;
        if (left > 0 && !(view.row->flags & HIL_PLANE_PARTS)) left = fmax(rint(left), 1);
        hil_plane_set_value(view, i, left);
    }
}

static void redo_countdowns(HilSimulation *s, double stretch) {
    POPULATIONS(s, i) {
        const Population *p = &s->populations[i];
        for (int32_t k = 0; k < p->row->planes.count; k++) {
            const HilPlane *row = engine_plane_row(s, p->row->planes, k);
            if (row->flags & HIL_PLANE_STEPS) count_anew((HilPlaneView){p->planes[k], p->size, row}, stretch);
        }
    }
    PROJECTIONS(s, i) {
        const Projection *p = &s->projections[i];
        for (int32_t k = 0; p->planes && k < p->row->planes.count; k++) {
            const HilPlane *row = engine_plane_row(s, p->row->planes, k);
            if (row->flags & HIL_PLANE_STEPS) count_anew((HilPlaneView){p->planes[k], p->count, row}, stretch);
        }
    }
}

bool engine_refresh(HilSimulation *s, double dt, HilError *error) {
    if (!s->dirty && dt == s->dt) return true;
    double now = engine_time_of(s, s->step), old = s->dt;
    if (!hil_simulation_prepare(s, dt, error) || !engine_judge_step(s, false, error)) return false;
    if (dt != old) {
        s->origin_time = now;
        s->origin_step = s->step;
    }
    engine_read_all_uniforms(s);
    if (!engine_lane_prepare(s, error)) return false;
    engine_read_all_uniforms(s); /* propagators of lanes may write scalars */
    double stretch = dt != old ? old / dt : 1;
    if (stretch != 1) redo_countdowns(s, stretch);
    if (stretch != 1 && !redo_delays_of_values(s, error)) return false;
    if (!redo_delays(s, stretch, error) || !engine_retime_events(s, stretch, error) ||
        !engine_retime_pasts(s, stretch, error))
        return false;
    for (int32_t i = 0; i < s->network->drives.count; i++)
        if (!engine_retime_drive(s, &s->drives[i], error)) return false;
    for (int32_t i = 0; i < s->stimulus_count; i++) engine_stimulus_steps(s, &s->stimuli[i]);
    s->check_every = 1e-3 / dt > 1 ? (uint64_t)llround(1e-3 / dt) : 1;
    return dt == old || engine_retime_recorders(s, error);
}
