// SPDX-License-Identifier: BSD-2-Clause
// An invocation as decoders see it, and the results they give.
//
// A decoder checks everything and changes nothing; once it starts to change things it cannot fail. It
// returns an enum abi_error; details of the error go into inv->error (where it was born is printed by a debug
// build with ERROR_TRACE).
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <abi/error.h>
#include <abi/syscall.h>
#include <kernel/object.h>

struct error_detail {
    word_t argument;                     /* INVALID_ARGUMENT, INVALID_CAPABILITY: which */
    word_t range_min, range_max;
    word_t available;
    bool   lookup_source;
    word_t lookup_type, lookup[3];
};

struct invocation {
    struct tcb *thread;                  /* the caller */
    word_t label, length;                /* enum abi_invocation; words of the message */
    struct cte *slot;                    /* the invoked capability's slot; inv->cap is its copy */
    struct cap cap;
    word_t cptr;
    struct abi_ipc_buffer *buffer;       /* caller's, may be NULL: then only message registers exist */
    unsigned extra_count;
    struct cte *extra[ABI_MSG_MAX_EXTRA_CAPS];
    bool is_call;                        /* the caller waits for an answer */
    bool preempted;                      /* out: stopped at a preemption point; the call is made again */
    unsigned reply_length;               /* out: message registers set by inv_reply */
    struct error_detail error;
};

word_t inv_arg(const struct invocation *, unsigned i);        /* message register i; 0 behind the end: check length first */
void inv_reply(struct invocation *, unsigned i, word_t value); /* result word i */

/* return inv_error(inv, ABI_...): remembers file and line in debug builds. */
#define inv_fail(inv, code) inv_fail_at((inv), (code), __FILE__, __LINE__)
#define inv_bad_arg(inv, n) ((inv)->error.argument = (n), inv_fail(inv, ABI_INVALID_ARGUMENT))
#define inv_bad_cap(inv, n) ((inv)->error.argument = (n), inv_fail(inv, ABI_INVALID_CAPABILITY))
#define inv_bad_range(inv, lo, hi) \
    ((inv)->error.range_min = (lo), (inv)->error.range_max = (hi), inv_fail(inv, ABI_RANGE_ERROR))
enum abi_error inv_fail_at(struct invocation *, enum abi_error, const char *file, int line);

/* Capability-space services that architecture decoders use. */
enum abi_error cspace_lookup_slot(struct invocation *, const struct cap *root, word_t index, word_t depth,
                                  struct cte **out) must_check;    /* for a destination: the slot itself */
bool slot_is_empty(const struct cte *);
void slot_insert(struct cte *dest, struct cap, struct cte *parent); /* dest becomes a child/sibling of parent */
bool slot_has_children(const struct cte *);
void slot_delete(struct cte *);              /* empties a slot that needs no preemption (TCB slots and the like) */

#endif
