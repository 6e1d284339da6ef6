// SPDX-License-Identifier: BSD-2-Clause
// Virtual CPUs above the seam: the object and its invocations, the VM_ENTER call, and the run of a guest until
// something is for its monitor. abi/vmexit.h has the contract with user level.
//
// Who may touch what. Between kernel_unlock_vm() and kernel_lock_vm() a CPU writes its VCPU and that VCPU's state page
// without the lock. So whoever takes either away (deletes the VCPU, the page's capability, the binding) first stalls
// the CPU that runs it: vcpu_call_out(). The stalled CPU comes back with its trap dropped and touches neither.

#include <kernel/sched.h>
#include "virt.h"

static struct vm_state *vcpu_state(const struct vcpu *v)
{
    return v->state_slot.cap.type == CAP_FRAME ? cap_object(&v->state_slot.cap) : NULL;
}

/* Before anything of the VCPU is taken away: no CPU is in it, and the next entry checks everything again. */
static void vcpu_call_out(const struct vcpu *v)
{
    virt_epoch++;
    for (unsigned i = 0; i < cpu_count; i++) {
        struct virt_cpu *vc = virt_cpu_of(i);
        if (vc->running != v || i == this_cpu()->index)
            continue;
        arch_stall(i);
        vc->running = NULL;
    }
}

/* ---- results of VM_ENTER ---- */

static void set_result(struct tcb *t, enum vm_enter_result result, word_t badge)
{
    arch_set_tag(t, result);
    arch_set_badge(t, badge);
}

static void tell_exit(struct vm_state *s, enum vm_exit_kind kind)
{
    s->exit.kind = kind;
    s->exit.insn_len = 0;
    s->valid = VM_GROUP_GPR | VM_GROUP_RIP;
}

/* The core takes the thread out of its VM state and makes it runnable; here are only the results. */
void vcpu_wake(struct tcb *t, word_t badge)
{
    struct vm_state *s = t->vcpu ? vcpu_state(t->vcpu) : NULL;
    if (s)
        s->valid = VM_GROUP_GPR | VM_GROUP_RIP;
    set_result(t, VM_ENTER_NOTIFICATION, badge);
}

void vcpu_deadline(struct tcb *t)
{
    struct vm_state *s = t->vcpu ? vcpu_state(t->vcpu) : NULL;
    if (s)
        tell_exit(s, VM_EXIT_DEADLINE);
    set_result(t, s ? VM_ENTER_EXIT : VM_ENTER_ERROR, 0);
}

/* ---- VM_ENTER ---- */

/* All that a run needs and that others can take away: looked at once per epoch. */
static bool recheck(struct tcb *t, struct vcpu *v)
{
    const struct cap *root = &t->slot[TCB_EPT_ROOT].cap;
    v->state = vcpu_state(v);
    if (!virt || !v->state || !arch_valid_ept_root(root))
        return false;
    unsigned asid = root->table.asid;
    uint64_t gen = ept_generation(asid);
    if (v->ept_asid != asid || v->ept_gen != gen) {
        v->ept_asid = asid;
        v->ept_gen = gen;
        v->flush = true;
        virt->set_root(v, paddr_of_ptr(cap_object(root)));
    }
    v->epoch = virt_epoch;
    return true;
}

static inline bool complete(struct tcb *t, struct vcpu *v)
{
    return likely(v && v->epoch == virt_epoch) || (v && recheck(t, v));
}

/* True: the thread is in the guest (or halted with it) from now on. False: the call has returned. */
bool vm_enter_syscall(struct tcb *t)
{
    struct vcpu *v = t->vcpu;
    if (unlikely(!complete(t, v))) {
        set_result(t, VM_ENTER_ERROR, 0);
        return false;
    }
    struct vm_state *s = v->state;
    word_t badge;
    if (unlikely(notification_poll_bound(t, &badge))) {
        s->valid = VM_GROUP_GPR | VM_GROUP_RIP;
        set_result(t, VM_ENTER_NOTIFICATION, badge);
        return false;
    }
    t->vm_deadline = READ_ONCE(s->deadline);
    if (likely(READ_ONCE(s->activity) != VM_HALTED)) {
        t->state = TS_RUNNING_VM;        /* vcpu_run looks at the deadline */
        return true;
    }
    if (t->vm_deadline && arch_now() >= t->vm_deadline) {
        tell_exit(s, VM_EXIT_DEADLINE);
        set_result(t, VM_ENTER_EXIT, 0);
        return false;
    }
    t->state = TS_HALTED_VM;
    return true;
}

/* ---- the run ---- */

static inline void leave_to_monitor(struct tcb *t, enum vm_enter_result result)
{
    struct cpu *cpu = this_cpu();
    set_result(t, result, 0);
    t->state = TS_RUNNING;
    if (unlikely(cpu->reschedule || cpu->deadline_dirty))
        core_leave();
}

