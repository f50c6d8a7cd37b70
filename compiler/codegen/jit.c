/* In-process code: the same objects that codegen_object would write, linked in memory by LLJIT.
 * In: a CodegenInput. Out: a CodegenProgram whose functions live until codegen_free. Kernels are shared out to the
 * machine's processors, each of which compiles a module; what is computed does not depend on the shares. Random counts
 * come from the copy of the runtime's functions linked with this library; debuggers are told of the code through their
 * registration hook. */
#include "codegen/llvm.h"
#include "hillock/random.h"
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_SHARES = 8, LEAST_CODE = 150 /* instructions that are worth a thread */ };

struct CodegenProgram {
    LLVMOrcLLJITRef jit;
    HilKernelFunction **functions;
};

/* ---- compiling, a share a thread ---- */

typedef struct Share {
    CodegenInput input;
    Kernel **kernels;
    int *numbers;     /* which kernels of the whole input these are */
    int code;         /* instructions */
    char table[32];
    LLVMMemoryBufferRef object;
    HilError error;
    pthread_t thread;
    bool started;
} Share;

static void *compile_share(void *of) {
    Share *share = of;
    CodegenModule m;
    if (module_open(&m, &share->input, codegen_host_level(), share->table, &share->error)) {
        share->object = module_generate(&m, LLVMObjectFile);
    }
    module_close(&m);
    return NULL;
}

static int share_count(const CodegenInput *input) {
    int code = 0;
    for (int i = 0; i < input->count; i++) code += input->kernels[i]->code.count;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    int most = processors < 1 ? 1 : processors > MOST_SHARES ? MOST_SHARES : (int)processors;
    int wanted = 1 + code / LEAST_CODE;
    if (wanted > input->count) wanted = input->count < 1 ? 1 : input->count;
    return wanted < most ? wanted : most;
}

static bool deal_out(const CodegenInput *input, Share *shares, int count) {
    bool *taken = calloc((size_t)input->count + 1, sizeof *taken);
    bool good = taken != NULL;
    for (int i = 0; i < count; i++) {
        Share *share = &shares[i];
        share->kernels = calloc((size_t)input->count + 1, sizeof *share->kernels);
        share->numbers = calloc((size_t)input->count + 1, sizeof *share->numbers);
        good = good && share->kernels && share->numbers;
        share->input = *input;
        share->input.kernels = share->kernels;
        share->input.count = 0;
        share->input.image = NULL;
        snprintf(share->table, sizeof share->table, "hil_kernel_functions_%d", i);
    }
    /* The largest kernel left goes to the lightest share (Graham 1969). */
    for (int dealt = 0; good && dealt < input->count; dealt++) {
        int largest = -1, lightest = 0;
        for (int i = 0; i < input->count; i++) {
            if (!taken[i] && (largest < 0 || input->kernels[i]->code.count > input->kernels[largest]->code.count)) largest = i;
        }
        for (int i = 1; i < count; i++) {
            if (shares[i].code < shares[lightest].code) lightest = i;
        }
        Share *share = &shares[lightest];
        taken[largest] = true;
        share->kernels[share->input.count] = input->kernels[largest];
        share->numbers[share->input.count++] = largest;
        share->code += input->kernels[largest]->code.count;
    }
    free(taken);
    return good;
}

static bool compile_shares(Share *shares, int count, HilError *error) {
    for (int i = 1; i < count; i++) {
        shares[i].started = pthread_create(&shares[i].thread, NULL, compile_share, &shares[i]) == 0;
    }
    for (int i = 0; i < count; i++) {
        if (shares[i].started) pthread_join(shares[i].thread, NULL);
        else compile_share(&shares[i]);
    }
    for (int i = 0; i < count; i++) {
        if (shares[i].object) continue;
        if (error) *error = shares[i].error;
        return false;
    }
    return true;
}

/* ---- linking ---- */

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

static bool link_share(CodegenProgram *program, Share *share, HilError *error) {
    LLVMOrcJITDylibRef library = LLVMOrcLLJITGetMainJITDylib(program->jit);
    LLVMErrorRef cause = LLVMOrcLLJITAddObjectFile(program->jit, library, share->object);
    share->object = NULL;
    if (cause) return module_fail(error, "the object cannot be linked", cause);
    LLVMOrcExecutorAddress address;
    cause = LLVMOrcLLJITLookup(program->jit, &address, share->table);
    if (cause) return module_fail(error, "the kernels are not found", cause);
    HilKernelFunction *const *functions = (HilKernelFunction *const *)address;
    for (int i = 0; i < share->input.count * HIL_LEVEL_COUNT; i++) {
        int kernel = share->numbers[i / HIL_LEVEL_COUNT], level = i % HIL_LEVEL_COUNT;
        program->functions[kernel * HIL_LEVEL_COUNT + level] = functions[i];
    }
    return true;
}

static bool link_shares(CodegenProgram *program, const CodegenInput *input, Share *shares, int count, HilError *error) {
    program->functions = calloc((size_t)input->count * HIL_LEVEL_COUNT + 1, sizeof *program->functions);
    if (!program->functions) return hil_fail(error, "out of memory");
    LLVMErrorRef cause = LLVMOrcCreateLLJIT(&program->jit, NULL);
    if (cause) return module_fail(error, "no in-process linker", cause);
    if (input->debug_lines) {
        cause = LLVMOrcLLJITEnableDebugSupport(program->jit);
        if (cause) LLVMConsumeError(cause); /* the code runs all the same */
    }
    cause = define_symbols(program->jit);
    if (cause) return module_fail(error, "symbols of the runtime", cause);
    for (int i = 0; i < count; i++) {
        if (!link_share(program, &shares[i], error)) return false;
    }
    return true;
}

CodegenProgram *codegen_jit(const CodegenInput *input, HilError *error) {
    if (input->target) {
        hil_fail(error, "code for %s cannot run in this process", input->target);
        return NULL;
    }
    target_initialize();
    Share shares[MOST_SHARES] = {0};
    int count = share_count(input);
    CodegenProgram *program = calloc(1, sizeof *program);
    bool good = program && deal_out(input, shares, count);
    if (!good) hil_fail(error, "out of memory");
    good = good && compile_shares(shares, count, error) && link_shares(program, input, shares, count, error);
    for (int i = 0; i < count; i++) {
        if (shares[i].object) LLVMDisposeMemoryBuffer(shares[i].object);
        free(shares[i].kernels);
        free(shares[i].numbers);
    }
    if (good) return program;
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
    free(program->functions);
    free(program);
}
