// SPDX-License-Identifier: BSD-2-Clause
// Address-space identifiers: 16 bits, 128 pools of 512. A pool entry names a root, a PML4 or an EPT PML4. Mapped
// frames and tables remember the ASID, not the root: when the root or its pool goes, they find nothing and stop.
// Facts: seL4 Reference Manual, 7.1.3 (address space identifiers).
#include <platform.h>

#define KIND_BIT 1ull                        /* roots are page-aligned: bit 0 is the kind */

uint64_t *asid_pools[ASID_POOLS];

static uint64_t *entry_of(unsigned asid)
{
    uint64_t *pool = asid_pools[asid / ABI_ASID_POOL_ENTRIES];
    return pool ? &pool[asid % ABI_ASID_POOL_ENTRIES] : NULL;
}

void *asid_root(unsigned asid, enum asid_kind kind)
{
    const uint64_t *entry = entry_of(asid & 0xffff);
    if (!entry || !*entry || (*entry & KIND_BIT) != kind)
        return NULL;
    return (void *)(uintptr_t)(*entry & ~KIND_BIT);
}

void asid_forget(unsigned asid, const void *root)
{
    uint64_t *entry = entry_of(asid & 0xffff);
    if (entry && (*entry & ~KIND_BIT) == (uint64_t)(uintptr_t)root)
        *entry = 0;
}

static struct cap pool_cap(uint64_t *pool, unsigned index)
{
    asid_pools[index] = pool;
    return (struct cap){ .type = CAP_ASID_POOL, .rights = ABI_RIGHT_READ | ABI_RIGHT_WRITE, .object = (int64_t)pool,
                         .pool = { (uint64_t)index * ABI_ASID_POOL_ENTRIES } };
}

unsigned asid_initial(struct cap *cap, void *pool_memory, void *root)
{
    uint64_t *pool = pool_memory;
    *cap = pool_cap(pool, 0);
    pool[1] = (uint64_t)root | ASID_VSPACE;  /* 0 is no ASID */
    return 1;
}

enum abi_error asid_control_invoke(struct invocation *inv)
{
    struct cte *slot;
    unsigned index = 0;
    if (inv->label != ABI_INV_ASID_CONTROL_MAKE_POOL)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (inv->length < 2 || inv->extra_count < 2)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    struct cap *untyped = &inv->extra[0]->cap;
    while (index < ASID_POOLS && asid_pools[index])
        index++;
    if (index == ASID_POOLS)
        return inv_fail(inv, ABI_DELETE_FIRST);
    if (untyped->type != CAP_UNTYPED || untyped->size != ABI_ASID_POOL_BITS || untyped->untyped.is_device)
        return inv_bad_cap(inv, 1);
    if (slot_has_children(inv->extra[0]))
        return inv_fail(inv, ABI_REVOKE_FIRST);
    enum abi_error error = cspace_lookup_slot(inv, &inv->extra[1]->cap, inv_arg(inv, 0), inv_arg(inv, 1), &slot);
    if (error != ABI_NO_ERROR)
        return error;
    if (!slot_is_empty(slot))
        return inv_fail(inv, ABI_DELETE_FIRST);
    uint64_t *pool = cap_object(untyped);
    for (unsigned i = 0; i < ABI_ASID_POOL_ENTRIES; i++)
        pool[i] = 0;
    untyped->untyped.free = BIT(ABI_ASID_POOL_BITS) >> ABI_UNTYPED_MIN_BITS;
    untyped->untyped.cleared = 0;
    slot_insert(slot, pool_cap(pool, index), inv->extra[0]);
    return ABI_NO_ERROR;
}

enum abi_error asid_pool_invoke(struct invocation *inv)
{
    if (inv->label != ABI_INV_ASID_POOL_ASSIGN)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (inv->extra_count < 1)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    struct cap *root = &inv->extra[0]->cap;
    if ((root->type != CAP_VSPACE && root->type != CAP_EPT_ROOT) || root->table.mapped)
        return inv_bad_cap(inv, 1);
    uint64_t base = inv->cap.pool.asid_base, *pool = asid_pools[base / ABI_ASID_POOL_ENTRIES];
    if (pool != cap_object(&inv->cap)) {
        inv->error.lookup_type = ABI_LOOKUP_INVALID_ROOT;
        return inv_fail(inv, ABI_FAILED_LOOKUP);
    }
    unsigned i = base == 0;
    while (i < ABI_ASID_POOL_ENTRIES && pool[i])
        i++;
    if (i == ABI_ASID_POOL_ENTRIES)
        return inv_fail(inv, ABI_DELETE_FIRST);
    pool[i] = (uint64_t)root->object | (root->type == CAP_VSPACE ? ASID_VSPACE : ASID_EPT);
    root->table.mapped = 1;
    root->table.asid = (base + i) & 0xffff;
    return ABI_NO_ERROR;
}

/* The pool's memory goes away: no CPU may stay on one of its roots. */
void asid_pool_finalise(const struct cap *c)
{
    unsigned base = (unsigned)c->pool.asid_base;
    uint64_t *pool = cap_object(c);
    if (asid_pools[base / ABI_ASID_POOL_ENTRIES] != pool)
        return;
    for (unsigned i = 0; i < ABI_ASID_POOL_ENTRIES; i++) {
        void *root = (void *)(uintptr_t)(pool[i] & ~KIND_BIT);
        if (pool[i] && (pool[i] & KIND_BIT) == ASID_EPT)
            virt_ept_root_gone(root, base + i);
        else if (pool[i])
            vspace_root_gone(root);
        pool[i] = 0;
    }
    asid_pools[base / ABI_ASID_POOL_ENTRIES] = NULL;
}
