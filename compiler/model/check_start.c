/* Where states start: an initial value may mention other states and values of the same owner, in any order, and is
 * worked out by putting theirs in. In: a network whose variables are all typed. Out: error CIRCULAR for each circle.
 * Kept true: in a model without errors, following initial values and values of the same owner ends. */
#include "base/map.h"
#include "model/check.h"

enum { UNSEEN, UNDER_WAY, DONE };

/* What v comes to before the first step; NULL: nothing else decides it. */
static const Expression *start_of(const Variable *v) {
    switch (v->role) {
    case VARIABLE_LET:
    case VARIABLE_OUTPUT:
    case VARIABLE_DELAYED: return v->value;
    default: return v->initial;
    }
}

static void follow(Checker *k, Map *seen, const Variable *v) {
    const Expression *start = start_of(v);
    if (!start || map_get(seen, v, UNSEEN) == DONE) return;
    map_set(k->c->arena, seen, v, UNDER_WAY);
    const Variable **mentioned;
    int count;
    expression_variables(k->pool, start, &mentioned, &count);
    for (int i = 0; i < count; i++) {
        const Variable *m = mentioned[i];
        if (map_get(seen, m, UNSEEN) != UNDER_WAY) {
            follow(k, seen, m);
            continue;
        }
        Diagnostic *d = compile_error(k->c, CIRCULAR, m->span, "the initial value of %s depends on itself", m->name);
        if (m != v) compile_note(k->c, d, v->span, "through that of %s", v->name);
    }
    map_set(k->c->arena, seen, v, DONE);
}

void check_starts(Checker *k, const Network *network) {
    Map seen = {0};
    for (int p = 0; p < network->populations.count; p++) {
        const Population *population = network->populations.at[p];
        for (int i = 0; i < population->variables.count; i++) follow(k, &seen, population->variables.at[i]);
    }
    for (int p = 0; p < network->projections.count; p++) {
        const Projection *projection = network->projections.at[p];
        for (int i = 0; i < projection->variables.count; i++) follow(k, &seen, projection->variables.at[i]);
    }
}
