// SPDX-License-Identifier: BSD-2-Clause
// An assembly's own code in the monitor, in files of its own: DeclareCAmkESVM(Init0 EXTRA_SOURCES poke.c).
//
//     static int poke(vm_vcpu_t *vcpu) { printf("POKE!!!\n"); return 0; }
//     static int start(vm_t *vm) { return reg_new_handler(vm, poke, 4); }
//     VM_MODULE(poke, start);
#ifndef INIT_VM_MODULE_H
#define INIT_VM_MODULE_H

#include <sel4/sel4.h>
#include <vmm/vm.h>

/* Called with the machine built, before its kernel is loaded: add devices, handlers, callbacks of interfaces
 * (<interface>_reg_callback). Anything but 0 stops the VM. */
typedef int (*vm_module_fn)(vm_t *);

#define VM_MODULE(name, start_fn)                                                                  \
    static const struct vm_module vm_module_##name                                                 \
        __attribute__((used, section("vm_modules"), aligned(8))) = { #name, start_fn }

/* The guest's nested page tables, for memory that a module shows to the guest (rt_map_frame_ept). */
seL4_CPtr vm_ept_root(void);

struct vm_module { const char *name; vm_module_fn start; };

#endif
