// SPDX-License-Identifier: BSD-2-Clause
// From #VMEXIT to the neutral exit record: one table row per exit code says what it is called, how long its
// instruction is, which groups the monitor needs at once, and who fills the details.
// Facts: [1] AMD APM vol. 2, 15.7 - 15.13 (intercepts), 15.20 (event injection), 15.25.6 (nested faults), appendix C.

#include "svm.h"

struct svm_row {
    uint8_t kind;                            /* enum vm_exit_kind; NONE and no early(): unknown */
    uint8_t length;                          /* of the instruction without prefixes; 0 = no instruction or unknown */
    bool    nrip;                            /* where there is NRIP the length is had from it */
    uint16_t groups;                         /* valid for the monitor beside GPR and RIP */
    /* Kernel's own part, first. VIRT_MONITOR: go on and tell the monitor. *event: what the exit interrupted, may
     * be replaced by what shall be injected at the next entry. */
    enum virt_leave (*early)(struct vcpu *, const struct vmcb *, struct vm_event *event);
    void (*fill)(struct vcpu *, const struct vmcb *, struct vm_state *);
};

/* ---- exits that are (also) the kernel's ---- */

static enum virt_leave host_irq(struct vcpu *v, const struct vmcb *b, struct vm_event *event)
{
    (void)v, (void)b, (void)event;
    return VIRT_HOST_IRQ;
}

/* NMI, SMI, INIT: pending until GIF was set again at the end of svm_run; the host has had it by now. */
static enum virt_leave host_had_it(struct vcpu *v, const struct vmcb *b, struct vm_event *event)
{
    (void)v, (void)b, (void)event;
    return VIRT_AGAIN;
}

/* First use of debug registers since the last exit: give them to the guest for this run. */
static enum virt_leave dr_access(struct vcpu *v, const struct vmcb *b, struct vm_event *event)
{
    (void)event;
    if (svm_features.keep_breakpoints_off && (b->c.exit_code & 13) == 5)     /* DR7, or DR5 that stands for it */
        return VIRT_MONITOR;
    v->dr_live = true;
    svm_update_intercepts(v);
    return VIRT_AGAIN;
}

/* The guest is at the end of its NMI handler. If an NMI waits it is injected here, before the IRET: it then returns to
 * this IRET, which is where a second NMI would come back to as well. */
static enum virt_leave nmi_done(struct vcpu *v, const struct vmcb *b, struct vm_event *event)
{
    (void)b, (void)event;
    v->nmi_masked = false;
    svm_update_intercepts(v);
    return v->ctl & VM_CTL_NMI_WINDOW ? VIRT_MONITOR : VIRT_AGAIN;
}

static enum virt_leave exception(struct vcpu *v, const struct vmcb *b, struct vm_event *event)
{
    unsigned vector = b->c.exit_code - SVM_EXIT_EXCP;
    struct vm_event e = { .vector = (uint8_t)vector, .type = VM_EVENT_EXCEPTION, .valid = 1,
                          .has_error = HAS_ERROR(vector), .error = (uint32_t)b->c.info1 };
    return virt_exception(v, e, event);
}

static enum virt_leave shutdown(struct vcpu *v, const struct vmcb *b, struct vm_event *event)
{
    (void)b, (void)event;
    v->shut_down = true;
    return VIRT_MONITOR;
}

/* ---- details ---- */

/* [1] 15.10.2. The record's bytes port, size, in, string, rep are put together in one word. */
static void fill_pio(struct vcpu *v, const struct vmcb *b, struct vm_state *s)
{
    (void)v;
    _Static_assert(offsetof(struct vm_exit, pio.size) - offsetof(struct vm_exit, pio) == 2
                   && offsetof(struct vm_exit, pio.in) - offsetof(struct vm_exit, pio) == 3
                   && offsetof(struct vm_exit, pio.string) - offsetof(struct vm_exit, pio) == 4
                   && offsetof(struct vm_exit, pio.rep) - offsetof(struct vm_exit, pio) == 5, "layout below");
    uint64_t info = b->c.info1;
    uint64_t word = (info >> 16 & 0xffff) | (info & 0x70) << 12 | (info & 1) << 24 | (info & 4) << 30 | (info & 8) << 37;
    __builtin_memcpy(&s->exit.pio, &word, sizeof(word));
    s->exit.insn_len = (uint8_t)(b->c.info2 - b->s.rip) & 15;
}

