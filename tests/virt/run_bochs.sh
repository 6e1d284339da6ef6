#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run_bochs.sh kernel task.elf workdir: the task under Bochs' SVM, a second opinion on the backend: unlike QEMU 7.2 it has
# NRIP, intercepts XSETBV and keeps a guest's breakpoints out of the host. Judged by the task's last line.
set -eu
kernel=$1 task=$2 work=$3
rm -rf "$work"
mkdir -p "$work/iso/boot/grub"
cp "$kernel" "$work/iso/boot/kernel"
cp "$task" "$work/iso/boot/task"
cat > "$work/iso/boot/grub/grub.cfg" <<'END'
set timeout=0
terminal_output console
menuentry t {
    multiboot /boot/kernel bochs
    module /boot/task
    boot
}
END
cd "$work"
grub-mkrescue -o boot.iso iso > iso.log 2>&1
cat > bochsrc <<'END'
config_interface: textconfig
display_library: rfb, options="timeout=0"
plugin_ctrl: unmapped=1, biosdev=1, serial=1, speaker=0, parallel=0, gameport=0
cpu: model=trinity_apu, count=1, ips=50000000, reset_on_triple_fault=0, ignore_bad_msrs=1
memory: guest=512, host=512
romimage: file=$BXSHARE/BIOS-bochs-latest, options=fastboot
vgaromimage: file=$BXSHARE/VGABIOS-lgpl-latest
pci: enabled=1, chipset=i440fx
ata0: enabled=1, ioaddr1=0x1f0, ioaddr2=0x3f0, irq=14
ata0-master: type=cdrom, path="boot.iso", status=inserted
boot: cdrom
clock: sync=none, time0=1735689600
com1: enabled=1, mode=file, dev=serial.log
log: bochs.log
panic: action=fatal
error: action=ignore
info: action=ignore
debug: action=ignore
END
echo c > start.rc                        # the debugger build stops at a prompt
BXSHARE=${BXSHARE:-/usr/share/bochs} timeout 100 bochs -q -f bochsrc -rc start.rc < /dev/null > bochs.out 2>&1 || true
cat serial.log
grep -q '^[0-9]* passed, 0 failed' serial.log
