/* What comes out of programs besides measures: expectations, reports, plots. In: nodes and their values. Out: entries
 * in the host, and lines for people. Kept true: an expectation is recorded whatever happens to its condition, except
 * when the whole run cannot go on. */
#include "host_internal.h"

#include <stdlib.h>
#include <string.h>

enum { SIDES = 3, NOTE_BYTES = 400 };

static const HilNode *without_shown(HilHost *host, const HilNode *node, const int32_t **kids, const char **unit) {
    for (int k = 0; node && node->op == HIL_HOST_SHOWN && k < HOST_DEPTH_LIMIT; k++) {
        const char *text = host_text(host, node->text);
        if (unit && text[0])
            *unit = text;
        node = (*kids)[0] == -1 ? NULL : host_node(host, (*kids)[0], kids);
    }
    return node;
}

/* Written out in the source as a constant: nothing to report. */
static bool is_literal(HilHost *host, int32_t number, int depth) {
    const int32_t *kids;
    const HilNode *node = number == -1 ? NULL : host_node(host, number, &kids);
    node = node ? without_shown(host, node, &kids, NULL) : NULL;
    if (!node || depth > 4)
        return false;
    if (node->op == HIL_HOST_NUMBER || node->op == HIL_HOST_BOOLEAN || node->op == HIL_HOST_TEXT)
        return true;
    if (node->op != HIL_HOST_NEG && node->op != HIL_HOST_LIST && node->op != HIL_HOST_RANGE)
        return false;
    for (int k = 0; k < node->kids.count; k++) {
        if (!is_literal(host, kids[k], depth + 1))
            return false;
    }
    return true;
}

static void note(char *text, const char *separator, const char *what) {
    size_t used = strlen(text);
    snprintf(text + used, NOTE_BYTES - used, "%s%s", used > 0 ? separator : "", what);
}

/* Of a list of conditions: how many do not hold, and which is the first. */
static void note_elements(HilHost *host, HilValue value, char *text) {
    size_t wrong = 0, first = 0, count = value.kind == HIL_KIND_LIST ? value.as.list->count : 0;
    for (size_t k = 0; k < count; k++) {
        HilValue one = value.as.list->numbers ? hil_value_number(value.as.list->numbers[k]) : value.as.list->items[k];
        bool truth, known;
        if (host_truth(host, one, &truth, &known) && known && !truth && wrong++ == 0)
            first = k;
    }
    char line[80];
    if (wrong > 0) {
        snprintf(line, sizeof line, "%zu of %zu do not, the first is [%zu]", wrong, count, first);
        note(text, "; ", line);
    }
}

static bool observe(HilHost *host, int32_t number, HilValue *value, char *text, int depth);

/* A comparison's sides are evaluated once, noted, and compared. */
static bool observe_comparison(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value, char *text) {
    HilValue sides[SIDES];
    const char *unit = "";
    char shown[160];
    int count = node->kids.count;
    for (int k = 0; k < count; k++) {
        const int32_t *inner = NULL;
        const HilNode *side = kids[k] == -1 ? NULL : host_node(host, kids[k], &inner);
        if (!side)
            return host_fail(host, "a side of the condition is not given");
        without_shown(host, side, &inner, &unit);
        if (!host_evaluate(host, kids[k], &sides[k]))
            return false;
    }
    if (!host_broadcast(host, node->op, sides, count, value))
        return false;
    bool truth, known, tolerance = node->op == HIL_HOST_WITHIN;
    if (!host_truth(host, *value, &truth, &known))
        return false;
    char sides_text[NOTE_BYTES] = "";
    for (int i = 0; i < count; i++) {
        int k = host_flags(node) & HIL_HOST_TURNED ? count - 1 - i : i;
        if ((tolerance && k == 1) || (truth && is_literal(host, kids[k], 0)))
            continue;
        hil_value_print(sides[k], unit, shown, sizeof shown);
        note(sides_text, truth ? " and " : " against ", shown);
    }
    if (sides_text[0])
        note(text, ", ", sides_text);
    note_elements(host, *value, text);
    for (int k = 0; k < count; k++)
        hil_value_release(host->pool, sides[k]);
    return true;
}

