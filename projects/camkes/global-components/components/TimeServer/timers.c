// SPDX-License-Identifier: BSD-2-Clause
// Timer bookkeeping of the time server; see timers.h.
#include "timers.h"

#define NS 1000000000u

static struct timer_slot *slot_of(struct timers *t, unsigned client, int tid)
{
    if (client >= TIMERS_MAX_CLIENTS || tid < 0 || tid >= TIMERS_PER_CLIENT)
        return 0;
    return &t->slot[client][tid];
}

static uint64_t add(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

static int arm(struct timers *t, unsigned client, int tid, uint64_t when, uint64_t period)
{
    struct timer_slot *s = slot_of(t, client, tid);

    if (!s)
        return -1;
    if (when == 0)
        when = 1;
    *s = (struct timer_slot){ .when = when, .period = period };
    t->completed[client] &= ~(1u << tid);
    if (!t->next || when < t->next)
        t->next = when;
    return 0;
}

int timers_absolute(struct timers *t, unsigned client, int tid, uint64_t now, uint64_t ns)
{
    return arm(t, client, tid, ns < now ? now : ns, 0);
}

int timers_relative(struct timers *t, unsigned client, int tid, uint64_t now, uint64_t ns)
{
    return arm(t, client, tid, add(now, ns), 0);
}

int timers_periodic(struct timers *t, unsigned client, int tid, uint64_t now, uint64_t ns)
{
    if (ns < TIMERS_LEAST_PERIOD_NS)
        return -1;
    return arm(t, client, tid, add(now, ns), ns);
}

static void find_next(struct timers *t)
{
    t->next = 0;
    for (unsigned c = 0; c < TIMERS_MAX_CLIENTS; c++)
        for (int i = 0; i < TIMERS_PER_CLIENT; i++) {
            uint64_t when = t->slot[c][i].when;
            if (when && (!t->next || when < t->next))
                t->next = when;
        }
}

int timers_stop(struct timers *t, unsigned client, int tid)
{
    struct timer_slot *s = slot_of(t, client, tid);

    if (!s)
        return -1;
    uint64_t when = s->when;
    s->when = 0;
    t->completed[client] &= ~(1u << tid);
    if (when && when == t->next)
        find_next(t);
    return 0;
}

uint32_t timers_completed(struct timers *t, unsigned client)
{
    if (client >= TIMERS_MAX_CLIENTS)
        return 0;
    uint32_t mask = t->completed[client];
    t->completed[client] = 0;
    return mask;
}

static void fire(struct timer_slot *s, uint64_t now)
{
    if (!s->period) {
        s->when = 0;
        return;
    }
    uint64_t behind = (now - s->when) / s->period;          /* whole periods that were missed */
    s->when = add(s->when, (behind + 1) * s->period);
}

uint32_t timers_expire(struct timers *t, uint64_t now)
{
    uint32_t signal = 0;

    if (!t->next || now < t->next)
        return 0;
    for (unsigned c = 0; c < TIMERS_MAX_CLIENTS; c++)
        for (int i = 0; i < TIMERS_PER_CLIENT; i++) {
            struct timer_slot *s = &t->slot[c][i];
            if (!s->when || s->when > now)
                continue;
            fire(s, now);
            t->completed[c] |= 1u << i;
            signal |= 1u << c;
        }
    find_next(t);
    return signal;
}

static uint64_t scale(uint64_t n, uint64_t num, uint64_t den)
{
    if (!den)
        return 0;
    __extension__ typedef unsigned __int128 wide;
    wide r = (wide)n * num / den;
    return r > UINT64_MAX ? UINT64_MAX : (uint64_t)r;
}

uint64_t ticks_to_ns(uint64_t ticks, uint64_t hz)
{
    return scale(ticks, NS, hz);
}

uint64_t ns_to_ticks(uint64_t ns, uint64_t hz)
{
    return scale(ns, hz, NS);
}

uint16_t pit_count(uint64_t now_ns, uint64_t deadline_ns)
{
    if (deadline_ns <= now_ns)
        return 1;
    uint64_t count = ns_to_ticks(deadline_ns - now_ns, PIT_HZ) + 1;
    return count > 65535 ? 65535 : (uint16_t)count;
}
