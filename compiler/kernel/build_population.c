/* Populations: planes, and the kernels init, lane-prepare, advance and one handler an event.
 *
 * In: a Population and its Plan. Out: rows of the image. What it keeps true: the advance kernel is one fused pass over
 * the lanes: solvers, refractory hold, bounds, conditions at t+dt, spikes; every plane is stored at most once. */
#include "equations/exponentials.h"
#include "kernel/lowering.h"

/* ---- planes ---- */

int plane_number(NetworkLowering *n, const Variable *variable) { return map_get(&n->plane_of_variable, variable, -1); }

static uint32_t equation_line(const NetworkLowering *n, const Population *population, const Variable *v) {
    for (int i = 0; i < population->equations.count; i++)
        if (population->equations.at[i].state == v) return lowering_line(n, population->equations.at[i].span);
    return v ? lowering_line(n, v->span) : 0;
}

int add_plane(NetworkLowering *n, int population, const Variable *v, int role, Name name) {
    PopulationLowering *p = &n->populations.at[population];
    HilPlane plane = {.name = image_text(n->l->image, name),
                      .storage = (uint8_t)n->l->precision,
                      .role = (uint8_t)role,
                      .flags = role == HIL_PLANE_INPUT ? HIL_PLANE_CLEAR : 0,
                      .scale = 1};
    if (v) {
        if (v->role == VARIABLE_COUNTDOWN) plane.flags |= HIL_PLANE_STEPS;
        plane.unit = image_text(n->l->image, v->unit_text ? v->unit_text : "");
        plane.dimension = v->type->dimension;
        plane.scale = v->unit.scale;
        plane.offset = v->unit.offset;
        plane.line = lowering_line(n, v->span);
        plane.equation_line = equation_line(n, p->population, v);
        map_set(n->l->c->arena, &n->plane_of_variable, v, p->planes.count);
    }
    vector_push(n->l->c->arena, &p->planes, plane);
    vector_push(n->l->c->arena, &p->plane_variables, v);
    return p->planes.count - 1;
}

static int plane_role(const Variable *v) {
    switch (v->role) {
    case VARIABLE_STATE: return HIL_PLANE_STATE;
    case VARIABLE_PARAMETER: return v->instance ? HIL_PLANE_PARAMETER : -1;
    case VARIABLE_INPUT: return v->written ? HIL_PLANE_INPUT : -1;
    case VARIABLE_COUNTDOWN:
    case VARIABLE_DELAYED: return HIL_PLANE_HIDDEN;
    case VARIABLE_POSITION: return HIL_PLANE_POSITION;
    case VARIABLE_OUTPUT:
    case VARIABLE_LET: /* what depends on a step's inputs is kept: they are gone when others read it */
        return (v->role == VARIABLE_OUTPUT || v->observed) && v->value && mentions_input(v->value) ? HIL_PLANE_OUTPUT
                                                                                                   : -1;
    default: return -1;
    }
}

static void declare_planes(NetworkLowering *n, int number) {
    const Population *population = n->populations.at[number].population;
    for (int i = 0; i < population->variables.count; i++) {
        const Variable *v = population->variables.at[i];
        int role = plane_role(v);
        if (role >= 0) add_plane(n, number, v, role, v->name);
    }
}

/* ---- values of the past ---- */

/* Where the value stands whose past is kept: its own plane, or a hidden one that a use fills at each step's start. */
static void bind_past(NetworkLowering *n, int number, int plane, const Variable *v) {
    const Expression *value = v->value, *delay = v->delay;
    int from = value->op == EXPRESSION_VARIABLE ? plane_number(n, value->variable) : -1, use = -1;
    if (from < 0) {
        from = add_plane(n, number, NULL, HIL_PLANE_HIDDEN, name_print(n->l->c->names, "now %s", v->name));
        Emitter *e = emitter_new(n, "keep", HIL_SHAPE_LANES, HIL_OWNER_POPULATION, number);
        emit_store_plane(e, HIL_OWNER_POPULATION, number, from, name_of(n->l->c->names, "now"), value);
        use = emitter_use(e);
    }
    HilPlane *row = &n->populations.at[number].planes.at[plane];
    row->flags |= HIL_PLANE_DELAYED;
    row->delayed_plane = from;
    row->delayed_use = use;
    row->delay_slot = -1;
    if (delay) row->delay_slot = delay->op == EXPRESSION_VARIABLE ? scalar_slot(n, delay->variable) : derived_slot(n, delay);
}

