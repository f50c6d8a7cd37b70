"""The library of reductions against NumPy, which gets the same spikes and voltages from the recorded files. Reports
have six digits: 5e-6 of the number."""
import numpy as np

from harness import crossings, hillock, near

run = hillock("measures.hil", "measured")
CELLS, DURATION = 100, 1000.0
times, who = run.spikes("N")
steps = np.round(times * 10).astype(int)
trains = [times[who == cell] for cell in range(CELLS)]
intervals = [np.diff(train) for train in trains]
V = run.cells("N.V", 10)
t = run.times["N.V.0"]
wanted = {}


def counts(width):
    """Each cell's spikes in windows of so many ms; a window contains its beginning, not its end."""
    rows = np.zeros((CELLS, int(DURATION / width) + 1))
    np.add.at(rows, (who, steps // (width * 10)), 1)
    return rows[:, :-1]


def similar(a, b, sigma):
    """Inner product of two trains of Gaussians, up to a factor."""
    return np.sum(np.exp(-(a[:, None] - b[None, :]) ** 2 / (4 * sigma ** 2)))


wanted["count(s)"] = len(times)
wanted["rate(s)"] = len(times) / CELLS / DURATION * 1000
wanted["active(s)"] = np.mean([len(train) > 0 for train in trains])
wanted["mean(isi(s))"] = np.mean(np.concatenate(intervals))
wanted["cv(isi(s))"] = np.std(np.concatenate(intervals)) / np.mean(np.concatenate(intervals))
wanted["cv_isi(s)"] = np.mean([np.std(x) / np.mean(x) for x in intervals if len(x) > 4])
rows = counts(50)
wanted["fano(s, 50 ms)"] = np.mean((np.var(rows, axis=1) / np.mean(rows, axis=1))[np.mean(rows, axis=1) > 0])
pairs = np.corrcoef(counts(10)[np.std(counts(10), axis=1) > 0])
wanted["spike_correlation(s, 10 ms)"] = np.mean(pairs[np.triu_indices(len(pairs), 1)])
norms = [np.sqrt(similar(a, a, 5)) for a in trains]
wanted["reliability(s, 5 ms)"] = np.mean([
    similar(trains[i], trains[j], 5) / norms[i] / norms[j] if norms[i] and norms[j] else 0
    for i in range(CELLS) for j in range(i)])
wanted["vector_strength(s, 125 ms)"] = abs(np.mean(np.exp(2j * np.pi * times / 125)))

# Greatest number of pairs within the precision, each spike once: both in order, first come.
a, z, precision = trains[0], trains[1], 4.0
free, together = np.ones(len(z), bool), 0
for spike in a:
    near_it = np.nonzero(free & (np.abs(z - spike) <= precision + 1e-9))[0]
    if len(near_it):
        free[near_it[0]] = False
        together += 1
rate = len(z) / DURATION
wanted["coincidence(spikes of N[0], spikes of N[1], 4 ms)"] = (
    (together - 2 * rate * precision * len(a)) / (0.5 * (len(a) + len(z))) / (1 - 2 * rate * precision))

wanted.update({"mean(v)": np.mean(V), "std(v)": np.std(V), "median(v)": np.median(V), "max(v)": np.max(V),
               "min(v)": np.min(V), "percentile(v, 25%)": np.percentile(V, 25)})
average = np.mean(V, axis=1)
wanted["synchrony(v)"] = np.sqrt(np.var(average) / np.mean(np.var(V, axis=0)))
wanted["integral(average(v))"] = np.trapz(average, t)
wanted["count(crossings(V of N[0], -55 mV))"] = len(crossings(t, V[:, 0], -55))
for name, number in wanted.items():
    near(name, run.reported[name], number, 5e-6 * abs(number) + 1e-12)

# Under a Hann window the logarithm of a spectral line is a parabola to some hundredths of 1/duration.
power = np.abs(np.fft.rfft((average - np.mean(average)) * np.hanning(len(average)), 1 << 22)) ** 2
frequency = np.fft.rfftfreq(1 << 22, 1e-4)
inside = (frequency >= 2) & (frequency <= 20)
name = "peak_frequency(average(v), 2 Hz, 20 Hz)"
near(name, run.reported[name], frequency[inside][np.argmax(power[inside])], 0.05, "Hz")
