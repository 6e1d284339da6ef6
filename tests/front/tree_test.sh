#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The source tree itself: licence lines, head comments, line lengths, headers that compile alone, what the documents
# point to, the kernel's size.
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
without_head() {        # after #! and the licence: a comment (connectors' templates: %)
    for f in $code; do
        awk '/^#!/ || /SPDX/ { next } { exit !/^ *(\/\/|\/\*|\*|#|"""|%)/ }' "$f" || echo "$f"
    done
}
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

# Links of Markdown files, pages that sources name, pages that README does not.
broken_links() {
    for f in $(sources '*.md'); do
        grep -oE '\]\([^)# ]+\)' "$f" | sed 's/^](//; s/)$//' | while read -r link; do
            [ -e "$(dirname "$f")/$link" ] || echo "$f: $link"
        done
    done
    grep -oE 'docs/[a-z-]+\.md' $code $(sources '*.md' init Makefile) | while IFS=: read -r f page; do
        [ -e "$page" ] || echo "$f: $page"
    done
    for page in docs/*.md; do
        grep -q "($page)" README.md || echo "README.md does not list $page"
    done
}
unknown_words() {       # what the walk through a boot and an exit names
    grep -oE '`[A-Za-z_][A-Za-z0-9_]+(\(\))?`' docs/architecture.md | tr -d '`()' | sort -u | while read -r word; do
        git grep -qw -e "$word" -- '*.[chS]' || echo "$word"
    done
}
left_over() {
    grep -nE '\b(TODO|FIXME|mksystem)\b|https?://|(^|[^A-Za-z0-9.])/(work|home)/[a-z]' $code $(sources '*.md') /dev/null |
        grep -v tree_test
}

none "files without a licence line" without_licence
none "files without a comment that says what they are for" without_head
none "documents that point nowhere, or stand apart" broken_links
none "words of docs/architecture.md that are in no source" unknown_words
none "notes to oneself, addresses, paths of a machine" left_over
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
