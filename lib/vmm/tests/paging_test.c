// SPDX-License-Identifier: BSD-2-Clause
// The guest's address translation: each paging mode and page size, each right and its error code, reserved bits,
// accessed and dirty bits, tables outside RAM.
#include "fake_host.h"

#include <vmm/x86.h>

#define P 1ull
#define W 2ull
#define U 4ull
#define A 0x20ull
#define D 0x40ull
#define PS 0x80ull
#define NX (1ull << 63)
#define ROOT 0x100000u                   /* tables: one page each from here */
#define TABLE(n) (ROOT + 0x1000u * (n))

static struct fake f;

static void put64(uint64_t gpa, unsigned index, uint64_t e) { memcpy(fake_ram(&f, gpa + 8 * index), &e, 8); }
static void put32(uint64_t gpa, unsigned index, uint32_t e) { memcpy(fake_ram(&f, gpa + 4 * index), &e, 4); }
static uint64_t get64(uint64_t gpa, unsigned index)
{
    uint64_t e;
    memcpy(&e, fake_ram(&f, gpa + 8 * index), 8);
    return e;
}

static void mode(uint64_t cr4, uint64_t efer)
{
    f.state.valid = VM_GROUP_ALL;
    f.state.cr0 = CR0_PE | CR0_PG | CR0_WP;
    f.state.cr4 = cr4;
    f.state.efer = efer;
    f.state.cr3 = ROOT;
    f.state.rflags = RFLAGS_FIXED;
    memset(fake_ram(&f, ROOT), 0, 0x10000);
}

/* Four levels: 0x40201000 + x is page 0x300000 through entries 0, 1, 1, 1. */
#define VA 0x40201000ull
static void four_levels(uint64_t leaf)
{
    mode(CR4_PAE, EFER_LMA | EFER_LME | EFER_NXE);
    put64(TABLE(0), 0, TABLE(1) | P | W | U);
    put64(TABLE(1), 1, TABLE(2) | P | W | U);
    put64(TABLE(2), 1, TABLE(3) | P | W | U);
    put64(TABLE(3), 1, leaf);
}

static uint64_t reach(uint64_t gla, unsigned access)
{
    uint64_t gpa = 0;
    unsigned error = guest_translate(f.v, gla, access, &gpa);

    if (error)
        fail_msg("%#lx: error %#x", gla, error);
    return gpa;
}

/* The #PF error code of an access that must fault. */
static unsigned refuse(uint64_t gla, unsigned access)
{
    uint64_t gpa;
    unsigned error = guest_translate(f.v, gla, access, &gpa);

    assert_true(error & GUEST_FAULT);
    return error & 0xffff;
}

static void no_paging_is_the_address_itself(void **state)
{
    mode(0, 0);
    f.state.cr0 = CR0_PE;
    assert_int_equal(reach(0x12345678, PF_WRITE), 0x12345678);
}

static void two_levels(void **state)
{
    mode(CR4_PSE, 0);
    put32(ROOT, 1, TABLE(1) | P | W | U);
    put32(TABLE(1), 2, 0x300000 | P | W | U);
    put32(ROOT, 2, 0x400000 | P | W | U | PS);
    put32(ROOT, 3, 0x00402000 | P | W | PS);             /* PSE-36: bit 13 is address bit 32 */
    assert_int_equal(reach(0x00402abc, PF_WRITE), 0x300abc);
    assert_int_equal(reach(0x00812345, 0), 0x412345);
    assert_int_equal(reach(0x00c00000, 0), 0x100400000);
    f.state.cr4 = 0;                                     /* without PSE the bit means nothing: a table */
    assert_int_equal(refuse(0x00812345, 0), 0);
}

static void three_levels(void **state)
{
    mode(CR4_PAE, EFER_NXE);
    f.state.cr3 = ROOT + 0x20;                           /* 32-byte alignment is enough */
    put64(ROOT + 0x20, 1, TABLE(1) | P);
    put64(TABLE(1), 1, TABLE(2) | P | W | U);
    put64(TABLE(1), 2, 0x600000 | P | W | U | PS);
    put64(TABLE(2), 1, 0x300000 | P | W | U);
    assert_int_equal(reach(VA + 5, PF_WRITE | PF_USER), 0x300005);
    assert_int_equal(reach(0x40412345, 0), 0x612345);
    assert_int_equal(reach(0x100000000ull + VA, 0), 0x300000);    /* addresses have 32 bits */
    put64(ROOT + 0x20, 1, TABLE(1) | P | NX);            /* reserved in the top level */
    assert_int_equal(refuse(VA, 0), PF_PRESENT | PF_RESERVED);
}

