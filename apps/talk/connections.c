// SPDX-License-Identifier: BSD-2-Clause
// Each guest's end of the connection "neighbour".
#include <camkes.h>
#include "cross_vm.h"
#include "vm_module.h"

static const struct cross_vm_connection connections[] = {
    { "neighbour", .dataport = &page_handle, .emit = said_emit, .listen = heard_reg_callback },
};

static int start(vm_t *vm)
{
    return cross_vm_connections_init(vm, connections, 1);
}
VM_MODULE(connections, start);
