/* The step from t to t+dt, in the order that hillock/abi.h states. In: a worker, which owns a range of lanes of every
 * population. Out: those lanes at t+dt, the spikes stamped t+dt in the history, samples taken.
 * Kept true: a worker writes to its own lanes only; what it reads of others' was written before the last barrier. All
 * workers decide alike when to end. */
#include "threads.h"

#include <stdlib.h>
#include <string.h>

static void fail(Worker *w, const char *what) {
    if (!w->failed) hil_fail(&w->error, "%s", what);
    w->failed = true;
}

static void wait_for_all(Worker *w) {
    barrier_wait(&w->crew->barrier, &w->patience);
}

static void judge(Worker *w, uint64_t step, int verdict) {
    atomic_int *place = &w->crew->verdict[w->windows & 1];
    int now = atomic_load_explicit(place, memory_order_relaxed);
    while (now < verdict &&
           !atomic_compare_exchange_weak_explicit(place, &now, verdict, memory_order_relaxed, memory_order_relaxed)) {}
    unsigned long long first = atomic_load_explicit(&w->crew->ends_at, memory_order_relaxed);
    while (verdict == STEP_FAILED && step < first &&
           !atomic_compare_exchange_weak_explicit(&w->crew->ends_at, &first, step, memory_order_relaxed,
                                                  memory_order_relaxed)) {}
}

/* ---- 1. inputs and events due at t ------------------------------------------------------------------------------- */

static bool find_cleared(Worker *w) {
    HilSimulation *s = w->simulation;
    int64_t room = 0;
    for (int32_t i = 0; i < s->network->populations.count; i++) {
        Population *p = &s->populations[i];
        int64_t begin = p->bounds[w->index], end = engine_pad(p->bounds[w->index + 1]);
        if (begin >= p->bounds[w->index + 1]) continue;
        for (int32_t k = 0; k < p->row->planes.count; k++) {
            const HilPlane *row = engine_plane_row(s, p->row->planes, k);
            if (!(row->flags & HIL_PLANE_CLEAR)) continue;
            if (!engine_grow((void **)&w->cleared, &room, w->cleared_count + 1, sizeof *w->cleared)) return false;
            size_t element = engine_storage_bytes(row);
            w->cleared[w->cleared_count++] =
                (ClearedPlane){(char *)p->planes[k] + (size_t)begin * element, (size_t)(end - begin) * element};
        }
    }
    return true;
}

static void clear_inputs(Worker *w) {
    for (int32_t i = 0; i < w->cleared_count; i++) memset(w->cleared[i].at, 0, w->cleared[i].bytes);
}

/* Stages begin with the inputs that the step began with: continuous connections add to them anew. */
static bool make_room_for_inputs(Worker *w) {
    size_t bytes = 1;
    for (int32_t i = 0; i < w->cleared_count; i++) bytes += w->cleared[i].bytes;
    w->kept_inputs = malloc(bytes);
    return w->kept_inputs != NULL;
}

static void keep_inputs(Worker *w) {
    char *to = w->kept_inputs;
    for (int32_t i = 0; to && i < w->cleared_count; to += w->cleared[i++].bytes) memcpy(to, w->cleared[i].at, w->cleared[i].bytes);
}

static void set_inputs_back(Worker *w) {
    const char *from = w->kept_inputs;
    for (int32_t i = 0; from && i < w->cleared_count; from += w->cleared[i++].bytes)
        memcpy(w->cleared[i].at, from, w->cleared[i].bytes);
}

/* Puts the lanes down as pending at step `due`; a lane that was pending already is pending anew. */
static bool arm(Worker *w, EventState *event, const uint32_t *lanes, int64_t count, uint64_t due) {
    TimedQueue *q = &event->queues[w->index];
    if (q->first > 64 && q->first > q->count / 2) {
        memmove(q->entries, q->entries + q->first, (size_t)(q->count - q->first) * sizeof *q->entries);
        q->count -= q->first;
        q->first = 0;
    }
    if (!engine_grow((void **)&q->entries, &q->capacity, q->count + count, sizeof *q->entries)) return false;
    int64_t at = q->count;
    while (at > q->first && q->entries[at - 1].due > due) at--;
    memmove(q->entries + at + count, q->entries + at, (size_t)(q->count - at) * sizeof *q->entries);
    for (int64_t i = 0; i < count; i++) {
        q->entries[at + i] = (TimedEntry){due, lanes[i]};
        event->due[lanes[i]] = due;
    }
    q->count += count;
    return true;
}

