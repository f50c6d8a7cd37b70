/* The discrete Fourier transform and what reductions want of it. Own radix-2 (Cooley & Tukey 1965, iterative) on
 * lengths that are powers of two; the twiddles come from hil_math, so results are the same on every machine. */
#include "reductions.h"

#include "hillock/math.h"

#include <stdlib.h>

static const double PI = 3.14159265358979323846;

typedef struct Complex {
    double re, im;
} Complex;

/* In place, n a power of two; twiddles[k] = e^(-2 pi i k/n), k < n/2. */
static void transform(Complex *x, size_t n, const Complex *twiddles) {
    for (size_t i = 1, j = 0; i < n; i++) {
        size_t bit = n >> 1;
        for (; j & bit; bit >>= 1)
            j ^= bit;
        j ^= bit;
        if (i < j) {
            Complex swap = x[i];
            x[i] = x[j];
            x[j] = swap;
        }
    }
    for (size_t length = 2; length <= n; length *= 2) {
        size_t stride = n / length;
        for (size_t begin = 0; begin < n; begin += length) {
            for (size_t k = 0; k < length / 2; k++) {
                Complex w = twiddles[k * stride], *a = &x[begin + k], *b = &x[begin + k + length / 2];
                Complex turned = {b->re * w.re - b->im * w.im, b->re * w.im + b->im * w.re};
                *b = (Complex){a->re - turned.re, a->im - turned.im};
                *a = (Complex){a->re + turned.re, a->im + turned.im};
            }
        }
    }
}

static Complex *make_twiddles(const ReductionCall *call, size_t n) {
    Complex *twiddles = reduction_scratch(call, n / 2, sizeof *twiddles);
    for (size_t k = 0; twiddles && k < n / 2; k++) {
        double angle = -2 * PI * (double)k / (double)n;
        twiddles[k] = (Complex){hil_math_cos(angle), hil_math_sin(angle)};
    }
    return twiddles;
}

static size_t padded(size_t count, size_t factor) {
    size_t n = 2;
    while (n < count * factor)
        n *= 2;
    return n;
}

bool spectrum_power(const ReductionCall *call, const double *samples, size_t count, double **power, size_t *half) {
    size_t n = padded(count, 4);
    Complex *x = reduction_scratch(call, n, sizeof *x), *twiddles = x ? make_twiddles(call, n) : NULL;
    *half = n / 2;
    *power = twiddles ? reduction_scratch(call, *half, sizeof **power) : NULL;
    if (*power) {
        double mean = reduction_mean(samples, count);
        for (size_t k = 0; k < count; k++)
            x[k].re = (samples[k] - mean) * (0.5 - 0.5 * hil_math_cos(2 * PI * ((double)k + 0.5) / (double)count));
        transform(x, n, twiddles);
        for (size_t k = 0; k < *half; k++)
            (*power)[k] = x[k].re * x[k].re + x[k].im * x[k].im;
    }
    free(twiddles);
    free(x);
    return *power != NULL;
}

/* By Wiener & Khinchin: the transform of |transform|^2, padded so that nothing wraps around. */
bool spectrum_autocovariance(const ReductionCall *call, const double *samples, size_t count, double **result) {
    size_t n = padded(count, 2);
    Complex *x = reduction_scratch(call, n, sizeof *x), *twiddles = x ? make_twiddles(call, n) : NULL;
    *result = twiddles ? reduction_scratch(call, count, sizeof **result) : NULL;
    if (*result) {
        double mean = reduction_mean(samples, count);
        for (size_t k = 0; k < count; k++)
            x[k].re = samples[k] - mean;
        transform(x, n, twiddles);
        for (size_t k = 0; k < n; k++)
            x[k] = (Complex){x[k].re * x[k].re + x[k].im * x[k].im, 0};
        transform(x, n, twiddles);
        for (size_t k = 0; k < count; k++)
            (*result)[k] = x[k].re / (double)n;
    }
    free(twiddles);
    free(x);
    return *result != NULL;
}

double spectrum_top(double left, double middle, double right) {
    double bend = left - 2 * middle + right;
    return bend < 0 ? 0.5 * (left - right) / bend : 0;
}
