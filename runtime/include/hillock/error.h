/* What the runtime hands back when something fails: one text for the user, complete enough to act on. Functions that can
 * fail return false (or NULL) and fill the error; the caller decides what to print and where. */
#ifndef HILLOCK_ERROR_H
#define HILLOCK_ERROR_H

#include <stdbool.h>

typedef struct HilError {
    char text[1024];
} HilError;

/* Writes the text (cut to the size, never overrun) and returns false, so that `return hil_fail(error, …)` reads well.
 * `error` may be NULL when the caller wants no text. */
bool hil_fail(HilError *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
