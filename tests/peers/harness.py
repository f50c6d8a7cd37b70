"""What the comparisons with other simulators share: running a Hillock model, reading what it recorded, and saying
whether two results agree.

A comparison prints one line, `pass NAME (difference D, tolerance T)` or `fail …`, and goes on; tests/peers/run counts
the lines. Differences are the greatest absolute ones, in the unit given."""
import csv
import os
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np

warnings.filterwarnings("ignore")
HERE = os.path.dirname(os.path.abspath(__file__))
HILLOCK = os.environ["HILLOCK"]


def brian():
    """Brian 2, with formulas evaluated by NumPy so that no compiler is needed."""
    try:
        import brian2
    except ImportError:
        skip("Brian 2 is not installed (Debian: python3-brian)")
    brian2.prefs.codegen.target = "numpy"
    brian2.BrianLogger.log_level_error()
    return brian2


def neuron():
    """NEURON's interpreter with its standard run system."""
    try:
        from neuron import h
    except ImportError:
        skip("NEURON is not installed (Debian: python3-neuron)")
    h.load_file("stdrun.hoc")
    return h


def scipy_solution(f, start, times, spikes=None, reset=None, grid=None):
    """SciPy's DOP853 with tolerances 1e-12: y'=f(t, y) from time 0, at the given times. With `spikes`, a function of
    (t, y) that rises through 0, those times too, each followed by y = reset(y); with `grid`, spikes are only noticed at
    multiples of it, so that the solution goes on to the next one before it is reset. Returns (y, times of spikes)."""
    longest = 0.25          # ms: the interpolant within longer steps, where a slow course is stiff, is less accurate
    try:
        from scipy.integrate import solve_ivp
    except ImportError:
        skip("SciPy is not installed (Debian: python3-scipy)")
    times = np.asarray(times, float)
    y, t, found, rows = np.asarray(start, float), 0.0, [], []
    if spikes is not None:
        spikes.terminal, spikes.direction = True, 1
    while True:
        done = solve_ivp(f, (t, times[-1]), y, method="DOP853", rtol=1e-12, atol=1e-12, dense_output=True,
                         events=spikes, max_step=longest)
        reached = done.t[-1]
        inside = times[(times > t) & (times <= reached)]
        if len(inside):
            rows.append(done.sol(inside).T)
        if done.status != 1:
            return np.concatenate(rows), np.array(found)
        y = done.y[:, -1]
        if grid is not None:
            noticed = np.ceil(reached / grid - 1e-9) * grid
            on = solve_ivp(f, (reached, noticed), y, method="DOP853", rtol=1e-12, atol=1e-12, dense_output=True)
            between = times[(times > reached) & (times < noticed - 1e-9)]
            if len(between):
                rows.append(on.sol(between).T)
            y, reached = on.y[:, -1], noticed
            times = np.where(np.abs(times - noticed) < 1e-9, noticed + 1e-9, times)   # sampled behind the reset
        found.append(reached)
        y, t = reset(y.copy()), reached


def skip(reason):
    print(reason, flush=True)
    sys.exit(77)


class Recording:
    """What one run recorded and printed. times[name] in ms belong to values[name]; `trains` are pairs of times in ms
    and cells by population; `reported` are the numbers of `report` by their text, without units."""

    def __init__(self, folder, printed=""):
        self.times, self.values, self.trains, self.reported = {}, {}, {}, {}
        lines = [re.split("  +", line.strip()) for line in printed.splitlines()]
        for head, row in zip(lines[::2], lines[1::2]):
            self.reported.update((name, float(number.split()[0])) for name, number in zip(head, row))
        for file in sorted(os.listdir(folder)):
            with open(os.path.join(folder, file), newline="") as rows:
                reader = csv.reader(rows)
                header = next(reader)
                rows = list(reader)
            if header[:2] == ["time_ms", "population"]:
                for time, population, cell in rows:
                    self.trains.setdefault(population, []).append((float(time), int(cell)))
            elif header[0] == "time_ms":
                numbers = np.array([[float(x) for x in row] for row in rows])
                for k, name in enumerate(header[1:], 1):
                    population = file.rsplit(".csv", 1)[0].split(".")[0]
                    key = population + "." + name.split("[")[0]
                    self.times[key], self.values[key] = numbers[:, 0], numbers[:, k]

    def __getitem__(self, name):
        """The samples of a variable of a cell: "N.V.0"."""
        if name not in self.values:
            raise KeyError("%s; there are %s" % (name, ", ".join(sorted(self.values))))
        return self.values[name]

    def cells(self, name, count):
        """The samples of the first cells: an array of samples by cells."""
        return np.column_stack([self["%s.%d" % (name, cell)] for cell in range(count)])

    def spikes(self, population, cell=None):
        """Times in ms, of one cell or as pairs (times, cells) of all."""
        train = self.trains.get(population, [])
        if cell is not None:
            return np.array([time for time, who in train if who == cell])
        return np.array([time for time, _ in train]), np.array([who for _, who in train], dtype=int)


