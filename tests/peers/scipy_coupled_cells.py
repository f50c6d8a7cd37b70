"""Gap junctions and graded synapses, whose partner's V is that of the step's start: so of order 1 in the step, whatever
solves the cells. Against the closed form of two passive cells, and SciPy for oscillators."""
import numpy as np

from harness import converges, hillock, near, report, scipy_solution

MODEL = "coupled_cells.hil"
TIMES = np.arange(1, 201)

# Two passive cells (pF, nS, pA, mV): their sum decays with C/g_L, their difference with C/(g_L + 2 g).
C, g_L, g, current = 2, 0.2, 0.01, 1
together = current / 2 / g_L * (1 - np.exp(-g_L * TIMES / C))
apart = current / 2 / (g_L + 2 * g) * (1 - np.exp(-(g_L + 2 * g) * TIMES / C))


def two(program, step, *names):
    run = hillock(MODEL, program, step=step)
    return np.column_stack([run[name] for name in names])


exact = np.column_stack([together + apart, together - apart]) - 70
converges("gap junction, course of both cells",
          lambda h: two("gap_pair", h, "A.V.0", "B.V.0"), exact, 1, 0.1, 1e-9, "mV")
a, z = two("gap_pair", 0.1, "A.V.0", "B.V.0")[-1] + 70
# What is left of the transients after 200 ms, 20 time constants of the cell.
near("gap junction, coupling coefficient g/(g + g_L)", z / a, g / (g + g_L), 2 * np.exp(-20))


def oscillator(V, w, more):
    m, n = (1 + np.tanh((V - 10) / 15)) / 2, (1 + np.tanh((V + 1) / 14.5)) / 2
    return [(200 + more - 4 * m * (V - 100) - 8 * w * (V + 70) - 2 * (V + 50)) / 20,
            np.cosh((V + 1) / 29) * (n - w) / 15]


def released(V):
    return 1 / (1 + np.exp(-V / 4))


def half_centre(t, y):
    V1, w1, V2, w2, s12, s21 = y
    def binding(s, V):
        return (released(V) - s) / (20 * (1 - released(V)))
    return (oscillator(V1, w1, -8 * s21 * (V1 + 80)) + oscillator(V2, w2, -8 * s12 * (V2 + 80)) +
            [binding(s12, V1), binding(s21, V2)])


def instant(t, y):
    V1, w1, V2, w2 = y
    return (oscillator(V1, w1, -3 * released(V2) * (V1 + 80)) + oscillator(V2, w2, -3 * released(V1) * (V2 + 80)))


def joined(t, y):
    V1, w1, V2, w2 = y
    return oscillator(V1, w1, 0.3 * (V2 - V1)) + oscillator(V2, w2, 0.3 * (V1 - V2))


STATES = ("A.V.0", "A.w.0", "B.V.0", "B.w.0")
y, _ = scipy_solution(half_centre, [-40, 0, -30, 0.2, 0, 0], TIMES)
converges("half-centre of graded synapses", lambda h: two("half_centre", h, *STATES), y[:, :4], 1, 0.002, 1e-6)
apart = np.corrcoef(y[100:, 0], y[100:, 2])[0, 1]
report("half-centre in antiphase", bool(apart < 0), apart, 0)
y, _ = scipy_solution(instant, [-40, 0, -30, 0.2], TIMES)
converges("half-centre of instantaneous graded synapses",
          lambda h: two("instant_half_centre", h, *STATES), y, 1, 0.002, 1e-6)
y, _ = scipy_solution(joined, [-40, 0, -30, 0], TIMES)
converges("oscillators joined by a gap junction", lambda h: two("joined", h, "N.V.0", "N.w.0", "N.V.1", "N.w.1"), y, 1,
          0.002, 1e-6)
