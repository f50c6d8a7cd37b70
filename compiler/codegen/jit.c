/* In-process code: the same object that codegen_object would write, linked in memory by LLJIT.
 * In: a CodegenInput. Out: a CodegenProgram whose functions live until codegen_free. Random counts come from the copy of
 * the runtime's functions linked with this library; debuggers are told of the code through their registration hook. */
#include "codegen/llvm.h"
#include "hillock/random.h"
#include <math.h>
#include <stdlib.h>

struct CodegenProgram {
    LLVMOrcLLJITRef jit;
    HilKernelFunction *const *functions;
};

/* What the code may call, by name. */
static LLVMErrorRef define_symbols(LLVMOrcLLJITRef jit) {
    const struct {
        const char *name;
        LLVMOrcExecutorAddress address;
    } symbols[] = {
        {"hil_poisson", (LLVMOrcExecutorAddress)hil_poisson},
        {"hil_binomial", (LLVMOrcExecutorAddress)hil_binomial},
        {"fma", (LLVMOrcExecutorAddress)(double (*)(double, double, double))fma},
        {"fmaf", (LLVMOrcExecutorAddress)(float (*)(float, float, float))fmaf},
    };
    enum { COUNT = sizeof symbols / sizeof *symbols };
    LLVMOrcCSymbolMapPair pairs[COUNT];
    for (int i = 0; i < COUNT; i++) {
        pairs[i].Name = LLVMOrcLLJITMangleAndIntern(jit, symbols[i].name);
        pairs[i].Sym.Address = symbols[i].address;
        pairs[i].Sym.Flags = (LLVMJITSymbolFlags){LLVMJITSymbolGenericFlagsExported | LLVMJITSymbolGenericFlagsCallable, 0};
    }
    return LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(jit), LLVMOrcAbsoluteSymbols(pairs, COUNT));
}

/* Takes the object over. */
static bool link_object(CodegenProgram *program, LLVMMemoryBufferRef object, bool debug_lines, HilError *error) {
    LLVMErrorRef cause = LLVMOrcCreateLLJIT(&program->jit, NULL);
    if (cause) {
        LLVMDisposeMemoryBuffer(object);
        return module_fail(error, "no in-process linker", cause);
    }
    if (debug_lines) {
        cause = LLVMOrcLLJITEnableDebugSupport(program->jit);
        if (cause) LLVMConsumeError(cause); /* the code runs all the same */
    }
    cause = define_symbols(program->jit);
    if (cause) {
        LLVMDisposeMemoryBuffer(object);
        return module_fail(error, "symbols of the runtime", cause);
    }
    cause = LLVMOrcLLJITAddObjectFile(program->jit, LLVMOrcLLJITGetMainJITDylib(program->jit), object);
    if (cause) return module_fail(error, "the object cannot be linked", cause);
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
    CodegenModule m;
    LLVMMemoryBufferRef object = NULL;
    if (module_open(&m, input, codegen_host_level(), error)) object = module_generate(&m, LLVMObjectFile);
    module_close(&m);
    if (!object) return NULL;
    CodegenProgram *program = calloc(1, sizeof *program);
    if (!program) {
        LLVMDisposeMemoryBuffer(object);
        hil_fail(error, "out of memory");
        return NULL;
    }
    if (link_object(program, object, input->debug_lines, error)) return program;
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
