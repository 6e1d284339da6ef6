# SPDX-License-Identifier: BSD-2-Clause
# For tests of the CMake helpers: an application in $app, configured in $build. Needs lib.sh and $root.
app=$scratch/app build=$scratch/build
mkdir "$app"
printf 'int run(void) { return 0; }\n' >"$app/a.c"
: >"$app/a.camkes"

configure() {           # lines of CMakeLists.txt after ImportCamkesVM()
    {
        printf '%s\n' 'cmake_minimum_required(VERSION 3.16)' 'project(app)' \
            "find_package(bulkhead REQUIRED HINTS $root)" 'ImportCamkesVM()' "$@"
    } >"$app/CMakeLists.txt"
    run cmake -G Ninja -S "$app" -B "$build"
    output=$(echo "$output" | tr -s ' \n' '  ')        # CMake breaks lines where it likes
}
good() { configure "$@"; want_status 0 "$*"; }
bad() {                 # what must be said, lines
    pattern=$1; shift
    configure "$@"
    want_status 1 "$*"
    want "$pattern" "$*"
}
