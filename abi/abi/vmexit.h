// SPDX-License-Identifier: BSD-2-Clause
// The state page a VCPU shares with its monitor, and the neutral form of every VM exit.
// Shared by kernel (virt/) and monitor (lib/vmm). Nothing here is AMD's or Intel's, but `raw`, which is
// for dumps only.
//
// Life of an exit: the monitor thread (a TCB with a bound VCPU, a state page and an EPT root) makes the
// system call ABI_SYS_VM_ENTER. The kernel loads what `dirty` names, clears `dirty`, and runs the guest until
//   - the guest does something the monitor must see: the call returns rsi = VM_ENTER_EXIT, `exit` is
//     filled, `valid` says which groups of the page hold the guest's present state;
//   - the thread's bound notification is signalled: rsi = VM_ENTER_NOTIFICATION, rdi = badge;
//   - the TSC reaches `deadline`: rsi = VM_ENTER_EXIT with exit.kind = VM_EXIT_DEADLINE.
// rsi = VM_ENTER_ERROR: the thread has no VCPU, state page or EPT root; nothing ran.
// Groups not in `valid` are fetched with the VCPU_READ_STATE invocation when a monitor needs them.
// VM_GROUP_GPR and VM_GROUP_RIP (rip, rflags, interruptibility, pending event) are valid at each return,
// a notification included.
//
// The monitor is not trusted: the kernel reads each field once and refuses what the CPU would refuse
// (exit.kind = VM_EXIT_ENTRY_FAILED). Reserved fields are zero.
#ifndef ABI_VMEXIT_H
#define ABI_VMEXIT_H

#include <stdint.h>

enum vm_enter_result { VM_ENTER_NOTIFICATION = 0, VM_ENTER_EXIT = 1, VM_ENTER_ERROR = 2 };

/* Bits of `valid`, `dirty` and of VCPU_READ_STATE. */
enum vm_group {
    VM_GROUP_GPR    = 1u << 0,     /* gpr[] */
    VM_GROUP_RIP    = 1u << 1,     /* rip, rflags, shadow, activity, inject */
    VM_GROUP_CR     = 1u << 2,     /* cr0 cr2 cr3 cr4 efer xcr0 */
    VM_GROUP_CR8    = 1u << 3,     /* cr8: the TPR the guest sees in MOV CR8 is the monitor's; kept for symmetry */
    VM_GROUP_CODE   = 1u << 4,     /* seg[CS], seg[SS]; cpl is seg[SS].attr DPL */
    VM_GROUP_DATA   = 1u << 5,     /* seg[DS ES FS GS] */
    VM_GROUP_SYSTEM = 1u << 6,     /* seg[LDTR TR], gdtr, idtr */
    VM_GROUP_DR     = 1u << 7,     /* dr[0..3], dr6, dr7 */
    VM_GROUP_MSR    = 1u << 8,     /* msr: the ones that pass through */
    VM_GROUP_TSC    = 1u << 9,     /* tsc_offset, tsc_aux */
    VM_GROUP_CTL    = 1u << 10,    /* ctl (loaded only; never changed by the kernel) */
    VM_GROUP_ALL    = (1u << 11) - 1,
};

enum vm_gpr { VM_RAX, VM_RCX, VM_RDX, VM_RBX, VM_RSP, VM_RBP, VM_RSI, VM_RDI, VM_R8, VM_R9, VM_R10,
              VM_R11, VM_R12, VM_R13, VM_R14, VM_R15, VM_GPR_COUNT };  /* the instruction set's numbers */

enum vm_seg { VM_ES, VM_CS, VM_SS, VM_DS, VM_FS, VM_GS, VM_LDTR, VM_TR, VM_SEG_COUNT };

struct vm_segment {
    uint16_t selector;
    uint16_t attr;      /* as in a VMX access-rights field: type 3:0, S 4, DPL 6:5, P 7, AVL 12, L 13,
                           D/B 14, G 15; an unusable segment has P = 0 */
    uint32_t limit;     /* in bytes, expanded */
    uint64_t base;
};

struct vm_table { uint32_t limit; uint32_t reserved; uint64_t base; };

/* MSRs the guest reads and writes without an exit; all others make VM_EXIT_MSR. */
struct vm_msrs {
    uint64_t star, lstar, cstar, sfmask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip;
    uint64_t pat;                  /* loaded where the hardware has a guest PAT; the guest's accesses exit */
    uint64_t debugctl;             /* idem */
    uint64_t reserved[6];
};

enum vm_shadow { VM_SHADOW_NONE = 0, VM_SHADOW_STI = 1, VM_SHADOW_MOV_SS = 2, VM_SHADOW_NMI = 4 };
enum vm_activity { VM_ACTIVE = 0, VM_HALTED = 1 };  /* halted: enter sleeps until notification or deadline */

/* An event to deliver at the next entry. After an exit: an event whose delivery the exit interrupted
 * (the kernel puts it back here; re-entering delivers it again). */
enum vm_event_type { VM_EVENT_EXTINT = 0, VM_EVENT_NMI = 2, VM_EVENT_EXCEPTION = 3, VM_EVENT_SOFT_INT = 4 };
struct vm_event {
    uint8_t  vector;
    uint8_t  type;                 /* enum vm_event_type */
    uint8_t  has_error;
    uint8_t  valid;
    uint32_t error;
};

