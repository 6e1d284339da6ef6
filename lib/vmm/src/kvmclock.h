// SPDX-License-Identifier: BSD-2-Clause
// KVM's paravirtual interface as far as we honour it: wall clock, system time, PV EOI.
#ifndef VMM_KVMCLOCK_H
#define VMM_KVMCLOCK_H

#include <stdint.h>
#include <vmm/bus.h>

#define KVM_MSR_WALL_CLOCK  0x4b564d00u
#define KVM_MSR_SYSTEM_TIME 0x4b564d01u
#define KVM_MSR_PV_EOI      0x4b564d04u

struct vcpu;

struct kvm_pv {
    uint64_t wall_clock, system_time, eoi;      /* the MSRs as written */
    uint32_t *eoi_flag;                         /* host pointer while PV EOI is on */
};

/* Nanoseconds = ((ticks << shift) * mul) >> 32, a negative shift meaning right. */
struct clock_scale { uint32_t mul; int8_t shift; };
struct clock_scale clock_scale(uint64_t tsc_hz);

void kvm_reset(struct vcpu *);
enum exit_action kvm_msr_read(struct vcpu *, uint32_t index, uint64_t *value);
enum exit_action kvm_msr_write(struct vcpu *, uint32_t index, uint64_t value);
/* Writes the time structure again: after the guest's TSC was set. */
void kvmclock_update(struct vcpu *);

#endif
