/* Small linear algebra against closed forms, Taylor series in quadruple precision and matrices of known spectrum.
 * Tolerances are a small multiple of machine precision times the condition of what is asked. */
#include "hillock/linear.h"
#include "quad.h"
#include "suite.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 24 };

static double next_random(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (double)(*state >> 11) * 0x1p-52 - 1;
}

/* Relative where the value is not zero; a zero must be exact. */
static void assert_near(double found, double expected, double tolerance) {
    ck_assert_msg(fabs(found - expected) <= tolerance * fabs(expected), "%.17g, not %.17g", found, expected);
}

static void exponential_of(int n, const double *a, double *result) {
    double *work = malloc(hil_expm_work(n) * sizeof *work);
    ck_assert(hil_expm(n, a, result, work));
    free(work);
}

START_TEST(one_state_decays_and_integrates) {
    static const double rates[] = {-1e-9, -1, -37.5, -1e3, 20, -3e-4, -7e5};
    for (size_t i = 0; i < sizeof rates / sizeof rates[0]; i++) {
        double dt = 1e-3, p, q, x = rates[i] * dt;
        ck_assert(hil_propagator(1, &rates[i], dt, &p, &q));
        /* squaring doubles the relative error each time */
        double tolerance = 8 * DBL_EPSILON * fmax(1, fabs(x));
        assert_near(p, exp(x), tolerance);
        assert_near(q, expm1(x) / rates[i], tolerance);
    }
    double zero = 0, p, q;
    ck_assert(hil_propagator(1, &zero, 0.25, &p, &q));
    assert_near(p, 1, 0);
    assert_near(q, 0.25, DBL_EPSILON);
}
END_TEST

/* An alpha synapse y' = -y/s, I' = y - I/s on a membrane V' = -V/m + I/C, in SI units: entries from 1e-2 to 1e10.
 * Closed form for m != s by partial fractions in quadruple precision (Rotter & Diesmann 1999); for m = s the limit. */
static void assert_membrane(double s, double m, double capacitance, double dt) {
    double a[9] = {-1 / s, 0, 0, 1, -1 / s, 0, 0, 1 / capacitance, -1 / m}, p[9], q[9];
    ck_assert(hil_propagator(3, a, dt, p, q));
    Quad rs = 1 / (Quad)s, rm = 1 / (Quad)m, t = dt, es = expf128(-t * rs), em = expf128(-t * rm);
    Quad from_i, from_y;
    if (s == m) {
        from_i = t * es;
        from_y = t * t / 2 * es;
    } else {
        Quad d = rs - rm;
        from_i = (em - es) / d;
        from_y = (em - es) / (d * d) - t * es / d;
    }
    double tolerance = 64 * DBL_EPSILON;
    assert_near(p[0], (double)es, tolerance);
    assert_near(p[3], (double)(t * es), tolerance);
    assert_near(p[4], (double)es, tolerance);
    assert_near(p[6], (double)(from_y / capacitance), tolerance);
    assert_near(p[7], (double)(from_i / capacitance), tolerance);
    assert_near(p[8], (double)em, tolerance);
    ck_assert(p[1] == 0 && p[2] == 0 && p[5] == 0);
    assert_near(q[0], (double)(s * (1 - es)), tolerance);
    assert_near(q[8], (double)(m * (1 - em)), tolerance);
    /* the third row of a q = p - 1 gives the integral of V's response to I */
    assert_near(q[7], (double)(((s * (1 - es)) - from_i) * m / capacitance), 1e3 * tolerance);
    ck_assert(q[1] == 0 && q[2] == 0 && q[5] == 0);
}

START_TEST(membrane_with_alpha_synapse_is_exact) {
    assert_membrane(2e-3, 10e-3, 250e-12, 1e-4);
    assert_membrane(0.5e-3, 20e-3, 1e-9, 1e-3);
    assert_membrane(10e-3, 10e-3, 250e-12, 1e-4);
    assert_membrane(10e-3, 10e-3, 100e-12, 5e-3);
    assert_membrane(10e-3, 10.0001e-3, 250e-12, 1e-4);
}
END_TEST

