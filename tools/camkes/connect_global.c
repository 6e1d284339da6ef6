// SPDX-License-Identifier: BSD-2-Clause
// Connectors of global-connectors.camkes that come in through the notification bound to the control thread
// (seL4GlobalAsynch, -Callback), and those whose server signals single clients (seL4TimeServer, seL4SerialServer).
#include "connect_parts.h"

#include <abi/syscall.h>

/* ---- seL4GlobalAsynch, seL4GlobalAsynchCallback ---- */

static void asynch_to(struct glue *g, const struct port *p) { glue_global(g, p, false); }
static void asynch_callback_to(struct glue *g, const struct port *p) { glue_global(g, p, true); }

static uint32_t asynch_target(struct dist *d, const struct port *from, const struct port *to, uint64_t *badge)
{
    return distribute_global(d, to, badge);
}

static void asynch_distribute(struct dist *d, const struct connection *c)
{
    for (size_t f = 0; f < c->from_count; f++) {
        if (port_begins(c->from[f], c)) {
            distribute_emitter(d, c->from[f], asynch_target);
        }
    }
}

extern const struct connector_impl global_connectors[];
const struct connector_impl global_connectors[] = {
    { "seL4GlobalAsynch", glue_emitter, asynch_to, asynch_distribute, NULL },
    { "seL4GlobalAsynchCallback", glue_emitter, asynch_callback_to, asynch_distribute, NULL },
    { 0 },
};
