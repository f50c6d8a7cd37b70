/* Modules: kernels of a model at the wanted levels, and where it is the whole, the table of functions and the image.
 * In: a CodegenInput. Out: a verified, lightly optimized LLVM module and object code from it. Passes change no bits:
 * they remove repeated work and move what does not vary out of loops (instructions carry no fast-math flags). */
#include "codegen/llvm.h"
#include <stdlib.h>
#include <string.h>

static const char passes[] = "function(early-cse<memssa>,instcombine<no-verify-fixpoint>,simplifycfg,"
                             "loop-mssa(licm),gvn)";

bool module_fail(HilError *error, const char *what, LLVMErrorRef cause) {
    char *text = LLVMGetErrorMessage(cause);
    hil_fail(error, "internal: %s: %s", what, text);
    LLVMDisposeErrorMessage(text);
    return false;
}

static void open_types(CodegenModule *m) {
    LLVMContextRef context = m->context;
    m->void_type = LLVMVoidTypeInContext(context);
    m->i1 = LLVMInt1TypeInContext(context);
    m->i8 = LLVMInt8TypeInContext(context);
    m->i16 = LLVMInt16TypeInContext(context);
    m->i32 = LLVMInt32TypeInContext(context);
    m->i64 = LLVMInt64TypeInContext(context);
    m->f32 = LLVMFloatTypeInContext(context);
    m->f64 = LLVMDoubleTypeInContext(context);
    m->pointer = LLVMPointerTypeInContext(context, 0);
    m->scope_kind = LLVMGetMDKindIDInContext(context, "alias.scope", 11);
    m->noalias_kind = LLVMGetMDKindIDInContext(context, "noalias", 7);
    m->profile_kind = LLVMGetMDKindIDInContext(context, "prof", 4);
    m->invariant_kind = LLVMGetMDKindIDInContext(context, "invariant.load", 14);
}

static char *triple_of(const CodegenInput *input) {
    return input->target ? LLVMNormalizeTargetTriple(input->target) : LLVMGetDefaultTargetTriple();
}

/* 0 and an error when the target lacks a wanted level. */
static int levels_to_build(const CodegenInput *input, const char *triple, const Level *levels, int best,
                           HilError *error) {
    if (!levels) {
        hil_fail(error, "target %s is not supported: x86_64 and aarch64 are", triple);
        return 0;
    }
    int all = 0;
    for (int level = 0; level < HIL_LEVEL_COUNT; level++) {
        if (levels[level].cpu) all |= 1 << level;
    }
    int mask = input->levels ? input->levels : best >= 0 ? 1 << best : all;
    if ((mask & ~all) == 0) return mask;
    hil_fail(error, "target %s lacks a wanted machine level", triple);
    return 0;
}

int module_levels(const CodegenInput *input, int best, HilError *error) {
    char *triple = triple_of(input);
    int mask = levels_to_build(input, triple, target_levels(triple), best, error);
    LLVMDisposeMessage(triple);
    return mask;
}

static bool open_target(CodegenModule *m, int best) {
    m->triple = triple_of(m->input);
    m->levels = target_levels(m->triple);
    m->mask = levels_to_build(m->input, m->triple, m->levels, best, m->error);
    if (!m->mask) return false;
    m->machine = target_machine(m->input, m->triple, &m->levels[HIL_LEVEL_BASE], m->error);
    return m->machine != NULL;
}

static void add_constant(CodegenModule *m, const char *name, Value value, unsigned alignment) {
    Value global = LLVMAddGlobal(m->module, LLVMTypeOf(value), name);
    LLVMSetInitializer(global, value);
    LLVMSetGlobalConstant(global, true);
    LLVMSetAlignment(global, alignment);
}

static void add_image(CodegenModule *m) {
    const CodegenInput *input = m->input;
    if (!input->image) return;
    Value bytes = LLVMConstStringInContext2(m->context, input->image, input->image_bytes, true);
    add_constant(m, "hil_image", bytes, 64);
    add_constant(m, "hil_image_bytes", build_i64(m, input->image_bytes), 8);
}

