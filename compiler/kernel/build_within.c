/* Events taken where they lie within a step.
 *
 * In: a population with an `exact` event whose states obey x' = A x + b, b constant over a step. Out: a kernel for the few
 * cells to which something happens between t and t+dt: they are still at t. It goes from t to the end of a refractory
 * period, to the crossing, runs the event's actions there, holds what they hold, and goes on to t+dt.
 *
 * Every way is made of pieces dt/2^k, k = 1 … K: x -> x + E_k x + d_k with E_k = e^(A dt/2^k) - 1 and d_k the drive's
 * part. E_K and d_K are series, E_(k-1) = 2 E_k + E_k E_k and d_(k-1) = 2 d_k + E_k d_k, so small pieces keep their
 * precision. Taking the longest piece that stays before the crossing (or the way's end), K times, is bisection. What
 * then remains is shorter than dt/2^K, where x is a straight line to rounding. */
#include "kernel/lowering.h"

/* dt/2^K is short enough for a straight line: its error is (|A| dt/2^K)^2/8 of x. */
enum { PIECES_F64 = 24, PIECES_F32 = 12 };

/* ---- pieces of a step ---- */

typedef struct Builder Builder;
struct Builder {
    Emitter *e;
    ExpressionPool *pool;
    const Within *within;
    int n, pieces;
    const Expression ***grow;  /* [1 … pieces][n*n]: E_k; NULL: zero */
    const Expression ***drive; /* [1 … pieces][n]: d_k; NULL: zero */
    const bool *still;         /* states whose rows of A and b count as zero, or NULL */
    Builder *held;      /* the pieces while states are held, where some follow other laws then; or NULL */
};

/* Where a cell is within its step. */
typedef struct Place {
    const Expression **x;
    const Expression *time; /* since t, in steps */
} Place;

static const Expression *number(const Builder *b, double value) {
    return expression_number(b->pool, value, HIL_DIMENSIONLESS, NO_SPAN);
}

static const Expression *truth(const Builder *b, ExpressionOp op, const Expression *left, const Expression *right) {
    return logic(b->pool, op, left, right);
}

static const Expression *sum(const Builder *b, const Expression *left, const Expression *right) {
    if (!left || !right) return left ? left : right;
    return expression_add(b->pool, left, right);
}

static const Expression *least(const Builder *b, const Expression *left, const Expression *right) {
    const Expression *kids[2] = {left, right};
    return expression_make(b->pool, EXPRESSION_MIN, left->type, NO_SPAN, 2, kids);
}

static const Expression *most(const Builder *b, const Expression *left, const Expression *right) {
    const Expression *kids[2] = {left, right};
    return expression_make(b->pool, EXPRESSION_MAX, left->type, NO_SPAN, 2, kids);
}

/* Row i of matrix times column j (of `columns`) of another; NULL: zero. */
static const Expression *dot(const Builder *b, const Expression **matrix, int i, const Expression **other, int columns,
                             int j) {
    const Expression *total = NULL;
    for (int k = 0; k < b->n; k++)
        if (matrix[i * b->n + k] && other[k * columns + j])
            total = sum(b, total, expression_multiply(b->pool, matrix[i * b->n + k], other[k * columns + j]));
    return total;
}

static const Expression *times(const Builder *b, double factor, const Expression *value) {
    return value ? expression_multiply(b->pool, number(b, factor), value) : NULL;
}

static const Expression *kept(const Builder *b, const Expression *value) {
    return value ? emit_kept(b->e, value) : NULL;
}

