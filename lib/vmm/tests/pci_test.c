// SPDX-License-Identifier: BSD-2-Clause
// PCI host: configuration mechanism, BAR sizing and mapping, capabilities, INTx sharing, MSI, reset control.

#include "pc.h"
#include <vmm/devices/ioapic.h>
#include <vmm/devices/pci.h>
#include <vmm/devices/pic8259.h>

struct card {
    struct pci_function f;
    unsigned accesses, config_writes;
    uint64_t last_offset;
};

static struct pci_host *host;

static enum exit_action card_access(void *device, struct bus_access *a)
{
    struct card *c = device;
    c->accesses++;
    c->last_offset = a->offset;
    if (!a->write)
        a->value = 0x1234;
    return EXIT_NEXT_INSN;
}

static void card_config_written(void *device, unsigned offset, unsigned size)
{
    ((struct card *)device)->config_writes++;
}

static struct pc *machine(void)
{
    struct pc *pc = pc_new(1);
    pc_add(pc, &pic8259_class, NULL);
    pc_add(pc, &ioapic_class, NULL);
    pc_add(pc, &lapic_class, &(struct lapic_config){ .vcpu = 0 });
    host = pc_add(pc, &pci_host_class, NULL);
    apic_out(pc, 0, 0xf0, 0x1ff);
    return pc;
}

static void make_card(struct card *c, unsigned slot, unsigned function)
{
    static const struct pci_identity id = { .vendor = 0x1af4, .device = 0x1042, .subsystem_vendor = 0x1af4,
                                            .subsystem = 2, .class_code = 1, .interrupt_pin = 1 };
    memset(c, 0, sizeof *c);
    pci_function_init(&c->f, "card", c, &id);
    c->f.config_written = card_config_written;
    assert_int_equal(pci_set_bar(&c->f, 0, PCI_BAR_IO, 64, card_access), 0);
    assert_int_equal(pci_set_bar(&c->f, 1, PCI_BAR_MEM32, 0x1000, card_access), 0);
    assert_int_equal(pci_set_bar(&c->f, 2, PCI_BAR_MEM64, 0x4000, card_access), 0);
    assert_true(pci_add_msi(&c->f) > 0);
    assert_int_equal(pci_add(host, &c->f, slot, function), 0);
}

static uint32_t cfg(struct pc *pc, unsigned slot, unsigned reg, unsigned size)
{
    pc_out(pc, 0xcf8, 4, 0x80000000 | slot << 11 | (reg & 0xfc));
    return pc_in(pc, (uint16_t)(0xcfc + (reg & 3)), size);
}
static void cfg_write(struct pc *pc, unsigned slot, unsigned reg, unsigned size, uint32_t value)
{
    pc_out(pc, 0xcf8, 4, 0x80000000 | slot << 11 | (reg & 0xfc));
    pc_out(pc, (uint16_t)(0xcfc + (reg & 3)), size, value);
}

static void mechanism_1(void **state)
{
    struct pc *pc = machine();

    outb(pc, 0xcfb, 0x01);                                 /* pci_check_type1 */
    pc_out(pc, 0xcf8, 4, 0x80000000);
    assert_int_equal(pc_in(pc, 0xcf8, 4), 0x80000000);
    assert_int_equal(cfg(pc, 0, 0, 4), 0x00081b36);
    assert_int_equal(cfg(pc, 0, 0x0a, 2), 0x0600);
    assert_int_equal(cfg(pc, 0, 0x0e, 1), 0x00);
    assert_int_equal(cfg(pc, 1, 0, 4), 0xffffffff);
    cfg_write(pc, 1, 0, 4, 0);
    pc_out(pc, 0xcf8, 4, 0x80010000);                      /* bus 1 */
    assert_int_equal(pc_in(pc, 0xcfc, 4), 0xffffffff);
    pc_out(pc, 0xcf8, 4, 0x00000000);                      /* not enabled */
    assert_int_equal(pc_in(pc, 0xcfc, 4), 0xffffffff);
    pc_out(pc, 0xcf8, 2, 0x1234);                          /* only 32-bit writes */
    assert_int_equal(pc_in(pc, 0xcf8, 4), 0);
    pc_out(pc, 0xcf8, 4, 0xffffffff);
    assert_int_equal(pc_in(pc, 0xcf8, 4), 0x80fffffc);
    assert_int_equal(pc_in(pc, 0xcfe, 4), 0xffffffff);     /* over the end of the register */
    pc_in(pc, 0xcfa, 4);
    pc_out(pc, 0xcfb, 4, 0);
    for (unsigned reg = 0; reg < 256; reg++) {    /* all of it may be written: it stays a host bridge */
        cfg_write(pc, 0, reg, 1, 0xff);
        cfg(pc, 0, reg, 1);
    }
    assert_int_equal(cfg(pc, 0, 0, 4), 0x00081b36);
    pc_free(pc);
}

