/* Signals and what is computed from them: `V of E[0..4]`, `spikes of E`, `rate of E`, the library of reductions
 * (hillock/reductions.def), functions of lists, calls of experiments.
 * In: Ast. Out: HOST expressions; recorders are added to the program, each distinct one once. */
#include "model/program.h"
#include <string.h>

static bool is_word(const Ast *ast, const char *word) {
    return ast && ast->kind == AST_NAME && strcmp(ast->name, word) == 0;
}

/* ---- recorders ---- */

static Event *event_named(const Population *population, const Ast *what) {
    for (int i = 0; i < population->events.count; i++) {
        Event *event = population->events.at[i];
        if (!what || is_word(what, "spikes") || is_word(what, "rate")
                ? event->spike
                : what->kind == AST_NAME && event->name == what->name)
            return event;
    }
    return NULL;
}

static bool same_recorder(const Recorder *a, const Recorder *b) {
    return a->population == b->population && a->projection == b->projection && a->by_target == b->by_target &&
           a->event == b->event && a->value == b->value && a->view == b->view && a->every == b->every &&
           a->from == b->from && a->to == b->to;
}

static void mark_observed(Checker *k, const Expression *value) {
    const Variable **variables;
    int count;
    expression_variables(k->pool, value, &variables, &count);
    for (int i = 0; i < count; i++) {
        ((Variable *)variables[i])->observed = true;
        if (variables[i]->original) ((Variable *)variables[i]->original)->observed = true;
    }
}

int program_recorder(Checker *k, Recorder *recorder, const RecordTimes *times) {
    ProgramContext *context = program_context(k);
    Program *program = context->program;
    if (times) recorder->every = times->every, recorder->from = times->from, recorder->to = times->to;
    if (!recorder->spikes) {
        mark_observed(k, recorder->value);
        context->sampled = true;
        if (!times) recorder->every = context->every;
    }
    for (int i = 0; i < program->recorders.count; i++) {
        Recorder *known = &program->recorders.at[i];
        if (!same_recorder(known, recorder)) continue;
        known->written = known->written || recorder->written;
        return i;
    }
    vector_push(k->c->arena, &program->recorders, *recorder);
    return program->recorders.count - 1;
}

/* A signal of one cell is a number at a time, of several a list: its type's count is 1 or -1. */
static bool one_cell(const Recorder *recorder) {
    double size;
    if (!recorder->view) return expression_is_number(recorder->population->size, &size) && size == 1;
    const Expression *view = recorder->view;
    if (view->op == EXPRESSION_HOST && view->index == HIL_HOST_LIST) return view->count == 1;
    return view->type->kind == TYPE_NUMBER;
}

static const Type *signal_type(Checker *k, HilDimension dimension, bool one) {
    const Type *several = type_with_dimension(k->pool, TYPE_SIGNAL, dimension);
    if (!one) return several;
    Type *type = arena_new_of(k->c->arena, Type);
    *type = *several;
    type->count = 1;
    return type;
}

bool view_is_late(Checker *k, const Expression *view) {
    if (view->op == EXPRESSION_HOST && view->index == HIL_HOST_LOCAL)
        return view->host_index >= program_context(k)->program->parameters.count;
    for (int i = 0; i < view->count; i++)
        if (view_is_late(k, view->kids[i])) return true;
    return false;
}

/* The cells of a late view are picked from what was recorded of all. */
static const Expression *pick(Checker *k, const Expression *all, const Expression *view, Span span) {
    bool one = view->op == EXPRESSION_HOST && view->index == HIL_HOST_LIST && view->count == 1;
    const Expression *kids[2] = {all, one ? view->kids[0] : view};
    const Type *type = all->type;
    if (type->kind == TYPE_SIGNAL && one) type = signal_type(k, type->dimension, true);
    return host_make(k, HIL_HOST_INDEX, -1, type, span, 2, kids);
}

