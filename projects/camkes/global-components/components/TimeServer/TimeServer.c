// SPDX-License-Identifier: BSD-2-Clause
// TimeServer: timers for its clients, driven by channel 0 of the 8254, with time from the TSC. Interface `the_timer`.
// The chip interrupts only when a timer is due (mode 0, at most 55 ms ahead): an idle server costs nothing.
// Facts: Intel 8254 data sheet, control word and mode 0.
#include "TimeServer.h"
#include "timers.h"
#include <stdio.h>

enum { PIT_CHANNEL0 = 0x40, PIT_CONTROL = 0x43, PIT_CH0_BOTH_BYTES_MODE0 = 0x30 };

static struct timers timers;
static uint64_t start_tsc, hz, armed_for;

static uint64_t rdtsc(void)
{
    uint32_t lo, hi;
    __asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
    return (uint64_t)hi << 32 | lo;
}

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
            the_timer_emit(c);
    program(now);
}

void the_timer__init(void)
{
    hz = tsc_frequency();
    start_tsc = rdtsc();
    pit_out8(PIT_CONTROL, PIT_CH0_BOTH_BYTES_MODE0);
    if (!hz)
        printf("the kernel does not know the TSC's frequency: no timers\n");
}

void irq_handle(void)
{
    irq_acknowledge();           /* first: the line is edge-triggered, and the next deadline may be very near */
    armed_for = 0;               /* one-shot: has to be armed again */
    serve_due();
}

static int done(int result)
{
    if (result == 0)
        serve_due();
    return result;
}

int the_timer_periodic(int tid, uint64_t ns)
{
    return hz ? done(timers_periodic(&timers, the_timer_get_sender_id(), tid, the_timer_time(), ns)) : -1;
}

int the_timer_oneshot_absolute(int tid, uint64_t ns)
{
    return hz ? done(timers_absolute(&timers, the_timer_get_sender_id(), tid, the_timer_time(), ns)) : -1;
}

int the_timer_oneshot_relative(int tid, uint64_t ns)
{
    return hz ? done(timers_relative(&timers, the_timer_get_sender_id(), tid, the_timer_time(), ns)) : -1;
}

int the_timer_stop(int tid)
{
    return done(timers_stop(&timers, the_timer_get_sender_id(), tid));
}

unsigned int the_timer_completed(void)
{
    return timers_completed(&timers, the_timer_get_sender_id());
}

uint64_t the_timer_time(void)
{
    return ticks_to_ns(rdtsc() - start_tsc, hz);
}

uint64_t the_timer_tsc_frequency(void)
{
    return hz;
}
