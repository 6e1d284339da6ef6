#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The source tree itself: licence lines, line lengths, headers that compile alone, the kernel's size.
# Argument: the root of the tree. Looks at what git tracks.
set -u
. "$(dirname "$0")/lib.sh"
cd "$1" || exit 1
git rev-parse --git-dir >/dev/null 2>&1 || { echo "no git checkout here: nothing to look at"; exit 0; }

sources() { git ls-files -- "$@" | while read -r f; do [ ! -f "$f" ] || echo "$f"; done; }
code=$(sources '*.c' '*.h' '*.S' '*.def' '*.ld' '*.cmake' '*CMakeLists.txt' '*.py' '*.sh' |
    grep -v /expected/)                 # golden outputs: made by us

none() {                # what, command...: prints nothing when all is well
    what=$1; shift
    status=0; output=$("$@")
    checks=$((checks + 1))
    [ -z "$output" ] || fail "$what"
}
without_licence() { for f in $code; do head -n 3 "$f" | grep -q 'SPDX-License-Identifier: BSD-2-Clause' || echo "$f"; done; }
too_long() { LC_ALL=C.UTF-8 grep -nE '^.{126,}$' $code /dev/null; }
with_tabs() { grep -nP '^ *\t' $(sources '*.c' '*.h' '*.py' '*.sh') /dev/null; }
with_blanks() { grep -nE '[ 	]+$' $code /dev/null; }

# Each public header on its own, with the include directories its users have.
lonely_headers() {
    for h in $(sources 'abi/*.h' 'lib/*/include/*.h' 'projects/*/include/*.h'); do
        case $h in lib/vmm/src/*) continue ;; esac
        gcc -fsyntax-only -std=gnu11 -x c -Iabi -Ilib/camkes/include -Ilib/cpio/include -Ilib/elf/include -Ilib/rt/include \
            -Ilib/sel4/include -Ilib/spec/include -Ilib/vmm/include -Iprojects/camkes/global-components/include \
            "$h" 2>&1 | head -n 3
    done
}

none "files without a licence line" without_licence
none "lines of more than 125 columns (110 is the aim)" too_long
none "indentation by tabs" with_tabs
none "blanks at the end of lines" with_blanks
none "headers that do not compile alone" lonely_headers

# Lines of code: comments and blank lines, which the compiler's first step takes out, are not counted.
code_lines() {
    for f in $(sources 'kernel/*.c' 'kernel/*.h' 'kernel/*.S' | grep -v -e '/tests/' -e '/host/'); do
        gcc -fpreprocessed -dD -E -P -w -x c "$f" 2>/dev/null
    done | grep -c '[^[:space:]]'
}
lines=$(code_lines)
echo "kernel: $lines lines of code, C and assembly"
checks=$((checks + 1))
[ "$lines" -lt 12000 ] || { status=$lines; output=; fail "the kernel has grown beyond 12,000 lines of code"; }
done_testing
