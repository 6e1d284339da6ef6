// SPDX-License-Identifier: BSD-2-Clause
// Faults: a thread that cannot go on sends a message to its handler and waits for the verdict.
// Facts: seL4 Reference Manual, chapter 6 (faults); timeout faults: section 6.2.4 of the MCS edition.
#include <kernel/thread.h>

/* ---- telling ---- */

static bool handles(const struct cap *cap)
{
    return cap->type == CAP_ENDPOINT && (cap->rights & ABI_RIGHT_WRITE)
        && (cap->rights & (ABI_RIGHT_GRANT | ABI_RIGHT_GRANT_REPLY));
}

bool fault_handler_cap_ok(const struct cap *cap)
{
    return cap->type == CAP_NULL || handles(cap);
}

bool fault_has_timeout_handler(const struct tcb *t)
{
    return handles(&t->slot[TCB_TIMEOUT_HANDLER].cap);
}

static void tell(struct tcb *t, const struct cap *handler, bool donate)
{
    unsigned flags = IPC_BLOCKING | (handler->rights & ABI_RIGHT_GRANT ? IPC_GRANT : 0)
        | (handler->rights & ABI_RIGHT_GRANT_REPLY ? IPC_GRANT_REPLY : 0) | (donate ? IPC_DONATE : 0);

    ipc_send(t, cap_object(handler), handler->badge, flags);
}

void fault_send(struct tcb *t)
{
    const struct cap *handler = &t->slot[TCB_FAULT_HANDLER].cap;

    if (handles(handler)) {
        tell(t, handler, t->sc != NULL);
        return;
    }
    kprintf("thread %s (%p): fault %u without handler, ip 0x%lx, words 0x%lx 0x%lx 0x%lx 0x%lx\n",
            t->name, (void *)t, t->fault.type, (unsigned long)arch_get_reg(t, ABI_REG_RIP),
            (unsigned long)t->fault.word[0], (unsigned long)t->fault.word[1],
            (unsigned long)t->fault.word[2], (unsigned long)t->fault.word[3]);
    t->fault.type = ABI_FAULT_NULL;
    sched_block(t, TS_INACTIVE);
}

void core_fault(struct tcb *t, struct fault fault)
{
    t->fault = fault;
    fault_send(t);
    core_leave();
}

void fault_timeout(struct tcb *t)
{
    t->fault = (struct fault){ .type = ABI_FAULT_TIMEOUT };
    t->fault.word[0] = t->sc->badge;
    t->fault.word[1] = us_from_ticks(t->sc->consumed);
    t->sc->consumed = 0;
    tell(t, &t->slot[TCB_TIMEOUT_HANDLER].cap, false);
}

struct fault fault_capability(word_t cptr, bool receiving, const struct lookup_failure *why)
{
    struct fault f = { .type = ABI_FAULT_CAP, .lookup_type = why->type };

    f.word[1] = cptr;
    f.word[2] = receiving;
    for (unsigned i = 0; i < ARRAY_SIZE(f.lookup); i++) {
        f.lookup[i] = why->word[i];
    }
    return f;
}

/* ---- the message ---- */

static unsigned capability_message(const struct tcb *from, word_t *words)
{
    static const uint8_t lookup_words[] = {
        [ABI_LOOKUP_MISSING_CAPABILITY] = 1, [ABI_LOOKUP_DEPTH_MISMATCH] = 2, [ABI_LOOKUP_GUARD_MISMATCH] = 3,
    };
    const struct fault *f = &from->fault;
    unsigned n = 0;

    words[n++] = arch_get_reg(from, ABI_REG_RIP);
    words[n++] = f->word[1];
    words[n++] = f->word[2];
    words[n++] = f->lookup_type;
    for (unsigned i = 0; f->lookup_type < ARRAY_SIZE(lookup_words) && i < lookup_words[f->lookup_type]; i++) {
        words[n++] = f->lookup[i];
    }
    return n;
}

/* Writes the fault of `from` into the message of `to`; returns its length. */
unsigned fault_message(struct tcb *from, struct tcb *to, struct abi_ipc_buffer *buffer)
{
    word_t words[8];
    unsigned n;

    switch (from->fault.type) {
    case ABI_FAULT_CAP:
        n = capability_message(from, words);
        break;
    case ABI_FAULT_TIMEOUT:
    case ABI_FAULT_VM:
        n = from->fault.type == ABI_FAULT_VM ? 4 : 2;
        for (unsigned i = 0; i < n; i++) {
            words[i] = from->fault.word[i];
        }
        break;
    default:
        return arch_fault_message(from, to, 0);
    }
    for (unsigned i = 0; i < n; i++) {
        ipc_set_mr(to, buffer, i, words[i]);
    }
    return buffer || n <= ABI_MSG_REGISTERS ? n : ABI_MSG_REGISTERS;
}

/* ---- the verdict ---- */

/* Capability and page faults: try again. The others: label 0 = go on with the registers in the message. */
bool fault_reply(struct tcb *sender, struct tcb *faulter)
{
    word_t tag = arch_get_tag(sender);

    if (faulter->fault.type == ABI_FAULT_CAP || faulter->fault.type == ABI_FAULT_VM) {
        return true;
    }
    arch_fault_reply(sender, faulter, tag_length(tag));
    return tag_label(tag) == 0;
}
