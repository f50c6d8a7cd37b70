/* Damaged models: the standard library, the examples and the tests' models with words, numbers and lines exchanged, so
 * that most still read well and go far into the compiler. Whatever comes of it, it ends as a model or as errors with
 * places, never as a crash or as a fault of the compiler's own. `test_mutation N` prints source N and checks it alone. */
#include "kernel/lowering.h"
#include "syntax/syntax.h"
#include "syntax/token.h"
#include "printed.h"
#include "suite.h"

#include <ctype.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

enum { MUTATIONS = 1000, LONGEST_CORPUS_FILE = 8000 };

static const char *const places[] = {"stdlib/*/*.hil", "examples/*.hil", "examples/*/*.hil", "tests/models/*.hil",
                                     "tests/syntax/*.hil", "tests/diagnostics/*.hil"};

static uint64_t random_next(uint64_t *state) { /* SplitMix64 (Steele, Lea & Flood 2014) */
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}
static size_t below(uint64_t *state, size_t limit) { return limit ? (size_t)(random_next(state) % limit) : 0; }

/* ck_assert cannot be used outside of the suite's run. */
static void demand(bool holds, const char *what, const char *text) {
    if (holds) return;
    fprintf(stderr, "%s\n%s\n", what, text);
    abort();
}

/* ---- changes ---- */

typedef enum Class { CLASS_WORD, CLASS_NUMBER, CLASS_SIGN } Class;

static Class class_of(const char *text, Token token) {
    unsigned char c = (unsigned char)text[token.begin];
    return isalpha(c) || c == '_' ? CLASS_WORD : isdigit(c) ? CLASS_NUMBER : CLASS_SIGN;
}

/* Puts `length` bytes in the place of [begin, end) of the text. */
static void splice(char **text, size_t begin, size_t end, const char *insert, size_t length) {
    size_t whole = strlen(*text);
    char *result = malloc(whole - (end - begin) + length + 1);
    memcpy(result, *text, begin);
    memcpy(result + begin, insert, length);
    memcpy(result + begin + length, *text + end, whole - end + 1);
    free(*text);
    *text = result;
}

static const char *const numbers[] = {"0", "1", "-1", "0.5", "1e300", "1e-300", "100000000000", "3 mV", "2 ms", "1 nA", "7 kg^3"};

/* One change: a token in the place of another of its class, a number for a number, a line left out, doubled or moved. */
static void change(char **text, uint64_t *state) {
    Compilation *c = compilation_new(NULL);
    int source = sources_add_text(&c->sources, "mutant.hil", *text, strlen(*text));
    Tokens tokens = tokens_read(c, source);
    size_t count = (size_t)tokens.list.count, action = below(state, 8);
    Token one = tokens.list.at[below(state, count)];
    if (action < 4) {
        Token two = one;
        for (int tries = 0; tries < 40; tries++) {
            two = tokens.list.at[below(state, count)];
            if (class_of(*text, two) == class_of(*text, one) && two.begin != one.begin) break;
        }
        char *copy = strndup(*text + two.begin, two.end - two.begin);
        splice(text, one.begin, one.end, copy, strlen(copy));
        free(copy);
    } else if (action == 4) {
        const char *number = numbers[below(state, sizeof numbers / sizeof *numbers)];
        for (int tries = 0; tries < 40 && class_of(*text, one) != CLASS_NUMBER; tries++)
            one = tokens.list.at[below(state, count)];
        if (class_of(*text, one) == CLASS_NUMBER) splice(text, one.begin, one.end, number, strlen(number));
    } else {
        const Source *s = &c->sources.list.at[source];
        size_t lines = (size_t)s->lines.count, line = below(state, lines), to = below(state, lines);
        size_t begin = s->lines.at[line], end = line + 1 < lines ? s->lines.at[line + 1] : s->length;
        char *copy = strndup(*text + begin, end - begin);
        size_t place = s->lines.at[to];
        if (action != 5 && place >= end) { /* from behind, so that places stay right */
            splice(text, place, place, copy, strlen(copy));
            if (action == 7) splice(text, begin, end, "", 0);
        } else if (action != 5) {
            if (action == 7) splice(text, begin, end, "", 0);
            if (place <= begin) splice(text, place, place, copy, strlen(copy));
        } else {
            splice(text, begin, end, "", 0);
        }
        free(copy);
    }
    compilation_free(c);
}

