/* Effects that are not plain stores: lists of the lanes that fired, and sums of synapses at their ends.
 * In: masks and values of the body. Out: call->fired, planes. Lanes are taken one after another in ascending order, so
 * that lists and sums do not depend on the width; lanes from `limit` on, which are padding, have no effect. */
#include "codegen/llvm.h"
#include <stddef.h>

static Value spill(Emitter *e, Value vector) {
    CodegenModule *m = e->m;
    Block here = LLVMGetInsertBlock(m->builder), entry = LLVMGetEntryBasicBlock(e->function);
    LLVMPositionBuilderBefore(m->builder, LLVMGetFirstInstruction(entry));
    Value place = LLVMBuildAlloca(m->builder, LLVMTypeOf(vector), "");
    LLVMSetAlignment(place, 64);
    LLVMPositionBuilderAtEnd(m->builder, here);
    LLVMBuildStore(m->builder, vector, place);
    return place;
}

/* The part of a HilFired's field, by its offset. */
static Value fired_field(Emitter *e, int event, size_t offset) {
    CodegenModule *m = e->m;
    Value fired = build_field(e, offsetof(HilCall, fired), m->pointer);
    return build_element(m, m->i8, fired, build_i64(m, (size_t)event * sizeof(HilFired) + offset));
}

static Value fired_load(Emitter *e, int event, size_t offset, Type type) {
    Value value = LLVMBuildLoad2(e->m->builder, type, fired_field(e, event, offset), "");
    memory_scope(e, e->kernel->planes.count + MEMORY_FIRED, value);
    return value;
}

static void fired_store(Emitter *e, Type type, Value base, Value index, Value value) {
    Value store = LLVMBuildStore(e->m->builder, value, build_element(e->m, type, base, index));
    memory_scope(e, e->kernel->planes.count + MEMORY_FIRED, store);
}

/* Appends a lane and, where fractions are wanted, its part of the step. Leaves the builder in another block. */
static void append(Emitter *e, Value lanes, Value fractions, Value count, Value lane, Value part) {
    CodegenModule *m = e->m;
    fired_store(e, m->i32, lanes, count, LLVMBuildTrunc(m->builder, lane, m->i32, ""));
    Block write = build_block(e, "fraction"), after = build_block(e, "appended");
    Value wanted = LLVMBuildICmp(m->builder, LLVMIntNE, fractions, LLVMConstNull(m->pointer), "");
    LLVMBuildCondBr(m->builder, wanted, write, after);
    LLVMPositionBuilderAtEnd(m->builder, write);
    fired_store(e, m->f64, fractions, count, part);
    LLVMBuildBr(m->builder, after);
    LLVMPositionBuilderAtEnd(m->builder, after);
}

static void fire_one(Emitter *e, int event, Value fraction) {
    Value count = fired_load(e, event, offsetof(HilFired, count), e->m->i64);
    append(e, fired_load(e, event, offsetof(HilFired, lanes), e->m->pointer),
           fired_load(e, event, offsetof(HilFired, fraction), e->m->pointer), count, e->self,
           fraction ? build_fit(e, fraction, e->m->f64) : LLVMConstReal(e->m->f64, 1));
    count = LLVMBuildAdd(e->m->builder, count, build_i64(e->m, 1), "");
    Value store = LLVMBuildStore(e->m->builder, count, fired_field(e, event, offsetof(HilFired, count)));
    memory_scope(e, e->kernel->planes.count + MEMORY_FIRED, store);
}

