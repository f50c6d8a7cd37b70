/* Host expressions: lists, records, ranges, comprehensions, windows, calls. In: Ast of a kind that only host programs
 * have. Out: typed HOST expressions. Operations on lists and signals work element by element. */
#include "model/program.h"
#include <string.h>

/* ---- making ---- */

const Expression *host_make(Checker *k, int op, int index, const Type *type, Span span, int count,
                            const Expression *const *kids) {
    return expression_host(k->pool, op, index, NULL, 0, type, span, count, kids);
}

const Expression *host_worded(Checker *k, int op, int index, const char *text, const Type *type, Span span, int count,
                              const Expression *const *kids) {
    return expression_host(k->pool, op, index, name_of(k->c->names, text), 0, type, span, count, kids);
}

const Expression *host_flagged(Checker *k, int op, int index, int flags, const char *text, const Type *type, Span span,
                               int count, const Expression *const *kids) {
    return expression_host(k->pool, op, index, text ? name_of(k->c->names, text) : NULL, flags, type, span, count,
                           kids);
}

const Expression *host_statement(Checker *k, int op, int index, const char *text, Span span, int count,
                                 const Expression *const *kids) {
    return host_worded(k, op, index, text ? text : "", type_simple(k->pool, TYPE_NONE), span, count, kids);
}

const Expression *host_absent(Checker *k) {
    return expression_host(k->pool, -1, -1, NULL, 0, type_simple(k->pool, TYPE_NONE), NO_SPAN, 0, NULL);
}

const Expression *host_local(Checker *k, int local, const Type *type, Span span) {
    return host_make(k, HIL_HOST_LOCAL, local, type, span, 0, NULL);
}

int host_new_local(Checker *k) { return program_context(k)->program->locals++; }

const char *source_text(Checker *k, Span span) {
    if (span.source < 0) return "";
    const char *text = k->c->sources.list.at[span.source].text;
    char *folded = arena_copy_text(k->c->arena, text + span.begin, span.end - span.begin);
    size_t out = 0;
    for (size_t i = 0; folded[i]; i++) {
        bool space = strchr(" \t\r\n", folded[i]) != NULL;
        if (!space)
            folded[out++] = folded[i];
        else if (out && folded[out - 1] != ' ')
            folded[out++] = ' ';
    }
    folded[out] = 0;
    return folded;
}

const Expression *host_shown(Checker *k, const Expression *value, const char *unit) {
    if (is_error(value)) return value;
    return host_worded(k, HIL_HOST_SHOWN, -1, unit ? unit : "", value->type, value->span, 1, &value);
}

HilDimension seconds_dimension(void) {
    HilUnit unit = {.scale = 1};
    hil_unit_parse("s", 1, &unit, NULL);
    return unit.dimension;
}

const Type *type_time(Checker *k) { return type_number(k->pool, seconds_dimension()); }

const Type *element_type(Checker *k, const Type *type) {
    switch (type->kind) {
    case TYPE_LIST: return type->element;
    case TYPE_SIGNAL:
    case TYPE_RANGE: return type_number(k->pool, type->dimension);
    case TYPE_SPIKES: return type_time(k);
    case TYPE_RECORD: return type->element ? type->element : type;
    default: return type;
    }
}

static const Expression *not_here(Checker *k, const Ast *ast) {
    compile_error(k->c, HOST_ONLY, ast->span, "this can only stand in an experiment, a study or a sweep");
    return error_expression(k, ast->span);
}

/* ---- operations on lists, signals, records ---- */

static int host_op_of(ExpressionOp op) {
    enum { HIL_HOST_NONE = -1 };
    static const int ops[] = {
#define PRIMITIVE(ID, name, arity, unit_rule, kernel_op, host_op) HIL_HOST_##host_op,
#include "model/primitives.def"
#undef PRIMITIVE
    };
    return ops[op];
}

static const char *rule_of(ExpressionOp op) {
    static const char *const rules[] = {
#define PRIMITIVE(ID, name, arity, unit_rule, kernel_op, host_op) unit_rule,
#include "model/primitives.def"
#undef PRIMITIVE
    };
    return rules[op];
}

/* A signal of that dimension, of as many cells as another one. */
static const Type *signal_like(Checker *k, const Type *like, HilDimension dimension) {
    Type *type = arena_new_of(k->c->arena, Type);
    *type = *type_with_dimension(k->pool, TYPE_SIGNAL, dimension);
    type->count = like->count;
    return type;
}

