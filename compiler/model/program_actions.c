/* What an experiment does to its network: parameters set, stimuli, recorders, plots. In: statements' Ast. Out: host
 * statements; stimuli and recorders are added to the program. */
#include "model/program.h"
#include <string.h>

/* ---- parameters ---- */

static const Expression *set_of(Checker *k, const Variable *variable, const Expression *value, bool skip_missing,
                                Span span) {
    const Expression *kids[2] = {expression_variable(k->pool, variable, span), value};
    return host_flagged(k, HIL_HOST_SET, -1, skip_missing ? HIL_HOST_SKIP_MISSING : 0, NULL,
                        type_simple(k->pool, TYPE_NONE), span, 2, kids);
}

static bool settable(const Variable *v) {
    bool parameter = v->role == VARIABLE_PARAMETER || v->role == VARIABLE_WEIGHT || v->role == VARIABLE_DELAY;
    return parameter && !v->instance && v->side == SIDE_SELF;
}

/* An error where the value has shaped the network. */
static bool is_open(Checker *k, const Variable *v, Span span) {
    if (v->settable || v->role != VARIABLE_PARAMETER) return true;
    Diagnostic *d = compile_error(k->c, NOT_SETTABLE, span, "%s cannot be set here: it shapes the network, which is compiled for "
                                  "one value", v->name);
    compile_note(k->c, d, v->span, "it stands here");
    compile_help(k->c, d, "give it where the network is named, from a parameter of the experiment: experiment e(n = 3) on "
                 "Net(%s = n)", v->name);
    return false;
}

static const Expression *not_settable(Checker *k, const Meaning *m, Span span) {
    Diagnostic *d = compile_error(k->c, NOT_SETTABLE, span, "%s cannot be set here: it is no parameter of the whole population",
                                  m->name ? m->name : "this");
    if (m->span.source >= 0) compile_note(k->c, d, m->span, "it stands here");
    return NULL;
}

const Expression *program_set_to(Checker *k, Meaning *m, Span span, const Expression *value) {
    if (m->kind != MEANING_VARIABLE || !settable(m->variable)) return not_settable(k, m, span);
    if (!is_open(k, m->variable, span)) return NULL;
    return set_of(k, m->variable, value, false, span);
}

const Expression *program_set(Checker *k, Scope *scope, const Ast *target, const Ast *value, Span span) {
    Scope *names = names_sole_member(k, scope, target) ? program_context(k)->sole->members : scope;
    Meaning *m = check_ref(k, names, target, true);
    if (!m || !meaning_settle(k, m)) return NULL;
    if (m->kind != MEANING_VARIABLE || !settable(m->variable)) return not_settable(k, m, target->span);
    if (!is_open(k, m->variable, target->span)) return NULL;
    const Expression *e = check_expecting(k, scope, value, m->variable->type, m->variable->span, "it is declared here");
    return is_error(e) ? NULL : set_of(k, m->variable, e, false, span);
}

static Variable *variable_named(const NetworkBuild *build, Name name) {
    const Network *network = build->network;
    if (build->definition->op == DEFINITION_NEURON) {
        if (!network->populations.count) return NULL;
        const Population *population = network->populations.at[0];
        for (int i = 0; i < population->variables.count; i++)
            if (population->variables.at[i]->name == name) return population->variables.at[i];
        return NULL;
    }
    for (int i = 0; i < network->variables.count; i++)
        if (network->variables.at[i]->name == name) return network->variables.at[i];
    return NULL;
}

static const Expression *field_of(Checker *k, const Expression *record, const TypeField *field) {
    return host_worded(k, HIL_HOST_FIELD, -1, field->name, field->type, record->span, 1, &record);
}

static void set_argument(Checker *k, Variable *v, const Expression *value, bool skip, Span span, Statements *list) {
    if (!settable(v) || !is_open(k, v, span)) return;
    if (value->type != v->type && value->type->kind == TYPE_NUMBER) {
        value = check_fits(k, value, span, v->type, v->span, "it is declared here");
        if (is_error(value)) return;
    }
    vector_push(k->c->arena, list, set_of(k, v, value, skip, span));
}

Variable *program_target_parameter(Checker *k, const Ast *target, int argument, const Ast **value) {
    const ProgramContext *context = program_context(k);
    const Ast *given = target->kids[argument], *formals = context->build->definition->kids[0];
    bool named = given->kind == AST_ARGUMENT;
    *value = named ? given->kids[0] : given;
    Name name = named ? given->name : formals && argument <= formals->count ? formals->kids[argument - 1]->name : NULL;
    return name ? variable_named(context->build, name) : NULL;
}

