// SPDX-License-Identifier: BSD-2-Clause
// System calls and the invocation of capabilities.
// Facts: seL4 Reference Manual (MCS), chapter 2 (kernel services) and the API reference of system calls.
#include <kernel/thread.h>

/* ---- arguments and results of invocations ---- */

word_t inv_arg(const struct invocation *inv, unsigned i)
{
    if (i >= inv->length) {
        return 0;
    }
    if (i < ABI_MSG_REGISTERS) {
        return arch_get_mr(inv->thread, i);
    }
    return *(const volatile unsigned long *)&inv->buffer->msg[i];
}

void inv_reply(struct invocation *inv, unsigned i, word_t value)
{
    if (!inv->is_call || (i >= ABI_MSG_REGISTERS && !inv->buffer)) {
        return;
    }
    ipc_set_mr(inv->thread, inv->buffer, i, value);
    inv->reply_length = MAX(inv->reply_length, i + 1);
}

enum abi_error inv_fail_at(struct invocation *inv, enum abi_error code, const char *file, int line)
{
#ifdef ERROR_TRACE
    kprintf("%s:%d: %s: invocation %lu of cap %lx (type %u): error %d\n", file, line, inv->thread->name,
            (unsigned long)inv->label, (unsigned long)inv->cptr, (unsigned)inv->cap.type, code);
#endif
    return code;
}

static void report_error(struct invocation *inv, enum abi_error err)
{
    static const uint8_t lookup_words[] = { [ABI_LOOKUP_MISSING_CAPABILITY] = 1, [ABI_LOOKUP_DEPTH_MISMATCH] = 2,
                                            [ABI_LOOKUP_GUARD_MISMATCH] = 3 };
    const struct error_detail *e = &inv->error;

    switch (err) {
    case ABI_INVALID_ARGUMENT:
    case ABI_INVALID_CAPABILITY:
        inv_reply(inv, 0, e->argument);
        break;
    case ABI_RANGE_ERROR:
        inv_reply(inv, 0, e->range_min);
        inv_reply(inv, 1, e->range_max);
        break;
    case ABI_NOT_ENOUGH_MEMORY:
        inv_reply(inv, 0, e->available);
        break;
    case ABI_FAILED_LOOKUP:
        inv_reply(inv, 0, e->lookup_source);
        inv_reply(inv, 1, e->lookup_type);
        for (unsigned i = 0; e->lookup_type < ARRAY_SIZE(lookup_words) && i < lookup_words[e->lookup_type]; i++) {
            inv_reply(inv, 2 + i, e->lookup[i]);
        }
        break;
    default:
        break;
    }
}

static void finish(struct invocation *inv, enum abi_error err)
{
    if (err) {
        inv->reply_length = 0;
        report_error(inv, err);
    }
    if (inv->is_call) {
        arch_set_badge(inv->thread, 0);
        arch_set_tag(inv->thread, tag_make(err, 0, 0, inv->reply_length));
    }
}

/* ---- invoking a kernel object ---- */

static enum abi_error dispatch(struct invocation *inv)
{
    static enum abi_error (*const table[CAP_ARCH_FIRST])(struct invocation *) = {
        [CAP_UNTYPED] = untyped_invoke,
        [CAP_CNODE] = cnode_invoke,
        [CAP_TCB] = tcb_invoke,
        [CAP_SCHED_CONTEXT] = sched_context_invoke,
        [CAP_SCHED_CONTROL] = sched_control_invoke,
        [CAP_IRQ_CONTROL] = irq_control_invoke,
        [CAP_IRQ_HANDLER] = irq_handler_invoke,
        [CAP_DOMAIN] = domain_invoke,
    };

    if (cap_is_arch(&inv->cap)) {
        return arch_invoke(inv);
    }
    return table[inv->cap.type] ? table[inv->cap.type](inv) : inv_bad_cap(inv, 0);
}

static void fault_on(struct tcb *t, word_t cptr, bool receiving, const struct lookup_failure *why)
{
    arch_restart_syscall(t);
    t->fault = fault_capability(cptr, receiving, why);
    fault_send(t);
}

/* false = the thread does not go on to a second phase of its call. */
static bool invoke_object(struct tcb *t, struct cte *slot, word_t cptr, unsigned flags)
{
    word_t tag = arch_get_tag(t);
    struct invocation inv = { .thread = t, .label = tag_label(tag), .length = tag_length(tag), .slot = slot,
                              .cap = slot->cap, .cptr = cptr, .is_call = flags & IPC_CALL,
                              .buffer = arch_ipc_buffer(t, true) };
    struct lookup_failure why;
    enum abi_error err;
    int extra = ipc_lookup_extra(t, inv.buffer, tag, inv.extra, &why, &cptr);

    if (extra < 0) {
        if (flags & IPC_BLOCKING) {
            fault_on(t, cptr, false, &why);
        }
        return !(flags & IPC_BLOCKING);
    }
    inv.extra_count = (unsigned)extra;
    if (!inv.buffer) {
        inv.length = MIN(inv.length, ABI_MSG_REGISTERS);
    }
    err = dispatch(&inv);
    if (inv.preempted) {
        arch_restart_syscall(t);
        return false;
    }
    finish(&inv, err);
    return tcb_runnable(t);
}

