/* Definitions that nobody uses. */
#ifndef HILLOCK_MODEL_UNUSED_H
#define HILLOCK_MODEL_UNUSED_H

#include "model/check.h"

/* Reports what is wrong in an unused synapse, channel or function wherever it may be used; other kinds: nothing. */
void unused_check(Checker *k, const Ast *definition);

#endif
