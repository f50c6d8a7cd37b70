/* Looks at an image before anything walks it. In: bytes that claim to be one. Out: true when the magic, the version, all
 * row sizes, table bounds and indices fit; else a text that says what does not. After that no walk leaves the image. */
#include "engine.h"

#include <stdlib.h>

/* The first thing found wrong is kept. */
typedef struct Check {
    const HilImage *image;
    const char *wrong;
} Check;

static void expect(Check *c, bool holds, const char *what) {
    if (!holds && !c->wrong) c->wrong = what;
}
static int64_t rows(const Check *c, HilTableId table) {
    return c->image->tables[table].count;
}
static bool has(const Check *c, HilTableId table, int64_t row) {
    return row >= 0 && row < rows(c, table);
}
static bool maybe(const Check *c, HilTableId table, int64_t row) {
    return row == -1 || has(c, table, row);
}
static bool run(const Check *c, HilTableId table, HilRange range) {
    return range.count >= 0 && (range.count == 0 || (range.first >= 0 && (int64_t)range.first + range.count <=
                                                                              rows(c, table)));
}
static bool inside(int64_t index, HilRange range) {
    return index >= 0 && index < range.count;
}
static bool text(const Check *c, uint32_t offset) {
    return offset < c->image->tables[HIL_TEXT].count;
}

static void check_use(Check *c, int32_t index, int shape, const HilNetwork *network, int64_t slots) {
    if (!has(c, HIL_USES, index)) {
        expect(c, false, "use");
        return;
    }
    const HilUse *use = hil_row(c->image, HIL_USES, HilUse, index);
    expect(c, has(c, HIL_KERNELS, use->kernel) && run(c, HIL_PLANE_REFS, use->planes) &&
                  run(c, HIL_SLOTS, use->uniforms), "use");
    if (c->wrong) return;
    const HilKernelRow *kernel = hil_row(c->image, HIL_KERNELS, HilKernelRow, use->kernel);
    expect(c, text(c, kernel->name), "kernel's name");
    expect(c, kernel->planes == use->planes.count && kernel->uniforms == use->uniforms.count, "number of a use's planes");
    expect(c, shape < 0 || kernel->shape == shape, "shape of a kernel");
    for (int32_t i = 0; i < use->planes.count; i++) {
        const HilPlaneRef *ref = hil_row(c->image, HIL_PLANE_REFS, HilPlaneRef, use->planes.first + i);
        bool projection = ref->owner_kind == HIL_OWNER_PROJECTION;
        HilRange owners = projection ? network->projections : network->populations;
        bool good = (projection || ref->owner_kind == HIL_OWNER_POPULATION) && inside(ref->owner, owners);
        if (good) {
            HilRange planes = projection ? hil_row(c->image, HIL_PROJECTIONS, HilProjection,
                                                   owners.first + ref->owner)->planes
                                         : hil_row(c->image, HIL_POPULATIONS, HilPopulation,
                                                   owners.first + ref->owner)->planes;
            good = inside(ref->plane, planes);
        }
        expect(c, good, "plane of a use");
    }
    for (int32_t i = 0; i < use->uniforms.count; i++) {
        int32_t slot = *hil_row(c->image, HIL_SLOTS, int32_t, use->uniforms.first + i);
        expect(c, slot >= 0 && slot < slots, "uniform of a use");
    }
}

static void check_uses(Check *c, HilRange range, int shape, const HilNetwork *network) {
    expect(c, run(c, HIL_USES, range), "uses");
    for (int32_t i = 0; !c->wrong && i < range.count; i++)
        check_use(c, range.first + i, shape, network, network->scalars.count);
}

static void check_population(Check *c, const HilNetwork *network, const HilPopulation *p) {
    expect(c, text(c, p->name) && text(c, p->type) && has(c, HIL_NODES, p->size) && maybe(c, HIL_NODES, p->layout),
           "population");
    for (int32_t i = 0; !c->wrong && i < p->planes.count; i++) {
        const HilPlane *plane = hil_row(c->image, HIL_PLANES, HilPlane, p->planes.first + i);
        if (!(plane->flags & HIL_PLANE_DELAYED)) continue;
        expect(c, inside(plane->delayed_plane, p->planes) &&
                      (plane->delay_slot == -1 || inside(plane->delay_slot, network->scalars)), "delayed plane");
        if (!c->wrong)
            expect(c, hil_row(c->image, HIL_PLANES, HilPlane, p->planes.first + plane->delayed_plane)->storage ==
                          plane->storage, "delayed plane");
        if (plane->delayed_use >= 0) check_use(c, plane->delayed_use, HIL_SHAPE_LANES, network, network->scalars.count);
    }
    check_uses(c, p->init, HIL_SHAPE_LANES, network);
    check_uses(c, p->lane_prepare, HIL_SHAPE_LANES, network);
    check_uses(c, p->advance, HIL_SHAPE_LANES, network);
    check_uses(c, p->within, HIL_SHAPE_LIST, network);
    for (int32_t i = 0; !c->wrong && i < p->events.count; i++) {
        const HilEvent *event = hil_row(c->image, HIL_EVENTS, HilEvent, p->events.first + i);
        bool timed = event->flags & HIL_EVENT_TIMED;
        expect(c, text(c, event->name) && event->condition >= -1, "event");
        expect(c, !timed || (inside(event->after_event, p->events) &&
                             (event->delay_slot == -1 ? inside(event->delay_plane, p->planes)
                                                      : inside(event->delay_slot, network->scalars))),
               "timed event");
        if (event->handler >= 0) check_use(c, event->handler, HIL_SHAPE_LIST, network, network->scalars.count);
    }
}

