/* Diagnostics are data: a code from diagnostic.def, a message, a place, notes at other places and a way out.
 * Stages add them; the driver prints them once, ordered by place. */
#ifndef HILLOCK_BASE_DIAGNOSTIC_H
#define HILLOCK_BASE_DIAGNOSTIC_H

#include "base/name.h"
#include "base/source.h"
#include <stdbool.h>
#include <stdio.h>

typedef enum Severity { SEVERITY_WARNING, SEVERITY_ERROR, SEVERITY_INTERNAL } Severity;

typedef enum DiagnosticCode {
#define DIAGNOSTIC(id, severity, code, title) DIAGNOSTIC_##id,
#include "base/diagnostic.def"
#undef DIAGNOSTIC
    DIAGNOSTIC_COUNT
} DiagnosticCode;

typedef struct DiagnosticNote {
    Span span; /* NO_SPAN for a plain note */
    const char *text;
} DiagnosticNote;

typedef struct Diagnostic {
    DiagnosticCode code;
    Span span;
    const char *message;
    VECTOR(DiagnosticNote) notes;
    const char *help; /* what to write instead; NULL when there is none */
} Diagnostic;

typedef struct Diagnostics {
    Arena *arena;
    VECTOR(Diagnostic *) list;
    int errors; /* how many are errors */
} Diagnostics;

/* Adds a diagnostic; the result takes notes and help. Repeats at the same place with the same message are dropped
 * (the earlier one is returned). */
Diagnostic *diagnostic_add(Diagnostics *diagnostics, DiagnosticCode code, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diagnostic_note(Diagnostics *diagnostics, Diagnostic *diagnostic, Span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diagnostic_help(Diagnostics *diagnostics, Diagnostic *diagnostic, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The stable code ("E0203"), the row's identifier and its severity. */
const char *diagnostic_code_text(DiagnosticCode code);
const char *diagnostic_identifier(DiagnosticCode code);
Severity diagnostic_severity(DiagnosticCode code);
const char *diagnostic_title(DiagnosticCode code);
/* DIAGNOSTIC_COUNT when there is no such code. */
DiagnosticCode diagnostic_of_text(const char *code);

/* Prints all, ordered by source and place: "path:line:column: error[E0203]: message", the line, carets under the
 * exact span, notes likewise, "help: …". `color` uses ANSI colours. */
void diagnostics_print(const Diagnostics *diagnostics, const Sources *sources, FILE *out, bool color);

/* The nearest of `count` candidates to `name` by edit distance, or NULL when none is near (at most a third of the
 * letters differ). For "did you mean". */
const char *nearest_name(const char *name, const char *const *candidates, int count);

#endif
