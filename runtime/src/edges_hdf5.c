/* Edge lists from SONATA's HDF5 files. In: a file and the two populations' sizes. Out: arrays in SI in the order of the
 * file. Every index is checked as in CSV; anything of the layout that would change the meaning of a row is refused.
 * edges_isolated.c calls it in a process of its own. */
#include "hillock/edges.h"

#include "edges_check.h"
#include "hdf5_library.h"
#include "number_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct Reader {
    HilHdf5 hdf5;
    const char *path;
    const HilEdgeRequest *request;
    HilError *error;
    size_t bytes; /* of the file */
    char population[256];
    hid_t file, edges, group; /* /edges, /edges/<population> */
} Reader;

static bool fail_hdf5(Reader *reader, const char *what)
{
    char reason[400];
    hil_hdf5_reason(&reader->hdf5, reason, sizeof reason);
    return hil_fail(reader->error, "cannot read %s of '%s': %s", what, reader->path, reason);
}

static bool exists(Reader *reader, hid_t at, const char *name)
{
    return reader->hdf5.H5Lexists(at, name, H5P_DEFAULT) > 0;
}

/* Opens /edges/<population>: the one asked for, or the only one. */
static bool open_population(Reader *reader)
{
    const HilHdf5 *h = &reader->hdf5;
    H5G_info_t info;
    if (!exists(reader, reader->file, "edges"))
        return hil_fail(reader->error, "'%s' has no group /edges; a SONATA edge file is needed", reader->path);
    reader->edges = h->H5Gopen2(reader->file, "edges", H5P_DEFAULT);
    if (reader->edges < 0 || h->H5Gget_info(reader->edges, &info) < 0)
        return fail_hdf5(reader, "/edges");
    if (reader->request->edge_population) {
        snprintf(reader->population, sizeof reader->population, "%s", reader->request->edge_population);
        if (!exists(reader, reader->edges, reader->population))
            return hil_fail(reader->error, "'%s' has no edge population '%s'", reader->path, reader->population);
    } else {
        if (info.nlinks != 1)
            return hil_fail(reader->error, "'%s' has %llu edge populations; say which one to read", reader->path,
                            (unsigned long long)info.nlinks);
        if (h->H5Lget_name_by_idx(reader->edges, ".", H5_INDEX_NAME, H5_ITER_INC, 0, reader->population,
                                  sizeof reader->population, H5P_DEFAULT) < 0)
            return fail_hdf5(reader, "/edges");
    }
    reader->group = h->H5Gopen2(reader->edges, reader->population, H5P_DEFAULT);
    return reader->group >= 0 || fail_hdf5(reader, reader->population);
}

/* Opens a dataset of one dimension and numbers, and tells its length. */
static hid_t open_column(Reader *reader, const char *name, size_t *count)
{
    const HilHdf5 *h = &reader->hdf5;
    hid_t dataset = h->H5Dopen2(reader->group, name, H5P_DEFAULT);
    if (dataset < 0) {
        fail_hdf5(reader, name);
        return -1;
    }
    hid_t space = h->H5Dget_space(dataset), type = h->H5Dget_type(dataset);
    hsize_t size = 0;
    H5T_class_t class = type >= 0 ? h->H5Tget_class(type) : H5T_NO_CLASS;
    bool good = true;
    if (space < 0 || h->H5Sget_simple_extent_ndims(space) != 1)
        good = hil_fail(reader->error, "'%s', /edges/%s/%s: one dimension is needed", reader->path, reader->population,
                        name);
    else if (class != H5T_INTEGER && class != H5T_FLOAT)
        good = hil_fail(reader->error, "'%s', /edges/%s/%s: numbers are needed", reader->path, reader->population, name);
    else
        h->H5Sget_simple_extent_dims(space, &size, NULL);
    if (space >= 0)
        h->H5Sclose(space);
    if (type >= 0)
        h->H5Tclose(type);
    if (!good) {
        h->H5Dclose(dataset);
        return -1;
    }
    *count = size;
    return dataset;
}

