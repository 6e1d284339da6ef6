// SPDX-License-Identifier: BSD-2-Clause
// Thread control blocks: suspend, resume, and the invocations of a TCB.
// Facts: seL4 Reference Manual (MCS), section 6.1 and the API reference of TCB methods.
#include <kernel/thread.h>

_Static_assert(sizeof(struct tcb) <= BIT(12), "a TCB fits its object");
_Static_assert(sizeof(struct endpoint) <= BIT(4), "an endpoint fits its object");
_Static_assert(sizeof(struct notification) <= BIT(6), "a notification fits its object");
_Static_assert(sizeof(struct reply) <= BIT(5), "a reply fits its object");

#define FRAME_REGISTERS ABI_REG_FS_BASE     /* those before are of the frame, the others "integer" registers */

/* ---- life ---- */

void tcb_suspend(struct tcb *t)
{
    sched_stall(t);
    ipc_cancel(t);
    sc_yield_cancel(t);
    sched_block(t, TS_INACTIVE);
}

void tcb_resume(struct tcb *t)
{
    if (tcb_runnable(t) || t->state == TS_HALTED_VM || t->state == TS_IDLE) {
        return;
    }
    ipc_cancel(t);
    t->state = TS_RUNNING;
    sched_wake(t);
}

struct cap tcb_finalise(struct tcb *t)
{
    tcb_suspend(t);
    if (t->bound_notification) {
        notification_unbind(t->bound_notification);
    }
    if (t->sc) {
        sc_unbind_tcb(t->sc);
    }
    arch_tcb_forget(t);
    sched_forget(t);
    return (struct cap){ .type = CAP_ZOMBIE, .size = ZOMBIE_TCB, .object = (intptr_t)t,
                         .zombie.number = TCB_SLOT_COUNT };
}

/* The thread's address space or bases changed: if it is the current one, load them anew. */
static void refresh(struct tcb *t)
{
    struct cpu *cpu = this_cpu();

    if (cpu->current == t) {
        cpu->stalled = true;
        cpu->reschedule = true;
    }
}

static struct tcb *target(const struct invocation *inv)
{
    return cap_object(&inv->cap);
}

/* ---- registers ---- */

/* mr: suspend | flags, count -> registers */
static enum abi_error read_registers(struct invocation *inv)
{
    struct tcb *t = target(inv);
    word_t flags = inv_arg(inv, 0), count = inv_arg(inv, 1);

    if (inv_short(inv, 2, 0)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    if (count < 1 || count > ABI_REG_COUNT) {
        return inv_bad_range(inv, 1, ABI_REG_COUNT);
    }
    if (t == inv->thread) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    sched_stall(t);
    if (flags & 1) {
        tcb_suspend(t);
    }
    for (unsigned i = 0; i < count; i++) {
        inv_reply(inv, i, arch_get_reg(t, (enum abi_register)i));
    }
    return ABI_NO_ERROR;
}

/* mr: resume | flags, count, registers */
static enum abi_error write_registers(struct invocation *inv)
{
    struct tcb *t = target(inv);
    word_t flags = inv_arg(inv, 0), count = inv_arg(inv, 1);

    if (inv_short(inv, 2, 0) || inv->length - 2 < count) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    if (t == inv->thread) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    sched_stall(t);
    for (unsigned i = 0; i < MIN(count, ABI_REG_COUNT); i++) {
        arch_set_reg(t, (enum abi_register)i, inv_arg(inv, i + 2));
    }
    if (count > 0) {
        t->blocking_flags |= BLOCK_IP_WRITTEN;
    }
    if (flags & 1) {
        tcb_resume(t);
    }
    return ABI_NO_ERROR;
}

/* mr: suspend source, resume target, copy frame, copy integer registers; cap: source TCB */
static enum abi_error copy_registers(struct invocation *inv)
{
    struct tcb *t = target(inv), *from;
    word_t flags = inv_arg(inv, 0);

