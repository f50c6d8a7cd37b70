/* Small dense linear algebra. In: square matrices of doubles, row after row. Out: solutions, exponentials, propagators,
 * eigenvalues; false where there is none. Kept true: no result depends on anything but the entries (no library
 * functions but square roots), and scaling is by powers of two, so it rounds nothing. */
#include "hillock/linear.h"

#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool all_finite(int count, const double *values) {
    for (int i = 0; i < count; i++) {
        if (!isfinite(values[i])) return false;
    }
    return true;
}

bool hil_solve(int n, int columns, double *a, double *b) {
    for (int k = 0; k < n; k++) {
        int pivot = k;
        for (int i = k + 1; i < n; i++) {
            if (fabs(a[i * n + k]) > fabs(a[pivot * n + k])) pivot = i;
        }
        if (!(fabs(a[pivot * n + k]) > 0)) return false;
        if (pivot != k) {
            for (int j = 0; j < n; j++) {
                double swap = a[k * n + j];
                a[k * n + j] = a[pivot * n + j];
                a[pivot * n + j] = swap;
            }
            for (int j = 0; j < columns; j++) {
                double swap = b[k * columns + j];
                b[k * columns + j] = b[pivot * columns + j];
                b[pivot * columns + j] = swap;
            }
        }
        for (int i = k + 1; i < n; i++) {
            double factor = a[i * n + k] / a[k * n + k];
            if (factor == 0) continue;
            for (int j = k + 1; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
            for (int j = 0; j < columns; j++) b[i * columns + j] -= factor * b[k * columns + j];
        }
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int j = 0; j < columns; j++) {
            double sum = b[i * columns + j];
            for (int k = i + 1; k < n; k++) sum -= a[i * n + k] * b[k * columns + j];
            b[i * columns + j] = sum / a[i * n + i];
        }
    }
    return true;
}

/* ---- balancing -------------------------------------------------------------------------------------------------- */

/* a becomes D^-1 a D with D = diag(scale), powers of two, so that rows and columns are of like size (Parlett & Reinsch
 * 1969). The size of the diagonal is a floor to both: a coupling that goes one way only shrinks down to it. */
static void balance(int n, double *a, double *scale) {
    double floor_size = 0;
    for (int i = 0; i < n; i++) {
        scale[i] = 1;
        floor_size = fmax(floor_size, fabs(a[i * n + i]));
    }
    bool changed = true;
    for (int sweep = 0; changed && sweep < 100; sweep++) {
        changed = false;
        for (int i = 0; i < n; i++) {
            double row = 0, column = 0;
            for (int j = 0; j < n; j++) {
                if (j == i) continue;
                row += fabs(a[i * n + j]);
                column += fabs(a[j * n + i]);
            }
            row = fmax(row, floor_size);
            column = fmax(column, floor_size);
            if (!(row > 0 && column > 0)) continue;
            double before = row + column, factor = 1;
            while (column * 4 <= row && factor < 0x1p500) {
                factor *= 2;
                column *= 2;
                row /= 2;
            }
            while (row * 4 <= column && factor > 0x1p-500) {
                factor /= 2;
                column /= 2;
                row *= 2;
            }
            bool keeps_range = scale[i] * factor < 0x1p500 && scale[i] * factor > 0x1p-500;
            if (row + column >= 0.95 * before || !keeps_range) continue;
            changed = true;
            scale[i] *= factor;
            for (int j = 0; j < n; j++) {
                if (j == i) continue;
                a[i * n + j] /= factor;
                a[j * n + i] *= factor;
            }
        }
    }
}

/* ---- exponentials ----------------------------------------------------------------------------------------------- */

static void multiply(int n, const double *restrict a, const double *restrict b, double *restrict product) {
    memset(product, 0, (size_t)n * (size_t)n * sizeof *product);
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < n; k++) {
            double factor = a[i * n + k];
            if (factor == 0) continue;
            for (int j = 0; j < n; j++) product[i * n + j] += factor * b[k * n + j];
        }
    }
}

