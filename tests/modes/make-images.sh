#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes a disk with our root file system on it (disk.img, /lib being a link as on Debian's) and an initramfs with the
# scripts of initramfs-tools, BusyBox in the place of the programs they call (debian.cpio.gz).
# Arguments: root file system, initramfs-tools, drivers (a directory with boot-modules/), output directory.
set -eu
umask 022
rootfs=$1 scripts=$2 drivers=$3 out=$4
work=$out/make-images.work
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/disk" "$work/initrd"

cd "$work/disk"
cpio -id --quiet --no-preserve-owner <"$rootfs"
rm init
mv lib usr/lib
ln -s usr/lib lib
echo 'Welcome to Buildroot (disk)' >etc/issue
rm -f "$out/disk.img.new"
PATH=$PATH:/usr/sbin:/sbin mke2fs -q -t ext4 -d . "$out/disk.img.new" 64M >/dev/null
mv "$out/disk.img.new" "$out/disk.img"

cd "$work/initrd"
cpio -id --quiet --no-preserve-owner <"$rootfs"
rm -rf init etc/init.d etc/inittab
cp "$scripts/init" init
cp -R "$scripts/scripts" scripts
cp -R "$drivers/boot-modules" boot-modules
mkdir -p conf/conf.d
printf 'MODULES=list\nBUSYBOX=y\nBOOT=local\nDEVICE=\n' >conf/initramfs.conf
echo 'DPKG_ARCH=amd64' >conf/arch.conf
# The scripts of a stage are called by its ORDER; stages without scripts have no directory.
rm -rf scripts/*-top scripts/*-premount scripts/*-bottom scripts/local-block
mkdir scripts/init-top scripts/init-bottom
echo 'for m in /boot-modules/*; do insmod $m; done' >scripts/init-top/ORDER
echo 'mount -n -o move /dev ${rootmnt}/dev' >scripts/init-bottom/ORDER        # as udev's script does
# util-linux' blkid, which is no BusyBox applet of that kind, for the one disk there is
printf '#!/bin/sh\n[ -b /dev/vda ] || exit 2\necho ext4\n' >sbin/blkid
chmod 755 init sbin/blkid
find . | sort | cpio -o -H newc --quiet -R +0:+0 | gzip -n >"$out/debian.cpio.gz.new"
mv "$out/debian.cpio.gz.new" "$out/debian.cpio.gz"
