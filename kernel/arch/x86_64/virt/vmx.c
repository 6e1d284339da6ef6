// SPDX-License-Identifier: BSD-2-Clause
// VMX backend: checks the CPU's capabilities one by one, switches VMX on, builds a VMCS and enters guests.
// vmx_state.c moves state between page and VMCS, vmx_exit.c makes neutral exits of VM exits, vmx_entry.S switches
// worlds. Facts: [1] Intel SDM vol. 3, 23.6-23.8 (support, VMXON), 24 (VMCS), 26.2 (what entry checks), 28.2-28.4
// (EPT, VPID, invalidation), A (capability MSRs).

#include "vmx.h"

#define MSR_FEATURE_CONTROL 0x3a         /* [1] 23.7 */
#define FEATURE_LOCKED BIT(0)
#define FEATURE_VMX BIT(2)
enum { CAP_BASIC = 0x480, CAP_MISC = 0x485, CAP_CR0_FIXED0, CAP_CR0_FIXED1, CAP_CR4_FIXED0, CAP_CR4_FIXED1,
       CAP_EPT_VPID = 0x48c };
#define BASIC_TRUE_CONTROLS BIT(55)

struct vmx_features vmx_features;
static uint32_t revision;
static uint8_t msr_map[VIRT_PAGE] __attribute__((aligned(VIRT_PAGE)));

/* ---- controls: [1] 24.6 to 24.8 ---- */

enum { PIN, PROC1, EXIT, ENTRY, PROC2, CONTROL_FIELDS };     /* in the order of their capability MSRs */
static const struct { uint32_t msr, true_msr, vmcs; } field[CONTROL_FIELDS] = {
    [PIN] = { 0x481, 0x48d, PIN_CONTROLS }, [PROC1] = { 0x482, 0x48e, PROC1_CONTROLS },
    [EXIT] = { 0x483, 0x48f, EXIT_CONTROLS }, [ENTRY] = { 0x484, 0x490, ENTRY_CONTROLS },
    [PROC2] = { 0x48b, 0x48b, PROC2_CONTROLS },
};
static uint32_t control_value[CONTROL_FIELDS];

/* ON: set for every guest. CAN: must be possible, a guest's life decides. MAY: set if the CPU has it. */
enum need { ON, CAN, MAY };
static const struct { uint8_t field, bit, need; const char *name; } controls[] = {
    { PIN, 0, ON, "external-interrupt exiting" }, { PIN, 3, ON, "NMI exiting" }, { PIN, 5, ON, "virtual NMIs" },
    { PIN, 6, ON, "VMX-preemption timer" },
    { PROC1, 2, CAN, "interrupt-window exiting" }, { PROC1, 3, ON, "TSC offsetting" },
    { PROC1, 7, ON, "HLT exiting" }, { PROC1, 10, ON, "MWAIT exiting" },
    { PROC1, 11, ON, "RDPMC exiting" }, { PROC1, 12, CAN, "RDTSC exiting" },
    { PROC1, 19, ON, "CR8-load exiting" }, { PROC1, 20, ON, "CR8-store exiting" },
    { PROC1, 22, CAN, "NMI-window exiting" }, { PROC1, 23, ON, "MOV-DR exiting" },
    { PROC1, 24, ON, "unconditional I/O exiting" }, { PROC1, 28, ON, "MSR bitmaps" },
    { PROC1, 29, ON, "MONITOR exiting" }, { PROC1, 30, CAN, "PAUSE exiting" },
    { PROC1, 31, ON, "secondary controls" }, { PROC2, 1, ON, "EPT" }, { PROC2, 3, MAY, "RDTSCP" },
    { PROC2, 5, ON, "VPID" }, { PROC2, 6, ON, "WBINVD exiting" }, { PROC2, 7, ON, "unrestricted guest" },
    { PROC2, 12, MAY, "INVPCID" }, { PROC2, 15, MAY, "ENCLS exiting" },
    { EXIT, 2, ON, "save debug controls" }, { EXIT, 9, ON, "64-bit host" }, { EXIT, 18, ON, "save IA32_PAT" },
    { EXIT, 19, ON, "load IA32_PAT at exit" }, { EXIT, 20, ON, "save IA32_EFER" },
    { EXIT, 21, ON, "load IA32_EFER at exit" },
    { ENTRY, 2, ON, "load debug controls" }, { ENTRY, 9, CAN, "IA-32e mode guest" },
    { ENTRY, 14, ON, "load IA32_PAT at entry" }, { ENTRY, 15, ON, "load IA32_EFER at entry" },
};

