// SPDX-License-Identifier: BSD-2-Clause
// The library's lock is the C library's own.
#include <sys/lock.h>
#include "internal.h"

extern struct __lock __lock___malloc_recursive_mutex;

void camkes_lock(void) { __retarget_lock_acquire_recursive(&__lock___malloc_recursive_mutex); }
void camkes_unlock(void) { __retarget_lock_release_recursive(&__lock___malloc_recursive_mutex); }
