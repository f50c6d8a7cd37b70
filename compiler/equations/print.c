/* Printing the plans. In: a model. Out: the model as a file that says the solver of every equation, in `solve` statements;
 * read again, it is planned the same. Where a network's solver is fixed for all, its own statements stay. */
#include "equations/plan.h"

/* Equal systems are planned alike, in the order in which the plan solves them. */
static const SolveRule *rules_of(void *context, const Population *population, const Projection *projection, int *count) {
    const Model *model = context;
    const Network *network = population ? population->network : projection->network;
    const Equation *equations = population ? population->equations.at : projection->equations.at;
    const SolveRule *given = population ? population->solves.at : projection->solves.at;
    int given_count = population ? population->solves.count : projection->solves.count;
    *count = given_count;
    if (network->solver || network->together) return given;
    PlanSystem system = {.equations = equations,
                         .count = population ? population->equations.count : projection->equations.count,
                         .rules = given,
                         .rule_count = given_count,
                         .dt = network->variables.at[0],
                         .owner = population ? (void *)population : (void *)projection};
    const Plan *plan = plan_system(model->compilation, model->pool, &system);
    Arena *arena = model->compilation->arena;
    SolveRule *rules = arena_array_of(arena, SolveRule, plan->groups.count + 1);
    int used = 0;
    for (int g = 0; g < plan->groups.count; g++) {
        const PlanGroup *group = &plan->groups.at[g];
        bool asked = group->asked && g < given_count;
        if (!group->equations.count) continue;
        SolveRule *rule = &rules[used++];
        *rule = (SolveRule){.method = name_of(model->compilation->names, method_name(group->method)),
                            .substeps = group->substeps,
                            .order = asked ? given[g].order : 0,
                            .tolerance = asked ? given[g].tolerance : 0,
                            .span = NO_SPAN};
        for (int i = 0; i < group->equations.count; i++)
            vector_push(arena, &rule->states, group->equations.at[i]->state);
    }
    *count = used;
    return rules;
}

void equations_print(const Model *model, FILE *out) {
    SolvesPrinted solves = {rules_of, (void *)model};
    model_print_solved(model, &solves, out);
}
