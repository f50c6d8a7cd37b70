/* Sources: the model files of a compilation, and places in them. */
#ifndef HILLOCK_BASE_SOURCE_H
#define HILLOCK_BASE_SOURCE_H

#include "base/arena.h"
#include "base/vector.h"
#include <stdint.h>

/* Bytes begin <= i < end of one source. source < 0: no place (built in, or the command line). */
typedef struct Span {
    int32_t source;
    uint32_t begin, end;
} Span;

#define NO_SPAN ((Span){-1, 0, 0})

typedef struct Source {
    const char *path; /* as the user named it */
    const char *text; /* NUL-terminated */
    size_t length;
    VECTOR(uint32_t) lines; /* byte at which each line starts */
} Source;

typedef struct Sources {
    Arena *arena;
    VECTOR(Source) list;
} Sources;

/* Reads a file whole. Returns the source's number, or -1 with errno set. A file above 64 MiB gives EFBIG;
 * one with a NUL byte gives EILSEQ. */
int sources_read(Sources *sources, const char *path);
int sources_add_text(Sources *sources, const char *path, const char *text, size_t length);
/* One-based line and column (in bytes) of a byte. */
void source_place(const Source *source, uint32_t byte, int *line, int *column);
Span span_join(Span first, Span last);

#endif
