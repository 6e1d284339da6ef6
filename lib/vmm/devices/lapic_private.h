// SPDX-License-Identifier: BSD-2-Clause
// What lapic.c (behaviour) and lapic_regs.c (register file) share.
#ifndef VMM_LAPIC_PRIVATE_H
#define VMM_LAPIC_PRIVATE_H

#include <vmm/devices/lapic.h>
#include <vmm/irq.h>

#define BASE_BOOT_CPU (1ull << 8)
#define BASE_X2APIC   (1ull << 10)
#define BASE_ENABLED  (1ull << 11)

#define SVR_ENABLED (1u << 8)
#define LVT_MASKED  (1u << 16)

#define ESR_SENT_VECTOR     (1u << 5)
#define ESR_RECEIVED_VECTOR (1u << 6)
#define ESR_REGISTER        (1u << 7)

/* [SDM 3A 11.12.10.2] the logical ID follows from the APIC ID: cluster in 31:16, one bit in 15:0 */
static inline uint32_t lapic_x2apic_ldr(uint32_t id)
{
    return (id >> 4) << 16 | 1u << (id & 0xf);
}

/* lapic.c */
void lapic_update(struct lapic *);              /* after changes of IRR, ISR, TPR or the enable bit */
void lapic_update_extint(struct lapic *);       /* after changes of LINT0 or the base MSR */
void lapic_error(struct lapic *, uint32_t bits);
void lapic_send_ipi(struct lapic *, uint32_t icr, uint32_t icr_high);
uint32_t lapic_current_count(const struct lapic *);
void lapic_write_initial_count(struct lapic *, uint32_t);
void lapic_write_divide(struct lapic *, uint32_t);
void lapic_write_lvt_timer(struct lapic *, uint32_t);
void lapic_write_deadline(struct lapic *, uint64_t);

/* lapic_regs.c: takes a new IA32_APIC_BASE, claiming its page on the bus; false if something else is there */
bool lapic_move_page(struct lapic *, uint64_t base);

#endif
