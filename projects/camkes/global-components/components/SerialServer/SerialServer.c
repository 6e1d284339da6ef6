// SPDX-License-Identifier: BSD-2-Clause
// SerialServer: one line, many clients. Owns COM1; output comes through shared queues (or putchar calls), input goes
// to the clients the person at the terminal selected.
#include "SerialServer.h"
#include "serial_menu.h"
#include "serial_mux.h"
#include "uart_hw.h"
#include <stdio.h>
#include <stdlib.h>

#define HOLD_NS 100000000u               /* an unfinished line is not broken before 0.1 s of silence */
#define LOCAL_BYTES 2048u

struct stream {
    struct serial_stream_config config;
    struct byte_ring in;                 /* of clients that take input */
    struct byte_ring_shared local;       /* of clients without shared memory */
    uint64_t lost_in;
};

static struct serial_mux mux;
static struct serial_menu menu;
static struct uart_hw uart;
static bool have_uart;
static unsigned streams;
static struct stream stream[MUX_MAX_STREAMS];
static const char *client_name[SERIAL_MAX_CLIENTS];
static uint8_t tx[1024];
static size_t tx_n, tx_at;
static uint64_t timer_for;

static uint64_t rdtsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

/* ---------------------------------------------------- output -------------------------------------------------- */

static uint8_t chip_in(void *ctx, unsigned reg)
{
    return serial_port_in8(reg);
}

static void chip_out(void *ctx, unsigned reg, uint8_t value)
{
    serial_port_out8(reg, value);
}

static size_t send(const uint8_t *bytes, size_t n)
{
    if (have_uart)
        return uart_hw_send(&uart, bytes, n);
    for (size_t i = 0; i < n; i++)
        serial_debug_putchar(bytes[i]);
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

/* Flags first, then the queues: what comes later signals. */
void serial_work(void)
{
    uint64_t again = 0, now = rdtsc();

    for (unsigned i = 0; i < streams; i++)
        if (stream[i].config.shm)
            byte_ring_ask_wake(&mux.stream[i + 1].ring);
    for (;;) {
        if (tx_at == tx_n) {
            now = rdtsc();
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

static void local_put(bool log, const char *bytes, size_t n)
{
    unsigned s = putchar_get_sender_id();

    if (s >= streams || stream[s].config.shm || stream[s].config.log != log)
        return;
    while (n) {
        size_t k = byte_ring_put(&mux.stream[s + 1].ring, bytes, n);
        bytes += k;
        n -= k;
        serial_work();
        if (k == 0)
            return;                      /* a real chip is behind: the rest is lost rather than the server stuck */
    }
}

void processed_putchar_putchar(int c)
{
    char byte = (char)c;
    local_put(true, &byte, 1);
}

void processed_putchar_batch(const char *bytes, size_t n)
{
    local_put(true, bytes, n);
}

void raw_putchar_putchar(int c)
{
    char byte = (char)c;
    local_put(false, &byte, 1);
}

void raw_putchar_batch(const char *bytes, size_t n)
{
    local_put(false, bytes, n);
}

/* ----------------------------------------------------- input -------------------------------------------------- */

static void deliver(void *ctx, unsigned client, uint8_t c)
{
    for (unsigned i = 0; i < streams; i++)
        if (stream[i].config.client == client && stream[i].in.shared) {
            if (byte_ring_put(&stream[i].in, &c, 1) == 0)
                stream[i].lost_in++;
            getchar_emit(i);
        }
}

static void say(void *ctx, const char *text)
{
    serial_mux_say(&mux, text);
}

static void debug(void *ctx, char what)
{
    char line[120];

    if (what == 's') {
        serial_dump_scheduler();
        return;
    }
    for (unsigned i = 0; i < streams; i++) {
        snprintf(line, sizeof line, "%-8.16s %-7s %10llu bytes out, %u waiting, %u typed waiting, %llu typed lost",
                 stream[i].config.name, stream[i].config.log ? "log" : "console",
                 (unsigned long long)mux.stream[i + 1].bytes, (unsigned)byte_ring_used(&mux.stream[i + 1].ring),
                 stream[i].in.shared ? (unsigned)byte_ring_used(&stream[i].in) : 0,
                 (unsigned long long)stream[i].lost_in);
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
    receive();
    serial_irq_acknowledge();
    receive();
    serial_work();
}

/* ----------------------------------------------------- start -------------------------------------------------- */

static unsigned add_stream(unsigned i)
{
    struct stream *s = &stream[i];
    struct byte_ring out = { .shared = &s->local, .size = LOCAL_BYTES };

    s->config = serial_stream_config(i);
    if (s->config.client >= SERIAL_MAX_CLIENTS) {
        printf("stream of %s: client number %u, there can be %d\n", s->config.name, s->config.client, SERIAL_MAX_CLIENTS);
        return 0;
    }
    if (s->config.shm) {
        out = serial_shm_out(s->config.shm);
        if (!s->config.log)
            s->in = serial_shm_in(s->config.shm);
    } else {
        out.data = calloc(1, LOCAL_BYTES);
    }
    serial_mux_add(&mux, out, s->config.client, s->config.log);
    if (!s->config.shm)                  /* a service: has a colour, but no number */
        return 1;
    client_name[s->config.client] = s->config.name;
    return s->config.client + 1;
}

void serial_init(void)
{
    unsigned clients = 0, wanted = serial_stream_count();

    uart = (struct uart_hw){ .in = chip_in, .out = chip_out };
    have_uart = uart_hw_init(&uart);
    serial_mux_init(&mux, false, serial_tsc_frequency() / 1000 * (HOLD_NS / 1000000));
    for (unsigned i = 0; i < wanted && i + 1 < MUX_MAX_STREAMS; i++) {
        unsigned n = add_stream(i);
        if (n == 0)
            break;
        clients = n > clients ? n : clients;
        streams = i + 1;
    }
    for (unsigned i = 0; i < clients; i++)
        if (!client_name[i])
            client_name[i] = "-";
    mux.colours = clients > 1;
    serial_menu_init(&menu, clients, client_name);
    menu.deliver = deliver;
    menu.say = say;
    menu.debug = debug;
    if (timeout_oneshot_relative(0, 1000) != 0)
        mux.hold = 0;                    /* nobody to wake us: other streams break unfinished lines at once */
    serial_work();
}
