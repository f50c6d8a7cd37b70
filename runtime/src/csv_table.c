/* Whole tables from CSV. In: a file. Out: columns, numeric ones in SI, the others as text.
 * A column is taken for numbers until a cell says otherwise; the texts are kept only until that is settled. */
#include "hillock/csv.h"

#include <stdlib.h>
#include <string.h>

void hil_table_file_free(HilTableFile *table)
{
    if (!table)
        return;
    for (size_t j = 0; j < table->column_count; j++) {
        HilColumn *column = &table->columns[j];
        for (size_t i = 0; column->texts && i < table->row_count; i++)
            free(column->texts[i]);
        free(column->texts);
        free(column->values);
        free(column->missing);
        free(column->name);
        free(column->unit_text);
    }
    free(table->columns);
    free(table);
}

ptrdiff_t hil_table_file_find(const HilTableFile *table, const char *name)
{
    for (size_t j = 0; j < table->column_count; j++)
        if (strcmp(table->columns[j].name, name) == 0)
            return (ptrdiff_t)j;
    return -1;
}

static bool is_header(const HilCsvCell *cells, size_t count)
{
    double value;
    for (size_t j = 0; j < count; j++)
        if (hil_csv_number(&cells[j], NULL, &value) == HIL_CELL_TEXT)
            return true;
    return false;
}

static bool make_columns(HilTableFile *table, const HilCsv *csv, const HilCsvCell *cells, size_t count, HilError *error)
{
    char name[256], unit_text[128];
    table->columns = calloc(count, sizeof *table->columns);
    if (!table->columns)
        return hil_csv_fail(csv, 0, NULL, error, "out of memory");
    table->column_count = count;
    for (size_t j = 0; j < count; j++) {
        HilColumn *column = &table->columns[j];
        name[0] = unit_text[0] = '\0';
        column->unit = (HilUnit){HIL_DIMENSIONLESS, 1, 0};
        column->numeric = true;
        if (table->has_header && !hil_csv_header(csv, &cells[j], j, name, sizeof name, &column->unit, unit_text,
                                                 sizeof unit_text, error))
            return false;
        for (size_t other = 0; other < j && name[0]; other++)
            if (strcmp(table->columns[other].name, name) == 0)
                return hil_csv_fail(csv, j, name, error, "column %zu has the same name", other + 1);
        column->name = strdup(name);
        column->unit_text = strdup(unit_text);
        if (!column->name || !column->unit_text)
            return hil_csv_fail(csv, j, NULL, error, "out of memory");
    }
    return true;
}

static bool grow(HilTableFile *table, size_t *capacity)
{
    size_t larger = *capacity ? 2 * *capacity : 64;
    for (size_t j = 0; j < table->column_count; j++) {
        HilColumn *column = &table->columns[j];
        void *grown = realloc(column->values, larger * sizeof *column->values);
        if (!grown)
            return false;
        column->values = grown;
        if (!(grown = realloc(column->missing, larger)))
            return false;
        column->missing = grown;
        if (!(grown = realloc(column->texts, larger * sizeof *column->texts)))
            return false;
        column->texts = grown;
    }
    *capacity = larger;
    return true;
}

static bool add_row(HilTableFile *table, const HilCsvCell *cells)
{
    size_t row = table->row_count;
    for (size_t j = 0; j < table->column_count; j++)
        table->columns[j].texts[row] = NULL;
    table->row_count++; /* from here on hil_table_file_free sees the row */
    for (size_t j = 0; j < table->column_count; j++) {
        HilColumn *column = &table->columns[j];
        HilCellKind kind = hil_csv_number(&cells[j], &column->unit, &column->values[row]);
        column->missing[row] = kind == HIL_CELL_MISSING;
        column->numeric = column->numeric && kind != HIL_CELL_TEXT;
        if (!(column->texts[row] = strdup(cells[j].text)))
            return false;
    }
    return true;
}

static void settle_columns(HilTableFile *table)
{
    for (size_t j = 0; j < table->column_count; j++) {
        HilColumn *column = &table->columns[j];
        if (!column->numeric) {
            free(column->values);
            column->values = NULL;
            continue;
        }
        for (size_t i = 0; i < table->row_count; i++)
            free(column->texts[i]);
        free(column->texts);
        column->texts = NULL;
    }
}

static bool read_rows(HilTableFile *table, HilCsv *csv, HilCsvHeader header, HilError *error)
{
    const HilCsvCell *cells;
    size_t count, capacity = 0;
    int state;
    while ((state = hil_csv_next(csv, &cells, &count, error)) > 0) {
        if (!table->columns) {
            table->has_header = header == HIL_CSV_HEADER_YES || (header == HIL_CSV_HEADER_AUTO && is_header(cells, count));
            if (!make_columns(table, csv, cells, count, error))
                return false;
            if (table->has_header)
                continue;
        }
        if (count != table->column_count)
            return hil_csv_fail(csv, count < table->column_count ? count : table->column_count, NULL, error,
                                "the row has %zu cells; the first row has %zu", count, table->column_count);
        if ((table->row_count == capacity && !grow(table, &capacity)) || !add_row(table, cells))
            return hil_csv_fail(csv, 0, NULL, error, "out of memory");
    }
    return state == 0;
}

HilTableFile *hil_csv_read_table(const char *path, char separator, HilCsvHeader header, const HilCsvLimits *limits,
                                 HilError *error)
{
    HilCsv *csv = hil_csv_open(path, separator, limits, error);
    if (!csv)
        return NULL;
    HilTableFile *table = calloc(1, sizeof *table);
    bool good = table && read_rows(table, csv, header, error);
    if (!table)
        hil_fail(error, "cannot read '%s': out of memory", path);
    else if (good && !table->columns)
        good = hil_fail(error, "'%s' is empty", path);
    hil_csv_close(csv);
    if (!good) {
        hil_table_file_free(table);
        return NULL;
    }
    settle_columns(table);
    return table;
}
