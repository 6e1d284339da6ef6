// SPDX-License-Identifier: BSD-2-Clause
// Chooses the virtualisation backend at boot, sorts what the architecture asks of virt/ by object type, and keeps what
// both backends check and do alike. Facts: [1] AMD APM vol. 2; [2] Intel SDM vol. 1, 3 and 4.

#include <platform.h>
#include "virt.h"

const struct virt_ops *virt;
uint64_t virt_epoch = 1;

static struct virt_cpu virt_cpus[CONFIG_MAX_NUM_NODES];
static struct virt_ops *const backends[] = { &svm_ops, &vmx_ops };
struct mitigations mitigations;

struct virt_cpu *virt_cpu_of(unsigned index) { return &virt_cpus[index]; }

bool feature_bit(const struct feature *f)
{
    if (cpuid(f->leaf & 0xffff0000, 0).eax < f->leaf)
        return false;
    struct cpuid c = cpuid(f->leaf, 0);
    uint32_t reg[] = { c.eax, c.ebx, c.ecx, c.edx };
    return reg[f->reg] >> f->bit & 1;
}

/* [2] vol. 4: IA32_ARCH_CAPABILITIES says from which of them a CPU does not suffer. */
static void find_mitigations(void)
{
    bool capabilities, amd_ibpb, md_clear, l1d, rtm;
    const struct feature has[] = {
        { "IA32_ARCH_CAPABILITIES", 7, EDX, 29, &capabilities },
        { "IBPB, Intel", 7, EDX, 26, &mitigations.ibpb },
        { "IBPB, AMD", 0x80000008, EBX, 12, &amd_ibpb },
        { "VERW clears buffers", 7, EDX, 10, &md_clear },
        { "L1D flush", 7, EDX, 28, &l1d },
        { "transactions", 7, EBX, 11, &rtm },
        { "automatic IBRS", 0x80000021, EAX, 8, &mitigations.auto_ibrs },
    };
    if (!boot.mitigations)
        return;
    for (unsigned i = 0; i < ARRAY_SIZE(has); i++)
        *has[i].out = feature_bit(&has[i]);
    uint64_t immune = capabilities ? rdmsr(MSR_ARCH_CAPABILITIES) : 0;
    mitigations.on = true;
    mitigations.ibpb |= amd_ibpb;
    mitigations.verw = md_clear && (!(immune & ARCH_CAP_MDS_NO) || immune & ARCH_CAP_FB_CLEAR
                                    || (rtm && !(immune & ARCH_CAP_TAA_NO)));
    mitigations.l1d_flush = l1d && !(immune & (ARCH_CAP_RDCL_NO | ARCH_CAP_SKIP_L1D_FLUSH));
    mitigations.ibrs = immune & ARCH_CAP_IBRS_ALL;
}

/* On each CPU, once and for all: branches of guests and of user mode do not steer the kernel's. */
static void restrict_branches(void)
{
    if (mitigations.ibrs)
        wrmsr(MSR_SPEC_CTRL, SPEC_CTRL_IBRS);
    if (mitigations.auto_ibrs)
        wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_AUTO_IBRS);
}

static void choose_backend(void)
{
    const char *missing = "AMD SVM and Intel VT-x";
    for (unsigned i = 0; i < ARRAY_SIZE(backends) && !virt; i++)
        if (backends[i]->present(&missing))
            virt = backends[i];
    if (virt)
        kprintf("virt: %s, %u TLB tags\n", virt->name, virt->tlb_tags);
    else
        kprintf("virt: no virtual machines: this CPU lacks %s\n", missing);
}

void virt_init_cpu(struct cpu *cpu)
{
    if (cpu->index == 0)
        choose_backend(), find_mitigations();
    restrict_branches();
    if (!virt)
        return;
    struct virt_cpu *vc = virt_cpu_of(cpu->index);
    const char *missing = "";
    vc->next_tag = 1;
    vc->tag_generation = 1;
    vc->tsc_aux = ~0ull;                 /* unknown: the first guest that cares sets it */
    vc->on = virt->cpu_on(vc, &missing);
    if (!vc->on)
        kprintf("virt: CPU %u runs no guests: %s\n", cpu->index, missing);
}

