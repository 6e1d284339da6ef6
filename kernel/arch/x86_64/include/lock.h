// SPDX-License-Identifier: BSD-2-Clause
// The big kernel lock: a ticket lock, skipped while only one CPU runs. A CPU that waits has its thread's registers in
// the TCB and holds still: it serves remote calls and may have its trap taken back (arch_stall in smp.c).
#ifndef ARCH_LOCK_H
#define ARCH_LOCK_H

#include <kernel/arch.h>

struct big_lock { uint32_t next, owner; };
extern struct big_lock big_lock;

void kernel_lock_wait(struct cpu *, uint32_t ticket, enum trap_kind);

/* False: the trap was taken back; do nothing for it but core_kicked() and core_leave(). */
static inline bool kernel_lock(struct cpu *cpu, enum trap_kind kind)
{
    if (likely(cpu_count == 1))
        return true;
    uint32_t ticket = __atomic_fetch_add(&big_lock.next, 1, __ATOMIC_RELAXED);
    if (unlikely(__atomic_load_n(&big_lock.owner, __ATOMIC_ACQUIRE) != ticket)) {
        kernel_lock_wait(cpu, ticket, kind);
        bool dropped = cpu->arch.dropped;
        cpu->arch.dropped = false;
        return !dropped || kind == TRAP_IRQ;
    }
    return true;
}

static inline void kernel_unlock(void)
{
    if (unlikely(cpu_count != 1))
        __atomic_store_n(&big_lock.owner, big_lock.owner + 1, __ATOMIC_RELEASE);
}

#endif
