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

/* `--emit=shared,header` names two files of one stem: model.so and model.h. */
static const char *with_suffix(Arena *arena, const DriverOptions *options, const char *suffix) {
    const char *stem = options->output ? options->output : default_output(arena, options->files[0], "");
    size_t length = strlen(stem);
    if (length > 3 && strcmp(stem + length - 3, ".so") == 0) length -= 3;
    return arena_print(arena, "%.*s%s", (int)length, stem, suffix);
}

static int build_header(const Unit *unit, const char *path) {
    TextOutput out;
    if (!output_open(unit->c->arena, path, &out)) return EXIT_MODEL;
    return output_close(&out, emit_header(unit, out.file)) ? EXIT_GOOD : EXIT_MODEL;
}

static int build_text(const Unit *unit, const CodegenInput *input, const char *emit) {
    const CodegenInterface *codegen = codegen_load(unit);
    HilError error = {{0}};
    TextOutput out;
    if (!codegen || !output_open(unit->c->arena, unit->options->output, &out)) return EXIT_MODEL;
    bool good = (strcmp(emit, "llvm") == 0 ? codegen->emit_ir : codegen->emit_assembly)(input, out.file, &error);
    if (!good) fprintf(stderr, "hillock: %s\n", error.text);
    return output_close(&out, good) ? EXIT_GOOD : EXIT_MODEL;
}

static int build_image(const Unit *unit) {
    const HilImage *image = unit->lowered->image;
    TextOutput out;
    if (!output_open(unit->c->arena, unit->options->output, &out)) return EXIT_MODEL;
    return output_close(&out, fwrite(image, 1, image->bytes, out.file) == image->bytes) ? EXIT_GOOD : EXIT_MODEL;
}

static int build_binary(Unit *unit, const CodegenInput *input, const char *emit, const char *output) {
    const DriverOptions *options = unit->options;
    Arena *arena = unit->c->arena;
    const CodegenInterface *codegen = codegen_load(unit);
    if (!codegen) return EXIT_MODEL;
    ExternCode externs;
    bool object_only = emit && strcmp(emit, "object") == 0, shared = emit && strcmp(emit, "shared") == 0;
    const char *suffix = object_only ? ".o" : shared ? ".so" : "";
    if (!output) output = default_output(arena, options->files[0], suffix);
    if (!output_is_file(output)) return EXIT_MODEL;
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

static bool emits(const char *emit, const char *what) { return emit && strcmp(emit, what) == 0; }

static int build_product(Unit *unit, const CodegenInput *input, const char *emit) {
    const DriverOptions *options = unit->options;
    if (emits(emit, "llvm") || emits(emit, "asm")) return build_text(unit, input, emit);
    if (emits(emit, "header")) return build_header(unit, options->output);
    if (emits(emit, "image")) return build_image(unit);
    if (options->target && !emits(emit, "object")) {
        fprintf(stderr, "hillock: code for another machine can only be emitted, not linked: add --emit=object\n");
        return EXIT_USAGE;
    }
    if (!emits(emit, "shared,header")) return build_binary(unit, input, emit, options->output);
    int code = build_binary(unit, input, "shared", with_suffix(unit->c->arena, options, ".so"));
    return code == EXIT_GOOD ? build_header(unit, with_suffix(unit->c->arena, options, ".h")) : code;
}

/* A stage's text; to a file if one is named. */
static int build_stage(const DriverOptions *options) {
    Unit unit;
    Compilation *names = compilation_new(NULL);
    DriverOptions with_dump = *options;
    TextOutput out;
    bool good = output_open(names->arena, options->output, &out);
    if (good) {
        with_dump.dump = options->emit;
        with_dump.dump_to = out.file;
        good = unit_compile(&unit, &with_dump, options->files[0], options->emit);
        unit_free(&unit);
        good = output_close(&out, good);
    }
    compilation_free(names);
    return good ? EXIT_GOOD : EXIT_MODEL;
}

static bool emit_known(const char *emit) {
    static const char *const products[] = {"llvm", "asm", "object", "shared", "header", "shared,header", "image"};
    for (size_t i = 0; i < sizeof products / sizeof *products; i++)
        if (emits(emit, products[i])) return true;
    return stage_known(emit);
}

int command_build(const DriverOptions *options) {
    Unit unit;
    const char *emit = options->emit;
    if (emits(emit, "header,shared")) emit = "shared,header";
    if (emit && !emit_known(emit)) {
        fprintf(stderr, "hillock: --emit takes syntax, model, equations, kernels, llvm, asm, object, shared, header, "
                        "shared,header or image, not '%s'\n", emit);
        return EXIT_USAGE;
    }
    if (emit && stage_known(emit)) return build_stage(options);
    int code = EXIT_MODEL;
    if (unit_compile(&unit, options, options->files[0], "kernels")) {
        code = EXIT_GOOD;
        CodegenInput input = {.kernels = unit.lowered ? unit.lowered->kernels : NULL,
                              .count = unit.lowered ? unit.lowered->kernel_count : 0,
                              .image = unit.lowered ? unit.lowered->image : NULL,
                              .image_bytes = unit.lowered ? unit.lowered->image->bytes : 0,
                              .module_name = options->files[0], .sources = &unit.c->sources,
                              .debug_lines = options->debug_lines, .levels = options->levels, .optimization = 3,
                              .target = options->target};
        if (!options->stop_after) code = build_product(&unit, &input, emit);
    }
    unit_free(&unit);
    return code;
}
