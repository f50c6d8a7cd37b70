/* Results of programs in the HTML report of the run (hillock/report.h): expectations as lines, reports as tables, plots
 * as panels. In: a host that has run. Out: entries in the report, which copies what it keeps. */
#include "host_internal.h"

#include "hillock/report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The report wants mutable texts and arrays, and changes none of them. */
static HilSpikeTrain train_of(const HilPanel *panel) {
    const HilSpikesValue *spikes = panel->value.as.spikes;
    return (HilSpikeTrain){.population = (char *)panel->label, .size = spikes->size, .count = spikes->count,
                           .capacity = spikes->count, .times = (double *)spikes->times,
                           .ids = (uint32_t *)spikes->cells};
}

static void add_spikes(HilReport *report, const HilPlot *plot) {
    size_t count = 0;
    double from = INFINITY, to = -INFINITY;
    HilSpikeTrain *trains = calloc((size_t)plot->panel_count + 1, sizeof *trains);
    const HilSpikeTrain **list = calloc((size_t)plot->panel_count + 1, sizeof *list);
    for (int k = 0; trains && list && k < plot->panel_count; k++) {
        if (plot->panels[k].value.kind != HIL_KIND_SPIKES)
            continue;
        trains[count] = train_of(&plot->panels[k]);
        list[count] = &trains[count];
        count++;
        from = fmin(from, plot->panels[k].value.as.spikes->from);
        to = fmax(to, plot->panels[k].value.as.spikes->to);
    }
    if (count > 0 && plot->kind == HIL_PLOT_RASTER)
        hil_report_raster(report, plot->title, list, count, from, to);
    else if (count > 0)
        hil_report_rates(report, plot->title, list, count, from, to, 0);
    free(trains);
    free(list);
}

static void add_traces(HilReport *report, const HilPlot *plot) {
    for (int k = 0; k < plot->panel_count; k++) {
        const HilPanel *panel = &plot->panels[k];
        if (panel->value.kind != HIL_KIND_SIGNAL)
            continue;
        const HilSignalValue *signal = panel->value.as.signal;
        const char *unit = panel->unit[0] ? panel->unit : signal->unit;
        HilUnit how;
        if (!hil_unit_parse(unit, strlen(unit), &how, NULL))
            how = (HilUnit){.scale = 1};
        char *nameless = signal->elements ? (char *)"" : NULL;
        HilSignal copy = {.population = (char *)"", .source = nameless, .target = nameless,
                          .variable = (char *)panel->label, .unit = (char *)unit, .scale = how.scale,
                          .offset = how.offset, .start = signal->start, .every = signal->every,
                          .instances = signal->cells, .samples = signal->samples, .capacity = signal->samples,
                          .ids = (uint32_t *)signal->ids, .elements = (uint32_t *)signal->elements,
                          .values = (double *)signal->values};
        hil_report_signal(report, plot->title, &copy);
    }
}

/* The panel's numbers in its unit, malloc'ed; NULL: none. */
static double *numbers_of(const HilPanel *panel, size_t *count) {
    const double *from = NULL;
    HilUnit unit;
    *count = 0;
    if (panel->value.kind == HIL_KIND_LIST && panel->value.as.list->numbers) {
        from = panel->value.as.list->numbers;
        *count = panel->value.as.list->count;
    } else if (panel->value.kind == HIL_KIND_SIGNAL) {
        from = panel->value.as.signal->values;
        *count = panel->value.as.signal->cells * panel->value.as.signal->samples;
    }
    double *numbers = from ? malloc((*count + 1) * sizeof *numbers) : NULL;
    bool scaled = panel->unit[0] && hil_unit_parse(panel->unit, strlen(panel->unit), &unit, NULL);
    for (size_t k = 0; numbers && k < *count; k++)
        numbers[k] = scaled ? hil_value_in_unit(from[k], unit) : from[k];
    return numbers;
}

static void add_histogram(HilReport *report, const HilPlot *plot) {
    size_t count = 0;
    HilSeries *series = calloc((size_t)plot->panel_count + 1, sizeof *series);
    const char *unit = "";
    for (int k = 0; series && k < plot->panel_count; k++) {
        series[count].name = plot->panels[k].label;
        series[count].values = numbers_of(&plot->panels[k], &series[count].count);
        unit = plot->panels[k].unit;
        count += series[count].values != NULL;
    }
    if (count > 0)
        hil_report_histogram(report, plot->title, count == 1 ? series[0].name : "", unit, series, count);
    for (size_t k = 0; k < count; k++)
        free((void *)series[k].values);
    free(series);
}

static void add_points(HilReport *report, const HilPlot *plot) {
    for (int k = 0; k + 1 < plot->panel_count; k += 2) {
        const HilPanel *x = &plot->panels[k], *y = &plot->panels[k + 1];
        size_t x_count, y_count;
        double *xs = numbers_of(x, &x_count), *ys = numbers_of(y, &y_count);
        HilSeries series = {.name = y->label, .values = ys, .count = y_count};
        if (xs && ys && x_count == y_count)
            hil_report_curves(report, plot->title, x->label, x->unit, xs, x_count, y->label, y->unit, &series, 1);
        free(xs);
        free(ys);
    }
}

static void add_table(HilReport *report, const HilReportTable *table) {
    const HilListValue *rows = table->rows.kind == HIL_KIND_LIST ? table->rows.as.list : NULL;
    size_t columns = (size_t)table->columns;
    if (!rows || rows->count == 0 || !rows->items || columns == 0)
        return;
    char(*texts)[200] = calloc(columns, sizeof *texts);
    const char **cells = calloc(columns, sizeof *cells);
    if (texts && cells) {
        hil_report_table(report, table->program, rows->items[0].as.record->names, columns);
        for (size_t r = 0; r < rows->count; r++) {
            const HilRecordValue *row = rows->items[r].as.record;
            for (size_t k = 0; k < columns; k++) {
                texts[k][0] = '\0';
                if (k < row->count)
                    hil_value_print(row->values[k], table->units[k], texts[k], sizeof texts[k]);
                cells[k] = texts[k];
            }
            hil_report_row(report, cells);
        }
    }
    free(texts);
    free(cells);
}

void hil_host_fill_report(HilHost *host, HilReport *report) {
    int count;
    const HilExpectation *expectations = hil_host_expectations(host, &count);
    for (int k = 0; k < count; k++) {
        HilOutcome outcome = expectations[k].outcome;
        if (outcome == HIL_OUTCOME_SKIPPED)
            continue;
        bool holds = outcome == HIL_OUTCOME_PASS || outcome == HIL_OUTCOME_KNOWN_FAIL;
        char text[600];
        snprintf(text, sizeof text, "%s%s", expectations[k].text,
                 outcome == HIL_OUTCOME_KNOWN_FAIL ? " (known to fail)" : "");
        hil_report_expectation(report, text, holds, expectations[k].observed);
    }
    const HilReportTable *reports = hil_host_reports(host, &count);
    for (int k = 0; k < count; k++)
        add_table(report, &reports[k]);
    const HilPlot *plots = hil_host_plots(host, &count);
    for (int k = 0; k < count; k++) {
        switch (plots[k].kind) {
        case HIL_PLOT_RASTER: case HIL_PLOT_RATES: add_spikes(report, &plots[k]); break;
        case HIL_PLOT_TRACES: add_traces(report, &plots[k]); break;
        case HIL_PLOT_HISTOGRAM: add_histogram(report, &plots[k]); break;
        default: add_points(report, &plots[k]); break;
        }
    }
}
