// SPDX-License-Identifier: BSD-2-Clause
// 8254 interval timer and port 0x61. Facts from: [1] Intel 8254 data sheet (231164-005).
//
// A counter is not stepped: its count and output follow from the time since it was loaded. Counter 0's rising
// edges are timer events. Reloading takes effect at once, not at the next clock or period.

#include <stdio.h>
#include <string.h>
#include <vmm/devices/pit8254.h>
#include <vmm/irq.h>

#define MIN_PERIOD_NS 20000
#define REFRESH_NS 15085           /* period of the refresh request whose toggle bit is in port 0x61 */
#define NS_PER_S 1000000000ull

enum { GATE2 = 1, SPEAKER = 2, PORT61_WRITABLE = 0x0f };

static uint64_t pit_ticks(const struct pit8254 *p, const struct pit_counter *c, uint64_t now)
{
    return timer_scale(now - c->start, PIT_HZ, p->timers->tsc_hz);
}

static bool is_periodic(const struct pit_counter *c)
{
    return c->mode == 2 || c->mode == 3;
}

/* Elapsed counts; those of a periodic counter within the present period. */
static uint64_t elapsed(const struct pit8254 *p, const struct pit_counter *c, uint64_t now)
{
    uint64_t ticks = c->counting ? pit_ticks(p, c, now) : 0;
    return is_periodic(c) ? ticks % c->count : ticks;
}

/* [1] figures 15 to 20: level of OUT in the six modes */
static bool output(const struct pit8254 *p, const struct pit_counter *c, uint64_t now)
{
    uint64_t ticks = elapsed(p, c, now);

    switch (c->mode) {
    case 0: return c->counting && ticks >= c->count;
    case 1: return !c->counting || ticks >= c->count;
    case 2: return !c->counting || !c->gate || ticks != c->count - 1u;
    case 3: return !c->counting || !c->gate || ticks < (c->count + 1u) / 2;
    default: return !c->counting || ticks != c->count;      /* 4, 5: a strobe of one count */
    }
}

static uint16_t to_bcd(uint32_t value)
{
    return (uint16_t)(value % 10 | value / 10 % 10 << 4 | value / 100 % 10 << 8 | value / 1000 % 10 << 12);
}

static uint32_t from_bcd(uint16_t value)
{
    uint32_t n = 0;
    for (int shift = 12; shift >= 0; shift -= 4)
        n = n * 10 + (value >> shift & 0xf);
    return n;
}

/* The counting element as a read shows it. One-shot modes wrap and go on counting. */
static uint16_t current_count(const struct pit8254 *p, const struct pit_counter *c, uint64_t now)
{
    uint64_t ticks = elapsed(p, c, now);
    uint32_t wrap = c->bcd ? 10000 : 65536, value;

    if (c->mode == 3) {                         /* counts down by twos, twice per period */
        uint32_t half = (c->count + 1) / 2;
        value = (c->count & ~1u) - 2 * (uint32_t)(ticks >= half ? ticks - half : ticks);
        value &= 0xffff;
    } else {
        value = (uint32_t)((c->count + wrap - ticks % wrap) % wrap);
    }
    return c->bcd ? to_bcd(value) : (uint16_t)value;
}

/* ------------------------------------------ counter 0's edges ------------------------------------------- */

/* Arms the timer for the next rising edge of OUT0, or not at all. */
static void schedule(struct pit8254 *p, uint64_t now)
{
    struct pit_counter *c = &p->counter[0];
    uint64_t done, edge;

    if (!c->counting || (c->mode != 0 && !is_periodic(c) && c->mode != 4)) {
        timer_cancel(p->timers, &p->timer);     /* modes 1 and 5 wait for a gate that is tied high */
        return;
    }
    done = pit_ticks(p, c, now);
    if (is_periodic(c))
        edge = (done / c->count + 1) * c->count;
    else
        edge = c->count + (c->mode == 4);       /* [1]: the strobe lasts one count */
    if (!is_periodic(c) && done >= edge) {
        timer_cancel(p->timers, &p->timer);
        return;
    }
    uint64_t when = c->start + timer_scale(edge, p->timers->tsc_hz, PIT_HZ) + 1;
    uint64_t least = now + timer_ticks_from_ns(p->timers, MIN_PERIOD_NS);
    timer_arm(p->timers, &p->timer, is_periodic(c) && when < least ? least : when);
}

