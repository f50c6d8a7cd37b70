/* Compilation: made once, freed once; everything in it lives in its arena. */
#include "base/compilation.h"

#include <string.h>

Compilation *compilation_new(const char *stdlib) {
    Arena *arena = arena_new();
    Compilation *c = arena_new_of(arena, Compilation);
    c->arena = arena;
    c->names = names_new(arena);
    c->sources.arena = arena;
    c->diagnostics.arena = arena;
    c->stdlib = stdlib ? arena_copy_text(arena, stdlib, strlen(stdlib)) : NULL;
    return c;
}

void compilation_free(Compilation *compilation) {
    if (compilation) arena_free(compilation->arena);
}
