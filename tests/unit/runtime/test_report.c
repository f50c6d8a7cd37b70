/* Reports: the page is one closed file, its texts are data and not markup, and its blobs decode to the results that
 * went in. That panels draw is the browser test's matter (tests/browser). */
#include "../../../runtime/src/report_parts.h"
#include "folder.h"
#include "suite.h"

#include <math.h>

static Folder folder;
static char path[512];
static HilRecording *recording;
static HilReport *report;

static void open_report(void)
{
    recording = hil_recording_new(NULL);
    report = hil_report_new("t");
}

static void close_report(void)
{
    hil_report_free(report);
    hil_recording_free(recording);
}

static char *write_page(void)
{
    HilError error;
    ck_assert_msg(hil_report_write(report, folder_path(&folder, "report.html", path), &error), "%s", error.text);
    ck_assert_int_eq(folder_count(&folder), 1);
    char *page = file_read(path);
    unlink(path);
    return page;
}

/* The number of the first `key` (with its quotes) after `from`. */
static double number_after(const char *from, const char *key)
{
    char mark[64];
    snprintf(mark, sizeof mark, "%s:", key);
    const char *at = strstr(from, mark);
    ck_assert_msg(at != NULL, "no %s", key);
    return strtod(at + strlen(mark), NULL);
}

static int base64_value(char c)
{
    const char *alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", *at = strchr(alphabet, c);
    return c && at ? (int)(at - alphabet) : -1;
}

/* The bytes of a blob of the page; the caller frees them. */
static unsigned char *read_blob(const char *page, int index, size_t *size)
{
    char mark[64];
    snprintf(mark, sizeof mark, "id=\"blob-%d\">", index);
    const char *at = strstr(page, mark);
    ck_assert_ptr_nonnull(at);
    at += strlen(mark);
    unsigned char *bytes = malloc(strlen(at) + 4);
    unsigned bits = 0, held = 0;
    *size = 0;
    for (; base64_value(*at) >= 0; at++) {
        bits = bits << 6 | (unsigned)base64_value(*at);
        if ((held += 6) >= 8)
            bytes[(*size)++] = (unsigned char)(bits >> (held -= 8));
    }
    return bytes;
}

static float *read_floats(const char *page, const char *from, const char *key, size_t count)
{
    size_t size;
    float *values = (float *)(void *)read_blob(page, (int)number_after(from, key), &size);
    ck_assert_uint_eq(size, count * sizeof *values);
    return values;
}

START_TEST(texts_are_data_and_not_markup)
{
    hil_report_free(report);
    report = hil_report_new("</script><b>&\"\x01\xff");
    hil_report_expectation(report, "a < b", false, "\xed\xa0\x80"); /* a surrogate is no character */
    hil_report_describe(report, "caf\xc3\xa9\\");
    hil_report_table(report, "T", (const char *const[]){"a", "b"}, 2);
    hil_report_row(report, (const char *const[]){"1", "2"});
    hil_report_table(report, "U", (const char *const[]){"c"}, 1);
    hil_report_row(report, (const char *const[]){"3"});
    char *page = write_page();
    ck_assert_ptr_nonnull(strstr(page, "<title>&lt;/script>&lt;b>&amp;"));
    ck_assert_ptr_nonnull(strstr(page, "\"title\":\"\\u003c/script\\u003e\\u003cb\\u003e\\u0026\\\"\\u0001\xef\xbf\xbd\""));
    ck_assert_ptr_nonnull(strstr(page, "{\"text\":\"a \\u003c b\",\"holds\":false,\"found\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}"));
    ck_assert_ptr_nonnull(strstr(page, "\"description\":\"caf\xc3\xa9\\\\\""));
    ck_assert_ptr_nonnull(strstr(page, "\"tables\":[{\"title\":\"T\",\"columns\":[\"a\",\"b\"],\"rows\":[[\"1\",\"2\"]]},"
                                       "{\"title\":\"U\",\"columns\":[\"c\"],\"rows\":[[\"3\"]]}],"));
    free(page);
}
END_TEST

START_TEST(the_page_asks_nothing_of_the_network)
{
    char *page = write_page();
    static const char *const forbidden[] = {" src=", " href=", "@import", "url(", "fetch(", "XMLHttpRequest", "import("};
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        ck_assert_msg(strstr(page, forbidden[i]) == NULL, "the page has %s", forbidden[i]);
    ck_assert_ptr_nonnull(strstr(page, "default-src 'none'"));
    ck_assert_ptr_nonnull(strstr(page, "uPlot"));
    /* Scripts are closed as often as they are opened: no embedded file ends one early. */
    int opened = 0, closed = 0;
    for (const char *c = page; (c = strstr(c, "<script")); c++)
        opened++;
    for (const char *c = page; (c = strstr(c, "</script")); c++)
        closed++;
    ck_assert_int_eq(opened, 3);
    ck_assert_int_eq(closed, 3);
    free(page);
}
END_TEST

