// SPDX-License-Identifier: BSD-2-Clause
// Endpoints, reply objects, call stacks with lent scheduling contexts, capability transfer, faults. Each exchange
// is tried with the short way (fastpath.c) and without it.
#include "world.h"
#include <string.h>

enum { EP = C_FREE, EP_BADGED, REPLY, REPLY2, NODE, A = C_FREE + 20, B = C_FREE + 24, C = C_FREE + 28, D = C_FREE + 32,
       TMP = C_FREE + 40 };
#define BADGE 0x4711

static struct tcb *a, *b, *c;

static int setup(void **state)
{
    world_new();
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NO_ERROR);
    assert_int_equal(mint(EP_BADGED, EP, 15, BADGE), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_REPLY, 0, REPLY, 2), ABI_NO_ERROR);
    a = thread_new(A, 100, false);
    b = thread_new(B, 100, false);
    c = thread_new(C, 100, true);           /* passive */
    assert_int_equal(INVOKE(C_TCB, TCB_SET_PRIORITY, WORDS(10), C_TCB), ABI_NO_ERROR);
    return 0;
}

static int teardown(void **state)
{
    world_check();
    run(w.root);
    assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
    world_check();
    return 0;
}

static struct reply *reply_object(void) { return object(REPLY); }

/* `t` waits at EP with the reply object in slot `reply`. */
static void wait_for_message(struct tcb *t, word_t reply)
{
    run(t);
    sys_recv(ABI_SYS_RECV, EP, reply);
    assert_int_equal(t->state, TS_BLOCKED_RECV);
}

/* A passive server starts on its client's context: give it one for the time of its first receive. */
static void wait_passive(struct tcb *t, word_t reply)
{
    assert_null(t->sc);
    t->state = TS_BLOCKED_RECV;
    t->state = TS_RUNNING;
    host.cpu[0].current = t;
    sys_recv(ABI_SYS_RECV, EP, reply);
    assert_int_equal(t->state, TS_BLOCKED_RECV);
}

/* ---- send and receive ---- */

static void send_blocks_until_received(void **state)
{
    run(a);
    sys_send(ABI_SYS_SEND, EP_BADGED, 7, 42);
    assert_int_equal(a->state, TS_BLOCKED_SEND);
    run(b);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    assert_int_equal(b->arch.cap, BADGE);
    assert_int_equal(tag_label(b->arch.tag), 7);
    assert_int_equal(tag_length(b->arch.tag), 1);
    assert_int_equal(b->arch.mr[0], 42);
    assert_int_equal(a->state, TS_RUNNING);
}

static void receive_blocks_until_sent(void **state)
{
    wait_for_message(b, REPLY);
    run(a);
    sys_send(ABI_SYS_SEND, EP_BADGED, 7, 43);
    assert_int_equal(b->state, TS_RUNNING);
    assert_int_equal(b->arch.mr[0], 43);
    assert_int_equal(a->state, TS_RUNNING);
    assert_null(reply_object()->tcb);
}

static void nb_send_without_receiver_does_nothing(void **state)
{
    run(a);
    sys_send(ABI_SYS_NB_SEND, EP, 7, 1);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(ep_state(object(EP)), EP_IDLE);
}

static void nb_recv_without_sender_gets_badge_zero(void **state)
{
    run(a);
    sys_recv(ABI_SYS_NB_RECV, EP, REPLY);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(a->arch.cap, 0);
}

static void wait_needs_no_reply_object(void **state)
{
    run(a);
    sys_recv(ABI_SYS_WAIT, EP, 0);
    assert_int_equal(a->state, TS_BLOCKED_RECV);
    run(b);
    sys_send(ABI_SYS_CALL, EP, 1, 2);       /* nobody can answer this */
    assert_int_equal(b->state, TS_INACTIVE);
    assert_int_equal(a->state, TS_RUNNING);
}

static void long_message_uses_the_buffers(void **state)
{
    word_t words[ABI_MSG_MAX_LENGTH];

    for (unsigned i = 0; i < ABI_MSG_MAX_LENGTH; i++) {
        words[i] = 1000 + i;
    }
    wait_for_message(b, REPLY);
    run(a);
    sys(ABI_SYS_SEND, EP, tag_make(3, 0, 0, ABI_MSG_MAX_LENGTH), 0, words, ABI_MSG_MAX_LENGTH);
    assert_int_equal(tag_length(b->arch.tag), ABI_MSG_MAX_LENGTH);
    assert_int_equal(b->arch.mr[3], 1003);
    assert_int_equal(buffer_of(b)->msg[119], 1119);
}

