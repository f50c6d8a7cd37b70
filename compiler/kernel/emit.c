/* Emitting: expressions become instructions of one kernel.
 *
 * In: expressions over the owner's variables (and, in a projection, of its source and target). Out: a kernel and the
 * use that binds its planes and uniforms. What it keeps true: an expression is emitted once; scalar subexpressions
 * become uniforms; a product that is added becomes one fused multiply-add; dividing by a scalar multiplies by its
 * reciprocal. These choices are made here and nowhere else, so interpreter and machine code round alike. */
#include "kernel/lowering.h"
#include <math.h>

static const KernelOp kernel_ops[] = {
#define PRIMITIVE(ID, name, arity, unit_rule, kernel_op, host_op) (KernelOp)KERNEL_##kernel_op,
#include "model/primitives.def"
#undef PRIMITIVE
};

Emitter *emitter_new(NetworkLowering *n, const char *name, int shape, int owner_kind, int owner) {
    Emitter *e = arena_new_of(n->l->c->arena, Emitter);
    e->n = n;
    e->kernel = kernel_new(n->l->c->arena, name_of(n->l->c->names, name), shape, n->l->precision);
    e->owner_kind = owner_kind;
    e->owner = owner;
    return e;
}

static Arena *arena_of(const Emitter *e) { return e->n->l->c->arena; }

static int op1(Emitter *e, KernelOp op, int a) { return kernel_emit(arena_of(e), e->kernel, op, a, -1, -1); }
static int op2(Emitter *e, KernelOp op, int a, int b) { return kernel_emit(arena_of(e), e->kernel, op, a, b, -1); }
static int op3(Emitter *e, KernelOp op, int a, int b, int c) {
    return kernel_emit(arena_of(e), e->kernel, op, a, b, c);
}
static int constant(Emitter *e, double number) { return kernel_constant(arena_of(e), e->kernel, number); }

/* ---- planes and uniforms ---- */

static int bind_plane(Emitter *e, Name name, KernelIndex index, int owner_kind, int owner, int plane) {
    for (int i = 0; i < e->planes.count; i++)
        if (e->planes.at[i].owner_kind == owner_kind && e->planes.at[i].owner == owner &&
            e->planes.at[i].plane == plane && e->kernel->planes.at[i].index == index)
            return i;
    Names *names = e->n->l->c->names;
    const char *prefix = index == KERNEL_PRE ? "pre." : index == KERNEL_POST ? "post." : "";
    int storage = e->n->l->precision;
    int number = kernel_plane(arena_of(e), e->kernel, name_print(names, "%s%s", prefix, name), index, storage);
    if (number < e->planes.count) /* another owner's plane of the same name */
        number = kernel_plane(arena_of(e), e->kernel, name_print(names, "%s%s#%d", prefix, name, e->planes.count), index,
                              storage);
    vector_push(arena_of(e), &e->planes, (HilPlaneRef){owner_kind, owner, plane});
    return number;
}

/* The kernel's plane of a variable. */
static int variable_plane(Emitter *e, const Variable *v) {
    const Variable *own = v->original ? v->original : v;
    int plane = plane_number(e->n, own);
    if (plane < 0) {
        compile_error(e->n->l->c, INTERNAL, v->span, "%s has no storage", v->name);
        return bind_plane(e, v->name, KERNEL_SELF, e->owner_kind, e->owner, 0);
    }
    if (v->side == SIDE_PRE)
        return bind_plane(e, own->name, KERNEL_PRE, HIL_OWNER_POPULATION, e->projection->source->number, plane);
    if (v->side == SIDE_POST)
        return bind_plane(e, own->name, KERNEL_POST, HIL_OWNER_POPULATION, e->projection->target->number, plane);
    return bind_plane(e, own->name, KERNEL_SELF, e->owner_kind, e->owner, plane);
}

static int uniform(Emitter *e, int slot) {
    for (int i = 0; i < e->uniforms.count; i++)
        if (e->uniforms.at[i] == slot) return kernel_uniform(arena_of(e), e->kernel, i);
    int number = kernel_uniform_slot(arena_of(e), e->kernel, name_print(e->n->l->c->names, "u%d", e->uniforms.count));
    vector_push(arena_of(e), &e->uniforms, slot);
    return kernel_uniform(arena_of(e), e->kernel, number);
}

/* ---- values ---- */

