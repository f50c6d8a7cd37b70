/* The HDF5 writer of recordings, in SONATA's layout (record.h states it). In: a recording. Out: one complete file.
 * Values are converted to their units slab by slab, so that memory does not grow with the recording. */
#include "hillock/record.h"

#include "hdf5_library.h"
#include "number_text.h"
#include "output_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLAB_VALUES = 1 << 15, SONATA_MAGIC = 0x0A7A };

/* What every step of the writing needs. `good` goes false at the first failure; later steps do nothing. */
typedef struct Writer {
    HilHdf5 hdf5;
    hid_t file, text_type;
    bool good;
    char reason[512];
    double slab[SLAB_VALUES];
} Writer;

/* Takes the result of an HDF5 call: an identifier or a status, negative when it failed. */
static hid_t check(Writer *writer, hid_t result)
{
    if (result < 0 && writer->good) {
        hil_hdf5_reason(&writer->hdf5, writer->reason, sizeof writer->reason);
        writer->good = false;
    }
    return result;
}

static void write_attribute(Writer *writer, hid_t at, const char *name, hid_t file_type, hid_t memory_type,
                            size_t count, const void *value)
{
    if (!writer->good)
        return;
    const HilHdf5 *h = &writer->hdf5;
    hsize_t size = count;
    hid_t space = check(writer, count == 1 ? h->H5Screate(H5S_SCALAR) : h->H5Screate_simple(1, &size, NULL));
    hid_t attribute = writer->good ? check(writer, h->H5Acreate2(at, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT))
                                   : -1;
    if (writer->good)
        check(writer, h->H5Awrite(attribute, memory_type, value));
    if (attribute >= 0)
        h->H5Aclose(attribute);
    if (space >= 0)
        h->H5Sclose(space);
}

static void write_text(Writer *writer, hid_t at, const char *name, const char *text)
{
    write_attribute(writer, at, name, writer->text_type, writer->text_type, 1, &text);
}

/* A dataset of one or two dimensions with nothing in it yet; chunked when it has two. */
static hid_t create_dataset(Writer *writer, hid_t at, const char *name, hid_t type, int rank, const hsize_t *sizes)
{
    if (!writer->good)
        return -1;
    const HilHdf5 *h = &writer->hdf5;
    hid_t properties = check(writer, h->H5Pcreate(h->H5P_CLS_DATASET_CREATE_ID_g));
    if (writer->good && rank == 2 && sizes[0] > 0 && sizes[1] > 0) {
        hsize_t chunk[2] = {0, sizes[1] < 64 ? sizes[1] : 64}; /* few columns a chunk: one cell's trace reads fast */
        chunk[0] = SLAB_VALUES / chunk[1] < sizes[0] ? SLAB_VALUES / chunk[1] : sizes[0];
        check(writer, h->H5Pset_chunk(properties, 2, chunk));
    }
    hid_t space = writer->good ? check(writer, h->H5Screate_simple(rank, sizes, NULL)) : -1;
    hid_t dataset = -1;
    if (writer->good)
        dataset = check(writer, h->H5Dcreate2(at, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT));
    if (space >= 0)
        h->H5Sclose(space);
    if (properties >= 0)
        h->H5Pclose(properties);
    return dataset;
}

static void write_whole(Writer *writer, hid_t at, const char *name, hid_t file_type, hid_t memory_type, size_t count,
                        const void *values)
{
    hsize_t size = count;
    hid_t dataset = create_dataset(writer, at, name, file_type, 1, &size);
    if (writer->good && count)
        check(writer, writer->hdf5.H5Dwrite(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values));
    if (dataset >= 0)
        writer->hdf5.H5Dclose(dataset);
}

