/* Checking: from Ast with names to typed Expressions. What the files of this stage share.
 *
 * A Scope is a chain from inner to outer; each binding is a Meaning, settled when it is first used, so the order of
 * declarations does not matter. A Checker carries what one model_build needs; nothing is global. Every function that
 * returns an Expression returns one, always: after an error it has TYPE_ERROR and goes through everything silently. */
#ifndef HILLOCK_MODEL_CHECK_H
#define HILLOCK_MODEL_CHECK_H

#include "base/map.h"
#include "model/model.h"
#include <stdbool.h>

typedef struct Scope Scope;
typedef struct Meaning Meaning;
typedef struct Checker Checker;
typedef struct Cell Cell;
typedef struct NetworkBuild NetworkBuild;

typedef enum MeaningKind {
    MEANING_VARIABLE,   /* `variable`; typed when first used */
    MEANING_LET,        /* `expression`, inlined; `variable` keeps it for recording where there is one */
    MEANING_VALUE,      /* `expression`: function arguments, loop constants, experiment locals (host LOCAL) */
    MEANING_SYMBOL,     /* a loop's word that names nothing by itself (`L in [L23, L4]`); `position` in its list */
    MEANING_ARRAY,      /* `elements` */
    MEANING_TUPLE,      /* `elements`, reached by .0 .1 */
    MEANING_FUNCTION,   /* `ast`: FUNCTION, read in `home` */
    MEANING_PRIMITIVE,  /* `number`: ExpressionOp; function-valued parameters (activation = relu) */
    MEANING_DEFINITION, /* `ast`: DEFINITION (neuron, channel, synapse, network, experiment …), read in `home` */
    MEANING_TABLE,      /* `table` */
    MEANING_ROW,        /* `table` and `position`: one row of it, a constant */
    MEANING_POPULATION, /* `population`, names in `members` */
    MEANING_PROJECTION, /* `projection`, names in `members` */
    MEANING_MODULE,     /* a network in a network: names in `members` */
    MEANING_EVENT,      /* `event` of a cell or synapse */
    MEANING_SCOPE       /* names in `members`: a channel of a cell, `pre`, `post` (side) */
} MeaningKind;

typedef enum MeaningState { MEANING_WAITING, MEANING_WORKING, MEANING_READY } MeaningState;

/* Where an expression stands: what may occur in it. */
typedef enum Place {
    PLACE_VALUE,    /* parameters, conditions: no draws, no white noise */
    PLACE_EQUATION, /* white noise */
    PLACE_DRAWN,    /* initial values, handlers: draws */
    PLACE_HOST      /* experiments and studies: everything; check_host_expression knows the host's own forms */
} Place;

typedef struct TableColumn {
    Name name;
    HilUnit unit;
    Name unit_text;
    bool expected; /* right of `|` */
    Span span;
} TableColumn;

/* A cell of a table. kind of the Ast: NUMBER, NAME, STRING, BOOL, MISSING or LIST. Cells of files have ast NULL. */
typedef struct TableCell {
    const Ast *ast;
    bool missing;
    double number; /* SI */
    Name text;     /* names and strings, else NULL */
    const Expression *expression; /* numbers and lists of numbers; NULL when missing or text */
} TableCell;

typedef struct Table {
    Name name;
    Span span;
    bool named_rows;          /* the first column names the row */
    int key_count;            /* table p[to][from]: 2; 0: a table of rows */
    VECTOR(Name) keys[2];     /* key_count > 0: row and column names */
    VECTOR(TableColumn) columns;
    int row_count;
    TableCell *cells;         /* [row * columns + column] */
    const Type *row_type;     /* record */
} Table;

typedef struct System System;
struct Meaning {
    MeaningKind kind;
    MeaningState state;
    Name bound;             /* under which its scope finds it */
    Name name;              /* its own: the same, but for what a loop's word stands for */
    Span span;
    const Ast *ast;         /* the declaration */
    Scope *home;            /* where `ast`'s expressions are read */
    const Ast *value;       /* what gives its value: the declaration's own, or an override */
    Scope *value_home;      /* where `value` is read */
    Place place;            /* in which `value` stands */
    Variable *variable;
    const Expression *expression;
    Meaning **elements;
    int count, position, number;
    bool used;              /* definitions and functions: something is made of it */
    Scope *members;
    VariableSide side;      /* SCOPE: pre and post rewrite variables into references of `projection` */
    Projection *projection;
    Population *population;
    Cell *cell;
    Network *network;
    Event *event;
    Table *table;
    const Expression *given; /* VARIABLE: a ready value in the place of `value` (a table's row), from given_span */
    Span given_span;
    System *system;         /* the owner of draws in `value` */
    /* Gives a LET's expression instead of reading `value`: sums of currents, gates. May be NULL. */
    const Expression *(*settle)(Checker *k, Meaning *m);
    void *settle_data;
};