Meaning *program_view(Checker *k, Scope *scope, const Ast *view, const Expression **indices) {
    ProgramContext *context = program_context(k);
    *indices = NULL;
    if (!context->build) {
        Diagnostic *d =
            compile_error(k->c, HOST_ONLY, view ? view->span : NO_SPAN, "a study has no network of its own to look at");
        compile_help(k->c, d, "measure it in an experiment and call that");
        return NULL;
    }
    if (view) return check_view(k, scope, view, indices);
    return context->sole;
}

/* ---- refs through cells: E.AMPA.g, E[0..4].V ---- */

static bool names_cells(Checker *k, Scope *scope, const Ast *ast) {
    if (ast->kind == AST_WHERE) return true;
    Meaning *m = check_ref(k, scope, ast, false);
    if (m || ast->kind != AST_INDEX) return m && m->kind == MEANING_POPULATION;
    return ast->count == 2 && names_cells(k, scope, ast->kids[0]);
}

/* The ref without the cells that it begins with, down to `first`, which becomes a name. */
static Ast *without_cells(Checker *k, const Ast *ref, const Ast *first) {
    Ast *rest = arena_new_of(k->c->arena, Ast);
    *rest = *ref;
    rest->span.begin = first->name_span.begin;
    if (ref == first) {
        rest->kind = AST_NAME;
        rest->count = 0;
        return rest;
    }
    rest->kids = arena_array_of(k->c->arena, Ast *, ref->count + 1);
    for (int i = 0; i < ref->count; i++) rest->kids[i] = ref->kids[i];
    rest->kids[0] = without_cells(k, ref->kids[0], first);
    return rest;
}

/* The cells that a ref begins with and, in *rest, the ref within them; NULL: it begins otherwise. */
static const Ast *cells_of(Checker *k, Scope *scope, const Ast *ref, const Ast **rest) {
    for (const Ast *at = ref; at->kind == AST_FIELD || at->kind == AST_INDEX; at = at->kids[0]) {
        if (at->kind != AST_FIELD || !at->name || !names_cells(k, scope, at->kids[0])) continue;
        *rest = without_cells(k, ref, at);
        return at->kids[0];
    }
    return NULL;
}