/* Rows of `width` values, in unit = (SI - offset)/scale, written in slabs. rank 1 means width 1. */
static void write_scaled(Writer *writer, hid_t dataset, int rank, size_t rows, size_t width, const double *values,
                         double scale, double offset)
{
    const HilHdf5 *h = &writer->hdf5;
    hid_t space = writer->good ? check(writer, h->H5Dget_space(dataset)) : -1;
    size_t columns = width < SLAB_VALUES ? width : SLAB_VALUES;
    for (size_t column = 0; column < width && writer->good; column += columns) {
        size_t wide = width - column < columns ? width - column : columns;
        for (size_t row = 0, tall; row < rows && writer->good; row += tall) {
            tall = rows - row < SLAB_VALUES / wide ? rows - row : SLAB_VALUES / wide;
            for (size_t i = 0; i < tall; i++)
                for (size_t j = 0; j < wide; j++)
                    writer->slab[i * wide + j] = hil_scaled_value(values[(row + i) * width + column + j], scale, offset);
            hsize_t start[2] = {row, column}, count[2] = {tall, wide};
            hid_t memory = check(writer, h->H5Screate_simple(rank, count, NULL));
            if (writer->good)
                check(writer, h->H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL));
            if (writer->good)
                check(writer, h->H5Dwrite(dataset, h->H5T_NATIVE_DOUBLE_g, memory, space, H5P_DEFAULT, writer->slab));
            if (memory >= 0)
                h->H5Sclose(memory);
        }
    }
    if (space >= 0)
        h->H5Sclose(space);
}

