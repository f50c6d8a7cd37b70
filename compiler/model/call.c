/* Calls: primitives by their table's rows, the formulas of the field (ghk, nernst), sums and folds over what is known
 * when compiling. In: a CALL. Out: an expression; functions are inlined (function.c). */
#include "model/check.h"
#include <string.h>

typedef struct Primitive {
    const char *name;
    int arity;
    const char *rule;
} Primitive;

static const Primitive primitives[] = {
#define PRIMITIVE(ID, name, arity, unit_rule, kernel_op, host_op) {name, arity, unit_rule},
#include "model/primitives.def"
#undef PRIMITIVE
};

const char *operation_name(ExpressionOp op) {
    switch (op) {
    case EXPRESSION_ADD: return "addition";
    case EXPRESSION_SUB: return "subtraction";
    case EXPRESSION_MUL: return "multiplication";
    case EXPRESSION_DIV: return "division";
    case EXPRESSION_NEG: return "a minus sign";
    case EXPRESSION_POW: return "a power";
    case EXPRESSION_MOD: return "mod";
    case EXPRESSION_LT:
    case EXPRESSION_LE:
    case EXPRESSION_EQ: return "a comparison";
    case EXPRESSION_AND: return "and";
    case EXPRESSION_OR: return "or";
    case EXPRESSION_NOT: return "not";
    default: return primitives[op].name;
    }
}

static bool is_host_kind(const Expression *e) {
    TypeKind kind = e->type->kind;
    return kind != TYPE_NUMBER && kind != TYPE_BOOLEAN && kind != TYPE_ERROR;
}

const Expression *check_draw(Checker *k, ExpressionOp op, const Type *type, Span span, int count,
                             const Expression *const *kids) {
    int number = k->system ? ++k->system->draws : 1;
    return expression_draw(k->pool, op, number, type, span, count, kids);
}

static const Expression *primitive(Checker *k, ExpressionOp op, Span span, int count, const Expression **kids) {
    bool host = false, host_kind = false;
    for (int i = 0; i < count; i++) {
        if (is_error(kids[i])) return error_expression(k, span);
        host = host || kids[i]->rate == RATE_HOST;
        host_kind = host_kind || is_host_kind(kids[i]);
    }
    if (host_kind && k->place == PLACE_HOST) return check_host_operation(k, op, span, count, kids);
    if (op == EXPRESSION_EQ && count == 2 && kids[0]->type == kids[1]->type && kids[0]->type->kind == TYPE_BOOLEAN)
        return expression_make(k->pool, op, kids[0]->type, span, count, kids);
    const Type *type = check_unit_rule(k, primitives[op].rule, operation_name(op), span, kids, count);
    if (!type) return error_expression(k, span);
    if (op == EXPRESSION_DIV && !host) return divide_removably(k->pool, kids[0], kids[1], span);
    return expression_make(k->pool, op, type, span, count, kids);
}

const Expression *check_primitive(Checker *k, ExpressionOp op, Span span, int count, const Expression **kids) {
    const Expression *e = primitive(k, op, span, count, kids);
    k->operands = NULL;
    return e;
}

/* ---- arguments ---- */

typedef struct Arguments {
    VECTOR(const Expression *) list;
} Arguments;

static bool positional_arguments(Checker *k, Scope *scope, const Ast *call, Arguments *arguments) {
    for (int i = 1; i < call->count; i++) {
        const Ast *kid = call->kids[i];
        if (kid->kind == AST_ARGUMENT || kid->kind == AST_COMPREHENSION) {
            compile_error(k->c, UNKNOWN_ARGUMENT, kid->span, "%s takes plain arguments", call->name);
            return false;
        }
        vector_push(k->c->arena, &arguments->list, check_expression(k, scope, kid, NULL));
        if (is_error(vector_last(&arguments->list))) return false;
    }
    return true;
}

