// SPDX-License-Identifier: BSD-2-Clause
// Moves groups of guest state between the state page and the VMCS. The page is written by a monitor we do not trust:
// each field is read once. What VM entry checks by itself is left to it: it refuses, and the guest does not run.
// Facts: [1] Intel SDM vol. 3, 24.4 (guest state), 26.2.1.3 (event injection), 26.3.1 (what entry checks), 26.3.2.4
// (page-directory-pointer entries).

#include "vmx.h"

/* ---- control ---- */

void vmx_update_controls(struct vcpu *v)
{
    struct vmx *x = vmx_of(v);
    uint32_t changing = PROC1_IRQ_WINDOW | PROC1_RDTSC | PROC1_NMI_WINDOW | PROC1_MOV_DR | PROC1_PAUSE;
    uint32_t proc1 = (x->proc1 & ~changing)
        | (v->ctl & VM_CTL_IRQ_WINDOW ? PROC1_IRQ_WINDOW : 0) | (v->ctl & VM_CTL_NMI_WINDOW ? PROC1_NMI_WINDOW : 0)
        | (v->ctl & VM_CTL_EXIT_RDTSC ? PROC1_RDTSC : 0) | (v->ctl & VM_CTL_EXIT_PAUSE ? (uint32_t)PROC1_PAUSE : 0)
        | (v->dr_live ? 0 : PROC1_MOV_DR);
    if (x->proc1 != proc1)
        vmwrite(PROC1_CONTROLS, x->proc1 = proc1);
}

static bool load_ctl(struct vcpu *v, struct vm_state *s)
{
    virt_load_ctl(v, s);
    vmwrite(EXCEPTION_BITMAP, v->exceptions | EXCEPTIONS_ALWAYS);
    vmx_update_controls(v);
    return true;
}

/* ---- rip, flags, the event ---- */

void vmx_set_shadow(struct vmx *x, uint32_t shadow)
{
    if (x->shadow != shadow)
        vmwrite(GUEST_SHADOW, x->shadow = shadow);
}

/* A software interrupt returns behind an instruction that entry believes in: rip is that of one byte before. */
static void inject_soft(struct vcpu *v, struct vm_event e)
{
    struct vmx *x = vmx_of(v);
    bool is_64bit = vmread(GUEST_ACCESS + 2 * VM_CS) & BIT(13);
    v->soft_injected = true;
    v->soft = e;
    v->soft_rip = x->rip;
    x->rip = is_64bit ? x->rip - 1 : (uint32_t)(x->rip - 1);
    vmwrite(GUEST_RIP, x->rip);
    vmwrite(ENTRY_INSN_LENGTH, 1);
}

/* [1] 26.2.1.3: an error code goes with the vectors that have one, in protected mode. */
void vmx_inject(struct vcpu *v, struct vm_event e)
{
    struct vmx *x = vmx_of(v);
    bool error = e.type == VM_EVENT_EXCEPTION && HAS_ERROR(e.vector) && e.vector < 18
        && vmread(GUEST_CR0) & CR0_PE;
    if (e.type == VM_EVENT_NMI)
        e.vector = EXCP_NMI;
    if (e.type == VM_EVENT_SOFT_INT)
        inject_soft(v, e);
    if (error)
        vmwrite(ENTRY_EVENT_ERROR, e.has_error ? e.error & 0x7fff : 0);
    vmwrite(ENTRY_EVENT, (uint64_t)e.vector | (uint64_t)e.type << 8 | (error ? EVENT_HAS_ERROR : 0) | EVENT_VALID);
    x->event_armed = true;
}

/* Entry wants STI's shadow only with IF = 1, none when an interrupt or NMI is injected, and a pending single step
 * where a shadow holds one back ([1] 26.3.1.5). */
