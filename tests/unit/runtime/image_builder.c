/* See image_builder.h. Memory is freed with the builder; running out of it aborts the test. */
#include "image_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODE_NUMBER, NODE_LIST, NODE_SCALAR, NODE_TEXT };

typedef struct Table {
    char *bytes;
    size_t count, capacity, row_bytes;
} Table;

struct ImageBuilder {
    Table tables[HIL_TABLE_COUNT];
    HilKernelFunction **functions;
    size_t kernels;
    char *image;
    bool stale; /* rows were added since the image was made */
    HilSimulation *simulation; /* whose scalars nodes read */
};

static void *must(void *block) {
    if (!block) abort();
    return block;
}

ImageBuilder *builder_new(void) {
    ImageBuilder *b = must(calloc(1, sizeof *b));
    for (int t = 0; t < HIL_TABLE_COUNT; t++) b->tables[t].row_bytes = hil_row_bytes((HilTableId)t);
    builder_text(b, "");
    return b;
}

void builder_free(ImageBuilder *b) {
    for (int t = 0; t < HIL_TABLE_COUNT; t++) free(b->tables[t].bytes);
    free(b->functions);
    free(b->image);
    free(b);
}

HilRange builder_rows(ImageBuilder *b, HilTableId id, const void *rows, int32_t count) {
    Table *t = &b->tables[id];
    size_t needed = t->count + (size_t)count;
    if (needed > t->capacity) {
        t->capacity = needed * 2;
        t->bytes = must(realloc(t->bytes, t->capacity * t->row_bytes));
    }
    if (count) memcpy(t->bytes + t->count * t->row_bytes, rows, (size_t)count * t->row_bytes);
    HilRange range = {(int32_t)t->count, count};
    t->count = needed;
    b->stale = true;
    return range;
}

uint32_t builder_text(ImageBuilder *b, const char *text) {
    return (uint32_t)builder_rows(b, HIL_TEXT, text, (int32_t)strlen(text) + 1).first;
}

int32_t builder_kernel(ImageBuilder *b, const char *name, int shape, int planes, int uniforms, int events,
                       HilKernelFunction *function) {
    HilKernelRow row = {builder_text(b, name), (uint16_t)shape, (uint16_t)planes, (uint16_t)uniforms,
                        (uint16_t)events};
    size_t first = b->kernels * HIL_LEVEL_COUNT;
    b->functions = must(realloc(b->functions, (first + HIL_LEVEL_COUNT) * sizeof *b->functions));
    for (int level = 0; level < HIL_LEVEL_COUNT; level++) b->functions[first + (size_t)level] = NULL;
    b->functions[first + HIL_LEVEL_BASE] = function;
    b->kernels++;
    return builder_rows(b, HIL_KERNELS, &row, 1).first;
}

/* ---- host nodes -------------------------------------------------------------------------------------------------- */

static int32_t add_node(ImageBuilder *b, HilNode node) {
    return builder_rows(b, HIL_NODES, &node, 1).first;
}
int32_t builder_number(ImageBuilder *b, double number) {
    return add_node(b, (HilNode){.op = NODE_NUMBER, .number = number});
}
int32_t builder_scalar_node(ImageBuilder *b, int32_t slot) {
    return add_node(b, (HilNode){.op = NODE_SCALAR, .index = slot});
}
int32_t builder_text_node(ImageBuilder *b, const char *text) {
    return add_node(b, (HilNode){.op = NODE_TEXT, .text = builder_text(b, text)});
}
HilRange builder_kids(ImageBuilder *b, const int32_t *nodes, int32_t count) {
    return builder_rows(b, HIL_KIDS, nodes, count);
}
int32_t builder_list(ImageBuilder *b, const double *numbers, int32_t count) {
    int32_t *nodes = must(calloc((size_t)count + 1, sizeof *nodes));
    for (int32_t i = 0; i < count; i++) nodes[i] = builder_number(b, numbers[i]);
    HilRange kids = builder_kids(b, nodes, count);
    free(nodes);
    return add_node(b, (HilNode){.op = NODE_LIST, .kids = kids});
}

static bool evaluate_number(void *context, int32_t index, double *value, HilError *error) {
    ImageBuilder *b = context;
    const HilNode *node = hil_row((const HilImage *)b->image, HIL_NODES, HilNode, index);
    if (node->op == NODE_NUMBER) *value = node->number;
    else if (node->op == NODE_SCALAR) *value = hil_simulation_scalars(b->simulation)[node->index];
    else return hil_fail(error, "node %d is no number", index);
    return true;
}

static bool evaluate_list(void *context, int32_t index, double **values, int64_t *count, HilError *error) {
    ImageBuilder *b = context;
    const HilImage *image = (const HilImage *)b->image;
    const HilNode *node = hil_row(image, HIL_NODES, HilNode, index);
    *count = node->op == NODE_LIST ? node->kids.count : 1;
    *values = must(calloc((size_t)*count + 1, sizeof **values));
    if (node->op != NODE_LIST) return evaluate_number(context, index, *values, error);
    for (int64_t i = 0; i < *count; i++)
        if (!evaluate_number(context, *hil_row(image, HIL_KIDS, int32_t, node->kids.first + i), &(*values)[i], error))
            return false;
    return true;
}

