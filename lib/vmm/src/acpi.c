// SPDX-License-Identifier: BSD-2-Clause
// ACPI tables of the machine: RSDP, XSDT, FADT, MADT, and a DSDT that names what PNP finds no other way: PCI root with
// interrupt routing, COM1, RTC, power-off. The AML is put together by a few builders, one for each construct.
// Facts from: ACPI Specification 6.4: 5.2 (tables), 6.4 (resource descriptors), 20.2 (AML encoding).
#include "load.h"

#include <string.h>
#include <vmm/devices/ioapic.h>
#include <vmm/devices/rtc_cmos.h>

#define MAX_TABLE 0x4000

struct table { uint8_t *at; uint32_t size, max; };

static void bytes(struct table *t, const void *from, uint32_t n)
{
    if (n > t->max - t->size)
        n = t->max - t->size;
    memcpy(t->at + t->size, from, n);
    t->size += n;
}

static void number(struct table *t, uint64_t value, uint32_t n) { bytes(t, &value, n); }

static void byte(struct table *t, uint8_t value) { bytes(t, &value, 1); }

/* ---------------------------------------------------- AML --------------------------------------------------- */

enum aml { AML_ZERO = 0x00, AML_ONE = 0x01, AML_NAME = 0x08, AML_BYTE = 0x0a, AML_WORD = 0x0b, AML_DWORD = 0x0c,
           AML_SCOPE = 0x10, AML_BUFFER = 0x11, AML_PACKAGE = 0x12, AML_EXT = 0x5b, AML_DEVICE = 0x82,
           AML_STRING = 0x0d };

/* A construct with a length: its body is built behind a gap of 3 bytes, which then becomes the length. */
static uint32_t open_length(struct table *t)
{
    number(t, 0, 3);
    return t->size;
}

/* PkgLength of three bytes: 4 bits in the first, then 8, 8; it counts itself. */
static void close_length(struct table *t, uint32_t start)
{
    uint32_t n = t->size - start + 3;

    t->at[start - 3] = (uint8_t)(2 << 6 | (n & 0xf));
    t->at[start - 2] = (uint8_t)(n >> 4);
    t->at[start - 1] = (uint8_t)(n >> 12);
}

static void aml_integer(struct table *t, uint32_t value)
{
    if (value < 2)
        byte(t, (uint8_t)value);
    else if (value < 0x100)
        byte(t, AML_BYTE), number(t, value, 1);
    else if (value < 0x10000)
        byte(t, AML_WORD), number(t, value, 2);
    else
        byte(t, AML_DWORD), number(t, value, 4);
}

static void aml_name(struct table *t, const char name[5])
{
    byte(t, AML_NAME);
    bytes(t, name, 4);
}

static uint32_t aml_device(struct table *t, const char name[5])
{
    byte(t, AML_EXT), byte(t, AML_DEVICE);
    uint32_t start = open_length(t);
    bytes(t, name, 4);
    return start;
}

/* "PNP0501" packed: three letters of five bits, four hexadecimal digits, big-endian. */
static void aml_hid(struct table *t, const char *id)
{
    uint32_t value = 0;

    for (unsigned i = 0; i < 3; i++)
        value = value << 5 | (uint32_t)(id[i] - 0x40);
    for (unsigned i = 3; i < 7; i++)
        value = value << 4 | (uint32_t)(id[i] <= '9' ? id[i] - '0' : id[i] - 'A' + 10);
    aml_name(t, "_HID");
    byte(t, AML_DWORD);
    number(t, __builtin_bswap32(value), 4);
}

/* Name(_CRS, Buffer { descriptors, end tag }) */
static void aml_resources(struct table *t, const struct table *descriptors)
{
    aml_name(t, "_CRS");
    byte(t, AML_BUFFER);
    uint32_t start = open_length(t);
    aml_integer(t, descriptors->size + 2);
    bytes(t, descriptors->at, descriptors->size);
    byte(t, 0x79), byte(t, 0);
    close_length(t, start);
}

