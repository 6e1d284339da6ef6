// SPDX-License-Identifier: BSD-2-Clause
// Deletion and revocation: derivation, zombies, CNodes that hold themselves and one another, preemption.
#include "world.h"

#define EP C_FREE
#define N1 (C_FREE + 20)
#define N2 (C_FREE + 21)

static int setup(void **state)
{
    world_new();
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NO_ERROR);
    return 0;
}

static int teardown(void **state)
{
    host.irq_period = 0;
    world_check();
    /* whatever a test built, the memory can always be had back */
    assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
    world_check();
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, WORLD_MEMORY_BITS, EP, 1), ABI_NO_ERROR);
    return 0;
}

static struct cte *node_slot(word_t node, unsigned i) { return (struct cte *)object(node) + i; }

/* Copies the capability in `src` of the root CNode into slot `i` of the CNode in `node` (radix 4). */
static word_t copy_into(word_t node, word_t i, word_t src)
{
    return INVOKE(node, CNODE_COPY, WORDS(i, 4, src, 64, 15), C_CNODE);
}

static word_t move_into(word_t node, word_t i, word_t src)
{
    return INVOKE(node, CNODE_MOVE, WORDS(i, 4, src, 64), C_CNODE);
}

static void two_nodes(void)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 4, N1, 2), ABI_NO_ERROR);
}

static void delete_of_an_empty_slot_is_fine(void **state)
{
    assert_int_equal(delete(EP + 1), ABI_NO_ERROR);
}

static void revoke_takes_copies_but_not_the_original(void **state)
{
    assert_int_equal(copy(EP + 1, EP, 15), ABI_NO_ERROR);
    assert_int_equal(mint(EP + 2, EP, 15, 3), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 3, EP + 2, 15), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 4, EP + 1, 15), ABI_NO_ERROR);
    assert_int_equal(revoke(EP), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP)->type, CAP_ENDPOINT);
    for (unsigned i = 1; i < 5; i++) {
        assert_int_equal(cap_at(EP + i)->type, CAP_NULL);
    }
}

static void copies_are_siblings(void **state)
{
    assert_int_equal(copy(EP + 1, EP, 15), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 2, EP + 1, 15), ABI_NO_ERROR);
    assert_int_equal(revoke(EP + 1), ABI_NO_ERROR);      /* a copy has no children */
    assert_int_equal(cap_at(EP + 2)->type, CAP_ENDPOINT);
    assert_int_equal(cap_at(EP)->type, CAP_ENDPOINT);
}

static void badged_capability_revokes_its_own_copies_only(void **state)
{
    assert_int_equal(mint(EP + 1, EP, 15, 7), ABI_NO_ERROR);
    assert_int_equal(mint(EP + 2, EP, 15, 7), ABI_NO_ERROR);      /* a family of its own with the same badge */
    assert_int_equal(copy(EP + 3, EP + 1, 15), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 4, EP + 2, 15), ABI_NO_ERROR);
    assert_int_equal(revoke(EP + 1), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP + 3)->type, CAP_NULL);
    assert_int_equal(cap_at(EP + 2)->type, CAP_ENDPOINT);
    assert_int_equal(cap_at(EP + 4)->type, CAP_ENDPOINT);
}

static void deleting_the_head_of_a_family_keeps_families_apart(void **state)
{
    assert_int_equal(mint(EP + 1, EP, 15, 7), ABI_NO_ERROR);
    assert_int_equal(copy(EP + 2, EP + 1, 15), ABI_NO_ERROR);
    assert_int_equal(mint(EP + 3, EP, 15, 7), ABI_NO_ERROR);      /* list: EP, EP+3, EP+1, EP+2 */
    assert_int_equal(delete(EP + 1), ABI_NO_ERROR);
    assert_int_equal(revoke(EP + 3), ABI_NO_ERROR);
    assert_int_equal(cap_at(EP + 2)->type, CAP_ENDPOINT);
}

static void object_lives_until_the_last_capability(void **state)
{
    struct tcb *t = thread_new(EP + 1, 10, true);

    assert_int_equal(copy(EP + 5, EP + 1, 15), ABI_NO_ERROR);
    assert_int_equal(delete(EP + 1), ABI_NO_ERROR);
    assert_int_equal(t->arch.forgotten, 0);
    assert_int_equal(delete(EP + 5), ABI_NO_ERROR);
    assert_int_equal(t->arch.forgotten, 1);
    assert_int_equal(t->slot[TCB_CSPACE].cap.type, CAP_NULL);
    assert_int_equal(t->slot[TCB_IPC_BUFFER].cap.type, CAP_NULL);
}

