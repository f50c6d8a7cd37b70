/* Arithmetic, conditions and functions of host programs, on numbers, lists and signals alike. In: evaluated operands.
 * Out: a value of the shape of the operands. Kept true: numbers get the bits that kernels would (hil_math_*, powers by
 * repeated squaring, no contraction). */
#include "host_internal.h"

#include "hillock/math.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPERANDS = 8 };

/* ---- single numbers ------------------------------------------------------------------------------------------ */

static double power(double x, double n) {
    if (n == rint(n) && fabs(n) <= 64 && n != 0) {
        double square = x, result = 1;
        for (int left = (int)fabs(n); left > 0; left >>= 1, square *= square) {
            if (left & 1)
                result *= square;
        }
        return n > 0 ? result : 1 / result;
    }
    return n == 0.5 ? sqrt(x) : hil_math_pow(x, n);
}

static bool within(double a, double tolerance, double b) {
    if (a == b)
        return true;
    return fabs(a - b) <= tolerance + 4 * DBL_EPSILON * fmax(fabs(a), fabs(b));
}

static double choose(double x, double y, bool greater) {
    return greater ? (x > y ? x : y) : (x < y ? x : y);
}

/* x^… of as many operands as the op has; false: not an op of numbers. Conditions give 0 or 1. */
static bool number_op(int op, const double *x, int count, double *y) {
    switch (op) {
#define UNARY(ID, value) case HIL_HOST_##ID: *y = (value); return count == 1
#define BINARY(ID, value) case HIL_HOST_##ID: if (count != 2) return false; *y = (value); return true
    UNARY(NEG, -x[0]);
    UNARY(NOT, x[0] == 0);
    UNARY(EXP, hil_math_exp(x[0]));
    UNARY(EXPM1, hil_math_expm1(x[0]));
    UNARY(LOG, hil_math_log(x[0]));
    UNARY(LOG1P, hil_math_log1p(x[0]));
    UNARY(TANH, hil_math_tanh(x[0]));
    UNARY(SIGMOID, hil_math_sigmoid(x[0]));
    UNARY(EXPRELR, hil_math_exprelr(x[0]));
    UNARY(SIN, hil_math_sin(x[0]));
    UNARY(COS, hil_math_cos(x[0]));
    UNARY(TAN, hil_math_tan(x[0]));
    UNARY(ATAN, hil_math_atan(x[0]));
    UNARY(SINH, hil_math_sinh(x[0]));
    UNARY(COSH, hil_math_cosh(x[0]));
    UNARY(ERF, hil_math_erf(x[0]));
    UNARY(SQRT, sqrt(x[0]));
    UNARY(ABS, fabs(x[0]));
    UNARY(FLOOR, floor(x[0]));
    UNARY(CEIL, ceil(x[0]));
    UNARY(ROUND, rint(x[0]));
    UNARY(STEP, x[0] >= 0);
    UNARY(SIGN, (x[0] > 0) - (x[0] < 0));
    UNARY(RELU, x[0] > 0 ? x[0] : 0);
    UNARY(IDENTITY, x[0]);
    BINARY(ADD, x[0] + x[1]);
    BINARY(SUB, x[0] - x[1]);
    BINARY(MUL, x[0] * x[1]);
    BINARY(DIV, x[0] / x[1]);
    BINARY(POW, power(x[0], x[1]));
    BINARY(MOD, x[0] - x[1] * floor(x[0] / x[1]));
    BINARY(LT, x[0] < x[1]);
    BINARY(LE, x[0] <= x[1]);
    BINARY(EQ, x[0] == x[1]);
    BINARY(NE, x[0] != x[1]);
    BINARY(AND, x[0] != 0 && x[1] != 0);
    BINARY(OR, x[0] != 0 || x[1] != 0);
#undef UNARY
#undef BINARY
    case HIL_HOST_WITHIN:
        if (count != 3)
            return false;
        *y = within(x[0], x[1], x[2]);
        return true;
    case HIL_HOST_CLIP:
        if (count != 3)
            return false;
        *y = choose(choose(x[0], x[1], true), x[2], false);
        return true;
    case HIL_HOST_MIN: case HIL_HOST_MAX:
        *y = x[0];
        for (int k = 1; k < count; k++)
            *y = choose(*y, x[k], op == HIL_HOST_MAX);
        return count >= 1;
    default: return false;
    }
}