START_TEST(constant_input_to_a_singular_system_grows_in_time) {
    /* x' = v, v' = b: x = x0 + v0 t + b t^2/2 */
    double a[4] = {0, 1, 0, 0}, p[4], q[4], dt = 0.375;
    ck_assert(hil_propagator(2, a, dt, p, q));
    assert_near(p[0], 1, 0);
    assert_near(p[1], dt, DBL_EPSILON);
    assert_near(p[2], 0, 0);
    assert_near(p[3], 1, 0);
    assert_near(q[0], dt, DBL_EPSILON);
    assert_near(q[1], dt * dt / 2, 2 * DBL_EPSILON);
    assert_near(q[2], 0, 0);
    assert_near(q[3], dt, DBL_EPSILON);
}
END_TEST

START_TEST(rotations_and_moler_and_van_loans_matrix) {
    double rotation[4] = {0, -2.5, 2.5, 0}, result[4];
    exponential_of(2, rotation, result);
    assert_near(result[0], cos(2.5), 16 * DBL_EPSILON);
    assert_near(result[1], -sin(2.5), 16 * DBL_EPSILON);
    /* Moler & Van Loan 1978, example 1: eigenvalues -1 and -17; Sylvester's formula. The norm of 113 and the close
     * eigenvectors (condition about 200) amplify rounding. */
    double a[4] = {-49, 24, -64, 31};
    exponential_of(2, a, result);
    for (int i = 0; i < 4; i++) {
        double one = i == 0 || i == 3;
        double expected = (exp(-1) * (a[i] + 17 * one) - exp(-17) * (a[i] + one)) / 16;
        assert_near(result[i], expected, 113 * 200 * DBL_EPSILON);
    }
}
END_TEST

static void random_matrix(int n, double norm, uint64_t *state, double *a) {
    for (int i = 0; i < n * n; i++) a[i] = next_random(state) * norm / n;
}

/* exp by 40 terms: for norms up to 2 the rest is below 2^41/41! = 1e-37. */
static void taylor(int n, const double *a, Quad *result) {
    Quad term[MOST * MOST], next[MOST * MOST];
    for (int i = 0; i < n * n; i++) term[i] = result[i] = i % (n + 1) == 0;
    for (int order = 1; order <= 40; order++) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                Quad sum = 0;
                for (int k = 0; k < n; k++) sum += term[i * n + k] * a[k * n + j];
                next[i * n + j] = sum / order;
            }
        }
        for (int i = 0; i < n * n; i++) result[i] += term[i] = next[i];
    }
}

START_TEST(exponentials_agree_with_taylor_series) {
    static const double norms[] = {1e-3, 1e-2, 0.1, 0.5, 0.9, 1.5, 2};
    uint64_t state = 1;
    for (int n = 1; n <= 12; n++) {
        for (size_t k = 0; k < sizeof norms / sizeof norms[0]; k++) {
            double a[MOST * MOST], result[MOST * MOST];
            Quad exact[MOST * MOST];
            random_matrix(n, norms[k], &state, a);
            exponential_of(n, a, result);
            taylor(n, a, exact);
            /* normwise: n roundings a product, norm of the result at most e^2 */
            for (int i = 0; i < n * n; i++) {
                ck_assert(fabs(result[i] - (double)exact[i]) <= 16 * n * DBL_EPSILON * exp(norms[k]));
            }
            double p[MOST * MOST], q[MOST * MOST];
            ck_assert(hil_propagator(n, a, 1, p, q));
            for (int i = 0; i < n * n; i++) {
                ck_assert(fabs(p[i] - (double)exact[i]) <= 32 * n * DBL_EPSILON * exp(norms[k]));
            }
            /* a q = p - 1 */
            for (int i = 0; i < n; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int m = 0; m < n; m++) sum += a[i * n + m] * q[m * n + j];
                    ck_assert(fabs(sum - (p[i * n + j] - (i == j))) <= 64 * n * DBL_EPSILON * exp(norms[k]));
                }
            }
        }
    }
}
END_TEST

