/* What print*.c share: the printer, terms, declarations, kinds. Functions write to p->text, the text of the kind or
 * network that is being printed, but those that take `out`; what cannot be said is noted in p->obstacle. */
#ifndef HILLOCK_MODEL_PRINT_H
#define HILLOCK_MODEL_PRINT_H

#include "model/model.h"
#include <stdio.h>

/* A kind that was printed: equal ones are printed once. */
typedef struct Kind {
    Name name, base;
    const char *body;
} Kind;

typedef struct Printer {
    const Model *model;
    Compilation *c;
    VECTOR(Kind) kinds;
    VECTOR(Name) taken;
    const SolvesPrinted *solves; /* NULL: as the model says */
    FILE *out;
    FILE *text;           /* the kinds' own text */
    const char *obstacle; /* the first thing that cannot be said; NULL: none */
} Printer;

typedef VECTOR(Event *) Events;

typedef struct Text {
    char *at;
    size_t length;
} Text;

/* Notes the first thing that cannot be said flat. */
void print_obstruct(Printer *p, const char *what);
/* Obstructs where the expression holds what has no words: C functions, values of an experiment, countdowns. */
void print_look_at(Printer *p, const Expression *e);

/* ---- terms and declarations (print_kinds.c) ---- */
/* A name that nothing else has: base, base_2, … */
Name print_take_name(Printer *p, const char *base);
/* What gives a variable its value: its initial value or its expression; or NULL. */
const Expression *print_value_of(const Variable *v);
/* Does it mention what belongs to others than `owner` (the network's parameters)? */
bool print_is_foreign(const Expression *e, const void *owner);
void print_term(Printer *p, FILE *out, const char *before, const Expression *e, const char *after);
void print_unit(Printer *p, const Variable *v, FILE *out);
/* Does a body declare it? Not so references to others, countdowns, positions, values of the past. */
bool print_is_declared(const Variable *v);
/* `events` (may be NULL): whose names the variables' own may not begin with. */
void print_variables(Printer *p, Variable *const *list, int count, const void *owner, const Events *events);
/* `owner` NULL: of a projection, which sees the names of both sides. */
void print_equations(Printer *p, const Equation *list, int count, const void *owner);
void print_solves(Printer *p, const Population *population, const Projection *projection);
/* `population` NULL: of a projection. */
void print_action(Printer *p, const Population *population, const Action *a, int depth);
void print_actions(Printer *p, const Population *population, const Action *list, int count, int depth);
void print_begin_text(Printer *p, Text *text);
/* Closes the text, prints it to p->out unless an equal kind was, and gives the kind's name. */
Name print_end_kind(Printer *p, Text *text, const char *word, const char *base);
Name print_neuron(Printer *p, const Population *population);

/* ---- connections and drives (print_connections.c) ---- */
/* The source's variable whose value a connection without `via` carries; NULL: it has a synapse. */
const Variable *print_sent_value(const Projection *r);
/* The synapse of a projection; *arguments: what the network gives it, "tau = tau". */
Name print_synapse(Printer *p, const Projection *r, const char **arguments);
void print_list(Printer *p, FILE *out, const Expression *e);
void print_view(Printer *p, FILE *out, Name population, const Expression *view);
/* `kind`: its synapse, NULL for a value that is sent. */
void print_connection(Printer *p, const Projection *r, Name kind, const char *arguments);
Name print_drive_synapse(Printer *p, const Drive *d);
void print_drive(Printer *p, const Drive *d, Name kind);

#endif
