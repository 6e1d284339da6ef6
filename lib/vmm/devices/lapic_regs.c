// SPDX-License-Identifier: BSD-2-Clause
// Register file of the local APIC: one table serves the xAPIC page and the x2APIC MSRs.
// Facts from: [1] Intel SDM vol. 3A (325462-080), table 11-1 (page), table 11-6 (MSRs), 11.12 (x2APIC).

#include "lapic_private.h"

#include <stddef.h>

#define VERSION 0x00050014u                     /* integrated APIC, entries 0..5 in the local vector table */
#define REGISTERS 0x40                          /* each 16 bytes on the page, one MSR */

/* Register numbers: offset / 16, MSR - 0x800. */
enum { R_ID = 0x02, R_VERSION = 0x03, R_TPR = 0x08, R_APR = 0x09, R_PPR = 0x0a, R_EOI = 0x0b, R_LDR = 0x0d,
       R_DFR = 0x0e, R_SVR = 0x0f, R_ISR = 0x10, R_TMR = 0x18, R_IRR = 0x20, R_ESR = 0x28, R_ICR = 0x30,
       R_ICR_HIGH = 0x31, R_LVT_TIMER = 0x32, R_LVT_THERMAL = 0x33, R_LVT_PERF = 0x34, R_LVT_LINT0 = 0x35,
       R_LVT_LINT1 = 0x36, R_LVT_ERROR = 0x37, R_INITIAL = 0x38, R_CURRENT = 0x39, R_DIVIDE = 0x3e,
       R_SELF = 0x3f };

struct reg {
    uint32_t (*read)(const struct lapic *, unsigned number);
    void (*write)(struct lapic *, unsigned number, uint32_t value);
    uint32_t allowed;                           /* bits an x2APIC write may have set, else #GP */
    enum { BOTH, XAPIC_ONLY, X2APIC_ONLY } where;
    bool x2apic_read_only;
};

static uint32_t read_id(const struct lapic *l, unsigned n)
{
    return lapic_is_x2apic(l) ? l->id : l->id << 24;
}

static void write_id(struct lapic *l, unsigned n, uint32_t value) { l->id = value >> 24; }
static uint32_t read_version(const struct lapic *l, unsigned n) { return VERSION; }
static uint32_t read_tpr(const struct lapic *l, unsigned n) { return l->tpr; }
static uint32_t read_ppr(const struct lapic *l, unsigned n) { return lapic_priority(l); }
static uint32_t read_zero(const struct lapic *l, unsigned n) { return 0; }

static void write_tpr(struct lapic *l, unsigned n, uint32_t value)
{
    l->tpr = value & 0xff;
    lapic_update(l);
}

static void write_eoi(struct lapic *l, unsigned n, uint32_t value) { lapic_eoi(l); }
static uint32_t read_ldr(const struct lapic *l, unsigned n) { return l->ldr; }
static void write_ldr(struct lapic *l, unsigned n, uint32_t value) { l->ldr = value & 0xff000000; }
static uint32_t read_dfr(const struct lapic *l, unsigned n) { return l->dfr; }
static void write_dfr(struct lapic *l, unsigned n, uint32_t value) { l->dfr = value | 0x0fffffff; }
static uint32_t read_svr(const struct lapic *l, unsigned n) { return l->spurious; }

/* [1] 11.4.7.2: switching the APIC off in software masks all local vectors */
static void write_svr(struct lapic *l, unsigned n, uint32_t value)
{
    l->spurious = value & 0x3ff;
    if (!(value & SVR_ENABLED)) {
        for (unsigned i = 0; i < LVT_COUNT; i++)
            l->lvt[i] |= LVT_MASKED;
        lapic_update_extint(l);
    }
    lapic_update(l);
}

static uint32_t word(const uint64_t set[4], unsigned n)
{
    return (uint32_t)(set[(n >> 1) & 3] >> (n & 1 ? 32 : 0));
}
static uint32_t read_isr(const struct lapic *l, unsigned n) { return word(l->isr, n); }
static uint32_t read_tmr(const struct lapic *l, unsigned n) { return word(l->tmr, n); }
static uint32_t read_irr(const struct lapic *l, unsigned n) { return word(l->irr, n); }

