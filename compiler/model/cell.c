/* Cells: a neuron put into a population. In: a neuron's definition, arguments, initial block. Out: a Population whose
 * System holds the neuron, its channels and, later, the synapses its connections share. The order is: declare all
 * names, settle values, equations and handlers; what connections add comes in cell_finish. */
#include "hillock/host.h"
#include "model/cell.h"
#include <string.h>

/* ---- overrides ---- */

static void add_override(Checker *k, Overrides *overrides, Override o) {
    for (int i = 0; i < overrides->list.count; i++)
        if (overrides->list.at[i].path == o.path && !o.optional && !overrides->list.at[i].optional) {
            Diagnostic *d = compile_error(k->c, SETTING_TWICE, o.span, "%s is set twice", o.path);
            compile_note(k->c, d, overrides->list.at[i].span, "here first");
            return;
        }
    vector_push(k->c->arena, &overrides->list, o);
}

/* Every number of a table's row sets the parameter that its column names. */
static void overrides_of_row(Checker *k, const Meaning *row, Span span, Overrides *overrides) {
    const Table *table = row->table;
    for (int i = 0; i < table->columns.count; i++) {
        const TableCell *cell = &table->cells[row->position * table->columns.count + i];
        if (table->columns.at[i].expected || !cell->expression) continue;
        add_override(
            k, overrides,
            (Override){.path = table->columns.at[i].name, .ready = cell->expression, .span = span, .optional = true});
    }
}

void overrides_of_call(Checker *k, Scope *scope, const Ast *postfix, Overrides *overrides) {
    if (postfix->kind != AST_CALL) return;
    for (int i = 1; i < postfix->count; i++) {
        const Ast *argument = postfix->kids[i];
        if (argument->kind == AST_ARGUMENT) {
            add_override(
                k, overrides,
                (Override){.path = argument->name, .value = argument->kids[0], .home = scope, .span = argument->span});
            continue;
        }
        Meaning *row = check_ref(k, scope, argument, false);
        if (row && row->kind == MEANING_ROW) {
            overrides_of_row(k, row, argument->span, overrides);
        } else if (row && row->kind == MEANING_VALUE && row->expression->type->kind == TYPE_RECORD) {
            continue; /* a row that is known when running: the experiment sets it */
        } else {
            Diagnostic *d =
                compile_error(k->c, UNKNOWN_ARGUMENT, argument->span, "give parameters by name, or a row of a table");
            compile_help(k->c, d, "%s(tau = …)",
                         postfix_callee(postfix)->name ? postfix_callee(postfix)->name : "Kind");
        }
    }
}

static const char *path_text(Checker *k, const Ast *ref) {
    if (ref->kind == AST_NAME) return ref->name;
    if (ref->kind == AST_FIELD && ref->name) {
        const char *base = path_text(k, ref->kids[0]);
        return base ? arena_print(k->c->arena, "%s.%s", base, ref->name) : NULL;
    }
    if (ref->kind == AST_INDEX && ref->count == 2 && ref->kids[1]->kind == AST_NUMBER) {
        const char *base = path_text(k, ref->kids[0]);
        return base ? arena_print(k->c->arena, "%s[%d]", base, (int)ref->kids[1]->number) : NULL;
    }
    return NULL;
}

static bool mentions_draw(const Ast *ast) {
    static const char *const draws[] = {"uniform", "normal", "exponential", "lognormal", "poisson_count", "binomial"};
    if (!ast) return false;
    for (size_t i = 0; ast->kind == AST_CALL && ast->name && i < sizeof draws / sizeof draws[0]; i++)
        if (!strcmp(ast->name, draws[i])) return true;
    for (int i = 0; i < ast->count; i++)
        if (mentions_draw(ast->kids[i])) return true;
    return false;
}

/* ---- layouts ---- */

static const struct Layout {
    const char *name;
    int op, least, most;
    const char *help;
} layouts[] = {
    {"line", HIL_HOST_LAYOUT_LINE, 1, 1, "line 1 mm"},
    {"grid", HIL_HOST_LAYOUT_GRID, 2, 2, "grid 10, 50 um: columns, spacing"},
    {"ring", HIL_HOST_LAYOUT_RING, 1, 1, "ring 1 mm: radius"},
    {"box", HIL_HOST_LAYOUT_BOX, 3, 3, "box 1 mm, 1 mm, 0.2 mm"},
    {"random", HIL_HOST_LAYOUT_BOX, 3, 3, "random 1 mm, 1 mm, 0.2 mm"},
    {"disc", HIL_HOST_LAYOUT_DISC, 1, 1, "disc 1 mm: radius"},
    {"sphere", HIL_HOST_LAYOUT_BALL, 1, 1, "sphere 1 mm: radius"},
};

