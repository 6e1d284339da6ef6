// SPDX-License-Identifier: BSD-2-Clause
// ACPI fixed hardware: PM1a event and control, PM timer, GPE0, all in one block of ports; always in ACPI
// mode.
#ifndef VMM_DEVICES_ACPI_PM_H
#define VMM_DEVICES_ACPI_PM_H

#include <vmm/device.h>

#define ACPI_PM_DEFAULT_BASE 0x600
#define ACPI_PM1_EVT   0x00        /* PM1a_EVT_BLK, 4 bytes: status, enable */
#define ACPI_PM1_CNT   0x04        /* PM1a_CNT_BLK, 2 bytes */
#define ACPI_PM_TMR    0x08        /* PM_TMR_BLK, 4 bytes, 32 bits wide */
#define ACPI_GPE0      0x10        /* GPE0_BLK, 4 bytes: 2 status, 2 enable */
#define ACPI_PM_SIZE   0x20
#define ACPI_PM_TIMER_HZ 3579545u
#define ACPI_S5_TYPE   5           /* SLP_TYP of \_S5 */
#define ACPI_SCI_IRQ   9

struct acpi_pm_config {
    uint16_t base;                 /* 0 = ACPI_PM_DEFAULT_BASE */
    uint8_t sci;                   /* 0 = ACPI_SCI_IRQ */
};

struct acpi_pm {
    uint16_t status, enable, control;      /* PM1 */
    uint16_t gpe_status, gpe_enable;
    uint64_t start;                        /* host TSC at reset: the PM timer's zero */
    uint64_t overflow_seen;    /* how many times bit 31 had changed when TMR_STS was last computed */
    bool line;
    struct acpi_pm_config cfg;
    struct timer overflow_timer;
    struct timer_queue *timers;
    struct irq_router *router;
};

extern const struct device_class acpi_pm_class;    /* cfg: struct acpi_pm_config, or NULL */

void acpi_pm_power_button(struct acpi_pm *);
void acpi_pm_set_gpe(struct acpi_pm *, unsigned bit);

#endif