/* In periodic modes the phase is kept, and periods nobody saw give one interrupt. The start moves along so
 * that ticks stay small. */
static void edge_reached(void *device, uint64_t now)
{
    struct pit8254 *p = device;
    struct pit_counter *c = &p->counter[0];

    if (is_periodic(c)) {
        uint64_t seconds = (now - c->start) / p->timers->tsc_hz;
        uint64_t step = seconds * PIT_HZ / c->count * c->count;
        if (seconds >= 64)
            c->start += timer_scale(step, p->timers->tsc_hz, PIT_HZ);
        schedule(p, now);
    }
    p->ticks++;
    irq_set(p->router, 0, false);
    irq_set(p->router, 0, true);
}

/* ----------------------------------------------- loading ------------------------------------------------ */

static void restart(struct pit8254 *p, struct pit_counter *c)
{
    uint64_t now = timer_now(p->timers);
    c->start = now;
    c->counting = true;
    if (c == &p->counter[0]) {
        irq_set(p->router, 0, output(p, c, now));
        schedule(p, now);
    }
}

static void load(struct pit8254 *p, struct pit_counter *c, uint16_t value)
{
    c->count = c->bcd ? from_bcd(value) : value;
    if (c->count == 0)
        c->count = c->bcd ? 10000 : 65536;
    if (is_periodic(c) && c->count == 1)
        c->count = 2;                           /* [1]: a count of 1 is illegal in modes 2 and 3 */
    c->loaded = true;
    if (c->mode == 1 || c->mode == 5)
        return;                                 /* begins at the gate's rising edge */
    if (c->gate)
        restart(p, c);
    else
        c->counting = false;
}

/* [1] gate: rising edge starts modes 1 and 5 and restarts 2 and 3; low stops the others. Only counter 2's
 * moves. Counting that a low gate stopped in modes 0 and 4 begins anew when it rises. */
static void set_gate(struct pit8254 *p, struct pit_counter *c, bool gate)
{
    bool rising = gate && !c->gate;

    c->gate = gate;
    if (rising && c->loaded)
        restart(p, c);
    else if (!gate && c->mode != 1 && c->mode != 5)
        c->counting = false;
}

/* ---------------------------------------------- registers ----------------------------------------------- */

static void latch_count(struct pit8254 *p, struct pit_counter *c)
{
    if (c->latch_bytes)
        return;    /* [1]: a second latch command is ignored until the first is read */
    c->latch = current_count(p, c, timer_now(p->timers));
    c->latch_bytes = c->access == 3 ? 2 : 1;
    c->read_second = false;
}

static void latch_status(struct pit8254 *p, struct pit_counter *c)
{
    if (c->status_latched)
        return;
    c->status = (uint8_t)(output(p, c, timer_now(p->timers)) << 7 | !c->loaded << 6 | c->access << 4 |
                          c->mode << 1 | c->bcd);
    c->status_latched = true;
}

/* [1] figure 11: 11 select, bit 5 = 0 latch count, bit 4 = 0 latch status, bits 3:1 counters */
static void read_back(struct pit8254 *p, uint8_t value)
{
    for (unsigned i = 0; i < 3; i++) {
        if (!(value & (2u << i)))
            continue;
        if (!(value & 0x20))
            latch_count(p, &p->counter[i]);
        if (!(value & 0x10))
            latch_status(p, &p->counter[i]);
    }
}

/* [1] figure 7: select 7:6, access 5:4, mode 3:1, BCD 0 */
static void write_control(struct pit8254 *p, uint8_t value)
{
    unsigned select = value >> 6, mode = value >> 1 & 7;

    if (select == 3) {
        read_back(p, value);
        return;
    }
    struct pit_counter *c = &p->counter[select];
    if ((value & 0x30) == 0) {
        latch_count(p, c);
        return;
    }
    c->access = value >> 4 & 3;
    c->mode = (uint8_t)(mode > 5 ? mode - 4 : mode);        /* x10 and x11 */
    c->bcd = value & 1;
    c->counting = c->loaded = false;
    c->write_second = c->read_second = c->status_latched = false;
    c->latch_bytes = 0;
    c->count = c->bcd ? 10000 : 65536;
    if (select == 0) {
        timer_cancel(p->timers, &p->timer);
        irq_set(p->router, 0, c->mode != 0);
    }
}

