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
        Value place = build_element(m, m->pointer, bases, build_i64(m, (uint64_t)i));
        e->planes[i] = LLVMBuildLoad2(m->builder, m->pointer, place, "");
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

/* targets[index …] where their size is known only when running: one way for each, the results joined. */
static Value either_target(Emitter *e, Value index) {
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    Block ways[2] = {build_block(e, "target16"), build_block(e, "target32")}, after = build_block(e, "target");
    LLVMBuildCondBr(b, LLVMBuildICmp(b, LLVMIntEQ, e->target_bytes, build_i32(m, 2), ""), ways[0], ways[1]);
    Value values[2];
    for (int i = 0; i < 2; i++) {
        Type type = i == 0 ? m->i16 : m->i32;
        LLVMPositionBuilderAtEnd(b, ways[i]);
        Value loaded = LLVMBuildLoad2(b, build_vector(e, type), build_element(m, type, e->targets, index), "");
        LLVMSetAlignment(loaded, i == 0 ? 2 : 4);
        memory_scope(e, e->kernel->planes.count + MEMORY_TABLES, loaded);
        values[i] = LLVMBuildZExt(b, loaded, build_vector(e, m->i64), "");
        LLVMBuildBr(b, after);
    }
    LLVMPositionBuilderAtEnd(b, after);
    Value target = LLVMBuildPhi(b, build_vector(e, m->i64), "");
    LLVMAddIncoming(target, values, ways, 2);
    return target;
}

Value memory_target(Emitter *e, Value index) {
    if (!e->target_width) return either_target(e, index);
    return table_lane(e, e->targets, e->target_width == 2 ? e->m->i16 : e->m->i32, index);
}

bool memory_needs(const Kernel *kernel, KernelIndex end) {
    for (int i = 0; i < kernel->planes.count; i++) {
        if (kernel->planes.at[i].index == end) return true;
    }
    for (int i = 0; i < kernel->code.count; i++) {
        int op = kernel->code.at[i].op;
        if (op == (end == KERNEL_PRE ? KERNEL_PRE_INDEX : KERNEL_POST_INDEX)) return true;
        if (kernel->shape == HIL_SHAPE_EDGE && (op == KERNEL_RANDOM0 || op == KERNEL_RANDOM1)) return true;
    }
    return false;
}

void memory_find_ends(Emitter *e) {
    int shape = e->kernel->shape;
    if (e->width == 1 || (shape != HIL_SHAPE_EDGE && shape != HIL_SHAPE_ROW)) return;
    bool pre = shape == HIL_SHAPE_EDGE && memory_needs(e->kernel, KERNEL_PRE);
    bool post = memory_needs(e->kernel, KERNEL_POST);
    Value targets = post && !e->target_width ? either_target(e, e->self) : NULL;
    for (int i = 0; i < e->width; i++) {
        Value index = LLVMBuildAdd(e->m->builder, e->self, build_i64(e->m, (uint64_t)i), "");
        if (pre) e->pre_lanes[i] = memory_source(e, index);
        if (post) e->post_lanes[i] = targets ? build_lane(e, targets, i) : memory_target(e, index);
    }
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
    int shape = e->kernel->shape;
    if (which == KERNEL_PRE && shape != HIL_SHAPE_EDGE) return e->pre;
    if (which == KERNEL_PRE) *lanes = e->pre_lanes;
    if (which == KERNEL_POST && shape != HIL_SHAPE_FROM) *lanes = e->post_lanes;
    return NULL;
}

static Value from_lanes(Emitter *e, Value *lanes, Type type) {
    Value vector = LLVMGetPoison(build_vector(e, type));
    for (int i = 0; i < e->width; i++) {
        vector = LLVMBuildInsertElement(e->m->builder, vector, lanes[i], build_i32(e->m, (uint32_t)i), "");
    }
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

Value memory_row_offset(Emitter *e) {
    LLVMBuilderRef b = e->m->builder;
    Value first = build_splat(e, LLVMBuildTrunc(b, e->row_offset, e->m->i32, ""));
    return e->width == 1 ? first : LLVMBuildAdd(b, first, iota(e, e->m->i32), "");
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

/* Rows start anywhere; all other vectors at a multiple of their width. */
static unsigned vector_alignment(Emitter *e, int plane) {
    unsigned size = e->kernel->planes.at[plane].storage == HIL_F32 ? 4 : 8, bytes = (unsigned)e->width * size;
    if (e->kernel->shape == HIL_SHAPE_ROW) return size;
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
    Type type = build_vector(e, storage_type(e, plane));
    Value value = LLVMBuildLoad2(e->m->builder, type, plane_address(e, plane, e->self), "");
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

Value memory_lane_load(Emitter *e, int plane, Value index) {
    return build_fit(e, load_one(e, plane, index), e->real);
}

void memory_lane_store(Emitter *e, int plane, Value index, Value value) {
    store_one(e, plane, index, build_fit(e, value, storage_type(e, plane)));
}

void memory_lane_accumulate(Emitter *e, int plane, Value index, Value value) {
    Value sum = LLVMBuildFAdd(e->m->builder, memory_lane_load(e, plane, index), value, "");
    memory_lane_store(e, plane, index, sum);
}

void memory_accumulate(Emitter *e, int plane, Value value) {
    memory_store(e, plane, LLVMBuildFAdd(e->m->builder, memory_load(e, plane), value, ""));
}
