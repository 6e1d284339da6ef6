// SPDX-License-Identifier: BSD-2-Clause
// Notifications: signal and wait, binding, lent contexts, interrupts.
#include "world.h"

enum { NTFN = C_FREE, NTFN_B, EP, REPLY, NTFN2, A = C_FREE + 20, B = C_FREE + 24, C = C_FREE + 28, TMP = C_FREE + 40 };

static struct tcb *a, *b, *c;

static int setup(void **state)
{
    world_new();
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_NOTIFICATION, 0, NTFN, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_NOTIFICATION, 0, NTFN2, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_REPLY, 0, REPLY, 1), ABI_NO_ERROR);
    assert_int_equal(mint(NTFN_B, NTFN, 3, 0x10), ABI_NO_ERROR);
    a = thread_new(A, 100, false);
    b = thread_new(B, 100, false);
    c = thread_new(C, 100, true);
    assert_int_equal(INVOKE(C_TCB, TCB_SET_PRIORITY, WORDS(10), C_TCB), ABI_NO_ERROR);
    return 0;
}

static int teardown(void **state)
{
    world_check();
    run(w.root);
    assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
    assert_int_equal(revoke(C_IRQ_CONTROL), ABI_NO_ERROR);
    world_check();
    return 0;
}

static void signal(word_t slot) { sys_send(ABI_SYS_SEND, slot, 0, 0); }

static void signals_add_up(void **state)
{
    assert_int_equal(mint(TMP, NTFN, 3, 0x3), ABI_NO_ERROR);
    signal(TMP);
    signal(NTFN_B);
    run(a);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(a->arch.cap, 0x13);
    sys_recv(ABI_SYS_NB_WAIT, NTFN, 0);
    assert_int_equal(a->arch.cap, 0);
}

static void waiter_wakes(void **state)
{
    run(a);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    assert_int_equal(a->state, TS_BLOCKED_NOTIFICATION);
    run(w.root);
    signal(NTFN_B);
    assert_ptr_equal(current(), a);
    assert_int_equal(a->arch.cap, 0x10);
}

static void one_signal_wakes_one(void **state)
{
    run(a);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    run(b);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    run(w.root);
    signal(NTFN_B);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(b->state, TS_BLOCKED_NOTIFICATION);
}

static void badge_zero_counts_as_a_signal(void **state)
{
    signal(NTFN);
    run(a);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    assert_int_equal(a->state, TS_RUNNING);
}

static void rights_are_needed(void **state)
{
    host.quiet = true;
    assert_int_equal(copy(TMP, NTFN, ABI_RIGHT_READ), ABI_NO_ERROR);
    assert_int_equal(copy(TMP + 1, NTFN, ABI_RIGHT_WRITE), ABI_NO_ERROR);
    assert_int_equal(INVOKE0(TMP, CNODE_COPY, NO_WORDS), ABI_INVALID_CAPABILITY);
    run(a);
    sys_recv(ABI_SYS_WAIT, TMP + 1, 0);
    assert_int_equal(a->state, TS_INACTIVE);
}

