/* Finding planes and near misses by name; see names.c. */
#ifndef HILLOCK_NAMES_H
#define HILLOCK_NAMES_H

#include "engine.h"

typedef struct NearestName {
    char text[128]; /* "" when nothing is near */
    int distance;
} NearestName;

/* One of population and projection is -1; plane is -1 when nothing was found. */
typedef struct PlaneAddress {
    int32_t population, projection, plane;
} PlaneAddress;

int engine_name_distance(const char *a, const char *b);
/* Keeps the candidate when it is nearer than what stands there and near enough to be meant. */
void engine_name_consider(NearestName *nearest, const char *wanted, const char *candidate);
PlaneAddress engine_find_plane(const HilSimulation *s, const char *name, NearestName *nearest);
HilPlaneView engine_plane_at(const HilSimulation *s, PlaneAddress address);
/* Writes the caller's values over the planes of one owner (the other index -1). */
void engine_apply_overrides(HilSimulation *s, int32_t population, int32_t projection);

#endif
