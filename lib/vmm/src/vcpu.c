// SPDX-License-Identifier: BSD-2-Clause
// One virtual CPU: its state page, events going in, and the loop that runs it.
#include "machine.h"

#include <string.h>
#include <vmm/x86.h>

void vcpu_fetch_groups(struct vcpu *v, uint32_t groups)
{
    uint32_t missing = groups & ~v->s->valid;

    /* what we changed ourselves is newer than the kernel's copy */
    missing &= ~v->s->dirty;
    if (missing && v->vm->host.read_state(v->vm->host.platform.ctx, v->id, missing) != 0)
        vm_log(v->vm, "%s: reading the state of VCPU %u failed", v->vm->cfg.name, v->id);
    v->s->valid |= groups;
}

void vcpu_inject(struct vcpu *v, unsigned vector, bool has_error, uint32_t error)
{
    v->s->inject = (struct vm_event){ .vector = (uint8_t)vector, .type = VM_EVENT_EXCEPTION,
                                      .has_error = has_error, .valid = 1, .error = error };
    v->s->dirty |= VM_GROUP_RIP;
}

void vcpu_inject_page_fault(struct vcpu *v, uint64_t address, uint32_t error)
{
    vcpu_change(v, VM_GROUP_CR);
    v->s->cr2 = address;
    vcpu_inject(v, X86_PF, true, error);
}

/* With TF set the instruction the monitor carried out traps like any other. */
static void __attribute__((noinline)) single_step(struct vcpu *v)
{
    vcpu_change(v, VM_GROUP_DR);
    v->s->dr6 |= 1u << 14;
    vcpu_inject(v, X86_DB, false, 0);
}

void vcpu_step(struct vcpu *v, unsigned len)
{
    struct vm_state *s = v->s;
    uint64_t rip = s->rip + len;

    /* only 64-bit code can stand above 4 GiB, so crossing that line elsewhere is a wrap */
    if (__builtin_expect(s->rip < 1ull << 32 && rip >> 32, 0) && vcpu_code_bits(v) != 64)
        rip = (uint32_t)rip;
    s->rip = rip;
    s->shadow &= VM_SHADOW_NMI;
    s->dirty |= VM_GROUP_RIP;
    if (__builtin_expect((s->rflags & (RFLAGS_TF | RFLAGS_RF)) != 0, 0)) {
        s->rflags &= ~RFLAGS_RF;
        if ((s->rflags & RFLAGS_TF) && !s->inject.valid)
            single_step(v);
    }
}

/* [SDM 3A table 9-1], and the x87/SSE state by the kernel. Segments, rip and the rest are the loader's. */
void vcpu_power_on(struct vcpu *v)
{
    struct vm_state *s = v->s;

    memset(s, 0, sizeof(*s));
    s->rflags = RFLAGS_FIXED;
    s->cr0 = CR0_ET;
    s->xcr0 = 1;
    s->dr6 = 0xffff0ff0;
    s->dr7 = 0x400;
    s->msr.pat = 0x0007040600070406;
    s->tsc_offset = -v->vm->start_tsc;
    s->ctl.flags = VM_CTL_RESET_FPU;
    s->ctl.exceptions = 1u << X86_UD;
    for (unsigned i = 0; i < VM_SEG_COUNT; i++)
        s->seg[i] = (struct vm_segment){ .attr = 0x93, .limit = 0xffff };
    s->seg[VM_CS].attr = 0x9b;
    s->seg[VM_LDTR].attr = 0x82;
    s->seg[VM_TR].attr = 0x8b;
    s->gdtr.limit = s->idtr.limit = 0xffff;
    s->valid = s->dirty = VM_GROUP_ALL;
    v->entry_ctl = s->ctl.flags;
    v->nmi_pending = false;
    v->fetch_page = 1;
    msr_reset(v);
    kvm_reset(v);
    lapic_set_tsc_offset(v->lapic, s->tsc_offset);
}

/* ------------------------------------------------ entering -------------------------------------------------- */

static void set_event(struct vm_state *s, unsigned vector, unsigned type)
{
    s->inject = (struct vm_event){ .vector = (uint8_t)vector, .type = (uint8_t)type, .valid = 1 };
    s->activity = VM_ACTIVE;
    s->dirty |= VM_GROUP_RIP;
}

static void set_ctl(struct vcpu *v, uint32_t flags)
{
    if (v->entry_ctl == flags)
        return;
    v->s->ctl.flags = v->entry_ctl = flags;
    v->s->dirty |= VM_GROUP_CTL;
}

/* Something waits: inject it, or ask for an exit as soon as the guest can take it. */
static void __attribute__((noinline)) offer_events(struct vcpu *v)
{
    struct vm_state *s = v->s;
    struct irq_router *r = &v->vm->router;
    uint32_t flags = 0;

    if (v->nmi_pending && !s->inject.valid && !(s->shadow & VM_SHADOW_NMI)) {
        v->nmi_pending = false;
        set_event(s, 2, VM_EVENT_NMI);
    }
    if (irq_pending(r, v->id) && !s->inject.valid && (s->rflags & RFLAGS_IF) &&
        !(s->shadow & (VM_SHADOW_STI | VM_SHADOW_MOV_SS))) {
        int vector = irq_take(r, v->id);

        if (vector >= 0)
            set_event(s, (unsigned)vector, VM_EVENT_EXTINT);
    }
    if (irq_pending(r, v->id))
        flags |= VM_CTL_IRQ_WINDOW;
    if (v->nmi_pending)
        flags |= VM_CTL_NMI_WINDOW;
    set_ctl(v, flags | (v->entry_ctl & VM_CTL_RESET_FPU));
}

static void before_entry(struct vcpu *v)
{
    struct vm_state *s = v->s;

    if (irq_pending(&v->vm->router, v->id) || v->nmi_pending)
        offer_events(v);
    else
        set_ctl(v, v->entry_ctl & VM_CTL_RESET_FPU);
    if (v->pv.eoi_flag)
        lapic_pv_eoi_before_entry(v->lapic, v->pv.eoi_flag);
    if (s->inject.valid)
        s->dirty |= VM_GROUP_RIP;
    s->deadline = timer_first(&v->vm->timers);
}

/* Takes the events the kernel reports besides exits. */
static bool after_notification(struct vcpu *v, int result, uint64_t badge)
{
    struct vm *vm = v->vm;

    if (result != VM_ENTER_NOTIFICATION) {
        vm->stop = VM_STOP_HOST_ERROR;
        return false;
    }
    if (vm->host.notified)
        vm->host.notified(vm->host.platform.ctx, vm, badge);
    return true;
}

void vcpu_run(struct vcpu *v)
{
    struct vm *vm = v->vm;
    void *ctx = vm->host.platform.ctx;

    while (!vm->stop_requested) {
        uint64_t badge = 0;

        before_entry(v);
        int result = vm->host.enter(ctx, v->id, &badge);

        v->entry_ctl &= ~(uint32_t)VM_CTL_RESET_FPU;
        if (v->pv.eoi_flag)
            lapic_pv_eoi_after_exit(v->lapic, v->pv.eoi_flag);
        if (__builtin_expect(result != VM_ENTER_EXIT, 0)) {
            if (!after_notification(v, result, badge))
                return;
        } else if (!exit_conclude(v, exit_dispatch(v)))
            return;
    }
    vm->stop = VM_STOP_REQUESTED;
}
