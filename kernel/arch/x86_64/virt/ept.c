// SPDX-License-Identifier: BSD-2-Clause
// Nested page tables: guest-physical to host-physical, built by user level out of EPT objects and frames.
// The format of an entry is the backend's; what both formats share is used here: 9 bits a level, address in
// bits 51:12, bit 0 set in every entry in use (no mapping is without read), bit 7 set in a leaf above level 1.
//
// Stale translations. Each root's ASID has a generation (ept_generation) that moves whenever a translation was
// taken away or changed; a guest that enters with an older one gets a fresh TLB tag first. A CPU that is inside such a
// guest at that moment is called out of it before the invocation ends (it holds still at the lock), so
// memory that was unmapped is out of every guest's reach when the caller goes on. Entries that become present
// need nothing: neither vendor caches "not present" (AMD APM vol. 2, 5.5; Intel SDM vol. 3, 29.4.3.1).

#include "virt.h"

#define ENTRY_PRESENT 1ull
#define ENTRY_LEAF (1ull << 7)
#define ENTRY_ADDR 0x000ffffffffff000ull
#define ROOT_LEVEL 4

static uint64_t generation[256];         /* by the low bits of the ASID: a neighbour's flush costs one of ours */

uint64_t ept_generation(unsigned asid) { return generation[asid % ARRAY_SIZE(generation)]; }

static void call_out(uint64_t a, uint64_t b) { (void)a; (void)b; }

static void flush_root(unsigned asid)
{
    uint64_t mask = 0;
    virt_epoch++;
    generation[asid % ARRAY_SIZE(generation)]++;
    for (unsigned i = 0; i < cpu_count; i++) {
        const struct virt_cpu *vc = virt_cpu_of(i);
        if (vc->running && vc->running_asid == asid && i != this_cpu()->index)
            mask |= BIT(i);
    }
    if (mask)
        remote_call(mask, call_out, 0, 0);
}

static unsigned level_shift(unsigned level) { return 12 + 9 * (level - 1); }

struct ept_place { uint64_t *entry; unsigned level; };

/* The entry for `gpa` at `level`, or the higher one where the walk ends (nothing there, or a leaf). */
static struct ept_place ept_walk(uint64_t *root, uint64_t gpa, unsigned level)
{
    struct ept_place at = { root, ROOT_LEVEL };
    for (uint64_t *table = root;; at.level--) {
        at.entry = &table[gpa >> level_shift(at.level) & 511];
        if (at.level == level || !(*at.entry & ENTRY_PRESENT) || (at.level < ROOT_LEVEL && *at.entry & ENTRY_LEAF))
            return at;
        table = ptr_of_paddr(*at.entry & ENTRY_ADDR);
    }
}

/* What the guest would read there. False, and nothing is written: not RAM, or not mapped. */
bool ept_read(unsigned asid, uint64_t gpa, void *to, unsigned bytes)
{
    uint64_t *root = asid_root(asid, ASID_EPT);
    struct ept_place at = { 0 };
    if (root)
        at = ept_walk(root, gpa, 1);
    if (!root || !(*at.entry & ENTRY_PRESENT))
        return false;
    uint64_t offset = MASK(level_shift(at.level)), pa = (*at.entry & ENTRY_ADDR & ~offset) | (gpa & offset);
    if (pa + bytes > memory_top())
        return false;
    __builtin_memcpy(to, ptr_of_paddr(pa), bytes);
    return true;
}

/* ---- what the two Map calls check alike ---- */

struct ept_target { uint64_t *root; unsigned asid; };

static enum abi_error decode_root(struct invocation *inv, struct ept_target *t)
{
    if (inv->extra_count < 1)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    const struct cap *c = &inv->extra[0]->cap;
    if (!arch_valid_ept_root(c))
        return inv_bad_cap(inv, 1);
    t->root = cap_object(c);
    t->asid = c->table.asid;
    return ABI_NO_ERROR;
}

static enum abi_error missing_table(struct invocation *inv, struct ept_place at)
{
    if (*at.entry & ENTRY_PRESENT)       /* a larger frame is in the way */
        return inv_fail(inv, ABI_DELETE_FIRST);
    inv->error.lookup_source = false;
    inv->error.lookup_type = ABI_LOOKUP_MISSING_CAPABILITY;
    inv->error.lookup[0] = level_shift(at.level);
    return inv_fail(inv, ABI_FAILED_LOOKUP);
}

bool arch_valid_ept_root(const struct cap *c)
{
    return c->type == CAP_EPT_ROOT && c->table.mapped && asid_root(c->table.asid, ASID_EPT) == cap_object(c);
}

/* ---- tables ---- */

static enum abi_error table_map(struct invocation *inv)
{
    struct ept_target t;
    enum abi_error err = decode_root(inv, &t);
    if (err)
        return err;
    if (inv->length < 2)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    if (inv->cap.table.mapped)
        return inv_bad_cap(inv, 0);
    unsigned level = inv->cap.size;
    uint64_t gpa = inv_arg(inv, 0) & ~MASK(level_shift(level + 1));
    if (gpa >> virt->max_gpa_bits)
        return inv_bad_arg(inv, 0);
    struct ept_place at = ept_walk(t.root, gpa, level + 1);
    if (at.level != level + 1)
        return missing_table(inv, at);
    if (*at.entry & ENTRY_PRESENT)
        return inv_fail(inv, ABI_DELETE_FIRST);

    *at.entry = virt->table(paddr_of_ptr(cap_object(&inv->cap)));
    inv->slot->cap.table.mapped = 1;
    inv->slot->cap.table.asid = t.asid;
    inv->slot->cap.table.vpage = gpa >> 12;
    return ABI_NO_ERROR;
}

