// SPDX-License-Identifier: BSD-2-Clause
// The seam between the kernel's core and an architecture (arch/x86_64, arch/host).
// The core calls what stands in the first part; the architecture calls the second part from its traps.
// Both run with the big lock held and interrupts off unless said otherwise.
#ifndef KERNEL_ARCH_H
#define KERNEL_ARCH_H

#include <kernel/object.h>
#include <kernel/syscall.h>

/* ---- provided by the architecture ---- */

struct cpu *this_cpu(void);

/* Time in ticks (TSC). Conversion is exact enough for scheduling, never overflows for below 2^40 us. */
uint64_t arch_now(void);
void arch_set_timer(uint64_t when);                 /* one-shot interrupt at or after `when` on this CPU */
uint64_t ticks_from_us(uint64_t us);
uint64_t us_from_ticks(uint64_t ticks);

void arch_tcb_init(struct tcb *);                   /* a fresh TCB: user registers, FPU area */
void arch_tcb_forget(struct tcb *);                 /* being destroyed: FPU ownership, debug state, VCPU binding */
void arch_tcb_migrate(struct tcb *, unsigned to);   /* not running; leaves tcb->core for CPU `to` (FPU state back into
                                                       the TCB). The core has a weak default that does nothing */
void arch_switch_to(struct tcb *);                  /* becomes current: address space, TLS; idle thread too */
uint64_t arch_get_reg(const struct tcb *, enum abi_register);
void arch_set_reg(struct tcb *, enum abi_register, uint64_t value);  /* makes flags and bases harmless */
/* The system-call registers of a thread: badge/tag/message registers 0..3 as abi/syscall.h names them. */
void arch_set_badge(struct tcb *, word_t badge);
void arch_set_tag(struct tcb *, word_t tag);
word_t arch_get_tag(const struct tcb *);
word_t arch_get_mr(const struct tcb *, unsigned i); /* i < ABI_MSG_REGISTERS */
void arch_set_mr(struct tcb *, unsigned i, word_t value);
word_t arch_get_cap_register(const struct tcb *);   /* rdi */
word_t arch_get_reply_register(const struct tcb *); /* r12 */
word_t arch_get_dest_register(const struct tcb *);  /* r13 */
void arch_restart_syscall(struct tcb *);            /* make the user ip point at the syscall again */
/* Fault messages of architecture registers. Writes words from message register `at` on; returns the next. */
unsigned arch_fault_message(struct tcb *sender, struct tcb *receiver, unsigned at);
void arch_fault_reply(struct tcb *sender, struct tcb *receiver, unsigned length); /* take changed registers */

/* The thread's IPC buffer through the kernel's map; NULL when it has none (or a read-only one for writing). */
struct abi_ipc_buffer *arch_ipc_buffer(const struct tcb *, bool write);

/* Objects and capabilities of the architecture's types (cap_is_arch). */
struct retype_type { unsigned size_bits; bool device_ok; bool valid; };
struct retype_type arch_object_type(enum abi_object, word_t user_size);   /* memory size in bits */
struct cap arch_create_object(enum abi_object, void *memory, word_t user_size, bool is_device);
enum abi_error arch_derive_cap(const struct cte *slot, const struct cap *in, struct cap *out) must_check;
struct cap arch_cap_with_rights(struct cap, word_t rights);
struct cap arch_cap_with_data(struct cap, bool preserve, word_t data);    /* Mint/Mutate; CAP_NULL = refuse */
bool arch_same_region(const struct cap *parent, const struct cap *child);
bool arch_same_object(const struct cap *a, const struct cap *b);
/* Last chance before a capability goes away; `final`: no other capability names the object. Returns what is
 * left to delete (a zombie with slots), or CAP_NULL. */
struct cap arch_finalise_cap(struct cap, bool final);
enum abi_error arch_invoke(struct invocation *) must_check;
bool arch_valid_ipc_buffer(const struct cap *frame, word_t vaddr);
bool arch_valid_vspace(const struct cap *);         /* assigned to an ASID, usable as a thread's address space */
bool arch_valid_ept_root(const struct cap *);

/* Other CPUs. arch_stall: wait until `cpu` is out of user mode and guests and holds still (it spins for the
 * lock); used before touching a thread that runs elsewhere. Undone by releasing the lock. Afterwards that CPU's
 * current thread stands at a user-mode boundary: if the CPU waits at the entry of a system call it has not
 * begun, arch_stall takes the call back (arch_restart_syscall) and the CPU goes on with core_kicked() instead.
 * The core may have changed its `current` to idle meanwhile. */
void arch_stall(unsigned cpu);
void arch_kick(unsigned cpu);                       /* reschedule interrupt */

/* IRQ lines, as numbered by the architecture (IOAPIC and MSI share one number space). */
#define IRQ_COUNT 224
void arch_irq_mask(unsigned irq, bool masked);
void arch_irq_ack(unsigned irq);                    /* end of interrupt at the local controller */

bool arch_irq_pending(void);                        /* preemption point: is an interrupt waiting on this CPU? */
void arch_debug_putc(char c);
_Noreturn void arch_halt(void);

/* Virtual CPUs (virt/): what the core must know of them. */
void vcpu_wake(struct tcb *, word_t badge);         /* TS_HALTED_VM or TS_RUNNING_VM got a notification: the call returns */
void vcpu_deadline(struct tcb *);                   /* TS_HALTED_VM reached its deadline */
bool vm_enter_syscall(struct tcb *);                /* ABI_SYS_VM_ENTER by the current thread; sets its state */

/* ---- provided by the core ---- */

void core_init_cpu(struct cpu *, struct tcb *idle);
/* Trap bodies. Each ends with the next thread chosen: the caller goes on with this_cpu()->current. */
void core_syscall(int64_t number);
void core_fault(struct tcb *, struct fault);        /* tells the thread's fault handler, blocks the thread */
void core_irq(unsigned irq);                        /* device interrupt */
void core_timer(void);                              /* the one-shot fired */
void core_kicked(void);                             /* another CPU asked for a reschedule */
void core_leave(void);                              /* schedule if needed, arm the timer: last step of every trap */

/* The initial system (arch boot code builds it out of these). */
void core_slot_insert_initial(struct cte *, struct cap);
void core_tcb_init(struct tcb *, unsigned core);    /* zeroed memory -> inactive thread (idle threads, too) */
/* Zeroed memory -> configured context; ticks. period 0 = round robin; UINT64_MAX/4 = practically no limit. */
void core_sched_context_init(struct sched_context *, unsigned size_bits, unsigned core,
                             uint64_t budget, uint64_t period);
void core_sched_context_bind(struct sched_context *, struct tcb *);
void core_resume(struct tcb *);                     /* make an initial thread runnable */

/* IRQ handlers. The architecture decodes IRQ_ISSUE_IOAPIC/MSI (the core passes invocations of CAP_IRQ_CONTROL
 * with these labels to arch_invoke), chooses the number and hands out the capability here. */
bool irq_is_active(unsigned irq);                   /* a handler capability exists */
void irq_issue(unsigned irq, struct cte *control, struct cte *dest); /* irq not active, dest empty */

/* TS_HALTED_VM and TS_RUNNING_VM: vm_enter_syscall sets state and vm_deadline, the core queues and arms. Before it
 * does so it asks for a pending signal on the bound notification (taken if there is one). */
bool notification_poll_bound(struct tcb *, word_t *badge);

#endif
