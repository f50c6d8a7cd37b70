/* Connections between populations. In: CONNECT and COUPLE statements. Out: one Projection for each pair of source and
 * target: rule, weight, delay, what an arrival does, what is added every step. */
#include "hillock/abi.h"
#include "model/synapse.h"
#include <string.h>

static const Type *plain(Checker *k) { return type_number(k->pool, HIL_DIMENSIONLESS); }

static const Type *in_unit(Checker *k, const char *text) {
    HilUnit unit;
    hil_unit_parse(text, strlen(text), &unit, NULL);
    return type_number(k->pool, unit.dimension);
}

/* ---- ends: E, E[0..4], E.I, limb.x ---- */

/* Is the ref a population, or cells of one? */
static bool names_cells(Checker *k, Scope *scope, const Ast *ast) {
    Meaning *m = check_ref(k, scope, ast, false);
    if (m) return m->kind == MEANING_POPULATION;
    if (ast->kind != AST_INDEX) return ast->kind == AST_WHERE;
    m = check_ref(k, scope, ast->kids[0], false);
    return m && m->kind == MEANING_POPULATION;
}

bool connection_end(Checker *k, Scope *scope, const Ast *ast, End *end) {
    *end = (End){0};
    int errors = k->c->diagnostics.errors;
    const Ast *cells = ast;
    while (!names_cells(k, scope, cells) && cells->kind == AST_FIELD && cells->name) cells = cells->kids[0];
    if (!names_cells(k, scope, cells)) cells = ast;
    end->population = check_view(k, scope, cells, &end->view);
    if (!end->population || k->c->diagnostics.errors != errors) return false;
    /* the path behind the cells, outermost part last */
    VECTOR(const Ast *) path = {0};
    for (const Ast *at = ast; at != cells; at = at->kids[0]) vector_push(k->c->arena, &path, at);
    Scope *members = end->population->members;
    for (int i = path.count - 1; i >= 0; i--) {
        end->port = members ? scope_find_here(members, path.at[i]->name) : NULL;
        if (!end->port) {
            Scope only = members ? *members : (Scope){.what = "this"};
            only.parent = NULL;
            scope_unknown(k, &only, path.at[i]->name, path.at[i]->name_span,
                          arena_print(k->c->arena, "part of %s", end->population->name));
            return false;
        }
        members = end->port->members;
    }
    return !end->port || end->port->kind != MEANING_VARIABLE || meaning_settle(k, end->port);
}

/* ---- rules and settings of the block ---- */

static const struct Rule {
    const char *name;
    int rule, arguments;
    const char *units[2];
} rules[] = {
    {"all", HIL_RULE_ALL, 0, {NULL, NULL}},
    {"dense", HIL_RULE_ALL, 0, {NULL, NULL}},
    {"one_to_one", HIL_RULE_ONE_TO_ONE, 0, {NULL, NULL}},
    {"probability", HIL_RULE_PROBABILITY, 1, {"1", NULL}},
    {"indegree", HIL_RULE_INDEGREE, 1, {"1", NULL}},
    {"outdegree", HIL_RULE_OUTDEGREE, 1, {"1", NULL}},
    {"total", HIL_RULE_TOTAL, 1, {"1", NULL}},
    {"ring", HIL_RULE_RING, 1, {"1", NULL}},
    {"small_world", HIL_RULE_SMALL_WORLD, 2, {"1", "1"}},
};

typedef struct Block {
    const Ast *weight, *delay, *rule, *within;
    bool allow_self, allow_multapses, refuse_self;
    Overrides *overrides; /* parameters of the synapse set in the block */
} Block;

static bool is_word(const Ast *setting, const char *yes, bool *value) {
    if (!setting->count) {
        *value = true;
        return true;
    }
    const Ast *kid = setting->kids[0];
    if (kid->kind == AST_BOOL)
        *value = kid->op;
    else if (kid->kind == AST_NAME && !strcmp(kid->name, yes))
        *value = true;
    else if (kid->kind == AST_NAME && !strcmp(kid->name, "no"))
        *value = false;
    else
        return false;
    return true;
}

static void take(Checker *k, const Ast **place, const Ast *value, const char *what) {
    if (*place) {
        Diagnostic *d = compile_error(k->c, SETTING_TWICE, value->span, "the %s is given twice", what);
        compile_note(k->c, d, (*place)->span, "here first");
        return;
    }
    *place = value;
}

