# `after` with delays of each cell: the same bits for any number of threads and in the interpreter; a change of the step
# under way; delays that cannot be.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >after.hil <<'MODEL'
neuron Busy {
    param tau = uniform(3 ms, 9 ms)
    state x = uniform(0, 0.5), n = 0
    x' = (2 - x)/tau
    spike when x > 1 {
        x = 0
        if uniform(0, 1) < 0.7 {
            after tau*(1 + 0.1*n) { n += 1; if n > 3 { after exponential(2 ms) { x -= 0.5; n = 0 } } }
        }
    }
}
network N { population c[300] : Busy }
experiment e on N {
    run 60 ms step 0.1 ms
    record x, n of c every 0.5 ms
    record spikes of c
    expect max(n of c) >= 3
}
MODEL
must 0 "$HILLOCK" test after.hil
must 0 "$HILLOCK" run after.hil --quiet --threads 1 --seed 3 --out one.csv
must 0 "$HILLOCK" run after.hil --quiet --threads 3 --seed 3 --out two.csv
must 0 "$HILLOCK" run --interpret after.hil --quiet --seed 3 --out three.csv
for file in one.*.csv; do
    for other in two three; do
        cmp "$file" "$other${file#one}" || fail "$file is another with $other"
    done
done

cat >steps.hil <<'MODEL'
neuron Once {
    param wait = 2 ms*(1 + index)
    state said = 0, done = 0
    event begin when said < 0.5 { said = 1; after wait { done += 1 } }
}
network N { population c[3] : Once }
experiment e on N {
    run 1 ms step 0.1 ms
    run 9 ms step 0.05 ms
    expect (done of c[0] at 2.1 ms) == 0, (done of c[0] at 2.2 ms) == 1
    expect (done of c[2] at 6.1 ms) == 0, (done of c[2] at 6.2 ms) == 1
}
MODEL
must 0 "$HILLOCK" test steps.hil

must 3 "$HILLOCK" run steps.hil --quiet --set c.wait=-1ms
says err 'c\[0\] at 0.1 ms (.*steps.hil:4): after -1 ms; it must be zero or more'