static void load_shadow(struct vmx *x, uint32_t shadow, struct vm_event e)
{
    uint32_t blocked = shadow & VM_SHADOW_NMI && !(e.valid && e.type == VM_EVENT_NMI) ? SHADOW_NMI : 0;
    if (!(e.valid && e.type <= VM_EVENT_NMI))
        blocked |= shadow & VM_SHADOW_MOV_SS ? SHADOW_MOV_SS
            : shadow & VM_SHADOW_STI && x->rflags & FLAG_IF ? SHADOW_STI : 0;
    if (blocked & (SHADOW_STI | SHADOW_MOV_SS))
        vmwrite(GUEST_PENDING_DEBUG, x->rflags & FLAG_TF ? PENDING_DEBUG_STEP : 0);
    vmx_set_shadow(x, blocked);
}

static bool load_rip(struct vcpu *v, struct vm_state *s)
{
    struct vmx *x = vmx_of(v);
    uint64_t rip = READ_ONCE(s->rip), rflags = (READ_ONCE(s->rflags) & RFLAGS_GUEST) | FLAG_FIXED;
    uint32_t shadow = READ_ONCE(s->shadow);
    union { struct vm_event e; uint64_t word; } event;
    event.word = READ_ONCE(*(const uint64_t *)(const void *)&s->inject);
    if (x->rip != rip) {
        vmwrite(GUEST_RIP, x->rip = rip);
        if (unlikely((rflags | x->rflags) & FLAG_TF))    /* a step that was pending belonged to another instruction */
            vmwrite(GUEST_PENDING_DEBUG, 0);
    }
    if (unlikely(x->rflags != rflags))
        vmwrite(GUEST_RFLAGS, x->rflags = rflags);
    if (unlikely(shadow | x->shadow))
        load_shadow(x, shadow, event.e);
    if (unlikely(x->event_armed)) {
        vmwrite(ENTRY_EVENT, 0);
        x->event_armed = v->soft_injected = false;
    }
    if (likely(!event.e.valid))
        return true;
    if (!virt_event_ok(event.e))
        return virt_refuse(s, VM_GROUP_RIP);
    vmx_inject(v, event.e);
    return true;
}

/* ---- control registers ---- */

/* With EPT the CPU takes the four entries from the VMCS at entry: what a MOV to CR3 would have read. */
static void load_pdptes(struct vcpu *v, uint64_t cr3)
{
    uint64_t entry[4] = { 0 };
    ept_read(v->ept_asid, cr3 & 0xffffffe0, entry, sizeof(entry));
    for (unsigned i = 0; i < 4; i++)
        vmwrite(GUEST_PDPTE + 2 * i, entry[i]);
}

static bool load_cr(struct vcpu *v, struct vm_state *s)
{
    struct vmx *x = vmx_of(v);
    uint64_t efer = READ_ONCE(s->efer), cr0 = READ_ONCE(s->cr0), cr3 = READ_ONCE(s->cr3), cr4 = READ_ONCE(s->cr4);
    uint64_t xcr0 = READ_ONCE(s->xcr0), real0 = (cr0 | vmx_features.cr0_fixed0) & ~(CR0_CD | CR0_NW);
    if (efer & ~VMX_EFER_MASK || !virt_xcr0_ok(xcr0) || (cr0 & CR0_NW && !(cr0 & CR0_CD)) || cr4 & CR4_OWNED)
        return false;
    bool moved = vmread(GUEST_CR0) != real0 || vmread(GUEST_CR3) != cr3 || vmread(GUEST_EFER) != efer
        || vmread(GUEST_CR4) != (cr4 | vmx_features.cr4_fixed0);
    if (moved) {
        v->flush = true;                     /* as the guest's own MOV to a control register would */
        vmwrite(GUEST_CR0, real0);
        vmwrite(GUEST_CR3, cr3);
        vmwrite(GUEST_CR4, cr4 | vmx_features.cr4_fixed0);
        vmwrite(GUEST_EFER, efer);
        if (cr0 & CR0_PG && cr4 & CR4_PAE && !(efer & EFER_LMA))
            load_pdptes(v, cr3);
    }
    vmwrite(CR0_SHADOW, cr0);
    vmwrite(CR4_SHADOW, cr4);
    x->entry = efer & EFER_LMA ? x->entry | ENTRY_LONG_MODE : x->entry & ~(uint32_t)ENTRY_LONG_MODE;
    vmwrite(ENTRY_CONTROLS, x->entry);
    x->cr2 = READ_ONCE(s->cr2);
    v->xcr0 = xcr0;
    return true;
}

