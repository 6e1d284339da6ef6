// SPDX-License-Identifier: BSD-2-Clause
// Scheduler: 256 priorities, ready and release queue of each CPU, budgets, the timer, halted virtual machines.
// Facts: seL4 Reference Manual (MCS), sections 6.1 (threads, scheduling contexts) and 6.1.9 (yield).
#include <kernel/thread.h>

#define FAR_FUTURE (UINT64_MAX / 8)      /* no timer is set for this or later */

/* ---- ready queues ---- */

void sched_put_ready(struct tcb *t, bool at_head)
{
    struct cpu *cpu = cpu_of(t->core);
    struct tcb_queue *q = &cpu->ready[t->priority];

    if (at_head && q->head) {
        t->queue_prev = NULL;
        t->queue_next = q->head;
        q->head->queue_prev = t;
        q->head = t;
    } else {
        queue_append(q, t);
    }
    t->in_ready = 1;
    cpu->ready_bits[t->priority / 64] |= BIT(t->priority % 64);
    cpu->ready_words |= (uint8_t)BIT(t->priority / 64);
}

static void take_ready(struct tcb *t)
{
    struct cpu *cpu = cpu_of(t->core);
    struct tcb_queue *q = &cpu->ready[t->priority];

    queue_remove(q, t);
    if (!q->head) {
        cpu->ready_bits[t->priority / 64] &= ~BIT(t->priority % 64);
        if (cpu->ready_bits[t->priority / 64] == 0) {
            cpu->ready_words &= (uint8_t)~BIT(t->priority / 64);
        }
    }
    t->in_ready = 0;
}

/* ---- release queue: out of budget, soonest refill first ---- */

static void put_release(struct tcb *t)
{
    struct cpu *cpu = cpu_of(t->core);
    uint64_t time = refill_head(t->sc)->time;
    struct tcb *prev = NULL, *next = cpu->release_head;

    while (next && refill_head(next->sc)->time <= time) {
        prev = next;
        next = next->queue_next;
    }
    t->queue_prev = prev;
    t->queue_next = next;
    if (next) {
        next->queue_prev = t;
    }
    if (prev) {
        prev->queue_next = t;
    } else {
        cpu->release_head = t;
        cpu->deadline_dirty = true;
        if (cpu != this_cpu()) {
            arch_kick(cpu->index);
        }
    }
    t->in_release = 1;
}

static void take_release(struct tcb *t)
{
    struct cpu *cpu = cpu_of(t->core);

    if (t->queue_prev) {
        t->queue_prev->queue_next = t->queue_next;
    } else {
        cpu->release_head = t->queue_next;
    }
    if (t->queue_next) {
        t->queue_next->queue_prev = t->queue_prev;
    }
    t->queue_next = t->queue_prev = NULL;
    t->in_release = 0;
}

/* ---- budgets ---- */

/* What the current context used since it was last charged. true = the refill in hand is used up. */
static bool charge(struct cpu *cpu, uint64_t now)
{
    struct sched_context *sc = cpu->current_sc;
    uint64_t used = now > cpu->sc_since ? now - cpu->sc_since : 0;
    bool expired;

    cpu->sc_since = now;
    if (!sc || !sc_active(sc)) {
        return false;
    }
    sc->consumed += used;
    expired = used + refill_min_budget() > refill_head(sc)->amount;
    refill_charge(sc, used);
    return expired;
}

void sched_charge(struct cpu *cpu)
{
    bool expired = charge(cpu, cpu_now(this_cpu()));
    struct tcb *t = cpu->current_sc ? cpu->current_sc->tcb : NULL;

    if (expired && t && t->in_ready) {          /* was just put back to the queue as preempted */
        take_ready(t);
        if (sched_admit(t)) {
            sched_put_ready(t, false);
        }
    }
}

bool sched_admit(struct tcb *t)
{
    struct sched_context *sc = t->sc;
    uint64_t now;

    if (refill_head(sc)->time == 0) {
        return true;
    }
    now = cpu_now(this_cpu());
    if (sc->sporadic) {
        refill_unblock(sc, now);
    }
    if (refill_head(sc)->time <= now) {
        return true;
    }
    put_release(t);
    return false;
}

void sched_change_context(struct cpu *cpu, struct sched_context *next)
{
    sched_charge(cpu);
    cpu->current_sc = next;
    cpu->deadline_dirty = true;
    if (next && !next->sporadic) {
        refill_unblock(next, cpu->sc_since);
    }
}

/* ---- waking and blocking ---- */

static bool schedulable(const struct tcb *t)
{
    return tcb_runnable(t) && t->sc && sc_active(t->sc);
}

