# Values of single connections in files: columns by source, then target, the same bits for any number of threads, run or
# built or interpreted, and asked for by name; requests that name nothing say where.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >dynamic.hil <<'MODEL'
import neurons.LIF
synapse Dynamic {
    param tau = uniform(50 ms, 90 ms), E = 0 mV
    state x = uniform(0.5, 1), g : nS = 0 nS
    x' = (1 - x)/tau
    g' = -g/(5 ms)
    on pre { g += weight*x; x -= 0.3*x }
    current = g*(V - E)
}
synapse Shared {
    param tau = 2 ms, E = 0 mV
    state g : nS = 0
    g' = -g/tau
    on pre { g += weight*release }
    current = g*(V - E)
}
network N {
    population E[40] : LIF { V = uniform(-70 mV, -50 mV) }
    population I[30] : LIF
    connect EE: E -> E via Dynamic { probability 0.2; weight = normal(1 nS, 0.1 nS); delay = uniform(0.5 ms, 3 ms) }
    connect EI: E -> I via Shared { probability 0.3; weight = 2 nS; delay = 1.5 ms }
    connect Twice: E -> I via Dynamic { total 100; multapses yes; weight = uniform(1 nS, 2 nS); delay = uniform(0.5 ms, 3 ms) }
}
experiment e on N {
    run 60 ms step 0.1 ms
    stimulate E with step(0.25 nA)
    record EE.weight, EE.x of E[3..6] every 5 ms
    record EE.delay of E[0]
    record EI.weight, EI.g of I[2] from 10 ms to 50 ms every 2 ms
    record Twice.x every 20 ms from 30 ms
    record I.Shared.g, EI.pre.V every 10 ms
    plot EE.x of E[0]
    plot EI.g of I[0..1] to 20 ms
    expect count(spikes of E) > 20, max(EI.g) > 1.9 nS, min(EE.x) < 0.5, min(EE.x) > 0
}
MODEL
must 0 "$HILLOCK" test dynamic.hil
must 0 "$HILLOCK" run dynamic.hil --threads 1 --out one.csv --report page.html
[ "$(ls one.*.csv | wc -l)" = 8 ] || fail "files: $(ls one.*.csv)"
grep -q 'EE.x of E' page.html || fail 'no trace of a connection in the report'
# columns ascend by source, then target, and belong to the cells that were named
head -n 1 one.EE.x.csv | tr ',' '\n' | sed -n 's/^x\.\([0-9]*\)\.\([0-9]*\)\[1\]$/\1 \2/p' >columns
[ -s columns ] || fail "columns: $(head -n 1 one.EE.x.csv)"
sort -n -k1,1 -k2,2 -c columns || fail 'columns are not in order'
awk '$1 < 3 || $1 > 6 { exit 1 }' columns || fail 'cells that nobody named'
head -n 1 one.EI.g.csv | tr ',' '\n' | sed 1d | grep -qv '^g\.[0-9]*\.2\[nS\]$' && fail "targets: $(head -n 1 one.EI.g.csv)"
[ "$(sed -n 2p one.EI.g.csv | cut -d, -f1)" = 10 ] && [ "$(tail -n 1 one.EI.g.csv | cut -d, -f1)" = 48 ] ||
    fail 'from 10 ms to 50 ms'
[ "$(head -n 1 one.Twice.x.csv | tr ',' '\n' | sed 1d | wc -l)" = 100 ] || fail 'one column for each of several synapses'
sed -n 2p one.EI.weight.csv | tr ',' '\n' | sed 1d | grep -qvx 2 && fail 'a weight that is one for all'

same() { # name, command…
    local name=$1
    shift
    must 0 "$@" --out "$name.csv"
    for file in one.*.csv; do cmp "$file" "$name${file#one}" || fail "$name: $file is another"; done
}
must 0 "$HILLOCK" build dynamic.hil -o dynamic
for threads in 2 3 4; do same "threads$threads" ./dynamic --threads $threads; done
same interpreted "$HILLOCK" run --interpret dynamic.hil
must 0 ./dynamic --out all.h5
[ "$(head -c 4 all.h5 | tail -c 3)" = HDF ] || fail 'no HDF5'

# by name, of the connections from some cells
must 0 ./dynamic --record 'EE.x[3..6]' --out named.csv
[ -s named.EE.x.2.csv ] || fail "no second signal of that name: $(ls named.*.csv)"
head -n 1 named.EE.x.2.csv >names.2
head -n 1 named.EE.x.csv >names.1
cmp names.1 names.2 || fail 'other connections by name'
must 3 ./dynamic --record EE.y
says err 'did you mean "EE.x"'

wrong() { # what to record, the words of the error
    sed "s/^    record EE.weight.*/    record $1/" dynamic.hil >wrong.hil
    must 3 "$HILLOCK" run wrong.hil
    says err "$2"
    says err 'wrong.hil:27'
}
wrong 'EE.weight of E[4..2]' 'no connection of it comes from these cells of E'
wrong 'EI.weight of I[4..2]' 'no connection of it goes to these cells of I'
refused() { # what to record, the code, the words of the error
    sed "s/^    record EE.weight.*/    record $1/" dynamic.hil >wrong.hil
    must 1 "$HILLOCK" check wrong.hil
    says err "$2"
    says err "$3"
    says err 'wrong.hil:27'
}
refused 'Twicee.weight of E' E0201 'did you mean Twice?'
refused 'Q.weight of E' E0201 'connections here are EE, EI, Twice'
refused 'EE.wieght of E' E0201 'did you mean weight?'
refused 'EE.taau' E0201 'did you mean tau?'
refused 'EE.weight of I' E0407 'it goes from E to E'
refused 'EE.weight of E[38..41]' E0219 'E has cells 0 to 39, this is 41'
refused 'EI.weight of I[30]' E0219 'I has cells 0 to 29'
refused 'EE of E' E0203 'name one of its values: EE.weight'
refused 'EE.release of E' E0203 'while a spike arrives'
refused 'EE.weight every 1 ms from 2 ms every 3 ms' E0118 'said twice'
refused 'EE.weight every 1 mV' E0301 'ms'
must 3 ./dynamic --record EI.weight
says err 'one number for all'
# more than there is memory for is refused before the run
sed 's/^    run 60 ms/    run 100000 s/' dynamic.hil >long.hil
must 3 "$HILLOCK" run long.hil
says err 'record fewer cells or less often'
sed 's/^    expect.*/    measure rate = count(spikes of E) every 1 ms/' dynamic.hil >wrong.hil
must 1 "$HILLOCK" check wrong.hil
says err 'E0304'
sed 's/^    expect.*/    measure x = max(EE.x) every 1 ms/' dynamic.hil >right.hil
must 0 "$HILLOCK" check right.hil