static void res_io(struct table *t, uint16_t base, uint8_t length)
{
    byte(t, 0x47), byte(t, 1);                           /* I/O port, 16-bit decode */
    number(t, base, 2), number(t, base, 2);
    byte(t, 1), byte(t, length);
}

static void res_irq(struct table *t, unsigned irq)
{
    byte(t, 0x22);                                       /* IRQ, edge, high */
    number(t, 1u << irq, 2);
}

/* Address space windows of the host bridge. type: 0 memory, 1 I/O, 2 bus numbers. */
static void res_window(struct table *t, uint8_t tag, unsigned width, uint8_t type, uint8_t specific, uint64_t min,
                       uint64_t max)
{
    byte(t, tag);
    number(t, 3 + 5 * width, 2);
    byte(t, type), byte(t, 0x0c), byte(t, specific);     /* fixed minimum and maximum */
    number(t, 0, width), number(t, min, width), number(t, max, width), number(t, 0, width);
    number(t, max - min + 1, width);
}

#define RES_WORD  0x88
#define RES_DWORD 0x87

/* INTx# of slot s is line[(s + x) % 4] of the PCI host. */
static void aml_routing(struct table *t)
{
    static const uint8_t line[4] = { 10, 11, 10, 11 };

    aml_name(t, "_PRT");
    byte(t, AML_PACKAGE);
    uint32_t all = open_length(t);
    byte(t, 32 * 4);
    for (uint32_t slot = 0; slot < 32; slot++)
        for (uint32_t pin = 0; pin < 4; pin++) {
            byte(t, AML_PACKAGE);
            uint32_t one = open_length(t);
            byte(t, 4);
            aml_integer(t, slot << 16 | 0xffff);
            aml_integer(t, pin);
            aml_integer(t, 0);                           /* no link device: the next is the interrupt itself */
            aml_integer(t, line[(slot + pin) % 4]);
            close_length(t, one);
        }
    close_length(t, all);
}

static void aml_pci(struct table *t)
{
    uint8_t space[256];
    struct table r = { space, 0, sizeof(space) };
    uint32_t device = aml_device(t, "PCI0");

    aml_hid(t, "PNP0A03");
    aml_name(t, "_ADR"), aml_integer(t, 0);
    aml_name(t, "_UID"), aml_integer(t, 0);
    res_window(&r, RES_WORD, 2, 2, 0, 0, 0);
    res_io(&r, 0xcf8, 8);
    res_window(&r, RES_WORD, 2, 1, 3, 0, 0xcf7);
    res_window(&r, RES_WORD, 2, 1, 3, 0xd00, 0xffff);
    res_window(&r, RES_DWORD, 4, 0, 1, 0xe0000000, 0xfebfffff);
    aml_resources(t, &r);
    aml_routing(t);
    close_length(t, device);
}

/* A device found by its ports and one interrupt. */
static void aml_simple(struct table *t, const char name[5], const char *hid, uint32_t uid, uint16_t base, uint8_t n,
                       unsigned irq)
{
    uint8_t space[32];
    struct table r = { space, 0, sizeof(space) };
    uint32_t device = aml_device(t, name);

    aml_hid(t, hid);
    aml_name(t, "_UID"), aml_integer(t, uid);
    aml_name(t, "_STA"), aml_integer(t, 0xf);
    res_io(&r, base, n);
    res_irq(&r, irq);
    aml_resources(t, &r);
    close_length(t, device);
}

