/* Is a step short enough for a method and the equations it solves?
 *
 * In: the matrix A of x' = A x + …, n x n, row after row, and what a method makes of x' = lambda x in one step: x is
 * multiplied by R(lambda dt). Out: whether the step is unstable, or doubtful, and the longest steps that are neither.
 *
 * Unstable: a solution that dies out (Re lambda < 0) grows in the numbers, |R| > 1. Doubtful: stable, but |lambda dt|
 * lies beyond where |R(-z)| is smallest, so that what decays faster decays more slowly in the numbers, or alternates
 * (forward Euler: z > 1; classical Runge-Kutta: z > 1.596). The compiler asks the same when the step is known to it. */
#ifndef HILLOCK_STABILITY_H
#define HILLOCK_STABILITY_H

#include "hillock/abi.h"

#include <stdbool.h>

typedef struct HilStability {
    bool unstable, doubtful;
    double stable_step, sound_step; /* s: the longest ones (INFINITY: any); of more than dt only "dt or longer" is known */
} HilStability;

/* How far |R(-z)| falls: the method resolves |lambda| dt up to there. R(z) = sum of growth[k] z^k. */
double hil_stability_resolved(const double growth[HIL_GROWTH_TERMS]);
/* How far |R(-z)| <= 1: the real interval of stability; 0 when there is none. */
double hil_stability_interval(const double growth[HIL_GROWTH_TERMS]);

/* Explicit methods. `flags`: HIL_STABILITY_ADVISORY: A is that of one moment of a nonlinear system: nothing is unstable
 * for certain, and only what decays counts. HIL_STABILITY_COUPLED: each state is solved exactly while the others stand still
 * (exponential Euler): the entries of A are what pulls state i towards state j (>= 0; the diagonal is found from them), and
 * the step is doubtful when states that draw near each other pass each other in every step (`growth` is not looked at).
 * false: A is not finite, or its eigenvalues were not found; nothing can be said. */
bool hil_stability_judge(int n, const double *a, double dt, int flags, const double growth[HIL_GROWTH_TERMS],
                         HilStability *result);

#endif
