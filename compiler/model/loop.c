/* Loops known when compiling: over ranges, lists of words, arrays, populations, rows of tables. In: a domain's Ast. Out:
 * what the binder means in each round. Shared by sums, folds, functions and `for` in networks. */
#include "model/check.h"
#include <math.h>
#include <string.h>

enum { MOST_ROUNDS = 1000000 };

static Meaning *new_item(Checker *k, LoopItems *items, MeaningKind kind, Name name, Span span) {
    Meaning *m = arena_new_of(k->c->arena, Meaning);
    *m = (Meaning){.kind = kind, .state = MEANING_READY, .name = name, .span = span, .position = items->list.count};
    vector_push(k->c->arena, &items->list, m);
    return m;
}

static Meaning *copy_item(Checker *k, LoopItems *items, const Meaning *of) {
    Meaning *m = arena_new_of(k->c->arena, Meaning);
    *m = *of;
    m->position = items->list.count;
    vector_push(k->c->arena, &items->list, m);
    return m;
}

static bool range_items(Checker *k, Scope *scope, const Ast *range, LoopItems *items) {
    const Expression *ends[2] = {check_expression(k, scope, range->kids[0], NULL),
                                 check_expression(k, scope, range->kids[1], NULL)};
    const Type *type = check_unit_rule(k, "same", "a range", range->span, ends, 2);
    if (!type) return false;
    double low, high, by = 1;
    if (!check_constant(k, scope, range->kids[0], &low) || !check_constant(k, scope, range->kids[1], &high))
        return false;
    double rounds = floor((high - low) * (1 + 1e-12)) + 1;
    if (range->op == 1) {
        long steps;
        if (!check_integer(k, scope, range->kids[2], &steps)) return false;
        rounds = (double)steps;
        by = steps > 1 ? (high - low) / (double)(steps - 1) : 0;
    } else if (range->op == 2) {
        if (!check_constant(k, scope, range->kids[2], &by)) return false;
        if (by == 0) {
            compile_error(k->c, NOT_CONSTANT, range->kids[2]->span, "a range cannot go on by 0");
            return false;
        }
        rounds = floor((high - low) / by * (1 + 1e-12)) + 1;
    }
    if (rounds > MOST_ROUNDS) {
        compile_error(k->c, INDEX_RANGE, range->span, "this loop has %.0f rounds; it is expanded when compiling",
                      rounds);
        return false;
    }
    for (long i = 0; i < (long)rounds; i++)
        new_item(k, items, MEANING_VALUE, NULL, range->span)->expression =
            expression_number(k->pool, low + (double)i * by, type->dimension, range->span);
    return true;
}

static bool element_item(Checker *k, Scope *scope, const Ast *element, LoopItems *items) {
    Meaning *m;
    if (element->kind == AST_TUPLE) {
        LoopItems parts = {0};
        for (int i = 0; i < element->count; i++)
            if (!element_item(k, scope, element->kids[i], &parts)) return false;
        m = new_item(k, items, MEANING_TUPLE, NULL, element->span);
        m->elements = parts.list.at;
        m->count = parts.list.count;
        return true;
    }
    if (element->kind == AST_NAME || element->kind == AST_FIELD || element->kind == AST_INDEX) {
        m = check_ref(k, scope, element, false);
        if (m && (m->kind == MEANING_POPULATION || m->kind == MEANING_SYMBOL || m->kind == MEANING_ROW ||
                  m->kind == MEANING_DEFINITION || m->kind == MEANING_FUNCTION || m->kind == MEANING_ARRAY)) {
            copy_item(k, items, m);
            return true;
        }
        if (m && (m->kind == MEANING_SCOPE || m->kind == MEANING_MODULE) && element->kind == AST_NAME) {
            /* the first word of composed names, a network of networks */
            new_item(k, items, MEANING_SYMBOL, element->name, element->span);
            return true;
        }
        if (!m && element->kind == AST_NAME && !name_is_unit(k, scope, element->name)) {
            new_item(k, items, MEANING_SYMBOL, element->name, element->span);
            return true;
        }
    }
    if (element->kind == AST_NAME && !scope_find(scope, element->name)) {
        /* a word that is also a unit (`A`): as a member of a list it is a word */
        new_item(k, items, MEANING_SYMBOL, element->name, element->span);
        return true;
    }
    const Expression *e = check_expression(k, scope, element, NULL);
    if (is_error(e)) return false;
    new_item(k, items, MEANING_VALUE, NULL, element->span)->expression = e;
    return true;
}

/* Every population of a scope, those of composed names and arrays too, once each. */
static void population_items(Checker *k, const Scope *scope, LoopItems *items) {
    for (int i = 0; i < scope->list.count; i++) {
        const Meaning *m = scope->list.at[i];
        if (m->kind == MEANING_SCOPE && m->members->owner == scope->owner) population_items(k, m->members, items);
        bool known = m->kind != MEANING_POPULATION;
        for (int j = 0; j < items->list.count && !known; j++) known = items->list.at[j]->population == m->population;
        if (!known) copy_item(k, items, m);
    }
}

bool loop_items(Checker *k, Scope *scope, const Ast *domain, bool must, LoopItems *items) {
    if (domain->kind == AST_RANGE) {
        if (k->place == PLACE_HOST && !must) {
            /* only what is constant is unrolled; the host runs the rest */
            const Expression *low = check_expression(k, scope, domain->kids[0], NULL);
            const Expression *high = check_expression(k, scope, domain->kids[1], NULL);
            if (low->rate != RATE_CONSTANT || high->rate != RATE_CONSTANT) return false;
        }
        return range_items(k, scope, domain, items);
    }
    if (domain->kind == AST_LIST) {
        for (int i = 0; i < domain->count; i++)
            if (!element_item(k, scope, domain->kids[i], items)) return false;
        return true;
    }
    Meaning *m = check_ref(k, scope, domain, false);
    if (m && m->kind == MEANING_ARRAY) {
        for (int i = 0; i < m->count; i++) copy_item(k, items, m->elements[i]);
        return true;
    }
    if (m && m->kind == MEANING_TABLE && m->table->key_count == 0) {
        for (int i = 0; i < m->table->row_count; i++) {
            Meaning *row = new_item(k, items, MEANING_ROW, NULL, domain->span);
            row->table = m->table;
            if (m->table->named_rows) row->name = m->table->cells[i * m->table->columns.count].text;
        }
        return true;
    }
    if (!m && domain->kind == AST_NAME && !strcmp(domain->name, "populations")) {
        for (Scope *s = scope; s; s = s->parent)
            if (s->owner && k->network && s->owner == k->network && strcmp(s->what, "this loop") != 0)
                population_items(k, s, items);
        return true;
    }
    if (must) {
        Diagnostic *d = compile_error(k->c, NOT_CONSTANT, domain->span, "this cannot be looped over when compiling");
        compile_help(k->c, d, "a range 0..4, a list [a, b], an array, `populations` or a table");
    }
    return false;
}

Scope *loop_scope(Checker *k, Scope *scope, const Ast *binder, const Meaning *item) {
    Scope *inner = scope_new(k, scope, "this loop", scope->owner);
    Meaning *m = arena_new_of(k->c->arena, Meaning);
    *m = *item;
    m->bound = binder->name;
    if (!m->name) m->name = binder->name;
    vector_push(k->c->arena, &inner->list, m);
    return inner;
}
