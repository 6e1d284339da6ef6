// SPDX-License-Identifier: BSD-2-Clause
// Scheduling contexts: binding, lending, and the invocations of SchedControl and SchedContext.
// Facts: seL4 Reference Manual (MCS), section 6.1 and the API reference of both object types.
#include <kernel/thread.h>

#define FLAG_SPORADIC 1u

unsigned sc_max_refills(unsigned size_bits)
{
    uint64_t n = (BIT(size_bits) - sizeof(struct sched_context)) / sizeof(struct refill);

    return (unsigned)MIN(n, UINT16_MAX);
}

/* ---- binding ---- */

/* The CPU that has this context in use charges it and takes it up again, changed, at its next scheduling. */
void sc_forget(struct sched_context *sc)
{
    struct cpu *cpu = cpu_of(sc->core);

    if (cpu->current_sc == sc) {
        sched_charge(cpu);
        cpu->current_sc = NULL;
        cpu->reschedule = true;
        if (cpu != this_cpu()) {
            arch_kick(cpu->index);
        }
    }
}

void sc_bind_tcb(struct sched_context *sc, struct tcb *t)
{
    sc->tcb = t;
    t->sc = sc;
    sched_migrate(t, sc->core);
    sched_wake(t);
}

void sc_unbind_tcb(struct sched_context *sc)
{
    struct tcb *t = sc->tcb;

    sched_stall(t);
    sched_remove(t);
    t->sc = NULL;
    sc->tcb = NULL;
}

void sc_bind_notification(struct sched_context *sc, struct notification *ntfn)
{
    sc->notification = ntfn;
    ntfn->sc = sc;
}

void sc_unbind_notification(struct sched_context *sc)
{
    sc->notification->sc = NULL;
    sc->notification = NULL;
}

/* Whoever has the context loses it to `to`, which has none. */
void sc_donate(struct sched_context *sc, struct tcb *to)
{
    if (sc->tcb) {
        sc_unbind_tcb(sc);
    }
    sc->tcb = to;
    to->sc = sc;
    sched_migrate(to, sc->core);
    if (cpu_is_running(to)) {
        cpu_of(to->core)->reschedule = true;
    }
}

void sc_finalise(struct sched_context *sc)
{
    if (sc->tcb) {
        sc_unbind_tcb(sc);
    }
    if (sc->notification) {
        sc_unbind_notification(sc);
    }
    if (sc->yield_from) {
        sc_yield_cancel(sc->yield_from);
    }
    reply_detach_context(sc);
    sc_forget(sc);
    sc->refill_max = 0;
}

void core_sched_context_init(struct sched_context *sc, unsigned size_bits, unsigned core, uint64_t budget,
                             uint64_t period)
{
    sc->size_bits = (uint16_t)size_bits;
    sc->core = (uint16_t)core;
    refill_new(sc, MIN_REFILLS, budget, period, arch_now());
}

void core_sched_context_bind(struct sched_context *sc, struct tcb *t)
{
    sc_bind_tcb(sc, t);
}

/* ---- SchedControl ---- */

struct configuration { uint64_t budget, period, badge; unsigned max, core; bool sporadic; };

static void configure(struct sched_context *sc, const struct configuration *c)
{
    struct tcb *t = sc->tcb;
    uint64_t now = cpu_now(this_cpu());

    sc_forget(sc);
    if (t) {
        sched_stall(t);
        sched_remove(t);
    }
    sc->badge = c->badge;
    sc->sporadic = c->sporadic;
    if (sc_active(sc) && t) {
        refill_update(sc, c->max, c->budget, c->period, now);
    } else {
        refill_new(sc, c->max, c->budget, c->period, now);
    }
    sc->core = (uint16_t)c->core;
    if (t) {
        sched_migrate(t, c->core);
        sched_wake(t);
    }
}

/* mr: budget us, period us, extra refills, badge, flags; cap: scheduling context */
enum abi_error sched_control_invoke(struct invocation *inv)
{
    struct configuration c;
    struct sched_context *sc;
    word_t budget, period, extra, most;

