/* The evaluator of host programs: walks the tree. In: nodes (hillock/host.def), locals, scalars. Out: a value or an
 * error with its line. Kept true: indices, arities and depth are checked before use, so no tree can crash it; strict
 * ops see evaluated kids, those that bind names or choose evaluate their own. */
#include "host_internal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef struct OpRow {
    const char *name;
    int least, most;
} OpRow;

static const OpRow ops[] = {
#define HOST_OP(ID, name, least, most) {name, least, most},
#include "hillock/host.def"
#undef HOST_OP
};

const char *hil_host_op_name(int op) {
    return op >= 0 && op < HIL_HOST_OP_COUNT ? ops[op].name : NULL;
}

bool hil_host_op_pure(int op) {
    if (op < 0 || op >= HIL_HOST_OP_COUNT || (op >= HIL_HOST_SPIKES_OF && op <= HIL_HOST_NOW))
        return false;
    if (op >= HIL_HOST_DRAW_UNIFORM && op <= HIL_HOST_DRAW_BINOMIAL)
        return false;
    if (op >= HIL_HOST_EXPECT && op != HIL_HOST_IF)
        return false;
    return op != HIL_HOST_SCALAR && op != HIL_HOST_TABLE_FILE && op != HIL_HOST_TABLE_COLUMN &&
           op != HIL_HOST_LAYOUT_BOX && op != HIL_HOST_LAYOUT_DISC && op != HIL_HOST_LAYOUT_BALL;
}

/* ---- errors and small things --------------------------------------------------------------------------------- */

void host_complain(HilHost *host, const char *format, ...) {
    char text[sizeof host->error->text];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    hil_fail(host->error, "%s", text);
}

const char *host_source(const HilHost *host) {
    if (host->options.source)
        return host->options.source;
    return host->image ? host_text(host, host->image->source_path) : "";
}

const char *host_place(const HilHost *host, uint32_t *line) {
    const char *source = host_source(host);
    return host->options.source || !host->image || !*line ? source : hil_line_file(host->image, line);
}

/* Puts the place in front of an error that has none yet. */
static void place_error(HilHost *host, const HilNode *node) {
    uint32_t line = node->line;
    char text[800];
    if (host->placed || line == 0)
        return;
    const char *source = host_place(host, &line);
    snprintf(text, sizeof text, "%.*s", (int)sizeof text - 1, host->error->text);
    hil_fail(host->error, "%s%sline %u: %s", source, source[0] ? ", " : "", line, text);
    host->placed = true;
}

const char *host_text(const HilHost *host, uint32_t offset) {
    return offset < host->code.text_size ? host->code.text + offset : "";
}

bool host_grow(HilHost *host, void *array, int count, int *capacity, size_t size) {
    void **pointer = array;
    if (count < *capacity)
        return true;
    int larger = *capacity > 0 ? 2 * *capacity : 8;
    void *memory = *capacity < (1 << 28) ? realloc(*pointer, (size_t)larger * size) : NULL;
    if (!memory) {
        host->fatal = true;
        return host_fail(host, "out of memory");
    }
    *pointer = memory;
    *capacity = larger;
    return true;
}

bool host_number_of(HilHost *host, HilValue value, double *number) {
    if (value.kind == HIL_KIND_BOOLEAN)
        *number = value.as.boolean;
    else if (value.kind == HIL_KIND_NUMBER)
        *number = value.as.number;
    else
        return host_fail(host, "a %s where a number is wanted", hil_kind_name(value.kind));
    return true;
}

static void join_truth(bool truth, bool known, bool *all, bool *all_known) {
    if (known && !truth)
        *all = false;
    *all_known = *all_known && known;
}

