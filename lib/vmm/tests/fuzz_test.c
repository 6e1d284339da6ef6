// SPDX-License-Identifier: BSD-2-Clause
// A whole PC under random accesses of all sizes at all devices, with time passing and interrupts taken, for a
// fixed seed and a bounded time. Invariants are checked on the way; the sanitizers watch the rest.
//     fuzz_test [seed [milliseconds]]

#include "pc.h"
#include <time.h>
#include <vmm/devices/acpi_pm.h>
#include <vmm/devices/ioapic.h>
#include <vmm/devices/legacy.h>
#include <vmm/devices/pci.h>
#include <vmm/devices/pic8259.h>
#include <vmm/devices/pit8254.h>
#include <vmm/devices/rtc_cmos.h>
#include <vmm/devices/uart16550.h>

#define VCPUS 3

static uint64_t seed = 20240229, budget_ms = 2000;

struct card { struct pci_function f; };

static uint64_t state;
static uint64_t rnd(void)          /* splitmix64 */
{
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return z ^ z >> 31;
}

/* Interesting values come more often than others. */
static uint64_t rnd_value(void)
{
    switch (rnd() % 5) {
    case 0:  return rnd() & 0xff;
    case 1:  return 1ull << rnd() % 64;
    case 2:  return rnd() & 1 ? ~0ull : 0;
    default: return rnd();
    }
}

static enum exit_action card_access(void *device, struct bus_access *a)
{
    a->value = a->offset;
    return EXIT_NEXT_INSN;
}

static void report(void *ctx, uint32_t value) { }

static struct uart16550 *uart;
static struct acpi_pm *pm;
static struct card card;

static struct pc *machine(void)
{
    static const struct pci_identity id = { .vendor = 0x1af4, .device = 0x1042, .interrupt_pin = 2 };
    struct pc *pc = pc_new(VCPUS);

    pc->wall_at_0 = 1709210096ll * 1000000000;
    pc_add(pc, &pic8259_class, NULL);
    pc_add(pc, &ioapic_class, NULL);
    for (unsigned i = 0; i < VCPUS; i++)
        pc_add(pc, &lapic_class, &(struct lapic_config){ .vcpu = i, .id = i });
    pc_add(pc, &pit8254_class, NULL);
    pc_add(pc, &rtc_cmos_class, NULL);
    pm = pc_add(pc, &acpi_pm_class, NULL);
    struct pci_host *host = pc_add(pc, &pci_host_class, NULL);
    pc_add(pc, &i8042_class, NULL);
    pc_add(pc, &port92_class, NULL);
    pc_add(pc, &post_port_class, NULL);
    uart = pc_add(pc, &uart16550_class, &(struct uart16550_config){ .base = 0x3f8, .irq = 4 });
    pc_add(pc, &debug_exit_class, &(struct debug_exit_config){ .port = 0xf4, .report = report });
    pci_function_init(&card.f, "card", &card, &id);
    pci_set_bar(&card.f, 0, PCI_BAR_IO, 64, card_access);
    pci_set_bar(&card.f, 1, PCI_BAR_MEM32, 0x1000, card_access);
    pci_set_bar(&card.f, 2, PCI_BAR_MEM64, 0x4000, card_access);
    pci_add_msi(&card.f);
    assert_int_equal(pci_add(host, &card.f, 1, 0), 0);
    return pc;
}

static uint64_t random_address(const struct bus *bus, uint64_t space)
{
    const struct bus_range *r = &bus->range[rnd() % bus->count];
    if (rnd() % 50 == 0)
        return rnd() % space;
    uint64_t at = r->base + rnd() % r->size;
    if (r->size == 0x1000 && rnd() % 4)
        at = r->base + (rnd() & 0x3f0);                    /* registers of the APICs */
    return at - (rnd() % 16 == 0 ? rnd() % 4 : 0);
}

static void one_access(struct pc *pc)
{
    bool mmio = rnd() & 1;
    unsigned size = 1u << rnd() % (mmio ? 4 : 3);
    uint64_t address =
        mmio ? random_address(&pc->mmio, 1ull << 40) : random_address(&pc->pio, 0x10000) & 0xffff;
    uint64_t value = rnd_value();

    enum exit_action action = pc_access(mmio ? &pc->mmio : &pc->pio, address, size, rnd() & 1, &value,
                                        (unsigned)(rnd() % (VCPUS + 1)));
    assert_true(action == EXIT_NEXT_INSN || action == EXIT_NOT_MINE || action == EXIT_RESET_VM ||
                action == EXIT_POWER_OFF);
}

