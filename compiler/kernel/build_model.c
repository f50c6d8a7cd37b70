/* The whole model: networks with their experiments, then studies and sweeps, into one image.
 *
 * Order: scalars are declared, populations planned, kernels built; then the network's scalars are frozen and its
 * programs lowered (their own scalars are numbered behind the network's); then planes and rows are laid down. */
#include "hillock/host.h"
#include "kernel/lowering.h"

/* ---- programs ---- */

static HilRange lower_parameters(NetworkLowering *n, const Program *program) {
    int count = program->parameters.count;
    HilParameter *rows = arena_array_of(n->l->c->arena, HilParameter, count + 1);
    for (int i = 0; i < count; i++) {
        const ProgramParameter *p = &program->parameters.at[i];
        rows[i] = (HilParameter){.name = image_text(n->l->image, p->name),
                                 .unit = image_text(n->l->image, p->unit_text ? p->unit_text : ""),
                                 .dimension = p->type->dimension, .scale = p->unit.scale, .offset = p->unit.offset,
                                 .node = image_node(n, p->initial)};
        for (int s = 0; s < program->structure.count; s++) rows[i].fixed |= program->structure.at[s].parameter == i;
    }
    return image_add_run(n->l->image, HIL_PARAMETERS, rows, count);
}

/* Slots of the program's own scalars, behind the network's. */
static HilRange lower_scalars(NetworkLowering *n, const Program *program) {
    int count = program->variables.count;
    HilScalar *rows = arena_array_of(n->l->c->arena, HilScalar, count + 1);
    for (int i = 0; i < count; i++) {
        const Variable *v = program->variables.at[i];
        map_set(n->l->c->arena, &n->slot_of_variable, v, n->scalars.count + i);
        rows[i] = (HilScalar){.name = image_text(n->l->image, v->name),
                              .unit = image_text(n->l->image, v->unit_text ? v->unit_text : ""),
                              .dimension = v->type->dimension, .role = HIL_SCALAR_DERIVED, .scale = v->unit.scale,
                              .offset = v->unit.offset, .node = -1, .line = lowering_line(n, v->span)};
    }
    return image_add_run(n->l->image, HIL_SCALARS, rows, count);
}

static void lower_recorder(NetworkLowering *n, const Recorder *recorder, HilRecorder *row) {
    int population = recorder->population->number, projection = recorder->projection ? recorder->projection->number : -1;
    *row = (HilRecorder){.name = image_text(n->l->image, recorder->name),
                         .unit = image_text(n->l->image, recorder->unit_text ? recorder->unit_text : ""),
                         .scale = recorder->unit.scale, .offset = recorder->unit.offset, .population = population,
                         .projection = projection, .by_target = recorder->by_target, .event = -1, .plane = -1, .use = -1,
                         .view = image_node(n, recorder->view), .every = image_node(n, recorder->every),
                         .from = image_node(n, recorder->from), .to = image_node(n, recorder->to),
                         .explicit_ = recorder->written, .line = lowering_line(n, recorder->span)};
    if (recorder->spikes) {
        row->what = HIL_RECORD_SPIKES;
        row->event = event_number(n, recorder->population, recorder->event);
        return;
    }
    const Expression *value = recorder->value;
    if (value->op == EXPRESSION_VARIABLE && value->variable->side == SIDE_SELF &&
        plane_number(n, value->variable) >= 0) {
        row->what = HIL_RECORD_PLANE;
        row->plane = plane_number(n, value->variable);
        return;
    }
    row->what = HIL_RECORD_USE;
    if (projection >= 0) {
        row->plane = add_recorded_plane(n, projection, recorder);
        row->use = build_connection_look(n, projection, row->plane, value);
        return;
    }
    Name name = name_print(n->l->c->names, "recorded%d", n->populations.at[population].planes.count);
    row->plane = add_plane(n, population, NULL, HIL_PLANE_HIDDEN, name);
    Emitter *e = emitter_new(n, "record", HIL_SHAPE_LANES, HIL_OWNER_POPULATION, population);
    emit_store_plane(e, HIL_OWNER_POPULATION, population, row->plane, name_of(n->l->c->names, "recorded"), value);
    row->use = emitter_use(e);
}

static void lower_stimulus(NetworkLowering *n, const Program *program, const Stimulus *stimulus, HilStimulus *row) {
    int population = stimulus->population->number;
    *row = (HilStimulus){.population = population, .plane = plane_number(n, stimulus->input),
                         .view = image_node(n, stimulus->view), .clamp = stimulus->clamp,
                         .line = lowering_line(n, stimulus->span)};
    Emitter *e = emitter_new(n, stimulus->clamp ? "clamp" : "stimulate", stimulus->view ? HIL_SHAPE_LIST : HIL_SHAPE_LANES,
                             HIL_OWNER_POPULATION, population);
    e->stream = stream_of(program->name);
    const Expression *now = expression_variable(n->l->pool, stimulus->input, stimulus->span);
    emit_store(e, stimulus->input, stimulus->clamp ? clamped(n->l->pool, stimulus->input, stimulus->value)
                                                   : expression_add(n->l->pool, now, stimulus->value));
    row->use = emitter_use(e);
}