static void over_long_message_is_cut(void **state)
{
    wait_for_message(b, REPLY);
    run(a);
    sys(ABI_SYS_SEND, EP, tag_make(3, 0, 0, 127), 0, NULL, 0);
    assert_int_equal(tag_length(b->arch.tag), ABI_MSG_MAX_LENGTH);
}

static void without_buffer_only_registers_travel(void **state)
{
    word_t words[6] = { 1, 2, 3, 4, 5, 6 };

    run(w.root);
    assert_int_equal(INVOKE(B, TCB_SET_IPC_BUFFER, WORDS(0), C_NULL), ABI_NO_ERROR);
    wait_for_message(b, REPLY);
    run(a);
    sys(ABI_SYS_SEND, EP, tag_make(3, 0, 0, 6), 0, words, 6);
    assert_int_equal(tag_length(b->arch.tag), ABI_MSG_REGISTERS);
}

static void waiting_senders_are_served_by_priority(void **state)
{
    run(w.root);
    assert_int_equal(INVOKE(B, TCB_SET_PRIORITY, WORDS(120), C_TCB), ABI_NO_ERROR);
    run(a);
    sys_send(ABI_SYS_SEND, EP, 0, 1);
    run(b);
    sys_send(ABI_SYS_SEND, EP, 0, 2);
    run(w.root);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    assert_int_equal(w.root->arch.mr[0], 2);
}

static void priority_change_reorders_the_queue(void **state)
{
    run(a);
    sys_send(ABI_SYS_SEND, EP, 0, 1);
    run(b);
    sys_send(ABI_SYS_SEND, EP, 0, 2);
    run(w.root);
    assert_int_equal(INVOKE(B, TCB_SET_PRIORITY, WORDS(120), C_TCB), ABI_NO_ERROR);
    assert_ptr_equal(ep_head(object(EP)), b);
}

static void write_right_is_needed_to_send(void **state)
{
    assert_int_equal(copy(TMP, EP, ABI_RIGHT_READ), ABI_NO_ERROR);
    run(a);
    sys_send(ABI_SYS_CALL, TMP, 1, 2);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(tag_label(a->arch.tag), ABI_INVALID_CAPABILITY);
}

static void read_right_is_needed_to_receive(void **state)
{
    run(w.root);
    assert_int_equal(copy(TMP, EP, ABI_RIGHT_WRITE), ABI_NO_ERROR);
    host.quiet = true;
    run(a);
    sys_recv(ABI_SYS_RECV, TMP, REPLY);
    assert_int_equal(a->state, TS_INACTIVE);             /* a fault without handler */
}

/* ---- call and reply ---- */

static void call_and_reply(bool slow)
{
    word_t pad = slow ? 6 : 1;

    wait_for_message(b, REPLY);
    run(a);
    sys(ABI_SYS_CALL, EP_BADGED, tag_make(9, 0, 0, pad), 0, (word_t[]){ 5, 0, 0, 0, 0, 0 }, (unsigned)pad);
    assert_int_equal(a->state, TS_BLOCKED_REPLY);
    assert_ptr_equal(current(), b);
    assert_int_equal(b->arch.cap, BADGE);
    assert_int_equal(b->arch.mr[0], 5);
    assert_ptr_equal(reply_object()->tcb, a);
    assert_true(a->sc && b->sc);                         /* both have their own */
    world_check();
    sys(ABI_SYS_REPLY_RECV, EP, tag_make(10, 0, 0, pad), REPLY, (word_t[]){ 6, 0, 0, 0, 0, 0 }, (unsigned)pad);
    assert_ptr_equal(current(), a);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(tag_label(a->arch.tag), 10);
    assert_int_equal(tag_length(a->arch.tag), pad);
    assert_int_equal(a->arch.mr[0], 6);
    assert_int_equal(a->arch.cap, 0);
    assert_int_equal(b->state, TS_BLOCKED_RECV);
    assert_ptr_equal(reply_object()->tcb, b);
}

