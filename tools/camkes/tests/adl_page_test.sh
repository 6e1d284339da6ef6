#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The examples of docs/adl.md are one assembly without a mistake. Usage: adl_page_test.sh CAMKES
set -eu
root=$(realpath "$(dirname "$0")/../../..")
file=$(mktemp --suffix=.camkes)
trap 'rm -f "$file"' EXIT
awk '/^```camkes$/ { on = 1; next } /^```$/ { on = 0 } on' "$root/docs/adl.md" >"$file"
[ "$(grep -c '^assembly' "$file")" -ge 8 ]
"$1" check -Werror -I "$root/projects/camkes/global-components/interfaces" "$file"
