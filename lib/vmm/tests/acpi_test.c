// SPDX-License-Identifier: BSD-2-Clause
// ACPI tables: checksums, lengths, pointers from RSDP to DSDT. With a file name as argument writes the DSDT there, for
// a disassembler.
#include "fake_host.h"

#include "load.h"

static struct fake f;

static uint32_t u32(const uint8_t *p) { uint32_t v; memcpy(&v, p, 4); return v; }
static uint64_t u64(const uint8_t *p) { uint64_t v; memcpy(&v, p, 8); return v; }

static void check_table(uint64_t gpa, const char *signature)
{
    const uint8_t *t = fake_ram(&f, gpa);
    uint8_t sum = 0;

    assert_memory_equal(t, signature, 4);
    assert_in_range(gpa, ACPI_TABLES, ACPI_TABLES_END);
    assert_in_range(u32(t + 4), 36, ACPI_TABLES_END - gpa);
    for (uint32_t i = 0; i < u32(t + 4); i++)
        sum = (uint8_t)(sum + t[i]);
    assert_int_equal(sum, 0);
}

static void tables_hang_together(void **state)
{
    assert_non_null(fake_machine(&f, 64));
    uint64_t rsdp = acpi_build(f.vm);
    const uint8_t *r = fake_ram(&f, rsdp);
    uint8_t sum = 0;

    assert_memory_equal(r, "RSD PTR ", 8);
    for (int i = 0; i < 36; i++)
        sum = (uint8_t)(sum + r[i]);
    assert_int_equal(sum, 0);
    uint64_t xsdt = u64(r + 24);
    check_table(xsdt, "XSDT");
    assert_int_equal(u32(fake_ram(&f, xsdt) + 4), 36 + 16);
    uint64_t fadt = u64(fake_ram(&f, xsdt) + 36), madt = u64(fake_ram(&f, xsdt) + 44);
    check_table(fadt, "FACP");
    assert_int_equal(u32(fake_ram(&f, fadt) + 4), 244);
    assert_int_equal(fake_ram(&f, fadt)[46], 9);
    check_table(madt, "APIC");
    uint64_t dsdt = u64(fake_ram(&f, fadt) + 140);
    assert_int_equal(dsdt, u32(fake_ram(&f, fadt) + 40));
    check_table(dsdt, "DSDT");
    fake_free(&f);
}

/* Walks the MADT's entries: each has a length, they fill the table exactly. */
static void madt_entries_fill_it(void **state)
{
    unsigned count[16] = { 0 };

    assert_non_null(fake_machine(&f, 64));
    uint64_t rsdp = acpi_build(f.vm), xsdt = u64(fake_ram(&f, rsdp) + 24);
    const uint8_t *m = fake_ram(&f, u64(fake_ram(&f, xsdt) + 44));
    uint32_t at = 44, size = u32(m + 4);

    for (; at < size; at += m[at + 1]) {
        assert_in_range(m[at], 0, 15);
        assert_in_range(m[at + 1], 6, 16);
        count[m[at]]++;
    }
    assert_int_equal(at, size);
    assert_int_equal(count[0], 1);
    assert_int_equal(count[1], 1);
    assert_int_equal(count[2], 2);
    assert_int_equal(count[4], 1);
    fake_free(&f);
}

/* The host bridge's windows (word and double word address space descriptors): length = maximum - minimum + 1. */
static void windows_are_as_long_as_they_say(void **state)
{
    unsigned words = 0, dwords = 0;

    assert_non_null(fake_machine(&f, 64));
    uint64_t rsdp = acpi_build(f.vm), xsdt = u64(fake_ram(&f, rsdp) + 24), fadt = u64(fake_ram(&f, xsdt) + 36);
    const uint8_t *d = fake_ram(&f, u64(fake_ram(&f, fadt) + 140));

    for (uint32_t at = 36; at + 26 <= u32(d + 4); at++) {
        const uint8_t *field = d + at + 6;              /* granularity, minimum, maximum, translation, length */
        if (d[at] == 0x88 && d[at + 1] == 3 + 5 * 2 && d[at + 2] == 0 && d[at + 4] == 0x0c) {
            assert_int_equal((u32(field + 8) & 0xffff), (u32(field + 4) & 0xffff) - (u32(field + 2) & 0xffff) + 1);
            words++;
        }
        if (d[at] == 0x87 && d[at + 1] == 3 + 5 * 4 && d[at + 2] == 0 && d[at + 4] == 0x0c) {
            assert_int_equal(u32(field + 16), u32(field + 8) - u32(field + 4) + 1);
            dwords++;
        }
    }
    assert_true(words >= 2);                            /* bus numbers, ports */
    assert_true(dwords >= 1);                           /* memory */
    fake_free(&f);
}

static int write_tables(const char *prefix)
{
    char name[256];

    fake_machine(&f, 64);
    uint64_t rsdp = acpi_build(f.vm), xsdt = u64(fake_ram(&f, rsdp) + 24), fadt = u64(fake_ram(&f, xsdt) + 36);
    const uint64_t at[3] = { u64(fake_ram(&f, fadt) + 140), fadt, u64(fake_ram(&f, xsdt) + 44) };
    const char *const what[3] = { "dsdt", "facp", "apic" };

    for (int i = 0; i < 3; i++) {
        snprintf(name, sizeof(name), "%s%s.aml", prefix, what[i]);
        FILE *out = fopen(name, "wb");
        if (!out || fwrite(fake_ram(&f, at[i]), u32(fake_ram(&f, at[i]) + 4), 1, out) != 1 || fclose(out) != 0)
            return 1;
    }
    fake_free(&f);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_hang_together),
        cmocka_unit_test(madt_entries_fill_it),
        cmocka_unit_test(windows_are_as_long_as_they_say),
    };

    return argc > 1 ? write_tables(argv[1]) : cmocka_run_group_tests(tests, NULL, NULL);
}
