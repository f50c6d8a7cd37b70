/* The progress line. In: model time and the wall clock. Out: text on a terminal, at most ten times a second. */
#include "hillock/progress.h"

#include <math.h>
#include <time.h>
#include <unistd.h>

static const double throttle = 0.1; /* s between two lines */

static double wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Model time, in the unit that suits the whole run: "1.26 s", "340 ms". */
static void format_model_time(double time, double whole, char *text, size_t size)
{
    if (whole >= 1)
        snprintf(text, size, "%.2f s", time);
    else if (whole >= 1e-3)
        snprintf(text, size, "%.0f ms", time * 1e3);
    else
        snprintf(text, size, "%.0f us", time * 1e6);
}

/* Wall time: "12 s", "3 min 05 s", "2 h 10 min". */
static void format_wall_time(double time, char *text, size_t size)
{
    double seconds = ceil(time);
    if (seconds < 60)
        snprintf(text, size, "%.0f s", seconds);
    else if (seconds < 3600)
        snprintf(text, size, "%.0f min %02.0f s", floor(seconds / 60), fmod(seconds, 60));
    else if (seconds < 100 * 3600.)
        snprintf(text, size, "%.0f h %02.0f min", floor(seconds / 3600), floor(fmod(seconds, 3600) / 60));
    else
        snprintf(text, size, "%.0f days", ceil(fmin(seconds / 86400, 1e6)));
}

size_t hil_progress_format(double done, double duration, double elapsed, char text[static HIL_PROGRESS_LINE])
{
    char now[32], whole[32], left[32];
    double fraction = duration > 0 ? fmin(fmax(done / duration, 0), 1) : 1;
    format_model_time(fmax(done, 0), duration, now, sizeof now);
    format_model_time(duration, duration, whole, sizeof whole);
    int length = snprintf(text, HIL_PROGRESS_LINE, "%3.0f %%  %s of %s", floor(fraction * 100), now, whole);
    if (elapsed >= 0.5 && fraction >= 1e-3 && length < HIL_PROGRESS_LINE) {
        format_wall_time(elapsed * (1 - fraction) / fraction, left, sizeof left);
        length += snprintf(text + length, HIL_PROGRESS_LINE - (size_t)length, "  %s left", left);
    }
    return length < HIL_PROGRESS_LINE ? (size_t)length : HIL_PROGRESS_LINE - 1;
}

void hil_progress_begin(HilProgress *progress, FILE *stream, HilProgressMode mode, double start, double duration)
{
    bool wanted = mode == HIL_PROGRESS_ALWAYS || (mode == HIL_PROGRESS_AUTO && stream && isatty(fileno(stream)));
    *progress = (HilProgress){.stream = wanted ? stream : NULL, .start = start, .duration = duration};
    progress->began = wall_clock();
    progress->next = progress->began + throttle;
}

void hil_progress_update(HilProgress *progress, double time)
{
    if (!progress->stream)
        return;
    double now = wall_clock();
    if (now < progress->next)
        return;
    char text[HIL_PROGRESS_LINE];
    size_t length = hil_progress_format(time - progress->start, progress->duration, now - progress->began, text);
    int padding = length < progress->shown ? (int)(progress->shown - length) : 0;
    fprintf(progress->stream, "\r%s%*s", text, padding, "");
    fflush(progress->stream);
    progress->shown = length;
    progress->next = now + throttle;
}

void hil_progress_clear(HilProgress *progress)
{
    if (!progress->stream || progress->shown == 0)
        return;
    fprintf(progress->stream, "\r%*s\r", (int)progress->shown, "");
    fflush(progress->stream);
    progress->shown = 0;
}
