/* One network at work. In: an image, the machine functions of its kernels, and an evaluator of host nodes (sizes,
 * arguments, views, times). Out: a state that runs step by step with the meaning written at the top of hillock/abi.h,
 * and what its recorders took down.
 * Kept true: time is a count of steps; results depend on the image, the scalars, the seed and dt alone, never on the
 * number of threads. Every failure is a text in a HilError; the simulation can then only be read or freed.
 *
 * The order of calls:  new, evaluator, (find, set)*, build, (set | stimulate | run | read)*, free.
 * Slots are numbered as in the image: the network's scalars first, then the program's. All values are SI. */
#ifndef HILLOCK_SIMULATION_H
#define HILLOCK_SIMULATION_H

#include "hillock/abi.h"
#include "hillock/error.h"
#include "hillock/record.h"
#include "hillock/settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HilSimulation HilSimulation;

/* How the engine asks for the value of a host node. Each returns false with the reason in `error`. It may be called in
 * build, prepare, stimulate and set, never inside a step. Nodes read scalars by hil_simulation_scalars(). */
typedef struct HilEvaluator {
    void *context;
    bool (*number)(void *context, int32_t node, double *value, HilError *error);
    /* Allocated with malloc; the engine frees it. Numbers come as a list of one. */
    bool (*list)(void *context, int32_t node, double **values, int64_t *count, HilError *error);
    /* The text stays the evaluator's and lives as long as the evaluator. */
    bool (*text)(void *context, int32_t node, const char **text, HilError *error);
    /* Positions [m] of n cells by a LAYOUT node; NULL: `list` gives x0 y0 z0 x1 y1 z1 …. */
    bool (*layout)(void *context, int32_t node, int64_t n, double *x, double *y, double *z, HilError *error);
    /* Told, in build and in run, of a step that row `prepare` of HIL_PREPARES finds doubtful; NULL: nobody wants to know. */
    void (*doubt)(void *context, int32_t prepare, const char *text);
} HilEvaluator;
struct HilHost;
HilEvaluator hil_host_evaluator(struct HilHost *host); /* host_simulation.c */

/* `functions` as the ABI says (kernel * HIL_LEVEL_COUNT + level); may be NULL when settings->call is given. `program`
 * is an experiment on the network, or -1. The image is checked: magic, version, sizes, every index. The image, the
 * functions and what settings point at must outlive the simulation. NULL: error set. */
HilSimulation *hil_simulation_new(const HilImage *image, HilKernelFunction *const *functions, int32_t network,
                                  int32_t program, const HilSettings *settings, HilError *error);
void hil_simulation_free(HilSimulation *simulation);
void hil_simulation_set_evaluator(HilSimulation *simulation, const HilEvaluator *evaluator);

/* ---- scalars ------------------------------------------------------------------------------------------------- */

/* The block of all scalars, by slot. For reading; set by hil_simulation_set. */
const double *hil_simulation_scalars(const HilSimulation *simulation);
int32_t hil_simulation_scalar_count(const HilSimulation *simulation);
const HilScalar *hil_simulation_scalar_row(const HilSimulation *simulation, int32_t slot);
/* Slot of a parameter by its name ("E.tau"), or -1. */
int32_t hil_simulation_find_scalar(const HilSimulation *simulation, const char *name);
/* From now on the slot has this value instead of its default's; what is derived follows at the next prepare (run does
 * it). Only PARAMETERs can be set, and any scalar of the program. */
bool hil_simulation_set(HilSimulation *simulation, int32_t slot, double value, HilError *error);
/* A scalar parameter, or "Population.plane" / "Projection.plane": then all instances get the value, at build after
 * they were initialised, or now when built. *dimension (may be NULL) is checked when given. An unknown name is an
 * error with the nearest one. */
bool hil_simulation_set_by_name(HilSimulation *simulation, const char *name, double value,
                                const HilDimension *dimension, HilError *error);
/* Evaluates defaults and the network's prepare rows with this dt, in order. run and build do it where needed. */
bool hil_simulation_prepare(HilSimulation *simulation, double dt, HilError *error);

/* ---- building and running ------------------------------------------------------------------------------------ */

/* What the parts would take, in bytes, once sizes are known; filled by build before anything large is allocated. */
typedef struct HilMemoryPlan {
    double planes, rows, synapses, delivery, recording, total, available;
} HilMemoryPlan;
const HilMemoryPlan *hil_simulation_memory(const HilSimulation *simulation);

