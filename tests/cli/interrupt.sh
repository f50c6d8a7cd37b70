# Interrupted: exit code 130; what was recorded until then is kept, whole, and nothing else is left.
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
grep -q '</html>' page.html || fail 'the report is not whole'
files=$(find . -name 'spikes*.csv')
[ -n "$files" ] || fail 'what was recorded is lost'
for file in $files; do
    [ -z "$(tail -c 1 "$file")" ] || fail "$file ends within a line"
    tail -n 1 "$file" | grep -q '^# partial' || fail "$file does not say that it is partial"
done
[ -z "$(find . -name '*.tmp*')" ] || fail "left behind: $(find . -name '*.tmp*')"
