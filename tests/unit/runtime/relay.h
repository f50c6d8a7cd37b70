/* A network for tests of the engine whose every number can be told by hand. Cells are relays: V += I, a spike when V
 * reaches theta, the handler sets V to zero. A drive adds `drive_amount` to I of chosen cells at chosen times.
 * Delivery: trail = trail*10 + digit of the source (so the order shows), I += w. */
#ifndef HILLOCK_TEST_RELAY_H
#define HILLOCK_TEST_RELAY_H

#include "image_builder.h"

#define RELAY_DT 1e-3

enum { RELAY_V, RELAY_I, RELAY_TRAIL, RELAY_LATE, RELAY_PLANES };       /* planes of a population */
enum { SYNAPSE_W, SYNAPSE_DELAY, SYNAPSE_PLANES };                      /* planes of a projection */
enum { SLOT_DT, SLOT_DELAY, SLOT_THETA, SLOT_AFTER, RELAY_SLOTS };      /* "net.delay", "net.theta", "net.after" */

typedef struct RelayProjection {
    const char *name;
    int32_t source, target;
    int rule, flags;
    double arguments[2];
    int argument_count;
    int delay_kind;      /* SLOT: net.delay; PLANE: ((source*3 + target*5) % delay_span) steps */
    const char *path;    /* edges */
    const double *source_view, *target_view;
    int source_count, target_count;
    int source_event;    /* 0: spike; 1: late */
    double weight;       /* 0: 0.25*(1 + (source + 2*target) % 3) */
    bool by_kernel;      /* rule_use: targets with (source + target) % 3 == 0 */
    bool later;          /* PLANE: three steps later */
    bool bare;           /* synapses without planes, all of weight 1; not with PLANE */
    bool by_target;      /* with use_edges: threads share the edges out, I += w*V/(3 + source) */
    bool from_odd;       /* source_view: the odd cells of population 0 whose V is what init gave, by a condition */
} RelayProjection;

typedef struct RelayNetwork {
    int32_t populations, projections;
    double sizes[4];
    const RelayProjection *projection;
    const double *drive_times, *drive_cells; /* of population 0; cells NULL: all */
    int drive_time_count, drive_cell_count;
    double drive_amount, drive_every; /* every > 0: instead of times */
    double delay, theta, after;
    bool timed;          /* event `late`, `after` seconds after the spike; its handler adds 1 to LATE */
    bool use_edges;      /* the projections also have a continuous kernel: I += V of the source */
    bool grows;          /* V doubles each step instead (to overflow) */
    bool judged;         /* the step, as if forward Euler solved V' = after*V */
    const HilRecorder *recorders; /* of program 0; populations' names are P0 … */
    int recorder_count;
    int record_views;    /* first number of cells that recorders' views hold, 0: all */
    double record_every; /* s, 0: each step */
    double record_from, record_to; /* s, 0: no limit */
    bool stimulus;       /* program 0's stimulus: I += the program's scalar "amount" (slot RELAY_SLOTS) */
} RelayNetwork;

ImageBuilder *relay_build(const RelayNetwork *network);
/* Built with dt = RELAY_DT and run; fails the test on any error. */
HilSimulation *relay_run(ImageBuilder *b, int threads, double duration);
HilRecorder relay_spikes_recorder(int32_t population, int32_t event);
HilRecorder relay_plane_recorder(int32_t population, int32_t plane);
double relay_value(const HilSimulation *s, int32_t population, int32_t plane, int64_t lane);
double relay_weight(uint32_t source, uint32_t target);
unsigned relay_delay(uint32_t source, uint32_t target); /* steps */

#endif