void program_target_sets(Checker *k, Scope *scope, const Ast *target, void *statements) {
    Statements *list = statements;
    ProgramContext *context = program_context(k);
    if (target->kind != AST_CALL) return;
    for (int i = 1; i < target->count; i++) {
        const Ast *argument = target->kids[i];
        bool named = argument->kind == AST_ARGUMENT;
        const Ast *ast = named ? argument->kids[0] : argument;
        Meaning *m = check_ref(k, scope, ast, false);
        if (m && m->kind != MEANING_VALUE) continue; /* known when compiling: the network has it */
        const Expression *value = check_expression(k, scope, ast, NULL);
        if (is_error(value) || value->rate != RATE_HOST) continue;
        if (value->type->kind == TYPE_RECORD && !named) { /* a row sets the parameters that it names */
            for (int f = 0; f < value->type->fields.count; f++) {
                const TypeField *field = &value->type->fields.at[f];
                Variable *v = variable_named(context->build, field->name);
                if (v && field->type->kind == TYPE_NUMBER)
                    set_argument(k, v, field_of(k, value, field), true, argument->span, list);
            }
            continue;
        }
        Variable *v = program_target_parameter(k, target, i, &ast);
        if (v) set_argument(k, v, value, false, argument->span, list);
    }
}

/* ---- stimuli ---- */

static Variable *only_input(Checker *k, const Population *population, Span span) {
    Variable *found = NULL;
    int count = 0;
    for (int i = 0; i < population->variables.count; i++) {
        Variable *v = population->variables.at[i];
        if (v->role != VARIABLE_INPUT || v->span.source < -1) continue;
        if (strcmp(v->name, "I") == 0) return v;
        found = v;
        count++;
    }
    if (count == 1) return found;
    Diagnostic *d = compile_error(k->c, WHICH_INPUT, span,
                                  count ? "%s has several inputs: which one?" : "%s has no input to stimulate",
                                  population->name);
    compile_note(k->c, d, population->span, "the population stands here");
    if (count) compile_help(k->c, d, "name it: stimulate %s.x with …", population->name);
    return NULL;
}

/* The input that a view names: `E`, `E[0..9]` (its only input), `E.I`, or `I` in an experiment on one neuron. */
static Variable *stimulated_input(Checker *k, Scope *scope, const Ast *view, Population **population,
                                  const Expression **indices) {
    ProgramContext *context = program_context(k);
    *indices = NULL;
    Meaning *m = check_ref(k, scope, view, false);
    if ((!m || m->kind == MEANING_DEFINITION) && names_sole_member(k, scope, view)) m = check_ref(k, context->sole->members, view, false);
    const Ast *base = view;
    if (!m && view->kind == AST_FIELD && (view->kids[0]->kind == AST_INDEX || view->kids[0]->kind == AST_WHERE)) { /* E[0..9].I */
        Meaning *of = check_view(k, scope, view->kids[0], indices);
        m = of ? scope_find_here(of->members, view->name) : NULL;
    }
    if (m && m->kind == MEANING_VARIABLE && meaning_settle(k, m)) {
        if (m->variable->role != VARIABLE_INPUT) {
            Diagnostic *d = compile_error(k->c, WHICH_INPUT, view->span, "%s is no input", m->name);
            compile_note(k->c, d, m->span, "it is declared here");
            compile_help(k->c, d, "only inputs are stimulated; `clamp` holds a state");
            return NULL;
        }
        for (int i = 0; i < context->build->network->populations.count; i++) {
            Population *p = context->build->network->populations.at[i];
            for (int j = 0; j < p->variables.count; j++)
                if (p->variables.at[j] == m->variable) {
                    *population = p;
                    return m->variable;
                }
        }
    }
    Meaning *of = check_view(k, scope, base, indices);
    if (!of) return NULL;
    *population = of->population;
    return only_input(k, of->population, view->span);
}

/* Host values inside a stimulus become scalars of the experiment, set when the stimulus starts. */
typedef struct Lift {
    Checker *k;
    Statements *sets;
} Lift;

