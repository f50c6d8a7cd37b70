/* build: an executable, or any stage of the way there (--emit). */
#include "driver/driver.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *default_output(Arena *arena, const char *path, const char *suffix) {
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    size_t length = strlen(base);
    if (length > 4 && strcmp(base + length - 4, ".hil") == 0) length -= 4;
    return arena_print(arena, "%.*s%s", (int)length, base, suffix);
}

/* The model's name as a word of C: "vogels_abbott" of "models/vogels-abbott.hil". */
static const char *model_word(Arena *arena, const char *path) {
    char *word = arena_print(arena, "%s", default_output(arena, path, ""));
    for (char *at = word; *at; at++)
        if (!isalnum((unsigned char)*at) || (unsigned char)*at > 127) *at = '_';
    return isdigit((unsigned char)word[0]) || !word[0] ? arena_print(arena, "model_%s", word) : word;
}

/* What a model's library shows: the functions of its header under its own name, and the runtime. Its image, kernels and
 * functions in C are nobody else's, so several models can stand in one program. */
static bool write_library_parts(const Unit *unit, const char *word, const char *source, const char *script) {
    FILE *out = fopen(source, "w");
    if (!out) return false;
    fprintf(out, "extern const char hil_image[];\nextern void *const hil_kernel_functions[];\n"
                 "void *hil_model_open(const void *, void *const *, const char *, const void *, void *);\n"
                 "void *%s_open(const char *network, const void *settings, void *error) {\n"
                 "    return hil_model_open(hil_image, hil_kernel_functions, network, settings, error);\n}\n"
                 "const void *%s_image(void) { return hil_image; }\n", word, word);
    if (fclose(out) != 0 || !(out = fopen(script, "w"))) return false;
    fprintf(out, "{ global: %s_open; %s_image; hil_*;\n  local: hil_image; hil_image_bytes; hil_kernel_functions; ",
            word, word);
    for (int i = 0; i < unit->model->externs.count; i++) fprintf(out, "%s; ", unit->model->externs.at[i].symbol);
    fprintf(out, "*; };\n");
    return fclose(out) == 0;
}

typedef VECTOR(const char *) Arguments;

static void push_all(Arena *arena, Arguments *arguments, const char *const *list) {
    for (; *list; list++) vector_push(arena, arguments, *list);
}

/* Links into a temporary name beside the output, then renames. `emit`: NULL for an executable, "shared", or "object",
 * which functions in C are joined to. */
