/* Rows from rules. In: a rule with its arguments, views of the two sides. Out: rows of cells in a builder.
 * Kept true: what a rule draws for a cell is a function of that cell, so threads make rows in pieces, and pieces are put
 * together in the order of sources: the same rows for any number of threads. */
#include "threads.h"
#include "wiring.h"

#include <stdlib.h>
#include <string.h>

/* A piece is as much as keeps a thread busy for some milliseconds; smaller networks are not worth a second thread. */
enum { PIECE_SYNAPSES = 1 << 18, BATCH = 1 << 24 /* synapses drawn by column at a time */ };

static bool interrupted(const HilSimulation *s) {
    return s->settings.stop && atomic_load_explicit(s->settings.stop, memory_order_relaxed);
}

static bool out_of_memory(const RuleCall *call, HilError *error) { return rule_fail(call, error, "out of memory"); }

/* ---- one thread's share ------------------------------------------------------------------------------------------ */

enum { SHARE_DONE, SHARE_NO_MEMORY };

/* Rows of the sources begin <= source < end, or columns of the targets. */
typedef struct Share {
    HilSimulation *simulation;
    const Projection *projection;
    const Rule *rule; /* NULL: the projection's kernel */
    const Wiring *wiring;
    RuleCall call; /* with scratch of its own */
    uint32_t *row;
    RowBuilder *builder;
    int64_t first, begin, end; /* `first`: the builder's first source */
    uint32_t *columns;
    int result;
} Share;

static bool make_scratch(Share *share) {
    RuleCall *call = &share->call;
    int64_t larger = call->sources > call->targets ? call->sources : call->targets;
    if (!share->rule) {
        share->row =
            malloc((size_t)share->simulation->populations[share->projection->row->target].padded * sizeof *share->row);
        return share->row != NULL;
    }
    call->marks = calloc((size_t)larger + 1, sizeof *call->marks);
    /* Only sampling without replacement uses the table, and then the degree is at most the size. */
    double degree = call->argument_count ? call->arguments[0] : 0;
    call->table = calloc(hil_sample_table_size((uint32_t)(degree < (double)larger ? degree : (double)larger)) + 1,
                         sizeof *call->table);
    if (share->rule->row) share->row = malloc(((size_t)share->rule->most(call) + 1) * sizeof *share->row);
    return call->marks && call->table && (share->row || !share->rule->row);
}

static void free_scratch(Share *share) {
    free(share->call.marks);
    free(share->call.table);
    free(share->row);
}

/* The FROM kernel says for each source which targets were drawn. */
static int64_t row_by_kernel(const Share *share, int64_t cell, int64_t position) {
    const HilSimulation *s = share->simulation;
    const Wiring *w = share->wiring;
    int64_t targets = s->populations[share->projection->row->target].size, kept = 0;
    uint32_t from = (uint32_t)cell;
    HilFired fired = {.lanes = share->row};
    HilCall call = {.begin = 0, .end = targets, .list = &from, .count = 1, .fired = &fired};
    if (targets > 0) engine_call(s, &share->projection->rule, &call);
    int64_t self = w->call.self && w->call.forbid_self ? w->call.self[position] : -1;
    for (int64_t i = 0; i < fired.count; i++) {
        int64_t at = w->target_position ? w->target_position[fired.lanes[i]] : fired.lanes[i];
        if (at >= 0 && at != self) fired.lanes[kept++] = fired.lanes[i];
    }
    return kept;
}

/* The rule speaks of positions, the builder of cells. */
static void work_on_rows(void *context, int thread) {
    Share *share = (Share *)context + thread;
    const Wiring *w = share->wiring;
    for (int64_t source = share->begin; source < share->end; source++) {
        int64_t position = w->source_position ? w->source_position[source] : source, count = 0;
        if (position >= 0 && !share->rule) count = row_by_kernel(share, source, position);
        if (position >= 0 && share->rule) {
            count = share->rule->row(&share->call, position, share->row);
            for (int64_t i = 0; !w->all_targets && i < count; i++) share->row[i] = w->target_view.lanes[share->row[i]];
        }
        if (!rows_append(share->builder, source - share->first, share->row, count)) {
            share->result = SHARE_NO_MEMORY;
            return;
        }
    }
}