bool host_truth(HilHost *host, HilValue value, bool *truth, bool *known) {
    *truth = *known = true;
    switch (value.kind) {
    case HIL_KIND_MISSING: *truth = *known = false; return true;
    case HIL_KIND_BOOLEAN: *truth = value.as.boolean; return true;
    case HIL_KIND_NUMBER: *truth = value.as.number != 0; return true;
    case HIL_KIND_SIGNAL:
        for (size_t k = 0; k < value.as.signal->cells * value.as.signal->samples; k++)
            *truth = *truth && value.as.signal->values[k] != 0;
        return true;
    case HIL_KIND_LIST:
        for (size_t k = 0; k < value.as.list->count; k++) {
            bool one, one_known = true;
            if (value.as.list->numbers)
                one = value.as.list->numbers[k] != 0;
            else if (!host_truth(host, value.as.list->items[k], &one, &one_known))
                return false;
            join_truth(one, one_known, truth, known);
        }
        *known = *known || !*truth; /* one that is false decides */
        *truth = *truth && *known;
        return true;
    default: return host_fail(host, "a %s where a condition is wanted", hil_kind_name(value.kind));
    }
}

unsigned host_flags(const HilNode *node) {
    return node->flags | (node->number >= 1 && node->number < 256 ? (unsigned)node->number : 0);
}

/* ---- nodes --------------------------------------------------------------------------------------------------- */

const HilNode *host_node(HilHost *host, int32_t number, const int32_t **kids) {
    if (number < 0 || (size_t)number >= host->code.node_count) {
        host_fail(host, "the program refers to node %d of %zu", number, host->code.node_count);
        return NULL;
    }
    const HilNode *node = &host->code.nodes[number];
    int64_t first = node->kids.first, count = node->kids.count;
    if (node->op >= HIL_HOST_OP_COUNT) {
        host_fail(host, "there is no operation number %u", node->op);
        return NULL;
    }
    if (count < 0 || (count > 0 && (first < 0 || (uint64_t)(first + count) > host->code.kid_count)) ||
        count < ops[node->op].least || (ops[node->op].most >= 0 && count > ops[node->op].most)) {
        host_fail(host, "`%s` with %lld operands at %lld", ops[node->op].name, (long long)count, (long long)first);
        return NULL;
    }
    *kids = count > 0 ? host->code.kids + first : NULL;
    return node;
}

bool host_kid_given(const HilNode *node, const int32_t *kids, int k) {
    return k < node->kids.count && kids[k] != -1;
}

bool host_kid(HilHost *host, const HilNode *node, const int32_t *kids, int k, HilValue *value) {
    if (host_kid_given(node, kids, k))
        return host_evaluate(host, kids[k], value);
    *value = hil_value_missing();
    return true;
}

bool host_kid_number(HilHost *host, const HilNode *node, const int32_t *kids, int k, double *number) {
    HilValue value;
    if (!host_kid(host, node, kids, k, &value))
        return false;
    bool good = host_number_of(host, value, number);
    hil_value_release(host->pool, value);
    return good;
}

bool host_assign(HilHost *host, int32_t local, HilValue value) {
    HostFrame *frame = host->frame;
    if (local < 0 || local >= frame->local_count) {
        hil_value_release(host->pool, value);
        return host_fail(host, "there is no local %d among %d", local, frame->local_count);
    }
    hil_value_release(host->pool, frame->locals[local]);
    frame->locals[local] = value;
    return true;
}

/* ---- ops that bind or choose --------------------------------------------------------------------------------- */

/* Element k of what is gone through, into the node's local and, when keyed, its key behind it. */
static bool bind_element(HilHost *host, const HilNode *node, HilValue domain, size_t k) {
    HilValue element, key = hil_value_number((double)k);
    if (!hil_value_element(host->pool, domain, k, &element, host->error) || !host_assign(host, node->index, element))
        return false;
    if (!(host_flags(node) & HIL_HOST_KEYED))
        return true;
    if (domain.kind == HIL_KIND_RECORD) {
        const char *name = domain.as.record->names[k];
        if (!hil_value_text(host->pool, name, strlen(name), &key, host->error))
            return false;
    }
    return host_assign(host, node->index + 1, key);
}

