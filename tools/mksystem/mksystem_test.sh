#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Tests of mksystem's command line: each kind of bad input gives one message that names it, and its status.
# usage: mksystem_test.sh MKSYSTEM
set -u
mksystem=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir" || exit 1
mkdir out && echo kernel > k && echo initrd > r && : > empty && head -c 9000000 /dev/zero > big
failed=0

# want STATUS TEXT ARGUMENTS...: exit status, and a text that must be in the output
want() {
    status=$1 text=$2; shift 2
    output=$("$mksystem" "$@" 2>&1); got=$?
    if [ $got != "$status" ] || ! printf %s "$output" | grep -qF -- "$text"; then
        echo "FAIL: mksystem $*: status $got (wanted $status), output: $output (wanted '$text')"
        failed=1
    fi
}
base="--out out --components /c"
want 0 'usage: mksystem' --help
want 2 "unknown option '--frob'" --frob
want 2 '--out needs a value' --out
want 2 '--out and --components' --vm a --kernel k
want 2 'nothing to run' $base
want 2 'belongs to a VM' $base --ram 64
want 2 "two VMs named 'a'" $base --vm a --kernel k --vm a --kernel k
want 2 "'x/y' is no name" $base --vm x/y
want 2 "'12q' is no number" $base --vm a --kernel k --ram 12q
want 2 "'70000' is no number from 0 to 65535" $base --vm a --kernel k --debug-exit 70000
want 1 'a has no kernel' $base --vm a
want 1 "kernel 'nowhere': No such file" $base --vm a --kernel nowhere
want 1 "initrd 'nowhere': No such file" $base --vm a --kernel k --initrd nowhere
want 1 "kernel 'empty' is empty" $base --vm a --kernel empty
want 1 "kernel 'out' is not a file" $base --vm a --kernel out
want 1 'needs 4 MiB at least' $base --vm a --kernel k --ram 2
want 1 "the initrd 'big' alone" $base --vm a --kernel k --initrd big --ram 8
want 1 "do not fit the machine's 128 MiB" $base --machine-ram 128 --vm a --kernel k --ram 100
want 1 "program 'nowhere'" $base --vm a --kernel k --elf nowhere
want 1 "'/nowhere/files.cpio'" --out /nowhere --components /c --vm a --kernel k
want 1 "archive 'nowhere'" $base --archive nowhere --vm a --kernel k
want 0 'files.cpio' $base --dump --archive r --vm a --kernel anything
want 0 'a.untyped23#' $base --dump --vm a --kernel k --pool 20
want 0 'a.untyped26#' $base --dump --poweroff-when-done --exit-port 0xf4 --vm a --kernel k --initrd r --vm b --kernel k

# Two VMs: each gets its own rings and badges, nothing of the other's.
dump=$("$mksystem" $base --dump --vm a --kernel k --initrd r --vm b --kernel k)
a_caps=$(printf '%s\n' "$dump" | sed -n '/^    a.cnode#[0-9]* {/,/^    }/p')
if printf '%s\n' "$a_caps" | grep -q ' b\.'; then
    echo "FAIL: VM a holds capabilities of VM b: $a_caps"
    failed=1
fi
[ "$(cpio -it < out/files.cpio 2>/dev/null | tr '\n' ' ')" = 'k r ' ] || { echo 'FAIL: files in the archive'; failed=1; }
exit $failed
