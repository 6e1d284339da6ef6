// SPDX-License-Identifier: BSD-2-Clause
// Notifications: words of signal bits; bound ones reach a thread wherever it waits, a virtual machine included.
// Facts: seL4 Reference Manual, chapter 5; donation of the notification's scheduling context: section 6.1.8.
#include <kernel/thread.h>

static void hand_over(struct tcb *t, word_t badge)
{
    arch_set_badge(t, badge);
    arch_set_tag(t, 0);
}

/* A thread without a context runs on the notification's, if that is free. */
static void lend_context(struct notification *ntfn, struct tcb *t)
{
    struct sched_context *sc = ntfn->sc;

    if (!t->sc && sc && !sc->tcb) {
        sc_donate(sc, t);
    }
}

/* The thread waits again: what it borrowed goes back. */
void notification_return_context(struct notification *ntfn, struct tcb *t)
{
    if (t->sc && ntfn->sc == t->sc) {
        sc_unbind_tcb(t->sc);
    }
}

static word_t take_badges(struct notification *ntfn)
{
    word_t badges = ntfn->badges;

    ntfn->badges = 0;
    ntfn->state = NTFN_IDLE;
    return badges;
}

void notification_take(struct notification *ntfn, struct tcb *t)
{
    hand_over(t, take_badges(ntfn));
    lend_context(ntfn, t);
}

bool notification_poll_bound(struct tcb *t, word_t *badge)
{
    struct notification *ntfn = t->bound_notification;

    if (!ntfn || ntfn->state != NTFN_ACTIVE) {
        return false;
    }
    *badge = take_badges(ntfn);
    return true;
}

static void wake_waiter(struct notification *ntfn, word_t badge)
{
    struct tcb *t = ntfn->queue.head;

    queue_remove(&ntfn->queue, t);
    if (!ntfn->queue.head) {
        ntfn->state = NTFN_IDLE;
    }
    hand_over(t, badge);
    t->state = TS_RUNNING;
    lend_context(ntfn, t);
    sched_wake(t);
}

/* The bound thread waits at an endpoint or is inside a virtual machine: it gets the signal there. */
static bool signal_bound(struct notification *ntfn, struct tcb *t, word_t badge)
{
    switch (t->state) {
    case TS_BLOCKED_RECV:
        ipc_unblock(t);
        hand_over(t, badge);
        break;
    case TS_RUNNING_VM:
    case TS_HALTED_VM:
        sched_stall(t);
        sched_vm_leave(t);
        vcpu_wake(t, badge);
        break;
    default:
        return false;
    }
    t->state = TS_RUNNING;
    lend_context(ntfn, t);
    sched_wake(t);
    return true;
}

void notification_signal(struct notification *ntfn, word_t badge)
{
    if (ntfn->state == NTFN_WAITING) {
        wake_waiter(ntfn, badge);
    } else if (ntfn->state == NTFN_ACTIVE) {
        ntfn->badges |= badge;
    } else if (!ntfn->bound || !signal_bound(ntfn, ntfn->bound, badge)) {
        ntfn->badges = badge;
        ntfn->state = NTFN_ACTIVE;
    }
}

void notification_wait(struct tcb *t, struct notification *ntfn, bool blocking)
{
    if (ntfn->state == NTFN_ACTIVE) {
        notification_take(ntfn, t);
    } else if (!blocking) {
        hand_over(t, 0);
    } else {
        notification_return_context(ntfn, t);
        t->blocking_object = ntfn;
        t->blocking_flags = 0;
        sched_block(t, TS_BLOCKED_NOTIFICATION);
        ntfn->state = NTFN_WAITING;
        queue_insert_by_priority(&ntfn->queue, t);
    }
}

void notification_dequeue(struct tcb *t)
{
    struct notification *ntfn = t->blocking_object;

    queue_remove(&ntfn->queue, t);
    if (!ntfn->queue.head) {
        ntfn->state = NTFN_IDLE;
    }
}

void notification_reorder(struct tcb *t)
{
    struct notification *ntfn = t->blocking_object;

    queue_remove(&ntfn->queue, t);
    queue_insert_by_priority(&ntfn->queue, t);
}

void notification_cancel_all(struct notification *ntfn)
{
    while (ntfn->queue.head) {
        struct tcb *t = ntfn->queue.head;

        ipc_cancel(t);
        t->state = TS_RUNNING;
        sched_wake(t);
    }
    take_badges(ntfn);
}

void notification_bind(struct notification *ntfn, struct tcb *t)
{
    ntfn->bound = t;
    t->bound_notification = ntfn;
}

void notification_unbind(struct notification *ntfn)
{
    if (ntfn->bound) {
        ntfn->bound->bound_notification = NULL;
        ntfn->bound = NULL;
    }
}