static void aml_dsdt(struct table *t)
{
    aml_name(t, "_S5_");
    byte(t, AML_PACKAGE);
    uint32_t s5 = open_length(t);
    byte(t, 4);
    aml_integer(t, ACPI_S5_TYPE), aml_integer(t, ACPI_S5_TYPE), aml_integer(t, 0), aml_integer(t, 0);
    close_length(t, s5);

    byte(t, AML_SCOPE);
    uint32_t scope = open_length(t);
    bytes(t, "\\_SB_", 5);
    aml_pci(t);
    aml_simple(t, "COM1", "PNP0501", 1, 0x3f8, 8, 4);
    aml_simple(t, "RTC_", "PNP0B00", 0, 0x70, 2, 8);
    close_length(t, scope);
}

/* --------------------------------------------------- tables ------------------------------------------------- */

static uint8_t checksum(const uint8_t *at, uint32_t n)
{
    uint8_t sum = 0;

    while (n--)
        sum = (uint8_t)(sum + *at++);
    return (uint8_t)-sum;
}

static void begin(struct table *t, const char signature[5], uint8_t revision)
{
    bytes(t, signature, 4);
    number(t, 0, 4);                                     /* length: finish() */
    byte(t, revision), byte(t, 0);
    bytes(t, "BLKHD ", 6);
    bytes(t, "BULKHEAD", 8);
    number(t, 1, 4);
    bytes(t, "BLKH", 4);
    number(t, 1, 4);
}

static void finish(struct table *t)
{
    memcpy(t->at + 4, &t->size, 4);
    t->at[9] = 0;
    t->at[9] = checksum(t->at, t->size);
}

/* Generic address structure of an I/O port. */
static void gas(struct table *t, uint16_t port, uint8_t bits, uint8_t access)
{
    byte(t, 1), byte(t, bits), byte(t, 0), byte(t, access);
    number(t, port, 8);
}

#define FADT_WBINVD     (1u << 0)
#define FADT_NO_C1_TRAP (1u << 2)                        /* C1 works on all processors */
#define FADT_SLP_BUTTON (1u << 5)                        /* no fixed sleep button */
#define FADT_FIX_RTC    (1u << 6)                        /* RTC wake is not in fixed registers */
#define FADT_TMR_32     (1u << 8)
#define FADT_RESET_REG  (1u << 10)
#define FADT_HEADLESS   (1u << 12)
#define BOOT_LEGACY     (1u << 0)                        /* devices on the ISA bus; no 8042 said: nothing to probe */
#define BOOT_NO_VGA     (1u << 2)

static void fadt(struct table *t, uint64_t dsdt)
{
    const uint16_t pm = ACPI_PM_DEFAULT_BASE;

    begin(t, "FACP", 3);
    number(t, 0, 4);                                     /* no FACS: no sleeping */
    number(t, dsdt, 4);
    byte(t, 0), byte(t, 4);                              /* preferred profile: enterprise server */
    number(t, ACPI_SCI_IRQ, 2);
    number(t, 0, 4);                                     /* SMI_CMD: always in ACPI mode */
    number(t, 0, 4);                                     /* ACPI_ENABLE, _DISABLE, S4BIOS_REQ, PSTATE_CNT */
    number(t, pm + ACPI_PM1_EVT, 4), number(t, 0, 4);
    number(t, pm + ACPI_PM1_CNT, 4), number(t, 0, 4);
    number(t, 0, 4);                                     /* PM2 */
    number(t, pm + ACPI_PM_TMR, 4);
    number(t, pm + ACPI_GPE0, 4), number(t, 0, 4);
    byte(t, 4), byte(t, 2), byte(t, 0), byte(t, 4), byte(t, 4), byte(t, 0), byte(t, 0), byte(t, 0);
    number(t, 0xffff, 2), number(t, 0xffff, 2);          /* no C2, no C3 */
    number(t, 0, 2), number(t, 0, 2), byte(t, 0), byte(t, 0);
    byte(t, 0), byte(t, 0), byte(t, RTC_CENTURY);
    number(t, BOOT_LEGACY | BOOT_NO_VGA, 2);
    byte(t, 0);
    number(t, FADT_WBINVD | FADT_NO_C1_TRAP | FADT_SLP_BUTTON | FADT_FIX_RTC | FADT_TMR_32 | FADT_RESET_REG |
              FADT_HEADLESS, 4);
    gas(t, 0xcf9, 8, 1);
    byte(t, 0x06);                                       /* hard reset */
    number(t, 0, 3);
    number(t, 0, 8);                                     /* X_FIRMWARE_CTRL */
    number(t, dsdt, 8);
    gas(t, pm + ACPI_PM1_EVT, 32, 2), gas(t, 0, 0, 0);
    gas(t, pm + ACPI_PM1_CNT, 16, 2), gas(t, 0, 0, 0);
    gas(t, 0, 0, 0);
    gas(t, pm + ACPI_PM_TMR, 32, 3);
    gas(t, pm + ACPI_GPE0, 32, 1), gas(t, 0, 0, 0);
    finish(t);
}

