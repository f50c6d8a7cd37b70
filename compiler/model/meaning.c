/* Meanings: settling what a name stands for when it is first used, and following refs (E.AMPA.g, w[2], pre.V).
 * In: bindings and their declarations. Out: typed variables and expressions.
 * Kept true: a variable's `instance` is known before any expression mentions it; what depends on itself is an error. */
#include "model/check.h"
#include <math.h>

static bool fail_circular(Checker *k, Meaning *m, Span span) {
    Diagnostic *d = compile_error(k->c, CIRCULAR, span, "%s depends on itself", m->name);
    compile_note(k->c, d, m->span, "%s is declared here", m->name);
    return false;
}

/* A parameter may be a function: `activation = relu`. Then the meaning becomes that function's. */
static bool settle_function(Meaning *m) {
    if (!m->value || m->value->kind != AST_NAME) return false;
    Meaning *target = scope_find(m->value_home, m->value->name);
    if (target && (target->kind == MEANING_FUNCTION || target->kind == MEANING_PRIMITIVE)) {
        m->kind = target->kind;
        m->ast = target->ast;
        m->home = target->home;
        m->number = target->number;
        m->variable = NULL;
        return true;
    }
    if (target) return false;
    int op = check_primitive_named(m->value->name);
    if (op < 0) return false;
    m->kind = MEANING_PRIMITIVE;
    m->number = op;
    m->variable = NULL;
    return true;
}

/* Declarations of a body hold name, type, value; formal parameters have no name among their kids. NULL: not given. */
static const Ast *declared_part(const Meaning *m, int place) {
    if (!m->ast) return NULL;
    switch (m->ast->kind) {
    case AST_PARAM:
    case AST_STATE:
    case AST_LET:
    case AST_INPUT:
    case AST_OUTPUT: return ast_kid(m->ast, place + 1);
    case AST_FORMAL: return ast_kid(m->ast, place);
    default: return NULL;
    }
}

static const Ast *declared_type(const Meaning *m) { return declared_part(m, 0); }
static const Ast *declared_value(const Meaning *m) { return declared_part(m, 1); }

/* Gives the variable its type from its annotation, or from its own first value. */
static const Expression *type_variable(Checker *k, Meaning *m) {
    Variable *v = m->variable;
    const Ast *type = declared_type(m), *own = declared_value(m);
    if (v->type) return NULL;
    if (type) {
        v->type = check_type(k, m->home, type, &v->unit, &v->unit_text);
        return NULL;
    }
    const Ast *source = own && own != m->value ? own : m->value;
    Scope *home = own && own != m->value ? m->home : m->value_home;
    if (!source) {
        v->type = type_number(k->pool, HIL_DIMENSIONLESS);
        v->unit = (HilUnit){.scale = 1};
        v->unit_text = name_of(k->c->names, "");
        return NULL;
    }
    if (source->kind == AST_SCALED) {
        v->type = check_unit(k, source->kids[1], &v->unit, &v->unit_text) ? type_number(k->pool, v->unit.dimension)
                                                                          : type_simple(k->pool, TYPE_ERROR);
        return NULL;
    }
    if (source->kind == AST_LIST && m->position >= 0 && m->position < source->count) {
        v->type = check_in_place(k, m->place, home, source->kids[m->position], NULL)->type;
        if (v->type->kind == TYPE_NUMBER)
            check_unit_as_written(k, home, source->kids[m->position], v->type, &v->unit, &v->unit_text);
        return NULL;
    }
    const Expression *e = check_in_place(k, m->place, home, source, NULL);
    v->type = e->type;
    if (e->type->kind == TYPE_NUMBER) check_unit_as_written(k, home, source, e->type, &v->unit, &v->unit_text);
    return source == m->value ? e : NULL;
}

