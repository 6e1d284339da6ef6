#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An /init of an application's own that loads a module for another kernel, as a reader of the tutorial may do.
/bin/mount -t devtmpfs devtmpfs /dev
exec 0</dev/console
exec 1>/dev/console
exec 2>/dev/console
insmod /686.ko
exec /sbin/init $*