static bool texts_or_booleans(const Expression *const *kids) {
    return kids[0]->type->kind == kids[1]->type->kind &&
           (kids[0]->type->kind == TYPE_TEXT || kids[0]->type->kind == TYPE_BOOLEAN);
}

const Expression *check_host_operation(Checker *k, ExpressionOp op, Span span, int count,
                                       const Expression *const *kids) {
    const Expression *elements[8];
    const Type *wrapper = NULL;
    int host_op = host_op_of(op);
    for (int i = 0; i < count && i < 8; i++) {
        if (is_error(kids[i])) return kids[i];
        const Type *type = kids[i]->type, *element = type;
        if (type->kind == TYPE_LIST || type->kind == TYPE_SIGNAL || type->kind == TYPE_RANGE) {
            element = element_type(k, type);
            if (!wrapper || type->kind == TYPE_SIGNAL) wrapper = type;
        }
        while (element->kind == TYPE_LIST) element = element->element;
        Expression *stand_in = arena_new_of(k->c->arena, Expression);
        *stand_in = *kids[i];
        stand_in->type = element;
        if (stand_in->op == EXPRESSION_NUMBER && element != type) stand_in->op = EXPRESSION_HOST;
        elements[i] = stand_in;
    }
    if (host_op < 0 || count > 8) {
        compile_error(k->c, HOST_ONLY, span, "this operation is not for lists or signals");
        return error_expression(k, span);
    }
    const Type *boolean = type_simple(k->pool, TYPE_BOOLEAN), *type;
    if (op == EXPRESSION_EQ && count == 2 && texts_or_booleans(elements))
        type = boolean;
    else if (op == EXPRESSION_AND || op == EXPRESSION_OR || op == EXPRESSION_NOT)
        type = boolean;
    else if (op == EXPRESSION_SELECT)
        type = kids[1]->type;
    else
        type = check_unit_rule(k, rule_of(op), operation_name(op), span, elements, count);
    if (!type) return error_expression(k, span);
    if (wrapper && op != EXPRESSION_SELECT) {
        if (type->kind == TYPE_NUMBER && wrapper->kind == TYPE_SIGNAL)
            type = signal_like(k, wrapper, type->dimension);
        else
            type = type_list(k->pool, type, -1);
    }
    return host_make(k, host_op, -1, type, span, count, kids);
}

/* ---- lists, tables ---- */

static const Expression *check_list(Checker *k, Scope *scope, const Ast *ast) {
    const Expression **kids = arena_array_of(k->c->arena, const Expression *, ast->count + 1);
    const Type *element = type_number(k->pool, HIL_DIMENSIONLESS);
    for (int i = 0; i < ast->count; i++) {
        kids[i] = check_expression(k, scope, ast->kids[i], NULL);
        if (is_error(kids[i])) return kids[i];
        if (i == 0) element = kids[0]->type;
        bool numbers = element->kind == TYPE_NUMBER && kids[i]->type->kind == TYPE_NUMBER;
        if (numbers && kids[i]->type != element) {
            const Expression *pair[2] = {kids[0], kids[i]};
            const Type *type = check_unit_rule(k, "same", "a list", ast->span, pair, 2);
            if (!type) return error_expression(k, ast->span);
            element = type;
            kids[0] = pair[0];
            kids[i] = pair[1];
        }
    }
    return host_make(k, HIL_HOST_LIST, -1, type_list(k->pool, element, -1), ast->span, ast->count, kids);
}

static const Expression *check_scaled_list(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *list = check_expression(k, scope, ast->kids[0], NULL);
    HilUnit unit;
    if (is_error(list) || !check_unit(k, ast->kids[1], &unit, NULL)) return error_expression(k, ast->span);
    const Expression *kids[2] = {list, expression_number(k->pool, unit.scale, unit.dimension, ast->span)};
    return check_host_operation(k, EXPRESSION_MUL, ast->span, 2, kids);
}

static const Expression *host_named(Checker *k, Name name, const Expression *value) {
    return host_worded(k, HIL_HOST_NAMED, -1, name, value->type, value->span, 1, &value);
}

