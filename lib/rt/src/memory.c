// SPDX-License-Identifier: BSD-2-Clause
// Objects and mappings a component makes itself; see rt/memory.h.
//
// Each untyped capability of the pools is a bump allocator: `used` follows what the kernel has handed out, which
// rounds up to each object's size. An object goes where the least room is left that holds it, so that
// big untypeds stay whole for big frames.
#include "internal.h"

#include <abi/vmexit.h>
#include <rt/memory.h>
#include <string.h>

#define MAX_UNTYPEDS 512u
#define MAX_FREE_SLOTS 64u
#define DEPTH 64u                       /* the spec gives CNode capabilities a guard: slot numbers are pointers */

static struct {
    bool ready, usable;
    seL4_CPtr cnode, vspace;
    struct { seL4_CPtr cap; unsigned bits; uint64_t used; } untyped[MAX_UNTYPEDS];
    unsigned untyped_count;
    seL4_CPtr next_slot, end_slot;
    seL4_CPtr free_slot[MAX_FREE_SLOTS];
    unsigned free_slot_count;
    uintptr_t next_address, end_address;
} mem;

static void add_pool(const struct info_entry *e)
{
    for (uint64_t i = 0; i < e->b && mem.untyped_count < MAX_UNTYPEDS; i++) {
        mem.untyped[mem.untyped_count].cap = e->a + i;
        mem.untyped[mem.untyped_count].bits = e->e;
        mem.untyped_count++;
    }
}

bool rt_memory_init(void)
{
    if (mem.ready) {
        return mem.usable;
    }
    mem.ready = true;
    mem.cnode = rt_cap(INFO_CAP_CNODE);
    mem.vspace = rt_cap(INFO_CAP_VSPACE);
    mem.next_slot = rt_info->free_slot;
    mem.end_slot = rt_info->free_slot + rt_info->free_slot_count;
    mem.next_address = rt_info->free_vaddr;
    mem.end_address = rt_info->free_vaddr_end;
    const struct info_entry *e = rt_info_entries();
    for (uint32_t i = 0; i < rt_info->entry_count; i++) {
        if (e[i].kind == INFO_CAP && !strncmp(rt_info_text(e[i].name), "untyped", 7)) {
            add_pool(&e[i]);
        }
    }
    mem.usable = mem.cnode && mem.vspace && mem.untyped_count;
    return mem.usable;
}

/* Bytes left in untyped i for objects of 2^bits bytes. */
static uint64_t room(unsigned i, unsigned bits)
{
    const uint64_t size = 1ull << mem.untyped[i].bits, unit = 1ull << bits;
    const uint64_t used = (mem.untyped[i].used + unit - 1) & ~(unit - 1);
    return used >= size ? 0 : (size - used) & ~(unit - 1);
}

uint64_t rt_memory_left(void)
{
    uint64_t left = 0;
    for (unsigned i = 0; rt_memory_init() && i < mem.untyped_count; i++) {
        left += room(i, ABI_UNTYPED_MIN_BITS);
    }
    return left;
}

uint64_t rt_memory_largest(void)
{
    for (unsigned bits = ABI_UNTYPED_MAX_BITS; rt_memory_init() && bits >= ABI_UNTYPED_MIN_BITS; bits--) {
        for (unsigned i = 0; i < mem.untyped_count; i++) {
            if (room(i, bits)) {
                return 1ull << bits;
            }
        }
    }
    return 0;
}

seL4_CPtr rt_slots(unsigned count)
{
    if (!rt_memory_init()) {
        return seL4_CapNull;
    }
    if (count == 1 && mem.free_slot_count) {
        return mem.free_slot[--mem.free_slot_count];
    }
    if (count > mem.end_slot - mem.next_slot) {
        return seL4_CapNull;
    }
    mem.next_slot += count;
    return mem.next_slot - count;
}

void rt_slot_free(seL4_CPtr slot)
{
    if (mem.free_slot_count < MAX_FREE_SLOTS) {
        mem.free_slot[mem.free_slot_count++] = slot;
    }
}

/* Makes up to `want` objects of 2^bits bytes in one untyped; returns how many. */
static unsigned make(seL4_Word type, unsigned user_bits, unsigned bits, seL4_CPtr slot, unsigned want)
{
    unsigned best = MAX_UNTYPEDS;
    for (unsigned i = 0; i < mem.untyped_count; i++) {
        if (room(i, bits) && (best == MAX_UNTYPEDS || room(i, bits) < room(best, bits))) {
            best = i;
        }
    }
    if (best == MAX_UNTYPEDS) {
        return 0;
    }
    const uint64_t fit = room(best, bits) >> bits;
    const unsigned count = want > ABI_RETYPE_MAX_OBJECTS ? ABI_RETYPE_MAX_OBJECTS : want;
    const unsigned n = count < fit ? count : (unsigned)fit;
    const uint64_t start = (1ull << mem.untyped[best].bits) - room(best, bits);
    if (seL4_Untyped_Retype(mem.untyped[best].cap, type, user_bits, mem.cnode, 0, 0, slot, n) != seL4_NoError) {
        mem.untyped[best].used = 1ull << mem.untyped[best].bits;      /* not as we think: leave it alone */
        return make(type, user_bits, bits, slot, want);
    }
    mem.untyped[best].used = start + ((uint64_t)n << bits);
    return n;
}

