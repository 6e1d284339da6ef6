// SPDX-License-Identifier: BSD-2-Clause
// SerialServer's glue: streams and their shared memory, putchar messages, COM1's ports and interrupt, signals. Stands in
// for what the assembly compiler generates.
//
// From the spec: attributes clients = n and, for i below n, client<i> = name, with dataports <name>.console and
// <name>.log (either may be missing) and a capability <name>.typed to signal input; further processed streams, one
// for each user of `processed_putchar`, by message.
#include "SerialServer.h"
#include "serial_menu.h"
#include "serial_mux.h"
#include <global-components/clients.h>
#include <global-components/rpc.h>
#include <rt/rpc.h>
#include <stdio.h>
#include <string.h>

/* Badges of the bound notification; RPC badges stay below. */
enum { IRQ_BADGE = 1 << 20, WORK_BADGE = 1 << 21, TIMER_BADGE = 1 << 22 };
enum { COM1 = 0x3f8 };

static struct serial_stream_config stream[MUX_MAX_STREAMS];
static seL4_CPtr typed[MUX_MAX_STREAMS];
static unsigned streams, first_by_message, sender;
static seL4_CPtr irq, ports;

unsigned serial_stream_count(void) { return streams; }
struct serial_stream_config serial_stream_config(unsigned i) { return stream[i]; }
unsigned putchar_get_sender_id(void) { return sender; }
uint64_t serial_tsc_frequency(void) { return rt_tsc_hz(); }
void serial_irq_acknowledge(void) { seL4_IRQHandler_Ack(irq); }
void serial_debug_putchar(int c) { seL4_DebugPutChar((char)c); }
uint8_t serial_port_in8(unsigned reg) { return (uint8_t)seL4_X86_IOPort_In8(ports, COM1 + reg).result; }
void serial_port_out8(unsigned reg, uint8_t value) { seL4_X86_IOPort_Out8(ports, COM1 + reg, value); }

void getchar_emit(unsigned i)
{
    if (typed[i])
        seL4_Signal(typed[i]);
}

int timeout_oneshot_relative(int tid, uint64_t ns)
{
    return timer_client_arm("timeout", TIMER_ONESHOT_RELATIVE, tid, ns);
}

void serial_dump_scheduler(void)
{
    if (rt_debug_kernel())
        seL4_DebugDumpScheduler();
}

static void add(const char *name, unsigned client, bool log, const char *port)
{
    size_t size = 0;
    struct serial_shm *shm = port ? rt_dataport(port, &size) : NULL;

    if ((port && (!shm || size < SERIAL_SHM_BYTES)) || streams == MUX_MAX_STREAMS - 1)
        return;
    stream[streams++] = (struct serial_stream_config){ .name = name, .client = client, .log = log, .shm = shm };
}

static void find_streams(void)
{
    char key[64];
    unsigned clients = (unsigned)rt_attr_int("clients", 0);

    for (unsigned i = 0; i < clients && i < SERIAL_MAX_CLIENTS; i++) {
        snprintf(key, sizeof key, "client%u", i);
        const char *name = rt_attr_str(key, key);
        snprintf(key, sizeof key, "%.40s.typed", name);
        typed[streams] = rt_cap(key);
        snprintf(key, sizeof key, "%.40s.console", name);
        add(name, i, false, key);
        snprintf(key, sizeof key, "%.40s.log", name);
        add(name, i, true, key);
    }
    first_by_message = streams;
    for (unsigned i = 0; i < rt_client_count("processed_putchar"); i++) {
        struct rt_client c;
        if (rt_client("processed_putchar", i, &c))
            add(c.name, 0, true, NULL);
    }
}

static void find_sender(seL4_Word badge)
{
    struct rt_client c;

    sender = MUX_MAX_STREAMS;
    for (unsigned i = 0; i < rt_client_count("processed_putchar"); i++)
        if (rt_client("processed_putchar", i, &c) && c.badge == badge)
            sender = first_by_message + i;
}

static void serve(void *ctx, seL4_Word badge, struct rt_message *m)
{
    struct rt_message answer = { .length = 1 };
    char bytes[PUTCHAR_BATCH_BYTES];

    find_sender(badge);
    if (m->label == PUTCHAR_PUTCHAR) {
        processed_putchar_putchar((int)m->word[0]);
    } else if (m->label == PUTCHAR_BATCH && m->word[0] <= sizeof bytes) {
        memcpy(bytes, &m->word[1], sizeof bytes);
        processed_putchar_batch(bytes, m->word[0]);
    } else {
        answer.label = RPC_BAD_REQUEST;
    }
    *m = answer;
}

static void signalled(void *ctx, seL4_Word badges)
{
    if (badges & IRQ_BADGE)
        serial_irq_handle();
    else
        serial_work();
}

int run(void)
{
    irq = rt_cap("irq");
    ports = rt_cap("com1");
    find_streams();
    serial_init();
    serial_irq_acknowledge();
    rt_serve_signals(rt_cap("processed_putchar"), serve, IRQ_BADGE | WORK_BADGE | TIMER_BADGE, signalled, NULL);
}