static bool has_control(unsigned f, unsigned bit) { return control_value[f] >> bit & 1; }

/* [1] A.2: the low half of a capability MSR are bits that must be 1, the high half those that may be. PROC2's MSR is
 * there only if PROC1 has its bit 31, which stands before PROC2 in the table. */
static const char *choose_controls(uint64_t basic)
{
    uint64_t allowed[CONTROL_FIELDS];
    for (unsigned f = PIN; f < PROC2; f++)
        allowed[f] = rdmsr(basic & BASIC_TRUE_CONTROLS ? field[f].true_msr : field[f].msr);
    allowed[PROC2] = allowed[PROC1] >> 63 ? rdmsr(field[PROC2].msr) : 0;
    for (unsigned f = 0; f < CONTROL_FIELDS; f++)
        control_value[f] = (uint32_t)allowed[f];
    for (unsigned i = 0; i < ARRAY_SIZE(controls); i++) {
        bool possible = allowed[controls[i].field] >> (32 + controls[i].bit) & 1;
        if (!possible && controls[i].need != MAY)
            return controls[i].name;
        if (possible && controls[i].need != CAN)
            control_value[controls[i].field] |= 1u << controls[i].bit;
    }
    return NULL;
}

/* ---- is it there? ---- */

static const struct { uint8_t bit; const char *name; } ept_vpid_needed[] = {     /* [1] A.10 */
    { 6, "EPT with 4 levels" }, { 14, "EPT in write-back memory" }, { 16, "EPT 2 MiB pages" }, { 20, "INVEPT" },
    { 25, "INVEPT of one context" }, { 32, "INVVPID" }, { 42, "INVVPID of all contexts" },
};

static const char *what_is_missing(void)
{
    uint64_t basic = rdmsr(CAP_BASIC), control = rdmsr(MSR_FEATURE_CONTROL);
    if (control & FEATURE_LOCKED && !(control & FEATURE_VMX))
        return "VT-x (switched off by the firmware)";
    if ((basic >> 32 & 0x1fff) > VIRT_PAGE || (basic >> 50 & 15) != ABI_EPT_WB)
        return "a VMCS of one page in write-back memory";
    const char *missing = choose_controls(basic);
    if (missing)
        return missing;
    uint64_t ept = rdmsr(CAP_EPT_VPID);
    for (unsigned i = 0; i < ARRAY_SIZE(ept_vpid_needed); i++)
        if (!(ept >> ept_vpid_needed[i].bit & 1))
            return ept_vpid_needed[i].name;
    vmx_ops.max_leaf_level = ept >> 17 & 1 ? 3 : 2;
    revision = (uint32_t)basic & 0x7fffffff;
    return NULL;
}

static void fill_msr_map(void)               /* [1] 24.6.9: reads of 0.. and c0000000.., then writes, 1 KiB each */
{
    __builtin_memset(msr_map, 0xff, sizeof(msr_map));
    for (unsigned i = 0; i < VIRT_MSR_PASS; i++) {
        uint32_t msr = virt_msr_pass[i], byte = (msr >= 0xc0000000 ? 1024 : 0) + (msr & 0x1fff) / 8;
        msr_map[byte] &= (uint8_t)~(1u << msr % 8);
        msr_map[byte + 2048] &= (uint8_t)~(1u << msr % 8);
    }
}

static bool vmx_present(const char **missing)
{
    static const struct feature vmx = { "VT-x", 1, ECX, 5, NULL };
    if (!feature_bit(&vmx))
        return false;
    const char *m = what_is_missing();
    if (m) {
        *missing = m;
        return false;
    }
    vmx_features = (struct vmx_features){
        .cr0_fixed0 = rdmsr(CAP_CR0_FIXED0) & ~(CR0_PE | CR0_PG), .cr0_fixed1 = rdmsr(CAP_CR0_FIXED1),
        .cr4_fixed0 = rdmsr(CAP_CR4_FIXED0), .cr4_fixed1 = rdmsr(CAP_CR4_FIXED1),
        .rdtscp = has_control(PROC2, 3), .timer_shift = rdmsr(CAP_MISC) & 31,
    };
    fill_msr_map();
    return true;
}

static bool vmxon(uint64_t region)
{
    bool failed;
    __asm__ volatile("vmxon %1" : "=@ccbe"(failed) : "m"(region) : "memory");
    return !failed;
}

