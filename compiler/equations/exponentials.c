/* See exponentials.h.
 *
 * What it keeps true: relative errors stay below 3e-13 (single precision: 2e-5) of a value, and nothing overflows that
 * did not: a factor e^(c - n*c_0) lies within e^(-FARTHEST) .. e^FARTHEST at the parameters' defaults, or the exponential
 * is left as it is. With e = e^z known, exprelr(z) = z/(e - 1); with its inverse q = e^-z, z*q/(1 - q). Near z = 0, where
 * e - 1 cancels, the series 1 - z/2 + z^2/12 - z^4/720 stands in: its next term is z^6/30240. */
#include "equations/exponentials.h"
#include "base/map.h"
#include <math.h>

#define FARTHEST 25.0       /* of c - n*c_0 */
#define MOST_POWER 16       /* n: each step of it adds the error of the exponential once more */
#define SAME_RATIO 1e-15    /* how exactly one slope must be a multiple of another */
#define SERIES_BELOW 0.03125
#define SERIES_BELOW_F32 0.25
#define ENOUGH 1e30         /* beyond it q/(1 - q) is -1 in any precision */

/* An exponential of slope*core + rest. */
typedef struct Member {
    const Expression *node, *core, *slope, *rest;
    double number;     /* the slope's size where it is a number, else 0 */
    int cluster;       /* -1: on its own */
    int power;
    bool inverse;      /* its slope has the other sign than the cluster's */
} Member;

typedef struct Cluster {
    int first;         /* its member of the smallest slope, whose argument is the shared one */
    int count;
} Cluster;

typedef struct Sharing {
    Compilation *c;
    ExpressionPool *pool;
    bool narrow;
    VECTOR(Member) members;
    VECTOR(Cluster) clusters;
    Map member_of;             /* node -> member */
    Map done;                  /* node -> index in `results` */
    VECTOR(const Expression *) results;
} Sharing;

static const Expression *number(Sharing *s, double value) {
    return expression_number(s->pool, value, HIL_DIMENSIONLESS, NO_SPAN);
}

/* ---- finding ---- */

static bool scalar(const Expression *e) { return e->rate <= RATE_SCALAR; }

/* Peels sums and products with scalars off the argument until what varies is left. */
static void decompose(Sharing *s, const Expression *e, const Expression **core, const Expression **slope,
                      const Expression **rest) {
    ExpressionPool *pool = s->pool;
    const Expression *a = e->count > 0 ? e->kids[0] : NULL, *b = e->count > 1 ? e->kids[1] : NULL;
    switch (e->op) {
    case EXPRESSION_NEG:
        decompose(s, a, core, slope, rest);
        *slope = expression_negate(pool, *slope);
        *rest = expression_negate(pool, *rest);
        return;
    case EXPRESSION_ADD:
    case EXPRESSION_SUB: {
        if (!scalar(a) && !scalar(b)) break;
        bool minus = e->op == EXPRESSION_SUB;
        decompose(s, scalar(a) ? b : a, core, slope, rest);
        if (scalar(a)) {
            if (minus) *slope = expression_negate(pool, *slope);
            *rest = minus ? expression_subtract(pool, a, *rest) : expression_add(pool, a, *rest);
        } else {
            *rest = minus ? expression_subtract(pool, *rest, b) : expression_add(pool, *rest, b);
        }
        return;
    }
    case EXPRESSION_MUL:
        if (!scalar(a) && !scalar(b)) break;
        decompose(s, scalar(a) ? b : a, core, slope, rest);
        *slope = expression_multiply(pool, *slope, scalar(a) ? a : b);
        *rest = expression_multiply(pool, *rest, scalar(a) ? a : b);
        return;
    case EXPRESSION_DIV:
        if (!scalar(b)) break;
        decompose(s, a, core, slope, rest);
        *slope = expression_divide(pool, *slope, b);
        *rest = expression_divide(pool, *rest, b);
        return;
    default: break;
    }
    *core = e;
    *slope = number(s, 1);
    *rest = expression_number(pool, 0, e->type->dimension, NO_SPAN);
}