static void four_and_five_levels(void **state)
{
    four_levels(0x300000 | P | W | U);
    assert_int_equal(reach(VA + 0xfff, PF_WRITE | PF_USER), 0x300fff);
    put64(TABLE(1), 2, 0x40000000 | P | W | U | PS);     /* a page of 1 GiB */
    assert_int_equal(reach(0x80001234, 0), 0x40001234);
    put64(TABLE(2), 2, 0x600000 | P | W | PS);
    assert_int_equal(reach(0x40412345, 0), 0x612345);
    four_levels(0x300000 | P | W | U);
    f.state.cr4 |= CR4_LA57;
    f.state.cr3 = TABLE(8);
    put64(TABLE(8), 3, TABLE(0) | P | W | U);
    assert_int_equal(reach((3ull << 48) + VA, 0), 0x300000);
}

struct right { uint64_t leaf; uint64_t cr0, cr4, rflags; unsigned access; int error; };     /* -1: permitted */
static const struct right rights[] = {
    { 0,                  CR0_WP, 0, 0, 0,                      0 },
    { 0,                  CR0_WP, 0, 0, PF_WRITE | PF_USER,     PF_WRITE | PF_USER },
    { P,                  CR0_WP, 0, 0, 0,                      -1 },
    { P,                  CR0_WP, 0, 0, PF_WRITE,               PF_PRESENT | PF_WRITE },
    { P,                  0,      0, 0, PF_WRITE,               -1 },
    { P | U,              0,      0, 0, PF_WRITE | PF_USER,     PF_PRESENT | PF_WRITE | PF_USER },
    { P | W,              CR0_WP, 0, 0, PF_USER,                PF_PRESENT | PF_USER },
    { P | W | U,          CR0_WP, 0, 0, PF_WRITE | PF_USER,     -1 },
    { P | W | U,          CR0_WP, CR4_SMAP, 0, 0,               PF_PRESENT },
    { P | W | U,          CR0_WP, CR4_SMAP, RFLAGS_AC, 0,       -1 },
    { P | W | U,          CR0_WP, CR4_SMAP, 0, PF_USER,         -1 },
    { P | W | U,          CR0_WP, CR4_SMAP, 0, GUEST_PROBE,     -1 },
    { P | U,              CR0_WP, CR4_SMEP, 0, PF_FETCH,        PF_PRESENT | PF_FETCH },
    { P | U,              CR0_WP, CR4_SMEP, 0, PF_FETCH | PF_USER, -1 },
    { P | W | U | NX,     CR0_WP, 0, 0, PF_FETCH,               PF_PRESENT | PF_FETCH },
    { P | W | U | NX,     CR0_WP, 0, 0, 0,                      -1 },
    { P | 1ull << 51,     CR0_WP, 0, 0, 0,                      PF_PRESENT | PF_RESERVED },
};

static void every_right_and_its_error(void **state)
{
    for (unsigned i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        const struct right *r = &rights[i];
        uint64_t gpa;

        four_levels(0x300000 | r->leaf);
        f.state.cr0 = CR0_PE | CR0_PG | r->cr0;
        f.state.cr4 |= r->cr4;
        f.state.rflags |= r->rflags;
        unsigned error = guest_translate(f.v, VA, r->access, &gpa);
        if (r->error < 0 ? error != 0 : error != (GUEST_FAULT | (unsigned)r->error))
            fail_msg("row %u: error %#x", i, error);
    }
}

static void upper_levels_take_rights_away(void **state)
{
    four_levels(0x300000 | P | W | U);
    put64(TABLE(1), 1, TABLE(2) | P | U);
    assert_int_equal(refuse(VA, PF_WRITE), PF_PRESENT | PF_WRITE);
    put64(TABLE(1), 1, TABLE(2) | P | W);
    assert_int_equal(refuse(VA, PF_USER), PF_PRESENT | PF_USER);
    put64(TABLE(1), 1, TABLE(2) | P | W | U | NX);
    assert_int_equal(refuse(VA, PF_FETCH), PF_PRESENT | PF_FETCH);
    f.state.efer &= ~EFER_NXE;                           /* then the bit is reserved */
    assert_int_equal(refuse(VA, 0), PF_PRESENT | PF_RESERVED);
}

static void reserved_bits_of_large_pages(void **state)
{
    four_levels(0);
    put64(TABLE(2), 1, 0x602000 | P | W | PS);           /* 8 KiB off its 2 MiB */
    assert_int_equal(refuse(VA, 0), PF_PRESENT | PF_RESERVED);
    put64(TABLE(1), 1, 0x40200000 | P | W | PS);         /* 2 MiB off its 1 GiB */
    assert_int_equal(refuse(VA, 0), PF_PRESENT | PF_RESERVED);
    put64(TABLE(0), 0, P | W | PS);                      /* no pages that large */
    assert_int_equal(refuse(VA, 0), PF_PRESENT | PF_RESERVED);
}