static void call_and_reply_fast(void **state) { call_and_reply(false); }
static void call_and_reply_slow(void **state) { call_and_reply(true); }

static void passive_server_runs_on_the_callers_context(bool slow)
{
    struct sched_context *sc = a->sc;
    word_t pad = slow ? 6 : 1;
    word_t mr[6] = { 5 };
    unsigned reads;

    run(a);
    wait_passive(c, REPLY);
    run(a);
    reads = host.clock_reads;
    for (unsigned i = 0; i < 5; i++) {
        sys(ABI_SYS_CALL, EP_BADGED, tag_make(9, 0, 0, pad), 0, mr, (unsigned)pad);
        assert_ptr_equal(current(), c);
        assert_ptr_equal(c->sc, sc);
        assert_ptr_equal(sc->tcb, c);
        assert_null(a->sc);
        assert_ptr_equal(sc->reply, reply_object());
        world_check();
        sys(ABI_SYS_REPLY_RECV, EP, tag_make(0, 0, 0, pad), REPLY, mr, (unsigned)pad);
        assert_ptr_equal(current(), a);
        assert_ptr_equal(a->sc, sc);
        assert_null(c->sc);
        assert_null(sc->reply);
        world_check();
    }
    assert_int_equal(host.clock_reads, reads);           /* one context all the time: the clock is not read */
}

static void passive_server_fast(void **state) { passive_server_runs_on_the_callers_context(false); }
static void passive_server_slow(void **state) { passive_server_runs_on_the_callers_context(true); }

/* a calls c (passive), which calls d (passive): the context goes along and comes back step by step. */
static struct tcb *call_chain(void)
{
    struct tcb *d = thread_new(D, 100, true);

    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, TMP, 1), ABI_NO_ERROR);
    settle();
    run(a);
    wait_passive(c, REPLY);
    host.cpu[0].current = d;
    d->state = TS_RUNNING;
    sys_recv(ABI_SYS_RECV, TMP, REPLY2);
    run(a);
    sys_send(ABI_SYS_CALL, EP, 1, 1);
    assert_ptr_equal(current(), c);
    sys_send(ABI_SYS_CALL, TMP, 2, 2);
    assert_ptr_equal(current(), d);
    assert_ptr_equal(d->sc->reply, object(REPLY2));
    assert_ptr_equal(d->sc->reply->prev, object(REPLY));
    return d;
}

static void call_stack_unwinds(void **state)
{
    run(w.root);
    struct tcb *d = call_chain();
    struct sched_context *sc = d->sc;

    sys_reply_recv(TMP, REPLY2, 0, 3);
    assert_ptr_equal(current(), c);
    assert_ptr_equal(c->sc, sc);
    assert_ptr_equal(sc->reply, object(REPLY));
    sys_reply_recv(EP, REPLY, 0, 4);
    assert_ptr_equal(current(), a);
    assert_ptr_equal(a->sc, sc);
    assert_null(sc->reply);
}

static void reply_in_the_middle_is_deleted(void **state)
{
    run(w.root);
    struct tcb *d = call_chain();
    struct sched_context *sc = d->sc;

    run(w.root);
    assert_int_equal(delete(REPLY), ABI_NO_ERROR);       /* a's call is lost, and with it the way back */
    assert_int_equal(a->state, TS_INACTIVE);
    assert_null(a->sc);
    run(d);
    sys_reply_recv(TMP, REPLY2, 0, 3);
    assert_ptr_equal(c->sc, sc);
    assert_null(sc->reply);
}

static void server_dies_with_a_lent_context(void **state)
{
    run(w.root);
    struct tcb *d = call_chain();
    struct sched_context *sc = d->sc;

    run(w.root);
    assert_int_equal(delete(D), ABI_NO_ERROR);
    assert_null(sc->tcb);
    assert_int_equal(delete(REPLY2), ABI_NO_ERROR);      /* now the context goes back to c */
    assert_ptr_equal(sc->tcb, c);
    assert_int_equal(c->state, TS_INACTIVE);
}

static void context_is_deleted_while_lent(void **state)
{
    run(w.root);
    struct tcb *d = call_chain();

    run(w.root);
    assert_int_equal(delete(A + 1), ABI_NO_ERROR);
    assert_null(d->sc);
    assert_null(((struct reply *)object(REPLY2))->next);
    world_check();
}

