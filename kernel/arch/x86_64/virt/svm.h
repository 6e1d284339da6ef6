// SPDX-License-Identifier: BSD-2-Clause
// AMD's virtual machine control block and exit codes, for svm*.c only.
// Facts: [1] AMD64 Architecture Programmer's Manual, volume 2 (24593), chapter 15, appendix B (VMCB layout)
// and appendix C (intercept exit codes).
#ifndef SVM_H
#define SVM_H

#include <platform.h>
#include "virt.h"

/* [1] appendix B, table B-1: control area, first 1 KiB. */
struct vmcb_control {
    uint16_t cr_read, cr_write;          /* 000 */
    uint16_t dr_read, dr_write;          /* 004 */
    uint32_t exceptions;                 /* 008 */
    uint32_t misc1, misc2, misc3;        /* 00c */
    uint8_t  reserved1[0x40 - 0x18];
    uint64_t iopm, msrpm;                /* 040 */
    uint64_t tsc_offset;                 /* 050 */
    uint32_t asid;                       /* 058 */
    uint32_t tlb_control;                /* 05c */
    uint64_t int_ctl;                    /* 060: virtual interrupt */
    uint64_t int_shadow;                 /* 068 */
    uint64_t exit_code, info1, info2;    /* 070 */
    uint64_t exit_int_info;              /* 088 */
    uint64_t np_enable;                  /* 090 */
    uint64_t avic_bar, ghcb;             /* 098 */
    uint64_t event_inj;                  /* 0a8 */
    uint64_t n_cr3;                      /* 0b0 */
    uint64_t lbr_enable;                 /* 0b8 */
    uint32_t clean;                      /* 0c0 */
    uint32_t reserved2;
    uint64_t nrip;                       /* 0c8 */
    uint8_t  insn_count;                 /* 0d0 */
    uint8_t  insn[15];
    uint8_t  reserved3[0x400 - 0xe0];
};

struct vmcb_segment {
    uint16_t selector, attr;             /* attr: type..P in 7:0, AVL L D/B G in 11:8 */
    uint32_t limit;
    uint64_t base;
};

/* [1] appendix B, table B-2: state save area. */
struct vmcb_save {
    struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;   /* 000 */
    uint8_t  reserved1[0xcb - 0xa0];
    uint8_t  cpl;                        /* 0cb */
    uint32_t reserved2;
    uint64_t efer;                       /* 0d0 */
    uint8_t  reserved3[0x148 - 0xd8];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;   /* 148 */
    uint8_t  reserved4[0x1d8 - 0x180];
    uint64_t rsp, s_cet, ssp, isst;      /* 1d8 */
    uint64_t rax;                        /* 1f8 */
    uint64_t star, lstar, cstar, sfmask, kernel_gs_base;            /* 200 */
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip, cr2;          /* 228 */
    uint8_t  reserved5[0x268 - 0x248];
    uint64_t g_pat, debugctl;            /* 268 */
    uint8_t  reserved6[0xc00 - 0x278];
};

struct vmcb {
    struct vmcb_control c;
    struct vmcb_save s;
};
_Static_assert(sizeof(struct vmcb) == VIRT_PAGE, "VMCB is a page");
_Static_assert(offsetof(struct vmcb_control, nrip) == 0xc8, "[1] table B-1");
_Static_assert(offsetof(struct vmcb_control, event_inj) == 0xa8, "[1] table B-1");
_Static_assert(offsetof(struct vmcb_save, rax) == 0x1f8, "[1] table B-2");
_Static_assert(offsetof(struct vmcb_save, cr2) == 0x240, "[1] table B-2");
_Static_assert(offsetof(struct vmcb_save, cpl) == 0xcb, "[1] table B-2");
_Static_assert(offsetof(struct vmcb_save, g_pat) == 0x268, "[1] table B-2");

static inline struct vmcb *vmcb_of(struct vcpu *v) { return vcpu_page(v, 1); }

/* misc1 */
enum {
    SVM_MISC1_INTR = BIT(0), SVM_MISC1_NMI = BIT(1), SVM_MISC1_SMI = BIT(2), SVM_MISC1_INIT = BIT(3),
    SVM_MISC1_VINTR = BIT(4), SVM_MISC1_RDTSC = BIT(14), SVM_MISC1_RDPMC = BIT(15), SVM_MISC1_CPUID = BIT(18),
    SVM_MISC1_RSM = BIT(19), SVM_MISC1_IRET = BIT(20), SVM_MISC1_INVD = BIT(22), SVM_MISC1_PAUSE = BIT(23),
    SVM_MISC1_HLT = BIT(24), SVM_MISC1_INVLPGA = BIT(26), SVM_MISC1_IOIO = BIT(27), SVM_MISC1_MSR = BIT(28),
    SVM_MISC1_TASK_SWITCH = BIT(29), SVM_MISC1_FERR = BIT(30), SVM_MISC1_SHUTDOWN = BIT(31),
};
/* misc2: VMRUN VMMCALL VMLOAD VMSAVE STGI CLGI SKINIT RDTSCP ICEBP WBINVD MONITOR MWAIT MWAIT(armed) XSETBV RDPRU */
enum {
    SVM_MISC2_SVM_INSNS = 0x7f,          /* bits 0..6 */
    SVM_MISC2_RDTSCP = BIT(7), SVM_MISC2_ICEBP = BIT(8), SVM_MISC2_WBINVD = BIT(9), SVM_MISC2_MONITOR = BIT(10),
    SVM_MISC2_MWAIT = BIT(11), SVM_MISC2_XSETBV = BIT(13), SVM_MISC2_RDPRU = BIT(14),
};
/* misc3: INVLPGB, illegal INVLPGB, INVPCID, MCOMMIT, TLBSYNC; all but INVPCID are not for guests */
enum { SVM_MISC3_ALWAYS = BIT(0) | BIT(1) | BIT(3) | BIT(4) };

