/* check, explain and fmt: the commands that need no machine code. */
#include "driver/driver.h"
#include "syntax/syntax.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int command_check(const DriverOptions *options) {
    int code = EXIT_GOOD;
    for (int i = 0; i < options->file_count; i++) {
        Unit unit;
        if (!unit_compile(&unit, options, options->files[i], "kernels")) code = EXIT_MODEL;
        unit_free(&unit);
    }
    return code;
}

int command_explain(const DriverOptions *options) {
    int code = EXIT_GOOD;
    DriverOptions with_plan = *options;
    with_plan.dump = "equations";
    for (int i = 0; i < options->file_count; i++) {
        Unit unit;
        if (is_code(options->files[i])) {
            int one = explain_code(options, options->files[i]);
            if (one != EXIT_GOOD) code = one;
            continue;
        }
        if (!unit_compile(&unit, &with_plan, options->files[i], "kernels")) code = EXIT_MODEL;
        unit_free(&unit);
    }
    return code;
}

/* Writes the text beside the file and renames it over; the file's mode is kept, and so are links to it. */
static bool replace_file(const char *name, const char *text, size_t length) {
    char temporary[4096 + 8], path[4096];
    struct stat status;
    if (!realpath(name, path)) return false;
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary) return false;
    int file = mkstemp(temporary);
    if (file < 0) return false;
    bool good = write(file, text, length) == (ssize_t)length;
    if (stat(path, &status) == 0) good = fchmod(file, status.st_mode & 07777) == 0 && good;
    good = close(file) == 0 && good && rename(temporary, path) == 0;
    if (!good) unlink(temporary);
    return good;
}

static int add_standard_input(Sources *sources) {
    char *text = NULL;
    size_t length = 0, room = 0;
    for (int c; (c = getchar()) != EOF;) {
        if (length + 1 >= room) {
            char *larger = realloc(text, room = room ? 2 * room : 4096);
            if (!larger) {
                free(text);
                return -1;
            }
            text = larger;
        }
        text[length++] = (char)c;
    }
    int source = sources_add_text(sources, "<standard input>", text ? text : "", length);
    free(text);
    return source;
}

static int format_one(const DriverOptions *options, const char *path) {
    Compilation *c = compilation_new(NULL);
    bool piped = strcmp(path, "-") == 0;
    int source = piped ? add_standard_input(&c->sources) : sources_read(&c->sources, path), code = EXIT_GOOD;
    if (source < 0) {
        fprintf(stderr, "hillock: cannot read %s: %s\n", path, strerror(errno));
        compilation_free(c);
        return EXIT_MODEL;
    }
    Ast *ast = syntax_parse(c, source);
    diagnostics_print(&c->diagnostics, &c->sources, stderr, isatty(STDERR_FILENO));
    if (c->diagnostics.errors) {
        compilation_free(c);
        return EXIT_MODEL;
    }
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    syntax_format(c, source, ast, memory);
    fclose(memory);
    const Source *old = &c->sources.list.at[source];
    bool same = old->length == length && memcmp(old->text, text, length) == 0;
    if (piped) {
        fwrite(text, 1, length, stdout);
    } else if (!same && options->check_only) {
        printf("%s\n", path);
        code = EXIT_MODEL;
    } else if (!same && !replace_file(path, text, length)) {
        fprintf(stderr, "hillock: cannot write %s: %s\n", path, strerror(errno));
        code = EXIT_MODEL;
    }
    free(text);
    compilation_free(c);
    return code;
}

int command_fmt(const DriverOptions *options) {
    int code = EXIT_GOOD;
    for (int i = 0; i < options->file_count; i++) {
        int one = format_one(options, options->files[i]);
        if (one != EXIT_GOOD) code = one;
    }
    return code;
}
