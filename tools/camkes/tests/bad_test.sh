#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every bad/*.camkes has one mistake: what `camkes check` says, and its exit status, must be exactly what is
# in bad/*.expect. Usage: bad_test.sh CAMKES [--write]
# --write makes the .expect files anew: read the difference before a commit.
camkes=$(realpath "$1")
cd "$(dirname "$0")/bad" || exit 2
mode=$2
export ASAN_OPTIONS=detect_leaks=0              # memory stays until the compiler ends
said=$(mktemp)
trap 'rm -f "$said"' EXIT
count=0 wrong=0
for file in *.camkes; do
    flags=$(sed -n 's,^// flags: ,,p' "$file")
    # shellcheck disable=SC2086
    timeout 20 "$camkes" check $flags "$file" >"$said" 2>&1
    echo "exit $?" >>"$said"
    expect=${file%.camkes}.expect
    count=$((count + 1))
    if [ "$mode" = --write ]; then
        cp "$said" "$expect"
    elif ! diff -u "$expect" "$said"; then
        echo "wrong: $file"
        wrong=$((wrong + 1))
    fi
done
echo "$count files, $wrong wrong"
[ "$wrong" -eq 0 ] && [ "$count" -ge 80 ]
