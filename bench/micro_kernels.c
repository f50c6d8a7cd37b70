/* How fast compiled kernels are, each alone in memory that fits the caches. Prints nanoseconds a unit of work and the
 * time to compile. Not a test: numbers depend on the machine.
 *   hh        one Hodgkin-Huxley step (Rush-Larsen gates, exponential Euler), 1,024 neurons, a neuron-step
 *   lif       one leaky integrate-and-fire step with a threshold, 1,024 neurons
 *   deliver   delivery of one synaptic event to a random target of 4,000, one weight for all or one each; targets of 2
 *             and 4 bytes; and the same loop written by hand in C ("by hand")
 *   plastic   delivery with an exponential decay and a bounded change of the synapse's weight
 *   gap       the current of one gap junction, added at its target
 * Usage: micro_kernels [base|v3|v4] */
#include "codegen/codegen.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char hh_text[] =
    "kernel hh lanes REAL {\n"
    "  plane V self REAL\n  plane m self REAL\n  plane h self REAL\n  plane n self REAL\n  plane I self REAL\n"
    "  uniform \"dt\"\n"
    "  %0 = load V\n  %1 = load m\n  %2 = load h\n  %3 = load n\n  %4 = load I\n  %5 = uniform \"dt\"\n"
    /* rates */
    "  %6 = const 65\n  %7 = add %0 %6\n"
    "  %8 = const 40\n  %9 = add %0 %8\n  %10 = const -0.1\n  %11 = mul %9 %10\n  %12 = exprelr %11\n"
    "  %13 = const -0.05555555555555555\n  %14 = mul %7 %13\n  %15 = exp %14\n  %16 = const 4\n  %17 = mul %16 %15\n"
    "  %18 = const -0.05\n  %19 = mul %7 %18\n  %20 = exp %19\n  %21 = const 0.07\n  %22 = mul %21 %20\n"
    "  %23 = const 35\n  %24 = add %0 %23\n  %25 = mul %24 %10\n  %26 = exp %25\n  %27 = const 1\n  %28 = add %27 %26\n"
    "  %29 = div %27 %28\n"
    "  %30 = const 55\n  %31 = add %0 %30\n  %32 = mul %31 %10\n  %33 = exprelr %32\n  %34 = const 0.1\n"
    "  %35 = mul %34 %33\n"
    "  %36 = const -0.0125\n  %37 = mul %7 %36\n  %38 = exp %37\n  %39 = const 0.125\n  %40 = mul %39 %38\n"
    /* gates: x = inf + (x - inf) exp(-dt (a + b)) */
    "  %41 = neg %5\n"
    "  %42 = add %12 %17\n  %43 = div %12 %42\n  %44 = mul %42 %41\n  %45 = exp %44\n  %46 = sub %1 %43\n"
    "  %47 = fma %46 %45 %43\n  store m %47\n"
    "  %49 = add %22 %29\n  %50 = div %22 %49\n  %51 = mul %49 %41\n  %52 = exp %51\n  %53 = sub %2 %50\n"
    "  %54 = fma %53 %52 %50\n  store h %54\n"
    "  %56 = add %35 %40\n  %57 = div %35 %56\n  %58 = mul %56 %41\n  %59 = exp %58\n  %60 = sub %3 %57\n"
    "  %61 = fma %60 %59 %57\n  store n %61\n"
    /* potential */
    "  %63 = mul %47 %47\n  %64 = mul %63 %47\n  %65 = mul %64 %54\n  %66 = const 120\n  %67 = mul %65 %66\n"
    "  %68 = mul %61 %61\n  %69 = mul %68 %68\n  %70 = const 36\n  %71 = mul %69 %70\n  %72 = const 0.3\n"
    "  %73 = add %67 %71\n  %74 = add %73 %72\n  %75 = const 50\n  %76 = fma %67 %75 %4\n  %77 = const -77\n"
    "  %78 = fma %71 %77 %76\n  %79 = const -54.4\n  %80 = fma %72 %79 %78\n  %81 = div %80 %74\n"
    "  %82 = mul %74 %41\n  %83 = exp %82\n  %84 = sub %0 %81\n  %85 = fma %84 %83 %81\n  store V %85\n}\n";

static const char lif_text[] =
    "kernel lif lanes REAL {\n  plane V self REAL\n  plane g self REAL\n"
    "  uniform \"a\"\n  uniform \"b\"\n  uniform \"c\"\n"
    "  event spike\n  %0 = load V\n  %1 = load g\n  %2 = uniform \"a\"\n  %3 = uniform \"b\"\n  %4 = uniform \"c\"\n"
    "  %5 = fma %0 %2 %3\n  %6 = fma %1 %3 %5\n  %7 = lt %4 %6\n  store V %6\n  %9 = mul %1 %2\n  store g %9\n"
    "  fire spike %7\n}\n";

