// SPDX-License-Identifier: BSD-2-Clause
// Moves groups of guest state between the state page and the VMCB. The page is written by a monitor we do not
// trust: each field is read once, and what VMRUN would not refuse by itself is checked here.
// Facts: [1] AMD APM vol. 2, 15.5.1 (what VMRUN checks), 15.20 (events), appendix B.

#include "svm.h"

/* ---- control ---- */

void svm_update_intercepts(struct vcpu *v)
{
    struct vmcb_control *c = &vmcb_of(v)->c;
    uint32_t on1 = (v->ctl & VM_CTL_IRQ_WINDOW ? SVM_MISC1_VINTR : 0)
        | (v->ctl & VM_CTL_EXIT_RDTSC ? SVM_MISC1_RDTSC : 0) | (v->ctl & VM_CTL_EXIT_PAUSE ? SVM_MISC1_PAUSE : 0)
        | (v->nmi_masked ? SVM_MISC1_IRET : 0);
    c->misc1 = (c->misc1 & ~(uint32_t)(SVM_MISC1_VINTR | SVM_MISC1_RDTSC | SVM_MISC1_PAUSE | SVM_MISC1_IRET)) | on1;
    c->misc2 = (c->misc2 & ~(uint32_t)SVM_MISC2_RDTSCP) | (v->ctl & VM_CTL_EXIT_RDTSC ? SVM_MISC2_RDTSCP : 0);
    c->exceptions = v->exceptions | EXCEPTIONS_ALWAYS;
    c->dr_read = c->dr_write = !v->dr_live ? 0xffff : svm_features.keep_breakpoints_off ? 1 << 5 | 1 << 7 : 0;
    /* A virtual interrupt that would be taken, but exits: the window. [1] 15.21.4 */
    c->int_ctl = SVM_V_INTR_MASKING
        | (v->ctl & VM_CTL_IRQ_WINDOW ? SVM_V_IRQ | SVM_V_PRIO_MAX | SVM_V_IGN_TPR : 0);
    v->clean &= ~(uint32_t)(CLEAN_INTERCEPTS | CLEAN_TPR);
}

static bool load_ctl(struct vcpu *v, struct vm_state *s)
{
    virt_load_ctl(v, s);
    svm_update_intercepts(v);
    return true;
}

/* ---- rip, flags, the event ---- */

void svm_inject(struct vcpu *v, struct vm_event e)
{
    struct vmcb *b = vmcb_of(v);
    bool error = e.has_error && e.type == VM_EVENT_EXCEPTION;
    if (e.type == VM_EVENT_NMI) {
        e.vector = EXCP_NMI;
        v->nmi_masked = true;
        svm_update_intercepts(v);
    }
    if (e.type == VM_EVENT_SOFT_INT) {   /* the page's rip is where the guest shall return to */
        v->soft_injected = true;
        v->soft = e;
        v->soft_rip = b->s.rip;
        b->c.nrip = b->s.rip;
    }
    v->event_injected = true;
    b->c.event_inj = (uint64_t)e.vector | (uint64_t)e.type << 8 | (error ? SVM_EVENT_HAS_ERROR : 0) | SVM_EVENT_VALID
        | (uint64_t)(error ? e.error : 0) << 32;
}

static bool load_rip(struct vcpu *v, struct vm_state *s)
{
    struct vmcb *b = vmcb_of(v);
    uint32_t shadow = READ_ONCE(s->shadow);
    union { struct vm_event e; uint64_t word; } event = { .word = READ_ONCE(*(const uint64_t *)(const void *)&s->inject) };
    b->s.rip = READ_ONCE(s->rip);
    b->s.rflags = (READ_ONCE(s->rflags) & RFLAGS_GUEST) | 2;
    b->c.int_shadow = shadow & (VM_SHADOW_STI | VM_SHADOW_MOV_SS) ? 1 : 0;
    if (unlikely(v->nmi_masked != !!(shadow & VM_SHADOW_NMI))) {
        v->nmi_masked = shadow & VM_SHADOW_NMI;
        svm_update_intercepts(v);
    }
    b->c.event_inj = 0;
    if (likely(!event.e.valid))
        return true;
    if (!virt_event_ok(event.e))
        return virt_refuse(s, VM_GROUP_RIP);
    svm_inject(v, event.e);
    return true;
}

/* ---- control registers ---- */

