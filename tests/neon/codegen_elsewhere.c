/* The code generator as programs on another machine see it: codegen.h's compile-and-load, done by the machine that
 * emulates this one, where LLVM is. The unit tests of codegen link this in its stead and run as they are.
 * In: kernels, written as text to a file. $NEON_COMPILE, a program of the emulating machine (tests/neon/compile.c),
 * makes an object of them, $NEON_CC a library. Out: the library's functions. Functions in C are reached by jumps that
 * are linked with it. */
#include "codegen/codegen.h"
#include "hillock/random.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct CodegenProgram {
    void *library;
    HilKernelFunction *const *functions;
};

int codegen_host_level(void) { return HIL_LEVEL_BASE; }

static bool write_kernels(const CodegenInput *input, const char *path) {
    FILE *out = fopen(path, "w");
    if (!out) return false;
    for (int i = 0; i < input->count; i++) {
        kernel_print(input->kernels[i], out);
        fputc('\0', out);
    }
    return fclose(out) == 0;
}

static void write_jump(FILE *out, const char *name, KernelAddress *address) {
    fprintf(out, ".globl %s\n%s: ldr x16, 1f\nbr x16\n.balign 8\n1: .quad %#jx\n", name, name,
            (uintmax_t)(uintptr_t)address);
}

/* C's functions stand anywhere in memory: each gets a name that jumps to its address. */
static bool write_jumps(const CodegenInput *input, const char *path) {
    FILE *out = fopen(path, "w");
    if (!out) return false;
    fprintf(out, ".text\n");
    write_jump(out, "hil_poisson", (KernelAddress *)hil_poisson);
    write_jump(out, "hil_binomial", (KernelAddress *)hil_binomial);
    for (int i = 0; i < input->symbol_count; i++) write_jump(out, input->symbols[i].name, input->symbols[i].address);
    return fclose(out) == 0;
}

static bool compile(const CodegenInput *input, const char *folder, HilError *error) {
    char path[256], command[2048];
    snprintf(path, sizeof path, "%s/kernels", folder);
    if (!write_kernels(input, path)) return hil_fail(error, "cannot write %s", path);
    snprintf(path, sizeof path, "%s/jumps.s", folder);
    if (!write_jumps(input, path)) return hil_fail(error, "cannot write %s", path);
    const char *compiler = getenv("NEON_COMPILE"), *linker = getenv("NEON_CC");
    if (!compiler || !linker) return hil_fail(error, "NEON_COMPILE and NEON_CC are not set");
    snprintf(command, sizeof command,
             "%s %s/kernels %s/kernels.o %d && "
             "%s -shared -Wl,-z,defs -o %s/kernels.so %s/kernels.o %s/jumps.s -lm",
             compiler, folder, folder, input->optimization, linker, folder, folder, folder);
    return system(command) == 0 || hil_fail(error, "this failed: %s", command);
}

static CodegenProgram *load(const char *folder, HilError *error) {
    char path[256];
    snprintf(path, sizeof path, "%s/kernels.so", folder);
    CodegenProgram *program = calloc(1, sizeof *program);
    if (program) program->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (program && program->library) program->functions = dlsym(program->library, "hil_kernel_functions");
    if (program && program->functions) return program;
    hil_fail(error, "%s", dlerror());
    codegen_free(program);
    return NULL;
}

CodegenProgram *codegen_jit(const CodegenInput *input, HilError *error) {
    char folder[200], command[256];
    snprintf(folder, sizeof folder, "%s/kernels-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : ".");
    if (!mkdtemp(folder)) {
        hil_fail(error, "cannot make the folder %s", folder);
        return NULL;
    }
    CodegenProgram *program = compile(input, folder, error) ? load(folder, error) : NULL;
    snprintf(command, sizeof command, "rm -r %s", folder);
    if (system(command) != 0) fprintf(stderr, "%s is left behind\n", folder);
    return program;
}

HilKernelFunction *const *codegen_functions(const CodegenProgram *program) { return program->functions; }

void codegen_free(CodegenProgram *program) {
    if (program && program->library) dlclose(program->library);
    free(program);
}
