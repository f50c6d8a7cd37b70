# Events within a step: the same bits for any number of threads, machine level and in the interpreter, in both precisions;
# what stands beside them in a neuron sees the cell as they left it; explain says which events are taken so, and why not.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >within.hil <<'MODEL'
# Differing membranes, two linear synapses, a threshold that moves, other events, an output, silence without holding.
neuron Cell {
    param tau = uniform(8 ms, 12 ms), tau_s = 2 ms, tau_a = 3 ms, t_ref = 1.37 ms
    input I : mV
    state V : mV = uniform(0 mV, 9 mV), s : mV = 0 mV, a : mV = 0 mV, b : mV = 0 mV, theta : mV = 10 mV, c : mV = 0 mV
    state count = 0, low = 0, last : ms = -1 ms
    s' = -s/tau_s
    a' = -a/tau_a
    b' = (a - b)/tau_a
    V' = (I + s + b - V)/tau
    theta' = (10 mV - theta)/(20 ms)
    c' = (V - c)/(7 ms)
    spike exact when V rises above theta {
        V = normal(0 mV, 0.5 mV)
        count += 1
        last = t
        if count < 4 { theta += 1 mV } else { theta += 0.5 mV }
        refractory t_ref { V }
    }
    event low_again when V falls below 5 mV { low += 1 }
    output distance = theta - V
}
neuron Plain : Cell { replace on spike { V = 0 mV } }
synapse Exponential { on pre { post.s += weight } }
synapse Alpha { on pre { post.a += weight } }
network Net {
    population cell[101] : Cell
    population plain[70] : Plain
    connect cell -> cell, plain via Exponential { probability 0.2; weight = 0.5 mV; delay = 1 ms }
    connect plain -> cell via Alpha { probability 0.2; weight = -1 mV; delay = 0.3 ms }
    drive cell with poisson(rate = 100 Hz) via Alpha { weight = 4 mV }
}
experiment go on Net {
    run 60 ms step 0.1 ms
    stimulate cell with 12 mV
    stimulate plain with 15 mV
    record spikes of cell, plain
    record V, s, b, theta, c, count, low, last, distance of cell every 0.5 ms
    record V, count, low of plain every 0.5 ms
    expect count(spikes of cell) > 50, count(spikes of plain) > 200
}
MODEL
same() { # file command…
    local out=$1
    shift
    must 0 "$@" --quiet --out "$out.csv"
    for file in "$reference".*.csv; do
        cmp "$file" "$out${file#"$reference"}" || fail "$out: other bits"
    done
}
for precision in f64 f32; do
    must 0 "$HILLOCK" build within.hil --precision $precision -o within
    reference=one_$precision
    must 0 ./within --quiet --threads 1 --out $reference.csv
    [ "$(find . -name "$reference.*.csv" | wc -l)" -gt 2 ] || fail 'no CSV files'
    same two_$precision ./within --threads 2
    same three_$precision ./within --threads 3
    same interpreted_$precision "$HILLOCK" run --interpret --precision $precision within.hil
    for level in base v3 v4; do
        HILLOCK_LEVEL=$level ./within --info >out 2>err || continue
        export HILLOCK_LEVEL=$level
        same ${level}_$precision ./within
        unset HILLOCK_LEVEL
    done
done

# What explain says: of what can be taken at its crossing, and why not of what cannot.
says_of() { # expected text, model
    printf '%s\nexperiment go on Cell { run 1 ms step 0.1 ms }\n' "$2" >told.hil
    must 0 "$HILLOCK" explain told.hil
    says out "spike: $1"
    "$HILLOCK" run told.hil --quiet >out 2>err || fail "does not run: $2"
}
start='neuron Cell { input I : mV; state V : mV = 0 mV, w : mV = 0 mV, k = 0'
later="crossing interpolated; acts at the step's end, for"
linear="V' = (I - V + w)/(10 ms); w' = -w/(50 ms)"
says_of 'crossing by the exact propagator; acts at the crossing' "$start; $linear
    spike exact when V > 1 mV { V = 0 mV; w -= 1 mV; k += 1; refractory 2 ms { V, w } } }"
says_of "$later it depends on V, which is solved by euler_maruyama" "$start; V' = -V/(10 ms) + 1 mV/(1 ms)^0.5*white
    spike exact when V > 1 mV { V = 0 mV } }"
says_of "$later it depends on V, which is solved by rk4" "$start; V' = V^2/(1 mV*ms); spike exact when V > 1 mV }"
says_of "$later its block writes w, which is solved by rk4" "$start; V' = (I - V)/(10 ms); w' = -w^2/(1 mV*ms)
    spike exact when V > 1 mV { w = 1 mV } }"
says_of "$later its block depends on w, which is solved by rk4" "$start; V' = (I - V)/(10 ms); w' = -w^2/(1 mV*ms)
    spike exact when V > 1 mV { V -= w } }"
says_of "$later its refractory period holds w, which is solved by rk4" "$start; V' = (I - V)/(10 ms); w' = -w^2/(1 mV*ms)
    spike exact when V > 1 mV { refractory 1 ms { w } } }"
says_of "$later its block writes an input" "$start; $linear; spike exact when V > 1 mV { I = 0 mV } }"
says_of "$later V is bounded" "$start; $linear; bound V in -1 mV .. 5 mV; spike exact when V > 1 mV { V = 0 mV } }"
says_of "$later it depends on t" "$start; $linear; spike exact when V > 1 mV*cos(t/(1 ms)) { V = 0 mV } }"
says_of "$later it has two refractory periods" "$start; $linear
    spike exact when V > 1 mV { refractory 1 ms { V }; refractory 2 ms { w } } }"
says_of "$later another refractory period holds V too" "$start; $linear; event low when V < -1 mV { refractory 1 ms { V } }
    spike exact when V > 1 mV { V = 0 mV } }"
many='neuron Cell {'
for i in 1 2 3 4 5 6 7; do
    many="$many state x$i = 0; x$i' = (1 - x1 - x2 - x3 - x4 - x5 - x6 - x7)/($i ms)
"
done
says_of "$later its equations have too many terms together" "$many; spike exact when x1 > 1 { x1 = 0 } }"
says_of "$later no equation moves it" "$start; spike exact when V > 1 mV { V = 0 mV } }"