static void vmclear(struct vcpu *v)
{
    uint64_t region = paddr_of_ptr(vcpu_page(v, 1));
    __asm__ volatile("vmclear %0" :: "m"(region) : "cc", "memory");
}

static void vmptrld(struct vcpu *v)
{
    uint64_t region = paddr_of_ptr(vcpu_page(v, 1));
    __asm__ volatile("vmptrld %0" :: "m"(region) : "cc", "memory");
}

static bool vmx_cpu_on(struct virt_cpu *vc, const char **missing)
{
    uint64_t control = rdmsr(MSR_FEATURE_CONTROL);
    if (!(control & FEATURE_LOCKED))
        wrmsr(MSR_FEATURE_CONTROL, control | FEATURE_LOCKED | FEATURE_VMX);
    else if (!(control & FEATURE_VMX)) {
        *missing = "VT-x is switched off by the firmware";
        return false;
    }
    write_cr0(read_cr0() | rdmsr(CAP_CR0_FIXED0));
    write_cr4(read_cr4() | rdmsr(CAP_CR4_FIXED0));
    *(uint32_t *)(void *)vc->page[0] = revision;
    if (!vmxon(kernel_paddr(vc->page[0]))) {
        *missing = "VMXON fails";
        return false;
    }
    return true;
}

/* ---- VMCS ---- */

static void vmx_vcpu_init(struct vcpu *v)
{
    struct vmx *x = vmx_of(v);
    static const uint32_t list[LIST_LENGTH] = {
        [LIST_STAR] = MSR_STAR, [LIST_LSTAR] = MSR_LSTAR, [LIST_CSTAR] = MSR_CSTAR, [LIST_SFMASK] = MSR_SFMASK,
        [LIST_KERNEL_GS] = MSR_KERNEL_GS_BASE,
    };
    for (unsigned i = 0; i < LIST_LENGTH; i++) {
        x->guest[i].index = x->host[i].index = list[i];
        x->host[i].value = i == LIST_KERNEL_GS ? 0 : rdmsr(list[i]);
    }
    *(uint32_t *)vcpu_page(v, 1) = revision;
    v->dr7 = DR7_NOTHING;
    v->dr6 = 0xffff0ff0;
}

/* What never changes in a VMCS of ours, and what is zero at first; the rest comes with the first load. */
static void fill_vmcs(struct vcpu *v)
{
    struct vmx *x = vmx_of(v);
    static const uint16_t zero[] = {
        HOST_ES, HOST_DS, HOST_FS, HOST_GS, HOST_FS_BASE, HOST_CR3, HOST_SYSENTER_CS, HOST_SYSENTER_ESP,
        HOST_SYSENTER_EIP, FAULT_CODE_MASK, FAULT_CODE_MATCH, CR3_TARGETS, ENTRY_EVENT, TIMER_VALUE,
        GUEST_DEBUGCTL, GUEST_SHADOW, GUEST_ACTIVITY, GUEST_SMBASE, GUEST_PENDING_DEBUG, GUEST_RIP, GUEST_RSP,
        GUEST_RFLAGS, GUEST_CR0, GUEST_CR3, GUEST_CR4, GUEST_EFER, GUEST_PDPTE, GUEST_PDPTE + 2,
        GUEST_PDPTE + 4, GUEST_PDPTE + 6,
    };
    const struct { uint32_t field; uint64_t value; } constant[] = {
        { HOST_CS, SEL_KERNEL_CODE }, { HOST_SS, SEL_KERNEL_DATA }, { HOST_TR, SEL_TSS },
        { HOST_CR4, read_cr4() }, { HOST_EFER, rdmsr(MSR_EFER) }, { HOST_PAT, rdmsr(MSR_PAT) },
        { HOST_RIP, (uint64_t)vmx_exit_point },
        { MSR_BITMAP, kernel_paddr(msr_map) }, { LINK_POINTER, ~0ull },
        { ENTRY_LOAD_ADDR, paddr_of_ptr(x->guest) }, { ENTRY_LOAD_COUNT, LIST_LENGTH },
        { EXIT_STORE_ADDR, paddr_of_ptr(x->guest) }, { EXIT_STORE_COUNT, LIST_LENGTH },
        { EXIT_LOAD_ADDR, paddr_of_ptr(x->host) }, { EXIT_LOAD_COUNT, LIST_LENGTH },
        { CR0_MASK, CR0_OWNED }, { CR4_MASK, CR4_OWNED },
    };
    for (unsigned i = 0; i < ARRAY_SIZE(zero); i++)
        vmwrite(zero[i], 0);
    for (unsigned i = 0; i < ARRAY_SIZE(constant); i++)
        vmwrite(constant[i].field, constant[i].value);
    for (unsigned f = 0; f < CONTROL_FIELDS; f++)
        vmwrite(field[f].vmcs, control_value[f]);
    if (has_control(PROC2, 15))
        vmwrite(ENCLS_BITMAP, ~0ull);
    x->proc1 = control_value[PROC1];
    x->entry = control_value[ENTRY];
    x->host_ts = true;
    vmwrite(HOST_CR0, read_cr0() | CR0_TS);
    x->filled = true;
}

