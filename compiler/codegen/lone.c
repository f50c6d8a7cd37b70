/* Lone cells: a body for one lane, in which the same elementary function of independent arguments is computed once for
 * all of them, as lanes of a vector.
 * In: a lowered kernel without loops, whose instructions bear the number of the elementary function that they were
 * expanded from. Out: as body_emit, the same bits: a vector's lane does what the scalar would have done.
 *
 * A lone cell's step is bound by latency, and by how much of it a processor sees at once: its exponentials depend on one
 * another two or three deep, and each level of that depth becomes one evaluation. Levels count from the step's end: an
 * expansion stands one higher than those that its result goes into, so that those of one level are independent, and
 * none delays a deeper one by an argument that is late. Two go side by side when they are the same code: op for op, on
 * the same place within themselves or on anything outside. */
#include "codegen/llvm.h"
#include <stdlib.h>

enum { FEWEST = 2 }; /* lanes of a function alone: a scalar's powers of two pass through integer registers */

/* One elementary function's instructions, constants apart. */
typedef struct Expansion {
    int *at, count;
    int level;
} Expansion;

/* Expansions of one level and code; the lane is the place in `members`. */
typedef struct Group {
    const Expansion *members[MOST_LANES];
    int count, level;
} Group;

typedef struct Lone {
    Emitter *e;
    Expansion *expansions; /* by number, from 1 */
    int expansion_count;
    int *level;            /* of each instruction */
    int *place;            /* within its expansion */
    bool *outside;         /* used by what is not of its expansion */
    Group *groups;
    int group_count;
    Value *vectors;        /* of the group being emitted, by place */
} Lone;

static bool is_constant(const KernelInstruction *instruction) {
    return instruction->op == KERNEL_CONST || instruction->op == KERNEL_TRUE;
}

/* The expansion that the instruction is part of, or 0. */
static int expansion_of(const Kernel *kernel, int at) {
    const KernelInstruction *instruction = &kernel->code.at[at];
    return is_constant(instruction) ? 0 : instruction->expansion;
}

bool lone_suits(const Kernel *kernel) {
    bool any = false;
    for (int i = 0; i < kernel->code.count; i++) {
        if (kernel->code.at[i].op == KERNEL_LOOP) return false;
        any |= expansion_of(kernel, i) > 0;
    }
    return any;
}

static void find_expansions(Lone *lone) {
    const Kernel *kernel = lone->e->kernel;
    int count = kernel->code.count;
    for (int i = 0; i < count; i++)
        if (expansion_of(kernel, i) > lone->expansion_count) lone->expansion_count = expansion_of(kernel, i);
    lone->expansions = calloc((size_t)lone->expansion_count + 1, sizeof(Expansion));
    for (int i = 0; i < count; i++) {
        int number = expansion_of(kernel, i);
        if (!number) continue;
        Expansion *expansion = &lone->expansions[number];
        if (!expansion->at) expansion->at = calloc((size_t)(count - i), sizeof(int));
        lone->place[i] = expansion->count;
        expansion->at[expansion->count++] = i;
    }
}

/* An operand stands at least as high as what uses it, and one level higher when an expansion's result is used outside. */
static void raise_operands(Lone *lone, int at) {
    const Kernel *kernel = lone->e->kernel;
    int number = expansion_of(kernel, at);
    for (int k = 0; k < 3; k++) {
        int operand = kernel->code.at[at].operands[k];
        if (operand < 0) continue;
        int of = expansion_of(kernel, operand);
        bool own = number && of == number;
        if (!own) lone->outside[operand] = true;
        int *level = of ? &lone->expansions[of].level : &lone->level[operand];
        int least = of && !own ? lone->level[at] + 1 : lone->level[at];
        if (least > *level) *level = least;
    }
}

/* From the last to the first: users come before what they use. An expansion's instructions stand together, behind its
 * arguments; when the last of them is met all that uses it has been. */
static void find_levels(Lone *lone) {
    const Kernel *kernel = lone->e->kernel;
    for (int i = kernel->code.count - 1; i >= 0; i--) {
        int number = expansion_of(kernel, i);
        if (number) lone->level[i] = lone->expansions[number].level;
        raise_operands(lone, i);
    }
}

static bool alike(const Lone *lone, const Expansion *a, const Expansion *b) {
    const Kernel *kernel = lone->e->kernel;
    if (a->level != b->level || a->count != b->count) return false;
    for (int p = 0; p < a->count; p++) {
        const KernelInstruction *x = &kernel->code.at[a->at[p]], *y = &kernel->code.at[b->at[p]];
        if (x->op != y->op || x->index != y->index) return false;
        for (int k = 0; k < 3; k++) {
            int i = x->operands[k], j = y->operands[k];
            if ((i < 0) != (j < 0)) return false;
            if (i < 0) continue;
            bool own = expansion_of(kernel, i) == x->expansion;
            if (own != (expansion_of(kernel, j) == y->expansion)) return false;
            if (own && lone->place[i] != lone->place[j]) return false;
        }
    }
    return true;
}