/* The shortest piece, h = dt/2^K, M = A h: E = M + M^2/2 + M^3/6, d = h (1 + M/2 + M^2/6) b. */
static void shortest_piece(Builder *b, const Expression **rests, bool drive_only) {
    Arena *arena = b->e->n->l->c->arena;
    int n = b->n, last = b->pieces;
    const Expression *dt = expression_variable(b->pool, b->e->n->network->variables.at[0], NO_SPAN);
    const Expression *h = kept(b, expression_multiply(b->pool, dt, number(b, 1.0 / (double)(1 << b->pieces))));
    const Expression **m = arena_array_of(arena, const Expression *, n * n);
    const Expression **half = arena_array_of(arena, const Expression *, n * n); /* M/2 + M^2/6 */
    for (int i = 0; i < n * n; i++)
        if (b->within->a[i] && !(b->still && b->still[i / n])) m[i] = kept(b, expression_multiply(b->pool, b->within->a[i], h));
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            half[i * n + j] = kept(b, sum(b, times(b, 0.5, m[i * n + j]), times(b, 1.0 / 6, dot(b, m, i, m, n, j))));
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n && !drive_only; j++)
            b->grow[last][i * n + j] = kept(b, sum(b, m[i * n + j], dot(b, m, i, half, n, j)));
        const Expression *pull = sum(b, rests[i], dot(b, half, i, rests, 1, 0));
        b->drive[last][i] = pull ? kept(b, expression_multiply(b->pool, h, pull)) : NULL;
    }
}

/* All pieces, each from the one half as long. */
static void make_pieces(Builder *b, const Expression **rests, bool drive_only) {
    int n = b->n;
    const Expression **fixed = arena_array_of(b->e->n->l->c->arena, const Expression *, n);
    for (int i = 0; i < n; i++) fixed[i] = b->still && b->still[i] ? NULL : kept(b, rests[i]);
    shortest_piece(b, fixed, drive_only);
    for (int k = b->pieces; k > 1; k--)
        for (int i = 0; i < n; i++) {
            const Expression **grow = b->grow[k];
            for (int j = 0; j < n && !drive_only; j++)
                b->grow[k - 1][i * n + j] = kept(b, sum(b, times(b, 2, grow[i * n + j]), dot(b, grow, i, grow, n, j)));
            b->drive[k - 1][i] = kept(b, sum(b, times(b, 2, b->drive[k][i]), dot(b, grow, i, b->drive[k], 1, 0)));
        }
    if (b->held) make_pieces(b->held, rests, drive_only);
}

static void add_tables(Builder *b) {
    Arena *arena = b->e->n->l->c->arena;
    b->grow = arena_array_of(arena, const Expression **, b->pieces + 1);
    b->drive = arena_array_of(arena, const Expression **, b->pieces + 1);
    for (int k = 1; k <= b->pieces; k++) {
        b->grow[k] = arena_array_of(arena, const Expression *, b->n * b->n);
        b->drive[k] = arena_array_of(arena, const Expression *, b->n);
    }
}

/* What piece k adds to state i, held where `free` (NULL: is true) is not; NULL: nothing. */
static const Expression *change(const Builder *b, int k, const Expression **x, int i, const Expression *free) {
    const Expression *whole = sum(b, dot(b, b->grow[k], i, x, 1, 0), b->drive[k][i]);
    if (!free || !whole || (!b->within->held[i] && !b->within->follows[i])) return whole;
    const Expression *held = b->within->follows[i] ? change(b->held, k, x, i, NULL) : NULL;
    if (!held) held = expression_number(b->pool, 0, whole->type->dimension, NO_SPAN);
    return expression_select(b->pool, free, whole, held);
}

/* ---- ways ---- */

/* e where the system's states are x. */
static const Expression *seen_at(const Builder *b, const Expression *e, const Expression **x) {
    Substitution *at = arena_array_of(b->e->n->l->c->arena, Substitution, b->n + 1);
    for (int i = 0; i < b->n; i++) at[i] = (Substitution){b->within->states[i], x[i]};
    return expression_substitute(b->pool, e, at, b->n);
}

static const Expression *height(const Builder *b, const Expression **x) {
    const Event *event = b->within->event;
    return seen_at(b, expression_subtract(b->pool, event->signal, event->level), x);
}

/* Does the event's test hold at x, where it is looked for? */
static const Expression *reached(const Builder *b, const Expression *searching, const Expression **x) {
    return truth(b, EXPRESSION_AND, searching, seen_at(b, b->within->event->test, x));
}

/* Takes the longest pieces that end before `limit` and, where `searching`, before the crossing; none where it is `over`
 * from the start. */
