#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A program that was not on the disk.
echo laid over