static const Type *type_of_unit(Checker *k, const char *text) {
    HilUnit unit;
    hil_unit_parse(text, strlen(text), &unit, NULL);
    return type_number(k->pool, unit.dimension);
}

static bool read_layout(Checker *k, Cell *cell, Scope *scope, const Ast *setting) {
    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        if (strcmp(layouts[i].name, setting->name)) continue;
        if (setting->count < layouts[i].least || setting->count > layouts[i].most) {
            Diagnostic *d = compile_error(k->c, ARGUMENT_COUNT, setting->span, "%s takes %d value%s", setting->name,
                                          layouts[i].least, layouts[i].least == 1 ? "" : "s");
            compile_help(k->c, d, "%s", layouts[i].help);
            return true;
        }
        const Expression *kids[4] = {cell->population->size};
        for (int j = 0; j < setting->count; j++) {
            bool count = layouts[i].op == HIL_HOST_LAYOUT_GRID && j == 0;
            kids[j + 1] = check_in_place(k, PLACE_VALUE, scope, setting->kids[j],
                                         count ? type_number(k->pool, HIL_DIMENSIONLESS) : type_of_unit(k, "m"));
            if (is_error(kids[j + 1])) return true;
        }
        const Type *list = type_list(k->pool, type_of_unit(k, "m"), -1);
        cell->population->layout = expression_host(k->pool, layouts[i].op, cell->population->number + 1, NULL, 0, list,
                                                   setting->span, setting->count + 1, kids);
        static const char *const axes[] = {"x", "y", "z"};
        for (int j = 0; j < 3; j++) {
            Name name = name_of(k->c->names, axes[j]);
            Variable *v = system_variable(
                k, &cell->system, VARIABLE_POSITION,
                scope_find_here(cell->scope, name) ? name_print(k->c->names, "position.%s", axes[j]) : name,
                setting->span);
            v->type = type_of_unit(k, "m");
            hil_unit_parse("um", 2, &v->unit, NULL);
            v->unit_text = name_of(k->c->names, "um");
            v->instance = true;
            if (scope_find_here(cell->scope, name)) continue;
            Meaning *m = scope_bind(k, cell->scope, MEANING_VARIABLE, name, setting->span);
            m->variable = v;
            m->state = MEANING_READY;
        }
        return true;
    }
    return false;
}

/* `{ V = uniform(…); let r = …; c = r^2; grid 10, 50 um }` */
static void read_initial(Checker *k, Cell *cell, Scope *outer, const Ast *block, Overrides *overrides) {
    Scope *scope = scope_new(k, outer, "this block", cell->population);
    scope->also = cell->scope;
    for (int i = 0; i < block->count; i++) {
        const Ast *ast = block->kids[i];
        if (ast->kind == AST_ASSIGN && ast->op == ASSIGN_SET) {
            const char *path = path_text(k, ast->kids[0]);
            if (path)
                add_override(k, overrides,
                             (Override){.path = name_of(k->c->names, path),
                                        .value = ast->kids[1],
                                        .home = scope,
                                        .span = ast->kids[0]->span});
            else
                compile_error(k->c, MISPLACED, ast->kids[0]->span, "a parameter or state is named here");
        } else if (ast->kind == AST_LET && ast_kid(ast, 2)) {
            bool drawn = mentions_draw(ast->kids[2]);
            Scope *own = scope_new(k, scope->parent, scope->what, scope->owner);
            Meaning *m = scope_bind(k, own, drawn ? MEANING_VARIABLE : MEANING_LET, ast->name, ast->name_span);
            m->ast = ast;
            m->home = m->value_home = scope;
            m->value = ast->kids[2];
            m->place = PLACE_DRAWN;
            m->system = &cell->system;
            if (drawn) {
                m->variable = system_variable(k, &cell->system, VARIABLE_PARAMETER, ast->name, ast->name_span);
                m->variable->settable = false;
            }
            scope->parent = own; /* found after the cell's own names, before the network's */
            vector_push(k->c->arena, &cell->self->meanings, m);
        } else if (ast->kind != AST_ERROR && ast->kind != AST_SETTING) {
            compile_error(k->c, MISPLACED, ast->span,
                          "a population's block sets parameters, initial values and a layout");
        }
    }
}

static void read_layouts(Checker *k, Cell *cell, Scope *outer, const Ast *block) {
    for (int i = 0; block && i < block->count; i++)
        if (block->kids[i]->kind == AST_SETTING && !read_layout(k, cell, outer, block->kids[i])) {
            Diagnostic *d = compile_error(k->c, BAD_SETTING, block->kids[i]->span, "a population has no setting %s",
                                          block->kids[i]->name);
            compile_help(k->c, d, "layouts are line, grid, ring, box, disc, sphere");
        }
}

