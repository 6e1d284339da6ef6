// SPDX-License-Identifier: BSD-2-Clause
// Local APIC: priorities, EOI, timer modes, IPIs, both register interfaces, virtual wire, paravirtual EOI.

#include "pc.h"
#include <vmm/devices/ioapic.h>
#include <vmm/devices/pic8259.h>

#define APIC(pc, v) ((pc)->router.lapic[v])
#define GP EXIT_INJECT_GP
#define OK EXIT_NEXT_INSN

static struct pc *machine(unsigned vcpus)
{
    struct pc *pc = pc_new(vcpus);
    pc_add(pc, &pic8259_class, NULL);
    pc_add(pc, &ioapic_class, NULL);
    for (unsigned i = 0; i < vcpus; i++) {
        pc_add(pc, &lapic_class, &(struct lapic_config){ .vcpu = i, .id = i });
        apic_out(pc, i, 0xf0, 0x1ff);
    }
    return pc;
}

static enum exit_action wr(struct pc *pc, unsigned v, uint32_t msr, uint64_t value)
{
    return lapic_msr_write(APIC(pc, v), msr, value);
}

static uint64_t rd(struct pc *pc, unsigned v, uint32_t msr)
{
    uint64_t value = 0;
    assert_int_equal(lapic_msr_read(APIC(pc, v), msr, &value), OK);
    return value;
}

static void to_x2apic(struct pc *pc, unsigned v)
{
    assert_int_equal(wr(pc, v, 0x1b, rd(pc, v, 0x1b) | 0xc00), OK);
}

static void power_on(void **state)
{
    struct pc *pc = pc_new(2);
    pc_add(pc, &lapic_class, &(struct lapic_config){ .vcpu = 0, .id = 0 });
    pc_add(pc, &lapic_class, &(struct lapic_config){ .vcpu = 1, .id = 7 });

    assert_int_equal(rd(pc, 0, 0x1b), 0xfee00900);
    assert_int_equal(rd(pc, 1, 0x1b), 0xfee00800);
    assert_int_equal(apic_in(pc, 0, 0x20), 0);
    assert_int_equal(apic_in(pc, 1, 0x20), 7u << 24);
    assert_int_equal(apic_in(pc, 0, 0x30), 0x50014);
    assert_int_equal(apic_in(pc, 0, 0xe0), 0xffffffff);
    assert_int_equal(apic_in(pc, 0, 0xf0), 0xff);
    assert_int_equal(apic_in(pc, 0, 0x320), 0x10000);
    assert_int_equal(apic_in(pc, 0, 0x350), 0x00700);      /* virtual wire at the boot processor */
    assert_int_equal(apic_in(pc, 1, 0x350), 0x10000);
    assert_false(lapic_accept(APIC(pc, 0), 0x40, false));  /* off in software */
    apic_out(pc, 0, 0x320, 0x40);
    assert_int_equal(apic_in(pc, 0, 0x320), 0x10040);      /* mask bits are stuck then */
    struct lapic extra;
    assert_int_equal(lapic_class.init(&extra, &pc->env, &(struct lapic_config){ .vcpu = 2 }), -1);
    assert_int_equal(lapic_class.init(&extra, &pc->env, NULL), -1);
    pc_free(pc);

    pc = pc_new(1);
    pc_add(pc, &ioapic_class, &(struct ioapic_config){ .base = LAPIC_DEFAULT_BASE });
    assert_int_equal(lapic_class.init(&extra, &pc->env, &(struct lapic_config){ .vcpu = 0 }), -1);
    assert_non_null(strstr(pc->last_log, "0xfee00000"));
    pc_free(pc);
}