START_TEST(rasters_hold_the_spikes_in_order)
{
    HilSpikeTrain *train = hil_recording_train(recording, "E", 70000); /* ids of 32 bits */
    static const double times[] = {0.25, 0.25, 1.5, 0.75, 3.5, 9.0};    /* 0.75 is late, 9 lies outside */
    static const uint32_t ids[] = {69999, 3, 1, 2, 0, 5};
    for (size_t k = 0; k < 6; k++)
        hil_spike_train_append(train, times[k], &ids[k], 1);
    hil_report_raster(report, "r", (const HilSpikeTrain *const[]){train}, 1, 0.125, 4);
    char *page = write_page();
    const char *panel = strstr(page, "\"kind\":\"raster\"");
    ck_assert_ptr_nonnull(panel);
    ck_assert(number_after(panel, "\"count\"") == 5 && number_after(panel, "\"total\"") == 6);
    ck_assert(number_after(panel, "\"idBytes\"") == 4 && number_after(panel, "\"every\"") == 1);
    double tick = number_after(panel, "\"tick\"");
    ck_assert(tick > 0 && tick <= 1e-6);
    size_t size, id_size;
    unsigned char *bytes = read_blob(page, (int)number_after(panel, "\"times\""), &size), *at = bytes;
    uint32_t *shown = (uint32_t *)(void *)read_blob(page, (int)number_after(panel, "\"ids\""), &id_size);
    ck_assert_uint_eq(id_size, 20);
    /* by time, equal times by id */
    static const double sorted[] = {0.25, 0.25, 0.75, 1.5, 3.5};
    static const uint32_t sorted_ids[] = {3, 69999, 2, 1, 0};
    uint64_t ticks = 0;
    for (size_t k = 0; k < 5; k++) {
        uint64_t step = 0;
        int shift = 0;
        do
            step |= (uint64_t)(*at & 127) << shift, shift += 7;
        while (*at++ & 128);
        ticks += step;
        ck_assert(fabs(0.125 + (double)ticks * tick - sorted[k]) <= tick);
        ck_assert_uint_eq(shown[k], sorted_ids[k]);
    }
    ck_assert_ptr_eq(at, bytes + size);
    free(bytes);
    free(shown);
    free(page);
}
END_TEST

START_TEST(large_rasters_are_thinned_by_cells)
{
    HilSpikeTrain *train = hil_recording_train(recording, "E", 30);
    uint32_t ids[30];
    for (uint32_t j = 0; j < 30; j++)
        ids[j] = j;
    for (int k = 0; k < 300000; k++) /* 9 million spikes: more than twice what is shown */
        ck_assert(hil_spike_train_append(train, k * 1e-4, ids, 30));
    hil_report_raster(report, "r", (const HilSpikeTrain *const[]){train}, 1, 0, 30);
    ck_assert_ptr_nonnull(strstr(report->panels.text, "\"every\":3"));
    ck_assert_ptr_nonnull(strstr(report->panels.text, "\"total\":9000000,\"count\":3000000"));
    ck_assert_uint_lt(report->blobs[0].size + report->blobs[1].size, 12000000);
}
END_TEST

START_TEST(rates_count_spikes_per_cell_and_second)
{
    HilSpikeTrain *train = hil_recording_train(recording, "E", 10);
    uint32_t id = 0;
    for (int k = 0; k < 100; k++) /* on the grid of 0.1 ms steps: 50 in each 5 ms, edges included */
        hil_spike_train_append(train, k * 1e-4, &id, 1);
    hil_report_rates(report, "r", (const HilSpikeTrain *const[]){train}, 1, 0, 0.02, 0.005);
    char *page = write_page();
    const char *panel = strstr(page, "\"kind\":\"lines\"");
    ck_assert(number_after(panel, "\"count\"") == 4 && number_after(panel, "\"every\"") == 0.005);
    float *rates = read_floats(page, panel, "\"values\"", 4);
    ck_assert(rates[0] == 1000 && rates[1] == 1000 && rates[2] == 0 && rates[3] == 0); /* 50/(10 * 5 ms) */
    free(rates);
    free(page);
}
END_TEST

START_TEST(traces_come_in_their_unit)
{
    HilSignal *V = hil_recording_signal(recording, "E", "V", "mV", 1e-3, 0, 0, 1e-3, (uint32_t[]){4, 9}, NULL, 2);
    for (int k = 0; k < 5; k++)
        memcpy(hil_signal_next_row(V), (double[]){-0.07 + k * 1e-3, k == 2 ? NAN : 0.01}, 2 * sizeof(double));
    hil_report_signal(report, "V", V);
    char *page = write_page();
    const char *second = strstr(page, "\"E[9]\"");
    ck_assert_ptr_nonnull(second);
    float *first_values = read_floats(page, strstr(page, "\"E[4]\""), "\"values\"", 5);
    float *values = read_floats(page, second, "\"values\"", 5);
    for (int k = 0; k < 5; k++)
        ck_assert(first_values[k] == (float)((-0.07 + k * 1e-3) * 1e3));
    ck_assert(values[0] == 10 && isnan(values[2]));
    free(first_values);
    free(values);
    free(page);
}
END_TEST