static void take_pieces(Builder *b, Place *place, const Expression *limit, const Expression *free,
                        const Expression *searching, const Expression *over) {
    const Expression **y = arena_array_of(b->e->n->l->c->arena, const Expression *, b->n + 1);
    for (int k = 1; k <= b->pieces; k++) {
        const Expression *end = kept(b, expression_add(b->pool, place->time, number(b, 1.0 / (double)(1 << k))));
        for (int i = 0; i < b->n; i++) y[i] = kept(b, sum(b, place->x[i], change(b, k, place->x, i, free)));
        const Expression *taken = truth(b, EXPRESSION_LE, end, limit);
        if (searching) {
            const Expression *beyond = truth(b, EXPRESSION_OR, over, reached(b, searching, y));
            taken = truth(b, EXPRESSION_AND, taken, truth(b, EXPRESSION_NOT, beyond, NULL));
        }
        taken = kept(b, taken);
        for (int i = 0; i < b->n; i++) place->x[i] = kept(b, expression_select(b->pool, taken, y[i], place->x[i]));
        place->time = kept(b, expression_select(b->pool, taken, end, place->time));
    }
}

/* Goes from `place` to `limit`, or to the crossing where `searching` (NULL: never) holds and there is one; returns whether
 * there was (NULL when not searching). States that are held stay where `holding` (NULL: never) holds. */
static const Expression *go(Builder *b, Place *place, const Expression *limit, const Expression *holding,
                            const Expression *searching) {
    ExpressionPool *pool = b->pool;
    Arena *arena = b->e->n->l->c->arena;
    const Expression *over = searching ? kept(b, reached(b, searching, place->x)) : NULL;
    const Expression *free = holding ? kept(b, truth(b, EXPRESSION_NOT, holding, NULL)) : NULL;
    take_pieces(b, place, limit, free, searching, over);
    /* a straight line over what is left */
    double shortest = 1.0 / (double)(1 << b->pieces);
    const Expression *left = kept(b, least(b, number(b, shortest), expression_subtract(pool, limit, place->time)));
    const Expression *share = kept(b, expression_multiply(pool, left, number(b, 1 / shortest)));
    const Expression **way = arena_array_of(arena, const Expression *, b->n + 1);
    const Expression **end = arena_array_of(arena, const Expression *, b->n + 1);
    for (int i = 0; i < b->n; i++) {
        way[i] = change(b, b->pieces, place->x, i, free);
        if (way[i]) way[i] = kept(b, expression_multiply(pool, share, way[i]));
        end[i] = kept(b, sum(b, place->x[i], way[i]));
    }
    if (!searching) {
        *place = (Place){end, limit};
        return NULL;
    }
    const Expression *found = kept(b, truth(b, EXPRESSION_OR, over, reached(b, searching, end)));
    const Expression *before = kept(b, height(b, place->x)), *after = height(b, end);
    const Expression *part = expression_divide(pool, before, expression_subtract(pool, before, after));
    const Expression *kids[3] = {part, number(b, 0), number(b, 1)};
    part = expression_make(pool, EXPRESSION_CLIP, part->type, NO_SPAN, 3, kids);
    part = kept(b, expression_select(pool, over, number(b, 0), part));
    for (int i = 0; i < b->n; i++) {
        const Expression *there = place->x[i];
        if (way[i]) there = expression_add(pool, there, expression_multiply(pool, part, way[i]));
        place->x[i] = kept(b, expression_select(pool, found, there, end[i]));
    }
    const Expression *there = expression_add(pool, place->time, expression_multiply(pool, part, left));
    place->time = kept(b, expression_select(pool, found, least(b, there, number(b, 1)), limit));
    return found;
}

static Variable *carried_variable(const Builder *b, const Type *type) {
    Variable *v = arena_new_of(b->e->n->l->c->arena, Variable);
    *v = (Variable){.name = "", .role = VARIABLE_STATE, .type = type, .unit = {.scale = 1}, .unit_text = "", .span = NO_SPAN};
    return v;
}

static bool all_held(const Within *within) {
    for (int i = 0; i < within->n; i++)
        if (!within->held[i]) return false;
    return true;
}

/* Held for `hold` steps, then free to the end of the step, or to the crossing: two rounds of one loop. `eligible` (NULL:
 * nothing is looked for) says, of the values where the free part begins, whether a crossing counts. */
typedef const Expression *Eligible(const Builder *b, const void *context, const Expression **x);

