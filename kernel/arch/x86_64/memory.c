// SPDX-License-Identifier: BSD-2-Clause
// Physical memory while the kernel boots: a sorted list of free intervals out of the loader's map. What is left in the
// end becomes the initial task's untyped memory; the kernel itself never allocates again.
#include <platform.h>

#define MAX_FREE 128
#define PAGE_BITS 12
#define LOW_MEMORY 0x100000                  /* below: trampoline, BIOS data; nobody's */

static struct ram_region free_list[MAX_FREE];
static unsigned free_count;
static uint64_t ram_bytes, ram_top;

uint64_t memory_ram_bytes(void) { return ram_bytes; }
uint64_t memory_top(void) { return ram_top; }

static void remove_at(unsigned i)
{
    free_count--;
    for (; i < free_count; i++)
        free_list[i] = free_list[i + 1];
}

static void insert_at(unsigned i, struct ram_region r)
{
    if (free_count == MAX_FREE)
        panic("memory map too ragged");
    for (unsigned j = free_count++; j > i; j--)
        free_list[j] = free_list[j - 1];
    free_list[i] = r;
}

/* Takes [start, end), grown to whole pages, out of the free list. */
void memory_reserve(uint64_t start, uint64_t end)
{
    start = ROUND_DOWN(start, PAGE_BITS);
    end = ROUND_UP(end, PAGE_BITS);
    for (unsigned i = 0; i < free_count;) {
        struct ram_region *f = &free_list[i], tail = { end, f->end };
        if (f->end <= start || f->start >= end) {
            i++;
            continue;
        }
        bool keep_tail = tail.start < tail.end;
        if (f->start < start) {
            f->end = start;
            i++;
            if (keep_tail)
                insert_at(i++, tail);
        } else if (keep_tail) {
            f->start = end;
            i++;
        } else {
            remove_at(i);
        }
    }
}

void memory_release(uint64_t start, uint64_t end)
{
    unsigned i = 0;
    while (i < free_count && free_list[i].start < start)
        i++;
    insert_at(i, (struct ram_region){ start, end });
    if (i + 1 < free_count && free_list[i + 1].start == end) {
        free_list[i].end = free_list[i + 1].end;
        remove_at(i + 1);
    }
    if (i > 0 && free_list[i - 1].end == start) {
        free_list[i - 1].end = free_list[i].end;
        remove_at(i);
    }
}

static void sort_ram(void)
{
    for (unsigned i = 1; i < boot.ram_count; i++)
        for (unsigned j = i; j > 0 && boot.ram[j - 1].start > boot.ram[j].start; j--) {
            struct ram_region t = boot.ram[j];
            boot.ram[j] = boot.ram[j - 1];
            boot.ram[j - 1] = t;
        }
}

/* Sorts the loader's RAM, trims to pages, joins what overlaps or touches. */
void memory_init(void)
{
    sort_ram();
    unsigned n = 0;
    for (unsigned i = 0; i < boot.ram_count; i++) {
        struct ram_region r = { ROUND_UP(boot.ram[i].start, PAGE_BITS), ROUND_DOWN(boot.ram[i].end, PAGE_BITS) };
        if (r.start >= r.end)
            continue;
        if (n && boot.ram[n - 1].end >= r.start)
            boot.ram[n - 1].end = MAX(boot.ram[n - 1].end, r.end);
        else
            boot.ram[n++] = r;
    }
    boot.ram_count = n;
    for (unsigned i = 0; i < n; i++) {
        ram_bytes += boot.ram[i].end - boot.ram[i].start;
        ram_top = boot.ram[i].end;
        free_list[free_count++] = boot.ram[i];
    }
    memory_reserve(0, LOW_MEMORY);
}

static void clear(uint64_t start, uint64_t bytes)
{
    uint64_t *p = ptr_of_paddr(start);
    __asm__ volatile("rep stosq" : "+D"(p), "+c"((uint64_t){ bytes / 8 }) : "a"(0ull) : "memory");
}

static void *alloc(uint64_t bytes, unsigned align_bits)
{
    for (unsigned i = 0; i < free_count; i++) {
        uint64_t start = ROUND_UP(free_list[i].start, align_bits);
        if (start + bytes > free_list[i].end || start < free_list[i].start)
            continue;
        memory_reserve(start, start + bytes);
        clear(start, bytes);
        return ptr_of_paddr(start);
    }
    panic("out of memory while booting: no room for %lu bytes", bytes);
}

void *memory_alloc(unsigned size_bits)
{
    size_bits = MAX(size_bits, PAGE_BITS);
    return alloc(BIT(size_bits), size_bits);
}

void *memory_alloc_pages(uint64_t bytes) { return alloc(ROUND_UP(bytes, PAGE_BITS), PAGE_BITS); }

/* ---- what is left ---- */

struct piece_pass { memory_piece_fn fn; void *ctx; unsigned bits; bool is_device; };

/* Of the natural power-of-two pieces of an interval, those of the pass's size. */
static bool pieces_of(const struct piece_pass *p, uint64_t start, uint64_t end)
{
    while (start < end) {
        unsigned bits = start ? (unsigned)__builtin_ctzll(start) : ABI_UNTYPED_MAX_BITS;
        while (bits > ABI_UNTYPED_MAX_BITS || BIT(bits) > end - start)
            bits--;
        if (bits == p->bits && !p->fn(p->ctx, start, bits, p->is_device))
            return false;
        start += BIT(bits);
    }
    return true;
}

static uint64_t physical_end(void)
{
    unsigned bits = cpuid(0x80000000, 0).eax >= 0x80000008 ? cpuid(0x80000008, 0).eax & 0xff : 36;
    return BIT(MIN(bits, 46u));
}

/* What is not RAM and not the local APIC's page. */
static bool device_pieces(const struct piece_pass *p)
{
    uint64_t at = 0, lapic = acpi.lapic, limit = physical_end();
    for (unsigned i = 0; i <= boot.ram_count; i++) {
        uint64_t end = i < boot.ram_count ? boot.ram[i].start : limit;
        if (at < end && lapic >= at && lapic < end) {
            if (!pieces_of(p, at, lapic) || !pieces_of(p, lapic + BIT(PAGE_BITS), end))
                return false;
        } else if (at < end && !pieces_of(p, at, end)) {
            return false;
        }
        if (i < boot.ram_count)
            at = MAX(at, boot.ram[i].end);
    }
    return true;
}

void memory_pieces(memory_piece_fn fn, void *ctx)
{
    struct piece_pass p = { fn, ctx, 0, false };
    for (p.bits = ABI_UNTYPED_MAX_BITS; p.bits >= PAGE_BITS; p.bits--)
        for (unsigned i = 0; i < free_count; i++)
            if (!pieces_of(&p, free_list[i].start, free_list[i].end))
                return;
    p.is_device = true;
    for (p.bits = ABI_UNTYPED_MAX_BITS; p.bits >= PAGE_BITS; p.bits--)
        if (!device_pieces(&p))
            return;
}
