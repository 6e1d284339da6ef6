// SPDX-License-Identifier: BSD-2-Clause
// What CPUID shows, from made-up CPUs: nothing the monitor does not carry, nothing the CPU lacks, sizes that agree.
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <vmm/x86.h>

#include "cpuid.h"

static struct cpuid_table t;
static uint32_t max_leaf, ones;
static const char *vendor;

/* A CPU that claims everything (`ones` = all ones) or nothing. */
static void query(uint32_t leaf, uint32_t sub, uint32_t r[4])
{
    for (int i = 0; i < 4; i++)
        r[i] = ones;
    switch (leaf) {
    case 0:
        r[EAX] = max_leaf;
        memcpy(&r[EBX], vendor, 4), memcpy(&r[EDX], vendor + 4, 4), memcpy(&r[ECX], vendor + 8, 4);
        break;
    case 0x80000000:
        r[EAX] = 0x80000021;
        break;
    case 0xd:
        memset(r, 0, 16);
        if (sub == 1)
            r[EAX] = 0xf;                                    /* XSAVEOPT XSAVEC XGETBV1 XSAVES */
        if (sub == 2)
            r[EAX] = 256, r[EBX] = 576;
        if (sub >= 5 && sub <= 7)
            r[EAX] = sub == 5 ? 64 : sub == 6 ? 512 : 1024, r[EBX] = sub == 5 ? 1088 : sub == 6 ? 1152 : 1664, r[ECX] = 2;
        break;
    case 4:
    case 0x8000001d:
        r[EAX] = sub < 4 ? 0x21 | (sub == 3 ? 3u : sub + 1) << 5 | 0xfffc000 : 0;
        break;
    case 0x80000008:
        r[EAX] = 0x3030 | (ones & 0xffff0000);
        break;
    }
}

static void build(const char *who, uint32_t bits, uint64_t xcr0, unsigned ncpus)
{
    struct cpuid_source s = { .query = query, .xcr0 = xcr0, .ncpus = ncpus, .tsc_hz = 2000000000, .bus_hz = 1000000000,
                              .kvm = true };

    vendor = who, ones = bits, max_leaf = 0x1f;
    cpuid_build(&t, &s);
}

static uint32_t reg(uint32_t leaf, uint32_t sub, enum cpuid_reg which)
{
    uint32_t r[4];

    cpuid_read(&t, leaf, sub, 0, 0, 0, r);
    return r[which];
}

/* What a guest must never see, however much the CPU has. */
static const struct { uint32_t leaf; enum cpuid_reg reg; uint8_t bit; const char *name; } hidden[] = {
    { 1, ECX, 2, "DTES64" }, { 1, ECX, 3, "MONITOR" }, { 1, ECX, 5, "VMX" }, { 1, ECX, 6, "SMX" }, { 1, ECX, 7, "EIST" },
    { 1, ECX, 15, "PDCM" }, { 1, ECX, 27, "OSXSAVE before the guest sets it" }, { 1, EDX, 21, "DS" },
    { 1, EDX, 22, "ACPI thermal" }, { 1, EDX, 29, "TM" }, { 7, EBX, 4, "HLE" }, { 7, EBX, 11, "RTM" },
    { 7, EBX, 2, "SGX" }, { 7, EBX, 12, "RDT-M" }, { 7, EBX, 25, "PT" }, { 7, ECX, 3, "PKU" }, { 7, ECX, 16, "LA57" },
    { 7, EDX, 26, "IBRS" }, { 7, EDX, 27, "STIBP" }, { 7, EDX, 29, "ARCH_CAPABILITIES" }, { 7, EDX, 31, "SSBD" },
    { 0x80000001, ECX, 2, "SVM" }, { 0x80000001, ECX, 10, "IBS" }, { 0x80000001, ECX, 12, "SKINIT" },
    { 0x80000001, ECX, 13, "WDT" }, { 0x80000001, ECX, 23, "PerfCtrExtCore" }, { 0x80000001, ECX, 29, "MONITORX" },
};

static void the_unsupported_stays_hidden(void **state)
{
    static const char *const who[] = { "AuthenticAMD", "GenuineIntel" };

    for (unsigned w = 0; w < 2; w++) {
        build(who[w], ~0u, 7 | 7 << 5, 1);
        for (unsigned i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++)
            if (cpuid_has(&t, hidden[i].leaf, hidden[i].reg, hidden[i].bit))
                fail_msg("%s shows %s", who[w], hidden[i].name);
        assert_int_equal(reg(0xa, 0, EAX), 0);               /* no performance counters */
        assert_int_equal(reg(5, 0, EAX), 0);                 /* no MWAIT */
        assert_int_equal(reg(0x8000000a, 0, EDX), 0);        /* no SVM features */
        assert_int_equal(reg(0x12345678, 0, EAX), 0);
    }
}

