# Functions in C: refused unless allowed on the command line; allowed, they compute, run, built and tested alike.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >rates.c <<'C'
#include <math.h>
double alpha_h(double v) { return 0.07*exp(-(v + 65)/20); } /* mV to 1/ms */
C
cat >gate.hil <<'MODEL'
extern function alpha_h(v : mV) : /ms from "rates.c"
neuron Gate {
    state V : mV = -65 mV, h = 0
    V' = 0 mV/ms
    h' = alpha_h(V)*(1 - h)
}
network N {
    population E[20] : Gate { V = -65 mV + 1 mV*index }
}
experiment opens on N {
    run 1 ms step 0.1 ms
    expect (h of E at 1 ms)[0] within 1e-12 of 1 - exp(-0.07)
    expect (h of E at 1 ms)[10] within 1e-12 of 1 - exp(-0.07*exp(-0.5))
}
MODEL
must 1 "$HILLOCK" check gate.hil
says err E0701
must 1 "$HILLOCK" test gate.hil
must 0 "$HILLOCK" check --allow-extern gate.hil
must 0 "$HILLOCK" test --allow-extern gate.hil
must 0 "$HILLOCK" test --allow-extern --no-cache gate.hil
must 0 "$HILLOCK" build --allow-extern gate.hil -o gate
must 0 ./gate
echo 'double alpha_h(double v) { return v +; }' >rates.c
must 1 "$HILLOCK" run --allow-extern gate.hil
must 1 "$HILLOCK" build --allow-extern gate.hil -o broken
absent broken