static void read_setting(Checker *k, const Ast *ast, Block *block) {
    bool value = false;
    if (!strcmp(ast->name, "within") && ast->count == 1) {
        take(k, &block->within, ast->kids[0], "distance");
    } else if ((!strcmp(ast->name, "self") || !strcmp(ast->name, "autapses")) && is_word(ast, "yes", &value)) {
        block->allow_self = value;
        block->refuse_self = !value;
    } else if (!strcmp(ast->name, "multapses") && is_word(ast, "yes", &value)) {
        block->allow_multapses = value;
    } else if (!strcmp(ast->name, "edges") || !strcmp(ast->name, "none")) {
        take(k, &block->rule, ast, "rule");
    } else {
        for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
            if (!strcmp(ast->name, rules[i].name)) {
                take(k, &block->rule, ast, "rule");
                return;
            }
        VECTOR(const char *) names = {0};
        for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) vector_push(k->c->arena, &names, rules[i].name);
        vector_push(k->c->arena, &names, "within");
        Diagnostic *d = compile_error(k->c, BAD_SETTING, ast->span, "a connection has no setting %s", ast->name);
        const char *near = nearest_name(ast->name, names.at, names.count);
        compile_help(k->c, d,
                     near ? "did you mean %s?"
                          : "rules: all, one_to_one, probability p, indegree k, outdegree k, total n%s",
                     near ? near : "");
    }
}

static void read_block(Checker *k, Scope *scope, const Ast *block_ast, const Ast *topology, Block *block) {
    block->overrides = arena_new_of(k->c->arena, Overrides);
    if (topology) take(k, &block->rule, topology, "rule");
    for (int i = 0; block_ast && i < block_ast->count; i++) {
        const Ast *ast = block_ast->kids[i];
        if (ast->kind == AST_ASSIGN && ast->op == ASSIGN_SET && ast->name) {
            if (!strcmp(ast->name, "weight"))
                take(k, &block->weight, ast->kids[1], "weight");
            else if (!strcmp(ast->name, "delay"))
                take(k, &block->delay, ast->kids[1], "delay");
            else
                vector_push(k->c->arena, &block->overrides->list,
                            (Override){.path = ast->name, .value = ast->kids[1], .home = scope, .span = ast->span});
        } else if (ast->kind == AST_SETTING) {
            read_setting(k, ast, block);
        } else if (ast->kind == AST_REWIRE || ast->kind == AST_PRUNE) {
            compile_error(k->c, NOT_SUPPORTED, ast->span, "structural plasticity is not supported by this version");
        } else if (ast->kind != AST_ERROR) {
            compile_error(k->c, MISPLACED, ast->span,
                          "a connection's block holds a rule, weight, delay and parameters");
        }
    }
}

static const Expression *settle_no_weight(Checker *k, Meaning *m) {
    Diagnostic *d =
        compile_error(k->c, NO_WEIGHT, m->span, "this synapse uses a weight, and the connection gives none");
    compile_help(k->c, d, "{ weight = 1 nS … }");
    return error_expression(k, m->span);
}

/* weight and delay as variables of the projection. */
static Variable *declare_value(Checker *k, Connection *c, VariableRole role, const char *word, const Ast *value,
                               const Type *type) {
    Meaning *m = scope_bind(k, c->scope, MEANING_VARIABLE, name_of(k->c->names, word), value->span);
    Place place = k->place;
    System *before = k->system;
    k->place = PLACE_DRAWN;
    k->system = &c->system;
    m->state = MEANING_WORKING;
    const Expression *e = type ? check_expression(k, c->scope, value, type) : check_number(k, c->scope, value);
    k->place = place;
    k->system = before;
    Variable *v = system_variable(k, &c->system, role, m->name, value->span);
    v->type = e->type;
    v->initial = e;
    v->settable = true;
    v->instance = e->rate >= RATE_INSTANCE && e->rate != RATE_HOST;
    if (e->type->kind == TYPE_NUMBER) check_unit_as_written(k, c->scope, value, e->type, &v->unit, &v->unit_text);
    m->variable = v;
    m->state = MEANING_READY;
    return v;
}

