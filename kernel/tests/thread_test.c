// SPDX-License-Identifier: BSD-2-Clause
// TCB invocations: registers, spaces, suspend and resume; debug calls and kprintf.
#include "world.h"
#include <string.h>

enum { EP = C_FREE, REPLY, A = C_FREE + 20, B = C_FREE + 24, TMP = C_FREE + 40 };

static struct tcb *a;

static int setup(void **state)
{
    world_new();
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_REPLY, 0, REPLY, 1), ABI_NO_ERROR);
    a = thread_new(A, 100, false);
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

static void registers_are_written_and_read(void **state)
{
    assert_int_equal(INVOKE0(A, TCB_WRITE_REGISTERS, WORDS(0, 4, 0x1000, 0x2000, 0x202, 77)), ABI_NO_ERROR);
    assert_int_equal(a->arch.reg[ABI_REG_RAX], 77);
    assert_int_equal(a->state, TS_INACTIVE);
    assert_int_equal(INVOKE0(A, TCB_READ_REGISTERS, WORDS(0, ABI_REG_COUNT)), ABI_NO_ERROR);
    assert_int_equal(reply_words(), ABI_REG_COUNT);
    assert_int_equal(reply_word(0), 0x1000);
    assert_int_equal(reply_word(3), 77);
    assert_int_equal(reply_word(ABI_REG_GS_BASE), 0);
}

static void write_registers_can_start_a_thread(void **state)
{
    assert_int_equal(INVOKE(C_TCB, TCB_SET_PRIORITY, WORDS(10), C_TCB), ABI_NO_ERROR);
    assert_int_equal(INVOKE0(A, TCB_WRITE_REGISTERS, WORDS(1, 1, 0x1000)), ABI_NO_ERROR);
    assert_ptr_equal(current(), a);
}

static void register_counts_are_checked(void **state)
{
    assert_int_equal(INVOKE0(A, TCB_WRITE_REGISTERS, WORDS(0, 3, 1, 2)), ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE0(A, TCB_WRITE_REGISTERS, WORDS(0)), ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE0(A, TCB_WRITE_REGISTERS, WORDS(0, ~0ul)), ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE0(A, TCB_READ_REGISTERS, WORDS(0, 0)), ABI_RANGE_ERROR);
    assert_int_equal(INVOKE0(A, TCB_READ_REGISTERS, WORDS(0, ABI_REG_COUNT + 1)), ABI_RANGE_ERROR);
    assert_int_equal(INVOKE0(C_TCB, TCB_READ_REGISTERS, WORDS(0, 1)), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE0(C_TCB, TCB_WRITE_REGISTERS, WORDS(0, 1, 1)), ABI_ILLEGAL_OPERATION);
}

static void registers_are_copied(void **state)
{
    struct tcb *b = thread_new(B, 100, false);

    a->arch.reg[ABI_REG_RSI] = 5;
    a->arch.reg[ABI_REG_FS_BASE] = 6;
    assert_int_equal(INVOKE(B, TCB_COPY_REGISTERS, WORDS(4), A), ABI_NO_ERROR);
    assert_int_equal(b->arch.reg[ABI_REG_RSI], 5);
    assert_int_equal(b->arch.reg[ABI_REG_FS_BASE], 0);
    assert_int_equal(INVOKE(B, TCB_COPY_REGISTERS, WORDS(8 | 2), A), ABI_NO_ERROR);
    assert_int_equal(b->arch.reg[ABI_REG_FS_BASE], 6);
    assert_int_equal(b->state, TS_RUNNING);
    assert_int_equal(INVOKE(B, TCB_COPY_REGISTERS, WORDS(1), EP), ABI_INVALID_CAPABILITY);
}

