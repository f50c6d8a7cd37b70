/* Compilation: what every stage of one compilation shares: memory, names, sources, diagnostics. No stage keeps state
 * anywhere else. */
#ifndef HILLOCK_BASE_COMPILATION_H
#define HILLOCK_BASE_COMPILATION_H

#include "base/arena.h"
#include "base/diagnostic.h"
#include "base/name.h"
#include "base/source.h"
#include <stdbool.h>

typedef struct Compilation {
    Arena *arena;
    Names *names;
    Sources sources;
    Diagnostics diagnostics;
    const char *stdlib; /* folder in which `import neurons.LIF` looks for neurons/lif.hil or neurons/LIF.hil */
    bool allow_extern;  /* functions in C may be called (--allow-extern) */
} Compilation;

Compilation *compilation_new(const char *stdlib);
void compilation_free(Compilation *compilation);

/* Shorthands that stages use. */
#define compile_error(c, code, span, ...) diagnostic_add(&(c)->diagnostics, DIAGNOSTIC_##code, (span), __VA_ARGS__)
#define compile_note(c, diagnostic, span, ...) diagnostic_note(&(c)->diagnostics, (diagnostic), (span), __VA_ARGS__)
#define compile_help(c, diagnostic, ...) diagnostic_help(&(c)->diagnostics, (diagnostic), __VA_ARGS__)

#endif
