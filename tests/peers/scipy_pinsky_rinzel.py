"""The two-compartment cell of Pinsky & Rinzel (1994) against SciPy, and times of spikes from a converged run with
another program, for the panels A (bursts) and D (a stronger coupling: tonic) of its figure 2."""
import numpy as np

from harness import converges, crossings, hillock, near, scipy_solution


def fraction(x):
    return x / np.expm1(x) if x else 1.0


def cell(I_s, I_d, g_c):
    def f(t, y):
        V, D, h, n, s, c, q, Ca = y
        a, b = 1.28 * fraction((-46.9 - V) / 4), 1.4 * fraction((V + 19.9) / 5)
        m = a / (a + b)
        slow = 2 * np.exp((-53.5 - D) / 27)
        a_c = np.exp((D + 50) / 11 - (D + 53.5) / 27) / 18.975 if D < -10 else slow
        calcium = 10 * s * s * (D - 80)
        soma = -0.1 * (V + 60) - 30 * m * m * h * (V - 60) - 15 * n * (V + 75) + 2 * g_c * (D - V) + 2 * I_s
        dendrite = (-0.1 * (D + 60) - calcium - 0.8 * q * (D + 75) - 15 * c * min(Ca / 250, 1) * (D + 75) +
                    2 * g_c * (V - D) + 2 * I_d)
        return [soma / 3, dendrite / 3,
                0.128 * np.exp((-43 - V) / 18) * (1 - h) - 4 / (1 + np.exp((-20 - V) / 5)) * h,
                0.08 * fraction((-24.9 - V) / 5) * (1 - n) - 0.25 * np.exp(-1 - 0.025 * V) * n,
                1.6 / (1 + np.exp(-0.072 * (D - 5))) * (1 - s) - 0.1 * fraction((D + 8.9) / 5) * s,
                a_c * (1 - c) - (slow - a_c) * c,
                min(2e-5 * Ca, 0.01) * (1 - q) - 0.001 * q,
                -0.13 * calcium - 0.075 * Ca]
    return f


# The digits given are 0.001 ms; interpolation between samples 0.02 ms apart is off by less than 0.02^2/8*V''/V' =
# 5e-4 ms.
PANELS = {"A": (0.75, 0, 2.1, [13.741, 16.805, 22.344, 92.569, 96.144, 98.595, 102.214, 435.441]),
          "D": (2.5, 0, 10.5, [8.115, 36.807, 65.068, 96.434])}
for name, (I_s, I_d, g_c, times) in PANELS.items():
    def run(step):
        return hillock("pinsky_rinzel.hil", "panel", step=step, I_s="%g uA/cm^2" % I_s, I_d="%g uA/cm^2" % I_d,
                       g_c="%g mS/cm^2" % g_c)

    def states(step):
        recording = run(step)
        return np.column_stack([recording["N.V_d.0"], recording["N.Ca.0"]])
    y, _ = scipy_solution(cell(I_s, I_d, g_c), [-60, -60, 0, 0, 0, 0, 0, 0], np.arange(1, 501))
    # Rates have kinks, at V_d = -10 mV and Ca = 250 and 500, so that Runge-Kutta 4 is of order 2 where they are passed.
    converges("Pinsky-Rinzel, panel %s, V_d and Ca" % name, states, y[:, [1, 7]], 2, 0.01, 1e-5)
    fine = run(0.005)
    near("Pinsky-Rinzel, panel %s, first spikes" % name,
         crossings(fine.times["N.V_s.0"], fine["N.V_s.0"], -25)[:len(times)], times, 0.001 + 0.0005, "ms")
