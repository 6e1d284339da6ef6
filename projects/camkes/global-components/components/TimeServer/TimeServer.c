// SPDX-License-Identifier: BSD-2-Clause
// TimeServer: timers for its clients, driven by channel 0 of the 8254, with time from the TSC. Interface
// `the_timer`. The chip interrupts only when a timer is due (mode 0, at most 55 ms ahead): an idle server
// costs nothing. Facts: Intel 8254 data sheet, control word and mode 0.
#include <camkes.h>
#include <global-components/putchar.h>
#include "timers.h"

PUTCHAR_STDOUT(putchar)

enum { PIT_CHANNEL0 = 0x40, PIT_CONTROL = 0x43, PIT_CH0_BOTH_BYTES_MODE0 = 0x30 };

static struct timers timers;
static uint64_t start_tsc, hz, armed_for;

static void program(uint64_t now)
{
    if (timers.next == armed_for)
        return;
    armed_for = timers.next;
    pit_out8(PIT_CONTROL, PIT_CH0_BOTH_BYTES_MODE0);         /* stops the count until both bytes are there */
    if (!timers.next)
        return;
    uint16_t count = pit_count(now, timers.next);
    pit_out8(PIT_CHANNEL0, count & 0xff);
    pit_out8(PIT_CHANNEL0, count >> 8);
}

static void serve_due(void)
{
    uint64_t now = the_timer_time();
    uint32_t signal = timers_expire(&timers, now);

    for (unsigned c = 0; signal; c++, signal >>= 1)
        if (signal & 1)
            the_timer_emit(the_timer_enumerate_badge(c));
    program(now);
}

void the_timer__init(void)
{
    hz = rt_tsc_hz();
    start_tsc = rt_tsc();
    pit_out8(PIT_CONTROL, PIT_CH0_BOTH_BYTES_MODE0);
}

void irq_handle(void)
{
    state_lock();
    irq_acknowledge();           /* first: edge-triggered, and the next deadline may be very near */
    armed_for = 0;               /* one-shot: has to be armed again */
    serve_due();
    state_unlock();
}

/* The client of the call being served: its place among the connections. */
static unsigned client(void)
{
    seL4_Word badge = the_timer_get_sender_id();
    unsigned i = 0;

    while (i < the_timer_num_badges() && the_timer_enumerate_badge(i) != badge)
        i++;
    return i;
}

static int arm(int (*how)(struct timers *, unsigned client, int tid, uint64_t now, uint64_t ns), int tid,
               uint64_t ns)
{
    if (tid >= timers_per_client)
        return -1;
    state_lock();
    int result = how(&timers, client(), tid, the_timer_time(), ns);
    if (result == 0)
        serve_due();
    state_unlock();
    return result;
}

int the_timer_periodic(int tid, uint64_t ns)
{
    return arm(timers_periodic, tid, ns);
}

int the_timer_oneshot_absolute(int tid, uint64_t ns)
{
    return arm(timers_absolute, tid, ns);
}

int the_timer_oneshot_relative(int tid, uint64_t ns)
{
    return arm(timers_relative, tid, ns);
}

int the_timer_stop(int tid)
{
    state_lock();
    int result = timers_stop(&timers, client(), tid);
    if (result == 0)
        serve_due();
    state_unlock();
    return result;
}

uint32_t the_timer_completed(void)
{
    state_lock();
    uint32_t fired = timers_completed(&timers, client());
    state_unlock();
    return fired;
}

uint64_t the_timer_time(void)
{
    return ticks_to_ns(rt_tsc() - start_tsc, hz);
}

uint64_t the_timer_tsc_frequency(void)
{
    return hz;
}