/* `what` is a name of the cells in `view`; NULL: spikes. */
static const Expression *signal_of_cells(Checker *k, Scope *scope, const Ast *what, const Ast *view, bool spikes_wanted,
                                         const RecordTimes *times, bool written, Span span) {
    Recorder recorder = {.written = written, .span = span};
    Meaning *m = program_view(k, scope, view, &recorder.view);
    if (!m) {
        if (program_context(k)->build && !view)
            compile_error(k->c, HOST_ONLY, span, "of which population? write `… of E`");
        return error_expression(k, span);
    }
    const Expression *picked = recorder.view && view_is_late(k, recorder.view) ? recorder.view : NULL;
    if (picked) recorder.view = NULL;
    recorder.population = m->population;
    recorder.event = event_named(m->population, what);
    bool spikes = !what || is_word(what, "spikes") || is_word(what, "rate") || recorder.event;
    if (spikes) {
        if (!recorder.event) {
            Diagnostic *d = compile_error(k->c, NO_SPIKES, span, "%s never spikes: %s has no `spike when`",
                                          m->population->name, m->population->type_name);
            compile_note(k->c, d, m->population->span, "the population stands here");
            return error_expression(k, span);
        }
        recorder.spikes = true;
        recorder.name = recorder.event->spike ? name_of(k->c->names, "spikes") : recorder.event->name;
        recorder.unit = (HilUnit){.dimension = seconds_dimension(), .scale = 1e-3};
        recorder.unit_text = name_of(k->c->names, "ms");
        const Expression *trains = host_make(k, HIL_HOST_SPIKES_OF, program_recorder(k, &recorder, times),
                                             type_simple(k->pool, TYPE_SPIKES), span, 0, NULL);
        if (picked) trains = pick(k, trains, picked, span);
        if (!is_word(what, "rate") || spikes_wanted || written) return trains;
        HilDimension per_second = HIL_DIMENSIONLESS;
        hil_dimension_divide(HIL_DIMENSIONLESS, seconds_dimension(), &per_second);
        return host_make(k, HIL_HOST_REDUCE, HIL_REDUCTION_RATE, type_number(k->pool, per_second), span, 1, &trains);
    }
    const Ast *root = what;
    while (root->kind == AST_FIELD || root->kind == AST_INDEX) root = root->kids[0];
    if (root != what && root->kind == AST_NAME && !scope_find(m->members, root->name)) {
        check_connection_unknown(k, m->members, root, m->name);
        return error_expression(k, span);
    }
    System *system = k->system;
    recorder.value = check_in_place(k, PLACE_VALUE, m->members, what, NULL);
    k->system = system;
    if (is_error(recorder.value)) return recorder.value;
    if (recorder.value->type->kind != TYPE_NUMBER) {
        compile_error(k->c, TYPE_MISMATCH, what->span, "only numbers can be recorded, this is %s",
                      type_text(k, recorder.value->type));
        return error_expression(k, span);
    }
    if (what->kind == AST_NAME && name_is_unit(k, m->members, what->name)) { /* W, where there is no W but the watt */
        scope_unknown(k, m->members, what->name, what->span, "variable");
        return error_expression(k, span);
    }
    recorder.name = name_of(k->c->names, source_text(k, what->span));
    check_unit_as_written(k, m->members, what, recorder.value->type, &recorder.unit, &recorder.unit_text);
    const Type *type = signal_type(k, recorder.value->type->dimension, one_cell(&recorder));
    const Expression *signal = host_make(k, HIL_HOST_SIGNAL_OF, program_recorder(k, &recorder, times), type, span, 0, NULL);
    return picked ? pick(k, signal, picked, span) : signal;
}

const Expression *check_signal_of(Checker *k, Scope *scope, const Ast *what, const Ast *view, bool spikes_wanted,
                                  const RecordTimes *times, bool written, Span span) {
    const Ast *name, *rest = what, *cells = view;
    Meaning *connection = what ? check_connection_named(k, scope, what, &name) : NULL;
    if (connection) return check_connection_signal(k, scope, what, connection, name, view, times, written, span);
    if (what && !view && program_context(k)->build) cells = cells_of(k, scope, what, &rest);
    return signal_of_cells(k, scope, cells ? rest : what, cells, spikes_wanted, times, written, span);
}

const Expression *check_member(Checker *k, Scope *scope, const Ast *ref, bool signal) {
    const Ast *name, *rest;
    if ((ref->kind != AST_FIELD && ref->kind != AST_INDEX) || !program_context(k)->build || program_context(k)->acting)
        return NULL;
    Meaning *connection = check_connection_named(k, scope, ref, &name);
    if (connection && signal)
        return check_connection_signal(k, scope, ref, connection, name, NULL, NULL, false, ref->span);
    if (connection) return check_connection_value(k, scope, ref, connection, name);
    const Ast *cells = cells_of(k, scope, ref, &rest);
    if (!cells) return NULL;
    Meaning *whole = check_ref(k, scope, cells, false), *m = whole ? check_ref(k, scope, ref, false) : NULL;
    bool value = m && (m->kind == MEANING_VARIABLE || m->kind == MEANING_LET) && meaning_settle(k, m);
    if (whole && !m && ref->kind == AST_FIELD && ref->name) {
        check_ref(k, scope, ref, true); /* says what there is */
        return error_expression(k, ref->span);
    }
    if (whole && !value) return NULL;
    if (value && !signal) {
        const Expression *e = meaning_expression(k, m, ref->span);
        if (is_error(e) || e->rate <= RATE_SCALAR) return e;
    }
    return signal_of_cells(k, scope, rest, cells, false, NULL, false, ref->span);
}

