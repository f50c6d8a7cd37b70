/* What a function writes to a stream, as text: Printed p; write_it(printed_begin(&p)); char *text = printed_end(&p);
 * The Printed stays where it is in between; the text ends with a NUL and is the caller's to free. */
#ifndef HILLOCK_TESTS_PRINTED_H
#define HILLOCK_TESTS_PRINTED_H

#include <stdio.h>
#include <stdlib.h>

typedef struct Printed {
    FILE *out;
    char *text;
    size_t length; /* once it has ended */
} Printed;

static inline FILE *printed_begin(Printed *p) {
    p->out = open_memstream(&p->text, &p->length);
    if (!p->out) abort();
    return p->out;
}

static inline char *printed_end(Printed *p) {
    if (fclose(p->out) != 0) abort();
    return p->text;
}

#endif
