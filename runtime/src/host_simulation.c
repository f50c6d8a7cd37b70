/* Host programs and the engine: the engine's questions answered by the evaluator, the evaluator's wishes carried out by
 * hil_simulation_…; what recorders took down as values. */
#include "host_internal.h"

#include "simulation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- what the engine asks ------------------------------------------------------------------------------------ */

static bool ask_number(void *context, int32_t node, double *value, HilError *error) {
    return hil_host_number(context, node, value, error);
}

static bool ask_list(void *context, int32_t node, double **values, int64_t *count, HilError *error) {
    return hil_host_numbers(context, node, values, count, error);
}

static bool ask_text(void *context, int32_t node, const char **text, HilError *error) {
    return hil_host_text(context, node, text, error);
}

static bool ask_layout(void *context, int32_t node, int64_t n, double *x, double *y, double *z, HilError *error) {
    double *numbers;
    int64_t count;
    if (!hil_host_numbers(context, node, &numbers, &count, error))
        return false;
    bool good = count == 3 * n || hil_fail(error, "a layout of %lld numbers for %lld cells", (long long)count,
                                           (long long)n);
    for (int64_t k = 0; good && k < n; k++) {
        x[k] = numbers[3 * k];
        y[k] = numbers[3 * k + 1];
        z[k] = numbers[3 * k + 2];
    }
    free(numbers);
    return good;
}

/* ---- the engine as the host sees it -------------------------------------------------------------------------- */

static void *engine_open(HilHost *host, int32_t network, int32_t program, const HilSettings *settings,
                         HilError *error) {
    HilSimulation *simulation =
        hil_simulation_new(host->image, host->functions, network, program, settings, error);
    HilEvaluator evaluator = {.context = host, .number = ask_number, .list = ask_list, .text = ask_text,
                              .layout = ask_layout};
    if (simulation)
        hil_simulation_set_evaluator(simulation, &evaluator);
    return simulation;
}

static void engine_close(void *simulation) {
    hil_simulation_free(simulation);
}

static const double *engine_scalars(void *simulation, int32_t *count) {
    *count = hil_simulation_scalar_count(simulation);
    return hil_simulation_scalars(simulation);
}

static bool engine_set(void *simulation, int32_t slot, double value, HilError *error) {
    if (slot < 0 || slot >= hil_simulation_scalar_count(simulation))
        return hil_fail(error, "there is no parameter number %d here", slot);
    return hil_simulation_set(simulation, slot, value, error);
}

/* Whether this network has what the name means; options were checked against the whole model, so that a name unknown
 * here belongs to another network. */
static bool is_known(HilSimulation *simulation, const char *name) {
    char owner[256];
    const char *dot = strrchr(name, '.');
    size_t length = dot ? (size_t)(dot - name) : 0;
    if (hil_simulation_find_scalar(simulation, name) >= 0)
        return true;
    if (length == 0 || length >= sizeof owner)
        return false;
    memcpy(owner, name, length);
    owner[length] = '\0';
    return hil_simulation_find_population(simulation, owner) >= 0 ||
           hil_simulation_find_projection(simulation, owner) >= 0;
}

static bool engine_override(void *simulation, const HilOverride *override, HilError *error) {
    return !is_known(simulation, override->name) ||
           hil_simulation_set_by_name(simulation, override->name, override->value, &override->dimension, error);
}

static bool engine_record(void *simulation, const HilExtraRecord *record, HilError *error) {
    return hil_simulation_record(simulation, record->what, record->every, error);
}

static bool engine_prepare(void *simulation, double step, HilError *error) {
    return hil_simulation_prepare(simulation, step, error);
}

static bool engine_build(void *simulation, double step, HilError *error) {
    return hil_simulation_build(simulation, step, error);
}

static int engine_run(void *simulation, double duration, double step, HilError *error) {
    return hil_simulation_run(simulation, duration, step, error);
}

static double engine_time(void *simulation) {
    return hil_simulation_time(simulation);
}

static bool engine_stimulate(void *simulation, int32_t stimulus, double from, double to, HilError *error) {
    return hil_simulation_stimulate(simulation, stimulus, from, to, error) >= 0;
}

static bool engine_recorded(void *simulation, int32_t recorder, const HilSpikeTrain **spikes, const HilSignal **signal,
                            HilError *error) {
    *spikes = hil_simulation_spikes(simulation, recorder);
    *signal = hil_simulation_signal(simulation, recorder);
    return *spikes || *signal || hil_fail(error, "nothing was recorded by number %d", recorder);
}

static double engine_listened(void *simulation, int32_t recorder) {
    return hil_simulation_recorder_duration(simulation, recorder);
}

static int64_t engine_population_size(void *simulation, int32_t population) {
    return hil_simulation_population_size(simulation, population);
}

static int64_t engine_synapse_count(void *simulation, int32_t projection) {
    return projection < 0 ? -1 : hil_simulation_projection_size(simulation, projection);
}

static HilPlaneView view_of(void *simulation, int32_t population, int32_t projection, int32_t plane) {
    return projection >= 0 ? hil_simulation_synapse_plane(simulation, projection, plane)
                           : hil_simulation_plane(simulation, population, plane);
}

static bool engine_plane_value(void *simulation, int32_t population, int32_t projection, int32_t plane, int64_t index,
                               double *value) {
    HilPlaneView view = view_of(simulation, population, projection, plane);
    if (!view.data || index < 0 || index >= view.count)
        return false;
    *value = hil_plane_value(view, index);
    return true;
}

static int64_t engine_plane_size(void *simulation, int32_t population, int32_t projection, int32_t plane) {
    HilPlaneView view = view_of(simulation, population, projection, plane);
    return view.data ? view.count : -1;
}

static bool engine_write(void *simulation, const char *path, bool partial, HilError *error) {
    HilRecording *recording = hil_simulation_recording(simulation);
    if (!recording)
        return hil_fail(error, "nothing was recorded for %s", path);
    recording->provenance.partial = recording->provenance.partial || partial;
    return hil_record_write(recording, path, error);
}

const HostEngine host_simulation_engine = {
    .open = engine_open, .close = engine_close, .scalars = engine_scalars, .set = engine_set,
    .override = engine_override, .record = engine_record, .prepare = engine_prepare, .build = engine_build,
    .run = engine_run, .time = engine_time, .stimulate = engine_stimulate, .recorded = engine_recorded,
    .listened = engine_listened, .population_size = engine_population_size, .synapse_count = engine_synapse_count,
    .plane_value = engine_plane_value, .plane_size = engine_plane_size, .write = engine_write,
};
