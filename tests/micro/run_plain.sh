#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# run_plain.sh QEMU guest.elf: the guest on plain QEMU; success = debug exit with 0 (QEMU then ends with 1).
status=0
timeout 50 "$1" -M q35 -accel tcg -cpu max -m 64 -nodefaults -display none -no-reboot -serial stdio -monitor none \
    -device isa-debug-exit,iobase=0xf4,iosize=1 -kernel "$2" </dev/null || status=$?
[ "$status" -eq 1 ] || { echo "FAIL: $2 ended with status $status" >&2; exit 1; }
