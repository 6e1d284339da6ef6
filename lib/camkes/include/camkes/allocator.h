// SPDX-License-Identifier: BSD-2-Clause
// Pools of kernel objects that exist from the start: settings `tcb_pool`, `ep_pool`, `notification_pool`,
// `untyped<N>_pool`. An author can put further ones into the pools (camkes_provide).
#ifndef CAMKES_ALLOCATOR_H
#define CAMKES_ALLOCATOR_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Adds an object. `size`: bytes, of untyped memory; 0 for others. `attributes`: what camkes_alloc must ask
 * for as flags to get it; 0 = anybody. 0, or -1: no room for it. */
int camkes_provide(seL4_Word type, seL4_CPtr cap, size_t size, unsigned attributes);
/* An object of exactly that type (and size). seL4_CapNull: none left. */
seL4_CPtr camkes_alloc(seL4_Word type, size_t size, unsigned flags);
/* Gives it back as it is: what was done to the object stays done. */
void camkes_free(seL4_Word type, seL4_CPtr cap);

#ifdef __cplusplus
}
#endif

#endif
