// SPDX-License-Identifier: BSD-2-Clause
// SVM backend: finds the CPU's features, switches SVM on, builds a VMCB and enters guests.
// svm_state.c moves state between page and VMCB, svm_exit.c makes neutral exits of #VMEXIT, svm_entry.S is the world
// switch. Facts: [1] AMD APM vol. 2 (24593), chapter 15 and appendix B; [2] vol. 3, appendix E (CPUID).

#include <platform.h>
#include "svm.h"

#define MSR_VM_CR 0xc0010114             /* [1] 15.30.1 */
#define MSR_VM_HSAVE_PA 0xc0010117       /* [1] 15.30.4 */
#define VM_CR_SVMDIS BIT(4)

struct svm_features svm_features;

/* One pair of permission maps for all guests: every port exits, and every MSR but the few below. [1] 15.10.1, 15.11. */
static uint8_t io_map[3 * VIRT_PAGE] __attribute__((aligned(VIRT_PAGE)));
static uint8_t msr_map[2 * VIRT_PAGE] __attribute__((aligned(VIRT_PAGE)));

static void fill_maps(void)
{
    __builtin_memset(io_map, 0xff, sizeof(io_map));
    __builtin_memset(msr_map, 0xff, sizeof(msr_map));
    for (unsigned i = 0; i < VIRT_MSR_PASS; i++) {
        uint32_t msr = virt_msr_pass[i]; /* 2 bits an MSR; 2 KiB each for 0.., c0000000.., c0010000.. */
        unsigned bit = (msr >= 0xc0000000 ? 2048 * 8 : 0) + (msr & 0x1fff) * 2;
        msr_map[bit / 8] &= (uint8_t)~(3u << bit % 8);
    }
}

/* ---- is it there? ---- */

static const struct feature needed[] = {
    { "SVM (AMD-V)",          0x80000001, ECX, 2, NULL },
    { "nested paging (NPT)",  0x8000000a, EDX, 0, NULL },
    { "no-execute pages",     0x80000001, EDX, 20, NULL },
};

static const struct feature wanted[] = {
    { "NRIP",           0x8000000a, EDX, 3, &svm_features.nrip },
    { "clean bits",     0x8000000a, EDX, 5, &svm_features.clean_bits },
    { "decode assists", 0x8000000a, EDX, 7, &svm_features.decode_assists },
    { "RDTSCP",         0x80000001, EDX, 27, &svm_features.rdtscp },
};

/* EFER: SCE LME LMA NX, and FFXSR where it exists. SVME is always on below and never the guest's. */
static uint64_t guest_efer_mask(void)
{
    const struct feature ffxsr = { "FFXSR", 0x80000001, EDX, 25, NULL };
    return 0xd01 | (feature_bit(&ffxsr) ? BIT(14) : 0);
}

/* Is this "CPU" QEMU's emulation? It says so in the hypervisor leaves. */
static bool emulated_by_tcg(void)
{
    struct cpuid c = cpuid(0x40000000, 0);
    return cpuid(1, 0).ecx >> 31 && c.ebx == 0x54474354 && c.ecx == 0x43544743 && c.edx == 0x47435447;
}

static bool svm_present(const char **missing)
{
    for (unsigned i = 0; i < ARRAY_SIZE(needed); i++) {
        if (!feature_bit(&needed[i])) {
            if (i > 0)                   /* without SVM it may be the other vendor's CPU */
                *missing = needed[i].name;
            return false;
        }
    }
    svm_ops.tlb_tags = cpuid(0x8000000a, 0).ebx;
    if (svm_ops.tlb_tags < 2) {
        *missing = "SVM ASIDs";
        return false;
    }
    if (rdmsr(MSR_VM_CR) & VM_CR_SVMDIS) {
        *missing = "SVM (switched off by the firmware)";
        return false;
    }
    for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++)
        *wanted[i].out = feature_bit(&wanted[i]);
    svm_features.keep_breakpoints_off = emulated_by_tcg();
    svm_features.efer_mask = guest_efer_mask();
    svm_ops.max_leaf_level = cpu_has_gib_pages ? 3 : 2;
    fill_maps();
    return true;
}

static bool svm_cpu_on(struct virt_cpu *vc, const char **missing)
{
    if (rdmsr(MSR_VM_CR) & VM_CR_SVMDIS) {
        *missing = "SVM is switched off by the firmware";
        return false;
    }
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
    wrmsr(MSR_VM_HSAVE_PA, kernel_paddr(vc->page[0]));
    return true;
}

/* ---- VMCB ---- */

/* Also after VMEXIT_INVALID, which leaves host state in the save area (on QEMU and Bochs). */
void svm_vmcb_reset(struct vcpu *v)
{
    struct vmcb *b = vmcb_of(v);
    uint64_t root = b->c.n_cr3;
    __builtin_memset(b, 0, sizeof(*b));
    b->c.misc1 = SVM_MISC1_INTR | SVM_MISC1_NMI | SVM_MISC1_SMI | SVM_MISC1_INIT | SVM_MISC1_RDPMC
        | SVM_MISC1_CPUID | SVM_MISC1_RSM | SVM_MISC1_INVD | SVM_MISC1_HLT | SVM_MISC1_INVLPGA | SVM_MISC1_IOIO
        | SVM_MISC1_MSR | SVM_MISC1_TASK_SWITCH | SVM_MISC1_FERR | (uint32_t)SVM_MISC1_SHUTDOWN;
    b->c.misc2 = SVM_MISC2_SVM_INSNS | SVM_MISC2_WBINVD | SVM_MISC2_MONITOR | SVM_MISC2_MWAIT
        | SVM_MISC2_XSETBV | SVM_MISC2_RDPRU;
    b->c.misc3 = SVM_MISC3_ALWAYS;
    b->c.cr_read = b->c.cr_write = 1 << 8;   /* the task priority is the monitor's; QEMU aborts at CR8 writes */
    b->c.iopm = kernel_paddr(io_map);
    b->c.msrpm = kernel_paddr(msr_map);
    b->c.int_ctl = SVM_V_INTR_MASKING;
    b->c.np_enable = 1;
    b->c.n_cr3 = root;
    b->s.efer = EFER_SVME;
    b->s.g_pat = 0x0007040600070406;         /* [1] 7.8.2: value after reset */
    b->s.dr6 = 0xffff0ff0;
    b->s.dr7 = v->dr7 = DR7_NOTHING;
    b->s.rflags = FLAG_FIXED;
    v->clean = 0;
    v->nmi_masked = v->event_injected = v->soft_injected = v->dr_live = false;
    svm_update_intercepts(v);
}