const Expression *host_row(Checker *k, const Table *table, int row, Span span) {
    int count = table->columns.count;
    const Expression **kids = arena_array_of(k->c->arena, const Expression *, count + 1);
    for (int i = 0; i < count; i++) {
        const TableCell *cell = &table->cells[row * count + i];
        const Expression *value = cell->expression;
        if (!value && cell->text) value = expression_text(k->pool, cell->text, span);
        if (!value) value = host_make(k, HIL_HOST_MISSING, -1, type_simple(k->pool, TYPE_NONE), span, 0, NULL);
        kids[i] = host_named(k, table->columns.at[i].name, value);
    }
    return host_make(k, HIL_HOST_RECORD, -1, table->row_type, span, count, kids);
}

const Expression *host_table(Checker *k, const Table *table, Span span) {
    const Expression **rows = arena_array_of(k->c->arena, const Expression *, table->row_count + 1);
    for (int i = 0; i < table->row_count; i++) rows[i] = host_row(k, table, i, span);
    return host_make(k, HIL_HOST_LIST, -1, type_list(k->pool, table->row_type, table->row_count), span,
                     table->row_count, rows);
}

/* ---- ranges, subscripts, fields ---- */

static const Expression *check_range(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[3] = {check_expression(k, scope, ast->kids[0], NULL),
                                 check_expression(k, scope, ast->kids[1], NULL), NULL};
    if (is_error(kids[0]) || is_error(kids[1])) return error_expression(k, ast->span);
    const Type *type = check_unit_rule(k, "same", "a range", ast->span, kids, 2);
    if (!type) return error_expression(k, ast->span);
    int count = 2;
    if (ast_kid(ast, 2)) {
        kids[count++] = ast->op == 1 ? check_expression(k, scope, ast->kids[2], type_number(k->pool, HIL_DIMENSIONLESS))
                                     : check_expression(k, scope, ast->kids[2], type);
        if (is_error(kids[2])) return kids[2];
    }
    return host_make(k, HIL_HOST_RANGE, ast->op, type_with_dimension(k->pool, TYPE_RANGE, type->dimension), ast->span,
                     count, kids);
}

static const Expression *check_subscript(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *value = check_expression(k, scope, ast->kids[0], NULL);
    for (int i = 1; i < ast->count && !is_error(value); i++) {
        const Expression *kids[2] = {value, check_expression(k, scope, ast->kids[i], NULL)};
        if (is_error(kids[1])) return kids[1];
        const Type *type = value->type, *by = kids[1]->type;
        bool many = by->kind == TYPE_RANGE || by->kind == TYPE_LIST;
        if (type->kind == TYPE_LIST && !many)
            type = type->element;
        else if (type->kind == TYPE_RECORD && type->element && !many)
            type = type->element;
        else if (type->kind == TYPE_RANGE)
            type = many ? type_list(k->pool, element_type(k, type), -1) : element_type(k, type);
        else if (type->kind != TYPE_LIST && type->kind != TYPE_SIGNAL && type->kind != TYPE_SPIKES &&
                 type->kind != TYPE_RECORD) {
            compile_error(k->c, TYPE_MISMATCH, ast->kids[0]->span, "this has no elements: it is %s",
                          type_text(k, type));
            return error_expression(k, ast->span);
        }
        value = host_make(k, HIL_HOST_INDEX, -1, type, ast->span, 2, kids);
    }
    return value;
}

/* A column may have a dotted name: row.NaP.g is the field "NaP.g". NULL when there is none. */
static const Expression *check_dotted_field(Checker *k, Scope *scope, const Ast *ast) {
    const Ast *inner = ast->kids[0];
    if (!ast->name || inner->kind != AST_FIELD || !inner->name) return NULL;
    Meaning *m = check_ref(k, scope, inner->kids[0], false);
    bool row = m && (m->kind == MEANING_ROW ||
                     (m->kind == MEANING_VALUE && m->expression && m->expression->type->kind == TYPE_RECORD));
    if (!row) return NULL;
    const Expression *value = check_expression(k, scope, inner->kids[0], NULL);
    Name dotted = name_print(k->c->names, "%s.%s", inner->name, ast->name);
    for (int i = 0; !is_error(value) && i < value->type->fields.count; i++)
        if (value->type->fields.at[i].name == dotted)
            return host_worded(k, HIL_HOST_FIELD, -1, dotted, value->type->fields.at[i].type, ast->span, 1, &value);
    return NULL;
}

