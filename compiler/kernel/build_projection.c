/* Projections, drives and selectors: per-synapse planes, and the kernels connect, deliver, edge, pair and select.
 *
 * In: Projections, Drives and Selectors of a network whose populations have their planes. Out: rows of the image.
 * What it keeps true: an edge kernel's contributions are taken at t, before its synapses advance; an `after` in a
 * synapse's handler is a countdown plane of that synapse: 1 + the steps that are left. At 1 it is due in this step, and
 * acts before all else that the synapse does in it: in the deliver kernel if something arrives, else in the edge kernel. */
#include "kernel/lowering.h"

/* ---- planes ---- */

static int plane_role(const Variable *v) {
    if (v->side != SIDE_SELF) return -1;
    switch (v->role) {
    case VARIABLE_WEIGHT: return v->instance ? HIL_PLANE_WEIGHT : -1;
    case VARIABLE_DELAY: return v->instance ? HIL_PLANE_DELAY : -1;
    case VARIABLE_PARAMETER: return v->instance ? HIL_PLANE_PARAMETER : -1;
    case VARIABLE_STATE: return HIL_PLANE_STATE;
    case VARIABLE_COUNTDOWN:
    case VARIABLE_DELAYED: return HIL_PLANE_HIDDEN;
    default: return -1;
    }
}

/* The plane of the source whose past is kept for the synapses' variable. */
static int kept_past(NetworkLowering *n, const Projection *projection, const Variable *v) {
    const Population *source = projection->source;
    for (int i = 0; i < source->variables.count; i++) {
        const Variable *past = source->variables.at[i];
        if (past->role == VARIABLE_DELAYED && !past->delay && past->value->variable == v->value->variable->original)
            return plane_number(n, past);
    }
    return -1;
}

static void add_synapse_plane(NetworkLowering *n, int number, const Variable *v, int role) {
    ProjectionLowering *p = &n->projections.at[number];
    HilPlane plane = {.name = image_text(n->l->image, v->name),
                      .unit = image_text(n->l->image, v->unit_text ? v->unit_text : ""),
                      .dimension = v->type->dimension,
                      .storage = (uint8_t)n->l->precision,
                      .role = (uint8_t)role,
                      .flags = v->role == VARIABLE_COUNTDOWN ? HIL_PLANE_STEPS : 0,
                      .scale = v->unit.scale,
                      .offset = v->unit.offset,
                      .line = lowering_line(n, v->span),
                      .equation_line = lowering_line(n, v->span)};
    if (v->role == VARIABLE_DELAYED) {
        plane.flags |= HIL_PLANE_DELAYED;
        plane.delayed_plane = kept_past(n, p->projection, v);
        plane.delay_slot = plane.delayed_use = -1;
    }
    map_set(n->l->c->arena, &n->plane_of_variable, v, p->planes.count);
    vector_push(n->l->c->arena, &p->planes, plane);
}

/* ---- kernels ---- */

static Emitter *synapse_emitter(NetworkLowering *n, const char *what, int shape, int number) {
    const Projection *projection = n->projections.at[number].projection;
    Emitter *e = emitter_new(n, name_print(n->l->c->names, "%s_%d", what, number), shape, HIL_OWNER_PROJECTION, number);
    e->projection = projection;
    e->stream = stream_of(projection->name);
    return e;
}

static const Expression *zero_for(NetworkLowering *n, const Variable *v) {
    return expression_number(n->l->pool, 0, v->type->dimension, v->span);
}

/* A synapse's states and parameters may mention one another and both ends, which stay. */
static const Expression *initial_of(NetworkLowering *n, const Variable *v) {
    if (v->side != SIDE_SELF || plane_role(v) < 0) return NULL;
    return v->initial ? v->initial : zero_for(n, v);
}

static HilRange build_connect(NetworkLowering *n, int number, Variable *const *timers, int timer_count) {
    const Projection *projection = n->projections.at[number].projection;
    if (!n->projections.at[number].planes.count) return (HilRange){0, 0};
    Emitter *e = synapse_emitter(n, "connect", HIL_SHAPE_ROW, number);
    for (int i = 0; i < projection->variables.count; i++) {
        const Variable *v = projection->variables.at[i];
        if (plane_role(v) < 0 || v->role == VARIABLE_DELAYED) continue;
        const Expression *value = v->initial ? v->initial : zero_for(n, v);
        emit_store(e, v, clamped(n->l->pool, v, initial_in_full(n, value, initial_of)));
    }
    for (int i = 0; i < timer_count; i++) emit_store(e, timers[i], zero_for(n, timers[i]));
    return (HilRange){emitter_use(e), 1};
}

