"""The squid axon's patch (Hodgkin & Huxley 1952) against SciPy: courses of V and all gates, and firing rates."""
import numpy as np

from harness import converges, crossings, hillock, near, scipy_solution


def exprel_inverse(x):
    return x / np.expm1(x) if x else 1.0


def rates(V):
    """Opening and closing of m, h, n in 1/ms."""
    return ((exprel_inverse(-(V + 40) / 10), 4 * np.exp(-(V + 65) / 18)),
            (0.07 * np.exp(-(V + 65) / 20), 1 / (1 + np.exp(-(V + 35) / 10))),
            (0.1 * exprel_inverse(-(V + 55) / 10), 0.125 * np.exp(-(V + 65) / 80)))


def patch(amplitude):
    def f(t, y):
        V, m, h, n = y
        ionic = 120 * m ** 3 * h * (V - 50) + 36 * n ** 4 * (V + 77) + 0.3 * (V + 54.3)
        return [amplitude - ionic] + [a * (1 - x) - b * x for (a, b), x in zip(rates(V), (m, h, n))]
    return f


START = [-65] + [a / (a + b) for a, b in rates(-65)]
STATES = ["V", "Na_HH.m", "Na_HH.h", "K_HH.n"]


def states(run):
    return np.column_stack([run["HodgkinHuxley.%s.0" % s] for s in STATES])


y, _ = scipy_solution(patch(10), START, np.arange(1, 101))
converges("squid axon, V and gates", lambda h: states(hillock("squid_axon.hil", "patch", step=h)), y, 4, 0.01, 1e-6)
# What the planner chooses, exponential Euler, is of order 1.
converges("squid axon as planned, V and gates", lambda h: states(hillock("squid_axon.hil", "patch_planned", step=h)),
          y[:20], 1, 0.0005, 1e-6)

# Crossings of 0 mV by linear interpolation between samples 0.01 ms apart: V''/V' is below 10 /ms there, so each is
# off by less than 0.01^2/8*10 = 1.3e-4 ms, in both; and by the error of Runge-Kutta 4, which is smaller (above).
samples = np.round(np.arange(1, 40001) * 0.01, 2)
for amplitude in (7, 10, 20, 60):
    run = hillock("squid_axon.hil", "train", amplitude="%d uA/cm^2" % amplitude)
    ours = crossings(run.times["HodgkinHuxley.V.0"], run["HodgkinHuxley.V.0"], 0)
    y, _ = scipy_solution(patch(amplitude), START, samples)
    theirs = crossings(samples, y[:, 0], 0)
    ours, theirs = ours[ours > 200], theirs[theirs > 200]
    intervals = len(theirs) - 1
    period = (theirs[-1] - theirs[0]) / intervals
    near("squid axon, rate at %d uA/cm^2, %.2f Hz" % (amplitude, 1000 / period),
         1000 / np.mean(np.diff(ours)), 1000 / period, 1000 / period ** 2 * 4 * 1.3e-4 / intervals, "Hz")