static void caller_is_suspended(void **state)
{
    struct sched_context *sc = a->sc;
    unsigned restarts = a->arch.restarts;

    run(a);
    wait_passive(c, REPLY);
    run(a);
    sys_send(ABI_SYS_CALL, EP, 1, 1);
    run(w.root);
    assert_int_equal(INVOKE0(A, TCB_SUSPEND, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(a->state, TS_INACTIVE);
    assert_ptr_equal(a->sc, sc);                         /* the head of the stack: it comes back */
    assert_null(c->sc);
    assert_int_equal(a->arch.restarts, restarts + 1);    /* resumed, it calls again */
    assert_null(reply_object()->tcb);
}

static void reply_can_be_sent_later_by_send(void **state)
{
    wait_for_message(b, REPLY);
    run(a);
    sys_send(ABI_SYS_CALL, EP, 1, 1);
    sys_send(ABI_SYS_SEND, REPLY, 11, 12);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(a->arch.mr[0], 12);
    assert_int_equal(b->state, TS_RUNNING);
    sys_send(ABI_SYS_SEND, REPLY, 13, 14);               /* nobody waits any more: nothing happens */
    assert_int_equal(a->arch.mr[0], 12);
}

static void call_needs_grant_or_grant_reply(void **state)
{
    run(w.root);
    assert_int_equal(copy(TMP, EP, ABI_RIGHT_WRITE), ABI_NO_ERROR);
    wait_for_message(b, REPLY);
    run(a);
    sys_send(ABI_SYS_CALL, TMP, 1, 1);
    assert_int_equal(a->state, TS_INACTIVE);             /* the message arrives, an answer cannot */
    assert_int_equal(b->state, TS_RUNNING);
    assert_null(reply_object()->tcb);
}

static void reply_object_serves_the_latest(void **state)
{
    wait_for_message(b, REPLY);
    run(a);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    assert_int_equal(b->state, TS_INACTIVE);             /* its reply object was taken for a */
    assert_ptr_equal(reply_object()->tcb, a);
}

static void receiver_without_valid_reply_faults(void **state)
{
    host.quiet = true;
    run(a);
    sys_recv(ABI_SYS_RECV, EP, EP);
    assert_int_equal(a->state, TS_INACTIVE);
}

static void endpoint_deletion_restarts_waiters(void **state)
{
    unsigned restarts = a->arch.restarts;

    run(a);
    sys_send(ABI_SYS_SEND, EP, 0, 1);
    run(w.root);
    assert_int_equal(revoke(EP), ABI_NO_ERROR);
    assert_int_equal(a->state, TS_BLOCKED_SEND);
    assert_int_equal(delete(EP), ABI_NO_ERROR);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(a->arch.restarts, restarts + 1);
}

static void badged_sends_are_cancelled(void **state)
{
    run(a);
    sys_send(ABI_SYS_SEND, EP_BADGED, 0, 1);
    run(b);
    sys_send(ABI_SYS_SEND, EP, 0, 2);
    run(w.root);
    assert_int_equal(INVOKE0(C_CNODE, CNODE_CANCEL_BADGED_SENDS, WORDS(EP_BADGED, 64)), ABI_NO_ERROR);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(b->state, TS_BLOCKED_SEND);
}

static void nb_send_recv_lends_the_context(void **state)
{
    struct sched_context *sc = a->sc;

    run(w.root);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, TMP, 1), ABI_NO_ERROR);
    run(a);
    wait_passive(c, REPLY);
    run(a);
    a->arch.dest = EP;
    sys_recv(ABI_SYS_NB_SEND_WAIT, TMP, 0);
    assert_ptr_equal(current(), c);
    assert_ptr_equal(c->sc, sc);
    assert_null(a->sc);
    assert_int_equal(a->state, TS_BLOCKED_RECV);
}

/* ---- capability transfer ---- */

static void receive_into(struct tcb *t, word_t slot)
{
    buffer_of(t)->receive_cnode = C_CNODE;
    buffer_of(t)->receive_index = slot;
    buffer_of(t)->receive_depth = 64;
}

