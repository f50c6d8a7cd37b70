#!/bin/sh
# Opens reports in headless Chromium, offline, from file://, and checks that every panel drew. Usage:
#   tests/browser/run.sh MAKE_REPORT [FOLDER]   MAKE_REPORT is the built make_report.c; FOLDER keeps page and pictures
# Says "skipped" and succeeds when no Chromium is installed.
set -eu
make_report=$1
browser=
for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then browser=$name; break; fi
done
if [ -z "$browser" ]; then
    echo "browser: skipped, no chromium is installed"
    exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
folder=${2:-$scratch}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd) # file:// needs the whole path
failed=0

open_page() { # options… page
    timeout 60 "$browser" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
        --disable-background-networking --disable-component-update --disable-sync --disable-extensions \
        --user-data-dir="$scratch/profile" --window-size=1280,2600 "$@" 2>"$scratch/browser.log"
}
check() { # what condition
    if ! eval "$2"; then
        echo "browser: $1: failed ($2)"
        failed=1
    fi
}
attribute() { # file panel-kind attribute -> its values, one a line
    grep -o "<section[^>]*data-panel=\"$2\"[^>]*>" "$1" | grep -o "$3=\"[0-9]*\"" | grep -o '[0-9]*' || true
}

for spikes in 1000000 2000 0; do
    page=$folder/report-$spikes.html
    "$make_report" "$page" "$spikes"
    open_page --virtual-time-budget=20000 --dump-dom "file://$page#check" >"$scratch/dom.html" || true
    # Without virtual time the clock is the real one: how long from asking for the page to the last panel.
    if [ "$spikes" = 1000000 ]; then
        open_page --dump-dom "file://$page" >"$scratch/timed.html" || true
        milliseconds=$(grep -o 'data-milliseconds="[0-9]*"' "$scratch/timed.html" | grep -o '[0-9]*' || echo 999999)
        echo "browser: $spikes spikes drawn after $milliseconds ms, $(wc -c <"$page") bytes"
        check "a million spikes draw within 3 s" "[ $milliseconds -lt 3000 ]"
    fi
    drawn=$(grep -o 'data-drawn="[0-9]*"' "$scratch/dom.html" | grep -o '[0-9]*' || echo 0)
    check "$spikes: all panels are drawn" "[ $drawn -eq 6 ]"
    check "$spikes: every spike is in the raster" "[ \"$(attribute "$scratch/dom.html" raster data-points)\" -eq $spikes ]"
    for pixels in $(attribute "$scratch/dom.html" raster data-pixels); do
        check "$spikes: the raster has pixels" "[ $pixels -gt 0 ] || [ $spikes -eq 0 ]"
    done
    kinds=$(attribute "$scratch/dom.html" lines data-pixels | wc -l)
    check "$spikes: three panels of lines" "[ $kinds -eq 3 ]"
    for pixels in $(attribute "$scratch/dom.html" lines data-pixels | tail -n 2); do
        check "$spikes: traces and curves have coloured pixels" "[ $pixels -gt 100 ]"
    done
    if [ "$spikes" != 0 ]; then
        for pixels in $(attribute "$scratch/dom.html" lines data-pixels) $(attribute "$scratch/dom.html" bars data-pixels); do
            check "$spikes: rates and histograms have coloured pixels" "[ $pixels -gt 100 ]"
        done
    fi
    check "$spikes: texts stay texts" "! grep -q '<b>&amp;activity' '$scratch/dom.html'"
    check "$spikes: nothing is asked of the network" \
        "! grep -Eq '(src|href)=\"[^\"]' '$page' && ! grep -q 'Content Security Policy' '$scratch/browser.log'"
    check "$spikes: no script failed" "! grep -Eq 'Uncaught|SyntaxError' '$scratch/browser.log'"
done
# Wheel and drag: the middle of 0 … 10 s, zoomed by e (|deltaY| is capped) is 3.161 … 6.839; a drag to the right by a
# tenth of the plot goes back 0.3679 s; a double click shows the run. All panels over time follow each other.
page=$folder/report-2000.html
for steps in wheel wheel+drag wheel+drag+double; do
    cat "$page" - >"$scratch/moved.html" <<END
<script>
const canvas = document.querySelector('canvas.raster'), box = canvas.getBoundingClientRect();
const left = box.left + 74, width = box.width - 74 - 16;
const at = share => ({ clientX: left + share * width, clientY: box.top + 100, bubbles: true, cancelable: true, pointerId: 1 });
canvas.setPointerCapture = () => {};
canvas.dispatchEvent(new WheelEvent('wheel', { ...at(0.5), deltaY: -5000 }));
if ('$steps'.includes('drag')) {
    canvas.dispatchEvent(new PointerEvent('pointerdown', at(0.5)));
    canvas.dispatchEvent(new PointerEvent('pointermove', at(0.6)));
    canvas.dispatchEvent(new PointerEvent('pointerup', at(0.6)));
}
if ('$steps'.includes('double')) canvas.dispatchEvent(new MouseEvent('dblclick', at(0.5)));
</script>
END
    open_page --virtual-time-budget=20000 --dump-dom "file://$scratch/moved.html" >"$scratch/dom.html" || true
    case $steps in
    wheel) expected='3.161 6.839' ;;
    wheel+drag) expected='2.793 6.472' ;;
    *) expected='0.000 10.00' ;;
    esac
    # The raster, the rates and the traces, the same for all; positions are whole pixels of some 600 for 10 s.
    together=$(grep -o 'data-view="[^"]*"' "$scratch/dom.html" | grep -o '[0-9.]* [0-9.]*' | awk -v want="$expected" '
        function near(a, b) { return a - b < 0.03 && b - a < 0.03 }
        { split(want, w, " "); if (near($1, w[1]) && near($2, w[2]) && (n == 0 || $0 == first)) { first = $0; n++ } }
        END { print n + 0 }')
    check "$steps: three panels show $expected s" "[ $together -eq 3 ]"
    check "$steps: the curve stays" "grep -q 'data-view=\"0.001000 0.02000\"' '$scratch/dom.html'"
done
if [ $# -gt 1 ]; then
    sed 's/-5000/-5000, shiftKey: false/; s/canvas.dispatchEvent(new WheelEvent.*/for (let i = 0; i < 3; i++) &/' \
        "$scratch/moved.html" | sed 's/.wheel+drag+double.\.includes/"".includes/' >"$scratch/zoom.html"
    open_page --virtual-time-budget=20000 --screenshot="$folder/zoom.png" "file://$scratch/zoom.html" >/dev/null
    open_page --virtual-time-budget=20000 --screenshot="$folder/light.png" "file://$folder/report-1000000.html" >/dev/null
    open_page --virtual-time-budget=20000 --force-dark-mode --blink-settings=preferredColorScheme=0 \
        --screenshot="$folder/dark.png" "file://$folder/report-1000000.html" >/dev/null
    open_page --virtual-time-budget=20000 --screenshot="$folder/few.png" "file://$folder/report-2000.html" >/dev/null
fi
[ $failed -eq 0 ] && echo "browser: every panel drew"
exit $failed
