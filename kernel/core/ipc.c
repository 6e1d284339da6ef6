// SPDX-License-Identifier: BSD-2-Clause
// Message transfer: message registers, the rest of the message in the IPC buffers, capabilities.
// Facts: seL4 Reference Manual, sections 4.1 (message registers), 4.2.2 (capability transfer) and 4.2.5.
//
// IPC buffers are shared with their threads, which may run on another CPU: each word is read once.
#include <kernel/ipc.h>

#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))

void ipc_set_mr(struct tcb *t, struct abi_ipc_buffer *buffer, unsigned i, word_t value)
{
    if (i < ABI_MSG_REGISTERS) {
        arch_set_mr(t, i, value);
    } else if (buffer) {
        buffer->msg[i] = value;
    }
}

int ipc_lookup_extra(struct tcb *t, const struct abi_ipc_buffer *buffer, word_t tag,
                     struct cte *extra[ABI_MSG_MAX_EXTRA_CAPS], struct lookup_failure *why, word_t *cptr)
{
    unsigned count = buffer ? tag_extra(tag) : 0;

    for (unsigned i = 0; i < count; i++) {
        *cptr = READ_ONCE(buffer->caps_or_badges[i]);
        extra[i] = cspace_lookup(&t->slot[TCB_CSPACE].cap, *cptr, why);
        if (!extra[i]) {
            return -1;
        }
    }
    return (int)count;
}

/* The slot where `to` wants a received capability; NULL if it names none that is empty. */
static struct cte *receive_slot(struct tcb *to, const struct abi_ipc_buffer *buffer)
{
    struct lookup_failure why;
    struct invocation lookup = { .thread = to };
    word_t cnode = READ_ONCE(buffer->receive_cnode), index = READ_ONCE(buffer->receive_index);
    word_t depth = READ_ONCE(buffer->receive_depth);
    struct cte *root = cspace_lookup(&to->slot[TCB_CSPACE].cap, cnode, &why), *slot;

    if (!root || cspace_lookup_slot(&lookup, &root->cap, index, depth, &slot) || !slot_is_empty(slot)) {
        return NULL;
    }
    return slot;
}

/* Hands over capabilities until one cannot be; those of the endpoint itself arrive as their badge. */
static word_t transfer_caps(struct tcb *from, const struct abi_ipc_buffer *sent, const struct endpoint *ep,
                            struct tcb *to, struct abi_ipc_buffer *received, word_t tag)
{
    struct cte *extra[ABI_MSG_MAX_EXTRA_CAPS], *dest;
    struct lookup_failure why;
    word_t cptr, unwrapped = 0;
    int count = ipc_lookup_extra(from, sent, tag, extra, &why, &cptr), i;

    if (count <= 0 || !received) {
        return tag_make(tag_label(tag), 0, 0, tag_length(tag));
    }
    dest = receive_slot(to, received);
    for (i = 0; i < count; i++) {
        struct cap *cap = &extra[i]->cap, derived;

        if (ep && cap->type == CAP_ENDPOINT && cap_object(cap) == ep) {
            received->caps_or_badges[i] = cap->badge;
            unwrapped |= BIT(i);
            continue;
        }
        if (!dest || cap_derive(extra[i], cap, &derived) != ABI_NO_ERROR || derived.type == CAP_NULL) {
            break;
        }
        slot_insert(dest, derived, extra[i]);
        dest = NULL;
    }
    return tag_make(tag_label(tag), unwrapped, (word_t)i, tag_length(tag));
}

static unsigned copy_message(struct tcb *from, const struct abi_ipc_buffer *sent, struct tcb *to,
                             struct abi_ipc_buffer *received, unsigned length)
{
    for (unsigned i = 0; i < MIN(length, ABI_MSG_REGISTERS); i++) {
        arch_set_mr(to, i, arch_get_mr(from, i));
    }
    if (length <= ABI_MSG_REGISTERS) {
        return length;
    }
    if (!sent || !received) {
        return ABI_MSG_REGISTERS;
    }
    for (unsigned i = ABI_MSG_REGISTERS; i < length; i++) {
        received->msg[i] = READ_ONCE(sent->msg[i]);
    }
    return length;
}

static void normal_transfer(struct tcb *from, const struct endpoint *ep, bool grant, struct tcb *to)
{
    word_t tag = arch_get_tag(from);
    unsigned length = tag_length(tag);
    bool caps = grant && tag_extra(tag);
    struct abi_ipc_buffer *sent = NULL, *received = NULL;

    if (length > ABI_MSG_REGISTERS || caps) {
        sent = arch_ipc_buffer(from, false);
        received = arch_ipc_buffer(to, true);
    }
    length = copy_message(from, sent, to, received, length);
    tag = tag_make(tag_label(tag), 0, caps ? tag_extra(tag) : 0, length);
    arch_set_tag(to, caps ? transfer_caps(from, sent, ep, to, received, tag) : tag);
}

void ipc_transfer(struct tcb *from, const struct endpoint *ep, word_t badge, bool grant, struct tcb *to)
{
    if (unlikely(from->fault.type != ABI_FAULT_NULL)) {
        unsigned length = fault_message(from, to, arch_ipc_buffer(to, true));

        arch_set_tag(to, tag_make(from->fault.type, 0, 0, length));
    } else {
        normal_transfer(from, ep, grant, to);
    }
    arch_set_badge(to, badge);
}
