/* Recorders: what a run takes down. In: recorder rows of the program and requests by name. Out: spike trains and signals
 * for measures, one for each recorder, and the recording meant for --out.
 * Kept true: samples stand at multiples of the recorder's interval from when it began; nothing of a run is lost when it
 * is stopped. Called by one thread at a time. */
#include "engine.h"
#include "names.h"
#include "threads.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint64_t *make_bits(const LaneList *view, int64_t size) {
    uint64_t *bits = calloc((size_t)size / 64 + 1, sizeof *bits);
    for (int64_t i = 0; bits && i < view->count; i++) bits[view->lanes[i] / 64] |= 1ull << view->lanes[i] % 64;
    return bits;
}

static bool has_bit(const uint64_t *bits, uint32_t lane) {
    return !bits || (bits[lane / 64] >> lane % 64 & 1);
}

/* ---- making ------------------------------------------------------------------------------------------------------ */

/* "E" for the population's spikes, "E.dcaap" for its other events. */
static void train_name(const HilSimulation *s, const Recorder *r, char *name, size_t size) {
    const Population *p = &s->populations[r->population];
    const HilEvent *row = p->events[r->event].row;
    if (row->flags & HIL_EVENT_SPIKE) snprintf(name, size, "%s", p->name);
    else snprintf(name, size, "%s.%s", p->name, engine_text(s, row->name));
}

static bool add_output_train(HilSimulation *s, const Recorder *r, const char *name, HilError *error) {
    int64_t size = s->populations[r->population].size;
    for (int32_t i = 0; i < s->output_train_count; i++) {
        OutputTrain *o = &s->output_trains[i];
        if (o->population != r->population || o->event != r->event) continue;
        if (o->from != r->from || o->to != r->to)
            return hil_fail(error, "the spikes of %s are recorded at different times: one `record` must name all cells", name);
        if (!r->bits) {
            free(o->bits);
            o->bits = NULL;
        }
        for (int64_t k = 0; o->bits && k <= size / 64; k++) o->bits[k] |= r->bits[k];
        return true;
    }
    OutputTrain *larger = realloc(s->output_trains, (size_t)(s->output_train_count + 1) * sizeof *larger);
    if (!larger) return hil_fail(error, "out of memory for what is recorded");
    s->output_trains = larger;
    OutputTrain *o = &larger[s->output_train_count];
    *o = (OutputTrain){.population = r->population, .event = r->event, .from = r->from, .to = r->to,
                       .train = hil_recording_train(s->output, name, (uint64_t)size)};
    s->output_train_count++;
    if (r->bits) o->bits = make_bits(&r->view, size);
    return (o->train && (o->bits || !r->bits)) || hil_fail(error, "out of memory for what is recorded");
}

static bool make_train(HilSimulation *s, Recorder *r, HilError *error) {
    char name[300];
    train_name(s, r, name, sizeof name);
    int64_t size = s->populations[r->population].size;
    if (!r->all) r->bits = make_bits(&r->view, size);
    r->train = hil_recording_train(r->own, name, (uint64_t)size);
    if (!r->train || (!r->all && !r->bits)) return hil_fail(error, "out of memory for what is recorded");
    return !r->is_explicit || add_output_train(s, r, name, error);
}

/* A column of a connection's signal. Connections of one pair of cells go by their delay: their place among the synapses
 * changes with the step, this order does not. */
typedef struct Column {
    uint32_t source, target, synapse;
    double delay;
} Column;

static int compare_columns(const void *a, const void *b) {
    const Column *x = a, *y = b;
    if (x->source != y->source) return x->source < y->source ? -1 : 1;
    if (x->target != y->target) return x->target < y->target ? -1 : 1;
    if (x->delay != y->delay) return x->delay < y->delay ? -1 : 1;
    return (x->synapse > y->synapse) - (x->synapse < y->synapse);
}

