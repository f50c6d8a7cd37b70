/* Debug lines: each instruction carries the line and column of the model's text that asked for it, so that debuggers
 * and profilers show the model. In: spans. Out: DWARF 5 line tables, one subprogram a function. Without debug_lines
 * every function here does nothing. */
#include "codegen/llvm.h"
#include <stdlib.h>
#include <string.h>

/* Whole paths as the user wrote them: LLVM takes a file whose bare name is the unit's for the unit's own. */
static LLVMMetadataRef file_of(CodegenModule *m, const char *path) {
    return LLVMDIBuilderCreateFile(m->debug, path, strlen(path), ".", 1);
}

static LLVMMetadataRef source_file(CodegenModule *m, int source) {
    if (!m->files[source]) m->files[source] = file_of(m, m->input->sources->list.at[source].path);
    return m->files[source];
}

void debug_open(CodegenModule *m) {
    const CodegenInput *input = m->input;
    if (!input->debug_lines || !input->sources || input->sources->list.count == 0) return;
    m->debug = LLVMCreateDIBuilder(m->module);
    m->files = calloc((size_t)input->sources->list.count, sizeof *m->files);
    const char *producer = "hillock";
    m->unit = LLVMDIBuilderCreateCompileUnit(m->debug, LLVMDWARFSourceLanguageC99, source_file(m, 0),
                                             producer, strlen(producer), true, "", 0, 0, "", 0,
                                             LLVMDWARFEmissionFull, 0, false, false, "", 0, "", 0);
    const struct { const char *name; unsigned value; } flags[] = {{"Debug Info Version", LLVMDebugMetadataVersion()},
                                                                  {"Dwarf Version", 5}};
    for (int i = 0; i < 2; i++) {
        LLVMAddModuleFlag(m->module, LLVMModuleFlagBehaviorWarning, flags[i].name, strlen(flags[i].name),
                          LLVMValueAsMetadata(build_i32(m, flags[i].value)));
    }
}

void debug_close(CodegenModule *m) {
    if (m->debug) {
        LLVMDIBuilderFinalize(m->debug);
        LLVMDisposeDIBuilder(m->debug);
        m->debug = NULL;
    }
    free(m->files);
    m->files = NULL;
}

static bool has_place(const Emitter *e, Span span) {
    return span.source >= 0 && span.source < e->m->input->sources->list.count;
}

void debug_function(Emitter *e) {
    CodegenModule *m = e->m;
    LLVMSetCurrentDebugLocation2(m->builder, NULL);
    if (!m->debug) return;
    Span first = NO_SPAN;
    for (int i = 0; i < e->kernel->code.count && first.source < 0; i++) {
        if (has_place(e, e->kernel->code.at[i].span)) first = e->kernel->code.at[i].span;
    }
    int line = 0, column = 0;
    LLVMMetadataRef file;
    if (first.source >= 0) {
        file = source_file(m, first.source);
        source_place(&m->input->sources->list.at[first.source], first.begin, &line, &column);
    } else {
        file = source_file(m, 0);
    }
    LLVMMetadataRef type = LLVMDIBuilderCreateSubroutineType(m->debug, file, NULL, 0, LLVMDIFlagZero);
    size_t length;
    const char *linkage = LLVMGetValueName2(e->function, &length);
    e->subprogram = LLVMDIBuilderCreateFunction(m->debug, m->unit, e->kernel->name, strlen(e->kernel->name), linkage,
                                                length, file, (unsigned)line, type, true, true, (unsigned)line,
                                                LLVMDIFlagZero, true);
    LLVMSetSubprogram(e->function, e->subprogram);
    LLVMSetCurrentDebugLocation2(m->builder, LLVMDIBuilderCreateDebugLocation(m->context, (unsigned)line,
                                                                              (unsigned)column, e->subprogram, NULL));
}

/* A span without a place leaves the last one standing: what it belongs to was asked for there. */
void debug_place(Emitter *e, Span span) {
    CodegenModule *m = e->m;
    if (!m->debug || !has_place(e, span)) return;
    int line, column;
    source_place(&m->input->sources->list.at[span.source], span.begin, &line, &column);
    LLVMMetadataRef file = source_file(m, span.source), scope = e->subprogram;
    if (LLVMDIScopeGetFile(scope) != file) scope = LLVMDIBuilderCreateLexicalBlockFile(m->debug, scope, file, 0);
    LLVMSetCurrentDebugLocation2(
        m->builder, LLVMDIBuilderCreateDebugLocation(m->context, (unsigned)line, (unsigned)column, scope, NULL));
}
