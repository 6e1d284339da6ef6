// SPDX-License-Identifier: BSD-2-Clause
// Refills of a scheduling context: how much time it may use and from when on.
// Facts: seL4 Reference Manual (MCS), section 6.1 (scheduling contexts); the algorithm is that of sporadic
// servers: time used comes back one period after the moment from which it was used.
//
// The refills are a ring, earliest first, never overlapping, whose amounts always add up to the budget. The head
// is at least the least budget worth a thread switch.
#include <kernel/sched.h>

static uint64_t plus(uint64_t a, uint64_t b)
{
    return a + b < a ? UINT64_MAX : a + b;
}

uint64_t refill_min_budget(void)
{
    return ticks_from_us(MIN_BUDGET_US);
}

static unsigned ring(const struct sched_context *sc, unsigned at)
{
    return at >= sc->refill_max ? at - sc->refill_max : at;
}

static struct refill *tail(struct sched_context *sc)
{
    return &sc->refills[ring(sc, sc->refill_head + sc->refill_count - 1u)];
}

static struct refill pop(struct sched_context *sc)
{
    struct refill r = *refill_head(sc);

    sc->refill_head = (uint16_t)ring(sc, sc->refill_head + 1u);
    sc->refill_count--;
    return r;
}

/* Time that comes back later. Where there is no room left it joins the last one, later rather than earlier. */
static void push(struct sched_context *sc, struct refill r)
{
    if (sc->refill_count != 0) {
        struct refill *last = tail(sc);

        if (plus(last->time, last->amount) >= r.time) {
            last->amount += r.amount;
            return;
        }
        if (sc->refill_count == sc->refill_max) {
            last->time = r.time >= last->amount ? r.time - last->amount : last->time;
            last->amount += r.amount;
            return;
        }
    }
    sc->refill_count++;
    *tail(sc) = r;
}

static void single(struct sched_context *sc, uint64_t time, uint64_t amount)
{
    sc->refill_head = 0;
    sc->refill_count = 1;
    sc->refills[0] = (struct refill){ time, amount };
}

void refill_new(struct sched_context *sc, unsigned max, uint64_t budget, uint64_t period, uint64_t now)
{
    sc->period = period;
    sc->budget = budget;
    sc->refill_max = (uint16_t)max;
    single(sc, period == 0 ? 0 : now, budget);
}

/* New parameters for a context in use: what was spent before does not come back any earlier. */
void refill_update(struct sched_context *sc, unsigned max, uint64_t budget, uint64_t period, uint64_t now)
{
    struct refill head = *refill_head(sc);

    sc->period = period;
    sc->budget = budget;
    sc->refill_max = (uint16_t)max;
    head.time = MAX(head.time, now);
    if (period == 0) {
        single(sc, 0, budget);
    } else if (head.amount >= budget) {
        single(sc, head.time, budget);
    } else {
        single(sc, head.time, head.amount);
        push(sc, (struct refill){ plus(head.time, period), budget - head.amount });
        if (sc->refill_count > 1 && head.amount < refill_min_budget()) {
            single(sc, tail(sc)->time, budget);
        }
    }
}

/* A head too small to be worth running joins the one behind it, so that the sum ends when that one did. */
static void merge_small_head(struct sched_context *sc)
{
    while (sc->refill_count > 1 && refill_head(sc)->amount < refill_min_budget()) {
        struct refill small = pop(sc);
        struct refill *head = refill_head(sc);

        head->time -= MIN(small.amount, head->time);
        head->amount += small.amount;
    }
}

/* A thread that overran (the timer was late) waits one period more for each budget beyond its own. */
static uint64_t pay_whole_budgets(struct sched_context *sc, uint64_t used)
{
    uint64_t budgets = used / sc->budget, wait;

    if (likely(budgets == 0)) {
        return used;
    }
    if (__builtin_mul_overflow(budgets, sc->period, &wait)) {
        wait = UINT64_MAX;
    }
    for (unsigned i = 0; i < sc->refill_count; i++) {
        struct refill *r = &sc->refills[ring(sc, sc->refill_head + i)];

        r->time = plus(r->time, wait);
    }
    return used - budgets * sc->budget;
}

void refill_charge(struct sched_context *sc, uint64_t used)
{
    struct refill *head = refill_head(sc);

    if (sc_round_robin(sc)) {
        head->amount = used >= head->amount ? 0 : head->amount - used;
        if (head->amount < refill_min_budget()) {
            head->amount = sc->budget;      /* the caller sends the thread to the end of its queue */
            head->time = 0;
        }
        return;
    }
    used = pay_whole_budgets(sc, used);
    while (used >= refill_head(sc)->amount) {    /* less than the sum of all: it ends */
        struct refill r = pop(sc);

        used -= r.amount;
        r.time = plus(r.time, sc->period);
        push(sc, r);
    }
    if (used > 0) {
        struct refill r = { plus(refill_head(sc)->time, sc->period), used };

        refill_head(sc)->amount -= used;
        refill_head(sc)->time = plus(refill_head(sc)->time, used);
        push(sc, r);
    }
    merge_small_head(sc);
}

/* The thread comes back after a pause: time not used before now is not saved up. */
void refill_unblock(struct sched_context *sc, uint64_t now)
{
    if (sc_round_robin(sc) || refill_head(sc)->time > now) {
        return;
    }
    refill_head(sc)->time = now;
    while (sc->refill_count > 1) {
        struct refill head = *refill_head(sc);
        struct refill *next = &sc->refills[ring(sc, sc->refill_head + 1u)];

        if (plus(head.time, head.amount) < next->time) {
            break;
        }
        pop(sc);
        next->time = head.time;
        next->amount += head.amount;
    }
}