static void override_irq(struct table *t, uint8_t irq, uint32_t gsi, uint16_t flags)
{
    byte(t, 2), byte(t, 10), byte(t, 0), byte(t, irq);
    number(t, gsi, 4), number(t, flags, 2);
}

static void madt(struct table *t, const struct vm *vm)
{
    begin(t, "APIC", 4);
    number(t, LAPIC_DEFAULT_BASE, 4);
    number(t, 1, 4);                                     /* an 8259 pair is there too */
    for (unsigned i = 0; i < vm->ncpus; i++) {
        byte(t, 0), byte(t, 8), byte(t, (uint8_t)i), byte(t, (uint8_t)i);
        number(t, 1, 4);
    }
    byte(t, 1), byte(t, 12), byte(t, (uint8_t)vm->ncpus), byte(t, 0);
    number(t, IOAPIC_DEFAULT_BASE, 4), number(t, 0, 4);
    override_irq(t, 0, 2, 0);
    override_irq(t, ACPI_SCI_IRQ, ACPI_SCI_IRQ, 0xd);    /* level, active high */
    byte(t, 4), byte(t, 6), byte(t, 0xff), number(t, 0, 2), byte(t, 1);   /* NMI at LINT1 of all */
    finish(t);
}

/* The next table goes after this one, on 16 bytes. */
static struct table next_table(struct vm *vm, uint64_t *at, const struct table *before)
{
    if (before)
        *at += (before->size + 15) & ~15u;
    uint32_t max = *at + MAX_TABLE <= ACPI_TABLES_END ? MAX_TABLE : (uint32_t)(ACPI_TABLES_END - *at);
    return (struct table){ guest_ptr(vm, *at, max), 0, max };
}

uint64_t acpi_build(struct vm *vm)
{
    uint64_t rsdp = ACPI_TABLES, at = rsdp + 64, dsdt_at, fadt_at, madt_at;

    memset(guest_ptr(vm, ACPI_TABLES, ACPI_TABLES_END - ACPI_TABLES), 0, ACPI_TABLES_END - ACPI_TABLES);
    struct table t = next_table(vm, &at, NULL);
    dsdt_at = at;
    begin(&t, "DSDT", 2), aml_dsdt(&t), finish(&t);
    t = next_table(vm, &at, &t);
    fadt_at = at;
    fadt(&t, dsdt_at);
    t = next_table(vm, &at, &t);
    madt_at = at;
    madt(&t, vm);
    t = next_table(vm, &at, &t);
    begin(&t, "XSDT", 1), number(&t, fadt_at, 8), number(&t, madt_at, 8), finish(&t);

    struct table r = { guest_ptr(vm, rsdp, 36), 0, 36 };
    bytes(&r, "RSD PTR ", 8), byte(&r, 0), bytes(&r, "BLKHD ", 6), byte(&r, 2);
    number(&r, 0, 4), number(&r, 36, 4), number(&r, at, 8), number(&r, 0, 4);
    r.at[8] = checksum(r.at, 20);
    r.at[32] = checksum(r.at, 36);
    return rsdp;
}
