// SPDX-License-Identifier: BSD-2-Clause
// Fake architecture for unit tests on the build machine: registers are plain words, nothing is mapped.
#ifndef KERNEL_ARCH_TYPES_H
#define KERNEL_ARCH_TYPES_H

#include <abi/object.h>
#include <abi/syscall.h>
#include <kernel/types.h>

struct arch_tcb {
    uint64_t reg[ABI_REG_COUNT];
    word_t cap, tag, reply, dest;             /* system-call registers; cap holds the badge afterwards */
    word_t mr[ABI_MSG_REGISTERS];
    unsigned restarts, forgotten;             /* how often arch_restart_syscall, arch_tcb_forget were called */
};

struct arch_cpu { int unused; };

#endif