struct Scope {
    Scope *parent;
    const char *what;  /* for messages: "neuron LIF", "network Vogels" */
    void *owner;       /* Population, Projection or Network whose names these are, or NULL */
    Scope *also;       /* its names are found here too, or NULL */
    const char *prefix; /* of what is made in it: "column1."; NULL: the parent's */
    VECTOR(Meaning *) list; /* scope_find_here keeps `index` up with it */
    Arena *arena;           /* of `index`; NULL: none is kept */
    Map index;              /* name -> place in `list` of the last meaning that it is bound to */
    int indexed;            /* how many of the list */
};

/* What a flattened system of a population or projection grows in. */
struct System {
    void *owner;
    VECTOR(Variable *) variables;
    VECTOR(Equation) equations;
    VECTOR(Event *) events;
    VECTOR(Refractory) refractories;
    VECTOR(SolveRule) solves;
    int draws;
    bool of_cells; /* of a population, still open to variables that hold values of the past (delayed.c) */
};

struct Checker {
    Compilation *c;
    ExpressionPool *pool;
    Model *model;
    Scope *globals;      /* the file's and its imports' definitions */
    Place place;
    System *system;      /* the owner of draws and white noise that are met, or NULL */
    Network *network;    /* being built, or NULL */
    int depth;           /* nesting of inlined functions, lets and instances: guards against endless recursion */
    const Span *operands; /* where the arguments of the next check_primitive stand, or NULL: terms know only where they
                             were first written */
    Variable *avoid;     /* a name that looks outward: the parameter being overridden */
    VECTOR(NetworkBuild *) builds; /* one a network of the model */
    VECTOR(int) imported; /* sources already read */
    VECTOR(Name) imported_paths;
    void *program;       /* the program stage's own */
};

/* ---- scopes (scope.c) ---- */
Scope *scope_new(Checker *k, Scope *parent, const char *what, void *owner);
/* Binds; a name already bound in this very scope is an error (NAME_TAKEN) and the older one stays. */
Meaning *scope_bind(Checker *k, Scope *scope, MeaningKind kind, Name name, Span span);
/* As many elements as `size` says, 1 to `most`, each a copy of `element` called name[i] with its position; false after
 * an error. `what` has too few or too many: "an array". */
bool meaning_make_elements(Checker *k, Meaning *into, Scope *scope, const Ast *size, const char *what, long most,
                           const char *name, const Meaning *element);
/* The innermost meaning, or NULL. */
Meaning *scope_find(Scope *scope, Name name);
Meaning *scope_find_here(Scope *scope, Name name);
/* Error UNKNOWN_NAME with the nearest name of the chain as help. `kind`: "variable", "neuron", … */
Diagnostic *scope_unknown(Checker *k, Scope *scope, Name name, Span span, const char *kind);
/* Binds a ready value (loop constants, arguments, locals of experiments). */
Meaning *scope_bind_value(Checker *k, Scope *scope, Name name, Span span, const Expression *value);
/* The reference Variable of a projection for a variable of its source or target; one each. */
Variable *projection_reference(Checker *k, Projection *projection, VariableSide side, const Variable *original);
/* e, which is of the source's or target's own variables, seen from the projection. */
const Expression *projection_view(Checker *k, Projection *projection, VariableSide side, const Expression *e);
/* The other way: e in terms of the own variables of the population on this side; SIDE_SELF: of both sides. */
const Expression *population_view(Checker *k, const Expression *e, VariableSide side);
/* The meaning that a ref stands for (NAME, FIELD, INDEX by constants over one), or NULL after an error when `must`. */
Meaning *check_ref(Checker *k, Scope *scope, const Ast *ref, bool must);
/* Types the meaning's variable or expression. false after an error. */
bool meaning_settle(Checker *k, Meaning *m);
/* The expression that a meaning stands for in `scope`. Errors when it is no value. */
const Expression *meaning_expression(Checker *k, Meaning *m, Span span);

