/* Rows: the delivery of events, the hottest scalar loop of a network. For each source of a list, its synapses in order.
 * In: a ROW kernel. Out: a loop over sources around a loop over synapses, one copy for each size of targets.
 * Small kernels are unrolled; what the next source will need is prefetched while this one's synapses run. Synapses keep
 * their order, so that sums round the same way however they are reached. */
#include "codegen/llvm.h"

enum {
    UNROLL = 4,
    UNROLL_MOST_CODE = 16,  /* instructions of a kernel worth unrolling */
    SPLIT_MOST_CODE = 64,   /* … worth a copy for each size of targets */
    PREFETCH_LINES = 4,     /* of a row's targets; the processor's own prefetcher does the rest */
    LINE_BYTES = 64
};

static void prefetch(Emitter *e, Value address) {
    CodegenModule *m = e->m;
    Value arguments[4] = {address, build_i32(m, 0), build_i32(m, 3), build_i32(m, 1)};
    build_intrinsic(m, "llvm.prefetch", m->pointer, arguments, 4);
}

static bool may_unroll(const Kernel *kernel) {
    if (kernel->code.count > UNROLL_MOST_CODE) return false;
    for (int i = 0; i < kernel->code.count; i++) {
        char class = kernel_op_info((KernelOp)kernel->code.at[i].op)->class;
        if (class == 'l' || class == 'r') return false;
    }
    return true;
}

/* The body for synapse `index` of the row that starts at `first`. */
static void one_synapse(Emitter *e, Value index, Value first, bool reads_target) {
    e->self = index;
    e->row_offset = LLVMBuildSub(e->m->builder, index, first, "");
    e->post = reads_target ? memory_target(e, index) : build_i64(e->m, 0);
    body_emit(e);
}

static void one_row(Emitter *e, Value first, Value last, bool reads_target) {
    CodegenModule *m = e->m;
    Value from = first;
    if (may_unroll(e->kernel)) {
        Value count = LLVMBuildSub(m->builder, last, first, "");
        Value whole = LLVMBuildAdd(m->builder, first, LLVMBuildAnd(m->builder, count, build_i64(m, ~(uint64_t)(UNROLL - 1)), ""), "");
        whole = LLVMBuildSelect(m->builder, LLVMBuildICmp(m->builder, LLVMIntSLT, first, last, ""), whole, first, "");
        Counter synapses = build_counter(e, first, whole);
        for (int i = 0; i < UNROLL; i++) {
            one_synapse(e, LLVMBuildAdd(m->builder, synapses.index, build_i64(m, (uint64_t)i), ""), first, reads_target);
        }
        build_counter_end(e, &synapses, UNROLL);
        from = whole;
    }
    Counter synapses = build_counter(e, from, last);
    one_synapse(e, synapses.index, first, reads_target);
    build_counter_end(e, &synapses, 1);
}

static Value row_edge(Emitter *e, Value table, Value source) {
    return memory_table(e, table, e->m->i64, source);
}

static Value source_at(Emitter *e, Value index) {
    return LLVMBuildZExt(e->m->builder, memory_table(e, e->list, e->m->i32, index), e->m->i64, "");
}

/* The rows of the source after the next, and the first lines of the next one's targets and planes. */
static void prefetch_next(Emitter *e, Value at, bool reads_target) {
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    Value last = LLVMBuildSub(b, e->count, build_i64(m, 1), "");
    Value ahead[2];
    for (int i = 0; i < 2; i++) {
        Value place = LLVMBuildAdd(b, at, build_i64(m, (uint64_t)i + 1), "");
        place = LLVMBuildSelect(b, LLVMBuildICmp(b, LLVMIntSLT, place, last, ""), place, last, "");
        ahead[i] = source_at(e, place);
    }
    prefetch(e, build_element(m, m->i64, e->rows, ahead[1]));
    Value first = row_edge(e, e->rows, ahead[0]);
    if (reads_target) {
        Type type = e->target_width == 2 ? m->i16 : m->i32;
        Value place = build_element(m, type, e->targets, first);
        for (int i = 0; i < PREFETCH_LINES; i++) {
            Value line = build_i64(m, (uint64_t)i * LINE_BYTES);
            prefetch(e, LLVMBuildGEP2(b, m->i8, place, &line, 1, "")); /* may lie past the table */
        }
    }
    for (int i = 0; i < e->kernel->planes.count; i++) {
        const KernelPlane *plane = &e->kernel->planes.at[i];
        if (plane->index != KERNEL_SELF) continue;
        prefetch(e, build_element(m, plane->storage == HIL_F32 ? m->f32 : m->f64, e->planes[i], first));
    }
}

static void all_rows(Emitter *e, bool reads_target) {
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    /* The end of row s is rows[s + 1], or rows_end[s]: one table either way. */
    Value given = LLVMBuildICmp(b, LLVMIntNE, e->rows_end, LLVMConstNull(m->pointer), "");
    Value ends = LLVMBuildSelect(b, given, e->rows_end, build_element(m, m->i64, e->rows, build_i64(m, 1)), "");
    Counter sources = build_counter(e, build_i64(m, 0), e->count);
    e->pre = source_at(e, sources.index);
    prefetch_next(e, sources.index, reads_target);
    one_row(e, row_edge(e, e->rows, e->pre), row_edge(e, ends, e->pre), reads_target);
    build_counter_end(e, &sources, 1);
}

static bool kernel_reads_target(const Kernel *kernel) {
    for (int i = 0; i < kernel->planes.count; i++) {
        if (kernel->planes.at[i].index == KERNEL_POST) return true;
    }
    for (int i = 0; i < kernel->code.count; i++) {
        if (kernel->code.at[i].op == KERNEL_POST_INDEX) return true;
    }
    return false;
}

void row_emit(Emitter *e) {
    CodegenModule *m = e->m;
    bool reads_target = kernel_reads_target(e->kernel);
    if (!reads_target || e->kernel->code.count > SPLIT_MOST_CODE) {
        all_rows(e, reads_target);
        return;
    }
    Block ways[2] = {build_block(e, "targets16"), build_block(e, "targets32")}, after = build_block(e, "done");
    Value narrow = LLVMBuildICmp(m->builder, LLVMIntEQ, e->target_bytes, build_i32(m, 2), "");
    LLVMBuildCondBr(m->builder, narrow, ways[0], ways[1]);
    for (int i = 0; i < 2; i++) {
        LLVMPositionBuilderAtEnd(m->builder, ways[i]);
        e->target_width = i == 0 ? 2 : 4;
        all_rows(e, true);
        LLVMBuildBr(m->builder, after);
    }
    LLVMPositionBuilderAtEnd(m->builder, after);
}
