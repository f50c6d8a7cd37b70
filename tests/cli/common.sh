# What the tests of the command line share. Sourced; $HILLOCK, $BUILD, $TMPDIR and $SOURCE_ROOT come from tests/one.
# The tests work in their own folder, on models that they write there.
set -u
cd "$TMPDIR" || exit 1

fail() {
    echo "$*"
    exit 1
}

# must CODE COMMAND…: the command ends with this exit code; what it prints stands in out and err.
must() {
    local wanted=$1 code
    shift
    "$@" >out 2>err </dev/null
    code=$?
    [ $code -eq "$wanted" ] || {
        head -n 20 out err
        fail "exit code $code instead of $wanted: $*"
    }
}
says() { grep -q -- "$2" "$1" || { cat "$1"; fail "$1 does not say: $2"; }; }
silent() { [ ! -s "$1" ] || { cat "$1"; fail "$1 is not empty"; }; }
absent() { [ ! -e "$1" ] || fail "$1 was left behind"; }

# Two populations with draws, delays, shared synapses, noise and conductance-based channels: much of what
# could make one way of running differ from another.
write_network() {
    cat >"${1:-network.hil}" <<'MODEL'
import neurons.LIF
import channels.Na_HH
import channels.K_HH
import channels.Leak

neuron Noisy : LIF {
    param sigma = 0.5 mV
    V' = (E_L - V + R*I)/tau + sigma*white/sqrt(tau)
}
neuron Squid {
    membrane { C = 1 uF/cm^2; area = 1000 um^2; temperature = 6.3 degC }
    insert Na_HH, K_HH, Leak(g = 0.3 mS/cm^2, E = -54.4 mV)
    E_na = 50 mV
    E_k = -77 mV
    spike when V rises above 0 mV
}
synapse Fast {
    param tau = 2 ms, E = 0 mV
    state g : nS = 0
    g' = -g/tau
    on pre { g += weight*release }
    current = g*(V - E)
}
synapse Kick {
    param tau = 5 ms
    state i : nA = 0
    i' = -i/tau
    on pre { i += weight*release }
    current = -i
}
network Both {
    population E[37] : Noisy { V = uniform(-70 mV, -50 mV) }
    population S[11] : Squid { V = uniform(-70 mV, -60 mV) }
    connect EE: E -> E via Kick { probability 0.2; weight = uniform(0 nA, 0.1 nA); delay = 1.5 ms }
    connect ES: E -> S via Fast { probability 0.3; weight = 3 nS; delay = uniform(0.5 ms, 3 ms) }
    connect SE: S -> E via Kick { indegree 3; weight = 0.05 nA; delay = 1 ms }
}
experiment together on Both {
    run 200 ms step 0.05 ms
    stimulate E with step(0.25 nA) from 5 ms to 180 ms
    record spikes of E, S
    record V of S every 1 ms
    expect count(spikes of E) > 10, count(spikes of S) > 1
}
MODEL
}
