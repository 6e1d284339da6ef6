// SPDX-License-Identifier: BSD-2-Clause
// Two CPUs: threads that run at the same time, messages and signals across, and threads that are changed while they run.
#include "kt.h"

static volatile uint64_t ticks[2];
static seL4_CPtr ep, reply, ntfn, back;

static void spinner(void *which)
{
    for (;;) {
        ticks[(uintptr_t)which]++;
        __asm__ volatile("pause");
    }
}

static void answerer(void *arg)
{
    seL4_Word badge;
    seL4_MessageInfo_t info = seL4_Recv(ep, &badge, reply);

    for (;;) {
        seL4_SetMR(0, seL4_GetMR(0) * 2);
        info = seL4_ReplyRecv(ep, msg(seL4_MessageInfo_get_label(info), 1), &badge, reply);
    }
}

static void ponger(void *arg)
{
    seL4_Word badge;

    for (;;) {
        seL4_Wait(ntfn, &badge);
        seL4_Signal(back);
    }
}

static void test_parallel(void)
{
    struct thread t = START(spinner, (void *)0, .priority = 50, .cpu = 1);

    CHECK("SMP: runs beside us", kt_wait_for(&ticks[0], 1000, 2000000));
    kt_must(seL4_TCB_Suspend(t.tcb), "suspend");
    uint64_t then = ticks[0];
    kt_spin(2000);
    EQUAL("SMP: suspended while it runs", then, ticks[0]);
    kt_must(seL4_TCB_Resume(t.tcb), "resume");
    CHECK("SMP: resumed", kt_wait_for(&ticks[0], then + 1000, 2000000));
    seL4_UserContext r;
    EQUAL("SMP: registers are read while it runs", seL4_NoError,
          seL4_TCB_ReadRegisters(t.tcb, false, 0, sizeof r / sizeof(seL4_Word), &r));
    then = ticks[0];
    CHECK("SMP: and it goes on", kt_wait_for(&ticks[0], then + 1000, 2000000));
    kt_must(seL4_SchedControl_Configure(bi->schedcontrol.start, t.sc, 1000, 1000, 0, 0), "move");
    then = ticks[0];
    kt_spin(2000);
    EQUAL("SMP: moved to our CPU, it waits for us", then, ticks[0]);
    kt_must(seL4_SchedControl_Configure(bi->schedcontrol.start + 1, t.sc, 1000, 1000, 0, 0), "move back");
    CHECK("SMP: moved back, it runs", kt_wait_for(&ticks[0], then + 1000, 2000000));
    kt_must(seL4_SchedContext_Unbind(t.sc), "unbind");
    then = ticks[0];
    kt_spin(2000);
    EQUAL("SMP: unbound while it runs", then, ticks[0]);
    kt_must(seL4_SchedContext_Bind(t.sc, t.tcb), "bind");
    CHECK("SMP: bound again", kt_wait_for(&ticks[0], then + 1000, 2000000));
    kt_stop(t);
    then = ticks[0];
    kt_spin(2000);
    EQUAL("SMP: deleted while it runs", then, ticks[0]);
}

static void test_messages(void)
{
    struct thread t = START(answerer, NULL, .priority = 50, .cpu = 1);
    bool ok = true;

    for (unsigned i = 0; i < 500; i++) {
        seL4_SetMR(0, i);
        seL4_Call(ep, msg(0, 1));
        ok = ok && seL4_GetMR(0) == 2 * i;
    }
    CHECK("SMP: five hundred calls across", ok);
    kt_stop(t);
    t = START(ponger, NULL, .priority = 50, .cpu = 1);
    for (unsigned i = 0; i < 500; i++) {
        seL4_Word badge;

        seL4_Signal(ntfn);
        seL4_Wait(back, &badge);
    }
    CHECK("SMP: five hundred signals across", true);
    kt_stop(t);
}

static void reader(void *p)
{
    for (;;) {
        ticks[1] += 1 + *(volatile uint8_t *)p;
    }
}

/* The other CPU has the translation in use when the mapping goes. */
static void test_shootdown(void)
{
    seL4_CPtr frame = kt_make(seL4_X86_4K, 0), faults = kt_make(seL4_EndpointObject, 0);
    void *p = kt_map(frame, 12);
    seL4_Word badge;

    ticks[1] = 0;
    struct thread t = START(reader, p, .priority = 50, .cpu = 1, .fault = faults);

    CHECK("SMP: reads a page", kt_wait_for(&ticks[1], 1000, 2000000));
    kt_must(seL4_X86_Page_Unmap(frame), "unmap");
    seL4_MessageInfo_t info = seL4_Recv(faults, &badge, reply);
    EQUAL("SMP: unmapped under its eyes", seL4_Fault_VMFault, seL4_MessageInfo_get_label(info));
    EQUAL("SMP: fault address", (seL4_Word)p, seL4_GetMR(seL4_VMFault_Addr));
    kt_stop(t);
}

static void caller(void *which)
{
    for (;;) {
        seL4_SetMR(0, 1);
        seL4_Call(ep, msg(0, 1));
        ticks[(uintptr_t)which]++;
    }
}

/* Both CPUs are in the kernel nearly all the time while threads come and go. */
static void test_turmoil(void)
{
    for (unsigned i = 0; i < 20; i++) {
        ticks[0] = ticks[1] = 0;
        struct thread s = START(answerer, NULL, .priority = 60, .cpu = 1);
        struct thread a = START(caller, (void *)0, .priority = 50, .cpu = 1);
        struct thread b = START(caller, (void *)1, .priority = MY_PRIORITY - 1, .cpu = 0);

        kt_spin(300 + 97 * i % 400);
        kt_stop(i % 2 ? s : a);
        kt_spin(100);
        kt_must(seL4_TCB_Suspend(b.tcb), "suspend");
        kt_stop(i % 2 ? a : s);
        kt_stop(b);
        kt_delete(reply);
        reply = kt_make(seL4_ReplyObject, 0);
    }
    CHECK("SMP: turmoil survived", true);
}

void test_smp(void)
{
    if (bi->numNodes < 2) {
        return;
    }
    ep = kt_make(seL4_EndpointObject, 0);
    reply = kt_make(seL4_ReplyObject, 0);
    ntfn = kt_make(seL4_NotificationObject, 0);
    back = kt_make(seL4_NotificationObject, 0);
    test_parallel();
    test_messages();
    test_shootdown();
    test_turmoil();
}
