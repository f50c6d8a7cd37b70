/* What an experiment's recorders took down, as values: spikes with cells numbered as the recorder's view has them, and
 * signals. Also the start of a host that runs programs, and the checks of the tables it walks. */
#include "host_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const HilRecorder *recorder_row(HilHost *host, int32_t recorder) {
    const HilProgram *program = host->frame->program >= 0 ? host_program(host, host->frame->program) : NULL;
    if (!program || recorder < 0 || recorder >= program->recorders.count) {
        host_fail(host, "there is no recorder number %d here", recorder);
        return NULL;
    }
    if (!host->frame->built) {
        host_fail(host, "nothing has been recorded before the first `run`");
        return NULL;
    }
    return hil_row(host->image, HIL_RECORDERS, HilRecorder, program->recorders.first + recorder);
}

/* places[id] = place of the cell in the view, or UINT32_MAX. NULL without an error: every cell, in order. */
static bool view_places(HilHost *host, const HilRecorder *row, size_t size, uint32_t **places, size_t *viewed) {
    double *ids;
    int64_t count;
    *places = NULL;
    *viewed = size;
    if (row->view < 0)
        return true;
    if (!hil_host_numbers(host, row->view, &ids, &count, host->error))
        return false;
    *places = malloc((size + 1) * sizeof **places);
    bool good = *places || host_fail(host, "out of memory");
    if (good)
        memset(*places, 0xff, (size + 1) * sizeof **places);
    for (int64_t k = 0; good && k < count; k++) {
        if (!(ids[k] >= 0 && ids[k] < (double)size))
            good = host_fail(host, "index %g is outside the %zu cells", ids[k], size);
        else
            (*places)[(size_t)ids[k]] = (uint32_t)k;
    }
    free(ids);
    *viewed = (size_t)count;
    return good;
}

static bool recorded_spikes(HilHost *host, int32_t recorder, const HilRecorder *row, const HilSpikeTrain *train,
                            HilValue *value) {
    HostFrame *frame = host->frame;
    uint32_t *places, *cells = NULL;
    size_t viewed, kept = 0;
    double *times = NULL, now = host->engine->time(frame->simulation);
    int64_t size = host->engine->population_size(frame->simulation, row->population);
    if (size < 0)
        return host_fail(host, "spikes of no population");
    bool good = view_places(host, row, (size_t)size, &places, &viewed);
    if (good) {
        cells = malloc((train->count + 1) * sizeof *cells);
        times = malloc((train->count + 1) * sizeof *times);
        good = (cells && times) || host_fail(host, "out of memory");
    }
    for (size_t k = 0; good && k < train->count; k++) {
        uint32_t id = train->ids[k], place = id < (uint64_t)size ? (places ? places[id] : id) : UINT32_MAX;
        if (place == UINT32_MAX)
            continue;
        cells[kept] = place;
        times[kept++] = train->times[k];
    }
    good = good && hil_value_spikes(host->pool, times, cells, kept, viewed,
                                    now - host->engine->listened(frame->simulation, recorder), now, value, host->error);
    free(times);
    free(cells);
    free(places);
    return good;
}

bool host_recorded(HilHost *host, int32_t recorder, HilValue *value) {
    const HilRecorder *row = recorder_row(host, recorder);
    const HilSpikeTrain *spikes = NULL;
    const HilSignal *signal = NULL;
    if (!row || !host->engine->recorded(host->frame->simulation, recorder, &spikes, &signal, host->error))
        return false;
    if (spikes)
        return recorded_spikes(host, recorder, row, spikes, value);
    return hil_value_connections(host->pool, signal->values, signal->ids, signal->elements, signal->instances,
                                 signal->samples, signal->start, signal->every, signal->unit, value, host->error);
}

bool host_sample(HilHost *host, int32_t recorder, HilValue *value) {
    const HilRecorder *row = recorder_row(host, recorder);
    double *numbers;
    if (!row)
        return false;
    if (row->what == HIL_RECORD_SPIKES)
        return host_fail(host, "spikes have no value of now");
    int64_t count = host->engine->recorder_size(host->frame->simulation, recorder);
    return hil_value_numbers_new(host->pool, count > 0 ? (size_t)count : 0, value, &numbers, host->error) &&
           host->engine->sample(host->frame->simulation, recorder, numbers, host->error);
}

