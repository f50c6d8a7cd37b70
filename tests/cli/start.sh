# Commands that need no machine code, and runs from the cache, never load LLVM; a damaged cache is no obstacle.
. "$SOURCE_ROOT/tests/cli/common.sh"
export HILLOCK_CACHE=$TMPDIR/cache
write_network
loads() { grep -q 'codegen\.so\|libLLVM' libs; }
for command in "--help" "--version" "check network.hil" "explain network.hil" "fmt --check network.hil"; do
    LD_DEBUG=libs "$HILLOCK" $command >out 2>libs
    ! loads || fail "hillock $command loads the code generator"
done
LD_DEBUG=libs "$HILLOCK" run network.hil --quiet >out 2>libs || fail 'the run failed'
loads || fail 'the first run did not compile'
[ -n "$(ls cache)" ] || exit 77
LD_DEBUG=libs "$HILLOCK" run network.hil --quiet >out 2>libs || fail 'the second run failed'
! loads || fail 'the second run compiled again'
for file in cache/*; do echo damaged >"$file"; done
must 0 "$HILLOCK" run network.hil --quiet
must 0 "$HILLOCK" run network.hil --no-cache --quiet
sed -i 's/0.25 nA/0.26 nA/' network.hil
LD_DEBUG=libs "$HILLOCK" run network.hil --quiet >out 2>libs || fail 'the changed model failed'
loads || fail 'a changed model was run from the cache'
