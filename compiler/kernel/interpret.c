/* kernel_interpret: the oracle. Runs a kernel on a call as its compiled code must, bit for bit.
 * In: a sound kernel and a call bound as hillock/abi.h says for its shape. Out: planes and fired lists changed.
 * Holds: subnormals are flushed meanwhile and the processor's mode is restored; lanes at and past `end` stay untouched.
 *
 * Lanes run in blocks of BLOCK where no lane can see another's writes (LANES, EDGE, FROM; kernel_verify sees to it) and
 * one at a time in LIST and ROW. All effects come after all loads of the same block: that is what "a LOAD sees the
 * value before the kernel's own STOREs" means. */
#include "hillock/random.h"
#include "kernel/arithmetic.h"

#include <math.h>
#include <string.h>

enum { BLOCK = 64 };

typedef struct LoopFrame {
    int end, carries; /* its END; how many CARRYs follow it */
    int rounds;
    KernelLane *taken; /* room for one lane's next carries */
    bool active[BLOCK];
} LoopFrame;

typedef struct Machine {
    const Kernel *kernel;
    const HilCall *call;
    Arena *arena;
    KernelLane (*values)[BLOCK]; /* per instruction */
    LoopFrame **loops;           /* per instruction: of a LOOP and of its END */
    int *next;                   /* per instruction: the value that a CARRY takes at its loop's END */
    int *effects, effect_count;  /* STORE, ACCUMULATE, FIRE, FIRE_EXACT in order */
    int *open;                   /* the loops being run, outermost first */
    int lanes;                   /* in this block */
    uint64_t self[BLOCK], pre[BLOCK], post[BLOCK];
} Machine;

/* ---- decoding ---- */

static void decode_loops(Machine *m) {
    const KernelInstruction *code = m->kernel->code.at;
    int count = m->kernel->code.count, depth = 0;
    int *open = arena_array_of(m->arena, int, count + 1);
    for (int i = 0; i < count; i++) {
        if (code[i].op == KERNEL_LOOP) {
            m->loops[i] = arena_new_of(m->arena, LoopFrame);
            open[depth++] = i;
        } else if (code[i].op == KERNEL_CARRY) {
            m->loops[open[depth - 1]]->carries++;
        } else if (code[i].op == KERNEL_NEXT) {
            m->next[code[i].operands[0]] = code[i].operands[1];
        } else if (code[i].op == KERNEL_END) {
            m->loops[i] = m->loops[open[--depth]];
            m->loops[i]->end = i;
            m->loops[i]->taken = arena_array_of(m->arena, KernelLane, m->loops[i]->carries + 1);
        } else if (kernel_op_info((KernelOp)code[i].op)->class == 'e') {
            m->effects[m->effect_count++] = i;
        }
    }
}

static bool is_lowered(const Kernel *kernel) {
    for (int i = 0; i < kernel->code.count; i++)
        if (kernel_op_info((KernelOp)kernel->code.at[i].op)->class == 'm') return false;
    return true;
}

static void fill(Machine *m, int at, double number) {
    KernelLane lane = kernel_lane_of(m->kernel->precision, number);
    for (int i = 0; i < BLOCK; i++) m->values[at][i] = lane;
}

/* What is the same for all lanes is computed once a call. */
static void decode_uniforms(Machine *m) {
    for (int at = 0; at < m->kernel->code.count; at++) {
        const KernelInstruction *instruction = &m->kernel->code.at[at];
        switch (instruction->op) {
        case KERNEL_CONST: fill(m, at, instruction->number); break;
        case KERNEL_TIME: fill(m, at, m->call->time); break;
        case KERNEL_UNIFORM: fill(m, at, m->call->uniforms[instruction->index]); break;
        case KERNEL_TRUE:
            for (int i = 0; i < BLOCK; i++) m->values[at][i].mask = true;
            break;
        }
    }
}

/* ---- planes ---- */

static const uint64_t *indices(const Machine *m, KernelIndex index) {
    return index == KERNEL_SELF ? m->self : index == KERNEL_PRE ? m->pre : m->post;
}