static double norm_of_columns(int n, const double *a) {
    double norm = 0;
    for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int i = 0; i < n; i++) sum += fabs(a[i * n + j]);
        norm = fmax(norm, sum);
    }
    return norm;
}

/* The numerator's coefficients of the [m/m] Pade approximant of exp, whole numbers: b[m] = 1. */
static void pade_coefficients(int order, double b[14]) {
    uint64_t value = 1;
    b[order] = 1;
    for (int j = order; j > 0; j--) {
        value = value * (uint64_t)(2 * order - j + 1) * (uint64_t)j / (uint64_t)(order - j + 1);
        b[j - 1] = (double)value;
    }
}

enum { PADE_MATRICES = 7 };

/* a becomes its [m/m] Pade approximant of exp: (v - u)^-1 (v + u), u odd and v even in a. */
static bool pade(int n, int order, double *a, double *work) {
    int cells = n * n;
    double b[14];
    double *power[5] = {NULL, work, work + cells, work + 2 * cells, work + 3 * cells}; /* a^2, a^4, a^6, a^8 */
    double *u = work + 4 * cells, *v = work + 5 * cells, *sum = work + 6 * cells;
    int powers = order < 13 ? (order - 1) / 2 : 3;
    pade_coefficients(order, b);
    multiply(n, a, a, power[1]);
    for (int i = 2; i <= powers; i++) multiply(n, power[i - 1], power[1], power[i]);
    memset(sum, 0, (size_t)cells * sizeof *sum);
    memset(v, 0, (size_t)cells * sizeof *v);
    if (order == 13) { /* the highest six powers through one more product each */
        for (int i = 0; i < cells; i++) u[i] = b[13] * power[3][i] + b[11] * power[2][i] + b[9] * power[1][i];
        multiply(n, power[3], u, sum);
        for (int i = 0; i < cells; i++) u[i] = b[12] * power[3][i] + b[10] * power[2][i] + b[8] * power[1][i];
        multiply(n, power[3], u, v);
    }
    for (int p = 1; p <= powers; p++) {
        for (int i = 0; i < cells; i++) {
            sum[i] += b[2 * p + 1] * power[p][i];
            v[i] += b[2 * p] * power[p][i];
        }
    }
    for (int i = 0; i < n; i++) {
        sum[i * n + i] += b[1];
        v[i * n + i] += b[0];
    }
    multiply(n, a, sum, u);
    for (int i = 0; i < cells; i++) {
        a[i] = v[i] + u[i];
        v[i] -= u[i];
    }
    return hil_solve(n, n, v, a);
}

/* What no path joins is zero; rounding in the solution of the Pade quotient may have left crumbs there. */
static void clear_unreachable(int n, const double *a, double *result, double *reach) {
    for (int i = 0; i < n * n; i++) reach[i] = a[i] != 0;
    for (int i = 0; i < n; i++) reach[i * n + i] = 1;
    for (int k = 0; k < n; k++) {
        for (int i = 0; i < n; i++) {
            if (reach[i * n + k] == 0) continue;
            for (int j = 0; j < n; j++) {
                if (reach[k * n + j] != 0) reach[i * n + j] = 1;
            }
        }
    }
    for (int i = 0; i < n * n; i++) {
        if (reach[i] == 0) result[i] = 0;
    }
}

/* In place, without balancing. */
static bool exponential(int n, double *a, double *work) {
    /* Up to these norms the approximants' backward error is below 2^-53 (Higham 2005, table 2.3). */
    static const struct { int order; double norm; } limits[] = {
        {3, 1.495585217958292e-2}, {5, 2.539398330063230e-1}, {7, 9.504178996162932e-1}, {9, 2.097847961257068}};
    int cells = n * n;
    double norm = norm_of_columns(n, a);
    if (!isfinite(norm)) return false;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        if (norm <= limits[i].norm) return pade(n, limits[i].order, a, work);
    }
    int squarings = 0;
    double factor = 1;
    while (norm * factor > 5.371920351148152) {
        factor *= 0.5;
        squarings++;
    }
    for (int i = 0; i < cells; i++) a[i] *= factor;
    if (!pade(n, 13, a, work)) return false;
    for (; squarings > 0; squarings--) {
        multiply(n, a, a, work);
        memcpy(a, work, (size_t)cells * sizeof *a);
    }
    return true;
}