static void bind_pasts(NetworkLowering *n, int number) {
    int count = n->populations.at[number].planes.count;
    for (int i = 0; i < count; i++) {
        const Variable *v = n->populations.at[number].plane_variables.at[i];
        if (v && v->role == VARIABLE_DELAYED) bind_past(n, number, i, v);
    }
}

/* ---- initial values ---- */

const Expression *initial_in_full(NetworkLowering *n, const Expression *value, InitialOf *initial_of) {
    for (;;) {
        const Variable **mentioned;
        int count, replaced = 0;
        expression_variables(n->l->pool, value, &mentioned, &count);
        Substitution *by = arena_array_of(n->l->c->arena, Substitution, count + 1);
        for (int i = 0; i < count; i++) {
            const Expression *own = initial_of(n, mentioned[i]);
            if (own) by[replaced++] = (Substitution){mentioned[i], own};
        }
        if (!replaced) return value;
        value = expression_substitute(n->l->pool, value, by, replaced);
    }
}

/* Scalars, positions and indices stay; states and parameters of the cell stand for their own initial values. */
static const Expression *initial_of(NetworkLowering *n, const Variable *v) {
    bool scalar = v->role == VARIABLE_STEP || v->role == VARIABLE_EXPERIMENT || v->role == VARIABLE_POSITION ||
                  ((v->role == VARIABLE_PARAMETER || v->role == VARIABLE_WEIGHT) && !v->instance);
    if (scalar) return NULL;
    const Expression *own = v->value ? v->value : v->initial;
    bool zero = v->role == VARIABLE_INPUT || v->role == VARIABLE_COUNTDOWN || !own;
    return zero ? expression_number(n->l->pool, 0, v->type->dimension, v->span) : own;
}

static HilRange build_init(NetworkLowering *n, int number) {
    PopulationLowering *p = &n->populations.at[number];
    const Population *population = p->population;
    Emitter *e = emitter_new(n, name_print(n->l->c->names, "init_%s", population->type_name), HIL_SHAPE_LANES,
                             HIL_OWNER_POPULATION, number);
    e->stream = stream_of(population->name);
    e->kernel->seldom = true;
    bool any = false;
    for (int i = 0; i < p->planes.count; i++) {
        const Variable *v = p->plane_variables.at[i];
        if (!v || p->planes.at[i].role == HIL_PLANE_POSITION || p->planes.at[i].role == HIL_PLANE_DERIVED) continue;
        bool computed = v->role == VARIABLE_OUTPUT || v->role == VARIABLE_LET || v->role == VARIABLE_DELAYED;
        const Expression *value = computed ? v->value : v->initial;
        if (!value || v->role == VARIABLE_INPUT)
            value = expression_number(n->l->pool, 0, v->type->dimension, v->span);
        emit_store(e, v, clamped(n->l->pool, v, initial_in_full(n, value, initial_of)));
        any = true;
    }
    if (!any) return (HilRange){0, 0};
    return (HilRange){emitter_use(e), 1};
}

static HilRange build_lane_prepare(NetworkLowering *n, int number) {
    PopulationLowering *p = &n->populations.at[number];
    if (!p->fixed.count) return (HilRange){0, 0};
    Emitter *e = emitter_new(n, name_print(n->l->c->names, "prepare_%s", p->population->type_name), HIL_SHAPE_LANES,
                             HIL_OWNER_POPULATION, number);
    e->stream = stream_of(p->population->name);
    for (int i = 0; i < p->fixed.count; i++)
        emit_store_plane(e, HIL_OWNER_POPULATION, number, p->fixed_planes.at[i],
                         name_print(n->l->c->names, "fixed%d", p->fixed_planes.at[i]), p->fixed.at[i]);
    return (HilRange){emitter_use(e), 1};
}

/* ---- advance ---- */

