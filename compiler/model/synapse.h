/* Synapses put to use on a connection or a drive: components of a projection's own System, which then either move into
 * the target cell (shared by all connections of that kind onto it) or stay per synapse. */
#ifndef HILLOCK_MODEL_SYNAPSE_H
#define HILLOCK_MODEL_SYNAPSE_H

#include "model/cell.h"

typedef struct Connection {
    Projection *projection;
    System system;            /* the projection's: weight, delay, per-synapse variables */
    Scope *scope;             /* weight, release, pre, post, V; outer: the block's scope */
    Meaning *source, *target; /* populations */
    Meaning *port;            /* where currents and values go, or NULL */
    Meaning *release;
    VECTOR(Component *) synapses;
    ActionList on_pre;
    VariableSide toward;     /* the side that currents go to: POST unless a coupling's other direction */
    bool has_handler, drive; /* drive: every synapse must be shareable, there is no source */
    const char *label;       /* the author's name, or NULL */
    Span span;
} Connection;

/* An end of a connection or drive: E, E[0..4], E.I, E.dend, limb.x. */
typedef struct End {
    Meaning *population, *port;
    const Expression *view; /* host list of indices, or NULL: all */
} End;
/* false after an error. */
bool connection_end(Checker *k, Scope *scope, const Ast *ast, End *end);
/* Binds pre, post, V, distance, index … in connection->scope. */
void connection_bind_sides(Checker *k, Connection *connection);
/* Builds the component for one entry of a `via` list; its arguments are read in `scope`. */
void connection_add_synapse(Checker *k, Connection *connection, Scope *scope, const Ast *postfix);
/* Shares what can be shared; adds currents to the target. Fills projection->on_pre, equations, contributions. */
void connection_finish(Checker *k, Connection *connection);
/* The input of the target that takes values of this type: the port, the only one, or the one called I. NULL after an
 * error. */
Variable *connection_input(Checker *k, Connection *connection, const Type *type, Span span, const char *what);
/* With a delay: what the connection carries of its source is of the past (delayed.c). */
void connection_delay_values(Checker *k, Connection *connection);
/* Adds to an input of the target each step what `value` (of the projection's variables) is; outward currents are
 * `inward` false. */
void connection_contribute(Checker *k, Connection *connection, const Expression *value, bool outward, Span span,
                           const char *name);

#endif
