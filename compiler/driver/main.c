/* The `hillock` command: reads the arguments and goes to the command.
 * In: arguments. Out: DriverOptions, checked against the two tables below, from which the help is printed too. To add a
 * command or an option is to add its row. */
#include "driver/driver.h"
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct CommandRow {
    const char *name;
    int (*run)(const DriverOptions *options);
    bool many_files;
    const char *usage, *help;
} CommandRow;

static const CommandRow commands[] = {
    {"run", command_run, false, "run FILE [-- options of the model]",
     "compile in this process and run (hillock run FILE --help lists the options)"},
    {"build", command_build, false, "build FILE -o NAME", "make an executable"},
    {"check", command_check, true, "check FILE…", "diagnose only"},
    {"test", command_test, true, "test FILE…", "run every `expect`"},
    {"explain", command_explain, true, "explain FILE | CODE",
     "equations, solvers, sharing; or what the code of a message means (--codes lists them)"},
    {"fmt", command_fmt, true, "fmt FILE…",
     "format in place (--check: only say which would change; -: standard input)"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

typedef enum OptionKind { OPTION_FLAG, OPTION_TEXT, OPTION_STAGE, OPTION_CHOICE } OptionKind;

typedef struct Choice {
    const char *word; /* NULL ends a list */
    int value;
} Choice;

static const Choice precisions[] = {{"f64", HIL_F64}, {"f32", HIL_F32}, {NULL, 0}};
static const Choice levels[] = {
    {"base", 1 << HIL_LEVEL_BASE}, {"v3", 1 << HIL_LEVEL_V3}, {"v4", 1 << HIL_LEVEL_V4}, {NULL, 0}};

typedef struct OptionRow {
    const char *name;
    OptionKind kind;
    size_t field;           /* of DriverOptions: a bool, a text, a text, an int */
    const Choice *choices;
    const char *usage, *help; /* help NULL: said elsewhere */
} OptionRow;

#define FIELD(name) offsetof(DriverOptions, name)
static const OptionRow options[] = {
    {"-o", OPTION_TEXT, FIELD(output), NULL, "-o NAME", "what to write"},
    {"--emit", OPTION_TEXT, FIELD(emit), NULL, "--emit=WHAT",
     "syntax, model, equations, kernels, llvm, asm, object, shared or header"},
    {"--precision", OPTION_CHOICE, FIELD(precision), precisions, "--precision f64|f32",
     "of states and of computation (default f64)"},
    {"-g", OPTION_FLAG, FIELD(debug_lines), NULL, "-g", "lines of the model file in the code, for gdb and perf"},
    {"--level", OPTION_CHOICE, FIELD(levels), levels, "--level base|v3|v4",
     "build for one machine level only (default: all, picked at start)"},
    {"--target", OPTION_TEXT, FIELD(target), NULL, "--target TRIPLE", "build an object for another machine"},
    {"--interpret", OPTION_FLAG, FIELD(interpret), NULL, "--interpret",
     "run kernels in the interpreter instead of machine code"},
    {"--no-cache", OPTION_FLAG, FIELD(no_cache), NULL, "--no-cache", "compile even when the cache has it"},
    {"--allow-extern", OPTION_FLAG, FIELD(allow_extern), NULL, "--allow-extern",
     "functions in C that the model names may be compiled and run"},
    {"--stdlib", OPTION_TEXT, FIELD(stdlib), NULL, "--stdlib FOLDER", "another standard library"},
    {"--dump", OPTION_STAGE, FIELD(dump), NULL, "--dump=STAGE",
     "print what a stage made; stages are syntax, model, equations, kernels"},
    {"--stop-after", OPTION_STAGE, FIELD(stop_after), NULL, "--stop-after=STAGE", "go no further"},
    {"--time", OPTION_FLAG, FIELD(time), NULL, "--time", "how long each stage takes"},
    {"--verify-each", OPTION_FLAG, FIELD(verify_each), NULL, "--verify-each", "check what each stage made"},
    {"--check", OPTION_FLAG, FIELD(check_only), NULL, "--check", NULL},
};
enum { OPTION_COUNT = sizeof options / sizeof *options };

static int print_usage(FILE *out) {
    fputs("usage: hillock COMMAND FILE… [options]\n\ncommands\n", out);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        int missing = 36 - (int)strlen(commands[i].usage) + (strstr(commands[i].usage, "…") ? 2 : 0);
        fprintf(out, "  %s%*s %s\n", commands[i].usage, missing, "", commands[i].help);
    }
    fputs("\noptions\n", out);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (options[i].help) fprintf(out, "  %-22s %s\n", options[i].usage, options[i].help);
    fputs("  --help --version --codes\n", out);
    return out == stdout ? EXIT_GOOD : EXIT_USAGE;
}

__attribute__((format(printf, 1, 2))) static int usage_error(const char *format, ...) {
    va_list values;
    va_start(values, format);
    fprintf(stderr, "hillock: ");
    vfprintf(stderr, format, values);
    va_end(values);
    fprintf(stderr, "\nhillock: `hillock --help` lists commands and options\n");
    return EXIT_USAGE;
}

static bool asks_for_help(const char *argument) {
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

static const CommandRow *find_command(const char *name) {
    const char *names[COMMAND_COUNT];
    for (int i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i].name;
        if (strcmp(name, names[i]) == 0) return &commands[i];
    }
    const char *near = nearest_name(name, names, COMMAND_COUNT);
    if (near) fprintf(stderr, "hillock: did you mean `hillock %s`?\n", near);
    usage_error("there is no command '%s'", name);
    return NULL;
}

/* The row of "--name", "--name=value". */
static const OptionRow *find_option(const char *argument) {
    size_t length = strcspn(argument, "=");
    for (int i = 0; i < OPTION_COUNT; i++) {
        bool bare = argument[length] == 0 || options[i].kind != OPTION_FLAG;
        if (bare && strlen(options[i].name) == length && strncmp(argument, options[i].name, length) == 0) return &options[i];
    }
    return NULL;
}

/* Sets the field of one option; its value stands behind "=" or is the next argument. */
static int set_option(const OptionRow *row, int *at, int argc, char **argv, DriverOptions *o) {
    void *field = (char *)o + row->field;
    const char *value = strchr(argv[*at], '=');
    if (row->kind == OPTION_FLAG) return *(bool *)field = true, EXIT_GOOD;
    if (!value && *at + 1 >= argc) return usage_error("a value is missing: %s", row->usage);
    value = value ? value + 1 : argv[++*at];
    if (row->kind != OPTION_CHOICE) {
        if (row->kind == OPTION_STAGE && !stage_known(value))
            return usage_error("%s takes syntax, model, equations or kernels, not '%s'", row->name, value);
        return *(const char **)field = value, EXIT_GOOD;
    }
    for (const Choice *choice = row->choices; choice->word; choice++)
        if (strcmp(value, choice->word) == 0) return *(int *)field = choice->value, EXIT_GOOD;
    return usage_error("it is %s, not '%s'", row->usage, value);
}

static int parse(int argc, char **argv, DriverOptions *o) {
    const CommandRow *command = find_command(argv[1]);
    if (!command) return EXIT_USAGE;
    o->command = command->name;
    o->files = calloc((size_t)argc, sizeof *o->files);
    bool run = command->run == command_run;
    for (int i = 2; i < argc; i++) {
        const OptionRow *row = find_option(argv[i]);
        bool separator = strcmp(argv[i], "--") == 0;
        if (separator || (!row && run && o->file_count == 1)) { /* the rest is the model's own */
            o->arguments = argv + i + separator;
            o->argument_count = argc - i - separator;
            break;
        }
        if (row) {
            int code = set_option(row, &i, argc, argv, o);
            if (code != EXIT_GOOD) return code;
        } else if (asks_for_help(argv[i])) {
            return print_usage(stdout);
        } else if (argv[i][0] == '-' && argv[i][1]) {
            return usage_error("there is no option '%s'", argv[i]);
        } else {
            o->files[o->file_count++] = argv[i];
        }
    }
    if (!o->file_count) return usage_error("`hillock %s` needs a model file", command->name);
    if (o->file_count > 1 && !command->many_files)
        return usage_error("`hillock %s` takes one model file", command->name);
    return command->run(o);
}

int main(int argc, char **argv) {
    DriverOptions given = {.precision = HIL_F64};
    if (argc < 2) return print_usage(stderr);
    if (asks_for_help(argv[1]) || strcmp(argv[1], "help") == 0) return print_usage(stdout);
    if (strcmp(argv[1], "--version") == 0) {
        printf("hillock %s\n", HILLOCK_VERSION);
        return EXIT_GOOD;
    }
    if (strcmp(argv[1], "--codes") == 0) return list_codes();
    int code = parse(argc, argv, &given);
    free(given.files);
    if ((fflush(stdout) != 0 || ferror(stdout)) && code == EXIT_GOOD) {
        fprintf(stderr, "hillock: the output could not be written\n");
        code = EXIT_MODEL;
    }
    return code;
}