static const Expression *hold_and_go(Builder *b, Place *place, const Expression *hold, Eligible *eligible,
                                     const void *context) {
    ExpressionPool *pool = b->pool;
    if (!hold || all_held(b->within)) { /* nothing moves while held */
        if (hold)
            place->time = kept(b, least(b, expression_add(pool, place->time, most(b, hold, number(b, 0))), number(b, 1)));
        return go(b, place, number(b, 1), NULL, eligible ? kept(b, eligible(b, context, place->x)) : NULL);
    }
    int count = b->n + 3;
    Carried *carried = arena_array_of(b->e->n->l->c->arena, Carried, count);
    Place at = {arena_array_of(b->e->n->l->c->arena, const Expression *, b->n + 1), NULL};
    const Expression *zero = number(b, 0), *one = number(b, 1);
    const Expression *none[2] = {zero, hold};
    const Expression *held_at_first = expression_make(pool, EXPRESSION_LT, type_simple(pool, TYPE_BOOLEAN), NO_SPAN, 2, none);
    for (int i = 0; i < count; i++) {
        const Expression *initial = i < b->n ? place->x[i] : i == b->n ? place->time : zero;
        if (i == b->n + 1) initial = expression_select(pool, held_at_first, one, zero);
        carried[i] = (Carried){.variable = carried_variable(b, initial->type), .initial = initial};
    }
    const Expression *held_until = kept(b, least(b, expression_add(pool, place->time, most(b, hold, zero)), one));
    int loop = emit_loop(b->e, 2, carried, count);
    for (int i = 0; i < b->n; i++) at.x[i] = expression_variable(pool, carried[i].variable, NO_SPAN);
    at.time = expression_variable(pool, carried[b->n].variable, NO_SPAN);
    const Expression *holding = kept(b, positive(pool, carried[b->n + 1].variable));
    const Expression *limit = kept(b, expression_select(pool, holding, held_until, one));
    const Expression *searching = NULL;
    if (eligible)
        searching = kept(b, truth(b, EXPRESSION_AND, truth(b, EXPRESSION_NOT, holding, NULL), eligible(b, context, at.x)));
    const Expression *found = go(b, &at, limit, holding, searching);
    for (int i = 0; i < b->n; i++) carried[i].next = at.x[i];
    carried[b->n].next = at.time;
    carried[b->n + 1].next = zero;
    carried[b->n + 2].next = found ? expression_select(pool, found, one, zero) : zero;
    const Expression *earlier[2] = {limit, one};
    const Expression *more = expression_make(pool, EXPRESSION_LT, holding->type, NO_SPAN, 2, earlier);
    emit_loop_end(b->e, loop, carried, count, truth(b, EXPRESSION_AND, holding, more));
    for (int i = 0; i < b->n; i++) place->x[i] = expression_variable(pool, carried[i].variable, NO_SPAN);
    place->time = expression_variable(pool, carried[b->n].variable, NO_SPAN);
    return eligible ? positive(pool, carried[b->n + 2].variable) : NULL;
}

/* ---- the event ---- */

/* An edge that was passed while the event was silenced, or before, is none. */
static const Expression *counts(const Builder *b, const void *context, const Expression **x) {
    const Condition *condition = context;
    const Event *event = b->within->event;
    if (event->condition == CONDITION_LEVEL) return expression_boolean(b->pool, true, NO_SPAN);
    const Expression *below = truth(b, EXPRESSION_NOT, seen_at(b, event->test, x), NULL);
    const Expression *before = condition->armed ? positive(b->pool, condition->armed) : event->test;
    before = truth(b, EXPRESSION_NOT, before, NULL);
    if (!b->within->countdown) return before;
    const Expression *silenced = positive(b->pool, b->within->countdown);
    return truth(b, EXPRESSION_OR, truth(b, EXPRESSION_AND, silenced, below),
                 truth(b, EXPRESSION_AND, truth(b, EXPRESSION_NOT, silenced, NULL), before));
}

typedef struct Occurrence {
    Builder *b;
    const Expression *time; /* of the crossing, in steps since t */
} Occurrence;

