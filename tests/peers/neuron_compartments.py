"""A cable of five compartments, three of them excitable, against NEURON: five sections end to end, one segment each."""
import numpy as np

from harness import converges, hillock, neuron

h = neuron()
h.celsius = 6.3
h.usetable_hh = 0
sections = [h.Section(name=name) for name in "abcde"]
for i, section in enumerate(sections):
    section.L, section.diam, section.nseg, section.Ra, section.cm = 100, 2, 1, 100, 1
    if i < 3:
        section.insert("hh")
        section.ena, section.ek = 50, -77
    else:
        section.insert("pas")
        section.g_pas, section.e_pas = 1e-4, -65
    if i:
        section.connect(sections[i - 1](1))
electrode = h.IClamp(sections[0](0.5))
electrode.delay, electrode.dur, electrode.amp = 1, 29, 0.4
solver = h.CVode()
solver.active(1)
solver.rtol(0)


def course(tolerance):
    solver.atol(tolerance)
    h.finitialize(-65)
    rows = []
    for t in range(1, 41):
        solver.solve(t)
        rows.append([section(0.5).v for section in sections])
    return np.array(rows)


def ours(program, step):
    run = hillock("compartments.hil", program, step=step)
    return np.column_stack([run["N.%s.V.0" % name] for name in "abcde"])


# How far the solution at a tolerance ten times as great is away bounds what this one is off by.
reference = course(1e-9)
accuracy = np.max(np.abs(course(1e-8) - reference))
converges("cable against NEURON, V everywhere", lambda step: ours("cable", step), reference, 4, 0.01, accuracy, "mV")
# As planned it is of order 1.
converges("cable as planned against NEURON, V everywhere", lambda step: ours("cable_planned", step), reference[:10], 1,
          0.0005, accuracy, "mV")
