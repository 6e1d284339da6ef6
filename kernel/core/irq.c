// SPDX-License-Identifier: BSD-2-Clause
// Interrupts for user level: IRQ handlers, each with a slot for the notification it signals.
// Facts: seL4 Reference Manual, section 8.2 (interrupts). The slots are static: a CNode of the kernel's own.
#include <kernel/thread.h>

static struct cte irq_slot[IRQ_COUNT];
static bool irq_active[IRQ_COUNT];

bool irq_is_active(unsigned irq)
{
    return irq_active[irq];
}

void irq_issue(unsigned irq, struct cte *control, struct cte *dest)
{
    struct cap cap = { .type = CAP_IRQ_HANDLER };

    cap.irq.irq = irq;
    irq_active[irq] = true;
    slot_insert(dest, cap, control);
    arch_irq_mask(irq, false);
}

void irq_handler_finalise(unsigned irq)
{
    arch_irq_mask(irq, true);
    slot_delete(&irq_slot[irq]);
    irq_active[irq] = false;
}

/* The line stays masked until the handler's Ack. */
void core_irq(unsigned irq)
{
    arch_irq_mask(irq, true);
    arch_irq_ack(irq);
    if (irq < IRQ_COUNT && irq_slot[irq].cap.type == CAP_NOTIFICATION) {
        notification_signal(cap_object(&irq_slot[irq].cap), irq_slot[irq].cap.badge);
    }
    core_leave();
}

enum abi_error irq_control_invoke(struct invocation *inv)
{
    if (inv->label != ABI_INV_IRQ_ISSUE_IOAPIC && inv->label != ABI_INV_IRQ_ISSUE_MSI) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    return arch_invoke(inv);        /* the lines are the architecture's; it comes back to irq_issue */
}

static enum abi_error set_notification(struct invocation *inv, struct cte *slot)
{
    struct cte *from;

    if (inv_short(inv, 0, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    from = inv->extra[0];
    if (from->cap.type != CAP_NOTIFICATION || !(from->cap.rights & ABI_RIGHT_WRITE)) {
        return inv_bad_cap(inv, 1);
    }
    slot_delete(slot);
    slot_insert(slot, from->cap, from);
    return ABI_NO_ERROR;
}

enum abi_error irq_handler_invoke(struct invocation *inv)
{
    unsigned irq = (unsigned)inv->cap.irq.irq;

    switch (inv->label) {
    case ABI_INV_IRQ_ACK:
        arch_irq_mask(irq, false);
        return ABI_NO_ERROR;
    case ABI_INV_IRQ_SET_NOTIFICATION:
        return set_notification(inv, &irq_slot[irq]);
    case ABI_INV_IRQ_CLEAR:
        slot_delete(&irq_slot[irq]);
        return ABI_NO_ERROR;
    default:
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
}
