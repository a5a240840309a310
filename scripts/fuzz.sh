#!/bin/sh
# Runs every fuzz target of the project for a while each, and fails with the
# first input that breaks one; Go then keeps it under testdata/fuzz, where it
# belongs into git.
#
#   scripts/fuzz.sh 1s     a smoke test
#   scripts/fuzz.sh 5m     a night's work
set -eu
cd "$(dirname "$0")/.."
time=${1:?usage: scripts/fuzz.sh DURATION}

targets=$(grep -rHo --include='*_test.go' '^func Fuzz[A-Za-z0-9]*' . | sed 's/^\.\///; s/func //')
[ -n "$targets" ] || { echo "fuzz: no targets found" >&2; exit 1; }
for target in $targets; do
	directory=$(dirname "${target%%:*}")
	name=${target##*:}
	out=$(go test -run '^$' -fuzz "^$name\$" -fuzztime "$time" -parallel 2 "./$directory" 2>&1) || {
		printf '%s\n' "$out"
		exit 1
	}
	printf '%-40s %s\n' "$name" "$(printf '%s\n' "$out" | grep -o 'execs: [0-9]*' | tail -n 1)"
done
