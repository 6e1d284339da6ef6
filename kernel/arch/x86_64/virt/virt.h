// SPDX-License-Identifier: BSD-2-Clause
// The seam between virtual CPUs and the hardware that runs them. Above it (vcpu.c, ept.c) no word of AMD's or
// Intel's; below it one backend, chosen at boot by what the CPU says. Included by virt/ only.
//
// Who owns what: the VCPU object is a page of neutral state (struct vcpu, the FPU area in it) and pages
// for the backend (its control block). State a monitor set lives in the control block until it is fetched;
// only general registers, rip, rflags and the pending event travel through the state page at each entry and exit.
#ifndef VIRT_H
#define VIRT_H

#include <abi/vmexit.h>
#include <kernel/arch.h>
#include <platform.h>
#include <virt_objects.h>

/* One read of memory that somebody hostile may change meanwhile. */
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

#define VIRT_PAGE 4096

struct vcpu {
    struct cte state_slot;           /* frame of the state page; first: the core deletes it through a zombie */
    struct tcb *tcb;                 /* whose VM_ENTER runs this VCPU */
    struct vm_state *state;          /* the state page, while `epoch` is virt_epoch: then this, the thread's EPT root */
    uint64_t epoch;                  /* and ept_gen have been checked and nothing has been taken away since */
    uint32_t pending;                /* vm_groups to load at the next entry, whatever `dirty` says */
    uint32_t ctl, exceptions;        /* vm_ctl in force */

    /* Nested translations: what the CPU may have cached for this guest. */
    uint64_t ept_gen;                /* ept_generation() of ept_asid when the guest last ran */
    uint32_t ept_asid;
    bool     flush;                  /* forget cached translations before the next instruction */
    bool     shut_down;              /* triple fault: not to be entered before new state was loaded */

    /* Tags of the CPU's TLB, handed out per CPU (tlb_tag_refresh). */
    uint32_t tag, tag_cpu;
    uint64_t tag_generation;         /* 0 = never had one */

    /* State that is switched by hand because the hardware does not. */
    uint64_t xcr0, tsc_aux;
    uint64_t dr[4], dr6, dr7;        /* dr6: where no control block has it; dr7: where the hardware must not have it */
    bool     dr_live;                /* dr[] is in the CPU's registers, accesses do not exit */

    uint32_t attached;               /* 1 + the CPU whose hardware may hold the control block, 0 = none */

    /* The backend's own. */
    uint32_t clean;                  /* parts of the control block that are as they were at the last exit */
    bool     nmi_masked;             /* the guest is in its NMI handler */
    bool     event_injected;         /* this entry had an event ... */
    bool     soft_injected;          /* ... a software interrupt: `soft` */
    struct vm_event soft;            /* ... that returns to soft_rip */
    uint64_t soft_rip;
    uint64_t stat_entries, stat_irqs, stat_ticks;

    struct fpu_state fpu;
};
_Static_assert(sizeof(struct vcpu) <= VIRT_PAGE, "neutral state fits the first page");
_Static_assert(offsetof(struct vcpu, state_slot) == 0, "zombie finds the slot");

enum { VCPU_SLOTS = 1 };

static inline void *vcpu_page(struct vcpu *v, unsigned n) { return (char *)v + n * VIRT_PAGE; }  /* n = 1..3 */

/* What virt/ keeps per CPU. */
struct virt_cpu {
    uint8_t  page[2][VIRT_PAGE];     /* the backend's: host state */
    bool     on;
    struct vcpu *running;            /* from before entry until the lock is held again; NULL = none */
    uint32_t running_asid;
    uint32_t next_tag;
    uint64_t tag_generation;
    uint64_t tsc_aux;                /* as the MSR is now */
    struct vcpu *last;               /* the guest whose control block is ready to be entered here */
    struct vcpu *history;            /* the guest that ran here last: branch predictors are its; NULL = unknown */
} __attribute__((aligned(VIRT_PAGE)));

struct virt_cpu *virt_cpu_of(unsigned index);

/* Why enter() came back. */
enum virt_leave {
    VIRT_AGAIN,                      /* nothing for anybody: enter again */
    VIRT_HOST_IRQ,                   /* an interrupt of the host is pending */
    VIRT_MONITOR,                    /* state->exit is filled */
};

/* Rights of a nested mapping, for the page-table format. */
enum { EPT_WRITE = 1, EPT_EXECUTE = 2 };

struct virt_ops {
    const char *name;
    uint32_t backend;                /* enum abi_virt_backend */
    /* Boot CPU: is it there with all we need? If not, *missing names the feature. */
    bool (*present)(const char **missing);
    bool (*cpu_on)(struct virt_cpu *, const char **missing);
    void (*vcpu_init)(struct vcpu *);
    /* With the lock: the control block comes to this CPU; load, save and enter are called only after that. detach()
     * runs on the CPU that has it, before it goes elsewhere or away (NULL: the hardware keeps nothing). */
    void (*attach)(struct vcpu *, struct virt_cpu *);
    void (*detach)(struct vcpu *, struct virt_cpu *);
    void (*set_root)(struct vcpu *, uint64_t root_paddr);
    /* Takes groups from the page (each field read once). False: refused, nothing is entered; the backend has
     * written the reason to state->exit. */
    bool (*load)(struct vcpu *, struct vm_state *, uint32_t groups);
    void (*save)(struct vcpu *, struct vm_state *, uint32_t groups);
    /* Runs the guest until the next exit. Called without the lock, interrupts off. Leaves GPR and RIP groups
     * in the page, and for VIRT_MONITOR the exit with what else its kind makes valid (state->valid). */
    enum virt_leave (*enter)(struct vcpu *, struct vm_state *, struct virt_cpu *);