/* In an experiment on one neuron, does the ref begin with a name of that neuron (V, Na_HH.m, w[2])? Names of the
 * experiment's own go first; kinds of the same name (the channel Na_HH) do not. */
bool names_sole_member(Checker *k, Scope *scope, const Ast *ast) {
    const ProgramContext *context = program_context(k);
    if (!context->sole) return false;
    while (ast->kind == AST_FIELD || ast->kind == AST_INDEX || ast->kind == AST_CALL) ast = ast->kids[0]; /* V(soma) */
    if (ast->kind != AST_NAME || !scope_find_here(context->sole->members, ast->name)) return false;
    const Meaning *m = scope_find(scope, ast->name);
    return !m || m->kind == MEANING_DEFINITION;
}

/* ---- arguments of reductions ---- */

const Expression *check_series(Checker *k, Scope *scope, const Ast *ast, char letter) {
    bool spikes = strchr("pwe", letter) != NULL;
    if (ast->kind == AST_WINDOW && spikes) {
        const Expression *kids[3] = {check_series(k, scope, ast->kids[0], letter), NULL, NULL};
        for (int i = 1; i < 3; i++)
            kids[i] = ast_kid(ast, i) ? check_expression(k, scope, ast->kids[i], type_time(k)) : host_absent(k);
        for (int i = 0; i < 3; i++)
            if (is_error(kids[i])) return kids[i];
        return host_make(k, HIL_HOST_WINDOW, -1, kids[0]->type, ast->span, 3, kids);
    }
    if (ast->kind == AST_OF && spikes && is_word(ast->kids[0], "rate"))
        return check_signal_of(k, scope, ast->kids[0], ast->kids[1], true, NULL, false, ast->span);
    const Expression *member = letter != 'v' ? check_member(k, scope, ast, true) : NULL;
    if (member) return member;
    /* V alone, in an experiment on one neuron, is its voltage and not the volt */
    bool trains =
        program_context(k)->sole && (is_word(ast, "spikes") || is_word(ast, "rate")) && !scope_find(scope, ast->name);
    if (trains || names_sole_member(k, scope, ast))
        return check_signal_of(k, scope, ast, NULL, spikes, NULL, false, ast->span);
    return check_expression(k, scope, ast, NULL);
}

static const Type *bursts_type(Checker *k) {
    Type *type = arena_new_of(k->c->arena, Type);
    type->kind = TYPE_RECORD;
    type->count = -1;
    type->label = name_of(k->c->names, "a list of bursts");
    const Type *times = type_list(k->pool, type_time(k), -1);
    const Type *counts = type_list(k->pool, type_number(k->pool, HIL_DIMENSIONLESS), -1);
    const char *const fields[] = {"start", "stop", "length", "count"};
    for (int i = 0; i < 4; i++)
        vector_push(k->c->arena, &type->fields,
                    (TypeField){name_of(k->c->names, fields[i]), i < 3 ? times : counts, false});
    return type;
}

static HilDimension reduced_dimension(Checker *k, const char *rule, HilDimension first, HilDimension second) {
    HilDimension time = seconds_dimension(), result = HIL_DIMENSIONLESS;
    (void)k;
    if (strcmp(rule, "first") == 0) return first;
    if (strcmp(rule, "s") == 0) return time;
    if (strcmp(rule, "/s") == 0)
        hil_dimension_divide(HIL_DIMENSIONLESS, time, &result);
    else if (strcmp(rule, "first^2") == 0)
        hil_dimension_multiply(first, first, &result);
    else if (strcmp(rule, "first*s") == 0)
        hil_dimension_multiply(first, time, &result);
    else if (strcmp(rule, "first/s") == 0)
        hil_dimension_divide(first, time, &result);
    else if (strcmp(rule, "first*second") == 0)
        hil_dimension_multiply(first, second, &result);
    return result;
}

