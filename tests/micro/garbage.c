// SPDX-License-Identifier: BSD-2-Clause
// A guest that offers garbage wherever a monitor listens: hypercalls, paravirtual and APIC MSRs, PCI configuration
// space, device ports and pages. It must be able to go on, and may harm nobody.

#include "micro.h"

static uint64_t state = 0x2545f4914f6cdd1dull;
static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static void hypercalls(void)
{
    static const uint32_t known[] = { 1, 2, 3, 5, 9, 10, 11, 12, 0x40000000, 0xffffffff };
    word_t r;
    for (unsigned i = 0; i < 3000; i++) {
        uint64_t v = next();
        uint32_t n = v & 1 ? known[(v >> 8) % (sizeof(known) / sizeof(known[0]))] : (uint32_t)(v >> 16);
        if (n == 1 || n == 5)            /* kick, send IPI: they might do what they say */
            n = 0x1234;
        hypercall(n, (word_t)next(), (word_t)next(), (word_t)next(), &r);
    }
    check_true("garbage hypercalls", true);
}

/* KVM's and the hypervisor's ranges, x2APIC, MTRRs, syscall and machine-check MSRs. Not EFER, not the APIC base. */
static void msrs(void)
{
    static const struct { uint32_t first, count; } range[] = {
        { 0x11, 2 }, { 0x4b564d00, 16 }, { 0x40000000, 256 }, { 0x200, 16 }, { 0x2fe, 2 }, { 0x400, 32 },
        { 0x830, 1 }, { 0x38f, 1 }, { 0xc0010000, 64 }, { 0xc0010114, 4 }, { 0x1d9, 1 }, { 0x6e0, 1 }, { 0xda0, 1 },
    };
    uint32_t lo = 0, hi = 0;
    for (unsigned i = 0; i < sizeof(range) / sizeof(range[0]); i++) {
        for (uint32_t m = range[i].first; m < range[i].first + range[i].count; m++) {
            TRY("rdmsr", OUT("=a"(lo), "=d"(hi)), "c"(m));
            lo = (uint32_t)next() | 1;
            hi = (uint32_t)next();
            TRY("wrmsr", , "a"(lo), "d"(hi), "c"(m));
            TRY("wrmsr", , "a"(0), "d"(0), "c"(m));
        }
    }
    check_true("garbage in MSRs", true);
}

static bool port_is_left_alone(uint16_t p)
{
    return (p >= 0xf4 && p < 0xf8) || p == 0x92 || p == 0x64 || p == 0xcf9 || p == 0x501 || (p >= 0x3f8 && p < 0x400)
        || (p >= 0x600 && p < 0x680) || (p >= 0xb000 && p < 0xb040);   /* reset, power, console */
}

static void ports(void)
{
    for (unsigned i = 0; i < 3000; i++) {
        uint64_t v = next();
        uint16_t p = (uint16_t)(v & 1 ? v >> 8 & 0x3ff : v >> 8);
        if (port_is_left_alone(p))
            continue;
        switch (v >> 32 & 7) {
        case 0: out8(p, (uint8_t)next()); break;
        case 1: in8(p); break;
        case 2: in16(p & 0xfffe); break;
        case 3: in32(p & 0xfffc); break;
        default: in8(p); break;
        }
    }
    for (unsigned i = 0; i < 2000; i++) {    /* PCI: every field may be read, BARs and the like written */
        uint32_t address = 0x80000000u | ((uint32_t)next() & 0x00fffffc);
        out32(0xcf8, address);
        uint32_t old = in32(0xcfc);
        in8(0xcfc + (i & 3));
        if ((address & 0xfc) >= 0x10 && (address & 0xfc) < 0x28) {
            out32(0xcfc, (uint32_t)next());
            in32(0xcfc);
            out32(0xcfc, old);
        }
    }
    check_true("garbage on ports", true);
}

static void device_pages(void)
{
    for (unsigned r = 0; r < 0x1000; r += 4) {
        (void)mmio_read32(LAPIC + (r & 0xff0));
        if (r > 0x10)
            (void)mmio_read32(IOAPIC + r);
    }
    for (unsigned i = 0; i < 500; i++) {
        mmio_write32(IOAPIC, (uint32_t)next() & 0xff);
        (void)mmio_read32(IOAPIC + 0x10);
    }
    check_true("garbage in device pages", true);
}

void micro_main(void)
{
    print("garbage: offering it everywhere\n");
    hypercalls();
    msrs();
    ports();
    device_pages();
    word_t r;
    hypercall(0x4242, 0, 0, 0, &r);
    check_true("still here", true);
}
