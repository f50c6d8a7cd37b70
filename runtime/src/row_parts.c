/* Rows among threads. In: rows sorted by target, the threads' ranges of targets. Out: for each thread where its part of every
 * row lies: in copies that hold nothing else, or, where synapses have values that lie in the rows' order, in the rows.
 * Kept true: a row's parts, one thread after the other, are the row. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

/* What is larger than this is not copied: memory matters more. */
#define MOST_COPIED 3e8

static bool copies(const HilSimulation *s, const HilProjection *row, double synapses) {
    return s->thread_count > 1 && row->deliver >= 0 && row->delay_kind != HIL_DELAY_PLANE && row->planes.count == 0 &&
           synapses <= MOST_COPIED;
}

double engine_split_bytes(const HilSimulation *s, const HilProjection *row, double synapses) {
    if (s->thread_count == 1 || row->deliver < 0) return 0;
    double sources = (double)s->populations[row->source].size;
    if (!copies(s, row, synapses)) return sources * 8 * (s->thread_count + 1);
    return sources * 16 * s->thread_count + synapses * (s->populations[row->target].size <= 65536 ? 2 : 4);
}

static bool copy_part(const HilSimulation *s, const Projection *p, int thread, RowPart *part) {
    const int64_t sources = s->populations[p->row->source].size;
    const int64_t *bounds = s->populations[p->row->target].bounds;
    size_t bytes = (size_t)p->target_bytes;
    part->rows = engine_allocate_unset(((size_t)sources + 1) * sizeof *part->rows);
    part->starts = engine_allocate_unset(((size_t)sources + 1) * sizeof *part->starts);
    if (!part->rows || !part->starts) return false;
    part->rows[0] = 0;
    for (int64_t i = 0; i < sources; i++) {
        uint64_t begin = row_lower_bound(p, p->rows[i], p->rows[i + 1], (uint32_t)bounds[thread]);
        uint64_t end = row_lower_bound(p, begin, p->rows[i + 1], (uint32_t)bounds[thread + 1]);
        part->rows[i + 1] = part->rows[i] + (end - begin);
        part->starts[i] = part->rows[i] - (begin - p->rows[i]);
    }
    part->targets = engine_allocate_unset(((size_t)part->rows[sources] + 1) * bytes);
    if (!part->targets) return false;
    for (int64_t i = 0; i < sources; i++)
        memcpy((char *)part->targets + part->rows[i] * bytes,
               (const char *)p->targets + (p->rows[i] + (part->rows[i] - part->starts[i])) * bytes,
               (part->rows[i + 1] - part->rows[i]) * bytes);
    return true;
}

static bool find_bounds(const HilSimulation *s, Projection *p) {
    const int64_t sources = s->populations[p->row->source].size;
    const int64_t *bounds = s->populations[p->row->target].bounds;
    if (!p->split) p->split = calloc((size_t)s->thread_count + 1, sizeof *p->split);
    for (int t = 0; p->split && t <= s->thread_count; t++) {
        if (!p->split[t]) p->split[t] = engine_allocate(((size_t)sources + 1) * sizeof **p->split);
        if (!p->split[t]) return false;
        for (int64_t i = 0; i < sources; i++) {
            if (t == 0) p->split[t][i] = p->rows[i];
            else if (t == s->thread_count) p->split[t][i] = p->rows[i + 1];
            else p->split[t][i] = row_lower_bound(p, p->split[t - 1][i], p->rows[i + 1], (uint32_t)bounds[t]);
        }
    }
    return p->split != NULL;
}

bool engine_split_rows(HilSimulation *s, Projection *p, HilError *error) {
    if (s->thread_count == 1 || !p->has_deliver || p->delay_steps || p->row_parts) return true;
    bool good = true;
    if (copies(s, p->row, (double)p->count)) {
        p->row_parts = calloc((size_t)s->thread_count, sizeof *p->row_parts);
        good = p->row_parts != NULL;
        for (int t = 0; good && t < s->thread_count; t++) good = copy_part(s, p, t, &p->row_parts[t]);
    } else {
        good = find_bounds(s, p);
    }
    return good || hil_fail(error, "connection %s: out of memory", p->name);
}

void engine_free_split(const HilSimulation *s, Projection *p) {
    for (int t = 0; p->split && t <= s->thread_count; t++) free(p->split[t]);
    for (int t = 0; p->row_parts && t < s->thread_count; t++) {
        free(p->row_parts[t].rows);
        free(p->row_parts[t].starts);
        free(p->row_parts[t].targets);
    }
    free(p->split);
    free(p->row_parts);
}