/* The text of an attribute, fixed or variable in length; false when there is none or it is no text. */
static bool read_text(Reader *reader, hid_t at, const char *name, char *text, size_t size)
{
    const HilHdf5 *h = &reader->hdf5;
    if (h->H5Aexists(at, name) <= 0)
        return false;
    hid_t attribute = h->H5Aopen(at, name, H5P_DEFAULT);
    hid_t type = attribute >= 0 ? h->H5Aget_type(attribute) : -1;
    hid_t space = attribute >= 0 ? h->H5Aget_space(attribute) : -1;
    bool good = false;
    if (type >= 0 && space >= 0 && h->H5Tget_class(type) == H5T_STRING && h->H5Sget_simple_extent_ndims(space) == 0) {
        if (h->H5Tis_variable_str(type) > 0) {
            char *own = NULL;
            if (h->H5Aread(attribute, type, &own) >= 0 && own) {
                snprintf(text, size, "%s", own);
                good = true;
                h->H5Dvlen_reclaim(type, space, H5P_DEFAULT, &own);
            }
        } else {
            size_t length = h->H5Tget_size(type);
            char *own = calloc(1, length + 1);
            good = own && h->H5Aread(attribute, type, own) >= 0;
            if (good)
                snprintf(text, size, "%s", own);
            free(own);
        }
    }
    if (space >= 0)
        h->H5Sclose(space);
    if (type >= 0)
        h->H5Tclose(type);
    if (attribute >= 0)
        h->H5Aclose(attribute);
    return good;
}

/* A column as doubles, malloc'd; `count` is demanded when it is not 0 on entry. Indices beyond 2^53 round, and are
 * beyond every population all the same. */
static double *read_column(Reader *reader, const char *name, size_t *count, char *units, size_t units_size)
{
    const HilHdf5 *h = &reader->hdf5;
    size_t wanted = *count;
    hid_t dataset = open_column(reader, name, count);
    if (dataset < 0)
        return NULL;
    double *values = NULL;
    if (wanted && *count != wanted)
        hil_fail(reader->error, "'%s', /edges/%s/%s has %zu entries; there are %zu connections", reader->path,
                 reader->population, name, *count, wanted);
    else if (*count / 2000 > reader->bytes) /* deflate makes a thousandth at best */
        hil_fail(reader->error, "'%s', /edges/%s/%s says that it has %zu entries, in a file of %zu bytes", reader->path,
                 reader->population, name, *count, reader->bytes);
    else if (reader->request->limit && *count > reader->request->limit)
        hil_fail(reader->error, "'%s' has %zu connections, more than %zu", reader->path, *count, reader->request->limit);
    else if (!(values = malloc((*count + 1) * sizeof *values)))
        hil_fail(reader->error, "cannot read '%s': out of memory", reader->path);
    else if (*count && h->H5Dread(dataset, h->H5T_NATIVE_DOUBLE_g, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) < 0) {
        fail_hdf5(reader, name);
        free(values);
        values = NULL;
    }
    units[0] = '\0';
    if (values)
        read_text(reader, dataset, "units", units, units_size);
    h->H5Dclose(dataset);
    return values;
}

static uint32_t *read_indices(Reader *reader, const char *name, const char *role, const char *population,
                              uint64_t size, size_t *count)
{
    char units[64], text[400];
    double *values = read_column(reader, name, count, units, sizeof units);
    uint32_t *indices = values ? malloc((*count + 1) * sizeof *indices) : NULL;
    if (values && !indices)
        hil_fail(reader->error, "cannot read '%s': out of memory", reader->path);
    for (size_t k = 0; indices && k < *count; k++) {
        if (hil_edge_check_index(values[k], role, population, size, text, sizeof text)) {
            indices[k] = (uint32_t)values[k];
            continue;
        }
        hil_fail(reader->error, "'%s', /edges/%s/%s, row %zu: %s", reader->path, reader->population, name, k, text);
        free(indices);
        indices = NULL;
    }
    free(values);
    return indices;
}

/* Weights or delays, in SI. */
static double *read_quantity(Reader *reader, const char *name, const char *what, HilUnit unit, const char *unit_text,
                             size_t count)
{
    char units[64], text[400];
    double *values = read_column(reader, name, &count, units, sizeof units);
    if (!values)
        return NULL;
    size_t at = 0;
    HilUnit found = unit;
    bool good = true;
    if (units[0] && !hil_unit_parse(units, strlen(units), &found, &at))
        good = hil_fail(reader->error, "'%s', /edges/%s/%s: '%s' is not a unit", reader->path, reader->population, name,
                        units);
    else if (!hil_edge_check_unit(what, found, units, unit, unit_text, text, sizeof text))
        good = hil_fail(reader->error, "'%s', /edges/%s/%s: %s", reader->path, reader->population, name, text);
    for (size_t k = 0; k < count && good; k++) {
        values[k] = hil_unscaled_value(values[k], found.scale, found.offset);
        bool valid = strcmp(what, "delay") == 0 ? hil_edge_check_delay(values[k], text, sizeof text)
                                                : hil_edge_check_weight(values[k], text, sizeof text);
        if (!valid)
            good = hil_fail(reader->error, "'%s', /edges/%s/%s, row %zu: %s", reader->path, reader->population, name, k,
                            text);
    }
    if (!good) {
        free(values);
        return NULL;
    }
    return values;
}