static void fill_msr(struct vcpu *v, const struct vmcb *b, struct vm_state *s)   /* [1] 15.11 */
{
    (void)v;
    s->exit.msr.index = (uint32_t)s->gpr[VM_RCX];
    s->exit.msr.write = b->c.info1 & 1;
}

static void fill_mem(struct vcpu *v, const struct vmcb *b, struct vm_state *s)   /* [1] 15.25.6 */
{
    (void)v;
    uint64_t info = b->c.info1;
    s->exit.mem.gpa = b->c.info2;
    s->exit.mem.gla = 0;
    s->exit.mem.gla_valid = 0;
    s->exit.mem.present = info & 1;
    s->exit.mem.write = info >> 1 & 1;
    s->exit.mem.fetch = info >> 4 & 1;
    s->exit.mem.read = !(info & (1 << 1 | 1 << 4));
    s->exit.mem.walk = info >> 33 & 1;
    s->exit.mem.byte_count = 0;
    if (svm_features.decode_assists) {
        unsigned n = b->c.insn_count & 15;
        s->exit.mem.byte_count = (uint8_t)n;
        __builtin_memcpy(s->exit.mem.bytes, b->c.insn, sizeof(b->c.insn));
    }
}

static void fill_cr(struct vcpu *v, const struct vmcb *b, struct vm_state *s)    /* [1] 15.8.1 */
{
    (void)v;
    s->exit.cr.number = b->c.exit_code & 15;
    s->exit.cr.write = b->c.exit_code >> 4 & 1;
    s->exit.cr.gpr = b->c.info1 & 15;
    s->exit.cr.gpr_valid = svm_features.decode_assists && b->c.info1 >> 63;
}

static void fill_exception(struct vcpu *v, const struct vmcb *b, struct vm_state *s)
{
    (void)v;
    unsigned vector = b->c.exit_code - SVM_EXIT_EXCP;
    s->exit.exception.vector = (uint8_t)vector;
    s->exit.exception.has_error = HAS_ERROR(vector);
    s->exit.exception.error = (uint32_t)b->c.info1;
    s->exit.exception.address = vector == EXCP_PF ? b->c.info2 : 0;
}

static void fill_hypercall(struct vcpu *v, const struct vmcb *b, struct vm_state *s)
{
    (void)v, (void)b;
    s->exit.hypercall.amd_form = 1;
}

/* ---- the table ---- */

#define MODE (VM_GROUP_CR | VM_GROUP_CODE)
/* The length is that of an instruction without prefixes; a monitor that wants to be sure walks to its bytes. */
#define INSN(k, len) { .kind = VM_EXIT_##k, .length = len, .nrip = true, .groups = MODE }
#define NOT_FOR_GUESTS { .kind = VM_EXIT_VMX_SVM_INSN }

