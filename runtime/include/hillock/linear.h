/* Small dense linear algebra, for systems of a few states: exponentials and propagators of linear equations,
 * eigenvalues for bounds of stability, linear systems. Matrices are n x n, row after row. Units may differ wildly
 * between states (volts beside siemens): matrices are balanced first (Parlett & Reinsch 1969). */
#ifndef HILLOCK_LINEAR_H
#define HILLOCK_LINEAR_H

#include <stdbool.h>
#include <stddef.h>

/* Solves a X = b for `columns` right sides (b is n x columns, row after row; it becomes X). `a` is overwritten by its
 * factors. Gaussian elimination with partial pivoting. false: a is singular (a pivot is exactly zero or no number). */
bool hil_solve(int n, int columns, double *a, double *b);

/* result = exp(a), by balancing, scaling and squaring, and Pade approximants of order 3 to 13 (Higham 2005). `work`
 * holds hil_expm_work(n) doubles; result may not overlap. An entry (i, j) is exactly zero where no path of non-zero
 * entries of `a` leads from i to j. false: a is not finite, or the result is not. */
size_t hil_expm_work(int n);
bool hil_expm(int n, const double *a, double *result, double *work);

/* The step of x' = a x + b over dt with constant b: x(t + dt) = p x + q b, with p = exp(a dt) and q the integral of
 * exp(a s) over 0..dt: the blocks of exp([a 1; 0 0] dt), so a may be singular and time constants may coincide. Zeros
 * as in hil_expm. false: as hil_expm, or no memory. */
bool hil_propagator(int n, const double *a, double dt, double *p, double *q);

/* All eigenvalues re + i im of a, in no order: balanced, reduced to Hessenberg form by elimination, then shifted QR by
 * Francis' double steps. `a` is overwritten. false: not finite or no convergence. */
bool hil_eigenvalues(int n, double *a, double *re, double *im);

#endif