static bool argument_count(Checker *k, const Ast *call, int count, int least, int most) {
    if (count >= least && count <= most) return true;
    if (least == most)
        compile_error(k->c, ARGUMENT_COUNT, call->span, "%s takes %d argument%s, here are %d", call->name, least,
                      least == 1 ? "" : "s", count);
    else
        compile_error(k->c, ARGUMENT_COUNT, call->span, "%s takes %d to %d arguments, here are %d", call->name, least,
                      most, count);
    return false;
}

/* ---- formulas of the field ---- */

static const Expression *quantity(Checker *k, double value, const char *unit, Span span) {
    HilUnit u = {.scale = 1};
    hil_unit_parse(unit, strlen(unit), &u, NULL);
    return expression_number(k->pool, value, u.dimension, span);
}

/* R*T/(z*F), with the cell's temperature unless one is given. */
static const Expression *thermal_voltage(Checker *k, Scope *scope, const Ast *call, const Expression *valence,
                                         const Expression *temperature) {
    if (!temperature) {
        Meaning *m = scope_find(scope, name_of(k->c->names, "temperature"));
        if (!m) {
            Diagnostic *d = compile_error(k->c, NO_VALUE, call->span, "%s needs a temperature", call->name);
            compile_help(k->c, d, "give one as the last argument, or in the membrane: temperature = 34 degC");
            return error_expression(k, call->span);
        }
        temperature = meaning_expression(k, m, call->span);
    }
    HilUnit kelvin;
    hil_unit_parse("K", 1, &kelvin, NULL);
    temperature = check_fits(k, temperature, call->span, type_number(k->pool, kelvin.dimension), NO_SPAN, NULL);
    if (is_error(temperature)) return temperature;
    const Expression *charge = expression_multiply(k->pool, valence, quantity(k, 96485.33212331, "C/mol", call->span));
    return expression_divide(
        k->pool, expression_multiply(k->pool, quantity(k, 8.31446261815324, "J/(mol*K)", call->span), temperature),
        charge);
}

/* nernst(inside, outside, z [, temperature]) = R*T/(z*F)*log(outside/inside) */
static const Expression *check_nernst(Checker *k, Scope *scope, const Ast *call, const Arguments *a) {
    const Expression *ratio[2] = {a->list.at[1], a->list.at[0]};
    if (!check_unit_rule(k, "same", "nernst", call->span, ratio, 2)) return error_expression(k, call->span);
    const Expression *voltage =
        thermal_voltage(k, scope, call, a->list.at[2], a->list.count > 3 ? a->list.at[3] : NULL);
    if (is_error(voltage)) return voltage;
    const Expression *quotient = expression_divide(k->pool, ratio[0], ratio[1]);
    return expression_multiply(k->pool, voltage, expression_unary(k->pool, EXPRESSION_LOG, quotient));
}

/* ghk(inside, outside, z, V [, temperature]) = z*F*(inside*exprelr(-u) - outside*exprelr(u)), u = z*F*V/(R*T):
 * the Goldman-Hodgkin-Katz flux of charge per permeability (Hille 2001, chapter 14), regular at V = 0. */
static const Expression *check_ghk(Checker *k, Scope *scope, const Ast *call, const Arguments *a) {
    const Expression *sides[2] = {a->list.at[0], a->list.at[1]};
    if (!check_unit_rule(k, "same", "ghk", call->span, sides, 2)) return error_expression(k, call->span);
    const Expression *voltage =
        thermal_voltage(k, scope, call, a->list.at[2], a->list.count > 4 ? a->list.at[4] : NULL);
    if (is_error(voltage)) return voltage;
    const Expression *v = check_fits(k, a->list.at[3], call->span, voltage->type, NO_SPAN, NULL);
    if (is_error(v)) return v;
    const Expression *u = expression_divide(k->pool, v, voltage);
    const Expression *back = expression_unary(k->pool, EXPRESSION_EXPRELR, expression_negate(k->pool, u));
    const Expression *forth = expression_unary(k->pool, EXPRESSION_EXPRELR, u);
    const Expression *flux = expression_subtract(k->pool, expression_multiply(k->pool, sides[0], back),
                                                 expression_multiply(k->pool, sides[1], forth));
    const Expression *charge =
        expression_multiply(k->pool, a->list.at[2], quantity(k, 96485.33212331, "C/mol", call->span));
    return expression_multiply(k->pool, charge, flux);
}

