#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An application elsewhere on disk, from nothing to its console; then what changes build again. Argument: the checkout.
set -u
. "$1/tests/front/lib.sh"
root=$1 app=$scratch/app build=$scratch/build
cp -r "$(dirname "$0")/app" "$app"

heard() {               # what the console must show
    run python3 "$root/tools/console.py" --timeout 90 --log "$scratch/log" --until "heard: $1" -- \
        "$build/simulate" --serial stdio --accel tcg
    want_status 0 "console: $1"
}
rebuild() {             # what changed; nothing else makes sense when it does not build
    run ninja -C "$build"
    want_status 0 "$1"
    [ "$status" = 0 ] || exit 1
}

run cmake -G Ninja -S "$app" -B "$build" -DBULKHEAD_ROOT="$root" -DWithThird=ON
want_status 0 configure
rebuild "build"
for file in images/kernel-x86_64-pc99 images/capdl-loader-image-x86_64-pc99 simulate launch_gdb; do
    [ -s "$build/$file" ] || fail "there should be $file"
done
output=$(ls "$build/camkes/greetings")
want '^Teller$' "first and second share a program"
want '^Teller-third$' "the extended instance has its own"
heard 'hello:63.00 from:63.00 extended:64.50'

rebuild "again"
want 'no work to do' "nothing changed, nothing is done"

sed -i 's/"from"/"again"/' "$app/greetings.camkes"
rebuild "an attribute changed"
want 'Distribution of greetings' "makes the distribution again"
want_not 'Building C' "and compiles nothing"
heard 'hello:63.00 again:63.00 '

sed -i 's/generated());/generated() * 2);/' "$app/teller.c"
rebuild "a component's C file changed"
want 'teller.c.o' "is compiled"
want_not 'words.c.o\|listener\|glue.c\|Re-running CMake\|Distribution' "and nothing else"
heard 'hello:126.00 '

sed -i 's/PLACES 3/PLACES 2/' "$app/include/places.h"
rebuild "a header of the assembly changed"
want 'Re-running CMake' "the assembly is compiled again"

sed -i 's/told_emit/told_emitt/' "$app/teller.c"
run ninja -C "$build"
want_status 1 "a mistake in C"
want "teller.c:.*told_emitt" "is the C compiler's to tell"
sed -i 's/told_emitt/told_emit/' "$app/teller.c"
sed -i 's/first.turn/first.trun/' "$app/greetings.camkes"
run ninja -C "$build"
want 'greetings.camkes:[0-9]*:[0-9]*: ' "a mistake in the assembly has file, line and column"
sed -i '/DeclareCAmkESComponent(Listener/d' "$app/CMakeLists.txt"
sed -i 's/first.trun/first.turn/' "$app/greetings.camkes"
run ninja -C "$build"
want_status 1 "a component nobody declared"
want 'component type Listener (listener)' "is named with its instances"
done_testing