static const char deliver_text[] =
    "kernel deliver row REAL {\n  plane g post REAL\n  uniform \"w\"\n  %0 = load g\n  %1 = uniform \"w\"\n"
    "  %2 = add %0 %1\n  store g %2\n}\n";

static const char deliver_each_text[] =
    "kernel deliver_each row REAL {\n  plane g post REAL\n  plane w self REAL\n  %0 = load g\n  %1 = load w\n"
    "  %2 = add %0 %1\n  store g %2\n}\n";

static const char plastic_text[] =
    "kernel plastic row REAL {\n  plane w self REAL\n  plane last self REAL\n  plane trace post REAL\n"
    "  plane g post REAL\n  %0 = load w\n  %1 = load last\n  %2 = time\n  %3 = sub %1 %2\n  %4 = exp %3\n"
    "  %5 = load trace\n  %6 = fma %4 %5 %0\n  %7 = const 0\n  %8 = const 1\n  %9 = max %6 %7\n  %10 = min %9 %8\n"
    "  store w %10\n  store last %2\n  %13 = load g\n  %14 = add %13 %10\n  store g %14\n}\n";

static const char gap_text[] =
    "kernel gap edge REAL {\n  plane V pre REAL\n  plane V post REAL\n  plane I post REAL\n  uniform \"g\"\n"
    "  %0 = load pre:V\n  %1 = load post:V\n  %2 = sub %0 %1\n  %3 = uniform \"g\"\n  %4 = mul %2 %3\n"
    "  accumulate I %4\n}\n";