/* ---- sums, folds, largest and smallest ---- */

static ExpressionOp reduction_op(const char *name) {
    if (!strcmp(name, "sum")) return EXPRESSION_ADD;
    if (!strcmp(name, "product")) return EXPRESSION_MUL;
    if (!strcmp(name, "max")) return EXPRESSION_MAX;
    if (!strcmp(name, "min")) return EXPRESSION_MIN;
    return EXPRESSION_OP_COUNT;
}

static bool unroll(Checker *k, Scope *scope, const Ast *comprehension, int level, Arguments *values) {
    if (level == comprehension->count) {
        vector_push(k->c->arena, &values->list, check_expression(k, scope, comprehension->kids[0], NULL));
        return !is_error(vector_last(&values->list));
    }
    const Ast *binder = comprehension->kids[level];
    LoopItems items = {0};
    if (!binder->kids[0] || !loop_items(k, scope, binder->kids[0], true, &items)) return false;
    for (int i = 0; i < items.list.count; i++)
        if (!unroll(k, loop_scope(k, scope, binder, items.list.at[i]), comprehension, level + 1, values)) return false;
    return true;
}

static const Expression *check_reduction(Checker *k, Scope *scope, const Ast *call, ExpressionOp op) {
    Arguments values = {0};
    const Ast *what = call->kids[1];
    if (what->kind == AST_COMPREHENSION) {
        if (!unroll(k, scope, what, 1, &values)) return error_expression(k, call->span);
    } else {
        Meaning *m = check_ref(k, scope, what, false);
        if (!m || m->kind != MEANING_ARRAY) {
            compile_error(k->c, TYPE_MISMATCH, what->span, "%s goes over an array or a loop (k in 0..3: …)",
                          call->name);
            return error_expression(k, call->span);
        }
        for (int i = 0; i < m->count; i++)
            vector_push(k->c->arena, &values.list, meaning_expression(k, m->elements[i], what->span));
    }
    if (!values.list.count) return expression_number(k->pool, op == EXPRESSION_MUL, HIL_DIMENSIONLESS, call->span);
    const Expression *result = values.list.at[0];
    for (int i = 1; i < values.list.count; i++) {
        const Expression *kids[2] = {result, values.list.at[i]};
        result = check_primitive(k, op, call->span, 2, kids);
    }
    return result;
}

/* fold(q = start, b in list: next) */
static const Expression *check_fold(Checker *k, Scope *scope, const Ast *call) {
    const Ast *start = ast_kid(call, 1), *loop = ast_kid(call, 2);
    if (!start || start->kind != AST_ARGUMENT || !loop || loop->kind != AST_COMPREHENSION || loop->count != 2) {
        Diagnostic *d = compile_error(k->c, ARGUMENT_COUNT, call->span, "this is no fold");
        compile_help(k->c, d, "fold(q = 0, b in list: q + b)");
        return error_expression(k, call->span);
    }
    LoopItems items = {0};
    const Expression *value = check_expression(k, scope, start->kids[0], NULL);
    if (is_error(value) || !loop_items(k, scope, loop->kids[1]->kids[0], true, &items))
        return error_expression(k, call->span);
    for (int i = 0; i < items.list.count && !is_error(value); i++) {
        Scope *inner = loop_scope(k, scope, loop->kids[1], items.list.at[i]);
        scope_bind_value(k, inner, start->name, start->span, value);
        value = check_expression(k, inner, loop->kids[0], NULL);
    }
    return value;
}