/* Scalars, populations, positions, initial values, projections, recorders. dt > 0 in seconds. */
bool hil_simulation_build(HilSimulation *simulation, double dt, HilError *error);

typedef enum HilRunResult { HIL_RUN_DONE, HIL_RUN_STOPPED, HIL_RUN_FAILED } HilRunResult;
/* Advances by round(duration/dt) steps; may be called again, also with another dt. STOPPED: settings->stop was set;
 * what was recorded until then is kept. */
HilRunResult hil_simulation_run(HilSimulation *simulation, double duration, double dt, HilError *error);

double hil_simulation_time(const HilSimulation *simulation);  /* s, start of the next step */
uint64_t hil_simulation_step(const HilSimulation *simulation); /* steps done */

/* Stimulus number `stimulus` of the program acts in steps that start at from <= t < to (to may be INFINITY). The
 * program's scalars it uses are evaluated now and kept. Returns a handle >= 0, or -1 with the error. */
int hil_simulation_stimulate(HilSimulation *simulation, int32_t stimulus, double from, double to, HilError *error);
/* The largest change of a state (of cells and of synapses) since this was asked last, infinite the first time: of states
 * in that dimension, in SI; of all of them, each in the unit it is declared in, when `dimension` is NULL. false: out of
 * memory. */
bool hil_simulation_change(HilSimulation *simulation, const HilDimension *dimension, double *change);
void hil_simulation_stop_stimulus(HilSimulation *simulation, int handle);

/* The cells that selector number `selector` of the network chose at set-up, ascending, malloc'ed. Before that (while
 * memory is planned): all, the most there can be. */
bool hil_simulation_select(const HilSimulation *simulation, int32_t selector, double **cells, int64_t *count,
                           HilError *error);

/* ---- results ------------------------------------------------------------------------------------------------- */

/* What recorder number `recorder` of the program took down until now: one of the two is NULL, by the recorder's kind.
 * Owned by the simulation, valid until the next run or free. */
const HilSpikeTrain *hil_simulation_spikes(const HilSimulation *simulation, int32_t recorder);
const HilSignal *hil_simulation_signal(const HilSimulation *simulation, int32_t recorder);
/* What the recorder of a plane or use would sample now: hil_simulation_recorder_size values in SI. */
bool hil_simulation_sample(HilSimulation *simulation, int32_t recorder, double *values, HilError *error);
/* Instances the recorder looks at: those of its view. */
int64_t hil_simulation_recorder_size(const HilSimulation *simulation, int32_t recorder);
/* How long the recorder has listened: from build to now [s]. */
double hil_simulation_recorder_duration(const HilSimulation *simulation, int32_t recorder);
/* A recorder that no program names (--record): "spikes of E", "E.V", "E.V[0..4]", "V of E". Before or after build. */
bool hil_simulation_record(HilSimulation *simulation, const char *what, double every, HilError *error);
/* All that is meant for --out: explicit recorders and those of hil_simulation_record. */
HilRecording *hil_simulation_recording(HilSimulation *simulation);

/* ---- looking inside ------------------------------------------------------------------------------------------ */

typedef struct HilPlaneView {
    void *data;         /* double or float, by row->storage */
    int64_t count;      /* without padding */
    const HilPlane *row;
} HilPlaneView;

int32_t hil_simulation_find_population(const HilSimulation *simulation, const char *name); /* -1: none */
int32_t hil_simulation_find_projection(const HilSimulation *simulation, const char *name);
int64_t hil_simulation_population_size(const HilSimulation *simulation, int32_t population);
int64_t hil_simulation_projection_size(const HilSimulation *simulation, int32_t projection); /* synapses */
HilPlaneView hil_simulation_plane(const HilSimulation *simulation, int32_t population, int32_t plane);
/* Synapses are in rows by source; within a row by (delay, target). */
HilPlaneView hil_simulation_synapse_plane(const HilSimulation *simulation, int32_t projection, int32_t plane);
/* Source and target of every synapse, in the order of its planes; arrays of hil_simulation_projection_size entries. */
void hil_simulation_synapses(const HilSimulation *simulation, int32_t projection, uint32_t *sources,
                             uint32_t *targets);
double hil_plane_value(HilPlaneView view, int64_t index);
void hil_plane_set_value(HilPlaneView view, int64_t index, double value);

typedef struct HilRunStatistics {
    double build_seconds, run_seconds;
    uint64_t steps, spikes, synaptic_events;
    int threads, level;
} HilRunStatistics;
HilRunStatistics hil_simulation_statistics(const HilSimulation *simulation);

#endif
