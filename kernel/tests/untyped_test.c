// SPDX-License-Identifier: BSD-2-Clause
// Untyped_Retype: limits, error details, watermark, clearing of memory and its preemption.
#include "world.h"
#include <string.h>

static int setup(void **state)
{
    world_new();
    return 0;
}

static int teardown(void **state)
{
    world_check();
    return 0;
}

static bool all_zero(const void *p, size_t bytes)
{
    const char *c = p;

    return c[0] == 0 && memcmp(c, c + 1, bytes - 1) == 0;
}

static void every_core_type(void **state)
{
    static const struct { word_t type, size; unsigned cap, bytes; } row[] = {
        { ABI_OBJ_UNTYPED, 4, CAP_UNTYPED, 16 }, { ABI_OBJ_TCB, 0, CAP_TCB, 0 },
        { ABI_OBJ_ENDPOINT, 0, CAP_ENDPOINT, 16 }, { ABI_OBJ_NOTIFICATION, 0, CAP_NOTIFICATION, 64 },
        { ABI_OBJ_CNODE, 3, CAP_CNODE, 256 }, { ABI_OBJ_SCHED_CONTEXT, 7, CAP_SCHED_CONTEXT, 0 },
        { ABI_OBJ_REPLY, 0, CAP_REPLY, 32 }, { ABI_OBJ_SMALL_PAGE, 0, CAP_FRAME, 4096 },
        { ABI_OBJ_PML4, 0, CAP_VSPACE, 4096 }, { ABI_OBJ_VCPU, 0, CAP_VCPU, 16384 },
    };

    for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
        assert_int_equal(retype(C_UNTYPED, row[i].type, row[i].size, C_FREE + i, 1), ABI_NO_ERROR);
        assert_int_equal(cap_at(C_FREE + i)->type, row[i].cap);
        if (row[i].bytes && row[i].cap != CAP_UNTYPED) {
            assert_true(all_zero(object(C_FREE + i), row[i].bytes));
        }
    }
}

static void objects_are_aligned_and_do_not_overlap(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, C_FREE, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_SMALL_PAGE, 0, C_FREE + 1, 2), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_REPLY, 0, C_FREE + 3, 1), ABI_NO_ERROR);
    assert_ptr_equal(object(C_FREE), w.memory);
    assert_ptr_equal(object(C_FREE + 1), w.memory + 4096);
    assert_ptr_equal(object(C_FREE + 2), w.memory + 8192);
    assert_ptr_equal(object(C_FREE + 3), w.memory + 12288);
}

static void type_and_size_are_checked(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_COUNT, 0, C_FREE, 1), ABI_INVALID_ARGUMENT);
    assert_int_equal(reply_word(0), 0);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_HUGE_PAGE, 0, C_FREE, 1), ABI_INVALID_ARGUMENT);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 0, C_FREE, 1), ABI_INVALID_ARGUMENT);
    assert_int_equal(reply_word(0), 1);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, 3, C_FREE, 1), ABI_INVALID_ARGUMENT);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_SCHED_CONTEXT, 6, C_FREE, 1), ABI_INVALID_ARGUMENT);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, 48, C_FREE, 1), ABI_RANGE_ERROR);
    assert_int_equal(reply_word(1), ABI_UNTYPED_MAX_BITS);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, ~0ul, C_FREE, 1), ABI_RANGE_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 47, C_FREE, 1), ABI_NOT_ENOUGH_MEMORY);
}

static void slots_are_checked(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, BIT(WORLD_RADIX), 1), ABI_RANGE_ERROR);
    assert_int_equal(reply_word(1), BIT(WORLD_RADIX) - 1);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, C_FREE, 0), ABI_RANGE_ERROR);
    assert_int_equal(reply_word(0), 1);
    assert_int_equal(reply_word(1), ABI_RETYPE_MAX_OBJECTS);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, C_FREE, 257), ABI_RANGE_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, BIT(WORLD_RADIX) - 2, 3), ABI_RANGE_ERROR);
    assert_int_equal(reply_word(1), 2);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, C_BUFFER, 1), ABI_DELETE_FIRST);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, C_FREE, 256), ABI_NO_ERROR);
}

