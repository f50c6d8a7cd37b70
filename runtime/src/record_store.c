/* The in-memory store of results. In: spikes and samples in the order of the run. Out: plain arrays.
 * A failed allocation leaves everything as it was, so what was recorded can still be written. */
#include "hillock/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool copy_text(char **copy, const char *text)
{
    *copy = strdup(text ? text : "");
    return *copy != NULL;
}

static void train_free(HilSpikeTrain *train)
{
    if (!train)
        return;
    free(train->population);
    free(train->times);
    free(train->ids);
    free(train);
}

static void signal_free(HilSignal *signal)
{
    if (!signal)
        return;
    free(signal->population);
    free(signal->variable);
    free(signal->unit);
    free(signal->source);
    free(signal->target);
    free(signal->ids);
    free(signal->elements);
    free(signal->values);
    free(signal);
}

HilRecording *hil_recording_new(const HilProvenance *provenance)
{
    HilRecording *recording = calloc(1, sizeof *recording);
    if (!recording)
        return NULL;
    HilProvenance *own = &recording->provenance;
    static const HilProvenance nothing;
    if (!provenance)
        provenance = &nothing;
    bool good = copy_text(&own->model, provenance->model) && copy_text(&own->hillock_version, provenance->hillock_version) &&
                copy_text(&own->source, provenance->source) && copy_text(&own->source_hash, provenance->source_hash) &&
                copy_text(&own->options, provenance->options);
    own->seed = provenance->seed;
    own->partial = provenance->partial;
    if (!good) {
        hil_recording_free(recording);
        return NULL;
    }
    return recording;
}

void hil_recording_free(HilRecording *recording)
{
    if (!recording)
        return;
    for (size_t i = 0; i < recording->train_count; i++)
        train_free(recording->trains[i]);
    for (size_t i = 0; i < recording->signal_count; i++)
        signal_free(recording->signals[i]);
    free(recording->trains);
    free(recording->signals);
    free(recording->provenance.model);
    free(recording->provenance.hillock_version);
    free(recording->provenance.source);
    free(recording->provenance.source_hash);
    free(recording->provenance.options);
    free(recording);
}

HilSpikeTrain *hil_recording_train(HilRecording *recording, const char *population, uint64_t size)
{
    for (size_t i = 0; i < recording->train_count; i++)
        if (strcmp(recording->trains[i]->population, population) == 0)
            return recording->trains[i];
    HilSpikeTrain **trains = realloc(recording->trains, (recording->train_count + 1) * sizeof *trains);
    if (!trains)
        return NULL;
    recording->trains = trains;
    HilSpikeTrain *train = calloc(1, sizeof *train);
    if (!train || !copy_text(&train->population, population)) {
        train_free(train);
        return NULL;
    }
    train->size = size;
    return trains[recording->train_count++] = train;
}

bool hil_spike_train_append(HilSpikeTrain *train, double time, const uint32_t *ids, size_t count)
{
    if (count > train->capacity - train->count) {
        size_t capacity = train->capacity ? train->capacity : 256;
        while (capacity - train->count < count) {
            if (capacity > SIZE_MAX / 32)
                return false;
            capacity *= 2;
        }
        double *times = realloc(train->times, capacity * sizeof *times);
        if (!times)
            return false;
        train->times = times;
        uint32_t *own = realloc(train->ids, capacity * sizeof *own);
        if (!own)
            return false; /* the times are longer than the capacity says, which does no harm */
        train->ids = own;
        train->capacity = capacity;
    }
    for (size_t i = 0; i < count; i++)
        train->times[train->count + i] = time;
    if (count)
        memcpy(train->ids + train->count, ids, count * sizeof *ids);
    train->count += count;
    return true;
}

bool hil_spike_train_sorted(const HilSpikeTrain *train)
{
    for (size_t i = 1; i < train->count; i++)
        if (!(train->times[i - 1] <= train->times[i]))
            return false;
    return true;
}

typedef struct Spike {
    double time;
    uint32_t id;
} Spike;

static int compare_spikes(const void *a, const void *b)
{
    const Spike *first = a, *second = b;
    if (first->time != second->time)
        return first->time < second->time ? -1 : 1;
    return (first->id > second->id) - (first->id < second->id);
}

bool hil_spike_train_sort(HilSpikeTrain *train)
{
    if (train->count < 2)
        return true;
    Spike *spikes = malloc(train->count * sizeof *spikes);
    if (!spikes)
        return false;
    for (size_t i = 0; i < train->count; i++)
        spikes[i] = (Spike){train->times[i], train->ids[i]};
    qsort(spikes, train->count, sizeof *spikes, compare_spikes);
    for (size_t i = 0; i < train->count; i++) {
        train->times[i] = spikes[i].time;
        train->ids[i] = spikes[i].id;
    }
    free(spikes);
    return true;
}

static uint32_t *copy_ids(const uint32_t *ids, size_t count)
{
    uint32_t *copy = malloc((count ? count : 1) * sizeof *copy);
    if (copy && count)
        memcpy(copy, ids, count * sizeof *copy);
    return copy;
}

HilSignal *hil_recording_signal(HilRecording *recording, const char *population, const char *variable,
                                const char *unit, double scale, double offset, double start, double every,
                                const uint32_t *ids, const uint32_t *elements, size_t instances)
{
    HilSignal **signals = realloc(recording->signals, (recording->signal_count + 1) * sizeof *signals);
    if (!signals)
        return NULL;
    recording->signals = signals;
    HilSignal *signal = calloc(1, sizeof *signal);
    if (!signal || !copy_text(&signal->population, population) || !copy_text(&signal->variable, variable) ||
        !copy_text(&signal->unit, unit) || !(signal->ids = copy_ids(ids, instances)) ||
        (elements && !(signal->elements = copy_ids(elements, instances)))) {
        signal_free(signal);
        return NULL;
    }
    signal->scale = scale;
    signal->offset = offset;
    signal->start = start;
    signal->every = every;
    signal->instances = instances;
    return signals[recording->signal_count++] = signal;
}

bool hil_signal_connects(HilSignal *signal, const char *source, const char *target)
{
    return copy_text(&signal->source, source) && copy_text(&signal->target, target);
}

bool hil_signal_reserve(HilSignal *signal, size_t samples)
{
    if (samples <= signal->capacity)
        return true;
    size_t width = signal->instances ? signal->instances : 1;
    if (samples > SIZE_MAX / sizeof(double) / width)
        return false;
    double *values = realloc(signal->values, samples * width * sizeof *values);
    if (!values)
        return false;
    signal->values = values;
    signal->capacity = samples;
    return true;
}

double *hil_signal_next_row(HilSignal *signal)
{
    if (signal->samples == signal->capacity) {
        if (signal->capacity > SIZE_MAX / 2 || !hil_signal_reserve(signal, signal->capacity ? 2 * signal->capacity : 64))
            return NULL;
    }
    return signal->values + signal->samples++ * signal->instances;
}

const char *hil_signal_name(const HilRecording *recording, size_t index, char *text, size_t size)
{
    const HilSignal *signal = recording->signals[index];
    unsigned same = 1;
    for (size_t i = 0; i < index; i++)
        same += strcmp(recording->signals[i]->population, signal->population) == 0 &&
                strcmp(recording->signals[i]->variable, signal->variable) == 0;
    if (same == 1)
        snprintf(text, size, "%s.%s", signal->population, signal->variable);
    else
        snprintf(text, size, "%s.%s.%u", signal->population, signal->variable, same);
    return text;
}
