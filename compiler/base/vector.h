/* Vector: a growing array in an arena. `VECTOR(T)` declares {T *at; int count, capacity;}; an all-zero one is empty. */
#ifndef HILLOCK_BASE_VECTOR_H
#define HILLOCK_BASE_VECTOR_H

#include "base/arena.h"

#define VECTOR(T)                                                                                  \
    struct {                                                                                       \
        T *at;                                                                                     \
        int count, capacity;                                                                       \
    }

#define vector_push(arena, vector, ...)                                                            \
    do {                                                                                           \
        if ((vector)->count == (vector)->capacity) {                                               \
            int bigger_ = (vector)->capacity ? 2 * (vector)->capacity : 8;                         \
            (vector)->at = arena_grow((arena), (vector)->at,                                       \
                                      sizeof *(vector)->at * (size_t)(vector)->count,              \
                                      sizeof *(vector)->at * (size_t)bigger_);                     \
            (vector)->capacity = bigger_;                                                          \
        }                                                                                          \
        (vector)->at[(vector)->count++] = (__VA_ARGS__);                                           \
    } while (0)

#define vector_last(vector) ((vector)->at[(vector)->count - 1])

#endif
