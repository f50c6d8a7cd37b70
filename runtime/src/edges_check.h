/* What the readers of edge lists share: the checks of a value, independent of where it was read. Each writes what is
 * wrong into `text` and returns false; the reader adds the place. */
#ifndef HILLOCK_EDGES_CHECK_H
#define HILLOCK_EDGES_CHECK_H

#include "hillock/edges.h"

/* value is a whole number in 0 … size-1 of the population. */
bool hil_edge_check_index(double value, const char *role, const char *population, uint64_t size, char *text,
                          size_t text_size);
/* A delay: finite and not negative. */
bool hil_edge_check_delay(double value, char *text, size_t text_size);
/* A weight: finite. */
bool hil_edge_check_weight(double value, char *text, size_t text_size);
/* The unit found for a quantity has the dimension asked for. */
bool hil_edge_check_unit(const char *what, HilUnit found, const char *found_text, HilUnit wanted,
                         const char *wanted_text, char *text, size_t text_size);
/* The request itself: sizes that 32-bit indices reach. */
bool hil_edge_check_request(const char *path, const HilEdgeRequest *request, HilError *error);
/* The unit of delays that carry none: ms. */
HilUnit hil_edge_delay_unit(void);

/* hil_edges_read_hdf5 in this process, which a damaged file may crash. */
bool hil_edges_read_hdf5_here(const char *path, const HilEdgeRequest *request, HilEdgeList *list, HilError *error);

#endif
