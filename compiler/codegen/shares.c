/* Shares: the functions of a model dealt out to the machine's processors, each of which compiles a module of its own.
 * In: a CodegenInput. Out: objects that together define what codegen.h promises. The first share's has the table and
 * the image; functions are known between the objects as hidden symbols. What is computed depends on no share. */
#include "codegen/llvm.h"
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { LEAST_CODE = 150 /* instructions that are worth a thread */ };

typedef struct Share {
    const CodegenInput *input;
    int best, code; /* code: instructions */
    bool whole;     /* has the table and the image */
    bool *mine;     /* [count * HIL_LEVEL_COUNT] functions that it defines */
    LLVMMemoryBufferRef object;
    HilError error;
    pthread_t thread;
    bool started;
} Share;

static void *compile_share(void *of) {
    Share *share = of;
    CodegenModule m;
    if (module_open(&m, share->input, share->best, share->mine, share->whole, &share->error)) {
        share->object = module_generate(&m, LLVMObjectFile);
    }
    module_close(&m);
    return NULL;
}

static int share_count(const CodegenInput *input, int mask, int most) {
    int code = 0, functions = 0;
    for (int level = 0; level < HIL_LEVEL_COUNT; level++) {
        if (!(mask >> level & 1)) continue;
        functions += input->count;
        for (int i = 0; i < input->count; i++) code += input->kernels[i]->code.count;
    }
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < 1) processors = 1;
    if (processors < most) most = (int)processors;
    int wanted = 1 + code / LEAST_CODE;
    if (wanted > functions) wanted = functions < 1 ? 1 : functions;
    return wanted < most ? wanted : most;
}

/* The largest function left goes to the lightest share (Graham 1969). */
static void deal_out(const CodegenInput *input, int mask, Share *shares, int count, bool *taken) {
    for (;;) {
        int largest = -1, lightest = 0;
        for (int i = 0; i < input->count * HIL_LEVEL_COUNT; i++) {
            if (taken[i] || !(mask >> i % HIL_LEVEL_COUNT & 1)) continue;
            int code = input->kernels[i / HIL_LEVEL_COUNT]->code.count;
            if (largest < 0 || code > input->kernels[largest / HIL_LEVEL_COUNT]->code.count) largest = i;
        }
        if (largest < 0) return;
        for (int i = 1; i < count; i++) {
            if (shares[i].code < shares[lightest].code) lightest = i;
        }
        taken[largest] = true;
        shares[lightest].mine[largest] = true;
        shares[lightest].code += input->kernels[largest / HIL_LEVEL_COUNT]->code.count + 1;
    }
}

static bool compile_all(Share *shares, int count, LLVMMemoryBufferRef *objects, HilError *error) {
    for (int i = 1; i < count; i++) {
        shares[i].started = pthread_create(&shares[i].thread, NULL, compile_share, &shares[i]) == 0;
    }
    for (int i = 0; i < count; i++) {
        if (shares[i].started) pthread_join(shares[i].thread, NULL);
        else compile_share(&shares[i]);
    }
    bool good = true;
    for (int i = 0; i < count; i++) {
        objects[i] = shares[i].object;
        if (objects[i]) continue;
        good = false;
        if (error) *error = shares[i].error;
    }
    for (int i = 0; i < count && !good; i++) {
        if (objects[i]) LLVMDisposeMemoryBuffer(objects[i]);
    }
    return good;
}

int shares_compile(const CodegenInput *input, int best, int most, LLVMMemoryBufferRef *objects, HilError *error) {
    target_initialize();
    int mask = module_levels(input, best, error);
    if (!mask) return 0;
    size_t functions = (size_t)input->count * HIL_LEVEL_COUNT + 1;
    int count = share_count(input, mask, most < MOST_SHARES ? most : MOST_SHARES);
    Share shares[MOST_SHARES] = {0};
    bool *marks = calloc(functions * (size_t)(count + 1), sizeof *marks);
    if (!marks) {
        hil_fail(error, "out of memory");
        return 0;
    }
    for (int i = 0; i < count; i++) {
        shares[i] = (Share){.input = input, .best = best, .whole = i == 0, .mine = marks + functions * (size_t)(i + 1)};
    }
    deal_out(input, mask, shares, count, marks);
    bool good = compile_all(shares, count, objects, error);
    free(marks);
    return good ? count : 0;
}
