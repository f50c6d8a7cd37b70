/* How a whole network is solved: `solve all with rk4`, `solve all together`, in a network or behind a `run`. In: SOLVE
 * statements. Out: a SolverAsked. Kept true: what is asked for part of the states, or with arguments, is refused here;
 * which methods there are is the planner's to say. */
#include "model/check.h"
#include <string.h>

static bool means_all(const Ast *states) {
    return states->count == 1 && states->kids[0]->kind == AST_NAME && strcmp(states->kids[0]->name, "all") == 0;
}

bool solver_asked(Checker *k, const Ast *solve, SolverAsked *asked) {
    const Ast *step = solve->kids[0], *method = ast_kid(step, 1);
    if (solve->count > 1 || !means_all(step->kids[0])) {
        Diagnostic *d = compile_error(k->c, MISPLACED, (solve->count > 1 ? solve : step->kids[0])->span,
                                      "a network or a run is solved as a whole: solve all …");
        compile_help(k->c, d, "what concerns some states stands in their neuron: solve V with rk4");
        return false;
    }
    if (method && method->kind == AST_CALL && method->count > 1) {
        Diagnostic *d = compile_error(k->c, UNKNOWN_ARGUMENT, method->kids[1]->span,
                                      "what solves a whole network takes no arguments");
        compile_help(k->c, d, "give the run a smaller step, or the neuron a `solve` of its own");
        return false;
    }
    *asked = (SolverAsked){method ? postfix_callee(method)->name : NULL, step->op == 1, method ? method->span : solve->span};
    return true;
}

static void asked_by(Checker *k, const Ast *ast, SolverAsked *asked) {
    switch (ast->kind) {
    case AST_PHASE: solver_asked_by_runs(k, ast_kid(ast, 1), asked); return;
    case AST_FOR: solver_asked_by_runs(k, ast->kids[0], asked); return;
    case AST_IF:
        solver_asked_by_runs(k, ast->kids[1], asked);
        if (ast_kid(ast, 2) && ast->kids[2]->kind == AST_IF) asked_by(k, ast->kids[2], asked);
        else solver_asked_by_runs(k, ast_kid(ast, 2), asked);
        return;
    case AST_RUN: break;
    default: return;
    }
    SolverAsked own;
    if (!ast_kid(ast, 2) || !solver_asked(k, ast->kids[2], &own)) return;
    if (asked->span.source < 0) *asked = own;
    if (asked->method == own.method && asked->together == own.together) return;
    Diagnostic *d = compile_error(k->c, METHOD_CANNOT, own.span, "the runs of an experiment are solved alike");
    compile_note(k->c, d, asked->span, "this one asks for something else");
    compile_help(k->c, d, "what is solved otherwise is an experiment of its own");
}

void solver_asked_by_runs(Checker *k, const Ast *block, SolverAsked *asked) {
    for (int i = 0; block && i < block->count; i++) asked_by(k, block->kids[i], asked);
}