static void vmx_detach(struct vcpu *v, struct virt_cpu *vc)
{
    (void)vc;
    vmclear(v);                              /* the CPU's copy back to memory; the VMCS can go anywhere or be freed */
    vmx_of(v)->launched = false;
}

static void vmx_attach(struct vcpu *v, struct virt_cpu *vc)
{
    struct cpu *cpu = this_cpu();
    struct vmx *x = vmx_of(v);
    struct { uint16_t limit; uint64_t base; } __attribute__((packed)) idtr;
    (void)vc;
    if (!x->filled)
        vmclear(v);
    vmptrld(v);
    if (!x->filled)
        fill_vmcs(v);
    __asm__("sidt %0" : "=m"(idtr));
    vmwrite(HOST_GS_BASE, (uint64_t)cpu);
    vmwrite(HOST_TR_BASE, (uint64_t)&cpu->arch.tss);
    vmwrite(HOST_GDTR_BASE, (uint64_t)cpu->arch.gdt);
    vmwrite(HOST_IDTR_BASE, idtr.base);
}

static void vmx_set_root(struct vcpu *v, uint64_t root_paddr)
{
    vmx_of(v)->ept_pointer = root_paddr | 3 << 3 | ABI_EPT_WB;   /* [1] 24.6.11: 4 levels */
}

/* ---- entry ---- */

/* A new VPID leaves linear and combined translations of the old one behind. Guest-physical ones are tagged by the
 * EPT root alone, so they are dropped here: [1] 28.3.3.3. */
static void tell_tag(struct vcpu *v, struct vmx *x, bool all)
{
    struct { uint64_t tag, address; } what = { x->ept_pointer, 0 };
    vmwrite(VPID, v->tag);
    vmwrite(EPT_POINTER, x->ept_pointer);
    __asm__ volatile("invept %0, %1" :: "m"(what), "r"(1ull) : "cc", "memory");
    what.tag = 0;
    if (all)
        __asm__ volatile("invvpid %0, %1" :: "m"(what), "r"(2ull) : "cc", "memory");
}

/* The thread's address space, bases and CR0.TS come back with the exit. */
static inline void tell_host(struct cpu *cpu, struct vmx *x)
{
    uint64_t fs = cpu_has_fsgsbase ? rdfsbase() : rdmsr(MSR_FS_BASE);
    x->host[LIST_KERNEL_GS].value = cpu_has_fsgsbase ? rd_user_gsbase() : rdmsr(MSR_KERNEL_GS_BASE);
    if (unlikely(x->host_fs != fs))
        vmwrite(HOST_FS_BASE, x->host_fs = fs);
    if (unlikely(x->host_cr3 != cpu->arch.cr3))
        vmwrite(HOST_CR3, x->host_cr3 = cpu->arch.cr3);
    if (unlikely(x->host_ts != cpu->arch.fpu_off)) {
        x->host_ts = cpu->arch.fpu_off;
        vmwrite(HOST_CR0, read_cr0());
    }
}

/* The preemption timer ends the run at the deadline (at once, if that is over), and after a millisecond in any case:
 * Bochs 2.7 holds back an interrupt of the host while a guest runs that was entered with IF = 0. */
static inline void set_timer(const struct vcpu *v, struct vmx *x)
{
    uint64_t ticks = tsc_hz / 1000, deadline = v->tcb->vm_deadline;
    if (deadline) {
        uint64_t now = arch_now();
        ticks = deadline > now ? MIN(ticks, deadline - now) : 0;
    }
    uint32_t value = (uint32_t)((ticks + MASK(vmx_features.timer_shift)) >> vmx_features.timer_shift);
    if (x->timer != value)
        vmwrite(TIMER_VALUE, x->timer = value);
}

