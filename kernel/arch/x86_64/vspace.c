// SPDX-License-Identifier: BSD-2-Clause
// Address spaces: frames and page tables of every level below a PML4, their invocations and what happens to mappings
// when capabilities go. A mapping is never trusted to be where a capability says: the walk from the ASID's root has to
// find this very object there.
// Facts: seL4 Reference Manual, chapter 7 and 10.5; AMD APM vol. 2, 5.3 (tables), 5.5 (TLB).
#include <kernel/slot.h>
#include <platform.h>

enum { LEVEL_PT = 1, LEVEL_PD, LEVEL_PDPT, LEVEL_PML4 };
#define TABLE_FLAGS (PTE_P | PTE_W | PTE_U)

static unsigned level_shift(unsigned level) { return 12 + 9 * (level - 1); }

/* Goes down to the entry of `level` (1 = in a page table). Stops early where nothing or a large page is:
 * then .level is the level of the entry it stopped at. */
struct pte_walk vspace_walk(uint64_t *root, uint64_t vaddr, unsigned level)
{
    struct pte_walk w = { NULL, LEVEL_PML4 };
    uint64_t *table = root;
    for (;;) {
        w.entry = &table[vaddr >> level_shift(w.level) & 511];
        if (w.level == level || !(*w.entry & PTE_P) || (w.level < LEVEL_PML4 && (*w.entry & PTE_PS)))
            return w;
        table = ptr_of_paddr(*w.entry & PTE_ADDR);
        w.level--;
    }
}

/* ---- TLBs ---- */

static void flush_page_here(uint64_t root, uint64_t vaddr)
{
    if (this_cpu()->arch.cr3 == root)
        invlpg(vaddr);
}

static void flush_all_here(uint64_t root, uint64_t unused)
{
    if (this_cpu()->arch.cr3 == root)
        write_cr3(root);
}

static void leave_root_here(uint64_t root, uint64_t unused)
{
    if (this_cpu()->arch.cr3 == root) {
        this_cpu()->arch.cr3 = kernel_cr3();
        write_cr3(kernel_cr3());
    }
}

/* On each CPU that has this root loaded. */
static void on_users_of(const uint64_t *root, remote_fn fn, uint64_t arg)
{
    uint64_t cr3 = paddr_of_ptr(root), mask = 0;
    for (unsigned i = 0; i < cpu_count; i++)
        if (cpu_of(i)->arch.cr3 == cr3)
            mask |= BIT(i);
    if (mask)
        remote_call(mask, fn, cr3, arg);
}

void vspace_root_gone(void *root) { on_users_of(root, leave_root_here, 0); }

/* ---- mapping ---- */

/* ABI_ATTR_* are the PWT, PCD and PAT bits of the PAT this kernel loads (cpu.c). */
uint64_t pte_of_frame(uint64_t pa, unsigned size_bits, word_t rights, word_t attr)
{
    uint64_t pte = pa | PTE_P | PTE_A | PTE_D;
    pte |= rights & ABI_RIGHT_READ ? PTE_U : 0;      /* without the right to read: supervisor, any access faults */
    pte |= rights & ABI_RIGHT_WRITE ? PTE_W : 0;
    pte |= attr & ABI_ATTR_WRITE_THROUGH ? PTE_PWT : 0;
    pte |= attr & ABI_ATTR_CACHE_DISABLED ? PTE_PCD : 0;
    if (attr & ABI_ATTR_WRITE_COMBINING)
        pte |= size_bits == 12 ? PTE_PAT_4K : PTE_PAT_LARGE;
    if ((attr & ABI_ATTR_EXECUTE_NEVER) && cpu_has_nx)
        pte |= PTE_NX;
    return size_bits == 12 ? pte : pte | PTE_PS;
}

static unsigned frame_level(unsigned size_bits)
{
    return size_bits == 12 ? LEVEL_PT : size_bits == 21 ? LEVEL_PD : LEVEL_PDPT;
}

static uint64_t leaf_address(uint64_t pte, unsigned level)
{
    return pte & PTE_ADDR & ~MASK(level_shift(level));
}

/* The address space argument: an assigned PML4. */
static enum abi_error vspace_argument(struct invocation *inv, const struct cap *c, uint64_t **root)
{
    if (c->type != CAP_VSPACE || !c->table.mapped)
        return inv_bad_cap(inv, 1);
    *root = asid_root(c->table.asid, ASID_VSPACE);
    if (!*root) {
        inv->error.lookup_type = ABI_LOOKUP_INVALID_ROOT;
        return inv_fail(inv, ABI_FAILED_LOOKUP);
    }
    return *root == cap_object(c) ? ABI_NO_ERROR : inv_bad_cap(inv, 1);
}

