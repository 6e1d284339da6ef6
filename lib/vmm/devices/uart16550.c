// SPDX-License-Identifier: BSD-2-Clause
// 16550A UART. Facts from: [1] National Semiconductor PC16550D data sheet (June 1995).
//
// Sending takes no time: the transmitter is empty again at once, so a guest that polls never waits. Typed
// bytes wait in a queue of which the receive FIFO shows the first 16: nothing is lost, there are no overruns.
// The receive time-out comes at once. OUT2 does not gate the interrupt (as in QEMU; PC boards do gate it).

#include <stdio.h>
#include <string.h>
#include <vmm/devices/uart16550.h>
#include <vmm/irq.h>

#define FIFO_SIZE 16
#define FLUSH_NS 4000000
#define REST_BYTES 1024            /* after so many bytes the next empty interrupt comes REST_NS later,
                                      so that the guest's handler ends and the line has an edge */
#define REST_NS 100000

enum { IER_RX = 1, IER_THRE = 2, IER_LINE = 4, IER_MODEM = 8 };
enum { IIR_NONE = 1, IIR_THRE = 2, IIR_RX = 4, IIR_LINE = 6, IIR_TIMEOUT = 12, IIR_FIFO = 0xc0 };
enum { FCR_ENABLE = 1, FCR_CLEAR_RX = 2, FCR_CLEAR_TX = 4 };
enum { LCR_DLAB = 0x80 };
enum { MCR_DTR = 1, MCR_RTS = 2, MCR_OUT1 = 4, MCR_OUT2 = 8, MCR_LOOP = 16 };
enum { LSR_DATA = 1, LSR_OVERRUN = 2, LSR_BREAK = 16, LSR_ERRORS = 0x1e, LSR_THRE = 0x20, LSR_EMPTY = 0x40 };
enum { MSR_CTS = 0x10, MSR_DSR = 0x20, MSR_RI = 0x40, MSR_DCD = 0x80, MSR_DELTA = 0x0f };

static unsigned rx_visible(const struct uart16550 *u)
{
    unsigned limit = u->fcr & FCR_ENABLE ? FIFO_SIZE : 1;
    return u->rx_count < limit ? u->rx_count : limit;
}

static unsigned rx_trigger(const struct uart16550 *u)
{
    static const uint8_t level[4] = { 1, 4, 8, 14 };
    return u->fcr & FCR_ENABLE ? level[u->fcr >> 6] : 1;
}

/* [1] table IV: the reason with the highest priority */
static unsigned interrupt_reason(const struct uart16550 *u)
{
    if ((u->ier & IER_LINE) && (u->lsr & LSR_ERRORS))
        return IIR_LINE;
    if ((u->ier & IER_RX) && u->rx_count)
        return rx_visible(u) >= rx_trigger(u) ? IIR_RX : IIR_TIMEOUT;
    if ((u->ier & IER_THRE) && u->thre_pending)
        return IIR_THRE;
    if ((u->ier & IER_MODEM) && (u->msr & MSR_DELTA))
        return 0;
    return IIR_NONE;
}

static void update_line(struct uart16550 *u)
{
    bool line = u->ier && interrupt_reason(u) != IIR_NONE;
    if (line != u->line) {
        u->line = line;
        irq_set(u->router, u->cfg.irq, line);
    }
}

/* ----------------------------------------------- sending ------------------------------------------------ */

void uart16550_flush(struct uart16550 *u)
{
    unsigned n = u->out_count;
    if (n == 0)
        return;
    u->out_count = 0;
    if (u->platform->console_out)
        u->platform->console_out(u->platform->ctx, u->cfg.port, u->out, n);
}

static void flush_due(void *device, uint64_t now)
{
    uart16550_flush(device);
}

static void rested(void *device, uint64_t now)
{
    struct uart16550 *u = device;
    u->burst = 0;
    u->thre_pending = true;
    update_line(u);
}

static void loop_back(struct uart16550 *u, uint8_t byte)
{
    if (rx_visible(u) == (u->fcr & FCR_ENABLE ? FIFO_SIZE : 1) || u->rx_count == UART_QUEUE_SIZE) {
        u->lsr |= LSR_OVERRUN;
        return;
    }
    u->rx[(u->rx_head + u->rx_count++) % UART_QUEUE_SIZE] = byte;
}

