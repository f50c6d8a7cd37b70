/* Memory: planes and index tables of a call, and who may overlap whom.
 * Different planes of a call never overlap, but for a PRE and a POST plane, which are one array when a population is
 * connected to itself. Index tables and lists of the fired overlap nothing. This is said in alias scopes, one a plane,
 * so that loads move out of loops and past stores. Planes are aligned and padded: no tails, no masks. */
#include "codegen/llvm.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

bool memory_may_overlap(const Kernel *kernel, int a, int b) {
    if (a == b) return true;
    if (a >= kernel->planes.count || b >= kernel->planes.count) return false;
    KernelIndex x = kernel->planes.at[a].index, y = kernel->planes.at[b].index;
    return x != y && (kernel->shape == HIL_SHAPE_FROM || (x != KERNEL_SELF && y != KERNEL_SELF));
}

static LLVMMetadataRef string(CodegenModule *m, const char *text) {
    return LLVMMDStringInContext2(m->context, text, strlen(text));
}

static void scopes_open(Emitter *e) {
    CodegenModule *m = e->m;
    int planes = e->kernel->planes.count, all = planes + MEMORY_MORE;
    size_t length;
    LLVMMetadataRef name = string(m, LLVMGetValueName2(e->function, &length));
    LLVMMetadataRef domain = LLVMMDNodeInContext2(m->context, &name, 1);
    LLVMMetadataRef *scopes = calloc((size_t)all * 2, sizeof *scopes), *others = scopes + all;
    for (int i = 0; i < all; i++) {
        char text[300];
        snprintf(text, sizeof text, "%.200s %d", LLVMGetValueName2(e->function, &length), i);
        LLVMMetadataRef scope[2] = {string(m, text), domain};
        scopes[i] = LLVMMDNodeInContext2(m->context, scope, 2);
    }
    for (int i = 0; i < all; i++) {
        size_t count = 0;
        for (int k = 0; k < all; k++) {
            if (!memory_may_overlap(e->kernel, i, k)) others[count++] = scopes[k];
        }
        e->alias_scope[i] = LLVMMetadataAsValue(m->context, LLVMMDNodeInContext2(m->context, &scopes[i], 1));
        e->noalias[i] = LLVMMetadataAsValue(m->context, LLVMMDNodeInContext2(m->context, others, count));
    }
    free(scopes);
}

void memory_scope(Emitter *e, int which, Value access) {
    LLVMSetMetadata(access, e->m->scope_kind, e->alias_scope[which]);
    LLVMSetMetadata(access, e->m->noalias_kind, e->noalias[which]);
}

void memory_open(Emitter *e) {
    CodegenModule *m = e->m;
    scopes_open(e);
    if (e->kernel->planes.count == 0) return;
    Value bases = build_field(e, offsetof(HilCall, planes), m->pointer);
    for (int i = 0; i < e->kernel->planes.count; i++) {
        e->planes[i] = LLVMBuildLoad2(m->builder, m->pointer, build_element(m, m->pointer, bases, build_i64(m, (uint64_t)i)), "");
    }
}

/* ---- index tables ---- */

Value memory_table(Emitter *e, Value base, Type type, Value index) {
    Value value = LLVMBuildLoad2(e->m->builder, type, build_element(e->m, type, base, index), "");
    memory_scope(e, e->kernel->planes.count + MEMORY_TABLES, value);
    return value;
}

static Value table_lane(Emitter *e, Value base, Type type, Value index) {
    return LLVMBuildZExt(e->m->builder, memory_table(e, base, type, index), e->m->i64, "");
}

Value memory_source(Emitter *e, Value index) {
    return table_lane(e, e->sources, e->m->i32, index);
}

Value memory_target(Emitter *e, Value index) {
    CodegenModule *m = e->m;
    if (e->target_width) return table_lane(e, e->targets, e->target_width == 2 ? m->i16 : m->i32, index);
    LLVMBuilderRef b = m->builder;
    Block narrow = build_block(e, "target16"), wide = build_block(e, "target32"), after = build_block(e, "target");
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntEQ, e->target_bytes, build_i32(m, 2), ""), narrow, wide);
    Value ways[2];
    Block blocks[2] = {narrow, wide};
    for (int i = 0; i < 2; i++) {
        LLVMPositionBuilderAtEnd(b, blocks[i]);
        ways[i] = table_lane(e, e->targets, i == 0 ? m->i16 : m->i32, index);
        LLVMBuildBr(b, after);
    }
    LLVMPositionBuilderAtEnd(b, after);
    Value target = LLVMBuildPhi(b, m->i64, "");
    LLVMAddIncoming(target, ways, blocks, 2);
    return target;
}

/* ---- where the lanes are ---- */

static Value iota(Emitter *e, Type lane) {
    Value numbers[MOST_LANES];
    for (int i = 0; i < e->width; i++) {
        numbers[i] = lane == e->m->f64 ? LLVMConstReal(lane, i) : LLVMConstInt(lane, (uint64_t)i, false);
    }
    return LLVMConstVector(numbers, (unsigned)e->width);
}

