/* Rows: the delivery of events, the hottest scalar loop of a network. For each source of a list, its synapses in order.
 * In: a ROW kernel. Out: a loop over sources around a loop over synapses, one copy for each size of targets.
 * Small kernels are unrolled; larger ones compute vectors of synapses, but for what they write to neurons, which is
 * added synapse by synapse. What the next source will need is prefetched while this one's synapses run. Synapses keep
 * their order, so that sums round the same way however they are reached. */
#include "codegen/llvm.h"
#include <stdlib.h>

enum {
    UNROLL = 4,
    UNROLL_MOST_CODE = 16,  /* instructions of a kernel worth unrolling */
    SPLIT_MOST_CODE = 24,   /* … worth a copy for each size of targets */
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
        if (class == 'l' || class == 'r' || class == 'x') return false;
    }
    return true;
}

/* ---- may synapses be computed side by side? ---- */

static bool writes(const Kernel *kernel, int plane) {
    for (int i = 0; i < kernel->code.count; i++) {
        int op = kernel->code.at[i].op;
        if ((op == KERNEL_STORE || op == KERNEL_ACCUMULATE) && kernel->code.at[i].index == plane) return true;
    }
    return false;
}

static bool loads(const Kernel *kernel, int plane) {
    for (int i = 0; i < kernel->code.count; i++) {
        if (kernel->code.at[i].op == KERNEL_LOAD && kernel->code.at[i].index == plane) return true;
    }
    return false;
}

/* How often the plane's value is used, by all its loads together. */
static int uses_of_loads(const Kernel *kernel, int plane) {
    int uses = 0;
    for (int i = 0; i < kernel->code.count; i++) {
        for (int k = 0; k < 3; k++) {
            int operand = kernel->code.at[i].operands[k];
            if (operand < 0) continue;
            const KernelInstruction *source = &kernel->code.at[operand];
            uses += source->op == KERNEL_LOAD && source->index == plane;
        }
    }
    return uses;
}

/* A store that adds to the element and whose plane is used for nothing else: what is added does not depend on what
 * other synapses added, so only the additions must wait for one another. */
static bool store_is_sum(const Kernel *kernel, const KernelInstruction *store) {
    const KernelInstruction *made = &kernel->code.at[store->operands[0]];
    if (made->op != KERNEL_ADD && made->op != KERNEL_SUB && made->op != KERNEL_FMA) return false;
    int own = 0, uses = 0;
    for (int i = 0; i < 3 && made->operands[i] >= 0; i++) {
        const KernelInstruction *source = &kernel->code.at[made->operands[i]];
        own += source->op == KERNEL_LOAD && source->index == store->index;
    }
    for (int i = 0; i < kernel->code.count; i++) {
        for (int k = 0; k < 3; k++) uses += kernel->code.at[i].operands[k] == store->operands[0];
    }
    return own == 1 && uses == 1 && uses_of_loads(kernel, store->index) == 1;
}

static bool may_vectorize(const Kernel *kernel) {
    if (kernel->code.count <= UNROLL_MOST_CODE) return false;
    for (int i = 0; i < kernel->code.count; i++) {
        const KernelInstruction *instruction = &kernel->code.at[i];
        if (instruction->op != KERNEL_STORE && instruction->op != KERNEL_ACCUMULATE) continue;
        if (kernel->planes.at[instruction->index].index == KERNEL_SELF) continue;
        if (instruction->op == KERNEL_STORE && !store_is_sum(kernel, instruction)) return false;
        if (instruction->op == KERNEL_ACCUMULATE && loads(kernel, instruction->index)) return false;
    }
    return true;
}

/* i1: a plane that the kernel loads at one end and one that it writes at the other are the same array. NULL: never. */
static Value ends_overlap(Emitter *e) {
    LLVMBuilderRef b = e->m->builder;
    const Kernel *kernel = e->kernel;
    Value any = NULL;
    for (int i = 0; i < kernel->planes.count; i++) {
        for (int k = 0; k < kernel->planes.count; k++) {
            if (i == k || !memory_may_overlap(kernel, i, k) || !writes(kernel, i) || !loads(kernel, k)) continue;
            Value same = LLVMBuildICmp(b, LLVMIntEQ, e->planes[i], e->planes[k], "");
            any = any ? LLVMBuildOr(b, any, same, "") : same;
        }
    }
    return any;
}

/* ---- loops ---- */