static void put_out(struct uart16550 *u, uint8_t byte)
{
    u->out[u->out_count++] = (char)byte;
    u->sent++;
    if (byte == '\n' || u->out_count == UART_OUT_SIZE)
        uart16550_flush(u);
    else if (!u->flush_timer.armed)
        timer_arm(u->timers, &u->flush_timer,
                  timer_now(u->timers) + timer_ticks_from_ns(u->timers, FLUSH_NS));
}

static void send(struct uart16550 *u, uint8_t byte)
{
    if (u->mcr & MCR_LOOP)
        loop_back(u, byte);
    else
        put_out(u, byte);
    u->thre_pending = true;
    if (u->ier == 0)
        return;                    /* polled output, the common case */
    if (++u->burst >= REST_BYTES && (u->ier & IER_THRE)) {
        u->thre_pending = false;
        timer_arm(u->timers, &u->rest_timer, timer_now(u->timers) + timer_ticks_from_ns(u->timers, REST_NS));
    }
    update_line(u);
}

/* ---------------------------------------------- receiving ----------------------------------------------- */

static uint8_t receive(struct uart16550 *u)
{
    uint8_t byte;

    if (u->rx_count == 0)
        return 0;
    byte = u->rx[u->rx_head];
    u->rx_head = (uint16_t)((u->rx_head + 1) % UART_QUEUE_SIZE);
    u->rx_count--;
    update_line(u);
    return byte;
}

size_t uart16550_receive(void *device, const char *bytes, size_t n)
{
    struct uart16550 *u = device;
    size_t taken = 0;

    while (taken < n && u->rx_count < UART_QUEUE_SIZE && !(u->mcr & MCR_LOOP))
        u->rx[(u->rx_head + u->rx_count++) % UART_QUEUE_SIZE] = (uint8_t)bytes[taken++];
    u->received += taken;
    update_line(u);
    return taken;
}

/* What has not entered the FIFO yet is still on the wire and survives. */
static void clear_rx_fifo(struct uart16550 *u)
{
    unsigned n = rx_visible(u);
    u->rx_head = (uint16_t)((u->rx_head + n) % UART_QUEUE_SIZE);
    u->rx_count = (uint16_t)(u->rx_count - n);
}

/* ---------------------------------------------- registers ----------------------------------------------- */

/* [1] 8.6: inputs follow the outputs in loopback; else the other end is there and ready */
static uint8_t modem_inputs(const struct uart16550 *u)
{
    if (!(u->mcr & MCR_LOOP))
        return MSR_CTS | MSR_DSR | MSR_DCD;
    return (uint8_t)((u->mcr & MCR_RTS ? MSR_CTS : 0) | (u->mcr & MCR_DTR ? MSR_DSR : 0) |
                     (u->mcr & MCR_OUT1 ? MSR_RI : 0) | (u->mcr & MCR_OUT2 ? MSR_DCD : 0));
}

static void update_modem(struct uart16550 *u)
{
    uint8_t inputs = modem_inputs(u), changed = inputs ^ (u->msr & 0xf0);
    uint8_t delta = (changed & ~MSR_RI) >> 4;

    if ((changed & MSR_RI) && !(inputs & MSR_RI))
        delta |= MSR_RI >> 4;      /* RI tells its trailing edge only */
    u->msr = inputs | (u->msr & MSR_DELTA) | delta;
}

static void write_ier(struct uart16550 *u, uint8_t value)
{
    /* Enabling the empty interrupt while the transmitter is empty raises it, again too */
    if ((value & IER_THRE) && !(u->ier & IER_THRE) && !u->rest_timer.armed)
        u->thre_pending = true;
    u->ier = value & 0x0f;
}

static void write_fcr(struct uart16550 *u, uint8_t value)
{
    bool toggles = (value ^ u->fcr) & FCR_ENABLE;
    if (toggles || ((value & FCR_ENABLE) && (value & FCR_CLEAR_RX)))
        clear_rx_fifo(u);
    if (toggles || ((value & FCR_ENABLE) && (value & FCR_CLEAR_TX)))
        u->thre_pending = true;
    u->fcr = value & FCR_ENABLE ? value & 0xc9 : 0;
}