/* What `deliver, 4 bytes` competes with. */
static void by_hand(const HilCall *call) {
    double *g = call->planes[0];
    const uint32_t *targets = call->targets;
    double weight = call->uniforms[0];
    for (int64_t k = 0; k < call->count; k++) {
        uint64_t source = call->list[k];
        for (uint64_t j = call->rows[source]; j < call->rows[source + 1]; j++) g[targets[j]] += weight;
    }
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

typedef struct Compiled {
    CodegenProgram *program;
    HilKernelFunction *function;
    int instructions;
    double seconds;
} Compiled;

/* REAL stands for the precision in the texts above. */
static Compiled compile(Compilation *c, const char *text, const char *precision, int level) {
    char *whole = arena_alloc(c->arena, strlen(text) + 1), *to = whole;
    for (const char *from = text; *from;) {
        if (strncmp(from, "REAL", 4) == 0) {
            to += sprintf(to, "%s", precision);
            from += 4;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    Kernel *parsed = kernel_parse(c, whole, strlen(whole));
    if (!parsed) {
        diagnostics_print(&c->diagnostics, &c->sources, stderr, false);
        exit(1);
    }
    Kernel *kernel = kernel_lower(c->arena, parsed);
    CodegenInput input = {
        .kernels = &kernel, .count = 1, .module_name = "micro_kernels", .levels = 1 << level, .optimization = 2};
    HilError error = {""};
    Compiled compiled = {.instructions = kernel->code.count};
    double start = now();
    compiled.program = codegen_jit(&input, &error);
    compiled.seconds = now() - start;
    if (!compiled.program) {
        fprintf(stderr, "%s\n", error.text);
        exit(1);
    }
    compiled.function = codegen_functions(compiled.program)[level];
    return compiled;
}

/* The best of several rounds: what the code can do, not what the machine was busy with. */
static double best_seconds(HilKernelFunction *function, HilCall *call, int repeats) {
    double best = 1e9;
    for (int round = 0; round < 7; round++) {
        double start = now();
        for (int i = 0; i < repeats; i++) {
            if (call->fired) call->fired[0].count = 0;
            function(call);
        }
        double seconds = (now() - start) / repeats;
        if (seconds < best) best = seconds;
    }
    return best;
}

enum { NEURONS = 1024, TARGETS = 4000, SOURCES = 64, FAN_OUT = 80 };

static void fill(void *plane, bool narrow, int count, double value) {
    for (int i = 0; i < count; i++) {
        if (narrow) ((float *)plane)[i] = (float)(value + 0.001 * i);
        else ((double *)plane)[i] = value + 0.001 * i;
    }
}

static void *plane_new(bool narrow, int count, double value) {
    void *plane = aligned_alloc(64, ((size_t)count * 8 + 511) / 256 * 256);
    fill(plane, narrow, count, value);
    return plane;
}

static void report(const char *what, const char *precision, const Compiled *compiled, double nanoseconds) {
    printf("%-22s %s  %7.3f ns   compiled in %.1f ms (%d instructions)\n", what, precision, nanoseconds,
           compiled->seconds * 1e3, compiled->instructions);
    codegen_free(compiled->program);
}

static void lanes_rows(Compilation *c, const char *precision, int level) {
    bool narrow = strcmp(precision, "f32") == 0;
    void *hh[5] = {plane_new(narrow, NEURONS, -65), plane_new(narrow, NEURONS, 0.05), plane_new(narrow, NEURONS, 0.6),
                   plane_new(narrow, NEURONS, 0.32), plane_new(narrow, NEURONS, 10)};
    double step = 0.01;
    HilCall call = {.planes = hh, .uniforms = &step, .begin = 0, .end = NEURONS};
    Compiled compiled = compile(c, hh_text, precision, level);
    report("hh", precision, &compiled, best_seconds(compiled.function, &call, 100) / NEURONS * 1e9);

    void *lif[2] = {hh[0], hh[1]};
    double uniforms[3] = {0.9, -3, 0};
    uint32_t lanes[NEURONS];
    HilFired fired = {.lanes = lanes};
    call = (HilCall){.planes = lif, .uniforms = uniforms, .begin = 0, .end = NEURONS, .fired = &fired};
    compiled = compile(c, lif_text, precision, level);
    report("lif", precision, &compiled, best_seconds(compiled.function, &call, 1000) / NEURONS * 1e9);
    for (int i = 0; i < 5; i++) free(hh[i]);
}

static void delivery(Compilation *c, const char *precision, int level) {
    bool narrow = strcmp(precision, "f32") == 0;
    enum { SYNAPSES = SOURCES * FAN_OUT };
    uint32_t *wide = malloc(SYNAPSES * 4), list[SOURCES], random = 12345;
    uint16_t *small = malloc(SYNAPSES * 2);
    uint64_t rows[SOURCES + 1];
    for (int i = 0; i < SYNAPSES; i++) {
        random = random * 1664525u + 1013904223u;
        wide[i] = (uint32_t)((uint64_t)random * TARGETS >> 32);
        small[i] = (uint16_t)wide[i];
    }
    for (uint32_t i = 0; i <= SOURCES; i++) rows[i] = i * (uint64_t)FAN_OUT;
    for (uint32_t i = 0; i < SOURCES; i++) list[i] = (i * 37) % SOURCES;
    void *g = plane_new(narrow, TARGETS, 0), *w = plane_new(narrow, SYNAPSES, 0);
    void *last = plane_new(narrow, SYNAPSES, -1), *trace = plane_new(narrow, TARGETS, 0);
    void *planes[2] = {g, w}, *plastic[4] = {w, last, trace, g}, *gap[3] = {trace, trace, g};
    double weight = 1e-3;
    HilCall call = {.planes = planes, .uniforms = &weight, .list = list, .count = SOURCES, .rows = rows};
    const struct { const char *name, *text; int bytes; } ways[] = {{"deliver, 2 bytes", deliver_text, 2},
                                                                   {"deliver, 4 bytes", deliver_text, 4},
                                                                   {"deliver each, 2 bytes", deliver_each_text, 2},
                                                                   {"deliver each, 4 bytes", deliver_each_text, 4}};
    for (int i = 0; i < 4; i++) {
        call.target_bytes = ways[i].bytes;
        call.targets = ways[i].bytes == 2 ? (void *)small : (void *)wide;
        Compiled compiled = compile(c, ways[i].text, precision, level);
        report(ways[i].name, precision, &compiled, best_seconds(compiled.function, &call, 200) / SYNAPSES * 1e9);
    }
    if (!narrow) {
        double seconds = best_seconds(by_hand, &call, 200);
        printf("%-22s f64  %7.3f ns\n", "deliver, by hand", seconds / SYNAPSES * 1e9);
    }
    call.planes = plastic;
    Compiled compiled = compile(c, plastic_text, precision, level);
    report("plastic", precision, &compiled, best_seconds(compiled.function, &call, 50) / SYNAPSES * 1e9);
    call.planes = gap;
    call.end = SYNAPSES;
    call.sources = wide;
    compiled = compile(c, gap_text, precision, level);
    report("gap", precision, &compiled, best_seconds(compiled.function, &call, 100) / SYNAPSES * 1e9);
    free(g);
    free(w);
    free(last);
    free(trace);
    free(wide);
    free(small);
}

int main(int count, char **arguments) {
    const char *names[] = {"base", "v3", "v4"};
    int level = codegen_host_level();
    for (int i = 0; count > 1 && i < HIL_LEVEL_COUNT; i++) {
        if (strcmp(arguments[1], names[i]) == 0) level = i;
    }
    Compilation *c = compilation_new(NULL);
    printf("level %s\n", names[level]);
    const char *precisions[] = {"f64", "f32"};
    for (int i = 0; i < 2; i++) {
        lanes_rows(c, precisions[i], level);
        delivery(c, precisions[i], level);
    }
    compilation_free(c);
    return 0;
}