static KernelLane read_plane(const Machine *m, int plane, uint64_t at) {
    const void *base = m->call->planes[plane];
    KernelLane lane;
    if (m->kernel->precision == HIL_F64)
        lane.f64 = m->kernel->planes.at[plane].storage == HIL_F64 ? ((const double *)base)[at]
                                                                  : (double)((const float *)base)[at];
    else
        lane.f32 = m->kernel->planes.at[plane].storage == HIL_F64 ? (float)((const double *)base)[at]
                                                                  : ((const float *)base)[at];
    return lane;
}

static void write_plane(const Machine *m, int plane, uint64_t at, KernelLane lane) {
    void *base = m->call->planes[plane];
    bool wide = m->kernel->precision == HIL_F64;
    if (m->kernel->planes.at[plane].storage == HIL_F64) ((double *)base)[at] = wide ? lane.f64 : (double)lane.f32;
    else ((float *)base)[at] = wide ? (float)lane.f64 : lane.f32;
}

static void load(Machine *m, int at, int plane) {
    const uint64_t *index = indices(m, m->kernel->planes.at[plane].index);
    for (int i = 0; i < m->lanes; i++) m->values[at][i] = read_plane(m, plane, index[i]);
}

/* ---- effects ---- */

static void fire(Machine *m, const KernelInstruction *instruction, int i) {
    if (!m->values[instruction->operands[0]][i].mask) return;
    HilFired *fired = &m->call->fired[instruction->index];
    if (fired->fraction)
        fired->fraction[fired->count] =
            instruction->op == KERNEL_FIRE
                ? 1.0
                : kernel_lane_number(m->kernel->precision, m->values[instruction->operands[1]][i]);
    fired->lanes[fired->count++] = (uint32_t)m->self[i];
}

static void put(Machine *m, const KernelInstruction *instruction, int i) {
    int plane = instruction->index;
    uint64_t at = indices(m, m->kernel->planes.at[plane].index)[i];
    KernelLane value = m->values[instruction->operands[0]][i];
    if (instruction->op == KERNEL_ACCUMULATE) {
        KernelLane old = read_plane(m, plane, at), sum;
        kernel_arithmetic(m->kernel->precision, KERNEL_ADD, &sum, &old, &value, NULL, 1);
        value = sum;
    }
    write_plane(m, plane, at, value);
}

/* All of a lane's before the next lane's: what PRE and POST planes accumulate to may be one array. */
static void run_effects(Machine *m) {
    for (int i = 0; i < m->lanes; i++)
        for (int k = 0; k < m->effect_count; k++) {
            const KernelInstruction *instruction = &m->kernel->code.at[m->effects[k]];
            if (instruction->op == KERNEL_FIRE || instruction->op == KERNEL_FIRE_EXACT) fire(m, instruction, i);
            else put(m, instruction, i);
        }
}

/* ---- loops ---- */

static void begin_loop(Machine *m, int at, int parent) {
    LoopFrame *loop = m->loops[at];
    loop->rounds = 0;
    for (int i = 0; i < m->lanes; i++) loop->active[i] = parent < 0 || m->loops[parent]->active[i];
    for (int k = at + 1; k <= at + loop->carries; k++)
        memcpy(m->values[k], m->values[m->kernel->code.at[k].operands[0]], sizeof m->values[k]);
}

/* Gives running lanes their next carries, all at once (a NEXT may name another CARRY); true when a lane goes on. */
static bool end_round(Machine *m, int loop_at) {
    LoopFrame *loop = m->loops[loop_at];
    const KernelLane *goes_on = m->values[m->kernel->code.at[loop->end].operands[0]];
    bool any = false;
    for (int i = 0; i < m->lanes; i++) {
        if (!loop->active[i]) continue;
        loop->active[i] = goes_on[i].mask;
        any = any || goes_on[i].mask;
        for (int k = 0; k < loop->carries; k++) loop->taken[k] = m->values[m->next[loop_at + 1 + k]][i];
        for (int k = 0; k < loop->carries; k++) m->values[loop_at + 1 + k][i] = loop->taken[k];
    }
    return any && ++loop->rounds < m->kernel->code.at[loop_at].index;
}

/* ---- random numbers ---- */