    if (inv->label != ABI_INV_SCHED_CONTROL_CONFIGURE) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (inv_short(inv, 5, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    if (inv->extra[0]->cap.type != CAP_SCHED_CONTEXT) {
        return inv_bad_cap(inv, 1);
    }
    sc = cap_object(&inv->extra[0]->cap);
    budget = inv_arg(inv, 0);
    period = inv_arg(inv, 1);
    extra = inv_arg(inv, 2);
    if (budget < MIN_BUDGET_US || budget > MAX_PERIOD_US) {
        return inv_bad_range(inv, MIN_BUDGET_US, MAX_PERIOD_US);
    }
    if (period < budget || period > MAX_PERIOD_US) {
        return inv_bad_range(inv, budget, MAX_PERIOD_US);
    }
    most = sc_max_refills(inv->extra[0]->cap.size) - MIN_REFILLS;
    if (extra > most) {
        return inv_bad_range(inv, 0, most);
    }
    c.budget = ticks_from_us(budget);
    c.period = budget == period ? 0 : ticks_from_us(period);
    c.max = (unsigned)extra + MIN_REFILLS;
    c.badge = inv_arg(inv, 3);
    c.sporadic = inv_arg(inv, 4) & FLAG_SPORADIC;
    c.core = (unsigned)inv->cap.sched_control.core;
    configure(sc, &c);
    return ABI_NO_ERROR;
}

/* ---- SchedContext ---- */

static struct sched_context *target(const struct invocation *inv)
{
    return cap_object(&inv->cap);
}

static bool sc_has_time(struct sched_context *sc)
{
    return sc_active(sc) && refill_head(sc)->time <= cpu_now(this_cpu());
}

static bool tcb_waits(const struct tcb *t)
{
    return t->state >= TS_BLOCKED_RECV && t->state <= TS_BLOCKED_NOTIFICATION;
}

static enum abi_error bind(struct invocation *inv)
{
    struct sched_context *sc = target(inv);
    const struct cap *cap;

    if (inv_short(inv, 0, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    cap = &inv->extra[0]->cap;
    if (cap->type != CAP_TCB && cap->type != CAP_NOTIFICATION) {
        return inv_bad_cap(inv, 1);
    }
    if (sc->tcb || sc->notification) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (cap->type == CAP_TCB) {
        struct tcb *t = cap_object(cap);

        if (t->sc || (tcb_waits(t) && !sc_has_time(sc))) {
            return inv_fail(inv, ABI_ILLEGAL_OPERATION);
        }
        sc_bind_tcb(sc, t);
    } else {
        struct notification *ntfn = cap_object(cap);

        if (ntfn->sc) {
            return inv_fail(inv, ABI_ILLEGAL_OPERATION);
        }
        sc_bind_notification(sc, ntfn);
    }
    return ABI_NO_ERROR;
}

static enum abi_error unbind(struct invocation *inv)
{
    struct sched_context *sc = target(inv);

    if (sc->tcb == inv->thread) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (sc->tcb) {
        sc_unbind_tcb(sc);
    }
    if (sc->notification) {
        sc_unbind_notification(sc);
    }
    reply_detach_context(sc);
    return ABI_NO_ERROR;
}

static enum abi_error unbind_object(struct invocation *inv)
{
    struct sched_context *sc = target(inv);
    const struct cap *cap;

    if (inv_short(inv, 0, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    cap = &inv->extra[0]->cap;
    if (cap->type == CAP_TCB && sc->tcb == cap_object(cap) && sc->tcb && sc->tcb != inv->thread) {
        sc_unbind_tcb(sc);
    } else if (cap->type == CAP_NOTIFICATION && sc->notification == cap_object(cap) && sc->notification) {
        sc_unbind_notification(sc);
    } else if (cap->type != CAP_TCB && cap->type != CAP_NOTIFICATION) {
        return inv_bad_cap(inv, 1);
    } else {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    return ABI_NO_ERROR;
}

static word_t take_consumed(struct sched_context *sc)
{
    struct cpu *cpu = cpu_of(sc->core);
    uint64_t ticks;

    if (cpu->current_sc == sc) {
        sched_charge(cpu);
    }
    ticks = sc->consumed;
    sc->consumed = 0;
    return us_from_ticks(ticks);
}

static enum abi_error consumed(struct invocation *inv)
{
    inv_reply(inv, 0, take_consumed(target(inv)));
    return ABI_NO_ERROR;
}

void sc_yield_cancel(struct tcb *t)
{
    if (t->yield_to) {
        t->yield_to->yield_from = NULL;
        t->yield_to = NULL;
    }
}

void sc_yield_complete(struct tcb *t)
{
    arch_set_mr(t, 0, take_consumed(t->yield_to));
    sc_yield_cancel(t);
}

/* The context's thread becomes the next of its priority. If that is at least the caller's, the caller steps back
 * and gets its answer when it runs again. */
static enum abi_error yield_to(struct invocation *inv)
{
    struct sched_context *sc = target(inv);
    struct tcb *me = inv->thread, *t = sc->tcb;

    if (!t || t == me || t->priority > me->mcp || me->yield_to) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (sc->yield_from) {
        sc_yield_cancel(sc->yield_from);
    }
    if (!t->in_ready) {                 /* nothing to hurry along */
        return consumed(inv);
    }
    sched_remove(t);
    sched_put_ready(t, true);
    if (t->core != this_cpu()->index || t->priority < me->priority || !inv->is_call) {
        return consumed(inv);
    }
    sc->consumed = 0;
    sc->yield_from = me;
    me->yield_to = sc;
    inv->reply_length = 1;
    sched_put_ready(me, t->priority > me->priority);
    if (t->priority == me->priority) {  /* behind the target, in front of the others */
        sched_remove(t);
        sched_remove(me);
        sched_put_ready(me, true);
        sched_put_ready(t, true);
    }
    this_cpu()->reschedule = true;
    return ABI_NO_ERROR;
}

enum abi_error sched_context_invoke(struct invocation *inv)
{
    static enum abi_error (*const table[])(struct invocation *) = {
        [ABI_INV_SCHED_CONTEXT_BIND - ABI_INV_SCHED_CONTEXT_BIND] = bind,
        [ABI_INV_SCHED_CONTEXT_UNBIND - ABI_INV_SCHED_CONTEXT_BIND] = unbind,
        [ABI_INV_SCHED_CONTEXT_UNBIND_OBJECT - ABI_INV_SCHED_CONTEXT_BIND] = unbind_object,
        [ABI_INV_SCHED_CONTEXT_CONSUMED - ABI_INV_SCHED_CONTEXT_BIND] = consumed,
        [ABI_INV_SCHED_CONTEXT_YIELD_TO - ABI_INV_SCHED_CONTEXT_BIND] = yield_to,
    };
    word_t row = inv->label - ABI_INV_SCHED_CONTEXT_BIND;

    return row < ARRAY_SIZE(table) ? table[row](inv) : inv_fail(inv, ABI_ILLEGAL_OPERATION);
}
