/* In-process code: the same objects that codegen_objects would write, linked in memory by LLJIT.
 * In: a CodegenInput. Out: a CodegenProgram whose functions live until codegen_free. Random counts come from the copy
 * of the runtime's functions linked with this library; debuggers learn of the code through their registration hook. */
#include "codegen/llvm.h"
#include "hillock/random.h"
#include <math.h>
#include <stdlib.h>

struct CodegenProgram {
    LLVMOrcLLJITRef jit;
    HilKernelFunction *const *functions;
};

/* What the code may call, by name. */
static LLVMErrorRef define_symbols(LLVMOrcLLJITRef jit, const CodegenInput *input) {
    const struct {
        const char *name;
        LLVMOrcExecutorAddress address;
    } own[] = {
        {"hil_poisson", (LLVMOrcExecutorAddress)hil_poisson},
        {"hil_binomial", (LLVMOrcExecutorAddress)hil_binomial},
        {"fma", (LLVMOrcExecutorAddress)(double (*)(double, double, double))fma},
        {"fmaf", (LLVMOrcExecutorAddress)(float (*)(float, float, float))fmaf},
    };
    enum { OWN = sizeof own / sizeof *own };
    int count = OWN + input->symbol_count;
    LLVMOrcCSymbolMapPair *pairs = calloc((size_t)count, sizeof *pairs);
    if (!pairs) return LLVMCreateStringError("out of memory");
    LLVMJITSymbolFlags flags = {LLVMJITSymbolGenericFlagsExported | LLVMJITSymbolGenericFlagsCallable, 0};
    for (int i = 0; i < count; i++) {
        const CodegenSymbol *given = i < OWN ? NULL : &input->symbols[i - OWN];
        pairs[i].Name = LLVMOrcLLJITMangleAndIntern(jit, given ? given->name : own[i].name);
        pairs[i].Sym.Address = given ? (LLVMOrcExecutorAddress)given->address : own[i].address;
        pairs[i].Sym.Flags = flags;
    }
    LLVMErrorRef cause =
        LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(jit), LLVMOrcAbsoluteSymbols(pairs, (size_t)count));
    free(pairs);
    return cause;
}

/* Takes the objects over. */
static bool link_objects(CodegenProgram *program, LLVMMemoryBufferRef *objects, int count, const CodegenInput *input,
                         HilError *error) {
    LLVMErrorRef cause = LLVMOrcCreateLLJIT(&program->jit, NULL);
    if (cause) {
        program->jit = NULL;
        for (int i = 0; i < count; i++) LLVMDisposeMemoryBuffer(objects[i]);
        return module_fail(error, "no in-process linker", cause);
    }
    if (input->debug_lines) {
        cause = LLVMOrcLLJITEnableDebugSupport(program->jit);
        if (cause) LLVMConsumeError(cause); /* the code runs all the same */
    }
    cause = define_symbols(program->jit, input);
    for (int i = 0; i < count; i++) {
        if (cause) LLVMDisposeMemoryBuffer(objects[i]);
        else cause = LLVMOrcLLJITAddObjectFile(program->jit, LLVMOrcLLJITGetMainJITDylib(program->jit), objects[i]);
    }
    if (cause) return module_fail(error, "the code cannot be linked", cause);
    LLVMOrcExecutorAddress address;
    cause = LLVMOrcLLJITLookup(program->jit, &address, "hil_kernel_functions");
    if (cause) return module_fail(error, "the kernels are not found", cause);
    program->functions = (HilKernelFunction *const *)address;
    return true;
}

CodegenProgram *codegen_jit(const CodegenInput *input, HilError *error) {
    if (input->target) {
        hil_fail(error, "code for %s cannot run in this process", input->target);
        return NULL;
    }
    LLVMMemoryBufferRef objects[MOST_SHARES];
    int count = shares_compile(input, codegen_host_level(), MOST_SHARES, objects, error);
    if (count == 0) return NULL;
    CodegenProgram *program = calloc(1, sizeof *program);
    if (!program) {
        for (int i = 0; i < count; i++) LLVMDisposeMemoryBuffer(objects[i]);
        hil_fail(error, "out of memory");
        return NULL;
    }
    if (link_objects(program, objects, count, input, error)) return program;
    codegen_free(program);
    return NULL;
}

HilKernelFunction *const *codegen_functions(const CodegenProgram *program) {
    return program->functions;
}

void codegen_free(CodegenProgram *program) {
    if (!program) return;
    if (program->jit) {
        LLVMErrorRef cause = LLVMOrcDisposeLLJIT(program->jit);
        if (cause) LLVMConsumeError(cause);
    }
    free(program);
}