void overrides_unused(Checker *k, Component *component, const char *what) {
    for (int i = 0; i < component->overrides->list.count; i++) {
        Override *o = &component->overrides->list.at[i];
        if (o->used || o->optional) continue;
        VECTOR(const char *) names = {0};
        for (int j = 0; j < component->system->variables.count; j++)
            if (component->system->variables.at[j]->role == VARIABLE_PARAMETER ||
                component->system->variables.at[j]->role == VARIABLE_STATE) {
                const char *name = component->system->variables.at[j]->name;
                size_t prefix = strlen(component->prefix);
                if (!strncmp(name, component->prefix, prefix)) vector_push(k->c->arena, &names, name + prefix);
            }
        Diagnostic *d =
            compile_error(k->c, UNKNOWN_ARGUMENT, o->span, "%s has no parameter or state called %s", what, o->path);
        const char *near = nearest_name(o->path, names.at, names.count);
        if (near) compile_help(k->c, d, "did you mean %s?", near);
    }
}

/* ---- building ---- */

/* Every mechanism of an `insert`, in one compartment. */
static void insert_into(Checker *k, Cell *cell, const Ast *insert, int region) {
    Scope *scope = cell->regions.at[region].scope;
    const char *place = cell->regions.at[region].name;
    for (int i = 0; i < insert->kids[0]->count; i++) {
        const Ast *postfix = insert->kids[0]->kids[i];
        /* kinds are the file's: a channel that is inserted already has given its name to what it holds here */
        Meaning *m = check_ref(k, k->globals, postfix_callee(postfix), false);
        int kind =
            m && m->kind == MEANING_DEFINITION && m->ast->op == DEFINITION_POOL ? DEFINITION_POOL : DEFINITION_CHANNEL;
        Meaning *definition = definition_named(k, k->globals, postfix, kind);
        if (!definition) continue;
        Overrides *overrides = arena_new_of(k->c->arena, Overrides);
        overrides_of_call(k, cell->scope, postfix, overrides);
        Name name = definition->ast->name;
        for (int n = 2; scope_find_here(scope, name); n++)
            name = name_print(k->c->names, "%s%d", definition->ast->name, n);
        Name prefix = place ? name_print(k->c->names, "%s.%s.", place, name) : name_print(k->c->names, "%s.", name);
        Component *channel =
            component_new(k, kind, name, prefix, definition, scope, &cell->system, cell, overrides, postfix->span);
        if (!channel) continue;
        channel->region = region;
        Meaning *member = scope_bind(k, scope, MEANING_SCOPE, name, postfix->span);
        member->members = channel->scope;
        member->state = MEANING_READY;
        vector_push(k->c->arena, &cell->channels, channel);
        component_declare(k, channel);
    }
}

void cell_insert(Checker *k, Cell *cell, const Ast *insert) {
    if (!cell->membrane) {
        Diagnostic *d = compile_error(k->c, MISPLACED, insert->span, "there is no membrane to insert this into");
        compile_help(k->c, d, "membrane { C = 1 uF/cm^2; area = 1000 um^2 }");
        return;
    }
    if (ast_kid(insert, 2)) {
        compile_error(k->c, NOT_SUPPORTED, insert->span,
                      "sites need a morphology, which is not supported by this version");
        return;
    }
    const Ast *places = ast_kid(insert, 1);
    for (int i = 0; places && i < places->count; i++) {
        Meaning *m = check_ref(k, cell->scope, places->kids[i], false);
        int region = m ? cell_region(cell, m) : -1;
        if (region < 0) {
            Diagnostic *d = compile_error(k->c, UNKNOWN_NAME, places->kids[i]->span, "there is no such compartment");
            if (!cell->compartments) compile_help(k->c, d, "compartments { soma, dend; soma -- dend : 2.1 mS/cm^2 }");
            continue;
        }
        insert_into(k, cell, insert, region);
    }
    for (int i = 0; !places && i < cell->regions.count; i++) insert_into(k, cell, insert, i);
}

