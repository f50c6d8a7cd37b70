/* A program with two models in it, linked as libraries: each with its own parameters and time, their values read where
 * they stand. Prints nothing unless something is wrong; the exit code says how many checks failed. */
#include "decay.h"
#include "growth.h"

#include <math.h>
#include <stdio.h>

static int failures;

static void check(bool holds, const char *what) {
    if (holds) return;
    printf("not so: %s\n", what);
    failures++;
}

/* The value x0*exp(rate*t) after a run from 0 to t in steps that the exact propagator takes: some ulps a step. */
static bool near(double value, double expected) { return fabs(value - expected) <= 1e-12 * fabs(expected); }

int main(void) {
    HilError error;
    HilSettings settings = hil_settings_default();
    check(decay_image() != growth_image(), "each library has its own descriptor");
    HilModel *decay = decay_open(NULL, &settings, &error), *growth = growth_open("Colony", &settings, &error);
    if (!decay || !growth) return puts(error.text), 100;
    check(!growth_open("Nowhere", &settings, &error) && error.text[0], "a network that is not there is refused");

    check(hil_model_set(decay, "E.tau", 5e-3, &error), "a parameter can be set");
    check(!hil_model_set(growth, "E.tau", 5e-3, &error) && error.text[0], "each model has its own parameters");
    check(!hil_model_plane(decay, "E.V", &error).values, "there are no values before the first run");

    if (!hil_model_run(decay, 0.01, 1e-4, &error) || !hil_model_run(growth, 0.02, 1e-4, &error))
        return puts(error.text), 101;
    check(near(hil_model_time(decay), 0.01) && near(hil_model_time(growth), 0.02), "each model has its own time");
    HilModelPlane v = hil_model_plane(decay, "E.V", &error), n = hil_model_plane(growth, "Cells.n", &error);
    if (!v.values || !n.values) return puts(error.text), 102;
    check(v.count == 10 && !v.single && n.count == 3, "planes have the populations' sizes");
    double *volts = v.values, *number = n.values;
    check(near(volts[9], 0.02 * exp(-2.0)), "V decays with the time constant that was set");
    check(near(number[2], exp(2.0)), "n grows");

    /* The plane is the state itself: what is written there is where the run goes on. */
    volts[3] = 1;
    if (!hil_model_run(decay, 0.005, 1e-4, &error)) return puts(error.text), 103;
    check(hil_model_plane(decay, "E.V", &error).values == v.values, "planes stay where they are");
    check(near(volts[3], exp(-1.0)) && near(volts[9], 0.02 * exp(-3.0)), "a run goes on from what was written");

    double tau = 0;
    check(hil_model_get(decay, "E.tau", &tau, &error) && tau == 5e-3, "parameters can be read");
    hil_model_free(decay);
    if (!hil_model_run(growth, 0.01, 1e-4, &error)) return puts(error.text), 104;
    check(near(number[0], exp(3.0)), "one model runs on when another is gone");
    hil_model_free(growth);
    return failures;
}