static void call_on_a_notification_is_a_signal(void **state)
{
    assert_int_equal(INVOKE0(NTFN_B, CNODE_COPY, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(((struct notification *)object(NTFN))->badges, 0x10);
}

static void bound_thread_gets_it_at_an_endpoint(void **state)
{
    assert_int_equal(INVOKE(A, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_NO_ERROR);
    run(a);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    run(w.root);
    signal(NTFN_B);
    assert_ptr_equal(current(), a);
    assert_int_equal(a->arch.cap, 0x10);
    assert_int_equal(ep_state(object(EP)), EP_IDLE);
    assert_null(((struct reply *)object(REPLY))->tcb);
    assert_int_equal(a->arch.restarts, 0);
}

static void pending_signal_comes_before_messages(void **state)
{
    assert_int_equal(INVOKE(A, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_NO_ERROR);
    signal(NTFN_B);
    run(b);
    sys_send(ABI_SYS_SEND, EP, 0, 5);
    run(a);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    assert_int_equal(a->arch.cap, 0x10);
    assert_int_equal(b->state, TS_BLOCKED_SEND);
}

/* The short way of ReplyRecv must not overlook the signal. */
static void pending_signal_at_reply_recv(void **state)
{
    assert_int_equal(INVOKE(B, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_NO_ERROR);
    run(b);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    run(a);
    sys_send(ABI_SYS_CALL, EP, 1, 1);
    notification_signal(object(NTFN), 4);
    assert_ptr_equal(current(), b);
    sys_reply_recv(EP, REPLY, 0, 2);
    assert_int_equal(b->state, TS_RUNNING);
    assert_int_equal(b->arch.cap, 4);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(a->arch.mr[0], 2);
}

static void binding_is_one_to_one(void **state)
{
    assert_int_equal(INVOKE(A, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_NO_ERROR);
    assert_int_equal(INVOKE(A, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN2), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(B, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(B, TCB_BIND_NOTIFICATION, NO_WORDS, EP), ABI_INVALID_CAPABILITY);
    assert_int_equal(INVOKE0(B, TCB_UNBIND_NOTIFICATION, NO_WORDS), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE0(A, TCB_UNBIND_NOTIFICATION, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(INVOKE(B, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_NO_ERROR);
}

static void bound_notification_is_for_its_thread(void **state)
{
    host.quiet = true;
    assert_int_equal(INVOKE(A, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_NO_ERROR);
    run(b);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    assert_int_equal(b->state, TS_INACTIVE);
    run(a);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    assert_int_equal(a->state, TS_BLOCKED_NOTIFICATION);
}

static void waiting_notification_cannot_be_bound(void **state)
{
    run(a);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    run(w.root);
    assert_int_equal(INVOKE(B, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_ILLEGAL_OPERATION);
}

static void deletion_unbinds_and_restarts(void **state)
{
    unsigned restarts = b->arch.restarts;

    assert_int_equal(INVOKE(A, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_NO_ERROR);
    run(b);
    sys_recv(ABI_SYS_WAIT, NTFN2, 0);
    run(w.root);
    assert_int_equal(delete(NTFN2), ABI_NO_ERROR);
    assert_int_equal(b->arch.restarts, restarts + 1);
    assert_int_equal(b->state, TS_RUNNING);
    run(w.root);
    assert_int_equal(revoke(NTFN), ABI_NO_ERROR);
    assert_int_equal(delete(NTFN), ABI_NO_ERROR);
    assert_null(a->bound_notification);
}

static void deleted_thread_is_unbound(void **state)
{
    assert_int_equal(INVOKE(A, TCB_BIND_NOTIFICATION, NO_WORDS, NTFN), ABI_NO_ERROR);
    assert_int_equal(delete(A), ABI_NO_ERROR);
    assert_null(((struct notification *)object(NTFN))->bound);
    signal(NTFN_B);
}

/* A passive thread is woken on the notification's context and gives it back when it waits again. */
static void context_of_the_notification(void **state)
{
    struct sched_context *sc;

    assert_int_equal(INVOKE0(B + 1, SCHED_CONTEXT_UNBIND, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(INVOKE(B + 1, SCHED_CONTEXT_BIND, NO_WORDS, NTFN), ABI_NO_ERROR);
    sc = object(B + 1);
    c->state = TS_RUNNING;
    host.cpu[0].current = c;
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    assert_int_equal(c->state, TS_BLOCKED_NOTIFICATION);
    run(w.root);
    signal(NTFN_B);
    assert_ptr_equal(current(), c);
    assert_ptr_equal(c->sc, sc);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    assert_null(c->sc);
    assert_null(sc->tcb);
    run(w.root);
    assert_int_equal(delete(B + 1), ABI_NO_ERROR);
    assert_null(((struct notification *)object(NTFN))->sc);
}

/* ---- interrupts ---- */

static word_t issue(word_t slot, word_t irq)
{
    return INVOKE(C_IRQ_CONTROL, IRQ_ISSUE_IOAPIC, WORDS(slot, 64, 0, irq), C_CNODE);
}

static void interrupt_signals_and_stays_masked(void **state)
{
    assert_int_equal(issue(TMP, 5), ABI_NO_ERROR);
    assert_false(host.irq_masked[5]);
    assert_int_equal(INVOKE(TMP, IRQ_SET_NOTIFICATION, NO_WORDS, NTFN_B), ABI_NO_ERROR);
    run(a);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    core_irq(5);
    assert_ptr_equal(current(), a);
    assert_int_equal(a->arch.cap, 0x10);
    assert_true(host.irq_masked[5]);
    assert_int_equal(host.irq_acks, 1);
    run(w.root);
    assert_int_equal(INVOKE0(TMP, IRQ_ACK, NO_WORDS), ABI_NO_ERROR);
    assert_false(host.irq_masked[5]);
}

static void interrupt_without_handler_is_masked(void **state)
{
    core_irq(7);
    assert_true(host.irq_masked[7]);
    assert_ptr_equal(current(), w.root);
}

static void handler_is_unique_and_its_end_masks(void **state)
{
    assert_int_equal(issue(TMP, 6), ABI_NO_ERROR);
    assert_int_equal(issue(TMP + 1, 6), ABI_REVOKE_FIRST);
    assert_int_equal(issue(TMP + 1, IRQ_COUNT), ABI_RANGE_ERROR);
    assert_int_equal(INVOKE(TMP, IRQ_SET_NOTIFICATION, NO_WORDS, NTFN_B), ABI_NO_ERROR);
    assert_int_equal(copy(TMP + 1, TMP, 15), ABI_NO_ERROR);
    assert_int_equal(delete(TMP), ABI_NO_ERROR);
    assert_true(irq_is_active(6));
    assert_int_equal(delete(TMP + 1), ABI_NO_ERROR);
    assert_false(irq_is_active(6));
    assert_true(host.irq_masked[6]);
    core_irq(6);
    assert_int_equal(((struct notification *)object(NTFN))->state, NTFN_IDLE);
    assert_int_equal(issue(TMP, 6), ABI_NO_ERROR);
}

static void handlers_are_children_of_control(void **state)
{
    assert_int_equal(issue(TMP, 8), ABI_NO_ERROR);
    assert_int_equal(issue(TMP + 1, 9), ABI_NO_ERROR);
    assert_int_equal(copy(TMP + 2, TMP, 15), ABI_NO_ERROR);
    assert_int_equal(revoke(C_IRQ_CONTROL), ABI_NO_ERROR);
    assert_int_equal(cap_at(TMP)->type, CAP_NULL);
    assert_int_equal(cap_at(TMP + 1)->type, CAP_NULL);
    assert_int_equal(cap_at(TMP + 2)->type, CAP_NULL);
    assert_false(irq_is_active(8));
}

static void handler_invocations_are_checked(void **state)
{
    assert_int_equal(INVOKE0(C_IRQ_CONTROL, IRQ_ISSUE, WORDS(0, 0, 0)), ABI_ILLEGAL_OPERATION);
    assert_int_equal(issue(TMP, 10), ABI_NO_ERROR);
    assert_int_equal(INVOKE(TMP, IRQ_SET_NOTIFICATION, NO_WORDS, EP), ABI_INVALID_CAPABILITY);
    assert_int_equal(INVOKE0(TMP, IRQ_SET_NOTIFICATION, NO_WORDS), ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE0(TMP, TCB_SUSPEND, NO_WORDS), ABI_ILLEGAL_OPERATION);
    assert_int_equal(copy(TMP + 1, NTFN, ABI_RIGHT_READ), ABI_NO_ERROR);
    assert_int_equal(INVOKE(TMP, IRQ_SET_NOTIFICATION, NO_WORDS, TMP + 1), ABI_INVALID_CAPABILITY);
    assert_int_equal(INVOKE(TMP, IRQ_SET_NOTIFICATION, NO_WORDS, NTFN), ABI_NO_ERROR);
    assert_int_equal(INVOKE(TMP, IRQ_SET_NOTIFICATION, NO_WORDS, NTFN2), ABI_NO_ERROR);
    assert_int_equal(INVOKE0(TMP, IRQ_CLEAR, NO_WORDS), ABI_NO_ERROR);
}

static void deleted_notification_leaves_the_handler(void **state)
{
    assert_int_equal(issue(TMP, 11), ABI_NO_ERROR);
    assert_int_equal(INVOKE(TMP, IRQ_SET_NOTIFICATION, NO_WORDS, NTFN2), ABI_NO_ERROR);
    assert_int_equal(revoke(NTFN2), ABI_NO_ERROR);      /* takes the handler's copy */
    core_irq(11);
    assert_int_equal(((struct notification *)object(NTFN2))->state, NTFN_IDLE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(signals_add_up), TEST(waiter_wakes), TEST(one_signal_wakes_one), TEST(badge_zero_counts_as_a_signal),
        TEST(rights_are_needed), TEST(call_on_a_notification_is_a_signal),
        TEST(bound_thread_gets_it_at_an_endpoint), TEST(pending_signal_comes_before_messages),
        TEST(pending_signal_at_reply_recv), TEST(binding_is_one_to_one),
        TEST(bound_notification_is_for_its_thread), TEST(waiting_notification_cannot_be_bound),
        TEST(deletion_unbinds_and_restarts), TEST(deleted_thread_is_unbound), TEST(context_of_the_notification),
        TEST(interrupt_signals_and_stays_masked), TEST(interrupt_without_handler_is_masked),
        TEST(handler_is_unique_and_its_end_masks), TEST(handlers_are_children_of_control),
        TEST(handler_invocations_are_checked), TEST(deleted_notification_leaves_the_handler),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
