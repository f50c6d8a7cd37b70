/* Builders of nodes, called by the grammar's actions.
 * In: parts and places. Out: nodes in the compilation's arena. Kept true: heights within AST_HEIGHT_LIMIT; once a node
 * is part of another only the parser's own widening of spans still touches it. */
#include "syntax/build.h"

#include "syntax/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

Ast *ast_node(Parser *p, AstKind kind, Span span, int op, Ast **kids, int count, const AstList *tail) {
    Ast *node = arena_new_of(p->c->arena, Ast);
    int more = tail ? tail->count : 0;
    node->kind = kind;
    node->op = op;
    node->span = span;
    node->name_span = NO_SPAN;
    node->count = count + more;
    if (node->count) node->kids = arena_array_of(p->c->arena, Ast *, node->count);
    if (count) memcpy(node->kids, kids, sizeof *kids * (size_t)count);
    if (more) memcpy(node->kids + count, tail->at, sizeof *tail->at * (size_t)more);
    int highest = 0;
    for (int i = 0; i < node->count; i++)
        if (node->kids[i] && node->kids[i]->height > highest) highest = node->kids[i]->height;
    node->height = highest + 1;
    if (node->height <= AST_HEIGHT_LIMIT) return node;
    compile_error(p->c, TOO_DEEP, span, "this is nested more than %d deep; split it with `let`", AST_HEIGHT_LIMIT);
    *node = (Ast){.kind = AST_ERROR, .span = span, .name_span = NO_SPAN, .height = 1};
    return node;
}

Ast *ast_many(Parser *p, AstKind kind, Span span, int op, const AstList *tail) {
    return ast_node(p, kind, span, op, NULL, 0, tail);
}

static Name name_at(const Parser *p, Span span) {
    return name_intern(p->c->names, p->text + span.begin, span.end - span.begin);
}

Ast *ast_named(Parser *p, Ast *node, Span name) {
    node->name = name_at(p, name);
    node->name_span = name;
    return node;
}

Ast *ast_named_by(Ast *node, const Ast *ref) {
    if (!ref || ref->kind != AST_NAME) return node;
    node->name = ref->name;
    node->name_span = ref->span;
    return node;
}

static char *unescape(const Parser *p, Span span) {
    char *text = arena_alloc(p->c->arena, span.end - span.begin + 1);
    size_t length = 0;
    for (uint32_t i = span.begin + 1; i < span.end; i++) {
        char letter = p->text[i];
        if (letter == '"') break;
        if (letter == '\\' && i + 1 < span.end) {
            char meant = text_escape(p->text[++i]);
            letter = meant ? meant : p->text[i];
        }
        text[length++] = letter;
    }
    return text;
}

Ast *ast_with_text(Parser *p, Ast *node, Span string) {
    node->text = unescape(p, string);
    return node;
}

AstList *ast_list(Parser *p, AstList *list, Ast *node) {
    if (!list) list = arena_new_of(p->c->arena, AstList);
    if (node) vector_push(p->c->arena, list, node);
    return list;
}

AstList *ast_statements(Parser *p, AstList *list, Ast *statement) {
    list = ast_list(p, list, NULL);
    if (statement && statement->kind == AST_LIST) {
        for (int i = 0; i < statement->count; i++) vector_push(p->c->arena, list, statement->kids[i]);
    } else if (statement) {
        vector_push(p->c->arena, list, statement);
    }
    return list;
}

Ast *ast_group(Parser *p, AstList *list, Span span) { return list ? ast_many(p, AST_LIST, span, 0, list) : NULL; }

/* ---- expressions ---- */

Ast *ast_name(Parser *p, Span span) { return ast_named(p, ast_many(p, AST_NAME, span, 0, NULL), span); }

static void read_digits(Parser *p, Ast *node, Span span) {
    node->text = arena_copy_text(p->c->arena, p->text + span.begin, span.end - span.begin);
    node->number = strtod(node->text, NULL);
    if (isinf(node->number)) compile_error(p->c, NUMBER_RANGE, span, "%s is larger than any number here can be", node->text);
}

Ast *ast_number(Parser *p, Span span) {
    Ast *node = ast_many(p, AST_NUMBER, span, 0, NULL);
    read_digits(p, node, span);
    return node;
}

Ast *ast_percent(Parser *p, Span span) {
    Ast *node = ast_many(p, AST_PERCENT, span, 0, NULL);
    read_digits(p, node, (Span){span.source, span.begin, span.end - 1});
    return node;
}

Ast *ast_string(Parser *p, Span span) { return ast_with_text(p, ast_many(p, AST_STRING, span, 0, NULL), span); }