/* An error for a capability that takes messages, not invocations. */
static void refuse(struct tcb *t, struct cte *slot, word_t cptr, unsigned flags)
{
    struct invocation inv = { .thread = t, .slot = slot, .cap = slot->cap, .cptr = cptr,
                              .is_call = flags & IPC_CALL };

    finish(&inv, inv_bad_cap(&inv, 0));
}

/* Extra capabilities of a message must exist before it is sent. */
static bool extra_ok(struct tcb *t, unsigned flags)
{
    word_t tag = arch_get_tag(t), cptr;
    struct cte *extra[ABI_MSG_MAX_EXTRA_CAPS];
    struct lookup_failure why;

    if (likely(tag_extra(tag) == 0)
        || ipc_lookup_extra(t, arch_ipc_buffer(t, false), tag, extra, &why, &cptr) >= 0) {
        return true;
    }
    if (flags & IPC_BLOCKING) {
        fault_on(t, cptr, false, &why);
    }
    return false;
}

static void acknowledge(struct tcb *t, unsigned flags)
{
    if (flags & IPC_CALL) {
        arch_set_badge(t, 0);
        arch_set_tag(t, 0);
    }
}

static bool invoke(struct tcb *t, word_t cptr, unsigned flags)
{
    struct lookup_failure why;
    struct cte *slot = cspace_find(&t->slot[TCB_CSPACE].cap, cptr, &why);
    struct cap cap;

    if (!slot) {
        if (flags & IPC_BLOCKING) {
            fault_on(t, cptr, false, &why);
        }
        return !(flags & IPC_BLOCKING);
    }
    cap = slot->cap;
    switch (cap.type) {
    case CAP_ENDPOINT:
        if (!(cap.rights & ABI_RIGHT_WRITE)) {
            refuse(t, slot, cptr, flags);
        } else if (extra_ok(t, flags)) {
            ipc_send(t, cap_object(&cap), cap.badge,
                     flags | (cap.rights & ABI_RIGHT_GRANT ? IPC_GRANT : 0)
                         | (cap.rights & ABI_RIGHT_GRANT_REPLY ? IPC_GRANT_REPLY : 0));
        }
        return tcb_runnable(t);
    case CAP_NOTIFICATION:
        if (!(cap.rights & ABI_RIGHT_WRITE)) {
            refuse(t, slot, cptr, flags);
        } else {
            notification_signal(cap_object(&cap), cap.badge);
            acknowledge(t, flags);
        }
        return true;
    case CAP_REPLY:
        if (extra_ok(t, flags)) {
            reply_transfer(t, cap_object(&cap), cap.rights & ABI_RIGHT_GRANT);
            acknowledge(t, flags);
        }
        return tcb_runnable(t);
    default:
        return invoke_object(t, slot, cptr, flags);
    }
}

/* ---- receiving ---- */

static const struct lookup_failure missing = { .type = ABI_LOOKUP_MISSING_CAPABILITY };

static bool find_reply(struct tcb *t, struct reply **out)
{
    word_t cptr = arch_get_reply_register(t);
    struct lookup_failure why;
    struct cte *slot = cspace_find(&t->slot[TCB_CSPACE].cap, cptr, &why);

    if (!slot || slot->cap.type != CAP_REPLY) {
        fault_on(t, cptr, true, slot ? &missing : &why);
        return false;
    }
    *out = cap_object(&slot->cap);
    return true;
}

static void receive(struct tcb *t, bool blocking, bool with_reply)
{
    word_t cptr = arch_get_cap_register(t);
    struct lookup_failure why;
    struct cte *slot = cspace_find(&t->slot[TCB_CSPACE].cap, cptr, &why);
    struct reply *reply = NULL;
    struct cap cap;

    if (!slot) {
        fault_on(t, cptr, true, &why);
        return;
    }
    cap = slot->cap;
    if (cap.type == CAP_ENDPOINT && (cap.rights & ABI_RIGHT_READ)) {
        if (!with_reply || find_reply(t, &reply)) {
            ipc_receive(t, &cap, blocking, reply);
        }
        return;
    }
    if (cap.type == CAP_NOTIFICATION && (cap.rights & ABI_RIGHT_READ)) {
        struct notification *ntfn = cap_object(&cap);

        if (!ntfn->bound || ntfn->bound == t) {
            notification_wait(t, ntfn, blocking);
            return;
        }
    }
    fault_on(t, cptr, true, &missing);
}