    if (inv_short(inv, 1, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    if (inv->extra[0]->cap.type != CAP_TCB) {
        return inv_bad_cap(inv, 1);
    }
    from = cap_object(&inv->extra[0]->cap);
    sched_stall(from);
    sched_stall(t);
    if (flags & 1) {
        tcb_suspend(from);
    }
    for (unsigned i = 0; i < ABI_REG_COUNT; i++) {
        if (flags & (i < FRAME_REGISTERS ? 4 : 8)) {
            arch_set_reg(t, (enum abi_register)i, arch_get_reg(from, (enum abi_register)i));
        }
    }
    if (flags & 4) {
        t->blocking_flags |= BLOCK_IP_WRITTEN;
    }
    if (flags & 2) {
        tcb_resume(t);
    }
    refresh(t);
    return ABI_NO_ERROR;
}

/* ---- spaces ---- */

struct space { struct cap cspace, vspace, buffer, handler; word_t buffer_address; };

static enum abi_error decode_root(struct invocation *inv, unsigned extra, word_t data, struct cap *out)
{
    struct cap cap = inv->extra[extra]->cap;
    enum abi_error err;

    if (data != 0) {
        cap = cap_with_data(cap, false, data);
    }
    err = cap_derive(inv->extra[extra], &cap, out);
    return err ? inv_fail(inv, err) : ABI_NO_ERROR;
}

static enum abi_error decode_spaces(struct invocation *inv, unsigned first, struct space *s)
{
    enum abi_error err = decode_root(inv, first, inv_arg(inv, 0), &s->cspace);

    if (err) {
        return err;
    }
    if (s->cspace.type != CAP_CNODE) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    err = decode_root(inv, first + 1, inv_arg(inv, 1), &s->vspace);
    if (err) {
        return err;
    }
    return arch_valid_vspace(&s->vspace) ? ABI_NO_ERROR : inv_fail(inv, ABI_ILLEGAL_OPERATION);
}

/* Address 0: the thread has no buffer, whatever the capability is. */
static enum abi_error decode_buffer(struct invocation *inv, unsigned extra, word_t address, struct space *s)
{
    enum abi_error err;

    s->buffer = cap_null();
    s->buffer_address = address;
    if (address == 0) {
        return ABI_NO_ERROR;
    }
    if (!IS_ALIGNED(address, ABI_IPC_BUFFER_BITS)) {
        return inv_fail(inv, ABI_ALIGNMENT_ERROR);
    }
    err = decode_root(inv, extra, 0, &s->buffer);
    if (err) {
        return err;
    }
    return arch_valid_ipc_buffer(&s->buffer, address) ? ABI_NO_ERROR : inv_fail(inv, ABI_ILLEGAL_OPERATION);
}

/* Puts a derived capability into a slot of the TCB. Emptying the slot may delete much, even the source or the
 * thread: then nothing is put. false = preempted. */
static bool install(struct invocation *inv, enum tcb_slot which, const struct cap *cap, unsigned extra)
{
    struct cte *slot = &target(inv)->slot[which], *from = inv->extra[extra];

    if (!slot_delete_deep(slot)) {
        inv->preempted = true;
        return false;
    }
    if (cap->type != CAP_NULL && cap_same_object(cap, &from->cap) && cap_same_object(&inv->cap, &inv->slot->cap)) {
        slot_insert(slot, *cap, from);
    }
    return true;
}

static void install_spaces(struct invocation *inv, const struct space *s, unsigned first)
{
    sched_stall(target(inv));
    if (install(inv, TCB_CSPACE, &s->cspace, first) && install(inv, TCB_VSPACE, &s->vspace, first + 1)) {
        refresh(target(inv));
    }
}

static void install_buffer(struct invocation *inv, const struct space *s, unsigned extra)
{
    if (install(inv, TCB_IPC_BUFFER, &s->buffer, extra)) {
        target(inv)->ipc_buffer = s->buffer_address;
    }
}

/* mr: cspace data, vspace data, buffer address; cap: cspace, vspace, buffer frame */
static enum abi_error configure(struct invocation *inv)
{
    struct space s;
    enum abi_error err;

    if (inv_short(inv, 3, 3)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = decode_spaces(inv, 0, &s);
    if (!err) {
        err = decode_buffer(inv, 2, inv_arg(inv, 2), &s);
    }
    if (err) {
        return err;
    }
    install_spaces(inv, &s, 0);
    if (!inv->preempted) {
        install_buffer(inv, &s, 2);
    }
    return ABI_NO_ERROR;
}

static enum abi_error decode_handler(struct invocation *inv, unsigned extra, struct cap *out)
{
    *out = inv->extra[extra]->cap;
    return fault_handler_cap_ok(out) ? ABI_NO_ERROR : inv_bad_cap(inv, extra + 1);
}

/* mr: cspace data, vspace data; cap: fault endpoint, cspace, vspace */
static enum abi_error set_space(struct invocation *inv)
{
    struct space s;
    enum abi_error err;

    if (inv_short(inv, 2, 3)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = decode_handler(inv, 0, &s.handler);
    if (!err) {
        err = decode_spaces(inv, 1, &s);
    }
    if (err) {
        return err;
    }
    if (install(inv, TCB_FAULT_HANDLER, &s.handler, 0)) {
        install_spaces(inv, &s, 1);
    }
    return ABI_NO_ERROR;
}

/* mr: address; cap: frame */
static enum abi_error set_ipc_buffer(struct invocation *inv)
{
    struct space s;
    enum abi_error err;

    if (inv_short(inv, 1, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = decode_buffer(inv, 0, inv_arg(inv, 0), &s);
    if (!err) {
        sched_stall(target(inv));
        install_buffer(inv, &s, 0);
    }
    return err;
}

/* cap: EPT PML4 */
static enum abi_error set_ept_root(struct invocation *inv)
{
    struct cap root;
    enum abi_error err;

    if (inv_short(inv, 0, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = decode_root(inv, 0, 0, &root);
    if (err) {
        return err;
    }
    if (!arch_valid_ept_root(&root)) {
        return inv_bad_cap(inv, 1);
    }
    sched_stall(target(inv));
    if (install(inv, TCB_EPT_ROOT, &root, 0)) {
        refresh(target(inv));
    }
    return ABI_NO_ERROR;
}

static enum abi_error set_timeout_endpoint(struct invocation *inv)
{
    struct cap handler;
    enum abi_error err;

    if (inv_short(inv, 0, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = decode_handler(inv, 0, &handler);
    if (!err) {
        (void)install(inv, TCB_TIMEOUT_HANDLER, &handler, 0);
    }
    return err;
}

/* ---- scheduling ---- */

/* A priority nobody may give beyond what the authority thread, extra capability 0, could have itself. */
static enum abi_error decode_priority(struct invocation *inv, word_t priority)
{
    const struct tcb *authority;

    if (inv->extra[0]->cap.type != CAP_TCB) {
        return inv_bad_cap(inv, 1);
    }
    authority = cap_object(&inv->extra[0]->cap);
    return priority <= authority->mcp ? ABI_NO_ERROR : inv_bad_range(inv, 0, authority->mcp);
}

static enum abi_error set_priority(struct invocation *inv)
{
    word_t priority = inv_arg(inv, 0);
    enum abi_error err;

    if (inv_short(inv, 1, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = decode_priority(inv, priority);
    if (!err) {
        sched_set_priority(target(inv), (uint8_t)priority);
    }
    return err;
}

static enum abi_error set_mc_priority(struct invocation *inv)
{
    word_t mcp = inv_arg(inv, 0);
    enum abi_error err;

    if (inv_short(inv, 1, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = decode_priority(inv, mcp);
    if (!err) {
        target(inv)->mcp = (uint8_t)mcp;
    }
    return err;
}

static enum abi_error decode_context(struct invocation *inv, const struct cap *cap)
{
    struct tcb *t = target(inv);
    struct sched_context *sc = cap_object(cap);

    if (cap->type == CAP_NULL) {
        return t == inv->thread ? inv_fail(inv, ABI_ILLEGAL_OPERATION) : ABI_NO_ERROR;
    }
    if (cap->type != CAP_SCHED_CONTEXT) {
        return inv_bad_cap(inv, 2);
    }
    if ((t->sc && t->sc != sc) || (sc->tcb && sc->tcb != t)) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    return ABI_NO_ERROR;
}

/* mr: mcp, priority; cap: authority TCB, scheduling context, fault endpoint */
static enum abi_error set_sched_params(struct invocation *inv)
{
    struct tcb *t = target(inv);
    word_t mcp = inv_arg(inv, 0), priority = inv_arg(inv, 1);
    struct cap context, handler;
    enum abi_error err;

    if (inv_short(inv, 2, 3)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    context = inv->extra[1]->cap;
    err = decode_priority(inv, mcp);
    if (!err) {
        err = decode_priority(inv, priority);
    }
    if (!err) {
        err = decode_context(inv, &context);
    }
    if (!err) {
        err = decode_handler(inv, 2, &handler);
    }
    if (err || !install(inv, TCB_FAULT_HANDLER, &handler, 2)) {
        return err;
    }
    t->mcp = (uint8_t)mcp;
    sched_set_priority(t, (uint8_t)priority);
    if (context.type == CAP_NULL && t->sc) {
        sc_unbind_tcb(t->sc);
    } else if (context.type != CAP_NULL && !t->sc) {
        sc_bind_tcb(cap_object(&context), t);
    }
    return ABI_NO_ERROR;
}

static enum abi_error suspend(struct invocation *inv)
{
    tcb_suspend(target(inv));
    return ABI_NO_ERROR;
}

static enum abi_error resume(struct invocation *inv)
{
    tcb_resume(target(inv));
    return ABI_NO_ERROR;
}

/* ---- the rest ---- */

static enum abi_error bind_notification(struct invocation *inv)
{
    struct tcb *t = target(inv);
    struct notification *ntfn;
    const struct cap *cap;

    if (inv_short(inv, 0, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    cap = &inv->extra[0]->cap;
    if (cap->type != CAP_NOTIFICATION || !(cap->rights & ABI_RIGHT_READ)) {
        return inv_bad_cap(inv, 1);
    }
    ntfn = cap_object(cap);
    if (t->bound_notification || ntfn->bound || ntfn->queue.head) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    notification_bind(ntfn, t);
    return ABI_NO_ERROR;
}

static enum abi_error unbind_notification(struct invocation *inv)
{
    struct tcb *t = target(inv);

    if (!t->bound_notification) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    notification_unbind(t->bound_notification);
    return ABI_NO_ERROR;
}

static enum abi_error set_tls_base(struct invocation *inv)
{
    struct tcb *t = target(inv);

    if (inv_short(inv, 1, 0)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    sched_stall(t);
    arch_set_reg(t, ABI_REG_FS_BASE, inv_arg(inv, 0));
    refresh(t);
    return ABI_NO_ERROR;
}

/* mr: bits to clear, bits to set -> flags */
static enum abi_error set_flags(struct invocation *inv)
{
    struct tcb *t = target(inv);

    if (inv_short(inv, 2, 0)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    t->flags = (uint8_t)((t->flags & ~inv_arg(inv, 0)) | inv_arg(inv, 1));
    inv_reply(inv, 0, t->flags);
    return ABI_NO_ERROR;
}

enum abi_error tcb_invoke(struct invocation *inv)
{
    static enum abi_error (*const table[ABI_INV_COUNT])(struct invocation *) = {
        [ABI_INV_TCB_READ_REGISTERS] = read_registers,
        [ABI_INV_TCB_WRITE_REGISTERS] = write_registers,
        [ABI_INV_TCB_COPY_REGISTERS] = copy_registers,
        [ABI_INV_TCB_CONFIGURE] = configure,
        [ABI_INV_TCB_SET_PRIORITY] = set_priority,
        [ABI_INV_TCB_SET_MC_PRIORITY] = set_mc_priority,
        [ABI_INV_TCB_SET_SCHED_PARAMS] = set_sched_params,
        [ABI_INV_TCB_SET_TIMEOUT_ENDPOINT] = set_timeout_endpoint,
        [ABI_INV_TCB_SET_IPC_BUFFER] = set_ipc_buffer,
        [ABI_INV_TCB_SET_SPACE] = set_space,
        [ABI_INV_TCB_SUSPEND] = suspend,
        [ABI_INV_TCB_RESUME] = resume,
        [ABI_INV_TCB_BIND_NOTIFICATION] = bind_notification,
        [ABI_INV_TCB_UNBIND_NOTIFICATION] = unbind_notification,
        [ABI_INV_TCB_SET_TLS_BASE] = set_tls_base,
        [ABI_INV_TCB_SET_FLAGS] = set_flags,
        [ABI_INV_TCB_SET_EPT_ROOT] = set_ept_root,
    };

    if (inv->label >= ABI_INV_COUNT || !table[inv->label]) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    return table[inv->label](inv);
}

/* Domains: there is one. mr: domain; cap: TCB */
enum abi_error domain_invoke(struct invocation *inv)
{
    if (inv->label != ABI_INV_DOMAIN_SET) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (inv_short(inv, 1, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    if (inv_arg(inv, 0) != 0) {
        return inv_bad_arg(inv, 0);
    }
    return inv->extra[0]->cap.type == CAP_TCB ? ABI_NO_ERROR : inv_bad_cap(inv, 1);
}
