/* Functions: one kernel at one machine level becomes one HilKernelFunction, whatever its shape.
 * In: a lowered kernel. Out: an LLVM function with the level's attributes. What all lanes share (bases of planes,
 * uniforms, time) is read once before the loop over lanes. */
#include "codegen/llvm.h"
#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { WIDE_MOST_CODE = 64 }; /* longer code has more values at once than two vectors of each leave registers for */
enum { SHORTEST = 4 }; /* lanes that few cells get: they cost no more than one */

static void add_flag(CodegenModule *m, Value function, LLVMAttributeIndex where, const char *name) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    LLVMAddAttributeAtIndex(function, where, LLVMCreateEnumAttribute(m->context, kind, 0));
}

static void add_text(CodegenModule *m, Value function, const char *name, const char *value) {
    LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                            LLVMCreateStringAttribute(m->context, name, (unsigned)strlen(name), value,
                                                      (unsigned)strlen(value)));
}

/* Hidden: seen by the other objects of the model, not outside what they are linked into. */
Value function_declare(CodegenModule *m, int kernel, int level) {
    char name[256];
    snprintf(name, sizeof name, "hil_%d_%.200s_%s", kernel, m->input->kernels[kernel]->name, m->levels[level].name);
    for (char *at = name; *at; at++) {
        if (!isalnum((unsigned char)*at)) *at = '_';
    }
    Value function = LLVMAddFunction(m->module, name, LLVMFunctionType(m->void_type, &m->pointer, 1, false));
    LLVMSetVisibility(function, LLVMHiddenVisibility);
    return function;
}

static void add_attributes(CodegenModule *m, Value function, const Level *level) {
    add_flag(m, function, LLVMAttributeFunctionIndex, "nounwind");
    add_flag(m, function, 1, "noalias");
    add_flag(m, function, 1, "readonly");
    add_text(m, function, "target-cpu", level->cpu);
    if (level->attribute) add_text(m, function, level->attribute, level->attribute_value);
}

static bool uses_random(const Kernel *kernel) {
    for (int i = 0; i < kernel->code.count; i++) {
        if (kernel->code.at[i].op == KERNEL_RANDOM0 || kernel->code.at[i].op == KERNEL_RANDOM1) return true;
    }
    return false;
}

/* Reads what the shape and the kernel need of the call. */
static void read_call(Emitter *e) {
    CodegenModule *m = e->m;
    const Kernel *kernel = e->kernel;
    int shape = kernel->shape;
#define FIELD(name, type) e->name = build_field(e, offsetof(HilCall, name), m->type)
    if (shape == HIL_SHAPE_LIST || shape == HIL_SHAPE_ROW) FIELD(count, i64);
    else FIELD(begin, i64), FIELD(end, i64);
    if (shape == HIL_SHAPE_LIST || shape == HIL_SHAPE_ROW || shape == HIL_SHAPE_FROM) FIELD(list, pointer);
    if (shape == HIL_SHAPE_ROW) FIELD(rows, pointer), FIELD(rows_end, pointer);
    if (shape == HIL_SHAPE_ROW && uses_random(kernel)) FIELD(row_starts, pointer);
    if (shape == HIL_SHAPE_ROW || shape == HIL_SHAPE_EDGE) FIELD(targets, pointer), FIELD(target_bytes, i32);
    if (shape == HIL_SHAPE_EDGE) FIELD(sources, pointer);
    if (uses_random(kernel)) FIELD(seed, i64), FIELD(step, i64), FIELD(stream, i32);
#undef FIELD
    e->time = build_splat(e, build_fit(e, build_field(e, offsetof(HilCall, time), m->f64), e->real));
    if (kernel->uniforms.count == 0) return;
    Value uniforms = build_field(e, offsetof(HilCall, uniforms), m->pointer);
    for (int i = 0; i < kernel->uniforms.count; i++) {
        Value address = build_element(m, m->f64, uniforms, build_i64(m, (uint64_t)i));
        e->uniforms[i] = build_splat(e, build_fit(e, LLVMBuildLoad2(m->builder, m->f64, address, ""), e->real));
    }
}

static void emit_vectors(Emitter *e) {
    if (e->kernel->shape == HIL_SHAPE_FROM) {
        e->pre = LLVMBuildZExt(e->m->builder, memory_table(e, e->list, e->m->i32, build_i64(e->m, 0)), e->m->i64, "");
    }
    e->limit = e->end;
    Counter lanes = build_counter(e, e->begin, e->end);
    e->self = lanes.index;
    body_emit(e);
    build_counter_end(e, &lanes, (uint64_t)e->width);
}

