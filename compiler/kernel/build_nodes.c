/* Host nodes: expressions as trees in the image, for the runtime's evaluator (hillock/host.def).
 *
 * Variables become SCALAR nodes (by slot). In SET nodes the first kid is the variable that is set: it becomes the
 * node's index. The flags of EACH, FOR, SET, EXPECT, LT and LE travel in `number`. A kid that is "not given" is a HOST
 * expression with the op -1. */
#include "hillock/host.h"
#include "kernel/lowering.h"

/* Host op of each primitive; NONE has none. */
enum { HIL_HOST_NONE = -1 };
static const int host_ops[] = {
#define PRIMITIVE(ID, name, arity, unit_rule, kernel_op, host_op) HIL_HOST_##host_op,
#include "model/primitives.def"
#undef PRIMITIVE
};

static bool flags_in_number(int op) {
    return op == HIL_HOST_EACH || op == HIL_HOST_FOR || op == HIL_HOST_SET || op == HIL_HOST_EXPECT ||
           op == HIL_HOST_LT || op == HIL_HOST_LE;
}

/* A SET behind the arguments of CALL sets a slot of the called experiment's network. */
static int call_override(NetworkLowering *n, int program, const Expression *set) {
    const Network *network = n->l->model->programs.at[program]->network;
    HilNode node = {.op = HIL_HOST_SET, .flags = (uint16_t)set->number, .line = lowering_line(n, set->span)};
    node.index = scalar_slot(&n->l->networks[network->number], set->kids[0]->variable);
    int32_t value = image_node(n, set->kids[1]);
    node.kids = image_add_run(n->l->image, HIL_KIDS, &value, 1);
    return image_add(n->l->image, HIL_NODES, &node);
}

int image_node(NetworkLowering *n, const Expression *e) {
    if (!e || (e->op == EXPRESSION_HOST && e->index < 0)) return -1;
    int known = map_get(&n->node_of_expression, e, -1);
    if (known >= 0) return known;
    Lowering *l = n->l;
    HilNode node = {.index = -1, .line = lowering_line(n, e->span)};
    int first_kid = 0;
    if (e->op == EXPRESSION_VARIABLE && e->variable->role == VARIABLE_LET) return image_node(n, e->variable->value);
    if (e->op == EXPRESSION_VARIABLE) {
        node.op = HIL_HOST_SCALAR;
        node.index = scalar_slot(n, e->variable);
    } else if (e->op == EXPRESSION_HOST) {
        node.op = (uint16_t)e->index;
        node.index = e->host_index;
        if (flags_in_number(e->index))
            node.flags = (uint16_t)e->number;
        else
            node.number = e->number;
        node.text = image_text(l->image, e->text);
        if (e->index == HIL_HOST_SET) {
            node.index = scalar_slot(n, e->kids[0]->variable);
            first_kid = 1;
        }
    } else if (host_ops[e->op] >= 0) {
        node.op = (uint16_t)host_ops[e->op];
        node.index = e->op == EXPRESSION_BOOLEAN ? e->number != 0 : e->index;
        node.number = e->op == EXPRESSION_BOOLEAN ? 0 : e->number;
        node.text = image_text(l->image, e->text);
    } else if (e->op == EXPRESSION_TIME || e->op == EXPRESSION_INDEX) {
        Diagnostic *d =
            compile_error(l->c, NO_MOMENT, e->span, "`%s` has no value here", e->op == EXPRESSION_TIME ? "t" : "index");
        compile_help(l->c, d, "it can stand in equations, handlers and stimuli; a signal's value is `V at 5 ms`");
        return -1;
    } else {
        compile_error(l->c, INTERNAL, e->span, "the host cannot evaluate '%s'", expression_operator_name(e->op));
        return -1;
    }
    int count = e->count - first_kid;
    int32_t *kids = arena_array_of(l->c->arena, int32_t, count + 1);
    for (int i = 0; i < count; i++) {
        const Expression *kid = e->kids[first_kid + i];
        bool override = e->op == EXPRESSION_HOST && e->index == HIL_HOST_CALL && kid->op == EXPRESSION_HOST &&
                        kid->index == HIL_HOST_SET;
        kids[i] = override ? call_override(n, e->host_index, kid) : image_node(n, kid);
    }
    node.kids = image_add_run(l->image, HIL_KIDS, kids, count);
    int number = image_add(l->image, HIL_NODES, &node);
    map_set(l->c->arena, &n->node_of_expression, e, number);
    return number;
}