static void work_on_columns(void *context, int thread) {
    Share *share = (Share *)context + thread;
    int64_t degree = share->rule->most(&share->call);
    for (int64_t target = share->begin; target < share->end; target++)
        share->rule->column(&share->call, target, share->columns + (target - share->first) * degree);
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

typedef struct Team {
    int count;
    Share *shares;
    RowBuilder *pieces; /* [count]; unused where one thread does all */
} Team;

static void free_team(Team *team) {
    for (int t = 0; team->shares && t < team->count; t++) free_scratch(&team->shares[t]);
    for (int t = 0; team->pieces && t < team->count; t++) rows_abandon(&team->pieces[t]);
    free(team->shares);
    free(team->pieces);
}

static bool make_team(HilSimulation *s, const Projection *p, const Wiring *w, double synapses, Team *team) {
    const Rule *rule = p->row->rule_use >= 0 ? NULL : rule_find(p->row->rule);
    bool worth = synapses >= 2 * PIECE_SYNAPSES && !s->settings.call;
    team->count = worth ? s->thread_count : 1;
    team->shares = calloc((size_t)team->count, sizeof *team->shares);
    team->pieces = calloc((size_t)team->count, sizeof *team->pieces);
    bool good = team->shares && team->pieces;
    for (int t = 0; good && t < team->count; t++) {
        Share *share = &team->shares[t];
        *share = (Share){.simulation = s, .projection = p, .rule = rule, .wiring = w, .call = w->call};
        good = make_scratch(share);
    }
    return good;
}

static void set_ranges(Team *team, int64_t begin, int64_t end) {
    for (int t = 0; t < team->count; t++) {
        team->shares[t].begin = begin + (end - begin) * t / team->count;
        team->shares[t].end = begin + (end - begin) * (t + 1) / team->count;
    }
}

/* Rows of the sources begin … end-1, by all threads; the pieces are kept from round to round for their memory. */
static bool add_rows(Team *team, RowBuilder *builder, int64_t begin, int64_t end) {
    set_ranges(team, begin, end);
    bool good = true;
    for (int t = 0; t < team->count; t++) {
        Share *share = &team->shares[t];
        bool alone = team->count == 1;
        share->first = alone ? 0 : share->begin;
        share->builder = alone ? builder : &team->pieces[t];
        if (alone) continue;
        good = good && rows_begin_anew(&team->pieces[t], share->end - share->begin, builder->target_bytes);
    }
    if (!good) return false;
    engine_share(team->count, work_on_rows, team->shares);
    for (int t = 0; good && t < team->count; t++) {
        good = team->shares[t].result == SHARE_DONE;
        if (good && team->count > 1) good = rows_append_all(builder, team->shares[t].begin, &team->pieces[t]);
    }
    return good;
}

/* Sources of a round: so many that each thread has a piece; all cells look alike to a rule. */
static int64_t round_of(const Team *team, int64_t cells, double synapses) {
    double per_cell = cells ? synapses / (double)cells : 0;
    double round = per_cell > 0 ? (double)PIECE_SYNAPSES * team->count / per_cell : 1024;
    return round < team->count ? team->count : round < (double)cells ? (int64_t)round : cells + 1;
}

static bool make_rows(HilSimulation *s, const Projection *p, Wiring *w, RowBuilder *builder, HilError *error) {
    int64_t sources = s->populations[p->row->source].size;
    bool by_kernel = p->row->rule_use >= 0;
    /* A kernel looks at every pair of cells, whatever it keeps of them. */
    double work =
        by_kernel ? (double)w->call.sources * (double)w->call.targets : rule_find(p->row->rule)->expected(&w->call);
    Team team = {0};
    bool good = make_team(s, p, w, work, &team);
    int64_t round = round_of(&team, sources, work);
    for (int64_t begin = 0; good && begin < sources; begin += round) {
        good = add_rows(&team, builder, begin, begin + round < sources ? begin + round : sources);
        if (good && interrupted(s)) {
            free_team(&team);
            return rule_fail(&w->call, error, "interrupted");
        }
    }
    free_team(&team);
    return good || out_of_memory(&w->call, error);
}

/* ---- columns: the sources of each target ------------------------------------------------------------------------- */

static bool find_self_sources(Wiring *w) {
    w->self_source = malloc(((size_t)w->call.targets + 1) * sizeof *w->self_source);
    if (!w->self_source) return false;
    for (int64_t t = 0; t < w->call.targets; t++) w->self_source[t] = -1;
    for (int64_t i = 0; w->call.self && w->call.forbid_self && i < w->call.sources; i++)
        if (w->call.self[i] >= 0) w->self_source[w->call.self[i]] = i;
    w->call.self_source = w->self_source;
    return true;
}

static void count_columns(const Wiring *w, RowBuilder *builder, const uint32_t *columns, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        builder->rows[(w->all_sources ? columns[i] : w->source_view.lanes[columns[i]]) + 1]++;
}

/* Targets come in their order, so rows ascend where the view does. */
static void place_columns(const Wiring *w, RowBuilder *builder, const uint32_t *columns, int64_t degree, int64_t begin,
                          int64_t end) {
    for (int64_t target = begin; target < end; target++) {
        uint32_t cell = w->all_targets ? (uint32_t)target : w->target_view.lanes[target];
        for (int64_t i = 0; i < degree; i++, columns++) {
            uint64_t at = builder->rows[w->all_sources ? *columns : w->source_view.lanes[*columns]]++;
            if (builder->target_bytes == 2)
                ((uint16_t *)builder->targets)[at] = (uint16_t)cell;
            else
                ((uint32_t *)builder->targets)[at] = cell;
        }
    }
}

static void draw_columns(Team *team, uint32_t *columns, int64_t begin, int64_t end) {
    set_ranges(team, begin, end);
    for (int t = 0; t < team->count; t++) {
        team->shares[t].first = begin;
        team->shares[t].columns = columns;
    }
    engine_share(team->count, work_on_columns, team->shares);
}

/* Once to count, once to place; what does not fit into one batch is drawn a second time, which costs less than memory. */
static bool make_columns(HilSimulation *s, const Projection *p, Wiring *w, RowBuilder *builder, HilError *error) {
    int64_t degree = rule_find(p->row->rule)->most(&w->call), targets = degree ? w->call.targets : 0;
    int64_t batch = degree < BATCH && degree ? BATCH / degree : 1;
    if (batch > targets) batch = targets;
    Team team = {0};
    uint32_t *columns = malloc(((size_t)batch * (size_t)degree + 1) * sizeof *columns);
    bool good = columns && find_self_sources(w) && make_team(s, p, w, (double)targets * (double)degree, &team) &&
                rows_reserve(builder, targets * degree);
    for (int64_t begin = 0; good && begin < targets; begin += batch) {
        int64_t end = begin + batch < targets ? begin + batch : targets;
        draw_columns(&team, columns, begin, end);
        count_columns(w, builder, columns, (end - begin) * degree);
    }
    for (int64_t i = 0; good && i < builder->sources; i++) builder->rows[i + 1] += builder->rows[i];
    for (int64_t begin = 0; good && begin < targets; begin += batch) {
        int64_t end = begin + batch < targets ? begin + batch : targets;
        if (batch < targets) draw_columns(&team, columns, begin, end);
        place_columns(w, builder, columns, degree, begin, end);
    }
    if (good) rows_placed(builder, targets * degree, !w->all_targets);
    free_team(&team);
    free(columns);
    return good || out_of_memory(&w->call, error);
}

/* ---- pairs in any order ------------------------------------------------------------------------------------------ */

static bool make_pairs(const Projection *p, Wiring *w, RowBuilder *builder, HilError *error) {
    PairList pairs = {0};
    bool good = rule_find(p->row->rule)->pairs(&w->call, &pairs, error);
    for (int64_t i = 0; good && i < pairs.count; i++) {
        if (!w->all_sources) pairs.sources[i] = w->source_view.lanes[pairs.sources[i]];
        if (!w->all_targets) pairs.targets[i] = w->target_view.lanes[pairs.targets[i]];
    }
    if (good && !rows_from_pairs(builder, &pairs, NULL)) good = out_of_memory(&w->call, error);
    free(pairs.sources);
    free(pairs.targets);
    return good;
}

bool wiring_make_rows(HilSimulation *s, Projection *p, Wiring *w, RowBuilder *builder, HilError *error) {
    if (p->row->rule_use >= 0) {
        if (!engine_bind(s, p->row->rule_use, &p->rule, error)) return false;
        if (p->rule.event_count != 1) return rule_fail(&w->call, error, "its rule's kernel has no event");
        return make_rows(s, p, w, builder, error);
    }
    const Rule *rule = rule_find(p->row->rule);
    return rule->pairs    ? make_pairs(p, w, builder, error)
           : rule->column ? make_columns(s, p, w, builder, error)
                          : make_rows(s, p, w, builder, error);
}

double wiring_building_bytes(const HilProjection *row, double synapses) {
    /* Pairs, and their order by target and by both; of the edges' file, weights and delays as well. */
    if (row->rule == HIL_RULE_EDGES) return (8 + 16 + 16) * synapses;
    const Rule *rule = row->rule_use < 0 ? rule_find(row->rule) : NULL;
    if (rule && rule->column) return (synapses < BATCH ? synapses : BATCH) * sizeof(uint32_t);
    return rule && rule->pairs ? (8 + 16) * synapses : 0;
}
