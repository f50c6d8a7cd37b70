/* Expressions: a hash-consed DAG of typed terms. Equal terms are one node (compare with ==). Made only through an
 * ExpressionPool, which folds constants and keeps a few exact normal forms (see expression.c).
 *
 * One expression type serves everywhere: equations and handlers (what runs in kernels) and host programs (sizes,
 * parameters, experiments, studies). All numbers are SI.
 *
 * `rate` says how often a value can change; it is the maximum over the kids:
 *   CONSTANT  literals            SCALAR   parameters of networks, populations, projections, dt: one value for all lanes
 *   INSTANCE  fixed per instance (drawn parameters, positions, indices)
 *   DYNAMIC   states, inputs, time, draws: changes as the model runs
 *   HOST      only a host program can evaluate it (lists, signals, locals of experiments) */
#ifndef HILLOCK_MODEL_EXPRESSION_H
#define HILLOCK_MODEL_EXPRESSION_H

#include "base/compilation.h"
#include "hillock/unit.h"

typedef enum TypeKind {
    TYPE_ERROR,  /* already reported: everything goes through */
    TYPE_NUMBER, /* with a dimension */
    TYPE_BOOLEAN,
    TYPE_TEXT,
    TYPE_LIST,   /* of element; count >= 0 when known, else -1 */
    TYPE_RECORD, /* of fields */
    TYPE_SIGNAL, /* sampled values; dimension */
    TYPE_SPIKES, /* event times of a population or view */
    TYPE_RANGE,  /* a .. b [steps n]; dimension */
    TYPE_NONE    /* statements */
} TypeKind;

typedef struct Type Type;
typedef struct TypeField {
    Name name;
    const Type *type;
    bool optional; /* "-" somewhere in a table's column */
} TypeField;
struct Type {
    TypeKind kind;
    HilDimension dimension;
    const Type *element;
    int count;
    VECTOR(TypeField) fields;
    Name label; /* records: name of the table or experiment they come from, or NULL */
};

typedef enum ExpressionRate { RATE_CONSTANT, RATE_SCALAR, RATE_INSTANCE, RATE_DYNAMIC, RATE_HOST } ExpressionRate;

typedef enum ExpressionOp {
#define PRIMITIVE(ID, name, arity, unit_rule, kernel_op, host_op) EXPRESSION_##ID,
#include "model/primitives.def"
#undef PRIMITIVE
    EXPRESSION_OP_COUNT
} ExpressionOp;

typedef struct Variable Variable;
typedef struct Expression Expression;
struct Expression {
    ExpressionOp op;
    ExpressionRate rate;
    const Type *type;
    double number;            /* NUMBER, BOOLEAN (0 or 1) */
    int index;                /* HOST: the host op (hillock/host.def); LOCAL: its number; DRAW_*, WHITE: variable id */
    int host_index;           /* HOST: HilNode.index */
    Name text;                /* TEXT; HOST: HilNode.text; EXTERN: the symbol */
    const Variable *variable; /* VARIABLE */
    const Expression *const *kids;
    int count;
    int id;                   /* its number in the pool: kids have smaller ones; order of creation */
    uint32_t hash;            /* of its content */
    uint64_t ops, variables;  /* one bit an op and one a variable (several share one) that stands in it or below */
    Span span;                /* where it was first written */
};

typedef struct ExpressionPool ExpressionPool;
ExpressionPool *expression_pool_new(Compilation *c);

/* Types are interned too: equal number types are one pointer. */
const Type *type_number(ExpressionPool *pool, HilDimension dimension);
const Type *type_simple(ExpressionPool *pool, TypeKind kind);
const Type *type_list(ExpressionPool *pool, const Type *element, int count);
const Type *type_with_dimension(ExpressionPool *pool, TypeKind kind, HilDimension dimension); /* signal, range */

/* The kids' types are taken as checked: `type` is the result's. Folds constants with the run-time's own functions
 * (hil_math_*), so a folded value equals a computed one. */
