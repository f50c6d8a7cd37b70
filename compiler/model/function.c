/* Functions: inlined at each call. In: a FUNCTION and checked arguments. Out: the expression it comes to, with declared
 * units checked. A body's `if` becomes a choice between what its arms return; loops are unrolled; a variable assigned
 * to has its latest value from there on. */
#include "model/check.h"

/* What is still to be done: statements from `at` on of a block, in a scope, then `next`. */
typedef struct Rest Rest;
struct Rest {
    const Ast *block;
    int at;
    const Rest *next;
};

static const Expression *run(Checker *k, Scope *scope, const Rest *rest, const Ast *function);

static const Expression *after(Checker *k, Scope *scope, const Rest *rest, const Ast *function) {
    Rest next = {rest->block, rest->at + 1, rest->next};
    return run(k, scope, &next, function);
}

static const Expression *run_branch(Checker *k, Scope *scope, const Ast *branch, const Rest *rest,
                                    const Ast *function) {
    Rest behind = {rest->block, rest->at + 1, rest->next};
    if (!branch) return run(k, scope, &behind, function);
    if (branch->kind == AST_IF) {
        Ast *kids[1] = {(Ast *)branch};
        Ast block = {.kind = AST_BLOCK, .span = branch->span, .kids = kids, .count = 1};
        Rest inside = {&block, 0, &behind};
        return run(k, scope, &inside, function);
    }
    Rest inside = {branch, 0, &behind};
    return run(k, scope, &inside, function);
}

static const Expression *run_if(Checker *k, Scope *scope, const Rest *rest, const Ast *function) {
    const Ast *statement = rest->block->kids[rest->at];
    const Expression *condition = check_condition(k, scope, statement->kids[0]);
    if (is_error(condition)) return condition;
    if (condition->op == EXPRESSION_BOOLEAN)
        return run_branch(k, scope, condition->number != 0 ? statement->kids[1] : ast_kid(statement, 2), rest,
                          function);
    const Expression *arms[2] = {run_branch(k, scope, statement->kids[1], rest, function),
                                 run_branch(k, scope, ast_kid(statement, 2), rest, function)};
    if (is_error(arms[0]) || is_error(arms[1])) return error_expression(k, statement->span);
    const Type *type = check_unit_rule(k, "same", "a choice", statement->span, arms, 2);
    if (!type) return error_expression(k, statement->span);
    return expression_select(k->pool, condition, arms[0], arms[1]);
}

static const Expression *run_rounds(Checker *k, Scope *scope, const Ast *loop, int binder, const LoopItems *items,
                                    int round, const Rest *rest, const Ast *function) {
    if (round == items->list.count) return after(k, scope, rest, function);
    Scope *inner = loop_scope(k, scope, loop->kids[binder], items->list.at[round]);
    /* the body, then the other rounds: as statements of a chain, so that assignments carry on */
    const Expression *result = NULL;
    for (int i = 0; i < loop->kids[0]->count && !result; i++) {
        const Ast *statement = loop->kids[0]->kids[i];
        if (statement->kind != AST_ASSIGN && statement->kind != AST_LET) {
            compile_error(k->c, MISPLACED, statement->span, "a loop in a function holds `let` and assignments");
            return error_expression(k, statement->span);
        }
        const Ast *value = statement->kind == AST_LET ? ast_kid(statement, 2) : statement->kids[1];
        const Expression *e = check_expression(k, inner, value, NULL);
        if (is_error(e)) return e;
        if (statement->kind == AST_ASSIGN && statement->op != ASSIGN_SET) {
            static const ExpressionOp ops[] = {EXPRESSION_ADD, EXPRESSION_ADD, EXPRESSION_SUB, EXPRESSION_MUL,
                                               EXPRESSION_DIV};
            const Expression *kids[2] = {check_expression(k, inner, statement->kids[0], NULL), e};
            e = check_primitive(k, ops[statement->op], statement->span, 2, kids);
            if (is_error(e)) return e;
        }
        inner = scope_new(k, inner, "this function", NULL);
        scope_bind_value(k, inner, statement->name, statement->span, e);
    }
    return run_rounds(k, inner, loop, binder, items, round + 1, rest, function);
}