static unsigned memory_bits(seL4_Word type, unsigned size_bits)
{
    static const uint8_t fixed[ABI_OBJ_COUNT] = {
#define X(name, bits) bits,
        ABI_OBJECT_LIST(X)
#undef X
    };
    if (type == seL4_CapTableObject) {
        return size_bits + seL4_SlotBits;
    }
    return type < ABI_OBJ_COUNT && fixed[type] ? fixed[type] : size_bits;
}

seL4_CPtr rt_object(seL4_Word type, unsigned size_bits)
{
    const seL4_CPtr slot = rt_slots(1);
    if (!slot) {
        return seL4_CapNull;
    }
    if (!make(type, size_bits, memory_bits(type, size_bits), slot, 1)) {
        rt_slot_free(slot);
        return seL4_CapNull;
    }
    return slot;
}

uintptr_t rt_address_range(uint64_t bytes, unsigned align_bits)
{
    const uint64_t unit = 1ull << align_bits;
    if (!rt_memory_init()) {
        return 0;
    }
    const uintptr_t at = (mem.next_address + unit - 1) & ~(unit - 1);
    if (at > mem.end_address || bytes > mem.end_address - at) {
        return 0;
    }
    mem.next_address = (at + bytes + 4095) & ~4095ul;
    return at;
}

/* ---- mappings: the tables on the way are made when the kernel misses them ---- */

typedef seL4_Error (*table_map_fn)(seL4_CPtr, seL4_CPtr, seL4_Word, seL4_Word);
struct level { seL4_Word type; table_map_fn map; };

static const struct level own_levels[] = {          /* from the leaf upwards */
    { seL4_X86_PageTableObject, seL4_X86_PageTable_Map },
    { seL4_X86_PageDirectoryObject, seL4_X86_PageDirectory_Map },
    { seL4_X86_PDPTObject, seL4_X86_PDPT_Map },
};
static const struct level ept_levels[] = {
    { seL4_X86_EPTPTObject, seL4_X86_EPTPT_Map },
    { seL4_X86_EPTPDObject, seL4_X86_EPTPD_Map },
    { seL4_X86_EPTPDPTObject, seL4_X86_EPTPDPT_Map },
};

/* Makes the table of `level` at an address, and those above it first where they are missing. */
static seL4_Error make_table(const struct level *levels, unsigned level, seL4_CPtr root, seL4_Word address,
                             seL4_Word attributes)
{
    const seL4_CPtr table = rt_object(levels[level].type, 0);
    if (!table) {
        return seL4_NotEnoughMemory;
    }
    seL4_Error error = levels[level].map(table, root, address, attributes);
    if (error == seL4_FailedLookup && level < 2) {
        error = make_table(levels, level + 1, root, address, attributes);
        if (error == seL4_NoError) {
            error = levels[level].map(table, root, address, attributes);
        }
    }
    return error;
}

/* What is missing between the leaf of a frame of that size and its root. */
static unsigned lowest_table(unsigned page_bits) { return page_bits >= 30 ? 2 : page_bits >= 21 ? 1 : 0; }

static seL4_Error map_own(seL4_CPtr frame, unsigned page_bits, uintptr_t vaddr, seL4_Word rights, seL4_Word attr)
{
    const seL4_CapRights_t r = { { rights } };
    if (!rt_memory_init()) {
        return seL4_InvalidCapability;
    }
    seL4_Error error = seL4_X86_Page_Map(frame, mem.vspace, vaddr, r, attr);
    if (error == seL4_FailedLookup) {
        error = make_table(own_levels, lowest_table(page_bits), mem.vspace, vaddr, 0);
        if (error == seL4_NoError) {
            error = seL4_X86_Page_Map(frame, mem.vspace, vaddr, r, attr);
        }
    }
    return error;
}

static seL4_Error map_ept(seL4_CPtr frame, unsigned page_bits, seL4_CPtr root, uint64_t gpa, seL4_Word rights,
                          seL4_Word memory_type)
{
    const seL4_CapRights_t r = { { rights } };
    seL4_Error error = seL4_X86_Page_MapEPT(frame, root, gpa, r, memory_type);
    if (error == seL4_FailedLookup) {
        error = make_table(ept_levels, lowest_table(page_bits), root, gpa, ABI_EPT_WB);
        if (error == seL4_NoError) {
            error = seL4_X86_Page_MapEPT(frame, root, gpa, r, memory_type);
        }
    }
    return error;
}

