/* Steps that programs name, judged when compiling. In: a network that is planned, its programs. Out: an error for a step
 * that cannot be stable, a warning for a doubtful one. Only what is certain is said: parameters that the program sets
 * are not known here, and then the run itself judges (runtime/src/judge.c). */
#include "hillock/host.h"
#include "hillock/stability.h"
#include "kernel/lowering.h"
#include <math.h>

#define DEFAULT_STEP 1e-4 /* of a run that names none */

typedef struct Steps {
    VECTOR(const Expression *) runs;
    VECTOR(const Variable *) touched;
    Map seen; /* expressions share their parts */
} Steps;

static void find_steps(Arena *arena, const Expression *e, Steps *steps) {
    if (!e || !e->count || map_get(&steps->seen, e, -1) >= 0) return;
    map_set(arena, &steps->seen, e, 1);
    if (e->op == EXPRESSION_HOST && e->index == HIL_HOST_RUN) vector_push(arena, &steps->runs, e);
    if (e->op == EXPRESSION_HOST && e->index == HIL_HOST_SET) vector_push(arena, &steps->touched, e->kids[0]->variable);
    for (int i = 0; i < e->count; i++) find_steps(arena, e->kids[i], steps);
}

/* Equal statements are one node: the place of the first. Of another program's the program's own name is pointed at. */
static Span place_of(const Model *model, const Program *program, const Expression *run) {
    const Program *nearest = NULL;
    for (int i = 0; i < model->programs.count; i++) {
        const Program *p = model->programs.at[i];
        if (p->span.source == run->span.source && p->span.begin <= run->span.begin &&
            (!nearest || p->span.begin > nearest->span.begin))
            nearest = p;
    }
    return nearest == program ? run->span : program->span;
}

static const char *step_text(Arena *arena, double step) {
    double unit = pow(10, floor(log10(step * 1e3)) - 2);
    return arena_print(arena, "%.6g ms", floor(step * 1e3 / unit * (1 + 1e-12)) * unit);
}

static void judge(NetworkLowering *n, const Program *program, const Steps *steps, const Expression *run, const char *owner,
                  const Plan *plan) {
    Compilation *c = n->l->c;
    double dt = DEFAULT_STEP, a[64 * 64];
    bool named = run->count > 1 && !(run->kids[1]->op == EXPRESSION_HOST && run->kids[1]->index < 0);
    if (named && !expression_is_number(run->kids[1], &dt)) return;
    for (int i = 0; i < plan->bounds.count; i++) {
        const StabilityBound *bound = &plan->bounds.at[i];
        HilStability found;
        if (!stability_numbers(n->l->pool, bound, steps->touched.at, steps->touched.count, a) ||
            !hil_stability_judge(bound->n, a, dt / bound->substeps, bound->flags, bound->growth, &found) ||
            (!found.unstable && !found.doubtful))
            continue;
        const Equation *equation = bound->equations[0];
        Span place = place_of(n->l->model, program, run);
        const char *name = arena_print(c->arena, "%s.%s'", owner, equation->state->name);
        Diagnostic *d =
            found.unstable
                ? compile_error(c, UNSTABLE_STEP, place, "a step of %g ms is too long: the solver of %s is unstable then", dt * 1e3, name)
                : compile_error(c, DOUBTFUL_STEP, place, "a step of %g ms is doubtful: %s changes faster than its solver follows%s",
                                dt * 1e3, name, bound->flags & HIL_STABILITY_ADVISORY ? ", already where it starts" : "");
        if (equation->span.source >= 0)
            compile_note(c, d, equation->span, bound->n > 1 ? "this equation, with those that depend on it and on which it depends"
                                                            : "this equation");
        compile_help(c, d, "make it %s or shorter, or %s", step_text(c->arena, found.sound_step * bound->substeps),
                     bound->asked && !(bound->flags & HIL_STABILITY_COUPLED) ? "let the compiler choose the solver"
                                                                             : "choose adaptive or implicit_euler");
    }
}

void check_steps(NetworkLowering *n) {
    const Model *model = n->l->model;
    for (int i = 0; i < model->programs.count; i++) {
        const Program *program = model->programs.at[i];
        Steps steps = {0};
        if (program->network != n->network) continue;
        find_steps(n->l->c->arena, program->body, &steps);
        for (int r = 0; r < steps.runs.count; r++) {
            for (int k = 0; k < n->populations.count; k++)
                judge(n, program, &steps, steps.runs.at[r], n->populations.at[k].population->name,
                      n->populations.at[k].plan);
            for (int k = 0; k < n->projections.count; k++)
                judge(n, program, &steps, steps.runs.at[r], n->projections.at[k].projection->name,
                      n->projections.at[k].plan);
        }
    }
}
