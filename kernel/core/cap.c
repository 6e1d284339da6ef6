// SPDX-License-Identifier: BSD-2-Clause
// Capabilities: which name the same memory, how new ones are made from old ones, and the derivation list.
// Facts: seL4 Reference Manual, chapter 3 (capability spaces), figure of the derivation tree.
#include <kernel/slot.h>

/* ---- relations ---- */

static bool untyped_covers(const struct cap *parent, const struct cap *child)
{
    uint64_t offset = (uint64_t)child->object - (uint64_t)parent->object;

    if (child->object == 0 || offset > MASK(parent->size)) {
        return false;
    }
    return child->type != CAP_UNTYPED || child->size <= parent->size;
}

/* May `child` be a capability derived from `parent`, judged by what they name? Objects never straddle the
 * boundaries of an untyped, so for memory it is enough to look where the child begins. */
bool cap_same_region(const struct cap *parent, const struct cap *child)
{
    switch (parent->type) {
    case CAP_NULL:
    case CAP_ZOMBIE:
        return false;
    case CAP_UNTYPED:
        return untyped_covers(parent, child);
    case CAP_IRQ_CONTROL:
        return child->type == CAP_IRQ_CONTROL || child->type == CAP_IRQ_HANDLER;
    case CAP_IRQ_HANDLER:
        return child->type == CAP_IRQ_HANDLER && child->irq.irq == parent->irq.irq;
    case CAP_SCHED_CONTROL:
        return child->type == CAP_SCHED_CONTROL && child->sched_control.core == parent->sched_control.core;
    default:
        if (cap_is_arch(parent)) {
            return arch_same_region(parent, child);
        }
        return child->type == parent->type && child->object == parent->object;
    }
}

bool cap_same_object(const struct cap *a, const struct cap *b)
{
    if (a->type == CAP_UNTYPED || (a->type == CAP_IRQ_CONTROL && b->type != CAP_IRQ_CONTROL)) {
        return false;
    }
    if (cap_is_arch(a)) {
        return cap_is_arch(b) && arch_same_object(a, b);
    }
    return cap_same_region(a, b);
}

/* ---- new capabilities out of old ones ---- */

enum abi_error cap_derive(const struct cte *slot, const struct cap *in, struct cap *out)
{
    *out = cap_null();
    switch (in->type) {
    case CAP_NULL:
    case CAP_ZOMBIE:
    case CAP_IRQ_CONTROL:
        return ABI_NO_ERROR;
    case CAP_UNTYPED:
        if (slot_has_children(slot)) {
            return ABI_REVOKE_FIRST;
        }
        break;
    default:
        if (cap_is_arch(in)) {
            return arch_derive_cap(slot, in, out);
        }
    }
    *out = *in;
    return ABI_NO_ERROR;
}

struct cap cap_with_rights(struct cap cap, word_t rights)
{
    if (cap_is_arch(&cap)) {
        return arch_cap_with_rights(cap, rights);
    }
    cap.rights &= rights;      /* a type without rights has none set */
    return cap;
}

static struct cap cap_with_guard(struct cap cap, word_t data)
{
    word_t guard_size = data & MASK(ABI_CNODE_GUARD_SIZE_BITS);

    if (guard_size + cap.size > ABI_WORD_BITS) {
        return cap_null();
    }
    cap.cnode.guard_size = guard_size;
    cap.cnode.guard = (data >> ABI_CNODE_GUARD_SIZE_BITS) & MASK(guard_size);
    return cap;
}

/* Badge or guard from the data word of Mint and Mutate; `preserve` keeps badges as they are. */
struct cap cap_with_data(struct cap cap, bool preserve, word_t data)
{
    switch (cap.type) {
    case CAP_ENDPOINT:
    case CAP_NOTIFICATION:
        if (preserve || cap.badge != 0) {
            return cap_null();
        }
        cap.badge = data;
        return cap;
    case CAP_CNODE:
        return cap_with_guard(cap, data);
    default:
        return cap_is_arch(&cap) ? arch_cap_with_data(cap, preserve, data) : cap;
    }
}

/* ---- the derivation list ---- */

static void set_next(struct cte *slot, const struct cte *next)
{
    if (slot) {
        slot->mdb.next = (intptr_t)next;
    }
}