static void call_entries(Worker *w, const BoundUse *use, const uint32_t *list, int64_t count, uint64_t step, double time) {
    HilCall *call = &w->entries;
    call->list = list;
    call->count = count;
    call->step = step;
    call->time = time;
    engine_call(w->simulation, use, call);
}

/* Each lane by the delay that the handler left for it, if it left one. */
static bool arm_each(Worker *w, const Population *p, EventState *event, const uint32_t *lanes, int64_t count, uint64_t stamp,
                     uint64_t earliest) {
    const HilSimulation *s = w->simulation;
    HilPlaneView delays = {p->planes[event->row->delay_plane], p->size,
                           engine_plane_row(s, p->row->planes, event->row->delay_plane)};
    for (int64_t i = 0; i < count; i++) {
        double steps = hil_plane_value(delays, lanes[i]);
        if (steps == HIL_NOT_REACHED) continue;
        if (!(steps >= 0 && steps < 2147483648.0)) {
            char place[300];
            if (!w->failed)
                hil_fail(&w->error, "%s[%u] at %g ms%s: after %g ms; it must be zero or more, and less than 2^31 steps",
                         p->name, lanes[i], engine_time_of(s, stamp) * 1e3,
                         engine_place(s, event->row->line, place, sizeof place), steps * s->dt * 1e3);
            w->failed = true;
            return false;
        }
        uint64_t due = stamp + (uint64_t)steps;
        if (!arm(w, event, &lanes[i], 1, due < earliest ? earliest : due)) return false;
    }
    return true;
}

/* Runs the handler of an event on the lanes where it happened and arms what comes `after` it. `stamp`: when it
 * happened; what it arms is due at `earliest` at the soonest. */
static bool happen(Worker *w, Population *p, int32_t index, const uint32_t *lanes, int64_t count, uint64_t step,
                   double time, uint64_t stamp, uint64_t earliest) {
    EventState *event = &p->events[index];
    if (event->has_handler) {
        call_entries(w, &event->handler, lanes, count, step, time);
    }
    for (int32_t k = 0; k < p->row->events.count; k++) {
        EventState *follower = &p->events[k];
        if (!follower->queues || follower->row->after_event != index) continue;
        uint64_t due = stamp + follower->delay_steps;
        if (follower->row->delay_slot < 0) {
            if (!arm_each(w, p, follower, lanes, count, stamp, earliest)) return false;
        } else if (!arm(w, follower, lanes, count, due < earliest ? earliest : due)) {
            return false;
        }
    }
    return true;
}

static int compare_lanes(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The lanes whose pending event is due now, ascending, each once; stale entries fall out. */
static bool take_due(Worker *w, EventState *event, uint64_t step, SpikeList *due) {
    TimedQueue *q = &event->queues[w->index];
    bool ascending = true;
    due->count = 0;
    for (; q->first < q->count && q->entries[q->first].due <= step; q->first++) {
        uint32_t lane = q->entries[q->first].lane;
        if (event->due[lane] != q->entries[q->first].due) continue;
        event->due[lane] = UINT64_MAX;
        ascending &= due->count == 0 || due->lanes[due->count - 1] < lane;
        if (!spike_list_append(due, &lane, NULL, 1)) return false;
    }
    if (!ascending) qsort(due->lanes, (size_t)due->count, sizeof *due->lanes, compare_lanes);
    return true;
}

static bool run_timed(Worker *w, uint64_t step, double time) {
    HilSimulation *s = w->simulation;
    for (int32_t i = 0; i < s->network->populations.count; i++) {
        Population *p = &s->populations[i];
        for (int32_t k = 0; k < p->row->events.count; k++) {
            EventState *event = &p->events[k];
            if (!event->queues) continue;
            SpikeList *due = spike_slot(s, event, event->timed, step, w->index);
            if (!take_due(w, event, step, due)) return false;
            if (due->count && !happen(w, p, k, due->lanes, due->count, step, time, step, step + 1)) return false;
        }
    }
    return true;
}

static void call_lanes(Worker *w, const BoundUse *use, const Population *p, uint64_t step, double time) {
    HilCall *call = &w->lanes;
    call->begin = p->bounds[w->index];
    call->end = p->bounds[w->index + 1];
    call->step = step;
    call->time = time;
    call->fired = w->fired;
    if (call->begin < call->end) engine_call(w->simulation, use, call);
}

static void call_list(Worker *w, const BoundUse *use, const LaneList *lists, uint64_t step, double time) {
    if (lists[w->index].count) call_entries(w, use, lists[w->index].lanes, lists[w->index].count, step, time);
}

/* How often a drive acts in this step. */
static int64_t drive_turns(const Drive *d, uint64_t step) {
    if (d->row->kind == HIL_DRIVE_EACH_STEP) return step % d->every == 0;
    int64_t low = 0, high = d->time_count, turns = 0;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (d->steps[middle] < step) low = middle + 1;
        else high = middle;
    }
    while (low + turns < d->time_count && d->steps[low + turns] == step) turns++;
    return turns;
}

