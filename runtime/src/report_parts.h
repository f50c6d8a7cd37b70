/* What a report holds: texts as finished JSON, arrays of numbers as blobs that the page reads by their index. Shared by
 * the part that keeps and writes (report.c) and the part that turns results into panels (report_panels.c). */
#ifndef HILLOCK_REPORT_PARTS_H
#define HILLOCK_REPORT_PARTS_H

#include "hillock/report.h"
#include "json_text.h"

#include <stdint.h>

typedef struct ReportBlob {
    uint8_t *bytes;
    size_t size;
} ReportBlob;

/* Each HilJson is the inside of an array, open to be added to. */
struct HilReport {
    char *title, *description;
    HilJson facts, parameters, expectations, values, tables, panels;
    bool table_open;      /* the last table takes rows */
    size_t table_columns;
    ReportBlob *blobs;
    size_t blob_count;
    bool failed; /* out of memory */
};

/* Takes `bytes` (malloc'd; NULL: out of memory) over; the index under which the page finds it. */
double hil_report_add_blob(HilReport *report, void *bytes, size_t size);

#endif
