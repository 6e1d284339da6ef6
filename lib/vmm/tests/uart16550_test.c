// SPDX-License-Identifier: BSD-2-Clause
// UART: what the 8250 driver of Linux probes, output batching, input queue, interrupts.

#include "pc.h"
#include <vmm/devices/pic8259.h>
#include <vmm/devices/uart16550.h>

#define B 0x3f8

static struct uart16550 *uart;

static struct pc *machine(void)
{
    struct pc *pc = pc_new(1);
    pc_add(pc, &pic8259_class, NULL);
    uart = pc_add(pc, &uart16550_class, &(struct uart16550_config){ .base = B, .irq = 4, .port = 0 });
    pic_setup(pc, 0x0010);
    return pc;
}

static bool line(struct pc *pc) { return pc->router.lines >> 4 & 1; }

static void send(struct pc *pc, const char *text)
{
    for (; *text; text++)
        outb(pc, B, (uint8_t)*text);
}

/* autoconfig() of the 8250 driver: scratch IER, loopback, FIFO, EFR does not exist. */
static void probing(void **state)
{
    struct pc *pc = machine();

    outb(pc, B + 1, 0xff);
    assert_int_equal(inb(pc, B + 1), 0x0f);
    outb(pc, B + 1, 0x00);
    assert_int_equal(inb(pc, B + 1), 0x00);
    outb(pc, B + 4, 0x1a);
    assert_int_equal(inb(pc, B + 6) & 0xf0, 0x90);
    outb(pc, B + 4, 0x00);
    assert_int_equal(inb(pc, B + 6) & 0xf0, 0xb0);
    outb(pc, B + 2, 0x01);
    assert_int_equal(inb(pc, B + 2), 0xc1);
    outb(pc, B + 2, 0x00);
    assert_int_equal(inb(pc, B + 2), 0x01);
    outb(pc, B + 7, 0x5a);
    assert_int_equal(inb(pc, B + 7), 0x5a);
    outb(pc, B + 3, 0x83);                                 /* divisor latch */
    outb(pc, B, 0x0c);
    outb(pc, B + 1, 0x01);
    assert_int_equal(pc_in(pc, B, 2), 0x010c);
    outb(pc, B + 3, 0x03);
    assert_int_equal(inb(pc, B + 3), 0x03);
    assert_int_equal(inb(pc, B + 1), 0x00);
    assert_int_equal(inb(pc, B), 0x00);
    assert_int_equal(inb(pc, B + 5), 0x60);
    outb(pc, B + 5, 0xff);
    outb(pc, B + 6, 0xff);
    assert_int_equal(inb(pc, B + 5), 0x60);
    assert_int_equal(pc->console_bytes, 0);
    assert_int_equal(uart16550_class.init(uart, &pc->env, NULL), -1);
    pc_free(pc);
}

static void output_is_gathered(void **state)
{
    struct pc *pc = machine();

    send(pc, "hello");
    assert_int_equal(pc->console_calls, 0);
    send(pc, " world\n");
    assert_int_equal(pc->console_calls, 1);
    assert_string_equal(pc->console, "hello world\n");
    send(pc, "login: ");
    pc_run_for(pc, 5 * MS);                                /* a prompt without newline comes by itself */
    assert_int_equal(pc->console_calls, 2);
    send(pc, "x");
    uart16550_flush(uart);
    assert_int_equal(pc->console_calls, 3);
    uart16550_flush(uart);
    assert_int_equal(pc->console_calls, 3);
    for (unsigned i = 0; i < UART_OUT_SIZE; i++)
        send(pc, "y");
    assert_int_equal(pc->console_calls, 4);
    send(pc, "z");
    pc_reset(pc);                                          /* nothing is lost by a reboot */
    assert_int_equal(pc->console_calls, 5);
    assert_int_equal(timer_first(&pc->timers), 0);
    pc_free(pc);
}

static void input(void **state)
{
    struct pc *pc = machine();
    char big[2 * UART_QUEUE_SIZE];

    outb(pc, B + 2, 0xc1);                                 /* FIFO, trigger 14 */
    assert_int_equal(uart16550_receive(uart, "root", 4), 4);
    assert_false(line(pc));
    assert_int_equal(inb(pc, B + 5), 0x61);
    outb(pc, B + 1, 0x05);
    assert_true(line(pc));
    assert_int_equal(inb(pc, B + 2), 0xcc);                /* below the trigger: time-out */
    assert_int_equal(inb(pc, B), 'r');
    assert_int_equal(inb(pc, B), 'o');
    assert_int_equal(inb(pc, B), 'o');
    assert_true(line(pc));
    assert_int_equal(inb(pc, B), 't');
    assert_false(line(pc));
    assert_int_equal(inb(pc, B + 2), 0xc1);
    memset(big, 'a', sizeof big);
    /* the rest must be offered again */
    assert_int_equal(uart16550_receive(uart, big, sizeof big), UART_QUEUE_SIZE);
    assert_int_equal(uart16550_receive(uart, big, 1), 0);
    assert_int_equal(inb(pc, B + 2), 0xc4);                /* trigger reached */
    outb(pc, B + 2, 0xc3);                                 /* clears the FIFO; what is on the wire stays */
    assert_int_equal(uart->rx_count, UART_QUEUE_SIZE - 16);
    for (unsigned i = 0; i < UART_QUEUE_SIZE - 16; i++)
        assert_int_equal(inb(pc, B), 'a');
    assert_int_equal(inb(pc, B + 5), 0x60);
    outb(pc, B + 2, 0x00);
    uart16550_receive(uart, "bc", 2);
    assert_int_equal(inb(pc, B + 2), 0x04);                /* no FIFO: data, not time-out */
    assert_int_equal(inb(pc, B), 'b');
    assert_int_equal(inb(pc, B), 'c');
    assert_int_equal(inb(pc, B), 0);
    pc_free(pc);
}

