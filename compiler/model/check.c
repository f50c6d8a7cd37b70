/* Checking expressions. In: Ast of one expression, a scope. Out: a typed Expression, always one.
 * Number literals are scaled exactly: a number and the units that multiply or divide it directly are one literal.
 * `x as mV` gives a plain number that unit, and takes the number of what has that unit already: the only escape. */
#include "model/check.h"
#include "model/program.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- literals: 20 ms, 120 mS/cm^2, 0.04 /mV/ms ---- */

typedef struct Literal {
    const char *digits;
    char unit[160];
    size_t length;
    const Ast *first_unit;
} Literal;

static bool builtin_name(const char *name) {
    static const char *const names[] = {"t", "dt", "index", "pi", "faraday", "gas_constant", "white"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!strcmp(names[i], name)) return true;
    return false;
}

bool name_is_unit(Checker *k, Scope *scope, Name name) {
    HilUnit unit;
    /* in an experiment on one neuron V is its voltage */
    const Ast ref = {.kind = AST_NAME, .name = name, .span = NO_SPAN};
    if (k->place == PLACE_HOST && k->program && names_sole_member(k, scope, &ref)) return false;
    return !scope_find(scope, name) && !builtin_name(name) && hil_unit_lookup(name, strlen(name), &unit);
}

/* Appends a product of units; `sign` is -1 below a fraction bar. */
static bool append_unit(Checker *k, Scope *scope, const Ast *ast, int sign, Literal *literal) {
    int power = 1;
    const Ast *name = ast;
    if (ast->kind == AST_BINARY && (ast->op == OP_MULTIPLY || ast->op == OP_DIVIDE))
        return append_unit(k, scope, ast->kids[0], sign, literal) &&
               append_unit(k, scope, ast->kids[1], ast->op == OP_DIVIDE ? -sign : sign, literal);
    if (ast->kind == AST_BINARY && ast->op == OP_POWER) {
        const Ast *exponent = ast->kids[1];
        name = ast->kids[0];
        if (exponent->kind == AST_UNARY && exponent->op == OP_NEGATE) {
            sign = -sign;
            exponent = exponent->kids[0];
        }
        if (exponent->kind != AST_NUMBER || exponent->number != floor(exponent->number) || exponent->number > 60)
            return false;
        power = (int)exponent->number;
    }
    if (name->kind != AST_NAME || power < 1 || !name_is_unit(k, scope, name->name)) return false;
    if (literal->length + strlen(name->name) + 8 > sizeof literal->unit) return false;
    const char *join = sign < 0 ? "/" : literal->length ? "*" : "";
    literal->length += (size_t)snprintf(literal->unit + literal->length, sizeof literal->unit - literal->length,
                                        power == 1 ? "%s%s" : "%s%s^%d", join, name->name, power);
    return true;
}

static bool literal_of(Checker *k, Scope *scope, const Ast *ast, Literal *literal) {
    if (ast->kind == AST_NUMBER) {
        *literal = (Literal){.digits = ast->text};
        return true;
    }
    if (ast->kind == AST_QUANTITY) {
        *literal = (Literal){.digits = ast->text};
        const Ast *factor = ast->kids[0]->kids[0];
        if (strlen(factor->name) + 8 > sizeof literal->unit) return false;
        int power = factor->op ? factor->op : 1;
        literal->length = (size_t)snprintf(literal->unit, sizeof literal->unit,
                                           power == 1  ? "%s%s"
                                           : power < 0 ? "%s%s^%d"
                                                       : "%s%s^%d",
                                           power < 0 ? "/" : "", factor->name, power < 0 ? -power : power);
        return true;
    }
    if (ast->kind == AST_BINARY && (ast->op == OP_MULTIPLY || ast->op == OP_DIVIDE))
        return literal_of(k, scope, ast->kids[0], literal) &&
               append_unit(k, scope, ast->kids[1], ast->op == OP_DIVIDE ? -1 : 1, literal);
    return false;
}

static const Expression *check_literal(Checker *k, const Literal *literal, bool negative, Span span) {
    HilUnit unit = {.scale = 1};
    size_t at = 0;
    if (literal->length && !hil_unit_parse(literal->unit, literal->length, &unit, &at)) {
        compile_error(k->c, UNKNOWN_UNIT, span, "there is no unit %s", literal->unit);
        return error_expression(k, span);
    }
    const char *digits = negative ? arena_print(k->c->arena, "-%s", literal->digits) : literal->digits;
    return expression_number(k->pool, hil_quantity_value(digits, strlen(digits), unit), unit.dimension, span);
}

