/* Projections: from a rule and its arguments to rows of synapses with their values. In: a projection's row of the image,
 * populations that exist. Out: rows by source, targets in 16 or 32 bits, per-synapse planes filled by the connect uses.
 * Kept true: rows are sorted by target before the connect uses run, so what these draw depends on no later order. */
#include "engine.h"
#include "names.h"
#include "wiring.h"
#include "hillock/edges.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static void free_wiring(Wiring *w) {
    free(w->source_view.lanes);
    free(w->target_view.lanes);
    free(w->source_position);
    free(w->target_position);
    free(w->self);
    free(w->self_source);
}

static bool invert(const Wiring *w, const LaneList *view, int64_t size, const char *of, int64_t **positions,
                   HilError *error) {
    *positions = malloc(((size_t)size + 1) * sizeof **positions);
    if (!*positions) return rule_fail(&w->call, error, "out of memory");
    for (int64_t i = 0; i < size; i++) (*positions)[i] = -1;
    for (int64_t i = 0; i < view->count; i++) {
        if ((*positions)[view->lanes[i]] >= 0)
            return rule_fail(&w->call, error, "cell %u of %s is listed twice", view->lanes[i], of);
        (*positions)[view->lanes[i]] = i;
    }
    return true;
}

static bool wire_views(HilSimulation *s, const Projection *p, Wiring *w, HilError *error) {
    const Population *source = &s->populations[p->row->source], *target = &s->populations[p->row->target];
    if (!engine_view(s, p->row->source_view, source->size, source->name, p->row->line, &w->source_view, &w->all_sources,
                     error) ||
        !engine_view(s, p->row->target_view, target->size, target->name, p->row->line, &w->target_view, &w->all_targets,
                     error))
        return false;
    w->call.sources = w->all_sources ? source->size : w->source_view.count;
    w->call.targets = w->all_targets ? target->size : w->target_view.count;
    if (!w->all_sources && !invert(w, &w->source_view, source->size, source->name, &w->source_position, error))
        return false;
    if (!w->all_targets && !invert(w, &w->target_view, target->size, target->name, &w->target_position, error))
        return false;
    if (!(p->row->flags & HIL_SELF_IS_SAME_POPULATION)) return true;
    w->self = malloc(((size_t)w->call.sources + 1) * sizeof *w->self);
    if (!w->self) return rule_fail(&w->call, error, "out of memory");
    for (int64_t i = 0; i < w->call.sources; i++) {
        int64_t cell = w->all_sources ? i : w->source_view.lanes[i];
        w->self[i] = w->target_position ? w->target_position[cell] : cell < target->size ? cell : -1;
    }
    w->call.self = w->self;
    return true;
}

static bool wire_path(HilSimulation *s, const Projection *p, Wiring *w, HilError *error) {
    const char *path = NULL;
    int32_t node = p->row->arguments.count ? *hil_row(s->image, HIL_KIDS, int32_t, p->row->arguments.first) : -1;
    if (node < 0 || !s->evaluator.text) return rule_fail(&w->call, error, "the list of connections has no path");
    if (!s->evaluator.text(s->evaluator.context, node, &path, error)) return false;
    bool relative = s->settings.folder && path[0] != '/';
    int length =
        snprintf(w->path, sizeof w->path, "%s%s%s", relative ? s->settings.folder : "", relative ? "/" : "", path);
    if (length >= (int)sizeof w->path) return rule_fail(&w->call, error, "the path is too long");
    w->call.path = w->path;
    return true;
}

static bool wire_arguments(HilSimulation *s, const Projection *p, Wiring *w, HilError *error) {
    if (p->row->rule == HIL_RULE_EDGES) return wire_path(s, p, w, error);
    if (p->row->rule_use >= 0) return true;
    const Rule *rule = rule_find(p->row->rule);
    if (!rule) return rule_fail(&w->call, error, "unknown rule %d", p->row->rule);
    if (p->row->arguments.count != rule->arguments)
        return rule_fail(&w->call, error, "%s takes %d arguments, not %d", rule->name, rule->arguments,
                         p->row->arguments.count);
    for (int i = 0; i < rule->arguments; i++) {
        int32_t node = *hil_row(s->image, HIL_KIDS, int32_t, p->row->arguments.first + i);
        if (!engine_number(s, node, &w->call.arguments[i], error)) return false;
    }
    w->call.argument_count = rule->arguments;
    /* How many cells a condition will choose is not known while memory is planned. */
    if (engine_view_open(s, p->row->source_view) || engine_view_open(s, p->row->target_view)) return true;
    return rule->check(&w->call, error);
}

