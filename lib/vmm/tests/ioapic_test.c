// SPDX-License-Identifier: BSD-2-Clause
// I/O APIC: registers, edges, levels with remote IRR, destinations, MSI.

#include "pc.h"
#include <vmm/devices/ioapic.h>

#define LEVEL (1u << 15)
#define MASKED (1u << 16)
#define LOGICAL (1u << 11)

static struct pc *machine(unsigned vcpus)
{
    struct pc *pc = pc_new(vcpus);
    pc_add(pc, &ioapic_class, &(struct ioapic_config){ .id = 5 });
    for (unsigned i = 0; i < vcpus; i++) {
        pc_add(pc, &lapic_class, &(struct lapic_config){ .vcpu = i, .id = i });
        apic_out(pc, i, 0xf0, 0x1ff);
        apic_out(pc, i, 0xd0, 1u << (24 + i));
    }
    return pc;
}

static void registers(void **state)
{
    struct pc *pc = machine(1);

    assert_int_equal(ioapic_in(pc, 0), 5u << 24);
    assert_int_equal(ioapic_in(pc, 1), 0x00170020);
    assert_int_equal(ioapic_in(pc, 2), 5u << 24);
    ioapic_out(pc, 0, 0xffffffff);
    assert_int_equal(ioapic_in(pc, 0), 15u << 24);
    ioapic_out(pc, 1, 0);
    assert_int_equal(ioapic_in(pc, 1), 0x00170020);
    assert_int_equal(ioapic_in(pc, 0x10), MASKED);
    ioapic_out(pc, 0x11, 0xffffffff);
    ioapic_out(pc, 0x10, 0xffffffff);
    assert_int_equal(ioapic_in(pc, 0x10), 0x1afff);        /* status bits are read-only */
    assert_int_equal(ioapic_in(pc, 0x11), 0xff000000);
    for (unsigned reg = 0x40; reg < 0x100; reg++) {
        ioapic_out(pc, reg, 0xffffffff);
        assert_int_equal(ioapic_in(pc, reg), 0);
    }
    assert_int_equal(ioapic_in(pc, 5), 0);
    assert_int_equal(mmio_in(pc, 0xfec00004, 4, 0), 0);
    mmio_out(pc, 0xfec00000, 4, 0x12, 0);
    assert_int_equal(mmio_in(pc, 0xfec00000, 4, 0), 0x12);
    mmio_out(pc, 0xfec00010, 1, 0, 0);                     /* a byte write is no register write */
    assert_int_equal(ioapic_in(pc, 0x12), MASKED);
    pc_reset(pc);
    assert_int_equal(ioapic_in(pc, 0x10), MASKED);
    assert_int_equal(ioapic_in(pc, 0), 5u << 24);
    pc_free(pc);
}

static void edges(void **state)
{
    struct pc *pc = machine(1);

    irq_set(&pc->router, 4, true);                         /* masked: lost */
    ioapic_route(pc, 4, 0x34);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    irq_set(&pc->router, 4, false);
    irq_set(&pc->router, 4, true);
    assert_int_equal(irq_take(&pc->router, 0), 0x34);
    apic_out(pc, 0, 0xb0, 0);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    ioapic_route(pc, 2, 0x30);
    irq_pulse(&pc->router, 0);                             /* the PIT's line is pin 2 */
    assert_int_equal(irq_take(&pc->router, 0), 0x30);
    irq_set(&pc->router, 2, true);
    irq_set(&pc->router, 24, true);
    irq_set(&pc->router, 4000000000u, true);
    apic_out(pc, 0, 0xb0, 0);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    pc_free(pc);
}

static void levels(void **state)
{
    struct pc *pc = machine(1);

    irq_set(&pc->router, 11, true);
    ioapic_route(pc, 11, LEVEL | 0x5b);                    /* asserted when it is unmasked */
    assert_int_equal(irq_take(&pc->router, 0), 0x5b);
    assert_int_equal(ioapic_in(pc, 0x10 + 22), LEVEL | 1u << 14 | 0x5b);
    irq_set(&pc->router, 11, false);
    irq_set(&pc->router, 11, true);
    assert_int_equal(irq_pending(&pc->router, 0), 0);      /* waits for its EOI */
    apic_out(pc, 0, 0xb0, 0);
    assert_int_equal(irq_take(&pc->router, 0), 0x5b);      /* asserted still: again */
    irq_set(&pc->router, 11, false);
    apic_out(pc, 0, 0xb0, 0);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    assert_int_equal(ioapic_in(pc, 0x10 + 22), LEVEL | 0x5b);

    irq_set(&pc->router, 11, true);                        /* mask while in service, EOI, unmask */
    assert_int_equal(irq_take(&pc->router, 0), 0x5b);
    ioapic_route(pc, 11, LEVEL | MASKED | 0x5b);
    apic_out(pc, 0, 0xb0, 0);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    ioapic_route(pc, 11, LEVEL | 0x5b);
    assert_int_equal(irq_take(&pc->router, 0), 0x5b);
    irq_set(&pc->router, 11, false);
    mmio_out(pc, 0xfec00040, 4, 0x5b, 0);                  /* directed EOI */
    assert_int_equal(ioapic_in(pc, 0x10 + 22), LEVEL | 0x5b);
    apic_out(pc, 0, 0xb0, 0);
    irq_set(&pc->router, 11, true);                        /* a turn to edge and back clears remote IRR */
    assert_int_equal(irq_take(&pc->router, 0), 0x5b);
    ioapic_route(pc, 11, MASKED | 0x5b);
    assert_int_equal(ioapic_in(pc, 0x10 + 22), MASKED | 0x5b);
    ioapic_route(pc, 11, LEVEL | 0x5b);
    apic_out(pc, 0, 0xb0, 0);
    assert_int_equal(irq_take(&pc->router, 0), 0x5b);
    pc_free(pc);
}

