/* Functions in C that a model calls: from their files to objects and, for this process, to addresses.
 *
 * Each file is compiled behind a wrapper that gives each function the symbol the kernels call and checks its type; all
 * else in the file is hidden, so that its names clash with nobody's. Objects stand in the cache, named by a hash of what
 * the preprocessor makes of them: files that a file includes count too. What a compiler is asked here is the same for
 * run, test and build, so their bits are the same. */
#include "driver/driver.h"
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define C_FLAGS "-std=gnu17", "-O2", "-fPIC", "-ffp-contract=off", "-fvisibility=hidden", \
                "-Werror=implicit-function-declaration", "-Werror=incompatible-pointer-types", "-Werror=int-conversion"

const char *c_compiler(void) { return getenv("CC") && *getenv("CC") ? getenv("CC") : "cc"; }

/* "hillock: model.hil:2:17: " … */
static bool refuse(const Unit *unit, const ExternFunction *function, const char *text) {
    int line = 0, column = 0;
    const Source *source = &unit->c->sources.list.at[function->span.source];
    source_place(source, function->span.begin, &line, &column);
    fprintf(stderr, "hillock: %s:%d:%d: %s\n", source->path, line, column, text);
    return false;
}

static const char *signature(Arena *arena, const ExternFunction *function) {
    static const char *const lists[] = {"double", "double, double", "double, double, double"};
    return arena_print(arena, "double %s(%s)", function->name, lists[function->arguments - 1]);
}

/* The wrapper of one function, or of all of a file (`only` NULL). */
static bool write_wrapper(const Unit *unit, const char *path, int source, const ExternFunction *only) {
    FILE *out = fopen(path, "w");
    if (!out) return false;
    for (int i = 0; i < unit->model->externs.count; i++) {
        const ExternFunction *f = &unit->model->externs.at[i];
        if (f->source != source || (only && f != only)) continue;
        static const char *const formals[] = {"double a", "double a, double b", "double a, double b, double c"};
        static const char *const actuals[] = {"a", "a, b", "a, b, c"};
        fprintf(out, "double (*const %s_type)(%s) = &%s;\n", f->symbol, formals[f->arguments - 1], f->name);
        fprintf(out, "__attribute__((visibility(\"default\"))) double %s(%s) { return %s(%s); }\n", f->symbol,
                formals[f->arguments - 1], f->name, actuals[f->arguments - 1]);
    }
    return fclose(out) == 0;
}

/* Who is at fault: the file itself, or the first function that it lacks. */
static bool explain_failure(const Unit *unit, const char *file, const char *wrapper, const ExternFunction *first) {
    Arena *arena = unit->c->arena;
    const char *const alone[] = {c_compiler(), C_FLAGS, "-x", "c", "-fsyntax-only", file, NULL};
    if (program_run(alone, false) != 0)
        return refuse(unit, first, arena_print(arena, "%s does not compile: see the C compiler's messages", file));
    const char *const wrapped[] = {c_compiler(), C_FLAGS, "-include", file, "-fsyntax-only", wrapper, NULL};
    for (int i = 0; i < unit->model->externs.count; i++) {
        const ExternFunction *f = &unit->model->externs.at[i];
        if (f->source != first->source || !write_wrapper(unit, wrapper, f->source, f)) continue;
        if (program_run(wrapped, true) != 0)
            return refuse(unit, f, arena_print(arena, "%s has no function %s", file, signature(arena, f)));
    }
    return refuse(unit, first, arena_print(arena, "%s does not compile together with the model", file));
}

static uint64_t hash_file(uint64_t hash, const char *path) {
    FILE *file = fopen(path, "rb");
    for (int c; file && (c = getc(file)) != EOF;) hash = (hash ^ (uint64_t)c) * 1099511628211u; /* FNV-1a */
    if (file) fclose(file);
    return hash;
}