static void priorities(void **state)
{
    struct pc *pc = machine(1);
    struct lapic *l = APIC(pc, 0);

    assert_int_equal(lapic_pending_vector(l), -1);
    assert_true(lapic_accept(l, 0x41, false));
    assert_true(lapic_accept(l, 0x51, false));
    assert_true(lapic_accept(l, 0x52, false));
    assert_int_equal(pc->wakes[0], 1);
    assert_int_equal(lapic_pending_vector(l), 0x52);
    assert_int_equal(apic_in(pc, 0, 0x220), 0x00060002);
    assert_int_equal(irq_take(&pc->router, 0), 0x52);
    assert_int_equal(apic_in(pc, 0, 0x120), 0x00040000);
    assert_int_equal(apic_in(pc, 0, 0xa0), 0x50);
    assert_int_equal(lapic_pending_vector(l), -1);         /* 0x51 is of the same class */
    lapic_accept(l, 0x61, false);
    assert_int_equal(irq_take(&pc->router, 0), 0x61);
    apic_out(pc, 0, 0xb0, 0);
    apic_out(pc, 0, 0xb0, 0);
    assert_int_equal(irq_take(&pc->router, 0), 0x51);
    apic_out(pc, 0, 0xb0, 0);
    apic_out(pc, 0, 0x80, 0x40);                           /* TPR holds class 4 back */
    assert_int_equal(lapic_pending_vector(l), -1);
    assert_int_equal(lapic_cr8(l), 4);
    assert_int_equal(lapic_set_cr8(l, 3), OK);
    assert_int_equal(apic_in(pc, 0, 0x80), 0x30);
    assert_int_equal(irq_take(&pc->router, 0), 0x41);
    apic_out(pc, 0, 0x80, 0x45);
    assert_int_equal(apic_in(pc, 0, 0xa0), 0x45);
    apic_out(pc, 0, 0xb0, 0);
    apic_out(pc, 0, 0xb0, 0);                              /* one too many */
    assert_int_equal(lapic_set_cr8(l, 16), GP);
    apic_out(pc, 0, 0x80, 0);
    lapic_accept(l, 0x31, false);
    apic_out(pc, 0, 0xf0, 0x0ff);                          /* off: kept, not delivered */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    apic_out(pc, 0, 0xf0, 0x1ff);
    assert_int_equal(irq_take(&pc->router, 0), 0x31);
    for (unsigned v = 16; v < 256; v++)
        lapic_accept(l, (uint8_t)v, false);
    apic_out(pc, 0, 0xb0, 0);
    for (unsigned v = 255; v >= 16; v--) {
        assert_int_equal(irq_take(&pc->router, 0), v);
        apic_out(pc, 0, 0xb0, 0);
    }
    pc_free(pc);
}

static void errors(void **state)
{
    struct pc *pc = machine(1);

    apic_out(pc, 0, 0x370, 0xfe);
    apic_in(pc, 0, 0x3f0);                                 /* no such register */
    assert_int_equal(irq_take(&pc->router, 0), 0xfe);
    assert_int_equal(apic_in(pc, 0, 0x280), 0);
    apic_out(pc, 0, 0x280, 0);
    assert_int_equal(apic_in(pc, 0, 0x280), 0x80);
    apic_out(pc, 0, 0x280, 0);
    assert_int_equal(apic_in(pc, 0, 0x280), 0);
    apic_out(pc, 0, 0xb0, 0);
    assert_false(lapic_accept(APIC(pc, 0), 15, false));
    apic_out(pc, 0, 0x300, 0x4000f);                       /* self IPI, vector 15 */
    apic_out(pc, 0, 0x280, 0);
    assert_int_equal(apic_in(pc, 0, 0x280), 0x60);
    apic_out(pc, 0, 0x370, 0x05);    /* the error vector itself is illegal: no endless loop */
    lapic_accept(APIC(pc, 0), 15, false);
    apic_out(pc, 0, 0x370, 0x10000);
    /* accesses the page does not know */
    assert_int_equal(mmio_in(pc, 0xfee00024, 4, 0), 0);
    assert_int_equal(mmio_in(pc, 0xfee00031, 1, 0), 0x00);
    assert_int_equal(mmio_in(pc, 0xfee00032, 1, 0), 0x05);
    mmio_out(pc, 0xfee00080, 1, 0xff, 0);
    assert_int_equal(apic_in(pc, 0, 0x80), 0);
    assert_int_equal(mmio_in(pc, 0xfee00400, 4, 0), 0);
    assert_int_equal(mmio_in(pc, 0xfee00020, 4, 3), 0xffffffff);    /* a VCPU that is not there */
    pc_free(pc);
}