static bool condition(HilHost *host, int32_t node, bool *truth) {
    HilValue value;
    bool known;
    if (!host_evaluate(host, node, &value))
        return false;
    bool good = host_truth(host, value, truth, &known);
    hil_value_release(host->pool, value);
    if (good && !known)
        return host_fail(host, "whether this holds is not known: something in it is missing (-)");
    return good;
}

static bool op_each(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    HilValue domain, *items = NULL;
    size_t length, count = 0;
    int capacity = 0;
    if (!host_kid(host, node, kids, 0, &domain) || !hil_value_length(domain, &length, host->error))
        return false;
    bool good = true;
    for (size_t k = 0; good && k < length; k++) {
        bool wanted = true;
        good = bind_element(host, node, domain, k);
        if (good && host_kid_given(node, kids, 2))
            good = condition(host, kids[2], &wanted);
        if (good && wanted) {
            good = host_grow(host, &items, (int)count, &capacity, sizeof *items) &&
                   host_kid(host, node, kids, 1, &items[count]);
            count += good;
        }
    }
    good = good && hil_value_list(host->pool, items, count, value, host->error);
    free(items);
    hil_value_release(host->pool, domain);
    return good;
}

static bool op_fold(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    HilValue start, domain, next;
    size_t length;
    if (!host_kid(host, node, kids, 0, &start) || !host_kid(host, node, kids, 1, &domain) ||
        !hil_value_length(domain, &length, host->error) || !host_assign(host, node->index, start))
        return false;
    for (size_t k = 0; k < length; k++) {
        HilValue element;
        if (!hil_value_element(host->pool, domain, k, &element, host->error) ||
            !host_assign(host, node->index + 1, element) || !host_kid(host, node, kids, 2, &next) ||
            !host_assign(host, node->index, next))
            return false;
    }
    hil_value_release(host->pool, domain);
    *value = hil_value_retain(host->frame->locals[node->index]);
    return true;
}

static bool op_for(HilHost *host, const HilNode *node, const int32_t *kids) {
    HilValue domain, nothing;
    size_t length;
    if (!host_kid(host, node, kids, 0, &domain) || !hil_value_length(domain, &length, host->error))
        return false;
    for (size_t k = 0; k < length; k++) {
        if (!bind_element(host, node, domain, k) || !host_kid(host, node, kids, 1, &nothing))
            return false;
        hil_value_release(host->pool, nothing);
    }
    hil_value_release(host->pool, domain);
    return true;
}

static bool op_if(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    bool truth;
    if (!host_kid_given(node, kids, 0))
        return host_fail(host, "`if` without a condition");
    return condition(host, kids[0], &truth) && host_kid(host, node, kids, truth ? 1 : 2, value);
}

/* Three-valued for single conditions: what decides needs nothing else to be known. */
static bool op_and_or(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    bool truth, known, decides = node->op == HIL_HOST_OR;
    HilValue both[2];
    if (!host_kid(host, node, kids, 0, &both[0]))
        return false;
    if (both[0].kind == HIL_KIND_BOOLEAN && both[0].as.boolean == decides) {
        *value = both[0];
        return true;
    }
    if (!host_kid(host, node, kids, 1, &both[1]))
        return false;
    if (both[0].kind == HIL_KIND_LIST || both[1].kind == HIL_KIND_LIST || both[0].kind == HIL_KIND_SIGNAL ||
        both[1].kind == HIL_KIND_SIGNAL) {
        bool good = host_broadcast(host, node->op, both, 2, value);
        hil_value_release(host->pool, both[0]);
        hil_value_release(host->pool, both[1]);
        return good;
    }
    bool first_known, first;
    if (!host_truth(host, both[0], &first, &first_known) || !host_truth(host, both[1], &truth, &known))
        return false;
    if ((known && truth == decides) || (first_known && first == decides))
        *value = hil_value_boolean(decides);
    else
        *value = known && first_known ? hil_value_boolean(!decides) : hil_value_missing();
    return true;
}

static bool op_block(HilHost *host, const HilNode *node, const int32_t *kids) {
    for (int k = 0; k < node->kids.count; k++) {
        HilValue nothing;
        if (!host_kid(host, node, kids, k, &nothing))
            return false;
        hil_value_release(host->pool, nothing);
    }
    return true;
}

