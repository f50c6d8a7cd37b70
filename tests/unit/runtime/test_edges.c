/* Edge lists: what the CSV and HDF5 readers accept, the units they apply, and every row they refuse. */
#include "../../../runtime/src/hdf5_library.h"
#include "folder.h"
#include "hillock/edges.h"
#include "suite.h"

#include <math.h>
#include <sys/stat.h>

static Folder folder;
static char path[512];

static HilEdgeRequest make_request(void)
{
    HilUnit nS = {{{-4, -2, 6, 4, 0, 0, 0}}, 1e-9, 0};
    return (HilEdgeRequest){.source_name = "E", .target_name = "I", .source_size = 10, .target_size = 5,
                            .weight_unit = nS, .weight_unit_text = "nS"};
}

static bool read_text(const char *text, HilEdgeList *list, HilError *error)
{
    HilEdgeRequest request = make_request();
    file_write(folder_path(&folder, "e.csv", path), text, strlen(text));
    return hil_edges_read(path, &request, list, error);
}

static void refused(const char *text, const char *why)
{
    HilError error = {""};
    HilEdgeList list;
    ck_assert_msg(!read_text(text, &list, &error), "accepted: %s", text);
    ck_assert_msg(strstr(error.text, why) != NULL, "'%s' does not say '%s'", error.text, why);
    ck_assert(list.count == 0 && !list.sources && !list.weights);
}

START_TEST(csv_with_header_units_and_further_columns)
{
    HilEdgeList list;
    HilError error;
    bool good = read_text("target,note,weight[uS],source,delay[s]\n4,x,0.5,0,0.001\n0,y,-1,9,0\n", &list, &error);
    ck_assert_msg(good, "%s", error.text);
    ck_assert_uint_eq(list.count, 2);
    ck_assert(list.sources[0] == 0 && list.targets[0] == 4 && list.sources[1] == 9 && list.targets[1] == 0);
    ck_assert(list.weights[0] == 0.5e-6 && list.weights[1] == -1e-6 && list.delays[0] == 1e-3 && list.delays[1] == 0);
    hil_edges_free(&list);
}
END_TEST

START_TEST(csv_without_units_uses_the_connections_own)
{
    HilEdgeList list;
    HilError error;
    ck_assert_msg(read_text("source,target,weight,delay\n1,2,0.3,1.5\n", &list, &error), "%s", error.text);
    ck_assert(list.weights[0] == 0.3e-9 && list.delays[0] == 1.5e-3);
    hil_edges_free(&list);
}
END_TEST

START_TEST(csv_without_header)
{
    HilEdgeList list;
    HilError error;
    ck_assert_msg(read_text("1,2\n3,4\n1e0,2.0\n", &list, &error), "%s", error.text);
    ck_assert(list.count == 3 && list.sources[2] == 1 && list.targets[2] == 2 && !list.weights && !list.delays);
    hil_edges_free(&list);
}
END_TEST

START_TEST(csv_rows_that_are_wrong_are_named)
{
    refused("source,target\n1,2\n10,2\n", "row 3, column 1 (source): the source 10 is beyond the population E");
    refused("source,target\n1,5\n", "row 2, column 2 (target): the target 5 is beyond the population I, which has 5");
    refused("source,target\n-1,2\n", "the source -1 is negative");
    refused("source,target\n1.5,2\n", "the source 1.5 is not a whole number");
    refused("source,target\nnan,2\n", "is not a whole number");
    refused("source,target\ninf,2\n", "is not a whole number");
    refused("source,target\n1,two\n", "'two' is not a number");
    refused("source,target\n1,\n", "column 2 (target): there is no value");
    refused("source,target\n1\n", "the row has 1 cells; the first row has 2");
    refused("source,target,delay\n1,2,-0.1\n", "row 2, column 3 (delay): the delay -0.0001 s is negative");
    refused("source,target,weight\n1,2,inf\n", "the weight is not a finite number");
    refused("source,weight\n1,2\n", "no column 'target'");
    refused("source,target,weight[mV]\n1,2,3\n", "the weight is in mV, and this connection's weight is in nS");
    refused("source,target,delay[mV]\n1,2,3\n", "the delay is in mV, and this connection's delay is in ms");
    refused("source[ms],target\n1,2\n", "the source is in ms");
    refused("source,target,source\n1,2,3\n", "column 1 has the same name");
    refused("1\n2\n", "has 2 to 4 columns");
    refused("1,2,3,4,5\n", "this one has 5");
    refused("3x,2\n", "'3x' is not a number");
}
END_TEST