/* A table that hangs nowhere must hold nothing: its frames' capabilities can no longer find it, so it would bring memory
 * that was given away back with it where it is mapped next. That is so as well if the table above it or the root went
 * first: then it is not found here, but out of the world already. */
static void table_unmap(const struct cap *c)
{
    uint64_t *root = asid_root(c->table.asid, ASID_EPT), *table = cap_object(c);
    unsigned level = c->size + 1u;
    struct ept_place at = { 0 };
    if (root)
        at = ept_walk(root, (uint64_t)c->table.vpage << 12, level);
    if (at.level == level && *at.entry & ENTRY_PRESENT && !(level < ROOT_LEVEL && *at.entry & ENTRY_LEAF)
        && (*at.entry & ENTRY_ADDR) == paddr_of_ptr(table)) {
        *at.entry = 0;                   /* (the CPU writes accessed bits: no comparing the whole entry) */
        flush_root(c->table.asid);
    }
    __builtin_memset(table, 0, VIRT_PAGE);
}

enum abi_error ept_table_invoke(struct invocation *inv)
{
    static const struct { uint16_t map, unmap; } labels[] = {
        [1] = { ABI_INV_EPT_PT_MAP, ABI_INV_EPT_PT_UNMAP },
        [2] = { ABI_INV_EPT_PD_MAP, ABI_INV_EPT_PD_UNMAP },
        [3] = { ABI_INV_EPT_PDPT_MAP, ABI_INV_EPT_PDPT_UNMAP },
    };
    unsigned level = inv->cap.size;
    if (!virt)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (inv->label == labels[level].map)
        return table_map(inv);
    if (inv->label != labels[level].unmap)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (inv->cap.table.mapped)
        table_unmap(&inv->cap);
    inv->slot->cap.table.mapped = 0;
    return ABI_NO_ERROR;
}

void ept_finalise_table(const struct cap *c)
{
    if (c->table.mapped)
        table_unmap(c);
}

/* Whoever runs on the root through this capability (a TCB's slot, maybe) has to enter anew and find it gone. */
void ept_finalise_root(const struct cap *c, bool final)
{
    virt_epoch++;
    if (!c->table.mapped || asid_root(c->table.asid, ASID_EPT) != cap_object(c))
        return;
    if (final)
        asid_forget(c->table.asid, cap_object(c));
    flush_root(c->table.asid);
}

void virt_ept_root_gone(void *ept_root, unsigned asid)
{
    (void)ept_root;
    flush_root(asid);
}

/* ---- frames ---- */

static enum abi_error frame_rights(struct invocation *inv, unsigned *rights, unsigned *type)
{
    word_t wanted = inv_arg(inv, 1) & inv->cap.rights, attr = inv_arg(inv, 2);
    if (!(wanted & ABI_RIGHT_READ))      /* neither format has memory that is written but not read */
        return inv_bad_arg(inv, 1);
    *type = attr & 7;
    if (attr & ~(7ull | ABI_ATTR_EXECUTE_NEVER) || !virt->type_ok(*type))
        return inv_bad_arg(inv, 2);
    *rights = (wanted & ABI_RIGHT_WRITE ? EPT_WRITE : 0) | (attr & ABI_ATTR_EXECUTE_NEVER ? 0 : EPT_EXECUTE);
    return ABI_NO_ERROR;
}

enum abi_error virt_page_map_ept(struct invocation *inv)
{
    struct ept_target t;
    unsigned rights = 0, type = 0, level = (inv->cap.size - 12) / 9 + 1;
    if (!virt || level > virt->max_leaf_level)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (inv->length < 3)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    enum abi_error err = decode_root(inv, &t);
    if (!err)
        err = frame_rights(inv, &rights, &type);
    if (err)
        return err;
    uint64_t gpa = inv_arg(inv, 0);
    if (!IS_ALIGNED(gpa, inv->cap.size))
        return inv_fail(inv, ABI_ALIGNMENT_ERROR);
    if (gpa >> virt->max_gpa_bits)
        return inv_bad_arg(inv, 0);
    const struct cap *c = &inv->cap;
    bool again = c->frame.mapped != FRAME_UNMAPPED;     /* the same place once more: other rights, other type */
    if (again && (c->frame.mapped != FRAME_IN_EPT || c->frame.asid != t.asid || c->frame.vpage != gpa >> 12))
        return inv_bad_cap(inv, 0);
    struct ept_place at = ept_walk(t.root, gpa, level);
    if (at.level != level)
        return missing_table(inv, at);
    uint64_t pa = paddr_of_ptr(cap_object(c)), old = *at.entry;
    bool mine = again && (old & ENTRY_ADDR & ~MASK(c->size)) == pa && (level == 1 || old & ENTRY_LEAF);
    if (old & ENTRY_PRESENT && !mine)
        return inv_fail(inv, ABI_DELETE_FIRST);

    *at.entry = virt->leaf(pa, level, rights, type);
    if (old & ENTRY_PRESENT)
        flush_root(t.asid);
    inv->slot->cap.frame.mapped = FRAME_IN_EPT;
    inv->slot->cap.frame.asid = t.asid;
    inv->slot->cap.frame.vpage = gpa >> 12;
    return ABI_NO_ERROR;
}

void virt_unmap_frame(void *ept_root, unsigned asid, uint64_t gpa, unsigned size_bits, uint64_t paddr)
{
    unsigned level = (size_bits - 12) / 9 + 1;
    struct ept_place at = ept_walk(ept_root, gpa, level);
    if (at.level != level || !(*at.entry & ENTRY_PRESENT) || (level > 1 && !(*at.entry & ENTRY_LEAF))
        || (*at.entry & ENTRY_ADDR & ~MASK(size_bits)) != paddr)
        return;
    *at.entry = 0;
    flush_root(asid);
}
