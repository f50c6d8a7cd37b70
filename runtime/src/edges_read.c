/* Picks the reader of an edge list by the ending of its path. */
#include "hillock/edges.h"

#include <string.h>

bool hil_edges_read(const char *path, const HilEdgeRequest *request, HilEdgeList *list, HilError *error)
{
    const char *dot = strrchr(path, '.');
    if (dot && (strcmp(dot, ".h5") == 0 || strcmp(dot, ".hdf5") == 0))
        return hil_edges_read_hdf5(path, request, list, error);
    return hil_edges_read_csv(path, request, list, error);
}