static const Expression *check_field(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *dotted = check_dotted_field(k, scope, ast);
    if (dotted) return dotted;
    const Expression *value = check_expression(k, scope, ast->kids[0], NULL);
    if (is_error(value)) return value;
    if (!ast->name) { /* .0: an element of a tuple or list */
        const Expression *kids[2] = {value, expression_number(k->pool, ast->number, HIL_DIMENSIONLESS, ast->span)};
        return host_make(k, HIL_HOST_INDEX, -1, element_type(k, value->type), ast->span, 2, kids);
    }
    const Type *type = value->type, *field = NULL;
    if (type->kind == TYPE_RECORD) {
        VECTOR(const char *) names = {0};
        for (int i = 0; i < type->fields.count; i++) {
            vector_push(k->c->arena, &names, type->fields.at[i].name);
            if (type->fields.at[i].name == ast->name) field = type->fields.at[i].type;
        }
        if (!field) field = type->element;
        if (!field) {
            Diagnostic *d = compile_error(k->c, UNKNOWN_NAME, ast->name_span, "%s has no field %s",
                                          type->label ? type->label : "this", ast->name);
            const char *near = nearest_name(ast->name, names.at, names.count);
            if (near) compile_help(k->c, d, "did you mean %s?", near);
            return error_expression(k, ast->span);
        }
    } else {
        compile_error(k->c, NOT_A_VALUE, ast->span, "%s has no field %s", type_text(k, type), ast->name);
        return error_expression(k, ast->span);
    }
    return host_worded(k, HIL_HOST_FIELD, -1, ast->name, field, ast->span, 1, &value);
}

/* ---- comprehensions and folds ---- */

static const Expression *comprehension_from(Checker *k, Scope *scope, const Ast *ast, int level) {
    if (level == ast->count) return check_expression(k, scope, ast->kids[0], NULL);
    const Ast *binder = ast->kids[level];
    if (!binder->kids[0]) {
        compile_error(k->c, HOST_ONLY, binder->span, "what does %s go over? write %s in 0..9: …", binder->name,
                      binder->name);
        return error_expression(k, ast->span);
    }
    const Expression *domain = check_expression(k, scope, binder->kids[0], NULL);
    if (is_error(domain)) return domain;
    int local = host_new_local(k);
    Scope *inner = scope_new(k, scope, scope->what, scope->owner);
    const Expression *known = host_local(k, local, element_type(k, domain->type), binder->span);
    scope_bind_value(k, inner, binder->name, binder->span, known);
    program_note_domain(k, known, domain);
    const Expression *body = comprehension_from(k, inner, ast, level + 1);
    if (is_error(body)) return body;
    const Expression *kids[2] = {domain, body};
    const Expression *each = host_make(k, HIL_HOST_EACH, local, type_list(k->pool, body->type, -1), ast->span, 2, kids);
    if (level + 1 < ast->count) each = host_make(k, HIL_HOST_FLATTEN, -1, body->type, ast->span, 1, &each);
    return each;
}

const Expression *check_comprehension(Checker *k, Scope *scope, const Ast *ast) {
    return comprehension_from(k, scope, ast, 1);
}

static const Expression *check_host_fold(Checker *k, Scope *scope, const Ast *call) {
    const Ast *start = ast_kid(call, 1), *loop = ast_kid(call, 2);
    if (!start || start->kind != AST_ARGUMENT || !loop || loop->kind != AST_COMPREHENSION || loop->count != 2 ||
        !loop->kids[1]->kids[0]) {
        Diagnostic *d = compile_error(k->c, ARGUMENT_COUNT, call->span, "this is no fold");
        compile_help(k->c, d, "fold(q = 0, b in list: q + b)");
        return error_expression(k, call->span);
    }
    const Expression *initial = check_expression(k, scope, start->kids[0], NULL);
    const Expression *domain = check_expression(k, scope, loop->kids[1]->kids[0], NULL);
    if (is_error(initial) || is_error(domain)) return error_expression(k, call->span);
    int local = host_new_local(k);
    host_new_local(k);
    Scope *inner = scope_new(k, scope, scope->what, scope->owner);
    scope_bind_value(k, inner, start->name, start->span, host_local(k, local, initial->type, start->span));
    scope_bind_value(k, inner, loop->kids[1]->name, loop->kids[1]->span,
                     host_local(k, local + 1, element_type(k, domain->type), loop->span));
    const Expression *body = check_expression(k, inner, loop->kids[0], initial->type);
    if (is_error(body)) return body;
    const Expression *kids[3] = {initial, domain, body};
    return host_make(k, HIL_HOST_FOLD, local, initial->type, call->span, 3, kids);
}

