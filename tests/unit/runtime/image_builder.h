/* Images built by hand, for tests of the engine: tables filled row by row, C functions as kernels, constants, lists and
 * scalars as host nodes with an evaluator that knows just these. */
#ifndef HILLOCK_TEST_IMAGE_BUILDER_H
#define HILLOCK_TEST_IMAGE_BUILDER_H

#include "hillock/abi.h"
#include "../../../runtime/src/simulation.h"

typedef struct ImageBuilder ImageBuilder;

ImageBuilder *builder_new(void);
void builder_free(ImageBuilder *b);

/* Row tables: copies `count` rows, returns the range. Ranges of one owner are added in one call. */
HilRange builder_rows(ImageBuilder *b, HilTableId table, const void *rows, int32_t count);
uint32_t builder_text(ImageBuilder *b, const char *text);
int32_t builder_kernel(ImageBuilder *b, const char *name, int shape, int planes, int uniforms, int events,
                       HilKernelFunction *function);

/* ---- host nodes ---- */
int32_t builder_number(ImageBuilder *b, double number);
int32_t builder_list(ImageBuilder *b, const double *numbers, int32_t count);
int32_t builder_scalar_node(ImageBuilder *b, int32_t slot);
int32_t builder_text_node(ImageBuilder *b, const char *text);
HilRange builder_kids(ImageBuilder *b, const int32_t *nodes, int32_t count);

/* ---- rows with their usual values filled in ---- */
HilUse builder_use(ImageBuilder *b, int32_t kernel, const HilPlaneRef *planes, int32_t plane_count,
                   const int32_t *slots, int32_t slot_count);
/* A range of one use. */
HilRange builder_one_use(ImageBuilder *b, int32_t kernel, const HilPlaneRef *planes, int32_t plane_count,
                         const int32_t *slots, int32_t slot_count);
HilPlane builder_plane(ImageBuilder *b, const char *name, int role, int flags);
HilScalar builder_scalar(ImageBuilder *b, const char *name, int role, int32_t node);
HilEvent builder_event(ImageBuilder *b, const char *name, int flags, int condition, int32_t handler);
HilPopulation builder_population(ImageBuilder *b, const char *name, double size);
HilProjection builder_projection(ImageBuilder *b, const char *name, int32_t source, int32_t target, int rule);

static inline HilPlaneRef of_population(int32_t population, int32_t plane) {
    return (HilPlaneRef){HIL_OWNER_POPULATION, population, plane};
}
static inline HilPlaneRef of_projection(int32_t projection, int32_t plane) {
    return (HilPlaneRef){HIL_OWNER_PROJECTION, projection, plane};
}

/* ---- finished ---- */
const HilImage *builder_image(ImageBuilder *b); /* the builder's; the same until rows are added, then simulations of it must be gone */
HilKernelFunction *const *builder_functions(const ImageBuilder *b);
/* A simulation of network 0 (and program 0 when there is one) with the builder's evaluator. Fails the test on error. */
HilSimulation *builder_simulation(ImageBuilder *b, const HilSettings *settings);
HilEvaluator builder_evaluator(ImageBuilder *b, HilSimulation *simulation);

#endif
