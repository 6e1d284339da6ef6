// SPDX-License-Identifier: BSD-2-Clause
// I/O APIC (82093AA registers, version 0x20: with the EOI register), 24 pins.
#ifndef VMM_DEVICES_IOAPIC_H
#define VMM_DEVICES_IOAPIC_H

#include <vmm/device.h>

#define IOAPIC_PINS 24
#define IOAPIC_DEFAULT_BASE 0xfec00000u

struct ioapic_config {
    uint64_t base;                 /* 0 = IOAPIC_DEFAULT_BASE */
    uint8_t id;                    /* as the MADT says */
};

struct ioapic {
    uint64_t redirection[IOAPIC_PINS];
    uint32_t lines;                /* present level of the pins */
    uint32_t in_service;           /* pins with remote IRR set */
    uint8_t id, power_on_id, select;
    struct irq_router *router;
    uint64_t delivered[IOAPIC_PINS];
};

extern const struct device_class ioapic_class;     /* cfg: struct ioapic_config, or NULL */

void ioapic_set_line(struct ioapic *, unsigned pin, bool level);
void ioapic_eoi(struct ioapic *, uint8_t vector);  /* a local APIC ended a level-triggered interrupt */

#endif
