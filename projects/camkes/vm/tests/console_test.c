// SPDX-License-Identifier: BSD-2-Clause
// A guest's console with a serial server made of memory: when it is called, what a slow one loses, input in portions.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include <rt/rt.h>
#include "../components/Init/src/vm_console.h"

#define HZ 1000000000ull

static uint64_t clock_ns;
static char heard[8192], guest_got[256];
static size_t heard_n, guest_n, guest_room, server_room;
static unsigned calls;
static struct timer_queue timers;
static const struct device_env env = { .timers = &timers };
static _Alignas(64) uint8_t input[4096];
static struct vm_console console;

uint64_t rt_tsc(void) { return clock_ns; }
void seL4_Yield(void) { clock_ns += 1000000; server_room += 16; }
static uint64_t now(void *ctx) { return clock_ns; }
const struct device_env *vm_device_env(struct vm *vm) { return &env; }

size_t vm_console_input(struct vm *vm, unsigned port, const char *bytes, size_t n)
{
    size_t k = n < guest_room ? n : guest_room;

    memcpy(guest_got + guest_n, bytes, k);
    guest_n += k;
    guest_room -= k;
    return k;
}

static uint32_t server(size_t n, const char *bytes)
{
    size_t k = n < server_room ? n : server_room;

    calls++;
    memcpy(heard + heard_n, bytes, k);
    heard_n += k;
    server_room -= k;
    return (uint32_t)k;
}

static int fresh(void **state)
{
    clock_ns = 1;
    heard_n = guest_n = calls = 0;
    guest_room = sizeof guest_got;
    server_room = sizeof heard;
    memset(input, 0, sizeof input);
    timer_queue_init(&timers, HZ, now, NULL);
    vm_console_init(&console, server, getchar_ring(input, sizeof input), HZ);
    vm_console_attach(&console, (struct vm *)&console);
    return 0;
}

static void guest_writes(const char *text)
{
    for (; *text; text++)
        vm_console_out(&console, 0, text, 1);
}

static const char *server_heard(void)
{
    heard[heard_n] = 0;
    heard_n = 0;
    return heard;
}

static void a_call_for_each_line(void **state)
{
    guest_writes("Welcome\r\nto the machine\r\n");
    assert_int_equal(calls, 2);
    assert_string_equal(server_heard(), "Welcome\r\nto the machine\r\n");
    vm_console_out(&console, 1, "COM2", 4);
    assert_int_equal(calls, 2);
}

static void a_prompt_comes_by_itself(void **state)
{
    guest_writes("login: ");
    assert_string_equal(server_heard(), "");
    clock_ns += 3000000;
    timer_run(&timers, clock_ns);
    assert_string_equal(server_heard(), "login: ");
    clock_ns += 3000000;
    timer_run(&timers, clock_ns);
    assert_int_equal(calls, 1);
}

static void long_lines_go_in_pieces(void **state)
{
    for (int i = 0; i < 1200; i++)
        guest_writes("x");
    assert_int_equal(heard_n, 1024);
    vm_console_flush(&console);
    assert_int_equal(strlen(server_heard()), 1200);
}

static void a_slow_server_is_waited_for(void **state)
{
    server_room = 10;
    guest_writes("0123456789abcdef0123456789abcdef0123456789abcdef\n");
    assert_string_equal(server_heard(), "0123456789abcdef0123456789abcdef0123456789abcdef\n");
    assert_int_equal(console.dropped, 0);
}

static uint32_t deaf(size_t n, const char *bytes) { return 0; }

static void a_dead_server_costs_a_moment(void **state)
{
    console.batch = deaf;
    guest_writes("lost\n");
    assert_int_equal(console.dropped, 5);
    assert_in_range(clock_ns, 200000000, 210000000);
}

static void input_waits_for_the_guest(void **state)
{
    struct byte_ring r = getchar_ring(input, sizeof input);

    guest_room = 3;
    byte_ring_put(&r, "whoami\r", 7);
    vm_console_typed(&console);
    assert_memory_equal(guest_got, "who", 3);
    guest_room = 100;
    clock_ns += 2000000;
    timer_run(&timers, clock_ns);
    assert_int_equal(guest_n, 7);
    assert_memory_equal(guest_got, "whoami\r", 7);
}

static void nobody_there(void **state)
{
    vm_console_init(&console, NULL, getchar_ring(NULL, 0), HZ);
    guest_writes("into the void\n");
    vm_console_typed(&console);
    assert_int_equal(calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_call_for_each_line, fresh), cmocka_unit_test_setup(a_prompt_comes_by_itself, fresh),
        cmocka_unit_test_setup(long_lines_go_in_pieces, fresh),
        cmocka_unit_test_setup(a_slow_server_is_waited_for, fresh),
        cmocka_unit_test_setup(a_dead_server_costs_a_moment, fresh),
        cmocka_unit_test_setup(input_waits_for_the_guest, fresh), cmocka_unit_test_setup(nobody_there, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
