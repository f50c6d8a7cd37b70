# Functions in C: run only with leave, the same bits in every way of running, kind errors.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >rates.c <<'C'
#include "factor.h"
#include <math.h>
double scaled(double x) { return FACTOR * x; } /* a name that others have too */
double alpha_n(double V) {
    double u = (V + 55) / 10;
    return fabs(u) < 1e-9 ? 0.1 : 0.1 * u / (1 - exp(-u));
}
double mix(double t, double a, double b) { return a * t + scaled(b); }
static double warm(double celsius) { return pow(3, (celsius - 6.3) / 10); }
C
echo '#define FACTOR 2' >factor.h
cat >gates.hil <<'MODEL'
extern function alpha_n(V: mV): /ms from "rates.c"
extern function mix(t: ms, a, b: /ms) from "rates.c"
extern function warm(T: degC) from "rates.c"
function own(V: mV): /ms = 0.1/ms * exprelr(-(V + 55 mV)/10 mV)
neuron Gates {
    param T = 16.3 degC
    param q = warm(T)
    state V : mV = uniform(-80 mV, 0 mV)
    state n = 0, m = 0, k = 0
    V' = (-60 mV - V)/20 ms
    n' = alpha_n(V)*(1 - n) - n/5 ms
    m' = own(V)*(1 - m) - m/5 ms
    k' = (mix(1 ms, 1, 1/ms) - k)/1 ms
    spike when n > 0.62 { V = -80 mV; m = mix(1 ms, 0.1, 0.05/ms); n = 0.2 }
}
network N { population E[37] : Gates }
experiment x on N {
    run 20 ms step 0.1 ms
    record V, n, m, k of E
    let apart = max(n of E) - max(m of E)
    expect abs(apart) < 1e-6        # the same rates, in C and in the model
    expect max(k of E) within 1e-6 of 3, max(q of E) within 1e-6 of 3, max(n of E) > 0.5
}
MODEL

# Without leave nothing of it is compiled or run.
must 1 "$HILLOCK" run gates.hil
says err E0701
says err -- --allow-extern
must 1 "$HILLOCK" build gates.hil -o gates
absent gates

# The same bits in machine code from the cache and without it, in the interpreter, and in an executable.
export HILLOCK_CACHE=$TMPDIR/cache
ways=("run" "run" "run --no-cache" "run --interpret")
for i in 0 1 2 3; do
    must 0 "$HILLOCK" ${ways[$i]} --allow-extern gates.hil --quiet --seed 7 --out "way$i.csv"
done
must 0 "$HILLOCK" build --allow-extern gates.hil -o gates
must 0 ./gates --quiet --seed 7 --threads 2 --out way4.csv
for i in 1 2 3 4; do
    for name in V n m k; do
        cmp -s "way0.E.$name.csv" "way$i.E.$name.csv" || fail "$name differs between run and way $i"
    done
done
must 0 "$HILLOCK" test --allow-extern --precision f32 gates.hil
must 0 "$HILLOCK" build --allow-extern gates.hil --emit=object -o gates.o
nm gates.o | grep -q ' U hil_extern' && fail 'the object lacks the functions in C'

# On connections: in what an arrival does, in vectors where there are many, and in graded synapses.
cat >synapses.c <<'C'
double twice(double w) { return 2 * w; }
double seen(double v, double g) { return g * (v + 70) * 1e-3; }
C
cat >synapses.hil <<'MODEL'
import neurons.LIF
extern function twice(w: nA): nA from "synapses.c"
extern function seen(v: mV, g): nA from "synapses.c"
synapse Kick {
    param tau = 5 ms
    state i : nA = 0
    i' = -i/tau
    on pre { i += twice(weight)*exp(-weight/1 nA)*tanh(weight/0.1 nA)*erf(weight/0.2 nA) }
    current = -i
}
synapse Graded { current = -seen(pre.V, 0.5) }
network N {
    population E[37] : LIF { V = uniform(-60 mV, -50 mV) }
    population F[41] : LIF
    connect E -> F via Kick { probability 0.8; weight = uniform(0.1 nA, 0.5 nA); delay = 1 ms }
    connect F -> E via Graded { probability 0.2 }
}
experiment x on N {
    run 50 ms step 0.1 ms
    stimulate E with 0.25 nA
    record V of E, F
    expect count(spikes of E) > 30, max(V of F) > -60 mV
}
MODEL
must 0 "$HILLOCK" test --allow-extern synapses.hil
must 0 "$HILLOCK" run --allow-extern synapses.hil --quiet --out a.csv
must 0 "$HILLOCK" run --allow-extern --interpret synapses.hil --quiet --out b.csv
must 0 "$HILLOCK" build --allow-extern synapses.hil -o synapses
must 0 ./synapses --quiet --threads 2 --out c.csv
for name in E.V F.V; do
    cmp a.$name.csv b.$name.csv && cmp a.$name.csv c.$name.csv || fail "$name differs"
done

# A file that the C includes counts as well.
echo '#define FACTOR 3' >factor.h
must 1 "$HILLOCK" test --allow-extern gates.hil
says out 'FAIL.*k of E'
echo '#define FACTOR 2' >factor.h
must 0 "$HILLOCK" test --allow-extern gates.hil

# What can be wrong.
model() {
    cat >wrong.hil <<MODEL
extern function f($1) : mV/ms from "$2"
neuron A { state V : mV = 0 mV; V' = f($3) }
network N { population E[3] : A }
experiment x on N { run 1 ms step 0.1 ms; expect true }
MODEL
}
model 'V: mV' nobody.c V
must 1 "$HILLOCK" check --allow-extern wrong.hil
says err E0702
model 'a, b, c, d' rates.c '1, 2, 3, 4'
must 1 "$HILLOCK" check --allow-extern wrong.hil
says err E0207
model 'V: ms' rates.c V
must 1 "$HILLOCK" check --allow-extern wrong.hil
says err E0301
echo 'double g(double x) { return x; }' >other.c
model 'V: mV' other.c V
must 1 "$HILLOCK" run --allow-extern wrong.hil
says err 'wrong.hil:1:17: .*has no function double f(double)'
echo 'float f(float x) { return x; }' >other.c
must 1 "$HILLOCK" build --allow-extern wrong.hil -o wrong
says err 'has no function double f(double)'
absent wrong
echo 'double f(double x) { return x' >other.c
must 1 "$HILLOCK" test --allow-extern wrong.hil
says err 'wrong.hil:1:17: .*does not compile'
echo 'double nowhere(double); double f(double x) { return nowhere(x); }' >other.c
must 1 "$HILLOCK" run --allow-extern wrong.hil
says err nowhere
echo 'double f(double x) { return x; }' >other.c
must 1 env CC=no-such-compiler "$HILLOCK" run --allow-extern wrong.hil
says err 'install a C compiler'
must 0 "$HILLOCK" run --allow-extern wrong.hil --quiet
for left in "$HILLOCK_CACHE"/*.c "$HILLOCK_CACHE"/*.i; do absent "$left"; done
