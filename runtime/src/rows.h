/* Compressed rows: targets by source, their order and their delays; see rows.c and delays.c. */
#ifndef HILLOCK_ROWS_H
#define HILLOCK_ROWS_H

#include "engine.h"
#include "rules.h"

typedef struct RowBuilder {
    int64_t sources, count, capacity;
    uint64_t *rows;   /* [sources + 1] */
    void *targets;    /* [capacity], ascending in each row */
    int target_bytes; /* 2 or 4: as few as name every target */
} RowBuilder;

/* `expected`: about how many synapses there will be; 0: nobody knows. */
bool rows_begin(RowBuilder *builder, int64_t sources, int64_t target_size, double expected);
/* No rows again, in the memory that the builder has. */
bool rows_begin_anew(RowBuilder *builder, int64_t sources, int target_bytes);
/* Rows come in the order of their sources. Sorts the targets in place. false: out of memory. */
bool rows_append(RowBuilder *builder, int64_t source, uint32_t *targets, int64_t count);
/* The rows of another builder, as those of the sources from `source` on. */
bool rows_append_all(RowBuilder *builder, int64_t source, const RowBuilder *part);
/* Room for `count` targets in all; and, when the caller has put them down itself, each row from rows[source] on, rows[source]
 * now being where it ends: makes rows of them, ascending already unless `sort`. */
bool rows_reserve(RowBuilder *builder, int64_t count);
void rows_placed(RowBuilder *builder, int64_t count, bool sort);
/* All rows at once. *order (may be NULL) gets, allocated, the pair that each synapse was; equal pairs keep their order. */
bool rows_from_pairs(RowBuilder *builder, const PairList *pairs, int64_t **order);
/* Moves the rows into the projection, padded, with sources if wanted. */
bool rows_finish(RowBuilder *builder, Projection *p, bool want_sources);
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
