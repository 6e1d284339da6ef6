// SPDX-License-Identifier: BSD-2-Clause
// Connections between a guest and components (native ones, or another guest's monitor): shared memory and events, as a
// PCI device in the guest. Called from a module of the assembly's author:
//
//     static const struct cross_vm_connection connections[] = {
//         { "reverse", .dataport = &text_handle, .emit = request_emit, .listen = done_reg_callback },
//     };
//     static int start(vm_t *vm) { return cross_vm_connections_init(vm, connections, 1); }
//     VM_MODULE(cross_vm, start);
//
// with a dataport by seL4SharedDataWithCaps, an event that the monitor emits, and one it consumes by
// seL4GlobalAsynchCallback. docs/cross-vm.md tells what the guest sees.
#ifndef INIT_CROSS_VM_H
#define INIT_CROSS_VM_H

#include <camkes/dataport.h>
#include <vmm/vm.h>

#define CROSS_VM_MAX_CONNECTIONS 32
#define CROSS_VM_NAME_SIZE 48            /* with the ending zero */

struct cross_vm_connection {
    const char *name;                    /* how the guest finds it */
    const dataport_caps_handle_t *dataport;                       /* NULL = none */
    void (*emit)(void);                  /* the guest wants the others to know; NULL = nobody does */
    int (*listen)(void (*callback)(void *), void *argument);      /* <event>_reg_callback; NULL = no events for the guest */
};

/* One device for each. Before the guest's kernel is loaded. 0, or -1 after a message. */
int cross_vm_connections_init(vm_t *, const struct cross_vm_connection *, unsigned n);

#endif