/* The projection's synapses of the cells looked at, by source, then target; NULL: out of memory. */
static Column *choose_columns(const HilSimulation *s, const Recorder *r, int64_t *count) {
    const Projection *p = &s->projections[r->projection];
    uint32_t *sources = malloc(((size_t)p->count + 1) * sizeof *sources);
    uint32_t *targets = malloc(((size_t)p->count + 1) * sizeof *targets);
    Column *columns = malloc(((size_t)p->count + 1) * sizeof *columns);
    bool own_delays = p->row->delay_kind == HIL_DELAY_PLANE;
    HilPlaneView delays = own_delays ? hil_simulation_synapse_plane(s, r->projection, p->row->delay) : (HilPlaneView){0};
    *count = 0;
    if (sources && targets && columns) hil_simulation_synapses(s, r->projection, sources, targets);
    for (int64_t j = 0; sources && targets && columns && j < p->count; j++) {
        if (!has_bit(r->bits, r->by_target ? targets[j] : sources[j])) continue;
        columns[(*count)++] = (Column){sources[j], targets[j], (uint32_t)j, own_delays ? hil_plane_value(delays, j) : 0};
    }
    if (!sources || !targets) {
        free(columns);
        columns = NULL;
    }
    free(sources);
    free(targets);
    if (columns) qsort(columns, (size_t)*count, sizeof *columns, compare_columns);
    return columns;
}

/* The synapses of the signal's columns and the rows that they lie in. */
static bool place_columns(const HilSimulation *s, Recorder *r, Column **columns) {
    int64_t count, rows = 0;
    *columns = choose_columns(s, r, &count);
    uint32_t *synapses = malloc(((size_t)count + 1) * sizeof *synapses);
    uint32_t *sources = malloc(((size_t)count + 1) * sizeof *sources);
    for (int64_t j = 0; *columns && synapses && sources && j < count; j++) {
        synapses[j] = (*columns)[j].synapse;
        if (rows == 0 || sources[rows - 1] != (*columns)[j].source) sources[rows++] = (*columns)[j].source;
    }
    free(r->view.lanes);
    free(r->sources.lanes);
    r->view = (LaneList){synapses, count};
    r->sources = (LaneList){sources, rows};
    r->all = false;
    return *columns && synapses && sources;
}

/* ids and elements are what the signal calls the connections: source and target. */
static bool view_synapses(HilSimulation *s, Recorder *r, uint32_t **ids, uint32_t **elements) {
    const Projection *p = &s->projections[r->projection];
    int64_t cells = s->populations[r->by_target ? p->row->target : p->row->source].size;
    r->bits = r->all ? NULL : make_bits(&r->view, cells);
    Column *columns = NULL;
    bool good = (r->all || r->bits) && place_columns(s, r, &columns);
    *ids = malloc(((size_t)r->view.count + 1) * sizeof **ids);
    *elements = malloc(((size_t)r->view.count + 1) * sizeof **elements);
    good = good && *ids && *elements;
    for (int64_t j = 0; good && j < r->view.count; j++) {
        (*ids)[j] = columns[j].source;
        (*elements)[j] = columns[j].target;
    }
    free(columns);
    return good;
}

static HilPlaneView recorded_plane(const HilSimulation *s, const Recorder *r) {
    return r->projection >= 0 ? hil_simulation_synapse_plane(s, r->projection, r->plane)
                              : hil_simulation_plane(s, r->population, r->plane);
}

static bool make_signal(HilSimulation *s, Recorder *r, const char *name, const char *unit, double scale,
                        double offset) {
    uint32_t *ids = NULL, *elements = NULL;
    bool good = true;
    const char *owner = r->projection >= 0 ? s->projections[r->projection].name : s->populations[r->population].name;
    if (r->projection >= 0) {
        good = view_synapses(s, r, &ids, &elements);
        r->instances = r->view.count;
    } else {
        r->instances = r->all ? s->populations[r->population].size : r->view.count;
        ids = malloc(((size_t)r->instances + 1) * sizeof *ids);
        good = ids != NULL;
        for (int64_t i = 0; good && i < r->instances; i++) ids[i] = r->all ? (uint32_t)i : r->view.lanes[i];
    }
    double every = (double)r->every * s->dt;
    if (good)
        r->signal = hil_recording_signal(r->is_explicit ? s->output : r->own, owner, name, unit, scale, offset,
                                         r->from > r->origin ? engine_time_of(s, r->next) : r->origin + every, every,
                                         ids, elements, (size_t)r->instances);
    if (r->signal && r->projection >= 0) {
        const HilProjection *row = s->projections[r->projection].row;
        good = hil_signal_connects(r->signal, s->populations[row->source].name, s->populations[row->target].name);
    }
    free(ids);
    free(elements);
    return good && r->signal;
}

