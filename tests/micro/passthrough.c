// SPDX-License-Identifier: BSD-2-Clause
// A guest that was given memory, ports and an interrupt of the real machine
// (tests/systems/passthrough.camkes): the HPET and the second serial port, which our virtual machines do not
// have, and the debug exit, by which it ends the whole machine. Facts: IA-PC HPET Specification 1.0a, 2.3
// (registers); PC16550D data sheet, 8.3 to 8.6.
#include "micro.h"

enum { COM2 = 0x2f8, COM2_IRQ = 3 };
enum { THR = 0, IER = 1, IIR = 2, MCR = 4, SCRATCH = 7, IER_THRE = 2, MCR_OUT2 = 8 };
enum { HPET = 0xfed00000, HPET_ID = 0, HPET_PERIOD = 4, HPET_CONFIG = 0x10, HPET_COUNTER = 0xf0 };

static bool counts(void)
{
    uint32_t before = mmio_read32(HPET + HPET_COUNTER);

    for (unsigned i = 0; i < 100000; i++)
        if (mmio_read32(HPET + HPET_COUNTER) != before)
            return true;
    return false;
}

static volatile unsigned interrupts;

static void com2_interrupt(struct micro_frame *f)
{
    (void)f;
    in8(COM2 + IIR);                     /* takes "transmitter empty" back */
    interrupts++;
    pic_eoi(COM2_IRQ);
}

static bool interrupts_become(unsigned n)
{
    for (unsigned i = 0; i < 1000000 && interrupts < n; i++)
        __asm__ volatile("pause");
    return interrupts == n;
}

static void test_com2(void)
{
    out8(COM2 + SCRATCH, 0x5a);
    if (in8(COM2 + SCRATCH) != 0x5a) {
        print("COM2 is absent\n");
        return;
    }
    on_vector(0x20 + COM2_IRQ, com2_interrupt);
    pic_init(1 << COM2_IRQ);
    out8(COM2 + MCR, MCR_OUT2);
    irq_on();
    out8(COM2 + IER, IER_THRE);
    check_true("COM2 interrupts", interrupts_become(1));
    out8(COM2 + THR, 'x');
    check_true("COM2 interrupts again", interrupts_become(2));
    out8(COM2 + IER, 0);
    irq_off();
}

void micro_main(void)
{
    uint32_t period = mmio_read32(HPET + HPET_PERIOD);

    check_equal("HPET vendor", 0x8086, mmio_read32(HPET + HPET_ID) >> 16);
    check_true("HPET period", period > 0 && period <= 100000000);
    mmio_write32(HPET + HPET_CONFIG, mmio_read32(HPET + HPET_CONFIG) | 1);
    check_true("HPET counts", counts());
    mmio_write32(HPET + HPET_CONFIG, mmio_read32(HPET + HPET_CONFIG) & ~1u);
    check_true("HPET can be stopped", !counts());
    test_com2();
}
