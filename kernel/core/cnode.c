// SPDX-License-Identifier: BSD-2-Clause
// Invocations of CNodes: Copy, Mint, Move, Mutate, Rotate, Delete, Revoke, CancelBadgedSends.
// Facts: seL4 Reference Manual, section 3.1.2 and the API reference of CNode methods.
#include <kernel/thread.h>

static enum abi_error destination(struct invocation *inv, word_t index, word_t depth, struct cte **out)
{
    enum abi_error err;

    inv->error.lookup_source = false;
    err = cspace_lookup_slot(inv, &inv->cap, index, depth, out);
    return err ? err : slot_is_empty(*out) ? ABI_NO_ERROR : inv_fail(inv, ABI_DELETE_FIRST);
}

/* A slot to take a capability from: not empty. */
static enum abi_error source(struct invocation *inv, const struct cte *root, word_t index, word_t depth,
                             struct cte **out)
{
    enum abi_error err;

    inv->error.lookup_source = true;
    err = cspace_lookup_slot(inv, &root->cap, index, depth, out);
    if (err) {
        return err;
    }
    if (slot_is_empty(*out)) {
        inv->error.lookup_type = ABI_LOOKUP_MISSING_CAPABILITY;
        inv->error.lookup[0] = depth;
        return inv_fail(inv, ABI_FAILED_LOOKUP);
    }
    return ABI_NO_ERROR;
}

/* Copy and Mint make a second capability ... */
static enum abi_error copy(struct invocation *inv, struct cte *dest, struct cte *src, const word_t *data)
{
    struct cap cap = cap_with_rights(src->cap, inv_arg(inv, 4)), derived;
    enum abi_error err;

    if (data) {
        cap = cap_with_data(cap, false, *data);
    }
    if (cap.type == CAP_NULL) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    err = cap_derive(src, &cap, &derived);
    if (err) {
        return inv_fail(inv, err);
    }
    if (derived.type == CAP_NULL) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    slot_insert(dest, derived, src);
    return ABI_NO_ERROR;
}

/* ... Move and Mutate take the one there is elsewhere. */
static enum abi_error move(struct invocation *inv, struct cte *dest, struct cte *src, const word_t *data)
{
    struct cap cap = src->cap;

    if (cap.type == CAP_ZOMBIE) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (data) {
        cap = cap_with_data(cap, true, *data);
    }
    if (cap.type == CAP_NULL) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    slot_move(dest, cap, src);
    return ABI_NO_ERROR;
}

static enum abi_error two_slots(struct invocation *inv, unsigned words, struct cte **dest, struct cte **src)
{
    enum abi_error err;

    if (inv_short(inv, words, 1)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    err = destination(inv, inv_arg(inv, 0), inv_arg(inv, 1), dest);
    return err ? err : source(inv, inv->extra[0], inv_arg(inv, 2), inv_arg(inv, 3), src);
}

static enum abi_error cnode_copy(struct invocation *inv)
{
    struct cte *dest, *src;
    enum abi_error err = two_slots(inv, 5, &dest, &src);

    return err ? err : copy(inv, dest, src, NULL);
}

static enum abi_error cnode_mint(struct invocation *inv)
{
    struct cte *dest, *src;
    enum abi_error err = two_slots(inv, 6, &dest, &src);
    word_t data = inv_arg(inv, 5);

    return err ? err : copy(inv, dest, src, &data);
}

static enum abi_error cnode_move(struct invocation *inv)
{
    struct cte *dest, *src;
    enum abi_error err = two_slots(inv, 4, &dest, &src);

    return err ? err : move(inv, dest, src, NULL);
}

static enum abi_error cnode_mutate(struct invocation *inv)
{
    struct cte *dest, *src;
    enum abi_error err = two_slots(inv, 5, &dest, &src);
    word_t data = inv_arg(inv, 4);

    return err ? err : move(inv, dest, src, &data);
}

/* mr: dest index, dest depth, data of what arrives in dest, pivot index, pivot depth, data of what arrives in
 * pivot, src index, src depth; cap: pivot root, src root. Pivot goes to dest, src to pivot; dest may be src. */
static enum abi_error cnode_rotate(struct invocation *inv)
{
    struct cte *dest, *pivot, *src;
    struct cap to_dest, to_pivot;
    enum abi_error err;

