#!/bin/bash
# Writes the list of what the examples show, from their opening lines: `## phenomenon: <row> <title>`, then sentences.
# Rows are sorted by letter, then by number. Fails when an example does not say what it shows.
set -eu
cd "$(dirname "$0")/.."
silent=$(find examples -name '*.hil' -exec sh -c 'head -n 1 "$1" | grep -qE "^## phenomenon: [A-Z]+[0-9]+[a-z]? ."' test {} \; -o -name '*.hil' -print)
if [ -n "$silent" ]; then
    echo "these do not open with '## phenomenon: ROW TITLE':" $silent >&2
    exit 1
fi
cat <<'HEAD'
# Phenomena

What the examples show, each with expectations that hold: `hillock test FILE` runs them, `make check T=examples` runs
them all. Made by `make phenomena` from the opening lines of the examples.

| row | what is seen | example |
| --- | --- | --- |
HEAD
while read -r file; do
    # one example may show several: "C1 the action potential; C2 refractoriness"
    sed -nE '1s/^## phenomenon: //p' "$file" | sed -E 's/; ([A-Z]+[0-9]+[a-z]? )/\n\1/g; s/\|/\\|/g' | while read -r row title; do
        letters=${row%%[0-9]*}
        printf '%s\t%s\t| %s | %s | [%s](../%s) |\n' "$letters" "${row#"$letters"}" "$row" "$title" "${file#examples/}" "$file"
    done
done < <(find examples -name '*.hil' | sort) | sort -t "$(printf '\t')" -k1,1 -k2,2n -s | cut -f 3