static int emit_variable(Emitter *e, const Expression *x) {
    const Variable *v = x->variable, *own = v->original ? v->original : v;
    int carried = map_get(&e->carried, v, -1);
    if (carried >= 0) return carried;
    switch (own->role) {
    case VARIABLE_PARAMETER:
    case VARIABLE_WEIGHT:
    case VARIABLE_DELAY:
        if (!own->instance) return uniform(e, scalar_slot(e->n, own));
        break;
    case VARIABLE_STEP:
    case VARIABLE_EXPERIMENT: return uniform(e, scalar_slot(e->n, own));
    case VARIABLE_INPUT:
        if (!own->written) return constant(e, 0);
        break;
    case VARIABLE_LET:
    case VARIABLE_OUTPUT:
        if (plane_number(e->n, own) < 0) {
            const Expression *value = own->value;
            if (v->side != SIDE_SELF) value = seen_from(e->n, value, v->side);
            return emit_value(e, value);
        }
        break;
    default: break;
    }
    return kernel_load(arena_of(e), e->kernel, variable_plane(e, v));
}

/* x^n by repeated squaring; exact for the small integer powers of gates. */
static int integer_power(Emitter *e, int x, int n) {
    int result = -1;
    for (int square = x;; square = op2(e, KERNEL_MUL, square, square)) {
        if (n & 1) result = result < 0 ? square : op2(e, KERNEL_MUL, result, square);
        n >>= 1;
        if (!n) return result;
    }
}

static int emit_power(Emitter *e, const Expression *x) {
    double n;
    int base = emit_value(e, x->kids[0]);
    if (expression_is_number(x->kids[1], &n)) {
        if (n == rint(n) && fabs(n) <= 64 && n != 0) {
            int power = integer_power(e, base, (int)fabs(n));
            return n > 0 ? power : op2(e, KERNEL_DIV, constant(e, 1), power);
        }
        if (n == 0.5) return op1(e, KERNEL_SQRT, base);
    }
    return op2(e, KERNEL_POW, base, emit_value(e, x->kids[1]));
}

static int random_bits(Emitter *e, KernelOp op, const Expression *draw) {
    int index = draw->index * 65536 + draw->host_index;
    return kernel_emit_index(arena_of(e), e->kernel, op, index, -1, -1);
}

static int emit_draw(Emitter *e, const Expression *x) {
    int u = random_bits(e, KERNEL_RANDOM0, x), a = emit_value(e, x->kids[0]);
    int b = x->count > 1 ? emit_value(e, x->kids[1]) : -1;
    switch (x->op) {
    case EXPRESSION_DRAW_UNIFORM: return op3(e, KERNEL_FMA, op2(e, KERNEL_SUB, b, a), u, a);
    case EXPRESSION_DRAW_NORMAL:
    case EXPRESSION_DRAW_LOGNORMAL: {
        int normal = op2(e, KERNEL_NORMAL, u, random_bits(e, KERNEL_RANDOM1, x));
        int value = op3(e, KERNEL_FMA, b, normal, a);
        return x->op == EXPRESSION_DRAW_NORMAL ? value : op1(e, KERNEL_EXP, value);
    }
    case EXPRESSION_DRAW_EXPONENTIAL: return op1(e, KERNEL_NEG, op2(e, KERNEL_MUL, a, op1(e, KERNEL_LOG, u)));
    case EXPRESSION_DRAW_POISSON: return op2(e, KERNEL_POISSON, u, a);
    default: return op3(e, KERNEL_BINOMIAL, u, a, b);
    }
}

/* Operands are emitted from left to right: what has been emitted already decides what is fused. */
static int emit_two(Emitter *e, KernelOp op, const Expression *a, const Expression *b) {
    int left = emit_value(e, a), right = emit_value(e, b);
    return op2(e, op, left, right);
}

/* Division by what is computed once is multiplication by its inverse: the inverse, or NULL. */
static const Expression *inverse_of_divisor(const Emitter *e, const Expression *x) {
    const Expression *a = x->kids[0], *b = x->kids[1];
    bool once = b->rate <= RATE_SCALAR || (b->rate == RATE_INSTANCE && e->hoist_instances);
    if (a->rate <= b->rate || !once || (b->rate == RATE_SCALAR && e->n->frozen)) return NULL;
    ExpressionPool *pool = e->n->l->pool;
    return expression_divide(pool, expression_number(pool, 1, HIL_DIMENSIONLESS, x->span), b);
}

