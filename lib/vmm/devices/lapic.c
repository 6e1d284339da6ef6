// SPDX-License-Identifier: BSD-2-Clause
// Local APIC: interrupt acceptance, priorities and EOI, IPIs, timer. Its register file (page and MSRs) is
// lapic_regs.c. Facts from: [1] Intel SDM vol. 3A (325462-080), ch. 11 (APIC).

#include "lapic_private.h"

#include <stdio.h>
#include <string.h>
#include <vmm/devices/ioapic.h>

/* A periodic timer does not fire more often than this, whatever the guest asks for: 20 us. */
#define MIN_PERIOD_NS 20000

/* -------------------------------------- vector sets and priorities -------------------------------------- */

static inline void set_bit(uint64_t set[4], uint8_t vector)
{
    set[vector >> 6] |= 1ull << (vector & 63);
}

static inline void clear_bit(uint64_t set[4], uint8_t vector)
{
    set[vector >> 6] &= ~(1ull << (vector & 63));
}

static inline bool test_bit(const uint64_t set[4], uint8_t vector)
{
    return set[vector >> 6] >> (vector & 63) & 1;
}

static inline int highest(const uint64_t set[4])
{
    for (int i = 3; i >= 0; i--) {
        if (set[i])
            return i * 64 + 63 - __builtin_clzll(set[i]);
    }
    return -1;
}

/* [1] 11.8.3.1: PPR is TPR or the vector in service, whichever has the higher class */
unsigned lapic_priority(const struct lapic *l)
{
    int in_service = highest(l->isr);
    unsigned class = in_service < 0 ? 0 : (unsigned)in_service & 0xf0;
    return (l->tpr & 0xf0) >= class ? l->tpr : class;
}

void lapic_update(struct lapic *l)
{
    int vector = -1;

    if ((l->irr[0] | l->irr[1] | l->irr[2] | l->irr[3]) && (l->spurious & SVR_ENABLED)) {
        vector = highest(l->irr);
        if ((unsigned)vector >> 4 <= lapic_priority(l) >> 4)
            vector = -1;
    }
    l->pending = (int16_t)vector;
    irq_note(l->router, l->cfg.vcpu, IRQ_FROM_APIC, vector >= 0);
}

bool lapic_accept(struct lapic *l, uint8_t vector, bool level)
{
    if (!lapic_enabled(l) || !(l->spurious & SVR_ENABLED))
        return false;
    if (vector < 16) {                          /* [1] 11.5.3: received illegal vector */
        lapic_error(l, ESR_RECEIVED_VECTOR);
        return false;
    }
    set_bit(l->irr, vector);
    if (level)
        set_bit(l->tmr, vector);
    else
        clear_bit(l->tmr, vector);
    lapic_update(l);
    return true;
}

void lapic_take(struct lapic *l, uint8_t vector)
{
    clear_bit(l->irr, vector);
    set_bit(l->isr, vector);
    l->taken++;
    lapic_update(l);
}

void lapic_eoi(struct lapic *l)
{
    int vector = highest(l->isr);

    l->eois++;
    if (vector < 0)
        return;
    clear_bit(l->isr, (uint8_t)vector);
    lapic_update(l);
    if (test_bit(l->tmr, (uint8_t)vector) && l->router->ioapic)
        ioapic_eoi(l->router->ioapic, (uint8_t)vector);
}

/* --------------------------------------- local interrupt sources ---------------------------------------- */

/* Fires an entry of the local vector table. */
static void raise_lvt(struct lapic *l, enum lapic_lvt which)
{
    uint32_t entry = l->lvt[which];
    struct irq_hooks *hooks = &l->router->hooks;

    if (entry & LVT_MASKED)
        return;
    if (((entry >> 8) & 7) == APIC_NMI && hooks->nmi)
        hooks->nmi(hooks->ctx, l->cfg.vcpu);
    else if (((entry >> 8) & 7) == APIC_FIXED)
        lapic_accept(l, (uint8_t)entry, false);
}

/* [1] 11.5.3. An error while the error interrupt is being reported only sets its bit. */
void lapic_error(struct lapic *l, uint32_t bits)
{
    bool more = bits & ~l->errors;
    l->errors |= bits;
    if (more && (l->lvt[LVT_ERROR] & 0xff) >= 16)
        raise_lvt(l, LVT_ERROR);
}

bool lapic_passes_extint(const struct lapic *l)
{
    uint32_t entry = l->lvt[LVT_LINT0];
    if (!lapic_enabled(l))
        return l->cfg.vcpu == 0;    /* [1] 11.4.3: LINT0 is INTR then; wired at the boot processor */
    return !(entry & LVT_MASKED) && ((entry >> 8) & 7) == APIC_EXTINT;
}

