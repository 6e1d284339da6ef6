// SPDX-License-Identifier: BSD-2-Clause
// The whole serial server with a chip and clients made of memory: output, input, hostile clients, a slow chip.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "../components/SerialServer/SerialServer.h"

static struct serial_shm shm[4];
static const struct serial_stream_config config[] = {
    { "vm0", 0, 0, &shm[0] }, { "vm0", 0, 1, &shm[1] }, { "vm1", 1, 0, &shm[2] }, { "vm1", 1, 1, &shm[3] },
    { "fserv", 0, 1, NULL },
};
static unsigned sender, acks, emitted[8], chip_stall;
static char sent[1 << 16], typed[64];
static size_t sent_n, typed_n;
static uint8_t chip[8];
static uint64_t timer_ns;

unsigned serial_stream_count(void) { return 5; }
struct serial_stream_config serial_stream_config(unsigned i) { return config[i]; }
unsigned putchar_get_sender_id(void) { return sender; }
void getchar_emit(unsigned i) { emitted[i]++; }
void serial_irq_acknowledge(void) { acks++; }
uint64_t serial_tsc_frequency(void) { return 2000000000; }
void serial_debug_putchar(int c) { fail(); }
void serial_dump_scheduler(void) { }
int timeout_oneshot_relative(int tid, uint64_t ns) { timer_ns = ns; return 0; }

uint8_t serial_port_in8(unsigned reg)
{
    if (reg == 5)
        return (chip_stall ? 0 : 0x60) | (typed_n ? 1 : 0);
    if (reg == 0 && typed_n) {
        uint8_t c = (uint8_t)typed[0];
        memmove(typed, typed + 1, --typed_n);
        return c;
    }
    return reg == 2 ? 0xc1 : chip[reg];
}

void serial_port_out8(unsigned reg, uint8_t v)
{
    if (reg == 0 && !(chip[3] & 0x80))
        sent[sent_n++] = (char)v;
    else
        chip[reg] = v;
}

static const char *output(void)
{
    sent[sent_n] = 0;
    sent_n = 0;
    return sent;
}

static void client_says(unsigned i, const char *text)
{
    struct byte_ring r = serial_shm_out(&shm[i]);
    byte_ring_put(&r, text, strlen(text));
    if (byte_ring_must_wake(&r))
        serial_work();
}

static void person_types(const char *text)
{
    typed_n = strlen(text);
    memcpy(typed, text, typed_n);
    serial_irq_handle();
}

static const char *client_hears(unsigned i)
{
    static char text[256];
    struct byte_ring r = serial_shm_in(&shm[i]);
    text[byte_ring_get(&r, text, sizeof text - 1)] = 0;
    return text;
}

static void output_and_input(void **state)
{
    serial_init();
    client_says(0, "Welcome\r\n");
    assert_string_equal(output(), "\033[0;32mWelcome\r\033[0m\n");
    client_says(3, "vm1: started\n");
    assert_string_equal(output(), "\033[2;33mvm1: started\033[0m\r\n");
    person_types("root\r");
    assert_string_equal(client_hears(0), "root\r");
    assert_int_equal(emitted[0], 5);
    person_types("@1ls\r");
    assert_string_equal(client_hears(2), "ls\r");
    assert_string_equal(client_hears(0), "");
    assert_non_null(strstr(output(), "input goes to vm1"));
    assert_int_equal(acks, 2);
    sender = 4;
    processed_putchar_batch("archive bad\n", 12);
    assert_non_null(strstr(output(), "archive bad\033[0m\r\n"));
    raw_putchar_putchar('x');                        /* not this client's stream */
    assert_string_equal(output(), "");
    sender = 99;
    processed_putchar_putchar('x');
    assert_string_equal(output(), "");
}

static void held_line_asks_for_a_timer(void **state)
{
    timer_ns = 0;
    client_says(0, "half");
    client_says(2, "other\r\n");
    assert_true(timer_ns > 90000000 && timer_ns < 110000000);
    assert_null(strstr(output(), "other"));
    client_says(0, " done\r\n");
    assert_non_null(strstr(output(), "other"));
}

static void slow_chip_loses_nothing(void **state)
{
    char line[] = "0123456789abcdef0123456789abcdef\r\n";
    chip_stall = 1;
    client_says(0, line);
    output();
    assert_int_equal(chip[1] & 2, 2);                /* transmit interrupt asked for */
    chip_stall = 0;
    serial_irq_handle();
    assert_non_null(strstr(output(), "0123456789abcdef0123456789abcdef"));
    assert_int_equal(chip[1] & 2, 0);
}

static void hostile_client(void **state)
{
    atomic_store(&shm[2].out.head, 0x80000000u);     /* impossible distance */
    serial_work();
    assert_string_equal(output(), "");
    client_says(0, "alive\r\n");
    assert_non_null(strstr(output(), "alive"));
    atomic_store(&shm[2].in.head, 12345);            /* and an input queue that looks full */
    person_types("xyz\r@d");
    assert_non_null(strstr(output(), "4 typed lost"));
    person_types("\r@?");
    const char *help = output();
    assert_non_null(strstr(help, "@0 vm0"));
    assert_non_null(strstr(help, "@1 vm1  <- input"));
    assert_null(strstr(help, "fserv"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_and_input), cmocka_unit_test(held_line_asks_for_a_timer),
        cmocka_unit_test(slow_chip_loses_nothing), cmocka_unit_test(hostile_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