static bool retime(HilSimulation *s, Recorder *r, const char *name, HilError *error) {
    r->every = 1;
    if (r->every_seconds > 0 && (!engine_steps(r->every_seconds, s->dt, &r->every) || r->every == 0 ||
                                 fabs((double)r->every * s->dt - r->every_seconds) > 1e-6 * r->every_seconds))
        return hil_fail(error, "record %s every %g ms: that is no whole number of steps of %g ms", name,
                        r->every_seconds * 1e3, s->dt * 1e3);
    return true;
}

static bool no_connections(const HilSimulation *s, const Recorder *r, const char *name, uint32_t line, HilError *error) {
    const Projection *p = &s->projections[r->projection];
    char place[300];
    engine_place(s, line, place, sizeof place);
    if (!p->count) return hil_fail(error, "record %s of %s%s: it has no connections", name, p->name, place);
    return hil_fail(error, "record %s of %s%s: no connection of it %s these cells of %s", name, p->name, place,
                    r->by_target ? "goes to" : "comes from",
                    s->populations[r->by_target ? p->row->target : p->row->source].name);
}

/* Fills in what follows from kind, owner and view. Takes the recorder as it stands in the table. */
static bool start_recorder(HilSimulation *s, Recorder *r, const char *name, const char *unit, double scale,
                           double offset, uint32_t line, HilError *error) {
    if (r->every_seconds < 0 || isnan(r->every_seconds))
        return hil_fail(error, "record %s every %g ms: the interval is longer than zero", name, r->every_seconds * 1e3);
    if (!retime(s, r, name, error)) return false;
    r->origin = engine_time_of(s, s->step);
    if (isnan(r->from) || isnan(r->to) || r->to < r->from)
        return hil_fail(error, "record %s from %g ms to %g ms", name, r->from * 1e3, r->to * 1e3);
    r->next = s->step + r->every;
    if (r->from > r->origin) r->next = engine_first_step_from(s, r->from);
    r->end = engine_first_step_from(s, r->to);
    r->own = hil_recording_new(NULL);
    bool good = r->own != NULL;
    if (good && r->what == HIL_RECORD_SPIKES) {
        if (!make_train(s, r, error)) return false;
        r->instances = r->all ? s->populations[r->population].size : r->view.count;
    } else if (good) {
        good = make_signal(s, r, name, unit, scale, offset);
        s->any_samples = true;
    }
    if (good && r->projection >= 0 && r->instances == 0) return no_connections(s, r, name, line, error);
    return good || hil_fail(error, "out of memory for what is recorded");
}

static Recorder *new_recorder(HilSimulation *s) {
    Recorder *larger = realloc(s->recorders, (size_t)(s->recorder_count + 1) * sizeof *larger);
    if (!larger) return NULL;
    s->recorders = larger;
    larger[s->recorder_count] = (Recorder){.population = -1, .projection = -1, .all = true, .to = INFINITY};
    return &larger[s->recorder_count++];
}

static bool make_from_row(HilSimulation *s, const HilRecorder *row, HilError *error) {
    Recorder *r = new_recorder(s);
    if (!r) return hil_fail(error, "out of memory");
    r->what = row->what;
    r->projection = row->projection;
    r->by_target = row->projection >= 0 && row->by_target;
    r->population = row->population;
    if (row->projection >= 0) {
        const HilProjection *projection = s->projections[row->projection].row;
        r->population = r->by_target ? projection->target : projection->source;
    }
    r->event = row->event;
    r->plane = row->plane;
    r->is_explicit = row->explicit_;
    const Population *p = &s->populations[r->population];
    if ((row->every >= 0 && !engine_number(s, row->every, &r->every_seconds, error)) ||
        (row->from >= 0 && !engine_number(s, row->from, &r->from, error)) ||
        (row->to >= 0 && !engine_number(s, row->to, &r->to, error)))
        return false;
    if (row->every >= 0 && r->every_seconds == 0)
        return hil_fail(error, "record %s every 0 ms: the interval is longer than zero", engine_text(s, row->name));
    if (!engine_view(s, row->view, p->size, p->name, row->line, &r->view, &r->all, error)) return false;
    if (row->what == HIL_RECORD_USE) {
        const HilUse *use = engine_use_row(s, row->use);
        for (int32_t i = 0; i < use->uniforms.count; i++) {
            int32_t slot = *hil_row(s->image, HIL_SLOTS, int32_t, use->uniforms.first + i);
            int32_t node = hil_simulation_scalar_row(s, slot)->node;
            if (slot < s->network_scalars || node < 0 || s->given[slot]) continue;
            if (!engine_number(s, node, &s->scalars[slot], error)) return false;
        }
        if (!engine_bind(s, row->use, &r->use, error)) return false;
    }
    return start_recorder(s, r, engine_text(s, row->name), engine_text(s, row->unit), row->scale, row->offset, row->line,
                          error);
}

