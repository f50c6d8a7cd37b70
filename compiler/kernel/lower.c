/* kernel_lower: from a kernel with elementary functions to the least kernel of basic ops with the same bits.
 * In: a sound kernel. Out: a new one with the same planes, uniforms and events, in which exp, log, … are expanded by
 * the algorithms that the runtime's hil_math_* functions are made of (hillock/math_algorithms.h), equal values are
 * computed once, basic ops on constants are done, and what no effect needs is gone.
 *
 * Keeps every bit: folding uses the op's own meaning (arithmetic.h), and of algebra only what is exact for every
 * operand, -0, infinities and NaN included (x*1 and x-0, but not x+0). Sharing is local value numbering (Cocke &
 * Schwartz 1970): every op but those of loops and effects is a function of its operands, LOAD too, as loads come before
 * the kernel's own stores. A value made inside a loop's body is shared only inside it. */
#include "kernel/arithmetic.h"

#include <math.h>
#include <string.h>

typedef struct Lowering {
    Arena *arena;
    Kernel *out;
    VECTOR(int) region;      /* per instruction of `out`: the LOOP it stands in, -1 outside */
    VECTOR(bool) closed;     /* per instruction of `out`: a LOOP that has ended */
    VECTOR(int) open;        /* LOOPs around what is emitted now, outermost first */
    int *slots, slot_count;  /* value numbers: a hash table of instructions, -1 when free */
    int used_slots;
    int expansions;          /* elementary functions so far */
    int expansion;           /* the number of the one being expanded, or 0 */
} Lowering;

/* ---- emitting, each value once ---- */

static int current_region(const Lowering *l) {
    return l->open.count ? vector_last(&l->open) : -1;
}

static int emit_raw(Lowering *l, KernelInstruction instruction) {
    instruction.span = l->out->span;
    instruction.expansion = l->expansion;
    vector_push(l->arena, &l->out->code, instruction);
    vector_push(l->arena, &l->region, current_region(l));
    vector_push(l->arena, &l->closed, false);
    return l->out->code.count - 1;
}