static bool observe_logic(HilHost *host, const HilNode *node, const int32_t *kids, HilValue *value, char *text,
                          int depth) {
    HilValue both[2];
    bool truth, known, decides = node->op == HIL_HOST_OR;
    if (kids[0] == -1 || !observe(host, kids[0], &both[0], text, depth + 1))
        return kids[0] == -1 ? host_fail(host, "a side of the condition is not given") : false;
    if (!host_truth(host, both[0], &truth, &known))
        return false;
    if (known && truth == decides) {
        *value = both[0];
        return true;
    }
    if (kids[1] == -1 || !observe(host, kids[1], &both[1], text, depth + 1))
        return kids[1] == -1 ? host_fail(host, "a side of the condition is not given") : false;
    bool second, second_known;
    if (!host_truth(host, both[1], &second, &second_known))
        return false;
    *value = second_known && second == decides ? hil_value_boolean(decides)
             : known && second_known           ? hil_value_boolean(!decides)
                                               : hil_value_missing();
    hil_value_release(host->pool, both[0]);
    hil_value_release(host->pool, both[1]);
    return true;
}

static bool observe(HilHost *host, int32_t number, HilValue *value, char *text, int depth) {
    const int32_t *kids;
    const HilNode *node = host_node(host, number, &kids);
    node = node ? without_shown(host, node, &kids, NULL) : NULL;
    if (!node)
        return false;
    if (depth < 32 && ((node->op >= HIL_HOST_LT && node->op <= HIL_HOST_NE) || node->op == HIL_HOST_IN ||
                       node->op == HIL_HOST_WITHIN))
        return observe_comparison(host, node, kids, value, text);
    if (depth < 32 && (node->op == HIL_HOST_AND || node->op == HIL_HOST_OR))
        return observe_logic(host, node, kids, value, text, depth);
    if (depth < 32 && node->op == HIL_HOST_NOT && kids[0] != -1) {
        HilValue inner;
        if (!observe(host, kids[0], &inner, text, depth + 1) || !host_broadcast(host, HIL_HOST_NOT, &inner, 1, value))
            return false;
        hil_value_release(host->pool, inner);
        return true;
    }
    if (!host_evaluate(host, number, value))
        return false;
    note_elements(host, *value, text);
    return true;
}

/* ---- expectations -------------------------------------------------------------------------------------------- */

static const char *program_name(HilHost *host) {
    const HilProgram *row = host->frame->program >= 0 ? host_program(host, host->frame->program) : NULL;
    return row ? host_text(host, row->name) : "";
}

enum { PASSES_PRINTED = 10 };

/* Whether this outcome gets its line: failures always, passes in a long loop only the first few times. */
static bool is_worth_a_line(HilHost *host, const HilNode *node, HilOutcome outcome) {
    int k = 0;
    if (outcome != HIL_OUTCOME_PASS && outcome != HIL_OUTCOME_SKIPPED)
        return true;
    while (k < host->passes_count && host->passes[k].node != node)
        k++;
    if (k == host->passes_count) {
        if (!host_grow(host, &host->passes, k, &host->passes_capacity, sizeof *host->passes))
            return true;
        host->passes[host->passes_count++] = (HostPasses){.node = node};
    }
    return ++host->passes[k].count <= PASSES_PRINTED;
}

void host_print_rest(HilHost *host) {
    for (int k = 0; k < host->passes_count; k++) {
        const HilNode *node = host->passes[k].node;
        char text[60];
        snprintf(text, sizeof text, "and %d times more", host->passes[k].count - PASSES_PRINTED);
        HilExpectation rest = {.text = host_text(host, node->text), .line = node->line, .outcome = HIL_OUTCOME_PASS,
                               .observed = text};
        if (host->passes[k].count > PASSES_PRINTED && host->options.print)
            hil_host_print_expectation(host, &rest, host->options.print);
    }
    host->passes_count = 0;
}

static bool add_expectation(HilHost *host, const HilNode *node, HilOutcome outcome, const char *observed) {
    if (!host_grow(host, &host->expectations, host->expectation_count, &host->expectation_capacity,
                   sizeof *host->expectations))
        return false;
    const char *kept = host_keep_text(host, observed);
    if (!kept)
        return host_fail(host, "out of memory");
    HilExpectation *e = &host->expectations[host->expectation_count++];
    *e = (HilExpectation){.program = program_name(host), .text = host_text(host, node->text), .line = node->line,
                          .outcome = outcome, .observed = kept};
    if (host->options.print && is_worth_a_line(host, node, outcome))
        hil_host_print_expectation(host, e, host->options.print);
    return true;
}

