/* How much states change: what `relax until change < …` waits for. In: planes of states as they are. Out: the largest
 * difference from what they were when this was asked last. Kept true: every state is remembered at every question,
 * whichever of them it is about. */
#include "engine.h"

#include <math.h>
#include <stdlib.h>

typedef struct Comparison {
    const HilDimension *dimension; /* NULL: all states */
    double *last;                  /* the next state's value then */
    double largest;
} Comparison;

static int64_t count_states(const HilSimulation *s, HilRange planes, int64_t instances) {
    int64_t count = 0;
    for (int32_t k = 0; k < planes.count; k++)
        if (engine_plane_row(s, planes, k)->role == HIL_PLANE_STATE) count += instances;
    return count;
}

static void compare(const HilSimulation *s, HilRange planes, void *const *data, int64_t instances, Comparison *c) {
    for (int32_t k = 0; k < planes.count; k++) {
        const HilPlane *row = engine_plane_row(s, planes, k);
        if (row->role != HIL_PLANE_STATE) continue;
        bool counts = !c->dimension || hil_dimension_equal(row->dimension, *c->dimension);
        double unit = c->dimension || !(row->scale > 0) ? 1 : row->scale;
        for (int64_t i = 0; i < instances; i++, c->last++) {
            double now = row->storage == HIL_F32 ? (double)((const float *)data[k])[i] : ((const double *)data[k])[i];
            double change = fabs(now - *c->last) / unit;
            if (counts && !(change <= c->largest)) c->largest = change;
            *c->last = now;
        }
    }
}

bool hil_simulation_change(HilSimulation *s, const HilDimension *dimension, double *change) {
    const HilNetwork *network = s->network;
    bool first = !s->last_states;
    if (first) {
        int64_t count = 1;
        for (int32_t i = 0; i < network->populations.count; i++)
            count += count_states(s, s->populations[i].row->planes, s->populations[i].size);
        for (int32_t i = 0; i < network->projections.count; i++)
            count += count_states(s, s->projections[i].row->planes, s->projections[i].count);
        s->last_states = calloc((size_t)count, sizeof *s->last_states);
        if (!s->last_states) return false;
    }
    Comparison c = {.dimension = dimension, .last = s->last_states};
    for (int32_t i = 0; i < network->populations.count; i++) {
        const Population *p = &s->populations[i];
        compare(s, p->row->planes, p->planes, p->size, &c);
    }
    for (int32_t i = 0; i < network->projections.count; i++) {
        const Projection *p = &s->projections[i];
        compare(s, p->row->planes, p->planes, p->count, &c);
    }
    *change = first || isnan(c.largest) ? INFINITY : c.largest;
    return true;
}
