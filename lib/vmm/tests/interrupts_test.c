// SPDX-License-Identifier: BSD-2-Clause
// Interrupt delivery of a whole machine: a model of a CPU with a small guest (mainline, handlers, HLT) runs
// under the real exit loop, with devices that raise edge and level lines, timers and NMIs at random moments.
// Checked: nothing is injected that the CPU could not take, nothing masked or of too low priority comes,
// nothing is lost.
#include "fake_host.h"

#include <vmm/devices/ioapic.h>
#include <vmm/x86.h>

#define CODE 0x200000u
#define PV_FLAG 0x300000u
#define NMI_VECTOR 2
#define STEPS 60000

enum route { PIC_DIRECT, PIC_THROUGH_LINT0, IOAPIC_XAPIC, IOAPIC_X2APIC, IOAPIC_PV_EOI };

/* Devices of the guest: a line with its handler's vector. */
struct source {
    unsigned line;
    bool level;
    uint8_t pic_vector, apic_vector;
    bool asserted, owed;           /* level of the line; an event the guest has not served */
    bool masked;
    unsigned raised, served;
};

static struct source sources[] = {
    { .line = 4, .pic_vector = 0x34, .apic_vector = 0x44 },                      /* as a UART */
    { .line = 14, .pic_vector = 0x3e, .apic_vector = 0x72 },                     /* as a disk */
    { .line = 10, .level = true, .pic_vector = 0x3a, .apic_vector = 0x65 },      /* as a PCI card */
    { .line = 11, .level = true, .pic_vector = 0x3b, .apic_vector = 0x4b },
};
#define SOURCES (sizeof sources / sizeof sources[0])
#define PIT_PIC_VECTOR 0x30
#define TIMER_VECTOR 0xec

static struct fake f;
static enum route route;

/* The CPU model and its guest. */
static struct {
    unsigned depth;                /* handlers running, one inside the other */
    struct { uint8_t vector; unsigned stage; uint64_t rflags; } handler[64];
    uint8_t tpr;
    bool in_nmi, nmi_owed, quiet, timer_armed, stopped_pit;
    unsigned nmis_raised, nmis, timers, ticks, taken, windows, halts, nested, spurious;
} g;

static uint64_t seed;
static uint64_t rnd(void)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return seed;
}

static bool by_apic(void) { return route >= IOAPIC_XAPIC; }
static bool by_msr(void) { return route >= IOAPIC_X2APIC; }
static uint8_t vector_of(const struct source *s) { return by_apic() ? s->apic_vector : s->pic_vector; }

static struct source *source_of(uint8_t vector)
{
    for (unsigned i = 0; i < SOURCES; i++)
        if (vector_of(&sources[i]) == vector)
            return &sources[i];
    return NULL;
}

/* ------------------------------------------------ set-up ------------------------------------------------ */

static void out(uint16_t port, uint8_t value)
{
    struct bus_access a = { .address = port, .size = 1, .write = true, .value = value };
    bus_access(&f.vm->pio, &a);
}

static void mmio(uint64_t address, uint32_t value)
{
    struct bus_access a = { .address = address, .size = 4, .write = true, .value = value };
    bus_access(&f.vm->mmio, &a);
}

static void redirect(unsigned pin, uint64_t entry)
{
    mmio(0xfec00000, 0x11 + 2 * pin), mmio(0xfec00010, (uint32_t)(entry >> 32));
    mmio(0xfec00000, 0x10 + 2 * pin), mmio(0xfec00010, (uint32_t)entry);
}

static void write_apic(unsigned reg, uint32_t value)
{
    if (by_msr())
        assert_int_equal(lapic_msr_write(f.v->lapic, 0x800 + reg, value), EXIT_NEXT_INSN);
    else
        mmio(0xfee00000 + 16 * reg, value);
}

static uint64_t entry_of(const struct source *s)
{
    return s->apic_vector | (s->level ? 1u << 15 : 0) | (s->masked ? 1u << 16 : 0);
}

