/* Rules that draw: probability, indegree, outdegree, total. Every set of pairs that a rule allows is as likely as any
 * other of its probability; draws are keyed by the cell that owns them (total: by the projection). */
#include "rules.h"
#include "hillock/math.h"

#include <math.h>
#include <stdlib.h>

static int64_t self_of(const RuleCall *call, int64_t source) {
    return call->self && call->forbid_self ? call->self[source] : -1;
}

/* ---- probability ------------------------------------------------------------------------------------------------- */

bool rule_probability_check(const RuleCall *call, HilError *error) { return rule_probability_argument(call, 0, error); }

double rule_probability_expected(const RuleCall *call) {
    return call->arguments[0] * (double)call->sources * (double)call->targets;
}

enum { MOST_SKIPS = 128 };

/* The gaps between successes of independent trials are geometric: a row costs as many draws as it has targets. */
int64_t rule_probability_row(RuleCall *call, int64_t source, uint32_t *targets) {
    double p = call->arguments[0];
    int64_t self = self_of(call, source), count = 0;
    if (p <= 0) return 0;
    if (p >= 1) {
        for (int64_t t = 0; t < call->targets; t++)
            if (t != self) targets[count++] = (uint32_t)t;
        return count;
    }
    HilSequence draws = rule_draws(call, (uint64_t)source, HIL_RULE_PROBABILITY);
    double log_failure = hil_math_log1p(-p), mean = p * (double)call->targets;
    uint32_t skips[MOST_SKIPS], wanted = MOST_SKIPS;
    /* Most rows end within the first of these. */
    if (mean < MOST_SKIPS / 2) wanted = ((uint32_t)(mean + 2 * sqrt(mean)) / HIL_SKIPS + 1) * HIL_SKIPS;
    for (int64_t t = 0;;) {
        hil_sequence_skips(&draws, log_failure, (uint32_t)call->targets, skips, wanted);
        for (uint32_t i = 0; i < wanted; i++) {
            t += skips[i];
            if (t >= call->targets) return count;
            targets[count] = (uint32_t)t;
            count += t != self;
            t++;
        }
    }
}

/* ---- fixed degrees ----------------------------------------------------------------------------------------------- */

/* Can every cell have k partners among n, one of them itself if `shared`? */
static bool check_degree(const RuleCall *call, const char *what, int64_t n, const char *of, HilError *error) {
    int64_t k;
    if (!rule_count_argument(call, 0, what, &k, error)) return false;
    bool excluded = false;
    for (int64_t i = 0; call->self && call->forbid_self && i < call->sources; i++) excluded |= call->self[i] >= 0;
    int64_t candidates = n - excluded;
    if (call->sources == 0 || call->targets == 0) return k == 0 || rule_fail(call, error, "%s has no cells", of);
    if (candidates <= 0 && k > 0) return rule_fail(call, error, "%s has no cell but the own one to connect to", of);
    if (call->multapses) {
        if (k <= UINT32_MAX) return true;
        return rule_fail(call, error, "%s %lld is out of range", what, (long long)k);
    }
    if (k <= candidates) return true;
    return rule_fail(call, error, "%s %lld needs as many different partners, but %s offers %lld%s", what, (long long)k,
                     of, (long long)candidates, excluded ? " besides the cell itself" : "");
}

bool rule_outdegree_check(const RuleCall *call, HilError *error) {
    return check_degree(call, "outdegree", call->targets, call->target_name, error);
}
bool rule_indegree_check(const RuleCall *call, HilError *error) {
    return check_degree(call, "indegree", call->sources, call->source_name, error);
}
double rule_outdegree_expected(const RuleCall *call) { return (double)call->sources * call->arguments[0]; }
double rule_indegree_expected(const RuleCall *call) { return (double)call->targets * call->arguments[0]; }
int64_t rule_degree_most(const RuleCall *call) { return (int64_t)call->arguments[0]; }

static void draw_partners(RuleCall *call, HilSequence *draws, int64_t n, int64_t k, int64_t excluded,
                          uint32_t *chosen) {
    if (!call->multapses) {
        rule_distinct(call, draws, n, k, excluded, chosen);
        return;
    }
    for (int64_t i = 0; i < k; i++) {
        int64_t drawn = rule_below(draws, n - (excluded >= 0));
        chosen[i] = (uint32_t)(excluded >= 0 && drawn >= excluded ? drawn + 1 : drawn);
    }
}

