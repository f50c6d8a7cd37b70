/* A simulation's life and its scalars. In: an image and settings; values by slot or name. Out: the block of scalars,
 * evaluated in the image's order; the accessors that simulation.h promises.
 * Kept true: a scalar set by the caller is never overwritten by its default. */
#include "engine.h"
#include "threads.h"
#include "hillock/linear.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- life -------------------------------------------------------------------------------------------------------- */

static void mark_prepared(HilSimulation *s) {
    const HilNetwork *n = s->network;
    for (int32_t i = 0; i < n->prepares.count; i++) {
        const HilPrepare *row = hil_row(s->image, HIL_PREPARES, HilPrepare, n->prepares.first + i);
        if (row->kind == HIL_PREPARE_EVALUATE) s->prepared[row->slot] = true;
        for (int32_t k = 0; row->kind == HIL_PREPARE_PROPAGATOR && k < row->values.count; k++) {
            const HilValueRef *ref = hil_row(s->image, HIL_VALUE_REFS, HilValueRef, row->values.first + k);
            if (ref->kind == HIL_VALUE_SLOT && k >= row->n * row->n) s->prepared[ref->index] = true;
        }
    }
}

static bool make_tables(HilSimulation *s) {
    const HilNetwork *n = s->network;
    size_t slots = (size_t)s->scalar_count + 1;
    s->scalars = calloc(slots, sizeof *s->scalars);
    s->given = calloc(slots, sizeof *s->given);
    s->prepared = calloc(slots, sizeof *s->prepared);
    s->populations = calloc((size_t)n->populations.count + 1, sizeof *s->populations);
    s->projections = calloc((size_t)n->projections.count + 1, sizeof *s->projections);
    s->drives = calloc((size_t)n->drives.count + 1, sizeof *s->drives);
    if (!s->scalars || !s->given || !s->prepared || !s->populations || !s->projections || !s->drives) return false;
    for (int32_t i = 0; i < n->populations.count; i++) {
        Population *p = &s->populations[i];
        p->row = hil_row(s->image, HIL_POPULATIONS, HilPopulation, n->populations.first + i);
        p->name = engine_text(s, p->row->name);
    }
    for (int32_t i = 0; i < n->projections.count; i++) {
        Projection *p = &s->projections[i];
        p->row = hil_row(s->image, HIL_PROJECTIONS, HilProjection, n->projections.first + i);
        p->name = engine_text(s, p->row->name);
    }
    for (int32_t i = 0; i < n->drives.count; i++)
        s->drives[i].row = hil_row(s->image, HIL_DRIVES, HilDrive, n->drives.first + i);
    mark_prepared(s);
    return true;
}

HilSimulation *hil_simulation_new(const HilImage *image, HilKernelFunction *const *functions, int32_t network,
                                  int32_t program, const HilSettings *settings, HilError *error) {
    if (!engine_check_image(image, error)) return NULL;
    if (network < 0 || (uint32_t)network >= image->tables[HIL_NETWORKS].count) {
        hil_fail(error, "the model has no network number %d", network);
        return NULL;
    }
    if (program < -1 || (program >= 0 && (uint32_t)program >= image->tables[HIL_PROGRAMS].count)) {
        hil_fail(error, "the model has no program number %d", program);
        return NULL;
    }
    HilSimulation *s = calloc(1, sizeof *s);
    if (!s) {
        hil_fail(error, "out of memory");
        return NULL;
    }
    s->image = image;
    s->functions = functions;
    s->settings = settings ? *settings : hil_settings_default();
    s->network_index = network;
    s->network = hil_row(image, HIL_NETWORKS, HilNetwork, network);
    s->program = program >= 0 ? hil_row(image, HIL_PROGRAMS, HilProgram, program) : NULL;
    s->network_scalars = s->network->scalars.count;
    s->scalar_count = s->network_scalars + (s->program ? s->program->scalars.count : 0);
    s->dirty = true;
    bool good = true;
    if (s->program && s->program->network != network)
        good = hil_fail(error, "%s runs on another network", engine_text(s, s->program->name));
    if (s->settings.threads < 0 || s->settings.threads > 1024)
        good = hil_fail(error, "%d threads: the number must lie in 0 .. 1024", s->settings.threads);
    if (good && !make_tables(s)) good = hil_fail(error, "out of memory");
    if (good) good = engine_pick_level(s, &s->level, error);
    if (good) return s;
    hil_simulation_free(s);
    return NULL;
}

static void free_event(const HilSimulation *s, EventState *e) {
    engine_free_use(&e->handler);
    for (int64_t i = 0; e->fired && i < e->slot_count * s->thread_count; i++) {
        free(e->fired[i].lanes);
        free(e->fired[i].fraction);
        free(e->timed[i].lanes);
        free(e->timed[i].fraction);
    }
    for (int t = 0; e->queues && t < s->thread_count; t++) free(e->queues[t].entries);
    free(e->fired);
    free(e->timed);
    free(e->queues);
    free(e->due);
}

