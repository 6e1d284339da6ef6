// SPDX-License-Identifier: BSD-2-Clause
// Locks between the threads of one component. `has mutex m` and its siblings make <m>_lock(), ... of these;
// an author can also use them over a notification of his own. An uncontended operation needs no system call.
#ifndef CAMKES_SYNC_H
#define CAMKES_SYNC_H

#include <sel4/sel4.h>
#include <stdbool.h>

/* Each function returns 0, or -1 when it cannot be done (unlock by another thread, overflow, trywait without
 * luck). */

/* Not recursive: locking twice in one thread is refused with -1. */
typedef struct { _Atomic int users; _Atomic int owner; seL4_CPtr notification; } sync_mutex_t;
int sync_mutex_init(sync_mutex_t *, seL4_CPtr notification);
int sync_mutex_lock(sync_mutex_t *);
int sync_mutex_unlock(sync_mutex_t *);

/* `value` < 0: that many threads wait. */
typedef struct { _Atomic int value; _Atomic int wakes; seL4_CPtr notification; } sync_sem_t;
int sync_sem_init(sync_sem_t *, seL4_CPtr notification, int value);
int sync_sem_wait(sync_sem_t *);
int sync_sem_trywait(sync_sem_t *);
int sync_sem_post(sync_sem_t *);

/* At most 1: posting twice is like once. */
typedef struct { _Atomic int value; seL4_CPtr notification; } sync_bin_sem_t;
int sync_bin_sem_init(sync_bin_sem_t *, seL4_CPtr notification, int value);
int sync_bin_sem_wait(sync_bin_sem_t *);
int sync_bin_sem_trywait(sync_bin_sem_t *);
int sync_bin_sem_post(sync_bin_sem_t *);

#endif
