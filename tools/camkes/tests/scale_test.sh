#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# 64 component instances and 500 connections of all kinds: `camkes build` and all results of `camkes spec` each within
# one second of CPU time. Usage: scale_test.sh CAMKES
set -eu
camkes=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
instances=64 connections=500

# Instance i has interface n when connection n begins or ends at it: from n % 64 to (n * 7 + 1) % 64, never to itself.
from=() to=()
for ((i = 0; i < instances; i++)); do
    from+=("") to+=("")
done
composition=
for ((n = 0; n < connections; n++)); do
    a=$((n % instances)) b=$(((n * 7 + 1 + n / instances) % instances))
    [ $a != $b ] || b=$(((b + 1) % instances))
    case $((n % 3)) in
    0) kinds=("uses P" "provides P" seL4RPCCall) ;;
    1) kinds=("emits E" "consumes E" seL4Notification) ;;
    2) kinds=("dataport Buf" "dataport Buf" seL4SharedData) ;;
    esac
    from[a]+="    ${kinds[0]} i$n;"$'\n'
    to[b]+="    ${kinds[1]} j$n;"$'\n'
    composition+="        connection ${kinds[2]} c$n(from n$a.i$n, to n$b.j$n);"$'\n'
done
{
    echo 'import <std_connector.camkes>;'
    echo 'procedure P { int call(in int a, in string s, out int b); void put(in int values[]); }'
    for ((i = 0; i < instances; i++)); do
        printf 'component T%d {\n    control;\n    attribute int number = %d;\n%s%s}\n' $i $i "${from[i]}" "${to[i]}"
    done
    printf 'assembly {\n    composition {\n'
    for ((i = 0; i < instances; i++)); do
        echo "        component T$i n$i;"
    done
    printf '%s    }\n}\n' "$composition"
} > "$dir/scale.camkes"

# within NAME COMMAND...: user and system time of the command and its children
within()
{
    local name=$1 used
    shift
    TIMEFORMAT='%U %S'
    { time "$@" >&2; } 2>"$dir/time" || { cat "$dir/time"; exit 1; }
    used=$(tail -1 "$dir/time" | awk '{ printf "%d", ($1 + $2) * 1000 }')
    echo "$name: $used ms of CPU time"
    [ "$used" -lt 1000 ]
}
within "build" "$camkes" build "$dir/scale.camkes" -o "$dir/out"
[ "$(find "$dir/out" -name glue.c | wc -l)" = $instances ]
within "build again" "$camkes" build "$dir/scale.camkes" -o "$dir/out"
within "spec" "$camkes" spec "$dir/scale.camkes" -o "$dir/system.spec" --cdl "$dir/system.cdl" --graph "$dir/graph.dot" \
    --isolation "$dir/isolation.txt"
[ "$(grep -c -- '->' "$dir/graph.dot")" = $connections ]
grep -q '^n0 > n1: ' "$dir/isolation.txt"
