"""Excitable cells of Traub & Miles with conductance synapses: exponential Euler here and in Brian 2, same step.

Both freeze the coefficients of every equation at the step's start, so they differ by rounding. Three cells: spikes in
the same steps and V to 1e-9 mV over 100 ms, as an upstroke multiplies what is there by no more than some 1e4. Network
of 4,000 (COBAHH of Brette et al. 2007) with the same connections, read from files: every spike in the same step for 50
ms; later chaos may bring out the rounding.
As to stamps and refractoriness see brian_lif_exact.py."""
from harness import brian, edge_list, hillock, near, random_pairs, same_spikes

b = brian()
ms, mV, nS = b.ms, b.mV, b.nS
b.defaultclock.dt = 0.1 * ms
EQUATIONS = b.Equations("""
    dv/dt = (g_l*(E_l - v) + g_na*m**3*h*(50*mV - v) + g_k*n**4*(-90*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v))/C : volt
    dm/dt = a_m*(1 - m) - b_m*m : 1
    dh/dt = a_h*(1 - h) - b_h*h : 1
    dn/dt = a_n*(1 - n) - b_n*n : 1
    dge/dt = -ge/(5*ms) : siemens
    dgi/dt = -gi/(10*ms) : siemens
    a_m = 1.28/ms/exprel((13*mV - v + VT)/(4*mV)) : Hz
    b_m = 1.4/ms/exprel((v - VT - 40*mV)/(5*mV)) : Hz
    a_h = 0.128/ms*exp((17*mV - v + VT)/(18*mV)) : Hz
    b_h = 4/ms/(1 + exp((40*mV - v + VT)/(5*mV))) : Hz
    a_n = 0.16/ms/exprel((15*mV - v + VT)/(5*mV)) : Hz
    b_n = 0.5/ms*exp((10*mV - v + VT)/(40*mV)) : Hz""")
AREA = 20000 * b.um ** 2
CONSTANTS = dict(C=1 * b.uF / b.cm ** 2 * AREA, g_l=0.05 * b.mS / b.cm ** 2 * AREA, E_l=-60 * mV,
                 g_na=100 * b.mS / b.cm ** 2 * AREA, g_k=30 * b.mS / b.cm ** 2 * AREA, VT=-63 * mV)


def cells(count):
    return b.NeuronGroup(count, EQUATIONS, threshold="v > -20*mV", refractory=3.1 * ms, method="exponential_euler",
                         namespace=CONSTANTS)


def start_gates(group):
    """At rest at the V that they have."""
    group.m, group.h, group.n = "a_m/(a_m + b_m)", "a_h/(a_h + b_h)", "a_n/(a_n + b_n)"


def given(times, target, jump):
    source = b.SpikeGeneratorGroup(1, [0] * len(times), [t - 0.1 for t in times] * ms)
    synapses = b.Synapses(source, target, on_pre=jump)
    synapses.connect()
    return source, synapses


def three():
    group = cells(3)
    group.v = "-65*mV + 2*mV*i"
    start_gates(group)
    excitation = given([1, 5, 5.1, 12, 30, 31, 32, 33, 60, 75], group, "ge += 30*nS")
    inhibition = given([20, 61], group, "gi += 67*nS")
    states, spikes = b.StateMonitor(group, ["v", "m", "h", "n"], record=True), b.SpikeMonitor(group)
    b.Network(group, *excitation, *inhibition, states, spikes).run(100.1 * ms)
    run = hillock("traub_miles.hil", "volleys")
    same_spikes("Traub-Miles cells with synapses against Brian", run.spikes("N"), (spikes.t / ms + 0.1, spikes.i))
    near("the same, V", run.cells("N.V", 3), (states.v / mV).T[1:1001], 1e-9, "mV")
    for ours, theirs in (("Na_Traub.m", states.m), ("Na_Traub.h", states.h), ("K_Traub.n", states.n)):
        near("the same, " + ours, run.cells("N." + ours, 3), theirs.T[1:1001], 1e-11)


def network():
    pairs = random_pairs(83319)
    run = hillock("traub_miles.hil", "network_", [(name + ".csv", edge_list(*pair)) for name, pair in pairs.items()])

    group = {"e": cells(3200), "i": cells(800)}
    group["e"].v, group["i"].v = "-60*mV + 0.125*mV*(i % 41)", "-60*mV + 0.125*mV*(i % 37)"
    synapses, monitors = [], {}
    for name, one in group.items():
        start_gates(one)
        one.ge, one.gi = "20*nS + 1*nS*(i % 43)", "100*nS + 5*nS*(i % 47)"
        monitors[name] = b.SpikeMonitor(one)
    for name, (sources, targets) in pairs.items():
        jump = "ge += 6*nS" if name[0] == "e" else "gi += 67*nS"
        joined = b.Synapses(group[name[0]], group[name[1]], on_pre=jump)
        joined.connect(i=sources, j=targets)
        synapses.append(joined)
    b.Network(*group.values(), *synapses, *monitors.values()).run(50 * ms)
    for name, population in (("e", "E"), ("i", "I")):
        times, who = run.spikes(population)
        early = times < 50.05
        same_spikes("COBAHH, first 50 ms against Brian, " + population, (times[early], who[early]),
                    (monitors[name].t / ms + 0.1, monitors[name].i))


three()
network()