/* [1] 11.5.3: a write shows what has been gathered since the last one */
static uint32_t read_esr(const struct lapic *l, unsigned n) { return l->esr; }
static void write_esr(struct lapic *l, unsigned n, uint32_t value)
{
    l->esr = l->errors;
    l->errors = 0;
}

static uint32_t read_icr(const struct lapic *l, unsigned n) { return l->icr; }
static uint32_t read_icr_high(const struct lapic *l, unsigned n) { return l->icr_high; }
static void write_icr_high(struct lapic *l, unsigned n, uint32_t value) { l->icr_high = value & 0xff000000; }
static void write_icr(struct lapic *l, unsigned n, uint32_t value)
{
    l->icr = value & 0xccfff;                   /* delivery status (bit 12) is always idle */
    lapic_send_ipi(l, l->icr, l->icr_high);
}

static void write_self(struct lapic *l, unsigned n, uint32_t value)
{
    lapic_send_ipi(l, (value & 0xff) | APIC_SELF << 18, 0);
}

/* [1] 11.5.1: bits of an entry the guest may change; bits 12 and 14 are read-only and may be written */
#define LVT_READ_ONLY (1u << 12 | 1u << 14)
static const struct { enum lapic_lvt entry; uint32_t writable; } lvt_of[REGISTERS] = {
    [R_LVT_TIMER]   = { LVT_TIMER,   0x710ff },
    [R_LVT_THERMAL] = { LVT_THERMAL, 0x107ff },
    [R_LVT_PERF]    = { LVT_PERF,    0x107ff },
    [R_LVT_LINT0]   = { LVT_LINT0,   0x1a7ff },
    [R_LVT_LINT1]   = { LVT_LINT1,   0x1a7ff },
    [R_LVT_ERROR]   = { LVT_ERROR,   0x100ff },
};

static uint32_t read_lvt(const struct lapic *l, unsigned n) { return l->lvt[lvt_of[n].entry]; }

static void write_lvt(struct lapic *l, unsigned n, uint32_t value)
{
    value &= lvt_of[n].writable;
    if (!(l->spurious & SVR_ENABLED))
        value |= LVT_MASKED;
    if (n == R_LVT_TIMER) {
        if (l->cfg.no_deadline)
            value &= ~(1u << 18);
        lapic_write_lvt_timer(l, value);
        return;
    }
    l->lvt[lvt_of[n].entry] = value;
    if (n == R_LVT_LINT0)
        lapic_update_extint(l);
}

static uint32_t read_initial(const struct lapic *l, unsigned n) { return l->initial_count; }
static void write_initial(struct lapic *l, unsigned n, uint32_t v) { lapic_write_initial_count(l, v); }
static uint32_t read_current(const struct lapic *l, unsigned n) { return lapic_current_count(l); }
static uint32_t read_divide(const struct lapic *l, unsigned n) { return l->divide; }
static void write_divide(struct lapic *l, unsigned n, uint32_t value) { lapic_write_divide(l, value); }