static void cnode_with_contents(void **state)
{
    two_nodes();
    for (unsigned i = 0; i < 16; i += 3) {
        assert_int_equal(copy_into(N1, i, EP), ABI_NO_ERROR);
    }
    assert_int_equal(delete(N1), ABI_NO_ERROR);
    assert_int_equal(cap_at(N1)->type, CAP_NULL);
    assert_false(slot_has_children(&w.cnode[EP]));
}

static void cnode_that_holds_itself(void **state)
{
    two_nodes();
    assert_int_equal(copy_into(N1, 7, N1), ABI_NO_ERROR);
    assert_int_equal(delete(N1), ABI_NO_ERROR);     /* not final: the copy inside keeps it, until its memory is revoked */
}

static void last_capability_of_a_cnode_moved_into_it(void **state)
{
    for (unsigned i = 0; i < 16; i += 5) {
        two_nodes();
        assert_int_equal(copy_into(N1, 15 - i, EP), ABI_NO_ERROR);
        assert_int_equal(move_into(N1, i, N1), ABI_NO_ERROR);
        assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
        assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NO_ERROR);
    }
}

static void two_cnodes_that_hold_one_another(void **state)
{
    for (unsigned i = 0; i < 16; i += 3) {
        two_nodes();
        struct cte *in1 = node_slot(N1, i);

        assert_int_equal(copy_into(N2, 0, EP), ABI_NO_ERROR);
        assert_int_equal(copy_into(N1, i, N2), ABI_NO_ERROR);
        assert_int_equal(move_into(N2, 15 - i ? 15 - i : 1, N1), ABI_NO_ERROR);
        assert_int_equal(in1->cap.type, CAP_CNODE);
        assert_int_equal(delete(N2), ABI_NO_ERROR);
        assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
        assert_int_equal(retype(C_UNTYPED, ABI_OBJ_ENDPOINT, 0, EP, 1), ABI_NO_ERROR);
    }
}

static void chain_of_cnodes(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 4, N1, 30), ABI_NO_ERROR);
    for (unsigned i = 30; i-- > 1; ) {
        assert_int_equal(move_into(N1 + i - 1, i % 16, N1 + i), ABI_NO_ERROR);
    }
    assert_int_equal(delete(N1), ABI_NO_ERROR);
    assert_int_equal(cap_at(N1)->type, CAP_NULL);
}

static void untyped_inside_a_cnode_made_of_it(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_UNTYPED, 14, N1, 1), ABI_NO_ERROR);
    assert_int_equal(retype(N1, ABI_OBJ_CNODE, 4, N2, 1), ABI_NO_ERROR);
    assert_int_equal(copy_into(N2, 3, EP), ABI_NO_ERROR);
    assert_int_equal(move_into(N2, 0, N1), ABI_NO_ERROR);
    assert_int_equal(INVOKE0(N2, CNODE_REVOKE, WORDS(0, 4)), ABI_NO_ERROR);   /* takes itself along */
    assert_int_equal(cap_at(N2)->type, CAP_NULL);
}

static void thread_with_its_own_tcb(void **state)
{
    struct tcb *t = thread_new(EP + 1, 10, true);

    two_nodes();
    assert_int_equal(copy_into(N1, 2, EP + 1), ABI_NO_ERROR);
    assert_int_equal(INVOKE(EP + 1, TCB_SET_SPACE, WORDS(0, 0), C_NULL, N1, C_VSPACE), ABI_NO_ERROR);
    assert_int_equal(delete(N1), ABI_NO_ERROR);
    assert_int_equal(delete(EP + 1), ABI_NO_ERROR);      /* TCB and CNode now hold one another */
    assert_int_equal(t->arch.forgotten, 0);
    assert_int_equal(revoke(C_UNTYPED), ABI_NO_ERROR);
    assert_int_equal(t->arch.forgotten, 1);
}

static void vcpu_has_one_slot(void **state)
{
    struct cte *slot;

    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_VCPU, 0, EP + 1, 1), ABI_NO_ERROR);
    slot = object(EP + 1);
    slot_insert(slot, *cap_at(C_BUFFER), &w.cnode[C_BUFFER]);
    assert_int_equal(delete(EP + 1), ABI_NO_ERROR);
    assert_int_equal(slot->cap.type, CAP_NULL);
    assert_int_equal(cap_at(EP + 1)->type, CAP_NULL);
}

