/* Values of single connections as signals: `EE.weight of E[0..4]`, `EE.g`. In: refs that begin with a named connection.
 * Out: HOST expressions; recorders of projections are added to the program.
 * Kept true: whether a synapse's states are shared by a cell cannot be seen here. Where one sum a cell is all that the
 * model needs, looking at a connection's part gives it a state of its own, which obeys the same equation and arrivals;
 * the sum and what follows from it stay as they are. */
#include "hillock/abi.h"
#include "model/program.h"
#include <string.h>

Meaning *check_connection_named(Checker *k, Scope *scope, const Ast *ref, const Ast **name) {
    const Ast *path[16];
    int depth = 0;
    for (const Ast *at = ref; depth < 16; at = at->kids[0]) {
        path[depth++] = at;
        if (at->kind == AST_NAME) break;
        if (at->kind != AST_FIELD && at->kind != AST_INDEX) return NULL;
    }
    if (depth == 16) return NULL;
    while (depth-- > 0) { /* a network in a network names its connections: column.EE.weight */
        Meaning *m = check_ref(k, scope, path[depth], false);
        if (!m) return NULL;
        *name = path[depth];
        if (m->kind == MEANING_PROJECTION) return m;
        if (m->kind != MEANING_MODULE && m->kind != MEANING_ARRAY && m->kind != MEANING_SYMBOL) return NULL;
    }
    return NULL;
}

/* ---- a connection's part of a sum ---- */

static const Expression *in_parts(Checker *k, Projection *projection, const Expression *value);

/* The variable that holds what each connection has of `sum`, a state of the target; made at the first look. */
static const Expression *part_of(Checker *k, Projection *projection, const Variable *sum) {
    for (int i = 0; i < projection->parts.count; i++)
        if (projection->parts.at[i].variable == sum) return projection->parts.at[i].by;
    Arena *arena = k->c->arena;
    const char *last = strrchr(sum->name, '.');
    Name name = name_of(k->c->names, last ? last + 1 : sum->name);
    for (int i = 0; i < projection->variables.count; i++)
        if (projection->variables.at[i]->name == name && projection->variables.at[i]->side == SIDE_SELF) name = sum->name;
    Variable *part = arena_new_of(arena, Variable);
    *part = *sum;
    part->name = name;
    part->owner = projection;
    part->number = projection->variables.count;
    vector_push(arena, &projection->variables, part);
    const Expression *own = expression_variable(k->pool, part, sum->span);
    vector_push(arena, &projection->parts, (Substitution){sum, own});

    const Population *target = projection->target;
    for (int i = 0; i < target->equations.count; i++) {
        const Equation *e = &target->equations.at[i];
        if (e->state == sum)
            vector_push(arena, &projection->equations, (Equation){part, in_parts(k, projection, e->rate), e->span});
    }
    /* An arrival adds to the sum something that does not hang on it: the same to the part. */
    VECTOR(Action) arrivals = {0};
    for (int i = 0; i < projection->on_pre.count; i++) {
        Action action = projection->on_pre.at[i];
        vector_push(arena, &arrivals, action);
        if (action.kind != ACTION_ASSIGN || action.variable->side != SIDE_POST || action.variable->original != sum) continue;
        Substitution by = {action.variable, own};
        action.variable = part;
        action.value = expression_substitute(k->pool, action.value, &by, 1);
        vector_push(arena, &arrivals, action);
    }
    projection->on_pre.at = arrivals.at;
    projection->on_pre.count = arrivals.count;
    projection->on_pre.capacity = arrivals.capacity;
    projection->sharing = arena_print(arena, "%s; each connection's %s beside it, to be looked at",
                                      projection->sharing ? projection->sharing : "shared", name);
    return own;
}

/* The value with each connection's own part for what its target keeps as sums. */
static const Expression *in_parts(Checker *k, Projection *projection, const Expression *value) {
    const Variable **variables;
    int count, used = 0;
    expression_variables(k->pool, value, &variables, &count);
    Substitution *by = arena_array_of(k->c->arena, Substitution, count + 1);
    for (int i = 0; i < count; i++) {
        const Variable *v = variables[i];
        if (v->role != VARIABLE_STATE || v->side != SIDE_SELF || v->owner == projection) continue;
        by[used++] = (Substitution){v, part_of(k, projection, v)};
    }
    return expression_substitute(k->pool, value, by, used);
}

/* ---- values ---- */

