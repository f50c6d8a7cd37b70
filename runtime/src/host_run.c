/* Programs at work: experiments, studies, and the statements in them. In: nodes, parameters, an engine that runs the
 * network. Out: measures as a record; expectations, reports and plots in the host.
 * An experiment's life: parameters bound -> SETs shape the network -> built at the first RUN -> body in order ->
 * results taken -> simulation freed. Kept true: a frame is popped however its program ends. */
#include "host_internal.h"

#include "simulation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const HilProgram *host_program(HilHost *host, int32_t program) {
    if (host->image && program >= 0 && (uint32_t)program < host->image->tables[HIL_PROGRAMS].count)
        return hil_row(host->image, HIL_PROGRAMS, HilProgram, program);
    host_fail(host, "there is no program number %d", program);
    return NULL;
}

/* ---- the simulation of a frame ------------------------------------------------------------------------------- */

/* Of a phase that is run without a `run` that says one; `run` without `step` has the same. */
#define DEFAULT_STEP 1e-4

static bool add_set(HilHost *host, HostSet **sets, int *count, int *capacity, int32_t slot, double value) {
    if (!host_grow(host, sets, *count, capacity, sizeof **sets))
        return false;
    (*sets)[(*count)++] = (HostSet){slot, value};
    return true;
}

bool host_open(HilHost *host) {
    HostFrame *frame = host->frame;
    const HilProgram *row;
    if (frame->simulation)
        return true;
    if (!host->engine || frame->program < 0 || !(row = host_program(host, frame->program)) || row->network < 0)
        return host_fail(host, "no network is being run here");
    HilSettings settings = host->options.settings;
    settings.seed = frame->seed;
    frame->simulation = host->engine->open(host, row->network, frame->program, &settings, host->error);
    if (!frame->simulation)
        return false;
    frame->stale = true;
    for (int k = 0; k < frame->override_count; k++) {
        if (!host->engine->set(frame->simulation, frame->overrides[k].slot, frame->overrides[k].value, host->error))
            return false;
    }
    for (int k = 0; k < frame->set_count; k++) {
        if (!host->engine->set(frame->simulation, frame->sets[k].slot, frame->sets[k].value, host->error))
            return false;
    }
    return true;
}

bool host_prepare(HilHost *host) {
    HostFrame *frame = host->frame;
    double step = host->options.step > 0 ? host->options.step : frame->step;
    if (!frame->stale || frame->preparing)
        return true;
    frame->preparing = true;
    HilError ignored;
    /* Without a step yet, what depends on it cannot be judged: parameters can be read all the same. */
    bool good = step > 0 ? host->engine->prepare(frame->simulation, step, host->error)
                         : (host->engine->prepare(frame->simulation, 1e-4, &ignored), true);
    frame->preparing = false;
    frame->stale = !good;
    return good;
}

/* Is it a parameter of the program that is run directly? Then it was bound there. */
static bool names_parameter(HilHost *host, const char *name) {
    const HostFrame *frame = host->frame;
    while (frame->caller && frame->caller->program >= 0)
        frame = frame->caller;
    const HilProgram *row = host_program(host, frame->program);
    for (int32_t k = 0; row && k < row->parameters.count; k++) {
        const HilParameter *parameter = hil_row(host->image, HIL_PARAMETERS, HilParameter, row->parameters.first + k);
        if (strcmp(host_text(host, parameter->name), name) == 0)
            return true;
    }
    return false;
}

static bool start_stimulation(HilHost *host, const HostStimulation *s) {
    HostFrame *frame = host->frame;
    bool good = true;
    for (int k = 0; good && k < s->set_count; k++)
        good = host->engine->set(frame->simulation, s->sets[k].slot, s->sets[k].value, host->error);
    return good && host->engine->stimulate(frame->simulation, s->stimulus, s->from, s->to, host->error);
}

static bool build(HilHost *host, double step) {
    HostFrame *frame = host->frame;
    if (frame->built)
        return true;
    if (!host_open(host))
        return false;
    for (int k = 0; k < host->options.override_count; k++) {
        const HilOverride *override = &host->options.overrides[k];
        if (!names_parameter(host, override->name) &&
            !host->engine->override(frame->simulation, override, host->error))
            return false;
    }
    for (int k = 0; frame->depth == 0 && k < host->options.record_count; k++) {
        if (!host->engine->record(frame->simulation, &host->options.records[k], host->error))
            return false;
    }
    frame->preparing = true; /* what it evaluates meanwhile reads scalars as they are */
    bool good = host->engine->build(frame->simulation, step, host->error);
    frame->built = good;
    frame->stale = false;
    for (int k = 0; good && k < frame->stimulation_count; k++) {
        HilValue *locals = frame->locals;
        frame->locals = frame->stimulations[k].locals;
        good = start_stimulation(host, &frame->stimulations[k]);
        frame->locals = locals;
    }
    frame->preparing = false;
    return good;
}