int64_t rule_outdegree_row(RuleCall *call, int64_t source, uint32_t *targets) {
    int64_t k = (int64_t)call->arguments[0];
    HilSequence draws = rule_draws(call, (uint64_t)source, HIL_RULE_OUTDEGREE);
    draw_partners(call, &draws, call->targets, k, self_of(call, source), targets);
    return k;
}

void rule_indegree_column(RuleCall *call, int64_t target, uint32_t *sources) {
    HilSequence draws = rule_draws(call, (uint64_t)target, HIL_RULE_INDEGREE);
    draw_partners(call, &draws, call->sources, (int64_t)call->arguments[0], call->self_source[target], sources);
}

/* ---- a total number ---------------------------------------------------------------------------------------------- */

static double allowed_pairs(const RuleCall *call) {
    double pairs = (double)call->sources * (double)call->targets;
    for (int64_t i = 0; call->self && call->forbid_self && i < call->sources; i++) pairs -= call->self[i] >= 0;
    return pairs;
}

bool rule_total_check(const RuleCall *call, HilError *error) {
    int64_t n;
    if (!rule_count_argument(call, 0, "the total", &n, error)) return false;
    double allowed = allowed_pairs(call);
    if (n == 0 || (double)n <= (call->multapses ? allowed * 4e9 : allowed)) return true;
    return rule_fail(call, error, "%lld synapses in all, but only %.0f different pairs of cells exist", (long long)n,
                     allowed);
}

double rule_total_expected(const RuleCall *call) { return call->arguments[0]; }

static int compare_codes(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void draw_codes(const RuleCall *call, HilSequence *draws, uint64_t *codes, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        int64_t source, target;
        do {
            source = rule_below(draws, call->sources);
            target = rule_below(draws, call->targets);
        } while (call->forbid_self && call->self && call->self[source] == target);
        codes[i] = (uint64_t)source << 32 | (uint64_t)target;
    }
}

/* `wanted` different codes: what is missing after duplicates fell out is drawn again. Drawing one by one and refusing
 * what is there already would give the same distribution. */
static void draw_distinct(const RuleCall *call, HilSequence *draws, uint64_t *codes, int64_t wanted) {
    int64_t have = 0;
    while (have < wanted) {
        draw_codes(call, draws, codes + have, wanted - have);
        qsort(codes, (size_t)wanted, sizeof *codes, compare_codes);
        have = 0;
        for (int64_t i = 0; i < wanted; i++)
            if (i == 0 || codes[i] != codes[i - 1]) codes[have++] = codes[i];
    }
}

/* More than half of all pairs: those left out are drawn instead. */
static bool complement(const RuleCall *call, const uint64_t *codes, int64_t count, PairList *pairs) {
    int64_t next = 0;
    for (int64_t source = 0; source < call->sources; source++) {
        for (int64_t target = 0; target < call->targets; target++) {
            if (call->forbid_self && call->self && call->self[source] == target) continue;
            if (next < count && codes[next] == ((uint64_t)source << 32 | (uint64_t)target))
                next++;
            else if (!rule_add_pair(pairs, (uint32_t)source, (uint32_t)target))
                return false;
        }
    }
    return true;
}

bool rule_total_pairs(RuleCall *call, PairList *pairs, HilError *error) {
    int64_t total = (int64_t)call->arguments[0], allowed = (int64_t)allowed_pairs(call);
    bool inverted = !call->multapses && total > allowed / 2;
    int64_t drawn = inverted ? allowed - total : total;
    uint64_t *codes = malloc(((size_t)drawn + 1) * sizeof *codes);
    if (!codes) return rule_fail(call, error, "out of memory");
    HilSequence draws = rule_draws(call, 0, HIL_RULE_TOTAL);
    if (call->multapses)
        draw_codes(call, &draws, codes, drawn);
    else
        draw_distinct(call, &draws, codes, drawn);
    bool good = true;
    if (inverted) good = complement(call, codes, drawn, pairs);
    for (int64_t i = 0; !inverted && good && i < drawn; i++)
        good = rule_add_pair(pairs, (uint32_t)(codes[i] >> 32), (uint32_t)codes[i]);
    free(codes);
    return good || rule_fail(call, error, "out of memory");
}