/* The value unless a refractory period holds the state. */
static const Expression *unless_held(ExpressionPool *pool, const Population *population, const Variable *state,
                                     const Expression *now, const Expression *next) {
    for (int r = 0; r < population->refractories.count; r++) {
        const Refractory *refractory = &population->refractories.at[r];
        for (int k = 0; k < refractory->held.count; k++)
            if (refractory->held.at[k] == state)
                next = expression_select(pool, positive(pool, refractory->countdown), now, next);
    }
    return next;
}

/* States at t+dt: solved, held, bounded. */
static void final_values(NetworkLowering *n, const PopulationLowering *p, Writes *finals) {
    ExpressionPool *pool = n->l->pool;
    Arena *arena = n->l->c->arena;
    for (int i = 0; i < p->plan->updates.count; i++) {
        Variable *state = p->plan->updates.at[i].state;
        const Expression *now = at_start(pool, p->plan, expression_variable(pool, state, state->span));
        const Expression *next = clamped(pool, state, p->plan->updates.at[i].next);
        int k = within_state(p->within, state);
        if (k >= 0 && p->within->while_held[k])
            next = expression_select(pool, positive(pool, p->within->countdown), p->within->while_held[k], next);
        vector_push(arena, finals, (Write){state, unless_held(pool, p->population, state, now, next)});
    }
    for (int r = 0; r < p->population->refractories.count; r++) {
        Variable *countdown = p->population->refractories.at[r].countdown;
        const Expression *kids[2] = {expression_subtract(pool, expression_variable(pool, countdown, NO_SPAN),
                                                         expression_number(pool, 1, HIL_DIMENSIONLESS, NO_SPAN)),
                                     expression_number(pool, 0, HIL_DIMENSIONLESS, NO_SPAN)};
        const Expression *next = expression_make(pool, EXPRESSION_MAX, kids[0]->type, NO_SPAN, 2, kids);
        vector_push(arena, finals, (Write){countdown, next});
    }
}

static void share_exponentials(NetworkLowering *n, Writes *finals) {
    const Expression **values = arena_array_of(n->l->c->arena, const Expression *, finals->count + 1);
    for (int i = 0; i < finals->count; i++) values[i] = finals->at[i].value;
    exponentials_share(n->l->c, n->l->pool, values, finals->count, n->l->precision == HIL_F32);
    for (int i = 0; i < finals->count; i++) finals->at[i].value = values[i];
}

/* Cells that stay at t, because the within kernel takes them to t+dt: those whose exact event lies in this step, and
 * those whose refractory period ends in it. */
static const Expression *left_at_start(ExpressionPool *pool, const Within *within, const Condition *condition) {
    if (!within->countdown) return condition->fires;
    const Expression *countdown = expression_variable(pool, within->countdown, NO_SPAN);
    const Expression *less[2] = {countdown, expression_number(pool, 1, HIL_DIMENSIONLESS, NO_SPAN)};
    const Expression *ends = expression_make(pool, EXPRESSION_LT, condition->fires->type, NO_SPAN, 2, less);
    ends = logic(pool, EXPRESSION_AND, positive(pool, within->countdown), ends);
    return logic(pool, EXPRESSION_OR, condition->fires, ends);
}

/* A stage of the step that is not its last. Several uses in a row: a run of them. */
static int build_stage(NetworkLowering *n, int number, int stage) {
    const PopulationLowering *p = &n->populations.at[number];
    const Population *population = p->population;
    Emitter *e = emitter_new(n, name_print(n->l->c->names, "stage%d_%s", stage, population->type_name), HIL_SHAPE_LANES,
                             HIL_OWNER_POPULATION, number);
    e->stream = stream_of(population->name);
    e->hoist_instances = true;
    const PlanStage *plan = &p->plan->stages.at[stage];
    Writes writes = {0};
    for (int i = 0; i < plan->stores.count; i++) {
        Update store = plan->stores.at[i];
        const Expression *now = expression_variable(n->l->pool, store.state, NO_SPAN);
        if (stage) now = at_start(n->l->pool, p->plan, now);
        vector_push(n->l->c->arena, &writes,
                    (Write){store.state, unless_held(n->l->pool, population, store.state, now, store.next)});
    }
    share_exponentials(n, &writes);
    for (int i = 0; i < writes.count; i++) emit_value(e, writes.at[i].value);
    for (int i = 0; i < writes.count; i++) emit_store(e, writes.at[i].variable, writes.at[i].value);
    return emitter_use(e);
}

