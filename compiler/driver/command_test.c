/* test: runs every `expect` of the files given and prints a line for each, and a closing count. */
#include "driver/driver.h"
#include "hillock/host.h"
#include <string.h>
#include <unistd.h>

typedef struct Tally {
    int passed, failed, skipped;
} Tally;

/* Does the program's tree contain an `expect`? Trees share nothing big, but a depth limit guards odd images. */
static bool expects(const HilImage *image, int32_t node, int depth) {
    if (node < 0 || depth > 200) return false;
    const HilNode *n = hil_row(image, HIL_NODES, HilNode, node);
    if (n->op == HIL_HOST_EXPECT) return true;
    bool statements =
        n->op == HIL_HOST_BLOCK || n->op == HIL_HOST_FOR || n->op == HIL_HOST_IF || n->op == HIL_HOST_PHASE;
    for (int32_t i = 0; statements && i < n->kids.count; i++)
        if (expects(image, *hil_row(image, HIL_KIDS, int32_t, n->kids.first + i), depth + 1)) return true;
    return false;
}

static bool runs_by_itself(const HilImage *image, const HilProgram *program) {
    if (program->imported) return false;
    for (int32_t i = 0; i < program->parameters.count; i++)
        if (hil_row(image, HIL_PARAMETERS, HilParameter, program->parameters.first + i)->node < 0) return false;
    return true;
}

static bool test_file(const DriverOptions *options, const char *path, Tally *tally) {
    Unit unit;
    LoadedCode code = {0};
    HilError error = {{0}};
    bool good = unit_compile(&unit, options, path, "kernels");
    if (good) good = code_load(&unit, &code);
    HilHost *host = NULL;
    if (good) {
        const HilImage *image = unit.lowered->image;
        HilHostOptions host_options = {.settings = hil_settings_default(), .print = stdout, .warn = stderr,
                                        .source = path};
        if (options->interpret) {
            host_options.settings.call = code_interpret;
            host_options.settings.call_context = (void *)unit.lowered;
        }
        host = hil_host_new_for_image(image, code.functions, &host_options, &error);
        good = host != NULL;
        for (uint32_t i = 0; good && i < image->tables[HIL_PROGRAMS].count; i++) {
            const HilProgram *program = hil_row(image, HIL_PROGRAMS, HilProgram, i);
            if (!runs_by_itself(image, program) || !expects(image, program->body, 0)) continue;
            good = hil_host_run(host, (int32_t)i, NULL, 0, NULL, &error);
            if (good && options->time) fprintf(stderr, "%-20s\n", hil_text(image, program->name));
        }
        if (!good) printf("fail  %s: %s\n", path, error.text);
    } else {
        printf("fail  %s: it does not compile\n", path);
    }
    int count = 0;
    const HilExpectation *list = host ? hil_host_expectations(host, &count) : NULL;
    for (int i = 0; i < count; i++) {
        if (list[i].outcome == HIL_OUTCOME_SKIPPED)
            tally->skipped++;
        else if (list[i].outcome == HIL_OUTCOME_FAIL || list[i].outcome == HIL_OUTCOME_UNEXPECTED)
            tally->failed++;
        else
            tally->passed++;
    }
    if (!good) tally->failed++;
    if (host) hil_host_free(host);
    code_unload(&code);
    unit_free(&unit);
    return good;
}

int command_test(const DriverOptions *options) {
    Tally tally = {0};
    for (int i = 0; i < options->file_count; i++) {
        test_file(options, options->files[i], &tally);
        fflush(stdout);
    }
    printf("%d passed, %d failed", tally.passed, tally.failed);
    if (tally.skipped) printf(", %d skipped", tally.skipped);
    printf("\n");
    return tally.failed ? EXIT_MODEL : EXIT_GOOD;
}