Ast *ast_quantity(Parser *p, Span span, Span digits, Ast *unit) {
    Ast *node = ast_node(p, AST_QUANTITY, span, 0, KIDS(unit), NULL);
    read_digits(p, node, digits);
    return node;
}

Ast *ast_field(Parser *p, Span span, Ast *base, Span name) {
    return ast_named(p, ast_node(p, AST_FIELD, span, 0, KIDS(base), NULL), name);
}

Ast *ast_place(Parser *p, Span span, Ast *base, Span digits) {
    Ast *node = ast_node(p, AST_FIELD, span, 0, KIDS(base), NULL);
    if (node->kind == AST_FIELD) read_digits(p, node, digits);
    return node;
}

static bool is_binding(const Ast *node) {
    return node->kind == AST_BINARY && node->op == OP_IN && node->kids[0]->kind == AST_NAME;
}

static Ast *binder_of(Parser *p, const Ast *variable) {
    Ast *binder = ast_node(p, AST_BINDER, variable->span, 0, KIDS(is_binding(variable) ? variable->kids[1] : NULL), NULL);
    return ast_named_by(binder, is_binding(variable) ? variable->kids[0] : variable);
}

Ast *ast_bound_argument(Parser *p, Span span, Ast *variable, Ast *body) {
    if (variable->kind != AST_NAME && !is_binding(variable)) {
        Diagnostic *d = compile_error(p->c, BINDER_FORM, variable->span, "before `:` stands a variable");
        compile_help(p->c, d, "write `k in values: …`, or `t: …` for a maximum over time");
        return ast_many(p, AST_ERROR, span, 0, NULL);
    }
    return ast_node(p, AST_COMPREHENSION, span, 0, KIDS(body, binder_of(p, variable)), NULL);
}

/* In sum(i in a, j in b: x[i][j]) what stands before the last binder are binders too. */
static AstList *gather_binders(Parser *p, AstList *arguments) {
    Ast *last = vector_last(arguments);
    int first = arguments->count - 1;
    while (first > 0 && is_binding(arguments->at[first - 1])) first--;
    if (first == arguments->count - 1) return arguments;
    AstList *binders = NULL, *kept = NULL;
    for (int i = 0; i < first; i++) kept = ast_list(p, kept, arguments->at[i]);
    for (int i = first; i < arguments->count - 1; i++) binders = ast_list(p, binders, binder_of(p, arguments->at[i]));
    binders = ast_list(p, binders, last->kids[1]);
    Span span = span_join(arguments->at[first]->span, last->span);
    return ast_list(p, kept, ast_node(p, AST_COMPREHENSION, span, 0, KIDS(last->kids[0]), binders));
}

Ast *ast_call(Parser *p, Span span, Ast *callee, AstList *arguments) {
    if (arguments && vector_last(arguments)->kind == AST_COMPREHENSION && vector_last(arguments)->op == 0)
        arguments = gather_binders(p, arguments);
    return ast_named_by(ast_node(p, AST_CALL, span, 0, KIDS(callee), arguments), callee);
}

static bool is_comparison(int op) { return op >= OP_LESS && op <= OP_NOT_EQUAL; }

/* a < b < c arrives as (a < b) < c. One in parentheses starts before its left side. */
Ast *ast_binary(Parser *p, Span span, int op, Ast *left, Ast *right) {
    const Ast *end = left;
    if (end->kind == AST_BINARY && end->op == OP_AND) end = end->kids[1]; /* a longer chain */
    bool chain = is_comparison(op) && end->kind == AST_BINARY && is_comparison(end->op) &&
                 end->span.begin == end->kids[0]->span.begin && left->span.begin == left->kids[0]->span.begin;
    if (!chain) return ast_node(p, AST_BINARY, span, op, KIDS(left, right), NULL);
    Ast *middle = end->kids[1];
    Ast *second = ast_node(p, AST_BINARY, span_join(middle->span, right->span), op, KIDS(middle, right), NULL);
    return ast_node(p, AST_BINARY, span, OP_AND, KIDS(left, second), NULL);
}

Ast *ast_parenthesised(Ast *node, Span span) {
    node->span = span;
    return node;
}

/* ---- units ---- */

Ast *ast_unit_name(Parser *p, Span span, Span name, int exponent) {
    Ast *factor = ast_named(p, ast_many(p, AST_UNIT_FACTOR, span, exponent, NULL), name);
    return ast_node(p, AST_UNIT, span, 0, KIDS(factor), NULL);
}

Ast *ast_unit_one(Parser *p, Span span) {
    if (span.end - span.begin != 1 || p->text[span.begin] != '1') {
        Diagnostic *d = compile_error(p->c, UNIT_FORM, span, "the only number in a unit is 1");
        compile_help(p->c, d, "a unit is written like mS/cm^2, /ms or 1");
    }
    return ast_many(p, AST_UNIT, span, 0, NULL);
}

