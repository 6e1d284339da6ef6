// SPDX-License-Identifier: BSD-2-Clause
// The 8259 pair without local APIC: what Linux and older kernels do with it.

#include "pc.h"
#include <vmm/devices/pic8259.h>

static struct pc *machine(uint16_t unmasked)
{
    struct pc *pc = pc_new(1);
    pc_add(pc, &pic8259_class, NULL);
    pic_setup(pc, unmasked);
    return pc;
}

static void edges_and_eoi(void **state)
{
    struct pc *pc = machine(0xffff);

    assert_int_equal(irq_pending(&pc->router, 0), 0);
    assert_int_equal(irq_take(&pc->router, 0), -1);
    irq_set(&pc->router, 4, true);
    assert_int_not_equal(irq_pending(&pc->router, 0), 0);
    assert_int_equal(pc->wakes[0], 1);
    assert_int_equal(irq_take(&pc->router, 0), 0x34);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    outb(pc, 0x20, 0x20);
    assert_int_equal(irq_pending(&pc->router, 0), 0);      /* still high, but no new edge */
    irq_set(&pc->router, 4, false);
    irq_pulse(&pc->router, 4);                             /* latched although it is gone */
    assert_int_equal(irq_take(&pc->router, 0), 0x34);
    irq_pulse(&pc->router, 4);
    assert_int_equal(irq_pending(&pc->router, 0), 0);      /* in service */
    outb(pc, 0x20, 0x64);                                  /* specific EOI */
    assert_int_equal(irq_take(&pc->router, 0), 0x34);
    pc_free(pc);
}

static void priorities_and_cascade(void **state)
{
    struct pc *pc = machine(0xffff);

    irq_pulse(&pc->router, 4);
    assert_int_equal(irq_take(&pc->router, 0), 0x34);
    irq_pulse(&pc->router, 6);                             /* lower: waits */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    irq_pulse(&pc->router, 12);                            /* slave, through input 2: higher */
    assert_int_equal(irq_take(&pc->router, 0), 0x3c);
    outb(pc, 0xa0, 0x0b);
    assert_int_equal(inb(pc, 0xa0), 0x10);                 /* ISR of the slave */
    irq_pulse(&pc->router, 8);                             /* higher in the slave, blocked in the master */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    outb(pc, 0xa0, 0x20);
    outb(pc, 0x20, 0x20);
    assert_int_equal(irq_take(&pc->router, 0), 0x38);
    outb(pc, 0xa0, 0x20);
    outb(pc, 0x20, 0x20);
    outb(pc, 0x20, 0x20);
    assert_int_equal(irq_take(&pc->router, 0), 0x36);
    irq_set(&pc->router, 2, true);                         /* the cascade input is no line of a device */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    pc_free(pc);
}

static void masks(void **state)
{
    struct pc *pc = machine(0x0001);

    irq_pulse(&pc->router, 3);
    irq_pulse(&pc->router, 10);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    assert_int_equal(inb(pc, 0x21), 0xfe);
    assert_int_equal(inb(pc, 0x20), 0x08);                 /* IRR shows it */
    outb(pc, 0x21, 0xf7);
    assert_int_not_equal(irq_pending(&pc->router, 0), 0);
    outb(pc, 0x21, 0xff);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    outb(pc, 0x21, 0xfb);
    outb(pc, 0xa1, 0x00);
    assert_int_equal(irq_take(&pc->router, 0), 0x3a);
    pc_free(pc);
}

static void level_triggered(void **state)
{
    struct pc *pc = machine(0xffff);

    outb(pc, 0x4d1, 0xff);
    assert_int_equal(inb(pc, 0x4d1), 0xde);                /* RTC and FPU stay edges */
    outb(pc, 0x4d0, 0xff);
    assert_int_equal(inb(pc, 0x4d0), 0xf8);
    irq_set(&pc->router, 10, true);
    assert_int_equal(irq_take(&pc->router, 0), 0x3a);
    outb(pc, 0xa0, 0x20);
    outb(pc, 0x20, 0x20);
    assert_int_equal(irq_take(&pc->router, 0), 0x3a);      /* asserted still */
    irq_set(&pc->router, 10, false);
    outb(pc, 0xa0, 0x20);
    outb(pc, 0x20, 0x20);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    irq_set(&pc->router, 10, true);
    irq_set(&pc->router, 10, false);                       /* gone before anybody took it */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    outb(pc, 0x4d1, 0x00);
    irq_set(&pc->router, 11, true);
    assert_int_equal(irq_take(&pc->router, 0), 0x3b);
    outb(pc, 0xa0, 0x20);
    outb(pc, 0x20, 0x20);
    outb(pc, 0x4d1, 0x08);                                 /* becomes level-triggered while high */
    assert_int_equal(irq_take(&pc->router, 0), 0x3b);
    pc_free(pc);
}

static void spurious(void **state)
{
    struct pc *pc = machine(0xffff);
    struct pic8259 *pic = pc->router.pic;

    assert_int_equal(pic8259_acknowledge(pic), 0x37);
    outb(pc, 0x20, 0x0b);
    assert_int_equal(inb(pc, 0x20), 0x00);                 /* nothing in service */
    outb(pc, 0x4d1, 0x04);
    irq_set(&pc->router, 10, true);
    outb(pc, 0xa1, 0xff);                                  /* masked in the slave after it asked */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    assert_int_equal(pic8259_acknowledge(pic), 0x37);
    assert_int_equal(pic->spurious, 2);
    pc_free(pc);
}