static void run_stimulus(Worker *w, const Stimulus *stimulus, uint64_t step, double time) {
    if (stimulus->all) call_lanes(w, &stimulus->use, &w->simulation->populations[stimulus->row->population], step, time);
    else call_list(w, &stimulus->use, stimulus->lists, step, time);
}

/* Holds what is clamped in this step at its value of `time`. */
static void hold(Worker *w, uint64_t step, double time) {
    const HilSimulation *s = w->simulation;
    for (int32_t i = 0; i < s->stimulus_count; i++) {
        const Stimulus *t = &s->stimuli[i];
        if (t->row->clamp && t->active && step >= t->from_step && step < t->to_step) run_stimulus(w, t, step, time);
    }
}

static bool clamp_begins(const Worker *w, uint64_t step) {
    const HilSimulation *s = w->simulation;
    for (int32_t i = 0; i < s->stimulus_count; i++) {
        const Stimulus *t = &s->stimuli[i];
        if (t->row->clamp && t->active && (step == t->from_step || step == w->crew->first)) return true;
    }
    return false;
}

static void run_inputs(Worker *w, uint64_t step, double time) {
    HilSimulation *s = w->simulation;
    for (int32_t i = 0; i < s->network->drives.count; i++) {
        const Drive *d = &s->drives[i];
        for (int64_t turns = drive_turns(d, step); turns > 0; turns--) {
            if (d->all) call_lanes(w, &d->use, &s->populations[d->row->population], step, time);
            else call_list(w, &d->use, d->lists, step, time);
        }
    }
    for (int32_t i = 0; i < s->stimulus_count; i++) {
        const Stimulus *stimulus = &s->stimuli[i];
        if (!stimulus->active || step < stimulus->from_step || step >= stimulus->to_step) continue;
        run_stimulus(w, stimulus, step, time);
    }
}

/* ---- 2. continuous connections ----------------------------------------------------------------------------------- */

/* Is it advanced by one use for each stage of a step? */
static bool in_stages(const HilSimulation *s, HilRange uses) { return s->network->stages > 1 && uses.count == s->network->stages; }

static void call_edges(const HilSimulation *s, const Projection *p, const EdgePart *part, uint64_t step, double time,
                       int32_t stage) {
    int64_t count = part ? part->count : p->count;
    bool staged = in_stages(s, p->row->edge);
    for (int32_t k = 0; count && k < p->row->edge.count; k++) {
        if (staged && k != stage) continue;
        HilCall call = {.begin = 0, .end = count, .sources = part ? part->sources : p->sources,
                        .targets = part ? part->targets : p->targets, .target_bytes = p->target_bytes, .step = step,
                        .time = time};
        engine_call(s, part ? &part->uses[k] : &p->edge[k], &call);
    }
}

/* Projection by projection, between two barriers: each thread onto its own targets where that is all they change; where
 * synapses change their sources or themselves, one thread does them all. Between the one and the other all wait. */
static void run_edges(Worker *w, uint64_t step, double time, int32_t level, int32_t stage) {
    const HilSimulation *s = w->simulation;
    bool shared = false, first = true;
    wait_for_all(w);
    for (int32_t i = 0; i < s->network->projections.count; i++) {
        const Projection *p = &s->projections[i];
        if (!p->count || !p->row->edge.count || s->populations[p->row->target].row->level != level) continue;
        if (!first && shared != (p->parts != NULL)) wait_for_all(w);
        first = false;
        shared = p->parts != NULL;
        if (shared) call_edges(s, p, &p->parts[w->index], step, time, stage);
        else if (w->index == 0) call_edges(s, p, NULL, step, time, stage);
    }
    wait_for_all(w);
}

/* ---- 3. to 5. advance, handlers, spikes -------------------------------------------------------------------------- */

