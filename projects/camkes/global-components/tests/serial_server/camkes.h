// SPDX-License-Identifier: BSD-2-Clause
// For serial_server_test: what the compiler generates for SerialServer, as far as the server uses it.
#ifndef CAMKES_H
#define CAMKES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned long seL4_Word;
struct rt_client { const char *name; seL4_Word badge; void *buffer; size_t buffer_size; };
bool rt_client(const char *interface, unsigned i, struct rt_client *);
uint64_t rt_tsc(void);
uint64_t rt_tsc_hz(void);
bool rt_debug_kernel(void);
void seL4_DebugPutChar(char);
void seL4_DebugDumpScheduler(void);
const char *get_instance_name(void);

void processed_putchar_putchar(int c);
uint32_t processed_putchar_batch(size_t n, const char *bytes);
seL4_Word processed_putchar_get_sender_id(void);
void raw_putchar_putchar(int c);
uint32_t raw_putchar_batch(size_t n, const char *bytes);
seL4_Word raw_putchar_get_sender_id(void);
void getchar_emit(seL4_Word badge);
uint8_t serial_port_in8(uint16_t port);
int serial_port_out8(uint16_t port, uint8_t value);
void serial_irq_handle(void);
int serial_irq_acknowledge(void);
int timeout_oneshot_relative(int timer, uint64_t ns);
void timeout_wait(void);
int state_lock(void);
int state_unlock(void);
void post_init(void);
int run(void);

#endif
