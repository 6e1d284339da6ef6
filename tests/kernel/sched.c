// SPDX-License-Identifier: BSD-2-Clause
// Priorities, budgets by the real clock, timeout faults, Yield, YieldTo, consumed time.
#include "kt.h"

static volatile uint64_t count[4];

static void counter(void *which)
{
    for (;;) {
        count[(uintptr_t)which]++;
        __asm__ volatile("pause");
    }
}

/* This thread sleeps until the period of its context ends: Yield gives away what is left of its budget. */
static void sleep_us(uint64_t us)
{
    seL4_CPtr control = bi->schedcontrol.start;

    kt_must(seL4_SchedControl_Configure(control, seL4_CapInitThreadSC, 500, us, 0, 0), "short budget");
    seL4_Yield();
    kt_must(seL4_SchedControl_Configure(control, seL4_CapInitThreadSC, 100000, 100000, 0, 0), "long budget");
}

static void test_sleep(void)
{
    uint64_t begin = kt_tsc();

    sleep_us(20000);
    CHECK("Yield: sleeps until the next period", kt_tsc() - begin > kt_us(19000) && kt_tsc() - begin < kt_us(2000000));
}

static void test_priorities(void)
{
    struct thread t = START(counter, (void *)0, .priority = MY_PRIORITY - 1);

    kt_spin(5000);
    EQUAL("priority: the lower one waits", 0, count[0]);
    kt_stop(t);
}

static void test_turns(void)
{
    count[0] = count[1] = 0;
    struct thread a = START(counter, (void *)0, .priority = MY_PRIORITY, .budget = 1000);
    struct thread b = START(counter, (void *)1, .priority = MY_PRIORITY, .budget = 1000);

    for (unsigned i = 0; i < 40; i++) {
        seL4_Yield();
    }
    CHECK("round robin: both run", count[0] > 1000 && count[1] > 1000);
    CHECK("round robin: about the same", count[0] < 3 * count[1] && count[1] < 3 * count[0]);
    kt_stop(a);
    kt_stop(b);
}

/* A thread above us with a fifth of the CPU gets about that. An emulator that is itself interrupted makes the thread
 * overrun, which it pays for later; so what counts is the sum by the clock, with some room. */
static void test_budget(void)
{
    uint64_t begin = kt_tsc();

    count[0] = 0;
    struct thread t = START(counter, (void *)0, .priority = MY_PRIORITY + 1, .budget = 2000, .period = 10000);

    kt_spin(200000);
    seL4_SchedContext_Consumed_t used = seL4_SchedContext_Consumed(t.sc);
    uint64_t elapsed = (kt_tsc() - begin) / (bi->tscHz / 1000000);

    sel4_printf("     it used %lu us of %lu\n", used.consumed, elapsed);
    CHECK("budget: the thread runs", count[0] > 1000);
    CHECK("budget: consumed time is told", used.error == seL4_NoError && used.consumed > 2000);
    CHECK("budget: not more than its share", used.consumed < elapsed * 3 / 10 + 4000);
    kt_stop(t);
}

static void test_timeout(void)
{
    seL4_CPtr ep = kt_make(seL4_EndpointObject, 0), reply = kt_make(seL4_ReplyObject, 0);
    struct thread t = START(counter, (void *)0, .priority = MY_PRIORITY - 1, .budget = 2000, .period = 100000,
                            .timeout = ep);
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(ep, &badge, reply);

    EQUAL("timeout fault: label", seL4_Fault_Timeout, seL4_MessageInfo_get_label(info));
    EQUAL("timeout fault: badge of the context", 0x5c, seL4_GetMR(seL4_Timeout_Data));
    CHECK("timeout fault: consumed", seL4_GetMR(seL4_Timeout_Consumed) >= 1900
          && seL4_GetMR(seL4_Timeout_Consumed) < 1000000);
    kt_must(seL4_SchedControl_Configure(bi->schedcontrol.start, t.sc, 2000, 2000, 0, 1), "more budget");
    count[0] = 0;
    seL4_Send(reply, msg(0, 0));
    sleep_us(10000);
    CHECK("timeout fault: goes on with a new budget", count[0] > 0);
    kt_stop(t);
}

static void test_yield_to(void)
{
    count[0] = count[1] = 0;
    struct thread a = START(counter, (void *)0, .priority = MY_PRIORITY, .budget = 3000);
    struct thread b = START(counter, (void *)1, .priority = MY_PRIORITY, .budget = 3000);
    seL4_SchedContext_YieldTo_t y = seL4_SchedContext_YieldTo(b.sc);

    EQUAL("YieldTo", seL4_NoError, y.error);
    CHECK("YieldTo: the target ran, before the other", count[1] > 0 && count[0] == 0);
    CHECK("YieldTo: its time is told", y.consumed > 1000);
    kt_stop(a);
    kt_stop(b);
}

static void test_suspend(void)
{
    count[0] = 0;
    struct thread t = START(counter, (void *)0, .priority = 2);

    sleep_us(5000);
    kt_must(seL4_TCB_Suspend(t.tcb), "suspend");
    uint64_t then = count[0];
    sleep_us(5000);
    CHECK("suspend: stands still", then > 0 && count[0] == then);
    kt_must(seL4_TCB_Resume(t.tcb), "resume");
    sleep_us(5000);
    CHECK("resume: goes on", count[0] > then);
    kt_stop(t);
}

static void test_limits(void)
{
    seL4_CPtr sc = kt_make(seL4_SchedContextObject, 7), control = bi->schedcontrol.start;

    EQUAL("SchedControl: budget beyond period", seL4_RangeError, seL4_SchedControl_Configure(control, sc, 20, 10, 0, 0));
    EQUAL("SchedControl: no budget", seL4_RangeError, seL4_SchedControl_Configure(control, sc, 0, 10, 0, 0));
    EQUAL("SchedControl: refills that fit", seL4_NoError,
          seL4_SchedControl_Configure(control, sc, 100, 1000, seL4_MaxExtraRefills(7), 0));
    EQUAL("SchedControl: refills that do not", seL4_RangeError,
          seL4_SchedControl_Configure(control, sc, 100, 1000, seL4_MaxExtraRefills(7) + 1, 0));
    kt_must(seL4_TCB_SetMCPriority(ME, ME, 200), "mcp");
    EQUAL("priority beyond one's own maximum", seL4_RangeError, seL4_TCB_SetPriority(ME, ME, 201));
}

void test_sched(void)
{
    test_sleep();
    test_priorities();
    test_turns();
    test_budget();
    test_timeout();
    test_yield_to();
    test_suspend();
    test_limits();
}
