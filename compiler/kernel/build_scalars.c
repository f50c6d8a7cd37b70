/* Scalars: where parameters stand, and what is computed from parameters alone.
 *
 * In: variables and expressions of RATE_SCALAR. Out: rows of HIL_SCALARS and HIL_PREPARES in an order in which every
 * row's inputs come before it. A scalar expression is computed once, whoever asks for it. */
#include "kernel/lowering.h"
#include <string.h>

uint32_t stream_of(const char *name) {
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (const char *at = name; *at; at++) hash = (hash ^ (uint8_t)*at) * 16777619u;
    return hash;
}

uint32_t lowering_line(const NetworkLowering *n, Span span) {
    if (span.source < 0) return 0;
    int line, column;
    source_place(&n->l->c->sources.list.at[span.source], span.begin, &line, &column);
    return n->l->first_lines[span.source] + (uint32_t)line;
}

/* "12", or "LIF.hil:12" where that is another file than the model's own. */
static const char *place_text(NetworkLowering *n, Span span) {
    int line, column;
    const Source *source = &n->l->c->sources.list.at[span.source];
    const char *name = strrchr(source->path, '/') ? strrchr(source->path, '/') + 1 : source->path;
    source_place(source, span.begin, &line, &column);
    return span.source ? arena_print(n->l->c->arena, "%s:%d", name, line) : arena_print(n->l->c->arena, "%d", line);
}

/* "line 12", "LIF.hil:12" */
static const char *line_text(NetworkLowering *n, Span span) {
    return span.source ? place_text(n, span) : arena_print(n->l->c->arena, "line %s", place_text(n, span));
}

static void add_owner(NetworkLowering *n, const void *owner, Name name) {
    map_set(n->l->c->arena, &n->owners, owner, n->owner_names.count);
    vector_push(n->l->c->arena, &n->owner_names, name);
}

void owners_find(NetworkLowering *n) {
    const Network *network = n->network;
    for (int i = 0; i < network->populations.count; i++)
        add_owner(n, network->populations.at[i], network->populations.at[i]->name);
    for (int i = 0; i < network->projections.count; i++)
        add_owner(n, network->projections.at[i], network->projections.at[i]->name);
    for (int i = 0; i < network->drives.count; i++) add_owner(n, network->drives.at[i], network->drives.at[i]->name);
}

static const char *owner_name(const NetworkLowering *n, const Variable *v) {
    int at = v->owner ? map_get(&n->owners, v->owner, -1) : -1;
    return at < 0 ? NULL : n->owner_names.at[at];
}

/* A new scalar row; variables that its default mentions come first. */
static int add_scalar(NetworkLowering *n, const Variable *v, int role) {
    Arena *arena = n->l->c->arena;
    HilScalar row = {.dimension = v->type->dimension, .role = (uint8_t)role, .scale = v->unit.scale,
                     .offset = v->unit.offset, .node = -1, .line = lowering_line(n, v->span)};
    const char *owner = owner_name(n, v);
    row.name = image_text(n->l->image, owner ? arena_print(arena, "%s.%s", owner, v->name) : v->name);
    row.unit = image_text(n->l->image, v->unit_text ? v->unit_text : "");
    if (role == HIL_SCALAR_PARAMETER && v->initial) row.node = image_node(n, v->initial);
    vector_push(arena, &n->scalars, row);
    map_set(arena, &n->slot_of_variable, v, n->scalars.count - 1);
    return n->scalars.count - 1;
}

int scalar_slot(NetworkLowering *n, const Variable *variable) {
    const Variable *v = variable->original ? variable->original : variable;
    int slot = map_get(&n->slot_of_variable, v, -1);
    if (slot >= 0) return slot;
    if (v->role == VARIABLE_STEP) return add_scalar(n, v, HIL_SCALAR_STEP);
    return add_scalar(n, v, v->initial ? HIL_SCALAR_PARAMETER : HIL_SCALAR_DERIVED);
}

static bool has_new_inputs(const NetworkLowering *n, const Expression *e) {
    if (e->op == EXPRESSION_VARIABLE) {
        const Variable *v = e->variable->original ? e->variable->original : e->variable;
        return v->role == VARIABLE_EXPERIMENT || map_get(&n->slot_of_variable, v, -1) < 0;
    }
    for (int i = 0; i < e->count; i++)
        if (has_new_inputs(n, e->kids[i])) return true;
    return false;
}

int derived_slot(NetworkLowering *n, const Expression *e) {
    int slot = map_get(&n->slot_of_expression, e, -1);
    if (slot >= 0) return slot;
    if (n->frozen || has_new_inputs(n, e)) {
        if (n->frozen) return -1;
        const Variable **variables;
        int count;
        expression_variables(n->l->pool, e, &variables, &count);
        for (int i = 0; i < count; i++) {
            if (variables[i]->role == VARIABLE_EXPERIMENT) return -1;
            scalar_slot(n, variables[i]);
        }
    }
    Arena *arena = n->l->c->arena;
    HilScalar row = {.dimension = e->type->dimension, .role = HIL_SCALAR_DERIVED, .scale = 1, .node = -1,
                     .line = lowering_line(n, e->span)};
    row.name = image_text(n->l->image, arena_print(arena, "derived%d", n->lets++));
    HilPrepare prepare = {.kind = HIL_PREPARE_EVALUATE, .node = image_node(n, e), .population = -1};
    vector_push(arena, &n->scalars, row);
    prepare.slot = n->scalars.count - 1;
    vector_push(arena, &n->prepares, prepare);
    map_set(arena, &n->slot_of_expression, e, prepare.slot);
    return prepare.slot;
}

