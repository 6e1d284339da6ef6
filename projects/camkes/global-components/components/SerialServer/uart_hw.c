// SPDX-License-Identifier: BSD-2-Clause
// 16550 driver; see uart_hw.h.
#include "uart_hw.h"

enum { THR = 0, RBR = 0, DLL = 0, IER = 1, DLM = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7 };
enum { IER_RX = 1, IER_TX = 2, IER_LINE = 4 };
enum { LSR_DATA = 1, LSR_THR_EMPTY = 0x20 };
enum { FCR_ON_CLEAR_TRIGGER8 = 0x87, LCR_DLAB = 0x80, LCR_8N1 = 0x03, MCR_DTR_RTS_OUT2 = 0x0b };
#define IIR_FIFO_BITS 0xc0
#define READY_POLLS 8              /* an emulated chip is ready at once; a real one interrupts later */

static void set_ier(struct uart_hw *u, uint8_t ier)
{
    if (u->ier != ier)
        u->out(u->ctx, IER, ier);
    u->ier = ier;
}

bool uart_hw_init(struct uart_hw *u)
{
    u->out(u->ctx, SCR, 0x5a);
    if (u->in(u->ctx, SCR) != 0x5a)
        return false;
    u->out(u->ctx, IER, 0);
    u->out(u->ctx, LCR, LCR_DLAB);
    u->out(u->ctx, DLL, 1);        /* 1.8432 MHz / 16 / 115200 */
    u->out(u->ctx, DLM, 0);
    u->out(u->ctx, LCR, LCR_8N1);
    u->out(u->ctx, FCR, FCR_ON_CLEAR_TRIGGER8);
    u->depth = (u->in(u->ctx, IIR) & IIR_FIFO_BITS) == IIR_FIFO_BITS ? 16 : 1;
    u->out(u->ctx, MCR, MCR_DTR_RTS_OUT2);
    u->ier = 0;
    set_ier(u, IER_RX | IER_LINE);
    return true;
}

static bool ready(struct uart_hw *u)
{
    for (int i = 0; i < READY_POLLS; i++)
        if (u->in(u->ctx, LSR) & LSR_THR_EMPTY)
            return true;
    return false;
}

size_t uart_hw_send(struct uart_hw *u, const uint8_t *bytes, size_t n)
{
    size_t sent = 0;

    while (sent < n && ready(u))
        for (unsigned k = 0; k < u->depth && sent < n; k++)
            u->out(u->ctx, THR, bytes[sent++]);
    set_ier(u, sent < n ? u->ier | IER_TX : u->ier & (uint8_t)~IER_TX);
    return sent;
}

int uart_hw_receive(struct uart_hw *u)
{
    return u->in(u->ctx, LSR) & LSR_DATA ? u->in(u->ctx, RBR) : -1;
}

void uart_hw_interrupt(struct uart_hw *u)
{
    u->in(u->ctx, IIR);            /* acknowledges the transmit interrupt */
    u->in(u->ctx, LSR);            /* and a line error */
}
