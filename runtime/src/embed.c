/* Models in other programs: hillock/runtime.h on top of the engine and the evaluator of host nodes. */
#include "hillock/host.h"
#include "hillock/runtime.h"
#include "names.h"

#include <stdlib.h>
#include <string.h>

struct HilModel {
    HilHost *host;
    HilSimulation *simulation;
    HilHostOptions options;
};

static int32_t find_network(const HilImage *image, const char *name) {
    for (uint32_t i = 0; i < image->tables[HIL_NETWORKS].count; i++)
        if (!name || !strcmp(hil_text(image, hil_row(image, HIL_NETWORKS, HilNetwork, i)->name), name))
            return (int32_t)i;
    return -1;
}

HilModel *hil_model_open(const HilImage *image, HilKernelFunction *const *functions, const char *network,
                         const HilSettings *settings, HilError *error) {
    if (!engine_check_image(image, error)) return NULL;
    int32_t index = find_network(image, network);
    if (index < 0) {
        hil_fail(error, "the model has no network %s", network ? network : "at all");
        return NULL;
    }
    HilModel *model = calloc(1, sizeof *model);
    if (!model) {
        hil_fail(error, "out of memory");
        return NULL;
    }
    model->options.settings = settings ? *settings : hil_settings_default();
    model->host = hil_host_new_for_image(image, functions, &model->options, error);
    if (model->host)
        model->simulation = hil_simulation_new(image, functions, index, -1, &model->options.settings, error);
    if (!model->simulation) {
        hil_model_free(model);
        return NULL;
    }
    HilEvaluator evaluator = hil_host_evaluator(model->host);
    hil_simulation_set_evaluator(model->simulation, &evaluator);
    hil_host_set_scalars(model->host, hil_simulation_scalars(model->simulation),
                         hil_simulation_scalar_count(model->simulation));
    return model;
}

void hil_model_free(HilModel *model) {
    if (!model) return;
    hil_simulation_free(model->simulation);
    if (model->host) hil_host_free(model->host);
    free(model);
}

bool hil_model_set(HilModel *model, const char *name, double value, HilError *error) {
    return hil_simulation_set_by_name(model->simulation, name, value, NULL, error);
}

bool hil_model_get(HilModel *model, const char *name, double *value, HilError *error) {
    const HilSimulation *s = model->simulation;
    for (int32_t slot = 0; slot < s->scalar_count; slot++) {
        if (strcmp(engine_text(s, hil_simulation_scalar_row(s, slot)->name), name)) continue;
        *value = s->scalars[slot];
        return true;
    }
    return hil_fail(error, "there is no scalar \"%s\"", name);
}

bool hil_model_record(HilModel *model, const char *what, double every, HilError *error) {
    return hil_simulation_record(model->simulation, what, every, error);
}

bool hil_model_run(HilModel *model, double duration, double step, HilError *error) {
    HilRunResult result = hil_simulation_run(model->simulation, duration, step, error);
    if (result == HIL_RUN_STOPPED) return hil_fail(error, "the run was stopped");
    return result == HIL_RUN_DONE;
}

double hil_model_time(const HilModel *model) {
    return hil_simulation_time(model->simulation);
}

HilModelPlane hil_model_plane(HilModel *model, const char *name, HilError *error) {
    NearestName nearest = {0};
    PlaneAddress address = engine_find_plane(model->simulation, name, &nearest);
    if (address.plane < 0) {
        hil_fail(error, "there is no \"%s\"%s%s", name, nearest.text[0] ? "; did you mean " : "", nearest.text);
        return (HilModelPlane){0};
    }
    HilPlaneView view = engine_plane_at(model->simulation, address);
    if (!view.data) hil_fail(error, "%s has no values before the first run", name);
    return (HilModelPlane){view.data, view.count, view.row->storage == HIL_F32};
}

bool hil_model_write(HilModel *model, const char *path, HilError *error) {
    HilRecording *recording = hil_simulation_recording(model->simulation);
    if (!recording) return hil_fail(error, "nothing was recorded for %s", path);
    return hil_record_write(recording, path, error);
}
