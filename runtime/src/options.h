/* The arguments of an executable. In: argv and the image, against which names and units are checked. Out: what to run
 * and how, or an error that says what was meant perhaps. */
#ifndef HILLOCK_OPTIONS_H
#define HILLOCK_OPTIONS_H

#include "hillock/host.h"

typedef enum HilAction { HIL_ACTION_RUN, HIL_ACTION_HELP, HIL_ACTION_VERSION, HIL_ACTION_INFO, HIL_ACTION_PARAMETERS }
    HilAction;

typedef struct HilOptions {
    HilAction action;
    int32_t program;       /* -1: all of them */
    bool test;             /* every program, one line an expectation, a closing count */
    bool quiet, progress;  /* neither: progress where it is seen */
    bool timing;           /* one line a simulation on stderr */
    const char *report;    /* NULL: none */
    HilHostOptions host;   /* its arrays belong to the options */
} HilOptions;

/* Texts point into argv, which must outlive the options. false: error set; the options may still be freed. */
bool hil_options_parse(HilOptions *options, int argc, char **argv, const HilImage *image, HilError *error);
void hil_options_free(HilOptions *options);
void hil_options_print_help(const char *program, FILE *out);

#endif
