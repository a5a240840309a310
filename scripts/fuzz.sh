#!/bin/sh
# Runs every fuzz target of the project for a while each, two at a time, and
# fails with the first input that breaks one; Go then keeps it under
# testdata/fuzz, where it belongs into git. The inputs that lie there already are
# part of every run of the tests.
#
#   scripts/fuzz.sh 2s     what `make test` does
#   scripts/fuzz.sh 5m     a night's work
set -eu
cd "$(dirname "$0")/.."
time=${1:?usage: scripts/fuzz.sh DURATION}

# fuzz DIRECTORY TARGET; 255 has xargs begin no other. Inputs are made small for a
# second each: with the usual minute nothing else is done where they are long.
fuzz='
out=$(go test -run "^\$" -fuzz "^$2\$" -fuzztime "$0" -fuzzminimizetime 1s -parallel 1 "./$1" 2>&1) || {
	printf "%s\n" "$out"
	exit 255
}
printf "%-40s %s\n" "$2" "$(printf "%s\n" "$out" | grep -oE "execs: [0-9]+|baseline coverage: [0-9/]+" | tail -n 1)"
'
targets=$(grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' . | sed 's/^\.\///; s/\/[^/]*:func / /')
[ -n "$targets" ] || { echo "fuzz: no targets found" >&2; exit 1; }
printf '%s\n' "$targets" | xargs -n 2 -P 2 sh -c "$fuzz" "$time"
