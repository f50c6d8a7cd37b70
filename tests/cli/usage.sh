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
