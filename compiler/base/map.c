/* Map: open addressing with linear probing, at most half full. NULL is no key. */
#include "base/map.h"
#include <stdint.h>
#include <string.h>

static int slot_of(const Map *map, const void *key) {
    uint64_t hash = (uint64_t)(uintptr_t)key * 0x9e3779b97f4a7c15u;
    int at = (int)(hash >> 33) & (map->capacity - 1);
    while (map->keys[at] && map->keys[at] != key) at = (at + 1) & (map->capacity - 1);
    return at;
}

void map_set(Arena *arena, Map *map, const void *key, int value) {
    if (2 * (map->count + 1) > map->capacity) {
        Map bigger = {.capacity = map->capacity ? 2 * map->capacity : 16};
        bigger.keys = arena_array_of(arena, const void *, bigger.capacity);
        bigger.values = arena_array_of(arena, int, bigger.capacity);
        for (int i = 0; i < map->capacity; i++) {
            if (!map->keys[i]) continue;
            int at = slot_of(&bigger, map->keys[i]);
            bigger.keys[at] = map->keys[i];
            bigger.values[at] = map->values[i];
            bigger.count++;
        }
        *map = bigger;
    }
    int at = slot_of(map, key);
    if (!map->keys[at]) map->count++;
    map->keys[at] = key;
    map->values[at] = value;
}

int map_get(const Map *map, const void *key, int otherwise) {
    if (!map->count) return otherwise;
    int at = slot_of(map, key);
    return map->keys[at] ? map->values[at] : otherwise;
}

void map_clear(Map *map) {
    if (map->capacity) memset(map->keys, 0, sizeof *map->keys * (size_t)map->capacity);
    map->count = 0;
}