static uint32_t hash_name(const char *name) { /* FNV-1a */
    uint32_t hash = 2166136261u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash;
}

static bool wire(HilSimulation *s, const Projection *p, Wiring *w, HilError *error) {
    *w = (Wiring){0};
    w->call = (RuleCall){.name = p->name,
                         .source_name = s->populations[p->row->source].name,
                         .target_name = s->populations[p->row->target].name,
                         .multapses = p->row->flags & HIL_ALLOW_MULTAPSES,
                         .forbid_self = !(p->row->flags & HIL_ALLOW_SELF),
                         .seed = s->settings.seed,
                         .stream = hash_name(p->name)};
    w->call.place = engine_place(s, p->row->line, w->place, sizeof w->place);
    return wire_views(s, p, w, error) && wire_arguments(s, p, w, error);
}

bool engine_expected_synapses(HilSimulation *s, int32_t projection, double *count, HilError *error) {
    const Projection *p = &s->projections[projection];
    Wiring w;
    bool good = wire(s, p, &w, error);
    *count = 0;
    if (good && p->row->rule == HIL_RULE_EDGES) {
        struct stat status; /* an edge takes some eight bytes of text, or more */
        if (!stat(w.path, &status)) *count = (double)status.st_size / 8;
    } else if (good && p->row->rule_use < 0) {
        *count = rule_find(p->row->rule)->expected(&w.call);
    }
    free_wiring(&w);
    return good;
}

/* ---- lists of edges ---------------------------------------------------------------------------------------------- */

static const HilPlane *plane_of_role(const HilSimulation *s, const Projection *p, int role, int32_t *plane) {
    for (*plane = 0; *plane < p->row->planes.count; (*plane)++) {
        const HilPlane *row = engine_plane_row(s, p->row->planes, *plane);
        if (row->role == role) return row;
    }
    *plane = -1;
    return NULL;
}

static bool read_edges(HilSimulation *s, const Projection *p, Wiring *w, RowBuilder *builder, PairList *pairs,
                       int64_t **order, HilError *error) {
    int32_t plane;
    const HilPlane *weight = plane_of_role(s, p, HIL_PLANE_WEIGHT, &plane);
    HilEdgeRequest request = {.source_name = w->call.source_name,
                              .target_name = w->call.target_name,
                              .source_size = (uint64_t)w->call.sources,
                              .target_size = (uint64_t)w->call.targets,
                              .weight_unit = {HIL_DIMENSIONLESS, 1, 0},
                              .weight_unit_text = ""};
    if (weight) {
        request.weight_unit = (HilUnit){weight->dimension, weight->scale, weight->offset};
        request.weight_unit_text = engine_text(s, weight->unit);
    }
    HilEdgeList list;
    HilError reason;
    if (!hil_edges_read(w->path, &request, &list, &reason)) return rule_fail(&w->call, error, "%s", reason.text);
    *pairs =
        (PairList){list.sources, list.targets, list.weights, list.delays, (int64_t)list.count, (int64_t)list.count};
    for (int64_t i = 0; i < pairs->count; i++) {
        if (!w->all_sources) pairs->sources[i] = w->source_view.lanes[pairs->sources[i]];
        if (!w->all_targets) pairs->targets[i] = w->target_view.lanes[pairs->targets[i]];
    }
    return rows_from_pairs(builder, pairs, order) || rule_fail(&w->call, error, "out of memory");
}

/* ---- values of synapses ------------------------------------------------------------------------------------------ */

static bool make_planes(HilSimulation *s, Projection *p, HilError *error) {
    p->planes = calloc((size_t)p->row->planes.count + 1, sizeof *p->planes);
    bool good = p->planes != NULL;
    for (int32_t i = 0; good && i < p->row->planes.count; i++) {
        p->planes[i] =
            engine_allocate((size_t)p->padded * engine_storage_bytes(engine_plane_row(s, p->row->planes, i)));
        good = p->planes[i] != NULL;
    }
    return good || hil_fail(error, "connection %s: out of memory for %lld synapses", p->name, (long long)p->count);
}

