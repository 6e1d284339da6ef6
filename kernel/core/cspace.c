// SPDX-License-Identifier: BSD-2-Clause
// Capability spaces: resolving a capability address through CNodes with guards.
// Facts: seL4 Reference Manual, section 3.3 (capability space addressing) and 3.4 (lookup failure).
#include <kernel/slot.h>

static bool fail(struct lookup_failure *why, word_t type, word_t w0, word_t w1, word_t w2)
{
    *why = (struct lookup_failure){ .type = type, .word = { w0, w1, w2 } };
    return false;
}

/* One level: which slot of `cnode` do the top bits of the lowest `*bits` of `index` name? */
static bool resolve_level(const struct cap *cnode, word_t index, unsigned *bits, struct cte **out,
                          struct lookup_failure *why)
{
    unsigned guard_size = cnode->cnode.guard_size, level = guard_size + cnode->size;

    if (guard_size != 0) {
        if (guard_size > *bits || ((index >> (*bits - guard_size)) & MASK(guard_size)) != cnode->cnode.guard) {
            return fail(why, ABI_LOOKUP_GUARD_MISMATCH, *bits, cnode->cnode.guard, guard_size);
        }
    }
    if (level > *bits) {
        return fail(why, ABI_LOOKUP_DEPTH_MISMATCH, *bits, level, 0);
    }
    *bits -= level;
    *out = (struct cte *)cap_object(cnode) + ((index >> *bits) & MASK(cnode->size));
    return true;
}

/* Walks until the bits are used up or a capability is found that is no CNode; *bits = what is left then. */
static bool resolve(const struct cap *root, word_t index, unsigned *bits, struct cte **out,
                    struct lookup_failure *why)
{
    if (unlikely(root->type != CAP_CNODE)) {
        return fail(why, ABI_LOOKUP_INVALID_ROOT, 0, 0, 0);
    }
    while (resolve_level(root, index, bits, out, why)) {
        root = &(*out)->cap;
        if (*bits == 0 || root->type != CAP_CNODE) {
            return true;
        }
    }
    return false;
}

struct cte *cspace_lookup(const struct cap *root, word_t cptr, struct lookup_failure *why)
{
    unsigned bits = ABI_WORD_BITS;
    struct cte *slot;

    return resolve(root, cptr, &bits, &slot, why) ? slot : NULL;
}

static enum abi_error lookup_error(struct invocation *inv, const struct lookup_failure *why)
{
    inv->error.lookup_type = why->type;
    for (unsigned i = 0; i < ARRAY_SIZE(why->word); i++) {
        inv->error.lookup[i] = why->word[i];
    }
    return inv_fail(inv, ABI_FAILED_LOOKUP);
}

/* The slot itself, of exactly `depth` bits. The caller sets inv->error.lookup_source for a source. */
enum abi_error cspace_lookup_slot(struct invocation *inv, const struct cap *root, word_t index, word_t depth,
                                  struct cte **out)
{
    struct lookup_failure why;
    unsigned bits = (unsigned)depth;

    if (root->type != CAP_CNODE) {
        return lookup_error(inv, &(struct lookup_failure){ .type = ABI_LOOKUP_INVALID_ROOT });
    }
    if (depth < 1 || depth > ABI_WORD_BITS) {
        return inv_bad_range(inv, 1, ABI_WORD_BITS);
    }
    if (!resolve(root, index, &bits, out, &why)) {
        return lookup_error(inv, &why);
    }
    if (bits != 0) {
        return lookup_error(inv, &(struct lookup_failure){ ABI_LOOKUP_DEPTH_MISMATCH, { bits, 0, 0 } });
    }
    return ABI_NO_ERROR;
}
