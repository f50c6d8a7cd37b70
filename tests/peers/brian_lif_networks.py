"""The networks CUBA (exact propagator) and COBA (exponential Euler) of Brette et al. (2007) here and in Brian 2: the
same connections, read from files, some with weights and delays of their own. Every spike in the same step: for 100 ms
of CUBA and 50 ms of COBA, before chaos can bring out differences of rounding. As to stamps and refractoriness see
brian_lif_exact.py."""
import numpy as np

from harness import brian, edge_list, hillock, random_pairs, same_spikes

b = brian()
ms, mV, nS, pA = b.ms, b.mV, b.nS, b.pA
b.defaultclock.dt = 0.1 * ms
PAIRS = random_pairs(2007)
DELAY = {"ee": 0, "ei": 1.5, "ie": 0.8}


def compare(name, program, equations, method, start, lowest, variables, weights, duration):
    """variables: what a spike of e and of i raises; weights: by how much, in the unit of the file."""
    count = len(PAIRS["ii"][0])
    k = np.arange(count)
    unit_name, unit = ("pA", pA) if program == "cuba" else ("nS", nS)
    own_weights, own_delays = weights["i"] * (1 + 0.1 * (k % 7)), np.round(0.1 * (k % 13), 1)
    files = [(p + ".csv", edge_list(*PAIRS[p])) for p in DELAY]
    files.append(("ii.csv", edge_list(*PAIRS["ii"], **{"weight_" + unit_name: own_weights, "delay_ms": own_delays})))
    run = hillock("lif_networks.hil", program, files)

    groups, monitors, synapses = {}, {}, []
    for which, size, modulus in (("e", 3200, 41), ("i", 800, 37)):
        group = b.NeuronGroup(size, equations, threshold="v > -50*mV", reset="v = -60*mV",
                              refractory=5.1 * ms, method=method)
        group.v = "%g*mV + 0.25*mV*(i %% %d)" % (lowest, modulus)
        start(group)
        groups[which], monitors[which] = group, b.SpikeMonitor(group)
    for pair, (sources, targets) in PAIRS.items():
        variable = variables[pair[0]]
        joined = b.Synapses(groups[pair[0]], groups[pair[1]], "w : %s" % ("amp" if program == "cuba" else "siemens"),
                            on_pre="%s += w" % variable)
        joined.connect(i=sources, j=targets)
        joined.w = (own_weights if pair == "ii" else weights[pair[0]]) * unit
        joined.delay = (own_delays if pair == "ii" else DELAY[pair]) * ms
        synapses.append(joined)
    b.Network(*groups.values(), *synapses, *monitors.values()).run(duration * ms)
    for which, population in (("e", "E"), ("i", "I")):
        times, who = run.spikes(population)
        early = times < duration + 0.05
        same_spikes("%s, first %d ms against Brian, %s" % (name, duration, population), (times[early], who[early]),
                    (monitors[which].t / ms + 0.1, monitors[which].i))


def kick(group):
    group.ge, group.gi = "20*nS + 1*nS*(i % 43)", "1*nS*(i % 47)"


compare("CUBA", "cuba", """dv/dt = (-49*mV - v + 100*Mohm*(se + si))/(20*ms) : volt (unless refractory)
                           dse/dt = -se/(5*ms) : amp
                           dsi/dt = -si/(10*ms) : amp""",
        "exact", lambda group: None, -60, {"e": "se", "i": "si"}, {"e": 16.2, "i": -90}, 100)
compare("COBA", "coba", """dv/dt = current/(200*pF) : volt (unless refractory)
                           current = 10*nS*(-60*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v) : amp
                           dge/dt = -ge/(5*ms) : siemens
                           dgi/dt = -gi/(10*ms) : siemens""",
        "exponential_euler", kick, -70, {"e": "ge", "i": "gi"}, {"e": 6, "i": 67}, 50)