static bool run(HilHost *host, double duration, double step) {
    HostFrame *frame = host->frame;
    if (!(duration >= 0) || !isfinite(duration))
        return host_fail(host, "a run of %g s: a run takes a time that is finite and not negative", duration);
    frame->step = step;
    if (!build(host, step))
        return false;
    frame->preparing = true;
    int result = host->engine->run(frame->simulation, duration, step, host->error);
    frame->preparing = false;
    if (result == HIL_RUN_STOPPED) {
        host->stopped = host->fatal = true;
        return host_fail(host, "stopped at %g s", host->engine->time(frame->simulation));
    }
    return result == HIL_RUN_DONE;
}

/* ---- statements ---------------------------------------------------------------------------------------------- */

static bool step_of(HilHost *host, const HilNode *node, const int32_t *kids, int kid, double *step) {
    *step = host->frame->step;
    if (host_kid_given(node, kids, kid)) {
        if (!host_kid_number(host, node, kids, kid, step))
            return false;
        if (!(*step > 0) || !isfinite(*step))
            return host_fail(host, "a step of %g ms: a step is finite and longer than zero", *step * 1e3);
    }
    if (host->options.step > 0)
        *step = host->options.step;
    if (*step <= 0) *step = DEFAULT_STEP;
    return true;
}

static bool op_run(HilHost *host, const HilNode *node, const int32_t *kids) {
    double duration, step;
    if (!host_kid_number(host, node, kids, 0, &duration) || !step_of(host, node, kids, 1, &step))
        return false;
    return run(host, host->options.duration > 0 ? host->options.duration : duration, step);
}

static bool op_relax(HilHost *host, const HilNode *node, const int32_t *kids) {
    double interval, step, longest, past = 0, ignored;
    if (!step_of(host, node, kids, 2, &step) || !host_kid_number(host, node, kids, 3, &longest))
        return false;
    interval = step;
    if (host_kid_given(node, kids, 1) && !host_kid_number(host, node, kids, 1, &interval))
        return false;
    if (!build(host, step))
        return false;
    host->engine->change(host->frame->simulation, NULL, &ignored); /* what changes is reckoned from here */
    if (!(interval > 0) || !(longest / interval < 1e9))
        return host_fail(host, "a test every %g s for %g s", interval, longest);
    for (;;) {
        HilValue value;
        bool truth = false, known;
        if (!run(host, interval, step) || !host_kid(host, node, kids, 0, &value) ||
            !host_truth(host, value, &truth, &known))
            return false;
        hil_value_release(host->pool, value);
        past += interval;
        if (known && truth)
            return true;
        if (past >= longest * (1 - 1e-12))
            return host_fail(host, "it has not come to rest within %g s", longest);
    }
}

static bool op_change(HilHost *host, const HilNode *node, HilValue *value) {
    const char *text = host_text(host, node->text);
    HilUnit unit;
    double change;
    if (!host->frame->built)
        return host_fail(host, "the change of a network that has not run");
    if (*text && !hil_unit_parse(text, strlen(text), &unit, NULL))
        return host_fail(host, "`%s` is no unit", text);
    if (!host->engine->change(host->frame->simulation, *text ? &unit.dimension : NULL, &change))
        return host_fail(host, "out of memory");
    *value = hil_value_number(change);
    return true;
}

static bool set_now(HilHost *host, int32_t slot, double value) {
    HostFrame *frame = host->frame;
    int32_t count;
    if (frame->in_phase) {
        if (!host_open(host) || !host_prepare(host))
            return false;
        const double *scalars = host->engine->scalars(frame->simulation, &count);
        if (slot < 0 || slot >= count)
            return host_fail(host, "there is no parameter number %d here", slot);
        if (!add_set(host, &frame->restores, &frame->restore_count, &frame->restore_capacity, slot, scalars[slot]))
            return false;
    }
    if (!frame->built && !add_set(host, &frame->sets, &frame->set_count, &frame->set_capacity, slot, value))
        return false;
    frame->stale = true;
    return !frame->simulation || host->engine->set(frame->simulation, slot, value, host->error);
}