/* The factors of a product, not emitted yet, that may go into a fused multiply-add. */
static bool fusible(const Emitter *e, const Expression *x, const Expression *factors[2]) {
    if (x->rate <= RATE_SCALAR || map_get(&e->values, x, -1) >= 0) return false;
    if (e->hoist_instances && x->rate == RATE_INSTANCE) return false;
    if (x->op != EXPRESSION_MUL && x->op != EXPRESSION_DIV) return false;
    factors[0] = x->kids[0];
    factors[1] = x->op == EXPRESSION_MUL ? x->kids[1] : inverse_of_divisor(e, x);
    return factors[1] != NULL;
}

static int emit_sum(Emitter *e, const Expression *x) {
    const Expression *a = x->kids[0], *b = x->kids[1], *factors[2];
    bool minus = x->op == EXPRESSION_SUB;
    if (fusible(e, a, factors)) {
        int left = emit_value(e, factors[0]), right = emit_value(e, factors[1]), rest = emit_value(e, b);
        return op3(e, KERNEL_FMA, left, right, minus ? op1(e, KERNEL_NEG, rest) : rest);
    }
    if (fusible(e, b, factors)) {
        int rest = emit_value(e, a), left = emit_value(e, factors[0]), right = emit_value(e, factors[1]);
        return op3(e, KERNEL_FMA, minus ? op1(e, KERNEL_NEG, left) : left, right, rest);
    }
    return emit_two(e, minus ? KERNEL_SUB : KERNEL_ADD, a, b);
}

static int emit_quotient(Emitter *e, const Expression *x) {
    const Expression *inverse = inverse_of_divisor(e, x);
    return inverse ? emit_two(e, KERNEL_MUL, x->kids[0], inverse) : emit_two(e, KERNEL_DIV, x->kids[0], x->kids[1]);
}

static int emit_open(Emitter *e, const Expression *x) {
    int a, b;
    switch (x->op) {
    case EXPRESSION_NUMBER: return constant(e, x->number);
    case EXPRESSION_BOOLEAN:
        a = kernel_emit(arena_of(e), e->kernel, KERNEL_TRUE, -1, -1, -1);
        return x->number != 0 ? a : op1(e, KERNEL_NOT, a);
    case EXPRESSION_VARIABLE: return emit_variable(e, x);
    case EXPRESSION_ADD:
    case EXPRESSION_SUB: return emit_sum(e, x);
    case EXPRESSION_DIV: return emit_quotient(e, x);
    case EXPRESSION_POW: return emit_power(e, x);
    case EXPRESSION_MOD:
        a = emit_value(e, x->kids[0]);
        b = emit_value(e, x->kids[1]);
        return op3(e, KERNEL_FMA, op1(e, KERNEL_NEG, b), op1(e, KERNEL_FLOOR, op2(e, KERNEL_DIV, a, b)), a);
    case EXPRESSION_SELECT:
        if (x->type->kind == TYPE_BOOLEAN) {
            int condition = emit_value(e, x->kids[0]);
            a = op2(e, KERNEL_AND, condition, emit_value(e, x->kids[1]));
            b = op2(e, KERNEL_AND, op1(e, KERNEL_NOT, condition), emit_value(e, x->kids[2]));
            return op2(e, KERNEL_OR, a, b);
        }
        a = emit_value(e, x->kids[0]);
        b = emit_value(e, x->kids[1]);
        return op3(e, KERNEL_SELECT, a, b, emit_value(e, x->kids[2]));
    case EXPRESSION_CEIL:
        return op1(e, KERNEL_NEG, op1(e, KERNEL_FLOOR, op1(e, KERNEL_NEG, emit_value(e, x->kids[0]))));
    case EXPRESSION_CLIP:
        a = emit_two(e, KERNEL_MAX, x->kids[0], x->kids[1]);
        return op2(e, KERNEL_MIN, a, emit_value(e, x->kids[2]));
    case EXPRESSION_STEP:
        b = emit_value(e, x->kids[0]);
        a = op2(e, KERNEL_LE, constant(e, 0), b);
        return op3(e, KERNEL_SELECT, a, constant(e, 1), constant(e, 0));
    case EXPRESSION_SIGN: {
        int value = emit_value(e, x->kids[0]), zero = constant(e, 0);
        a = op3(e, KERNEL_SELECT, op2(e, KERNEL_LT, zero, value), constant(e, 1), zero);
        return op3(e, KERNEL_SELECT, op2(e, KERNEL_LT, value, zero), constant(e, -1), a);
    }
    case EXPRESSION_EXTERN: {
        int operands[3] = {-1, -1, -1};
        for (int i = 0; i < x->count; i++) operands[i] = emit_value(e, x->kids[i]);
        return kernel_call(arena_of(e), e->kernel, kernel_function(arena_of(e), e->kernel, x->text), operands, x->count);
    }
    case EXPRESSION_RELU: return op2(e, KERNEL_MAX, emit_value(e, x->kids[0]), constant(e, 0));
    case EXPRESSION_DRAW_UNIFORM:
    case EXPRESSION_DRAW_NORMAL:
    case EXPRESSION_DRAW_EXPONENTIAL:
    case EXPRESSION_DRAW_LOGNORMAL:
    case EXPRESSION_DRAW_POISSON:
    case EXPRESSION_DRAW_BINOMIAL: return emit_draw(e, x);
    default: break;
    }
    KernelOp op = kernel_ops[x->op];
    if (!op) {
        compile_error(e->n->l->c, INTERNAL, x->span, "no kernel can compute '%s' here",
                      expression_operator_name(x->op));
        return constant(e, 0);
    }
    int operands[3] = {-1, -1, -1};
    for (int i = 0; i < x->count && i < 3; i++) operands[i] = emit_value(e, x->kids[i]);
    return kernel_emit(arena_of(e), e->kernel, op, operands[0], operands[1], operands[2]);
}