static bool keep_fired(Worker *w, Population *p, int32_t first, int32_t count, uint64_t stamp) {
    HilSimulation *s = w->simulation;
    for (int32_t k = 0; k < p->row->events.count; k++) {
        EventState *event = &p->events[k];
        int32_t condition = event->row->condition - first;
        if (event->row->condition < first || condition >= count) continue;
        const HilFired *fired = &w->fired[condition];
        if (fired->count && !spike_list_append(spike_slot(s, event, event->fired, stamp, w->index), fired->lanes,
                                               fired->fraction, fired->count))
            return false;
    }
    for (int32_t k = 0; k < count; k++)
        for (int64_t i = 0; i < w->fired[k].count; i++) w->fired[k].fraction[i] = 1;
    return true;
}

/* A condition that no event listens to is a solver's word that it did not converge. */
static void find_unconverged(Worker *w, const Population *p, int32_t first, int32_t count, uint64_t step) {
    for (int32_t c = 0; c < count; c++) {
        bool listened = w->fired[c].count == 0;
        for (int32_t k = 0; k < p->row->events.count && !listened; k++)
            listened = p->events[k].row->condition == first + c;
        if (listened) continue;
        w->bad_population = (int32_t)(p - w->simulation->populations);
        w->bad_plane = -1;
        w->bad_lane = w->fired[c].lanes[0];
        w->bad_time = engine_time_of(w->simulation, step + 1);
        judge(w, step, STEP_FAILED);
    }
}

/* Two ascending runs, of which `first` entries are the one, become one. The other run is put aside in `room`. */
static void merge_fired(HilFired *fired, int64_t first, HilFired *room) {
    int64_t from = fired->count - first, at = fired->count;
    if (first == 0 || from == 0 || fired->lanes[first - 1] < fired->lanes[first]) return;
    memcpy(room->lanes, fired->lanes + first, (size_t)from * sizeof *room->lanes);
    memcpy(room->fraction, fired->fraction + first, (size_t)from * sizeof *room->fraction);
    while (from > 0) {
        bool old = first > 0 && fired->lanes[first - 1] > room->lanes[from - 1];
        const HilFired *source = old ? fired : room;
        int64_t k = old ? --first : --from;
        fired->lanes[--at] = source->lanes[k];
        fired->fraction[at] = source->fraction[k];
    }
}

/* Takes the lanes that the advance call left at t, because something happens to them within the step, to its end. What
 * they fire joins what others fired, in the order of lanes. */
static void run_within(Worker *w, const Population *p, uint64_t step, double time) {
    int32_t condition = p->row->within_condition;
    if (!p->row->within.count || !w->fired[condition].count) return;
    HilFired *found = &w->fired[condition];
    int64_t first[condition + 1];
    for (int32_t k = 0; k < condition; k++) first[k] = w->fired[k].count;
    w->entries.fired = w->fired;
    call_entries(w, p->within, found->lanes, found->count, step, time);
    w->entries.fired = NULL;
    for (int32_t k = 0; k < condition; k++) merge_fired(&w->fired[k], first[k], found);
    for (int64_t i = 0; i < found->count; i++) found->fraction[i] = 1;
    found->count = 0;
}

/* What follows from the events that the conditions from `first` on found at t+dt. */
static bool settle(Worker *w, Population *p, int32_t first, int32_t count, uint64_t step) {
    bool any = false;
    for (int32_t k = 0; k < count; k++) any |= w->fired[k].count != 0;
    if (!any) return true;
    if (!keep_fired(w, p, first, count, step + 1)) return false;
    find_unconverged(w, p, first, count, step);
    for (int32_t k = 0; k < count; k++) w->fired[k].count = 0;
    return true;
}

static bool run_handlers(Worker *w, Population *p, uint64_t step, double time) {
    for (int32_t k = 0; k < p->row->events.count; k++) {
        EventState *event = &p->events[k];
        if (!event->fired) continue;
        const SpikeList *fired = spike_slot(w->simulation, event, event->fired, step + 1, w->index);
        if (fired->count && !happen(w, p, k, fired->lanes, fired->count, step, time, step + 1, step + 1)) return false;
    }
    return true;
}

static void begin_stamp(Worker *w, Population *p, uint64_t stamp) {
    for (int32_t k = 0; k < p->row->events.count; k++)
        if (p->events[k].fired) spike_slot(w->simulation, &p->events[k], p->events[k].fired, stamp, w->index)->count = 0;
}

