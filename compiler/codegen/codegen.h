/* Codegen: lowered kernels -> machine code, as an object file or in this process. The only header of this folder that
 * others see; LLVM stays behind it (llvm.h). The folder is built as a shared object of its own that the driver opens
 * with dlopen when it builds or runs, so that `check` and `fmt` never load LLVM: look up CODEGEN_SYMBOL, a
 * CodegenGetInterface, and call through the table it returns.
 *
 * What holds of the code: one function a kernel and machine level, HilKernelFunction; the same bits at every level,
 * equal to kernel_interpret's; no function keeps state. Kernels must be verified and lowered (no class 'm' ops). */
#ifndef HILLOCK_CODEGEN_CODEGEN_H
#define HILLOCK_CODEGEN_CODEGEN_H

#include "base/source.h"
#include "hillock/abi.h"
#include "hillock/error.h"
#include "kernel/kernel.h"
#include <stdbool.h>
#include <stdio.h>

typedef struct CodegenSymbol {
    const char *name;
    KernelAddress *address;
} CodegenSymbol;

typedef struct CodegenInput {
    Kernel *const *kernels;
    int count;
    const void *image;       /* bytes of the descriptor; NULL: the module carries none */
    size_t image_bytes;
    const char *module_name; /* the model file's name, for debuggers */
    const Sources *sources;  /* may be NULL when debug_lines is false */
    bool debug_lines;        /* lines of the model file in the code */
    int levels;              /* 1 << HIL_LEVEL_…, or-ed; 0: all the target has */
    int optimization;        /* 0 quickest to compile … 3 (2 for `run`, 3 for `build`); all compute the same bits */
    const char *target;      /* triple; NULL: this machine */
    const CodegenSymbol *symbols; /* codegen_jit: where the kernels' functions in C are; objects name them only */
    int symbol_count;
} CodegenInput;

typedef struct CodegenProgram CodegenProgram;

/* Writes an object file (under a temporary name, then renamed) that defines
 *   hil_image              the image's bytes, constant, 64-byte aligned
 *   hil_image_bytes        uint64_t
 *   hil_kernel_functions   HilKernelFunction *[count * HIL_LEVEL_COUNT], NULL where a level is not built
 * and needs hil_poisson, hil_binomial, fma, fmaf and the kernels' own functions in C.
 * On failure `error` says why; faults of the compiler's own begin with "internal: ". */
bool codegen_object(const CodegenInput *input, const char *path, HilError *error);
/* The same in up to `most` objects, compiled side by side on the machine's processors, to be linked together. Returns
 * how many of the paths were written, 0 on failure. */
int codegen_objects(const CodegenInput *input, const char *const *paths, int most, HilError *error);
bool codegen_emit_ir(const CodegenInput *input, FILE *out, HilError *error);
bool codegen_emit_assembly(const CodegenInput *input, FILE *out, HilError *error);

/* Compiles into this process; with levels 0 only the best level of this machine. NULL on failure. */
CodegenProgram *codegen_jit(const CodegenInput *input, HilError *error);
HilKernelFunction *const *codegen_functions(const CodegenProgram *program);
void codegen_free(CodegenProgram *program);

/* The best HIL_LEVEL_… of this machine. */
int codegen_host_level(void);

typedef struct CodegenInterface {
    bool (*object)(const CodegenInput *, const char *path, HilError *);
    bool (*emit_ir)(const CodegenInput *, FILE *, HilError *);
    bool (*emit_assembly)(const CodegenInput *, FILE *, HilError *);
    CodegenProgram *(*jit)(const CodegenInput *, HilError *);
    HilKernelFunction *const *(*functions)(const CodegenProgram *);
    void (*free)(CodegenProgram *);
    int (*host_level)(void);
    int (*objects)(const CodegenInput *, const char *const *paths, int most, HilError *);
} CodegenInterface;

typedef const CodegenInterface *CodegenGetInterface(void);
#define CODEGEN_SYMBOL "codegen_interface"
const CodegenInterface *codegen_interface(void);

#endif