static void what_the_monitor_carries_is_there_anyway(void **state)
{
    build("AuthenticAMD", 0, 0, 1);
    assert_true(cpuid_has(&t, 1, ECX, 21));                  /* x2APIC */
    assert_true(cpuid_has(&t, 1, ECX, 24));                  /* TSC deadline */
    assert_true(cpuid_has(&t, 1, ECX, 31));                  /* hypervisor */
    assert_true(cpuid_has(&t, 1, EDX, 9));                   /* APIC */
    assert_int_equal(reg(0x40000000, 0, EBX), 0x4b4d564b);   /* "KVMK" */
    assert_false(cpuid_has(&t, 1, ECX, 0));                  /* and nothing the CPU lacks */
    assert_false(cpuid_has(&t, 7, EBX, 0));
    assert_false(cpuid_has(&t, 0x80000001, EDX, 29));
}

static void state_that_is_not_saved_hides_its_features(void **state)
{
    build("GenuineIntel", ~0u, 3, 1);                        /* SSE only */
    assert_true(cpuid_has(&t, 1, ECX, 26));                  /* XSAVE */
    assert_false(cpuid_has(&t, 1, ECX, 28));                 /* AVX */
    assert_false(cpuid_has(&t, 7, EBX, 5));                  /* AVX2 */
    assert_false(cpuid_has(&t, 7, EBX, 16));                 /* AVX-512 */
    build("GenuineIntel", ~0u, 7, 1);
    assert_true(cpuid_has(&t, 7, EBX, 5));
    assert_false(cpuid_has(&t, 7, EBX, 16));
    build("GenuineIntel", ~0u, 7 | 3 << 5, 1);               /* a part of AVX-512 is none of it */
    assert_false(cpuid_has(&t, 7, EBX, 16));
    assert_int_equal(t.xcr0, 7);
    build("GenuineIntel", ~0u, 0, 1);
    assert_false(cpuid_has(&t, 1, ECX, 26));
    assert_int_equal(reg(0xd, 0, EAX), 0);
}

static void xsave_sizes_follow_xcr0(void **state)
{
    uint32_t r[4];

    build("AuthenticAMD", ~0u, 7 | 7 << 5, 1);
    assert_int_equal(reg(0xd, 0, EAX), 0xe7);
    assert_int_equal(reg(0xd, 0, ECX), 2688);                /* everything on */
    assert_int_equal(reg(0xd, 1, EAX), 7);                   /* no XSAVES */
    cpuid_read(&t, 0xd, 0, 0, 0, 3, r);
    assert_int_equal(r[EBX], 576);
    cpuid_read(&t, 0xd, 0, 0, 0, 7, r);
    assert_int_equal(r[EBX], 832);
    cpuid_read(&t, 0xd, 1, 0, 0, 3 | 7 << 5, r);             /* compacted, aligned to 64: no AVX part */
    assert_int_equal(r[EBX], 576 + 64 + 512 + 1024);
    cpuid_read(&t, 0xd, 9, 0, 0, 7, r);
    assert_int_equal(r[EAX], 0);
}

static void osxsave_and_apic_id_are_the_vcpus(void **state)
{
    uint32_t r[4];

    build("AuthenticAMD", ~0u, 7, 4);
    cpuid_read(&t, 1, 0, 3, CR4_OSXSAVE, 7, r);
    assert_true(r[ECX] >> 27 & 1);
    assert_int_equal(r[EBX] >> 24, 3);
    assert_int_equal(r[EBX] >> 16 & 0xff, 4);
    cpuid_read(&t, 0xb, 0, 3, 0, 0, r);
    assert_int_equal(r[EDX], 3);
    cpuid_read(&t, 0xb, 1, 3, 0, 0, r);
    assert_int_equal(r[EBX], 4);
    assert_int_equal(r[ECX], 0x201);
}

static void caches_are_shared_by_the_vcpus_there_are(void **state)
{
    build("GenuineIntel", ~0u, 7, 2);
    assert_int_equal(reg(4, 0, EAX) >> 14 & 0xfff, 0);       /* level 1 is a core's own */
    assert_int_equal(reg(4, 3, EAX) >> 14 & 0xfff, 1);       /* level 3 is both's */
    assert_int_equal(reg(4, 4, EAX) & 0x1f, 0);
    assert_int_equal(reg(0, 0, EAX), 0x16);
    build("AuthenticAMD", ~0u, 7, 2);
    assert_int_equal(reg(0x8000001d, 3, EAX) >> 14 & 0xfff, 1);
    assert_int_equal(reg(0x80000000, 0, EAX), 0x80000021);
}

static void leaves_are_sorted_and_fit(void **state)
{
    build("GenuineIntel", ~0u, 7 | 7 << 5, 16);
    assert_true(t.count < CPUID_MAX_ENTRIES);
    for (unsigned i = 1; i < t.count; i++) {
        const struct cpuid_entry *a = &t.entry[i - 1], *b = &t.entry[i];
        assert_true(a->leaf < b->leaf || (a->leaf == b->leaf && a->subleaf < b->subleaf));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_unsupported_stays_hidden),
        cmocka_unit_test(what_the_monitor_carries_is_there_anyway),
        cmocka_unit_test(state_that_is_not_saved_hides_its_features),
        cmocka_unit_test(xsave_sizes_follow_xcr0),
        cmocka_unit_test(osxsave_and_apic_id_are_the_vcpus),
        cmocka_unit_test(caches_are_shared_by_the_vcpus_there_are),
        cmocka_unit_test(leaves_are_sorted_and_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