static bool gives_boolean(int op) {
    return (op >= HIL_HOST_LT && op <= HIL_HOST_NE) || op == HIL_HOST_WITHIN || op == HIL_HOST_AND ||
           op == HIL_HOST_OR || op == HIL_HOST_NOT;
}

bool hil_host_fold(int op, const double *kids, int count, double *result) {
    return host_is_broadcast(op) && op != HIL_HOST_IN && count >= 1 && number_op(op, kids, count, result);
}

bool host_is_broadcast(int op) {
    return (op >= HIL_HOST_NEG && op <= HIL_HOST_NOT) || (op >= HIL_HOST_EXP && op <= HIL_HOST_IDENTITY);
}

/* ---- membership ---------------------------------------------------------------------------------------------- */

static bool element_in(HilHost *host, HilValue a, HilValue set, bool *found) {
    *found = false;
    if (set.kind == HIL_KIND_RANGE) {
        double x;
        if (!host_number_of(host, a, &x))
            return false;
        *found = x >= set.as.range->low && x <= set.as.range->high;
        return true;
    }
    size_t length;
    if (!hil_value_length(set, &length, host->error))
        return false;
    for (size_t k = 0; k < length && !*found; k++) {
        HilValue element;
        if (!hil_value_element(host->pool, set, k, &element, host->error))
            return false;
        *found = hil_value_equal(a, element);
        hil_value_release(host->pool, element);
    }
    return true;
}

/* [low, high] as a list of two is a list: only a RANGE is an interval. Broadcast over a. */
bool host_contains(HilHost *host, HilValue a, HilValue set, HilValue *value) {
    bool found;
    if (a.kind == HIL_KIND_MISSING || set.kind == HIL_KIND_MISSING) {
        *value = hil_value_missing();
        return true;
    }
    if (a.kind == HIL_KIND_SIGNAL && set.kind == HIL_KIND_RANGE) {
        double *values;
        if (!hil_value_signal_like(host->pool, a.as.signal, value, &values, host->error))
            return false;
        for (size_t k = 0; k < a.as.signal->cells * a.as.signal->samples; k++)
            values[k] = values[k] >= set.as.range->low && values[k] <= set.as.range->high;
        return true;
    }
    if (a.kind != HIL_KIND_LIST) {
        if (!element_in(host, a, set, &found))
            return false;
        *value = hil_value_boolean(found);
        return true;
    }
    size_t count = a.as.list->count;
    HilValue *items = calloc(count + 1, sizeof *items);
    bool good = items || host_fail(host, "out of memory");
    for (size_t k = 0; good && k < count; k++) {
        HilValue element;
        good = hil_value_element(host->pool, a, k, &element, host->error) &&
               host_contains(host, element, set, &items[k]);
    }
    good = good && hil_value_list(host->pool, items, count, value, host->error);
    free(items);
    return good;
}

/* ---- shapes -------------------------------------------------------------------------------------------------- */

static bool is_series(HilKind kind) {
    return kind == HIL_KIND_LIST || kind == HIL_KIND_RANGE;
}

static bool broadcast_scalars(HilHost *host, int op, const HilValue *a, int count, HilValue *value) {
    double x[OPERANDS], y;
    if ((op == HIL_HOST_EQ || op == HIL_HOST_NE) && (a[0].kind == HIL_KIND_TEXT || a[0].kind == HIL_KIND_RECORD)) {
        *value = hil_value_boolean(hil_value_equal(a[0], a[1]) == (op == HIL_HOST_EQ));
        return true;
    }
    for (int k = 0; k < count; k++) {
        if (!host_number_of(host, a[k], &x[k]))
            return false;
    }
    if (!number_op(op, x, count, &y))
        return host_fail(host, "`%s` of %d numbers", hil_host_op_name(op), count);
    *value = gives_boolean(op) ? hil_value_boolean(y != 0) : hil_value_number(y);
    return true;
}

