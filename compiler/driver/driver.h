/* Driver: the `hillock` command. In: arguments. Out: what the command makes, diagnostics on stderr, an exit code:
 * 0 good, 1 the model has errors or an expectation failed, 2 usage, 3 a run failed, 70 a fault of the compiler's own. */
#ifndef HILLOCK_DRIVER_DRIVER_H
#define HILLOCK_DRIVER_DRIVER_H

#include <stdio.h>
#include "codegen/codegen.h"
#include "kernel/lowering.h"
#include <stdbool.h>

enum { EXIT_GOOD = 0, EXIT_MODEL = 1, EXIT_USAGE = 2, EXIT_RUN = 3, EXIT_INTERNAL = 70 };

typedef struct DriverOptions {
    const char *command;
    const char **files;
    int file_count;
    const char *output;      /* -o */
    const char *emit;        /* --emit=… */
    const char *dump;        /* --dump=STAGE */
    FILE *dump_to;           /* NULL: standard output */
    const char *stop_after;  /* --stop-after=STAGE */
    const char *stdlib;      /* --stdlib=FOLDER */
    const char *target;      /* --target=TRIPLE */
    bool time, verify_each, debug_lines, no_cache, interpret, check_only, allow_extern;
    int precision;           /* HIL_F64 or HIL_F32 */
    int levels;              /* bit mask; 0: all */
    int argument_count;      /* of the model's own options, behind the file (run) */
    char **arguments;
} DriverOptions;

/* What a file has become, stage by stage; later fields are set by later stages. */
typedef struct Unit {
    const DriverOptions *options;
    Compilation *c;
    int source;
    Ast *ast;
    const Model *model;
    const LoweredModel *lowered;
    uint64_t hash; /* of all sources read, the compiler and the options that shape code */
} Unit;

/* Where the parts of an installation are. All texts live as long as the arena given. */
typedef struct Installation {
    const char *codegen; /* lib/hillock/codegen.so */
    const char *runtime; /* lib/hillock/libhillock-runtime.a */
    const char *include; /* include folder with hillock/…, or NULL */
    const char *stdlib;
    const char *errors;  /* folder of models that provoke a message each, CODE.hil */
} Installation;
Installation installation_find(Arena *arena);

/* Runs the stages up to `last` ("syntax", "model", "kernels"); false after errors, which it has printed. */
bool unit_compile(Unit *unit, const DriverOptions *options, const char *path, const char *last);
void unit_free(Unit *unit);
bool stage_known(const char *name);
const char *stage_names(void);

/* The code generator, loaded at first use; NULL with a message printed. */
const CodegenInterface *codegen_load(const Unit *unit);

/* ---- other programs (process.c) ---- */
/* Its exit code; -1 with errno when it cannot be started. `quiet`: what it says on stderr is dropped. */
int program_run(const char *const *arguments, bool quiet);
/* The same for what must succeed: says on stderr that it did not. `what`: "link". */
bool program_must(const char *const *arguments, const char *what);
const char *c_compiler(void); /* $CC or cc */

/* ---- functions in C (extern.c) ---- */
typedef struct ExternCode {
    const char *folder;
    bool temporary;
    VECTOR(const char *) objects;
    uint64_t hash;               /* of all that the C compiler sees */
    void *library;
    VECTOR(CodegenSymbol) symbols;
} ExternCode;
/* Objects of the functions in C that the model calls, in the folder (NULL: one of its own); false after a message.
 * extern_free in any case. */
bool extern_compile(const Unit *unit, const char *folder, ExternCode *code);
/* Their addresses in this process, for the interpreter and codegen_jit. */
bool extern_load(const Unit *unit, ExternCode *code);
void extern_free(ExternCode *code);

/* Functions of the unit's kernels: from the cache, or compiled now. `keep` holds what must live on; NULL on failure. */
typedef struct LoadedCode {
    HilKernelFunction *const *functions;
    const HilImage *image;
    void *library;
    CodegenProgram *program;
    const CodegenInterface *codegen;
    ExternCode externs;
} LoadedCode;
/* With --interpret only the functions in C are loaded. */
bool code_load(Unit *unit, LoadedCode *code);
/* The cache's folder, made if need be; NULL when there can be none or none is wanted. */
const char *cache_folder(const Unit *unit);
void code_unload(LoadedCode *code);
/* Runs a kernel of a LoweredModel in the interpreter: what HilSettings.call takes. */
void code_interpret(void *lowered, int kernel, const HilCall *call);

/* ---- commands (one file each, command_*.c) ---- */
int command_check(const DriverOptions *options);
int command_fmt(const DriverOptions *options);
int command_explain(const DriverOptions *options);
bool is_code(const char *text);                            /* of a diagnostic, whether or not there is one */
int explain_code(const DriverOptions *options, const char *code); /* what it means, and a model that provokes it */
int list_codes(void);
int command_build(const DriverOptions *options);
int command_run(const DriverOptions *options);
int command_test(const DriverOptions *options);

/* ---- files that are made (output.c) ---- */
typedef struct TextOutput {
    FILE *file;
    const char *path, *temporary;
} TextOutput;
/* `path` NULL or "-" is standard output. false: said why. */
bool output_open(Arena *arena, const char *path, TextOutput *output);
/* Puts the file in its place if `good`. false: not good, or not written (said why). */
bool output_close(TextOutput *output, bool good);
/* false: a device stands there, which a file must not replace (said so). */
bool output_is_file(const char *path);

#endif