/* Who draws, for lane i: the instance, or the pair (source, place in its row) or (source, target). */
static void instance_of(const Machine *m, int i, uint32_t *first, uint32_t *second) {
    switch (m->kernel->shape) {
    case HIL_SHAPE_ROW:
        *first = (uint32_t)m->pre[i];
        *second = (uint32_t)(m->self[i] - (m->call->row_starts ? m->call->row_starts : m->call->rows)[m->pre[i]]);
        break;
    case HIL_SHAPE_EDGE:
    case HIL_SHAPE_FROM:
        *first = (uint32_t)m->pre[i];
        *second = (uint32_t)m->post[i];
        break;
    default:
        *first = (uint32_t)m->self[i];
        *second = 0;
        break;
    }
}

static void draw_uniform(Machine *m, int at) {
    const KernelInstruction *instruction = &m->kernel->code.at[at];
    int word = instruction->op == KERNEL_RANDOM0 ? 0 : 2;
    for (int i = 0; i < m->lanes; i++) {
        uint32_t first, second, words[4];
        instance_of(m, i, &first, &second);
        hil_random_words(m->call->seed, m->call->stream, first, second, (uint32_t)instruction->index, m->call->step,
                         words);
        if (m->kernel->precision == HIL_F64) m->values[at][i].f64 = hil_random_uniform(words[word], words[word + 1]);
        else m->values[at][i].f32 = hil_random_uniformf(words[word]);
    }
}

/* Counts are drawn in double and rounded to the precision. */
static void draw_count(Machine *m, int at, const KernelLane *const *operands) {
    int precision = m->kernel->precision;
    for (int i = 0; i < m->lanes; i++) {
        double u = kernel_lane_number(precision, operands[0][i]), b = kernel_lane_number(precision, operands[1][i]);
        double count = m->kernel->code.at[at].op == KERNEL_POISSON
                           ? hil_poisson(u, b)
                           : hil_binomial(u, b, kernel_lane_number(precision, operands[2][i]));
        m->values[at][i] = kernel_lane_of(precision, count);
    }
}

/* A user's function, through double. Without an address (kernel_bind_functions) there is no number. */
static void call_function(Machine *m, int at, const KernelLane *const operands[3]) {
    const KernelInstruction *instruction = &m->kernel->code.at[at];
    KernelAddress *address = m->kernel->functions.at[instruction->index].address;
    int precision = m->kernel->precision;
    for (int i = 0; i < m->lanes; i++) {
        double x[3] = {0, 0, 0}, y = NAN;
        for (int k = 0; k < 3 && operands[k]; k++)
            x[k] = precision == HIL_F32 ? (double)operands[k][i].f32 : operands[k][i].f64;
        if (!address) y = NAN;
        else if (!operands[1]) y = ((double (*)(double))address)(x[0]);
        else if (!operands[2]) y = ((double (*)(double, double))address)(x[0], x[1]);
        else y = ((double (*)(double, double, double))address)(x[0], x[1], x[2]);
        if (precision == HIL_F32) m->values[at][i].f32 = (float)y;
        else m->values[at][i].f64 = y;
    }
}

/* ---- the body ---- */

static void put_index(Machine *m, int at, const uint64_t *index) {
    for (int i = 0; i < m->lanes; i++) m->values[at][i] = kernel_lane_of(m->kernel->precision, (double)index[i]);
}

static void run_instruction(Machine *m, int at) {
    const KernelInstruction *instruction = &m->kernel->code.at[at];
    KernelLane *result = m->values[at];
    const KernelLane *operands[3];
    for (int k = 0; k < 3; k++) operands[k] = instruction->operands[k] < 0 ? NULL : m->values[instruction->operands[k]];
    switch (instruction->op) {
    case KERNEL_LOAD: load(m, at, instruction->index); break;
    case KERNEL_INDEX: put_index(m, at, m->self); break;
    case KERNEL_PRE_INDEX: put_index(m, at, m->pre); break;
    case KERNEL_POST_INDEX: put_index(m, at, m->post); break;
    case KERNEL_RESULT: memcpy(result, operands[0], sizeof m->values[at]); break;
    case KERNEL_RANDOM0:
    case KERNEL_RANDOM1: draw_uniform(m, at); break;
    case KERNEL_POISSON:
    case KERNEL_BINOMIAL: draw_count(m, at, operands); break;
    case KERNEL_EXTERN1:
    case KERNEL_EXTERN2:
    case KERNEL_EXTERN3: call_function(m, at, operands); break;
    default:
        kernel_arithmetic(m->kernel->precision, (KernelOp)instruction->op, result, operands[0], operands[1],
                          operands[2], m->lanes);
        break;
    }
}