uint32_t virt_backend(void) { return virt ? virt->backend : ABI_VIRT_NONE; }

static const uint8_t ept_level[ABI_OBJ_COUNT] = { [ABI_OBJ_EPT_PT] = 1, [ABI_OBJ_EPT_PD] = 2, [ABI_OBJ_EPT_PDPT] = 3 };

struct cap virt_create_object(enum abi_object type, void *memory)
{
    struct cap c = { .rights = ABI_RIGHT_READ | ABI_RIGHT_WRITE, .object = (int64_t)(intptr_t)memory };
    if (type == ABI_OBJ_VCPU)
        return vcpu_create(memory);
    c.type = type == ABI_OBJ_EPT_PML4 ? CAP_EPT_ROOT : CAP_EPT_TABLE;
    c.size = type == ABI_OBJ_EPT_PML4 ? 4 : ept_level[type];
    return c;
}

/* A table is mapped in one place and its one capability knows where: no copies. A root without an ASID would
 * get a different one through each copy. */
enum abi_error virt_derive_cap(const struct cte *slot, const struct cap *in, struct cap *out)
{
    (void)slot;
    *out = *in;
    if (in->type == CAP_EPT_TABLE || (in->type == CAP_EPT_ROOT && !in->table.mapped))
        return ABI_ILLEGAL_OPERATION;
    return ABI_NO_ERROR;
}

struct cap virt_finalise_cap(struct cap c, bool final)
{
    if (final && c.type == CAP_VCPU)
        return vcpu_finalise(cap_object(&c));
    if (final && c.type == CAP_EPT_TABLE)
        ept_finalise_table(&c);
    if (c.type == CAP_EPT_ROOT)
        ept_finalise_root(&c, final);
    return (struct cap){ .type = CAP_NULL };
}

enum abi_error virt_invoke(struct invocation *inv)
{
    switch (inv->cap.type) {
    case CAP_VCPU:      return vcpu_invoke(inv);
    case CAP_EPT_TABLE: return ept_table_invoke(inv);
    default:            return inv_fail(inv, ABI_ILLEGAL_OPERATION);   /* a root has no invocations of its own */
    }
}

/* A tag is never given twice before all of them are flushed, so "flush" is the same as "a new tag". */
enum tag_change tlb_tag_new(struct vcpu *v, struct virt_cpu *vc, unsigned cpu)
{
    enum tag_change change = TAG_NEW;
    if (vc->next_tag >= virt->tlb_tags) {
        vc->next_tag = 1;
        vc->tag_generation++;
        change = TAG_ALL_NEW;
    }
    v->tag = vc->next_tag++;
    v->tag_cpu = cpu;
    v->tag_generation = vc->tag_generation;
    v->flush = false;
    return change;
}

/* ---- control blocks and CPUs ---- */

static void detach_here(uint64_t vcpu, uint64_t unused)
{
    (void)unused;
    struct virt_cpu *vc = virt_cpu_of(this_cpu()->index);
    if (virt->detach)
        virt->detach((struct vcpu *)vcpu, vc);
    if (vc->last == (struct vcpu *)vcpu)
        vc->last = NULL;
}

void virt_detach(struct vcpu *v)
{
    if (v->attached)
        remote_call(BIT(v->attached - 1), detach_here, (uint64_t)v, 0);
    v->attached = 0;
}

void virt_attach(struct vcpu *v)
{
    struct cpu *cpu = this_cpu();
    struct virt_cpu *vc = virt_cpu_of(cpu->index);
    if (v->attached != cpu->index + 1)
        virt_detach(v);
    v->attached = cpu->index + 1;
    vc->last = v;
    virt->attach(v, vc);
}

void virt_guest_switch(struct vcpu *v, struct virt_cpu *vc)
{
    if (vc->history != v && mitigations.ibpb)
        wrmsr(MSR_PRED_CMD, 1);
    vc->history = v;
}

/* ---- for backends ---- */

#define NOINLINE __attribute__((noinline))       /* keeps the backends' short ways short */

