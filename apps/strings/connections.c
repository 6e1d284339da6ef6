// SPDX-License-Identifier: BSD-2-Clause
// What vm0's guest is connected with: one device, named "reverse".
#include <camkes.h>
#include "cross_vm.h"
#include "vm_module.h"

static const struct cross_vm_connection connections[] = {
    { "reverse", .dataport = &text_handle, .emit = request_emit, .listen = done_reg_callback },
};

static int start(vm_t *vm)
{
    return cross_vm_connections_init(vm, connections, sizeof connections / sizeof connections[0]);
}
VM_MODULE(connections, start);
