// SPDX-License-Identifier: BSD-2-Clause
// The little ACPI a microkernel needs: which CPUs and I/O APICs there are, interrupt overrides, how to power off.
// Tables come from firmware, but every length is checked before it is believed.
// Facts: ACPI 6.5, 5.2.5 (RSDP), 5.2.6-5.2.8, 5.2.9 (FADT), 5.2.12 (MADT), 7.4.2 (_S5).
#include <platform.h>

struct acpi_facts acpi;

struct rsdp { char signature[8]; uint8_t sum; char oem[6]; uint8_t revision; uint32_t rsdt, length; uint64_t xsdt;
              uint8_t sum_all, reserved[3]; } __attribute__((packed));
struct table { char signature[4]; uint32_t length; uint8_t revision, sum; char oem[6], oem_table[8];
               uint32_t oem_revision, creator, creator_revision; } __attribute__((packed));
struct madt { struct table head; uint32_t lapic, flags; } __attribute__((packed));
struct madt_cpu { uint8_t type, length, uid, apic_id; uint32_t flags; } __attribute__((packed));
struct madt_ioapic { uint8_t type, length, id, reserved; uint32_t address, gsi_base; } __attribute__((packed));
struct madt_override { uint8_t type, length, bus, source; uint32_t gsi; uint16_t flags; } __attribute__((packed));
struct madt_x2apic { uint8_t type, length; uint16_t reserved; uint32_t apic_id, flags, uid; } __attribute__((packed));
enum { MADT_CPU = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_X2APIC = 9 };
enum { CPU_ENABLED = 1 };
enum { FADT_DSDT = 40, FADT_PM1A = 64, FADT_PM1B = 68, FADT_ENOUGH = 72 };
#define DEFAULT_LAPIC 0xfee00000
#define SLEEP_ENABLE (1u << 13)

static bool sum_ok(const void *p, uint64_t bytes)
{
    uint8_t sum = 0;
    for (uint64_t i = 0; i < bytes; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)p)[i]);
    return sum == 0;
}

static bool same(const char *a, const char *b, unsigned n)
{
    while (n && *a == *b) {
        a++;
        b++;
        n--;
    }
    return n == 0;
}

static uint64_t mapped_end(void) { return MAX(memory_top(), 4ull << 30); }

static const struct rsdp *rsdp_at(uint64_t pa)
{
    const struct rsdp *r = ptr_of_paddr(pa);
    return same(r->signature, "RSD PTR ", 8) && sum_ok(r, 20) ? r : NULL;
}

static const struct rsdp *find_rsdp(void)
{
    const struct rsdp *r = boot.rsdp ? rsdp_at(boot.rsdp) : NULL;
    uint64_t ebda = (uint64_t)*(const uint16_t *)ptr_of_paddr(0x40e) << 4;
    for (uint64_t at = ebda; !r && ebda >= 0x80000 && at < ebda + 1024; at += 16)
        r = rsdp_at(at);
    for (uint64_t at = 0xe0000; !r && at < 0x100000; at += 16)
        r = rsdp_at(at);
    return r;
}

/* A whole table whose length and checksum are right, or NULL. */
static const struct table *table_at(uint64_t pa)
{
    if (!pa || pa + sizeof(struct table) > mapped_end())
        return NULL;
    const struct table *t = ptr_of_paddr(pa);
    if (t->length < sizeof(*t) || t->length > (16u << 20) || pa + t->length > mapped_end() || !sum_ok(t, t->length))
        return NULL;
    return t;
}

static const struct table *find_table(const struct rsdp *r, const char *signature)
{
    bool wide = r->revision >= 2 && table_at(r->xsdt);
    const struct table *root = table_at(wide ? r->xsdt : r->rsdt);
    unsigned step = wide ? 8 : 4;
    for (uint64_t at = sizeof(struct table); root && at + step <= root->length; at += step) {
        uint64_t pa = 0;
        for (unsigned i = 0; i < step; i++)
            pa |= (uint64_t)((const uint8_t *)root)[at + i] << (8 * i);
        const struct table *t = table_at(pa);
        if (t && same(t->signature, signature, 4))
            return t;
    }
    return NULL;
}

static void add_cpu(uint32_t id, uint32_t flags)
{
    if ((flags & CPU_ENABLED) && acpi.cpu_count < ARRAY_SIZE(acpi.apic_id))
        acpi.apic_id[acpi.cpu_count++] = id;
}

