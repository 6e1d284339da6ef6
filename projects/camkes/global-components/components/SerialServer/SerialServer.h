// SPDX-License-Identifier: BSD-2-Clause
// SerialServer: what the component implements and what its glue gives it.
#ifndef SERIALSERVER_H
#define SERIALSERVER_H

#include <global-components/serial_shm.h>
#include <stddef.h>
#include <stdint.h>

/* provides PutChar processed_putchar (components' words: line ends are completed), raw_putchar (guests' consoles) */
void processed_putchar_putchar(int c);
void processed_putchar_batch(const char *bytes, size_t n);
void raw_putchar_putchar(int c);
void raw_putchar_batch(const char *bytes, size_t n);
/* provides GetChar getchar, by shared memory and signal */
void serial_init(void);
void serial_irq_handle(void);
/* Something was put into a stream, or the time has come: look at all of them, then sleep. */
void serial_work(void);

/* One output stream of a client, from the assembly. */
struct serial_stream_config {
    const char *name;                    /* of the client, "vm0" */
    unsigned client;                     /* its number: the digit that selects it */
    int log;                             /* 1: processed, 0: raw, with input */
    struct serial_shm *shm;              /* NULL: this stream comes by putchar calls only */
};

/* glue */
unsigned serial_stream_count(void);
struct serial_stream_config serial_stream_config(unsigned stream);
unsigned putchar_get_sender_id(void);    /* of the call being served: its stream */
void getchar_emit(unsigned stream);      /* input is in the stream's queue */
uint8_t serial_port_in8(unsigned reg);
void serial_port_out8(unsigned reg, uint8_t value);
void serial_irq_acknowledge(void);
int timeout_oneshot_relative(int tid, uint64_t ns);    /* -1: no time server */
uint64_t serial_tsc_frequency(void);
void serial_debug_putchar(int c);
void serial_dump_scheduler(void);

#endif