static void set_up_pic(uint8_t master_mask, uint8_t slave_mask)
{
    out(0x20, 0x11), out(0x21, 0x30), out(0x21, 0x04), out(0x21, 0x01);
    out(0xa0, 0x11), out(0xa1, 0x38), out(0xa1, 0x02), out(0xa1, 0x01);
    out(0x21, master_mask), out(0xa1, slave_mask);
    out(0x4d1, 1 << 2 | 1 << 3);
}

static void set_up_apics(void)
{
    set_up_pic(0xff, 0xff);
    if (by_msr())
        assert_int_equal(lapic_msr_write(f.v->lapic, 0x1b, 0xfee00d00), EXIT_NEXT_INSN);
    write_apic(0x0f, 0x1ff);
    write_apic(0x35, 0x10000);
    write_apic(0x32, 0x40000 | TIMER_VECTOR);
    for (unsigned i = 0; i < SOURCES; i++)
        redirect(sources[i].line, entry_of(&sources[i]));
    redirect(20, 4u << 8);                               /* line 20: NMI */
    if (route == IOAPIC_PV_EOI) {
        f.v->pv.eoi_flag = guest_ptr(f.vm, PV_FLAG, 4);
        assert_non_null(f.v->pv.eoi_flag);
    }
}

static void start(enum route how)
{
    route = how;
    memset(&g, 0, sizeof g);
    for (unsigned i = 0; i < SOURCES; i++)
        {
        sources[i].asserted = sources[i].owed = sources[i].masked = false;
        sources[i].raised = sources[i].served = 0;
    }
    assert_non_null(fake_machine(&f, 64));
    f.state.cr0 = CR0_PE | CR0_ET;
    for (int i = 0; i < VM_SEG_COUNT; i++)
        f.state.seg[i] = (struct vm_segment){ .attr = i == VM_CS ? 0xc09b : 0xc093, .limit = ~0u };
    f.state.rip = CODE;
    f.state.rflags = 2 | RFLAGS_IF;
    f.state.valid = VM_GROUP_ALL;
    memcpy(fake_ram(&f, CODE), "\xc7\x05\xb0\x00\xe0\xfe\x00\x00\x00\x00", 10);    /* movl $0, 0xfee000b0 */
    if (by_apic()) {
        set_up_apics();
        return;
    }
    if (route == PIC_DIRECT)
        assert_int_equal(lapic_msr_write(f.v->lapic, 0x1b, 0xfee00100), EXIT_NEXT_INSN);
    set_up_pic(0x00, 0x00);
    out(0x43, 0x34), out(0x40, 0x00), out(0x40, 0x10);   /* 291 Hz */
}

/* ------------------------------------------- the guest's instructions ----------------------------------- */

static void exit_out(uint16_t port, uint8_t value)
{
    f.state.exit = (struct vm_exit){ .kind = VM_EXIT_PIO, .insn_len = 2, .pio = { .port = port, .size = 1 } };
    f.state.gpr[VM_RAX] = value;
}

static void exit_wrmsr(uint32_t index, uint64_t value)
{
    f.state.exit = (struct vm_exit){.kind = VM_EXIT_MSR, .insn_len = 2, .msr = {.index = index, .write = 1}};
    f.state.gpr[VM_RAX] = (uint32_t)value;
    f.state.gpr[VM_RDX] = value >> 32;
}

/* movl $0, 0xfee000b0, decoded and carried out by the monitor */
static void exit_mmio_eoi(void)
{
    f.state.exit = (struct vm_exit){ .kind = VM_EXIT_MMIO, .mem = { .gpa = 0xfee000b0, .write = 1 } };
}

static void exit_kind(unsigned kind, unsigned length)
{
    f.state.exit = (struct vm_exit){ .kind = kind, .insn_len = length };
}

