"""Noise and draws against what they must be. The seed is fixed, so that these are the same numbers each time;
tolerances are five standard errors, tests of distributions at a level of 1e-5."""
import numpy as np

from harness import hillock, near, report, skip

try:
    from scipy import stats
except ImportError:
    skip("SciPy is not installed (Debian: python3-scipy)")

run = hillock("noise.hil", "samples")
LEVEL = 1e-5

# Euler-Maruyama of the Ornstein-Uhlenbeck process is an autoregression with factor 1 - dt/tau, whose stationary
# variance is sigma^2/(1 - dt/(2 tau)). Samples are half a time constant apart and correlated by r: n of them are
# worth n (1 - r^2)/(1 + r^2) for variances, and n (1 - r)/(1 + r) for means.
x = run.cells("X.x", 2000)[20:]
step, tau, sigma = 0.5, 10, 2
factor = 1 - step / tau
variance = sigma ** 2 / (1 - step / (2 * tau))
r = factor ** 10
near("Ornstein-Uhlenbeck, variance", np.mean(x ** 2), variance,
     5 * variance * np.sqrt(2 / (x.size * (1 - r ** 2) / (1 + r ** 2))), "mV^2")
near("Ornstein-Uhlenbeck, mean", np.mean(x), 0, 5 * np.sqrt(variance / (x.size * (1 - r) / (1 + r))), "mV")
near("Ornstein-Uhlenbeck, correlation at tau/2", np.mean(x[1:] * x[:-1]) / np.mean(x ** 2), r,
     5 * np.sqrt((1 + r ** 2) / x.size))
across = np.corrcoef(x.T[:50])[np.triu_indices(50, 1)]
near("Ornstein-Uhlenbeck, cells are independent", np.mean(across), 0,
     5 * np.sqrt((1 + r ** 2) / (1 - r ** 2) / len(x) / len(across)))
p = stats.kstest(x[-1], "norm", args=(0, np.sqrt(variance))).pvalue
report("Ornstein-Uhlenbeck, normal", bool(p > LEVEL), 1 - p, 1 - LEVEL)


def fits(name, numbers, distribution):
    """Chi-squared of counts; values expected fewer than 10 times are taken together."""
    numbers = np.asarray(np.round(numbers), int)
    top = int(distribution.ppf(1 - 10 / numbers.size))
    low = int(distribution.ppf(10 / numbers.size))
    middle = np.arange(low + 1, top)
    seen = [np.sum(numbers <= low)] + [np.sum(numbers == k) for k in middle] + [np.sum(numbers >= top)]
    wanted = [distribution.cdf(low)] + list(distribution.pmf(middle)) + [distribution.sf(top - 1)]
    p = stats.chisquare(seen, np.array(wanted) * numbers.size).pvalue
    report("%s, mean %.4g" % (name, np.mean(numbers)), bool(p > LEVEL), 1 - p, 1 - LEVEL)


# 10 sources of 20 Hz for 10 ms: 2 arrivals on average, as many as a Poisson distribution says, and each window alone.
n = np.diff(run.cells("C.n", 500), axis=0)
fits("Poisson drive, counts", n.ravel(), stats.poisson(2))
near("Poisson drive, variance over mean", np.var(n) / np.mean(n), 1, 5 * np.sqrt(2 / n.size))
near("Poisson drive, successive windows", np.corrcoef(n[1:].ravel(), n[:-1].ravel())[0, 1], 0, 5 / np.sqrt(n.size))
near("Poisson drive, cells", np.mean(np.corrcoef(n.T[:100])[np.triu_indices(100, 1)]), 0, 5 / np.sqrt(len(n) * 4950))

for name, distribution in (("even", stats.uniform(-1, 4)), ("bell", stats.norm(2, 0.5)), ("rare", stats.expon(0, 3)),
                           ("skew", stats.lognorm(0.4, 0, np.exp(0.2)))):
    p = stats.kstest(run.cells("D." + name, 20000)[0], distribution.cdf).pvalue
    report("draws, " + name, bool(p > LEVEL), 1 - p, 1 - LEVEL)
fits("draws, few", run.cells("D.few", 20000)[0], stats.poisson(2.5))
fits("draws, some", run.cells("D.some", 20000)[0], stats.binom(7, 0.3))
kinds = np.array([run.cells("D." + k, 20000)[0] for k in ("even", "bell", "rare", "few", "some", "skew")])
near("draws of one cell are independent", np.max(np.abs(np.corrcoef(kinds) - np.eye(6))), 0, 5 / np.sqrt(20000))

# Noise in proportion, x' = x (mu + s white) with s = sqrt(nu), 100 steps of dt: Euler-Maruyama multiplies by 1 + z
# with z normal of mean mu dt and variance s^2 dt (Ito), Heun's method by 1 + z + z^2/2 (Stratonovich); so the means
# are known exactly.
mu, s, dt, n = 0.5, 0.5, 0.01, 20000
moments = {"ito": (1 + mu * dt) ** 100, "stratonovich": (1 + mu * dt + (mu ** 2 * dt ** 2 + s ** 2 * dt) / 2) ** 100}
for program, mean in moments.items():
    run = hillock("noise.hil", program)
    x, y = run.cells("N.x", n)[0], run.cells("N.y", n)[0]
    near("noise in proportion, %s, mean" % program, np.mean(x), mean, 5 * mean * np.sqrt(np.expm1(s ** 2) / n))
    # log x is nearly normal with variance s^2: its logarithmic steps' variance differs by O(dt), less than one
    # standard error.
    near("noise in proportion, %s, variance of log" % program, np.var(np.log(x)), s ** 2, 6 * s ** 2 * np.sqrt(2 / n))
    near("noise alone, %s, variance" % program, np.var(y), s ** 2, 5 * s ** 2 * np.sqrt(2 / n))
    near("noise, %s, two sources are independent" % program, np.corrcoef(np.log(x), y)[0, 1], 0, 5 / np.sqrt(n))
