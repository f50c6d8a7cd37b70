# What `make install` puts in place works there, from another folder, without the checkout.
. "$SOURCE_ROOT/tests/cli/common.sh"
make -s -C "$SOURCE_ROOT" BUILD="$BUILD" DESTDIR="$TMPDIR/root" PREFIX=/usr/lib/hil install >out 2>err || {
    cat out err
    fail 'make install failed'
}
installed=$TMPDIR/root/usr/lib/hil
for file in bin/hillock lib/hillock/codegen.so lib/hillock/libhillock-runtime.a include/hillock/runtime.h \
    share/hillock/stdlib/neurons/LIF.hil share/man/man1/hillock.1; do
    [ -f "$installed/$file" ] || fail "$file is missing"
done
write_network
must 0 "$installed/bin/hillock" test network.hil
must 0 "$installed/bin/hillock" build network.hil -o network
must 0 ./network --quiet
must 0 "$installed/bin/hillock" build network.hil --emit=header -o network.h
printf '#include "network.h"\nint main(void) { return network_image()->bytes == 0; }\n' >main.c
must 0 ${CC:-gcc} -std=c17 -I"$installed/include" -c main.c
