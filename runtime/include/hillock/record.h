/* Results of a run: spike trains and sampled signals in memory, and their writers (HDF5 in SONATA's layout, CSV).
 * In: spikes and samples in SI units, in the order in which the run makes them. Out: files that exist whole or not at
 * all: each is written under a temporary name beside its target and renamed when complete.
 * The store is plain data: any part may be read directly; only the functions below change it. */
#ifndef HILLOCK_RECORD_H
#define HILLOCK_RECORD_H

#include "hillock/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Spikes of one population: spike k is cell ids[k] at times[k] seconds. Appended in the order of time; `spike exact`
 * may disorder them within a step, which hil_spike_train_sort mends. */
typedef struct HilSpikeTrain {
    char *population;
    uint64_t size; /* cells of the population, so ids are 0 … size-1 */
    size_t count, capacity;
    double *times; /* s */
    uint32_t *ids;
} HilSpikeTrain;

/* One variable of some instances of a population, or of some connections, sampled at start + k*every. values[k*instances + j] is instance
 * ids[j] at sample k, in SI. `unit` is the text to show; value in unit = (SI - offset) / scale. */
typedef struct HilSignal {
    char *population, *variable, *unit;
    char *source, *target; /* of connections: the populations at both ends, and `population` is the connection; else NULL */
    double scale, offset;
    double start, every; /* s */
    size_t instances, samples, capacity;
    uint32_t *ids;      /* cells; of connections the source */
    uint32_t *elements; /* compartment (or other part) of each instance, NULL: the whole cell; of connections the target */
    double *values;
} HilSignal;

/* What a file says of where it comes from. Texts may be NULL (written as ""); they are copied. */
typedef struct HilProvenance {
    char *model, *hillock_version, *source, *source_hash, *options;
    uint64_t seed;
    bool partial; /* the run was interrupted: the file holds what was recorded until then */
} HilProvenance;

typedef struct HilRecording {
    HilProvenance provenance;
    size_t train_count, signal_count;
    HilSpikeTrain **trains;
    HilSignal **signals;
} HilRecording;

/* NULL: out of memory. Freeing NULL is allowed. */
HilRecording *hil_recording_new(const HilProvenance *provenance);
void hil_recording_free(HilRecording *recording);

/* The train of a population, made at the first call. NULL: out of memory. */
HilSpikeTrain *hil_recording_train(HilRecording *recording, const char *population, uint64_t size);
/* Appends the spikes of `count` cells at `time` [s]. false: out of memory, the train unchanged. */
bool hil_spike_train_append(HilSpikeTrain *train, double time, const uint32_t *ids, size_t count);
bool hil_spike_train_sorted(const HilSpikeTrain *train);
/* Orders by time, equal times by id. false: out of memory, the train unchanged. */
bool hil_spike_train_sort(HilSpikeTrain *train);

/* A new signal. `ids` (and `elements`, which may be NULL) hold `instances` entries and are copied. scale > 0,
 * every > 0. NULL: out of memory. */
HilSignal *hil_recording_signal(HilRecording *recording, const char *population, const char *variable,
                                const char *unit, double scale, double offset, double start, double every,
                                const uint32_t *ids, const uint32_t *elements, size_t instances);
/* Makes it a signal of connections between cells of two populations. false: out of memory. */
bool hil_signal_connects(HilSignal *signal, const char *source, const char *target);
/* The next row to fill: `instances` values in SI. NULL: out of memory, the signal unchanged. */
double *hil_signal_next_row(HilSignal *signal);
/* Sets memory aside for `samples` rows, so that a run fails before it starts and not in its middle. */
bool hil_signal_reserve(HilSignal *signal, size_t samples);
/* The name a signal has in files: "population.variable", with ".2", ".3" … when earlier signals have the same. */
const char *hil_signal_name(const HilRecording *recording, size_t index, char *text, size_t size);

/* One HDF5 file in SONATA's layout (AllenInstitute/sonata, SONATA_DEVELOPER_GUIDE, output file formats):
 *   /                              attributes magic 0x0A7A, version {0, 1}, model, hillock_version, source,
 *                                  source_hash, options, seed, partial
 *   /spikes/<population>/          attribute sorting (enum: none, by_id, by_time)
 *       timestamps  double [N]     attribute units "ms"
 *       node_ids    uint64 [N]
 *   /report/<population>.<variable>/ attributes population, variable
 *       data        double [time][element], attribute units
 *       mapping/node_ids           uint64 [nodes], attribute sorted
 *       mapping/index_pointers     uint64 [nodes + 1]: node i has columns index_pointers[i] … index_pointers[i+1]-1
 *       mapping/element_ids        uint32 [elements]
 *       mapping/time               double {start, stop, step}, attribute units "ms"; stop is excluded
 *   Of a connection the report is named after it, its columns are its synapses by source, then target, and in the place of
 *   nodes and elements stand, named as in SONATA's files of edges,
 *       mapping/source_node_id     uint64 [columns], attribute node_population
 *       mapping/target_node_id     uint64 [columns], attribute node_population
 * SONATA knows one report a population and a file for each; one file holds them all here, so a report's name carries
 * its variable. /report/<population> is a link to the population's first variable, which is what a SONATA reader
 * opens; mapping/index_pointer is a link for readers that know the older name.
 * The HDF5 library is loaded at the first call; when it is missing the error says so. */
bool hil_record_write_hdf5(const HilRecording *recording, const char *path, HilError *error);

/* Text. `path` is a folder that exists, or the stem of file names, with or without ".csv" ("out.csv" makes
 * "out.spikes.csv"):
 *   spikes.csv                     time_ms,population,id
 *   <population>.<variable>.csv    time_ms,<variable>.<id>[<unit>],…   (of connections <variable>.<source>.<target>[<unit>])
 * Numbers are decimal and exact: read as SI (a decimal shift of three for ms) they give the same doubles; only units
 * that are no power of ten of SI are divided first. All files appear, or none. */
bool hil_record_write_csv(const HilRecording *recording, const char *path, HilError *error);

/* By the path: ".h5", ".hdf5" make HDF5, ".csv" and folders CSV; anything else is an error that lists these. */
bool hil_record_write(const HilRecording *recording, const char *path, HilError *error);

#endif
