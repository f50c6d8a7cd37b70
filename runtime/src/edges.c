/* Edge lists from CSV, and the checks that every reader of edge lists uses. In: a file and the two populations' sizes.
 * Out: arrays in SI in the order of the file; nothing is kept when a row is wrong. */
#include "hillock/edges.h"

#include "edges_check.h"
#include "hillock/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool hil_edge_check_index(double value, const char *role, const char *population, uint64_t size, char *text,
                          size_t text_size)
{
    if (isnan(value) || value != floor(value) || isinf(value))
        snprintf(text, text_size, "the %s %.17g is not a whole number", role, value);
    else if (value < 0)
        snprintf(text, text_size, "the %s %.17g is negative; cells are counted from 0", role, value);
    else if (value >= (double)size)
        snprintf(text, text_size, "the %s %.17g is beyond the population %s, which has %llu cells counted from 0", role,
                 value, population ? population : "", (unsigned long long)size);
    else
        return true;
    return false;
}

bool hil_edge_check_delay(double value, char *text, size_t text_size)
{
    if (isfinite(value) && value >= 0)
        return true;
    snprintf(text, text_size, value < 0 ? "the delay %.6g s is negative" : "the delay %.6g s is not a finite number",
             value);
    return false;
}

bool hil_edge_check_weight(double value, char *text, size_t text_size)
{
    if (isfinite(value))
        return true;
    snprintf(text, text_size, "the weight is not a finite number");
    return false;
}

bool hil_edge_check_unit(const char *what, HilUnit found, const char *found_text, HilUnit wanted,
                         const char *wanted_text, char *text, size_t text_size)
{
    if (hil_dimension_equal(found.dimension, wanted.dimension))
        return true;
    snprintf(text, text_size, "the %s is in %s, and this connection's %s is in %s", what,
             found_text[0] ? found_text : "no unit", what, wanted_text && wanted_text[0] ? wanted_text : "no unit");
    return false;
}

bool hil_edge_check_request(const char *path, const HilEdgeRequest *request, HilError *error)
{
    uint64_t limit = (uint64_t)1 << 32;
    if (request->source_size > limit || request->target_size > limit)
        return hil_fail(error, "cannot read '%s': edge lists reach populations of at most 2^32 cells", path);
    return true;
}

HilUnit hil_edge_delay_unit(void)
{
    return (HilUnit){{{0, 0, 2, 0, 0, 0, 0}}, 1e-3, 0};
}

void hil_edges_free(HilEdgeList *list)
{
    free(list->sources);
    free(list->targets);
    free(list->weights);
    free(list->delays);
    *list = (HilEdgeList){0};
}

enum { SOURCE, TARGET, WEIGHT, DELAY, ROLES };

static const char *const role_names[ROLES] = {"source", "target", "weight", "delay"};

/* Which column of the file plays which role, -1 for none, and the unit of its numbers. */
typedef struct Layout {
    ptrdiff_t column[ROLES];
    HilUnit unit[ROLES];
    size_t count; /* cells that each row must have */
} Layout;

static bool check_column_unit(const HilCsv *csv, size_t column, int role, const char *unit_text,
                              const HilEdgeRequest *request, HilUnit *unit, HilError *error)
{
    char text[400];
    HilUnit wanted = role == WEIGHT ? request->weight_unit : role == DELAY ? hil_edge_delay_unit()
                                                                            : (HilUnit){HIL_DIMENSIONLESS, 1, 0};
    if (!unit_text[0]) {
        *unit = wanted;
        return true;
    }
    if (!hil_edge_check_unit(role_names[role], *unit, unit_text, wanted,
                             role == WEIGHT ? request->weight_unit_text : role == DELAY ? "ms" : "", text, sizeof text))
        return hil_csv_fail(csv, column, role_names[role], error, "%s", text);
    return true;
}

static bool layout_from_header(const HilCsv *csv, const HilCsvCell *cells, size_t count,
                               const HilEdgeRequest *request, Layout *layout, HilError *error)
{
    char name[256], unit_text[128];
    for (size_t j = 0; j < count; j++) {
        HilUnit unit;
        if (!hil_csv_header(csv, &cells[j], j, name, sizeof name, &unit, unit_text, sizeof unit_text, error))
            return false;
        for (int role = 0; role < ROLES; role++) {
            if (strcmp(name, role_names[role]) != 0)
                continue;
            if (layout->column[role] >= 0)
                return hil_csv_fail(csv, j, name, error, "column %td has the same name", layout->column[role] + 1);
            layout->column[role] = (ptrdiff_t)j;
            layout->unit[role] = unit;
            if (!check_column_unit(csv, j, role, unit_text, request, &layout->unit[role], error))
                return false;
        }
    }
    for (int role = SOURCE; role <= TARGET; role++)
        if (layout->column[role] < 0)
            return hil_csv_fail(csv, 0, NULL, error, "the header has no column '%s'; an edge list has the columns "
                                                     "source, target and optionally weight, delay", role_names[role]);
    return true;
}

