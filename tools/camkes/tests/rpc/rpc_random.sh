#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# Random procedures: rpc_random.sh CAMKES GENERATE CC ROOT [SEED]. Both ends of their calls are compiled under
# sanitizers and run against each other in world.c, with honest and with damaged messages.
set -eu
camkes=$1 generate=$2 cc=$3 root=$4 seed=${5:-1}
here=$root/tools/camkes/tests/rpc
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$generate" "$seed" "$dir"
ASAN_OPTIONS=detect_leaks=0 "$camkes" build "$dir/rpc.camkes" -o "$dir" \
    -I "$root/projects/camkes/global-components/interfaces"
flags=(-std=gnu11 -g1 -O0 -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers
    -Wno-sign-compare -Werror -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
    -I"$here" -I"$dir" -I"$root/lib/camkes/include" -I"$root/lib/rt/include" -I"$root/lib/sel4/include"
    -I"$root/lib/spec/include" -I"$root/abi")
compile() {                               # NAME SOURCE [include directory]
    "$cc" "${flags[@]}" ${3:+-I"$3"} -c "$2" -o "$dir/$1.o"
}
(   compile client "$dir/client.c" "$dir/Client/include"
    compile client_glue "$dir/Client/glue.c" "$dir/Client/include"
    compile world "$here/world.c" ) &
compile server "$dir/server.c" "$dir/Server/include"
compile server_glue "$dir/Server/glue.c" "$dir/Server/include"
compile lists "$dir/lists.c"
for file in rpc message error; do
    compile "$file" "$root/lib/camkes/src/$file.c"
done
wait $!
"$cc" -fsanitize=address,undefined -pthread "$dir"/*.o -o "$dir/world"
export ASAN_OPTIONS=max_allocation_size_mb=8
"$dir/world" "$seed" 60 || { echo "seed $seed"; exit 1; }
