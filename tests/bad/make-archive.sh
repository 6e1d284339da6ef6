#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# usage: make-archive.sh GOOD_KERNEL RESULT: an archive with a sound kernel, two bad ones, and an end that is missing.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp "$1" "$dir/good"
head -c 3000 "$1" > "$dir/half"
head -c 50000 /dev/zero | tr '\0' x > "$dir/noise"
head -c 100000 /dev/zero > "$dir/lost"
mkdir -p "$(dirname "$2")"
(cd "$dir" && printf 'good\nhalf\nnoise\nlost\n' | cpio -o -H newc --quiet) > "$dir/whole"
size=$(wc -c < "$dir/whole")
head -c $((size - 50000)) "$dir/whole" > "$2"
