/* Body: a kernel's instructions, once, at the place the builder stands: for one lane or a vector of lanes.
 * In: an Emitter that knows where the lanes are. Out: e->values, effects; the builder may end in another block.
 * In vectors a loop goes on while any lane does; lanes that are done keep their values. */
#include "codegen/llvm.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

typedef struct Loop {
    int first;   /* its LOOP instruction */
    int carries;
    Block head;
    Value round, active, outer_active;
} Loop;

typedef struct Body {
    Loop *loops; /* a stack */
    int depth;
    Value *next, *result; /* by the CARRY's number */
} Body;

static void loop_begin(Emitter *e, Body *body, int at) {
    LLVMBuilderRef b = e->m->builder;
    const Kernel *kernel = e->kernel;
    Loop *loop = &body->loops[body->depth++];
    *loop = (Loop){.first = at, .head = build_block(e, "loop"), .outer_active = e->active};
    Block before = LLVMGetInsertBlock(b);
    LLVMBuildBr(b, loop->head);
    LLVMPositionBuilderAtEnd(b, loop->head);
    loop->round = LLVMBuildPhi(b, e->m->i32, "");
    Value zero = build_i32(e->m, 0);
    LLVMAddIncoming(loop->round, &zero, &before, 1);
    for (int i = at + 1; i < kernel->code.count && kernel->code.at[i].op == KERNEL_CARRY; i++, loop->carries++) {
        Value carry = LLVMBuildPhi(b, build_vector(e, e->real), "");
        LLVMAddIncoming(carry, &e->values[kernel->code.at[i].operands[0]], &before, 1);
        e->values[i] = body->next[i] = carry;
    }
    if (e->width == 1) return;
    Type mask = build_vector(e, e->m->i1);
    loop->active = LLVMBuildPhi(b, mask, "");
    Value start = e->active ? e->active : LLVMConstAllOnes(mask);
    LLVMAddIncoming(loop->active, &start, &before, 1);
    e->active = loop->active;
}

static void loop_end(Emitter *e, Body *body, Value mask) {
    LLVMBuilderRef b = e->m->builder;
    Loop *loop = &body->loops[--body->depth];
    Block latch = LLVMGetInsertBlock(b), after = build_block(e, "loop_done");
    if (e->width > 1) mask = LLVMBuildAnd(b, mask, loop->active, "");
    Value round = LLVMBuildAdd(b, loop->round, build_i32(e->m, 1), "");
    Value most = build_i32(e->m, (uint32_t)e->kernel->code.at[loop->first].index);
    for (int i = loop->first + 1; i <= loop->first + loop->carries; i++) {
        Value next = body->next[i];
        if (e->width > 1) next = LLVMBuildSelect(b, loop->active, next, e->values[i], "");
        LLVMAddIncoming(e->values[i], &next, &latch, 1);
        body->result[i] = next;
    }
    Value more = LLVMBuildICmp(b, LLVMIntULT, round, most, "");
    LLVMBuildCondBr(b, LLVMBuildAnd(b, build_any(e, mask), more, ""), loop->head, after);
    LLVMAddIncoming(loop->round, &round, &latch, 1);
    if (e->width > 1) LLVMAddIncoming(loop->active, &mask, &latch, 1);
    e->active = loop->outer_active;
    LLVMPositionBuilderAtEnd(b, after);
}

static Value operand(const Emitter *e, const KernelInstruction *instruction, int which) {
    int number = instruction->operands[which];
    return number < 0 ? NULL : e->values[number];
}

/* Subnormals count as zeros (kernel/arithmetic.h). */
static Value constant(Emitter *e, double number) {
    double rounded = e->narrow ? (double)(float)number : number;
    return build_real(e, fabs(rounded) < (e->narrow ? (double)FLT_MIN : DBL_MIN) ? copysign(0, rounded) : rounded);
}