/* The thread may run: now if it is better than what its CPU does. */
static void offer(struct tcb *t)
{
    struct cpu *cpu = cpu_of(t->core);

    if (cpu != this_cpu()) {
        sched_put_ready(t, false);
        if (cpu->current == cpu->idle || t->priority > cpu->current->priority) {
            cpu->reschedule = true;
            arch_kick(cpu->index);
        }
        return;
    }
    cpu->reschedule = true;
    if (!cpu->candidate) {
        cpu->candidate = t;
    } else if (t->priority > cpu->candidate->priority) {
        sched_put_ready(cpu->candidate, false);
        cpu->candidate = t;
    } else {
        sched_put_ready(t, false);
    }
}

void sched_wake(struct tcb *t)
{
    struct cpu *cpu = cpu_of(t->core);

    if (!schedulable(t) || t->in_ready || t->in_release || cpu->candidate == t) {
        return;
    }
    if (cpu->current == t) {
        cpu->reschedule = true;
    } else if (t->sc == cpu->current_sc || sched_admit(t)) {
        offer(t);
    }
}

void sched_remove(struct tcb *t)
{
    struct cpu *cpu = cpu_of(t->core);

    if (t->in_ready) {
        take_ready(t);
    } else if (t->in_release) {
        take_release(t);
    } else if (cpu->current == t) {
        cpu->reschedule = true;
    } else if (cpu->candidate == t) {
        cpu->candidate = NULL;
    }
}

void sched_block(struct tcb *t, enum thread_state state)
{
    t->state = (uint8_t)state;
    sched_remove(t);
}

void sched_set_priority(struct tcb *t, uint8_t priority)
{
    bool queued = t->in_ready;

    if (queued) {
        take_ready(t);
    }
    t->priority = priority;
    if (queued) {
        offer(t);
    } else if (t->state == TS_BLOCKED_SEND || t->state == TS_BLOCKED_RECV) {
        endpoint_reorder(t);
    } else if (t->state == TS_BLOCKED_NOTIFICATION) {
        notification_reorder(t);
    } else if (cpu_is_running(t)) {
        struct cpu *cpu = cpu_of(t->core);

        cpu->reschedule = true;
        if (cpu != this_cpu()) {
            arch_kick(cpu->index);
        }
    }
}

/* A thread that runs elsewhere is put back into its queue there, so that nothing of it is in use. */
void sched_stall(struct tcb *t)
{
    struct cpu *cpu = cpu_of(t->core);

    if (cpu == this_cpu() || cpu->current != t) {
        return;
    }
    arch_stall(cpu->index);
    if (cpu->current == t) {
        cpu->current = cpu->idle;
        cpu->stalled = true;
        cpu->reschedule = true;
        if (schedulable(t) && !t->in_ready && !t->in_release) {
            sched_put_ready(t, true);
        }
    }
}

/* ---- virtual machines ---- */

static void put_vm_wait(struct tcb *t)
{
    struct cpu *cpu = cpu_of(t->core);
    struct tcb *prev = NULL, *next = cpu->vm_wait_head;

    while (next && next->vm_deadline <= t->vm_deadline) {
        prev = next;
        next = next->vm_wait_next;
    }
    t->vm_wait_prev = prev;
    t->vm_wait_next = next;
    if (next) {
        next->vm_wait_prev = t;
    }
    if (prev) {
        prev->vm_wait_next = t;
    } else {
        cpu->vm_wait_head = t;
        cpu->deadline_dirty = true;
    }
}

static void take_vm_wait(struct tcb *t)
{
    struct cpu *cpu = cpu_of(t->core);

    if (t->vm_wait_prev) {
        t->vm_wait_prev->vm_wait_next = t->vm_wait_next;
    } else {
        cpu->vm_wait_head = t->vm_wait_next;
    }
    if (t->vm_wait_next) {
        t->vm_wait_next->vm_wait_prev = t->vm_wait_prev;
    }
    t->vm_wait_next = t->vm_wait_prev = NULL;
}

void sched_vm_enter(struct cpu *cpu, struct tcb *t)
{
    t->blocking_flags = 0;
    if (t->state == TS_HALTED_VM) {
        sched_remove(t);
        if (t->vm_deadline != 0) {
            put_vm_wait(t);
        }
    } else if (t->state == TS_RUNNING_VM && t->vm_deadline != 0 && t->vm_deadline < cpu->timer_armed) {
        cpu->deadline_dirty = true;
    }
}