size_t hil_expm_work(int n) {
    return (size_t)PADE_MATRICES * (size_t)n * (size_t)n + (size_t)n;
}

bool hil_expm(int n, const double *a, double *result, double *work) {
    int cells = n * n;
    if (!all_finite(cells, a)) return false;
    double *scale = work + PADE_MATRICES * cells;
    memcpy(result, a, (size_t)cells * sizeof *a);
    balance(n, result, scale);
    if (!exponential(n, result, work)) return false;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) result[i * n + j] *= scale[i] / scale[j];
    }
    clear_unreachable(n, a, result, work);
    return all_finite(cells, result);
}

/* The lower blocks of the doubled matrix stay 0 and 1 all along. The upper right block is 1 instead of dt, and what
 * comes out is multiplied by dt, so that q is as accurate relative to itself as p. */
bool hil_propagator(int n, const double *a, double dt, double *p, double *q) {
    int cells = n * n, twice = 2 * n;
    double *work = malloc(((size_t)(4 * (PADE_MATRICES + 1) + 1) * (size_t)cells + (size_t)n + 1) * sizeof *work);
    if (!work) return false;
    double *doubled = work + 4 * PADE_MATRICES * cells, *scaled = doubled + 4 * cells, *scale = scaled + cells;
    for (int i = 0; i < cells; i++) scaled[i] = a[i] * dt;
    bool good = isfinite(dt) && all_finite(cells, scaled);
    if (good) {
        balance(n, scaled, scale);
        memset(doubled, 0, 4 * (size_t)cells * sizeof *doubled);
        for (int i = 0; i < n; i++) {
            memcpy(doubled + i * twice, scaled + i * n, (size_t)n * sizeof *doubled);
            doubled[i * twice + n + i] = 1;
        }
        good = exponential(twice, doubled, work);
    }
    if (good) {
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                p[i * n + j] = doubled[i * twice + j] * (scale[i] / scale[j]);
                q[i * n + j] = doubled[i * twice + n + j] * (scale[i] / scale[j]) * dt;
            }
        }
        clear_unreachable(n, a, p, work);
        clear_unreachable(n, a, q, work);
        good = all_finite(cells, p) && all_finite(cells, q);
    }
    free(work);
    return good;
}

/* ---- eigenvalues ------------------------------------------------------------------------------------------------ */

/* a becomes a similar upper Hessenberg matrix, by elimination with pivoting (Martin & Wilkinson 1968). */
static void hessenberg(int n, double *a) {
    for (int k = 1; k < n - 1; k++) {
        int pivot = k;
        for (int i = k + 1; i < n; i++) {
            if (fabs(a[i * n + k - 1]) > fabs(a[pivot * n + k - 1])) pivot = i;
        }
        if (a[pivot * n + k - 1] == 0) continue;
        for (int j = 0; pivot != k && j < n; j++) {
            double swap = a[k * n + j];
            a[k * n + j] = a[pivot * n + j];
            a[pivot * n + j] = swap;
        }
        for (int i = 0; pivot != k && i < n; i++) {
            double swap = a[i * n + k];
            a[i * n + k] = a[i * n + pivot];
            a[i * n + pivot] = swap;
        }
        for (int i = k + 1; i < n; i++) {
            double factor = a[i * n + k - 1] / a[k * n + k - 1];
            if (factor == 0) continue;
            for (int j = 0; j < n; j++) a[i * n + j] -= factor * a[k * n + j];
            for (int j = 0; j < n; j++) a[j * n + k] += factor * a[j * n + i];
            a[i * n + k - 1] = 0;
        }
    }
}

/* The reflection 1 - 2 w w^T/(w^T w) that turns (x, y, z) onto the first axis, applied from both sides to rows and
 * columns row, row + 1, row + 2 (as far as `last`) of the active block first..last. */
