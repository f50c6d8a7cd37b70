/* The `hillock` command: reads the arguments and goes to the command. */
#include "driver/driver.h"
#include <stdlib.h>
#include <string.h>

static const char usage_text[] =
    "usage: hillock COMMAND FILE… [options]\n"
    "\n"
    "commands\n"
    "  run FILE [-- options of the model]   compile in this process and run (hillock run FILE --help lists the "
    "options)\n"
    "  build FILE -o NAME                   make an executable\n"
    "  check FILE…                          diagnose only\n"
    "  test FILE…                           run every `expect`\n"
    "  explain FILE                         equations, solvers, sharing\n"
    "  fmt FILE…                            format in place (--check: only say which would change; -: standard input)\n"
    "\n"
    "options\n"
    "  -o NAME                what to write\n"
    "  --emit=WHAT            syntax, model, equations, kernels, llvm, asm, object, shared or header\n"
    "  --precision f64|f32    of states and of computation (default f64)\n"
    "  -g                     lines of the model file in the code, for gdb and perf\n"
    "  --level base|v3|v4     build for one machine level only (default: all, picked at start)\n"
    "  --target TRIPLE        build an object for another machine\n"
    "  --interpret            run kernels in the interpreter instead of machine code\n"
    "  --no-cache             compile even when the cache has it\n"
    "  --allow-extern         functions in C that the model names may be compiled and run\n"
    "  --stdlib FOLDER        another standard library\n"
    "  --dump=STAGE --stop-after=STAGE --time --verify-each\n"
    "                         look into the compiler; stages are syntax, model, equations, kernels\n"
    "  --help --version\n";

typedef struct CommandRow {
    const char *name;
    int (*run)(const DriverOptions *options);
    bool many_files;
} CommandRow;

static const CommandRow commands[] = {
    {"check", command_check, true},  {"fmt", command_fmt, true},  {"explain", command_explain, true},
    {"build", command_build, false}, {"run", command_run, false}, {"test", command_test, true},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static int usage_error(const char *format, const char *what) {
    fprintf(stderr, "hillock: ");
    fprintf(stderr, format, what);
    fprintf(stderr, "\nhillock: `hillock --help` lists commands and options\n");
    return EXIT_USAGE;
}

/* "--name=value" or "--name value": the value, or NULL when the argument is another option. */
static const char *value_of(const char *name, int *at, int argc, char **argv) {
    size_t length = strlen(name);
    if (strncmp(argv[*at], name, length) != 0) return NULL;
    if (argv[*at][length] == '=') return argv[*at] + length + 1;
    if (argv[*at][length] || *at + 1 >= argc) return NULL;
    return argv[++*at];
}

static int parse(int argc, char **argv, DriverOptions *o) {
    const CommandRow *command = NULL;
    const char *names[COMMAND_COUNT], *value;
    for (int i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(argv[1], names[i]) == 0) command = &commands[i];
    }
    if (!command) {
        const char *near = nearest_name(argv[1], names, COMMAND_COUNT);
        if (near) fprintf(stderr, "hillock: did you mean `hillock %s`?\n", near);
        return usage_error("there is no command '%s'", argv[1]);
    }
    o->command = command->name;
    o->files = calloc((size_t)argc, sizeof *o->files);
    bool run = strcmp(command->name, "run") == 0;
    for (int i = 2; i < argc; i++) {
        const char *a = argv[i];
        if (strcmp(a, "--") == 0) {
            o->arguments = argv + i + 1;
            o->argument_count = argc - i - 1;
            break;
        }
        if (strcmp(a, "-o") == 0) {
            if (++i >= argc) return usage_error("%s needs a name", a);
            o->output = argv[i];
        } else if ((value = value_of("--emit", &i, argc, argv))) {
            o->emit = value;
        } else if ((value = value_of("--dump", &i, argc, argv))) {
            if (!stage_known(value))
                return usage_error("--dump takes syntax, model, equations or kernels, not '%s'", value);
            o->dump = value;
        } else if ((value = value_of("--stop-after", &i, argc, argv))) {
            if (!stage_known(value))
                return usage_error("--stop-after takes syntax, model, equations or kernels, not '%s'", value);
            o->stop_after = value;
        } else if ((value = value_of("--stdlib", &i, argc, argv))) {
            o->stdlib = value;
        } else if ((value = value_of("--target", &i, argc, argv))) {
            o->target = value;
        } else if ((value = value_of("--precision", &i, argc, argv))) {
            if (strcmp(value, "f32") == 0)
                o->precision = HIL_F32;
            else if (strcmp(value, "f64") == 0)
                o->precision = HIL_F64;
            else
                return usage_error("--precision takes f64 or f32, not '%s'", value);
        } else if ((value = value_of("--level", &i, argc, argv))) {
            if (strcmp(value, "base") == 0)
                o->levels = 1 << HIL_LEVEL_BASE;
            else if (strcmp(value, "v3") == 0)
                o->levels = 1 << HIL_LEVEL_V3;
            else if (strcmp(value, "v4") == 0)
                o->levels = 1 << HIL_LEVEL_V4;
            else
                return usage_error("--level takes base, v3 or v4, not '%s'", value);
        } else if (strcmp(a, "-g") == 0) {
            o->debug_lines = true;
        } else if (strcmp(a, "--time") == 0) {
            o->time = true;
        } else if (strcmp(a, "--verify-each") == 0) {
            o->verify_each = true;
        } else if (strcmp(a, "--no-cache") == 0) {
            o->no_cache = true;
        } else if (strcmp(a, "--allow-extern") == 0) {
            o->allow_extern = true;
        } else if (strcmp(a, "--interpret") == 0) {
            o->interpret = true;
        } else if (strcmp(a, "--check") == 0) {
            o->check_only = true;
        } else if (run && o->file_count == 1) { /* the rest is the model's own */
            o->arguments = argv + i;
            o->argument_count = argc - i;
            break;
        } else if (a[0] == '-' && a[1]) {
            return usage_error("there is no option '%s'", a);
        } else {
            o->files[o->file_count++] = a;
        }
    }
    if (!o->file_count) return usage_error("`hillock %s` needs a model file", command->name);
    if (o->file_count > 1 && !command->many_files)
        return usage_error("`hillock %s` takes one model file", command->name);
    return command->run(o);
}

int main(int argc, char **argv) {
    DriverOptions options = {.precision = HIL_F64};
    if (argc < 2) {
        fputs(usage_text, stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        fputs(usage_text, stdout);
        return EXIT_GOOD;
    }
    if (strcmp(argv[1], "--version") == 0) {
        printf("hillock %s\n", HILLOCK_VERSION);
        return EXIT_GOOD;
    }
    int code = parse(argc, argv, &options);
    free(options.files);
    return code;
}
