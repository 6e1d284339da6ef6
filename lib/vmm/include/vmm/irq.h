// SPDX-License-Identifier: BSD-2-Clause
// Interrupt router of a machine: joins device lines, 8259 pair, I/O APIC and local APICs, and tells the exit
// loop in one byte per VCPU whether there is something to inject.
//
// Line n of irq_set is a global system interrupt. 0..15 are the ISA lines: they reach 8259 pin n and I/O APIC
// pin n, but line 0 (the PIT) reaches I/O APIC pin 2, as MADTs of PCs declare; 16..23 reach the I/O APIC
// only. A line is "asserted" or not: polarity bits are kept for the guest to read and mean nothing else.
#ifndef VMM_IRQ_H
#define VMM_IRQ_H

#include <stdbool.h>
#include <stdint.h>
#include <vmm/device.h>

#define IRQ_LINES 24
#define IRQ_MAX_VCPUS 8

struct pic8259;
struct ioapic;
struct lapic;

/* What the machine does for the controllers. All may be NULL. None is called for a masked interrupt. */
struct irq_hooks {
    void *ctx;
    void (*wake)(void *ctx, unsigned vcpu);                     /* irq_pending(vcpu) has become true */
    void (*nmi)(void *ctx, unsigned vcpu);
    void (*init)(void *ctx, unsigned vcpu);    /* INIT IPI; the local APIC is reset already */
    void (*startup)(void *ctx, unsigned vcpu, uint8_t vector);  /* start at vector << 12 if waiting for it */
};

enum irq_source { IRQ_FROM_APIC = 1, IRQ_FROM_PIC = 2 };

struct irq_router {
    uint8_t pending[IRQ_MAX_VCPUS];    /* bits of enum irq_source: can be injected, says the controller */
    unsigned vcpus;
    struct irq_hooks hooks;
    struct pic8259 *pic;               /* set by the devices' init; a machine may lack any of them */
    struct ioapic *ioapic;
    struct lapic *lapic[IRQ_MAX_VCPUS];
    uint32_t lines;                    /* present level of each line */
    bool pic_output;                   /* INT of the 8259 pair */
    unsigned next_lowest;              /* where the search for the lowest priority starts */
    uint64_t line_changes, messages;   /* statistics */
};

void irq_router_init(struct irq_router *, unsigned vcpus, const struct irq_hooks *);
/* Power-on: all lines low, nothing pending. Before the controllers' own resets. */
void irq_router_reset(struct irq_router *);

/* The exit loop's question before each entry. Non-zero does not say that the guest's IF is set. */
static inline unsigned irq_pending(const struct irq_router *r, unsigned vcpu)
{
    return r->pending[vcpu];
}
/* Acknowledges: the vector to inject now, or -1. An 8259 vector goes first. */
int irq_take(struct irq_router *, unsigned vcpu);

/* ------------------------------------ between the controllers ------------------------------------ */

enum apic_delivery { APIC_FIXED = 0, APIC_LOWEST = 1, APIC_SMI = 2, APIC_NMI = 4, APIC_INIT = 5,
                     APIC_STARTUP = 6, APIC_EXTINT = 7 };
enum apic_shorthand { APIC_NO_SHORTHAND, APIC_SELF, APIC_ALL, APIC_OTHERS };
#define APIC_BROADCAST 0xffffffffu

struct apic_message {
    uint32_t destination;    /* APIC ID or logical set; APIC_BROADCAST, also for 0xff of 8-bit senders */
    uint8_t vector;
    uint8_t delivery;                  /* enum apic_delivery */
    bool logical;
    bool level;                        /* level-triggered: its EOI is told to the I/O APIC */
    uint8_t shorthand, source;         /* IPIs: enum apic_shorthand, sending VCPU */
};

/* Brings a message to the local APICs it names; returns how many took it. */
unsigned irq_deliver(struct irq_router *, const struct apic_message *);
/* INT of the 8259 pair, wired to LINT0 of the local APICs or, without them, to VCPU 0. */
void irq_pic_output(struct irq_router *, bool level);
void irq_note(struct irq_router *, unsigned vcpu, unsigned source, bool pending);

#endif
