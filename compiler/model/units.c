/* Units and types of expressions. In: annotations, checked arguments. Out: number types, and one error a mistake that
 * names both units and points at both places. */
#include "model/check.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

const char *type_text(Checker *k, const Type *type) {
    switch (type->kind) {
    case TYPE_NUMBER: break;
    case TYPE_BOOLEAN: return "a condition";
    case TYPE_TEXT: return "text";
    case TYPE_LIST: return "a list";
    case TYPE_RECORD: return "a record";
    case TYPE_SIGNAL: return "a signal";
    case TYPE_SPIKES: return "spikes";
    case TYPE_RANGE: return "a range";
    case TYPE_NONE: return "nothing";
    case TYPE_ERROR: return "an error";
    }
    if (hil_dimension_is_none(type->dimension)) return "a plain number";
    const char *usual = hil_dimension_usual_unit(type->dimension);
    if (usual[0]) return usual;
    char text[96];
    hil_dimension_print(type->dimension, text, sizeof text);
    return arena_print(k->c->arena, "%s", text);
}

/* "mV (voltage)" */
static const char *type_description(Checker *k, const Type *type) {
    const char *text = type_text(k, type);
    const char *word = type->kind == TYPE_NUMBER ? hil_dimension_word(type->dimension) : "";
    return word[0] && !hil_dimension_is_none(type->dimension) ? arena_print(k->c->arena, "%s (%s)", text, word) : text;
}

bool check_unit(Checker *k, const Ast *unit, HilUnit *result, Name *text) {
    char buffer[256];
    size_t length = 0;
    buffer[0] = 0;
    for (int i = 0; i < unit->count && length + 48 < sizeof buffer; i++) {
        const Ast *factor = unit->kids[i];
        HilUnit one;
        if (!hil_unit_lookup(factor->name, strlen(factor->name), &one)) {
            Diagnostic *d = compile_error(k->c, UNKNOWN_UNIT, factor->span, "there is no unit called %s", factor->name);
            compile_help(k->c, d, "units look like mV, nS, ms, uF/cm^2, /ms");
            return false;
        }
        int power = factor->op ? factor->op : 1;
        const char *join = power < 0 ? "/" : i ? "*" : "";
        length += (size_t)snprintf(buffer + length, sizeof buffer - length, "%s%.40s", join, factor->name);
        if (power != 1 && power != -1)
            length += (size_t)snprintf(buffer + length, sizeof buffer - length, "^%d", power < 0 ? -power : power);
    }
    if (!unit->count) snprintf(buffer, sizeof buffer, "1");
    if (!hil_unit_parse(buffer, strlen(buffer), result, NULL)) {
        compile_error(k->c, UNIT_RANGE, unit->span, "this unit is beyond what units can be");
        return false;
    }
    if (text) *text = name_of(k->c->names, unit->count ? buffer : "");
    return true;
}

const Type *check_type(Checker *k, Scope *scope, const Ast *unit, HilUnit *result, Name *text) {
    *result = (HilUnit){.scale = 1};
    *text = name_of(k->c->names, "");
    if (unit->kind == AST_UNIT && unit->count == 1 && (unit->kids[0]->op == 1 || unit->kids[0]->op == 0)) {
        Meaning *m = scope_find(scope, unit->kids[0]->name);
        HilUnit one;
        if (m && (m->kind == MEANING_VARIABLE || m->kind == MEANING_VALUE || m->kind == MEANING_LET) &&
            !hil_unit_lookup(unit->kids[0]->name, strlen(unit->kids[0]->name), &one)) {
            const Expression *e = meaning_expression(k, m, unit->span);
            if (e->type->kind != TYPE_NUMBER) return type_simple(k->pool, TYPE_ERROR);
            if (m->variable) {
                *result = m->variable->unit;
                *text = m->variable->unit_text;
            } else {
                result->dimension = e->type->dimension;
            }
            return e->type;
        }
    }
    if (unit->kind != AST_UNIT) {
        compile_error(k->c, TYPE_MISMATCH, unit->span, "a unit is expected here");
        return type_simple(k->pool, TYPE_ERROR);
    }
    if (!check_unit(k, unit, result, text)) return type_simple(k->pool, TYPE_ERROR);
    return type_number(k->pool, result->dimension);
}

const Expression *error_expression(Checker *k, Span span) {
    return expression_make(k->pool, EXPRESSION_TEXT, type_simple(k->pool, TYPE_ERROR), span, 0, NULL);
}

bool is_error(const Expression *e) { return e->type->kind == TYPE_ERROR; }