static void svm_vcpu_init(struct vcpu *v) { svm_vmcb_reset(v); }

static void svm_set_root(struct vcpu *v, uint64_t root_paddr)
{
    vmcb_of(v)->c.n_cr3 = root_paddr;
    v->clean &= ~(uint32_t)CLEAN_NP;
}

/* ---- entry ---- */

static void svm_attach(struct vcpu *v, struct virt_cpu *vc)
{
    (void)vc;
    v->clean = 0;
}

static void dr_switch(struct vcpu *v, const struct vmcb *b)
{
    if (!v->dr_live && b->s.dr7 & 0xff) {    /* a breakpoint is on: dr[] must be in the registers */
        v->dr_live = true;
        svm_update_intercepts(v);
    }
    if (v->dr_live)
        virt_dr_load(v);
}

/* After the run the registers are saved and accesses exit again, so nothing is left behind on this CPU. */
static void dr_leave(struct vcpu *v)
{
    virt_dr_save(v);
    v->dr_live = false;
    svm_update_intercepts(v);
}

static enum virt_leave svm_enter(struct vcpu *v, struct vm_state *s, struct virt_cpu *vc)
{
    struct vmcb *b = vmcb_of(v);
    uint32_t tag = v->tag;
    unsigned cpu = this_cpu()->index;

    if (unlikely(v->ctl & VM_CTL_NMI_WINDOW && !v->nmi_masked && !v->event_injected))
        return svm_nmi_window(v, s);
    b->c.tlb_control = tlb_tag_refresh(v, vc, cpu) == TAG_ALL_NEW ? SVM_TLB_ALL : SVM_TLB_NOTHING;
    if (v->tag != tag)
        v->clean &= ~(uint32_t)CLEAN_ASID;
    b->c.asid = v->tag;
    b->c.clean = svm_features.clean_bits ? v->clean : 0;
    if (unlikely(svm_features.rdtscp && vc->tsc_aux != v->tsc_aux)) {
        wrmsr(MSR_TSC_AUX, v->tsc_aux);
        vc->tsc_aux = v->tsc_aux;
    }
    if (unlikely(v->dr_live || b->s.dr7 & 0xff))
        dr_switch(v, b);
    b->s.rax = s->gpr[VM_RAX];
    b->s.rsp = s->gpr[VM_RSP];

    apic_remind();
    svm_run(s->gpr, paddr_of_ptr(b), kernel_paddr(vc->page[1]), mitigations.on);

    if (likely((uint32_t)b->c.exit_code != SVM_EXIT_INVALID_LOW)) {  /* else these may be the host's */
        s->gpr[VM_RAX] = b->s.rax;
        s->gpr[VM_RSP] = b->s.rsp;
    }
    v->clean = CLEAN_ALL;
    if (unlikely(v->dr_live))
        dr_leave(v);
    return svm_exit(v, s);
}

/* ---- nested page tables: the host's own format, accessed as user ([1] 15.25.5) ---- */

static const uint8_t map_attr[8] = {
    [ABI_EPT_UC] = ABI_ATTR_CACHE_DISABLED, [ABI_EPT_WC] = ABI_ATTR_WRITE_COMBINING,
    [ABI_EPT_WT] = ABI_ATTR_WRITE_THROUGH, [ABI_EPT_WB] = ABI_ATTR_DEFAULT,
};

static bool svm_type_ok(unsigned type)
{
    return type == ABI_EPT_WB || map_attr[type];
}

static uint64_t svm_leaf(uint64_t paddr, unsigned level, unsigned rights, unsigned type)
{
    word_t attr = map_attr[type] | (rights & EPT_EXECUTE ? 0 : ABI_ATTR_EXECUTE_NEVER);
    word_t access = ABI_RIGHT_READ | (rights & EPT_WRITE ? ABI_RIGHT_WRITE : 0);
    return pte_of_frame(paddr, 12 + 9 * (level - 1), access, attr);
}

static uint64_t svm_table(uint64_t paddr) { return paddr | PTE_P | PTE_W | PTE_U; }

struct virt_ops svm_ops = {
    .name = "AMD SVM with nested paging",
    .backend = ABI_VIRT_SVM,
    .present = svm_present,
    .cpu_on = svm_cpu_on,
    .vcpu_init = svm_vcpu_init,
    .attach = svm_attach,
    .set_root = svm_set_root,
    .load = svm_load,
    .save = svm_save,
    .enter = svm_enter,
    .max_gpa_bits = 48,
    .type_ok = svm_type_ok,
    .leaf = svm_leaf,
    .table = svm_table,
};
