/* Compressed rows: targets by source, their order and their delays; see rows.c and delays.c. */
#ifndef HILLOCK_ROWS_H
#define HILLOCK_ROWS_H

#include "engine.h"
#include "rules.h"

typedef struct RowBuilder {
    int64_t sources, count, capacity;
    uint64_t *rows;    /* [sources + 1] */
    uint32_t *targets; /* ascending in each row */
} RowBuilder;

bool rows_begin(RowBuilder *builder, int64_t sources);
/* Rows come in the order of their sources. Sorts the targets in place. false: out of memory. */
bool rows_append(RowBuilder *builder, int64_t source, uint32_t *targets, int64_t count);
/* All rows at once. *order (may be NULL) gets, allocated, the pair that each synapse was; equal pairs keep their order. */
bool rows_from_pairs(RowBuilder *builder, const PairList *pairs, int64_t **order);
/* Moves the rows into the projection: 16-bit targets where they fit, padded, with sources if wanted. */
bool rows_finish(RowBuilder *builder, Projection *p, int64_t target_size, bool want_sources);
void rows_abandon(RowBuilder *builder);

static inline uint32_t row_target(const Projection *p, uint64_t synapse) {
    return p->target_bytes == 2 ? ((const uint16_t *)p->targets)[synapse] : ((const uint32_t *)p->targets)[synapse];
}
static inline uint32_t row_delay(const Projection *p, uint64_t synapse) {
    return p->delay_bytes == 2 ? ((const uint16_t *)p->delay_steps)[synapse]
                               : ((const uint32_t *)p->delay_steps)[synapse];
}
/* First synapse of begin … end-1, sorted by target, whose target is not below `target`. */
static inline uint64_t row_lower_bound(const Projection *p, uint64_t begin, uint64_t end, uint32_t target) {
    while (begin < end) {
        uint64_t middle = begin + (end - begin) / 2;
        if (row_target(p, middle) < target) begin = middle + 1;
        else end = middle;
    }
    return begin;
}

void rows_free_pending(const HilSimulation *s, Projection *p);

#endif