enum {                                   /* int_ctl */
    SVM_V_IRQ = BIT(8), SVM_V_PRIO_MAX = 15 << 16, SVM_V_IGN_TPR = BIT(20), SVM_V_INTR_MASKING = BIT(24),
};
enum { SVM_TLB_NOTHING = 0, SVM_TLB_ALL = 1 };

/* [1] 15.15.3, table 15-7: clean bits. */
enum {
    CLEAN_INTERCEPTS = BIT(0), CLEAN_IOPM = BIT(1), CLEAN_ASID = BIT(2), CLEAN_TPR = BIT(3), CLEAN_NP = BIT(4),
    CLEAN_CR = BIT(5), CLEAN_DR = BIT(6), CLEAN_DT = BIT(7), CLEAN_SEG = BIT(8), CLEAN_CR2 = BIT(9),
    CLEAN_LBR = BIT(10), CLEAN_ALL = (1 << 11) - 1,
};

/* [1] 15.20, figure 15-4: EVENTINJ; EXITINTINFO has the same form. */
enum { SVM_EVENT_HAS_ERROR = BIT(11) };
#define SVM_EVENT_VALID BIT(31)

/* [1] appendix C. */
enum svm_exit_code {
    SVM_EXIT_CR0_READ = 0x00, SVM_EXIT_CR0_WRITE = 0x10, SVM_EXIT_DR0_READ = 0x20, SVM_EXIT_DR0_WRITE = 0x30,
    SVM_EXIT_EXCP = 0x40, SVM_EXIT_INTR = 0x60, SVM_EXIT_NMI = 0x61, SVM_EXIT_SMI = 0x62, SVM_EXIT_INIT = 0x63,
    SVM_EXIT_VINTR = 0x64, SVM_EXIT_RDTSC = 0x6e, SVM_EXIT_RDPMC = 0x6f, SVM_EXIT_CPUID = 0x72, SVM_EXIT_RSM = 0x73,
    SVM_EXIT_IRET = 0x74, SVM_EXIT_INVD = 0x76, SVM_EXIT_PAUSE = 0x77, SVM_EXIT_HLT = 0x78, SVM_EXIT_INVLPGA = 0x7a,
    SVM_EXIT_IOIO = 0x7b, SVM_EXIT_MSR = 0x7c, SVM_EXIT_TASK_SWITCH = 0x7d, SVM_EXIT_FERR = 0x7e,
    SVM_EXIT_SHUTDOWN = 0x7f, SVM_EXIT_VMRUN = 0x80, SVM_EXIT_VMMCALL = 0x81, SVM_EXIT_VMLOAD = 0x82,
    SVM_EXIT_VMSAVE = 0x83, SVM_EXIT_STGI = 0x84, SVM_EXIT_CLGI = 0x85, SVM_EXIT_SKINIT = 0x86,
    SVM_EXIT_RDTSCP = 0x87, SVM_EXIT_ICEBP = 0x88, SVM_EXIT_WBINVD = 0x89, SVM_EXIT_MONITOR = 0x8a,
    SVM_EXIT_MWAIT = 0x8b, SVM_EXIT_MWAIT_ARMED = 0x8c, SVM_EXIT_XSETBV = 0x8d, SVM_EXIT_RDPRU = 0x8e,
    SVM_EXIT_INVLPGB = 0xa0, SVM_EXIT_INVLPGB_ILLEGAL = 0xa1, SVM_EXIT_MCOMMIT = 0xa3, SVM_EXIT_TLBSYNC = 0xa4,
    SVM_EXIT_LOW_END = 0xa5,
    SVM_EXIT_NPF = 0x400,
    SVM_EXIT_INVALID_LOW = 0xffffffff,   /* QEMU 7.2 stores only these 32 bits */
};

/* What this CPU offers; filled once by svm_present(). */
struct svm_features {
    bool nrip, clean_bits, decode_assists, rdtscp;
    bool keep_breakpoints_off;           /* QEMU's TCG leaves a guest's breakpoints armed in the host after #VMEXIT and
                                            loses count of them: guests never get them, DR7 is the monitor's */
    uint64_t efer_mask;                  /* bits a guest may have */
};
extern struct svm_features svm_features;

#define EFER_SVME BIT(12)

/* svm_state.c */
bool svm_load(struct vcpu *, struct vm_state *, uint32_t groups);
void svm_save(struct vcpu *, struct vm_state *, uint32_t groups);
void svm_vmcb_reset(struct vcpu *);
void svm_update_intercepts(struct vcpu *);
void svm_inject(struct vcpu *, struct vm_event);
enum virt_leave svm_exit(struct vcpu *, struct vm_state *);/* svm_exit.c: the VMCB's exit into the page */
enum virt_leave svm_nmi_window(struct vcpu *, struct vm_state *); /* without running: an NMI can be injected */

/* svm_entry.S: VMSAVE host, VMLOAD guest, registers from the page, VMRUN, and all of it back. GIF is 1 again. With
 * `mitigate` the return stack is the kernel's own afterwards. */
void svm_run(uint64_t *gpr, uint64_t vmcb_paddr, uint64_t host_paddr, bool mitigate);

#endif
