"""Integrate-and-fire neurons whose thresholds move: the same schemes here and in Brian 2, so that only rounding
differs, which the leak forgets. As to stamps and refractoriness see brian_lif_exact.py."""
from harness import brian, hillock, near, same_spikes

b = brian()
ms, mV, pA = b.ms, b.mV, b.pA
b.defaultclock.dt = 0.1 * ms


def compare(name, program, equations, method, threshold, reset, refractory, lowest, start, amplitude, variables):
    cells = b.NeuronGroup(3, equations + "\nI : amp", threshold=threshold, reset=reset,
                          refractory=refractory, method=method)
    cells.v = "%g*mV + 2*mV*i" % lowest
    for variable, value in start.items():
        setattr(cells, variable, value)
    states, spikes = b.StateMonitor(cells, list(variables), record=True), b.SpikeMonitor(cells)
    network = b.Network(cells, states, spikes)
    for until, current in ((10, 0 * pA), (250, amplitude), (300.1, 0 * pA)):
        cells.I = current
        network.run(until * ms - network.t)
    run = hillock("thresholds.hil", program)
    same_spikes(name + " against Brian", run.spikes("N"), (spikes.t / ms + 0.1, spikes.i))
    for variable, (ours, unit) in variables.items():
        near("%s, %s" % (name, ours), run.cells("N." + ours, 3), (getattr(states, variable) / unit).T[1:3001], 1e-10)


compare("MAT2", "mat2",
        """dv/dt = (-70*mV - v)/(5*ms) + I/(100*pF) : volt
           dfast/dt = -fast/(10*ms) : volt
           dslow/dt = -slow/(200*ms) : volt""",
        "exact", "v > -51*mV + fast + slow", "fast += 37*mV; slow += 2*mV", 2.1 * ms, -70, {}, 600 * pA,
        {"v": ("V", mV), "fast": ("theta_1", mV), "slow": ("theta_2", mV)})
compare("GLIF5", "glif",
        """dv/dt = (-5*nS*(v + 75*mV) + i1 + i2 + I)/(100*pF) : volt (unless refractory)
           di1/dt = -0.003/ms*i1 : amp
           di2/dt = -0.1/ms*i2 : amp
           dts/dt = -0.1/ms*ts : volt
           dtv/dt = 0.005/ms*(v + 75*mV) - 0.05/ms*tv : volt""",
        "euler", "v > -45*mV + ts + tv",
        "v = -75*mV + 0.2*(v + 75*mV) - 5*mV; ts += 2*mV; i1 += -10*pA; i2 += -100*pA", 3.1 * ms, -75, {}, 250 * pA,
        {"v": ("V", mV), "ts": ("theta_s", mV), "tv": ("theta_v", mV), "i1": ("I_1", pA), "i2": ("I_2", pA)})
compare("slope-dependent threshold", "slope",
        """dv/dt = (-70*mV - v + 100*Mohm*I)/(20*ms) : volt (unless refractory)
           dtheta/dt = (-55*mV + 5/6.*clip(v + 63*mV, 0*mV, 1*volt) - theta)/(5*ms) : volt""",
        "exponential_euler", "v > theta", "v = -70*mV", 5.1 * ms, -70, {"theta": -55 * mV}, 600 * pA,
        {"v": ("V", mV), "theta": ("theta", mV)})