static const Expression *run(Checker *k, Scope *scope, const Rest *rest, const Ast *function) {
    while (rest && rest->at >= rest->block->count) rest = rest->next;
    if (!rest) {
        Diagnostic *d = compile_error(k->c, NO_VALUE, function->span, "%s can end without a value", function->name);
        compile_help(k->c, d, "end it with `return`");
        return error_expression(k, function->span);
    }
    const Ast *statement = rest->block->kids[rest->at];
    switch (statement->kind) {
    case AST_RETURN: return check_expression(k, scope, statement->kids[0], NULL);
    case AST_IF: return run_if(k, scope, rest, function);
    case AST_FOR: {
        LoopItems items = {0};
        if (statement->count != 2) {
            compile_error(k->c, NOT_SUPPORTED, statement->span, "a loop in a function goes over one name");
            return error_expression(k, statement->span);
        }
        if (!loop_items(k, scope, statement->kids[1]->kids[0], true, &items))
            return error_expression(k, statement->span);
        return run_rounds(k, scope, statement, 1, &items, 0, rest, function);
    }
    case AST_LET:
    case AST_ASSIGN: {
        const Ast *value = statement->kind == AST_LET ? ast_kid(statement, 2) : statement->kids[1];
        HilUnit unit;
        Name text;
        const Type *type = statement->kind == AST_LET && ast_kid(statement, 1)
                               ? check_type(k, scope, statement->kids[1], &unit, &text)
                               : NULL;
        const Expression *e = value ? check_expression(k, scope, value, type) : error_expression(k, statement->span);
        if (is_error(e)) return e;
        if (statement->kind == AST_ASSIGN) {
            if (statement->kids[0]->kind != AST_NAME || !scope_find(scope, statement->name)) {
                compile_error(k->c, CANNOT_ASSIGN, statement->kids[0]->span,
                              "a function can only assign to names that it made with `let`");
                return error_expression(k, statement->span);
            }
            static const ExpressionOp ops[] = {EXPRESSION_ADD, EXPRESSION_ADD, EXPRESSION_SUB, EXPRESSION_MUL,
                                               EXPRESSION_DIV};
            const Expression *before = check_expression(k, scope, statement->kids[0], NULL);
            if (statement->op != ASSIGN_SET) {
                const Expression *kids[2] = {before, e};
                e = check_primitive(k, ops[statement->op], statement->span, 2, kids);
            } else {
                e = check_fits(k, e, statement->span, before->type, NO_SPAN, NULL);
            }
            if (is_error(e)) return e;
        }
        Scope *inner = scope_new(k, scope, "this function", NULL);
        scope_bind_value(k, inner, statement->name, statement->span, e);
        Rest next = {rest->block, rest->at + 1, rest->next};
        return run(k, inner, &next, function);
    }
    default:
        compile_error(k->c, MISPLACED, statement->span, "a function holds `let`, `if`, `for`, assignments and `return`");
        return error_expression(k, statement->span);
    }
}

/* Binds the formals to arguments by place or name, then to their defaults. */
static bool bind_arguments(Checker *k, Scope *caller, Scope *inside, const Ast *function, const Ast *call, int count,
                           const Expression *const *arguments) {
    const Ast *formals = ast_kid(function, 0);
    int formal_count = formals ? formals->count : 0;
    int positional = 0;
    for (int i = 0; i < formal_count; i++) {
        const Ast *formal = formals->kids[i], *given = NULL;
        const Expression *e = NULL;
        for (int j = 0; j < count; j++) {
            const Ast *kid = call->kids[j + 1];
            bool matches = kid->kind == AST_ARGUMENT ? kid->name == formal->name : j == i;
            if (!matches) continue;
            given = kid->kind == AST_ARGUMENT ? kid->kids[0] : kid;
            e = arguments[j];
        }
        if (given) positional++;
        if (given && !e) { /* a function given by name */
            Meaning *m = scope_bind(k, inside, MEANING_FUNCTION, formal->name, formal->span);
            Meaning *target = scope_find(caller, given->name);
            m->kind = target->kind;
            m->ast = target->ast;
            m->home = target->home;
            m->number = target->number;
            m->state = MEANING_READY;
            continue;
        }
        HilUnit unit;
        Name text;
        const Type *type = ast_kid(formal, 0) ? check_type(k, inside, formal->kids[0], &unit, &text) : NULL;
        if (!given) {
            if (!ast_kid(formal, 1)) {
                Diagnostic *d = compile_error(k->c, ARGUMENT_COUNT, call->span, "%s needs a value for %s",
                                              function->name, formal->name);
                compile_note(k->c, d, formal->span, "it has no default");
                return false;
            }
            e = check_expression(k, inside, formal->kids[1], type);
        } else {
            e = check_fits(k, e, given->span, type, formal->span,
                           arena_print(k->c->arena, "%s is declared here", formal->name));
        }
        if (is_error(e)) return false;
        scope_bind_value(k, inside, formal->name, formal->span, e);
    }
    if (positional < count) {
        Diagnostic *d = compile_error(k->c, ARGUMENT_COUNT, call->span, "%s takes %d argument%s, here are %d",
                                      function->name, formal_count, formal_count == 1 ? "" : "s", count);
        compile_note(k->c, d, function->name_span, "%s is declared here", function->name);
        return false;
    }
    return true;
}

const Expression *check_function_call(Checker *k, Scope *scope, Meaning *function, const Ast *call, int count,
                                      const Expression *const *arguments) {
    const Ast *ast = function->ast;
    function->used = true;
    if (k->depth > 100) {
        Diagnostic *d = compile_error(k->c, CIRCULAR, call->span,
                                      "%s is called within more than 100 calls; does one of them call itself?", ast->name);
        compile_note(k->c, d, ast->name_span, "%s is declared here", ast->name);
        return error_expression(k, call->span);
    }
    Scope *inside = scope_new(k, function->home, arena_print(k->c->arena, "function %s", ast->name), NULL);
    if (!bind_arguments(k, scope, inside, ast, call, count, arguments)) return error_expression(k, call->span);
    if (ast->op == 1) return check_extern_call(k, inside, ast, call);
    HilUnit unit;
    Name text;
    const Type *type = ast_kid(ast, 1) ? check_type(k, inside, ast->kids[1], &unit, &text) : NULL;
    const Expression *result;
    k->depth += 5;
    if (ast->kids[2]->kind == AST_BLOCK) {
        Rest rest = {ast->kids[2], 0, NULL};
        result = run(k, inside, &rest, ast);
    } else {
        result = check_expression(k, inside, ast->kids[2], NULL);
    }
    k->depth -= 5;
    return check_fits(k, result, ast->kids[2]->span, type, ast->name_span, "the function's result is declared here");
}
