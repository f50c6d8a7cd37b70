"""Leaky integrate-and-fire with current synapses: the exact propagator here and Brian 2's `exact`, step by step.

Both multiply by e^(A dt) each step, so only rounding differs: some 1e-16 of 70 mV a step, forgotten within tau. 1e-12
of 70 mV is the tolerance. Brian stamps a spike with the start of its step and lets an event act at that step's end;
here a spike bears the end, and events act at a step's start. So a given spike comes dt earlier in Brian and its spike
times are dt earlier. For the same reason its refractory period, counted from that stamp, is dt longer."""
from harness import brian, hillock, near, same_spikes

b = brian()
ms, mV = b.ms, b.mV
b.defaultclock.dt = 0.1 * ms

ours = hillock("lif_current.hil", "volleys")

neurons = b.NeuronGroup(3, """dv/dt = (-70*mV - v + 100*Mohm*(s + I))/(20*ms) : volt (unless refractory)
                              ds/dt = -s/(5*ms) : amp
                              I : amp""",
                        threshold="v > -50*mV", reset="v = -60*mV", refractory=2.1 * ms, method="exact")
neurons.v = "-70*mV + 2*mV*i"
given = [1, 5, 5.1, 12, 30, 31, 32, 33, 60]
source = b.SpikeGeneratorGroup(2, [0] * len(given) + [1], [t - 0.1 for t in given + [12]] * ms)
synapses = b.Synapses(source, neurons, on_pre="s += 300*pA")
synapses.connect()
voltage, spikes = b.StateMonitor(neurons, "v", record=True), b.SpikeMonitor(neurons)
b.run(50 * ms)
neurons.I = 0.1 * b.nA
b.run(40 * ms)
neurons.I = 0 * b.nA
b.run(10.1 * ms)

near("LIF with current synapses, V against Brian", ours.cells("N.V", 3), (voltage.v / mV).T[1:1001], 70e-12, "mV")
same_spikes("LIF with current synapses against Brian", ours.spikes("N"), (spikes.t / ms + 0.1, spikes.i))
