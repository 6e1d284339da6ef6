// SPDX-License-Identifier: BSD-2-Clause
// Endpoints, notifications, reply objects, message transfer and faults, as the core's parts see one another.
#ifndef KERNEL_IPC_H
#define KERNEL_IPC_H

#include <kernel/slot.h>

/* Queues of threads, linked through queue_next/prev. */
void queue_append(struct tcb_queue *, struct tcb *);
void queue_insert_by_priority(struct tcb_queue *, struct tcb *);  /* behind those of equal priority */
void queue_remove(struct tcb_queue *, struct tcb *);

#define EP_STATE_MASK 3ull
static inline enum endpoint_state ep_state(const struct endpoint *ep) { return ep->head_state & EP_STATE_MASK; }
static inline struct tcb *ep_head(const struct endpoint *ep)
{
    return (struct tcb *)(uintptr_t)(ep->head_state & ~EP_STATE_MASK);
}

enum ipc_flags {
    IPC_BLOCKING = 1, IPC_CALL = 2, IPC_GRANT = 4, IPC_GRANT_REPLY = 8, IPC_DONATE = 16,
};
void ipc_send(struct tcb *, struct endpoint *, word_t badge, unsigned flags);
void ipc_receive(struct tcb *, const struct cap *endpoint, bool blocking, struct reply *);
void ipc_cancel(struct tcb *);               /* takes the thread out of what it waits for; the call starts again */
void ipc_unblock(struct tcb *);              /* the same without starting the call again */
void endpoint_cancel_all(struct endpoint *);
void endpoint_cancel_badged(struct endpoint *, word_t badge);
void endpoint_reorder(struct tcb *);         /* the waiting thread's priority changed */

void notification_signal(struct notification *, word_t badge);
void notification_wait(struct tcb *, struct notification *, bool blocking);
void notification_cancel_all(struct notification *);
void notification_bind(struct notification *, struct tcb *);
void notification_unbind(struct notification *);
void notification_dequeue(struct tcb *);
void notification_reorder(struct tcb *);
void notification_return_context(struct notification *, struct tcb *);
void notification_take(struct notification *, struct tcb *); /* active: hands the badges to the thread */

void reply_push(struct reply *, struct tcb *caller, struct tcb *callee, bool donate);
void reply_remove(struct reply *);           /* its caller no longer waits; a donated context goes back */
void reply_unlink(struct reply *);           /* nobody uses the object; its thread is not touched further */
void reply_transfer(struct tcb *sender, struct reply *, bool can_grant);
void reply_finalise(struct reply *);
void reply_detach_context(struct sched_context *);  /* the context goes away: its call stack ends */

/* Moves the message of `from` (its fault message, if it has a fault) to `to`. */
void ipc_transfer(struct tcb *from, const struct endpoint *, word_t badge, bool grant, struct tcb *to);
/* Looks up the extra capabilities of a message; returns how many, or -1 after a failed lookup (*why, *cptr). */
int ipc_lookup_extra(struct tcb *, const struct abi_ipc_buffer *, word_t tag,
                     struct cte *extra[ABI_MSG_MAX_EXTRA_CAPS], struct lookup_failure *why, word_t *cptr);
void ipc_set_mr(struct tcb *, struct abi_ipc_buffer *, unsigned i, word_t value);

static inline word_t tag_make(word_t label, word_t unwrapped, word_t extra, word_t length)
{
    return label << ABI_TAG_LABEL_SHIFT | unwrapped << ABI_TAG_UNWRAPPED_SHIFT | extra << ABI_TAG_EXTRA_SHIFT
        | length;
}
static inline word_t tag_label(word_t tag) { return tag >> ABI_TAG_LABEL_SHIFT; }
static inline unsigned tag_extra(word_t tag) { return (tag >> ABI_TAG_EXTRA_SHIFT) & MASK(ABI_TAG_EXTRA_BITS); }
static inline unsigned tag_length(word_t tag)
{
    unsigned length = tag & MASK(ABI_TAG_LENGTH_BITS);
    return MIN(length, ABI_MSG_MAX_LENGTH);
}

/* Faults (fault.c). */
void fault_send(struct tcb *);               /* tcb->fault is set: tell the handler or stop the thread */
void fault_timeout(struct tcb *);            /* budget ran out; only if the thread has a timeout handler */
bool fault_has_timeout_handler(const struct tcb *);
bool fault_handler_cap_ok(const struct cap *); /* may be a fault or timeout handler (empty counts) */
unsigned fault_message(struct tcb *from, struct tcb *to, struct abi_ipc_buffer *);
bool fault_reply(struct tcb *sender, struct tcb *faulter);   /* true = the thread goes on */
struct fault fault_capability(word_t cptr, bool receiving, const struct lookup_failure *);

#endif
