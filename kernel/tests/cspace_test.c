// SPDX-License-Identifier: BSD-2-Clause
// CSpace lookup with guards, and the CNode operations that make and move capabilities.
#include "world.h"

#define EP C_FREE

static int setup(void **state)
{
    world_new();
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NO_ERROR);
    return 0;
}

static int teardown(void **state)
{
    world_check();
    return 0;
}

static void copy_needs_an_empty_destination(void **state)
{
    assert_int_equal(copy(EP + 1, EP, 15), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 1, EP, 15), ABI_DELETE_FIRST);
}

static void copy_of_an_empty_slot_names_the_source(void **state)
{
    assert_int_equal(copy(EP + 1, EP + 2, 15), ABI_FAILED_LOOKUP);
    assert_int_equal(reply_word(0), 1);
    assert_int_equal(reply_word(1), ABI_LOOKUP_MISSING_CAPABILITY);
    assert_int_equal(reply_word(2), 64);
    assert_int_equal(reply_words(), 3);
}

static void copy_reduces_rights_and_never_adds(void **state)
{
    assert_int_equal(copy(EP + 1, EP, ABI_RIGHT_READ), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP + 1)->rights, ABI_RIGHT_READ);
    assert_int_equal(copy(EP + 2, EP + 1, 15), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP + 2)->rights, ABI_RIGHT_READ);
}

static void copy_without_source_root_is_truncated(void **state)
{
    assert_int_equal(INVOKE0(C_CNODE, CNODE_COPY, WORDS(EP + 1, 64, EP, 64, 15)), ABI_TRUNCATED_MESSAGE);
    assert_int_equal(INVOKE(C_CNODE, CNODE_COPY, WORDS(EP + 1, 64, EP, 64), C_CNODE), ABI_TRUNCATED_MESSAGE);
}

static void depth_is_checked(void **state)
{
    assert_int_equal(INVOKE(C_CNODE, CNODE_COPY, WORDS(EP + 1, 0, EP, 64, 15), C_CNODE), ABI_RANGE_ERROR);
    assert_int_equal(reply_word(0), 1);
    assert_int_equal(reply_word(1), 64);
    assert_int_equal(INVOKE(C_CNODE, CNODE_COPY, WORDS(EP + 1, 65, EP, 64, 15), C_CNODE), ABI_RANGE_ERROR);
    assert_int_equal(INVOKE(C_CNODE, CNODE_COPY, WORDS(EP + 1, WORLD_RADIX, EP, 64, 15), C_CNODE),
                     ABI_FAILED_LOOKUP);
    assert_int_equal(reply_word(0), 0);
    assert_int_equal(reply_word(1), ABI_LOOKUP_GUARD_MISMATCH);
}

static void mint_sets_a_badge_once(void **state)
{
    assert_int_equal(mint(EP + 1, EP, 15, 0x77), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP + 1)->badge, 0x77);
    assert_int_equal(mint(EP + 2, EP + 1, 15, 0x78), ABI_ILLEGAL_OPERATION);
    assert_int_equal(copy(EP + 2, EP + 1, 15), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP + 2)->badge, 0x77);
}

static void mutate_keeps_badges(void **state)
{
    assert_int_equal(INVOKE(C_CNODE, CNODE_MUTATE, WORDS(EP + 1, 64, EP, 64, 5), C_CNODE), ABI_ILLEGAL_OPERATION);
    assert_int_equal(cap_at(EP)->type, CAP_ENDPOINT);
}

static void mutate_sets_a_guard(void **state)
{
    word_t guard = (word_t)0x5 << 6 | 4;

    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 4, EP + 1, 1), ABI_NO_ERROR);
    assert_int_equal(INVOKE(C_CNODE, CNODE_MUTATE, WORDS(EP + 2, 64, EP + 1, 64, guard), C_CNODE), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP + 1)->type, CAP_NULL);
    assert_int_equal(cap_at(EP + 2)->cnode.guard, 5);
    assert_int_equal(cap_at(EP + 2)->cnode.guard_size, 4);
    assert_int_equal(INVOKE(C_CNODE, CNODE_MUTATE, WORDS(EP + 1, 64, EP + 2, 64, 61), C_CNODE),
                     ABI_ILLEGAL_OPERATION);                 /* 61 + 4 bits are more than a word */
}

