/* What a projection's rule is called with, and how rows come from it; see connect.c and connect_rows.c. */
#ifndef HILLOCK_WIRING_H
#define HILLOCK_WIRING_H

#include "rows.h"
#include "rules.h"

/* A rule's call with what it points to. */
typedef struct Wiring {
    RuleCall call;
    LaneList source_view, target_view;
    bool all_sources, all_targets;
    int64_t *source_position, *target_position; /* of each cell in the views, -1: not in it; NULL: the cell's number */
    int64_t *self, *self_source;
    char place[300], path[1024];
} Wiring;

/* Fills the builder by the projection's rule, or by its kernel; not for lists of edges. */
bool wiring_make_rows(HilSimulation *s, Projection *p, Wiring *wiring, RowBuilder *builder, HilError *error);
/* Bytes that a projection of this rule takes while it is built, besides what it keeps. */
double wiring_building_bytes(const HilProjection *row, double synapses);

#endif
