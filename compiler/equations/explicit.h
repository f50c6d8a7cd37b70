/* What the explicit methods share: a Runge-Kutta method is its table. */
#ifndef HILLOCK_EQUATIONS_EXPLICIT_H
#define HILLOCK_EQUATIONS_EXPLICIT_H

#include "equations/plan.h"

#define MOST_STAGES 7

/* Stage s evaluates the rates at x + dt sum_j a[s][j] k_j and time t + c[s] dt; the result is x + dt sum_s b[s] k_s. */
typedef struct Tableau {
    int stages;
    double a[MOST_STAGES][MOST_STAGES], b[MOST_STAGES], c[MOST_STAGES];
    double error[MOST_STAGES]; /* b minus the embedded method's b */
} Tableau;

/* The table of a method; forward Euler's for those that have none. */
const Tableau *explicit_tableau(Method method);
/* The rate with the time t + c dt in it, and white noise as the step's draws. */
const Expression *explicit_rate_at(PlanBuilder *b, const Expression *rate, double c);

#endif