const uint32_t virt_msr_pass[VIRT_MSR_PASS] = {
    0x174, 0x175, 0x176,                 /* SYSENTER_CS, _ESP, _EIP */
    MSR_STAR, MSR_LSTAR, MSR_CSTAR, MSR_SFMASK, MSR_FS_BASE, MSR_GS_BASE, MSR_KERNEL_GS_BASE,
};

bool virt_refuse(struct vm_state *s, uint64_t reason)
{
    s->exit.kind = VM_EXIT_ENTRY_FAILED;
    s->exit.insn_len = 0;
    s->exit.entry.reason = reason;
    s->valid = VM_GROUP_GPR | VM_GROUP_RIP;
    return false;
}

bool virt_event_ok(struct vm_event e)
{
    switch (e.type) {
    case VM_EVENT_EXTINT: case VM_EVENT_NMI: case VM_EVENT_SOFT_INT: return true;
    case VM_EVENT_EXCEPTION: return e.vector < 32 && e.vector != EXCP_NMI;   /* [1] 15.20, [2] vol. 3, 26.2.1.3 */
    default: return false;
    }
}

bool virt_xcr0_ok(uint64_t x)                /* [2] vol. 1, 13.3: what may be combined */
{
    uint64_t avx512 = x & 0xe0, mpx = x & 0x18;
    return fpu_xcr0 == 0 || (!(x & ~fpu_xcr0) && x & 1 && (!(x & 4) || x & 2)
        && (!avx512 || (avx512 == 0xe0 && x & 4)) && (!mpx || mpx == 0x18));
}

bool virt_pat_ok(uint64_t pat)               /* [1] 7.8.1: 2, 3 and above 7 are reserved */
{
    for (; pat; pat >>= 8)
        if ((pat & 0xff) > 7 || (pat & 0xff) == 2 || (pat & 0xff) == 3)
            return false;
    return true;
}

void virt_load_ctl(struct vcpu *v, struct vm_state *s)
{
    uint32_t flags = READ_ONCE(s->ctl.flags);
    v->ctl = flags & ~(uint32_t)VM_CTL_RESET_FPU;
    v->exceptions = READ_ONCE(s->ctl.exceptions);
    if (flags & VM_CTL_RESET_FPU) {
        fpu_release(&v->fpu);
        fpu_state_reset(&v->fpu);
        s->ctl.flags = v->ctl;
    }
}

void virt_dr_load(const struct vcpu *v)
{
    __asm__ volatile("mov %0, %%dr0; mov %1, %%dr1; mov %2, %%dr2; mov %3, %%dr3"
                     :: "r"(v->dr[0]), "r"(v->dr[1]), "r"(v->dr[2]), "r"(v->dr[3]));
}

void virt_dr_save(struct vcpu *v)
{
    __asm__ volatile("mov %%dr0, %0; mov %%dr1, %1; mov %%dr2, %2; mov %%dr3, %3"
                     : "=r"(v->dr[0]), "=r"(v->dr[1]), "=r"(v->dr[2]), "=r"(v->dr[3]));
}

/* Those the monitor did not ask for are only looked at so that their delivery cannot loop inside the CPU. */
enum virt_leave virt_exception(struct vcpu *v, struct vm_event e, struct vm_event *event)
{
    if (e.vector == EXCP_MC) {               /* the machine's trouble, not the guest's */
        __asm__ volatile("int $18");
        return VIRT_AGAIN;
    }
    if (v->exceptions >> e.vector & 1 || event->valid)
        return VIRT_MONITOR;
    *event = e;
    return VIRT_AGAIN;
}

NOINLINE bool virt_load_groups(struct vcpu *v, struct vm_state *s, uint32_t groups, const struct group_row *row,
                               unsigned rows)
{
    for (unsigned i = 0; i < rows; i++)
        if (groups & row[i].group && !row[i].load(v, s))
            return virt_refuse(s, row[i].group);
    return true;
}

NOINLINE void virt_save_groups(struct vcpu *v, struct vm_state *s, uint32_t groups, const struct group_row *row,
                               unsigned rows)
{
    for (unsigned i = 0; i < rows; i++)
        if (groups & row[i].group && row[i].save)
            row[i].save(v, s);
}
