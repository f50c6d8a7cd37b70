# What `--dump=model` and `--dump=equations` print is a model file: `hillock check` accepts it, it prints as itself again, and it
# runs to the same bits.
. "$SOURCE_ROOT/tests/cli/common.sh"
flat=0 written=0
while read -r file; do
    # beside the files that the original names
    folder=$(dirname "$file")
    name=$(basename "$file" .hil)
    mkdir -p "$folder" && cp -R "$SOURCE_ROOT/$folder/." "$folder"
    "$HILLOCK" check --stop-after=model --dump=model "$SOURCE_ROOT/$file" >"$folder/$name.once.hil" 2>err ||
        fail "no dump of $file: $(cat err)"
    "$HILLOCK" check --stop-after=model --dump=model "$folder/$name.once.hil" >twice 2>err ||
        fail "the dump of $file is no model: $(cat err)"
    silent err
    cmp "$folder/$name.once.hil" twice || fail "the dump of $file prints as something else"
    case $file in
        examples/*)
            "$HILLOCK" check --stop-after=equations --dump=equations "$SOURCE_ROOT/$file" >"$folder/$name.solved.hil" 2>err ||
                fail "no plans of $file: $(cat err)"
            "$HILLOCK" check --stop-after=equations --dump=equations "$folder/$name.solved.hil" >solved 2>err ||
                fail "the plans of $file are no model: $(cat err)"
            cmp "$folder/$name.solved.hil" solved || fail "the plans of $file print as something else"
            ;;
    esac
    if grep -q '^# as written' twice; then written=$((written + 1)); else flat=$((flat + 1)); fi
done < <(cd "$SOURCE_ROOT" && find stdlib examples tests/models -name '*.hil' | sort)
[ "$flat" -gt "$written" ] || fail "$flat dumps are flat, $written as written"

# Draws, delays, drives, refractory periods, membranes, several instances: the recordings of source and dump are one.
same_bits() {
    mkdir -p source dump
    "$HILLOCK" run "$1/$2.hil" "$3" --out source/ "${@:4}" >/dev/null 2>err || fail "$2: $(cat err)"
    "$HILLOCK" run "$1/$2.once.hil" "$3" --out dump/ "${@:4}" >/dev/null 2>err || fail "dump of $2: $(cat err)"
    ls source/* >/dev/null || fail "$2 recorded nothing"
    [ "$(cat source/* | wc -l)" -gt 10 ] || fail "$2 recorded little"
    diff -r source dump || fail "the dump of $2 runs otherwise"
    rm -r dump && mkdir dump
    "$HILLOCK" run "$1/$2.solved.hil" "$3" --out dump/ "${@:4}" >/dev/null 2>err || fail "plans of $2: $(cat err)"
    diff -r source dump || fail "the plans of $2 run otherwise"
    rm -r source dump
}
same_bits examples vogels_abbott kicked --duration 20ms --record 'E.Na_Traub.m[0..4]'
same_bits examples cuba_coba coba --duration 20ms --record 'spikes of E' --record 'I.V[0..9]'
grep -q 'solve Exponential.g with exact' examples/vogels_abbott.solved.hil || fail 'plans say no solvers'
same_bits examples squid_axon rest --record HodgkinHuxley.V --record HodgkinHuxley.Na_HH.m

# The composed names are those of the source, and can be declared by anyone; not outside of a kind's body.
cat >composed.hil <<'MODEL'
neuron Composed {
    param Na.rate = 2/ms
    state Na.m = 1, w[3] = [1, 2, 3]
    input soma.I : /ms
    Na.m' = soma.I - Na.m*Na.rate
    for k in 0..2 { w[k]' = -w[k]/(1 ms*(k + 1)) }
}
experiment decays on Composed {
    run 1 ms step 0.1 ms
    stimulate Composed.soma.I with 0/ms
    expect Na.m at 1 ms within 1e-9 of exp(-2)
    expect w[2] at 1 ms within 1e-9 of 3*exp(-1/3)
}
MODEL
must 0 "$HILLOCK" test composed.hil
must 0 "$HILLOCK" check --stop-after=model --dump=model composed.hil
cp out again.hil
must 0 "$HILLOCK" test again.hil
says again.hil 'state w\[3\] = \[1, 2, 3\]'
printf 'study s { let a.b = 1; expect a.b == 1 }\n' >wrong.hil
must 1 "$HILLOCK" check wrong.hil
says err 'E0210'
