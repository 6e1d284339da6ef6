# SPDX-License-Identifier: BSD-2-Clause
# Shell tests: run commands, compare status and output. `done_testing` at the end gives the status.
failures=0 checks=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# run COMMAND...: status in $status, stdout and stderr together in $output
run() { status=0; output=$("$@" 2>&1 </dev/null) || status=$?; }
fail() { failures=$((failures + 1)); echo "FAIL $*"; echo "  status $status, output:"; echo "$output" | sed 's/^/  | /'; }
want_status() { checks=$((checks + 1)); [ "$status" = "$1" ] || fail "$2: expected status $1"; }
want() { checks=$((checks + 1)); echo "$output" | grep -q -e "$1" || fail "$2: expected /$1/ in the output"; }
want_not() { checks=$((checks + 1)); ! echo "$output" | grep -q -e "$1" || fail "$2: expected no /$1/ in the output"; }
done_testing() { echo "$((checks - failures)) of $checks checks passed"; [ $failures = 0 ]; }
