// SPDX-License-Identifier: BSD-2-Clause
// 16550A UART. Output is gathered and given to platform->console_out in pieces; input waits in a queue.
#ifndef VMM_DEVICES_UART16550_H
#define VMM_DEVICES_UART16550_H

#include <vmm/device.h>

struct uart16550_config {
    uint16_t base;                 /* I/O port, e.g. 0x3f8 */
    uint8_t irq;                   /* line, e.g. 4 */
    uint8_t port;                  /* number for console_out: 0 = COM1 */
};

#define UART_OUT_SIZE 512
#define UART_QUEUE_SIZE 1024       /* a power of two */

struct uart16550 {
    uint8_t ier, lcr, mcr, msr, scr, fcr, dll, dlm;
    uint8_t lsr;                   /* without the data-ready bit */
    bool thre_pending;             /* the transmitter-empty interrupt has not been seen yet */
    bool line;                     /* interrupt line as driven */
    uint16_t burst;                /* bytes sent since the transmitter last took a rest */
    uint16_t out_count;
    uint16_t rx_head, rx_count;    /* queue of typed bytes; the FIFO shows its first 16 */

    struct uart16550_config cfg;
    const struct vm_platform *platform;
    struct irq_router *router;
    struct timer_queue *timers;
    struct timer flush_timer, rest_timer;
    uint64_t sent, received;
    char out[UART_OUT_SIZE];
    uint8_t rx[UART_QUEUE_SIZE];
};

extern const struct device_class uart16550_class;  /* cfg: struct uart16550_config */

/* Hands gathered output on; the loop calls it when the guest idles. Without it a timer does after 4 ms. */
void uart16550_flush(struct uart16550 *);

#endif
