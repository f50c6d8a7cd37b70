/* Rows of synapses by source. In: targets row by row, or pairs in any order. Out: row starts and targets, each row
 * ascending, in the fewest bytes. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

bool rows_begin(RowBuilder *builder, int64_t sources) {
    *builder = (RowBuilder){.sources = sources};
    builder->rows = engine_allocate(((size_t)sources + 1) * sizeof *builder->rows);
    return builder->rows != NULL;
}

static int compare_targets(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

bool rows_append(RowBuilder *builder, int64_t source, uint32_t *targets, int64_t count) {
    bool ascending = true;
    for (int64_t i = 1; i < count; i++) ascending &= targets[i - 1] <= targets[i];
    if (!ascending) qsort(targets, (size_t)count, sizeof *targets, compare_targets);
    if (!engine_grow((void **)&builder->targets, &builder->capacity, builder->count + count, sizeof *targets))
        return false;
    if (count) memcpy(builder->targets + builder->count, targets, (size_t)count * sizeof *targets);
    builder->count += count;
    builder->rows[source + 1] = (uint64_t)builder->count;
    return true;
}

/* Stable counting sort of `order` by key; starts has one entry more than there are keys. */
static void sort_by(const uint32_t *keys, int64_t key_count, int64_t count, const int64_t *order, int64_t *sorted,
                    uint64_t *starts) {
    memset(starts, 0, ((size_t)key_count + 1) * sizeof *starts);
    for (int64_t i = 0; i < count; i++) starts[keys[i] + 1]++;
    for (int64_t k = 0; k < key_count; k++) starts[k + 1] += starts[k];
    for (int64_t i = 0; i < count; i++) {
        int64_t pair = order ? order[i] : i;
        sorted[starts[keys[pair]]++] = pair;
    }
    for (int64_t k = key_count; k > 0; k--) starts[k] = starts[k - 1];
    starts[0] = 0;
}

bool rows_from_pairs(RowBuilder *builder, const PairList *pairs, int64_t **order) {
    int64_t target_count = 0;
    for (int64_t i = 0; i < pairs->count; i++)
        if (pairs->targets[i] >= target_count) target_count = (int64_t)pairs->targets[i] + 1;
    int64_t *by_target = malloc(((size_t)pairs->count + 1) * sizeof *by_target);
    int64_t *by_both = malloc(((size_t)pairs->count + 1) * sizeof *by_both);
    uint64_t *starts = malloc(((size_t)target_count + 1) * sizeof *starts);
    bool good = by_target && by_both && starts &&
                engine_grow((void **)&builder->targets, &builder->capacity, pairs->count, sizeof(uint32_t));
    if (good) {
        sort_by(pairs->targets, target_count, pairs->count, NULL, by_target, starts);
        sort_by(pairs->sources, builder->sources, pairs->count, by_target, by_both, builder->rows);
        for (int64_t i = 0; i < pairs->count; i++) builder->targets[i] = pairs->targets[by_both[i]];
        builder->count = pairs->count;
    }
    free(starts);
    free(by_target);
    if (good && order) *order = by_both;
    else free(by_both);
    return good;
}

bool rows_finish(RowBuilder *builder, Projection *p, int64_t target_size, bool want_sources) {
    p->count = builder->count;
    p->padded = engine_pad(builder->count);
    p->target_bytes = target_size <= 65536 ? 2 : 4;
    p->targets = engine_allocate((size_t)p->padded * (size_t)p->target_bytes);
    if (want_sources) p->sources = engine_allocate((size_t)p->padded * sizeof *p->sources);
    if (!p->targets || (want_sources && !p->sources)) return false;
    if (p->target_bytes == 2)
        for (int64_t i = 0; i < p->count; i++) ((uint16_t *)p->targets)[i] = (uint16_t)builder->targets[i];
    else if (p->count) memcpy(p->targets, builder->targets, (size_t)p->count * sizeof *builder->targets);
    p->rows = builder->rows;
    for (int64_t source = 0; want_sources && source < builder->sources; source++)
        for (uint64_t j = p->rows[source]; j < p->rows[source + 1]; j++) p->sources[j] = (uint32_t)source;
    builder->rows = NULL;
    rows_abandon(builder);
    return true;
}

void rows_abandon(RowBuilder *builder) {
    free(builder->rows);
    free(builder->targets);
    *builder = (RowBuilder){0};
}
