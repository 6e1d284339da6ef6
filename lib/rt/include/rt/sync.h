// SPDX-License-Identifier: BSD-2-Clause
// Locks between threads of one component, over a notification object of the spec.
#ifndef RT_SYNC_H
#define RT_SYNC_H

#include <rt/rt.h>
#include <stdatomic.h>

/* Not recursive. `users` counts holder and waiters, so an uncontended pair costs no system call. */
struct rt_mutex { _Atomic int users; seL4_CPtr notification; };

static inline void rt_mutex_init(struct rt_mutex *m, seL4_CPtr notification)
{
    atomic_init(&m->users, 0);
    m->notification = notification;
}

static inline void rt_mutex_lock(struct rt_mutex *m)
{
    if (atomic_fetch_add_explicit(&m->users, 1, memory_order_acquire) != 0) {
        seL4_Wait(m->notification, NULL);
    }
}

static inline void rt_mutex_unlock(struct rt_mutex *m)
{
    if (atomic_fetch_sub_explicit(&m->users, 1, memory_order_release) != 1) {
        seL4_Signal(m->notification);
    }
}

#endif