static uint64_t number_bits(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static uint64_t instruction_hash(const KernelInstruction *i) {
    uint64_t hash = i->op;
    const uint64_t words[5] = {(uint64_t)i->operands[0], (uint64_t)i->operands[1], (uint64_t)i->operands[2],
                               (uint64_t)i->index, number_bits(i->number)};
    for (int k = 0; k < 5; k++) {
        hash = (hash ^ words[k]) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    return hash;
}

static bool same_instruction(const KernelInstruction *a, const KernelInstruction *b) {
    return a->op == b->op && a->operands[0] == b->operands[0] && a->operands[1] == b->operands[1] &&
           a->operands[2] == b->operands[2] && a->index == b->index &&
           number_bits(a->number) == number_bits(b->number);
}

/* Free slot or the slot of an equal instruction that can be used here. */
static int find_slot(const Lowering *l, const KernelInstruction *wanted) {
    int slot = (int)(instruction_hash(wanted) & (uint64_t)(l->slot_count - 1));
    for (; l->slots[slot] >= 0; slot = (slot + 1) & (l->slot_count - 1)) {
        int found = l->slots[slot], region = l->region.at[found];
        if (same_instruction(&l->out->code.at[found], wanted) && (region < 0 || !l->closed.at[region])) return slot;
    }
    return slot;
}

static void set_slots(Lowering *l, int count) {
    int *old = l->slots, old_count = l->slot_count;
    l->slots = arena_array_of(l->arena, int, count);
    l->slot_count = count;
    for (int i = 0; i < count; i++) l->slots[i] = -1;
    for (int i = 0; i < old_count; i++)
        if (old[i] >= 0) {
            uint64_t slot = instruction_hash(&l->out->code.at[old[i]]) & (uint64_t)(count - 1);
            while (l->slots[slot] >= 0) slot = (slot + 1) & (uint64_t)(count - 1);
            l->slots[slot] = old[i];
        }
}

static int emit_shared(Lowering *l, KernelInstruction instruction) {
    int op = instruction.op;
    if ((op == KERNEL_ADD || op == KERNEL_MUL || op == KERNEL_EQ || op == KERNEL_AND || op == KERNEL_OR) &&
        instruction.operands[1] < instruction.operands[0]) {
        int first = instruction.operands[1];
        instruction.operands[1] = instruction.operands[0];
        instruction.operands[0] = first;
    }
    if (4 * (l->used_slots + 1) > 3 * l->slot_count) set_slots(l, 2 * l->slot_count);
    int slot = find_slot(l, &instruction);
    if (l->slots[slot] < 0) {
        l->slots[slot] = emit_raw(l, instruction);
        l->used_slots++;
    }
    return l->slots[slot];
}

/* ---- constants ---- */

static int emit_constant(Lowering *l, double number) {
    int precision = l->out->precision;
    number = kernel_lane_number(precision, kernel_lane_of(precision, number));
    return emit_shared(l, (KernelInstruction){.op = KERNEL_CONST, .operands = {-1, -1, -1}, .number = number});
}

/* False is "not true": the op table has no other. */
static int emit_truth(Lowering *l, bool truth) {
    int value = emit_shared(l, (KernelInstruction){.op = KERNEL_TRUE, .operands = {-1, -1, -1}});
    if (truth) return value;
    return emit_shared(l, (KernelInstruction){.op = KERNEL_NOT, .operands = {value, -1, -1}});
}

static const KernelInstruction *defined_by(const Lowering *l, int value, KernelOp op) {
    const KernelInstruction *instruction = value < 0 ? NULL : &l->out->code.at[value];
    return instruction && instruction->op == op ? instruction : NULL;
}

static bool is_constant(const Lowering *l, int value, KernelLane *lane) {
    const KernelInstruction *instruction;
    if ((instruction = defined_by(l, value, KERNEL_CONST))) {
        *lane = kernel_lane_of(l->out->precision, instruction->number);
        return true;
    }
    if (defined_by(l, value, KERNEL_TRUE)) return lane->mask = true, true;
    if ((instruction = defined_by(l, value, KERNEL_NOT)) && defined_by(l, instruction->operands[0], KERNEL_TRUE))
        return lane->mask = false, true;
    return false;
}

static bool is_number(const Lowering *l, int value, double number) {
    const KernelInstruction *instruction = defined_by(l, value, KERNEL_CONST);
    return instruction && number_bits(instruction->number) == number_bits(number);
}

/* The op done on constants, or -1. A NaN is left to the processor: its sign is the processor's. */
static int fold(Lowering *l, KernelOp op, const int *operands) {
    const KernelOpInfo *info = kernel_op_info(op);
    KernelLane lanes[3] = {{0}}, result = {0};
    for (int i = 0; info->operands[i]; i++)
        if (!is_constant(l, operands[i], &lanes[i])) return -1;
    kernel_arithmetic(l->out->precision, op, &result, &lanes[0], &lanes[1], &lanes[2], 1);
    if (info->result == KERNEL_MASK) return emit_truth(l, result.mask);
    double number = kernel_lane_number(l->out->precision, result);
    return isnan(number) ? -1 : emit_constant(l, number);
}

/* ---- exact algebra ---- */

static int emit_op(Lowering *l, KernelOp op, int a, int b, int c);

/* An equal value that exists already or costs less, or -1. */
static int simplify(Lowering *l, KernelOp op, int a, int b, int c) {
    const KernelInstruction *inner;
    KernelLane lane;
    switch (op) {
    case KERNEL_ADD:
        if (is_number(l, b, -0.0)) return a;
        return is_number(l, a, -0.0) ? b : -1;
    case KERNEL_SUB: return is_number(l, b, 0.0) ? a : -1;
    case KERNEL_MUL:
        if (is_number(l, b, 1)) return a;
        return is_number(l, a, 1) ? b : -1;
    case KERNEL_DIV: return is_number(l, b, 1) ? a : -1;
    case KERNEL_FMA:
        if (is_number(l, b, 1)) return emit_op(l, KERNEL_ADD, a, c, -1);
        if (is_number(l, a, 1)) return emit_op(l, KERNEL_ADD, b, c, -1);
        return is_number(l, c, -0.0) ? emit_op(l, KERNEL_MUL, a, b, -1) : -1;
    case KERNEL_NEG: return (inner = defined_by(l, a, KERNEL_NEG)) ? inner->operands[0] : -1;
    case KERNEL_ABS:
        if (defined_by(l, a, KERNEL_ABS)) return a;
        return (inner = defined_by(l, a, KERNEL_NEG)) ? emit_op(l, KERNEL_ABS, inner->operands[0], -1, -1) : -1;
    case KERNEL_RINT:
    case KERNEL_FLOOR: return defined_by(l, a, KERNEL_RINT) || defined_by(l, a, KERNEL_FLOOR) ? a : -1;
    case KERNEL_AND:
        if (a == b || (is_constant(l, b, &lane) && lane.mask) || (is_constant(l, a, &lane) && !lane.mask)) return a;
        return is_constant(l, a, &lane) || is_constant(l, b, &lane) ? b : -1;
    case KERNEL_OR:
        if (a == b || (is_constant(l, b, &lane) && !lane.mask) || (is_constant(l, a, &lane) && lane.mask)) return a;
        return is_constant(l, a, &lane) || is_constant(l, b, &lane) ? b : -1;
    case KERNEL_NOT: return (inner = defined_by(l, a, KERNEL_NOT)) ? inner->operands[0] : -1;
    case KERNEL_SELECT:
        if (b == c) return b;
        if (is_constant(l, a, &lane)) return lane.mask ? b : c;
        return (inner = defined_by(l, a, KERNEL_NOT)) ? emit_op(l, KERNEL_SELECT, inner->operands[0], c, b) : -1;
    default: return -1;
    }
}

static int emit_op(Lowering *l, KernelOp op, int a, int b, int c) {
    const int operands[3] = {a, b, c};
    int value = fold(l, op, operands);
    if (value < 0) value = simplify(l, op, a, b, c);
    if (value >= 0) return value;
    return emit_shared(l, (KernelInstruction){.op = (uint16_t)op, .operands = {a, b, c}});
}

/* ---- elementary functions ----
 * The algorithms are written in macros over values; here a value is the number of an instruction of `out`. */

#define MATH_CONTEXT Lowering *l,
#define MATH_PASS l,
#define MATH(name) expand_##name
#define MATH_IS_F32 (l->out->precision == HIL_F32)
#define VALUE int
#define MASK int
#define K(number) emit_constant(l, (number))
#define ADD(a, b) emit_op(l, KERNEL_ADD, (a), (b), -1)
#define SUB(a, b) emit_op(l, KERNEL_SUB, (a), (b), -1)
#define MUL(a, b) emit_op(l, KERNEL_MUL, (a), (b), -1)
#define DIV(a, b) emit_op(l, KERNEL_DIV, (a), (b), -1)
#define FMA(a, b, c) emit_op(l, KERNEL_FMA, (a), (b), (c))
#define NEG(a) emit_op(l, KERNEL_NEG, (a), -1, -1)
#define ABS(a) emit_op(l, KERNEL_ABS, (a), -1, -1)
#define SQRT(a) emit_op(l, KERNEL_SQRT, (a), -1, -1)
#define MIN(a, b) emit_op(l, KERNEL_MIN, (a), (b), -1)
#define MAX(a, b) emit_op(l, KERNEL_MAX, (a), (b), -1)
#define RINT(a) emit_op(l, KERNEL_RINT, (a), -1, -1)
#define FLOOR(a) emit_op(l, KERNEL_FLOOR, (a), -1, -1)
#define COPYSIGN(a, b) emit_op(l, KERNEL_COPYSIGN, (a), (b), -1)
#define LIFT(a) emit_op(l, KERNEL_LIFT, (a), -1, -1)
#define EXPONENT(a) emit_op(l, KERNEL_EXPONENT, (a), -1, -1)
#define MANTISSA(a) emit_op(l, KERNEL_MANTISSA, (a), -1, -1)
#define LT(a, b) emit_op(l, KERNEL_LT, (a), (b), -1)
#define LE(a, b) emit_op(l, KERNEL_LE, (a), (b), -1)
#define EQ(a, b) emit_op(l, KERNEL_EQ, (a), (b), -1)
#define AND(a, b) emit_op(l, KERNEL_AND, (a), (b), -1)
#define OR(a, b) emit_op(l, KERNEL_OR, (a), (b), -1)
#define NOT(a) emit_op(l, KERNEL_NOT, (a), -1, -1)
#define SELECT(mask, a, b) emit_op(l, KERNEL_SELECT, (mask), (a), (b))
#include "hillock/math_algorithms.h"

static int expand_function(Lowering *l, KernelOp op, int a, int b) {
    switch (op) {
    case KERNEL_EXP: return expand_exp(l, a);
    case KERNEL_EXPM1: return expand_expm1(l, a);
    case KERNEL_LOG: return expand_log(l, a);
    case KERNEL_LOG1P: return expand_log1p(l, a);
    case KERNEL_POW: return expand_pow(l, a, b);
    case KERNEL_TANH: return expand_tanh(l, a);
    case KERNEL_SIGMOID: return expand_sigmoid(l, a);
    case KERNEL_EXPRELR: return expand_exprelr(l, a);
    case KERNEL_SIN: return expand_sin(l, a);
    case KERNEL_COS: return expand_cos(l, a);
    case KERNEL_TAN: return expand_tan(l, a);
    case KERNEL_ATAN: return expand_atan(l, a);
    case KERNEL_SINH: return expand_sinh(l, a);
    case KERNEL_COSH: return expand_cosh(l, a);
    case KERNEL_ERF: return expand_erf(l, a);
    case KERNEL_NORMAL: return expand_normal(l, a, b);
    default: return -1; /* no other op is of class 'm' */
    }
}

/* What an expansion is made of bears its number: functions of independent arguments can be computed side by side. */
static int expand(Lowering *l, KernelOp op, int a, int b) {
    l->expansion = ++l->expansions;
    int value = expand_function(l, op, a, b);
    l->expansion = 0;
    return value;
}

/* ---- the walk ---- */

static int lower_instruction(Lowering *l, const KernelInstruction *old, const int *map) {
    KernelInstruction instruction = *old;
    const KernelOpInfo *info = kernel_op_info((KernelOp)old->op);
    int *operands = instruction.operands;
    for (int i = 0; i < 3; i++) operands[i] = operands[i] < 0 ? -1 : map[operands[i]];
    switch (info->class) {
    case 'b': return emit_op(l, (KernelOp)old->op, operands[0], operands[1], operands[2]);
    case 'm': return expand(l, (KernelOp)old->op, operands[0], operands[1]);
    case 'v': return old->op == KERNEL_CONST ? emit_constant(l, old->number) : emit_shared(l, instruction);
    case 'r':
    case 'x': return emit_shared(l, instruction);
    case 'e': return emit_raw(l, instruction);
    default: break;
    }
    if (old->op == KERNEL_RESULT) return emit_shared(l, instruction);
    int value = emit_raw(l, instruction);
    if (old->op == KERNEL_LOOP) {
        vector_push(l->arena, &l->open, value);
    } else if (old->op == KERNEL_END) {
        l->closed.at[current_region(l)] = true;
        l->open.count--;
    }
    return value;
}

/* ---- what no effect needs ---- */

typedef struct Liveness {
    const Kernel *kernel;
    const int *region;
    int *next, *end;          /* per CARRY its NEXT; per LOOP its END */
    bool *live;
    int *pending, pending_count;
} Liveness;

static void need(Liveness *n, int at) {
    if (at < 0 || n->live[at]) return;
    n->live[at] = true;
    n->pending[n->pending_count++] = at;
}

static void need_all(Liveness *n) {
    const KernelInstruction *code = n->kernel->code.at;
    while (n->pending_count) {
        int at = n->pending[--n->pending_count];
        for (int i = 0; i < 3; i++) need(n, code[at].operands[i]);
        need(n, n->region[at]);
        if (code[at].op == KERNEL_CARRY) need(n, n->next[at]);
        if (code[at].op == KERNEL_LOOP) need(n, n->end[at]);
    }
}

static Kernel *remove_dead(Lowering *l) {
    const Kernel *kernel = l->out;
    int count = kernel->code.count, depth = 0;
    int *open = arena_array_of(l->arena, int, count + 1), *map = arena_array_of(l->arena, int, count + 1);
    Liveness n = {.kernel = kernel,
                  .region = l->region.at,
                  .next = arena_array_of(l->arena, int, count + 1),
                  .end = arena_array_of(l->arena, int, count + 1),
                  .live = arena_array_of(l->arena, bool, count + 1),
                  .pending = arena_array_of(l->arena, int, count + 1)};
    for (int i = 0; i < count; i++) {
        const KernelInstruction *instruction = &kernel->code.at[i];
        if (instruction->op == KERNEL_LOOP) open[depth++] = i;
        else if (instruction->op == KERNEL_END) n.end[open[--depth]] = i;
        else if (instruction->op == KERNEL_NEXT) n.next[instruction->operands[0]] = i;
    }
    for (int i = 0; i < count; i++)
        if (kernel_op_info((KernelOp)kernel->code.at[i].op)->class == 'e') need(&n, i);
    need_all(&n);
    Kernel *out = kernel_new(l->arena, kernel->name, kernel->shape, kernel->precision);
    out->lanes = kernel->lanes;
    out->seldom = kernel->seldom;
    out->planes = kernel->planes;
    out->uniforms = kernel->uniforms;
    out->events = kernel->events;
    out->functions = kernel->functions;
    for (int i = 0; i < count; i++) {
        if (!n.live[i]) continue;
        KernelInstruction instruction = kernel->code.at[i];
        for (int k = 0; k < 3; k++)
            if (instruction.operands[k] >= 0) instruction.operands[k] = map[instruction.operands[k]];
        map[i] = out->code.count;
        vector_push(l->arena, &out->code, instruction);
    }
    return out;
}

Kernel *kernel_lower(Arena *arena, const Kernel *kernel) {
    Lowering l = {.arena = arena, .out = kernel_new(arena, kernel->name, kernel->shape, kernel->precision)};
    l.out->lanes = kernel->lanes;
    l.out->seldom = kernel->seldom;
    for (int i = 0; i < kernel->planes.count; i++) vector_push(arena, &l.out->planes, kernel->planes.at[i]);
    for (int i = 0; i < kernel->uniforms.count; i++) vector_push(arena, &l.out->uniforms, kernel->uniforms.at[i]);
    for (int i = 0; i < kernel->events.count; i++) vector_push(arena, &l.out->events, kernel->events.at[i]);
    for (int i = 0; i < kernel->functions.count; i++)
        vector_push(arena, &l.out->functions, kernel->functions.at[i]);
    set_slots(&l, 64);
    int *map = arena_array_of(arena, int, kernel->code.count + 1);
    uint64_t mode = kernel_flush_begin();
    for (int i = 0; i < kernel->code.count; i++) {
        kernel_at(l.out, kernel->code.at[i].span);
        map[i] = lower_instruction(&l, &kernel->code.at[i], map);
    }
    kernel_flush_end(mode);
    return remove_dead(&l);
}
