// SPDX-License-Identifier: BSD-2-Clause
// SerialServer: one line, many clients. Owns COM1; output comes by calls and waits in a queue for each
// stream, input goes through shared queues to the clients the person at the terminal selected. Interfaces:
// see SerialServer.camkes.
#include <camkes.h>
#include <global-components/getchar.h>
#include <stdio.h>
#include <string.h>
#include "serial_menu.h"
#include "serial_mux.h"
#include "uart_hw.h"

#define COM1 0x3f8
#define HOLD_NS 100000000u               /* an unfinished line is not broken before 0.1 s of silence */
#define STREAM_BYTES 2048u

/* Output of one connection; its queue is the mux's stream of the next index. */
struct stream {
    const char *name;                    /* of the client */
    seL4_Word badge;
    bool log;                            /* processed_putchar; else raw_putchar */
    struct byte_ring_shared indexes;
    uint8_t data[STREAM_BYTES];
};

/* Who can be selected for input, by number. */
struct reader {
    seL4_Word badge;
    struct byte_ring in;
    uint64_t lost;
};

static struct serial_mux mux;
static struct serial_menu menu;
static struct uart_hw uart;
static bool have_uart;
static unsigned streams, readers;
static struct stream stream[MUX_MAX_STREAMS - 1];
static struct reader reader[SERIAL_MAX_CLIENTS];
static const char *reader_name[SERIAL_MAX_CLIENTS];
static uint8_t tx[1024];
static size_t tx_n, tx_at;
static uint64_t timer_for;

/* ------------------------------------------------- output ----------------------------------------------- */

static uint8_t chip_in(void *ctx, unsigned reg)
{
    return serial_port_in8((uint16_t)(COM1 + reg));
}

static void chip_out(void *ctx, unsigned reg, uint8_t value)
{
    serial_port_out8((uint16_t)(COM1 + reg), value);
}

static size_t send(const uint8_t *bytes, size_t n)
{
    if (have_uart)
        return uart_hw_send(&uart, bytes, n);
    for (size_t i = 0; i < n; i++)
        seL4_DebugPutChar((char)bytes[i]);
    return n;
}

static void call_me_at(uint64_t when, uint64_t now)
{
    if (when == timer_for)
        return;
    timer_for = when;
    if (when)
        timeout_oneshot_relative(0, (when - now) / (mux.hold / 1000 + 1) * (HOLD_NS / 1000) + 1000);
}

/* As much as the chip takes now. */
static void serve_output(void)
{
    uint64_t again = 0, now = rt_tsc();

    for (;;) {
        if (tx_at == tx_n) {
            now = rt_tsc();
            tx_n = serial_mux_take(&mux, now, tx, sizeof tx, &again);
            tx_at = 0;
        }
        if (tx_n == 0)
            break;
        tx_at += send(tx + tx_at, tx_n - tx_at);
        if (tx_at < tx_n)
            return;                      /* the transmit interrupt brings us back */
    }
    call_me_at(again, now);
}

static struct byte_ring *stream_queue(seL4_Word badge, bool log)
{
    for (unsigned i = 0; i < streams; i++)
        if (stream[i].badge == badge && stream[i].log == log)
            return &mux.stream[i + 1].ring;
    return NULL;
}

/* How much there was room for; the client offers the rest again. */
static uint32_t put(seL4_Word badge, bool log, const char *bytes, size_t n)
{
    state_lock();
    struct byte_ring *queue = stream_queue(badge, log);
    size_t done = queue ? byte_ring_put(queue, bytes, n) : n;
    serve_output();
    if (done < n) {                      /* the chip may have taken some of it already */
        done += byte_ring_put(queue, bytes + done, n - done);
        serve_output();
    }
    state_unlock();
    return (uint32_t)done;
}

void processed_putchar_putchar(int c)
{
    char byte = (char)c;
    put(processed_putchar_get_sender_id(), true, &byte, 1);
}

uint32_t processed_putchar_batch(size_t n, const char *bytes)
{
    return put(processed_putchar_get_sender_id(), true, bytes, n);
}

void raw_putchar_putchar(int c)
{
    char byte = (char)c;
    put(raw_putchar_get_sender_id(), false, &byte, 1);
}

uint32_t raw_putchar_batch(size_t n, const char *bytes)
{
    return put(raw_putchar_get_sender_id(), false, bytes, n);
}

/* -------------------------------------------------- input ----------------------------------------------- */