static bool layout_find(const HilCsv *csv, const HilCsvCell *cells, size_t count, const HilEdgeRequest *request,
                        Layout *layout, bool *header, HilError *error)
{
    double value;
    *header = false;
    layout->count = count;
    for (int role = 0; role < ROLES; role++)
        layout->column[role] = -1;
    for (size_t j = 0; j < count && !*header; j++)
        *header = hil_csv_number(&cells[j], NULL, &value) == HIL_CELL_TEXT && !strchr("+-.0123456789", cells[j].text[0]);
    if (*header)
        return layout_from_header(csv, cells, count, request, layout, error);
    if (count < 2 || count > ROLES)
        return hil_csv_fail(csv, 0, NULL, error, "an edge list without a header has 2 to 4 columns (source, target, "
                                                 "weight, delay); this one has %zu", count);
    for (int role = 0; role < (int)count; role++) {
        layout->column[role] = role;
        if (!check_column_unit(csv, (size_t)role, role, "", request, &layout->unit[role], error))
            return false;
    }
    return true;
}

static bool grow(HilEdgeList *list, size_t *capacity, const Layout *layout)
{
    size_t larger = *capacity ? 2 * *capacity : 1024;
    void *grown;
    if (!(grown = realloc(list->sources, larger * sizeof *list->sources)))
        return false;
    list->sources = grown;
    if (!(grown = realloc(list->targets, larger * sizeof *list->targets)))
        return false;
    list->targets = grown;
    if (layout->column[WEIGHT] >= 0) {
        if (!(grown = realloc(list->weights, larger * sizeof *list->weights)))
            return false;
        list->weights = grown;
    }
    if (layout->column[DELAY] >= 0) {
        if (!(grown = realloc(list->delays, larger * sizeof *list->delays)))
            return false;
        list->delays = grown;
    }
    *capacity = larger;
    return true;
}

static bool add_edge(const HilCsv *csv, const HilCsvCell *cells, const Layout *layout, const HilEdgeRequest *request,
                     HilEdgeList *list, HilError *error)
{
    char text[400];
    for (int role = 0; role < ROLES; role++) {
        if (layout->column[role] < 0)
            continue;
        size_t column = (size_t)layout->column[role];
        double value;
        HilCellKind kind = hil_csv_number(&cells[column], &layout->unit[role], &value);
        if (kind == HIL_CELL_MISSING)
            return hil_csv_fail(csv, column, role_names[role], error, "there is no value");
        if (kind == HIL_CELL_TEXT)
            return hil_csv_fail(csv, column, role_names[role], error, "'%.60s' is not a number", cells[column].text);
        bool good;
        if (role == SOURCE)
            good = hil_edge_check_index(value, "source", request->source_name, request->source_size, text, sizeof text);
        else if (role == TARGET)
            good = hil_edge_check_index(value, "target", request->target_name, request->target_size, text, sizeof text);
        else if (role == WEIGHT)
            good = hil_edge_check_weight(value, text, sizeof text);
        else
            good = hil_edge_check_delay(value, text, sizeof text);
        if (!good)
            return hil_csv_fail(csv, column, role_names[role], error, "%s", text);
        switch (role) {
        case SOURCE: list->sources[list->count] = (uint32_t)value; break;
        case TARGET: list->targets[list->count] = (uint32_t)value; break;
        case WEIGHT: list->weights[list->count] = value; break;
        default: list->delays[list->count] = value; break;
        }
    }
    list->count++;
    return true;
}

static bool read_rows(HilCsv *csv, const HilEdgeRequest *request, HilEdgeList *list, HilError *error)
{
    const HilCsvCell *cells;
    size_t count, capacity = 0;
    Layout layout = {.count = 0};
    int state;
    while ((state = hil_csv_next(csv, &cells, &count, error)) > 0) {
        bool header = false;
        if (layout.count == 0 && !layout_find(csv, cells, count, request, &layout, &header, error))
            return false;
        if (header)
            continue;
        if (count != layout.count)
            return hil_csv_fail(csv, count < layout.count ? count : layout.count, NULL, error,
                                "the row has %zu cells; the first row has %zu", count, layout.count);
        if (request->limit && list->count == request->limit)
            return hil_csv_fail(csv, 0, NULL, error, "there are more than %zu connections", request->limit);
        if (list->count == capacity && !grow(list, &capacity, &layout))
            return hil_csv_fail(csv, 0, NULL, error, "out of memory");
        if (!add_edge(csv, cells, &layout, request, list, error))
            return false;
    }
    return state == 0;
}

bool hil_edges_read_csv(const char *path, const HilEdgeRequest *request, HilEdgeList *list, HilError *error)
{
    *list = (HilEdgeList){0};
    if (!hil_edge_check_request(path, request, error))
        return false;
    HilCsv *csv = hil_csv_open(path, ',', NULL, error);
    if (!csv)
        return false;
    bool good = read_rows(csv, request, list, error);
    hil_csv_close(csv);
    if (!good)
        hil_edges_free(list);
    return good;
}
