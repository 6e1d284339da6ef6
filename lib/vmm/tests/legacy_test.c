// SPDX-License-Identifier: BSD-2-Clause
// Keyboard controller without keyboard, port 0x92, POST port, debug exit; the list of classes.

#include "pc.h"
#include <vmm/devices/legacy.h>
#include <vmm/devices/table.h>

static void keyboard_controller(void **state)
{
    struct pc *pc = pc_new(1);
    pc_add(pc, &i8042_class, NULL);

    assert_int_equal(inb(pc, 0x64), 0x14);
    outb(pc, 0x64, 0xaa);
    assert_int_equal(inb(pc, 0x64) & 0x03, 0x01);
    assert_int_equal(inb(pc, 0x60), 0x55);
    assert_int_equal(inb(pc, 0x64) & 0x03, 0x00);
    outb(pc, 0x64, 0x20);
    assert_int_equal(inb(pc, 0x60), 0x74);
    outb(pc, 0x64, 0x60);
    outb(pc, 0x60, 0x45);
    outb(pc, 0x64, 0x20);
    assert_int_equal(pc->router.lines, 1u << 1);
    assert_int_equal(inb(pc, 0x60), 0x45);
    assert_int_equal(pc->router.lines, 0);
    outb(pc, 0x60, 0xff);                                  /* reset to a keyboard that is not there */
    assert_int_equal(inb(pc, 0x64) & 0x41, 0x41);
    assert_int_equal(inb(pc, 0x60), 0xfe);
    assert_int_equal(inb(pc, 0x64) & 0x41, 0x00);
    outb(pc, 0x64, 0xd4);
    outb(pc, 0x60, 0xf2);
    assert_int_equal(inb(pc, 0x64) & 0x61, 0x61);
    outb(pc, 0x64, 0xd3);
    outb(pc, 0x60, 0x5a);
    assert_int_equal(inb(pc, 0x64) & 0x21, 0x01);
    assert_int_equal(inb(pc, 0x60), 0x5a);
    assert_int_equal(outb(pc, 0x64, 0xd1), EXIT_NEXT_INSN);
    assert_int_equal(outb(pc, 0x60, 0xdf), EXIT_NEXT_INSN);    /* A20 */
    outb(pc, 0x64, 0xd0);
    assert_int_equal(inb(pc, 0x60), 0xdf);
    assert_int_equal(outb(pc, 0x64, 0xff), EXIT_NEXT_INSN);    /* pulses nothing */
    assert_int_equal(outb(pc, 0x64, 0xfe), EXIT_RESET_VM);
    outb(pc, 0x64, 0xd1);
    assert_int_equal(outb(pc, 0x60, 0xde), EXIT_RESET_VM);
    for (unsigned c = 0; c < 256; c++) {                   /* no command does more than answer */
        outb(pc, 0x64, (uint8_t)c);
        outb(pc, 0x60, (uint8_t)c);
        inb(pc, 0x60);
    }
    pc_free(pc);
}

static void resets(void **state)
{
    struct pc *pc = pc_new(1);
    pc_add(pc, &port92_class, NULL);

    assert_int_equal(inb(pc, 0x92), 0x02);
    assert_int_equal(outb(pc, 0x92, 0x00), EXIT_NEXT_INSN);
    assert_int_equal(outb(pc, 0x92, 0xfe), EXIT_NEXT_INSN);
    assert_int_equal(outb(pc, 0x92, 0x03), EXIT_RESET_VM);
    assert_int_equal(outb(pc, 0x92, 0x03), EXIT_NEXT_INSN);
    pc_free(pc);
}

static uint32_t reported;
static void report(void *ctx, uint32_t value)
{
    (*(unsigned *)ctx)++;
    reported = value;
}

static void post_and_debug_exit(void **state)
{
    struct pc *pc = pc_new(1);
    unsigned calls = 0;
    struct post_port *post = pc_add(pc, &post_port_class, NULL);
    pc_add(pc, &debug_exit_class, &(struct debug_exit_config){ 0xf4, 0, report, &calls });

    assert_int_equal(outb(pc, 0x80, 0x42), EXIT_NEXT_INSN);
    assert_int_equal(inb(pc, 0x80), 0x42);
    assert_int_equal(post->writes, 1);
    assert_int_equal(inb(pc, 0xf4), 0);
    assert_int_equal(outb(pc, 0xf4, 0x11), EXIT_POWER_OFF);
    assert_int_equal(reported, 0x11);
    assert_int_equal(pc_out(pc, 0xf4, 4, 0x87654321), EXIT_POWER_OFF);
    assert_int_equal(reported, 0x87654321);
    assert_int_equal(calls, 2);
    struct debug_exit extra;
    assert_int_equal(debug_exit_class.init(&extra, &pc->env, NULL), -1);
    assert_int_equal(
        debug_exit_class.init(&extra, &pc->env, &(struct debug_exit_config){.port = 0xf0, .size = 8}), -1);
    pc_free(pc);
}

static void class_list(void **state)
{
    unsigned n = 0;
    for (const struct device_class *const *class = device_class_table; *class; class++, n++) {
        assert_ptr_equal(device_class_find((*class)->name), *class);
        assert_true((*class)->init && (*class)->reset && (*class)->dump && (*class)->size);
    }
    assert_true(n >= 12);
    assert_null(device_class_find("flux-capacitor"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyboard_controller),
        cmocka_unit_test(resets),
        cmocka_unit_test(post_and_debug_exit),
        cmocka_unit_test(class_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
