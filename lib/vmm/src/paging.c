// SPDX-License-Identifier: BSD-2-Clause
// The guest's own address translation: no paging, 32-bit, PAE, 4-level and 5-level, with large pages and the
// rights of the access; and copies by guest-linear address.
// Facts from: [1] Intel SDM vol. 3A ch. 4 (tables 4-3 to 4-20); [2] AMD APM vol. 2 (24593) ch. 5.
#include "machine.h"

#include <string.h>
#include <vmm/x86.h>

#define PTE_P   (1ull << 0)
#define PTE_W   (1ull << 1)
#define PTE_U   (1ull << 2)
#define PTE_A   (1ull << 5)
#define PTE_D   (1ull << 6)
#define PTE_PS  (1ull << 7)
#define PTE_NX  (1ull << 63)
#define PTE_ADDRESS 0x000ffffffffff000ull

/* One way of paging: how many levels, bits of index a level, bytes an entry. */
struct paging_mode { uint8_t levels, index_bits, entry_bytes, top_index_bits; };
static const struct paging_mode mode_32 = { 2, 10, 4, 10 }, mode_pae = { 3, 9, 8, 2 }, mode_4 = { 4, 9, 8, 9 },
                                mode_5 = { 5, 9, 8, 9 };

struct walk {
    struct vcpu *v;
    const struct paging_mode *mode;
    uint64_t gla;
    unsigned access;
    uint64_t rights;            /* PTE_W, PTE_U: all levels; PTE_NX: any */
    uint64_t *touched[5];       /* entries to mark accessed */
    unsigned ntouched;
    uint64_t seen[5];           /* the entries as read, for dumps */
    unsigned nseen;
};

static const struct paging_mode *paging_mode(const struct vm_state *s)
{
    if (!(s->cr0 & CR0_PG))
        return NULL;
    if (!(s->cr4 & CR4_PAE))
        return &mode_32;
    if (!(s->efer & EFER_LMA))
        return &mode_pae;
    return s->cr4 & CR4_LA57 ? &mode_5 : &mode_4;
}

static unsigned fault(const struct walk *w, unsigned bits)
{
    unsigned fetch = (w->v->s->efer & EFER_NXE) || (w->v->s->cr4 & CR4_SMEP) ? PF_FETCH : 0;

    return GUEST_FAULT | bits | (w->access & (PF_WRITE | PF_USER | fetch));
}

/* Bits that must be zero in an entry at `level` (1 = the last). [1] 4.4.2, 4.5, tables 4-14 to 4-20. */
static bool reserved_bits(const struct walk *w, uint64_t e, unsigned level)
{
    const struct vm_state *s = w->v->s;
    uint64_t beyond = PTE_ADDRESS & ~((1ull << w->v->vm->phys_bits) - 1);

    if (w->mode->entry_bytes == 4)
        return false;
    if (w->mode == &mode_pae && level == 3)           /* low bits are the CPU's to judge: QEMU sets A in PDPTEs */
        return e & (beyond | PTE_NX);
    if (e & beyond)
        return true;
    if ((e & PTE_NX) && !(s->efer & EFER_NXE))
        return true;
    if (!(e & PTE_PS) || level == 1)
        return false;
    if (level >= 4)
        return true;
    uint64_t low = level == 3 ? 0x3fffe000 : 0x1fe000;    /* address bits below the page size, PAT bit aside */

    return e & low;
}

static bool is_leaf(const struct walk *w, uint64_t e, unsigned level)
{
    if (level == 1)
        return true;
    if (!(e & PTE_PS) || (w->mode == &mode_pae && level == 3))
        return false;
    return w->mode->entry_bytes == 8 || (w->v->s->cr4 & CR4_PSE);
}

/* Rights of the whole walk against the access. [1] 4.6.1. */
static bool permitted(const struct walk *w)
{
    const struct vm_state *s = w->v->s;
    bool user_page = w->rights & PTE_U, user = w->access & PF_USER, fetch = w->access & PF_FETCH;

    if ((w->access & PF_WRITE) && !(w->rights & PTE_W) && (user || (s->cr0 & CR0_WP)))
        return false;
    if (user && !user_page)
        return false;
    if (fetch && (w->rights & PTE_NX))
        return false;
    if (user || !user_page || (w->access & GUEST_PROBE))
        return true;
    if (fetch)
        return !(s->cr4 & CR4_SMEP);
    return !(s->cr4 & CR4_SMAP) || (s->rflags & RFLAGS_AC);
}

static uint64_t leaf_address(const struct walk *w, uint64_t e, unsigned shift)
{
    uint64_t offset = (1ull << shift) - 1;

    if (w->mode->entry_bytes == 4 && shift == 22)         /* PSE-36: bits 20:13 are address bits 39:32 */
        return (e & 0xffc00000) | ((e & 0x1fe000) << 19) | (w->gla & offset);
    return (e & PTE_ADDRESS & ~offset) | (w->gla & offset);
}

