/* What an executable does. In: its arguments and the image. Out: programs run, expectations printed, files written, an
 * exit code (see hillock/runtime.h).
 * Ctrl-C ends a run between two steps: what was recorded is kept and marked partial; a second Ctrl-C ends the process. */
#include "options.h"
#include "engine.h"
#include "hillock/progress.h"
#include "hillock/report.h"
#include "hillock/runtime.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_EXPECTATION = 1, EXIT_USAGE = 2, EXIT_RUN = 3, EXIT_INTERRUPTED = 130 };

/* ---- interruption ------------------------------------------------------------------------------------------------ */

/* Signals are taken by a thread of their own that waits for them: no handler, so no state outside of the launch. */
typedef struct Interruption {
    pthread_t thread;
    sigset_t signals, before;
    atomic_bool stop, over; /* over: what this process sends to the thread ends it */
    bool waiting;
} Interruption;

static void *await_interruption(void *argument) {
    Interruption *interruption = argument;
    siginfo_t info;
    for (;;) {
        if (sigwaitinfo(&interruption->signals, &info) < 0) continue; /* woken by what is no interruption */
        if (info.si_pid == getpid() && atomic_load(&interruption->over)) return NULL;
        if (atomic_exchange(&interruption->stop, true)) _exit(EXIT_INTERRUPTED);
    }
}

static void interruption_begin(Interruption *i) {
    atomic_init(&i->stop, false);
    atomic_init(&i->over, false);
    sigemptyset(&i->signals);
    sigaddset(&i->signals, SIGINT);
    sigaddset(&i->signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &i->signals, &i->before);
    i->waiting = pthread_create(&i->thread, NULL, await_interruption, i) == 0;
    if (!i->waiting) pthread_sigmask(SIG_SETMASK, &i->before, NULL);
}

static void interruption_end(Interruption *i) {
    if (!i->waiting) return;
    atomic_store(&i->over, true);
    pthread_kill(i->thread, SIGTERM); /* pthread_cancel would load a library */
    pthread_join(i->thread, NULL);
    pthread_sigmask(SIG_SETMASK, &i->before, NULL);
}

typedef struct Launch {
    HilOptions options;
    const HilImage *image;
    HilKernelFunction *const *functions;
    HilHost *host;
    HilProgress progress;
    double progress_end;
    HilReport *report; /* NULL: none wanted */
    int programs_reported;
    bool has_plots; /* the image has `plot` statements */
    Interruption interruption;
} Launch;

/* ---- while it runs ----------------------------------------------------------------------------------------------- */

static void show_progress(void *context, double time, double end) {
    Launch *launch = context;
    if (end != launch->progress_end) {
        hil_progress_clear(&launch->progress);
        hil_progress_begin(&launch->progress, stderr,
                           launch->options.progress ? HIL_PROGRESS_ALWAYS : HIL_PROGRESS_AUTO, time, end - time);
        launch->progress_end = end;
    }
    hil_progress_update(&launch->progress, time);
}

static void report_parameters(Launch *launch, const HilSimulation *s) {
    char text[128];
    for (int32_t slot = 0; slot < hil_simulation_scalar_count(s); slot++) {
        const HilScalar *row = hil_simulation_scalar_row(s, slot);
        if (row->role != HIL_SCALAR_PARAMETER) continue;
        HilUnit unit = {row->dimension, row->scale, row->offset};
        hil_quantity_print(hil_simulation_scalars(s)[slot], unit, hil_text(launch->image, row->unit), text, sizeof text);
        hil_report_parameter(launch->report, hil_text(launch->image, row->name), text, "");
    }
}

static void report_recording(Launch *launch, const char *program, HilSimulation *s) {
    const HilRecording *recording = hil_simulation_recording(s);
    char title[200];
    if (!recording) return;
    const HilSpikeTrain *const *trains = (const HilSpikeTrain *const *)recording->trains;
    double end = hil_simulation_time(s);
    if (recording->train_count && end > 0) {
        snprintf(title, sizeof title, "%s: spikes", program);
        hil_report_raster(launch->report, title, trains, recording->train_count, 0, end);
        snprintf(title, sizeof title, "%s: rates", program);
        hil_report_rates(launch->report, title, trains, recording->train_count, 0, end, 0);
    }
    for (size_t i = 0; i < recording->signal_count; i++) {
        const HilSignal *signal = recording->signals[i];
        snprintf(title, sizeof title, "%s: %s of %s", program, signal->variable, signal->population);
        hil_report_signal(launch->report, title, signal);
    }
}

