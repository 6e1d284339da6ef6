// SPDX-License-Identifier: BSD-2-Clause
// Timers of device models: a queue ordered by deadline, in host TSC ticks.
// The exit loop puts the first deadline into the VCPU's state page, so a timer costs no system call.
#ifndef VMM_TIMER_H
#define VMM_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer {
    uint64_t when;                        /* host TSC; valid while armed */
    bool armed;
    void (*fire)(void *ctx, uint64_t now);/* runs disarmed; may arm again */
    void *ctx;
    struct timer *next;
};

struct timer_queue {
    struct timer *head;                   /* soonest first */
    uint64_t tsc_hz;
    uint64_t (*now)(void *ctx);
    void *now_ctx;
    uint64_t floor;    /* while timer_run fires: what is armed now is not due in this run */
};

void timer_queue_init(struct timer_queue *, uint64_t tsc_hz, uint64_t (*now)(void *), void *ctx);
void timer_init(struct timer *, void (*fire)(void *ctx, uint64_t now), void *ctx);
void timer_arm(struct timer_queue *, struct timer *, uint64_t when);  /* moves an armed one */
void timer_cancel(struct timer_queue *, struct timer *);
/* Fires all that are due; returns the next deadline, 0 when none is armed. */
uint64_t timer_run(struct timer_queue *, uint64_t now);
static inline uint64_t timer_first(const struct timer_queue *q) { return q->head ? q->head->when : 0; }

static inline uint64_t timer_now(const struct timer_queue *q) { return q->now(q->now_ctx); }

/* value * to_hz / from_hz without overflow on the way (both rates below 18 GHz); saturates. */
uint64_t timer_scale(uint64_t value, uint64_t to_hz, uint64_t from_hz);

uint64_t timer_ticks_from_ns(const struct timer_queue *, uint64_t ns);   /* no overflow for ns < 2^63 */
uint64_t timer_ns_from_ticks(const struct timer_queue *, uint64_t ticks);

#endif
