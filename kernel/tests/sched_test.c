// SPDX-License-Identifier: BSD-2-Clause
// Scheduler: priorities, budgets and refills, timeout faults, Yield and YieldTo, two CPUs, halted virtual machines.
#include "world.h"
#include <stdlib.h>
#include <string.h>

enum { EP = C_FREE, REPLY, NTFN, A = C_FREE + 20, B = C_FREE + 24, C = C_FREE + 28, TMP = C_FREE + 40 };
#define US(n) ((n) * HOST_TICKS_PER_US)

static struct tcb *a, *b;

static int setup(void **state)
{
    world_new();
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_REPLY, 0, REPLY, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_NOTIFICATION, 0, NTFN, 1), ABI_NO_ERROR);
    a = thread_new(A, 100, false);
    b = thread_new(B, 100, false);
    assert_int_equal(INVOKE(C_TCB, TCB_SET_PRIORITY, WORDS(10), C_TCB), ABI_NO_ERROR);
    return 0;
}

static int teardown(void **state)
{
    world_check();
    host.self = 0;
    run(w.root);
    host.irq_period = 7;
    assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
    world_check();
    return 0;
}

static word_t configure(word_t slot, word_t budget, word_t period, word_t extra, word_t flags)
{
    return INVOKE(C_CONTROL0, SCHED_CONTROL_CONFIGURE, WORDS(budget, period, extra, 0x99, flags), slot);
}

static word_t resume(word_t slot) { return INVOKE0(slot, TCB_RESUME, NO_WORDS); }

static void higher_priority_runs_at_once(void **state)
{
    resume(A);
    assert_ptr_equal(current(), a);
    assert_true(w.root->in_ready);
}

static void lower_priority_waits(void **state)
{
    assert_int_equal(INVOKE(A, TCB_SET_PRIORITY, WORDS(5), C_TCB), ABI_NO_ERROR);
    resume(A);
    assert_ptr_equal(current(), w.root);
    assert_true(a->in_ready);
    assert_int_equal(INVOKE(A, TCB_SET_PRIORITY, WORDS(11), C_TCB), ABI_NO_ERROR);
    assert_ptr_equal(current(), a);
}

static void own_priority_lowered(void **state)
{
    assert_int_equal(INVOKE(A, TCB_SET_PRIORITY, WORDS(5), C_TCB), ABI_NO_ERROR);
    resume(A);
    assert_int_equal(INVOKE(C_TCB, TCB_SET_PRIORITY, WORDS(4), C_TCB), ABI_NO_ERROR);
    assert_ptr_equal(current(), a);
}

static void equal_priorities_take_turns(void **state)
{
    start(a);
    start(b);
    settle();
    assert_ptr_equal(current(), a);      /* first come, first served */
    advance(9000);
    assert_ptr_equal(current(), a);
    advance(1001);
    assert_ptr_equal(current(), b);
    advance(10001);
    assert_ptr_equal(current(), a);
}

static void round_robin_alone_goes_on(void **state)
{
    start(a);
    settle();
    advance(100000);
    assert_ptr_equal(current(), a);
    assert_true(a->sc->consumed >= US(90000));
}

static void yield_lets_the_next_run(void **state)
{
    start(a);
    start(b);
    settle();
    struct tcb *first = current();

    core_syscall(ABI_SYS_YIELD);
    assert_ptr_not_equal(current(), first);
    core_syscall(ABI_SYS_YIELD);
    assert_ptr_equal(current(), first);
}

static void budget_ends_and_comes_back(void **state)
{
    assert_int_equal(configure(A + 1, 2000, 10000, 0, 0), ABI_NO_ERROR);
    resume(A);
    assert_ptr_equal(current(), a);
    advance(1990);
    assert_ptr_equal(current(), a);
    advance(20);
    assert_ptr_equal(current(), w.root);
    assert_true(a->in_release);
    advance(7900);
    assert_ptr_equal(current(), w.root);
    advance(200);
    assert_ptr_equal(current(), a);
}

