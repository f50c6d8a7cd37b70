/* Draws of host programs, and layouts. Kept true: a number depends on the seed, the program, the draw's own number and
 * how often it was made in this run of the program; a layout on the seed, its own number and the cell. */
#include "host_internal.h"

#include "hillock/math.h"
#include "hillock/random.h"

#include <math.h>
#include <string.h>

enum { DRAW_LIMIT = 1 << 20 };
static const uint32_t HOST_STREAM = 0x686f7374; /* "host" */
static const uint32_t LAYOUT_STREAM = 0x6c61796f;
static const double TWO_PI = 6.28318530717958647693;

static bool next_words(HilHost *host, const HilNode *node, uint32_t words[4]) {
    HostFrame *frame = host->frame;
    if (node->index < 0 || node->index >= DRAW_LIMIT)
        return host_fail(host, "there is no draw number %d", node->index);
    while (frame->draw_count <= node->index) {
        int capacity = frame->draw_count;
        if (!host_grow(host, &frame->draws, frame->draw_count, &capacity, sizeof *frame->draws))
            return false;
        memset(frame->draws + frame->draw_count, 0, (size_t)(capacity - frame->draw_count) * sizeof *frame->draws);
        frame->draw_count = capacity;
    }
    uint64_t made = frame->draws[node->index]++;
    hil_random_words(frame->seed, HOST_STREAM, (uint32_t)node->index, (uint32_t)(frame->program + 1),
                     (uint32_t)(made >> 32), made & 0xffffffffu, words);
    return true;
}

static bool op_draw(HilHost *host, const HilNode *node, const HilValue *a, int count, HilValue *value) {
    double x[2] = {0, 0}, y;
    uint32_t words[4];
    for (int k = 0; k < count; k++) {
        if (a[k].kind == HIL_KIND_MISSING)
            return true;
        if (!host_number_of(host, a[k], &x[k]))
            return false;
    }
    if (!next_words(host, node, words))
        return false;
    double u = hil_random_uniform(words[0], words[1]), v = hil_random_uniform(words[2], words[3]);
    switch (node->op) {
    case HIL_HOST_DRAW_UNIFORM: y = hil_uniform_between(u, x[0], x[1]); break;
    case HIL_HOST_DRAW_NORMAL: y = hil_normal(u, v, x[0], x[1]); break;
    case HIL_HOST_DRAW_EXPONENTIAL: y = hil_exponential(u, x[0]); break;
    case HIL_HOST_DRAW_LOGNORMAL: y = hil_lognormal(u, v, x[0], x[1]); break;
    case HIL_HOST_DRAW_POISSON: y = hil_poisson(u, x[0]); break;
    default: y = hil_binomial(u, x[0], x[1]); break;
    }
    *value = hil_value_number(y);
    return true;
}

/* Two blocks of uniforms of one cell: u[0..3]. */
static void cell_uniforms(HilHost *host, const HilNode *node, size_t cell, double u[4]) {
    for (uint32_t block = 0; block < 2; block++) {
        uint32_t words[4];
        hil_random_words(host->frame->seed, LAYOUT_STREAM, (uint32_t)cell, 0,
                         ((uint32_t)node->index << 16) + block, 0, words);
        u[2 * block] = hil_random_uniform(words[0], words[1]);
        u[2 * block + 1] = hil_random_uniform(words[2], words[3]);
    }
}

static void place_cell(HilHost *host, const HilNode *node, const double *x, size_t k, double *at) {
    double u[4], n = x[0], radius, angle, height;
    at[0] = at[1] = at[2] = 0;
    switch (node->op) {
    case HIL_HOST_LAYOUT_LINE: at[0] = n > 1 ? x[1] * ((double)k / (n - 1)) : 0; return;
    case HIL_HOST_LAYOUT_GRID: {
        size_t columns = (size_t)x[1];
        at[0] = x[2] * (double)(k % columns);
        at[1] = x[2] * (double)(k / columns);
        return;
    }
    case HIL_HOST_LAYOUT_RING:
        angle = TWO_PI * ((double)k / n);
        at[0] = x[1] * hil_math_cos(angle);
        at[1] = x[1] * hil_math_sin(angle);
        return;
    case HIL_HOST_LAYOUT_BOX:
        cell_uniforms(host, node, k, u);
        for (int axis = 0; axis < 3; axis++)
            at[axis] = x[1 + axis] * u[axis];
        return;
    case HIL_HOST_LAYOUT_DISC:
        cell_uniforms(host, node, k, u);
        radius = x[1] * sqrt(u[0]);
        at[0] = radius * hil_math_cos(TWO_PI * u[1]);
        at[1] = radius * hil_math_sin(TWO_PI * u[1]);
        return;
    default: /* a ball: evenly in height and angle on the sphere (Archimedes), cube root in depth */
        cell_uniforms(host, node, k, u);
        height = 2 * u[0] - 1;
        radius = x[1] * hil_math_pow(u[2], 1.0 / 3);
        at[0] = radius * sqrt(fmax(0, 1 - height * height)) * hil_math_cos(TWO_PI * u[1]);
        at[1] = radius * sqrt(fmax(0, 1 - height * height)) * hil_math_sin(TWO_PI * u[1]);
        at[2] = radius * height;
        return;
    }
}

static bool op_layout(HilHost *host, const HilNode *node, const HilValue *a, int count, HilValue *value) {
    double x[4] = {0, 0, 0, 0}, *at;
    for (int k = 0; k < count; k++) {
        if (!host_number_of(host, a[k], &x[k]))
            return false;
        if (!(x[k] >= 0) || !isfinite(x[k]))
            return host_fail(host, "`%s` with %g", hil_host_op_name(node->op), x[k]);
    }
    if (x[0] != floor(x[0]) || x[0] > (double)HIL_VALUE_LIMIT / 3)
        return host_fail(host, "positions for %g cells", x[0]);
    if (node->op == HIL_HOST_LAYOUT_GRID && !(x[1] >= 1 && x[1] <= 1e9))
        return host_fail(host, "a grid of %g columns", x[1]);
    if (!hil_value_numbers_new(host->pool, 3 * (size_t)x[0], value, &at, host->error))
        return false;
    for (size_t k = 0; k < (size_t)x[0]; k++)
        place_cell(host, node, x, k, at + 3 * k);
    return true;
}

bool host_draw_op(HilHost *host, const HilNode *node, const HilValue *a, int count, HilValue *value, bool *mine) {
    *mine = true;
    if (node->op >= HIL_HOST_DRAW_UNIFORM && node->op <= HIL_HOST_DRAW_BINOMIAL)
        return op_draw(host, node, a, count, value);
    if (node->op >= HIL_HOST_LAYOUT_LINE && node->op <= HIL_HOST_LAYOUT_BALL)
        return op_layout(host, node, a, count, value);
    *mine = false;
    return true;
}
