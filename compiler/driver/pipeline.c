/* The pipeline: a table of stages that a file goes through, read top to bottom. --dump, --stop-after, --time and
 * --verify-each come from this table. */
#include "driver/driver.h"
#include "syntax/syntax.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct Stage {
    const char *name;
    void (*run)(Unit *unit);
    void (*dump)(const Unit *unit, FILE *out);
    bool (*verify)(const Unit *unit);
} Stage;

/* ---- syntax ---- */

static void run_syntax(Unit *unit) { unit->ast = syntax_parse(unit->c, unit->source); }
static void dump_syntax(const Unit *unit, FILE *out) { ast_dump(unit->ast, out); }

/* ---- model ---- */

static void run_model(Unit *unit) { unit->model = model_build(unit->c, unit->ast); }
static void dump_model(const Unit *unit, FILE *out) { model_print(unit->model, out); }

/* ---- kernels (with the equations' plans) ---- */

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t length) {
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++) hash = (hash ^ at[i]) * 1099511628211u; /* FNV-1a */
    return hash;
}

static uint64_t source_hash(const Unit *unit) {
    uint64_t hash = 14695981039346656037u;
    for (int i = 0; i < unit->c->sources.list.count; i++) {
        const Source *source = &unit->c->sources.list.at[i];
        hash = hash_bytes(hash, source->text, source->length);
    }
    return hash_bytes(hash, &unit->options->precision, sizeof unit->options->precision);
}

static LoweringOptions lowering_options(const Unit *unit, FILE *explain) {
    return (LoweringOptions){.precision = unit->options->precision,
                             .explain = explain,
                             .judge_steps = strcmp(unit->options->command, "run") != 0 && strcmp(unit->options->command, "test") != 0,
                             .diagnose_only = !explain && !unit->options->dump && strcmp(unit->options->command, "check") == 0,
                             .info = {.source_path = unit->c->sources.list.at[unit->source].path,
                                      .compiler_version = HILLOCK_VERSION,
                                      .options = unit->options->precision == HIL_F32 ? "--precision f32" : "",
                                      .source_hash = unit->hash,
                                      .precision_bits = unit->options->precision == HIL_F32 ? 32 : 64}};
}

static void run_kernels(Unit *unit) {
    unit->hash = source_hash(unit);
    LoweringOptions options = lowering_options(unit, NULL);
    unit->lowered = model_lower(unit->c, unit->model, &options);
}

static void dump_equations(const Unit *unit, FILE *out) {
    if (strcmp(unit->options->command, "explain") != 0) {
        equations_print(unit->model, out);
        return;
    }
    LoweringOptions options = lowering_options(unit, out);
    model_lower(unit->c, unit->model, &options);
}

static void dump_kernels(const Unit *unit, FILE *out) {
    for (int i = 0; unit->lowered && i < unit->lowered->kernel_count; i++) kernel_print(unit->lowered->kernels[i], out);
}

static bool verify_kernels(const Unit *unit) {
    bool good = true;
    for (int i = 0; unit->lowered && i < unit->lowered->kernel_count; i++)
        good = kernel_verify(unit->c, unit->lowered->kernels[i]) && good;
    return good;
}

static void run_nothing(Unit *unit) { (void)unit; }

static const Stage stages[] = {
    {"syntax", run_syntax, dump_syntax, NULL},
    {"model", run_model, dump_model, NULL},
    {"equations", run_nothing, dump_equations, NULL},
    {"kernels", run_kernels, dump_kernels, verify_kernels},
};
enum { STAGE_COUNT = sizeof stages / sizeof *stages };

bool stage_known(const char *name) {
    for (int i = 0; i < STAGE_COUNT; i++)
        if (strcmp(stages[i].name, name) == 0) return true;
    return false;
}

const char *stage_names(void) { return "syntax, model, equations or kernels"; }

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool equal(const char *a, const char *b) { return a && strcmp(a, b) == 0; }

static bool report(const Unit *unit) {
    diagnostics_print(&unit->c->diagnostics, &unit->c->sources, stderr, isatty(STDERR_FILENO));
    return unit->c->diagnostics.errors == 0;
}

bool unit_compile(Unit *unit, const DriverOptions *options, const char *path, const char *last) {
    *unit = (Unit){.options = options, .c = compilation_new(NULL)};
    Installation installation = installation_find(unit->c->arena);
    unit->c->allow_extern = options->allow_extern;
    unit->c->stdlib = options->stdlib ? options->stdlib : installation.stdlib;
    unit->source = sources_read(&unit->c->sources, path);
    if (unit->source < 0) {
        const char *why = errno == EILSEQ  ? "it is not a text file"
                          : errno == EFBIG ? "it is larger than 64 MiB"
                                           : strerror(errno);
        fprintf(stderr, "hillock: cannot read %s: %s\n", path, why);
        return false;
    }
    for (int i = 0; i < STAGE_COUNT; i++) {
        double start = seconds();
        stages[i].run(unit);
        if (options->time) fprintf(stderr, "%-10s %8.3f ms\n", stages[i].name, 1e3 * (seconds() - start));
        if (unit->c->diagnostics.errors) break;
        if (options->verify_each && stages[i].verify) stages[i].verify(unit);
        if (equal(options->dump, stages[i].name)) stages[i].dump(unit, options->dump_to ? options->dump_to : stdout);
        if (strcmp(stages[i].name, last) == 0 || equal(options->stop_after, stages[i].name)) break;
    }
    return report(unit);
}

void unit_free(Unit *unit) {
    if (unit->c) compilation_free(unit->c);
    *unit = (Unit){0};
}

/* ---- where things are ---- */

Installation installation_find(Arena *arena) {
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    for (int up = 0; up < 2; up++) { /* …/bin/hillock -> … */
        char *slash = strrchr(path, '/');
        if (slash) *slash = 0;
    }
    Installation found = {.codegen = arena_print(arena, "%s/lib/hillock/codegen.so", path),
                          .runtime = arena_print(arena, "%s/lib/hillock/libhillock-runtime.a", path),
                          .include = arena_print(arena, "%s/include", path),
                          .stdlib = arena_print(arena, "%s/share/hillock/stdlib", path),
                          .errors = arena_print(arena, "%s/share/hillock/errors", path)};
    return found;
}
