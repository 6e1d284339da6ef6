// SPDX-License-Identifier: BSD-2-Clause
// The guest's COM1 at the serial server: output in whole lines, input from the queue it fills.
#ifndef INIT_VM_CONSOLE_H
#define INIT_VM_CONSOLE_H

#include <global-components/getchar.h>
#include <global-components/putchar.h>
#include <vmm/vm.h>

struct vm_console {
    putchar_batch_fn *batch;             /* guest_putchar's; NULL = output goes nowhere */
    struct byte_ring in;                 /* typed by a person; shared == NULL: nobody can type */
    struct vm *vm;
    struct timer flush;                  /* an unfinished line is shown after a moment */
    struct timer retry;                  /* input is offered again */
    uint64_t tsc_hz;
    uint64_t dropped;                    /* bytes nobody took in time */
    char line[PUTCHAR_BATCH_MAX];        /* not yet at the server */
    size_t line_n;
    char held[64];                       /* taken from `in`, not yet by the UART */
    size_t held_n;
};

void vm_console_init(struct vm_console *, putchar_batch_fn *batch, struct byte_ring in, uint64_t tsc_hz);
void vm_console_attach(struct vm_console *, struct vm *);
void vm_console_out(struct vm_console *, unsigned port, const char *bytes, size_t n);
/* What is still here goes out: before words of the monitor, and at the end. */
void vm_console_flush(struct vm_console *);
/* Hands what was typed to the guest's UART; call when the serial server signals. */
void vm_console_typed(struct vm_console *);

#endif
