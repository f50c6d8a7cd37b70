/* Reading tables of comma-separated values: quoted cells, CRLF and LF, a UTF-8 mark at the start, headers whose cells
 * may carry a unit ("g[nS]"). In: a file of any bytes. Out: rows of cells, or a table of columns; or an error that
 * names the file, the row (the header is row 1) and the column. Nothing in a file can crash the reader, and what it may
 * take is bounded. */
#ifndef HILLOCK_CSV_H
#define HILLOCK_CSV_H

#include "hillock/error.h"
#include "hillock/unit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HilCsvLimits {
    size_t row_bytes; /* of one row, 0: 16 MiB */
    size_t columns;   /* 0: 1,000,000 */
    size_t rows;      /* 0: no limit */
} HilCsvLimits;

/* ---- one row at a time --------------------------------------------------------------------------------------- */

typedef struct HilCsv HilCsv;

/* NUL-terminated, quotes removed; unquoted cells without the spaces around them. Valid until the next row. */
typedef struct HilCsvCell {
    const char *text;
    size_t length;
    bool quoted;
} HilCsvCell;

/* `separator` is ',' usually; limits may be NULL. NULL: error set. */
HilCsv *hil_csv_open(const char *path, char separator, const HilCsvLimits *limits, HilError *error);
void hil_csv_close(HilCsv *csv);
/* 1: a row; 0: the end; -1: error set. Empty lines and those that begin with # are passed over. */
int hil_csv_next(HilCsv *csv, const HilCsvCell **cells, size_t *count, HilError *error);
/* The number of the row last read, from 1, and the line of the file on which it began. */
uint64_t hil_csv_row(const HilCsv *csv);
uint64_t hil_csv_line(const HilCsv *csv);
/* An error about a cell of the row last read: "file.csv, row 3, column 2 (weight): …". `name` may be NULL. false. */
bool hil_csv_fail(const HilCsv *csv, size_t column, const char *name, HilError *error, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

typedef enum HilCellKind { HIL_CELL_NUMBER, HIL_CELL_MISSING, HIL_CELL_TEXT } HilCellKind;

/* What a cell holds: a decimal number (also nan, inf), nothing (empty or "-"), or text. The number, times the unit if
 * there is one, is correctly rounded. Numbers beyond the range of doubles are text. */
HilCellKind hil_csv_number(const HilCsvCell *cell, const HilUnit *unit, double *value);

/* "g[nS]" is the name "g" and the unit nS; a cell without brackets has unit_text "" and the dimensionless unit. Writes
 * the name into `name`. false: the brackets hold no unit, error set. */
bool hil_csv_header(const HilCsv *csv, const HilCsvCell *cell, size_t column, char *name, size_t size, HilUnit *unit,
                    char *unit_text, size_t unit_size, HilError *error);

/* ---- a whole table ------------------------------------------------------------------------------------------- */

typedef enum HilCsvHeader {
    HIL_CSV_HEADER_AUTO, /* a header when some cell of the first row is text */
    HIL_CSV_HEADER_YES,
    HIL_CSV_HEADER_NO
} HilCsvHeader;

/* A column is numeric when every cell is a number or missing; missing numbers are NaN. Otherwise texts[row] holds the
 * cells as written. */
typedef struct HilColumn {
    char *name;      /* "" without a header */
    char *unit_text; /* "" without a unit */
    HilUnit unit;
    bool numeric;
    uint8_t *missing; /* [rows], 1 where the cell was empty or "-" */
    double *values;   /* [rows] in SI; NULL when not numeric */
    char **texts;     /* [rows]; NULL when numeric */
} HilColumn;

typedef struct HilTableFile {
    size_t row_count, column_count;
    bool has_header;
    HilColumn *columns;
} HilTableFile;

/* Every row must have as many cells as the first. NULL: error set. */
HilTableFile *hil_csv_read_table(const char *path, char separator, HilCsvHeader header, const HilCsvLimits *limits,
                                 HilError *error);
void hil_table_file_free(HilTableFile *table);
/* The column of that name, -1 when there is none. */
ptrdiff_t hil_table_file_find(const HilTableFile *table, const char *name);

#endif