static bool op_let_at(HilHost *host, const HilNode *node, const int32_t *kids) {
    enum { KEYS = 8 };
    HilValue value, keys[KEYS], result;
    int key_count = node->kids.count - 1;
    if (key_count > KEYS)
        return host_fail(host, "more than %d subscripts", KEYS);
    if (node->index < 0 || node->index >= host->frame->local_count)
        return host_fail(host, "there is no local %d among %d", node->index, host->frame->local_count);
    if (!host_kid(host, node, kids, 0, &value))
        return false;
    for (int k = 0; k < key_count; k++) {
        if (!host_kid(host, node, kids, k + 1, &keys[k]))
            return false;
    }
    if (!host_put_at(host, host->frame->locals[node->index], keys, key_count, value, &result))
        return false;
    for (int k = 0; k < key_count; k++)
        hil_value_release(host->pool, keys[k]);
    return host_assign(host, node->index, result);
}

static bool op_record(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    int count = node->kids.count, made = 0;
    const char **names = calloc((size_t)count + 1, sizeof *names);
    HilValue *values = calloc((size_t)count + 1, sizeof *values);
    bool good = names && values;
    for (; good && made < count; made++) {
        const int32_t *inner;
        const HilNode *named = kids[made] == -1 ? NULL : host_node(host, kids[made], &inner);
        good = named && named->op == HIL_HOST_NAMED;
        if (!good) {
            host_fail(host, "a record's field without a name");
            break;
        }
        names[made] = host_text(host, named->text);
        good = host_kid(host, named, inner, 0, &values[made]);
    }
    good = good && hil_value_record(host->pool, names, values, (size_t)count, value, host->error);
    free(names);
    free(values);
    return good;
}

static bool op_scalar(HilHost *host, const HilNode *node, HilValue *value) {
    HostFrame *frame = host->frame;
    const double *scalars = frame->scalars;
    int32_t count = frame->scalar_count;
    if (!scalars && host->engine && frame->program >= 0) {
        if (!host_open(host) || !host_prepare(host))
            return false;
        scalars = host->engine->scalars(frame->simulation, &count);
    }
    if (!scalars || node->index < 0 || node->index >= count)
        return host_fail(host, "there is no parameter number %d here", node->index);
    *value = hil_value_number(scalars[node->index]);
    return true;
}

/* ---- strict ops ---------------------------------------------------------------------------------------------- */

static bool apply(HilHost *host, const HilNode *node, const HilValue *arguments, int count, HilValue *value) {
    bool mine = true;
    if (host_is_broadcast(node->op))
        return host_broadcast(host, node->op, arguments, count, value);
    if (node->op == HIL_HOST_REDUCE)
        return hil_reduction_apply(host->pool, node->index, arguments, count, value, host->error);
    bool good = host_list_op(host, node, arguments, count, value, &mine);
    if (!mine)
        good = host_time_op(host, node, arguments, count, value, &mine);
    if (!mine)
        good = host_draw_op(host, node, arguments, count, value, &mine);
    return mine ? good : host_fail(host, "`%s` has no value here", ops[node->op].name);
}

static bool op_strict(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    enum { FEW = 4 };
    HilValue few[FEW], *arguments = few;
    int count = node->kids.count, made = 0;
    bool optional = node->op == HIL_HOST_REDUCE || node->op == HIL_HOST_WINDOW;
    if (count > FEW)
        arguments = malloc((size_t)count * sizeof *arguments);
    bool good = arguments || host_fail(host, "out of memory");
    for (; good && made < count; made += good) {
        good = kids[made] != -1 || (optional && made > 0) ||
               host_fail(host, "operand %d of `%s` is not given", made, ops[node->op].name);
        good = good && host_kid(host, node, kids, made, &arguments[made]);
    }
    good = good && apply(host, node, arguments, count, value);
    for (int k = 0; k < made; k++)
        hil_value_release(host->pool, arguments[k]);
    if (arguments != few)
        free(arguments);
    return good;
}

