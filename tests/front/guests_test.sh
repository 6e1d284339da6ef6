#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Guest recipes: messages on bad calls, a root file system that is the same each time, the cache without a network.
# Argument: projects/camkes/vm-linux.
set -u
. "$(dirname "$0")/lib.sh"
tools=$1/tools

run "$tools/fetch-guest" kernel no-such-flavour "$scratch/cache" "$scratch/out"
want_status 1 "unknown flavour"
want "unknown flavour 'no-such-flavour'; known: 686-pae" "unknown flavour"
run "$tools/fetch-guest" kernel 686
want_status 2 "too few arguments"

# A cache that is filled answers without apt, which here is a program that fails.
mkdir -p "$scratch/cache/pkg_1_i386/boot" "$scratch/bin"
echo kernel >"$scratch/cache/pkg_1_i386/boot/vmlinuz-1"
echo config >"$scratch/cache/pkg_1_i386/boot/config-1"
ln -s pkg_1_i386 "$scratch/cache/686"
printf '#!/bin/sh\nexit 100\n' >"$scratch/bin/apt-get"
chmod +x "$scratch/bin/apt-get"
run env PATH="$scratch/bin:$PATH" "$tools/fetch-guest" kernel 686 "$scratch/cache" "$scratch/out"
want_status 0 "from the cache"
output=$(cat "$scratch/out/bzImage" "$scratch/out/config")
want '^kernel$' "from the cache"
run env PATH="$scratch/bin:$PATH" "$tools/fetch-guest" kernel 686-pae "$scratch/cache" "$scratch/out"
want_status 1 "no archive"
want '^guests: ' "no archive: a message"

# BusyBox stands for itself in this test: a program that lists applets.
printf '#!/bin/sh\necho sh; echo ls; echo init; echo login\n' >"$scratch/busybox"
chmod +x "$scratch/busybox"
run "$tools/make-rootfs" "$scratch/busybox" "$scratch/busybox" "$1/rootfs" "$scratch/a.cpio"
want_status 0 "root file system"
sleep 1
(umask 077; run "$tools/make-rootfs" "$scratch/busybox" "$scratch/busybox" "$1/rootfs" "$scratch/b.cpio")
run cmp "$scratch/a.cpio" "$scratch/b.cpio"
want_status 0 "two root file systems are the same"
run sh -c "cpio -tv --quiet <'$scratch/a.cpio'"
want '^-rwxr-xr-x .* root .* init$' "init is executable and root's"
want '^-rw------- .* etc/shadow$' "the shadow file is private"
want 'sbin/init -> ../bin/busybox' "init's link"
want 'bin/login -> busybox' "login's link"
run "$tools/make-rootfs" "$scratch/none" "$scratch/busybox" "$1/rootfs" "$scratch/c.cpio"
want_status 1 "no BusyBox"
want "$scratch/none" "no BusyBox: named"
done_testing
