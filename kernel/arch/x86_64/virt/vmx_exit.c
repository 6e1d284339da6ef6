// SPDX-License-Identifier: BSD-2-Clause
// From VM exit to the neutral exit record: one table row per reason says what it is called, whether its instruction's
// length is told, which groups the monitor needs at once, and who fills the details. And what a refused entry is called.
// Facts: [1] Intel SDM vol. 3, 25 (what exits), 26.7 (entry failures), 27.2 (what is recorded), 30.4 (error numbers),
// appendix C.

#include "vmx.h"

struct exit { uint32_t reason; uint64_t qualification; uint32_t event; };

struct vmx_row {
    uint8_t kind;                            /* enum vm_exit_kind; NONE and no early(): unknown */
    bool    insn;                            /* an instruction exits: its length is told */
    uint16_t groups;                         /* valid for the monitor beside GPR and RIP */
    /* Kernel's own part, first. VIRT_MONITOR: go on and tell the monitor. *event: what the exit interrupted, may
     * be replaced by what shall be injected at the next entry. */
    enum virt_leave (*early)(struct vcpu *, struct exit *, struct vm_event *event);
    void (*fill)(struct vcpu *, const struct exit *, struct vm_state *);
};

/* ---- exits that are (also) the kernel's ---- */

static enum virt_leave host_irq(struct vcpu *v, struct exit *e, struct vm_event *event)
{
    (void)v, (void)e, (void)event;
    return VIRT_HOST_IRQ;
}

static enum virt_leave again(struct vcpu *v, struct exit *e, struct vm_event *event)
{
    (void)v, (void)e, (void)event;
    return VIRT_AGAIN;
}

/* The deadline, or the limit of one run (set_timer): then interrupts of the host may wait. */
static enum virt_leave timer(struct vcpu *v, struct exit *e, struct vm_event *event)
{
    (void)e, (void)event;
    uint64_t deadline = v->tcb->vm_deadline;
    return deadline && arch_now() >= deadline ? VIRT_MONITOR : VIRT_HOST_IRQ;
}

/* First use of debug registers since the last exit: give them to the guest for this run. */
static enum virt_leave dr_access(struct vcpu *v, struct exit *e, struct vm_event *event)
{
    (void)e, (void)event;
    v->dr_live = true;
    vmx_update_controls(v);
    return VIRT_AGAIN;
}

/* An IRET that faulted has unblocked NMIs already; it will run again, so they are blocked again. [1] 27.2.3 */
static void block_nmi_again(struct vcpu *v, bool unblocked, const struct vm_event *event)
{
    struct vmx *x = vmx_of(v);
    if (unblocked && !event->valid)
        vmx_set_shadow(x, x->shadow | SHADOW_NMI);
}

/* #DB leaves DR6 and DR7 as they were: [1] 27.2.1. INT1 is told like a fault, but its handler returns behind it. Behind
 * MOV SS or STI entry wants a single step to be pending again ([1] 26.3.1.5), which this exit has taken away. */
static void debug_exception(struct vcpu *v, const struct exit *e)
{
    struct vmx *x = vmx_of(v);
    v->dr6 = (v->dr6 & ~0xfull) | (e->qualification & 0x600f);
    vmwrite(GUEST_DR7, v->dr7 &= ~BIT(13));
    if ((e->event >> 8 & 7) == EVENT_INT1) {
        vmwrite(GUEST_RIP, x->rip += vmread(EXIT_INSN_LENGTH) & 15);
        vmx_set_shadow(x, x->shadow & ~(uint32_t)(SHADOW_STI | SHADOW_MOV_SS));
    } else if (x->shadow & (SHADOW_STI | SHADOW_MOV_SS)) {
        vmwrite(GUEST_PENDING_DEBUG, x->rflags & FLAG_TF ? PENDING_DEBUG_STEP : 0);
    }
}

static enum virt_leave exception(struct vcpu *v, struct exit *e, struct vm_event *event)
{
    unsigned vector = e->event & 0xff;
    if ((e->event >> 8 & 7) == EVENT_NMI) {  /* the host's; it blocks others until somebody executes IRET */
        __asm__ volatile("int $2");
        return VIRT_AGAIN;
    }
    if (vector == EXCP_DB)
        debug_exception(v, e);
    if (vector != 8)
        block_nmi_again(v, e->event & EVENT_NMI_UNBLOCKED, event);
    struct vm_event what = { .vector = (uint8_t)vector, .type = VM_EVENT_EXCEPTION, .valid = 1,
                             .has_error = !!(e->event & EVENT_HAS_ERROR), .error = (uint32_t)vmread(EXIT_EVENT_ERROR) };
    return virt_exception(v, what, event);
}

