// SPDX-License-Identifier: BSD-2-Clause
// Random system calls by several threads on two CPUs, with interrupts at preemption points, while the invariants of
// derivation list, queues and budgets are checked. The seed and number of steps can be given as arguments.
#include "world.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS 96
#define FIRST C_FREE

static uint64_t seed = 20260101;
static unsigned steps = 60000;

static uint64_t rnd(uint64_t n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % n;
}

/* Mostly slots with something in them, sometimes nonsense. */
static word_t some_slot(void)
{
    switch (rnd(12)) {
    case 0: return rnd(C_FREE);
    case 1: return rnd(2) ? ~0ul : rnd(BIT(WORLD_RADIX));
    default: return FIRST + rnd(SLOTS);
    }
}

/* Never the slots the test itself needs. */
static word_t victim_slot(void) { return FIRST + rnd(SLOTS); }

static word_t some_untyped(void)
{
    for (unsigned i = 0; i < 10; i++) {
        word_t slot = FIRST + rnd(SLOTS);

        if (cap_at(slot)->type == CAP_UNTYPED) {
            return slot;
        }
    }
    return C_UNTYPED;
}

struct call { word_t cptr, label, word[8]; unsigned words, caps; word_t cap[3]; };

static struct call random_retype(void)
{
    static const uint8_t sizes[ABI_OBJ_COUNT] = { [ABI_OBJ_UNTYPED] = 15, [ABI_OBJ_CNODE] = 4,
                                                  [ABI_OBJ_SCHED_CONTEXT] = 8 };
    static const uint8_t types[] = { ABI_OBJ_UNTYPED, ABI_OBJ_TCB, ABI_OBJ_TCB, ABI_OBJ_ENDPOINT, ABI_OBJ_ENDPOINT,
        ABI_OBJ_NOTIFICATION, ABI_OBJ_CNODE, ABI_OBJ_CNODE, ABI_OBJ_SCHED_CONTEXT, ABI_OBJ_SCHED_CONTEXT,
        ABI_OBJ_REPLY, ABI_OBJ_REPLY, ABI_OBJ_SMALL_PAGE, ABI_OBJ_VCPU };
    word_t type = types[rnd(sizeof types)];

    return (struct call){ some_untyped(), ABI_INV_UNTYPED_RETYPE,
                          { type, sizes[type] - (sizes[type] > 8 ? rnd(8) : 0), 0, 0, victim_slot(), 1 + rnd(2) }, 6, 1,
                          { C_CNODE } };
}

static struct call random_cnode(void)
{
    static const uint16_t labels[] = { ABI_INV_CNODE_REVOKE, ABI_INV_CNODE_DELETE, ABI_INV_CNODE_DELETE,
        ABI_INV_CNODE_COPY, ABI_INV_CNODE_COPY, ABI_INV_CNODE_MINT, ABI_INV_CNODE_MOVE, ABI_INV_CNODE_MUTATE,
        ABI_INV_CNODE_CANCEL_BADGED_SENDS };
    word_t label = labels[rnd(ARRAY_SIZE(labels))];
    struct call c = { C_CNODE, label, { victim_slot(), 64, victim_slot(), 64, rnd(16), rnd(3) }, 6, 1, { C_CNODE } };
    word_t node = victim_slot();

    if (rnd(3) == 0 && cap_at(node)->type == CAP_CNODE && label != ABI_INV_CNODE_DELETE) {
        c.cptr = node;                  /* into or out of a CNode of the test's */
        c.word[0] = rnd(16);
        c.word[1] = 4;
    }
    if (rnd(4) == 0 && cap_at(node)->type == CAP_CNODE) {
        c.cap[0] = node;
        c.word[2] = rnd(16);
        c.word[3] = 4;
    }
    if (label == ABI_INV_CNODE_MUTATE) {
        c.word[4] = 0;
    }
    return c;
}

static struct call random_rotate(void)
{
    word_t pivot = victim_slot(), src = victim_slot();

    return (struct call){ C_CNODE, ABI_INV_CNODE_ROTATE,
                          { rnd(2) ? src : victim_slot(), 64, 0, pivot, 64, 0, src, 64 }, 8, 2, { C_CNODE, C_CNODE } };
}

static struct call random_tcb(void)
{
    struct call c = { some_slot(), ABI_INV_TCB_READ_REGISTERS + rnd(17), { rnd(3), 1 + rnd(4), rnd(2) * 1024 }, 5, 3,
                      { C_CNODE, C_VSPACE, some_slot() } };

