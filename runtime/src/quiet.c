/* Quiet steps: those of a few cells at which nothing happens but equations, stimuli and spikes. In: a worker that is
 * alone. Out: as one_step would leave it. For a lone cell what surrounds its equations would else take longer than they
 * do, so whatever stays the same for a block of steps is looked up once, and rare things leave the block.
 * Kept true: every step that looks for numbers that are none, samples, or begins or ends a stimulus, is none of these. */
#include "threads.h"

#include <string.h>

bool engine_may_be_quiet(const HilSimulation *s) {
    if (s->thread_count != 1 || s->any_edges || s->any_timed || s->past_count || s->levels || s->settings.call) return false;
    if (s->network->drives.count) return false;
    for (int32_t i = 0; i < s->network->projections.count; i++)
        if (s->projections[i].has_deliver) return false;
    return true;
}

/* The first step from `step` on that is not quiet. */
static uint64_t quiet_until(const Worker *w, uint64_t step) {
    const HilSimulation *s = w->simulation;
    uint64_t until = w->crew->last - 1;
    if (w->next_check - 1 < until) until = w->next_check - 1;
    for (int32_t i = 0; i < s->recorder_count; i++) {
        const Recorder *r = &s->recorders[i];
        if (r->signal && r->next > step && r->next - 1 < until) until = r->next - 1;
    }
    for (int32_t i = 0; i < s->stimulus_count; i++) {
        const Stimulus *stimulus = &s->stimuli[i];
        if (!stimulus->active) continue;
        if (stimulus->from_step > step && stimulus->from_step < until) until = stimulus->from_step;
        if (stimulus->to_step > step && stimulus->to_step < until) until = stimulus->to_step;
    }
    return until;
}

enum { MOST_CALLS = 16 };

typedef struct QuietCall {
    HilCall call;
    HilKernelFunction *function;
    int32_t population, events;
} QuietCall;

static bool add_call(const Worker *w, QuietCall *calls, int *count, int32_t population, const BoundUse *use) {
    const HilSimulation *s = w->simulation;
    int64_t lanes = s->populations[population].size;
    if (*count == MOST_CALLS || lanes == 0) return false;
    calls[(*count)++] = (QuietCall){.function = use->function, .population = population, .events = use->event_count,
                                    .call = {.planes = use->planes, .uniforms = use->uniforms, .stream = use->stream,
                                             .seed = s->settings.seed, .end = lanes, .fired = w->fired}};
    return true;
}

/* The calls of each step, in order; false: this network has steps of other kinds. */
static bool list_calls(const Worker *w, uint64_t step, QuietCall *calls, int *count) {
    const HilSimulation *s = w->simulation;
    *count = 0;
    for (int32_t i = 0; i < s->stimulus_count; i++) {
        const Stimulus *t = &s->stimuli[i];
        if (!t->active || step < t->from_step || step >= t->to_step) continue;
        if (t->row->clamp || !t->all || !add_call(w, calls, count, t->row->population, &t->use)) return false;
    }
    for (int32_t i = 0; i < s->network->populations.count; i++) {
        const Population *p = &s->populations[i];
        if (p->row->advance.count > 1) return false;
        if (p->row->advance.count && !add_call(w, calls, count, i, p->advance)) return false;
    }
    return true;
}

/* One step's calls. `fired`: some condition of some population held, and its handlers have run. */
static bool one_quiet_step(Worker *w, QuietCall *calls, int count, uint64_t step, bool *fired) {
    double time = engine_time_of(w->simulation, step);
    *fired = false;
    for (int32_t i = 0; i < w->cleared_count; i++) memset(w->cleared[i].at, 0, w->cleared[i].bytes);
    for (int i = 0; i < count; i++) {
        QuietCall *c = &calls[i];
        c->call.step = step;
        c->call.time = time;
        c->function(&c->call);
        int64_t any = 0;
        for (int32_t k = 0; k < c->events; k++) any |= w->fired[k].count;
        if (!any) continue;
        if (!*fired) engine_begin_stamp(w, step + 1);
        *fired = true;
        if (!engine_settle(w, c->population, step, time)) return false;
    }
    return true;
}

bool engine_quiet_steps(Worker *w, uint64_t *next) {
    QuietCall calls[MOST_CALLS];
    uint64_t step = *next, until = quiet_until(w, step);
    int count;
    if (until < step + 2 || !list_calls(w, step, calls, &count)) return true;
    for (int32_t k = 0; k < w->simulation->max_condition_events; k++) w->fired[k].count = 0;
    bool goes_on = true;
    for (; goes_on && step < until; step++) {
        bool fired;
        goes_on = one_quiet_step(w, calls, count, step, &fired);
        if (fired) goes_on = engine_end_window(w, step, step + 1) && goes_on;
    }
    w->crew->done = step;
    *next = step;
    return goes_on;
}
