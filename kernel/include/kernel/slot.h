// SPDX-License-Identifier: BSD-2-Clause
// Slots and the derivation list: what the parts of the core share beyond syscall.h.
#ifndef KERNEL_SLOT_H
#define KERNEL_SLOT_H

#include <kernel/arch.h>

/* How capabilities relate (cap.c). */
bool cap_same_region(const struct cap *parent, const struct cap *child);
bool cap_same_object(const struct cap *a, const struct cap *b);

/* New capabilities out of old ones; an out or result of type CAP_NULL means "may not be had". */
enum abi_error cap_derive(const struct cte *slot, const struct cap *in, struct cap *out) must_check;
struct cap cap_with_rights(struct cap, word_t rights);
struct cap cap_with_data(struct cap, bool preserve, word_t data);

static inline struct cap cap_null(void) { return (struct cap){ .type = CAP_NULL }; }

/* Places in the derivation list. */
void slot_move(struct cte *dest, struct cap, struct cte *src);
void slot_swap(struct cte *a, struct cap for_a, struct cte *b, struct cap for_b); /* for_a goes into a */
void slot_unlink(struct cte *);              /* takes the capability out of slot and list; no finalising */
bool slot_is_parent(const struct cte *parent, const struct cte *child);
bool slot_is_final(const struct cte *);      /* no other capability names the object */

/* Deletion (delete.c). false = stopped at a preemption point: do the same again. */
bool slot_delete_deep(struct cte *) must_check;
bool slot_revoke(struct cte *) must_check;
bool preemption_point(void) must_check;      /* true = an interrupt waits, stop as soon as the state is sound */

/* Lookup of a thread's capability with all word bits (cspace.c); NULL and *why filled when there is none. */
struct lookup_failure { word_t type, word[3]; };
struct cte *cspace_lookup(const struct cap *root, word_t cptr, struct lookup_failure *why);

/* The same, short for the usual case: a root CNode whose guard and slots take all bits of the address. */
static inline struct cte *cspace_find(const struct cap *root, word_t cptr, struct lookup_failure *why)
{
    unsigned radix = root->size;

    if (likely(root->type == CAP_CNODE && radix + root->cnode.guard_size == ABI_WORD_BITS
               && cptr >> radix == root->cnode.guard)) {
        return (struct cte *)cap_object(root) + (cptr & (BIT(radix) - 1));
    }
    return cspace_lookup(root, cptr, why);
}

#endif
