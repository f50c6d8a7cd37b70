/* The CSV reader: what it accepts, what it refuses and how it says where. */
#include "folder.h"
#include "hillock/csv.h"
#include "suite.h"

#include <math.h>

static Folder folder;

static HilTableFile *read_text(const char *text, HilCsvHeader header, HilError *error)
{
    char path[512];
    folder_path(&folder, "t.csv", path);
    file_write(path, text, strlen(text));
    return hil_csv_read_table(path, ',', header, NULL, error);
}

static void refused(const char *text, const char *why)
{
    HilError error = {""};
    HilTableFile *table = read_text(text, HIL_CSV_HEADER_AUTO, &error);
    ck_assert_msg(table == NULL, "accepted: %s", text);
    ck_assert_msg(strstr(error.text, why) != NULL, "'%s' does not say '%s'", error.text, why);
    ck_assert_ptr_nonnull(strstr(error.text, "t.csv"));
}

START_TEST(numbers_and_texts_are_told_apart)
{
    HilError error;
    HilTableFile *table = read_text("name,x,y\nA,1,-2.5e3\nB,.5,3.\n", HIL_CSV_HEADER_AUTO, &error);
    ck_assert_ptr_nonnull(table);
    ck_assert_uint_eq(table->row_count, 2);
    ck_assert_uint_eq(table->column_count, 3);
    ck_assert(table->has_header && !table->columns[0].numeric && table->columns[1].numeric);
    ck_assert_str_eq(table->columns[0].texts[1], "B");
    ck_assert(table->columns[1].values[0] == 1 && table->columns[1].values[1] == 0.5);
    ck_assert(table->columns[2].values[0] == -2500 && table->columns[2].values[1] == 3);
    ck_assert_int_eq(hil_table_file_find(table, "y"), 2);
    ck_assert_int_eq(hil_table_file_find(table, "z"), -1);
    hil_table_file_free(table);
}
END_TEST

START_TEST(quotes_crlf_and_byte_order_mark)
{
    HilError error;
    HilTableFile *table = read_text("\xef\xbb\xbf\"a, b\",\"c\"\"d\"\r\n 1 , \"x\ny\" \r\n\r\n2,z", HIL_CSV_HEADER_YES,
                                    &error);
    ck_assert_msg(table != NULL, "%s", table ? "" : error.text);
    ck_assert_str_eq(table->columns[0].name, "a, b");
    ck_assert_str_eq(table->columns[1].name, "c\"d");
    ck_assert_uint_eq(table->row_count, 2);
    ck_assert(table->columns[0].values[1] == 2);
    ck_assert_str_eq(table->columns[1].texts[0], "x\ny");
    hil_table_file_free(table);
}
END_TEST

START_TEST(lines_that_begin_with_a_hash_are_remarks)
{
    HilError error;
    HilTableFile *table = read_text("# made by hand\na,b\r\n# 1,2,3\r\n3,#4\n#end", HIL_CSV_HEADER_YES, &error);
    ck_assert_msg(table != NULL, "%s", table ? "" : error.text);
    ck_assert_uint_eq(table->row_count, 1);
    ck_assert_str_eq(table->columns[0].name, "a");
    ck_assert(table->columns[0].values[0] == 3);
    ck_assert_str_eq(table->columns[1].texts[0], "#4");
    hil_table_file_free(table);
}
END_TEST

START_TEST(a_table_without_header_is_recognised)
{
    HilError error;
    HilTableFile *table = read_text("0,1\n1,0\n", HIL_CSV_HEADER_AUTO, &error);
    ck_assert(table && !table->has_header && table->row_count == 2);
    ck_assert_str_eq(table->columns[0].name, "");
    hil_table_file_free(table);
}
END_TEST

START_TEST(header_units_scale_exactly)
{
    HilError error;
    HilTableFile *table = read_text("g [nS],t[ms],w[3][mV]\n0.3,.1,-70\n+1e1,1.,\n", HIL_CSV_HEADER_AUTO, &error);
    ck_assert_msg(table != NULL, "%s", table ? "" : error.text);
    ck_assert_str_eq(table->columns[0].name, "g");
    ck_assert_str_eq(table->columns[0].unit_text, "nS");
    ck_assert_str_eq(table->columns[2].name, "w[3]");
    /* The doubles that the decimal texts name, not products of two rounded ones. */
    ck_assert(table->columns[0].values[0] == 0.3e-9 && table->columns[0].values[1] == 1e-8);
    ck_assert(table->columns[1].values[0] == 1e-4 && table->columns[1].values[1] == 1e-3);
    ck_assert(table->columns[2].values[0] == -0.07 && isnan(table->columns[2].values[1]));
    hil_table_file_free(table);
}
END_TEST