static void find_groups(Lone *lone) {
    lone->groups = calloc((size_t)lone->expansion_count + 1, sizeof(Group));
    for (int number = 1; number <= lone->expansion_count; number++) {
        const Expansion *expansion = &lone->expansions[number];
        if (!expansion->count) continue;
        Group *group = lone->groups, *end = group + lone->group_count;
        while (group < end && (group->count >= lone->e->vector_width || !alike(lone, group->members[0], expansion))) group++;
        if (group == end) lone->group_count++;
        group->level = expansion->level;
        group->members[group->count++] = expansion;
    }
}

/* Operand k of the group's instructions at a place: one of their own, the same for all, or gathered from outside. Lanes
 * past the members repeat the last. */
static Value gather(Lone *lone, const Group *group, int place, int k) {
    Emitter *e = lone->e;
    const Kernel *kernel = e->kernel;
    int operands[MOST_LANES] = {0};
    bool same = true;
    for (int lane = 0; lane < e->width; lane++) {
        const Expansion *member = group->members[lane < group->count ? lane : group->count - 1];
        operands[lane] = kernel->code.at[member->at[place]].operands[k];
        same &= operands[lane] == operands[0];
    }
    if (operands[0] < 0) return NULL;
    int number = kernel->code.at[group->members[0]->at[place]].expansion;
    if (expansion_of(kernel, operands[0]) == number) return lone->vectors[lone->place[operands[0]]];
    if (same) return build_splat(e, e->values[operands[0]]);
    Value vector = LLVMGetPoison(build_vector(e, LLVMTypeOf(e->values[operands[0]])));
    for (int lane = 0; lane < e->width; lane++) {
        Value place_in_vector = build_i32(e->m, (uint32_t)lane);
        vector = LLVMBuildInsertElement(e->m->builder, vector, e->values[operands[lane]], place_in_vector, "");
    }
    return vector;
}

static void emit_group(Lone *lone, const Group *group) {
    Emitter *e = lone->e;
    const Kernel *kernel = e->kernel;
    int width = FEWEST;
    while (width < group->count) width *= 2;
    for (int place = 0; place < group->members[0]->count; place++) {
        bool flush = false;
        for (int lane = 0; lane < group->count; lane++) flush |= e->flushes[group->members[lane]->at[place]];
        const KernelInstruction *instruction = &kernel->code.at[group->members[0]->at[place]];
        debug_place(e, instruction->span);
        e->width = width;
        Value operands[3];
        for (int k = 0; k < 3; k++) operands[k] = gather(lone, group, place, k);
        Value value = arithmetic_emit(e, instruction, operands[0], operands[1], operands[2]);
        lone->vectors[place] = flush ? subnormal_flush(e, value) : value;
        e->width = 1;
        for (int lane = 0; lane < group->count; lane++) {
            int at = group->members[lane]->at[place];
            if (lone->outside[at])
                e->values[at] = LLVMBuildExtractElement(e->m->builder, lone->vectors[place],
                                                        build_i32(e->m, (uint32_t)lane), "");
        }
    }
}

static void emit_levels(Lone *lone) {
    Emitter *e = lone->e;
    const Kernel *kernel = e->kernel;
    int highest = 0;
    for (int i = 0; i < kernel->code.count; i++)
        if (lone->level[i] > highest) highest = lone->level[i];
    for (int level = highest; level >= 0; level--) {
        for (int i = 0; i < kernel->code.count; i++) {
            if (lone->level[i] != level || expansion_of(kernel, i)) continue;
            if (kernel_op_info((KernelOp)kernel->code.at[i].op)->class == 'e') continue;
            debug_place(e, kernel->code.at[i].span);
            e->values[i] = body_instruction(e, i);
        }
        for (int i = 0; i < lone->group_count; i++)
            if (lone->groups[i].level == level) emit_group(lone, &lone->groups[i]);
    }
    for (int i = 0; i < kernel->code.count; i++) {
        if (kernel_op_info((KernelOp)kernel->code.at[i].op)->class != 'e') continue;
        debug_place(e, kernel->code.at[i].span);
        body_instruction(e, i);
    }
}

void lone_emit(Emitter *e) {
    size_t count = (size_t)e->kernel->code.count + 1;
    Lone lone = {.e = e,
                 .level = calloc(count, sizeof(int)),
                 .place = calloc(count, sizeof(int)),
                 .outside = calloc(count, sizeof(bool)),
                 .vectors = calloc(count, sizeof(Value))};
    e->random_block = NULL;
    e->active = NULL;
    find_expansions(&lone);
    find_levels(&lone);
    find_groups(&lone);
    emit_levels(&lone);
    for (int i = 1; i <= lone.expansion_count; i++) free(lone.expansions[i].at);
    free(lone.expansions);
    free(lone.groups);
    free(lone.level);
    free(lone.place);
    free(lone.outside);
    free(lone.vectors);
}