static void check_projection(Check *c, const HilNetwork *network, const HilProjection *p) {
    expect(c, text(c, p->name) && inside(p->source, network->populations) && inside(p->target, network->populations),
           "projection");
    if (c->wrong) return;
    const HilPopulation *source = hil_row(c->image, HIL_POPULATIONS, HilPopulation,
                                          network->populations.first + p->source);
    expect(c, p->source_event == -1 || inside(p->source_event, source->events), "event of a projection");
    expect(c, maybe(c, HIL_NODES, p->source_view) && maybe(c, HIL_NODES, p->target_view), "view of a projection");
    expect(c, run(c, HIL_KIDS, p->arguments), "arguments of a rule");
    for (int32_t i = 0; !c->wrong && i < p->arguments.count; i++)
        expect(c, has(c, HIL_NODES, *hil_row(c->image, HIL_KIDS, int32_t, p->arguments.first + i)),
               "arguments of a rule");
    check_uses(c, p->connect, HIL_SHAPE_ROW, network);
    check_uses(c, p->lane_prepare, HIL_SHAPE_ROW, network);
    check_uses(c, p->edge, HIL_SHAPE_EDGE, network);
    if (p->deliver >= 0) check_use(c, p->deliver, HIL_SHAPE_ROW, network, network->scalars.count);
    if (p->rule_use >= 0) check_use(c, p->rule_use, HIL_SHAPE_FROM, network, network->scalars.count);
    for (int32_t i = 0; !c->wrong && i < p->planes.count; i++) {
        const HilPlane *plane = hil_row(c->image, HIL_PLANES, HilPlane, p->planes.first + i);
        if (!(plane->flags & HIL_PLANE_DELAYED)) continue;
        expect(c, inside(plane->delayed_plane, source->planes) && p->delay_kind == HIL_DELAY_PLANE && p->edge.count,
               "delayed plane");
        if (c->wrong) return;
        const HilPlane *kept = hil_row(c->image, HIL_PLANES, HilPlane, source->planes.first + plane->delayed_plane);
        expect(c, (kept->flags & HIL_PLANE_DELAYED) && kept->delay_slot == -1 && kept->storage == plane->storage,
               "delayed plane");
    }
    expect(c, p->delay_kind >= HIL_DELAY_NONE && p->delay_kind <= HIL_DELAY_PLANE, "delay of a projection");
    expect(c, p->delay_kind != HIL_DELAY_SLOT || inside(p->delay, network->scalars), "delay of a projection");
    expect(c, p->delay_kind != HIL_DELAY_PLANE || inside(p->delay, p->planes), "delay of a projection");
}

static void check_drive(Check *c, const HilNetwork *network, const HilDrive *d) {
    expect(c, text(c, d->name) && inside(d->population, network->populations) && maybe(c, HIL_NODES, d->view) &&
                  maybe(c, HIL_NODES, d->every), "drive");
    expect(c, d->kind != HIL_DRIVE_AT_TIMES || has(c, HIL_NODES, d->times), "times of a drive");
    check_use(c, d->use, d->view < 0 ? HIL_SHAPE_LANES : HIL_SHAPE_LIST, network, network->scalars.count);
}

static void check_selector(Check *c, const HilNetwork *network, const HilSelector *row) {
    expect(c, inside(row->population, network->populations), "selector");
    check_use(c, row->use, HIL_SHAPE_LANES, network, network->scalars.count);
    if (c->wrong) return;
    const HilUse *use = hil_row(c->image, HIL_USES, HilUse, row->use);
    expect(c, hil_row(c->image, HIL_KERNELS, HilKernelRow, use->kernel)->events == 1, "event of a selector");
    for (int32_t i = 0; !c->wrong && i < use->planes.count; i++) {
        const HilPlaneRef *ref = hil_row(c->image, HIL_PLANE_REFS, HilPlaneRef, use->planes.first + i);
        expect(c, ref->owner_kind == HIL_OWNER_POPULATION && ref->owner == row->population, "plane of a selector");
    }
}