/* Takes what the monitor changed. */
static inline bool load_changes(struct vcpu *v, struct vm_state *s)
{
    uint32_t groups = (READ_ONCE(s->dirty) | v->pending) & VM_GROUP_ALL;
    if (groups && unlikely(!virt->load(v, s, groups))) {
        v->pending |= groups;
        return false;
    }
    v->pending = 0;
    s->dirty = 0;
    return true;
}

/* XCR0 is not switched by hardware, and where XSETBV cannot be intercepted (QEMU 7.2) the guest changes it unseen, so it
 * is read back. Afterwards it stays: arch_cpu.xcr0 tells fpu.c. Bits the host does not carry are not kept for anybody. */
static inline void xcr0_enter(struct cpu *cpu, const struct vcpu *v)
{
    if (unlikely(v->xcr0 != cpu->arch.xcr0)) {
        cpu->arch.xcr0 = v->xcr0;
        __asm__ volatile("xsetbv" :: "a"((uint32_t)v->xcr0), "d"((uint32_t)(v->xcr0 >> 32)), "c"(0));
    }
}

static inline void xcr0_leave(struct cpu *cpu, struct vcpu *v)
{
    uint32_t lo, hi;
    __asm__ volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    uint64_t now = (uint64_t)hi << 32 | lo;
    if (unlikely(now != v->xcr0)) {
        cpu->arch.xcr0 = now;
        v->xcr0 = now & fpu_xcr0;
    }
}

static inline enum virt_leave run_unlocked(struct cpu *cpu, struct vcpu *v, struct vm_state *s, struct virt_cpu *vc)
{
    enum virt_leave why;
    kernel_unlock_vm();
    if (fpu_xcr0)
        xcr0_enter(cpu, v);
    do {
        why = virt->enter(v, s, vc);
    } while (why == VIRT_AGAIN);
    if (fpu_xcr0)
        xcr0_leave(cpu, v);
    s->stat_entries = ++v->stat_entries;
    kernel_lock_vm();
    return why;
}

/* After a shutdown the hardware's state is undefined: nothing runs until the monitor has loaded a new one. */
static bool still_shut_down(struct vcpu *v, struct vm_state *s)
{
    if (READ_ONCE(s->dirty) & VM_GROUP_CR) {
        v->shut_down = false;
        v->pending |= VM_GROUP_CR;       /* whatever `dirty` says when it is read again */
    }
    if (v->shut_down)
        tell_exit(s, VM_EXIT_SHUTDOWN);
    return v->shut_down;
}

static void after_host_irq(struct vcpu *v, struct vm_state *s, uint64_t since)
{
    s->stat_host_irqs = ++v->stat_irqs;
    s->stat_ticks_in_guest = v->stat_ticks += arch_now() - since;
    arch_take_irqs();
    core_leave();
}

void vcpu_run(struct tcb *t)
{
    struct cpu *cpu = this_cpu();
    struct virt_cpu *vc = virt_cpu_of(cpu->index);
    struct vcpu *v = t->vcpu;
    if (unlikely(!complete(t, v) || !vc->on))
        return leave_to_monitor(t, VM_ENTER_ERROR);
    struct vm_state *s = v->state;
    uint64_t now = arch_now();
    if (unlikely(t->vm_deadline && now >= t->vm_deadline)) {
        tell_exit(s, VM_EXIT_DEADLINE);
        return leave_to_monitor(t, VM_ENTER_EXIT);
    }
    if (unlikely(vc->last != v || v->attached != cpu->index + 1))
        virt_attach(v);
    if (unlikely(vc->history != v))
        virt_guest_switch(v, vc);
    if ((unlikely(v->shut_down) && still_shut_down(v, s)) || unlikely(!load_changes(v, s)))
        return leave_to_monitor(t, VM_ENTER_EXIT);
    fpu_take(&v->fpu);

    vc->running_asid = v->ept_asid;
    vc->running = v;
    enum virt_leave why = run_unlocked(cpu, v, s, vc);
    vc->running = NULL;
    if (unlikely(cpu_count > 1) && unlikely(arch_trap_dropped())) {
        core_kicked();                   /* v, s, t: each may have gone or have got another life */
        return core_leave();
    }
    if (likely(why == VIRT_MONITOR))
        return leave_to_monitor(t, VM_ENTER_EXIT);
    after_host_irq(v, s, now);
}

/* ---- the object ---- */

struct cap vcpu_create(void *memory)
{
    struct vcpu *v = memory;
    v->pending = VM_GROUP_ALL;           /* the monitor's first page is the whole state */
    v->xcr0 = 1;
    fpu_state_reset(&v->fpu);
    if (virt)
        virt->vcpu_init(v);
    return (struct cap){ .type = CAP_VCPU, .rights = ABI_RIGHT_READ | ABI_RIGHT_WRITE,
                         .object = (int64_t)(intptr_t)memory };
}