Cell *cell_build(Checker *k, NetworkBuild *build, Meaning *population, Scope *outer, const Ast *kind,
                 const Ast *initial, Name name, const Expression *size, Span span) {
    Meaning *definition = definition_named(k, outer, kind, DEFINITION_NEURON);
    if (!definition) return NULL;
    Cell *cell = arena_new_of(k->c->arena, Cell);
    Population *p = arena_new_of(k->c->arena, Population);
    *p = (Population){.name = name,
                      .type_name = definition->ast->name,
                      .span = span,
                      .size = size,
                      .number = build->network->populations.count,
                      .network = build->network};
    cell->population = p;
    cell->build = build;
    cell->system.owner = p;
    cell->system.of_cells = true;
    Overrides *overrides = arena_new_of(k->c->arena, Overrides);
    overrides_of_call(k, outer, kind, overrides);
    System *system = k->system;
    Place place = k->place;
    k->system = &cell->system;
    Component *self = component_new(k, DEFINITION_NEURON, name, name_of(k->c->names, ""), definition, k->globals,
                                    &cell->system, cell, overrides, kind->span);
    if (!self) return NULL;
    cell->self = self;
    cell->scope = self->scope;
    if (initial) read_initial(k, cell, outer, initial, overrides);
    population->kind = MEANING_POPULATION;
    population->state = MEANING_READY;
    population->population = p;
    population->cell = cell;
    population->members = cell->scope;
    vector_push(k->c->arena, &build->network->populations, p);
    vector_push(k->c->arena, &build->cells, cell);

    component_declare(k, self);
    membrane_declare(k, cell);
    for (int i = 0; i < self->body.statements.count; i++)
        if (self->body.statements.at[i]->kind == AST_INSERT) cell_insert(k, cell, self->body.statements.at[i]);
    if (cell->membrane) membrane_settle(k, cell);
    read_layouts(k, cell, outer, initial);

    component_settle(k, self);
    for (int i = 0; i < cell->channels.count; i++) component_settle(k, cell->channels.at[i]);
    for (int i = 0; i < cell->channels.count; i++)
        if (cell->channels.at[i]->kind == DEFINITION_CHANNEL) component_equations(k, cell->channels.at[i]);
    for (int i = 0; i < cell->channels.count; i++)
        if (cell->channels.at[i]->kind != DEFINITION_CHANNEL) component_equations(k, cell->channels.at[i]);
    component_equations(k, self);
    component_handlers(k, self);
    for (int i = 0; i < cell->channels.count; i++) component_handlers(k, cell->channels.at[i]);
    for (int i = 0; i < cell->channels.count; i++)
        overrides_unused(k, cell->channels.at[i], cell->channels.at[i]->body.name);
    overrides_unused(k, self, self->body.name);
    k->system = system;
    k->place = place;
    return cell;
}

/* ---- finishing ---- */

#define move_vector(to, from) ((to).at = (from).at, (to).count = (from).count, (to).capacity = (from).capacity)

static void replace_inputs(Checker *k, Cell *cell) {
    VECTOR(Substitution) list = {0};
    for (int i = 0; i < cell->terms.count; i++) {
        InputTerm *term = &cell->terms.at[i];
        int at = 0;
        while (at < list.count && list.at[at].variable != term->input) at++;
        if (at == list.count)
            vector_push(k->c->arena, &list,
                        (Substitution){term->input, expression_variable(k->pool, term->input, term->value->span)});
        const Expression *by = list.at[at].by;
        list.at[at].by = term->value->op == EXPRESSION_NEG ? expression_subtract(k->pool, by, term->value->kids[0])
                                                           : expression_add(k->pool, by, term->value);
    }
    if (!list.count) return;
    System *s = &cell->system;
    for (int i = 0; i < s->equations.count; i++)
        s->equations.at[i].rate = expression_substitute(k->pool, s->equations.at[i].rate, list.at, list.count);
    for (int i = 0; i < s->variables.count; i++)
        if (s->variables.at[i]->value)
            s->variables.at[i]->value = expression_substitute(k->pool, s->variables.at[i]->value, list.at, list.count);
    for (int i = 0; i < s->events.count; i++) {
        Event *e = s->events.at[i];
        if (e->signal) e->signal = expression_substitute(k->pool, e->signal, list.at, list.count);
        if (e->level) e->level = expression_substitute(k->pool, e->level, list.at, list.count);
        if (e->test) e->test = expression_substitute(k->pool, e->test, list.at, list.count);
    }
}

void cell_finish(Checker *k, Cell *cell) {
    if (cell->membrane) membrane_finish(k, cell);
    replace_inputs(k, cell);
    Population *p = cell->population;
    System *s = &cell->system;
    int kept = 0;
    for (int i = 0; i < s->variables.count; i++) {
        Variable *v = s->variables.at[i];
        if (!v->type) continue; /* a function-valued parameter, or a let that nobody could read */
        v->number = kept;
        s->variables.at[kept++] = v;
    }
    s->variables.count = kept;
    s->of_cells = false;
    move_vector(p->variables, s->variables);
    move_vector(p->equations, s->equations);
    move_vector(p->events, s->events);
    move_vector(p->refractories, s->refractories);
    move_vector(p->solves, s->solves);
}