/* ---- by name ----------------------------------------------------------------------------------------------------- */

/* What is asked for: "spikes of E", "V of E[0..4]", "E.V", "E.V[3]". */
typedef struct Request {
    char owner[256], variable[256]; /* variable "spikes": the spikes */
    long long first, last;          /* -1: all */
} Request;

static bool parse_request(const char *what, Request *request) {
    char text[256];
    *request = (Request){.first = -1, .last = -1};
    if (snprintf(text, sizeof text, "%s", what) >= (int)sizeof text) return false;
    char *open = strchr(text, '['), *of = strstr(text, " of ");
    if (open) {
        int used = 0;
        if (sscanf(open, "[%lld..%lld]%n", &request->first, &request->last, &used) != 2 || !used) {
            used = 0;
            if (sscanf(open, "[%lld]%n", &request->first, &used) != 1 || !used) return false;
            request->last = request->first;
        }
        memmove(open, open + used, strlen(open + used) + 1);
        if (request->first < 0 || request->last < request->first) return false;
    }
    const char *owner = text, *variable;
    if (of) {
        *of = 0;
        owner = of + 4;
        variable = text;
    } else {
        char *dot = strrchr(text, '.');
        if (!dot) return false;
        *dot = 0;
        variable = dot + 1;
    }
    while (isspace((unsigned char)*owner)) owner++;
    while (isspace((unsigned char)*variable)) variable++;
    snprintf(request->owner, sizeof request->owner, "%s", owner);
    snprintf(request->variable, sizeof request->variable, "%s", variable);
    return request->owner[0] && request->variable[0];
}

static int32_t spike_event(const HilSimulation *s, int32_t population) {
    const Population *p = &s->populations[population];
    for (int32_t i = 0; i < p->row->events.count; i++)
        if (hil_row(s->image, HIL_EVENTS, HilEvent, p->row->events.first + i)->flags & HIL_EVENT_SPIKE) return i;
    return -1;
}

/* Which recorder the request means, found before there is a network. */
static bool find_request(const HilSimulation *s, const char *what, Request *request, Recorder *found,
                         HilError *error) {
    char full[600];
    NearestName nearest = {0};
    if (!parse_request(what, request))
        return hil_fail(error, "cannot record \"%s\": say \"spikes of E\", \"E.V\" or \"E.V[0..4]\"", what);
    *found = (Recorder){.population = -1, .projection = -1, .to = INFINITY};
    if (!strcmp(request->variable, "spikes")) {
        found->what = HIL_RECORD_SPIKES;
        found->population = hil_simulation_find_population(s, request->owner);
        for (int32_t i = 0; found->population < 0 && i < s->network->populations.count; i++)
            engine_name_consider(&nearest, request->owner, s->populations[i].name);
        if (found->population >= 0) found->event = spike_event(s, found->population);
        if (found->population >= 0 && found->event < 0)
            return hil_fail(error, "cannot record \"%s\": %s has no spikes", what, request->owner);
        snprintf(full, sizeof full, "%s", request->owner);
    } else {
        snprintf(full, sizeof full, "%s.%s", request->owner, request->variable);
        PlaneAddress address = engine_find_plane(s, full, &nearest);
        found->what = HIL_RECORD_PLANE;
        found->plane = address.plane;
        if (address.plane >= 0) {
            found->projection = address.projection;
            found->population = address.projection >= 0 ? s->projections[address.projection].row->source
                                                        : address.population;
        }
    }
    if (found->population >= 0) return true;
    if (hil_simulation_find_scalar(s, full) >= 0)
        return hil_fail(error, "cannot record \"%s\": it is one number for all; --list-parameters shows it", what);
    if (nearest.text[0])
        return hil_fail(error, "cannot record \"%s\": there is no \"%s\"; did you mean \"%s\"?", what, full, nearest.text);
    return hil_fail(error, "cannot record \"%s\": there is no \"%s\"", what, full);
}