static void one_shot_and_periodic(void **state)
{
    struct pc *pc = machine(1);

    apic_out(pc, 0, 0x3e0, 0xb);                           /* divide by 1: 1 GHz, 2 ticks a count */
    apic_out(pc, 0, 0x320, 0x40);
    apic_out(pc, 0, 0x380, 1000);
    assert_int_equal(timer_first(&pc->timers), pc->tsc + 2000);
    pc_run_for(pc, 500);
    assert_int_equal(apic_in(pc, 0, 0x390), 750);
    pc_run_for(pc, 1499);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    pc_run_for(pc, 1);
    assert_int_equal(irq_take(&pc->router, 0), 0x40);
    assert_int_equal(apic_in(pc, 0, 0x390), 0);
    apic_out(pc, 0, 0xb0, 0);
    pc_run_for(pc, 100 * MS);
    assert_int_equal(irq_pending(&pc->router, 0), 0);

    apic_out(pc, 0, 0x3e0, 0x3);                           /* by 16 */
    apic_out(pc, 0, 0x320, 0x20041);
    apic_out(pc, 0, 0x380, 62500);                         /* 1 ms */
    for (unsigned i = 0; i < 5; i++) {
        pc_run_for(pc, MS);
        assert_int_equal(irq_take(&pc->router, 0), 0x41);
        apic_out(pc, 0, 0xb0, 0);
    }
    pc->tsc += 10 * MS + MS / 2;    /* nobody ran us for a while: one interrupt, same phase */
    timer_run(&pc->timers, pc->tsc);
    assert_int_equal(irq_take(&pc->router, 0), 0x41);
    apic_out(pc, 0, 0xb0, 0);
    assert_int_equal(timer_first(&pc->timers), pc->tsc + MS / 2);
    assert_int_equal(apic_in(pc, 0, 0x390), 31250);
    apic_out(pc, 0, 0x3e0, 0x0);                           /* by 2 from here on */
    assert_int_equal(apic_in(pc, 0, 0x390), 31250);
    assert_int_equal(timer_first(&pc->timers), pc->tsc + 31250 * 2 * 2);
    apic_out(pc, 0, 0x380, 0);                             /* stops */
    assert_int_equal(timer_first(&pc->timers), 0);
    apic_out(pc, 0, 0x3e0, 0xb);
    apic_out(pc, 0, 0x380, 1);                             /* a nanosecond period does not drown us */
    uint64_t fired = APIC(pc, 0)->timer_fired;
    pc_run_for(pc, MS);
    assert_true(APIC(pc, 0)->timer_fired - fired <= 51);
    apic_out(pc, 0, 0x320, 0x30041);                       /* masked */
    irq_take(&pc->router, 0);
    apic_out(pc, 0, 0xb0, 0);
    pc_run_for(pc, MS);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    pc_free(pc);
}