static bool op_set(HilHost *host, const HilNode *node, const int32_t *kids) {
    HilValue value;
    double number;
    if (!host_kid(host, node, kids, 0, &value))
        return false;
    if (value.kind == HIL_KIND_MISSING && (host_flags(node) & HIL_HOST_SKIP_MISSING))
        return true;
    if (!host_number_of(host, value, &number))
        return false;
    return set_now(host, node->index, number);
}

static bool op_seed(HilHost *host, const HilNode *node, const int32_t *kids) {
    HostFrame *frame = host->frame;
    double seed;
    if (!host_kid_number(host, node, kids, 0, &seed))
        return false;
    if (!(seed >= 0 && seed < 0x1p53) || seed != floor(seed))
        return host_fail(host, "%g is no seed: a whole number from 0 is", seed);
    if (frame->built)
        return host_fail(host, "a seed after the network was built");
    if (host->options.seed_given)
        return true;
    frame->seed = (uint64_t)seed;
    if (frame->simulation)
        host->engine->close(frame->simulation); /* made again with this seed where it is needed */
    frame->simulation = NULL;
    return true;
}

static bool op_phase(HilHost *host, const HilNode *node, const int32_t *kids) {
    HostFrame *frame = host->frame;
    bool outer = frame->in_phase;
    double outer_from = frame->phase_from, outer_to = frame->phase_to, duration = NAN;
    int outer_restores = frame->restore_count;
    int first_stimulus = frame->built ? host->engine->stimuli(frame->simulation) : frame->stimulation_count;
    HilValue nothing;
    if (host_kid_given(node, kids, 0) && !host_kid_number(host, node, kids, 0, &duration))
        return false;
    if (!isnan(duration) && !(duration >= 0 && isfinite(duration)))
        return host_fail(host, "a phase of %g s: a phase takes a time that is finite and not negative", duration);
    double now = frame->built ? host->engine->time(frame->simulation) : 0;
    frame->in_phase = true;
    frame->phase_from = now;
    frame->phase_to = now + duration;
    bool good = host_kid(host, node, kids, 1, &nothing);
    if (good && duration > 0) {
        double left = frame->phase_to - (frame->built ? host->engine->time(frame->simulation) : 0), step;
        good = step_of(host, node, kids, node->kids.count, &step);
        if (good && left > 0.5 * step)
            good = run(host, left, step);
    }
    if (frame->built)
        host->engine->end_stimuli(frame->simulation, first_stimulus);
    frame->in_phase = false; /* so that putting back is not itself put back */
    while (good && frame->restore_count > outer_restores) {
        HostSet back = frame->restores[--frame->restore_count];
        good = set_now(host, back.slot, back.value);
    }
    frame->in_phase = outer;
    frame->phase_from = outer_from;
    frame->phase_to = outer_to;
    return good;
}

static bool stimulation_sets(HilHost *host, const HilNode *node, const int32_t *kids, HostStimulation *s) {
    int capacity = 0;
    for (int k = 2; k < node->kids.count; k++) {
        const int32_t *inner;
        const HilNode *set = host_node(host, kids[k], &inner);
        double value;
        if (!set)
            return false;
        if (set->op != HIL_HOST_SET)
            return host_fail(host, "`stimulate` with `%s`", hil_host_op_name(set->op));
        if (!host_kid_number(host, set, inner, 0, &value) ||
            !add_set(host, &s->sets, &s->set_count, &capacity, set->index, value))
            return false;
    }
    return true;
}

static bool op_stimulate(HilHost *host, const HilNode *node, const int32_t *kids) {
    HostFrame *frame = host->frame;
    HostStimulation s = {.stimulus = node->index, .from = 0, .to = INFINITY};
    const HilProgram *row = host_program(host, frame->program);
    if (!row || node->index < 0 || node->index >= row->stimuli.count)
        return row ? host_fail(host, "there is no stimulus number %d", node->index) : false;
    if (frame->in_phase) {
        s.from = frame->phase_from;
        s.to = isnan(frame->phase_to) ? INFINITY : frame->phase_to;
    }
    if ((host_kid_given(node, kids, 0) && !host_kid_number(host, node, kids, 0, &s.from)) ||
        (host_kid_given(node, kids, 1) && !host_kid_number(host, node, kids, 1, &s.to)))
        return false;
    bool good = stimulation_sets(host, node, kids, &s);
    if (good && frame->built) {
        good = start_stimulation(host, &s);
        free(s.sets);
        return good;
    }
    if (good)
        good = host_grow(host, &frame->stimulations, frame->stimulation_count, &frame->stimulation_capacity,
                         sizeof s) &&
               ((s.locals = calloc((size_t)frame->local_count + 1, sizeof *s.locals)) != NULL ||
                host_fail(host, "out of memory"));
    if (!good) {
        free(s.sets);
        return false;
    }
    for (int32_t k = 0; k < frame->local_count; k++)
        s.locals[k] = hil_value_retain(frame->locals[k]);
    frame->stimulations[frame->stimulation_count++] = s;
    return true;
}