Ast *ast_unit_join(Parser *p, Span span, const Ast *unit, const Ast *factor, int sign) {
    AstList *factors = NULL;
    for (int i = 0; unit && i < unit->count; i++) factors = ast_list(p, factors, unit->kids[i]);
    for (int i = 0; i < factor->count; i++) {
        const Ast *old = factor->kids[i];
        Ast *turned = ast_many(p, AST_UNIT_FACTOR, old->span, sign * old->op, NULL);
        turned->name = old->name;
        turned->name_span = old->name_span;
        factors = ast_list(p, factors, turned);
    }
    return ast_many(p, AST_UNIT, span, 0, factors);
}

enum { LARGEST_EXPONENT = 24 };

int ast_exponent(Parser *p, Span span, int sign) {
    int value = 0;
    uint32_t i = span.begin;
    if (p->text[i] == '-') { /* in a table the sign belongs to the number */
        sign = -sign;
        i++;
    }
    bool whole = i < span.end;
    for (; i < span.end; i++) {
        if (p->text[i] < '0' || p->text[i] > '9' || value > LARGEST_EXPONENT) whole = false;
        else value = 10 * value + (p->text[i] - '0');
    }
    if (whole && value >= 1 && value <= LARGEST_EXPONENT) return sign * value;
    Diagnostic *d = compile_error(p->c, UNIT_FORM, span, "a unit's power is a whole number from 1 to %d, or negative",
                                  LARGEST_EXPONENT);
    compile_help(p->c, d, "for the power of a quantity write (20 ms)^x");
    return 1;
}

Ast *ast_type_of_row(Parser *p, Span span, Span word, Span table) {
    if (word.end - word.begin != 3 || memcmp(p->text + word.begin, "row", 3) != 0) {
        Diagnostic *d = compile_error(p->c, UNEXPECTED, word, "`%s` is no type", name_at(p, word));
        compile_help(p->c, d, "write `row of %s` for a row of a table", name_at(p, table));
    }
    return ast_named(p, ast_many(p, AST_ROW_TYPE, span, 0, NULL), table);
}

/* ---- statements ---- */

Ast *ast_declare(AstList *declarations, AstKind kind, Parser *p, Span span) {
    for (int i = 0; i < declarations->count; i++) {
        Ast *node = declarations->at[i];
        if (kind == AST_EXPECT) declarations->at[i] = ast_node(p, AST_EXPECT, node->span, 0, KIDS(node), NULL);
        else if (node->kind == AST_PARAM) node->kind = kind;
    }
    return ast_many(p, AST_LIST, span, 0, declarations);
}

/* Takes the subscripts off the end of `h[depth][width]`: what is left, and their list or NULL. */
static Ast *split_dimensions(Parser *p, Ast *target, Ast **dimensions) {
    AstList *list = NULL;
    int depth = 0;
    const Ast *node = target;
    for (; node->kind == AST_INDEX; node = node->kids[0]) depth++;
    for (int k = depth; k-- > 0;) { /* outermost first */
        const Ast *index = target;
        for (int i = 0; i < k; i++) index = index->kids[0];
        for (int i = 1; i < index->count; i++) list = ast_list(p, list, index->kids[i]);
    }
    for (; depth > 0; depth--) target = target->kids[0];
    *dimensions = list ? ast_many(p, AST_LIST, span_join(list->at[0]->span, vector_last(list)->span), 0, list) : NULL;
    return target;
}

Ast *ast_population(Parser *p, Span span, Ast *target, Ast *kind, Ast *block) {
    Ast *dimensions, *name = split_dimensions(p, target, &dimensions);
    return ast_named_by(ast_node(p, AST_POPULATION, span, 0, KIDS(name, dimensions, kind, block), NULL), name);
}

Ast *ast_section(Parser *p, Span span, Ast *target, Ast *parent, Ast *shape) {
    Ast *dimensions, *name = split_dimensions(p, target, &dimensions);
    if (name->kind != AST_NAME) compile_error(p->c, SECTION_FORM, name->span, "a section has a plain name");
    if (parent->kind != AST_FIELD || parent->name) {
        Diagnostic *d = compile_error(p->c, SECTION_FORM, parent->span, "where on its parent does the section start?");
        compile_help(p->c, d, "write its place from 0 (its start) to 1 (its end), like soma.0 or apical.0.5");
    }
    return ast_named_by(ast_node(p, AST_SECTION, span, 0, KIDS(dimensions, parent, shape), NULL), name);
}

