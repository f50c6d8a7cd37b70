# What errors suggest where the mistake is one of the first that people make.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >first.hil <<'MODEL'
neuron A {
    state V : mV = -65 mV
    tau = 3 ms
    V' = -V/1 ms
    spike when V > 3 mV
}
network N {
    population E : A
    population F : AdEx
    connect E -> E via AMPA { all }
}
channel K { current = 3 nS*(V - E_K) }
neuron M {
    membrane { C = 1 pF }
    insert K
}
population E[10] : A
run 3 ms
experiment e on N {
    run 1 ms
    expect spikes of E > 3
}
MODEL
must 1 "$HILLOCK" check first.hil
says err "param tau = …"
says err "import neurons.AdEx"
says err "import synapses.AMPA"
says err "it is part of a network"
says err "it is part of an experiment"
says err "count(…), rate(…)"
says err "when it says so (.ion k.)"

# The nearest file of the folder that is imported from.
printf 'import neurons.HodgkinHuxly\n' >import.hil
must 1 "$HILLOCK" check import.hil
says err "did you mean neurons.HodgkinHuxley"
mkdir -p library && printf 'neuron Cell { state x = 1; x = 0 }\n' >library/Cells.hil && printf 'import Cellz\n' >import.hil
must 1 "$HILLOCK" check --stdlib library import.hil
says err "did you mean Cells"