/* Rows of group 0 must be the edges in order: edge_group_id all 0, edge_group_index 0, 1, 2 … */
static bool check_groups(Reader *reader, size_t count)
{
    static const char *const names[] = {"edge_group_id", "edge_group_index"};
    for (int i = 0; i < 2; i++) {
        if (!exists(reader, reader->group, names[i]))
            continue;
        char units[64];
        size_t own = count;
        double *values = read_column(reader, names[i], &own, units, sizeof units);
        if (!values)
            return false;
        for (size_t k = 0; k < count; k++) {
            if (values[k] == (i == 0 ? 0 : (double)k))
                continue;
            hil_fail(reader->error, "'%s', /edges/%s/%s, row %zu: %s", reader->path, reader->population, names[i], k,
                     i == 0 ? "only edge group 0 can be read" : "edges must be in the order of their group's rows");
            free(values);
            return false;
        }
        free(values);
    }
    return true;
}

static bool read_population(Reader *reader, HilEdgeList *list)
{
    const HilEdgeRequest *request = reader->request;
    static const char *const needed[] = {"source_node_id", "target_node_id"};
    for (int i = 0; i < 2; i++)
        if (!exists(reader, reader->group, needed[i]))
            return hil_fail(reader->error, "'%s' has no /edges/%s/%s", reader->path, reader->population, needed[i]);
    list->sources = read_indices(reader, needed[0], "source", request->source_name, request->source_size, &list->count);
    if (!list->sources)
        return false;
    size_t count = list->count;
    list->targets = read_indices(reader, needed[1], "target", request->target_name, request->target_size, &count);
    if (!list->targets)
        return false;
    if (count != list->count)
        return hil_fail(reader->error, "'%s', /edges/%s: %zu sources and %zu targets", reader->path, reader->population,
                        list->count, count);
    if (!exists(reader, reader->group, "0"))
        return true;
    if (exists(reader, reader->group, "0/syn_weight") &&
        !(list->weights = read_quantity(reader, "0/syn_weight", "weight", request->weight_unit,
                                        request->weight_unit_text, count)))
        return false;
    if (exists(reader, reader->group, "0/delay") &&
        !(list->delays = read_quantity(reader, "0/delay", "delay", hil_edge_delay_unit(), "ms", count)))
        return false;
    return !(list->weights || list->delays) || check_groups(reader, count);
}

bool hil_edges_read_hdf5_here(const char *path, const HilEdgeRequest *request, HilEdgeList *list, HilError *error)
{
    HilError cause;
    Reader reader = {.path = path, .request = request, .error = error, .file = -1, .edges = -1, .group = -1};
    *list = (HilEdgeList){0};
    if (!hil_edge_check_request(path, request, error))
        return false;
    struct stat status;
    if (access(path, R_OK) != 0 || stat(path, &status) != 0)
        return hil_fail(error, "cannot read '%s': the file is missing or not readable", path);
    reader.bytes = (size_t)status.st_size;
    if (!hil_hdf5_load(&reader.hdf5, NULL, "; or give the edges as a .csv file", &cause))
        return hil_fail(error, "cannot read '%s': %s", path, cause.text);
    const HilHdf5 *h = &reader.hdf5;
    reader.file = h->H5Fopen(path, HIL_HDF5_READ_ONLY, H5P_DEFAULT);
    bool good = reader.file >= 0 || hil_fail(error, "cannot read '%s': it is not an HDF5 file", path);
    good = good && open_population(&reader) && read_population(&reader, list);
    if (reader.group >= 0)
        h->H5Gclose(reader.group);
    if (reader.edges >= 0)
        h->H5Gclose(reader.edges);
    if (reader.file >= 0)
        h->H5Fclose(reader.file);
    hil_hdf5_release(&reader.hdf5);
    if (!good)
        hil_edges_free(list);
    return good;
}