static const Expression *lift(Lift *l, const Expression *e) {
    Checker *k = l->k;
    if (e->rate != RATE_HOST) return e;
    if (e->op == EXPRESSION_HOST || e->op == EXPRESSION_TEXT) {
        if (e->type->kind != TYPE_NUMBER) {
            compile_error(k->c, TYPE_MISMATCH, e->span, "a stimulus is made of numbers, this is %s", type_text(k, e->type));
            return error_expression(k, e->span);
        }
        Program *program = program_context(k)->program;
        Variable *v = arena_new_of(k->c->arena, Variable);
        *v = (Variable){.name = name_print(k->c->names, "%s.value%d", program->name, program->variables.count),
                        .role = VARIABLE_EXPERIMENT, .type = e->type, .span = e->span, .owner = program,
                        .number = program->variables.count};
        v->unit = (HilUnit){.dimension = e->type->dimension, .scale = 1};
        v->unit_text = name_of(k->c->names, "");
        vector_push(k->c->arena, &program->variables, v);
        vector_push(k->c->arena, l->sets, set_of(k, v, e, false, e->span));
        return expression_variable(k->pool, v, e->span);
    }
    const Expression **kids = arena_array_of(k->c->arena, const Expression *, e->count + 1);
    for (int i = 0; i < e->count; i++) kids[i] = lift(l, e->kids[i]);
    return expression_make(k->pool, e->op, e->type, e->span, e->count, kids);
}

/* `step(0.2 nA)`: that much from the stimulus' start to its end. */
static const Ast *constant_step(Checker *k, Scope *scope, const Ast *signal, const Type *type) {
    if (signal->kind != AST_CALL || !signal->name || strcmp(signal->name, "step") != 0 || signal->count != 2) return NULL;
    const Expression *e = check_expression(k, scope, signal->kids[1], NULL);
    return e->type == type && !hil_dimension_is_none(type->dimension) ? signal->kids[1] : NULL;
}

/* The statement of a stimulus or clamp whose cells and variable are found; ast->kids[first] and the next: from, to. */
static const Expression *act(Checker *k, Scope *scope, const Ast *ast, int first, Stimulus stimulus,
                             const Expression *value) {
    Program *program = program_context(k)->program;
    Statements kids = {0};
    for (int i = first; i < first + 2; i++) {
        const Expression *limit = ast_kid(ast, i) ? check_expression(k, scope, ast->kids[i], type_time(k)) : host_absent(k);
        if (is_error(limit)) return NULL;
        vector_push(k->c->arena, &kids, limit);
    }
    Lift l = {k, &kids};
    stimulus.value = lift(&l, value);
    if (is_error(stimulus.value)) return NULL;
    vector_push(k->c->arena, &program->stimuli, stimulus);
    return host_statement(k, HIL_HOST_STIMULATE, program->stimuli.count - 1, NULL, ast->span, kids.count, kids.at);
}

/* What acts on each cell. */
static const Expression *acting_value(Checker *k, Scope *scope, const Ast *ast, const Variable *on, bool stimulus) {
    program_context(k)->acting = true;
    const Ast *amplitude = stimulus ? constant_step(k, scope, ast, on->type) : NULL;
    const Expression *value = check_expecting(k, scope, amplitude ? amplitude : ast, on->type, on->span,
                                              stimulus ? "the input is declared here" : "the state is declared here");
    program_context(k)->acting = false;
    return value;
}

static const Expression *stimulate_one(Checker *k, Scope *scope, const Ast *ast, const Ast *view) {
    Stimulus stimulus = {.span = ast->span};
    Variable *input = stimulated_input(k, scope, view, &stimulus.population, &stimulus.view);
    if (!input) return NULL;
    input->written = true;
    stimulus.input = input;
    const Expression *value = acting_value(k, scope, ast->kids[1], input, true);
    return is_error(value) ? NULL : act(k, scope, ast, 2, stimulus, value);
}

/* clamp V at -60 mV from 10 ms to 20 ms; clamp V of E[0] at …: the state is held. */
const Expression *program_clamp(Checker *k, Scope *scope, const Ast *ast) {
    const Ast *what = ast->kids[0];
    Stimulus stimulus = {.span = ast->span, .clamp = true};
    if (!program_context(k)->build) {
        compile_error(k->c, HOST_ONLY, ast->span, "only an experiment can clamp");
        return NULL;
    }
    Meaning *cells = program_view(k, scope, ast_kid(ast, 1), &stimulus.view);
    if (!cells) {
        if (!ast_kid(ast, 1)) compile_error(k->c, HOST_ONLY, ast->span, "of which population? write `clamp V of E at …`");
        return NULL;
    }
    Meaning *m = check_ref(k, cells->members, what, true);
    if (!m) return NULL;
    if (m->kind != MEANING_VARIABLE || !meaning_settle(k, m) || m->variable->role != VARIABLE_STATE ||
        m->variable->owner != cells->population) {
        Diagnostic *d = compile_error(k->c, WHICH_INPUT, what->span, "only states of %s can be clamped", cells->name);
        compile_note(k->c, d, m->span, "this stands here");
        return NULL;
    }
    stimulus.population = cells->population;
    stimulus.input = m->variable;
    m->variable->written = true;
    const Expression *value = acting_value(k, scope, ast->kids[2], m->variable, false);
    return is_error(value) ? NULL : act(k, scope, ast, 3, stimulus, value);
}