static char *mutant(int number) {
    glob_t files = {0};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) glob(places[i], i ? GLOB_APPEND : 0, NULL, &files);
    demand(files.gl_pathc > 10, "start this in the checkout's folder", "");
    uint64_t state = 71000u + (uint64_t)number;
    Compilation *c = compilation_new(NULL);
    int source = -1;
    while (source < 0 || c->sources.list.at[source].length > LONGEST_CORPUS_FILE || !c->sources.list.at[source].length)
        source = sources_read(&c->sources, files.gl_pathv[below(&state, files.gl_pathc)]);
    char *text = strdup(c->sources.list.at[source].text);
    compilation_free(c);
    globfree(&files);
    for (size_t i = 0, changes = 1 + below(&state, 3); i < changes && *text; i++) change(&text, &state);
    return text;
}

/* ---- what must hold ---- */

static void check_report(const Compilation *c) {
    Printed p;
    diagnostics_print(&c->diagnostics, &c->sources, printed_begin(&p), false);
    char *report = printed_end(&p);
    demand(!strstr(report, "internal error"), "a fault of the compiler's own:", report);
    demand(c->diagnostics.errors == 0 || strstr(report, "mutant.hil:") || strstr(report, "stdlib/"),
           "an error without a place:", report);
    free(report);
}

/* What a sound model prints as is a sound model that prints the same. */
static void check_print(const Model *model) {
    Printed p, again;
    model_print(model, printed_begin(&p));
    char *once = printed_end(&p);
    Compilation *c = compilation_new("stdlib");
    const Ast *file = syntax_parse(c, sources_add_text(&c->sources, "mutant.hil", once, p.length));
    const Model *second = c->diagnostics.errors ? NULL : model_build(c, file);
    demand(second && !c->diagnostics.errors, "what is printed is no model:", once);
    model_print(second, printed_begin(&again));
    char *twice = printed_end(&again);
    demand(strcmp(once, twice) == 0, "what is printed prints as something else:", once);
    compilation_free(c);
    free(once);
    free(twice);
}

static void compile(const char *text) {
    Compilation *c = compilation_new("stdlib");
    int source = sources_add_text(&c->sources, "mutant.hil", text, strlen(text));
    const Ast *file = syntax_parse(c, source);
    const Model *model = c->diagnostics.errors ? NULL : model_build(c, file);
    if (model && !c->diagnostics.errors) {
        LoweringOptions options = {.precision = HIL_F64,
                                   .info = {.source_path = "mutant.hil", .compiler_version = "test", .options = "",
                                            .precision_bits = 64}};
        const LoweredModel *lowered = model_lower(c, model, &options);
        if (!c->diagnostics.errors) check_print(model);
        for (int i = 0; lowered && !c->diagnostics.errors && i < lowered->kernel_count; i++)
            demand(kernel_verify(c, lowered->kernels[i]), "a kernel is unsound", "");
    }
    check_report(c);
    compilation_free(c);
}

START_TEST(damaged_models_end_as_models_or_errors) {
    char *text = mutant(_i);
    compile(text);
    free(text);
}
END_TEST

int main(int argc, char **argv) {
    if (argc == 2) {
        char *text = mutant(atoi(argv[1]));
        fputs(text, stdout);
        fflush(stdout);
        compile(text);
        free(text);
        return 0;
    }
    const SuiteRow rows[] = {
        TIMEOUT(20),
        LOOP(damaged_models_end_as_models_or_errors, MUTATIONS),
    };
    return SUITE_RUN("mutation of models", rows);
}
