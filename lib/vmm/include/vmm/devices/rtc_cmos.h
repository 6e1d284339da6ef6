// SPDX-License-Identifier: BSD-2-Clause
// MC146818 real-time clock with CMOS RAM at ports 0x70..0x73, IRQ 8. Runs on platform->wall_clock_ns.
#ifndef VMM_DEVICES_RTC_CMOS_H
#define VMM_DEVICES_RTC_CMOS_H

#include <vmm/device.h>

#define RTC_CENTURY 0x32           /* for the FADT */

struct rtc_config {
    uint64_t ram_below_4g, ram_above_4g;   /* bytes, for the memory size registers */
};

struct rtc_cmos {
    uint8_t index, index_high;
    uint8_t ram[256];    /* registers A..D at 10..13, alarms, NVRAM; the time fields only while set */
    int64_t offset_s;              /* guest time - wall clock */
    int64_t seen_s;                /* guest second up to which update and alarm flags are computed */
    uint64_t periodic_seen;        /* host TSC up to which the periodic flag is computed */
    struct rtc_config cfg;
    struct timer second_timer, periodic_timer;
    const struct vm_platform *platform;
    struct timer_queue *timers;
    struct irq_router *router;
};

extern const struct device_class rtc_cmos_class;   /* cfg: struct rtc_config, or NULL */

#endif
