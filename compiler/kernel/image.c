/* Image builder: tables grow separately and are laid out one behind the other at the end. */
#include "kernel/image.h"
#include <string.h>

ImageBuilder *image_new(Arena *arena, Names *names) {
    ImageBuilder *image = arena_new_of(arena, ImageBuilder);
    image->arena = arena;
    image->names = names;
    for (int i = 0; i < HIL_TABLE_COUNT; i++) image->tables[i].row_bytes = hil_row_bytes((HilTableId)i);
    char empty = 0;
    image_add(image, HIL_TEXT, &empty); /* offset 0 is the empty text */
    return image;
}

static void *grow(ImageBuilder *image, HilTableId table, uint32_t rows) {
    ImageTable *t = &image->tables[table];
    if (t->count + rows > t->capacity) {
        uint32_t capacity = t->capacity ? 2 * t->capacity : 64;
        while (capacity < t->count + rows) capacity *= 2;
        t->bytes = arena_grow(image->arena, t->bytes, (size_t)t->count * t->row_bytes, (size_t)capacity * t->row_bytes);
        t->capacity = capacity;
    }
    void *at = t->bytes + (size_t)t->count * t->row_bytes;
    t->count += rows;
    return at;
}

int image_add(ImageBuilder *image, HilTableId table, const void *row) {
    memcpy(grow(image, table, 1), row, image->tables[table].row_bytes);
    return (int)image->tables[table].count - 1;
}

HilRange image_add_run(ImageBuilder *image, HilTableId table, const void *rows, int count) {
    HilRange run = {(int32_t)image->tables[table].count, count};
    if (count) memcpy(grow(image, table, (uint32_t)count), rows, (size_t)count * image->tables[table].row_bytes);
    return run;
}

uint32_t image_text(ImageBuilder *image, const char *text) {
    if (!text || !*text) return 0;
    Name name = name_of(image->names, text);
    int offset = map_get(&image->texts, name, -1);
    if (offset >= 0) return (uint32_t)offset;
    HilRange run = image_add_run(image, HIL_TEXT, text, (int)strlen(text) + 1);
    map_set(image->arena, &image->texts, name, run.first);
    return (uint32_t)run.first;
}

int image_kernel(ImageBuilder *image, const Kernel *kernel) {
    const void *key = (const void *)(uintptr_t)(kernel_alike_hash(kernel) | 1);
    int first = map_get(&image->by_hash, key, -1);
    for (int i = first; i >= 0; i = image->next_same.at[i])
        if (kernel_alike(image->kernels.at[i], kernel)) {
            Kernel *same = image->kernels.at[i];
            same->lanes = same->lanes == 0 || kernel->lanes == 0 ? 0
                          : same->lanes > kernel->lanes          ? same->lanes
                                                                 : kernel->lanes;
            same->seldom = same->seldom && kernel->seldom;
            return i;
        }
    vector_push(image->arena, &image->kernels, (Kernel *)kernel);
    vector_push(image->arena, &image->next_same, first);
    map_set(image->arena, &image->by_hash, key, image->kernels.count - 1);
    HilKernelRow row = {.name = image_text(image, kernel->name),
                        .shape = (uint16_t)kernel->shape,
                        .planes = (uint16_t)kernel->planes.count,
                        .uniforms = (uint16_t)kernel->uniforms.count,
                        .events = (uint16_t)kernel->events.count};
    return image_add(image, HIL_KERNELS, &row);
}

const HilImage *image_finish(ImageBuilder *image, const ImageInfo *info) {
    HilImage header = {.magic = HIL_MAGIC,
                       .abi_version = HIL_ABI_VERSION,
                       .precision_bits = (uint32_t)info->precision_bits,
                       .source_hash = info->source_hash};
    header.source_path = image_text(image, info->source_path);
    header.compiler_version = image_text(image, info->compiler_version);
    header.options = image_text(image, info->options);
    uint64_t at = (sizeof header + 63) / 64 * 64;
    for (int i = 0; i < HIL_TABLE_COUNT; i++) {
        const ImageTable *t = &image->tables[i];
        header.tables[i] = (HilTable){.offset = at, .count = t->count, .row_bytes = t->row_bytes};
        at += ((uint64_t)t->count * t->row_bytes + 63) / 64 * 64;
    }
    header.bytes = at;
    char *block = arena_alloc(image->arena, at + 64);
    block += (64 - (uintptr_t)block % 64) % 64;
    memcpy(block, &header, sizeof header);
    for (int i = 0; i < HIL_TABLE_COUNT; i++)
        if (image->tables[i].count)
            memcpy(block + header.tables[i].offset, image->tables[i].bytes,
                   (size_t)image->tables[i].count * image->tables[i].row_bytes);
    return (const HilImage *)block;
}
