/* See generate.h: random sound kernels, memory for their calls, and comparison of what two runs left there. */
#include "generate.h"
#include "kernels.h"

#include <math.h>
#include <string.h>

typedef struct Generator {
    Arena *arena;
    Names *names;
    Kernel *kernel;
    uint64_t state;
    VECTOR(int) reals, masks; /* what may be used here */
    bool *loaded, *written;   /* per plane */
    int depth;
} Generator;

/* SplitMix64 (Steele, Lea & Flood 2014). */
static uint64_t next_word(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static int below(uint64_t *state, int limit) {
    return (int)(next_word(state) % (uint64_t)limit);
}

static double unit(uint64_t *state) {
    return (double)(next_word(state) >> 11) * 0x1p-53;
}

/* Mostly of the size of 1, some very large or small, few special or subnormal (in one precision). */
static double any_number(uint64_t *state) {
    switch (below(state, 32)) {
    case 0: return 0.0;
    case 1: return -0.0;
    case 2: return below(state, 4) ? 1.0 : (double)INFINITY;
    case 3: return below(state, 4) ? -1.0 : (double)-INFINITY;
    case 4: return below(state, 4) ? 0.5 : (double)NAN;
    case 5:
    case 6: return (double)(below(state, 41) - 20);
    default: break;
    }
    double fraction = unit(state);
    switch (below(state, 8)) {
    case 0: return ldexp(fraction + 1, below(state, 240) - 120);
    case 1: return -ldexp(fraction + 1, below(state, 60) - 30);
    case 2: return below(state, 4) ? fraction : ldexp(fraction - 0.5, below(state, 2) ? -1030 : -130);
    default: return 6 * fraction - 3;
    }
}

/* ---- values ---- */

static int add_real(Generator *g, int value) {
    vector_push(g->arena, &g->reals, value);
    return value;
}

static int add_mask(Generator *g, int value) {
    vector_push(g->arena, &g->masks, value);
    return value;
}

/* Recent values more often, so that programs grow deep. */
static int pick(Generator *g, const int *values, int count) {
    int window = below(&g->state, 3) && count > 6 ? 6 : count;
    return values[count - 1 - below(&g->state, window)];
}

static int real(Generator *g) {
    return pick(g, g->reals.at, g->reals.count);
}

static int mask(Generator *g) {
    return pick(g, g->masks.at, g->masks.count);
}

static int constant(Generator *g, double number) {
    return kernel_constant(g->arena, g->kernel, number);
}

static int op(Generator *g, KernelOp which, int a, int b, int c) {
    return kernel_emit(g->arena, g->kernel, which, a, b, c);
}

/* Into low..high; a NaN becomes low. */
static int clamped(Generator *g, int value, double low, double high) {
    int bounded = op(g, KERNEL_MAX, value, constant(g, low), -1);
    return op(g, KERNEL_MIN, bounded, constant(g, high), -1);
}

static int without_nan(Generator *g, int value) {
    int known = op(g, KERNEL_EQ, value, value, -1);
    return op(g, KERNEL_SELECT, known, value, constant(g, 1.5));
}

static int emit_random(Generator *g) {
    int index = 65536 * below(&g->state, 3) + below(&g->state, 3);
    return kernel_emit_index(g->arena, g->kernel, below(&g->state, 2) ? KERNEL_RANDOM0 : KERNEL_RANDOM1, index, -1, -1);
}

static int emit_load(Generator *g) {
    int plane = below(&g->state, g->kernel->planes.count);
    int shape = g->kernel->shape;
    bool shared = (shape == HIL_SHAPE_EDGE && g->kernel->planes.at[plane].index != KERNEL_SELF) ||
                  (shape == HIL_SHAPE_FROM && g->kernel->planes.at[plane].index == KERNEL_PRE);
    if (shared && g->written[plane]) plane = 0; /* a plane of SELF */
    g->loaded[plane] = true;
    return kernel_load(g->arena, g->kernel, plane);
}

static void emit_source(Generator *g) {
    bool sided = g->kernel->shape != HIL_SHAPE_LANES && g->kernel->shape != HIL_SHAPE_LIST;
    switch (below(&g->state, sided ? 8 : 6)) {
    case 0: add_real(g, constant(g, any_number(&g->state))); break;
    case 1: add_real(g, kernel_uniform(g->arena, g->kernel, below(&g->state, g->kernel->uniforms.count))); break;
    case 2: add_real(g, op(g, KERNEL_TIME, -1, -1, -1)); break;
    case 3: add_real(g, op(g, KERNEL_INDEX, -1, -1, -1)); break;
    case 4:
        if (below(&g->state, 4) == 0) add_mask(g, op(g, KERNEL_TRUE, -1, -1, -1));
        add_real(g, emit_load(g));
        break;
    case 5: add_real(g, emit_load(g)); break;
    case 6: add_real(g, op(g, KERNEL_PRE_INDEX, -1, -1, -1)); break;
    case 7: add_real(g, op(g, KERNEL_POST_INDEX, -1, -1, -1)); break;
    }
}

static int uniform_draw(Generator *g) {
    return below(&g->state, 2) ? emit_random(g) : clamped(g, real(g), 0x1p-20, 1 - 0x1p-20);
}

static void emit_draw(Generator *g) {
    switch (below(&g->state, 3)) {
    case 0: add_real(g, emit_random(g)); break;
    case 1: {
        int draw = uniform_draw(g);
        double largest = below(&g->state, 4) ? 8 : 300;
        add_real(g, op(g, KERNEL_POISSON, draw, clamped(g, real(g), 0, largest), -1));
        break;
    }
    default: {
        int draw = uniform_draw(g), trials = op(g, KERNEL_RINT, clamped(g, real(g), 0, 40), -1, -1);
        add_real(g, op(g, KERNEL_BINOMIAL, draw, trials, clamped(g, real(g), 0, 1)));
        break;
    }
    }
}

/* One op of class 'b' or 'm' with operands that keep it inside its contract. */
static void emit_pure(Generator *g, KernelOp which) {
    const KernelOpInfo *info = kernel_op_info(which);
    int operands[3] = {-1, -1, -1};
    for (int i = 0; info->operands[i]; i++) operands[i] = info->operands[i] == 'm' ? mask(g) : real(g);
    if (which == KERNEL_LIFT) {
        operands[0] = without_nan(g, operands[0]);
    } else if (which == KERNEL_COPYSIGN) {
        operands[1] = without_nan(g, operands[1]);
    } else if (which == KERNEL_MANTISSA) {
        operands[0] = without_nan(g, operands[0]);
    }
    int value = op(g, which, operands[0], operands[1], operands[2]);
    if (info->result == KERNEL_MASK) {
        add_mask(g, value);
    } else {
        bool grows = info->class == 'm' || which == KERNEL_MUL || which == KERNEL_DIV || which == KERNEL_FMA ||
                     which == KERNEL_LIFT;
        if (grows && below(&g->state, 3) == 0) value = clamped(g, value, -1e3, 1e3);
        add_real(g, value);
    }
}

static void emit_some(Generator *g, int count);

/* A loop with one to three carries whose rounds depend on the lane. */
static void emit_loop(Generator *g) {
    int carries = 1 + below(&g->state, 3), inits[3], numbers[3];
    int reals = g->reals.count, masks = g->masks.count;
    for (int i = 0; i < carries; i++) inits[i] = real(g);
    kernel_emit_index(g->arena, g->kernel, KERNEL_LOOP, 1 + below(&g->state, 6), -1, -1);
    for (int i = 0; i < carries; i++) numbers[i] = add_real(g, op(g, KERNEL_CARRY, inits[i], -1, -1));
    g->depth++;
    emit_some(g, 2 + below(&g->state, 6));
    g->depth--;
    int goes_on = below(&g->state, 4) == 0 ? mask(g) : op(g, KERNEL_LT, real(g), numbers[0], -1);
    for (int i = 0; i < carries; i++) op(g, KERNEL_NEXT, numbers[i], real(g), -1);
    op(g, KERNEL_END, goes_on, -1, -1);
    g->reals.count = reals;
    g->masks.count = masks;
    for (int i = 0; i < carries; i++)
        if (i == 0 || below(&g->state, 3)) add_real(g, op(g, KERNEL_RESULT, numbers[i], -1, -1));
}

static void emit_some(Generator *g, int count) {
    for (int i = 0; i < count; i++) {
        int kind = below(&g->state, 20);
        if (kind == 0 && g->depth < 3) emit_loop(g);
        else if (kind <= 2) emit_draw(g);
        else if (kind <= 6) emit_source(g);
        else if (kind <= 8)
            emit_pure(g, (KernelOp)(KERNEL_EXP + below(&g->state, KERNEL_NORMAL - KERNEL_EXP + 1)));
        else emit_pure(g, (KernelOp)(KERNEL_ADD + below(&g->state, KERNEL_SELECT - KERNEL_ADD + 1)));
    }
}

/* ---- whole kernels ---- */

static void emit_write(Generator *g, int plane) {
    const KernelPlane *info = &g->kernel->planes.at[plane];
    int shape = g->kernel->shape;
    bool shared = (shape == HIL_SHAPE_EDGE && info->index != KERNEL_SELF) ||
                  (shape == HIL_SHAPE_FROM && info->index == KERNEL_PRE);
    if (g->written[plane] || (shared && g->loaded[plane])) return;
    g->written[plane] = true;
    if (shared || below(&g->state, 3) == 0)
        kernel_emit_index(g->arena, g->kernel, KERNEL_ACCUMULATE, plane, real(g), -1);
    else
        kernel_store(g->arena, g->kernel, plane, real(g));
}

static void declare(Generator *g) {
    bool sided = g->kernel->shape != HIL_SHAPE_LANES && g->kernel->shape != HIL_SHAPE_LIST;
    bool fires = g->kernel->shape != HIL_SHAPE_ROW && g->kernel->shape != HIL_SHAPE_EDGE;
    static const char letters[] = "abcdefgh";
    int planes = 3 + below(&g->state, sided ? 6 : 3);
    for (int i = 0; i < planes; i++) {
        KernelIndex index = sided && i ? (KernelIndex)(i % 3) : KERNEL_SELF;
        int storage = below(&g->state, 3) ? g->kernel->precision : HIL_F64 + HIL_F32 - g->kernel->precision;
        Name name = name_print(g->names, "%c", letters[sided && i >= 3 ? i - 1 : i]); /* c stands at post and self */
        if (sided && i == 3) storage = g->kernel->planes.at[2].storage;
        kernel_plane(g->arena, g->kernel, name, index, storage);
    }
    for (int i = 0; i < 3; i++)
        kernel_uniform_slot(g->arena, g->kernel, name_print(g->names, "P.%c %d", letters[i], i));
    for (int i = 0; fires && i < 2; i++) kernel_event(g->arena, g->kernel, name_print(g->names, "event%d", i));
    g->loaded = arena_array_of(g->arena, bool, g->kernel->planes.count);
    g->written = arena_array_of(g->arena, bool, g->kernel->planes.count);
}

Kernel *kernel_generate_in(Arena *arena, Names *names, uint64_t seed, int shape, int precision) {
    Generator generator = {.arena = arena, .names = names, .state = seed * 10 + (uint64_t)(2 * shape + precision)};
    Generator *g = &generator;
    g->kernel = kernel_new(arena, name_print(names, "generated_%llu", (unsigned long long)seed), shape, precision);
    g->kernel->seldom = seed / 2 % 2; /* draws are written in two ways */
    declare(g);
    add_real(g, emit_load(g));
    add_real(g, constant(g, 0.75));
    add_mask(g, op(g, KERNEL_LT, g->reals.at[0], g->reals.at[1], -1));
    emit_some(g, 5 + below(&g->state, 20));
    emit_write(g, below(&g->state, g->kernel->planes.count));
    emit_some(g, 5 + below(&g->state, 15));
    for (int plane = 0; plane < g->kernel->planes.count; plane++)
        if (below(&g->state, 4)) emit_write(g, plane);
    for (int event = 0; event < g->kernel->events.count; event++) {
        int fires = mask(g);
        if (below(&g->state, 3) == 0)
            kernel_emit_index(arena, g->kernel, KERNEL_FIRE_EXACT, event, fires, clamped(g, real(g), 0x1p-10, 1));
        else
            kernel_emit_index(arena, g->kernel, KERNEL_FIRE, event, fires, -1);
    }
    return g->kernel;
}

Kernel *kernel_generate(Arena *arena, uint64_t seed, int shape, int precision) {
    return kernel_generate_in(arena, names_new(arena), seed, shape, precision);
}

/* ---- memory ---- */

static size_t padded(int count) {
    return ((size_t)count + HIL_PAD - 1) / HIL_PAD * HIL_PAD + HIL_PAD;
}

static void *aligned(Arena *arena, size_t bytes) {
    uintptr_t at = (uintptr_t)arena_alloc(arena, bytes + 64);
    return (void *)((at + 63) & ~(uintptr_t)63);
}

static int plane_lanes(const Kernel *kernel, int plane, int lanes) {
    KernelIndex index = kernel->planes.at[plane].index;
    return index == KERNEL_SELF || (index == KERNEL_POST && kernel->shape == HIL_SHAPE_FROM) ? lanes : GENERATED_PEERS;
}

static void fill_planes(Arena *arena, const Kernel *kernel, GeneratedCall *g, uint64_t *state, int lanes) {
    g->plane_count = kernel->planes.count;
    g->planes = arena_array_of(arena, void *, g->plane_count + 1);
    g->plane_bytes = arena_array_of(arena, size_t, g->plane_count + 1);
    for (int plane = 0; plane < g->plane_count; plane++) {
        int count = plane_lanes(kernel, plane, lanes);
        bool wide = kernel->planes.at[plane].storage == HIL_F64;
        g->plane_bytes[plane] = padded(count) * (wide ? sizeof(double) : sizeof(float));
        g->planes[plane] = aligned(arena, g->plane_bytes[plane]);
        for (int i = 0; i < count; i++) {
            double number = any_number(state);
            if (wide) ((double *)g->planes[plane])[i] = number;
            else ((float *)g->planes[plane])[i] = (float)number;
        }
    }
}

static void fill_connections(Arena *arena, HilCall *call, int shape, uint64_t *state, int lanes) {
    call->target_bytes = below(state, 2) ? 2 : 4;
    uint32_t *sources = aligned(arena, padded(lanes) * 4);
    void *targets = aligned(arena, padded(lanes) * 4);
    uint64_t *rows = aligned(arena, (GENERATED_PEERS + 1) * 8), *ends = aligned(arena, (GENERATED_PEERS + 1) * 8);
    for (int i = 0; i < lanes; i++) {
        sources[i] = (uint32_t)below(state, GENERATED_PEERS);
        uint32_t target = (uint32_t)below(state, below(state, 2) ? GENERATED_PEERS : 3);
        if (call->target_bytes == 2) ((uint16_t *)targets)[i] = (uint16_t)target;
        else ((uint32_t *)targets)[i] = target;
    }
    for (int s = 0; s <= GENERATED_PEERS; s++) {
        rows[s] = (uint64_t)(lanes * s / GENERATED_PEERS);
        if (s) ends[s - 1] = rows[s] > rows[s - 1] ? rows[s] - (uint64_t)below(state, 2) : rows[s];
    }
    call->sources = sources;
    call->targets = targets;
    call->rows = rows;
    call->rows_end = below(state, 2) ? ends : NULL;
    uint64_t *starts = aligned(arena, (GENERATED_PEERS + 1) * 8);
    for (int s = 0; s <= GENERATED_PEERS; s++) starts[s] = rows[s] - (uint64_t)below(state, (int)rows[s] + 1);
    call->row_starts = below(state, 2) ? starts : NULL;
    call->count = shape == HIL_SHAPE_FROM ? 1 : shape == HIL_SHAPE_ROW ? 1 + below(state, 12) : below(state, lanes + 1);
    uint32_t *list = aligned(arena, padded((int)call->count) * 4);
    for (int k = 0; k < call->count; k++)
        list[k] = (uint32_t)below(state, shape == HIL_SHAPE_LIST ? lanes : GENERATED_PEERS);
    call->list = list;
}

GeneratedCall *generated_call_new(Arena *arena, const Kernel *kernel, uint64_t seed, int lanes) {
    uint64_t state = seed ^ 0x5851f42d4c957f2du;
    GeneratedCall *g = arena_new_of(arena, GeneratedCall);
    HilCall *call = &g->call;
    fill_planes(arena, kernel, g, &state, lanes);
    fill_connections(arena, call, kernel->shape, &state, lanes);
    double *uniforms = arena_array_of(arena, double, kernel->uniforms.count + 1);
    for (int i = 0; i < kernel->uniforms.count; i++) uniforms[i] = any_number(&state);
    call->planes = g->planes;
    call->uniforms = uniforms;
    call->begin = lanes > 2 * HIL_PAD && below(&state, 2) ? HIL_PAD : 0;
    call->end = lanes;
    call->stream = (uint32_t)next_word(&state);
    call->seed = next_word(&state);
    call->step = next_word(&state) >> 20;
    call->time = (double)(call->step & 0xffff) * 1e-4;
    g->event_count = kernel->events.count;
    call->fired = arena_array_of(arena, HilFired, g->event_count + 1);
    size_t room = padded(lanes > call->count ? lanes : (int)call->count);
    for (int event = 0; event < g->event_count; event++) {
        call->fired[event].lanes = aligned(arena, 4 * room);
        call->fired[event].fraction = below(&state, 2) ? aligned(arena, 8 * room) : NULL;
    }
    return g;
}

/* ---- comparison ---- */

static double element(const Kernel *kernel, const GeneratedCall *g, int plane, int at) {
    return plane_get(g->planes[plane], kernel->planes.at[plane].storage, at);
}

bool generated_calls_equal(Arena *arena, const Kernel *kernel, const GeneratedCall *a, const GeneratedCall *b,
                           int lanes, const char **difference) {
    for (int plane = 0; plane < kernel->planes.count; plane++)
        for (int i = 0; i < plane_lanes(kernel, plane, lanes); i++) {
            double x = element(kernel, a, plane, i), y = element(kernel, b, plane, i);
            if (same_real(x, y)) continue;
            *difference = arena_print(arena, "%s: plane %d (%s), lane %d: %a and %a", kernel->name, plane,
                                      kernel->planes.at[plane].name, i, x, y);
            return false;
        }
    for (int event = 0; event < kernel->events.count; event++) {
        const HilFired *f = &a->call.fired[event], *h = &b->call.fired[event];
        bool same = f->count == h->count && memcmp(f->lanes, h->lanes, 4 * (size_t)f->count) == 0;
        for (int64_t k = 0; same && f->fraction && k < f->count; k++) same = same_real(f->fraction[k], h->fraction[k]);
        if (same) continue;
        *difference = arena_print(arena, "%s: event %d fired %lld and %lld times, or in other lanes or at other times",
                                  kernel->name, event, (long long)f->count, (long long)h->count);
        return false;
    }
    *difference = NULL;
    return true;
}
