// SPDX-License-Identifier: BSD-2-Clause
// Why a CPU refuses to enter a guest: names the first part of a state page that breaks a rule of VM entry.
#ifndef VMM_ENTRY_CHECK_H
#define VMM_ENTRY_CHECK_H

#include <abi/vmexit.h>

/* For a page whose exit is VM_EXIT_ENTRY_FAILED. NULL: nothing here is known to be wrong. */
const char *entry_check(const struct vm_state *);

#endif