static HilRange build_advance(NetworkLowering *n, int number, Event *const *events, int event_count,
                              Condition *conditions) {
    PopulationLowering *p = &n->populations.at[number];
    const Population *population = p->population;
    ExpressionPool *pool = n->l->pool;
    int stages = p->plan->stages.count, first = 0;
    for (int s = 0; s < stages; s++) {
        int use = build_stage(n, number, s);
        if (s == 0) first = use;
    }
    p = &n->populations.at[number];
    Emitter *e = emitter_new(n, name_print(n->l->c->names, "advance_%s", population->type_name), HIL_SHAPE_LANES,
                             HIL_OWNER_POPULATION, number);
    e->stream = stream_of(population->name);
    e->hoist_instances = true;
    Writes finals = {0};
    final_values(n, p, &finals);
    share_exponentials(n, &finals);
    const Expression *left = NULL, *not_left = NULL;
    for (int i = 0; i < event_count; i++) {
        if (events[i]->condition == CONDITION_NONE) continue;
        conditions[i] = find_condition(n, number, events[i], &finals, NULL);
        const Within *within = n->populations.at[number].within;
        if (within && within->event == events[i]) left = left_at_start(pool, within, &conditions[i]);
    }
    if (left) not_left = logic(pool, EXPRESSION_NOT, left, NULL);
    p = &n->populations.at[number];

    for (int i = 0; i < p->plan->iterations.count; i++) emit_iteration(e, &p->plan->iterations.at[i]);
    Substitution *at = arena_array_of(n->l->c->arena, Substitution, finals.count + 1);
    for (int i = 0; i < finals.count; i++) at[i] = (Substitution){finals.at[i].variable, finals.at[i].value};
    /* all values first, so that the stores stand together at the end */
    for (int i = 0; i < finals.count; i++) {
        const Variable *v = finals.at[i].variable;
        if (left && (within_state(p->within, v) >= 0 || v->role == VARIABLE_COUNTDOWN))
            finals.at[i].value = expression_select(pool, left, expression_variable(pool, v, NO_SPAN), finals.at[i].value);
        emit_value(e, finals.at[i].value);
    }
    for (int i = 0; i < finals.count; i++) emit_store(e, finals.at[i].variable, finals.at[i].value);
    for (int i = 0; i < population->variables.count; i++) {
        const Variable *v = population->variables.at[i];
        if ((v->role == VARIABLE_OUTPUT || v->role == VARIABLE_LET) && plane_number(n, v) >= 0)
            emit_store(e, v, expression_substitute(pool, v->value, at, finals.count));
    }
    for (int i = 0; i < event_count; i++) {
        if (events[i]->condition == CONDITION_NONE) continue;
        bool exact = left && events[i] == p->within->event, moved = moved_within(n, number, events[i]);
        if (conditions[i].armed) {
            const Expression *above = expression_select(pool, conditions[i].test,
                                                        expression_number(pool, 1, HIL_DIMENSIONLESS, NO_SPAN),
                                                        expression_number(pool, 0, HIL_DIMENSIONLESS, NO_SPAN));
            if (exact || moved)
                above = expression_select(pool, left, expression_variable(pool, conditions[i].armed, NO_SPAN), above);
            emit_store(e, conditions[i].armed, above);
        }
        Name name = name_print(n->l->c->names, "event%d", i);
        if (exact) kernel_event(n->l->c->arena, e->kernel, name); /* keeps its number: the within kernel fires it */
        else emit_fire(e, name, moved ? logic(pool, EXPRESSION_AND, not_left, conditions[i].fires) : conditions[i].fires,
                       conditions[i].fraction);
    }
    if (left) emit_fire(e, name_of(n->l->c->names, "within"), left, NULL);
    for (int i = 0; i < p->plan->iterations.count; i++)
        emit_fire(e, name_of(n->l->c->names, "no_convergence"),
                  logic(pool, EXPRESSION_NOT, p->plan->iterations.at[i].converged, NULL), NULL);
    if (!e->kernel->code.count) return (HilRange){0, 0};
    int last = emitter_use(e);
    return (HilRange){stages ? first : last, stages + 1};
}