START_TEST(long_traces_keep_their_extremes)
{
    HilSignal *V = hil_recording_signal(recording, "E", "V", "V", 1, 0, 0, 1e-3, (uint32_t[]){0}, NULL, 1);
    size_t samples = 3000000; /* two million values are kept */
    for (size_t k = 0; k < samples; k++)
        *hil_signal_next_row(V) = k == 1234567 ? 5 : k == 2345678 ? -5 : 0;
    hil_report_signal(report, "V", V);
    double bucket = number_after(report->panels.text, "\"bucket\"");
    ck_assert(bucket == 3);
    ck_assert(number_after(report->panels.text, "\"every\"") == 1e-3 * bucket / 2);
    size_t count = report->blobs[0].size / sizeof(float), high = 0, low = 0;
    ck_assert_uint_eq(count, 2000000);
    const float *values = (const float *)(const void *)report->blobs[0].bytes;
    for (size_t k = 0; k < count; k++) {
        high += values[k] == 5 && k / 2 == 1234567 / 3;
        low += values[k] == -5 && k / 2 == 2345678 / 3;
    }
    ck_assert(high == 1 && low == 1);
}
END_TEST

START_TEST(intervals_are_of_each_cell)
{
    HilSpikeTrain *train = hil_recording_train(recording, "E", 2);
    for (int k = 0; k < 50; k++) { /* cell 0 every 10 ms, cell 1 half between: every 5 ms in the population */
        hil_spike_train_append(train, k * 0.01, (uint32_t[]){0}, 1);
        hil_spike_train_append(train, k * 0.01 + 0.005, (uint32_t[]){1}, 1);
    }
    hil_report_intervals(report, "i", (const HilSpikeTrain *const[]){train}, 1);
    const char *panel = report->panels.text;
    size_t bins = (size_t)number_after(panel, "\"count\"");
    double start = number_after(panel, "\"start\""), width = number_after(panel, "\"width\""), sum = 0;
    const float *counts = (const float *)(const void *)report->blobs[0].bytes;
    for (size_t b = 0; b < bins; b++)
        sum += counts[b];
    ck_assert(sum + number_after(panel, "\"beyond\"") == 98); /* 2 * 49 intervals */
    ck_assert(start <= 10 && start + width * (double)bins >= 10 * (1 - 1e-12) && start > 5);
}
END_TEST

START_TEST(histograms_count_every_value_once)
{
    double values[1000], alike[3] = {2, 2, 2};
    for (int k = 0; k < 1000; k++)
        values[k] = k;
    hil_report_histogram(report, "h", "w", "nS", &(HilSeries){"EE", values, 1000}, 1);
    const char *panel = report->panels.text;
    /* Freedman & Diaconis: width 2*IQR/n^(1/3) = 2*500/10 about 100, so 10 bins over 999 */
    ck_assert(number_after(panel, "\"count\"") == 10);
    const float *counts = (const float *)(const void *)report->blobs[0].bytes;
    for (int b = 0; b < 10; b++)
        ck_assert(counts[b] == 100);
    hil_report_histogram(report, "h", "w", "", &(HilSeries){"x", alike, 3}, 1);
    ck_assert(*(const float *)(const void *)report->blobs[1].bytes == 3);
    hil_report_histogram(report, "h", "w", "", &(HilSeries){"nothing", NULL, 0}, 1);
    ck_assert_ptr_nonnull(strstr(report->panels.text, "\"nothing\""));
}
END_TEST

START_TEST(what_cannot_be_written_is_said)
{
    HilError error;
    ck_assert(!hil_report_write(report, "/nonexistent/report.html", &error));
    ck_assert_ptr_nonnull(strstr(error.text, "'/nonexistent' does not exist"));
    report->failed = true;
    ck_assert(!hil_report_write(report, folder_path(&folder, "r.html", path), &error));
    ck_assert_ptr_nonnull(strstr(error.text, "memory"));
    ck_assert_int_eq(folder_count(&folder), 0);
}
END_TEST

int main(void) {
    folder = folder_make();
    const SuiteRow rows[] = {
        TIMEOUT(30),
        FIXTURE(open_report, close_report),
        TEST(texts_are_data_and_not_markup),
        TEST(the_page_asks_nothing_of_the_network),
        TEST(rasters_hold_the_spikes_in_order),
        TEST(large_rasters_are_thinned_by_cells),
        TEST(rates_count_spikes_per_cell_and_second),
        TEST(traces_come_in_their_unit),
        TEST(long_traces_keep_their_extremes),
        TEST(intervals_are_of_each_cell),
        TEST(histograms_count_every_value_once),
        TEST(what_cannot_be_written_is_said),
    };
    int failed = SUITE_RUN("report", rows);
    folder_remove(&folder);
    return failed;
}