static void deliver(void *ctx, unsigned client, uint8_t c)
{
    struct reader *r = &reader[client];

    if (!r->in.shared)
        return;
    if (byte_ring_put(&r->in, &c, 1) == 0)
        r->lost++;
    getchar_emit(r->badge);
}

static void say(void *ctx, const char *text)
{
    serial_mux_say(&mux, text);
}

static void debug(void *ctx, char what)
{
    char line[120];

    if (what == 's') {
        if (rt_debug_kernel())
            seL4_DebugDumpScheduler();
        return;
    }
    for (unsigned i = 0; i < streams; i++) {
        snprintf(line, sizeof line, "%-12.20s %-7s %10llu bytes out, %u waiting", stream[i].name,
                 stream[i].log ? "log" : "console", (unsigned long long)mux.stream[i + 1].bytes,
                 (unsigned)byte_ring_used(&mux.stream[i + 1].ring));
        serial_mux_say(&mux, line);
    }
    for (unsigned i = 0; i < readers; i++) {
        if (!reader[i].in.shared)
            continue;
        snprintf(line, sizeof line, "%-12.20s input   %10u bytes waiting, %llu lost", reader_name[i],
                 (unsigned)byte_ring_used(&reader[i].in), (unsigned long long)reader[i].lost);
        serial_mux_say(&mux, line);
    }
}

static void receive(void)
{
    int c;

    uart_hw_interrupt(&uart);
    for (int i = 0; i < 64 && (c = uart_hw_receive(&uart)) >= 0; i++)
        serial_menu_input(&menu, (uint8_t)c);
}

/* The line is edge-triggered and masked until acknowledged: what arrived between emptying the chip and
 * acknowledging makes no further edge, so the chip is emptied once more. */
void serial_irq_handle(void)
{
    state_lock();
    receive();
    serial_irq_acknowledge();
    receive();
    serve_output();
    state_unlock();
}

/* -------------------------------------------------- start ----------------------------------------------- */

static void add_reader(const struct rt_client *c)
{
    unsigned number = (unsigned)c->badge - 1;

    if (number >= SERIAL_MAX_CLIENTS) {
        printf("%s: input for %s: client number %u, there can be %d\n", get_instance_name(), c->name, number,
               SERIAL_MAX_CLIENTS);
        return;
    }
    reader[number] = (struct reader){ .badge = c->badge, .in = getchar_ring(c->buffer, c->buffer_size) };
    reader_name[number] = c->name;
    readers = number >= readers ? number + 1 : readers;
}

/* Decides the colour: a reader's own number, or the next one for who has none. */
static unsigned number_of(const char *name)
{
    for (unsigned i = 0; i < readers; i++)
        if (reader_name[i] && strcmp(reader_name[i], name) == 0)
            return i;
    return readers + streams;
}

static void add_stream(const struct rt_client *c, bool log)
{
    if (streams == MUX_MAX_STREAMS - 1) {
        printf("%s: output of %s is lost: more than %d streams\n", get_instance_name(), c->name,
               MUX_MAX_STREAMS - 1);
        return;
    }
    struct stream *s = &stream[streams++];
    *s = (struct stream){ .name = c->name, .badge = c->badge, .log = log };
    serial_mux_add(&mux, (struct byte_ring){ &s->indexes, s->data, STREAM_BYTES }, number_of(c->name), log);
}

void post_init(void)
{
    struct rt_client c;

    uart = (struct uart_hw){ .in = chip_in, .out = chip_out };
    have_uart = uart_hw_init(&uart);
    serial_mux_init(&mux, false, rt_tsc_hz() / 1000 * (HOLD_NS / 1000000));
    for (unsigned i = 0; rt_client("getchar", i, &c); i++)
        add_reader(&c);
    for (unsigned i = 0; rt_client("raw_putchar", i, &c); i++)
        add_stream(&c, false);
    for (unsigned i = 0; rt_client("processed_putchar", i, &c); i++)
        add_stream(&c, true);
    for (unsigned i = 0; i < readers; i++)
        if (!reader_name[i])
            reader_name[i] = "-";
    mux.colours = readers > 1;
    serial_menu_init(&menu, readers, reader_name);
    menu.deliver = deliver;
    menu.say = say;
    menu.debug = debug;
    if (timeout_oneshot_relative(0, 1000) != 0)
        mux.hold = 0;                    /* nobody to wake us: other streams break unfinished lines at once */
    serial_irq_acknowledge();
}

/* The control thread waits for the time at which an unfinished line may be broken. */
int run(void)
{
    for (;;) {
        timeout_wait();
        state_lock();
        timer_for = 0;
        serve_output();
        state_unlock();
    }
}
