/* Host programs and the engine: the engine's questions answered by the evaluator, the evaluator's wishes carried out by
 * hil_simulation_…; what recorders took down as values. */
#include "host_internal.h"

#include "engine.h"
#include "simulation.h"

#include <math.h>
#include <stdio.h>
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

/* Once a host for each row, however often its network is built. */
static void tell_doubt(void *context, int32_t prepare, const char *text) {
    HilHost *host = context;
    if (!host->options.warn)
        return;
    if (!host->doubted)
        host->doubted = calloc((size_t)host->image->tables[HIL_PREPARES].count + 1, sizeof *host->doubted);
    if (!host->doubted || host->doubted[prepare])
        return;
    host->doubted[prepare] = true;
    fprintf(host->options.warn, "warning[W0601]: %s\n", text);
}

HilEvaluator hil_host_evaluator(HilHost *host) {
    return (HilEvaluator){.context = host, .number = ask_number, .list = ask_list, .text = ask_text,
                          .layout = ask_layout, .doubt = tell_doubt};
}

/* ---- the engine as the host sees it -------------------------------------------------------------------------- */

static void *carry_open(HilHost *host, int32_t network, int32_t program, const HilSettings *settings,
                         HilError *error) {
    HilSimulation *simulation =
        hil_simulation_new(host->image, host->functions, network, program, settings, error);
    HilEvaluator evaluator = hil_host_evaluator(host);
    if (simulation)
        hil_simulation_set_evaluator(simulation, &evaluator);
    return simulation;
}

static void carry_close(void *simulation) {
    hil_simulation_free(simulation);
}

static const double *carry_scalars(void *simulation, int32_t *count) {
    *count = hil_simulation_scalar_count(simulation);
    return hil_simulation_scalars(simulation);
}

static bool carry_set(void *simulation, int32_t slot, double value, HilError *error) {
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

static bool carry_override(void *simulation, const HilOverride *override, HilError *error) {
    return !is_known(simulation, override->name) ||
           hil_simulation_set_by_name(simulation, override->name, override->value, &override->dimension, error);
}

static bool carry_record(void *simulation, const HilExtraRecord *record, HilError *error) {
    return hil_simulation_record(simulation, record->what, record->every, error);
}

static bool carry_prepare(void *simulation, double step, HilError *error) {
    return hil_simulation_prepare(simulation, step, error);
}

static bool carry_build(void *simulation, double step, HilError *error) {
    return hil_simulation_build(simulation, step, error);
}

static int carry_run(void *simulation, double duration, double step, HilError *error) {
    return hil_simulation_run(simulation, duration, step, error);
}

static double carry_time(void *simulation) {
    return hil_simulation_time(simulation);
}

static bool carry_stimulate(void *simulation, int32_t stimulus, double from, double to, HilError *error) {
    return hil_simulation_stimulate(simulation, stimulus, from, to, error) >= 0;
}

static int carry_stimuli(void *simulation) {
    const HilSimulation *s = simulation;
    return s->stimulus_count;
}

static void carry_end_stimuli(void *simulation, int first) {
    const HilSimulation *s = simulation;
    for (int k = first; k < s->stimulus_count; k++)
        if (isinf(s->stimuli[k].to))
            hil_simulation_stop_stimulus(simulation, k);
}

static bool carry_change(void *simulation, const HilDimension *dimension, double *change) {
    return hil_simulation_change(simulation, dimension, change);
}

static bool carry_recorded(void *simulation, int32_t recorder, const HilSpikeTrain **spikes, const HilSignal **signal,
                            HilError *error) {
    *spikes = hil_simulation_spikes(simulation, recorder);
    *signal = hil_simulation_signal(simulation, recorder);
    return *spikes || *signal || hil_fail(error, "nothing was recorded by number %d", recorder);
}

static double carry_listened(void *simulation, int32_t recorder) {
    return hil_simulation_recorder_duration(simulation, recorder);
}

static int64_t carry_population_size(void *simulation, int32_t population) {
    return hil_simulation_population_size(simulation, population);
}

static int64_t carry_synapse_count(void *simulation, int32_t projection) {
    const HilSimulation *s = simulation;
    if (projection < 0 || projection >= s->network->projections.count)
        return -1;
    return hil_simulation_projection_size(s, projection);
}

static int64_t carry_recorder_size(void *simulation, int32_t recorder) {
    return hil_simulation_recorder_size(simulation, recorder);
}

static bool carry_sample(void *simulation, int32_t recorder, double *values, HilError *error) {
    return hil_simulation_sample(simulation, recorder, values, error);
}

static bool carry_select(void *simulation, int32_t selector, double **cells, int64_t *count, HilError *error) {
    return hil_simulation_select(simulation, selector, cells, count, error);
}

static bool carry_write(void *simulation, const char *path, bool partial, HilError *error) {
    HilRecording *recording = hil_simulation_recording(simulation);
    if (!recording)
        return hil_fail(error, "nothing was recorded for %s", path);
    recording->provenance.partial = recording->provenance.partial || partial;
    return hil_record_write(recording, path, error);
}

const HostEngine host_simulation_engine = {
    .open = carry_open, .close = carry_close, .scalars = carry_scalars, .set = carry_set,
    .override = carry_override, .record = carry_record, .prepare = carry_prepare, .build = carry_build,
    .run = carry_run, .time = carry_time, .stimulate = carry_stimulate, .stimuli = carry_stimuli,
    .end_stimuli = carry_end_stimuli, .change = carry_change, .recorded = carry_recorded,
    .listened = carry_listened, .population_size = carry_population_size, .synapse_count = carry_synapse_count,
    .recorder_size = carry_recorder_size, .sample = carry_sample, .select = carry_select,
    .write = carry_write,
};
