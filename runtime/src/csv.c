/* The row reader of CSV files. In: bytes from a file, read in pieces. Out: rows of cells.
 * A row is collected whole, unquoted in place, and handed out as pointers into the one buffer. */
#include "hillock/csv.h"

#include "decimal.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 16 };

struct HilCsv {
    char *path;
    int descriptor;
    char separator;
    HilCsvLimits limits;
    uint64_t row, line, next_line; /* of the row last read; the line the next row starts on */
    size_t at, filled;             /* unread part of piece */
    char *text;                    /* the row: cells, each ended by NUL */
    size_t text_used, text_capacity;
    HilCsvCell *cells;
    size_t *starts; /* offsets of the cells while text may still move */
    size_t cell_count, cell_capacity;
    char piece[PIECE];
};

static int piece_fill(HilCsv *csv, HilError *error)
{
    ssize_t size;
    do
        size = read(csv->descriptor, csv->piece, PIECE);
    while (size < 0 && errno == EINTR);
    if (size < 0) {
        hil_fail(error, "cannot read '%s': %s", csv->path, strerror(errno));
        return -1;
    }
    csv->at = 0;
    csv->filled = (size_t)size;
    return size > 0;
}

/* The next byte, -1 at the end, -2 on error. */
static int next_byte(HilCsv *csv, HilError *error)
{
    if (csv->at == csv->filled) {
        int state = piece_fill(csv, error);
        if (state <= 0)
            return state < 0 ? -2 : -1;
    }
    return (unsigned char)csv->piece[csv->at++];
}

HilCsv *hil_csv_open(const char *path, char separator, const HilCsvLimits *limits, HilError *error)
{
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0 || fstat(descriptor, &status) != 0 || S_ISDIR(status.st_mode)) {
        hil_fail(error, "cannot read '%s': %s", path, descriptor < 0 ? strerror(errno) : "it is a folder");
        if (descriptor >= 0)
            close(descriptor);
        return NULL;
    }
    HilCsv *csv = calloc(1, sizeof *csv);
    if (!csv || !(csv->path = strdup(path))) {
        hil_fail(error, "cannot read '%s': out of memory", path);
        free(csv);
        close(descriptor);
        return NULL;
    }
    csv->descriptor = descriptor;
    csv->separator = separator;
    csv->next_line = 1;
    if (limits)
        csv->limits = *limits;
    csv->limits.row_bytes = csv->limits.row_bytes ? csv->limits.row_bytes : (size_t)16 << 20;
    csv->limits.columns = csv->limits.columns ? csv->limits.columns : 1000000;
    if (piece_fill(csv, error) < 0) {
        hil_csv_close(csv);
        return NULL;
    }
    if (csv->filled >= 2 && (memcmp(csv->piece, "\xff\xfe", 2) == 0 || memcmp(csv->piece, "\xfe\xff", 2) == 0)) {
        hil_fail(error, "'%s' is text in UTF-16; save it as UTF-8", path);
        hil_csv_close(csv);
        return NULL;
    }
    if (csv->filled >= 3 && memcmp(csv->piece, "\xef\xbb\xbf", 3) == 0)
        csv->at = 3;
    return csv;
}

void hil_csv_close(HilCsv *csv)
{
    if (!csv)
        return;
    close(csv->descriptor);
    free(csv->path);
    free(csv->text);
    free(csv->cells);
    free(csv->starts);
    free(csv);
}

uint64_t hil_csv_row(const HilCsv *csv)
{
    return csv->row;
}

uint64_t hil_csv_line(const HilCsv *csv)
{
    return csv->line;
}

bool hil_csv_fail(const HilCsv *csv, size_t column, const char *name, HilError *error, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (name && name[0])
        return hil_fail(error, "%s, row %llu, column %zu (%s): %s", csv->path, (unsigned long long)csv->row, column + 1,
                        name, text);
    return hil_fail(error, "%s, row %llu, column %zu: %s", csv->path, (unsigned long long)csv->row, column + 1, text);
}