static void write_counter(struct pit8254 *p, struct pit_counter *c, uint8_t value)
{
    switch (c->access) {
    case 1:
        load(p, c, value);
        break;
    case 2:
        load(p, c, (uint16_t)(value << 8));
        break;
    default:
        if (!c->write_second) {
            c->write_low = value;
            if (c->mode == 0)                   /* [1]: the first byte stops counting in mode 0 */
                c->counting = false;
        } else {
            load(p, c, (uint16_t)(c->write_low | value << 8));
        }
        c->write_second = !c->write_second;
    }
}

static uint8_t read_counter(struct pit8254 *p, struct pit_counter *c)
{
    uint16_t value;

    if (c->status_latched) {
        c->status_latched = false;
        return c->status;
    }
    if (c->latch_bytes) {
        bool high = c->access == 2 || (c->access == 3 && c->latch_bytes == 1);
        c->latch_bytes--;
        return (uint8_t)(high ? c->latch >> 8 : c->latch);
    }
    value = current_count(p, c, timer_now(p->timers));
    bool high = c->access == 2 || (c->access == 3 && c->read_second);
    if (c->access == 3)
        c->read_second = !c->read_second;
    return (uint8_t)(high ? value >> 8 : value);
}

static enum exit_action pit_access(void *device, struct bus_access *a)
{
    struct pit8254 *p = device;
    unsigned port = a->offset & 3;

    if (a->size != 1)
        return bus_bytewise(pit_access, device, a);
    if (a->write && port == 3)
        write_control(p, (uint8_t)a->value);
    else if (a->write)
        write_counter(p, &p->counter[port], (uint8_t)a->value);
    else
        a->value = port == 3 ? 0xff : read_counter(p, &p->counter[port]);
    return EXIT_NEXT_INSN;
}

static enum exit_action port61_access(void *device, struct bus_access *a)
{
    struct pit8254 *p = device;
    uint64_t now;

    if (a->write) {
        p->port61 = a->value & PORT61_WRITABLE;
        set_gate(p, &p->counter[2], p->port61 & GATE2);
        return EXIT_NEXT_INSN;
    }
    now = timer_now(p->timers);
    a->value = p->port61;
    if (output(p, &p->counter[2], now))
        a->value |= 0x20;
    if (timer_scale(now, NS_PER_S / REFRESH_NS, p->timers->tsc_hz) & 1)
        a->value |= 0x10;
    return EXIT_NEXT_INSN;
}

static void pit_reset(void *device)
{
    struct pit8254 *p = device;

    timer_cancel(p->timers, &p->timer);
    for (unsigned i = 0; i < 3; i++)
        p->counter[i] = (struct pit_counter){ .count = 65536, .mode = 3, .access = 3, .gate = i != 2 };
    p->port61 = 0;
}

static int pit_init(void *device, const struct device_env *env, const void *cfg)
{
    struct pit8254 *p = device;

    memset(p, 0, sizeof *p);
    p->timers = env->timers;
    p->router = env->irq;
    timer_init(&p->timer, edge_reached, p);
    pit_reset(p);
    if (bus_claim(env->pio, 0x40, 4, pit_access, p, "pit") ||
        bus_claim(env->pio, 0x61, 1, port61_access, p, "port61"))
        return -1;
    return 0;
}

static void pit_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    const struct pit8254 *p = device;
    char text[128];

    for (unsigned i = 0; i < 3; i++) {
        const struct pit_counter *c = &p->counter[i];
        snprintf(text, sizeof text, "pit: counter %u mode %u count %u%s%s", i, c->mode, c->count,
                 c->counting ? " counting" : "", c->gate ? "" : " gate low");
        line(ctx, text);
    }
    snprintf(text, sizeof text, "pit: %llu ticks, port 61 %02x", (unsigned long long)p->ticks, p->port61);
    line(ctx, text);
}

const struct device_class pit8254_class = {
    "pit8254", sizeof(struct pit8254), pit_init, pit_reset, pit_dump
};