/* ---- the call ---- */

static const Expression *check_random(Checker *k, const Ast *call, ExpressionOp op, const Type *type,
                                      const Arguments *a) {
    if (k->place == PLACE_DRAWN || k->place == PLACE_HOST)
        return check_draw(k, op, type, call->span, a->list.count, a->list.at);
    Diagnostic *d =
        compile_error(k->c, DRAW_IN_EQUATION, call->span, "a draw cannot stand here: when would it be drawn?");
    compile_help(k->c, d,
                 k->place == PLACE_EQUATION
                     ? "continuous noise is `white`; a value per cell is a parameter or an initial value"
                     : "draw in a parameter, an initial value or a handler");
    return error_expression(k, call->span);
}

static const Expression *apply(Checker *k, const Ast *call, ExpressionOp op, const Arguments *a) {
    int count = a->list.count;
    Span operands[8];
    for (int i = 0; i < 8 && i + 1 < call->count; i++) operands[i] = call->kids[i + 1]->span;
    bool many = op == EXPRESSION_MIN || op == EXPRESSION_MAX;
    if (!argument_count(k, call, count, primitives[op].arity, many ? 1000 : primitives[op].arity))
        return error_expression(k, call->span);
    if (op >= EXPRESSION_DRAW_UNIFORM && op <= EXPRESSION_DRAW_BINOMIAL) {
        k->operands = count <= 8 ? operands : NULL;
        const Type *type = check_unit_rule(k, primitives[op].rule, call->name, call->span, a->list.at, count);
        k->operands = NULL;
        return type ? check_random(k, call, op, type, a) : error_expression(k, call->span);
    }
    const Expression *result = a->list.at[0];
    k->operands = !many && count <= 8 ? operands : NULL;
    if (!many) return check_primitive(k, op, call->span, count, a->list.at);
    for (int i = 1; i < count; i++) {
        const Expression *kids[2] = {result, a->list.at[i]};
        result = check_primitive(k, op, call->span, 2, kids);
    }
    return result;
}

int check_primitive_arity(int op) { return primitives[op].arity; }

int check_primitive_named(const char *name) {
    for (int op = 0; op < EXPRESSION_OP_COUNT; op++)
        if (primitives[op].name[0] != '#' && !strcmp(primitives[op].name, name)) return op;
    return -1;
}

static const Expression *unknown_function(Checker *k, Scope *scope, const Ast *call) {
    VECTOR(const char *) candidates = {0};
    for (int op = 0; op < EXPRESSION_OP_COUNT; op++)
        if (primitives[op].name[0] != '#') vector_push(k->c->arena, &candidates, primitives[op].name);
    for (Scope *s = scope; s; s = s->parent)
        for (int i = 0; i < s->list.count; i++)
            if (s->list.at[i]->kind == MEANING_FUNCTION) vector_push(k->c->arena, &candidates, s->list.at[i]->bound);
    const Ast *callee = call->kids[0];
    Diagnostic *d = compile_error(k->c, UNKNOWN_NAME, callee->span, "there is no function called %s here",
                                  call->name ? call->name : "this");
    const char *near = call->name ? nearest_name(call->name, candidates.at, candidates.count) : NULL;
    if (near) compile_help(k->c, d, "did you mean %s?", near);
    return error_expression(k, call->span);
}