static bool link_object(Unit *unit, const char *object, const ExternCode *externs, const char *output, const char *emit) {
    Arena *arena = unit->c->arena;
    Installation installation = installation_find(arena);
    bool shared = emit && strcmp(emit, "shared") == 0, relocatable = emit && !shared;
    const char *temporary = arena_print(arena, "%s.%d.tmp", output, (int)getpid());
    const char *source = arena_print(arena, "%s.c", temporary), *script = arena_print(arena, "%s.map", temporary);
    if (!relocatable && access(installation.runtime, R_OK) != 0) {
        fprintf(stderr, "hillock: the runtime library %s is not there\n", installation.runtime);
        return false;
    }
    Arguments arguments = {0};
    push_all(arena, &arguments, (const char *const[]){c_compiler(), "-o", temporary, NULL});
    if (relocatable) push_all(arena, &arguments, (const char *const[]){"-r", "-nostdlib", NULL});
    vector_push(arena, &arguments, object);
    for (int i = 0; i < externs->objects.count; i++) vector_push(arena, &arguments, externs->objects.at[i]);
    if (shared) {
        if (!write_library_parts(unit, model_word(arena, unit->options->files[0]), source, script)) {
            fprintf(stderr, "hillock: cannot write %s: %s\n", source, strerror(errno));
            return false;
        }
        push_all(arena, &arguments,
                 (const char *const[]){"-shared", "-fPIC", "-O1", source, "-Wl,-Bsymbolic",
                                       arena_print(arena, "-Wl,--version-script=%s", script),
                                       "-Wl,--whole-archive",
                                       installation.runtime, "-Wl,--no-whole-archive", "-fopenmp", "-lm", "-ldl", NULL});
    } else if (!relocatable) {
        push_all(arena, &arguments, (const char *const[]){installation.runtime, "-fopenmp", "-lm", "-ldl", NULL});
    }
    vector_push(arena, &arguments, NULL);
    bool good = program_must(arguments.at, "link");
    if (good && rename(temporary, output) != 0) {
        fprintf(stderr, "hillock: cannot write %s: %s\n", output, strerror(errno));
        good = false;
    }
    if (!good) unlink(temporary);
    if (shared) unlink(source), unlink(script);
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

static void list_planes(const HilImage *image, HilRange planes, const char *owner, FILE *out) {
    for (int32_t i = 0; i < planes.count; i++) {
        const HilPlane *plane = hil_row(image, HIL_PLANES, HilPlane, planes.first + i);
        if (plane->role == HIL_PLANE_STATE || plane->role == HIL_PLANE_PARAMETER || plane->role == HIL_PLANE_OUTPUT ||
            plane->role == HIL_PLANE_WEIGHT || plane->role == HIL_PLANE_DELAY)
            fprintf(out, " *   %s.%s : %s\n", owner, hil_text(image, plane->name), hil_text(image, plane->unit));
    }
}

/* The names one can use, network by network. */
static void list_names(const HilImage *image, FILE *out) {
    for (uint32_t i = 0; i < image->tables[HIL_NETWORKS].count; i++) {
        const HilNetwork *network = hil_row(image, HIL_NETWORKS, HilNetwork, i);
        fprintf(out, "\n/* network %s\n * parameters that can be set and read:\n", hil_text(image, network->name));
        for (int32_t k = 0; k < network->scalars.count; k++) {
            const HilScalar *scalar = hil_row(image, HIL_SCALARS, HilScalar, network->scalars.first + k);
            if (scalar->role == HIL_SCALAR_PARAMETER)
                fprintf(out, " *   %s : %s\n", hil_text(image, scalar->name), hil_text(image, scalar->unit));
        }
        fprintf(out, " * values of every cell and connection (numbers in SI, whatever the unit here):\n");
        for (int32_t k = 0; k < network->populations.count; k++) {
            const HilPopulation *p = hil_row(image, HIL_POPULATIONS, HilPopulation, network->populations.first + k);
            list_planes(image, p->planes, hil_text(image, p->name), out);
        }
        for (int32_t k = 0; k < network->projections.count; k++) {
            const HilProjection *p = hil_row(image, HIL_PROJECTIONS, HilProjection, network->projections.first + k);
            list_planes(image, p->planes, hil_text(image, p->name), out);
        }
        fprintf(out, " */\n");
    }
}

/* The C header of a model's library: how to open it, and the names that it knows. */
static bool emit_header(const Unit *unit, FILE *out) {
    Arena *arena = unit->c->arena;
    const char *word = model_word(arena, unit->options->files[0]);
    const char *path = unit->c->sources.list.at[unit->source].path;
    const char *file = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    fprintf(out,
            "/* %s: made by Hillock %s from %s. Link the library that --emit=shared makes of the same model.\n"
            " * Several models may be linked into one program when the same version of Hillock made them. */\n"
            "#ifndef HILLOCK_MODEL_%s_H\n#define HILLOCK_MODEL_%s_H\n\n"
            "#include <hillock/runtime.h>\n\n"
            "/* The model ready to run: a network by its name (NULL: the first). NULL: error set. */\n"
            "HilModel *%s_open(const char *network, const HilSettings *settings, HilError *error);\n"
            "/* Its descriptor: what it consists of (hillock/abi.h). */\n"
            "const HilImage *%s_image(void);\n", word, HILLOCK_VERSION, file, word, word, word, word);
    list_names(unit->lowered->image, out);
    fprintf(out, "\n#endif\n");
    return !ferror(out);
}

static int build_binary(Unit *unit, const CodegenInput *input, const char *emit) {
    const DriverOptions *options = unit->options;
    Arena *arena = unit->c->arena;
    const CodegenInterface *codegen = codegen_load(unit);
    if (!codegen) return EXIT_MODEL;
    ExternCode externs;
    bool object_only = emit && strcmp(emit, "object") == 0, shared = emit && strcmp(emit, "shared") == 0;
    const char *suffix = object_only ? ".o" : shared ? ".so" : "";
    const char *output = options->output ? options->output : default_output(arena, options->files[0], suffix);
    bool alone = object_only && !unit->model->externs.count, good;
    if (input->target && unit->model->externs.count) {
        fprintf(stderr, "hillock: functions in C cannot be compiled for another machine (--target)\n");
        return EXIT_MODEL;
    }
    good = extern_compile(unit, cache_folder(unit), &externs);
    if (good) {
        const char *object = alone ? output : arena_print(arena, "%s.%d.o", output, (int)getpid());
        HilError error = {{0}};
        good = codegen->object(input, object, &error);
        if (!good) fprintf(stderr, "hillock: %s\n", error.text);
        if (!alone) {
            good = good && link_object(unit, object, &externs, output, emit);
            unlink(object);
        }
    }
    extern_free(&externs);
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
        fprintf(stderr, "hillock: --emit takes syntax, model, equations, kernels, llvm, asm, object, shared, header or "
                        "image, not '%s'\n", emit);
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