static void dr_enter(struct vcpu *v)
{
    if (!v->dr_live) {                       /* a breakpoint is on: dr[] must be in the registers */
        v->dr_live = true;
        vmx_update_controls(v);
    }
    virt_dr_load(v);
    __asm__ volatile("mov %0, %%dr6" :: "r"(v->dr6));
}

/* After the run the registers are saved and accesses exit again, so nothing is left behind on this CPU. */
static void dr_leave(struct vcpu *v)
{
    virt_dr_save(v);
    __asm__ volatile("mov %%dr6, %0" : "=r"(v->dr6));
    v->dr7 = vmread(GUEST_DR7);
    v->dr_live = false;
    vmx_update_controls(v);
}

/* An exit leaves the GDT's limit at 64 KiB ([1] 27.5.2). The IDT has all 256 entries, so its limit may stay. */
static inline void reload_gdt(struct cpu *cpu)
{
    struct { uint16_t limit; uint64_t base; } __attribute__((packed)) gdtr = { sizeof(cpu->arch.gdt) - 1,
                                                                                 (uint64_t)cpu->arch.gdt };
    __asm__ volatile("lgdt %0" :: "m"(gdtr));
}

static enum virt_leave vmx_enter(struct vcpu *v, struct vm_state *s, struct virt_cpu *vc)
{
    struct vmx *x = vmx_of(v);
    struct cpu *cpu = this_cpu();
    enum tag_change change = tlb_tag_refresh(v, vc, cpu->index);
    if (unlikely(change != TAG_KEPT))
        tell_tag(v, x, change == TAG_ALL_NEW);
    set_timer(v, x);
    tell_host(cpu, x);
    if (unlikely(vmx_features.rdtscp && vc->tsc_aux != v->tsc_aux)) {
        wrmsr(MSR_TSC_AUX, v->tsc_aux);
        vc->tsc_aux = v->tsc_aux;
    }
    if (unlikely(v->dr_live || v->dr7 & 0xff))
        dr_enter(v);
    if (unlikely(x->rsp != s->gpr[VM_RSP]))
        vmwrite(GUEST_RSP, x->rsp = s->gpr[VM_RSP]);
    if (unlikely(read_cr2() != x->cr2))
        write_cr2(x->cr2);
    if (mitigations.l1d_flush)
        wrmsr(MSR_FLUSH_CMD, 1);

    uint32_t failed = vmx_run(s->gpr, (x->launched ? 0 : RUN_LAUNCH) | (mitigations.verw ? RUN_VERW : 0)
                                          | (mitigations.on ? RUN_FILL_RSB : 0));
    if (unlikely(failed))
        return vmx_refused(v, s, failed);
    reload_gdt(cpu);
    x->cr2 = read_cr2();
    s->gpr[VM_RSP] = x->rsp = vmread(GUEST_RSP);
    if (unlikely(v->dr_live))
        dr_leave(v);
    return vmx_exit(v, s);
}

/* ---- nested page tables: [1] 28.2.2, tables 28-1 to 28-6 ---- */

static bool vmx_type_ok(unsigned type)
{
    return type == ABI_EPT_UC || type == ABI_EPT_WC || type == ABI_EPT_WT || type == ABI_EPT_WB;
}

static uint64_t vmx_leaf(uint64_t paddr, unsigned level, unsigned rights, unsigned type)
{
    return paddr | 1 | (rights & EPT_WRITE ? 2 : 0) | (rights & EPT_EXECUTE ? 4 : 0) | type << 3
        | (level > 1 ? 1 << 7 : 0);
}

static uint64_t vmx_table(uint64_t paddr) { return paddr | 7; }

struct virt_ops vmx_ops = {
    .name = "Intel VT-x with EPT",
    .backend = ABI_VIRT_VMX,
    .present = vmx_present,
    .cpu_on = vmx_cpu_on,
    .vcpu_init = vmx_vcpu_init,
    .attach = vmx_attach,
    .detach = vmx_detach,
    .set_root = vmx_set_root,
    .load = vmx_load,
    .save = vmx_save,
    .enter = vmx_enter,
    .max_gpa_bits = 48,
    .type_ok = vmx_type_ok,
    .leaf = vmx_leaf,
    .table = vmx_table,
    .tlb_tags = 1 << 16,
};
