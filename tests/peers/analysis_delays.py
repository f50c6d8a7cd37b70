"""Values of the past and crossings between steps, against closed forms."""
from math import factorial, log

import numpy as np

from harness import converges, hillock, near

# x' = -k x(t - 1), x = 1 before 0: the method of steps gives polynomials.
TIMES = 0.1 * np.arange(1, 61)
exact = [sum((-1.2) ** n * (t - (n - 1)) ** n / factorial(n) for n in range(0, 8) if t > n - 1) for t in TIMES]
# What is delayed is held for a step: order 1.
converges("x' = -k x(t - lag)", lambda h: hillock("delays.hil", "reflex", step=h)["Reflex.x.0"], exact, 1, 0.5, 1e-9)

# V = 15 mV (1 - exp(-t/tau)) reaches 10 mV at tau log 3. The chord over a step of dt is below the curve by no more
# than |V''| dt^2/8 = 5 mV/tau^2 dt^2/8, which makes the crossing late by that over V' = 5 mV/tau. The reset is at the
# end of the step, 11 ms, and so are the others. Where the solution is known within steps, so are crossing and reset.
times = hillock("delays.hil", "ramp").spikes("Ramp", 0)
near("crossings within steps", times, [10 * log(3) * k for k in range(1, 4)], 1e-10, "ms")
times = hillock("delays.hil", "interpolated").spikes("Interpolated", 0)
near("crossings between steps", times, [10 * log(3) + 11 * k for k in range(3)], 0.1 ** 2 / 8 / 10 * 1.1, "ms")
