/* Small words for LLVM's long ones: splats, fields, intrinsics, conversions.
 * In: values of the function being emitted. Out: new values at the builder's place. Nothing here knows a kernel. */
#include "codegen/llvm.h"
#include <string.h>

Type build_vector(Emitter *e, Type lane) {
    return e->width == 1 ? lane : LLVMVectorType(lane, (unsigned)e->width);
}

Value build_splat(Emitter *e, Value scalar) {
    if (e->width == 1) return scalar;
    LLVMBuilderRef b = e->m->builder;
    Type type = build_vector(e, LLVMTypeOf(scalar));
    Value one = LLVMBuildInsertElement(b, LLVMGetPoison(type), scalar, build_i32(e->m, 0), "");
    Value zeros = LLVMConstNull(LLVMVectorType(e->m->i32, (unsigned)e->width));
    return LLVMBuildShuffleVector(b, one, LLVMGetPoison(type), zeros, "");
}

static Value constant_splat(Emitter *e, Value scalar) {
    if (e->width == 1) return scalar;
    Value lanes[MOST_LANES];
    for (int i = 0; i < e->width; i++) lanes[i] = scalar;
    return LLVMConstVector(lanes, (unsigned)e->width);
}

Value build_real(Emitter *e, double number) {
    return constant_splat(e, LLVMConstReal(e->real, number));
}

Value build_bits(Emitter *e, uint64_t bits) {
    return constant_splat(e, LLVMConstInt(e->bits, bits, false));
}

Value build_i64(CodegenModule *m, uint64_t number) {
    return LLVMConstInt(m->i64, number, false);
}

Value build_i32(CodegenModule *m, uint32_t number) {
    return LLVMConstInt(m->i32, number, false);
}

Value build_intrinsic(CodegenModule *m, const char *name, Type overload, Value *arguments, int count) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    size_t overloads = overload != NULL;
    Value declared = LLVMGetIntrinsicDeclaration(m->module, id, &overload, overloads);
    Type type = LLVMIntrinsicGetType(m->context, id, &overload, overloads);
    return LLVMBuildCall2(m->builder, type, declared, arguments, (unsigned)count, "");
}

Value build_element(CodegenModule *m, Type type, Value base, Value index) {
    return LLVMBuildInBoundsGEP2(m->builder, type, base, &index, 1, "");
}

Value build_field(Emitter *e, size_t offset, Type type) {
    CodegenModule *m = e->m;
    Value address = build_element(m, m->i8, e->call, build_i64(m, offset));
    Value value = LLVMBuildLoad2(m->builder, type, address, "");
    Value nothing = LLVMMetadataAsValue(m->context, LLVMMDNodeInContext2(m->context, NULL, 0));
    LLVMSetMetadata(value, m->invariant_kind, nothing);
    return value;
}

Value build_any(Emitter *e, Value mask) {
    if (e->width == 1) return mask;
    Type integer = LLVMIntTypeInContext(e->m->context, (unsigned)e->width);
    Value bits = LLVMBuildBitCast(e->m->builder, mask, integer, "");
    return LLVMBuildICmp(e->m->builder, LLVMIntNE, bits, LLVMConstInt(integer, 0, false), "");
}

Value build_lane(Emitter *e, Value vector, int lane) {
    return e->width == 1 ? vector
                         : LLVMBuildExtractElement(e->m->builder, vector, build_i32(e->m, (uint32_t)lane), "");
}

Value build_fit(Emitter *e, Value value, Type lane) {
    Type type = LLVMTypeOf(value), from = type, to = lane;
    if (LLVMGetTypeKind(type) == LLVMVectorTypeKind) {
        from = LLVMGetElementType(type);
        to = LLVMVectorType(lane, LLVMGetVectorSize(type));
    }
    if (from == lane) return value;
    return lane == e->m->f64 ? LLVMBuildFPExt(e->m->builder, value, to, "")
                             : LLVMBuildFPTrunc(e->m->builder, value, to, "");
}

Block build_block(Emitter *e, const char *name) {
    return LLVMAppendBasicBlockInContext(e->m->context, e->function, name);
}

void build_unlikely(CodegenModule *m, Value branch) {
    LLVMMetadataRef operands[3] = {
        LLVMMDStringInContext2(m->context, "branch_weights", 14),
        LLVMValueAsMetadata(build_i32(m, 1)),
        LLVMValueAsMetadata(build_i32(m, 2000)),
    };
    LLVMSetMetadata(branch, m->profile_kind,
                    LLVMMetadataAsValue(m->context, LLVMMDNodeInContext2(m->context, operands, 3)));
}

Counter build_counter(Emitter *e, Value from, Value to) {
    LLVMBuilderRef b = e->m->builder;
    Counter counter = {.to = to, .body = build_block(e, "body"), .after = build_block(e, "after")};
    Block before = LLVMGetInsertBlock(b);
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntSLT, from, to, ""), counter.body, counter.after);
    LLVMPositionBuilderAtEnd(b, counter.body);
    counter.index = LLVMBuildPhi(b, e->m->i64, "");
    LLVMAddIncoming(counter.index, &from, &before, 1);
    return counter;
}

void build_counter_end(Emitter *e, Counter *counter, uint64_t step) {
    LLVMBuilderRef b = e->m->builder;
    Value next = LLVMBuildAdd(b, counter->index, build_i64(e->m, step), "");
    Block latch = LLVMGetInsertBlock(b);
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntSLT, next, counter->to, ""), counter->body, counter->after);
    LLVMAddIncoming(counter->index, &next, &latch, 1);
    LLVMMoveBasicBlockAfter(counter->after, latch);
    LLVMPositionBuilderAtEnd(b, counter->after);
}