static void free_population(const HilSimulation *s, Population *p) {
    for (int32_t i = 0; p->planes && i < p->row->planes.count; i++) free(p->planes[i]);
    for (int32_t i = 0; p->events && i < p->row->events.count; i++) free_event(s, &p->events[i]);
    engine_free_uses(p->init, p->row->init.count);
    engine_free_uses(p->lane_prepare, p->row->lane_prepare.count);
    engine_free_uses(p->advance, p->row->advance.count);
    engine_free_uses(p->within, p->row->within.count);
    free(p->planes);
    free(p->events);
    free(p->condition_event);
    free(p->bounds);
}

static void free_lists(const HilSimulation *s, LaneList *lists) {
    for (int t = 0; lists && t < s->thread_count; t++) free(lists[t].lanes);
    free(lists);
}

void hil_simulation_free(HilSimulation *s) {
    if (!s) return;
    for (int32_t i = 0; s->populations && i < s->network->populations.count; i++)
        free_population(s, &s->populations[i]);
    for (int32_t i = 0; s->projections && i < s->network->projections.count; i++)
        engine_free_projection(s, &s->projections[i]);
    for (int32_t i = 0; s->drives && i < s->network->drives.count; i++) {
        engine_free_use(&s->drives[i].use);
        free_lists(s, s->drives[i].lists);
        free(s->drives[i].view.lanes);
        free(s->drives[i].steps);
        free(s->drives[i].times);
    }
    for (int32_t i = 0; i < s->stimulus_count; i++) {
        engine_free_use(&s->stimuli[i].use);
        free_lists(s, s->stimuli[i].lists);
        free(s->stimuli[i].view.lanes);
    }
    engine_free_pasts(s);
    engine_free_selected(s);
    engine_free_recorders(s);
    for (int32_t i = 0; i < s->override_count; i++) free(s->overrides[i].name);
    for (int32_t i = 0; i < s->record_request_count; i++) free(s->record_requests[i]);
    free(s->overrides);
    free(s->record_requests);
    free(s->record_every);
    free(s->populations);
    free(s->projections);
    free(s->drives);
    free(s->stimuli);
    free(s->last_states);
    free(s->scalars);
    free(s->given);
    free(s->prepared);
    free(s);
}

void hil_simulation_set_evaluator(HilSimulation *s, const HilEvaluator *evaluator) {
    s->evaluator = *evaluator;
}

/* ---- scalars ----------------------------------------------------------------------------------------------------- */

const double *hil_simulation_scalars(const HilSimulation *s) {
    return s->scalars;
}
int32_t hil_simulation_scalar_count(const HilSimulation *s) {
    return s->scalar_count;
}
const HilScalar *hil_simulation_scalar_row(const HilSimulation *s, int32_t slot) {
    if (slot < 0 || slot >= s->scalar_count) return NULL;
    if (slot < s->network_scalars) return hil_row(s->image, HIL_SCALARS, HilScalar, s->network->scalars.first + slot);
    return hil_row(s->image, HIL_SCALARS, HilScalar, s->program->scalars.first + slot - s->network_scalars);
}

int32_t hil_simulation_find_scalar(const HilSimulation *s, const char *name) {
    for (int32_t slot = 0; slot < s->scalar_count; slot++) {
        const HilScalar *row = hil_simulation_scalar_row(s, slot);
        if (row->role == HIL_SCALAR_PARAMETER && !strcmp(engine_text(s, row->name), name)) return slot;
    }
    return -1;
}

bool hil_simulation_set(HilSimulation *s, int32_t slot, double value, HilError *error) {
    const HilScalar *row = hil_simulation_scalar_row(s, slot);
    if (!row) return hil_fail(error, "there is no scalar number %d", slot);
    if (isnan(value)) return hil_fail(error, "%s cannot be set to nan", engine_text(s, row->name));
    if (slot < s->network_scalars) {
        if (row->role != HIL_SCALAR_PARAMETER)
            return hil_fail(error, "%s is computed from parameters and cannot be set", engine_text(s, row->name));
        s->dirty = true;
    }
    s->scalars[slot] = value;
    s->given[slot] = true;
    return true;
}

static bool evaluate_slot(HilSimulation *s, int32_t slot, int32_t node, HilError *error) {
    if (s->given[slot]) return true;
    double value;
    if (!engine_number(s, node, &value, error)) return false;
    s->scalars[slot] = value;
    return true;
}

