/* Expressions: making terms. In: an op and checked kids. Out: the one node for that term.
 *
 * Exact normal forms, kept at construction: constants are folded with the run-time's own functions; x + 0, x - 0,
 * x*1, x/1, x^1 and --x become x; 0*x and 0/x become 0 (a coefficient that is exactly zero removes its term, which is
 * what symbolic differentiation needs); a select on a constant becomes the arm taken. Sums and products are not
 * reordered: what the author wrote decides how it rounds. a+b and b+a are one node (they round alike). */
#include "model/expression.h"
#include "base/map.h"
#include "base/vector.h"
#include "model/expression_fold.h"
#include "model/model.h"
#include <string.h>

enum { RECENT_TYPES = 64 /* a power of two */ };
_Static_assert(EXPRESSION_OP_COUNT <= 64, "Expression.ops has a bit for each");

typedef struct PoolSlot {
    const Expression *node;
    uint32_t hash; /* the node's, here too so that others' nodes need not be looked at */
} PoolSlot;

struct ExpressionPool {
    Compilation *compilation;
    Arena *arena;
    PoolSlot *slots; /* open addressing by content */
    size_t slot_count, used;
    int next_id;
    VECTOR(const Type *) types;
    const Type *recent[RECENT_TYPES]; /* of types.at, by a hash */
};

ExpressionPool *expression_pool_new(Compilation *c) {
    ExpressionPool *pool = arena_new_of(c->arena, ExpressionPool);
    pool->compilation = c;
    pool->arena = c->arena;
    pool->slot_count = 1024;
    pool->slots = arena_array_of(c->arena, PoolSlot, pool->slot_count);
    return pool;
}

/* ---- types ---- */

static bool type_equal(const Type *a, const Type *b) {
    return a->kind == b->kind && a->element == b->element && a->count == b->count && a->fields.count == 0 &&
           b->fields.count == 0 && hil_dimension_equal(a->dimension, b->dimension);
}

static const Type *type_find(ExpressionPool *pool, const Type *wanted) {
    for (int i = 0; i < pool->types.count; i++)
        if (type_equal(pool->types.at[i], wanted)) return pool->types.at[i];
    Type *type = arena_new_of(pool->arena, Type);
    *type = *wanted;
    vector_push(pool->arena, &pool->types, (const Type *)type);
    return type;
}

static const Type *type_intern(ExpressionPool *pool, Type wanted) {
    uint32_t hash = (uint32_t)wanted.kind;
    for (size_t i = 0; i < sizeof wanted.dimension.twice; i++) hash = 31 * hash + (uint8_t)wanted.dimension.twice[i];
    const Type **recent = &pool->recent[(hash ^ hash >> 7) & (RECENT_TYPES - 1)];
    if (!*recent || !type_equal(*recent, &wanted)) *recent = type_find(pool, &wanted);
    return *recent;
}

const Type *type_number(ExpressionPool *pool, HilDimension dimension) {
    return type_intern(pool, (Type){.kind = TYPE_NUMBER, .dimension = dimension, .count = -1});
}

const Type *type_simple(ExpressionPool *pool, TypeKind kind) {
    return type_intern(pool, (Type){.kind = kind, .count = -1});
}

const Type *type_list(ExpressionPool *pool, const Type *element, int count) {
    return type_intern(pool, (Type){.kind = TYPE_LIST, .element = element, .count = count});
}

const Type *type_with_dimension(ExpressionPool *pool, TypeKind kind, HilDimension dimension) {
    return type_intern(pool, (Type){.kind = kind, .dimension = dimension, .count = -1});
}

/* ---- hash-consing ---- */

static uint64_t mix(uint64_t hash, uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15u + (hash << 6) + (hash >> 2);
    return hash * 0xff51afd7ed558ccdu;
}

