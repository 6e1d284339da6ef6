// SPDX-License-Identifier: BSD-2-Clause
// The notification bound to a component's control thread: seL4GlobalAsynch and others come in through it,
// each with a bit of its own in the badge.
#ifndef CAMKES_GLOBAL_H
#define CAMKES_GLOBAL_H

#include <camkes/base.h>

#ifdef __cplusplus
extern "C" {
#endif

seL4_CPtr camkes_global_notification(void);
/* Whoever receives on the control thread hands the badge here: callbacks run, the bits of others are kept for
 * their <i>_wait and <i>_poll. */
void camkes_global_dispatch(seL4_Word badge);
/* The control thread's loop of a component that only has callbacks. */
__attribute__((noreturn)) void camkes_global_run(void);

#ifdef __cplusplus
}
#endif

#endif
