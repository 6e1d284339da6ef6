// SPDX-License-Identifier: BSD-2-Clause
// Calls between components, thin: up to four words each way, or more through the IPC buffer; bulk data goes through the
// connection's shared buffer (rt_client, rt_dataport).
#ifndef RT_RPC_H
#define RT_RPC_H

#include <rt/rt.h>

/* One message. label: which method; words beyond `length` are 0. */
struct rt_message { seL4_Word label; unsigned length; seL4_Word word[8]; };

/* Calls `cap` with up to 8 words; the answer replaces the message. */
void rt_call(seL4_CPtr cap, struct rt_message *);

/* The common small case: one method, up to three arguments, one result. */
static inline seL4_Word rt_call3(seL4_CPtr cap, seL4_Word method, seL4_Word a, seL4_Word b, seL4_Word c)
{
    seL4_Word mr3 = 0;
    seL4_CallWithMRs(cap, seL4_MessageInfo_new(method, 0, 0, 3), &a, &b, &c, &mr3);
    return a;
}

/* Serves an endpoint for ever with this thread's reply object. The handler gets the message and leaves the
 * answer in it. Signals of a bound notification come with is_signal (no answer is sent). */
typedef void (*rt_serve_fn)(void *context, seL4_Word badge, struct rt_message *);
typedef void (*rt_signal_fn)(void *context, seL4_Word badges);
_Noreturn void rt_serve(seL4_CPtr endpoint, rt_serve_fn, void *context);
/* The same for a thread with a bound notification: messages with a badge that has any bit of `signal_mask` are
 * signals and go to `signal`. Give RPC badges that keep clear of the mask. */
_Noreturn void rt_serve_signals(seL4_CPtr endpoint, rt_serve_fn, seL4_Word signal_mask, rt_signal_fn, void *context);

#endif