static bool op_measure(HilHost *host, const HilNode *node, const int32_t *kids) {
    HostFrame *frame = host->frame;
    const char *name = host_text(host, node->text);
    HilValue value;
    if (!host_kid(host, node, kids, 0, &value))
        return false;
    for (int k = 0; k < frame->measure_count; k++) {
        if (strcmp(frame->measures[k].name, name) == 0) {
            hil_value_release(host->pool, frame->measures[k].value);
            frame->measures[k].value = value;
            return true;
        }
    }
    if (!host_grow(host, &frame->measures, frame->measure_count, &frame->measure_capacity, sizeof *frame->measures))
        return false;
    frame->measures[frame->measure_count++] = (HostMeasure){name, value};
    return true;
}

/* ---- calls --------------------------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
    return hash ^ hash >> 29;
}

static uint64_t value_hash(HilValue value) {
    uint64_t hash = (uint64_t)value.kind, bits;
    size_t count = 0;
    double number = value.kind == HIL_KIND_NUMBER    ? value.as.number
                    : value.kind == HIL_KIND_BOOLEAN ? value.as.boolean
                                                     : 0;
    switch (value.kind) {
    case HIL_KIND_NUMBER: case HIL_KIND_BOOLEAN:
        number += 0.0; /* -0 equals 0 */
        memcpy(&bits, &number, sizeof bits);
        return mix(1, bits); /* true equals 1 */
    case HIL_KIND_TEXT:
        for (size_t k = 0; k < value.as.text->length; k++)
            hash = mix(hash, (unsigned char)value.as.text->bytes[k]);
        return hash;
    case HIL_KIND_LIST:
        count = value.as.list->count;
        for (size_t k = 0; k < count; k++)
            hash = mix(hash, value_hash(value.as.list->numbers ? hil_value_number(value.as.list->numbers[k])
                                                               : value.as.list->items[k]));
        return hash;
    case HIL_KIND_RECORD:
        for (size_t k = 0; k < value.as.record->count; k++)
            hash = mix(hash, value_hash(value.as.record->values[k]));
        return hash;
    default: return hash;
    }
}

/* Recordings are too large to keep. */
static bool is_small(HilValue value) {
    const HilValue *items = NULL;
    size_t count = 0;
    if (value.kind == HIL_KIND_SIGNAL || value.kind == HIL_KIND_SPIKES)
        return false;
    if (value.kind == HIL_KIND_LIST) {
        items = value.as.list->items;
        count = value.as.list->count;
    } else if (value.kind == HIL_KIND_RECORD) {
        items = value.as.record->values;
        count = value.as.record->count;
    }
    if (count > 4096)
        return false;
    for (size_t k = 0; items && k < count; k++) {
        if (!is_small(items[k]))
            return false;
    }
    return true;
}

static bool call_cached(HilHost *host, int32_t program, const HilValue *arguments, int count, const HostSet *overrides,
                        int override_count, HilValue *value) {
    enum { CACHE_LIMIT = 1024 };
    HilValue key, *parts = calloc((size_t)(count + 2 * override_count) + 2, sizeof *parts);
    int part_count = 0;
    if (!parts)
        return host_fail(host, "out of memory");
    for (int k = 0; k < count; k++)
        parts[part_count++] = hil_value_retain(arguments[k]);
    parts[part_count++] = hil_value_missing();
    for (int k = 0; k < override_count; k++) {
        parts[part_count++] = hil_value_number(overrides[k].slot);
        parts[part_count++] = hil_value_number(overrides[k].value);
    }
    bool good = hil_value_list(host->pool, parts, (size_t)part_count, &key, host->error);
    free(parts);
    if (!good)
        return false;
    uint64_t hash = value_hash(key);
    for (int k = 0; k < host->cache_count; k++) {
        const HostCached *known = &host->cache[k];
        if (known->program == program && known->hash == hash && hil_value_equal(known->arguments, key)) {
            hil_value_release(host->pool, key);
            *value = hil_value_retain(known->result);
            return true;
        }
    }
    if (!host_run_program(host, program, arguments, count, overrides, override_count, value))
        return false;
    if (host->cache_count >= CACHE_LIMIT || !is_small(*value) || !is_small(key)) {
        hil_value_release(host->pool, key);
        return true;
    }
    if (!host_grow(host, &host->cache, host->cache_count, &host->cache_capacity, sizeof *host->cache))
        return false;
    host->cache[host->cache_count++] = (HostCached){program, hash, key, hil_value_retain(*value)};
    return true;
}