START_TEST(two_steps_are_one_of_twice_the_length) {
    uint64_t state = 2;
    for (int n = 2; n <= 12; n += 5) {
        double a[MOST * MOST], p[MOST * MOST], q[MOST * MOST], p2[MOST * MOST], q2[MOST * MOST];
        random_matrix(n, 30, &state, a);
        for (int i = 0; i < n; i++) a[i * n + i] -= 40;
        ck_assert(hil_propagator(n, a, 0.05, p, q) && hil_propagator(n, a, 0.1, p2, q2));
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double square = 0, integral = q[i * n + j];
                for (int k = 0; k < n; k++) {
                    square += p[i * n + k] * p[k * n + j];
                    integral += p[i * n + k] * q[k * n + j];
                }
                ck_assert(fabs(square - p2[i * n + j]) <= 64 * n * DBL_EPSILON);
                ck_assert(fabs(integral - q2[i * n + j]) <= 64 * n * DBL_EPSILON * 0.1);
            }
        }
    }
}
END_TEST

START_TEST(what_no_path_joins_stays_zero) {
    /* 2 acts on 0, 0 on 3; 1 is alone. */
    double a[16] = {-30, 0, 500, 0, 0, -2, 0, 0, 0, 0, -7, 0, -900, 0, 0, -40};
    static const int joined[16] = {1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0, 1, 1};
    double p[16], q[16];
    ck_assert(hil_propagator(4, a, 0.1, p, q));
    for (int i = 0; i < 16; i++) {
        ck_assert((p[i] != 0) == joined[i]);
        ck_assert((q[i] != 0) == joined[i]);
    }
}
END_TEST

START_TEST(what_has_no_finite_answer_is_refused) {
    double infinite[1] = {INFINITY}, large[1] = {1000}, small[1] = {-1e6}, p, q, work[16];
    ck_assert(!hil_expm(1, infinite, &p, work));
    ck_assert(!hil_expm(1, large, &p, work));
    ck_assert(hil_expm(1, small, &p, work) && p == 0);
    ck_assert(!hil_propagator(1, infinite, 1, &p, &q));
    ck_assert(!hil_propagator(1, large, 1, &p, &q));
    ck_assert(!hil_propagator(1, small, NAN, &p, &q));
    double singular[4] = {1, 2, 2, 4}, b[2] = {1, 1}, im;
    ck_assert(!hil_solve(2, 1, singular, b));
    ck_assert(!hil_eigenvalues(1, infinite, &p, &im));
}
END_TEST

START_TEST(linear_systems_are_solved) {
    double swap[4] = {0, 2, 4, 0}, right[2] = {6, 8};
    ck_assert(hil_solve(2, 1, swap, right));
    assert_near(right[0], 2, 0);
    assert_near(right[1], 3, 0);
    uint64_t state = 3;
    for (int n = 1; n <= 20; n++) {
        double a[MOST * MOST], kept[MOST * MOST], x[MOST * 2], b[MOST * 2];
        random_matrix(n, n, &state, a);
        for (int i = 0; i < n; i++) a[i * n + i] += 3 * n; /* diagonal dominance: condition below 2 */
        memcpy(kept, a, sizeof kept);
        for (int i = 0; i < 2 * n; i++) x[i] = next_random(&state);
        for (int i = 0; i < n; i++) {
            for (int c = 0; c < 2; c++) {
                b[2 * i + c] = 0;
                for (int k = 0; k < n; k++) b[2 * i + c] += a[i * n + k] * x[2 * k + c];
            }
        }
        ck_assert(hil_solve(n, 2, a, b));
        for (int i = 0; i < 2 * n; i++) ck_assert(fabs(b[i] - x[i]) <= 8 * n * DBL_EPSILON);
    }
}
END_TEST

/* Finds each expected eigenvalue among those found, once. */
static void assert_spectrum(int n, double *a, const double *re, const double *im, double tolerance) {
    double found_re[MOST], found_im[MOST];
    ck_assert(hil_eigenvalues(n, a, found_re, found_im));
    for (int i = 0; i < n; i++) {
        int best = -1;
        double distance = INFINITY;
        for (int k = 0; k < n; k++) {
            double here = hypot(found_re[k] - re[i], found_im[k] - im[i]);
            if (here < distance) {
                distance = here;
                best = k;
            }
        }
        ck_assert_msg(distance <= tolerance, "n = %d: %g + %g i missed by %g", n, re[i], im[i], distance);
        found_re[best] = INFINITY;
    }
}