bool host_expect(HilHost *host, const HilNode *node, const int32_t *kids) {
    HilError *outer = host->error;
    HilValue value = hil_value_missing();
    char text[NOTE_BYTES] = "";
    int depth = host->depth;
    bool truth = false, known = true, known_to_fail = host_flags(node) & HIL_HOST_KNOWN_FAIL;
    if (kids[0] == -1)
        return host_fail(host, "`expect` without a condition");
    host->error = &host->caught;
    bool good = observe(host, kids[0], &value, text, 0) && host_truth(host, value, &truth, &known);
    host->error = outer;
    host->depth = depth;
    if (!good && host->fatal) {
        if (outer)
            *outer = host->caught;
        return false;
    }
    host->placed = false;
    hil_value_release(host->pool, value);
    HilOutcome outcome = HIL_OUTCOME_FAIL;
    if (good && !known)
        outcome = HIL_OUTCOME_SKIPPED;
    else if (good && truth)
        outcome = known_to_fail ? HIL_OUTCOME_UNEXPECTED : HIL_OUTCOME_PASS;
    else if (known_to_fail)
        outcome = HIL_OUTCOME_KNOWN_FAIL;
    return add_expectation(host, node, outcome, good ? text : host->caught.text);
}

const HilExpectation *hil_host_expectations(const HilHost *host, int *count) {
    *count = host->expectation_count;
    return host->expectations;
}

int hil_host_failures(const HilHost *host) {
    int failures = 0;
    for (int k = 0; k < host->expectation_count; k++)
        failures += host->expectations[k].outcome == HIL_OUTCOME_FAIL ||
                    host->expectations[k].outcome == HIL_OUTCOME_UNEXPECTED;
    return failures;
}

void hil_host_print_expectation(const HilHost *host, const HilExpectation *e, FILE *out) {
    static const char *const words[] = {
        [HIL_OUTCOME_PASS] = "pass", [HIL_OUTCOME_FAIL] = "FAIL", [HIL_OUTCOME_SKIPPED] = "skip",
        [HIL_OUTCOME_KNOWN_FAIL] = "known", [HIL_OUTCOME_UNEXPECTED] = "PASS, stated to fail"};
    uint32_t line = e->line;
    const char *source = host_place(host, &line);
    fprintf(out, "%-5s %s%s%u  %s", words[e->outcome], source, source[0] ? ":" : "line ", line, e->text);
    if (e->observed[0])
        fprintf(out, "   (%s)", e->observed);
    fputc('\n', out);
}

/* ---- reports ------------------------------------------------------------------------------------------------- */

static HostRows *rows_of(HilHost *host, const HilNode *node) {
    for (int k = 0; k < host->report_count; k++) {
        if (host->report_rows[k].node == node)
            return &host->report_rows[k];
    }
    if (!host_grow(host, &host->report_rows, host->report_count, &host->rows_capacity, sizeof *host->report_rows) ||
        !host_grow(host, &host->reports, host->report_count, &host->report_capacity, sizeof *host->reports))
        return NULL;
    host->reports[host->report_count] = (HilReportTable){.program = program_name(host), .line = node->line};
    host->report_rows[host->report_count] = (HostRows){.node = node};
    return &host->report_rows[host->report_count++];
}

static void print_row(HilHost *host, const HostRows *rows, HilValue row) {
    enum { WIDTH = 16 };
    char text[200];
    FILE *out = host->options.print;
    if (!out)
        return;
    for (size_t k = 0; rows->count == 1 && k < row.as.record->count; k++)
        fprintf(out, "%s%-*s", k > 0 ? "  " : "", WIDTH, row.as.record->names[k]);
    if (rows->count == 1)
        fputc('\n', out);
    for (size_t k = 0; k < row.as.record->count; k++) {
        hil_value_print(row.as.record->values[k], (int)k < rows->columns ? rows->units[k] : "", text, sizeof text);
        fprintf(out, "%s%-*s", k > 0 ? "  " : "", WIDTH, text);
    }
    fputc('\n', out);
}