static const struct svm_row rows[SVM_EXIT_LOW_END] = {
    [SVM_EXIT_CR0_READ ... SVM_EXIT_DR0_READ - 1] = { VM_EXIT_CR, 0, true, MODE, NULL, fill_cr },
    [SVM_EXIT_DR0_READ ... SVM_EXIT_EXCP - 1] = { VM_EXIT_DR, 0, true, MODE, dr_access, fill_cr },
    [SVM_EXIT_EXCP ... SVM_EXIT_INTR - 1] = { VM_EXIT_EXCEPTION, 0, false, MODE, exception, fill_exception },
    [SVM_EXIT_INTR] = { .early = host_irq },
    [SVM_EXIT_NMI] = { .early = host_had_it },
    [SVM_EXIT_SMI] = { .early = host_had_it },
    [SVM_EXIT_INIT] = { .early = host_had_it },
    [SVM_EXIT_VINTR] = { .kind = VM_EXIT_IRQ_WINDOW },
    [SVM_EXIT_RDTSC] = INSN(RDTSC, 0),       /* RDTSCP comes here too on QEMU: 2 or 3 */
    [SVM_EXIT_RDTSCP] = INSN(RDTSC, 3),
    [SVM_EXIT_RDPMC] = INSN(RDPMC, 2),
    [SVM_EXIT_CPUID] = INSN(CPUID, 2),
    [SVM_EXIT_IRET] = { .kind = VM_EXIT_NMI_WINDOW, .early = nmi_done },
    [SVM_EXIT_INVD] = INSN(INVD, 2),
    [SVM_EXIT_WBINVD] = INSN(INVD, 2),
    [SVM_EXIT_PAUSE] = INSN(PAUSE, 2),
    [SVM_EXIT_HLT] = INSN(HLT, 1),
    [SVM_EXIT_IOIO] = { VM_EXIT_PIO, 0, false, 0, NULL, fill_pio },
    [SVM_EXIT_MSR] = { VM_EXIT_MSR, 2, true, 0, NULL, fill_msr },
    [SVM_EXIT_TASK_SWITCH] = { .kind = VM_EXIT_TASK_SWITCH },
    [SVM_EXIT_SHUTDOWN] = { .kind = VM_EXIT_SHUTDOWN, .groups = MODE, .early = shutdown },
    [SVM_EXIT_VMMCALL] = { VM_EXIT_HYPERCALL, 3, true, MODE, NULL, fill_hypercall },
    [SVM_EXIT_MONITOR] = INSN(MONITOR, 3),
    [SVM_EXIT_MWAIT] = INSN(MWAIT, 3),
    [SVM_EXIT_MWAIT_ARMED] = INSN(MWAIT, 3),
    [SVM_EXIT_XSETBV] = INSN(XSETBV, 3),
    [SVM_EXIT_RSM] = NOT_FOR_GUESTS,
    [SVM_EXIT_INVLPGA] = NOT_FOR_GUESTS,
    [SVM_EXIT_VMRUN] = NOT_FOR_GUESTS,
    [SVM_EXIT_VMLOAD ... SVM_EXIT_SKINIT] = NOT_FOR_GUESTS,
    [SVM_EXIT_RDPRU] = NOT_FOR_GUESTS,
    [SVM_EXIT_INVLPGB] = NOT_FOR_GUESTS,
    [SVM_EXIT_INVLPGB_ILLEGAL] = NOT_FOR_GUESTS,
    [SVM_EXIT_MCOMMIT] = NOT_FOR_GUESTS,
    [SVM_EXIT_TLBSYNC] = NOT_FOR_GUESTS,
};

/* The instruction will be decoded: all segments at once are cheaper than the monitor asking for them. */
static const struct svm_row row_npf = { VM_EXIT_MMIO, 0, false, MODE | VM_GROUP_DATA, NULL, fill_mem };
static const struct svm_row row_unknown = { .kind = VM_EXIT_UNKNOWN, .groups = MODE };

static const struct svm_row *row_of(uint64_t code)
{
    if (likely(code < SVM_EXIT_LOW_END))
        return rows[code].kind || rows[code].early ? &rows[code] : &row_unknown;
    return code == SVM_EXIT_NPF ? &row_npf : &row_unknown;
}

/* ---- events ---- */

/* The event whose delivery this exit interrupted ([1] 15.7.2). INTn, INT3 and INTO are instructions of the guest and
 * simply run again, unless the monitor had injected them and rip is behind them already. */
static struct vm_event interrupted_event(struct vcpu *v, uint64_t info)
{
    struct vm_event e = { .vector = (uint8_t)info, .type = info >> 8 & 7, .valid = 1,
                          .has_error = !!(info & SVM_EVENT_HAS_ERROR), .error = (uint32_t)(info >> 32) };
    bool soft = e.type == VM_EVENT_SOFT_INT
        || (e.type == VM_EVENT_EXCEPTION && (e.vector == EXCP_BP || e.vector == EXCP_OF) && !v->event_injected);
    if (e.type == VM_EVENT_NMI) {
        v->nmi_masked = false;               /* it has not arrived */
        svm_update_intercepts(v);
    }
    if (soft)
        return v->soft_injected && e.vector == v->soft.vector && vmcb_of(v)->s.rip == v->soft_rip
            ? v->soft : (struct vm_event){ 0 };
    return e;
}

