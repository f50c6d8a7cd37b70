/* What the caller of a simulation decides apart from the model: seed, threads, limits and hooks. Zeroed settings with
 * level -1 are the defaults (hil_settings_default). */
#ifndef HILLOCK_SETTINGS_H
#define HILLOCK_SETTINGS_H

#include "hillock/abi.h"

#include <stdatomic.h>
#include <stdbool.h>

typedef struct HilSettings {
    uint64_t seed;
    int threads;         /* 0: as many as the machine has, fewer where the work does not pay for them */
    int level;           /* HIL_LEVEL_…; -1: the best that the machine and the image have (HILLOCK_LEVEL overrides) */
    double memory_limit; /* bytes; 0: what the machine, its limits and its control group leave */
    /* Called instead of the functions when not NULL: how an interpreter runs a model. Must be safe to call from
     * several threads at once. */
    void (*call)(void *call_context, int kernel, const HilCall *call);
    void *call_context;
    /* Called about ten times a second while running, by one thread: model time now and at the end of this run. */
    void (*progress)(void *progress_context, double time, double end);
    void *progress_context;
    const atomic_bool *stop; /* set by whoever wants the run to end (SIGINT); may be NULL */
    const char *folder;      /* what relative paths in a model start from; NULL: the working folder */
} HilSettings;

static inline HilSettings hil_settings_default(void) {
    return (HilSettings){.level = -1};
}

#endif
