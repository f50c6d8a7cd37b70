/* Rules without dice, and the small world that begins as one: dense, one_to_one, ring, small_world. */
#include "rules.h"

static int64_t self_of(const RuleCall *call, int64_t source) {
    return call->self && call->forbid_self ? call->self[source] : -1;
}

static double self_pairs(const RuleCall *call) {
    double pairs = 0;
    for (int64_t i = 0; call->self && call->forbid_self && i < call->sources; i++) pairs += call->self[i] >= 0;
    return pairs;
}

double rule_all_expected(const RuleCall *call) {
    return (double)call->sources * (double)call->targets - self_pairs(call);
}

int64_t rule_all_row(RuleCall *call, int64_t source, uint32_t *targets) {
    int64_t self = self_of(call, source), count = 0;
    for (int64_t t = 0; t < call->targets; t++)
        if (t != self) targets[count++] = (uint32_t)t;
    return count;
}

static bool equal_sizes(const RuleCall *call, const char *rule, HilError *error) {
    if (call->sources == call->targets) return true;
    return rule_fail(call, error, "%s needs equal sizes, but %s has %lld cells and %s has %lld", rule, call->source_name,
                     (long long)call->sources, call->target_name, (long long)call->targets);
}

bool rule_one_to_one_check(const RuleCall *call, HilError *error) {
    return equal_sizes(call, "one_to_one", error);
}

double rule_one_to_one_expected(const RuleCall *call) {
    return (double)call->sources;
}

/* Pairing cells with their like is what one_to_one asks for, so self connections are no question here. */
int64_t rule_one_to_one_row(RuleCall *call, int64_t source, uint32_t *targets) {
    (void)call;
    targets[0] = (uint32_t)source;
    return 1;
}

/* ---- rings ------------------------------------------------------------------------------------------------------- */

bool rule_ring_check(const RuleCall *call, HilError *error) {
    int64_t k;
    if (!rule_count_argument(call, 0, "the number of neighbours", &k, error)) return false;
    if (!equal_sizes(call, "a ring", error)) return false;
    if (call->sources == 0 || 2 * k < call->sources) return true;
    return rule_fail(call, error, "%lld neighbours on each side need more than %lld cells; %s has %lld", (long long)k,
                     (long long)(2 * k), call->source_name, (long long)call->sources);
}

double rule_ring_expected(const RuleCall *call) {
    return (double)call->sources * 2 * call->arguments[0];
}

int64_t rule_ring_row(RuleCall *call, int64_t source, uint32_t *targets) {
    int64_t k = (int64_t)call->arguments[0], n = call->targets, count = 0;
    for (int64_t d = -k; d <= k; d++)
        if (d != 0) targets[count++] = (uint32_t)((source + d + n) % n);
    return count;
}

bool rule_small_world_check(const RuleCall *call, HilError *error) {
    return rule_ring_check(call, error) && rule_probability_argument(call, 1, error);
}

/* Watts & Strogatz 1998, directed: each connection of the ring keeps its source and moves, with the given probability,
 * to a target drawn among those that the source does not have yet and that are not itself. */
int64_t rule_small_world_row(RuleCall *call, int64_t source, uint32_t *targets) {
    int64_t count = rule_ring_row(call, source, targets), n = call->targets;
    HilSequence draws = rule_draws(call, (uint64_t)source, HIL_RULE_SMALL_WORLD);
    call->mark++;
    call->marks[source] = call->mark;
    for (int64_t i = 0; i < count; i++) call->marks[targets[i]] = call->mark;
    bool room = count + 1 < n;
    for (int64_t i = 0; room && i < count; i++) {
        if (hil_sequence_uniform(&draws) >= call->arguments[1]) continue;
        int64_t drawn = rule_below(&draws, n);
        while (call->marks[drawn] == call->mark) drawn = rule_below(&draws, n);
        call->marks[targets[i]] = 0;
        call->marks[drawn] = call->mark;
        targets[i] = (uint32_t)drawn;
    }
    return count;
}
