// SPDX-License-Identifier: BSD-2-Clause
// TimeServer's glue: messages to the_timer_* and back, interrupt, ports, signals to clients. Stands in for what the
// assembly compiler generates. Client with badge n is signalled through the capability "the_timer.n".
#include "TimeServer.h"
#include <global-components/rpc.h>
#include <rt/rpc.h>
#include <stdio.h>
#include "timers.h"

#define IRQ_BADGE (1ul << 20)              /* of the bound notification; RPC badges stay below */

static unsigned sender_id;
static seL4_CPtr irq, pit, client_signal[TIMERS_MAX_CLIENTS];

unsigned the_timer_get_sender_id(void) { return sender_id; }
uint64_t tsc_frequency(void) { return rt_tsc_hz(); }
void irq_acknowledge(void) { seL4_IRQHandler_Ack(irq); }
void pit_out8(uint16_t port, uint8_t value) { seL4_X86_IOPort_Out8(pit, port, value); }

void the_timer_emit(unsigned client)
{
    if (client < TIMERS_MAX_CLIENTS && client_signal[client])
        seL4_Signal(client_signal[client]);
}

static void serve(void *ctx, seL4_Word badge, struct rt_message *m)
{
    int tid = (int)m->word[0];
    uint64_t ns = m->word[1], result;

    sender_id = (unsigned)badge - 1;
    switch (m->label) {
    case TIMER_PERIODIC: result = (uint64_t)(int64_t)the_timer_periodic(tid, ns); break;
    case TIMER_ONESHOT_ABSOLUTE: result = (uint64_t)(int64_t)the_timer_oneshot_absolute(tid, ns); break;
    case TIMER_ONESHOT_RELATIVE: result = (uint64_t)(int64_t)the_timer_oneshot_relative(tid, ns); break;
    case TIMER_STOP: result = (uint64_t)(int64_t)the_timer_stop(tid); break;
    case TIMER_COMPLETED: result = the_timer_completed(); break;
    case TIMER_TIME: result = the_timer_time(); break;
    case TIMER_TSC_FREQUENCY: result = the_timer_tsc_frequency(); break;
    default: *m = (struct rt_message){ .label = RPC_BAD_REQUEST }; return;
    }
    *m = (struct rt_message){ .length = 1, .word = { result } };
}

static void interrupt(void *ctx, seL4_Word badges)
{
    irq_handle();
}

int run(void)
{
    char name[32];

    irq = rt_cap("irq");
    pit = rt_cap("pit");
    for (unsigned i = 0; i < TIMERS_MAX_CLIENTS; i++) {
        snprintf(name, sizeof name, "the_timer.%u", i + 1);
        client_signal[i] = rt_cap(name);
    }
    the_timer__init();
    irq_acknowledge();
    rt_serve_signals(rt_cap("the_timer"), serve, IRQ_BADGE, interrupt, NULL);
}
