"""The squid axon's patch against NEURON's `hh`."""
import numpy as np

from harness import converges, hillock, near, neuron

h = neuron()
h.celsius = 6.3
h.usetable_hh = 0                   # rates are computed, not looked up
soma = h.Section(name="soma")
soma.L = soma.diam = np.sqrt(100 / np.pi)       # 100 um^2, so that 0.01 nA are 10 uA/cm^2
soma.cm = 1
soma.insert("hh")
soma.ena, soma.ek = 50, -77
electrode = h.IClamp(soma(0.5))
electrode.delay, electrode.dur, electrode.amp = 0, 1e9, 0.01
states = [soma(0.5)._ref_v, soma(0.5).hh._ref_m, soma(0.5).hh._ref_h, soma(0.5).hh._ref_n]
solver = h.CVode()


def course():
    """V and gates at 1, 2 … 100 ms."""
    h.finitialize(-65)
    rows = []
    for t in range(1, 101):
        if solver.active():
            solver.solve(t)
        else:
            while h.t < t - h.dt / 2:
                h.fadvance()
        rows.append([x[0] for x in states])
    return np.array(rows)


def adaptive(tolerance):
    solver.active(1)
    solver.atol(tolerance)
    solver.rtol(0)
    return course()


def fixed(step):
    solver.active(0)
    h.secondorder = 2
    h.dt = step
    h.steps_per_ms = 1 / step
    return course()


def ours(step):
    run = hillock("squid_axon.hil", "patch", step=step)
    return np.column_stack([run["HodgkinHuxley.%s.0" % s] for s in ("V", "Na_HH.m", "Na_HH.h", "K_HH.n")])


# CVODE: how far the solution at a tolerance ten times as great is away bounds what this one is off by.
reference = adaptive(1e-9)
converges("squid axon against NEURON with CVODE", ours, reference, 4, 0.01, np.max(np.abs(adaptive(1e-8) - reference)))
# NEURON's fixed step, V alone (its gates are half a step ahead): of order 2, so two steps tell how far it is off.
coarse, fine = fixed(0.005)[:, 0], fixed(0.0025)[:, 0]
near("squid axon against NEURON with Crank-Nicolson",
     ours(0.005)[:, 0], fine, 1.5 * np.max(np.abs(coarse - fine)) / 3, "mV")
