/* Rows of synapses by source. In: targets row by row, or pairs in any order. Out: row starts and targets, each row
 * ascending, in the fewest bytes.
 * Kept true: where the number of synapses was foreseen, targets are written once, to where they stay. */
#include "rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(RowBuilder *builder, int64_t needed) {
    if (needed <= builder->capacity) return true;
    int64_t wanted = builder->capacity + builder->capacity / 2;
    if (wanted < needed) wanted = needed;
    void *larger = engine_allocate_unset((size_t)engine_pad(wanted) * (size_t)builder->target_bytes);
    if (!larger) return false;
    if (builder->count) memcpy(larger, builder->targets, (size_t)builder->count * (size_t)builder->target_bytes);
    free(builder->targets);
    builder->targets = larger;
    builder->capacity = engine_pad(wanted);
    return true;
}

bool rows_reserve(RowBuilder *builder, int64_t count) { return make_room(builder, count); }

bool rows_begin(RowBuilder *builder, int64_t sources, int64_t target_size, double expected) {
    *builder = (RowBuilder){.sources = sources, .target_bytes = target_size <= 65536 ? 2 : 4};
    builder->rows = engine_allocate(((size_t)sources + 1) * sizeof *builder->rows);
    /* Six deviations of the widest law, Poisson's: more are not met with. */
    double room = expected + 6 * sqrt(expected) + HIL_PAD;
    return builder->rows && (room > 1e15 ? false : make_room(builder, (int64_t)room));
}

bool rows_begin_anew(RowBuilder *builder, int64_t sources, int target_bytes) {
    free(builder->rows);
    builder->rows = engine_allocate(((size_t)sources + 1) * sizeof *builder->rows);
    builder->sources = sources;
    builder->target_bytes = target_bytes;
    builder->count = 0;
    return builder->rows != NULL;
}

static int compare_targets(const void *a, const void *b) {
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void put_targets(RowBuilder *builder, const uint32_t *restrict targets, int64_t count) {
    uint16_t *restrict narrow = (uint16_t *)builder->targets + builder->count;
    if (builder->target_bytes == 2)
        for (int64_t i = 0; i < count; i++) narrow[i] = (uint16_t)targets[i];
    else if (count)
        memcpy((uint32_t *)builder->targets + builder->count, targets, (size_t)count * sizeof *targets);
    builder->count += count;
}

static int compare_narrow(const void *a, const void *b) {
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

void rows_placed(RowBuilder *builder, int64_t count, bool sort) {
    builder->count = count;
    for (int64_t i = builder->sources; i > 0; i--) builder->rows[i] = builder->rows[i - 1];
    builder->rows[0] = 0;
    bool narrow = builder->target_bytes == 2;
    for (int64_t i = 0; sort && i < builder->sources; i++)
        qsort((char *)builder->targets + builder->rows[i] * (uint64_t)builder->target_bytes,
              builder->rows[i + 1] - builder->rows[i], (size_t)builder->target_bytes,
              narrow ? compare_narrow : compare_targets);
}

bool rows_append(RowBuilder *builder, int64_t source, uint32_t *targets, int64_t count) {
    uint32_t descents = 0;
    for (int64_t i = 1; i < count; i++) descents |= targets[i - 1] > targets[i];
    if (descents) qsort(targets, (size_t)count, sizeof *targets, compare_targets);
    if (!make_room(builder, builder->count + count)) return false;
    put_targets(builder, targets, count);
    builder->rows[source + 1] = (uint64_t)builder->count;
    return true;
}

bool rows_append_all(RowBuilder *builder, int64_t source, const RowBuilder *part) {
    if (!make_room(builder, builder->count + part->count)) return false;
    size_t bytes = (size_t)builder->target_bytes;
    if (part->count)
        memcpy((char *)builder->targets + (size_t)builder->count * bytes, part->targets, (size_t)part->count * bytes);
    for (int64_t i = 1; i <= part->sources; i++) builder->rows[source + i] = (uint64_t)builder->count + part->rows[i];
    builder->count += part->count;
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
    bool good = by_target && by_both && starts && make_room(builder, pairs->count);
    if (good) {
        sort_by(pairs->targets, target_count, pairs->count, NULL, by_target, starts);
        sort_by(pairs->sources, builder->sources, pairs->count, by_target, by_both, builder->rows);
        for (int64_t i = 0; i < pairs->count; i++) put_targets(builder, &pairs->targets[by_both[i]], 1);
    }
    free(starts);
    free(by_target);
    if (good && order)
        *order = by_both;
    else
        free(by_both);
    return good;
}

bool rows_finish(RowBuilder *builder, Projection *p, bool want_sources) {
    p->count = builder->count;
    p->padded = engine_pad(builder->count);
    p->target_bytes = builder->target_bytes;
    if (want_sources && !(p->sources = engine_allocate((size_t)p->padded * sizeof *p->sources))) return false;
    if (!make_room(builder, p->padded)) return false;
    size_t bytes = (size_t)p->target_bytes;
    memset((char *)builder->targets + (size_t)p->count * bytes, 0, (size_t)(p->padded - p->count) * bytes);
    p->targets = builder->targets;
    p->rows = builder->rows;
    for (int64_t source = 0; want_sources && source < builder->sources; source++)
        for (uint64_t j = p->rows[source]; j < p->rows[source + 1]; j++) p->sources[j] = (uint32_t)source;
    builder->rows = NULL;
    builder->targets = NULL;
    return true;
}

void rows_abandon(RowBuilder *builder) {
    free(builder->rows);
    free(builder->targets);
    *builder = (RowBuilder){0};
}