/* Over many periods a thread never gets more than its share, whatever it does. */
static void share_is_kept(bool sporadic)
{
    uint64_t begin, ran = 0;

    srand(7);
    assert_int_equal(configure(A + 1, 3000, 10000, 6, sporadic), ABI_NO_ERROR);
    resume(A);
    begin = host.now;
    for (unsigned i = 0; i < 4000; i++) {
        uint64_t before = host.now, step = (uint64_t)rand() % 500 + 1;
        bool ours = current() == a;

        if (ours && rand() % 3 == 0) {
            sys_recv(ABI_SYS_WAIT, NTFN, 0);
        } else if (!ours && a->state == TS_BLOCKED_NOTIFICATION && rand() % 2) {
            sys_send(ABI_SYS_SEND, NTFN, 0, 0);
        }
        ours = current() == a;
        host.now += US(step);
        if (host.cpu[0].timer_armed <= host.now) {
            host.now = MAX(before, host.cpu[0].timer_armed);
            core_timer();
        }
        ran += ours ? host.now - before : 0;
        world_check();
        assert_true(ran <= (host.now - begin) * 3 / 10 + 2 * US(3000));
    }
    assert_true(ran > (host.now - begin) / 10);          /* and it does get something */
}

static void share_is_kept_constant_bandwidth(void **state) { share_is_kept(false); }
static void share_is_kept_sporadic(void **state) { share_is_kept(true); }

static void yield_gives_up_the_budget(void **state)
{
    assert_int_equal(configure(A + 1, 2000, 10000, 0, 0), ABI_NO_ERROR);
    resume(A);
    core_syscall(ABI_SYS_YIELD);
    assert_true(a->in_release);
    assert_ptr_equal(current(), w.root);
    advance(10001);
    assert_ptr_equal(current(), a);
    assert_true(a->sc->consumed < US(10));
}

static void timeout_fault_is_told(void **state)
{
    assert_int_equal(INVOKE(A, TCB_SET_TIMEOUT_ENDPOINT, NO_WORDS, EP), ABI_NO_ERROR);
    assert_int_equal(configure(A + 1, 2000, 10000, 0, 0), ABI_NO_ERROR);
    run(b);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    run(w.root);
    resume(A);
    advance(2100);
    assert_ptr_equal(current(), b);
    assert_int_equal(tag_label(b->arch.tag), ABI_FAULT_TIMEOUT);
    assert_int_equal(b->arch.mr[0], 0x99);
    assert_in_range(b->arch.mr[1], 1990, 2100);
    assert_int_equal(a->state, TS_BLOCKED_REPLY);
    assert_non_null(a->sc);                              /* a timeout lends nothing */
    sys_send(ABI_SYS_SEND, REPLY, 0, 0);
    assert_true(a->in_release);                          /* goes on when it has budget again */
}

static void timeout_in_a_virtual_machine_enters_again(void **state)
{
    unsigned restarts = a->arch.restarts;

    assert_int_equal(INVOKE(A, TCB_SET_TIMEOUT_ENDPOINT, NO_WORDS, EP), ABI_NO_ERROR);
    assert_int_equal(configure(A + 1, 2000, 10000, 0, 0), ABI_NO_ERROR);
    run(w.root);
    resume(A);
    core_syscall(ABI_SYS_VM_ENTER);
    assert_int_equal(a->state, TS_RUNNING_VM);
    advance(2100);
    assert_int_equal(a->state, TS_BLOCKED_SEND);
    assert_int_equal(a->arch.restarts, restarts + 1);
}