/* Somebody takes a thread's VCPU away while it is in VM_ENTER: the call fails. */
static void fail_enter(struct tcb *t)
{
    sched_stall(t);
    sched_vm_leave(t);
    set_result(t, VM_ENTER_ERROR, 0);
    t->state = TS_RUNNING;
    sched_wake(t);
}

static void unbind(struct vcpu *v)
{
    struct tcb *t = v->tcb;
    if (!t)
        return;
    vcpu_call_out(v);
    v->tcb = NULL;
    t->vcpu = NULL;
    if (t->state == TS_RUNNING_VM || t->state == TS_HALTED_VM)
        fail_enter(t);
}

void virt_tcb_forget(struct tcb *t)
{
    if (!t->vcpu)
        return;
    vcpu_call_out(t->vcpu);
    t->vcpu->tcb = NULL;
    t->vcpu = NULL;
}

void virt_state_page_gone(uint64_t vcpu_paddr) { vcpu_call_out(ptr_of_paddr(vcpu_paddr)); }

struct cap vcpu_finalise(struct vcpu *v)
{
    unbind(v);
    vcpu_call_out(v);
    fpu_release(&v->fpu);
    for (unsigned i = 0; i < cpu_count; i++)
        if (virt_cpu_of(i)->history == v)
            virt_cpu_of(i)->history = NULL;
    virt_detach(v);
    return (struct cap){ .type = CAP_ZOMBIE, .size = ZOMBIE_VCPU, .object = (int64_t)(intptr_t)v,
                         .zombie.number = VCPU_SLOTS };
}

/* ---- invocations ---- */

static enum abi_error set_tcb(struct invocation *inv, struct vcpu *v)
{
    if (inv->extra_count < 1)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    if (inv->extra[0]->cap.type != CAP_TCB)
        return inv_bad_cap(inv, 1);
    struct tcb *t = cap_object(&inv->extra[0]->cap);
    if (t == v->tcb)
        return ABI_NO_ERROR;

    unbind(v);
    if (t->vcpu)
        unbind(t->vcpu);
    v->tcb = t;
    t->vcpu = v;
    virt_epoch++;
    return ABI_NO_ERROR;
}

/* The capability in the slot is a copy mapped "in EPT" of ASID 0 at the VCPU: no ASID 0 is ever given out, and when the
 * copy is deleted the frame code finds its way back here (virt_state_page_gone). */
static enum abi_error set_state_page(struct invocation *inv, struct vcpu *v)
{
    if (inv->extra_count < 1 || inv->extra[0]->cap.type == CAP_NULL) {
        vcpu_call_out(v);
        slot_delete(&v->state_slot);
        return ABI_NO_ERROR;
    }
    struct cte *from = inv->extra[0];
    struct cap c = from->cap;
    if (c.type != CAP_FRAME || c.size != 12 || c.frame.is_device
        || (~c.rights & (ABI_RIGHT_READ | ABI_RIGHT_WRITE)))
        return inv_bad_cap(inv, 1);

    vcpu_call_out(v);
    if (!slot_is_empty(&v->state_slot))
        slot_delete(&v->state_slot);
    c.frame.mapped = FRAME_IN_EPT;
    c.frame.asid = 0;
    c.frame.vpage = paddr_of_ptr(v) >> 12;
    slot_insert(&v->state_slot, c, from);
    v->pending |= VM_GROUP_RIP;
    return ABI_NO_ERROR;
}

/* Groups the monitor has not loaded yet, and those that travel at each exit, are newest in the page. */
static enum abi_error read_state(struct invocation *inv, struct vcpu *v)
{
    struct vm_state *s = vcpu_state(v);
    if (inv->length < 1)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    const struct virt_cpu *vc = virt_cpu_of(this_cpu()->index);
    if (!s || !vc->on)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    uint32_t groups = inv_arg(inv, 0) & VM_GROUP_ALL & ~v->pending & ~READ_ONCE(s->dirty);
    vcpu_call_out(v);
    if (v->attached != this_cpu()->index + 1 || vc->last != v)
        virt_attach(v);
    virt->save(v, s, groups & ~(uint32_t)(VM_GROUP_GPR | VM_GROUP_RIP | VM_GROUP_CTL));
    s->valid |= groups;
    return ABI_NO_ERROR;
}

enum abi_error vcpu_invoke(struct invocation *inv)
{
    struct vcpu *v = cap_object(&inv->cap);
    switch (inv->label) {
    case ABI_INV_VCPU_SET_TCB:        return set_tcb(inv, v);
    case ABI_INV_VCPU_SET_STATE_PAGE: return set_state_page(inv, v);
    case ABI_INV_VCPU_READ_STATE:     return read_state(inv, v);
    default:                          return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
}