static bool is_plain_zero(const Expression *e) {
    return e->op == EXPRESSION_NUMBER && e->number == 0 && hil_dimension_is_none(e->type->dimension);
}

/* What would make a plain number into the unit. */
static void help_missing_unit(Checker *k, Diagnostic *d, const Expression *e, const Type *wanted) {
    if (wanted->kind != TYPE_NUMBER || e->type->kind != TYPE_NUMBER) return;
    const char *unit = hil_dimension_usual_unit(wanted->dimension);
    if (hil_dimension_is_none(e->type->dimension) && unit[0]) {
        if (e->op == EXPRESSION_NUMBER)
            compile_help(k->c, d, "a unit may be missing: %g %s", e->number, unit);
        else
            compile_help(k->c, d, "a unit may be missing: multiply by 1 %s, or write `as %s`", unit, unit);
    } else if (hil_dimension_is_none(wanted->dimension)) {
        const char *own = hil_dimension_usual_unit(e->type->dimension);
        if (own[0])
            compile_help(k->c, d, "divide by a quantity of that unit, or write `as %s` to take its number", own);
    } else {
        HilDimension ratio;
        if (!hil_dimension_divide(wanted->dimension, e->type->dimension, &ratio)) return;
        const char *factor = hil_dimension_usual_unit(ratio);
        if (factor[0]) compile_help(k->c, d, "a factor of unit %s is missing", factor);
    }
}

const Expression *check_fits(Checker *k, const Expression *e, Span span, const Type *type, Span because,
                             const char *why) {
    if (!type || is_error(e) || type->kind == TYPE_ERROR || e->type == type) return e;
    if (type->kind == TYPE_NUMBER && is_plain_zero(e)) return expression_number(k->pool, 0, type->dimension, span);
    Diagnostic *d;
    if (e->type->kind == TYPE_NUMBER && type->kind == TYPE_NUMBER)
        d = compile_error(k->c, UNIT_MISMATCH, span, "expected %s, found %s", type_description(k, type),
                          type_description(k, e->type));
    else
        d = compile_error(k->c, TYPE_MISMATCH, span, "expected %s, found %s", type_description(k, type),
                          type_description(k, e->type));
    if (because.source >= 0 && why) compile_note(k->c, d, because, "%s", why);
    help_missing_unit(k, d, e, type);
    return error_expression(k, span);
}

/* ---- unit rules of primitives.def ---- */

static Span operand_span(const Checker *k, const Expression **kids, int i) {
    return k->operands ? k->operands[i] : kids[i]->span;
}

static bool all_numbers(Checker *k, const char *operation, Span span, const Expression **kids, int count) {
    for (int i = 0; i < count; i++)
        if (kids[i]->type->kind != TYPE_NUMBER) {
            if (!is_error(kids[i])) {
                Diagnostic *d = compile_error(k->c, TYPE_MISMATCH, span, "%s works on numbers, this is %s", operation,
                                              type_text(k, kids[i]->type));
                compile_note(k->c, d, operand_span(k, kids, i), "this one");
                if (kids[i]->type->kind == TYPE_SPIKES)
                    compile_help(k->c, d, "count(…), rate(…), latency(…) and others make a number of spikes");
            }
            return false;
        }
    return true;
}

static const Type *all_alike(Checker *k, const char *operation, Span span, const Expression **kids, int count) {
    if (!all_numbers(k, operation, span, kids, count)) return NULL;
    int pattern = 0;
    while (pattern < count - 1 && is_plain_zero(kids[pattern])) pattern++;
    const Type *type = kids[pattern]->type;
    for (int i = 0; i < count; i++) {
        if (kids[i]->type == type) continue;
        if (is_plain_zero(kids[i])) {
            kids[i] = expression_number(k->pool, 0, type->dimension, kids[i]->span);
            continue;
        }
        Diagnostic *d = compile_error(k->c, UNIT_MISMATCH, span, "%s needs the same unit on both sides: %s and %s",
                                      operation, type_description(k, type), type_description(k, kids[i]->type));
        compile_note(k->c, d, operand_span(k, kids, pattern), "this is %s", type_description(k, type));
        compile_note(k->c, d, operand_span(k, kids, i), "this is %s", type_description(k, kids[i]->type));
        if (hil_dimension_is_none(type->dimension))
            help_missing_unit(k, d, kids[pattern], kids[i]->type);
        else
            help_missing_unit(k, d, kids[i], type);
        return NULL;
    }
    return type;
}

