/* Writes a report with every kind of panel for the browser test. `make_report FILE SPIKES`: SPIKES spikes of two
 * populations over 10 s whose rates swing at 4 Hz, membrane traces with 100,000 samples, rates, distributions, a curve
 * and tables. Texts contain what HTML would misread. */
#include "hillock/report.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Uniform in [0, 1): Steele, Lea & Flood 2014 (SplitMix64). */
static double draw(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return (double)((z ^ z >> 31) >> 11) * 0x1p-53;
}

static void add_spikes(HilSpikeTrain *train, size_t count, double phase, uint64_t *state)
{
    double whole = 0;
    size_t first = train->count;
    for (int step = 0; step < 100000; step++) { /* 0.1 ms each */
        double time = step * 1e-4, share = 1 + 0.9 * sin(2 * 3.14159265358979 * 4 * time + phase);
        whole += (double)count / 100000 * share;
        for (; whole >= 1 && train->count < first + count; whole -= 1) {
            double where = draw(state);
            uint32_t id = (uint32_t)(where * where * (double)train->size); /* low numbers fire more */
            if (!hil_spike_train_append(train, time, &id, 1))
                abort();
        }
    }
    for (uint32_t id = 0; train->count < first + count; id++) /* what rounding left over */
        if (!hil_spike_train_append(train, 9.9999, &id, 1))
            abort();
}

static void add_traces(HilSignal *signal, uint64_t *state)
{
    double V[3] = {-0.065, -0.062, -0.068};
    for (int step = 0; step < 100000; step++) {
        double *row = hil_signal_next_row(signal);
        if (!row)
            abort();
        for (int j = 0; j < 3; j++) {
            V[j] += 1e-4 / 0.02 * (-0.052 + 0.004 * sin(25.0 * step * 1e-4 + j) - V[j]) + 3e-4 * (draw(state) - 0.5);
            row[j] = V[j] > -0.05 ? 0.02 : V[j];
            V[j] = V[j] > -0.05 ? -0.06 : V[j];
        }
    }
}

int main(int count, char **arguments)
{
    if (count != 3)
        return EXIT_FAILURE;
    size_t spikes = strtoul(arguments[2], NULL, 10);
    uint64_t state = 1;
    HilRecording *recording = hil_recording_new(NULL);
    HilSpikeTrain *E = hil_recording_train(recording, "E", 3200), *I = hil_recording_train(recording, "I", 800);
    add_spikes(E, spikes * 7 / 10, 0, &state);
    add_spikes(I, spikes - E->count, 0.6, &state);
    HilSignal *V = hil_recording_signal(recording, "E", "V", "mV", 1e-3, 0, 1e-4, 1e-4, (uint32_t[]){0, 1, 2}, NULL, 3);
    add_traces(V, &state);

    const HilSpikeTrain *const trains[] = {E, I};
    HilReport *report = hil_report_new("Vogels: spontaneous </script><b>&activity</b>");
    hil_report_describe(report, "A balanced network of excitatory and inhibitory integrate-and-fire neurons. <i>No tag.</i>");
    hil_report_fact(report, "model", "vogels.hil");
    hil_report_fact(report, "duration", "10 s in steps of 0.1 ms");
    hil_report_fact(report, "seed", "7");
    hil_report_fact(report, "source", "3f9a2c51b7d04e66");
    hil_report_expectation(report, "rate of E in 5 Hz .. 30 Hz", spikes > 400000, "21.9 Hz");
    hil_report_expectation(report, "cv_isi(spikes of E) > 0.5", true, "1.02");
    hil_report_parameter(report, "E.tau", "20 ms", "membrane time constant");
    hil_report_parameter(report, "E.R", "100 MOhm", "input resistance & nothing else");
    hil_report_parameter(report, "EE.A_plus", "0.005", "");
    hil_report_value(report, "rate of E", "21.9 Hz");
    hil_report_value(report, "rate of I", "37.5 Hz");
    hil_report_raster(report, "Spikes of E and I", trains, 2, 0, 10);
    hil_report_rates(report, "Population rates", trains, 2, 0, 10, 0);
    hil_report_signal(report, "Membrane potential", V);
    hil_report_intervals(report, "Interspike intervals", trains, 2);
    hil_report_cell_rates(report, "Rates of the cells", trains, 2, 0, 10);
    double x[20], y[20];
    for (int i = 0; i < 20; i++) {
        x[i] = 0.001 * (i + 1);
        y[i] = i == 9 ? NAN : 30 / (1 + exp(-(i - 8) / 3.0));
    }
    hil_report_curves(report, "Sweep over EE.A_plus", "A_plus", "", x, 20, "rate of E", "Hz",
                      &(HilSeries){"rate of E", y, 20}, 1);
    hil_report_table(report, "Sweep", (const char *const[]){"A_plus", "rate of E"}, 2);
    hil_report_row(report, (const char *const[]){"0.001", "2.1 Hz"});
    hil_report_row(report, (const char *const[]){"0.002", "2.8 Hz"});
    HilError error;
    bool good = hil_report_write(report, arguments[1], &error);
    if (!good)
        fprintf(stderr, "%s\n", error.text);
    hil_report_free(report);
    hil_recording_free(recording);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
