/* Recordings: what the store keeps, what the HDF5 and CSV writers put into files, and that nothing half-written stays.
 * HDF5 files are read back with the HDF5 library itself, by the names that SONATA gives. */
#include "../../../runtime/src/hdf5_library.h"
#include "../../../runtime/src/number_text.h"
#include "folder.h"
#include "hillock/csv.h"
#include "hillock/record.h"
#include "suite.h"

#include <float.h>
#include <math.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static Folder folder;
static char path[512];

/* 300 spikes of E in steps of 0.1 ms, one of I; V of cells 3, 7, 8 and a conductance in two compartments. */
static HilRecording *make_recording(void)
{
    HilProvenance provenance = {.model = "Net", .hillock_version = "0.1", .source = "neuron N { }", .source_hash = "ab12",
                                .options = "--seed 7", .seed = UINT64_MAX, .partial = true};
    HilRecording *recording = hil_recording_new(&provenance);
    HilSpikeTrain *E = hil_recording_train(recording, "E", 1000);
    for (uint32_t k = 0; k < 100; k++)
        ck_assert(hil_spike_train_append(E, k * 1e-4, (uint32_t[]){k, k + 1, 999}, 3));
    uint32_t first = 0;
    ck_assert(hil_spike_train_append(hil_recording_train(recording, "I", 10), 0.3, &first, 1));
    HilSignal *V = hil_recording_signal(recording, "E", "V", "mV", 1e-3, 0, 1e-4, 1e-4, (uint32_t[]){3, 7, 8}, NULL, 3);
    for (int k = 0; k < 50; k++) {
        double *row = hil_signal_next_row(V);
        for (int j = 0; j < 3; j++)
            row[j] = -0.07 + 1e-3 * sin(k + j) / 3;
    }
    HilSignal *g = hil_recording_signal(recording, "E", "g", "nS", 1e-9, 0, 0, 1e-3, (uint32_t[]){5, 5, 6},
                                        (uint32_t[]){0, 4, 1}, 3);
    memcpy(hil_signal_next_row(g), (double[]){1e-9, 2e-9, 0.3e-9}, 3 * sizeof(double));
    return recording;
}

/* ---- store ---- */

START_TEST(a_train_keeps_spikes_in_order)
{
    HilRecording *recording = make_recording();
    HilSpikeTrain *E = hil_recording_train(recording, "E", 1000);
    ck_assert_ptr_eq(E, recording->trains[0]);
    ck_assert_uint_eq(E->count, 300);
    ck_assert(E->times[299] == 99 * 1e-4 && E->ids[298] == 100 && hil_spike_train_sorted(E));
    uint32_t late[] = {5};
    hil_spike_train_append(E, 0.5e-4, late, 1);
    ck_assert(!hil_spike_train_sorted(E));
    ck_assert(hil_spike_train_sort(E) && hil_spike_train_sorted(E));
    ck_assert(E->times[3] == 0.5e-4 && E->ids[3] == 5 && E->times[4] == 1e-4 && E->ids[4] == 1);
    hil_recording_free(recording);
}
END_TEST

START_TEST(signals_of_one_name_are_told_apart)
{
    HilRecording *recording = make_recording();
    char name[64];
    hil_recording_signal(recording, "E", "V", "mV", 1e-3, 0, 0, 1e-3, NULL, NULL, 0);
    ck_assert_str_eq(hil_signal_name(recording, 0, name, sizeof name), "E.V");
    ck_assert_str_eq(hil_signal_name(recording, 2, name, sizeof name), "E.V.2");
    ck_assert(hil_record_write_hdf5(recording, folder_path(&folder, "same.h5", path), NULL));
    unlink(path);
    hil_recording_free(recording);
}
END_TEST

