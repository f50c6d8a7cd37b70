# Models in programs of others: --emit=header and --emit=shared, two models at once.
. "$SOURCE_ROOT/tests/cli/common.sh"
cat >decay.hil <<'MODEL'
neuron Leak {
    param tau = 20 ms
    state V : mV = 20 mV
    V' = -V/tau
}
network Cells { population E[10] : Leak }
MODEL
cat >growth.hil <<'MODEL'
extern function scaled(x) from "scaled.c"
neuron Cell {
    param rate = 0.1/ms
    state n = scaled(0.5)
    n' = rate*n
}
network Colony { population Cells[3] : Cell }
MODEL
echo 'double hil_image(void) { return 1; } double scaled(double x) { return 2 * hil_image() * x; }' >scaled.c
include=$SOURCE_ROOT/runtime/include
for model in decay growth; do
    must 0 "$HILLOCK" build --allow-extern $model.hil --emit=header -o $model.h
    must 0 "$HILLOCK" build --allow-extern $model.hil --emit=shared -o lib$model.so
    # A header stands by itself.
    echo "#include \"$model.h\"" >alone.c
    must 0 ${CC:-gcc} -std=c17 -Wall -Wextra -Wpedantic -Werror -I"$include" -c alone.c -o alone.o
    nm -D --defined-only lib$model.so >shown
    says shown " T ${model}_open$"
    for hidden in hil_image$ hil_kernel_functions hil_extern; do
        grep -q "$hidden" shown && fail "lib$model.so shows $hidden"
    done
done
says growth.h 'Cells.rate : /ms'
says decay.h 'E.V : mV'
must 0 ${CC:-gcc} -std=c17 -Wall -Wextra -Wpedantic -Werror -I"$include" -I. "$SOURCE_ROOT/tests/embed/two_models.c" \
    -L. -ldecay -lgrowth -Wl,-rpath,'$ORIGIN' -lm -o two_models
must 0 ./two_models
silent out
