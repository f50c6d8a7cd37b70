/* Image builder: the descriptor of hillock/abi.h while it grows. In: rows, texts, kernels. Out: one block of bytes, and
 * the list of distinct lowered kernels in the order of their numbers. */
#ifndef HILLOCK_KERNEL_IMAGE_H
#define HILLOCK_KERNEL_IMAGE_H

#include "base/map.h"
#include "kernel/kernel.h"

typedef struct ImageTable {
    char *bytes;
    uint32_t count, capacity, row_bytes;
} ImageTable;

typedef struct ImageBuilder {
    Arena *arena;
    ImageTable tables[HIL_TABLE_COUNT];
    Map texts;                 /* interned name -> offset */
    Map by_hash;               /* kernel hash -> first kernel of that hash */
    VECTOR(Kernel *) kernels;  /* lowered */
    VECTOR(int) next_same;     /* chain of kernels with equal hash */
    Names *names;
} ImageBuilder;

ImageBuilder *image_new(Arena *arena, Names *names);
/* Number of the new row. `row` has the size of the table's row type. */
int image_add(ImageBuilder *image, HilTableId table, const void *row);
/* Rows at once; the run they form. */
HilRange image_add_run(ImageBuilder *image, HilTableId table, const void *rows, int count);
uint32_t image_text(ImageBuilder *image, const char *text);
/* Number of a lowered kernel: that of one alike if there is one already. */
int image_kernel(ImageBuilder *image, const Kernel *kernel);

typedef struct ImageInfo {
    const char *source_path, *compiler_version, *options;
    uint64_t source_hash;
    int precision_bits;
} ImageInfo;

/* The finished image, 64-byte aligned, in the arena. */
const HilImage *image_finish(ImageBuilder *image, const ImageInfo *info);

#endif
