// SPDX-License-Identifier: BSD-2-Clause
// What CPUID shows to a guest: computed once from the host's CPUID and the policy in cpuid.def.
#ifndef VMM_CPUID_H
#define VMM_CPUID_H

#include <stdbool.h>
#include <stdint.h>

#define CPUID_MAX_ENTRIES 80

enum cpuid_reg { EAX, EBX, ECX, EDX };
enum cpuid_vendor { VENDOR_AMD, VENDOR_INTEL, VENDOR_OTHER };

struct cpuid_entry { uint32_t leaf, subleaf, reg[4]; };

struct cpuid_table {
    struct cpuid_entry entry[CPUID_MAX_ENTRIES];    /* sorted by leaf, subleaf; leaves without subleaves have 0 */
    unsigned count;
    enum cpuid_vendor vendor;
    uint64_t xcr0;                                  /* state components the guest may enable */
    unsigned phys_bits;
};

/* Where the table comes from. `query` and `xcr0` speak for the CPU the guest will run on. */
struct cpuid_source {
    void (*query)(uint32_t leaf, uint32_t subleaf, uint32_t reg[4]);
    uint64_t xcr0;                                  /* what the kernel enables; 0: XSAVE is off */
    unsigned ncpus;
    uint64_t tsc_hz, bus_hz;
    bool kvm;                                       /* show the KVM leaves */
};

void cpuid_native(uint32_t leaf, uint32_t subleaf, uint32_t reg[4]);
uint64_t cpuid_native_xcr0(void);

void cpuid_build(struct cpuid_table *, const struct cpuid_source *);
/* The registers for a guest with this APIC ID, CR4 and XCR0; zeros for leaves that are not there. */
void cpuid_read(const struct cpuid_table *, uint32_t leaf, uint32_t subleaf, uint32_t apic_id, uint64_t cr4,
                uint64_t xcr0, uint32_t reg[4]);
/* Feature test on the finished table. */
bool cpuid_has(const struct cpuid_table *, uint32_t leaf, enum cpuid_reg, unsigned bit);

#endif