static HilDimension dimension_inside(Checker *k, const Type *type) {
    for (int depth = 0; depth < 8 && (type->kind == TYPE_LIST || type->kind == TYPE_SIGNAL ||
                                      type->kind == TYPE_RANGE || type->kind == TYPE_SPIKES);
         depth++)
        type = element_type(k, type);
    return type->kind == TYPE_NUMBER ? type->dimension : HIL_DIMENSIONLESS;
}

static const Type *reduced_type(Checker *k, int reduction, char result, const Expression *const *kids, int count) {
    const char *rule = hil_reduction_unit(reduction);
    HilDimension second = count > 1 ? dimension_inside(k, kids[1]->type) : HIL_DIMENSIONLESS;
    HilDimension dimension = reduced_dimension(k, rule, dimension_inside(k, kids[0]->type), second);
    switch (result) {
    case 'n': return type_number(k->pool, dimension);
    case 'l': return type_list(k->pool, type_number(k->pool, dimension), -1);
    case 's': return type_with_dimension(k->pool, TYPE_SIGNAL, dimension);
    case 'b': return type_simple(k->pool, TYPE_BOOLEAN);
    case 'p': return type_simple(k->pool, TYPE_SPIKES);
    case 'r': return bursts_type(k);
    default: return element_type(k, kids[0]->type);
    }
}

/* Does an argument's type suit its letter? */
static bool suits(Checker *k, char letter, const Type *type, HilDimension first, const Type **wanted) {
    HilDimension time = seconds_dimension(), per_time = HIL_DIMENSIONLESS;
    hil_dimension_divide(HIL_DIMENSIONLESS, time, &per_time);
    *wanted = NULL;
    switch (letter) {
    case 'n': *wanted = type_number(k->pool, HIL_DIMENSIONLESS); return true;
    case 't': *wanted = type_number(k->pool, time); return true;
    case 'f': *wanted = type_number(k->pool, per_time); return true;
    case 'u': *wanted = type_number(k->pool, first); return true;
    case 's': return type->kind == TYPE_SIGNAL;
    case 'p': return type->kind == TYPE_SPIKES;
    case 'w': return type->kind == TYPE_SIGNAL || type->kind == TYPE_SPIKES;
    case 'e': return type->kind == TYPE_SPIKES || type->kind == TYPE_LIST;
    case 'v':
    case 'l':
    case 'm':
        return type->kind == TYPE_LIST || type->kind == TYPE_SIGNAL || type->kind == TYPE_RANGE ||
               type->kind == TYPE_RECORD;
    case 'b': return type->kind == TYPE_LIST || type->kind == TYPE_BOOLEAN;
    default: return type->kind != TYPE_NUMBER || letter == 'a';
    }
}

static const char *letter_text(char letter) {
    switch (letter) {
    case 's': return "a signal (V of E[0])";
    case 'p': return "spikes (spikes of E)";
    case 'w': return "a signal or spikes";
    case 'e': return "spikes or a list of times";
    case 'b': return "conditions";
    default: return "a list or a signal";
    }
}

