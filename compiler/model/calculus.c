/* Calculus on expressions: symbolic derivatives and the affine form of a term in one variable.
 *
 * In: a typed expression and a variable. Out: expressions of the dimension that calculus gives. NULL or false where an
 * op has no derivative we can write (draws, functions in C, floor where it matters). Selects differentiate arm by arm:
 * right everywhere but on the boundary itself. */
#include "base/map.h"
#include "base/vector.h"
#include "model/expression.h"
#include "model/model.h"

static const Expression *dimensionless(ExpressionPool *pool, double number) {
    return expression_number(pool, number, HIL_DIMENSIONLESS, NO_SPAN);
}

static const Expression *zero_like(ExpressionPool *pool, const Expression *e, const Variable *variable) {
    HilDimension dimension = HIL_DIMENSIONLESS;
    hil_dimension_divide(e->type->dimension, variable->type->dimension, &dimension);
    return expression_number(pool, 0, dimension, e->span);
}

static const Expression *square(ExpressionPool *pool, const Expression *e) { return expression_multiply(pool, e, e); }

/* f'(a) of a one-argument function f = e, or NULL. */
static const Expression *outer_derivative(ExpressionPool *pool, const Expression *e) {
    const Expression *a = e->kids[0], *one = dimensionless(pool, 1);
    switch (e->op) {
    case EXPRESSION_EXP: return e;
    case EXPRESSION_EXPM1: return expression_unary(pool, EXPRESSION_EXP, a);
    case EXPRESSION_LOG: return expression_divide(pool, one, a);
    case EXPRESSION_LOG1P: return expression_divide(pool, one, expression_add(pool, one, a));
    case EXPRESSION_TANH: return expression_subtract(pool, one, square(pool, e));
    case EXPRESSION_SIGMOID: return expression_multiply(pool, e, expression_subtract(pool, one, e));
    case EXPRESSION_EXPRELR: {
        /* With f(x) = x/(e^x - 1) and f(x) e^x = f(-x): f'(x) = f(x)*(1 - f(-x))/x, and near 0 its series
         * -1/2 + x/6 - x^3/180 (the next term is x^5/5040: below one ulp for |x| < 0.01). */
        const Expression *minus = expression_unary(pool, EXPRESSION_EXPRELR, expression_negate(pool, a));
        const Expression *far = expression_divide(
            pool, expression_multiply(pool, e, expression_subtract(pool, one, minus)), a);
        const Expression *near = expression_add(
            pool, dimensionless(pool, -0.5),
            expression_subtract(
                pool, expression_divide(pool, a, dimensionless(pool, 6)),
                expression_divide(pool, expression_multiply(pool, a, square(pool, a)), dimensionless(pool, 180))));
        const Expression *kids[2] = {expression_unary(pool, EXPRESSION_ABS, a), dimensionless(pool, 1e-2)};
        const Expression *small =
            expression_make(pool, EXPRESSION_LT, type_simple(pool, TYPE_BOOLEAN), e->span, 2, kids);
        return expression_select(pool, small, near, far);
    }
    case EXPRESSION_SIN: return expression_unary(pool, EXPRESSION_COS, a);
    case EXPRESSION_COS: return expression_negate(pool, expression_unary(pool, EXPRESSION_SIN, a));
    case EXPRESSION_TAN: return expression_add(pool, one, square(pool, e));
    case EXPRESSION_ATAN: return expression_divide(pool, one, expression_add(pool, one, square(pool, a)));
    case EXPRESSION_SINH: return expression_unary(pool, EXPRESSION_COSH, a);
    case EXPRESSION_COSH: return expression_unary(pool, EXPRESSION_SINH, a);
    case EXPRESSION_ERF:
        return expression_multiply(pool, dimensionless(pool, 1.1283791670955126),
                                   expression_unary(pool, EXPRESSION_EXP, expression_negate(pool, square(pool, a))));
    case EXPRESSION_SQRT:
        return expression_divide(pool, dimensionless(pool, 0.5), e);
    case EXPRESSION_ABS: return expression_unary(pool, EXPRESSION_SIGN, a);
    case EXPRESSION_RELU: return expression_unary(pool, EXPRESSION_STEP, a);
    case EXPRESSION_IDENTITY: return one;
    default: return NULL;
    }
}