static void madt_entry(const uint8_t *e)
{
    if (e[0] == MADT_CPU && e[1] >= sizeof(struct madt_cpu)) {
        add_cpu(((const struct madt_cpu *)e)->apic_id, ((const struct madt_cpu *)e)->flags);
    } else if (e[0] == MADT_X2APIC && e[1] >= sizeof(struct madt_x2apic)) {
        add_cpu(((const struct madt_x2apic *)e)->apic_id, ((const struct madt_x2apic *)e)->flags);
    } else if (e[0] == MADT_IOAPIC && e[1] >= sizeof(struct madt_ioapic) && acpi.ioapic_count < MAX_IOAPICS) {
        const struct madt_ioapic *io = (const void *)e;
        acpi.ioapic[acpi.ioapic_count++] = (struct acpi_ioapic){ io->address, io->gsi_base };
    } else if (e[0] == MADT_OVERRIDE && e[1] >= sizeof(struct madt_override)) {
        const struct madt_override *o = (const void *)e;
        if (o->source < ARRAY_SIZE(acpi.override))
            acpi.override[o->source] = (struct acpi_override){ o->gsi, o->flags };
    }
}

static void read_madt(const struct madt *m)
{
    acpi.lapic = m->lapic;
    for (uint64_t at = sizeof(*m); at + 2 <= m->head.length;) {
        const uint8_t *e = (const uint8_t *)m + at;
        if (e[1] < 2 || at + e[1] > m->head.length)
            break;
        madt_entry(e);
        at += e[1];
    }
}

static uint32_t word_at(const struct table *t, unsigned offset)
{
    const uint8_t *p = (const uint8_t *)t + offset;
    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* \_S5: NameOp "_S5_" PackageOp length count, then two small integers. Anything fancier is left alone. */
static void read_s5(const struct table *dsdt)
{
    const uint8_t *p = (const uint8_t *)dsdt, *end = p + dsdt->length;
    for (p += sizeof(*dsdt); p + 16 < end; p++) {
        if (!same((const char *)p, "_S5_", 4) || p[4] != 0x12)
            continue;
        const uint8_t *v = p + 5;
        v += (*v >> 6) + 2;                  /* package length, element count */
        uint8_t value[2];
        for (unsigned i = 0; i < 2; i++) {
            if (*v == 0x0a)                  /* byte prefix; 0 and 1 have their own opcodes with these values */
                v++;
            value[i] = *v++;
        }
        acpi.slp_typ_a = value[0] & 7;
        acpi.slp_typ_b = value[1] & 7;
        acpi.can_power_off = true;
        return;
    }
}

static void read_fadt(const struct table *fadt)
{
    if (fadt->length < FADT_ENOUGH)
        return;
    acpi.pm1a = (uint16_t)word_at(fadt, FADT_PM1A);
    acpi.pm1b = (uint16_t)word_at(fadt, FADT_PM1B);
    const struct table *dsdt = table_at(word_at(fadt, FADT_DSDT));
    if (dsdt && acpi.pm1a)
        read_s5(dsdt);
}

void acpi_init(void)
{
    acpi.lapic = DEFAULT_LAPIC;
    for (unsigned i = 0; i < ARRAY_SIZE(acpi.override); i++)
        acpi.override[i].gsi = i;
    const struct rsdp *r = find_rsdp();
    const struct table *madt = r ? find_table(r, "APIC") : NULL, *fadt = r ? find_table(r, "FACP") : NULL;
    if (r) {
        acpi.rsdp_length = r->revision >= 2 ? 36 : 20;
        for (unsigned i = 0; i < acpi.rsdp_length; i++)
            acpi.rsdp[i] = ((const uint8_t *)r)[i];
    }
    if (madt && madt->length >= sizeof(struct madt))
        read_madt((const void *)madt);
    if (fadt)
        read_fadt(fadt);
    kprintf("acpi: %s, %u CPU(s), %u I/O APIC(s)\n", r ? (madt ? "MADT found" : "no MADT") : "no RSDP",
            acpi.cpu_count, acpi.ioapic_count);
}

void acpi_power_off(void)
{
    if (!acpi.can_power_off)
        return;
    out16(acpi.pm1a, (uint16_t)(acpi.slp_typ_a << 10 | SLEEP_ENABLE));
    if (acpi.pm1b)
        out16(acpi.pm1b, (uint16_t)(acpi.slp_typ_b << 10 | SLEEP_ENABLE));
}