static void run_block(Machine *m) {
    const KernelInstruction *code = m->kernel->code.at;
    int depth = 0;
    for (int at = 0; at < m->kernel->code.count; at++) {
        switch (code[at].op) {
        case KERNEL_LOOP:
            begin_loop(m, at, depth ? m->open[depth - 1] : -1);
            m->open[depth++] = at;
            at += m->loops[at]->carries;
            break;
        case KERNEL_END: {
            int loop = m->open[depth - 1];
            if (end_round(m, loop)) at = loop + m->loops[loop]->carries;
            else depth--;
            break;
        }
        case KERNEL_CONST:
        case KERNEL_TRUE:
        case KERNEL_UNIFORM:
        case KERNEL_TIME:
        case KERNEL_NEXT: break;
        default:
            if (kernel_op_info((KernelOp)code[at].op)->class != 'e') run_instruction(m, at);
            break;
        }
    }
    run_effects(m);
}

/* ---- shapes ---- */

static uint64_t target(const HilCall *call, uint64_t synapse) {
    return call->target_bytes == 2 ? ((const uint16_t *)call->targets)[synapse]
                                   : ((const uint32_t *)call->targets)[synapse];
}

static void run_range(Machine *m) {
    const HilCall *call = m->call;
    for (int64_t at = call->begin; at < call->end; at += BLOCK) {
        m->lanes = call->end - at < BLOCK ? (int)(call->end - at) : BLOCK;
        for (int i = 0; i < m->lanes; i++) {
            uint64_t self = (uint64_t)(at + i);
            m->self[i] = self;
            if (m->kernel->shape == HIL_SHAPE_EDGE) {
                m->pre[i] = call->sources[self];
                m->post[i] = target(call, self);
            } else if (m->kernel->shape == HIL_SHAPE_FROM) {
                m->pre[i] = call->list[0];
                m->post[i] = self;
            }
        }
        run_block(m);
    }
}

static void run_list(Machine *m) {
    m->lanes = 1;
    for (int64_t k = 0; k < m->call->count; k++) {
        m->self[0] = m->call->list[k];
        run_block(m);
    }
}

static void run_rows(Machine *m) {
    const HilCall *call = m->call;
    m->lanes = 1;
    for (int64_t k = 0; k < call->count; k++) {
        uint64_t source = call->list[k], end = call->rows_end ? call->rows_end[source] : call->rows[source + 1];
        for (uint64_t synapse = call->rows[source]; synapse < end; synapse++) {
            m->self[0] = synapse;
            m->pre[0] = source;
            m->post[0] = target(call, synapse);
            run_block(m);
        }
    }
}

void kernel_interpret(const Kernel *kernel, const HilCall *call) {
    Arena *arena = arena_new();
    if (!is_lowered(kernel)) kernel = kernel_lower(arena, kernel);
    int count = kernel->code.count + 1;
    Machine *m = arena_new_of(arena, Machine);
    *m = (Machine){
        .kernel = kernel,
        .call = call,
        .arena = arena,
        .values = arena_alloc(arena, sizeof *m->values * (size_t)count),
        .loops = arena_array_of(arena, LoopFrame *, count),
        .next = arena_array_of(arena, int, count),
        .effects = arena_array_of(arena, int, count),
        .open = arena_array_of(arena, int, count),
    };
    uint64_t mode = kernel_flush_begin();
    decode_loops(m);
    decode_uniforms(m);
    switch (kernel->shape) {
    case HIL_SHAPE_LIST: run_list(m); break;
    case HIL_SHAPE_ROW: run_rows(m); break;
    default: run_range(m); break;
    }
    kernel_flush_end(mode);
    arena_free(arena);
}