static void set_rule(Checker *k, Connection *c, const Block *block, bool couple) {
    Projection *p = c->projection;
    const Ast *setting = block->rule;
    bool same = p->source == p->target;
    p->rule = HIL_RULE_ALL;
    p->flags = (block->allow_multapses ? HIL_ALLOW_MULTAPSES : 0) | (same ? HIL_SELF_IS_SAME_POPULATION : 0);
    const Ast *const *arguments = NULL;
    int count = 0;
    const Expression *probability = NULL;
    if (setting) {
        const char *name = setting->kind == AST_SETTING ? setting->name : postfix_callee(setting)->name;
        arguments = (const Ast *const *)(setting->kind == AST_CALL ? setting->kids + 1 : setting->kids);
        count = setting->kind == AST_SETTING ? setting->count : setting->kind == AST_CALL ? setting->count - 1 : 0;
        if (name && !strcmp(name, "edges")) {
            if (count != 1 || arguments[0]->kind != AST_STRING) {
                compile_error(k->c, BAD_SETTING, setting->span, "edges takes the name of a file: edges \"pairs.csv\"");
                return;
            }
            p->rule = HIL_RULE_EDGES;
            p->arguments[p->argument_count++] =
                expression_text(k->pool, name_of(k->c->names, arguments[0]->text), arguments[0]->span);
            return;
        }
        if (name && !strcmp(name, "none")) {
            compile_error(
                k->c, NOT_SUPPORTED, setting->span,
                "connections that start empty grow by structural plasticity, which is not supported by this version");
            return;
        }
        const struct Rule *rule = NULL;
        for (size_t i = 0; name && i < sizeof rules / sizeof rules[0]; i++)
            if (!strcmp(rules[i].name, name)) rule = &rules[i];
        if (!rule) {
            compile_error(k->c, BAD_SETTING, setting->span, "there is no rule called %s", name ? name : "this");
            return;
        }
        if (count != rule->arguments) {
            compile_error(k->c, ARGUMENT_COUNT, setting->span, "%s takes %d value%s, here are %d", rule->name,
                          rule->arguments, rule->arguments == 1 ? "" : "s", count);
            return;
        }
        p->rule = rule->rule;
        for (int i = 0; i < count; i++) {
            const Expression *e = check_in_place(k, PLACE_VALUE, c->scope, arguments[i], in_unit(k, rule->units[i]));
            if (is_error(e)) return;
            if (e->rate == RATE_INSTANCE || e->rate == RATE_DYNAMIC) {
                if (rule->rule != HIL_RULE_PROBABILITY) {
                    compile_error(k->c, BAD_SETTING, arguments[i]->span, "%s is one number for all cells", rule->name);
                    return;
                }
                probability = e;
                continue;
            }
            p->arguments[p->argument_count++] = e;
        }
    }
    if (p->rule == HIL_RULE_ONE_TO_ONE || block->allow_self) p->flags |= HIL_ALLOW_SELF;
    if (block->refuse_self) p->flags &= ~HIL_ALLOW_SELF;
    const Expression *condition = NULL;
    if (block->within) {
        const Expression *reach = check_in_place(k, PLACE_VALUE, c->scope, block->within, in_unit(k, "m"));
        Meaning *distance = scope_find_here(c->scope, name_of(k->c->names, "distance"));
        distance->span = block->within->span;
        const Expression *kids[2] = {meaning_expression(k, distance, block->within->span), reach};
        if (is_error(reach) || is_error(kids[0])) return;
        condition =
            expression_make(k->pool, EXPRESSION_LE, type_simple(k->pool, TYPE_BOOLEAN), block->within->span, 2, kids);
    }
    if (couple && same) { /* each pair once */
        const Expression *kids[2] = {expression_make(k->pool, EXPRESSION_PRE_INDEX, plain(k), c->span, 0, NULL),
                                     expression_make(k->pool, EXPRESSION_POST_INDEX, plain(k), c->span, 0, NULL)};
        const Expression *half =
            expression_make(k->pool, EXPRESSION_LT, type_simple(k->pool, TYPE_BOOLEAN), c->span, 2, kids);
        const Expression *both[2] = {condition, half};
        condition = condition ? expression_make(k->pool, EXPRESSION_AND, half->type, c->span, 2, both) : half;
    }
    if (!condition && !probability) return;
    if (p->rule != HIL_RULE_ALL && p->rule != HIL_RULE_PROBABILITY) {
        if (couple && !block->within) return; /* other rules name pairs as they are */
        compile_error(k->c, BAD_SETTING, c->span, "`within` goes with `all` or `probability`");
        return;
    }
    if (!probability)
        probability = p->argument_count ? p->arguments[0] : expression_number(k->pool, 1, HIL_DIMENSIONLESS, c->span);
    if (condition)
        probability = expression_select(k->pool, condition, probability,
                                        expression_number(k->pool, 0, HIL_DIMENSIONLESS, c->span));
    p->rule = HIL_RULE_PROBABILITY;
    p->argument_count = 0;
    p->pair_probability = probability;
}

