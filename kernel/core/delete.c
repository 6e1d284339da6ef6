// SPDX-License-Identifier: BSD-2-Clause
// Deletion and revocation of capabilities, with preemption points.
//
// The last capability of a CNode, TCB or VCPU becomes a zombie: it holds the object's memory together while the
// slots inside are emptied from the last to the first, and it is the whole record of how far that came. A slot
// inside may itself turn into a zombie; then it trades places with the first slot of its own object, so that what
// is left to do always hangs off the slot in hand and recursion is never deeper than two.
#include <kernel/thread.h>

#define WORK_UNITS_PER_POLL 32

bool preemption_point(void)
{
    static unsigned units;      /* under the big lock */

    if (++units < WORK_UNITS_PER_POLL) {
        return false;
    }
    units = 0;
    return arch_irq_pending();
}

/* ---- finalising: the object learns that its last capability goes ---- */

static struct cap finalise_endpoint(struct cap cap)
{
    endpoint_cancel_all(cap_object(&cap));
    return cap_null();
}

static struct cap finalise_notification(struct cap cap)
{
    struct notification *ntfn = cap_object(&cap);

    if (ntfn->sc) {
        sc_unbind_notification(ntfn->sc);
    }
    notification_unbind(ntfn);
    notification_cancel_all(ntfn);
    return cap_null();
}

static struct cap finalise_reply(struct cap cap)
{
    reply_finalise(cap_object(&cap));
    return cap_null();
}

static struct cap finalise_sched_context(struct cap cap)
{
    sc_finalise(cap_object(&cap));
    return cap_null();
}

static struct cap finalise_cnode(struct cap cap)
{
    return (struct cap){ .type = CAP_ZOMBIE, .size = cap.size, .object = cap.object,
                         .zombie.number = BIT(cap.size) };
}

static struct cap finalise_tcb(struct cap cap)
{
    return tcb_finalise(cap_object(&cap));
}

static struct cap finalise_irq_handler(struct cap cap)
{
    irq_handler_finalise((unsigned)cap.irq.irq);
    return cap_null();
}

static struct cap (*const finalise_table[CAP_ARCH_FIRST])(struct cap) = {
    [CAP_ENDPOINT] = finalise_endpoint,
    [CAP_NOTIFICATION] = finalise_notification,
    [CAP_REPLY] = finalise_reply,
    [CAP_CNODE] = finalise_cnode,
    [CAP_TCB] = finalise_tcb,
    [CAP_SCHED_CONTEXT] = finalise_sched_context,
    [CAP_IRQ_HANDLER] = finalise_irq_handler,
};

/* What is left of the capability afterwards: CAP_NULL or a zombie. */
static struct cap finalise(struct cte *slot)
{
    struct cap cap = slot->cap;
    bool final;

    if (cap.type == CAP_ZOMBIE) {
        return cap;
    }
    final = slot_is_final(slot);
    if (cap_is_arch(&cap)) {
        return arch_finalise_cap(cap, final);
    }
    return final && finalise_table[cap.type] ? finalise_table[cap.type](cap) : cap_null();
}

/* ---- deletion ---- */

static struct cte *zombie_slots(const struct cap *zombie) { return cap_object(zombie); }

/* A zombie that lies in the first slot of its own object. */
static bool is_cyclic(const struct cte *slot)
{
    return slot->cap.type == CAP_ZOMBIE && zombie_slots(&slot->cap) == slot;
}

static bool is_spent(const struct cte *slot)
{
    return slot->cap.type == CAP_NULL
        || (slot->cap.type == CAP_ZOMBIE
            && (slot->cap.zombie.number == 0 || (slot->cap.zombie.number == 1 && is_cyclic(slot))));
}

/* Puts what finalising left into the slot; true when that was nothing. */
static bool finalise_in_place(struct cte *slot)
{
    if (!slot_is_empty(slot)) {
        slot->cap = finalise(slot);
    }
    if (is_spent(slot)) {
        slot_unlink(slot);
        return true;
    }
    return false;
}

/* Empties a slot inside a dying object. A zombie found or made here moves to the first slot of its object and
 * the capability from there comes here, to be treated the same. Stops early at a cyclic zombie: the slot is then
 * not empty, which the caller sees. false = preempted. */
static bool empty_inner(struct cte *slot)
{
    while (!finalise_in_place(slot)) {
        struct cte *first = zombie_slots(&slot->cap);

        if (first == slot) {
            return true;
        }
        slot_swap(slot, first->cap, first, slot->cap);
        if (preemption_point()) {
            return false;
        }
    }
    return true;
}

/* One step at the zombie in `slot`: its last slot. false = preempted. */
static bool shrink(struct cte *slot)
{
    struct cap zombie = slot->cap;
    struct cte *last = zombie_slots(&zombie) + zombie.zombie.number - 1;

    if (!empty_inner(last)) {
        return false;
    }
    /* The trades may have put something else into `slot`, even nothing. */
    if (slot->cap.type == CAP_ZOMBIE && slot->cap.object == zombie.object && slot_is_empty(last)) {
        slot->cap.zombie.number = zombie.zombie.number - 1;
    }
    return true;
}

bool slot_delete_deep(struct cte *slot)
{
    while (!finalise_in_place(slot)) {
        if (!shrink(slot) || preemption_point()) {
            return false;
        }
    }
    return true;
}

bool slot_revoke(struct cte *slot)
{
    while (!slot_is_empty(slot) && slot_has_children(slot)) {
        if (!slot_delete_deep(mdb_next(slot)) || preemption_point()) {
            return false;
        }
    }
    return true;
}

/* For slots whose capability never leaves a zombie: frames, notifications, endpoints, root tables. */
void slot_delete(struct cte *slot)
{
    if (!slot_is_empty(slot)) {
        struct cap rest = finalise(slot);

        CHECK(rest.type == CAP_NULL);
        slot_unlink(slot);
    }
}