static bool add_byte(HilCsv *csv, char byte, HilError *error)
{
    if (csv->text_used >= csv->limits.row_bytes)
        return hil_csv_fail(csv, csv->cell_count, NULL, error, "the row is longer than %zu bytes", csv->limits.row_bytes);
    if (csv->text_used == csv->text_capacity) {
        size_t capacity = csv->text_capacity ? 2 * csv->text_capacity : 256;
        char *text = realloc(csv->text, capacity);
        if (!text)
            return hil_csv_fail(csv, csv->cell_count, NULL, error, "out of memory");
        csv->text = text;
        csv->text_capacity = capacity;
    }
    csv->text[csv->text_used++] = byte;
    return true;
}

/* Ends the cell that began at `start`: trims unquoted ones, terminates it. */
static bool end_cell(HilCsv *csv, size_t start, bool quoted, HilError *error)
{
    if (csv->cell_count >= csv->limits.columns)
        return hil_csv_fail(csv, csv->cell_count, NULL, error, "there are more than %zu columns", csv->limits.columns);
    if (csv->cell_count == csv->cell_capacity) {
        size_t capacity = csv->cell_capacity ? 2 * csv->cell_capacity : 32;
        HilCsvCell *cells = realloc(csv->cells, capacity * sizeof *cells);
        if (cells)
            csv->cells = cells;
        size_t *starts = realloc(csv->starts, capacity * sizeof *starts);
        if (starts)
            csv->starts = starts;
        if (!cells || !starts)
            return hil_csv_fail(csv, csv->cell_count, NULL, error, "out of memory");
        csv->cell_capacity = capacity;
    }
    if (!quoted) {
        while (start < csv->text_used && (csv->text[start] == ' ' || csv->text[start] == '\t'))
            start++;
        while (csv->text_used > start && (csv->text[csv->text_used - 1] == ' ' || csv->text[csv->text_used - 1] == '\t'))
            csv->text_used--;
    }
    csv->starts[csv->cell_count] = start;
    csv->cells[csv->cell_count].length = csv->text_used - start;
    csv->cells[csv->cell_count].quoted = quoted;
    csv->cell_count++;
    size_t limit = csv->limits.row_bytes;
    csv->limits.row_bytes = SIZE_MAX; /* the terminator is not part of the row */
    bool good = add_byte(csv, '\0', error);
    csv->limits.row_bytes = limit;
    return good;
}

/* The rest of a cell after its opening quote. Returns the byte after the cell (separator, '\n', -1), -2 on error. */
static int read_quoted(HilCsv *csv, HilError *error)
{
    for (;;) {
        int byte = next_byte(csv, error);
        if (byte == -2)
            return -2;
        if (byte == -1 || byte == 0) {
            hil_csv_fail(csv, csv->cell_count, NULL, error,
                         byte == 0 ? "a zero byte: this is not text" : "the quote that opens here is never closed");
            return -2;
        }
        csv->next_line += byte == '\n';
        if (byte != '"') {
            if (!add_byte(csv, (char)byte, error))
                return -2;
            continue;
        }
        byte = next_byte(csv, error);
        if (byte == '"') {
            if (!add_byte(csv, '"', error))
                return -2;
            continue;
        }
        while (byte == ' ' || byte == '\t' || byte == '\r')
            byte = next_byte(csv, error);
        if (byte >= 0 && byte != csv->separator && byte != '\n') {
            hil_csv_fail(csv, csv->cell_count, NULL, error, "text follows the closing quote; a quote within a quoted "
                                                            "cell is written twice");
            return -2;
        }
        return byte;
    }
}