static void send_caps(word_t ep, unsigned count, word_t c0, word_t c1, word_t c2)
{
    struct abi_ipc_buffer *buffer = buffer_of(current());

    buffer->caps_or_badges[0] = c0;
    buffer->caps_or_badges[1] = c1;
    buffer->caps_or_badges[2] = c2;
    sys(ABI_SYS_SEND, ep, tag_make(1, 0, count, 0), 0, NULL, 0);
}

static unsigned extra_of(const struct tcb *t) { return tag_extra(t->arch.tag); }
static unsigned unwrapped_of(const struct tcb *t)
{
    return (t->arch.tag >> ABI_TAG_UNWRAPPED_SHIFT) & MASK(ABI_TAG_UNWRAPPED_BITS);
}

static void capability_is_copied(void **state)
{
    receive_into(b, TMP);
    wait_for_message(b, REPLY);
    run(a);
    send_caps(EP, 1, C_SC, 0, 0);
    assert_int_equal(extra_of(b), 1);
    assert_int_equal(unwrapped_of(b), 0);
    assert_int_equal(cap_at(TMP)->type, CAP_SCHED_CONTEXT);
    assert_int_equal(cap_at(C_SC)->type, CAP_SCHED_CONTEXT);
}

static void only_one_capability_and_badges_of_the_endpoint(void **state)
{
    receive_into(b, TMP);
    wait_for_message(b, REPLY);
    run(a);
    send_caps(EP, 3, EP_BADGED, C_SC, C_TCB);
    assert_int_equal(extra_of(b), 2);                    /* the third had no slot */
    assert_int_equal(unwrapped_of(b), 1);
    assert_int_equal(buffer_of(b)->caps_or_badges[0], BADGE);
    assert_int_equal(cap_at(TMP)->type, CAP_SCHED_CONTEXT);
}

static void no_capability_without_grant(void **state)
{
    run(w.root);
    assert_int_equal(copy(TMP + 1, EP, ABI_RIGHT_WRITE | ABI_RIGHT_GRANT_REPLY), ABI_NO_ERROR);
    receive_into(b, TMP);
    wait_for_message(b, REPLY);
    run(a);
    send_caps(TMP + 1, 1, C_SC, 0, 0);
    assert_int_equal(extra_of(b), 0);
    assert_int_equal(cap_at(TMP)->type, CAP_NULL);
}

static void full_receive_slot_gets_nothing(void **state)
{
    receive_into(b, C_TCB);
    wait_for_message(b, REPLY);
    run(a);
    send_caps(EP, 1, C_SC, 0, 0);
    assert_int_equal(extra_of(b), 0);
    assert_int_equal(b->state, TS_RUNNING);
}

static void bad_receive_paths_get_nothing(void **state)
{
    receive_into(b, TMP);
    buffer_of(b)->receive_depth = 99;
    wait_for_message(b, REPLY);
    run(a);
    send_caps(EP, 1, C_SC, 0, 0);
    assert_int_equal(extra_of(b), 0);
    receive_into(b, TMP);
    buffer_of(b)->receive_cnode = C_TCB;
    run(b);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    run(a);
    send_caps(EP, 1, C_SC, 0, 0);
    assert_int_equal(extra_of(b), 0);
}

static void missing_extra_capability_faults_the_sender(void **state)
{
    host.quiet = true;
    run(a);
    send_caps(EP, 1, ~0ul, 0, 0);
    assert_int_equal(a->state, TS_INACTIVE);
    assert_int_equal(ep_state(object(EP)), EP_IDLE);
}

static void irq_control_does_not_travel(void **state)
{
    receive_into(b, TMP);
    wait_for_message(b, REPLY);
    run(a);
    send_caps(EP, 1, C_IRQ_CONTROL, 0, 0);
    assert_int_equal(extra_of(b), 0);
    assert_int_equal(cap_at(TMP)->type, CAP_NULL);
}

static void reply_carries_capabilities_with_grant(void **state)
{
    receive_into(a, TMP);
    wait_for_message(b, REPLY);
    run(a);
    sys_send(ABI_SYS_CALL, EP, 1, 1);
    buffer_of(b)->caps_or_badges[0] = C_SC;
    sys(ABI_SYS_SEND, REPLY, tag_make(0, 0, 1, 0), 0, NULL, 0);
    assert_int_equal(extra_of(a), 1);
    assert_int_equal(cap_at(TMP)->type, CAP_SCHED_CONTEXT);
}

