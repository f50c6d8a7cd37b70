/* See options.h. One row of a table an option; what it does with its value is its function. */
#include "options.h"
#include "names.h"
#include "hillock/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Parser {
    HilOptions *options;
    const HilImage *image;
    HilError *error;
} Parser;

typedef struct OptionRow {
    const char *name, *value; /* value: what --help calls it, NULL when there is none */
    bool (*take)(Parser *parser, const char *value);
    const char *help;
} OptionRow;

/* ---- values ------------------------------------------------------------------------------------------------------ */

static bool take_seconds(Parser *p, const char *option, const char *text, double *seconds) {
    HilDimension dimension, time = {{0, 0, 2, 0, 0, 0, 0}};
    if (!hil_quantity_parse(text, strlen(text), seconds, &dimension, NULL))
        return hil_fail(p->error, "%s: \"%s\" is no quantity; say for example 0.1ms", option, text);
    if (!hil_dimension_equal(dimension, time))
        return hil_fail(p->error, "%s: %s is no time; say for example 0.1ms", option, text);
    return *seconds > 0 || hil_fail(p->error, "%s: %s must be longer than zero", option, text);
}

static bool take_number(Parser *p, const char *option, const char *text, uint64_t most, uint64_t *number) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value > most)
        return hil_fail(p->error, "%s: \"%s\" is no whole number from 0 to %llu", option, text,
                        (unsigned long long)most);
    *number = value;
    return true;
}

static bool take_seed(Parser *p, const char *value) {
    p->options->host.seed_given = true;
    return take_number(p, "--seed", value, UINT64_MAX, &p->options->host.settings.seed);
}
static bool take_threads(Parser *p, const char *value) {
    uint64_t count;
    if (!take_number(p, "--threads", value, 1024, &count)) return false;
    p->options->host.settings.threads = (int)count;
    return true;
}
static bool take_duration(Parser *p, const char *value) {
    return take_seconds(p, "--duration", value, &p->options->host.duration);
}
static bool take_step(Parser *p, const char *value) {
    return take_seconds(p, "--step", value, &p->options->host.step);
}
static bool take_out(Parser *p, const char *value) {
    p->options->host.out = value;
    return *value || hil_fail(p->error, "--out: the path is empty");
}
static bool take_report(Parser *p, const char *value) {
    p->options->report = value;
    return *value || hil_fail(p->error, "--report: the path is empty");
}
static bool take_all(Parser *p, const char *value) {
    (void)value;
    p->options->program = -1;
    return true;
}
static bool take_test(Parser *p, const char *value) {
    p->options->test = true;
    return take_all(p, value);
}
static bool take_quiet(Parser *p, const char *value) {
    (void)value;
    p->options->quiet = true;
    return true;
}
static bool take_progress(Parser *p, const char *value) {
    (void)value;
    p->options->progress = true;
    return true;
}
static bool take_timing(Parser *p, const char *value) {
    (void)value;
    p->options->timing = true;
    return true;
}
static bool take_help(Parser *p, const char *value) {
    (void)value;
    p->options->action = HIL_ACTION_HELP;
    return true;
}
static bool take_version(Parser *p, const char *value) {
    (void)value;
    p->options->action = HIL_ACTION_VERSION;
    return true;
}
static bool take_info(Parser *p, const char *value) {
    (void)value;
    p->options->action = HIL_ACTION_INFO;
    return true;
}
static bool take_list(Parser *p, const char *value) {
    (void)value;
    p->options->action = HIL_ACTION_PARAMETERS;
    return true;
}

/* ---- --set ------------------------------------------------------------------------------------------------------- */

/* What can be set: parameters of networks and programs, planes of populations and connections. */
typedef struct Search {
    const HilImage *image;
    const char *name;
    bool found;
    HilDimension dimension;
    NearestName nearest;
} Search;

static void offer(Search *search, const char *name, HilDimension dimension) {
    if (search->found) return;
    engine_name_consider(&search->nearest, search->name, name);
    if (strcmp(search->name, name)) return;
    search->found = true;
    search->dimension = dimension;
}

static void offer_scalars(Search *search, HilRange range) {
    for (int32_t i = 0; i < range.count; i++) {
        const HilScalar *row = hil_row(search->image, HIL_SCALARS, HilScalar, range.first + i);
        if (row->role == HIL_SCALAR_PARAMETER) offer(search, hil_text(search->image, row->name), row->dimension);
    }
}

static void offer_planes(Search *search, uint32_t owner, HilRange range) {
    char full[300];
    for (int32_t i = 0; i < range.count; i++) {
        const HilPlane *row = hil_row(search->image, HIL_PLANES, HilPlane, range.first + i);
        if (row->role == HIL_PLANE_HIDDEN || row->role == HIL_PLANE_DERIVED) continue;
        snprintf(full, sizeof full, "%s.%s", hil_text(search->image, owner), hil_text(search->image, row->name));
        offer(search, full, row->dimension);
    }
}

