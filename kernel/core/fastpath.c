// SPDX-License-Identifier: BSD-2-Clause
// The short way for Call and ReplyRecv: message in registers, no capabilities, partner waiting on the same CPU and
// next to run. Everything is looked at first; if one thing is out of the ordinary nothing has changed and the
// ordinary way (endpoint.c, reply.c) is taken. Both must do the same.
#include <kernel/thread.h>

/* No extra capabilities and at most the words that registers hold. */
static bool short_message(word_t tag)
{
    return (tag & MASK(ABI_TAG_EXTRA_SHIFT + ABI_TAG_EXTRA_BITS)) <= ABI_MSG_REGISTERS;
}

static void copy_message(struct tcb *from, struct tcb *to, word_t tag, word_t badge)
{
#ifdef ARCH_MESSAGE_COPY
    /* arch_types.h may have it inline: badge, tag and all message registers at once */
    arch_message_copy(&to->arch, &from->arch, badge, tag);
#else
    for (unsigned i = 0; i < ABI_MSG_REGISTERS; i++) {
        arch_set_mr(to, i, arch_get_mr(from, i));
    }
    arch_set_tag(to, tag);
    arch_set_badge(to, badge);
#endif
}

/* Only the sizes that are shown: label and length, as the ordinary transfer does. */
static word_t plain_tag(word_t tag)
{
    return tag & ~((word_t)MASK(ABI_TAG_UNWRAPPED_BITS) << ABI_TAG_UNWRAPPED_SHIFT);
}

/* May `next` run at once, on `sc`, when the current thread stops? */
static bool runs_next(struct cpu *cpu, const struct tcb *next, struct sched_context *sc)
{
    if (cpu->reschedule || next->core != cpu->index || next->priority < ready_highest(cpu) || !sc_active(sc)) {
        return false;
    }
    return sc == cpu->current_sc || refill_head(sc)->time == 0
        || (!sc->sporadic && refill_head(sc)->time <= cpu_now(cpu));
}

static const struct cap *find(const struct tcb *t, word_t cptr)
{
    struct lookup_failure why;
    struct cte *slot = cspace_find(&t->slot[TCB_CSPACE].cap, cptr, &why);

    return slot ? &slot->cap : NULL;
}

static void pop_receiver(struct endpoint *ep, struct tcb *t)
{
    struct tcb *next = t->queue_next;

    t->queue_next = NULL;
    ep->head_state = (uint64_t)(uintptr_t)next | (next ? EP_RECV : EP_IDLE);
    if (next) {
        next->queue_prev = NULL;
    } else {
        ep->tail = NULL;
    }
}

static struct reply *stack_head(struct sched_context *sc)
{
    return (struct reply *)((uintptr_t)sc | 1);
}

static void lend(struct sched_context *sc, struct reply *reply, struct tcb *from, struct tcb *to)
{
    reply->prev = sc->reply;
    if (reply->prev) {
        reply->prev->next = reply;
    }
    reply->next = stack_head(sc);
    sc->reply = reply;
    sc->tcb = to;
    to->sc = sc;
    from->sc = NULL;
}

bool fastpath_call(struct cpu *cpu, struct tcb *t)
{
    word_t tag = arch_get_tag(t);
    const struct cap *cap = find(t, arch_get_cap_register(t));
    struct endpoint *ep;
    struct reply *reply;
    struct tcb *to;

    if (!cap || cap->type != CAP_ENDPOINT || !short_message(tag) || !(cap->rights & ABI_RIGHT_WRITE)
        || !(cap->rights & (ABI_RIGHT_GRANT | ABI_RIGHT_GRANT_REPLY)) || !t->sc) {
        return false;
    }
    ep = cap_object(cap);
    to = ep_head(ep);
    if (ep_state(ep) != EP_RECV || !to->reply || !runs_next(cpu, to, to->sc ? to->sc : t->sc)) {
        return false;
    }
    pop_receiver(ep, to);
    copy_message(t, to, plain_tag(tag), cap->badge);
    reply = to->reply;
    to->reply = NULL;
    to->state = TS_RUNNING;
    reply->tcb = t;
    reply->can_grant = (cap->rights & ABI_RIGHT_GRANT) != 0;
    t->reply = reply;
    t->state = TS_BLOCKED_REPLY;
    t->blocking_flags = 0;
    if (!to->sc) {
        lend(t->sc, reply, t, to);
    }
    sched_switch(cpu, to);
    return true;
}

static bool can_wait(const struct tcb *t, const struct cap *cap)
{
    const struct notification *bound = t->bound_notification;

    return cap && cap->type == CAP_ENDPOINT && (cap->rights & ABI_RIGHT_READ)
        && ep_state(cap_object(cap)) != EP_SEND && !(bound && (bound->state == NTFN_ACTIVE || bound->sc));
}

static void push_receiver(struct endpoint *ep, struct tcb *t)
{
    struct tcb_queue q = { ep_head(ep), ep->tail };

    queue_insert_by_priority(&q, t);
    ep->head_state = (uint64_t)(uintptr_t)q.head | EP_RECV;
    ep->tail = q.tail;
}

/* The reply hands back the context if it is the one the current thread runs on. */
static bool reply_is_plain(const struct tcb *t, const struct reply *reply)
{
    const struct tcb *caller = reply->tcb;

    if (!caller || caller->state != TS_BLOCKED_REPLY || caller->fault.type != ABI_FAULT_NULL) {
        return false;
    }
    return caller->sc ? !reply->next && !reply->prev : t->sc && reply->next == stack_head(t->sc);
}

bool fastpath_reply_recv(struct cpu *cpu, struct tcb *t)
{
    word_t tag = arch_get_tag(t);
    const struct cap *reply_cap = find(t, arch_get_reply_register(t));
    const struct cap *cap = find(t, arch_get_cap_register(t));
    struct reply *reply;
    struct tcb *caller;

    if (!reply_cap || reply_cap->type != CAP_REPLY || !short_message(tag) || !can_wait(t, cap)) {
        return false;
    }
    reply = cap_object(reply_cap);
    caller = reply->tcb;
    if (!reply_is_plain(t, reply) || !runs_next(cpu, caller, caller->sc ? caller->sc : t->sc)) {
        return false;
    }
    copy_message(t, caller, plain_tag(tag), 0);
    caller->state = TS_RUNNING;
    caller->reply = NULL;
    if (!caller->sc) {
        struct sched_context *sc = t->sc;

        sc->reply = reply->prev;
        if (reply->prev) {
            reply->prev->next = reply->next;
        }
        reply->prev = reply->next = NULL;
        sc->tcb = caller;
        caller->sc = sc;
        t->sc = NULL;
    }
    reply->tcb = t;
    t->reply = reply;
    t->state = TS_BLOCKED_RECV;
    t->blocking_object = cap_object(cap);
    t->blocking_flags = cap->rights & ABI_RIGHT_GRANT ? BLOCK_CAN_GRANT : 0;
    push_receiver(cap_object(cap), t);
    sched_switch(cpu, caller);
    return true;
}
