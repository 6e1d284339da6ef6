// SPDX-License-Identifier: BSD-2-Clause
// A VM's two streams at the serial server: the guest's COM1 and the monitor's own log.
#ifndef INIT_VM_CONSOLE_H
#define INIT_VM_CONSOLE_H

#include <global-components/serial_shm.h>
#include <sel4/sel4.h>
#include <vmm/vm.h>

struct vm_stream {
    struct byte_ring out;
    seL4_CPtr signal;                    /* wakes the serial server */
    uint64_t dropped;                    /* bytes nobody took in time */
};

struct vm_console {
    struct vm_stream guest, log;
    struct byte_ring in;                 /* typed by a person */
    struct vm *vm;
    struct timer flush;                  /* an unfinished line is shown after a moment */
    struct timer retry;                  /* input is offered again */
    uint64_t tsc_hz;
    char held[64];                       /* taken from `in`, not yet by the UART */
    size_t held_n;
};

/* Either region may be NULL: its stream then goes nowhere. */
void vm_console_init(struct vm_console *, struct serial_shm *guest, struct serial_shm *log, seL4_CPtr signal,
                     uint64_t tsc_hz);
void vm_console_attach(struct vm_console *, struct vm *);
void vm_console_out(struct vm_console *, unsigned port, const char *bytes, size_t n);
void vm_console_log(struct vm_console *, const char *line);
/* Hands what was typed to the guest's UART; call when the serial server signals. */
void vm_console_typed(struct vm_console *);

#endif
