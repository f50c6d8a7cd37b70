"""What the comparisons with other simulators share: running a Hillock model, reading what it recorded, and saying
whether two results agree.

A comparison prints one line, `pass NAME (difference D, tolerance T)` or `fail …`, and goes on; tests/peers/run counts
the lines. Differences are the greatest absolute ones, in the unit given."""
import csv
import os
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


def scipy_solver():
    try:
        from scipy.integrate import solve_ivp
    except ImportError:
        skip("SciPy is not installed (Debian: python3-scipy)")
    return solve_ivp


def skip(reason):
    print(reason, flush=True)
    sys.exit(77)


class Recording:
    """What one run recorded. t[i] in ms belongs to rows values[name][i]; spikes are pairs of times in ms and cells."""

    def __init__(self, folder):
        self.times, self.values, self.trains = {}, {}, {}
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


def hillock(model, program, files=(), **parameters):
    """Runs `program` of models/MODEL with its parameters set ("10 ms" or numbers; `__` stands for a dot) and returns what
    was recorded. `files`: pairs of name and text, written beside the model."""
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(HERE, "models", model)) as source:
            text = source.read()
        for name, content in [(model, text), *files]:
            with open(os.path.join(folder, name), "w") as file:
                file.write(content)
        out = os.path.join(folder, "out")
        os.mkdir(out)
        command = [HILLOCK, "run", model, program, "--quiet", "--out", out]
        for name, value in parameters.items():
            command += ["--set", "%s=%s" % (name.replace("__", "."), value)]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit("%s\n%s%s" % (" ".join(command), done.stdout, done.stderr))
        return Recording(out)


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
    report(name + ", %d spikes" % len(a), bool(np.max(np.abs(a - b)) <= tolerance), np.max(np.abs(a - b)), tolerance, "ms")


def crossings(t, x, level):
    """Times at which x rises through the level, by linear interpolation."""
    up = np.nonzero((x[:-1] < level) & (x[1:] >= level))[0]
    return t[up] + (level - x[up]) / (x[up + 1] - x[up]) * (t[up + 1] - t[up])