void lower_program(NetworkLowering *n, const Program *program, HilProgram *row) {
    Arena *arena = n->l->c->arena;
    *row = (HilProgram){.name = image_text(n->l->image, program->name), .line = lowering_line(n, program->span),
                        .kind = program->kind, .network = program->network ? program->network->number : -1,
                        .imported = program->span.source > 0 || program->called_only, .locals = program->locals};
    row->scalars = lower_scalars(n, program);
    HilRecorder *recorders = arena_array_of(arena, HilRecorder, program->recorders.count + 1);
    HilStimulus *stimuli = arena_array_of(arena, HilStimulus, program->stimuli.count + 1);
    for (int i = 0; i < program->recorders.count; i++) lower_recorder(n, &program->recorders.at[i], &recorders[i]);
    for (int i = 0; i < program->stimuli.count; i++)
        lower_stimulus(n, program, &program->stimuli.at[i], &stimuli[i]);
    row->recorders = image_add_run(n->l->image, HIL_RECORDERS, recorders, program->recorders.count);
    row->stimuli = image_add_run(n->l->image, HIL_STIMULI, stimuli, program->stimuli.count);
    row->parameters = lower_parameters(n, program);
    row->body = image_node(n, program->body);
}

/* ---- networks ---- */

static void declare_scalars(NetworkLowering *n, Variable *const *variables, int count) {
    for (int i = 0; i < count; i++) {
        const Variable *v = variables[i];
        bool scalar = v->side == SIDE_SELF && !v->instance &&
                      (v->role == VARIABLE_PARAMETER || v->role == VARIABLE_WEIGHT || v->role == VARIABLE_DELAY ||
                       v->role == VARIABLE_STEP);
        if (scalar) scalar_slot(n, v);
    }
}

/* ---- the order of stateless populations ---- */

static bool is_stateless(const Population *population) {
    if (population->equations.count) return false;
    for (int i = 0; i < population->variables.count; i++) {
        VariableRole role = population->variables.at[i]->role;
        if (role == VARIABLE_STATE || role == VARIABLE_COUNTDOWN) return false;
    }
    return true;
}

static bool mentions_present(const Expression *e) {
    if (e->op == EXPRESSION_VARIABLE)
        return e->variable->side == SIDE_PRE && e->rate == RATE_DYNAMIC &&
               e->variable->original->role != VARIABLE_DELAYED;
    for (int i = 0; i < e->count; i++)
        if (mentions_present(e->kids[i])) return true;
    return false;
}

/* Does the target take up values of its source that belong to the same step? */
static bool carries_present(const Projection *projection) {
    for (int i = 0; i < projection->contributions.count; i++)
        if (mentions_present(projection->contributions.at[i].value)) return true;
    return false;
}

/* 1 + the highest level among the stateless sources of continuous connections onto it; -1 on a cycle. */
static int level_of(const NetworkLowering *n, const Population *population, int *levels) {
    int *known = &levels[population->number];
    if (*known) return *known;
    *known = -1; /* being found: meeting it again closes a cycle */
    int level = 1;
    for (int i = 0; i < n->onto[population->number].count; i++) {
        const Projection *projection = n->onto[population->number].at[i];
        if (!carries_present(projection) || !is_stateless(projection->source)) continue;
        int below = level_of(n, projection->source, levels);
        if (below < 0) return -1;
        if (below >= level) level = below + 1;
    }
    return *known = level;
}

static void find_levels(NetworkLowering *n, HilPopulation *rows) {
    const Network *network = n->network;
    int *levels = arena_array_of(n->l->c->arena, int, network->populations.count + 1);
    for (int i = 0; i < network->populations.count; i++) {
        const Population *population = network->populations.at[i];
        if (!is_stateless(population)) continue;
        rows[i].level = level_of(n, population, levels);
        if (rows[i].level > 0) continue;
        Diagnostic *d = compile_error(n->l->c, CYCLE, population->span,
                                      "%s depends on itself within a step: it lies on a cycle of connections without delay or state",
                                      population->name);
        compile_help(n->l->c, d, "give one of its neurons a state (tau*x' = …) or the connection a delay");
        return;
    }
}

/* ---- stages ---- */