enum vm_ctl_flags {
    VM_CTL_IRQ_WINDOW = 1u << 0,   /* exit as soon as the guest can take an external interrupt */
    VM_CTL_NMI_WINDOW = 1u << 1,
    VM_CTL_EXIT_RDTSC = 1u << 2,
    VM_CTL_EXIT_PAUSE = 1u << 3,
    VM_CTL_RESET_FPU  = 1u << 4,   /* at this entry put x87/SSE/AVX into their reset state (self-clearing) */
};
struct vm_ctl {
    uint32_t flags;
    uint32_t exceptions;           /* bit n: exception n of the guest makes VM_EXIT_EXCEPTION; the kernel
                                      adds those it must see for its own safety */
};

/* X(name): one list for the enum, the monitor's table and the names in dumps. */
#define VM_EXIT_LIST(X)                                                                            \
    X(NONE)                                                                                        \
    X(PIO)            /* exit.pio */                                                               \
    X(MMIO)           /* exit.mem: guest-physical access without (sufficient) mapping */           \
    X(CPUID)          /* leaf in eax, subleaf in ecx */                                            \
    X(MSR)            /* exit.msr */                                                               \
    X(HLT)                                                                                         \
    X(HYPERCALL)      /* vmcall or vmmcall: exit.hypercall */                                      \
    X(CR)             /* exit.cr: MOV to/from CR8, and what else the backend intercepts */         \
    X(DR)                                                                                          \
    X(XSETBV)         /* ecx, edx:eax */                                                           \
    X(EXCEPTION)      /* exit.exception */                                                         \
    X(IRQ_WINDOW)                                                                                  \
    X(NMI_WINDOW)                                                                                  \
    X(DEADLINE)                                                                                    \
    X(SHUTDOWN)       /* triple fault */                                                           \
    X(INVD)           /* INVD or WBINVD; exit.insn_len as known */                                 \
    X(RDTSC)                                                                                       \
    X(RDPMC)                                                                                       \
    X(PAUSE)                                                                                       \
    X(MONITOR)                                                                                     \
    X(MWAIT)                                                                                       \
    X(VMX_SVM_INSN)   /* a virtualisation instruction other than the hypercall: inject #UD */      \
    X(TASK_SWITCH)                                                                                 \
    X(ENTRY_FAILED)   /* exit.raw names why */                                                     \
    X(UNKNOWN)        /* a hardware exit this backend has no name for */

enum vm_exit_kind {
#define X(name) VM_EXIT_##name,
    VM_EXIT_LIST(X)
#undef X
    VM_EXIT_COUNT
};

struct vm_exit {
    uint32_t kind;                 /* enum vm_exit_kind */
    uint32_t insn_len;             /* bytes of the instruction at rip; 0 = the CPU does not tell, decode it */
    union {
        struct {
            uint16_t port;
            uint8_t  size;         /* 1, 2, 4 */
            uint8_t  in;           /* 1 = IN/INS */
            uint8_t  string;       /* INS/OUTS: the monitor decodes the instruction for segment and address size */
            uint8_t  rep;
            uint8_t  reserved[2];
        } pio;
        struct {
            uint64_t gpa;          /* exact, low bits included */
            uint64_t gla;          /* guest-linear, if gla_valid */
            uint8_t  read, write, fetch;
            uint8_t  present;      /* a mapping exists, the right is missing */
            uint8_t  walk;         /* the access was the guest's page-table walk, not the final address */
            uint8_t  gla_valid;
            uint8_t  byte_count;   /* instruction bytes the CPU hands over (0 = fetch them) */
            uint8_t  reserved;
            uint8_t  bytes[16];
        } mem;
        struct { uint32_t index; uint8_t write; uint8_t reserved[3]; } msr;   /* value in edx:eax */
        struct { uint8_t amd_form; uint8_t reserved[7]; } hypercall;
        struct { uint8_t number, write, gpr, gpr_valid; } cr;                 /* also DR */
        struct { uint8_t vector, has_error, reserved[2]; uint32_t error; uint64_t address; } exception;
        struct { uint64_t reason; } entry;
    };
    struct { uint64_t code, info1, info2, info3; } raw;  /* the hardware's words, for dumps only */
};

#define VM_STATE_VERSION 1

struct vm_state {                  /* exactly one 4 KiB page */
    uint32_t valid;                /* kernel writes: groups that hold the guest's present state */
    uint32_t dirty;                /* monitor writes: groups to load at the next entry; kernel clears */
    uint64_t deadline;             /* host TSC at which to return, 0 = none; read at each entry */

    uint64_t gpr[VM_GPR_COUNT];

    uint64_t rip, rflags;
    uint32_t shadow;               /* enum vm_shadow */
    uint32_t activity;             /* enum vm_activity; kernel never sets HALTED by itself */
    struct vm_event inject;

    struct vm_exit exit;

    struct vm_ctl ctl;
    uint64_t tsc_offset;           /* guest TSC = host TSC + offset */
    uint64_t tsc_aux;
    uint64_t cr0, cr2, cr3, cr4, cr8, efer, xcr0;
    struct vm_segment seg[VM_SEG_COUNT];
    struct vm_table gdtr, idtr;
    uint64_t dr[4], dr6, dr7;
    struct vm_msrs msr;

    /* counters the kernel keeps for the monitor's statistics; ticks: those of runs that a host interrupt ended */
    uint64_t stat_entries, stat_host_irqs, stat_ticks_in_guest;
};
_Static_assert(sizeof(struct vm_state) <= 4096, "the state page is one page");

#endif