/* strtod of the C library is correctly rounded, and so must cells be, in every notation; a unit only moves the point. */
START_TEST(numbers_are_correctly_rounded)
{
    uint64_t state = 7;
    const HilUnit nS = {{{-4, -2, 6, 4, 0, 0, 0}}, 1e-9, 0}, minute = {{{0, 0, 2, 0, 0, 0, 0}}, 60, 0};
    for (int i = 0; i < 20000; i++) {
        char text[80], moved[96];
        double value;
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint64_t draw = state >> 20;
        int digits = 1 + (int)(draw % 20), point = (int)(draw >> 8) % (digits + 1), at = 0;
        if (draw & 1)
            text[at++] = draw & 2 ? '-' : '+';
        for (int k = 0; k < digits; k++) {
            if (k == point)
                text[at++] = '.';
            text[at++] = (char)('0' + (state >> (k * 3)) % 10);
        }
        text[at] = '\0';
        if (draw & 4)
            at += sprintf(text + at, "e%d", (int)(draw >> 16) % 80 - 40);
        HilCsvCell cell = {text, (size_t)at, false};
        ck_assert_int_eq(hil_csv_number(&cell, NULL, &value), HIL_CELL_NUMBER);
        ck_assert_msg(value == strtod(text, NULL), "%s", text);
        char *mark = strchr(text, 'e');
        snprintf(moved, sizeof moved, "%.*se%ld", mark ? (int)(mark - text) : at, text,
                 (mark ? strtol(mark + 1, NULL, 10) : 0) - 9);
        ck_assert_int_eq(hil_csv_number(&cell, &nS, &value), HIL_CELL_NUMBER);
        ck_assert_msg(value == strtod(moved, NULL), "%s nS", text);
    }
    HilCsvCell cell = {"1.5", 3, false}, huge = {"1e999", 5, false};
    double value;
    ck_assert(hil_csv_number(&cell, &minute, &value) == HIL_CELL_NUMBER && value == 90);
    ck_assert(hil_csv_number(&huge, NULL, &value) == HIL_CELL_TEXT && isnan(value));
}
END_TEST

START_TEST(missing_cells_are_marked)
{
    HilError error;
    HilTableFile *table = read_text("a,b\n1,-\n,2\nnan,-inf\n", HIL_CSV_HEADER_AUTO, &error);
    ck_assert(table && table->columns[0].numeric && table->columns[1].numeric);
    ck_assert(table->columns[1].missing[0] && isnan(table->columns[1].values[0]) && table->columns[0].missing[1]);
    ck_assert(!table->columns[0].missing[2] && isnan(table->columns[0].values[2]));
    ck_assert(table->columns[1].values[2] == -INFINITY);
    hil_table_file_free(table);
}
END_TEST

START_TEST(errors_name_the_place)
{
    refused("a,b\n1,2\n3\n", "row 3, column 2: the row has 1 cells; the first row has 2");
    refused("a,b\n1,2\n3,4,5\n", "row 3, column 3");
    refused("a,b\n1,\"2\n3,4\n", "row 2, column 2: the quote that opens here is never closed");
    refused("a,b\n\"1\"x,2\n", "row 2, column 1: text follows the closing quote");
    refused("a,a\n1,2\n", "column 2 (a): column 1 has the same name");
    refused("g[qq],b\n1,2\n", "row 1, column 1: 'qq' is not a unit");
    refused("", "is empty");
    refused("\xff\xfe" "a", "UTF-16");
    HilError error;
    ck_assert_ptr_null(hil_csv_read_table("/nonexistent/t.csv", ',', HIL_CSV_HEADER_AUTO, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "No such file"));
    ck_assert_ptr_null(hil_csv_read_table("/tmp", ',', HIL_CSV_HEADER_AUTO, NULL, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "folder"));
}
END_TEST