/* Goes through the set bits of the mask from the lowest. */
static void fire_many(Emitter *e, int event, Value mask, Value fraction) {
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    Value parts = fraction ? spill(e, fraction) : NULL;
    Value first = fired_load(e, event, offsetof(HilFired, count), m->i64);
    Value lanes = fired_load(e, event, offsetof(HilFired, lanes), m->pointer);
    Value fractions = fired_load(e, event, offsetof(HilFired, fraction), m->pointer);
    Value all = LLVMBuildBitCast(b, mask, LLVMIntTypeInContext(m->context, (unsigned)e->width), "");
    all = LLVMBuildZExt(b, all, m->i64, "");
    Block before = LLVMGetInsertBlock(b), head = build_block(e, "fired"), inside = build_block(e, "listed");
    Block next = build_block(e, "next"), after = build_block(e, "list_done");
    LLVMBuildBr(b, head);
    LLVMPositionBuilderAtEnd(b, head);
    Value bits = LLVMBuildPhi(b, m->i64, ""), count = LLVMBuildPhi(b, m->i64, "");
    Value zeros = build_intrinsic(m, "llvm.cttz", m->i64, (Value[]){bits, LLVMConstInt(m->i1, 1, false)}, 2);
    Value lane = LLVMBuildAdd(b, e->self, zeros, "");
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntSLT, lane, e->limit, ""), inside, after); /* the rest is padding too */
    LLVMPositionBuilderAtEnd(b, inside);
    Value part = LLVMConstReal(m->f64, 1); /* a plain event is at the step's end */
    if (parts) {
        part = LLVMBuildLoad2(b, e->real, build_element(m, e->real, parts, zeros), "");
        part = build_fit(e, part, m->f64);
    }
    append(e, lanes, fractions, count, lane, part);
    Value more = LLVMBuildAdd(b, count, build_i64(m, 1), "");
    Value rest = LLVMBuildAnd(b, bits, LLVMBuildSub(b, bits, build_i64(m, 1), ""), "");
    LLVMBuildBr(b, next);
    LLVMPositionBuilderAtEnd(b, next);
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntNE, rest, build_i64(m, 0), ""), head, after);
    LLVMAddIncoming(bits, (Value[]){all, rest}, (Block[]){before, next}, 2);
    LLVMAddIncoming(count, (Value[]){first, more}, (Block[]){before, next}, 2);
    LLVMPositionBuilderAtEnd(b, after);
    Value final = LLVMBuildPhi(b, m->i64, "");
    LLVMAddIncoming(final, (Value[]){count, more}, (Block[]){head, next}, 2);
    Value store = LLVMBuildStore(b, final, fired_field(e, event, offsetof(HilFired, count)));
    memory_scope(e, e->kernel->planes.count + MEMORY_FIRED, store);
}

void effects_fire(Emitter *e, const KernelInstruction *instruction) {
    LLVMBuilderRef b = e->m->builder;
    Value mask = e->values[instruction->operands[0]];
    Value fraction = instruction->op == KERNEL_FIRE_EXACT ? e->values[instruction->operands[1]] : NULL;
    Block list = build_block(e, "fire"), after = build_block(e, "fire_done");
    build_unlikely(e->m, LLVMBuildCondBr(b, build_any(e, mask), list, after));
    LLVMPositionBuilderAtEnd(b, list);
    if (e->width == 1) fire_one(e, instruction->index, fraction);
    else fire_many(e, instruction->index, mask, fraction);
    LLVMBuildBr(b, after);
    LLVMPositionBuilderAtEnd(b, after);
}

/* ---- sums of synapses ---- */

/* True for effects at elements that lanes of one vector may share. In vectors of a row that is every write at an end; a
 * store there is a sum too (row.c sees to it). */
bool effects_is_late(const Emitter *e, const KernelInstruction *instruction) {
    if (instruction->op != KERNEL_ACCUMULATE && instruction->op != KERNEL_STORE) return false;
    KernelIndex index = e->kernel->planes.at[instruction->index].index;
    switch (e->kernel->shape) {
    case HIL_SHAPE_ROW: return e->width > 1 && index != KERNEL_SELF;
    case HIL_SHAPE_EDGE: return index != KERNEL_SELF;
    case HIL_SHAPE_FROM: return index == KERNEL_PRE;
    default: return false;
    }
}

static Value lane_end(Emitter *e, KernelIndex index, int lane) {
    if (e->kernel->shape != HIL_SHAPE_EDGE && index == KERNEL_PRE) return e->pre;
    return index == KERNEL_PRE ? e->pre_lanes[lane] : e->post_lanes[lane];
}

