// SPDX-License-Identifier: BSD-2-Clause
// Scheduler: ready and release queues, budgets, the choice of the next thread.
//
// A runnable thread with a configured scheduling context is in exactly one place: current of its CPU, candidate of
// this CPU, the ready queue, or the release queue. A context's refills are charged when its CPU changes to
// another context or the timer fires, never in between.
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <kernel/arch.h>

#define MIN_BUDGET_US 10ull
#define MAX_PERIOD_US (BIT(40) - 1)
#define MIN_REFILLS 2

static inline bool tcb_runnable(const struct tcb *t)
{
    return t->state == TS_RUNNING || t->state == TS_RESTART || t->state == TS_RUNNING_VM;
}

static inline uint64_t cpu_now(struct cpu *cpu)
{
    if (!cpu->time_known) {
        cpu->now = arch_now();
        cpu->time_known = true;
    }
    return cpu->now;
}

static inline bool cpu_is_running(const struct tcb *t) { return cpu_of(t->core)->current == t; }

/* Highest priority in the ready queues, -1 when they are empty. */
static inline int ready_highest(const struct cpu *cpu)
{
    unsigned word;

    if (cpu->ready_words == 0) {
        return -1;
    }
    word = 31 - (unsigned)__builtin_clz(cpu->ready_words);
    return (int)(word * 64 + 63 - (unsigned)__builtin_clzll(cpu->ready_bits[word]));
}

void sched_wake(struct tcb *);               /* became runnable (or got a context): queue it where it belongs */
void sched_block(struct tcb *, enum thread_state); /* stops being runnable: out of the queues, new state */
void sched_remove(struct tcb *);             /* out of ready and release queue and candidate; reschedules if current */
void sched_set_priority(struct tcb *, uint8_t priority);
void sched_put_ready(struct tcb *, bool at_head); /* into the ready queue as it is */
bool sched_admit(struct tcb *);              /* has it time now? else it goes to the release queue */
void sched_charge(struct cpu *);             /* the current context pays up to now */
void sched_migrate(struct tcb *, unsigned core);
void sched_stall(struct tcb *);              /* holds the thread still if it runs on another CPU */
void sched_switch(struct cpu *, struct tcb *next); /* make `next`, which is in no queue, current */
void sched_change_context(struct cpu *, struct sched_context *next); /* charge the old context, start the next */
void sched_yield_current(struct cpu *);
void sched_vm_enter(struct cpu *, struct tcb *);   /* after vm_enter_syscall: queue and arm as its state says */
void sched_vm_leave(struct tcb *);           /* TS_*_VM -> no longer: out of the list of waiting VMs */
void sched_forget(struct tcb *);             /* the TCB is being destroyed */
void sched_dump(void);

/* Refills (refill.c): pure arithmetic on one context. */
void refill_new(struct sched_context *, unsigned max, uint64_t budget, uint64_t period, uint64_t now);
void refill_update(struct sched_context *, unsigned max, uint64_t budget, uint64_t period, uint64_t now);
void refill_charge(struct sched_context *, uint64_t used);
void refill_unblock(struct sched_context *, uint64_t now);
uint64_t refill_min_budget(void);
static inline struct refill *refill_head(struct sched_context *sc) { return &sc->refills[sc->refill_head]; }
static inline bool sc_active(const struct sched_context *sc) { return sc->refill_max != 0; }
static inline bool sc_round_robin(const struct sched_context *sc) { return sc->period == 0; }

/* Scheduling contexts (schedcontext.c). */
unsigned sc_max_refills(unsigned size_bits);
void sc_bind_tcb(struct sched_context *, struct tcb *);
void sc_unbind_tcb(struct sched_context *);
void sc_bind_notification(struct sched_context *, struct notification *);
void sc_unbind_notification(struct sched_context *);
void sc_donate(struct sched_context *, struct tcb *to);
void sc_forget(struct sched_context *);      /* no CPU has it as its current context any more */
void sc_finalise(struct sched_context *);
void sc_yield_complete(struct tcb *);        /* runs again after YieldTo: learns what its target used */
void sc_yield_cancel(struct tcb *);          /* the thread no longer waits in YieldTo for its target's use of time */
enum abi_error sched_control_invoke(struct invocation *) must_check;
enum abi_error sched_context_invoke(struct invocation *) must_check;

#endif