/* ---- faults ---- */

static void handler_is_endpoint(word_t tcb, word_t handler)
{
    run(w.root);
    assert_int_equal(INVOKE(tcb, TCB_SET_SPACE, WORDS(0, 0), handler, C_CNODE, C_VSPACE), ABI_NO_ERROR);
}

static void capability_fault(void **state)
{
    handler_is_endpoint(A, EP_BADGED);
    wait_for_message(b, REPLY);
    run(a);
    a->arch.reg[ABI_REG_RIP] = 0x1234;
    sys_send(ABI_SYS_SEND, ~0ul, 0, 0);
    assert_int_equal(a->state, TS_BLOCKED_REPLY);
    assert_ptr_equal(current(), b);
    assert_int_equal(b->arch.cap, BADGE);
    assert_int_equal(tag_label(b->arch.tag), ABI_FAULT_CAP);
    assert_int_equal(tag_length(b->arch.tag), 7);
    assert_int_equal(b->arch.mr[0], 0x1234);
    assert_int_equal(b->arch.mr[1], ~0ul);
    assert_int_equal(b->arch.mr[2], 0);
    assert_int_equal(b->arch.mr[3], ABI_LOOKUP_GUARD_MISMATCH);
    assert_int_equal(buffer_of(b)->msg[4], 64);
    sys_reply_recv(EP, REPLY, 0, 0);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(a->fault.type, ABI_FAULT_NULL);
    assert_int_equal(a->arch.restarts, 1);
}

static void page_fault(void **state)
{
    handler_is_endpoint(A, EP);
    wait_for_message(b, REPLY);
    run(a);
    core_fault(a, (struct fault){ .type = ABI_FAULT_VM, .word = { 1, 2, 3, 4 } });
    assert_int_equal(tag_label(b->arch.tag), ABI_FAULT_VM);
    assert_int_equal(tag_length(b->arch.tag), 4);
    assert_int_equal(b->arch.mr[3], 4);
    assert_ptr_equal(current(), b);
    sys_reply_recv(EP, REPLY, 5, 0);                     /* the label means nothing for page faults */
    assert_int_equal(a->state, TS_RUNNING);
}

static void exception_verdicts(void **state)
{
    handler_is_endpoint(A, EP);
    for (unsigned label = 0; label < 2; label++) {
        wait_for_message(b, REPLY);
        run(a);
        core_fault(a, (struct fault){ .type = ABI_FAULT_USER_EXCEPTION, .word = { 6 } });
        assert_int_equal(b->arch.mr[2], 6);
        sys_reply_recv(EP, REPLY, label, 0x5555);
        assert_int_equal(a->state, label ? TS_INACTIVE : TS_RUNNING);
        assert_int_equal(a->arch.reg[ABI_REG_RIP], 0x5555);
        run(w.root);
        assert_int_equal(INVOKE0(B, TCB_SUSPEND, NO_WORDS), ABI_NO_ERROR);
    }
}

static void unknown_system_call(void **state)
{
    static const int64_t numbers[] = { 0, 1, ABI_SYSCALL_MIN - 1, INT64_MIN, INT64_MAX };

    handler_is_endpoint(A, EP);
    for (unsigned i = 0; i < ARRAY_SIZE(numbers); i++) {
        wait_for_message(b, REPLY);
        run(a);
        core_syscall(numbers[i]);
        assert_int_equal(tag_label(b->arch.tag), ABI_FAULT_UNKNOWN_SYSCALL);
        assert_int_equal(b->arch.mr[2], (word_t)numbers[i]);
        sys_send(ABI_SYS_SEND, REPLY, 0, 0);
        assert_int_equal(a->state, TS_RUNNING);
    }
}

static void fault_waits_for_its_handler(void **state)
{
    handler_is_endpoint(A, EP);
    run(a);
    core_fault(a, (struct fault){ .type = ABI_FAULT_VM, .word = { 1, 2, 3, 4 } });
    assert_int_equal(a->state, TS_BLOCKED_SEND);
    run(b);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    assert_int_equal(tag_label(b->arch.tag), ABI_FAULT_VM);
    assert_int_equal(a->state, TS_BLOCKED_REPLY);
}

