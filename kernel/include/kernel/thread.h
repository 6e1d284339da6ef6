// SPDX-License-Identifier: BSD-2-Clause
// TCB operations and the invocation decoders of each object type.
#ifndef KERNEL_THREAD_H
#define KERNEL_THREAD_H

#include <kernel/ipc.h>
#include <kernel/sched.h>

void tcb_suspend(struct tcb *);
void tcb_resume(struct tcb *);
struct cap tcb_finalise(struct tcb *);       /* returns the zombie with the TCB's slots */

enum abi_error tcb_invoke(struct invocation *) must_check;
enum abi_error cnode_invoke(struct invocation *) must_check;
enum abi_error untyped_invoke(struct invocation *) must_check;
enum abi_error irq_control_invoke(struct invocation *) must_check;
enum abi_error irq_handler_invoke(struct invocation *) must_check;
enum abi_error domain_invoke(struct invocation *) must_check;
void irq_handler_finalise(unsigned irq);     /* last handler capability goes: mask, forget the notification */

/* Wrong number of words or capabilities in the message. */
static inline bool inv_short(const struct invocation *inv, unsigned words, unsigned caps)
{
    return inv->length < words || inv->extra_count < caps;
}

bool fastpath_call(struct cpu *, struct tcb *);
bool fastpath_reply_recv(struct cpu *, struct tcb *);

#endif