static bool evaluate_text(void *context, int32_t index, const char **text, HilError *error) {
    ImageBuilder *b = context;
    const HilImage *image = (const HilImage *)b->image;
    const HilNode *node = hil_row(image, HIL_NODES, HilNode, index);
    if (node->op != NODE_TEXT) return hil_fail(error, "node %d is no text", index);
    *text = hil_text(image, node->text);
    return true;
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

HilUse builder_use(ImageBuilder *b, int32_t kernel, const HilPlaneRef *planes, int32_t plane_count,
                   const int32_t *slots, int32_t slot_count) {
    HilRange refs = builder_rows(b, HIL_PLANE_REFS, planes, plane_count);
    HilRange uniforms = builder_rows(b, HIL_SLOTS, slots, slot_count);
    return (HilUse){.kernel = kernel, .planes = refs, .uniforms = uniforms, .stream = 1 + (uint32_t)kernel};
}

HilRange builder_one_use(ImageBuilder *b, int32_t kernel, const HilPlaneRef *planes, int32_t plane_count,
                         const int32_t *slots, int32_t slot_count) {
    HilUse use = builder_use(b, kernel, planes, plane_count, slots, slot_count);
    return builder_rows(b, HIL_USES, &use, 1);
}

HilPlane builder_plane(ImageBuilder *b, const char *name, int role, int flags) {
    return (HilPlane){.name = builder_text(b, name), .storage = HIL_F64, .role = (uint8_t)role,
                      .flags = (uint8_t)flags, .scale = 1, .line = 3, .equation_line = 7};
}

HilScalar builder_scalar(ImageBuilder *b, const char *name, int role, int32_t node) {
    return (HilScalar){.name = builder_text(b, name), .role = (uint8_t)role, .scale = 1, .node = node};
}

HilEvent builder_event(ImageBuilder *b, const char *name, int flags, int condition, int32_t handler) {
    return (HilEvent){.name = builder_text(b, name), .flags = flags, .condition = condition, .handler = handler,
                      .after_event = -1, .delay_slot = -1};
}

HilPopulation builder_population(ImageBuilder *b, const char *name, double size) {
    return (HilPopulation){.name = builder_text(b, name), .size = builder_number(b, size), .layout = -1, .line = 11};
}

HilProjection builder_projection(ImageBuilder *b, const char *name, int32_t source, int32_t target, int rule) {
    return (HilProjection){.name = builder_text(b, name), .line = 12, .source = source, .target = target,
                           .source_view = -1, .target_view = -1, .rule = rule, .rule_use = -1, .deliver = -1,
                           .delay_kind = HIL_DELAY_NONE, .delay = -1};
}

/* ---- finished ---------------------------------------------------------------------------------------------------- */

const HilImage *builder_image(ImageBuilder *b) {
    if (b->image && !b->stale) return (const HilImage *)b->image;
    HilImage header = {.magic = HIL_MAGIC, .abi_version = HIL_ABI_VERSION, .precision_bits = 64};
    header.source_path = builder_text(b, "test.hil");
    size_t bytes = (sizeof header + 15) / 16 * 16;
    for (int t = 0; t < HIL_TABLE_COUNT; t++) {
        header.tables[t] = (HilTable){bytes, (uint32_t)b->tables[t].count, (uint32_t)b->tables[t].row_bytes};
        bytes += (b->tables[t].count * b->tables[t].row_bytes + 15) / 16 * 16;
    }
    header.bytes = bytes;
    free(b->image);
    b->image = must(calloc(1, bytes));
    memcpy(b->image, &header, sizeof header);
    for (int t = 0; t < HIL_TABLE_COUNT; t++)
        if (b->tables[t].count)
            memcpy(b->image + header.tables[t].offset, b->tables[t].bytes, b->tables[t].count * b->tables[t].row_bytes);
    b->stale = false;
    return (const HilImage *)b->image;
}

HilKernelFunction *const *builder_functions(const ImageBuilder *b) {
    return b->functions;
}

HilEvaluator builder_evaluator(ImageBuilder *b, HilSimulation *simulation) {
    b->simulation = simulation;
    return (HilEvaluator){.context = b, .number = evaluate_number, .list = evaluate_list, .text = evaluate_text};
}

HilSimulation *builder_simulation(ImageBuilder *b, const HilSettings *settings) {
    HilError error = {{0}};
    const HilImage *image = builder_image(b);
    HilSimulation *s = hil_simulation_new(image, b->functions, 0, b->tables[HIL_PROGRAMS].count ? 0 : -1, settings,
                                          &error);
    if (!s) {
        fprintf(stderr, "%s\n", error.text);
        abort(); /* in a test: its failure; the benchmarks use this too */
    }
    HilEvaluator evaluator = builder_evaluator(b, s);
    hil_simulation_set_evaluator(s, &evaluator);
    return s;
}
