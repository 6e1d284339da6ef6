// SPDX-License-Identifier: BSD-2-Clause
// Kernel objects that every architecture has: endpoint, notification, reply, scheduling context, TCB,
// and the per-CPU state. All of them live in memory that user level retyped; sizes are in abi/object.h.
// Everything here is protected by the big kernel lock.
#ifndef KERNEL_OBJECT_H
#define KERNEL_OBJECT_H

#include <kernel/cap.h>
#include <kernel/arch_types.h>   /* struct arch_tcb, struct arch_cpu: the architecture's include folder */

struct tcb;
struct sched_context;
struct vcpu;

/* A list of threads; head and tail, linked through tcb->queue_next/prev. */
struct tcb_queue { struct tcb *head, *tail; };

enum endpoint_state { EP_IDLE = 0, EP_SEND, EP_RECV };

/* 16 bytes: the state lives in the low bits of the head pointer (TCBs are 4 KiB aligned). */
struct endpoint { uint64_t head_state; struct tcb *tail; };

enum notification_state { NTFN_IDLE = 0, NTFN_WAITING, NTFN_ACTIVE };
struct notification {
    struct tcb_queue queue;
    uint64_t badges;                 /* the word of signals not yet taken */
    struct tcb *bound;
    struct sched_context *sc;
    uint32_t state;                  /* enum notification_state */
};

/* A reply object: the link between a caller and who shall answer, and the place where the caller's
 * scheduling context waits to go back (the call stack). */
struct reply {
    struct tcb *tcb;                 /* blocked caller, or the thread waiting to receive with this reply */
    struct reply *prev;              /* towards the base of the call stack */
    struct reply *next;              /* towards its head; the head's next is its scheduling context | 1 */
    uint64_t can_grant;
};

struct refill { uint64_t time, amount; };  /* TSC ticks */

struct sched_context {
    uint64_t period;                 /* ticks; 0 = round robin with full budget */
    uint64_t budget;
    uint64_t consumed;               /* ticks since last asked */
    uint64_t badge;                  /* told in timeout faults */
    struct tcb *tcb;
    struct notification *notification;
    struct reply *reply;             /* head of the call stack */
    struct tcb *yield_from;
    uint16_t core;
    uint16_t size_bits;
    uint16_t refill_max, refill_head, refill_count;
    uint16_t sporadic;
    struct refill refills[];
};

enum thread_state {
    TS_INACTIVE = 0, TS_RUNNING, TS_RESTART, TS_BLOCKED_RECV, TS_BLOCKED_SEND, TS_BLOCKED_REPLY,
    TS_BLOCKED_NOTIFICATION, TS_RUNNING_VM /* enters its VCPU when it runs */,
    TS_HALTED_VM /* guest halted: sleeps until notification or deadline */, TS_IDLE,
};

enum tcb_slot { TCB_CSPACE, TCB_VSPACE, TCB_IPC_BUFFER, TCB_FAULT_HANDLER, TCB_TIMEOUT_HANDLER,
                TCB_EPT_ROOT, TCB_SLOT_COUNT = 8 };

struct fault {                       /* abi/error.h has the meaning of words[] */
    uint32_t type;                   /* enum abi_fault */
    uint32_t pad;
    uint64_t word[4];
    uint64_t lookup_type, lookup[3]; /* of a capability fault */
};

struct tcb {
    struct cte slot[TCB_SLOT_COUNT];

    struct arch_tcb arch;            /* user registers first: entry code knows its offset (0x100) */

    uint8_t  state;                  /* enum thread_state */
    uint8_t  priority, mcp;
    uint8_t  domain;
    uint8_t  in_ready, in_release;   /* member of its CPU's ready / release queue */
    uint8_t  blocking_flags;         /* BLOCK_* of the operation below */
    uint8_t  flags;
    uint16_t core;                   /* CPU it runs on: its scheduling context's */

    struct sched_context *sc;
    struct notification *bound_notification;
    struct reply *reply;             /* reply object it receives with, or is blocked on */
    void    *blocking_object;        /* endpoint or notification */
    uint64_t blocking_badge;
    struct sched_context *yield_to;

    struct tcb *queue_next, *queue_prev;   /* endpoint, notification, ready or release queue */
    struct vcpu *vcpu;
    uint64_t vm_deadline;                  /* TS_HALTED_VM: TSC to wake at, 0 = none */
    struct tcb *vm_wait_next, *vm_wait_prev; /* its CPU's list of halted VMs with a deadline */

    uint64_t ipc_buffer;             /* user address */
    struct fault fault;
    struct tcb *all_next, *all_prev; /* every TCB of its CPU, for dumps */
    char name[32];
};

enum {
    BLOCK_CAN_GRANT = 1, BLOCK_CAN_GRANT_REPLY = 2, BLOCK_IS_CALL = 4,
    BLOCK_IP_WRITTEN = 8,            /* somebody set the instruction pointer since: do not restart the call */
};

#define PRIORITIES 256

struct cpu {
    struct arch_cpu arch;            /* first: %gs points here */
    struct tcb *current;
    struct tcb *fpu_owner;           /* whose x87/SSE/AVX state the CPU holds; VCPUs: fpu_vcpu */
    struct vcpu *fpu_vcpu;
    struct tcb *idle;
    struct sched_context *current_sc;
    uint64_t now;                    /* TSC at kernel entry (read when first needed: time_known) */
    uint64_t sc_since;               /* TSC up to which the current context has been charged */
    uint32_t index;
    bool     time_known, reschedule, deadline_dirty;
    struct tcb_queue ready[PRIORITIES];
    uint64_t ready_bits[PRIORITIES / 64];
    struct tcb *release_head;        /* threads out of budget, soonest first */
    struct tcb *vm_wait_head;        /* halted VMs, soonest deadline first */
    struct tcb *all_threads;
    struct tcb *candidate;           /* woken in this trap, in no queue yet: likely the next to run */
    uint64_t timer_armed;            /* when the one-shot fires; UINT64_MAX = not armed */
    uint8_t  ready_words;            /* which words of ready_bits are not zero */
    bool     stalled;                /* another CPU changed what runs here: switch even to the same thread */
};

extern struct cpu *cpu_of(unsigned index);   /* arch: per-CPU areas */
extern unsigned cpu_count;

#endif