static const Type *rule_none(Checker *k, const char *operation, Span span, const Expression **kids, int count) {
    if (!all_numbers(k, operation, span, kids, count)) return NULL;
    for (int i = 0; i < count; i++)
        if (!hil_dimension_is_none(kids[i]->type->dimension)) {
            Diagnostic *d = compile_error(k->c, NOT_DIMENSIONLESS, span, "%s takes a plain number, this is %s",
                                          operation, type_description(k, kids[i]->type));
            compile_note(k->c, d, operand_span(k, kids, i), "the argument");
            compile_help(k->c, d, "divide it by a quantity in %s", type_text(k, kids[i]->type));
            return NULL;
        }
    return type_number(k->pool, HIL_DIMENSIONLESS);
}

static const Type *out_of_range(Checker *k, Span span) {
    compile_error(k->c, UNIT_RANGE, span, "the unit of this is beyond what units can be");
    return NULL;
}

static const Type *rule_power(Checker *k, const char *operation, Span span, const Expression **kids) {
    if (!all_numbers(k, operation, span, kids, 2)) return NULL;
    if (!hil_dimension_is_none(kids[1]->type->dimension)) {
        compile_error(k->c, NOT_DIMENSIONLESS, operand_span(k, kids, 1), "an exponent is a plain number, this is %s",
                      type_description(k, kids[1]->type));
        return NULL;
    }
    if (hil_dimension_is_none(kids[0]->type->dimension)) return type_number(k->pool, HIL_DIMENSIONLESS);
    double exponent;
    if (!expression_is_number(kids[1], &exponent) || 2 * exponent != floor(2 * exponent) || fabs(exponent) > 60) {
        Diagnostic *d = compile_error(k->c, POWER_UNIT, span,
                                      "%s can only be raised to a number that is written out, whole or half",
                                      type_description(k, kids[0]->type));
        compile_note(k->c, d, operand_span(k, kids, 1), "the exponent");
        return NULL;
    }
    HilDimension dimension;
    if (!hil_dimension_power(kids[0]->type->dimension, (int)(2 * exponent), &dimension)) return out_of_range(k, span);
    return type_number(k->pool, dimension);
}

static const Type *rule_product(Checker *k, const char *operation, Span span, const Expression **kids, bool divide) {
    if (!all_numbers(k, operation, span, kids, 2)) return NULL;
    HilDimension dimension, a = kids[0]->type->dimension, b = kids[1]->type->dimension;
    bool fits = divide ? hil_dimension_divide(a, b, &dimension) : hil_dimension_multiply(a, b, &dimension);
    return fits ? type_number(k->pool, dimension) : out_of_range(k, span);
}

const Type *check_unit_rule(Checker *k, const char *rule, const char *operation, Span span, const Expression **kids,
                            int count) {
    HilDimension dimension;
    if (!strcmp(rule, "same") || !strcmp(rule, "draw")) return all_alike(k, operation, span, kids, count);
    if (!strcmp(rule, "none")) return rule_none(k, operation, span, kids, count);
    if (!strcmp(rule, "abs")) return all_numbers(k, operation, span, kids, count) ? kids[0]->type : NULL;
    if (!strcmp(rule, "mul")) return rule_product(k, operation, span, kids, false);
    if (!strcmp(rule, "div")) return rule_product(k, operation, span, kids, true);
    if (!strcmp(rule, "pow")) return rule_power(k, operation, span, kids);
    if (!strcmp(rule, "sqrt")) {
        if (!all_numbers(k, operation, span, kids, count)) return NULL;
        if (!hil_dimension_power(kids[0]->type->dimension, 1, &dimension)) return out_of_range(k, span);
        return type_number(k->pool, dimension);
    }
    if (!strcmp(rule, "sign"))
        return all_numbers(k, operation, span, kids, count) ? type_number(k->pool, HIL_DIMENSIONLESS) : NULL;
    if (!strcmp(rule, "compare"))
        return all_alike(k, operation, span, kids, count) ? type_simple(k->pool, TYPE_BOOLEAN) : NULL;
    if (!strcmp(rule, "logic")) {
        for (int i = 0; i < count; i++)
            if (kids[i]->type->kind != TYPE_BOOLEAN) {
                if (!is_error(kids[i]))
                    compile_error(k->c, TYPE_MISMATCH, operand_span(k, kids, i), "%s joins conditions, this is %s",
                                  operation, type_description(k, kids[i]->type));
                return NULL;
            }
        return type_simple(k->pool, TYPE_BOOLEAN);
    }
    compile_error(k->c, INTERNAL, span, "primitive %s has no unit rule", operation);
    return NULL;
}