void engine_begin_stamp(Worker *w, uint64_t stamp) {
    HilSimulation *s = w->simulation;
    for (int32_t i = 0; i < s->network->populations.count; i++) begin_stamp(w, &s->populations[i], stamp);
}

static bool out_of_memory(Worker *w, uint64_t step) {
    fail(w, "out of memory for spikes under way");
    judge(w, step, STEP_FAILED);
    return false;
}

bool engine_settle(Worker *w, int32_t population, uint64_t step, double time) {
    Population *p = &w->simulation->populations[population];
    run_within(w, p, step, time);
    return (settle(w, p, 0, p->advance->event_count, step) && run_handlers(w, p, step, time)) || out_of_memory(w, step);
}

static bool advance(Worker *w, Population *p, uint64_t step, double time) {
    begin_stamp(w, p, step + 1);
    if (p->bounds[w->index] >= p->bounds[w->index + 1]) return true;
    int32_t first = in_stages(w->simulation, p->row->advance) ? p->row->advance.count - 1 : 0;
    for (int32_t u = first, condition = 0; u < p->row->advance.count; u++) {
        const BoundUse *use = &p->advance[u];
        for (int32_t k = 0; k < use->event_count; k++) w->fired[k].count = 0;
        call_lanes(w, use, p, step, time);
        run_within(w, p, step, time);
        if (!settle(w, p, condition, use->event_count, step)) return false;
        condition += use->event_count;
    }
    return run_handlers(w, p, step, time);
}

/* A stage that is not the step's last: nothing happens in it, no condition is tested. */
static void advance_stage(Worker *w, Population *p, uint64_t step, double time, int32_t stage) {
    bool staged = in_stages(w->simulation, p->row->advance);
    if (!staged && p->row->level == 0) return; /* it has no equations */
    for (int32_t u = 0; u < p->row->advance.count; u++) {
        if (staged && u != stage) continue;
        call_lanes(w, &p->advance[u], p, step, time);
        for (int32_t k = 0; k < p->advance[u].event_count; k++) w->fired[k].count = 0;
    }
}

/* Stateless populations level by level, each after the connections onto it; then all others. Where populations are
 * solved together, stage by stage. */
static bool advance_all(Worker *w, uint64_t step, double time) {
    HilSimulation *s = w->simulation;
    const HilNetwork *network = s->network;
    bool good = true; /* a thread that fails still goes to the barriers of all levels */
    int32_t last = network->stages > 1 ? network->stages - 1 : 0;
    if (last) keep_inputs(w);
    for (int32_t stage = 0; stage <= last; stage++) {
        if (stage) {
            hold(w, step, time + network->stage_halves[stage]*(engine_time_of(s, step + 1) - time)/2);
            set_inputs_back(w);
        }
        for (int32_t turn = 1; turn <= s->levels + 1; turn++) {
            int32_t level = turn <= s->levels ? turn : 0;
            if (s->any_edges) run_edges(w, step, time, level, stage);
            for (int32_t i = 0; i < network->populations.count; i++) {
                Population *p = &s->populations[i];
                if (!good || p->row->level != level) continue;
                if (stage < last) advance_stage(w, p, step, time, stage);
                else good = advance(w, p, step, time);
            }
        }
    }
    return good;
}

/* ---- 6. what looks at the step from outside ---------------------------------------------------------------------- */

static void check_numbers(Worker *w, uint64_t step) {
    HilSimulation *s = w->simulation;
    for (int32_t i = 0; i < s->network->populations.count; i++) {
        const Population *p = &s->populations[i];
        int32_t plane;
        int64_t lane;
        if (!engine_find_bad(p, s->image, p->bounds[w->index], p->bounds[w->index + 1], &plane, &lane)) continue;
        w->bad_population = i;
        w->bad_plane = plane;
        w->bad_lane = lane;
        w->bad_time = engine_time_of(s, step + 1);
        judge(w, step, STEP_FAILED);
        return;
    }
}

/* Every 64th step one look at the clock, every tenth of a second one at the caller's wishes. */
static void look_outside(Worker *w, uint64_t step) {
    HilSimulation *s = w->simulation;
    if (s->settings.stop && atomic_load_explicit(s->settings.stop, memory_order_relaxed)) judge(w, step, STEP_STOPPED);
    if (!s->settings.progress || step < w->next_look_step) return;
    w->next_look_step = step + 64;
    double now = engine_clock();
    if (now < w->next_look) return;
    w->next_look = now + 0.1;
    s->settings.progress(s->settings.progress_context, engine_time_of(s, step + 1), engine_time_of(s, w->crew->last));
}

