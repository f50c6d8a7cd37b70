# Values of the past: the same bits for any number of threads and in the interpreter; delays that change while it runs;
# delays that cannot be.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >past.hil <<'MODEL'
neuron Mass {
    param tau = 5 ms, g = 2.0
    input I
    state x = uniform(-1, 1)
    x' = (-x - tanh(g*delayed(x + x^3, 6.7 ms) + I))/tau
    output y = delayed(x, tau)
    spike when y rises above 0.2 { x = 0.9*x }
}
network N {
    population A[100] : Mass
    population B[77]  : Mass(g = 3)
    connect ab: A.x -> B { probability 0.1; weight = uniform(-1, 1); delay = 2.3 ms }
    connect ba: B.y -> A { probability 0.1; weight = 0.4 }
}
experiment free on N {
    run 50 ms step 0.1 ms
    record x of A, B every 1 ms
    record spikes of A, B
    expect count(spikes of A) > 10, max(x of B) < 1.1
}
MODEL
must 0 "$HILLOCK" test past.hil
must 0 "$HILLOCK" run past.hil --quiet --threads 1 --seed 5 --out one.csv
must 0 "$HILLOCK" run past.hil --quiet --threads 2 --seed 5 --out two.csv
must 0 "$HILLOCK" run --interpret past.hil --quiet --seed 5 --out three.csv
for file in one.*.csv; do
    for other in two three; do
        cmp "$file" "$other${file#one}" || fail "$file is another with $other"
    done
done

# tau may be set, to zero too; not below.
must 0 "$HILLOCK" run past.hil --quiet --set A.tau=0.5ms --set ab.delay=0ms
must 3 "$HILLOCK" run past.hil --quiet --set A.tau=-1ms
says err 'a delay of -1 ms'
must 3 "$HILLOCK" run past.hil --quiet --set ab.delay=-2ms
says err 'a delay of -2 ms'
must 3 "$HILLOCK" run past.hil --quiet --set A.tau=1e9s
says err 'of memory\|delay'

# A line x = t/ms: the past goes on when dt changes in the middle, and when the delay does.
cat >line.hil <<'MODEL'
neuron Line {
    param tau = 3 ms
    state x = 0
    x' = 1/ms
    output before = delayed(x, tau)
}
network Track { population line[3] : Line }
experiment finer on Track {
    run 10 ms step 0.1 ms
    run 1 ms step 0.02 ms
    expect max(before of line) within 0.1 of 11 - 0.02 - 3
    run 5 ms step 0.02 ms
    expect max(before of line) within 1e-9 of 16 - 0.02 - 3
    run 2 ms step 0.1 ms
    expect max(before of line) within 1e-9 of 18 - 0.1 - 3
}
experiment longer on Track {
    run 10 ms step 0.1 ms
    line.tau = 5 ms
    run 1 ms step 0.1 ms
    expect max(before of line from 10.1 ms) within 1e-9 of 10 - 3    # what was not kept: the oldest value that was
    run 6 ms step 0.1 ms
    expect max(before of line) within 1e-9 of 17 - 0.1 - 5
    line.tau = 1 ms
    run 1 ms step 0.1 ms
    expect max(before of line) within 1e-9 of 18 - 0.1 - 1
}
MODEL
must 0 "$HILLOCK" test line.hil

# Delays of single connections: the same bits for any number of threads, in the interpreter and as an executable, with
# synapses that have states of their own and such that have none.
cat >fan.hil <<'MODEL'
neuron Mass {
    input I
    state x = uniform(-1, 1)
    x' = (-x - tanh(2*I))/(5 ms)
    output y = x^3
    spike when y rises above 0.1 { x = 0.9*x }
}
synapse Graded { param tau = uniform(1 ms, 3 ms)
    state s = 0
    s' = (pre.x*pre.y - s)/tau
    current = -weight*s }
neuron Cell { input I : nA; state V : mV = 0 mV; V' = -V/(10 ms) + I/(1 nF) }
network N {
    population A[100] : Mass
    population B[77]  : Mass
    population C[40]  : Cell
    connect ab: A.x -> B { probability 0.1; weight = uniform(-1, 1); delay = uniform(0 ms, 8 ms) }
    connect ba: B.y -> A { probability 0.1; weight = 0.4; delay = 0.05 ms*pre.index + 0.1 ms*post.index }
    connect AC: A -> C via Graded { indegree 10; weight = 1 nA; delay = normal(5 ms, 1 ms) }
}
experiment free on N {
    run 50 ms step 0.1 ms
    record x of A, B every 1 ms
    record V of C every 1 ms
    record spikes of A, B
    expect max(abs(V of C)) > 0.1 mV
}
MODEL
must 0 "$HILLOCK" test fan.hil
must 0 "$HILLOCK" run fan.hil --quiet --threads 1 --seed 5 --out fan_one.csv
must 0 "$HILLOCK" run fan.hil --quiet --threads 3 --seed 5 --out fan_two.csv
must 0 "$HILLOCK" run --interpret fan.hil --quiet --seed 5 --out fan_three.csv
for file in fan_one.*.csv; do
    for other in fan_two fan_three; do
        cmp "$file" "$other${file#fan_one}" || fail "$file is another with $other"
    done
done
must 0 "$HILLOCK" test --precision f32 fan.hil

# From a list of edges, with delays in it: x = t, and 0.9 ms - d of it arrives at the last step.
cat >edges.hil <<'MODEL'
neuron Ramp { state x = 0; x' = 1/ms }
neuron Sum { input y; state z = 0; z' = (y - z)/(1 ms); output got = y }
network N {
    population a[2] : Ramp
    population b[2] : Sum
    connect a.x -> b { edges "pairs.csv"; weight = 1; delay = 0 ms }
}
experiment e on N {
    run 10 ms step 0.1 ms
    expect last(got of b[0]) within 1e-9 of 2*(9.9 - 1) + (9.9 - 3), last(got of b[1]) within 1e-9 of 4*(9.9 - 0.5)
}
MODEL
printf 'source,target,weight,delay[ms]\n0,0,2,1\n1,0,1,3\n1,1,4,0.5\n' >pairs.csv
must 0 "$HILLOCK" test edges.hil
printf 'source,target,weight,delay[ms]\n0,0,2,1\n1,0,1,-3\n' >pairs.csv
must 3 "$HILLOCK" run edges.hil --quiet

# Delays that cannot be, and a past that is too long to keep.
sed 's/uniform(0 ms, 8 ms)/uniform(-8 ms, -1 ms)/' fan.hil >negative.hil
must 3 "$HILLOCK" run negative.hil --quiet
says err 'the synapse from A\[.*has a delay of -'
sed 's/uniform(0 ms, 8 ms)/uniform(1e5 s, 2e5 s)/' fan.hil >long.hil
must 3 "$HILLOCK" run long.hil --quiet
says err 'values of the past need .* of memory'

# What has no past.
refused() {
    printf '%s\n' "$1" >wrong.hil
    must 1 "$HILLOCK" check wrong.hil
    says err "$2"
}
refused 'neuron A { state x = 0; x'"'"' = delayed(x, 3 mV)/ms }' E0301
refused 'neuron A { param k[2] = [1, 2]; state x = 0; param each = uniform(0, 1)
    x'"'"' = delayed(x, each*1 ms)/ms }' E0209
refused 'neuron A { state V : mV = 0 mV; input I : nA; V'"'"' = -V/(1 ms) + I/(1 nF) }
synapse Gap { param g = 1 nS; current = g*(V - pre.V) }
network N { population a[3] : A; couple a <-> a via Gap { all; delay = 1 ms } }' E0402
