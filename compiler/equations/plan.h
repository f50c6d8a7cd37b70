/* Plan: how each equation is solved from t to t+dt.
 *
 * In: a system (the equations of one population, or of one projection's synapses) and what the model says of solvers.
 * Out: for each state the expression of its value at t+dt in terms of values at t, hidden scalars that the prepare
 * rows fill (propagators), and iterations (loops) where a method needs them. Every choice carries its reason.
 * The system itself is not changed. Values of inputs, and of states outside the system, are those at t. */
#ifndef HILLOCK_EQUATIONS_PLAN_H
#define HILLOCK_EQUATIONS_PLAN_H

#include "hillock/abi.h"
#include "model/model.h"

typedef enum Method {
#define METHOD(ID, name, order, text) METHOD_##ID,
#include "equations/methods.def"
#undef METHOD
    METHOD_COUNT
} Method;

const char *method_name(Method method);
const char *method_text(Method method);
int method_order(Method method);
/* METHOD_COUNT when there is none of that name. */
Method method_find(const char *name);
/* The same for what a model asks for at a place; METHOD_COUNT after an error. */
Method plan_asked_method(Compilation *c, Name name, Span span);

/* A set of states solved together. */
typedef struct PlanGroup {
    Method method;
    VECTOR(const Equation *) equations;
    int substeps;
    bool asked;         /* by the model or the experiment */
    const char *reason; /* "linear with constant coefficients" */
} PlanGroup;

/* x' = A x + b. P and Q are hidden variables: P = e^(A dt), Q = integral of e^(A s) over 0..dt; NULL where zero. */
typedef struct Propagator {
    int n;
    const Variable **states; /* x */
    const Expression **a;  /* n*n, row-major; NULL is zero */
    const Expression **rests; /* b; NULL is zero */
    Variable **p, **q;     /* n*n */
    bool instance;         /* some entry differs by instance */
} Propagator;

typedef struct Carried {
    Variable *variable;
    const Expression *initial, *next;
} Carried;

/* do { carried = next } while (proceed and fewer than `most` rounds). `converged` is tested on the results. */
typedef struct Iteration {
    VECTOR(Carried) carried;
    const Expression *proceed;
    const Expression *converged;
    int most;
} Iteration;

typedef struct Update {
    Variable *state;
    const Expression *next;
} Update;

/* What the step is judged by (hillock/stability.h): the n x n matrix of the equations' system, in parameters (and, with
 * `instance`, values of each cell); NULL is zero. */
typedef struct StabilityBound {
    int n, flags, substeps;    /* HIL_STABILITY_… */
    const Equation **equations;
    const Expression **a;
    double growth[HIL_GROWTH_TERMS];
    bool instance, asked; /* asked: the solver is the author's choice */
} StabilityBound;

/* What a stage of a step, but not its last, stores. */
typedef struct PlanStage {
    VECTOR(Update) stores;
} PlanStage;

typedef struct Plan {
    VECTOR(PlanGroup) groups;
    VECTOR(Propagator *) propagators;
    VECTOR(Iteration) iterations;
    VECTOR(Update) updates;
    VECTOR(StabilityBound) bounds;
    /* Solved together with others: in each of `stages` the states are replaced by those that the next stage sees, and
     * `updates` is what the last one makes of them. `before` gives the states at t once they are replaced; `hidden` are
     * the variables that all this needs. Empty where a step is one stage. */
    VECTOR(PlanStage) stages;
    VECTOR(Substitution) before;
    VECTOR(Variable *) hidden;
} Plan;

typedef struct PlanSystem {
    const Equation *equations;
    int count;
    const SolveRule *rules;
    int rule_count;
    Name solver;        /* `solve all with …`: fixes the whole run, whatever the rules say; or NULL */
    bool together;      /* `solve all together`: advance by stages, rk4's unless `solver` says otherwise */
    Span solver_span;
    const Variable *dt;
    void *owner;        /* of hidden variables */
} PlanSystem;

Plan *plan_system(Compilation *c, ExpressionPool *pool, const PlanSystem *system);

/* x at t+dt by one method from expressions for x at t; shared by the planner's parts. */
typedef struct PlanBuilder {
    Compilation *compilation;
    ExpressionPool *pool;
    const PlanSystem *system;
    Plan *plan;
    const Expression *dt;
    int hidden; /* how many hidden variables exist */
} PlanBuilder;

/* One method each: append to plan->updates (and propagators, iterations, bounds). `upstream` are the other equations
 * whose states feed the group within the step; methods of higher order follow them through their stages. */
void plan_exact(PlanBuilder *b, const PlanGroup *group);
/* x at t+dt, by a propagator of its own, where the states that are `held` [n] stand still. */
const Expression **plan_held(PlanBuilder *b, const Propagator *whole, const bool *held);
void plan_exponential_euler(PlanBuilder *b, const PlanGroup *group);
void plan_explicit(PlanBuilder *b, const PlanGroup *group);
void plan_adaptive(PlanBuilder *b, const PlanGroup *group, double tolerance);
void plan_implicit(PlanBuilder *b, const PlanGroup *group);

/* Appends to plan->bounds. reaches[i*n + j]: equation i depends on state j, by way of others too (n: of the system). */
void plan_judge(PlanBuilder *b, const PlanGroup *group, const bool *reaches);
/* What one step of an explicit method makes of x' = l x: the coefficients of (l dt)^k. false: no such method. */
bool plan_growth(Method method, double growth[HIL_GROWTH_TERMS]);
/* The bound's matrix with every parameter at its default; false when that is not known, or one of the `touched` occurs. */
bool stability_numbers(ExpressionPool *pool, const StabilityBound *bound, const Variable *const *touched, int count,
                       double *a);
/* Many systems that read each other's states, as one: see plan_together.c. */
void plan_together(PlanBuilder *b);
/* How many stages a step of `solve all together [with solver]` has, and the time c of each (t + c dt); 0: the method is
 * not one that advances by stages. */
int together_stages(Name solver, double *times);

const Expression *plan_number(PlanBuilder *b, double value); /* dimensionless */
Variable *plan_hidden_variable(PlanBuilder *b, const char *prefix, HilDimension dimension, bool instance);

/* The model as a file in which every equation's solver is said: model_print with the plans as `solve` statements. Networks
 * whose solver is fixed for all keep the statements that they have. */
void equations_print(const Model *model, FILE *out);

/* explain's table: for each state its equation, the method, the reason, the order, the largest stable step. */
void plan_print(ExpressionPool *pool, const Plan *plan, FILE *out);

#endif
