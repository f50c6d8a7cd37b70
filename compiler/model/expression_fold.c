/* Constant folding. In: an op of model/primitives.def and its arguments' numbers (booleans are 0 and 1). Out: the number
 * that the runtime's evaluator and the compiled kernels would compute. */
#include "model/expression_fold.h"
#include "hillock/math.h"
#include <math.h>

bool expression_fold(ExpressionOp op, const double values[3], double *result) {
    double a = values[0], b = values[1], c = values[2], r;
    switch (op) {
    case EXPRESSION_NEG: r = -a; break;
    case EXPRESSION_ADD: r = a + b; break;
    case EXPRESSION_SUB: r = a - b; break;
    case EXPRESSION_MUL: r = a * b; break;
    case EXPRESSION_DIV: r = a / b; break;
    case EXPRESSION_POW: r = hil_math_pow(a, b); break;
    case EXPRESSION_MOD: r = a - b * floor(a / b); break;
    case EXPRESSION_SELECT: r = a != 0 ? b : c; break;
    case EXPRESSION_LT: r = a < b; break;
    case EXPRESSION_LE: r = a <= b; break;
    case EXPRESSION_EQ: r = a == b; break;
    case EXPRESSION_AND: r = a != 0 && b != 0; break;
    case EXPRESSION_OR: r = a != 0 || b != 0; break;
    case EXPRESSION_NOT: r = a == 0; break;
    case EXPRESSION_EXP: r = hil_math_exp(a); break;
    case EXPRESSION_EXPM1: r = hil_math_expm1(a); break;
    case EXPRESSION_LOG: r = hil_math_log(a); break;
    case EXPRESSION_LOG1P: r = hil_math_log1p(a); break;
    case EXPRESSION_TANH: r = hil_math_tanh(a); break;
    case EXPRESSION_SIGMOID: r = hil_math_sigmoid(a); break;
    case EXPRESSION_EXPRELR: r = hil_math_exprelr(a); break;
    case EXPRESSION_SIN: r = hil_math_sin(a); break;
    case EXPRESSION_COS: r = hil_math_cos(a); break;
    case EXPRESSION_TAN: r = hil_math_tan(a); break;
    case EXPRESSION_ATAN: r = hil_math_atan(a); break;
    case EXPRESSION_SINH: r = hil_math_sinh(a); break;
    case EXPRESSION_COSH: r = hil_math_cosh(a); break;
    case EXPRESSION_ERF: r = hil_math_erf(a); break;
    case EXPRESSION_SQRT: r = sqrt(a); break;
    case EXPRESSION_ABS: r = fabs(a); break;
    case EXPRESSION_FLOOR: r = floor(a); break;
    case EXPRESSION_CEIL: r = -floor(-a); break;
    case EXPRESSION_ROUND: r = rint(a); break;
    case EXPRESSION_MIN: r = a < b ? a : b; break;
    case EXPRESSION_MAX: r = a > b ? a : b; break;
    case EXPRESSION_CLIP: r = a < b ? b : a > c ? c : a; break;
    case EXPRESSION_STEP: r = a >= 0; break;
    case EXPRESSION_SIGN: r = (a > 0) - (a < 0); break;
    case EXPRESSION_RELU: r = a > 0 ? a : 0; break;
    case EXPRESSION_IDENTITY: r = a; break;
    default: return false;
    }
    *result = r;
    return true;
}
