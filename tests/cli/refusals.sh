# Statements that ask for what cannot be: a run that fails with the line, and what was wrong with it.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >parts.hil <<'MODEL'
neuron Leaky {
    param tau = 10 ms
    input I : mV
    state V : mV = 0 mV
    V' = (I - V)/tau
}
MODEL
# refuse STATEMENTS MESSAGE
refuse() {
    printf 'import "parts.hil"\nnetwork Net { population A[3] : Leaky }\nexperiment e on Net {\n%s\n}\n' "$1" >model.hil
    must 3 "$HILLOCK" run model.hil
    says err "$2"
}
refuse 'run 10 ms step 0 ms' 'line 4: a step of 0 ms'
refuse 'run 10 ms step -1 ms' 'line 4: a step of -1 ms'
refuse 'run -10 ms' 'line 4: a run of -0.01 s'
refuse 'phase p -5 ms { }' 'line 4: a phase of -0.005 s'
refuse 'record V of A every 0 ms; run 10 ms' 'record V every 0 ms: the interval is longer than zero'
refuse 'record V of A every -1 ms; run 10 ms' 'record V every -1 ms: the interval is longer than zero'
refuse 'stimulate A with 1 mV from 5 ms to 2 ms; run 10 ms' 'it ends before it begins'

# What goes wrong is found where it stands: in the file of the neuron, not in that of the network.
refuse 'A.tau = 0 ms; run 10 ms' 'A.V (parts.hil:4): no finite solution'
refuse 'stimulate A[1] with log(t/1 ms - 5)*1 mV; run 10 ms' 'V of A\[1\] became .* at t = 1 ms (parts.hil:5)'