static const Expression *is_due(ExpressionPool *pool, const Expression *timer) {
    const Expression *kids[2] = {timer, expression_number(pool, 1, HIL_DIMENSIONLESS, NO_SPAN)};
    return expression_make(pool, EXPRESSION_EQ, type_simple(pool, TYPE_BOOLEAN), NO_SPAN, 2, kids);
}

static Write *write_of(NetworkLowering *n, Writes *writes, Variable *variable) {
    for (int i = 0; i < writes->count; i++)
        if (writes->at[i].variable == variable) return &writes->at[i];
    vector_push(n->l->c->arena, writes, (Write){variable, expression_variable(n->l->pool, variable, NO_SPAN)});
    return &vector_last(writes);
}

/* What the `after`s that are due do, one behind the other. */
static void follow_due(NetworkLowering *n, const Projection *projection, Variable *const *timers, Writes *writes) {
    ExpressionPool *pool = n->l->pool;
    for (int i = 0; i < projection->events.count; i++) {
        const Event *event = projection->events.at[i];
        Write *timer = write_of(n, writes, timers[i]);
        const Expression *due = is_due(pool, timer->value);
        timer->value = expression_select(pool, due, zero_for(n, timers[i]), timer->value);
        Writes done = {0};
        for (int k = 0; k < writes->count; k++) vector_push(n->l->c->arena, &done, writes->at[k]);
        ActionContext context = {.population = projection->target, .side = SIDE_POST, .projection = projection,
                                 .timers = timers};
        follow_actions(n, event->actions.at, event->actions.count, &context, &done);
        for (int k = 0; k < done.count; k++) {
            Write *write = write_of(n, writes, done.at[k].variable);
            write->value = expression_select(pool, due, done.at[k].value, write->value);
        }
    }
}

static int build_deliver(NetworkLowering *n, int number, Variable *const *timers, int32_t *flags) {
    const Projection *projection = n->projections.at[number].projection;
    if (!projection->on_pre.count) return -1;
    Writes writes = {0};
    ActionContext context = {.population = projection->target, .side = SIDE_POST, .projection = projection,
                                 .timers = timers};
    follow_due(n, projection, timers, &writes);
    follow_actions(n, projection->on_pre.at, projection->on_pre.count, &context, &writes);
    if (!writes.count) return -1;
    Emitter *e = synapse_emitter(n, "deliver", HIL_SHAPE_ROW, number);
    for (int i = 0; i < writes.count; i++) emit_value(e, writes.at[i].value);
    for (int i = 0; i < writes.count; i++) emit_store(e, writes.at[i].variable, writes.at[i].value);
    bool looks_at_source = false;
    for (int i = 0; i < e->planes.count; i++) looks_at_source |= e->kernel->planes.at[i].index == KERNEL_PRE;
    if (!looks_at_source) *flags |= HIL_DELIVER_BY_TARGET;
    return emitter_use(e);
}

/* ---- what happens to synapses at each step ---- */

/* Does the synapse look at the target's variable at each step, or add to it otherwise? */
static bool used_at_each_step(const ProjectionLowering *p, const Writes *due, const Variable *variable) {
    for (int i = 0; i < p->projection->contributions.count; i++) {
        const Contribution *contribution = &p->projection->contributions.at[i];
        const Variable *into = contribution->into->original ? contribution->into->original : contribution->into;
        if (into == variable->original || expression_mentions(contribution->value, variable)) return true;
    }
    for (int i = 0; i < p->projection->equations.count; i++)
        if (expression_mentions(p->projection->equations.at[i].rate, variable)) return true;
    for (int i = 0; i < due->count; i++)
        if (due->at[i].variable != variable && expression_mentions(due->at[i].value, variable)) return true;
    return false;
}