static void check_prepare(Check *c, const HilNetwork *network, const HilPrepare *row) {
    switch (row->kind) {
    case HIL_PREPARE_EVALUATE:
        expect(c, inside(row->slot, network->scalars) && has(c, HIL_NODES, row->node), "prepare row");
        return;
    case HIL_PREPARE_STABILITY:
    case HIL_PREPARE_PROPAGATOR:
        expect(c, row->n >= 1 && row->n <= 64 &&
                      row->values.count == (row->kind == HIL_PREPARE_PROPAGATOR ? 3 : 1) * row->n * row->n &&
                      run(c, HIL_VALUE_REFS, row->values), "propagator");
        expect(c, row->kind == HIL_PREPARE_PROPAGATOR || (text(c, row->message) && row->substeps >= 1), "prepare row");
        for (int32_t i = 0; !c->wrong && i < row->values.count; i++) {
            const HilValueRef *ref = hil_row(c->image, HIL_VALUE_REFS, HilValueRef, row->values.first + i);
            bool plane = ref->kind == HIL_VALUE_PLANE;
            bool good = ref->kind == HIL_VALUE_ZERO || (ref->kind == HIL_VALUE_SLOT &&
                                                        inside(ref->index, network->scalars));
            if (plane && inside(row->population, network->populations))
                good = inside(ref->index, hil_row(c->image, HIL_POPULATIONS, HilPopulation,
                                                  network->populations.first + row->population)->planes);
            expect(c, good, "value of a propagator");
        }
        return;
    default:
        expect(c, false, "prepare row");
    }
}

static void check_network(Check *c, const HilNetwork *n) {
    expect(c, text(c, n->name) && run(c, HIL_SCALARS, n->scalars) && run(c, HIL_PREPARES, n->prepares) &&
                  run(c, HIL_POPULATIONS, n->populations) && run(c, HIL_PROJECTIONS, n->projections) &&
                  run(c, HIL_DRIVES, n->drives) && run(c, HIL_SELECTORS, n->selectors) &&
                  (n->step_slot == -1 || inside(n->step_slot, n->scalars)) && n->stages >= 0 &&
                  n->stages <= HIL_MOST_STAGES, "network");
    /* Planes and events of all owners first: uses look them up across owners. */
    for (int32_t i = 0; !c->wrong && i < n->populations.count; i++) {
        const HilPopulation *p = hil_row(c->image, HIL_POPULATIONS, HilPopulation, n->populations.first + i);
        expect(c, run(c, HIL_PLANES, p->planes) && run(c, HIL_EVENTS, p->events), "planes of a population");
    }
    for (int32_t i = 0; !c->wrong && i < n->projections.count; i++)
        expect(c, run(c, HIL_PLANES, hil_row(c->image, HIL_PROJECTIONS, HilProjection,
                                             n->projections.first + i)->planes), "planes of a projection");
    for (int32_t i = 0; !c->wrong && i < n->populations.count; i++)
        check_population(c, n, hil_row(c->image, HIL_POPULATIONS, HilPopulation, n->populations.first + i));
    for (int32_t i = 0; !c->wrong && i < n->projections.count; i++)
        check_projection(c, n, hil_row(c->image, HIL_PROJECTIONS, HilProjection, n->projections.first + i));
    for (int32_t i = 0; !c->wrong && i < n->drives.count; i++)
        check_drive(c, n, hil_row(c->image, HIL_DRIVES, HilDrive, n->drives.first + i));
    for (int32_t i = 0; !c->wrong && i < n->selectors.count; i++)
        check_selector(c, n, hil_row(c->image, HIL_SELECTORS, HilSelector, n->selectors.first + i));
    for (int32_t i = 0; !c->wrong && i < n->prepares.count; i++)
        check_prepare(c, n, hil_row(c->image, HIL_PREPARES, HilPrepare, n->prepares.first + i));
}

