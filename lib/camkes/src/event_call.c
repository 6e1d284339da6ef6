// SPDX-License-Identifier: BSD-2-Clause
// Events over endpoints; see seL4RPCEvent in camkes/event.h.
#include <camkes/event.h>

static const seL4_MessageInfo_t empty;

void camkes_event_call(seL4_CPtr endpoint) { seL4_Call(endpoint, empty); }

/* The emitter goes on before the callback runs: a callback may emit to it. */
int camkes_event_endpoint_thread(struct camkes_event *e, seL4_CPtr endpoint)
{
    seL4_Recv(endpoint, NULL, rt_reply_cap());
    for (;;) {
        if (camkes_callback_waits(&e->callback)) {
            seL4_Send(rt_reply_cap(), empty);
            if (!camkes_callback_run(&e->callback)) {
                seL4_Signal(e->again);
            }
            seL4_Recv(endpoint, NULL, rt_reply_cap());
        } else {
            seL4_Signal(e->again);
            seL4_ReplyRecv(endpoint, empty, NULL, rt_reply_cap());
        }
    }
}

/* An event that came before the callback calls it at once, in this thread. */
int camkes_event_endpoint_reg_callback(struct camkes_event *e, camkes_callback_t function, void *argument)
{
    seL4_Word badge = 0;
    if (camkes_callback_set(&e->callback, function, argument) != 0) {
        return -1;
    }
    seL4_Poll(e->notification, &badge);
    if (badge && !camkes_callback_run(&e->callback)) {
        seL4_Signal(e->again);
    }
    return 0;
}
