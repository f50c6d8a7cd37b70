# fmt: what it writes it leaves alone; the standard library, the examples and the models of the tests are tidy.
. "$SOURCE_ROOT/tests/cli/common.sh"
cd "$SOURCE_ROOT" || exit 1
files=$(find stdlib examples tests/models -name '*.hil' | sort)
"$HILLOCK" fmt --check $files || fail 'not as `hillock fmt` writes them'
cd "$TMPDIR" || exit 1
mkdir copies
number=0
for file in $files $(cd "$SOURCE_ROOT" && ls tests/syntax/*.hil); do
    number=$((number + 1))
    sed 's/^    *//; s/ = /   =   /' "$SOURCE_ROOT/$file" >copies/$number.hil
    "$HILLOCK" fmt copies/$number.hil || fail "$file cannot be tidied"
    cp copies/$number.hil copies/$number.once
    "$HILLOCK" fmt copies/$number.hil
    cmp -s copies/$number.hil copies/$number.once || fail "$file: tidied twice differs from tidied once"
    "$HILLOCK" fmt --check copies/$number.hil || fail "$file: fmt --check is not content with what fmt wrote"
done
printf 'neuron   A {\nparam x=1\n}\n' >a.hil
must 1 "$HILLOCK" fmt --check a.hil
says out '^a.hil$'
"$HILLOCK" fmt - <a.hil >piped || fail 'fmt - failed'
must 0 "$HILLOCK" fmt a.hil
cmp a.hil piped || fail 'fmt - and fmt differ'
printf 'neuron A {\n' >broken.hil
cp broken.hil kept.hil
must 1 "$HILLOCK" fmt broken.hil
cmp broken.hil kept.hil || fail 'a file with errors was changed'
