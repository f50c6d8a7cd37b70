"""The pyloric pacemaker (Prinz, Bucher & Marder 2004) alone, seven currents and a calcium pool, against SciPy over
its first burst. Equations as in the paper's methods; ms, mV, uM, per cm^2."""
import os

import numpy as np

from harness import HERE, converges, hillock, scipy_solution


def b(x):
    return 1 / (1 + np.exp(x))


def gates(V, ca):
    """Steady state and time constant of m and h of Na, CaT, CaS, A, then m of KCa, Kd, H."""
    return [(b(-(V + 25.5) / 5.29), 2.64 - 2.52 * b(-(V + 120) / 25)),
            (b((V + 48.9) / 5.18), 1.34 * b(-(V + 62.9) / 10) * (1.5 + b((V + 34.9) / 3.6))),
            (b(-(V + 27.1) / 7.2), 43.4 - 42.6 * b(-(V + 68.1) / 20.5)),
            (b((V + 32.1) / 5.5), 210 - 179.6 * b(-(V + 55) / 16.9)),
            (b(-(V + 33) / 8.1), 2.8 + 14 / (np.exp((V + 27) / 10) + np.exp(-(V + 70) / 13))),
            (b((V + 60) / 6.2), 120 + 300 / (np.exp((V + 55) / 9) + np.exp(-(V + 65) / 16))),
            (b(-(V + 27.2) / 8.7), 23.2 - 20.8 * b(-(V + 32.9) / 15.2)),
            (b((V + 56.9) / 4.9), 77.2 - 58.4 * b(-(V + 38.9) / 26.5)),
            (ca / (ca + 3) * b(-(V + 28.3) / 12.6), 180.6 - 150.2 * b(-(V + 46) / 22.7)),
            (b(-(V + 12.3) / 11.8), 14.4 - 12.8 * b(-(V + 28.3) / 19.2)),
            (b((V + 75) / 5.5), 2 / (np.exp(-14.59 - 0.086 * V) + np.exp(-1.87 + 0.0701 * V)))]


THERMAL = 8.31446261815324 * (273.15 + 9.85) / 96485.33212 * 1e3       # mV


def cell(t, y):
    V, ca, na_m, na_h, t_m, t_h, s_m, s_h, a_m, a_h, c, d, h = y
    E_ca = THERMAL / 2 * np.log(3000 / ca)
    calcium = (2.5 * t_m ** 3 * t_h + 6 * s_m ** 3 * s_h) * (V - E_ca)
    ionic = (100 * na_m ** 3 * na_h * (V - 50) + calcium + (50 * a_m ** 3 * a_h + 5 * c ** 4 + 100 * d ** 4) * (V + 80)
             + 0.01 * h * (V + 20))
    pool = (-14961 * calcium * 0.628e-3 - ca + 0.05) / 200         # of the whole area, 0.628e-3 cm^2
    return [-ionic, pool] + [(x - z) / tau for (x, tau), z in zip(gates(V, ca), y[2:])]


with open(os.path.join(HERE, "../../examples/pyloric.hil")) as file:
    EXAMPLE = [("pyloric.hil", file.read())]


def run(step):
    recording = hillock("pacemaker.hil", "pacemaker", EXAMPLE, step=step)
    return np.column_stack([recording["N.V.0"], recording["N.ca_i.0"]])


start = [-60, 0.05] + [0, 1] * 4 + [0, 0, 0]
y, _ = scipy_solution(cell, start, np.arange(1, 401))
# The example fixes its scheme, exponential Euler, which is of order 1.
converges("pyloric pacemaker, V and calcium", run, y[:, :2], 1, 0.001, 1e-5)