static bool run_connect(HilSimulation *s, Projection *p, HilError *error) {
    int64_t sources = s->populations[p->row->source].size;
    uint32_t *all = malloc(((size_t)sources + 1) * sizeof *all);
    if (!all) return hil_fail(error, "connection %s: out of memory", p->name);
    for (int64_t i = 0; i < sources; i++) all[i] = (uint32_t)i;
    bool good = engine_bind_range(s, p->row->connect, &p->connect, error);
    for (int32_t i = 0; good && i < p->row->connect.count && p->count; i++) {
        HilCall call = {
            .list = all, .count = sources, .rows = p->rows, .targets = p->targets, .target_bytes = p->target_bytes};
        engine_call(s, &p->connect[i], &call);
    }
    free(all);
    return good;
}

/* Weights and delays that the file of edges has go before what the model says. order[j]: which edge synapse j is. */
static bool place_file_values(HilSimulation *s, const Projection *p, const PairList *pairs, const int64_t *order,
                              HilError *error) {
    const double *values[2] = {pairs->weights, pairs->delays};
    const int roles[2] = {HIL_PLANE_WEIGHT, HIL_PLANE_DELAY};
    for (int k = 0; k < 2; k++) {
        int32_t plane;
        if (!values[k]) continue;
        const HilPlane *row = plane_of_role(s, p, roles[k], &plane);
        if (!row)
            return hil_fail(error,
                            "connection %s: its file gives a %s to each connection, but the model has one "
                            "for all: declare it as per connection or leave out the column",
                            p->name, k ? "delay" : "weight");
        HilPlaneView view = {p->planes[plane], p->count, row};
        for (int64_t j = 0; j < p->count; j++) hil_plane_set_value(view, j, values[k][order[j]]);
    }
    return true;
}

static bool fill_values(HilSimulation *s, int32_t index, const PairList *pairs, const int64_t *order, HilError *error) {
    Projection *p = &s->projections[index];
    if (!make_planes(s, p, error) || !run_connect(s, p, error)) return false;
    if (p->row->rule == HIL_RULE_EDGES && !place_file_values(s, p, pairs, order, error)) return false;
    engine_apply_overrides(s, -1, index);
    return engine_update_delays(s, p, error);
}

bool engine_connect(HilSimulation *s, int32_t index, HilError *error) {
    Projection *p = &s->projections[index];
    Wiring w;
    PairList pairs = {0};
    int64_t *order = NULL;
    RowBuilder builder = {0};
    bool good = wire(s, p, &w, error);
    double expected = 0; /* of a list of edges its own count is taken, not this one */
    bool listed = p->row->rule == HIL_RULE_EDGES;
    if (good && !listed && p->row->rule_use < 0) expected = rule_find(p->row->rule)->expected(&w.call);
    if (good &&
        !rows_begin(&builder, s->populations[p->row->source].size, s->populations[p->row->target].size, expected))
        good = rule_fail(&w.call, error, "out of memory for %.0f synapses", expected);
    if (good && listed) good = read_edges(s, p, &w, &builder, &pairs, &order, error);
    if (good && !listed) good = wiring_make_rows(s, p, &w, &builder, error);
    if (good && !rows_finish(&builder, p, p->row->edge.count > 0))
        good = rule_fail(&w.call, error, "out of memory for %lld synapses", (long long)builder.count);
    if (good) good = fill_values(s, index, &pairs, order, error);
    rows_abandon(&builder);
    free(order);
    free(pairs.sources);
    free(pairs.targets);
    free(pairs.weights);
    free(pairs.delays);
    free_wiring(&w);
    return good;
}

void engine_free_projection(HilSimulation *s, Projection *p) {
    for (int32_t i = 0; p->planes && i < p->row->planes.count; i++) free(p->planes[i]);
    engine_free_split(s, p);
    rows_free_pending(s, p);
    engine_free_parts(s, p);
    free(p->planes);
    free(p->rows);
    free(p->targets);
    free(p->sources);
    free(p->delay_steps);
    engine_free_use(&p->deliver);
    engine_free_use(&p->rule);
    engine_free_uses(p->connect, p->row->connect.count);
    engine_free_uses(p->lane_prepare, p->row->lane_prepare.count);
    engine_free_uses(p->edge, p->row->edge.count);
}
