/* libFuzzer: any bytes as the image of a model. What passes the check can be walked: every text is read, every row of
 * every table is visited. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Sums what it reads, so that the reads stay. */
static uint64_t walk(const HilImage *image) {
    uint64_t sum = 0;
    for (int table = 0; table < HIL_TABLE_COUNT; table++) {
        const HilTable *t = &image->tables[table];
        const unsigned char *rows = (const unsigned char *)image + t->offset;
        for (uint64_t i = 0; i < (uint64_t)t->count * t->row_bytes; i++) sum += rows[i];
    }
    for (uint32_t i = 0; i < image->tables[HIL_PROGRAMS].count; i++)
        sum += strlen(hil_text(image, hil_row(image, HIL_PROGRAMS, HilProgram, i)->name));
    for (uint32_t i = 0; i < image->tables[HIL_NETWORKS].count; i++) {
        const HilNetwork *network = hil_row(image, HIL_NETWORKS, HilNetwork, i);
        for (int32_t k = 0; k < network->populations.count; k++) {
            const HilPopulation *row = hil_row(image, HIL_POPULATIONS, HilPopulation, network->populations.first + k);
            sum += strlen(hil_text(image, row->name)) + strlen(hil_text(image, row->type));
            for (int32_t p = 0; p < row->planes.count; p++)
                sum += strlen(hil_text(image, hil_row(image, HIL_PLANES, HilPlane, row->planes.first + p)->name));
        }
    }
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    HilImage *image = calloc(1, size + sizeof *image);
    memcpy(image, bytes, size);
    if (size & 1) { /* half of the inputs get past the first questions */
        image->magic = HIL_MAGIC;
        image->abi_version = HIL_ABI_VERSION;
    }
    image->bytes = size < sizeof *image ? sizeof *image : size;
    HilError error = {{0}};
    volatile uint64_t sum = 0;
    if (engine_check_image(image, &error)) sum = walk(image);
    else if (!error.text[0]) abort();
    free(image);
    return sum == UINT64_MAX;
}