/* One EOI. True if it needed an exit. `stage` counts from 1; the slave's handler needs two. */
static bool end_of_interrupt(uint8_t vector, unsigned stage, bool *done)
{
    *done = true;
    if (!by_apic()) {
        bool slave = vector >= 0x38;
        *done = !slave || stage == 2;
        exit_out(slave && stage == 1 ? 0xa0 : 0x20, 0x20);
        return true;
    }
    if (route == IOAPIC_PV_EOI) {
        uint32_t *flag = guest_ptr(f.vm, PV_FLAG, 4);
        if (*flag & 1) {
            *flag &= ~1u;
            return false;
        }
    }
    if (by_msr())
        exit_wrmsr(0x80b, 0);
    else
        exit_mmio_eoi();
    return true;
}

/* The device is looked after: usually it is satisfied and lowers its line. */
static void serve(uint8_t vector)
{
    struct source *s = source_of(vector);

    if (vector == TIMER_VECTOR && by_apic()) {
        assert_true(g.timer_armed);
        g.timer_armed = false;
        g.timers++;
        return;
    }
    if (vector == PIT_PIC_VECTOR && !by_apic()) {
        g.ticks++;
        return;
    }
    if (!s) {
        assert_true(!by_apic() && (vector == 0x37 || vector == 0x3f));
        g.spurious++;
        return;
    }
    if (s->level && rnd() % 4 == 0)
        return;                                          /* not yet: the level asks again after the EOI */
    if (s->owed)
        s->served++;
    s->owed = s->asserted = false;
    irq_set(&f.vm->router, s->line, false);
}

/* Next step of the innermost handler; true if it made an exit. */
static bool handler_step(void)
{
    bool done;

    if (g.in_nmi) {                                      /* its IRET */
        g.in_nmi = false;
        f.state.shadow &= ~(uint32_t)VM_SHADOW_NMI;
        f.state.rflags = g.handler[--g.depth].rflags;
        return false;
    }
    uint8_t vector = g.handler[g.depth - 1].vector;
    unsigned stage = g.handler[g.depth - 1].stage++;

    if (stage == 0) {
        serve(vector);
        if (rnd() % 4 == 0)
            f.state.rflags |= RFLAGS_IF;                 /* lets others in before its EOI */
        return false;
    }
    if (stage < 100) {
        bool exits = end_of_interrupt(vector, stage, &done);
        if (done)
            g.handler[g.depth - 1].stage = 100;
        return exits;
    }
    f.state.rflags = g.handler[--g.depth].rflags;        /* IRET */
    return false;
}

static bool mask_or_unmask(struct source *s)
{
    if (by_apic() && !s->level)
        return false;                                    /* an I/O APIC loses edges at masked pins */
    s->masked = !g.quiet && !s->masked;
    if (by_apic()) {
        redirect(s->line, entry_of(s));
        return false;
    }
    uint8_t mask = 0;
    for (unsigned i = 0; i < SOURCES; i++)
        if (sources[i].masked && sources[i].line / 8 == s->line / 8)
            mask |= (uint8_t)(1u << sources[i].line % 8);
    exit_out(s->line < 8 ? 0x21 : 0xa1, mask);
    return true;
}

static bool set_tpr(uint8_t tpr)
{
    if (!by_apic())
        return false;
    g.tpr = tpr;
    if (by_msr()) {
        exit_wrmsr(0x808, tpr);
        return true;
    }
    write_apic(0x08, tpr);
    return false;
}

static bool arm_timer(void)
{
    if (!by_apic() || g.timer_armed || g.quiet)
        return false;
    g.timer_armed = true;
    exit_wrmsr(0x6e0, f.now + f.state.tsc_offset + rnd() % 200000);
    return true;
}

/* Before the end everything is unmasked, so that what waits comes. True if it made an exit. */
static bool wind_down(void)
{
    f.state.rflags |= RFLAGS_IF;
    for (unsigned i = 0; i < SOURCES; i++)
        if (sources[i].masked)
            return mask_or_unmask(&sources[i]);
    if (g.tpr)
        return set_tpr(0);
    if (!by_apic() && !g.stopped_pit) {
        g.stopped_pit = true;
        exit_out(0x43, 0x30);
        return true;
    }
    exit_kind(VM_EXIT_HLT, 1);
    g.halts++;
    return true;
}