/* What the ref stands for, in the projection's terms. */
static const Expression *value_of(Checker *k, Scope *scope, const Ast *ref, const Meaning *connection, const Ast *name) {
    const Projection *projection = connection->projection;
    if (ref == name) {
        Diagnostic *d = compile_error(k->c, NOT_A_VALUE, ref->span, "%s is a connection and no value", connection->name);
        compile_note(k->c, d, connection->span, "it stands here");
        compile_help(k->c, d, "name one of its values: %s.weight, %s.delay or a state of its synapse", connection->name,
                     connection->name);
        return error_expression(k, ref->span);
    }
    bool own = ref->kind == AST_FIELD && ref->kids[0] == name && ref->name;
    if (own && strcmp(ref->name, "release") == 0) {
        compile_error(k->c, NOT_A_VALUE, ref->span, "`release` is there only while a spike arrives");
        return error_expression(k, ref->span);
    }
    if (own && strcmp(ref->name, "weight") == 0 && !projection->weight) {
        Diagnostic *d = compile_error(k->c, NO_WEIGHT, ref->span, "%s has no weight", connection->name);
        compile_note(k->c, d, connection->span, "its block gives none");
        return error_expression(k, ref->span);
    }
    const Expression *value = check_in_place(k, PLACE_VALUE, scope, ref, NULL);
    if (is_error(value) || value->type->kind == TYPE_NUMBER) return value;
    compile_error(k->c, TYPE_MISMATCH, ref->span, "only numbers can be recorded, this is %s", type_text(k, value->type));
    return error_expression(k, ref->span);
}

/* Which side of the connection the view names; its cells in *indices. false after an error. */
static bool find_side(Checker *k, Scope *scope, const Ast *view, const Meaning *connection, Recorder *recorder) {
    const Projection *projection = connection->projection;
    recorder->population = projection->source;
    if (!view) return true;
    Meaning *cells = check_view(k, scope, view, &recorder->view);
    if (!cells) return false;
    recorder->population = cells->population;
    recorder->by_target = cells->population != projection->source;
    if (cells->population == projection->source || cells->population == projection->target) return true;
    Diagnostic *d = compile_error(k->c, BAD_VIEW, view->span, "%s has no cells of %s", connection->name, cells->name);
    compile_note(k->c, d, connection->span, "it goes from %s to %s", projection->source->name, projection->target->name);
    return false;
}

const Expression *check_connection_signal(Checker *k, Scope *scope, const Ast *what, Meaning *connection, const Ast *name,
                                          const Ast *view, const RecordTimes *times, bool written, Span span) {
    Projection *projection = connection->projection;
    Recorder recorder = {.projection = projection, .written = written, .span = span};
    if (!program_context(k)->build || projection->network != program_context(k)->build->network) {
        compile_error(k->c, HOST_ONLY, span, "only an experiment on its network can look at %s", connection->name);
        return error_expression(k, span);
    }
    System *system = k->system;
    const Expression *value = value_of(k, scope, what, connection, name);
    k->system = system;
    if (is_error(value) || !find_side(k, scope, view, connection, &recorder)) return error_expression(k, span);
    recorder.value = in_parts(k, projection, value);
    const Expression *picked = recorder.view && view_is_late(k, recorder.view) ? recorder.view : NULL;
    if (picked) recorder.view = NULL;
    const char *text = source_text(k, what->span);
    size_t skipped = strlen(source_text(k, name->span));
    recorder.name = name_of(k->c->names, strlen(text) > skipped + 1 ? text + skipped + 1 : text);
    if (value->op == EXPRESSION_VARIABLE && value->variable->unit_text) {
        recorder.unit = value->variable->unit;
        recorder.unit_text = value->variable->unit_text;
    } else {
        check_unit_as_written(k, scope, what, value->type, &recorder.unit, &recorder.unit_text);
    }
    const Type *type = type_with_dimension(k->pool, TYPE_SIGNAL, value->type->dimension);
    const Expression *signal =
        host_make(k, HIL_HOST_SIGNAL_OF, program_recorder(k, &recorder, times), type, span, 0, NULL);
    if (!picked) return signal;
    const Expression *kids[2] = {signal, picked};
    return host_make(k, HIL_HOST_OF_CELLS, recorder.by_target, type, span, 2, kids);
}

const Expression *check_connection_value(Checker *k, Scope *scope, const Ast *ref, Meaning *connection, const Ast *name) {
    const Expression *value = value_of(k, scope, ref, connection, name);
    if (is_error(value) || value->rate <= RATE_SCALAR) return value; /* one number for the whole connection */
    return check_connection_signal(k, scope, ref, connection, name, NULL, NULL, false, ref->span);
}

void check_connection_unknown(Checker *k, Scope *members, const Ast *root, const char *population) {
    VECTOR(const char *) names = {0};
    const NetworkBuild *build = program_context(k)->build;
    for (int i = 0; i < build->projections.count; i++)
        if (build->projections.at[i]->projection->named)
            vector_push(k->c->arena, &names, build->projections.at[i]->name);
    for (int i = 0; i < members->list.count; i++)
        if (members->list.at[i]->bound) vector_push(k->c->arena, &names, members->list.at[i]->bound);
    Diagnostic *d = compile_error(k->c, UNKNOWN_NAME, root->span, "there is no connection or part of %s called %s here",
                                  population, root->name);
    const char *near = nearest_name(root->name, names.at, names.count);
    const char *list = "";
    for (int i = 0; !near && i < build->projections.count && i < 8; i++)
        if (build->projections.at[i]->projection->named)
            list = arena_print(k->c->arena, "%s%s%s", list, list[0] ? ", " : "", build->projections.at[i]->name);
    if (near) compile_help(k->c, d, "did you mean %s?", near);
    else if (list[0]) compile_help(k->c, d, "connections here are %s", list);
}