/* One row, empty or not: 1, 0 at the end, -1 on error. */
static int read_row(HilCsv *csv, HilError *error)
{
    csv->text_used = csv->cell_count = 0;
    csv->line = csv->next_line;
    size_t start = 0;
    bool any = false, fresh = true, quoted = false; /* fresh: nothing but spaces in this cell yet */
    for (;;) {
        int byte = next_byte(csv, error);
        if (byte == '#' && !any && csv->cell_count == 0) { /* a remark: to the line's end, as if the line were empty */
            while (byte >= 0 && byte != '\n' && byte != '\r')
                byte = next_byte(csv, error);
        }
        if (byte == '"' && fresh) {
            csv->text_used = start;
            quoted = any = true;
            byte = read_quoted(csv, error);
        }
        if (byte == -2)
            return -1;
        if (byte == -1 && !any)
            return 0;
        if (byte == '\r') { /* CRLF, or the lone CR of old files */
            byte = '\n';
            if (csv->at == csv->filled && piece_fill(csv, error) < 0)
                return -1;
            if (csv->at < csv->filled && csv->piece[csv->at] == '\n')
                csv->at++;
        }
        if (byte == -1 || byte == '\n' || byte == (unsigned char)csv->separator) {
            if (!end_cell(csv, start, quoted, error))
                return -1;
            if (byte != (unsigned char)csv->separator) {
                csv->next_line += byte == '\n';
                return 1;
            }
            start = csv->text_used;
            any = fresh = true;
            quoted = false;
            continue;
        }
        any = true;
        if (byte == 0) {
            hil_csv_fail(csv, csv->cell_count, NULL, error, "a zero byte: this is not text");
            return -1;
        }
        if (!add_byte(csv, (char)byte, error))
            return -1;
        fresh = fresh && (byte == ' ' || byte == '\t');
    }
}

int hil_csv_next(HilCsv *csv, const HilCsvCell **cells, size_t *count, HilError *error)
{
    csv->row++;
    for (;;) {
        int state = read_row(csv, error);
        if (state <= 0)
            return state;
        if (csv->cell_count > 1 || csv->cells[0].length > 0 || csv->cells[0].quoted)
            break;
    }
    if (csv->limits.rows && csv->row > csv->limits.rows) {
        hil_fail(error, "%s: there are more than %zu rows", csv->path, csv->limits.rows);
        return -1;
    }
    for (size_t i = 0; i < csv->cell_count; i++)
        csv->cells[i].text = csv->text + csv->starts[i];
    *cells = csv->cells;
    *count = csv->cell_count;
    return 1;
}

/* [+-] digits [. digits] [e [+-] digits], with digits on at least one side of the point. */
static bool is_decimal(const char *text)
{
    const char *c = text + (*text == '+' || *text == '-');
    size_t whole = strspn(c, "0123456789"), part = 0;
    c += whole;
    if (*c == '.') {
        part = strspn(c + 1, "0123456789");
        c += 1 + part;
    }
    if (whole + part == 0)
        return false;
    if (*c == 'e' || *c == 'E') {
        c++;
        c += *c == '+' || *c == '-';
        size_t digits = strspn(c, "0123456789");
        if (digits == 0)
            return false;
        c += digits;
    }
    return *c == '\0';
}

/* The usual number in a few operations and no look at the locale: digits that make a whole number up to 2^53, times or
 * over a power of ten that is a double itself, rounds once (Clinger 1990). `shift` is the unit's power of ten. The text
 * is decimal; false when the number is not of that kind. */
static bool read_short_decimal(const char *text, long shift, double *value)
{
    uint64_t digits = 0;
    long exponent = 0;
    bool negative = *text == '-', after_point = false;
    const char *c = text + (*text == '+' || *text == '-');
    for (; *c && *c != 'e' && *c != 'E'; c++) {
        if (*c == '.') {
            after_point = true;
            continue;
        }
        if (digits > ((uint64_t)1 << 53) / 10 - 1)
            return false;
        digits = digits * 10 + (uint64_t)(*c - '0');
        exponent -= after_point;
    }
    if (*c) {
        if (strlen(c) > 6)
            return false;
        exponent += strtol(c + 1, NULL, 10);
    }
    exponent += shift;
    if (exponent < -18 || exponent > 18)
        return false;
    double power = decimal_power_of_ten(labs(exponent)), magnitude = (double)digits;
    magnitude = exponent < 0 ? magnitude / power : magnitude * power;
    *value = negative ? -magnitude : magnitude;
    return true;
}