/* One index for all lanes, or NULL when each has its own (*lanes), or they follow one another from SELF. */
static Value shared_index(Emitter *e, KernelIndex which, Value **lanes) {
    *lanes = NULL;
    if (e->width == 1) return which == KERNEL_PRE ? e->pre : which == KERNEL_POST ? e->post : e->self;
    if (which == KERNEL_PRE && e->kernel->shape == HIL_SHAPE_FROM) return e->pre;
    if (which != KERNEL_SELF && e->kernel->shape == HIL_SHAPE_EDGE) {
        *lanes = which == KERNEL_PRE ? e->pre_lanes : e->post_lanes;
    }
    return NULL;
}

static Value from_lanes(Emitter *e, Value *lanes, Type type) {
    Value vector = LLVMGetPoison(build_vector(e, type));
    for (int i = 0; i < e->width; i++) vector = LLVMBuildInsertElement(e->m->builder, vector, lanes[i], build_i32(e->m, (uint32_t)i), "");
    return vector;
}

Value memory_index_integers(Emitter *e, KernelIndex which) {
    LLVMBuilderRef b = e->m->builder;
    Type i32 = e->m->i32;
    Value *lanes, shared = shared_index(e, which, &lanes);
    if (shared) return build_splat(e, LLVMBuildTrunc(b, shared, i32, ""));
    if (lanes) {
        Value narrow[MOST_LANES];
        for (int i = 0; i < e->width; i++) narrow[i] = LLVMBuildTrunc(b, lanes[i], i32, "");
        return from_lanes(e, narrow, i32);
    }
    return LLVMBuildAdd(b, build_splat(e, LLVMBuildTrunc(b, e->self, i32, "")), iota(e, i32), "");
}

/* By way of doubles, which hold every index exactly, so that floats are rounded once. */
Value memory_index(Emitter *e, KernelIndex which) {
    LLVMBuilderRef b = e->m->builder;
    Type f64 = e->m->f64;
    Value *lanes, shared = shared_index(e, which, &lanes);
    if (shared) return build_splat(e, build_fit(e, LLVMBuildSIToFP(b, shared, f64, ""), e->real));
    if (lanes) {
        Value reals[MOST_LANES];
        for (int i = 0; i < e->width; i++) reals[i] = build_fit(e, LLVMBuildSIToFP(b, lanes[i], f64, ""), e->real);
        return from_lanes(e, reals, e->real);
    }
    Value first = build_splat(e, LLVMBuildSIToFP(b, e->self, f64, ""));
    return build_fit(e, LLVMBuildFAdd(b, first, iota(e, f64), ""), e->real);
}

/* ---- planes ---- */

static Type storage_type(Emitter *e, int plane) {
    return e->kernel->planes.at[plane].storage == HIL_F32 ? e->m->f32 : e->m->f64;
}

static Value plane_address(Emitter *e, int plane, Value index) {
    return build_element(e->m, storage_type(e, plane), e->planes[plane], index);
}

static Value load_one(Emitter *e, int plane, Value index) {
    Value value = LLVMBuildLoad2(e->m->builder, storage_type(e, plane), plane_address(e, plane, index), "");
    memory_scope(e, plane, value);
    return value;
}

static void store_one(Emitter *e, int plane, Value index, Value value) {
    memory_scope(e, plane, LLVMBuildStore(e->m->builder, value, plane_address(e, plane, index)));
}

static unsigned vector_alignment(Emitter *e, int plane) {
    unsigned bytes = (unsigned)e->width * (e->kernel->planes.at[plane].storage == HIL_F32 ? 4u : 8u);
    return bytes < 64 ? bytes : 64;
}

Value memory_load(Emitter *e, int plane) {
    Value *lanes, shared = shared_index(e, e->kernel->planes.at[plane].index, &lanes);
    if (shared) return build_splat(e, build_fit(e, load_one(e, plane, shared), e->real));
    if (lanes) {
        Value loaded[MOST_LANES];
        for (int i = 0; i < e->width; i++) loaded[i] = load_one(e, plane, lanes[i]);
        return build_fit(e, from_lanes(e, loaded, storage_type(e, plane)), e->real);
    }
    Value value = LLVMBuildLoad2(e->m->builder, build_vector(e, storage_type(e, plane)), plane_address(e, plane, e->self), "");
    LLVMSetAlignment(value, vector_alignment(e, plane));
    memory_scope(e, plane, value);
    return build_fit(e, value, e->real);
}

void memory_store(Emitter *e, int plane, Value value) {
    Value *lanes, shared = shared_index(e, e->kernel->planes.at[plane].index, &lanes);
    value = build_fit(e, value, storage_type(e, plane));
    if (shared) {
        store_one(e, plane, shared, value);
        return;
    }
    Value store = LLVMBuildStore(e->m->builder, value, plane_address(e, plane, e->self));
    LLVMSetAlignment(store, vector_alignment(e, plane));
    memory_scope(e, plane, store);
}

void memory_lane_accumulate(Emitter *e, int plane, Value index, Value value) {
    Value before = build_fit(e, load_one(e, plane, index), e->real);
    Value after = LLVMBuildFAdd(e->m->builder, before, value, "");
    store_one(e, plane, index, build_fit(e, after, storage_type(e, plane)));
}

void memory_accumulate(Emitter *e, int plane, Value value) {
    memory_store(e, plane, LLVMBuildFAdd(e->m->builder, memory_load(e, plane), value, ""));
}
