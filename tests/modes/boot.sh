#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Boots a disk twice with an image in mode overlay or fs_install: are the files there, and what is left of the first run?
# Arguments: checkout, directory for the consoles, kernel, image, disk, distribution, mode.
set -eu
root=$1 logs=$2 kernel=$3 image=$4 disk=$5 name=$6-$7 mode=$7
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$disk" "$work/disk.img"
mkdir -p "$logs"

boot() {                # number; script on the standard input
    cat >"$work/script"
    python3 "$root/tools/console.py" --log "$logs/mode-$name-$1.log" --timeout 100 --script "$work/script" -- \
        qemu-system-x86_64 -machine q35 -accel tcg -cpu max -m 256 -nodefaults -display none -no-reboot -serial stdio \
        -kernel "$kernel" -initrd "$image" -drive file="$work/disk.img",format=raw,if=virtio \
        -append 'console=ttyS0 cryptomgr.notests noisapnp root=/dev/vda'
}

common='timeout 60
login
run hello
match ^laid over$
run /hello-link
run cat /usr/lib/modules/vmm/x.ko
run ls -ld /lib
match -> usr/lib$'

if [ "$mode" = overlay ]; then
    printf '%s\n' "$common" 'run mount' 'match ^overlay on / type overlay' 'run echo mine >/root/mine; sync' | boot 1
    printf '%s\n' "$common" 'try ls /root/mine' 'match No such file' | boot 2
    # The disk was only read.
    cmp "$disk" "$work/disk.img"
else
    printf '%s\n' 'expect installing the files on the disk' "$common" 'run mount' 'match ^/dev/vda on / type ext4 .rw' \
        'run sed -i s/laid.*/mine/ /usr/sbin/hello; sync; mount -o remount,ro /' | boot 1
    printf '%s\n' 'never installing' 'timeout 60' login 'run cat /usr/sbin/hello' 'match ^echo mine$' | boot 2
fi