START_TEST(what_memory_cannot_hold_is_refused)
{
    HilRecording *recording = make_recording();
    HilSignal *V = recording->signals[0];
    ck_assert(!hil_signal_reserve(V, SIZE_MAX / 4));
    ck_assert_uint_eq(V->samples, 50);
    ck_assert(hil_signal_next_row(V) != NULL);
    hil_recording_free(recording);
}
END_TEST

/* ---- numbers ---- */

START_TEST(number_texts_read_back)
{
    char text[HIL_NUMBER_TEXT_SIZE], shifted[64];
    static const struct { double value; int shift; const char *text; } rows[] = {
        {1e-4, 3, "0.1"}, {0.3, 3, "300"}, {-0.07, 3, "-70"}, {0.1 + 0.2, 0, "0.30000000000000004"}, {0, 3, "0"},
        {-0.0, 0, "-0"}, {123456789, 0, "123456789"}, {1e22, 0, "1e22"}, {1.5e-9, 9, "1.5"}, {2e-9, 0, "2e-9"},
        {INFINITY, 0, "inf"}, {NAN, 0, "nan"}, {12300, 0, "12300"}, {5e-324, 0, "4.94065645841247e-324"},
        {0.00012, 0, "0.00012"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ck_assert_uint_eq(hil_number_text(rows[i].value, rows[i].shift, text), strlen(rows[i].text));
        ck_assert_str_eq(text, rows[i].text);
    }
    uint64_t state = 1;
    for (int i = 0; i < 20000; i++) {
        union { uint64_t bits; double value; } draw;
        state = state * 6364136223846793005u + 1442695040888963407u;
        draw.bits = state ^ state >> 29;
        if (!isfinite(draw.value) || fabs(draw.value) < 1e-290)
            continue;
        hil_number_text(draw.value, 0, text);
        ck_assert_msg(strtod(text, NULL) == draw.value, "%s", text);
        hil_number_text(draw.value, 9, text); /* a shifted text with its shift taken back */
        char *mark = strchr(text, 'e');
        long exponent = mark ? strtol(mark + 1, NULL, 10) : 0;
        snprintf(shifted, sizeof shifted, "%.*se%ld", mark ? (int)(mark - text) : (int)strlen(text), text, exponent - 9);
        ck_assert_msg(strtod(shifted, NULL) == draw.value, "%s", shifted);
    }
}
END_TEST

/* ---- HDF5 ---- */

/* Reads a whole dataset of at most 512 values. */
static size_t read_values(HilHdf5 *h, hid_t file, const char *name, hid_t type, void *values)
{
    hid_t dataset = h->H5Dopen2(file, name, H5P_DEFAULT);
    ck_assert_msg(dataset >= 0, "no %s", name);
    hid_t space = h->H5Dget_space(dataset);
    hsize_t sizes[2] = {1, 1};
    h->H5Sget_simple_extent_dims(space, sizes, NULL);
    ck_assert_uint_le(sizes[0] * sizes[1], 512);
    ck_assert_int_ge(h->H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    h->H5Sclose(space);
    h->H5Dclose(dataset);
    return sizes[0] * sizes[1];
}

static void read_attribute(HilHdf5 *h, hid_t at, const char *name, hid_t type, void *value)
{
    hid_t attribute = h->H5Aopen(at, name, H5P_DEFAULT);
    ck_assert_msg(attribute >= 0, "no attribute %s", name);
    hid_t own = type < 0 ? h->H5Aget_type(attribute) : type;
    ck_assert_int_ge(h->H5Aread(attribute, own, value), 0);
    h->H5Aclose(attribute);
}

static void check_text(HilHdf5 *h, hid_t file, const char *object, const char *name, const char *expected)
{
    char *text = NULL;
    hid_t at = h->H5Dopen2(file, object, H5P_DEFAULT);
    if (at < 0)
        at = h->H5Gopen2(file, object, H5P_DEFAULT);
    read_attribute(h, at, name, -1, &text);
    ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(hdf5_holds_spikes_as_sonata_says)
{
    HilRecording *recording = make_recording();
    HilError error;
    HilHdf5 h;
    ck_assert_msg(hil_record_write_hdf5(recording, folder_path(&folder, "a.h5", path), &error), "%s", error.text);
    ck_assert(hil_hdf5_load(&h, NULL, "", &error));
    hid_t file = h.H5Fopen(path, HIL_HDF5_READ_ONLY, H5P_DEFAULT);
    double times[512];
    uint64_t ids[512], seed;
    uint32_t magic, version[2];
    uint8_t partial, sorting;
    ck_assert_uint_eq(read_values(&h, file, "/spikes/E/timestamps", h.H5T_NATIVE_DOUBLE_g, times), 300);
    ck_assert_uint_eq(read_values(&h, file, "/spikes/E/node_ids", h.H5T_NATIVE_UINT64_g, ids), 300);
    const HilSpikeTrain *E = recording->trains[0];
    for (size_t k = 0; k < 300; k++) {
        /* s to ms is one multiplication by 1000: half an ulp */
        ck_assert(fabs(times[k] - E->times[k] * 1e3) <= fabs(times[k]) * DBL_EPSILON / 2);
        ck_assert_uint_eq(ids[k], E->ids[k]);
    }
    check_text(&h, file, "/spikes/E/timestamps", "units", "ms");
    hid_t group = h.H5Gopen2(file, "/spikes/E", H5P_DEFAULT);
    hid_t attribute = h.H5Aopen(group, "sorting", H5P_DEFAULT);
    ck_assert_int_eq(h.H5Tget_class(h.H5Aget_type(attribute)), H5T_ENUM);
    read_attribute(&h, group, "sorting", -1, &sorting);
    ck_assert_uint_eq(sorting, 2); /* by_time */
    hid_t root = h.H5Gopen2(file, "/", H5P_DEFAULT);
    read_attribute(&h, root, "magic", h.H5T_NATIVE_UINT32_g, &magic);
    read_attribute(&h, root, "version", h.H5T_NATIVE_UINT32_g, version);
    read_attribute(&h, root, "seed", h.H5T_NATIVE_UINT64_g, &seed);
    read_attribute(&h, root, "partial", h.H5T_NATIVE_UINT8_g, &partial);
    ck_assert(magic == 0x0A7A && version[0] == 0 && version[1] == 1 && seed == UINT64_MAX && partial == 1);
    check_text(&h, file, "/", "model", "Net");
    check_text(&h, file, "/", "source", "neuron N { }");
    check_text(&h, file, "/", "source_hash", "ab12");
    check_text(&h, file, "/", "options", "--seed 7");
    check_text(&h, file, "/", "hillock_version", "0.1");
    h.H5Fclose(file);
    hil_hdf5_release(&h);
    ck_assert_int_eq(folder_count(&folder), 1);
    unlink(path);
    hil_recording_free(recording);
}
END_TEST

START_TEST(hdf5_holds_signals_as_sonata_says)
{
    HilRecording *recording = make_recording();
    HilError error;
    HilHdf5 h;
    ck_assert_msg(hil_record_write_hdf5(recording, folder_path(&folder, "b.h5", path), &error), "%s", error.text);
    ck_assert(hil_hdf5_load(&h, NULL, "", &error));
    hid_t file = h.H5Fopen(path, HIL_HDF5_READ_ONLY, H5P_DEFAULT);
    double values[512], time[3];
    uint64_t ids[512], pointers[512];
    uint32_t elements[512];
    const HilSignal *V = recording->signals[0];
    ck_assert_uint_eq(read_values(&h, file, "/report/E.V/data", h.H5T_NATIVE_DOUBLE_g, values), 150);
    for (size_t k = 0; k < 150; k++)
        ck_assert(fabs(values[k] - V->values[k] * 1e3) <= fabs(values[k]) * DBL_EPSILON / 2);
    check_text(&h, file, "/report/E.V/data", "units", "mV");
    ck_assert_uint_eq(read_values(&h, file, "/report/E.V/mapping/time", h.H5T_NATIVE_DOUBLE_g, time), 3);
    /* start 0.1 ms, 50 samples of 0.1 ms, the stop excluded */
    ck_assert_double_eq_tol(time[0], 0.1, DBL_EPSILON);
    ck_assert_double_eq_tol(time[1], 5.1, 5.1 * 2 * DBL_EPSILON);
    ck_assert_double_eq_tol(time[2], 0.1, DBL_EPSILON);
    check_text(&h, file, "/report/E.V/mapping/time", "units", "ms");
    ck_assert_uint_eq(read_values(&h, file, "/report/E.V/mapping/node_ids", h.H5T_NATIVE_UINT64_g, ids), 3);
    ck_assert(ids[0] == 3 && ids[1] == 7 && ids[2] == 8);
    ck_assert_uint_eq(read_values(&h, file, "/report/E.V/mapping/index_pointers", h.H5T_NATIVE_UINT64_g, pointers), 4);
    ck_assert(pointers[0] == 0 && pointers[3] == 3);
    /* two compartments of one cell are one node with two elements */
    ck_assert_uint_eq(read_values(&h, file, "/report/E.g/mapping/node_ids", h.H5T_NATIVE_UINT64_g, ids), 2);
    ck_assert_uint_eq(read_values(&h, file, "/report/E.g/mapping/index_pointer", h.H5T_NATIVE_UINT64_g, pointers), 3);
    ck_assert_uint_eq(read_values(&h, file, "/report/E.g/mapping/element_ids", h.H5T_NATIVE_UINT32_g, elements), 3);
    ck_assert(ids[0] == 5 && ids[1] == 6 && pointers[1] == 2 && elements[1] == 4 && elements[2] == 1);
    /* the population's own name leads to its first variable */
    ck_assert_uint_eq(read_values(&h, file, "/report/E/data", h.H5T_NATIVE_DOUBLE_g, values), 150);
    check_text(&h, file, "/report/E", "variable", "V");
    h.H5Fclose(file);
    hil_hdf5_release(&h);
    unlink(path);
    hil_recording_free(recording);
}
END_TEST

START_TEST(hdf5_holds_connections_with_both_ends)
{
    HilRecording *recording = hil_recording_new(NULL);
    HilSignal *weight = hil_recording_signal(recording, "EI", "weight", "nS", 1e-9, 0, 1e-3, 1e-3, (uint32_t[]){3, 3, 8},
                                             (uint32_t[]){0, 4, 1}, 3);
    ck_assert(hil_signal_connects(weight, "E", "I"));
    memcpy(hil_signal_next_row(weight), (double[]){1e-9, 2e-9, 0.5e-9}, 3 * sizeof(double));
    ck_assert(hil_record_write_hdf5(recording, folder_path(&folder, "connections.h5", path), NULL));
    HilHdf5 h;
    ck_assert(hil_hdf5_load(&h, NULL, "", NULL));
    hid_t file = h.H5Fopen(path, HIL_HDF5_READ_ONLY, H5P_DEFAULT);
    double values[512];
    uint64_t ids[512];
    ck_assert_uint_eq(read_values(&h, file, "/report/EI.weight/data", h.H5T_NATIVE_DOUBLE_g, values), 3);
    ck_assert(values[0] == 1 && values[1] == 2 && values[2] == 0.5);
    ck_assert_uint_eq(read_values(&h, file, "/report/EI.weight/mapping/source_node_id", h.H5T_NATIVE_UINT64_g, ids), 3);
    ck_assert(ids[0] == 3 && ids[1] == 3 && ids[2] == 8);
    ck_assert_uint_eq(read_values(&h, file, "/report/EI/mapping/target_node_id", h.H5T_NATIVE_UINT64_g, ids), 3);
    ck_assert(ids[0] == 0 && ids[1] == 4 && ids[2] == 1);
    ck_assert_uint_eq(read_values(&h, file, "/report/EI/mapping/time", h.H5T_NATIVE_DOUBLE_g, values), 3);
    ck_assert_double_eq_tol(values[1], 2, 2 * DBL_EPSILON);
    check_text(&h, file, "/report/EI/mapping/source_node_id", "node_population", "E");
    check_text(&h, file, "/report/EI/mapping/target_node_id", "node_population", "I");
    h.H5Fclose(file);
    hil_hdf5_release(&h);
    hil_recording_free(recording);
    unlink(path);
}
END_TEST

START_TEST(hdf5_writes_more_than_a_slab)
{
    HilRecording *recording = hil_recording_new(NULL);
    size_t width = 700, rows = 300; /* 210,000 values, slabs are 32,768 */
    uint32_t *ids = calloc(width, sizeof *ids);
    HilSignal *signal = hil_recording_signal(recording, "E", "x", "", 1, 0, 0, 1, ids, NULL, width);
    for (size_t k = 0; k < rows; k++) {
        double *row = hil_signal_next_row(signal);
        for (size_t j = 0; j < width; j++)
            row[j] = (double)(k * width + j);
    }
    ck_assert(hil_record_write_hdf5(recording, folder_path(&folder, "c.h5", path), NULL));
    HilHdf5 h;
    ck_assert(hil_hdf5_load(&h, NULL, "", NULL));
    hid_t file = h.H5Fopen(path, HIL_HDF5_READ_ONLY, H5P_DEFAULT), dataset = h.H5Dopen2(file, "/report/E/data", H5P_DEFAULT);
    double *values = malloc(width * rows * sizeof *values);
    ck_assert_int_ge(h.H5Dread(dataset, h.H5T_NATIVE_DOUBLE_g, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    for (size_t k = 0; k < width * rows; k++)
        ck_assert(values[k] == (double)k);
    h.H5Fclose(file);
    hil_hdf5_release(&h);
    unlink(path);
    free(values);
    free(ids);
    hil_recording_free(recording);
}
END_TEST

START_TEST(a_source_longer_than_64_kb_is_kept)
{
    HilProvenance provenance = {.source = calloc(1, 200001)};
    memset(provenance.source, 'x', 200000);
    HilRecording *recording = hil_recording_new(&provenance);
    HilError error;
    HilHdf5 h;
    ck_assert_msg(hil_record_write_hdf5(recording, folder_path(&folder, "d.h5", path), &error), "%s", error.text);
    ck_assert(hil_hdf5_load(&h, NULL, "", NULL));
    hid_t file = h.H5Fopen(path, HIL_HDF5_READ_ONLY, H5P_DEFAULT);
    check_text(&h, file, "/", "source", provenance.source);
    h.H5Fclose(file);
    hil_hdf5_release(&h);
    unlink(path);
    hil_recording_free(recording);
    free(provenance.source);
}
END_TEST

START_TEST(a_missing_hdf5_library_is_explained)
{
    static const char *const names[] = {"libhdf5-that-is-nowhere.so", NULL};
    HilError error;
    HilHdf5 h;
    ck_assert(!hil_hdf5_load(&h, names, "; or else", &error));
    ck_assert_ptr_nonnull(strstr(error.text, "apt install hdf5-tools); or else"));
    static const char *const wrong[] = {"libm.so.6", NULL};
    ck_assert(!hil_hdf5_load(&h, wrong, "", &error));
    ck_assert_ptr_nonnull(strstr(error.text, "lacks H5open"));
}
END_TEST

/* ---- CSV ---- */

/* Reads a CSV file of numbers in `unit`s and compares with the doubles of the run, bit for bit. */
START_TEST(csv_reads_back_the_same_doubles)
{
    HilRecording *recording = make_recording();
    HilError error;
    ck_assert_msg(hil_record_write(recording, folder_path(&folder, "out.csv", path), &error), "%s", error.text);
    ck_assert_int_eq(folder_count(&folder), 3);
    HilTableFile *table = hil_csv_read_table(folder_path(&folder, "out.spikes.csv", path), ',', HIL_CSV_HEADER_YES, NULL,
                                             &error);
    ck_assert_msg(table != NULL, "%s", table ? "" : error.text);
    ck_assert_uint_eq(table->row_count, 301);
    ck_assert_str_eq(table->columns[0].name, "time_ms");
    ck_assert_str_eq(table->columns[1].texts[300], "I");
    hil_table_file_free(table);

    const HilUnit ms = {{{0, 0, 2, 0, 0, 0, 0}}, 1e-3, 0};
    HilCsv *csv = hil_csv_open(path, ',', NULL, &error);
    const HilCsvCell *cells;
    size_t count;
    double value;
    hil_csv_next(csv, &cells, &count, &error);
    for (size_t k = 0; k < 300; k++) {
        ck_assert_int_eq(hil_csv_next(csv, &cells, &count, &error), 1);
        ck_assert_int_eq(hil_csv_number(&cells[0], &ms, &value), HIL_CELL_NUMBER);
        ck_assert(value == recording->trains[0]->times[k]);
        hil_csv_number(&cells[2], NULL, &value);
        ck_assert(value == recording->trains[0]->ids[k]);
    }
    hil_csv_close(csv);

    table = hil_csv_read_table(folder_path(&folder, "out.E.V.csv", path), ',', HIL_CSV_HEADER_YES, NULL, &error);
    ck_assert_msg(table != NULL, "%s", table ? "" : error.text);
    ck_assert(table->row_count == 50 && table->column_count == 4);
    ck_assert_str_eq(table->columns[2].name, "V.7");
    ck_assert_str_eq(table->columns[2].unit_text, "mV");
    for (size_t k = 0; k < 50; k++)
        for (size_t j = 0; j < 3; j++)
            ck_assert(table->columns[j + 1].values[k] == recording->signals[0]->values[3 * k + j]);
    hil_table_file_free(table);
    table = hil_csv_read_table(folder_path(&folder, "out.E.g.csv", path), ',', HIL_CSV_HEADER_YES, NULL, &error);
    ck_assert_str_eq(table->columns[2].name, "g.5.4");
    ck_assert(table->columns[3].values[0] == 0.3e-9);
    hil_table_file_free(table);
    hil_recording_free(recording);
    folder_remove(&folder);
    mkdir(folder.path, 0700);
}
END_TEST

START_TEST(csv_goes_into_a_folder)
{
    HilRecording *recording = make_recording();
    HilError error;
    ck_assert_msg(hil_record_write(recording, folder.path, &error), "%s", error.text);
    char *text = file_read(folder_path(&folder, "spikes.csv", path));
    ck_assert_ptr_nonnull(text);
    ck_assert_ptr_eq(strstr(text, "time_ms,population,id\n0,E,0\n0,E,1\n0,E,999\n0.1,E,1\n"), text);
    free(text);
    hil_recording_free(recording);
    folder_remove(&folder);
    mkdir(folder.path, 0700);
}
END_TEST

/* ---- what fails leaves nothing ---- */

static void refused(const HilRecording *recording, const char *target, const char *why)
{
    HilError error = {""};
    ck_assert_msg(!hil_record_write(recording, target, &error), "%s was written", target);
    ck_assert_msg(strstr(error.text, why) != NULL, "'%s' does not say '%s'", error.text, why);
}

START_TEST(folders_that_cannot_be_written_are_named)
{
    HilRecording *recording = make_recording();
    char inner[512];
    snprintf(inner, sizeof inner, "%s/nowhere/x.h5", folder.path);
    refused(recording, inner, "nowhere' does not exist");
    snprintf(inner, sizeof inner, "%s/nowhere/x.csv", folder.path);
    refused(recording, inner, "nowhere' does not exist");
    refused(recording, folder_path(&folder, "x.txt", path), "none of .h5, .hdf5, .csv");
    folder_path(&folder, "d.h5", inner);
    HilError error;
    mkdir(inner, 0700);
    ck_assert(!hil_record_write_hdf5(recording, inner, &error) && strstr(error.text, "this is a folder's"));
    rmdir(inner);
    ck_assert_int_eq(folder_count(&folder), 0);
    chmod(folder.path, 0555);
    if (geteuid() == 0) /* no permission binds the superuser: be someone else in this test's own process */
        ck_assert_int_eq(seteuid(65534), 0);
    refused(recording, folder_path(&folder, "x.h5", path), "no permission");
    refused(recording, folder_path(&folder, "x.csv", path), "no permission");
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    chmod(folder.path, 0700);
    hil_recording_free(recording);
}
END_TEST

START_TEST(csv_files_appear_together_or_not_at_all)
{
    HilRecording *recording = make_recording();
    char last[512], target[512];
    mkdir(folder_path(&folder, "x.E.g.csv", last), 0700); /* the last of three files cannot be made */
    refused(recording, folder_path(&folder, "x.csv", target), "x.E.g.csv': a file's name is needed");
    ck_assert_int_eq(folder_count(&folder), 1);
    rmdir(last);
    hil_recording_free(recording);
}
END_TEST

/* A limit on the size of files fails a write in its middle, as a full disk does. */
START_TEST(a_failing_write_leaves_the_old_file)
{
    static const char *const names[] = {"x.h5", "x.csv"};
    HilRecording *recording = make_recording();
    HilSpikeTrain *train = recording->trains[0];
    uint32_t id = 0;
    for (int k = 0; k < 60000; k++)
        hil_spike_train_append(train, 1 + k * 1e-4, &id, 1);
    folder_path(&folder, _i ? "x.spikes.csv" : "x.h5", path);
    file_write(path, "old", 3);
    signal(SIGXFSZ, SIG_IGN);
    struct rlimit limit, small;
    getrlimit(RLIMIT_FSIZE, &limit);
    small = limit;
    small.rlim_cur = 100000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    HilError error = {""};
    char target[512];
    bool written = hil_record_write(recording, folder_path(&folder, names[_i], target), &error);
    setrlimit(RLIMIT_FSIZE, &limit);
    ck_assert(!written);
    ck_assert_msg(strstr(error.text, "File too large") != NULL, "%s", error.text);
    char *text = file_read(path);
    ck_assert_str_eq(text, "old");
    free(text);
    ck_assert_int_eq(folder_count(&folder), 1);
    ck_assert_msg(hil_record_write(recording, target, &error), "%s", error.text); /* and it can be tried again */
    hil_recording_free(recording);
    folder_remove(&folder);
    mkdir(folder.path, 0700);
}
END_TEST

int main(void) {
    folder = folder_make();
    const SuiteRow rows[] = {
        TEST(a_train_keeps_spikes_in_order),
        TEST(signals_of_one_name_are_told_apart),
        TEST(what_memory_cannot_hold_is_refused),
        TEST(number_texts_read_back),
        TEST(hdf5_holds_spikes_as_sonata_says),
        TEST(hdf5_holds_signals_as_sonata_says),
        TEST(hdf5_holds_connections_with_both_ends),
        TEST(hdf5_writes_more_than_a_slab),
        TEST(a_source_longer_than_64_kb_is_kept),
        TEST(a_missing_hdf5_library_is_explained),
        TEST(csv_reads_back_the_same_doubles),
        TEST(csv_goes_into_a_folder),
        TEST(folders_that_cannot_be_written_are_named),
        TEST(csv_files_appear_together_or_not_at_all),
        LOOP(a_failing_write_leaves_the_old_file, 2),
    };
    int failed = SUITE_RUN("record", rows);
    folder_remove(&folder);
    return failed;
}
