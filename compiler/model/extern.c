/* Functions in C: `extern function f(x: mV): /ms from "f.c"`.
 * In: a call whose arguments are bound to the formals. Out: an EXTERN term with the arguments in the declared units, and
 * its result back in SI; the function is put on the model's list, its file among the sources (so what is compiled is
 * known by their bytes). Nothing is compiled or run here, and nothing is called without the user's leave. */
#include "model/check.h"
#include <errno.h>
#include <string.h>

enum { MOST_ARGUMENTS = 3 };

/* The file's number among the sources; -1 after an error. Paths are relative to the file that names them. */
static int file_of(Checker *k, const Ast *function) {
    const char *path = function->text, *from = k->c->sources.list.at[function->span.source].path;
    const char *slash = strrchr(from, '/');
    if (path[0] != '/' && slash) path = arena_print(k->c->arena, "%.*s/%s", (int)(slash - from), from, path);
    for (int i = 0; i < k->c->sources.list.count; i++)
        if (!strcmp(k->c->sources.list.at[i].path, path)) return i;
    int source = sources_read(&k->c->sources, path);
    if (source < 0)
        compile_error(k->c, EXTERN_FILE, function->span, "the file of %s cannot be read: %s: %s", function->name, path,
                      errno == EILSEQ ? "it is not a text file" : strerror(errno));
    return source;
}

/* The function's symbol, made at its first call; NULL after an error. */
static Name symbol_of(Checker *k, const Ast *function, const Ast *call, int arguments) {
    int source = file_of(k, function);
    if (source < 0) return NULL;
    if (!k->c->allow_extern) {
        Diagnostic *d = compile_error(k->c, EXTERN_NOT_ALLOWED, function->name_span,
                                      "%s runs C from %s, which a model file may not do by itself", function->name,
                                      k->c->sources.list.at[source].path);
        compile_note(k->c, d, call->span, "it is called here");
        compile_help(k->c, d, "if you trust that file, say so: --allow-extern");
        return NULL;
    }
    for (int i = 0; i < k->model->externs.count; i++) {
        const ExternFunction *known = &k->model->externs.at[i];
        if (known->name != function->name || known->source != source) continue;
        if (known->arguments == arguments) return known->symbol;
        Diagnostic *d = compile_error(k->c, NAME_TAKEN, function->name_span, "%s is declared with %d and with %d arguments",
                                      function->name, known->arguments, arguments);
        compile_note(k->c, d, known->span, "the other declaration stands here");
        return NULL;
    }
    ExternFunction made = {.name = function->name, .source = source, .arguments = arguments, .span = function->name_span};
    made.symbol = name_print(k->c->names, "hil_extern_%d_%s", k->model->externs.count, function->name);
    vector_push(k->c->arena, &k->model->externs, made);
    return made.symbol;
}

/* (SI - offset)/scale: the number in the declared unit. */
static const Expression *in_unit(Checker *k, const Expression *e, HilUnit unit) {
    if (unit.offset != 0)
        e = expression_subtract(k->pool, e, expression_number(k->pool, unit.offset, unit.dimension, e->span));
    if (hil_dimension_is_none(unit.dimension) && unit.scale == 1) return e;
    return expression_divide(k->pool, e, expression_number(k->pool, unit.scale, unit.dimension, e->span));
}

static const Expression *from_unit(Checker *k, const Expression *e, HilUnit unit) {
    if (!hil_dimension_is_none(unit.dimension) || unit.scale != 1)
        e = expression_multiply(k->pool, e, expression_number(k->pool, unit.scale, unit.dimension, e->span));
    if (unit.offset != 0)
        e = expression_add(k->pool, e, expression_number(k->pool, unit.offset, unit.dimension, e->span));
    return e;
}

/* The declared unit; plain numbers where none is. false after an error. */
static bool declared_unit(Checker *k, Scope *inside, const Ast *type, HilUnit *unit) {
    Name text;
    *unit = (HilUnit){.dimension = HIL_DIMENSIONLESS, .scale = 1};
    return !type || check_type(k, inside, type, unit, &text);
}

const Expression *check_extern_call(Checker *k, Scope *inside, const Ast *function, const Ast *call) {
    const Ast *formals = ast_kid(function, 0);
    int count = formals ? formals->count : 0;
    if (count < 1 || count > MOST_ARGUMENTS) {
        Diagnostic *d = compile_error(k->c, ARGUMENT_COUNT, function->name_span,
                                      "a function in C takes 1 to %d arguments, %s is declared with %d", MOST_ARGUMENTS,
                                      function->name, count);
        compile_help(k->c, d, count ? "combine arguments in the model, or compute part of it there"
                                    : "a value without arguments is a parameter");
        return error_expression(k, call->span);
    }
    if (k->place == PLACE_HOST) {
        compile_error(k->c, NOT_SUPPORTED, call->span,
                      "functions in C serve equations, handlers and parameters of cells; an experiment cannot call %s",
                      function->name);
        return error_expression(k, call->span);
    }
    const Expression *kids[MOST_ARGUMENTS];
    HilUnit unit;
    for (int i = 0; i < count; i++) {
        const Ast *formal = formals->kids[i];
        if (!declared_unit(k, inside, ast_kid(formal, 0), &unit)) return error_expression(k, call->span);
        const Expression *e = meaning_expression(k, scope_find(inside, formal->name), call->span);
        e = check_fits(k, e, call->span, type_number(k->pool, unit.dimension), formal->span,
                       arena_print(k->c->arena, "%s is declared here", formal->name));
        if (is_error(e)) return e;
        kids[i] = in_unit(k, e, unit);
    }
    Name symbol = symbol_of(k, function, call, count);
    if (!symbol || !declared_unit(k, inside, ast_kid(function, 1), &unit)) return error_expression(k, call->span);
    return from_unit(k, expression_extern(k->pool, symbol, call->span, count, kids), unit);
}