static void node_is_checked(void **state)
{
    assert_int_equal(INVOKE(C_UNTYPED, UNTYPED_RETYPE, WORDS(ABI_OBJ_ENDPOINT, 0, 0, 0, C_FREE, 1), C_TCB),
                     ABI_FAILED_LOOKUP);
    assert_int_equal(INVOKE(C_UNTYPED, UNTYPED_RETYPE, WORDS(ABI_OBJ_ENDPOINT, 0, C_TCB, 64, C_FREE, 1), C_CNODE),
                     ABI_FAILED_LOOKUP);
    assert_int_equal(reply_word(1), ABI_LOOKUP_MISSING_CAPABILITY);
    assert_int_equal(INVOKE0(C_UNTYPED, UNTYPED_RETYPE, WORDS(ABI_OBJ_ENDPOINT, 0, 0, 0, C_FREE, 1)),
                     ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE(C_UNTYPED, UNTYPED_RETYPE, WORDS(ABI_OBJ_ENDPOINT, 0, 0, 0, C_FREE), C_CNODE),
                     ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE(C_UNTYPED, TCB_SUSPEND, WORDS(0, 0, 0, 0, 0, 0), C_CNODE), ABI_ILLEGAL_OPERATION);
}

static void into_a_cnode_further_down(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 4, C_FREE, 1), ABI_NO_ERROR);
    assert_int_equal(INVOKE(C_UNTYPED, UNTYPED_RETYPE, WORDS(ABI_OBJ_ENDPOINT, 0, C_FREE, 64, 15, 1), C_CNODE),
                     ABI_NO_ERROR);
    assert_int_equal(((struct cte *)object(C_FREE))[15].cap.type, CAP_ENDPOINT);
    assert_int_equal(INVOKE(C_UNTYPED, UNTYPED_RETYPE, WORDS(ABI_OBJ_ENDPOINT, 0, C_FREE, 64, 16, 1), C_CNODE),
                     ABI_RANGE_ERROR);
    assert_int_equal(reply_word(1), 15);
}

static void memory_runs_out(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, WORLD_MEMORY_BITS + 1, C_FREE, 1), ABI_NOT_ENOUGH_MEMORY);
    assert_int_equal(reply_word(0), BIT(WORLD_MEMORY_BITS));
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, WORLD_MEMORY_BITS - 1, C_FREE, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, C_FREE + 1, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, WORLD_MEMORY_BITS - 1, C_FREE + 2, 1),
                     ABI_NOT_ENOUGH_MEMORY);
    assert_int_equal(reply_word(0), BIT(WORLD_MEMORY_BITS - 1) - 16);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, WORLD_MEMORY_BITS - 2, C_FREE + 2, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, 4, C_FREE + 3, 1), ABI_NOT_ENOUGH_MEMORY);
}

static void watermark_returns_when_the_last_child_goes(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, WORLD_MEMORY_BITS, C_FREE, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, C_FREE + 1, 1), ABI_NOT_ENOUGH_MEMORY);
    assert_int_equal(delete(C_FREE), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, C_FREE + 1, 1), ABI_NO_ERROR);
    assert_ptr_equal(object(C_FREE + 1), w.memory);
}

static void reused_memory_is_clean(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_SMALL_PAGE, 0, C_FREE, 4), ABI_NO_ERROR);
    memset(object(C_FREE), 0x5a, 4 * 4096);
    assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
    assert_int_equal(cap_at(C_FREE)->type, CAP_NULL);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_SMALL_PAGE, 0, C_FREE, 4), ABI_NO_ERROR);
    assert_true(all_zero(object(C_FREE), 4 * 4096));
}

static void device_memory_makes_frames_only(void **state)
{
    assert_int_equal(retype(C_DEVICE, ABI_OBJ_ENDPOINT, 0, C_FREE, 1), ABI_INVALID_ARGUMENT);
    assert_int_equal(retype(C_DEVICE, ABI_OBJ_PML4, 0, C_FREE, 1), ABI_INVALID_ARGUMENT);
    assert_int_equal(retype(C_DEVICE, ABI_OBJ_SMALL_PAGE, 0, C_FREE, 3), ABI_NO_ERROR);   /* and does not touch it */
    assert_true(cap_at(C_FREE)->frame.is_device);
    assert_int_equal(retype(C_DEVICE, ABI_OBJ_UNTYPED, 20, C_FREE + 3, 1), ABI_NO_ERROR);
    assert_true(cap_at(C_FREE + 3)->untyped.is_device);
    assert_int_equal(retype(C_FREE + 3, ABI_OBJ_TCB, 0, C_FREE + 4, 1), ABI_INVALID_ARGUMENT);
    assert_int_equal(revoke(C_DEVICE), ABI_NO_ERROR);
    assert_int_equal(retype(C_DEVICE, ABI_OBJ_LARGE_PAGE, 0, C_FREE, 1), ABI_NO_ERROR);
}

