"""A workload in Brian 2's C++ standalone mode: writes and compiles the program; FOLDER/main runs it and leaves the seconds
that its steps took in FOLDER/results/last_run_info.txt. usage: run_brian.py cuba|cobahh|hh1 NEURONS SECONDS THREADS FOLDER"""
import sys

import brian2 as b
from brian2 import Hz, ms, mV, nS, pF, second, siemens, uS, volt

model, neurons, duration, threads, folder = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
b.set_device("cpp_standalone", directory=folder, build_on_run=False)
b.prefs.devices.cpp_standalone.openmp_threads = threads if threads > 1 else 0
b.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-ffast-math", "-fno-finite-math-only", "-march=native", "-std=c++11"]
b.defaultclock.dt = 0.1*ms
b.seed(11)
excitatory, p = 4*neurons//5, 80.0/neurons

if model == "cuba":
    cells = b.NeuronGroup(neurons, """dv/dt = (ge + gi - (v + 49*mV))/(20*ms) : volt (unless refractory)
        dge/dt = -ge/(5*ms) : volt
        dgi/dt = -gi/(10*ms) : volt""", threshold="v > -50*mV", reset="v = -60*mV", refractory=5*ms, method="exact")
    cells.v = "-60*mV + 10*mV*rand()"
    effects = "ge_post += 1.62*mV", "gi_post -= 9*mV"
elif model == "cobahh":
    cells = b.NeuronGroup(neurons, """dv/dt = (gL*(-60*mV - v) + ge*(0*mV - v) + gi*(-80*mV - v) - gNa*m**3*h*(v - 50*mV)
                                               - gK*n**4*(v + 90*mV))/Cm : volt
        dge/dt = -ge/(5*ms) : siemens
        dgi/dt = -gi/(10*ms) : siemens
        dm/dt = am*(1-m) - bm*m : 1
        dh/dt = ah*(1-h) - bh*h : 1
        dn/dt = an*(1-n) - bn*n : 1
        u = (v + 63*mV)/mV : 1
        am = 0.32*(13 - u)/(exp((13 - u)/4) - 1)/ms : Hz
        bm = 0.28*(u - 40)/(exp((u - 40)/5) - 1)/ms : Hz
        ah = 0.128*exp((17 - u)/18)/ms : Hz
        bh = 4/(1 + exp((40 - u)/5))/ms : Hz
        an = 0.032*(15 - u)/(exp((15 - u)/5) - 1)/ms : Hz
        bn = 0.5*exp((10 - u)/40)/ms : Hz""", threshold="v > -20*mV", refractory=3*ms, method="exponential_euler",
        namespace=dict(Cm=200*pF, gL=10*nS, gNa=20*uS, gK=6*uS))
    cells.v = "-65*mV + 5*mV*randn()"
    cells.ge = "(randn()*1.5 + 4)*10*nS"
    cells.gi = "(randn()*12 + 20)*10*nS"
    effects = "ge_post += 6*nS", "gi_post += 67*nS"
else:
    b.defaultclock.dt = 0.01*ms
    cells = b.NeuronGroup(1, """dv/dt = (10*mV - 120*m**3*h*(v - 50*mV) - 36*n**4*(v + 77*mV) - 0.3*(v + 54.3*mV))/ms : volt
        dm/dt = (am*(1-m) - bm*m)/ms : 1
        dh/dt = (ah*(1-h) - bh*h)/ms : 1
        dn/dt = (an*(1-n) - bn*n)/ms : 1
        u = (v + 65*mV)/mV : 1
        am = 0.1*(25 - u)/(exp(2.5 - 0.1*u) - 1) : 1
        bm = 4*exp(-u/18) : 1
        ah = 0.07*exp(-u/20) : 1
        bh = 1/(exp(3 - 0.1*u) + 1) : 1
        an = 0.01*(10 - u)/(exp(1 - 0.1*u) - 1) : 1
        bn = 0.125*exp(-u/80) : 1""", threshold="v > 0*mV", refractory="v > 0*mV", method="exponential_euler")
    cells.v, cells.m, cells.h, cells.n = -65*mV, 0.0529, 0.5961, 0.3177
    effects = None

objects = [cells]
if effects:
    for effect, condition in zip(effects, (f"i < {excitatory}", f"i >= {excitatory}")):
        synapses = b.Synapses(cells, cells, on_pre=effect)
        synapses.connect(condition, p=p)
        objects.append(synapses)
b.Network(objects).run(duration*second)
b.device.build(directory=folder, compile=True, run=False, debug=False)