static enum virt_leave ept_violation(struct vcpu *v, struct exit *e, struct vm_event *event)
{
    block_nmi_again(v, e->qualification >> 12 & 1, event);
    return VIRT_MONITOR;
}

static enum virt_leave shutdown(struct vcpu *v, struct exit *e, struct vm_event *event)
{
    (void)e, (void)event;
    v->shut_down = true;
    vmwrite(GUEST_ACTIVITY, 0);              /* the next state the monitor loads shall run */
    return VIRT_MONITOR;
}

/* ---- details ---- */

static void fill_pio(struct vcpu *v, const struct exit *e, struct vm_state *s)   /* [1] table 27-5 */
{
    (void)v;
    uint64_t q = e->qualification;
    uint64_t word = (q >> 16 & 0xffff) | ((q & 7) + 1) << 16 | (q & 8) << 21 | (q & 16) << 28 | (q & 32) << 35;
    __builtin_memcpy(&s->exit.pio, &word, sizeof(word));
}

static void fill_msr(struct vcpu *v, const struct exit *e, struct vm_state *s)
{
    (void)v;
    s->exit.msr.index = (uint32_t)s->gpr[VM_RCX];
    s->exit.msr.write = e->reason == VMX_WRMSR;
}

static void fill_mem(struct vcpu *v, const struct exit *e, struct vm_state *s)   /* [1] table 27-7 */
{
    (void)v;
    uint64_t q = e->qualification;
    s->exit.mem.gpa = vmread(GUEST_PHYSICAL);
    s->exit.mem.gla_valid = q >> 7 & 1;
    s->exit.mem.gla = s->exit.mem.gla_valid ? vmread(GUEST_LINEAR) : 0;
    s->exit.mem.present = !!(q & 0x38);
    s->exit.mem.write = q >> 1 & 1;
    s->exit.mem.fetch = q >> 2 & 1;
    s->exit.mem.read = !(q & 6);
    s->exit.mem.walk = s->exit.mem.gla_valid && !(q >> 8 & 1);
    s->exit.mem.byte_count = 0;
}

static void fill_cr(struct vcpu *v, const struct exit *e, struct vm_state *s)    /* [1] tables 27-3, 27-4 */
{
    (void)v;
    bool dr = e->reason == VMX_DR;
    s->exit.cr.number = e->qualification & (dr ? 7 : 15);
    s->exit.cr.write = !(e->qualification >> 4 & 1);
    s->exit.cr.gpr = e->qualification >> 8 & 15;
    s->exit.cr.gpr_valid = 1;
}

static void fill_exception(struct vcpu *v, const struct exit *e, struct vm_state *s)
{
    (void)v;
    s->exit.exception.vector = (uint8_t)e->event;
    s->exit.exception.has_error = !!(e->event & EVENT_HAS_ERROR);
    s->exit.exception.error = s->exit.exception.has_error ? (uint32_t)vmread(EXIT_EVENT_ERROR) : 0;
    s->exit.exception.address = (e->event & 0xff) == EXCP_PF ? e->qualification : 0;
}

static void fill_hypercall(struct vcpu *v, const struct exit *e, struct vm_state *s)
{
    (void)v, (void)e;
    s->exit.hypercall.amd_form = 0;
}

/* ---- the table ---- */

#define MODE (VM_GROUP_CR | VM_GROUP_CODE)
#define INSN(k) { .kind = VM_EXIT_##k, .insn = true, .groups = MODE }
#define NOT_FOR_GUESTS { .kind = VM_EXIT_VMX_SVM_INSN }

