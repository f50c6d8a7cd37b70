/* Has a state ceased to be a number? In: state planes after a step. Out: the first lane that is NaN or infinite, and the
 * text that names the cell, the variable and the line of its equation. */
#include "clones.h"
#include "engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* NaN and the infinities have all bits of the exponent set. In integers, for sums of reals keep an order that does not
 * vectorize; this runs at the speed of memory. */
HIL_EACH_LEVEL static bool all_finite(const double *values, int64_t count) {
    const uint64_t exponent = 0x7ff0000000000000u;
    uint64_t bad = 0;
    for (int64_t i = 0; i < count; i++) {
        uint64_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bad |= (bits & exponent) == exponent;
    }
    return !bad;
}

HIL_EACH_LEVEL static bool all_finite_single(const float *values, int64_t count) {
    const uint32_t exponent = 0x7f800000u;
    uint32_t bad = 0;
    for (int64_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        bad |= (bits & exponent) == exponent;
    }
    return !bad;
}

bool engine_find_bad(const Population *p, const HilImage *image, int64_t begin, int64_t end, int32_t *plane,
                     int64_t *lane) {
    for (int32_t k = 0; k < p->row->planes.count; k++) {
        const HilPlane *row = hil_row(image, HIL_PLANES, HilPlane, p->row->planes.first + k);
        if (row->role != HIL_PLANE_STATE || begin >= end) continue;
        HilPlaneView view = {p->planes[k], p->size, row};
        bool fine = row->storage == HIL_F32 ? all_finite_single((const float *)view.data + begin, end - begin)
                                            : all_finite((const double *)view.data + begin, end - begin);
        for (int64_t i = begin; !fine && i < end; i++) {
            if (isfinite(hil_plane_value(view, i))) continue;
            *plane = k;
            *lane = i;
            return true;
        }
    }
    return false;
}

bool engine_report_bad(const HilSimulation *s, int32_t population, int32_t plane, int64_t lane, double time,
                       HilError *error) {
    const Population *p = &s->populations[population];
    if (plane < 0)
        return hil_fail(error, "the solver of %s[%lld] did not converge at t = %.10g ms; a shorter step may help", p->name,
                        (long long)lane, time * 1e3);
    const HilPlane *row = engine_plane_row(s, p->row->planes, plane);
    HilPlaneView view = {p->planes[plane], p->size, row};
    double value = hil_plane_value(view, lane);
    char place[300];
    engine_place(s, row->equation_line ? row->equation_line : row->line, place, sizeof place);
    return hil_fail(error, "%s of %s[%lld] became %s at t = %.10g ms%s; a shorter step may help", engine_text(s, row->name),
                    p->name, (long long)lane, isnan(value) ? "nan (no number)" : value > 0 ? "infinite" : "-infinite",
                    time * 1e3, place);
}
