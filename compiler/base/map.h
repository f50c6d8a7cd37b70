/* Map: from pointers (or small numbers cast to pointers) to ints, in an arena. An all-zero Map is empty. */
#ifndef HILLOCK_BASE_MAP_H
#define HILLOCK_BASE_MAP_H

#include "base/arena.h"
#include <stdbool.h>

typedef struct Map {
    const void **keys;
    int *values;
    int count, capacity;
} Map;

void map_set(Arena *arena, Map *map, const void *key, int value);
/* The value, or `otherwise`. */
int map_get(const Map *map, const void *key, int otherwise);
void map_clear(Map *map);

#endif
