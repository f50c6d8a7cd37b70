# Interrupted: exit code 130 and no file under its final name.
. "$SOURCE_ROOT/tests/cli/common.sh"
write_network
sed -i 's/run 200 ms/run 1000 s/' network.hil
must 0 "$HILLOCK" build network.hil -o network
./network --threads 1 --out spikes.csv --report page.html >out 2>err &
child=$!
sleep 1
kill -INT $child
wait $child
code=$?
[ $code -eq 130 ] || fail "exit code $code instead of 130: $(cat err)"
absent page.html
[ -z "$(find . -name '*.tmp*')" ] || fail "left behind: $(find . -name '*.tmp*')"