static const Expression *replace_time(void *context, const Expression *leaf) {
    const Occurrence *o = context;
    if (leaf->op != EXPRESSION_TIME) return NULL;
    const Expression *dt = expression_variable(o->b->pool, o->b->e->n->network->variables.at[0], NO_SPAN);
    return expression_add(o->b->pool, leaf, expression_multiply(o->b->pool, o->time, dt));
}

/* The values that the event's actions leave, where it was found; of what it writes beside the system in `others`. Returns
 * the refractory period in steps, or NULL. */
static const Expression *act(Builder *b, const Population *population, Place *place, const Expression *found,
                             Writes *others) {
    const Within *within = b->within;
    Arena *arena = b->e->n->l->c->arena;
    ActionContext context = {.population = population, .side = SIDE_SELF, .unheld = within->countdown, .exact = true,
                             .timers = b->e->n->populations.at[population->number].timers};
    Writes writes = {0};
    follow_actions(b->e->n, within->event->actions.at, within->event->actions.count, &context, &writes);
    Substitution *at = arena_array_of(arena, Substitution, b->n + 1);
    int count = 0;
    for (; count < b->n; count++) at[count] = (Substitution){within->states[count], place->x[count]};
    if (within->countdown) at[count++] = (Substitution){within->countdown, number(b, 0)}; /* it is over */
    Occurrence occurrence = {b, place->time};
    const Expression **after = arena_array_of(arena, const Expression *, b->n + 1), *period = NULL;
    for (int i = 0; i < b->n; i++) after[i] = place->x[i];
    for (int i = 0; i < writes.count; i++) {
        const Variable *v = writes.at[i].variable;
        const Expression *value = expression_substitute(b->pool, writes.at[i].value, at, count);
        value = kept(b, expression_map_leaves(b->pool, value, replace_time, &occurrence));
        int state = within_state(within, v);
        const Expression *before = state >= 0 ? place->x[state] : expression_variable(b->pool, v, NO_SPAN);
        if (v == within->countdown) before = number(b, 0);
        value = kept(b, expression_select(b->pool, found, value, before));
        if (state >= 0) after[state] = value;
        else if (v == within->countdown) period = value;
        else vector_push(arena, others, (Write){writes.at[i].variable, value});
    }
    place->x = after;
    return period;
}

/* The drives anew where the block changed what they hold apart from the system's states. */
static void follow_drives(Builder *b, const Writes *others) {
    Substitution *at = arena_array_of(b->e->n->l->c->arena, Substitution, others->count + 1);
    const Expression **rests = arena_array_of(b->e->n->l->c->arena, const Expression *, b->n + 1);
    bool changed = false;
    for (int i = 0; i < others->count; i++) at[i] = (Substitution){others->at[i].variable, others->at[i].value};
    for (int i = 0; i < b->n; i++) {
        if (!b->within->rests[i]) continue;
        rests[i] = expression_substitute(b->pool, b->within->rests[i], at, others->count);
        changed |= rests[i] != b->within->rests[i];
    }
    if (changed) make_pieces(b, rests, true);
}

static const Expression *one_or_zero(const Builder *b, const Expression *condition) {
    return expression_select(b->pool, condition, number(b, 1), number(b, 0));
}

/* Countdowns at t+dt; that of the event's own period begins at the crossing. */
static void count_down(Builder *b, const Population *population, const Expression *found, const Expression *time,
                       const Expression *period, Writes *finals) {
    for (int r = 0; r < population->refractories.count; r++) {
        Variable *countdown = population->refractories.at[r].countdown;
        const Expression *left = expression_variable(b->pool, countdown, NO_SPAN), *one = number(b, 1);
        left = most(b, expression_subtract(b->pool, left, one), number(b, 0));
        if (countdown == b->within->countdown) {
            const Expression *rest = expression_subtract(b->pool, period, expression_subtract(b->pool, one, time));
            left = expression_select(b->pool, found, most(b, rest, number(b, 0)), left);
        }
        vector_push(b->e->n->l->c->arena, finals, (Write){countdown, kept(b, left)});
    }
}

