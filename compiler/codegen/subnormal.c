/* Subnormals in MIN and MAX: a level whose processor has no such instruction compares and picks, and what is picked keeps
 * its bits, though subnormal operands count as zeros (kernel/arithmetic.h). All other ops flush, or pass bits on that
 * came from outside.
 * Nor is there an instruction for the smaller of a value and itself, at any level.
 * In: a kernel, a level. Out: which of its MINs and MAXs must set subnormal results to zero: those that may have one, from memory
 * or a parameter, where something would see its bits. That is rare: arithmetic gives none and sees none. */
#include "codegen/llvm.h"
#include <stdlib.h>

/* Takes subnormal operands for zeros. */
static bool reads_as_zero(int op) {
    switch (op) {
    case KERNEL_ADD: case KERNEL_SUB: case KERNEL_MUL: case KERNEL_DIV: case KERNEL_FMA: case KERNEL_SQRT:
    case KERNEL_RINT: case KERNEL_FLOOR: case KERNEL_MIN: case KERNEL_MAX:
    case KERNEL_LT: case KERNEL_LE: case KERNEL_EQ: return true;
    default: return false;
    }
}

/* Never subnormal, where `never` is known of all that stands before. */
static bool never_subnormal(const KernelInstruction *instruction, const bool *never) {
    const int32_t *operands = instruction->operands;
    switch (instruction->op) {
    case KERNEL_ADD: case KERNEL_SUB: case KERNEL_MUL: case KERNEL_DIV: case KERNEL_FMA: case KERNEL_SQRT:
    case KERNEL_RINT: case KERNEL_FLOOR: case KERNEL_LIFT: case KERNEL_EXPONENT: case KERNEL_MANTISSA:
    case KERNEL_CONST: case KERNEL_INDEX: case KERNEL_PRE_INDEX: case KERNEL_POST_INDEX:
    case KERNEL_RANDOM0: case KERNEL_RANDOM1: return true;
    case KERNEL_NEG: case KERNEL_ABS: case KERNEL_COPYSIGN: return never[operands[0]];
    case KERNEL_MIN: case KERNEL_MAX: return never[operands[0]] && never[operands[1]];
    case KERNEL_SELECT: return never[operands[1]] && never[operands[2]];
    default: return false;
    }
}

bool *subnormal_find(const Kernel *kernel, const Level *level) {
    int count = kernel->code.count;
    bool *seen = calloc((size_t)count + 1, sizeof *seen), *never = calloc((size_t)count + 1, sizeof *never);
    for (int i = 0; i < count; i++) {
        const KernelInstruction *instruction = &kernel->code.at[i];
        never[i] = never_subnormal(instruction, never);
        for (int k = 0; k < 3; k++)
            if (instruction->operands[k] >= 0 && !reads_as_zero(instruction->op)) seen[instruction->operands[k]] = true;
    }
    for (int i = 0; i < count; i++) {
        const KernelInstruction *instruction = &kernel->code.at[i];
        bool extreme = instruction->op == KERNEL_MIN || instruction->op == KERNEL_MAX;
        bool by_hand = !level->extremes || instruction->operands[0] == instruction->operands[1];
        seen[i] = seen[i] && !never[i] && extreme && by_hand;
    }
    free(never);
    return seen;
}

Value subnormal_flush(Emitter *e, Value real) {
    LLVMBuilderRef b = e->m->builder;
    Value bits = LLVMBuildBitCast(b, real, build_vector(e, e->bits), "");
    Value exponent = LLVMBuildAnd(b, bits, build_bits(e, e->narrow ? 0x7f800000u : 0x7ff0000000000000u), "");
    Value sign = LLVMBuildAnd(b, bits, build_bits(e, e->narrow ? 0x80000000u : 0x8000000000000000u), "");
    Value small = LLVMBuildICmp(b, LLVMIntEQ, exponent, build_bits(e, 0), "");
    return LLVMBuildBitCast(b, LLVMBuildSelect(b, small, sign, bits, ""), build_vector(e, e->real), "");
}
