"""Receptors against SciPy and closed forms: NMDA with its block by magnesium and two other conductances onto a passive
cell; the kinetic models of Destexhe, Mainen & Sejnowski (1994, 1998) under a voltage clamp."""
import numpy as np

from harness import converges, converges_to, hillock, near, scipy_solution

MODEL = "receptors.hil"


def pieces(f, start, changes, times):
    """SciPy's solution where `changes`, pairs (time, function of the state), act in between."""
    t, y, rows = 0.0, np.array(start, float), []
    for when, change in sorted(changes, key=lambda c: c[0]) + [(times[-1], lambda y: y)]:
        inside = [x for x in times if t < x <= when + 1e-12]
        course, _ = scipy_solution(lambda s, v, t=t: f(t + s, v), y, np.append(inside, when) - t)
        rows += [course[:len(inside)]]
        y, t = change(course[-1].copy()), when
    return np.concatenate(rows)


# ---- conductances: V in mV, nS, pF, pA, ms ----
def peak(rise, decay):
    t = rise * decay / (decay - rise) * np.log(decay / rise)
    return np.exp(-t / decay) - np.exp(-t / rise)


def cell(t, y):
    V, slow, slow_rise, fast, fast_rise, g, x = y
    nmda = (slow - slow_rise) * V / (1 + np.exp(-0.062 * V) / 3.57)
    return [(-10 * (V + 70) - nmda - (fast - fast_rise) * V - g * (V + 80)) / 100,
            -slow / 100, -slow_rise / 2, -fast / 3, -fast_rise / 0.5, (x - g) / 2, -x / 2]


def jump(*amounts):
    return lambda y: y + np.array(amounts)


events = [(t, jump(0, 8 / peak(2, 100), 8 / peak(2, 100), 0, 0, 0, 0)) for t in (10, 20, 22, 24, 60)]
events += [(t, jump(0, 0, 0, 5 / peak(0.5, 3), 5 / peak(0.5, 3), 0, 0)) for t in (15, 25)]
events += [(t, jump(0, 0, 0, 0, 0, 0, 5 * np.e)) for t in (40, 41)]
# A sample is taken before what arrives at its time.
y = pieces(cell, [-70, 0, 0, 0, 0, 0, 0], events, np.arange(1.0, 151.0))
converges("NMDA, alpha and dual exponential conductances, V",
          lambda h: hillock(MODEL, "magnesium", step=h)["N.V.0"], y[:, 0], 4, 0.1, 1e-9, "mV")


# ---- kinetics: charge in fC that flows at -60 mV ----
def kinetic(alpha, beta, E):
    def f(t, y):
        T, r, q = y
        return [0, alpha * T * (1 - r) - beta * r, -r * (-60 - E)]
    return f


def g_protein(t, y):
    T, R, G, q = y
    return [0, 0.09 * T * (1 - R) - 0.0012 * R, 0.18 * R - 0.034 * G, -G ** 4 / (G ** 4 + 100) * (-60 + 95)]


def transmitter(level):
    def change(y):
        y[0] = level
        return y
    return change


TIMES = np.arange(1.0, 301.0)
CELLS = (("AMPA", "A", kinetic(1.1, 0.19, 0), 3), ("NMDA", "N", kinetic(0.072, 0.0066, 0), 3),
         ("GABA_A", "G", kinetic(5, 0.18, -80), 3), ("GABA_B", "B", g_protein, 4))


def charge(f, states, second, step):
    """The relay passes a spike on at the end of the step in which it came."""
    pulses = [(on + step + width, transmitter(level)) for on in (1, second) for width, level in ((0, 1), (1, 0))]
    return pieces(f, [0] * states, [p for p in pulses if p[0] < TIMES[-1]], TIMES)


for second in (500, 20):
    for name, population, f, states in CELLS:
        converges_to("kinetics of %s, %s" % (name, "one spike" if second > 300 else "two spikes"),
                     lambda h: hillock(MODEL, "clamped", step=h, second="%d ms" % second)[population + ".q.0"],
                     lambda h: charge(f, states, second, h)[:, -1], 1, 0.05, 1e-7, "fC")

# What is open right behind a pulse of 1 ms: alpha/(alpha + beta)*(1 - exp(-(alpha + beta) 1 ms)), read from the
# charge that then flows with a decay of beta: all of it is r/beta times the driving force of 60, 60 and 20 mV.
run = hillock(MODEL, "clamped", step=0.025)
for name, population, alpha, beta, force in (("AMPA", "A", 1.1, 0.19, 60), ("GABA_A", "G", 5, 0.18, 20)):
    q = run[population + ".q.0"]
    r = alpha / (alpha + beta) * (1 - np.exp(-(alpha + beta)))
    # At 3 ms, 0.975 ms after the pulse; the rest of the first-order error is half a step of the decay.
    left = r * np.exp(-beta * 0.975) / beta * force
    near("kinetics of %s, open after the pulse %.6f" % (name, r), abs(q[-1] - q[2]) / left, 1, beta * 0.025)
