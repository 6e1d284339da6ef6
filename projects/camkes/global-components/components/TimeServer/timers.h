// SPDX-License-Identifier: BSD-2-Clause
// The time server's timers: a few for each client, one-shot or periodic, in nanoseconds since the server's
// start. No hardware, no IPC. A client names only its own timers; what it asks cannot keep the server busy:
// periods have a least length, missed periods are counted as one.
#ifndef TIMESERVER_TIMERS_H
#define TIMESERVER_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#define TIMERS_MAX_CLIENTS 32
#define TIMERS_PER_CLIENT 12             /* identifiers 0..11; at most 32, they are bits of a mask */
#define TIMERS_LEAST_PERIOD_NS 10000u

struct timer_slot {
    uint64_t when;                       /* 0 = not armed */
    uint64_t period;                     /* 0 = one-shot */
};

struct timers {
    struct timer_slot slot[TIMERS_MAX_CLIENTS][TIMERS_PER_CLIENT];
    uint32_t completed[TIMERS_MAX_CLIENTS];        /* since the client last asked */
    uint64_t next;                       /* the earliest deadline of all, 0 = none */
};

/* Each returns 0, or -1 for a client or timer that does not exist (or a period that is too short). */
int timers_absolute(struct timers *, unsigned client, int tid, uint64_t now, uint64_t ns);
int timers_relative(struct timers *, unsigned client, int tid, uint64_t now, uint64_t ns);
int timers_periodic(struct timers *, unsigned client, int tid, uint64_t now, uint64_t ns);
int timers_stop(struct timers *, unsigned client, int tid);

/* Bits of the timers that have fired since the last call. */
uint32_t timers_completed(struct timers *, unsigned client);

/* Fires what is due; bit n of the result: client n is to be signalled. */
uint32_t timers_expire(struct timers *, uint64_t now);

/* Ticks of a counter running at `hz` <-> nanoseconds, without overflow for any time a machine runs. */
uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz);
uint64_t ns_to_ticks(uint64_t ns, uint64_t hz);

/* 8254 channel 0, mode 0: the count for the next interrupt so that it comes at or shortly after
 * `deadline`, or as late as the counter reaches (then the server arms it again). 1..65535. */
uint16_t pit_count(uint64_t now_ns, uint64_t deadline_ns);
#define PIT_HZ 1193182u

#endif