seL4_Error rt_map_frame(seL4_CPtr frame, unsigned page_bits, uintptr_t vaddr, seL4_Word rights, seL4_Word attributes)
{
    return map_own(frame, page_bits, vaddr, rights, attributes);
}

seL4_Error rt_map_frame_ept(seL4_CPtr frame, unsigned page_bits, seL4_CPtr ept_root, uint64_t gpa, seL4_Word rights,
                            seL4_Word memory_type)
{
    return map_ept(frame, page_bits, ept_root, gpa, rights, memory_type);
}

void rt_unmap_frame(seL4_CPtr frame) { (void)seL4_X86_Page_Unmap(frame); }

/* ---- regions ---- */

static seL4_Word frame_type(unsigned page_bits)
{
    return page_bits == 30 ? seL4_X64_HugePageObject : page_bits == 21 ? seL4_X86_LargePageObject : seL4_X86_4K;
}

bool rt_region_new(struct rt_region *r, uint64_t bytes, unsigned page_bits)
{
    if (!page_bits) {
        page_bits = bytes >= 1ull << 21 ? 21 : 12;
    }
    const uint64_t unit = 1ull << page_bits, count = (bytes + unit - 1) >> page_bits;
    if (!rt_memory_init() || !bytes || count > 1u << 24) {
        return false;
    }
    const uintptr_t at = rt_address_range(count << page_bits, page_bits);
    const seL4_CPtr frames = at ? rt_slots((unsigned)count) : seL4_CapNull;
    if (!frames) {
        return false;
    }
    for (uint64_t made = 0; made < count;) {
        const unsigned n = make(frame_type(page_bits), 0, page_bits, frames + made, (unsigned)(count - made));
        if (!n) {
            return false;
        }
        made += n;
    }
    for (uint64_t i = 0; i < count; i++) {
        if (map_own(frames + i, page_bits, at + (i << page_bits), ABI_RIGHT_READ | ABI_RIGHT_WRITE,
                    ABI_ATTR_EXECUTE_NEVER) != seL4_NoError) {
            return false;
        }
    }
    *r = (struct rt_region){ .memory = (uint8_t *)at, .bytes = count << page_bits, .page_bits = page_bits,
                             .frames = frames };
    return true;
}

seL4_Error rt_region_map_ept(const struct rt_region *r, uint64_t offset, uint64_t bytes, seL4_CPtr ept_root,
                             uint64_t gpa, seL4_Word rights, seL4_CPtr *copies)
{
    const uint64_t unit = 1ull << r->page_bits;
    if (offset % unit || bytes % unit || gpa % unit || offset > r->bytes || bytes > r->bytes - offset) {
        return seL4_AlignmentError;
    }
    const uint64_t count = bytes >> r->page_bits, first = offset >> r->page_bits;
    const seL4_CPtr copy = rt_slots((unsigned)count);
    if (!copy) {
        return seL4_NotEnoughMemory;
    }
    if (copies) {
        *copies = copy;
    }
    for (uint64_t i = 0; i < count; i++) {
        seL4_Error error = seL4_CNode_Copy(mem.cnode, copy + i, DEPTH, mem.cnode, r->frames + first + i, DEPTH,
                                           seL4_AllRights);
        if (error == seL4_NoError) {
            error = map_ept(copy + i, r->page_bits, ept_root, gpa + (i << r->page_bits), rights, ABI_EPT_WB);
        }
        if (error != seL4_NoError) {
            return error;
        }
    }
    return seL4_NoError;
}

/* ---- virtual machines ---- */

seL4_CPtr rt_ept_new(void)
{
    const seL4_CPtr root = rt_object(seL4_X86_EPTPML4Object, 0), pool = rt_cap(INFO_CAP_ASIDS);
    if (!root || !pool || seL4_X86_ASIDPool_Assign(pool, root) != seL4_NoError) {
        return seL4_CapNull;
    }
    return root;
}

struct vm_state *rt_vcpu_new(seL4_CPtr ept_root, seL4_CPtr *vcpu)
{
    struct rt_region page;
    const seL4_CPtr tcb = rt_tcb_cap(), object = rt_object(seL4_X86_VCPUObject, 0);
    if (!tcb || !object || !rt_region_new(&page, sizeof(struct vm_state), 12)) {
        return NULL;
    }
    if (seL4_X86_VCPU_SetTCB(object, tcb) != seL4_NoError ||
        seL4_X86_VCPU_SetStatePage(object, page.frames) != seL4_NoError ||
        seL4_TCB_SetEPTRoot(tcb, ept_root) != seL4_NoError) {
        return NULL;
    }
    *vcpu = object;
    return (struct vm_state *)page.memory;
}