/* Does the value come from what only the last stage stores: what is made of a step's inputs? */
static const Variable *kept_from_inputs(NetworkLowering *n, const Expression *e) {
    if (e->op == EXPRESSION_VARIABLE && e->variable->original) {
        const Variable *v = e->variable->original;
        const Population *owner = v->owner;
        bool made = (v->role == VARIABLE_OUTPUT || v->role == VARIABLE_LET) && plane_number(n, v) >= 0;
        return made && owner->equations.count ? v : NULL;
    }
    const Variable *found = NULL;
    for (int i = 0; i < e->count && !found; i++) found = kept_from_inputs(n, e->kids[i]);
    return found;
}

/* What cannot be part of one system, whose stages lie within the step. */
static void refuse_in_stages(NetworkLowering *n) {
    const Network *network = n->network;
    for (int i = 0; i < network->populations.count; i++) {
        const Population *population = network->populations.at[i];
        if (!is_stateless(population) || !population->events.count) continue;
        Diagnostic *d = compile_error(n->l->c, METHOD_CANNOT, population->span,
                                      "%s has events but no states, and cannot be solved together with others",
                                      population->name);
        compile_note(n->l->c, d, network->solver_span, "this asks for it");
    }
    for (int i = 0; i < network->projections.count; i++) {
        const Projection *projection = network->projections.at[i];
        if (projection->events.count) {
            Diagnostic *d = compile_error(n->l->c, METHOD_CANNOT, projection->events.at[0]->span,
                                          "`after` in a synapse is not possible where all is solved together");
            compile_note(n->l->c, d, network->solver_span, "this asks for it");
        }
        const Variable *made = NULL;
        for (int k = 0; k < projection->contributions.count && !made; k++)
            made = kept_from_inputs(n, projection->contributions.at[k].value);
        for (int k = 0; k < projection->equations.count && !made; k++)
            made = kept_from_inputs(n, projection->equations.at[k].rate);
        if (!made) continue;
        Diagnostic *d = compile_error(n->l->c, METHOD_CANNOT, projection->span,
                                      "%s depends on its cell's inputs, and cannot be solved together with what it reaches",
                                      made->name);
        compile_note(n->l->c, d, made->span, "%s is declared here", made->name);
        compile_help(n->l->c, d, "connect a state, or an output made of states");
    }
}

static void find_stages(NetworkLowering *n, HilNetwork *row) {
    const Network *network = n->network;
    double times[HIL_MOST_STAGES];
    row->stages = 1;
    if (!network->together) return;
    if (network->solver && plan_asked_method(n->l->c, network->solver, network->solver_span) == METHOD_COUNT) return;
    row->stages = together_stages(network->solver, times);
    for (int i = 0; i < row->stages; i++) row->stage_halves[i] = (uint8_t)(2 * times[i]);
    if (row->stages > 0) {
        if (row->stages > 1) refuse_in_stages(n);
        return;
    }
    Diagnostic *d = compile_error(n->l->c, METHOD_CANNOT, network->solver_span,
                                  "%s cannot solve populations together, whose values it would need within its step",
                                  network->solver);
    compile_help(n->l->c, d, "euler, midpoint, heun and rk4 can");
}

/* What a population costs: bytes of state a cell, instructions a cell and step. */
static void explain_cost(const NetworkLowering *n, int number, const HilPopulation *row) {
    const Lowering *l = n->l;
    const PopulationLowering *p = &n->populations.at[number];
    int instructions = 0;
    for (int i = 0; i < row->advance.count; i++) {
        const HilUse *uses = (const HilUse *)(const void *)l->image->tables[HIL_USES].bytes;
        instructions += l->image->kernels.at[uses[row->advance.first + i].kernel]->code.count;
    }
    fprintf(l->out, "%s: %d values (%d bytes) a cell; %d instructions a cell and step\n", p->population->name,
            p->planes.count, p->planes.count * (l->precision == HIL_F32 ? 4 : 8), instructions);
}

/* What a projection stores for each synapse besides its target. */
static void explain_synapses(const NetworkLowering *n, int number) {
    const Lowering *l = n->l;
    const ProjectionLowering *p = &n->projections.at[number];
    int bytes = p->planes.count * (l->precision == HIL_F32 ? 4 : 8);
    fprintf(l->out, "%s: 2 bytes a synapse for its target (4 where the target has more than 65536 cells)",
            p->projection->name);
    if (bytes) fprintf(l->out, ", %d bytes for %d values of its own", bytes, p->planes.count);
    fprintf(l->out, "\n");
}

static void find_targets(NetworkLowering *n) {
    const Network *network = n->network;
    n->onto = arena_array_of(n->l->c->arena, ProjectionList, network->populations.count + 1);
    for (int i = 0; i < network->projections.count; i++)
        vector_push(n->l->c->arena, &n->onto[network->projections.at[i]->target->number], network->projections.at[i]);
}

