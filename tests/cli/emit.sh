# --emit shows every stage and makes every product; what is made works.
. "$SOURCE_ROOT/tests/cli/common.sh"
write_network
for stage in syntax model equations kernels; do
    must 0 "$HILLOCK" build network.hil --emit=$stage
    [ -s out ] || fail "--emit=$stage prints nothing"
    must 0 "$HILLOCK" build network.hil --dump=$stage --stop-after=$stage
    [ -s out ] || fail "--dump=$stage prints nothing"
done
must 0 "$HILLOCK" build network.hil --emit=llvm -o network.ll
grep -q '^define' network.ll || fail 'no function in the IR'
must 0 "$HILLOCK" build network.hil --emit=asm --level base -o network.s
grep -q 'hil_image' network.s || fail 'no image in the assembly'
must 0 "$HILLOCK" build network.hil --emit=object -o network.o
[ "$(head -c 4 network.o | tail -c 3)" = ELF ] || fail 'no ELF object'
must 0 "$HILLOCK" build network.hil --emit=header -o network.h
must 0 "$HILLOCK" build network.hil --emit=shared -o libnetwork.so
must 0 "$HILLOCK" build network.hil --emit=shared,header -o both
[ -s both.so ] && grep -q network_open both.h || fail 'no library with its header'
must 0 "$HILLOCK" build network.hil --emit=model -o network.model
silent out
[ -s network.model ] || fail 'no model in its file'
must 2 "$HILLOCK" build network.hil --emit=poetry
says err poetry
must 0 "$HILLOCK" check --time network.hil
says err kernels
must 0 "$HILLOCK" check --verify-each network.hil
must 0 "$HILLOCK" build network.hil -g -o with_lines
must 0 ./with_lines --quiet
# A line of the model is a place in the code of every machine level, one of which runs.
if command -v gdb >/dev/null; then
    line=$(grep -n "V' = " network.hil | head -n 1 | cut -d: -f1)
    must 0 gdb -q -batch -iex 'set debuginfod enabled off' -ex "break network.hil:$line" -ex run -ex 'backtrace 1' -ex kill ./with_lines
    says out "at .*network.hil:$line"
fi
must 0 "$HILLOCK" build network.hil
must 0 ./network --quiet

# A program in C with the model in it: sets, runs, reads a plane.
cat >main.c <<'C'
#include "network.h"
#include <stdio.h>
int main(void) {
    HilError error;
    HilSettings settings = hil_settings_default();
    HilModel *model = network_open(NULL, &settings, &error);
    if (!model || !hil_model_set(model, "E.tau", 15e-3, &error) || !hil_model_run(model, 0.01, 1e-4, &error))
        return puts(error.text), 1;
    HilModelPlane v = hil_model_plane(model, "E.V", &error);
    if (!v.values || v.count < 37) return puts("no plane E.V"), 1;
    printf("%.6g\n", hil_model_time(model));
    hil_model_free(model);
    return 0;
}
C
include=$SOURCE_ROOT/runtime/include
must 0 ${CC:-gcc} -std=c17 -Wall -Werror -I"$include" main.c ./libnetwork.so -o embedded
must 0 ./embedded
says out '^0.01$'