static void search_image(Search *search) {
    const HilImage *image = search->image;
    for (uint32_t n = 0; n < image->tables[HIL_NETWORKS].count; n++) {
        const HilNetwork *network = hil_row(image, HIL_NETWORKS, HilNetwork, n);
        offer_scalars(search, network->scalars);
        for (int32_t i = 0; i < network->populations.count; i++) {
            const HilPopulation *row = hil_row(image, HIL_POPULATIONS, HilPopulation, network->populations.first + i);
            offer_planes(search, row->name, row->planes);
        }
        for (int32_t i = 0; i < network->projections.count; i++) {
            const HilProjection *row = hil_row(image, HIL_PROJECTIONS, HilProjection, network->projections.first + i);
            offer_planes(search, row->name, row->planes);
        }
    }
    for (uint32_t n = 0; n < image->tables[HIL_PROGRAMS].count; n++) {
        const HilProgram *program = hil_row(image, HIL_PROGRAMS, HilProgram, n);
        for (int32_t i = 0; i < program->parameters.count; i++) {
            const HilParameter *row = hil_row(image, HIL_PARAMETERS, HilParameter, program->parameters.first + i);
            offer(search, hil_text(image, row->name), row->dimension);
        }
    }
}

static bool take_set(Parser *p, const char *value) {
    const char *equals = strchr(value, '=');
    if (!equals || equals == value || !equals[1])
        return hil_fail(p->error, "--set %s: say name=value, for example E.tau=15ms", value);
    HilOverride override = {0};
    const char *number = equals + 1;
    if (!hil_quantity_parse(number, strlen(number), &override.value, &override.dimension, NULL))
        return hil_fail(p->error, "--set %s: \"%s\" is no quantity; say for example 15ms", value, number);
    char *name = strndup(value, (size_t)(equals - value));
    HilOverride *larger = realloc((void *)(uintptr_t)p->options->host.overrides,
                                  (size_t)(p->options->host.override_count + 1) * sizeof *larger);
    if (larger) p->options->host.overrides = larger;
    if (!name || !larger) {
        free(name);
        return hil_fail(p->error, "out of memory");
    }
    override.name = name;
    larger[p->options->host.override_count++] = override;
    Search search = {.image = p->image, .name = name};
    search_image(&search);
    if (!search.found && search.nearest.text[0])
        return hil_fail(p->error, "--set %s: there is no parameter \"%s\"; did you mean \"%s\"?", value, name,
                        search.nearest.text);
    if (!search.found)
        return hil_fail(p->error, "--set %s: there is no parameter \"%s\"; --list-parameters shows them", value, name);
    if (hil_dimension_equal(search.dimension, override.dimension)) return true;
    char wanted[64], given[64];
    hil_dimension_print(search.dimension, wanted, sizeof wanted);
    hil_dimension_print(override.dimension, given, sizeof given);
    return hil_fail(p->error, "--set %s: %s is in %s, but the value is in %s", value, name, wanted, given);
}

/* ---- --record ---------------------------------------------------------------------------------------------------- */

/* "spikes of E", "E.V[0..4] every 1ms". */
static bool take_record(Parser *p, const char *value) {
    const char *every = strstr(value, " every ");
    HilExtraRecord record = {0};
    if (every && !take_seconds(p, "--record", every + strlen(" every "), &record.every)) return false;
    char *what = every ? strndup(value, (size_t)(every - value)) : strdup(value);
    HilExtraRecord *larger = realloc((void *)(uintptr_t)p->options->host.records,
                                     (size_t)(p->options->host.record_count + 1) * sizeof *larger);
    if (larger) p->options->host.records = larger;
    if (!what || !larger) {
        free(what);
        return hil_fail(p->error, "out of memory");
    }
    record.what = what;
    larger[p->options->host.record_count++] = record;
    return true;
}

/* ---- all of them ------------------------------------------------------------------------------------------------- */

static const OptionRow option_rows[] = {
    {"--set", "NAME=VALUE", take_set, "a parameter's value with its unit: --set E.tau=15ms"},
    {"--seed", "N", take_seed, "seed of all random numbers"},
    {"--threads", "N", take_threads, "threads; the results do not depend on it"},
    {"--duration", "TIME", take_duration, "run this long instead of what the experiment says"},
    {"--step", "TIME", take_step, "step of this length instead of what the experiment says"},
    {"--record", "WHAT", take_record, "also record: \"spikes of E\", \"E.V[0..4] every 1ms\""},
    {"--out", "PATH", take_out, "where recordings go: a .h5 file, or a folder or stem for .csv files"},
    {"--report", "FILE", take_report, "write one HTML page with everything that came out"},
    {"--all", NULL, take_all, "run every experiment, study and sweep"},
    {"--test", NULL, take_test, "run all of them, print each expectation and how many hold"},
    {"--progress", NULL, take_progress, "show progress even where the output is no terminal"},
    {"--quiet", NULL, take_quiet, "print nothing but errors"},
    {"--timing", NULL, take_timing, "tell on standard error how long each simulation took to build and to run"},
    {"--list-parameters", NULL, take_list, "list all parameters with their values"},
    {"--info", NULL, take_info, "tell what the model consists of"},
    {"--help", NULL, take_help, "this text"},
    {"--version", NULL, take_version, "the version of the compiler that made this"},
};
enum { OPTION_COUNT = sizeof option_rows / sizeof *option_rows };

