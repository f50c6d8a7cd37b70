/* Arithmetic, comparison and choice: one IEEE operation each, at any width, without fast-math flags.
 * In: an instruction and its operands' values. Out: its value, the same bits at every level: where a level lacks an
 * instruction (fused multiply-add, rounding) something exact stands in. */
#include "codegen/llvm.h"

static Value as_bits(Emitter *e, Value real) {
    return LLVMBuildBitCast(e->m->builder, real, build_vector(e, e->bits), "");
}

static Value as_real(Emitter *e, Value bits) {
    return LLVMBuildBitCast(e->m->builder, bits, build_vector(e, e->real), "");
}

static Value intrinsic(Emitter *e, const char *name, Value a, Value b, Value c) {
    Value arguments[3] = {a, b, c};
    return build_intrinsic(e->m, name, build_vector(e, e->real), arguments, c ? 3 : b ? 2 : 1);
}

/* Rounding without the instruction. Adding and taking away 2^52 (f32: 2^23) rounds a magnitude below it to the nearest
 * integer, ties to even; larger ones are integers already, NaN passes. The sign is put back for the zeros. */
static Value round_even(Emitter *e, Value a) {
    LLVMBuilderRef b = e->m->builder;
    if (e->level->rounds) return intrinsic(e, "llvm.roundeven", a, NULL, NULL);
    Value magic = build_real(e, e->narrow ? 0x1p23 : 0x1p52);
    Value size = intrinsic(e, "llvm.fabs", a, NULL, NULL);
    Value rounded = LLVMBuildFSub(b, LLVMBuildFAdd(b, size, magic, ""), magic, "");
    rounded = intrinsic(e, "llvm.copysign", rounded, a, NULL);
    return LLVMBuildSelect(b, LLVMBuildFCmp(b, LLVMRealOLT, size, magic, ""), rounded, a, "");
}

static Value round_down(Emitter *e, Value a) {
    LLVMBuilderRef b = e->m->builder;
    if (e->level->rounds) return intrinsic(e, "llvm.floor", a, NULL, NULL);
    Value rounded = round_even(e, a);
    Value above = LLVMBuildFCmp(b, LLVMRealOGT, rounded, a, "");
    return LLVMBuildSelect(b, above, LLVMBuildFSub(b, rounded, build_real(e, 1), ""), rounded, "");
}

static Value lift(Emitter *e, Value a) {
    return as_real(e, LLVMBuildShl(e->m->builder, as_bits(e, a), build_bits(e, e->narrow ? 23 : 52), ""));
}

/* The exponent's bits as a real: set under 2^52 (f32: 2^23) they read as 2^52 + bits. */
static Value exponent(Emitter *e, Value a) {
    LLVMBuilderRef b = e->m->builder;
    Value bits = LLVMBuildLShr(b, as_bits(e, a), build_bits(e, e->narrow ? 23 : 52), "");
    bits = LLVMBuildAnd(b, bits, build_bits(e, e->narrow ? 0xff : 0x7ff), "");
    double magic = e->narrow ? 0x1p23 : 0x1p52;
    bits = LLVMBuildOr(b, bits, build_bits(e, e->narrow ? 0x4b000000u : 0x4330000000000000u), "");
    return LLVMBuildFSub(b, as_real(e, bits), build_real(e, magic + (e->narrow ? 127 : 1023)), "");
}

static Value mantissa(Emitter *e, Value a) {
    LLVMBuilderRef b = e->m->builder;
    Value bits = LLVMBuildAnd(b, as_bits(e, a), build_bits(e, e->narrow ? 0x7fffffu : 0xfffffffffffffu), "");
    bits = LLVMBuildOr(b, bits, build_bits(e, e->narrow ? 0x3f800000u : 0x3ff0000000000000u), "");
    return as_real(e, bits);
}

Value arithmetic_emit(Emitter *e, const KernelInstruction *instruction, Value x, Value y, Value z) {
    LLVMBuilderRef b = e->m->builder;
    switch ((KernelOp)instruction->op) {
    case KERNEL_ADD: return LLVMBuildFAdd(b, x, y, "");
    case KERNEL_SUB: return LLVMBuildFSub(b, x, y, "");
    case KERNEL_MUL: return LLVMBuildFMul(b, x, y, "");
    case KERNEL_DIV: return LLVMBuildFDiv(b, x, y, "");
    case KERNEL_FMA: return intrinsic(e, "llvm.fma", x, y, z);
    case KERNEL_NEG: return LLVMBuildFNeg(b, x, "");
    case KERNEL_ABS: return intrinsic(e, "llvm.fabs", x, NULL, NULL);
    case KERNEL_SQRT: return intrinsic(e, "llvm.sqrt", x, NULL, NULL);
    case KERNEL_MIN: return LLVMBuildSelect(b, LLVMBuildFCmp(b, LLVMRealOLT, x, y, ""), x, y, "");
    case KERNEL_MAX: return LLVMBuildSelect(b, LLVMBuildFCmp(b, LLVMRealOGT, x, y, ""), x, y, "");
    case KERNEL_RINT: return round_even(e, x);
    case KERNEL_FLOOR: return round_down(e, x);
    case KERNEL_COPYSIGN: return intrinsic(e, "llvm.copysign", x, y, NULL);
    case KERNEL_LIFT: return lift(e, x);
    case KERNEL_EXPONENT: return exponent(e, x);
    case KERNEL_MANTISSA: return mantissa(e, x);
    case KERNEL_LT: return LLVMBuildFCmp(b, LLVMRealOLT, x, y, "");
    case KERNEL_LE: return LLVMBuildFCmp(b, LLVMRealOLE, x, y, "");
    case KERNEL_EQ: return LLVMBuildFCmp(b, LLVMRealOEQ, x, y, "");
    case KERNEL_AND: return LLVMBuildAnd(b, x, y, "");
    case KERNEL_OR: return LLVMBuildOr(b, x, y, "");
    case KERNEL_NOT: return LLVMBuildNot(b, x, "");
    case KERNEL_SELECT: return LLVMBuildSelect(b, x, y, z, "");
    default: return NULL;
    }
}
