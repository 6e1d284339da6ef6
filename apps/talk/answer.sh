#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Start script of the 64-bit guest: answers each text with the same in capitals.
case $1 in
    start)
        (while crossvm wait neighbour 100000 >/dev/null; do
            crossvm write neighbour "$(crossvm read neighbour | tr a-z A-Z) from $(uname -m)"
            crossvm emit neighbour
        done) &
esac