static bool dispatch(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value) {
    HilValue kid;
    *value = hil_value_missing();
    switch (node->op) {
    case HIL_HOST_NUMBER: *value = hil_value_number(node->number); return true;
    case HIL_HOST_BOOLEAN: *value = hil_value_boolean(node->index != 0); return true;
    case HIL_HOST_TEXT: {
        const char *text = host_text(host, node->text);
        return hil_value_text(host->pool, text, strlen(text), value, host->error);
    }
    case HIL_HOST_MISSING: return true;
    case HIL_HOST_LOCAL:
        if (node->index < 0 || node->index >= host->frame->local_count)
            return host_fail(host, "there is no local %d among %d", node->index, host->frame->local_count);
        *value = hil_value_retain(host->frame->locals[node->index]);
        return true;
    case HIL_HOST_SCALAR: return op_scalar(host, node, value);
    case HIL_HOST_SHOWN: case HIL_HOST_NAMED: return host_kid(host, node, kids, 0, value);
    case HIL_HOST_AND: case HIL_HOST_OR: return op_and_or(host, node, kids, value);
    case HIL_HOST_IF: return op_if(host, node, kids, value);
    case HIL_HOST_KNOWN:
        if (!host_kid(host, node, kids, 0, &kid))
            return false;
        *value = hil_value_boolean(kid.kind != HIL_KIND_MISSING);
        hil_value_release(host->pool, kid);
        return true;
    case HIL_HOST_EACH: return op_each(host, node, kids, value);
    case HIL_HOST_FOLD: return op_fold(host, node, kids, value);
    case HIL_HOST_RECORD: return op_record(host, node, kids, value);
    case HIL_HOST_TABLE_FILE: return host_table_file(host, node, kids, value);
    case HIL_HOST_BLOCK: return op_block(host, node, kids);
    case HIL_HOST_LET: return host_kid(host, node, kids, 0, &kid) && host_assign(host, node->index, kid);
    case HIL_HOST_LET_AT: return op_let_at(host, node, kids);
    case HIL_HOST_FOR: return op_for(host, node, kids);
    case HIL_HOST_SPIKES_OF: case HIL_HOST_SIGNAL_OF: case HIL_HOST_SAMPLE_OF: case HIL_HOST_SYNAPSE_COUNT:
    case HIL_HOST_SELECTED:
    case HIL_HOST_CHANGE: case HIL_HOST_NOW: case HIL_HOST_EXPECT: case HIL_HOST_REPORT: case HIL_HOST_MEASURE: case HIL_HOST_SET:
    case HIL_HOST_SEED: case HIL_HOST_RUN: case HIL_HOST_RELAX: case HIL_HOST_PHASE: case HIL_HOST_STIMULATE:
    case HIL_HOST_PLOT: case HIL_HOST_CALL:
        if (!host->experiment_op)
            return host_fail(host, "`%s` needs a running experiment", ops[node->op].name);
        return host->experiment_op(host, node, kids, value);
    default: return op_strict(host, node, kids, value);
    }
}

bool host_evaluate(HilHost *host, int32_t number, HilValue *value) {
    const int32_t *kids;
    const HilNode *node = host_node(host, number, &kids);
    if (!node)
        return false;
    if (host->depth >= HOST_DEPTH_LIMIT) {
        host->fatal = true;
        host_fail(host, "expressions within expressions more than %d deep", HOST_DEPTH_LIMIT);
    } else if (host->options.budget > 0 && ++host->spent > host->options.budget) {
        host->fatal = true;
        host_fail(host, "this takes more than %llu steps to work out", (unsigned long long)host->options.budget);
    } else {
        host->depth++;
        bool good = dispatch(host, node, kids, value);
        host->depth--;
        if (good)
            return true;
    }
    place_error(host, node);
    return false;
}

/* ---- entry points -------------------------------------------------------------------------------------------- */

