/* Printing an expression in the language's own notation, with as few brackets as its grammar allows. */
#include "model/expression.h"
#include "model/model.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const primitive_names[] = {
#define PRIMITIVE(ID, name, arity, unit_rule, kernel_op, host_op) name,
#include "model/primitives.def"
#undef PRIMITIVE
};

const char *expression_operator_name(ExpressionOp op) { return primitive_names[op]; }

/* Is the quantity a number and one unit? */
static bool one_unit(HilDimension dimension) {
    const char *usual = hil_dimension_usual_unit(dimension);
    return usual[0] && !strpbrk(usual, "*/^");
}

/* How tightly each form binds: or 1, and 2, not 3, comparison 4, sum 5, product 6, minus 7, power 8, atom 9. A
 * conditional is 0. */
static int level(const Expression *e) {
    switch (e->op) {
    case EXPRESSION_SELECT: return 0;
    case EXPRESSION_OR: return 1;
    case EXPRESSION_AND: return 2;
    case EXPRESSION_NOT: return 3;
    case EXPRESSION_LT:
    case EXPRESSION_LE:
    case EXPRESSION_EQ: return 4;
    case EXPRESSION_ADD:
    case EXPRESSION_SUB: return 5;
    case EXPRESSION_MUL:
    case EXPRESSION_DIV:
    case EXPRESSION_MOD: return 6;
    case EXPRESSION_NEG: return 7;
    case EXPRESSION_NUMBER:
        if (!hil_dimension_is_none(e->type->dimension) && !one_unit(e->type->dimension)) return 6;
        return e->number < 0 ? 7 : 9;
    case EXPRESSION_POW: return 8;
    default: return 9;
    }
}

static void print_at(const Expression *e, int least, FILE *out);

static void print_binary(const Expression *e, const char *operator, int left, int right, FILE *out) {
    print_at(e->kids[0], left, out);
    fputs(operator, out);
    print_at(e->kids[1], right, out);
}

/* What the language makes of `digits first*second/third…` (units of single names and powers): true if that is exactly
 * `value`. */
static bool reads_back(double value, const char *digits, const char *unit_text) {
    double product = 0;
    size_t at = 0;
    for (bool first = true, over = false; ; first = false) {
        HilUnit unit;
        size_t length = strcspn(unit_text + at, "*/");
        if (length == 0 && first) { /* "/ms" */
            product = strtod(digits, NULL);
        } else {
            if (!hil_unit_parse(unit_text + at, length, &unit, NULL)) return false;
            if (first) {
                char quantity[96];
                HilDimension dimension;
                snprintf(quantity, sizeof quantity, "%s %.*s", digits, (int)length, unit_text + at);
                if (!hil_quantity_parse(quantity, strlen(quantity), &product, &dimension, NULL)) return false;
            } else {
                product = over ? product / unit.scale : product * unit.scale;
            }
        }
        at += length;
        if (!unit_text[at]) return product == value;
        over = unit_text[at++] == '/';
    }
}

/* Base units have the scale one, so that nothing is rounded. */
static void print_in_base_units(double value, HilDimension dimension, FILE *out) {
    static const char *const base[] = {"m", "kg", "s", "A", "K", "mol", "cd"};
    char digits[64];
    hil_quantity_print(value, (HilUnit){.scale = 1}, "", digits, sizeof digits);
    fputs(digits, out);
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < 7; i++) {
            int twice = pass ? -dimension.twice[i] : dimension.twice[i];
            if (twice <= 0) continue;
            if (twice > 1) fprintf(out, twice > 3 ? "%c(1 %s^%d)" : "%c(1 %s)", pass ? '/' : '*', base[i], twice / 2);
            if (twice % 2) fprintf(out, "%csqrt(1 %s)", pass ? '/' : '*', base[i]);
        }
}