static hid_t create_group(Writer *writer, hid_t at, const char *name)
{
    if (!writer->good)
        return -1;
    return check(writer, writer->hdf5.H5Gcreate2(at, name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void close_group(Writer *writer, hid_t group)
{
    if (group >= 0)
        writer->hdf5.H5Gclose(group);
}

static void write_sorting(Writer *writer, hid_t group, bool sorted)
{
    static const char *const names[] = {"none", "by_id", "by_time"};
    const HilHdf5 *h = &writer->hdf5;
    hid_t type = writer->good ? check(writer, h->H5Tenum_create(h->H5T_STD_U8LE_g)) : -1;
    for (uint8_t i = 0; i < 3 && writer->good; i++)
        check(writer, h->H5Tenum_insert(type, names[i], &i));
    uint8_t value = sorted ? 2 : 0;
    write_attribute(writer, group, "sorting", type, type, 1, &value);
    if (type >= 0)
        h->H5Tclose(type);
}

static void write_train(Writer *writer, hid_t spikes, const HilSpikeTrain *train)
{
    const HilHdf5 *h = &writer->hdf5;
    hid_t group = create_group(writer, spikes, train->population);
    write_sorting(writer, group, hil_spike_train_sorted(train));
    hsize_t count = train->count;
    hid_t times = create_dataset(writer, group, "timestamps", h->H5T_IEEE_F64LE_g, 1, &count);
    write_text(writer, times, "units", "ms");
    write_scaled(writer, times, 1, train->count, 1, train->times, 1e-3, 0);
    if (times >= 0)
        h->H5Dclose(times);
    write_whole(writer, group, "node_ids", h->H5T_STD_U64LE_g, h->H5T_NATIVE_UINT32_g, train->count, train->ids);
    close_group(writer, group);
}

static void write_end(Writer *writer, hid_t group, const char *name, const char *population, size_t count, const uint32_t *ids)
{
    const HilHdf5 *h = &writer->hdf5;
    hsize_t size = count;
    hid_t dataset = create_dataset(writer, group, name, h->H5T_STD_U64LE_g, 1, &size);
    if (writer->good && count)
        check(writer, h->H5Dwrite(dataset, h->H5T_NATIVE_UINT32_g, H5S_ALL, H5S_ALL, H5P_DEFAULT, ids));
    write_text(writer, dataset, "node_population", population);
    if (dataset >= 0)
        h->H5Dclose(dataset);
}

static void write_time(Writer *writer, hid_t group, const HilSignal *signal)
{
    const HilHdf5 *h = &writer->hdf5;
    double time[3] = {hil_scaled_value(signal->start, 1e-3, 0),
                      hil_scaled_value(signal->start + (double)signal->samples * signal->every, 1e-3, 0),
                      hil_scaled_value(signal->every, 1e-3, 0)};
    write_whole(writer, group, "time", h->H5T_IEEE_F64LE_g, h->H5T_NATIVE_DOUBLE_g, 3, time);
    hid_t dataset = writer->good ? check(writer, h->H5Dopen2(group, "time", H5P_DEFAULT)) : -1;
    write_text(writer, dataset, "units", "ms");
    if (dataset >= 0)
        h->H5Dclose(dataset);
}

static void write_ends(Writer *writer, hid_t report, const HilSignal *signal)
{
    hid_t group = create_group(writer, report, "mapping");
    write_end(writer, group, "source_node_id", signal->source, signal->instances, signal->ids);
    write_end(writer, group, "target_node_id", signal->target, signal->instances, signal->elements);
    write_time(writer, group, signal);
    close_group(writer, group);
}

/* Columns that follow each other with the same id are one node with several elements. */
static void write_mapping(Writer *writer, hid_t report, const HilSignal *signal)
{
    const HilHdf5 *h = &writer->hdf5;
    hid_t group = create_group(writer, report, "mapping");
    size_t n = signal->instances, nodes = 0;
    uint32_t *ids = malloc((n + 1) * sizeof *ids), *elements = calloc(n + 1, sizeof *elements);
    uint64_t *pointers = malloc((n + 1) * sizeof *pointers);
    uint8_t sorted = 1;
    if (!ids || !elements || !pointers) {
        if (writer->good)
            snprintf(writer->reason, sizeof writer->reason, "out of memory");
        writer->good = false;
    } else {
        for (size_t j = 0; j < n; j++) {
            elements[j] = signal->elements ? signal->elements[j] : 0;
            if (j && signal->elements && signal->ids[j] == signal->ids[j - 1])
                continue;
            sorted = sorted && (nodes == 0 || ids[nodes - 1] < signal->ids[j]);
            ids[nodes] = signal->ids[j];
            pointers[nodes++] = j;
        }
        pointers[nodes] = n;
        write_whole(writer, group, "node_ids", h->H5T_STD_U64LE_g, h->H5T_NATIVE_UINT32_g, nodes, ids);
        write_whole(writer, group, "index_pointers", h->H5T_STD_U64LE_g, h->H5T_NATIVE_UINT64_g, nodes + 1, pointers);
        write_whole(writer, group, "element_ids", h->H5T_STD_U32LE_g, h->H5T_NATIVE_UINT32_g, n, elements);
        write_time(writer, group, signal);
    }
    if (writer->good)
        check(writer, h->H5Lcreate_hard(group, "index_pointers", group, "index_pointer", H5P_DEFAULT, H5P_DEFAULT));
    hid_t dataset = writer->good ? check(writer, h->H5Dopen2(group, "node_ids", H5P_DEFAULT)) : -1;
    write_attribute(writer, dataset, "sorted", h->H5T_STD_U8LE_g, h->H5T_NATIVE_UINT8_g, 1, &sorted);
    if (dataset >= 0)
        h->H5Dclose(dataset);
    free(ids);
    free(elements);
    free(pointers);
    close_group(writer, group);
}

static void write_signal(Writer *writer, hid_t reports, const HilRecording *recording, size_t index)
{
    const HilHdf5 *h = &writer->hdf5;
    const HilSignal *signal = recording->signals[index];
    char name[512];
    hil_signal_name(recording, index, name, sizeof name);
    hid_t group = create_group(writer, reports, name);
    write_text(writer, group, "population", signal->population);
    write_text(writer, group, "variable", signal->variable);
    hsize_t sizes[2] = {signal->samples, signal->instances};
    hid_t data = create_dataset(writer, group, "data", h->H5T_IEEE_F64LE_g, 2, sizes);
    write_text(writer, data, "units", signal->unit[0] ? signal->unit : "1");
    write_scaled(writer, data, 2, signal->samples, signal->instances, signal->values, signal->scale, signal->offset);
    if (data >= 0)
        h->H5Dclose(data);
    if (signal->source)
        write_ends(writer, group, signal);
    else
        write_mapping(writer, group, signal);
    if (writer->good && h->H5Lexists(reports, signal->population, H5P_DEFAULT) == 0)
        check(writer, h->H5Lcreate_hard(reports, name, reports, signal->population, H5P_DEFAULT, H5P_DEFAULT));
    close_group(writer, group);
}

static void write_root(Writer *writer, const HilProvenance *provenance)
{
    const HilHdf5 *h = &writer->hdf5;
    uint32_t magic = SONATA_MAGIC, version[2] = {0, 1};
    uint8_t partial = provenance->partial;
    hid_t root = writer->file;
    write_attribute(writer, root, "magic", h->H5T_STD_U32LE_g, h->H5T_NATIVE_UINT32_g, 1, &magic);
    write_attribute(writer, root, "version", h->H5T_STD_U32LE_g, h->H5T_NATIVE_UINT32_g, 2, version);
    write_text(writer, root, "model", provenance->model);
    write_text(writer, root, "hillock_version", provenance->hillock_version);
    write_text(writer, root, "source", provenance->source);
    write_text(writer, root, "source_hash", provenance->source_hash);
    write_text(writer, root, "options", provenance->options);
    write_attribute(writer, root, "seed", h->H5T_STD_U64LE_g, h->H5T_NATIVE_UINT64_g, 1, &provenance->seed);
    write_attribute(writer, root, "partial", h->H5T_STD_U8LE_g, h->H5T_NATIVE_UINT8_g, 1, &partial);
}

static void write_file(Writer *writer, const HilRecording *recording, const char *path)
{
    const HilHdf5 *h = &writer->hdf5;
    hid_t access = check(writer, h->H5Pcreate(h->H5P_CLS_FILE_ACCESS_ID_g));
    if (writer->good) /* after a failure nothing may stay open behind our back */
        check(writer, h->H5Pset_fclose_degree(access, H5F_CLOSE_STRONG));
    writer->text_type = check(writer, h->H5Tcopy(h->H5T_C_S1_g));
    if (writer->good)
        check(writer, h->H5Tset_size(writer->text_type, H5T_VARIABLE));
    if (writer->good)
        check(writer, h->H5Tset_cset(writer->text_type, H5T_CSET_UTF8));
    if (writer->good)
        writer->file = check(writer, h->H5Fcreate(path, HIL_HDF5_TRUNCATE, H5P_DEFAULT, access));
    write_root(writer, &recording->provenance);
    hid_t spikes = create_group(writer, writer->file, "spikes");
    for (size_t i = 0; i < recording->train_count && writer->good; i++)
        write_train(writer, spikes, recording->trains[i]);
    close_group(writer, spikes);
    if (recording->signal_count) {
        hid_t reports = create_group(writer, writer->file, "report");
        for (size_t i = 0; i < recording->signal_count && writer->good; i++)
            write_signal(writer, reports, recording, i);
        close_group(writer, reports);
    }
    if (writer->file >= 0)
        check(writer, h->H5Fclose(writer->file));
    if (writer->text_type >= 0)
        h->H5Tclose(writer->text_type);
    if (access >= 0)
        h->H5Pclose(access);
}

bool hil_record_write_hdf5(const HilRecording *recording, const char *path, HilError *error)
{
    HilError cause;
    Writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return hil_fail(error, "cannot write '%s': out of memory", path);
    if (!hil_hdf5_load(&writer->hdf5, NULL, "; or record text instead, with an output that ends in .csv", &cause)) {
        free(writer);
        return hil_fail(error, "cannot write '%s': %s", path, cause.text);
    }
    HilOutputFile *output = hil_output_open(path, error);
    bool good = output && hil_output_close(output, error);
    if (good) {
        writer->good = true;
        writer->file = writer->text_type = -1;
        write_file(writer, recording, output->temporary);
        good = writer->good || hil_fail(error, "cannot write '%s': %s", path, writer->reason);
    }
    hil_hdf5_release(&writer->hdf5);
    free(writer);
    if (!good) {
        hil_output_abandon(output);
        return false;
    }
    return hil_output_commit(output, error);
}
