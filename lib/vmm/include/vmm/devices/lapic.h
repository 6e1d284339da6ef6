// SPDX-License-Identifier: BSD-2-Clause
// Local APIC of one VCPU: xAPIC page, x2APIC MSRs, timer with one-shot, periodic and TSC-deadline mode.
//
// The exit loop asks the router (irq_pending, irq_take); MSR exits for IA32_APIC_BASE, IA32_TSC_DEADLINE and
// 0x800..0x8ff come here through lapic_msr_read and lapic_msr_write; the page is on the MMIO bus.
#ifndef VMM_DEVICES_LAPIC_H
#define VMM_DEVICES_LAPIC_H

#include <vmm/device.h>

#define LAPIC_DEFAULT_BASE 0xfee00000u
#define LAPIC_DEFAULT_BUS_HZ 1000000000u
#define LAPIC_MSR_BASE 0x1bu               /* IA32_APIC_BASE */
#define LAPIC_MSR_DEADLINE 0x6e0u          /* IA32_TSC_DEADLINE */
#define LAPIC_MSR_X2APIC 0x800u            /* ... + 0x3f; all up to 0x8ff are the APIC's */

enum lapic_lvt { LVT_TIMER, LVT_THERMAL, LVT_PERF, LVT_LINT0, LVT_LINT1, LVT_ERROR, LVT_COUNT };
enum lapic_timer_mode { LAPIC_ONE_SHOT, LAPIC_PERIODIC, LAPIC_DEADLINE };

struct lapic_config {
    unsigned vcpu;                         /* index in the router; VCPU 0 is the boot processor */
    uint32_t id;                           /* initial APIC ID */
    uint32_t bus_hz;                       /* what the timer counts before the divider; 0 = 1 GHz */
    bool no_x2apic, no_deadline;           /* hide them (CPUID says so too) */
    uint8_t phys_bits;                     /* guest-physical address width; 0 = 40 */
};

struct lapic {
    struct irq_router *router;
    struct bus *mmio;
    struct timer_queue *timers;
    struct lapic_config cfg;

    uint64_t base;                         /* IA32_APIC_BASE */
    uint64_t irr[4], isr[4], tmr[4];
    uint32_t id, tpr, ldr, dfr, spurious;
    uint32_t esr, errors;                  /* as the guest reads it; gathered since it last wrote it */
    uint32_t icr, icr_high;
    uint32_t lvt[LVT_COUNT];
    int16_t pending;                       /* highest vector that may be delivered, or -1 */
    bool lint0;                            /* level of the wire from the 8259 pair */
    bool pv_eoi_offered;

    struct timer timer;
    uint32_t initial_count, divide;
    uint64_t count_start;                  /* host TSC when the current count began */
    uint64_t deadline;                     /* guest TSC; 0 = none */
    uint64_t tsc_offset;                   /* guest TSC = host TSC + this */

    uint64_t taken, eois, ipis, timer_fired;   /* statistics */
};

extern const struct device_class lapic_class;      /* cfg: struct lapic_config */

/* Highest vector that may be delivered to the VCPU now, or -1. */
static inline int lapic_pending_vector(const struct lapic *l) { return l->pending; }
/* Moves it from IRR to ISR: it is being injected. */
void lapic_take(struct lapic *, uint8_t vector);
/* An interrupt message arrives (IRR). Returns false if the APIC does not take it. */
bool lapic_accept(struct lapic *, uint8_t vector, bool level);
void lapic_eoi(struct lapic *);
void lapic_set_lint0(struct lapic *, bool level);
/* Whether INT of the 8259 pair reaches the CPU as an external interrupt (virtual wire, or APIC off). */
bool lapic_passes_extint(const struct lapic *);
bool lapic_matches(const struct lapic *, uint32_t destination, bool logical);
unsigned lapic_priority(const struct lapic *);     /* PPR */
void lapic_init_ipi(struct lapic *);               /* state after INIT: as reset, but ID and base stay */
static inline bool lapic_enabled(const struct lapic *l) { return l->base & (1u << 11); }
static inline bool lapic_is_x2apic(const struct lapic *l) { return l->base & (1u << 10); }

/* MSRs. EXIT_NEXT_INSN or EXIT_INJECT_GP; EXIT_NOT_MINE for other MSRs. */
enum exit_action lapic_msr_read(struct lapic *, uint32_t index, uint64_t *value);
enum exit_action lapic_msr_write(struct lapic *, uint32_t index, uint64_t value);

/* CR8 as the guest sees it. Writing reserved bits: EXIT_INJECT_GP. */
static inline uint64_t lapic_cr8(const struct lapic *l) { return l->tpr >> 4; }
enum exit_action lapic_set_cr8(struct lapic *, uint64_t value);

/* At start and whenever the guest's TSC offset changes. */
void lapic_set_tsc_offset(struct lapic *, uint64_t offset);

/* KVM's paravirtual EOI. `flag` is the guest's word (MSR 0x4b564d04), already checked to be RAM.
 * lapic_pv_eoi_before_entry sets bit 0 when the guest may end the interrupt in service by clearing it, and
 * clears bit 0 otherwise; lapic_pv_eoi_after_exit looks whether the guest did, and then ends it. Call both
 * around each entry, the latter before anything else touches the APIC; each is two instructions when nothing
 * is going on. */
void lapic_pv_eoi_offer(struct lapic *, uint32_t *flag);
void lapic_pv_eoi_collect(struct lapic *, uint32_t *flag);
bool lapic_pv_eoi_possible(const struct lapic *);
static inline void lapic_pv_eoi_before_entry(struct lapic *l, uint32_t *flag)
{
    if (l->isr[0] | l->isr[1] | l->isr[2] | l->isr[3])
        lapic_pv_eoi_offer(l, flag);
}
static inline void lapic_pv_eoi_after_exit(struct lapic *l, uint32_t *flag)
{
    if (l->pv_eoi_offered)
        lapic_pv_eoi_collect(l, flag);
}

#endif
