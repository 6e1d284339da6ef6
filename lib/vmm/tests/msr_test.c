// SPDX-License-Identifier: BSD-2-Clause
// Model-specific registers as a guest meets them: the table's order, what is refused, what is kept, what has effects.
#include "fake_host.h"

#include <vmm/x86.h>

static struct fake f;

static uint64_t get(uint32_t index)
{
    uint64_t value = 0xdead;

    if (msr_read(f.v, index, &value) != EXIT_NEXT_INSN)
        fail_msg("reading %#x is refused", index);
    return value;
}

static void put(uint32_t index, uint64_t value)
{
    if (msr_write(f.v, index, value) != EXIT_NEXT_INSN)
        fail_msg("writing %#lx to %#x is refused", value, index);
}

static void refuse(uint32_t index, uint64_t value)
{
    if (msr_write(f.v, index, value) != EXIT_INJECT_GP)
        fail_msg("writing %#lx to %#x is not refused", value, index);
}

static void the_table_is_sorted(void **state)
{
    static const uint32_t index[] = {
#define MSR_KEPT(index, name, reset, writable) index,
#define MSR_FIXED(index, name, value, on_write) index,
#define MSR_CALL(index, name, read, write) index,
#include "msr.def"
#undef MSR_KEPT
#undef MSR_FIXED
#undef MSR_CALL
    };

    for (unsigned i = 1; i < sizeof(index) / sizeof(index[0]); i++)
        if (index[i - 1] >= index[i])
            fail_msg("%#x stands before %#x", index[i - 1], index[i]);
}

static void what_is_not_there_is_refused(void **state)
{
    static const uint32_t absent[] = { 0x1, 0xc1, 0x38f, 0x480, 0x1d9 + 1, 0x4b564d02, 0xc0000085, 0xc0010117, ~0u };
    uint64_t value;

    for (unsigned i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        assert_int_equal(msr_read(f.v, absent[i], &value), EXIT_INJECT_GP);
        assert_int_equal(msr_write(f.v, absent[i], 0), EXIT_INJECT_GP);
        assert_null(msr_name(absent[i]));
    }
    assert_string_equal(msr_name(0xc0000080), "EFER");
}

static void kept_ones_keep_their_writable_bits(void **state)
{
    put(0x200, 0x12345006);
    assert_int_equal(get(0x200), 0x12345006);
    put(0x2ff, 0x800);
    refuse(0x2ff, 0x1000);
    assert_int_equal(get(0x2ff), 0x800);
    msr_reset(f.v);
    assert_int_equal(get(0x2ff), 0xc06);
    refuse(0xfe, 0);                                         /* MTRR_CAP is read-only */
    put(0x79, 0);                                            /* a microcode load is taken and forgotten */
}

static void efer_changes_as_on_a_cpu(void **state)
{
    f.state.valid = VM_GROUP_ALL;
    f.state.cr0 = CR0_PE;
    f.state.efer = EFER_SVME;                                /* the backend's own bit */
    assert_int_equal(get(0xc0000080), 0);
    if (!cpuid_has(&f.vm->cpuid, 0x80000001, EDX, 29))
        skip();                                              /* the build machine has no long mode */
    f.state.dirty = 0;
    put(0xc0000080, EFER_LME | EFER_SCE);
    assert_int_equal(f.state.efer, EFER_LME | EFER_SCE | EFER_SVME);
    assert_true(f.state.dirty & VM_GROUP_CR);
    f.state.cr0 |= CR0_PG;
    refuse(0xc0000080, EFER_SCE);                            /* LME while paging is on */
    refuse(0xc0000080, EFER_LME | EFER_SVME);
    refuse(0xc0000080, 1ull << 40);
}

static void pat_takes_memory_types_only(void **state)
{
    put(0x277, 0x0007040600070406);
    assert_int_equal(get(0x277), 0x0007040600070406);
    refuse(0x277, 0x0007040600070402);
    refuse(0x277, 0xff07040600070406);
}

static void addresses_must_be_canonical(void **state)
{
    static const uint32_t holds_address[] = { 0x175, 0x176, 0xc0000082, 0xc0000083, 0xc0000100, 0xc0000101, 0xc0000102 };

    for (unsigned i = 0; i < sizeof(holds_address) / sizeof(holds_address[0]); i++) {
        put(holds_address[i], 0xffff800000001000);
        assert_int_equal(get(holds_address[i]), 0xffff800000001000);
        refuse(holds_address[i], 0x1000000000000000);
    }
    put(0xc0000081, 0x1000000000000000);                     /* STAR holds selectors */
}

static void the_tsc_is_the_hosts_with_an_offset(void **state)
{
    f.now = 1000000;
    put(0x10, 0);
    f.now += 500;
    assert_int_equal(get(0x10), 500);
    assert_true(f.state.dirty & VM_GROUP_TSC);
}

static void the_local_apic_has_its_own(void **state)
{
    assert_int_equal(get(0x1b) & 0xfffff000, 0xfee00000);
    refuse(0x808, 0x10);                                     /* x2APIC registers want x2APIC mode */
    put(0x1b, get(0x1b) | 1 << 10);
    put(0x808, 0x10);
    assert_int_equal(get(0x808), 0x10);
}

/* Any access of a guest ends in an answer, none in a crash. */
static void random_accesses_do_no_harm(void **state)
{
    uint64_t seed = 88172645463325252ull;
    static const uint32_t base[] = { 0, 0x170, 0x200, 0x800, 0x4b564d00, 0xc0000080, 0xc0010000, 0xc0011000 };

    for (unsigned i = 0; i < 200000; i++) {
        uint64_t value;
        seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
        uint32_t index = base[seed & 7] + (seed >> 8 & 0x1ff);
        enum exit_action a = seed >> 20 & 1 ? msr_write(f.v, index, seed) : msr_read(f.v, index, &value);
        assert_true(a == EXIT_NEXT_INSN || a == EXIT_INJECT_GP);
    }
}

static int set_up(void **state)
{
    if (!fake_machine(&f, 32))
        return -1;
    f.state.valid = VM_GROUP_ALL;
    return 0;
}

static int tear_down(void **state)
{
    fake_free(&f);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_sorted),
        cmocka_unit_test_setup_teardown(what_is_not_there_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kept_ones_keep_their_writable_bits, set_up, tear_down),
        cmocka_unit_test_setup_teardown(efer_changes_as_on_a_cpu, set_up, tear_down),
        cmocka_unit_test_setup_teardown(pat_takes_memory_types_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(addresses_must_be_canonical, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_tsc_is_the_hosts_with_an_offset, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_local_apic_has_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(random_accesses_do_no_harm, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
