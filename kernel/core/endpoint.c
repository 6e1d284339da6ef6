// SPDX-License-Identifier: BSD-2-Clause
// Endpoints: synchronous message passing between threads.
// Facts: seL4 Reference Manual, chapter 4 (message passing), MCS rules for donation in section 6.1.
#include <kernel/thread.h>

/* ---- queues of threads ---- */

void queue_append(struct tcb_queue *q, struct tcb *t)
{
    t->queue_prev = q->tail;
    t->queue_next = NULL;
    if (q->tail) {
        q->tail->queue_next = t;
    } else {
        q->head = t;
    }
    q->tail = t;
}

void queue_insert_by_priority(struct tcb_queue *q, struct tcb *t)
{
    struct tcb *before = q->tail;

    while (before && before->priority < t->priority) {
        before = before->queue_prev;
    }
    t->queue_prev = before;
    t->queue_next = before ? before->queue_next : q->head;
    if (t->queue_next) {
        t->queue_next->queue_prev = t;
    } else {
        q->tail = t;
    }
    if (before) {
        before->queue_next = t;
    } else {
        q->head = t;
    }
}

void queue_remove(struct tcb_queue *q, struct tcb *t)
{
    if (t->queue_prev) {
        t->queue_prev->queue_next = t->queue_next;
    } else {
        q->head = t->queue_next;
    }
    if (t->queue_next) {
        t->queue_next->queue_prev = t->queue_prev;
    } else {
        q->tail = t->queue_prev;
    }
    t->queue_next = t->queue_prev = NULL;
}

static struct tcb_queue ep_queue(const struct endpoint *ep)
{
    return (struct tcb_queue){ ep_head(ep), ep->tail };
}

static void ep_set(struct endpoint *ep, const struct tcb_queue *q, enum endpoint_state state)
{
    ep->head_state = (uint64_t)(uintptr_t)q->head | (q->head ? state : EP_IDLE);
    ep->tail = q->tail;
}

static void ep_enqueue(struct endpoint *ep, struct tcb *t, enum endpoint_state state)
{
    struct tcb_queue q = ep_queue(ep);

    queue_insert_by_priority(&q, t);
    ep_set(ep, &q, state);
}

static void ep_dequeue(struct endpoint *ep, struct tcb *t)
{
    struct tcb_queue q = ep_queue(ep);
    enum endpoint_state state = ep_state(ep);

    queue_remove(&q, t);
    ep_set(ep, &q, state);
}

/* ---- sending and receiving ---- */

static void wait_at(struct tcb *t, struct endpoint *ep, enum endpoint_state side)
{
    t->blocking_object = ep;
    sched_block(t, side == EP_SEND ? TS_BLOCKED_SEND : TS_BLOCKED_RECV);
    ep_enqueue(ep, t, side);
}

static bool expects_reply(const struct tcb *t, bool call)
{
    return call || t->fault.type != ABI_FAULT_NULL;
}

static void deliver(struct tcb *from, struct endpoint *ep, word_t badge, unsigned flags, struct tcb *to)
{
    struct reply *reply = to->reply;

    ep_dequeue(ep, to);
    ipc_transfer(from, ep, badge, flags & IPC_GRANT, to);
    if (reply) {
        reply_unlink(reply);
    }
    to->state = TS_RUNNING;
    if (expects_reply(from, flags & IPC_CALL)) {
        if (reply && (flags & (IPC_GRANT | IPC_GRANT_REPLY))) {
            reply->can_grant = (flags & IPC_GRANT) != 0;
            reply_push(reply, from, to, flags & IPC_DONATE);
        } else {
            sched_block(from, TS_INACTIVE);
        }
    } else if ((flags & IPC_DONATE) && !to->sc && from->sc) {
        sc_donate(from->sc, to);
    }
    sched_wake(to);
}

void ipc_send(struct tcb *t, struct endpoint *ep, word_t badge, unsigned flags)
{
    if (ep_state(ep) == EP_RECV) {
        deliver(t, ep, badge, flags, ep_head(ep));
    } else if (flags & IPC_BLOCKING) {
        t->blocking_badge = badge;
        t->blocking_flags = (flags & IPC_GRANT ? BLOCK_CAN_GRANT : 0)
            | (flags & IPC_GRANT_REPLY ? BLOCK_CAN_GRANT_REPLY : 0) | (flags & IPC_CALL ? BLOCK_IS_CALL : 0);
        wait_at(t, ep, EP_SEND);
    }
}

