// SPDX-License-Identifier: BSD-2-Clause
// The 16550 the serial server owns. Port access comes through `in` and `out`, so that a test can be the chip.
// Facts: PC16550D data sheet (National Semiconductor), sections 8.0 to 8.6.
#ifndef UART_HW_H
#define UART_HW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct uart_hw {
    uint8_t (*in)(void *ctx, unsigned reg);
    void (*out)(void *ctx, unsigned reg, uint8_t value);
    void *ctx;
    unsigned depth;                /* of the transmit FIFO: 16, or 1 on a 8250/16450 */
    uint8_t ier;
};

/* 115200 baud, 8N1, FIFOs on if there are any, receive interrupts on. False: no UART answers there. */
bool uart_hw_init(struct uart_hw *);
/* Writes as much as the chip takes; returns how much. Fewer than n: the transmit interrupt is now on and
 * will come. */
size_t uart_hw_send(struct uart_hw *, const uint8_t *bytes, size_t n);
/* One received byte, or -1. */
int uart_hw_receive(struct uart_hw *);
/* Clears what the chip reports; call at its interrupt, then receive and send. */
void uart_hw_interrupt(struct uart_hw *);

#endif
