"""Cells of Pospischil et al. (2008) and Wang & Buzsaki (1996) against SciPy. Time in ms, V in mV, currents in
uA/cm^2."""
import numpy as np

from harness import converges, hillock, scipy_solution


def fraction(x):
    return x / np.expm1(x) if x else 1.0


def two_rates(a, b):
    """Steady state and rate of a gate that opens with a and closes with b."""
    return a / (a + b), a + b


def spiking(V, V_T):
    """m, h, n of Traub & Miles."""
    return [two_rates(0.32 * 4 * fraction(-(V - V_T - 13) / 4), 0.28 * 5 * fraction((V - V_T - 40) / 5)),
            two_rates(0.128 * np.exp(-(V - V_T - 17) / 18), 4 / (1 + np.exp(-(V - V_T - 40) / 5))),
            two_rates(0.032 * 5 * fraction(-(V - V_T - 15) / 5), 0.5 * np.exp(-(V - V_T - 10) / 40))]


def slow_potassium(V):
    return 1 / (1 + np.exp(-(V + 35) / 10)), (3.3 * np.exp((V + 35) / 20) + np.exp(-(V + 35) / 20)) / 4000


def high_calcium(V):
    return [two_rates(0.055 * 3.8 * fraction((-27 - V) / 3.8), 0.94 * np.exp((-75 - V) / 17)),
            two_rates(0.000457 * np.exp((-13 - V) / 50), 0.0065 / (1 + np.exp((-15 - V) / 28)))]


def low_calcium(V):
    tau = 30.8 + (211.4 + np.exp((V + 106.2) / 5)) / (1 + np.exp((V + 77) / 3.2))
    return 1 / (1 + np.exp((V + 74) / 4)), 3 ** 1.2 / tau


def cell(g_K, V_T, g_leak, E_leak, area, amplitude, g_M=0.0, g_L=0.0, g_T=0.0, until=np.inf):
    """amplitude in nA onto area in um^2. Gates: m h n, then p, then q r, then u, of the currents that there are."""
    def gates(V):
        rows = spiking(V, V_T)
        rows += [slow_potassium(V)] if g_M else []
        rows += high_calcium(V) if g_L else []
        rows += [low_calcium(V)] if g_T else []
        return rows

    def f(t, y):
        V, m, h, n = y[:4]
        rest = list(y[4:])
        ionic = 50 * m ** 3 * h * (V - 50) + g_K * n ** 4 * (V + 90) + g_leak * (V - E_leak)
        if g_M:
            ionic += g_M * rest.pop(0) * (V + 90)
        if g_L:
            ionic += g_L * rest.pop(0) ** 2 * rest.pop(0) * (V - 120)
        if g_T:
            ionic += g_T * (1 / (1 + np.exp(-(V + 50) / 6.2))) ** 2 * rest.pop(0) * (V - 120)
        moves = [(x - y[k]) * rate for k, (x, rate) in enumerate(gates(V), 1)]
        return [amplitude * 1e5 / area * (t < until) - ionic] + moves
    return f, lambda V: [V] + [x for x, _ in gates(V)]


def interneuron(t, y):
    V, h, n = y
    a, b = fraction(-(V + 35) / 10), 4 * np.exp(-(V + 60) / 18)
    ionic = 35 * (a / (a + b)) ** 3 * h * (V - 55) + 9 * n ** 4 * (V + 90) + 0.1 * (V + 65)
    (h_inf, h_rate), (n_inf, n_rate) = interneuron_gates(V)
    return [1 - ionic, (h_inf - h) * h_rate, (n_inf - n) * n_rate]


def interneuron_gates(V):
    h = two_rates(0.07 * np.exp(-(V + 58) / 20), 1 / (1 + np.exp(-(V + 28) / 10)))
    n = two_rates(0.1 * fraction(-(V + 34) / 10), 0.125 * np.exp(-(V + 44) / 80))
    return [(h[0], 5 * h[1]), (n[0], 5 * n[1])]


def compare(name, program, neuron, f, start, columns, duration, changes_at=None):
    """columns: what Hillock recorded, and where it stands in the state."""
    times = np.arange(1, duration + 1)
    if changes_at is None:
        y, _ = scipy_solution(f, start, times)
    else:
        first, _ = scipy_solution(f, start, times[times <= changes_at])
        second, _ = scipy_solution(lambda t, v: f(changes_at + t, v), first[-1], times[times > changes_at] - changes_at)
        y = np.concatenate([first, second])

    def run(step):
        recording = hillock("cortical_cells.hil", program, step=step)
        return np.column_stack([recording["%s.%s.0" % (neuron, column)] for column in columns])
    converges(name, run, y[:, list(columns.values())], 4, 0.01, 1e-6)


f, start = cell(5, -55, 0.1, -70, 28952.9, 1, g_M=0.07)
compare("regular spiking cell", "regular", "PospischilRS", f, start(-70), {"V": 0, "K_M.p": 4}, 200)
f, start = cell(10, -55, 0.15, -70, 14102.6, 0.5)
compare("fast spiking cell", "fast", "PospischilFS", f, start(-70), {"V": 0}, 200)
f, start = cell(5, -58, 0.01, -70, 28952.9, 0.15, g_M=0.03, g_L=0.1)
compare("intrinsically bursting cell", "bursting", "PospischilIB", f, start(-70),
        {"V": 0, "Ca_L.q": 5, "Ca_L.r": 6}, 200)
f, start = cell(5, -55, 0.01, -85, 28952.9, 0.2, g_M=0.03, g_T=0.4, until=200)
compare("low threshold spiking cell", "low_threshold", "PospischilLTS", f, start(-84), {"V": 0, "Ca_T.u": 5}, 300, 200)
compare("fast spiking interneuron", "interneuron", "WangBuzsaki", interneuron,
        [-65] + [x for x, _ in interneuron_gates(-65)], {"V": 0}, 200)
