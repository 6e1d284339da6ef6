// SPDX-License-Identifier: BSD-2-Clause
// What the assembly gives the guest of the real machine: I/O ports (setting vm_ioports) and device memory
// (setting guest_mappings), both at the addresses they have there, and interrupts (setting vm_irqs) on lines
// of its own.
#ifndef INIT_VM_PASSTHROUGH_H
#define INIT_VM_PASSTHROUGH_H

#include <sel4/sel4.h>
#include <vmm/vm.h>

/* Before vm_load. 0, or -1 after a message. */
int vm_passthrough(struct vm *, seL4_CPtr ept_root);
/* Signals for the monitor: those of real interrupts become the guest's. */
void vm_passthrough_notified(struct vm *, uint64_t badge);

#endif