static bool make_from_request(HilSimulation *s, const char *what, double every, HilError *error) {
    Request request;
    Recorder found;
    if (!find_request(s, what, &request, &found, error)) return false;
    const Population *p = &s->populations[found.population];
    Recorder *r = new_recorder(s);
    if (!r) return hil_fail(error, "out of memory");
    *r = found;
    r->is_explicit = r->all = true;
    r->every_seconds = every;
    if (request.first >= 0) {
        if (request.last >= p->size)
            return hil_fail(error, "cannot record \"%s\": the cells of %s are 0 .. %lld", what, p->name,
                            (long long)p->size - 1);
        r->all = false;
        r->view.count = request.last - request.first + 1;
        r->view.lanes = malloc(((size_t)r->view.count + 1) * sizeof *r->view.lanes);
        if (!r->view.lanes) return hil_fail(error, "out of memory");
        for (int64_t i = 0; i < r->view.count; i++) r->view.lanes[i] = (uint32_t)(request.first + i);
    }
    if (r->what == HIL_RECORD_SPIKES) return start_recorder(s, r, "spikes", "", 1, 0, 0, error);
    const HilPlane *row = recorded_plane(s, r).row;
    return start_recorder(s, r, engine_text(s, row->name), engine_text(s, row->unit), row->scale, row->offset, 0, error);
}

bool hil_simulation_record(HilSimulation *s, const char *what, double every, HilError *error) {
    if (s->built) return make_from_request(s, what, every, error);
    Request request;
    Recorder found;
    if (!find_request(s, what, &request, &found, error)) return false;
    size_t count = (size_t)s->record_request_count;
    char **texts = realloc(s->record_requests, (count + 1) * sizeof *texts);
    if (texts) s->record_requests = texts;
    double *intervals = realloc(s->record_every, (count + 1) * sizeof *intervals);
    if (intervals) s->record_every = intervals;
    char *copy = strdup(what);
    if (!texts || !intervals || !copy) {
        free(copy);
        return hil_fail(error, "out of memory");
    }
    s->record_requests[count] = copy;
    s->record_every[count] = every;
    s->record_request_count++;
    return true;
}

bool engine_make_recorders(HilSimulation *s, HilError *error) {
    char hash[32];
    snprintf(hash, sizeof hash, "%016llx", (unsigned long long)s->image->source_hash);
    HilProvenance provenance = {
        .model = (char *)engine_text(s, s->network->name),
        .hillock_version = (char *)engine_text(s, s->image->compiler_version),
        .source = (char *)engine_text(s, s->image->source_path), .source_hash = hash,
        .options = (char *)engine_text(s, s->image->options), .seed = s->settings.seed};
    s->output = hil_recording_new(&provenance);
    if (!s->output) return hil_fail(error, "out of memory");
    for (int32_t i = 0; s->program && i < s->program->recorders.count; i++)
        if (!make_from_row(s, hil_row(s->image, HIL_RECORDERS, HilRecorder, s->program->recorders.first + i), error))
            return false;
    s->program_recorders = s->recorder_count;
    for (int32_t i = 0; i < s->record_request_count; i++)
        if (!make_from_request(s, s->record_requests[i], s->record_every[i], error)) return false;
    return true;
}

/* The next sample keeps its time; a signal has one interval, so that may not change. */
bool engine_retime_recorders(HilSimulation *s, HilError *error) {
    for (int32_t i = 0; i < s->recorder_count; i++) {
        Recorder *r = &s->recorders[i];
        r->end = engine_first_step_from(s, r->to);
        if (!r->signal) continue;
        double left = r->signal->start + (double)r->signal->samples * r->signal->every - s->origin_time;
        if (r->projection >= 0) { /* synapses lie in the order of their delays in steps */
            Column *columns = NULL;
            bool placed = place_columns(s, r, &columns);
            free(columns);
            if (!placed) return hil_fail(error, "out of memory for %s of the run", r->signal->variable);
        }
        if (r->every_seconds == 0 && r->signal->samples == 0) {
            bool later = r->from > r->origin && engine_first_step_from(s, r->from) > s->step;
            r->signal->every = s->dt;
            r->next = later ? engine_first_step_from(s, r->from) : s->step + 1;
            r->signal->start = later ? engine_time_of(s, r->next) : r->origin + s->dt;
            continue;
        }
        if (r->every_seconds == 0 && r->signal->samples > 0) r->every_seconds = r->signal->every;
        if (!retime(s, r, r->signal->variable, error)) return false;
        r->next = s->step + (uint64_t)llround(left / s->dt);
    }
    return true;
}

