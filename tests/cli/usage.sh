# Wrong arguments end with 2 and say what was meant; help and version go to standard output.
. "$SOURCE_ROOT/tests/cli/common.sh"
must 0 "$HILLOCK" --help
says out '^usage: hillock'
for word in check fmt explain build run test --emit; do says out "$word"; done
silent err
must 0 "$HILLOCK" build --help
says out '^usage: hillock'
must 0 "$HILLOCK" --version
says out '^hillock [0-9]'
must 2 "$HILLOCK"
says err '^usage'
must 2 "$HILLOCK" chekc x.hil
says err 'did you mean `hillock check`'
must 2 "$HILLOCK" zzzzzzzz x.hil
says err "there is no command 'zzzzzzzz'"
must 2 "$HILLOCK" check
says err 'needs a model file'
must 2 "$HILLOCK" check --frobnicate x.hil
says err "there is no option '--frobnicate'"
must 2 "$HILLOCK" build a.hil b.hil
says err 'takes one model file'
must 2 "$HILLOCK" build a.hil --precision f16
says err "it is --precision f64|f32, not 'f16'"
must 2 "$HILLOCK" build a.hil --level v5
must 2 "$HILLOCK" build a.hil --dump=nothing
says err "not 'nothing'"
must 2 "$HILLOCK" build a.hil -o
says err 'a value is missing: -o NAME'
# What a code means, with a model that provokes it.
must 0 "$HILLOCK" --codes
says out '^E0301  error    units that do not match'
must 0 "$HILLOCK" explain E0301
says out '^E0301, error: units that do not match'
says out 'neuron'
says err 'error\[E0301\]'
must 2 "$HILLOCK" explain E9999
says err 'no message has the code E9999'
