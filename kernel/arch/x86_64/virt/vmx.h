// SPDX-License-Identifier: BSD-2-Clause
// Intel's virtual machine control structure, its instructions and exit reasons, for vmx*.c only.
// Facts: [1] Intel SDM vol. 3 (326019, chapters 23 to 31 in its edition of 2021), appendix A (capability MSRs),
// B (field encodings), C (exit reasons).
#ifndef VMX_H
#define VMX_H

#include "virt.h"

/* [1] appendix B. Segments: + 2 * enum vm_seg, whose order is the VMCS's. */
enum vmcs_field {
    VPID = 0x0000, GUEST_SELECTOR = 0x0800, HOST_ES = 0x0c00, HOST_CS = 0x0c02, HOST_SS = 0x0c04,
    HOST_DS = 0x0c06, HOST_FS = 0x0c08, HOST_GS = 0x0c0a, HOST_TR = 0x0c0c,
    MSR_BITMAP = 0x2004, EXIT_STORE_ADDR = 0x2006, EXIT_LOAD_ADDR = 0x2008, ENTRY_LOAD_ADDR = 0x200a,
    TSC_OFFSET = 0x2010, EPT_POINTER = 0x201a, ENCLS_BITMAP = 0x202e, GUEST_PHYSICAL = 0x2400,
    LINK_POINTER = 0x2800, GUEST_DEBUGCTL = 0x2802,
    GUEST_PAT = 0x2804, GUEST_EFER = 0x2806, GUEST_PDPTE = 0x280a, HOST_PAT = 0x2c00, HOST_EFER = 0x2c02,
    PIN_CONTROLS = 0x4000, PROC1_CONTROLS = 0x4002, EXCEPTION_BITMAP = 0x4004, FAULT_CODE_MASK = 0x4006,
    FAULT_CODE_MATCH = 0x4008, CR3_TARGETS = 0x400a, EXIT_CONTROLS = 0x400c,
    EXIT_STORE_COUNT = 0x400e, EXIT_LOAD_COUNT = 0x4010, ENTRY_CONTROLS = 0x4012, ENTRY_LOAD_COUNT = 0x4014,
    ENTRY_EVENT = 0x4016, ENTRY_EVENT_ERROR = 0x4018, ENTRY_INSN_LENGTH = 0x401a, PROC2_CONTROLS = 0x401e,
    INSN_ERROR = 0x4400, EXIT_REASON = 0x4402, EXIT_EVENT = 0x4404, EXIT_EVENT_ERROR = 0x4406, VECTORING = 0x4408,
    VECTORING_ERROR = 0x440a, EXIT_INSN_LENGTH = 0x440c,
    GUEST_LIMIT = 0x4800, GUEST_GDTR_LIMIT = 0x4810, GUEST_IDTR_LIMIT = 0x4812, GUEST_ACCESS = 0x4814,
    GUEST_SHADOW = 0x4824, GUEST_ACTIVITY = 0x4826, GUEST_SMBASE = 0x4828,
    GUEST_SYSENTER_CS = 0x482a, TIMER_VALUE = 0x482e,
    HOST_SYSENTER_CS = 0x4c00,
    CR0_MASK = 0x6000, CR4_MASK = 0x6002, CR0_SHADOW = 0x6004, CR4_SHADOW = 0x6006,
    QUALIFICATION = 0x6400, GUEST_LINEAR = 0x640a,
    GUEST_CR0 = 0x6800, GUEST_CR3 = 0x6802, GUEST_CR4 = 0x6804, GUEST_BASE = 0x6806, GUEST_GDTR_BASE = 0x6816,
    GUEST_IDTR_BASE = 0x6818, GUEST_DR7 = 0x681a, GUEST_RSP = 0x681c, GUEST_RIP = 0x681e, GUEST_RFLAGS = 0x6820,
    GUEST_PENDING_DEBUG = 0x6822, GUEST_SYSENTER_ESP = 0x6824, GUEST_SYSENTER_EIP = 0x6826,
    HOST_CR0 = 0x6c00, HOST_CR3 = 0x6c02, HOST_CR4 = 0x6c04, HOST_FS_BASE = 0x6c06, HOST_GS_BASE = 0x6c08,
    HOST_TR_BASE = 0x6c0a, HOST_GDTR_BASE = 0x6c0c, HOST_IDTR_BASE = 0x6c0e, HOST_SYSENTER_ESP = 0x6c10,
    HOST_SYSENTER_EIP = 0x6c12, HOST_RIP = 0x6c16,
};

static inline uint64_t vmread(uint32_t field)
{
    uint64_t v;
    __asm__ volatile("vmread %1, %0" : "=r"(v) : "r"((uint64_t)field) : "cc");
    return v;
}

static inline void vmwrite(uint32_t field, uint64_t v)
{
    __asm__ volatile("vmwrite %1, %0" :: "r"((uint64_t)field), "r"(v) : "cc");
}

/* Controls: [1] 24.6 to 24.8. vmx.c's table says which are fixed; these change while a guest lives. */
enum {
    PROC1_IRQ_WINDOW = BIT(2), PROC1_RDTSC = BIT(12), PROC1_NMI_WINDOW = BIT(22), PROC1_MOV_DR = BIT(23),
    PROC1_PAUSE = BIT(30), ENTRY_LONG_MODE = BIT(9),
};

