/* Ast: the form of one source, nothing of its meaning. One tagged node; ast.def says what each kind holds.
 * In: bytes. Out: a FILE node, always, whatever the errors. Kept true: the tree is never changed once built; every node
 * has a span inside its source; no path from the root is longer than AST_HEIGHT_LIMIT. */
#ifndef HILLOCK_SYNTAX_AST_H
#define HILLOCK_SYNTAX_AST_H

#include "base/name.h"
#include "base/source.h"
#include <stdio.h>

typedef enum AstKind {
#define AST(kind, text) AST_##kind,
#include "syntax/ast.def"
#undef AST
    AST_KIND_COUNT
} AstKind;

/* op of a DEFINITION. */
typedef enum DefinitionKind {
    DEFINITION_NEURON,
    DEFINITION_DENDRITE,
    DEFINITION_CHANNEL,
    DEFINITION_POOL,
    DEFINITION_SYNAPSE,
    DEFINITION_PLASTICITY,
    DEFINITION_MODULATOR,
    DEFINITION_NETWORK,
    DEFINITION_EXPERIMENT,
    DEFINITION_TRAIN,
    DEFINITION_STUDY,
} DefinitionKind;

/* op of UNARY and BINARY. */
typedef enum Operator {
    OP_NEGATE,
    OP_NOT,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_POWER,
    OP_MOD,
    OP_AND,
    OP_OR,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_IN,
} Operator;

/* op of ASSIGN. */
typedef enum AssignOp { ASSIGN_SET, ASSIGN_ADD, ASSIGN_SUBTRACT, ASSIGN_MULTIPLY, ASSIGN_DIVIDE } AssignOp;

/* Bits in op of LEARNED. */
enum { LEARN_LOG = 1, LEARN_SHARED = 2 };

enum { AST_HEIGHT_LIMIT = 2000 };

typedef struct Ast Ast;
struct Ast {
    AstKind kind;
    int op;
    Span span;      /* the whole construct */
    Span name_span; /* of `name` alone; NO_SPAN when there is none */
    Name name;
    const char *text;
    double number;
    const char *doc; /* text of `##` comments before it or at the end of its line, lines joined by \n */
    Ast **kids;
    int count;
    int height; /* 1 + that of the highest kid */
};

/* The row's dump name ("definition"), a definition's keyword ("neuron"), an operator as written ("+", "in"). */
const char *ast_kind_text(AstKind kind);
const char *ast_definition_text(int definition_kind);
const char *ast_operator_text(int op);
const char *ast_assign_text(int op);

/* kids[i], or NULL when there is no such place. */
static inline const Ast *ast_kid(const Ast *ast, int i) { return i < ast->count ? ast->kids[i] : NULL; }

#endif