const Expression *check_reduction_call(Checker *k, Scope *scope, const Ast *call, int reduction) {
    const char *signature = hil_reduction_signature(reduction), *at = signature;
    const Expression *kids[8];
    int count = 0, given = 1;
    HilDimension first = HIL_DIMENSIONLESS;
    for (; *at && *at != ':' && count < 8; at++) {
        if (*at == '?') continue;
        bool optional = at[1] == '?';
        if (given >= call->count) {
            if (!optional) {
                compile_error(k->c, ARGUMENT_COUNT, call->span, "%s needs %s", call->name,
                              count ? "a further argument" : letter_text(*at));
                return error_expression(k, call->span);
            }
            break;
        }
        const Ast *argument = call->kids[given++];
        if (argument->kind == AST_ARGUMENT) argument = argument->kids[0]; /* bursts(x, gap = 300 ms) */
        /* EE.weight is the values of all connections here, even where they are one number */
        const Expression *kid = check_series(k, scope, argument, strchr("vlm", *at) ? 's' : *at);
        const Type *wanted;
        if (is_error(kid)) return kid;
        if (!suits(k, *at, kid->type, first, &wanted)) {
            compile_error(k->c, TYPE_MISMATCH, argument->span, "%s takes %s here, this is %s", call->name,
                          letter_text(*at), type_text(k, kid->type));
            return error_expression(k, call->span);
        }
        if (wanted) kid = check_fits(k, kid, argument->span, wanted, call->span, "it is an argument of this");
        if (is_error(kid)) return kid;
        if (count == 0) first = dimension_inside(k, kid->type);
        kids[count++] = kid;
    }
    if (given < call->count) {
        compile_error(k->c, ARGUMENT_COUNT, call->kids[given]->span, "%s takes %d argument%s", call->name, count,
                      count == 1 ? "" : "s");
        return error_expression(k, call->span);
    }
    char result = strchr(signature, ':')[1];
    return host_make(k, HIL_HOST_REDUCE, reduction, reduced_type(k, reduction, result, kids, count), call->span, count,
                     kids);
}

/* ---- functions of lists ---- */

typedef struct ListFunction {
    const char *name;
    int op, least, most;
    char result; /* n number, b boolean, f like the first, e list of the first, l list of the second, i list of numbers,
                    w list of lists of the first's elements, B list of booleans */
} ListFunction;

static const ListFunction list_functions[] = {
    {"known", HIL_HOST_KNOWN, 1, 1, 'b'},   {"length", HIL_HOST_LENGTH, 1, 1, 'n'},
    {"concat", HIL_HOST_CONCAT, 1, 8, 'f'}, {"flatten", HIL_HOST_FLATTEN, 1, 1, 'F'},
    {"zip", HIL_HOST_ZIP, 1, 8, 'e'},       {"reversed", HIL_HOST_REVERSED, 1, 1, 'f'},
    {"unique", HIL_HOST_UNIQUE, 1, 1, 'f'}, {"fill", HIL_HOST_FILL, 2, 2, 'l'},
    {"only", HIL_HOST_ONLY, 2, 2, 'B'},     {"spread", HIL_HOST_SPREAD, 3, 3, 'l'},
    {"which", HIL_HOST_WHICH, 1, 1, 'i'},   {"words", HIL_HOST_WORDS, 2, 2, 'w'},
};

static const Type *list_result(Checker *k, char result, const Expression *const *kids) {
    const Type *number = type_number(k->pool, HIL_DIMENSIONLESS), *boolean = type_simple(k->pool, TYPE_BOOLEAN);
    const Type *first = kids[0]->type;
    switch (result) {
    case 'n': return number;
    case 'b': return boolean;
    case 'B': return type_list(k->pool, boolean, -1);
    case 'i': return type_list(k->pool, number, -1);
    case 'e': return type_list(k->pool, first, -1);
    case 'l': return type_list(k->pool, kids[1]->type, -1);
    case 'w': return type_list(k->pool, type_list(k->pool, element_type(k, first), -1), -1);
    case 'F': return element_type(k, first);
    default: return first->kind == TYPE_RANGE ? type_list(k->pool, element_type(k, first), -1) : first;
    }
}

const Expression *check_list_function(Checker *k, Scope *scope, const Ast *call) {
    for (size_t i = 0; i < sizeof list_functions / sizeof *list_functions; i++) {
        const ListFunction *f = &list_functions[i];
        if (strcmp(f->name, call->name) != 0) continue;
        const Expression *kids[8];
        int count = call->count - 1;
        if (count < f->least || count > f->most) {
            compile_error(k->c, ARGUMENT_COUNT, call->span, "%s takes %d argument%s, here are %d", f->name, f->least,
                          f->least == 1 ? "" : "s", count);
            return error_expression(k, call->span);
        }
        for (int j = 0; j < count; j++) {
            kids[j] = check_expression(k, scope, call->kids[j + 1], NULL);
            if (is_error(kids[j])) return kids[j];
        }
        return host_make(k, f->op, -1, list_result(k, f->result, kids), call->span, count, kids);
    }
    return NULL;
}