/* The plane that holds a per-instance expression, made if need be. */
static int fixed_plane(Emitter *e, const Expression *x) {
    NetworkLowering *n = e->n;
    PopulationLowering *p = &n->populations.at[e->owner];
    int plane = map_get(&p->fixed_by_expression, x, -1);
    if (plane >= 0) return plane;
    plane = add_plane(n, e->owner, NULL, HIL_PLANE_DERIVED, name_print(n->l->c->names, "fixed%d", p->fixed.count));
    vector_push(arena_of(e), &p->fixed, x);
    vector_push(arena_of(e), &p->fixed_planes, plane);
    map_set(arena_of(e), &p->fixed_by_expression, x, plane);
    return plane;
}

static bool mentions_hidden(const Expression *x) {
    if (x->op == EXPRESSION_VARIABLE) return x->variable->span.source < 0 && x->variable->role == VARIABLE_PARAMETER;
    for (int i = 0; i < x->count; i++)
        if (mentions_hidden(x->kids[i])) return true;
    return false;
}

int emit_value(Emitter *e, const Expression *x) {
    int known = map_get(&e->values, x, -1);
    if (known >= 0) return known;
    int value = -1;
    kernel_at(e->kernel, x->span);
    bool number = x->type->kind == TYPE_NUMBER, inner = x->count > 0;
    if (number && inner && x->rate == RATE_SCALAR) {
        int slot = derived_slot(e->n, x);
        if (slot >= 0) value = uniform(e, slot);
    } else if (number && inner && x->rate == RATE_INSTANCE && e->hoist_instances && !mentions_hidden(x)) {
        int plane = fixed_plane(e, x);
        Name name = e->n->populations.at[e->owner].planes.at[plane].name
                        ? name_print(e->n->l->c->names, "fixed%d", plane) : NULL;
        value = kernel_load(arena_of(e), e->kernel,
                            bind_plane(e, name, KERNEL_SELF, HIL_OWNER_POPULATION, e->owner, plane));
    }
    if (value < 0) value = emit_open(e, x);
    map_set(arena_of(e), &e->values, x, value);
    return value;
}

/* ---- effects ---- */

void emit_store(Emitter *e, const Variable *variable, const Expression *value) {
    int stored = emit_value(e, value);
    kernel_at(e->kernel, value->span);
    kernel_store(arena_of(e), e->kernel, variable_plane(e, variable), stored);
}

void emit_store_plane(Emitter *e, int owner_kind, int owner, int plane, Name name, const Expression *value) {
    int stored = emit_value(e, value);
    kernel_store(arena_of(e), e->kernel, bind_plane(e, name, KERNEL_SELF, owner_kind, owner, plane), stored);
}

