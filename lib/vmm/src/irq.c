// SPDX-License-Identifier: BSD-2-Clause
// Interrupt router: lines to controllers, messages to local APICs, and the pending byte of each VCPU.
// Facts from: [1] Intel SDM vol. 3A (325462-080), ch. 11 (APIC).

#include <string.h>
#include <vmm/devices/ioapic.h>
#include <vmm/devices/lapic.h>
#include <vmm/devices/pic8259.h>
#include <vmm/irq.h>

#define PIT_LINE 0
#define PIT_IOAPIC_PIN 2           /* where PCs wire it, since pin 0 belongs to the 8259 pair */
#define CASCADE_LINE 2

void irq_router_init(struct irq_router *r, unsigned vcpus, const struct irq_hooks *hooks)
{
    memset(r, 0, sizeof *r);
    r->vcpus = vcpus == 0 ? 1 : vcpus > IRQ_MAX_VCPUS ? IRQ_MAX_VCPUS : vcpus;
    if (hooks)
        r->hooks = *hooks;
}

void irq_router_reset(struct irq_router *r)
{
    memset(r->pending, 0, sizeof r->pending);
    r->lines = 0;
    r->pic_output = false;
    r->next_lowest = 0;
}

void irq_note(struct irq_router *r, unsigned vcpu, unsigned source, bool pending)
{
    unsigned before = r->pending[vcpu];
    unsigned after = pending ? before | source : before & ~source;
    if (before == after)
        return;
    r->pending[vcpu] = (uint8_t)after;
    if (!before && r->hooks.wake)
        r->hooks.wake(r->hooks.ctx, vcpu);
}

void irq_set(struct irq_router *r, unsigned line, bool level)
{
    uint32_t mask;

    if (line >= IRQ_LINES)
        return;
    mask = 1u << line;
    if (!(r->lines & mask) == !level)
        return;
    r->lines ^= mask;
    r->line_changes++;
    if (r->pic && line < 16 && line != CASCADE_LINE)
        pic8259_set_line(r->pic, line, level);
    if (r->ioapic && line != CASCADE_LINE)
        ioapic_set_line(r->ioapic, line == PIT_LINE ? PIT_IOAPIC_PIN : line, level);
}

void irq_pic_output(struct irq_router *r, bool level)
{
    r->pic_output = level;
    for (unsigned i = 0; i < r->vcpus; i++) {
        if (r->lapic[i])
            lapic_set_lint0(r->lapic[i], level);
        else if (i == 0)
            irq_note(r, 0, IRQ_FROM_PIC, level);
    }
}

int irq_take(struct irq_router *r, unsigned vcpu)
{
    if (r->pending[vcpu] & IRQ_FROM_PIC)
        return pic8259_acknowledge(r->pic);
    if (r->pending[vcpu] & IRQ_FROM_APIC) {
        int vector = lapic_pending_vector(r->lapic[vcpu]);
        lapic_take(r->lapic[vcpu], (uint8_t)vector);
        return vector;
    }
    return -1;
}

/* One message at one local APIC that it names. NMI, INIT and STARTUP are taken by a software-disabled APIC
 * too. */
static bool hand_over(struct irq_router *r, unsigned vcpu, const struct apic_message *m)
{
    struct lapic *l = r->lapic[vcpu];

    switch (m->delivery) {
    case APIC_FIXED:
    case APIC_LOWEST:
        return lapic_accept(l, m->vector, m->level);
    case APIC_NMI:
        if (r->hooks.nmi)
            r->hooks.nmi(r->hooks.ctx, vcpu);
        return true;
    case APIC_INIT:
        lapic_init_ipi(l);
        if (r->hooks.init)
            r->hooks.init(r->hooks.ctx, vcpu);
        return true;
    case APIC_STARTUP:
        if (r->hooks.startup)
            r->hooks.startup(r->hooks.ctx, vcpu, m->vector);
        return true;
    default:                       /* SMI: there is no SMM. ExtINT: reaches CPUs by LINT0 only */
        return false;
    }
}

static bool named(const struct irq_router *r, unsigned vcpu, const struct apic_message *m)
{
    const struct lapic *l = r->lapic[vcpu];
    if (!l || !lapic_enabled(l))
        return false;
    switch (m->shorthand) {
    case APIC_SELF:   return vcpu == m->source;
    case APIC_ALL:    return true;
    case APIC_OTHERS: return vcpu != m->source;
    default:          return lapic_matches(l, m->destination, m->logical);
    }
}

/* [1] 11.6.2.4: the one with the lowest processor priority; equals take turns. */
static unsigned deliver_lowest(struct irq_router *r, const struct apic_message *m)
{
    unsigned best = IRQ_MAX_VCPUS, best_priority = 0;

    for (unsigned i = 0; i < r->vcpus; i++) {
        unsigned vcpu = (r->next_lowest + i) % r->vcpus;
        if (!named(r, vcpu, m) || !(r->lapic[vcpu]->spurious & (1u << 8)))
            continue;
        unsigned priority = lapic_priority(r->lapic[vcpu]) >> 4;
        if (best == IRQ_MAX_VCPUS || priority < best_priority) {
            best = vcpu;
            best_priority = priority;
        }
    }
    if (best == IRQ_MAX_VCPUS)
        return 0;
    r->next_lowest = (best + 1) % r->vcpus;
    return hand_over(r, best, m);
}

unsigned irq_deliver(struct irq_router *r, const struct apic_message *m)
{
    unsigned taken = 0;

    r->messages++;
    if (m->delivery == APIC_LOWEST && r->vcpus > 1)
        return deliver_lowest(r, m);
    for (unsigned i = 0; i < r->vcpus; i++) {
        if (named(r, i, m))
            taken += hand_over(r, i, m);
    }
    return taken;
}

/* [1] 11.11: address 0xfeeDDxxx, bit 2 logical; data: vector, delivery mode 10:8, level 14, trigger 15. */
void msi_send(struct irq_router *r, uint64_t address, uint32_t data)
{
    uint32_t destination = (address >> 12) & 0xff;

    if (address >> 20 != 0xfee)
        return;
    struct apic_message m = {
        .destination = destination == 0xff ? APIC_BROADCAST : destination,
        .vector = data & 0xff, .delivery = (data >> 8) & 7,
        .logical = address & 4, .level = data & (1u << 15),
    };
    if (m.level && !(data & (1u << 14)))
        return;                    /* a level message with the level deasserted */
    if (m.delivery == APIC_INIT || m.delivery == APIC_STARTUP)
        return;                    /* not by a device */
    irq_deliver(r, &m);
}