const Expression *expression_make(ExpressionPool *pool, ExpressionOp op, const Type *type, Span span, int count,
                                  const Expression *const *kids);
const Expression *expression_number(ExpressionPool *pool, double number, HilDimension dimension, Span span);
const Expression *expression_boolean(ExpressionPool *pool, bool value, Span span);
const Expression *expression_text(ExpressionPool *pool, Name text, Span span);
const Expression *expression_variable(ExpressionPool *pool, const Variable *variable, Span span);
/* A DRAW_* or WHITE with its own number within its owner (equal draws with different numbers are independent). */
const Expression *expression_draw(ExpressionPool *pool, ExpressionOp op, int number, const Type *type, Span span,
                                  int count, const Expression *const *kids);
const Expression *expression_host(ExpressionPool *pool, int host_op, int host_index, Name text, double number,
                                  const Type *type, Span span, int count, const Expression *const *kids);

/* A call of a function in C: it takes and gives plain numbers. Like what an instance draws it is settled per instance,
 * for only kernels call it. */
const Expression *expression_extern(ExpressionPool *pool, Name symbol, Span span, int count,
                                    const Expression *const *kids);

/* Arithmetic on checked kids; dimensions follow from the kids (for stages that derive expressions). */
const Expression *expression_add(ExpressionPool *pool, const Expression *a, const Expression *b);
const Expression *expression_subtract(ExpressionPool *pool, const Expression *a, const Expression *b);
const Expression *expression_multiply(ExpressionPool *pool, const Expression *a, const Expression *b);
const Expression *expression_divide(ExpressionPool *pool, const Expression *a, const Expression *b);
const Expression *expression_negate(ExpressionPool *pool, const Expression *a);
const Expression *expression_select(ExpressionPool *pool, const Expression *condition, const Expression *a,
                                    const Expression *b);
const Expression *expression_unary(ExpressionPool *pool, ExpressionOp op, const Expression *a); /* exp(a) … */

bool expression_is_number(const Expression *e, double *number);
bool expression_mentions(const Expression *e, const Variable *variable);
bool expression_mentions_op(const Expression *e, ExpressionOp op);
/* Every variable that occurs, each once, by id order. */
void expression_variables(ExpressionPool *pool, const Expression *e, const Variable ***variables, int *count);

typedef struct Substitution {
    const Variable *variable;
    const Expression *by;
} Substitution;
const Expression *expression_substitute(ExpressionPool *pool, const Expression *e, const Substitution *list, int count);

/* Rebuilds e with each leaf (a node without kids) replaced by what `replace` returns; NULL keeps the leaf. */
const Expression *expression_map_leaves(ExpressionPool *pool, const Expression *e,
                                        const Expression *(*replace)(void *context, const Expression *leaf),
                                        void *context);
/* The same term over other kids of the same types; draws stay the draws they are. */
const Expression *expression_rebuild(ExpressionPool *pool, const Expression *e, const Expression *const *kids);
/* A draw repeated within one step: `number` tells draws of one owner apart, `repeat` the draws of one (substeps). */
const Expression *expression_draw_repeat(ExpressionPool *pool, ExpressionOp op, int number, int repeat, const Type *type,
                                         Span span, int count, const Expression *const *kids);

/* d e / d variable, or NULL when e is not differentiable there in a form we can write (selects differentiate their
 * arms). Dimensions follow. */
const Expression *expression_differentiate(ExpressionPool *pool, const Expression *e, const Variable *variable);
/* e = slope * variable + rest with neither mentioning the variable; false when e is not affine in it. */
bool expression_affine(ExpressionPool *pool, const Expression *e, const Variable *variable, const Expression **slope,
                       const Expression **rest);

/* "E_L - V + R*I" in the language's own notation; parses again. */
void expression_print(const Expression *e, FILE *out);
const char *expression_operator_name(ExpressionOp op);

#endif