const Expression *check_in_unit(Checker *k, Scope *scope, const Ast *element, HilUnit unit) {
    bool negative = element->kind == AST_UNARY && element->op == OP_NEGATE;
    const Ast *number = negative ? element->kids[0] : element;
    if (number->kind == AST_NUMBER) {
        const char *digits = negative ? arena_print(k->c->arena, "-%s", number->text) : number->text;
        return expression_number(k->pool, hil_quantity_value(digits, strlen(digits), unit), unit.dimension,
                                 element->span);
    }
    const Expression *e = check_expression(k, scope, element, type_number(k->pool, HIL_DIMENSIONLESS));
    if (is_error(e)) return e;
    return expression_multiply(k->pool, e, expression_number(k->pool, unit.scale, unit.dimension, element->span));
}

void check_unit_as_written(Checker *k, Scope *scope, const Ast *ast, const Type *type, HilUnit *unit, Name *text) {
    const Ast *at = ast;
    while (at && (at->kind == AST_UNARY || (at->kind == AST_BINARY && (at->op == OP_ADD || at->op == OP_SUBTRACT)) ||
                  (at->kind == AST_CALL && at->count > 1 && at->kids[1]->kind != AST_COMPREHENSION &&
                   at->kids[1]->kind != AST_ARGUMENT) ||
                  at->kind == AST_CONDITIONAL))
        at = at->kind == AST_CALL ? at->kids[1] : at->kids[0];
    Literal literal;
    if (at && literal_of(k, scope, at, &literal) && literal.length &&
        hil_unit_parse(literal.unit, literal.length, unit, NULL) &&
        hil_dimension_equal(unit->dimension, type->dimension)) {
        *text = name_of(k->c->names, literal.unit);
        return;
    }
    if (at && at->kind == AST_NAME) {
        Meaning *m = scope_find(scope, at->name);
        if (m && m->variable && m->variable->unit_text &&
            hil_dimension_equal(m->variable->unit.dimension, type->dimension)) {
            *unit = m->variable->unit;
            *text = m->variable->unit_text;
            return;
        }
    }
    const char *usual = hil_dimension_usual_unit(type->dimension);
    *unit = (HilUnit){.dimension = type->dimension, .scale = 1};
    char printed[96];
    hil_dimension_print(type->dimension, printed, sizeof printed);
    *text = name_of(k->c->names, hil_dimension_is_none(type->dimension) ? "" : printed);
    HilUnit found;
    if (usual[0] && !hil_dimension_is_none(type->dimension) && hil_unit_parse(usual, strlen(usual), &found, NULL)) {
        *unit = found;
        *text = name_of(k->c->names, usual);
    }
}

/* ---- names ---- */

static const Expression *plain(Checker *k, double value, Span span) {
    return expression_number(k->pool, value, HIL_DIMENSIONLESS, span);
}

static HilDimension dimension_of(const char *unit) {
    HilUnit u = {.scale = 1};
    hil_unit_parse(unit, strlen(unit), &u, NULL);
    return u.dimension;
}

static const Expression *check_builtin(Checker *k, const Ast *ast) {
    const char *name = ast->name;
    if (!strcmp(name, "t"))
        return expression_make(k->pool, EXPRESSION_TIME, type_number(k->pool, dimension_of("s")), ast->span, 0, NULL);
    if (!strcmp(name, "dt") && k->network) return expression_variable(k->pool, k->network->variables.at[0], ast->span);
    if (!strcmp(name, "index"))
        return expression_make(k->pool, EXPRESSION_INDEX, type_number(k->pool, HIL_DIMENSIONLESS), ast->span, 0, NULL);
    if (!strcmp(name, "pi")) return plain(k, 3.14159265358979323846, ast->span);
    /* CODATA 2018, exact by the definition of the SI */
    if (!strcmp(name, "faraday")) return expression_number(k->pool, 96485.33212331, dimension_of("C/mol"), ast->span);
    if (!strcmp(name, "gas_constant"))
        return expression_number(k->pool, 8.31446261815324, dimension_of("J/(mol*K)"), ast->span);
    if (!strcmp(name, "white")) {
        if (k->place != PLACE_EQUATION) {
            Diagnostic *d =
                compile_error(k->c, NOISE_MISPLACED, ast->span, "white noise can only stand in an equation");
            compile_help(k->c, d, "a value drawn once: normal(mean, sd)");
            return error_expression(k, ast->span);
        }
        return check_draw(k, EXPRESSION_WHITE, type_number(k->pool, dimension_of("s^-0.5")), ast->span, 0, NULL);
    }
    return NULL;
}