/* ---- one projection ---- */

static Event *spike_of(Checker *k, Connection *c, const Ast *source) {
    Cell *cell = c->source->cell;
    for (int i = 0; i < cell->system.events.count; i++)
        if (cell->system.events.at[i]->spike) return cell->system.events.at[i];
    Diagnostic *d = compile_error(k->c, NO_SPIKE, source->span, "%s has no spikes to send", c->source->name);
    compile_note(k->c, d, c->source->span, "%s stands here", c->source->name);
    compile_help(k->c, d, "give the neuron `spike when …`");
    return NULL;
}

/* Without `via`: the source's value times the weight is added to an input. */
static void connect_values(Checker *k, Connection *c, const End *from, const Ast *source) {
    Variable *value = NULL;
    Cell *cell = c->source->cell;
    int outputs = 0;
    if (from->port && from->port->variable) {
        value = from->port->variable;
        outputs = 1;
    } else {
        for (int i = 0; i < cell->self->body.statements.count; i++) {
            const Ast *ast = cell->self->body.statements.at[i];
            if (ast->kind != AST_OUTPUT) continue;
            Meaning *m = scope_find_here(cell->scope, ast->name);
            if (!m || m->kind != MEANING_VARIABLE || !meaning_settle(k, m)) continue;
            value = m->variable;
            outputs++;
        }
    }
    if (outputs != 1 || !value->type || value->type->kind != TYPE_NUMBER) {
        bool spikes = false;
        for (int i = 0; i < cell->system.events.count; i++) spikes = spikes || cell->system.events.at[i]->spike;
        Diagnostic *d = compile_error(k->c, NO_VIA, source->span,
                                      outputs ? "%s has several outputs" : "%s has no output whose value could be sent",
                                      c->source->name);
        compile_note(k->c, d, c->source->span, "%s stands here", c->source->name);
        if (outputs)
            compile_help(k->c, d, "say which: %s.name", c->source->name);
        else if (spikes)
            compile_help(k->c, d, "its spikes act through a synapse: via AMPA");
        return;
    }
    const Expression *e =
        expression_variable(k->pool, projection_reference(k, c->projection, SIDE_PRE, value), source->span);
    if (c->projection->weight)
        e = expression_multiply(k->pool, expression_variable(k->pool, c->projection->weight, source->span), e);
    connection_contribute(k, c, e, false, source->span, "value");
    c->projection->sharing = "a value: added to the target's input every step";
}

static Name connection_name(Checker *k, NetworkBuild *build, Scope *scope, const Ast *label, const End *from,
                            const End *to, bool *named) {
    *named = label != NULL;
    Name name = label && label->kind == AST_NAME ? label->name : NULL;
    if (name) {
        Meaning *m = scope_find(scope, name);
        if (m && m->kind == MEANING_SYMBOL) name = m->name;
    } else {
        name = name_print(k->c->names, "%s_%s", from->population->name, to->population->name);
    }
    Name base = name;
    int n = map_get(&build->connection_names, base, 0);
    if (n) {
        do name = name_print(k->c->names, "%s%d", base, ++n);
        while (map_get(&build->connection_names, name, 0));
    }
    map_set(k->c->arena, &build->connection_names, base, n ? n : 1);
    if (name != base) map_set(k->c->arena, &build->connection_names, name, 1);
    return name;
}

static Connection *new_connection(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast, const End *from,
                                  const End *to) {
    Connection *c = arena_new_of(k->c->arena, Connection);
    Projection *p = arena_new_of(k->c->arena, Projection);
    bool named;
    Name name = connection_name(k, build, scope, ast_kid(ast, 5), from, to, &named);
    *p = (Projection){.name = name,
                      .span = ast->span,
                      .named = named,
                      .source = from->population->population,
                      .target = to->population->population,
                      .source_view = from->view,
                      .target_view = to->view,
                      .number = build->network->projections.count,
                      .network = build->network};
    *c = (Connection){.projection = p,
                      .source = from->population,
                      .target = to->population,
                      .port = to->port,
                      .toward = SIDE_POST,
                      .label = named ? name : NULL,
                      .span = ast->span};
    c->system.owner = p;
    c->scope = scope_new(k, scope, arena_print(k->c->arena, "connection %s", name), p);
    vector_push(k->c->arena, &build->network->projections, p);
    return c;
}