static bool unknown_option(Parser *p, const char *argument, size_t length) {
    char name[128];
    NearestName nearest = {0};
    snprintf(name, sizeof name, "%.*s", (int)(length < 100 ? length : 100), argument);
    for (int i = 0; i < OPTION_COUNT; i++) engine_name_consider(&nearest, name, option_rows[i].name);
    if (nearest.text[0])
        return hil_fail(p->error, "there is no option %s; did you mean %s?", name, nearest.text);
    return hil_fail(p->error, "there is no option %s; --help lists them", name);
}

/* "--name value", "--name=value" or "--name"; *at moves on by what was used. */
static bool take_option(Parser *p, int argc, char **argv, int *at) {
    const char *argument = argv[*at], *equals = strchr(argument, '=');
    size_t length = equals ? (size_t)(equals - argument) : strlen(argument);
    for (int i = 0; i < OPTION_COUNT; i++) {
        const OptionRow *row = &option_rows[i];
        if (strlen(row->name) != length || strncmp(row->name, argument, length)) continue;
        if (!row->value && equals) return hil_fail(p->error, "%s takes no value", row->name);
        const char *value = equals ? equals + 1 : NULL;
        if (row->value && !value) {
            if (*at + 1 >= argc) return hil_fail(p->error, "%s needs a value: %s", row->name, row->value);
            value = argv[++*at];
        }
        return row->take(p, value);
    }
    return unknown_option(p, argument, length);
}

static int32_t find_program(Parser *p, const char *name, NearestName *nearest) {
    for (uint32_t i = 0; i < p->image->tables[HIL_PROGRAMS].count; i++) {
        const char *candidate = hil_text(p->image, hil_row(p->image, HIL_PROGRAMS, HilProgram, i)->name);
        if (!strcmp(candidate, name)) return (int32_t)i;
        engine_name_consider(nearest, name, candidate);
    }
    return -1;
}

static int32_t first_program(const HilImage *image) {
    for (uint32_t i = 0; i < image->tables[HIL_PROGRAMS].count; i++) {
        const HilProgram *row = hil_row(image, HIL_PROGRAMS, HilProgram, i);
        if (row->kind == HIL_PROGRAM_EXPERIMENT && !row->imported) return (int32_t)i;
    }
    return 0;
}

bool hil_options_parse(HilOptions *options, int argc, char **argv, const HilImage *image, HilError *error) {
    *options = (HilOptions){.program = -2};
    options->host.settings = hil_settings_default();
    Parser p = {options, image, error};
    const char *name = NULL;
    if (!engine_check_image(image, error)) return false;
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] == '-') {
            if (!take_option(&p, argc, argv, &i)) return false;
        } else if (name) {
            return hil_fail(error, "one program at a time: %s or %s (--all runs every one)", name, argv[i]);
        } else {
            name = argv[i];
        }
    }
    if (name && options->program == -1) return hil_fail(error, "--all and --test run every program: leave out %s", name);
    if (options->host.out && options->program == -1)
        return hil_fail(error, "--out takes the recordings of one program: name it, without --all or --test");
    if (options->quiet && options->progress) return hil_fail(error, "--quiet and --progress exclude each other");
    if (options->program == -1) return true;
    NearestName nearest = {0};
    options->program = name ? find_program(&p, name, &nearest) : first_program(image);
    if (options->program >= 0) return true;
    if (nearest.text[0]) return hil_fail(error, "there is no program \"%s\"; did you mean \"%s\"?", name, nearest.text);
    return hil_fail(error, "there is no program \"%s\"; --info lists them", name);
}

void hil_options_free(HilOptions *options) {
    for (int i = 0; i < options->host.override_count; i++) free((void *)(uintptr_t)options->host.overrides[i].name);
    for (int i = 0; i < options->host.record_count; i++) free((void *)(uintptr_t)options->host.records[i].what);
    free((void *)(uintptr_t)options->host.overrides);
    free((void *)(uintptr_t)options->host.records);
    *options = (HilOptions){0};
}

void hil_options_print_help(const char *program, FILE *out) {
    fprintf(out, "usage: %s [PROGRAM] [OPTION]...\n\nRuns an experiment, study or sweep of the model: the one named, or the "
            "first experiment.\n\n", program);
    for (int i = 0; i < OPTION_COUNT; i++)
        fprintf(out, "  %-18s %-10s  %s\n", option_rows[i].name, option_rows[i].value ? option_rows[i].value : "",
                option_rows[i].help);
    fprintf(out, "\nExit codes: 0 done, 1 an expectation failed, 2 wrong arguments, 3 the run failed, 130 interrupted.\n");
}