static void deadline(void **state)
{
    struct pc *pc = machine(1);
    struct lapic *l = APIC(pc, 0);
    uint64_t offset = 0ull - 5000000000ull;                /* the guest's clock began later */

    lapic_set_tsc_offset(l, offset);
    pc->tsc = 6000000000ull;
    assert_int_equal(wr(pc, 0, 0x6e0, pc->tsc + offset + 100), OK);
    assert_int_equal(rd(pc, 0, 0x6e0), 0);                 /* not in that mode */
    apic_out(pc, 0, 0x320, 0x40042);
    wr(pc, 0, 0x6e0, pc->tsc + offset + 100);
    assert_int_equal(rd(pc, 0, 0x6e0), pc->tsc + offset + 100);
    assert_int_equal(timer_first(&pc->timers), pc->tsc + 100);
    apic_out(pc, 0, 0x380, 1000);                          /* ignored */
    assert_int_equal(apic_in(pc, 0, 0x380), 0);
    assert_int_equal(apic_in(pc, 0, 0x390), 0);
    pc_run_for(pc, 100);
    assert_int_equal(irq_take(&pc->router, 0), 0x42);
    assert_int_equal(rd(pc, 0, 0x6e0), 0);
    apic_out(pc, 0, 0xb0, 0);
    wr(pc, 0, 0x6e0, 1);                                   /* in the past: at once */
    assert_int_equal(irq_take(&pc->router, 0), 0x42);
    apic_out(pc, 0, 0xb0, 0);
    wr(pc, 0, 0x6e0, ~0ull);                               /* never */
    assert_true(timer_first(&pc->timers) > 1ull << 63);
    wr(pc, 0, 0x6e0, pc->tsc + offset + 1000);
    lapic_set_tsc_offset(l, offset + 400);    /* the guest wrote its TSC: the deadline comes nearer */
    assert_int_equal(timer_first(&pc->timers), pc->tsc + 600);
    wr(pc, 0, 0x6e0, 0);
    assert_int_equal(timer_first(&pc->timers), 0);
    wr(pc, 0, 0x6e0, pc->tsc + offset + 1000);
    apic_out(pc, 0, 0x320, 0x42);                          /* leaving the mode disarms */
    assert_int_equal(timer_first(&pc->timers), 0);
    assert_int_equal(rd(pc, 0, 0x6e0), 0);
    l->cfg.no_deadline = true;
    assert_int_equal(wr(pc, 0, 0x6e0, 1), GP);
    pc_free(pc);
}

static void base_and_modes(void **state)
{
    struct pc *pc = machine(2);
    uint64_t value;

    assert_int_equal(wr(pc, 0, 0x1b, 0xfee00900 | 0x1), GP);
    assert_int_equal(wr(pc, 0, 0x1b, 1ull << 40 | 0xfee00900), GP);
    assert_int_equal(wr(pc, 0, 0x1b, 0xfee00500), GP);     /* x2APIC without enable */
    assert_int_equal(lapic_msr_read(APIC(pc, 0), 0x802, &value), GP);
    assert_int_equal(lapic_msr_read(APIC(pc, 0), 0x10, &value), EXIT_NOT_MINE);
    assert_int_equal(wr(pc, 0, 0x1b, 0xd0000900), OK);     /* VCPU 0 moves its page, 1 stays */
    assert_int_equal(mmio_in(pc, 0xd0000030, 4, 0), 0x50014);
    assert_int_equal(mmio_in(pc, 0xd0000030, 4, 1), 0xffffffff);
    assert_int_equal(mmio_in(pc, 0xfee00030, 4, 1), 0x50014);
    assert_int_equal(mmio_in(pc, 0xfee00030, 4, 0), 0xffffffff);
    assert_int_equal(wr(pc, 1, 0x1b, 0xd0000800), OK);
    assert_null(bus_find(&pc->mmio, 0xfee00000));
    assert_int_equal(mmio_in(pc, 0xd0000030, 4, 1), 0x50014);
    assert_int_equal(wr(pc, 0, 0x1b, 0xfec00900), OK);    /* on top of the I/O APIC: that one stays visible */
    mmio_out(pc, 0xfec00000, 4, 1, 0);
    assert_int_equal(mmio_in(pc, 0xfec00010, 4, 0), 0x170020);
    assert_int_equal(wr(pc, 0, 0x1b, 0xfee00900), OK);
    assert_non_null(bus_find(&pc->mmio, 0xfec00000));
    assert_int_equal(pc->log_lines, 0);                    /* no message the guest could repeat for ever */

    to_x2apic(pc, 0);
    assert_int_equal(apic_in(pc, 0, 0x30), 0xffffffff);    /* the page is gone */
    assert_int_equal(wr(pc, 0, 0x1b, 0xfee00900), GP);     /* no way back but through "off" */
    assert_int_equal(wr(pc, 0, 0x80f, 0x1ff), OK);
    lapic_accept(APIC(pc, 0), 0x77, false);
    assert_int_equal(wr(pc, 0, 0x1b, 0xfee00100), OK);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    assert_false(lapic_accept(APIC(pc, 0), 0x77, false));
    assert_int_equal(wr(pc, 0, 0x1b, 0xfee00d00), GP);     /* off -> x2APIC */
    assert_int_equal(wr(pc, 0, 0x1b, 0xfee00900), OK);
    assert_int_equal(apic_in(pc, 0, 0xf0), 0xff);
    APIC(pc, 0)->cfg.no_x2apic = true;
    assert_int_equal(wr(pc, 0, 0x1b, 0xfee00d00), GP);
    pc_free(pc);
}

