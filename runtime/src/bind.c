/* From rows of the image to things that can be called. In: uses, nodes. Out: BoundUses with the addresses of planes and
 * the values of uniforms; numbers and lists of host nodes, checked.
 * Kept true: a bound use stays good until its owner's planes move, which only a build does. */
#include "engine.h"
#include "hillock/host.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *engine_place(const HilSimulation *s, uint32_t line, char *text, size_t size) {
    text[0] = 0;
    if (!line) return text;
    const char *file = hil_line_file(s->image, &line);
    snprintf(text, size, " (%s:%u)", file, line);
    return text;
}

bool engine_bind(HilSimulation *s, int32_t index, BoundUse *bound, HilError *error) {
    const HilUse *use = engine_use_row(s, index);
    const HilKernelRow *kernel = hil_row(s->image, HIL_KERNELS, HilKernelRow, use->kernel);
    *bound = (BoundUse){.kernel = use->kernel, .shape = kernel->shape, .event_count = kernel->events,
                        .stream = use->stream, .plane_count = use->planes.count,
                        .uniform_count = use->uniforms.count};
    if (!s->settings.call) bound->function = s->functions[use->kernel * HIL_LEVEL_COUNT + s->level];
    bound->planes = calloc((size_t)use->planes.count + 1, sizeof *bound->planes);
    bound->uniforms = calloc((size_t)use->uniforms.count + 1, sizeof *bound->uniforms);
    if (!bound->planes || !bound->uniforms) {
        engine_free_use(bound);
        return hil_fail(error, "out of memory");
    }
    for (int32_t i = 0; i < use->planes.count; i++) {
        const HilPlaneRef *ref = hil_row(s->image, HIL_PLANE_REFS, HilPlaneRef, use->planes.first + i);
        void **planes = ref->owner_kind == HIL_OWNER_PROJECTION ? s->projections[ref->owner].planes
                                                                : s->populations[ref->owner].planes;
        bound->planes[i] = planes ? planes[ref->plane] : NULL;
        if (!bound->planes[i]) {
            const char *name = engine_text(s, kernel->name);
            engine_free_use(bound);
            return hil_fail(error, "kernel %s needs a plane of a connection that is built after it", name);
        }
    }
    bound->slots = use->uniforms.count ? hil_row(s->image, HIL_SLOTS, int32_t, use->uniforms.first) : NULL;
    engine_read_uniforms(s, bound);
    return true;
}

bool engine_bind_range(HilSimulation *s, HilRange range, BoundUse **bounds, HilError *error) {
    *bounds = calloc((size_t)range.count + 1, sizeof **bounds);
    if (!*bounds) return hil_fail(error, "out of memory");
    for (int32_t i = 0; i < range.count; i++)
        if (!engine_bind(s, range.first + i, &(*bounds)[i], error)) return false;
    return true;
}

void engine_read_uniforms(const HilSimulation *s, BoundUse *bound) {
    for (int32_t i = 0; i < bound->uniform_count; i++) bound->uniforms[i] = s->scalars[bound->slots[i]];
}

static void read_uses(const HilSimulation *s, BoundUse *bounds, int32_t count) {
    for (int32_t i = 0; bounds && i < count; i++) engine_read_uniforms(s, &bounds[i]);
}

/* Stimuli keep the values they were started with; only dt follows. */
static void read_stimulus(const HilSimulation *s, BoundUse *bound) {
    for (int32_t i = 0; i < bound->uniform_count; i++)
        if (bound->slots[i] == s->network->step_slot) bound->uniforms[i] = s->dt;
}

