// SPDX-License-Identifier: BSD-2-Clause
// The hooks between arch/x86_64 and arch/x86_64/virt: virtual CPUs, nested page tables, guest entry.
// First part: what virt/ implements and the architecture calls. Second part: services virt/ may use.
// Everything runs with the big lock held and interrupts off unless said otherwise.
#ifndef ARCH_VIRT_OBJECTS_H
#define ARCH_VIRT_OBJECTS_H

#include <kernel/arch.h>

/* ======== implemented by virt/ (virt_none.c has weak refusals for a kernel without virt/) ======== */

/* Once on each CPU, after its APIC, FPU and system-call MSRs are up. The boot CPU is first and chooses the backend. */
void virt_init_cpu(struct cpu *);
uint32_t virt_backend(void);                              /* enum abi_virt_backend, told in bootinfo */

/* VCPU, EPT_PML4, EPT_PDPT, EPT_PD, EPT_PT. Memory is zero; sizes are those of abi/object.h. */
struct cap virt_create_object(enum abi_object, void *memory);
enum abi_error virt_derive_cap(const struct cte *slot, const struct cap *in, struct cap *out) must_check;
struct cap virt_finalise_cap(struct cap, bool final);     /* as arch_finalise_cap: CAP_VCPU, CAP_EPT_ROOT, CAP_EPT_TABLE */
enum abi_error virt_invoke(struct invocation *) must_check; /* on those three capability types */

/* Page_MapEPT: inv->cap is a frame. Sets mapped = FRAME_IN_EPT, asid, vpage = gpa >> 12 in inv->slot->cap. */
enum abi_error virt_page_map_ept(struct invocation *) must_check;
/* Takes the frame at `gpa` out of an EPT root if it is the one mapped there (same physical address and size),
 * and sees to the guests' TLBs on all CPUs. For Page_Unmap and for deleted frame capabilities. */
void virt_unmap_frame(void *ept_root, unsigned asid, uint64_t gpa, unsigned size_bits, uint64_t paddr);
/* The frame of a VCPU's state page (mapped = FRAME_IN_EPT, asid 0, vpage = the VCPU's physical page) is being deleted. */
void virt_state_page_gone(uint64_t vcpu_paddr);
/* The root loses its ASID (its pool goes): whatever is cached for it must go on all CPUs; no guest may run on it. */
void virt_ept_root_gone(void *ept_root, unsigned asid);

/* Called from the restore path when the current thread is in TS_RUNNING_VM. Enters the guest, comes back after one
 * #VMEXIT. Called with the lock held: build the guest's state, kernel_unlock_vm(), enter, kernel_lock_vm(), then deal with
 * the exit. On a return for a host interrupt call arch_take_irqs(). On an exit for the monitor write the state page
 * and the return registers and set the state to TS_RUNNING. Then call core_leave() (it may choose another thread) and
 * return; the caller looks at this_cpu()->current again and calls again if that is in TS_RUNNING_VM.
 * After kernel_lock_vm() the thread may be gone: arch_trap_dropped() then says so (another CPU stalled this one
 * and changed its thread): save nothing into it beyond the VCPU, just core_kicked(), core_leave() and return. */
void vcpu_run(struct tcb *);
/* The thread stops being able to run (arch_tcb_forget), or its VCPU's registers are on another CPU: virt's own. */
void virt_tcb_forget(struct tcb *);

/* vcpu_wake, vcpu_deadline, vm_enter_syscall, arch_valid_ept_root of kernel/arch.h are virt/'s too. */

/* ======== services for virt/ ======== */

/* The big lock: unlock around the guest's run. kernel_lock_vm() serves requests of other CPUs while it spins. The
 * guest's registers must be in the VCPU before it is called. */
void kernel_lock_vm(void);
void kernel_unlock_vm(void);

/* True if arch_stall() took back the trap this CPU was waiting with; clears the mark. */
bool arch_trap_dropped(void);

/* Lets pending host interrupts in (opens a window with IF = 1) and handles them: core_irq, core_timer, core_kicked,
 * remote calls. Interrupts are off again afterwards. GIF must be 1. */
void arch_take_irqs(void);

/* FS base and KERNEL_GS_BASE are the current thread's while vcpu_run is called, and user mode may have changed them
 * (WRFSBASE). Either keep them over the guest's run (VMSAVE before, VMLOAD after) or call arch_bases_save() before;
 * they are then loaded again when a thread needs them. */
void arch_bases_save(void);

/* FPU. A struct fpu_state for the guest lives in the VCPU (all zero and fpu_state_reset() at its birth).
 * fpu_take(): afterwards the registers hold `s` and CR0.TS is clear; does nothing but one compare when they
 * already do. fpu_release(): the newest copy is in memory afterwards, wherever it was (another CPU too).
 * fpu_save_current(): whoever owns this CPU's registers has them in memory, nobody owns them afterwards.
 * XCR0 may be a guest's when they are called, if arch_cpu.xcr0 says so.
 * TS for threads is dealt with when the restore path leaves for user mode; it may be 1 while the guest runs. */
void fpu_state_reset(struct fpu_state *);
void fpu_take(struct fpu_state *);
void fpu_release(struct fpu_state *);
void fpu_save_current(void);
extern uint64_t fpu_xcr0;                 /* the host's XCR0; 0 = no XSAVE, FXSAVE is used */

/* ASIDs: 16 bits, shared by address spaces and EPT roots. asid_root(): the root's kernel address if the ASID
 * is in use by that kind, else NULL. asid_forget(): the root is being deleted: frees its ASID. */
enum asid_kind { ASID_VSPACE = 0, ASID_EPT = 1 };
void *asid_root(unsigned asid, enum asid_kind);
void asid_forget(unsigned asid, const void *root);

/* Runs fn(a, b) on each CPU of the mask (this one too, if in it), interrupts off, without the lock there; returns
 * when all are done. A CPU in a guest is interrupted (host interrupt exit) or serves it while it waits for the lock. */
typedef void (*remote_fn)(uint64_t a, uint64_t b);
void remote_call(uint64_t cpu_mask, remote_fn fn, uint64_t a, uint64_t b);
uint64_t cpu_mask_online(void);

/* Addresses: all RAM is mapped at DIRECT_MAP. */
#define DIRECT_MAP 0xffff800000000000ull
static inline void *ptr_of_paddr(uint64_t p) { return (void *)(uintptr_t)(p + DIRECT_MAP); }
static inline uint64_t paddr_of_ptr(const void *p) { return (uint64_t)(uintptr_t)p - DIRECT_MAP; } /* objects only */

/* TSC frequency, measured at boot. */
extern uint64_t tsc_hz;

#endif