static void accessed_and_dirty(void **state)
{
    four_levels(0x300000 | P | W | U);
    reach(VA, GUEST_PROBE | PF_WRITE);
    assert_int_equal(get64(TABLE(3), 1) & (A | D), 0);
    reach(VA, 0);
    assert_int_equal(get64(TABLE(0), 0) & (A | D), A);
    assert_int_equal(get64(TABLE(3), 1) & (A | D), A);
    reach(VA, PF_WRITE);
    assert_int_equal(get64(TABLE(2), 1) & (A | D), A);
    assert_int_equal(get64(TABLE(3), 1) & (A | D), A | D);
    four_levels(0x300000 | P);
    refuse(VA, PF_WRITE);                                /* a fault leaves no trace */
    assert_int_equal(get64(TABLE(0), 0) & A, 0);
}

static void tables_outside_ram_are_told(void **state)
{
    uint64_t gpa;

    four_levels(0x300000 | P);
    f.state.cr3 = 0x0000000fffff000ull;
    assert_true(guest_translate(f.v, VA, 0, &gpa) & GUEST_NO_RAM);
    four_levels(0x300000 | P);
    put64(TABLE(2), 1, 0xfee00000 | P | W | U);
    assert_true(guest_translate(f.v, VA, 0, &gpa) & GUEST_NO_RAM);
}

static void copies_cross_pages_or_do_nothing(void **state)
{
    char text[16] = "";

    four_levels(0x300000 | P | W);
    put64(TABLE(3), 2, 0x500000 | P | W);
    assert_int_equal(vcpu_write_mem(f.v, VA + 0xffa, "across pages", 12), 0);
    assert_memory_equal(fake_ram(&f, 0x300ffa), "across", 6);
    assert_memory_equal(fake_ram(&f, 0x500000), " pages", 6);
    assert_int_equal(vcpu_read_mem(f.v, VA + 0xffa, text, 12), 0);
    assert_string_equal(text, "across pages");
    put64(TABLE(3), 2, 0x500000 | P);                    /* the second page is read-only: nothing is written */
    assert_int_equal(vcpu_write_mem(f.v, VA + 0xffa, "ACROSS PAGES", 12), -1);
    assert_memory_equal(fake_ram(&f, 0x300ffa), "across", 6);
}

static void copies_have_the_callers_rights(void **state)
{
    char text[4];

    four_levels(0x300000 | P | W | U);
    put64(TABLE(3), 2, 0x500000 | P | W);
    f.state.seg[VM_SS].attr |= 3 << 5;                   /* user mode */
    f.state.valid |= VM_GROUP_CODE;
    assert_int_equal(vcpu_read_mem(f.v, VA, text, 4), 0);
    assert_int_equal(vcpu_read_mem(f.v, VA + 0x1000, text, 4), -1);
    assert_int_equal(vcpu_write_mem(f.v, VA + 0xffe, text, 4), -1);
    f.state.seg[VM_SS].attr &= (uint16_t)~(3 << 5);
    assert_int_equal(vcpu_write_mem(f.v, VA + 0xffe, text, 4), 0);
}

static void canonical_addresses(void **state)
{
    four_levels(0);
    assert_true(guest_canonical(f.v, 0x00007fffffffffff));
    assert_true(guest_canonical(f.v, 0xffff800000000000));
    assert_false(guest_canonical(f.v, 0x0000800000000000));
    f.state.cr4 |= CR4_LA57;
    assert_true(guest_canonical(f.v, 0x0000800000000000));
    assert_false(guest_canonical(f.v, 0x0100000000000000));
}

static int set_up(void **state) { return fake_machine(&f, 64) ? 0 : -1; }
static int tear_down(void **state)
{
    fake_free(&f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_paging_is_the_address_itself),
        cmocka_unit_test(two_levels),
        cmocka_unit_test(three_levels),
        cmocka_unit_test(four_and_five_levels),
        cmocka_unit_test(every_right_and_its_error),
        cmocka_unit_test(upper_levels_take_rights_away),
        cmocka_unit_test(reserved_bits_of_large_pages),
        cmocka_unit_test(accessed_and_dirty),
        cmocka_unit_test(tables_outside_ram_are_told),
        cmocka_unit_test(copies_cross_pages_or_do_nothing),
        cmocka_unit_test(copies_have_the_callers_rights),
        cmocka_unit_test(canonical_addresses),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