/* A table on the way is missing: tells how many bits of the address were left to translate. */
static enum abi_error missing_level(struct invocation *inv, unsigned stopped_at)
{
    inv->error.lookup_type = ABI_LOOKUP_MISSING_CAPABILITY;
    inv->error.lookup[0] = level_shift(stopped_at);
    return inv_fail(inv, ABI_FAILED_LOOKUP);
}

/* The empty entry of `level` for a new mapping. A large page in the way counts as something to delete. */
static enum abi_error empty_entry(struct invocation *inv, uint64_t *root, uint64_t vaddr, unsigned level, uint64_t **entry)
{
    struct pte_walk w = vspace_walk(root, vaddr, level);
    if (w.level != level && !(*w.entry & PTE_P))
        return missing_level(inv, w.level);
    if (*w.entry & PTE_P)
        return inv_fail(inv, ABI_DELETE_FIRST);
    *entry = w.entry;
    return ABI_NO_ERROR;
}

/* ---- page tables ---- */

static const struct { word_t map, unmap; } table_label[] = {
    [LEVEL_PT] = { ABI_INV_PAGE_TABLE_MAP, ABI_INV_PAGE_TABLE_UNMAP },
    [LEVEL_PD] = { ABI_INV_PAGE_DIRECTORY_MAP, ABI_INV_PAGE_DIRECTORY_UNMAP },
    [LEVEL_PDPT] = { ABI_INV_PDPT_MAP, ABI_INV_PDPT_UNMAP },
};

static void table_unmap(const struct cap *c)
{
    uint64_t *root = asid_root(c->table.asid, ASID_VSPACE);
    if (!root)
        return;
    struct pte_walk w = vspace_walk(root, (uint64_t)c->table.vpage << 12, c->size + 1u);
    if (w.level != c->size + 1u || !(*w.entry & PTE_P) || (w.level < LEVEL_PML4 && (*w.entry & PTE_PS))
        || (*w.entry & PTE_ADDR) != paddr_of_ptr(cap_object(c)))
        return;
    *w.entry = 0;
    on_users_of(root, flush_all_here, 0);
}

void vspace_table_finalise(const struct cap *c)
{
    if (c->table.mapped)
        table_unmap(c);
}

static enum abi_error table_invoke_unmap(struct invocation *inv)
{
    if (!slot_is_final(inv->slot))
        return inv_fail(inv, ABI_REVOKE_FIRST);
    if (inv->cap.table.mapped) {
        table_unmap(&inv->cap);
        uint64_t *table = cap_object(&inv->cap);
        for (unsigned i = 0; i < 512; i++)
            table[i] = 0;
    }
    inv->slot->cap.table.mapped = 0;
    return ABI_NO_ERROR;
}

enum abi_error vspace_table_invoke(struct invocation *inv)
{
    unsigned level = inv->cap.size;
    uint64_t *root, *entry;
    if (inv->label == table_label[level].unmap)
        return table_invoke_unmap(inv);
    if (inv->label != table_label[level].map)
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    if (inv->length < 2 || inv->extra_count < 1)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    if (inv->cap.table.mapped)
        return inv_bad_cap(inv, 0);
    word_t vaddr = ROUND_DOWN(inv_arg(inv, 0), level_shift(level + 1)), attr = inv_arg(inv, 1);
    if (vaddr >= USER_TOP)
        return inv_bad_arg(inv, 0);
    enum abi_error error = vspace_argument(inv, &inv->extra[0]->cap, &root);
    if (error == ABI_NO_ERROR)
        error = empty_entry(inv, root, vaddr, level + 1, &entry);
    if (error != ABI_NO_ERROR)
        return error;
    *entry = paddr_of_ptr(cap_object(&inv->cap)) | TABLE_FLAGS | (attr & ABI_ATTR_WRITE_THROUGH ? PTE_PWT : 0)
        | (attr & ABI_ATTR_CACHE_DISABLED ? PTE_PCD : 0);
    struct cap *c = &inv->slot->cap;
    c->table.mapped = 1;
    c->table.asid = inv->extra[0]->cap.table.asid;
    c->table.vpage = (vaddr >> 12) & MASK(45);
    return ABI_NO_ERROR;
}

/* ---- frames ---- */

/* The entry that maps this frame capability, or NULL. */
static uint64_t *frame_entry(const struct cap *c, uint64_t *root)
{
    unsigned level = frame_level(c->size);
    struct pte_walk w = vspace_walk(root, (uint64_t)c->frame.vpage << 12, level);
    bool leaf = w.level == level && (*w.entry & PTE_P) && (level == LEVEL_PT || (*w.entry & PTE_PS));
    return leaf && leaf_address(*w.entry, level) == paddr_of_ptr(cap_object(c)) ? w.entry : NULL;
}