static void bars(void **state)
{
    struct pc *pc = machine();
    struct card c;
    unsigned ranges = pc->mmio.count;

    make_card(&c, 3, 0);
    assert_int_equal(cfg(pc, 3, 0x10, 4), 0xc001);         /* firmware has placed them */
    assert_int_equal(cfg(pc, 3, 0x14, 4), 0xe0000000);
    assert_int_equal(cfg(pc, 3, 0x18, 4), 0xe0004004);
    assert_int_equal(cfg(pc, 3, 0x1c, 4), 0);
    assert_int_equal(cfg(pc, 3, 0x3c, 2), 0x010b);         /* slot 3, INTA#: fourth line */
    assert_int_equal(mmio_in(pc, 0xe0000000, 4, 0), 0xffffffff);
    cfg_write(pc, 3, 0x04, 2, 0x0007);
    assert_int_equal(mmio_in(pc, 0xe0000ff0, 4, 0), 0x1234);
    assert_int_equal(c.last_offset, 0xff0);
    assert_int_equal(pc_in(pc, 0xc03e, 2), 0x1234);
    assert_int_equal(pc_in(pc, 0xc040, 2), 0xffff);
    for (unsigned bar = 0; bar < 6; bar++)                 /* sizing, with decoding on as some kernels do */
        cfg_write(pc, 3, 0x10 + 4 * bar, 4, 0xffffffff);
    assert_int_equal(cfg(pc, 3, 0x10, 4), 0xffffffc1);
    assert_int_equal(cfg(pc, 3, 0x14, 4), 0xfffff000);
    assert_int_equal(cfg(pc, 3, 0x18, 4), 0xffffc004);
    assert_int_equal(cfg(pc, 3, 0x1c, 4), 0xffffffff);
    assert_int_equal(cfg(pc, 3, 0x20, 4), 0);
    assert_int_equal(cfg(pc, 3, 0x30, 4), 0);
    assert_int_equal(pc->mmio.count, ranges);
    assert_int_equal(mmio_in(pc, 0xfffff000, 4, 0), 0xffffffff);
    cfg_write(pc, 3, 0x14, 4, 0xe1000000);
    assert_int_equal(mmio_in(pc, 0xe1000000, 4, 0), 0x1234);
    assert_int_equal(mmio_in(pc, 0xe0000000, 4, 0), 0xffffffff);
    cfg_write(pc, 3, 0x18, 4, 0xe1000000);                 /* on top of the other one: refused, told */
    cfg_write(pc, 3, 0x1c, 4, 0);
    assert_true(pc->log_lines > 0);
    assert_int_equal(pc->mmio.count, ranges + 1);
    for (unsigned i = 0; i < 1000; i++)
        cfg_write(pc, 3, 0x18, 4, 0xe1000000 - (i & 1) * 0x10000);
    assert_true(pc->log_lines <= 8);                       /* a guest cannot flood the log */
    cfg_write(pc, 3, 0x14, 4, 0xfee00000);                 /* the APIC's page is out of the window */
    assert_int_equal(apic_in(pc, 0, 0x30), 0x50014);
    cfg_write(pc, 3, 0x04, 2, 0);
    assert_int_equal(pc->mmio.count, ranges);
    cfg_write(pc, 3, 0x04, 2, 0xffff);
    assert_int_equal(cfg(pc, 3, 0x04, 2), 0x0407);
    pc_reset(pc);
    assert_int_equal(cfg(pc, 3, 0x14, 4), 0xe0000000);
    assert_int_equal(pc->mmio.count, ranges);
    assert_true(c.config_writes > 1000);
    pc_free(pc);
}

