// SPDX-License-Identifier: BSD-2-Clause
// A guest that was given memory and a port of the real machine (tests/systems/passthrough.camkes): the HPET, which our
// virtual machines do not have, and the debug exit, by which it ends the whole machine.
// Facts: IA-PC HPET Specification 1.0a, 2.3 (registers).
#include "micro.h"

enum { HPET = 0xfed00000, HPET_ID = 0, HPET_PERIOD = 4, HPET_CONFIG = 0x10, HPET_COUNTER = 0xf0 };

static bool counts(void)
{
    uint32_t before = mmio_read32(HPET + HPET_COUNTER);

    for (unsigned i = 0; i < 100000; i++)
        if (mmio_read32(HPET + HPET_COUNTER) != before)
            return true;
    return false;
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
}
