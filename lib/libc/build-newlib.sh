#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds newlib (static, x86-64, no PIE, retargetable locks, one reentrancy structure a thread) from the source archive of
# Debian's package newlib-source. usage: build-newlib.sh <archive> <prefix> [jobs]
# The result appears under <prefix>/x86_64-elf/{include,lib} all at once; a run that was cut short leaves nothing.
set -eu

archive=$1
prefix=$2
jobs=${3:-$(nproc)}
work=$prefix.work

[ -f "$prefix/x86_64-elf/lib/libc.a" ] && exit 0
[ -r "$archive" ] || { echo "newlib: $archive is missing: install the Debian package newlib-source" >&2; exit 1; }

mkdir -p "$(dirname "$prefix")"
exec 9>"$prefix.lock"
flock 9                                  # two builds at once share one result
[ -f "$prefix/x86_64-elf/lib/libc.a" ] && exit 0

rm -rf "$work"
mkdir -p "$work/build"
log=$work/log
fail() { echo "newlib: $1 failed; the end of $log:" >&2; tail -n 25 "$log" >&2; exit 1; }

echo "newlib: unpacking $(basename "$archive")"
tar -C "$work" -xf "$archive" >"$log" 2>&1 || fail unpacking
source=$(find "$work" -mindepth 1 -maxdepth 1 -type d -name 'newlib-*' | head -n 1)
[ -n "$source" ] || fail "finding the source folder"

flags="-O2 -g0 -fno-pic -fno-pie -fno-stack-protector -ffunction-sections -fdata-sections
 -fno-asynchronous-unwind-tables -U__linux__ -U__linux -Ulinux -D__DYNAMIC_REENT__"
echo "newlib: configuring (once; about a minute in all)"
cd "$work/build"
MAKEINFO=true CC_FOR_TARGET=${CC:-gcc} AR_FOR_TARGET=ar AS_FOR_TARGET=as LD_FOR_TARGET=ld \
    RANLIB_FOR_TARGET=ranlib NM_FOR_TARGET=nm OBJCOPY_FOR_TARGET=objcopy STRIP_FOR_TARGET=strip \
    OBJDUMP_FOR_TARGET=objdump READELF_FOR_TARGET=readelf \
    CFLAGS_FOR_TARGET="$(echo $flags)" \
    "$source/configure" --target=x86_64-elf --prefix="$prefix.new" --disable-multilib --disable-libgloss \
    --disable-newlib-supplied-syscalls --enable-newlib-retargetable-locking --enable-newlib-multithread \
    --enable-newlib-io-c99-formats --enable-newlib-io-long-long --enable-lite-exit \
    --disable-newlib-wide-orient --disable-newlib-mb --disable-nls --disable-shared >>"$log" 2>&1 || fail configuring

# Progress: one line for every tenth of the objects.
echo "newlib: compiling with $jobs jobs"
make -j"$jobs" MAKEINFO=true all-target-newlib >>"$log" 2>&1 &
make_pid=$!
while kill -0 "$make_pid" 2>/dev/null; do
    sleep 5
    echo "newlib: $(find . -name '*.o' | wc -l) objects"
done
wait "$make_pid" || fail compiling
make MAKEINFO=true install-target-newlib >>"$log" 2>&1 || fail installing

[ -f "$prefix.new/x86_64-elf/lib/libc.a" ] || fail "finding libc.a"
rm -rf "$prefix"
mv "$prefix.new" "$prefix"
rm -rf "$work"
echo "newlib: ready in $prefix"
