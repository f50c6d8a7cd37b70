/* kernel_verify: checks every promise that kernel.h makes about a kernel, so that no later stage need ask again.
 * In: any Kernel. Out: true, or false and one INTERNAL diagnostic at the first instruction that breaks a promise.
 *
 * Besides types and places of operands it refuses what would let results depend on the vector width: two writes to one
 * plane, a store through an index that several lanes share, a load of a plane that other lanes of the same vector add
 * to, two firings of one event. */
#include "kernel/kernel.h"

typedef struct LoopState {
    int loop;   /* instruction */
    int parent; /* region it stands in: another LOOP, or -1 */
    bool open;
    int carries;
} LoopState;

typedef struct Verifier {
    Compilation *c;
    const Kernel *kernel;
    int *region;     /* per instruction: the LOOP whose body it is part of, -1 outside */
    LoopState **loops; /* per instruction: its state when it is a LOOP */
    bool *has_next;  /* per instruction: a CARRY that has its NEXT */
    bool *written, *loaded, *accumulated; /* per plane */
    bool *fired;     /* per event */
    int current;     /* innermost open loop, -1 outside */
} Verifier;

static const char *const type_words[] = {"nothing", "a real", "a mask"};

#define refuse(v, where, ...)                                                                                     \
    (compile_error((v)->c, INTERNAL, (v)->kernel->code.at[where].span, __VA_ARGS__), false)

/* "kernel advance_LIF, %5 (fma)" */
static const char *place(const Verifier *v, int at) {
    int op = v->kernel->code.at[at].op;
    return arena_print(v->c->arena, "kernel %s, %%%d (%s)", v->kernel->name, at,
                       op < KERNEL_OP_COUNT ? kernel_op_info((KernelOp)op)->text : "?");
}

static bool region_open(const Verifier *v, int region) {
    return region < 0 || v->loops[region]->open;
}

static bool check_header(Verifier *v) {
    const Kernel *kernel = v->kernel;
#define refuse_header(...) (compile_error(v->c, INTERNAL, NO_SPAN, __VA_ARGS__), false)
    if (!kernel->name) return refuse_header("a kernel has no name");
    if (kernel->shape < HIL_SHAPE_LANES || kernel->shape > HIL_SHAPE_FROM)
        return refuse_header("kernel %s: there is no shape %d", kernel->name, kernel->shape);
    if (kernel->precision != HIL_F64 && kernel->precision != HIL_F32)
        return refuse_header("kernel %s: there is no precision %d", kernel->name, kernel->precision);
    bool one_sided = kernel->shape == HIL_SHAPE_LANES || kernel->shape == HIL_SHAPE_LIST;
    for (int i = 0; i < kernel->planes.count; i++) {
        const KernelPlane *plane = &kernel->planes.at[i];
        if (!plane->name) return refuse_header("kernel %s: plane %d has no name", kernel->name, i);
        if (plane->storage != HIL_F64 && plane->storage != HIL_F32)
            return refuse_header("kernel %s: plane %s has no storage %d", kernel->name, plane->name, plane->storage);
        if (plane->index > KERNEL_POST)
            return refuse_header("kernel %s: plane %s has no index %d", kernel->name, plane->name, plane->index);
        if (one_sided && plane->index != KERNEL_SELF)
            return refuse_header("kernel %s: plane %s is indexed by pre or post, but the kernel has only self",
                                 kernel->name, plane->name);
        for (int k = 0; k < i; k++)
            if (kernel->planes.at[k].name == plane->name && kernel->planes.at[k].index == plane->index)
                return refuse_header("kernel %s: plane %s is listed twice", kernel->name, plane->name);
    }
    for (int i = 0; i < kernel->uniforms.count; i++) {
        if (!kernel->uniforms.at[i]) return refuse_header("kernel %s: uniform %d has no name", kernel->name, i);
        for (int k = 0; k < i; k++)
            if (kernel->uniforms.at[k] == kernel->uniforms.at[i])
                return refuse_header("kernel %s: uniform %s is listed twice", kernel->name, kernel->uniforms.at[i]);
    }
    for (int i = 0; i < kernel->events.count; i++) {
        if (!kernel->events.at[i]) return refuse_header("kernel %s: event %d has no name", kernel->name, i);
        for (int k = 0; k < i; k++)
            if (kernel->events.at[k] == kernel->events.at[i])
                return refuse_header("kernel %s: event %s is listed twice", kernel->name, kernel->events.at[i]);
    }
    for (int i = 0; i < kernel->functions.count; i++) {
        if (!kernel->functions.at[i].name) return refuse_header("kernel %s: function %d has no name", kernel->name, i);
        for (int k = 0; k < i; k++)
            if (kernel->functions.at[k].name == kernel->functions.at[i].name)
                return refuse_header("kernel %s: function %s is listed twice", kernel->name,
                                     kernel->functions.at[i].name);
    }
#undef refuse_header
    return true;
}