/* What stands for a variable of one side when both sides change places. */
static Variable *mirrored(Checker *k, Connection *c, const Variable *v) {
    bool pre = v->side == SIDE_PRE;
    const Cell *other = pre ? c->target->cell : c->source->cell;
    for (int i = 0; i < other->system.variables.count; i++)
        if (other->system.variables.at[i]->name == v->original->name)
            return projection_reference(k, c->projection, pre ? SIDE_POST : SIDE_PRE, other->system.variables.at[i]);
    return NULL;
}

/* A coupling's current into the other side: the same expression with both sides exchanged. */
static void mirror_currents(Checker *k, Connection *c) {
    Projection *p = c->projection;
    if (c->source->cell->self->body.definition != c->target->cell->self->body.definition) {
        compile_error(k->c, NOT_SUPPORTED, c->span, "both sides of a coupling are cells of the same kind");
        return;
    }
    if (!p->contributions.count && c->synapses.count) {
        Diagnostic *d =
            compile_error(k->c, NOT_SUPPORTED, c->span, "a coupling is a current that both sides decide at once");
        compile_help(k->c, d, "synapse Gap { param g = 1 nS; current = g*(V - pre.V) }");
        return;
    }
    VECTOR(Substitution) turn = {0};
    for (int i = 0, count = p->variables.count; i < count; i++) {
        Variable *v = p->variables.at[i];
        bool input = v->original && v->original->role == VARIABLE_INPUT;
        Variable *other = v->original && !input ? mirrored(k, c, v) : NULL;
        if (!other) continue;
        vector_push(k->c->arena, &turn, (Substitution){v, expression_variable(k->pool, other, c->span)});
        bool listed = false;
        for (int j = 0; j < count; j++) listed = listed || p->variables.at[j] == other;
        if (!listed) vector_push(k->c->arena, &turn, (Substitution){other, expression_variable(k->pool, v, c->span)});
    }
    if (p->source == p->target) {
        for (int i = 0, count = p->contributions.count; i < count; i++) {
            Contribution one = p->contributions.at[i];
            one.into = projection_reference(k, p, SIDE_PRE, one.into->original);
            one.value = expression_substitute(k->pool, one.value, turn.at, turn.count);
            vector_push(k->c->arena, &p->contributions, one);
        }
        return;
    }
    Connection back = *c;
    back.source = c->target;
    back.target = c->source;
    back.port = NULL;
    back.toward = SIDE_PRE;
    for (int i = 0; i < c->synapses.count; i++) {
        Component *component = c->synapses.at[i];
        if (!component->current) continue;
        const Expression *current = meaning_expression(k, component->current, component->span);
        if (is_error(current)) continue;
        current = expression_substitute(k->pool, current, turn.at, turn.count);
        connection_contribute(k, &back, current, true, component->current->span, component->name);
    }
}

/* Own variables first, references behind them. */
static void hand_over(Checker *k, Connection *c) {
    Projection *p = c->projection;
    VECTOR(Variable *) all = {0};
    for (int i = 0; i < c->system.variables.count; i++) vector_push(k->c->arena, &all, c->system.variables.at[i]);
    for (int i = 0; i < p->variables.count; i++) vector_push(k->c->arena, &all, p->variables.at[i]);
    p->variables.at = all.at;
    p->variables.count = all.count;
    p->variables.capacity = all.capacity;
    for (int i = 0; i < all.count; i++) all.at[i]->number = i;
    p->equations.at = c->system.equations.at;
    p->equations.count = c->system.equations.count;
    p->equations.capacity = c->system.equations.capacity;
    p->events.at = c->system.events.at;
    p->events.count = c->system.events.count;
    p->events.capacity = c->system.events.capacity;
    p->solves.at = c->system.solves.at;
    p->solves.count = c->system.solves.count;
    p->solves.capacity = c->system.solves.capacity;
    p->on_pre.at = c->on_pre.list.at;
    p->on_pre.count = c->on_pre.list.count;
    p->on_pre.capacity = c->on_pre.list.capacity;
}

/* EE.x is what only one of the connection's synapses has; EE.Kind.x names the synapse. */
static void bind_synapses(Checker *k, Connection *c) {
    Scope *names = scope_new(k, NULL, c->scope->what, c->projection);
    for (int i = 0; i < c->synapses.count; i++) {
        const Component *component = c->synapses.at[i];
        for (int j = 0; j < component->scope->list.count; j++) {
            Meaning *m = component->scope->list.at[j];
            bool alone = m->bound != NULL;
            for (int other = 0; alone && other < c->synapses.count; other++)
                alone = other == i || !scope_find_here(c->synapses.at[other]->scope, m->bound);
            if (alone) vector_push(k->c->arena, &names->list, m);
        }
        if (scope_find_here(c->scope, component->name)) continue;
        Meaning *kind = scope_bind(k, c->scope, MEANING_SCOPE, component->name, component->span);
        kind->members = component->scope;
        kind->state = MEANING_READY;
    }
    c->scope->also = names;
}