static Value counted_end(Emitter *e, KernelIndex index, Value synapse) {
    if (e->kernel->shape == HIL_SHAPE_FROM) return e->pre;
    return index == KERNEL_PRE ? memory_source(e, synapse) : memory_target(e, synapse);
}

/* One lane's effect: a sum, or a store of an operation on the element's own value. */
static void late_effect(Emitter *e, const KernelInstruction *instruction, Value index, int lane) {
    const KernelInstruction *code = e->kernel->code.at, *made = &code[instruction->operands[0]];
    debug_place(e, instruction->span);
    if (instruction->op == KERNEL_ACCUMULATE) {
        Value addend = build_lane(e, e->values[instruction->operands[0]], lane);
        memory_lane_accumulate(e, instruction->index, index, addend);
        return;
    }
    Value operands[3] = {NULL, NULL, NULL};
    int width = e->width;
    for (int i = 0; i < 3 && made->operands[i] >= 0; i++) {
        const KernelInstruction *source = &code[made->operands[i]];
        bool own = source->op == KERNEL_LOAD && source->index == instruction->index;
        operands[i] = own ? memory_lane_load(e, instruction->index, index)
                          : build_lane(e, e->values[made->operands[i]], lane);
    }
    e->width = 1;
    memory_lane_store(e, instruction->index, index, arithmetic_emit(e, made, operands[0], operands[1], operands[2]));
    e->width = width;
}

static void late_effects_of_lane(Emitter *e, int lane) {
    for (int i = 0; i < e->kernel->code.count; i++) {
        const KernelInstruction *instruction = &e->kernel->code.at[i];
        if (!effects_is_late(e, instruction)) continue;
        late_effect(e, instruction, lane_end(e, e->kernel->planes.at[instruction->index].index, lane), lane);
    }
}

/* The last vector, with padding: lane by lane through memory. Only sums come here. */
static void late_effects_cut(Emitter *e) {
    CodegenModule *m = e->m;
    const Kernel *kernel = e->kernel;
    Value places[kernel->code.count];
    for (int i = 0; i < kernel->code.count; i++) {
        if (effects_is_late(e, &kernel->code.at[i])) places[i] = spill(e, e->values[kernel->code.at[i].operands[0]]);
    }
    Counter counter = build_counter(e, e->self, e->limit);
    Value lane = LLVMBuildSub(m->builder, counter.index, e->self, "");
    for (int i = 0; i < kernel->code.count; i++) {
        const KernelInstruction *instruction = &kernel->code.at[i];
        if (!effects_is_late(e, instruction)) continue;
        Value index = counted_end(e, kernel->planes.at[instruction->index].index, counter.index);
        Value value = LLVMBuildLoad2(m->builder, e->real, build_element(m, e->real, places[i], lane), "");
        memory_lane_accumulate(e, instruction->index, index, value);
    }
    build_counter_end(e, &counter, 1);
}

/* All effects of a lane come before the next lane's, for PRE and POST planes may be one array. Whole vectors are
 * unrolled, their values and indices still at hand. */
void effects_late(Emitter *e) {
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    bool any = false;
    for (int i = 0; i < e->kernel->code.count; i++) any |= effects_is_late(e, &e->kernel->code.at[i]);
    if (!any) return;
    if (e->kernel->shape == HIL_SHAPE_ROW) { /* has no padding */
        for (int lane = 0; lane < e->width; lane++) late_effects_of_lane(e, lane);
        return;
    }
    Block whole = build_block(e, "whole"), cut = build_block(e, "cut"), after = build_block(e, "summed");
    Value last = LLVMBuildAdd(b, e->self, build_i64(m, (uint64_t)e->width), "");
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntSLE, last, e->limit, ""), whole, cut);
    LLVMPositionBuilderAtEnd(b, whole);
    for (int lane = 0; lane < e->width; lane++) late_effects_of_lane(e, lane);
    LLVMBuildBr(b, after);
    LLVMPositionBuilderAtEnd(b, cut);
    late_effects_cut(e);
    LLVMBuildBr(b, after);
    LLVMPositionBuilderAtEnd(b, after);
}
