/* Removable singularities. In: a checked quotient. Out: the same value written with exprelr(x) = x/(exp(x) - 1), which
 * is defined everywhere, where the quotient is c*u/(exp(u) - 1) or c*u/(1 - exp(u)); otherwise the plain quotient.
 * The textbook's a*(V - b)/(1 - exp(-(V - b)/c)) is one of these: its numerator is a multiple of the exponent, either
 * because both hold the same factor, or because both are straight lines through zero at the same V. */
#include "model/check.h"
#include <math.h>

enum { MOST_FACTORS = 24 };

/* A product: sign, factors above and below the fraction bar. */
typedef struct Product {
    double sign;
    const Expression *above[MOST_FACTORS], *below[MOST_FACTORS];
    int above_count, below_count;
    bool overflow;
} Product;

static void factorise(Product *p, const Expression *e, bool below) {
    if (p->above_count + 1 >= MOST_FACTORS || p->below_count + 1 >= MOST_FACTORS) {
        p->overflow = true;
    } else if (e->op == EXPRESSION_NEG) {
        p->sign = -p->sign;
        factorise(p, e->kids[0], below);
    } else if (e->op == EXPRESSION_MUL || e->op == EXPRESSION_DIV) {
        factorise(p, e->kids[0], below);
        factorise(p, e->kids[1], e->op == EXPRESSION_DIV ? !below : below);
    } else if (below) {
        p->below[p->below_count++] = e;
    } else {
        p->above[p->above_count++] = e;
    }
}

static bool is_one(const Expression *e, double value) {
    return e->op == EXPRESSION_NUMBER && e->number == value && hil_dimension_is_none(e->type->dimension);
}

/* exp(u) - 1 (sign 1) or 1 - exp(u) (sign -1), in any of their spellings. */
static const Expression *exponent_of(const Expression *e, double *sign) {
    const Expression *a = e->count > 0 ? e->kids[0] : NULL, *b = e->count > 1 ? e->kids[1] : NULL;
    *sign = 1;
    if (e->op == EXPRESSION_EXPM1) return a;
    if (e->op == EXPRESSION_SUB && a->op == EXPRESSION_EXP && is_one(b, 1)) return a->kids[0];
    if (e->op == EXPRESSION_ADD && a->op == EXPRESSION_EXP && is_one(b, -1)) return a->kids[0];
    if (e->op == EXPRESSION_ADD && b->op == EXPRESSION_EXP && is_one(a, -1)) return b->kids[0];
    *sign = -1;
    if (e->op == EXPRESSION_SUB && b->op == EXPRESSION_EXP && is_one(a, 1)) return b->kids[0];
    return NULL;
}

/* Are two factors the same up to sign: V - b and b - V? */
static bool same_factor(const Expression *a, const Expression *b, double *sign) {
    *sign = 1;
    if (a == b) return true;
    *sign = -1;
    return a->op == EXPRESSION_SUB && b->op == EXPRESSION_SUB && a->kids[0] == b->kids[1] && a->kids[1] == b->kids[0];
}

/* n = c*d where both are straight lines of one variable with constant coefficients and the same zero. */
static const Expression *line_ratio(ExpressionPool *pool, const Expression *n, const Expression *d) {
    const Variable **variables;
    int count;
    expression_variables(pool, n, &variables, &count);
    for (int i = 0; i < count; i++) {
        const Expression *slope_n, *rest_n, *slope_d, *rest_d;
        double sn, rn, sd, rd;
        if (variables[i]->role == VARIABLE_PARAMETER) continue;
        if (expression_affine(pool, n, variables[i], &slope_n, &rest_n) &&
            expression_affine(pool, d, variables[i], &slope_d, &rest_d) && expression_is_number(slope_n, &sn) &&
            expression_is_number(rest_n, &rn) && expression_is_number(slope_d, &sd) &&
            expression_is_number(rest_d, &rd) && sn != 0 && sd != 0 && fabs(rn / sn - rd / sd) <= 1e-12 * fabs(rd / sd))
            return expression_divide(pool, slope_n, slope_d);
    }
    return NULL;
}

static const Expression *product(ExpressionPool *pool, const Product *p, const Expression *first, Span span) {
    const Expression *e = first;
    for (int i = 0; i < p->above_count; i++) e = e ? expression_multiply(pool, e, p->above[i]) : p->above[i];
    if (!e) e = expression_number(pool, 1, HIL_DIMENSIONLESS, span);
    for (int i = 0; i < p->below_count; i++) e = expression_divide(pool, e, p->below[i]);
    return p->sign < 0 ? expression_negate(pool, e) : e;
}

static void drop(const Expression **list, int *count, int at) {
    for (int i = at; i + 1 < *count; i++) list[i] = list[i + 1];
    (*count)--;
}

/* The quotient with its part u/(exp(u) - 1) taken out, or NULL. `all` is the whole quotient; below[at] holds u. */
static const Expression *rewritten(ExpressionPool *pool, Product all, int at, Span span) {
    double sign;
    const Expression *u = exponent_of(all.below[at], &sign);
    if (!u) return NULL;
    Product exponent = {.sign = 1};
    factorise(&exponent, u, false);
    drop(all.below, &all.below_count, at);
    all.sign *= sign;
    for (int i = 0; i < all.above_count; i++) {
        for (int j = 0; j < exponent.above_count; j++) {
            double turned;
            if (all.above[i]->rate != RATE_DYNAMIC || !same_factor(all.above[i], exponent.above[j], &turned)) continue;
            /* numerator/u = all.above without the factor, over exponent without it */
            drop(all.above, &all.above_count, i);
            drop(exponent.above, &exponent.above_count, j);
            all.sign *= exponent.sign * turned;
            for (int n = 0; n < exponent.below_count; n++) all.above[all.above_count++] = exponent.below[n];
            for (int n = 0; n < exponent.above_count; n++) all.below[all.below_count++] = exponent.above[n];
            return expression_multiply(pool, product(pool, &all, NULL, span),
                                       expression_unary(pool, EXPRESSION_EXPRELR, u));
        }
        const Expression *ratio = line_ratio(pool, all.above[i], u);
        if (!ratio) continue;
        drop(all.above, &all.above_count, i);
        return expression_multiply(pool, product(pool, &all, ratio, span),
                                   expression_unary(pool, EXPRESSION_EXPRELR, u));
    }
    return NULL;
}

const Expression *divide_removably(ExpressionPool *pool, const Expression *a, const Expression *b, Span span) {
    Product all = {.sign = 1};
    if (expression_mentions_op(b, EXPRESSION_EXP) || expression_mentions_op(b, EXPRESSION_EXPM1)) {
        factorise(&all, a, false);
        factorise(&all, b, true);
        for (int i = 0; i < all.below_count && !all.overflow && all.above_count < MOST_FACTORS / 2; i++) {
            const Expression *e = rewritten(pool, all, i, span);
            if (e) return e;
        }
    }
    return expression_divide(pool, a, b);
}