static const struct vmx_row rows[VMX_REASONS] = {
    [VMX_EXCEPTION] = { VM_EXIT_EXCEPTION, false, MODE, exception, fill_exception },
    [VMX_EXTERNAL_IRQ] = { .early = host_irq },
    [VMX_TRIPLE_FAULT] = { .kind = VM_EXIT_SHUTDOWN, .groups = MODE, .early = shutdown },
    [VMX_INIT] = { .early = again },
    [VMX_SIPI] = { .early = again },
    [VMX_IRQ_WINDOW] = { .kind = VM_EXIT_IRQ_WINDOW },
    [VMX_NMI_WINDOW] = { .kind = VM_EXIT_NMI_WINDOW },
    [VMX_TASK_SWITCH] = { .kind = VM_EXIT_TASK_SWITCH },
    [VMX_CPUID] = INSN(CPUID),
    [VMX_GETSEC] = NOT_FOR_GUESTS,
    [VMX_HLT] = INSN(HLT),
    [VMX_INVD] = INSN(INVD),
    [VMX_RDPMC] = INSN(RDPMC),
    [VMX_RDTSC] = INSN(RDTSC),
    [VMX_RSM] = NOT_FOR_GUESTS,
    [VMX_VMCALL] = { VM_EXIT_HYPERCALL, true, MODE, NULL, fill_hypercall },
    [VMX_VMCLEAR ... VMX_VMXON] = NOT_FOR_GUESTS,
    [VMX_CR] = { VM_EXIT_CR, true, MODE, NULL, fill_cr },
    [VMX_DR] = { VM_EXIT_DR, true, MODE, dr_access, fill_cr },
    [VMX_IO] = { VM_EXIT_PIO, true, 0, NULL, fill_pio },
    [VMX_RDMSR ... VMX_WRMSR] = { VM_EXIT_MSR, true, 0, NULL, fill_msr },
    [VMX_MWAIT] = INSN(MWAIT),
    [VMX_MONITOR] = INSN(MONITOR),
    [VMX_PAUSE] = INSN(PAUSE),
    [VMX_EPT_VIOLATION] = { VM_EXIT_MMIO, false, MODE | VM_GROUP_DATA, ept_violation, fill_mem },
    [VMX_INVEPT] = NOT_FOR_GUESTS,
    [VMX_RDTSCP] = INSN(RDTSC),
    [VMX_TIMER] = { .kind = VM_EXIT_DEADLINE, .early = timer },
    [VMX_INVVPID] = NOT_FOR_GUESTS,
    [VMX_WBINVD] = INSN(INVD),
    [VMX_XSETBV] = INSN(XSETBV),
    [VMX_VMFUNC ... VMX_ENCLS] = NOT_FOR_GUESTS,
};

static const struct vmx_row row_unknown = { .kind = VM_EXIT_UNKNOWN, .groups = MODE };

/* ---- events ---- */

/* The event whose delivery this exit interrupted ([1] 27.2.4). INT n, INT3, INTO and INT1 are instructions of the guest
 * and simply run again, unless the monitor had injected them and rip is behind them already. */
static struct vm_event interrupted_event(struct vcpu *v, uint32_t info)
{
    struct vmx *x = vmx_of(v);
    struct vm_event e = { .vector = (uint8_t)info, .type = info >> 8 & 7, .valid = 1,
                          .has_error = !!(info & EVENT_HAS_ERROR) };
    if (e.has_error)
        e.error = (uint32_t)vmread(VECTORING_ERROR);
    if (e.type == EVENT_NMI)                 /* it has not arrived */
        vmx_set_shadow(x, x->shadow & ~(uint32_t)SHADOW_NMI);
    if (e.type >= EVENT_SOFT_INT) {
        if (!v->soft_injected || e.vector != v->soft.vector || (uint32_t)(x->rip + 1) != (uint32_t)v->soft_rip)
            return (struct vm_event){ 0 };
        vmwrite(GUEST_RIP, x->rip = v->soft_rip);    /* inject_soft went one back */
        return v->soft;
    }
    return e;
}

static inline void tell_details(struct vcpu *v, const struct exit *e, struct vm_state *s, const struct vmx_row *row)
{
    s->exit.kind = row->kind;
    s->exit.insn_len = row->insn ? (uint32_t)vmread(EXIT_INSN_LENGTH) & 15 : 0;
    s->exit.raw.code = e->reason;
    s->exit.raw.info1 = e->qualification;
    s->exit.raw.info2 = e->event;
    s->valid = VM_GROUP_GPR | VM_GROUP_RIP | row->groups;
    if (row->fill)
        row->fill(v, e, s);
    if (row->groups)
        vmx_save(v, s, row->groups);
}

