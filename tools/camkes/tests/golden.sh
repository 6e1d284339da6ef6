#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Golden outputs: golden.sh CAMKES DIRECTORY compiles DIRECTORY/<name>.camkes and compares everything that comes out with
# DIRECTORY/expected. The file `options` beside it holds further options of all commands, a word a line; `spec_options`
# those of `camkes spec`.
# UPDATE=1 writes what comes out into `expected` instead: look at the difference before you commit it.
set -eu
camkes=$1
cd "$2"
name=$(basename "$PWD")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mapfile -t options < <(cat options 2>/dev/null || true)
mapfile -t spec_options < <(cat spec_options 2>/dev/null || true)

status=0
"$camkes" build "$name.camkes" -o "$out" "${options[@]}" 2> "$out/messages" || status=$?
if [ $status = 0 ]; then
    "$camkes" spec "$name.camkes" -o "$out/system.spec" --cdl "$out/system.cdl" --graph "$out/graph.dot" \
        --isolation "$out/isolation.txt" "${options[@]}" "${spec_options[@]}" 2>> "$out/messages" ||
        { cat "$out/messages"; exit 1; }
    # the report reads the same from the file as from the assembly
    "$camkes" isolation "$out/system.spec" -o "$out/again.txt"
    cmp "$out/isolation.txt" "$out/again.txt"
    rm "$out/again.txt" "$out/system.spec"
fi
[ -s "$out/messages" ] || rm "$out/messages"

if [ -n "${UPDATE:-}" ]; then
    rm -rf expected
    cp -r "$out" expected
elif ! diff -ru expected "$out"; then
    echo "$name: not what is expected. If it is right: UPDATE=1 $0 $camkes $PWD"
    exit 1
fi
