/* Arena: blocks are cut from large chunks; a chunk comes zeroed from calloc and is never given back before the end.
 * In: sizes. Out: zeroed blocks aligned to 16 bytes. Kept true: a block never moves. */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16, FIRST_CHUNK = 4 * 1024, LARGEST_CHUNK = 4 * 1024 * 1024, EXIT_NO_MEMORY = 70 };

typedef struct Chunk {
    struct Chunk *previous;
    size_t pad; /* keeps what follows aligned */
} Chunk;

struct Arena {
    Chunk *chunk;
    char *next, *end;
    size_t used, chunk_size;
};

static void *allocate_zeroed(size_t size) {
    void *block = calloc(1, size);
    if (!block) {
        fprintf(stderr, "hillock: out of memory (%zu bytes more were needed)\n", size);
        exit(EXIT_NO_MEMORY);
    }
    return block;
}

Arena *arena_new(void) {
    Arena *arena = allocate_zeroed(sizeof *arena);
    arena->chunk_size = FIRST_CHUNK;
    return arena;
}

void arena_free(Arena *arena) {
    if (!arena) return;
    for (Chunk *chunk = arena->chunk; chunk;) {
        Chunk *previous = chunk->previous;
        free(chunk);
        chunk = previous;
    }
    free(arena);
}

/* A new chunk holds at least `size` bytes. Large blocks get a chunk of their own behind the current one, so that what
 * is left of the current one still serves small blocks. */
static void *alloc_in_new_chunk(Arena *arena, size_t size) {
    if (size >= arena->chunk_size / 4) {
        Chunk *own = allocate_zeroed(sizeof *own + size);
        if (arena->chunk) {
            own->previous = arena->chunk->previous;
            arena->chunk->previous = own;
        } else {
            arena->chunk = own;
            arena->next = arena->end = (char *)(own + 1) + size;
        }
        return own + 1;
    }
    Chunk *chunk = allocate_zeroed(sizeof *chunk + arena->chunk_size);
    chunk->previous = arena->chunk;
    arena->chunk = chunk;
    arena->next = (char *)(chunk + 1) + size;
    arena->end = (char *)(chunk + 1) + arena->chunk_size;
    if (arena->chunk_size < LARGEST_CHUNK) arena->chunk_size *= 2;
    return chunk + 1;
}

void *arena_alloc(Arena *arena, size_t size) {
    if (size > SIZE_MAX / 2) allocate_zeroed(SIZE_MAX / 2);
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (size == 0) size = ALIGNMENT;
    arena->used += size;
    if (size > (size_t)(arena->end - arena->next)) return alloc_in_new_chunk(arena, size);
    void *block = arena->next;
    arena->next += size;
    return block;
}

void *arena_grow(Arena *arena, const void *old, size_t old_size, size_t new_size) {
    void *block = arena_alloc(arena, new_size);
    if (old_size) memcpy(block, old, old_size < new_size ? old_size : new_size);
    return block;
}

char *arena_copy_text(Arena *arena, const char *text, size_t length) {
    char *copy = arena_alloc(arena, length + 1);
    if (length) memcpy(copy, text, length);
    return copy;
}

char *arena_vprint(Arena *arena, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length < 0) length = 0;
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_print(Arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = arena_vprint(arena, format, args);
    va_end(args);
    return text;
}

size_t arena_used(const Arena *arena) { return arena->used; }