Value body_instruction(Emitter *e, int at) {
    const KernelInstruction *instruction = &e->kernel->code.at[at];
    Value a = operand(e, instruction, 0), b = operand(e, instruction, 1), c = operand(e, instruction, 2);
    switch ((KernelOp)instruction->op) {
    case KERNEL_CONST: return constant(e, instruction->number);
    case KERNEL_TRUE: return LLVMConstAllOnes(build_vector(e, e->m->i1));
    case KERNEL_LOAD: return memory_load(e, instruction->index);
    case KERNEL_UNIFORM: return e->uniforms[instruction->index];
    case KERNEL_TIME: return e->time;
    case KERNEL_INDEX: return memory_index(e, KERNEL_SELF);
    case KERNEL_PRE_INDEX: return memory_index(e, KERNEL_PRE);
    case KERNEL_POST_INDEX: return memory_index(e, KERNEL_POST);
    case KERNEL_RANDOM0: return random_uniform(e, instruction->index, 0);
    case KERNEL_RANDOM1: return random_uniform(e, instruction->index, 1);
    case KERNEL_POISSON: return random_count(e, "hil_poisson", (Value[]){a, b}, 2);
    case KERNEL_BINOMIAL: return random_count(e, "hil_binomial", (Value[]){a, b, c}, 3);
    case KERNEL_EXTERN1:
    case KERNEL_EXTERN2:
    case KERNEL_EXTERN3: return extern_call(e, instruction, (Value[]){a, b, c});
    case KERNEL_STORE:
        if (!effects_is_late(e, instruction)) memory_store(e, instruction->index, a);
        return NULL;
    case KERNEL_ACCUMULATE:
        if (!effects_is_late(e, instruction)) memory_accumulate(e, instruction->index, a);
        return NULL;
    case KERNEL_FIRE:
    case KERNEL_FIRE_EXACT: effects_fire(e, instruction); return NULL;
    default: {
        Value value = arithmetic_emit(e, instruction, a, b, c);
        return e->flushes[at] ? subnormal_flush(e, value) : value;
    }
    }
}

static Value emit_one(Emitter *e, Body *body, int at) {
    const KernelInstruction *instruction = &e->kernel->code.at[at];
    debug_place(e, instruction->span);
    switch ((KernelOp)instruction->op) {
    case KERNEL_LOOP: loop_begin(e, body, at); return NULL;
    case KERNEL_CARRY: return e->values[at];
    case KERNEL_NEXT: body->next[instruction->operands[0]] = operand(e, instruction, 1); return NULL;
    case KERNEL_END: loop_end(e, body, operand(e, instruction, 0)); return NULL;
    case KERNEL_RESULT: return body->result[instruction->operands[0]];
    default: return body_instruction(e, at);
    }
}

/* All effects wait for the body's end when a load after one of them must not see it. */
static bool effects_wait(const Kernel *kernel) {
    for (int i = 0; i < kernel->code.count; i++) {
        if (kernel->code.at[i].op != KERNEL_STORE && kernel->code.at[i].op != KERNEL_ACCUMULATE) continue;
        for (int k = i + 1; k < kernel->code.count; k++) {
            if (kernel->code.at[k].op == KERNEL_LOAD &&
                memory_may_overlap(kernel, kernel->code.at[i].index, kernel->code.at[k].index)) return true;
        }
    }
    return false;
}

void body_emit(Emitter *e) {
    const Kernel *kernel = e->kernel;
    size_t count = (size_t)kernel->code.count + 1;
    Body body = {.loops = calloc(count, sizeof(Loop)),
                 .next = calloc(count, sizeof(Value)),
                 .result = calloc(count, sizeof(Value))};
    e->random_block = NULL;
    e->active = NULL;
    memory_find_ends(e);
    bool wait = effects_wait(kernel);
    for (int i = 0; i < kernel->code.count; i++) {
        if (wait && kernel_op_info((KernelOp)kernel->code.at[i].op)->class == 'e') continue;
        e->values[i] = emit_one(e, &body, i);
    }
    for (int i = 0; wait && i < kernel->code.count; i++) {
        if (kernel_op_info((KernelOp)kernel->code.at[i].op)->class != 'e') continue;
        emit_one(e, &body, i);
    }
    effects_late(e);
    free(body.loops);
    free(body.next);
    free(body.result);
}