static bool load_cr(struct vcpu *v, struct vm_state *s)
{
    struct vmcb_save *b = &vmcb_of(v)->s;
    uint64_t efer = READ_ONCE(s->efer), cr0 = READ_ONCE(s->cr0), cr3 = READ_ONCE(s->cr3), cr4 = READ_ONCE(s->cr4);
    uint64_t xcr0 = READ_ONCE(s->xcr0);
    if (efer & ~svm_features.efer_mask || !virt_xcr0_ok(xcr0))
        return false;
    efer |= EFER_SVME;
    if (b->efer != efer || b->cr0 != cr0 || b->cr3 != cr3 || b->cr4 != cr4)
        v->flush = true;                 /* as the guest's own MOV to a control register would */
    b->efer = efer;
    b->cr0 = cr0;
    b->cr3 = cr3;
    b->cr4 = cr4;
    b->cr2 = READ_ONCE(s->cr2);
    v->xcr0 = xcr0;
    v->clean &= ~(uint32_t)(CLEAN_CR | CLEAN_CR2);
    return true;
}

static void save_cr(struct vcpu *v, struct vm_state *s)
{
    const struct vmcb_save *b = &vmcb_of(v)->s;
    s->cr0 = b->cr0;
    s->cr2 = b->cr2;
    s->cr3 = b->cr3;
    s->cr4 = b->cr4;
    s->efer = b->efer & ~EFER_SVME;
    s->xcr0 = v->xcr0;
}

/* ---- segments ---- */

static void load_segment(struct vmcb_segment *to, const struct vm_segment *from)
{
    uint16_t attr = READ_ONCE(from->attr);
    to->selector = READ_ONCE(from->selector);
    to->attr = attr & 0x80 ? (uint16_t)((attr & 0xff) | (attr >> 4 & 0xf00)) : 0;
    to->limit = READ_ONCE(from->limit);
    to->base = READ_ONCE(from->base);
}

static void save_segment(struct vm_segment *to, const struct vmcb_segment *from)
{
    to->selector = from->selector;
    to->attr = (uint16_t)((from->attr & 0xff) | (from->attr & 0xf00) << 4);
    to->limit = from->limit;
    to->base = from->base;
}

static bool load_code(struct vcpu *v, struct vm_state *s)
{
    struct vmcb_save *b = &vmcb_of(v)->s;
    load_segment(&b->cs, &s->seg[VM_CS]);
    load_segment(&b->ss, &s->seg[VM_SS]);
    b->cpl = READ_ONCE(s->seg[VM_SS].attr) >> 5 & 3;
    v->clean &= ~(uint32_t)CLEAN_SEG;
    return true;
}

static void save_code(struct vcpu *v, struct vm_state *s)
{
    const struct vmcb_save *b = &vmcb_of(v)->s;
    save_segment(&s->seg[VM_CS], &b->cs);
    save_segment(&s->seg[VM_SS], &b->ss);
    s->seg[VM_SS].attr = (uint16_t)((s->seg[VM_SS].attr & ~0x60) | (b->cpl & 3) << 5);
}

static bool load_data(struct vcpu *v, struct vm_state *s)
{
    struct vmcb_save *b = &vmcb_of(v)->s;
    load_segment(&b->ds, &s->seg[VM_DS]);
    load_segment(&b->es, &s->seg[VM_ES]);
    load_segment(&b->fs, &s->seg[VM_FS]);
    load_segment(&b->gs, &s->seg[VM_GS]);
    v->clean &= ~(uint32_t)CLEAN_SEG;
    return true;
}

static void save_data(struct vcpu *v, struct vm_state *s)
{
    const struct vmcb_save *b = &vmcb_of(v)->s;
    save_segment(&s->seg[VM_DS], &b->ds);
    save_segment(&s->seg[VM_ES], &b->es);
    save_segment(&s->seg[VM_FS], &b->fs);
    save_segment(&s->seg[VM_GS], &b->gs);
}

static bool load_system(struct vcpu *v, struct vm_state *s)
{
    struct vmcb_save *b = &vmcb_of(v)->s;
    load_segment(&b->ldtr, &s->seg[VM_LDTR]);
    load_segment(&b->tr, &s->seg[VM_TR]);
    b->gdtr.limit = READ_ONCE(s->gdtr.limit);
    b->gdtr.base = READ_ONCE(s->gdtr.base);
    b->idtr.limit = READ_ONCE(s->idtr.limit);
    b->idtr.base = READ_ONCE(s->idtr.base);
    v->clean &= ~(uint32_t)CLEAN_DT;
    return true;
}

static void save_system(struct vcpu *v, struct vm_state *s)
{
    const struct vmcb_save *b = &vmcb_of(v)->s;
    save_segment(&s->seg[VM_LDTR], &b->ldtr);
    save_segment(&s->seg[VM_TR], &b->tr);
    s->gdtr = (struct vm_table){ .limit = b->gdtr.limit, .base = b->gdtr.base };
    s->idtr = (struct vm_table){ .limit = b->idtr.limit, .base = b->idtr.base };
}

/* ---- debug registers: DR6 and DR7 are in the VMCB, DR0-3 are in the CPU only while the guest uses them ---- */

