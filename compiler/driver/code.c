/* Machine code for a unit: from the cache of shared objects when its sources were compiled before, else now.
 *
 * The cache is a folder of files named by a hash of all sources, the compiler's version and the options that shape
 * code: $HILLOCK_CACHE, else $XDG_CACHE_HOME/hillock, else ~/.cache/hillock. With a linker (ld) the code goes there as
 * a shared object and is opened from there; without one it is compiled into this process. A cache that cannot be
 * written is no error. */
#include "driver/driver.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const CodegenInterface *codegen_load(const Unit *unit) {
    Installation installation = installation_find(unit->c->arena);
    void *library = dlopen(installation.codegen, RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        fprintf(stderr, "hillock: cannot load the code generator: %s\n", dlerror());
        return NULL;
    }
    CodegenGetInterface *get;
    *(void **)&get = dlsym(library, CODEGEN_SYMBOL);
    if (!get) {
        fprintf(stderr, "hillock: %s is no code generator of this version\n", installation.codegen);
        return NULL;
    }
    return get();
}

static bool make_folder(const char *path) { return mkdir(path, 0700) == 0 || errno == EEXIST; }

const char *cache_folder(const Unit *unit) {
    Arena *arena = unit->c->arena;
    if (unit->options->no_cache) return NULL;
    const char *own = getenv("HILLOCK_CACHE"), *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (own && *own) return make_folder(own) ? own : NULL;
    const char *base = xdg && *xdg ? xdg : home && *home ? arena_print(arena, "%s/.cache", home) : NULL;
    if (!base || !make_folder(base)) return NULL;
    const char *folder = arena_print(arena, "%s/hillock", base);
    return make_folder(folder) ? folder : NULL;
}

static CodegenInput input_of(const Unit *unit, int levels) {
    return (CodegenInput){.kernels = unit->lowered->kernels, .count = unit->lowered->kernel_count,
                          .image = unit->lowered->image, .image_bytes = unit->lowered->image->bytes,
                          .module_name = unit->c->sources.list.at[unit->source].path, .sources = &unit->c->sources,
                          .debug_lines = unit->options->debug_lines, .levels = levels, .optimization = 2};
}

static bool open_library(LoadedCode *code, const char *path) {
    code->library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!code->library) return false;
    code->image = dlsym(code->library, "hil_image");
    code->functions = dlsym(code->library, "hil_kernel_functions");
    if (code->image && code->functions) return true;
    dlclose(code->library);
    code->library = NULL;
    return false;
}

enum { MOST_OBJECTS = 4 }; /* compiled side by side */

/* Objects, then `ld -shared` (with functions in C: the C compiler, for their libraries), into the cache under a temporary
 * name, then renamed. */
static bool fill_cache(const Unit *unit, const CodegenInterface *codegen, const ExternCode *externs,
                       const char *path) {
    Arena *arena = unit->c->arena;
    const char *objects[MOST_OBJECTS];
    for (int i = 0; i < MOST_OBJECTS; i++) objects[i] = arena_print(arena, "%s.%d.%d.o", path, (int)getpid(), i);
    const char *shared = arena_print(arena, "%s.%d.so", path, (int)getpid());
    CodegenInput input = input_of(unit, 1 << codegen->host_level());
    HilError error;
    if (access("/usr/bin/ld", X_OK) != 0) return false;
    int count = codegen->objects(&input, objects, MOST_OBJECTS, &error);
    if (count == 0) return false;
    VECTOR(const char *) arguments = {0};
    const char *const linker[] = {externs->objects.count ? c_compiler() : "ld", "-shared", "-o", shared};
    for (int i = 0; i < 4; i++) vector_push(arena, &arguments, linker[i]);
    for (int i = 0; i < count; i++) vector_push(arena, &arguments, objects[i]);
    for (int i = 0; i < externs->objects.count; i++) vector_push(arena, &arguments, externs->objects.at[i]);
    if (externs->objects.count) vector_push(arena, &arguments, "-lm");
    vector_push(arena, &arguments, NULL);
    bool good = program_run(arguments.at, externs->objects.count > 0) == 0 && rename(shared, path) == 0;
    for (int i = 0; i < count; i++) unlink(objects[i]);
    unlink(shared);
    return good;
}

/* Which build of the code generator made it: two of the same version may make different code. */
static unsigned long long generator_stamp(Arena *arena) {
    struct stat status;
    if (stat(installation_find(arena).codegen, &status) != 0) return 0;
    return (unsigned long long)status.st_size * 1000003u ^ (unsigned long long)status.st_mtim.tv_sec * 1000000007u ^
           (unsigned long long)status.st_mtim.tv_nsec;
}

bool code_load(Unit *unit, LoadedCode *code) {
    *code = (LoadedCode){0};
    Arena *arena = unit->c->arena;
    const char *folder = cache_folder(unit), *path = NULL;
    if (!extern_compile(unit, folder, &code->externs)) return false;
    if (unit->options->interpret) return extern_load(unit, &code->externs);
    uint64_t hash = unit->hash ^ (code->externs.objects.count ? code->externs.hash : 0);
    if (folder) {
        path = arena_print(arena, "%s/%016llx-%016llx-%s%s.so", folder, (unsigned long long)hash, generator_stamp(arena),
                           HILLOCK_VERSION, unit->options->debug_lines ? "-g" : "");
        if (access(path, R_OK) == 0 && open_library(code, path)) {
            /* the same sources give the same image, whatever was cached under this name */
            if (code->image->bytes == unit->lowered->image->bytes &&
                memcmp(code->image, unit->lowered->image, code->image->bytes) == 0)
                return true;
            dlclose(code->library);
            *code = (LoadedCode){.externs = code->externs};
        }
    }
    const CodegenInterface *codegen = codegen_load(unit);
    if (!codegen) return false;
    if (path && fill_cache(unit, codegen, &code->externs, path) && open_library(code, path)) return true;
    HilError error;
    CodegenInput input = input_of(unit, 0);
    if (!extern_load(unit, &code->externs)) return false;
    input.symbols = code->externs.symbols.at;
    input.symbol_count = code->externs.symbols.count;
    code->codegen = codegen;
    code->program = codegen->jit(&input, &error);
    if (!code->program) {
        fprintf(stderr, "hillock: %s\n", error.text);
        return false;
    }
    code->functions = codegen->functions(code->program);
    code->image = unit->lowered->image;
    return true;
}

void code_interpret(void *lowered, int kernel, const HilCall *call) {
    kernel_interpret(((const LoweredModel *)lowered)->kernels[kernel], call);
}

void code_unload(LoadedCode *code) {
    if (code->program) code->codegen->free(code->program);
    if (code->library) dlclose(code->library);
    extern_free(&code->externs);
    *code = (LoadedCode){0};
}