START_TEST(limits_hold)
{
    HilError error;
    char path[512];
    folder_path(&folder, "t.csv", path);
    file_write(path, "1,2,3\n4,5,6\n7,8,9\n", 18);
    HilCsvLimits rows = {.rows = 2}, columns = {.columns = 2}, bytes = {.row_bytes = 2};
    ck_assert_ptr_null(hil_csv_read_table(path, ',', HIL_CSV_HEADER_NO, &rows, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "more than 2 rows"));
    ck_assert_ptr_null(hil_csv_read_table(path, ',', HIL_CSV_HEADER_NO, &columns, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "more than 2 columns"));
    ck_assert_ptr_null(hil_csv_read_table(path, ',', HIL_CSV_HEADER_NO, &bytes, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "longer than 2 bytes"));
}
END_TEST

/* Bytes of a linear congruential generator, biased towards the bytes that matter to the reader. */
START_TEST(any_bytes_give_a_table_or_an_error)
{
    static const char special[] = "\",\n\r \t-+.e0123456789[]naif\0";
    uint64_t state = (uint64_t)_i * 2654435761u + 1;
    char path[512], bytes[300];
    folder_path(&folder, "t.csv", path);
    for (int round = 0; round < 40; round++) {
        size_t size = 0;
        for (; size < sizeof bytes; size++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            uint32_t draw = (uint32_t)(state >> 33);
            if (draw % 61 == 0)
                break;
            bytes[size] = draw % 7 == 0 ? (char)(draw >> 8) : special[(draw >> 8) % (sizeof special - 1 - (draw & 1))];
        }
        file_write(path, bytes, size);
        HilError error = {""};
        HilTableFile *table = hil_csv_read_table(path, ',', (HilCsvHeader)(round % 3), NULL, &error);
        ck_assert((table != NULL) != (error.text[0] != '\0'));
        hil_table_file_free(table);
    }
}
END_TEST

START_TEST(rows_longer_than_a_piece_are_read)
{
    size_t columns = 40000; /* 240 KB a row, pieces are 64 KB */
    char path[512], *text = malloc(columns * 6 * 2 + 1), *at = text;
    for (size_t row = 0; row < 2; row++)
        for (size_t j = 0; j < columns; j++)
            at += sprintf(at, "%05zu%c", j, j + 1 < columns ? ',' : '\n');
    folder_path(&folder, "t.csv", path);
    file_write(path, text, (size_t)(at - text));
    HilError error;
    HilTableFile *table = hil_csv_read_table(path, ',', HIL_CSV_HEADER_AUTO, NULL, &error);
    ck_assert(table && table->column_count == columns && table->row_count == 2);
    for (size_t j = 0; j < columns; j++)
        ck_assert(table->columns[j].values[1] == (double)j);
    hil_table_file_free(table);
    free(text);
}
END_TEST

START_TEST(rows_and_lines_are_counted_apart)
{
    HilError error;
    char path[512];
    const HilCsvCell *cells;
    size_t count;
    folder_path(&folder, "t.csv", path);
    file_write(path, "\"a\nb\"\r\n\r\nc\rd", 12);
    HilCsv *csv = hil_csv_open(path, ',', NULL, &error);
    ck_assert_int_eq(hil_csv_next(csv, &cells, &count, &error), 1);
    ck_assert_uint_eq(hil_csv_line(csv), 1);
    ck_assert_int_eq(hil_csv_next(csv, &cells, &count, &error), 1);
    ck_assert_uint_eq(hil_csv_row(csv), 2);
    ck_assert_uint_eq(hil_csv_line(csv), 4);
    ck_assert_int_eq(hil_csv_next(csv, &cells, &count, &error), 1);
    ck_assert_str_eq(cells[0].text, "d");
    ck_assert_int_eq(hil_csv_next(csv, &cells, &count, &error), 0);
    hil_csv_close(csv);
}
END_TEST

int main(void) {
    folder = folder_make();
    const SuiteRow rows[] = {
        TEST(numbers_and_texts_are_told_apart),
        TEST(quotes_crlf_and_byte_order_mark),
        TEST(lines_that_begin_with_a_hash_are_remarks),
        TEST(a_table_without_header_is_recognised),
        TEST(header_units_scale_exactly),
        TEST(numbers_are_correctly_rounded),
        TEST(missing_cells_are_marked),
        TEST(errors_name_the_place),
        TEST(limits_hold),
        LOOP(any_bytes_give_a_table_or_an_error, 25),
        TEST(rows_longer_than_a_piece_are_read),
        TEST(rows_and_lines_are_counted_apart),
    };
    int failed = SUITE_RUN("csv", rows);
    folder_remove(&folder);
    return failed;
}
