// SPDX-License-Identifier: BSD-2-Clause
// The user-level interface of the kernel, under the names users of the seL4 manual know (MCS variant,
// x86-64). Header only: needs no C library; the thread-local __sel4_ipc_buffer must exist (lib/sel4/src/start.c
// has it for initial tasks, lib/rt for components).
// Facts: seL4 Reference Manual, chapter 10 (API reference); the binary interface is abi/abi/*.h.
#ifndef SEL4_SEL4_H
#define SEL4_SEL4_H

#include <sel4/types.h>
#include <sel4/constants.h>
#include <sel4/bootinfo.h>
#include <sel4/syscalls.h>
#include <sel4/invocations.h>
#include <sel4/debug.h>

#endif
