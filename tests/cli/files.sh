# Files that are missing, odd or unreadable, and places that cannot be written: an error that names them, exit code 1
# (3 when a run was under way), and nothing left half written.
. "$SOURCE_ROOT/tests/cli/common.sh"
write_network
for command in check explain build run test fmt; do
    must 1 "$HILLOCK" "$command" missing.hil
    cat out err >both
    says both 'missing.hil'
done
mkdir folder.hil
must 1 "$HILLOCK" check folder.hil
says err 'folder.hil'
printf 'neuron A { param x = 1 }\0' >nul.hil
must 1 "$HILLOCK" check nul.hil
: >empty.hil
must 0 "$HILLOCK" check empty.hil
head -c 3000 /dev/urandom >random.hil
must 1 "$HILLOCK" check random.hil
printf 'import "nowhere.hil"\n' >import.hil
must 1 "$HILLOCK" check import.hil
says err 'E0217'
printf 'import "circle.hil"\nneuron A { param x = 1 }\n' >circle.hil
"$HILLOCK" check circle.hil >out 2>err
[ $? -le 1 ] || fail "a file that imports itself ends with more than an error"

must 1 "$HILLOCK" build network.hil -o nowhere/network
[ -s err ] || fail 'no word of a folder that is missing'
must 1 "$HILLOCK" build network.hil --emit=header -o nowhere/network.h
says err 'nowhere/network.h'
must 3 "$HILLOCK" run network.hil --out nowhere/spikes.h5
says err 'nowhere/spikes.h5'
must 3 "$HILLOCK" run network.hil --out /dev/full/spikes.csv
must 3 "$HILLOCK" run network.hil --report nowhere/page.html

# As somebody who may not write here.
mkdir locked
cp network.hil locked
chmod 777 .
chmod 555 locked
as_user() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; else "$@"; fi; }
export HILLOCK_CACHE=$TMPDIR/locked/cache
if as_user test -x "$HILLOCK" 2>/dev/null && as_user test -r locked/network.hil; then
    must 1 as_user "$HILLOCK" build locked/network.hil -o locked/network
    [ -s err ] || fail 'no word of a folder that cannot be written'
    must 3 as_user "$HILLOCK" run locked/network.hil --out locked/spikes.h5
    # a cache that cannot be written is no error
    must 0 as_user "$HILLOCK" run locked/network.hil --quiet
    printf 'neuron   A { param x = 1 }\n' >tidy.hil
    chmod 755 locked
    cp tidy.hil locked
    chmod 555 locked
    must 1 as_user "$HILLOCK" fmt locked/tidy.hil
fi
[ "$(ls locked | grep -vc '^\(network\|tidy\).hil$')" = 0 ] || fail "left in the locked folder: $(ls locked)"
[ -z "$(find . -name '*.tmp' -o -name '*.o')" ] || fail 'temporary files were left behind'