/* ---- the system calls ---- */

static void sys_CALL(struct cpu *cpu, struct tcb *t)
{
    if (!fastpath_call(cpu, t)) {
        invoke(t, arch_get_cap_register(t), IPC_BLOCKING | IPC_CALL | IPC_DONATE);
    }
}

static void sys_REPLY_RECV(struct cpu *cpu, struct tcb *t)
{
    if (!fastpath_reply_recv(cpu, t) && invoke(t, arch_get_reply_register(t), IPC_DONATE)) {
        receive(t, true, true);
    }
}

static void sys_NB_SEND_RECV(struct cpu *cpu, struct tcb *t)
{
    if (invoke(t, arch_get_dest_register(t), IPC_DONATE)) {
        receive(t, true, true);
    }
}

static void sys_NB_SEND_WAIT(struct cpu *cpu, struct tcb *t)
{
    if (invoke(t, arch_get_dest_register(t), IPC_DONATE)) {
        receive(t, true, false);
    }
}

static void sys_SEND(struct cpu *cpu, struct tcb *t) { invoke(t, arch_get_cap_register(t), IPC_BLOCKING); }
static void sys_NB_SEND(struct cpu *cpu, struct tcb *t) { invoke(t, arch_get_cap_register(t), 0); }
static void sys_RECV(struct cpu *cpu, struct tcb *t) { receive(t, true, true); }
static void sys_NB_RECV(struct cpu *cpu, struct tcb *t) { receive(t, false, true); }
static void sys_WAIT(struct cpu *cpu, struct tcb *t) { receive(t, true, false); }
static void sys_NB_WAIT(struct cpu *cpu, struct tcb *t) { receive(t, false, false); }
static void sys_YIELD(struct cpu *cpu, struct tcb *t) { sched_yield_current(cpu); }

static void sys_DEBUG_PUT_CHAR(struct cpu *cpu, struct tcb *t) { arch_debug_putc((char)arch_get_cap_register(t)); }
static void sys_DEBUG_DUMP_SCHEDULER(struct cpu *cpu, struct tcb *t) { sched_dump(); }
static void sys_DEBUG_HALT(struct cpu *cpu, struct tcb *t) { arch_halt(); }

static void sys_DEBUG_CAP_IDENTIFY(struct cpu *cpu, struct tcb *t)
{
    struct lookup_failure why;
    struct cte *slot = cspace_lookup(&t->slot[TCB_CSPACE].cap, arch_get_cap_register(t), &why);

    arch_set_badge(t, slot ? slot->cap.type : CAP_NULL);
}

static void sys_DEBUG_NAME_THREAD(struct cpu *cpu, struct tcb *t)
{
    struct lookup_failure why;
    struct cte *slot = cspace_lookup(&t->slot[TCB_CSPACE].cap, arch_get_cap_register(t), &why);
    const struct abi_ipc_buffer *buffer = arch_ipc_buffer(t, false);
    struct tcb *named;

    if (!slot || slot->cap.type != CAP_TCB || !buffer) {
        return;
    }
    named = cap_object(&slot->cap);
    for (unsigned i = 0; i < sizeof named->name - 1; i++) {
        char c = ((const volatile char *)buffer->msg)[i];

        named->name[i] = c >= ' ' && c <= '~' ? c : '\0';
        named->name[i + 1] = '\0';
        if (named->name[i] == '\0') {
            break;
        }
    }
}

static void sys_VM_ENTER(struct cpu *cpu, struct tcb *t)
{
    (void)vm_enter_syscall(t);
    sched_vm_enter(cpu, t);
}

static void sys_SET_TLS_BASE(struct cpu *cpu, struct tcb *t)
{
    arch_set_reg(t, ABI_REG_FS_BASE, arch_get_cap_register(t));
    cpu->stalled = true;        /* loads the thread's state again */
    cpu->reschedule = true;
}

static void (*const syscall_table[])(struct cpu *, struct tcb *) = {
#define X(name, nr) [-(nr) - 1] = sys_##name,
    ABI_SYSCALL_LIST(X)
#undef X
};

void core_syscall(int64_t number)
{
    struct cpu *cpu = this_cpu();
    struct tcb *t = cpu->current;
    uint64_t row = (uint64_t)(-number - 1);

    if (unlikely(cpu->stalled)) {       /* the thread was taken off this CPU; arch_stall took back its call */
        core_leave();
        return;
    }
    if (likely(row < ARRAY_SIZE(syscall_table))) {
        syscall_table[row](cpu, t);
    } else {
        arch_restart_syscall(t);
        t->fault = (struct fault){ .type = ABI_FAULT_UNKNOWN_SYSCALL, .word = { (uint64_t)number } };
        fault_send(t);
    }
    core_leave();
}