const Expression *check_call(Checker *k, Scope *scope, const Ast *call, const Type *expected) {
    Meaning *m = check_ref(k, scope, call->kids[0], false);
    if (m && m->kind == MEANING_VARIABLE && m->state == MEANING_WAITING) meaning_settle(k, m);
    if (m && m->kind == MEANING_FUNCTION) {
        VECTOR(const Expression *) arguments = {0};
        for (int i = 1; i < call->count; i++) {
            const Ast *kid = call->kids[i];
            const Expression *e = NULL;
            if (kid->kind == AST_ARGUMENT) kid = kid->kids[0];
            Meaning *named = kid->kind == AST_NAME ? scope_find(scope, kid->name) : NULL;
            if (!named || (named->kind != MEANING_FUNCTION && named->kind != MEANING_PRIMITIVE))
                e = check_expression(k, scope, kid, NULL);
            if (e && is_error(e)) return e;
            vector_push(k->c->arena, &arguments, e);
        }
        return check_function_call(k, scope, m, call, arguments.count, arguments.at);
    }
    if (call->count == 2 && call->name && k->place != PLACE_HOST) { /* V(soma): of a compartment */
        Meaning *place = check_ref(k, scope, call->kids[1], false);
        Meaning *part = place && place->kind == MEANING_SCOPE && place->members
                            ? scope_find_here(place->members, call->name)
                            : NULL;
        if (part) return meaning_expression(k, part, call->span);
    }
    Arguments a = {0};
    if (m && m->kind == MEANING_PRIMITIVE)
        return positional_arguments(k, scope, call, &a) ? apply(k, call, (ExpressionOp)m->number, &a)
                                                        : error_expression(k, call->span);
    if (m && k->place != PLACE_HOST) {
        Diagnostic *d = compile_error(k->c, NOT_A_VALUE, call->kids[0]->span, "%s is no function", m->name);
        if (m->span.source >= 0) compile_note(k->c, d, m->span, "%s stands here", m->name);
        return error_expression(k, call->span);
    }
    if (!call->name || m) return check_host_expression(k, scope, call, expected);
    bool loop = call->count > 1 && (call->kids[call->count - 1]->kind == AST_COMPREHENSION);
    Meaning *first = call->count == 2 ? check_ref(k, scope, call->kids[1], false) : NULL;
    ExpressionOp reduction = reduction_op(call->name);
    if (k->place != PLACE_HOST) {
        if (reduction != EXPRESSION_OP_COUNT && (loop || (first && first->kind == MEANING_ARRAY)))
            return check_reduction(k, scope, call, reduction);
        if (!strcmp(call->name, "fold")) return check_fold(k, scope, call);
    } else if (loop || reduction == EXPRESSION_ADD || reduction == EXPRESSION_MUL ||
               (reduction != EXPRESSION_OP_COUNT && call->count == 2)) {
        return check_host_expression(k, scope, call, expected);
    }
    int op = check_primitive_named(call->name);
    bool nernst = !strcmp(call->name, "nernst"), ghk = !strcmp(call->name, "ghk");
    bool stop = !strcmp(call->name, "stop");
    if (op < 0 && !nernst && !ghk && !stop)
        return k->place == PLACE_HOST ? check_host_expression(k, scope, call, expected)
                                      : unknown_function(k, scope, call);
    if (op >= 0 && primitives[op].arity == 0) {
        Diagnostic *d = compile_error(k->c, NOT_A_VALUE, call->kids[0]->span, "%s is no function", call->name);
        compile_help(k->c, d, "write it without parentheses: %s", call->name);
        return error_expression(k, call->span);
    }
    if (!positional_arguments(k, scope, call, &a)) return error_expression(k, call->span);
    if (nernst)
        return argument_count(k, call, a.list.count, 3, 4) ? check_nernst(k, scope, call, &a)
                                                           : error_expression(k, call->span);
    if (ghk)
        return argument_count(k, call, a.list.count, 4, 5) ? check_ghk(k, scope, call, &a)
                                                           : error_expression(k, call->span);
    if (stop) /* has no gradient; its value is its argument */
        return argument_count(k, call, a.list.count, 1, 1) ? a.list.at[0] : error_expression(k, call->span);
    if (op == EXPRESSION_DELAYED)
        return argument_count(k, call, a.list.count, 2, 2) ? check_delayed(k, call, a.list.at[0], a.list.at[1])
                                                           : error_expression(k, call->span);
    return apply(k, call, (ExpressionOp)op, &a);
}
