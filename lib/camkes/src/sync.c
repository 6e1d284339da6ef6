// SPDX-License-Identifier: BSD-2-Clause
// Locks between threads of one component; see camkes/sync.h.
#include <camkes/sync.h>

#include <rt/rt.h>
#include <stdatomic.h>

static int self(void) { return (int)rt_thread_index() + 1; }

/* ---- mutex: `users` counts the holder and who waits; unlocking hands it to one of these ---- */

int sync_mutex_init(sync_mutex_t *m, seL4_CPtr notification)
{
    atomic_init(&m->users, 0);
    atomic_init(&m->owner, 0);
    m->notification = notification;
    return notification ? 0 : -1;
}

int sync_mutex_lock(sync_mutex_t *m)
{
    if (atomic_load_explicit(&m->owner, memory_order_relaxed) == self()) {
        return -1;
    }
    if (atomic_fetch_add(&m->users, 1) != 0) {
        seL4_Wait(m->notification, NULL);
    }
    atomic_store_explicit(&m->owner, self(), memory_order_relaxed);
    return 0;
}

int sync_mutex_unlock(sync_mutex_t *m)
{
    if (atomic_load_explicit(&m->owner, memory_order_relaxed) != self()) {
        return -1;
    }
    atomic_store_explicit(&m->owner, 0, memory_order_relaxed);
    if (atomic_fetch_sub(&m->users, 1) != 1) {
        seL4_Signal(m->notification);
    }
    return 0;
}

/* ---- semaphore: a notification remembers one signal; `wakes` counts those still to be taken ---- */

int sync_sem_init(sync_sem_t *s, seL4_CPtr notification, int value)
{
    atomic_init(&s->value, value);
    atomic_init(&s->wakes, 0);
    s->notification = notification;
    return notification && value >= 0 ? 0 : -1;
}

static bool take(_Atomic int *count)
{
    int n = atomic_load(count);
    while (n > 0) {
        if (atomic_compare_exchange_weak(count, &n, n - 1)) {
            return true;
        }
    }
    return false;
}

int sync_sem_wait(sync_sem_t *s)
{
    if (atomic_fetch_sub(&s->value, 1) > 0) {
        return 0;
    }
    do {
        seL4_Wait(s->notification, NULL);
    } while (!take(&s->wakes));
    if (atomic_load(&s->wakes) > 0) {
        seL4_Signal(s->notification);
    }
    return 0;
}

int sync_sem_trywait(sync_sem_t *s) { return take(&s->value) ? 0 : -1; }

int sync_sem_post(sync_sem_t *s)
{
    int n = atomic_load(&s->value);
    do {
        if (n == INT32_MAX) {
            return -1;
        }
    } while (!atomic_compare_exchange_weak(&s->value, &n, n + 1));
    if (n < 0) {
        atomic_fetch_add(&s->wakes, 1);
        seL4_Signal(s->notification);
    }
    return 0;
}

/* ---- binary semaphore: 1 = free, 0 = taken, -1 = taken and somebody may wait ---- */

int sync_bin_sem_init(sync_bin_sem_t *b, seL4_CPtr notification, int value)
{
    atomic_init(&b->value, value);
    b->notification = notification;
    return notification && (value == 0 || value == 1) ? 0 : -1;
}

int sync_bin_sem_trywait(sync_bin_sem_t *b)
{
    int one = 1;
    return atomic_compare_exchange_strong(&b->value, &one, 0) ? 0 : -1;
}

int sync_bin_sem_wait(sync_bin_sem_t *b)
{
    if (sync_bin_sem_trywait(b) == 0) {
        return 0;
    }
    while (atomic_exchange(&b->value, -1) != 1) { /* whoever wakes takes it, and leaves the mark for others */
        seL4_Wait(b->notification, NULL);
    }
    return 0;
}

int sync_bin_sem_post(sync_bin_sem_t *b)
{
    if (atomic_exchange(&b->value, 1) < 0) {
        seL4_Signal(b->notification);
    }
    return 0;
}