static const Expression *check_name(Checker *k, Scope *scope, const Ast *ast) {
    Meaning *m = check_ref(k, scope, ast, false);
    if (m) {
        if (k->place == PLACE_HOST && m->kind != MEANING_VALUE && m->kind != MEANING_VARIABLE && m->kind != MEANING_LET)
            return check_host_expression(k, scope, ast, NULL);
        return meaning_expression(k, m, ast->span);
    }
    const Expression *e = builtin_name(ast->name) ? check_builtin(k, ast) : NULL;
    if (e) return e;
    Literal literal = {.digits = "1"};
    if (append_unit(k, scope, ast, 1, &literal)) return check_literal(k, &literal, false, ast->span);
    if (k->place == PLACE_HOST) return check_host_expression(k, scope, ast, NULL);
    Diagnostic *d = scope_unknown(k, scope, ast->name, ast->span, "variable");
    if (!d->help && strncmp(ast->name, "E_", 2) == 0)
        compile_help(k->c, d, "a channel sees an ion's potential when it says so (`ion k`), and the neuron gives it (`E_k = -77 mV`)");
    return error_expression(k, ast->span);
}

/* FIELD and INDEX that lead to a meaning here; everything else is the host's. */
static const Expression *check_path(Checker *k, Scope *scope, const Ast *ast) {
    if (k->place != PLACE_HOST) {
        Meaning *m = check_ref(k, scope, ast, true);
        return m ? meaning_expression(k, m, ast->span) : error_expression(k, ast->span);
    }
    int errors = k->c->diagnostics.errors;
    const Expression *member = k->program ? check_member(k, scope, ast, false) : NULL;
    if (member) return member;
    Meaning *m = check_ref(k, scope, ast, false);
    if (k->c->diagnostics.errors != errors) return error_expression(k, ast->span);
    if (m && (m->kind == MEANING_VALUE || m->kind == MEANING_LET)) return meaning_expression(k, m, ast->span);
    return check_host_expression(k, scope, ast, NULL);
}

/* ---- operators ---- */

/* x / 120 mS/cm^2 reads as (x/(120 mS))/cm^2, which nobody means. */
static bool divided_unit(Checker *k, Scope *scope, const Ast *ast) {
    Literal unit = {0};
    const Ast *left = ast->kids[0];
    if (ast->op != OP_DIVIDE || left->kind != AST_BINARY || left->op != OP_DIVIDE ||
        left->kids[1]->kind != AST_QUANTITY || !append_unit(k, scope, ast->kids[1], -1, &unit))
        return false;
    Literal whole;
    if (literal_of(k, scope, left, &whole)) return false;
    const Ast *factor = left->kids[1]->kids[0]->kids[0];
    Diagnostic *d = compile_error(k->c, DIVIDED_UNIT, ast->span, "this divides by %s %s and then by the unit behind it",
                                  left->kids[1]->text, factor->name);
    compile_help(k->c, d, "put the divisor in brackets: …/(%s %s%s)", left->kids[1]->text, factor->name, unit.unit);
    return true;
}

static const Expression *negation(Checker *k, const Expression *e, Span span) {
    const Expression *kids[1] = {e};
    return check_primitive(k, EXPRESSION_NOT, span, 1, kids);
}

/* a in lo .. hi, both ends included */
static const Expression *check_membership(Checker *k, Scope *scope, const Ast *ast) {
    const Ast *range = ast->kids[1];
    if (k->place == PLACE_HOST || range->kind != AST_RANGE || range->op != 0)
        return check_host_expression(k, scope, ast, NULL);
    const Expression *x = check_expression(k, scope, ast->kids[0], NULL);
    const Expression *low[2] = {check_expression(k, scope, range->kids[0], NULL), x};
    const Expression *high[2] = {x, check_expression(k, scope, range->kids[1], NULL)};
    const Expression *both[2] = {check_primitive(k, EXPRESSION_LE, ast->span, 2, low),
                                 check_primitive(k, EXPRESSION_LE, ast->span, 2, high)};
    return check_primitive(k, EXPRESSION_AND, ast->span, 2, both);
}