/* Takes the message of a thread that waits to send. */
static void collect(struct tcb *from, struct endpoint *ep, struct tcb *to, struct reply *reply)
{
    bool grant = from->blocking_flags & BLOCK_CAN_GRANT;

    ep_dequeue(ep, from);
    ipc_transfer(from, ep, from->blocking_badge, grant, to);
    if (!expects_reply(from, from->blocking_flags & BLOCK_IS_CALL)) {
        from->state = TS_RUNNING;
        sched_wake(from);
    } else if (reply && (from->blocking_flags & (BLOCK_CAN_GRANT | BLOCK_CAN_GRANT_REPLY))) {
        reply->can_grant = grant;
        reply_push(reply, from, to, from->fault.type != ABI_FAULT_TIMEOUT);
    } else {
        sched_block(from, TS_INACTIVE);
    }
}

void ipc_receive(struct tcb *t, const struct cap *cap, bool blocking, struct reply *reply)
{
    struct endpoint *ep = cap_object(cap);
    struct notification *bound = t->bound_notification;

    if (reply && reply->tcb && reply->tcb != t) {
        ipc_cancel(reply->tcb);         /* the object serves whom it was last given to */
    }
    if (bound && bound->state == NTFN_ACTIVE) {
        notification_take(bound, t);
        return;
    }
    if (ep_state(ep) == EP_SEND) {
        collect(ep_head(ep), ep, t, reply);
        return;
    }
    if (!blocking) {
        arch_set_badge(t, 0);
        arch_set_tag(t, 0);
        return;
    }
    if (bound) {
        notification_return_context(bound, t);
    }
    t->blocking_flags = cap->rights & ABI_RIGHT_GRANT ? BLOCK_CAN_GRANT : 0;
    t->reply = reply;
    if (reply) {
        reply->tcb = t;
    }
    wait_at(t, ep, EP_RECV);
}

/* ---- ending a wait from outside ---- */

/* The thread leaves what it waits for and becomes TS_INACTIVE; its registers stay as they are. */
void ipc_unblock(struct tcb *t)
{
    switch (t->state) {
    case TS_BLOCKED_SEND:
    case TS_BLOCKED_RECV:
        ep_dequeue(t->blocking_object, t);
        if (t->reply) {
            reply_unlink(t->reply);
        }
        break;
    case TS_BLOCKED_NOTIFICATION:
        notification_dequeue(t);
        break;
    case TS_BLOCKED_REPLY:
        reply_remove(t->reply);
        break;
    case TS_RUNNING_VM:
    case TS_HALTED_VM:
        sched_vm_leave(t);
        break;
    default:
        return;
    }
    sched_block(t, TS_INACTIVE);
}

/* As ipc_unblock, and the thread will make its system call again when it goes on. A thread with a fault
 * stands at the faulting instruction anyway. */
void ipc_cancel(struct tcb *t)
{
    bool waits = t->state != TS_INACTIVE && t->state != TS_RUNNING && t->state != TS_RESTART && t->state != TS_IDLE;

    if (!waits) {
        return;
    }
    ipc_unblock(t);
    if (t->fault.type != ABI_FAULT_NULL) {
        t->fault.type = ABI_FAULT_NULL;
    } else if (!(t->blocking_flags & BLOCK_IP_WRITTEN)) {
        arch_restart_syscall(t);
    }
    t->blocking_flags = 0;
}

/* A waiting thread tries again what it did; one that waits to tell a fault stays stopped. */
static void restart(struct tcb *t)
{
    bool faulted = t->fault.type != ABI_FAULT_NULL;

    ipc_cancel(t);
    if (!faulted) {
        t->state = TS_RUNNING;
        sched_wake(t);
    }
}

void endpoint_cancel_all(struct endpoint *ep)
{
    while (ep_head(ep)) {
        restart(ep_head(ep));
    }
}

void endpoint_cancel_badged(struct endpoint *ep, word_t badge)
{
    struct tcb *next;

    if (ep_state(ep) != EP_SEND) {
        return;
    }
    for (struct tcb *t = ep_head(ep); t; t = next) {
        next = t->queue_next;
        if (t->blocking_badge == badge) {
            restart(t);
        }
    }
}

void endpoint_reorder(struct tcb *t)
{
    struct endpoint *ep = t->blocking_object;
    enum endpoint_state state = ep_state(ep);

    ep_dequeue(ep, t);
    ep_enqueue(ep, t, state);
}