static void x2apic_registers(void **state)
{
    struct pc *pc = machine(1);
    uint64_t value;
    static const struct { uint32_t msr; uint64_t value; enum exit_action result; } writes[] = {
        { 0x802, 0, GP }, { 0x803, 0, GP }, { 0x808, 0x20, OK }, { 0x808, 0x100, GP }, { 0x80a, 0, GP },
        { 0x80b, 0, OK }, { 0x80b, 1, GP }, { 0x80d, 0, GP }, { 0x80e, 0, GP }, { 0x80f, 0x1ff, OK },
        { 0x80f, 0x1000, GP }, { 0x810, 0, GP }, { 0x828, 0, OK }, { 0x828, 1, GP }, { 0x830, 0x40031, OK },
        { 0x830, 0x100031, GP }, { 0x831, 0, GP }, { 0x832, 0x40030, OK }, { 0x832, 0x80000, GP },
        { 0x832, 1ull << 32, GP }, { 0x835, 0x10700, OK }, { 0x837, 0x700, GP }, { 0x838, 0xffffffff, OK },
        { 0x839, 0, GP }, { 0x83e, 0xb, OK }, { 0x83e, 4, GP }, { 0x83f, 0x32, OK }, { 0x83f, 0x100, GP },
        { 0x800, 0, GP }, { 0x840, 0, GP }, { 0x8ff, 0, GP },
    };

    to_x2apic(pc, 0);
    for (unsigned i = 0; i < sizeof writes / sizeof writes[0]; i++)
        assert_int_equal(wr(pc, 0, writes[i].msr, writes[i].value), writes[i].result);
    assert_int_equal(wr(pc, 0, 0x900, 0), EXIT_NOT_MINE);
    assert_int_equal(wr(pc, 0, 0x7ff, 0), EXIT_NOT_MINE);
    assert_int_equal(rd(pc, 0, 0x808), 0x20);
    assert_int_equal(rd(pc, 0, 0x802), 0);
    assert_int_equal(rd(pc, 0, 0x80d), 1);
    assert_int_equal(rd(pc, 0, 0x830), 0x40031);
    assert_int_equal(lapic_msr_read(APIC(pc, 0), 0x80b, &value), GP);
    assert_int_equal(lapic_msr_read(APIC(pc, 0), 0x83f, &value), GP);
    assert_int_equal(lapic_msr_read(APIC(pc, 0), 0x80e, &value), GP);
    assert_int_equal(irq_take(&pc->router, 0), 0x32);      /* self IPI by 0x83f, after the one by ICR */
    wr(pc, 0, 0x80b, 0);
    assert_int_equal(irq_take(&pc->router, 0), 0x31);
    pc_free(pc);
}