/* a == b where both are names of things (loops over names and populations). */
static const Expression *check_same_thing(Checker *k, Scope *scope, const Ast *ast) {
    Meaning *a = check_ref(k, scope, ast->kids[0], false), *b = check_ref(k, scope, ast->kids[1], false);
    bool left = a && (a->kind == MEANING_SYMBOL || a->kind == MEANING_POPULATION);
    bool right = b && (b->kind == MEANING_SYMBOL || b->kind == MEANING_POPULATION);
    if (!left && !right) return NULL;
    Name x = left ? a->name : ast->kids[0]->name, y = right ? b->name : ast->kids[1]->name;
    return expression_boolean(k->pool, (x == y) == (ast->op == OP_EQUAL), ast->span);
}

static const Expression *check_binary(Checker *k, Scope *scope, const Ast *ast) {
    Literal literal;
    if (literal_of(k, scope, ast, &literal) && literal.length) return check_literal(k, &literal, false, ast->span);
    if (divided_unit(k, scope, ast)) return error_expression(k, ast->span);
    if (ast->op == OP_IN) return check_membership(k, scope, ast);
    if ((ast->op == OP_EQUAL || ast->op == OP_NOT_EQUAL) && k->place != PLACE_HOST) {
        const Expression *e = check_same_thing(k, scope, ast);
        if (e) return e;
    }
    const Expression *kids[2] = {check_expression(k, scope, ast->kids[0], NULL),
                                 check_expression(k, scope, ast->kids[1], NULL)};
    const Expression *turned[2] = {kids[1], kids[0]};
    bool turn = ast->op == OP_GREATER || ast->op == OP_GREATER_EQUAL;
    Span operands[2] = {ast->kids[turn]->span, ast->kids[!turn]->span};
    k->operands = operands;
    switch (ast->op) {
    case OP_ADD: return check_primitive(k, EXPRESSION_ADD, ast->span, 2, kids);
    case OP_SUBTRACT: return check_primitive(k, EXPRESSION_SUB, ast->span, 2, kids);
    case OP_MULTIPLY: return check_primitive(k, EXPRESSION_MUL, ast->span, 2, kids);
    case OP_DIVIDE: return check_primitive(k, EXPRESSION_DIV, ast->span, 2, kids);
    case OP_POWER: return check_primitive(k, EXPRESSION_POW, ast->span, 2, kids);
    case OP_MOD: return check_primitive(k, EXPRESSION_MOD, ast->span, 2, kids);
    case OP_AND: return check_primitive(k, EXPRESSION_AND, ast->span, 2, kids);
    case OP_OR: return check_primitive(k, EXPRESSION_OR, ast->span, 2, kids);
    case OP_LESS: return check_primitive(k, EXPRESSION_LT, ast->span, 2, kids);
    case OP_LESS_EQUAL: return check_primitive(k, EXPRESSION_LE, ast->span, 2, kids);
    case OP_GREATER: return check_primitive(k, EXPRESSION_LT, ast->span, 2, turned);
    case OP_GREATER_EQUAL: return check_primitive(k, EXPRESSION_LE, ast->span, 2, turned);
    case OP_EQUAL: return check_primitive(k, EXPRESSION_EQ, ast->span, 2, kids);
    case OP_NOT_EQUAL: return negation(k, check_primitive(k, EXPRESSION_EQ, ast->span, 2, kids), ast->span);
    default: k->operands = NULL; return check_host_expression(k, scope, ast, NULL);
    }
}

static const Expression *check_unary(Checker *k, Scope *scope, const Ast *ast) {
    Literal literal;
    if (ast->op == OP_NEGATE && literal_of(k, scope, ast->kids[0], &literal))
        return check_literal(k, &literal, true, ast->span);
    const Expression *kids[1] = {check_expression(k, scope, ast->kids[0], NULL)};
    return check_primitive(k, ast->op == OP_NOT ? EXPRESSION_NOT : EXPRESSION_NEG, ast->span, 1, kids);
}