static void one_step(Worker *w, uint64_t step) {
    HilSimulation *s = w->simulation;
    double time = engine_time_of(s, step);
    bool good = true;
    if (clamp_begins(w, step)) { /* others read it in their deliveries */
        hold(w, step, time);
        wait_for_all(w);
    }
    if (s->past_count) { /* others read it in their deliveries */
        engine_take_past(s, w->index, step, time);
        wait_for_all(w);
        if (s->past_reader_count) engine_read_past(s, w->index, step);
    }
    if (s->any_clear) clear_inputs(w);
    if (s->any_timed) good = run_timed(w, step, time);
    if (s->barrier_after_timed) wait_for_all(w);
    good = good && engine_deliver(w, step, time);
    run_inputs(w, step, time);
    good = good && advance_all(w, step, time);
    hold(w, step, engine_time_of(s, step + 1));
    if (!good) out_of_memory(w, step);
    if (step + 1 >= w->next_check || step + 1 == w->crew->last) {
        w->next_check += s->check_every;
        check_numbers(w, step);
    }
}

/* Where threads have to wait for each other next: behind as many steps as can be done alone, at the latest behind the one
 * whose end is sampled. All find the same. */
static uint64_t end_of_window(const Worker *w, uint64_t step, uint64_t most) {
    const HilSimulation *s = w->simulation;
    uint64_t end = step + most < w->crew->last ? step + most : w->crew->last;
    for (int32_t i = 0; i < s->recorder_count; i++) {
        const Recorder *r = &s->recorders[i];
        if (r->signal && r->next > step && r->next < end) end = r->next;
    }
    return end;
}

/* A thread that fails does no further step, but goes to the barriers: within a step there are some only where windows are
 * one step long. */
static void one_window(Worker *w) {
    HilSimulation *s = w->simulation;
    uint64_t last = w->window_end - 1;
    one_step(w, w->window_begin);
    for (uint64_t step = w->window_begin + 1; step <= last && !w->failed && w->bad_population < 0; step++) one_step(w, step);
    if (engine_samples_at(s, w->window_end)) {
        wait_for_all(w);
        bool whole = atomic_load_explicit(&w->crew->ends_at, memory_order_relaxed) >= last;
        if (w->index == 0 && whole && !engine_sample(s, w->window_end, &w->error)) {
            w->failed = true;
            judge(w, last, STEP_FAILED);
        }
    }
    if (w->index == 0) look_outside(w, last);
    wait_for_all(w);
}

bool engine_end_window(Worker *w, uint64_t first, uint64_t end) {
    Crew *crew = w->crew;
    int verdict = atomic_load_explicit(&crew->verdict[w->windows++ & 1], memory_order_relaxed);
    if (w->index) return verdict == STEP_GOES_ON;
    unsigned long long failed = atomic_load_explicit(&crew->ends_at, memory_order_relaxed);
    crew->done = failed < end ? failed + 1 : end;
    /* The others are in their next window; the lists of these stamps stay as they are during it. */
    for (uint64_t stamp = first + 1; stamp <= crew->done; stamp++) {
        HilError error;
        if (engine_record_spikes(w->simulation, stamp, &error)) continue;
        if (!w->failed) w->error = error;
        w->failed = true;
        judge(w, end, STEP_FAILED);
        break;
    }
    return verdict == STEP_GOES_ON;
}

void engine_work(Worker *w) {
    HilSimulation *s = w->simulation;
    w->next_check = (w->crew->first / s->check_every + 1) * s->check_every;
    if (!find_cleared(w) || (s->network->stages > 1 && !make_room_for_inputs(w))) {
        fail(w, "out of memory");
        judge(w, w->crew->first, STEP_FAILED);
    }
    bool may_be_quiet = engine_may_be_quiet(s), goes_on = true;
    uint64_t most = may_be_quiet ? 1 : w->crew->window;
    for (uint64_t step = w->crew->first; goes_on && step < w->crew->last; step = w->window_end) {
        if (may_be_quiet && !engine_quiet_steps(w, &step)) return;
        w->window_begin = step;
        w->window_end = end_of_window(w, step, most);
        one_window(w);
        goes_on = engine_end_window(w, w->window_begin, w->window_end);
    }
    if (!engine_take_rest(w, w->window_end)) fail(w, "out of memory for spikes under way");
}