bool host_push_frame(HilHost *host, HostFrame *frame, int32_t program, int32_t locals) {
    *frame = (HostFrame){.caller = host->frame, .program = program, .seed = host->options.settings.seed,
                         .depth = host->frame && host->frame->program >= 0 ? host->frame->depth + 1 : 0};
    if (locals < 0 || locals > (1 << 20))
        return host_fail(host, "a program with %d locals", locals);
    frame->locals = calloc((size_t)locals + 1, sizeof *frame->locals);
    if (!frame->locals)
        return host_fail(host, "out of memory for %d locals", locals);
    frame->local_count = locals; /* zero is MISSING */
    host->frame = frame;
    return true;
}

void host_pop_frame(HilHost *host, HostFrame *frame) {
    for (int32_t k = 0; k < frame->local_count; k++)
        hil_value_release(host->pool, frame->locals[k]);
    for (int k = 0; k < frame->measure_count; k++)
        hil_value_release(host->pool, frame->measures[k].value);
    for (int k = 0; k < frame->stimulation_count; k++) {
        for (int32_t i = 0; i < frame->local_count; i++)
            hil_value_release(host->pool, frame->stimulations[k].locals[i]);
        free(frame->stimulations[k].locals);
        free(frame->stimulations[k].sets);
    }
    free(frame->locals);
    free(frame->draws);
    free(frame->sets);
    free(frame->restores);
    free(frame->stimulations);
    free(frame->measures);
    host->frame = frame->caller;
}

HilHost *host_new(const HilHostCode *code, const HilHostOptions *options, HilError *error) {
    HilHost *host = calloc(1, sizeof *host);
    HostFrame *frame = calloc(1, sizeof *frame);
    if (host)
        host->pool = hil_pool_new();
    if (!host || !frame || !host->pool) {
        hil_fail(error, "out of memory");
        free(frame);
        free(host);
        return NULL;
    }
    host->code = *code;
    if (options)
        host->options = *options;
    else
        host->options.settings = hil_settings_default();
    *frame = (HostFrame){.program = -1, .seed = host->options.settings.seed};
    host->frame = frame;
    return host;
}

static bool text_is_sound(const HilHostCode *code) {
    return code->text_size == 0 || code->text[code->text_size - 1] == '\0';
}

HilHost *hil_host_new(const HilHostCode *code, const HilHostOptions *options, HilError *error) {
    if (!text_is_sound(code)) {
        hil_fail(error, "the texts of a host program do not end");
        return NULL;
    }
    return host_new(code, options, error);
}

void hil_host_free(HilHost *host) {
    if (!host)
        return;
    while (host->frame) {
        HostFrame *frame = host->frame;
        host_pop_frame(host, frame);
        if (!host->frame)
            free(frame); /* the outermost one is the host's own */
    }
    if (host->experiment_op)
        host_free_results(host);
    for (int k = 0; k < host->text_count; k++)
        free(host->texts[k]);
    free(host->texts);
    free(host->doubted);
    hil_pool_free(host->pool);
    free(host);
}

HilPool *hil_host_pool(HilHost *host) {
    return host->pool;
}

void hil_host_set_scalars(HilHost *host, const double *scalars, int32_t count) {
    host->frame->scalars = scalars;
    host->frame->scalar_count = count;
}

bool hil_host_set_locals(HilHost *host, int32_t count, HilError *error) {
    HilValue *locals = count >= 0 && count <= (1 << 20) ? calloc((size_t)count + 1, sizeof *locals) : NULL;
    if (!locals)
        return hil_fail(error, "no room for %d locals", count);
    for (int32_t k = 0; k < host->frame->local_count; k++)
        hil_value_release(host->pool, host->frame->locals[k]);
    free(host->frame->locals);
    host->frame->locals = locals;
    host->frame->local_count = count;
    return true;
}

static void start(HilHost *host, HilError *error) {
    host->error = error ? error : &host->caught;
    host->placed = host->fatal = false;
    host->depth = 0;
    host->spent = 0;
}

