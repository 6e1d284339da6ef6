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
    uint64_t dr[4], dr7;             /* dr7: where the hardware must not have the guest's */
    bool     dr_live;                /* dr[] is in the CPU's registers, accesses do not exit */

    /* The backend's own. */
    uint32_t clean;                  /* parts of the control block that are as they were at the last exit */
    bool     nmi_masked;             /* the guest is in its NMI handler */
    bool     event_injected;         /* this entry had an event ... */
    bool     soft_injected;          /* ... a software interrupt: `soft` */
    struct vm_event soft;
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
    struct vcpu *last;               /* the guest that ran here last: branch predictors are its */
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
    void (*vcpu_forget)(struct vcpu *);            /* may be on this CPU's hardware; the object goes away */
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

extern struct virt_ops svm_ops;
extern const struct virt_ops *virt;  /* NULL: this machine runs no guests */
extern uint64_t virt_epoch;          /* moves when anything a VCPU's run relies on was taken away, from whichever VM */

/* ept.c */
uint64_t ept_generation(unsigned asid);            /* moves when a translation of that root was taken away */
enum abi_error ept_table_invoke(struct invocation *);
void ept_finalise_table(const struct cap *);
void ept_finalise_root(const struct cap *, bool final);

/* vcpu.c */
struct cap vcpu_create(void *memory);
enum abi_error vcpu_invoke(struct invocation *);
struct cap vcpu_finalise(struct vcpu *);
/* Gives the guest a tag on this CPU's TLB if it has none here or `v->flush` says that the old one's entries are
 * stale. True: this CPU's tags were used up and all begin anew: flush every tag. */
bool tlb_tag_refresh(struct vcpu *, struct virt_cpu *, unsigned cpu);

#endif