typedef struct Derivation {
    ExpressionPool *pool;
    const Variable *variable;
    Arena *scratch;
    Map done; /* node -> index in `results` */
    VECTOR(const Expression *) results;
} Derivation;

static const Expression *derive(Derivation *d, const Expression *e);

static const Expression *derive_power(Derivation *d, const Expression *e) {
    ExpressionPool *pool = d->pool;
    double exponent;
    const Expression *base = derive(d, e->kids[0]);
    if (!base) return NULL;
    if (expression_is_number(e->kids[1], &exponent)) {
        /* n * a^(n-1) * a' */
        HilDimension lower = HIL_DIMENSIONLESS;
        hil_dimension_divide(e->type->dimension, e->kids[0]->type->dimension, &lower);
        const Expression *kids[2] = {e->kids[0], dimensionless(pool, exponent - 1)};
        const Expression *power =
            expression_make(pool, EXPRESSION_POW, type_number(pool, lower), e->span, 2, kids);
        return expression_multiply(pool, expression_multiply(pool, dimensionless(pool, exponent), power), base);
    }
    /* a^b = e^(b log a), all dimensionless */
    const Expression *top = derive(d, e->kids[1]);
    if (!top) return NULL;
    const Expression *log_a = expression_unary(pool, EXPRESSION_LOG, e->kids[0]);
    return expression_multiply(
        pool, e,
        expression_add(pool, expression_multiply(pool, top, log_a),
                       expression_divide(pool, expression_multiply(pool, e->kids[1], base), e->kids[0])));
}

static const Expression *derive_inner(Derivation *d, const Expression *e) {
    ExpressionPool *pool = d->pool;
    const Expression *a = NULL, *b = NULL;
    switch (e->op) {
    case EXPRESSION_VARIABLE: return dimensionless(pool, 1);
    case EXPRESSION_ADD:
    case EXPRESSION_SUB:
    case EXPRESSION_MUL:
    case EXPRESSION_DIV:
        a = derive(d, e->kids[0]);
        b = derive(d, e->kids[1]);
        if (!a || !b) return NULL;
        if (e->op == EXPRESSION_ADD) return expression_add(pool, a, b);
        if (e->op == EXPRESSION_SUB) return expression_subtract(pool, a, b);
        if (e->op == EXPRESSION_MUL)
            return expression_add(pool, expression_multiply(pool, a, e->kids[1]),
                                  expression_multiply(pool, e->kids[0], b));
        return expression_divide(pool, expression_subtract(pool, a, expression_multiply(pool, e, b)), e->kids[1]);
    case EXPRESSION_NEG: a = derive(d, e->kids[0]); return a ? expression_negate(pool, a) : NULL;
    case EXPRESSION_POW: return derive_power(d, e);
    case EXPRESSION_SELECT:
        a = derive(d, e->kids[1]);
        b = derive(d, e->kids[2]);
        return a && b ? expression_select(pool, e->kids[0], a, b) : NULL;
    case EXPRESSION_MIN:
    case EXPRESSION_MAX: {
        a = derive(d, e->kids[0]);
        b = derive(d, e->kids[1]);
        if (!a || !b) return NULL;
        const Expression *order[2] = {e->kids[0], e->kids[1]};
        const Expression *less =
            expression_make(pool, EXPRESSION_LT, type_simple(pool, TYPE_BOOLEAN), e->span, 2, order);
        return e->op == EXPRESSION_MIN ? expression_select(pool, less, a, b) : expression_select(pool, less, b, a);
    }
    case EXPRESSION_CLIP: {
        a = derive(d, e->kids[0]);
        if (!a || expression_mentions(e->kids[1], d->variable) || expression_mentions(e->kids[2], d->variable))
            return NULL;
        const Expression *low[2] = {e->kids[0], e->kids[1]}, *high[2] = {e->kids[2], e->kids[0]};
        const Type *boolean = type_simple(pool, TYPE_BOOLEAN);
        const Expression *outside[2] = {expression_make(pool, EXPRESSION_LT, boolean, e->span, 2, low),
                                        expression_make(pool, EXPRESSION_LT, boolean, e->span, 2, high)};
        return expression_select(pool, expression_make(pool, EXPRESSION_OR, boolean, e->span, 2, outside),
                                 zero_like(pool, e, d->variable), a);
    }
    case EXPRESSION_STEP:
    case EXPRESSION_SIGN:
    case EXPRESSION_FLOOR:
    case EXPRESSION_CEIL:
    case EXPRESSION_ROUND: return zero_like(pool, e, d->variable); /* flat between its jumps */
    default:
        if (e->count != 1) return NULL;
        a = derive(d, e->kids[0]);
        b = outer_derivative(pool, e);
        return a && b ? expression_multiply(pool, b, a) : NULL;
    }
}