/* A write to the target as something that is added to it: many synapses may do so in one step. NULL after an error. */
static const Expression *added(NetworkLowering *n, const ProjectionLowering *p, const Writes *due, const Write *write) {
    ExpressionPool *pool = n->l->pool;
    double one;
    const Expression *slope = expression_differentiate(pool, write->value, write->variable);
    if (slope && expression_is_number(slope, &one) && one == 1 && !used_at_each_step(p, due, write->variable)) {
        Substitution zero = {write->variable, zero_for(n, write->variable)};
        return expression_substitute(pool, write->value, &zero, 1);
    }
    Diagnostic *d = compile_error(n->l->c, CONDITIONAL_AFTER, p->projection->events.at[0]->span,
                                  "`after` in a synapse can only add to %s of its target: other synapses may change it in "
                                  "the same step", write->variable->name);
    compile_help(n->l->c, d, "post.%s += … with nothing of it elsewhere in the synapse; or let `after` change a state of "
                 "the synapse, which its current reads", write->variable->name);
    return NULL;
}

/* Iterations in terms of the values that are left when what was due has acted. */
static Iteration iteration_with(NetworkLowering *n, const Iteration *iteration, const Substitution *now, int count) {
    ExpressionPool *pool = n->l->pool;
    Iteration result = {.most = iteration->most};
    for (int i = 0; i < iteration->carried.count; i++) {
        Carried c = iteration->carried.at[i];
        c.initial = expression_substitute(pool, c.initial, now, count);
        c.next = expression_substitute(pool, c.next, now, count);
        vector_push(n->l->c->arena, &result.carried, c);
    }
    result.proceed = expression_substitute(pool, iteration->proceed, now, count);
    result.converged = expression_substitute(pool, iteration->converged, now, count);
    return result;
}

/* Does the kernel leave alone, and not look at, what edges add to at the source's side? */
static bool spares_source_inputs(const Emitter *e) {
    for (int i = 0; i < e->planes.count; i++) {
        const HilPlaneRef *ref = &e->planes.at[i];
        if (e->kernel->planes.at[i].index == KERNEL_PRE &&
            e->n->populations.at[ref->owner].planes.at[ref->plane].role == HIL_PLANE_INPUT)
            return false;
    }
    return true;
}

/* Adds the contributions, in terms of the synapses' values `now`. */
static void emit_contributions(Emitter *e, const Projection *projection, const Substitution *now, int count) {
    ExpressionPool *pool = e->n->l->pool;
    for (int i = 0; i < projection->contributions.count; i++) {
        /* one accumulation a plane: the terms of each are added first */
        const Contribution *contribution = &projection->contributions.at[i];
        const Expression *sum = contribution->value;
        bool earlier = false;
        for (int j = 0; j < projection->contributions.count; j++) {
            if (j == i || projection->contributions.at[j].into != contribution->into) continue;
            earlier = earlier || j < i;
            sum = expression_add(pool, sum, projection->contributions.at[j].value);
        }
        if (earlier) continue;
        const Variable *into =
            contribution->into->original ? contribution->into : reference_to(e->n, contribution->into, SIDE_POST);
        emit_accumulate(e, into, expression_substitute(pool, sum, now, count));
    }
}

/* A stage of the step that is not its last. Several uses in a row: a run of them. */
static int build_edge_stage(NetworkLowering *n, int number, int stage) {
    const ProjectionLowering *p = &n->projections.at[number];
    const Projection *projection = p->projection;
    Emitter *e = synapse_emitter(n, arena_print(n->l->c->arena, "edge_stage%d", stage), HIL_SHAPE_EDGE, number);
    const PlanStage *plan = &p->plan->stages.at[stage];
    for (int i = 0; i < projection->contributions.count; i++) emit_value(e, projection->contributions.at[i].value);
    for (int i = 0; i < plan->stores.count; i++) emit_value(e, plan->stores.at[i].next);
    emit_contributions(e, projection, NULL, 0);
    for (int i = 0; i < plan->stores.count; i++) emit_store(e, plan->stores.at[i].state, plan->stores.at[i].next);
    return emitter_use(e);
}

