/* Codes of messages, for someone who has one before them: `hillock explain E0203`, `hillock --codes`.
 * In: a code. Out: its title, a small model that provokes it (one of the tests' own) and what the compiler says to that
 * model, with its way out. */
#include "driver/driver.h"
#include <ctype.h>
#include <string.h>

static const char *severity_text(DiagnosticCode code) {
    switch (diagnostic_severity(code)) {
    case SEVERITY_WARNING: return "warning";
    case SEVERITY_ERROR: return "error";
    default: return "fault of the compiler's own";
    }
}

bool is_code(const char *text) {
    if (strlen(text) != 5 || !strchr("EWI", text[0])) return false;
    for (int i = 1; i < 5; i++)
        if (!isdigit((unsigned char)text[i])) return false;
    return true;
}

int list_codes(void) {
    for (int i = 0; i < DIAGNOSTIC_COUNT; i++)
        printf("%s  %-8s %s\n", diagnostic_code_text((DiagnosticCode)i), severity_text((DiagnosticCode)i),
               diagnostic_title((DiagnosticCode)i));
    return EXIT_GOOD;
}

/* The lines of a file, without those that speak to the tests. */
static bool print_model(const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) return false;
    char line[4096];
    while (fgets(line, sizeof line, file))
        if (strncmp(line, "# expect:", 9) != 0) printf("    %s", line);
    return fclose(file) == 0;
}

int explain_code(const DriverOptions *options, const char *text) {
    DiagnosticCode code = diagnostic_of_text(text);
    if (code == DIAGNOSTIC_COUNT) {
        fprintf(stderr, "hillock: no message has the code %s; `hillock --codes` lists them\n", text);
        return EXIT_USAGE;
    }
    printf("%s, %s: %s\n", text, severity_text(code), diagnostic_title(code));
    Arena *arena = arena_new();
    const char *path = arena_print(arena, "%s/%s.hil", installation_find(arena).errors, text);
    printf("\nA model that provokes it:\n\n");
    bool shown = print_model(path);
    if (shown) {
        printf("\nand what the compiler says to it:\n\n");
        fflush(stdout);
        Unit unit;
        unit_compile(&unit, options, path, "kernels");
        unit_free(&unit);
    } else {
        printf("    none: no model should. Please report the model that did.\n");
    }
    arena_free(arena);
    return EXIT_GOOD;
}
