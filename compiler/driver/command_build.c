/* build: an executable, or any stage of the way there (--emit). */
#include "driver/driver.h"
#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static bool run_program(const char *const *arguments, const char *what) {
    pid_t child;
    int status, failed = posix_spawnp(&child, arguments[0], NULL, NULL, (char *const *)arguments, environ);
    if (failed) {
        fprintf(stderr, "hillock: cannot start %s to %s: %s; install a C compiler (Debian: gcc) or set CC\n",
                arguments[0], what, strerror(failed));
        return false;
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return false;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    fprintf(stderr, "hillock: %s failed to %s\n", arguments[0], what);
    return false;
}

static const char *default_output(Arena *arena, const char *path, const char *suffix) {
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    size_t length = strlen(base);
    if (length > 4 && strcmp(base + length - 4, ".hil") == 0) length -= 4;
    return arena_print(arena, "%.*s%s", (int)length, base, suffix);
}

/* Links into a temporary name beside the output, then renames. */
static bool link_object(Unit *unit, const char *object, const char *output, bool shared) {
    Arena *arena = unit->c->arena;
    Installation installation = installation_find(arena);
    const char *compiler = getenv("CC") && *getenv("CC") ? getenv("CC") : "cc";
    const char *temporary = arena_print(arena, "%s.%d.tmp", output, (int)getpid());
    if (access(installation.runtime, R_OK) != 0) {
        fprintf(stderr, "hillock: the runtime library %s is not there\n", installation.runtime);
        return false;
    }
    const char *const executable[] = {compiler, "-o", temporary, object, installation.runtime, "-fopenmp", "-lm", "-ldl", NULL};
    const char *const library[] = {compiler, "-shared", "-o", temporary, object, "-Wl,--whole-archive",
                                   installation.runtime, "-Wl,--no-whole-archive", "-fopenmp", "-lm", "-ldl", NULL};
    bool good = run_program(shared ? library : executable, "link");
    if (good && rename(temporary, output) != 0) {
        fprintf(stderr, "hillock: cannot write %s: %s\n", output, strerror(errno));
        good = false;
    }
    if (!good) unlink(temporary);
    return good;
}

static FILE *open_text(const DriverOptions *options) {
    if (!options->output || strcmp(options->output, "-") == 0) return stdout;
    FILE *out = fopen(options->output, "w");
    if (!out) fprintf(stderr, "hillock: cannot write %s: %s\n", options->output, strerror(errno));
    return out;
}

static int close_text(FILE *out, bool good) {
    if (out != stdout && fclose(out) != 0) good = false;
    return good ? EXIT_GOOD : EXIT_MODEL;
}

/* The C header of a model's library: the embedding API, and the names one can use. */
static bool emit_header(const Unit *unit, FILE *out) {
    const HilImage *image = unit->lowered->image;
    fprintf(out, "/* Made by Hillock %s from %s. Link the library made with --emit=shared; see hillock/runtime.h. */\n",
            HILLOCK_VERSION, unit->c->sources.list.at[unit->source].path);
    fprintf(out, "#pragma once\n#include <hillock/runtime.h>\n\nextern const HilImage hil_image;\n");
    fprintf(out, "extern HilKernelFunction *const hil_kernel_functions[];\n\n/* parameters that can be set by name:\n");
    for (uint32_t i = 0; i < image->tables[HIL_SCALARS].count; i++) {
        const HilScalar *scalar = hil_row(image, HIL_SCALARS, HilScalar, i);
        if (scalar->role == HIL_SCALAR_PARAMETER)
            fprintf(out, " *   %s : %s\n", hil_text(image, scalar->name), hil_text(image, scalar->unit));
    }
    fprintf(out, " */\n");
    return !ferror(out);
}

static int build_binary(Unit *unit, const CodegenInput *input, const char *emit) {
    const DriverOptions *options = unit->options;
    Arena *arena = unit->c->arena;
    const CodegenInterface *codegen = codegen_load(unit);
    if (!codegen) return EXIT_MODEL;
    HilError error = {{0}};
    bool object_only = emit && strcmp(emit, "object") == 0, shared = emit && strcmp(emit, "shared") == 0;
    const char *suffix = object_only ? ".o" : shared ? ".so" : "";
    const char *output = options->output ? options->output : default_output(arena, options->files[0], suffix);
    const char *object = object_only ? output : arena_print(arena, "%s.%d.o", output, (int)getpid());
    if (!codegen->object(input, object, &error)) {
        fprintf(stderr, "hillock: %s\n", error.text);
        return EXIT_MODEL;
    }
    if (object_only) return EXIT_GOOD;
    bool good = link_object(unit, object, output, shared);
    unlink(object);
    return good ? EXIT_GOOD : EXIT_MODEL;
}

int command_build(const DriverOptions *options) {
    Unit unit;
    const char *emit = options->emit;
    DriverOptions with_dump = *options;
    if (emit && stage_known(emit)) with_dump.dump = emit;
    if (!unit_compile(&unit, &with_dump, options->files[0], emit && stage_known(emit) ? emit : "kernels")) {
        unit_free(&unit);
        return EXIT_MODEL;
    }
    int code = EXIT_GOOD;
    if (options->stop_after || (emit && stage_known(emit))) {
        unit_free(&unit);
        return code;
    }
    CodegenInput input = {.kernels = unit.lowered->kernels, .count = unit.lowered->kernel_count,
                          .image = unit.lowered->image, .image_bytes = unit.lowered->image->bytes,
                          .module_name = options->files[0], .sources = &unit.c->sources,
                          .debug_lines = options->debug_lines, .levels = options->levels, .optimization = 3,
                          .target = options->target};
    HilError error = {{0}};
    bool ir = emit && strcmp(emit, "llvm") == 0, assembly = emit && strcmp(emit, "asm") == 0;
    if (ir || assembly) {
        const CodegenInterface *codegen = codegen_load(&unit);
        FILE *out = codegen ? open_text(options) : NULL;
        bool good = out && (ir ? codegen->emit_ir : codegen->emit_assembly)(&input, out, &error);
        if (out && !good) fprintf(stderr, "hillock: %s\n", error.text);
        code = out ? close_text(out, good) : EXIT_MODEL;
    } else if (emit && strcmp(emit, "header") == 0) {
        FILE *out = open_text(options);
        code = out ? close_text(out, emit_header(&unit, out)) : EXIT_MODEL;
    } else if (emit && strcmp(emit, "image") == 0) {
        FILE *out = open_text(options);
        code = out ? close_text(out, fwrite(unit.lowered->image, 1, unit.lowered->image->bytes, out) ==
                                         unit.lowered->image->bytes)
                   : EXIT_MODEL;
    } else if (emit && strcmp(emit, "object") && strcmp(emit, "shared")) {
        fprintf(stderr, "hillock: --emit takes syntax, model, equations, kernels, llvm, asm, object, shared, header or image, not '%s'\n", emit);
        code = EXIT_USAGE;
    } else if (options->target && !(emit && strcmp(emit, "object") == 0)) {
        fprintf(stderr, "hillock: code for another machine can only be emitted, not linked: add --emit=object\n");
        code = EXIT_USAGE;
    } else {
        code = build_binary(&unit, &input, emit);
    }
    unit_free(&unit);
    return code;
}
