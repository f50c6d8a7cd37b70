/* The arguments of an executable: what each gives, and what is refused with which words. */
#include "../../../runtime/src/options.h"
#include "relay.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 12 };

static ImageBuilder *image_with_programs(void) {
    RelayNetwork n = {.populations = 1, .sizes = {4}, .theta = 1};
    ImageBuilder *b = relay_build(&n); /* its program is called "experiment" */
    HilParameter parameter = {.name = builder_text(b, "rate"), .scale = 1, .node = -1};
    parameter.dimension.twice[2] = -2; /* 1/s */
    HilProgram study = {.name = builder_text(b, "study"), .kind = HIL_PROGRAM_STUDY, .network = -1};
    study.parameters = builder_rows(b, HIL_PARAMETERS, &parameter, 1);
    builder_rows(b, HIL_PROGRAMS, &study, 1);
    return b;
}

/* Arguments separated by '|'. */
static bool parse(ImageBuilder *b, const char *arguments, HilOptions *options, char *buffer, HilError *error) {
    char *argv[MOST] = {"model"};
    int argc = 1;
    strcpy(buffer, arguments);
    for (char *word = strtok(buffer, "|"); word; word = strtok(NULL, "|")) argv[argc++] = word;
    return hil_options_parse(options, argc, argv, builder_image(b), error);
}

START_TEST(nothing_given_runs_the_first_experiment) {
    ImageBuilder *b = image_with_programs();
    HilOptions o;
    HilError error;
    char buffer[300];
    ck_assert(parse(b, "", &o, buffer, &error));
    ck_assert_int_eq(o.action, HIL_ACTION_RUN);
    ck_assert_int_eq(o.program, 0);
    ck_assert(!o.host.seed_given);
    ck_assert_int_eq(o.host.settings.level, -1);
    hil_options_free(&o);
    builder_free(b);
}
END_TEST

START_TEST(each_option_is_understood) {
    ImageBuilder *b = image_with_programs();
    HilOptions o;
    HilError error;
    char buffer[300];
    bool good = parse(b, "study|--seed|18446744073709551615|--threads=3|--duration|2s|--step=0.05ms|--out|x.h5|--report=r.html",
                      &o, buffer, &error);
    ck_assert_msg(good, "%s", error.text);
    ck_assert_int_eq(o.program, 1);
    ck_assert(o.host.seed_given && o.host.settings.seed == UINT64_MAX);
    ck_assert_int_eq(o.host.settings.threads, 3);
    ck_assert_double_eq(o.host.duration, 2);
    ck_assert_double_eq(o.host.step, 0.05e-3);
    ck_assert_str_eq(o.host.out, "x.h5");
    ck_assert_str_eq(o.report, "r.html");
    hil_options_free(&o);
    ck_assert(parse(b, "--set|net.delay=1.5ms|--set=rate=20Hz|--set|P0.V=-70|--record|P0.V[0..2] every 2ms|--record|spikes of P0",
                    &o, buffer, &error));
    ck_assert_int_eq(o.host.override_count, 3);
    ck_assert_str_eq(o.host.overrides[0].name, "net.delay");
    ck_assert_double_eq(o.host.overrides[0].value, 1.5e-3);
    ck_assert_str_eq(o.host.overrides[1].name, "rate");
    ck_assert_double_eq(o.host.overrides[1].value, 20);
    ck_assert_double_eq(o.host.overrides[2].value, -70);
    ck_assert_int_eq(o.host.record_count, 2);
    ck_assert_str_eq(o.host.records[0].what, "P0.V[0..2]");
    ck_assert_double_eq(o.host.records[0].every, 2e-3);
    ck_assert_double_eq(o.host.records[1].every, 0);
    hil_options_free(&o);
    const struct {
        const char *argument;
        HilAction action;
    } actions[] = {{"--help", HIL_ACTION_HELP}, {"--version", HIL_ACTION_VERSION}, {"--info", HIL_ACTION_INFO},
                   {"--list-parameters", HIL_ACTION_PARAMETERS}};
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++) {
        ck_assert(parse(b, actions[i].argument, &o, buffer, &error));
        ck_assert_int_eq(o.action, actions[i].action);
        hil_options_free(&o);
    }
    ck_assert(parse(b, "--test|--quiet", &o, buffer, &error));
    ck_assert(o.test && o.quiet && o.program == -1);
    hil_options_free(&o);
    ck_assert(parse(b, "--all|--progress", &o, buffer, &error));
    ck_assert(!o.test && o.progress && o.program == -1);
    hil_options_free(&o);
    builder_free(b);
}
END_TEST

static const struct {
    const char *arguments, *says;
} refusals[] = {
    {"--sed|3", "there is no option --sed; did you mean --se"},
    {"--frobnicate", "there is no option --frobnicate; --help lists them"},
    {"--seed", "--seed needs a value: N"},
    {"--seed|-3", "--seed: \"-3\" is no whole number from 0 to 18446744073709551615"},
    {"--seed|3x", "is no whole number"},
    {"--seed|18446744073709551616", "is no whole number"},
    {"--threads|5000", "is no whole number from 0 to 1024"},
    {"--step|0.1", "--step: 0.1 is no time"},
    {"--step|fast", "\"fast\" is no quantity"},
    {"--step|0ms", "must be longer than zero"},
    {"--duration|-1s", "must be longer than zero"},
    {"--duration|5mV", "5mV is no time"},
    {"--set|net.delay", "say name=value"},
    {"--set|=3", "say name=value"},
    {"--set|net.delay=", "say name=value"},
    {"--set|net.delay=2x", "\"2x\" is no quantity"},
    {"--set|net.delay=2mV", "net.delay is in s, but the value is in V"},
    {"--set|net.delay=2", "net.delay is in s, but the value is in"},
    {"--set|net.deley=2ms", "there is no parameter \"net.deley\"; did you mean \"net.delay\"?"},
    {"--set|zzzzzzzz=2ms", "--list-parameters shows them"},
    {"--help=yes", "--help takes no value"},
    {"--out=", "the path is empty"},
    {"stdy", "there is no program \"stdy\"; did you mean \"study\"?"},
    {"study|experiment", "one program at a time"},
    {"study|--all", "leave out study"},
    {"--all|--out|x.h5", "--out takes the recordings of one program"},
    {"--quiet|--progress", "exclude each other"},
};

START_TEST(what_makes_no_sense_is_refused) {
    ImageBuilder *b = image_with_programs();
    HilOptions o;
    HilError error;
    char buffer[300];
    ck_assert(!parse(b, refusals[_i].arguments, &o, buffer, &error));
    ck_assert_msg(strstr(error.text, refusals[_i].says) != NULL, "%s: %s", refusals[_i].arguments, error.text);
    hil_options_free(&o);
    builder_free(b);
}
END_TEST

int main(void) {
    const SuiteRow rows[] = {
        TEST(nothing_given_runs_the_first_experiment),
        TEST(each_option_is_understood),
        LOOP(what_makes_no_sense_is_refused, ROWS(refusals)),
    };
    return SUITE_RUN("options", rows);
}