static const Expression *check_conditional(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *condition = check_expression(k, scope, ast->kids[1], NULL);
    /* a choice made when compiling leaves out the other arm */
    if (condition->op == EXPRESSION_BOOLEAN)
        return check_expression(k, scope, ast->kids[condition->number != 0 ? 0 : 2], NULL);
    const Expression *arms[2] = {check_expression(k, scope, ast->kids[0], NULL),
                                 check_expression(k, scope, ast->kids[2], NULL)};
    if (is_error(condition) || is_error(arms[0]) || is_error(arms[1])) return error_expression(k, ast->span);
    if (condition->rate == RATE_HOST && condition->type->kind != TYPE_BOOLEAN) {
        const Expression *all[3] = {condition, arms[0], arms[1]};
        return check_host_operation(k, EXPRESSION_SELECT, ast->span, 3, all);
    }
    condition = check_fits(k, condition, ast->kids[1]->span, type_simple(k->pool, TYPE_BOOLEAN), ast->span,
                           "this chooses by a condition");
    if (is_error(condition)) return condition;
    const Type *type = arms[0]->type;
    if (type != arms[1]->type || type->kind == TYPE_NUMBER) {
        type = check_unit_rule(k, "same", "a choice", ast->span, arms, 2);
        if (!type) return error_expression(k, ast->span);
    }
    const Expression *kids[3] = {condition, arms[0], arms[1]};
    return expression_make(k->pool, EXPRESSION_SELECT, type, ast->span, 3, kids);
}

static const Expression *check_cast(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *e = check_expression(k, scope, ast->kids[0], NULL);
    HilUnit unit;
    if (is_error(e) || !check_unit(k, ast->kids[1], &unit, NULL)) return error_expression(k, ast->span);
    if (e->type->kind == TYPE_SIGNAL || e->type->kind == TYPE_LIST) return check_host_expression(k, scope, ast, NULL);
    const Expression *one = expression_number(k->pool, unit.scale, unit.dimension, ast->kids[1]->span);
    if (e->type->kind == TYPE_NUMBER && hil_dimension_equal(e->type->dimension, unit.dimension))
        return hil_dimension_is_none(unit.dimension) ? e : expression_divide(k->pool, e, one);
    if (e->type->kind == TYPE_NUMBER && hil_dimension_is_none(e->type->dimension))
        return expression_multiply(k->pool, e, one);
    Diagnostic *d = compile_error(k->c, BAD_CAST, ast->span, "%s cannot be taken as %s", type_text(k, e->type),
                                  type_text(k, type_number(k->pool, unit.dimension)));
    compile_note(k->c, d, ast->kids[0]->span, "this is %s", type_text(k, e->type));
    compile_help(k->c, d, "`as` gives a plain number a unit, or takes the number of what has that unit");
    return error_expression(k, ast->span);
}

/* a within tolerance of b */
static const Expression *check_nearness(Checker *k, Scope *scope, const Ast *ast) {
    if (k->place == PLACE_HOST) return check_host_expression(k, scope, ast, NULL);
    const Expression *difference[2] = {check_expression(k, scope, ast->kids[0], NULL),
                                       check_expression(k, scope, ast->kids[2], NULL)};
    const Expression *size[1] = {check_primitive(k, EXPRESSION_SUB, ast->span, 2, difference)};
    const Expression *sides[2] = {check_primitive(k, EXPRESSION_ABS, ast->span, 1, size),
                                  check_expression(k, scope, ast->kids[1], NULL)};
    return check_primitive(k, EXPRESSION_LE, ast->span, 2, sides);
}

static const Expression *dispatch(Checker *k, Scope *scope, const Ast *ast, const Type *expected) {
    Literal literal;
    switch (ast->kind) {
    case AST_NUMBER:
    case AST_QUANTITY:
        if (literal_of(k, scope, ast, &literal)) return check_literal(k, &literal, false, ast->span);
        return error_expression(k, ast->span);
    case AST_PERCENT:
        return expression_number(k->pool, hil_quantity_value(ast->text, strlen(ast->text), (HilUnit){.scale = 0.01}),
                                 HIL_DIMENSIONLESS, ast->span);
    case AST_STRING: return expression_text(k->pool, name_of(k->c->names, ast->text), ast->span);
    case AST_BOOL: return expression_boolean(k->pool, ast->op, ast->span);
    case AST_NAME: return check_name(k, scope, ast);
    case AST_FIELD:
    case AST_INDEX: return check_path(k, scope, ast);
    case AST_CALL: return check_call(k, scope, ast, expected);
    case AST_UNARY: return check_unary(k, scope, ast);
    case AST_BINARY: return check_binary(k, scope, ast);
    case AST_CONDITIONAL: return check_conditional(k, scope, ast);
    case AST_CAST: return check_cast(k, scope, ast);
    case AST_WITHIN: return check_nearness(k, scope, ast);
    case AST_ERROR: return error_expression(k, ast->span);
    default: return check_host_expression(k, scope, ast, expected);
    }
}

