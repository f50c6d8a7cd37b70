# What is written stands whole under its name or not at all; devices are never replaced by files; links stay links.
. "$SOURCE_ROOT/tests/cli/common.sh"
write_network
mkfifo pipe
for product in object shared; do
    must 1 "$HILLOCK" build network.hil --emit=$product -o pipe
    says err 'a device or a pipe'
done
must 1 "$HILLOCK" build network.hil -o pipe
says err 'a device or a pipe'
must 3 "$HILLOCK" run network.hil --report pipe
says err 'a device or a pipe'
[ -p pipe ] || fail 'the pipe was replaced'
[ -z "$(find . -name 'pipe?*')" ] || fail "left behind: $(find . -name 'pipe?*')"

# What cannot be written is said, on standard output too.
must 1 sh -c '"$HILLOCK" build network.hil --emit=kernels >/dev/full'
says err 'could not be written'
must 1 sh -c '"$HILLOCK" build network.hil --emit=header -o /dev/full'
says err 'cannot write /dev/full'
mkdir folder
must 1 "$HILLOCK" build network.hil --emit=llvm -o folder
says err 'cannot write folder'
[ -z "$(ls folder)$(find . -name '*.tmp')" ] || fail 'a part was left behind'

# fmt follows links.
printf 'neuron  Plain { }\n' >plain.hil
ln -s plain.hil link.hil
must 0 "$HILLOCK" fmt link.hil
[ -L link.hil ] || fail 'the link became a file'
grep -q '^neuron Plain' plain.hil || fail 'what the link names was not tidied'
