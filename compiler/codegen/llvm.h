/* The one door to LLVM (19, C API), and the structures of a module being built. Seen only by codegen/.
 *
 * Who owns what, and until when:
 *   LLVMContextRef, LLVMModuleRef, LLVMBuilderRef, LLVMTargetMachineRef   CodegenModule; module_close frees them, in
 *       the order builder, module, context, machine. Types, values, blocks and metadata belong to the context.
 *   LLVMDIBuilderRef      CodegenModule; finalized and freed by debug_close before the module is used.
 *   LLVMMemoryBufferRef   whoever called module_generate; given away to LLJIT by LLVMOrcLLJITAddObjectFile, which
 *       consumes it even when it fails.
 *   LLVMOrcLLJITRef       CodegenProgram; codegen_free disposes of it and with it of all code.
 *   LLVMErrorRef          consumed by module_fail, which copies its text.
 *   char * that LLVM returns   freed with LLVMDisposeMessage in the function that got them.
 * A thread has a CodegenModule of its own and shares nothing but the input with others.
 * Only context-taking functions and those ending in 2 are used; LLVM's global context is never touched. */
#ifndef HILLOCK_CODEGEN_LLVM_H
#define HILLOCK_CODEGEN_LLVM_H

#include "codegen/codegen.h"
#include <llvm-c/Analysis.h>
#include <llvm-c/Core.h>
#include <llvm-c/DebugInfo.h>
#include <llvm-c/Error.h>
#include <llvm-c/LLJIT.h>
#include <llvm-c/LLJITUtils.h>
#include <llvm-c/Orc.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <llvm-c/Transforms/PassBuilder.h>

typedef LLVMValueRef Value;
typedef LLVMTypeRef Type;
typedef LLVMBasicBlockRef Block;

/* What a machine level can do, and how wide its vectors are. */
typedef struct Level {
    const char *name;     /* suffix of the functions' names */
    const char *cpu;      /* target-cpu */
    const char *attribute, *attribute_value; /* one more function attribute, or NULL */
    int width;            /* lanes of a double vector; floats have twice as many */
    int long_width;       /* the same for doubles in short code, when compile time matters less (optimization 3) */
    bool rounds;          /* has an instruction for roundeven and floor */
    bool extremes;        /* has one for a < b ? a : b, which takes subnormals for zeros */
} Level;

typedef struct CodegenModule {
    const CodegenInput *input;
    HilError *error;
    char *triple;
    const Level *levels; /* HIL_LEVEL_COUNT rows; cpu NULL where the target has no such level */
    int mask;            /* levels to build */
    LLVMTargetMachineRef machine;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef builder;
    LLVMDIBuilderRef debug;
    LLVMMetadataRef *files, unit; /* one file a source */
    unsigned scope_kind, noalias_kind, profile_kind, invariant_kind;
    Type void_type, i1, i8, i16, i32, i64, f32, f64, pointer;
} CodegenModule;

enum { MOST_LANES = 32 };
enum { MEMORY_TABLES, MEMORY_FIRED, MEMORY_MORE }; /* places that are no planes, numbered behind them */

/* One function being emitted: a kernel at a level. In scalar shapes (LIST, ROW) `width` is 1 and values are scalars;
 * else they are vectors of `width` lanes. */
