/* Arena: memory that lives as long as one compilation and is freed all at once.
 * In: sizes. Out: zeroed blocks aligned to 16 bytes. A block never moves and is never freed alone.
 * Running out of memory ends the process with a message and exit code 70: there is nothing a stage could do about it. */
#ifndef HILLOCK_BASE_ARENA_H
#define HILLOCK_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *arena);
void *arena_alloc(Arena *arena, size_t size);
/* Grows an array of `count` elements to `capacity`; the old block stays behind. */
void *arena_grow(Arena *arena, const void *old, size_t old_size, size_t new_size);
char *arena_copy_text(Arena *arena, const char *text, size_t length);
char *arena_print(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprint(Arena *arena, const char *format, va_list args);
/* Bytes handed out so far. */
size_t arena_used(const Arena *arena);

#define arena_new_of(arena, Type) ((Type *)arena_alloc((arena), sizeof(Type)))
#define arena_array_of(arena, Type, count) ((Type *)arena_alloc((arena), sizeof(Type) * (size_t)(count)))

#endif
