"""Calcium through a membrane, in a pool and its effects, against SciPy: the Goldman-Hodgkin-Katz current, the Nernst
potential of what the pool holds, a gate that the pool opens. mV, ms, mM but for the pool's uM, uA/cm^2."""
import numpy as np

from harness import converges, hillock, scipy_solution

F, GAS, T = 96485.33212, 8.31446261815324, 273.15 + 34      # C/mol, J/(mol K), K
THERMAL = GAS * T / F * 1e3                                     # mV


def flux(inside, outside, V):
    """Charge per volume, C/m^3, that crosses at unit permeability; concentrations in mM = mol/m^3."""
    u = 2 * V / THERMAL
    return 2 * F * u * (inside - outside * np.exp(-u)) / -np.expm1(-u)


def cell(amplitude):
    def f(t, y):
        V, m, h, o, ca = y
        # cm/s is 0.01 m/s; A/m^2 is 100 uA/cm^2
        through = 0.0005 * 0.01 * m * m * h * flux(ca * 1e-3, 2.0, V) * 100
        leak = 0.01 * (V - THERMAL / 2 * np.log(2000 / ca))
        calcium = through + leak
        ionic = calcium + 2 * o * (V + 90) + 0.05 * (V + 70)
        # uA/cm^2 is 0.01 A/m^2; over 2 F 0.1 um that is mol/m^3/s = uM/ms
        entry = -calcium * 0.01 / (2 * F * 0.1e-6)
        return [amplitude - ionic, (1 / (1 + np.exp(-(V + 57) / 6.2)) - m) / 2,
                (1 / (1 + np.exp((V + 75) / 5)) - h) / 20,
                (ca / (ca + 0.5) - o) / 5, entry - (ca - 0.05) / 30]
    return f


V = -65.0
y = np.array([V, 1 / (1 + np.exp(-(V + 57) / 6.2)), 1 / (1 + np.exp((V + 75) / 5)), 0.05 / 0.55, 0.05])
rows, begin = [], 0
for end, amplitude in ((20, 0), (120, -1), (300, 0)):
    course, _ = scipy_solution(cell(amplitude), y, np.arange(1, end - begin + 1))
    rows.append(course)
    y, begin = course[-1], end
reference = np.concatenate(rows)[:, [0, 4]]


def run(step):
    recording = hillock("calcium.hil", "rebound", step=step)
    return np.column_stack([recording["Bursty.V.0"], recording["Bursty.ca_i.0"]])


converges("calcium current, pool and what it opens; V and concentration", run, reference, 4, 0.02, 1e-8)