static void find_members(Sharing *s, const Expression *e, Map *seen) {
    if (map_get(seen, e, -1) >= 0) return;
    map_set(s->c->arena, seen, e, 1);
    for (int i = 0; i < e->count; i++) find_members(s, e->kids[i], seen);
    if ((e->op != EXPRESSION_EXP && e->op != EXPRESSION_EXPRELR) || e->rate != RATE_DYNAMIC) return;
    Member m = {.node = e, .cluster = -1};
    double slope;
    decompose(s, e->kids[0], &m.core, &m.slope, &m.rest);
    if (expression_is_number(m.slope, &slope)) m.number = fabs(slope);
    map_set(s->c->arena, &s->member_of, e, s->members.count);
    vector_push(s->c->arena, &s->members, m);
}

/* ---- which go together ---- */

static const Expression *default_of(void *context, const Expression *leaf) {
    (void)context;
    if (leaf->op != EXPRESSION_VARIABLE) return NULL;
    const Variable *own = leaf->variable->original ? leaf->variable->original : leaf->variable;
    return own->role == VARIABLE_PARAMETER ? own->initial : NULL;
}

/* A scalar with every parameter at its default. */
static bool value_by_default(Sharing *s, const Expression *e, double *value) {
    for (int round = 0; round < 8 && e->op != EXPRESSION_NUMBER; round++)
        e = expression_map_leaves(s->pool, e, default_of, NULL);
    return expression_is_number(e, value);
}

/* How many times the other's slope a slope is, negative for the other sign; 0: not a whole number of times. */
static int multiple(Sharing *s, const Member *of, const Member *base) {
    if (of->slope == base->slope) return 1;
    if (of->slope == expression_negate(s->pool, base->slope)) return -1;
    if (of->number == 0 || base->number == 0) return 0;
    double ratio = of->slope->number / base->slope->number, whole = rint(ratio);
    if (fabs(whole) < 1 || fabs(whole) > MOST_POWER || fabs(ratio - whole) > SAME_RATIO * fabs(whole)) return 0;
    return (int)whole;
}

/* c - n*c_0 */
static const Expression *offset(Sharing *s, const Member *of, const Member *base, int times) {
    return expression_subtract(s->pool, of->rest, expression_multiply(s->pool, number(s, times), base->rest));
}

static bool join(Sharing *s, int number_of, int cluster) {
    Member *of = &s->members.at[number_of];
    const Member *base = &s->members.at[s->clusters.at[cluster].first];
    int times = base->core == of->core ? multiple(s, of, base) : 0;
    double distance;
    if (times == 0 || !value_by_default(s, offset(s, of, base, times), &distance) || fabs(distance) > FARTHEST) return false;
    of->cluster = cluster;
    of->power = times < 0 ? -times : times;
    of->inverse = times < 0;
    s->clusters.at[cluster].count++;
    return true;
}

/* Smallest slopes first, so that the others can be powers of them. */
static void find_clusters(Sharing *s) {
    int n = s->members.count;
    int *order = arena_array_of(s->c->arena, int, n + 1);
    for (int i = 0; i < n; i++) {
        int at = i;
        for (; at > 0 && s->members.at[order[at - 1]].number > s->members.at[i].number; at--) order[at] = order[at - 1];
        order[at] = i;
    }
    for (int i = 0; i < n; i++) {
        bool joined = false;
        for (int k = 0; k < s->clusters.count && !joined; k++) joined = join(s, order[i], k);
        if (joined) continue;
        s->members.at[order[i]].cluster = s->clusters.count;
        s->members.at[order[i]].power = 1;
        vector_push(s->c->arena, &s->clusters, (Cluster){.first = order[i], .count = 1});
    }
    /* The shared exponential has the sign that more of its powers have. */
    for (int k = 0; k < s->clusters.count; k++) {
        int inverse = 0;
        for (int i = 0; i < n; i++) inverse += s->members.at[i].cluster == k && s->members.at[i].inverse;
        if (2 * inverse <= s->clusters.at[k].count) continue;
        for (int i = 0; i < n; i++)
            if (s->members.at[i].cluster == k) s->members.at[i].inverse = !s->members.at[i].inverse;
    }
}

/* ---- rewriting ---- */

static const Expression *rewrite(Sharing *s, const Expression *e);

static const Expression *power(Sharing *s, const Expression *x, int n) {
    const Expression *result = NULL;
    for (const Expression *square = x;; square = expression_multiply(s->pool, square, square)) {
        if (n & 1) result = result ? expression_multiply(s->pool, result, square) : square;
        n >>= 1;
        if (!n) return result;
    }
}

