/* Programs: experiments, studies and sweeps become host expressions (hillock/host.def). What program*.c and
 * check_host*.c share. */
#ifndef HILLOCK_MODEL_PROGRAM_H
#define HILLOCK_MODEL_PROGRAM_H

#include "hillock/host.h"
#include "model/check.h"

typedef VECTOR(const Expression *) Statements;

/* The numbers that a host local takes, one after the other. */
typedef struct LocalDomain {
    const Expression *local;
    Statements values;
} LocalDomain;

/* The program that is being built: k->program. */
typedef struct ProgramContext {
    Program *program;
    NetworkBuild *build; /* NULL for studies */
    Meaning *sole;       /* the only population of a network made of one neuron, or NULL */
    Type *result;        /* fields grow with each `measure` */
    System draws;        /* numbers its draws */
    const Expression *every; /* `measure … every`: how often its signals are sampled; NULL: each step */
    bool sampled;            /* the value being checked has a signal */
    VECTOR(LocalDomain) domains; /* of locals that take constant values only */
    bool acting;             /* a stimulus or clamp is being checked: E.V is the value of each cell, and no signal */
} ProgramContext;

static inline ProgramContext *program_context(Checker *k) { return k->program; }

/* ---- making host expressions ---- */
const Expression *host_make(Checker *k, int op, int index, const Type *type, Span span, int count,
                            const Expression *const *kids);
const Expression *host_worded(Checker *k, int op, int index, const char *text, const Type *type, Span span, int count,
                            const Expression *const *kids);
const Expression *host_flagged(Checker *k, int op, int index, int flags, const char *text, const Type *type, Span span,
                               int count, const Expression *const *kids);
/* Of type NONE; text may be NULL. */
const Expression *host_statement(Checker *k, int op, int index, const char *text, Span span, int count,
                                 const Expression *const *kids);
const Expression *host_absent(Checker *k);           /* a kid that is not given */
const Expression *host_local(Checker *k, int local, const Type *type, Span span);
int host_new_local(Checker *k);
/* The author's text of a span, white space folded. */
const char *source_text(Checker *k, Span span);
/* The value wrapped in SHOWN with a unit for printing. */
const Expression *host_shown(Checker *k, const Expression *value, const char *unit);

/* ---- values (check_host.c, check_signal.c) ---- */
typedef struct RecordTimes {
    const Expression *every, *from, *to; /* host; NULL: each step, no limit */
} RecordTimes;
/* `times` NULL: every step of the run. */
const Expression *check_signal_of(Checker *k, Scope *scope, const Ast *what, const Ast *view, bool spikes_wanted,
                                  const RecordTimes *times, bool written, Span span);
bool names_sole_member(Checker *k, Scope *scope, const Ast *ast);
/* E.AMPA.g, E[0..4].V, EE.weight: a signal of all that the ref names. Where it is one number for all, that number unless a
 * `signal` is asked for. NULL: the ref begins with neither cells nor a connection. */
const Expression *check_member(Checker *k, Scope *scope, const Ast *ref, bool signal);
/* Adds the recorder, with its times, unless there is one like it; its number. */
int program_recorder(Checker *k, Recorder *recorder, const RecordTimes *times);
/* Does a view hang on a local that only a loop or `let` gives? Recorders must know their cells before the run. */
bool view_is_late(Checker *k, const Expression *view);

/* ---- values of connections (check_connection.c) ---- */
/* The connection that a ref begins with and, in *name, the ref's part that names it; or NULL. No errors. */
Meaning *check_connection_named(Checker *k, Scope *scope, const Ast *ref, const Ast **name);
/* EE.weight of the cells in `view` (of its source, or of its target where that is another population); NULL: all. */
const Expression *check_connection_signal(Checker *k, Scope *scope, const Ast *what, Meaning *connection, const Ast *name,
                                          const Ast *view, const RecordTimes *times, bool written, Span span);
/* EE.weight alone: a number where it is one for the whole connection, else the signal of all connections. */
const Expression *check_connection_value(Checker *k, Scope *scope, const Ast *ref, Meaning *connection, const Ast *name);
/* Error: `root` names neither a connection nor one of the members of `population`. */
void check_connection_unknown(Checker *k, Scope *members, const Ast *root, const char *population);
/* What an argument of a reduction is, where spikes or signals may be named by their population or variable alone. */
const Expression *check_series(Checker *k, Scope *scope, const Ast *ast, char letter);
const Expression *check_reduction_call(Checker *k, Scope *scope, const Ast *call, int reduction);
const Expression *check_list_function(Checker *k, Scope *scope, const Ast *call);
const Expression *check_experiment_call(Checker *k, Scope *scope, const Ast *call, Meaning *experiment);
const Expression *check_comprehension(Checker *k, Scope *scope, const Ast *ast);
const Expression *host_row(Checker *k, const Table *table, int row, Span span);
const Expression *host_table(Checker *k, const Table *table, Span span);
/* Element of a list, signal or range; the type itself for anything else. */
const Type *element_type(Checker *k, const Type *type);
HilDimension seconds_dimension(void);
const Type *type_time(Checker *k);

/* ---- statements (program.c, program_actions.c) ---- */
const Expression *program_block(Checker *k, Scope *scope, const Ast *block);
const Expression *program_stimulate(Checker *k, Scope *scope, const Ast *ast);
const Expression *program_clamp(Checker *k, Scope *scope, const Ast *ast);
const Expression *program_record(Checker *k, Scope *scope, const Ast *ast);
const Expression *program_plot(Checker *k, Scope *scope, const Ast *ast);
const Expression *program_set(Checker *k, Scope *scope, const Ast *target, const Ast *value, Span span);
/* Sets the parameter that a settled meaning stands for; NULL after an error. */
const Expression *program_set_to(Checker *k, Meaning *m, Span span, const Expression *value);
void program_measure(Checker *k, Name name, const Type *type);
/* The population that a view names, NULL with an error; *indices as check_view. */
Meaning *program_view(Checker *k, Scope *scope, const Ast *view, const Expression **indices);
/* SETs for the arguments of `on Target(…)` that are host values. */
void program_target_sets(Checker *k, Scope *scope, const Ast *target, void *statements);

/* ---- structural arguments (program_structure.c) ---- */
/* Notes what values the local goes through, where these are known when compiling. */
void program_note_domain(Checker *k, const Expression *local, const Expression *domain);
/* Adds to the structure the parameters that the target's arguments take to what shapes the network, with their defaults.
 * True: there were such, and the network is to be built anew. */
bool program_find_structure(Checker *k, Scope *formals, const Ast *target, Structure *structure);
/* The function or primitive that an argument or a default names, else NULL. */
const Meaning *program_function(Checker *k, Scope *scope, const Ast *ast);
bool program_same_function(const Meaning *a, const Meaning *b);
/* The call of the instance for the structural arguments among kids[] and, in their places, functions[]; or a choice among
 * instances where these hang on locals that go through constants. */
const Expression *program_call(Checker *k, Scope *scope, const Ast *call, Meaning *experiment, const Program *program,
                               int count, const Expression *const *kids, const Meaning *const *functions);
/* The instance for these values, built when there is none yet (program.c). */
const Program *program_instance(Checker *k, Scope *scope, const Ast *definition, const Structure *structure);
/* The parameter of the target that an argument of `on Target(…)` gives, or NULL; *value is the argument's Ast. */
Variable *program_target_parameter(Checker *k, const Ast *target, int argument, const Ast **value);

#endif
