// SPDX-License-Identifier: BSD-2-Clause
// Frequencies of the TSC and the local APIC timer: told by CPUID or measured against the PIT in about 10 ms;
// conversions between microseconds and ticks.
// Facts: [1] Intel SDM vol. 2, CPUID leaves 15H and 16H; [2] leaf 0x40000010 of hypervisors (kHz of the TSC);
// [3] 8254 datasheet: counter 2, latch command; gate and output through port 0x61.
#include <platform.h>

uint64_t tsc_hz;

#define PIT_HZ 1193182
#define PIT_COUNTER2 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE 0x61
#define MEASURE_PIT_TICKS (PIT_HZ / 100)
#define US_LIMIT (1ull << 44)                /* half a year; longer times are as good as this */

uint64_t ticks_from_us(uint64_t us) { return mul_div(MIN(us, US_LIMIT), tsc_hz, 1000000); }
uint64_t us_from_ticks(uint64_t ticks) { return mul_div(ticks, 1000000, tsc_hz); }

void delay_us(uint64_t us)
{
    uint64_t until = arch_now() + ticks_from_us(us);
    while (arch_now() < until)
        cpu_pause();
}

/* One reading of everything. `width`: TSC ticks it took, so that a reading the host interrupted can be thrown away. */
struct sample { uint64_t tsc, width; uint32_t pit, apic; };

static struct sample sample_once(void)
{
    struct sample s;
    uint64_t before = arch_now();
    out8(PIT_COMMAND, 0x80);                 /* latch counter 2 */
    s.apic = apic_timer_left();
    s.pit = in8(PIT_COUNTER2);
    s.pit |= (uint32_t)in8(PIT_COUNTER2) << 8;
    s.tsc = arch_now();
    s.width = s.tsc - before;
    s.tsc -= s.width / 2;
    return s;
}

static struct sample sample(void)
{
    struct sample best = sample_once();
    for (unsigned i = 0; i < 5; i++) {
        struct sample s = sample_once();
        if (s.width < best.width)
            best = s;
    }
    return best;
}

/* Mode 0 counts down from 0xffff once, 55 ms: the readings are 10 ms apart. [3] */
static void measure(uint64_t *tsc, uint64_t *apic)
{
    out8(PIT_GATE, (in8(PIT_GATE) & ~2) | 1);
    out8(PIT_COMMAND, 0xb0);
    out8(PIT_COUNTER2, 0xff);
    out8(PIT_COUNTER2, 0xff);
    apic_timer_raw(UINT32_MAX);
    while (sample_once().pit > 0xff00)       /* the new count is in */
        cpu_pause();
    struct sample first = sample(), last;
    uint64_t give_up = arch_now() + (1ull << 33);
    do {
        cpu_pause();
        last = sample();
    } while (first.pit - last.pit < MEASURE_PIT_TICKS && last.pit <= first.pit && arch_now() < give_up);
    uint64_t pit = first.pit > last.pit ? first.pit - last.pit : 1;
    *tsc = mul_div(last.tsc - first.tsc, PIT_HZ, pit);
    *apic = mul_div(first.apic - last.apic, PIT_HZ, pit);
}

static uint64_t told_by_cpu(void)
{
    if (cpuid(0, 0).eax >= 0x15) {
        struct cpuid c = cpuid(0x15, 0);     /* [1] crystal * ebx / eax */
        if (c.eax && c.ebx && c.ecx)
            return mul_div(c.ecx, c.ebx, c.eax);
    }
    if (cpuid(1, 0).ecx & (1u << 31)) {      /* a hypervisor is present */
        uint32_t most = cpuid(0x40000000, 0).eax;
        if (most >= 0x40000010 && most < 0x40010000)
            return (uint64_t)cpuid(0x40000010, 0).eax * 1000;
    }
    return 0;
}

void time_init(void)
{
    uint64_t count_hz = 0, measured = 0;
    const char *how = "CPUID";
    tsc_hz = told_by_cpu();
    if (!tsc_hz || apic_timer_needs_count())
        measure(&measured, &count_hz);
    if (!tsc_hz) {
        tsc_hz = measured;
        how = "the PIT";
    }
    if (tsc_hz < 1000000)
        panic("TSC frequency %lu Hz (by %s) cannot be", tsc_hz, how);
    apic_timer_start(count_hz);
    kprintf("time: TSC %lu MHz by %s; timer by %s\n", tsc_hz / 1000000, how,
            apic_timer_needs_count() ? "APIC count" : "TSC deadline");
}