static void move_leaves_nothing_behind(void **state)
{
    assert_int_equal(INVOKE(C_CNODE, CNODE_MOVE, WORDS(EP + 1, 64, EP, 64), C_CNODE), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP)->type, CAP_NULL);
    assert_int_equal(cap_at(EP + 1)->type, CAP_ENDPOINT);
    assert_int_equal(INVOKE(C_CNODE, CNODE_MOVE, WORDS(EP + 1, 64, EP, 64), C_CNODE), ABI_DELETE_FIRST);
}

static void move_onto_itself_is_refused(void **state)
{
    assert_int_equal(INVOKE(C_CNODE, CNODE_MOVE, WORDS(EP, 64, EP, 64), C_CNODE), ABI_DELETE_FIRST);
}

static void irq_control_has_no_copies(void **state)
{
    assert_int_equal(copy(EP + 1, C_IRQ_CONTROL, 15), ABI_ILLEGAL_OPERATION);
}

static void untyped_with_children_has_no_copies(void **state)
{
    assert_int_equal(copy(EP + 1, C_UNTYPED, 15), ABI_REVOKE_FIRST);
    assert_int_equal(delete(EP), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 1, C_UNTYPED, 15), ABI_NO_ERROR);
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NOT_ENOUGH_MEMORY);
    assert_int_equal(retype(EP + 1, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NO_ERROR);
}

static word_t rotate(word_t dest, word_t pivot, word_t src, word_t data)
{
    return INVOKE(C_CNODE, CNODE_ROTATE, WORDS(dest, 64, data, pivot, 64, 0, src, 64), C_CNODE, C_CNODE);
}

static void rotate_moves_two(void **state)
{
    assert_int_equal(mint(EP + 1, EP, 15, 1), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 2, C_SC, 15), ABI_NO_ERROR);
    assert_int_equal(rotate(EP + 3, EP + 2, C_TCB, 0), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP + 3)->type, CAP_SCHED_CONTEXT);
    assert_int_equal(cap_at(EP + 2)->type, CAP_TCB);
    assert_int_equal(cap_at(C_TCB)->type, CAP_NULL);
    assert_int_equal(rotate(C_TCB, C_TCB, EP + 2, 0), ABI_FAILED_LOOKUP);
}

static void rotate_swaps_when_destination_is_source(void **state)
{
    assert_int_equal(copy(EP + 1, C_SC, 15), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 2, C_TCB, 15), ABI_NO_ERROR);
    assert_int_equal(rotate(EP + 1, EP + 2, EP + 1, 0), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP + 1)->type, CAP_TCB);
    assert_int_equal(cap_at(EP + 2)->type, CAP_SCHED_CONTEXT);
    assert_int_equal(rotate(EP + 3, EP + 1, EP + 1, 0), ABI_ILLEGAL_OPERATION);
    assert_int_equal(rotate(EP + 1, EP + 1, EP + 2, 0), ABI_ILLEGAL_OPERATION);
    assert_int_equal(rotate(EP + 1, EP + 2, C_TCB, 0), ABI_DELETE_FIRST);
}

static void rotate_swaps_neighbours_of_the_list(void **state)
{
    assert_int_equal(copy(EP + 1, C_SC, 15), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 2, C_SC, 15), ABI_NO_ERROR);       /* SC -> EP+2 -> EP+1 */
    assert_int_equal(rotate(EP + 1, EP + 2, EP + 1, 0), ABI_NO_ERROR);
    world_check();
    assert_int_equal(rotate(EP + 1, EP + 2, EP + 1, 0), ABI_NO_ERROR);
    assert_int_equal(rotate(C_SC, EP + 2, C_SC, 0), ABI_NO_ERROR);
}

/* A second CNode of 16 slots behind slot EP + 8, reached through the first one. */
static void two_levels_resolve(void **state)
{
    struct lookup_failure why;
    struct cap root = { .type = CAP_CNODE, .size = WORLD_RADIX, .object = (intptr_t)w.cnode };
    word_t cptr;

    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 4, EP + 1, 1), ABI_NO_ERROR);
    assert_int_equal(mint(EP + 8, EP + 1, 15, (word_t)0x2a << 6 | 8), ABI_NO_ERROR);
    cptr = ((word_t)(EP + 8) << 12 | 0x2a << 4 | 3) << (64 - WORLD_RADIX - 12);
    assert_ptr_equal(cspace_lookup(&root, cptr, &why), (struct cte *)object(EP + 1) + 3);
    cptr = ((word_t)(EP + 8) << 12 | 0x2b << 4 | 3) << (64 - WORLD_RADIX - 12);
    assert_null(cspace_lookup(&root, cptr, &why));
    assert_int_equal(why.type, ABI_LOOKUP_GUARD_MISMATCH);
    assert_int_equal(why.word[0], 64 - WORLD_RADIX);
    assert_int_equal(why.word[1], 0x2a);
    assert_int_equal(why.word[2], 8);
}