static void set_prev(struct cte *slot, const struct cte *prev)
{
    if (slot) {
        slot->mdb.prev = (intptr_t)prev;
    }
}

/* Can capabilities be derived from `cap`, which was itself made out of `from`? Copies are siblings of their
 * source; what is new (a badge, an object, a handler) is the parent of what follows. */
static bool starts_family(const struct cap *cap, const struct cap *from)
{
    if (cap->type != from->type || cap->type == CAP_UNTYPED) {
        return true;
    }
    return (cap->type == CAP_ENDPOINT || cap->type == CAP_NOTIFICATION) && cap->badge != from->badge;
}

/* An untyped and its copy must not hand out the same memory twice. */
static void exhaust_copied_untyped(struct cte *source, const struct cap *copy)
{
    struct cap *cap = &source->cap;

    if (cap->type == CAP_UNTYPED && copy->type == CAP_UNTYPED && cap->object == copy->object
        && cap->size == copy->size) {
        cap->untyped.free = BIT(cap->size - ABI_UNTYPED_MIN_BITS);
        cap->untyped.cleared = 0;
    }
}

static void insert_after(struct cte *dest, struct cap cap, struct cte *before, bool family)
{
    struct cte *next = mdb_next(before);

    dest->cap = cap;
    dest->mdb = (struct mdb){ .revocable = family, .first_badged = family };
    set_prev(dest, before);
    set_next(dest, next);
    set_prev(next, dest);
    set_next(before, dest);
}

void slot_insert(struct cte *dest, struct cap cap, struct cte *parent)
{
    CHECK(slot_is_empty(dest));
    exhaust_copied_untyped(parent, &cap);
    insert_after(dest, cap, parent, starts_family(&cap, &parent->cap));
}

void core_slot_insert_initial(struct cte *slot, struct cap cap)
{
    slot->cap = cap;
    slot->mdb = (struct mdb){ .revocable = true, .first_badged = true };
}

void slot_move(struct cte *dest, struct cap cap, struct cte *src)
{
    CHECK(slot_is_empty(dest));
    dest->cap = cap;
    dest->mdb = src->mdb;
    set_next(mdb_prev(dest), dest);
    set_prev(mdb_next(dest), dest);
    src->cap = cap_null();
    src->mdb = (struct mdb){ 0 };
}

void slot_swap(struct cte *a, struct cap for_a, struct cte *b, struct cap for_b)
{
    struct mdb of_a = a->mdb, of_b = b->mdb;

    a->cap = for_a;
    b->cap = for_b;
    a->mdb = of_b;
    b->mdb = of_a;
    if (of_a.next == (intptr_t)b) {
        set_prev(a, b);
        set_next(b, a);
    } else if (of_b.next == (intptr_t)a) {
        set_prev(b, a);
        set_next(a, b);
    }
    set_next(mdb_prev(a), a);
    set_prev(mdb_next(a), a);
    set_next(mdb_prev(b), b);
    set_prev(mdb_next(b), b);
}

void slot_unlink(struct cte *slot)
{
    struct cte *prev = mdb_prev(slot), *next = mdb_next(slot);

    set_next(prev, next);
    set_prev(next, prev);
    if (next && slot->mdb.first_badged) {
        next->mdb.first_badged = true;      /* it now begins the family */
    }
    slot->cap = cap_null();
    slot->mdb = (struct mdb){ 0 };
}

bool slot_is_empty(const struct cte *slot)
{
    return slot->cap.type == CAP_NULL;
}

bool slot_is_parent(const struct cte *parent, const struct cte *child)
{
    const struct cap *cap = &parent->cap;

    if (!parent->mdb.revocable || !cap_same_region(cap, &child->cap)) {
        return false;
    }
    if ((cap->type == CAP_ENDPOINT || cap->type == CAP_NOTIFICATION) && cap->badge != 0) {
        return cap->badge == child->cap.badge && !child->mdb.first_badged;
    }
    return true;
}

bool slot_has_children(const struct cte *slot)
{
    const struct cte *next = mdb_next(slot);

    return next && slot_is_parent(slot, next);
}

bool slot_is_final(const struct cte *slot)
{
    const struct cte *prev = mdb_prev(slot), *next = mdb_next(slot);

    return !(prev && cap_same_object(&prev->cap, &slot->cap)) && !(next && cap_same_object(&slot->cap, &next->cap));
}