static HilRange build_edge(NetworkLowering *n, int number, Variable *const *timers, int32_t *flags) {
    ProjectionLowering *p = &n->projections.at[number];
    const Projection *projection = p->projection;
    ExpressionPool *pool = n->l->pool;
    if (!projection->equations.count && !projection->contributions.count && !projection->events.count)
        return (HilRange){0, 0};
    int stages = p->plan->stages.count, first = 0;
    for (int i = 0; i < stages; i++) {
        int use = build_edge_stage(n, number, i);
        if (i == 0) first = use;
    }
    Emitter *e = synapse_emitter(n, "edge", HIL_SHAPE_EDGE, number);
    Arena *arena = n->l->c->arena;
    Writes due = {0}, finals = {0};
    follow_due(n, projection, timers, &due);
    Substitution *now = arena_array_of(arena, Substitution, due.count + 1);
    int own = 0;
    for (int i = 0; i < due.count; i++)
        if (due.at[i].variable->side == SIDE_SELF) now[own++] = (Substitution){due.at[i].variable, due.at[i].value};
    for (int i = 0; i < projection->contributions.count; i++)
        emit_value(e, expression_substitute(pool, projection->contributions.at[i].value, now, own));
    for (int i = 0; i < p->plan->iterations.count; i++) {
        Iteration iteration = iteration_with(n, &p->plan->iterations.at[i], now, own);
        emit_iteration(e, &iteration);
    }
    for (int i = 0; i < p->plan->updates.count; i++) {
        Variable *state = p->plan->updates.at[i].state;
        const Expression *next = expression_substitute(pool, p->plan->updates.at[i].next, now, own);
        vector_push(arena, &finals, (Write){state, clamped(pool, state, next)});
    }
    for (int i = 0; i < due.count; i++) {
        Write write = due.at[i];
        if (write.variable->side != SIDE_SELF) continue;
        bool advanced = false, timer = false;
        for (int k = 0; k < finals.count; k++) advanced = advanced || finals.at[k].variable == write.variable;
        for (int k = 0; k < projection->events.count; k++) timer = timer || timers[k] == write.variable;
        if (timer) {
            const Expression *one = expression_number(pool, 1, HIL_DIMENSIONLESS, NO_SPAN);
            const Expression *kids[2] = {expression_subtract(pool, write.value, one), zero_for(n, write.variable)};
            write.value = expression_make(pool, EXPRESSION_MAX, kids[0]->type, NO_SPAN, 2, kids);
        }
        if (!advanced) vector_push(arena, &finals, write);
    }
    for (int i = 0; i < finals.count; i++) emit_value(e, finals.at[i].value);
    emit_contributions(e, projection, now, own);
    for (int i = 0; i < due.count; i++) {
        if (due.at[i].variable->side == SIDE_SELF) continue;
        const Expression *more = added(n, p, &due, &due.at[i]);
        if (more) emit_accumulate(e, due.at[i].variable, more);
    }
    for (int i = 0; i < finals.count; i++) emit_store(e, finals.at[i].variable, finals.at[i].value);
    if (!finals.count && spares_source_inputs(e)) *flags |= HIL_EDGE_BY_TARGET;
    int last = emitter_use(e);
    return (HilRange){stages ? first : last, stages + 1};
}

/* A pair is connected with a probability of its own: drawn by (source, target). */
static int build_pair_rule(NetworkLowering *n, int number) {
    const Projection *projection = n->projections.at[number].projection;
    ExpressionPool *pool = n->l->pool;
    if (!projection->pair_probability) return -1;
    Emitter *e = synapse_emitter(n, "pair", HIL_SHAPE_FROM, number);
    const Expression *range[2] = {expression_number(pool, 0, HIL_DIMENSIONLESS, NO_SPAN),
                                  expression_number(pool, 1, HIL_DIMENSIONLESS, NO_SPAN)};
    const Expression *kids[2] = {
        expression_draw(pool, EXPRESSION_DRAW_UNIFORM, 0x7fff, range[0]->type, NO_SPAN, 2, range),
        projection->pair_probability};
    emit_fire(e, name_of(n->l->c->names, "event0"),
              expression_make(pool, EXPRESSION_LT, type_simple(pool, TYPE_BOOLEAN), NO_SPAN, 2, kids), NULL);
    return emitter_use(e);
}

/* ---- rows ---- */