static bool op_call(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    int count = 0, override_count = 0, capacity = 0;
    HilValue *arguments = calloc((size_t)node->kids.count + 1, sizeof *arguments);
    HostSet *overrides = NULL;
    bool good = arguments || host_fail(host, "out of memory");
    for (int k = 0; good && k < node->kids.count; k++) {
        const int32_t *inner = NULL;
        const HilNode *set = kids[k] == -1 ? NULL : host_node(host, kids[k], &inner);
        if (!set || set->op != HIL_HOST_SET) {
            good = (set || kids[k] == -1) && host_kid(host, node, kids, k, &arguments[count]);
            count += good;
            continue;
        }
        double number;
        good = host_kid_number(host, set, inner, 0, &number) &&
               add_set(host, &overrides, &override_count, &capacity, set->index, number);
    }
    good = good && call_cached(host, node->index, arguments, count, overrides, override_count, value);
    for (int k = 0; k < count; k++)
        hil_value_release(host->pool, arguments[k]);
    free(arguments);
    free(overrides);
    return good;
}

bool host_run_op(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    HostFrame *frame = host->frame;
    bool quiet = frame->depth > 0;
    int64_t synapses;
    switch (node->op) {
    case HIL_HOST_SPIKES_OF: case HIL_HOST_SIGNAL_OF: return host_recorded(host, node->index, value);
    case HIL_HOST_SAMPLE_OF: return host_sample(host, node->index, value);
    case HIL_HOST_SELECTED: return host_selected(host, node->index, value);
    case HIL_HOST_SYNAPSE_COUNT:
        if (!frame->built || (synapses = host->engine->synapse_count(frame->simulation, node->index)) < 0)
            return host_fail(host, "the synapses of a network that has not run, or of no projection");
        *value = hil_value_number((double)synapses);
        return true;
    case HIL_HOST_NOW:
        *value = hil_value_number(frame->built ? host->engine->time(frame->simulation) : 0);
        return true;
    case HIL_HOST_CHANGE: return op_change(host, node, value);
    case HIL_HOST_EXPECT: return quiet || host_expect(host, node, kids);
    case HIL_HOST_REPORT: return quiet || host_report(host, node, kids);
    case HIL_HOST_PLOT: return quiet || host_plot(host, node, kids);
    case HIL_HOST_MEASURE: return op_measure(host, node, kids);
    case HIL_HOST_SET: return op_set(host, node, kids);
    case HIL_HOST_SEED: return op_seed(host, node, kids);
    case HIL_HOST_RUN: return op_run(host, node, kids);
    case HIL_HOST_RELAX: return op_relax(host, node, kids);
    case HIL_HOST_PHASE: return op_phase(host, node, kids);
    case HIL_HOST_STIMULATE: return op_stimulate(host, node, kids);
    case HIL_HOST_CALL: return op_call(host, node, kids, value);
    default: return host_fail(host, "`%s` is no statement", hil_host_op_name(node->op));
    }
}

/* ---- programs ------------------------------------------------------------------------------------------------ */

static bool override_of(HilHost *host, const HilParameter *parameter, HilValue *value) {
    const char *name = host_text(host, parameter->name);
    for (int k = host->options.override_count - 1; k >= 0 && host->frame->depth == 0; k--) {
        const HilOverride *override = &host->options.overrides[k];
        if (strcmp(override->name, name) != 0)
            continue;
        if (parameter->fixed)
            return host_fail(host, "%s shapes the network, which is compiled for one value of it: change its default in the "
                             "model", name);
        if (!hil_dimension_equal(override->dimension, parameter->dimension)) {
            char wanted[64], given[64];
            hil_dimension_print(parameter->dimension, wanted, sizeof wanted);
            hil_dimension_print(override->dimension, given, sizeof given);
            return host_fail(host, "%s is in %s, and %s was given", name, wanted, given);
        }
        *value = hil_value_number(override->value);
        return true;
    }
    return true;
}