static void reflect(int n, double *h, int row, int first, int last, double x, double y, double z) {
    double size = fabs(x) + fabs(y) + fabs(z);
    if (size == 0) return;
    x /= size;
    y /= size;
    z /= size;
    double w[3] = {x + copysign(sqrt(x * x + y * y + z * z), x), y, z};
    double twice = 2 / (w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    int count = row + 2 <= last ? 3 : 2;
    for (int j = row > first ? row - 1 : first; j <= last; j++) {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += w[i] * h[(row + i) * n + j];
        for (int i = 0; i < count; i++) h[(row + i) * n + j] -= twice * sum * w[i];
    }
    int end = row + 3 <= last ? row + 3 : last;
    for (int i = first; i <= end; i++) {
        double sum = 0;
        for (int j = 0; j < count; j++) sum += w[j] * h[i * n + row + j];
        for (int j = 0; j < count; j++) h[i * n + row + j] -= twice * sum * w[j];
    }
}

/* One QR step with two shifts, the roots of z^2 - sum z + product, on the block first..last of three rows or more
 * (Francis 1961; Golub & Van Loan, algorithm 7.5.1). */
static void francis_step(int n, double *h, int first, int last, double sum, double product) {
    double h00 = h[first * n + first], h01 = h[first * n + first + 1], h10 = h[(first + 1) * n + first];
    double h11 = h[(first + 1) * n + first + 1], h21 = h[(first + 2) * n + first + 1];
    double x = h00 * (h00 - sum) + h01 * h10 + product, y = h10 * (h00 + h11 - sum), z = h10 * h21;
    for (int k = first; k < last; k++) {
        reflect(n, h, k, first, last, x, y, z);
        if (k > first) {
            h[(k + 1) * n + k - 1] = 0;
            if (k + 2 <= last) h[(k + 2) * n + k - 1] = 0;
        }
        x = h[(k + 1) * n + k];
        y = k + 2 <= last ? h[(k + 2) * n + k] : 0;
        z = k + 3 <= last ? h[(k + 3) * n + k] : 0;
    }
}

/* Both eigenvalues of [a b; c d], without cancellation where they are real. */
static void eigenvalues_of_two(double a, double b, double c, double d, double re[2], double im[2]) {
    double half = 0.5 * (a - d), discriminant = half * half + b * c, root = sqrt(fabs(discriminant));
    if (discriminant >= 0) {
        root = half + copysign(root, half);
        re[0] = d + root;
        re[1] = root != 0 ? d - b * c / root : re[0];
        im[0] = im[1] = 0;
    } else {
        re[0] = re[1] = d + half;
        im[0] = root;
        im[1] = -root;
    }
}

bool hil_eigenvalues(int n, double *a, double *re, double *im) {
    if (!all_finite(n * n, a)) return false;
    balance(n, a, re);
    hessenberg(n, a);
    double size = norm_of_columns(n, a);
    int rounds = 0;
    for (int last = n - 1; last >= 0;) {
        int first = last;
        for (; first > 0; first--) {
            double around = fabs(a[(first - 1) * n + first - 1]) + fabs(a[first * n + first]);
            if (fabs(a[first * n + first - 1]) <= DBL_EPSILON * (around > 0 ? around : size)) break;
        }
        double *corner = &a[last * n + last];
        if (first == last) {
            re[last] = *corner;
            im[last] = 0;
            last--;
            rounds = 0;
        } else if (first == last - 1) {
            eigenvalues_of_two(corner[-n - 1], corner[-n], corner[-1], corner[0], re + last - 1, im + last - 1);
            last -= 2;
            rounds = 0;
        } else {
            if (++rounds > 100) return false;
            double sum = corner[-n - 1] + corner[0], product = corner[-n - 1] * corner[0] - corner[-n] * corner[-1];
            if (rounds % 10 == 0) { /* a cycle: shifts from elsewhere break it */
                double near = fabs(corner[-1]) + fabs(a[(last - 1) * n + last - 2]);
                sum = 1.5 * near;
                product = near * near;
            }
            francis_step(n, a, first, last, sum, product);
        }
    }
    return all_finite(n, re) && all_finite(n, im);
}
