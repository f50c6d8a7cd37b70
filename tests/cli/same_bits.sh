# Same source, seed and precision: same bits, run or built, compiled or interpreted, at every level and thread count.
. "$SOURCE_ROOT/tests/cli/common.sh"
write_network
must 0 "$HILLOCK" run network.hil --threads 1 --out reference.h5
[ -s reference.h5 ] || fail 'nothing was recorded'
must 0 "$HILLOCK" build network.hil -o network
digest() { find "$1" -name '*.csv' | sort | xargs cat | cksum; }
mkdir reference
must 0 "$HILLOCK" run network.hil --threads 1 --out reference
[ "$(find reference -name '*.csv' | wc -l)" -gt 0 ] || fail 'no CSV files'
wanted=$(digest reference)
number=0
same() { # what it is called, command…
    local what=$1
    shift
    number=$((number + 1))
    mkdir "try$number"
    must 0 "$@" --out "try$number"
    [ "$(digest "try$number")" = "$wanted" ] || {
        diff -r reference "try$number" | head -n 10
        fail "$what: other bits"
    }
}
same 'run again' "$HILLOCK" run network.hil
same 'without a cache' "$HILLOCK" run --no-cache network.hil
same 'interpreted' "$HILLOCK" run --interpret network.hil
for threads in 1 2 3 4; do same "$threads threads" ./network --threads $threads; done
for level in base v3 v4; do
    HILLOCK_LEVEL=$level ./network --info >out 2>err || continue # a machine without it
    export HILLOCK_LEVEL=$level
    same "level $level" ./network
    unset HILLOCK_LEVEL
    "$HILLOCK" build network.hil --level $level -o only >out 2>err || fail "--level $level does not build"
done
# Another seed is another run.
mkdir other
must 0 ./network --seed 12 --out other
[ "$(digest other)" != "$wanted" ] || fail 'the seed changes nothing'
