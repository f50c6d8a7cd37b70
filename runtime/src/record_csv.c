/* The CSV writer of recordings. In: a recording. Out: spikes.csv and a file a signal, all of them or none.
 * Decimal texts are exact (number_text.h), so reading them back as SI gives the doubles of the run. */
#include "hillock/record.h"

#include "number_text.h"
#include "output_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* A cell that is quoted where commas, quotes or line ends demand it. */
static void write_cell(HilOutputFile *file, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        hil_output_text(file, text);
        return;
    }
    hil_output_bytes(file, "\"", 1);
    for (const char *c = text; *c; c++) {
        if (*c == '"')
            hil_output_bytes(file, "\"", 1);
        hil_output_bytes(file, c, 1);
    }
    hil_output_bytes(file, "\"", 1);
}

static void write_number(HilOutputFile *file, double value, int shift)
{
    char text[HIL_NUMBER_TEXT_SIZE];
    hil_output_bytes(file, text, hil_number_text(value, shift, text));
}

/* The last line of what an interrupted run left. */
static void write_mark(HilOutputFile *file, const HilRecording *recording)
{
    if (recording->provenance.partial)
        hil_output_text(file, "# partial: the run was interrupted\n");
}

static void write_spikes(HilOutputFile *file, const HilRecording *recording)
{
    hil_output_text(file, "time_ms,population,id\n");
    for (size_t i = 0; i < recording->train_count; i++) {
        const HilSpikeTrain *train = recording->trains[i];
        char time[HIL_NUMBER_TEXT_SIZE], id[24];
        size_t time_length = 0;
        for (size_t k = 0; k < train->count; k++) {
            if (k == 0 || train->times[k] != train->times[k - 1])
                time_length = hil_number_text(train->times[k], 3, time);
            hil_output_bytes(file, time, time_length);
            hil_output_bytes(file, ",", 1);
            write_cell(file, train->population);
            hil_output_bytes(file, id, (size_t)sprintf(id, ",%u\n", train->ids[k]));
        }
    }
}

static void write_signal(HilOutputFile *file, const HilSignal *signal)
{
    char number[24];
    int power = 0;
    bool exact = signal->offset == 0 && hil_power_of_ten(signal->scale, &power);
    size_t header_size = strlen(signal->variable) + strlen(signal->unit) + 64;
    char *header = malloc(header_size);
    hil_output_text(file, "time_ms");
    for (size_t j = 0; j < signal->instances && header; j++) {
        number[0] = '\0';
        if (signal->elements)
            sprintf(number, ".%u", signal->elements[j]);
        snprintf(header, header_size, "%s.%u%s[%s]", signal->variable, signal->ids[j], number,
                 signal->unit[0] ? signal->unit : "1");
        hil_output_bytes(file, ",", 1);
        write_cell(file, header);
    }
    if (!header)
        file->failure = file->failure ? file->failure : ENOMEM;
    free(header);
    for (size_t k = 0; k < signal->samples; k++) {
        hil_output_bytes(file, "\n", 1);
        write_number(file, signal->start + (double)k * signal->every, 3);
        for (size_t j = 0; j < signal->instances; j++) {
            double value = signal->values[k * signal->instances + j];
            hil_output_bytes(file, ",", 1);
            if (exact)
                write_number(file, value, -power);
            else
                write_number(file, hil_scaled_value(value, signal->scale, signal->offset), 0);
        }
    }
    hil_output_bytes(file, "\n", 1);
}

/* "<folder>/" or "<stem>." before the file's own name; malloc'd. */
static char *prefix_of(const char *path)
{
    struct stat status;
    size_t length = strlen(path);
    bool folder = (length && path[length - 1] == '/') || (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
    char *prefix = malloc(length + 2);
    if (!prefix)
        return NULL;
    memcpy(prefix, path, length + 1);
    if (!folder && length > 4 && strcmp(path + length - 4, ".csv") == 0)
        length -= 4;
    if (!(folder && length && path[length - 1] == '/'))
        prefix[length++] = folder ? '/' : '.';
    prefix[length] = '\0';
    return prefix;
}

/* A file's name made from names of the model: no separators of folders in it. */
static char *join_name(const char *prefix, const char *own)
{
    char *name = NULL;
    if (asprintf(&name, "%s%s.csv", prefix, own) < 0)
        return NULL;
    for (char *c = name + strlen(prefix); *c; c++)
        if (*c == '/')
            *c = '_';
    return name;
}

bool hil_record_write_csv(const HilRecording *recording, const char *path, HilError *error)
{
    size_t count = recording->signal_count + 1, opened = 0;
    char *prefix = prefix_of(path);
    HilOutputFile **files = calloc(count, sizeof *files);
    bool good = prefix && files;
    if (!good)
        hil_fail(error, "cannot write '%s': out of memory", path);
    for (size_t i = 0; i < count && good; i++) {
        const HilSignal *signal = i ? recording->signals[i - 1] : NULL;
        if (!signal && recording->train_count == 0)
            continue; /* nothing was recorded in spikes: no empty file */
        char own[512];
        char *name = join_name(prefix, signal ? hil_signal_name(recording, i - 1, own, sizeof own) : "spikes");
        files[i] = name ? hil_output_open(name, error) : NULL;
        if (!name)
            hil_fail(error, "cannot write '%s': out of memory", path);
        free(name);
        good = files[i] != NULL;
        if (!good)
            break;
        opened = i + 1;
        if (signal)
            write_signal(files[i], signal);
        else
            write_spikes(files[i], recording);
        write_mark(files[i], recording);
        good = hil_output_close(files[i], error);
    }
    for (size_t i = 0; i < opened; i++) {
        if (good && files[i])
            good = hil_output_commit(files[i], error);
        else
            hil_output_abandon(files[i]);
    }
    free(files);
    free(prefix);
    return good;
}