static void check_recorder(Check *c, const HilNetwork *n, const HilRecorder *r, int64_t slots) {
    expect(c, text(c, r->name) && text(c, r->unit) && maybe(c, HIL_NODES, r->view) && maybe(c, HIL_NODES, r->every) &&
                  maybe(c, HIL_NODES, r->from) && maybe(c, HIL_NODES, r->to), "recorder");
    if (c->wrong) return;
    if (r->projection >= 0) {
        expect(c, r->what != HIL_RECORD_SPIKES && inside(r->projection, n->projections), "recorder");
        if (!c->wrong)
            expect(c, inside(r->plane, hil_row(c->image, HIL_PROJECTIONS, HilProjection,
                                               n->projections.first + r->projection)->planes), "recorder's plane");
        if (!c->wrong && r->what == HIL_RECORD_USE) check_use(c, r->use, HIL_SHAPE_ROW, n, slots);
        return;
    }
    expect(c, inside(r->population, n->populations), "recorder");
    if (c->wrong) return;
    const HilPopulation *p = hil_row(c->image, HIL_POPULATIONS, HilPopulation, n->populations.first + r->population);
    if (r->what == HIL_RECORD_SPIKES) expect(c, inside(r->event, p->events), "recorder's event");
    else expect(c, inside(r->plane, p->planes), "recorder's plane");
    if (r->what == HIL_RECORD_USE) check_use(c, r->use, HIL_SHAPE_LANES, n, slots);
}

static void check_program(Check *c, const HilProgram *program) {
    expect(c, text(c, program->name) && run(c, HIL_SCALARS, program->scalars) &&
                  run(c, HIL_RECORDERS, program->recorders) && run(c, HIL_STIMULI, program->stimuli) &&
                  run(c, HIL_PARAMETERS, program->parameters), "program");
    if (c->wrong || program->network < 0) return;
    expect(c, has(c, HIL_NETWORKS, program->network), "network of a program");
    if (c->wrong) return;
    const HilNetwork *n = hil_row(c->image, HIL_NETWORKS, HilNetwork, program->network);
    int64_t slots = (int64_t)n->scalars.count + program->scalars.count;
    for (int32_t i = 0; !c->wrong && i < program->recorders.count; i++)
        check_recorder(c, n, hil_row(c->image, HIL_RECORDERS, HilRecorder, program->recorders.first + i), slots);
    for (int32_t i = 0; !c->wrong && i < program->stimuli.count; i++) {
        const HilStimulus *row = hil_row(c->image, HIL_STIMULI, HilStimulus, program->stimuli.first + i);
        expect(c, inside(row->population, n->populations) && maybe(c, HIL_NODES, row->view), "stimulus");
        if (!c->wrong) check_use(c, row->use, row->view < 0 ? HIL_SHAPE_LANES : HIL_SHAPE_LIST, n, slots);
    }
}

static void check_scalars(Check *c) {
    for (int64_t i = 0; !c->wrong && i < rows(c, HIL_SCALARS); i++) {
        const HilScalar *row = hil_row(c->image, HIL_SCALARS, HilScalar, i);
        expect(c, text(c, row->name) && text(c, row->unit) && maybe(c, HIL_NODES, row->node), "scalar");
    }
    for (int64_t i = 0; !c->wrong && i < rows(c, HIL_PLANES); i++) {
        const HilPlane *row = hil_row(c->image, HIL_PLANES, HilPlane, i);
        expect(c, text(c, row->name) && text(c, row->unit) && (row->storage == HIL_F64 || row->storage == HIL_F32),
               "plane");
    }
}

bool engine_check_image(const HilImage *image, HilError *error) {
    if (!image || image->magic != HIL_MAGIC) return hil_fail(error, "this is no compiled model");
    if (image->abi_version != HIL_ABI_VERSION)
        return hil_fail(error, "the model was compiled for version %u of the runtime, this is version %d: compile it anew",
                        image->abi_version, HIL_ABI_VERSION);
    for (int t = 0; t < HIL_TABLE_COUNT; t++) {
        const HilTable *table = &image->tables[t];
        bool good = table->offset % 16 == 0 && table->offset <= image->bytes &&
                    (uint64_t)table->count * table->row_bytes <= image->bytes - table->offset &&
                    (table->count == 0 || table->row_bytes == hil_row_bytes((HilTableId)t));
        if (!good) return hil_fail(error, "the compiled model is damaged: table %d", t);
    }
    const HilTable *texts = &image->tables[HIL_TEXT];
    Check c = {image, NULL};
    expect(&c, texts->count > 0 && ((const char *)image)[texts->offset + texts->count - 1] == 0, "texts");
    expect(&c, text(&c, image->source_path), "source path");
    for (int64_t i = 0; i < rows(&c, HIL_SOURCES); i++)
        expect(&c, text(&c, hil_row(image, HIL_SOURCES, HilSource, i)->path), "sources");
    check_scalars(&c);
    for (int64_t i = 0; !c.wrong && i < rows(&c, HIL_NETWORKS); i++)
        check_network(&c, hil_row(image, HIL_NETWORKS, HilNetwork, i));
    for (int64_t i = 0; !c.wrong && i < rows(&c, HIL_PROGRAMS); i++)
        check_program(&c, hil_row(image, HIL_PROGRAMS, HilProgram, i));
    if (c.wrong) return hil_fail(error, "the compiled model is damaged: %s", c.wrong);
    return true;
}
