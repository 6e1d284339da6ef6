#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# glue_test.sh CAMKES CC ROOT: compiles an assembly, links both ends' glue with lib/camkes into one program of the build
# machine under sanitizers, and runs it in the world that the distribution describes.
set -eu
camkes=$1 cc=$2 root=$3
here=$root/tools/camkes/tests/glue fake=$root/lib/camkes/tests/fake lib=$root/lib/camkes
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
export ASAN_OPTIONS=detect_leaks=0                   # the compiler's and the world's memory stays until the end
imports=$root/projects/camkes/global-components/interfaces
"$camkes" build "$here/glue.camkes" -I "$imports" -o "$out"
"$camkes" spec "$here/glue.camkes" -I "$imports" -o "$out/system.spec"

flags="-std=gnu11 -g -O1 -Wall -Wextra -Wno-unused-parameter -Wno-prio-ctor-dtor -Werror -fsanitize=address,undefined
    -fno-sanitize-recover=all -I$here -I$fake -I$lib/include -I$root/lib/rt/include -I$root/lib/sel4/include
    -I$root/lib/spec/include -I$root/abi"
for side in Left Right; do
    # shellcheck disable=SC2086
    "$cc" $flags -I"$out/$side/include" -c "$out/$side/glue.c" -o "$out/$side.o"
done
# shellcheck disable=SC2086
"$cc" $flags "$here/glue_test.c" "$here/glue_world.c" "$out/Left.o" "$out/Right.o" "$fake/fake.c" "$lib/src/event.c" \
    "$lib/src/dataport.c" "$lib/src/dma.c" "$lib/src/msgqueue.c" "$lib/src/virtqueue.c" "$lib/src/sync.c" \
    "$root/lib/spec/src/read.c" -lcmocka -lpthread -o "$out/glue_test"
"$out/glue_test" "$out/system.spec"