static void save_cr(struct vcpu *v, struct vm_state *s)
{
    s->cr0 = (vmread(GUEST_CR0) & ~CR0_OWNED) | (vmread(CR0_SHADOW) & CR0_OWNED);
    s->cr2 = vmx_of(v)->cr2;
    s->cr3 = vmread(GUEST_CR3);
    s->cr4 = vmread(GUEST_CR4) & ~CR4_OWNED;
    s->efer = vmread(GUEST_EFER);
    s->xcr0 = v->xcr0;
}

/* ---- segments ---- */

#define ACCESS_BITS 0xf0ffu
#define ACCESS_PRESENT 0x80u
#define ACCESS_UNUSABLE BIT(16)

static void load_segments(const struct vm_state *s, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++) {
        uint32_t attr = READ_ONCE(s->seg[i].attr) & ACCESS_BITS;
        vmwrite(GUEST_SELECTOR + 2 * i, READ_ONCE(s->seg[i].selector));
        vmwrite(GUEST_LIMIT + 2 * i, READ_ONCE(s->seg[i].limit));
        vmwrite(GUEST_BASE + 2 * i, READ_ONCE(s->seg[i].base));
        vmwrite(GUEST_ACCESS + 2 * i, attr & ACCESS_PRESENT ? attr : attr | ACCESS_UNUSABLE);
    }
}

static void save_segments(struct vm_state *s, unsigned first, unsigned last)
{
    for (unsigned i = first; i <= last; i++) {
        uint64_t access = vmread(GUEST_ACCESS + 2 * i);
        s->seg[i].selector = (uint16_t)vmread(GUEST_SELECTOR + 2 * i);
        s->seg[i].limit = (uint32_t)vmread(GUEST_LIMIT + 2 * i);
        s->seg[i].base = vmread(GUEST_BASE + 2 * i);
        s->seg[i].attr = (uint16_t)(access & ACCESS_BITS & ~(access & ACCESS_UNUSABLE ? ACCESS_PRESENT : 0));
    }
}

static bool load_code(struct vcpu *v, struct vm_state *s) { (void)v; load_segments(s, VM_CS, VM_SS); return true; }
static void save_code(struct vcpu *v, struct vm_state *s) { (void)v; save_segments(s, VM_CS, VM_SS); }

static bool load_data(struct vcpu *v, struct vm_state *s)
{
    (void)v;
    load_segments(s, VM_ES, VM_ES);
    load_segments(s, VM_DS, VM_GS);
    return true;
}

static void save_data(struct vcpu *v, struct vm_state *s)
{
    (void)v;
    save_segments(s, VM_ES, VM_ES);
    save_segments(s, VM_DS, VM_GS);
}

static bool load_system(struct vcpu *v, struct vm_state *s)
{
    (void)v;
    load_segments(s, VM_LDTR, VM_TR);
    vmwrite(GUEST_GDTR_LIMIT, READ_ONCE(s->gdtr.limit));
    vmwrite(GUEST_GDTR_BASE, READ_ONCE(s->gdtr.base));
    vmwrite(GUEST_IDTR_LIMIT, READ_ONCE(s->idtr.limit));
    vmwrite(GUEST_IDTR_BASE, READ_ONCE(s->idtr.base));
    return true;
}

static void save_system(struct vcpu *v, struct vm_state *s)
{
    (void)v;
    save_segments(s, VM_LDTR, VM_TR);
    s->gdtr = (struct vm_table){ .limit = (uint32_t)vmread(GUEST_GDTR_LIMIT), .base = vmread(GUEST_GDTR_BASE) };
    s->idtr = (struct vm_table){ .limit = (uint32_t)vmread(GUEST_IDTR_LIMIT), .base = vmread(GUEST_IDTR_BASE) };
}

/* ---- debug registers: DR7 is in the VMCS, the others are in the CPU only while the guest uses them ---- */

