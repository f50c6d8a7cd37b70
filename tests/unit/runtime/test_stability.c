/* When a step is unstable or doubtful. References are the stability functions themselves, by hand. */
#include "hillock/stability.h"
#include "suite.h"

#include <math.h>
#include <stdlib.h>

static const double euler[HIL_GROWTH_TERMS] = {1, 1}, second[HIL_GROWTH_TERMS] = {1, 1, 0.5},
                    fourth[HIL_GROWTH_TERMS] = {1, 1, 0.5, 1.0 / 6, 1.0 / 24};

static HilStability judged(int n, const double *a, double dt, int flags, const double *growth) {
    HilStability result;
    ck_assert(hil_stability_judge(n, a, dt, flags, growth, &result));
    return result;
}

/* R'(-z) = 0 at 1 - z + z^2/2 - z^3/6 = 0 and R(-z) = 1 at 1 - z/2 + z^2/6 - z^3/24 = 0 for the classical method. */
START_TEST(methods_have_their_intervals) {
    ck_assert(fabs(hil_stability_interval(euler) - 2) < 1e-9);
    ck_assert(fabs(hil_stability_interval(second) - 2) < 1e-9);
    double z = hil_stability_interval(fourth);
    ck_assert(fabs(1 - z / 2 + z * z / 6 - z * z * z / 24) < 1e-9);
    ck_assert(z > 2.78 && z < 2.79);
    /* a least value is found to the root of the precision; that of |1 - z| is a corner */
    ck_assert(fabs(hil_stability_resolved(euler) - 1) < 1e-9);
    ck_assert(fabs(hil_stability_resolved(second) - 1) < 1e-7);
    z = hil_stability_resolved(fourth);
    ck_assert(fabs(1 - z + z * z / 2 - z * z * z / 6) < 1e-6);
}
END_TEST

START_TEST(one_decaying_state) {
    double a = -100; /* tau = 10 ms */
    HilStability s = judged(1, &a, 0.025, 0, euler);
    ck_assert(s.unstable && !s.doubtful);
    ck_assert(fabs(s.stable_step - 0.02) < 1e-9 && fabs(s.sound_step - 0.01) < 1e-9);
    s = judged(1, &a, 0.015, 0, euler);
    ck_assert(!s.unstable && s.doubtful);
    ck_assert(fabs(s.sound_step - 0.01) < 1e-9);
    s = judged(1, &a, 0.009, 0, euler);
    ck_assert(!s.unstable && !s.doubtful && isinf(s.sound_step));
    ck_assert(!judged(1, &a, 0.015, 0, fourth).doubtful);
    ck_assert(judged(1, &a, 0.017, 0, fourth).doubtful);
}
END_TEST

/* Growth is what the equation says; advice is about what decays only, and never certain. */
START_TEST(growth_is_no_instability) {
    double a = 100;
    ck_assert(!judged(1, &a, 0.1, 0, euler).unstable);
    ck_assert(judged(1, &a, 0.1, 0, euler).doubtful);
    ck_assert(!judged(1, &a, 0.1, HIL_STABILITY_ADVISORY, euler).doubtful);
    a = -100;
    ck_assert(!judged(1, &a, 0.1, HIL_STABILITY_ADVISORY, euler).unstable);
    ck_assert(judged(1, &a, 0.1, HIL_STABILITY_ADVISORY, euler).doubtful);
}
END_TEST

/* x'' = -w^2 x - g x', with position and velocity in units far apart. |1 + l dt| <= 1 while dt <= g/w^2. */
START_TEST(a_damped_oscillator_by_its_eigenvalues) {
    double w = 1000, g = 20, a[4] = {0, 1, -w * w, -g};
    ck_assert(!judged(2, a, 0.99 * g / (w * w), 0, euler).unstable);
    HilStability s = judged(2, a, 1.01 * g / (w * w), 0, euler);
    ck_assert(s.unstable);
    ck_assert(fabs(s.stable_step * w * w / g - 1) < 1e-3);
    ck_assert(!judged(2, a, 1.01 * g / (w * w), 0, fourth).unstable);
    /* not damped at all: nothing that should die out grows, only how finely it is followed counts */
    a[3] = 0;
    ck_assert(!judged(2, a, 0.5e-3, 0, euler).unstable && !judged(2, a, 0.5e-3, 0, euler).doubtful);
    ck_assert(judged(2, a, 1.1e-3, 0, euler).doubtful);
}
END_TEST

/* Two compartments that pull at each other with rate k: their difference becomes 2 e^(-k dt) - 1 of itself. */
START_TEST(compartments_that_pass_each_other) {
    double k = 1000, a[4] = {0, k, k, 0};
    ck_assert(!judged(2, a, 0.99 * log(2) / k, HIL_STABILITY_COUPLED, euler).doubtful);
    HilStability s = judged(2, a, 1.01 * log(2) / k, HIL_STABILITY_COUPLED, euler);
    ck_assert(s.doubtful && !s.unstable);
    ck_assert(fabs(s.sound_step - log(2) / k) < 1e-6 * log(2) / k);
    a[2] = -k; /* one flees: nothing to be said */
    ck_assert(!judged(2, a, 1, HIL_STABILITY_COUPLED, euler).doubtful);
    a[2] = 0; /* one follows: what it follows stands still rightly */
    ck_assert(!judged(2, a, 1, HIL_STABILITY_COUPLED, euler).doubtful);
}
END_TEST

START_TEST(what_is_no_number_is_not_judged) {
    double a = NAN;
    HilStability s;
    ck_assert(!hil_stability_judge(1, &a, 1e-3, 0, euler, &s));
    ck_assert(!s.unstable && !s.doubtful);
    a = -1;
    ck_assert(!hil_stability_judge(1, &a, INFINITY, 0, euler, &s));
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TEST(methods_have_their_intervals),
        TEST(one_decaying_state),
        TEST(growth_is_no_instability),
        TEST(a_damped_oscillator_by_its_eigenvalues),
        TEST(compartments_that_pass_each_other),
        TEST(what_is_no_number_is_not_judged),
    };
    return SUITE_RUN("stability", rows);
}
