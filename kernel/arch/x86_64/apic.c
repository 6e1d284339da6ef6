// SPDX-License-Identifier: BSD-2-Clause
// The local APIC: x2APIC by MSRs where the CPU has it, else the memory page. One-shot timer by TSC deadline where the
// CPU has it, else by the count register.
// Facts: [1] Intel SDM vol. 3, chapter 10 (Advanced Programmable Interrupt Controller), tables 10-1 and 10-6.
#include <platform.h>

enum { REG_ID = 0x20, REG_TPR = 0x80, REG_EOI = 0xb0, REG_SVR = 0xf0, REG_IRR = 0x200, REG_ESR = 0x280, REG_ICR = 0x300,
       REG_ICR_HIGH = 0x310, REG_LVT_TIMER = 0x320, REG_LVT_LINT0 = 0x350, REG_LVT_LINT1 = 0x360, REG_LVT_ERROR = 0x370,
       REG_COUNT = 0x380, REG_LEFT = 0x390, REG_DIVIDE = 0x3e0 };

#define BASE_ENABLE (1u << 11)
#define BASE_X2APIC (1u << 10)
#define SVR_ENABLE 0x100
#define LVT_MASKED 0x10000
#define LVT_NMI 0x400
#define LVT_DEADLINE 0x40000
#define ICR_PENDING 0x1000
#define ICR_ASSERT 0x4000
#define ICR_INIT 0x500
#define ICR_STARTUP 0x600
#define ICR_SELF 0x40000
#define DIVIDE_BY_1 0xb

static bool x2apic;
static bool forgetful;
static bool deadline;
static volatile uint32_t *page;
uint64_t apic_timer_hz;
static uint64_t count_per_tick;              /* 32.32 */

static uint32_t get(unsigned reg) { return x2apic ? (uint32_t)rdmsr(MSR_X2APIC + reg / 16) : page[reg / 4]; }

static void set(unsigned reg, uint32_t value)
{
    if (x2apic)
        wrmsr(MSR_X2APIC + reg / 16, value);
    else
        page[reg / 4] = value;
}

void apic_init_cpu(void)
{
    uint32_t features = cpuid(1, 0).ecx;
    x2apic = features & (1u << 21);
    deadline = features & (1u << 24);
    uint64_t base = rdmsr(MSR_APIC_BASE) | BASE_ENABLE;
    if (!x2apic && !page)
        page = fixmap(base & 0xffffff000);
    struct cpuid hv = cpuid(0x40000000, 0);
    forgetful = features & (1u << 31) && hv.ebx == 0x54474354 && hv.ecx == 0x43544743;    /* "TCGTCGTCGTCG" */
    wrmsr(MSR_APIC_BASE, base);              /* [1] 10.12.5: xAPIC first, then x2APIC */
    if (x2apic)
        wrmsr(MSR_APIC_BASE, base | BASE_X2APIC);
    set(REG_TPR, 0);
    set(REG_LVT_LINT0, LVT_MASKED);
    set(REG_LVT_LINT1, LVT_NMI);
    set(REG_LVT_ERROR, LVT_MASKED);
    set(REG_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
    set(REG_ESR, 0);
    for (unsigned i = 0; i < 8 * 32; i++)    /* what a boot loader left in service */
        set(REG_EOI, 0);
    set(REG_DIVIDE, DIVIDE_BY_1);
    set(REG_LVT_TIMER, deadline ? LVT_DEADLINE | VECTOR_TIMER : apic_timer_hz ? VECTOR_TIMER : LVT_MASKED);
}

uint32_t apic_id(void) { return x2apic ? get(REG_ID) : get(REG_ID) >> 24; }

void apic_eoi(void) { set(REG_EOI, 0); }

static void send(uint32_t id, uint32_t command)
{
    if (x2apic) {
        __asm__ volatile("mfence; lfence" ::: "memory");   /* [1] 10.12.3: WRMSR does not order stores */
        wrmsr(MSR_X2APIC + REG_ICR / 16, (uint64_t)id << 32 | command);
        return;
    }
    while (page[REG_ICR / 4] & ICR_PENDING)
        cpu_pause();
    page[REG_ICR_HIGH / 4] = id << 24;
    page[REG_ICR / 4] = command;
}

void apic_ipi(uint32_t id, unsigned vector) { send(id, ICR_ASSERT | vector); }
void apic_ipi_self(unsigned vector) { send(0, ICR_SELF | ICR_ASSERT | vector); }

void apic_init_sipi(uint32_t id, bool init, unsigned startup_page)
{
    send(id, ICR_ASSERT | (init ? ICR_INIT : ICR_STARTUP | startup_page));
}

/* QEMU's emulated CPU changes its word of pending requests at #VMEXIT without a lock: an interrupt that the APIC raises
 * in another thread just then stands in IRR, but the CPU has forgotten it. A write to TPR tells it again. */
void apic_remind(void)
{
    if (forgetful)
        set(REG_TPR, 0);
}

bool apic_pending(void)
{
    for (unsigned i = 1; i < 8; i++)
        if (get(REG_IRR + i * 16)) {
            apic_remind();
            return true;
        }
    return false;
}

void apic_timer_raw(uint32_t count)
{
    set(REG_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
    set(REG_COUNT, count);
}

uint32_t apic_timer_left(void) { return get(REG_LEFT); }

/* Called once the frequencies are known: the count form needs them, the deadline form does not. */
void apic_timer_start(uint64_t count_hz)
{
    if (deadline) {                          /* measuring the TSC has left it masked */
        set(REG_LVT_TIMER, LVT_DEADLINE | VECTOR_TIMER);
        return;
    }
    apic_timer_hz = count_hz;
    count_per_tick = mul_div(count_hz, BIT(32), tsc_hz);
    set(REG_COUNT, 0);
    set(REG_LVT_TIMER, VECTOR_TIMER);
}

bool apic_timer_needs_count(void) { return !deadline; }

void arch_set_timer(uint64_t when)
{
    if (deadline) {
        wrmsr(MSR_TSC_DEADLINE, when ? when : 1);
        return;
    }
    if (when == UINT64_MAX) {
        set(REG_COUNT, 0);
        return;
    }
    uint64_t now = arch_now(), ticks = when > now ? MIN(when - now, UINT32_MAX) : 0;
    uint64_t count = (ticks * (count_per_tick >> 8)) >> 24;   /* a late shot is taken again by the core */
    set(REG_COUNT, (uint32_t)MIN(count + 1, UINT32_MAX));
}

bool arch_irq_pending(void) { return apic_pending(); }