static void mark_accessed(struct walk *w)
{
    for (unsigned i = 0; i < w->ntouched; i++) {
        uint64_t bits = PTE_A | (i + 1 == w->ntouched && (w->access & PF_WRITE) ? PTE_D : 0);

        if (w->mode->entry_bytes == 4)
            __atomic_fetch_or((uint32_t *)w->touched[i], (uint32_t)bits, __ATOMIC_RELAXED);
        else if (w->mode != &mode_pae || i > 0)           /* PDPTEs have no A bit */
            __atomic_fetch_or(w->touched[i], bits, __ATOMIC_RELAXED);
    }
}

static unsigned walk_tables(struct walk *w, uint64_t *gpa)
{
    const struct paging_mode *m = w->mode;
    const struct vm_state *s = w->v->s;
    uint64_t table = m == &mode_32 ? s->cr3 & 0xfffff000 : m == &mode_pae ? s->cr3 & 0xffffffe0 : s->cr3 & PTE_ADDRESS;

    w->rights = PTE_W | PTE_U;
    for (unsigned level = m->levels; level > 0; level--) {
        unsigned shift = 12 + (level - 1) * m->index_bits;
        unsigned bits = level == m->levels ? m->top_index_bits : m->index_bits;
        uint64_t index = (w->gla >> shift) & ((1u << bits) - 1);
        void *at = guest_ptr(w->v->vm, table + index * m->entry_bytes, m->entry_bytes);

        if (!at)
            return GUEST_FAULT | GUEST_NO_RAM;
        uint64_t e = m->entry_bytes == 4 ? __atomic_load_n((uint32_t *)at, __ATOMIC_RELAXED)
                                         : __atomic_load_n((uint64_t *)at, __ATOMIC_RELAXED);
        w->seen[w->nseen++] = e;
        if (!(e & PTE_P))
            return fault(w, 0);
        if (reserved_bits(w, e, level))
            return fault(w, PF_PRESENT | PF_RESERVED);
        w->touched[w->ntouched++] = at;
        if (m != &mode_pae || level < 3) {
            w->rights &= e | ~(PTE_W | PTE_U);
            w->rights |= s->efer & EFER_NXE ? e & PTE_NX : 0;
        }
        if (is_leaf(w, e, level)) {
            if (!permitted(w))
                return fault(w, PF_PRESENT);
            *gpa = leaf_address(w, e, shift);
            return 0;
        }
        table = e & PTE_ADDRESS;
    }
    return GUEST_FAULT;
}

unsigned guest_translate(struct vcpu *v, uint64_t gla, unsigned access, uint64_t *gpa)
{
    vcpu_need(v, VM_GROUP_CR);
    struct walk w = { .v = v, .mode = paging_mode(v->s), .gla = gla, .access = access };

    if (!w.mode) {
        *gpa = gla & 0xffffffff;
        return 0;
    }
    if (w.mode->levels < 4)
        w.gla &= 0xffffffff;
    unsigned error = walk_tables(&w, gpa);

    if (!error && !(access & GUEST_PROBE))
        mark_accessed(&w);
    return error;
}

unsigned guest_walk_entries(struct vcpu *v, uint64_t gla, uint64_t entry[5], unsigned *n)
{
    uint64_t gpa;
    struct walk w = { .v = v, .mode = paging_mode(v->s), .gla = gla, .access = GUEST_PROBE };

    *n = 0;
    if (!w.mode)
        return 0;
    if (w.mode->levels < 4)
        w.gla &= 0xffffffff;
    unsigned error = walk_tables(&w, &gpa);
    for (; *n < w.nseen; ++*n)
        entry[*n] = w.seen[*n];
    return error;
}

bool guest_canonical(struct vcpu *v, uint64_t address)
{
    vcpu_need(v, VM_GROUP_CR);
    unsigned bits = (v->s->cr4 & CR4_LA57) ? 57 : 48;

    return (uint64_t)((int64_t)(address << (64 - bits)) >> (64 - bits)) == address;
}

/* Walks [address, +len) page by page; with `buffer` copies, without only checks. */
static int each_page(struct vcpu *v, uint64_t address, uint8_t *buffer, size_t len, bool write)
{
    unsigned access = GUEST_PROBE | (write ? PF_WRITE : 0) | (vcpu_cpl(v) == 3 ? PF_USER : 0);

    while (len) {
        size_t n = 4096 - (address & 4095);
        uint64_t gpa;
        uint8_t *at;

        if (n > len)
            n = len;
        if (guest_translate(v, address, access, &gpa) ||
            !(at = guest_ptr(v->vm, gpa, n)))
            return -1;
        if (buffer) {
            memcpy(write ? at : buffer, write ? buffer : at, n);
            buffer += n;
        }
        address += n, len -= n;
    }
    return 0;
}

int vcpu_read_mem(vm_vcpu_t *v, uint64_t address, void *buffer, size_t len)
{
    return each_page(v, address, buffer, len, false);
}

int vcpu_write_mem(vm_vcpu_t *v, uint64_t address, const void *buffer, size_t len)
{
    if (each_page(v, address, NULL, len, true))
        return -1;
    return each_page(v, address, (uint8_t *)(uintptr_t)buffer, len, true);
}