/* What one copy of the loops needs to know. */
typedef struct Rows {
    bool reads_target;
    int step;         /* synapses a round of the first loop: lanes of its vectors, or copies of the body */
    bool vectors;
    Value overlap;    /* vectors only where it is false; NULL when it never is true */
    Value scalar_time, vector_time;
    Value *scalar_uniforms, *vector_uniforms;
} Rows;

/* The body for the synapses from `index` on of the row whose first synapse is `origin` (draws count from there). */
static void synapses_at(Emitter *e, const Rows *rows, Value index, Value origin) {
    e->self = index;
    e->row_offset = LLVMBuildSub(e->m->builder, index, origin, "");
    if (e->width == 1) e->post = rows->reads_target ? memory_target(e, index) : build_i64(e->m, 0);
    body_emit(e);
}

static void set_width(Emitter *e, const Rows *rows, int width) {
    e->width = width;
    e->time = width == 1 ? rows->scalar_time : rows->vector_time;
    e->uniforms = width == 1 ? rows->scalar_uniforms : rows->vector_uniforms;
}

static void one_row(Emitter *e, const Rows *rows, Value first, Value last, Value origin) {
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    Value from = first;
    if (rows->step > 1) {
        Value count = LLVMBuildSub(b, last, first, "");
        Value even = LLVMBuildAnd(b, count, build_i64(m, ~(uint64_t)(rows->step - 1)), "");
        Value none = LLVMBuildICmp(b, LLVMIntSGE, first, last, "");
        if (rows->overlap) none = LLVMBuildOr(b, none, rows->overlap, "");
        Value whole = LLVMBuildSelect(b, none, first, LLVMBuildAdd(b, first, even, ""), "");
        Counter counter = build_counter(e, first, whole);
        if (rows->vectors) set_width(e, rows, rows->step);
        for (int i = 0; i < (rows->vectors ? 1 : rows->step); i++) {
            synapses_at(e, rows, LLVMBuildAdd(b, counter.index, build_i64(m, (uint64_t)i), ""), origin);
        }
        if (rows->vectors) set_width(e, rows, 1);
        build_counter_end(e, &counter, (uint64_t)rows->step);
        from = whole;
    }
    Counter counter = build_counter(e, from, last);
    synapses_at(e, rows, counter.index, origin);
    build_counter_end(e, &counter, 1);
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

static void all_rows(Emitter *e, void *context) {
    const Rows *rows = context;
    CodegenModule *m = e->m;
    LLVMBuilderRef b = m->builder;
    /* The end of row s is rows[s + 1], or rows_end[s]: one table either way. */
    Value given = LLVMBuildICmp(b, LLVMIntNE, e->rows_end, LLVMConstNull(m->pointer), "");
    Value ends = LLVMBuildSelect(b, given, e->rows_end, build_element(m, m->i64, e->rows, build_i64(m, 1)), "");
    /* Parts of rows: where the whole ones start. */
    Value starts = e->row_starts;
    if (starts) {
        Value parts = LLVMBuildICmp(b, LLVMIntNE, starts, LLVMConstNull(m->pointer), "");
        starts = LLVMBuildSelect(b, parts, starts, e->rows, "");
    }
    Counter sources = build_counter(e, build_i64(m, 0), e->count);
    e->pre = source_at(e, sources.index);
    prefetch_next(e, sources.index, rows->reads_target);
    Value first = row_edge(e, e->rows, e->pre);
    one_row(e, rows, first, row_edge(e, ends, e->pre), starts ? row_edge(e, starts, e->pre) : first);
    build_counter_end(e, &sources, 1);
}

static void prepare_vectors(Emitter *e, Rows *rows) {
    rows->vectors = true;
    rows->step = e->vector_width;
    rows->overlap = ends_overlap(e);
    rows->vector_uniforms = calloc((size_t)e->kernel->uniforms.count + 1, sizeof(Value));
    e->width = e->vector_width;
    rows->vector_time = build_splat(e, e->time);
    for (int i = 0; i < e->kernel->uniforms.count; i++) rows->vector_uniforms[i] = build_splat(e, e->uniforms[i]);
    e->width = 1;
}

void row_emit(Emitter *e) {
    Rows rows = {.reads_target = memory_needs(e->kernel, KERNEL_POST), .step = may_unroll(e->kernel) ? UNROLL : 1,
                 .scalar_time = e->time, .scalar_uniforms = e->uniforms};
    if (may_vectorize(e->kernel)) prepare_vectors(e, &rows);
    if (!rows.reads_target || e->kernel->code.count > SPLIT_MOST_CODE) {
        all_rows(e, &rows);
    } else {
        each_target_width(e, all_rows, &rows);
    }
    free(rows.vector_uniforms);
}