    /* Nested page tables. Level 1 = 4 KiB ... 3 = 1 GiB. */
    uint8_t  max_leaf_level;         /* filled by present() */
    uint64_t max_gpa_bits;
    bool     (*type_ok)(unsigned memory_type);     /* ABI_EPT_* */
    uint64_t (*leaf)(uint64_t paddr, unsigned level, unsigned rights, unsigned memory_type);
    uint64_t (*table)(uint64_t paddr);
    uint32_t tlb_tags;               /* tags 1..tlb_tags-1 name guests in the TLB */
};

extern struct virt_ops svm_ops, vmx_ops;
extern const struct virt_ops *virt;  /* NULL: this machine runs no guests */
extern uint64_t virt_epoch;          /* moves when anything a VCPU's run relies on was taken away, from whichever VM */

/* What CPUs need against leaks through shared predictors and buffers, as they enumerate it; all off with the kernel
 * option mitigations=off. docs/threat-model.md has what each is for. */
struct mitigations { bool on, ibpb, ibrs, auto_ibrs, verw, l1d_flush; };
extern struct mitigations mitigations;

/* ept.c */
uint64_t ept_generation(unsigned asid);            /* moves when a translation of that root was taken away */
enum abi_error ept_table_invoke(struct invocation *);
void ept_finalise_table(const struct cap *);
void ept_finalise_root(const struct cap *, bool final);
bool ept_read(unsigned asid, uint64_t gpa, void *to, unsigned bytes);   /* RAM of a guest, within one page */

/* vcpu.c */
struct cap vcpu_create(void *memory);
enum abi_error vcpu_invoke(struct invocation *);
struct cap vcpu_finalise(struct vcpu *);

/* virt.c */
void virt_attach(struct vcpu *);                   /* its control block to this CPU, from wherever it is */
void virt_detach(struct vcpu *);                   /* no CPU has it any more */
void virt_guest_switch(struct vcpu *, struct virt_cpu *);  /* another guest than the last one will run here */
/* Gives the guest a tag on this CPU's TLB if it has none here or `v->flush` says that the old one's entries are
 * stale. TAG_ALL_NEW: this CPU's tags were used up and all begin anew: flush every tag. */
enum tag_change { TAG_KEPT, TAG_NEW, TAG_ALL_NEW };
enum tag_change tlb_tag_new(struct vcpu *, struct virt_cpu *, unsigned cpu);
static inline enum tag_change tlb_tag_refresh(struct vcpu *v, struct virt_cpu *vc, unsigned cpu)
{
    if (likely(!v->flush && v->tag_cpu == cpu && v->tag_generation == vc->tag_generation))
        return TAG_KEPT;
    return tlb_tag_new(v, vc, cpu);
}

/* ---- for backends: what both check and do alike ---- */

struct feature { const char *name; uint32_t leaf; uint8_t reg, bit; bool *out; };    /* CPUID; sub-leaf 0 */
enum { EAX, EBX, ECX, EDX };
bool feature_bit(const struct feature *);

static inline uint64_t kernel_paddr(const void *image_address) { return (uintptr_t)image_address - KERNEL_BASE; }

enum { EXCP_DB = 1, EXCP_NMI = 2, EXCP_BP = 3, EXCP_OF = 4, EXCP_UD = 6, EXCP_PF = 14, EXCP_AC = 17, EXCP_MC = 18 };
#define HAS_ERROR(n) (0x60227d00u >> (n) & 1)      /* 8 10-14 17 21 29 30 */
/* The guest must not be able to loop in the CPU's own delivery of #DB and #AC (AMD APM vol. 2, 15.12.2, 15.12.18; both
 * vendors' CPUs do). #MC is the host's. */
#define EXCEPTIONS_ALWAYS (1u << EXCP_DB | 1u << EXCP_AC | 1u << EXCP_MC)
#define DR7_NOTHING 0x400ull
#define RFLAGS_GUEST 0x3f7fd5ull                   /* all defined flags; bit 1 is always one */
#define VIRT_MSR_PASS 10
extern const uint32_t virt_msr_pass[VIRT_MSR_PASS];/* the guest uses these without an exit */

bool virt_refuse(struct vm_state *, uint64_t reason);          /* entry failed; returns false */
bool virt_event_ok(struct vm_event);
bool virt_xcr0_ok(uint64_t);                       /* XSETBV in the kernel must not fault */
bool virt_pat_ok(uint64_t);
void virt_load_ctl(struct vcpu *, struct vm_state *);
void virt_dr_load(const struct vcpu *);            /* DR0-3 */
void virt_dr_save(struct vcpu *);
/* An exception that was intercepted: the monitor's if it asked, else it goes back to the guest as `event`. */
enum virt_leave virt_exception(struct vcpu *, struct vm_event e, struct vm_event *event);

/* One row a group, in the order of loading. */
struct group_row {
    uint32_t group;
    bool (*load)(struct vcpu *, struct vm_state *);
    void (*save)(struct vcpu *, struct vm_state *);
};
bool virt_load_groups(struct vcpu *, struct vm_state *, uint32_t groups, const struct group_row *, unsigned rows);
void virt_save_groups(struct vcpu *, struct vm_state *, uint32_t groups, const struct group_row *, unsigned rows);

#endif