/* One line a simulation on standard error, for benchmarks. */
static void print_timing(const char *program, const HilSimulation *s) {
    HilRunStatistics r = hil_simulation_statistics(s);
    fprintf(stderr, "timing %s: build %.6f s, run %.6f s, steps %llu, spikes %llu, events %llu, threads %d, memory %.0f\n",
            program, r.build_seconds, r.run_seconds, (unsigned long long)r.steps, (unsigned long long)r.spikes,
            (unsigned long long)r.synaptic_events, r.threads, hil_simulation_memory(s)->total);
}

static void program_finished(void *context, const char *program, int depth, HilSimulation *s) {
    Launch *launch = context;
    hil_progress_clear(&launch->progress);
    if (launch->options.timing) print_timing(program, s);
    if (!launch->report || depth > 0) return;
    if (launch->programs_reported++ == 0) {
        report_parameters(launch, s);
        HilRunStatistics statistics = hil_simulation_statistics(s);
        char text[64];
        snprintf(text, sizeof text, "%d", statistics.threads);
        hil_report_fact(launch->report, "threads", text);
    }
    /* what the author asked to see, or else everything that was recorded */
    if (!launch->has_plots) report_recording(launch, program, s);
}

/* ---- what can be asked ------------------------------------------------------------------------------------------- */

static const char *const program_kinds[] = {"experiment", "study", "sweep"};

static void print_info(const HilImage *image, FILE *out) {
    fprintf(out, "model          %s\nsource hash    %016llx\ncompiled by    Hillock %s\noptions        %s\nprecision      %u "
            "bits\n", hil_text(image, image->source_path), (unsigned long long)image->source_hash,
            hil_text(image, image->compiler_version), hil_text(image, image->options), image->precision_bits);
    for (uint32_t n = 0; n < image->tables[HIL_NETWORKS].count; n++) {
        const HilNetwork *network = hil_row(image, HIL_NETWORKS, HilNetwork, n);
        fprintf(out, "network        %s\n", hil_text(image, network->name));
        for (int32_t i = 0; i < network->populations.count; i++) {
            const HilPopulation *row = hil_row(image, HIL_POPULATIONS, HilPopulation, network->populations.first + i);
            fprintf(out, "  population   %s : %s\n", hil_text(image, row->name), hil_text(image, row->type));
        }
        for (int32_t i = 0; i < network->projections.count; i++) {
            const HilProjection *row = hil_row(image, HIL_PROJECTIONS, HilProjection, network->projections.first + i);
            const HilPopulation *first = hil_row(image, HIL_POPULATIONS, HilPopulation, network->populations.first);
            fprintf(out, "  connection   %s : %s -> %s\n", hil_text(image, row->name),
                    hil_text(image, first[row->source].name), hil_text(image, first[row->target].name));
        }
    }
    for (uint32_t i = 0; i < image->tables[HIL_PROGRAMS].count; i++) {
        const HilProgram *row = hil_row(image, HIL_PROGRAMS, HilProgram, i);
        const char *kind = row->kind >= 0 && row->kind <= HIL_PROGRAM_SWEEP ? program_kinds[row->kind] : "program";
        fprintf(out, "%-14s %s\n", kind, hil_text(image, row->name));
    }
}

static void print_value(const HilImage *image, const char *name, double value, HilDimension dimension, double scale,
                        double offset, uint32_t unit, FILE *out) {
    char text[128];
    hil_quantity_print(value, (HilUnit){dimension, scale, offset}, hil_text(image, unit), text, sizeof text);
    fprintf(out, "%s = %s\n", name, text);
}

static void print_planes(const HilImage *image, uint32_t owner, HilRange planes, FILE *out) {
    for (int32_t i = 0; i < planes.count; i++) {
        const HilPlane *row = hil_row(image, HIL_PLANES, HilPlane, planes.first + i);
        if (row->role != HIL_PLANE_PARAMETER && row->role != HIL_PLANE_WEIGHT && row->role != HIL_PLANE_DELAY) continue;
        fprintf(out, "%s.%s   [%s, one for each]\n", hil_text(image, owner), hil_text(image, row->name),
                hil_text(image, row->unit));
    }
}

