/* One line of progress on a terminal: "42 %  1.26 s of 3 s  12 s left". In: the model's time as the run goes. Out: a
 * line on the stream, rewritten at most ten times a second and cleared at the end; nothing when the stream is no
 * terminal, unless it is forced. */
#ifndef HILLOCK_PROGRESS_H
#define HILLOCK_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef enum HilProgressMode { HIL_PROGRESS_AUTO, HIL_PROGRESS_ALWAYS, HIL_PROGRESS_NEVER } HilProgressMode;

typedef struct HilProgress {
    FILE *stream; /* NULL: shows nothing */
    double start, duration; /* model time, s */
    double began, next;     /* wall clock, s: the run's start, and when the line may be written again */
    size_t shown;           /* columns of the line on the screen */
} HilProgress;

enum { HIL_PROGRESS_LINE = 80 };

/* The line, without control characters and within HIL_PROGRESS_LINE - 1 bytes. `done` and `duration` are model time
 * since the start in s, `elapsed` is wall time in s. The time left is shown once it can be told: after 0.5 s and 0.1 %.
 * Returns the length. */
size_t hil_progress_format(double done, double duration, double elapsed, char text[static HIL_PROGRESS_LINE]);

/* `start` and `duration` are model time in s. */
void hil_progress_begin(HilProgress *progress, FILE *stream, HilProgressMode mode, double start, double duration);
/* Cheap: one look at the clock, a line when a tenth of a second has passed. `time` is the model's, in s. */
void hil_progress_update(HilProgress *progress, double time);
/* Takes the line off the screen. May be called twice, and before a message is printed in the middle of a run. */
void hil_progress_clear(HilProgress *progress);

#endif