typedef struct Emitter {
    CodegenModule *m;
    const Kernel *kernel;
    const Level *level;
    int width, vector_width; /* lanes of the body being emitted; of the level's vectors */
    bool narrow;           /* precision is f32 */
    bool lone;             /* one cell: width 1, but for functions side by side (lone.c) */
    Type real, bits, mask;    /* lane types: float or double, the integer of that size, i1 */
    Value function, call;
    LLVMMetadataRef subprogram;
    Value *values;             /* of each instruction, in the body being emitted */
    bool *flushes;             /* MIN and MAX that must set subnormals to zero (subnormal.c) */
    Value *uniforms;           /* broadcast to `width`, of each uniform; read once in the entry block */
    Value *planes;             /* bases */
    Value time;                /* broadcast too */
    Value seed, step, stream;
    Value row_starts; /* ROW kernels that draw; else NULL */
    Value begin, end, count, list, rows, rows_end, sources, targets, target_bytes;
    Value *alias_scope, *noalias; /* metadata: of each plane, then of index tables, then of lists of the fired */
    /* where the lanes are, in the body being emitted (i64): */
    Value self;                    /* index of the only or first lane */
    Value pre, post;               /* scalar shapes */
    Value pre_lanes[MOST_LANES], post_lanes[MOST_LANES]; /* vectors; NULL until a body first asks */
    Value row_offset;              /* ROW: j - rows[s] of the first lane */
    Value limit;                   /* vectors: lanes >= limit have no effects */
    int target_width;          /* EDGE, ROW: bytes of a target in this copy of the body, 0: read target_bytes */
    Value active;                  /* inside loops: the mask of lanes that go on; NULL outside */
    /* RANDOM0 and RANDOM1 of one index share a Philox evaluation. */
    int random_index;
    Block random_block;
    Value random_words[4];
} Emitter;

/* ---- module.c ---- */
/* The levels that a target has and are wanted, as a mask: `best` alone when input->levels is 0 and best >= 0. 0 and an
 * error when there are none. */
int module_levels(const CodegenInput *input, int best, HilError *error);
/* Emits, verifies and optimizes the functions marked in mine[count * HIL_LEVEL_COUNT] (NULL: all) at the wanted levels;
 * `whole`: also the table of all functions and the image. Close it in any case. */
bool module_open(CodegenModule *m, const CodegenInput *input, int best, const bool *mine, bool whole, HilError *error);
void module_close(CodegenModule *m);
/* The finished module as an object or as assembly; NULL on failure. The caller owns the buffer. */
LLVMMemoryBufferRef module_generate(CodegenModule *m, LLVMCodeGenFileType kind);
/* Fills `error` from LLVM's, which is consumed; returns false. */
bool module_fail(HilError *error, const char *what, LLVMErrorRef cause);

/* ---- shares.c ---- */
enum { MOST_SHARES = 8 };
/* Compiles into at most `most` objects, one a thread; returns how many, 0 on failure. The caller owns the objects. */
int shares_compile(const CodegenInput *input, int best, int most, LLVMMemoryBufferRef *objects, HilError *error);

/* ---- target.c ---- */
/* Registers the code generators with LLVM; in each entry point, before threads are started. */
void target_initialize(void);
/* The levels of a triple's architecture, or NULL when there is no code generator for it. */
const Level *target_levels(const char *triple);
LLVMTargetMachineRef target_machine(const CodegenInput *input, const char *triple, const Level *base,
                                    HilError *error);

/* ---- debug.c ---- */
void debug_open(CodegenModule *m);
void debug_close(CodegenModule *m);
void debug_function(Emitter *e);
void debug_place(Emitter *e, Span span);

/* ---- function.c: one kernel at one level, whatever its shape ---- */
Value function_declare(CodegenModule *m, int kernel, int level);
void function_emit(CodegenModule *m, Value function, const Kernel *kernel, int level);
/* Targets have two or four bytes: emits a copy of the loop for each, with target_width set. */
void each_target_width(Emitter *e, void (*loop)(Emitter *e, void *context), void *context);

/* ---- subnormal.c ---- */
bool *subnormal_find(const Kernel *kernel, const Level *level); /* one for each instruction; the caller frees it */
Value subnormal_flush(Emitter *e, Value real);

/* ---- row.c ---- */
void row_emit(Emitter *e);

/* ---- body.c: the kernel's instructions at the place the builder stands ---- */
void body_emit(Emitter *e);
Value body_instruction(Emitter *e, int at); /* the value of one that is no part of a loop; its operands' are there */