static bool make_object(const Unit *unit, ExternCode *code, const ExternFunction *first) {
    Arena *arena = unit->c->arena;
    char file[PATH_MAX];
    const char *path = unit->c->sources.list.at[first->source].path;
    if (!realpath(path, file)) return refuse(unit, first, arena_print(arena, "cannot read %s: %s", path, strerror(errno)));
    const char *stem = arena_print(arena, "%s/extern-%d-%d", code->folder, (int)getpid(), first->source);
    const char *wrapper = arena_print(arena, "%s.c", stem), *text = arena_print(arena, "%s.i", stem);
    const char *temporary = arena_print(arena, "%s.o", stem);
    const char *const preprocess[] = {c_compiler(), C_FLAGS, "-include", file, "-E", "-P", "-o", text, wrapper, NULL};
    const char *const compile[] = {c_compiler(), C_FLAGS, "-include", file, "-c", "-o", temporary, wrapper, NULL};
    const char *const localize[] = {"objcopy", "--localize-hidden", temporary, NULL};
    bool good = write_wrapper(unit, wrapper, first->source, NULL) ||
                refuse(unit, first, arena_print(arena, "cannot write %s: %s", wrapper, strerror(errno)));
    int ended = good ? program_run(preprocess, true) : 1;
    if (ended < 0) good = program_must(preprocess, "compile functions in C");
    else if (good && ended) good = explain_failure(unit, file, wrapper, first);
    if (good) {
        const char *compiler = c_compiler();
        uint64_t hash = 14695981039346656037u;
        while (*compiler) hash = (hash ^ (unsigned char)*compiler++) * 1099511628211u;
        hash = hash_file(hash, text);
        code->hash = (code->hash ^ hash) * 1099511628211u;
        const char *object = arena_print(arena, "%s/extern-%016llx-%s.o", code->folder, (unsigned long long)hash,
                                         HILLOCK_VERSION);
        vector_push(arena, &code->objects, object);
        if (access(object, R_OK) != 0) {
            good = program_run(compile, true) == 0 || explain_failure(unit, file, wrapper, first);
            if (good) program_run(localize, true); /* without it only names could clash, which the linker would tell */
            if (good && rename(temporary, object) != 0)
                good = refuse(unit, first, arena_print(arena, "cannot write %s: %s", object, strerror(errno)));
        }
    }
    unlink(wrapper);
    unlink(text);
    unlink(temporary);
    return good;
}

bool extern_compile(const Unit *unit, const char *folder, ExternCode *code) {
    Arena *arena = unit->c->arena;
    *code = (ExternCode){.folder = folder, .hash = 14695981039346656037u};
    if (!unit->model->externs.count) return true;
    if (!folder) {
        const char *base = getenv("TMPDIR") && *getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
        char *made = arena_print(arena, "%s/hillock-XXXXXX", base);
        if (!mkdtemp(made)) {
            fprintf(stderr, "hillock: cannot make a folder in %s: %s\n", base, strerror(errno));
            return false;
        }
        code->folder = made;
        code->temporary = true;
    }
    for (int i = 0; i < unit->model->externs.count; i++) {
        const ExternFunction *f = &unit->model->externs.at[i];
        bool first = true;
        for (int k = 0; k < i; k++) first = first && unit->model->externs.at[k].source != f->source;
        if (first && !make_object(unit, code, f)) return false;
    }
    return true;
}

static KernelAddress *find_symbol(void *context, Name name) {
    const ExternCode *code = context;
    for (int i = 0; i < code->symbols.count; i++)
        if (!strcmp(code->symbols.at[i].name, name)) return code->symbols.at[i].address;
    return NULL;
}

bool extern_load(const Unit *unit, ExternCode *code) {
    Arena *arena = unit->c->arena;
    if (!code->objects.count) return true;
    const char *shared = arena_print(arena, "%s/extern-%d.so", code->folder, (int)getpid());
    VECTOR(const char *) arguments = {0};
    const char *const before[] = {c_compiler(), "-shared", "-Wl,-z,defs", "-o", shared};
    for (int i = 0; i < 5; i++) vector_push(arena, &arguments, before[i]);
    for (int i = 0; i < code->objects.count; i++) vector_push(arena, &arguments, code->objects.at[i]);
    vector_push(arena, &arguments, "-lm");
    vector_push(arena, &arguments, NULL);
    bool good = program_must(arguments.at, "link functions in C");
    if (good) code->library = dlopen(shared, RTLD_NOW | RTLD_LOCAL);
    unlink(shared);
    if (good && !code->library) fprintf(stderr, "hillock: cannot load functions in C: %s\n", dlerror());
    for (int i = 0; code->library && i < unit->model->externs.count; i++) {
        CodegenSymbol symbol = {.name = unit->model->externs.at[i].symbol};
        *(void **)&symbol.address = dlsym(code->library, symbol.name);
        vector_push(arena, &code->symbols, symbol);
    }
    for (int i = 0; code->library && i < unit->lowered->kernel_count; i++)
        if (!kernel_bind_functions(unit->lowered->kernels[i], find_symbol, code)) return false;
    return code->library != NULL;
}

void extern_free(ExternCode *code) {
    if (code->library) dlclose(code->library);
    if (code->temporary) {
        for (int i = 0; i < code->objects.count; i++) unlink(code->objects.at[i]);
        rmdir(code->folder);
    }
    *code = (ExternCode){0};
}