/* At most one lane: no loop, out of which constants and uniforms would be moved into registers that there are too few of. */
static void emit_lone(Emitter *e) {
    LLVMBuilderRef b = e->m->builder;
    Block lane = build_block(e, "lane"), after = build_block(e, "done");
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntSLT, e->begin, e->end, ""), lane, after);
    LLVMPositionBuilderAtEnd(b, lane);
    e->self = e->begin;
    lone_emit(e);
    LLVMBuildBr(b, after);
    LLVMPositionBuilderAtEnd(b, after);
}

static void emit_list(Emitter *e) {
    Counter entries = build_counter(e, build_i64(e->m, 0), e->count);
    e->self = LLVMBuildZExt(e->m->builder, memory_table(e, e->list, e->m->i32, entries.index), e->m->i64, "");
    body_emit(e);
    build_counter_end(e, &entries, 1);
}

void each_target_width(Emitter *e, void (*loop)(Emitter *e, void *context), void *context) {
    CodegenModule *m = e->m;
    Block ways[2] = {build_block(e, "targets16"), build_block(e, "targets32")}, after = build_block(e, "done");
    Value narrow = LLVMBuildICmp(m->builder, LLVMIntEQ, e->target_bytes, build_i32(m, 2), "");
    LLVMBuildCondBr(m->builder, narrow, ways[0], ways[1]);
    for (int i = 0; i < 2; i++) {
        LLVMPositionBuilderAtEnd(m->builder, ways[i]);
        e->target_width = i == 0 ? 2 : 4;
        loop(e, context);
        LLVMBuildBr(m->builder, after);
    }
    LLVMPositionBuilderAtEnd(m->builder, after);
}

static void emit_edges(Emitter *e, void *context) {
    (void)context;
    emit_vectors(e);
}

void function_emit(CodegenModule *m, Value function, const Kernel *kernel, int level) {
    Emitter *e = calloc(1, sizeof *e);
    e->m = m;
    e->kernel = kernel;
    e->level = &m->levels[level];
    e->narrow = kernel->precision == HIL_F32;
    bool scalar = kernel->shape == HIL_SHAPE_LIST || kernel->shape == HIL_SHAPE_ROW;
    bool wide = m->input->optimization >= 3 && kernel->code.count <= WIDE_MOST_CODE;
    int doubles = wide ? e->level->long_width : e->level->width;
    e->vector_width = e->narrow ? 2 * doubles : doubles;
    if (kernel->shape == HIL_SHAPE_LANES && kernel->lanes)
        while (e->vector_width > SHORTEST && e->vector_width / 2 >= kernel->lanes) e->vector_width /= 2;
    e->lone = kernel->shape == HIL_SHAPE_LANES && kernel->lanes == 1 && lone_suits(kernel);
    e->width = scalar || e->lone ? 1 : e->vector_width;
    e->real = e->narrow ? m->f32 : m->f64;
    e->bits = e->narrow ? m->i32 : m->i64;
    int scopes = kernel->planes.count + MEMORY_MORE;
    e->values = calloc((size_t)kernel->code.count + 1, sizeof(Value));
    e->uniforms = calloc((size_t)kernel->uniforms.count + 1, sizeof(Value));
    e->planes = calloc((size_t)kernel->planes.count + 1, sizeof(Value));
    e->flushes = subnormal_find(kernel, e->level);
    e->alias_scope = calloc((size_t)scopes, sizeof(Value));
    e->noalias = calloc((size_t)scopes, sizeof(Value));

    e->function = function;
    add_attributes(m, function, e->level);
    e->call = LLVMGetParam(e->function, 0);
    LLVMPositionBuilderAtEnd(m->builder, build_block(e, "entry"));
    debug_function(e);
    read_call(e);
    memory_open(e);
    switch (kernel->shape) {
    case HIL_SHAPE_LIST: emit_list(e); break;
    case HIL_SHAPE_ROW: row_emit(e); break;
    case HIL_SHAPE_EDGE: each_target_width(e, emit_edges, NULL); break;
    default:
        if (e->lone) emit_lone(e);
        else emit_vectors(e);
        break;
    }
    LLVMBuildRetVoid(m->builder);

    free(e->values);
    free(e->uniforms);
    free(e->planes);
    free(e->flushes);
    free(e->alias_scope);
    free(e->noalias);
    free(e);
}