/* ---- windows, moments, conditions ---- */

static const Expression *optional_time(Checker *k, Scope *scope, const Ast *ast) {
    return ast ? check_expression(k, scope, ast, type_time(k)) : host_absent(k);
}

static const Expression *check_window(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[3] = {check_series(k, scope, ast->kids[0], 'e'), optional_time(k, scope, ast_kid(ast, 1)),
                                 optional_time(k, scope, ast_kid(ast, 2))};
    for (int i = 0; i < 3; i++)
        if (is_error(kids[i])) return kids[i];
    const Expression *window = host_make(k, HIL_HOST_WINDOW, -1, kids[0]->type, ast->span, 3, kids);
    const Ast *what = ast->kids[0]->kind == AST_OF ? ast->kids[0]->kids[0] : ast->kids[0];
    if (window->type->kind != TYPE_SPIKES || what->kind != AST_NAME || strcmp(what->name, "rate") != 0) return window;
    HilDimension per_second = HIL_DIMENSIONLESS; /* `rate of E from 200 ms` is the rate in that window */
    hil_dimension_divide(HIL_DIMENSIONLESS, seconds_dimension(), &per_second);
    return host_make(k, HIL_HOST_REDUCE, HIL_REDUCTION_RATE, type_number(k->pool, per_second), ast->span, 1, &window);
}

static const Expression *check_moment(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[2] = {check_series(k, scope, ast->kids[0], 's'),
                                 check_expression(k, scope, ast->kids[1], NULL)};
    if (is_error(kids[0]) || is_error(kids[1])) return error_expression(k, ast->span);
    const Type *moment = element_type(k, kids[1]->type);
    if (moment != type_time(k)) {
        compile_error(k->c, UNIT_MISMATCH, ast->kids[1]->span, "a time is expected behind `at`, this is %s",
                      type_text(k, kids[1]->type));
        return error_expression(k, ast->span);
    }
    if (kids[0]->type->kind != TYPE_SIGNAL) {
        compile_error(k->c, TYPE_MISMATCH, ast->kids[0]->span,
                      "only a signal (V of E[0]) has a value at a time, this is %s", type_text(k, kids[0]->type));
        return error_expression(k, ast->span);
    }
    const Type *type = element_type(k, kids[0]->type);
    bool several = kids[0]->type->kind == TYPE_SIGNAL && kids[0]->type->count != 1;
    if (kids[1]->type->kind != TYPE_NUMBER || several) type = type_list(k->pool, type, -1);
    return host_make(k, HIL_HOST_AT, -1, type, ast->span, 2, kids);
}

/* Both sides of a condition, shown in the unit that the author wrote on one of them. */
static const char *shown_unit(Checker *k, Scope *scope, const Ast *ast, const Type *type) {
    while (type->kind == TYPE_LIST) type = type->element;
    if (type->kind != TYPE_NUMBER && type->kind != TYPE_SIGNAL && type->kind != TYPE_RANGE) return NULL;
    HilUnit unit;
    Name text = NULL;
    check_unit_as_written(k, scope, ast->kind == AST_RANGE ? ast->kids[0] : ast, type_number(k->pool, type->dimension),
                          &unit, &text);
    return text;
}

static const Expression *check_in(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[2] = {check_expression(k, scope, ast->kids[0], NULL),
                                 check_expression(k, scope, ast->kids[1], NULL)};
    if (is_error(kids[0]) || is_error(kids[1])) return error_expression(k, ast->span);
    const Type *a = element_type(k, kids[0]->type), *b = element_type(k, kids[1]->type);
    if (a->kind == TYPE_NUMBER && b->kind == TYPE_NUMBER && a != b) {
        Diagnostic *d = compile_error(k->c, UNIT_MISMATCH, ast->span, "these cannot be compared: %s and %s",
                                      type_text(k, a), type_text(k, b));
        compile_note(k->c, d, ast->kids[0]->span, "this is %s", type_text(k, a));
        compile_note(k->c, d, ast->kids[1]->span, "this is %s", type_text(k, b));
        return error_expression(k, ast->span);
    }
    const char *unit = shown_unit(k, scope, ast->kids[1], kids[1]->type);
    kids[0] = host_shown(k, kids[0], unit);
    const Type *boolean = type_simple(k->pool, TYPE_BOOLEAN);
    if (kids[0]->type->kind == TYPE_LIST || kids[0]->type->kind == TYPE_SIGNAL)
        boolean = type_list(k->pool, boolean, -1);
    return host_make(k, HIL_HOST_IN, -1, boolean, ast->span, 2, kids);
}