static bool settle_variable(Checker *k, Meaning *m) {
    Variable *v = m->variable;
    if (v->role == VARIABLE_PARAMETER && settle_function(m)) return true;
    const Expression *e = type_variable(k, m);
    if (v->type->kind == TYPE_ERROR) return true;
    bool named_states = v->role == VARIABLE_STATE || v->role == VARIABLE_INPUT;
    if (named_states) m->state = MEANING_READY; /* other initial values may read it, and it theirs */
    const Ast *value = m->value;
    if (value && value->kind == AST_LIST && m->position >= 0 && m->position < value->count)
        value = value->kids[m->position];
    if (!m->given && value && value->kind == AST_SCALED && m->position >= 0 && value->kids[0]->count > m->position) {
        HilUnit unit;
        if (!check_unit(k, value->kids[1], &unit, NULL)) return false;
        k->place = m->place;
        e = check_in_unit(k, m->value_home, value->kids[0]->kids[m->position], unit);
        value = NULL;
    }
    if (m->given) {
        e = check_fits(k, m->given, m->given_span, v->type, m->span,
                       arena_print(k->c->arena, "%s is declared here", v->name));
        if (is_error(e)) return false;
    } else if (value && !e) {
        Place before = k->place;
        k->avoid = m->value_home != m->home ? v : NULL;
        k->place = m->place;
        e = check_expecting(k, m->value_home, value, v->type, m->span,
                            arena_print(k->c->arena, "%s is declared here", v->name));
        k->place = before;
        k->avoid = NULL;
    } else if (e) {
        e = check_fits(k, e, v->span, v->type, v->span, NULL);
    }
    if (!e) return true;
    if (v->role == VARIABLE_OUTPUT) {
        v->value = e;
        return true;
    }
    v->initial = e;
    if (v->role == VARIABLE_PARAMETER && e->rate >= RATE_INSTANCE && e->rate != RATE_HOST) v->instance = true;
    return true;
}

bool meaning_settle(Checker *k, Meaning *m) {
    if (m->state == MEANING_READY) return true;
    if (m->state == MEANING_WORKING) return false;
    m->state = MEANING_WORKING;
    Place place = k->place;
    System *system = k->system;
    Variable *avoid = k->avoid;
    if (m->system) k->system = m->system;
    k->avoid = NULL;
    bool good = true;
    if (m->kind == MEANING_VARIABLE) {
        good = settle_variable(k, m);
    } else if (m->kind == MEANING_LET) {
        if (m->settle) {
            m->expression = m->settle(k, m);
        } else if (!m->value) {
            compile_error(k->c, NO_VALUE, m->span, "%s has no value", m->name);
            m->expression = error_expression(k, m->span);
        } else {
            HilUnit unit;
            Name text;
            const Ast *annotation = declared_type(m);
            const Type *type = annotation ? check_type(k, m->home, annotation, &unit, &text) : NULL;
            k->place = m->place;
            m->expression = check_expression(k, m->value_home, m->value, type);
        }
        if (m->variable) {
            m->variable->type = m->expression->type;
            m->variable->value = m->expression;
            if (m->variable->type->kind == TYPE_NUMBER && m->value)
                check_unit_as_written(k, m->value_home, m->value, m->variable->type, &m->variable->unit,
                                      &m->variable->unit_text);
        }
    }
    k->place = place;
    k->system = system;
    k->avoid = avoid;
    m->state = MEANING_READY;
    return good;
}

const Expression *meaning_expression(Checker *k, Meaning *m, Span span) {
    if (m->state == MEANING_WORKING) {
        fail_circular(k, m, span);
        return error_expression(k, span);
    }
    if (!meaning_settle(k, m)) return error_expression(k, span);
    switch (m->kind) {
    case MEANING_VARIABLE:
        if (m->variable->type->kind == TYPE_ERROR) return error_expression(k, span);
        if (m->variable->role == VARIABLE_OUTPUT && m->variable->value) return m->variable->value;
        return expression_variable(k->pool, m->variable, span);
    case MEANING_LET:
    case MEANING_VALUE: return m->expression;
    default: break;
    }
    Diagnostic *d = compile_error(k->c, NOT_A_VALUE, span, "%s is not a value", m->name ? m->name : "this");
    if (m->span.source >= 0 && m->name) compile_note(k->c, d, m->span, "%s stands here", m->name);
    return error_expression(k, span);
}

/* ---- refs ---- */

