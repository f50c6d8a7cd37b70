/* Edges shared out among threads. In: a projection whose edge uses store nothing and add to their targets only. Out: for each
 * thread the synapses onto its own targets, with copies of the synapses' planes that the uses read.
 * Kept true: the synapses of one target keep their order, so that its sums round alike for any number of threads. */
#include "rows.h"

#include <stdlib.h>
#include <string.h>

static bool can_share(const HilSimulation *s, const HilProjection *row) {
    /* Deliveries could change a synapse's planes within a run. */
    return s->thread_count > 1 && (row->flags & HIL_EDGE_BY_TARGET) && row->edge.count && row->deliver < 0;
}

static bool reads_plane(const HilSimulation *s, const HilProjection *row, int32_t plane) {
    for (int32_t k = 0; k < row->edge.count; k++) {
        const HilUse *use = engine_use_row(s, row->edge.first + k);
        for (int32_t i = 0; i < use->planes.count; i++) {
            const HilPlaneRef *ref = hil_row(s->image, HIL_PLANE_REFS, HilPlaneRef, use->planes.first + i);
            if (ref->owner_kind == HIL_OWNER_PROJECTION && ref->plane == plane) return true;
        }
    }
    return false;
}

double engine_part_bytes(const HilSimulation *s, const HilProjection *row, double synapses) {
    if (!can_share(s, row)) return 0;
    double bytes = engine_reads_past(s, row) ? 8 + 2 : 8;
    for (int32_t i = 0; i < row->planes.count; i++)
        if (reads_plane(s, row, i)) bytes += (double)engine_storage_bytes(engine_plane_row(s, row->planes, i));
    return bytes * synapses;
}

/* The thread that owns a target; `near` is where the last one was found. */
static int owner_of(const int64_t *bounds, uint32_t target, int near) {
    if (target < bounds[near]) near = 0;
    while (target >= bounds[near + 1]) near++;
    return near;
}

static void fill_part(const Projection *p, EdgePart *part, int64_t synapse) {
    part->sources[part->count] = p->sources[synapse];
    uint32_t target = row_target(p, (uint64_t)synapse);
    if (p->target_bytes == 2) ((uint16_t *)part->targets)[part->count] = (uint16_t)target;
    else ((uint32_t *)part->targets)[part->count] = target;
    part->count++;
}

static bool allocate_part(const HilSimulation *s, const Projection *p, EdgePart *part, int64_t count) {
    size_t padded = (size_t)engine_pad(count);
    part->sources = engine_allocate(padded * sizeof *part->sources);
    part->targets = engine_allocate(padded * (size_t)p->target_bytes);
    part->planes = calloc((size_t)p->row->planes.count + 1, sizeof *part->planes);
    part->uses = calloc((size_t)p->row->edge.count + 1, sizeof *part->uses);
    bool good = part->sources && part->targets && part->planes && part->uses;
    for (int32_t i = 0; good && i < p->row->planes.count; i++) {
        if (!reads_plane(s, p->row, i)) continue;
        part->planes[i] = engine_allocate(padded * engine_storage_bytes(engine_plane_row(s, p->row->planes, i)));
        good = part->planes[i] != NULL;
    }
    return good;
}

static bool bind_part(const HilSimulation *s, const Projection *p, EdgePart *part) {
    for (int32_t k = 0; k < p->row->edge.count; k++) {
        const HilUse *use = engine_use_row(s, p->row->edge.first + k);
        part->uses[k] = p->edge[k]; /* its uniforms are read anew in place */
        part->uses[k].planes = calloc((size_t)use->planes.count + 1, sizeof *part->uses[k].planes);
        if (!part->uses[k].planes) return false;
        for (int32_t i = 0; i < use->planes.count; i++) {
            const HilPlaneRef *ref = hil_row(s->image, HIL_PLANE_REFS, HilPlaneRef, use->planes.first + i);
            bool own = ref->owner_kind == HIL_OWNER_PROJECTION && part->planes[ref->plane];
            part->uses[k].planes[i] = own ? part->planes[ref->plane] : p->edge[k].planes[i];
        }
    }
    return true;
}

