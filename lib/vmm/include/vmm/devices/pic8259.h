// SPDX-License-Identifier: BSD-2-Clause
// The pair of 8259A interrupt controllers of a PC, cascaded over IRQ 2, with the edge/level registers (ELCR).
#ifndef VMM_DEVICES_PIC8259_H
#define VMM_DEVICES_PIC8259_H

#include <vmm/device.h>

struct pic_chip {
    uint8_t irr, isr, imr;
    uint8_t lines;                 /* present level of the inputs */
    uint8_t elcr;                  /* 1 = level-triggered */
    uint8_t base;                  /* vector of input 0 */
    uint8_t lowest;                /* input with the lowest priority: 7 after reset */
    uint8_t icw;                   /* which of ICW2..4 comes next; 0 = none */
    bool needs_icw4, single;
    bool auto_eoi, rotate_auto, nested_special, special_mask;
    bool read_isr, poll;
    uint8_t elcr_mask;             /* inputs that may be level-triggered */
};

struct pic8259 {
    struct pic_chip chip[2];       /* master, slave */
    struct irq_router *router;
    uint64_t acknowledged, spurious;
};

extern const struct device_class pic8259_class;    /* cfg: NULL */

void pic8259_set_line(struct pic8259 *, unsigned pin, bool level);
/* The two INTA cycles: which vector to inject. Input 7's when nothing is there any more. */
uint8_t pic8259_acknowledge(struct pic8259 *);
/* As firmware writes the ELCR for the SCI and for PCI interrupts; devices do it in their reset, after the
 * pair's. */
void pic8259_set_level_triggered(struct pic8259 *, unsigned pin);

#endif