static Meaning *value_meaning(Checker *k, Name name, Span span, const Expression *e) {
    Meaning *m = arena_new_of(k->c->arena, Meaning);
    *m = (Meaning){.kind = MEANING_VALUE, .state = MEANING_READY, .name = name, .span = span, .expression = e};
    return m;
}

/* A member of pre or post, seen from the projection. */
static Meaning *sided(Checker *k, Meaning *side, Meaning *member, Span span) {
    if (member->kind == MEANING_SCOPE || member->kind == MEANING_ARRAY) {
        Meaning *m = arena_new_of(k->c->arena, Meaning);
        *m = *member;
        m->side = side->side;
        m->projection = side->projection;
        return m;
    }
    if (!meaning_settle(k, member)) return NULL;
    Meaning *m;
    if (member->kind == MEANING_VARIABLE && member->variable->type->kind != TYPE_ERROR) {
        Variable *v = member->variable;
        bool scalar = v->role == VARIABLE_PARAMETER && !v->instance;
        if (v->role == VARIABLE_OUTPUT) v->observed = true;
        if (!scalar) v = projection_reference(k, side->projection, side->side, v);
        m = value_meaning(k, member->name, span, expression_variable(k->pool, v, span));
        m->variable = v;
        return m;
    }
    if (member->kind != MEANING_LET && member->kind != MEANING_VALUE) return member;
    const Expression *e = meaning_expression(k, member, span);
    return value_meaning(k, member->name, span, is_error(e) ? e : projection_view(k, side->projection, side->side, e));
}

static Meaning *row_field(Checker *k, Meaning *row, const Ast *field, bool must) {
    const TableCell *cell = table_cell(row->table, row->position, field->name);
    if (!cell || !cell->expression) {
        if (must) {
            if (!cell)
                compile_error(k->c, UNKNOWN_NAME, field->name_span, "table %s has no column %s", row->table->name,
                              field->name);
            else
                compile_error(k->c, NO_VALUE, field->span, "this row of table %s has no number in column %s",
                              row->table->name, field->name);
        }
        return NULL;
    }
    return value_meaning(k, field->name, field->span, cell->expression);
}

static Meaning *ref_field(Checker *k, Scope *scope, const Ast *ref, bool must) {
    Meaning *base = check_ref(k, scope, ref->kids[0], must);
    if (!base) return NULL;
    if (!ref->name) { /* .0 */
        int at = (int)ref->number;
        if ((base->kind == MEANING_TUPLE || base->kind == MEANING_ARRAY) && at < base->count) return base->elements[at];
        if (must) compile_error(k->c, NOT_A_VALUE, ref->span, "there is no part %d in this", at);
        return NULL;
    }
    if (base->kind == MEANING_ROW) return row_field(k, base, ref, must);
    if (base->kind == MEANING_TABLE) {
        int row = table_row_named(base->table, ref->name);
        if (row >= 0) {
            Meaning *m = arena_new_of(k->c->arena, Meaning);
            *m = (Meaning){.kind = MEANING_ROW,
                           .state = MEANING_READY,
                           .name = ref->name,
                           .span = ref->span,
                           .table = base->table,
                           .position = row};
            return m;
        }
        if (must)
            compile_error(k->c, UNKNOWN_NAME, ref->name_span, "table %s has no row %s", base->table->name, ref->name);
        return NULL;
    }
    Name field = ref->name;
    if (base->kind == MEANING_SYMBOL) { /* L.t composes a name of what the loops' words stand for */
        Meaning *composed = scope_find(scope, base->name);
        Meaning *second = scope_find(scope, field);
        if (second && second->kind == MEANING_SYMBOL) field = second->name;
        if (composed && composed->members) base = composed;
    }
    if (!base->members) {
        if (must) {
            Diagnostic *d = compile_error(k->c, NOT_A_VALUE, ref->span, "%s has no parts, so no %s",
                                          base->name ? base->name : "this", ref->name);
            if (base->span.source >= 0) compile_note(k->c, d, base->span, "it stands here");
        }
        return NULL;
    }
    if (base->kind == MEANING_SCOPE && base->projection && ref->name == name_of(k->c->names, "index"))
        return value_meaning(k, ref->name, ref->span,
                             expression_make(k->pool,
                                             base->side == SIDE_PRE ? EXPRESSION_PRE_INDEX : EXPRESSION_POST_INDEX,
                                             type_number(k->pool, HIL_DIMENSIONLESS), ref->span, 0, NULL));
    Meaning *member = scope_find_here(base->members, field);
    if (!member) {
        if (must) {
            Scope only = *base->members;
            only.parent = NULL;
            scope_unknown(k, &only, ref->name, ref->name_span, arena_print(k->c->arena, "part of %s", base->name));
        }
        return NULL;
    }
    return base->kind == MEANING_SCOPE && base->projection ? sided(k, base, member, ref->span) : member;
}

