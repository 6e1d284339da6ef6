// SPDX-License-Identifier: BSD-2-Clause
// A VM's kernel objects, made from the component's untyped pool: guest RAM (seen by the guest and by this
// address space), nested page tables, VCPU and its state page.
#ifndef INIT_VM_MEMORY_H
#define INIT_VM_MEMORY_H

#include <rt/memory.h>
#include <vmm/vm.h>

struct vm_objects {
    seL4_CPtr ept_root, vcpu;
    struct vm_state *state;
    struct rt_region ram[VM_MAX_RAM_REGIONS];
};

/* Fills region[].host. 0, or -1 after one message that says which number to change. */
int vm_memory_build(const char *name, struct vm_ram_region *region, int regions, void (*say)(const char *line),
                    struct vm_objects *);

#endif