static void faulted_thread_is_resumed_from_outside(void **state)
{
    unsigned restarts = a->arch.restarts;

    handler_is_endpoint(A, EP);
    run(a);
    core_fault(a, (struct fault){ .type = ABI_FAULT_VM, .word = { 1, 2, 3, 4 } });
    run(w.root);
    assert_int_equal(INVOKE0(A, TCB_RESUME, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(a->fault.type, ABI_FAULT_NULL);
    assert_int_equal(a->arch.restarts, restarts);        /* it stands at the faulting instruction already */
}

static void handler_must_be_able_to_answer(void **state)
{
    run(w.root);
    assert_int_equal(copy(TMP, EP, ABI_RIGHT_WRITE), ABI_NO_ERROR);
    assert_int_equal(INVOKE(A, TCB_SET_SPACE, WORDS(0, 0), TMP, C_CNODE, C_VSPACE), ABI_INVALID_CAPABILITY);
    assert_int_equal(reply_word(0), 1);
    assert_int_equal(INVOKE(A, TCB_SET_SPACE, WORDS(0, 0), C_TCB, C_CNODE, C_VSPACE), ABI_INVALID_CAPABILITY);
    assert_int_equal(INVOKE(A, TCB_SET_TIMEOUT_ENDPOINT, NO_WORDS, TMP), ABI_INVALID_CAPABILITY);
    assert_int_equal(INVOKE(A, TCB_SET_TIMEOUT_ENDPOINT, NO_WORDS, EP), ABI_NO_ERROR);
    assert_int_equal(INVOKE(A, TCB_SET_TIMEOUT_ENDPOINT, NO_WORDS, C_NULL), ABI_NO_ERROR);
}

static void passive_handler_runs_on_the_faulters_context(void **state)
{
    struct sched_context *sc = a->sc;

    handler_is_endpoint(A, EP);
    run(a);
    wait_passive(c, REPLY);
    run(a);
    core_fault(a, (struct fault){ .type = ABI_FAULT_VM });
    assert_ptr_equal(current(), c);
    assert_ptr_equal(c->sc, sc);
    sys_reply_recv(EP, REPLY, 0, 0);
    assert_ptr_equal(current(), a);
    assert_ptr_equal(a->sc, sc);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(send_blocks_until_received), TEST(receive_blocks_until_sent),
        TEST(nb_send_without_receiver_does_nothing), TEST(nb_recv_without_sender_gets_badge_zero),
        TEST(wait_needs_no_reply_object), TEST(long_message_uses_the_buffers), TEST(over_long_message_is_cut),
        TEST(without_buffer_only_registers_travel), TEST(waiting_senders_are_served_by_priority),
        TEST(priority_change_reorders_the_queue), TEST(write_right_is_needed_to_send),
        TEST(read_right_is_needed_to_receive), TEST(call_and_reply_fast), TEST(call_and_reply_slow),
        TEST(passive_server_fast), TEST(passive_server_slow), TEST(call_stack_unwinds),
        TEST(reply_in_the_middle_is_deleted), TEST(server_dies_with_a_lent_context),
        TEST(context_is_deleted_while_lent), TEST(caller_is_suspended), TEST(reply_can_be_sent_later_by_send),
        TEST(call_needs_grant_or_grant_reply), TEST(reply_object_serves_the_latest),
        TEST(receiver_without_valid_reply_faults), TEST(endpoint_deletion_restarts_waiters),
        TEST(badged_sends_are_cancelled), TEST(nb_send_recv_lends_the_context), TEST(capability_is_copied),
        TEST(only_one_capability_and_badges_of_the_endpoint), TEST(no_capability_without_grant),
        TEST(full_receive_slot_gets_nothing), TEST(bad_receive_paths_get_nothing),
        TEST(missing_extra_capability_faults_the_sender), TEST(irq_control_does_not_travel),
        TEST(reply_carries_capabilities_with_grant), TEST(capability_fault), TEST(page_fault),
        TEST(exception_verdicts), TEST(unknown_system_call), TEST(fault_waits_for_its_handler),
        TEST(faulted_thread_is_resumed_from_outside), TEST(handler_must_be_able_to_answer),
        TEST(passive_handler_runs_on_the_faulters_context),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