static void lower_network(NetworkLowering *n, HilProgram *programs, HilNetwork *row) {
    Lowering *l = n->l;
    const Network *network = n->network;
    *row = (HilNetwork){.name = image_text(l->image, network->name), .line = lowering_line(n, network->span)};
    owners_find(n);
    find_targets(n);
    declare_scalars(n, network->variables.at, network->variables.count);
    for (int i = 0; i < network->populations.count; i++)
        declare_scalars(n, network->populations.at[i]->variables.at, network->populations.at[i]->variables.count);
    for (int i = 0; i < network->projections.count; i++)
        declare_scalars(n, network->projections.at[i]->variables.at, network->projections.at[i]->variables.count);
    for (int i = 0; i < network->drives.count; i++)
        declare_scalars(n, network->drives.at[i]->variables.at, network->drives.at[i]->variables.count);
    row->step_slot = scalar_slot(n, network->variables.at[0]);
    lower_populations(n);
    HilPopulation *populations = arena_array_of(l->c->arena, HilPopulation, network->populations.count + 1);
    for (int i = 0; i < network->populations.count; i++) lower_population_row(n, i, &populations[i]);
    find_levels(n, populations);
    row->projections = lower_projections(n);
    find_stages(n, row);
    row->drives = lower_drives(n);
    row->selectors = lower_selectors(n);
    n->frozen = true;
    for (int i = 0; i < l->model->programs.count; i++)
        if (l->model->programs.at[i]->network == network) lower_program(n, l->model->programs.at[i], &programs[i]);
    for (int i = 0; i < network->populations.count; i++)
        populations[i].planes =
            image_add_run(l->image, HIL_PLANES, n->populations.at[i].planes.at, n->populations.at[i].planes.count);
    lower_projection_planes(n, row->projections);
    for (int i = 0; l->explain && i < network->populations.count; i++) explain_cost(n, i, &populations[i]);
    for (int i = 0; l->explain && i < network->projections.count; i++) explain_synapses(n, i);
    row->populations = image_add_run(l->image, HIL_POPULATIONS, populations, network->populations.count);
    row->scalars = image_add_run(l->image, HIL_SCALARS, n->scalars.at, n->scalars.count);
    row->prepares = image_add_run(l->image, HIL_PREPARES, n->prepares.at, n->prepares.count);
    if (l->judge_steps) check_steps(n);
}

/* Tells the image of the files; by source the lines of those before it. */
static const uint32_t *count_lines(Compilation *c, ImageBuilder *image) {
    int count = c->sources.list.count;
    uint32_t *first = arena_array_of(c->arena, uint32_t, count + 1);
    HilSource *rows = arena_array_of(c->arena, HilSource, count + 1);
    for (int i = 0; i < count; i++) {
        const Source *source = &c->sources.list.at[i];
        rows[i] = (HilSource){.path = image_text(image, source->path), .first = first[i]};
        first[i + 1] = first[i] + (uint32_t)source->lines.count + 1;
    }
    image_add_run(image, HIL_SOURCES, rows, count);
    return first;
}

const LoweredModel *model_lower(Compilation *c, const Model *model, const LoweringOptions *options) {
    Lowering lowering = {.c = c, .pool = model->pool, .model = model, .image = image_new(c->arena, c->names),
                         .precision = options->precision, .diagnose_only = options->diagnose_only,
                         .judge_steps = options->judge_steps,
                         .explain = options->explain != NULL,
                         .out = options->explain};
    int errors = c->diagnostics.errors;
    lowering.first_lines = count_lines(c, lowering.image);
    NetworkLowering *networks = arena_array_of(c->arena, NetworkLowering, model->networks.count + 1);
    lowering.networks = networks;
    HilNetwork *rows = arena_array_of(c->arena, HilNetwork, model->networks.count + 1);
    HilProgram *programs = arena_array_of(c->arena, HilProgram, model->programs.count + 1);
    for (int i = 0; i < model->networks.count; i++) {
        networks[i] = (NetworkLowering){.l = &lowering, .network = model->networks.at[i]};
        lower_network(&networks[i], programs, &rows[i]);
    }
    NetworkLowering none = {.l = &lowering, .frozen = true};
    for (int i = 0; i < model->programs.count; i++)
        if (!model->programs.at[i]->network) lower_program(&none, model->programs.at[i], &programs[i]);
    image_add_run(lowering.image, HIL_NETWORKS, rows, model->networks.count);
    image_add_run(lowering.image, HIL_PROGRAMS, programs, model->programs.count);
    if (c->diagnostics.errors > errors) return NULL;
    LoweredModel *lowered = arena_new_of(c->arena, LoweredModel);
    lowered->image = image_finish(lowering.image, &options->info);
    lowered->kernels = lowering.image->kernels.at;
    lowered->kernel_count = lowering.image->kernels.count;
    return lowered;
}
