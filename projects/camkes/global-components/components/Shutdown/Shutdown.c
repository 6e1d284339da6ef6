// SPDX-License-Identifier: BSD-2-Clause
// Shutdown: ends the machine when all its clients have said that they are done; for tests, benchmarks and appliances.
// Attributes: clients = how many must report; exit_port = I/O port of the machine's debug-exit device (0 = none), which
// gets the value the first client reported. Interface `stopped`: one method, the client's value.
#include <global-components/clients.h>
#include <global-components/rpc.h>
#include <rt/rpc.h>
#include <stdio.h>

enum { STOPPED = 1, ACPI_PM1_CONTROL = 0x604, ACPI_SLEEP_S5 = 0x2000 };
#define LAST_WORDS_NS 250000000u           /* for the serial server to say what is still waiting */

static uint64_t reported;                  /* bit n: client with badge n */
static uint32_t code;

static void wait_for_output(void)
{
    if (timer_client_arm("timer", TIMER_ONESHOT_RELATIVE, 0, LAST_WORDS_NS) == 0)
        seL4_Wait(rt_cap("due"), NULL);
}

/* QEMU's q35 has its PM1a control register at 0x604; other machines are left to the kernel's own way. */
static void power_off(void)
{
    uint16_t port = (uint16_t)rt_attr_int("exit_port", 0);

    if (port && rt_cap("exit"))
        seL4_X86_IOPort_Out8(rt_cap("exit"), port, (uint8_t)code);
    if (rt_cap("acpi_pm"))
        seL4_X86_IOPort_Out16(rt_cap("acpi_pm"), ACPI_PM1_CONTROL, ACPI_SLEEP_S5);
    if (rt_debug_kernel())
        seL4_DebugHalt();
    printf("all clients have stopped, and no way to switch this machine off is known\n");
}

static void serve(void *ctx, seL4_Word badge, struct rt_message *m)
{
    if (m->label == STOPPED && badge < 64) {
        if (badge == 1)
            code = (uint32_t)m->word[0];
        reported |= 1ull << badge;
    }
    *m = (struct rt_message){ .length = 0 };
    if (__builtin_popcountll(reported) >= rt_attr_int("clients", 1)) {
        wait_for_output();
        power_off();
    }
}

int run(void)
{
    rt_serve(rt_cap("stopped"), serve, NULL);
}
