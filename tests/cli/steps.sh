# A step is judged where it is known: by the compiler, and by the run with what --set and --step say. A doubt is told once.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >cells.hil <<'MODEL'
neuron Cell {
    param tau = 20 ms
    state V : mV = 10 mV
    V' = -V/tau
    solve V with euler
}
network N {
    population E : Cell
    population F[3] : Cell { tau = 1 ms*(1 + index) }
}
experiment decay on N {
    run 20 ms step 0.1 ms
    expect V of E at 20 ms < 4 mV
}
experiment set(tau = 20 ms) on N {
    E.tau = tau
    run 20 ms step 0.1 ms
    measure last = last(V of E)
}
study often {
    for tau in [70, 80, 90] us { expect set(tau = tau).last < 1 mV }
}
MODEL
must 0 "$HILLOCK" check cells.hil
silent err
must 0 "$HILLOCK" run cells.hil decay
silent err
# of cell 0 of F tau is 1 ms, of the others more
must 0 "$HILLOCK" run cells.hil decay --step 1.2ms
says err "^warning\[W0601\]: a step of 1.2 ms is doubtful: V' of F (line 4) (of cell 0)"
says err 'make it 1 ms or shorter'
[ "$(grep -c warning err)" -eq 1 ] || fail "doubts of F: $(cat err)"
must 3 "$HILLOCK" run cells.hil decay --step 2.5ms
says err "\[E0605\] a step of 2.5 ms is too long: V' of F (line 4) (of cell 0)"
must 3 "$HILLOCK" run cells.hil decay --set E.tau=0.04ms
says err "\[E0605\] a step of 0.1 ms is too long: V' of E (line 4)"
must 0 "$HILLOCK" run cells.hil decay --set E.tau=0.08ms
says err 'warning\[W0601\].*make it 0.08 ms or shorter'
must 0 "$HILLOCK" run cells.hil decay --set E.tau=0.08ms --quiet
silent err
must 0 "$HILLOCK" test cells.hil
[ "$(grep -c 'warning.W0601' err)" -eq 1 ] || fail "three runs of a study, one doubt: $(cat err)"
must 0 "$HILLOCK" explain cells.hil
says out "with the file's parameters 40 ms, and sound up to 20 ms"