static bool bind_parameters(HilHost *host, const HilProgram *row, const HilValue *arguments, int count) {
    if (count > row->parameters.count)
        return host_fail(host, "%s takes %d argument%s, not %d", host_text(host, row->name), row->parameters.count,
                         row->parameters.count == 1 ? "" : "s", count);
    for (int32_t k = 0; k < row->parameters.count; k++) {
        const HilParameter *parameter = hil_row(host->image, HIL_PARAMETERS, HilParameter, row->parameters.first + k);
        HilValue value = k < count ? hil_value_retain(arguments[k]) : hil_value_missing();
        if (value.kind == HIL_KIND_MISSING && !override_of(host, parameter, &value))
            return false;
        if (value.kind == HIL_KIND_MISSING && parameter->node >= 0 && !host_evaluate(host, parameter->node, &value))
            return false;
        if (value.kind == HIL_KIND_MISSING && parameter->node < 0)
            return host_fail(host, "%s needs a value for %s: it has no default (a study may call it, or --set %s=…)",
                             host_text(host, row->name), host_text(host, parameter->name),
                             host_text(host, parameter->name));
        if (!host_assign(host, k, value))
            return false;
    }
    return true;
}

static bool take_measures(HilHost *host, HilValue *result) {
    HostFrame *frame = host->frame;
    size_t count = (size_t)frame->measure_count;
    const char **names = calloc(count + 1, sizeof *names);
    HilValue *values = calloc(count + 1, sizeof *values);
    bool good = (names && values) || host_fail(host, "out of memory");
    for (size_t k = 0; good && k < count; k++) {
        names[k] = frame->measures[k].name;
        values[k] = hil_value_retain(frame->measures[k].value);
    }
    good = good && hil_value_record(host->pool, names, values, count, result, host->error);
    free(names);
    free(values);
    return good;
}

bool host_run_program(HilHost *host, int32_t program, const HilValue *arguments, int count, const HostSet *overrides,
                      int override_count, HilValue *result) {
    const HilProgram *row = host_program(host, program);
    HostFrame frame;
    HilValue nothing = hil_value_missing();
    if (!row)
        return false;
    if (host->frame->program >= 0 && host->frame->depth + 1 >= HOST_CALL_LIMIT) {
        host->fatal = true;
        return host_fail(host, "experiments call experiments more than %d deep", HOST_CALL_LIMIT);
    }
    int32_t locals = row->locals > row->parameters.count ? row->locals : row->parameters.count;
    if (!host_push_frame(host, &frame, program, locals))
        return false;
    frame.overrides = overrides;
    frame.override_count = override_count;
    bool good = bind_parameters(host, row, arguments, count) && host_evaluate(host, row->body, &nothing);
    hil_value_release(host->pool, nothing);
    bool write = frame.depth == 0 && frame.built && host->options.out && (good || host->stopped);
    HilError unwritten;
    if (write && !host->engine->write(frame.simulation, host->options.out, !good, &unwritten) && good)
        good = host_fail(host, "%s", unwritten.text);
    if (good && result)
        good = take_measures(host, result);
    if (frame.simulation && host->options.finished && host->engine == &host_simulation_engine)
        host->options.finished(host->options.finished_context, host_text(host, row->name), frame.depth,
                               frame.simulation);
    if (frame.simulation)
        host->engine->close(frame.simulation);
    host_pop_frame(host, &frame);
    return good;
}

int32_t hil_host_find_program(const HilHost *host, const char *name) {
    for (uint32_t k = 0; host->image && k < host->image->tables[HIL_PROGRAMS].count; k++) {
        if (strcmp(host_text(host, hil_row(host->image, HIL_PROGRAMS, HilProgram, k)->name), name) == 0)
            return (int32_t)k;
    }
    return -1;
}

bool hil_host_run(HilHost *host, int32_t program, const HilValue *arguments, int count, HilValue *result,
                  HilError *error) {
    HilError own = {{0}};
    host->error = error ? error : &own;
    host->placed = host->fatal = host->stopped = false;
    host->depth = 0;
    host->spent = 0;
    bool good = host->experiment_op ? host_run_program(host, program, arguments, count, NULL, 0, result)
                                    : host_fail(host, "this host only evaluates; it has no network to run");
    host_print_rest(host);
    host->error = NULL;
    return good;
}

bool hil_host_stopped(const HilHost *host) {
    return host->stopped;
}