static void empty_interrupt(void **state)
{
    struct pc *pc = machine();

    outb(pc, B + 2, 0x01);
    outb(pc, B + 1, 0x02);                                 /* enabling it while empty raises it */
    assert_true(line(pc));
    assert_int_equal(inb(pc, B + 2), 0xc2);
    assert_false(line(pc));
    assert_int_equal(inb(pc, B + 2), 0xc1);
    outb(pc, B + 1, 0x00);
    outb(pc, B + 1, 0x02);    /* and again: the driver's test for a broken UART */
    assert_int_equal(inb(pc, B + 2), 0xc2);
    send(pc, "q");
    assert_true(line(pc));
    outb(pc, B + 1, 0x00);
    assert_false(line(pc));
    outb(pc, B + 1, 0x03);
    uart16550_receive(uart, "k", 1);
    assert_int_equal(inb(pc, B + 2), 0xc4);                /* input goes before output */
    assert_int_equal(inb(pc, B), 'k');
    assert_int_equal(inb(pc, B + 2), 0xc2);
    pc_free(pc);
}

/* A driver that fills the FIFO in its handler until no interrupt is pending must get out of it some time, and
 * everything must arrive. */
static void handler_terminates(void **state)
{
    struct pc *pc = machine();
    unsigned left = 20000, interrupts = 0, most = 0;

    outb(pc, B + 2, 0x01);
    outb(pc, B + 1, 0x02);
    while (left) {
        assert_int_equal(irq_take(&pc->router, 0), 0x34);
        interrupts++;
        unsigned loops = 0;
        while (inb(pc, B + 2) == 0xc2) {
            for (unsigned i = 0; i < 16 && left; i++, left--)
                outb(pc, B, 'd');
            if (!left)
                outb(pc, B + 1, 0);
            loops++;
        }
        most = loops > most ? loops : most;
        outb(pc, 0x20, 0x20);
        if (left)
            pc_run_for(pc, MS);
    }
    uart16550_flush(uart);
    assert_int_equal(pc->console_bytes, 20000);
    assert_true(most < 512);                               /* what Linux grants a handler */
    assert_in_range(interrupts, 10, 30);
    pc_free(pc);
}

static void loopback_and_modem(void **state)
{
    struct pc *pc = machine();

    outb(pc, B + 1, 0x08);
    outb(pc, B + 4, 0x10);
    assert_true(line(pc));                                 /* CTS, DSR, DCD fell */
    assert_int_equal(inb(pc, B + 2), 0x00);
    assert_int_equal(inb(pc, B + 6), 0x0b);
    assert_false(line(pc));
    outb(pc, B + 4, 0x14);                                 /* RI: the rising edge does not count */
    assert_int_equal(inb(pc, B + 6), 0x40);
    outb(pc, B + 4, 0x10);
    assert_int_equal(inb(pc, B + 6), 0x04);
    send(pc, "A");
    assert_int_equal(inb(pc, B + 5), 0x61);
    send(pc, "B");                                         /* no FIFO: overrun */
    outb(pc, B + 1, 0x04);
    assert_int_equal(inb(pc, B + 2), 0x06);
    assert_int_equal(inb(pc, B + 5), 0x63);
    assert_int_equal(inb(pc, B + 5), 0x61);
    assert_int_equal(inb(pc, B), 'A');
    assert_int_equal(uart16550_receive(uart, "x", 1), 0);  /* the wire is cut */
    assert_int_equal(pc->console_bytes, 0);
    outb(pc, B + 2, 0x01);
    for (unsigned i = 0; i < 100; i++)
        send(pc, "C");
    assert_int_equal(inb(pc, B + 5), 0x63);
    assert_int_equal(uart->rx_count, 16);
    pc_free(pc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probing),
        cmocka_unit_test(output_is_gathered),
        cmocka_unit_test(input),
        cmocka_unit_test(empty_interrupt),
        cmocka_unit_test(handler_terminates),
        cmocka_unit_test(loopback_and_modem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