void sched_vm_leave(struct tcb *t)
{
    if (t->state == TS_HALTED_VM && t->vm_deadline != 0) {
        take_vm_wait(t);
    }
    t->vm_deadline = 0;
}

static void vm_deadline_reached(struct tcb *t)
{
    sched_vm_leave(t);
    vcpu_deadline(t);
    t->state = TS_RUNNING;
    sched_wake(t);
}

static void check_vm_deadlines(struct cpu *cpu, uint64_t now)
{
    struct tcb *t = cpu->current;

    if (t->state == TS_RUNNING_VM && t->vm_deadline != 0 && t->vm_deadline <= now) {
        vm_deadline_reached(t);
    }
    while (cpu->vm_wait_head && cpu->vm_wait_head->vm_deadline <= now) {
        vm_deadline_reached(cpu->vm_wait_head);
    }
}

/* ---- moving between CPUs ---- */

static void all_threads_link(struct tcb *t, bool in)
{
    struct cpu *cpu = cpu_of(t->core);

    if (in) {
        t->all_prev = NULL;
        t->all_next = cpu->all_threads;
        cpu->all_threads = t;
    } else if (t->all_prev) {
        t->all_prev->all_next = t->all_next;
    } else {
        cpu->all_threads = t->all_next;
    }
    if (t->all_next) {
        t->all_next->all_prev = in ? t : t->all_prev;
    }
}

void core_tcb_init(struct tcb *t, unsigned core)
{
    t->core = (uint16_t)core;
    t->state = TS_INACTIVE;
    all_threads_link(t, true);
    arch_tcb_init(t);
}

void sched_forget(struct tcb *t)
{
    all_threads_link(t, false);
    t->all_next = t->all_prev = NULL;
}

void sched_migrate(struct tcb *t, unsigned core)
{
    bool waits = t->state == TS_HALTED_VM && t->vm_deadline != 0;

    if (t->core == core) {
        return;
    }
    sched_stall(t);
    sched_remove(t);
    if (waits) {
        take_vm_wait(t);
    }
    arch_tcb_migrate(t, core);
    all_threads_link(t, false);
    t->core = (uint16_t)core;
    all_threads_link(t, true);
    if (waits) {
        put_vm_wait(t);
        arch_kick(core);
    }
}

__attribute__((weak)) void arch_tcb_migrate(struct tcb *t, unsigned to)
{
}

/* ---- choosing ---- */

void sched_switch(struct cpu *cpu, struct tcb *next)
{
    if (next->sc != cpu->current_sc) {
        sched_change_context(cpu, next->sc);
    }
    if (next->state == TS_RUNNING_VM && next->vm_deadline != 0) {
        cpu->deadline_dirty = true;
    }
    if (unlikely(next->yield_to)) {
        sc_yield_complete(next);
    }
    cpu->current = next;
    arch_switch_to(next);
}

static struct tcb *best_ready(struct cpu *cpu, int top)
{
    struct tcb *t;

    if (top < 0) {
        return cpu->idle;
    }
    t = cpu->ready[top].head;
    take_ready(t);
    return t;
}

/* The current thread goes on, or is put back so that the best of all can be taken. */
static bool current_stays(struct cpu *cpu)
{
    struct tcb *t = cpu->current, *other = cpu->candidate;

    if (!schedulable(t) || t->in_ready || t->in_release || t->core != cpu->index) {
        return false;
    }
    if (t->sc != cpu->current_sc && !sched_admit(t)) {
        return false;
    }
    if ((!other || other->priority <= t->priority) && ready_highest(cpu) <= t->priority) {
        return true;
    }
    sched_put_ready(t, true);
    return false;
}

static void schedule(struct cpu *cpu)
{
    struct tcb *next = cpu->current, *candidate;
    int top;

    if (current_stays(cpu)) {
        if (cpu->candidate) {
            sched_put_ready(cpu->candidate, false);
        }
        if (next->sc != cpu->current_sc) {
            sched_change_context(cpu, next->sc);
        }
    } else {
        top = ready_highest(cpu);
        candidate = cpu->candidate;
        if (candidate && candidate->priority >= top) {
            next = candidate;
        } else {
            if (candidate) {
                sched_put_ready(candidate, false);
            }
            next = best_ready(cpu, top);
        }
    }
    cpu->candidate = NULL;
    cpu->reschedule = false;
    if (next != cpu->current || cpu->stalled) {
        cpu->stalled = false;
        sched_switch(cpu, next);
    }
}

/* The one-shot timer covers the end of the budget, the next refill of a thread without, and VM deadlines. A
 * timer that is set too early stays: it fires, and the right one is set then. */