static inline void tell_details(struct vcpu *v, const struct vmcb *b, struct vm_state *s, const struct svm_row *row)
{
    s->exit.kind = row->kind;
    s->exit.insn_len = row->length;
    if (row->nrip && svm_features.nrip)
        s->exit.insn_len = (uint8_t)(b->c.nrip - b->s.rip) & 15;
    s->exit.raw.code = b->c.exit_code;
    s->exit.raw.info1 = b->c.info1;
    s->exit.raw.info2 = b->c.info2;
    s->exit.raw.info3 = b->c.exit_int_info;
    s->valid = VM_GROUP_GPR | VM_GROUP_RIP | row->groups;
    if (row->fill)
        row->fill(v, b, s);
    if (row->groups)
        svm_save(v, s, row->groups);
}

static inline void tell_rip(struct vcpu *v, const struct vmcb *b, struct vm_state *s)
{
    s->rip = b->s.rip;
    s->rflags = b->s.rflags;
    s->shadow = (b->c.int_shadow & 1 ? VM_SHADOW_STI : 0) | (v->nmi_masked ? VM_SHADOW_NMI : 0);
}

/* The CPU refused the state. What stands in the save area now may be the host's: none of it is shown. */
static enum virt_leave entry_refused(struct vcpu *v, struct vm_state *s)
{
    svm_vmcb_reset(v);
    v->pending = VM_GROUP_ALL;
    virt_refuse(s, 0);
    s->exit.raw.code = ~0ull;
    s->exit.raw.info1 = s->exit.raw.info2 = s->exit.raw.info3 = 0;
    return VIRT_MONITOR;
}

/* Anything but an exit that is only the monitor's: the kernel's own part first, an interrupted event given back. */
static enum virt_leave exit_in_full(struct vcpu *v, struct vmcb *b, struct vm_state *s, const struct svm_row *row)
{
    struct vm_event event = { 0 };
    if (b->c.exit_int_info & SVM_EVENT_VALID)
        event = interrupted_event(v, b->c.exit_int_info);
    v->soft_injected = v->event_injected = false;
    enum virt_leave why = row->early ? row->early(v, b, &event) : VIRT_MONITOR;
    tell_rip(v, b, s);
    s->inject = event;
    if (event.valid) {                       /* enter() again goes without load(); the next VM_ENTER with it */
        if (why == VIRT_AGAIN)
            svm_inject(v, event);
        else
            v->pending |= VM_GROUP_RIP;
    }
    if (why == VIRT_MONITOR)
        tell_details(v, b, s, row);
    else
        s->valid = VM_GROUP_GPR | VM_GROUP_RIP;
    return why;
}

enum virt_leave svm_exit(struct vcpu *v, struct vm_state *s)
{
    struct vmcb *b = vmcb_of(v);
    if (unlikely((uint32_t)b->c.exit_code == SVM_EXIT_INVALID_LOW))
        return entry_refused(v, s);
    const struct svm_row *row = row_of(b->c.exit_code);
    b->c.event_inj = 0;
    if (unlikely(row->early || b->c.exit_int_info & SVM_EVENT_VALID))
        return exit_in_full(v, b, s, row);
    v->soft_injected = v->event_injected = false;
    tell_rip(v, b, s);
    s->inject = (struct vm_event){ 0 };
    tell_details(v, b, s, row);
    return VIRT_MONITOR;
}

/* The window is open as it is: told without entering. */
enum virt_leave svm_nmi_window(struct vcpu *v, struct vm_state *s)
{
    s->exit.kind = VM_EXIT_NMI_WINDOW;
    s->exit.insn_len = 0;
    s->valid = VM_GROUP_GPR | VM_GROUP_RIP;
    v->pending |= VM_GROUP_RIP;
    return VIRT_MONITOR;
}
