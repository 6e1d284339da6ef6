#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# docs/first-steps.md at its word: its files, named behind the fences, and its cmake commands. All compiles, and
# the second system runs. Argument: the root of the checkout.
set -u
. "$(dirname "$0")/lib.sh"
export BULKHEAD=$1 BULKHEAD_CACHE=${BULKHEAD_CACHE:-$1/.cache}
cd "$scratch" || exit 1
awk '/^```[a-z]+ / { file = $2; dir = file; sub("/[^/]*$", "", dir); system("mkdir -p " dir); next }
     /^```/ { file = ""; next }
     file { print > file }' "$BULKHEAD/docs/first-steps.md"
sed -n 's/^    \(cmake .*\)/\1/p' "$BULKHEAD/docs/first-steps.md" >commands
[ "$(wc -l <commands)" -ge 3 ] || fail "commands of the page"

while read -r command; do
    run sh -c "$command"
    want_status 0 "$command"
    want_not 'Warning\|warning' "$command"
done <commands
for built in hello:camkes/hello/Hello/Hello.elf talk:all machine:camkes/machine/Init0/Init0.elf; do
    run ninja -C "${built%:*}_build" "${built#*:}"
    want_status 0 "$built"
    want_not 'warning:' "$built"
done
run python3 "$BULKHEAD/tools/console.py" --timeout 60 --until '20 [+] 22 = 42' -- talk_build/simulate --serial stdio
want_status 0 "what talk says"
run talk_build/host-tools/camkes isolation talk/talk.camkes asker adder
want 'asker > adder: can reach' "isolation"
done_testing
