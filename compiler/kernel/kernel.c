/* Building kernels and comparing them.
 * In: ops one by one. Out: a Kernel whose instructions are numbered in the order of emission.
 * Keeps: unused operands are -1, an unused index is 0, an unused number is 0; names are interned. The builder does not
 * judge what it is given: kernel_verify does. */
#include "kernel/kernel.h"

#include <string.h>

static const KernelOpInfo op_table[KERNEL_OP_COUNT] = {
#define KERNEL_OP(ID, text, result, operands, immediate, class) {text, result, operands, immediate, class},
#include "kernel/ops.def"
#undef KERNEL_OP
};

const KernelOpInfo *kernel_op_info(KernelOp op) {
    return &op_table[op];
}

Kernel *kernel_new(Arena *arena, Name name, int shape, int precision) {
    Kernel *kernel = arena_new_of(arena, Kernel);
    kernel->name = name;
    kernel->shape = shape;
    kernel->precision = precision;
    kernel->span = NO_SPAN;
    return kernel;
}

int kernel_plane(Arena *arena, Kernel *kernel, Name name, KernelIndex index, int storage) {
    for (int i = 0; i < kernel->planes.count; i++) {
        const KernelPlane *plane = &kernel->planes.at[i];
        if (plane->name == name && plane->index == index && plane->storage == storage) return i;
    }
    vector_push(arena, &kernel->planes, (KernelPlane){name, index, storage});
    return kernel->planes.count - 1;
}

int kernel_uniform_slot(Arena *arena, Kernel *kernel, Name name) {
    for (int i = 0; i < kernel->uniforms.count; i++)
        if (kernel->uniforms.at[i] == name) return i;
    vector_push(arena, &kernel->uniforms, name);
    return kernel->uniforms.count - 1;
}

int kernel_event(Arena *arena, Kernel *kernel, Name name) {
    for (int i = 0; i < kernel->events.count; i++)
        if (kernel->events.at[i] == name) return i;
    vector_push(arena, &kernel->events, name);
    return kernel->events.count - 1;
}

int kernel_function(Arena *arena, Kernel *kernel, Name name) {
    for (int i = 0; i < kernel->functions.count; i++)
        if (kernel->functions.at[i].name == name) return i;
    vector_push(arena, &kernel->functions, (KernelFunction){name, NULL});
    return kernel->functions.count - 1;
}

void kernel_at(Kernel *kernel, Span span) {
    kernel->span = span;
}

static int append(Arena *arena, Kernel *kernel, KernelOp op, int index, double number, int a, int b, int c) {
    vector_push(arena, &kernel->code,
                (KernelInstruction){.op = (uint16_t)op, .operands = {a, b, c}, .index = index, .number = number,
                                    .span = kernel->span});
    return kernel->code.count - 1;
}

int kernel_constant(Arena *arena, Kernel *kernel, double number) {
    return append(arena, kernel, KERNEL_CONST, 0, number, -1, -1, -1);
}

int kernel_load(Arena *arena, Kernel *kernel, int plane) {
    return append(arena, kernel, KERNEL_LOAD, plane, 0, -1, -1, -1);
}

int kernel_uniform(Arena *arena, Kernel *kernel, int uniform) {
    return append(arena, kernel, KERNEL_UNIFORM, uniform, 0, -1, -1, -1);
}

int kernel_emit(Arena *arena, Kernel *kernel, KernelOp op, int a, int b, int c) {
    return append(arena, kernel, op, 0, 0, a, b, c);
}

int kernel_emit_index(Arena *arena, Kernel *kernel, KernelOp op, int index, int a, int b) {
    return append(arena, kernel, op, index, 0, a, b, -1);
}

int kernel_call(Arena *arena, Kernel *kernel, int function, const int *operands, int count) {
    static const KernelOp ops[] = {KERNEL_EXTERN1, KERNEL_EXTERN2, KERNEL_EXTERN3};
    return append(arena, kernel, ops[count - 1], function, 0, operands[0], count > 1 ? operands[1] : -1,
                  count > 2 ? operands[2] : -1);
}

int kernel_store(Arena *arena, Kernel *kernel, int plane, int value) {
    return append(arena, kernel, KERNEL_STORE, plane, 0, value, -1, -1);
}