void lapic_update_extint(struct lapic *l)
{
    irq_note(l->router, l->cfg.vcpu, IRQ_FROM_PIC, l->lint0 && lapic_passes_extint(l));
}

void lapic_set_lint0(struct lapic *l, bool level)
{
    bool rising = level && !l->lint0;

    l->lint0 = level;
    lapic_update_extint(l);
    if (rising && lapic_enabled(l))
        raise_lvt(l, LVT_LINT0);                /* fixed or NMI; does nothing for ExtINT */
}

/* ------------------------------------------ messages to others ------------------------------------------ */

/* [1] 11.6.2.2: logical destinations, flat, cluster and x2APIC (11.12.10.2) */
static bool matches_logical(const struct lapic *l, uint32_t destination)
{
    uint32_t mine = l->ldr >> 24;

    if (lapic_is_x2apic(l))
        return (destination >> 16) == (l->ldr >> 16) && (destination & l->ldr & 0xffff);
    if (l->dfr >> 28 == 0xf)
        return destination & mine & 0xff;
    return (destination >> 4 & 0xf) == mine >> 4 && (destination & mine & 0xf);
}

bool lapic_matches(const struct lapic *l, uint32_t destination, bool logical)
{
    if (destination == APIC_BROADCAST)
        return true;
    return logical ? matches_logical(l, destination) : destination == l->id;
}

/* [1] 11.6.1. `high` is the upper half as the mode has it: an 8-bit destination in bits 31:24, or 32 bits. */
void lapic_send_ipi(struct lapic *l, uint32_t icr, uint32_t high)
{
    uint32_t destination = lapic_is_x2apic(l) ? high : high >> 24 == 0xff ? APIC_BROADCAST : high >> 24;
    struct apic_message m = {
        .destination = destination, .vector = icr & 0xff, .delivery = (icr >> 8) & 7,
        .logical = icr & (1u << 11), .shorthand = (icr >> 18) & 3, .source = (uint8_t)l->cfg.vcpu,
    };

    l->ipis++;
    if (m.delivery == APIC_INIT && !(icr & (1u << 14)) && (icr & (1u << 15)))
        return;                                 /* INIT level de-assert: nothing on these CPUs */
    if (m.delivery <= APIC_LOWEST && m.vector < 16) {
        lapic_error(l, ESR_SENT_VECTOR);
        return;
    }
    if (m.shorthand == APIC_SELF && m.delivery != APIC_FIXED)
        return;                                 /* [1] table 11-3: invalid */
    irq_deliver(l->router, &m);
}

/* ------------------------------------------------ timer ------------------------------------------------- */

static unsigned timer_mode(const struct lapic *l)
{
    return (l->lvt[LVT_TIMER] >> 17) & 3;
}

/* [1] 11.5.4: divide configuration in bits 3, 1 and 0: 2, 4, 8 ... 128, 1 */
static unsigned divide_shift(const struct lapic *l)
{
    return (((l->divide & 3) | (l->divide & 8) >> 1) + 1) & 7;
}

/* Length of `count` timer counts in host ticks. At least 1. */
static uint64_t count_ticks(const struct lapic *l, uint64_t count)
{
    uint64_t ticks = timer_scale(count << divide_shift(l), l->timers->tsc_hz, l->cfg.bus_hz);
    return ticks ? ticks : 1;
}

uint32_t lapic_current_count(const struct lapic *l)
{
    if (l->initial_count == 0 || timer_mode(l) == LAPIC_DEADLINE)
        return 0;
    uint64_t ticks = timer_now(l->timers) - l->count_start;
    uint64_t counts = timer_scale(ticks, l->cfg.bus_hz, l->timers->tsc_hz) >> divide_shift(l);
    if (timer_mode(l) == LAPIC_PERIODIC)
        return l->initial_count - (uint32_t)(counts % l->initial_count);
    return counts >= l->initial_count ? 0 : l->initial_count - (uint32_t)counts;
}

static void start_count(struct lapic *l, uint64_t now)
{
    l->count_start = now;
    if (l->initial_count)
        timer_arm(l->timers, &l->timer, now + count_ticks(l, l->initial_count));
    else
        timer_cancel(l->timers, &l->timer);
}

void lapic_write_initial_count(struct lapic *l, uint32_t value)
{
    if (timer_mode(l) == LAPIC_DEADLINE)
        return;                                 /* [1] 11.5.4.1: ignored */
    l->initial_count = value;
    start_count(l, timer_now(l->timers));
}

