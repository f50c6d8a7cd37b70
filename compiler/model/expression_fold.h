/* Constant folding: what an op gives on numbers, by the functions that the run time itself uses. */
#ifndef HILLOCK_MODEL_EXPRESSION_FOLD_H
#define HILLOCK_MODEL_EXPRESSION_FOLD_H

#include "model/expression.h"

/* values: as many as the op takes. false: this op is not folded (draws, variables, host ops). */
bool expression_fold(ExpressionOp op, const double values[3], double *result);

#endif