static bool mainline_step(void)
{
    if (g.quiet)
        return wind_down();
    switch (rnd() % 12) {
    case 0:
        f.state.rflags &= ~RFLAGS_IF;
        return false;
    case 1:
        if (!(f.state.rflags & RFLAGS_IF))
            f.state.shadow |= VM_SHADOW_STI;
        f.state.rflags |= RFLAGS_IF;
        return false;
    case 2:
        return mask_or_unmask(&sources[rnd() % SOURCES]);
    case 3:
        return set_tpr((uint8_t)(rnd() % 3 ? 0 : (rnd() & 0xff)));
    case 4: case 5:
        return arm_timer();
    case 6:
        if (!(f.state.rflags & RFLAGS_IF) || f.state.shadow)
            return false;
        exit_kind(VM_EXIT_HLT, 1);
        g.halts++;
        return true;
    case 7:
        exit_out(0x80, 1);
        return true;
    case 8:
        exit_kind(VM_EXIT_CPUID, 2);
        return true;
    default:
        f.state.shadow &= VM_SHADOW_NMI;                 /* some instruction without an exit */
        return false;
    }
}

/* ------------------------------------------------ the CPU ----------------------------------------------- */

/* Devices at work: edges only rise when the last one was served. */
static bool outside_world(void)
{
    struct source *s = &sources[rnd() % SOURCES];

    if (g.quiet || rnd() % 3)
        return false;
    if (by_apic() && rnd() % 16 == 0) {
        g.nmi_owed = true;
        g.nmis_raised++;
        irq_pulse(&f.vm->router, 20);
        return true;
    }
    if (s->asserted || (s->owed && !s->level))
        return false;
    s->asserted = s->owed = true;
    s->raised++;
    irq_set(&f.vm->router, s->line, true);
    return true;
}

static void check_priority(uint8_t vector)
{
    if (!by_apic())
        return;
    assert_true(vector >> 4 > g.tpr >> 4);
    for (unsigned i = 0; i < g.depth; i++)               /* those that have had their EOI do not count */
        if (g.handler[i].vector != NMI_VECTOR && g.handler[i].stage < 100)
            assert_true(vector >> 4 > g.handler[i].vector >> 4);
}

static void deliver(const struct vm_event *e)
{
    struct vm_state *s = &f.state;
    struct source *source = source_of(e->vector);

    assert_int_equal(s->activity, VM_ACTIVE);
    assert_false(e->has_error);
    assert_true(g.depth < 60);
    g.handler[g.depth].rflags = s->rflags;
    if (e->type == VM_EVENT_NMI) {
        assert_int_equal(e->vector, NMI_VECTOR);
        assert_false(s->shadow & VM_SHADOW_NMI);
        assert_true(g.nmi_owed);
        g.nmi_owed = false;
        g.nmis++;
        g.in_nmi = true;
        s->shadow = VM_SHADOW_NMI;
    } else {
        assert_int_equal(e->type, VM_EVENT_EXTINT);
        assert_true(s->rflags & RFLAGS_IF);
        assert_false(s->shadow & (VM_SHADOW_STI | VM_SHADOW_MOV_SS));
        assert_false(g.in_nmi);
        if (source && !by_apic())
            assert_false(source->masked);
        check_priority(e->vector);
        g.taken++;
        g.nested += g.depth > 0;
        s->shadow = 0;
    }
    s->rflags &= ~RFLAGS_IF;
    g.handler[g.depth].vector = e->vector;
    g.handler[g.depth++].stage = 0;
}