static const Expression *derive(Derivation *d, const Expression *e) {
    if (!expression_mentions(e, d->variable)) return zero_like(d->pool, e, d->variable);
    int known = map_get(&d->done, e, -1);
    if (known >= 0) return d->results.at[known];
    const Expression *result = derive_inner(d, e);
    map_set(d->scratch, &d->done, e, d->results.count);
    vector_push(d->scratch, &d->results, result);
    return result;
}

const Expression *expression_differentiate(ExpressionPool *pool, const Expression *e, const Variable *variable) {
    if (!expression_mentions(e, variable)) return zero_like(pool, e, variable);
    Derivation d = {.pool = pool, .variable = variable, .scratch = arena_new()};
    const Expression *result = derive(&d, e);
    arena_free(d.scratch);
    return result;
}

/* A NULL slope stands for zero. */
static bool affine(ExpressionPool *pool, const Expression *e, const Variable *variable, const Expression **slope,
                   const Expression **rest) {
    const Expression *sa, *ra, *sb, *rb;
    *slope = NULL;
    *rest = e;
    if (!expression_mentions(e, variable)) return true;
    switch (e->op) {
    case EXPRESSION_VARIABLE:
        *slope = dimensionless(pool, 1);
        *rest = expression_number(pool, 0, e->type->dimension, e->span);
        return true;
    case EXPRESSION_ADD:
    case EXPRESSION_SUB:
        if (!affine(pool, e->kids[0], variable, &sa, &ra) || !affine(pool, e->kids[1], variable, &sb, &rb))
            return false;
        if (e->op == EXPRESSION_ADD) {
            *slope = !sa ? sb : !sb ? sa : expression_add(pool, sa, sb);
            *rest = expression_add(pool, ra, rb);
        } else {
            *slope = !sb ? sa : !sa ? expression_negate(pool, sb) : expression_subtract(pool, sa, sb);
            *rest = expression_subtract(pool, ra, rb);
        }
        return true;
    case EXPRESSION_NEG:
        if (!affine(pool, e->kids[0], variable, &sa, &ra)) return false;
        *slope = sa ? expression_negate(pool, sa) : NULL;
        *rest = expression_negate(pool, ra);
        return true;
    case EXPRESSION_MUL: {
        bool left = expression_mentions(e->kids[0], variable);
        if (left && expression_mentions(e->kids[1], variable)) return false;
        const Expression *with = e->kids[left ? 0 : 1], *without = e->kids[left ? 1 : 0];
        if (!affine(pool, with, variable, &sa, &ra)) return false;
        bool minus = sa && sa->op == EXPRESSION_NUMBER && sa->number == -1 && sa->type == type_number(pool, HIL_DIMENSIONLESS);
        *slope = !sa ? NULL : minus ? expression_negate(pool, without) : expression_multiply(pool, without, sa);
        *rest = expression_multiply(pool, without, ra);
        return true;
    }
    case EXPRESSION_DIV:
        if (expression_mentions(e->kids[1], variable) || !affine(pool, e->kids[0], variable, &sa, &ra)) return false;
        *slope = sa ? expression_divide(pool, sa, e->kids[1]) : NULL;
        *rest = expression_divide(pool, ra, e->kids[1]);
        return true;
    case EXPRESSION_SELECT: {
        if (expression_mentions(e->kids[0], variable) || !affine(pool, e->kids[1], variable, &sa, &ra) ||
            !affine(pool, e->kids[2], variable, &sb, &rb))
            return false;
        if (!sa) sa = zero_like(pool, e, variable);
        if (!sb) sb = zero_like(pool, e, variable);
        *slope = expression_select(pool, e->kids[0], sa, sb);
        *rest = expression_select(pool, e->kids[0], ra, rb);
        return true;
    }
    default: return false;
    }
}

bool expression_affine(ExpressionPool *pool, const Expression *e, const Variable *variable, const Expression **slope,
                       const Expression **rest) {
    if (!affine(pool, e, variable, slope, rest)) return false;
    if (!*slope) *slope = zero_like(pool, e, variable);
    return true;
}
