/* Running and stimulating. In: a duration and dt, stimuli of the program. Out: a simulation so many steps further. */
#include "threads.h"

#include <math.h>
#include <stdlib.h>

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
    engine_refresh_parts(s);
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
    if (!engine_bind(s, stimulus->row->use, &stimulus->use, error) || !engine_no_events(s, &stimulus->use, 1, error) ||
        !engine_view(s, stimulus->row->view, p->size, p->name, stimulus->row->line, &stimulus->view, &stimulus->all,
                     error))
        return false;
    if (!stimulus->all && !engine_own_lists(s, &stimulus->view, stimulus->row->population, &stimulus->lists))
        return hil_fail(error, "out of memory");
    if (isnan(from) || isnan(to) || to < from)
        return hil_fail(error, "a stimulus from %g ms to %g ms: it ends before it begins", from * 1e3, to * 1e3);
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