/* [1] 24.4.2: interruptibility state; the low bits are those of the state page one further. */
enum { SHADOW_STI = BIT(0), SHADOW_MOV_SS = BIT(1), SHADOW_NMI = BIT(3) };
#define PENDING_DEBUG_STEP BIT(14)

/* [1] 24.8.3, 24.9.2, 24.9.3: events in, out and interrupted share one form, whose low 11 bits are the page's. */
enum { EVENT_NMI = 2, EVENT_SOFT_INT = 4, EVENT_INT1 = 5, EVENT_HAS_ERROR = BIT(11), EVENT_NMI_UNBLOCKED = BIT(12) };
#define EVENT_VALID BIT(31)

/* [1] appendix C. */
enum vmx_reason {
    VMX_EXCEPTION = 0, VMX_EXTERNAL_IRQ = 1, VMX_TRIPLE_FAULT = 2, VMX_INIT = 3, VMX_SIPI = 4, VMX_IRQ_WINDOW = 7,
    VMX_NMI_WINDOW = 8, VMX_TASK_SWITCH = 9, VMX_CPUID = 10, VMX_GETSEC = 11, VMX_HLT = 12, VMX_INVD = 13,
    VMX_RDPMC = 15, VMX_RDTSC = 16, VMX_RSM = 17, VMX_VMCALL = 18, VMX_VMCLEAR = 19, VMX_VMXON = 27, VMX_CR = 28,
    VMX_DR = 29, VMX_IO = 30, VMX_RDMSR = 31, VMX_WRMSR = 32, VMX_MWAIT = 36, VMX_MONITOR = 39, VMX_PAUSE = 40,
    VMX_ENTRY_MACHINE_CHECK = 41, VMX_EPT_VIOLATION = 48, VMX_INVEPT = 50, VMX_RDTSCP = 51, VMX_TIMER = 52,
    VMX_INVVPID = 53, VMX_WBINVD = 54, VMX_XSETBV = 55, VMX_VMFUNC = 59, VMX_ENCLS = 60, VMX_REASONS = 64,
    VMX_ENTRY_FAILED = BIT(31),
};

/* [1] 24.7.2: an element of the lists of MSRs that the CPU itself moves at entry and exit. */
struct vmx_msr { uint32_t index, reserved; uint64_t value; };
enum { LIST_STAR, LIST_LSTAR, LIST_CSTAR, LIST_SFMASK, LIST_KERNEL_GS, LIST_LENGTH };

/* Page 2 of the VCPU (page 1 is the VMCS): what the VMCS points at, and copies of what stands in it. */
struct vmx {
    struct vmx_msr guest[LIST_LENGTH];   /* loaded at entry, stored at exit */
    struct vmx_msr host[LIST_LENGTH];    /* loaded at exit */
    uint64_t ept_pointer;
    uint64_t host_cr3, host_fs;
    uint64_t rip, rflags, rsp, cr2;
    uint32_t shadow, proc1, entry, timer;
    bool     filled, launched, host_ts, event_armed;
};
_Static_assert(sizeof(struct vmx) <= VIRT_PAGE, "one page");

static inline struct vmx *vmx_of(struct vcpu *v) { return vcpu_page(v, 2); }

/* What this CPU offers, filled once. */
struct vmx_features {
    uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;   /* of a guest: PE and PG are its own */
    bool rdtscp;
    uint8_t timer_shift;                 /* the preemption timer counts the TSC >> this */
};
extern struct vmx_features vmx_features;
/* Bits of CR0 and CR4 that are not as the guest sees them: it reads the shadow, and a change exits. Of CR4 those but
 * VME..UMIP, LA57, FSGSBASE, PCIDE, OSXSAVE, SMEP, SMAP, PKE: what comes with VMXE, SMXE, KL and later ones is not
 * switched between guests. */
#define CR0_OWNED (CR0_NE | CR0_NW | CR0_CD)
#define CR4_OWNED (~0x771fffull)
#define VMX_EFER_MASK 0xd01ull           /* a guest may have: SCE LME LMA NX */

/* vmx_state.c */
bool vmx_load(struct vcpu *, struct vm_state *, uint32_t groups);
void vmx_save(struct vcpu *, struct vm_state *, uint32_t groups);
void vmx_update_controls(struct vcpu *);
void vmx_set_shadow(struct vmx *, uint32_t shadow);
void vmx_inject(struct vcpu *, struct vm_event);
/* vmx_exit.c */
enum virt_leave vmx_exit(struct vcpu *, struct vm_state *);
enum virt_leave vmx_refused(struct vcpu *, struct vm_state *, uint32_t failed);

/* vmx_entry.S. 0: the guest ran, or its state was refused (the exit reason says so); 1: the VMCS was refused. */
uint32_t vmx_run(uint64_t *gpr, uint32_t flags);
enum { RUN_LAUNCH = 1, RUN_VERW = 2, RUN_FILL_RSB = 4 };
extern const uint8_t vmx_exit_point[];

#endif