/* How many samples the coming steps bring. */
static uint64_t coming_samples(const HilSimulation *s, const Recorder *r, uint64_t steps) {
    uint64_t end = r->end < s->step + steps + 1 ? r->end : s->step + steps + 1; /* stamps step+1 .. step+steps */
    return r->signal && r->next < end ? (end - r->next - 1) / r->every + 1 : 0;
}

bool engine_reserve_recorders(HilSimulation *s, uint64_t steps, HilError *error) {
    double bytes = 0;
    for (int32_t i = 0; i < s->recorder_count; i++) {
        const Recorder *r = &s->recorders[i];
        bytes += (double)coming_samples(s, r, steps) * (double)r->instances * sizeof(double);
    }
    s->memory.recording = bytes;
    double available = bytes > 0 ? engine_memory_available(s) : 0;
    if (bytes > available)
        return hil_fail(error, "what this run records needs %.1f GB of memory, but %.1f GB are available: record fewer cells "
                        "or less often", bytes / 1e9, available / 1e9);
    for (int32_t i = 0; i < s->recorder_count; i++) {
        const Recorder *r = &s->recorders[i];
        if (r->signal && !hil_signal_reserve(r->signal, r->signal->samples + (size_t)coming_samples(s, r, steps) + 1))
            return hil_fail(error, "out of memory for %s of the run", r->signal->variable);
    }
    return true;
}

/* ---- taking down ------------------------------------------------------------------------------------------------- */

bool engine_samples_at(const HilSimulation *s, uint64_t stamp) {
    if (!s->any_samples) return false;
    for (int32_t i = 0; i < s->recorder_count; i++)
        if (s->recorders[i].signal && s->recorders[i].next == stamp && stamp < s->recorders[i].end) return true;
    return false;
}

static void read_values(const HilSimulation *s, const Recorder *r, uint64_t stamp, double *values) {
    HilPlaneView view = recorded_plane(s, r);
    if (r->what == HIL_RECORD_USE) {
        HilCall call = {.begin = 0, .end = view.count, .step = stamp, .time = engine_time_of(s, stamp)};
        if (r->projection >= 0) {
            const Projection *p = &s->projections[r->projection];
            call = (HilCall){.list = r->sources.lanes, .count = r->sources.count, .rows = p->rows, .targets = p->targets,
                             .target_bytes = p->target_bytes, .step = stamp, .time = call.time};
        }
        if (view.count) engine_call(s, &r->use, &call);
    }
    if (r->all && view.row->storage == HIL_F64 && view.count)
        memcpy(values, view.data, (size_t)view.count * sizeof *values);
    else
        for (int64_t i = 0; i < r->instances; i++) values[i] = hil_plane_value(view, r->all ? i : r->view.lanes[i]);
}

bool engine_sample(HilSimulation *s, uint64_t stamp, HilError *error) {
    for (int32_t i = 0; i < s->recorder_count; i++) {
        Recorder *r = &s->recorders[i];
        if (!r->signal || r->next != stamp || stamp >= r->end) continue;
        double *values = hil_signal_next_row(r->signal);
        if (!values) return hil_fail(error, "out of memory for %s of the run", r->signal->variable);
        read_values(s, r, stamp, values);
        r->next += r->every;
    }
    return true;
}

/* Which spikes of an event are wanted: of which cells, at which times. */
typedef struct Wanted {
    int32_t population, event;
    const uint64_t *bits; /* NULL: all */
    double from, to;
} Wanted;

/* One list of one thread; lanes outside the bits are passed over in runs. Spikes at steps are wanted or not together
 * (`inside`), exact ones lie before their stamp. */
static bool take_spikes(HilSpikeTrain *train, const Wanted *wanted, const SpikeList *list, double time, double dt,
                        bool inside) {
    const uint64_t *bits = wanted->bits;
    for (int64_t i = 0; i < list->count;) {
        int64_t begin = i;
        while (inside && i < list->count && has_bit(bits, list->lanes[i]) && list->fraction[i] == 1) i++;
        if (i > begin && !hil_spike_train_append(train, time, list->lanes + begin, (size_t)(i - begin))) return false;
        if (i == list->count || i > begin) continue;
        double exact = time - (1 - list->fraction[i]) * dt;
        bool now = list->fraction[i] == 1 ? inside : exact >= wanted->from && exact < wanted->to;
        if (now && has_bit(bits, list->lanes[i]) && !hil_spike_train_append(train, exact, &list->lanes[i], 1)) return false;
        i++;
    }
    return true;
}