/* One subscript of a table with keys: by the name that a loop's word or a population carries, or by position. */
static int key_position(Checker *k, Scope *scope, const Table *table, int level, const Ast *subscript) {
    int count = table->keys[level].count;
    Meaning *m = check_ref(k, scope, subscript, false);
    if (m && m->name && m->kind != MEANING_VALUE && m->kind != MEANING_VARIABLE)
        for (int i = 0; i < count; i++)
            if (table->keys[level].at[i] == m->name) return i;
    if (!m && subscript->kind == AST_NAME)
        for (int i = 0; i < count; i++)
            if (table->keys[level].at[i] == subscript->name) return i;
    if (m && m->kind != MEANING_VALUE && m->kind != MEANING_VARIABLE && m->kind != MEANING_LET) {
        compile_error(k->c, INDEX_RANGE, subscript->span, "table %s has no entry called %s", table->name, m->name);
        return -1;
    }
    long at;
    if (!check_integer(k, scope, subscript, &at)) return -1;
    if (at >= 0 && at < count) return (int)at;
    compile_error(k->c, INDEX_RANGE, subscript->span, "table %s has entries 0 to %d here, this is %ld", table->name,
                  count - 1, at);
    return -1;
}

static bool subscript_position(Checker *k, Scope *scope, const Ast *subscript, long *at) {
    Meaning *m = subscript->kind == AST_NAME ? scope_find(scope, subscript->name) : NULL;
    if (m && (m->kind == MEANING_SYMBOL || m->kind == MEANING_ROW || m->kind == MEANING_TUPLE ||
              m->kind == MEANING_POPULATION)) {
        *at = m->position;
        return true;
    }
    return check_integer(k, scope, subscript, at);
}

/* naud[p], sizes[L], sizes[2]: a row by its name or position. */
static Meaning *row_of_table(Checker *k, Scope *scope, const Table *table, const Ast *subscript, bool must) {
    Meaning *word = check_ref(k, scope, subscript, false);
    Name name = word && word->kind != MEANING_VALUE && word->kind != MEANING_VARIABLE ? word->name
                : !word && subscript->kind == AST_NAME                                ? subscript->name
                                                                                      : NULL;
    long at = name ? table_row_named(table, name) : -1;
    if (!name) {
        if (subscript->kind == AST_RANGE || (k->place == PLACE_HOST && subscript->kind != AST_NUMBER)) return NULL;
        if (!check_integer(k, scope, subscript, &at)) return NULL;
    }
    if (at < 0 || at >= table->row_count) {
        if (must || !name) {
            if (name)
                compile_error(k->c, UNKNOWN_NAME, subscript->span, "table %s has no row %s", table->name, name);
            else
                compile_error(k->c, INDEX_RANGE, subscript->span, "table %s has rows 0 to %d, this is %ld", table->name,
                              table->row_count - 1, at);
        }
        return NULL;
    }
    Meaning *m = arena_new_of(k->c->arena, Meaning);
    *m = (Meaning){.kind = MEANING_ROW,
                   .state = MEANING_READY,
                   .name = name,
                   .span = subscript->span,
                   .table = (Table *)table,
                   .position = (int)at};
    return m;
}