/* Files also write ".5" and "1.": the missing zero is put in before the exact reading. */
static double value_in_unit(const char *text, size_t length, HilUnit unit)
{
    const char *point = strchr(text, '.');
    bool before = point && (point == text || !strchr("0123456789", point[-1]));
    bool after = point && (point[1] == '\0' || !strchr("0123456789", point[1]));
    if (!before && !after)
        return hil_quantity_value(text, length, unit);
    char digits[512];
    int at = (int)(point - text);
    int size = snprintf(digits, sizeof digits, "%.*s%s.%s%s", at, text, before ? "0" : "", after ? "0" : "", point + 1);
    if (size < 0 || (size_t)size >= sizeof digits)
        return NAN; /* hundreds of digits without one beside the point */
    return hil_quantity_value(digits, (size_t)size, unit);
}

HilCellKind hil_csv_number(const HilCsvCell *cell, const HilUnit *unit, double *value)
{
    const char *text = cell->text, *name = text + (*text == '+' || *text == '-');
    *value = NAN;
    if (strlen(text) != cell->length)
        return HIL_CELL_TEXT;
    if (cell->length == 0 || strcmp(text, "-") == 0)
        return HIL_CELL_MISSING;
    if (strcasecmp(name, "nan") == 0)
        return HIL_CELL_NUMBER;
    if (strcasecmp(name, "inf") == 0 || strcasecmp(name, "infinity") == 0) {
        *value = *text == '-' ? -INFINITY : INFINITY;
        return HIL_CELL_NUMBER;
    }
    if (!is_decimal(text))
        return HIL_CELL_TEXT;
    static const HilUnit one = {{{0}}, 1, 0};
    long shift = 0;
    bool decimal = !unit || (unit->offset == 0 && decimal_power(unit->scale, &shift));
    if (!decimal || !read_short_decimal(text, shift, value))
        *value = value_in_unit(text, cell->length, unit ? *unit : one);
    if (!isfinite(*value)) {
        *value = NAN;
        return HIL_CELL_TEXT;
    }
    return HIL_CELL_NUMBER;
}

bool hil_csv_header(const HilCsv *csv, const HilCsvCell *cell, size_t column, char *name, size_t size, HilUnit *unit,
                    char *unit_text, size_t unit_size, HilError *error)
{
    const char *open = memchr(cell->text, '[', cell->length), *next = open;
    bool closed = cell->length > 0 && cell->text[cell->length - 1] == ']';
    while (next && closed && (next = memchr(next + 1, '[', (size_t)(cell->text + cell->length - next - 1))))
        open = next; /* the last bracket holds the unit: "w[3][nS]" */
    *unit = (HilUnit){HIL_DIMENSIONLESS, 1, 0};
    unit_text[0] = '\0';
    size_t name_length = cell->length;
    if (open && closed) {
        size_t at = 0, length = (size_t)(cell->text + cell->length - open) - 2;
        if (length + 1 > unit_size || !hil_unit_parse(open + 1, length, unit, &at))
            return hil_csv_fail(csv, column, NULL, error, "'%.*s' is not a unit", (int)(length < 60 ? length : 60),
                                open + 1);
        memcpy(unit_text, open + 1, length);
        unit_text[length] = '\0';
        name_length = (size_t)(open - cell->text);
        while (name_length && cell->text[name_length - 1] == ' ')
            name_length--;
    }
    if (name_length + 1 > size)
        return hil_csv_fail(csv, column, NULL, error, "the column's name is longer than %zu bytes", size - 1);
    memcpy(name, cell->text, name_length);
    name[name_length] = '\0';
    return true;
}