/* Functions that are not this module's own are only named, for the table. */
static bool add_kernels(CodegenModule *m, const bool *mine, bool whole) {
    const CodegenInput *input = m->input;
    size_t count = (size_t)input->count * HIL_LEVEL_COUNT;
    Value *functions = malloc((count + 1) * sizeof *functions);
    if (!functions) return hil_fail(m->error, "out of memory");
    for (size_t i = 0; i < count; i++) {
        int kernel = (int)i / HIL_LEVEL_COUNT, level = (int)i % HIL_LEVEL_COUNT;
        bool wanted = m->mask >> level & 1;
        functions[i] = LLVMConstNull(m->pointer);
        if (wanted && (whole || !mine || mine[i])) functions[i] = function_declare(m, kernel, level);
        if (wanted && (!mine || mine[i])) function_emit(m, functions[i], input->kernels[kernel], level);
    }
    if (whole) add_constant(m, "hil_kernel_functions", LLVMConstArray2(m->pointer, functions, count), 8);
    free(functions);
    return true;
}

static bool is_lowered(const CodegenInput *input, HilError *error) {
    for (int i = 0; i < input->count; i++) {
        for (int k = 0; k < input->kernels[i]->code.count; k++) {
            const KernelOpInfo *info = kernel_op_info((KernelOp)input->kernels[i]->code.at[k].op);
            if (info->class != 'm') continue;
            return hil_fail(error, "internal: kernel %s reaches the code generator with %s not lowered",
                            input->kernels[i]->name, info->text);
        }
    }
    return true;
}

static bool verify(CodegenModule *m) {
    char *text = NULL;
    bool broken = LLVMVerifyModule(m->module, LLVMReturnStatusAction, &text);
    if (broken) hil_fail(m->error, "internal: the module is malformed: %s", text);
    LLVMDisposeMessage(text);
    return !broken;
}

static bool optimize(CodegenModule *m) {
    if (m->input->optimization <= 0) return true;
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef cause = LLVMRunPasses(m->module, passes, m->machine, options);
    LLVMDisposePassBuilderOptions(options);
    return cause ? module_fail(m->error, "the passes failed", cause) : true;
}

bool module_open(CodegenModule *m, const CodegenInput *input, int best, const bool *mine, bool whole,
                 HilError *error) {
    *m = (CodegenModule){.input = input, .error = error};
    if (!is_lowered(input, error) || !open_target(m, best)) return false;
    m->context = LLVMContextCreate();
    m->module = LLVMModuleCreateWithNameInContext(input->module_name, m->context);
    m->builder = LLVMCreateBuilderInContext(m->context);
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(m->machine);
    LLVMSetTarget(m->module, m->triple);
    LLVMSetModuleDataLayout(m->module, layout);
    LLVMDisposeTargetData(layout);
    open_types(m);
    debug_open(m);
    bool built = add_kernels(m, mine, whole);
    debug_close(m);
    if (!built) return false;
    if (whole) add_image(m);
    return verify(m) && optimize(m);
}

void module_close(CodegenModule *m) {
    if (m->builder) LLVMDisposeBuilder(m->builder);
    if (m->module) LLVMDisposeModule(m->module);
    if (m->context) LLVMContextDispose(m->context);
    if (m->machine) LLVMDisposeTargetMachine(m->machine);
    if (m->triple) LLVMDisposeMessage(m->triple);
    *m = (CodegenModule){0};
}

LLVMMemoryBufferRef module_generate(CodegenModule *m, LLVMCodeGenFileType kind) {
    LLVMMemoryBufferRef buffer = NULL;
    char *text = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(m->machine, m->module, kind, &text, &buffer)) {
        hil_fail(m->error, "internal: no machine code: %s", text);
        LLVMDisposeMessage(text);
        return NULL;
    }
    return buffer;
}
