// SPDX-License-Identifier: BSD-2-Clause
// Model-specific registers of a VCPU: the policy in msr.def, and the values the monitor keeps.
#ifndef VMM_MSR_H
#define VMM_MSR_H

#include <stdint.h>
#include <vmm/bus.h>

struct vcpu;

/* One storage slot for each MSR_KEPT row of msr.def. */
enum msr_slot {
#define MSR_KEPT(index, name, reset, writable) MSR_SLOT_##name,
#define MSR_FIXED(index, name, value, on_write)
#define MSR_CALL(index, name, read, write)
#include "msr.def"
#undef MSR_KEPT
#undef MSR_FIXED
#undef MSR_CALL
    MSR_SLOTS
};

struct msr_state { uint64_t slot[MSR_SLOTS]; };

void msr_reset(struct vcpu *);
/* EXIT_NEXT_INSN, or EXIT_INJECT_GP for what is not there or refused. */
enum exit_action msr_read(struct vcpu *, uint32_t index, uint64_t *value);
enum exit_action msr_write(struct vcpu *, uint32_t index, uint64_t value);
/* The name in msr.def, or NULL. */
const char *msr_name(uint32_t index);

#endif