static void children_of_children_are_revoked(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, 16, C_FREE, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_FREE, ABI_OBJ_UNTYPED, 14, C_FREE + 1, 2), ABI_NO_ERROR);
    assert_int_equal(retype(C_FREE + 1, ABI_OBJ_ENDPOINT, 0, C_FREE + 3, 2), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, C_FREE + 9, 1), ABI_NO_ERROR);
    assert_int_equal(revoke(C_FREE), ABI_NO_ERROR);
    for (unsigned i = 1; i < 5; i++) {
        assert_int_equal(cap_at(C_FREE + i)->type, CAP_NULL);
    }
    assert_int_equal(cap_at(C_FREE)->type, CAP_UNTYPED);
    assert_int_equal(cap_at(C_FREE + 9)->type, CAP_ENDPOINT);
}

static void child_of_full_size_is_a_child(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, WORLD_MEMORY_BITS, C_FREE, 1), ABI_NO_ERROR);
    assert_int_equal(retype(C_FREE, ABI_OBJ_ENDPOINT, 0, C_FREE + 1, 1), ABI_NO_ERROR);
    assert_int_equal(revoke(C_FREE), ABI_NO_ERROR);
    assert_int_equal(cap_at(C_UNTYPED)->type, CAP_UNTYPED);
    assert_int_equal(cap_at(C_FREE + 1)->type, CAP_NULL);
    assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
    assert_int_equal(cap_at(C_FREE)->type, CAP_NULL);
}

/* Interrupts at each preemption point: the call is made again until it is done, and no chunk is cleared twice
 * in vain (the number of restarts is that of the chunks). */
static void clearing_is_preemptible(void **state)
{
    unsigned restarts = w.root->arch.restarts;

    memset(object(C_BIG), 0xee, BIT(22));
    host.irq_period = 1;
    assert_int_equal(retype(C_BIG, ABI_OBJ_LARGE_PAGE, 0, C_FREE, 2), ABI_NO_ERROR);
    host.irq_period = 0;
    assert_int_equal(w.root->arch.restarts - restarts, 7);
    assert_true(all_zero(object(C_FREE), BIT(22)));
}

static void preempted_clearing_with_a_gap_in_front(void **state)
{
    assert_int_equal(retype(C_BIG, ABI_OBJ_ENDPOINT, 0, C_FREE, 1), ABI_NO_ERROR);
    memset((char *)object(C_BIG) + 16, 0xee, BIT(22) - 16);
    host.irq_period = 1;
    assert_int_equal(retype(C_BIG, ABI_OBJ_LARGE_PAGE, 0, C_FREE + 1, 1), ABI_NO_ERROR);
    host.irq_period = 0;
    assert_true(all_zero(object(C_FREE + 1), BIT(21)));
    assert_ptr_equal(object(C_FREE + 1), (char *)object(C_BIG) + BIT(21));
}

/* What a preempted call has cleared belongs to nobody: another shape of call finds clean memory all the same. */
static void preempted_clearing_then_something_else(void **state)
{
    memset(object(C_BIG), 0xee, BIT(22));
    w.root->arch.cap = C_BIG;
    w.root->arch.tag = tag_make(ABI_INV_UNTYPED_RETYPE, 0, 1, 6);
    for (unsigned i = 0; i < 6; i++) {
        ipc_set_mr(w.root, w.buffer, i, (word_t[]){ ABI_OBJ_LARGE_PAGE, 0, 0, 0, C_FREE, 2 }[i]);
    }
    w.buffer->caps_or_badges[0] = C_CNODE;
    host.irq_period = 3;
    core_syscall(ABI_SYS_CALL);
    host.irq_period = 0;
    assert_int_equal(cap_at(C_FREE)->type, CAP_NULL);
    assert_int_equal(retype(C_BIG, ABI_OBJ_SMALL_PAGE, 0, C_FREE, 256), ABI_NO_ERROR);
    assert_true(all_zero(object(C_FREE), BIT(20)));
    memset(object(C_FREE), 0xee, BIT(20));
    assert_int_equal(retype(C_BIG, ABI_OBJ_LARGE_PAGE, 0, C_FREE + 256, 1), ABI_NO_ERROR);
    assert_true(all_zero(object(C_FREE + 256), BIT(21)));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_core_type), TEST(objects_are_aligned_and_do_not_overlap), TEST(type_and_size_are_checked),
        TEST(slots_are_checked), TEST(node_is_checked), TEST(into_a_cnode_further_down), TEST(memory_runs_out),
        TEST(watermark_returns_when_the_last_child_goes), TEST(reused_memory_is_clean),
        TEST(device_memory_makes_frames_only), TEST(children_of_children_are_revoked),
        TEST(child_of_full_size_is_a_child), TEST(clearing_is_preemptible),
        TEST(preempted_clearing_with_a_gap_in_front), TEST(preempted_clearing_then_something_else),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
