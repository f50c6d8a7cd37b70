/* Names: an open hash table from text to the one copy of it.
 * In: text of any bytes but NUL. Out: the same pointer for the same text. Kept true: at most two thirds full. */
#include "base/name.h"

#include <stdint.h>
#include <string.h>

typedef struct Slot {
    Name name; /* NULL: free */
    uint32_t hash, length;
} Slot;

struct Names {
    Arena *arena;
    Slot *slots;
    uint32_t count, capacity; /* capacity: a power of two */
};

enum { FIRST_CAPACITY = 256 };

Names *names_new(Arena *arena) {
    Names *names = arena_new_of(arena, Names);
    names->arena = arena;
    names->capacity = FIRST_CAPACITY;
    names->slots = arena_array_of(arena, Slot, FIRST_CAPACITY);
    return names;
}

/* FNV-1a: names are short. */
static uint32_t hash_text(const char *text, size_t length) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < length; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

static void grow(Names *names) {
    Slot *old = names->slots;
    uint32_t old_capacity = names->capacity;
    names->capacity *= 2;
    names->slots = arena_array_of(names->arena, Slot, names->capacity);
    for (uint32_t i = 0; i < old_capacity; i++) {
        if (!old[i].name) continue;
        uint32_t at = old[i].hash & (names->capacity - 1);
        while (names->slots[at].name) at = (at + 1) & (names->capacity - 1);
        names->slots[at] = old[i];
    }
}

Name name_intern(Names *names, const char *text, size_t length) {
    uint32_t hash = hash_text(text, length), at = hash & (names->capacity - 1);
    for (; names->slots[at].name; at = (at + 1) & (names->capacity - 1)) {
        const Slot *slot = &names->slots[at];
        if (slot->hash == hash && slot->length == length && memcmp(slot->name, text, length) == 0) return slot->name;
    }
    Name name = arena_copy_text(names->arena, text, length);
    names->slots[at] = (Slot){name, hash, (uint32_t)length};
    if (++names->count * 3 > names->capacity * 2) grow(names);
    return name;
}

Name name_of(Names *names, const char *text) { return name_intern(names, text, strlen(text)); }

Name name_print(Names *names, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *text = arena_vprint(names->arena, format, args);
    va_end(args);
    return name_of(names, text);
}