static bool load_dr(struct vcpu *v, struct vm_state *s)
{
    for (unsigned i = 0; i < 4; i++)
        v->dr[i] = READ_ONCE(s->dr[i]);
    v->dr6 = READ_ONCE(s->dr6);
    v->dr7 = READ_ONCE(s->dr7);
    vmwrite(GUEST_DR7, v->dr7);
    return v->dr6 >> 32 == 0;                /* MOV to DR6 must not fault in the kernel */
}

static void save_dr(struct vcpu *v, struct vm_state *s)
{
    for (unsigned i = 0; i < 4; i++)
        s->dr[i] = v->dr[i];
    s->dr6 = v->dr6;
    s->dr7 = v->dr7;
}

/* ---- MSRs, time ---- */

static bool load_msr(struct vcpu *v, struct vm_state *s)
{
    struct vmx *x = vmx_of(v);
    uint64_t pat = READ_ONCE(s->msr.pat);
    x->guest[LIST_STAR].value = READ_ONCE(s->msr.star);
    x->guest[LIST_LSTAR].value = READ_ONCE(s->msr.lstar);
    x->guest[LIST_CSTAR].value = READ_ONCE(s->msr.cstar);
    x->guest[LIST_SFMASK].value = READ_ONCE(s->msr.sfmask);
    x->guest[LIST_KERNEL_GS].value = READ_ONCE(s->msr.kernel_gs_base);
    vmwrite(GUEST_SYSENTER_CS, (uint32_t)READ_ONCE(s->msr.sysenter_cs));
    vmwrite(GUEST_SYSENTER_ESP, READ_ONCE(s->msr.sysenter_esp));
    vmwrite(GUEST_SYSENTER_EIP, READ_ONCE(s->msr.sysenter_eip));
    vmwrite(GUEST_PAT, pat);
    return virt_pat_ok(pat);
}

static void save_msr(struct vcpu *v, struct vm_state *s)
{
    const struct vmx *x = vmx_of(v);
    s->msr.star = x->guest[LIST_STAR].value;
    s->msr.lstar = x->guest[LIST_LSTAR].value;
    s->msr.cstar = x->guest[LIST_CSTAR].value;
    s->msr.sfmask = x->guest[LIST_SFMASK].value;
    s->msr.kernel_gs_base = x->guest[LIST_KERNEL_GS].value;
    s->msr.sysenter_cs = vmread(GUEST_SYSENTER_CS);
    s->msr.sysenter_esp = vmread(GUEST_SYSENTER_ESP);
    s->msr.sysenter_eip = vmread(GUEST_SYSENTER_EIP);
    s->msr.pat = vmread(GUEST_PAT);
}

static bool load_tsc(struct vcpu *v, struct vm_state *s)
{
    vmwrite(TSC_OFFSET, READ_ONCE(s->tsc_offset));
    v->tsc_aux = (uint32_t)READ_ONCE(s->tsc_aux);    /* the upper half of the MSR is reserved */
    return true;
}

static void save_tsc(struct vcpu *v, struct vm_state *s)
{
    s->tsc_offset = vmread(TSC_OFFSET);
    s->tsc_aux = v->tsc_aux;
}

/* ---- by group; the event last, since it looks at CR0 and CS ---- */

static const struct group_row rows[] = {
    { VM_GROUP_CTL, load_ctl, NULL }, { VM_GROUP_CR, load_cr, save_cr }, { VM_GROUP_CODE, load_code, save_code },
    { VM_GROUP_DATA, load_data, save_data }, { VM_GROUP_SYSTEM, load_system, save_system },
    { VM_GROUP_DR, load_dr, save_dr }, { VM_GROUP_MSR, load_msr, save_msr }, { VM_GROUP_TSC, load_tsc, save_tsc },
    { VM_GROUP_RIP, load_rip, NULL },
};

bool vmx_load(struct vcpu *v, struct vm_state *s, uint32_t groups)
{
    groups &= ~(uint32_t)(VM_GROUP_GPR | VM_GROUP_CR8);
    return likely(groups == VM_GROUP_RIP) ? load_rip(v, s) : virt_load_groups(v, s, groups, rows, ARRAY_SIZE(rows));
}

void vmx_save(struct vcpu *v, struct vm_state *s, uint32_t groups)
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