/* The count goes on from where it is, at the new speed. */
void lapic_write_divide(struct lapic *l, uint32_t value)
{
    uint32_t left = lapic_current_count(l);
    uint64_t now = timer_now(l->timers);

    l->divide = value & 0xb;
    if (!l->timer.armed || timer_mode(l) == LAPIC_DEADLINE)
        return;
    l->count_start = now - count_ticks(l, l->initial_count - left);
    timer_arm(l->timers, &l->timer, now + count_ticks(l, left));
}

static void arm_deadline(struct lapic *l, uint64_t now)
{
    uint64_t guest_now = now + l->tsc_offset, when;

    if (l->deadline == 0) {
        timer_cancel(l->timers, &l->timer);
    } else if (l->deadline <= guest_now) {
        timer_cancel(l->timers, &l->timer);
        l->deadline = 0;
        l->timer_fired++;
        raise_lvt(l, LVT_TIMER);
    } else {
        if (__builtin_add_overflow(now, l->deadline - guest_now, &when))
            when = UINT64_MAX;
        timer_arm(l->timers, &l->timer, when);
    }
}

/* [1] 11.5.4.1: ignored unless the timer is in TSC-deadline mode */
void lapic_write_deadline(struct lapic *l, uint64_t value)
{
    if (timer_mode(l) != LAPIC_DEADLINE)
        return;
    l->deadline = value;
    arm_deadline(l, timer_now(l->timers));
}

void lapic_set_tsc_offset(struct lapic *l, uint64_t offset)
{
    l->tsc_offset = offset;
    if (l->deadline)
        arm_deadline(l, timer_now(l->timers));
}

/* [1] 11.5.4.1: changing between deadline mode and the others disarms the timer */
void lapic_write_lvt_timer(struct lapic *l, uint32_t value)
{
    bool was_deadline = timer_mode(l) == LAPIC_DEADLINE;

    l->lvt[LVT_TIMER] = value;
    if (was_deadline == (timer_mode(l) == LAPIC_DEADLINE))
        return;
    timer_cancel(l->timers, &l->timer);
    l->deadline = 0;
    l->initial_count = 0;
}

/* Keeps the phase; periods that passed unseen give one interrupt. */
static void next_period(struct lapic *l, uint64_t now)
{
    uint64_t period = count_ticks(l, l->initial_count);
    uint64_t least = timer_ticks_from_ns(l->timers, MIN_PERIOD_NS);

    l->count_start += (now - l->count_start) / period * period;
    timer_arm(l->timers, &l->timer, period < least ? now + least : l->count_start + period);
}

static void timer_fires(void *device, uint64_t now)
{
    struct lapic *l = device;

    if (timer_mode(l) == LAPIC_DEADLINE) {
        arm_deadline(l, now);
        return;
    }
    if (timer_mode(l) == LAPIC_PERIODIC && l->initial_count)
        next_period(l, now);
    l->timer_fired++;
    raise_lvt(l, LVT_TIMER);
}

/* ------------------------------------------- paravirtual EOI -------------------------------------------- */

/* Possible when exactly the interrupt in service would be ended and ending it has no further effect: nothing
 * else waits, nothing else is in service, and no I/O APIC wants to know. */
bool lapic_pv_eoi_possible(const struct lapic *l)
{
    int vector = highest(l->isr);
    if (vector < 0 || highest(l->irr) >= 0 || test_bit(l->tmr, (uint8_t)vector))
        return false;
    uint64_t others[4] = { l->isr[0], l->isr[1], l->isr[2], l->isr[3] };
    clear_bit(others, (uint8_t)vector);
    return highest(others) < 0;
}

void lapic_pv_eoi_offer(struct lapic *l, uint32_t *flag)
{
    bool possible = lapic_pv_eoi_possible(l);
    if (possible == l->pv_eoi_offered)
        return;
    uint32_t value = *(volatile uint32_t *)flag;
    *(volatile uint32_t *)flag = possible ? value | 1 : value & ~1u;
    l->pv_eoi_offered = possible;
}

void lapic_pv_eoi_collect(struct lapic *l, uint32_t *flag)
{
    uint32_t value = *(volatile uint32_t *)flag;

    l->pv_eoi_offered = false;
    if (value & 1)
        *(volatile uint32_t *)flag = value & ~1u;
    else
        lapic_eoi(l);
}

/* ------------------------------------------------ class ------------------------------------------------- */