static const struct reg reg_table[REGISTERS] = {
    [R_ID]          = { read_id,       write_id,       0, BOTH, true },
    [R_VERSION]     = { read_version,  NULL },
    [R_TPR]         = { read_tpr,      write_tpr,      0xff },
    [R_APR]         = { read_ppr,      NULL,           0, XAPIC_ONLY },
    [R_PPR]         = { read_ppr,      NULL },
    [R_EOI]         = { read_zero,     write_eoi,      0 },
    [R_LDR]         = { read_ldr,      write_ldr,      0, BOTH, true },
    [R_DFR]         = { read_dfr,      write_dfr,      0, XAPIC_ONLY },
    [R_SVR]         = { read_svr,      write_svr,      0x3ff },
    [R_ISR ... R_ISR + 7] = { read_isr, NULL },
    [R_TMR ... R_TMR + 7] = { read_tmr, NULL },
    [R_IRR ... R_IRR + 7] = { read_irr, NULL },
    [R_ESR]         = { read_esr,      write_esr,      0 },
    [R_ICR]         = { read_icr,      write_icr,      0xcdfff },
    [R_ICR_HIGH]    = { read_icr_high, write_icr_high, 0, XAPIC_ONLY },
    [R_LVT_TIMER]   = { read_lvt,      write_lvt,      0x710ff | LVT_READ_ONLY },
    [R_LVT_THERMAL] = { read_lvt,      write_lvt,      0x107ff | LVT_READ_ONLY },
    [R_LVT_PERF]    = { read_lvt,      write_lvt,      0x107ff | LVT_READ_ONLY },
    [R_LVT_LINT0]   = { read_lvt,      write_lvt,      0x1a7ff | LVT_READ_ONLY },
    [R_LVT_LINT1]   = { read_lvt,      write_lvt,      0x1a7ff | LVT_READ_ONLY },
    [R_LVT_ERROR]   = { read_lvt,      write_lvt,      0x100ff | LVT_READ_ONLY },
    [R_INITIAL]     = { read_initial,  write_initial,  0xffffffff },
    [R_CURRENT]     = { read_current,  NULL },
    [R_DIVIDE]      = { read_divide,   write_divide,   0xb },
    [R_SELF]        = { NULL,          write_self,     0xff, X2APIC_ONLY },
};

/* -------------------------------------------- the xAPIC page -------------------------------------------- */

/* [1] 11.4.1: 32-bit registers, 16 bytes apart; the bytes between read as zero. */
static enum exit_action page_access(void *device, struct bus_access *a)
{
    struct irq_router *router = device;
    struct lapic *l = a->vcpu < router->vcpus ? router->lapic[a->vcpu] : NULL;
    uint64_t page = a->address & ~0xfffull;
    unsigned number = (unsigned)(a->offset >> 4), within = a->offset & 0xf;

    if (!l || !lapic_enabled(l) || lapic_is_x2apic(l) || (l->base & ~0xfffull) != page) {
        if (!a->write)
            a->value = bus_ones(a->size);
        return EXIT_NOT_MINE;
    }
    const struct reg *r = number < REGISTERS ? &reg_table[number] : NULL;
    if (!r || r->where == X2APIC_ONLY || !(r->read || r->write)) {
        lapic_error(l, ESR_REGISTER);
        a->value = a->write ? a->value : 0;
        return EXIT_NEXT_INSN;
    }
    if (!a->write)
        a->value = within < 4 && r->read ? r->read(l, number) >> (8 * within) : 0;
    else if (within == 0 && a->size >= 4 && r->write)
        r->write(l, number, (uint32_t)a->value);
    return EXIT_NEXT_INSN;
}

/* Whether some APIC other than `l` has its page there. */
static bool page_shared(const struct lapic *l, uint64_t page)
{
    for (unsigned i = 0; i < l->router->vcpus; i++) {
        const struct lapic *other = l->router->lapic[i];
        if (other && other != l && (other->base & ~0xfffull) == page)
            return true;
    }
    return false;
}

/* The bus has one range for all APICs with the same base. A page of something else stays that one's, with no
 * message: the guest could make us write them for ever. */
bool lapic_move_page(struct lapic *l, uint64_t base)
{
    uint64_t from = l->base & ~0xfffull, to = base & ~0xfffull;
    const struct bus_range *there = bus_find(l->mmio, from);
    const struct vm_platform *log_to = l->mmio->log_to;

    l->base = base;
    if (from != to && there && there->handler == page_access && !page_shared(l, from))
        bus_release(l->mmio, from);
    there = bus_find(l->mmio, to);
    if (there)
        return there->handler == page_access;
    l->mmio->log_to = NULL;
    int claimed = bus_claim(l->mmio, to, 0x1000, page_access, l->router, "lapic");
    l->mmio->log_to = log_to;
    return claimed == 0;
}

