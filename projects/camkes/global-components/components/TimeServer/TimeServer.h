// SPDX-License-Identifier: BSD-2-Clause
// TimeServer: what the component implements and what its glue gives it.
#ifndef TIMESERVER_H
#define TIMESERVER_H

#include <stdint.h>

/* provides Timer the_timer */
void the_timer__init(void);
int the_timer_periodic(int tid, uint64_t ns);
int the_timer_oneshot_absolute(int tid, uint64_t ns);
int the_timer_oneshot_relative(int tid, uint64_t ns);
int the_timer_stop(int tid);
unsigned int the_timer_completed(void);
uint64_t the_timer_time(void);
uint64_t the_timer_tsc_frequency(void);
/* the timer chip's interrupt */
void irq_handle(void);

/* glue */
unsigned the_timer_get_sender_id(void);      /* of the call being served */
void the_timer_emit(unsigned client);
void irq_acknowledge(void);
void pit_out8(uint16_t port, uint8_t value);
uint64_t tsc_frequency(void);

#endif
