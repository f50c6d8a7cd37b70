/* Topology rules: which cell connects to which. In: the sizes of the two sides (views of populations), the rule's
 * arguments, a seed. Out: target positions of each source, or pairs of positions.
 * Kept true: what a rule draws for one source (or target) depends on (seed, stream, that cell) alone, so rows may be
 * made in any order. A rule is a row of rule_table and its functions; nothing else knows it. */
#ifndef HILLOCK_RULES_H
#define HILLOCK_RULES_H

#include "engine.h"
#include "hillock/random.h"

typedef struct RuleCall {
    const char *name, *place; /* of the projection, for messages */
    const char *source_name, *target_name;
    int64_t sources, targets; /* positions: members of the views */
    const int64_t *self;      /* [sources]: target position of the same cell, -1: none; NULL: the sides share no cell */
    const int64_t
        *self_source; /* [targets]: the same of sources, for columns; -1: none, or self connections are allowed */
    bool multapses, forbid_self;
    double arguments[4];
    int argument_count;
    const char *path;         /* HIL_RULE_EDGES */
    uint64_t seed;
    uint32_t stream;
    uint32_t *marks;          /* scratch: [max(sources, targets)], all below `mark` */
    uint32_t mark;
    uint32_t *table;          /* scratch of hil_sequence_sample for as many as the degree */
} RuleCall;

typedef struct PairList {
    uint32_t *sources, *targets; /* positions */
    double *weights, *delays;    /* of an edge list that has them; else NULL */
    int64_t count, capacity;
} PairList;

typedef struct Rule {
    int id;
    const char *name;
    int arguments;
    bool (*check)(const RuleCall *call, HilError *error);
    double (*expected)(const RuleCall *call); /* number of synapses; NULL: known only when made */
    /* Most targets one source may have; then the targets of one source, ascending or not: how many. */
    int64_t (*most)(const RuleCall *call);
    int64_t (*row)(RuleCall *call, int64_t source, uint32_t *targets);
    /* Instead of rows: the sources of one target, `most` of them, in any order. */
    void (*column)(RuleCall *call, int64_t target, uint32_t *sources);
    /* Instead of either: all pairs at once, in the rule's own order. */
    bool (*pairs)(RuleCall *call, PairList *pairs, HilError *error);
} Rule;

const Rule *rule_find(int id); /* NULL: none */

/* ---- drawing (rules.c) ---- */
HilSequence rule_draws(const RuleCall *call, uint64_t entity, uint32_t purpose);
int64_t rule_below(HilSequence *draws, int64_t bound); /* 0 … bound-1, each as likely as the others */
/* k different numbers of 0 … n-1 without `excluded` (-1: none), ascending, each set as likely as the others. */
void rule_distinct(RuleCall *call, HilSequence *draws, int64_t n, int64_t k, int64_t excluded, uint32_t *chosen);
bool rule_fail(const RuleCall *call, HilError *error, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A whole number >= 0 among the arguments, named for the message. */
bool rule_count_argument(const RuleCall *call, int index, const char *name, int64_t *value, HilError *error);
bool rule_probability_argument(const RuleCall *call, int index, HilError *error);
bool rule_add_pair(PairList *pairs, uint32_t source, uint32_t target);

/* rules_random.c */
bool rule_probability_check(const RuleCall *call, HilError *error);
double rule_probability_expected(const RuleCall *call);
int64_t rule_probability_row(RuleCall *call, int64_t source, uint32_t *targets);
bool rule_outdegree_check(const RuleCall *call, HilError *error);
double rule_outdegree_expected(const RuleCall *call);
int64_t rule_degree_most(const RuleCall *call);
int64_t rule_outdegree_row(RuleCall *call, int64_t source, uint32_t *targets);
bool rule_indegree_check(const RuleCall *call, HilError *error);
double rule_indegree_expected(const RuleCall *call);
void rule_indegree_column(RuleCall *call, int64_t target, uint32_t *sources);
bool rule_total_check(const RuleCall *call, HilError *error);
double rule_total_expected(const RuleCall *call);
bool rule_total_pairs(RuleCall *call, PairList *pairs, HilError *error);
/* rules_regular.c */
double rule_all_expected(const RuleCall *call);
int64_t rule_all_row(RuleCall *call, int64_t source, uint32_t *targets);
bool rule_one_to_one_check(const RuleCall *call, HilError *error);
double rule_one_to_one_expected(const RuleCall *call);
int64_t rule_one_to_one_row(RuleCall *call, int64_t source, uint32_t *targets);
bool rule_ring_check(const RuleCall *call, HilError *error);
double rule_ring_expected(const RuleCall *call);
int64_t rule_ring_row(RuleCall *call, int64_t source, uint32_t *targets);
bool rule_small_world_check(const RuleCall *call, HilError *error);
int64_t rule_small_world_row(RuleCall *call, int64_t source, uint32_t *targets);

#endif