/* ------------------------------------------------- MSRs ------------------------------------------------- */

static enum exit_action x2apic_read(struct lapic *l, unsigned number, uint64_t *value)
{
    const struct reg *r = number < REGISTERS ? &reg_table[number] : NULL;

    if (!lapic_is_x2apic(l) || !r || !r->read || r->where == XAPIC_ONLY || number == R_EOI)
        return EXIT_INJECT_GP;
    *value = r->read(l, number);
    if (number == R_ICR)
        *value |= (uint64_t)l->icr_high << 32;
    return EXIT_NEXT_INSN;
}

static enum exit_action x2apic_write(struct lapic *l, unsigned number, uint64_t value)
{
    const struct reg *r = number < REGISTERS ? &reg_table[number] : NULL;

    if (!lapic_is_x2apic(l) || !r || !r->write || r->where == XAPIC_ONLY || r->x2apic_read_only)
        return EXIT_INJECT_GP;
    if ((uint32_t)value & ~r->allowed)
        return EXIT_INJECT_GP;
    if (number == R_ICR)
        l->icr_high = (uint32_t)(value >> 32);
    else if (value >> 32)
        return EXIT_INJECT_GP;
    r->write(l, number, (uint32_t)value);
    return EXIT_NEXT_INSN;
}

/* [1] 11.12.5: off -> xAPIC -> x2APIC -> off; the other ways are #GP */
static enum exit_action write_base(struct lapic *l, uint64_t value)
{
    uint64_t reserved = ~((1ull << l->cfg.phys_bits) - 1) | 0x2ff;
    bool on = value & BASE_ENABLED, x2 = value & BASE_X2APIC;

    if ((value & reserved) || (x2 && (!on || l->cfg.no_x2apic)))
        return EXIT_INJECT_GP;
    if (lapic_is_x2apic(l) && on && !x2)
        return EXIT_INJECT_GP;
    if (!lapic_enabled(l) && x2)
        return EXIT_INJECT_GP;
    bool enters_x2 = x2 && !lapic_is_x2apic(l), was_on = lapic_enabled(l);
    lapic_move_page(l, value);
    if (enters_x2) {
        l->id = l->cfg.id;
        l->ldr = lapic_x2apic_ldr(l->id);
        l->icr_high = 0;
    }
    if (was_on && !on) {
        l->id = l->cfg.id;
        lapic_init_ipi(l);
    }
    lapic_update_extint(l);
    lapic_update(l);
    return EXIT_NEXT_INSN;
}

enum exit_action lapic_msr_read(struct lapic *l, uint32_t index, uint64_t *value)
{
    if (index - LAPIC_MSR_X2APIC < 0x100)
        return x2apic_read(l, index - LAPIC_MSR_X2APIC, value);
    if (index == LAPIC_MSR_BASE) {
        *value = l->base;
        return EXIT_NEXT_INSN;
    }
    if (index == LAPIC_MSR_DEADLINE) {
        *value = l->deadline;
        return l->cfg.no_deadline ? EXIT_INJECT_GP : EXIT_NEXT_INSN;
    }
    return EXIT_NOT_MINE;
}

enum exit_action lapic_msr_write(struct lapic *l, uint32_t index, uint64_t value)
{
    if (index - LAPIC_MSR_X2APIC < 0x100)
        return x2apic_write(l, index - LAPIC_MSR_X2APIC, value);
    if (index == LAPIC_MSR_BASE)
        return write_base(l, value);
    if (index == LAPIC_MSR_DEADLINE) {
        if (l->cfg.no_deadline)
            return EXIT_INJECT_GP;
        lapic_write_deadline(l, value);
        return EXIT_NEXT_INSN;
    }
    return EXIT_NOT_MINE;
}

enum exit_action lapic_set_cr8(struct lapic *l, uint64_t value)
{
    if (value & ~0xfull)
        return EXIT_INJECT_GP;
    l->tpr = (uint32_t)value << 4;
    lapic_update(l);
    return EXIT_NEXT_INSN;
}