/* ---- expressions (check.c) ---- */
/* An expression of the given type; NULL: of any. A plain 0 takes every unit. */
const Expression *check_expression(Checker *k, Scope *scope, const Ast *ast, const Type *expected);
/* The same; on a mismatch a note at `because` says `why` ("V is declared here"). */
const Expression *check_expecting(Checker *k, Scope *scope, const Ast *ast, const Type *expected, Span because,
                                  const char *why);
/* Any number; a boolean. */
const Expression *check_number(Checker *k, Scope *scope, const Ast *ast);
const Expression *check_condition(Checker *k, Scope *scope, const Ast *ast);
/* A number known when compiling: folds scalars with their initial values (network parameters become fixed).
 * false after an error. */
bool check_constant(Checker *k, Scope *scope, const Ast *ast, double *value);
bool check_integer(Checker *k, Scope *scope, const Ast *ast, long *value);
/* Folds scalars away; NULL when the value is not known when compiling. */
const Expression *expression_constant(Checker *k, const Expression *e);
const Expression *check_in_place(Checker *k, Place place, Scope *scope, const Ast *ast, const Type *expected);
const Expression *error_expression(Checker *k, Span span);
bool is_error(const Expression *e);

/* An operation on kids of which one is a list, signal, record …; and one of the host's own calls. */
const Expression *check_host_operation(Checker *k, ExpressionOp op, Span span, int count,
                                       const Expression *const *kids);
/* One number of `[30, 10] nS`: a plain number, in the unit; exact where it is a literal. */
const Expression *check_in_unit(Checker *k, Scope *scope, const Ast *element, HilUnit unit);
/* The unit in which a value is written: of its literal, or of the variable it names; else the usual one. */
void check_unit_as_written(Checker *k, Scope *scope, const Ast *ast, const Type *type, HilUnit *unit, Name *text);
/* Does the name stand for a unit here, because nothing else has it? */
bool name_is_unit(Checker *k, Scope *scope, Name name);

/* ---- loops (loop.c) ---- */
/* What a binder's name means in each round: VALUE, SYMBOL, TUPLE, ROW, POPULATION … `position` counts from 0. */
typedef struct LoopItems {
    VECTOR(Meaning *) list;
} LoopItems;
/* The rounds of `domain`, when they are known when compiling. false: they are not (no error when !must). */
bool loop_items(Checker *k, Scope *scope, const Ast *domain, bool must, LoopItems *items);
/* Binds the binder's name to an item in a new scope. */
Scope *loop_scope(Checker *k, Scope *scope, const Ast *binder, const Meaning *item);

/* The host's own forms (lists, records, reductions, `of`, windows …): check_host.c. Called for Ast kinds and callees
 * that check_expression does not know; outside PLACE_HOST it is an error. */
const Expression *check_host_expression(Checker *k, Scope *scope, const Ast *ast, const Type *expected);

/* ---- units and types (units.c) ---- */
/* The unit of a type annotation. `weight` and other one-word types: see check_type. false after an error. */
bool check_unit(Checker *k, const Ast *unit, HilUnit *result, Name *text);
/* A number type from an annotation: a unit, or the name of something in scope that lends its unit (`: weight`). */
const Type *check_type(Checker *k, Scope *scope, const Ast *unit, HilUnit *result, Name *text);
/* "mV", "nS", "1": how messages call a dimension. Valid as long as the arena. */
const char *type_text(Checker *k, const Type *type);
/* The result of a primitive by its row's unit rule; NULL after an error (UNIT_MISMATCH …). May turn zeros. */
const Type *check_unit_rule(Checker *k, const char *rule, const char *operation, Span span, const Expression **kids,
                            int count);
/* e if it fits the type (a plain 0 fits every number type), else an error and an error expression. */
const Expression *check_fits(Checker *k, const Expression *e, Span span, const Type *type, Span because,
                             const char *why);

/* ---- calls (call.c, function.c, singularity.c) ---- */
const Expression *check_call(Checker *k, Scope *scope, const Ast *call, const Type *expected);
/* One application of a primitive to checked arguments. */
/* "addition", "a comparison": how messages call an op. */
const char *operation_name(ExpressionOp op);
const Expression *check_primitive(Checker *k, ExpressionOp op, Span span, int count, const Expression **kids);
const Expression *check_function_call(Checker *k, Scope *scope, Meaning *function, const Ast *call, int count,
                                      const Expression *const *arguments);