bool engine_share_delays(const HilSimulation *s, Projection *p, HilError *error) {
    const int64_t *bounds = s->populations[p->row->target].bounds;
    int64_t places[1024] = {0}; /* one a thread: hil_simulation_new allows no more */
    int owner = 0;
    for (int t = 0; p->parts && t < s->thread_count; t++) {
        EdgePart *part = &p->parts[t];
        free(part->delay_steps);
        part->delay_steps = p->delay_steps ? engine_allocate((size_t)engine_pad(part->count) * (size_t)p->delay_bytes) : NULL;
        if (p->delay_steps && !part->delay_steps) return hil_fail(error, "connection %s: out of memory", p->name);
    }
    for (int64_t j = 0; p->parts && p->delay_steps && j < p->count; j++) {
        owner = owner_of(bounds, row_target(p, (uint64_t)j), owner);
        int64_t place = places[owner]++;
        if (p->delay_bytes == 2) ((uint16_t *)p->parts[owner].delay_steps)[place] = (uint16_t)row_delay(p, (uint64_t)j);
        else ((uint32_t *)p->parts[owner].delay_steps)[place] = row_delay(p, (uint64_t)j);
    }
    return true;
}

bool engine_make_parts(HilSimulation *s, Projection *p, HilError *error) {
    if (!can_share(s, p->row) || !p->count || !p->sources) return true;
    const int64_t *bounds = s->populations[p->row->target].bounds;
    int64_t *counts = calloc((size_t)s->thread_count, sizeof *counts);
    p->parts = calloc((size_t)s->thread_count, sizeof *p->parts);
    bool good = counts && p->parts;
    int owner = 0;
    for (int64_t j = 0; good && j < p->count; j++) {
        owner = owner_of(bounds, row_target(p, (uint64_t)j), owner);
        counts[owner]++;
    }
    for (int t = 0; good && t < s->thread_count; t++)
        good = allocate_part(s, p, &p->parts[t], counts[t]) && bind_part(s, p, &p->parts[t]);
    for (int64_t j = 0; good && j < p->count; j++) {
        owner = owner_of(bounds, row_target(p, (uint64_t)j), owner);
        fill_part(p, &p->parts[owner], j);
    }
    free(counts);
    if (!good) return hil_fail(error, "connection %s: out of memory", p->name);
    return !engine_reads_past(s, p->row) || engine_share_delays(s, p, error);
}

static void copy_plane(const HilSimulation *s, Projection *p, int32_t plane, int64_t *places) {
    const int64_t *bounds = s->populations[p->row->target].bounds;
    size_t element = engine_storage_bytes(engine_plane_row(s, p->row->planes, plane));
    const char *from = p->planes[plane];
    int owner = 0;
    memset(places, 0, (size_t)s->thread_count * sizeof *places);
    for (int64_t j = 0; j < p->count; j++) {
        owner = owner_of(bounds, row_target(p, (uint64_t)j), owner);
        memcpy((char *)p->parts[owner].planes[plane] + (size_t)places[owner]++ * element, from + (size_t)j * element,
               element);
    }
}

void engine_refresh_parts(HilSimulation *s) {
    int64_t places[1024]; /* one a thread: hil_simulation_new allows no more */
    for (int32_t i = 0; i < s->network->projections.count; i++) {
        Projection *p = &s->projections[i];
        for (int32_t k = 0; p->parts && k < p->row->planes.count; k++)
            if (p->parts[0].planes[k]) copy_plane(s, p, k, places);
    }
}

void engine_free_parts(const HilSimulation *s, Projection *p) {
    for (int t = 0; p->parts && t < s->thread_count; t++) {
        EdgePart *part = &p->parts[t];
        for (int32_t k = 0; part->uses && k < p->row->edge.count; k++) free(part->uses[k].planes);
        for (int32_t i = 0; part->planes && i < p->row->planes.count; i++) free(part->planes[i]);
        free(part->uses);
        free(part->planes);
        free(part->delay_steps);
        free(part->sources);
        free(part->targets);
    }
    free(p->parts);
    p->parts = NULL;
}