bool hil_host_set_local(HilHost *host, int32_t local, HilValue value, HilError *error) {
    start(host, error);
    bool good = host_assign(host, local, hil_value_retain(value));
    host->error = NULL;
    return good;
}

bool hil_host_evaluate(HilHost *host, int32_t node, HilValue *value, HilError *error) {
    HilError *outer = host->error;
    int depth = host->depth;
    uint64_t spent = host->spent;
    start(host, error);
    if (outer) { /* asked by the engine, within a run */
        host->depth = depth;
        host->spent = spent;
    }
    bool good = host_evaluate(host, node, value);
    host->error = outer;
    return good;
}

bool hil_host_number(HilHost *host, int32_t node, double *number, HilError *error) {
    HilValue value;
    if (!hil_host_evaluate(host, node, &value, error))
        return false;
    bool good = value.kind == HIL_KIND_NUMBER || value.kind == HIL_KIND_BOOLEAN;
    if (good)
        *number = value.kind == HIL_KIND_NUMBER ? value.as.number : value.as.boolean;
    hil_value_release(host->pool, value);
    return good || hil_fail(error, "line %u: a %s where a number is wanted", host->code.nodes[node].line,
                            hil_kind_name(value.kind));
}

static bool copy_numbers(HilHost *host, HilValue value, double *numbers, size_t count, HilError *error) {
    for (size_t k = 0; k < count; k++) {
        HilValue element = value;
        if (value.kind == HIL_KIND_LIST && value.as.list->numbers) {
            numbers[k] = value.as.list->numbers[k];
            continue;
        }
        if (value.kind != HIL_KIND_NUMBER && value.kind != HIL_KIND_BOOLEAN &&
            !hil_value_element(host->pool, value, k, &element, error))
            return false;
        if (element.kind != HIL_KIND_NUMBER && element.kind != HIL_KIND_BOOLEAN)
            return hil_fail(error, "element %zu is a %s where a number is wanted", k, hil_kind_name(element.kind));
        numbers[k] = element.kind == HIL_KIND_NUMBER ? element.as.number : element.as.boolean;
    }
    return true;
}

bool hil_host_numbers(HilHost *host, int32_t node, double **numbers, int64_t *count, HilError *error) {
    HilValue value;
    size_t length = 1;
    *numbers = NULL;
    *count = 0;
    if (!hil_host_evaluate(host, node, &value, error))
        return false;
    bool single = value.kind == HIL_KIND_NUMBER || value.kind == HIL_KIND_BOOLEAN;
    bool good = single || hil_value_length(value, &length, error);
    if (good && length > 0) {
        *numbers = malloc(length * sizeof **numbers);
        good = *numbers ? copy_numbers(host, value, *numbers, length, error) : hil_fail(error, "out of memory");
    }
    hil_value_release(host->pool, value);
    if (good) {
        *count = (int64_t)length;
    } else {
        free(*numbers);
        *numbers = NULL;
    }
    return good;
}

const char *host_keep_text(HilHost *host, const char *text) {
    for (int k = host->text_count - 1; k >= 0 && k >= host->text_count - 16; k--) {
        if (strcmp(host->texts[k], text) == 0)
            return host->texts[k];
    }
    if (!host_grow(host, &host->texts, host->text_count, &host->text_capacity, sizeof *host->texts))
        return NULL;
    char *copy = strdup(text);
    if (copy)
        host->texts[host->text_count++] = copy;
    return copy;
}

bool hil_host_text(HilHost *host, int32_t node, const char **text, HilError *error) {
    HilValue value;
    if (!hil_host_evaluate(host, node, &value, error))
        return false;
    if (value.kind != HIL_KIND_TEXT)
        return hil_fail(error, "line %u: a %s where a text is wanted", host->code.nodes[node].line,
                        hil_kind_name(value.kind));
    HilError *outer = host->error;
    host->error = error ? error : &host->caught;
    *text = host_keep_text(host, value.as.text->bytes);
    host->error = outer;
    hil_value_release(host->pool, value);
    return *text || hil_fail(error, "out of memory");
}