/* `soma cylinder(…)` reads like a setting; in a morphology it is a section without a parent. */
Ast *ast_morphology(Parser *p, Span span, Ast *block) {
    for (int i = 0; block && i < block->count; i++) {
        const Ast *old = block->kids[i];
        if (old->kind != AST_SETTING || old->count != 1 || old->kids[0]->kind != AST_CALL) continue;
        Ast *section = ast_node(p, AST_SECTION, old->span, 0, KIDS(NULL, NULL, old->kids[0]), NULL);
        section->name = old->name;
        section->name_span = old->name_span;
        block->kids[i] = section;
    }
    return ast_node(p, AST_MORPHOLOGY, span, 0, KIDS(block), NULL);
}

Ast *ast_setting(Parser *p, Span span, Span name, AstList *arguments) {
    if (arguments && arguments->at[0]->span.begin == name.end && p->text[name.end] == '(') {
        Diagnostic *d = compile_error(p->c, BARE_CALL, span, "a call cannot stand alone: nothing takes what it gives");
        compile_help(p->c, d, "write `x = %s(…)` or `let x = %s(…)`", name_at(p, name), name_at(p, name));
    }
    return ast_named(p, ast_many(p, AST_SETTING, span, 0, arguments), name);
}

Ast *ast_table_from(Parser *p, Span span, Ast *target, Ast *value) {
    Ast *keys, *name = split_dimensions(p, target, &keys);
    if (name->kind != AST_NAME) compile_error(p->c, TABLE_ROW, name->span, "a table has a plain name");
    return ast_named_by(ast_node(p, AST_TABLE, span, 0, KIDS(keys, value, NULL), NULL), name);
}

/* The `|` stays in the list as a MISSING until the table is whole. */
AstList *ast_column(Parser *p, AstList *columns, Ast *column) {
    return ast_list(p, columns, column ? column : ast_many(p, AST_MISSING, NO_SPAN, 0, NULL));
}

Ast *ast_dotted_name(Parser *p, Span span, const Ast *before) {
    Ast *node = ast_name(p, span);
    if (!before) return node;
    node->name = name_print(p->c->names, "%s.%s", before->name, node->name);
    node->span = node->name_span = span_join(before->span, span);
    return node;
}

Ast *ast_table(Parser *p, Span span, Span name, AstList *columns, AstList *rows) {
    AstList *kept = NULL;
    int expected = 0;
    for (int i = 0; i < columns->count; i++) {
        if (columns->at[i]->kind == AST_MISSING) {
            expected = 1;
            continue;
        }
        columns->at[i]->op = expected;
        kept = ast_list(p, kept, columns->at[i]);
    }
    for (int i = 0; rows && i < rows->count; i++) {
        if (rows->at[i]->count == kept->count) continue;
        Diagnostic *d = compile_error(p->c, TABLE_ROW, rows->at[i]->span, "this row has %d cells, the table has %d columns",
                                      rows->at[i]->count, kept->count);
        compile_note(p->c, d, span_join(kept->at[0]->span, vector_last(kept)->span), "the columns");
        if (rows->at[i]->count < kept->count) compile_help(p->c, d, "write - for what is not known");
    }
    Ast *header = ast_many(p, AST_LIST, span_join(kept->at[0]->span, vector_last(kept)->span), 0, kept);
    return ast_named(p, ast_node(p, AST_TABLE, span, 0, KIDS(NULL, NULL, header), rows), name);
}

enum { LARGEST_GATE_POWER = 16 };

Ast *ast_gate(Parser *p, Span span, Span name, Span power, Ast *block) {
    int value = 1;
    if (power.source >= 0) {
        double written = strtod(arena_copy_text(p->c->arena, p->text + power.begin, power.end - power.begin), NULL);
        if (written >= 1 && written <= LARGEST_GATE_POWER && written == floor(written)) value = (int)written;
        else compile_error(p->c, GATE_POWER, power, "the power of a gate is a whole number from 1 to %d", LARGEST_GATE_POWER);
    }
    Ast *gate = ast_node(p, AST_GATE, span, value, KIDS(block), NULL);
    return name.source >= 0 ? ast_named(p, gate, name) : gate;
}

Ast *ast_clause(Parser *p, Span span, Ast *clauses, int place, Ast *value) {
    if (!clauses) clauses = ast_node(p, AST_LIST, span, 0, KIDS(NULL, NULL, NULL), NULL);
    if (clauses->count <= place) return clauses; /* an ERROR node */
    if (clauses->kids[place]) {
        Diagnostic *d = compile_error(p->c, SAID_TWICE, span, "this is said twice");
        compile_note(p->c, d, clauses->kids[place]->span, "here already");
        return clauses;
    }
    clauses->kids[place] = value;
    if (value->height >= clauses->height) clauses->height = value->height + 1;
    return clauses;
}
