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
#include <camkes.h>
#include <global-components/getchar.h>

/* Two VMs and a service; its badges as a compiled assembly gives them: from 1, for each interface. */
static _Alignas(64) uint8_t typed_memory[2][4096];
static const struct { const char *interface; struct rt_client client; } connections[] = {
    { "getchar", { "vm0", 1, typed_memory[0], 4096 } }, { "getchar", { "vm1", 2, typed_memory[1], 4096 } },
    { "raw_putchar", { "vm0", 1, NULL, 0 } }, { "raw_putchar", { "vm1", 2, NULL, 0 } },
    { "processed_putchar", { "fserv", 1, NULL, 0 } }, { "processed_putchar", { "vm0", 2, NULL, 0 } },
    { "processed_putchar", { "vm1", 3, NULL, 0 } },
};
enum { FSERV_LOG = 1, VM1_LOG = 3 };
static unsigned acks, emitted[3], chip_stall;
static int locked;
static seL4_Word sender;
static char sent[1 << 16], typed[64];
static size_t sent_n, typed_n;
static uint8_t chip[8];
static uint64_t timer_ns;

bool rt_client(const char *interface, unsigned i, struct rt_client *out)
{
    for (unsigned n = 0; n < sizeof connections / sizeof *connections; n++)
        if (strcmp(connections[n].interface, interface) == 0 && i-- == 0) {
            *out = connections[n].client;
            return true;
        }
    return false;
}

uint64_t rt_tsc(void) { return __builtin_ia32_rdtsc(); }
uint64_t rt_tsc_hz(void) { return 2000000000; }
bool rt_debug_kernel(void) { return false; }
void seL4_DebugPutChar(char c) { fail(); }
void seL4_DebugDumpScheduler(void) { fail(); }
const char *get_instance_name(void) { return "serial"; }
seL4_Word processed_putchar_get_sender_id(void) { return sender; }
seL4_Word raw_putchar_get_sender_id(void) { return sender; }
void getchar_emit(seL4_Word badge) { emitted[badge]++; }
int serial_irq_acknowledge(void) { acks++; return 0; }
int timeout_oneshot_relative(int timer, uint64_t ns) { timer_ns = ns; return 0; }
void timeout_wait(void) { fail(); }
int state_lock(void) { assert_int_equal(locked++, 0); return 0; }
int state_unlock(void) { assert_int_equal(--locked, 0); return 0; }

uint8_t serial_port_in8(uint16_t port)
{
    unsigned reg = port - 0x3f8u;

    if (reg == 5)
        return (chip_stall ? 0 : 0x60) | (typed_n ? 1 : 0);
    if (reg == 0 && typed_n) {
        uint8_t c = (uint8_t)typed[0];
        memmove(typed, typed + 1, --typed_n);
        return c;
    }
    return reg == 2 ? 0xc1 : chip[reg];
}

int serial_port_out8(uint16_t port, uint8_t v)
{
    unsigned reg = port - 0x3f8u;

    if (reg == 0 && !(chip[3] & 0x80))
        sent[sent_n++] = (char)v;
    else
        chip[reg] = v;
    return 0;
}

static const char *output(void)
{
    sent[sent_n] = 0;
    sent_n = 0;
    return sent;
}

/* A guest's console; how much of it was taken. */
static size_t guest_says(unsigned vm, const char *words)
{
    sender = vm + 1;
    return raw_putchar_batch(strlen(words), words);
}

static void log_says(seL4_Word badge, const char *words)
{
    sender = badge;
    assert_int_equal(processed_putchar_batch(strlen(words), words), strlen(words));
}

static void person_types(const char *text)
{
    typed_n = strlen(text);
    memcpy(typed, text, typed_n);
    serial_irq_handle();
}

static const char *client_hears(unsigned vm)
{
    static char heard[256];
    struct byte_ring r = getchar_ring(typed_memory[vm], sizeof typed_memory[vm]);
    heard[byte_ring_get(&r, heard, sizeof heard - 1)] = 0;
    return heard;
}

static void output_and_input(void **state)
{
    post_init();
    assert_int_equal(acks, 1);
    guest_says(0, "Welcome\r\n");
    assert_string_equal(output(), "\033[0;32mWelcome\r\033[0m\n");
    log_says(VM1_LOG, "vm1: started\n");
    assert_string_equal(output(), "\033[2;33mvm1: started\033[0m\r\n");
    person_types("root\r");
    assert_string_equal(client_hears(0), "root\r");
    assert_int_equal(emitted[1], 5);
    person_types("@1ls\r");
    assert_string_equal(client_hears(1), "ls\r");
    assert_string_equal(client_hears(0), "");
    assert_non_null(strstr(output(), "input goes to vm1"));
    assert_int_equal(acks, 3);
    log_says(FSERV_LOG, "archive bad\n");
    assert_non_null(strstr(output(), "archive bad\033[0m\r\n"));
    sender = 3;                                      /* no such user of raw_putchar */
    raw_putchar_putchar('x');
    assert_string_equal(output(), "");
    sender = 99;
    processed_putchar_putchar('x');
    assert_string_equal(output(), "");
}

static void held_line_asks_for_a_timer(void **state)
{
    timer_ns = 0;
    guest_says(0, "half");
    guest_says(1, "other\r\n");
    assert_true(timer_ns > 90000000 && timer_ns < 110000000);
    assert_null(strstr(output(), "other"));
    guest_says(0, " done\r\n");
    assert_non_null(strstr(output(), "other"));
}

static void slow_chip_loses_nothing(void **state)
{
    char line[] = "0123456789abcdef0123456789abcdef\r\n";
    size_t taken = 0, n = 0;
    chip_stall = 1;
    for (n = 0; n < 200; n++)
        taken += guest_says(0, line);
    assert_in_range(taken, 2048, 200 * 34 - 1);      /* the queue is full, and the client is told */
    output();
    assert_int_equal(chip[1] & 2, 2);                /* transmit interrupt asked for */
    chip_stall = 0;
    serial_irq_handle();
    const char *all = output();
    size_t digits = 0;
    for (const char *p = all; *p; p++)
        digits += *p == 'f';
    assert_int_equal(digits, (taken + 2) / 34 * 2);
    assert_int_equal(chip[1] & 2, 0);
    guest_says(0, "\r\n");
    output();
}

static void hostile_client(void **state)
{
    struct byte_ring r = getchar_ring(typed_memory[1], sizeof typed_memory[1]);
    atomic_store(&r.shared->head, 12345);            /* an input queue that looks full */
    person_types("xyz\r@d");
    assert_non_null(strstr(output(), "4 lost"));
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