static void arm_timer(struct cpu *cpu)
{
    const struct tcb *t = cpu->current;
    uint64_t when = UINT64_MAX;

    cpu->deadline_dirty = false;
    if (cpu->current_sc && sc_active(cpu->current_sc)) {
        uint64_t amount = refill_head(cpu->current_sc)->amount;

        when = amount < FAR_FUTURE ? cpu->sc_since + amount : UINT64_MAX;
    }
    if (cpu->release_head) {
        when = MIN(when, refill_head(cpu->release_head->sc)->time);
    }
    if (cpu->vm_wait_head) {
        when = MIN(when, cpu->vm_wait_head->vm_deadline);
    }
    if (t->state == TS_RUNNING_VM && t->vm_deadline != 0) {
        when = MIN(when, t->vm_deadline);
    }
    if (when < cpu->timer_armed && when < UINT64_MAX) {
        cpu->timer_armed = when;
        arch_set_timer(when);
    }
}

void core_leave(void)
{
    struct cpu *cpu = this_cpu();

    if (unlikely(cpu->reschedule)) {
        schedule(cpu);
    }
    if (unlikely(cpu->deadline_dirty)) {
        arm_timer(cpu);
    }
    cpu->time_known = false;
}

/* ---- events ---- */

/* Stops a thread without budget. One inside a virtual machine makes its VM_ENTER again later. */
static void out_of_budget(struct tcb *t)
{
    if (!fault_has_timeout_handler(t)) {
        this_cpu()->reschedule = true;
        put_release(t);
        return;
    }
    if (t->state == TS_RUNNING_VM) {
        sched_vm_leave(t);
        t->state = TS_RUNNING;
        arch_restart_syscall(t);
    }
    fault_timeout(t);
}

static void check_budget(struct cpu *cpu, uint64_t now)
{
    struct tcb *t = cpu->current;
    struct sched_context *sc = cpu->current_sc;

    if (!charge(cpu, now) || t->sc != sc || !tcb_runnable(t) || t->in_ready || t->in_release) {
        return;
    }
    if (sc_round_robin(sc) || refill_head(sc)->time <= now) {
        sched_put_ready(t, false);
        cpu->reschedule = true;
    } else {
        out_of_budget(t);
    }
}

void core_timer(void)
{
    struct cpu *cpu = this_cpu();
    uint64_t now = cpu_now(cpu);

    cpu->timer_armed = UINT64_MAX;
    cpu->deadline_dirty = true;
    check_budget(cpu, now);
    while (cpu->release_head && refill_head(cpu->release_head->sc)->time <= now) {
        struct tcb *t = cpu->release_head;

        take_release(t);
        offer(t);
    }
    check_vm_deadlines(cpu, now);
    core_leave();
}

void core_kicked(void)
{
    struct cpu *cpu = this_cpu();

    cpu->reschedule = true;
    cpu->deadline_dirty = true;
    core_leave();
}

/* Gives away what is left of the refill in hand. */
void sched_yield_current(struct cpu *cpu)
{
    struct tcb *t = cpu->current;
    struct sched_context *sc = t->sc;

    if (!sc || !sc_active(sc)) {
        return;
    }
    sched_charge(cpu);
    refill_charge(sc, refill_head(sc)->amount);
    cpu->reschedule = true;
    cpu->deadline_dirty = true;
    if (sched_admit(t)) {
        sched_put_ready(t, false);
    }
}

void core_init_cpu(struct cpu *cpu, struct tcb *idle)
{
    idle->state = TS_IDLE;
    idle->priority = 0;
    idle->core = (uint16_t)cpu->index;
    cpu->idle = cpu->current = idle;
    cpu->timer_armed = UINT64_MAX;
    cpu->sc_since = arch_now();
    cpu->reschedule = true;
}

void core_resume(struct tcb *t)
{
    t->state = TS_RUNNING;
    sched_wake(t);
}

void sched_dump(void)
{
    static const char *const names[] = { "inactive", "running", "restart", "receives", "sends", "awaits reply",
                                         "waits", "in VM", "VM halted", "idle" };

    for (unsigned i = 0; i < cpu_count; i++) {
        for (struct tcb *t = cpu_of(i)->all_threads; t; t = t->all_next) {
            kprintf("cpu %u %c %s prio %u %s ip 0x%lx%s%s\n", i, cpu_of(i)->current == t ? '*' : ' ',
                    t->name[0] ? t->name : "?", t->priority, names[t->state],
                    (unsigned long)arch_get_reg(t, ABI_REG_RIP), t->sc ? "" : " no-context",
                    t->in_release ? " no-budget" : "");
        }
    }
}