    switch (c.label) {
    case ABI_INV_TCB_SET_PRIORITY:
    case ABI_INV_TCB_SET_MC_PRIORITY:
        c.cap[0] = C_TCB;
        c.word[0] = rnd(256);
        break;
    case ABI_INV_TCB_SET_SCHED_PARAMS:
        c = (struct call){ c.cptr, c.label, { 255, rnd(200) }, 2, 3, { C_TCB, some_slot(), some_slot() } };
        break;
    case ABI_INV_TCB_CONFIGURE:
        c.word[0] = c.word[1] = 0;
        break;
    case ABI_INV_TCB_SET_SPACE:
        c = (struct call){ c.cptr, c.label, { 0, 0 }, 2, 3, { some_slot(), C_CNODE, C_VSPACE } };
        break;
    case ABI_INV_TCB_WRITE_REGISTERS:
    case ABI_INV_TCB_COPY_REGISTERS:
        c.cap[0] = some_slot();
        break;
    default:
        c.cap[0] = some_slot();
    }
    return c;
}

static struct call random_context(void)
{
    if (rnd(2)) {
        word_t budget = 10 + rnd(3000);

        return (struct call){ C_CONTROL0 + (rnd(4) == 0), ABI_INV_SCHED_CONTROL_CONFIGURE,
                              { budget, budget + rnd(2) * rnd(9000), rnd(8), 0, rnd(2) }, 5, 1, { some_slot() } };
    }
    return (struct call){ some_slot(), ABI_INV_SCHED_CONTEXT_BIND + rnd(5), { 0 }, 0, 1, { some_slot() } };
}

static struct call random_call(void)
{
    static struct call (*const make[])(void) = { random_retype, random_retype, random_cnode, random_cnode,
        random_rotate, random_tcb, random_tcb, random_context };

    return make[rnd(ARRAY_SIZE(make))]();
}

static void invoke_random(struct tcb *t)
{
    struct call c = random_call();
    struct abi_ipc_buffer *buffer = arch_ipc_buffer(t, true);
    unsigned tries = 0, restarts;

    do {
        restarts = t->arch.restarts;
        for (unsigned i = 0; i < c.words; i++) {
            ipc_set_mr(t, buffer, i, c.word[i]);
        }
        for (unsigned i = 0; buffer && i < c.caps; i++) {
            buffer->caps_or_badges[i] = c.cap[i];
        }
        t->arch.cap = c.cptr;
        t->arch.tag = tag_make(c.label, 0, c.caps, c.words);
        core_syscall(rnd(10) ? ABI_SYS_CALL : ABI_SYS_SEND);
        assert_true(++tries < 1000);
    } while (current() == t && t->arch.restarts != restarts && rnd(4));
}

static void message_random(struct tcb *t)
{
    struct abi_ipc_buffer *buffer = arch_ipc_buffer(t, true);

    t->arch.cap = some_slot();
    t->arch.dest = some_slot();
    t->arch.reply = some_slot();
    t->arch.tag = tag_make(rnd(4), 0, rnd(3) == 0, rnd(3) ? rnd(5) : rnd(128));
    if (buffer) {
        buffer->caps_or_badges[0] = some_slot();
        buffer->receive_cnode = C_CNODE;
        buffer->receive_index = victim_slot();
        buffer->receive_depth = 64;
    }
    host.vm_next = rnd(2) ? TS_RUNNING_VM : TS_HALTED_VM;
    host.vm_next_deadline = rnd(2) ? host.now + rnd(50000) : 0;
    core_syscall(rnd(30) ? -(int64_t)(1 + rnd(11)) : ABI_SYS_VM_ENTER);
}

/* All list heads that only the fuzzed objects have are checked by walking the slots. */
static void check_endpoint(const struct endpoint *ep)
{
    struct tcb *last = NULL;

    for (struct tcb *t = ep_head(ep); t; t = t->queue_next) {
        assert_ptr_equal(t->blocking_object, ep);
        assert_int_equal(t->state, ep_state(ep) == EP_SEND ? TS_BLOCKED_SEND : TS_BLOCKED_RECV);
        assert_true(!last || last->priority >= t->priority);
        assert_ptr_equal(t->queue_prev, last);
        last = t;
    }
    assert_ptr_equal(ep->tail, last);
    assert_int_equal(ep_state(ep) == EP_IDLE, !last);
}