static void consumed_time_is_told_once(void **state)
{
    resume(A);
    advance(300);
    run(w.root);
    settle();
    assert_int_equal(INVOKE0(A + 1, SCHED_CONTEXT_CONSUMED, NO_WORDS), ABI_NO_ERROR);
    run(w.root);
    assert_in_range(reply_word(0), 300, 310);
    assert_int_equal(INVOKE0(A + 1, SCHED_CONTEXT_CONSUMED, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(reply_word(0), 0);
}

static void configure_checks_its_numbers(void **state)
{
    assert_int_equal(configure(A + 1, 9, 100, 0, 0), ABI_RANGE_ERROR);
    assert_int_equal(reply_word(0), MIN_BUDGET_US);
    assert_int_equal(configure(A + 1, 200, 100, 0, 0), ABI_RANGE_ERROR);
    assert_int_equal(configure(A + 1, ~0ul, ~0ul, 0, 0), ABI_RANGE_ERROR);
    assert_int_equal(configure(A + 1, 100, MAX_PERIOD_US + 1, 0, 0), ABI_RANGE_ERROR);
    assert_int_equal(configure(A + 1, 100, 200, 10, 0), ABI_RANGE_ERROR);
    assert_int_equal(reply_word(1), 9);                  /* 256 bytes: 80 of state, 11 refills, 2 of them needed */
    assert_int_equal(configure(A + 1, 100, 200, 9, 0), ABI_NO_ERROR);
    assert_int_equal(configure(A, 100, 200, 0, 0), ABI_INVALID_CAPABILITY);
    assert_int_equal(INVOKE0(C_CONTROL0, SCHED_CONTROL_CONFIGURE, WORDS(100, 200, 0, 0, 0)), ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE0(C_CONTROL0, TCB_SUSPEND, NO_WORDS), ABI_ILLEGAL_OPERATION);
    assert_int_equal(configure(A + 1, MAX_PERIOD_US, MAX_PERIOD_US, 0, 0), ABI_NO_ERROR);
}

static void reconfiguring_does_not_renew_a_budget(void **state)
{
    assert_int_equal(configure(A + 1, 2000, 10000, 0, 0), ABI_NO_ERROR);
    resume(A);
    advance(2100);
    assert_true(a->in_release);
    assert_int_equal(configure(A + 1, 2000, 10000, 0, 0), ABI_NO_ERROR);
    assert_true(a->in_release);
    assert_ptr_equal(current(), w.root);
}

static void thread_without_context_does_not_run(void **state)
{
    assert_int_equal(INVOKE0(A + 1, SCHED_CONTEXT_UNBIND, NO_WORDS), ABI_NO_ERROR);
    resume(A);
    assert_ptr_equal(current(), w.root);
    assert_int_equal(INVOKE(A + 1, SCHED_CONTEXT_BIND, NO_WORDS, A), ABI_NO_ERROR);
    assert_ptr_equal(current(), a);
}

static void binding_is_checked(void **state)
{
    assert_int_equal(INVOKE(A + 1, SCHED_CONTEXT_BIND, NO_WORDS, B), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(A + 1, SCHED_CONTEXT_BIND, NO_WORDS, EP), ABI_INVALID_CAPABILITY);
    assert_int_equal(INVOKE0(A + 1, SCHED_CONTEXT_BIND, NO_WORDS), ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE(A + 1, SCHED_CONTEXT_UNBIND_OBJECT, NO_WORDS, B), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(A + 1, SCHED_CONTEXT_UNBIND_OBJECT, NO_WORDS, NTFN), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(A + 1, SCHED_CONTEXT_UNBIND_OBJECT, NO_WORDS, A), ABI_NO_ERROR);
    assert_int_equal(INVOKE(A + 1, SCHED_CONTEXT_BIND, NO_WORDS, NTFN), ABI_NO_ERROR);
    assert_int_equal(INVOKE(A + 1, SCHED_CONTEXT_BIND, NO_WORDS, A), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(B + 1, SCHED_CONTEXT_UNBIND_OBJECT, NO_WORDS, B), ABI_NO_ERROR);
    assert_int_equal(INVOKE(B + 1, SCHED_CONTEXT_BIND, NO_WORDS, NTFN), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE0(C_SC, SCHED_CONTEXT_UNBIND, NO_WORDS), ABI_ILLEGAL_OPERATION);   /* one's own */
}

static void deleting_the_running_context(void **state)
{
    start(a);
    settle();
    assert_ptr_equal(current(), a);
    sys(ABI_SYS_CALL, C_CNODE, tag_make(ABI_INV_CNODE_DELETE, 0, 0, 2), 0, (word_t[]){ A + 1, 64 }, 2);
    assert_null(a->sc);
    assert_ptr_equal(current(), w.root);
    assert_ptr_equal(host.cpu[0].current_sc, w.root->sc);
}

static void yield_to_runs_the_target(void **state)
{
    assert_int_equal(INVOKE(A, TCB_SET_PRIORITY, WORDS(10), C_TCB), ABI_NO_ERROR);
    assert_int_equal(INVOKE(B, TCB_SET_PRIORITY, WORDS(10), C_TCB), ABI_NO_ERROR);
    resume(A);
    resume(B);
    assert_ptr_equal(current(), w.root);
    assert_int_equal(INVOKE0(B + 1, SCHED_CONTEXT_YIELD_TO, NO_WORDS), ABI_NO_ERROR);
    assert_ptr_equal(current(), b);
    advance(10);
    sys_recv(ABI_SYS_WAIT, NTFN, 0);
    assert_ptr_equal(current(), w.root);                 /* in front of a */
    assert_in_range(w.root->arch.mr[0], 10, 12);
    assert_null(w.root->yield_to);
}

static void yield_to_is_checked(void **state)
{
    assert_int_equal(INVOKE0(C_SC, SCHED_CONTEXT_YIELD_TO, NO_WORDS), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(C_TCB, TCB_SET_MC_PRIORITY, WORDS(50), C_TCB), ABI_NO_ERROR);
    assert_int_equal(INVOKE0(A + 1, SCHED_CONTEXT_YIELD_TO, NO_WORDS), ABI_ILLEGAL_OPERATION);
}

static void yield_target_is_deleted(void **state)
{
    assert_int_equal(INVOKE(B, TCB_SET_PRIORITY, WORDS(10), C_TCB), ABI_NO_ERROR);
    resume(B);
    assert_int_equal(INVOKE0(B + 1, SCHED_CONTEXT_YIELD_TO, NO_WORDS), ABI_NO_ERROR);
    assert_ptr_equal(current(), b);
    sys(ABI_SYS_CALL, C_CNODE, tag_make(ABI_INV_CNODE_DELETE, 0, 0, 2), 0, (word_t[]){ B + 1, 64 }, 2);
    assert_ptr_equal(current(), w.root);
    assert_null(w.root->yield_to);
}

static void priority_needs_authority(void **state)
{
    assert_int_equal(INVOKE(A, TCB_SET_MC_PRIORITY, WORDS(50), C_TCB), ABI_NO_ERROR);
    assert_int_equal(INVOKE(B, TCB_SET_PRIORITY, WORDS(51), A), ABI_RANGE_ERROR);
    assert_int_equal(reply_word(1), 50);
    assert_int_equal(INVOKE(B, TCB_SET_PRIORITY, WORDS(256), C_TCB), ABI_RANGE_ERROR);
    assert_int_equal(INVOKE(B, TCB_SET_PRIORITY, WORDS(50), A), ABI_NO_ERROR);
    assert_int_equal(b->priority, 50);
    assert_int_equal(INVOKE(B, TCB_SET_PRIORITY, WORDS(1), EP), ABI_INVALID_CAPABILITY);
}

/* ---- the timer ---- */

static void timer_is_not_set_again_for_later(void **state)
{
    start(a);
    settle();
    unsigned sets = host.timer_sets;

    for (unsigned i = 0; i < 10; i++) {
        advance(10);
        sys_send(ABI_SYS_SEND, NTFN, 0, 0);
    }
    assert_int_equal(host.timer_sets, sets);
}

static void unlimited_context_needs_no_timer(void **state)
{
    assert_int_equal(host.cpu[0].timer_armed, UINT64_MAX);
    assert_int_equal(host.timer_sets, 0);
}

/* ---- virtual machines ---- */

static void bind_to(struct tcb *t)
{
    notification_bind(object(NTFN), t);
}

static void vm_runs_as_a_thread(void **state)
{
    start(a);
    start(b);
    settle();
    struct tcb *vm = current();

    core_syscall(ABI_SYS_VM_ENTER);
    assert_int_equal(vm->state, TS_RUNNING_VM);
    assert_ptr_equal(current(), vm);
    advance(10001);
    assert_ptr_not_equal(current(), vm);
    assert_true(vm->in_ready);
    assert_int_equal(vm->state, TS_RUNNING_VM);
}

static void vm_deadline_fires(void **state)
{
    start(a);
    settle();
    host.vm_next_deadline = host.now + US(500);
    core_syscall(ABI_SYS_VM_ENTER);
    assert_int_equal(host.cpu[0].timer_armed, host.vm_next_deadline);
    advance(499);
    assert_int_equal(a->state, TS_RUNNING_VM);
    advance(2);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(host.vm_deadlines, 1);
    assert_ptr_equal(current(), a);
}

static void halted_vm_sleeps_until_its_deadline(void **state)
{
    start(a);
    settle();
    host.vm_next = TS_HALTED_VM;
    host.vm_next_deadline = host.now + US(500);
    core_syscall(ABI_SYS_VM_ENTER);
    assert_ptr_equal(current(), w.root);
    assert_ptr_equal(host.cpu[0].vm_wait_head, a);
    advance(501);
    assert_int_equal(host.vm_deadlines, 1);
    assert_ptr_equal(current(), a);
    assert_null(host.cpu[0].vm_wait_head);
}

static void halted_vms_wake_in_order(void **state)
{
    uint64_t now = host.now;

    host.vm_next = TS_HALTED_VM;
    run(a);
    host.vm_next_deadline = now + US(900);
    core_syscall(ABI_SYS_VM_ENTER);
    run(b);
    host.vm_next_deadline = now + US(300);
    core_syscall(ABI_SYS_VM_ENTER);
    assert_ptr_equal(host.cpu[0].vm_wait_head, b);
    advance(400);
    assert_ptr_equal(current(), b);
    assert_int_equal(a->state, TS_HALTED_VM);
    advance(600);
    assert_int_equal(a->state, TS_RUNNING);
}

static void signal_ends_a_halt(void **state)
{
    bind_to(a);
    run(a);
    host.vm_next = TS_HALTED_VM;
    host.vm_next_deadline = host.now + US(500);
    core_syscall(ABI_SYS_VM_ENTER);
    sys_send(ABI_SYS_SEND, NTFN, 0, 0);
    assert_ptr_equal(current(), a);
    assert_int_equal(host.vm_wakes, 1);
    assert_null(host.cpu[0].vm_wait_head);
    advance(1000);
    assert_int_equal(host.vm_deadlines, 0);
}

static void signal_ends_a_run(void **state)
{
    bind_to(a);
    run(a);
    core_syscall(ABI_SYS_VM_ENTER);
    notification_signal(object(NTFN), 6);                /* as from an interrupt */
    settle();
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(host.vm_badge, 6);
    assert_ptr_equal(current(), a);
}

static void pending_signal_keeps_out_of_the_vm(void **state)
{
    bind_to(a);
    notification_signal(object(NTFN), 9);
    run(a);
    core_syscall(ABI_SYS_VM_ENTER);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(a->arch.cap, 9);
}

static void suspended_vm_enters_again(void **state)
{
    unsigned restarts = a->arch.restarts;

    run(a);
    host.vm_next = TS_HALTED_VM;
    host.vm_next_deadline = host.now + US(500);
    core_syscall(ABI_SYS_VM_ENTER);
    run(w.root);
    assert_int_equal(INVOKE0(A, TCB_SUSPEND, NO_WORDS), ABI_NO_ERROR);
    assert_null(host.cpu[0].vm_wait_head);
    assert_int_equal(a->state, TS_INACTIVE);
    assert_int_equal(a->arch.restarts, restarts + 1);
}

/* ---- two CPUs ---- */

static void to_cpu1(word_t slot)
{
    assert_int_equal(INVOKE(C_CONTROL1, SCHED_CONTROL_CONFIGURE, WORDS(10000, 10000, 0, 0, 0), slot + 1),
                     ABI_NO_ERROR);
}

static void on_cpu1(void (*what)(void))
{
    host.self = 1;
    what();
    host.self = 0;
}

static void wake_on_the_other_cpu_kicks_it(void **state)
{
    to_cpu1(A);
    assert_int_equal(a->core, 1);
    resume(A);
    assert_true(a->in_ready);
    assert_int_equal(host.kicks[1], 1);
    on_cpu1(core_kicked);
    assert_ptr_equal(host.cpu[1].current, a);
    assert_ptr_equal(current(), w.root);
}

static void suspending_a_thread_that_runs_elsewhere(void **state)
{
    to_cpu1(A);
    resume(A);
    on_cpu1(core_kicked);
    assert_int_equal(INVOKE0(A, TCB_SUSPEND, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(host.stalls[1], 1);
    assert_int_equal(a->state, TS_INACTIVE);
    on_cpu1(core_kicked);
    assert_ptr_equal(host.cpu[1].current, host.idle[1]);
}

static void reading_a_thread_that_runs_elsewhere(void **state)
{
    to_cpu1(A);
    resume(A);
    on_cpu1(core_kicked);
    assert_int_equal(INVOKE0(A, TCB_READ_REGISTERS, WORDS(0, 2)), ABI_NO_ERROR);
    assert_int_equal(host.stalls[1], 1);
    on_cpu1(core_kicked);
    assert_ptr_equal(host.cpu[1].current, a);            /* it goes on */
}

static void running_thread_moves_over(void **state)
{
    resume(A);
    run(w.root);
    to_cpu1(A);
    assert_int_equal(a->core, 1);
    on_cpu1(core_kicked);
    assert_ptr_equal(host.cpu[1].current, a);
    run(w.root);
    assert_int_equal(configure(A + 1, 10000, 10000, 0, 0), ABI_NO_ERROR);
    assert_int_equal(a->core, 0);
    on_cpu1(core_kicked);
    assert_ptr_equal(host.cpu[1].current, host.idle[1]);
    assert_ptr_equal(current(), a);
}

static void thread_moves_itself(void **state)
{
    resume(A);
    a->mcp = 255;
    assert_ptr_equal(current(), a);
    buffer_of(a)->caps_or_badges[0] = A + 1;
    sys(ABI_SYS_CALL, C_CONTROL1, tag_make(ABI_INV_SCHED_CONTROL_CONFIGURE, 0, 1, 5), 0,
        (word_t[]){ 10000, 10000, 0, 0, 0 }, 5);
    assert_ptr_equal(current(), w.root);
    on_cpu1(core_kicked);
    assert_ptr_equal(host.cpu[1].current, a);
    assert_int_equal(tag_label(a->arch.tag), ABI_NO_ERROR);
}

static void call_to_a_server_on_the_other_cpu(void **state)
{
    to_cpu1(B);
    resume(B);
    host.self = 1;
    core_kicked();
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    assert_ptr_equal(current(), host.idle[1]);
    host.self = 0;
    run(a);
    sys_send(ABI_SYS_CALL, EP, 3, 4);
    assert_ptr_equal(current(), w.root);
    host.self = 1;
    core_kicked();
    assert_ptr_equal(current(), b);
    assert_int_equal(b->arch.mr[0], 4);
    sys_reply_recv(EP, REPLY, 0, 5);
    host.self = 0;
    core_kicked();
    assert_ptr_equal(current(), a);
    assert_int_equal(a->arch.mr[0], 5);
}

static void signal_to_a_vm_on_the_other_cpu(void **state)
{
    bind_to(a);
    to_cpu1(A);
    resume(A);
    host.self = 1;
    core_kicked();
    core_syscall(ABI_SYS_VM_ENTER);
    host.self = 0;
    sys_send(ABI_SYS_SEND, NTFN, 0, 0);
    assert_int_equal(host.stalls[1], 1);
    assert_int_equal(a->state, TS_RUNNING);
    on_cpu1(core_kicked);
    assert_ptr_equal(host.cpu[1].current, a);
}

static void deleting_a_thread_that_runs_elsewhere(void **state)
{
    to_cpu1(A);
    resume(A);
    on_cpu1(core_kicked);
    assert_int_equal(delete(A), ABI_NO_ERROR);
    assert_int_equal(a->arch.forgotten, 1);
    assert_ptr_not_equal(host.cpu[1].current, a);
    memset(a, 0xcc, 1000);                               /* its memory may be anything by now */
    on_cpu1(core_kicked);
    assert_ptr_equal(host.cpu[1].current, host.idle[1]);
}

/* ---- refills as arithmetic ---- */

static void refills_never_grow(void **state)
{
    static union { struct sched_context sc; char bytes[512]; } u;
    struct sched_context *sc = &u.sc;
    uint64_t now = 1000000;

    srand(1);
    for (unsigned round = 0; round < 200; round++) {
        uint64_t budget = US(20 + (uint64_t)rand() % 5000), period = budget + US((uint64_t)rand() % 20000 + 1);

        refill_new(sc, 2 + (unsigned)rand() % 8, budget, period, now);
        for (unsigned i = 0; i < 200; i++) {
            uint64_t sum = 0, last = 0;

            if (refill_head(sc)->time <= now) {
                if (rand() % 2) {
                    refill_unblock(sc, now);
                }
                uint64_t use = (uint64_t)rand() % (refill_head(sc)->amount + US(30));

                refill_charge(sc, use);
                now += use;
            }
            now += (uint64_t)rand() % US(1000);
            for (unsigned n = 0; n < sc->refill_count; n++) {
                struct refill *r = &sc->refills[(sc->refill_head + n) % sc->refill_max];

                sum += r->amount;
                assert_true(n == 0 || r->time >= last);
                last = r->time;
            }
            assert_int_equal(sum, budget);
            assert_true(refill_head(sc)->amount >= MIN(refill_min_budget(), budget));
        }
    }
}

static void overrun_is_paid_for(void **state)
{
    static union { struct sched_context sc; char bytes[512]; } u;
    struct sched_context *sc = &u.sc;

    refill_new(sc, 4, US(2000), US(10000), 1000);
    refill_charge(sc, US(2000));
    assert_int_equal(refill_head(sc)->time, 1000 + US(10000));
    refill_new(sc, 4, US(2000), US(10000), 1000);
    refill_charge(sc, US(7000));                         /* three and a half budgets */
    assert_true(refill_head(sc)->time >= 1000 + US(30000));
    assert_int_equal(refill_head(sc)->amount, US(1000));
    refill_new(sc, 4, US(2000), US(10000), 1000);
    refill_charge(sc, UINT64_MAX / 2);                   /* the machine slept: an end, and no overflow */
    assert_true(refill_head(sc)->time > UINT64_MAX / 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(higher_priority_runs_at_once), TEST(lower_priority_waits), TEST(own_priority_lowered),
        TEST(equal_priorities_take_turns), TEST(round_robin_alone_goes_on), TEST(yield_lets_the_next_run),
        TEST(budget_ends_and_comes_back), TEST(share_is_kept_constant_bandwidth), TEST(share_is_kept_sporadic),
        TEST(yield_gives_up_the_budget), TEST(timeout_fault_is_told),
        TEST(timeout_in_a_virtual_machine_enters_again), TEST(consumed_time_is_told_once),
        TEST(configure_checks_its_numbers), TEST(reconfiguring_does_not_renew_a_budget),
        TEST(thread_without_context_does_not_run), TEST(binding_is_checked), TEST(deleting_the_running_context),
        TEST(yield_to_runs_the_target), TEST(yield_to_is_checked), TEST(yield_target_is_deleted),
        TEST(priority_needs_authority), TEST(timer_is_not_set_again_for_later),
        TEST(unlimited_context_needs_no_timer), TEST(vm_runs_as_a_thread), TEST(vm_deadline_fires),
        TEST(halted_vm_sleeps_until_its_deadline), TEST(halted_vms_wake_in_order), TEST(signal_ends_a_halt),
        TEST(signal_ends_a_run), TEST(pending_signal_keeps_out_of_the_vm), TEST(suspended_vm_enters_again),
        TEST(wake_on_the_other_cpu_kicks_it), TEST(suspending_a_thread_that_runs_elsewhere),
        TEST(reading_a_thread_that_runs_elsewhere), TEST(running_thread_moves_over), TEST(thread_moves_itself),
        TEST(call_to_a_server_on_the_other_cpu), TEST(signal_to_a_vm_on_the_other_cpu),
        TEST(deleting_a_thread_that_runs_elsewhere), TEST(refills_never_grow), TEST(overrun_is_paid_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