static void plan_projection(NetworkLowering *n, int number) {
    Lowering *l = n->l;
    const Projection *projection = n->projections.at[number].projection;
    PlanSystem system = {.equations = projection->equations.at,
                         .count = projection->equations.count,
                         .rules = projection->solves.at,
                         .rule_count = projection->solves.count,
                         .solver = n->network->solver,
                         .solver_span = n->network->solver_span,
                         .together = n->network->together,
                         .dt = n->network->variables.at[0],
                         .owner = (void *)projection};
    Plan *plan = plan_system(l->c, l->pool, &system);
    for (int i = 0; i < plan->propagators.count; i++)
        if (plan->propagators.at[i]->instance) {
            /* rates that differ by synapse: e^(a dt) is computed in the kernel, which is exact for one equation */
            system.solver = name_of(l->c->names, "exponential_euler");
            plan = plan_system(l->c, l->pool, &system);
            break;
        }
    n->projections.at[number].plan = plan;
    for (int i = 0; i < plan->hidden.count; i++) add_synapse_plane(n, number, plan->hidden.at[i], HIL_PLANE_HIDDEN);
    if (l->explain && (projection->equations.count || projection->sharing)) {
        fprintf(l->out, "%s: %s -> %s\n", projection->name, projection->source->name, projection->target->name);
        if (projection->sharing) fprintf(l->out, "  %s\n", projection->sharing);
        plan_print(l->pool, plan, l->out);
    }
    for (int i = 0; i < plan->propagators.count; i++)
        prepare_propagator(n, -1, projection->name, plan->propagators.at[i]);
    for (int i = 0; i < plan->bounds.count; i++) prepare_stability(n, -1, projection->name, &plan->bounds.at[i]);
}

static void lower_projection(NetworkLowering *n, int number, HilProjection *row) {
    const Projection *projection = n->network->projections.at[number];
    Arena *arena = n->l->c->arena;
    vector_push(arena, &n->projections, (ProjectionLowering){.projection = projection});
    for (int i = 0; i < projection->variables.count; i++) {
        const Variable *v = projection->variables.at[i];
        if (plane_role(v) >= 0) add_synapse_plane(n, number, v, plane_role(v));
    }
    int event_count = projection->events.count;
    Variable **timers = arena_array_of(arena, Variable *, event_count + 1);
    for (int i = 0; i < event_count; i++) {
        timers[i] = arena_new_of(arena, Variable);
        *timers[i] = (Variable){.name = name_print(n->l->c->names, "timer%d", i),
                                .role = VARIABLE_COUNTDOWN,
                                .type = type_number(n->l->pool, HIL_DIMENSIONLESS),
                                .unit = {.scale = 1},
                                .unit_text = "",
                                .span = projection->events.at[i]->span,
                                .instance = true};
        add_synapse_plane(n, number, timers[i], HIL_PLANE_HIDDEN);
    }
    plan_projection(n, number);

    *row = (HilProjection){.name = image_text(n->l->image, projection->name),
                           .line = lowering_line(n, projection->span),
                           .source = projection->source->number,
                           .target = projection->target->number,
                           .source_event = -1,
                           .rule = projection->rule,
                           .flags = projection->flags};
    if (projection->source_event) row->source_event = event_number(n, projection->source, projection->source_event);
    row->source_view = image_node(n, projection->source_view);
    row->target_view = image_node(n, projection->target_view);
    int32_t arguments[4];
    for (int i = 0; i < projection->argument_count; i++) arguments[i] = image_node(n, projection->arguments[i]);
    row->arguments = image_add_run(n->l->image, HIL_KIDS, arguments, projection->argument_count);
    row->rule_use = build_pair_rule(n, number);
    row->connect = build_connect(n, number, timers, event_count);
    row->deliver = build_deliver(n, number, timers, &row->flags);
    row->edge = build_edge(n, number, timers, &row->flags);
    row->delay_kind = HIL_DELAY_NONE;
    row->delay = -1;
    if (projection->delay) {
        row->delay_kind = projection->delay->instance ? HIL_DELAY_PLANE : HIL_DELAY_SLOT;
        row->delay =
            projection->delay->instance ? plane_number(n, projection->delay) : scalar_slot(n, projection->delay);
    }
}

HilRange lower_projections(NetworkLowering *n) {
    int count = n->network->projections.count;
    HilProjection *rows = arena_array_of(n->l->c->arena, HilProjection, count + 1);
    for (int i = 0; i < count; i++) lower_projection(n, i, &rows[i]);
    return image_add_run(n->l->image, HIL_PROJECTIONS, rows, count);
}