/* Defaults are expressions over one another, so they are evaluated as for a run, with what --set says. */
static bool print_parameters(Launch *launch, FILE *out, HilError *error) {
    const HilImage *image = launch->image;
    const HilProgram *program = NULL;
    if (launch->options.program >= 0) program = hil_row(image, HIL_PROGRAMS, HilProgram, launch->options.program);
    for (int32_t i = 0; program && i < program->parameters.count; i++) {
        const HilParameter *row = hil_row(image, HIL_PARAMETERS, HilParameter, program->parameters.first + i);
        double value;
        HilError reason;
        if (row->node >= 0 && hil_host_number(launch->host, row->node, &value, &reason))
            print_value(image, hil_text(image, row->name), value, row->dimension, row->scale, row->offset, row->unit, out);
        else
            fprintf(out, "%s   [%s, of %s]\n", hil_text(image, row->name), hil_text(image, row->unit),
                    hil_text(image, program->name));
    }
    for (uint32_t n = 0; n < image->tables[HIL_NETWORKS].count; n++) {
        if (program && program->network >= 0 && program->network != (int32_t)n) continue;
        HilSimulation *s = hil_simulation_new(image, launch->functions, (int32_t)n, -1,
                                              &launch->options.host.settings, error);
        if (!s) return false;
        HilEvaluator evaluator = hil_host_evaluator(launch->host);
        hil_simulation_set_evaluator(s, &evaluator);
        hil_host_set_scalars(launch->host, hil_simulation_scalars(s), hil_simulation_scalar_count(s));
        for (int k = 0; k < launch->options.host.override_count; k++) {
            const HilOverride *o = &launch->options.host.overrides[k];
            HilError ignored; /* it may belong to another network or to a program */
            hil_simulation_set_by_name(s, o->name, o->value, &o->dimension, &ignored);
        }
        HilError unstable; /* what this step would refuse is no reason to hide a parameter */
        hil_simulation_prepare(s, launch->options.host.step > 0 ? launch->options.host.step : 1e-4, &unstable);
        for (int32_t slot = 0; slot < hil_simulation_scalar_count(s); slot++) {
            const HilScalar *row = hil_simulation_scalar_row(s, slot);
            if (row->role == HIL_SCALAR_PARAMETER)
                print_value(image, hil_text(image, row->name), hil_simulation_scalars(s)[slot], row->dimension, row->scale,
                            row->offset, row->unit, out);
        }
        const HilNetwork *network = hil_row(image, HIL_NETWORKS, HilNetwork, n);
        for (int32_t i = 0; i < network->populations.count; i++) {
            const HilPopulation *row = hil_row(image, HIL_POPULATIONS, HilPopulation, network->populations.first + i);
            print_planes(image, row->name, row->planes, out);
        }
        for (int32_t i = 0; i < network->projections.count; i++) {
            const HilProjection *row = hil_row(image, HIL_PROJECTIONS, HilProjection, network->projections.first + i);
            print_planes(image, row->name, row->planes, out);
        }
        hil_host_set_scalars(launch->host, NULL, 0);
        hil_simulation_free(s);
    }
    return true;
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static void begin_report(Launch *launch) {
    char text[64];
    const HilImage *image = launch->image;
    launch->report = hil_report_new(hil_text(image, image->source_path));
    hil_report_fact(launch->report, "model", hil_text(image, image->source_path));
    snprintf(text, sizeof text, "%016llx", (unsigned long long)image->source_hash);
    hil_report_fact(launch->report, "source hash", text);
    hil_report_fact(launch->report, "compiled by", hil_text(image, image->compiler_version));
    snprintf(text, sizeof text, "%llu", (unsigned long long)launch->options.host.settings.seed);
    hil_report_fact(launch->report, "seed", text);
}

/* Runs what was chosen. After an error in --test the other programs still run; elsewhere it is the end. */
static int run_programs(Launch *launch) {
    const HilOptions *options = &launch->options;
    int32_t first = options->program, last = first;
    bool failed = false;
    if (first < 0) first = 0, last = (int32_t)launch->image->tables[HIL_PROGRAMS].count - 1;
    for (int32_t i = first; i <= last; i++) {
        const HilProgram *row = hil_row(launch->image, HIL_PROGRAMS, HilProgram, i);
        HilError error = {{0}};
        bool needs_arguments = false;
        for (int32_t k = 0; k < row->parameters.count; k++)
            needs_arguments |= hil_row(launch->image, HIL_PARAMETERS, HilParameter, row->parameters.first + k)->node < 0;
        if (options->program < 0 && (needs_arguments || row->imported)) continue; /* it serves others, which call it */
        bool good = hil_host_run(launch->host, i, NULL, 0, NULL, &error);
        hil_progress_clear(&launch->progress);
        if (hil_host_stopped(launch->host)) return EXIT_INTERRUPTED;
        if (good) continue;
        fprintf(stderr, "error: %s: %s\n", hil_text(launch->image, row->name), error.text);
        failed = true;
        if (!options->test) break;
    }
    if (failed) return EXIT_RUN;
    return hil_host_failures(launch->host) ? EXIT_EXPECTATION : EXIT_DONE;
}

static void print_count(const Launch *launch) {
    int count, failed = hil_host_failures(launch->host);
    const HilExpectation *expectations = hil_host_expectations(launch->host, &count);
    int skipped = 0;
    for (int i = 0; i < count; i++) skipped += expectations[i].outcome == HIL_OUTCOME_SKIPPED;
    printf("%d expectation%s: %d hold%s, %d fail%s", count, count == 1 ? "" : "s", count - failed - skipped,
           count - failed - skipped == 1 ? "s" : "", failed, failed == 1 ? "s" : "");
    if (skipped) printf(", %d skipped", skipped);
    printf("\n");
}

static int run(Launch *launch) {
    HilError error;
    if (launch->options.report) begin_report(launch);
    int code = run_programs(launch);
    if (launch->options.test) print_count(launch);
    if (launch->report) {
        hil_host_fill_report(launch->host, launch->report);
        if (!hil_report_write(launch->report, launch->options.report, &error)) {
            fprintf(stderr, "error: %s\n", error.text);
            if (code == EXIT_DONE || code == EXIT_EXPECTATION) code = EXIT_RUN;
        }
    }
    if (code == EXIT_INTERRUPTED) fprintf(stderr, "interrupted\n");
    return code;
}

static int act(Launch *launch, const char *name) {
    HilError error = {{0}};
    switch (launch->options.action) {
    case HIL_ACTION_HELP: hil_options_print_help(name, stdout); return EXIT_DONE;
    case HIL_ACTION_VERSION: printf("Hillock %s\n", hil_text(launch->image, launch->image->compiler_version));
        return EXIT_DONE;
    case HIL_ACTION_INFO: print_info(launch->image, stdout); return EXIT_DONE;
    case HIL_ACTION_PARAMETERS:
        if (print_parameters(launch, stdout, &error)) return EXIT_DONE;
        fprintf(stderr, "error: %s\n", error.text);
        return EXIT_RUN;
    case HIL_ACTION_RUN: break;
    }
    if (launch->image->tables[HIL_PROGRAMS].count == 0) {
        fprintf(stderr, "error: the model has no experiment to run\n");
        return EXIT_USAGE;
    }
    return run(launch);
}

static int main_with(int argc, char **argv, const HilImage *image, HilKernelFunction *const *functions,
                     void (*call)(void *, int, const HilCall *), void *call_context) {
    Launch launch = {.image = image, .functions = functions};
    for (uint32_t i = 0; i < image->tables[HIL_NODES].count; i++)
        launch.has_plots |= hil_row(image, HIL_NODES, HilNode, i)->op == HIL_HOST_PLOT;
    const char *name = argc > 0 ? argv[0] : "model";
    HilError error = {{0}};
    if (!hil_options_parse(&launch.options, argc, argv, image, &error)) {
        fprintf(stderr, "error: %s\n", error.text);
        hil_options_free(&launch.options);
        return EXIT_USAGE;
    }
    HilHostOptions *host = &launch.options.host;
    host->settings.call = call;
    host->settings.call_context = call_context;
    if (!launch.options.quiet) {
        host->settings.progress = show_progress;
        host->settings.progress_context = &launch;
    }
    host->print = launch.options.quiet && !launch.options.test ? NULL : stdout;
    host->warn = launch.options.quiet ? NULL : stderr;
    host->finished = program_finished;
    host->finished_context = &launch;
    host->settings.stop = &launch.interruption.stop;
    int code = EXIT_RUN;
    interruption_begin(&launch.interruption);
    launch.host = hil_host_new_for_image(image, functions, host, &error);
    if (launch.host) code = act(&launch, name);
    else fprintf(stderr, "error: %s\n", error.text);
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "error: the output could not be written\n");
        if (code == EXIT_DONE) code = EXIT_RUN;
    }
    if (launch.host) hil_host_free(launch.host);
    interruption_end(&launch.interruption);
    hil_report_free(launch.report);
    hil_options_free(&launch.options);
    return code;
}

int hil_main(int argc, char **argv, const HilImage *image, HilKernelFunction *const *functions) {
    return main_with(argc, argv, image, functions, NULL, NULL);
}

int hil_main_through(int argc, char **argv, const HilImage *image, void (*call)(void *, int, const HilCall *),
                     void *call_context) {
    return main_with(argc, argv, image, NULL, call, call_context);
}