/* What the VCPU does until something must be told to the monitor. False: nothing left to do. */
static bool run(struct vm_state *s)
{
    for (unsigned i = 0; i < 1000; i++) {
        f.now += 100 + rnd() % 2000;
        if (s->deadline && f.now >= s->deadline) {
            exit_kind(VM_EXIT_DEADLINE, 0);
            return true;
        }
        if ((s->ctl.flags & VM_CTL_NMI_WINDOW) && !(s->shadow & VM_SHADOW_NMI)) {
            exit_kind(VM_EXIT_NMI_WINDOW, 0);
            return true;
        }
        if ((s->ctl.flags & VM_CTL_IRQ_WINDOW) && (s->rflags & RFLAGS_IF) && !s->shadow) {
            g.windows++;
            exit_kind(VM_EXIT_IRQ_WINDOW, 0);
            return true;
        }
        if (g.depth ? handler_step() : mainline_step())
            return true;
    }
    exit_kind(VM_EXIT_NONE, 0);
    return true;
}

static int enter(void *ctx, unsigned vcpu, uint64_t *badge)
{
    struct vm_state *s = &f.state;

    f.entries++;
    g.quiet = f.entries > STEPS;
    if (s->inject.valid) {
        assert_true(s->dirty & VM_GROUP_RIP);
        deliver(&s->inject);
        s->inject.valid = 0;
    }
    s->dirty = 0;
    s->valid = VM_GROUP_ALL;
    s->rip = CODE;
    if (outside_world())
        return VM_ENTER_NOTIFICATION;
    if (s->activity == VM_HALTED) {
        assert_int_equal(s->ctl.flags & (VM_CTL_IRQ_WINDOW | VM_CTL_NMI_WINDOW), 0);
        if (s->deadline == 0) {
            if (g.quiet)
                vm_request_stop(f.vm);
            return VM_ENTER_NOTIFICATION;
        }
        if (s->deadline > f.now)
            f.now = s->deadline;
        exit_kind(VM_EXIT_DEADLINE, 0);
        return VM_ENTER_EXIT;
    }
    run(s);
    assert_true(f.entries < 2 * STEPS);                  /* it comes to rest */
    return VM_ENTER_EXIT;
}

static void machine_under(enum route how)
{
    seed = 0x9e3779b97f4a7c15 + how;
    start(how);
    f.vm->host.enter = enter;
    assert_int_equal(vm_run(f.vm), VM_STOP_REQUESTED);
    for (unsigned i = 0; i < SOURCES; i++) {
        assert_false(sources[i].owed);
        assert_false(sources[i].asserted);
        assert_int_equal(sources[i].raised, sources[i].served);
        assert_true(sources[i].raised > 100);
    }
    assert_int_equal(g.depth, 0);
    assert_false(g.nmi_owed);
    assert_false(g.timer_armed);
    assert_true(g.taken > 1000 && g.windows > 100 && g.halts > 100 && g.nested > 50);
    assert_true(by_apic() ? g.timers > 100 && g.nmis > 100 : g.ticks > 10);
    print_message(
        "%u entries: %u interrupts, %u nested, %u windows, %u halts, %u NMIs of %u, %u timers, %u ticks\n",
        f.entries, g.taken, g.nested, g.windows, g.halts, g.nmis, g.nmis_raised, g.timers, g.ticks);
    fake_free(&f);
}

static void pic_with_the_apic_off(void **state) { machine_under(PIC_DIRECT); }
static void pic_through_lint0(void **state) { machine_under(PIC_THROUGH_LINT0); }
static void ioapic_and_xapic(void **state) { machine_under(IOAPIC_XAPIC); }
static void ioapic_and_x2apic(void **state) { machine_under(IOAPIC_X2APIC); }
static void ioapic_and_paravirtual_eoi(void **state) { machine_under(IOAPIC_PV_EOI); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pic_with_the_apic_off),
        cmocka_unit_test(pic_through_lint0),
        cmocka_unit_test(ioapic_and_xapic),
        cmocka_unit_test(ioapic_and_x2apic),
        cmocka_unit_test(ioapic_and_paravirtual_eoi),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