/* Constants are the same when their bits are: 0 and -0 differ, a NaN equals itself. */
static uint64_t number_bits(double number) {
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return bits;
}

static bool instruction_equal(const KernelInstruction *a, const KernelInstruction *b) {
    return a->op == b->op && a->index == b->index && a->operands[0] == b->operands[0] &&
           a->operands[1] == b->operands[1] && a->operands[2] == b->operands[2] &&
           number_bits(a->number) == number_bits(b->number);
}

static bool names_equal(const Name *a, const Name *b, int count) {
    for (int i = 0; i < count; i++)
        if (a[i] != b[i]) return false;
    return true;
}

static bool same_names(const Kernel *a, const Kernel *b) {
    if (!names_equal(a->uniforms.at, b->uniforms.at, a->uniforms.count)) return false;
    if (!names_equal(a->events.at, b->events.at, a->events.count)) return false;
    for (int i = 0; i < a->planes.count; i++)
        if (a->planes.at[i].name != b->planes.at[i].name) return false;
    return true;
}

bool kernel_alike(const Kernel *a, const Kernel *b) {
    if (a->shape != b->shape || a->precision != b->precision || a->planes.count != b->planes.count ||
        a->uniforms.count != b->uniforms.count || a->events.count != b->events.count ||
        a->functions.count != b->functions.count || a->code.count != b->code.count)
        return false;
    for (int i = 0; i < a->functions.count; i++)
        if (a->functions.at[i].name != b->functions.at[i].name) return false;
    for (int i = 0; i < a->planes.count; i++) {
        const KernelPlane *p = &a->planes.at[i], *q = &b->planes.at[i];
        if (p->index != q->index || p->storage != q->storage) return false;
    }
    for (int i = 0; i < a->code.count; i++)
        if (!instruction_equal(&a->code.at[i], &b->code.at[i])) return false;
    return true;
}

bool kernel_equal(const Kernel *a, const Kernel *b) { return kernel_alike(a, b) && same_names(a, b); }

/* FNV-1a over 64-bit words, with the high bits folded down (Fowler, Noll & Vo). Names count by their text, so a hash
 * is the same in every process. */
static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x100000001b3u;
    return hash ^ (hash >> 29);
}

static uint64_t mix_text(uint64_t hash, const char *text) {
    for (; *text; text++) hash = mix(hash, (unsigned char)*text);
    return mix(hash, 256);
}

uint64_t kernel_hash(const Kernel *kernel) {
    uint64_t hash = kernel_alike_hash(kernel);
    for (int i = 0; i < kernel->planes.count; i++) hash = mix_text(hash, kernel->planes.at[i].name);
    for (int i = 0; i < kernel->uniforms.count; i++) hash = mix_text(hash, kernel->uniforms.at[i]);
    for (int i = 0; i < kernel->events.count; i++) hash = mix_text(hash, kernel->events.at[i]);
    return hash;
}

uint64_t kernel_alike_hash(const Kernel *kernel) {
    uint64_t hash = mix(mix(0xcbf29ce484222325u, (uint64_t)kernel->shape), (uint64_t)kernel->precision);
    for (int i = 0; i < kernel->planes.count; i++) {
        const KernelPlane *plane = &kernel->planes.at[i];
        hash = mix(mix(hash, (uint64_t)plane->index), (uint64_t)plane->storage);
    }
    hash = mix(mix(hash, (uint64_t)kernel->uniforms.count), (uint64_t)kernel->events.count);
    for (int i = 0; i < kernel->functions.count; i++) hash = mix_text(hash, kernel->functions.at[i].name);
    for (int i = 0; i < kernel->code.count; i++) {
        const KernelInstruction *instruction = &kernel->code.at[i];
        hash = mix(mix(hash, instruction->op), (uint64_t)instruction->index);
        for (int k = 0; k < 3; k++) hash = mix(hash, (uint64_t)instruction->operands[k]);
        hash = mix(hash, number_bits(instruction->number));
    }
    return hash;
}

bool kernel_bind_functions(Kernel *kernel, KernelAddress *(*find)(void *context, Name name), void *context) {
    for (int i = 0; i < kernel->functions.count; i++) {
        KernelFunction *function = &kernel->functions.at[i];
        function->address = find(context, function->name);
        if (!function->address) return false;
    }
    return true;
}