static void frame_unmap(const struct cap *c)
{
    uint64_t vaddr = (uint64_t)c->frame.vpage << 12, *root, *entry;
    if (c->frame.mapped == FRAME_IN_EPT && c->frame.asid == 0) {
        virt_state_page_gone(vaddr);         /* no ASID is 0: a VCPU's state page, `vaddr` names the VCPU */
    } else if (c->frame.mapped == FRAME_IN_EPT) {
        void *ept = asid_root(c->frame.asid, ASID_EPT);
        if (ept)
            virt_unmap_frame(ept, c->frame.asid, vaddr, c->size, paddr_of_ptr(cap_object(c)));
    } else if (c->frame.mapped == FRAME_IN_VSPACE) {
        root = asid_root(c->frame.asid, ASID_VSPACE);
        entry = root ? frame_entry(c, root) : NULL;
        if (!entry)
            return;
        *entry = 0;
        on_users_of(root, flush_page_here, vaddr);
    }
}

void frame_finalise(const struct cap *c) { frame_unmap(c); }

static enum abi_error map_check(struct invocation *inv, uint64_t *root, word_t vaddr, uint64_t **entry)
{
    const struct cap *c = &inv->cap;
    if (c->frame.mapped) {                   /* again at the same place: new rights and attributes */
        if (c->frame.mapped != FRAME_IN_VSPACE || c->frame.asid != inv->extra[0]->cap.table.asid)
            return inv_bad_cap(inv, 1);
        if ((uint64_t)c->frame.vpage << 12 != vaddr)
            return inv_bad_arg(inv, 0);
        *entry = frame_entry(c, root);
        if (*entry)
            return ABI_NO_ERROR;
    }
    if (vaddr >= USER_TOP || USER_TOP - vaddr < BIT(c->size))
        return inv_bad_arg(inv, 0);
    if (!IS_ALIGNED(vaddr, c->size))
        return inv_fail(inv, ABI_ALIGNMENT_ERROR);
    return empty_entry(inv, root, vaddr, frame_level(c->size), entry);
}

static enum abi_error frame_map(struct invocation *inv)
{
    uint64_t *root, *entry = NULL;
    if (inv->length < 3 || inv->extra_count < 1)
        return inv_fail(inv, ABI_TRUNCATED_MESSAGE);
    word_t vaddr = inv_arg(inv, 0), rights = inv_arg(inv, 1) & inv->cap.rights, attr = inv_arg(inv, 2);
    enum abi_error error = vspace_argument(inv, &inv->extra[0]->cap, &root);
    if (error == ABI_NO_ERROR)
        error = map_check(inv, root, vaddr, &entry);
    if (error != ABI_NO_ERROR)
        return error;
    bool was_mapped = *entry & PTE_P;
    *entry = pte_of_frame(paddr_of_ptr(cap_object(&inv->cap)), inv->cap.size, rights, attr);
    if (was_mapped)
        on_users_of(root, flush_page_here, vaddr);
    struct cap *c = &inv->slot->cap;
    c->frame.mapped = FRAME_IN_VSPACE;
    c->frame.asid = inv->extra[0]->cap.table.asid;
    c->frame.vpage = (vaddr >> 12) & MASK(45);
    return ABI_NO_ERROR;
}

enum abi_error frame_invoke(struct invocation *inv)
{
    switch (inv->label) {
    case ABI_INV_PAGE_MAP:
        return frame_map(inv);
    case ABI_INV_PAGE_MAP_EPT:
        return virt_page_map_ept(inv);
    case ABI_INV_PAGE_UNMAP:
        frame_unmap(&inv->cap);
        inv->slot->cap.frame.mapped = FRAME_UNMAPPED;
        return ABI_NO_ERROR;
    case ABI_INV_PAGE_GET_ADDRESS:
        inv_reply(inv, 0, paddr_of_ptr(cap_object(&inv->cap)));
        return ABI_NO_ERROR;
    default:                                 /* Page_MapIO too: this kernel has no IOMMU support yet */
        return inv_fail(inv, ABI_ILLEGAL_OPERATION);
    }
}

/* ---- roots ---- */

void vspace_root_finalise(const struct cap *c)
{
    if (!c->table.mapped)
        return;
    asid_forget(c->table.asid, cap_object(c));
    vspace_root_gone(cap_object(c));
}

bool arch_valid_vspace(const struct cap *c)
{
    return c->type == CAP_VSPACE && c->table.mapped && asid_root(c->table.asid, ASID_VSPACE) == cap_object(c);
}

bool arch_valid_ipc_buffer(const struct cap *c, word_t vaddr)
{
    return c->type == CAP_FRAME && !c->frame.is_device && IS_ALIGNED(vaddr, ABI_IPC_BUFFER_BITS);
}
