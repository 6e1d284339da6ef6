// SPDX-License-Identifier: BSD-2-Clause
// Untyped memory, slots of the root CNode, and the arena for our own tables.
//
// Each untyped is a bump allocator in the kernel; we follow its mark. An object goes where the least room is left that
// holds it. objects.c asks for the biggest first, so nothing is lost to alignment.
#include "loader.h"

#include <string.h>

#define ARENA_BYTES (1u << 20)

static struct { uint64_t used, size; } mark[ABI_BOOTINFO_MAX_UNTYPED];
static uint32_t untyped_count;
static seL4_CPtr next_slot, end_slot;
static _Alignas(16) uint8_t arena_memory[ARENA_BYTES];
static size_t arena_used;

void memory_init(void)
{
    const seL4_BootInfo *b = loader.boot;
    next_slot = b->empty.start;
    end_slot = b->empty.end;
    untyped_count = (uint32_t)(b->untyped.end - b->untyped.start);
    for (uint32_t i = 0; i < untyped_count; i++) {
        mark[i].size = 1ull << b->untypedList[i].sizeBits;
    }
}

void *arena(size_t bytes)
{
    bytes = (bytes + 15) & ~15ul;
    if (bytes > ARENA_BYTES - arena_used) {
        fatal("the system description is too large for the loader's tables");
    }
    arena_used += bytes;
    return arena_memory + arena_used - bytes;
}

seL4_CPtr slots(uint32_t count)
{
    if (count > end_slot - next_slot) {
        fatal("the initial task's CNode is full: %u more slots wanted, %lu left", count, end_slot - next_slot);
    }
    next_slot += count;
    return next_slot - count;
}

void slot_give_back(seL4_CPtr slot)
{
    if (slot == next_slot - 1) {
        next_slot--;
    }
}

static bool is_device(uint32_t i) { return loader.boot->untypedList[i].isDevice; }

/* Bytes left in untyped i for objects of 2^bits bytes. */
static uint64_t room(uint32_t i, unsigned bits)
{
    const uint64_t unit = 1ull << bits, used = (mark[i].used + unit - 1) & ~(unit - 1);
    return used >= mark[i].size ? 0 : (mark[i].size - used) & ~(unit - 1);
}

uint64_t memory_left(void)
{
    uint64_t left = 0;
    for (uint32_t i = 0; i < untyped_count; i++) {
        left += is_device(i) ? 0 : room(i, ABI_UNTYPED_MIN_BITS);
    }
    return left;
}

static uint64_t largest_left(void)
{
    for (unsigned bits = ABI_UNTYPED_MAX_BITS; bits >= ABI_UNTYPED_MIN_BITS; bits--) {
        for (uint32_t i = 0; i < untyped_count; i++) {
            if (!is_device(i) && room(i, bits)) {
                return 1ull << bits;
            }
        }
    }
    return 0;
}

unsigned object_bits(seL4_Word type, unsigned user_bits)
{
    static const uint8_t fixed[ABI_OBJ_COUNT] = {
#define X(name, bits) bits,
        ABI_OBJECT_LIST(X)
#undef X
    };
    return type == seL4_CapTableObject ? user_bits + seL4_SlotBits : fixed[type] ? fixed[type] : user_bits;
}

static void retype(uint32_t i, seL4_Word type, unsigned user_bits, seL4_CPtr slot, uint32_t count, const char *name)
{
    const unsigned bits = object_bits(type, user_bits);
    const uint64_t start = mark[i].size - room(i, bits);
    const seL4_Error e = seL4_Untyped_Retype(loader.boot->untyped.start + i, type, user_bits, ROOT, 0, 0, slot, count);
    if (e != seL4_NoError) {
        fatal("making %s (%u objects of 2^%u bytes): %s", name, count, bits, sel4_error_name(e));
    }
    mark[i].used = start + ((uint64_t)count << bits);
}

void make_objects(seL4_Word type, unsigned user_bits, seL4_CPtr slot, uint32_t count, const char *name)
{
    const unsigned bits = object_bits(type, user_bits);
    while (count) {
        uint32_t best = untyped_count;
        for (uint32_t i = 0; i < untyped_count; i++) {
            if (!is_device(i) && room(i, bits) && (best == untyped_count || room(i, bits) < room(best, bits))) {
                best = i;
            }
        }
        if (best == untyped_count) {
            fatal("not enough memory for %s: %u more of 2^%u bytes wanted; %lu KiB left, the largest piece %lu KiB",
                  name, count, bits, memory_left() >> 10, largest_left() >> 10);
        }
        const uint64_t fit = room(best, bits) >> bits;
        uint32_t n = count < ABI_RETYPE_MAX_OBJECTS ? count : ABI_RETYPE_MAX_OBJECTS;
        n = fit < n ? (uint32_t)fit : n;
        retype(best, type, user_bits, slot, n, name);
        loader.used_bytes += (uint64_t)n << bits;
        slot += n;
        count -= n;
    }
}

seL4_CPtr make_object(seL4_Word type, unsigned user_bits, const char *name)
{
    const seL4_CPtr slot = slots(1);
    make_objects(type, user_bits, slot, 1, name);
    return slot;
}

/* Moves the mark of an untyped up to `offset` by making untypeds of the space before it. */
static void skip_to(uint32_t i, uint64_t offset, const char *name)
{
    while (mark[i].used < offset) {
        unsigned bits = mark[i].used ? (unsigned)__builtin_ctzll(mark[i].used) : 63;
        while (bits > 12 && mark[i].used + (1ull << bits) > offset) {
            bits--;
        }
        while (mark[i].used + (1ull << bits) > offset) {
            bits--;
        }
        retype(i, seL4_UntypedObject, bits, slots(1), 1, name);
    }
}

void make_device(seL4_Word type, unsigned bits, uint64_t paddr, seL4_CPtr slot, uint32_t count, const char *name)
{
    const uint64_t bytes = (uint64_t)count << bits;
    for (uint32_t i = 0; i < untyped_count; i++) {
        const uint64_t base = loader.boot->untypedList[i].paddr;
        if (paddr < base || paddr - base >= mark[i].size || bytes > mark[i].size - (paddr - base)) {
            continue;
        }
        if (paddr - base < mark[i].used) {
            fatal("%s: physical memory at 0x%lx is taken already", name, paddr);
        }
        skip_to(i, paddr - base, name);
        for (uint32_t n = 0; n < count; n += ABI_RETYPE_MAX_OBJECTS) {
            const uint32_t batch = count - n < ABI_RETYPE_MAX_OBJECTS ? count - n : ABI_RETYPE_MAX_OBJECTS;
            retype(i, type, type == seL4_UntypedObject ? bits : 0, slot + n, batch, name);
        }
        return;
    }
    fatal("%s: the machine has no memory at 0x%lx (%lu bytes) to hand out", name, paddr, bytes);
}
