/* A report's texts and tables, and the file. In: texts, and the panels that report_panels.c makes. Out: one HTML page
 * that asks nothing of the network: its policy forbids every request, and all data are in it. */
#include "report_parts.h"

#include "output_file.h"
#include "report_assets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

HilReport *hil_report_new(const char *title)
{
    HilReport *report = calloc(1, sizeof *report);
    if (!report)
        return NULL;
    report->title = strdup(title ? title : "");
    report->description = strdup("");
    if (!report->title || !report->description) {
        hil_report_free(report);
        return NULL;
    }
    return report;
}

void hil_report_free(HilReport *report)
{
    if (!report)
        return;
    HilJson *texts[] = {&report->facts,  &report->parameters, &report->expectations,
                        &report->values, &report->tables,     &report->panels};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        hil_json_free(texts[i]);
    for (size_t i = 0; i < report->blob_count; i++)
        free(report->blobs[i].bytes);
    free(report->blobs);
    free(report->title);
    free(report->description);
    free(report);
}

double hil_report_add_blob(HilReport *report, void *bytes, size_t size)
{
    ReportBlob *blobs = bytes ? realloc(report->blobs, (report->blob_count + 1) * sizeof *blobs) : NULL;
    if (!blobs) {
        free(bytes);
        report->failed = true;
        return 0;
    }
    report->blobs = blobs;
    blobs[report->blob_count] = (ReportBlob){bytes, size};
    return (double)report->blob_count++;
}

void hil_report_describe(HilReport *report, const char *text)
{
    char *copy = strdup(text);
    if (!copy) {
        report->failed = true;
        return;
    }
    free(report->description);
    report->description = copy;
}

static void add_texts(HilJson *json, const char *const *texts, size_t count)
{
    hil_json_open(json, '[');
    for (size_t i = 0; i < count; i++)
        hil_json_text(json, texts[i]);
    hil_json_close(json, ']');
}

void hil_report_fact(HilReport *report, const char *name, const char *value)
{
    add_texts(&report->facts, (const char *const[]){name, value}, 2);
}

void hil_report_parameter(HilReport *report, const char *name, const char *value, const char *meaning)
{
    add_texts(&report->parameters, (const char *const[]){name, value, meaning}, 3);
}

void hil_report_value(HilReport *report, const char *name, const char *value)
{
    add_texts(&report->values, (const char *const[]){name, value}, 2);
}

void hil_report_expectation(HilReport *report, const char *text, bool holds, const char *found)
{
    HilJson *json = &report->expectations;
    hil_json_open(json, '{');
    hil_json_pair(json, "text", text);
    hil_json_key(json, "holds");
    hil_json_bool(json, holds);
    hil_json_pair(json, "found", found);
    hil_json_close(json, '}');
}

static void close_table(HilReport *report)
{
    if (!report->table_open)
        return;
    hil_json_close(&report->tables, ']');
    hil_json_close(&report->tables, '}');
    report->table_open = false;
}

void hil_report_table(HilReport *report, const char *title, const char *const *columns, size_t count)
{
    close_table(report);
    hil_json_open(&report->tables, '{');
    hil_json_pair(&report->tables, "title", title);
    hil_json_key(&report->tables, "columns");
    add_texts(&report->tables, columns, count);
    hil_json_key(&report->tables, "rows");
    hil_json_open(&report->tables, '[');
    report->table_open = true;
    report->table_columns = count;
}

void hil_report_row(HilReport *report, const char *const *cells)
{
    if (report->table_open)
        add_texts(&report->tables, cells, report->table_columns);
}

static void write_escaped(HilOutputFile *file, const char *text)
{
    for (const char *c = text; *c; c++) {
        const char *entity = *c == '<' ? "&lt;" : *c == '&' ? "&amp;" : NULL;
        if (entity)
            hil_output_text(file, entity);
        else
            hil_output_bytes(file, c, 1);
    }
}

static void write_array(HilOutputFile *file, const char *key, const HilJson *inside, const char *end)
{
    hil_output_format(file, "\"%s\":[", key);
    hil_output_text(file, inside->text ? inside->text : "");
    hil_output_format(file, "]%s", end);
}

static void write_data(HilOutputFile *file, const HilReport *report)
{
    HilJson head = {0};
    hil_json_pair(&head, "title", report->title);
    hil_json_pair(&head, "description", report->description);
    hil_output_text(file, "<script type=\"application/json\" id=\"report-data\">{");
    hil_output_text(file, head.failed ? "" : head.text);
    if (head.failed)
        file->failure = ENOMEM;
    hil_json_free(&head);
    hil_output_text(file, ",\n");
    write_array(file, "facts", &report->facts, ",\n");
    write_array(file, "parameters", &report->parameters, ",\n");
    write_array(file, "expectations", &report->expectations, ",\n");
    write_array(file, "values", &report->values, ",\n");
    write_array(file, "tables", &report->tables, report->table_open ? "}],\n" : ",\n");
    write_array(file, "panels", &report->panels, "}</script>\n");
    for (size_t i = 0; i < report->blob_count; i++) {
        hil_output_format(file, "<script type=\"text/plain\" id=\"blob-%zu\">", i);
        hil_output_base64(file, report->blobs[i].bytes, report->blobs[i].size);
        hil_output_text(file, "</script>\n");
    }
}

static bool out_of_memory(const HilReport *report)
{
    return report->failed || report->facts.failed || report->parameters.failed || report->expectations.failed ||
           report->values.failed || report->tables.failed || report->panels.failed;
}

bool hil_report_write(const HilReport *report, const char *path, HilError *error)
{
    if (out_of_memory(report))
        return hil_fail(error, "cannot write '%s': memory ran out while the report was made", path);
    HilOutputFile *file = hil_output_open(path, error);
    if (!file)
        return false;
    hil_output_text(file, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                          "script-src 'unsafe-inline'; style-src 'unsafe-inline'\">\n"
                          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                          "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    write_escaped(file, report->title);
    hil_output_text(file, "</title>\n<style>\n");
    hil_output_bytes(file, hil_asset_uplot_style, hil_asset_uplot_style_size);
    hil_output_text(file, "\n");
    hil_output_bytes(file, hil_asset_page_style, hil_asset_page_style_size);
    hil_output_text(file, "</style>\n</head>\n<body>\n<main id=\"report\"><noscript>This report draws with JavaScript, "
                          "which is off here.</noscript></main>\n");
    write_data(file, report);
    hil_output_text(file, "<script>\n");
    hil_output_bytes(file, hil_asset_uplot_script, hil_asset_uplot_script_size);
    hil_output_text(file, "</script>\n<script>\n");
    hil_output_bytes(file, hil_asset_page_script, hil_asset_page_script_size);
    hil_output_text(file, "</script>\n</body>\n</html>\n");
    return hil_output_commit(file, error);
}