static HilValueRef value_ref(NetworkLowering *n, int population, const Variable *v) {
    if (!v) return (HilValueRef){HIL_VALUE_ZERO, 0};
    if (!v->instance) return (HilValueRef){HIL_VALUE_SLOT, scalar_slot(n, v)};
    int plane = plane_number(n, v);
    if (plane < 0) plane = add_plane(n, population, v, HIL_PLANE_DERIVED, v->name);
    return (HilValueRef){HIL_VALUE_PLANE, plane};
}

/* Where an entry of a matrix stands when the prepare row is done: a scalar, or a plane of the population. */
static HilValueRef entry_ref(NetworkLowering *n, int population, const Expression *a) {
    Arena *arena = n->l->c->arena;
    if (!a) return (HilValueRef){HIL_VALUE_ZERO, 0};
    if (a->rate <= RATE_SCALAR) return (HilValueRef){HIL_VALUE_SLOT, derived_slot(n, a)};
    PopulationLowering *p = &n->populations.at[population];
    int plane = map_get(&p->fixed_by_expression, a, -1);
    if (plane < 0) {
        plane = add_plane(n, population, NULL, HIL_PLANE_DERIVED,
                          name_print(n->l->c->names, "fixed%d", p->fixed.count));
        p = &n->populations.at[population];
        vector_push(arena, &p->fixed, a);
        vector_push(arena, &p->fixed_planes, plane);
        map_set(arena, &p->fixed_by_expression, a, plane);
    }
    return (HilValueRef){HIL_VALUE_PLANE, plane};
}

/* "the linear equations of A.V (LIF.hil:13)" */
static const char *linear_subject(NetworkLowering *n, const char *owner, const Propagator *propagator) {
    Arena *arena = n->l->c->arena;
    const char *text = "the linear equations of";
    int shown = propagator->n > 4 ? 3 : propagator->n;
    for (int i = 0; i < shown; i++) {
        const Variable *v = propagator->states[i];
        text = arena_print(arena, "%s%s %s.%s", text, i ? "," : "", owner, v->name);
        if (v->span.source >= 0) text = arena_print(arena, "%s (%s)", text, line_text(n, v->span));
    }
    return shown < propagator->n ? arena_print(arena, "%s and %d more", text, propagator->n - shown) : text;
}

void prepare_propagator(NetworkLowering *n, int population, const char *owner, const Propagator *propagator) {
    Arena *arena = n->l->c->arena;
    int entries = propagator->n * propagator->n;
    HilValueRef *values = arena_array_of(arena, HilValueRef, 3 * entries);
    for (int i = 0; i < entries; i++) values[i] = entry_ref(n, population, propagator->a[i]);
    for (int i = 0; i < entries; i++) {
        values[entries + i] = value_ref(n, population, propagator->p[i]);
        values[2 * entries + i] = value_ref(n, population, propagator->q[i]);
    }
    HilPrepare row = {.kind = HIL_PREPARE_PROPAGATOR, .slot = -1, .node = -1, .n = propagator->n,
                      .values = image_add_run(n->l->image, HIL_VALUE_REFS, values, 3 * entries),
                      .population = propagator->instance ? population : -1,
                      .message = image_text(n->l->image, linear_subject(n, owner, propagator))};
    vector_push(arena, &n->prepares, row);
}

/* "V' of E (line 12)", "V', u' of E (lines 12, 13)" */
static const char *subject_of(NetworkLowering *n, const char *owner, const StabilityBound *bound) {
    Arena *arena = n->l->c->arena;
    const char *names = "", *lines = "";
    uint32_t last = 0;
    bool several = false;
    int shown = bound->n > 4 ? 3 : bound->n;
    for (int i = 0; i < shown; i++) {
        names = arena_print(arena, "%s%s%s'", names, i ? ", " : "", bound->equations[i]->state->name);
        uint32_t line = lowering_line(n, bound->equations[i]->span);
        if (!line || (i && line == last)) continue;
        lines = arena_print(arena, "%s%s%s", lines, i ? ", " : "", place_text(n, bound->equations[i]->span));
        several = i > 0;
        last = line;
    }
    if (shown < bound->n) names = arena_print(arena, "%s and %d more", names, bound->n - shown);
    return arena_print(arena, "%s of %s (line%s %s)", names, owner, several ? "s" : "", lines);
}

void prepare_stability(NetworkLowering *n, int population, const char *owner, const StabilityBound *bound) {
    if (bound->instance && population < 0) return;
    int entries = bound->n * bound->n;
    HilValueRef *values = arena_array_of(n->l->c->arena, HilValueRef, entries);
    for (int i = 0; i < entries; i++) values[i] = entry_ref(n, population, bound->a[i]);
    HilPrepare row = {.kind = HIL_PREPARE_STABILITY, .slot = -1, .node = -1, .n = bound->n, .flags = bound->flags,
                      .substeps = bound->substeps, .population = bound->instance ? population : -1,
                      .values = image_add_run(n->l->image, HIL_VALUE_REFS, values, entries),
                      .message = image_text(n->l->image, subject_of(n, owner, bound))};
    for (int k = 0; k < HIL_GROWTH_TERMS; k++) row.growth[k] = bound->growth[k];
    vector_push(n->l->c->arena, &n->prepares, row);
}
