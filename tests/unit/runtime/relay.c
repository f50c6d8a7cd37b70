/* See relay.h. The kernels here are what a code generator would make of the model, written plainly. */
#include "relay.h"
#include "hillock/host.h"

#include <check.h>
#include <stdlib.h>

enum { DELAY_SPAN = 5 };

double relay_weight(uint32_t source, uint32_t target) {
    return 0.25 * (1 + (source + 2 * target) % 3);
}
unsigned relay_delay(uint32_t source, uint32_t target) {
    return (source * 3 + target * 5) % DELAY_SPAN;
}

static uint32_t target_of(const HilCall *c, uint64_t j) {
    return c->target_bytes == 2 ? ((const uint16_t *)c->targets)[j] : ((const uint32_t *)c->targets)[j];
}

/* ---- kernels ----------------------------------------------------------------------------------------------------- */

static void kernel_init(const HilCall *c) {
    double *v = c->planes[0];
    for (int64_t i = c->begin; i < c->end; i++) v[i] = 0;
}

static void kernel_advance(const HilCall *c) {
    double *v = c->planes[0], *input = c->planes[1];
    for (int64_t i = c->begin; i < c->end; i++) {
        v[i] += input[i];
        if (v[i] >= c->uniforms[0]) c->fired[0].lanes[c->fired[0].count++] = (uint32_t)i;
    }
}

static void kernel_grow(const HilCall *c) {
    double *v = c->planes[0];
    for (int64_t i = c->begin; i < c->end; i++) v[i] = i == 2 ? (v[i] + 1) * 1e300 : 0;
}

static void kernel_reset(const HilCall *c) {
    double *v = c->planes[0];
    for (int64_t k = 0; k < c->count; k++) v[c->list[k]] = 0;
}

static void kernel_late(const HilCall *c) {
    double *late = c->planes[0];
    for (int64_t k = 0; k < c->count; k++) late[c->list[k]] += 1;
}

static void kernel_deliver(const HilCall *c) {
    double *input = c->planes[0], *trail = c->planes[1];
    const double *w = c->planes[2];
    for (int64_t k = 0; k < c->count; k++) {
        uint32_t s = c->list[k];
        uint64_t end = c->rows_end ? c->rows_end[s] : c->rows[s + 1];
        for (uint64_t j = c->rows[s]; j < end; j++) {
            uint32_t t = target_of(c, j);
            input[t] += w[j];
            trail[t] = trail[t] * 10 + s % 9 + 1;
        }
    }
}

static void kernel_deliver_bare(const HilCall *c) {
    double *input = c->planes[0], *trail = c->planes[1];
    for (int64_t k = 0; k < c->count; k++) {
        uint32_t s = c->list[k];
        uint64_t end = c->rows_end ? c->rows_end[s] : c->rows[s + 1];
        for (uint64_t j = c->rows[s]; j < end; j++) {
            input[target_of(c, j)] += 1;
            trail[target_of(c, j)] = trail[target_of(c, j)] * 10 + s % 9 + 1;
        }
    }
}

static void fill_synapses(const HilCall *c, bool delays, double fixed) {
    double *w = c->planes[0], *delay = c->planes[1];
    for (int64_t k = 0; k < c->count; k++) {
        uint32_t s = c->list[k];
        for (uint64_t j = c->rows[s]; j < c->rows[s + 1]; j++) {
            w[j] = fixed != 0 ? fixed : relay_weight(s, target_of(c, j));
            delay[j] = delays ? relay_delay(s, target_of(c, j)) * RELAY_DT : 0;
        }
    }
}
static void kernel_connect(const HilCall *c) {
    fill_synapses(c, false, 0);
}
static void kernel_connect_delays(const HilCall *c) {
    fill_synapses(c, true, 0);
}
static void kernel_connect_later(const HilCall *c) {
    fill_synapses(c, true, 0);
    for (int64_t k = 0; k < c->count; k++)
        for (uint64_t j = c->rows[c->list[k]]; j < c->rows[c->list[k] + 1]; j++) ((double *)c->planes[1])[j] += 3 * RELAY_DT;
}
static void kernel_connect_one(const HilCall *c) {
    fill_synapses(c, true, 1);
}
static void kernel_connect_negative(const HilCall *c) {
    fill_synapses(c, true, 1);
    if (c->rows[1] < c->rows[2]) ((double *)c->planes[1])[c->rows[1]] = -1e-3;
}

