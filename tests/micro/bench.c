// SPDX-License-Identifier: BSD-2-Clause
// What an exit costs, seen from the guest: TSC ticks per iteration of a loop around one exiting instruction. Under
// `-icount shift=0` ticks are instructions. Lines: "BENCH <name> <ticks>".

#include "micro.h"

#define ROUNDS 1000
#define WARM 50
#define INTEL 0x756e6547                 /* "Genu" */

static void report(const char *name, uint64_t ticks)
{
    uint32_t per = (uint32_t)ticks / ROUNDS;       /* below 4 s altogether */
    print("BENCH %s %u\n", name, per);
}

#define MEASURE(name, statement) do {                                                                          \
    for (unsigned i_ = 0; i_ < WARM; i_++) { statement; }                                                      \
    uint64_t t0_ = rdtsc();                                                                                    \
    for (unsigned i_ = 0; i_ < ROUNDS; i_++) { statement; }                                                    \
    report(name, rdtsc() - t0_);                                                                               \
} while (0)

void micro_main(void)
{
    word_t r;
    print("bench: %d rounds each\n", ROUNDS);
    MEASURE("empty_loop", __asm__ volatile(""));
    MEASURE("pio_out", out8(0x80, 0));
    MEASURE("pio_in", in8(0x1234));
    if (hypercall(0x4242, 0, 0, 0, &r)) {    /* in the CPU's own form, then in the other vendor's, which is a #UD */
        if (cpuid(0, 0).ebx != INTEL)
            MEASURE("hypercall", __asm__ volatile("vmmcall" : "=a"(r) : "a"(0x4242) : "memory"));
        else {
            MEASURE("hypercall", __asm__ volatile("vmcall" : "=a"(r) : "a"(0x4242) : "memory"));
            MEASURE("hypercall_other_form", __asm__ volatile("vmmcall" : "=a"(r) : "a"(0x4242) : "memory"));
        }
    }
    MEASURE("cpuid", cpuid(1, 0));
    MEASURE("mmio_write", mmio_write32(0xd0000000ul, 1));
    MEASURE("mmio_read", mmio_read32(0xd0000000ul));
    MEASURE("lapic_tpr_write", mmio_write32(LAPIC + LAPIC_TPR, 0));
    MEASURE("rdmsr_apic_base", rdmsr(0x1b));
    if (cpuid(1, 0).ecx >> 24 & 1)
        MEASURE("wrmsr_tsc_deadline", wrmsr(0x6e0, 0));
    MEASURE("rdtsc", rdtsc());
    check_true("bench", true);
}
