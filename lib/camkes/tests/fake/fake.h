// SPDX-License-Identifier: BSD-2-Clause
// A component's world on the build machine: what lib/rt finds by name, made by the test, and notifications
// between threads.
#ifndef FAKE_H
#define FAKE_H

#include <rt/rt.h>
#include <spec/format.h>

/* Forgets all names. Threads that still wait are not counted any more. */
void fake_reset(void);

/* A new notification object; a capability to it by name. */
unsigned fake_notification(void);
void fake_cap(const char *name, unsigned notification, seL4_Word badge);
/* Capabilities in consecutive slots under one name. */
void fake_cap_row(const char *name, const unsigned *notifications, const seL4_Word *badges, unsigned count);
/* One that is no notification's: kind, bits and place as rt_cap_entry tells them. Returns the first of
 * `count`. */
seL4_CPtr fake_other_cap(const char *name, unsigned count, unsigned kind, unsigned bits, uint64_t where);

void fake_dataport(const char *name, void *memory, size_t size, uint64_t paddr);
void fake_attr(const char *name, int64_t value);
void fake_client(const char *interface, const struct rt_client *);

/* Signals so far, on all notifications; threads now blocked in seL4_Wait. */
unsigned fake_signals(void);
unsigned fake_waiting(void);
/* Returns when `count` threads are blocked (or after 5 s: false). */
bool fake_settle(unsigned count);
/* What rt_fatal said; it ends the calling thread. NULL = nothing. */
const char *fake_fatal(void);
extern uint8_t fake_ports[65536];

#endif
