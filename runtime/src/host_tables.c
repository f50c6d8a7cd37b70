/* Tables from files, read when the program runs. In: a CSV file, the columns that the model declares with their units.
 * Out: a list of records, or a record of records by the first column. Only the file that the model names is opened,
 * relative to settings.folder. */
#include "host_internal.h"

#include "hillock/csv.h"

#include <stdlib.h>
#include <string.h>

typedef struct Wanted {
    const char *name;
    HilUnit unit;
    bool has_unit;
    ptrdiff_t column;
} Wanted;

static bool declared_column(HilHost *host, int32_t kid, Wanted *wanted) {
    const int32_t *kids, *none;
    const HilNode *node = host_node(host, kid, &kids);
    if (!node)
        return false;
    if (node->op != HIL_HOST_TABLE_COLUMN)
        return host_fail(host, "a table's column is `%s`", hil_host_op_name(node->op));
    const HilNode *unit = host_node(host, kids[0], &none);
    if (!unit || unit->op != HIL_HOST_TEXT)
        return unit ? host_fail(host, "a column's unit is no text") : false;
    const char *text = host_text(host, unit->text);
    wanted->name = host_text(host, node->text);
    wanted->has_unit = text[0] != '\0';
    if (!hil_unit_parse(text[0] ? text : "1", text[0] ? strlen(text) : 1, &wanted->unit, NULL))
        return host_fail(host, "%s is no unit", text);
    return true;
}

/* Cell of a column as a value. A column without a unit of its own gets the declared one. */
static bool cell_value(HilHost *host, const HilColumn *column, const Wanted *wanted, size_t row, HilValue *value) {
    if (column->missing[row]) {
        *value = hil_value_missing();
        return true;
    }
    if (!column->numeric)
        return hil_value_text(host->pool, column->texts[row], strlen(column->texts[row]), value, host->error);
    double number = column->values[row];
    if (wanted->has_unit && column->unit_text[0] == '\0')
        number = number * wanted->unit.scale + wanted->unit.offset;
    *value = hil_value_number(number);
    return true;
}

static bool match_columns(HilHost *host, const char *path, const HilTableFile *table, Wanted *wanted, size_t count) {
    for (size_t k = 0; k < count; k++) {
        wanted[k].column = wanted[k].column >= 0 ? (ptrdiff_t)k : hil_table_file_find(table, wanted[k].name);
        if (wanted[k].column < 0)
            return host_fail(host, "%s has no column %s", path, wanted[k].name);
        const HilColumn *column = &table->columns[wanted[k].column];
        if (wanted[k].has_unit && column->unit_text[0] != '\0' &&
            !hil_dimension_equal(wanted[k].unit.dimension, column->unit.dimension))
            return host_fail(host, "%s: column %s is in %s, which does not fit the unit that the model declares", path,
                             wanted[k].name, column->unit_text);
    }
    return true;
}

static bool row_record(HilHost *host, const HilTableFile *table, const Wanted *wanted, size_t count, size_t row,
                       size_t first, HilValue *value) {
    const char **names = calloc(count + 1, sizeof *names);
    HilValue *values = calloc(count + 1, sizeof *values);
    bool good = (names && values) || host_fail(host, "out of memory");
    for (size_t k = first; good && k < count; k++) {
        names[k - first] = wanted[k].name;
        good = cell_value(host, &table->columns[wanted[k].column], &wanted[k], row, &values[k - first]);
    }
    good = good && hil_value_record(host->pool, names, values, count - first, value, host->error);
    free(names);
    free(values);
    return good;
}

static bool table_value(HilHost *host, const HilTableFile *table, const Wanted *wanted, size_t count, bool keyed,
                        HilValue *value) {
    HilValue *rows = calloc(table->row_count + 1, sizeof *rows);
    char(*keys)[64] = calloc(table->row_count + 1, sizeof *keys);
    const char **names = calloc(table->row_count + 1, sizeof *names);
    bool good = (rows && keys && names) || host_fail(host, "out of memory");
    for (size_t r = 0; good && r < table->row_count; r++) {
        good = row_record(host, table, wanted, count, r, keyed ? 1 : 0, &rows[r]);
        if (good && keyed) {
            HilValue key;
            good = cell_value(host, &table->columns[wanted[0].column], &wanted[0], r, &key);
            if (good && key.kind == HIL_KIND_NUMBER)
                snprintf(keys[r], sizeof keys[r], "%.17g", key.as.number);
            else if (good)
                hil_value_print(key, NULL, keys[r], sizeof keys[r]);
            names[r] = keys[r];
        }
    }
    if (good)
        good = keyed ? hil_value_record(host->pool, names, rows, table->row_count, value, host->error)
                     : hil_value_list(host->pool, rows, table->row_count, value, host->error);
    free(rows);
    free(keys);
    free(names);
    return good;
}

bool host_table_file(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    const char *folder = host->options.settings.folder, *name = host_text(host, node->text);
    char path[4096];
    int written = folder && name[0] != '/' ? snprintf(path, sizeof path, "%s/%s", folder, name)
                                           : snprintf(path, sizeof path, "%s", name);
    if (name[0] == '\0' || written < 0 || (size_t)written >= sizeof path)
        return host_fail(host, "a table without a file, or with too long a path");
    HilTableFile *table = hil_csv_read_table(path, ',', HIL_CSV_HEADER_AUTO, NULL, host->error);
    if (!table)
        return false;
    size_t count = node->kids.count > 0 ? (size_t)node->kids.count : table->column_count;
    Wanted *wanted = calloc(count + 1, sizeof *wanted);
    char(*numbered)[24] = calloc(count + 1, sizeof *numbered);
    bool good = (wanted && numbered) || host_fail(host, "out of memory");
    for (size_t k = 0; good && k < count; k++) {
        wanted[k].column = -1;
        if (node->kids.count > 0) {
            good = declared_column(host, kids[k], &wanted[k]);
            continue;
        }
        wanted[k].column = (ptrdiff_t)k;
        wanted[k].name = table->columns[k].name;
        if (!table->has_header) { /* columns without names go by their number */
            snprintf(numbered[k], sizeof numbered[k], "%zu", k);
            wanted[k].name = numbered[k];
        }
    }
    good = good && match_columns(host, path, table, wanted, count) &&
           (count > 0 || node->index != 1 || host_fail(host, "%s has no columns", path)) &&
           table_value(host, table, wanted, count, node->index == 1, value);
    free(wanted);
    free(numbered);
    hil_table_file_free(table);
    return good;
}