bool host_selected(HilHost *host, int32_t selector, HilValue *value) {
    double *cells, *numbers;
    int64_t count;
    if (!host->frame->simulation)
        return host_fail(host, "cells are chosen by a condition when a network is built");
    if (!host->engine->select(host->frame->simulation, selector, &cells, &count, host->error))
        return false;
    bool good = hil_value_numbers_new(host->pool, (size_t)count, value, &numbers, host->error);
    if (good && count)
        memcpy(numbers, cells, (size_t)count * sizeof *numbers);
    free(cells);
    return good;
}

/* ---- starting ------------------------------------------------------------------------------------------------ */

static bool table_fits(const HilImage *image, HilTableId table, size_t row_bytes, HilError *error) {
    const HilTable *t = &image->tables[table];
    if (t->row_bytes == row_bytes && t->offset % 8 == 0 && t->offset <= image->bytes &&
        (uint64_t)t->count * row_bytes <= image->bytes - t->offset)
        return true;
    return hil_fail(error, "the model's image is damaged: table %d", table);
}

static bool run_fits(const HilImage *image, HilTableId table, HilRange range) {
    return range.count == 0 ||
           (range.first >= 0 && range.count > 0 && (int64_t)range.first + range.count <= image->tables[table].count);
}

bool hil_host_code(const HilImage *image, HilHostCode *code, HilError *error) {
    if (image->magic != HIL_MAGIC || image->abi_version != HIL_ABI_VERSION || image->bytes < sizeof *image)
        return hil_fail(error, "this is no image of a model, or of another version of Hillock");
    if (!table_fits(image, HIL_TEXT, 1, error) || !table_fits(image, HIL_NODES, sizeof(HilNode), error) ||
        !table_fits(image, HIL_KIDS, sizeof(int32_t), error))
        return false;
    *code = (HilHostCode){.nodes = hil_table_row(image, HIL_NODES, 0),
                          .node_count = image->tables[HIL_NODES].count,
                          .kids = hil_table_row(image, HIL_KIDS, 0),
                          .kid_count = image->tables[HIL_KIDS].count,
                          .text = hil_text(image, 0),
                          .text_size = image->tables[HIL_TEXT].count};
    if (code->text_size > 0 && code->text[code->text_size - 1] != '\0')
        return hil_fail(error, "the model's image is damaged: its texts do not end");
    return true;
}

static bool programs_fit(const HilImage *image, HilError *error) {
    if (!table_fits(image, HIL_PROGRAMS, sizeof(HilProgram), error) ||
        !table_fits(image, HIL_PARAMETERS, sizeof(HilParameter), error) ||
        !table_fits(image, HIL_RECORDERS, sizeof(HilRecorder), error) ||
        !table_fits(image, HIL_STIMULI, sizeof(HilStimulus), error))
        return false;
    for (uint32_t k = 0; k < image->tables[HIL_PROGRAMS].count; k++) {
        const HilProgram *program = hil_row(image, HIL_PROGRAMS, HilProgram, k);
        if (!run_fits(image, HIL_PARAMETERS, program->parameters) ||
            !run_fits(image, HIL_RECORDERS, program->recorders) || !run_fits(image, HIL_STIMULI, program->stimuli))
            return hil_fail(error, "the model's image is damaged: program %u", k);
    }
    return true;
}

HilHost *hil_host_new_for_image(const HilImage *image, HilKernelFunction *const *functions,
                                const HilHostOptions *options, HilError *error) {
    HilHostCode code;
    if (!hil_host_code(image, &code, error) || !programs_fit(image, error))
        return NULL;
    HilHost *host = host_new(&code, options, error);
    if (!host)
        return NULL;
    host->image = image;
    host->functions = functions;
    host->engine = &host_simulation_engine;
    host->experiment_op = host_run_op;
    return host;
}
