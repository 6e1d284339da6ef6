// SPDX-License-Identifier: BSD-2-Clause
// Timer queue: a list ordered by deadline. A machine has about ten timers, so a list beats a heap.

#include <stddef.h>
#include <vmm/timer.h>

#define NS_PER_S 1000000000ull

void timer_queue_init(struct timer_queue *q, uint64_t tsc_hz, uint64_t (*now)(void *), void *ctx)
{
    *q = (struct timer_queue){ .tsc_hz = tsc_hz ? tsc_hz : NS_PER_S, .now = now, .now_ctx = ctx };
}

void timer_init(struct timer *t, void (*fire)(void *ctx, uint64_t now), void *ctx)
{
    *t = (struct timer){ .fire = fire, .ctx = ctx };
}

void timer_cancel(struct timer_queue *q, struct timer *t)
{
    if (!t->armed)
        return;
    for (struct timer **link = &q->head; *link; link = &(*link)->next) {
        if (*link == t) {
            *link = t->next;
            break;
        }
    }
    t->armed = false;
    t->next = NULL;
}

void timer_arm(struct timer_queue *q, struct timer *t, uint64_t when)
{
    timer_cancel(q, t);
    if (when < q->floor)
        when = q->floor;
    if (when == 0)
        when = 1;                        /* 0 means "none" to whoever asks for the first deadline */
    struct timer **link = &q->head;
    while (*link && (*link)->when <= when)
        link = &(*link)->next;
    t->when = when;
    t->armed = true;
    t->next = *link;
    *link = t;
}

/* A handler that arms its timer in the past gets its next turn in the next run: the loop below ends. */
uint64_t timer_run(struct timer_queue *q, uint64_t now)
{
    struct timer *t = q->head;
    if (!t || t->when > now)
        return timer_first(q);
    q->floor = now == UINT64_MAX ? now : now + 1;
    while ((t = q->head) && t->when <= now && t->when < q->floor) {
        q->head = t->next;
        t->next = NULL;
        t->armed = false;
        t->fire(t->ctx, now);
    }
    q->floor = 0;
    return timer_first(q);
}

uint64_t timer_scale(uint64_t value, uint64_t to_hz, uint64_t from_hz)
{
    uint64_t seconds = value / from_hz, rest = value % from_hz, whole;
    if (__builtin_mul_overflow(seconds, to_hz, &whole))
        return UINT64_MAX;
    uint64_t part = rest * to_hz / from_hz;
    return whole + part < whole ? UINT64_MAX : whole + part;
}

uint64_t timer_ticks_from_ns(const struct timer_queue *q, uint64_t ns)
{
    return timer_scale(ns, q->tsc_hz, NS_PER_S);
}

uint64_t timer_ns_from_ticks(const struct timer_queue *q, uint64_t ticks)
{
    return timer_scale(ticks, NS_PER_S, q->tsc_hz);
}