static inline void tell_rip(const struct vmx *x, struct vm_state *s)
{
    s->rip = x->rip;
    s->rflags = x->rflags;
    s->shadow = (x->shadow & SHADOW_STI ? VM_SHADOW_STI : 0) | (x->shadow & SHADOW_MOV_SS ? VM_SHADOW_MOV_SS : 0)
        | (x->shadow & SHADOW_NMI ? VM_SHADOW_NMI : 0);
}

/* Anything but an exit that is only the monitor's: the kernel's own part first, an interrupted event given back. */
static enum virt_leave exit_in_full(struct vcpu *v, struct exit *e, struct vm_state *s, const struct vmx_row *row,
                                    uint32_t vectoring)
{
    struct vm_event event = { 0 };
    if (vectoring & EVENT_VALID)
        event = interrupted_event(v, vectoring);
    v->soft_injected = false;
    enum virt_leave why = row->early ? row->early(v, e, &event) : VIRT_MONITOR;
    tell_rip(vmx_of(v), s);
    s->inject = event;
    if (event.valid) {                       /* enter() again goes without load(); the next VM_ENTER with it */
        if (why == VIRT_AGAIN)
            vmx_inject(v, event);
        else
            v->pending |= VM_GROUP_RIP;
    }
    if (why == VIRT_MONITOR)
        tell_details(v, e, s, row);
    else
        s->valid = VM_GROUP_GPR | VM_GROUP_RIP;
    return why;
}

/* ---- entries that failed ---- */

/* [1] 30.4, table 30-1: what can come of VMLAUNCH and VMRESUME; each of them would be a mistake of this backend's. */
static const char *const error_name[] = {
    [4] = "VMLAUNCH of a launched VMCS", [5] = "VMRESUME of a VMCS that is not launched",
    [7] = "invalid control field", [8] = "invalid host-state field", [26] = "events blocked by MOV SS",
};

/* The monitor has to bring a whole new state. What the CPU had against this one: lib/vmm/src/entry_check.c. */
static enum virt_leave entry_failed(struct vcpu *v, struct vm_state *s, uint64_t code, uint64_t info)
{
    vmwrite(ENTRY_EVENT, 0);
    vmx_of(v)->event_armed = v->soft_injected = false;
    v->pending = VM_GROUP_ALL;
    virt_refuse(s, 0);
    s->exit.raw.code = code;
    s->exit.raw.info1 = info;
    s->exit.raw.info2 = s->exit.raw.info3 = 0;
    return VIRT_MONITOR;
}

/* VMLAUNCH or VMRESUME went on behind itself: nothing was loaded. */
enum virt_leave vmx_refused(struct vcpu *v, struct vm_state *s, uint32_t failed)
{
    uint64_t error = vmread(INSN_ERROR);
    kprintf("virt: VM entry: %s (error %lu)\n", error < ARRAY_SIZE(error_name) && error_name[error]
            ? error_name[error] : "no current VMCS", error);
    return entry_failed(v, s, BIT(32), error | failed << 16);
}

enum virt_leave vmx_exit(struct vcpu *v, struct vm_state *s)
{
    struct vmx *x = vmx_of(v);
    struct exit e = { .reason = (uint32_t)vmread(EXIT_REASON), .qualification = vmread(QUALIFICATION) };
    if (unlikely(e.reason & VMX_ENTRY_FAILED)) {
        if ((e.reason & 0xffff) == VMX_ENTRY_MACHINE_CHECK)
            __asm__ volatile("int $18");
        vmx_save(v, s, VM_GROUP_ALL);        /* what was refused */
        return entry_failed(v, s, e.reason, e.qualification);
    }
    x->launched = true;
    uint32_t vectoring = (uint32_t)vmread(VECTORING);
    const struct vmx_row *row = e.reason < VMX_REASONS && (rows[e.reason].kind || rows[e.reason].early)
        ? &rows[e.reason] : &row_unknown;
    x->rip = vmread(GUEST_RIP);
    x->rflags = vmread(GUEST_RFLAGS);
    x->shadow = (uint32_t)vmread(GUEST_SHADOW);
    x->event_armed = false;
    if (unlikely(row->early || vectoring & EVENT_VALID)) {
        e.event = (uint32_t)vmread(EXIT_EVENT);
        s->exit.raw.info3 = vectoring;
        return exit_in_full(v, &e, s, row, vectoring);
    }
    v->soft_injected = false;
    tell_rip(x, s);
    s->inject = (struct vm_event){ 0 };
    tell_details(v, &e, s, row);
    return VIRT_MONITOR;
}
