/* Scopes: which names mean what where. In: bindings. Out: meanings, found from the inside outwards.
 * Kept true: one scope binds a name once; a meaning found is the innermost one. */
#include "model/check.h"
#include <string.h>

Scope *scope_new(Checker *k, Scope *parent, const char *what, void *owner) {
    Scope *scope = arena_new_of(k->c->arena, Scope);
    *scope = (Scope){.parent = parent, .what = what, .owner = owner, .arena = k->c->arena};
    return scope;
}

enum { SHORT_LIST = 12 /* searched faster than an index */ };

/* The last meaning of the name in this scope's own list, or NULL. */
static Meaning *find_own(Scope *scope, Name name) {
    if (scope->arena && scope->list.count > SHORT_LIST) {
        for (; scope->indexed < scope->list.count; scope->indexed++) {
            Name bound = scope->list.at[scope->indexed]->bound;
            if (bound) map_set(scope->arena, &scope->index, bound, scope->indexed);
        }
        int at = name ? map_get(&scope->index, name, -1) : -1;
        return at < 0 ? NULL : scope->list.at[at];
    }
    for (int i = scope->list.count - 1; i >= 0; i--)
        if (scope->list.at[i]->bound == name) return scope->list.at[i];
    return NULL;
}

Meaning *scope_find_here(Scope *scope, Name name) {
    Meaning *own = find_own(scope, name);
    if (own) return own;
    return scope->also ? scope_find_here(scope->also, name) : NULL;
}

bool meaning_make_elements(Checker *k, Meaning *into, Scope *scope, const Ast *size, const char *what, long most,
                           const char *name, const Meaning *element) {
    long count;
    if (!check_integer(k, scope, size, &count)) return false;
    if (count < 1 || count > most) {
        compile_error(k->c, INDEX_RANGE, size->span, "%s has 1 to %ld elements, not %ld", what, most, count);
        return false;
    }
    into->elements = arena_array_of(k->c->arena, Meaning *, count);
    into->count = (int)count;
    for (int i = 0; i < (int)count; i++) {
        Meaning *m = into->elements[i] = arena_new_of(k->c->arena, Meaning);
        *m = *element;
        m->name = name_print(k->c->names, "%s[%d]", name, i);
        m->position = i;
    }
    return true;
}

Meaning *scope_find(Scope *scope, Name name) {
    for (; scope; scope = scope->parent) {
        Meaning *m = scope_find_here(scope, name);
        if (m) return m;
    }
    return NULL;
}

Meaning *scope_bind(Checker *k, Scope *scope, MeaningKind kind, Name name, Span span) {
    Meaning *older = name ? scope_find_here(scope, name) : NULL;
    Meaning *m = arena_new_of(k->c->arena, Meaning);
    *m = (Meaning){.kind = kind, .bound = name, .name = name, .position = -1, .span = span, .home = scope};
    bool value = kind == MEANING_VARIABLE || kind == MEANING_LET || kind == MEANING_VALUE;
    if (value && name && strchr(name, '.')) {
        Diagnostic *d = compile_error(k->c, MISPLACED, span, "%s: only what a neuron, channel, pool or synapse declares has a "
                                                             "name with points", name);
        compile_help(k->c, d, "give it a plain name");
    }
    if (older) {
        Diagnostic *d = compile_error(k->c, NAME_TAKEN, span, "%s already has a meaning in %s", name, scope->what);
        compile_note(k->c, d, older->span, "%s stands here first", name);
        return m; /* usable by its declaration, reachable by nobody */
    }
    vector_push(k->c->arena, &scope->list, m);
    return m;
}

Meaning *scope_bind_value(Checker *k, Scope *scope, Name name, Span span, const Expression *value) {
    Meaning *m = scope_bind(k, scope, MEANING_VALUE, name, span);
    m->expression = value;
    m->state = MEANING_READY;
    return m;
}

Diagnostic *scope_unknown(Checker *k, Scope *scope, Name name, Span span, const char *kind) {
    VECTOR(const char *) candidates = {0};
    for (Scope *s = scope; s; s = s->parent)
        for (Scope *names = s; names; names = names->also)
            for (int i = 0; i < names->list.count; i++)
                if (names->list.at[i]->bound) vector_push(k->c->arena, &candidates, names->list.at[i]->bound);
    Diagnostic *d = compile_error(k->c, UNKNOWN_NAME, span, "there is no %s called %s here", kind, name);
    const char *near = nearest_name(name, candidates.at, candidates.count);
    if (near) compile_help(k->c, d, "did you mean %s?", near);
    return d;
}