/* ---- calls of experiments ---- */

/* The experiment's program; built now when its turn has not come yet, or when another file defines it. */
static const Program *program_of(Checker *k, Scope *scope, const Meaning *experiment) {
    const Model *model = k->model;
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < model->programs.count; i++)
            if (model->programs.at[i]->name == experiment->name &&
                model->programs.at[i]->span.begin == experiment->ast->span.begin &&
                model->programs.at[i]->span.source == experiment->ast->span.source)
                return model->programs.at[i];
        if (round == 0 && k->depth < 100) {
            k->depth += 20; /* experiments that call one another in a circle end here */
            program_build(k, experiment->home ? experiment->home : scope, experiment->ast);
            k->depth -= 20;
        }
    }
    return NULL;
}

const Expression *check_experiment_call(Checker *k, Scope *scope, const Ast *call, Meaning *experiment) {
    const Program *program = program_of(k, scope, experiment);
    if (!program) {
        if (!k->c->diagnostics.errors) {
            Diagnostic *d = compile_error(k->c, CIRCULAR, call->span, "%s cannot be called here: it calls itself",
                                          experiment->name);
            compile_note(k->c, d, experiment->span, "it stands here");
        }
        return error_expression(k, call->span);
    }
    int count = program->parameters.count, next = 0;
    const Expression **kids = arena_array_of(k->c->arena, const Expression *, count + 1);
    const Meaning **functions = arena_array_of(k->c->arena, const Meaning *, count + 1);
    for (int i = 0; i < count; i++) kids[i] = host_absent(k);
    for (int i = 1; i < call->count; i++) {
        const Ast *argument = call->kids[i];
        int at = argument->kind == AST_ARGUMENT ? -1 : next++;
        for (int p = 0; at < 0 && p < count; p++)
            if (program->parameters.at[p].name == argument->name) at = p;
        if (at < 0 || at >= count) {
            Diagnostic *d =
                compile_error(k->c, UNKNOWN_ARGUMENT, argument->span, "%s has no such parameter", experiment->name);
            compile_note(k->c, d, experiment->span, "its parameters stand here");
            return error_expression(k, call->span);
        }
        const ProgramParameter *parameter = &program->parameters.at[at];
        const Ast *value = argument->kind == AST_ARGUMENT ? argument->kids[0] : argument;
        const Type *expected = parameter->type->kind == TYPE_NUMBER ? parameter->type : NULL;
        bool function = false;
        for (int s = 0; s < program->structure.count; s++)
            function = function || (program->structure.at[s].parameter == at && program->structure.at[s].function);
        if (function) {
            functions[at] = program_function(k, scope, value);
            if (functions[at]) continue;
            Diagnostic *d = compile_error(k->c, TYPE_MISMATCH, value->span, "%s is a function, this is none", parameter->name);
            compile_note(k->c, d, parameter->span, "it stands here");
            return error_expression(k, call->span);
        }
        kids[at] = check_expecting(k, scope, value, expected, parameter->span, "this parameter gets it");
        if (is_error(kids[at])) return kids[at];
    }
    for (int i = 0; i < count; i++)
        if (kids[i]->index < 0 && kids[i]->op == EXPRESSION_HOST && !program->parameters.at[i].initial) {
            Diagnostic *d = compile_error(k->c, NO_VALUE, call->span, "%s needs a value for %s", experiment->name,
                                          program->parameters.at[i].name);
            compile_note(k->c, d, program->parameters.at[i].span, "it has no default");
            return error_expression(k, call->span);
        }
    return program_call(k, scope, call, experiment, program, count, kids, functions);
}
