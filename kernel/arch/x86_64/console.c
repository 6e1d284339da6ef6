// SPDX-License-Identifier: BSD-2-Clause
// Kernel console: a 16550 at COM1 (or where `console_port=` says), polled. And how the machine ends.
// Facts: National Semiconductor PC16550D datasheet, table of registers.
#include <platform.h>

enum { UART_DATA = 0, UART_IER = 1, UART_FCR = 2, UART_LCR = 3, UART_MCR = 4, UART_LSR = 5, UART_SCRATCH = 7 };
#define LSR_CAN_WRITE 0x20
#define WRITE_TRIES 200000                   /* a dead UART must not hang the kernel */
#define BOCHS_SHUTDOWN_PORT 0x8900

static uint16_t port;

void console_init(uint16_t base)
{
    out8(base + UART_SCRATCH, 0x5a);
    if (in8(base + UART_SCRATCH) != 0x5a)
        return;                              /* nobody there */
    out8(base + UART_IER, 0);
    out8(base + UART_LCR, 0x80);             /* divisor latch: 115200 baud */
    out8(base + UART_DATA, 1);
    out8(base + UART_IER, 0);
    out8(base + UART_LCR, 3);                /* 8 bits, no parity, 1 stop bit */
    out8(base + UART_FCR, 7);
    out8(base + UART_MCR, 3);
    port = base;
}

static void put(char c)
{
    for (unsigned i = 0; i < WRITE_TRIES && !(in8(port + UART_LSR) & LSR_CAN_WRITE); i++)
        cpu_pause();
    out8(port + UART_DATA, (uint8_t)c);
}

void arch_debug_putc(char c)
{
    if (!port)
        return;
    if (c == '\n')
        put('\r');
    put(c);
}

void arch_halt(void)
{
    acpi_power_off();
    for (const char *s = "Shutdown"; *s; s++)
        out8(BOCHS_SHUTDOWN_PORT, (uint8_t)*s);
    for (;;)
        __asm__ volatile("cli; hlt");
}
