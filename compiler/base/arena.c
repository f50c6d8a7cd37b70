/* Arena: blocks are cut from large chunks; a chunk comes zeroed and is never given back before the end. Large chunks are
 * mapped with all their pages at once, the largest in huge pages: a fault for each page takes longer than what is done
 * with it.
 * In: sizes. Out: zeroed blocks aligned to 16 bytes. Kept true: a block never moves. */
#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
    ALIGNMENT = 16,
    FIRST_CHUNK = 4 * 1024,
    MAPPED_CHUNK = 256 * 1024, /* and larger ones are mapped */
    HUGE_PAGE = 2 * 1024 * 1024,
    LARGEST_CHUNK = 2 * HUGE_PAGE,
    EXIT_NO_MEMORY = 70
};

typedef struct Chunk {
    struct Chunk *previous;
    size_t mapped; /* bytes, this head included; 0: from calloc */
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

/* A chunk of `size` bytes with its head. */
static Chunk *chunk_new(size_t size) {
    if (size < MAPPED_CHUNK) return allocate_zeroed(size);
    bool huge = size % HUGE_PAGE == 0;
    size_t mapped = huge ? size + HUGE_PAGE : size; /* of which what lies outside huge pages is given back */
    char *at = mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | (huge ? 0 : MAP_POPULATE), -1, 0);
    if (at == MAP_FAILED) return allocate_zeroed(size);
    if (huge) {
        size_t before = (HUGE_PAGE - (uintptr_t)at % HUGE_PAGE) % HUGE_PAGE;
        if (before) munmap(at, before);
        at += before;
        munmap(at + size, mapped - before - size);
        madvise(at, size, MADV_HUGEPAGE);
    }
    Chunk *chunk = (Chunk *)(void *)at;
    chunk->mapped = size;
    return chunk;
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
        if (chunk->mapped) munmap(chunk, chunk->mapped);
        else free(chunk);
        chunk = previous;
    }
    free(arena);
}

/* A new chunk holds at least `size` bytes. Large blocks get a chunk of their own behind the current one, so that what
 * is left of the current one still serves small blocks. */
static void *alloc_in_new_chunk(Arena *arena, size_t size) {
    if (size >= arena->chunk_size / 4) { /* smaller ones fit beside a head */
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
    Chunk *chunk = chunk_new(arena->chunk_size);
    chunk->previous = arena->chunk;
    arena->chunk = chunk;
    arena->next = (char *)(chunk + 1) + size;
    arena->end = (char *)chunk + arena->chunk_size;
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
    size_t room = (size_t)(arena->end - arena->next); /* a multiple of ALIGNMENT */
    int length = vsnprintf(room ? arena->next : NULL, room, format, args); /* mostly it fits */
    size_t size = length < 0 ? 1 : (size_t)length + 1;
    bool fits = size <= room;
    if (!fits && room) memset(arena->next, 0, room);
    char *text = arena_alloc(arena, size);
    if (!fits) vsnprintf(text, size, format, again);
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
