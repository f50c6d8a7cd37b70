/* Builders: what the grammar's actions call. Each makes one node in the arena, or a list of nodes.
 * In: parts and the span they cover. Out: a node as ast.def describes it. Kept true: heights stay within
 * AST_HEIGHT_LIMIT (what would be higher becomes an ERROR node, reported once). */
#ifndef HILLOCK_SYNTAX_BUILD_H
#define HILLOCK_SYNTAX_BUILD_H

#include "base/compilation.h"
#include "syntax/ast.h"
#include "syntax/token.h"

typedef VECTOR(Ast *) AstList;

typedef struct Parser {
    Compilation *c;
    int source;
    const char *text;
    Tokens tokens;
    int at;     /* the token the parser takes next */
    Ast *file;  /* the result */
    int errors; /* unexpected tokens reported */
    int errors_before; /* how many errors of any kind there were when reading began */
} Parser;

/* A fixed row of kids, NULL where an optional one is missing. */
#define KIDS(...) (Ast *[]){__VA_ARGS__}, (int)(sizeof((Ast *[]){__VA_ARGS__}) / sizeof(Ast *))

/* A node with `count` fixed kids and the kids of `tail` (may be NULL) after them. */
Ast *ast_node(Parser *p, AstKind kind, Span span, int op, Ast **kids, int count, const AstList *tail);
/* A node that has only a tail. */
Ast *ast_many(Parser *p, AstKind kind, Span span, int op, const AstList *tail);
/* The same node with the name that stands at `name`. */
Ast *ast_named(Parser *p, Ast *node, Span name);
/* The same node with the plain name of `ref`, if it is one. */
Ast *ast_named_by(Ast *node, const Ast *ref);
/* The same node with `text` = what the STRING at `string` says. */
Ast *ast_with_text(Parser *p, Ast *node, Span string);

AstList *ast_list(Parser *p, AstList *list, Ast *node); /* appends; list NULL: a new one; node NULL: nothing */
AstList *ast_statements(Parser *p, AstList *list, Ast *statement); /* appends, a group's members one by one */
Ast *ast_group(Parser *p, AstList *list, Span span); /* LIST, or NULL if there is no list */

/* Expressions. */
Ast *ast_name(Parser *p, Span span);
Ast *ast_number(Parser *p, Span span);
Ast *ast_percent(Parser *p, Span span);
Ast *ast_string(Parser *p, Span span);
Ast *ast_quantity(Parser *p, Span span, Span digits, Ast *unit);
Ast *ast_field(Parser *p, Span span, Ast *base, Span name);
Ast *ast_place(Parser *p, Span span, Ast *base, Span digits); /* soma.0 */
Ast *ast_call(Parser *p, Span span, Ast *callee, AstList *arguments);
Ast *ast_binary(Parser *p, Span span, int op, Ast *left, Ast *right);
/* `variable : body`, variable being `t` or `k in domain`. */
Ast *ast_bound_argument(Parser *p, Span span, Ast *variable, Ast *body);
/* The expression in parentheses: the same node, its span widened. */
Ast *ast_parenthesised(Ast *node, Span span);

/* Units. A unit is built factor by factor; `sign` is that of every exponent in `factor`. */
Ast *ast_unit_name(Parser *p, Span span, Span name, int exponent);
Ast *ast_unit_one(Parser *p, Span span);
Ast *ast_unit_join(Parser *p, Span span, const Ast *unit, const Ast *factor, int sign);
int ast_exponent(Parser *p, Span span, int sign);

/* Statements that need a closer look. */
Ast *ast_type_of_row(Parser *p, Span span, Span word, Span table);
Ast *ast_declare(AstList *declarations, AstKind kind, Parser *p, Span span);
Ast *ast_population(Parser *p, Span span, Ast *target, Ast *kind, Ast *block);
Ast *ast_section(Parser *p, Span span, Ast *target, Ast *parent, Ast *shape);
Ast *ast_morphology(Parser *p, Span span, Ast *block);
Ast *ast_setting(Parser *p, Span span, Span name, AstList *arguments);
Ast *ast_table(Parser *p, Span span, Span name, AstList *columns, AstList *rows);
Ast *ast_table_from(Parser *p, Span span, Ast *target, Ast *value);
AstList *ast_column(Parser *p, AstList *columns, Ast *column); /* column NULL: the `|` */
Ast *ast_dotted_name(Parser *p, Span span, const Ast *before); /* neurons.LIF, Leak.g: one NAME with points in it */
Ast *ast_gate(Parser *p, Span span, Span name, Span power, Ast *block);
/* Adds a clause to a group of at most three, which may come in any order; said twice is an error. */
Ast *ast_clause(Parser *p, Span span, Ast *clauses, int place, Ast *value);

/* A kid of a clause group, NULL for no group. */
static inline Ast *ast_part(const Ast *group, int i) { return group && i < group->count ? group->kids[i] : NULL; }

#endif