static void auto_eoi_and_rotation(void **state)
{
    struct pc *pc = machine(0xffff);

    outb(pc, 0x20, 0x11);
    outb(pc, 0x21, 0x60);
    outb(pc, 0x21, 0x04);
    outb(pc, 0x21, 0x03);                                  /* automatic EOI */
    irq_pulse(&pc->router, 1);
    assert_int_equal(irq_take(&pc->router, 0), 0x61);
    irq_pulse(&pc->router, 5);
    assert_int_equal(irq_take(&pc->router, 0), 0x65);      /* nothing stays in service */
    outb(pc, 0x20, 0x80);                                  /* rotate in automatic EOI mode */
    irq_pulse(&pc->router, 1);
    assert_int_equal(irq_take(&pc->router, 0), 0x61);
    irq_pulse(&pc->router, 1);
    irq_pulse(&pc->router, 5);
    assert_int_equal(irq_take(&pc->router, 0), 0x65);      /* 1 has the lowest priority now */
    assert_int_equal(irq_take(&pc->router, 0), 0x61);
    outb(pc, 0x20, 0x00);
    outb(pc, 0x20, 0xc3);                                  /* set priority: 3 lowest, 4 highest */
    irq_pulse(&pc->router, 0);
    irq_pulse(&pc->router, 4);
    assert_int_equal(irq_take(&pc->router, 0), 0x64);
    assert_int_equal(irq_take(&pc->router, 0), 0x60);
    pc_free(pc);
}

static void special_mask_and_poll(void **state)
{
    struct pc *pc = machine(0xffff);

    irq_pulse(&pc->router, 1);
    assert_int_equal(irq_take(&pc->router, 0), 0x31);
    outb(pc, 0x20, 0x68);                                  /* special mask mode */
    outb(pc, 0x21, 0x02);                                  /* mask the one in service: others come through */
    irq_pulse(&pc->router, 3);
    assert_int_equal(irq_take(&pc->router, 0), 0x33);
    outb(pc, 0x20, 0x20);                                  /* ends 3, not the masked 1 */
    outb(pc, 0x20, 0x0b);
    assert_int_equal(inb(pc, 0x20), 0x02);
    outb(pc, 0x20, 0x48);                                  /* mode off: blocked by 1 */
    irq_pulse(&pc->router, 3);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    outb(pc, 0x20, 0x61);
    outb(pc, 0x20, 0x0c);                                  /* poll */
    assert_int_equal(inb(pc, 0x20), 0x83);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    outb(pc, 0x20, 0x0c);
    assert_int_equal(inb(pc, 0x20), 0x00);
    pc_free(pc);
}

static void special_fully_nested(void **state)
{
    struct pc *pc = machine(0xffff);

    outb(pc, 0x20, 0x11);
    outb(pc, 0x21, 0x30);
    outb(pc, 0x21, 0x04);
    outb(pc, 0x21, 0x11);
    irq_pulse(&pc->router, 12);
    assert_int_equal(irq_take(&pc->router, 0), 0x3c);
    irq_pulse(&pc->router, 5);                             /* below the slave in the master: waits */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    irq_pulse(&pc->router, 14);                            /* below 12 in the slave: waits */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    irq_pulse(&pc->router, 9);                             /* above it: comes through */
    assert_int_equal(irq_take(&pc->router, 0), 0x39);
    outb(pc, 0xa0, 0xe1);                                  /* rotate on specific EOI of 9: it becomes the lowest */
    outb(pc, 0xa0, 0xa0);                                  /* rotate on non-specific EOI: of 12 */
    outb(pc, 0x20, 0x40);                                  /* no operation */
    assert_int_equal(irq_take(&pc->router, 0), 0x3e);
    pc_free(pc);
}

static void initialisation_clears(void **state)
{
    struct pc *pc = machine(0xffff);

    irq_pulse(&pc->router, 1);
    irq_take(&pc->router, 0);
    irq_set(&pc->router, 3, true);
    outb(pc, 0x20, 0x11);
    assert_int_equal(inb(pc, 0x20), 0x00);
    outb(pc, 0x21, 0x33);                                  /* low bits of the vector are ignored */
    outb(pc, 0x21, 0x04);
    outb(pc, 0x21, 0x01);
    assert_int_equal(inb(pc, 0x21), 0x00);
    irq_set(&pc->router, 3, false);
    irq_set(&pc->router, 3, true);
    assert_int_equal(irq_take(&pc->router, 0), 0x33);
    pc_out(pc, 0x20, 2, 0xff20);                           /* a word: command, then mask */
    assert_int_equal(pc_in(pc, 0x20, 2), 0xff00);
    pc_reset(pc);
    assert_int_equal(inb(pc, 0x21), 0xff);
    irq_set(&pc->router, 3, true);
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    pc_free(pc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edges_and_eoi),
        cmocka_unit_test(priorities_and_cascade),
        cmocka_unit_test(masks),
        cmocka_unit_test(level_triggered),
        cmocka_unit_test(spurious),
        cmocka_unit_test(auto_eoi_and_rotation),
        cmocka_unit_test(special_mask_and_poll),
        cmocka_unit_test(special_fully_nested),
        cmocka_unit_test(initialisation_clears),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
