"""The same equations in the same scheme here and in Brian 2, so that only rounding differs: explicit schemes on
Morris-Lecar neurons, whose orbit contracts; and gap junctions with forward Euler, where both take the partner's V of
the step's start."""
import numpy as np

from harness import brian, hillock, near, same_spikes

b = brian()
ms, mV = b.ms, b.mV
b.defaultclock.dt = 0.1 * ms
MORRIS_LECAR = """
    dv/dt = (100*pA - calcium - 8*nS*w*(v + 70*mV) - 2*nS*(v + 50*mV))/(20*pF) : volt
    calcium = 4*nS*(1 + tanh((v - 10*mV)/(15*mV)))/2*(v - 100*mV) : amp
    dw/dt = cosh((v + 1*mV)/(29*mV))*((1 + tanh((v + 1*mV)/(14.5*mV)))/2 - w)/(15*ms) : 1"""

for program, method in (("euler", "euler"), ("midpoint", "rk2"), ("rk4", "rk4")):
    cells = b.NeuronGroup(5, MORRIS_LECAR, method=method)
    cells.v, cells.w = "-50*mV + 10*mV*i", "0.1*i"
    states = b.StateMonitor(cells, ["v", "w"], record=True)
    b.Network(cells, states).run(100.1 * ms)
    run = hillock("schemes.hil", program)
    name = "Morris-Lecar with %s against Brian" % method
    near(name + ", V", run.cells("N.V", 5), (states.v / mV).T[10::10], 1e-10, "mV")
    near(name + ", w", run.cells("N.w", 5), states.w.T[10::10], 1e-12)

# Where an equation is not linear in its own state, Hillock takes its slope there (exponential Rosenbrock-Euler:
# Hochbruck, Ostermann & Schweitzer 2009), Brian a coefficient that depends on how the equation is written. So this
# one is written out.
V, w, rows = -50 + 10.0 * np.arange(5), 0.1 * np.arange(5), []
for step in range(1000):
    m, n = np.tanh((V - 10) / 15), np.tanh((V + 1) / 14.5)
    f = (-4 * (1 + m) / 2 * (V - 100) - 8 * w * (V + 70) - 2 * (V + 50) + 100) / 20
    slope = (-2 * (1 - m * m) / 15 * (V - 100) - 2 * (1 + m) - 8 * w - 2) / 20
    rate = np.cosh((V + 1) / 29) / 15
    V, w = V + f * np.expm1(slope * 0.1) / slope, (1 + n) / 2 + (w - (1 + n) / 2) * np.exp(-rate * 0.1)
    if step % 10 == 9:
        rows.append(np.concatenate([V, w]))
run = hillock("schemes.hil", "exponential_euler_")
near("Morris-Lecar with exponential Rosenbrock-Euler",
     np.hstack([run.cells("N.V", 5), run.cells("N.w", 5)]), rows, 1e-10)

cells = b.NeuronGroup(10, """dv/dt = (-10*nS*(v + 70*mV) + junctions + 210*pA)/(100*pF) : volt
                             junctions : amp""", threshold="v > -50*mV", reset="v = -70*mV", method="euler")
cells.v = "-70*mV + 2*mV*i"
junctions = b.Synapses(cells, cells, "junctions_post = 0.2*nS*(v_pre - v_post) : amp (summed)")
junctions.connect(condition="i != j")
voltage, spikes = b.StateMonitor(cells, "v", record=True), b.SpikeMonitor(cells)
b.Network(cells, junctions, voltage, spikes).run(200.1 * ms)
run = hillock("schemes.hil", "gaps")
near("gap junctions against Brian, V", run.cells("N.V", 10), (voltage.v / mV).T[1:2001], 1e-10, "mV")
early = spikes.t < 199.95 * ms
same_spikes("gap junctions against Brian", run.spikes("N"), ((spikes.t / ms + 0.1)[early], spikes.i[early]))
