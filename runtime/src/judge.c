/* The rows of HIL_PREPARE_STABILITY at work. In: scalars and, once a network stands, lane planes, with the dt of the run.
 * Out: false with the reason for a step that cannot be stable; what is doubtful goes to the evaluator. */
#include "engine.h"
#include "hillock/stability.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static bool by_lane(const HilPrepare *row, const HilValueRef *refs) {
    for (int i = 0; i < row->n * row->n; i++)
        if (refs[i].kind == HIL_VALUE_PLANE) return true;
    return false;
}

static void read_matrix(const HilSimulation *s, const HilPrepare *row, const HilValueRef *refs, int64_t lane, double *a) {
    for (int i = 0; i < row->n * row->n; i++) {
        a[i] = 0;
        if (refs[i].kind == HIL_VALUE_SLOT) a[i] = s->scalars[refs[i].index];
        if (refs[i].kind != HIL_VALUE_PLANE) continue;
        const Population *p = &s->populations[row->population];
        a[i] = hil_plane_value((HilPlaneView){p->planes[refs[i].index], p->size,
                                              engine_plane_row(s, p->row->planes, refs[i].index)}, lane);
    }
}

/* Steps to be named in a message are rounded down, so that the one which is named will do. */
static void print_step(double step, char *text, size_t size) {
    double unit = pow(10, floor(log10(step * 1e3)) - 2);
    snprintf(text, size, "%.6g ms", floor(step * 1e3 / unit * (1 + 1e-12)) * unit);
}

static bool judge(HilSimulation *s, const HilPrepare *row, const double *a, int64_t lane, bool *doubted,
                  HilError *error) {
    HilStability found;
    char sound[48], where[48] = "", text[sizeof error->text];
    if (!hil_stability_judge(row->n, a, s->dt / row->substeps, row->flags, row->growth, &found)) return true;
    if (!found.unstable && (!found.doubtful || *doubted)) return true;
    const char *subject = engine_text(s, row->message);
    if (lane >= 0) snprintf(where, sizeof where, " (of cell %lld)", (long long)lane);
    print_step(found.sound_step * row->substeps, sound, sizeof sound);
    if (found.unstable) {
        return hil_fail(error, "[E0605] a step of %g ms is too long: %s%s cannot be solved stably by this solver; make it %s or "
                        "shorter, or let the compiler choose the solver", s->dt * 1e3, subject, where, sound);
    }
    *doubted = true;
    if (!s->evaluator.doubt) return true;
    snprintf(text, sizeof text, "a step of %g ms is doubtful: %s%s changes faster than this solver follows%s; make it %s or "
             "shorter", s->dt * 1e3, subject, where,
             row->flags & HIL_STABILITY_ADVISORY ? " already where it starts" : "", sound);
    s->evaluator.doubt(s->evaluator.context, s->network->prepares.first + (int32_t)(row - hil_row(s->image, HIL_PREPARES,
                       HilPrepare, s->network->prepares.first)), text);
    return true;
}

bool engine_judge_step(HilSimulation *s, bool lanes, HilError *error) {
    double a[64 * 64];
    for (int32_t i = 0; i < s->network->prepares.count; i++) {
        const HilPrepare *row = hil_row(s->image, HIL_PREPARES, HilPrepare, s->network->prepares.first + i);
        if (row->kind != HIL_PREPARE_STABILITY) continue;
        const HilValueRef *refs = hil_row(s->image, HIL_VALUE_REFS, HilValueRef, row->values.first);
        if (by_lane(row, refs) != lanes) continue;
        bool doubted = false;
        double last[64 * 64];
        int64_t count = lanes ? s->populations[row->population].size : 1;
        size_t bytes = (size_t)row->n * (size_t)row->n * sizeof *a;
        for (int64_t lane = 0; lane < count; lane++) {
            read_matrix(s, row, refs, lane, a);
            if (lane && memcmp(a, last, bytes) == 0) continue;
            memcpy(last, a, bytes);
            if (!judge(s, row, a, lanes ? lane : -1, &doubted, error)) return false;
        }
    }
    return true;
}