static const Expression *argument(Sharing *s, const Member *m) {
    return expression_add(s->pool, expression_multiply(s->pool, m->slope, rewrite(s, m->core)), m->rest);
}

static const Expression *compare(Sharing *s, const Expression *a, const Expression *b) {
    const Expression *kids[2] = {a, b};
    return expression_make(s->pool, EXPRESSION_LT, type_simple(s->pool, TYPE_BOOLEAN), NO_SPAN, 2, kids);
}

/* exprelr(z) from its far form. */
static const Expression *with_series(Sharing *s, const Expression *z, const Expression *far) {
    ExpressionPool *pool = s->pool;
    const Expression *square = expression_multiply(pool, z, z);
    const Expression *inner = expression_add(pool, expression_multiply(pool, square, number(s, -1.0 / 720)), number(s, 1.0 / 12));
    const Expression *outer = expression_add(pool, expression_multiply(pool, z, number(s, -0.5)), number(s, 1));
    const Expression *near = expression_add(pool, expression_multiply(pool, square, inner), outer);
    const Expression *small = compare(s, expression_unary(pool, EXPRESSION_ABS, z),
                                      number(s, s->narrow ? SERIES_BELOW_F32 : SERIES_BELOW));
    return expression_select(pool, small, near, far);
}

static const Expression *rewrite_member(Sharing *s, const Member *m) {
    ExpressionPool *pool = s->pool;
    const Cluster *cluster = &s->clusters.at[m->cluster];
    const Member *base = &s->members.at[cluster->first];
    const Expression *base_argument = argument(s, base);
    bool turned = base->inverse; /* the shared exponential is e^-(its first member's argument) */
    if (turned) base_argument = expression_negate(pool, base_argument);
    const Expression *shared = power(s, expression_unary(pool, EXPRESSION_EXP, base_argument), m->power);
    /* e^(slope*core + rest), or its inverse */
    int times = m->inverse == turned ? m->power : -m->power;
    const Expression *distance = offset(s, m, base, times);
    if (m->inverse) distance = expression_negate(pool, distance);
    const Expression *e = shared, *one = number(s, 1);
    if (m != base) e = expression_multiply(pool, shared, expression_unary(pool, EXPRESSION_EXP, distance));
    if (m->node->op == EXPRESSION_EXP) return m->inverse ? expression_divide(pool, one, e) : e;
    const Expression *z = argument(s, m);
    if (!m->inverse) return with_series(s, z, expression_divide(pool, z, expression_subtract(pool, e, one)));
    const Expression *kids[2] = {e, number(s, ENOUGH)};
    const Expression *q = expression_make(pool, EXPRESSION_MIN, e->type, NO_SPAN, 2, kids);
    return with_series(s, z, expression_divide(pool, expression_multiply(pool, z, q), expression_subtract(pool, one, q)));
}

static const Expression *rewrite_open(Sharing *s, const Expression *e) {
    int member = map_get(&s->member_of, e, -1);
    if (member >= 0 && s->members.at[member].cluster >= 0 && s->clusters.at[s->members.at[member].cluster].count > 1)
        return rewrite_member(s, &s->members.at[member]);
    if (e->count == 0 || e->rate != RATE_DYNAMIC) return e;
    const Expression **kids = arena_array_of(s->c->arena, const Expression *, e->count);
    bool changed = false;
    for (int i = 0; i < e->count; i++) {
        kids[i] = rewrite(s, e->kids[i]);
        changed = changed || kids[i] != e->kids[i];
    }
    return changed ? expression_rebuild(s->pool, e, kids) : e;
}

static const Expression *rewrite(Sharing *s, const Expression *e) {
    int known = map_get(&s->done, e, -1);
    if (known >= 0) return s->results.at[known];
    const Expression *result = rewrite_open(s, e);
    map_set(s->c->arena, &s->done, e, s->results.count);
    vector_push(s->c->arena, &s->results, result);
    return result;
}

void exponentials_share(Compilation *c, ExpressionPool *pool, const Expression **values, int count, bool narrow) {
    Sharing s = {.c = c, .pool = pool, .narrow = narrow};
    Map seen = {0};
    for (int i = 0; i < count; i++) find_members(&s, values[i], &seen);
    if (s.members.count < 2) return;
    find_clusters(&s);
    for (int i = 0; i < count; i++) values[i] = rewrite(&s, values[i]);
}