static const Expression *check_within(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *kids[3] = {check_expression(k, scope, ast->kids[0], NULL),
                                 check_expression(k, scope, ast->kids[1], NULL),
                                 check_expression(k, scope, ast->kids[2], NULL)};
    for (int i = 0; i < 3; i++)
        if (is_error(kids[i])) return kids[i];
    const Type *a = element_type(k, kids[0]->type), *b = element_type(k, kids[2]->type);
    if (ast->kids[1]->kind == AST_PERCENT) { /* of what it is compared with */
        const Expression *parts[2] = {kids[1], kids[2]};
        const Expression *product = check_primitive(k, EXPRESSION_MUL, ast->span, 2, parts);
        const Expression *size[1] = {product};
        kids[1] = check_primitive(k, EXPRESSION_ABS, ast->span, 1, size);
        if (is_error(kids[1])) return kids[1];
    } else if (b->kind == TYPE_NUMBER && kids[1]->type->kind == TYPE_NUMBER) {
        kids[1] = check_fits(k, kids[1], ast->kids[1]->span, b, ast->kids[2]->span, "it is a tolerance of this");
        if (is_error(kids[1])) return kids[1];
    }
    if (a->kind == TYPE_NUMBER && b->kind == TYPE_NUMBER && a != b && !expression_is_number(kids[2], NULL)) {
        Diagnostic *d = compile_error(k->c, UNIT_MISMATCH, ast->span, "these cannot be compared: %s and %s",
                                      type_text(k, a), type_text(k, b));
        compile_note(k->c, d, ast->kids[0]->span, "this is %s", type_text(k, a));
        compile_note(k->c, d, ast->kids[2]->span, "this is %s", type_text(k, b));
        return error_expression(k, ast->span);
    }
    const char *unit = shown_unit(k, scope, ast->kids[2], kids[2]->type);
    kids[0] = host_shown(k, kids[0], unit);
    kids[2] = host_shown(k, kids[2], unit);
    const Type *boolean = type_simple(k->pool, TYPE_BOOLEAN);
    if (kids[0]->type->kind == TYPE_LIST) boolean = type_list(k->pool, boolean, -1);
    return host_make(k, HIL_HOST_WITHIN, -1, boolean, ast->span, 3, kids);
}

/* ---- names and calls ---- */

static const Expression *check_host_name(Checker *k, Scope *scope, const Ast *ast) {
    Meaning *m = check_ref(k, scope, ast, false);
    ProgramContext *context = program_context(k);
    if (m && m->kind == MEANING_TABLE) return host_table(k, m->table, ast->span);
    if (m && m->kind == MEANING_ROW) return host_row(k, m->table, m->position, ast->span);
    if (m && m->kind == MEANING_SYMBOL) return expression_text(k->pool, m->name, ast->span);
    if (m && m->kind == MEANING_POPULATION) return check_signal_of(k, scope, NULL, ast, true, NULL, false, ast->span);
    if (m && m->kind == MEANING_DEFINITION && m->ast->op == DEFINITION_EXPERIMENT) {
        Ast call = {.kind = AST_CALL, .span = ast->span, .name = ast->name, .kids = (Ast *[]){(Ast *)ast}, .count = 1};
        return check_experiment_call(k, scope, &call, m);
    }
    if (!m && ast->kind == AST_NAME && context && context->sole) {
        bool spikes = strcmp(ast->name, "spikes") == 0;
        if (spikes || strcmp(ast->name, "rate") == 0 || scope_find_here(context->sole->members, ast->name))
            return check_signal_of(k, scope, ast, NULL, false, NULL, false, ast->span);
    }
    const Ast *name;
    Meaning *connection = check_connection_named(k, scope, ast, &name);
    if (connection) return check_connection_value(k, scope, ast, connection, name);
    if (m) return meaning_expression(k, m, ast->span);
    scope_unknown(k, scope, ast->name, ast->span, "value");
    return error_expression(k, ast->span);
}

