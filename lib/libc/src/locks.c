// SPDX-License-Identifier: BSD-2-Clause
// newlib's locks. All of them are one recursive lock over the notification INFO_CAP_LOCK: components have few threads
// and stay in the library shortly. A component with one thread has no such notification and never waits.
#include <rt/rt.h>
#include <rt/sync.h>
#include <spec/info.h>
#include <stdatomic.h>
#include <sys/lock.h>

struct __lock { char unused; };
struct __lock __lock___sinit_recursive_mutex, __lock___sfp_recursive_mutex, __lock___atexit_recursive_mutex,
    __lock___malloc_recursive_mutex, __lock___env_recursive_mutex, __lock___at_quick_exit_mutex,
    __lock___tz_mutex, __lock___dd_hash_mutex, __lock___arc4random_mutex;

static _Atomic int owner_plus_1, users;
static unsigned depth;

static int mine(void) { return atomic_load_explicit(&owner_plus_1, memory_order_relaxed) == (int)rt_thread_index() + 1; }

static void taken(void)
{
    atomic_store_explicit(&owner_plus_1, (int)rt_thread_index() + 1, memory_order_relaxed);
    depth = 1;
}

static void acquire(void)
{
    if (mine()) {
        depth++;
        return;
    }
    if (atomic_fetch_add_explicit(&users, 1, memory_order_acquire) != 0) {
        seL4_Wait(rt_cap(INFO_CAP_LOCK), NULL);
    }
    taken();
}

static int try_acquire(void)
{
    int none = 0;
    if (mine()) {
        depth++;
        return 1;
    }
    if (!atomic_compare_exchange_strong_explicit(&users, &none, 1, memory_order_acquire, memory_order_relaxed)) {
        return 0;
    }
    taken();
    return 1;
}

static void release(void)
{
    if (--depth) {
        return;
    }
    atomic_store_explicit(&owner_plus_1, 0, memory_order_relaxed);
    if (atomic_fetch_sub_explicit(&users, 1, memory_order_release) != 1) {
        seL4_Signal(rt_cap(INFO_CAP_LOCK));
    }
}

void __retarget_lock_init(_LOCK_T *lock) { *lock = &__lock___malloc_recursive_mutex; }
void __retarget_lock_init_recursive(_LOCK_T *lock) { *lock = &__lock___malloc_recursive_mutex; }
void __retarget_lock_close(_LOCK_T lock) { (void)lock; }
void __retarget_lock_close_recursive(_LOCK_T lock) { (void)lock; }
void __retarget_lock_acquire(_LOCK_T lock) { acquire(); }
void __retarget_lock_acquire_recursive(_LOCK_T lock) { acquire(); }
int __retarget_lock_try_acquire(_LOCK_T lock) { return try_acquire(); }
int __retarget_lock_try_acquire_recursive(_LOCK_T lock) { return try_acquire(); }
void __retarget_lock_release(_LOCK_T lock) { release(); }
void __retarget_lock_release_recursive(_LOCK_T lock) { release(); }