/* ---- lone.c: the body of a kernel for one cell ---- */
bool lone_suits(const Kernel *kernel); /* there are elementary functions to compute side by side, and no loops */
void lone_emit(Emitter *e);

/* ---- memory.c: planes and index tables ---- */
void memory_open(Emitter *e); /* scopes and bases */
bool memory_may_overlap(const Kernel *kernel, int a, int b); /* two planes of one call */
Value memory_load(Emitter *e, int plane);
void memory_store(Emitter *e, int plane, Value value);
void memory_accumulate(Emitter *e, int plane, Value value);
Value memory_lane_load(Emitter *e, int plane, Value index);
void memory_lane_store(Emitter *e, int plane, Value index, Value value);
void memory_lane_accumulate(Emitter *e, int plane, Value index, Value value); /* one lane's */
void memory_scope(Emitter *e, int which, Value access); /* a plane, or MEMORY_TABLES or MEMORY_FIRED past the planes */
Value memory_table(Emitter *e, Value base, Type type, Value index); /* base[index] of an index table */
Value memory_source(Emitter *e, Value index);                /* sources[index] as i64 */
Value memory_target(Emitter *e, Value index);                /* targets[index] as i64 */
Value memory_row_offset(Emitter *e);                    /* ROW: j - rows[s] as i32 lanes */
bool memory_needs(const Kernel *kernel, KernelIndex end); /* the kernel asks where that end of a synapse is */
void memory_find_ends(Emitter *e); /* vectors: each lane's pre_lanes, post_lanes, once before a body */
Value memory_index(Emitter *e, KernelIndex which);       /* SELF's, PRE's, POST's index as reals */
Value memory_index_integers(Emitter *e, KernelIndex which); /* the same as i32 lanes */

/* ---- effects.c ---- */
bool effects_is_late(const Emitter *e, const KernelInstruction *instruction);
void effects_late(Emitter *e); /* sums at elements that lanes share, lane after lane, at the body's end */
void effects_fire(Emitter *e, const KernelInstruction *instruction);

/* ---- random.c ---- */
Value random_uniform(Emitter *e, int index, int which);
Value random_count(Emitter *e, const char *function, Value *operands, int count);

/* ---- extern.c ---- */
Value extern_call(Emitter *e, const KernelInstruction *instruction, const Value *operands);

/* ---- arithmetic.c ---- */
Value arithmetic_emit(Emitter *e, const KernelInstruction *instruction, Value a, Value b, Value c);

/* ---- build.c: small words for LLVM's long ones ---- */
Type build_vector(Emitter *e, Type lane);
Value build_splat(Emitter *e, Value scalar);
Value build_real(Emitter *e, double number);       /* in every lane */
Value build_bits(Emitter *e, uint64_t bits);       /* in every lane, as wide as reals */
Value build_i64(CodegenModule *m, uint64_t number);
Value build_i32(CodegenModule *m, uint32_t number);
Value build_intrinsic(CodegenModule *m, const char *name, Type overload, Value *arguments, int count);
Value build_element(CodegenModule *m, Type type, Value base, Value index); /* &base[index] */
Value build_field(Emitter *e, size_t offset, Type type);           /* a field of the HilCall */
Value build_any(Emitter *e, Value mask);                            /* i1: some lane is true */
Value build_lane(Emitter *e, Value vector, int lane);               /* the lane, or the scalar itself */
Value build_fit(Emitter *e, Value value, Type lane);                   /* converts reals to float or double lanes */
Block build_block(Emitter *e, const char *name);
/* A counted loop: `for (i = from; i < to; i += step)`, i an i64. Begin leaves the builder in the body, end behind. */
typedef struct Counter {
    Value index, to;
    Block body, after;
} Counter;
Counter build_counter(Emitter *e, Value from, Value to);
void build_counter_end(Emitter *e, Counter *counter, uint64_t step);
void build_unlikely(CodegenModule *m, Value branch);            /* the first way is rare */

#endif