    if (inv_short(inv, 8, 2)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    inv->error.lookup_source = false;
    err = cspace_lookup_slot(inv, &inv->cap, inv_arg(inv, 0), inv_arg(inv, 1), &dest);
    if (err) {
        return err;
    }
    err = source(inv, inv->extra[0], inv_arg(inv, 3), inv_arg(inv, 4), &pivot);
    if (err) {
        return err;
    }
    err = source(inv, inv->extra[1], inv_arg(inv, 6), inv_arg(inv, 7), &src);
    if (err) {
        return err;
    }
    if (pivot == src || pivot == dest) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (src != dest && !slot_is_empty(dest)) {
        return inv_fail(inv, ABI_DELETE_FIRST);
    }
    if (pivot->cap.type == CAP_ZOMBIE || src->cap.type == CAP_ZOMBIE) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    to_dest = cap_with_data(pivot->cap, true, inv_arg(inv, 2));
    to_pivot = cap_with_data(src->cap, true, inv_arg(inv, 5));
    if (to_dest.type == CAP_NULL || to_pivot.type == CAP_NULL) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (src == dest) {
        slot_swap(dest, to_dest, pivot, to_pivot);
    } else {
        slot_move(dest, to_dest, pivot);
        slot_move(pivot, to_pivot, src);
    }
    return ABI_NO_ERROR;
}

static enum abi_error one_slot(struct invocation *inv, struct cte **out)
{
    if (inv_short(inv, 2, 0)) {
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    }
    inv->error.lookup_source = false;
    return cspace_lookup_slot(inv, &inv->cap, inv_arg(inv, 0), inv_arg(inv, 1), out);
}

static enum abi_error cnode_revoke(struct invocation *inv)
{
    struct cte *slot;
    enum abi_error err = one_slot(inv, &slot);

    if (!err) {
        inv->preempted = !slot_revoke(slot);
    }
    return err;
}

static enum abi_error cnode_delete(struct invocation *inv)
{
    struct cte *slot;
    enum abi_error err = one_slot(inv, &slot);

    if (!err) {
        inv->preempted = !slot_delete_deep(slot);
    }
    return err;
}

static enum abi_error cnode_cancel_badged_sends(struct invocation *inv)
{
    const word_t all = ABI_RIGHT_READ | ABI_RIGHT_WRITE | ABI_RIGHT_GRANT | ABI_RIGHT_GRANT_REPLY;
    struct cte *slot;
    enum abi_error err = one_slot(inv, &slot);

    if (err) {
        return err;
    }
    if (slot->cap.type != CAP_ENDPOINT || slot->cap.rights != all) {
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
    if (slot->cap.badge != 0) {
        endpoint_cancel_badged(cap_object(&slot->cap), slot->cap.badge);
    }
    return ABI_NO_ERROR;
}

enum abi_error cnode_invoke(struct invocation *inv)
{
    static enum abi_error (*const table[])(struct invocation *) = {
        [ABI_INV_CNODE_REVOKE - ABI_INV_CNODE_REVOKE] = cnode_revoke,
        [ABI_INV_CNODE_DELETE - ABI_INV_CNODE_REVOKE] = cnode_delete,
        [ABI_INV_CNODE_CANCEL_BADGED_SENDS - ABI_INV_CNODE_REVOKE] = cnode_cancel_badged_sends,
        [ABI_INV_CNODE_COPY - ABI_INV_CNODE_REVOKE] = cnode_copy,
        [ABI_INV_CNODE_MINT - ABI_INV_CNODE_REVOKE] = cnode_mint,
        [ABI_INV_CNODE_MOVE - ABI_INV_CNODE_REVOKE] = cnode_move,
        [ABI_INV_CNODE_MUTATE - ABI_INV_CNODE_REVOKE] = cnode_mutate,
        [ABI_INV_CNODE_ROTATE - ABI_INV_CNODE_REVOKE] = cnode_rotate,
    };
    word_t row = inv->label - ABI_INV_CNODE_REVOKE;     /* wraps for smaller labels */

    return row < ARRAY_SIZE(table) ? table[row](inv) : inv_fail(inv, ABI_ILLEGAL_OPERATION);
}
