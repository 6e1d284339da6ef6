// SPDX-License-Identifier: BSD-2-Clause
// ACPI fixed hardware: power button, power-off, PM timer, GPE, access sizes.

#include "pc.h"
#include <vmm/devices/acpi_pm.h>
#include <vmm/devices/pic8259.h>

#define B ACPI_PM_DEFAULT_BASE

static struct acpi_pm *pm;

static struct pc *machine(void)
{
    struct pc *pc = pc_new(1);
    pc_add(pc, &pic8259_class, NULL);
    pm = pc_add(pc, &acpi_pm_class, NULL);
    return pc;
}

static bool sci(struct pc *pc) { return pc->router.lines >> ACPI_SCI_IRQ & 1; }

static void power_button(void **state)
{
    struct pc *pc = machine();

    assert_int_equal(inb(pc, 0x4d1), 0x02);                /* SCI is level-triggered */
    assert_int_equal(pc_in(pc, B + 4, 2), 1);              /* ACPI mode from the start */
    acpi_pm_power_button(pm);
    assert_false(sci(pc));
    pc_out(pc, B + 2, 2, 0xffff);
    assert_int_equal(pc_in(pc, B + 2, 2), 0x0721);
    assert_true(sci(pc));
    assert_int_equal(pc_in(pc, B, 2), 0x0100);
    assert_int_equal(pc_in(pc, B, 4), 0x07210100);
    pc_out(pc, B, 2, 0x0020);
    assert_true(sci(pc));
    outb(pc, B + 1, 0x01);                                 /* the upper byte alone */
    assert_false(sci(pc));
    assert_int_equal(pc_in(pc, B, 2), 0);
    acpi_pm_power_button(pm);
    pc_reset(pc);
    assert_false(sci(pc));
    assert_int_equal(pc_in(pc, B, 2), 0);
    pc_free(pc);
}

static void sleeping(void **state)
{
    struct pc *pc = machine();

    assert_int_equal(pc_out(pc, B + 4, 2, 1 | ACPI_S5_TYPE << 10), EXIT_NEXT_INSN);
    assert_int_equal(pc_in(pc, B + 4, 2), 1 | ACPI_S5_TYPE << 10);
    assert_int_equal(pc_out(pc, B + 4, 2, 1 | 3 << 10 | 1 << 13), EXIT_NEXT_INSN);     /* S3 is not offered */
    assert_int_equal(pc_in(pc, B + 4, 2), 1 | 3 << 10);
    assert_int_equal(pc_out(pc, B + 4, 2, 1 | ACPI_S5_TYPE << 10 | 1 << 13), EXIT_POWER_OFF);
    assert_int_equal(outb(pc, B + 5, ACPI_S5_TYPE << 2 | 1 << 5), EXIT_POWER_OFF);
    pc_free(pc);
}

static void timer(void **state)
{
    struct pc *pc = machine();
    uint32_t before = pc_in(pc, B + 8, 4);

    pc_run_for(pc, 1000 * MS);
    assert_in_range(pc_in(pc, B + 8, 4) - before, 3579544, 3579546);
    assert_int_equal(inb(pc, B + 8), pc_in(pc, B + 8, 4) & 0xff);
    pc_out(pc, B + 8, 4, 0);                               /* read-only */
    assert_true(pc_in(pc, B + 8, 4) > 3500000);
    pc_out(pc, B + 2, 2, 1);
    pc_run_for(pc, 598 * 1000 * MS);
    assert_false(sci(pc));
    pc_run_for(pc, 2 * 1000 * MS);                         /* the top bit has changed */
    assert_true(sci(pc));
    assert_int_equal(pc_in(pc, B, 2), 1);
    pc_out(pc, B, 2, 1);
    assert_false(sci(pc));
    pc_run_for(pc, 600 * 1000 * MS);
    assert_true(sci(pc));
    pc_free(pc);
}

static void gpe(void **state)
{
    struct pc *pc = machine();

    acpi_pm_set_gpe(pm, 3);
    acpi_pm_set_gpe(pm, 99);
    assert_int_equal(pc_in(pc, B + 0x10, 2), 8);
    pc_out(pc, B + 0x12, 2, 0xffff);
    assert_true(sci(pc));
    pc_out(pc, B + 0x10, 2, 8);
    assert_false(sci(pc));
    assert_int_equal(pc_in(pc, B + 0x1c, 4), 0);
    pc_out(pc, B + 0x1c, 4, ~0u);
    pc_free(pc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_button),
        cmocka_unit_test(sleeping),
        cmocka_unit_test(timer),
        cmocka_unit_test(gpe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