static void one_msr(struct pc *pc)
{
    struct lapic *l = pc->router.lapic[rnd() % VCPUS];
    uint64_t value = rnd_value();
    uint32_t index = rnd() % 16 == 0 ? LAPIC_MSR_DEADLINE : 0x800 + (uint32_t)(rnd() % 0x48);

    if (rnd() % 64 == 0) {
        static const uint64_t modes[] = { 0xfee00800, 0xfee00c00, 0xfee00000, 0xe0000800, 0xfec00800 };
        lapic_msr_write(l, LAPIC_MSR_BASE, modes[rnd() % 5] | (l->cfg.vcpu ? 0 : 0x100));
    } else if (rnd() & 1) {
        lapic_msr_write(l, index, value);
    } else {
        lapic_msr_read(l, index, &value);
    }
    if (rnd() % 32 == 0)
        lapic_set_cr8(l, value & 0x1f);
    if (rnd() % 128 == 0)
        lapic_set_tsc_offset(l, rnd_value());
}

static void outside_world(struct pc *pc)
{
    switch (rnd() % 8) {
    case 0:
        uart16550_receive(uart, "root\n", rnd() % 6);
        break;
    case 1:
        acpi_pm_power_button(pm);
        break;
    case 2:
        pci_set_intx(&card.f, rnd() & 1);
        pci_send_msi(&card.f);
        break;
    case 3:
        irq_set(&pc->router, (unsigned)(rnd() % 32), rnd() & 1);
        break;
    case 4:
        msi_send(&pc->router, 0xfee00000 | (rnd() & 0xff00f), (uint32_t)rnd());
        break;
    case 5:
        uart16550_flush(uart);
        break;
    default:
        pc_run_for(pc, rnd() % 4 ? rnd() % (100 * US) : rnd() % (20 * MS));
    }
}

/* The cached bits say what the controllers say, and taking an interrupt always gives one. */
static void take_interrupts(struct pc *pc)
{
    for (unsigned v = 0; v < VCPUS; v++) {
        struct lapic *l = pc->router.lapic[v];
        unsigned pending = irq_pending(&pc->router, v);
        assert_int_equal(!!(pending & IRQ_FROM_APIC), lapic_pending_vector(l) >= 0);
        assert_int_equal(!!(pending & IRQ_FROM_PIC), pc->router.pic_output && lapic_passes_extint(l));
        if (!pending)
            continue;
        uint32_t flag = (uint32_t)rnd();
        int vector = irq_take(&pc->router, v);
        assert_in_range(vector, 0, 255);
        lapic_pv_eoi_before_entry(l, &flag);
        flag ^= (uint32_t)(rnd() & 1);
        lapic_pv_eoi_after_exit(l, &flag);
        if (rnd() & 1)
            lapic_eoi(l);
    }
}

static void random_accesses(void **unused)
{
    struct pc *pc = machine();
    struct timespec start, now;
    uint64_t rounds = 0;

    state = seed;
    clock_gettime(CLOCK_MONOTONIC, &start);
    do {
        for (unsigned i = 0; i < 1000; i++, rounds++) {
            one_access(pc);
            if (rnd() % 4 == 0)
                one_msr(pc);
            if (rnd() % 4 == 0)
                outside_world(pc);
            take_interrupts(pc);
            if (rnd() % 20000 == 0)
                pc_reset(pc);
        }
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((uint64_t)(now.tv_sec - start.tv_sec) * 1000 + (uint64_t)(now.tv_nsec / 1000000) -
             (uint64_t)(start.tv_nsec / 1000000) < budget_ms);
    print_message("%llu rounds, seed %llu\n", (unsigned long long)rounds, (unsigned long long)seed);
    pc_reset(pc);
    assert_int_equal(timer_first(&pc->timers), 0);         /* a reset machine has nothing to do */
    for (unsigned v = 0; v < VCPUS; v++)
        assert_int_equal(irq_pending(&pc->router, v), 0);
    pc_free(pc);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(random_accesses) };
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 0);
    if (argc > 2)
        budget_ms = strtoull(argv[2], NULL, 0);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
