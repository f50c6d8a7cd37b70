/* Judging a step by eigenvalues: see hillock/stability.h. */
#include "hillock/stability.h"
#include "hillock/linear.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDING 1e-9       /* what |R| may be above 1: rounding of eigenvalues */
#define UNDAMPED 1e-7       /* |Re lambda| below this part of the largest |lambda| counts as none (double eigenvalues
                               are found to the root of the precision) */
#define LONGEST_INTERVAL 100.0
#define GRID 1e-2
#define HALVINGS 50

/* ---- the method --------------------------------------------------------------------------------------------------- */

static double complex growth_at(const double growth[HIL_GROWTH_TERMS], double complex z) {
    double complex sum = 0;
    for (int k = HIL_GROWTH_TERMS - 1; k >= 0; k--) sum = sum * z + growth[k];
    return sum;
}

static double size_at(const double growth[HIL_GROWTH_TERMS], double z) {
    return cabs(growth_at(growth, -z));
}

double hil_stability_resolved(const double growth[HIL_GROWTH_TERMS]) {
    double z = 0;
    while (z < LONGEST_INTERVAL && size_at(growth, z + GRID) < size_at(growth, z)) z += GRID;
    /* the least value lies within one cell of the grid around z: golden section */
    double low = z > GRID ? z - GRID : 0, high = z + GRID;
    for (int i = 0; i < HALVINGS; i++) {
        double left = high - 0.6180339887498949 * (high - low), right = low + 0.6180339887498949 * (high - low);
        if (size_at(growth, left) < size_at(growth, right)) high = right;
        else low = left;
    }
    return 0.5 * (low + high);
}

double hil_stability_interval(const double growth[HIL_GROWTH_TERMS]) {
    double low = 0, high = GRID;
    while (high < LONGEST_INTERVAL && size_at(growth, high) <= 1) {
        low = high;
        high += GRID;
    }
    for (int i = 0; i < HALVINGS; i++) {
        double middle = 0.5 * (low + high);
        if (size_at(growth, middle) <= 1) low = middle;
        else high = middle;
    }
    return low;
}

/* ---- the system --------------------------------------------------------------------------------------------------- */

typedef struct Spectrum {
    int n, flags;
    const double *a, *growth;
    double *re, *im, *work; /* eigenvalues; n x n */
    double largest, resolved;
} Spectrum;

static bool unstable_at(const Spectrum *s, double dt) {
    if (s->flags) return false;
    for (int i = 0; i < s->n; i++)
        if (s->re[i] < -UNDAMPED * s->largest &&
            cabs(growth_at(s->growth, (s->re[i] + s->im[i] * I) * dt)) > 1 + ROUNDING)
            return true;
    return false;
}

/* Of states that draw near each other; one that follows another or flees from it does not make both pass. */
static double mutual_pull(const Spectrum *s, int i, int j) {
    double there = s->a[i * s->n + j], back = s->a[j * s->n + i];
    return i != j && there > 0 && back > 0 ? there : 0;
}

/* Each state goes to the mean of its neighbours, weighted by A, with the others frozen: are there differences that change
 * their sign in every step? Those of the exact solution never do. */
static bool alternates_at(const Spectrum *s, double dt) {
    int n = s->n;
    for (int i = 0; i < n; i++) {
        double pull = 0;
        for (int j = 0; j < n; j++) pull += mutual_pull(s, i, j);
        double kept = exp(-pull * dt);
        for (int j = 0; j < n; j++)
            s->work[i * n + j] = j == i ? kept : pull > 0 ? (1 - kept) * mutual_pull(s, i, j) / pull : 0;
    }
    if (!hil_eigenvalues(n, s->work, s->re, s->im)) return false;
    for (int i = 0; i < n; i++)
        if (s->re[i] < -ROUNDING) return true;
    return false;
}

static bool doubtful_at(const Spectrum *s, double dt) {
    if (s->flags & HIL_STABILITY_COUPLED) return alternates_at(s, dt);
    for (int i = 0; i < s->n; i++)
        if (hypot(s->re[i], s->im[i]) * dt > s->resolved * (1 + ROUNDING) &&
            (!(s->flags & HIL_STABILITY_ADVISORY) || s->re[i] < 0))
            return true;
    return false;
}

/* The longest step up to dt for which the answer is no. */
static double longest(const Spectrum *s, double dt, bool (*wrong)(const Spectrum *, double)) {
    double low = 0, high = dt;
    for (int i = 0; i < HALVINGS; i++) {
        double middle = 0.5 * (low + high);
        if (wrong(s, middle)) high = middle;
        else low = middle;
    }
    return low;
}

bool hil_stability_judge(int n, const double *a, double dt, int flags, const double growth[HIL_GROWTH_TERMS],
                         HilStability *result) {
    *result = (HilStability){.stable_step = INFINITY, .sound_step = INFINITY};
    size_t cells = (size_t)n * (size_t)n;
    double *work = malloc((cells + 2 * (size_t)n) * sizeof *work);
    if (!work) return false;
    Spectrum s = {.n = n, .flags = flags, .a = a, .growth = growth, .work = work, .re = work + cells,
                  .im = work + cells + n};
    bool good = isfinite(dt) && dt > 0;
    for (size_t i = 0; i < cells; i++) good = good && isfinite(a[i]);
    if (good && !(flags & HIL_STABILITY_COUPLED)) {
        memcpy(work, a, cells * sizeof *work);
        good = hil_eigenvalues(n, work, s.re, s.im);
        for (int i = 0; good && i < n; i++) s.largest = fmax(s.largest, hypot(s.re[i], s.im[i]));
        s.resolved = hil_stability_resolved(growth);
    }
    if (good) {
        result->unstable = unstable_at(&s, dt);
        result->doubtful = !result->unstable && doubtful_at(&s, dt);
        if (result->unstable) result->stable_step = longest(&s, dt, unstable_at);
        if (result->unstable || result->doubtful)
            result->sound_step = fmin(result->stable_step, longest(&s, dt, doubtful_at));
    }
    free(work);
    return good;
}
