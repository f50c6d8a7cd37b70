/* Extern: calls of a user's functions in C, lane by lane, through double.
 * In: an instruction of class 'x' and its operands. Out: what the function gives, as the interpreter calls it.
 * Kept true: only arguments of lanes that there are reach the function; lanes past the last one repeat the first's. */
#include "codegen/llvm.h"
#include <string.h>

static Value declare(CodegenModule *m, const char *name, Type type) {
    Value function = LLVMGetNamedFunction(m->module, name);
    if (function) return function;
    function = LLVMAddFunction(m->module, name, type);
    const char *kinds[] = {"nounwind", "willreturn"};
    for (int i = 0; i < 2; i++) {
        unsigned kind = LLVMGetEnumAttributeKindForName(kinds[i], strlen(kinds[i]));
        LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex, LLVMCreateEnumAttribute(m->context, kind, 0));
    }
    return function;
}

Value extern_call(Emitter *e, const KernelInstruction *instruction, const Value *operands) {
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    Type parameters[3] = {m->f64, m->f64, m->f64};
    unsigned count = (unsigned)strlen(kernel_op_info((KernelOp)instruction->op)->operands);
    Type type = LLVMFunctionType(m->f64, parameters, count, false);
    Value function = declare(m, e->kernel->functions.at[instruction->index].name, type);
    Value result = LLVMGetPoison(build_vector(e, e->real)), first[3];
    for (int lane = 0; lane < e->width; lane++) {
        Value arguments[3], exists = NULL;
        if (lane && e->limit) { /* ROW has whole vectors only */
            Value self = LLVMBuildAdd(b, e->self, build_i64(m, (uint64_t)lane), "");
            exists = LLVMBuildICmp(b, LLVMIntSLT, self, e->limit, "");
        }
        for (unsigned i = 0; i < count; i++) {
            arguments[i] = build_fit(e, build_lane(e, operands[i], lane), m->f64);
            if (exists) arguments[i] = LLVMBuildSelect(b, exists, arguments[i], first[i], "");
            else first[i] = arguments[i];
        }
        Value given = build_fit(e, LLVMBuildCall2(b, type, function, arguments, count, ""), e->real);
        result = e->width == 1 ? given : LLVMBuildInsertElement(b, result, given, build_i32(m, (uint32_t)lane), "");
    }
    return result;
}