/* The name of a value to show, and its unit; the value's node. */
static const HilNode *shown_entry(HilHost *host, int32_t kid, const char **name, const char **unit, int32_t *of) {
    const int32_t *kids;
    const HilNode *node = kid == -1 ? NULL : host_node(host, kid, &kids);
    if (!node)
        return NULL;
    *name = *unit = "";
    *of = kid;
    if (node->op == HIL_HOST_NAMED) {
        *name = host_text(host, node->text);
        *of = kids[0];
        node = kids[0] == -1 ? NULL : host_node(host, kids[0], &kids);
    }
    if (node)
        without_shown(host, node, &kids, unit);
    return node;
}

bool host_report(HilHost *host, const HilNode *node, const int32_t *kids) {
    int count = node->kids.count;
    HostRows *rows = rows_of(host, node);
    const char **names = calloc((size_t)count + 1, sizeof *names), **units = calloc((size_t)count + 1, sizeof *units);
    HilValue *values = calloc((size_t)count + 1, sizeof *values), row;
    bool good = rows && ((names && values && units) || host_fail(host, "out of memory"));
    for (int k = 0; good && k < count; k++) {
        int32_t of;
        good = shown_entry(host, kids[k], &names[k], &units[k], &of) && host_evaluate(host, of, &values[k]);
        if (!good && kids[k] == -1)
            host_fail(host, "`report` of nothing");
    }
    good = good && hil_value_record(host->pool, names, values, (size_t)count, &row, host->error);
    rows = good ? rows_of(host, node) : NULL; /* evaluating may have moved it */
    good = rows && host_grow(host, &rows->rows, rows->count, &rows->capacity, sizeof *rows->rows);
    if (good) {
        if (!rows->units) {
            rows->units = units;
            rows->columns = count;
            units = NULL;
        }
        rows->rows[rows->count++] = row;
        print_row(host, rows, row);
    }
    free(names);
    free(units);
    free(values);
    return good;
}

const HilReportTable *hil_host_reports(HilHost *host, int *count) {
    *count = host->report_count;
    for (int k = 0; k < host->report_count; k++) {
        HostRows *rows = &host->report_rows[k];
        HilReportTable *report = &host->reports[k];
        HilError error;
        size_t known = report->rows.kind == HIL_KIND_LIST ? report->rows.as.list->count : 0;
        report->units = rows->units;
        report->columns = rows->columns;
        if (known == (size_t)rows->count && report->rows.kind == HIL_KIND_LIST)
            continue;
        for (int r = 0; r < rows->count; r++) /* the list gets references of its own */
            hil_value_retain(rows->rows[r]);
        hil_value_release(host->pool, report->rows);
        if (!hil_value_list(host->pool, rows->rows, (size_t)rows->count, &report->rows, &error))
            report->rows = hil_value_missing();
    }
    return host->reports;
}

/* ---- plots --------------------------------------------------------------------------------------------------- */

bool host_plot(HilHost *host, const HilNode *node, const int32_t *kids) {
    int count = node->kids.count;
    if (node->index < 0 || node->index >= HIL_PLOT_COUNT)
        return host_fail(host, "there is no plot of kind %d", node->index);
    HilPanel *panels = calloc((size_t)count + 1, sizeof *panels);
    bool good = panels || host_fail(host, "out of memory");
    for (int k = 0; good && k < count; k++) {
        int32_t of;
        good = shown_entry(host, kids[k], &panels[k].label, &panels[k].unit, &of) &&
               host_evaluate(host, of, &panels[k].value);
        if (!good && kids[k] == -1)
            host_fail(host, "`plot` of nothing");
    }
    good = good && host_grow(host, &host->plots, host->plot_count, &host->plot_capacity, sizeof *host->plots);
    if (!good) {
        free(panels);
        return false;
    }
    host->plots[host->plot_count++] =
        (HilPlot){.program = program_name(host), .title = host_text(host, node->text), .kind = node->index,
                  .line = node->line, .panels = panels, .panel_count = count};
    return true;
}

const HilPlot *hil_host_plots(const HilHost *host, int *count) {
    *count = host->plot_count;
    return host->plots;
}

void host_free_results(HilHost *host) {
    for (int k = 0; k < host->plot_count; k++)
        free((void *)host->plots[k].panels);
    for (int k = 0; k < host->report_count; k++) {
        free(host->report_rows[k].rows);
        free(host->report_rows[k].units);
    }
    free(host->plots);
    free(host->reports);
    free(host->report_rows);
    free(host->expectations);
    free(host->passes);
    free(host->cache);
}