static void waiting_thread_with_a_new_ip_does_not_restart(void **state)
{
    run(a);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    run(w.root);
    assert_int_equal(INVOKE0(A, TCB_WRITE_REGISTERS, WORDS(1, 1, 0x4000)), ABI_NO_ERROR);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(a->arch.restarts, 0);
    assert_int_equal(a->arch.reg[ABI_REG_RIP], 0x4000);
    run(a);
    sys_recv(ABI_SYS_RECV, EP, REPLY);                   /* the next wait is an ordinary one */
    run(w.root);
    assert_int_equal(INVOKE0(A, TCB_RESUME, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(a->arch.restarts, 1);
}

static void suspend_takes_out_of_queues(void **state)
{
    run(a);
    sys_recv(ABI_SYS_RECV, EP, REPLY);
    run(w.root);
    assert_int_equal(INVOKE0(A, TCB_SUSPEND, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(ep_state(object(EP)), EP_IDLE);
    assert_null(a->reply);
    assert_int_equal(INVOKE0(A, TCB_RESUME, NO_WORDS), ABI_NO_ERROR);
    assert_int_equal(a->state, TS_RUNNING);
    assert_int_equal(INVOKE0(A, TCB_RESUME, NO_WORDS), ABI_NO_ERROR);    /* nothing happens */
    assert_int_equal(INVOKE0(A, TCB_SUSPEND, NO_WORDS), ABI_NO_ERROR);
    assert_false(a->in_ready);
}

static void thread_suspends_itself(void **state)
{
    run(a);
    sys(ABI_SYS_CALL, A, tag_make(ABI_INV_TCB_SUSPEND, 0, 0, 0), 0, NULL, 0);
    assert_int_equal(a->state, TS_INACTIVE);
    assert_ptr_equal(current(), w.root);
    assert_int_equal(a->arch.restarts, 0);
}

static void configure_is_checked(void **state)
{
    assert_int_equal(INVOKE(A, TCB_CONFIGURE, WORDS(0, 0, 0), C_CNODE, C_VSPACE), ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE(A, TCB_CONFIGURE, WORDS(0, 0), C_CNODE, C_VSPACE, C_NULL), ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE(A, TCB_CONFIGURE, WORDS(0, 0, 0), C_TCB, C_VSPACE, C_NULL), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(A, TCB_CONFIGURE, WORDS(0, 0, 0), C_CNODE, C_TCB, C_NULL), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(A, TCB_CONFIGURE, WORDS(0, 0, 8), C_CNODE, C_VSPACE, A + 2), ABI_ALIGNMENT_ERROR);
    assert_int_equal(INVOKE(A, TCB_CONFIGURE, WORDS(0, 0, 1024), C_CNODE, C_VSPACE, EP), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(A, TCB_CONFIGURE, WORDS(63, 0, 0), C_CNODE, C_VSPACE, C_NULL), ABI_ILLEGAL_OPERATION);
    assert_int_equal(a->slot[TCB_CSPACE].cap.type, CAP_CNODE);       /* nothing was changed by all this */
    assert_int_equal(a->slot[TCB_IPC_BUFFER].cap.type, CAP_FRAME);
    assert_int_equal(INVOKE(A, TCB_CONFIGURE, WORDS(54, 0, 0), C_CNODE, C_VSPACE, C_NULL), ABI_NO_ERROR);
    assert_int_equal(a->slot[TCB_CSPACE].cap.cnode.guard_size, 54);
    assert_int_equal(a->slot[TCB_IPC_BUFFER].cap.type, CAP_NULL);
    assert_int_equal(a->ipc_buffer, 0);
}

static void device_frames_are_no_buffers(void **state)
{
    assert_int_equal(retype(C_DEVICE, ABI_OBJ_SMALL_PAGE, 0, TMP, 1), ABI_NO_ERROR);
    assert_int_equal(INVOKE(A, TCB_SET_IPC_BUFFER, WORDS(0x1000), TMP), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(A, TCB_SET_IPC_BUFFER, WORDS(0x1400), A + 2), ABI_NO_ERROR);
    assert_ptr_equal(buffer_of(a), (char *)object(A + 2) + 0x400);
}

static void revoked_buffer_is_gone(void **state)
{
    assert_int_equal(revoke(A + 2), ABI_NO_ERROR);
    assert_null(buffer_of(a));
}

static void sched_params_all_or_nothing(void **state)
{
    assert_int_equal(INVOKE(A, TCB_SET_SCHED_PARAMS, WORDS(9, 8), C_TCB, C_SC, C_NULL), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(A, TCB_SET_SCHED_PARAMS, WORDS(9, 8), C_TCB, EP, C_NULL), ABI_INVALID_CAPABILITY);
    assert_int_equal(reply_word(0), 2);
    assert_int_equal(INVOKE(A, TCB_SET_SCHED_PARAMS, WORDS(9, 8), C_TCB, A + 1, C_TCB), ABI_INVALID_CAPABILITY);
    assert_int_equal(reply_word(0), 3);
    assert_int_equal(a->priority, 100);
    assert_int_equal(INVOKE(A, TCB_SET_SCHED_PARAMS, WORDS(9, 8), C_TCB, C_NULL, EP), ABI_NO_ERROR);
    assert_null(a->sc);
    assert_int_equal(a->priority, 8);
    assert_int_equal(a->mcp, 9);
    assert_int_equal(a->slot[TCB_FAULT_HANDLER].cap.type, CAP_ENDPOINT);
    assert_int_equal(INVOKE(C_TCB, TCB_SET_SCHED_PARAMS, WORDS(9, 8), C_TCB, C_NULL, C_NULL),
                     ABI_ILLEGAL_OPERATION);
}

static void tls_base_and_flags(void **state)
{
    assert_int_equal(INVOKE0(A, TCB_SET_TLS_BASE, WORDS(0x7000)), ABI_NO_ERROR);
    assert_int_equal(a->arch.reg[ABI_REG_FS_BASE], 0x7000);
    unsigned switches = host.switches;
    assert_int_equal(INVOKE0(C_TCB, TCB_SET_TLS_BASE, WORDS(0x8000)), ABI_NO_ERROR);
    assert_int_equal(host.switches, switches + 1);       /* loaded at once */
    sys(ABI_SYS_SET_TLS_BASE, 0x9000, 0, 0, NULL, 0);
    assert_int_equal(w.root->arch.reg[ABI_REG_FS_BASE], 0x9000);
    assert_int_equal(INVOKE0(A, TCB_SET_FLAGS, WORDS(0, 3)), ABI_NO_ERROR);
    assert_int_equal(INVOKE0(A, TCB_SET_FLAGS, WORDS(1, 4)), ABI_NO_ERROR);
    assert_int_equal(reply_word(0), 6);
}

static void ept_root_is_checked(void **state)
{
    assert_int_equal(INVOKE(A, TCB_SET_EPT_ROOT, NO_WORDS, C_VSPACE), ABI_INVALID_CAPABILITY);
    core_slot_insert_initial(&w.cnode[TMP], (struct cap){ .type = CAP_EPT_ROOT, .size = 12, .object = 0x1000 });
    assert_int_equal(INVOKE(A, TCB_SET_EPT_ROOT, NO_WORDS, TMP), ABI_NO_ERROR);
    assert_int_equal(a->slot[TCB_EPT_ROOT].cap.type, CAP_EPT_ROOT);
}

static void domain_zero_only(void **state)
{
    assert_int_equal(INVOKE(C_DOMAIN, DOMAIN_SET, WORDS(1), A), ABI_INVALID_ARGUMENT);
    assert_int_equal(INVOKE(C_DOMAIN, DOMAIN_SET, WORDS(0), A), ABI_NO_ERROR);
    assert_int_equal(INVOKE(C_DOMAIN, DOMAIN_SET, WORDS(0), EP), ABI_INVALID_CAPABILITY);
    assert_int_equal(INVOKE0(C_DOMAIN, DOMAIN_SET, WORDS(0)), ABI_TRUNCATED_MESSAGE);
}

/* Every label on every kind of object with too short a message: refused, nothing happens. */
static void short_messages_are_refused(void **state)
{
    static const word_t objects[] = { A, C_CNODE, C_UNTYPED, C_CONTROL0, A + 1, C_IRQ_CONTROL, C_DOMAIN };

    for (unsigned i = 0; i < ARRAY_SIZE(objects); i++) {
        for (word_t label = 0; label < ABI_INV_COUNT + 3; label++) {
            word_t err = invoke_by(w.root, objects[i], label, NO_WORDS, 0, NULL);

            if (label == ABI_INV_TCB_SUSPEND || label == ABI_INV_TCB_RESUME || label == ABI_INV_TCB_SET_FLAGS
                || label >= ABI_INV_SCHED_CONTEXT_BIND) {
                continue;
            }
            assert_int_not_equal(err, ABI_NO_ERROR);
        }
    }
}

static void send_without_call_gets_no_answer(void **state)
{
    w.root->arch.mr[0] = 0x77;
    sys(ABI_SYS_SEND, A, tag_make(ABI_INV_TCB_READ_REGISTERS, 0, 0, 2), 0, (word_t[]){ 0, 1 }, 2);
    assert_int_equal(w.root->arch.mr[0], 0);             /* its own argument */
    assert_int_equal(w.root->arch.cap, A);
}

/* ---- debugging ---- */

static void identify_and_name(void **state)
{
    sys(ABI_SYS_DEBUG_CAP_IDENTIFY, EP, 0, 0, NULL, 0);
    assert_int_equal(w.root->arch.cap, CAP_ENDPOINT);
    sys(ABI_SYS_DEBUG_CAP_IDENTIFY, ~0ul, 0, 0, NULL, 0);
    assert_int_equal(w.root->arch.cap, CAP_NULL);
    memset(w.buffer->msg, 'x', sizeof w.buffer->msg);
    sys(ABI_SYS_DEBUG_NAME_THREAD, A, 0, 0, NULL, 0);
    assert_int_equal(strlen(a->name), sizeof a->name - 1);
    memcpy(w.buffer->msg, "vm0\0junk", 9);
    sys(ABI_SYS_DEBUG_NAME_THREAD, A, 0, 0, NULL, 0);
    assert_string_equal(a->name, "vm0");
    sys(ABI_SYS_DEBUG_NAME_THREAD, EP, 0, 0, NULL, 0);
    sys(ABI_SYS_DEBUG_DUMP_SCHEDULER, 0, 0, 0, NULL, 0);
    assert_non_null(strstr(host.console, "vm0 prio 100 inactive"));
}

static void formats(void **state)
{
    assert_int_equal(kprintf("%d|%5u|%05x|%lx|%-4s|%c|%p|%%|%s\n", -7, 42u, 0xbeefu, 0x123456789abul, "ab", 'z',
                             (void *)0x10, (char *)NULL), 48);
    assert_string_equal(host.console, "-7|   42|0beef|123456789ab|ab  |z|0x10|%|(null)\n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(registers_are_written_and_read), TEST(write_registers_can_start_a_thread),
        TEST(register_counts_are_checked), TEST(registers_are_copied),
        TEST(waiting_thread_with_a_new_ip_does_not_restart), TEST(suspend_takes_out_of_queues),
        TEST(thread_suspends_itself), TEST(configure_is_checked), TEST(device_frames_are_no_buffers),
        TEST(revoked_buffer_is_gone), TEST(sched_params_all_or_nothing), TEST(tls_base_and_flags),
        TEST(ept_root_is_checked), TEST(domain_zero_only), TEST(short_messages_are_refused),
        TEST(send_without_call_gets_no_answer), TEST(identify_and_name), TEST(formats),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