const Expression *program_stimulate(Checker *k, Scope *scope, const Ast *ast) {
    if (!program_context(k)->build) {
        compile_error(k->c, HOST_ONLY, ast->span, "only an experiment can stimulate");
        return NULL;
    }
    Statements list = {0};
    for (int i = 0; i < ast->kids[0]->count; i++) {
        const Expression *one = stimulate_one(k, scope, ast, ast->kids[0]->kids[i]);
        if (one) vector_push(k->c->arena, &list, one);
    }
    return host_statement(k, HIL_HOST_BLOCK, -1, NULL, ast->span, list.count, list.at);
}

/* ---- recorders and plots ---- */

/* kids[2], [3], [4]: every, from, to. false after an error. */
static bool record_times(Checker *k, Scope *scope, const Ast *ast, RecordTimes *times) {
    const Expression **parts[3] = {&times->every, &times->from, &times->to};
    for (int i = 0; i < 3; i++) {
        if (!ast_kid(ast, 2 + i)) continue;
        *parts[i] = check_expression(k, scope, ast->kids[2 + i], type_time(k));
        if (is_error(*parts[i])) return false;
    }
    return true;
}

const Expression *program_record(Checker *k, Scope *scope, const Ast *ast) {
    RecordTimes times = {0};
    if (!record_times(k, scope, ast, &times)) return NULL;
    const Ast *views = ast_kid(ast, 1);
    for (int w = 0; w < ast->kids[0]->count; w++) {
        const Ast *what = ast->kids[0]->kids[w];
        for (int v = 0; v < (views ? views->count : 1); v++)
            check_signal_of(k, scope, what, views ? views->kids[v] : NULL, true, &times, true, ast->span);
    }
    return NULL;
}

/* What stands behind `plot`. */
static const char *plot_title(Checker *k, const Ast *ast) {
    const char *text = source_text(k, ast->span);
    return strncmp(text, "plot ", 5) == 0 ? text + 5 : text;
}

const Expression *program_plot(Checker *k, Scope *scope, const Ast *ast) {
    const Ast *views = ast_kid(ast, 1);
    RecordTimes times = {0};
    if (!record_times(k, scope, ast, &times)) return NULL;
    Statements plots = {0};
    for (int w = 0; w < ast->kids[0]->count; w++) {
        const Ast *what = ast->kids[0]->kids[w];
        bool raster = what->kind == AST_NAME && (strcmp(what->name, "raster") == 0 || strcmp(what->name, "spikes") == 0);
        bool rate = what->kind == AST_NAME && strcmp(what->name, "rate") == 0;
        Statements panels = {0};
        for (int v = 0; v < (views ? views->count : 1); v++) {
            const Ast *view = views ? views->kids[v] : NULL;
            const Expression *value = check_signal_of(k, scope, raster ? NULL : what, view, true,
                                                      raster || rate ? NULL : &times, false, ast->span);
            if (is_error(value)) return NULL;
            if (value->type->kind == TYPE_SPIKES && (times.from || times.to)) { /* the axis ends there, too */
                const Expression *kids[3] = {value, times.from ? times.from : host_absent(k),
                                             times.to ? times.to : host_absent(k)};
                value = host_make(k, HIL_HOST_WINDOW, -1, value->type, ast->span, 3, kids);
            }
            HilUnit unit;
            Name text = NULL;
            if (value->type->kind == TYPE_SIGNAL)
                check_unit_as_written(k, program_context(k)->sole ? program_context(k)->sole->members : scope, what,
                                      type_number(k->pool, value->type->dimension), &unit, &text);
            value = host_shown(k, value, text);
            const char *label = raster || rate ? (view ? source_text(k, view->span) : program_context(k)->build->network->name)
                                : view ? arena_print(k->c->arena, "%s of %s", source_text(k, what->span), source_text(k, view->span))
                                       : source_text(k, what->span);
            vector_push(k->c->arena, &panels,
                        host_worded(k, HIL_HOST_NAMED, -1, label, value->type, ast->span, 1, &value));
        }
        int kind = raster ? HIL_PLOT_RASTER : rate ? HIL_PLOT_RATES : HIL_PLOT_TRACES;
        vector_push(k->c->arena, &plots,
                    host_statement(k, HIL_HOST_PLOT, kind, plot_title(k, ast), ast->span, panels.count, panels.at));
    }
    return host_statement(k, HIL_HOST_BLOCK, -1, NULL, ast->span, plots.count, plots.at);
}
