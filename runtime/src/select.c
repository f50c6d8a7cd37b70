/* Views by a condition: `(E where x < 0.5 mm)`. In: selectors of the image, populations with their initial values. Out: the
 * cells for which each condition holds.
 * Kept true: cells are chosen once, at set-up; every view by the same condition means the same cells from then on. */
#include "engine.h"
#include "hillock/host.h"

#include <stdlib.h>

static const HilSelector *selector_row(const HilSimulation *s, int32_t selector) {
    return hil_row(s->image, HIL_SELECTORS, HilSelector, s->network->selectors.first + selector);
}

static bool select_cells(HilSimulation *s, int32_t selector, LaneList *list, HilError *error) {
    const HilSelector *row = selector_row(s, selector);
    const Population *p = &s->populations[row->population];
    BoundUse use;
    if (!engine_bind(s, row->use, &use, error)) return false;
    HilFired fired = {.lanes = malloc((size_t)p->padded * sizeof *fired.lanes)};
    bool good = fired.lanes || hil_fail(error, "out of memory");
    if (good) {
        HilCall call = {.begin = 0, .end = p->size, .step = s->step, .time = engine_time_of(s, s->step), .fired = &fired};
        engine_call(s, &use, &call);
    }
    engine_free_use(&use);
    *list = (LaneList){fired.lanes, fired.count};
    return good;
}

bool engine_select(HilSimulation *s, HilError *error) {
    s->selected = calloc((size_t)s->network->selectors.count + 1, sizeof *s->selected);
    if (!s->selected) return hil_fail(error, "out of memory");
    for (int32_t i = 0; i < s->network->selectors.count; i++)
        if (!select_cells(s, i, &s->selected[i], error)) return false;
    return true;
}

bool engine_view_open(const HilSimulation *s, int32_t node) {
    return node >= 0 && !s->selected && hil_row(s->image, HIL_NODES, HilNode, node)->op == HIL_HOST_SELECTED;
}

bool hil_simulation_select(const HilSimulation *s, int32_t selector, double **cells, int64_t *count,
                           HilError *error) {
    if (selector < 0 || selector >= s->network->selectors.count)
        return hil_fail(error, "there is no condition number %d on cells", selector);
    const LaneList *list = s->selected ? &s->selected[selector] : NULL;
    *count = list ? list->count : s->populations[selector_row(s, selector)->population].size;
    *cells = malloc(((size_t)*count + 1) * sizeof **cells);
    if (!*cells) return hil_fail(error, "out of memory");
    for (int64_t i = 0; i < *count; i++) (*cells)[i] = list ? (double)list->lanes[i] : (double)i;
    return true;
}

void engine_free_selected(HilSimulation *s) {
    for (int32_t i = 0; s->selected && i < s->network->selectors.count; i++) free(s->selected[i].lanes);
    free(s->selected);
}
