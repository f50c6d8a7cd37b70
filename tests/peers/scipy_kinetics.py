"""A channel with a kinetic scheme, and every solver of smooth equations at its own order, against SciPy."""
import numpy as np

from harness import converges, hillock, near, scipy_solution

MODEL = "kinetics.hil"


def fraction(x):
    return x / np.expm1(x) if x else 1.0


def cyclic(V):
    """d/dt of (closed, open, inactive) as a matrix."""
    a, b, back = 2 * fraction(-(V + 40) / 10), np.exp(-(V + 65) / 20), 0.08 * np.exp(-(V + 65) / 20)
    return np.array([[-a, b, back], [a, -b - 1, 0.01], [0, 1, -0.01 - back]])


def chain(V):
    a, b, back = 2 * fraction(-(V + 40) / 10), np.exp(-(V + 65) / 20), 0.1 * np.exp(-(V + 65) / 20)
    return np.array([[-a, b, 0], [a, -b - 1, back], [0, 1, -back]])


def potassium(V):
    return 0.1 * fraction(-(V + 55) / 10), 0.125 * np.exp(-(V + 65) / 80)


def cell(flows):
    def f(t, y):
        V, n = y[0], y[4]
        a, b = potassium(V)
        ionic = 60 * y[2] * (V - 50) + 36 * n ** 4 * (V + 77) + 0.3 * (V + 60)
        return [15 - ionic, *(flows(V) @ y[1:4]), a * (1 - n) - b * n]
    return f


def states(program, step, columns, neuron):
    run = hillock(MODEL, program, step=step)
    return np.column_stack([run["%s.%s.0" % (neuron, column)] for column in columns])


# Cells start at -65 mV: gates and chains at their steady states there, a cycle in its first state.
steady = np.linalg.svd(chain(-65.0))[2][-1]
steady /= steady.sum()
a, b = potassium(-65.0)
TIMES = np.arange(1, 51)
COLUMNS = ("V", "Na_Chain.closed", "Na_Chain.open", "Na_Chain.inactive")
y, _ = scipy_solution(cell(chain), [-65, *steady, a / (a + b)], TIMES)
converges("kinetic scheme, a chain", lambda h: states("chain", h, COLUMNS, "ChainCell"), y[:, :4], 4, 0.01, 1e-6)
COLUMNS = ("V", "Na_Scheme.closed", "Na_Scheme.open", "Na_Scheme.inactive")
y, _ = scipy_solution(cell(cyclic), [-65, 1, 0, 0, a / (a + b)], TIMES)
converges("kinetic scheme, a cycle", lambda h: states("scheme", h, COLUMNS, "Cell"), y[:, :4], 4, 0.01, 1e-6)
converges("kinetic scheme, a cycle, as planned",
          lambda h: states("scheme_planned", h, COLUMNS, "Cell"), y[:, :4], 1, 0.0005, 1e-6)
near("kinetic scheme, its states' sum",
     np.sum(states("scheme_planned", 0.01, COLUMNS[1:], "Cell"), axis=1), np.ones(50), 1e-14)


def morris_lecar(t, y):
    V, w = y
    m, n = (1 + np.tanh((V - 10) / 15)) / 2, (1 + np.tanh((V + 1) / 14.5)) / 2
    return [(100 - 4 * m * (V - 100) - 8 * w * (V + 70) - 2 * (V + 50)) / 20, np.cosh((V + 1) / 29) * (n - w) / 15]


y, _ = scipy_solution(morris_lecar, [-50, 0], np.arange(1, 101))
for program, name, order, step in (("implicit", "backward Euler", 1, 0.001), ("trapezoidal", "Crank-Nicolson", 2, 0.05),
                                   ("heuns", "Heun's method", 2, 0.05), ("midpoints", "midpoint method", 2, 0.05)):
    converges(name, lambda h: states(program, h, ("V", "w"), "MorrisLecar"), y, order, step, 1e-6)
