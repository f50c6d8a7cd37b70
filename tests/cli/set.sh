# --set: units are checked, names are looked up, and what is set is what runs.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >cell.hil <<'MODEL'
neuron Cell {
    param tau = 20 ms
    state V : mV = 10 mV
    V' = -V/tau
}
network N {
    population E : Cell
}
experiment decay on N {
    run 20 ms step 0.1 ms
    measure last = last(V of E)
    expect last within 0.001 mV of 10 mV*exp(-1)
}
MODEL
must 0 "$HILLOCK" run cell.hil
must 0 "$HILLOCK" run cell.hil --list-parameters
says out 'E.tau = 20 ms'
must 2 "$HILLOCK" run cell.hil --set E.tau=15mV
says err 'E.tau is in'
must 2 "$HILLOCK" run cell.hil --set E.tau=15
must 2 "$HILLOCK" run cell.hil --set E.tau=nonsense
says err 'no quantity'
must 2 "$HILLOCK" run cell.hil --set E.tua=15ms
says err 'did you mean "E.tau"'
must 2 "$HILLOCK" run cell.hil --set E.tau
must 2 "$HILLOCK" run cell.hil --thraeds 2
says err 'did you mean --threads'
must 2 "$HILLOCK" run cell.hil dekay
says err 'did you mean "decay"'
must 0 "$HILLOCK" run cell.hil --set E.tau=0.02s
must 1 "$HILLOCK" run cell.hil --set E.tau=10ms
must 1 "$HILLOCK" run cell.hil --duration 10ms
must 0 "$HILLOCK" run cell.hil --step 0.2ms
must 2 "$HILLOCK" run cell.hil --step 0.2mV
must 2 "$HILLOCK" run cell.hil --step -1ms
must 2 "$HILLOCK" run cell.hil --threads many
must 0 "$HILLOCK" build cell.hil -o cell
must 0 ./cell --help
says out '^usage'
must 0 ./cell --version
must 0 ./cell --info
says out 'E : Cell'
must 0 ./cell
must 1 ./cell --set E.tau=10ms
must 2 ./cell --set E.tau=15mV
must 2 ./cell --frobnicate