void emit_accumulate(Emitter *e, const Variable *variable, const Expression *value) {
    int added = emit_value(e, value);
    kernel_emit_index(arena_of(e), e->kernel, KERNEL_ACCUMULATE, variable_plane(e, variable), added, -1);
}

void emit_fire(Emitter *e, Name event, const Expression *mask, const Expression *fraction) {
    int condition = emit_value(e, mask);
    int number = kernel_event(arena_of(e), e->kernel, event);
    if (fraction)
        kernel_emit_index(arena_of(e), e->kernel, KERNEL_FIRE_EXACT, number, condition, emit_value(e, fraction));
    else
        kernel_emit_index(arena_of(e), e->kernel, KERNEL_FIRE, number, condition, -1);
}

/* Values found inside a loop are not visible behind it. */
static void forget_from(Emitter *e, int first) {
    Map kept = {0};
    for (int i = 0; i < e->values.capacity; i++)
        if (e->values.keys[i] && e->values.values[i] < first)
            map_set(arena_of(e), &kept, e->values.keys[i], e->values.values[i]);
    e->values = kept;
}

int emit_loop(Emitter *e, int most, const Carried *carried, int count) {
    Arena *arena = arena_of(e);
    int *initial = arena_array_of(arena, int, count + 1);
    for (int i = 0; i < count; i++) initial[i] = emit_value(e, carried[i].initial);
    int loop = kernel_emit_index(arena, e->kernel, KERNEL_LOOP, most, -1, -1);
    for (int i = 0; i < count; i++)
        map_set(arena, &e->carried, carried[i].variable, op1(e, KERNEL_CARRY, initial[i]));
    return loop;
}

void emit_loop_end(Emitter *e, int loop, const Carried *carried, int count, const Expression *proceed) {
    Arena *arena = arena_of(e);
    int *next = arena_array_of(arena, int, count + 1);
    for (int i = 0; i < count; i++) next[i] = emit_value(e, carried[i].next);
    int more = emit_value(e, proceed);
    for (int i = 0; i < count; i++) op2(e, KERNEL_NEXT, loop + 1 + i, next[i]);
    op1(e, KERNEL_END, more);
    forget_from(e, loop);
    for (int i = 0; i < count; i++)
        map_set(arena, &e->carried, carried[i].variable, op1(e, KERNEL_RESULT, loop + 1 + i));
}

void emit_iteration(Emitter *e, const Iteration *iteration) {
    int loop = emit_loop(e, iteration->most, iteration->carried.at, iteration->carried.count);
    emit_loop_end(e, loop, iteration->carried.at, iteration->carried.count, iteration->proceed);
}

const Expression *emit_kept(Emitter *e, const Expression *value) {
    NetworkLowering *n = e->n;
    if (value->count == 0) return value;
    Variable *v = arena_new_of(arena_of(e), Variable);
    *v = (Variable){.name = "", .role = VARIABLE_STATE, .type = value->type, .unit = {.scale = 1}, .unit_text = "",
                    .span = NO_SPAN};
    if (value->type->kind == TYPE_NUMBER && value->rate <= RATE_SCALAR) {
        v->role = VARIABLE_PARAMETER;
        map_set(arena_of(e), &n->slot_of_variable, v, derived_slot(n, value));
    } else {
        map_set(arena_of(e), &e->carried, v, emit_value(e, value));
    }
    return expression_variable(n->l->pool, v, NO_SPAN);
}

int emitter_use(Emitter *e) {
    ImageBuilder *image = e->n->l->image;
    kernel_verify(e->n->l->c, e->kernel);
    if (e->n->l->diagnose_only) return 0; /* nobody will run it */
    HilUse use = {.stream = e->stream};
    double size;
    if (e->kernel->shape == HIL_SHAPE_LANES && e->owner_kind == HIL_OWNER_POPULATION &&
        expression_is_number(e->n->populations.at[e->owner].population->size, &size) && size >= 1)
        e->kernel->lanes = (int64_t)size;
    use.kernel = image_kernel(image, kernel_lower(arena_of(e), e->kernel));
    use.planes = image_add_run(image, HIL_PLANE_REFS, e->planes.at, e->planes.count);
    use.uniforms = image_add_run(image, HIL_SLOTS, e->uniforms.at, e->uniforms.count);
    return image_add(image, HIL_USES, &use);
}