static void check_context(struct sched_context *sc)
{
    struct reply *above = NULL;

    assert_true(!sc->tcb || sc->tcb->sc == sc);
    assert_true(!sc->notification || sc->notification->sc == sc);
    for (struct reply *r = sc->reply; r; r = r->prev) {
        assert_int_equal(r->tcb->state, TS_BLOCKED_REPLY);
        assert_ptr_equal(r->next, above ? above : (struct reply *)((uintptr_t)sc | 1));
        above = r;
    }
}

static void check_objects(void)
{
    for (unsigned i = FIRST; i < FIRST + SLOTS; i++) {
        struct cap *cap = cap_at(i);

        if (cap->type == CAP_ENDPOINT) {
            check_endpoint(cap_object(cap));
        } else if (cap->type == CAP_SCHED_CONTEXT) {
            check_context(cap_object(cap));
        } else if (cap->type == CAP_REPLY) {
            struct reply *r = cap_object(cap);

            assert_true(!r->tcb || r->tcb->reply == r);
        }
    }
}

/* Derivation: every object's capability is below the untyped its memory comes from. */
static void check_derivation(void)
{
    for (unsigned i = FIRST; i < FIRST + SLOTS; i++) {
        const struct cte *at = &w.cnode[i];
        const char *object = cap_object(&at->cap);

        if (slot_is_empty(at) || object < w.memory || object >= w.memory + BIT(WORLD_MEMORY_BITS)) {
            continue;
        }
        while (mdb_prev(at)) {
            at = mdb_prev(at);
        }
        assert_ptr_equal(at, &w.cnode[C_UNTYPED]);
    }
}

/* Somebody of this CPU runs; idle CPUs and the initial thread see to it that things go on. */
static struct tcb *next_actor(void)
{
    if (current() == host.idle[host.self]) {
        advance(rnd(3000));
        if (current() == host.idle[host.self]) {
            return NULL;
        }
    }
    return current();
}

static void start_somebody(void)
{
    struct cap *cap = cap_at(victim_slot());

    if (cap->type == CAP_TCB && rnd(3) == 0) {
        struct tcb *t = cap_object(cap);

        if (t->slot[TCB_CSPACE].cap.type == CAP_NULL) {
            slot_insert(&t->slot[TCB_CSPACE], *cap_at(C_CNODE), &w.cnode[C_CNODE]);
        }
        sched_stall(t);
        tcb_resume(t);
        settle();
    }
}

static void step(void)
{
    struct tcb *t;

    host.irq_period = 1 + (unsigned)rnd(40);
    host.self = (unsigned)rnd(10) == 0;
    if (host.cpu[host.self].stalled || rnd(5) == 0) {
        core_kicked();
    }
    start_somebody();
    t = next_actor();
    if (t && t->state != TS_RUNNING) {          /* inside a virtual machine: time passes */
        advance(rnd(2000));
    } else if (t && rnd(100) < 55) {
        invoke_random(t);
    } else if (t) {
        message_random(t);
    }
    if (rnd(8) == 0) {
        advance(rnd(1500));
    }
    if (w.root->state != TS_RUNNING || !w.root->sc) {
        host.self = 0;
        if (!w.root->sc) {
            sc_donate(object(C_SC), w.root);
        }
        if (w.root->priority < 50) {
            sched_set_priority(w.root, 60);
        }
        tcb_suspend(w.root);
        tcb_resume(w.root);
        settle();
    }
}

/* Back to CPU 0, from where the test tears everything down. */
static void bring_root_home(void)
{
    struct sched_context *sc = w.root->sc;

    host.self = 0;
    if (sc->core != 0) {
        sc_forget(sc);
        sched_stall(w.root);
        sched_remove(w.root);
        sc->core = 0;
        sched_migrate(w.root, 0);
        sched_wake(w.root);
        settle();
    }
    run(w.root);
}

static void random_operations(void **state)
{
    world_new();
    host.quiet = true;
    for (unsigned i = 0; i < steps; i++) {
        step();
        world_check();
        check_objects();
        if (i % 16 == 0) {
            check_derivation();
        }
        if (i % 5000 == 4999) {                 /* from time to time everything is torn down */
            bring_root_home();
            host.irq_period = 3;
            assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
            assert_false(slot_has_children(&w.cnode[C_UNTYPED]));
        }
    }
    host.irq_period = 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_operations) };

    seed = argc > 1 ? strtoull(argv[1], NULL, 0) : seed;
    steps = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 0) : steps;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
