"""Point neurons of the standard library against SciPy's DOP853 at relative tolerances of 1e-12."""
import numpy as np

from harness import converges, converges_to, hillock, near, report, same_spikes, scipy_solution

MODEL = "point_neurons.hil"


def on_the_grid(name, program, neuron, f, start, peak, reset, step):
    """A neuron with a reset, f(t, y) with y = (V in mV, u), t in ms. A spike is noticed at the end of a step, which
    is part of the model; so SciPy goes on to that time before it resets, too. What remains is the error of
    Runge-Kutta 4: spikes in the same steps, and an error of V and u that half the step divides by 16, half as much
    again being allowed."""
    def at_peak(time, y):
        return y[0] - peak
    runs, courses = {}, {}
    for h in (step, step / 2):
        runs[h] = hillock(MODEL, program, step=h)
        courses[h], spikes = scipy_solution(f, start, runs[h].times[neuron + ".V.0"], at_peak, reset, grid=h)
        same_spikes("%s at %g ms" % (name, h), runs[h].spikes(neuron), (spikes, np.zeros(len(spikes))))
    converges_to("%s, V and u" % name, lambda h: np.column_stack([runs[h][neuron + ".V.0"], runs[h][neuron + ".u.0"]]),
                 lambda h: courses[h], 4, step, 1e-8)


def resetting(name, program, neuron, recovery, f, start, peak, reset, step):
    """The same where V runs away so fast that no step resolves it. A spike is noticed up to one step late, and what
    follows begins that much later; as w pulls the neuron back to its rhythm the lateness does not grow, and the k-th
    spike is at most k steps late. In between w is off by at most its greatest slope times that. Samples near a spike,
    where V and w jump, are left out."""
    run = hillock(MODEL, program, step=step)
    t = run.times[neuron + ".V.0"]

    def at_peak(time, y):
        return y[0] - peak
    y, spikes = scipy_solution(f, start, t, at_peak, reset)
    ours = run.spikes(neuron, 0)
    if len(ours) != len(spikes):
        print("fail %s (%d spikes here, %d there)" % (name, len(ours), len(spikes)))
        return
    late = (ours - spikes) / step / np.arange(1, len(spikes) + 1)
    report("%s, %d spikes, steps late per spike" % (name, len(spikes)),
           bool(np.all(late > -1e-3) and np.all(late <= 1)), np.max(np.abs(late)), 1)
    slack = len(spikes) * step
    slope = max(abs(f(0, row)[1]) for row in y)
    calm = np.all(np.abs(t[:, None] - spikes[None, :]) > 2 * slack, axis=1)
    near("%s, %s" % (name, recovery), run["%s.%s.0" % (neuron, recovery)][calm], y[calm, 1], slope * slack, "pA")
    before = t < spikes[0] - 0.5
    converges("%s, V before the first spike" % name,
              lambda h: hillock(MODEL, program, step=h)[neuron + ".V.0"][before], y[before, 0], 4, 0.05, 1e-9, "mV")


def smooth(name, program, neuron, variables, f, start, step, accuracy):
    times = hillock(MODEL, program, step=step).times["%s.%s.0" % (neuron, variables[0])]
    y, _ = scipy_solution(f, start, times)

    def run(h):
        recording = hillock(MODEL, program, step=h)
        return np.column_stack([recording["%s.%s.0" % (neuron, v)] for v in variables])
    converges(name, run, y, 4, step, accuracy)
    return y


def adex(t, y):
    V, w = y                                    # mV, pA; nS mV = pA, pA/pF = mV/ms
    drive = -12 * (V + 70) + 12 * 2 * np.exp((V + 50) / 2) - w + 500
    return [drive / 200, (2 * (V + 70) - w) / 300]


def izhikevich2003(t, y):
    V, u = y
    return [0.04 * V * V + 5 * V + 140 - u + 10, 0.02 * (0.2 * V - u)]


def izhikevich2007(t, y):
    V, u = y
    return [(0.7 * (V + 60) * (V + 40) - u + 100) / 100, 0.03 * (-2 * (V + 60) - u)]


def fitzhugh_nagumo(t, y):
    v, w = y
    return [v - v ** 3 / 3 - w + 0.5, 0.08 * (v + 0.7 - 0.8 * w)]


def morris_lecar(t, y):
    V, w = y
    m = (1 + np.tanh((V - 10) / 15)) / 2
    n = (1 + np.tanh((V + 1) / 14.5)) / 2
    current = 4 * m * (V - 100) + 8 * w * (V + 70) + 2 * (V + 50)
    return [(200 - current) / 20, np.cosh((V + 1) / 29) * (n - w) / 15]


def hindmarsh_rose(t, s):
    x, y, z = s
    return [y - x ** 3 + 3 * x * x - z + 2, 1 - 5 * x * x - y, 0.001 * (4 * (x + 1.6) - z)]


resetting("AdEx", "adex", "AdEx", "w", adex, [-70, 0], 0, lambda y: [-58, y[1] + 60], 0.001)
on_the_grid("Izhikevich 2003", "izhikevich2003", "Izhikevich2003", izhikevich2003, [-65, -13], 30,
          lambda y: [-65, y[1] + 8], 0.02)
on_the_grid("Izhikevich 2007", "izhikevich2007", "Izhikevich2007", izhikevich2007, [-60, 0], 35,
          lambda y: [-50, y[1] + 100], 0.02)
orbit = smooth("FitzHugh-Nagumo", "fitzhugh_nagumo", "FitzHughNagumo", "vw", fitzhugh_nagumo,
               [-1.1994, -0.6243], 0.05, 1e-9)
smooth("Morris-Lecar", "morris_lecar", "MorrisLecar", "Vw", morris_lecar, [-50, 0], 0.05, 1e-8)
smooth("Hindmarsh-Rose", "hindmarsh_rose", "HindmarshRose", "xyz", hindmarsh_rose, [-1.6, -11.8, 0], 0.01, 1e-8)
adaptive = hillock(MODEL, "fitzhugh_nagumo_adaptive")
# The embedded pair keeps its error estimate of each of 2,000 steps below 1e-6 of the values' scale; on a limit cycle
# that adds up along the phase alone.
near("FitzHugh-Nagumo, adaptive",
     np.column_stack([adaptive["FitzHughNagumo.v.0"], adaptive["FitzHughNagumo.w.0"]]), orbit, 1e-4)