static void large_cnode_is_preempted_and_done_in_the_end(void **state)
{
    unsigned restarts = w.root->arch.restarts;

    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 9, N1, 1), ABI_NO_ERROR);
    for (unsigned i = 0; i < 512; i += 2) {
        assert_int_equal(INVOKE(N1, CNODE_COPY, WORDS(i, 9, EP, 64, 15), C_CNODE), ABI_NO_ERROR);
    }
    host.irq_period = 1;
    assert_int_equal(delete(N1), ABI_NO_ERROR);
    host.irq_period = 0;
    assert_true(w.root->arch.restarts - restarts > 5);
    assert_int_equal(cap_at(N1)->type, CAP_NULL);
}

static void revoke_is_preempted_and_done_in_the_end(void **state)
{
    unsigned restarts = w.root->arch.restarts;

    for (unsigned i = 1; i < 200; i++) {
        assert_int_equal(copy(EP + i, EP, 15), ABI_NO_ERROR);
    }
    host.irq_period = 1;
    assert_int_equal(revoke(EP), ABI_NO_ERROR);
    assert_true(w.root->arch.restarts - restarts > 3);
    assert_false(slot_has_children(&w.cnode[EP]));
}

static void zombies_stay_where_they_are(void **state)
{
    assert_int_equal(retype(C_UNTYPED, ABI_OBJ_CNODE, 9, N1, 1), ABI_NO_ERROR);
    host.irq_period = 1;
    w.root->arch.cap = C_CNODE;
    w.root->arch.tag = tag_make(ABI_INV_CNODE_DELETE, 0, 0, 2);
    w.root->arch.mr[0] = N1;
    w.root->arch.mr[1] = 64;
    core_syscall(ABI_SYS_CALL);                          /* stops at the first preemption point */
    host.irq_period = 0;
    assert_int_equal(cap_at(N1)->type, CAP_ZOMBIE);
    assert_int_equal(copy(EP + 1, N1, 15), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE(C_CNODE, CNODE_MOVE, WORDS(EP + 1, 64, N1, 64), C_CNODE), ABI_ILLEGAL_OPERATION);
    assert_int_equal(INVOKE0(N1, CNODE_DELETE, WORDS(0, 9)), ABI_INVALID_CAPABILITY);
    assert_int_equal(delete(N1), ABI_NO_ERROR);
}

static void thread_that_deletes_itself(void **state)
{
    struct tcb *t = thread_new(EP + 1, 255, false);

    start(t);
    run(t);
    assert_ptr_equal(current(), t);
    sys(ABI_SYS_CALL, C_CNODE, tag_make(ABI_INV_CNODE_DELETE, 0, 0, 2), 0, (word_t[]){ EP + 1, 64 }, 2);
    assert_ptr_equal(current(), w.root);
    assert_int_equal(t->arch.forgotten, 1);
    assert_int_equal(cap_at(EP + 1)->type, CAP_NULL);
}

static void send_and_receive_by_a_thread_that_deleted_itself(void **state)
{
    struct tcb *t = thread_new(EP + 1, 255, false);

    start(t);
    run(t);
    t->arch.dest = C_CNODE;
    sys(ABI_SYS_NB_SEND_WAIT, EP, tag_make(ABI_INV_CNODE_DELETE, 0, 0, 2), 0, (word_t[]){ EP + 1, 64 }, 2);
    assert_ptr_equal(current(), w.root);
    assert_int_equal(ep_state(object(EP)), EP_IDLE);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(delete_of_an_empty_slot_is_fine), TEST(revoke_takes_copies_but_not_the_original),
        TEST(copies_are_siblings), TEST(badged_capability_revokes_its_own_copies_only),
        TEST(deleting_the_head_of_a_family_keeps_families_apart), TEST(object_lives_until_the_last_capability),
        TEST(cnode_with_contents), TEST(cnode_that_holds_itself), TEST(last_capability_of_a_cnode_moved_into_it),
        TEST(two_cnodes_that_hold_one_another), TEST(chain_of_cnodes), TEST(untyped_inside_a_cnode_made_of_it),
        TEST(thread_with_its_own_tcb), TEST(vcpu_has_one_slot), TEST(large_cnode_is_preempted_and_done_in_the_end),
        TEST(revoke_is_preempted_and_done_in_the_end), TEST(zombies_stay_where_they_are),
        TEST(thread_that_deletes_itself), TEST(send_and_receive_by_a_thread_that_deleted_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