START_TEST(spectra_are_those_known) {
    double re[MOST], im[MOST] = {0}, a[MOST * MOST];
    /* A passive cable of n compartments, sealed by grounds: -2 + 2 cos(k pi/(n + 1)). Symmetric: condition 1. */
    for (int n = 1; n <= 20; n++) {
        memset(a, 0, sizeof a);
        for (int i = 0; i < n; i++) {
            a[i * n + i] = -2;
            if (i > 0) a[i * n + i - 1] = a[(i - 1) * n + i] = 1;
            re[i] = -2 + 2 * cos((i + 1) * M_PI / (n + 1));
        }
        assert_spectrum(n, a, re, im, 32 * n * DBL_EPSILON);
    }
    /* A ring of delays: the roots of one, where unshifted QR stands still. Orthogonal: condition 1. */
    for (int n = 3; n <= 20; n++) {
        memset(a, 0, sizeof a);
        for (int i = 0; i < n; i++) {
            a[i * n + (i + 1) % n] = 1;
            re[i] = cos(2 * M_PI * i / n);
            im[i] = sin(2 * M_PI * i / n);
        }
        assert_spectrum(n, a, re, im, 64 * n * DBL_EPSILON);
    }
    /* Companion of (x - 1)…(x - 6); the condition of its roots reaches about 1e5 (Wilkinson). */
    static const double coefficients[6] = {720, -1764, 1624, -735, 175, -21};
    memset(a, 0, sizeof a);
    memset(im, 0, sizeof im);
    for (int i = 0; i < 6; i++) {
        a[i * 6 + 5] = -coefficients[i];
        if (i > 0) a[i * 6 + i - 1] = 1;
        re[i] = i + 1;
    }
    assert_spectrum(6, a, re, im, 1e6 * DBL_EPSILON);
    /* Units far apart: an oscillator whose states are volts and picoamperes. */
    double oscillator[4] = {-100, 1e12, -4e-7, -300};
    double half = 0.5 * (-100 + 300), root = sqrt(4e5 - half * half);
    re[0] = re[1] = -200;
    im[0] = root;
    im[1] = -root;
    assert_spectrum(2, oscillator, re, im, 700 * 8 * DBL_EPSILON);
    /* Triangular: the diagonal. */
    double triangle[9] = {-1, 5, 1e6, 0, -2, 3, 0, 0, -3};
    memset(im, 0, sizeof im);
    for (int i = 0; i < 3; i++) re[i] = -1 - i;
    assert_spectrum(3, triangle, re, im, 64 * DBL_EPSILON);
    memset(a, 0, sizeof a);
    memset(re, 0, sizeof re);
    assert_spectrum(5, a, re, im, 0);
}
END_TEST

/* Sums of powers of the eigenvalues are traces of powers. */
START_TEST(random_spectra_have_the_right_traces) {
    uint64_t state = 4;
    for (int n = 2; n <= MOST; n++) {
        double a[MOST * MOST], kept[MOST * MOST], re[MOST], im[MOST];
        random_matrix(n, n, &state, a);
        memcpy(kept, a, sizeof kept);
        ck_assert(hil_eigenvalues(n, a, re, im));
        double trace = 0, square = 0, sum = 0, square_sum = 0, conjugates = 0;
        for (int i = 0; i < n; i++) {
            trace += kept[i * n + i];
            for (int j = 0; j < n; j++) square += kept[i * n + j] * kept[j * n + i];
            sum += re[i];
            square_sum += re[i] * re[i] - im[i] * im[i];
            conjugates += im[i];
        }
        ck_assert(fabs(sum - trace) <= 64 * n * n * DBL_EPSILON);
        ck_assert(fabs(square_sum - square) <= 256 * n * n * DBL_EPSILON);
        ck_assert(fabs(conjugates) <= 64 * n * DBL_EPSILON);
    }
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TIMEOUT(60),
        TEST(one_state_decays_and_integrates),
        TEST(membrane_with_alpha_synapse_is_exact),
        TEST(constant_input_to_a_singular_system_grows_in_time),
        TEST(rotations_and_moler_and_van_loans_matrix),
        TEST(exponentials_agree_with_taylor_series),
        TEST(two_steps_are_one_of_twice_the_length),
        TEST(what_no_path_joins_stays_zero),
        TEST(what_has_no_finite_answer_is_refused),
        TEST(linear_systems_are_solved),
        TEST(spectra_are_those_known),
        TEST(random_spectra_have_the_right_traces),
    };
    return SUITE_RUN("linear", rows);
}
