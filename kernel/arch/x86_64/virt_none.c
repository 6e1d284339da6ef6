// SPDX-License-Identifier: BSD-2-Clause
// Weak refusals: a kernel linked without virt/ has no virtual CPUs. See virt_objects.h for what each one is.
#include <platform.h>

#define WEAK __attribute__((weak))

WEAK void virt_init_cpu(struct cpu *cpu) { }
WEAK uint32_t virt_backend(void) { return ABI_VIRT_NONE; }
WEAK struct cap virt_create_object(enum abi_object type, void *memory) { return (struct cap){ .type = CAP_NULL }; }
WEAK enum abi_error virt_derive_cap(const struct cte *slot, const struct cap *in, struct cap *out)
{
    *out = *in;
    return ABI_NO_ERROR;
}
WEAK struct cap virt_finalise_cap(struct cap c, bool final) { return (struct cap){ .type = CAP_NULL }; }
WEAK enum abi_error virt_invoke(struct invocation *inv) { return inv_fail(inv, ABI_ILLEGAL_OPERATION); }
WEAK enum abi_error virt_page_map_ept(struct invocation *inv) { return inv_fail(inv, ABI_ILLEGAL_OPERATION); }
WEAK void virt_unmap_frame(void *root, unsigned asid, uint64_t gpa, unsigned size_bits, uint64_t pa) { }
WEAK void virt_ept_root_gone(void *root, unsigned asid) { }
WEAK void virt_state_page_gone(uint64_t vcpu) { }
WEAK void vcpu_run(struct tcb *t) { panic("no virtual CPU, but a thread is in a guest"); }
WEAK void virt_tcb_forget(struct tcb *t) { }
WEAK void vcpu_wake(struct tcb *t, word_t badge) { }
WEAK void vcpu_deadline(struct tcb *t) { }
WEAK bool vm_enter_syscall(struct tcb *t) { return false; }
WEAK bool arch_valid_ept_root(const struct cap *c) { return false; }