static void bind_connection(Checker *k, NetworkBuild *build, Scope *scope, Connection *c) {
    Scope *own = scope;
    while (own->parent && !strcmp(own->what, "this loop")) own = own->parent;
    Meaning *m = c->label && !scope_find_here(own, c->projection->name)
                     ? scope_bind(k, own, MEANING_PROJECTION, c->projection->name, c->span)
                     : arena_new_of(k->c->arena, Meaning);
    m->kind = MEANING_PROJECTION;
    m->name = c->projection->name;
    m->projection = c->projection;
    m->members = c->scope;
    m->state = MEANING_READY;
    bind_synapses(k, c);
    vector_push(k->c->arena, &build->projections, m);
}

/* With `edges "pairs.csv"` every connection has its own weight and delay: the file's, or those given here. */
static bool reads_edges(const Block *block) {
    const Ast *rule = block->rule;
    return rule && rule->kind == AST_SETTING && rule->name && !strcmp(rule->name, "edges");
}

static void connect_pair(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast, const Ast *source,
                         const Ast *target, bool couple) {
    End from, to;
    if (!connection_end(k, scope, source, &from) || !connection_end(k, scope, target, &to)) return;
    Connection *c = new_connection(k, build, scope, ast, &from, &to);
    Projection *p = c->projection;
    Block block = {0};
    connection_bind_sides(k, c);
    read_block(k, c->scope, ast_kid(ast, 4), ast_kid(ast, 2), &block);
    if (block.weight) {
        p->weight = declare_value(k, c, VARIABLE_WEIGHT, "weight", block.weight, NULL);
        p->weight->instance = p->weight->instance || reads_edges(&block);
    } else {
        Meaning *m = scope_bind(k, c->scope, MEANING_LET, name_of(k->c->names, "weight"), ast->span);
        m->settle = settle_no_weight;
    }
    if (block.delay) p->delay = declare_value(k, c, VARIABLE_DELAY, "delay", block.delay, in_unit(k, "s"));
    if (block.delay) p->delay->instance = p->delay->instance || reads_edges(&block);
    set_rule(k, c, &block, couple);
    const Ast *via = ast_kid(ast, 3);
    for (int i = 0; via && i < via->count; i++) connection_add_synapse(k, c, c->scope, via->kids[i]);
    for (int i = 0; i < block.overrides->list.count; i++)
        compile_error(k->c, BAD_SETTING, block.overrides->list.at[i].span,
                      "parameters of the synapse are given where it is named: via Kind(%s = …)",
                      block.overrides->list.at[i].path);
    if (!via)
        connect_values(k, c, &from, source);
    else if (c->has_handler)
        p->source_event = from.port && from.port->kind == MEANING_EVENT ? from.port->event : spike_of(k, c, source);
    connection_finish(k, c);
    if (p->delay && !c->has_handler && couple)
        compile_error(k->c, BAD_SETTING, p->delay->span, "a coupling acts at once: its two cells share one current");
    else if (!c->has_handler)
        connection_delay_values(k, c);
    if (couple) mirror_currents(k, c);
    hand_over(k, c);
    bind_connection(k, build, scope, c);
}

static void connect_all(Checker *k, NetworkBuild *build, Scope *scope, const Ast *ast, bool couple) {
    const Ast *sources = ast->kids[0], *targets = ast->kids[1];
    for (int i = 0; i < sources->count; i++)
        for (int j = 0; j < targets->count; j++)
            connect_pair(k, build, scope, ast, sources->kids[i], targets->kids[j], couple);
}

void network_connect(Checker *k, NetworkBuild *build, Scope *scope, const Ast *connect) {
    connect_all(k, build, scope, connect, false);
}

void network_couple(Checker *k, NetworkBuild *build, Scope *scope, const Ast *couple) {
    if (!ast_kid(couple, 3)) {
        Diagnostic *d = compile_error(k->c, NO_VIA, couple->span, "a coupling needs a synapse that says its current");
        compile_help(k->c, d, "synapse Gap { param g = 1 nS; current = g*(V - pre.V) }  …  via Gap");
        return;
    }
    connect_all(k, build, scope, couple, true);
}