static void print_number(const Expression *e, FILE *out) {
    char text[64], digits[64];
    HilUnit unit;
    size_t at = 0, length;
    if (hil_dimension_is_none(e->type->dimension)) {
        hil_quantity_print(e->number, (HilUnit){.scale = 1}, "", text, sizeof text);
        fputs(text, out);
        return;
    }
    const char *usual = hil_dimension_usual_unit(e->type->dimension);
    length = strlen(usual);
    if (length && !strchr(usual, '.') && hil_unit_parse(usual, length, &unit, &at)) { /* halves of powers have no form */
        hil_quantity_print(e->number, unit, "", digits, sizeof digits);
        if (!isfinite(e->number) || reads_back(e->number, digits, usual)) {
            fprintf(out, usual[0] == '/' ? "%s%s" : "%s %s", digits, usual);
            return;
        }
    }
    print_in_base_units(e->number, e->type->dimension, out);
}

static void print_variable(const Variable *v, FILE *out) {
    const Variable *past = v->original ? v->original : v;
    if (past->role == VARIABLE_DELAYED && v->side == SIDE_SELF && past->value && past->delay) {
        fputs("delayed(", out);
        print_at(past->value, 0, out);
        fputs(", ", out);
        print_at(past->delay, 0, out);
        fputc(')', out);
        return;
    }
    if (v->side == SIDE_PRE) fputs("pre.", out);
    if (v->side == SIDE_POST) fputs("post.", out);
    fputs(v->name, out);
}

static void print_call(const Expression *e, const char *name, FILE *out) {
    fprintf(out, "%s(", name);
    for (int i = 0; i < e->count; i++) {
        if (i) fputs(", ", out);
        print_at(e->kids[i], 0, out);
    }
    fputc(')', out);
}

static void print_open(const Expression *e, FILE *out) {
    switch (e->op) {
    case EXPRESSION_NUMBER: print_number(e, out); break;
    case EXPRESSION_BOOLEAN: fputs(e->number != 0 ? "true" : "false", out); break;
    case EXPRESSION_TEXT: fprintf(out, "\"%s\"", e->text); break;
    case EXPRESSION_VARIABLE: print_variable(e->variable, out); break;
    case EXPRESSION_TIME: fputs("t", out); break;
    case EXPRESSION_INDEX: fputs("index", out); break;
    case EXPRESSION_PRE_INDEX: fputs("pre.index", out); break;
    case EXPRESSION_POST_INDEX: fputs("post.index", out); break;
    case EXPRESSION_WHITE: fputs("white", out); break;
    case EXPRESSION_NEG: fputc('-', out); print_at(e->kids[0], 7, out); break;
    case EXPRESSION_ADD: print_binary(e, " + ", 5, 6, out); break;
    case EXPRESSION_SUB: print_binary(e, " - ", 5, 6, out); break;
    case EXPRESSION_MUL: print_binary(e, "*", 6, 7, out); break;
    case EXPRESSION_DIV: print_binary(e, "/", 6, 7, out); break;
    case EXPRESSION_MOD: print_binary(e, " mod ", 6, 7, out); break;
    case EXPRESSION_POW: print_binary(e, "^", 9, 7, out); break;
    case EXPRESSION_LT: print_binary(e, " < ", 5, 5, out); break;
    case EXPRESSION_LE: print_binary(e, " <= ", 5, 5, out); break;
    case EXPRESSION_EQ: print_binary(e, " == ", 5, 5, out); break;
    case EXPRESSION_AND: print_binary(e, " and ", 2, 3, out); break;
    case EXPRESSION_OR: print_binary(e, " or ", 1, 2, out); break;
    case EXPRESSION_NOT: fputs("not ", out); print_at(e->kids[0], 3, out); break;
    case EXPRESSION_SELECT:
        print_at(e->kids[1], 1, out);
        fputs(" if ", out);
        print_at(e->kids[0], 1, out);
        fputs(" else ", out);
        print_at(e->kids[2], 0, out);
        break;
    case EXPRESSION_HOST: print_call(e, e->text ? e->text : "host", out); break;
    case EXPRESSION_EXTERN: print_call(e, e->text, out); break;
    default: print_call(e, expression_operator_name(e->op), out); break;
    }
}

static void print_at(const Expression *e, int least, FILE *out) {
    bool brackets = level(e) < least;
    if (brackets) fputc('(', out);
    print_open(e, out);
    if (brackets) fputc(')', out);
}

void expression_print(const Expression *e, FILE *out) { print_at(e, 0, out); }