/* Outputs, memories of edges, and what fires. */
static void finish(Builder *b, int number_of_population, Event *const *events, int count, const Condition *conditions,
                   const Writes *finals, const Expression *fires, const Expression *fraction, const Expression *above) {
    NetworkLowering *n = b->e->n;
    const Population *population = n->populations.at[number_of_population].population;
    Substitution *at = arena_array_of(n->l->c->arena, Substitution, finals->count + 1);
    for (int i = 0; i < finals->count; i++) at[i] = (Substitution){finals->at[i].variable, finals->at[i].value};
    for (int i = 0; i < finals->count; i++) emit_store(b->e, finals->at[i].variable, finals->at[i].value);
    for (int i = 0; i < population->variables.count; i++) {
        const Variable *v = population->variables.at[i];
        if ((v->role == VARIABLE_OUTPUT || v->role == VARIABLE_LET) && plane_number(n, v) >= 0)
            emit_store(b->e, v, expression_substitute(b->pool, v->value, at, finals->count));
    }
    for (int i = 0; i < count; i++) {
        if (events[i]->condition == CONDITION_NONE) continue;
        Name name = name_print(n->l->c->names, "event%d", i);
        kernel_event(n->l->c->arena, b->e->kernel, name); /* numbered as in the advance kernel */
        if (events[i] == b->within->event) {
            emit_fire(b->e, name, fires, fraction);
            if (conditions[i].armed) emit_store(b->e, conditions[i].armed, above);
        } else if (moved_within(n, number_of_population, events[i])) {
            Condition condition = find_condition(n, number_of_population, events[i], finals, conditions[i].armed);
            emit_fire(b->e, name, condition.fires, condition.fraction);
            if (condition.armed) emit_store(b->e, condition.armed, one_or_zero(b, condition.test));
        }
    }
}

HilRange build_within(NetworkLowering *n, int population, Event *const *events, int count, const Condition *conditions) {
    const PopulationLowering *p = &n->populations.at[population];
    const Within *within = p->within;
    if (!within) return (HilRange){0, 0};
    Arena *arena = n->l->c->arena;
    Emitter *e = emitter_new(n, name_print(n->l->c->names, "within_%s", p->population->type_name), HIL_SHAPE_LIST,
                             HIL_OWNER_POPULATION, population);
    e->stream = stream_of(p->population->name);
    Builder b = {.e = e, .pool = n->l->pool, .within = within, .n = within->n,
                 .pieces = n->l->precision == HIL_F32 ? PIECES_F32 : PIECES_F64};
    add_tables(&b);
    Builder held = b;
    for (int i = 0; i < b.n; i++)
        if (within->follows[i]) b.held = &held;
    held.still = within->held;
    if (b.held) add_tables(&held);
    make_pieces(&b, within->rests, false);

    const Condition *own = NULL;
    for (int i = 0; i < count; i++)
        if (events[i] == within->event) own = &conditions[i];
    Place place = {arena_array_of(arena, const Expression *, b.n + 1), number(&b, 0)};
    for (int i = 0; i < b.n; i++) place.x[i] = expression_variable(b.pool, within->states[i], NO_SPAN);
    const Expression *waiting = within->countdown ? expression_variable(b.pool, within->countdown, NO_SPAN) : NULL;
    const Expression *found = kept(&b, hold_and_go(&b, &place, waiting, counts, own)), *when = place.time;
    Writes finals = {0};
    const Expression *period = act(&b, p->population, &place, found, &finals);
    const Expression *still_above = seen_at(&b, within->event->test, place.x);
    follow_drives(&b, &finals);
    hold_and_go(&b, &place, period, NULL, NULL);

    /* a second crossing within the step is left to the next one's start */
    const Expression *above = seen_at(&b, within->event->test, place.x);
    above = one_or_zero(&b, truth(&b, EXPRESSION_AND, above,
                                  truth(&b, EXPRESSION_OR, still_above, truth(&b, EXPRESSION_NOT, found, NULL))));
    count_down(&b, p->population, found, when, period, &finals);
    for (int i = 0; i < b.n; i++) vector_push(arena, &finals, (Write){(Variable *)within->states[i], place.x[i]});
    finish(&b, population, events, count, conditions, &finals, found, most(&b, when, number(&b, 0x1p-40)), above);
    return (HilRange){emitter_use(e), 1};
}
