/* The runtime as programs see it: the main function of executables, and models embedded in other programs.
 *
 *     HilSettings settings = hil_settings_default();
 *     HilModel *model = network_open(NULL, &settings, &error);   // of network.h: hillock build network.hil --emit=header
 *     hil_model_set(model, "E.tau", 15e-3, &error);
 *     hil_model_run(model, 1.0, 1e-4, &error);
 *     HilModelPlane v = hil_model_plane(model, "E.V", &error);   // v.values: the state itself, no copy
 *     hil_model_free(model);
 *
 * All quantities are SI. A model is used by one thread at a time; different models do not know of each other. */
#ifndef HILLOCK_RUNTIME_H
#define HILLOCK_RUNTIME_H

#include "hillock/abi.h"
#include "hillock/error.h"
#include "hillock/settings.h"

/* What an executable does with its arguments (--help tells). Returns the exit code: 0 done, 1 an `expect` failed, 2 the
 * arguments are wrong, 3 the run failed, 130 interrupted. */
int hil_main(int argc, char **argv, const HilImage *image, HilKernelFunction *const *functions);
/* The same with every kernel called through `call`, by an interpreter for example. */
int hil_main_through(int argc, char **argv, const HilImage *image,
                     void (*call)(void *context, int kernel, const HilCall *call), void *call_context);

typedef struct HilModel HilModel;

/* A network by its name (NULL: the first) without an experiment. NULL: error set. */
HilModel *hil_model_open(const HilImage *image, HilKernelFunction *const *functions, const char *network,
                         const HilSettings *settings, HilError *error);
void hil_model_free(HilModel *model);
/* A parameter, or a plane of a population or connection (then every instance). */
bool hil_model_set(HilModel *model, const char *name, double value, HilError *error);
/* The value of a scalar parameter or of what is computed from parameters. */
bool hil_model_get(HilModel *model, const char *name, double *value, HilError *error);
/* "spikes of E", "E.V", "E.V[0..4]"; every [s], 0: each step. */
bool hil_model_record(HilModel *model, const char *what, double every, HilError *error);
/* Builds the network at the first call. false also when settings->stop ended it. */
bool hil_model_run(HilModel *model, double duration, double step, HilError *error);
double hil_model_time(const HilModel *model);

typedef struct HilModelPlane {
    void *values;  /* double, or float where single is true; NULL: error set */
    int64_t count;
    bool single;
} HilModelPlane;
/* The values themselves, by "E.V" or "EE.weight"; after the first run. They stay where they are until the model is
 * freed, and may be written between runs. */
HilModelPlane hil_model_plane(HilModel *model, const char *name, HilError *error);
/* What was recorded: .h5, or CSV files by a folder or stem. */
bool hil_model_write(HilModel *model, const char *path, HilError *error);

#endif