static bool check_value(Verifier *v, int at, int which, KernelType wanted) {
    int operand = v->kernel->code.at[at].operands[which];
    if (operand < 0 || operand >= at)
        return refuse(v, at, "%s: operand %d is %%%d, which is no earlier instruction", place(v, at), which, operand);
    KernelType type = kernel_op_info((KernelOp)v->kernel->code.at[operand].op)->result;
    if (type != wanted)
        return refuse(v, at, "%s: operand %%%d is %s where %s is wanted", place(v, at), operand, type_words[type],
                      type_words[wanted]);
    if (!region_open(v, v->region[operand]))
        return refuse(v, at, "%s: operand %%%d was defined inside a loop that has ended", place(v, at), operand);
    return true;
}

/* NEXT and RESULT name the carry itself. */
static bool check_carry(Verifier *v, int at) {
    const KernelInstruction *instruction = &v->kernel->code.at[at];
    int carry = instruction->operands[0];
    if (carry < 0 || carry >= at || v->kernel->code.at[carry].op != KERNEL_CARRY)
        return refuse(v, at, "%s: %%%d is no earlier carry", place(v, at), carry);
    int loop = v->region[carry];
    if (instruction->op == KERNEL_NEXT) {
        if (loop != v->current)
            return refuse(v, at, "%s: carry %%%d belongs to another loop", place(v, at), carry);
        if (v->has_next[carry]) return refuse(v, at, "%s: carry %%%d has a next already", place(v, at), carry);
        v->has_next[carry] = true;
    } else {
        if (v->loops[loop]->open) return refuse(v, at, "%s: the loop of carry %%%d has not ended", place(v, at), carry);
        if (!region_open(v, v->loops[loop]->parent))
            return refuse(v, at, "%s: the loop around that of carry %%%d has ended", place(v, at), carry);
    }
    return true;
}

static bool check_operands(Verifier *v, int at, const KernelOpInfo *info) {
    const KernelInstruction *instruction = &v->kernel->code.at[at];
    int count = 0;
    for (; info->operands[count]; count++) {
        bool sound = true;
        switch (info->operands[count]) {
        case 'r': sound = check_value(v, at, count, KERNEL_REAL); break;
        case 'm': sound = check_value(v, at, count, KERNEL_MASK); break;
        case 'c': sound = check_carry(v, at); break;
        }
        if (!sound) return false;
    }
    for (; count < 3; count++)
        if (instruction->operands[count] != -1)
            return refuse(v, at, "%s: operand %d is given but the op has none", place(v, at), count);
    return true;
}

static bool check_immediate(Verifier *v, int at, const KernelOpInfo *info) {
    const Kernel *kernel = v->kernel;
    int index = kernel->code.at[at].index, limit;
    const char *what;
    switch (info->immediate) {
    case 'p': limit = kernel->planes.count, what = "plane"; break;
    case 'u': limit = kernel->uniforms.count, what = "uniform"; break;
    case 'e': limit = kernel->events.count, what = "event"; break;
    case 'x': limit = kernel->functions.count, what = "function"; break;
    case 'i': limit = INT32_MAX, what = "number"; break;
    default: limit = 1, what = "index"; break;
    }
    if (index < 0 || index >= limit)
        return refuse(v, at, "%s: there is no %s %d", place(v, at), what, index);
    if (info->immediate != 'n' && kernel->code.at[at].number != 0)
        return refuse(v, at, "%s: a number is given but the op takes none", place(v, at));
    return true;
}

static bool check_loop(Verifier *v, int at) {
    const KernelInstruction *instruction = &v->kernel->code.at[at];
    Arena *arena = v->c->arena;
    switch (instruction->op) {
    case KERNEL_LOOP:
        if (instruction->index < 1)
            return refuse(v, at, "%s: a loop runs at least one round, not %d", place(v, at), instruction->index);
        v->loops[at] = arena_new_of(arena, LoopState);
        *v->loops[at] = (LoopState){.loop = at, .parent = v->current, .open = true};
        v->current = at;
        break;
    case KERNEL_CARRY: {
        int before = at - 1;
        while (before >= 0 && v->kernel->code.at[before].op == KERNEL_CARRY) before--;
        if (before < 0 || v->kernel->code.at[before].op != KERNEL_LOOP)
            return refuse(v, at, "%s: a carry must directly follow its loop", place(v, at));
        if (instruction->operands[0] > before)
            return refuse(v, at, "%s: %%%d is no value from before the loop", place(v, at), instruction->operands[0]);
        v->loops[before]->carries++;
        break;
    }
    case KERNEL_END: {
        if (v->current < 0) return refuse(v, at, "%s: no loop is open", place(v, at));
        LoopState *loop = v->loops[v->current];
        for (int i = 1; i <= loop->carries; i++)
            if (!v->has_next[loop->loop + i])
                return refuse(v, at, "%s: carry %%%d has no next", place(v, at), loop->loop + i);
        loop->open = false;
        v->current = loop->parent;
        break;
    }
    }
    return true;
}