static void interprocessor(void **state)
{
    struct pc *pc = machine(4);

    apic_out(pc, 0, 0x310, 2u << 24);
    apic_out(pc, 0, 0x300, 0x40f0);
    assert_int_equal(irq_take(&pc->router, 2), 0xf0);
    assert_int_equal(irq_pending(&pc->router, 1) | irq_pending(&pc->router, 3), 0);
    assert_int_equal(apic_in(pc, 0, 0x300) & 0x1000, 0);
    apic_out(pc, 0, 0x300, 0x40f1 | 1 << 18);              /* self */
    assert_int_equal(irq_take(&pc->router, 0), 0xf1);
    apic_out(pc, 0, 0xb0, 0);
    apic_out(pc, 0, 0x300, 0x4012 | 3 << 18);              /* the others; 2 has 0xf0 in service */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    assert_int_equal(irq_take(&pc->router, 1), 0x12);
    assert_int_equal(irq_take(&pc->router, 3), 0x12);
    apic_out(pc, 2, 0xb0, 0);
    assert_int_equal(irq_take(&pc->router, 2), 0x12);
    apic_out(pc, 0, 0x300, 0x4500 | 3 << 18);              /* INIT to the others: resets their APICs */
    assert_int_equal(pc->inits[1] + pc->inits[2] + pc->inits[3], 3);
    assert_int_equal(apic_in(pc, 1, 0xf0), 0xff);
    assert_int_equal(apic_in(pc, 1, 0x20), 1u << 24);
    apic_out(pc, 0, 0x300, 0x8500 | 3 << 18);              /* its de-assert: nothing */
    assert_int_equal(pc->inits[1], 1);
    apic_out(pc, 0, 0x310, 1u << 24);
    apic_out(pc, 0, 0x300, 0x4699);
    assert_int_equal(pc->startups[1], 1);
    assert_int_equal(pc->startup_vector, 0x99);
    apic_out(pc, 0, 0x300, 0x4400);
    assert_int_equal(pc->nmis[1], 1);
    apic_out(pc, 0, 0x300, 0x4400 | 1 << 18);              /* NMI to self by shorthand is invalid */
    assert_int_equal(pc->nmis[0], 0);
    apic_out(pc, 0, 0x310, 0xffu << 24);
    apic_out(pc, 0, 0x300, 0x4400);
    assert_int_equal(pc->nmis[0] + pc->nmis[1] + pc->nmis[2] + pc->nmis[3], 5);

    for (unsigned i = 0; i < 4; i++) {                     /* xAPIC clusters */
        apic_out(pc, i, 0xf0, 0x1ff);
        apic_out(pc, i, 0xe0, 0);
        assert_int_equal(apic_in(pc, i, 0xe0), 0x0fffffff);
        apic_out(pc, i, 0xd0, ((i / 2) << 4 | 1u << (i & 1)) << 24);
    }
    apic_out(pc, 0, 0x310, 0x12u << 24);
    apic_out(pc, 0, 0x300, 0x48a5);
    assert_int_equal(irq_take(&pc->router, 3), 0xa5);
    assert_int_equal(irq_pending(&pc->router, 0) | irq_pending(&pc->router, 1) | irq_pending(&pc->router, 2),
                     0);
    pc_free(pc);
}

static void x2apic_destinations(void **state)
{
    struct pc *pc = pc_new(3);
    static const uint32_t id[3] = { 0, 0x23, 0x12345 };

    for (unsigned i = 0; i < 3; i++) {
        pc_add(pc, &lapic_class, &(struct lapic_config){ .vcpu = i, .id = id[i] });
        to_x2apic(pc, i);
        wr(pc, i, 0x80f, 0x1ff);
    }
    assert_int_equal(rd(pc, 1, 0x80d), 0x00020008);
    assert_int_equal(rd(pc, 2, 0x80d), 0x12340020);
    wr(pc, 0, 0x830, 0x12345ull << 32 | 0x4050);
    assert_int_equal(irq_take(&pc->router, 2), 0x50);
    wr(pc, 0, 0x830, 0x0002000full << 32 | 0x4860);        /* logical: cluster 2, members 0..3 */
    assert_int_equal(irq_take(&pc->router, 1), 0x60);
    assert_int_equal(irq_pending(&pc->router, 0) | irq_pending(&pc->router, 2), 0);
    wr(pc, 0, 0x830, 0xffffffffull << 32 | 0x4070);
    assert_int_equal(irq_take(&pc->router, 0), 0x70);
    assert_int_equal(irq_take(&pc->router, 1), 0x70);
    assert_int_equal(irq_take(&pc->router, 2), 0x70);
    pc_reset(pc);
    assert_int_equal(rd(pc, 2, 0x1b), 0xfee00800);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    pc_free(pc);
}