/* ---- events ---- */

/* `after` where it is not said each time, or not for all cells alike: the handler leaves the delay in a plane. */
static void make_timers(NetworkLowering *n, int number) {
    const Population *population = n->populations.at[number].population;
    Arena *arena = n->l->c->arena;
    Variable **timers = arena_array_of(arena, Variable *, population->events.count + 1);
    for (int i = 0; i < population->events.count; i++)
        for (int a = 0; a < population->events.at[i]->actions.count; a++) {
            const Action *action = &population->events.at[i]->actions.at[a];
            if (action->kind != ACTION_TRIGGER || (!action->guard && action->value->rate <= RATE_SCALAR)) continue;
            Variable *timer = arena_new_of(arena, Variable);
            *timer = (Variable){.name = name_print(n->l->c->names, "delay of %s", action->event->name),
                                .role = VARIABLE_STATE,
                                .type = type_number(n->l->pool, HIL_DIMENSIONLESS),
                                .unit = {.scale = 1},
                                .unit_text = "",
                                .span = action->span,
                                .initial = expression_number(n->l->pool, HIL_NOT_REACHED, HIL_DIMENSIONLESS, action->span)};
            add_plane(n, number, timer, HIL_PLANE_HIDDEN, timer->name);
            for (int k = 0; k < population->events.count; k++)
                if (population->events.at[k] == action->event) timers[k] = timer;
        }
    n->populations.at[number].timers = timers;
}

static const Variable *timer_of_event(const NetworkLowering *n, int number, const Event *event) {
    const PopulationLowering *p = &n->populations.at[number];
    for (int i = 0; i < p->population->events.count; i++)
        if (p->population->events.at[i] == event) return p->timers[i];
    return NULL;
}

static int build_handler(NetworkLowering *n, int number, const Event *event) {
    const Population *population = n->populations.at[number].population;
    Writes writes = {0};
    ActionContext context = {.population = population, .side = SIDE_SELF, .unheld = event->blocked_by,
                             .timers = n->populations.at[number].timers};
    const Within *within = n->populations.at[number].within;
    if (within && within->event == event) return -1; /* has acted where it lies */
    follow_actions(n, event->actions.at, event->actions.count, &context, &writes);
    if (!writes.count) return -1;
    Emitter *e = emitter_new(n, name_print(n->l->c->names, "on_%s_%s", event->name, population->type_name),
                             HIL_SHAPE_LIST, HIL_OWNER_POPULATION, number);
    e->stream = stream_of(population->name);
    for (int i = 0; i < writes.count; i++) emit_value(e, writes.at[i].value);
    for (int i = 0; i < writes.count; i++) emit_store(e, writes.at[i].variable, writes.at[i].value);
    return emitter_use(e);
}

/* By priority, higher first; the model's order otherwise. */
static Event **ordered_events(NetworkLowering *n, const Population *population) {
    Event **events = arena_array_of(n->l->c->arena, Event *, population->events.count + 1);
    for (int i = 0; i < population->events.count; i++) {
        int at = i;
        for (; at > 0 && events[at - 1]->priority < population->events.at[i]->priority; at--)
            events[at] = events[at - 1];
        events[at] = population->events.at[i];
    }
    return events;
}

int event_number(NetworkLowering *n, const Population *population, const Event *event) {
    Event **events = ordered_events(n, population);
    for (int i = 0; i < population->events.count; i++)
        if (events[i] == event) return i;
    return -1;
}

