"""A workload in NEURON: builds it, runs it and prints "run … s". Wants tmhh.mod compiled by nrnivmodl in the current folder.
usage: run_neuron.py cobahh|hh1 NEURONS SECONDS"""
import math
import random
import sys
import time

from neuron import h

model, neurons, duration = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
context = h.ParallelContext()
random.seed(5)
kept = []


def connect_probability(p, synapse, weight):
    """Synapses of random pairs, one NetCon each."""
    skip = 1/math.log1p(-p)
    for source in range(neurons):
        target = int(math.log(random.random())*skip)
        while target < neurons:
            connection = context.gid_connect(source, synapse(source, target))
            connection.delay, connection.weight[0] = 0.1, weight(source)
            kept.append(connection)
            target += 1 + int(math.log(random.random())*skip)


def listen(section, gid, threshold):
    connection = h.NetCon(section(0.5)._ref_v, None, sec=section)
    connection.threshold = threshold
    context.set_gid2node(gid, context.id())
    context.cell(gid, connection)


h.celsius = 6.3
if model == "cobahh":
    h.dt = 0.1
    excitatory, sections, fast, slow = 4*neurons//5, [], [], []
    for gid in range(neurons):
        section = h.Section(name=f"cell{gid}")
        section.L = section.diam = (20000/math.pi)**0.5
        section.nseg, section.cm = 1, 1
        section.insert("pas")
        section.insert("tmhh")
        section.g_pas, section.e_pas, section.ena, section.ek = 5e-5, -60, 50, -90
        for list_, tau, reversal in (fast, 5, 0), (slow, 10, -80):
            synapse = h.ExpSyn(section(0.5))
            synapse.tau, synapse.e = tau, reversal
            list_.append(synapse)
        sections.append(section)
        listen(section, gid, -20)
    connect_probability(80/neurons, lambda source, target: (fast if source < excitatory else slow)[target],
                        lambda source: 0.006 if source < excitatory else 0.067)
else:
    h.dt = 0.01
    section = h.Section(name="patch")
    section.L = section.diam = 17.8412
    section.insert("hh")
    clamp = h.IClamp(section(0.5))
    clamp.dur, clamp.amp = 1e9, 0.1
    kept += [section, clamp]
    listen(section, 0, 0)

h.CVode().cache_efficient(1)
context.set_maxstep(10)
h.finitialize(-65)
if model == "cobahh":
    for section, e, i in zip(sections, fast, slow):
        section(0.5).v = random.gauss(-65, 5)
        e.g, i.g = abs(random.gauss(0.04, 0.015)), abs(random.gauss(0.2, 0.12))
    h.fcurrent()
begin = time.perf_counter()
context.psolve(1000*duration)
print(f"run {time.perf_counter() - begin:.6f} s")