static bool load_dr(struct vcpu *v, struct vm_state *s)
{
    struct vmcb_save *b = &vmcb_of(v)->s;
    for (unsigned i = 0; i < 4; i++)
        v->dr[i] = READ_ONCE(s->dr[i]);
    b->dr6 = READ_ONCE(s->dr6);
    v->dr7 = READ_ONCE(s->dr7);
    b->dr7 = svm_features.keep_breakpoints_off ? DR7_NOTHING | (v->dr7 & ~0xffffffffull) : v->dr7;
    v->clean &= ~(uint32_t)CLEAN_DR;
    return true;
}

static void save_dr(struct vcpu *v, struct vm_state *s)
{
    const struct vmcb_save *b = &vmcb_of(v)->s;
    for (unsigned i = 0; i < 4; i++)
        s->dr[i] = v->dr[i];
    s->dr6 = b->dr6;
    s->dr7 = svm_features.keep_breakpoints_off ? v->dr7 : b->dr7;
}

/* ---- MSRs, time ---- */

static bool load_msr(struct vcpu *v, struct vm_state *s)
{
    struct vmcb_save *b = &vmcb_of(v)->s;
    uint64_t pat = READ_ONCE(s->msr.pat);
    if (!virt_pat_ok(pat))
        return false;
    b->star = READ_ONCE(s->msr.star);
    b->lstar = READ_ONCE(s->msr.lstar);
    b->cstar = READ_ONCE(s->msr.cstar);
    b->sfmask = READ_ONCE(s->msr.sfmask);
    b->kernel_gs_base = READ_ONCE(s->msr.kernel_gs_base);
    b->sysenter_cs = READ_ONCE(s->msr.sysenter_cs);
    b->sysenter_esp = READ_ONCE(s->msr.sysenter_esp);
    b->sysenter_eip = READ_ONCE(s->msr.sysenter_eip);
    b->g_pat = pat;
    v->clean &= ~(uint32_t)CLEAN_NP;     /* G_PAT is under it */
    return true;
}

static void save_msr(struct vcpu *v, struct vm_state *s)
{
    const struct vmcb_save *b = &vmcb_of(v)->s;
    s->msr.star = b->star;
    s->msr.lstar = b->lstar;
    s->msr.cstar = b->cstar;
    s->msr.sfmask = b->sfmask;
    s->msr.kernel_gs_base = b->kernel_gs_base;
    s->msr.sysenter_cs = b->sysenter_cs;
    s->msr.sysenter_esp = b->sysenter_esp;
    s->msr.sysenter_eip = b->sysenter_eip;
    s->msr.pat = b->g_pat;
}

static bool load_tsc(struct vcpu *v, struct vm_state *s)
{
    vmcb_of(v)->c.tsc_offset = READ_ONCE(s->tsc_offset);
    v->tsc_aux = (uint32_t)READ_ONCE(s->tsc_aux);    /* the upper half of the MSR is reserved */
    v->clean &= ~(uint32_t)CLEAN_INTERCEPTS;         /* TSC_OFFSET is under it */
    return true;
}

static void save_tsc(struct vcpu *v, struct vm_state *s)
{
    s->tsc_offset = vmcb_of(v)->c.tsc_offset;
    s->tsc_aux = v->tsc_aux;
}

/* ---- by group ---- */

static const struct group_row rows[] = {
    { VM_GROUP_CTL, load_ctl, NULL }, { VM_GROUP_CR, load_cr, save_cr }, { VM_GROUP_CODE, load_code, save_code },
    { VM_GROUP_DATA, load_data, save_data }, { VM_GROUP_SYSTEM, load_system, save_system },
    { VM_GROUP_DR, load_dr, save_dr }, { VM_GROUP_MSR, load_msr, save_msr }, { VM_GROUP_TSC, load_tsc, save_tsc },
    { VM_GROUP_RIP, load_rip, NULL },
};

bool svm_load(struct vcpu *v, struct vm_state *s, uint32_t groups)
{
    groups &= ~(uint32_t)(VM_GROUP_GPR | VM_GROUP_CR8);
    return likely(groups == VM_GROUP_RIP) ? load_rip(v, s)
        : virt_load_groups(v, s, groups, rows, ARRAY_SIZE(rows));
}

void svm_save(struct vcpu *v, struct vm_state *s, uint32_t groups)
{
    if (likely((groups & ~(uint32_t)VM_GROUP_DATA) == (VM_GROUP_CR | VM_GROUP_CODE))) {
        save_cr(v, s);
        save_code(v, s);
        if (groups & VM_GROUP_DATA)
            save_data(v, s);
        return;
    }
    virt_save_groups(v, s, groups, rows, ARRAY_SIZE(rows));
}
