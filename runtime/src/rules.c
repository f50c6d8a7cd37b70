/* The table of topology rules and what they share: arguments, random numbers, distinct draws. */
#include "rules.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static bool check_nothing(const RuleCall *call, HilError *error) {
    (void)call, (void)error;
    return true;
}
static int64_t most_targets(const RuleCall *call) {
    return call->targets;
}

static const Rule rule_table[] = {
    {HIL_RULE_ALL, "dense", 0, check_nothing, rule_all_expected, most_targets, rule_all_row, NULL, NULL},
    {HIL_RULE_ONE_TO_ONE, "one_to_one", 0, rule_one_to_one_check, rule_one_to_one_expected, most_targets,
     rule_one_to_one_row, NULL, NULL},
    {HIL_RULE_PROBABILITY, "probability", 1, rule_probability_check, rule_probability_expected, most_targets,
     rule_probability_row, NULL, NULL},
    {HIL_RULE_INDEGREE, "indegree", 1, rule_indegree_check, rule_indegree_expected, rule_degree_most, NULL,
     rule_indegree_column, NULL},
    {HIL_RULE_OUTDEGREE, "outdegree", 1, rule_outdegree_check, rule_outdegree_expected, rule_degree_most,
     rule_outdegree_row, NULL, NULL},
    {HIL_RULE_TOTAL, "total", 1, rule_total_check, rule_total_expected, most_targets, NULL, NULL, rule_total_pairs},
    {HIL_RULE_RING, "ring", 1, rule_ring_check, rule_ring_expected, most_targets, rule_ring_row, NULL, NULL},
    {HIL_RULE_SMALL_WORLD, "small_world", 2, rule_small_world_check, rule_ring_expected, most_targets,
     rule_small_world_row, NULL, NULL},
};

const Rule *rule_find(int id) {
    for (size_t i = 0; i < sizeof rule_table / sizeof *rule_table; i++)
        if (rule_table[i].id == id) return &rule_table[i];
    return NULL;
}

/* ---- random numbers ---------------------------------------------------------------------------------------------- */

HilSequence rule_draws(const RuleCall *call, uint64_t entity, uint32_t purpose) {
    /* Variable numbers from 0xff00 on belong to rules; kernels' variables count from 0. */
    return hil_sequence_start(call->seed, call->stream, (uint32_t)entity, 0, (0xff00u + purpose) << 16);
}

int64_t rule_below(HilSequence *draws, int64_t bound) {
    return hil_sequence_below(draws, (uint32_t)bound);
}

void rule_distinct(RuleCall *call, HilSequence *draws, int64_t n, int64_t k, int64_t excluded, uint32_t *chosen) {
    hil_sequence_sample(draws, (uint32_t)(n - (excluded >= 0)), (uint32_t)k, chosen, call->table);
    for (int64_t i = 0; excluded >= 0 && i < k; i++) chosen[i] += chosen[i] >= (uint32_t)excluded;
}

/* ---- arguments --------------------------------------------------------------------------------------------------- */

bool rule_fail(const RuleCall *call, HilError *error, const char *format, ...) {
    char text[700];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return hil_fail(error, "connection %s%s: %s", call->name, call->place, text);
}

bool rule_count_argument(const RuleCall *call, int index, const char *name, int64_t *value, HilError *error) {
    double given = call->arguments[index];
    if (!(given >= 0) || given > 9e15 || given != floor(given))
        return rule_fail(call, error, "%s is %g; it must be a whole number, zero or more", name, given);
    *value = (int64_t)given;
    return true;
}

bool rule_probability_argument(const RuleCall *call, int index, HilError *error) {
    double p = call->arguments[index];
    return (p >= 0 && p <= 1) || rule_fail(call, error, "a probability of %g; it must lie in 0 .. 1", p);
}

bool rule_add_pair(PairList *pairs, uint32_t source, uint32_t target) {
    if (pairs->count == pairs->capacity) {
        int64_t room = pairs->capacity;
        if (!engine_grow((void **)&pairs->sources, &room, pairs->count + 1, sizeof *pairs->sources)) return false;
        if (!engine_grow((void **)&pairs->targets, &pairs->capacity, pairs->count + 1, sizeof *pairs->targets))
            return false;
    }
    pairs->sources[pairs->count] = source;
    pairs->targets[pairs->count++] = target;
    return true;
}