static bool broadcast_signals(HilHost *host, int op, const HilValue *a, int count, HilValue *value) {
    const HilSignalValue *like = NULL;
    for (int k = 0; k < count; k++) {
        if (a[k].kind == HIL_KIND_SIGNAL) {
            const HilSignalValue *other = a[k].as.signal;
            if (!like)
                like = other;
            if (other->cells != like->cells || other->samples != like->samples || other->every != like->every ||
                other->start != like->start)
                return host_fail(host, "signals sampled at different times or of different numbers of cells: %zu x %zu "
                                       "and %zu x %zu samples", like->samples, like->cells, other->samples,
                                 other->cells);
        } else if (a[k].kind != HIL_KIND_NUMBER && a[k].kind != HIL_KIND_BOOLEAN) {
            return host_fail(host, "a %s beside a signal", hil_kind_name(a[k].kind));
        }
    }
    double x[OPERANDS], *values;
    if (!hil_value_signal_like(host->pool, like, value, &values, host->error))
        return false;
    for (size_t i = 0; i < like->cells * like->samples; i++) {
        for (int k = 0; k < count; k++)
            x[k] = a[k].kind == HIL_KIND_SIGNAL ? a[k].as.signal->values[i]
                   : a[k].kind == HIL_KIND_NUMBER ? a[k].as.number : a[k].as.boolean;
        if (!number_op(op, x, count, &values[i]))
            return host_fail(host, "`%s` of %d signals", hil_host_op_name(op), count);
    }
    return true;
}

static bool broadcast_lists(HilHost *host, int op, const HilValue *a, int count, HilValue *value) {
    size_t length = 0, other;
    bool found = false;
    for (int k = 0; k < count; k++) {
        if (!is_series(a[k].kind))
            continue;
        if (!hil_value_length(a[k], &other, host->error))
            return false;
        if (found && other != length) {
            if (op != HIL_HOST_EQ && op != HIL_HOST_NE)
                return host_fail(host, "lists of %zu and %zu elements side by side", length, other);
            *value = hil_value_boolean(op == HIL_HOST_NE);
            return true;
        }
        length = other;
        found = true;
    }
    HilValue *items = calloc(length + 1, sizeof *items), row[OPERANDS];
    bool good = items || host_fail(host, "out of memory");
    for (size_t i = 0; good && i < length; i++) {
        for (int k = 0; good && k < count; k++) {
            row[k] = hil_value_retain(a[k]);
            if (is_series(a[k].kind)) {
                hil_value_release(host->pool, row[k]);
                good = hil_value_element(host->pool, a[k], i, &row[k], host->error);
            }
        }
        good = good && host_broadcast(host, op, row, count, &items[i]);
        for (int k = 0; good && k < count; k++)
            hil_value_release(host->pool, row[k]);
    }
    good = good && hil_value_list(host->pool, items, length, value, host->error);
    free(items);
    return good;
}

/* MIN and MAX of more operands than OPERANDS: in portions. */
static bool broadcast_many(HilHost *host, int op, const HilValue *a, int count, HilValue *value) {
    HilValue so_far = hil_value_retain(a[0]);
    for (int k = 1; k < count; k++) {
        HilValue pair[2] = {so_far, a[k]}, next;
        if (!host_broadcast(host, op, pair, 2, &next))
            return false;
        hil_value_release(host->pool, so_far);
        so_far = next;
    }
    *value = so_far;
    return true;
}

bool host_broadcast(HilHost *host, int op, const HilValue *a, int count, HilValue *value) {
    bool signals = false, series = false;
    if (op == HIL_HOST_IN)
        return host_contains(host, a[0], a[1], value);
    if (count > OPERANDS)
        return broadcast_many(host, op, a, count, value);
    for (int k = 0; k < count; k++) {
        if (a[k].kind == HIL_KIND_MISSING) {
            *value = hil_value_missing();
            return true;
        }
        signals |= a[k].kind == HIL_KIND_SIGNAL;
        series |= is_series(a[k].kind);
    }
    if (signals)
        return broadcast_signals(host, op, a, count, value);
    return series ? broadcast_lists(host, op, a, count, value) : broadcast_scalars(host, op, a, count, value);
}
