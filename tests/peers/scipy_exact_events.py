"""Exact events of a linear neuron against SciPy's DOP853 at relative tolerances of 1e-13, which is restarted at every
arrival, crossing and end of a refractory period. The times may differ by what both solvers err in V, some 1e-10 mV, over
a slope that is above 0.1 mV/ms where these thresholds are passed; and by no more for any step."""
import numpy as np

from harness import hillock, near, skip

try:
    from scipy.integrate import solve_ivp
except ImportError:
    skip("SciPy is not installed (Debian: python3-scipy)")

ARRIVALS = [3, 7, 10, 17, 30, 31, 47, 60, 61, 62, 63, 64, 80]
END, T_REF = 100.0, 1.37


def slopes(held):
    def f(t, y):
        V, s, a, b, w, theta = y
        return [0 if held else (16 + s + b - w - V) / 10, -s / 2, -a / 3, (a - b) / 3, (0.4 * V - w) / 40,
                (10 - theta) / 20]
    return f


def crossing(t, y):
    return y[0] - y[5]


def reference(times):
    crossing.terminal, crossing.direction = True, 1
    t, y, spikes, release, rows = 0.0, np.array([0, 0, 0, 0, 0, 10.0]), [], -1.0, []
    stops = ARRIVALS + [END]
    while t < END:
        held = t < release
        stop = min([x for x in stops if x > t] + ([release] if held else []))
        done = solve_ivp(slopes(held), (t, stop), y, method="DOP853", rtol=1e-13, atol=1e-13, dense_output=True,
                         events=None if held else crossing, max_step=0.1)
        inside = times[(times > t) & (times <= done.t[-1])]
        if len(inside):
            rows.append(done.sol(inside).T)
        t, y = done.t[-1], done.y[:, -1]
        if done.status == 1:
            spikes.append(t)
            y = y + [2 - y[0], 0, 0, 0, 1, 2]
            release = t + T_REF
        if t in ARRIVALS:
            y = y + [0, 8, 16, 0, 0, 0]
    return np.concatenate(rows), np.array(spikes)


samples = None
for step in (0.05, 0.1, 0.5, 1):
    run = hillock("exact_events.hil", "kicked", step=step)
    if samples is None:
        samples, spikes = reference(run.times["cell.V.0"])
    near("exact events at %g ms, %d spikes" % (step, len(spikes)), run.spikes("cell", 0), spikes, 1e-9, "ms")
    near("exact events at %g ms, V" % step, run["cell.V.0"], samples[:, 0], 1e-9, "mV")
    near("exact events at %g ms, w" % step, run["cell.w.0"], samples[:, 4], 1e-9, "mV")
