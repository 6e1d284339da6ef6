// SPDX-License-Identifier: BSD-2-Clause
// Shutdown: ends the machine when all its clients have said that they are done. Interface `stopped`.
#include <camkes.h>
#include <global-components/putchar.h>
#include <stdio.h>

PUTCHAR_STDOUT(putchar)

enum { ACPI_PM1_CONTROL = 0x604, ACPI_SLEEP_S5 = 0x2000, DEBUG_EXIT = 0xf4 };
#define LAST_WORDS_NS 250000000u           /* for the serial server to say what is still waiting */

static uint64_t reported;                  /* bit n: the n-th client */
static int code;                           /* of the first client */

void stopped_report(int value)
{
    unsigned clients = stopped_num_badges() < 64 ? stopped_num_badges() : 64;

    for (unsigned i = 0; i < clients; i++)
        if (stopped_enumerate_badge(i) == stopped_get_sender_id()) {
            reported |= 1ull << i;
            code = i == 0 ? value : code;
        }
    if ((unsigned)__builtin_popcountll(reported) == clients)
        all_stopped_post();
}

/* QEMU's q35 has its PM1a control register at 0x604; other machines are left to the kernel's own way. */
static void power_off(void)
{
    if (use_debug_exit)
        debug_exit_out8(DEBUG_EXIT, (uint8_t)code);
    pm1_control_out16(ACPI_PM1_CONTROL, ACPI_SLEEP_S5);
    if (rt_debug_kernel())
        seL4_DebugHalt();
    printf("all clients have stopped, and no way to switch this machine off is known\n");
}

int run(void)
{
    all_stopped_wait();
    if (timer_oneshot_relative(0, LAST_WORDS_NS) == 0)
        timer_wait();
    power_off();
    return 0;
}