static HilRange build_events(NetworkLowering *n, int number, Event *const *events, int count) {
    HilEvent *rows = arena_array_of(n->l->c->arena, HilEvent, count + 1);
    int condition = 0;
    for (int i = 0; i < count; i++) {
        HilEvent *row = &rows[i];
        *row = (HilEvent){.name = image_text(n->l->image, events[i]->name),
                          .condition = -1,
                          .after_event = -1,
                          .delay_slot = -1,
                          .delay_plane = -1,
                          .line = lowering_line(n, events[i]->span)};
        if (events[i]->spike) row->flags |= HIL_EVENT_SPIKE;
        if (events[i]->condition != CONDITION_NONE) row->condition = condition++;
        row->handler = build_handler(n, number, events[i]);
        for (int k = 0; k < count; k++)
            for (int a = 0; a < events[k]->actions.count; a++) {
                const Action *action = &events[k]->actions.at[a];
                if (action->kind != ACTION_TRIGGER || action->event != events[i]) continue;
                row->flags |= HIL_EVENT_TIMED;
                row->after_event = k;
                const Variable *timer = timer_of_event(n, number, events[i]);
                if (timer) row->delay_plane = plane_number(n, timer);
                else if (action->value->op == EXPRESSION_VARIABLE) row->delay_slot = scalar_slot(n, action->value->variable);
                else row->delay_slot = derived_slot(n, action->value);
            }
    }
    return image_add_run(n->l->image, HIL_EVENTS, rows, count);
}

/* ---- all of it ---- */

static void plan_population(NetworkLowering *n, int number) {
    Lowering *l = n->l;
    PopulationLowering *p = &n->populations.at[number];
    PlanSystem system = {.equations = p->population->equations.at,
                         .count = p->population->equations.count,
                         .rules = p->population->solves.at,
                         .rule_count = p->population->solves.count,
                         .solver = n->network->solver,
                         .solver_span = n->network->solver_span,
                         .together = n->network->together,
                         .dt = n->network->variables.at[0],
                         .owner = (void *)p->population};
    Plan *plan = plan_system(l->c, l->pool, &system);
    p->plan = plan;
    for (int i = 0; i < plan->hidden.count; i++)
        add_plane(n, number, plan->hidden.at[i], HIL_PLANE_HIDDEN, plan->hidden.at[i]->name);
    p = &n->populations.at[number];
    if (l->explain) {
        fprintf(l->out, "%s : %s\n", p->population->name, p->population->type_name);
        plan_print(l->pool, plan, l->out);
    }
    PlanBuilder builder = {.compilation = l->c, .pool = l->pool, .system = &system, .plan = plan,
                           .dt = expression_variable(l->pool, system.dt, NO_SPAN)};
    for (int i = 0; i < plan->propagators.count; i++)
        builder.hidden += 2 * plan->propagators.at[i]->n * plan->propagators.at[i]->n; /* names that may be taken */
    p->within = find_within(n, number, &builder);
    if (p->within && p->within->countdown)
        p->planes.at[plane_number(n, p->within->countdown)].flags |= HIL_PLANE_PARTS;
    for (int i = 0; i < plan->propagators.count; i++)
        prepare_propagator(n, number, p->population->name, plan->propagators.at[i]);
    for (int i = 0; i < plan->bounds.count; i++) prepare_stability(n, number, p->population->name, &plan->bounds.at[i]);
}

void lower_populations(NetworkLowering *n) {
    Lowering *l = n->l;
    for (int i = 0; i < n->network->populations.count; i++) {
        PopulationLowering fresh = {.population = n->network->populations.at[i]};
        vector_push(l->c->arena, &n->populations, fresh);
        declare_planes(n, i);
    }
    for (int i = 0; i < n->network->populations.count; i++) plan_population(n, i);
}

/* The row of a population; its planes are laid down by the caller once programs have added theirs. */
void lower_population_row(NetworkLowering *n, int number, HilPopulation *row) {
    const Population *population = n->populations.at[number].population;
    Event **events = ordered_events(n, population);
    *row = (HilPopulation){.name = image_text(n->l->image, population->name),
                           .type = image_text(n->l->image, population->type_name),
                           .size = image_node(n, population->size),
                           .layout = image_node(n, population->layout),
                           .line = lowering_line(n, population->span)};
    bind_pasts(n, number);
    make_timers(n, number);
    int count = population->events.count;
    Condition *conditions = arena_array_of(n->l->c->arena, Condition, count + 1);
    row->advance = build_advance(n, number, events, count, conditions);
    row->within = build_within(n, number, events, count, conditions);
    for (int i = 0; i < count && row->within.count; i++) row->within_condition += events[i]->condition != CONDITION_NONE;
    row->events = build_events(n, number, events, count);
    row->init = build_init(n, number);
    row->lane_prepare = build_lane_prepare(n, number);
}