static void kernel_edge(const HilCall *c) {
    double *input = c->planes[0];
    const double *v = c->planes[1];
    for (int64_t j = c->begin; j < c->end; j++) input[target_of(c, (uint64_t)j)] += v[c->sources[j]];
}

static void kernel_edge_weighted(const HilCall *c) {
    double *input = c->planes[0];
    const double *v = c->planes[1], *w = c->planes[2];
    for (int64_t j = c->begin; j < c->end; j++)
        input[target_of(c, (uint64_t)j)] += w[j] * v[c->sources[j]] / (3.0 + c->sources[j]);
}

static void kernel_thirds(const HilCall *c) {
    for (int64_t t = c->begin; t < c->end; t++)
        if ((c->list[0] + t) % 3 == 0) c->fired[0].lanes[c->fired[0].count++] = (uint32_t)t;
}

static void kernel_odd(const HilCall *c) {
    const double *v = c->planes[0];
    for (int64_t i = c->begin; i < c->end; i++)
        if (i % 2 == 1 && v[i] == 0) c->fired[0].lanes[c->fired[0].count++] = (uint32_t)i;
}

static void add_all(const HilCall *c) {
    double *input = c->planes[0];
    for (int64_t i = c->begin; i < c->end; i++) input[i] += c->uniforms[0];
}
static void add_list(const HilCall *c) {
    double *input = c->planes[0];
    for (int64_t k = 0; k < c->count; k++) input[c->list[k]] += c->uniforms[0];
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static HilRange relay_planes(ImageBuilder *b) {
    HilPlane planes[RELAY_PLANES] = {
        builder_plane(b, "V", HIL_PLANE_STATE, 0), builder_plane(b, "I", HIL_PLANE_INPUT, HIL_PLANE_CLEAR),
        builder_plane(b, "trail", HIL_PLANE_OUTPUT, 0), builder_plane(b, "late", HIL_PLANE_STATE, 0)};
    return builder_rows(b, HIL_PLANES, planes, RELAY_PLANES);
}

static HilRange relay_events(ImageBuilder *b, const RelayNetwork *n, int32_t population) {
    HilPlaneRef v = of_population(population, RELAY_V), late = of_population(population, RELAY_LATE);
    int32_t reset = builder_kernel(b, "reset", HIL_SHAPE_LIST, 1, 0, 0, kernel_reset);
    HilEvent events[2] = {builder_event(b, "spike", HIL_EVENT_SPIKE, 0, builder_one_use(b, reset, &v, 1, NULL, 0).first)};
    if (!n->timed) return builder_rows(b, HIL_EVENTS, events, 1);
    int32_t count = builder_kernel(b, "late", HIL_SHAPE_LIST, 1, 0, 0, kernel_late);
    events[1] = builder_event(b, "late", HIL_EVENT_TIMED, -1, builder_one_use(b, count, &late, 1, NULL, 0).first);
    events[1].after_event = 0;
    events[1].delay_slot = SLOT_AFTER;
    return builder_rows(b, HIL_EVENTS, events, 2);
}

static HilPopulation relay_population(ImageBuilder *b, const RelayNetwork *n, int32_t index) {
    static const char *const names[] = {"P0", "P1", "P2", "P3"};
    HilPlaneRef planes[2] = {of_population(index, RELAY_V), of_population(index, RELAY_I)};
    int32_t theta = SLOT_THETA;
    HilPopulation p = builder_population(b, names[index], n->sizes[index]);
    p.planes = relay_planes(b);
    p.init = builder_one_use(b, builder_kernel(b, "init", HIL_SHAPE_LANES, 1, 0, 0, kernel_init), planes, 1, NULL, 0);
    int32_t kernel = n->grows ? builder_kernel(b, "grow", HIL_SHAPE_LANES, 2, 1, 1, kernel_grow)
                              : builder_kernel(b, "advance", HIL_SHAPE_LANES, 2, 1, 1, kernel_advance);
    p.advance = builder_one_use(b, kernel, planes, 2, &theta, 1);
    p.events = relay_events(b, n, index);
    return p;
}

static HilKernelFunction *connect_function(const RelayProjection *spec) {
    if (spec->weight < 0) return kernel_connect_negative;
    if (spec->weight > 0) return kernel_connect_one;
    if (spec->later) return kernel_connect_later;
    return spec->delay_kind == HIL_DELAY_PLANE ? kernel_connect_delays : kernel_connect;
}

static HilProjection relay_projection(ImageBuilder *b, const RelayNetwork *n, int32_t index) {
    const RelayProjection *spec = &n->projection[index];
    HilProjection p = builder_projection(b, spec->name, spec->source, spec->target, spec->rule);
    int32_t nodes[2];
    for (int i = 0; i < spec->argument_count; i++) nodes[i] = builder_number(b, spec->arguments[i]);
    int count = spec->argument_count;
    if (spec->path) nodes[count++] = builder_text_node(b, spec->path);
    p.arguments = builder_kids(b, nodes, count);
    p.flags = spec->flags;
    if (spec->source_view) p.source_view = builder_list(b, spec->source_view, spec->source_count);
    if (spec->target_view) p.target_view = builder_list(b, spec->target_view, spec->target_count);
    HilNode odd = {.op = HIL_HOST_SELECTED, .index = 0};
    if (spec->from_odd) p.source_view = builder_rows(b, HIL_NODES, &odd, 1).first;
    if (spec->source == spec->target) p.flags |= HIL_SELF_IS_SAME_POPULATION;
    HilPlane planes[SYNAPSE_PLANES] = {builder_plane(b, "weight", HIL_PLANE_WEIGHT, 0),
                                       builder_plane(b, "delay", HIL_PLANE_DELAY, 0)};
    p.planes = builder_rows(b, HIL_PLANES, planes, SYNAPSE_PLANES);
    HilPlaneRef own[2] = {of_projection(index, SYNAPSE_W), of_projection(index, SYNAPSE_DELAY)};
    p.connect = builder_one_use(b, builder_kernel(b, "connect", HIL_SHAPE_ROW, 2, 0, 0, connect_function(spec)), own, 2,
                                NULL, 0);
    HilPlaneRef refs[3] = {of_population(spec->target, RELAY_I), of_population(spec->target, RELAY_TRAIL), own[0]};
    p.deliver = builder_one_use(b, builder_kernel(b, "deliver", HIL_SHAPE_ROW, 3, 0, 0, kernel_deliver), refs, 3, NULL, 0)
                    .first;
    p.flags |= HIL_DELIVER_BY_TARGET;
    if (spec->bare) {
        p.planes = p.connect = (HilRange){0, 0};
        p.deliver = builder_one_use(b, builder_kernel(b, "deliver_bare", HIL_SHAPE_ROW, 2, 0, 0, kernel_deliver_bare), refs,
                                    2, NULL, 0).first;
    }
    p.source_event = spec->source_event;
    p.delay_kind = spec->delay_kind;
    p.delay = spec->delay_kind == HIL_DELAY_SLOT ? SLOT_DELAY : SYNAPSE_DELAY;
    if (spec->by_kernel)
        p.rule_use = builder_one_use(b, builder_kernel(b, "thirds", HIL_SHAPE_FROM, 0, 0, 1, kernel_thirds), NULL, 0, NULL,
                                     0).first;
    HilPlaneRef ends[3] = {of_population(spec->target, RELAY_I), of_population(spec->source, RELAY_V), own[0]};
    if (n->use_edges && spec->by_target) {
        int32_t kernel = builder_kernel(b, "edge_weighted", HIL_SHAPE_EDGE, 3, 0, 0, kernel_edge_weighted);
        p.edge = builder_one_use(b, kernel, ends, 3, NULL, 0);
        p.flags |= HIL_EDGE_BY_TARGET;
        p.source_event = p.deliver = -1;
    } else if (n->use_edges) {
        p.edge = builder_one_use(b, builder_kernel(b, "edge", HIL_SHAPE_EDGE, 2, 0, 0, kernel_edge), ends, 2, NULL, 0);
        p.source_event = p.deliver = -1;
    }
    return p;
}

static HilRange relay_drives(ImageBuilder *b, const RelayNetwork *n) {
    if (!n->drive_time_count && n->drive_every == 0) return (HilRange){0};
    HilPlaneRef input = of_population(0, RELAY_I);
    int32_t amount = RELAY_SLOTS - 1 + 1; /* the slot behind the named ones */
    HilDrive drive = {.name = builder_text(b, "drive"), .kind = HIL_DRIVE_AT_TIMES, .view = -1, .times = -1, .every = -1};
    if (n->drive_cells) drive.view = builder_list(b, n->drive_cells, n->drive_cell_count);
    if (n->drive_every > 0) {
        drive.kind = HIL_DRIVE_EACH_STEP;
        drive.every = builder_number(b, n->drive_every);
    } else {
        drive.times = builder_list(b, n->drive_times, n->drive_time_count);
    }
    int32_t kernel = n->drive_cells ? builder_kernel(b, "add_list", HIL_SHAPE_LIST, 1, 1, 0, add_list)
                                    : builder_kernel(b, "add_all", HIL_SHAPE_LANES, 1, 1, 0, add_all);
    drive.use = builder_one_use(b, kernel, &input, 1, &amount, 1).first;
    return builder_rows(b, HIL_DRIVES, &drive, 1);
}

static void relay_program(ImageBuilder *b, const RelayNetwork *n) {
    HilProgram program = {.name = builder_text(b, "experiment"), .kind = HIL_PROGRAM_EXPERIMENT};
    HilRecorder rows[8];
    double lanes[64];
    for (int i = 0; i < 64; i++) lanes[i] = i;
    for (int i = 0; i < n->recorder_count; i++) {
        rows[i] = n->recorders[i];
        rows[i].view = n->record_views ? builder_list(b, lanes, n->record_views) : -1;
        rows[i].every = n->record_every > 0 ? builder_number(b, n->record_every) : -1;
        rows[i].from = n->record_from > 0 ? builder_number(b, n->record_from) : -1;
        rows[i].to = n->record_to > 0 ? builder_number(b, n->record_to) : -1;
    }
    program.recorders = builder_rows(b, HIL_RECORDERS, rows, n->recorder_count);
    HilScalar amount = builder_scalar(b, "amount", HIL_SCALAR_PARAMETER, builder_number(b, 0.5));
    if (n->stimulus) {
        HilPlaneRef input = of_population(0, RELAY_I);
        int32_t slot = RELAY_SLOTS + 1;
        int32_t kernel = builder_kernel(b, "stimulus", HIL_SHAPE_LANES, 1, 1, 0, add_all);
        HilStimulus row = {.population = 0, .plane = RELAY_I, .view = -1,
                           .use = builder_one_use(b, kernel, &input, 1, &slot, 1).first};
        program.scalars = builder_rows(b, HIL_SCALARS, &amount, 1);
        program.stimuli = builder_rows(b, HIL_STIMULI, &row, 1);
    }
    builder_rows(b, HIL_PROGRAMS, &program, 1);
}

ImageBuilder *relay_build(const RelayNetwork *n) {
    ImageBuilder *b = builder_new();
    HilNetwork network = {.name = builder_text(b, "Net"), .line = 1, .step_slot = SLOT_DT};
    HilScalar scalars[RELAY_SLOTS + 1] = {
        builder_scalar(b, "dt", HIL_SCALAR_STEP, -1),
        builder_scalar(b, "net.delay", HIL_SCALAR_PARAMETER, builder_number(b, n->delay)),
        builder_scalar(b, "net.theta", HIL_SCALAR_PARAMETER, builder_number(b, n->theta)),
        builder_scalar(b, "net.after", HIL_SCALAR_PARAMETER, builder_number(b, n->after)),
        builder_scalar(b, "net.amount", HIL_SCALAR_PARAMETER, builder_number(b, n->drive_amount))};
    scalars[SLOT_DELAY].dimension.twice[2] = 2; /* s */
    network.scalars = builder_rows(b, HIL_SCALARS, scalars, RELAY_SLOTS + 1);
    HilPopulation populations[4];
    HilProjection projections[8];
    for (int32_t i = 0; i < n->populations; i++) populations[i] = relay_population(b, n, i);
    network.populations = builder_rows(b, HIL_POPULATIONS, populations, n->populations);
    for (int32_t i = 0; i < n->projections; i++) projections[i] = relay_projection(b, n, i);
    network.projections = builder_rows(b, HIL_PROJECTIONS, projections, n->projections);
    network.drives = relay_drives(b, n);
    HilPlaneRef v = of_population(0, RELAY_V);
    HilSelector odd = {.population = 0, .use = builder_one_use(b, builder_kernel(b, "odd", HIL_SHAPE_LANES, 1, 0, 1,
                                                                                 kernel_odd), &v, 1, NULL, 0).first};
    network.selectors = builder_rows(b, HIL_SELECTORS, &odd, 1);
    /* forward Euler: 1 + l dt */
    HilValueRef rate = {HIL_VALUE_SLOT, SLOT_AFTER};
    HilPrepare stable = {.kind = HIL_PREPARE_STABILITY, .slot = -1, .node = -1, .n = 1, .population = -1, .substeps = 1,
                         .values = builder_rows(b, HIL_VALUE_REFS, &rate, 1), .growth = {1, 1},
                         .message = builder_text(b, "V' of P0 (line 7)")};
    network.prepares = builder_rows(b, HIL_PREPARES, &stable, n->judged ? 1 : 0);
    builder_rows(b, HIL_NETWORKS, &network, 1);
    relay_program(b, n);
    return b;
}

HilSimulation *relay_run(ImageBuilder *b, int threads, double duration) {
    HilSettings settings = hil_settings_default();
    settings.seed = 42;
    settings.threads = threads;
    HilSimulation *s = builder_simulation(b, &settings);
    HilError error = {{0}};
    ck_assert_msg(hil_simulation_build(s, RELAY_DT, &error), "%s", error.text);
    ck_assert_msg(hil_simulation_run(s, duration, RELAY_DT, &error) == HIL_RUN_DONE, "%s", error.text);
    return s;
}

HilRecorder relay_spikes_recorder(int32_t population, int32_t event) {
    return (HilRecorder){.what = HIL_RECORD_SPIKES, .population = population, .projection = -1, .event = event,
                         .plane = -1, .use = -1, .scale = 1, .explicit_ = 1};
}
HilRecorder relay_plane_recorder(int32_t population, int32_t plane) {
    return (HilRecorder){.what = HIL_RECORD_PLANE, .population = population, .projection = -1, .event = -1,
                         .plane = plane, .use = -1, .scale = 1, .explicit_ = 1};
}

double relay_value(const HilSimulation *s, int32_t population, int32_t plane, int64_t lane) {
    return hil_plane_value(hil_simulation_plane(s, population, plane), lane);
}
