/* Lists of connections from files: rows of source, target and, where given, weight and delay. In: CSV or SONATA edges
 * in HDF5, and what the model knows of the two populations. Out: arrays in SI, every index checked; or an error that
 * names the file, the row and what is wrong with it. */
#ifndef HILLOCK_EDGES_H
#define HILLOCK_EDGES_H

#include "hillock/error.h"
#include "hillock/unit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct HilEdgeRequest {
    const char *source_name, *target_name; /* populations, for the errors */
    uint64_t source_size, target_size;     /* valid indices are 0 … size-1; at most 2^32 */
    HilUnit weight_unit;                   /* of the connection's weight: its dimension is demanded of the file … */
    const char *weight_unit_text;          /* … and it is the unit of weights that carry none ("nS") */
    const char *edge_population;           /* HDF5: which of /edges/…; NULL: the only one */
    size_t limit;                          /* edges, 0: no limit but memory */
} HilEdgeRequest;

/* In the file's order. weights and delays are NULL when the file has none. */
typedef struct HilEdgeList {
    size_t count;
    uint32_t *sources, *targets;
    double *weights; /* SI */
    double *delays;  /* s, >= 0 */
} HilEdgeList;

/* By the path: ".h5" and ".hdf5" are SONATA edges, anything else CSV. false: error set, *list empty. */
bool hil_edges_read(const char *path, const HilEdgeRequest *request, HilEdgeList *list, HilError *error);

/* CSV with a header of the names source, target and optionally weight, delay, each with a unit in brackets or none
 * (then weight_unit and ms); other columns are passed over. Without a header: source, target[, weight[, delay]]. */
bool hil_edges_read_csv(const char *path, const HilEdgeRequest *request, HilEdgeList *list, HilError *error);

/* /edges/<population>/{source_node_id, target_node_id} with weights in 0/syn_weight and delays in 0/delay. An
 * attribute `units` of these is respected; without it delays are ms and weights are in weight_unit (SONATA leaves it
 * to the synapse). Row k of the errors is edge k, counted from 0 as SONATA does. Several edge groups, and edges that
 * are not in the order of their group's rows, are refused. The file is read in a child process, because the HDF5 library
 * may crash on a damaged one: that is then an error as any other. */
bool hil_edges_read_hdf5(const char *path, const HilEdgeRequest *request, HilEdgeList *list, HilError *error);

void hil_edges_free(HilEdgeList *list);

#endif