static struct { unsigned calls, index; bool mapped; uint64_t at; } moved;

static void card_moved(void *device, unsigned index, bool mapped)
{
    struct card *c = device;

    moved.calls++;
    moved.index = index;
    moved.mapped = mapped;
    moved.at = c->f.bar[index].mapped_at;
}

/* A device whose BAR is memory that others map for it hears of each move, and of its end at a reset. */
static void moves_are_told(void **state)
{
    struct pc *pc = machine();
    struct card c;

    make_card(&c, 3, 0);
    c.f.bar_moved = card_moved;
    memset(&moved, 0, sizeof moved);
    cfg_write(pc, 3, 0x14, 4, 0xe0010000);
    assert_int_equal(moved.calls, 0);                      /* decoding is off */
    cfg_write(pc, 3, 4, 2, 2);
    assert_int_equal(moved.calls, 2);                      /* both memory BARs */
    moved.calls = 0;
    cfg_write(pc, 3, 0x14, 4, 0xe0020000);
    assert_int_equal(moved.calls, 2);
    assert_int_equal(moved.index, 1);
    assert_true(moved.mapped);
    assert_int_equal(moved.at, 0xe0020000);
    cfg_write(pc, 3, 0x14, 4, 0xffffffff);                 /* sizing: outside of the window */
    assert_false(moved.mapped);
    cfg_write(pc, 3, 0x14, 4, 0xe0020000);
    moved.calls = 0;
    pci_function_reset(&c.f);
    assert_int_equal(moved.calls, 2);
    assert_false(moved.mapped);
    pc_free(pc);
}

static void wrong_functions_are_refused(void **state)
{
    struct pc *pc = machine();
    struct card c;
    static const struct pci_identity id = { .vendor = 1, .device = 1 };

    pci_function_init(&c.f, "card", &c, &id);
    assert_int_equal(pci_set_bar(&c.f, 6, PCI_BAR_MEM32, 0x1000, card_access), -1);
    assert_int_equal(pci_set_bar(&c.f, 5, PCI_BAR_MEM64, 0x1000, card_access), -1);
    assert_int_equal(pci_set_bar(&c.f, 0, PCI_BAR_MEM32, 0x1001, card_access), -1);
    assert_int_equal(pci_set_bar(&c.f, 0, PCI_BAR_MEM32, 8, card_access), -1);
    assert_int_equal(pci_set_bar(&c.f, 0, PCI_BAR_IO, 512, card_access), -1);
    assert_int_equal(pci_set_bar(&c.f, 0, PCI_BAR_MEM32, 0x1000, NULL), -1);
    assert_int_equal(pci_set_bar(&c.f, 0, PCI_BAR_MEM32, 1u << 30, card_access), 0);
    assert_int_equal(pci_set_bar(&c.f, 0, PCI_BAR_MEM32, 0x1000, card_access), -1);
    assert_int_equal(pci_set_bar(&c.f, 1, PCI_BAR_MEM32, 1u << 30, card_access), 0);
    assert_int_equal(pci_add(host, &c.f, 0, 0), -1);
    assert_int_equal(pci_add(host, &c.f, 1, 1), -1);
    assert_int_equal(pci_add(host, &c.f, 32, 0), -1);
    assert_int_equal(pci_add(host, &c.f, 1, 0), -1);       /* a gigabyte finds no room */
    assert_int_equal(pc->log_lines, 4);
    int last = 0, n = 0;
    while ((last = pci_add_capability(&c.f, 9, 20)) > 0)
        n++;
    assert_int_equal(n, (256 - 0x40) / 20);
    assert_int_equal(c.f.config[0x34], 0x40);
    assert_int_equal(c.f.config[0x41], 0x40 + 20);
    pc_free(pc);
}