static const Expression *check_host_call(Checker *k, Scope *scope, const Ast *call) {
    Meaning *m = check_ref(k, scope, call->kids[0], false);
    if (m && m->kind == MEANING_DEFINITION && m->ast->op == DEFINITION_EXPERIMENT)
        return check_experiment_call(k, scope, call, m);
    if (names_sole_member(k, scope, call)) return check_signal_of(k, scope, call, NULL, false, NULL, false, call->span);
    if (!call->name) {
        compile_error(k->c, NOT_A_VALUE, call->span, "this cannot be called");
        return error_expression(k, call->span);
    }
    if (strcmp(call->name, "fold") == 0) return check_host_fold(k, scope, call);
    const Expression *e = check_list_function(k, scope, call);
    if (e) return e;
    int reduction = hil_reduction_find(call->name);
    if (reduction >= 0) return check_reduction_call(k, scope, call, reduction);
    VECTOR(const char *) names = {0};
    for (int i = 0; i < HIL_REDUCTION_ROWS; i++) vector_push(k->c->arena, &names, hil_reduction_name(i));
    Diagnostic *d =
        compile_error(k->c, UNKNOWN_NAME, call->kids[0]->span, "there is no function called %s here", call->name);
    const char *near = nearest_name(call->name, names.at, names.count);
    if (near) compile_help(k->c, d, "did you mean %s?", near);
    return error_expression(k, call->span);
}

static const Expression *check_host_cast(Checker *k, Scope *scope, const Ast *ast) {
    const Expression *e = check_expression(k, scope, ast->kids[0], NULL);
    HilUnit unit;
    if (is_error(e) || !check_unit(k, ast->kids[1], &unit, NULL)) return error_expression(k, ast->span);
    const Type *element = element_type(k, e->type);
    const Expression *kids[2] = {e, expression_number(k->pool, unit.scale, unit.dimension, ast->span)};
    bool plain = element->kind == TYPE_NUMBER && hil_dimension_is_none(element->dimension);
    return check_host_operation(k, plain ? EXPRESSION_MUL : EXPRESSION_DIV, ast->span, 2, kids);
}

const Expression *check_host_expression(Checker *k, Scope *scope, const Ast *ast, const Type *expected) {
    (void)expected;
    if (k->place != PLACE_HOST || !program_context(k)) return not_here(k, ast);
    switch (ast->kind) {
    case AST_LIST:
    case AST_TUPLE: return check_list(k, scope, ast);
    case AST_SCALED: return check_scaled_list(k, scope, ast);
    case AST_RANGE: return check_range(k, scope, ast);
    case AST_INDEX: return check_subscript(k, scope, ast);
    case AST_FIELD: {
        if (names_sole_member(k, scope, ast))
            return check_signal_of(k, scope, ast, NULL, false, NULL, false, ast->span);
        Meaning *m = check_ref(k, scope, ast, false);
        if (m && (m->kind == MEANING_ROW || m->kind == MEANING_TABLE || m->kind == MEANING_POPULATION))
            return check_host_name(k, scope, ast);
        if (m && m->kind == MEANING_VARIABLE) return meaning_expression(k, m, ast->span);
        return check_field(k, scope, ast);
    }
    case AST_NAME: return check_host_name(k, scope, ast);
    case AST_WHERE: return check_signal_of(k, scope, NULL, ast, true, NULL, false, ast->span);
    case AST_CALL: return check_host_call(k, scope, ast);
    case AST_COMPREHENSION: return check_comprehension(k, scope, ast);
    case AST_OF: return check_signal_of(k, scope, ast->kids[0], ast->kids[1], false, NULL, false, ast->span);
    case AST_WINDOW: return check_window(k, scope, ast);
    case AST_AT: return check_moment(k, scope, ast);
    case AST_BINARY: return check_in(k, scope, ast);
    case AST_WITHIN: return check_within(k, scope, ast);
    case AST_CAST: return check_host_cast(k, scope, ast);
    case AST_MISSING: return host_make(k, HIL_HOST_MISSING, -1, type_simple(k->pool, TYPE_NONE), ast->span, 0, NULL);
    default: break;
    }
    compile_error(k->c, HOST_ONLY, ast->span, "this cannot stand here");
    return error_expression(k, ast->span);
}
