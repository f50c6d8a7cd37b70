/* Cells while they are built: components (the neuron itself, its channels and pools, its shared synapses) whose
 * variables, equations and events all go into one System, and the currents and inputs that are summed at the end.
 * Synapses of a projection are components too, of a System of their own. */
#ifndef HILLOCK_MODEL_CELL_H
#define HILLOCK_MODEL_CELL_H

#include "model/check.h"

/* A value given from outside for a parameter or initial value: `LIF(tau = 1 ms)`, `{ V = … }`, a table's row. */
typedef struct Override {
    Name path; /* "tau", "Na_HH.g" */
    const Ast *value;
    Scope *home;
    const Expression *ready; /* instead of value: a row's number */
    Span span;
    bool used, optional; /* optional: a row may name what the cell does not have */
} Override;

typedef struct Overrides {
    VECTOR(Override) list;
} Overrides;

typedef struct Statement {
    const Ast *ast;
    Scope *scope;
} Statement;

typedef struct Gate {
    Name name;
    int power;
    const Ast *ast;
    Meaning *meaning; /* its state or, without a time constant, its let */
} Gate;

typedef struct Component {
    int kind; /* DEFINITION_… */
    Name name, prefix;
    Body body;
    Scope *scope;
    System *system;
    Cell *cell; /* NULL in a projection */
    int region; /* of channels and pools: the compartment they sit in */
    Overrides *overrides;
    VECTOR(Statement) statements; /* expanded loops */
    VECTOR(Meaning *) meanings;   /* what it declares, in order */
    VECTOR(Name) ions, uses;      /* `ion na`, `uses ca` */
    VECTOR(Gate) gates;
    Meaning *current; /* `current = …`, or NULL */
    Span span;        /* where it was asked for */
} Component;

/* What a shared synapse or a drive adds to an input of the cell. */
typedef struct InputTerm {
    Variable *input;
    const Expression *value;
} InputTerm;

/* A compartment; a point cell is one without a name whose scope is the cell's. */
typedef struct Region {
    Name name; /* NULL: the cell is a point */
    const Ast *ast;
    const Expression *share; /* of the cell's area; NULL: all */
    Scope *scope;            /* V, I, its channels; outer: the cell's */
    Meaning *voltage;
} Region;

typedef struct CellCurrent {
    const Expression *value; /* outward; A/m^2 or A */
    Span span;
    Name from;
    int region;
} CellCurrent;

typedef struct IonSum {
    Name ion;
    int region;
    Meaning *sum;
} IonSum;

typedef struct SharedSynapse {
    Name key; /* kind and arguments */
    Name prefix;
    VECTOR(Variable *) variables; /* of the cell, in the order of the kind's own */
    const char *sharing;
} SharedSynapse;

struct Cell {
    Population *population;
    System system;
    Scope *scope;
    Component *self;
    NetworkBuild *build;
    VECTOR(Component *) channels;
    bool membrane, density; /* density: C is per area */
    Meaning *capacitance, *area, *temperature;
    VECTOR(Region) regions;  /* at least one in a membrane */
    const Ast *compartments; /* their statement, or NULL */
    Span membrane_span;
    VECTOR(CellCurrent) currents; /* of synapses that ended at the membrane */
    VECTOR(InputTerm) terms;
    VECTOR(IonSum) ions;
    VECTOR(SharedSynapse) shared;
    VECTOR(Variable *) outputs;
};

/* ---- components (component.c, handlers.c, channel.c) ---- */
Component *component_new(Checker *k, int kind, Name name, Name prefix, Meaning *definition, Scope *outer,
                         System *system, Cell *cell, Overrides *overrides, Span span);
/* Binds every name the body declares. */
void component_declare(Checker *k, Component *component);
/* Types and values of what was declared; missing values are errors. */
void component_settle(Checker *k, Component *component);
void component_equations(Checker *k, Component *component);
/* Events, handlers, bounds, solve rules. */
void component_handlers(Checker *k, Component *component);
/* A variable of the component, bound under `name`. */
Meaning *component_variable(Checker *k, Component *component, VariableRole role, Name name, Span span);
/* A state that no name reaches. */
Variable *component_hidden(Checker *k, Component *component, const char *name, const Type *type, Span span);
Override *component_override(Component *component, Name name);
Variable *system_variable(Checker *k, System *system, VariableRole role, Name name, Span span);
void component_gates(Checker *k, Component *component, bool declare);

typedef struct ActionList {
    VECTOR(Action) list;
} ActionList;
/* The actions of a handler's block. `release`: the local that synapses' handlers may read and write, or NULL. */
void handler_actions(Checker *k, Component *component, Scope *scope, const Ast *block, Event *event,
                     ActionList *actions);
/* Splits arguments and an initial block into overrides. `inside` sees the cell's own names first. */
void overrides_of_call(Checker *k, Scope *scope, const Ast *postfix, Overrides *overrides);
void overrides_unused(Checker *k, Component *component, const char *what);

/* ---- cells (cell.c, membrane.c) ---- */
Cell *cell_build(Checker *k, NetworkBuild *build, Meaning *population, Scope *outer, const Ast *kind,
                 const Ast *initial, Name name, const Expression *size, Span span);
/* Writes out membrane equation and inputs, and hands the System over to the Population. */
void cell_finish(Checker *k, Cell *cell);
void membrane_declare(Checker *k, Cell *cell);
void membrane_settle(Checker *k, Cell *cell);
void membrane_finish(Checker *k, Cell *cell);
/* The compartment that a meaning (of `E.dend`, `soma`) stands for, or -1. */
int cell_region(const Cell *cell, const Meaning *m);
/* A component of the cell for one inserted mechanism. */
void cell_insert(Checker *k, Cell *cell, const Ast *insert);

/* ---- connections (connect.c, synapse.c, drive.c) ---- */
void network_connect(Checker *k, NetworkBuild *build, Scope *scope, const Ast *connect);
void network_couple(Checker *k, NetworkBuild *build, Scope *scope, const Ast *couple);
void network_drive(Checker *k, NetworkBuild *build, Scope *scope, const Ast *drive);

#endif