static void interrupt_lines(void **state)
{
    struct pc *pc = machine();
    struct card a, b, d;

    make_card(&a, 2, 0);                                   /* PIRQ C: line 10 */
    make_card(&b, 4, 0);                                   /* PIRQ A: line 10 */
    make_card(&d, 4, 1);
    assert_int_equal(cfg(pc, 4, 0x0c, 4) >> 16 & 0xff, 0x80);      /* multifunction */
    assert_int_equal(inb(pc, 0x4d1) & 0x0c, 0x0c);
    pci_set_intx(&a.f, true);
    pci_set_intx(&b.f, true);
    pci_set_intx(&b.f, true);
    assert_int_equal(pc->router.lines, 1u << 10);
    assert_int_equal(cfg(pc, 2, 0x06, 2) & 8, 8);
    pci_set_intx(&a.f, false);
    assert_int_equal(pc->router.lines, 1u << 10);
    cfg_write(pc, 4, 0x04, 2, 0x0400);                     /* INTx disable */
    assert_int_equal(pc->router.lines, 0);
    assert_int_equal(cfg(pc, 4, 0x06, 2) & 8, 8);
    cfg_write(pc, 4, 0x04, 2, 0x0000);
    assert_int_equal(pc->router.lines, 1u << 10);
    pc_reset(pc);
    assert_int_equal(pc->router.lines, 0);
    pci_set_intx(&b.f, true);
    pci_set_intx(&b.f, false);
    assert_int_equal(pc->router.lines, 0);
    pc_free(pc);
}

static void msi(void **state)
{
    struct pc *pc = machine();
    struct card c;

    make_card(&c, 5, 0);
    unsigned at = cfg(pc, 5, 0x34, 1);
    assert_int_equal(at, 0x40);
    assert_int_equal(cfg(pc, 5, at, 4), 0x01800005);
    assert_false(pci_send_msi(&c.f));
    cfg_write(pc, 5, at + 4, 4, 0xfee00003);
    cfg_write(pc, 5, at + 12, 2, 0x0061);
    cfg_write(pc, 5, at + 2, 2, 0xffff);
    assert_int_equal(cfg(pc, 5, at + 2, 2), 0x0181);
    assert_true(pci_send_msi(&c.f));                       /* no bus master yet: goes nowhere */
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    cfg_write(pc, 5, 0x04, 2, 0x0004);
    assert_true(pci_send_msi(&c.f));
    assert_int_equal(irq_take(&pc->router, 0), 0x61);
    apic_out(pc, 0, 0xb0, 0);
    cfg_write(pc, 5, at + 16, 4, 1);                       /* masked: pends */
    assert_true(pci_send_msi(&c.f));
    assert_int_equal(irq_pending(&pc->router, 0), 0);
    assert_int_equal(cfg(pc, 5, at + 20, 4), 1);
    cfg_write(pc, 5, at + 16, 4, 0);
    assert_int_equal(irq_take(&pc->router, 0), 0x61);
    assert_int_equal(cfg(pc, 5, at + 20, 4), 0);
    pc_free(pc);
}

static void reset_control(void **state)
{
    struct pc *pc = machine();

    assert_int_equal(outb(pc, 0xcf9, 0x02), EXIT_NEXT_INSN);
    assert_int_equal(outb(pc, 0xcf9, 0x06), EXIT_RESET_VM);
    assert_int_equal(inb(pc, 0xcf9), 0x06);
    assert_int_equal(outb(pc, 0xcf9, 0x06), EXIT_NEXT_INSN);
    pc_reset(pc);
    assert_int_equal(inb(pc, 0xcf9), 0x00);
    assert_int_equal(outb(pc, 0xcf9, 0x0e), EXIT_RESET_VM);
    pc_free(pc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mechanism_1),
        cmocka_unit_test(bars),
        cmocka_unit_test(moves_are_told),
        cmocka_unit_test(wrong_functions_are_refused),
        cmocka_unit_test(interrupt_lines),
        cmocka_unit_test(msi),
        cmocka_unit_test(reset_control),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
