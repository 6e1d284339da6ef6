// SPDX-License-Identifier: BSD-2-Clause
// Driver of the keyboard controller (Intel 8042). Its interrupt comes through the notification that is bound
// to the control thread: no further thread. To have an interrupt without a person, it asks the chip to behave
// as if a key was pressed.
#include <camkes.h>
#include <stdio.h>

enum { DATA = 0x60, COMMAND = 0x64 };
enum { OUTPUT_FULL = 1, INPUT_FULL = 2 };                                    /* status */
enum { READ_MODE = 0x20, WRITE_MODE = 0x60, SELF_TEST = 0xaa, PRETEND_KEY = 0xd2 };    /* commands */
enum { INTERRUPT_ON = 1, SELF_TEST_PASSED = 0x55 };

static void send(uint16_t port, uint8_t value)
{
    while (command_in8(COMMAND) & INPUT_FULL) {
    }
    if (port == DATA) {
        data_out8(port, value);
    } else {
        command_out8(port, value);
    }
}

static uint8_t receive(void)
{
    while (!(command_in8(COMMAND) & OUTPUT_FULL)) {
    }
    return data_in8(DATA);
}

static void set_mode(uint8_t on, uint8_t off)
{
    send(COMMAND, READ_MODE);
    const uint8_t mode = receive();
    send(COMMAND, WRITE_MODE);
    send(DATA, (uint8_t)((mode | on) & ~off));
}

int run(void)
{
    static const char text[] = "key";
    start_wait();
    set_mode(0, INTERRUPT_ON);
    send(COMMAND, SELF_TEST);
    printf("keyboard: self test %s\n", receive() == SELF_TEST_PASSED ? "passed" : "FAILED");
    set_mode(INTERRUPT_ON, 0);
    key_acknowledge();
    for (const char *c = text; *c; c++) {
        send(COMMAND, PRETEND_KEY);
        send(DATA, (uint8_t)*c);
        key_wait();
        printf("keyboard: interrupt with '%c'\n", receive());
        key_acknowledge();
    }
    next_emit();
    return 0;
}