static Meaning *ref_index(Checker *k, Scope *scope, const Ast *ref, bool must) {
    /* p[to][from]: the outer node is the second subscript */
    if (ref->kids[0]->kind == AST_INDEX && ref->kids[0]->count == 2) {
        Meaning *table = check_ref(k, scope, ref->kids[0]->kids[0], false);
        if (table && table->kind == MEANING_TABLE && table->table->key_count == 2) {
            int row = key_position(k, scope, table->table, 0, ref->kids[0]->kids[1]);
            int column = row < 0 ? -1 : key_position(k, scope, table->table, 1, ref->kids[1]);
            if (column < 0) return NULL;
            const TableCell *cell = &table->table->cells[row * table->table->keys[1].count + column];
            if (!cell->expression) {
                compile_error(k->c, NO_VALUE, ref->span, "table %s has no number there", table->name);
                return NULL;
            }
            return value_meaning(k, table->name, ref->span, cell->expression);
        }
    }
    Meaning *base = check_ref(k, scope, ref->kids[0], must);
    if (!base) return NULL;
    for (int i = 1; i < ref->count; i++) {
        long at;
        if (base->kind == MEANING_TABLE && base->table->key_count == 0) {
            base = row_of_table(k, scope, base->table, ref->kids[i], must);
            if (!base) return NULL;
            continue;
        }
        if (base->kind == MEANING_ROW) { /* size[L][t]: row, then column */
            Meaning *word = check_ref(k, scope, ref->kids[i], false);
            Ast field = {.kind = AST_FIELD, .span = ref->kids[i]->span, .name_span = ref->kids[i]->span};
            field.name = word && word->kind != MEANING_VALUE ? word->name : ref->kids[i]->name;
            if (!field.name) return NULL;
            return row_field(k, base, &field, must);
        }
        if (base->kind == MEANING_TABLE && base->table->key_count == 1) {
            int row = key_position(k, scope, base->table, 0, ref->kids[i]);
            if (row < 0) return NULL;
            return value_meaning(k, base->name, ref->span, base->table->cells[row].expression);
        }
        if (base->kind != MEANING_ARRAY && base->kind != MEANING_TUPLE) {
            if (must) {
                Diagnostic *d = compile_error(k->c, NOT_A_VALUE, ref->span, "%s is no array", base->name);
                if (base->span.source >= 0) compile_note(k->c, d, base->span, "it stands here");
            }
            return NULL;
        }
        if (ref->kids[i]->kind == AST_RANGE || ref->kids[i]->kind == AST_ALL) return NULL;
        if (!subscript_position(k, scope, ref->kids[i], &at)) return NULL;
        if (at < 0 || at >= base->count) {
            Diagnostic *d = compile_error(k->c, INDEX_RANGE, ref->kids[i]->span, "%s has elements 0 to %d, this is %ld",
                                          base->name, base->count - 1, at);
            if (base->span.source >= 0) compile_note(k->c, d, base->span, "it stands here");
            return NULL;
        }
        VariableSide side = base->side;
        Projection *projection = base->projection;
        Meaning wrapper = {.kind = MEANING_SCOPE, .side = side, .projection = projection};
        base = base->elements[at];
        if (projection) base = sided(k, &wrapper, base, ref->span);
        if (!base) return NULL;
    }
    return base;
}

Meaning *check_ref(Checker *k, Scope *scope, const Ast *ref, bool must) {
    Meaning *m;
    switch (ref->kind) {
    case AST_NAME:
        m = scope_find(scope, ref->name);
        if (m && m->kind == MEANING_VARIABLE && m->variable && m->variable == k->avoid) {
            Scope *s = scope;
            while (s && scope_find_here(s, ref->name) != m) s = s->parent;
            m = s ? scope_find(s->parent, ref->name) : NULL;
        }
        if (!m && must) scope_unknown(k, scope, ref->name, ref->span, "name");
        return m;
    case AST_FIELD: return ref_field(k, scope, ref, must);
    case AST_INDEX: return ref_index(k, scope, ref, must);
    default:
        if (must) compile_error(k->c, NOT_A_VALUE, ref->span, "a name is expected here");
        return NULL;
    }
}