static void lookup_in_something_else_is_an_invalid_root(void **state)
{
    struct lookup_failure why;

    assert_null(cspace_lookup(cap_at(EP), 0, &why));
    assert_int_equal(why.type, ABI_LOOKUP_INVALID_ROOT);
    assert_int_equal(INVOKE(C_CNODE, CNODE_COPY, WORDS(EP + 1, 64, EP, 64, 15), EP), ABI_FAILED_LOOKUP);
    assert_int_equal(reply_word(0), 1);
    assert_int_equal(reply_word(1), ABI_LOOKUP_INVALID_ROOT);
}

static void depth_too_short_for_the_level(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 4, EP + 1, 1), ABI_NO_ERROR);
    assert_int_equal(INVOKE0(EP + 1, CNODE_DELETE, WORDS(0, 3)), ABI_FAILED_LOOKUP);
    assert_int_equal(reply_word(1), ABI_LOOKUP_DEPTH_MISMATCH);
    assert_int_equal(reply_word(2), 3);
    assert_int_equal(reply_word(3), 4);
    assert_int_equal(INVOKE0(EP + 1, CNODE_DELETE, WORDS(0, 5)), ABI_FAILED_LOOKUP);  /* a bit is left over */
    assert_int_equal(reply_word(1), ABI_LOOKUP_DEPTH_MISMATCH);
    assert_int_equal(reply_word(2), 1);
}

static void guard_longer_than_the_rest(void **state)
{
    struct lookup_failure why;
    struct cap root = { .type = CAP_CNODE, .size = 1, .object = (intptr_t)w.cnode };

    root.cnode.guard_size = 63;
    root.cnode.guard = 1;
    assert_null(cspace_lookup(&root, 0, &why));
    assert_int_equal(why.type, ABI_LOOKUP_GUARD_MISMATCH);
    assert_ptr_equal(cspace_lookup(&root, 3, &why), &w.cnode[1]);
}

static void unknown_labels_are_illegal(void **state)
{
    assert_int_equal(INVOKE0(C_CNODE, TCB_SUSPEND, NO_WORDS), ABI_ILLEGAL_OPERATION);
    assert_int_equal(invoke_by(w.root, C_CNODE, (word_t)1 << 51, NO_WORDS, 0, NULL), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE0(EP + 1, CNODE_DELETE, WORDS(1, 64)), ABI_INVALID_CAPABILITY);
}

static void cancel_badged_sends_needs_all_rights(void **state)
{
    assert_int_equal(copy(EP + 1, EP, ABI_RIGHT_WRITE), ABI_NO_ERROR);
    assert_int_equal(INVOKE0(C_CNODE, CNODE_CANCEL_BADGED_SENDS, WORDS(EP + 1, 64)), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE0(C_CNODE, CNODE_CANCEL_BADGED_SENDS, WORDS(EP, 64)), ABI_NO_ERROR);
    assert_int_equal(INVOKE0(C_CNODE, CNODE_CANCEL_BADGED_SENDS, WORDS(C_TCB, 64)), ABI_ILLEGAL_OPERATION);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(copy_needs_an_empty_destination), TEST(copy_of_an_empty_slot_names_the_source),
        TEST(copy_reduces_rights_and_never_adds), TEST(copy_without_source_root_is_truncated),
        TEST(depth_is_checked), TEST(mint_sets_a_badge_once), TEST(mutate_keeps_badges),
        TEST(mutate_sets_a_guard), TEST(move_leaves_nothing_behind), TEST(move_onto_itself_is_refused),
        TEST(irq_control_has_no_copies), TEST(untyped_with_children_has_no_copies), TEST(rotate_moves_two),
        TEST(rotate_swaps_when_destination_is_source), TEST(rotate_swaps_neighbours_of_the_list),
        TEST(two_levels_resolve), TEST(lookup_in_something_else_is_an_invalid_root),
        TEST(depth_too_short_for_the_level), TEST(guard_longer_than_the_rest), TEST(unknown_labels_are_illegal),
        TEST(cancel_badged_sends_needs_all_rights),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