START_TEST(limits_and_empty_lists)
{
    HilEdgeRequest request = make_request();
    HilEdgeList list;
    HilError error;
    ck_assert(read_text("source,target\n", &list, &error) && list.count == 0);
    hil_edges_free(&list);
    ck_assert(read_text("", &list, &error) && list.count == 0);
    hil_edges_free(&list);
    request.limit = 1;
    file_write(path, "1,2\n3,4\n", 8);
    ck_assert(!hil_edges_read(path, &request, &list, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "more than 1 connections"));
    ck_assert(!hil_edges_read("/nonexistent/e.csv", &request, &list, &error));
    ck_assert(!hil_edges_read("/nonexistent/e.h5", &request, &list, &error));
    ck_assert_ptr_nonnull(strstr(error.text, "/nonexistent/e.h5"));
    request.source_size = ((uint64_t)1 << 32) + 1;
    ck_assert(!hil_edges_read(path, &request, &list, &error) && strstr(error.text, "2^32"));
}
END_TEST

/* ---- HDF5 ---- */

static void put(HilHdf5 *h, hid_t group, const char *name, hid_t type, size_t count, const void *values,
                const char *units)
{
    hsize_t size = count;
    hid_t space = h->H5Screate_simple(1, &size, NULL);
    hid_t dataset = h->H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ck_assert_int_ge(h->H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    if (units) { /* of fixed length, as older writers make them */
        hid_t text = h->H5Tcopy(h->H5T_C_S1_g);
        h->H5Tset_size(text, strlen(units));
        hid_t attribute = h->H5Acreate2(dataset, "units", text, h->H5Screate(H5S_SCALAR), H5P_DEFAULT, H5P_DEFAULT);
        ck_assert_int_ge(h->H5Awrite(attribute, text, units), 0);
        h->H5Aclose(attribute);
    }
    h->H5Dclose(dataset);
}

typedef struct SonataFile {
    int64_t sources[3], targets[3], group_index[3];
    double weights[3], delays[3];
    size_t weight_count;
    const char *weight_units, *delay_units;
    bool second_population, no_targets;
} SonataFile;

static const SonataFile sound = {.sources = {0, 9, 3}, .targets = {4, 0, 1}, .group_index = {0, 1, 2},
                                 .weights = {1, 2.5, -3}, .delays = {1.5, 0, 0.1}, .weight_count = 3};

static void write_sonata(const SonataFile *content)
{
    HilHdf5 h;
    ck_assert(hil_hdf5_load(&h, NULL, "", NULL));
    hid_t access = h.H5Pcreate(h.H5P_CLS_FILE_ACCESS_ID_g);
    h.H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    hid_t file = h.H5Fcreate(folder_path(&folder, "e.h5", path), HIL_HDF5_TRUNCATE, H5P_DEFAULT, access);
    hid_t edges = h.H5Gcreate2(file, "edges", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t group = h.H5Gcreate2(edges, "E_I", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    hid_t zero = h.H5Gcreate2(group, "0", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (content->second_population)
        h.H5Gcreate2(edges, "I_E", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    put(&h, group, "source_node_id", h.H5T_NATIVE_INT64_g, 3, content->sources, NULL);
    if (!content->no_targets)
        put(&h, group, "target_node_id", h.H5T_NATIVE_INT64_g, 3, content->targets, NULL);
    put(&h, group, "edge_group_index", h.H5T_NATIVE_INT64_g, 3, content->group_index, NULL);
    put(&h, zero, "syn_weight", h.H5T_NATIVE_DOUBLE_g, content->weight_count, content->weights, content->weight_units);
    put(&h, zero, "delay", h.H5T_NATIVE_DOUBLE_g, 3, content->delays, content->delay_units);
    h.H5Fclose(file);
    hil_hdf5_release(&h);
}

static void refused_sonata(SonataFile content, const char *population, const char *why)
{
    HilEdgeRequest request = make_request();
    HilEdgeList list;
    HilError error = {""};
    request.edge_population = population;
    write_sonata(&content);
    ck_assert(!hil_edges_read(path, &request, &list, &error));
    ck_assert_msg(strstr(error.text, why) != NULL, "'%s' does not say '%s'", error.text, why);
    ck_assert(list.count == 0 && !list.sources && !list.targets && !list.weights && !list.delays);
}

START_TEST(sonata_edges_are_read)
{
    HilEdgeRequest request = make_request();
    HilEdgeList list;
    HilError error;
    write_sonata(&sound);
    ck_assert_msg(hil_edges_read(path, &request, &list, &error), "%s", error.text);
    ck_assert(list.count == 3 && list.sources[1] == 9 && list.targets[0] == 4);
    ck_assert(list.weights[1] == 2.5e-9 && list.weights[2] == -3e-9); /* no units: the connection's nS, and ms */
    ck_assert(list.delays[0] == 1.5e-3 && list.delays[2] == 1e-4);
    hil_edges_free(&list);
    SonataFile units = sound;
    units.weight_units = "uS";
    units.delay_units = "s";
    write_sonata(&units);
    request.edge_population = "E_I";
    ck_assert_msg(hil_edges_read(path, &request, &list, &error), "%s", error.text);
    ck_assert(list.weights[0] == 1e-6 && list.delays[0] == 1.5);
    hil_edges_free(&list);
}
END_TEST

START_TEST(sonata_rows_that_are_wrong_are_named)
{
    SonataFile content = sound;
    content.sources[1] = 10;
    refused_sonata(content, NULL, "/edges/E_I/source_node_id, row 1: the source 10 is beyond the population E");
    content.sources[1] = -2;
    refused_sonata(content, NULL, "the source -2 is negative");
    content = sound;
    content.targets[2] = INT64_MAX;
    refused_sonata(content, NULL, "/edges/E_I/target_node_id, row 2");
    content = sound;
    content.delays[0] = -1;
    refused_sonata(content, NULL, "/edges/E_I/0/delay, row 0: the delay -0.001 s is negative");
    content = sound;
    content.weights[2] = NAN;
    refused_sonata(content, NULL, "/edges/E_I/0/syn_weight, row 2: the weight is not a finite number");
    content = sound;
    content.weight_count = 2;
    refused_sonata(content, NULL, "0/syn_weight has 2 entries; there are 3 connections");
    content = sound;
    content.weight_units = "mV";
    refused_sonata(content, NULL, "the weight is in mV, and this connection's weight is in nS");
    content.weight_units = "bananas";
    refused_sonata(content, NULL, "'bananas' is not a unit");
    content = sound;
    content.group_index[2] = 0;
    refused_sonata(content, NULL, "edges must be in the order of their group's rows");
    content = sound;
    content.no_targets = true;
    refused_sonata(content, NULL, "has no /edges/E_I/target_node_id");
    content = sound;
    content.second_population = true;
    refused_sonata(content, NULL, "has 2 edge populations; say which");
    refused_sonata(sound, "X", "no edge population 'X'");
    HilEdgeRequest request = make_request();
    HilEdgeList list;
    HilError error;
    file_write(path, "not HDF5 at all", 15);
    ck_assert(!hil_edges_read(path, &request, &list, &error) && strstr(error.text, "it is not an HDF5 file"));
}
END_TEST

/* Bytes of a sound file are changed at places drawn by a linear congruential generator. The HDF5 library itself crashes
 * on some of these; what the caller sees is a list within the populations, or an error that names the file. */
START_TEST(damaged_files_give_a_list_or_an_error)
{
    HilEdgeRequest request = make_request();
    uint64_t state = 1;
    write_sonata(&sound);
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    size_t size = (size_t)status.st_size;
    char *whole = file_read(path);
    unsigned char *damaged = malloc(size);
    int refused_files = 0;
    for (int round = 0; round < 200; round++) {
        memcpy(damaged, whole, size);
        for (int k = 0; k < 4; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            damaged[(state >> 33) % size] = (unsigned char)(state >> 20);
        }
        file_write(path, damaged, size);
        HilEdgeList list;
        HilError error = {""};
        if (hil_edges_read(path, &request, &list, &error)) {
            for (size_t k = 0; k < list.count; k++)
                ck_assert(list.sources[k] < 10 && list.targets[k] < 5 && (!list.delays || list.delays[k] >= 0));
        } else {
            ck_assert_ptr_nonnull(strstr(error.text, path));
            refused_files++;
        }
        hil_edges_free(&list);
    }
    ck_assert_int_gt(refused_files, 0);
    file_write(path, whole, size / 2); /* cut short */
    HilEdgeList list;
    HilError error = {""};
    ck_assert(!hil_edges_read(path, &request, &list, &error) && strstr(error.text, path));
    free(whole);
    free(damaged);
}
END_TEST

int main(void) {
    folder = folder_make();
    const SuiteRow rows[] = {
        TIMEOUT(60),
        TEST(csv_with_header_units_and_further_columns),
        TEST(csv_without_units_uses_the_connections_own),
        TEST(csv_without_header),
        TEST(csv_rows_that_are_wrong_are_named),
        TEST(limits_and_empty_lists),
        TEST(sonata_edges_are_read),
        TEST(sonata_rows_that_are_wrong_are_named),
        TEST(damaged_files_give_a_list_or_an_error),
    };
    int failed = SUITE_RUN("edges", rows);
    folder_remove(&folder);
    return failed;
}