/* True when several lanes of one vector may stand at the same element of the plane. */
static bool is_shared(const Kernel *kernel, const KernelPlane *plane) {
    return (kernel->shape == HIL_SHAPE_EDGE && plane->index != KERNEL_SELF) ||
           (kernel->shape == HIL_SHAPE_FROM && plane->index == KERNEL_PRE);
}

static bool check_effect(Verifier *v, int at) {
    const Kernel *kernel = v->kernel;
    const KernelInstruction *instruction = &kernel->code.at[at];
    if (v->current >= 0) return refuse(v, at, "%s: an effect stands inside a loop", place(v, at));
    if (instruction->op == KERNEL_FIRE || instruction->op == KERNEL_FIRE_EXACT) {
        if (kernel->shape == HIL_SHAPE_ROW || kernel->shape == HIL_SHAPE_EDGE)
            return refuse(v, at, "%s: synapses have no events", place(v, at));
        if (v->fired[instruction->index])
            return refuse(v, at, "%s: event %s is fired twice", place(v, at), kernel->events.at[instruction->index]);
        v->fired[instruction->index] = true;
        return true;
    }
    const KernelPlane *plane = &kernel->planes.at[instruction->index];
    if (v->written[instruction->index])
        return refuse(v, at, "%s: plane %s is written twice", place(v, at), plane->name);
    v->written[instruction->index] = true;
    if (instruction->op == KERNEL_ACCUMULATE) {
        v->accumulated[instruction->index] = true;
    } else if (is_shared(kernel, plane)) {
        return refuse(v, at, "%s: plane %s is shared by the lanes and can only be accumulated to", place(v, at),
                      plane->name);
    }
    return true;
}

static bool check_source(Verifier *v, int at) {
    const KernelInstruction *instruction = &v->kernel->code.at[at];
    int shape = v->kernel->shape;
    if (instruction->op == KERNEL_LOAD) v->loaded[instruction->index] = true;
    if ((instruction->op == KERNEL_PRE_INDEX || instruction->op == KERNEL_POST_INDEX) &&
        (shape == HIL_SHAPE_LANES || shape == HIL_SHAPE_LIST))
        return refuse(v, at, "%s: the kernel has only self", place(v, at));
    return true;
}

static bool check_instruction(Verifier *v, int at) {
    const KernelInstruction *instruction = &v->kernel->code.at[at];
    if (instruction->op >= KERNEL_OP_COUNT)
        return refuse(v, at, "%s: there is no op %d", place(v, at), instruction->op);
    const KernelOpInfo *info = kernel_op_info((KernelOp)instruction->op);
    v->region[at] = v->current;
    if (!check_immediate(v, at, info) || !check_operands(v, at, info)) return false;
    switch (info->class) {
    case 'l': return check_loop(v, at);
    case 'e': return check_effect(v, at);
    case 'v': return check_source(v, at);
    default: return true;
    }
}

bool kernel_verify(Compilation *c, const Kernel *kernel) {
    int count = kernel->code.count, planes = kernel->planes.count;
    Verifier v = {
        .c = c,
        .kernel = kernel,
        .region = arena_array_of(c->arena, int, count + 1),
        .loops = arena_array_of(c->arena, LoopState *, count + 1),
        .has_next = arena_array_of(c->arena, bool, count + 1),
        .written = arena_array_of(c->arena, bool, planes + 1),
        .loaded = arena_array_of(c->arena, bool, planes + 1),
        .accumulated = arena_array_of(c->arena, bool, planes + 1),
        .fired = arena_array_of(c->arena, bool, kernel->events.count + 1),
        .current = -1,
    };
    if (!check_header(&v)) return false;
    for (int i = 0; i < count; i++)
        if (!check_instruction(&v, i)) return false;
    if (v.current >= 0) return refuse(&v, v.current, "%s: the loop has no end", place(&v, v.current));
    for (int i = 0; i < planes; i++) {
        const KernelPlane *plane = &kernel->planes.at[i];
        if (v.loaded[i] && v.accumulated[i] && is_shared(kernel, plane)) {
            compile_error(c, INTERNAL, NO_SPAN, "kernel %s: plane %s is shared by the lanes, and both loaded and "
                          "accumulated to", kernel->name, plane->name);
            return false;
        }
    }
    return true;
}