void engine_read_all_uniforms(HilSimulation *s) {
    for (int32_t i = 0; i < s->network->populations.count; i++) {
        Population *p = &s->populations[i];
        read_uses(s, p->lane_prepare, p->row->lane_prepare.count);
        read_uses(s, p->advance, p->row->advance.count);
        read_uses(s, p->within, p->row->within.count);
        for (int32_t k = 0; k < p->row->events.count; k++) engine_read_uniforms(s, &p->events[k].handler);
    }
    for (int32_t i = 0; i < s->network->projections.count; i++) {
        Projection *p = &s->projections[i];
        engine_read_uniforms(s, &p->deliver);
        read_uses(s, p->lane_prepare, p->row->lane_prepare.count);
        read_uses(s, p->edge, p->row->edge.count);
    }
    for (int32_t i = 0; i < s->network->drives.count; i++) engine_read_uniforms(s, &s->drives[i].use);
    for (int32_t i = 0; i < s->past_count; i++) engine_read_uniforms(s, &s->pasts[i].use);
    for (int32_t i = 0; i < s->recorder_count; i++) engine_read_uniforms(s, &s->recorders[i].use);
    for (int32_t i = 0; i < s->stimulus_count; i++) read_stimulus(s, &s->stimuli[i].use);
}

void engine_free_use(BoundUse *bound) {
    free(bound->planes);
    free(bound->uniforms);
    *bound = (BoundUse){0};
}

void engine_free_uses(BoundUse *bounds, int32_t count) {
    for (int32_t i = 0; bounds && i < count; i++) engine_free_use(&bounds[i]);
    free(bounds);
}

void engine_call(const HilSimulation *s, const BoundUse *use, HilCall *call) {
    call->planes = use->planes;
    call->uniforms = use->uniforms;
    call->stream = use->stream;
    call->seed = s->settings.seed;
    if (use->function) use->function(call);
    else s->settings.call(s->settings.call_context, use->kernel, call);
}

/* ---- host nodes -------------------------------------------------------------------------------------------------- */

bool engine_number(HilSimulation *s, int32_t node, double *value, HilError *error) {
    if (!s->evaluator.number) return hil_fail(error, "this simulation was given no evaluator");
    return s->evaluator.number(s->evaluator.context, node, value, error);
}

/* Indices are whole numbers in 0 … size-1; `of` names the population for messages. */
static bool to_lanes(const double *values, int64_t count, int64_t size, const char *of, const char *place,
                     LaneList *list, HilError *error) {
    for (int64_t i = 0; i < count; i++) {
        if (!(values[i] >= 0 && values[i] < (double)size) || values[i] != floor(values[i]))
            return hil_fail(error, "%s has no cell %g: its cells are 0 .. %lld%s", of, values[i], (long long)size - 1,
                            place);
        list->lanes[i] = (uint32_t)values[i];
    }
    list->count = count;
    return true;
}

bool engine_view(HilSimulation *s, int32_t node, int64_t size, const char *of, uint32_t line, LaneList *list,
                 bool *all, HilError *error) {
    *list = (LaneList){0};
    *all = node < 0;
    if (*all) return true;
    double *values = NULL;
    int64_t count = 0;
    char place[300];
    const HilNode *row = hil_row(s->image, HIL_NODES, HilNode, node);
    if (row->op == HIL_HOST_SELECTED) {
        if (!hil_simulation_select(s, row->index, &values, &count, error)) return false;
    } else if (!s->evaluator.list) {
        return hil_fail(error, "this simulation was given no evaluator");
    } else if (!s->evaluator.list(s->evaluator.context, node, &values, &count, error)) {
        return false;
    }
    list->lanes = calloc((size_t)count + 1, sizeof *list->lanes);
    bool good = list->lanes ? to_lanes(values, count, size, of, engine_place(s, line, place, sizeof place), list, error)
                            : hil_fail(error, "out of memory");
    free(values);
    if (!good) {
        free(list->lanes);
        *list = (LaneList){0};
    }
    return good;
}

bool engine_steps(double seconds, double dt, uint64_t *steps) {
    double count = seconds / dt;
    if (!(count >= 0 && count < 2147483648.0)) return false;
    *steps = (uint64_t)llround(count);
    return true;
}