static void destinations(void **state)
{
    struct pc *pc = machine(4);

    ioapic_route(pc, 4, 3ull << 56 | 0x44);                /* physical */
    irq_pulse(&pc->router, 4);
    assert_int_equal(irq_take(&pc->router, 3), 0x44);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(irq_pending(&pc->router, i), 0);
    ioapic_route(pc, 4, 0xffull << 56 | 0x45);             /* everybody */
    irq_pulse(&pc->router, 4);
    apic_out(pc, 3, 0xb0, 0);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(irq_take(&pc->router, i), 0x45);
        apic_out(pc, i, 0xb0, 0);
    }
    ioapic_route(pc, 4, 6ull << 56 | LOGICAL | 0x46);      /* flat logical: 1 and 2 */
    irq_pulse(&pc->router, 4);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    assert_int_equal(irq_take(&pc->router, 1), 0x46);
    assert_int_equal(irq_take(&pc->router, 2), 0x46);
    assert_int_equal(irq_pending(&pc->router, 3), 0);
    ioapic_route(pc, 4, 7ull << 56 | LOGICAL | 1u << 8 | 0x47);    /* lowest priority: 0, the only idle one */
    irq_pulse(&pc->router, 4);
    assert_int_equal(irq_take(&pc->router, 0), 0x47);
    for (unsigned i = 0; i < 3; i++)
        apic_out(pc, i, 0xb0, 0);
    unsigned seen = 0;
    for (unsigned i = 0; i < 3; i++) {                     /* equals take turns */
        irq_pulse(&pc->router, 4);
        for (unsigned v = 0; v < 3; v++) {
            if (irq_pending(&pc->router, v)) {
                assert_int_equal(irq_take(&pc->router, v), 0x47);
                apic_out(pc, v, 0xb0, 0);
                seen |= 1u << v;
            }
        }
    }
    assert_int_equal(seen, 7);
    ioapic_route(pc, 4, 9ull << 56 | LEVEL | 0x48);        /* nobody: does not stick */
    irq_set(&pc->router, 4, true);
    assert_int_equal(ioapic_in(pc, 0x18), LEVEL | 0x48);
    ioapic_route(pc, 4, 2ull << 56 | LEVEL | 0x48);
    assert_int_equal(irq_take(&pc->router, 2), 0x48);
    ioapic_route(pc, 5, 1ull << 56 | 4u << 8);             /* NMI */
    irq_pulse(&pc->router, 5);
    assert_int_equal(pc->nmis[1], 1);
    ioapic_route(pc, 5, 1ull << 56 | 5u << 8);             /* INIT */
    irq_pulse(&pc->router, 5);
    assert_int_equal(pc->inits[1], 1);
    for (unsigned mode = 2; mode < 8; mode++) {            /* reserved and not carried ones do no harm */
        ioapic_route(pc, 5, 0xffull << 56 | mode << 8 | LEVEL | 0x99);
        irq_set(&pc->router, 5, false);
        irq_set(&pc->router, 5, true);
    }
    pc_free(pc);
}

static void messages(void **state)
{
    struct pc *pc = machine(2);

    msi_send(&pc->router, 0xfee01000, 0x0051);
    assert_int_equal(irq_take(&pc->router, 1), 0x51);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    msi_send(&pc->router, 0xfee03004, 0x0152);             /* logical 3, lowest priority: 0 */
    assert_int_equal(irq_take(&pc->router, 0), 0x52);
    msi_send(&pc->router, 0xfeeff000, 0x8053);             /* level, deasserted */
    msi_send(&pc->router, 0xfef00000, 0x53);               /* no interrupt address */
    msi_send(&pc->router, 0x1fee00000, 0x53);
    msi_send(&pc->router, 0xfeeff000, 0x0553);             /* devices send no INIT */
    msi_send(&pc->router, 0xfeeff000, 0x0653);
    assert_int_equal(irq_pending(&pc->router, 0) | irq_pending(&pc->router, 1), 0);
    assert_int_equal(pc->inits[0] + pc->startups[0], 0);
    msi_send(&pc->router, 0xfeeff000, 0xc064);
    assert_int_equal(irq_take(&pc->router, 0), 0x64);
    assert_int_equal(irq_take(&pc->router, 1), 0x64);
    pc_free(pc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers),
        cmocka_unit_test(edges),
        cmocka_unit_test(levels),
        cmocka_unit_test(destinations),
        cmocka_unit_test(messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