/* [1] 11.4.7.1 and 11.4.7.3: state after reset and INIT; LINT0 of the boot CPU as firmware leaves it. */
void lapic_init_ipi(struct lapic *l)
{
    memset(l->irr, 0, sizeof l->irr);
    memset(l->isr, 0, sizeof l->isr);
    memset(l->tmr, 0, sizeof l->tmr);
    l->tpr = l->esr = l->errors = l->icr = l->icr_high = 0;
    l->ldr = lapic_is_x2apic(l) ? lapic_x2apic_ldr(l->id) : 0;
    l->dfr = 0xffffffff;
    l->spurious = 0xff;
    for (unsigned i = 0; i < LVT_COUNT; i++)
        l->lvt[i] = LVT_MASKED;
    if (l->cfg.vcpu == 0)
        l->lvt[LVT_LINT0] = APIC_EXTINT << 8;
    timer_cancel(l->timers, &l->timer);
    l->initial_count = l->divide = 0;
    l->deadline = 0;
    l->pv_eoi_offered = false;
    lapic_update(l);
    lapic_update_extint(l);
}

static void lapic_reset(void *device)
{
    struct lapic *l = device;

    lapic_move_page(l, LAPIC_DEFAULT_BASE | BASE_ENABLED | (l->cfg.vcpu == 0 ? BASE_BOOT_CPU : 0));
    l->id = l->cfg.id;
    l->lint0 = l->router->pic_output;
    lapic_init_ipi(l);
}

static int lapic_init(void *device, const struct device_env *env, const void *cfg)
{
    struct lapic *l = device;
    const struct lapic_config *c = cfg;

    if (!c || c->vcpu >= env->irq->vcpus) {
        vmm_log(env->platform, "lapic: VCPU %u is not in this machine", c ? c->vcpu : 0);
        return -1;
    }
    memset(l, 0, sizeof *l);
    l->cfg = *c;
    if (l->cfg.bus_hz == 0)
        l->cfg.bus_hz = LAPIC_DEFAULT_BUS_HZ;
    if (l->cfg.phys_bits < 32 || l->cfg.phys_bits > 52)
        l->cfg.phys_bits = 40;
    l->router = env->irq;
    l->mmio = env->mmio;
    l->timers = env->timers;
    timer_init(&l->timer, timer_fires, l);
    l->router->lapic[c->vcpu] = l;
    lapic_reset(l);
    if (!lapic_move_page(l, l->base)) {
        vmm_log(env->platform, "lapic: its page at 0x%x is taken", LAPIC_DEFAULT_BASE);
        return -1;
    }
    return 0;
}

static void dump_set(const char *name, const uint64_t set[4], void (*line)(void *ctx, const char *),
                     void *ctx)
{
    char text[128];
    if (highest(set) < 0)
        return;
    snprintf(text, sizeof text, "lapic:   %s %016llx %016llx %016llx %016llx", name,
             (unsigned long long)set[3], (unsigned long long)set[2], (unsigned long long)set[1],
             (unsigned long long)set[0]);
    line(ctx, text);
}

static void lapic_dump(const void *device, void (*line)(void *ctx, const char *), void *ctx)
{
    static const char *const lvt_name[LVT_COUNT] = { "timer", "thermal", "perf", "lint0", "lint1", "error" };
    const struct lapic *l = device;
    char text[192];
    int n;

    snprintf(text, sizeof text, "lapic: vcpu %u id %u base %llx %s svr %03x tpr %02x ppr %02x pending %d",
             l->cfg.vcpu, l->id, (unsigned long long)l->base,
             !lapic_enabled(l) ? "off" : lapic_is_x2apic(l) ? "x2apic" : "xapic", l->spurious, l->tpr,
             lapic_priority(l), l->pending);
    line(ctx, text);
    n = snprintf(text, sizeof text, "lapic:   lvt");
    for (unsigned i = 0; i < LVT_COUNT; i++)
        n += snprintf(text + n, sizeof text - (size_t)n, " %s %05x", lvt_name[i], l->lvt[i]);
    line(ctx, text);
    dump_set("irr", l->irr, line, ctx);
    dump_set("isr", l->isr, line, ctx);
    dump_set("tmr", l->tmr, line, ctx);
    snprintf(text, sizeof text,
             "lapic:   timer %s count %u deadline %llx; %llu taken, %llu eoi, %llu ipi, %llu timer",
             l->timer.armed ? "armed" : "idle", l->initial_count, (unsigned long long)l->deadline,
             (unsigned long long)l->taken, (unsigned long long)l->eois, (unsigned long long)l->ipis,
             (unsigned long long)l->timer_fired);
    line(ctx, text);
}

const struct device_class lapic_class = {
    "lapic", sizeof(struct lapic), lapic_init, lapic_reset, lapic_dump
};
