/* Output: modules as object files, LLVM's text and assembly; and the table through which the driver calls codegen.
 * In: a CodegenInput. Out: a file under its final name only when it is whole. */
#include "codegen/llvm.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_whole(const char *path, const char *bytes, size_t count, HilError *error) {
    size_t length = strlen(path);
    char *temporary = malloc(length + 24);
    if (!temporary) return hil_fail(error, "out of memory");
    snprintf(temporary, length + 24, "%s.%ld.part", path, (long)getpid());
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
    FILE *out = file < 0 ? NULL : fdopen(file, "wb");
    bool good = out && fwrite(bytes, 1, count, out) == count;
    if (out) good = fclose(out) == 0 && good;
    else if (file >= 0) close(file);
    good = good && rename(temporary, path) == 0;
    if (!good) {
        hil_fail(error, "cannot write %s: %s", path, strerror(errno));
        if (file >= 0) unlink(temporary);
    }
    free(temporary);
    return good;
}

int codegen_objects(const CodegenInput *input, const char *const *paths, int most, HilError *error) {
    LLVMMemoryBufferRef objects[MOST_SHARES];
    int count = shares_compile(input, -1, most, objects, error), written = 0;
    for (; written < count; written++) {
        const char *bytes = LLVMGetBufferStart(objects[written]);
        if (!write_whole(paths[written], bytes, LLVMGetBufferSize(objects[written]), error)) break;
    }
    for (int i = 0; i < count; i++) LLVMDisposeMemoryBuffer(objects[i]);
    if (written == count) return count;
    for (int i = 0; i < written; i++) unlink(paths[i]);
    return 0;
}

bool codegen_object(const CodegenInput *input, const char *path, HilError *error) {
    return codegen_objects(input, &path, 1, error) == 1;
}

static bool open_whole(CodegenModule *m, const CodegenInput *input, HilError *error) {
    target_initialize();
    return module_open(m, input, -1, NULL, true, error);
}

bool codegen_emit_ir(const CodegenInput *input, FILE *out, HilError *error) {
    CodegenModule m;
    bool good = open_whole(&m, input, error);
    if (good) {
        char *text = LLVMPrintModuleToString(m.module);
        if (fputs(text, out) < 0) good = hil_fail(error, "cannot write: %s", strerror(errno));
        LLVMDisposeMessage(text);
    }
    module_close(&m);
    return good;
}

bool codegen_emit_assembly(const CodegenInput *input, FILE *out, HilError *error) {
    CodegenModule m;
    LLVMMemoryBufferRef text = NULL;
    if (open_whole(&m, input, error)) text = module_generate(&m, LLVMAssemblyFile);
    module_close(&m);
    if (!text) return false;
    size_t count = LLVMGetBufferSize(text);
    bool good = fwrite(LLVMGetBufferStart(text), 1, count, out) == count;
    LLVMDisposeMemoryBuffer(text);
    return good ? true : hil_fail(error, "cannot write: %s", strerror(errno));
}

const CodegenInterface *codegen_interface(void) {
    static const CodegenInterface interface = {
        codegen_object, codegen_emit_ir,  codegen_emit_assembly, codegen_jit,
        codegen_functions, codegen_free, codegen_host_level, codegen_objects,
    };
    return &interface;
}
