/* Quadruple precision for references: the C library's own functions (expf128 …), the same on every machine. */
#ifndef HILLOCK_TESTS_RUNTIME_QUAD_H
#define HILLOCK_TESTS_RUNTIME_QUAD_H

#include <math.h>

__extension__ typedef _Float128 Quad;

#endif