static void uart_write(struct uart16550 *u, unsigned reg, uint8_t value)
{
    bool divisor = u->lcr & LCR_DLAB;

    switch (reg) {
    case 0:
        if (divisor)
            u->dll = value;
        else
            send(u, value);
        return;
    case 1:
        if (divisor)
            u->dlm = value;
        else
            write_ier(u, value);
        break;
    case 2: write_fcr(u, value); break;
    case 3: u->lcr = value; return;
    case 4:
        u->mcr = value & 0x1f;
        update_modem(u);
        break;
    case 7: u->scr = value; return;
    default: return;               /* LSR and MSR are read-only */
    }
    update_line(u);
}

static uint8_t read_iir(struct uart16550 *u)
{
    unsigned reason = interrupt_reason(u);
    if (reason == IIR_THRE) {
        u->thre_pending = false;
        update_line(u);
    }
    return (uint8_t)(reason | (u->fcr & FCR_ENABLE ? IIR_FIFO : 0));
}

static uint8_t read_lsr(struct uart16550 *u)
{
    uint8_t value = (uint8_t)(u->lsr | (u->rx_count ? LSR_DATA : 0));
    if (value & LSR_ERRORS) {
        u->lsr &= (uint8_t)~LSR_ERRORS;
        update_line(u);
    }
    return value;
}

static uint8_t read_msr(struct uart16550 *u)
{
    uint8_t value = u->msr;
    if (value & MSR_DELTA) {
        u->msr &= (uint8_t)~MSR_DELTA;
        update_line(u);
    }
    return value;
}

static uint8_t uart_read(struct uart16550 *u, unsigned reg)
{
    bool divisor = u->lcr & LCR_DLAB;

    switch (reg) {
    case 0:  return divisor ? u->dll : receive(u);
    case 1:  return divisor ? u->dlm : u->ier;
    case 2:  return read_iir(u);
    case 3:  return u->lcr;
    case 4:  return u->mcr;
    case 5:  return read_lsr(u);
    case 6:  return read_msr(u);
    default: return u->scr;
    }
}

static enum exit_action uart_access(void *device, struct bus_access *a)
{
    if (a->size != 1)
        return bus_bytewise(uart_access, device, a);
    if (a->write)
        uart_write(device, a->offset & 7, (uint8_t)a->value);
    else
        a->value = uart_read(device, a->offset & 7);
    return EXIT_NEXT_INSN;
}

static void uart_reset(void *device)
{
    struct uart16550 *u = device;

    uart16550_flush(u);
    timer_cancel(u->timers, &u->flush_timer);
    timer_cancel(u->timers, &u->rest_timer);
    u->ier = u->lcr = u->mcr = u->scr = u->fcr = u->dlm = 0;
    u->dll = 1;
    u->lsr = LSR_THRE | LSR_EMPTY;
    u->msr = modem_inputs(u);
    u->thre_pending = false;
    u->burst = 0;
    u->line = false;               /* typed bytes stay: a person may type ahead of a reboot */
}

static int uart_init(void *device, const struct device_env *env, const void *cfg)
{
    struct uart16550 *u = device;

    if (!cfg) {
        vmm_log(env->platform, "uart16550: no configuration");
        return -1;
    }
    memset(u, 0, sizeof *u);
    u->cfg = *(const struct uart16550_config *)cfg;
    u->platform = env->platform;
    u->router = env->irq;
    u->timers = env->timers;
    timer_init(&u->flush_timer, flush_due, u);
    timer_init(&u->rest_timer, rested, u);
    uart_reset(u);
    return bus_claim(env->pio, u->cfg.base, 8, uart_access, u, "uart16550");
}

static void uart_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct uart16550 *u = device;
    char text[160];

    snprintf(text, sizeof text,
             "uart %x: ier %x lcr %02x mcr %02x lsr %02x msr %02x fcr %02x line %d, %llu sent, "
             "%llu received, %u waiting",
             u->cfg.base, u->ier, u->lcr, u->mcr, u->lsr, u->msr, u->fcr, u->line,
             (unsigned long long)u->sent, (unsigned long long)u->received, u->rx_count);
    line(ctx, text);
}

const struct device_class uart16550_class = {
    "uart16550", sizeof(struct uart16550), uart_init, uart_reset, uart_dump
};