static void virtual_wire(void **state)
{
    struct pc *pc = machine(2);

    pic_setup(pc, 0xffff);
    apic_out(pc, 0, 0x350, 0x10700);
    irq_set(&pc->router, 4, true);
    assert_int_equal(irq_pending(&pc->router, 0), 0);      /* LINT0 masked */
    apic_out(pc, 0, 0x350, 0x700);
    assert_int_equal(irq_pending(&pc->router, 0), IRQ_FROM_PIC);
    assert_int_equal(irq_pending(&pc->router, 1), 0);
    lapic_accept(APIC(pc, 0), 0x80, false);
    assert_int_equal(irq_take(&pc->router, 0), 0x34);
    assert_int_equal(irq_take(&pc->router, 0), 0x80);
    apic_out(pc, 0, 0xb0, 0);
    outb(pc, 0x20, 0x20);
    apic_out(pc, 0, 0x350, 0x3a);                          /* LINT0 as a fixed interrupt: each rise of INT */
    irq_pulse(&pc->router, 5);
    assert_int_equal(irq_take(&pc->router, 0), 0x3a);
    apic_out(pc, 0, 0x350, 0x400);                         /* ... as NMI */
    pic_setup(pc, 0xffff);
    irq_pulse(&pc->router, 5);
    assert_int_equal(pc->nmis[0], 1);
    pic_setup(pc, 0xffff);
    apic_out(pc, 0, 0x350, 0x700);
    apic_out(pc, 0, 0xf0, 0xff);                           /* software disable masks LINT0 */
    irq_pulse(&pc->router, 5);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    assert_int_equal(wr(pc, 0, 0x1b, 0xfee00100), OK);     /* APIC off: straight to the CPU */
    assert_int_equal(irq_take(&pc->router, 0), 0x35);
    pc_free(pc);
}

static void paravirtual_eoi(void **state)
{
    struct pc *pc = machine(1);
    struct lapic *l = APIC(pc, 0);
    uint32_t flag = 0xabcd0000;

    lapic_pv_eoi_before_entry(l, &flag);
    assert_int_equal(flag, 0xabcd0000);
    lapic_accept(l, 0x40, false);
    irq_take(&pc->router, 0);
    lapic_pv_eoi_before_entry(l, &flag);
    assert_int_equal(flag, 0xabcd0001);
    flag &= ~1u;                                           /* the guest ends it */
    lapic_pv_eoi_after_exit(l, &flag);
    assert_int_equal(l->eois, 1);
    assert_int_equal(lapic_priority(l), 0);
    lapic_pv_eoi_after_exit(l, &flag);
    assert_int_equal(l->eois, 1);

    lapic_accept(l, 0x40, false);
    irq_take(&pc->router, 0);
    lapic_pv_eoi_before_entry(l, &flag);
    lapic_pv_eoi_after_exit(l, &flag);                     /* an exit inside the handler */
    assert_int_equal(flag, 0xabcd0000);
    assert_int_equal(lapic_priority(l), 0x40);
    lapic_accept(l, 0x30, false);                          /* another one waits: a true EOI is needed */
    lapic_pv_eoi_before_entry(l, &flag);
    assert_int_equal(flag, 0xabcd0000);
    apic_out(pc, 0, 0xb0, 0);
    assert_int_equal(irq_take(&pc->router, 0), 0x30);
    lapic_accept(l, 0x50, true);
    assert_int_equal(irq_take(&pc->router, 0), 0x50);
    assert_false(lapic_pv_eoi_possible(l));                /* level-triggered, and two in service */
    apic_out(pc, 0, 0xb0, 0);
    assert_true(lapic_pv_eoi_possible(l));
    pc_free(pc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_on),
        cmocka_unit_test(priorities),
        cmocka_unit_test(errors),
        cmocka_unit_test(one_shot_and_periodic),
        cmocka_unit_test(deadline),
        cmocka_unit_test(base_and_modes),
        cmocka_unit_test(x2apic_registers),
        cmocka_unit_test(interprocessor),
        cmocka_unit_test(x2apic_destinations),
        cmocka_unit_test(virtual_wire),
        cmocka_unit_test(paravirtual_eoi),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