void lower_projection_planes(NetworkLowering *n, HilRange rows) {
    for (int i = 0; i < rows.count; i++) {
        const ProjectionLowering *p = &n->projections.at[i];
        HilRange planes = image_add_run(n->l->image, HIL_PLANES, p->planes.at, p->planes.count);
        HilProjection *row = (HilProjection *)(void *)n->l->image->tables[HIL_PROJECTIONS].bytes + rows.first + i;
        row->planes = planes;
    }
}

/* ---- looking at connections ---- */

int add_recorded_plane(NetworkLowering *n, int projection, const Recorder *recorder) {
    ProjectionLowering *p = &n->projections.at[projection];
    HilPlane plane = {.name = image_text(n->l->image, name_print(n->l->c->names, "recorded%d", p->planes.count)),
                      .unit = image_text(n->l->image, recorder->unit_text ? recorder->unit_text : ""),
                      .dimension = recorder->value->type->dimension,
                      .storage = (uint8_t)n->l->precision,
                      .role = HIL_PLANE_HIDDEN,
                      .scale = recorder->unit.scale,
                      .offset = recorder->unit.offset,
                      .line = lowering_line(n, recorder->span)};
    vector_push(n->l->c->arena, &p->planes, plane);
    return p->planes.count - 1;
}

int build_connection_look(NetworkLowering *n, int projection, int plane, const Expression *value) {
    Emitter *e = synapse_emitter(n, "record", HIL_SHAPE_ROW, projection);
    emit_store_plane(e, HIL_OWNER_PROJECTION, projection, plane, name_of(n->l->c->names, "recorded"), value);
    return emitter_use(e);
}

HilRange lower_drives(NetworkLowering *n) {
    int count = n->network->drives.count;
    HilDrive *rows = arena_array_of(n->l->c->arena, HilDrive, count + 1);
    for (int i = 0; i < count; i++) {
        const Drive *drive = n->network->drives.at[i];
        rows[i] = (HilDrive){.name = image_text(n->l->image, drive->name),
                             .line = lowering_line(n, drive->span),
                             .kind = drive->at_times ? HIL_DRIVE_AT_TIMES : HIL_DRIVE_EACH_STEP,
                             .population = drive->population->number,
                             .view = image_node(n, drive->view),
                             .times = image_node(n, drive->times),
                             .every = image_node(n, drive->every)};
        Emitter *e =
            emitter_new(n, name_print(n->l->c->names, "drive_%d", i), drive->view ? HIL_SHAPE_LIST : HIL_SHAPE_LANES,
                        HIL_OWNER_POPULATION, drive->population->number);
        e->stream = stream_of(drive->name);
        e->kernel->seldom = drive->at_times && !drive->every;
        Writes writes = {0};
        ActionContext context = {.population = drive->population, .side = SIDE_SELF};
        follow_actions(n, drive->actions.at, drive->actions.count, &context, &writes);
        for (int k = 0; k < writes.count; k++) emit_value(e, writes.at[k].value);
        for (int k = 0; k < writes.count; k++) emit_store(e, writes.at[k].variable, writes.at[k].value);
        rows[i].use = emitter_use(e);
    }
    return image_add_run(n->l->image, HIL_DRIVES, rows, count);
}

/* One event, which fires where the condition holds. */
HilRange lower_selectors(NetworkLowering *n) {
    int count = n->network->selectors.count;
    HilSelector *rows = arena_array_of(n->l->c->arena, HilSelector, count + 1);
    for (int i = 0; i < count; i++) {
        const Selector *selector = &n->network->selectors.at[i];
        int population = selector->population->number;
        Emitter *e = emitter_new(n, name_print(n->l->c->names, "select_%d", i), HIL_SHAPE_LANES, HIL_OWNER_POPULATION,
                                 population);
        e->kernel->seldom = true;
        emit_fire(e, name_of(n->l->c->names, "event0"), selector->condition, NULL);
        rows[i] =
            (HilSelector){.population = population, .use = emitter_use(e), .line = lowering_line(n, selector->span)};
    }
    return image_add_run(n->l->image, HIL_SELECTORS, rows, count);
}