static bool take_stamp(HilSimulation *s, HilSpikeTrain *train, const Wanted *wanted, uint64_t stamp) {
    const EventState *event = &s->populations[wanted->population].events[wanted->event];
    uint64_t from = wanted->from > 0 ? engine_first_step_from(s, wanted->from) : 0;
    uint64_t to = engine_first_step_from(s, wanted->to);
    double time = engine_time_of(s, stamp), before = engine_time_of(s, stamp - 1);
    for (int t = 0; event->queues && t < s->thread_count; t++)
        if (!take_spikes(train, wanted, spike_slot(s, event, event->timed, stamp - 1, t), before, s->dt,
                         stamp - 1 >= from && stamp - 1 < to))
            return false;
    for (int t = 0; t < s->thread_count; t++)
        if (!take_spikes(train, wanted, spike_slot(s, event, event->fired, stamp, t), time, s->dt,
                         stamp >= from && stamp < to))
            return false;
    return true;
}

bool engine_record_spikes(HilSimulation *s, uint64_t stamp, HilError *error) {
    bool good = true;
    for (int32_t i = 0; good && i < s->recorder_count; i++) {
        Recorder *r = &s->recorders[i];
        if (r->train)
            good = take_stamp(s, r->train, &(Wanted){r->population, r->event, r->bits, r->from, r->to}, stamp);
    }
    for (int32_t i = 0; good && i < s->output_train_count; i++) {
        OutputTrain *o = &s->output_trains[i];
        good = take_stamp(s, o->train, &(Wanted){o->population, o->event, o->bits, o->from, o->to}, stamp);
    }
    for (int32_t i = 0; i < s->network->populations.count; i++) {
        const Population *p = &s->populations[i];
        for (int32_t k = 0; k < p->row->events.count; k++) {
            if (!(p->events[k].row->flags & HIL_EVENT_SPIKE)) continue;
            for (int t = 0; t < s->thread_count; t++)
                s->statistics.spikes += (uint64_t)spike_slot(s, &p->events[k], p->events[k].fired, stamp, t)->count;
        }
    }
    return good || hil_fail(error, "out of memory for the spikes of the run");
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static Recorder *recorder_at(const HilSimulation *s, int32_t recorder) {
    return recorder >= 0 && recorder < s->program_recorders ? &s->recorders[recorder] : NULL;
}

const HilSpikeTrain *hil_simulation_spikes(const HilSimulation *s, int32_t recorder) {
    const Recorder *r = recorder_at(s, recorder);
    return r ? r->train : NULL;
}
const HilSignal *hil_simulation_signal(const HilSimulation *s, int32_t recorder) {
    const Recorder *r = recorder_at(s, recorder);
    return r ? r->signal : NULL;
}
int64_t hil_simulation_recorder_size(const HilSimulation *s, int32_t recorder) {
    const Recorder *r = recorder_at(s, recorder);
    return r ? r->instances : 0;
}
double hil_simulation_recorder_duration(const HilSimulation *s, int32_t recorder) {
    const Recorder *r = recorder_at(s, recorder);
    return r ? hil_simulation_time(s) - r->origin : 0;
}

bool hil_simulation_sample(HilSimulation *s, int32_t recorder, double *values, HilError *error) {
    const Recorder *r = recorder_at(s, recorder);
    if (!r || !r->signal) return hil_fail(error, "recorder %d takes no samples", recorder);
    read_values(s, r, s->step, values);
    return true;
}

HilRecording *hil_simulation_recording(HilSimulation *s) {
    return s->output;
}

void engine_free_recorders(HilSimulation *s) {
    for (int32_t i = 0; i < s->recorder_count; i++) {
        Recorder *r = &s->recorders[i];
        engine_free_use(&r->use);
        free(r->view.lanes);
        free(r->sources.lanes);
        free(r->bits);
        hil_recording_free(r->own);
    }
    for (int32_t i = 0; i < s->output_train_count; i++) free(s->output_trains[i].bits);
    free(s->recorders);
    free(s->output_trains);
    hil_recording_free(s->output);
}