/* P = e^(A dt) and Q, its integral, for a system whose A consists of scalars. */
static bool prepare_propagator(HilSimulation *s, const HilPrepare *row, HilError *error) {
    int cells = row->n * row->n;
    double a[64 * 64] = {0}, p[64 * 64], q[64 * 64];
    const HilValueRef *refs = hil_row(s->image, HIL_VALUE_REFS, HilValueRef, row->values.first);
    for (int i = 0; i < 3 * cells; i++)
        if (refs[i].kind == HIL_VALUE_PLANE) return true; /* for each instance: see engine_lane_prepare */
    for (int i = 0; i < cells; i++) a[i] = refs[i].kind == HIL_VALUE_SLOT ? s->scalars[refs[i].index] : 0;
    if (!hil_propagator(row->n, a, s->dt, p, q))
        return hil_fail(error, "%s: no finite solution over one step of %g ms; is a time constant or a capacitance zero?",
                        engine_text(s, row->message), s->dt * 1e3);
    for (int i = 0; i < cells; i++) {
        if (refs[cells + i].kind == HIL_VALUE_SLOT) s->scalars[refs[cells + i].index] = p[i];
        if (refs[2 * cells + i].kind == HIL_VALUE_SLOT) s->scalars[refs[2 * cells + i].index] = q[i];
    }
    return true;
}

static bool prepare_row(HilSimulation *s, const HilPrepare *row, HilError *error) {
    if (row->kind == HIL_PREPARE_EVALUATE) return evaluate_slot(s, row->slot, row->node, error);
    return row->kind != HIL_PREPARE_PROPAGATOR || prepare_propagator(s, row, error);
}

bool hil_simulation_prepare(HilSimulation *s, double dt, HilError *error) {
    if (!(dt > 0 && dt <= 1e9)) return hil_fail(error, "a step of %g s: the step must be longer than zero", dt);
    const HilNetwork *n = s->network;
    s->dt = dt;
    if (n->step_slot >= 0) s->scalars[n->step_slot] = dt;
    for (int32_t slot = 0; slot < s->network_scalars; slot++) {
        int32_t node = hil_simulation_scalar_row(s, slot)->node;
        if (node >= 0 && !s->prepared[slot] && slot != n->step_slot && !evaluate_slot(s, slot, node, error))
            return false;
    }
    for (int32_t i = 0; i < n->prepares.count; i++)
        if (!prepare_row(s, hil_row(s->image, HIL_PREPARES, HilPrepare, n->prepares.first + i), error)) return false;
    s->dirty = false;
    return true;
}

/* ---- looking inside ---------------------------------------------------------------------------------------------- */

const HilMemoryPlan *hil_simulation_memory(const HilSimulation *s) {
    return &s->memory;
}

double hil_simulation_time(const HilSimulation *s) {
    return engine_time_of(s, s->step);
}
uint64_t hil_simulation_step(const HilSimulation *s) {
    return s->step;
}

int32_t hil_simulation_find_population(const HilSimulation *s, const char *name) {
    for (int32_t i = 0; i < s->network->populations.count; i++)
        if (!strcmp(s->populations[i].name, name)) return i;
    return -1;
}
int32_t hil_simulation_find_projection(const HilSimulation *s, const char *name) {
    for (int32_t i = 0; i < s->network->projections.count; i++)
        if (!strcmp(s->projections[i].name, name)) return i;
    return -1;
}
int64_t hil_simulation_population_size(const HilSimulation *s, int32_t population) {
    return s->populations[population].size;
}
int64_t hil_simulation_projection_size(const HilSimulation *s, int32_t projection) {
    return s->projections[projection].count;
}
HilPlaneView hil_simulation_plane(const HilSimulation *s, int32_t population, int32_t plane) {
    const Population *p = &s->populations[population];
    return (HilPlaneView){p->planes ? p->planes[plane] : NULL, p->planes ? p->size : 0,
                          engine_plane_row(s, p->row->planes, plane)};
}
HilPlaneView hil_simulation_synapse_plane(const HilSimulation *s, int32_t projection, int32_t plane) {
    const Projection *p = &s->projections[projection];
    return (HilPlaneView){p->planes ? p->planes[plane] : NULL, p->planes ? p->count : 0,
                          engine_plane_row(s, p->row->planes, plane)};
}

void hil_simulation_synapses(const HilSimulation *s, int32_t projection, uint32_t *sources, uint32_t *targets) {
    const Projection *p = &s->projections[projection];
    int64_t source_count = s->populations[p->row->source].size;
    for (int64_t source = 0; p->rows && source < source_count; source++) {
        for (uint64_t j = p->rows[source]; j < p->rows[source + 1]; j++) {
            sources[j] = (uint32_t)source;
            targets[j] = p->target_bytes == 2 ? ((const uint16_t *)p->targets)[j] : ((const uint32_t *)p->targets)[j];
        }
    }
}

double hil_plane_value(HilPlaneView view, int64_t index) {
    return view.row->storage == HIL_F32 ? (double)((const float *)view.data)[index]
                                        : ((const double *)view.data)[index];
}
void hil_plane_set_value(HilPlaneView view, int64_t index, double value) {
    if (view.row->storage == HIL_F32) ((float *)view.data)[index] = (float)value;
    else ((double *)view.data)[index] = value;
}

HilRunStatistics hil_simulation_statistics(const HilSimulation *s) {
    HilRunStatistics statistics = s->statistics;
    statistics.steps = s->step;
    statistics.threads = s->thread_count;
    statistics.level = s->level;
    return statistics;
}
