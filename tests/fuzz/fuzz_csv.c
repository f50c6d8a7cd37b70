/* libFuzzer: any bytes as a CSV table, with and without header, and as an edge list. What comes back must be a table or
 * an error, and every edge within its populations. */
#include "hillock/csv.h"
#include "hillock/edges.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64];
    int file = memfd_create("input", 0);
    if (file < 0 || write(file, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    HilError error;
    for (int header = HIL_CSV_HEADER_AUTO; header <= HIL_CSV_HEADER_NO; header++) {
        error.text[0] = '\0';
        HilTableFile *table = hil_csv_read_table(path, ',', (HilCsvHeader)header, NULL, &error);
        if (!table && !error.text[0])
            abort();
        hil_table_file_free(table);
    }
    HilEdgeRequest request = {.source_name = "E", .target_name = "I", .source_size = 100, .target_size = 7,
                              .weight_unit = {{{0}}, 1, 0}, .weight_unit_text = "1"};
    HilEdgeList list;
    if (hil_edges_read_csv(path, &request, &list, &error)) {
        for (size_t k = 0; k < list.count; k++)
            if (list.sources[k] >= 100 || list.targets[k] >= 7 || (list.delays && !(list.delays[k] >= 0)))
                abort();
        hil_edges_free(&list);
    }
    close(file);
    return 0;
}
