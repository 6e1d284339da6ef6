// SPDX-License-Identifier: BSD-2-Clause
// 8254 interval timer: three counters at ports 0x40..0x43, counter 0 on IRQ 0, counter 2 behind port 0x61
// (gate, speaker, refresh toggle, OUT2).
#ifndef VMM_DEVICES_PIT8254_H
#define VMM_DEVICES_PIT8254_H

#include <vmm/device.h>

#define PIT_HZ 1193182u

struct pit_counter {
    uint32_t count;                /* loaded: 1..65536 */
    uint64_t start;                /* host TSC when counting began; valid if counting */
    uint8_t mode, access;          /* access: 1 low byte, 2 high byte, 3 both */
    bool bcd, gate, counting, loaded;
    uint8_t write_low;             /* first byte of a 16-bit write */
    bool write_second, read_second;
    uint16_t latch;                /* latched count, valid in latch_bytes */
    uint8_t latch_bytes;           /* how many bytes of it are still to be read */
    bool status_latched;
    uint8_t status;
};

struct pit8254 {
    struct pit_counter counter[3];
    uint8_t port61;                /* bits 0 gate 2, 1 speaker, 2 and 3 parity checks */
    struct timer timer;            /* next rising edge of OUT0 */
    struct timer_queue *timers;
    struct irq_router *router;
    uint64_t ticks;                /* interrupts raised */
};

extern const struct device_class pit8254_class;    /* cfg: NULL */

#endif