static uint64_t bits_of(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static uint32_t content_hash(const Expression *e) {
    uint64_t hash = mix(e->op, bits_of(e->number));
    hash = mix(hash, (uint64_t)(uintptr_t)e->type);
    hash = mix(hash, (uint64_t)(uint32_t)e->index << 32 | (uint32_t)e->host_index);
    hash = mix(hash, (uint64_t)(uintptr_t)e->text);
    hash = mix(hash, (uint64_t)(uintptr_t)e->variable);
    for (int i = 0; i < e->count; i++) hash = mix(hash, (uint64_t)e->kids[i]->id);
    return (uint32_t)(hash >> 32);
}

static bool content_equal(const Expression *a, const Expression *b) {
    if (a->op != b->op || a->type != b->type || bits_of(a->number) != bits_of(b->number) || a->index != b->index ||
        a->host_index != b->host_index || a->text != b->text || a->variable != b->variable || a->count != b->count)
        return false;
    for (int i = 0; i < a->count; i++)
        if (a->kids[i] != b->kids[i]) return false;
    /* two statements of the same words are two statements: each reports its own line */
    return a->type->kind != TYPE_NONE || (a->span.source == b->span.source && a->span.begin == b->span.begin);
}

/* The node of this content and hash, or NULL. */
static const Expression *find(const ExpressionPool *pool, const Expression *wanted) {
    for (size_t at = wanted->hash & (pool->slot_count - 1);; at = (at + 1) & (pool->slot_count - 1)) {
        const PoolSlot *slot = &pool->slots[at];
        if (!slot->node) return NULL;
        if (slot->hash == wanted->hash && content_equal(slot->node, wanted)) return slot->node;
    }
}

static void insert(ExpressionPool *pool, const Expression *e) {
    if (2 * (pool->used + 1) > pool->slot_count) {
        const PoolSlot *old = pool->slots;
        size_t old_count = pool->slot_count;
        pool->slot_count *= 2;
        pool->slots = arena_array_of(pool->arena, PoolSlot, pool->slot_count);
        pool->used = 0;
        for (size_t i = 0; i < old_count; i++)
            if (old[i].node) insert(pool, old[i].node);
    }
    size_t at = e->hash & (pool->slot_count - 1);
    while (pool->slots[at].node) at = (at + 1) & (pool->slot_count - 1);
    pool->slots[at] = (PoolSlot){e, e->hash};
    pool->used++;
}

static ExpressionRate variable_rate(const Variable *v) {
    switch (v->role) {
    case VARIABLE_PARAMETER:
    case VARIABLE_WEIGHT:
    case VARIABLE_DELAY: return v->instance || v->side != SIDE_SELF ? RATE_INSTANCE : RATE_SCALAR;
    case VARIABLE_STEP:
    case VARIABLE_EXPERIMENT: return RATE_SCALAR;
    case VARIABLE_POSITION: return RATE_INSTANCE;
    case VARIABLE_LET: return v->value ? v->value->rate : RATE_DYNAMIC;
    default: return RATE_DYNAMIC;
    }
}

static bool is_draw(ExpressionOp op) {
    switch (op) {
    case EXPRESSION_WHITE:
    case EXPRESSION_DRAW_UNIFORM:
    case EXPRESSION_DRAW_NORMAL:
    case EXPRESSION_DRAW_EXPONENTIAL:
    case EXPRESSION_DRAW_LOGNORMAL:
    case EXPRESSION_DRAW_POISSON:
    case EXPRESSION_DRAW_BINOMIAL: return true;
    default: return false;
    }
}

static ExpressionRate own_rate(const Expression *e) {
    if (is_draw(e->op)) return RATE_DYNAMIC;
    switch (e->op) {
    case EXPRESSION_VARIABLE: return variable_rate(e->variable);
    case EXPRESSION_INDEX:
    case EXPRESSION_PRE_INDEX:
    case EXPRESSION_POST_INDEX:
    case EXPRESSION_EXTERN: return RATE_INSTANCE;
    case EXPRESSION_TIME: return RATE_DYNAMIC;
    case EXPRESSION_HOST:
    case EXPRESSION_TEXT: return RATE_HOST;
    default: return RATE_CONSTANT;
    }
}

static uint64_t bit_of_op(ExpressionOp op) { return (uint64_t)1 << op; }

static uint64_t bit_of_variable(const Variable *variable) {
    return (uint64_t)1 << ((uint64_t)(uintptr_t)variable * 0x9e3779b97f4a7c15u >> 58);
}

/* A new node of this content and hash, of which there is none yet. */
static const Expression *add(ExpressionPool *pool, Expression wanted) {
    Expression *e = arena_new_of(pool->arena, Expression);
    *e = wanted;
    const Expression **kids = wanted.count ? arena_array_of(pool->arena, const Expression *, wanted.count) : NULL;
    e->rate = own_rate(e);
    e->ops = bit_of_op(e->op);
    e->variables = e->op == EXPRESSION_VARIABLE ? bit_of_variable(e->variable) : 0;
    for (int i = 0; i < wanted.count; i++) {
        kids[i] = wanted.kids[i];
        e->ops |= kids[i]->ops;
        e->variables |= kids[i]->variables;
        if (kids[i]->rate > e->rate) e->rate = kids[i]->rate;
    }
    e->kids = kids;
    e->id = pool->next_id++;
    insert(pool, e);
    return e;
}

static const Expression *intern(ExpressionPool *pool, Expression wanted) {
    wanted.hash = content_hash(&wanted);
    const Expression *found = find(pool, &wanted);
    return found ? found : add(pool, wanted);
}

/* ---- leaves ---- */

const Expression *expression_number(ExpressionPool *pool, double number, HilDimension dimension, Span span) {
    return intern(pool, (Expression){.op = EXPRESSION_NUMBER, .number = number,
                                     .type = type_number(pool, dimension), .span = span});
}

const Expression *expression_boolean(ExpressionPool *pool, bool value, Span span) {
    return intern(pool, (Expression){.op = EXPRESSION_BOOLEAN, .number = value,
                                     .type = type_simple(pool, TYPE_BOOLEAN), .span = span});
}

const Expression *expression_text(ExpressionPool *pool, Name text, Span span) {
    return intern(pool, (Expression){.op = EXPRESSION_TEXT, .text = text,
                                     .type = type_simple(pool, TYPE_TEXT), .span = span});
}

const Expression *expression_variable(ExpressionPool *pool, const Variable *variable, Span span) {
    return intern(pool, (Expression){.op = EXPRESSION_VARIABLE, .variable = variable,
                                     .type = variable->type, .span = span});
}

const Expression *expression_draw(ExpressionPool *pool, ExpressionOp op, int number, const Type *type, Span span,
                                  int count, const Expression *const *kids) {
    return intern(pool, (Expression){.op = op, .index = number, .type = type, .span = span, .count = count,
                                     .kids = kids});
}

const Expression *expression_host(ExpressionPool *pool, int host_op, int host_index, Name text, double number,
                                  const Type *type, Span span, int count, const Expression *const *kids) {
    return intern(pool, (Expression){.op = EXPRESSION_HOST, .index = host_op, .host_index = host_index, .text = text,
                                     .number = number, .type = type, .span = span, .count = count, .kids = kids});
}

const Expression *expression_extern(ExpressionPool *pool, Name symbol, Span span, int count,
                                    const Expression *const *kids) {
    return intern(pool, (Expression){.op = EXPRESSION_EXTERN, .text = symbol, .span = span, .count = count,
                                     .type = type_number(pool, HIL_DIMENSIONLESS), .kids = kids});
}

/* ---- inner nodes ---- */

bool expression_is_number(const Expression *e, double *number) {
    if (e->op != EXPRESSION_NUMBER) return false;
    if (number) *number = e->number;
    return true;
}

static bool is_value(const Expression *e, double value) { return e->op == EXPRESSION_NUMBER && e->number == value; }

static const Expression *zero_of(ExpressionPool *pool, const Type *type, Span span) {
    return expression_number(pool, 0, type->dimension, span);
}

/* The simpler term that an op on these kids is, or NULL. */
static const Expression *simplify(ExpressionPool *pool, ExpressionOp op, const Type *type, Span span,
                                  const Expression *const *kids) {
    switch (op) {
    case EXPRESSION_ADD:
        if (is_value(kids[0], 0)) return kids[1];
        if (is_value(kids[1], 0)) return kids[0];
        break;
    case EXPRESSION_SUB:
        if (is_value(kids[1], 0)) return kids[0];
        if (is_value(kids[0], 0)) return expression_negate(pool, kids[1]);
        break;
    case EXPRESSION_MUL:
        if (is_value(kids[0], 0) || is_value(kids[1], 0)) return zero_of(pool, type, span);
        if (is_value(kids[0], 1) && type == kids[1]->type) return kids[1];
        if (is_value(kids[1], 1) && type == kids[0]->type) return kids[0];
        break;
    case EXPRESSION_DIV:
        if (is_value(kids[0], 0)) return zero_of(pool, type, span);
        if (is_value(kids[1], 1) && type == kids[0]->type) return kids[0];
        break;
    case EXPRESSION_POW:
        if (is_value(kids[1], 1) && type == kids[0]->type) return kids[0];
        if (is_value(kids[1], 0)) return expression_number(pool, 1, HIL_DIMENSIONLESS, span);
        break;
    case EXPRESSION_NEG:
        if (kids[0]->op == EXPRESSION_NEG) return kids[0]->kids[0];
        break;
    case EXPRESSION_NOT:
        if (kids[0]->op == EXPRESSION_NOT) return kids[0]->kids[0];
        break;
    case EXPRESSION_IDENTITY: return kids[0];
    case EXPRESSION_SELECT:
        if (kids[0]->op == EXPRESSION_BOOLEAN) return kids[0]->number != 0 ? kids[1] : kids[2];
        if (kids[1] == kids[2]) return kids[1];
        break;
    case EXPRESSION_AND:
        if (kids[0]->op == EXPRESSION_BOOLEAN) return kids[0]->number != 0 ? kids[1] : kids[0];
        if (kids[1]->op == EXPRESSION_BOOLEAN) return kids[1]->number != 0 ? kids[0] : kids[1];
        break;
    case EXPRESSION_OR:
        if (kids[0]->op == EXPRESSION_BOOLEAN) return kids[0]->number != 0 ? kids[0] : kids[1];
        if (kids[1]->op == EXPRESSION_BOOLEAN) return kids[1]->number != 0 ? kids[1] : kids[0];
        break;
    default: break;
    }
    return NULL;
}

const Expression *expression_make(ExpressionPool *pool, ExpressionOp op, const Type *type, Span span, int count,
                                  const Expression *const *kids) {
    bool constant = count > 0;
    double values[3] = {0, 0, 0}, folded;
    for (int i = 0; i < count; i++) {
        constant = constant && i < 3 && (kids[i]->op == EXPRESSION_NUMBER || kids[i]->op == EXPRESSION_BOOLEAN);
        if (constant) values[i] = kids[i]->number;
    }
    if (constant && expression_fold(op, values, &folded)) {
        if (type->kind == TYPE_BOOLEAN) return expression_boolean(pool, folded != 0, span);
        return expression_number(pool, folded, type->dimension, span);
    }
    const Expression *simpler = simplify(pool, op, type, span, kids);
    if (simpler) return simpler;
    Expression wanted = {.op = op, .type = type, .span = span, .count = count, .kids = kids};
    wanted.hash = content_hash(&wanted);
    const Expression *found = find(pool, &wanted);
    if (!found && (op == EXPRESSION_ADD || op == EXPRESSION_MUL) && kids[0] != kids[1]) {
        const Expression *turned[2] = {kids[1], kids[0]};
        Expression other = wanted;
        other.kids = turned;
        other.hash = content_hash(&other);
        found = find(pool, &other);
    }
    return found ? found : add(pool, wanted);
}

/* ---- arithmetic whose dimensions follow from the kids ---- */

static const Expression *binary(ExpressionPool *pool, ExpressionOp op, const Type *type, const Expression *a,
                                const Expression *b) {
    const Expression *kids[2] = {a, b};
    return expression_make(pool, op, type, a->span, 2, kids);
}

const Expression *expression_add(ExpressionPool *pool, const Expression *a, const Expression *b) {
    return binary(pool, EXPRESSION_ADD, a->type, a, b);
}

const Expression *expression_subtract(ExpressionPool *pool, const Expression *a, const Expression *b) {
    return binary(pool, EXPRESSION_SUB, a->type, a, b);
}

const Expression *expression_multiply(ExpressionPool *pool, const Expression *a, const Expression *b) {
    HilDimension dimension = HIL_DIMENSIONLESS;
    hil_dimension_multiply(a->type->dimension, b->type->dimension, &dimension);
    return binary(pool, EXPRESSION_MUL, type_number(pool, dimension), a, b);
}

const Expression *expression_divide(ExpressionPool *pool, const Expression *a, const Expression *b) {
    HilDimension dimension = HIL_DIMENSIONLESS;
    hil_dimension_divide(a->type->dimension, b->type->dimension, &dimension);
    return binary(pool, EXPRESSION_DIV, type_number(pool, dimension), a, b);
}

const Expression *expression_negate(ExpressionPool *pool, const Expression *a) {
    return expression_make(pool, EXPRESSION_NEG, a->type, a->span, 1, &a);
}

const Expression *expression_select(ExpressionPool *pool, const Expression *condition, const Expression *a,
                                    const Expression *b) {
    const Expression *kids[3] = {condition, a, b};
    return expression_make(pool, EXPRESSION_SELECT, a->type, a->span, 3, kids);
}

const Expression *expression_unary(ExpressionPool *pool, ExpressionOp op, const Expression *a) {
    const Type *type = a->type;
    if (op == EXPRESSION_SQRT) {
        HilDimension dimension = HIL_DIMENSIONLESS;
        hil_dimension_power(a->type->dimension, 1, &dimension);
        type = type_number(pool, dimension);
    } else if (op == EXPRESSION_SIGN || op == EXPRESSION_STEP) {
        type = type_number(pool, HIL_DIMENSIONLESS);
    }
    return expression_make(pool, op, type, a->span, 1, &a);
}

/* ---- looking at terms ---- */

/* True for the first visit. */
static bool first_visit(Arena *arena, Map *seen, const Expression *e) {
    if (map_get(seen, e, 0)) return false;
    map_set(arena, seen, e, 1);
    return true;
}

/* A search for a variable below a node: only where its bit is set, for most terms a straight way down. What many terms
 * share is looked at once, when a search has become long enough for that to pay. */
typedef struct Search {
    const Variable *variable;
    uint64_t bit;
    int steps;
    Arena *arena; /* of `seen`; NULL until the search is long */
    Map seen;
} Search;

enum { SHORT_SEARCH = 64 /* nodes */ };

static bool search(Search *s, const Expression *e) {
    if (!(e->variables & s->bit)) return false;
    if (e->op == EXPRESSION_VARIABLE) return e->variable == s->variable;
    if (++s->steps > SHORT_SEARCH) {
        if (!s->arena) s->arena = arena_new();
        if (!first_visit(s->arena, &s->seen, e)) return false;
    }
    for (int i = 0; i < e->count; i++)
        if (search(s, e->kids[i])) return true;
    return false;
}

bool expression_mentions(const Expression *e, const Variable *variable) {
    Search s = {.variable = variable, .bit = bit_of_variable(variable)};
    bool found = search(&s, e);
    arena_free(s.arena);
    return found;
}

bool expression_mentions_op(const Expression *e, ExpressionOp op) { return e->ops & bit_of_op(op); }

static void collect(ExpressionPool *pool, const Expression *e, Arena *scratch, Map *seen, void *list_out) {
    VECTOR(const Variable *) *list = list_out;
    if (!e->variables || !first_visit(scratch, seen, e)) return;
    for (int i = 0; i < e->count; i++) collect(pool, e->kids[i], scratch, seen, list_out);
    if (e->op == EXPRESSION_VARIABLE) vector_push(pool->arena, list, e->variable);
}

void expression_variables(ExpressionPool *pool, const Expression *e, const Variable ***variables, int *count) {
    VECTOR(const Variable *) list = {0};
    Map seen = {0};
    Arena *arena = e->variables ? arena_new() : NULL;
    if (arena) collect(pool, e, arena, &seen, &list);
    arena_free(arena);
    *variables = list.at;
    *count = list.count;
}

const Expression *expression_rebuild(ExpressionPool *pool, const Expression *e, const Expression *const *kids) {
    if (e->op == EXPRESSION_HOST || e->op == EXPRESSION_EXTERN || is_draw(e->op)) {
        Expression wanted = *e;
        wanted.kids = kids;
        return intern(pool, wanted);
    }
    return expression_make(pool, e->op, e->type, e->span, e->count, kids);
}

typedef struct Mapping {
    ExpressionPool *pool;
    const Expression *(*replace)(void *, const Expression *);
    void *context;
    uint64_t variables; /* bits of those that may be replaced; 0: leaves of any kind may */
    Arena *scratch;
    Map done; /* node -> index of its result */
    VECTOR(const Expression *) results;
} Mapping;

static const Expression *map_node(Mapping *m, const Expression *e) {
    if (m->variables && !(e->variables & m->variables)) return e;
    if (!e->count) {
        const Expression *by = m->replace(m->context, e);
        return by ? by : e;
    }
    int known = map_get(&m->done, e, -1);
    if (known >= 0) return m->results.at[known];
    const Expression **kids = arena_array_of(m->scratch, const Expression *, e->count);
    bool changed = false;
    for (int i = 0; i < e->count; i++) {
        kids[i] = map_node(m, e->kids[i]);
        changed = changed || kids[i] != e->kids[i];
    }
    const Expression *result = changed ? expression_rebuild(m->pool, e, kids) : e;
    map_set(m->scratch, &m->done, e, m->results.count);
    vector_push(m->scratch, &m->results, result);
    return result;
}

static const Expression *map_below(ExpressionPool *pool, const Expression *e, uint64_t variables,
                                   const Expression *(*replace)(void *context, const Expression *leaf),
                                   void *context) {
    Mapping mapping = {.pool = pool, .replace = replace, .context = context, .variables = variables,
                       .scratch = arena_new()};
    const Expression *result = map_node(&mapping, e);
    arena_free(mapping.scratch);
    return result;
}

const Expression *expression_map_leaves(ExpressionPool *pool, const Expression *e,
                                        const Expression *(*replace)(void *context, const Expression *leaf),
                                        void *context) {
    return map_below(pool, e, 0, replace, context);
}

typedef struct SubstitutionList {
    const Substitution *at;
    int count;
} SubstitutionList;

static const Expression *replace_variable(void *context, const Expression *leaf) {
    const SubstitutionList *list = context;
    if (leaf->op == EXPRESSION_VARIABLE)
        for (int i = 0; i < list->count; i++)
            if (list->at[i].variable == leaf->variable) return list->at[i].by;
    return NULL;
}

const Expression *expression_substitute(ExpressionPool *pool, const Expression *e, const Substitution *list,
                                        int count) {
    SubstitutionList all = {list, count};
    uint64_t variables = 0;
    for (int i = 0; i < count; i++) variables |= bit_of_variable(list[i].variable);
    return e->variables & variables ? map_below(pool, e, variables, replace_variable, &all) : e;
}

const Expression *expression_draw_repeat(ExpressionPool *pool, ExpressionOp op, int number, int repeat, const Type *type,
                                         Span span, int count, const Expression *const *kids) {
    return intern(pool, (Expression){.op = op, .type = type, .index = number, .host_index = repeat, .span = span,
                                     .count = count, .kids = kids});
}
