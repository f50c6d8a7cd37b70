/* Targets: which machine levels a triple has and how wide their vectors are, and LLVM's target machine.
 * Widths are about two native registers up to 256 bits and one at 512, where measured code was fastest; two at 512 make
 * short code another tenth faster; the oldest x86, where a multiply-add is a call a lane, has one. A width changes no
 * bits of any result. */
#include "codegen/llvm.h"
#include <string.h>

static const Level x86_levels[HIL_LEVEL_COUNT] = {
    [HIL_LEVEL_BASE] = {"base", "x86-64", NULL, NULL, 2, 2, false, true},
    [HIL_LEVEL_V3] = {"v3", "x86-64-v3", NULL, NULL, 8, 8, true, true},
    [HIL_LEVEL_V4] = {"v4", "x86-64-v4", "prefer-vector-width", "512", 8, 16, true, true},
};

static const Level aarch64_levels[HIL_LEVEL_COUNT] = {
    [HIL_LEVEL_BASE] = {"neon", "generic", NULL, NULL, 4, 4, true, false},
};

const Level *target_levels(const char *triple) {
    if (strncmp(triple, "x86_64", 6) == 0) return x86_levels;
    if (strncmp(triple, "aarch64", 7) == 0) return aarch64_levels;
    return NULL;
}

int codegen_host_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4")) return HIL_LEVEL_V4;
    if (__builtin_cpu_supports("x86-64-v3")) return HIL_LEVEL_V3;
#endif
    return HIL_LEVEL_BASE;
}

void target_initialize(void) {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
}

LLVMTargetMachineRef target_machine(const CodegenInput *input, const char *triple, const Level *base, HilError *error) {
    LLVMTargetRef target;
    char *text = NULL;
    if (LLVMGetTargetFromTriple(triple, &target, &text)) {
        hil_fail(error, "no code generator for target %s: %s", triple, text);
        LLVMDisposeMessage(text);
        return NULL;
    }
    int optimization = input->optimization < 0 ? 0 : input->optimization > 3 ? 3 : input->optimization;
    LLVMTargetMachineRef machine =
        LLVMCreateTargetMachine(target, triple, base->cpu, "", (LLVMCodeGenOptLevel)optimization,
                                LLVMRelocPIC, LLVMCodeModelSmall);
    if (!machine) hil_fail(error, "internal: no target machine for %s", triple);
    return machine;
}
