// SPDX-License-Identifier: BSD-2-Clause
// Reply objects: who waits for an answer, and the call stack along which a lent scheduling context goes back.
// Facts: seL4 Reference Manual (MCS), sections 4.2.4 and 6.1.6.
//
// A context lent through a chain of calls has its reply objects in a list: sc->reply is the head (the latest call);
// prev leads to earlier calls; the head's next is the context with bit 0 set.
#include <kernel/thread.h>

#define HEAD_TAG 1ul

static struct reply *head_mark(struct sched_context *sc)
{
    return (struct reply *)((uintptr_t)sc | HEAD_TAG);
}

static struct sched_context *context_of_head(const struct reply *r)
{
    uintptr_t next = (uintptr_t)r->next;

    return next & HEAD_TAG ? (struct sched_context *)(next & ~HEAD_TAG) : NULL;
}

void reply_unlink(struct reply *r)
{
    r->tcb->reply = NULL;
    r->tcb = NULL;
}

/* `caller` now waits for the answer given through `r`; its context goes along if it may and is needed. */
void reply_push(struct reply *r, struct tcb *caller, struct tcb *callee, bool donate)
{
    struct sched_context *sc = caller->sc;

    r->tcb = caller;
    caller->reply = r;
    caller->blocking_flags = 0;
    sched_block(caller, TS_BLOCKED_REPLY);
    r->prev = r->next = NULL;
    if (donate && sc && !callee->sc) {
        r->prev = sc->reply;
        if (r->prev) {
            r->prev->next = r;
        }
        r->next = head_mark(sc);
        sc->reply = r;
        sc_donate(sc, callee);
    }
}

/* Takes the object out of its call stack. The head's context returns to the caller; taking one out of the middle
 * cuts the stack there, and what lies below gets nothing back. */
static void unstack(struct reply *r, struct tcb *caller)
{
    struct sched_context *sc = context_of_head(r);

    if (sc) {
        sc->reply = r->prev;
        if (r->prev) {
            r->prev->next = r->next;
        }
        if (!caller->sc) {
            sc_donate(sc, caller);
        }
    } else {
        if (r->next) {
            r->next->prev = NULL;
        }
        if (r->prev) {
            r->prev->next = NULL;
        }
    }
    r->next = r->prev = NULL;
}

void reply_remove(struct reply *r)
{
    struct tcb *caller = r->tcb;

    reply_unlink(r);
    unstack(r, caller);
}

/* The context is being destroyed or unbound from its stack. */
void reply_detach_context(struct sched_context *sc)
{
    if (sc->reply) {
        sc->reply->next = NULL;
        sc->reply = NULL;
    }
}

void reply_finalise(struct reply *r)
{
    struct tcb *t = r->tcb;

    if (!t) {
        return;
    }
    if (t->state == TS_BLOCKED_REPLY) {
        ipc_cancel(t);
    } else {
        reply_unlink(r);            /* it waits to receive; it goes on doing so without the object */
    }
}

/* The answer: message or verdict on a fault, and the caller runs again. */
void reply_transfer(struct tcb *sender, struct reply *r, bool can_grant)
{
    struct tcb *t = r->tcb;
    bool faulted, timed_out;

    if (!t || t->state != TS_BLOCKED_REPLY) {
        return;
    }
    reply_remove(r);
    faulted = t->fault.type != ABI_FAULT_NULL;
    timed_out = t->fault.type == ABI_FAULT_TIMEOUT;
    if (!faulted) {
        ipc_transfer(sender, NULL, 0, can_grant, t);
        t->state = TS_RUNNING;
    } else {
        t->state = fault_reply(sender, t) ? TS_RUNNING : TS_INACTIVE;
        t->fault.type = ABI_FAULT_NULL;
    }
    if (t->state == TS_RUNNING) {
        sched_wake(t);
        if (t->in_release && !timed_out && fault_has_timeout_handler(t)) {
            sched_remove(t);        /* came back without budget: its handler decides */
            fault_timeout(t);
        }
    }
}