/* The ExpressionOp of a function that the language has (call.c); -1: none is called so. And how many values it takes. */
int check_primitive_named(const char *name);
int check_primitive_arity(int op);
/* delayed(value, time) (delayed.c). */
const Expression *check_delayed(Checker *k, const Ast *call, const Expression *value, const Expression *time);
/* The variable of the system's cells that holds what `value`, of their own names, was `delay` ago; NULL: whose past is
 * kept for synapses with delays of their own. */
Variable *delayed_variable(Checker *k, System *system, const Expression *value, const Expression *delay, Span span);
/* A function in C (extern.c): `inside` has the formals bound to the call's arguments. */
const Expression *check_extern_call(Checker *k, Scope *inside, const Ast *function, const Ast *call);
/* a/b, with removable singularities x/(exp(x)-1) recognised (see singularity.c). */
const Expression *divide_removably(ExpressionPool *pool, const Expression *a, const Expression *b, Span span);
/* A draw or white noise with its own number in k->system. */
const Expression *check_draw(Checker *k, ExpressionOp op, const Type *type, Span span, int count,
                             const Expression *const *kids);

/* ---- definitions (definition.c) ---- */
/* Statements of a kind with those of the kinds it extends before them; replaced handlers are left out. */
typedef struct Body {
    const Ast *definition;
    Name name;
    VECTOR(const Ast *) statements;
    VECTOR(Meaning *) bases; /* outermost first, itself last */
    Scope *home;             /* where the definition was written */
} Body;
void definitions_collect(Checker *k, const Ast *file);
/* The definition that a postfix names (LIF, LIF(tau = 1 ms)), of the given kind; NULL after an error. */
Meaning *definition_named(Checker *k, Scope *scope, const Ast *postfix, int kind);
bool body_of(Checker *k, Meaning *definition, Body *body);
const Ast *postfix_callee(const Ast *postfix);

/* ---- solvers (solver.c) ---- */
/* `solve all with …` or `solve all together [with …]`, of a network or of a run: it shapes the kernels. */
typedef struct SolverAsked {
    Name method; /* NULL: none is named */
    bool together;
    Span span;   /* of the statement; NO_SPAN: nobody asked */
} SolverAsked;

/* What a SOLVE statement asks of a whole network; false after an error. */
bool solver_asked(Checker *k, const Ast *solve, SolverAsked *asked);
/* What the runs of an experiment ask for: all the same, as it shapes the kernels. */
void solver_asked_by_runs(Checker *k, const Ast *block, SolverAsked *asked);

/* ---- networks (network.c) ---- */
/* A neuron in a population, while it is built: everything that may still be added to it. See cell.h. */
struct NetworkBuild {
    Network *network;
    System system;            /* the network's own parameters */
    Scope *scope;             /* populations, connections, parameters, tables by name; outer: the file */
    const Ast *definition;
    Name key;                 /* what distinguishes instances, … */
    SolverAsked asked;        /* … and what the experiment asks for */
    VECTOR(Cell *) cells;
    VECTOR(Meaning *) populations, projections;
    Map connection_names;     /* taken; of unnamed ones: the last number behind the name */
};
/* The network (or the neuron, as one population of size 1 named like it) that `on X(…)` names, built at first use;
 * NULL after an error. Constant arguments give its parameters' values; others (host values) keep the default and are
 * the caller's to set when running. `asked`: by the experiment's runs, or NULL. */
NetworkBuild *network_instance(Checker *k, Scope *scope, const Ast *target, const SolverAsked *asked);
/* The population and indices of a view (E, E[0..4], (E where x < 0.5 mm)): *indices NULL means all. NULL after an
 * error. */
Meaning *check_view(Checker *k, Scope *scope, const Ast *view, const Expression **indices);

/* ---- initial values (check_start.c) ---- */
/* Errors for states whose initial value depends on itself. */
void check_starts(Checker *k, const Network *network);

/* ---- programs (program*.c): experiments, studies, sweeps, in the order of the text ---- */
void program_build(Checker *k, Scope *scope, const Ast *definition);

/* ---- tables (table.c) ---- */
Table *table_build(Checker *k, Scope *scope, const Ast *table);
/* A row's cell by column name; NULL when there is no such column. */
const TableCell *table_cell(const Table *table, int row, Name column);
int table_row_named(const Table *table, Name name);

#endif