def hillock(model, program, files=(), step=None, **parameters):
    """Runs `program` of models/MODEL and returns what was recorded. `parameters` are set ("10 ms" or numbers; `__`
    stands for a dot); `step` in ms replaces the experiment's; `files`: pairs of name and text, written beside the
    model."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(HERE, "models", model)) as source:
            text = source.read()
        for name, content in [(model, text), *files]:
            with open(os.path.join(folder, name), "w") as file:
                file.write(content)
        out = os.path.join(folder, "out")
        os.mkdir(out)
        command = [HILLOCK, "run", model, program, "--out", out]
        for name, value in parameters.items():
            command += ["--set", "%s=%s" % (name.replace("__", "."), value)]
        if step is not None:
            command += ["--step", "%.17g ms" % step]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit("%s\n%s%s" % (" ".join(command), done.stdout, done.stderr))
        return Recording(out, done.stdout)


def random_pairs(seed):
    """Connections of 3,200 excitatory and 800 inhibitory cells, 2 % of all pairs but no cell to itself: lists of
    sources and targets by "ee", "ei", "ie", "ii"."""
    random = np.random.RandomState(seed)
    size, pairs = {"e": 3200, "i": 800}, {}
    for source in "ei":
        for target in "ei":
            joined = random.random_sample((size[source], size[target])) < 0.02
            if source == target:
                np.fill_diagonal(joined, False)
            pairs[source + target] = np.nonzero(joined)
    return pairs


def edge_list(sources, targets, **columns):
    """CSV text of connections; further columns as weight_pA=[…]."""
    head = ["source", "target"] + [name.replace("_", "[") + "]" for name in columns]
    rows = zip(sources, targets, *columns.values())
    return ",".join(head) + "\n" + "".join(",".join(repr(x.item()) for x in row) + "\n" for row in rows)


def report(name, good, difference, tolerance, unit=""):
    unit = unit and " " + unit
    print("%s %s (difference %.3g%s, tolerance %.3g%s)"
          % ("pass" if good else "fail", name, difference, unit, tolerance, unit), flush=True)


def near(name, ours, theirs, tolerance, unit=""):
    """Numbers or arrays of one shape that agree everywhere within the tolerance."""
    ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
    if ours.shape != theirs.shape or ours.size == 0:
        print("fail %s (%s numbers here, %s there)" % (name, ours.shape, theirs.shape), flush=True)
        return
    difference = np.max(np.abs(ours - theirs))
    report(name, bool(difference <= tolerance), difference, tolerance, unit)


def converges(name, run, reference, order, step, accuracy, unit=""):
    """run(step) and run(step/2) are the same numbers from a method of this order. If they converge to the reference,
    the finer one is off by about its distance to the coarser, over 2^order - 1 (Richardson 1911); half as much again
    is allowed, and what the reference itself may be off by, `accuracy`. The tolerance is so derived from Hillock's
    two runs alone, and fails when they converge to anything else."""
    coarse, fine = np.asarray(run(step), float), np.asarray(run(step / 2), float)
    if coarse.shape != fine.shape:
        print("fail %s (%s numbers at one step, %s at half of it)" % (name, coarse.shape, fine.shape), flush=True)
        return
    near(name, fine, reference, 1.5 * np.max(np.abs(coarse - fine)) / (2 ** order - 1) + accuracy, unit)


def converges_to(name, run, reference, order, step, accuracy, unit=""):
    """The same where the reference, too, depends on the step: half the step must divide the error by 2^order; half as
    much again is allowed."""
    errors = [np.max(np.abs(np.asarray(run(h), float) - reference(h))) for h in (step, step / 2)]
    tolerance = 1.5 * errors[0] / 2 ** order + accuracy
    report(name, bool(errors[1] <= tolerance), errors[1], tolerance, unit)


def same_spikes(name, ours, theirs, tolerance=1e-9):
    """Two pairs (times in ms, cells): the same cells at the same times. Cells of one time may come in any order."""
    sets = []
    for times, cells in (ours, theirs):
        order = np.lexsort((cells, np.round(np.asarray(times, float) * 1e6)))
        sets.append((np.asarray(times, float)[order], np.asarray(cells, int)[order]))
    (a, x), (b, y) = sets
    if len(a) != len(b) or len(a) == 0 or np.any(x != y):
        wrong = next((k for k in range(min(len(a), len(b))) if x[k] != y[k] or abs(a[k] - b[k]) > tolerance),
                     min(len(a), len(b)))
        first = [(s[0][wrong], s[1][wrong]) if wrong < len(s[0]) else None for s in sets]
        print("fail %s (%d spikes here, %d there; first that differs: %s and %s)" % (name, len(a), len(b), *first),
              flush=True)
        return
    apart = np.max(np.abs(a - b))
    report(name + ", %d spikes" % len(a), bool(apart <= tolerance), apart, tolerance, "ms")


def crossings(t, x, level):
    """Times at which x rises through the level, by linear interpolation."""
    up = np.nonzero((x[:-1] < level) & (x[1:] >= level))[0]
    return t[up] + (level - x[up]) / (x[up + 1] - x[up]) * (t[up + 1] - t[up])
