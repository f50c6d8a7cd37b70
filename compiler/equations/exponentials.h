/* Exponentials of one quantity share their work.
 *
 * In: expressions that one kernel will compute together. Out: the same values with fewer exponentials: where several
 * arguments are s*x + c of one x with scalar s and c, and the slopes s are multiples of one of them, e^(s*x + c) becomes a
 * power of that one exponential times a scalar e^(c - n*c_0). Rate functions of channels are of this kind. */
#ifndef HILLOCK_EQUATIONS_EXPONENTIALS_H
#define HILLOCK_EQUATIONS_EXPONENTIALS_H

#include "model/model.h"

/* Rewrites `values` in place. `narrow`: single precision, which needs the series of exprelr further out. */
void exponentials_share(Compilation *c, ExpressionPool *pool, const Expression **values, int count, bool narrow);

#endif