/* ---- entrances ---- */

const Expression *check_expecting(Checker *k, Scope *scope, const Ast *ast, const Type *expected, Span because,
                                  const char *why) {
    if (k->depth > 200) {
        compile_error(k->c, CIRCULAR, ast->span, "this is nested too deeply");
        return error_expression(k, ast->span);
    }
    k->depth++;
    const Expression *e = dispatch(k, scope, ast, expected);
    k->depth--;
    return check_fits(k, e, ast->span, expected, because, why);
}

const Expression *check_expression(Checker *k, Scope *scope, const Ast *ast, const Type *expected) {
    return check_expecting(k, scope, ast, expected, NO_SPAN, NULL);
}

const Expression *check_in_place(Checker *k, Place place, Scope *scope, const Ast *ast, const Type *expected) {
    Place before = k->place;
    k->place = place;
    const Expression *e = check_expression(k, scope, ast, expected);
    k->place = before;
    return e;
}

const Expression *check_number(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *e = check_expression(k, scope, ast, NULL);
    if (is_error(e) || e->type->kind == TYPE_NUMBER) return e;
    compile_error(k->c, TYPE_MISMATCH, ast->span, "a number is expected here, this is %s", type_text(k, e->type));
    return error_expression(k, ast->span);
}

const Expression *check_condition(Checker *k, Scope *scope, const Ast *ast) {
    return check_expression(k, scope, ast, type_simple(k->pool, TYPE_BOOLEAN));
}

const Expression *expression_constant(Checker *k, const Expression *e) {
    if (e->rate == RATE_CONSTANT) return e;
    if (e->rate != RATE_SCALAR || k->depth > 190) return NULL;
    const Variable **variables;
    int count;
    expression_variables(k->pool, e, &variables, &count);
    Substitution *list = arena_array_of(k->c->arena, Substitution, count + 1);
    for (int i = 0; i < count; i++) {
        const Variable *v = variables[i];
        if (v->role != VARIABLE_PARAMETER || !v->initial) return NULL;
        k->depth++;
        const Expression *value = expression_constant(k, v->initial);
        k->depth--;
        if (!value) return NULL;
        list[i] = (Substitution){v, value};
    }
    return expression_substitute(k->pool, e, list, count);
}

/* Parameters whose value shaped the model cannot be set any more. */
static void fix_parameters(Checker *k, const Expression *e) {
    const Variable **variables;
    int count;
    expression_variables(k->pool, e, &variables, &count);
    for (int i = 0; i < count; i++) {
        Variable *v = (Variable *)variables[i];
        v->settable = false;
        if (v->initial) fix_parameters(k, v->initial);
    }
}

bool check_constant(Checker *k, Scope *scope, const Ast *ast, double *value) {
    const Expression *e = check_expression(k, scope, ast, NULL);
    if (is_error(e)) return false;
    const Expression *constant = expression_constant(k, e);
    if (constant && (constant->op == EXPRESSION_NUMBER || constant->op == EXPRESSION_BOOLEAN)) {
        fix_parameters(k, e);
        *value = constant->number;
        return true;
    }
    compile_error(k->c, NOT_CONSTANT, ast->span, "this shapes the model, so its value must be known when compiling");
    return false;
}

bool check_integer(Checker *k, Scope *scope, const Ast *ast, long *value) {
    double number;
    if (!check_constant(k, scope, ast, &number)) return false;
    if (number != floor(number) || fabs(number) > 1e9) {
        compile_error(k->c, TYPE_MISMATCH, ast->span, "a whole number is expected here, this is %g", number);
        return false;
    }
    *value = (long)number;
    return true;
}
